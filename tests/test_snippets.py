"""Snippets: the marks are exact, the passages are verbatim."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.analysis.normalise import normalise
from indexer.model import FiledSection, Section
from indexer.query.nodes import And, Everything, InField, Node, Not, Or, PartIs, Phrase, Word, Years
from indexer.query.parser import parse
from indexer.snippets import Snippet, find_marks, make_snippets, runs_to_mark

LONG = 600  # characters; no passage round a short mark is longer


def section(*paragraphs: str, heading: str | None = None, title: str = "2019年工作总结") -> FiledSection:
    path = (heading,) if heading else ()
    return FiledSection(
        "r-1", "r", "a/b.txt", 1, 1, title, "单位", Section(heading, len(path), path, paragraphs)
    )


# -- which runs, which marks -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "runs"),
    [
        (Everything(), ()),
        (Word(("招商",)), ("招商",)),
        (Word(("招商", "招商引资")), ("招商引资", "招商")),
        (And((Phrase("ab"), Not(Word(("c",))), Or((Word(("def",)), Years(2018, None))))), ("def", "ab")),
        (And((InField("title", "题"), InField("heading", "小标"))), ("小标", "题")),
        (And((InField("unit", "管委会"), InField("file", "a"), PartIs("总结"))), ()),
    ],
)
def test_runs_to_mark(query: Node, runs: tuple[str, ...]) -> None:
    assert runs_to_mark(query) == runs


@pytest.mark.parametrize(
    ("text", "runs", "marked"),
    [
        ("推进招商引资工作", ["招商引资"], ["招商引资"]),
        ("推进招商引资工作", ["招商引资", "商引", "工作"], ["招商引资", "工作"]),
        ("招商招商", ["招商"], ["招商", "招商"]),
        ("aaa", ["aa"], ["aa"]),
        ("推进招 商\n引资", ["招商引资"], ["招 商\n引资"]),
        ("產業發展", ["产业"], ["產業"]),
        ("招\u200b商", ["招商"], ["招\u200b商"]),
        ("ＧＤＰ增长", ["gdp"], ["ＧＤＰ"]),
        ("ｶﾞｽ", ["ガ"], ["ｶﾞ"]),
        ("e\u0301", ["é"], ["e\u0301"]),
        ("增长12.5%", ["2.5"], ["2.5"]),
        ("3㎡地", ["m2地"], ["㎡地"]),
        ("New  York", ["new york"], ["New  York"]),
        ("没有", ["招商"], []),
        ("", ["招商"], []),
        ("招商", [], []),
    ],
)
def test_marks(text: str, runs: list[str], marked: list[str]) -> None:
    assert [text[start:end] for start, end in find_marks(text, runs)] == marked


@pytest.mark.parametrize(("text", "runs"), [("㎡", ["m", "2"]), ("㈱㈱", [")(", "株"]), ("½", ["1", "2"])])
def test_a_character_that_becomes_several_is_marked_once(text: str, runs: list[str]) -> None:
    marks = find_marks(text, runs)
    assert all(before[1] <= after[0] for before, after in pairwise(marks))


PIECES = (
    *("招商引资", "招商", "引资", "商", "工作", "項目", "项目", "全年", "ab", "a", "ＡＢ", "é", "e\u0301"),
    *("1", "12.5%", "1,234", "２０１９", "。", "，", "；", "！”", "\n", " ", "\u3000", "\u200b"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
runs = st.lists(st.sampled_from(PIECES), min_size=1, max_size=2).map("".join).map(normalise).filter(bool)
several_runs = st.lists(runs, min_size=1, max_size=3, unique=True).map(
    lambda many: tuple(sorted(many, key=len, reverse=True))
)


@given(texts, several_runs)
@settings(max_examples=500)
def test_marks_are_exact(text: str, runs: tuple[str, ...]) -> None:
    marks = find_marks(text, runs)
    ends = 0
    for start, end in marks:
        assert ends <= start < end <= len(text)
        ends = end
        assert normalise(text[start:end]) in runs
    normal = normalise(text)
    assert bool(marks) == any(run in normal for run in runs)
    # What is left between the marks holds none of the longest runs.
    rest = re.split("\0", _blanked(text, marks))
    assert not any(runs[0] in normalise(piece) for piece in rest)


def _blanked(text: str, marks: tuple[tuple[int, int], ...]) -> str:
    """``text`` with NUL in place of each mark."""
    for start, end in reversed(marks):
        text = text[:start] + "\0" + text[end:]
    return text


# -- passages ----------------------------------------------------------------------------------------


def check(filed: FiledSection, query: Node) -> tuple[Snippet, ...]:
    """The snippets; whatever holds for all of them is asserted."""
    snippets = make_snippets(filed, query).snippets
    assert 1 <= len(snippets) <= 3
    runs = runs_to_mark(query)
    places = (*filed.section.paragraphs, filed.section.heading or "", filed.title)
    for snippet in snippets:
        assert any(snippet.text in place for place in places)
        ends = 0
        for start, end in snippet.marks:
            assert ends <= start < end <= len(snippet.text)
            ends = end
            assert normalise(snippet.text[start:end]) in runs
    in_text = any(run in normalise(p) for run in runs for p in filed.section.paragraphs)
    if in_text:
        assert all(snippet.marks for snippet in snippets), "a passage without a mark says nothing"
    return snippets


@given(st.lists(texts, max_size=3), texts, several_runs)
@settings(max_examples=400)
def test_snippets_of_any_section(paragraphs: list[str], heading: str, runs: tuple[str, ...]) -> None:
    check(section(*paragraphs, heading=heading or None), Or(tuple(map(Phrase, runs))))


fillers = st.text("甲乙丙，", min_size=0, max_size=400)
bits = st.sampled_from(
    ["招商", "引资。", "１２３４５．６亿元", "12345.6亿元", "99.9%", "GDP", "2019", "。", "，"]
)
long_texts = st.lists(fillers | bits | bits, max_size=14).map("".join)


@given(long_texts, st.sampled_from([("招商",), ("招商", "引资"), ("乙丙", "招商"), ("招商", "99.9%")]))
@settings(max_examples=400)
def test_snippets_of_long_paragraphs(text: str, runs: tuple[str, ...]) -> None:
    for snippet in check(section(text), And(tuple(Word((run,)) for run in runs))):
        assert len(snippet.text) <= LONG


def cuts_a_number(text: str, passage: str) -> bool:
    """Whether a number of ``text`` stands in ``passage`` in part only, wherever the passage is from."""
    numbers = [m.span() for m in re.finditer(r"[0-9０-９]+(?:[.,．，][0-9０-９]+)*[%％]?", text)]
    places = [m.start() for m in re.finditer(f"(?={re.escape(passage)})", text)]
    return all(any(a < edge < b for a, b in numbers for edge in (at, at + len(passage))) for at in places)


@given(long_texts, st.booleans())
@settings(max_examples=400)
def test_no_number_is_cut(text: str, filtered: bool) -> None:
    if not text:
        return
    query: Node = Years(2019, 2019) if filtered else Word(("招商",))
    for snippet in make_snippets(section(text), query).snippets:
        if snippet.text in text:
            assert not cuts_a_number(text, snippet.text)


@pytest.mark.parametrize("number", ["1234567.89亿元", "１２３４５６７．８９亿元", "100%", "12,345,678"])
@pytest.mark.parametrize("shift", range(0, 16, 3))
def test_no_number_is_cut_wherever_it_stands(number: str, shift: int) -> None:
    """The usual room behind a mark ends within the number."""
    behind = "招商" + "甲" * (150 - shift) + number * 2 + "甲" * 400
    before = "甲" * 400 + number * 2 + "甲" * (70 - shift) + "招商" + "甲" * 200
    for text in (behind, before):
        (snippet,) = make_snippets(section(text), Word(("招商",))).snippets
        assert len(snippet.text) < LONG
        assert not cuts_a_number(text, snippet.text)


@pytest.mark.parametrize("gap", range(150, 170))
def test_a_mark_at_the_edge_of_a_passage_is_marked(gap: int) -> None:
    """The passage round the first mark must not end within the second."""
    text = "招商" + "甲" * gap + "引资" + "甲" * 400
    query = And((Word(("招商",)), Word(("引资",))))
    snippets = check(section(text), query)
    marked = [normalise(s.text[a:b]) for s in snippets for a, b in s.marks]
    assert marked == ["招商", "引资"]


def test_whole_sentences() -> None:
    text = "前一句。" + "推进招商引资工作。" + "后一句！"
    assert make_snippets(section(text), Phrase("招商引资")).snippets == (
        Snippet("推进招商引资工作。后一句！", ((2, 6),)),
    )


def test_a_phrase_across_sentences() -> None:
    text = "甲。前句招商。引资后句。乙"
    assert make_snippets(section(text), Phrase("商。引")).snippets == (
        Snippet("前句招商。引资后句。乙", ((3, 6),)),
    )


def test_at_most_three_the_one_with_most_that_was_asked_for_first() -> None:
    filed = section("只有招商。", "只有引资。", "又是招商。", "招商和引资。", "再是招商。")
    assert make_snippets(filed, parse("招商 引资")).snippets == (
        Snippet("招商和引资。", ((0, 2), (3, 5))),
        Snippet("只有招商。", ((2, 4),)),
        Snippet("只有引资。", ((2, 4),)),
    )
    assert make_snippets(filed, parse("招商 引资")).further == 2


def test_a_passage_says_where_its_sentence_is_cut() -> None:
    clause = "继续做好各项重点工作的统筹协调，"
    text = clause * 20 + "全年招商引资到位资金十亿元，" + clause * 20 + "完。"
    (snippet,) = make_snippets(section(text), Phrase("招商引资")).snippets
    assert (snippet.begun, snippet.broken) == (True, True)
    assert snippet.text.startswith("继续做好") and snippet.text.endswith(
        "统筹协调，"
    )  # from clause to clause
    (whole,) = make_snippets(section("全年招商引资。"), Phrase("招商引资")).snippets
    assert (whole.begun, whole.broken) == (False, False)


def test_no_word_is_cut_where_there_is_no_clause() -> None:
    text = "基础设施" * 60 + "招商引资" + "产业发展" * 60
    (snippet,) = make_snippets(section(text), Phrase("招商引资")).snippets
    before, behind = snippet.text.split("招商引资")
    assert before and not before.replace("基础设施", "").replace("基础", "").replace("设施", "")
    assert behind and not behind.replace("产业发展", "").replace("产业", "").replace("发展", "")


@pytest.mark.parametrize("figure", ["14:30", "1,500", "１：５００"])
def test_no_clause_ends_within_a_figure(figure: str) -> None:
    for room in range(60, 110):
        text = "甲" * 200 + figure + "乙" * room + "招商引资" + "丙" * 300
        (snippet,) = make_snippets(section(text), Phrase("招商引资")).snippets
        assert figure in snippet.text or not set(snippet.text) & set(figure)


def test_a_long_paragraph_is_shortened() -> None:
    text = "甲" * 5000 + "招商引资" + "乙" * 5000
    (snippet,) = make_snippets(section(text), Phrase("招商引资")).snippets
    assert len(snippet.text) <= 200
    assert [snippet.text[a:b] for a, b in snippet.marks] == ["招商引资"]


def test_a_mark_longer_than_a_passage_is_whole() -> None:
    run = "招商引资" * 100
    (snippet,) = make_snippets(section("甲" * 500 + run + "乙" * 500), Phrase(run)).snippets
    assert [snippet.text[a:b] for a, b in snippet.marks] == [run]


# -- where the match is not in the text ----------------------------------------------------------------


def test_a_match_in_the_heading_only() -> None:
    filed = section("没有。", heading="一、招商引資。")
    assert make_snippets(filed, Phrase("招商引资")).snippets == (Snippet("一、招商引資。", ((2, 6),)),)


def test_a_match_in_the_title_only() -> None:
    filed = section("没有。", heading="一、概况", title="2019年招商工作")
    assert make_snippets(filed, Phrase("招商")).snippets == (Snippet("2019年招商工作", ((5, 7),)),)
    assert make_snippets(filed, InField("title", "2019年")).snippets == (
        Snippet("2019年招商工作", ((0, 5),)),
    )


def test_a_match_in_the_text_and_the_heading() -> None:
    filed = section("抓招商。", heading="一、招商")
    assert make_snippets(filed, Word(("招商",))).snippets == (Snippet("抓招商。", ((1, 3),)),)


@pytest.mark.parametrize(
    "query", [Everything(), Years(2019, 2019), Not(Word(("招商",))), InField("unit", "单位")]
)
def test_filters_alone_give_the_beginning(query: Node) -> None:
    assert make_snippets(section("开头。", "第二段"), query).snippets == (Snippet("开头。"),)
    assert make_snippets(section(heading="只有小标题"), query).snippets == (Snippet("只有小标题"),)
    assert make_snippets(section(title="只有标题"), query).snippets == (Snippet("只有标题"),)


def test_the_beginning_of_a_long_text_is_shortened() -> None:
    (snippet,) = make_snippets(section("甲" * 5000), Everything()).snippets
    assert snippet.text == "甲" * len(snippet.text)
    assert 100 <= len(snippet.text) <= 200
    assert snippet.marks == ()


def test_hostile_text_is_left_as_it_is() -> None:
    text = '<script>alert("招商")</script>&amp;\x00\ud800'
    assert make_snippets(section(text), Phrase("招商")).snippets == (Snippet(text, ((15, 17),)),)
