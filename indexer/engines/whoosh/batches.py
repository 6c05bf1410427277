"""Batches of files, tokenised in other processes where there is much."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from indexer.engines.whoosh.segments import Contents
from indexer.engines.whoosh.tokenising import Filed, contents_of, contents_of_packed, packed
from indexer.model import FileEntry, IndexMeta, Report
from indexer.pools import CrashError, LimitError, NoWorkersError, Pool, Task, processors

BATCH = 300_000  # characters: some 50 ms of work, and small enough to be spread evenly
_AHEAD = 2  # batches for each process that may wait for one
_SECONDS = 600.0  # that a batch may take
_MEMORY = 4 << 30  # bytes that it may need: a file is never split


class Batches:
    """Files go in, contents of segments come out, in the same order."""

    def __init__(self) -> None:
        self._files: list[Filed] = []
        self._characters = 0
        self._pool = Pool(processors(), _MEMORY)
        self._sent: deque[tuple[Task, list[Filed]]] = deque()

    def put(self, entry: FileEntry, reports: Sequence[Report]) -> None:
        """Add a file."""
        if self._characters >= BATCH:  # so that one batch alone never leaves this process
            self._send()
        self._files.append((entry, reports))
        self._characters += sum(report.characters for report in reports)

    def ready(self) -> Iterator[Contents]:
        """What is tokenised of it by now; waits where too much is under way."""
        while self._sent:
            task, _ = self._sent[0]
            if len(self._sent) <= _AHEAD * self._pool.most and not task.finished:
                return
            yield self._received()

    def finish(self, meta: IndexMeta) -> Iterator[Contents]:
        """The rest, and the index's own record."""
        last = contents_of(self._files, meta)
        self._files = []
        while self._sent:
            yield self._received()
        yield last

    def close(self) -> None:
        """End the processes."""
        self._pool.close()

    def _send(self) -> None:
        self._pool.expect(self._pool.most)
        task = self._pool.start(contents_of_packed, packed(self._files), seconds=_SECONDS)
        self._sent.append((task, self._files))
        self._files, self._characters = [], 0

    def _received(self) -> Contents:
        task, files = self._sent.popleft()
        try:
            contents: Contents = self._pool.result(task)
        except (CrashError, LimitError, MemoryError, NoWorkersError):
            contents = contents_of(files)  # what cannot be done there is done here
        return contents
