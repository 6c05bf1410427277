"""The whole write path; reads like a table of contents.

walk -> what is new, changed, moved, gone -> [workers: read -> understand] -> write -> commit
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath

from indexer import corpus, home, identity, ocr, prepared
from indexer.corpus import FoundFile
from indexer.engines.base import Counts, Reader, Writer
from indexer.errors import (
    CorruptIndexError,
    GaokuError,
    IndexStateError,
    NoIndexError,
    NotFoundError,
    OutdatedIndexError,
    UnreadableError,
)
from indexer.extras import installed
from indexer.model import FileEntry, Folder, IndexMeta, Report, report_id
from indexer.readers import convert
from indexer.readers.names import distinct
from indexer.reading import Folders, Outcome, Place
from indexer.settings import Settings
from indexer.workers import Job, Limits, OnPage, Workers

_LOST = (
    "the old index cannot be read and the folder {folder} is not there, so its reports would be lost: "
    "connect it, or run first: gaoku forget {folder}"
)

#: Called with (files done, files in all, the last one).
Progress = Callable[[int, int, str], None]

_ORPHANED = 30 * 86400.0  # seconds that recognised pages of a file never indexed are kept: of a stopped run


@dataclass(slots=True)
class Tally:
    """What became of the files; ``seen`` counts all that are not ignored."""

    seen: int = 0
    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    ignored: int = 0
    failed: int = 0


@dataclass(slots=True)
class Summary:
    """The outcome of a run; ``counts`` is what the whole index now holds."""

    files: Tally = field(default_factory=Tally)
    counts: Counts = field(default_factory=lambda: Counts(0, 0, 0, 0))
    seconds: float = 0.0
    failed: list[tuple[str, str]] = field(default_factory=list)  # file, reason
    entries: list[FileEntry] = field(default_factory=list)  # every file that the index now knows
    warnings: list[str] = field(default_factory=list)


def update(
    directory: Path,
    paths: Sequence[Path],
    settings: Settings,
    *,
    rebuild: bool = False,
    jobs: int | None = None,
    progress: Progress = lambda done, total, file: None,
    on_page: OnPage = lambda file, done, total: None,
    wait: float = 0.0,
    on_wait: Callable[[bool], None] = lambda waits: None,
) -> Summary:
    """Bring the index in ``directory`` up to date with the folders ``paths`` (none: all it remembers).

    ``jobs``: how many files are read at once, and batches of them indexed; by default as many as there are
    processors. ``on_page`` is called while the pages of a scan are recognised. ``wait``: seconds, while
    another run writes to the index; ``on_wait`` is called then as :func:`home.writing` says.
    """
    with home.writing(directory, wait, on_wait):
        started = time.perf_counter()
        folders = [corpus.resolve_folder(p) if p.exists() else p.absolute() for p in paths]
        run = _Run(directory, settings, rebuild, progress, jobs, on_page)
        if run.pointer:
            home.clean(directory, run.pointer.current)
        run.choose_folders(folders)
        run.go()
        run.summary.failed.sort()
        _prepare(directory, run.summary, progress)
        run.summary.seconds = time.perf_counter() - started
        return run.summary


def forget(directory: Path, path: Path, settings: Settings) -> Summary:
    """Take a folder and its reports out of the index. Raises NotFoundError if it has none such.

    Of an index that cannot be read the folder is taken off the list, so that a rebuild does without it.
    """
    started = time.perf_counter()
    with home.writing(directory):
        try:
            run = _Run(directory, settings, rebuild=False, progress=lambda done, total, file: None)
            if run.earlier is None:
                raise NoIndexError(f"there is no index in {directory} yet; build one with: gaoku index PATH")
            run.forget(path)
            summary = run.summary
        except (CorruptIndexError, OutdatedIndexError):
            pointer = home.read_pointer(directory)
            if pointer is None:
                raise
            gone = _matching(path, pointer.folders)
            kept = tuple(f for f in pointer.folders if f not in gone)
            home.write_pointer(directory, replace(pointer, folders=kept))
            summary = Summary()
        else:
            _prepare(directory, summary, lambda done, total, file: None)
        summary.seconds = time.perf_counter() - started
        return summary


class _Run:
    """One update: holds the earlier state and collects the summary."""

    def __init__(
        self,
        directory: Path,
        settings: Settings,
        rebuild: bool,
        progress: Progress,
        jobs: int | None = None,
        on_page: OnPage = lambda file, done, total: None,
    ) -> None:
        self.jobs, self.on_page = jobs, on_page
        self.directory, self.settings, self.rebuild, self.progress = directory, settings, rebuild, progress
        self.summary = Summary()
        self.engine = next(iter(home.ENGINES.values()))
        self.pointer, self.earlier = self._open_earlier()
        if self.earlier is not None:
            self.folders = list(self.earlier.meta.folders)
        else:
            self.folders = list(self.pointer.folders) if self.pointer else []
        self.known: Mapping[str, FileEntry] = self.earlier.files() if self.earlier else {}
        self._sorted = sorted(self.known)
        self._added: Counter[str] = Counter()  # digests of new files, and ...
        self._removed: Counter[str] = Counter()  # of those that are no longer there
        self._there: dict[str, bool] = {}  # what files lacked, and whether it is installed now
        self.refreshed: list[Folder] = []
        self.closed: list[str] = []  # prefixes of files below which nothing could be listed
        self.offline: list[Folder] = []

    def _open_earlier(self) -> tuple[home.Pointer | None, Reader | None]:
        """The index as it is. A rebuild takes what it can still read, and goes on without the rest."""
        try:
            pointer = home.read_pointer(self.directory)
        except CorruptIndexError:
            if not self.rebuild:
                raise
            pointer = None
        if pointer is None:
            return self._open_salvaged()
        try:
            reader = home.open_reader(self.directory)
        except IndexStateError:
            if not self.rebuild:
                raise
            return pointer, home.open_for_carrying(self.directory, pointer)
        if pointer.folders != reader.meta.folders:  # a run was stopped between its commit and this
            pointer = replace(pointer, folders=reader.meta.folders)
            home.write_pointer(self.directory, pointer)
        return pointer, reader

    def _open_salvaged(self) -> tuple[home.Pointer | None, Reader | None]:
        """Without gaoku.json an index may still be there: it counts, and is never built over."""
        found = home.salvage(self.directory)
        if found is None:
            return None, None
        if found.problem is not None:
            if not self.rebuild:
                raise found.problem
        else:
            home.write_pointer(self.directory, found.pointer)
        return found.pointer, found.reader

    # -- folders ---------------------------------------------------------------------------------

    def choose_folders(self, paths: Sequence[Path]) -> None:
        """Settle which folders this run refreshes, and remember the new ones."""
        if not paths and not self.folders:
            if not self.settings.corpus.is_dir():
                raise NotFoundError(
                    "no folder is known yet: name the one with your reports: gaoku index PATH"
                )
            paths = [corpus.resolve_folder(self.settings.corpus)]
        chosen = [self._folder_for(path) for path in paths]
        for folder in self.folders if self.rebuild or not paths else dict.fromkeys(chosen):
            missing = self._missing(folder)
            if missing:
                self.offline.append(folder)
                self.summary.warnings.append(
                    f"{missing}: {folder.path} — its reports stay in the index; connect it and run "
                    f"again, or take it out with: gaoku forget {folder.path}"
                )
            else:
                self.refreshed.append(folder)

    def _missing(self, folder: Folder) -> str | None:
        """Why a folder's files cannot be seen now; None if they can.

        A network drive that is not connected leaves an empty folder behind where it was mounted: nothing
        at all where several files were is taken for that. A folder with a mark is there, empty or not.
        """
        path = Path(folder.path)
        held = sum(_in_folder(f, folder) and entry.reports > 0 for f, entry in self.known.items())
        try:
            if not path.is_dir():
                return "folder not there"
        except OSError as error:  # a network path that has gone stale
            return f"folder cannot be reached ({error.strerror})"
        # Of a remembered folder whose earlier content cannot be asked for, emptiness is suspect as such.
        suspect = held >= 2 or (self.rebuild and self.earlier is None and self.pointer is not None)
        try:
            suspect = suspect and identity.mark_of(path) is None
            names = (p.name for p in path.iterdir())
            empty = suspect and all(corpus.is_excluded(n, self.settings.exclude) for n in names)
        except OSError:
            return None  # the walk says why
        return "folder is empty" if empty else None

    def _folder_for(self, path: Path) -> Folder:
        """The remembered folder that ``path`` is or lies in; else a new one, which must be there."""
        for folder in self.folders:
            root = Path(folder.path)
            if path == root or (root in path.parents and (path.exists() or not root.is_dir())):
                return folder
        if not path.exists():
            raise NotFoundError(f"folder not found: {path} — check the path, or connect the drive")
        new = Folder(corpus.label_for(path, (f.label for f in self.folders)), str(path))
        self.folders.append(new)
        return new

    def forget(self, path: Path) -> None:
        """Take a folder out and commit."""
        gone = _matching(path, self.folders)
        self.folders = [f for f in self.folders if f not in gone]
        files = [f for f in self.known if any(_in_folder(f, g) for g in gone)]
        self.summary.files.removed = len(files)
        with self._writing() as writer:
            for file in files:
                writer.drop(file)

    # -- files -----------------------------------------------------------------------------------

    def go(self) -> None:
        """Walk, sort out, read, write, commit."""
        found = self._walk()
        work, stamps = self._sort_out(found)
        gone = self._gone(found)
        nothing = not work and not gone and not stamps and not self.rebuild
        if nothing and self.earlier and tuple(self.folders) == self.earlier.meta.folders:
            self.summary.counts = self.earlier.counts()
            self.summary.entries = list(self.known.values())
            self.earlier.close()
            return
        with self._writing() as writer:
            for file in gone:
                self._drop(writer, file)
            for entry in stamps:
                writer.update(entry)
            if self.rebuild:
                self._carry_over(writer)
            self._read_and_write(writer, work)
            self._pair_moved()

    def _read_and_write(self, writer: Writer, work: Sequence[_Work]) -> None:
        """Read the files, several at once, and write what they hold."""
        total = len(work)
        jobs = [Job(Place(item.found.path), item.entry) for item in work]
        limits = Limits(self.settings.file_seconds, self.settings.file_memory << 20)

        def inside(job: Job, outcome: Outcome) -> list[Job]:
            nonlocal total
            new = self._members(writer, job, outcome)
            total += len(new)
            return new

        folders = Folders(self.directory / home.SCRATCH, self.directory / home.OCR)
        with Workers(self.jobs, limits, folders, self.on_page) as workers:
            self.progress(0, total, "")
            for n, (job, outcome) in enumerate(workers.read(jobs, inside), 1):
                self._index_file(writer, self.known.get(job.entry.file), outcome)
                if job.place.depth and job.entry.failed is None:
                    job.place.path.unlink(missing_ok=True)
                self.progress(n, total, job.entry.file)

    def _members(self, writer: Writer, job: Job, outcome: Outcome) -> list[Job]:
        """The files inside a file that are to be read; those that are no longer there are dropped."""
        file = job.entry.file
        if outcome.entry.failed is not None and file in self.known:
            self._keep_inside(file)  # as the text of a file would be
            if self.rebuild:
                for kept in self._inside(file):
                    writer.put(self.known[kept], self._earlier_reports(kept))
            return []
        new: list[Job] = []
        there = set()
        # Whatever a reader gives: two files of one name would be one in the index, and each drop the other.
        called = distinct([member.name for member in outcome.inside])
        for member, name in zip(outcome.inside, called, strict=True):
            entry = FileEntry(f"{file}/{name}", member.digest, outcome.entry.stamp, failed=member.problem)
            there.add(entry.file)
            self.summary.files.seen += 1
            known = None if self.rebuild else self.known.get(entry.file)
            again = self._to_try_again(entry.file) or (known is not None and self._reads_more_now(known))
            if known and self._is_same(known, entry.digest) and not again:
                self.summary.files.unchanged += 1
                self._keep_inside(entry.file)
                member.path.unlink()
                if known.failed is not None:
                    writer.update(replace(known, stamp=entry.stamp, failed=None))
            else:
                new.append(Job(Place(member.path, job.place.depth + 1), entry))
        for old in self._inside(file):
            if there.isdisjoint([old, *_around(old)]):
                self._drop(writer, old)
        return new

    def _is_same(self, known: FileEntry, digest: str) -> bool:
        """Whether what the index holds of a file was read from this content."""
        return known.digest == digest and (known.failed is None or self._holds(known))

    def _holds(self, known: FileEntry) -> bool:
        """Whether the index holds text of a file, or of files inside it."""
        return known.reports > 0 or bool(self._inside(known.file))

    def _inside(self, file: str) -> list[str]:
        """The known files inside a file, at any depth."""
        first, end = (bisect_left(self._sorted, file + sign) for sign in "/0")  # "0" comes after "/"
        return self._sorted[first:end]

    def _drop(self, writer: Writer, file: str) -> None:
        """Take out a file that is no longer there."""
        writer.drop(file)
        self.summary.files.removed += 1
        self._removed[self.known[file].digest] += 1

    def _to_try_again(self, file: str) -> bool:
        """Whether a file inside this one could not be read for a reason that may have gone."""
        inside = (self.known[f] for f in self._inside(file))
        return any(
            (entry.failed is not None and entry.stamp is None) or self._reads_more_now(entry)
            for entry in inside
        )

    def _reads_more_now(self, known: FileEntry) -> bool:
        """Whether more of a file may be read than the last time."""
        if known.extra is not None and known.extra not in self._there:  # looked for once a run
            there = convert.available() if known.extra == convert.NAME else installed(known.extra)
            self._there[known.extra] = there
        return known.again or (known.extra is not None and self._there[known.extra])

    def _keep_inside(self, file: str) -> None:
        """Count the files inside a file that is not opened."""
        for kept in self._inside(file):
            entry = self.known[kept]
            self.summary.files.seen += 1
            if entry.failed is None:
                self.summary.files.unchanged += 1
            else:
                self.summary.files.failed += 1
                self.summary.failed.append((kept, entry.failed))

    def _walk(self) -> list[FoundFile]:
        """Every file of the folders that are refreshed."""
        found: list[FoundFile] = []
        for folder in self.refreshed:
            walk = corpus.walk(folder, self.settings.exclude, self.folders, self.directory)
            self.summary.files.ignored += walk.ignored
            found += walk.files
            for prefix, reason in walk.closed.items():
                self.closed.append(prefix)
                self.summary.failed.append((prefix, reason))
                self.summary.files.failed += 1
                # What cannot be listed is not gone.
                found += [FoundFile(f, Path(), reason) for f in self.known if f.startswith(prefix)]
        return found

    def _sort_out(self, found: Iterable[FoundFile]) -> tuple[list[_Work], list[FileEntry]]:
        """The files to be read, and the entries of those that only have another stamp."""
        work: list[_Work] = []
        stamps: list[FileEntry] = []
        tally = self.summary.files
        for item in found:
            known = None if self.rebuild else self.known.get(item.file)
            if item.path == Path():  # below a folder that cannot be listed
                continue
            tally.seen += 1
            try:
                if item.problem:
                    raise UnreadableError(item.problem)
                stamp = corpus.stamp_of(item.path, time.time_ns())
                again = self._to_try_again(item.file) or (known is not None and self._reads_more_now(known))
                if known and corpus.same_stamp(known.stamp, stamp) and not again:
                    if known.failed is None:
                        tally.unchanged += 1
                        self._keep_inside(item.file)
                    else:  # what it holds cannot be read, and it holds the same
                        tally.failed += 1
                        self.summary.failed.append((known.file, known.failed))
                    continue
                digest = corpus.digest_of(item.path, stamp)
                if known and self._is_same(known, digest) and not again:
                    tally.unchanged += 1
                    self._keep_inside(item.file)
                    if known.stamp != stamp or known.failed:
                        stamps.append(replace(known, stamp=stamp, failed=None))
                    continue
                work.append(_Work(item, FileEntry(item.file, digest, stamp)))
            except UnreadableError as error:
                work.append(_Work(item, FileEntry(item.file, "", None, failed=str(error))))
        return work, stamps

    def _gone(self, found: Iterable[FoundFile]) -> list[str]:
        """Known files of the refreshed folders that are no longer there."""
        there = {item.file for item in found}
        return [
            f
            for f in self.known
            if any(_in_folder(f, g) for g in self.refreshed)
            and there.isdisjoint([f, *_around(f)])  # what reading the file around it says is still open
        ]

    def _pair_moved(self) -> None:
        """Count new files that are a gone one under another name, of the same content, as moved."""
        tally, moved = self.summary.files, (self._added & self._removed).total()
        tally.moved += moved
        tally.added -= moved
        tally.removed -= moved

    def _index_file(self, writer: Writer, known: FileEntry | None, outcome: Outcome) -> None:
        """Write what a file holds, or why it cannot be read; ``known``: the file as it was."""
        entry, tally = outcome.entry, self.summary.files
        if entry.failed is None:
            writer.put(entry, outcome.reports)
            if known and known.failed is None and known.digest == entry.digest:
                tally.unchanged += 1  # read again by a rebuild
            elif known is None:
                tally.added += 1
                self._added[entry.digest] += 1
            elif known.failed is not None and not self._holds(known):
                tally.added += 1
            else:
                tally.changed += 1
            return
        tally.failed += 1
        self.summary.failed.append((entry.file, entry.failed))
        if known and self._holds(known):
            # The text it had is kept: a file that is locked or half saved loses nothing.
            kept = replace(known, failed=entry.failed, stamp=None)
            if self.rebuild:
                writer.put(kept, self._earlier_reports(entry.file))
            else:
                writer.update(kept)
            self.summary.warnings.append(f"{entry.file}: cannot be read now, the text it had before is kept")
        else:
            writer.put(entry, ())

    def _carry_over(self, writer: Writer) -> None:
        """In a rebuild: files of folders that are not there, or cannot be listed, keep their reports."""
        kept = [
            f
            for f in self.known
            if any(_in_folder(f, g) for g in self.offline) or f.startswith(tuple(self.closed))
        ]
        for file in kept:
            writer.put(self.known[file], self._earlier_reports(file))

    def _earlier_reports(self, file: str) -> tuple[Report, ...]:
        """The reports that the index holds of a known file."""
        try:
            return tuple(self._earlier_report(file, n + 1) for n in range(self.known[file].reports))
        except CorruptIndexError as error:
            folder = self.offline[0].path if self.offline else file.partition("/")[0]
            raise GaokuError(_LOST.format(folder=folder)) from error

    def _earlier_report(self, file: str, ordinal: int) -> Report:
        filed = self.earlier.report(report_id(file, ordinal)) if self.earlier else None
        if filed is None:
            raise CorruptIndexError(f"the index does not hold report {ordinal} of {file}")
        return filed.report

    # -- commit ----------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[Writer]:
        """A writer whose work is committed at the end, or forgotten if anything goes wrong."""
        if self.rebuild and self.offline and self.earlier is None:
            raise GaokuError(_LOST.format(folder=self.offline[0].path))
        if self.pointer is None or self.rebuild:
            current = home.next_name(self.directory, self.engine)
        else:
            current = self.pointer.current
        writer = self.engine.writer(self.directory / current, self.jobs)
        try:
            yield writer
            now = datetime.now(timezone.utc).isoformat(timespec="seconds")
            meta = IndexMeta(now, tuple(self.folders), home.versions(self.engine))
            writer.commit(meta)
        except BaseException:
            with suppress(Exception):
                writer.cancel()
            raise
        if self.earlier:
            self.earlier.close()
        home.write_pointer(
            self.directory, home.Pointer(self.engine.name, current, meta.analysis, meta.folders)
        )
        home.clean(self.directory, current)
        reader = home.open_reader(self.directory)
        self.summary.counts = reader.counts()
        self.summary.entries = list(reader.files().values())
        reader.close()
        kept = ocr.Kept(self.directory / home.OCR, ocr.version())
        there = {entry.digest for entry in self.summary.entries}
        kept.clean(there, {entry.digest for entry in self.known.values()} - there, _ORPHANED)


def _prepare(directory: Path, summary: Summary, progress: Progress) -> None:
    """Make what is kept beside the index of what it now holds, unless it is there already.

    That follows from the index: a run that ends before it is on disk has lost nothing but time.
    """
    reader = home.open_reader(directory)
    try:
        summary.warnings += prepared.bring(directory, reader, lambda: progress(0, 0, "comparing texts"))
    finally:
        reader.close()


def _matching(path: Path, folders: Sequence[Folder]) -> list[Folder]:
    """The remembered folder that a path or a label names. Raises NotFoundError."""
    wanted = {str(path.absolute()), str(path.resolve())}
    found = [f for f in folders if f.path in wanted or f.label == str(path)]
    if not found:
        have = ", ".join(f.path for f in folders) or "none"
        raise NotFoundError(f"the index does not hold the folder {path}; it holds: {have}")
    return found


@dataclass(frozen=True, slots=True)
class _Work:
    """A file to be read."""

    found: FoundFile
    entry: FileEntry


def _around(file: str) -> list[str]:
    """The paths that a file lies below, the nearest first."""
    return [str(path) for path in PurePosixPath(file).parents][:-1]


def _in_folder(file: str, folder: Folder) -> bool:
    return file.startswith(folder.label + "/")
