"""From a good file to one that is nearly good; everything follows from the ``random.Random`` given."""

from __future__ import annotations

import io
import lzma
import random
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable
from functools import partial

from tests.fuzz import structures

_NUMBER = re.compile(rb"-?\d+")
_TAG = re.compile(rb"<[^<>]{1,300}>")
#: Numbers that programs stumble over.
_EDGES = (b"0", b"-1", b"2147483648", b"4294967295", b"99999999999999999999", b"1e308", b"NaN", b"")
_EDGE_BYTES = tuple(
    n.to_bytes(size, "little")
    for size in (1, 2, 4, 8)
    for n in (0, 1, 1 << 8 * size - 1, (1 << 8 * size) - 1)
)
#: What zipfile raises for a container that is damaged.
#: A member may also say that unpacking it takes more memory than there is.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    MemoryError,
    RuntimeError,
    ValueError,
)
_LARGEST = 4 << 20  # bytes of a member that is changed: chunks are doubled, and doubled again


def mutated(data: bytes, chance: random.Random, other: bytes = b"") -> bytes:
    """The file with one to a few things wrong, mostly inside what it is packed or divided into.

    ``other``: a file of the same format, of which a piece may be put in.
    """
    inside = chance.random() < 0.75
    if inside and data.startswith(b"PK\x03\x04"):
        return _repacked(data, chance)
    if inside and data.startswith(structures.OLE):
        return structures.compound(data, chance)
    if inside and data.startswith(b"%PDF"):
        return structures.pdf(data, chance, _changed)[:_LARGEST]
    if other and chance.random() < 0.1:
        data = _splice(data, chance, other)
    return _changed(data, chance)


def _changed(data: bytes, chance: random.Random) -> bytes:
    """One to a few of the mutations that fit what the bytes look like."""
    head = data.lstrip()[:5]
    mutations = _BYTES
    if head.startswith(b"<"):
        mutations += _MARKUP * 2
    elif head == b"{\\rtf":
        mutations += _GROUPS * 3
    elif b"\x00" not in data[:1000]:
        mutations += _LINES
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        data = chance.choice(mutations)(data, chance)[:_LARGEST]
    return data


def _repacked(data: bytes, chance: random.Random) -> bytes:
    """The container with some members changed, left out, put in twice or renamed; all checksums right."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = [(i.filename, packed.read(i)) for i in packed.infolist()]
    except _BROKEN:  # a member of a container that was changed before
        return _changed(data, chance)
    for _ in range(chance.choice((1, 1, 2, 4))):
        if not members:
            break
        # Those with much in them are where a reader spends its time: half of the changes are there.
        sizes = [len(content) + 1 for _, content in members]
        at = chance.choices(range(len(members)), sizes if chance.random() < 0.5 else None)[0]
        name, content = members[at]
        kind = chance.random()
        if kind < 0.85:
            members[at] = (name, mutated(content, chance))
        elif kind < 0.9:
            del members[at]
        elif kind < 0.95:
            other = chance.choice(members)[0]
            members[at] = (other, content)
        else:
            members.append((_changed(name.encode(), chance).decode("utf-8", "replace") or "x", content))
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", compresslevel=1) as packed:
        warnings.simplefilter("ignore")  # a name twice is what is wanted
        for name, content in members:
            info = zipfile.ZipInfo(name[:1000])
            info.compress_type = zipfile.ZIP_DEFLATED
            with packed.open(info, "w") as member:
                member.write(content)
    return stream.getvalue()


# -- of bytes ---------------------------------------------------------------------------------------


def _span(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + int(2 ** chance.uniform(0, 13)))


def _flip_bits(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 4, 32))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _set_number(data: bytes, chance: random.Random) -> bytes:
    number, at = chance.choice(_EDGE_BYTES), chance.randrange(len(data) + 1)
    return data[:at] + number + data[at + len(number) :]


def _truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _leave_out(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def _double(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 1, 2, 50)) + data[end:]


def _move(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[start:end] + data[at + end - start :]


def _noise(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + chance.randbytes(end - start) + data[end:]


def _splice(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """The beginning of one, the end of another."""
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


# -- of lines and groups: letters, tables, RTF ---------------------------------------------------------


def _pieces(data: bytes, chance: random.Random, pattern: bytes) -> bytes:
    """One of the pieces that end with ``pattern`` moved, left out, or there many times."""
    pieces = re.findall(rb"(?s).*?" + pattern + rb"|.+", data)
    if len(pieces) < 2:
        return data
    at = chance.randrange(len(pieces))
    piece = pieces.pop(at)
    kind = chance.random()
    if kind < 0.4:
        pieces.insert(chance.randrange(len(pieces) + 1), piece)
    elif kind < 0.7:
        pieces.insert(at, piece * chance.choice((2, 30, 3000)))
    return b"".join(pieces)


_CONTROL = re.compile(rb"\\[a-z]+")


def _other_word(data: bytes, chance: random.Random) -> bytes:
    """A control word in the place of another, or every one of a kind."""
    found = list(_CONTROL.finditer(data))
    if len(found) < 2:
        return data
    at, other = chance.sample(found, 2)
    if chance.random() < 0.3:
        new = other.group()
        return re.sub(re.escape(at.group()) + rb"(?![a-z])", lambda _: new, data)
    return data[: at.start()] + other.group() + data[at.end() :]


# -- of markup: what is no longer well-formed is told at once, so most of these leave it so -----------


def _edge_number(data: bytes, chance: random.Random) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    at = chance.choice(found)
    return data[: at.start()] + chance.choice(_EDGES) + data[at.end() :]


def _other_tag(data: bytes, chance: random.Random) -> bytes:
    """One element under the name of another."""
    tags = sorted(set(re.findall(rb"</([\w:.-]+)>", data)))
    if len(tags) < 2:
        return data
    old, new = chance.sample(tags, 2)
    return re.sub(rb"(</?)" + re.escape(old) + rb"(?=[\s/>])", lambda m: m.group(1) + new, data)


def _element_again(data: bytes, chance: random.Random) -> bytes:
    """An element once more, left out, or inside itself many times."""
    tags = sorted(set(re.findall(rb"</([\w:.-]+)>", data)))
    if not tags:
        return data
    tag = chance.choice(tags)
    found = re.search(
        rb"<" + re.escape(tag) + rb"(?:\s[^<>]*)?>", data[chance.randrange(len(data)) :]
    ) or re.search(rb"<" + re.escape(tag) + rb"(?:\s[^<>]*)?>", data)
    if found is None or found.group().endswith(b"/>"):
        return data
    close = b"</" + tag + b">"
    start = data.index(found.group())
    end = data.find(close, start)
    if end < 0:
        return data
    whole = data[start : end + len(close)]
    depth = chance.choice((2, 20, 300, 3000))
    new = chance.choice((b"", whole * 2, whole * 100, found.group() * depth + whole + close * depth))
    return data[:start] + new + data[end + len(close) :]


def _no_attribute(data: bytes, chance: random.Random) -> bytes:
    found = list(re.finditer(rb'\s[\w:.-]+="[^"<>]*"', data))
    if not found:
        return data
    at = chance.choice(found)
    return data[: at.start()] + data[at.end() :]


def _swapped_tags(data: bytes, chance: random.Random) -> bytes:
    found = list(_TAG.finditer(data))
    if len(found) < 2:
        return data
    one, two = sorted(chance.sample(range(len(found)), 2))
    a, b = found[one], found[two]
    return data[: a.start()] + b.group() + data[a.end() : b.start()] + a.group() + data[b.end() :]


_Mutation = Callable[[bytes, random.Random], bytes]
_BYTES: tuple[_Mutation, ...] = (_flip_bits, _set_number, _truncate, _leave_out, _double, _move, _noise)
_MARKUP: tuple[_Mutation, ...] = (_edge_number, _other_tag, _element_again, _no_attribute, _swapped_tags)
_LINES: tuple[_Mutation, ...] = (_edge_number, partial(_pieces, pattern=rb"\n"))
_GROUPS: tuple[_Mutation, ...] = (_edge_number, _other_word, partial(_pieces, pattern=rb"[{}]"))
