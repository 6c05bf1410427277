"""Connected groups of units, and the units that say the same but for what a form leaves out."""

from __future__ import annotations

import numpy as np

from indexer.families.forms import Forms, Level
from indexer.stretches import Ints


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


def join_copies(forms: Forms, level: Level, groups: Groups) -> Ints:
    """Join the units whose forms are the same; return one unit of each different form, ascending."""
    first: dict[bytes, int] = {}
    for unit in forms.long_enough(level).tolist():
        one = first.setdefault(forms.shingles(level, unit).tobytes(), unit)
        if one != unit:
            groups.join(one, unit)
    return np.array(list(first.values()), dtype=np.int64)
