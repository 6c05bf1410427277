"""What a cell shows: a value by its number format, as Excel and WPS display it in Chinese offices.

Codes: ECMA-376 part 1, 18.8.30 and 18.8.31; texts that depend on the country are those of zh-CN.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

Value = str | bool | int | float | datetime.date | datetime.time | datetime.timedelta

GENERAL = "General"
_LONGEST = 1000  # characters of a code; Excel allows 255
_CONTEXT = Context(prec=360, rounding=ROUND_HALF_UP)  # digits of the largest number, with its decimals
_WIDTH = 11  # characters of a number in the format General, without its sign
_FIRST_DAY = datetime.datetime(1899, 12, 30)
_DAY = 86_400  # seconds

_YEN = '_ ¥* #,##0{0}_ ;_ ¥* -#,##0{0}_ ;_ ¥* "-"{1}_ ;_ @_ '
_PLAIN = '_ * #,##0{0}_ ;_ * -#,##0{0}_ ;_ * "-"{1}_ ;_ @_ '
_YEAR_MONTH, _MONTH_DAY = 'yyyy"年"m"月"', 'm"月"d"日"'
_NOON, _NOON_SECONDS = '上午/下午h"时"mm"分"', '上午/下午h"时"mm"分"ss"秒"'
#: The codes that files name by number only.
BUILT_IN = {
    0: GENERAL,
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: "¥#,##0;¥-#,##0",
    6: "¥#,##0;¥-#,##0",
    7: "¥#,##0.00;¥-#,##0.00",
    8: "¥#,##0.00;¥-#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy/m/d h:mm",
    **dict.fromkeys((27, 36, 50, 52, 57), _YEAR_MONTH),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), _MONTH_DAY),
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    **dict.fromkeys((34, 55), _NOON),
    **dict.fromkeys((35, 56), _NOON_SECONDS),
    37: "#,##0;-#,##0",
    38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    41: _PLAIN.format("", ""),
    42: _YEN.format("", ""),
    43: _PLAIN.format(".00", "??"),
    44: _YEN.format(".00", "??"),
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
}

_TOKEN = re.compile(
    r"""
      "(?P<quoted>[^"]*)"?
    | [\\!](?P<escaped>.)
    | _(?P<blank>.)
    | \*(?P<fill>.)
    | \[(?P<bracket>[^\]]*)\]
    | (?P<general>General|G/通用格式)
    | (?P<noon>AM/PM|A/P|上午/下午)
    | (?P<exponent>E[+-])
    | (?P<date>y+|m+|d+|h+|s+|e+|aaaa?)
    | (?P<digit>[0#?])
    | (?P<sign>[.,%/@;])
    | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9.]{1,20})")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_WEEKDAYS = "一二三四五六日"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LONG_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_LONG_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
#: Digits and the words for ten, hundred, thousand, by the number in ``[DBNum1]``.
_NUMERALS = {1: ("〇一二三四五六七八九", "十百千"), 2: ("零壹贰叁肆伍陆柒捌玖", "拾佰仟")}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # text, digit, sign, date, elapsed, noon, exponent, general
    text: str


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of a code, between semicolons."""

    tokens: tuple[_Token, ...]
    condition: tuple[str, float] | None
    chinese: bool  # names of days and months
    numerals: int  # of DBNum; 0: none

    def has(self, *kinds: str) -> bool:
        return any(t.kind in kinds for t in self.tokens)

    @property
    def is_date(self) -> bool:
        return self.has("date", "elapsed")

    @property
    def is_text(self) -> bool:
        return any(t.kind == "sign" and t.text == "@" for t in self.tokens)


def shown(code: str, value: Value, *, from_1904: bool = False) -> str:
    """What a cell with this value and number format shows; without a format that makes sense, the value.

    ``from_1904``: the workbook counts its days from 1904.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    try:
        if isinstance(value, str):
            return _text(code, value)
        if isinstance(value, (int, float)):
            return _number(code, float(value), from_1904)
        found = _dated(code, value)
        return found if found is not None else _iso(value)
    except (ArithmeticError, InvalidOperation, ValueError, IndexError):
        return plain(value)


def plain(value: Value) -> str:
    """The value of a cell without a number format; dates and times as ISO, to the second."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return general(float(value))
    return _iso(value)


def _iso(value: datetime.date | datetime.time | datetime.timedelta) -> str:
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, datetime.time):
        return value.isoformat("seconds")
    return str(value)


def general(value: float) -> str:
    """A number in the format General: as many digits as stand in eleven characters."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if value.is_integer() and abs(value) < 10**_WIDTH:
        return str(int(value))
    exact = Decimal(f"{value:.15g}")
    sign, size = ("-" if value < 0 else ""), abs(exact)
    power = size.adjusted()
    if -10 < power < _WIDTH:
        text = _trimmed(f"{_rounded(size, 12):f}")
        if len(text) > _WIDTH and power >= -4:
            text = _trimmed(f"{_rounded(size, max(0, _WIDTH - 2 - max(0, power))):f}")
        if len(text) <= _WIDTH and text != "0":
            return sign + text
    mantissa, _, exponent = f"{size:.5E}".partition("E")
    return f"{sign}{_trimmed(mantissa)}E{exponent[0]}{exponent[1:]:0>2}"


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), context=_CONTEXT)


# -- codes --------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _sections(code: str) -> tuple[_Section, ...]:
    """The parts of a code. Raises ValueError where it is none."""
    if len(code) > _LONGEST:
        raise ValueError("too long for a number format")
    found: list[_Section] = []
    tokens: list[_Token] = []
    condition: tuple[str, float] | None = None
    chinese, numerals = False, 0
    for match in [*_TOKEN.finditer(code), None]:
        kind, text = (match.lastgroup or "", match.group(match.lastgroup or 0)) if match else ("sign", ";")
        if kind == "sign" and text == ";":
            found.append(_Section(tuple(_in_minutes(tokens)), condition, chinese, numerals))
            tokens, condition, chinese, numerals = [], None, False, 0
        elif kind == "bracket":
            test = _CONDITION.fullmatch(text)
            if test:
                condition = (test.group(1), float(test.group(2)))
            elif text.startswith("$"):
                currency, _, country = text[1:].partition("-")
                tokens.append(_Token("text", currency))
                chinese = chinese or country[-3:].lower() in ("804", "404", "c04")
            elif _ELAPSED.fullmatch(text):
                tokens.append(_Token("elapsed", text.lower()))
            elif text.upper().startswith("DBNUM") and text[5:] in ("1", "2", "3"):
                numerals = int(text[5:])
        elif kind in ("quoted", "escaped", "other"):
            tokens.append(_Token("text", text))
        elif kind == "date":
            tokens.append(_Token("date", text.lower()))
        elif kind not in ("blank", "fill"):
            tokens.append(_Token(kind, text))
    return tuple(found)


def _in_minutes(tokens: list[_Token]) -> list[_Token]:
    """``m`` behind hours or before seconds means minutes, here written ``n``."""
    clock = [i for i, t in enumerate(tokens) if t.kind in ("date", "elapsed")]
    kept = list(tokens)
    for place, i in enumerate(clock):
        if tokens[i].kind == "date" and tokens[i].text in ("m", "mm"):
            before = tokens[clock[place - 1]].text if place else ""
            after = tokens[clock[place + 1]].text if place + 1 < len(clock) else ""
            if before.startswith("h") or after.startswith("s"):
                kept[i] = _Token("date", "n" * len(tokens[i].text))
    return kept


def _chosen(code: str, value: float) -> tuple[_Section, bool]:
    """The part of a code for this number, and whether it writes the sign itself."""
    sections = _sections(code)
    numeric = sections[:3]
    if len(numeric) > 1 and numeric[-1].is_text:
        numeric = numeric[:-1]
    if any(s.condition for s in numeric):
        for section in numeric:
            if section.condition is not None and _meets(value, section.condition):
                return section, section.condition[0] in ("<", "<=") and section.condition[1] <= 0
        others = [s for s in numeric if s.condition is None]
        return (others[1] if value < 0 and len(others) > 1 else (others or numeric)[0]), len(others) > 1
    if value < 0 and len(numeric) > 1:
        return numeric[1], True
    if not value and len(numeric) > 2:
        return numeric[2], True
    return numeric[0], False


def _meets(value: float, condition: tuple[str, float]) -> bool:
    sign, limit = condition
    return {
        "<": value < limit,
        "<=": value <= limit,
        ">": value > limit,
        ">=": value >= limit,
        "=": value == limit,
        "<>": value != limit,
    }[sign]


def _text(code: str, value: str) -> str:
    sections = _sections(code)
    section = next((s for s in reversed(sections) if s.is_text), None)
    if section is None:
        return value
    return "".join(
        value if t.kind == "sign" and t.text == "@" else t.text
        for t in section.tokens
        if t.kind == "text" or t.text == "@"
    )


# -- numbers ------------------------------------------------------------------------------------------


def _number(code: str, value: float, from_1904: bool) -> str:
    if code == GENERAL or not code:
        return general(value)
    section, signed = _chosen(code, value)
    if section.is_date:
        return _moment(section, _day(value, from_1904), value * _DAY)
    if section.has("general") or section.is_text:
        number = general(abs(value) if signed else value)
        return "".join(_value_or_literal(t, number) for t in section.tokens).strip()
    if not section.tokens and all(not s.tokens for s in _sections(code)):
        return general(value)  # hidden by its format; hidden rows and sheets are read, too
    size = abs(Decimal(f"{value:.15g}"))
    if section.has("exponent"):
        text = _scientific(section, size)
    elif any(t.kind == "sign" and t.text == "/" for t in section.tokens) and section.has("digit"):
        text = _fraction(section, size)
    else:
        text = _decimal(section, size)
    return ("-" if value < 0 and not signed and section.has("digit") else "") + text.strip()


def _value_or_literal(token: _Token, number: str) -> str:
    if token.kind == "general" or (token.kind == "sign" and token.text == "@"):
        return number
    return token.text if token.kind in ("text", "sign") else ""


def _decimal(section: _Section, size: Decimal) -> str:
    """Digits in their places, with what stands between them."""
    tokens = list(section.tokens)
    digits = [i for i, t in enumerate(tokens) if t.kind == "digit"]
    if not digits:
        return "".join(t.text for t in tokens if t.kind == "text" or t.text == "%")
    point = next((i for i, t in enumerate(tokens) if t.kind == "sign" and t.text == "."), len(tokens))
    whole = [i for i in digits if i < point]
    decimals = [i for i in digits if i > point]
    commas = [i for i, t in enumerate(tokens) if t.kind == "sign" and t.text == ","]
    grouped = any(whole and whole[0] < i < whole[-1] for i in commas)
    last = whole[-1] if whole else -1
    scaled = [i for i in commas if (last < i < point) or i > digits[-1]]
    percents = sum(t.kind == "sign" and t.text == "%" for t in tokens)
    number = _rounded(size.scaleb(2 * percents - 3 * len(scaled)), len(decimals))
    before, _, after = f"{number:f}".partition(".")
    before = before.lstrip("0")
    if section.numerals and whole and not decimals and not grouped:
        words = _numerals(before or "0", section.numerals)
        return "".join(
            words if i == whole[0] else t.text
            for i, t in enumerate(tokens)
            if t.kind == "text" or i == whole[0]
        )
    placed = _placed(before, [tokens[i].text for i in whole], grouped)
    texts = dict(zip(whole, placed, strict=True))
    kept = len(after)
    while kept and after[kept - 1] == "0" and tokens[decimals[kept - 1]].text in "#?":
        kept -= 1
    for n, i in enumerate(decimals):
        texts[i] = after[n] if n < kept else ""
    parts = []
    for i, token in enumerate(tokens):
        if i in texts:
            parts.append(texts[i])
        elif i == point:
            parts.append(("" if whole else before) + ".")
        elif token.kind == "text" or token.text in ("%", "/"):
            parts.append(token.text)
    return _in_numerals("".join(parts), section.numerals)


def _placed(digits: str, places: list[str], grouped: bool) -> list[str]:
    """Digits from the right into their places; the first takes all that are left."""
    parts = [""] * len(places)
    written = 0
    for at in range(len(places) - 1, -1, -1):
        taken = digits if at == 0 else digits[-1:]
        digits = "" if at == 0 else digits[:-1]
        if not taken:
            taken = {"0": "0", "?": " "}.get(places[at], "")
        for digit in reversed(taken):
            comma = "," if grouped and written and written % 3 == 0 and digit != " " else ""
            parts[at] = digit + comma + parts[at]
            written += 1
    return parts


def _scientific(section: _Section, size: Decimal) -> str:
    at = next(i for i, t in enumerate(section.tokens) if t.kind == "exponent")
    head, tail = section.tokens[:at], section.tokens[at + 1 :]
    point = next((i for i, t in enumerate(head) if t.text == "."), len(head))
    step = max(1, sum(t.kind == "digit" for t in head[:point]))
    places = sum(t.kind == "digit" for t in head[point:])
    power = size.adjusted() // step * step if size else 0
    if _rounded(size.scaleb(-power), places) >= Decimal(10) ** step:
        power += step
    mantissa = _decimal(_Section(head, None, False, 0), size.scaleb(-power))
    width = sum(t.kind == "digit" for t in tail)
    sign = "-" if power < 0 else "+" if section.tokens[at].text[1] == "+" else ""
    rest = "".join(t.text for t in tail if t.kind == "text")
    return f"{mantissa}E{sign}{abs(power):0>{width}}{rest}"


def _fraction(section: _Section, size: Decimal) -> str:
    tokens = section.tokens
    bar = next(i for i, t in enumerate(tokens) if t.kind == "sign" and t.text == "/")
    first = bar
    while first and tokens[first - 1].kind == "digit":
        first -= 1
    last = bar + 1
    while last < len(tokens) and (tokens[last].kind == "digit" or tokens[last].text.isdigit()):
        last += 1
    below = "".join(t.text for t in tokens[bar + 1 : last])
    mixed = any(t.kind == "digit" for t in tokens[:first])
    whole = int(size) if mixed else 0
    rest = Fraction(size) - whole
    if below.strip("0").isdigit():  # a denominator that is given
        denominator = min(int(below[:9]), 10**9)
        numerator = int(rest * denominator + Fraction(1, 2))
    else:
        near = rest.limit_denominator(10 ** min(len(below), 7) - 1)
        numerator, denominator = near.numerator, near.denominator
    if mixed and numerator == denominator:
        whole, numerator = whole + 1, 0
    ahead = "".join(t.text for t in tokens[:first] if t.kind == "text").strip()
    behind = "".join(t.text for t in tokens[last:] if t.kind == "text").strip()
    parts = [str(whole)] if mixed and (whole or not numerator) else []
    if numerator or not mixed:
        parts.append(f"{numerator}/{denominator}")
    return ahead + " ".join(parts) + behind


# -- Chinese numerals ---------------------------------------------------------------------------------


def _in_numerals(text: str, kind: int) -> str:
    """Each digit by itself."""
    if not kind:
        return text
    digits = _NUMERALS[kind][0] if kind in _NUMERALS else "０１２３４５６７８９"
    return "".join(digits[int(c)] if c in "0123456789" else c for c in text)


def _numerals(digits: str, kind: int) -> str:
    """A whole number in words: 一百二十三."""
    if kind not in _NUMERALS or len(digits) > 12:
        return _in_numerals(digits, kind)
    signs, units = _NUMERALS[kind]
    zero = "零" if kind == 2 else signs[0]
    groups = []
    for power in range((len(digits) + 3) // 4):
        group = digits[max(0, len(digits) - 4 * power - 4) : len(digits) - 4 * power]
        words, gap = "", False
        for place, digit in enumerate(group):
            if digit == "0":
                gap = True
                continue
            words += (zero if gap and (words or power < (len(digits) - 1) // 4) else "") + signs[int(digit)]
            words += units[len(group) - place - 2] if place < len(group) - 1 else ""
            gap = False
        groups.append(words + ("", "万", "亿")[power] if words else "")
    return "".join(reversed(groups)) or zero


# -- dates --------------------------------------------------------------------------------------------


def _day(value: float, from_1904: bool) -> datetime.datetime:
    """Raises OverflowError (an ArithmeticError) where no calendar has that day."""
    days = value + (1462 if from_1904 else 0)
    if not 0 <= days < 2_958_466:
        raise OverflowError("no day of the calendar")
    return _FIRST_DAY + datetime.timedelta(days=days + (1 if days < 60 else 0))


def _dated(code: str, value: datetime.date | datetime.time | datetime.timedelta) -> str | None:
    """A date or time by its format; None where the format is none of dates."""
    if isinstance(value, datetime.timedelta):
        moment, seconds = _FIRST_DAY + value, value.total_seconds()
    elif isinstance(value, datetime.time):
        moment = datetime.datetime.combine(_FIRST_DAY.date(), value)
        seconds = (moment - _FIRST_DAY).total_seconds()
    elif isinstance(value, datetime.datetime):
        moment, seconds = value, (value - _FIRST_DAY).total_seconds()
    else:
        moment = datetime.datetime.combine(value, datetime.time())
        seconds = (moment - _FIRST_DAY).total_seconds()
    section = _sections(code)[0]
    return _moment(section, moment, seconds) if section.is_date else None


def _moment(section: _Section, moment: datetime.datetime, seconds: float) -> str:
    """``seconds``: since the first day, for what counts hours beyond a day."""
    tokens = section.tokens
    finely = any(
        t.text == "." and tokens[i + 1 : i + 2] and tokens[i + 1].kind == "digit"
        for i, t in enumerate(tokens)
    )
    if finely:
        moment += datetime.timedelta(microseconds=500)
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        seconds = round(seconds, 3)
    else:
        moment = (moment + datetime.timedelta(microseconds=500_000)).replace(microsecond=0)
        seconds = round(seconds)
    half = section.has("noon")
    parts: list[str] = []
    fraction = f"{moment.microsecond:06}"
    for i, token in enumerate(tokens):
        if token.kind == "date":
            parts.append(_of_date(section, token.text, moment, half))
        elif token.kind == "elapsed":
            unit = {"h": 3600, "m": 60, "s": 1}[token.text[0]]
            number = f"{int(abs(seconds)) // unit:0>{len(token.text)}}"
            parts.append(("-" if seconds < 0 else "") + _in_numerals(number, section.numerals))
        elif token.kind == "noon":
            names = token.text.split("/")
            parts.append(names[moment.hour >= 12])
        elif token.kind == "digit":
            fits = i and (tokens[i - 1].text == "." or tokens[i - 1].kind == "digit")
            parts.append(fraction[:1] if fits else token.text)
            fraction = fraction[1:] if fits else fraction
        elif token.kind in ("text", "sign") and token.text != "@":
            parts.append(token.text)
    return "".join(parts).strip()


def _of_date(section: _Section, what: str, moment: datetime.datetime, half: bool) -> str:
    letter, width = what[0], len(what)
    if letter in "ye":
        year = f"{moment.year:04}" if width > 2 or letter == "e" else f"{moment.year % 100:02}"
        return _in_numerals(year, section.numerals)
    if letter == "a":
        return ("星期" if width > 3 else "") + _WEEKDAYS[moment.weekday()]
    if letter == "d" and width > 2:
        if section.chinese:
            return ("周" if width == 3 else "星期") + _WEEKDAYS[moment.weekday()]
        return (_DAYS if width == 3 else _LONG_DAYS)[moment.weekday()]
    if letter == "m" and width > 2:
        if section.chinese:
            return f"{moment.month}月" if width == 3 else f"{_short(moment.month, 1)}月"
        if width == 5:
            return _MONTHS[moment.month - 1][0]
        return (_MONTHS if width == 3 else _LONG_MONTHS)[moment.month - 1]
    hour = (moment.hour + 11) % 12 + 1 if half else moment.hour
    number = {"m": moment.month, "d": moment.day, "h": hour, "n": moment.minute, "s": moment.second}[letter]
    return _short(number, section.numerals) if section.numerals else f"{number:0>{min(width, 2)}}"


def _short(number: int, kind: int) -> str:
    """A number below a hundred as dates have it: 十五, not 一十五."""
    words = _numerals(str(number), kind)
    return words[1:] if kind == 1 and 10 <= number < 20 else words
