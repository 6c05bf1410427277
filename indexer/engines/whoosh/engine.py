"""The engine: opens readers and writers, and checks what is on disk."""

from __future__ import annotations

import pickle
import struct
import zlib
from pathlib import Path

from whoosh.index import EmptyIndexError
from whoosh.index import IndexError as WhooshIndexError

from indexer.engines.whoosh.reader import WhooshReader
from indexer.engines.whoosh.schema import VERSION
from indexer.engines.whoosh.writer import WhooshWriter
from indexer.errors import CorruptIndexError

#: What Whoosh raises on files that are not what it wrote.
_DAMAGE = (
    WhooshIndexError,
    EmptyIndexError,
    pickle.UnpicklingError,
    struct.error,
    zlib.error,
    OSError,
    ValueError,
    KeyError,
    IndexError,
    EOFError,
    AttributeError,
    TypeError,
    AssertionError,
    MemoryError,
)


class WhooshEngine:
    """Engine: see :class:`indexer.engines.base.Engine`."""

    name = "whoosh"
    version = VERSION

    def reader(self, directory: Path) -> WhooshReader:
        try:
            return WhooshReader(directory)
        except _DAMAGE as error:
            raise CorruptIndexError(
                f"the index is damaged ({type(error).__name__}: {error}); "
                "build it again from your files with: gaoku index --rebuild"
            ) from error

    def writer(self, directory: Path) -> WhooshWriter:
        return WhooshWriter(directory)

    def verify(self, directory: Path) -> list[str]:
        try:
            reader = self.reader(directory)
        except CorruptIndexError as error:
            return [str(error)]
        try:
            return reader.problems()
        except _DAMAGE as error:
            return [f"a part of the index cannot be read ({type(error).__name__}: {error})"]
        finally:
            reader.close()
