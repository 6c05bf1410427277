"""How what is typed may go on. The index is that of ``reports.py``, or one in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from indexer.analysis.dictionary import EMPTY, make_lexicon
from indexer.analysis.normalise import normalise
from indexer.engines.base import Filters, Reader
from indexer.library import Library
from indexer.query.lexer import tokenize
from indexer.query.parser import parse
from indexer.reports.numbering import bare
from indexer.search import complete, make_question, search
from indexer.suggest.completion import Completer, Completion

from .reports import opened, report_of, scanned


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with opened(tmp_path_factory.mktemp("completion")) as library:
        yield library


@pytest.fixture(scope="module")
def completer(library: Library) -> Completer:
    return library.derived(Completer)


# What is a term and a heading is one query, so the heading is not there; the topic is another query.
ZHAO = [("招商引资", "term", 5), ("招商引资", "topic", 5)]
PROJECT = [("项目", "term", 6), ("项目建设", "topic", 4), ("项目建设", "heading", 4)]
AIR = [("大气污染", "term", 2), ("大气污染防治", "heading", 2)]
TRADE = [("营商", "term", 2), ("营商环境（试点）", "heading", 1)]
YUNLING = [
    ("云岭经开区2021年工作总结", "title", 4),
    ("云岭经开区2020年工作总结", "title", 3),
    ("云岭经开区2024年工作计划", "title", 3),
]

#: What is typed, and each text that it may become, with its kind and count.
GOLDEN: dict[str, list[tuple[str, list[tuple[str, str, int]]]]] = {
    "from the start": [
        ("招", ZHAO),
        ("招商", ZHAO),
        ("招商引", ZHAO),
        ("项", PROJECT),
        ("大", AIR),
        ("云岭", YUNLING),
        ("gd", [("gdp", "term", 3)]),
        ("营商环境", [TRADE[1]]),
    ],
    "however it is typed": [
        ("項", PROJECT),
        ("ＧＤ", [("gdp", "term", 3)]),
        ("Gd", [("gdp", "term", 3)]),
        ("招\u200b商", ZHAO),
        ("ＺＳ", ZHAO),
    ],
    "further inside": [
        ("试点", [TRADE[1]]),
        ("引资", ZHAO),
        ("污染", AIR),
    ],
    "pinyin": [
        ("zhao", ZHAO),
        ("zhaosh", ZHAO),
        ("zhaoshangyinzi", ZHAO),
        ("xiangmu", PROJECT),
        ("daqiwu", AIR),
        ("anquansheng", [("安全生产", "topic", 4), ("安全生产", "heading", 4)]),
    ],
    "the first letters": [
        ("zs", ZHAO),
        ("zsyz", ZHAO),
        ("xm", PROJECT),
        ("dqwr", AIR),
        ("yljkq2024", []),  # letters and figures are no pinyin
        ("z", []),  # one letter is too little
        ("szyz", []),
        ("haosh", []),  # not from the start
    ],
    "what is there already": [
        ("招商引资", []),
        ("招商引资工", []),
        ("招伤", []),
        ("𠮷", []),
        ("\ud800", []),
    ],
}


@pytest.mark.parametrize(
    ("typed", "completions"), [row for group in GOLDEN.values() for row in group], ids=lambda v: repr(v)[:30]
)
def test_golden(completer: Completer, typed: str, completions: list[tuple[str, str, int]]) -> None:
    shown = [(c.text, c.kind, c.count) for c in completer.complete(typed, EMPTY, 10)]
    assert shown == completions


#: What is typed -> the whole queries that it may become.
QUERIES: dict[str, list[tuple[str, list[str]]]] = {
    "what stands before stays": [
        ("安全 招", ["安全 招商引资", "安全 主题:招商引资"]),
        ("安全|招", ["安全|招商引资", "安全|主题:招商引资"]),
        ("安全 OR 招", ["安全 OR 招商引资", "安全 OR 主题:招商引资"]),
        ("-招", ["-招商引资", "-主题:招商引资"]),
        ("(招", ["(招商引资", "(主题:招商引资"]),
        ("安全 (照明 | 招", ["安全 (照明 | 招商引资", "安全 (照明 | 主题:招商引资"]),
        ("“安全”招", ["“安全”招商引资", "“安全”主题:招商引资"]),
        ("安全\u3000zs", ["安全\u3000招商引资", "安全\u3000主题:招商引资"]),
        ("年份:2020 招", ["年份:2020 招商引资", "年份:2020 主题:招商引资"]),
    ],
    "a quote that was opened is closed": [
        ("“招", ["“招商引资”"]),
        ("「招", ["「招商引资」"]),
        ('"招', ['"招商引资"']),
        ("＂招", ["＂招商引资＂"]),
        ("”招", ["”招商引资”"]),  # as the lexer takes it
        ("安全 ”招", ["安全 ”招商引资”"]),
        ("“安全””招", ["“安全””招商引资”"]),
        ("安全 “zs", ["安全 “招商引资”"]),
        ("小标题:“大气", ["小标题:“大气污染防治”"]),
    ],
    "each query once, topics as what they count": [
        ("项", ["项目", "主题:项目建设", "项目建设"]),
        ("安", ["安全", "主题:安全生产", "安全生产"]),
        ("民生", ["主题:民生与乡村振兴"]),
        ("“民生", []),  # no topic inside a quote
        ("“项", ["“项目”", "“项目建设”"]),
    ],
    "quotation marks in a text": [
        ("一网", ["「“一网通办”改革」"]),
        ("“一网", ["「“一网通办”改革」"]),
        ("「一网", ["「“一网通办”改革」"]),
        ("-一网", ["-「“一网通办”改革」"]),
        ("小标题:一网", ["小标题:「“一网通办”改革」"]),
    ],
    "operators in a text are quoted": [
        ("试", ["“营商环境（试点）”"]),
        ("「试", ["「营商环境（试点）」"]),
        ("小标题:试", ["小标题:“营商环境（试点）”"]),
        ("-试", ["-“营商环境（试点）”"]),
        ("-小标题:试", ["-小标题:“营商环境（试点）”"]),
    ],
    "fields": [
        ("小标题:大", ["小标题:大气污染防治"]),
        ("heading:大", ["heading:大气污染防治"]),
        ("小标题：污染", ["小标题：大气污染防治"]),
        ("小标题:gd", []),  # a word of the text
        ("小标题:云", []),  # a title
        ("标题:柳", ["标题:柳塘镇2022年工作总结", "标题:柳塘镇2023年工作总结"]),
        ("标题：lt", ["标题：柳塘镇2022年工作总结", "标题：柳塘镇2023年工作总结"]),
        ("title:计划", ["title:云岭经开区2024年工作计划"]),
        ("标题:大气", []),  # a heading
        ("主题:招", ["主题:招商引资"]),
        ("topic:zs", ["topic:招商引资"]),
        ("主题:“招", ["主题:“招商引资”"]),
        ("主题:gd", []),
        ("-主题:招", ["-主题:招商引资"]),
        ("安全 主题:招", ["安全 主题:招商引资"]),
        ("年份:2", []),
        ("部分:计", []),
        ("单位:柳", []),
        ("文件:2", []),
    ],
    "inside a quotation that is still open, behind a space": [
        ("“安全 招", []),
        ("「安全 zs", []),
        ('"安全 招', []),
        ("招商“引资 工", []),
        ("“安全” 招", ["“安全” 招商引资", "“安全” 主题:招商引资"]),  # it is closed
    ],
    "no word is being typed": [
        ("", []),
        (" ", []),
        ("招 ", []),
        ("招\u3000", []),
        ("招\n", []),
        ("“招商引”", []),
        ("“", []),
        ("“ ", []),
        ("主题:", []),
        ("标题：", []),
        ("招 |", []),
        ("(招)", []),
        ("招 -", []),
        ("\u200b", []),
    ],
}


@pytest.mark.parametrize(
    ("typed", "queries"), [row for group in QUERIES.values() for row in group], ids=lambda v: repr(v)[:30]
)
def test_whole_queries(completer: Completer, typed: str, queries: list[str]) -> None:
    assert [c.query for c in completer.complete(typed, EMPTY, 10)] == queries


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("小标题:招", "小标题:招商引资"),
        ("小标题:安全", "小标题:安全生产"),
        ("heading:xm", "heading:项目建设"),
    ],
)
def test_a_field_knows_headings_that_are_topics_too(completer: Completer, typed: str, query: str) -> None:
    assert query in [c.query for c in completer.complete(typed, EMPTY, 10)]


def test_every_completion_of_the_library_finds_something(library: Library, completer: Completer) -> None:
    completions = [c for t in "招项安营大农云柳工gd" for c in completer.complete(t, EMPTY, 50)]
    assert len({c.query for c in completions}) > 12
    for completion in completions:
        assert search(library, make_question(completion.query)).total > 0


# The name of a topic need not stand anywhere: 乡村振兴 is what the report says.
@pytest.mark.parametrize("typed", ["民生", "msyx", "minshengyu", "改革", "生态", "企业服"])
def test_a_topic_finds_its_sections(library: Library, completer: Completer, typed: str) -> None:
    topics = [c for c in completer.complete(typed, EMPTY, 10) if c.kind == "topic"]
    assert len(topics) == 1
    assert [search(library, make_question(c.query)).total for c in topics] == [c.count for c in topics]


# -- the office's own words ----------------------------------------------------------------------------

OWN = make_lexicon("招银科技园\n云招 项目\n重庆港\nGDP\nＡＩ招商\n", "招引=招商引资\n")


@pytest.mark.parametrize(
    ("typed", "completions"),
    [
        ("招", [("招引", "own", 0), ("招银科技园", "own", 0), *ZHAO]),  # and inside, below
        ("招银", [("招银科技园", "own", 0)]),
        ("zykj", [("招银科技园", "own", 0)]),
        ("zhaoyinkeji", [("招银科技园", "own", 0)]),
        ("chongqing", [("重庆港", "own", 0)]),  # as the word is read
        ("cqg", [("重庆港", "own", 0)]),
        ("科技", [("招银科技园", "own", 0)]),
        ("ai", [("ai招商", "own", 0)]),
        ("gd", [("gdp", "term", 3)]),  # counted, since it stands in the text
        ("主题:招", [("招商引资", "topic", 5)]),
        ("小标题:招银", []),
    ],
)
def test_own_words(completer: Completer, typed: str, completions: list[tuple[str, str, int]]) -> None:
    shown = [(c.text, c.kind, c.count) for c in completer.complete(typed, OWN, 10)]
    assert shown[: len(completions)] == completions
    inside = [("ai招商", "own", 0), ("云招", "own", 0)] if typed == "招" else []
    assert sorted(shown[len(completions) :], key=str) == sorted(inside, key=str)


def test_own_words_are_those_of_the_question(completer: Completer) -> None:
    assert completer.complete("招银", EMPTY, 10) == []
    assert completer.complete("招银", OWN, 10) == [Completion("招银科技园", "招银科技园", "own", 0)]
    assert completer.complete("招银", EMPTY, 10) == []


@pytest.mark.parametrize(
    ("typed", "completions"),
    [
        ("招", [("招商引", "own", 5), ("招商引资", "term", 5), ("招商引资", "topic", 5)]),
        ("招银", []),  # the office knows it; no report has it
        ("zykj", []),
        ("年份:2020 招商引", [("招商引资", "term", 1), ("招商引资", "topic", 1)]),
        ("年份:1999 招", []),
        ("乡村振", [("乡村振兴", "heading", 1), ("民生与乡村振兴", "topic", 1)]),
    ],
)
def test_completions_are_counted_and_find_something(
    library: Library, tmp_path: Path, typed: str, completions: list[tuple[str, str, int]]
) -> None:
    (tmp_path / "dictionary.txt").write_text("招银科技园\n招商引\n", "utf-8")
    own = Library(library.directory, tmp_path)
    shown = complete(own, typed, 10)
    assert [(c.text, c.kind, c.count) for c in shown] == completions
    assert [search(own, make_question(c.query)).total for c in shown] == [c.count for c in shown]
    own.close()


# -- which, and how many -------------------------------------------------------------------------------


def reader_of(headings: int, titles: int) -> Reader:
    """An index with as many headings and titles that begin with 园."""
    reports = [report_of((None, ""), ordinal=n + 1, title=f"园区简报之{n}") for n in range(titles)]
    return scanned(*reports, report_of(*((f"园区工作{n}", "") for n in range(headings)), ordinal=titles + 1))


@given(st.integers(0, 7), st.integers(0, 7), st.integers(0, 7), st.integers(0, 12))
@settings(max_examples=60)
def test_one_kind_takes_half_while_there_are_others(headings: int, titles: int, own: int, limit: int) -> None:
    lexicon = make_lexicon("\n".join(f"园{n}" for n in range(own)), "")
    completions = Completer(reader_of(headings, titles)).complete("园", lexicon, limit)
    kinds = [c.kind for c in completions]
    there = {"own": own, "heading": headings, "title": titles}
    assert len(completions) == len({c.text for c in completions}) == min(limit, sum(there.values()))
    assert kinds == sorted(kinds, key=["own", "heading", "title"].index)
    half = -(-limit // 2)
    for kind, number in there.items():
        shown = sum(k == kind for k in kinds)
        # More than half only of what no other kind has taken: of the others all are shown, up to half each.
        others = sum(min(n, half) for k, n in there.items() if k != kind)
        assert shown <= max(half, limit - others)
        assert shown <= number


@pytest.mark.parametrize(
    ("headings", "titles", "limit", "shown"),
    [
        (6, 6, 4, (2, 2)),
        (6, 6, 5, (3, 2)),
        (6, 1, 4, (3, 1)),
        (6, 0, 4, (4, 0)),
        (1, 6, 4, (1, 3)),
        (6, 6, 1, (1, 0)),
        (6, 6, 0, (0, 0)),
        (2, 2, 9, (2, 2)),
    ],
)
def test_halves(headings: int, titles: int, limit: int, shown: tuple[int, int]) -> None:
    completions = Completer(reader_of(headings, titles)).complete("园", EMPTY, limit)
    assert [c.kind for c in completions] == ["heading"] * shown[0] + ["title"] * shown[1]


@pytest.mark.parametrize("limit", range(6))
def test_a_limit(completer: Completer, limit: int) -> None:
    assert len(completer.complete("工", OWN, 50)) == 5
    assert len(completer.complete("工", OWN, limit)) == limit


@pytest.mark.parametrize(
    ("heading", "text", "typed", "shown"),
    [
        ("一、企业上云", "", "企", [("企业上云", "heading", 1)]),
        ("（二）企业上云。", "", "企", [("企业上云", "heading", 1)]),
        ("企", "", "企", []),
        ("企" * 40, "", "企", [("企" * 40, "heading", 1)]),
        ("企" * 41, "", "企", []),  # too long to read
        (None, "企业上云。", "企", []),  # words of one section alone are not worth a line
    ],
)
def test_what_is_worth_completing_to(
    heading: str | None, text: str, typed: str, shown: list[tuple[str, str, int]]
) -> None:
    completer = Completer(scanned(report_of((heading, text))))
    assert [(c.text, c.kind, c.count) for c in completer.complete(typed, EMPTY, 10)] == shown


def test_the_more_frequent_comes_first_of_one_kind() -> None:
    headings = ["园区乙", "园区甲", "园区乙", "园区丙丙", "一、园区丙丙", "园区丁", "园区丁", "园区丁"]
    completer = Completer(scanned(report_of(*((h, "") for h in headings))))
    shown = [(c.text, c.count) for c in completer.complete("园", EMPTY, 10)]
    assert shown == [("园区丁", 3), ("园区乙", 2), ("园区丙丙", 2), ("园区甲", 1)]


def test_nothing_to_complete_from() -> None:
    completer = Completer(scanned())
    assert completer.complete("招", EMPTY, 10) == []
    assert completer.complete("招", OWN, 1) == [Completion("招引", "招引", "own", 0)]


# -- a completed query finds what it was completed to ---------------------------------------------------

PIECES = (
    *("招", "商", "引资", "工作", "a", "gdp", "2020", "OR", "标题", "小标题", "year", "一、", "②", "𠮷"),
    *("-", "－", "|", "｜", "(", ")", "（", "）", ":", "：", " ", "\u3000", "\u200b", "、", "。", "..", "%"),
)
#: Marks of one kind go into marks of the other.
QUOTED = (("“双创”", '"一号"', "＂三资＂", "”", "“"), ("「双创」", "」", "「"))
SECTIONS = 3


def indexed(text: str) -> tuple[Reader, str]:
    """An index of a report whose second section has this heading; and the id of that section."""
    reader = scanned(report_of(("甲", "园区"), (text, ""), ("丙", "商引资工作")))
    (filed,) = reader.reports()
    return reader, f"{filed.report_id}-1"


def found(reader: Reader, query: str) -> set[str]:
    return {hit.section_id for hit in reader.search(parse(query), Filters(), "relevance", 0, 99).hits}


headings = (
    st.sampled_from(QUOTED)
    .flatmap(lambda quoted: st.lists(st.sampled_from((*PIECES, *quoted)), min_size=1, max_size=7))
    .map("".join)
    .map("招{}".format)
)
BEFORE = (
    "",
    "“",
    "「",
    '"',
    "＂",
    "小标题:",
    "heading：",
    "小标题:“",
    "小标题：「",
    "(",
    "无此 | ",
    "-无此 ",
)


@given(headings, st.sampled_from(BEFORE), st.sampled_from(["招", "zh"]))
@settings(max_examples=500)
def test_a_completed_query_finds_the_section(heading: str, before: str, typed: str) -> None:
    reader, section = indexed(heading)
    completions = [
        c for c in Completer(reader).complete(before + typed, EMPTY, 10) if c.text == bare(heading)
    ]
    assume(completions)
    (completion,) = completions
    assert completion.query.startswith(before.rstrip('“「"＂'))
    assert section in found(reader, completion.query)
    last = tokenize(completion.query)[-1]
    if before[-1:] in ("“", "「", '"', "＂", ":", "："):  # one piece, and nothing else is found
        assert normalise(last.text) == normalise(bare(heading))
        assert found(reader, completion.query) == {section}


@given(headings)
@settings(max_examples=200)
def test_whatever_a_heading_says_it_is_offered(heading: str) -> None:
    reader, _ = indexed(heading)
    completions = Completer(reader).complete("招", EMPTY, 10)
    assert [c.text for c in completions] == ([bare(heading)] if len(normalise(bare(heading))) > 1 else [])


@given(headings)
@settings(max_examples=200)
def test_a_completed_title_finds_its_report(title: str) -> None:
    reader = scanned(report_of(("甲", ""), title=title), report_of(("乙", ""), ordinal=2, title="简报"))
    filed, _ = reader.reports()
    for completion in Completer(reader).complete("标题:招", EMPTY, 10):
        assert found(reader, completion.query) == {f"{filed.report_id}-0"}


@pytest.mark.parametrize(
    "heading",
    ["“一网通办”改革", "打造“一号工程”", "推进「双创」工作", "抓好“三重一大”（试点）", '推进"双创"工作'],
)
@pytest.mark.parametrize("before", ["", "小标题:"])
def test_quotation_marks_in_a_heading(heading: str, before: str) -> None:
    reader, section = indexed(heading)
    (completion,) = Completer(reader).complete(before + heading.strip('“"')[:2], EMPTY, 10)
    assert found(reader, completion.query) == {section}


@pytest.mark.parametrize("before", ["", "“", "”", "「", '"', "(", "园区 | "])
def test_marks_of_every_kind_make_plain_words_of_a_heading(before: str) -> None:
    reader, section = indexed("推进“双创”和「一号工程」")
    (completion,) = Completer(reader).complete(before + "推进", EMPTY, 10)
    assert completion.query == before.strip('“”「"') + "推进 双创 和 一号工程"
    assert section in found(reader, completion.query)


@pytest.mark.parametrize("before", ["-", "小标题:", "小标题:“", "小标题：「", "-小标题:"])
def test_marks_of_every_kind_are_not_offered_where_a_heading_must_be_one_piece(before: str) -> None:
    reader, _ = indexed("推进“双创”和「一号工程」")
    assert Completer(reader).complete(before + "推进", EMPTY, 10) == []


def test_an_exclusion_holds_for_the_whole_text() -> None:
    reader, section = indexed("招商 引资成效")
    (completion,) = Completer(reader).complete("-招", EMPTY, 10)
    everything = {section[:-1] + str(n) for n in range(SECTIONS)}
    assert found(reader, completion.query) == everything - {section}


@given(st.text(max_size=12) | st.text(st.sampled_from('招zs“”「」"-|()（:标题主 \u3000\ud800')))
@settings(max_examples=300)
def test_any_text_may_be_typed(completer: Completer, query: str) -> None:
    completions = completer.complete(query, OWN, 5)
    assert len(completions) <= 5
    assert len({c.query for c in completions}) == len(completions)
    assert all(normalise(c.query) != normalise(query) for c in completions)
