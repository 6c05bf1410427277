"""Cutting many texts at once: the words of :func:`~indexer.analysis.words.cut_words`, counted.

The texts are a line of code points, in which each character's class is looked up. From it two texts are made:
one of all Chinese runs, a line each, for jieba; and one of all other words, a line each. A line end is no
character of a word and jieba cuts at it, so each run is cut as if it stood alone, but for a call a run.

Of what jieba returns only the lengths are looked at: words are known by where they stand. Each becomes a
number that tells it apart, and numbers are in the order of the words, so that a sort which leaves equal ones
in their order brings words into theirs, and the texts of each. ::

    bits    k          k         …    k          l
            first      second    …    last       0, or which
            character  character …    that fits  longer word it is

A character's number is its place among those of the line, from 1 on, and 0 behind the end of a word; so k is
some twelve, and not the 21 of a code point. What is longer than there is room for, one word in a hundred, is
numbered in order, as text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.analysis.code_points import END, Line, from_code_points, members, to_code_points
from indexer.analysis.normalise import HAN
from indexer.analysis.words import HOLDING, PER_CENT, cutter
from indexer.radix import order_of
from indexer.stretches import changes, ranges

_BITS = 64  # of a word's number
_LONGEST = 4  # characters that it has room for at the most
_BETWEEN = "\0"  # what no Chinese run has


@dataclass(frozen=True, slots=True)
class Counts:
    """The words of some texts, and how often each stands in each.

    ``words`` has each once, in the order of their code points (so of their UTF-8 bytes, too). The texts of
    word ``n``, ascending, are ``texts[offsets[n] : offsets[n + 1]]``, and how often it stands in each,
    ``counts`` of the same places. ``lengths``: how many words each text has.
    """

    words: Line
    offsets: NDArray[np.int64]
    texts: NDArray[np.int64]
    counts: NDArray[np.int64]
    lengths: NDArray[np.int64]


def count_words(line: Line) -> Counts:
    """Cut each of the normalised texts into words; a text may be several, joined with line ends.

    Best given some 300,000 characters at a time.
    """
    found = _cut(line.codes)
    texts = np.repeat(np.arange(len(line.ends)), line.sizes)[found.starts]
    room, long_bits = _room(found.sizes, line.alphabet.bits)
    long = np.flatnonzero(found.sizes > room)
    long_words = found.words(long)
    standing = dict(zip(long_words, long.tolist(), strict=True))  # one of its places
    ordered = sorted(standing)
    number = {word: n for n, word in enumerate(ordered, 1)}

    keys = _packed(line, found, room)
    keys <<= np.uint64(long_bits)
    keys[long] |= np.fromiter(map(number.__getitem__, long_words), np.uint64, len(long))
    order = order_of(keys, room * line.alphabet.bits + long_bits)
    keys, lengths, texts = keys[order], np.bincount(texts, minlength=len(line.ends)), texts[order]
    new_word = changes(keys)
    first = np.flatnonzero(new_word | changes(texts))
    begins = np.flatnonzero(new_word[first])
    words = keys[first][begins]
    longer = (words & np.uint64((1 << long_bits) - 1)).astype(np.int64)
    long_found = found.taken(np.array([standing[word] for word in ordered], np.int64))
    return Counts(
        _unpacked(line, words >> np.uint64(long_bits), room, longer, long_found),
        np.append(begins, len(first)),
        texts[first],
        np.diff(first, append=len(keys)),
        lengths,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """Words where they stand in a line."""

    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    numbers: NDArray[np.int64]  # of each among the Chinese ones, and behind these the others
    chinese: Sequence[str]
    others: Sequence[str]

    def taken(self, places: NDArray[np.int64]) -> _Found:
        """Some of them."""
        return _Found(
            self.starts[places], self.sizes[places], self.numbers[places], self.chinese, self.others
        )

    def words(self, places: NDArray[np.int64]) -> list[str]:
        """Some of them as text."""
        chinese, others, first = self.chinese, self.others, len(self.chinese)
        return [chinese[n] if n < first else others[n - first] for n in self.numbers[places].tolist()]


def _cut(codes: NDArray[np.uint32]) -> _Found:
    """The words of a line, in the order in which they stand."""
    han = members(f"[{HAN}]").take(codes)
    runs, run_places, _ = _lines(codes, han)
    others, other_places, other_ends = _lines(codes, _in_other_words(codes, han))
    other_starts = np.append(0, other_ends + 1)[:-1]
    cut = cutter()(runs)
    sizes = np.diff(np.flatnonzero(to_code_points(_BETWEEN.join(["", *cut, ""])) == ord(_BETWEEN))) - 1
    starts = run_places[np.cumsum(sizes) - sizes]
    numbers = np.flatnonzero(han.take(starts))  # the rest are line ends
    both = np.append(starts[numbers], other_places[other_starts])
    order = np.argsort(both, kind="stable")  # two ascending halves: merged
    return _Found(
        both[order],
        np.append(sizes[numbers], other_ends - other_starts)[order],
        np.append(numbers, np.arange(len(other_ends)) + len(cut))[order],
        cut,
        others.split(END)[:-1],
    )


def _lines(
    codes: NDArray[np.uint32], chosen: NDArray[np.bool_]
) -> tuple[str, NDArray[np.int64], NDArray[np.int64]]:
    """The runs of chosen characters, a line end after each; the place in ``codes`` of each of these
    characters; and which of them are the line ends."""
    after = np.zeros_like(chosen)
    after[1:] = chosen[:-1] & ~chosen[1:]
    places = np.flatnonzero(chosen | after)
    lines, ends = codes[places], np.flatnonzero(after[places])
    lines[ends] = ord(END)
    return from_code_points(lines), places, ends


def _in_other_words(codes: NDArray[np.uint32], han: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which characters are part of a word that is not Chinese.

    Letters and digits are, and what holds them together between two of them, and a per cent sign behind one.
    No two such words touch, so the runs of these characters are the words.
    """
    letter = members(r"\w").take(codes) & ~han
    within = letter.copy()
    holding = members(f"[{re.escape(HOLDING)}]").take(codes)
    within[1:-1] |= holding[1:-1] & letter[:-2] & letter[2:]
    within[1:] |= (codes[1:] == ord(PER_CENT)) & letter[:-1]
    return within


def _room(sizes: NDArray[np.int64], bits: int) -> tuple[int, int]:
    """How many characters of a word, of so many bits each, there is room for, and how many bits tell longer
    words apart."""
    for room in range(_LONGEST, 1, -1):
        long_bits = int(np.count_nonzero(sizes > room)).bit_length()
        if room * bits + long_bits <= _BITS:
            return room, long_bits
    return 1, int(np.count_nonzero(sizes > 1)).bit_length()


def _packed(line: Line, found: _Found, room: int) -> NDArray[np.uint64]:
    """The first characters of each word, as many as there is room for, the first one in the highest bits."""
    bits, numbers = line.alphabet.bits, line.alphabet.numbers.astype(np.uint64) + np.uint64(1)
    rows = numbers.copy()
    for n in range(1, room):
        rows <<= np.uint64(bits)
        rows[:-n] |= numbers[n:]
    masks = [((1 << size * bits) - 1) << (room - size) * bits for size in range(room + 1)]
    return rows[found.starts] & np.array(masks, np.uint64)[np.minimum(found.sizes, room)]


def _unpacked(
    line: Line, packed: NDArray[np.uint64], room: int, longer: NDArray[np.int64], long: _Found
) -> Line:
    """Words again, as a line. Where ``longer`` is not 0, it is that one of ``long``, from 1 on."""
    bits = line.alphabet.bits
    shifts = np.arange(room - 1, -1, -1, dtype=np.uint64) * np.uint64(bits)
    numbers = (packed[:, np.newaxis] >> shifts & np.uint64((1 << bits) - 1)).astype(np.int64)
    short = line.alphabet.characters.take(numbers - 1, mode="wrap").astype(np.uint32)
    source = np.concatenate([short.ravel(), line.codes])
    starts, sizes = np.arange(len(packed)) * room, np.count_nonzero(numbers, axis=1)
    which = np.flatnonzero(longer)
    starts[which] = numbers.size + long.starts[longer[which] - 1]
    sizes[which] = long.sizes[longer[which] - 1]
    ends = np.cumsum(sizes + 1) - 1
    codes = source[ranges(starts, sizes + 1)]
    codes[ends] = ord(END)
    return Line(codes, ends)
