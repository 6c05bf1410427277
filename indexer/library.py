"""An index, opened for asking: follows updates by itself, and may be shared by threads."""

from __future__ import annotations

import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from indexer import home, prepared
from indexer.engines.base import Counts, Reader
from indexer.errors import CorruptIndexError, GaokuError, IndexStateError, NotFoundError
from indexer.families import store
from indexer.families.detect import Families
from indexer.families.shingles import ShingleIndex
from indexer.held import HeldReader
from indexer.lexicon import LexiconFiles
from indexer.model import FiledReport, FiledSection, FileEntry, IndexMeta
from indexer.settings import Settings

T = TypeVar("T")

_PATIENCE = 60.0  # seconds that an earlier state answers while the families of the newest are awaited


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


class RenewedError(Exception):
    """A newer state of the index is answered from by now."""


class Library:
    """The index in a folder. Opening is put off until the first question, which may raise IndexStateError."""

    def __init__(self, directory: Path, settings: Path | None = None) -> None:
        """``settings``: the folder of the office's word files; by default the one that is set."""
        self.directory = directory
        self.lexicon = LexiconFiles(settings or Settings.from_environment().settings)
        self._lock = threading.RLock()
        self._reader: Reader | None = None
        self._pointer: home.Pointer | None = None
        self._changed: float | None = None  # when it was seen that there is a newer state; monotonic seconds
        self._looked_at: tuple[int, int] | None = None  # the families' file when it was last looked at
        self._lent: Counter[Reader] = Counter()  # how many go on with a state, whatever comes after it
        self._making: dict[Callable[[Reader], Any], threading.Lock] = {}
        self._derived: dict[Callable[[Reader], Any], Any] = {}
        self._derived_from: Callable[[], Reader | None] = lambda: None  # a weak reference
        #: Whether nobody waits for what is made of a new state where what was made before it will do.
        self.hurried = False
        self._before: dict[Callable[[Reader], Any], Any] = {}  # made of an earlier state

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """The newest state of the index, for the length of a with block. One thread at a time."""
        with self._lock:
            pointer = home.read_pointer(self.directory)
            if self._reader is None:
                self._reader, self._pointer = home.open_reader(self.directory), pointer
            elif pointer != self._pointer or not self._reader.current():
                self._follow(pointer)
            yield self._reader

    @contextmanager
    def again(self, reader: Reader) -> Iterator[Reader]:
        """A state of the index once more, which :meth:`reader` gave. Raises RenewedError."""
        with self.reader() as current:
            if current is not reader:
                raise RenewedError
            yield current

    def _follow(self, pointer: home.Pointer | None) -> None:
        """Turn to the newest state as soon as its families are on disk, which the run that made it sees to.

        Until then the earlier state answers: nobody waits while texts are compared. If the run was killed
        before that, they are compared here after all.
        """
        now, stamp = time.monotonic(), _stamp(self.directory / home.FAMILIES)
        if self._changed is None:
            self._changed = now
        elif stamp == self._looked_at and now < self._changed + _PATIENCE:
            return
        self._looked_at = stamp
        try:
            newest = home.open_reader(self.directory)
        except IndexStateError:
            self._let_go()  # what comes next may look like what was there before
            raise
        families = prepared.stored_families(self.directory, store.state_of(newest))
        if families is None and now - self._changed < _PATIENCE:
            newest.close()
            return
        self._let_go()
        self._reader, self._pointer = newest, pointer

    def _let_go(self) -> None:
        if self._reader is not None and self._reader not in self._lent:
            self._reader.close()
        self._reader, self._changed = None, None

    def roughly_derived(self, make: Callable[[Reader], T]) -> T:
        """As :meth:`derived`; of an earlier state, while it is made of the newest, where :attr:`hurried`."""
        if self.hurried:
            with self.reader() as reader:
                self._renew(reader)
                before: T | None = None if make in self._derived else self._before.get(make)
                making = self._making.setdefault(make, threading.Lock())
            if before is not None:
                if not making.locked():
                    threading.Thread(target=self._make_quietly, args=(make,), daemon=True).start()
                return before
        made = self.derived(make)
        with self._lock:
            self._before[make] = made
        return made

    def _make_quietly(self, make: Callable[[Reader], Any]) -> None:
        with suppress(GaokuError):  # who asks next is told
            made = self.derived(make)
            prepare = getattr(made, "prepare", None)  # what it would put off to the first question
            if prepare is not None:
                prepare()
            with self._lock:
                self._before[make] = made

    def derived(self, make: Callable[[Reader], T], load: Callable[[str], T | None] = lambda state: None) -> T:
        """What ``make`` makes of the index as it is now: made once for each state of the index, then kept.

        ``load`` gives what is on disk of a state, or None. Others may search meanwhile. Raises
        IndexStateError.
        """
        with self._lock:
            making = self._making.setdefault(make, threading.Lock())
        with making:
            while True:
                with self.reader() as reader:
                    self._renew(reader)
                    if make in self._derived:
                        kept: T = self._derived[make]
                        return kept
                    state = store.state_of(reader)
                with suppress(RenewedError):
                    made = load(state)
                    if made is None:
                        made = self._make(make, reader, state)
                    with self.again(reader):
                        self._derived[make] = made

    def _make(self, make: Callable[[Reader], T], reader: Reader, state: str) -> T:
        """Made while others search. Raises RenewedError."""
        own = home.open_reader(self.directory)
        try:
            if store.state_of(own) == state:
                return make(own)
        finally:
            own.close()
        # An earlier state still answers (see _follow), of which there is no second reader.
        return make(HeldReader(partial(self.again, reader)))

    def _renew(self, reader: Reader) -> None:
        """Forget what was made of an earlier state."""
        if self._derived_from() is not reader:
            self._derived, self._derived_from = {}, weakref.ref(reader)

    def made_of(self, reader: Reader, made: object) -> bool:
        """Whether something was made by :meth:`derived` of the state that ``reader`` answers from now."""
        return self._derived_from() is reader and any(made is one for one in self._derived.values())

    def families(self) -> Families:
        """Which texts of the index are alike."""
        return self.derived(self._find_families, partial(prepared.stored_families, self.directory))

    def _find_families(self, reader: Reader) -> Families:
        return prepared.find_and_keep_families(self.directory, reader)

    def shingles(self) -> ShingleIndex:
        """Which texts of the index have which shingles."""
        return self.derived(self._make_shingles, partial(prepared.stored_shingles, self.directory))

    def _make_shingles(self, reader: Reader) -> ShingleIndex:
        return prepared.make_and_keep_shingles(self.directory, reader)

    @contextmanager
    def reader_and_families(self) -> Iterator[tuple[Reader, Families]]:
        """The newest state of the index with its families, for the length of a with block."""
        with self._reader_and(self.families) as found:
            yield found

    @contextmanager
    def lent_reader_and_families(self) -> Iterator[tuple[Reader, Families]]:
        """As :meth:`reader_and_families`, for what takes long: others search between two calls of the reader,
        and it stays on its state when there is a newer one."""
        with self.reader_and_families() as (reader, families):
            self._lent[reader] += 1
        try:
            yield HeldReader(partial(self._in_turn, reader)), families
        finally:
            with self._lock:
                self._lent[reader] -= 1
                if not self._lent[reader]:
                    del self._lent[reader]
                    if reader is not self._reader:
                        reader.close()

    @contextmanager
    def _in_turn(self, reader: Reader) -> Iterator[Reader]:
        with self._lock:
            yield reader

    @contextmanager
    def reader_and_shingles(self) -> Iterator[tuple[Reader, ShingleIndex]]:
        """The newest state of the index with its shingles, for the length of a with block."""
        with self._reader_and(self.shingles) as found:
            yield found

    @contextmanager
    def _reader_and(self, ask: Callable[[], T]) -> Iterator[tuple[Reader, T]]:
        while True:  # an update may come between the two
            found = ask()
            with self.reader() as reader:
                if self.made_of(reader, found):
                    yield reader, found
                    return

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

    def file(self, file: str) -> FileEntry:
        """What is known of a file, by its label and path. Raises NotFoundError."""
        with self.reader() as reader:
            entry = reader.files().get(file)
        if entry is None:
            raise NotFoundError(f"no such file: {file}")
        return entry

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
            self._let_go()
