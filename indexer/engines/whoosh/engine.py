"""The engine: opens readers and writers, and checks what is on disk."""

from __future__ import annotations

from pathlib import Path

from indexer.engines.whoosh import checksums
from indexer.engines.whoosh.damage import guarded, guarded_writing
from indexer.engines.whoosh.reader import WhooshReader
from indexer.engines.whoosh.schema import VERSION
from indexer.engines.whoosh.verify import problems
from indexer.engines.whoosh.writer import WhooshWriter
from indexer.errors import CorruptIndexError


class WhooshEngine:
    """Engine: see :class:`indexer.engines.base.Engine`."""

    name = "whoosh"
    version = VERSION

    def reader(self, directory: Path) -> WhooshReader:
        return guarded(WhooshReader)(directory)

    def writer(self, directory: Path, processes: int | None = None) -> WhooshWriter:
        return guarded_writing(WhooshWriter)(directory, processes)

    def committed(self, directory: Path) -> bool:
        # Whoosh writes _MAIN_0.toc for an empty index and counts up with each commit.
        return any(not p.name.endswith("_0.toc") for p in directory.glob("_*.toc"))

    def verify(self, directory: Path) -> list[str]:
        try:
            reader = self.reader(directory)
            try:
                found = guarded(problems)(reader)
            finally:
                reader.close()
        except CorruptIndexError as error:
            found = [str(error)]
        damaged = checksums.damaged(directory) if directory.is_dir() else []
        return [*(f"file {name} is not as it was written" for name in damaged), *found]
