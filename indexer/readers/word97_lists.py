"""The lists of a Word 97 to 2003 file ([MS-DOC] 2.9.131 to 2.9.150): what numbers its paragraphs have."""

from __future__ import annotations

import struct
from collections.abc import Hashable
from contextlib import suppress

from indexer.readers import numbering
from indexer.readers.word97_format import Layout

_LISTS, _USES = 0x2E2, 0x2EA  # where the information block says where these tables are
_LIST_SIZE, _LEVEL_SIZE, _USE_SIZE = 28, 28, 16  # bytes
_SIMPLE, _LEGAL, _NO_RESTART = 1, 4, 8  # flags of a list, of a level
_HAS_START, _HAS_LEVEL = 0x10, 0x20  # flags of a level of a use
_NO_STYLE = 0xFFF
#: Formats of numbers, by their numbers in these files.
_FORMS = (
    "decimal", "upperRoman", "lowerRoman", "upperLetter", "lowerLetter", "ordinal", "cardinalText",
    "ordinalText", "hex", "chicago", "ideographDigital", "japaneseCounting", "aiueo", "iroha",
    "decimalFullWidth", "decimalHalfWidth", "japaneseLegal", "japaneseDigitalTenThousand",
    "decimalEnclosedCircle", "decimalFullWidth2", "aiueoFullWidth", "irohaFullWidth", "decimalZero", "bullet",
    "ganada", "chosung", "decimalEnclosedFullstop", "decimalEnclosedParen", "decimalEnclosedCircleChinese",
    "ideographEnclosedCircle", "ideographTraditional", "ideographZodiac", "ideographZodiacTraditional",
    "taiwaneseCounting", "ideographLegalTraditional", "taiwaneseCountingThousand", "taiwaneseDigital",
    "chineseCounting", "chineseLegalSimplified", "chineseCountingThousand",
)  # fmt: skip
_NO_NUMBER = (48, 0xFF)
_SUFFIXES = (numbering.TAB, numbering.SPACE, numbering.NOTHING)


class Numbers:
    """Gives paragraphs their numbers. Lists that are damaged, and those behind them, give none."""

    def __init__(self, main: bytes, table: bytes) -> None:
        self._uses: list[numbering.Use | None] = []
        self._linked: dict[Hashable, dict[int, int]] = {}  # what counts a list: number of a style, its level
        with suppress(struct.error, IndexError):
            self._read_uses(main, table, self._read_lists(main, table))

    def of(self, layout: Layout, lists: numbering.Lists) -> str:
        """The number of a paragraph, as it is put before its text; "" for none."""
        if not 1 <= layout.list <= len(self._uses):
            return ""
        use = self._uses[layout.list - 1]
        if use is None:
            return ""
        level = layout.level
        if level is None:
            linked = self._linked[use.counted]
            level = next((linked[style] for style in layout.styles if style in linked), 0)
        return lists.next(use, level) if level in use.levels else ""

    def _read_lists(self, main: bytes, table: bytes) -> dict[int, dict[int, numbering.Level]]:
        """The levels of the lists, by the numbers that lists have everywhere."""
        start, size = struct.unpack_from("<II", main, _LISTS)
        known: dict[int, dict[int, numbering.Level]] = {}
        if not size:
            return known
        count = struct.unpack_from("<H", table, start)[0]
        at = start + 2 + count * _LIST_SIZE  # the levels stand behind the table and are not part of it
        for number in range(count):
            name, *styles, flags = struct.unpack_from("<i4x9HB", table, start + 2 + number * _LIST_SIZE)
            levels = known[name] = {}
            for level in range(1 if flags & _SIMPLE else numbering.LEVELS):
                levels[level], at = _level(table, at)
            self._linked[name] = {style: n for n, style in enumerate(styles) if style != _NO_STYLE}
        return known

    def _read_uses(self, main: bytes, table: bytes, known: dict[int, dict[int, numbering.Level]]) -> None:
        start, size = struct.unpack_from("<II", main, _USES)
        if not size:
            return
        count = struct.unpack_from("<I", table, start)[0]
        at = start + 4 + count * _USE_SIZE
        for number in range(count):
            name, changed = struct.unpack_from("<i8xB", table, start + 4 + number * _USE_SIZE)
            at += 4
            levels, starts = dict(known.get(name, {})), {}
            for _ in range(changed):
                begin, flags = struct.unpack_from("<II", table, at)
                at += 8
                level = flags & 0xF
                if flags & _HAS_LEVEL:
                    levels[level], at = _level(table, at)
                    begin = levels[level].start
                if flags & _HAS_START:
                    starts[level] = begin
            self._uses.append(numbering.Use(number, name, levels, starts) if name in known else None)


def _level(table: bytes, at: int) -> tuple[numbering.Level, int]:
    """A level, and where the next begins."""
    start, form, flags, suffix, characters, paragraph, restart = struct.unpack_from("<IBB9xB8xBBB", table, at)
    at += _LEVEL_SIZE + characters + paragraph
    length = struct.unpack_from("<H", table, at)[0]
    text = table[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace")
    pattern = tuple(
        ord(c) if ord(c) < numbering.LEVELS else c for c in text[: numbering.MOST]
    )  # low codes stand for levels
    name = numbering.NONE if form in _NO_NUMBER else _FORMS[form] if form < len(_FORMS) else numbering.DECIMAL
    level = numbering.Level(
        name,
        pattern,
        start,
        _SUFFIXES[suffix] if suffix < len(_SUFFIXES) else numbering.TAB,
        restart if flags & _NO_RESTART else None,
        bool(flags & _LEGAL),
    )
    return level, at + 2 + 2 * length
