"""Automatic numbers of paragraphs: how a number is written, how lists count.

Word processors count the paragraphs of a list and draw the number in front of each; it stands in no text.
Formats of numbers have the names of Office Open XML (ECMA-376 part 1, 17.18.59), in whatever file they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

LEVELS = 9
DECIMAL, BULLET, NONE = "decimal", "bullet", "none"
TAB, SPACE, NOTHING = "tab", "space", "nothing"  # what follows a number

MOST = 255  # characters of a number, as Word has it

_PLACEHOLDER = re.compile(r"%([1-9])")
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_MOST_ROMAN, _MOST_LETTERS = 3999, 780  # what is beyond is written in decimals, as Word does
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_HAN, _UNITS = "零一二三四五六七八九", ("", "十", "百", "千", "万")


def written(number: int, form: str) -> str:
    """``number`` in a format; in decimals where that is not known or has no such number."""
    if form == NONE:
        return ""
    write = _FORMS.get(form)
    return (write(number) if write else "") or str(number)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list. ``pattern``: text, and in the place of numbers the levels they are of, from 0.

    ``restart``: begins again behind paragraphs of levels below this one; None: behind any higher level, 0:
    never. ``legal``: the numbers in it are decimals whatever their levels say.
    """

    form: str = DECIMAL
    pattern: tuple[str | int, ...] = ()
    start: int = 1
    suffix: str = TAB
    restart: int | None = None
    legal: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """A list as paragraphs name it. Those of the same ``counted`` go on counting where another stopped.

    ``starts``: numbers that the levels begin with where this use of the list begins.
    """

    name: Hashable
    counted: Hashable
    levels: Mapping[int, Level]
    starts: Mapping[int, int] = field(default_factory=dict)


def pattern(text: str) -> tuple[str | int, ...]:
    """What "第%1章" says: "第", 0, "章"."""
    parts = _PLACEHOLDER.split(text[:MOST])
    return tuple(int(p) - 1 if n % 2 else p for n, p in enumerate(parts) if p)


def spaced(number: str, suffix: str) -> str:
    """The number as one types it before text.

    A tab or a space behind it becomes a space where one is typed: after letters, digits and dots ("1. ",
    "第一章 "), not after "一、", "（一）" or "①".
    """
    if suffix == NOTHING or not number:
        return number
    last = number[-1]
    return number + " " if last.isalpha() or last.isdecimal() or last == "." else number


def put(number: str, text: str, *, in_cell: bool = False) -> str:
    """The text of a paragraph with its number.

    An empty paragraph is no text, though it may show a number; in a table cell the number is what is meant.
    """
    if not number or (not text.strip() and not in_cell):
        return text
    return (number + text.lstrip()).rstrip() if in_cell else number + text.lstrip()


class Lists:
    """How far the lists of a document have counted."""

    def __init__(self) -> None:
        self._counts: dict[Hashable, dict[int, int]] = {}
        self._begun: set[tuple[Hashable, int]] = set()

    def next(self, use: Use, level: int) -> str:
        """The number of the next paragraph on this level, from 0, with the space behind it."""
        start = None if (use.name, level) in self._begun else use.starts.get(level)
        self._begun.add((use.name, level))
        return self.count(use.counted, use.levels, level, start)

    def count(
        self, counted: Hashable, levels: Mapping[int, Level], level: int, start: int | None = None
    ) -> str:
        """As :meth:`next`, of a list that begins nowhere but where ``start`` gives a number to begin with."""
        counts = self._counts.setdefault(counted, {})
        own = levels.get(level, Level())
        for higher in range(level):  # one that is left out counts as if it were there
            counts.setdefault(higher, levels.get(higher, Level()).start)
        if start is None:
            start = counts[level] + 1 if level in counts else own.start
        counts[level] = start
        for deeper in [n for n in counts if n > level]:
            restart = levels.get(deeper, Level()).restart
            if restart is None or level < restart:
                del counts[deeper]
        if own.form == BULLET:
            return ""  # a dot or a dash in the margin: it shows a list, but it is no text that one would type
        parts = []
        for part in own.pattern:
            if isinstance(part, str):
                parts.append(part)
            elif part <= level:
                its = levels.get(part, Level())
                if its.form not in (BULLET, NONE):
                    parts.append(written(counts[part], DECIMAL if own.legal else its.form))
        return spaced("".join(parts)[:MOST].strip(), own.suffix)


def _counting(digits: str, units: tuple[str, ...], one: str = "万千百") -> Callable[[int], str]:
    """Numbers with words for ten, hundred ...

    ``one``: the units before which a single one is written; before ten it is, where "十" is not in it, but
    not where the number begins with it ("十一", but "一百一十一"). A space for the zero in ``digits``: gaps
    are not written, nor is the one before any unit that is not in ``one``.
    """
    zero = digits[0].strip()

    def below_ten_thousand(number: int, begins: bool) -> str:
        text, gap = "", False
        for power in (3, 2, 1, 0):
            digit = number // 10**power % 10
            if not digit:
                gap = True
                continue
            text += zero if gap and text else ""
            gap = False
            bare = digit == 1 and power and _UNITS[power] not in one and (not zero or (begins and not text))
            text += ("" if bare else digits[digit]) + units[power]
        return text

    def write(number: int) -> str:
        if not 0 < number < 100_000_000:
            return zero if number == 0 else ""
        high, low = divmod(number, 10_000)
        text = below_ten_thousand(high, True) + units[4] if high else ""
        if high and 0 < low < 1000:
            text += zero
        return text + below_ten_thousand(low, not high)

    return write


def _digits(digits: str) -> Callable[[int], str]:
    table = str.maketrans("0123456789", digits)
    return lambda number: str(number).translate(table) if number >= 0 else ""


def _up_to_99(below: Callable[[int], str], beyond: Callable[[int], str]) -> Callable[[int], str]:
    return lambda number: below(number) if number < 100 else beyond(number)


def _row(signs: Sequence[str]) -> Callable[[int], str]:
    return lambda number: signs[number - 1] if 1 <= number <= len(signs) else ""


def _signs(first: str, count: int) -> Callable[[int], str]:
    return _row("".join(chr(ord(first) + n) for n in range(count)))


def _roman(number: int) -> str:
    if not 0 < number <= _MOST_ROMAN:
        return ""
    text = ""
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        text += letters * times
    return text


def _letters(number: int) -> str:
    """a, b ... z, aa, bb ..."""
    if not 0 < number <= _MOST_LETTERS:
        return ""
    times, letter = divmod(number - 1, 26)
    return chr(ord("a") + letter) * (times + 1)


def _columns(number: int) -> str:
    """a, b ... z, aa, ab ..., as the columns of a sheet are called."""
    text = ""
    while number > 0:
        number, letter = divmod(number - 1, 26)
        text = chr(ord("a") + letter) + text
    return text


def _upper(write: Callable[[int], str]) -> Callable[[int], str]:
    return lambda number: write(number).upper()


_chinese = _counting(_HAN, _UNITS)
_legal_units = "十万千百"
LOWER_COLUMNS, UPPER_COLUMNS = "lowerColumns", "upperColumns"  # not of Office Open XML, but of OpenDocument
_FORMS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02}",
    "decimalFullWidth": lambda number: str(number).translate(_WIDE),
    "decimalFullWidth2": lambda number: str(number).translate(_WIDE),
    "numberInDash": lambda number: f"- {number} -",
    "upperRoman": _upper(_roman),
    "lowerRoman": _roman,
    "upperLetter": _upper(_letters),
    "lowerLetter": _letters,
    UPPER_COLUMNS: _upper(_columns),
    LOWER_COLUMNS: _columns,
    "chineseCounting": _up_to_99(_chinese, _digits("○一二三四五六七八九")),
    "chineseCountingThousand": _chinese,
    "taiwaneseCounting": _up_to_99(_chinese, _digits("○一二三四五六七八九")),
    "taiwaneseCountingThousand": _counting(_HAN, ("", "十", "百", "千", "萬")),
    "taiwaneseDigital": _digits("○一二三四五六七八九"),
    "ideographDigital": _digits("〇一二三四五六七八九"),
    "japaneseDigitalTenThousand": _digits("〇一二三四五六七八九"),
    "japaneseCounting": _counting(" 一二三四五六七八九", _UNITS, one="万"),
    "chineseLegalSimplified": _counting("零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟", "万"), _legal_units),
    "ideographLegalTraditional": _counting(
        "零壹貳參肆伍陸柒捌玖", ("", "拾", "佰", "仟", "萬"), _legal_units
    ),
    "japaneseLegal": _counting(" 壱弐参四伍六七八九", ("", "拾", "百", "阡", "萬"), _legal_units),
    "ideographTraditional": _row(_STEMS),
    "ideographZodiac": _row(_BRANCHES),
    "ideographZodiacTraditional": _row([f"{_STEMS[n % 10]}{_BRANCHES[n % 12]}" for n in range(60)]),
    "decimalEnclosedCircle": _signs("①", 20),
    "decimalEnclosedCircleChinese": _signs("①", 20),
    "decimalEnclosedFullstop": _signs("⒈", 20),
    "decimalEnclosedParen": _signs("⑴", 20),
    "ideographEnclosedCircle": _signs("㈠", 10),
}
