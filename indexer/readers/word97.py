"""The text of a Word 97 to 2003 file ([MS-DOC]), paragraph by paragraph, with what its properties say.

The characters of all stories (body, footnotes, headers ...) stand one behind the other and are counted by
*character positions*. They lie in pieces, in any order in the main stream; the *Clx* of the table stream
lists them. What is said of characters and paragraphs hangs on their places in the main stream and is read by
:mod:`word97_format`.
"""

from __future__ import annotations

import re
import struct
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from indexer.errors import UnreadableError
from indexer.model import Removed
from indexer.readers import fields, limits, numbering, symbols, word97_format, word97_lists
from indexer.readers.compound import Compound

_IN_TABLE_STREAM = 0x0200  # flag: the table stream is "1Table"
_LENGTHS = 0x4C  # where the information block says how many characters the stories have
_PIECES, _ANCHORS, _BOXES = 0x1A2, 0x1DA, 0x25A  # where it says where these tables are
STORIES = ("body", "footnotes", "headers", "macros", "comments", "endnotes", "boxes", "header boxes")
_SINGLE_BYTES = 0x40000000  # of a piece's place: its characters have one byte each
_CHANGES_LISTED = 1  # of a piece's modifier: it is a number in the list of changes
#: Of a modifier that is one property itself: the property that its number stands for.
_SHORT_NAMES = {
    0x18: word97_format.IN_TABLE,
    0x19: word97_format.ROW_END,
    0x41: word97_format.DELETED,
    0x5C: word97_format.HIDDEN,
}
_ANCHOR_SIZE, _BOX_SIZE, _BOX_SHAPE = 26, 22, 14  # bytes of an entry; where in it the shape's number is

_PRIVATE = range(0xF000, 0xF100)  # codes of the signs of symbol fonts
_FIELD = re.compile("[\x13-\x15]")
_BEGIN, _SEPARATOR = "\x13", "\x14"
_INNER_CODE = re.compile("\x13[^\x13-\x15]*\x14?|[\x14\x15]")  # of fields within the code of another
_VISIBLE = re.compile("[^\x00-\x20\x7f\xa0\u3000]")
_PARAGRAPH_END = re.compile("[\r\x07\x0c]")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Line, page and column breaks, hyphens that do not break; what else is below a space stands for no text.
_SIGNS = dict.fromkeys(range(32)) | {9: "\t", 0x0B: "\n", 0x0E: "\n", 0x1E: "-"}
_SHOWN, _DELETED, _HIDDEN, _CODE = range(4)  # what a character is


class DamagedError(ValueError):
    """The tables of the file do not hold together, or not all of its text is there."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or the end of a table row.

    ``text``: what is shown of it, its number included, lines apart by "\\n". ``start``, ``end``:
    character positions. ``style``: "heading N", "title" or "". ``ends_cell``: of a table.
    """

    text: str
    deleted: str
    hidden: str
    start: int
    end: int
    style: str
    in_table: bool
    ends_cell: bool
    ends_row: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int  # character position
    place: int  # in the main stream
    width: int  # bytes of a character
    changes: bytes  # properties in force for all of it


class Word97:
    """The stories of a file. Raises DamagedError, and UnreadableError beyond the limit of characters."""

    def __init__(self, compound: Compound) -> None:
        main = compound.stream("WordDocument") or b""
        try:
            flags = struct.unpack_from("<H", main, 10)[0]
            table = compound.stream("1Table" if flags & _IN_TABLE_STREAM else "0Table") or b""
            lengths = struct.unpack_from("<8I", main, _LENGTHS)
            self._format = word97_format.Format(main, table, compound.stream("Data") or b"")
            self._numbers = word97_lists.Numbers(main, table)
            self._pieces, units = _characters(main, word97_format.part(main, table, _PIECES), sum(lengths))
            self._anchors = _numbers_at(word97_format.part(main, table, _ANCHORS), _ANCHOR_SIZE, 0)
            self._boxes = _apart(
                _numbers_at(word97_format.part(main, table, _BOXES), _BOX_SIZE, _BOX_SHAPE),
                lengths[STORIES.index("boxes")],
            )
        except (struct.error, IndexError) as error:
            raise DamagedError from error
        self._stories: dict[str, tuple[int, int]] = {}
        end = 0
        for name, length in zip(STORIES, lengths, strict=True):
            self._stories[name] = (end, end := end + length)
        self._kinds = bytearray(len(units))
        self._apply_properties(units)
        # One character a position, so that halves of those beyond U+FFFF stay apart until they are shown.
        self._text = array("I", units).tobytes().decode("utf-32-le", "surrogatepass")
        unseen: list[Removed] = []
        for name, (start, end) in self._stories.items():
            found = self._mark_codes(start, end)
            if "header" not in name:
                unseen += found
        #: Codes of fields without a result, and pronunciation above the text.
        self.unseen = fields.listed(unseen)
        body = self._stories["body"][1]
        anchored: dict[int, int] = {}  # number of a shape: the character position of its anchor
        for cp, _, shape in self._anchors:
            if cp < body:
                anchored.setdefault(shape, cp)
        #: Boxes in the order of their anchors: position of the anchor, from, to.
        self._placed = sorted((anchored[s], a, b) for a, b, s in self._boxes if s in anchored)

    def story(self, name: str) -> Iterator[Paragraph]:
        """The paragraphs of one of the stories."""
        yield from self._paragraphs(*self._stories[name])

    def boxes(self, start: int, end: int) -> Iterator[Paragraph]:
        """The paragraphs of the text boxes that are anchored from ``start`` to ``end`` in the body."""
        first = self._stories["boxes"][0]
        number = bisect_left(self._placed, (start,))
        while number < len(self._placed) and self._placed[number][0] < end:
            _, box_start, box_end = self._placed[number]
            yield from self._paragraphs(first + box_start, first + box_end)
            number += 1

    def loose_boxes(self) -> Iterator[Paragraph]:
        """The paragraphs of those that are not anchored in the body."""
        first, last = self._stories["boxes"]
        taken = sorted((first + a, first + b) for _, a, b in self._placed)
        for paragraph in self._paragraphs(first, last):
            number = bisect_right(taken, (paragraph.start, last))
            if not number or taken[number - 1][1] <= paragraph.start:
                yield paragraph

    def _apply_properties(self, units: array[int]) -> None:
        """Say of each character whether it is shown; put in what signs of symbol fonts stand for."""
        for piece, end in self._with_ends(len(units)):
            first, last = piece.place, piece.place + (end - piece.start) * piece.width
            for begin, stop, look in self._format.looks(first, last, piece.changes):
                a = piece.start + (begin - first) // piece.width
                b = piece.start + (stop - first + piece.width - 1) // piece.width
                kind = _DELETED if look.deleted else _HIDDEN if look.hidden else _SHOWN
                if kind:
                    self._kinds[a:b] = bytes((kind,)) * (b - a)
                if look.symbol:
                    units[a:b] = array("H", [_sign(*look.symbol)]) * (b - a)
                elif look.font:
                    for at in range(a, b):
                        if units[at] in _PRIVATE:
                            units[at] = _sign(look.font, units[at])

    def _with_ends(self, length: int) -> Iterator[tuple[_Piece, int]]:
        """Each piece and the character position behind it."""
        for piece, following in pairwise(self._pieces):
            yield piece, following.start
        if self._pieces:
            yield self._pieces[-1], length

    def _mark_codes(self, start: int, end: int) -> list[Removed]:
        """Fields are a code, a separator and the result, between marks: only the result is text.

        Where nothing stands in it, the code becomes what Word shows for it. Returns what is unseen.
        """
        begun: list[tuple[int, int]] = []  # of open fields: where they begin, their separator or -1
        unseen: list[Removed] = []
        instead: list[tuple[int, str]] = []  # what is shown for codes, and where
        visible, before = -1, start  # the last place where a result shows something; the last mark
        for mark in _FIELD.finditer(self._text, start, end):
            at = mark.start()
            if begun and begun[-1][1] >= 0 and self._shows(before, at):
                visible = at
            before = at + 1
            if mark.group() == _BEGIN:
                begun.append((at, -1))
            elif not begun:
                continue
            elif mark.group() == _SEPARATOR:
                begun[-1] = (begun[-1][0], at)
            else:  # one that is never ended takes nothing away
                begin, separator = begun.pop()
                stop = separator if separator >= 0 else at
                if not begun or begun[-1][1] >= 0:  # the code of an outer field goes as a whole
                    drawn = self._kinds[begin] == _SHOWN
                    self._kinds[begin:stop] = bytes((_CODE,)) * (stop - begin)
                    if separator >= 0 and visible > separator:
                        continue
                    text, found = fields.shown(_INNER_CODE.sub("", self._text[begin + 1 : stop]))
                    unseen += found
                    if text and drawn and len(text) <= stop - begin:
                        instead.append((begin, text))
                        self._kinds[begin : begin + len(text)] = bytes((_SHOWN,)) * len(text)
                        visible = at
        self._put_in(instead)
        return unseen

    def _put_in(self, texts: list[tuple[int, str]]) -> None:
        """Put texts over the characters from these places on."""
        pieces, done = [], 0
        for at, text in sorted(texts):
            pieces += [self._text[done:at], text]
            done = at + len(text)
        self._text = "".join([*pieces, self._text[done:]])

    def _shows(self, start: int, end: int) -> bool:
        """Whether there is a character that a reader sees."""
        found = _VISIBLE.finditer(self._text, start, end)
        return any(self._kinds[sign.start()] == _SHOWN for sign in found)

    def _paragraphs(self, start: int, end: int) -> Iterator[Paragraph]:
        lists = numbering.Lists()
        number = ""
        broken: int | None = None  # which paragraph it is that a page break divided just before
        while start < end:
            found = _PARAGRAPH_END.search(self._text, start, end)
            stop = found.end() if found else end
            mark = found.group() if found is not None else ""
            place, changes = self._place(stop - 1)
            layout = self._format.layout(place, changes)
            its = self._format.paragraph_at(place)
            shown = self._shown(start, stop, _SHOWN)
            in_table = layout.in_table or mark == "\x07"
            ends_row = layout.ends_row and mark == "\x07"
            if its != broken:
                gone = self._kinds[stop - 1] in (_DELETED, _HIDDEN) and not shown.strip()
                number = "" if gone or ends_row else self._numbers.of(layout, lists)
            broken = its if mark == "\x0c" else None
            text = numbering.put(number, shown, in_cell=in_table)
            if text.strip():
                number = ""
            yield Paragraph(
                text,
                self._shown(start, stop, _DELETED),
                self._shown(start, stop, _HIDDEN),
                start,
                stop,
                layout.style,
                in_table,
                mark == "\x07",
                ends_row,
            )
            start = stop

    def _place(self, position: int) -> tuple[int, bytes]:
        """Where in the main stream a character is, and the properties in force for its piece."""
        piece = self._pieces[bisect_right(self._pieces, position, key=lambda p: p.start) - 1]
        return piece.place + (position - piece.start) * piece.width, piece.changes

    def _shown(self, start: int, end: int, kind: int) -> str:
        """The characters of one kind, as a reader sees them."""
        kinds = self._kinds[start:end]
        count = kinds.count(kind)
        if not count:
            return ""
        words = self._text[start:end]
        if count < len(kinds):
            words = "".join(c for c, its in zip(words, kinds, strict=True) if its == kind)
        words = words.translate(_SIGNS)
        if _SURROGATE.search(words):
            words = words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return words


def _characters(main: bytes, clx: bytes, length: int) -> tuple[list[_Piece], array[int]]:
    """The pieces, and the UTF-16 code units of ``length`` characters and more, in their order."""
    if length > limits.MAX_CHARACTERS:
        raise UnreadableError(
            f"文字超过 {limits.MAX_CHARACTERS} 个；请拆分后再试 "
            f"(more than {limits.MAX_CHARACTERS} characters: split it)"
        )
    changes, at = [], 0
    while clx[at] == 1:
        size = struct.unpack_from("<H", clx, at + 1)[0]
        changes.append(clx[at + 3 : at + 3 + size])
        at += 3 + size
    size = struct.unpack_from("<I", clx, at + 1)[0]
    at += 5
    count = max(0, min(size - 4, len(clx) - at - 4) // 12)
    starts = struct.unpack_from(f"<{count + 1}I", clx, at)
    pieces: list[_Piece] = []
    units: array[int] = array("H")
    for (start, end), (place, modifier) in zip(
        pairwise(starts), struct.iter_unpack("<2xIH", clx[at + 4 * (count + 1) :][: 8 * count]), strict=True
    ):
        end = min(end, length)
        if start != len(units) or (end < start and start < length):
            raise DamagedError
        if start >= length:
            break
        width = 1 if place & _SINGLE_BYTES else 2
        place = (place & (_SINGLE_BYTES - 1)) // (2 if width == 1 else 1)
        raw = main[place : place + (end - start) * width]
        if len(raw) < (end - start) * width:
            raise DamagedError
        pieces.append(_Piece(start, place, width, _changes(modifier, changes)))
        units.frombytes(raw.decode("cp1252", "replace").encode("utf-16-le") if width == 1 else raw)
    if len(units) < length:
        raise DamagedError
    if sys.byteorder == "big":
        units.byteswap()
    return pieces, units


def _sign(font: str, code: int) -> int:
    """The code unit of what a sign of a symbol font shows."""
    sign = ord(symbols.character(font, code))
    return sign if sign <= 0xFFFF else ord("□")


def _changes(modifier: int, listed: list[bytes]) -> bytes:
    """The properties that a piece's modifier stands for."""
    if modifier & _CHANGES_LISTED:
        number = modifier >> 1
        return listed[number] if number < len(listed) else b""
    name = _SHORT_NAMES.get(modifier >> 1 & 0x7F)
    return struct.pack("<HB", name, modifier >> 8) if name else b""


def _apart(ranges: list[tuple[int, int, int]], length: int) -> list[tuple[int, int, int]]:
    """Those of the ranges that are within ``length``, as far as none reaches into another."""
    found, last = [], 0
    for start, end, number in ranges:
        if last <= start < end and start < length:
            last = min(end, length)
            found.append((start, last, number))
    return found


def _numbers_at(table: bytes, size: int, offset: int) -> list[tuple[int, int, int]]:
    """Of a list of character positions with entries of ``size`` bytes: from, to, the number in the entry."""
    count = max(0, len(table) - 4) // (4 + size)
    bounds = struct.unpack_from(f"<{count + 1}I", table) if count else ()
    entries = 4 * (count + 1)
    return [
        (start, end, struct.unpack_from("<I", table, entries + size * number + offset)[0])
        for number, (start, end) in enumerate(pairwise(bounds))
    ]
