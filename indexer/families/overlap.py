"""What two texts have in common: the passages, and where they stand."""

from __future__ import annotations

import heapq
import threading
from bisect import bisect_right
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from indexer.analysis.normalise import Normalised
from indexer.analysis.template_form import template_form, template_form_with_offsets
from indexer.stretches import Ints, ranges

LEAST = 10  # characters of a shared passage, in template form
_PASSAGES = 50
_TRIED = 100  # places in the source of one seed that are tried, or ...
_PAIRS = 1 << 21  # ... fewer, where all seeds together would have more
_LARGE = 1 << 18  # characters of two texts: such are compared one pair at a time, for the memory that takes
_RUNS = 2000  # the longest that are looked at
_one_large = threading.Lock()
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """What stands in both texts but for figures and punctuation: ``text`` as the source has it, ``past`` as
    the target has it (the past text), and where it stands in them (code points, end exclusive)."""

    text: str
    past: str
    source: Span
    target: Span


class _Form:
    """The template form of a text, and the way back, which is made only for the lines that are asked for."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        forms = [template_form(line) for line in self._lines]
        self.text = "".join(forms)
        self._forms = list(accumulate(map(len, forms), initial=0))
        self._starts = list(accumulate((len(line) + 1 for line in self._lines), initial=0))
        self._maps: dict[int, Normalised] = {}

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the text behind ``form[start:end]`` (which must not be empty)."""
        return self._character(start)[0], self._character(end - 1)[1]

    def _character(self, at: int) -> tuple[int, int]:
        line = bisect_right(self._forms, at) - 1
        if line not in self._maps:
            self._maps[line] = template_form_with_offsets(self._lines[line])
        start, end = self._maps[line].original(at - self._forms[line], at - self._forms[line] + 1)
        return self._starts[line] + start, self._starts[line] + end


class Source:
    """A text that others are compared with: its template form, and where each ten characters of it stand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.form = _Form(text)
        grams = gram_codes(self.form.text, LEAST)
        self._order = np.argsort(grams, kind="stable")
        self._grams = grams[self._order]

    def shared(self, target: str) -> tuple[Passage, ...]:
        """The passages that this text has in common with ``target``, longest first.

        The longest one is taken, then the longest one of what is left of this text, and so on (as in Wise's
        greedy string tiling): in this text passages do not overlap. In the target they do where this text
        says twice what the target says once.
        """
        one, other = self.form, _Form(target)
        taken, used = np.zeros(len(one.text), dtype=bool), np.zeros(len(other.text), dtype=bool)
        # What is longest first; of equals what has a place of its own in the target, then in reading order.
        heap = [(-n, False, i, j) for i, j, n in self._runs(other.text)]
        heapq.heapify(heap)
        found: list[Passage] = []
        while heap and len(found) < _PASSAGES:
            minus, second, i, j = heapq.heappop(heap)
            length = -minus
            if taken[i : i + length].any():
                for a, b in _free(taken[i : i + length]):
                    if b - a >= LEAST:
                        heapq.heappush(heap, (a - b, False, i + a, j + a))
                continue
            if not second and used[j : j + length].any():
                heapq.heappush(heap, (minus, True, i, j))
                continue
            while i and j and one.text[i - 1] == other.text[j - 1] and not taken[i - 1]:
                i, j, length = i - 1, j - 1, length + 1
            while (
                i + length < len(one.text)
                and j + length < len(other.text)
                and one.text[i + length] == other.text[j + length]
                and not taken[i + length]
            ):
                length += 1
            taken[i : i + length] = True
            used[j : j + length] = True
            passage = self._passage(target, other, i, j, length)
            if passage:
                found.append(passage)
        return tuple(sorted(found, key=lambda p: (-len(p.text), p.source)))

    def _runs(self, other: str) -> list[tuple[int, int, int]]:
        """Where the same characters stand in a row in both forms: (place here, place there, how many).

        Each goes as far as it can, but for seeds that stand in very many places here.
        """
        large = len(self.form.text) + len(other) >= _LARGE
        with _one_large if large else nullcontext():
            return self._runs_of(other)

    def _runs_of(self, other: str) -> list[tuple[int, int, int]]:
        grams = gram_codes(other, LEAST)
        first = np.searchsorted(self._grams, grams, side="left")
        counts = _tried(np.searchsorted(self._grams, grams, side="right") - first)
        here = self._order[ranges(first, counts)]
        # Side by side on a diagonal: as far into the one as into the other.
        width = len(self.form.text) + 1
        keys = here - np.repeat(np.arange(len(grams)) - len(other), counts)
        keys *= width
        keys += here
        keys.sort()
        begins = np.flatnonzero(np.diff(keys, prepend=-2) != 1)
        lengths = np.diff(begins, append=len(keys)) + LEAST - 1
        longest = np.argsort(-lengths, kind="stable")[:_RUNS]
        diagonals, places = np.divmod(keys[begins[longest]], width)
        return list(
            zip(
                places.tolist(),
                (places - diagonals + len(other)).tolist(),
                lengths[longest].tolist(),
                strict=True,
            )
        )

    def _passage(self, target: str, other: _Form, i: int, j: int, length: int) -> Passage | None:
        """The passage behind a run. Its edges give way where it would read otherwise by itself, for it begins
        or ends within a ligature (㎡) or beside a letter that tells whether an x is a mask; None where that
        does not help."""
        for cut in range(6):
            for front in range(cut + 1):
                a, n = front, length - cut
                if n < LEAST:
                    return None
                wanted = self.form.text[i + a : i + a + n]
                start, end = self.form.original(i + a, i + a + n)
                begin, stop = other.original(j + a, j + a + n)
                if template_form(self.text[start:end]) == template_form(target[begin:stop]) == wanted:
                    return Passage(self.text[start:end], target[begin:stop], (start, end), (begin, stop))
        return None


def _tried(counts: Ints) -> Ints:
    """How many of its ``counts`` places each seed is tried at: as many as it may be without all of them
    becoming too many."""
    counts = np.minimum(counts, _TRIED)
    limits = range(1, _TRIED + 1)
    most = bisect_right(limits, _PAIRS, key=lambda limit: int(np.minimum(counts, limit).sum()))
    return np.minimum(counts, max(1, most))


def gram_codes(text: str, size: int) -> NDArray[np.uint64]:
    """A number for each run of ``size`` characters, in order: the same for the same run, and by all odds for
    no other."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    count = max(0, len(points) - size + 1)
    codes = np.zeros(count, dtype=np.uint64)
    for k in range(size):
        codes = codes * _MULTIPLIER + points[k : k + count]
        codes ^= codes >> np.uint64(29)
    return codes


def _free(taken: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches that are not taken."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], taken, [True]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
