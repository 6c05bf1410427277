"""What stands for a passage in a list."""

from __future__ import annotations

import pytest

from indexer.exporting.glance import at_a_glance
from indexer.model import FiledSection, Section
from indexer.query.parser import parse

CLAUSE = "各单位都要把这件事情放在心上，"


def glance(*paragraphs: str, query: str = "招商引资", heading: str = "一、成绩") -> tuple[str, list[str]]:
    """The passage, and what is marked in it."""
    section = Section(heading, 1, (heading,), paragraphs)
    found = at_a_glance(FiledSection("r-0", "r", "f", 1, 0, "总结", None, section), parse(query))
    return found.text, [found.text[a:b] for a, b in found.marks]


def test_what_is_short_is_left_whole() -> None:
    text = "今年招商引资到位41亿元，增长8%。"
    assert glance("没有的。", text) == (text, ["招商引资"])


@pytest.mark.parametrize("before", [0, 1, 4, 9, 30])
@pytest.mark.parametrize("behind", [0, 1, 4, 9, 30])
def test_what_is_long_is_cut_between_clauses(before: int, behind: int) -> None:
    text = CLAUSE * before + "今年招商引资开了头，" + CLAUSE * behind + "完。"
    found, marks = glance(text)
    assert marks == ["招商引资"]
    inner = found.removeprefix("……").removesuffix("……")
    assert inner in text
    assert len(inner) <= 120
    assert len(inner) >= min(len(text), 80)
    assert found.startswith("……") == (not text.startswith(inner))
    assert found.endswith("……") == (not text.endswith(inner))
    assert inner.startswith(("各单位", "今年"))
    assert inner.endswith(("，", "。"))


def test_it_stands_where_most_of_them_are() -> None:
    text = "招商引资，" + CLAUSE * 9 + "抓招商引资、讲招商引资、比招商引资，" + CLAUSE * 9
    _, marks = glance(text)
    assert len(marks) == 3


def test_without_clauses_no_word_is_cut() -> None:
    found, marks = glance("1234567890" * 40 + "招商引资" + "0987654321" * 40)
    assert marks == ["招商引资"]
    assert len(found) <= 124


def test_only_a_heading_matches() -> None:
    assert glance("茶园一亩。", heading="一、招商引资") == ("一、招商引资", ["招商引资"])


def test_nothing_to_mark() -> None:
    found, marks = glance(CLAUSE * 30, query="")
    assert found.startswith(CLAUSE)
    assert marks == []


def test_a_row_of_a_table_is_one_line() -> None:
    assert glance("名称\t招商引资\t1") == ("名称 招商引资 1", ["招商引资"])
