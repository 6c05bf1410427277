"""Word 97 files as tests need them: text in pieces as fast saving left it, without any formatting."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from indexer.readers.compound import MAGIC

_SECTOR = 512
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def container(streams: dict[str, bytes]) -> bytes:
    """A compound file with these streams at its top: a header, a table, a directory, the streams."""
    chains, bodies, starts = [_TABLE, _END], b"", {}
    for name, content in sorted(streams.items(), key=lambda stream: (len(stream[0]), stream[0])):
        padded = content.ljust(4096, b"\0")  # smaller ones would lie elsewhere
        padded += bytes(-len(padded) % _SECTOR)
        starts[name] = (len(chains), len(padded))
        first, count = len(chains), len(padded) // _SECTOR
        chains += [*range(first + 1, first + count), _END]
        bodies += padded
    header = bytearray(_SECTOR)
    header[:8] = MAGIC
    struct.pack_into("<HHHHH", header, 24, 62, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", header, 44, 1, 1, 0, 4096, _END, 0, _END, 0, 0)
    struct.pack_into("<108I", header, 80, *[_FREE] * 108)

    def entry(name: str, kind: int, sibling: int, child: int, start: int, size: int) -> bytes:
        encoded = name.encode("utf-16-le")
        numbers = struct.pack("<HBBIII", len(encoded) + 2, kind, 1, _FREE, sibling, child)
        return (encoded.ljust(64, b"\0") + numbers).ljust(116, b"\0") + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, _FREE, 1, _END, 0)
    for number, (name, place) in enumerate(starts.items(), 1):
        directory += entry(name, 2, number + 1 if number < len(starts) else _FREE, _FREE, *place)
    table = struct.pack(f"<{len(chains)}I", *chains).ljust(_SECTOR, b"\xff")
    assert len(table) == len(directory.ljust(_SECTOR, b"\0")) == _SECTOR
    return bytes(header) + table + directory.ljust(_SECTOR, b"\0") + bodies


def word97(
    pieces: Sequence[tuple[str, bool, int]],
    changes: Sequence[bytes] = (),
    length: int | None = None,
    tables: Mapping[int, bytes] | None = None,
) -> bytes:
    """A document of pieces, (text, whether of one byte a character, modifier), stored last piece first.

    ``changes``: lists of properties, which modifiers refer to. ``length``: the body's, in characters.
    ``tables``: what else stands in the table stream, by where the information block says where it is.
    """
    main = bytearray(1024)
    struct.pack_into("<HH6xH", main, 0, 0xA5EC, 0xC1, 0)
    places = []
    for text, single, _ in reversed(pieces):
        main += bytes(len(main) % 2)
        places.append(2 * len(main) | 0x40000000 if single else len(main))
        main += text.encode("cp1252" if single else "utf-16-le")
    places.reverse()
    sizes = [len(t) if single else len(t.encode("utf-16-le")) // 2 for t, single, _ in pieces]
    bounds = [sum(sizes[:n]) for n in range(len(sizes) + 1)]
    struct.pack_into("<I", main, 0x4C, bounds[-1] if length is None else length)
    listed = b"".join(struct.pack("<BH", 1, len(c)) + c for c in changes)
    table = struct.pack(f"<{len(bounds)}I", *bounds)
    for place, (_, _, modifier) in zip(places, pieces, strict=True):
        table += struct.pack("<HIH", 0, place, modifier)
    clx = listed + struct.pack("<BI", 2, len(table)) + table
    struct.pack_into("<II", main, 0x1A2, 0, len(clx))
    stream = clx
    for said_at, content in (tables or {}).items():
        struct.pack_into("<II", main, said_at, len(stream), len(content))
        stream += content
    return container({"WordDocument": bytes(main), "0Table": stream})
