"""The first hits of an answer, without putting all of it in order.

The best k of n are found by a partition around the k-th (Hoare's *Find*, 1961), and they alone are sorted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import Sort
from indexer.engines.whoosh.arrays import Array

if TYPE_CHECKING:
    from indexer.engines.whoosh.reader import Rows

Indices = NDArray[np.intp]

_WIDE = 1 << 22  # numbers of groups up to which one is marked in an array of them all
_GROWTH = 8  # times as many hits are looked at where those looked at are of too few groups
_NEVER = -(1 << 14)  # comes after every year, in both directions; years have four digits


def keys(sort: Sort, years: Rows, scores: Array) -> Array:
    """A number a hit: the larger comes first, those that are the same in reading order."""
    if sort == "relevance":
        return scores
    years = years.astype(np.int16)  # sorted by radix, and put in parts faster than wider numbers
    return np.where(years == 0, np.int16(_NEVER), years if sort == "newest" else -years)


def best(key: Array, most: int) -> Indices:
    """The first ``most`` hits in order, and those that tie with the last of them."""
    if most < len(key):
        if not most:
            return np.zeros(0, dtype=np.intp)
        least = np.partition(key, len(key) - most)[len(key) - most]
        chosen = np.flatnonzero(key >= least)
        return chosen[np.argsort(-key[chosen], kind="stable")]
    return np.argsort(-key, kind="stable")


def best_of_groups(key: Array, groups: Rows, years: Rows, most: int, *, oldest: bool) -> tuple[Indices, int]:
    """One hit for each of the first ``most`` groups, and how many groups there are.

    ``groups``: of each hit. A group comes where its first hit does, and shows its newest, or its oldest, one
    without a year if no other is there.
    """
    if groups.min(initial=0) < 0 or groups.max(initial=0) > _WIDE:
        groups = np.unique(groups, return_inverse=True)[1]
    there = np.zeros(int(groups.max(initial=-1)) + 1, dtype=bool)
    there[groups] = True
    count = int(np.count_nonzero(there))
    wanted = min(most, count)
    first, looked = np.zeros(0, dtype=np.intp), 2 * wanted
    while len(first) < wanted:  # hits of one group may stand close together
        order = best(key, looked)[:looked]
        _, at = np.unique(groups[order], return_index=True)
        first = order[np.sort(at)]
        looked *= _GROWTH
    chosen = groups[first[:wanted]]
    there[:] = False
    there[chosen] = True
    members = np.flatnonzero(there[groups])
    age = -keys("oldest" if oldest else "newest", years[members], years[members])
    by_group = members[np.lexsort((age, groups[members]))]
    names, newest = np.unique(groups[by_group], return_index=True)
    shown: Indices = by_group[newest][np.searchsorted(names, chosen)]
    return shown, count
