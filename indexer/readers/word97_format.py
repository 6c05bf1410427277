"""What a Word 97 to 2003 file says of its characters and paragraphs ([MS-DOC]): properties, styles, fonts.

Properties are lists of changes (*Prl*: a name of two bytes, an operand) to what a style says. They lie in
pages of 512 bytes (*ChpxFkp*, *PapxFkp*) that give the byte ranges in the main stream that they are for.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from indexer.readers import styles

T = TypeVar("T")

IN_TABLE, ROW_END = 0x2416, 0x2417  # properties of a paragraph
DELETED, HIDDEN = 0x0800, 0x083C  # of characters
_SYMBOL, _FONT = 0x6A09, 0x4A4F  # of characters: number of the font and code in it; number of the font
_OUTLINE_LEVEL, _STYLE = 0x2640, 0x4600  # of a paragraph
_LIST_LEVEL, _LIST = 0x260A, 0x460B  # of a paragraph
_ELSEWHERE = {0x6645, 0x6646}  # of a paragraph: its properties are in the data stream, at this place

_STYLES, _FONTS, _CHARACTERS, _PARAGRAPHS = 0xA2, 0x112, 0xFA, 0x102  # where the information block says where
_PAGE = 512
_PAGE_NUMBER = 0x3FFFFF
_MOST_RUNS, _MOST_PARAGRAPHS = 0x65, 0x1D  # of a page
_TABLE_DEFINITION, _TABS = 0xD608, 0xC615  # the properties whose length is told otherwise
_OPERANDS = (1, 1, 2, 4, 2, 2, -1, 3)  # bytes, by the upper bits of the name; -1: the first byte tells
_TITLE_STYLE = 62  # number of the built-in style; 1 to 9: headings
_MOST_STYLES = 20  # that are based on one another
_FONT_NAME = 40  # where in a font's entry its name begins


@dataclass(frozen=True, slots=True)
class Look:
    """What is said of characters. ``font``: its name. ``symbol``: each of them is this sign, (font, code)."""

    deleted: bool = False
    hidden: bool = False
    font: str = ""
    symbol: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """What is said of a paragraph. ``style``: "heading N", "title" or "".

    ``list``: the number of its list, from 1; others: it is in none. ``level``: in it, from 0; None: what the
    list says of ``styles``, the paragraph's style and those that it is based on.
    """

    style: str = ""
    list: int = 0
    level: int | None = None
    styles: tuple[int, ...] = ()
    in_table: bool = False
    ends_row: bool = False


class Format:
    """Properties by place in the main stream. Raises struct.error or IndexError where it is damaged."""

    def __init__(self, main: bytes, table: bytes, data: bytes) -> None:
        self._data = data
        self._fonts = _font_names(part(main, table, _FONTS))
        self._styles = _style_sheet(part(main, table, _STYLES))
        self._looks = _Ranges(
            Look(), _pages(main, part(main, table, _CHARACTERS), _MOST_RUNS), self._looks_of_page
        )
        self._layouts = _Ranges(
            self._style(0),
            _pages(main, part(main, table, _PARAGRAPHS), _MOST_PARAGRAPHS),
            self._layouts_of_page,
        )

    def looks(self, start: int, end: int, changes: bytes) -> Iterator[tuple[int, int, Look]]:
        """The ranges of bytes from ``start`` to ``end`` and what is said of their characters."""
        for begin, stop, look in self._looks.between(start, end):
            yield begin, stop, self._look(changes, look) if changes else look

    def layout(self, place: int, changes: bytes) -> Layout:
        """What is said of the paragraph that ends with the character at ``place``."""
        layout = self._layouts.at(place)
        return self._layout(changes, layout) if changes else layout

    def paragraph_at(self, place: int) -> int:
        """The same for two places of one paragraph, which page breaks may divide."""
        return self._layouts.bound(place)

    def _style(self, number: int) -> Layout:
        return self._styles.get(number, Layout())

    def _looks_of_page(self, page: bytes, count: int) -> Iterator[Look]:
        for number in range(count):
            at = 2 * page[4 * (count + 1) + number]
            yield self._look(page[at + 1 : at + 1 + page[at]], Look()) if at else Look()

    def _layouts_of_page(self, page: bytes, count: int) -> Iterator[Layout]:
        for number in range(count):
            at = 2 * page[4 * (count + 1) + 13 * number]
            if not at:
                yield self._style(0)
                continue
            size = page[at]
            start, end = (at + 1, at + 2 * size) if size else (at + 2, at + 2 + 2 * page[at + 1 : at + 2][0])
            style = int.from_bytes(page[start : start + 2], "little")
            yield self._layout(page[start + 2 : end], self._style(style))

    def _look(self, changes: bytes, look: Look) -> Look:
        for name, operand in _properties(changes):
            if name == DELETED:
                look = replace(look, deleted=operand == b"\1")
            elif name == HIDDEN:  # 0x80: as the style says, 0x81: not as it says
                look = replace(look, hidden=operand in (b"\1", b"\x81"))
            elif name == _SYMBOL and len(operand) == 4:
                number, code = struct.unpack("<HH", operand)
                look = replace(look, symbol=(self._font(number), code))
            elif name == _FONT and len(operand) == 2:
                look = replace(look, font=self._font(struct.unpack("<H", operand)[0]))
        return look

    def _font(self, number: int) -> str:
        return self._fonts[number] if number < len(self._fonts) else ""

    def _layout(self, changes: bytes, layout: Layout, depth: int = 0) -> Layout:
        for name, operand in _properties(changes):
            if name == IN_TABLE:
                layout = replace(layout, in_table=operand != b"\0")
            elif name == ROW_END:
                layout = replace(layout, ends_row=operand != b"\0")
            elif name == _STYLE and len(operand) == 2:
                its = self._style(struct.unpack("<H", operand)[0])
                layout = replace(its, in_table=layout.in_table, ends_row=layout.ends_row)
            elif name == _OUTLINE_LEVEL and operand and operand[0] < 9:
                layout = replace(layout, style=f"heading {operand[0] + 1}")
            elif name in (_LIST, _LIST_LEVEL):
                layout = _in_list(layout, name, operand)
            elif name in _ELSEWHERE and not depth:
                at = int.from_bytes(operand, "little")
                size = int.from_bytes(self._data[at : at + 2], "little")
                layout = self._layout(self._data[at + 2 : at + 2 + size], layout, depth + 1)
        return layout


class _Ranges(Generic[T]):
    """What is said of ranges of bytes, each up to where the next begins."""

    def __init__(
        self,
        nothing: T,
        pages: Iterator[tuple[bytes, int]],
        read: Callable[[bytes, int], Iterator[T]],
    ) -> None:
        self._nothing = nothing
        said: dict[int, T] = {}
        ends: set[int] = set()
        for page, count in pages:
            places = struct.unpack_from(f"<{count + 1}I", page)
            ends.add(places[-1])
            said.update(zip(places, read(page, count), strict=False))
        self._said = dict.fromkeys(ends, nothing) | said
        self._bounds = sorted(self._said)

    def at(self, place: int) -> T:
        number = bisect_right(self._bounds, place)
        return self._said[self._bounds[number - 1]] if number else self._nothing

    def bound(self, place: int) -> int:
        """Where the range begins that the place is in; -1 before the first."""
        number = bisect_right(self._bounds, place)
        return self._bounds[number - 1] if number else -1

    def between(self, start: int, end: int) -> Iterator[tuple[int, int, T]]:
        number = bisect_right(self._bounds, start)
        while start < end:
            stop = min(end, self._bounds[number]) if number < len(self._bounds) else end
            yield start, stop, self._said[self._bounds[number - 1]] if number else self._nothing
            start, number = stop, number + 1


def part(main: bytes, table: bytes, at: int) -> bytes:
    """The table whose place in the table stream stands at ``at`` in the information block."""
    start, length = struct.unpack_from("<II", main, at)
    return table[start : start + length]


def _pages(main: bytes, listed: bytes, most: int) -> Iterator[tuple[bytes, int]]:
    """The pages of properties and how many entries each has; those that cannot be pages are left out."""
    count = max(0, len(listed) - 4) // 8
    numbers = struct.unpack_from(f"<{count}I", listed, 4 * (count + 1)) if count else ()
    for number in dict.fromkeys(n & _PAGE_NUMBER for n in numbers):
        page = main[number * _PAGE : (number + 1) * _PAGE]
        if len(page) == _PAGE and 0 < page[-1] <= most:
            yield page, page[-1]


def _properties(changes: bytes) -> Iterator[tuple[int, bytes]]:
    """The names and operands of a list of changes, as far as it goes."""
    at = 0
    while at + 3 <= len(changes):
        name = int.from_bytes(changes[at : at + 2], "little")
        at += 2
        length = _OPERANDS[name >> 13]
        if name == _TABLE_DEFINITION:
            length = int.from_bytes(changes[at : at + 2], "little") - 1
            at += 2
        elif length < 0:
            length = changes[at]
            if name == _TABS and length == 255:  # tabs taken away, 4 bytes each, and added, 3 bytes each
                away = 4 * changes[at + 1] if at + 1 < len(changes) else 0
                added = changes[at + 2 + away] if at + 2 + away < len(changes) else 0
                length = 2 + away + 3 * added
            at += 1
        length = max(0, length)
        yield name, changes[at : at + length]
        at += length


def _in_list(layout: Layout, name: int, operand: bytes) -> Layout:
    """What the properties about lists add."""
    number = int.from_bytes(operand, "little")
    return replace(layout, list=number) if name == _LIST else replace(layout, level=number)


def _style_sheet(sheet: bytes) -> dict[int, Layout]:
    """Number of a paragraph style in this file: what is said of its paragraphs."""
    if len(sheet) < 6:
        return {}
    size, count, fixed = struct.unpack_from("<HHH", sheet)
    at = 2 + size
    said: dict[int, Layout] = {}  # by the style alone
    based: dict[int, int] = {}
    for number in range(count):
        size = int.from_bytes(sheet[at : at + 2], "little")
        style = sheet[at + 2 : at + 2 + size]
        at += 2 + size + size % 2
        if len(style) < max(4, fixed):
            continue
        built_in, base = struct.unpack_from("<HH", style)
        if base & 0xF != 1:
            continue  # no paragraph style
        based[number] = base >> 4
        changes = _style_changes(style[fixed:])
        layout = Layout(_style_name(built_in & 0xFFF, style[fixed:], changes), list=-1)
        for name, operand in _properties(changes):
            if name in (_LIST, _LIST_LEVEL):
                layout = _in_list(layout, name, operand)
        said[number] = layout
    return {number: _with_bases(number, said, based) for number in said}


def _with_bases(number: int, said: dict[int, Layout], based: dict[int, int]) -> Layout:
    """What a style says, and the styles that it is based on where it says nothing."""
    layout = Layout(list=-1)
    chain: list[int] = []
    while number in said and number not in chain and len(chain) < _MOST_STYLES:
        its = said[number]
        chain.append(number)
        layout = replace(
            layout,
            style=layout.style or its.style,
            level=layout.level if layout.level is not None or layout.list >= 0 else its.level,
            list=layout.list if layout.list >= 0 else its.list,
        )
        number = based[number]
    return replace(layout, list=max(0, layout.list), styles=tuple(chain))


def _style_changes(rest: bytes) -> bytes:
    """The properties that a style gives to paragraphs; they stand behind its name, which ends with a zero."""
    end = 4 + 2 * int.from_bytes(rest[:2], "little")
    size = int.from_bytes(rest[end : end + 2], "little")
    return rest[end + 4 : end + 2 + size]


def _style_name(built_in: int, rest: bytes, changes: bytes) -> str:
    """Our name for a style, by its number, its name or its outline level; "" where it has none of its own."""
    if 1 <= built_in <= 9:
        return f"heading {built_in}"
    if built_in == _TITLE_STYLE:
        return "title"
    end = 2 + 2 * int.from_bytes(rest[:2], "little")
    if named := styles.named(rest[2:end].decode("utf-16-le", "replace").split(",")[0]):
        return named
    for name, operand in _properties(changes):
        if name == _OUTLINE_LEVEL and operand and operand[0] < 9:
            return f"heading {operand[0] + 1}"
    return ""


def _font_names(table: bytes) -> list[str]:
    """The names of the fonts, by number."""
    count = int.from_bytes(table[:2], "little")
    at, names = 4, []
    for _ in range(count):
        if at >= len(table):
            break
        entry = table[at : at + 1 + table[at]]
        name = entry[_FONT_NAME:].decode("utf-16-le", "replace")
        names.append(name.partition("\0")[0])
        at += len(entry)
    return names
