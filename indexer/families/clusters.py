"""Connected groups of units that are alike, exactly: every candidate pair is compared."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.families.forms import SHINGLE, Forms, Ints, Level
from indexer.families.minhash import agree, bitmaps, candidates, differing, signatures

#: Jaccard similarity of the sets of shingles from which paragraphs or sections are alike: 4 / 5, in whole
#: numbers, so that what is just alike is.
ALIKE = (4, 5)
_PAIRS = 1 << 14  # at a time
_MANY = 1 << 20  # pairs of a crowd, between looks at which groups have become one


class Groups:
    """Disjoint sets of numbers, joined step by step (union by the smaller number, paths halved)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def root(self, unit: int) -> int:
        """The smallest number of a unit's group."""
        parent = self._parent
        while parent[unit] != unit:
            parent[unit] = parent[parent[unit]]
            unit = parent[unit]
        return unit

    def join(self, one: int, other: int) -> None:
        """Make one group of two."""
        one, other = self.root(one), self.root(other)
        if one != other:
            self._parent[max(one, other)] = min(one, other)

    def labels(self) -> Ints:
        """The root of each unit."""
        return np.array([self.root(unit) for unit in range(len(self._parent))], dtype=np.int64)


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
        """Whether two may be alike, pair by pair: False means that they are not.

        Sets a and b are alike where the shingles of one alone are (q - p) / (q + p) of |a| + |b| or fewer,
        p / q the similarity; bitmaps say how many there are at least, lengths what |a| + |b| is at most. Of
        long texts bitmaps tell little, signatures much.
        """
        least = ALIKE
        kept = np.zeros(len(rows), dtype=bool)
        for begin in range(0, len(kept), _PAIRS):
            a, b = rows[begin : begin + _PAIRS], others[begin : begin + _PAIRS]
            alone = differing(self._bitmaps[a], self._bitmaps[b])
            most = (self._lengths[a] + self._lengths[b]) * (least[1] - least[0])
            near = np.flatnonzero(alone * (least[1] + least[0]) <= most)
            kept[begin + near] = agree(self.signed[a[near]], self.signed[b[near]])
        return kept

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
    different = _join_copies(forms, level, groups)
    units = _Units(forms, level, different)
    rows = Groups(len(different))
    pairs, crowds = candidates(units.signed)
    for row, other in pairs[units.possible(pairs[:, 0], pairs[:, 1])].tolist():
        if rows.root(row) != rows.root(other) and units.alike(row, other):
            rows.join(row, other)
    for crowd in crowds:
        join_crowd(rows, crowd, units)
    for unit, root in zip(different.tolist(), different[rows.labels()].tolist(), strict=True):
        groups.join(unit, root)
    return groups


def _join_copies(forms: Forms, level: Level, groups: Groups) -> Ints:
    """Join the units whose forms are the same; return one unit of each different form, ascending."""
    first: dict[bytes, int] = {}
    starts, codes = forms.starts[level].tolist(), forms.codes
    for unit in forms.long_enough(level).tolist():
        key = codes[starts[unit] : starts[unit + 1] - SHINGLE + 1].tobytes()
        one = first.setdefault(key, unit)
        if one != unit:
            groups.join(one, unit)
    return np.array(list(first.values()), dtype=np.int64)


class Comparable(Protocol):
    """What a crowd is compared by; see :class:`_Units`."""

    def possible(self, rows: Ints, others: Ints) -> NDArray[np.bool_]:
        """Whether two may be alike, pair by pair: False means that they are not."""

    def alike(self, row: int, other: int) -> bool:
        """Whether two are alike."""


def join_crowd(groups: Groups, crowd: Ints, units: Comparable) -> None:
    """Join what is alike in a crowd: every pair of different groups is compared until one pair joins them."""
    crowd = np.sort(crowd)
    begin = 0
    while begin < len(crowd) - 1:
        roots = np.array([groups.root(row) for row in crowd.tolist()])
        if (roots == roots[0]).all():
            return
        end = begin + max(1, _MANY // len(crowd))
        one, other = np.nonzero(np.triu(roots[begin:end, None] != roots[None, begin:], 1))
        rows, others = crowd[begin + one], crowd[begin + other]
        near = units.possible(rows, others)
        for row, also in zip(rows[near].tolist(), others[near].tolist(), strict=True):
            if groups.root(row) != groups.root(also) and units.alike(row, also):
                groups.join(row, also)
        begin = end
