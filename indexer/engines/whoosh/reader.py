"""Reading: one committed state of the index."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from whoosh import index as whoosh_index
from whoosh.filedb.filestore import FileStorage

from indexer.engines.base import Counts, Filters, Found, Sort, TermKind, Yearly
from indexer.engines.whoosh import evaluate, records
from indexer.engines.whoosh.codec import WORDS, SegmentTerms, terms_of
from indexer.engines.whoosh.damage import guarded
from indexer.engines.whoosh.kept import Kept
from indexer.engines.whoosh.reading_order import ReadingOrder
from indexer.engines.whoosh.schema import REPORT_FIELDS, schema, split_place
from indexer.model import (
    FiledReport,
    FiledSection,
    FileEntry,
    IndexMeta,
    Report,
    Section,
    section_id,
    split_section_id,
)
from indexer.query.nodes import Node

Rows = NDArray[np.int64]
Values = NDArray[np.float64]

_CACHED_POSTINGS = 1 << 27  # bytes
_CACHED_RECORDS = 1 << 12  # records of reports, groups of sections: some kilobytes each


class WhooshReader:
    """Reader: see :class:`indexer.engines.base.Reader`."""

    def __init__(self, directory: Path) -> None:
        self._index = whoosh_index.FileIndex(FileStorage(str(directory)), schema())
        self._reader = self._index.reader()
        self._generation = self._reader.generation()
        if self._generation is None or self._generation < 0:
            self._generation = self._index.latest_generation()
        self.leaves = list(self._reader.leaf_readers())
        self._terms: list[tuple[SegmentTerms, int]] = [(terms_of(leaf), base) for leaf, base in self.leaves]
        self.order = ReadingOrder(self.leaves)
        meta = [records.load_meta(data) for data in self._stored("meta")]
        self.meta = meta[0] if meta else IndexMeta()
        self._files: dict[str, FileEntry] | None = None
        self._counts: Counts | None = None
        self._report_ids: tuple[str, ...] | None = None
        # Caches of this state of the index, dropped with it.
        self._postings = Kept(_CACHED_POSTINGS)
        self._report_data = lru_cache(_CACHED_RECORDS)(self._load_report_data)
        self._group = lru_cache(_CACHED_RECORDS)(self._load_group)

    # -- what is stored ---------------------------------------------------------------------------

    @guarded
    def files(self) -> Mapping[str, FileEntry]:
        if self._files is None:
            entries = map(records.load_file, self._stored("file"))
            self._files = {e.file: e for e in sorted(entries, key=lambda e: e.file)}
        return self._files

    @guarded
    def counts(self) -> Counts:
        if self._counts is None:
            reports = self.order.report_documents.tolist()
            self._counts = Counts(
                files=len(self.files()),
                reports=len(reports),
                sections=self.order.count,
                characters=sum(json.loads(self._document(d))["characters"] for d in reports),
            )
        return self._counts

    def report_ids(self) -> Sequence[str]:
        if self._report_ids is None:
            self._report_ids = tuple(map(self.order.report_id, range(len(self.order.report_places))))
        return self._report_ids

    def reports(self) -> Iterator[FiledReport]:
        for row in range(len(self.order.report_documents)):
            yield guarded(self._filed_report)(row)

    @guarded
    def report(self, report_id: str) -> FiledReport | None:
        row = self._row_of(report_id)
        return None if row is None else self._filed_report(row)

    @guarded
    def section(self, section_id: str) -> FiledSection | None:
        named = split_section_id(section_id)
        row = self._row_of(named[0]) if named else None
        if named is None or row is None or named[1] >= self.order.declared[row]:
            return None
        identity, position = named
        document = int(self.order.report_documents[row]) + 1 + position
        if self.order.section_row[document] < 0:
            return None
        file, ordinal = split_place(self.order.report_places[row])
        report = self._report_data(row)
        return FiledSection(
            section_id,
            identity,
            file,
            ordinal or 0,
            position,
            report.title,
            report.unit,
            self._section(document),
            report.ocr,
        )

    @guarded
    def vocabulary(self, kind: TermKind) -> Iterator[tuple[str, int]]:
        counts = Counter[str]()
        for terms, _ in self._terms:
            if kind == "words":
                words = terms.frequencies[WORDS]
                for word, count in zip(words.terms(), np.diff(words.offsets).tolist(), strict=True):
                    counts[word.decode("utf-8", "surrogatepass")] += count
            else:
                for field in ("grams", "heading", "title"):
                    for gram, count in terms.positions[field].frequencies():
                        counts[gram] += count
        return iter(counts.items())

    def section_id(self, row: int) -> str:
        """The id of the section in a row."""
        return section_id(self.order.report_id(int(self.order.of_report[row])), self.order.position(row))

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
        self._report_data.cache_clear()
        self._group.cache_clear()
        self._postings.clear()
        self._terms.clear()
        self._reader.close()

    # -- what evaluation asks for ------------------------------------------------------------------

    def postings(self, field: str, term: str) -> tuple[Rows, Values]:
        """The rows with a term, ascending, and how often each has it.

        A term of ``words`` is a word, of all other fields a run of characters. Rows are those of reports for
        the fields title, unit and file, of sections for the others.
        """
        rows, counts = self._postings.get((field, term), lambda: self._find(field, term))
        return rows, counts

    def _find(self, field: str, term: str) -> tuple[Rows, Values]:
        row_of = self.order.report_row if field in REPORT_FIELDS else self.order.section_row
        found = []
        for terms, base in self._terms:
            documents, counts = terms.postings(field, term)
            rows = row_of[base:][documents]
            if len(rows) and rows.min() < 0:  # a deleted document has no row
                rows, counts = rows[rows >= 0], counts[rows >= 0]
            if len(rows):
                found.append((rows, counts))
        if not found:
            return _NONE, _NONE.astype(np.float64)
        found.sort(key=lambda of_segment: int(of_segment[0][0]))
        rows = np.concatenate([rows for rows, _ in found])
        values = np.concatenate([counts for _, counts in found], dtype=np.float64)
        if (rows[1:] < rows[:-1]).any():  # segments that hold files of each other's stretch of the order
            return evaluate.ascending(rows, values)
        return rows, values

    # -- Whoosh ------------------------------------------------------------------------------------

    def _stored(self, kind: str) -> Iterator[str]:
        """What is stored of every document of a kind."""
        for leaf, base in self.leaves:
            for document in terms_of(leaf).postings("kind", kind)[0].tolist():
                if not leaf.is_deleted(document):
                    yield self._document(base + document)

    def _document(self, document: int) -> str:
        return str(self._reader.stored_fields(document)["data"])

    def _row_of(self, report_id: str) -> int | None:
        """The row of a report."""
        for terms, base in self._terms:
            for document in terms.postings("id", report_id)[0].tolist():
                row = int(self.order.report_row[base + document])
                if row >= 0:
                    return row
        return None

    def _sections(self, documents: Sequence[int]) -> Iterator[Section]:
        """The sections of a report, one after the other."""
        first, group = 0, tuple[Section, ...]()
        for document in documents:
            if document >= first + len(group):
                first = self._stored_at(document)
                group = self._load_group(first)
            yield group[document - first]

    def _section(self, document: int) -> Section:
        first = self._stored_at(document)
        return self._group(first)[document - first]

    def _stored_at(self, document: int) -> int:
        """The document of the first of the sections that are stored together with that of a document."""
        while not self._reader.stored_fields(document):
            document -= 1
        return document

    def _load_group(self, first: int) -> tuple[Section, ...]:
        """The sections that are stored at a document."""
        return records.load_sections(self._document(first))

    def _load_report_data(self, row: int) -> Report:
        """A report without its sections."""
        return records.load_report(self._document(int(self.order.report_documents[row])), ())

    def _filed_report(self, row: int) -> FiledReport:
        order = self.order
        file, _ = split_place(order.report_places[row])
        documents = order.section_documents[order.starts[row] : order.starts[row + 1]].tolist()
        sections = tuple(self._sections(documents))
        report = records.load_report(self._document(int(order.report_documents[row])), sections)
        return FiledReport(order.report_id(row), file, report)


_NONE: Rows = np.zeros(0, dtype=np.int64)
