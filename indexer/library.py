"""An index, opened for asking: follows updates by itself, and may be shared by threads."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from indexer import home
from indexer.engines.base import Counts, Reader
from indexer.errors import CorruptIndexError, GaokuError, NotFoundError
from indexer.lexicon import LexiconFiles
from indexer.model import FiledReport, FiledSection, FileEntry, IndexMeta
from indexer.settings import Settings

T = TypeVar("T")


class Library:
    """The index in a folder. Opening is put off until the first question, which may raise IndexStateError."""

    def __init__(self, directory: Path, settings: Path | None = None) -> None:
        """``settings``: the folder of the office's word files; by default the one that is set."""
        self.directory = directory
        self.lexicon = LexiconFiles(settings or Settings.from_environment().settings)
        self._lock = threading.RLock()
        self._reader: Reader | None = None
        self._pointer: home.Pointer | None = None
        self._making = threading.Lock()
        self._derived: dict[Callable[[Reader], Any], Any] = {}
        self._derived_from: Callable[[], Reader | None] = lambda: None  # a weak reference

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """The newest state of the index, for the length of a with block. One thread at a time."""
        with self._lock:
            pointer = home.read_pointer(self.directory)
            if self._reader is not None and (pointer != self._pointer or not self._reader.current()):
                self._reader.close()
                self._reader = None
            if self._reader is None:
                self._reader = home.open_reader(self.directory)
                self._pointer = pointer
            yield self._reader

    def derived(self, make: Callable[[Reader], T]) -> T:
        """What ``make`` makes of the index as it is now: made once for each state of the index, then kept.

        Others may search meanwhile. Raises IndexStateError.
        """
        with self._making:
            with self.reader() as reader:
                if self._derived_from() is not reader:
                    self._derived, self._derived_from = {}, weakref.ref(reader)
            if make not in self._derived:
                own = home.open_reader(self.directory)
                try:
                    self._derived[make] = make(own)
                finally:
                    own.close()
            made: T = self._derived[make]
            return made

    def report(self, report_id: str) -> FiledReport:
        """One report, whole. Raises NotFoundError."""
        with self.reader() as reader:
            filed = reader.report(report_id)
        if filed is None:
            raise NotFoundError(f"no such report: {report_id} — ids are shown by: gaoku search QUERY --json")
        return filed

    def reports(self) -> Iterator[FiledReport]:
        """Every report, by file and ordinal, as the index is now."""
        with self.reader() as reader:
            yield from reader.reports()

    def section(self, section_id: str) -> FiledSection:
        """One section. Raises NotFoundError."""
        with self.reader() as reader:
            filed = reader.section(section_id)
        if filed is None:
            raise NotFoundError(f"no such section: {section_id}")
        return filed

    def files(self) -> list[FileEntry]:
        """Every file that the index knows."""
        with self.reader() as reader:
            return list(reader.files().values())

    def status(self) -> tuple[IndexMeta, Counts]:
        """What the index says of itself and what it holds."""
        with self.reader() as reader:
            return reader.meta, reader.counts()

    def verify(self) -> list[str]:
        """What is wrong with the index, a line each. Raises NoIndexError."""
        try:
            pointer = home.read_pointer(self.directory)
        except CorruptIndexError as error:
            return [str(error)]
        if pointer is None:
            home.open_reader(self.directory)  # raises what is to be said
        else:
            try:
                home.open_reader(self.directory).close()
            except GaokuError as error:
                return [str(error)]
            return home.ENGINES[pointer.engine].verify(self.directory / pointer.current)
        return []

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None
