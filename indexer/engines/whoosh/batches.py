"""Batches of files, tokenised in other processes where there is much."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from pathlib import Path

from indexer.engines.whoosh.frequencies import Frequencies
from indexer.engines.whoosh.segments import Contents, Words, words_of
from indexer.engines.whoosh.tokenising import contents_of, handed_over, packed, words_handed_over
from indexer.handover import Parcel, received, sent
from indexer.model import FileEntry, IndexMeta, Report
from indexer.pools import executor, processors

BATCH = 1_000_000  # bytes: some 100 ms of work, so that few are put together and each processor has some
_AHEAD = 2  # batches for each process that may wait for one
_SECONDS = 600.0  # that a batch, or all words, may take: a file is never split
_WORDS = 512 << 20  # bytes of words that a process may put together: more than a segment of text has
_ROOM = 8  # times their bytes free on the disk: they lie there twice, beside four times as much of a segment
_MEMORY = 4 << 30  # bytes that a process may need for one


class Batches:
    """Files go in, contents of segments come out, in the same order."""

    def __init__(self, scratch: Path, processes: int | None = None) -> None:
        """``scratch``: a folder for what comes from the processes; it is there while they are."""
        self._files: list[bytes] = []
        self._size = 0
        self._most = processes or processors()
        self._executor: ProcessPoolExecutor | None = None
        self._scratch = scratch
        self._alone = False  # whether the disk has no room for what they make
        self._sent: deque[tuple[Future[Parcel] | None, list[bytes]]] = deque()

    def put(self, entry: FileEntry, reports: Sequence[Report]) -> None:
        """Add a file."""
        if self._size >= BATCH:  # so that one batch alone never leaves this process
            self._sent.append((self._started(self._files), self._files))
            self._files, self._size = [], 0
        self._files.append(packed(entry, reports))
        self._size += len(self._files[-1])

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
        self._files, self._size = [], 0
        while self._sent:
            yield self._received()
        yield last

    def together(self, contents: Sequence[Contents]) -> Words:
        """Have the words of contents, one behind the other, put together in a process if that is worth while.

        It is a third of the work that is left when all is tokenised, and the processes have no other then.
        """
        future = self._words_started(contents)

        def words() -> Sequence[Frequencies]:
            if future is not None:
                with suppress(BrokenExecutor, MemoryError, OSError, TooLate):
                    return [received(future.result(_SECONDS))]
            return words_of(contents)

        return words

    def close(self) -> None:
        """End the processes; what they have not finished is lost."""
        self._sent.clear()
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = None
        shutil.rmtree(self._scratch, ignore_errors=True)  # one that is late finds no folder, and ends

    def _started(self, files: list[bytes]) -> Future[Parcel] | None:
        """A batch under way in a process; None where there can be none."""
        if self._alone:
            return None
        try:
            self._scratch.mkdir(exist_ok=True)
            self._executor = self._executor or executor(self._most, _MEMORY)
            return self._executor.submit(handed_over, files, self._scratch)
        except (BrokenExecutor, OSError, RuntimeError):
            return None

    def _words_started(self, contents: Sequence[Contents]) -> Future[Parcel] | None:
        """Words under way in a process; None where they are better put together here."""
        size = sum(one.words.nbytes for one in contents)
        if self._executor is None or self._alone or self._most == 1 or len(contents) == 1 or size > _WORDS:
            return None
        parcel: Parcel | None = None
        try:
            if shutil.disk_usage(self._scratch).free < _ROOM * size:
                return None
            parcel = sent(words_of(contents), self._scratch)
            return self._executor.submit(words_handed_over, parcel, self._scratch)
        except (OSError, RuntimeError):  # no room after all; no processes any more
            if parcel is not None:
                parcel.path.unlink(missing_ok=True)
            return None

    def _received(self) -> Contents:
        """The contents of the first batch sent; what cannot be done there is done here."""
        future, files = self._sent.popleft()
        try:
            if future is not None:
                contents: Contents = received(future.result(_SECONDS))
                return contents
        except (BrokenExecutor, MemoryError, TooLate):
            pass
        except OSError:
            self._alone = True
        return contents_of(files)
