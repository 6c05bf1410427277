"""Changes that leave the outer form right, so that they reach the code behind it: compound files and PDF."""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import Callable

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER, _SECTOR, _ENTRY = 512, 512, 128  # bytes
_MARKS = (0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC, 0x7FFFFFFF, 0x80000000, 0, 1, 2)
_WORDS = tuple(range(28, 512, 4))  # of the header
_PLACES = (64, 66, 68, 72, 76, 116, 120)  # of a directory entry: length, type, tree, first sector, size

_OBJECT = re.compile(rb"\b\d+ \d+ obj\b.*?\bendobj\b", re.DOTALL)
_REFERENCE = re.compile(rb"\b(\d+)( \d+ R)\b")
_STREAM = re.compile(rb"(<<(?:(?!endobj).)*?>>)\s*stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_LENGTH = re.compile(rb"/Length\s+\d+(?:\s+\d+\s+R)?")
_MOST = 4 << 20  # bytes of an unpacked stream

Change = Callable[[bytes, random.Random], bytes]


def compound(data: bytes, chance: random.Random) -> bytes:
    """A compound file with its header, allocation table, directory or the order of its sectors changed."""
    changed = bytearray(data)
    sectors = max(1, (len(data) - _HEADER) // _SECTOR)
    for _ in range(chance.choice((1, 1, 2, 4))):
        number = chance.choice((*_MARKS, chance.randrange(sectors), chance.randrange(sectors)))
        kind = chance.random()
        if kind < 0.15:
            at = chance.choice(_WORDS)
        elif kind < 0.5:
            table = struct.unpack_from("<I", data, 76)[0] % sectors
            at = _HEADER + table * _SECTOR + 4 * chance.randrange(min(sectors, _SECTOR // 4))
        elif kind < 0.8:
            directory = struct.unpack_from("<I", data, 48)[0] % sectors
            entry = chance.randrange(_SECTOR // _ENTRY)
            at = _HEADER + directory * _SECTOR + entry * _ENTRY + chance.choice(_PLACES)
        else:
            one, two = (_HEADER + _SECTOR * chance.randrange(sectors) for _ in range(2))
            changed[one : one + _SECTOR] = data[two : two + _SECTOR].ljust(_SECTOR, b"\0")
            continue
        if at + 4 <= len(changed):
            struct.pack_into("<I", changed, at, number)
    return bytes(changed)


def pdf(data: bytes, chance: random.Random, change: Change) -> bytes:
    """A PDF with a stream changed inside its packing, or its objects confused.

    The table of places is wrong afterwards: readers look for the objects themselves.
    """
    kind = chance.random()
    if kind < 0.5:
        return _stream(data, chance, change)
    if kind < 0.75:
        references = list(_REFERENCE.finditer(data))
        if references:
            at, other = chance.choice(references), chance.choice(references)
            return data[: at.start()] + other.group() + data[at.end() :]
    objects = list(_OBJECT.finditer(data))
    if len(objects) < 2:
        return change(data, chance)
    at, other = chance.sample(objects, 2)
    if kind < 0.9:  # the content of one under the number of another
        head = re.match(rb"\d+ \d+ obj", at.group())
        body = re.sub(rb"^\d+ \d+ obj", b"", other.group())
        return data[: at.start()] + (head.group() if head else b"") + body + data[at.end() :]
    return data[: at.start()] + change(at.group(), chance) + data[at.end() :]


def _stream(data: bytes, chance: random.Random, change: Change) -> bytes:
    found = list(_STREAM.finditer(data))
    if not found:
        return change(data, chance)
    at = chance.choice(found)
    content, packed = at.group(2), b"FlateDecode" in at.group(1)
    if packed:
        unpacking = zlib.decompressobj()
        try:
            content = unpacking.decompress(content, _MOST)
        except zlib.error:
            packed = False
    content = change(content, chance)
    content = zlib.compress(content, 1) if packed else content
    head = _LENGTH.sub(b"/Length %d" % len(content), at.group(1))
    return data[: at.start()] + head + b"\nstream\n" + content + b"\nendstream" + data[at.end() :]
