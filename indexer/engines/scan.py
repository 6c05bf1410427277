"""The reference engine: a plain scan in memory, short enough to be obviously right.

It keeps nothing on disk; an engine object holds its indexes by directory for as long as it lives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.analysis.grams import count_grams
from indexer.analysis.normalise import normalise, occurrences
from indexer.analysis.words import cut_words
from indexer.engines import ranking
from indexer.engines.base import Counts, Facets, Filters, Found, Hit, Sort, TermKind, YearCount, Yearly
from indexer.file_types import FILE_TYPES, file_type
from indexer.model import (
    PARTS,
    TOPICS,
    FiledReport,
    FiledSection,
    FileEntry,
    IndexMeta,
    Report,
    report_id,
    section_id,
    split_section_id,
)
from indexer.query import meaning, nodes
from indexer.query.nodes import Node, TextLeaf


@dataclass(frozen=True, slots=True)
class _State:
    """An index: its files with their reports, and what it says of itself."""

    files: dict[str, tuple[FileEntry, tuple[Report, ...]]] = field(default_factory=dict)
    meta: IndexMeta = field(default_factory=IndexMeta)


class ScanEngine:
    """Engine: see :class:`indexer.engines.base.Engine`."""

    name = "scan"
    version = "1"

    def __init__(self) -> None:
        self._states: dict[Path, _State] = {}

    def reader(self, directory: Path) -> ScanReader:
        return ScanReader(self, directory, self._states.get(directory) or _State())

    def writer(self, directory: Path, processes: int | None = None) -> ScanWriter:
        return ScanWriter(self, directory, self._states.get(directory) or _State())

    def committed(self, directory: Path) -> bool:
        return directory in self._states

    def verify(self, directory: Path) -> list[str]:
        return []

    def state(self, directory: Path) -> _State | None:
        return self._states.get(directory)

    def replace(self, directory: Path, state: _State) -> None:
        self._states[directory] = state


class ScanWriter:
    """Writer: works on a copy, which :meth:`commit` puts in place of the old."""

    def __init__(self, engine: ScanEngine, directory: Path, state: _State) -> None:
        self._engine, self._directory = engine, directory
        self._files, self._meta = dict(state.files), state.meta

    def put(self, entry: FileEntry, reports: Sequence[Report]) -> None:
        self._files[entry.file] = (entry, tuple(sorted(reports, key=lambda r: r.ordinal)))

    def update(self, entry: FileEntry) -> None:
        self._files[entry.file] = (entry, self._files[entry.file][1])

    def drop(self, file: str) -> None:
        self._files.pop(file, None)

    def commit(self, meta: IndexMeta) -> None:
        self._engine.replace(self._directory, _State(self._files, meta))

    def cancel(self) -> None:
        self._files = {}


@dataclass(frozen=True, slots=True)
class _Row:
    """A section and its normalised texts."""

    filed: FiledSection
    paragraphs: tuple[str, ...]
    heading: str
    title: str
    unit: str
    file: str
    file_type: str
    words: Counter[str]
    length: float  # in words


class ScanReader:
    """Reader: looks at every section for every question."""

    def __init__(self, engine: ScanEngine, directory: Path, state: _State) -> None:
        self._engine, self._directory, self._state = engine, directory, state
        self.meta = state.meta
        types = {file: file_type(entry.format) for file, (entry, _) in state.files.items()}
        self._rows = [_row(s, types[s.file]) for filed in self.reports() for s in _sections(filed)]
        total = sum(r.length for r in self._rows)
        self._average = max(1.0, total / max(1, len(self._rows)))

    def files(self) -> Mapping[str, FileEntry]:
        return {file: entry for file, (entry, _) in sorted(self._state.files.items())}

    def counts(self) -> Counts:
        reports = [filed.report for filed in self.reports()]
        return Counts(
            files=len(self._state.files),
            reports=len(reports),
            sections=len(self._rows),
            characters=sum(r.characters for r in reports),
        )

    def report_ids(self) -> Sequence[str]:
        return [filed.report_id for filed in self.reports()]

    def reports(self) -> Iterator[FiledReport]:
        for file, (_, reports) in sorted(self._state.files.items()):
            for report in reports:
                yield FiledReport(report_id(file, report.ordinal), file, report)

    def report(self, report_id: str) -> FiledReport | None:
        return next((filed for filed in self.reports() if filed.report_id == report_id), None)

    def section(self, section_id: str) -> FiledSection | None:
        place = split_section_id(section_id)
        filed = self.report(place[0]) if place else None
        sections = list(_sections(filed)) if filed else []
        return sections[place[1]] if place and place[1] < len(sections) else None

    def vocabulary(self, kind: TermKind) -> Iterator[tuple[str, int]]:
        counts = Counter[str]()
        for row in self._rows:
            if kind == "words":
                counts.update(row.words.keys())
            else:
                counts.update(count_grams(row.paragraphs).keys())
                counts.update(count_grams([row.heading]).keys())
        if kind == "grams":
            for filed in self.reports():
                counts.update(count_grams([normalise(filed.report.title)]).keys())
        yield from counts.items()

    def count(self, query: Node, filters: Filters) -> int:
        return len(self.rows(query, filters))

    def rows(self, query: Node, filters: Filters) -> NDArray[np.int64]:
        found = [n for n, r in enumerate(self._rows) if _passes(filters, r) and _matches(query, r)]
        return np.array(found, dtype=np.int64)

    def by_year(self, query: Node, filters: Filters) -> Yearly:
        found = [self._rows[n].filed for n in self.rows(query, filters)]
        years = sorted({s.section.year for s in found}, key=lambda year: (year is None, year or 0))
        counts = (
            YearCount(
                year,
                sections=sum(s.section.year == year for s in found),
                reports=len({s.report_id for s in found if s.section.year == year}),
            )
            for year in years
        )
        return Yearly(tuple(counts), len({s.report_id for s in found}))

    def search(
        self,
        query: Node,
        filters: Filters,
        sort: Sort,
        offset: int,
        limit: int,
        groups: NDArray[np.int64] | None = None,
    ) -> Found:
        numbers = self.rows(query, filters).tolist()
        found = [self._rows[n] for n in numbers]
        scores = self._scores(query, found)
        order = sorted(range(len(found)), key=lambda i: (_sort_key(sort, found[i], scores[i]), i))
        if groups is not None:
            group = [int(groups[n]) for n in numbers]
            age: Sort = "oldest" if sort == "oldest" else "newest"
            by_age = sorted(order, key=lambda i: (_sort_key(age, found[i], 0.0), i))
            shown = {group[i]: i for i in reversed(by_age)}
            order = [shown[g] for g in dict.fromkeys(group[i] for i in order)]
        hits = (Hit(found[i].filed.section_id, scores[i], numbers[i]) for i in order[offset : offset + limit])
        return Found(
            total=len(found),
            reports=len({r.filed.report_id for r in found}),
            hits=tuple(hits),
            facets=_facets(found),
            shown=len(order),
        )

    def _scores(self, query: Node, found: list[_Row]) -> list[float]:
        """The scores of the rows found, rounded to what can be told apart."""
        whole, _ = nodes.preferences(query)
        scores = [0.0] * len(found)
        for leaf in meaning.ranked_leaves(query):
            matching = sum(_matches(leaf, r) for r in self._rows)
            idf = ranking.inverse_document_frequency(matching, len(self._rows))
            for i, row in enumerate(found):
                scores[i] += ranking.contribution(idf, _evidence(leaf, row), row.length, self._average)
        plans_too = meaning.asks_for_plans(query)
        for i, row in enumerate(found):
            planned = float(not plans_too and row.filed.section.part == "计划")
            scores[i] *= ranking.preference(row.length, planned)
            if whole is not None:
                scores[i] += ranking.WHOLE * _matches(nodes.Phrase(whole), row)
        return [float(s) for s in ranking.settled(np.array(scores, dtype=np.float64))]

    def current(self) -> bool:
        state = self._engine.state(self._directory)
        return state is None or state is self._state

    def close(self) -> None:
        pass


def _sections(filed: FiledReport) -> Iterator[FiledSection]:
    report = filed.report
    for n, section in enumerate(report.sections):
        yield FiledSection(
            section_id(filed.report_id, n),
            filed.report_id,
            filed.file,
            report.ordinal,
            n,
            report.title,
            report.unit,
            section,
            report.ocr,
        )


def _row(filed: FiledSection, file_type: str) -> _Row:
    paragraphs = tuple(map(normalise, filed.section.paragraphs))
    words = Counter(w for p in paragraphs for w in cut_words(p))
    return _Row(
        filed,
        paragraphs,
        normalise(filed.section.heading or ""),
        normalise(filed.title),
        normalise(filed.unit or ""),
        normalise(filed.file),
        file_type,
        words,
        float(words.total()),
    )


def _evidence(leaf: TextLeaf, row: _Row) -> ranking.Evidence[float]:
    """Where the leaf stands in the section."""
    section, opening = row.filed.section, row.filed.position == 0
    frequency, in_heading, in_title = 0.0, False, False
    for run in leaf.runs if isinstance(leaf, nodes.Word) else (leaf.run,):
        count = float(sum(len(occurrences(run, p)) for p in row.paragraphs))
        if isinstance(leaf, nodes.Word):
            frequency = max(frequency, float(row.words[run]), ranking.RUN * count)
        elif isinstance(leaf, nodes.Phrase):
            frequency = count
        if isinstance(leaf, nodes.InField):
            in_heading = leaf.field == "heading" and run in row.heading
            in_title = leaf.field == "title" and run in row.title
        else:
            in_heading |= run in row.heading
            in_title |= run in row.title and (opening or isinstance(leaf, nodes.Word))
    year, part = meaning.year_meant(leaf), meaning.part_meant(leaf)
    meant = (year is not None and year == section.year) or part == section.part
    return ranking.Evidence(frequency, float(in_heading), float(in_title), float(opening), float(meant))


def _matches(node: Node, row: _Row) -> bool:
    """Whether the section matches: the contract's rules, one line a kind of node."""
    section = row.filed.section
    match node:
        case nodes.Everything():
            return True
        case nodes.Word(runs):
            return any(run in text for run in runs for text in (*row.paragraphs, row.heading, row.title))
        case nodes.Phrase(run):
            title = (row.title,) if row.filed.position == 0 else ()
            return any(run in text for text in (*row.paragraphs, row.heading, *title))
        case nodes.InField(name, run):
            return (
                run in {"title": row.title, "heading": row.heading, "unit": row.unit, "file": row.file}[name]
            )
        case nodes.Years(first, last):
            return _year_within(section.year, first, last)
        case nodes.PartIs(part):
            return section.part == part
        case nodes.TopicIs(topic):
            return section.topic == topic
        case nodes.And(children):
            return all(_matches(child, row) for child in children)
        case nodes.Or(children):
            return any(_matches(child, row) for child in children)
        case nodes.Not(child):
            return not _matches(child, row)
        case nodes.Preferring(child):
            return _matches(child, row)


def _year_within(year: int | None, first: int | None, last: int | None) -> bool:
    return year is not None and (first is None or first <= year) and (last is None or year <= last)


def _passes(filters: Filters, row: _Row) -> bool:
    section = row.filed.section
    return (
        (filters.years is None or _year_within(section.year, *filters.years))
        and (not filters.parts or section.part in filters.parts)
        and (not filters.topics or section.topic in filters.topics)
        and (not filters.units or (bool(row.filed.unit) and row.filed.unit in filters.units))
        and (not filters.formats or row.file_type in filters.formats)
    )


def _sort_key(sort: Sort, row: _Row, score: float) -> tuple[bool, float]:
    """Smallest first; a section without a year comes last, whichever way."""
    if sort == "relevance":
        return False, -score
    year = row.filed.section.year
    return year is None, (year or 0) * (-1 if sort == "newest" else 1)


def _facets(found: list[_Row]) -> Facets:
    years = Counter(r.filed.section.year for r in found if r.filed.section.year is not None)
    parts = Counter(r.filed.section.part for r in found)
    topics = Counter(r.filed.section.topic for r in found if r.filed.section.topic is not None)
    units = Counter(r.filed.unit for r in found if r.filed.unit)
    types = Counter(r.file_type for r in found)
    return Facets(
        year=tuple(sorted(years.items(), reverse=True)),
        part=tuple(sorted(parts.items(), key=lambda pair: PARTS.index(pair[0]))),
        topic=tuple(sorted(topics.items(), key=lambda pair: (-pair[1], TOPICS.index(pair[0])))),
        unit=tuple(sorted(units.items(), key=lambda pair: (-pair[1], pair[0]))),
        format=tuple(sorted(types.items(), key=lambda pair: (-pair[1], FILE_TYPES.index(pair[0])))),
    )
