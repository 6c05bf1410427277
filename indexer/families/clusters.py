"""Paragraphs or sections that are alike, exactly: every candidate pair is compared.

Of a crowd, more units that agree in a band than are worth taking pair by pair, all are joined at once,
whichever bands they met in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indexer.families.forms import SHINGLE, Forms, Level
from indexer.families.groups import Groups, join_copies
from indexer.families.minhash import agree, bitmaps, candidates, differing, signatures
from indexer.families.selfjoin import Measure, join_alike
from indexer.stretches import Ints, ranges

#: Jaccard similarity of the sets of shingles from which paragraphs or sections are alike: 4 / 5, in whole
#: numbers, so that what is just alike is.
ALIKE = (4, 5)
_PAIRS = 1 << 14  # at a time


class _Units:
    """The units of a level with different forms, by row, to be compared."""

    def __init__(self, forms: Forms, level: Level, units: Ints) -> None:
        starts, ends = forms.starts[level][units], forms.starts[level][units + 1] - SHINGLE + 1
        self.signed = signatures(forms.codes, starts, ends)
        self._bitmaps = bitmaps(forms.codes, starts, ends)
        self._codes, self._starts, self._ends = forms.codes, starts, ends
        self._lengths = ends - starts
        self._sets: dict[int, frozenset[int]] = {}

    def possible(self, rows: Ints, others: Ints) -> NDArray[np.bool_]:
        """Whether two may be alike, pair by pair, or one (``rows`` has one number) and each of others: False
        means that they are not.

        Sets a and b are alike where the shingles of one alone are (q - p) / (q + p) of |a| + |b| or fewer,
        p / q the similarity; bitmaps say how many there are at least, lengths what |a| + |b| is at most. Of
        long texts bitmaps tell little, signatures much.
        """
        least = ALIKE
        kept = np.zeros(len(others), dtype=bool)
        for begin in range(0, len(kept), _PAIRS):
            a = rows if len(rows) == 1 else rows[begin : begin + _PAIRS]
            b = others[begin : begin + _PAIRS]
            alone = differing(self._bitmaps[a], self._bitmaps[b])
            most = (self._lengths[a] + self._lengths[b]) * (least[1] - least[0])
            near = np.flatnonzero(alone * (least[1] + least[0]) <= most)
            kept[begin + near] = agree(self.signed[a if len(a) == 1 else a[near]], self.signed[b[near]])
        return kept

    def shingles(self, rows: Ints) -> tuple[Ints, Ints]:
        """The shingles of rows, one's behind the other's, and how many each has."""
        lengths = self._lengths[rows]
        return self._codes[ranges(self._starts[rows], lengths)], lengths

    def alike(self, row: int, other: int) -> bool:
        """Whether two are alike."""
        a, b = self._set(row), self._set(other)
        least = ALIKE
        if min(len(a), len(b)) * least[1] < max(len(a), len(b)) * least[0]:
            return False
        shared = len(a & b)
        return shared * least[1] >= (len(a) + len(b) - shared) * least[0]

    def _set(self, row: int) -> frozenset[int]:
        if row not in self._sets:
            self._sets[row] = frozenset(self._codes[self._starts[row] : self._ends[row]].tolist())
        return self._sets[row]


def alike_units(forms: Forms, level: Level) -> Groups:
    """Groups of the paragraphs or sections whose shingles are alike; all others stand alone."""
    groups = Groups(len(forms.starts[level]) - 1)
    different = join_copies(forms, level, groups)
    units = _Units(forms, level, different)
    rows = Groups(len(different))
    pairs, crowds = candidates(units.signed)
    for row, other in pairs[units.possible(pairs[:, 0], pairs[:, 1])].tolist():
        if rows.root(row) != rows.root(other) and units.alike(row, other):
            rows.join(row, other)
    if crowds:
        crowded = np.unique(np.concatenate(crowds))
        join_alike(rows, crowded, *units.shingles(crowded), MEASURE, units.possible)
    for unit, root in zip(different.tolist(), different[rows.labels()].tolist(), strict=True):
        groups.join(unit, root)
    return groups


def _least(smaller: Ints, larger: Ints) -> Ints:
    needed: Ints = -(-(smaller + larger) * ALIKE[0] // (ALIKE[0] + ALIKE[1]))
    return needed


def _largest(smaller: Ints) -> Ints:
    size: Ints = smaller * ALIKE[1] // ALIKE[0]
    return size


MEASURE = Measure(_least, _largest)
