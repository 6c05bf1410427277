"""Evaluation: a query tree becomes arrays of section rows, which are sets in ascending order.

Grams find the candidates of a run; for more than two characters the text itself decides.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexer.analysis.grams import grams_of_run
from indexer.analysis.normalise import occurrences
from indexer.engines import ranking
from indexer.engines.base import Facets, Filters, Found, Hit, Sort, YearCount, Yearly
from indexer.file_types import FILE_TYPES
from indexer.model import PARTS, TOPICS
from indexer.query import meaning, nodes
from indexer.query.nodes import Node, TextLeaf

if TYPE_CHECKING:
    from indexer.engines.whoosh.reader import Rows, WhooshReader

Values = NDArray[np.float64]


def search(
    reader: WhooshReader,
    query: Node,
    filters: Filters,
    sort: Sort,
    offset: int,
    limit: int,
    groups: Rows | None,
) -> Found:
    """Answer a query; see :meth:`indexer.engines.base.Reader.search`."""
    work = _Evaluation(reader)
    rows = work.matching(query, filters)
    in_report = np.bincount(reader.of_report[rows], minlength=len(reader.report_documents))
    scores = work.scores(query, rows)
    order = _order(sort, reader.years[rows], scores)
    if groups is not None:
        order = _folded(order, groups[rows], reader.years[rows], oldest=sort == "oldest")
    hits = tuple(
        Hit(reader.section_id(int(rows[i])), float(scores[i]), int(rows[i]))
        for i in order[offset : offset + limit]
    )
    reports = int(np.count_nonzero(in_report))
    return Found(len(rows), reports, hits, _facets(reader, rows, in_report), len(order))


def rows(reader: WhooshReader, query: Node, filters: Filters) -> Rows:
    """The rows of the sections that match, ascending."""
    return _Evaluation(reader).matching(query, filters).copy()  # it may be one that is kept


def by_year(reader: WhooshReader, query: Node, filters: Filters) -> Yearly:
    """How much matches for each year; see :meth:`indexer.engines.base.Reader.by_year`."""
    rows = _Evaluation(reader).matching(query, filters)
    count = max(1, len(reader.report_documents))
    of_report = reader.of_report[rows]
    pairs = np.unique(reader.years[rows] * count + of_report)  # each as one number
    years, sections = np.unique(reader.years[rows], return_counts=True)
    _, reports = np.unique(pairs // count, return_counts=True)
    counts = [
        YearCount(year or None, s, r)
        for year, s, r in zip(years.tolist(), sections.tolist(), reports.tolist(), strict=True)
    ]
    counts.sort(key=lambda count: count.year is None)
    return Yearly(tuple(counts), len(np.unique(of_report)))


class _Evaluation:
    """One question on one reader; what a leaf finds is found once."""

    def __init__(self, reader: WhooshReader) -> None:
        self.reader = reader
        self.count = len(reader.section_documents)
        self._runs: dict[tuple[str, str], tuple[Rows, Values]] = {}

    def matching(self, query: Node, filters: Filters) -> Rows:
        """The rows of the sections that match query and filters, ascending."""
        rows = self.rows(query)
        return rows if filters == Filters() else rows[self.passing(filters)[rows]]

    def rows(self, node: Node) -> Rows:
        """The rows of the sections that match, ascending."""
        reader = self.reader
        match node:
            case nodes.Word(runs):
                return self._union(
                    [self.run_rows(name, r) for r in runs for name in ("grams", "heading", "title")]
                )
            case nodes.Phrase(run):
                return self._union([self.run_rows(name, run) for name in ("grams", "heading", "first title")])
            case nodes.InField(name, run):
                return self.run_rows(name, run)
            case nodes.And(children):
                rows = self.rows(children[0])
                for child in children[1:]:
                    if not len(rows):
                        break
                    rows = _intersect(rows, self.rows(child))
                return rows
            case nodes.Or(children):
                return self._union(list(map(self.rows, children)))
            case nodes.Not(child):
                return np.setdiff1d(np.arange(self.count), self.rows(child), assume_unique=True)
            case nodes.Preferring(child):
                return self.rows(child)
            case nodes.Years(first, last):
                return np.flatnonzero(_within(reader.years, first, last))
            case nodes.PartIs(part):
                return np.flatnonzero(reader.parts == PARTS.index(part))
            case nodes.TopicIs(topic):
                return np.flatnonzero(reader.topics == TOPICS.index(topic) + 1)
        return np.arange(self.count)

    def _union(self, sets: list[Rows]) -> Rows:
        found = np.zeros(self.count, dtype=bool)  # faster than sorting them together
        for rows in sets:
            found[rows] = True
        return np.flatnonzero(found)

    def run_rows(self, field: str, run: str) -> Rows:
        """The rows of the sections where ``run`` stands in a field.

        A report's title, unit and file are those of all its sections; ``first title`` counts for the
        section at position 0 alone.
        """
        if field in ("grams", "heading"):
            return self.run(field, run)[0]
        reports = self.run(field.removeprefix("first "), run)[0]
        starts, ends = self.reader.starts[reports], self.reader.starts[reports + 1]
        if field == "first title":
            return starts[starts < ends]
        return _ranges(starts, ends)

    def run(self, field: str, run: str) -> tuple[Rows, Values]:
        """Where ``run`` stands in a field (rows of reports for title, unit and file), and how often."""
        if (field, run) not in self._runs:
            self._runs[field, run] = self._find(field, run)
        return self._runs[field, run]

    def _find(self, field: str, run: str) -> tuple[Rows, Values]:
        postings = sorted(
            (self.reader.postings(field, g) for g in grams_of_run(run)), key=lambda p: len(p[0])
        )
        if len(run) <= 2:
            return postings[0]
        candidates = reduce(_intersect, (rows for rows, _ in postings))
        texts = (self.reader.normalised(field, int(row)) for row in candidates)
        counts = np.fromiter(
            (len(occurrences(run, t)) for t in texts), dtype=np.float64, count=len(candidates)
        )
        return candidates[counts > 0], counts[counts > 0]

    def passing(self, filters: Filters) -> NDArray[np.bool_]:
        """For each row whether it passes the filters."""
        reader = self.reader
        passes = np.ones(self.count, dtype=bool)
        if filters.years is not None:
            passes &= _within(reader.years, *filters.years)
        if filters.parts:
            passes &= np.isin(reader.parts, [PARTS.index(p) for p in filters.parts])
        if filters.topics:
            passes &= np.isin(reader.topics, [TOPICS.index(t) + 1 for t in filters.topics])
        if filters.units:
            numbers = [n for n, name in enumerate(reader.unit_names, 1) if name in filters.units]
            passes &= np.isin(reader.units, numbers)[reader.of_report]
        if filters.formats:
            types = [FILE_TYPES.index(f) for f in filters.formats]
            passes &= np.isin(reader.file_types, types)[reader.of_report]
        return passes

    def scores(self, query: Node, rows: Rows) -> Values:
        """The scores of the rows found."""
        total = np.zeros(len(rows))
        if not len(rows):
            return total
        reader = self.reader
        lengths = reader.lengths[rows]
        average = max(1.0, float(reader.lengths.sum()) / max(1, self.count))
        for leaf in meaning.ranked_leaves(query):
            idf = ranking.inverse_document_frequency(len(self.rows(leaf)), self.count)
            total += ranking.contribution(idf, self._evidence(leaf, rows), lengths, average)
        total *= reader.preferences[meaning.asks_for_plans(query)][rows]
        whole, _ = nodes.preferences(query)
        if whole is not None:
            total += ranking.WHOLE * _among(rows, self.rows(nodes.Phrase(whole)))
        return ranking.settled(total)

    def _evidence(self, leaf: TextLeaf, rows: Rows) -> ranking.Evidence[Values]:
        """Where the leaf stands in each of the rows."""
        none = np.zeros(len(rows))
        frequency, in_heading, in_title = none, none, none
        for run in leaf.runs if isinstance(leaf, nodes.Word) else (leaf.run,):
            if isinstance(leaf, nodes.Word):
                as_word = _at(rows, *self.reader.postings("words", run))
                as_run = ranking.RUN * _at(rows, *self.run("grams", run))
                frequency = np.maximum(frequency, np.maximum(as_word, as_run))
            elif isinstance(leaf, nodes.Phrase):
                frequency = _at(rows, *self.run("grams", run))
            if not isinstance(leaf, nodes.InField) or leaf.field == "heading":
                in_heading = np.maximum(in_heading, _among(rows, self.run_rows("heading", run)))
            if isinstance(leaf, nodes.Phrase):
                in_title = _among(rows, self.run_rows("first title", run))
            elif isinstance(leaf, nodes.Word) or leaf.field == "title":
                in_title = np.maximum(in_title, _among(rows, self.run_rows("title", run)))
        opening, meant = self.reader.openings[rows], self._meant(leaf, rows)
        return ranking.Evidence(frequency, in_heading, in_title, opening, meant)

    def _meant(self, leaf: TextLeaf, rows: Rows) -> Values:
        """1 for each row whose year or part the leaf names, else 0."""
        year, part = meaning.year_meant(leaf), meaning.part_meant(leaf)
        meant = np.zeros(len(rows), dtype=bool)
        if year is not None:
            meant |= self.reader.years[rows] == year
        if part is not None:
            meant |= self.reader.parts[rows] == PARTS.index(part)
        return meant.astype(np.float64)


def _intersect(a: Rows, b: Rows) -> Rows:
    if len(b) < len(a):
        a, b = b, a
    if not len(a):
        return a
    places = np.minimum(np.searchsorted(b, a), len(b) - 1)
    common: Rows = a[b[places] == a]
    return common


def _ranges(starts: Rows, ends: Rows) -> Rows:
    """All numbers of the ranges, one after the other."""
    parts = [np.arange(a, b) for a, b in zip(starts, ends, strict=True)]
    return np.concatenate([np.array([], dtype=np.int64), *parts])


def _within(years: Rows, first: int | None, last: int | None) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = years > 0
    if first is not None:
        known &= years >= first
    if last is not None:
        known &= years <= last
    return known


def _at(rows: Rows, where: Rows, values: Values) -> Values:
    """The value of each row; 0 where it is not in ``where`` (ascending)."""
    found = np.zeros(len(rows))
    if len(where):
        places = np.minimum(np.searchsorted(where, rows), len(where) - 1)
        same = where[places] == rows
        found[same] = values[places[same]]
    return found


def _among(rows: Rows, where: Rows) -> Values:
    """1 where a row is in ``where``, else 0."""
    return _at(rows, where, np.ones(len(where)))


def _order(sort: Sort, years: Rows, scores: Values) -> NDArray[np.intp]:
    """Indices in the order of the answer; ties keep reading order."""
    if sort == "relevance":
        return np.argsort(-scores, kind="stable")
    key = -years if sort == "newest" else years
    return np.lexsort((key, years == 0))


def _folded(order: NDArray[np.intp], groups: Rows, years: Rows, *, oldest: bool) -> NDArray[np.intp]:
    """One index a group, where its first stands: its newest section, or its oldest; without a year last."""
    age = np.where(years == 0, np.iinfo(np.int64).max, years if oldest else -years)
    by_group = np.lexsort((age, groups))
    names, first = np.unique(groups[by_group], return_index=True)
    shown = by_group[first]  # of each group, in the order of ``names``
    places = np.sort(np.unique(groups[order], return_index=True)[1])
    folded: NDArray[np.intp] = shown[np.searchsorted(names, groups[order[places]])]
    return folded


def _facets(reader: WhooshReader, rows: Rows, in_report: NDArray[np.intp]) -> Facets:
    """The counts of values in rows; ``in_report``: how many of them stand in each report."""

    def counts(values: Rows) -> Any:
        found, number = np.unique(values[rows], return_counts=True)
        return list(zip(found.tolist(), number.tolist(), strict=True))

    def of_reports(values: Rows) -> list[tuple[int, int]]:
        """Values of reports with their sections, most frequent first."""
        number = np.bincount(values, weights=in_report).astype(np.int64)
        most = np.argsort(-number, kind="stable")
        return [(v, n) for v, n in zip(most.tolist(), number[most].tolist(), strict=True) if n]

    topics = [(t, n) for t, n in counts(reader.topics) if t]
    return Facets(
        year=tuple((y, n) for y, n in reversed(counts(reader.years)) if y),
        part=tuple((PARTS[p], n) for p, n in counts(reader.parts)),
        topic=tuple((TOPICS[t - 1], n) for t, n in sorted(topics, key=lambda pair: (-pair[1], pair[0]))),
        unit=tuple((reader.unit_names[u - 1], n) for u, n in of_reports(reader.units) if u),
        format=tuple((FILE_TYPES[f], n) for f, n in of_reports(reader.file_types)),
    )
