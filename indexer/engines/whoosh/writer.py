"""Writing: an update is one Whoosh commit, which becomes visible with the renaming of one file.

::

    put ─> batches of files ─> tokenised, in other processes ─> held, mapped ─> segment ─> merge, commit
           (batches.py)        (tokenising.py)                  up to MOST      (segments.py)

What is held at a time is bounded, whatever the update: when there is as much of it as a segment may have, it
is written as one, which counts with the commit alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from whoosh import index as whoosh_index
from whoosh.index import TOC, clean_files

from indexer.engines.whoosh import checksums
from indexer.engines.whoosh.batches import Batches
from indexer.engines.whoosh.damage import guarded_writing
from indexer.engines.whoosh.merging import MOST, to_merge
from indexer.engines.whoosh.schema import schema
from indexer.engines.whoosh.segments import Contents, Segment, Words, write_segment
from indexer.engines.whoosh.storage import DurableStorage
from indexer.errors import LockedIndexError
from indexer.model import FileEntry, IndexMeta, Report

_SCRATCH = "scratch"  # the folder of what comes from other processes


class WhooshWriter:
    """Writer: see :class:`indexer.engines.base.Writer`."""

    def __init__(self, directory: Path, processes: int | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        checksums.require_whole(directory)
        self._directory = directory
        self._storage = DurableStorage(str(directory))
        try:
            index = whoosh_index.FileIndex(self._storage, schema())
        except whoosh_index.EmptyIndexError:
            index = whoosh_index.FileIndex.create(self._storage, schema())
        self._name = index.indexname
        self._lock = index.lock("WRITELOCK")
        if not self._lock.acquire():
            raise LockedIndexError("另一个程序正在更新索引 (another run is updating the index)")
        try:
            toc = TOC.read(self._storage, self._name, schema=schema())
            self._committed = toc  # the state of the index, and of this update once it counts
            self._segments = [Segment(self._storage, segment) for segment in toc.segments]
        except BaseException:
            self._lock.release()
            raise
        self._locked = True
        shutil.rmtree(directory / _SCRATCH, ignore_errors=True)  # of a run that was killed
        self._batches = Batches(directory / _SCRATCH, processes)
        self._held: list[Contents] = []

    @guarded_writing
    def put(self, entry: FileEntry, reports: Sequence[Report]) -> None:
        self.drop(entry.file)
        self._batches.put(entry, reports)
        self._hold(self._batches.ready())

    @guarded_writing
    def update(self, entry: FileEntry) -> None:
        for segment in self._segments:
            segment.delete(entry.file, reports=False)
        self._batches.put(entry, ())

    @guarded_writing
    def drop(self, file: str) -> None:
        for segment in self._segments:
            segment.delete(file)

    @guarded_writing
    def commit(self, meta: IndexMeta) -> None:
        for segment in self._segments:
            segment.delete_meta()
        self._hold(self._batches.finish(meta))
        self._merge()
        self._close()
        segments = [segment.segment for segment in self._segments]
        toc = TOC(schema(), segments, self._committed.generation + 1)
        toc.write(self._storage, self._name)
        # The update counts. Whatever ends the run from here on, even by cancelling it, must not take it back.
        self._committed = toc
        self._end()
        checksums.write(self._directory)

    def cancel(self) -> None:
        self._held = []  # what is mapped cannot be removed everywhere
        self._close()
        self._end()

    def _end(self) -> None:
        """Leave the index as it is: without segments that were merged, or are not to be, and without what
        runs that were killed have left."""
        try:
            for unfinished in self._directory.glob(f"_{self._name}_*.toc.*"):
                unfinished.unlink(missing_ok=True)
            clean_files(self._storage, self._name, self._committed.generation, self._committed.segments)
        finally:
            if self._locked:
                self._locked = False
                self._lock.release()

    def _hold(self, made: Iterable[Contents]) -> None:
        """Take what is tokenised, and write a segment when there is enough."""
        for contents in made:
            self._held.append(contents)
            if sum(c.characters for c in self._held) >= MOST:
                self._write(self._held)

    def _merge(self) -> None:
        """Write what is held, with earlier segments if they are small."""
        taken = to_merge(sum(c.characters for c in self._held), self._segments)
        self._segments = [segment for segment in self._segments if segment not in taken]
        if taken or self._held:
            contents = [*(segment.contents() for segment in taken), *self._held]
            self._write(contents, self._batches.together(contents))
        for segment in taken:
            segment.close()

    def _write(self, contents: Sequence[Contents], words: Words | None = None) -> None:
        written = write_segment(self._storage, self._name, contents, words)
        self._segments.append(Segment(self._storage, written))
        self._held = []

    def _close(self) -> None:
        self._batches.close()
        for segment in self._segments:
            segment.close()
