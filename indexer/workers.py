"""Files read in processes of their own, several at once: what hangs, crashes or explodes costs its own line.

Plain text is read in this process while there is little of it: starting a worker would take longer. What may
be the fault of the machine, not of the file, is tried once more, alone, at the end.
"""

from __future__ import annotations

import os
import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import TracebackType

from indexer import ocr
from indexer.corpus import digest_of_data
from indexer.errors import UnreadableError
from indexer.model import FileEntry
from indexer.pools import CrashError, LimitError, NoWorkersError, Pool, Task, physical_memory, processors
from indexer.readers import convert, is_convertible, is_plain
from indexer.reading import DISK, TOO_MUCH_MEMORY, Folders, Outcome, Place, read_file, recognise_page

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
_PAGE_HANGS = (
    "识别超过 {seconds:.0f} 秒，已放弃；下次再试 "
    "(recognising it took more than {seconds:.0f} s: tried again next time)"
)
_PAGE_MEMORY = "识别它需要的内存太多；下次再试 (recognising it takes too much memory: tried again next time)"
_PAGE_CRASHES = "识别程序崩溃；下次再试 (what recognises it crashed: tried again next time)"
_NO_WORKERS = (
    "读取程序无法启动或一再被终止；请检查内存和系统限制后再试 "
    "(workers cannot be started or are killed: check memory and limits of the system, then run again)"
)
_OR_INSTALL = "; or install LibreOffice and run again"
_CONVERTED = "由 LibreOffice 转换后读取 (converted by LibreOffice)"
_BATCH = 20  # files that LibreOffice converts in one run
_RECOGNISING = 1 << 30  # bytes that recognising a page may take: an ordinary one takes 600 MB
_PAGE_SECONDS, _PAGE_TIMES = 300.0, 5  # that a page may take at the least, and over those of a file
_PAGES_AHEAD = 2  # pages a worker that are recognised or wait for it
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


#: Says which of the files inside a file are to be read as well.
Inside = Callable[[Job, Outcome], Iterable[Job]]


@dataclass(slots=True)
class _Later:
    """What waits until all else is read: to be tried once more, and to be converted."""

    again: deque[Job] = field(default_factory=deque)
    unread: deque[tuple[Job, Outcome]] = field(default_factory=deque)


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
        self.count = count or processors()
        self._limits, self._folders = limits, folders
        self._reading = Pool(self.count, limits.memory)
        self._alone = Pool(1, limits.memory, fresh=True)
        self._recognising = Pool(_recognisers(self.count), max(limits.memory, _RECOGNISING))
        self._page_seconds = max(_PAGE_SECONDS, _PAGE_TIMES * limits.seconds)
        self._here = 0  # bytes that were read in this process

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in (self._reading, self._alone, self._recognising):
            pool.close()

    def read(self, jobs: Iterable[Job], inside: Inside) -> Iterator[tuple[Job, Outcome]]:
        """Each file with what it holds, in an order that does not depend on the number of workers.

        ``inside`` says which of the files inside a file are to be read as well; they come later, and last
        what is tried once more, and what another program has to convert first.
        """
        later = _Later()
        yield from self._read(jobs, inside, later)
        while later.again or later.unread:
            # A process keeps the memory that its largest file took: what comes now needs it.
            self._reading.close()
            self._recognising.close()
            if later.again:
                job = later.again.popleft()
                yield from self._settled(job, self._once_more(job), inside, later)
            else:
                batch = [later.unread.popleft() for _ in range(min(_BATCH, len(later.unread)))]
                for job, outcome in self._converted(batch):
                    yield from self._settled(job, outcome, inside, later)

    def _read(self, jobs: Iterable[Job], inside: Inside, later: _Later) -> Iterator[tuple[Job, Outcome]]:
        """Files with those inside them, several at once; but for what is left for later."""
        queue, waiting = deque(jobs), deque[tuple[Job, Callable[[], Outcome]]]()
        self._reading.expect(len(queue))
        while queue or waiting:
            while queue and len(waiting) < _AHEAD:
                job = queue.popleft()
                waiting.append((job, self._start(job)))
            job, finish = waiting.popleft()
            outcome = self._recognised(job, finish())
            if outcome.unsure:
                later.again.append(job)
            elif (final := _final(job, outcome, later)) is not None:
                queue.extendleft(reversed(list(inside(job, final))))
                yield job, final

    def _settled(
        self, job: Job, outcome: Outcome, inside: Inside, later: _Later
    ) -> Iterator[tuple[Job, Outcome]]:
        """A file that was left for later, with those inside it."""
        final = _final(job, outcome, later)
        if final is not None:
            new = list(inside(job, final))
            yield job, final
            yield from self._read(new, inside, later)

    def _start(self, job: Job) -> Callable[[], Outcome]:
        """Begin to read; the call that is returned waits for the end."""
        if job.entry.failed is not None:
            return lambda: Outcome(job.entry)
        if self._is_little(job):
            return lambda: read_file(job.place, job.entry, self._folders)
        return self._begin(job)

    def _begin(
        self, job: Job, unrecognised: Mapping[int, str] | None = None, pool: Pool | None = None
    ) -> Callable[[], Outcome]:
        pool = pool or self._reading
        task = pool.start(
            _read_apart,
            read_file,
            job.place,
            job.entry,
            self._folders,
            unrecognised,
            seconds=self._limits.seconds,
        )
        return lambda: self._finish(job, pool, task)

    def _finish(self, job: Job, pool: Pool, task: Task) -> Outcome:
        try:
            found = pool.result(task)
            return _fetched(found) if isinstance(found, Path) else found
        except LimitError:
            reason = _HANGS.format(seconds=self._limits.seconds)
        except MemoryError:
            reason = TOO_MUCH_MEMORY
        except CrashError:
            reason = _CRASHES
        except NoWorkersError:
            return Outcome(replace(job.entry, failed=_NO_WORKERS, stamp=None))
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            return Outcome(replace(job.entry, failed=f"{DISK}: {error}", stamp=None))
        return Outcome(replace(job.entry, failed=reason), convertible=_is_convertible(job), unsure=True)

    def _once_more(self, job: Job) -> Outcome:
        """What the file is when it is read alone, by a process that has read nothing else: that counts."""
        outcome = self._begin(job, pool=self._alone)()
        return replace(self._recognised(job, outcome), unsure=False)

    def _recognised(self, job: Job, outcome: Outcome) -> Outcome:
        """The file, read again when its pages are recognised; as it is if there are none."""
        if not outcome.scanned:
            return outcome
        pool, pages, begun = self._recognising, deque(outcome.scanned), deque[tuple[int, Task]]()
        pool.expect(len(pages))
        reasons: dict[int, str] = {}
        again = False  # whether another run may do better
        done, total = outcome.kept, outcome.kept + len(pages)
        self._on_page(job.entry.file, done, total)
        while pages or begun:
            while pages and len(begun) < _PAGES_AHEAD * pool.most:
                page = pages.popleft()
                begun.append((page, self._begin_page(job, outcome, page)))
            page, task = begun.popleft()
            reason, passing = self._finish_page(task)
            if reason is not None:
                reasons[page] = reason
            again |= passing
            done += 1
            self._on_page(job.entry.file, done, total)
        final = self._begin(job, reasons)()
        if again or final.entry.digest != outcome.entry.digest:
            return replace(final, entry=replace(final.entry, stamp=None, again=True))
        return final

    def _begin_page(self, job: Job, outcome: Outcome, page: int) -> Task:
        return self._recognising.start(
            _recognise_apart,
            recognise_page,
            job.place,
            outcome.entry.digest,
            page,
            self._folders,
            seconds=self._page_seconds,
        )

    def _finish_page(self, task: Task) -> tuple[str | None, bool]:
        """Why a page was not recognised, None if it was; and whether that may pass."""
        try:
            return self._recognising.result(task), False
        except LimitError:
            return _PAGE_HANGS.format(seconds=self._page_seconds), True
        except MemoryError:
            return _PAGE_MEMORY, True
        except CrashError:
            return _PAGE_CRASHES, True
        except NoWorkersError:
            return _NO_WORKERS, True
        except OSError as error:
            return f"{DISK}: {error.strerror or error}", True

    def _converted(self, unread: Sequence[tuple[Job, Outcome]]) -> Iterator[tuple[Job, Outcome]]:
        """What LibreOffice made of files that could not be read, read; or why they could not be."""
        paths = [job.place.path for job, _ in unread]
        self._folders.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix="converted-", dir=self._folders.scratch, ignore_cleanup_errors=True
        ) as target:
            made = convert.convert(paths, Path(target), self._limits.seconds * len(paths))
            for job, outcome in unread:
                found = self._read_converted(job, made.get(job.place.path))
                yield job, found or replace(outcome, convertible=False)

    def _read_converted(self, job: Job, path: Path | None) -> Outcome | None:
        if path is None:
            return None
        place = Place(path, job.place.depth)
        entry = replace(job.entry, file=f"{job.entry.file}.docx", digest=digest_of_data(path.read_bytes()))
        outcome = self._begin(Job(place, entry), {})()
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


def _final(job: Job, outcome: Outcome, later: _Later) -> Outcome | None:
    """What is to be said of a file; None if another program has to convert it before."""
    if not outcome.convertible:
        return outcome
    if not convert.available():
        return _with_advice(outcome)
    later.unread.append((job, outcome))
    return None


def _recognisers(count: int) -> int:
    """How many pages are recognised at once: each takes several processors, and much memory."""
    memory = physical_memory()
    room = count if memory is None else memory // _RECOGNISING
    return max(1, min(count, processors() // ocr.THREADS, room))


def _read_apart(
    read: Callable[..., Outcome],
    place: Place,
    entry: FileEntry,
    folders: Folders,
    unrecognised: Mapping[int, str] | None,
) -> Outcome | Path:
    """Read a file, in a worker; of one that holds much, where what it holds lies until it is written.

    Many files may be read before the first of them is written: together they would fill the memory.
    """
    outcome = read(place, entry, folders, unrecognised)
    if outcome.entry.characters < _MUCH:
        return outcome
    folders.scratch.mkdir(parents=True, exist_ok=True)
    descriptor, path = tempfile.mkstemp(dir=folders.scratch)
    with os.fdopen(descriptor, "wb") as stream:
        pickle.dump(outcome, stream, pickle.HIGHEST_PROTOCOL)
    return Path(path)


def _recognise_apart(
    recognise: Callable[..., None], place: Place, digest: str, page: int, folders: Folders
) -> str | None:
    """Recognise a page and keep it, in a worker; why its picture cannot be read. Raises OSError."""
    try:
        recognise(place, digest, page, folders)
    except UnreadableError as error:
        return str(error)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # of what recognises: it costs this page
        return f"页面无法识别 (the page cannot be recognised): {type(error).__name__}: {str(error)[:200]}"
    return None


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
    """A file that LibreOffice might read, with that said; it is tried again when it is installed."""
    entry = outcome.entry
    if entry.extra is not None:  # what to install is said, and LibreOffice would do as well
        return replace(outcome, entry=replace(entry, stamp=None))
    advised = _advised(entry.failed or "")
    return replace(outcome, entry=replace(entry, failed=advised, extra=convert.NAME))


def _advised(reason: str) -> str:
    chinese, bracket, english = reason.partition(" (")
    end = ")" if english.endswith(")") or not bracket else ""
    return f"{chinese}；也可安装 LibreOffice 后再试 ({english.removesuffix(')')}{_OR_INSTALL}{end}"


def _head(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(_HEAD)
