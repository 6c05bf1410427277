"""Which tokens of two texts are the same ones."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Bits: TypeAlias = NDArray[np.uint8]

#: Places in one text and in another that are the same, ascending in both.
Pairs = list[tuple[int, int]]

_CLAUSE_ENDS = frozenset("，。；：！？,;:!?")
_SENTENCE_ENDS = frozenset("。；！？;!?\n")
_SMALL = 40_000  # pairs of tokens: in a gap of so few the tokens are aligned without looking at sentences
_REPEATED = 100_000  # pairs of equal tokens or clauses from which difflib may take a second or more
_RUNS = (
    8,
    4,
    2,
    1,
)  # tokens or clauses: lengths of runs that are looked for once in each text, see _anchored
_ALIKE = 0.4  # Dice similarity of the bigrams of two sentences from which their tokens are aligned
_ANCHOR = 6  # letters: clauses that are the same hold a long alignment together from so many on


def align(one: tuple[str, ...], other: tuple[str, ...]) -> Pairs:
    """Align two texts, as tokens without white space.

    By clauses that are the same, between these by sentences that are alike, where that is short by tokens.
    """
    if one == other:
        return [(i, i) for i in range(len(one))]
    head = _shared(one, other)
    tail = _shared(one[head:][::-1], other[head:][::-1])
    found: Pairs = [(i, i) for i in range(head)]
    a, b = one[head : len(one) - tail], other[head : len(other) - tail]
    found += [(head + i, head + j) for i, j in _clauses(a, b)]
    found += [(len(one) - n, len(other) - n) for n in range(tail, 0, -1)]
    return found


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many tokens are the same at the beginning."""
    for n, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return n
    return min(len(one), len(other))


def _clauses(one: Sequence[str], other: Sequence[str]) -> Pairs:
    if len(one) * len(other) <= _SMALL:
        return _tokens(one, other)
    cuts, others = _cuts(one, _CLAUSE_ENDS), _cuts(other, _CLAUSE_ENDS)
    a = [_letters(one[i:j]) for i, j in pairwise(cuts)]
    b = [_letters(other[i:j]) for i, j in pairwise(others)]
    found: Pairs = []
    i = j = 0
    for n, m, size in [*_blocks(_same(a, b)), (len(a), len(b), 0)]:
        if size and sum(map(len, a[n : n + size])) < _ANCHOR:
            continue
        found += [(i + x, j + y) for x, y in _sentences(one[i : cuts[n]], other[j : others[m]])]
        for k in range(size):
            (i, end), (j, stop) = _span(cuts, n + k), _span(others, m + k)
            found += [(i + x, j + y) for x, y in _tokens(one[i:end], other[j:stop])]
        i, j = cuts[n + size], others[m + size]
    return found


def _blocks(pairs: Pairs) -> list[tuple[int, int, int]]:
    """Pairs that follow each other in both texts, as one: where it begins in each, and how many they are."""
    blocks: list[tuple[int, int, int]] = []
    for i, j in pairs:
        n, m, size = blocks[-1] if blocks else (0, 0, 0)
        if size and (n + size, m + size) == (i, j):
            blocks[-1] = n, m, size + 1
        else:
            blocks.append((i, j, 1))
    return blocks


def _sentences(one: Sequence[str], other: Sequence[str]) -> Pairs:
    if len(one) * len(other) <= _SMALL:
        return _tokens(one, other)
    cuts, others = _cuts(one, _SENTENCE_ENDS), _cuts(other, _SENTENCE_ENDS)
    a = [_letters(one[i:j]) for i, j in pairwise(cuts)]
    b = [_letters(other[i:j]) for i, j in pairwise(others)]
    found: Pairs = []
    for n, m in _alike(a, b):
        (i, end), (j, stop) = _span(cuts, n), _span(others, m)
        found += [(i + x, j + y) for x, y in _tokens(one[i:end], other[j:stop])]
    return found


def _alike(one: Sequence[str], other: Sequence[str]) -> Pairs:
    """Pairs of sentences that are alike, in order, so that they share as much as can be.

    The table of the heaviest common subsequence, a row (a sentence of ``one``) at a time from the last: what
    is kept of a row are two bits a place, whether the pair belongs to the best and whether the sentence may
    be passed over.
    """
    a, b = [_bigrams(text) for text in one], [_bigrams(text) for text in other]
    places: dict[str, list[int]] = {}
    for j, bigrams in enumerate(b):
        for bigram in bigrams:
            places.setdefault(bigram, []).append(j)
    postings = {bigram: np.array(held) for bigram, held in places.items()}
    lengths = np.array([len(bigrams) for bigrams in b])
    after = np.zeros(
        len(b) + 1, dtype=np.int64
    )  # what the sentences behind this one share with those from j on
    steps: list[tuple[Bits, Bits] | None] = [None] * len(a)  # None: like nothing
    for i in reversed(range(len(a))):
        held = [postings[bigram] for bigram in a[i] if bigram in postings]
        counts = np.bincount(np.concatenate(held), minlength=len(b)) if held else np.zeros(len(b), dtype=int)
        alike = (counts > 0) & (2 * counts >= _ALIKE * (len(a[i]) + lengths))
        if not alike.any():
            continue
        paired = np.where(alike, counts + after[1:], 0)
        best = np.maximum.accumulate(np.append(np.maximum(paired, after[:-1]), 0)[::-1])[::-1]
        steps[i] = np.packbits(alike & (paired == best[:-1])), np.packbits(best[:-1] == after[:-1])
        after = best
    found: Pairs = []
    i = j = 0
    while i < len(a) and j < len(b):
        step = steps[i]
        if step is not None and _bit(step[0], j):
            found.append((i, j))
            i, j = i + 1, j + 1
        elif step is None or _bit(step[1], j):
            i += 1
        else:
            j += 1
    return found


def _bit(packed: Bits, place: int) -> bool:
    return bool(packed[place >> 3] & (128 >> (place & 7)))


def _tokens(one: Sequence[str], other: Sequence[str]) -> Pairs:
    if one == other:
        return [(i, i) for i in range(len(one))]
    return _same(one, other)


def _same(one: Sequence[str], other: Sequence[str], lengths: Sequence[int] = _RUNS) -> Pairs:
    """What difflib finds the same; where that would take long, it is asked between anchors only.

    ``lengths``: of the runs that may be anchors, in tokens, the longest first.
    """
    counts = Counter(other)
    if sum(counts[x] for x in one) <= _REPEATED:
        blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
        return [(a + i, b + i) for a, b, size in blocks for i in range(size)]
    head = _shared(one, other)
    tail = _shared(one[head:][::-1], other[head:][::-1])
    between = _same if head + tail else _anchored
    found: Pairs = [(i, i) for i in range(head)]
    a, b = one[head : len(one) - tail], other[head : len(other) - tail]
    found += [(head + i, head + j) for i, j in between(a, b, lengths)]
    found += [(len(one) - n, len(other) - n) for n in range(tail, 0, -1)]
    return found


def _anchored(one: Sequence[str], other: Sequence[str], lengths: Sequence[int]) -> Pairs:
    """What is the same where runs that stand once in each text begin, and between these; nothing without."""
    if not lengths:
        return []
    length, *shorter = lengths
    anchors = _ascending(_once(one, other, length))
    if not anchors:
        return _anchored(one, other, shorter)
    found: Pairs = []
    i = j = 0
    for x, y in [*anchors, (len(one), len(other))]:
        found += [(i + n, j + m) for n, m in _same(one[i:x], other[j:y], shorter)]
        found.append((x, y))
        i, j = x + 1, y + 1
    return found[:-1]


def _once(one: Sequence[str], other: Sequence[str], length: int) -> Pairs:
    """Where the runs of a length begin that stand once in each text."""
    here, there = _places(one, length), _places(other, length)
    pairs = ((own, there.get(run, ())) for run, own in here.items())
    return [(own[0], others[0]) for own, others in pairs if len(own) == len(others) == 1]


def _places(tokens: Sequence[str], length: int) -> dict[tuple[str, ...], list[int]]:
    """Where each run of a length begins."""
    places: dict[tuple[str, ...], list[int]] = {}
    for n, run in enumerate(zip(*(tokens[k:] for k in range(length)), strict=False)):
        places.setdefault(run, []).append(n)
    return places


def _ascending(pairs: Pairs) -> Pairs:
    """As many as can be of pairs that ascend in the first so that they ascend in the second, too."""
    ends: list[int] = []  # of the rows of each length the end that is smallest, in the second, ...
    numbers: list[int] = []  # ... and the number of that pair
    before: list[int] = []  # for each pair the number of the one before it in its row
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(numbers[length - 1] if length else -1)
        ends[length : length + 1], numbers[length : length + 1] = [place], [number]
    found: Pairs = []
    number = numbers[-1] if numbers else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _cuts(tokens: Sequence[str], ends: frozenset[str]) -> list[int]:
    """Where stretches that end with one of these begin, and the end of all."""
    inside = [n for n, token in enumerate(tokens, 1) if token in ends and n < len(tokens)]
    return [0, *inside, len(tokens)]


def _span(cuts: Sequence[int], number: int) -> tuple[int, int]:
    return cuts[number], cuts[number + 1]


def _letters(tokens: Sequence[str]) -> str:
    return "".join(token for token in tokens if token[0].isalnum())


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(map("".join, pairwise(text)))
