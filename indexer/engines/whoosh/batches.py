"""Batches of files, tokenised in other processes where there is much."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as TooLate

from indexer.engines.whoosh.segments import Contents
from indexer.engines.whoosh.tokenising import Filed, contents_of, contents_of_packed, packed
from indexer.model import FileEntry, IndexMeta, Report
from indexer.pools import executor, processors

BATCH = 600_000  # characters: some 200 ms of work, so that few are put together and each processor has some
_RECORD = 200  # characters that the names and figures of a record are counted as, beside its texts
_AHEAD = 2  # batches for each process that may wait for one
_SECONDS = 600.0  # that a batch may take: a file is never split
_MEMORY = 4 << 30  # bytes that a process may need for one


class Batches:
    """Files go in, contents of segments come out, in the same order."""

    def __init__(self, processes: int | None = None) -> None:
        self._files: list[Filed] = []
        self._characters = 0
        self._most = processes or processors()
        self._executor: ProcessPoolExecutor | None = None
        self._sent: deque[tuple[Future[Contents] | None, list[Filed]]] = deque()

    def put(self, entry: FileEntry, reports: Sequence[Report]) -> None:
        """Add a file."""
        if self._characters >= BATCH:  # so that one batch alone never leaves this process
            self._sent.append((self._started(self._files), self._files))
            self._files, self._characters = [], 0
        self._files.append((entry, reports))
        self._characters += _characters(entry, reports)

    def ready(self) -> Iterator[Contents]:
        """What is tokenised of it by now; waits where too much is under way."""
        while self._sent:
            future, _ = self._sent[0]
            if future is not None and not future.done() and len(self._sent) <= _AHEAD * self._most:
                return
            yield self._received()

    def finish(self, meta: IndexMeta) -> Iterator[Contents]:
        """The rest, and the index's own record."""
        last = contents_of(self._files, meta)
        self._files, self._characters = [], 0
        while self._sent:
            yield self._received()
        yield last

    def close(self) -> None:
        """End the processes; what they have not finished is lost."""
        self._sent.clear()
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = None

    def _started(self, files: list[Filed]) -> Future[Contents] | None:
        """A batch under way in a process; None where there can be none."""
        try:
            self._executor = self._executor or executor(self._most, _MEMORY)
            return self._executor.submit(contents_of_packed, packed(files))
        except (BrokenExecutor, OSError, RuntimeError):
            return None

    def _received(self) -> Contents:
        """The contents of the first batch sent; what cannot be done there is done here."""
        future, files = self._sent.popleft()
        try:
            if future is not None:
                return future.result(_SECONDS)
        except (BrokenExecutor, MemoryError, OSError, TooLate):
            pass
        return contents_of(files)


def _characters(entry: FileEntry, reports: Sequence[Report]) -> int:
    """Of all that is stored: about so long is what is held of a file, and sent."""
    texts: list[str | None] = [entry.file, entry.failed, *entry.warnings]
    records = 1 + len(reports)
    for report in reports:
        records += len(report.sections)
        texts += (report.title, report.unit)
        texts += (removed.text for removed in report.removed)
        for section in report.sections:
            texts.append(section.heading)
            texts += section.path
            texts += section.paragraphs
    return _RECORD * records + sum(map(len, filter(None, texts)))
