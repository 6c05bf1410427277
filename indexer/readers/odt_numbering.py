"""Automatic numbers of OpenDocument texts: what list styles and the outline style say (ODF 1.3, 16.30)."""

from __future__ import annotations

import re
from typing import Any

from indexer.readers import numbering

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_PATTERN = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}num-list-format"
_OUTLINE = "\0outline"  # no name that a style can have
_LISTS = {_TEXT + "list-style", _TEXT + "outline-style"}
_BULLETS = {_TEXT + "list-level-style-bullet", _TEXT + "list-level-style-image"}
_LEVELS = {_TEXT + "list-level-style-number", _TEXT + "outline-level-style"} | _BULLETS
_PLACEHOLDER = re.compile(r"%([1-9]|10)%")
_MOST_LEVELS = 10
_LIMIT = 0x7FFFFFFF
#: Formats by what the row of numbers that names them begins with ("一, 二, 三, ...").
_FORMS = {
    "": numbering.NONE, "1": numbering.DECIMAL, "01": "decimalZero", "１": "decimalFullWidth",
    "i": "lowerRoman", "I": "upperRoman", "a": numbering.LOWER_COLUMNS, "A": numbering.UPPER_COLUMNS,
    "一": "chineseCountingThousand", "壹": "chineseLegalSimplified", "壱": "japaneseLegal",
    "甲": "ideographTraditional", "子": "ideographZodiac", "①": "decimalEnclosedCircle",
}  # fmt: skip
_REPEATED = {numbering.LOWER_COLUMNS: "lowerLetter", numbering.UPPER_COLUMNS: "upperLetter"}


class Numbers:
    """Gives numbers to the items of lists and to headings, asked in reading order."""

    def __init__(self, *roots: Any) -> None:
        self._counts = numbering.Lists()
        self._styles: dict[str, dict[int, numbering.Level]] = {}
        self._keys: dict[str, int] = {}  # of lists with a name
        self._last: dict[str, int] = {}  # of a style: the list begun last
        self._begun = 0
        for root in roots:
            for style in root.iter(*_LISTS):
                name = _OUTLINE if style.tag == _TEXT + "outline-style" else style.get(_STYLE + "name", "")
                self._styles[name] = {
                    number(e.get(_TEXT + "level"), 1) - 1: _level(e) for e in style if e.tag in _LEVELS
                }

    def begin(self, element: Any, style: str) -> int:
        """What counts a list that is not in another: itself, or what counts the one that it goes on with."""
        continued = element.get(_TEXT + "continue-list")
        key = self._keys.get(continued) if continued is not None else None
        if key is None and continued is None and element.get(_TEXT + "continue-numbering") == "true":
            key = self._last.get(style)
        if key is None:
            self._begun += 1
            key = self._begun
        self._last[style] = key
        name = element.get("{http://www.w3.org/XML/1998/namespace}id")
        if name is not None:
            self._keys[name] = key
        return key

    def item(self, key: int, style: str, level: int, start: int | None) -> str | None:
        """The number of a list item, as it is put before its text; None where the style is not known."""
        levels = self._styles.get(style)
        if levels is None or level not in levels:
            return None
        return self._counts.count(key, levels, level, start)

    def heading(self, level: int, start: int | None) -> str | None:
        """The number of a heading of this level, from 0, that is in no list."""
        return self.item(0, _OUTLINE, level, start)


def number(text: str | None, otherwise: int) -> int:
    """A number from 0 on; ``otherwise`` for what is none."""
    text = (text or "").strip()
    return min(int(text[:12]), _LIMIT) if text.isascii() and text.isdigit() else otherwise


def _level(element: Any) -> numbering.Level:
    if element.tag in _BULLETS:
        return numbering.Level(numbering.BULLET)
    row = element.get(_STYLE + "num-format", "")
    form = _FORMS.get(row.split(",")[0].strip(), numbering.DECIMAL)
    if "貳" in row:
        form = "ideographLegalTraditional"
    if element.get(_STYLE + "num-letter-sync") == "true":
        form = _REPEATED.get(form, form)
    level = min(number(element.get(_TEXT + "level"), 1), _MOST_LEVELS)
    pattern = element.get(_PATTERN)
    if pattern is not None:
        parts = _PLACEHOLDER.split(pattern[: numbering.MOST])
        written: list[str | int] = [int(p) - 1 if n % 2 else p for n, p in enumerate(parts) if p]
    else:
        shown = min(max(number(element.get(_TEXT + "display-levels"), 1), 1), max(level, 1))
        written = [element.get(_STYLE + "num-prefix", "")[: numbering.MOST]]
        for its in range(level - shown, level):
            written += [its, "."] if its < level - 1 else [its]
        written.append(element.get(_STYLE + "num-suffix", "")[: numbering.MOST])
    label = next((e for e in element.iter() if e.get(_TEXT + "label-followed-by")), None)
    suffix = label.get(_TEXT + "label-followed-by") if label is not None else numbering.TAB
    start = number(element.get(_TEXT + "start-value"), 1)
    return numbering.Level(form, tuple(written), start, suffix)
