"""An index, opened for asking: follows updates by itself, and may be shared by threads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from indexer import home, memory, prepared
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

_log = logging.getLogger(__name__)

_PATIENCE = 60.0  # seconds that an earlier state answers while the families of the newest are awaited
_LOOK = 0.5  # seconds after which it is looked again whether there is a newer state

Make: TypeAlias = Callable[[Reader], Any]
Load: TypeAlias = Callable[[str], Any]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


class RenewedError(Exception):
    """A newer state of the index is answered from by now."""


class _State:
    """One state of the index: its reader, and what was made of it."""

    def __init__(self, reader: Reader, pointer: home.Pointer | None) -> None:
        self.reader, self.pointer = reader, pointer
        self.made: dict[Make, Any] = {}
        self.loads: dict[Make, Load] = {}  # how each may be on disk
        self.lent = 0  # how many go on with it, whatever comes after it

    @cached_property
    def digest(self) -> str:
        """What tells it from every other; for who has the reader to himself."""
        return store.state_of(self.reader)

    def make_as(self, earlier: _State) -> None:
        """Make what was made of an earlier one. What cannot be made is left out; who asks for it is told."""
        for make, load in earlier.loads.copy().items():
            try:
                self.made[make] = self._make(make, load, earlier.made[make])
                self.loads[make] = load
            except IndexStateError:  # noqa: PERF203 - each for itself
                raise
            except Exception:  # whatever it raises
                _log.warning("cannot be made in advance", exc_info=True)

    def _make(self, make: Make, load: Load, before: Any) -> Any:
        made = load(self.digest)
        if made is None:
            renewed = getattr(before, "renewed", make)
            made = renewed(self.reader)
        prepare = getattr(made, "prepare", None)
        if prepare is not None:
            prepare()
        return made


class Library:
    """The index in a folder. Opening is put off until the first question, which may raise IndexStateError.

    Who asks turns to the newest state himself; in a server a thread does (:meth:`follow_aside`).
    """

    def __init__(self, directory: Path, settings: Path | None = None) -> None:
        """``settings``: the folder of the office's word files; by default the one that is set."""
        self.directory = directory
        self.lexicon = LexiconFiles(settings or Settings.from_environment().settings)
        self._lock = threading.RLock()
        self._state: _State | None = None
        self.has_answered = False  # there was an index, whatever became of it
        self._changed: float | None = None  # when it was seen that there is a newer state; monotonic seconds
        self._looked_at: tuple[int, int] | None = None  # the families' file when it was last looked at
        self._making: dict[Make, threading.Lock] = {}
        self._follower: threading.Thread | None = None
        self._wake, self._closing = threading.Event(), False  # the follower: to look now, to end
        self._turned = threading.Condition()

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """The state of the index that answers now, for the length of a with block. One thread at a time."""
        with self._lock:
            yield self._current().reader

    @contextmanager
    def again(self, reader: Reader) -> Iterator[Reader]:
        """A state of the index once more, which :meth:`reader` gave. Raises RenewedError."""
        with self.reader() as current:
            if current is not reader:
                raise RenewedError
            yield current

    def _current(self) -> _State:
        """The state that answers now; for who holds the lock."""
        if self._state is None:
            pointer = home.read_pointer(self.directory)
            self._state = _State(home.open_reader(self.directory), pointer)
            self.has_answered = True
        elif self._follower is None:
            try:
                newest = self._newest(self._state)
            except IndexStateError:
                self._let_go()  # what comes next may look like what was there before
                raise
            if newest is not None:
                self._turn_to(newest)
        return self._state

    # -- newer states ------------------------------------------------------------------------------

    def follow_aside(self) -> None:
        """From now on, until :meth:`close`, follow updates in a thread that nobody waits for.

        Of a newer state is made what was made of the earlier one; then it is turned to. Until then the
        earlier one answers.
        """
        self._closing = False
        self._follower = threading.Thread(target=self._follow, name="library", daemon=True)
        self._follower.start()

    def catch_up(self, timeout: float) -> None:
        """Wait until the newest state answers, for so many seconds at most."""
        until = time.monotonic() + timeout
        self._wake.set()
        with self._turned:
            while self._follower is not None and self._is_behind() and time.monotonic() < until:
                self._turned.wait(_LOOK)

    def _is_behind(self) -> bool:
        state = self._state
        with suppress(IndexStateError):  # who asks is told
            return state is not None and not self._is_newest(state, home.read_pointer(self.directory))
        return False

    def _follow(self) -> None:
        while not self._closing:
            self._wake.clear()
            try:
                self._look()
            except Exception:  # whatever it is: the earlier state answers, and it is looked again
                _log.warning("cannot follow the index", exc_info=True)
            self._wake.wait(_LOOK)

    def _look(self) -> None:
        """Turn to the newest state, if there is one that is ready, once all is made that is asked of it."""
        with self._lock:
            state = self._state
            if state is None:  # who asks opens it
                return
        newest = None
        try:
            newest = self._newest(state)
            if newest is None:
                return
            newest.make_as(state)
        except IndexStateError:
            with self._lock:  # who asks next is told
                self._let_go()
        with self._lock:
            if newest is not None and self._state is state and not self._closing:
                self._turn_to(newest)
            elif newest is not None:
                newest.reader.close()
        del state, newest
        memory.give_back()

    def _newest(self, state: _State) -> _State | None:
        """The newest state, if it is another whose families are on disk, which the run that made it sees to.

        Until then the earlier state answers: nobody waits while texts are compared. If the run was killed
        before that, they are compared here after all, a while later.
        """
        pointer = home.read_pointer(self.directory)
        if self._is_newest(state, pointer):
            return None
        now, stamp = time.monotonic(), _stamp(self.directory / home.FAMILIES)
        if self._changed is None:
            self._changed = now
        elif stamp == self._looked_at and now < self._changed + _PATIENCE:
            return None
        self._looked_at = stamp
        newest = _State(home.open_reader(self.directory), pointer)
        families = prepared.stored_families(self.directory, newest.digest)
        if families is None and now - self._changed < _PATIENCE:
            newest.reader.close()
            return None
        return newest

    def _is_newest(self, state: _State, pointer: home.Pointer | None) -> bool:
        return pointer == state.pointer and state.reader.current()

    def _turn_to(self, newest: _State) -> None:
        self._let_go()
        self._state = newest
        with self._turned:
            self._turned.notify_all()

    def _let_go(self) -> None:
        if self._state is not None and not self._state.lent:
            self._state.reader.close()
        self._state, self._changed = None, None

    # -- what is made of a state -------------------------------------------------------------------

    def derived(self, make: Callable[[Reader], T], load: Callable[[str], T | None] = lambda state: None) -> T:
        """What ``make`` makes of the index as it is now: made once for each state of the index, then kept.

        ``load`` gives what is on disk of a state, or None. Others may search meanwhile. Of a newer state that
        is followed aside it is made again in advance: by its own method ``renewed(reader)``, if it has one,
        with what holds for both; then its method ``prepare()``, if it has one, makes what it would put off to
        the first question. Raises IndexStateError.
        """
        state = self._state
        if self._follower is not None and state is not None and make in state.made:  # no turn to wait for
            made: T = state.made[make]
            return made
        with self._lock:
            making = self._making.setdefault(make, threading.Lock())
        with making:
            while True:
                with self._lock:
                    state = self._current()
                    if make in state.made:
                        kept: T = state.made[make]
                        return kept
                    digest = state.digest
                with suppress(RenewedError):
                    found = load(digest)
                    made = self._make(make, state.reader, digest) if found is None else found
                    with self.again(state.reader):
                        state.made[make], state.loads[make] = made, load

    def _make(self, make: Callable[[Reader], T], reader: Reader, digest: str) -> T:
        """Made while others search. Raises RenewedError."""
        own = home.open_reader(self.directory)
        try:
            if store.state_of(own) == digest:
                return make(own)
        finally:
            own.close()
        # An earlier state still answers (see _newest), of which there is no second reader.
        return make(HeldReader(partial(self.again, reader)))

    def made_of(self, reader: Reader, made: object) -> bool:
        """Whether something was made by :meth:`derived` of the state that ``reader`` answers from now."""
        state = self._state
        return (
            state is not None
            and state.reader is reader
            and any(made is one for one in list(state.made.values()))
        )

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
            state = self._current()
            state.lent += 1
        try:
            yield HeldReader(partial(self._in_turn, reader)), families
        finally:
            with self._lock:
                state.lent -= 1
                if not state.lent and state is not self._state:
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
        """Let go of the files, and follow updates no more."""
        self._closing = True
        self._wake.set()
        follower, self._follower = self._follower, None
        if follower is not None:
            follower.join()
        with self._lock:
            self._let_go()
