"""One reader, used by turns: by who reads much of an index, while others search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import Counts, Filters, Found, Reader, Sort, TermKind, Yearly
from indexer.model import FiledReport, FiledSection, FileEntry, IndexMeta
from indexer.query.nodes import Node


class HeldReader:
    """Reader: one that is held for the length of a call only, and while all reports are read for one of them.

    Each call raises what ``hold`` raises.
    """

    def __init__(self, hold: Callable[[], AbstractContextManager[Reader]]) -> None:
        self._hold = hold
        with hold() as reader:
            self.meta: IndexMeta = reader.meta

    def files(self) -> Mapping[str, FileEntry]:
        with self._hold() as reader:
            return reader.files()

    def counts(self) -> Counts:
        with self._hold() as reader:
            return reader.counts()

    def report_ids(self) -> Sequence[str]:
        with self._hold() as reader:
            return reader.report_ids()

    def reports(self) -> Iterator[FiledReport]:
        with self._hold() as reader:
            reports = reader.reports()
        while True:
            with self._hold():
                filed = next(reports, None)
            if filed is None:
                return
            yield filed

    def report(self, report_id: str) -> FiledReport | None:
        with self._hold() as reader:
            return reader.report(report_id)

    def section(self, section_id: str) -> FiledSection | None:
        with self._hold() as reader:
            return reader.section(section_id)

    def vocabulary(self, kind: TermKind) -> Iterator[tuple[str, int]]:
        with self._hold() as reader:
            return iter(list(reader.vocabulary(kind)))

    def count(self, query: Node, filters: Filters) -> int:
        with self._hold() as reader:
            return reader.count(query, filters)

    def rows(self, query: Node, filters: Filters) -> NDArray[np.int64]:
        with self._hold() as reader:
            return reader.rows(query, filters)

    def by_year(self, query: Node, filters: Filters) -> Yearly:
        with self._hold() as reader:
            return reader.by_year(query, filters)

    def search(
        self,
        query: Node,
        filters: Filters,
        sort: Sort,
        offset: int,
        limit: int,
        groups: NDArray[np.int64] | None = None,
    ) -> Found:
        with self._hold() as reader:
            return reader.search(query, filters, sort, offset, limit, groups)

    def current(self) -> bool:
        with self._hold() as reader:
            return reader.current()

    def close(self) -> None:
        """Nothing: the one who lends the reader closes it."""
