"""Normalised text, and the way back to the original characters.

The steps, in this order (the contract's definition of what a quoted phrase is compared on):

1. Unicode NFKC (full-width to half-width, ligatures taken apart ...),
2. lower case,
3. Traditional to Simplified, each character on its own (OpenCC ``t2s``),
4. format characters (category Cf: zero-width space, byte order mark, soft hyphen ...) dropped,
5. white space dropped where it touches a Chinese character, else folded to one space; none at the ends.

:func:`normalise` is the fast way for text alone, :func:`normalise_with_offsets` the slower one that also
says where each character came from. Both give the same text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from opencc import OpenCC

#: The Chinese characters, for use inside a character class of a regular expression.
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

_SPACES = re.compile(r"\s+")
_SPACE_AT_HAN = re.compile(rf" (?=[{HAN}])|(?<=[{HAN}]) ")


class _Fold(dict[int, "int | None"]):
    """``str.translate``'s table: Traditional to Simplified, and format characters to nothing.

    Filled as characters are met; one table serves the whole process.
    """

    _convert = OpenCC("t2s").convert

    def __missing__(self, code: int) -> int | None:
        char = chr(code)
        # A lone surrogate cannot be handed to OpenCC; it stands for itself.
        one = char if 0xD800 <= code <= 0xDFFF or code < 0x80 else self._convert(char)
        simplified = one if len(one) == 1 else char
        self[code] = None if unicodedata.category(simplified) == "Cf" else ord(simplified)
        return self[code]


_FOLD = _Fold()


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text and its offset map.

    ``starts[i]`` and ``ends[i]`` delimit, in the original, the characters that ``text[i]`` came from
    (Unicode code points, end exclusive).
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original behind ``text[start:end]`` (which must not be empty)."""
        return self.starts[start], self.ends[end - 1]


class _InContext(Exception):
    """A character whose normalised form depends on its neighbours."""


class _Alone(dict[int, str]):
    """``str.translate``'s table for steps 1 to 4 at once, for characters on their own: half the time.

    Raises _InContext for one that NFKC may join with what stands before it, and for the sigma, whose lower
    case is another at the end of a word.
    """

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char == "Σ" or _joins(char):
            raise _InContext
        self[code] = unicodedata.normalize("NFKC", char).lower().translate(_FOLD)
        return self[code]


_ALONE = _Alone()


def normalise_alone(code: int) -> str | None:
    """Steps 1 to 4 for a character, given by its code point; None where its neighbours decide."""
    try:
        return _ALONE[code]
    except _InContext:
        return None


def normalise(text: str) -> str:
    """Return the normalised form of ``text``."""
    try:
        text = text.translate(_ALONE)
    except _InContext:
        text = unicodedata.normalize("NFKC", text).lower().translate(_FOLD)
    return _SPACE_AT_HAN.sub("", _SPACES.sub(" ", text)).strip()


def normalise_with_offsets(text: str) -> Normalised:
    """Return the normalised form of ``text`` with its offset map.

    Where NFKC makes several characters out of several (combining marks, half-width kana with a voicing
    mark), each of the new ones maps to the whole old group.
    """
    try:
        alone = [_ALONE[ord(char)] for char in text]
    except _InContext:
        return _in_context(text)
    return _fold_spaces("".join(alone), [(i, i + 1) for i, piece in enumerate(alone) for _ in piece])


def _in_context(text: str) -> Normalised:
    """The same where characters depend on their neighbours."""
    chars: list[str] = []
    spans: list[tuple[int, int]] = []
    for start, end, chunk in _chunks(text):
        for char in chunk:
            chars.append(char)
            spans.append((start, end))
    lowered = "".join(chars).lower()
    if len(lowered) != len(chars):  # a character such as "İ" becomes two
        spans = [span for char, span in zip(chars, spans, strict=True) for _ in char.lower()]
    kept: list[str] = []
    kept_spans: list[tuple[int, int]] = []
    for char, span in zip(lowered, spans, strict=True):
        folded = _FOLD[ord(char)]
        if folded is not None:
            kept.append(chr(folded))
            kept_spans.append(span)
    return _fold_spaces("".join(kept), kept_spans)


def _chunks(text: str) -> list[tuple[int, int, str]]:
    """Cut ``text`` wherever NFKC cannot join across: each piece with its place and its NFKC form."""
    cuts = [i for i, char in enumerate(text) if i == 0 or not _joins(char)]
    return [
        (start, end, unicodedata.normalize("NFKC", text[start:end]))
        for start, end in pairwise([*cuts, len(text)])
    ]


@lru_cache(maxsize=65536)
def _joins(char: str) -> bool:
    """Whether NFKC may join this character with what stands before it.

    The boundary rule of UAX #15 (9.1, "Stable Code Points"): it may where the first character of its
    decomposition is a combining mark, or is the second of a canonical composition.
    """
    first = unicodedata.normalize("NFKD", char)[0]
    return unicodedata.combining(first) != 0 or first in _composing_seconds()


@lru_cache(maxsize=1)
def _composing_seconds() -> frozenset[str]:
    """Starters that are the second of a canonical pair (Hangul vowels and finals, some Indic signs)."""
    found = {chr(c) for c in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    for code in range(0x300, 0x17000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            found.add(chr(int(parts[1], 16)))
    return frozenset(found)


def _fold_spaces(text: str, spans: list[tuple[int, int]]) -> Normalised:
    """Step 5 on text and map together."""
    if _SPACES.search(text) is None:  # most paragraphs
        return Normalised(text, tuple(start for start, _ in spans), tuple(end for _, end in spans))
    chars: list[str] = []
    kept: list[tuple[int, int]] = []
    end = 0
    for match in _SPACES.finditer(text):
        chars += text[end : match.start()]
        kept += spans[end : match.start()]
        chars.append(" ")
        kept.append((spans[match.start()][0], spans[match.end() - 1][1]))
        end = match.end()
    chars += text[end:]
    kept += spans[end:]
    folded = "".join(chars)
    drop = {match.start() for match in _SPACE_AT_HAN.finditer(folded)}
    first = len(folded) - len(folded.lstrip())
    last = len(folded.rstrip())
    places = [i for i in range(first, last) if i not in drop]
    return Normalised(
        "".join(folded[i] for i in places),
        tuple(kept[i][0] for i in places),
        tuple(kept[i][1] for i in places),
    )


def occurrences(run: str, text: str) -> list[int]:
    """Where ``run`` starts in ``text``, overlapping occurrences included; both are normalised."""
    found = []
    at = text.find(run)
    while at >= 0 and run:
        found.append(at)
        at = text.find(run, at + 1)
    return found
