"""Text as an array of its code points (UTF-32), for work on many texts at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

#: How many code points Unicode has.
UNICODE = 0x110000

_ENCODING = "utf-32-le"
_ERRORS = "surrogatepass"  # a lone surrogate stands for itself


def to_code_points(text: str) -> NDArray[np.uint32]:
    """The code points of ``text``, read-only; one for each character, as in a ``str``."""
    return np.frombuffer(text.encode(_ENCODING, _ERRORS), "<u4")


def from_code_points(codes: NDArray[np.uint32]) -> str:
    """The text of these code points."""
    return codes.astype("<u4", copy=False).tobytes().decode(_ENCODING, _ERRORS)


def ends_of(texts: Sequence[str]) -> NDArray[np.int64]:
    """Where each text ends, when they stand one behind the other with one character after each."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return np.cumsum(lengths + 1) - 1


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
