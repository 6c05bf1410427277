"""Evaluation: a query tree becomes arrays of section rows, which are sets in ascending order.

Small sets are put together by looking the members of one up in another, large ones by marking them in an
array of all sections, which costs the same however many they are (_DENSE says when).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexer.engines import ranking
from indexer.engines.base import Facets, Filters, Found, Hit, Sort, YearCount, Yearly
from indexer.engines.whoosh import top
from indexer.file_types import FILE_TYPES
from indexer.model import PARTS, TOPICS
from indexer.query import meaning, nodes
from indexer.query.nodes import Node, TextLeaf
from indexer.stretches import changes, ranges

if TYPE_CHECKING:
    from indexer.engines.whoosh.reader import Rows, Values, WhooshReader

_DENSE = 32  # of how many sections one must be in a set


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
    in_report = np.bincount(reader.order.of_report[rows], minlength=len(reader.order.report_documents))
    scores = work.scores(query, rows)
    years, most = reader.order.years[rows], offset + limit
    key = top.keys(sort, years, scores)
    if groups is None:
        order, shown = top.best(key, most), len(rows)
    else:
        order, shown = top.best_of_groups(key, groups[rows], years, most, oldest=sort == "oldest")
    hits = tuple(
        Hit(reader.section_id(int(rows[i])), float(scores[i]), int(rows[i]))
        for i in order[offset : offset + limit]
    )
    reports = int(np.count_nonzero(in_report))
    return Found(len(rows), reports, hits, _facets(reader, rows, in_report), shown)


def rows(reader: WhooshReader, query: Node, filters: Filters) -> Rows:
    """The rows of the sections that match, ascending."""
    return _Evaluation(reader).matching(query, filters).copy()  # it may be one that is kept


def by_year(reader: WhooshReader, query: Node, filters: Filters) -> Yearly:
    """How much matches for each year; see :meth:`indexer.engines.base.Reader.by_year`."""
    rows = _Evaluation(reader).matching(query, filters)
    count = max(1, len(reader.order.report_documents))
    of_report = reader.order.of_report[rows]
    pairs = np.unique(reader.order.years[rows] * count + of_report)  # each as one number
    years, sections = np.unique(reader.order.years[rows], return_counts=True)
    _, reports = np.unique(pairs // count, return_counts=True)
    counts = [
        YearCount(year or None, s, r)
        for year, s, r in zip(years.tolist(), sections.tolist(), reports.tolist(), strict=True)
    ]
    counts.sort(key=lambda count: count.year is None)
    return Yearly(tuple(counts), len(np.unique(of_report)))


def ascending(rows: Rows, values: Values) -> tuple[Rows, Values]:
    """Rows, no two the same and one at least, in ascending order; and the value of each."""
    count = int(rows.max()) + 1
    if len(rows) * _DENSE > count:
        there, everywhere = np.zeros(count, dtype=bool), np.empty(count)
        there[rows] = True
        everywhere[rows] = values
        rows = np.flatnonzero(there)
        return rows, everywhere[rows]
    order = np.argsort(rows, kind="stable")  # quick where there are ascending runs
    return rows[order], values[order]


class _Evaluation:
    """One question on one reader; what a leaf finds is found once."""

    def __init__(self, reader: WhooshReader) -> None:
        self.reader = reader
        self.order = reader.order
        self.count = reader.order.count
        self._found: dict[TextLeaf, Rows] = {}

    def matching(self, query: Node, filters: Filters) -> Rows:
        """The rows of the sections that match query and filters, ascending."""
        rows = self.rows(query)
        return rows if filters == Filters() else rows[self.passing(filters)[rows]]

    def rows(self, node: Node) -> Rows:
        """The rows of the sections that match, ascending."""
        order = self.order
        match node:
            case nodes.Word() | nodes.Phrase() | nodes.InField():
                if node not in self._found:
                    self._found[node] = self._leaf(node)
                return self._found[node]
            case nodes.And(children):
                rows = self.rows(children[0])
                for child in children[1:]:
                    if not len(rows):
                        break
                    rows = self._intersect(rows, self.rows(child))
                return rows
            case nodes.Or(children):
                return self._union(list(map(self.rows, children)))
            case nodes.Not(child):
                left = np.ones(self.count, dtype=bool)
                left[self.rows(child)] = False
                return np.flatnonzero(left)
            case nodes.Preferring(child):
                return self.rows(child)
            case nodes.Years(first, last):
                return np.flatnonzero(_within(order.years, first, last))
            case nodes.PartIs(part):
                return np.flatnonzero(order.parts == PARTS.index(part))
            case nodes.TopicIs(topic):
                return np.flatnonzero(order.topics == TOPICS.index(topic) + 1)
        return np.arange(self.count)

    def _leaf(self, leaf: TextLeaf) -> Rows:
        match leaf:
            case nodes.Word(runs):
                fields = ("grams", "heading", "title")
                return self._union([self.run_rows(name, run) for run in runs for name in fields])
            case nodes.Phrase(run):
                return self._union([self.run_rows(name, run) for name in ("grams", "heading", "first title")])
            case nodes.InField(name, run):
                return self.run_rows(name, run)

    def run_rows(self, field: str, run: str) -> Rows:
        """The rows of the sections where ``run`` stands in a field.

        A report's title, unit and file are those of all its sections; ``first title`` counts for the
        section at position 0 alone.
        """
        if field in ("grams", "heading"):
            return self.reader.postings(field, run)[0]
        reports, _ = self.reader.postings(field.removeprefix("first "), run)
        if not len(reports):
            return reports
        starts, ends = self.order.starts[reports], self.order.starts[reports + 1]
        if field == "first title":
            return starts[starts < ends]
        return ranges(starts, ends - starts)

    def _dense(self, *sets: Rows) -> bool:
        """Whether sets are so large that marking their members is faster than looking them up."""
        return sum(map(len, sets)) * _DENSE > self.count

    def _union(self, sets: list[Rows]) -> Rows:
        sets = [rows for rows in sets if len(rows)]
        if len(sets) < 2:
            return sets[0] if sets else np.zeros(0, dtype=np.int64)
        if not self._dense(*sets):
            together = np.sort(np.concatenate(sets))
            return together[changes(together)]
        found = np.zeros(self.count, dtype=bool)
        for rows in sets:
            found[rows] = True
        return np.flatnonzero(found)

    def _intersect(self, a: Rows, b: Rows) -> Rows:
        if len(b) < len(a):
            a, b = b, a
        if not len(a) or not self._dense(a):
            return a[_places(a, b)[0]]
        found = np.zeros(self.count, dtype=bool)
        found[b] = True
        return a[found[a]]

    def at(self, rows: Rows, where: Rows, values: Values | float) -> Values | float:
        """The value of each row; 0 where it is not in ``where``. ``values``: one each, or one for all."""
        if not len(where):
            return 0.0
        if self._dense(rows) and self._dense(where):
            everywhere = np.zeros(self.count)
            everywhere[where] = values
            return everywhere[rows]
        found = np.zeros(len(rows))
        if len(rows) <= len(where):
            there, places = _places(rows, where)
            found[there] = values[places[there]] if isinstance(values, np.ndarray) else values
        else:
            there, places = _places(where, rows)
            found[places[there]] = values[there] if isinstance(values, np.ndarray) else values
        return found

    def passing(self, filters: Filters) -> NDArray[np.bool_]:
        """For each row whether it passes the filters."""
        order = self.order
        passes = np.ones(self.count, dtype=bool)
        if filters.years is not None:
            passes &= _within(order.years, *filters.years)
        if filters.parts:
            parts = [number for number, part in enumerate(PARTS) if part in filters.parts]
            passes &= np.isin(order.parts, parts)
        if filters.topics:
            topics = [number for number, topic in enumerate(TOPICS, 1) if topic in filters.topics]
            passes &= np.isin(order.topics, topics)
        if filters.units:
            numbers = [n for n, name in enumerate(order.unit_names, 1) if name in filters.units]
            passes &= np.isin(order.units, numbers)[order.of_report]
        if filters.formats:
            types = [number for number, name in enumerate(FILE_TYPES) if name in filters.formats]
            passes &= np.isin(order.file_types, types)[order.of_report]
        return passes

    def scores(self, query: Node, rows: Rows) -> Values:
        """The scores of the rows found."""
        total = np.zeros(len(rows))
        if not len(rows):
            return total
        order = self.order
        lengths = order.lengths[rows]
        for leaf in meaning.ranked_leaves(query):
            idf = ranking.inverse_document_frequency(len(self.rows(leaf)), self.count)
            total += ranking.contribution(idf, self._evidence(leaf, rows), lengths, order.average)
        total *= order.preferences[meaning.asks_for_plans(query)][rows]
        whole, _ = nodes.preferences(query)
        if whole is not None:
            total += ranking.WHOLE * self.at(rows, self.rows(nodes.Phrase(whole)), 1.0)
        return ranking.settled(total)

    def _evidence(self, leaf: TextLeaf, rows: Rows) -> ranking.Evidence[Any]:
        """Where the leaf stands in each of the rows; one number where it is the same in all."""
        frequency: Any = 0.0
        in_heading: Any = 0.0
        in_title: Any = 0.0
        for run in leaf.runs if isinstance(leaf, nodes.Word) else (leaf.run,):
            if isinstance(leaf, nodes.Word):
                as_word = self.at(rows, *self.reader.postings("words", run))
                as_run = ranking.RUN * self.at(rows, *self.reader.postings("grams", run))
                frequency = np.maximum(frequency, np.maximum(as_word, as_run))
            elif isinstance(leaf, nodes.Phrase):
                frequency = self.at(rows, *self.reader.postings("grams", run))
            if not isinstance(leaf, nodes.InField) or leaf.field == "heading":
                in_heading = np.maximum(in_heading, self.at(rows, self.run_rows("heading", run), 1.0))
            if isinstance(leaf, nodes.Phrase):
                in_title = self.at(rows, self.run_rows("first title", run), 1.0)
            elif isinstance(leaf, nodes.Word) or leaf.field == "title":
                in_title = np.maximum(in_title, self.at(rows, self.run_rows("title", run), 1.0))
        return ranking.Evidence(
            frequency, in_heading, in_title, self.order.openings[rows], self._meant(leaf, rows)
        )

    def _meant(self, leaf: TextLeaf, rows: Rows) -> Values | float:
        """1 for each row whose year or part the leaf names, else 0."""
        year, part = meaning.year_meant(leaf), meaning.part_meant(leaf)
        if year is None and part is None:
            return 0.0
        meant = np.zeros(len(rows), dtype=bool)
        if year is not None:
            meant |= self.order.years[rows] == year
        if part is not None:
            meant |= self.order.parts[rows] == PARTS.index(part)
        return meant.astype(np.float64)


def _places(a: Rows, b: Rows) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """For each of ``a`` whether it is in ``b``, and where; both are ascending, and ``b`` is not empty unless
    ``a`` is."""
    places = np.searchsorted(b, a)
    if len(a) and places[-1] == len(b):
        places = np.minimum(places, len(b) - 1)
    return b[places] == a, places


def _within(years: Rows, first: int | None, last: int | None) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = years > 0
    if first is not None:
        known &= years >= first
    if last is not None:
        known &= years <= last
    return known


def _facets(reader: WhooshReader, rows: Rows, in_report: NDArray[np.intp]) -> Facets:
    """The counts of values in rows; ``in_report``: how many of them stand in each report."""
    order = reader.order

    def counts(values: Rows) -> list[tuple[int, int]]:
        number = np.bincount(values[rows])
        found = np.flatnonzero(number)
        return list(zip(found.tolist(), number[found].tolist(), strict=True))

    def of_reports(values: Rows) -> list[tuple[int, int]]:
        """Values of reports with their sections, most frequent first."""
        number = np.bincount(values, weights=in_report).astype(np.int64)
        most = np.argsort(-number, kind="stable")
        return [(v, n) for v, n in zip(most.tolist(), number[most].tolist(), strict=True) if n]

    topics = [(t, n) for t, n in counts(order.topics) if t]
    return Facets(
        year=tuple((y, n) for y, n in reversed(counts(order.years)) if y),
        part=tuple((PARTS[p], n) for p, n in counts(order.parts)),
        topic=tuple((TOPICS[t - 1], n) for t, n in sorted(topics, key=lambda pair: (-pair[1], pair[0]))),
        unit=tuple((order.unit_names[u - 1], n) for u, n in of_reports(order.units) if u),
        format=tuple((FILE_TYPES[f], n) for f, n in of_reports(order.file_types)),
    )
