"""Typing errors: what is typed and what is suggested instead. The index is that of ``reports.py``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from indexer.analysis.dictionary import EMPTY, make_lexicon
from indexer.analysis.normalise import normalise
from indexer.engines.base import Filters, Reader
from indexer.library import Library
from indexer.model import FiledSection
from indexer.query.nodes import Node, Phrase
from indexer.query.parser import parse
from indexer.search import MAX_LIMIT, Question, Suggestion, make_question, relax, search
from indexer.snippets import Excerpt, make_snippets
from indexer.suggest.spelling import Count, Speller, find_doubts, is_one_slip

from .reports import REPORTS, opened, report_of, scanned


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with opened(tmp_path_factory.mktemp("spelling")) as library:
        yield library


def suggested(library: Library, query: str) -> list[Suggestion]:
    return list(search(library, make_question(query)).suggestions)


#: What is typed, the one suggestion, the error that explains it, and how many sections it finds.
GOLDEN: dict[str, list[tuple[str, str, str, int]]] = {
    "characters of the same sound": [
        ("招伤引资", "招商引资", "pinyin", 5),
        ("照商引资", "招商引资", "pinyin", 5),
        ("赵尚引资", "招商引资", "pinyin", 5),
        ("赵尚引姿", "招商引资", "pinyin", 5),
        ("安全升产", "安全生产", "pinyin", 4),
        ("乡村镇兴", "乡村振兴", "pinyin", 1),
        ("重请路", "重庆路", "pinyin", 1),
        ("大汽污染", "大气污染", "pinyin", 2),
        ("GDP曾长", "GDP增长", "pinyin", 3),
    ],
    "in a longer run": [
        ("招伤引资工作", "招商引资工作", "pinyin", 5),
        ("招商引资工做", "招商引资工作", "pinyin", 5),
        ("全年招伤引资", "全年招商引资", "pinyin", 1),
        ("大气污柒防治", "大气污染防治", "edit", 2),
        ("海据环保二期", "海聚环保二期", "pinyin", 1),
    ],
    "names that jieba does not know": [
        ("海剧环保", "海聚环保", "pinyin", 2),
        ("海聚环宝", "海聚环保", "pinyin", 2),
        ("审飞集团", "沈飞集团", "pinyin", 2),
        ("沈飞集困", "沈飞集团", "edit", 2),
        ("慧企政策", "惠企政策", "pinyin", 1),
    ],
    "a wrong character of another sound": [
        ("大气污柒", "大气污染", "edit", 2),
        ("农民收人", "农民收入", "edit", 1),
    ],
    "the wrong way round": [
        ("招引商资", "招商引资", "edit", 5),
        ("商招引资", "招商引资", "edit", 5),
        ("商招引资工作", "招商引资工作", "edit", 5),
        ("安全产生", "安全生产", "edit", 4),
    ],
    "one too few": [
        ("“招商资”", "“招商引资”", "edit", 5),
        ("“招引资”", "“招商引资”", "edit", 5),
        ("海聚保", "海聚环保", "edit", 2),
    ],
    "letters that were never turned into characters": [
        ("zhaoshangyinzi", "招商引资", "pinyin", 5),
        ("ZhaoShangYinZi", "招商引资", "pinyin", 5),
        ("xiangmujianshe", "项目建设", "pinyin", 4),
        ("haijuhuanbao", "海聚环保", "pinyin", 2),
        ("yinhangshouxin", "银行授信", "pinyin", 1),
    ],
    "Latin words": [
        ("gpd", "gdp", "edit", 3),
        ("GPD", "gdp", "edit", 3),
        ("gdpp", "gdp", "edit", 3),
        ("gpd增长", "gdp增长", "edit", 3),
        ("GPD 增长", "gdp 增长", "edit", 3),
    ],
    "quoted": [
        ("“招伤引资”", "“招商引资”", "pinyin", 5),
        ('"招伤引资"', '"招商引资"', "pinyin", 5),
        ("「海剧环保」", "「海聚环保」", "pinyin", 2),
        ("“海 剧环保”", "“海聚环保”", "pinyin", 2),
        ("“安全生生产”", "“安全生产”", "edit", 4),
    ],
    "fields": [
        ("标题：柳糖镇", "标题：柳塘镇", "pinyin", 8),
        ("小标题:招伤引资", "小标题:招商引资", "pinyin", 5),
        ("小标题：“招伤引资”", "小标题：“招商引资”", "pinyin", 5),
        ("单位:柳糖镇", "单位:柳塘镇", "pinyin", 8),
    ],
    "two doubtful places": [
        ("海剧环保 审飞集团", "海聚环保 沈飞集团", "pinyin", 1),
        ("海剧环保 沈飞集困", "海聚环保 沈飞集团", "edit", 1),
        ("优化营伤环境 企业慢意", "优化营商环境 企业满意", "pinyin", 1),
        ("zhaoshangyinzi gpd", "招商引资 gdp", "edit", 2),
    ],
    "what else was typed stays as it was": [
        ("年份:2020 招伤引资", "年份:2020 招商引资", "pinyin", 1),
        ("招伤引资 部分：计划", "招商引资 部分：计划", "pinyin", 1),
        ("招伤引资 -部分:计划", "招商引资 -部分:计划", "pinyin", 4),
        ("招伤引资 -照明", "招商引资 -照明", "pinyin", 4),
        ("招伤引资 -照商", "招商引资 -照商", "pinyin", 5),
        ("招伤引资 -“照商”", "招商引资 -“照商”", "pinyin", 5),
        ("招伤引资！", "招商引资！", "pinyin", 5),
        ("  招伤引资\u3000", "  招商引资\u3000", "pinyin", 5),
        ("审飞 集团", "沈飞 集团", "pinyin", 2),
    ],
    "Traditional and full width": [
        ("照商引資", "招商引资", "pinyin", 5),  # 引資 alone is no word of the reports: it is doubtful, too
        ("招傷引資", "招商引资", "pinyin", 5),
        ("海劇環保", "海聚環保", "pinyin", 2),
        ("ＧＰＤ", "gdp", "edit", 3),
        ("ＧＤＰ曾长", "ＧＤＰ增长", "pinyin", 3),
    ],
}
TABLE = [row for group in GOLDEN.values() for row in group]


@pytest.mark.parametrize(("typed", "query", "kind", "total"), TABLE, ids=[row[0] for row in TABLE])
def test_golden(library: Library, typed: str, query: str, kind: str, total: int) -> None:
    shown = [(s.query, s.kind, s.total) for s in suggested(library, typed)]
    assert shown == [(query, kind, total)]
    assert search(library, make_question(query)).total == total


# Of a doubled character either may be left out.
@pytest.mark.parametrize(
    ("typed", "query", "kind", "total"),
    [
        ("“招商商引资”", "“招商引资”", "edit", 5),
        ("海聚聚环保", "海聚环保", "edit", 2),
        ("“沈飞飞集团”", "“沈飞集团”", "edit", 2),
    ],
)
def test_a_query_is_suggested_once(library: Library, typed: str, query: str, kind: str, total: int) -> None:
    test_golden(library, typed, query, kind, total)


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("海剧环保 -照商", "海聚环保 -照商"),
        ("海剧环保 -标题:柳糖镇", "海聚环保 -标题:柳糖镇"),
        ("招伤引资 -(照商)", "招商引资 -(照商)"),
        ("招伤引资 -（审飞 | 照商）", "招商引资 -（审飞 | 照商）"),
        ("招伤引资 -(照商 (审飞) 审产)", "招商引资 -(照商 (审飞) 审产)"),
        ("-(照商 -审产) 招伤引资", "-(照商 -审产) 招商引资"),
        ("招伤引资 -(照商) 审飞集团", "招商引资 -(照商) 沈飞集团"),  # behind the bracket all is wanted
        ("-标题:柳糖镇 海剧环保", "-标题:柳糖镇 海聚环保"),
    ],
)
def test_what_is_excluded_is_left_alone(library: Library, typed: str, query: str) -> None:
    assert [s.query for s in suggested(library, typed)] == [query]


# -- several doubtful places -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "suggestions"),
    [
        (
            "海剧环保 | 审飞集团",
            [("海聚环保 | 沈飞集团", 3), ("海聚环保 | 审飞集团", 2), ("海剧环保 | 沈飞集团", 2)],
        ),
        (
            "海剧环保 OR (审飞集团)",
            [("海聚环保 OR (沈飞集团)", 3), ("海聚环保 OR (审飞集团)", 2), ("海剧环保 OR (沈飞集团)", 2)],
        ),
        (
            "（招伤引资｜安全升产）",
            [("（招商引资｜安全生产）", 9), ("（招商引资｜安全升产）", 5), ("（招伤引资｜安全生产）", 4)],
        ),
    ],
)
def test_all_mended_then_each_alone(library: Library, typed: str, suggestions: list[tuple[str, int]]) -> None:
    wanted = [Suggestion(query, "pinyin", total) for query, total in suggestions]
    assert suggested(library, typed) == wanted
    assert [search(library, make_question(query)).total for query, _ in suggestions] == [
        total for _, total in suggestions
    ]


@pytest.mark.parametrize(
    ("typed", "query"),
    [("农民收人 海剧环保", "农民收人 海聚环保"), ("海剧环保 农民收人", "海聚环保 农民收人")],
)
def test_where_all_mended_finds_nothing_one_alone_is_suggested(
    tmp_path: Path, typed: str, query: str
) -> None:
    """收 and 人 stand beside 海聚环保; 收入 stands elsewhere."""
    files = {"甲.txt": "农民丰收，人人满意，海聚环保开工。", "乙.txt": "农民收入增长。"}
    with opened(tmp_path, files) as library:
        assert suggested(library, typed) == [Suggestion(query, "pinyin", 1)]


@pytest.mark.parametrize("typed", ["民港的桥增", "“民港的桥增”"])
def test_of_corrections_that_overlap_the_first_counts(typed: str) -> None:
    """的 goes before 港, or behind 桥; not both."""
    reader = scanned(report_of((None, "民的港"), (None, "桥的增")))
    own = make_lexicon("的港\n桥的\n", "")  # words, else they were no evidence
    first, *others = Speller(reader).queries(typed, own, count_in(reader), any_found=False)
    assert first == (typed.replace("港的", "的港"), "edit")
    assert others == [(typed.replace("的桥", "桥的"), "edit")]


NOTHING: dict[str, list[str]] = {
    "correct": [
        *("招商引资", "项目建设", "安全生产", "大气污染防治", "海聚环保", "沈飞集团", "惠企政策", "重庆路"),
        *("“招商引资”", "標題:雲嶺", "标题:云岭", "招商引资 产业链", "招商引资 | 乡村振兴", "GDP", "gdp增长"),
        "招商引资 -照商",
    ],
    "enough is found as typed": [
        "招伤引资 | 安全生产",
        "安全生生产",
        "招商资",
    ],
    "filler words": ["的", "和", "了的", "和的", "年的", "年和", "中里"],
    "names that stand in titles alone": ["标题:云领", "云领 标题:云岭"],
    "two characters that are no word of the text": ["招伤 引资"],
    "gibberish": [
        "饕餮魑魅",
        "asdfqwer",
        "龘",
        "xyzzyx",
        "🙂🙂🙂",
        "!!!",
        "\ud800\udfff",
        "12345678",
        "。，",
    ],
    "two characters may mean anything": ["污柒", "沈困"],
    "too little pinyin": ["z", "zh", "zs"],
    "nothing but exclusions": ["-照商", "-“招伤引资”"],
    "no query": ["", " ", "\u3000", "()", "“”"],
    "over-long": ["招伤引资" * 51, " " * 200 + "招伤引资", "招商引资 " * 50 + "招伤引资"],
    "nothing is found, whatever is mended": ["招伤引资 安全升产", "标题:招伤引资", "招伤引资 年份:1999"],
}


@pytest.mark.parametrize(
    "typed", [q for group in NOTHING.values() for q in group], ids=lambda q: repr(q[:20])
)
def test_nothing_is_suggested(library: Library, typed: str) -> None:
    assert suggested(library, typed) == []


def test_as_long_as_a_query_may_be(library: Library) -> None:
    spaces = " " * 196
    assert [s.query for s in suggested(library, f"{spaces}招伤引资")] == [f"{spaces}招商引资"]
    assert suggested(library, f" {spaces}招伤引资") == []


@pytest.mark.parametrize(
    ("file", "content", "typed"),
    [
        ("dictionary.txt", "招伤引资\n", "招伤引资"),
        ("dictionary.txt", "海剧环保 项目\n", "海剧环保"),
        ("dictionary.txt", "GPD\n", "gpd"),
        ("dictionary.txt", "zhaoshangyinzi\n", "zhaoshangyinzi"),
        ("synonyms.txt", "审飞集团=审飞\n", "审飞集团"),
    ],
)
def test_the_office_s_own_words_are_right(
    library: Library, tmp_path: Path, file: str, content: str, typed: str
) -> None:
    assert suggested(library, typed) != []
    (tmp_path / file).write_text(content, "utf-8")
    own = Library(library.directory, tmp_path)
    assert search(own, make_question(typed)).total == 0
    assert suggested(own, typed) == []
    own.close()


@pytest.mark.parametrize(
    ("filters", "total"),
    [
        (Filters(), 5),
        (Filters(years=(2020, 2021)), 2),
        (Filters(parts=("计划",)), 1),
        (Filters(topics=("招商引资",)), 5),
        (Filters(topics=("安全生产",)), 0),
        (Filters(years=(2010, 2011)), 0),
    ],
)
def test_filters_narrow_suggestions_too(library: Library, filters: Filters, total: int) -> None:
    wanted = (Suggestion("招商引资", "pinyin", total),) if total else ()
    assert search(library, Question("招伤引资", filters)).suggestions == wanted


@pytest.mark.parametrize(
    ("offset", "limit", "sort"), [(0, 1, "relevance"), (3, 2, "newest"), (100, 10, "oldest")]
)
def test_pages_all_have_the_suggestions(library: Library, offset: int, limit: int, sort: str) -> None:
    question = make_question("招伤引资", offset=offset, limit=limit, sort=sort)
    assert search(library, question).suggestions == (Suggestion("招商引资", "pinyin", 5),)


@pytest.mark.parametrize("typed", ["招伤引资", "招商引资 龘", "招商引资 的", "zhaoshangyinzi"])
def test_a_question_for_the_numbers_alone_is_taken_as_typed(library: Library, typed: str) -> None:
    shown = search(library, make_question(typed))
    assert shown.relaxed or shown.suggestions
    answer = search(library, make_question(typed, limit=0))
    assert (answer.total, answer.hits, answer.relaxed, answer.suggestions) == (0, (), False, ())


@pytest.mark.parametrize(
    ("found", "better", "made"), [(1, 5, False), (1, 6, True), (2, 10, False), (2, 11, True)]
)
def test_what_finds_something_is_corrected_to_what_finds_clearly_more(
    tmp_path: Path, found: int, better: int, made: bool
) -> None:
    """收 and 人 stand in some sections, not side by side; five times as many with 收入 are not enough."""
    files = {f"甲{n}.txt": "农民丰收，人人满意。" for n in range(found)}
    files |= {f"乙{n}.txt": "农民收入增长。" for n in range(better)}
    with opened(tmp_path, files) as library:
        answer = search(library, make_question("农民收人"))
        assert (answer.total, answer.relaxed) == (found, False)
        assert answer.suggestions == ((Suggestion("农民收入", "edit", better),) if made else ())


# -- several that may be meant -----------------------------------------------------------------------


def count_in(reader: Reader) -> Count:
    return lambda run: reader.search(Phrase(run), Filters(), "relevance", 0, 0).total


@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [
        ({"权力下放": 3, "全力下放": 2}, ["权力下放", "全力下放"]),
        ({"权力下放": 2, "全力下放": 3}, ["全力下放", "权力下放"]),
        ({"权力下放": 8, "全力下放": 3}, ["权力下放", "全力下放"]),
        ({"权力下放": 9, "全力下放": 3}, ["权力下放"]),  # three times as frequent
        # three at most
        ({"权力下放": 5, "全力下放": 4, "劝力下放": 3, "拳力下放": 2}, ["权力下放", "全力下放", "劝力下放"]),
        ({"劝力下放": 2, "泉立下放": 3}, ["泉立下放", "劝力下放"]),  # either character may be wrong
        ({"权立下放": 9, "权力下放": 1}, ["权力下放"]),  # one wrong is likelier than two
    ],
)
def test_the_most_frequent_of_those_as_likely_comes_first(numbers: dict[str, int], wanted: list[str]) -> None:
    reader = scanned(report_of(*((None, text) for text, number in numbers.items() for _ in range(number))))
    found = Speller(reader).queries("泉力下放", EMPTY, count_in(reader), any_found=False)
    assert found == [(text, "pinyin") for text in wanted]


@pytest.mark.parametrize(
    ("typed", "numbers", "wanted"),
    [
        ("增晨", {"增城": 1}, [("增城", "pinyin")]),  # chen for cheng
        ("增晨", {"增城": 9, "增尘": 1}, [("增尘", "pinyin")]),  # the same sound before a like one
        ("蓝通", {"南通": 1}, [("南通", "pinyin")]),  # l for n
        ("苏州港", {"株洲港": 1}, []),  # su, zhu
        ("工团桥", {"工农桥": 1}, []),  # another sound: three characters are too few
        ("工团大桥", {"工农大桥": 1}, [("工农大桥", "edit")]),
        ("工团大桥", {"工农大桥": 9, "工湍大桥": 1}, [("工湍大桥", "pinyin")]),  # tuan before any other
    ],
)
def test_the_nearer_sound_comes_first(
    typed: str, numbers: dict[str, int], wanted: list[tuple[str, str]]
) -> None:
    reader = scanned(report_of(*((None, text) for text, number in numbers.items() for _ in range(number))))
    assert Speller(reader).queries(typed, EMPTY, count_in(reader), any_found=False) == wanted


@pytest.mark.parametrize(
    ("others", "number", "made"),
    [(299, 1, True), (300, 1, True), (301, 1, False), (301, 2, False), (301, 3, True)],
)
def test_two_characters_must_be_a_word_that_is_often_used(others: int, number: int, made: bool) -> None:
    reader = scanned(report_of(*[(None, "今年")] * others, *[(None, "增长")] * number))
    found = Speller(reader).queries("曾长", EMPTY, count_in(reader), any_found=False)
    assert found == ([("增长", "pinyin")] if made else [])


@pytest.mark.parametrize("text", ["安全的生产", "安全和生产", "安全年生产", "安全中生产", "安全不生产"])
def test_characters_of_anywhere_are_never_put_in(text: str) -> None:
    reader = scanned(report_of((None, text)))
    assert Speller(reader).queries("安全生产", EMPTY, count_in(reader), any_found=False) == []


#: Each pair of what is typed stands, but not the whole.
@pytest.mark.parametrize(
    ("typed", "numbers", "wanted"),
    [
        ("安全产生", {"安全生产": 1, "全产": 1, "产生": 1}, [("安全生产", "edit")]),
        ("安全产生", {"安全升产": 1, "安全": 1, "全产": 1, "产生": 1}, []),
        ("发展权力", {"发展全力": 2, "发展": 1, "展权": 1, "权力": 1}, [("发展全力", "pinyin")]),
        # one at most, the most frequent
        (
            "发展权力",
            {"发展全力": 3, "发展劝力": 2, "发展": 1, "展权": 1, "权力": 1},
            [("发展全力", "pinyin")],
        ),
        # two homophones are too many
        ("发展权力", {"发展全利": 2, "发展": 1, "展权": 1, "权力": 1}, []),
    ],
)
def test_a_whole_stretch_is_mended_by_a_homophone_or_a_swap(
    typed: str, numbers: dict[str, int], wanted: list[tuple[str, str]]
) -> None:
    reader = scanned(report_of(*((None, text) for text, number in numbers.items() for _ in range(number))))
    assert Speller(reader).queries(typed, EMPTY, count_in(reader), any_found=False) == wanted


@pytest.mark.parametrize(
    ("typed", "numbers", "wanted"),
    [
        ("quanli", {"权力": 2, "全力": 1}, ["权力", "全力"]),
        ("quanliyuanqu", {"权力": 3, "园区": 2}, ["权力 园区"]),  # none stands as one run: the likeliest
        ("quanliyuanqu", {"权力": 3, "全力园区": 1}, ["全力园区"]),  # what stands so, though rarer
    ],
)
def test_readings_of_letters_that_stand_as_one_run(
    typed: str, numbers: dict[str, int], wanted: list[str]
) -> None:
    reader = scanned(report_of(*((None, text) for text, number in numbers.items() for _ in range(number))))
    found = Speller(reader).queries(typed, EMPTY, count_in(reader), any_found=False)
    assert found == [(text, "pinyin") for text in wanted]


def test_an_empty_index_suggests_nothing() -> None:
    reader = scanned()
    for query in ("招伤引资", "gpd", "zhaoshangyinzi", "“招”", ""):
        assert Speller(reader).queries(query, EMPTY, count_in(reader), any_found=False) == []


# -- whatever is typed -------------------------------------------------------------------------------

LINES = [normalise(line) for text in REPORTS.values() for line in text.splitlines() if line]
CHARS = sorted({c for line in LINES for c in line} | set("伤照赵尚剧审柒困龘ａＡ資 "))


@st.composite
def typed(draw: st.DrawFn) -> str:
    """Phrases of the reports, with a slip or two, among signs of the query language."""
    pieces = []
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        line = draw(st.sampled_from(LINES))
        start = draw(st.integers(0, len(line) - 1))
        phrase = line[start : start + draw(st.integers(2, 8))]
        for _ in range(draw(st.integers(1, 2))):
            at = draw(st.integers(0, len(phrase)))
            phrase = draw(
                st.sampled_from(
                    [
                        phrase[:at] + draw(st.sampled_from(CHARS)) + phrase[at + 1 :],
                        phrase[:at] + draw(st.sampled_from(CHARS)) + phrase[at:],
                        phrase[:at] + phrase[at + 1 :],
                        phrase[: at + 1] + phrase[at:],
                        phrase[:at] + phrase[at : at + 2][::-1] + phrase[at + 2 :],
                    ]
                )
            )
        form = draw(st.sampled_from(["{}", "{}", "{}", "“{}”", "「{}」", "小标题:{}", "-{}", "（{}）"]))
        pieces.append(form.replace("{}", phrase))
    return draw(st.sampled_from([" ", " | ", "，"])).join(pieces)


some_filters = st.sampled_from([Filters(), Filters(), Filters(years=(2021, 2023)), Filters(parts=("总结",))])


@given(typed(), some_filters)
@settings(max_examples=300)
def test_every_suggestion_finds_what_it_promises(library: Library, query: str, filters: Filters) -> None:
    answer = search(library, Question(query, filters))
    for suggestion in answer.suggestions:
        again = search(library, Question(suggestion.query, filters, limit=MAX_LIMIT))
        assert suggestion.total > 0
        assert suggestion.total == again.total == len(again.hits)
        assert suggestion.total > answer.total
        assert normalise(suggestion.query) != normalise(query)
    assert len(answer.suggestions) <= 3


@given(typed(), some_filters)
@settings(max_examples=150)
def test_the_hits_are_those_of_what_was_typed(library: Library, query: str, filters: Filters) -> None:
    answer = search(library, Question(query, filters, limit=MAX_LIMIT))
    node = parse(query)
    with library.reader() as reader:
        found = reader.search(node, filters, "relevance", 0, MAX_LIMIT)
        partial = relax(node)
        hits = found.hits
        if not found.total and partial is not None:
            hits = reader.search(partial, filters, "relevance", 0, MAX_LIMIT).hits
    assert [(hit.filed.section_id, hit.score) for hit in answer.hits] == [
        (hit.section_id, hit.score) for hit in hits
    ]
    assert (answer.total, answer.reports, answer.facets) == (found.total, found.reports, found.facets)
    assert answer.relaxed == (not found.total and bool(hits))


@given(st.text() | st.text(st.characters()) | st.text(st.sampled_from('招伤引资gpd"“”「」:：-|() \ud800㍿ﬁ')))
@settings(max_examples=200)
def test_any_text_may_be_typed(library: Library, query: str) -> None:
    answer = search(library, Question(query))
    assert all(s.total > answer.total and s.query != query for s in answer.suggestions)


# -- where a query is doubtful -------------------------------------------------------------------------

TEXT = "招商引资工作，安全生产，海聚环保，农民收入，诚信守法，GDP增长"
KNOWN = ("招商引资", "工作", "安全", "生产", "海聚", "环保", "农民", "收入", "诚信", "守法", "增长", "gdp")


def in_text(run: str) -> int:
    return normalise(TEXT).count(run)


def shown(query: str, known: Sequence[str] | None, dictionary: str = "") -> list[tuple[str, str]]:
    """The stretches round the doubtful places, and the places as they were typed."""
    return [
        (doubt.text, query[doubt.places[doubt.start][0] : doubt.places[doubt.end - 1][1]])
        for doubt in find_doubts(query, make_lexicon(dictionary, ""), in_text, known)
    ]


@pytest.mark.parametrize(
    ("query", "doubts"),
    [
        ("农民收入", []),
        ("农民收人", [("农民收人", "收人")]),
        ("盘或收入", [("盘或收入", "盘")]),  # 或 goes with anything
        ("晨信守法", [("晨信守法", "晨")]),
        ("“农民收人”", [("农民收人", "收人")]),
        ("标题:农民收人", [("农民收人", "收人")]),
        ("标题：「农民收人」", [("农民收人", "收人")]),
        ("（农民收人｜晨信守法）", [("农民收人", "收人"), ("晨信守法", "晨")]),
        ("农民收人，晨信守法", [("农民收人", "收人"), ("晨信守法", "晨")]),
        ("-农民收人", []),
        ("-“农民收人”", []),
        ("-农民收人 晨信守法", [("晨信守法", "晨")]),
        ("“ 农 民 收 人 ”", [("农民收人", "收 人")]),
        ("“农民收\u200b人”", [("农民收人", "收\u200b人")]),
        ("ＡＢＣ１２農民収農民收人", [("农民収农民收人", "収"), ("农民収农民收人", "收人")]),
        ("農民收人", [("农民收人", "收人")]),
        ("㎏农民收人", [("农民收人", "收人")]),
        ("a\u0301e\u0301农民收人", [("农民收人", "收人")]),
        ("İİ农民收人", [("农民收人", "收人")]),
        ("招", []),
        ("招伤", []),  # a word to jieba, and nothing is known of words here
        ("gpd", []),
        ("收人" * 101, []),  # nobody types so much
    ],
)
def test_single_characters_are_doubtful_beside_what_they_do_not_go_with(
    query: str, doubts: list[tuple[str, str]]
) -> None:
    assert shown(query, known=None) == doubts


@pytest.mark.parametrize(
    ("query", "dictionary", "doubts"),
    [
        ("招商引资工作", "", []),
        ("招伤引资工作", "", [("招伤引资工作", "招伤引资")]),  # two words that meet are one place
        ("招伤引资工作", "招伤", [("招伤引资工作", "引资")]),
        ("海剧环保", "", [("海剧环保", "海剧")]),
        ("海剧环保和审产", "", [("海剧环保和审产", "海剧"), ("海剧环保和审产", "审产")]),
        ("海剧 审产", "", [("海剧", "海剧"), ("审产", "审产")]),
        ("海劇環保", "", [("海剧环保", "海劇")]),
        ("“海 剧环保”", "", [("海剧环保", "海 剧")]),
        ("gpd", "", [("gpd", "gpd")]),
        ("ＧＰＤ增长", "", [("gpd", "ＧＰＤ")]),
        ("gpd", "GPD", []),
        ("gdp", "", []),
        ("ab", "", []),  # two letters
        ("-海剧 -gpd", "", []),
    ],
)
def test_words_are_doubtful_where_words_are_known(
    query: str, dictionary: str, doubts: list[tuple[str, str]]
) -> None:
    assert shown(query, KNOWN, dictionary) == doubts


QUERY_CHARS = "招商引資傷环保ａｂＣ gＧ1“”「」:：()（|-\u3000\u200b，。\n㍿ﬁ\u0301İ𠮷\ud800"


@given(st.text(QUERY_CHARS, max_size=30) | st.text(max_size=30))
@settings(max_examples=300)
def test_every_place_holds_its_character(query: str) -> None:
    """With nothing known and nothing standing anywhere, all but filler words is doubtful."""
    doubts = find_doubts(query, EMPTY, lambda run: 0, ())
    last = 0
    for doubt in doubts:
        assert 0 <= doubt.start < doubt.end <= len(doubt.text) == len(doubt.places)
        for char, (start, end) in zip(doubt.text, doubt.places, strict=True):
            assert 0 <= start < end <= len(query)
            assert char in normalise(query[start:end])
        assert list(doubt.places) == sorted(doubt.places)
        start = doubt.places[doubt.start][0]
        assert start >= last
        last = start


@given(st.text("农民收人晨信", min_size=2, max_size=8), st.data())
def test_what_stands_round_a_stretch_moves_its_places_and_nothing_else(
    text: str, data: st.DataObject
) -> None:
    def places(query: str) -> list[tuple[str, int, int, tuple[tuple[int, int], ...]]]:
        return [(d.text, d.start, d.end, d.places) for d in find_doubts(query, EMPTY, in_text)]

    alone = places(text)
    before = data.draw(st.sampled_from(["", "  ", "“", "标题:", "，", "１２ ", "（", "| "]))
    after = data.draw(st.sampled_from(["", " ", "”", "。", "）", " | "])) if before != "“" else "”"
    moved = tuple((n + len(before), n + len(before) + 1) for n in range(len(text)))
    assert places(before + text + after) == [(t, start, end, moved) for t, start, end, _ in alone]


@pytest.mark.parametrize(
    ("query", "doubtful"),
    [
        ("安全产生", True),
        ("标题:“安全产生”", True),
        ("安全生产", False),
        ("安全", False),
        ("安产", False),  # two characters
        ("全产生", True),
        ("生产生产安全产生", True),
        ("生产生产安全产生产", False),  # more than eight
        ("-安全产生", False),
    ],
)
def test_a_short_stretch_that_stands_nowhere_is_doubtful_as_a_whole(query: str, doubtful: bool) -> None:
    text = "安全生产 全产 产生 产安"
    doubts = find_doubts(query, EMPTY, text.count)
    assert [(d.start, d.end) for d in doubts] == ([(0, len(d.text)) for d in doubts] if doubtful else [])
    assert len(doubts) == doubtful
    assert find_doubts("安全产生", make_lexicon("安全产生", ""), text.count) == ()


# -- what is not as it should be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "dictionary"), [("的地得", ""), ("招伤引资", ""), ("招伤引资工作", "招伤引资")]
)
def test_a_stretch_with_pairs_that_stand_nowhere_is_not_doubtful_as_a_whole(
    query: str, dictionary: str
) -> None:
    assert shown(query, KNOWN if dictionary else None, dictionary) == []


@pytest.mark.parametrize("typed", ["的招商引资", "招商引资的"])
def test_a_filler_is_not_changed_into_something_else(library: Library, typed: str) -> None:
    """的招商引资 -> 好招商引资"""
    assert {s.query for s in suggested(library, typed)} <= {"招商引资"}


def test_a_word_of_the_office_s_own_is_not_changed(library: Library, tmp_path: Path) -> None:
    (tmp_path / "dictionary.txt").write_text("审飞\n", "utf-8")
    own = Library(library.directory, tmp_path)
    found = suggested(own, "审飞集团")
    own.close()
    assert found == []


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("惠企正策", "惠企政策"),
        ("惠启正策", "惠企政策"),
        ("云领经开区", "云岭经开区"),
        ("云林经开区", "云岭经开区"),
        ("标题:云领经开区", "标题:云岭经开区"),
    ],
)
def test_homophones_in_a_stretch_that_stands_as_a_whole(library: Library, typed: str, query: str) -> None:
    assert [(s.query, s.kind) for s in suggested(library, typed)] == [(query, "pinyin")]


@pytest.mark.parametrize("typed", ["招商引资 的", "招商引资的"])
def test_an_index_that_goes_away_meanwhile_fails_no_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    with opened(tmp_path) as library:

        def slowly(section: FiledSection, node: Node) -> Excerpt:
            shutil.rmtree(library.directory, ignore_errors=True)
            return make_snippets(section, node)

        monkeypatch.setattr("indexer.search.make_snippets", slowly)
        assert search(library, make_question(typed)).hits


# -- one slip ------------------------------------------------------------------------------------------


def one_slip_away(word: str, letters: str) -> set[str]:
    """Every text that a slip makes of a word, one by one."""
    made = set()
    for i in range(len(word) + 1):
        made |= {word[:i] + c + word[i:] for c in letters}
        if i < len(word):
            made |= {word[:i] + c + word[i + 1 :] for c in letters} | {word[:i] + word[i + 1 :]}
        if i < len(word) - 1:
            made.add(word[:i] + word[i + 1] + word[i] + word[i + 2 :])
    return made - {word}


words = st.text("abc", max_size=6)


@given(words, words)
@settings(max_examples=500)
def test_one_slip_is_one_of_damerau_s(one: str, other: str) -> None:
    assert is_one_slip(one, other) == (one in one_slip_away(other, "abc"))


@given(words, st.data())
@settings(max_examples=300)
def test_each_slip_is_one(word: str, data: st.DataObject) -> None:
    slipped = data.draw(st.sampled_from(sorted(one_slip_away(word, "abc"))))
    assert is_one_slip(slipped, word)
    assert is_one_slip(word, slipped)
    twice = data.draw(st.sampled_from(sorted(one_slip_away(slipped, "abc"))))
    assume(twice not in one_slip_away(word, "abc"))
    assert not is_one_slip(twice, word)
