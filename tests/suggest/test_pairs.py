"""Pairs of neighbours as sorted numbers answer as a plain dict does."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis.grams import count_grams
from indexer.suggest.pairs import Pairs

#: So few that random pairs of them often stand in random texts; the ends of what a code point may be.
CHARS = "招商引资a1\0\x7f𠀀𠮷\U0010ffff\ud800\udfff\uffff"
texts = st.lists(st.text(CHARS, max_size=12) | st.text(st.characters()), max_size=8)
characters = st.sampled_from(CHARS) | st.characters()


def table_of(texts: list[str]) -> dict[str, int]:
    """Gram -> in how many of the texts it stands."""
    table: dict[str, int] = {}
    for text in texts:
        for gram in count_grams([text]):
            table[gram] = table.get(gram, 0) + 1
    return table


@given(texts, st.data())
def test_pairs_are_counted_as_in_a_dict(texts: list[str], data: st.DataObject) -> None:
    table = table_of(texts)
    pairs = Pairs(table.items())
    for gram, number in table.items():
        if len(gram) == 2:
            assert pairs.count(gram) == number
    for _ in range(10):
        pair = data.draw(characters) + data.draw(characters)
        assert pairs.count(pair) == table.get(pair, 0)


@given(texts)
def test_characters_are_those_of_the_texts(texts: list[str]) -> None:
    table = table_of(texts)
    assert Pairs(table.items()).characters == {g: n for g, n in table.items() if len(g) == 1}


@given(texts, st.text(CHARS, max_size=8))
def test_least_and_cracks_are_those_of_a_dict(texts: list[str], text: str) -> None:
    table = table_of(texts)
    pairs = Pairs(table.items())
    for asked in (text, *texts):
        numbers = [table.get(a + b, 0) for a, b in pairwise(asked)]
        assert pairs.least(asked) == min(numbers, default=0)
        assert pairs.cracks(asked) == numbers.count(0)


@given(texts, characters)
def test_neighbours_are_those_of_a_dict(texts: list[str], other: str) -> None:
    grams = [gram for gram in table_of(texts) if len(gram) == 2]
    pairs = Pairs((gram, 1) for gram in grams)
    for char in {other, *CHARS}:
        assert pairs.after(char) == {gram[1] for gram in grams if gram[0] == char}
        assert pairs.before(char) == {gram[0] for gram in grams if gram[1] == char}


@given(texts)
def test_the_order_of_the_grams_does_not_matter(texts: list[str]) -> None:
    grams = list(table_of(texts).items())
    forward, backward = Pairs(grams), Pairs(reversed(grams))
    for gram, _ in grams:
        if len(gram) == 2:
            assert forward.count(gram) == backward.count(gram)


@pytest.mark.parametrize(
    ("text", "least", "cracks"),
    [
        ("招商引资", 2, 0),
        ("招商", 3, 0),
        ("招伤引资", 0, 2),
        ("招商资", 0, 1),
        ("商", 0, 0),
        ("", 0, 0),
    ],
)
def test_a_small_table(text: str, least: int, cracks: int) -> None:
    pairs = Pairs(table_of(["招商引资", "招商引资工作", "招商"]).items())
    assert (pairs.least(text), pairs.cracks(text)) == (least, cracks)


def test_nothing_stands_in_an_empty_index() -> None:
    pairs = Pairs([])
    assert (pairs.count("招商"), pairs.least("招商"), pairs.cracks("招商")) == (0, 0, 1)
    assert (pairs.after("招"), pairs.before("商"), pairs.characters) == (set(), set(), {})
