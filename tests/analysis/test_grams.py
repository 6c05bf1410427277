"""Grams: as plain strings have them."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis.grams import count_grams
from indexer.analysis.normalise import occurrences

texts = st.lists(st.text("招商引a1 ", max_size=12), max_size=4)


def test_grams_as_a_whole() -> None:
    assert count_grams(["招商招商", "引", ""]) == Counter({"招": 2, "商": 2, "招商": 2, "商招": 1, "引": 1})
    assert count_grams([]) == Counter()


@given(texts, st.text("招商引a1 ", min_size=1, max_size=2))
def test_a_short_run_is_there_exactly_when_it_is_a_gram(texts: list[str], run: str) -> None:
    assert count_grams(texts)[run] == sum(len(occurrences(run, text)) for text in texts)


@given(st.text("招商a", max_size=6), st.text("招商a", max_size=6))
def test_no_gram_reaches_across_two_texts(one: str, other: str) -> None:
    assert count_grams([one, other]) == count_grams([one]) + count_grams([other])


@given(texts)
def test_every_gram_stands_somewhere(texts: list[str]) -> None:
    assert all(any(gram in text for text in texts) for gram in count_grams(texts))
