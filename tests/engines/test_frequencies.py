"""Postings of words: what counting them says."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.analysis.bulk_words import Counts
from indexer.analysis.code_points import Line
from indexer.engines.whoosh import lists
from indexer.engines.whoosh.arrays import Arrays, ArraysWriter
from indexer.engines.whoosh.frequencies import Frequencies
from indexer.stretches import offsets_of

#: Document -> its words, in order.
Words = dict[int, list[str]]

#: One is the beginning of another; UTF-8 sorts the last before a lone surrogate in UTF-16, not in bytes.
WORDS = ("a", "ab", "b", "招", "招商", "招商引资", "\0", "\ud800", "\udfff招", "\uffff", "𠀀", "\U0010ffff")
MOST = 10  # documents
DEAD = -1

some_words = st.dictionaries(
    st.integers(0, MOST - 1), st.lists(st.sampled_from(WORDS), max_size=8), max_size=5
)


def utf8(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")


def made(words: Words) -> Frequencies:
    docs = sorted(words)
    table = sorted({word for own in words.values() for word in own}, key=utf8)
    lists = [
        [(n, words[doc].count(word)) for n, doc in enumerate(docs) if word in words[doc]] for word in table
    ]
    texts, counts = np.array([pair for one in lists for pair in one], dtype=np.int64).reshape(-1, 2).T
    offsets = offsets_of(np.array([len(one) for one in lists], dtype=np.int64))
    lengths = np.array([len(words[doc]) for doc in docs], dtype=np.int64)
    counted = Counts(Line.of(table), offsets, texts, counts, lengths)
    return Frequencies.of(np.array(docs, dtype=np.int64), counted)


def together(sources: list[Frequencies]) -> Frequencies:
    """The sources as they are when they were written as one and read again."""
    with tempfile.TemporaryFile() as file:
        writer = ArraysWriter(file)
        Frequencies.write_together(sources, "words", writer)
        writer.finish()
        arrays = Arrays(file)
    assert arrays.damaged() == []
    return Frequencies.read(arrays, "words")


def as_lists(held: Frequencies) -> dict[str, tuple[str, list[int]]]:
    """All arrays with their types, for comparing."""
    arrays = {field.name: getattr(held, field.name) for field in fields(held)}
    return {name: (array.dtype.str, array.tolist()) for name, array in arrays.items()}


def test_how_it_lies() -> None:
    assert as_lists(made({2: ["b", "a", "b"], 5: ["b", "招"]})) == {
        "text": ("|u1", [*b"ab", *utf8("招")]),
        "ends": ("<i8", [0, 1, 2, 5]),
        "offsets": ("<i8", [0, 1, 3, 4]),
        "docs": ("<u4", [2, 2, 5, 5]),
        "counts": ("|u1", [1, 2, 1, 1]),
    }


def check(held: Frequencies, words: Words) -> None:
    """It says of every word what counting says."""
    counted = {doc: Counter(own) for doc, own in words.items()}
    table = sorted({utf8(word) for own in counted.values() for word in own})
    assert held.terms() == table == [held.word(place) for place in range(held.size)]
    for word in WORDS:
        wanted = [(doc, counted[doc][word]) for doc in sorted(words) if counted[doc][word]]
        docs, counts = held.postings(utf8(word))
        assert list(zip(docs.tolist(), counts.tolist(), strict=True)) == wanted, word
        assert held.place(utf8(word)) == (table.index(utf8(word)) if wanted else None)


@given(some_words)
@example({})
@example({3: []})
@example({0: list(WORDS), 9: list(reversed(WORDS))})
@settings(max_examples=200)
def test_words_are_counted(words: Words) -> None:
    check(made(words), words)
    check(together([made(words)]), words)


def test_a_word_that_is_none() -> None:
    held = made({0: ["ab"]})
    for word in (b"", b"a", b"abc", b"\xff"):
        assert [len(array) for array in held.postings(word)] == [0, 0]


@given(words=some_words, deleted=st.sets(st.integers(0, MOST - 1)), base=st.integers(0, 3))
@example({0: ["a"] * 300 + ["b"], 1: ["b"]}, {0}, 0)  # what is left is counted in a smaller type
@example({0: ["a"], 1: []}, {0}, 0)
def test_what_is_deleted_leaves_no_trace(words: Words, deleted: set[int], base: int) -> None:
    new = np.full(MOST, DEAD, dtype=np.int64)
    kept = [doc for doc in range(MOST) if doc not in deleted]
    new[kept] = np.arange(len(kept)) + base
    left = {int(new[doc]): own for doc, own in words.items() if doc not in deleted}
    before = made(words)
    whole = as_lists(before)
    assert as_lists(before.renumbered(new)) == as_lists(made(left))
    assert as_lists(before) == whole  # a segment in use stays as it is


@given(sources=st.lists(some_words, min_size=1, max_size=4), block=st.sampled_from([1, 5, 1 << 21]))
@example([{}], 1)
@example([{0: ["a"] * 300}, {}, {0: ["a"], 1: ["b"]}, {0: ["a"] * 70_000}], 1)
@settings(max_examples=200)
def test_made_apart_and_put_together_is_made_at_once(sources: list[Words], block: int) -> None:
    whole: Words = {}
    parts, base = [], 0
    for words in sources:
        parts.append(made(words).renumbered(np.arange(base, base + MOST)))
        whole |= {doc + base: own for doc, own in words.items()}
        base += MOST
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lists, "BLOCK", block)
        assert as_lists(together(parts)) == as_lists(made(whole))


@pytest.mark.parametrize(
    ("most", "dtype"), [(1, "u1"), (255, "u1"), (256, "u2"), (65_535, "u2"), (65_536, "u4")]
)
def test_counts_are_of_the_smallest_type(most: int, dtype: str) -> None:
    words = {0: ["a", "b"], 7: ["b"] * most}
    for held in (made(words), together([made(words)]), together([made({0: ["a"]}), made(words)])):
        assert held.counts.dtype == np.dtype(dtype)
        assert held.postings(b"b")[1].tolist() == [1, most]


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 9)), max_size=12, unique=True))
def test_terms_with_their_documents(terms: list[tuple[str, int]]) -> None:
    terms.sort(key=lambda pair: pair[1])
    words: Words = {}
    for term, document in terms:
        words.setdefault(document, []).append(term)
    assert as_lists(Frequencies.of_terms(terms)) == as_lists(made(words))


def test_a_field_that_is_not_there() -> None:
    with tempfile.TemporaryFile() as file:
        writer = ArraysWriter(file)
        Frequencies.write_together([made({0: ["a"]})], "words", writer)
        writer.finish()
        arrays = Arrays(file)
    with pytest.raises(KeyError):
        Frequencies.read(arrays, "kind")
