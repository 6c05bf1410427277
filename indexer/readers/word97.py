"""Which paragraphs of a Word 97 to 2003 file are headings ([MS-DOC]): by their styles and outline levels.

The text lies in pieces, listed in the *Clx* of the table stream; properties of paragraphs lie in pages of
512 bytes (*PapxFkp*) that give the byte ranges of paragraphs; styles in the *STSH*.
"""

from __future__ import annotations

import bisect
import re
import struct

from indexer.readers import ole

_PAGE = 512
_IN_TABLE_STREAM = 0x0200  # flag: the table stream is "1Table"
_STYLES, _PARAGRAPHS, _PIECES = 0xA2, 0x102, 0x1A2  # where the information block says where they are
_MAIN_LENGTH = 0x4C
_SINGLE_BYTES = 0x40000000  # of a piece's place: its characters have one byte each
_TITLE_STYLE = 62  # number of the built-in style; 1 to 9: headings
_OUTLINE_LEVEL = 0x2640  # property of a paragraph
_LONG_TABLE_DEFINITION = 0xD608  # the one property with two bytes of length
_OPERANDS = (1, 1, 2, 4, 2, 2, -1, 3)  # bytes; -1: the first byte tells
_SIGNS = re.compile(r"[\x00-\x08\x0e-\x1f\x13-\x15]")
_LONGEST = 1000  # characters of a heading


def headings(compound: ole.Compound) -> list[tuple[str, str]]:
    """Text and style ("heading N", "title") of the headings, in order; none where the tables are damaged."""
    try:
        return _headings(compound)
    except (struct.error, IndexError, KeyError):
        return []


def _headings(compound: ole.Compound) -> list[tuple[str, str]]:
    main = compound.stream("WordDocument")
    flags = struct.unpack_from("<H", main, 10)[0]
    table = compound.stream("1Table" if flags & _IN_TABLE_STREAM else "0Table")
    styles = _styles(_part(main, table, _STYLES))
    bounds, known = _paragraphs(main, _part(main, table, _PARAGRAPHS), styles)
    if not known:
        return []
    length = min(struct.unpack_from("<I", main, _MAIN_LENGTH)[0], len(main))
    found, begun, begun_style = [], "", ""
    for place, width, count in _pieces(_part(main, table, _PIECES), length):
        end = min(place + width * count, len(main))
        while place < end:
            at = bisect.bisect_right(bounds, place)
            stop = min(end, bounds[at]) if at < len(bounds) else end
            style = known.get(bounds[at - 1], "") if at else ""
            if style and len(begun) < _LONGEST:
                raw = main[place:stop]
                begun += raw.decode("cp1252" if width == 1 else "utf-16-le", "replace")
                begun_style = style
            if begun and (begun[-1] in "\r\x07\x0c" or not style):
                found.append((_SIGNS.sub("", begun).strip(), begun_style))
                begun = ""
            place = stop
    return found


def _part(main: bytes, table: bytes, at: int) -> bytes:
    start, length = struct.unpack_from("<II", main, at)
    return table[start : start + length]


def _pieces(clx: bytes, length: int) -> list[tuple[int, int, int]]:
    """Of each piece of the main text: its place, bytes of a character, and number of characters."""
    at = 0
    while clx[at] == 1:
        at += 3 + int(struct.unpack_from("<H", clx, at + 1)[0])
    size = struct.unpack_from("<I", clx, at + 1)[0]
    at += 5
    count = min(size - 4, len(clx) - at - 4) // 12
    starts = struct.unpack_from(f"<{count + 1}I", clx, at)
    pieces, left = [], length
    for i in range(count):
        place = struct.unpack_from("<I", clx, at + 4 * (count + 1) + 8 * i + 2)[0]
        characters = min(starts[i + 1] - starts[i], left)
        if characters > 0:
            left -= characters
            single = bool(place & _SINGLE_BYTES)
            place &= _SINGLE_BYTES - 1
            pieces.append((place // 2, 1, characters) if single else (place, 2, characters))
    return pieces


def _styles(sheet: bytes) -> dict[int, str]:
    """Number of a paragraph style in this file: our name for it."""
    at = 2 + struct.unpack_from("<H", sheet)[0]
    count = struct.unpack_from("<H", sheet, 2)[0]
    ours: dict[int, str] = {}
    based: dict[int, int] = {}
    for number in range(count):
        if at + 2 > len(sheet):
            break
        size = struct.unpack_from("<H", sheet, at)[0]
        if size >= 4 and at + 6 <= len(sheet):
            built_in, base = struct.unpack_from("<HH", sheet, at + 2)
            built_in &= 0xFFF
            if 1 <= built_in <= 9:
                ours[number] = f"heading {built_in}"
            elif built_in == _TITLE_STYLE:
                ours[number] = "title"
            elif base & 0xF == 1:  # a paragraph style
                based[number] = base >> 4
        at += 2 + size + size % 2
    for number, base in based.items():
        for _ in range(20):
            if base in ours:
                ours[number] = ours[base]
                break
            base = based.get(base, -1)
    return ours


def _paragraphs(main: bytes, pages: bytes, styles: dict[int, str]) -> tuple[list[int], dict[int, str]]:
    """Where paragraphs begin in the main stream, ascending, and the style of those that are headings."""
    count = (len(pages) - 4) // 8
    bounds: set[int] = set()
    known: dict[int, str] = {}
    for number in dict.fromkeys(struct.unpack_from(f"<{count}I", pages, 4 * (count + 1))):
        start = (number & 0x3FFFFF) * _PAGE
        page = main[start : start + _PAGE]
        if len(page) < _PAGE:
            continue
        entries = page[-1]
        if entries > 29:
            continue  # more do not fit
        places = struct.unpack_from(f"<{entries + 1}I", page)
        bounds.update(places)
        for i in range(entries):
            style = _style(page, 2 * page[4 * (entries + 1) + 13 * i], styles)
            if style:
                known[places[i]] = style
    return sorted(bounds), known


def _style(page: bytes, at: int, styles: dict[int, str]) -> str:
    """Our name for what the properties at this place of a page say."""
    if not at:
        return styles.get(0, "")
    size = page[at]
    start, end = (at + 1, at + 2 * size) if size else (at + 2, at + 2 + 2 * page[at + 1])
    properties = page[start:end]
    if len(properties) < 2:
        return ""
    level, at = None, 2
    while at + 3 <= len(properties):
        name = struct.unpack_from("<H", properties, at)[0]
        at += 2
        if name == _OUTLINE_LEVEL:
            level = properties[at]
        if name == _LONG_TABLE_DEFINITION:
            at += 1 + int(struct.unpack_from("<H", properties, at)[0]) if at + 2 <= len(properties) else 2
        else:
            length = _OPERANDS[name >> 13]
            at += length if length > 0 else 1 + properties[at]
    if level is not None and level < 9:
        return f"heading {level + 1}"
    return styles.get(struct.unpack_from("<H", properties)[0], "")
