"""The pairs of neighbouring characters that stand in an index: which may follow which, and how often."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_BITS = 21  # of a code point
_LOW = (1 << _BITS) - 1


def pairs_of(text: str) -> list[str]:
    """The pairs of neighbouring characters of a text, in order."""
    return [a + b for a, b in pairwise(text)]


class Pairs:
    """Pairs as numbers: some 100 bytes a pair; 1,500 laws have 200,000 pairs."""

    def __init__(self, grams: Iterable[tuple[str, int]]) -> None:
        """``grams``: characters and pairs of characters, with the number of sections that have them."""
        keys: list[int] = []
        counts: list[int] = []
        self.characters: dict[str, int] = {}
        for gram, count in grams:
            if len(gram) == 2:
                keys.append(ord(gram[0]) << _BITS | ord(gram[1]))
                counts.append(count)
            else:
                self.characters[gram] = count
        unsorted = np.array(keys, dtype=np.int64)
        order = np.argsort(unsorted)
        self._forward = unsorted[order]
        self._counts = dict(zip(keys, counts, strict=True))  # one at a time, an array is the slower way
        self._backward = np.sort((self._forward & _LOW) << _BITS | self._forward >> _BITS)

    def count(self, pair: str) -> int:
        """How many sections have the pair, about."""
        return self._counts.get(ord(pair[0]) << _BITS | ord(pair[1]), 0)

    def least(self, text: str) -> int:
        """How many sections have the rarest pair of a text; 0 where it has none that stands anywhere."""
        return min(map(self.count, pairs_of(text)), default=0)

    def cracks(self, text: str) -> int:
        """How many pairs of the text stand nowhere."""
        return sum(not self.count(pair) for pair in pairs_of(text))

    def after(self, char: str) -> set[str]:
        """What may follow a character."""
        return _partners(self._forward, char)

    def before(self, char: str) -> set[str]:
        """What a character may follow."""
        return _partners(self._backward, char)


def _partners(keys: NDArray[np.int64], char: str) -> set[str]:
    first, last = np.searchsorted(keys, [ord(char) << _BITS, (ord(char) + 1) << _BITS])
    return {chr(code) for code in (keys[first:last] & _LOW).tolist()}
