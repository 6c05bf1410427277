"""Files read in processes of their own, several at once: what hangs, crashes or explodes costs its own line.

A worker has a limit on memory; one that does not answer in time is killed, and another takes its place. Plain
text is read in this process while there is little of it: starting a worker would take longer.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import TracebackType

from pebble import CONSTS, ProcessExpired, ProcessPool

from indexer.corpus import digest_of_data
from indexer.errors import UnreadableError
from indexer.model import FileEntry
from indexer.readers import convert, is_convertible, is_plain
from indexer.reading import TOO_MUCH_MEMORY, Folders, Outcome, Place, read_file, recognise_page

#: Called while pages are recognised with the file, how many of its pages are done, and how many there are.
OnPage = Callable[[str, int, int], None]

_AHEAD = 64  # files that are being read or wait to be written; the same whatever the number of workers
_MUCH = 1_000_000  # characters of a file from which what it holds waits on disk to be written
_LITTLE = 1 << 20  # bytes of a plain file that is read here, and ...
_LITTLE_IN_ALL = 4 << 20
_HEAD = 1 << 16

_HANGS = (
    "读取超过 {seconds:.0f} 秒，已放弃；请另存为 .docx 或 .txt "
    "(took more than {seconds:.0f} s: save it as .docx or .txt)"
)
_OR_INSTALL = "; or install LibreOffice and run again"
_CONVERTED = "由 LibreOffice 转换后读取 (converted by LibreOffice)"
_BATCH = 20  # files that LibreOffice converts in one run
_RECOGNISING = 1 << 30  # bytes that recognising a page may take: an ordinary one takes 600 MB
_LONGEST_PLACE = 64  # bytes: the name of a socket, at most 104, is made in the folder for temporary files
_MERCY = 0.2  # seconds between asking a worker to end and killing it: it has nothing to tidy up
_CRASHES = "读取程序崩溃，文件可能已损坏；请打开后另存 (its reader crashed: open the file and save it again)"


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take: seconds, and bytes of memory."""

    seconds: float = 60.0
    memory: int = 600 << 20


@dataclass(frozen=True, slots=True)
class Job:
    """A file to be read."""

    place: Place
    entry: FileEntry


class Workers:
    """Reads files, as a context manager."""

    def __init__(
        self,
        count: int | None,
        limits: Limits,
        folders: Folders,
        on_page: OnPage = lambda file, done, total: None,
    ) -> None:
        """``count``: processes, by default as many as there are processors."""
        self._on_page = on_page
        self.count = count or _processors()
        self._limits, self._folders = limits, folders
        self._pools: dict[int, ProcessPool] = {}
        self._here = 0  # bytes that were read in this process

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            if kind is None:
                pool.close()
            else:
                pool.stop()
            pool.join()

    def read(
        self, jobs: Iterable[Job], inside: Callable[[Job, Outcome], Iterable[Job]]
    ) -> Iterator[tuple[Job, Outcome]]:
        """Each file with what it holds, in an order that does not depend on the number of workers.

        ``inside`` says which of the files inside a file are to be read as well; they come later, and last
        what another program has to convert first.
        """
        queue, waiting = deque(jobs), deque[tuple[Job, Callable[[], Outcome]]]()
        unread: list[tuple[Job, Outcome]] = []
        while queue or waiting:
            while queue and len(waiting) < _AHEAD:
                job = queue.popleft()
                waiting.append((job, self._start(job)))
            job, finish = waiting.popleft()
            outcome = finish()
            if outcome.scanned:
                outcome = self._recognised(job, outcome)
            if outcome.convertible:
                if convert.available():
                    unread.append((job, outcome))
                    continue
                outcome = _with_advice(outcome)
            queue.extendleft(reversed(list(inside(job, outcome))))
            yield job, outcome
        yield from self._converted(unread)

    def _start(self, job: Job) -> Callable[[], Outcome]:
        """Begin to read; the call that is returned waits for the end."""
        if job.entry.failed is not None:
            return lambda: Outcome(job.entry)
        if self._is_little(job):
            return lambda: read_file(job.place, job.entry, self._folders)
        return self._begin(job, last=False)

    def _begin(self, job: Job, *, last: bool) -> Callable[[], Outcome]:
        future = self._pool(self._limits.memory).schedule(
            _read_apart,
            args=(read_file, job.place, job.entry, self._folders),
            kwargs={"last": last},
            timeout=self._limits.seconds,
        )
        return lambda: self._finish(job, future)

    def _pool(self, memory: int) -> ProcessPool:
        if memory not in self._pools:
            CONSTS.term_timeout = _MERCY
            self._pools[memory] = ProcessPool(
                self.count, initializer=_prepare, initargs=(memory,), context=_context()
            )
        return self._pools[memory]

    def _finish(self, job: Job, future: Future[Outcome | Path]) -> Outcome:
        try:
            found = future.result()
            return _fetched(found) if isinstance(found, Path) else found
        except TooLate:
            reason = _HANGS.format(seconds=self._limits.seconds)
        except MemoryError:
            reason = TOO_MUCH_MEMORY
        except (ProcessExpired, OSError, EOFError):
            reason = _CRASHES
        return Outcome(replace(job.entry, failed=reason), convertible=_is_convertible(job))

    def _recognised(self, job: Job, outcome: Outcome) -> Outcome:
        """The file, read again when its pages are recognised; each may take as long as a file."""
        pool = self._pool(max(self._limits.memory, _RECOGNISING))
        digest = outcome.entry.digest
        futures = [
            pool.schedule(
                recognise_page,
                args=(job.place, digest, page, self._folders),
                timeout=self._limits.seconds,
            )
            for page in outcome.scanned
        ]
        done, total = outcome.kept, outcome.kept + len(futures)
        self._on_page(job.entry.file, done, total)
        for number, future in enumerate(futures, done + 1):
            with suppress(TooLate, MemoryError, ProcessExpired, OSError, EOFError, UnreadableError):
                future.result()  # a page that is not recognised is named in the file's warnings
            self._on_page(job.entry.file, number, total)
        return self._begin(job, last=True)()

    def _converted(self, unread: Sequence[tuple[Job, Outcome]]) -> Iterator[tuple[Job, Outcome]]:
        """What LibreOffice made of files that could not be read, read; or why they could not be."""
        for begin in range(0, len(unread), _BATCH):
            batch = unread[begin : begin + _BATCH]
            paths = [job.place.path for job, _ in batch]
            made = convert.convert(
                paths, self._folders.scratch / f"converted-{begin}", self._limits.seconds * len(paths)
            )
            for job, outcome in batch:
                yield job, self._read_converted(job, made.get(job.place.path)) or outcome

    def _read_converted(self, job: Job, path: Path | None) -> Outcome | None:
        if path is None:
            return None
        place = Place(path, job.place.depth)
        entry = replace(job.entry, file=f"{job.entry.file}.docx", digest=digest_of_data(path.read_bytes()))
        outcome = self._begin(Job(place, entry), last=True)()
        if outcome.entry.failed is not None:
            return None
        warnings = (*outcome.entry.warnings, _CONVERTED)
        return replace(
            outcome,
            entry=replace(
                outcome.entry,
                file=job.entry.file,
                digest=job.entry.digest,
                stamp=job.entry.stamp,
                warnings=warnings,
            ),
        )

    def _is_little(self, job: Job) -> bool:
        try:
            size = job.place.path.stat().st_size
            if size > _LITTLE or self._here + size > _LITTLE_IN_ALL:
                return False
            if size and not is_plain(PurePosixPath(job.entry.file), _head(job.place.path)):
                return False
        except OSError:
            return True  # reading says why
        self._here += size
        return True


def _read_apart(
    read: Callable[..., Outcome], place: Place, entry: FileEntry, folders: Folders, *, last: bool
) -> Outcome | Path:
    """Read a file, in a worker; of one that holds much, where what it holds lies until it is written.

    Many files may be read before the first of them is written: together they would fill the memory.
    """
    outcome = read(place, entry, folders, last=last)
    if outcome.entry.characters < _MUCH:
        return outcome
    folders.scratch.mkdir(parents=True, exist_ok=True)
    descriptor, path = tempfile.mkstemp(dir=folders.scratch)
    with os.fdopen(descriptor, "wb") as stream:
        pickle.dump(outcome, stream, pickle.HIGHEST_PROTOCOL)
    return Path(path)


def _fetched(path: Path) -> Outcome:
    with path.open("rb") as stream:
        outcome: Outcome = pickle.load(stream)  # noqa: S301 - a worker of ours has written it
    path.unlink()
    return outcome


def _is_convertible(job: Job) -> bool:
    """Whether another program may read what stopped its reader, judged by the file's beginning."""
    try:
        return is_convertible(PurePosixPath(job.entry.file), _head(job.place.path))
    except OSError:
        return False


def _with_advice(outcome: Outcome) -> Outcome:
    """A file that LibreOffice might read, with that said; it is tried again in case it was installed."""
    entry = outcome.entry
    failed = entry.failed or ""
    said = entry.extra is not None  # what to install
    return replace(outcome, entry=replace(entry, failed=failed if said else _advised(failed), stamp=None))


def _advised(reason: str) -> str:
    chinese, bracket, english = reason.partition(" (")
    end = ")" if english.endswith(")") or not bracket else ""
    return f"{chinese}；也可安装 LibreOffice 后再试 ({english.removesuffix(')')}{_OR_INSTALL}{end}"


def _head(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(_HEAD)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _context() -> multiprocessing.context.BaseContext:
    """How workers start: never as a copy of this process, which has threads and an index open."""
    long = len(os.fsencode(tempfile.gettempdir())) > _LONGEST_PLACE
    if long or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["indexer.reading"])
    return context


def _prepare(memory: int) -> None:
    """Take from this process what a reader must not have, and let it end with the one that started it."""
    if sys.platform != "win32":
        import resource

        limit = _memory_held() + memory
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _memory_held() -> int:
    """Bytes that count towards the limit before anything is read: libraries reserve some a processor."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[5]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # not Linux
        return 0


def _end_with_parent() -> None:
    """A run that is killed cannot end its workers."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
