"""The directory of OLE compound files ([MS-CFB]), which legacy Office documents are."""

from __future__ import annotations

import struct

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512  # bytes
_ENTRY = 128  # bytes of a directory entry
_LAST = 0xFFFFFFFA  # sector numbers from here on mean "none"
_NONE = 0xFFFFFFFF
_MINI_STREAM_BELOW = 4096  # bytes: smaller streams lie in the stream of the root entry
_SHORT = 64  # bytes of a sector there
_ROOT = 5  # type of the root entry


class DamagedError(ValueError):
    """The container's own tables do not hold together."""


class Compound:
    """The streams and storages at the top of a compound file, by name."""

    def __init__(self, data: bytes) -> None:
        """Raises DamagedError where the directory cannot be read."""
        if len(data) < _HEADER or not data.startswith(MAGIC):
            raise DamagedError("no compound file")
        self._data = data
        shift = struct.unpack_from("<H", data, 30)[0]
        if shift not in (9, 12):
            raise DamagedError("sector size")
        self._size = 1 << shift
        self._table = self._allocation()
        directory = self._joined(struct.unpack_from("<I", data, 48)[0])
        entries = [directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY)]
        if not entries or entries[0][66] != _ROOT:
            raise DamagedError("no root entry")
        self._root = struct.unpack_from("<I", entries[0], 116)[0]
        self._streams = dict(_children(entries))

    @property
    def names(self) -> frozenset[str]:
        """The names at the top."""
        return frozenset(self._streams)

    def stream(self, name: str) -> bytes:
        """The whole of a stream, as far as it is there."""
        start, size = self._streams[name]
        if size < _MINI_STREAM_BELOW:
            return self._small(start, size)
        return self._joined(start)[:size]

    def _small(self, start: int, size: int) -> bytes:
        """A small stream: a chain of short sectors within the stream of the root entry."""
        raw = self._joined(struct.unpack_from("<I", self._data, 60)[0])
        table = struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])
        within, found = self._joined(self._root), b""
        while start < len(table) and len(found) < size:
            found += within[start * _SHORT : (start + 1) * _SHORT]
            if start * _SHORT >= len(within):
                break
            start = table[start]
        return found[:size]

    def _joined(self, start: int) -> bytes:
        return b"".join(self._sector(number) for number in self._chain(start))

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        return self._data[at : at + self._size]

    def _allocation(self) -> list[int]:
        """The sector that follows each sector."""
        data, per_sector = self._data, self._size // 4
        listed = list(struct.unpack_from("<109I", data, 76))
        following = struct.unpack_from("<I", data, 68)[0]
        seen: set[int] = set()
        while following < _LAST and following not in seen:  # tables beyond the 109 of the header
            seen.add(following)
            sector = self._sector(following)
            if len(sector) < self._size:
                break
            *more, following = struct.unpack(f"<{per_sector}I", sector)
            listed += more
        table: list[int] = []
        for number in dict.fromkeys(n for n in listed if n < _LAST):
            sector = self._sector(number)
            if len(sector) < self._size:
                break  # cut short
            table += struct.unpack(f"<{per_sector}I", sector)
        return table

    def _chain(self, number: int) -> list[int]:
        """The sectors of a stream that begins at ``number``, as far as they can be followed."""
        chain: dict[int, None] = {}
        while number < _LAST and number not in chain and (number + 1) * self._size < len(self._data):
            chain[number] = None
            number = self._table[number] if number < len(self._table) else _NONE
        return list(chain)


def _children(entries: list[bytes]) -> list[tuple[str, tuple[int, int]]]:
    """Name, first sector and size in bytes of what the root entry holds: a tree of siblings."""
    found, waiting, seen = [], [struct.unpack_from("<I", entries[0], 76)[0]], set()
    while waiting:
        number = waiting.pop()
        if number >= len(entries) or number in seen:
            continue
        seen.add(number)
        entry = entries[number]
        length, left, right = struct.unpack_from("<H2xII", entry, 64)
        start, size = struct.unpack_from("<II", entry, 116)
        name = entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        found.append((name, (start, size)))
        waiting += [left, right]
    return found
