"""Shared passages as they are shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis.template_form import template_form
from indexer.families.overlap import Passage
from indexer.passages import cut, excerpts, tidy

TEXT = "今年以来，我们坚持把招商引资作为园区发展的生命线，全年签约项目xx个，到位资金xx亿元，同比增长x.x%。"


@pytest.mark.parametrize(
    ("passage", "shown"),
    [
        # whole clauses stay, with the signs that close them
        ("全年签约项目xx个，到位资金xx亿元，同比增长x.x", "全年签约项目xx个，到位资金xx亿元，同比增长x.x%。"),
        # scraps of clauses before and behind
        ("生命线，全年签约项目xx个，到位资金xx亿元", "全年签约项目xx个，到位资金xx亿元"),
        ("我们坚持把招商引资作为园区发展的生命线，全年签", "我们坚持把招商引资作为园区发展的生命线"),
        # at least no word is cut
        ("商引资作为园区发展的生", "作为园区发展的"),
        # what would leave too little stays as it is
        ("资作为园", "资作为园"),
    ],
)
def test_it_begins_and_ends_between_words(passage: str, shown: str) -> None:
    start = TEXT.index(passage)
    a, b = tidy(TEXT, (start, start + len(passage)))
    assert TEXT[a:b] == shown


def test_a_scrap_of_a_line() -> None:
    text = "一、成效\n坚持把招商引资作为园区发展的生命线\n二是"
    a, b = tidy(text, (0, len(text)))
    assert text[a:b] == "坚持把招商引资作为园区发展的生命线"


def test_quotation_marks_come_with_what_they_enclose() -> None:
    text = "落实“一票否决制度和责任追究制度”的要求"
    start = text.index("一票")
    a, b = tidy(text, (start, start + 13))
    assert text[a:b] == "“一票否决制度和责任追究制度”"


def test_what_is_long_is_cut_between_clauses() -> None:
    (shown,) = excerpts(TEXT, [Passage(TEXT, TEXT, (0, len(TEXT)), (0, len(TEXT)))], 30)
    assert (shown.text, shown.length, shown.whole) == (
        "今年以来，我们坚持把招商引资作为园区发展的生命线……",
        len(TEXT),
        False,
    )


def test_each_is_shown_once() -> None:
    passage = Passage(TEXT, TEXT, (0, len(TEXT)), (0, len(TEXT)))
    again = Passage(TEXT, TEXT, (90, 90 + len(TEXT)), (0, len(TEXT)))
    assert [e.text for e in excerpts(TEXT, [passage, again])] == [TEXT]


@given(st.text("招商引资园区的x5，。“”\n ab%", max_size=80), st.data())
def test_whatever_stands_there(text: str, data: st.DataObject) -> None:
    """What is shown is a stretch of the passage and signs beside it."""
    low = data.draw(st.integers(0, len(text)))
    high = data.draw(st.integers(low, len(text)))
    start, end = tidy(text, (low, high))
    assert 0 <= start <= end <= len(text)
    for beside in (text[start : max(start, low)], text[min(high, end) : end]):
        assert template_form(beside) == ""
    assert start >= low - 30
    begun, stop = cut(text, (start, end), 20)
    assert begun == start
    assert stop <= end
    assert stop - start <= 20
    assert stop - start >= min(end - start, 10)


def test_a_run_without_words_or_clauses_is_cut_where_it_is_full() -> None:
    assert cut("x" * 400, (0, 400), 160) == (0, 160)
    assert cut("甲" + "5" * 400, (0, 401), 20) == (0, 20)


def test_a_long_part_of_a_clause_is_no_scrap() -> None:
    """Though it is less than a quarter of the passage."""
    text = "要切实增强做好安全生产工作的责任感紧迫感使命感并落实到行动上，" + TEXT * 3
    assert tidy(text, (5, len(text)))[0] == 5


def test_most_of_a_clause_is_no_scrap() -> None:
    before, passage, behind = (
        "全年",
        "由主要领导带队赴长三角、珠三角等地开展招商活动60次，到位资金65亿元",
        "以上。",
    )
    start, end = tidy(before + passage + behind, (2, 2 + len(passage)))
    assert (start, end) == (2, 2 + len(passage))
