"""Compound files (OLE2, [MS-CFB]), the container of old Office files: the streams at the top of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from indexer.errors import UnreadableError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST_SECTOR = 0xFFFFFFFA  # greater numbers are marks: free, end of chain
_NOTHING = 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5  # kinds of entries
_SHORT = 64  # bytes of a sector of small streams, which lie in the stream of the root entry
_DAMAGED = "旧版 Office 文件已损坏或不完整 (damaged or truncated compound file)"


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class Compound:
    """A compound file. Raises UnreadableError where it is damaged; no chain is followed twice round."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(MAGIC) or len(data) < 512:
            raise UnreadableError(_DAMAGED)
        self._data = data
        (shift, mini_shift) = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise UnreadableError(_DAMAGED)
        self._sector = 1 << shift
        (directory, _, self._cutoff, mini_fat, _, difat, _) = struct.unpack_from("<7I", data, 48)
        self._fat = self._numbers(self._fat_sectors(difat))
        self._entries = self._directory(self._bytes(directory))
        self._mini_fat = mini_fat
        self._top = self._children(self._entries[0].child)

    @property
    def names(self) -> frozenset[str]:
        """The names of streams and storages at the top."""
        return frozenset(self._top)

    def stream(self, name: str) -> bytes | None:
        """The bytes of the stream of this name at the top; None if there is none.

        Raises UnreadableError where its chain is broken.
        """
        entry = self._top.get(name)
        if entry is None or entry.kind != _STREAM:
            return None
        if entry.size >= self._cutoff:
            return self._bytes(entry.start)[: entry.size]
        table = self._numbers(self._chain(self._mini_fat, self._fat))
        within = self._bytes(self._entries[0].start)
        pieces = [within[s * _SHORT : (s + 1) * _SHORT] for s in self._chain(entry.start, table)]
        return b"".join(pieces)[: entry.size]

    def _at(self, sector: int) -> bytes:
        return self._data[(sector + 1) * self._sector : (sector + 2) * self._sector]

    def _fat_sectors(self, difat: int) -> list[int]:
        listed = list(struct.unpack_from("<109I", self._data, 76))
        seen = set()
        while difat < _LAST_SECTOR:
            block = self._at(difat)
            if difat in seen or len(block) < self._sector:
                raise UnreadableError(_DAMAGED)
            seen.add(difat)
            *more, difat = struct.unpack(f"<{self._sector // 4}I", block)
            listed += more
        found = [s for s in listed if s < _LAST_SECTOR]
        if len(found) != len(set(found)):
            raise UnreadableError(_DAMAGED)
        return found

    def _numbers(self, sectors: list[int]) -> tuple[int, ...]:
        raw = b"".join(self._at(s) for s in sectors)
        return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])

    def _chain(self, start: int, table: tuple[int, ...]) -> list[int]:
        chain: list[int] = []
        while start < _LAST_SECTOR:
            if start >= len(table) or len(chain) > len(table):
                raise UnreadableError(_DAMAGED)
            chain.append(start)
            start = table[start]
        return chain

    def _bytes(self, start: int) -> bytes:
        return b"".join(self._at(s) for s in self._chain(start, self._fat))

    def _directory(self, raw: bytes) -> list[_Entry]:
        entries = []
        for at in range(0, len(raw) - 127, 128):
            length, kind = struct.unpack_from("<HB", raw, at + 64)
            left, right, child = struct.unpack_from("<3I", raw, at + 68)
            start, size = struct.unpack_from("<II", raw, at + 116)
            name = raw[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            entries.append(_Entry(name, kind, left, right, child, start, size))
        if not entries or entries[0].kind != _ROOT:
            raise UnreadableError(_DAMAGED)
        return entries

    def _children(self, root: int) -> dict[str, _Entry]:
        found: dict[str, _Entry] = {}
        waiting, seen = [root], set()
        while waiting:
            number = waiting.pop()
            if number == _NOTHING or number in seen or number >= len(self._entries):
                continue
            seen.add(number)
            entry = self._entries[number]
            if entry.kind in (_STORAGE, _STREAM):
                found[entry.name] = entry
            waiting += [entry.left, entry.right]
        return found
