"""What words say beside being text."""

from __future__ import annotations

import pytest

from indexer.analysis.normalise import normalise
from indexer.model import PARTS
from indexer.query.meaning import FILLERS, PART_WORDS, asks_for_plans, is_filler, part_meant, year_meant
from indexer.query.nodes import InField, Phrase, TextLeaf, Word
from indexer.query.parser import parse


@pytest.mark.parametrize(
    ("leaf", "year", "part"),
    [
        (Word(("2019",)), 2019, None),
        (Word(("2019年",)), 2019, None),
        (Word(("1998",)), 1998, None),
        (Word(("2119",)), None, None),
        (Word(("12019",)), None, None),
        (Word(("打算",)), None, "计划"),
        (Word(("困难", "计划")), None, "问题"),
        (Word(("计划生育",)), None, None),
        (Phrase("2019年"), 2019, None),
        (Phrase("下一步"), None, "计划"),
        (Phrase("2019年打算"), None, None),
        (InField("heading", "问题"), None, None),
    ],
)
def test_years_and_parts(leaf: TextLeaf, year: int | None, part: str | None) -> None:
    assert (year_meant(leaf), part_meant(leaf)) == (year, part)


@pytest.mark.parametrize(
    ("query", "plans"),
    [
        ("明年 招商", True),
        ('"2019年工作计划"', True),
        ("小标题:打算", True),
        ("招商 下一步", True),
        ("下一步", True),
        ("园区 设计 划分", False),
        ("招商 (隐患 | 明年)", True),
        ("招商引资", False),
        ("招商 -计划", False),
        ("", False),
    ],
)
def test_plans_are_asked_for(query: str, plans: bool) -> None:
    assert asks_for_plans(parse(query)) is plans


def test_the_tables_hold_normalised_words_of_known_parts() -> None:
    words = [word for group in PART_WORDS.values() for word in group]
    assert set(PART_WORDS) <= set(PARTS)
    assert len(set(words)) == len(words)
    assert not FILLERS & set(words)
    assert all(normalise(word) == word for word in (*words, *FILLERS))


def test_a_quoted_filler_is_none() -> None:
    assert is_filler(Word(("的",)))
    assert not is_filler(Phrase("的"))
