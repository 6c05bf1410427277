"""Which sections and reports of an index have which shingles, weighed by how rare they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.families.forms import SHINGLE, Forms, Ints

Weights = NDArray[np.float64]
Owners = NDArray[np.int32]

_PART = 1 << 19  # shingles that are sorted at a time, or ...
_PARTS = 32  # ... all of them in so many parts


class ShingleIndex:
    """An inverted index of shingles: shingle -> sections.

    ``codes``: all different shingles, ascending; ``owners[starts[i]:starts[i + 1]]``: the sections that have
    shingle i, ascending. ``reports[r]`` is the first section of report r, and at last their number;
    ``report_of`` the report of each section. ``report_ids``: a report each.
    """

    def __init__(
        self, report_ids: Sequence[str], reports: Ints, codes: Ints, starts: Ints, owners: Owners
    ) -> None:
        self.report_ids = report_ids
        self.reports, self.codes, self.starts, self.owners = reports, codes, starts, owners
        self.report_of = np.repeat(np.arange(len(report_ids)), np.diff(reports))
        count = len(self.report_of)
        self.weights = np.log1p(count / np.diff(starts))
        self._unknown = float(np.log1p(2.0 * count))  # of a shingle that stands nowhere

    def weigh(self, codes: Ints) -> Weights:
        """The weight of each of these shingles: the rarer, the more."""
        found = np.full(len(codes), self._unknown)
        if len(self.codes):
            places = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
            found = np.where(self.codes[places] == codes, self.weights[places], found)
        return found

    def shared(self, codes: Ints) -> tuple[Weights, Weights]:
        """The summed weights of those of ``codes`` (all different) that each section, each report has."""
        known = self._numbers(codes)
        sizes = self.starts[known + 1] - self.starts[known]
        places = np.repeat(self.starts[known] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
        owners = self.owners[places + np.arange(int(sizes.sum()))]
        weights = np.repeat(self.weights[known], sizes)
        sections: Weights = np.bincount(owners, weights, minlength=len(self.report_of)).astype(np.float64)
        # A report has a shingle once, however many of its sections have it; they stand side by side.
        reports = self.report_of[owners]
        which = np.repeat(np.arange(len(known)), sizes)
        first = np.ones(len(owners), dtype=bool)
        first[1:] = (reports[1:] != reports[:-1]) | (which[1:] != which[:-1])
        held: Weights = np.bincount(reports[first], weights[first], minlength=len(self.report_ids)).astype(
            float
        )
        return sections, held

    def held(self, codes: Ints, reports: Ints) -> NDArray[np.bool_]:
        """Which of ``codes`` (all different) each report has in one of its sections: a row a report."""
        found = np.zeros((len(reports) + 1, len(codes)), dtype=bool)
        if not len(self.codes):
            return found[:-1]
        rows = np.full(len(self.report_ids), len(reports))  # of the others: the last one
        rows[reports] = np.arange(len(reports))
        places = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        columns = np.flatnonzero(self.codes[places] == codes)
        starts, sizes = self.starts[places[columns]], np.diff(self.starts)[places[columns]]
        at = np.arange(int(sizes.sum())) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
        found[rows[self.report_of[self.owners[at]]], np.repeat(columns, sizes)] = True
        return found[:-1]

    def _numbers(self, codes: Ints) -> Ints:
        if not len(self.codes):
            return np.array([], dtype=np.int64)
        places = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        known: Ints = places[self.codes[places] == codes]
        return known


def index_shingles(forms: Forms, report_ids: Sequence[str]) -> ShingleIndex:
    """The shingles of the texts behind some forms.

    They are sorted part by part, by their codes: all at once would take several times the room of the result.
    """
    bounds = forms.starts["section"]
    inside = np.ones(len(forms.codes), dtype=bool)  # it ends in the section that it begins in
    for back in range(1, SHINGLE):
        last = bounds[1:] - back
        inside[last[(last >= 0) & (last < len(inside))]] = False
    parts = min(_PARTS, len(forms.codes) // _PART + 1)
    sample = np.sort(forms.codes[:: max(1, len(forms.codes) // (64 * parts))])
    edges = sample[[len(sample) * k // parts for k in range(1, parts)]].tolist()
    codes: list[Ints] = []
    counts: list[Ints] = []
    owners: list[Owners] = []
    for low, high in zip([-1, *edges], [*edges, None], strict=True):
        within = inside & (forms.codes >= low)
        if high is not None:
            within &= forms.codes < high
        places = np.flatnonzero(within)
        section = (np.searchsorted(bounds, places, side="right") - 1).astype(np.int32)
        own = forms.codes[places]
        order = np.argsort(own, kind="stable")  # of equal ones the sections ascend
        own, section = own[order], section[order]
        new = np.ones(len(own), dtype=bool)
        new[1:] = own[1:] != own[:-1]
        first = new.copy()
        first[1:] |= section[1:] != section[:-1]
        codes.append(own[new])
        counts.append(np.diff(np.flatnonzero(new[first]), append=int(first.sum())))
        owners.append(section[first])
    starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    return ShingleIndex(report_ids, forms.reports, np.concatenate(codes), starts, np.concatenate(owners))
