"""Reports that hold most of each other: exactly, over an inverted index of shingles.

Two reports are alike when the shared shingles are 3 / 5 of the smaller set, however long the other is;
banding cannot find that. Each report looks up its rarer shingles only: to share ``need`` of its n it must
share need - (n - p) of its p rarest, so that with p = n - need / 2 every pair that is alike shares half of
what it must among the rarest (prefix filtering, Chaudhuri, Ganti, Kaushik, *A Primitive Operator for
Similarity Joins in Data Cleaning*, 2006). What passes is compared in full.
"""

from __future__ import annotations

import numpy as np

from indexer.families.clusters import Groups
from indexer.families.forms import Forms, Ints

CONTAINED = (3, 5)  # of the smaller set


def alike_reports(forms: Forms) -> Groups:
    """Groups of the reports that are alike; all others stand alone."""
    groups = Groups(len(forms.starts["report"]) - 1)
    units = forms.long_enough("report")
    sets = _join_copies([np.unique(forms.shingles("report", unit)) for unit in units.tolist()], units, groups)
    units = np.array(list(sets), dtype=np.int64)
    if len(units) < 2:
        return groups
    sizes = np.array([len(codes) for codes in sets.values()], dtype=np.int64)
    everything = np.concatenate(list(sets.values()))
    _, ids = np.unique(everything, return_inverse=True)
    owners = np.repeat(np.arange(len(units)), sizes)
    by_shingle = np.argsort(ids, kind="stable")
    holders = owners[by_shingle]  # of shingle 0, then of shingle 1 …, each ascending
    held_by = np.bincount(ids)
    begins = np.concatenate([[0], np.cumsum(held_by)])
    ends = np.cumsum(sizes)
    for i in range(len(units)):
        mine = ids[ends[i] - sizes[i] : ends[i]]
        need = -(-int(sizes[i]) * CONTAINED[0] // CONTAINED[1])
        skipped = need // 2
        rarest = mine[np.argsort(held_by[mine], kind="stable")][: len(mine) - skipped]
        rarest = rarest[held_by[rarest] > 1]
        shared = _count(rarest, begins, holders, len(units))
        larger = (sizes > sizes[i]) | ((sizes == sizes[i]) & (np.arange(len(units)) > i))
        for j in np.flatnonzero(larger & (shared >= need - skipped)).tolist():
            one, other = int(units[i]), int(units[j])
            if groups.root(one) == groups.root(other):
                continue
            common = len(np.intersect1d(mine, ids[ends[j] - sizes[j] : ends[j]], assume_unique=True))
            if common * CONTAINED[1] >= int(sizes[i]) * CONTAINED[0]:
                groups.join(one, other)
    return groups


def _join_copies(sets: list[Ints], units: Ints, groups: Groups) -> dict[int, Ints]:
    """Join the reports with the same shingles; return the first of each set, with it."""
    first: dict[bytes, int] = {}
    kept: dict[int, Ints] = {}
    for unit, codes in zip(units.tolist(), sets, strict=True):
        one = first.setdefault(codes.tobytes(), unit)
        groups.join(one, unit)
        kept.setdefault(one, codes)
    return kept


def _count(shingles: Ints, begins: Ints, holders: Ints, count: int) -> Ints:
    """How many of the shingles each report holds."""
    starts, sizes = begins[shingles], begins[shingles + 1] - begins[shingles]
    if not len(shingles):
        return np.zeros(count, dtype=np.int64)
    # All places of the ranges, one behind the other.
    offsets = np.repeat(starts - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
    return np.bincount(holders[offsets + np.arange(int(sizes.sum()))], minlength=count)
