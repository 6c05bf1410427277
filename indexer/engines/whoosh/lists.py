"""Lists of postings under keys, and putting those of several sources together.

A table of lists has the layout that sparse matrices know as CSR (compressed sparse row)::

    offsets   0       3   4           7     the list of key k is values[offsets[k] : offsets[k + 1]]
    values    a a a   b   c c c

Sources are put together key by key, as the runs of an external sort are merged (Knuth, *The Art of Computer
Programming*, vol. 3, 5.4): of each key the list of the first source, of the second, and so on. What a later
source holds belongs behind what an earlier one holds, so that nothing is compared: where each list goes
follows from the lengths of the lists alone. ::

    first    a a a   c          offsets 0 3 4      keys 0 2 of the three in all
    second   a   b b            offsets 0 1 3      keys 0 1
    both     a a a a   b b   c
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from indexer.engines.whoosh.arrays import Array
from indexer.stretches import Ints, offsets_of, ranges

BLOCK = 1 << 21  # values that are put together at a time, more where one key has more


class Sliced(Protocol):
    """An array, or what gives slices of one."""

    def __getitem__(self, places: slice, /) -> Array:
        """The values at some places."""


class Together:
    """The lists of several sources under the keys ``0 … size - 1``.

    ``keys[s]``: the key of each list of source ``s``, ascending; ``offsets[s]``: where these lists begin, and
    the last one ends.
    """

    def __init__(self, keys: Sequence[Array], offsets: Sequence[Array], size: int) -> None:
        self._keys = keys
        self._sources = offsets
        counts = np.zeros(size, dtype=np.int64)
        for own, source in zip(keys, offsets, strict=True):
            bounds: Ints = source.astype(np.int64)
            counts[own] += bounds[1:] - bounds[:-1]
        self.offsets = offsets_of(counts)

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Ranges of keys, one behind the other, whose lists are put together at a time."""
        first, size = 0, len(self.offsets) - 1
        while first < size:
            last = int(np.searchsorted(self.offsets, self.offsets[first] + BLOCK, "right")) - 1
            last = min(size, max(first + 1, last))
            yield first, last
            first = last

    def fill(self, first: int, last: int, columns: Sequence[Sequence[Sliced]], into: Sequence[Array]) -> None:
        """Put the lists of the keys ``first … last - 1`` together.

        ``columns[c][s]``: the values of source ``s``; their place is in ``into[c]``, of as many items as the
        lists have.
        """
        base = self.offsets[first]
        taken = np.zeros(last - first, dtype=np.int64)  # of each key, by the sources before
        for source, (keys, offsets) in enumerate(zip(self._keys, self._sources, strict=True)):
            a, b = np.searchsorted(keys, (first, last))
            if a == b:
                continue
            bounds = offsets[a : b + 1].astype(np.int64)
            own, counts = keys[a:b] - first, np.diff(bounds)
            places = ranges(self.offsets[keys[a:b]] - base + taken[own], counts)
            for column, target in zip(columns, into, strict=True):
                target[places] = column[source][bounds[0] : bounds[-1]]
            taken[own] += counts

    def pieces(self, values: Sequence[Sliced], dtype: np.dtype[np.generic]) -> Iterator[Array]:
        """The lists of one column, put together block by block."""
        for first, last in self.blocks():
            piece = np.empty(self.offsets[last] - self.offsets[first], dtype=dtype)
            self.fill(first, last, [values], [piece])
            yield piece
