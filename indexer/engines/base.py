"""The seam between Gaoku and a search engine.

An engine keeps files, reports and sections and answers query trees. It is given parsed nodes and filters,
never strings, and gives back section ids, scores, exact totals and facet counts, never HTML. All engines
pass ``tests/engines/conformance.py``; on every query they find what :mod:`indexer.engines.scan` finds, in
the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from indexer.model import FiledReport, FiledSection, FileEntry, IndexMeta, Report
from indexer.query.nodes import Node

Sort: TypeAlias = Literal["relevance", "newest", "oldest"]
SORTS: tuple[Sort, ...] = ("relevance", "newest", "oldest")

TermKind: TypeAlias = Literal["words", "grams"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows an answer, beside the query. Empty: everything passes."""

    years: tuple[int | None, int | None] | None = None  # first and last, both included
    parts: tuple[str, ...] = ()  # one of these
    topics: tuple[str, ...] = ()  # one of these
    units: tuple[str, ...] = ()  # the report's is one of these, by its whole name
    formats: tuple[str, ...] = ()  # the file is of one of these FILE_TYPES


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that matches."""

    section_id: str
    score: float
    row: int  # the section's place in reading order, from 0


@dataclass(frozen=True, slots=True)
class Facets:
    """How many matching sections have each value; sections without a value are left out.

    Years from the newest, parts in the order of PARTS, the others most frequent first: topics, units of the
    reports and types of their files (FILE_TYPES).
    """

    year: tuple[tuple[int, int], ...] = ()
    part: tuple[tuple[str, int], ...] = ()
    topic: tuple[tuple[str, int], ...] = ()
    unit: tuple[tuple[str, int], ...] = ()
    format: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class YearCount:
    """How many matching sections are about a year (None: about none), and in how many reports they stand."""

    year: int | None
    sections: int
    reports: int


@dataclass(frozen=True, slots=True)
class Yearly:
    """What matches, year by year: from the oldest, without a year last; it stands in ``reports`` in all."""

    years: tuple[YearCount, ...]
    reports: int


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits; ``total`` sections in ``reports`` reports match in all, shown as ``shown`` hits."""

    total: int
    reports: int
    hits: tuple[Hit, ...]
    facets: Facets
    shown: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What an index holds."""

    files: int
    reports: int
    sections: int
    characters: int


class Reader(Protocol):
    """An index as it was at one moment; later updates do not change what it answers."""

    meta: IndexMeta

    def files(self) -> Mapping[str, FileEntry]:
        """Every file that the index knows, by its label and path, in order."""

    def counts(self) -> Counts:
        """What the index holds."""

    def report_ids(self) -> Sequence[str]:
        """The ids of all reports, by file and ordinal: reading order."""

    def reports(self) -> Iterator[FiledReport]:
        """Every report, by file and ordinal."""

    def report(self, report_id: str) -> FiledReport | None:
        """One report, whole."""

    def section(self, section_id: str) -> FiledSection | None:
        """One section with its place."""

    def vocabulary(self, kind: TermKind) -> Iterator[tuple[str, int]]:
        """Every term once, in no order, with how many sections have it.

        ``words``: of the paragraphs, as jieba cuts them. ``grams``: characters and pairs of neighbours in
        paragraphs and headings (counted in both) and in titles (counted once a report). What suggestions are
        made from, not an answer: an engine may still know the terms of text that is gone.
        """

    def count(self, query: Node, filters: Filters) -> int:
        """How many sections match query and filters."""

    def rows(self, query: Node, filters: Filters) -> NDArray[np.int64]:
        """The places in reading order, from 0, of the sections that match query and filters, ascending."""

    def by_year(self, query: Node, filters: Filters) -> Yearly:
        """How many sections and reports match for each year; years that nothing matches are left out."""

    def search(
        self,
        query: Node,
        filters: Filters,
        sort: Sort,
        offset: int,
        limit: int,
        groups: NDArray[np.int64] | None = None,
    ) -> Found:
        """The sections that match query and filters.

        Ties are broken by reading order: file, ordinal, position. ``groups`` gives for each section of the
        index, in reading order, the number of its group: of each group one hit is shown, its newest section
        (its oldest, if sorted so) in the place of its best; the counts stay those of the sections.
        """

    def current(self) -> bool:
        """Whether no update has been committed since this reader was opened."""

    def close(self) -> None:
        """Let go of the files."""


class Writer(Protocol):
    """One update. Nothing of it shows before :meth:`commit`, all of it afterwards."""

    def put(self, entry: FileEntry, reports: Sequence[Report]) -> None:
        """Add a file with its reports, or replace it. Once a file and update."""

    def update(self, entry: FileEntry) -> None:
        """Replace what is known of a file and leave its reports as they are."""

    def drop(self, file: str) -> None:
        """Take a file and its reports out."""

    def commit(self, meta: IndexMeta) -> None:
        """Make the update visible, at once and whole."""

    def cancel(self) -> None:
        """Forget the update."""


class Engine(Protocol):
    """A kind of index. ``directory`` is the engine's alone."""

    name: str
    #: Changes with the layout of what is written; an index with another one must be built anew.
    version: str

    def reader(self, directory: Path) -> Reader:
        """Open what was last committed. Raises CorruptIndexError."""

    def writer(self, directory: Path, processes: int | None = None) -> Writer:
        """Begin an update; in an empty or missing directory, of an empty index.

        ``processes``: how many it may work in beside this one; by default as many as there are processors.
        """

    def committed(self, directory: Path) -> bool:
        """Whether an update was ever committed there, readable or not."""

    def verify(self, directory: Path) -> list[str]:
        """What is wrong with the index, a line each; nothing if it is whole."""
