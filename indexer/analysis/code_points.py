"""Text as an array of its code points (UTF-32), for work on many texts at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

#: How many code points Unicode has.
UNICODE = 0x110000

#: What stands behind each text of a line; no normalised text has it.
END = "\n"

_ENCODING = "utf-32-le"
_ERRORS = "surrogatepass"  # a lone surrogate stands for itself


def to_code_points(text: str) -> NDArray[np.uint32]:
    """The code points of ``text``, read-only; one for each character, as in a ``str``."""
    return np.frombuffer(text.encode(_ENCODING, _ERRORS), "<u4")


def from_code_points(codes: NDArray[np.uint32]) -> str:
    """The text of these code points."""
    return codes.astype("<u4", copy=False).tobytes().decode(_ENCODING, _ERRORS)


@dataclass(frozen=True)
class Alphabet:
    """The characters of a line, numbered in order: a number has few bits, some twelve."""

    characters: NDArray[np.uint64]  # each once, ascending
    numbers: NDArray[np.uint32]  # of each place of the line: which of these stands there

    @property
    def bits(self) -> int:
        """Of a number, and of how many there are."""
        return len(self.characters).bit_length()


@dataclass(frozen=True)
class Line:
    """Texts one behind the other, each with an END behind it, as code points.

    A text may have ENDs within it, too: between its paragraphs.
    """

    codes: NDArray[np.uint32]
    ends: NDArray[np.int64]  # where the END behind each text stands

    @classmethod
    def of(cls, texts: Sequence[str]) -> Line:
        """A line of these texts."""
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        return cls(to_code_points(END.join([*texts, ""])), np.cumsum(lengths + 1) - 1)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How long each text is, with its END."""
        return np.diff(self.ends, prepend=-1)

    @cached_property
    def alphabet(self) -> Alphabet:
        """Its characters."""
        behind = int(self.codes.max(initial=0)) + 1
        there = np.zeros(behind, np.bool_)
        there[self.codes] = True
        characters = np.flatnonzero(there).astype(np.uint64)
        number = np.empty(behind, np.uint32)
        number[characters] = np.arange(len(characters))
        return Alphabet(characters, number.take(self.codes))

    def without(self, places: NDArray[np.int64]) -> Line:
        """The same without the characters at some places, ascending; none of them is an END behind a text."""
        if not places.size:
            return self
        return Line(np.delete(self.codes, places), self.ends - np.searchsorted(places, self.ends))

    def without_empty(self, empty: NDArray[np.bool_]) -> Line:
        """The same without some texts, which are empty."""
        left = self.ends[~empty]
        return Line(np.delete(self.codes, self.ends[empty]), left - np.cumsum(empty)[~empty])


@cache
def members(characters: str) -> NDArray[np.bool_]:
    """For each code point of Unicode, whether it is in a character class of a regular expression.

    Read-only, shape ``(UNICODE,)``.
    """
    table = np.zeros(UNICODE, np.bool_)
    for match in re.finditer(f"{characters}+", from_code_points(np.arange(UNICODE, dtype=np.uint32))):
        table[slice(*match.span())] = True
    table.setflags(write=False)
    return table
