"""The contract's normalisation once more, a character at a time and without regular expressions.

Slow and plain, to judge :mod:`indexer.analysis.normalise` by.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from opencc import OpenCC

_HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_T2S = OpenCC("t2s")


def is_han(char: str) -> bool:
    """Whether the contract counts ``char`` as a Chinese character."""
    return any(first <= ord(char) <= last for first, last in _HAN)


@cache
def simplified(char: str) -> str:
    """OpenCC's answer for this character alone, where it is one character."""
    if unicodedata.category(char) == "Cs":  # no character at all, OpenCC takes none
        return char
    one: str = _T2S.convert(char)
    return one if len(one) == 1 else char


def plain_normalise(text: str) -> str:
    """The normalised form of ``text``."""
    characters = [simplified(c) for c in unicodedata.normalize("NFKC", text).lower()]
    words: list[str] = [""]
    for char in characters:
        if unicodedata.category(char) == "Cf":
            continue
        if char.isspace():
            words.append("")
        else:
            words[-1] += char
    normal = ""
    for word in filter(None, words):
        between = " " if normal and not is_han(normal[-1]) and not is_han(word[0]) else ""
        normal += between + word
    return normal
