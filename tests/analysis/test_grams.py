"""Grams find every candidate; for one or two characters they decide."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis.grams import count_grams, grams_of_run
from indexer.analysis.normalise import occurrences

texts = st.lists(st.text("招商引a1 ", max_size=12), max_size=4)


def test_grams_as_a_whole() -> None:
    assert count_grams(["招商招商", "引", ""]) == Counter({"招": 2, "商": 2, "招商": 2, "商招": 1, "引": 1})
    assert count_grams([]) == Counter()


def test_grams_of_runs() -> None:
    assert [grams_of_run(r) for r in ("招", "招商", "招商引", "aaaa")] == [
        ["招"],
        ["招商"],
        ["招商", "商引"],
        ["aa"],
    ]


@given(texts, st.text("招商引a1 ", min_size=1, max_size=2))
def test_a_short_run_is_there_exactly_when_it_is_a_gram(texts: list[str], run: str) -> None:
    assert count_grams(texts)[run] == sum(len(occurrences(run, text)) for text in texts)


@given(texts, st.data())
def test_a_run_is_there_only_with_all_its_grams(texts: list[str], data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(texts)) if texts else ""
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    run = text[start : data.draw(st.integers(start + 1, len(text)))]
    grams = count_grams(texts)
    assert all(grams[gram] for gram in grams_of_run(run))


@given(st.text("招商a", max_size=6), st.text("招商a", max_size=6))
def test_no_gram_reaches_across_two_texts(one: str, other: str) -> None:
    assert count_grams([one, other]) == count_grams([one]) + count_grams([other])


@given(texts)
def test_every_gram_stands_somewhere(texts: list[str]) -> None:
    assert all(any(gram in text for text in texts) for gram in count_grams(texts))
