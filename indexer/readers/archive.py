"""Archives (.zip): no text of their own, but members, each of which is read as a file of its own.

The directory at the end of the file is read here and not by :mod:`zipfile`: names are wanted as bytes, for
their encoding has to be found out, and no number in the file may be believed before it is checked. Layout
and field names: PKWARE APPNOTE 6.3.10.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import stat
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from indexer.corpus import MAX_BYTES, TOO_LARGE
from indexer.errors import UnreadableError
from indexer.model import Document, Member
from indexer.readers import limits, names
from indexer.readers.packed import Allowance, is_bomb

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCAL_SIGN, _CENTRAL_SIGN, _END_SIGN = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64_SIGN, _END64_LOCATOR_SIGN = b"PK\x06\x06", b"PK\x06\x07"
_BEGINNINGS = (_LOCAL_SIGN, _END_SIGN, b"PK00PK\x03\x04", b"PK\x07\x08PK\x03\x04")
_LONGEST_COMMENT = 0xFFFF
_LARGEST_DIRECTORY = 16 << 20  # bytes: 1.6 kB for each of the most members
_TOO_LARGE = 0xFFFFFFFF  # the number stands in the ZIP64 extra field

_ENCRYPTED, _UTF8, _STRONGLY_ENCRYPTED = 0x1, 0x800, 0x40  # flags
_STORED, _DEFLATED, _BZIP2, _LZMA, _AES = 0, 8, 12, 14, 99  # methods
_ZIP64_EXTRA, _UNICODE_PATH_EXTRA = 0x0001, 0x7075
_UNIX_MADE = (3, 19)  # systems whose file modes the upper half of the attributes holds: Unix, OS X
_DOS_FOLDER = 0x10

_CHUNK = 1 << 20  # bytes unpacked at a time
_LZMA_MEMORY = 64 << 20  # bytes; a dictionary that a file claims to need may be 4 GB

#: What every Office, ODF or OFD container has among its members, in lower case.
_OF_A_CONTAINER = frozenset(
    (
        "[content_types].xml",
        "ofd.xml",
        "meta-inf/manifest.xml",
        "word/document.xml",
        "xl/workbook.xml",
        "xl/workbook.bin",
        "ppt/presentation.xml",
    )
)
#: What systems leave behind in archives; no file of anybody's.
_LEFT_BEHIND = frozenset((".ds_store", "thumbs.db", "desktop.ini"))
_MACOS_FOLDER = "__MACOSX"
#: Of the characters of a name that are not ASCII, what Chinese names consist of.
_CHINESE_SIGN = re.compile(r"[\u2010-\u2027\u2160-\u217f\u2460-\u24ff\u3000-\u303f\uff00-\uffef·×]")
_GUESSED = ("utf-8", "gb18030")  # macOS writes UTF-8 without saying so
_SAMPLE = 200  # characters of a name that show whether it makes sense
_LAST_RESORT = "cp437"  # has a character for each byte

_DAMAGED = (
    "压缩包已损坏或不完整；请重新下载或重新压缩 (damaged or truncated archive: download or pack it anew)"
)
_UNPACK_IT = ("请解压后再放进来", "unpack it and put the files here instead")
_DAMAGED_MEMBER = "已损坏，解不开；请重新下载或重新压缩 (damaged in the archive: download or pack it anew)"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the archive's directory. ``start``: where the member's local header stands."""

    raw: bytes
    name: str | None  # where the archive itself says in which encoding it is
    flags: int
    method: int
    crc: int
    packed: int
    unpacked: int
    start: int
    system: int
    attributes: int

    @property
    def is_link(self) -> bool:
        return self.system in _UNIX_MADE and stat.S_ISLNK(self.attributes >> 16)


class _BadMemberError(Exception):
    """One member cannot be unpacked; ``str(error)`` is the reason."""


def is_archive(data: bytes) -> bool:
    """Whether the bytes are a zip file that is no container of an Office, ODF or OFD document."""
    if not data.startswith(_BEGINNINGS):
        return False
    if data[26:28] == b"\x08\x00" and data[30:].startswith(b"mimetype"):  # ODF and EPUB begin with it
        return False
    try:
        names: Iterable[bytes] = [e.raw for e in _directory(data)[0]]
    except UnreadableError:  # cut short: what there is of it still tells
        names = _local_names(data)
    plain = (n.replace(b"\\", b"/").lower().decode("ascii", "replace") for n in names)
    return _OF_A_CONTAINER.isdisjoint(plain)


def _local_names(data: bytes) -> Iterator[bytes]:
    """The names before the members themselves, as many as an archive may have."""
    at = data.find(_LOCAL_SIGN)
    for _ in range(limits.MAX_MEMBERS):
        if at < 0 or at + _LOCAL.size > len(data):
            return
        size = _LOCAL.unpack_from(data, at)[-2]
        yield data[at + _LOCAL.size : at + _LOCAL.size + size]
        at = data.find(_LOCAL_SIGN, at + 4)


def read(data: bytes) -> Document:
    """The members of an archive, in its order; one that could not be unpacked says why.

    Raises UnreadableError where nothing can be had of it, and where it is made to do harm: too many members,
    too much in them, members that share their bytes.
    """
    wanted, warnings = _wanted(data)
    allowance = Allowance(_UNPACK_IT)
    if wanted and all(_is_encrypted(e) for e, _ in wanted):
        raise UnreadableError(
            "压缩包有密码保护；请解压后再放进来 (encrypted archive: unpack it and put the files here instead)"
        )
    if not wanted:
        warnings.append("压缩包里没有文件 (there is no file in this archive)")
    members = []
    for entry, name in wanted:
        content = _content(data, entry, allowance)
        members.append(Member(name, b"", content) if isinstance(content, str) else Member(name, content))
    return Document((), "zip", warnings=tuple(warnings), members=tuple(members))


def take(data: bytes, name: str) -> bytes | None:
    """The content of the member that :func:`read` calls so, the others left packed; None where it has none.

    Raises UnreadableError as :func:`read` does, and where the member cannot be unpacked.
    """
    entry = next((entry for entry, called in _wanted(data)[0] if called == name), None)
    if entry is None:
        return None
    content = _content(data, entry, Allowance(_UNPACK_IT))
    if isinstance(content, str):
        raise UnreadableError(content)
    return content


def _wanted(data: bytes) -> tuple[list[tuple[_Entry, str]], list[str]]:
    """The members that are somebody's files, with their names; and what is to be said of the directory."""
    entries, warnings = _directory(data)
    Allowance(_UNPACK_IT).count(len(entries))
    _refuse_overlaps(data, entries)
    return [(e, n) for e, n in zip(entries, _names(entries), strict=True) if n is not None], warnings


# -- the directory ----------------------------------------------------------------------------------


def _end(data: bytes) -> tuple[int, int, int]:
    """Where the directory begins and ends, and how many bytes were put before the archive itself.

    Raises UnreadableError.
    """
    at = data.rfind(_END_SIGN, max(0, len(data) - _END.size - _LONGEST_COMMENT))
    if at < 0 or at + _END.size > len(data):
        raise UnreadableError(_DAMAGED)
    _, disk, first_disk, _, _, size, start, _ = _END.unpack_from(data, at)
    end = at
    locator = at - _END64_LOCATOR.size
    if locator >= 0 and data.startswith(_END64_LOCATOR_SIGN, locator):
        # What the locator says is wrong where something was put before the archive: so look before it.
        found = data.rfind(_END64_SIGN, max(0, locator - _END64.size - _LONGEST_COMMENT), locator)
        if found >= 0 and found + _END64.size <= locator:
            _, _, _, _, disk, first_disk, _, _, size, start = _END64.unpack_from(data, found)
            end = found
    if disk or first_disk:
        raise UnreadableError(
            "分卷压缩包的一部分；请合并解压后再放进来 (a part of a split archive: unpack it)"
        )
    ahead = end - size - start
    if ahead < 0:
        raise UnreadableError(_DAMAGED)
    if size > _LARGEST_DIRECTORY:
        raise UnreadableError(
            f"压缩包的目录超过 {_LARGEST_DIRECTORY >> 20} MB；请解压后再放进来 "
            f"(its directory is larger than {_LARGEST_DIRECTORY >> 20} MB: unpack it and put the files here)"
        )
    return end - size, end, ahead


def _directory(data: bytes) -> tuple[list[_Entry], list[str]]:
    """The lines of the directory, no more than one beyond the limit; and a warning where it breaks off."""
    place, end, ahead = _end(data)
    entries: list[_Entry] = []
    while place < end and len(entries) <= limits.MAX_MEMBERS:
        found = _entry(data, place, end, ahead)
        if found is None:
            if not entries:
                raise UnreadableError(_DAMAGED)
            return entries, [
                f"目录已损坏，只有前 {len(entries)} 个文件 "
                f"(damaged directory: only the first {len(entries)} files could be had)"
            ]
        entry, place = found
        entries.append(entry)
    return entries, []


def _entry(data: bytes, place: int, end: int, ahead: int) -> tuple[_Entry, int] | None:
    """The line of the directory at ``place`` and where the next begins; None where there is none."""
    if place + _CENTRAL.size > end or not data.startswith(_CENTRAL_SIGN, place):
        return None
    fields = _CENTRAL.unpack_from(data, place)
    made_by, flags, method, crc, packed, unpacked = (fields[i] for i in (1, 3, 4, 7, 8, 9))
    name, extra, comment, attributes, at = (fields[i] for i in (10, 11, 12, 15, 16))
    after_name = place + _CENTRAL.size + name
    after = after_name + extra + comment
    if after > end:
        return None
    raw = data[after_name - name : after_name]
    told: str | None = None
    for kind, content in _extras(data[after_name : after_name + extra]):
        if kind == _ZIP64_EXTRA:
            numbers = [n for (n,) in struct.iter_unpack("<Q", content[: len(content) // 8 * 8])]
            if unpacked == _TOO_LARGE and numbers:
                unpacked = numbers.pop(0)
            if packed == _TOO_LARGE and numbers:
                packed = numbers.pop(0)
            if at == _TOO_LARGE and numbers:
                at = numbers.pop(0)
        elif kind == _UNICODE_PATH_EXTRA and content[:5] == b"\x01" + struct.pack("<L", zlib.crc32(raw)):
            told = _decoded(content[5:], "utf-8")
    if told is None and flags & _UTF8:
        told = _decoded(raw, "utf-8")
    entry = _Entry(raw, told, flags, method, crc, packed, unpacked, at + ahead, made_by >> 8, attributes)
    return entry, after


def _extras(block: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(block):
        kind, size = struct.unpack_from("<2H", block, at)
        yield kind, block[at + 4 : at + 4 + size]
        at += 4 + size


def _content_start(data: bytes, entry: _Entry) -> int | None:
    """Where a member's bytes begin; None where they are not all in the file."""
    if entry.start + _LOCAL.size > len(data) or not data.startswith(_LOCAL_SIGN, entry.start):
        return None
    name, extra = _LOCAL.unpack_from(data, entry.start)[-2:]
    start: int = entry.start + _LOCAL.size + name + extra
    return start if start + entry.packed <= len(data) else None


def _refuse_overlaps(data: bytes, entries: Sequence[_Entry]) -> None:
    """Raise UnreadableError where members share bytes: a small file is made to unpack to any size so.

    (D. Fifield, A better zip bomb, WOOT 2019.)
    """
    # A member that is not all there is told when it is its turn; nothing of it is unpacked.
    starts = ((e, _content_start(data, e)) for e in entries)
    spans = sorted((e.start, start + e.packed) for e, start in starts if start is not None)
    if any(start < end for (_, end), (start, _) in pairwise(spans)):
        raise UnreadableError(
            "压缩包里的文件互相重叠，可能是恶意文件，不读取 (members overlap, as in a zip bomb: not read)"
        )


# -- members ----------------------------------------------------------------------------------------


class _Decompressor(Protocol):
    """What bz2 and lzma have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def _is_encrypted(entry: _Entry) -> bool:
    return bool(entry.flags & (_ENCRYPTED | _STRONGLY_ENCRYPTED)) or entry.method == _AES


def _content(data: bytes, entry: _Entry, allowance: Allowance) -> bytes | str:
    """What is in a member, or the reason why that cannot be had."""
    stream, crc = io.BytesIO(), 0
    try:
        for piece in _unpacked(data, entry):
            allowance.take(len(piece))
            crc = zlib.crc32(piece, crc)
            _check_size(stream.tell() + len(piece), entry.packed)
            stream.write(piece)
    except _BadMemberError as error:
        return str(error)
    except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError):
        return _DAMAGED_MEMBER
    return stream.getvalue() if crc == entry.crc else _DAMAGED_MEMBER


def _check_size(unpacked: int, packed: int) -> None:
    if is_bomb(unpacked, packed):
        raise _BadMemberError(
            f"解开后大于压缩时的 {limits.MAX_RATIO} 倍，可能是恶意文件，不读取 "
            f"(more than {limits.MAX_RATIO} times its packed size, as in a zip bomb: not read)"
        )
    if unpacked > MAX_BYTES:
        raise _BadMemberError(TOO_LARGE)


def _unpacked(data: bytes, entry: _Entry) -> Iterator[bytes]:
    """A member's content, a piece at a time. Raises _BadMemberError, or what a decompressor raises."""
    if _is_encrypted(entry):
        raise _BadMemberError(
            "有密码保护；请解压后再放进来 (encrypted: unpack it and put the files here instead)"
        )
    if entry.is_link:
        raise _BadMemberError("链接，不跟随 (a link: not followed)")
    start = _content_start(data, entry)
    if start is None:
        raise _BadMemberError(_DAMAGED_MEMBER)
    packed = memoryview(data)[start : start + entry.packed]
    if entry.method == _STORED:
        yield from (bytes(packed[i : i + _CHUNK]) for i in range(0, len(packed), _CHUNK))
    elif entry.method == _DEFLATED:
        yield from _inflated(packed)
    elif entry.method == _BZIP2:
        yield from _decompressed(bz2.BZ2Decompressor(), packed)
    elif entry.method == _LZMA:
        yield from _decompressed(*_lzma(packed, entry))
    else:
        raise _BadMemberError(
            f"不支持的压缩方法 {entry.method}；请解压后再放进来 "
            f"(packed by method {entry.method}, not supported: unpack it and put the files here instead)"
        )


def _inflated(packed: memoryview) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for i in range(0, len(packed), _CHUNK):
        rest: bytes | memoryview = packed[i : i + _CHUNK]
        while not inflate.eof and (piece := inflate.decompress(rest, _CHUNK)):
            yield piece
            rest = inflate.unconsumed_tail
        if inflate.eof:
            return
    yield inflate.flush()


def _decompressed(decompressor: _Decompressor, packed: memoryview | bytes) -> Iterator[bytes]:
    for i in range(0, len(packed), _CHUNK):
        piece = decompressor.decompress(bytes(packed[i : i + _CHUNK]), _CHUNK)
        yield piece
        while not decompressor.eof and not decompressor.needs_input:
            yield decompressor.decompress(b"", _CHUNK)
        if decompressor.eof:
            return


def _lzma(packed: memoryview, entry: _Entry) -> tuple[_Decompressor, bytes]:
    """The stream as an .lzma file, for which the decoder can be held to a limit of memory."""
    if bytes(packed[2:4]) != b"\x05\x00":
        raise _BadMemberError(_DAMAGED_MEMBER)
    header = bytes(packed[4:9]) + struct.pack("<Q", entry.unpacked if not entry.flags & 2 else 2**64 - 1)
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_LZMA_MEMORY)
    return decompressor, header + bytes(packed[9:])


# -- names ------------------------------------------------------------------------------------------


def _names(entries: Sequence[_Entry]) -> list[str | None]:
    """A safe path for each entry, different from all others; None for what is no file of anybody's."""
    untold = [e.raw for e in entries if e.name is None and not e.raw.isascii()]
    best = max(_GUESSED, key=lambda encoding: sum(_fits(raw, encoding) for raw in untold))  # first of equals
    cleaned: list[str | None] = []
    for entry in entries:
        name = entry.name if entry.name is not None else _guessed(entry.raw, best)
        nobodys = _is_folder(name, entry) or _is_left_behind(name)
        cleaned.append(None if nobodys else names.path(name))
    different = iter(names.distinct([name for name in cleaned if name is not None]))
    return [None if name is None else next(different) for name in cleaned]


def _guessed(raw: bytes, best: str) -> str:
    """A name in the encoding of most names, or the first that makes sense of it, or as any bytes can be."""
    if raw.isascii():
        return raw.decode("ascii")
    for encoding in (best, *_GUESSED):
        if _fits(raw, encoding):
            return raw.decode(encoding)
    return raw.decode(_LAST_RESORT)


def _fits(raw: bytes, encoding: str) -> bool:
    """Whether bytes are, in this encoding, a name as Chinese offices give them.

    Text in another encoding makes rare characters, those of GB 2312 are nearly all that names consist of.
    UTF-8 is that by its rules alone, unless it is of characters of two bytes, which many in GBK are, too.
    """
    text = _decoded(raw, encoding)
    if text is None:
        return False
    others = [c for c in text[:_SAMPLE] if not c.isascii()]
    if encoding == "utf-8" and all(ord(c) >= 0x800 for c in others):
        return True
    usual = sum(
        _CHINESE_SIGN.match(c) is not None or ("\u4e00" <= c <= "\u9fff" and _decodable(c, "gb2312"))
        for c in others
    )
    return usual * 2 > len(others)


def _decodable(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_folder(name: str, entry: _Entry) -> bool:
    return name.endswith(("/", "\\")) or (bool(entry.attributes & _DOS_FOLDER) and not entry.unpacked)


def _is_left_behind(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return _MACOS_FOLDER in parts or parts[-1].lower() in _LEFT_BEHIND or parts[-1].startswith("._")
