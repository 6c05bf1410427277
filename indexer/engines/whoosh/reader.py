"""Reading: one committed state of the index, its columns as arrays in reading order.

Sections are numbered from 0 in reading order (their *row*), reports likewise; everything above Whoosh's
document numbers speaks of rows::

    sections  0   1   2   3   4   5   6          rows of sections
    reports   0           1       2              rows of reports
    starts    0           3       5          7   report r holds the sections starts[r] … starts[r+1] - 1
    of_report 0   0   0   1   1   2   2          the report that a section stands in
"""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh import columns
from whoosh import index as whoosh_index
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import TermNotFound

from indexer.analysis.normalise import normalise
from indexer.engines import ranking
from indexer.engines.base import Counts, Filters, Found, Sort, TermKind, Yearly
from indexer.engines.whoosh import evaluate, records
from indexer.engines.whoosh.damage import guarded
from indexer.engines.whoosh.schema import REPORT_FIELDS, is_file, schema, split_place
from indexer.file_types import FILE_TYPES
from indexer.model import (
    PARTS,
    FiledReport,
    FiledSection,
    FileEntry,
    IndexMeta,
    Report,
    Section,
    report_id,
    section_id,
    split_section_id,
)
from indexer.query.nodes import Node

Rows = NDArray[np.int64]

# Normalised sections kept in memory, about 1 kB each: all, while that is some 100 MB at most; else so many.
_ALL_WORDS = 1 << 24
_CACHED_TEXTS = 1 << 15
_CACHED_POSTINGS = 1 << 10
# Where the number of its documents stands in what the table of terms says of a term: W3TermInfo.to_bytes.
_FREQUENCY, _FREQUENCY_AT = struct.Struct("!I"), 5
_NONE: Rows = np.array([], dtype=np.int64)


class WhooshReader:
    """Reader: see :class:`indexer.engines.base.Reader`."""

    def __init__(self, directory: Path) -> None:
        self._index = whoosh_index.FileIndex(FileStorage(str(directory)), schema())
        self._reader = self._index.reader()
        self._generation = self._reader.generation()
        if self._generation is None or self._generation < 0:
            self._generation = self._index.latest_generation()
        meta = [records.load_meta(d["data"]) for d in self._stored("meta")]
        self.meta = meta[0] if meta else IndexMeta()
        self._load_columns()
        self._files: dict[str, FileEntry] | None = None
        self._counts: Counts | None = None
        self._report_ids: tuple[str, ...] | None = None
        # Caches of this state of the index, dropped with it.
        self.postings = lru_cache(_CACHED_POSTINGS)(self._postings)
        small = int(self.lengths.sum()) < _ALL_WORDS
        self.normalised = lru_cache(None if small else _CACHED_TEXTS)(self._normalised)
        self._report_data = lru_cache(_CACHED_TEXTS)(self._load_report_data)

    # -- what is stored ---------------------------------------------------------------------------

    @guarded
    def files(self) -> Mapping[str, FileEntry]:
        if self._files is None:
            entries = (records.load_file(d["data"]) for d in self._stored("file"))
            self._files = {e.file: e for e in sorted(entries, key=lambda e: e.file)}
        return self._files

    @guarded
    def counts(self) -> Counts:
        if self._counts is None:
            data = (json.loads(self._document(d)) for d in self.report_documents)
            self._counts = Counts(
                files=len(self.files()),
                reports=len(self.report_documents),
                sections=len(self.section_documents),
                characters=sum(d["characters"] for d in data),
            )
        return self._counts

    def report_ids(self) -> Sequence[str]:
        if self._report_ids is None:
            places = (split_place(place) for place in self.report_places)
            self._report_ids = tuple(report_id(file, ordinal) for file, ordinal, _ in places)
        return self._report_ids

    def reports(self) -> Iterator[FiledReport]:
        for row in range(len(self.report_documents)):
            yield guarded(self._filed_report)(row)

    @guarded
    def report(self, report_id: str) -> FiledReport | None:
        document = self._document_of(report_id)
        row = None if document is None else int(self.report_row[document])
        return None if row is None or row < 0 else self._filed_report(row)

    @guarded
    def section(self, section_id: str) -> FiledSection | None:
        document = self._document_of(section_id) if split_section_id(section_id) else None
        if document is None or self.section_row[document] < 0:
            return None
        row = int(self.section_row[document])
        file, ordinal, position = split_place(self.places[row])
        report = self._report_data(self.report_of(row))
        identity = report_id(file, ordinal)
        return FiledSection(
            section_id,
            identity,
            file,
            ordinal,
            position or 0,
            report.title,
            report.unit,
            records.load_section(self._document(document)),
            report.ocr,
        )

    def terms(self, field: str) -> Iterator[str]:
        """Every term of a field."""
        for term in self._reader.lexicon(field):
            yield term.decode("utf-8", "surrogatepass")

    @guarded
    def vocabulary(self, kind: TermKind) -> Iterator[tuple[str, int]]:
        counts = Counter[str]()
        for field in ("words",) if kind == "words" else ("grams", "heading", "title"):
            # Segment by segment: put together by Whoosh, each of them is asked for each term of all.
            for leaf, _ in self._reader.leaf_readers():
                for term, frequency in _frequencies(leaf, field):
                    counts[term.decode("utf-8", "surrogatepass")] += frequency
        return iter(counts.items())

    def declared_sections(self, row: int) -> int:
        """How many sections the record of the report in ``row`` says that it has."""
        return int(json.loads(self._document(int(self.report_documents[row])))["sections"])

    def section_id(self, row: int) -> str:
        """The id of the section in a row."""
        file, ordinal, position = split_place(self.places[row])
        return section_id(report_id(file, ordinal), position or 0)

    def report_of(self, row: int) -> int:
        """The row of the report that holds the section in ``row``."""
        return int(self.of_report[row])

    @guarded
    def count(self, query: Node, filters: Filters) -> int:
        return len(evaluate.rows(self, query, filters))

    @guarded
    def rows(self, query: Node, filters: Filters) -> Rows:
        return evaluate.rows(self, query, filters)

    @guarded
    def by_year(self, query: Node, filters: Filters) -> Yearly:
        return evaluate.by_year(self, query, filters)

    @guarded
    def search(
        self,
        query: Node,
        filters: Filters,
        sort: Sort,
        offset: int,
        limit: int,
        groups: Rows | None = None,
    ) -> Found:
        return evaluate.search(self, query, filters, sort, offset, limit, groups)

    def current(self) -> bool:
        return bool(self._index.latest_generation() == self._generation)

    def close(self) -> None:
        # They refer to the reader that refers to them: what they hold would stay until Python looks for that.
        for cache in (self.postings, self.normalised, self._report_data):
            cache.cache_clear()
        self._reader.close()

    # -- what evaluation asks for ------------------------------------------------------------------

    def _postings(self, field: str, term: str) -> tuple[Rows, NDArray[np.float64]]:
        """The rows with a term, ascending, and how often each has it.

        Rows are those of reports for the fields title, unit and file, of sections for the others.
        """
        documents: list[int] = []
        frequencies: list[float] = []
        for leaf, base in self._reader.leaf_readers():
            try:
                matcher = leaf.postings(field, term.encode("utf-8", "surrogatepass"))
            except TermNotFound:
                continue
            _collect(getattr(matcher, "child", matcher), base, documents, frequencies)
        numbers = np.array(documents, dtype=np.int64)
        rows = self._rows_of(field)[numbers]
        kept = rows >= 0  # a deleted document has no row
        rows, counts = rows[kept], np.array(frequencies, dtype=np.float64)[kept]
        order = np.argsort(rows, kind="stable")
        return rows[order], counts[order]

    def _normalised(self, field: str, row: int) -> str:
        """The normalised text of a field of a section or report; between paragraphs stands a line end,
        which no normalised text has."""
        if field in REPORT_FIELDS:
            report = self._report_data(row)
            place, _, _ = split_place(self.report_places[row])
            return normalise({"title": report.title, "unit": report.unit or "", "file": place}[field])
        section = records.load_section(self._document(int(self.section_documents[row])))
        if field == "heading":
            return normalise(section.heading or "")
        return "\n".join(map(normalise, section.paragraphs))

    # -- Whoosh ------------------------------------------------------------------------------------

    def _load_columns(self) -> None:
        """Put the columns into arrays in reading order."""
        places: list[bytes] = []
        columns_read = ("year", "part", "topic", "length", "file_type")
        numbers: dict[str, list[Rows]] = {name: [] for name in columns_read}
        units: dict[int, bytes] = {}  # of reports, by document
        alive = np.zeros(self._reader.doc_count_all(), dtype=bool)
        for leaf, base in self._reader.leaf_readers():
            count = leaf.doc_count_all()
            alive[base : base + count] = True
            alive[[base + d for d in leaf.deleted_docs_set]] = False
            places += list(_column(leaf, "place", columns.VarBytesColumn()))
            names = _column(leaf, "unit_name", columns.VarBytesColumn())
            for document in range(base, len(places)):
                if _is_report(places[document]):
                    units[document] = names[document - base]
            for name, values in numbers.items():
                values.append(_numbers(leaf, name))
        order = sorted((p, d) for d, p in enumerate(places) if p and alive[d])
        of_file = np.array([is_file(p) for p, _ in order], dtype=bool)
        of_report = np.array([_is_report(p) for p, _ in order], dtype=bool)
        of_section = ~(of_file | of_report)
        documents = np.array([d for _, d in order], dtype=np.int64)
        self.section_documents = documents[of_section]
        self.report_documents = documents[of_report]
        self.places = [p for p, _ in order if not p.endswith(b"\0")]
        self.report_places = [p for p, _ in order if _is_report(p)]
        self.file_places = [p for p, _ in order if is_file(p)]
        # Before each report in the order stand all sections of the reports before it.
        before = np.cumsum(of_section)[of_report]
        self.starts = np.append(before, len(self.section_documents)).astype(np.int64)
        self.of_report = np.cumsum(of_report)[of_section] - 1
        self.section_row = _inverse(self.section_documents, len(places))
        self.report_row = _inverse(self.report_documents, len(places))
        whole = {name: np.concatenate([_NONE, *values]) for name, values in numbers.items()}
        self.years, self.parts, self.topics, lengths = (
            whole[name][self.section_documents] for name in ("year", "part", "topic", "length")
        )
        # Of the last file in the order before each report, which is its own.
        self.file_types = whole["file_type"][documents[of_file][np.cumsum(of_file)[of_report] - 1]]
        if not np.isin(self.file_types, np.arange(len(FILE_TYPES))).all():
            raise ValueError("a file of a type that is none")
        named = [units[d] for d in self.report_documents.tolist()]
        self.unit_names = [name.decode("utf-8", "surrogatepass") for name in sorted({*named} - {b""})]
        numbered = {name: number for number, name in enumerate(["", *self.unit_names])}
        self.units = np.array([numbered[n.decode("utf-8", "surrogatepass")] for n in named], dtype=np.int64)
        self.lengths = lengths.astype(np.float64)
        # What ranking asks of every section, whatever the query.
        self.openings = np.zeros(len(self.lengths))
        self.openings[self.starts[:-1][self.starts[:-1] < self.starts[1:]]] = 1.0
        planned = (self.parts == PARTS.index("计划")).astype(np.float64)
        lengths_held = np.maximum(self.lengths, 0.0)  # a damaged column may hold anything
        self.preferences = {  # by whether plans are asked for
            False: ranking.preference(lengths_held, planned),
            True: ranking.preference(lengths_held, np.zeros(len(planned))),
        }

    def _rows_of(self, field: str) -> Rows:
        return self.report_row if field in REPORT_FIELDS else self.section_row

    def _stored(self, kind: str) -> Iterator[dict[str, Any]]:
        """The stored fields of every document of a kind."""
        try:
            matcher = self._reader.postings("kind", kind.encode())
        except TermNotFound:
            return
        for document in matcher.all_ids():
            yield self._reader.stored_fields(document)

    def _document(self, document: int) -> str:
        return str(self._reader.stored_fields(int(document))["data"])

    def _document_of(self, identity: str) -> int | None:
        try:
            matcher = self._reader.postings("id", identity.encode("utf-8", "surrogatepass"))
        except TermNotFound:
            return None
        return next(iter(matcher.all_ids()), None)

    def _load_report_data(self, row: int) -> Report:
        """A report without its sections."""
        return records.load_report(self._document(int(self.report_documents[row])), ())

    def _filed_report(self, row: int) -> FiledReport:
        file, ordinal, _ = split_place(self.report_places[row])
        rows = self.section_documents[self.starts[row] : self.starts[row + 1]]
        sections: tuple[Section, ...] = tuple(records.load_section(self._document(d)) for d in rows)
        report = records.load_report(self._document(int(self.report_documents[row])), sections)
        return FiledReport(report_id(file, ordinal), file, report)


def _frequencies(leaf: Any, field: str) -> Iterator[tuple[bytes, int]]:
    """Every term of a field in a segment, and how many documents have it.

    Whoosh's own way makes an object of all that it knows of a term; this is what it makes it from.
    """
    prefix = leaf._terms._keycoder(field, b"")
    for key, about in leaf._terms._tindex.items_from(prefix):
        if not key.startswith(prefix):
            return
        yield key[len(prefix) :], _FREQUENCY.unpack_from(about, _FREQUENCY_AT)[0]


def _collect(matcher: Any, base: int, documents: list[int], frequencies: list[float]) -> None:
    """Append a term's document numbers and frequencies, block by block.

    Whoosh's own way gives one posting a call; its blocks hold the same numbers as arrays, ten times faster.
    """
    if not hasattr(matcher, "_read_ids"):  # a term with so few postings that they stand in the term table
        while matcher.is_active():
            documents.append(base + matcher.id())
            frequencies.append(matcher.weight())
            matcher.next()
        return
    while matcher.is_active():
        matcher._read_ids()
        matcher._read_weights()
        documents += [base + d for d in matcher._ids]
        frequencies += matcher._weights
        matcher._next_block()


def _is_report(place: bytes) -> bool:
    return place.endswith(b"\0") and not is_file(place)


def _column(leaf: Any, name: str, column: columns.Column) -> Any:
    """The values of a column, one a document; its default where no document has it."""
    if leaf.has_column(name):
        return leaf.column_reader(name)
    return columns.EmptyColumnReader(column.default_value(), leaf.doc_count_all())


def _numbers(leaf: Any, name: str) -> Rows:
    """The values of a column of numbers, read as one block; 0 where a document has none."""
    values = np.zeros(leaf.doc_count_all(), dtype=np.int64)
    if leaf.has_column(name):
        column = leaf.column_reader(name)
        column = column.raw_column() if hasattr(column, "raw_column") else column
        block = column._dbfile.get(column._basepos, column._count * column._fixedlen)
        values[: column._count] = np.frombuffer(block, dtype=">i4")
    return values


def _inverse(documents: Rows, count: int) -> Rows:
    """Document number -> row; -1 where there is none."""
    rows = np.full(count, -1, dtype=np.int64)
    rows[documents] = np.arange(len(documents))
    return rows
