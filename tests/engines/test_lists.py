"""Tables of lists: as plain lists and dictionaries have it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexer.engines.whoosh import lists
from indexer.engines.whoosh.arrays import Array
from indexer.engines.whoosh.lists import Together
from indexer.stretches import offsets_of, ranges

SIZE = 8  # keys, some of which no source has
MOST = 7  # values of a list

#: Key -> its list.
Source = dict[int, list[int]]

some_lists = st.lists(st.integers(0, 1 << 31), min_size=1, max_size=MOST)
some_sources = st.lists(st.dictionaries(st.integers(0, SIZE - 1), some_lists), min_size=1, max_size=4)


@given(st.lists(st.tuples(st.integers(0, 1 << 31), st.integers(0, 6))), st.sampled_from(("u4", "i8")))
@example([], "i8")
@example([(3, 0)], "u4")
def test_ranges(given: list[tuple[int, int]], dtype: str) -> None:
    starts = np.array([start for start, _ in given], dtype=dtype)
    counts = np.array([count for _, count in given], dtype=dtype)
    assert ranges(starts, counts).dtype == np.int64
    assert ranges(starts, counts).tolist() == [
        n for start, count in given for n in range(start, start + count)
    ]


@given(st.lists(st.integers(0, 255)), st.sampled_from(("u1", "u2", "u4", "i8")))
@example([], "u1")
@example([200] * 1000, "u1")  # more in all than the type of one holds
def test_offsets(counts: list[int], dtype: str) -> None:
    offsets = offsets_of(np.array(counts, dtype=dtype))
    assert offsets.dtype == np.int64
    assert offsets.tolist() == [sum(counts[:n]) for n in range(len(counts) + 1)]


def test_offsets_of_what_is_there_or_not() -> None:
    assert offsets_of(np.array([True, False, True])).tolist() == [0, 1, 1, 2]


def keys_of(source: Source) -> Array:
    return np.array(sorted(source), dtype=np.int64)


def table_of(source: Source) -> tuple[Array, Array]:
    """Offsets and values, of the types that they have on disk."""
    held = [source[key] for key in sorted(source)]
    offsets = offsets_of(np.array([len(one) for one in held], dtype=np.int64)).astype(np.uint32)
    return offsets, np.array([value for one in held for value in one], dtype=np.uint32)


def plainly(sources: list[Source]) -> list[list[int]]:
    """The list of each key: that of the first source, of the second, and so on."""
    return [[value for source in sources for value in source.get(key, [])] for key in range(SIZE)]


@pytest.mark.parametrize("block", [1, 3, MOST, 20, 1000])
@given(sources=some_sources)
@example(sources=[{}])
@example(sources=[{0: [1], SIZE - 1: [2] * MOST}, {0: [3] * MOST}])
def test_together(sources: list[Source], block: int) -> None:
    tables = [table_of(source) for source in sources]
    wanted = plainly(sources)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lists, "BLOCK", block)
        made = Together([keys_of(s) for s in sources], [offsets for offsets, _ in tables], SIZE)
        blocks = list(made.blocks())
        pieces = list(made.pieces([values for _, values in tables], np.dtype(np.uint32)))
    assert made.offsets.tolist() == [sum(map(len, wanted[:n])) for n in range(SIZE + 1)]
    assert np.concatenate(pieces).tolist() == [value for one in wanted for value in one]
    assert {piece.dtype for piece in pieces} == {np.dtype(np.uint32)}
    # One behind the other, none larger than it may be unless it is of one key, and no more than needed.
    assert [key for first, last in blocks for key in range(first, last)] == list(range(SIZE))
    sizes = [len(piece) for piece in pieces]
    for (first, last), size in zip(blocks, sizes, strict=True):
        assert size <= block or last == first + 1
    for (_, last), size in zip(blocks[:-1], sizes, strict=False):
        assert size + len(wanted[last]) > block, "the next one would have had room"


@given(sources=some_sources, base=st.integers(0, 5))
def test_columns_stay_beside_each_other(sources: list[Source], base: int) -> None:
    tables = [table_of(source) for source in sources]
    values = [values for _, values in tables]
    twice = [column.astype(np.int64) * 2 + base for column in values]
    made = Together([keys_of(s) for s in sources], [offsets for offsets, _ in tables], SIZE)
    for first, last in [*made.blocks(), (2, 5), (3, 3)]:
        wanted = [value for one in plainly(sources)[first:last] for value in one]
        one, other = np.empty(len(wanted), dtype=np.uint32), np.empty(len(wanted), dtype=np.int64)
        made.fill(first, last, [values, twice], [one, other])
        assert one.tolist() == wanted
        assert other.tolist() == [value * 2 + base for value in wanted]


def test_no_keys() -> None:
    none = np.zeros(0, dtype=np.int64)
    made = Together([none], [offsets_of(none)], 0)
    assert (made.offsets.tolist(), list(made.blocks())) == ([0], [])
    assert list(made.pieces([none], np.dtype(np.uint32))) == []
