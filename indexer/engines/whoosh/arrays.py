"""Numpy arrays in one file, mapped into memory.

::

    bytes                     what
    0 …                       the arrays, one behind the other, each at a multiple of ALIGNMENT
    end - 24 - n … end - 24   the directory, JSON: name -> [dtype, items, first byte, CRC-32]
    end - 24 … end            its length n (u64), its CRC-32 (u64) and MAGIC, little-endian

Arrays are little-endian, of one dimension, and never change once they are written. Opening a file reads its
directory alone; an array is read where it is touched. The order is that of writing, with the directory last,
as in the files of sorted tables of log-structured stores (Chang et al., *Bigtable*, 2006): whatever is
written once, from front to back, can be written in pieces that are never held whole.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.stretches import ALIGNMENT

MAGIC = b"gaokuar1"
_FOOTER = struct.Struct("<QQ8s")
_AHEAD = 2  # times that the thread may be told to write something before it has written what it was told
_ENOUGH = 1 << 20  # bytes for which the thread is told: telling takes as long as writing a twentieth of them
_CHUNK = 1 << 22  # bytes that a checksum is taken of at a time

Array = NDArray[Any]


class Writes(Protocol):
    """What arrays can be given to."""

    def add(self, name: str, array: Array) -> None:
        """Take an array of one dimension, which nobody changes from now on."""

    def add_pieces(self, name: str, dtype: np.dtype[Any], pieces: Iterable[Array]) -> None:
        """Take an array that comes in pieces and is never held whole; nobody changes a piece from then on."""


class ArraysWriter:
    """Writes arrays to ``file``, which is new and open for writing; nothing counts before :meth:`finish`.

    They are written, and their checksums taken, by a thread of its own, while the next ones are made:
    ``_ENOUGH`` bytes or more at a time, so that a small file is written at its end, without a thread. The
    thread ends with the ``with`` that the writer is used in.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._directory: dict[str, tuple[str, int, int, int]] = {}
        self._thread = ThreadPoolExecutor(1)
        self._started: deque[Future[None]] = deque()
        self._gathered: list[tuple[str, Array]] = []
        self._bytes = 0

    def __enter__(self) -> ArraysWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def add(self, name: str, array: Array) -> None:
        self.add_pieces(name, array.dtype, (array,))

    def add_pieces(self, name: str, dtype: np.dtype[Any], pieces: Iterable[Array]) -> None:
        if name in self._directory:
            raise ValueError(f"the array {name} is there already")
        dtype = dtype.newbyteorder("<")
        self._directory[name] = (dtype.str, 0, -1, 0)
        self._gather(name, np.empty(0, dtype))
        for piece in pieces:
            self._gather(name, np.ascontiguousarray(piece, dtype=dtype))

    def finish(self) -> None:
        """Write the directory; what was written is on disk then."""
        while self._started:
            self._started.popleft().result()
        self._write(self._gathered)
        directory = json.dumps(self._directory).encode("ascii")
        self._file.write(directory)
        self._file.write(_FOOTER.pack(len(directory), zlib.crc32(directory), MAGIC))
        self._file.flush()
        os.fsync(self._file.fileno())

    def _gather(self, name: str, piece: Array) -> None:
        """Have the thread write a piece and those before it, when there is enough of them."""
        self._gathered.append((name, piece))
        self._bytes += piece.nbytes
        if self._bytes < _ENOUGH:
            return
        if len(self._started) == _AHEAD:
            self._started.popleft().result()
        self._started.append(self._thread.submit(self._write, self._gathered))
        self._gathered, self._bytes = [], 0

    def _write(self, pieces: list[tuple[str, Array]]) -> None:
        for name, piece in pieces:
            dtype, items, start, checksum = self._directory[name]
            if start < 0:
                self._file.write(bytes(-self._file.tell() % ALIGNMENT))
                start = self._file.tell()
            data = piece.view(np.uint8).data
            self._file.write(data)
            self._directory[name] = (dtype, items + len(piece), start, zlib.crc32(data, checksum))


class Arrays:
    """A file of arrays, for reading; the mapping lasts as long as an array of it is held.

    Raises ValueError where it is none, or is damaged where that shows.
    """

    def __init__(self, file: IO[bytes]) -> None:
        """``file``: open for reading; it may be closed afterwards."""
        if os.fstat(file.fileno()).st_size < _FOOTER.size:
            raise ValueError("not a file of arrays: too short")
        self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        end = len(self._map) - _FOOTER.size
        length, checksum, magic = _FOOTER.unpack_from(self._map, end)
        if magic != MAGIC or length > end:
            raise ValueError("not a file of arrays: its end is another's")
        directory = self._map[end - length : end]
        if zlib.crc32(directory) != checksum:
            raise ValueError("the directory of a file of arrays is damaged")
        self._directory: dict[str, tuple[str, int, int, int]] = json.loads(directory)

    def __contains__(self, name: str) -> bool:
        return name in self._directory

    def __iter__(self) -> Iterator[str]:
        return iter(self._directory)

    def __getitem__(self, name: str) -> Array:
        """An array as it lies on disk, not to be written to. Raises KeyError."""
        dtype, items, start, _ = self._directory[name]
        return np.frombuffer(self._map, dtype, items, start)

    def damaged(self) -> list[str]:
        """The names of the arrays that are not as they were written."""
        return [name for name in self if self._checksum(name) != self._directory[name][3]]

    def _checksum(self, name: str) -> int:
        data = self[name].view(np.uint8).data
        total = 0
        for at in range(0, len(data), _CHUNK):
            total = zlib.crc32(data[at : at + _CHUNK], total)
        return total
