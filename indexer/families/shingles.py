"""Which sections and reports of an index have which shingles, weighed by how rare they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.families.forms import SHINGLE, Forms
from indexer.stretches import Ints, ranges

Weights = NDArray[np.float64]
Owners = NDArray[np.int32]

_PART = 1 << 19  # shingles that are sorted at a time, or ...
_PARTS = 32  # ... all of them in so many parts
_POSTINGS = 1 << 20  # sections of shingles at a time, some 40 bytes each


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
        places, numbers = self._find(codes)
        found[places] = self.weights[numbers]
        return found

    def shared(self, codes: Ints) -> tuple[Weights, Weights]:
        """The summed weights of those of ``codes`` (all different) that each section, each report has."""
        sections, held = np.zeros(len(self.report_of)), np.zeros(len(self.report_ids))
        _, numbers = self._find(codes)
        for block, sizes, owners in self._postings(numbers):
            weights = np.repeat(self.weights[numbers[block]], sizes)
            sections += np.bincount(owners, weights, minlength=len(sections))
            # A report has a shingle once, however many of its sections have it; they stand side by side.
            reports = self.report_of[owners]
            which = np.repeat(np.arange(len(sizes)), sizes)
            first = np.ones(len(owners), dtype=bool)
            first[1:] = (reports[1:] != reports[:-1]) | (which[1:] != which[:-1])
            held += np.bincount(reports[first], weights[first], minlength=len(held))
        return sections, held

    def held(self, codes: Ints, reports: Ints) -> NDArray[np.bool_]:
        """Which of ``codes`` (all different) each report has in one of its sections: a row a report."""
        found = np.zeros((len(reports) + 1, len(codes)), dtype=bool)
        rows = np.full(len(self.report_ids), len(reports))  # of the others: the last one
        rows[reports] = np.arange(len(reports))
        columns, numbers = self._find(codes)
        for block, sizes, owners in self._postings(numbers):
            found[rows[self.report_of[owners]], np.repeat(columns[block], sizes)] = True
        return found[:-1]

    def _find(self, codes: Ints) -> tuple[Ints, Ints]:
        """Which of ``codes`` are in the index, by their places, and the number that each has there."""
        if not len(self.codes):
            return np.array([], dtype=np.int64), np.array([], dtype=np.int64)
        numbers = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        places = np.flatnonzero(self.codes[numbers] == codes)
        return places, numbers[places]

    def _postings(self, numbers: Ints) -> Iterator[tuple[slice, Ints, Owners]]:
        """The sections of each of these shingles, one shingle's behind the other's, with how many they are:
        as many shingles at a time, a stretch of ``numbers``, as take limited room."""
        sizes = self.starts[numbers + 1] - self.starts[numbers]
        totals = np.cumsum(sizes)
        first = 0
        while first < len(numbers):
            before = int(totals[first] - sizes[first])
            last = max(first + 1, int(np.searchsorted(totals, before + _POSTINGS, side="right")))
            block = slice(first, last)
            yield block, sizes[block], self.owners[ranges(self.starts[numbers[block]], sizes[block])]
            first = last


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
