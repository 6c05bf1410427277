"""What is known of every section, as arrays in reading order.

Sections are numbered from 0 in reading order (their *row*), reports likewise; everything above Whoosh's
document numbers speaks of rows::

    sections  0   1   2   3   4   5   6          rows of sections
    reports   0           1       2              rows of reports
    starts    0           3       5          7   report r holds the sections starts[r] … starts[r+1] - 1
    of_report 0   0   0   1   1   2   2          the report that a section stands in

A report's document is right before those of its sections, in one segment: so the order of the reports alone
is sorted, and the rest is arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from whoosh.reading import SegmentReader

from indexer.engines import ranking
from indexer.engines.whoosh.documents import FILE, REPORT, kinds_of, read_bytes, read_numbers
from indexer.engines.whoosh.schema import split_place
from indexer.file_types import FILE_TYPES
from indexer.model import PARTS, TOPICS, report_id
from indexer.stretches import Ints, ranges

_OF_SECTIONS = ("year", "part", "topic", "length")


@dataclass(frozen=True, slots=True)
class _Placed:
    """A file or report as it stands in the index."""

    place: bytes
    document: int
    kind: int
    sections: int
    unit: bytes
    file_type: int


class ReadingOrder:
    """Documents, places and columns of all that is not deleted: see above."""

    def __init__(self, leaves: Sequence[tuple[SegmentReader, int]]) -> None:
        """``leaves``: segments with the number of the first document of each. Raises ValueError, or what
        Whoosh raises, where they are damaged."""
        placed: list[_Placed] = []
        numbers: dict[str, list[Ints]] = {name: [np.zeros(0, dtype=np.int64)] for name in _OF_SECTIONS}
        alive = [np.zeros(0, dtype=bool)]
        for leaf, base in leaves:
            own = np.ones(leaf.doc_count_all(), dtype=bool)
            own[list(leaf.segment().deleted_docs())] = False
            placed += _placed(leaf, base, own)
            alive.append(own)
            for name, columns in numbers.items():
                columns.append(read_numbers(leaf.storage(), leaf.segment(), name))
        placed.sort(key=lambda one: one.place)
        reports = [one for one in placed if one.kind == REPORT]
        self._ids: dict[int, str] = {}  # by row, of those that were asked for
        self.file_places = [one.place for one in placed if one.kind == FILE]
        self.report_places = [one.place for one in reports]
        self.report_documents = np.array([one.document for one in reports], dtype=np.int64)
        #: How many sections each report says that it has.
        self.declared = np.array([one.sections for one in reports], dtype=np.int64)
        self._place_sections(np.concatenate(alive))
        self._read_columns({name: np.concatenate(columns) for name, columns in numbers.items()})
        self._read_reports(reports, placed)

    @property
    def count(self) -> int:
        """How many sections there are."""
        return len(self.section_documents)

    def position(self, row: int) -> int:
        """The section's place in its report, from 0."""
        return int(self.section_documents[row] - self.report_documents[self.of_report[row]]) - 1

    def report_id(self, report: int) -> str:
        """The id of the report in a row of reports."""
        if report not in self._ids:
            file, ordinal = split_place(self.report_places[report])
            self._ids[report] = report_id(file, ordinal or 0)
        return self._ids[report]

    def _place_sections(self, alive: NDArray[np.bool_]) -> None:
        documents = ranges(self.report_documents + 1, self.declared)
        of_report = np.repeat(np.arange(len(self.declared)), self.declared)
        kept = alive[documents]
        self.section_documents, self.of_report = documents[kept], of_report[kept]
        self.starts = np.searchsorted(self.of_report, np.arange(len(self.declared) + 1))
        self.section_row = _inverse(self.section_documents, len(alive))
        self.report_row = _inverse(self.report_documents, len(alive))

    def _read_columns(self, numbers: dict[str, Ints]) -> None:
        self.years, self.parts, self.topics, lengths = (
            numbers[name][self.section_documents] for name in _OF_SECTIONS
        )
        for values, least, most in (
            (self.years, 0, 9999),
            (self.parts, 0, len(PARTS) - 1),
            (self.topics, 0, len(TOPICS)),
            (lengths, 0, np.iinfo(np.int32).max),
        ):
            if values.min(initial=least) < least or values.max(initial=least) > most:
                raise ValueError("a column holds what it cannot")
        self.lengths = lengths.astype(np.float64)
        self.average = max(1.0, float(self.lengths.sum()) / max(1, self.count))
        # What ranking asks of every section, whatever the query.
        self.openings = np.zeros(self.count)
        self.openings[self.starts[:-1][self.starts[:-1] < self.starts[1:]]] = 1.0
        planned = (self.parts == PARTS.index("计划")).astype(np.float64)
        self.preferences = {  # by whether plans are asked for
            False: ranking.preference(self.lengths, planned),
            True: ranking.preference(self.lengths, np.zeros(len(planned))),
        }

    def _read_reports(self, reports: Sequence[_Placed], placed: Sequence[_Placed]) -> None:
        self.unit_names = [
            u.decode("utf-8", "surrogatepass") for u in sorted({r.unit for r in reports} - {b""})
        ]
        numbered = {name: number for number, name in enumerate(["", *self.unit_names])}
        units = [numbered[one.unit.decode("utf-8", "surrogatepass")] for one in reports]
        self.units = np.array(units, dtype=np.int64)
        types, of_file = [], -1
        for one in placed:
            if one.kind == FILE:
                of_file = one.file_type
            else:
                types.append(of_file)  # of the last file in the order before it, which is its own
        if not set(types) <= set(range(len(FILE_TYPES))):
            raise ValueError("a file of a type that is none")
        self.file_types = np.array(types, dtype=np.int64)


def _placed(leaf: SegmentReader, base: int, alive: NDArray[np.bool_]) -> list[_Placed]:
    """The files and reports of a segment that are not deleted."""
    storage, segment = leaf.storage(), leaf.segment()
    places, units = read_bytes(storage, segment, "place"), read_bytes(storage, segment, "unit_name")
    sections, types = (read_numbers(storage, segment, name) for name in ("sections", "file_type"))
    kinds = kinds_of(places, sections)
    found = np.flatnonzero(((kinds == FILE) | (kinds == REPORT)) & alive)
    return [
        _Placed(places[d], base + d, int(kinds[d]), int(sections[d]), units[d], int(types[d]))
        for d in found.tolist()
    ]


def _inverse(documents: Ints, count: int) -> Ints:
    """Document number -> row; -1 where there is none."""
    rows = np.full(count, -1, dtype=np.int64)
    rows[documents] = np.arange(len(documents))
    return rows
