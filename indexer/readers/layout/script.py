"""How broad characters are, what no line end parts, and what stands between two lines."""

from __future__ import annotations

import re
import unicodedata

_HANGING = "，。、；：,.;:"
_OPENERS = "（(“‘《【〔「『[<"
_UNIT = rf"[{re.escape(_OPENERS)}]*(?:[!-~]+|.)[，。、；：！？”’」』）)》】〕％%,.;:!?\]]*"
#: What no line end parts: a character with its punctuation; word processors keep quotes with both neighbours.
_TOKEN = re.compile(rf"{_UNIT}(?:(?:(?=[“‘])|(?<=[”’])){_UNIT})*")
_LONGEST = 40  # characters of a piece that no line end parts
SOFT = "\u00ad"  # a hyphen only where a line ends


def hang_of(text: str) -> float:
    """How far a mark at its end may hang out into the margin, in ems."""
    last = text[-1:]
    return width_of(last) if last and last in _HANGING else 0.0


def is_han(text: str) -> bool:
    """Whether a character is as wide as a Chinese one."""
    return bool(text) and unicodedata.east_asian_width(text) in "WF"


def is_wide(text: str) -> bool:
    return is_han(text) or text in "“”‘’—…·"


def width_of(text: str) -> float:
    """The width of a text in ems, as fonts have it nearly."""
    return sum(1.0 if is_wide(c) else 0.5 for c in text)


def tidy(text: str) -> str:
    """The text without control characters; of those that show nothing only the soft hyphen is kept."""
    if text.isprintable():
        return text
    kept = []
    for c in text:
        category = unicodedata.category(c)
        if category in ("Cc", "Zs", "Zl", "Zp"):
            kept.append(" ")
        elif category == "Cs":
            kept.append("\ufffd")
        elif category != "Cf" or c == SOFT:
            kept.append(c)
    return "".join(kept)


def first_width(text: str, em: float) -> float:
    """How much room the first piece of a text needs that no line end can part."""
    token = _TOKEN.match(text[:_LONGEST])
    return width_of(token.group()) * em if token else em


def visible(text: str) -> str:
    """The text of a line with soft hyphens as what they are seen as; at its end it may yet go."""
    return text[:-1].replace(SOFT, "-") + text[-1:]


def unhyphenated(first: str, second: str) -> str:
    """A line before the next one, without the hyphen that parts a word; as in 2014-2020 it is kept."""
    if not first.endswith(SOFT):
        return first
    parts_word = first[-2:-1].isalpha() and second[:1].islower()
    return first[:-1] + ("" if parts_word else "-")


def between(first: str, second: str) -> str:
    """What stands between a line and the next one: a space between Latin words, nothing in Chinese."""
    if first.endswith(SOFT):
        return ""
    a, b = first[-1:], second[:1]
    latin = (
        a.isascii() and b.isascii() and (a.isalnum() or a in ",.;:)?!\"'") and (b.isalnum() or b in "(\"'")
    )
    return " " if latin and not (a.isdigit() and b.isdigit()) else ""
