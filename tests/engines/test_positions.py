"""Positional postings: what plain strings say."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.analysis.code_points import Line
from indexer.analysis.grams import count_grams
from indexer.analysis.normalise import occurrences
from indexer.engines.whoosh import lists
from indexer.engines.whoosh.arrays import Arrays, ArraysWriter
from indexer.engines.whoosh.positions import SEPARATOR, Positions

#: Document -> its text.
Texts = dict[int, str]

#: So few characters at a time that runs come again: NUL, lone surrogates, the last code points of a plane.
ALPHABETS = ("哈", "招商", "ab\0", "商\ud800\udfff", "a𠀀\uffff", "引资\U0010ffff", "招商引资")
LONG = {3: "招商" * 40 + "引", 4: "商\n招", 9: "引资招商" * 25}
DEAD = -1


def texts_of(characters: str) -> st.SearchStrategy[Texts]:
    """Texts of several paragraphs, some of them empty; a document may have none."""
    text = st.text(characters + SEPARATOR, min_size=1, max_size=40)
    return st.dictionaries(st.integers(0, 6), text, max_size=4)


alphabets = st.sampled_from(ALPHABETS)
some_texts = alphabets.flatmap(texts_of)
some_sources = alphabets.flatmap(lambda characters: st.lists(texts_of(characters), min_size=1, max_size=4))


@st.composite
def asked(draw: st.DrawFn) -> tuple[Texts, list[str]]:
    """Texts, and runs of one to six characters: some that stand in them, some that need not."""
    characters = draw(alphabets)
    texts = draw(texts_of(characters))
    runs = draw(st.lists(st.text(f"{characters}龘", min_size=1, max_size=6), min_size=1, max_size=6))
    whole = "\n".join(texts.values())
    for start in draw(st.lists(st.integers(0, max(0, len(whole) - 1)), max_size=6)):
        runs += whole[start : start + draw(st.integers(1, 6))].split(SEPARATOR)
    return texts, [run for run in runs if run]


def made(texts: Texts) -> Positions:
    ascending = sorted(texts)
    return Positions.of(np.array(ascending, dtype=np.int64), Line.of([texts[doc] for doc in ascending]))


def together(sources: list[Positions]) -> Positions:
    """The sources as they are when they were written as one and read again."""
    with tempfile.TemporaryFile() as file:
        writer = ArraysWriter(file)
        Positions.write_together(sources, "grams", writer)
        writer.finish()
        arrays = Arrays(file)
    assert arrays.damaged() == []
    return Positions.read(arrays, "grams")


def as_lists(held: Positions) -> dict[str, tuple[str, list[int]]]:
    """All arrays with their types, for comparing."""
    arrays = {field.name: getattr(held, field.name) for field in fields(held)}
    return {name: (array.dtype.str, array.tolist()) for name, array in arrays.items()}


def line_of(texts: Texts) -> str:
    """All texts one behind the other, each with a separator."""
    return "".join(texts[doc] + SEPARATOR for doc in sorted(texts))


def test_the_example_of_the_docstring() -> None:
    def gram(pair: str) -> int:
        return ord(pair[0]) << 21 | ord(pair[1])

    assert as_lists(made({4: "招商引资", 7: "招商"})) == {
        "docs": ("<u4", [4, 7]),
        "starts": ("<u4", [0, 5, 8]),
        "blocks": ("<u4", [0]),
        "grams": ("<u8", list(map(gram, ("商\n", "商引", "引资", "招商", "资\n")))),
        "offsets": ("<u4", [0, 1, 2, 3, 5, 6]),
        "positions": ("<u4", [6, 1, 2, 0, 5, 3]),
        "gram_frequencies": ("<u4", [1, 1, 1, 2, 1]),
        "character_frequencies": ("<u4", [2, 1, 2, 1]),
    }


@given(asked())
@example(({0: "哈哈哈", 1: "哈哈\n哈", 2: "哈" * 7}, ["哈", "哈哈", "哈哈哈", "哈" * 6]))
@example((LONG, ["招", "招商招商招商", "商招商", "商引", "引资招商引资", "资招", "商招"]))
@example(({1: "\n", 2: "\n\na\n"}, ["a", "aa"]))
@settings(max_examples=200)
def test_runs_stand_where_they_stand(case: tuple[Texts, list[str]]) -> None:
    texts, runs = case
    held, line = made(texts), line_of(texts)
    assert held.characters == len(line)
    for run in runs:
        counted = {doc: len(occurrences(run, texts[doc])) for doc in sorted(texts) if run in texts[doc]}
        docs, counts = held.postings(run)
        assert list(zip(docs.tolist(), counts.tolist(), strict=True)) == list(counted.items()), run
        places = held.of_run(run).tolist()
        assert sorted(places) == occurrences(run, line), run
        assert len(run) == 1 or places == sorted(places), run


@given(some_texts)
@example(LONG)
@example(dict.fromkeys(range(50), "a"))  # the ends of many texts in a block
def test_every_position_is_in_its_text(texts: Texts) -> None:
    held = made(texts)
    wanted = [n for n, doc in enumerate(sorted(texts)) for _ in texts[doc] + SEPARATOR]
    for dtype in (np.uint32, np.int64):
        assert held.texts_of(np.arange(held.characters, dtype=dtype)).tolist() == wanted


def documents_of_grams(texts: Texts) -> Counter[str]:
    """In how many documents each character and each pair of neighbours stands."""
    return Counter(gram for text in texts.values() for gram in set(count_grams(text.split(SEPARATOR))))


@given(some_texts)
@example(LONG)
@settings(max_examples=200)
def test_terms_are_all_grams_in_order(texts: Texts) -> None:
    terms = list(made(texts).terms())
    assert terms == sorted(gram.encode("utf-8", "surrogatepass") for gram in documents_of_grams(texts))


@given(some_texts.filter(documents_of_grams))
@example(LONG)
@settings(max_examples=200)
def test_documents_of_every_gram_are_counted(texts: Texts) -> None:
    counted = list(made(texts).frequencies())
    assert sorted(counted) == sorted(documents_of_grams(texts).items())


@pytest.mark.parametrize("texts", [{}, {0: "\n"}])
def test_a_field_without_grams_has_none_to_count(texts: Texts) -> None:
    assert list(made(texts).frequencies()) == []


@given(texts=some_texts, deleted=st.sets(st.integers(0, 9)), base=st.integers(0, 3))
@example(LONG, {4}, 0)
@example(LONG, {3, 4, 9}, 2)
def test_what_is_deleted_leaves_no_trace(texts: Texts, deleted: set[int], base: int) -> None:
    new = np.full(10, DEAD, dtype=np.int64)
    kept = [doc for doc in range(10) if doc not in deleted]
    new[kept] = np.arange(len(kept)) + base
    left = {int(new[doc]): text for doc, text in texts.items() if doc not in deleted}
    before = made(texts)
    whole = as_lists(before)
    assert as_lists(before.renumbered(new)) == as_lists(made(left))
    assert as_lists(before) == whole  # a segment in use stays as it is


@given(sources=some_sources, block=st.sampled_from([1, 7, 1 << 21]))
@example([{}], 1)
@example([{0: "a"}, {}, {0: "\n"}, {1: "ab\nb", 2: "a"}], 1)
@example([LONG, LONG, {0: "商招"}], 7)
@settings(max_examples=200)
def test_made_apart_and_put_together_is_made_at_once(sources: list[Texts], block: int) -> None:
    whole: Texts = {}
    parts, base = [], 0
    for texts in sources:
        parts.append(made(texts).renumbered(np.arange(base, base + 10)))
        whole |= {doc + base: text for doc, text in texts.items()}
        base += 10
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lists, "BLOCK", block)
        assert as_lists(together(parts)) == as_lists(made(whole))


@given(some_texts)
@example(LONG)
def test_what_is_written_is_read(texts: Texts) -> None:
    assert as_lists(together([made(texts)])) == as_lists(made(texts))


def test_a_field_that_is_not_there() -> None:
    with tempfile.TemporaryFile() as file:
        writer = ArraysWriter(file)
        Positions.write_together([made({0: "a"})], "grams", writer)
        writer.finish()
        arrays = Arrays(file)
    with pytest.raises(KeyError):
        Positions.read(arrays, "heading")
