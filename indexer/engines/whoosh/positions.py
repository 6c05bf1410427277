"""Positional postings: where each pair of neighbouring characters stands in the texts of a field.

The texts of all documents stand one behind the other, each with a SEPARATOR at its end, which no normalised
text has; a *position* is a place in that line of characters. Of the texts "招商引资" and "招商", in the
documents 4 and 7 (written ∎: the separator)::

    positions   0  1  2  3  4  5  6  7
    characters  招 商 引 资 ∎  招 商 ∎

    docs        4     7           the documents that have a text, ascending
    starts      0     5     8     where each text begins, and the last one ends
    blocks      0                 the text that holds position 0, 32, 64 … (BLOCK apart)

    grams       商∎  商引  引资  招商  资∎          ascending, each one number: first << 21 | second
    offsets     0    1     2     3     5     6   a table of lists (see :mod:`indexer.engines.whoosh.lists`)
    positions   6    1     2     0 5   3         of the first character, ascending

    gram_frequencies       1  1  1  2  1         in how many documents each gram stands
    character_frequencies  2  1  2  1            and each of the characters that grams begin with: 商引招资

Something stands behind every character, and be it the separator, so the grams that begin with it, a range of
the table, have all of its positions. A phrase stands where the positions of its pairs, each less its place in
the phrase, are the same: the intersection is exact and needs no second look at the text.
Positional indexes are described in Manning, Raghavan and Schütze, *Introduction to Information Retrieval*
(2008), 2.4; taking the rarest pair first, there, 1.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from indexer.analysis.code_points import END, Line, from_code_points
from indexer.engines.whoosh.arrays import Array, Arrays, Writes
from indexer.engines.whoosh.lists import Together
from indexer.radix import order_of
from indexer.stretches import Ints, changes, offsets_of

SEPARATOR = END
BLOCK = 32
_BLOCK_BITS = 5

_CHAR_BITS = 21  # Unicode's last code point is U+10FFFF
_CHAR_MASK = (1 << _CHAR_BITS) - 1
_NONE: NDArray[np.uint32] = np.zeros(0, dtype=np.uint32)


@dataclass(frozen=True)
class Positions:
    """The postings of a field: see above."""

    docs: Array  # uint32[texts]
    starts: Array  # uint32[texts + 1]
    blocks: Array  # uint32[characters / BLOCK]
    grams: Array  # uint64[grams]
    offsets: Array  # uint32[grams + 1]
    positions: Array  # uint32[characters without separators]
    gram_frequencies: Array  # uint32[grams]
    character_frequencies: Array  # uint32[characters that grams begin with]

    # -- making ------------------------------------------------------------------------------------

    @classmethod
    def of(cls, docs: Array, line: Line) -> Positions:
        """Of normalised texts, not empty, and their documents, ascending."""
        starts = offsets_of(line.sizes)
        texts = np.repeat(np.arange(len(line.ends), dtype=np.uint32), line.sizes)
        alphabet = line.alphabet
        bits, mask = np.uint64(alphabet.bits), np.uint64((1 << alphabet.bits) - 1)
        first = alphabet.numbers[:-1]
        pairs = first.astype(np.uint64) << bits | alphabet.numbers[1:]
        order = order_of(pairs, 2 * alphabet.bits)
        pairs = pairs[order]
        # What begins with a separator is no gram; as they are sorted, these pairs stand together.
        separator = np.searchsorted(alphabet.characters, ord(SEPARATOR))
        none = slice(*np.searchsorted(pairs, np.array([separator, separator + 1], dtype=np.uint64) << bits))
        pairs, order = np.delete(pairs, none), np.delete(order, none)
        by_character = np.delete(order_of(first, alphabet.bits), none)
        begins = np.flatnonzero(changes(pairs))
        offsets = np.append(begins, len(pairs))
        own = pairs[begins]
        characters = own >> bits
        bounds = offsets[np.append(np.flatnonzero(changes(characters)), len(own))]
        return cls(
            docs.astype(np.uint32),
            starts.astype(np.uint32),
            _blocks(starts),
            alphabet.characters[characters] << np.uint64(_CHAR_BITS) | alphabet.characters[own & mask],
            offsets.astype(np.uint32),
            order.astype(np.uint32),
            _distinct_in(texts[order], offsets),
            _distinct_in(texts[by_character], bounds),
        )

    def renumbered(self, new: Ints) -> Positions:
        """With the documents' new numbers, ascending as the old ones; where that is -1, without its text."""
        docs = new[self.docs]
        kept = docs >= 0
        if kept.all():
            return replace(self, docs=docs.astype(np.uint32))
        sizes = np.diff(self.starts.astype(np.int64))
        starts = offsets_of(sizes[kept])
        shifts = np.zeros(len(docs), dtype=np.int64)
        shifts[kept] = starts[:-1] - self.starts[:-1][kept]
        texts = self.texts_of(self.positions)
        stays = kept[texts]
        counts = np.add.reduceat(stays, self.offsets[:-1], dtype=np.int64) if len(self.grams) else _NONE
        left = counts > 0
        grams, offsets, own = self.grams[left], offsets_of(counts[left]), texts[stays]
        return Positions(
            docs[kept].astype(np.uint32),
            starts.astype(np.uint32),
            _blocks(starts),
            grams,
            offsets.astype(np.uint32),
            (self.positions[stays] + shifts[own]).astype(np.uint32),
            *_document_frequencies(grams, offsets, own),
        )

    def united(self) -> Positions:
        """With neighbouring texts of one document as one: of a text that was cut between paragraphs."""
        first = changes(self.docs)
        if first.all():
            return self
        whole = replace(
            self,
            docs=self.docs[first],
            starts=np.append(self.starts[:-1][first], self.starts[-1:]),
            blocks=(np.cumsum(first) - 1)[self.blocks].astype(np.uint32),
        )
        own = whole.texts_of(self.positions)
        of_grams, of_characters = _document_frequencies(self.grams, self.offsets.astype(np.int64), own)
        return replace(whole, gram_frequencies=of_grams, character_frequencies=of_characters)

    # -- on disk -----------------------------------------------------------------------------------

    @classmethod
    def read(cls, arrays: Arrays, name: str) -> Positions:
        """As it was written under a name. Raises KeyError, and ValueError where parts do not fit together."""
        read = cls(*(arrays[f"{name}.{part}"] for part in cls.__dataclass_fields__))
        fits = len(read.starts) == len(read.docs) + 1 and len(read.offsets) == len(read.grams) + 1
        if not fits or read.offsets[-1] != len(read.positions):
            raise ValueError(f"the positions of {name} do not fit together")
        return read

    @staticmethod
    def write_together(sources: Sequence[Positions], name: str, writer: Writes) -> None:
        """Write the postings of several sources as one, the documents of each behind those before."""
        bases = offsets_of(np.array([s.characters for s in sources], dtype=np.int64))
        if bases[-1] >= 1 << 32:
            raise OverflowError("more characters than a segment can have")
        starts = np.concatenate(
            [*(s.starts[:-1] + b for s, b in zip(sources, bases, strict=False)), bases[-1:]]
        )
        grams, keys = _united([s.grams for s in sources])
        together = Together(keys, [s.offsets for s in sources], len(grams))
        writer.add(f"{name}.docs", np.concatenate([s.docs for s in sources]))
        writer.add(f"{name}.starts", starts.astype(np.uint32))
        writer.add(f"{name}.blocks", _blocks(starts))
        writer.add(f"{name}.grams", grams)
        writer.add(f"{name}.offsets", together.offsets.astype(np.uint32))
        shifted = [_Shifted(s.positions, int(b)) for s, b in zip(sources, bases, strict=False)]
        writer.add_pieces(
            f"{name}.positions", np.dtype(np.uint32), together.pieces(shifted, np.dtype(np.uint32))
        )
        # No document is of two sources, so that frequencies add up.
        characters, places = _united([_characters(s.grams)[0] for s in sources])
        of_grams = _added(keys, [s.gram_frequencies for s in sources], len(grams))
        of_characters = _added(places, [s.character_frequencies for s in sources], len(characters))
        writer.add(f"{name}.gram_frequencies", of_grams)
        writer.add(f"{name}.character_frequencies", of_characters)

    # -- asking ------------------------------------------------------------------------------------

    @property
    def characters(self) -> int:
        """How long all texts are, with their separators."""
        return int(self.starts[-1])

    def of_run(self, run: str) -> Array:
        """Where a run of characters, none of them a SEPARATOR, begins; ascending, but for a run of one."""
        if len(run) == 1:
            return self._of_grams(ord(run) << _CHAR_BITS, (ord(run) + 1) << _CHAR_BITS)
        grams = [ord(a) << _CHAR_BITS | ord(b) for a, b in pairwise(run)]
        lists = [(self._of_grams(gram, gram + 1), place) for place, gram in enumerate(grams)]
        lists.sort(key=lambda pair: len(pair[0]))
        rarest, place = lists[0]
        found = rarest[rarest >= place] - np.uint32(place)
        covered = {place, place + 1}
        for positions, place in lists[1:]:
            if {place, place + 1} <= covered:
                continue  # the pairs on both sides say so already
            covered |= {place, place + 1}
            found = found[_among(found + np.uint32(place), positions)]
        return found

    def _of_grams(self, first: int, behind: int) -> Array:
        """The positions of the grams from ``first`` to the one before ``behind``."""
        a, b = np.searchsorted(self.grams, np.array([first, behind], dtype=np.uint64))
        return self.positions[self.offsets[a] : self.offsets[b]]

    def texts_of(self, positions: Array) -> Ints:
        """The text that each of the positions is in: its place in ``docs``."""
        texts: Ints = self.blocks[positions >> _BLOCK_BITS].astype(np.int64)
        behind = np.flatnonzero(self.starts[texts + 1] <= positions)
        while len(behind):  # a block may hold the ends of several texts
            texts[behind] += 1
            behind = behind[self.starts[texts[behind] + 1] <= positions[behind]]
        return texts

    def postings(self, run: str) -> tuple[Array, Array]:
        """The documents where a run of characters stands, ascending, and how often it does."""
        if not run or SEPARATOR in run:
            return self.docs[:0], self.docs[:0]
        positions = self.of_run(run)
        if not len(positions):
            return self.docs[:0], positions
        texts = self.texts_of(positions)
        if len(run) == 1:
            texts.sort()
        first = np.flatnonzero(changes(texts))
        counts = np.empty_like(first)
        np.subtract(first[1:], first[:-1], out=counts[:-1])
        counts[-1] = len(texts) - first[-1]
        return self.docs[texts[first]], counts

    def terms(self) -> Iterator[bytes]:
        """Every character, each followed by the pairs that begin with it, in UTF-8: ascending."""
        seen = -1
        for gram in self.grams.tolist():
            first, second = gram >> _CHAR_BITS, gram & _CHAR_MASK
            if first != seen:
                seen = first
                yield chr(first).encode("utf-8", "surrogatepass")
            if second != ord(SEPARATOR):
                yield (chr(first) + chr(second)).encode("utf-8", "surrogatepass")

    def frequencies(self) -> Iterator[tuple[str, int]]:
        """Every character and every pair of neighbours with the number of documents that have it."""
        characters, _ = _characters(self.grams)
        yield from zip(from_code_points(characters), self.character_frequencies.tolist(), strict=True)
        pairs = self.grams & np.uint64(_CHAR_MASK) != ord(SEPARATOR)
        grams = self.grams[pairs]
        codes = np.column_stack((grams >> np.uint64(_CHAR_BITS), grams & np.uint64(_CHAR_MASK)))
        text = from_code_points(codes)
        counts = self.gram_frequencies[pairs].tolist()
        yield from zip(map(str.__add__, text[::2], text[1::2]), counts, strict=True)


class _Shifted:
    """Positions moved by as many characters as stand before them."""

    def __init__(self, positions: Array, by: int) -> None:
        self._positions, self._by = positions, np.uint32(by)

    def __getitem__(self, places: slice) -> Array:
        return self._positions[places] + self._by


def _document_frequencies(grams: Array, offsets: Ints, texts: Array) -> tuple[Array, Array]:
    """In how many texts each gram stands, and each of the characters that they begin with.

    ``texts``: of each position in the table.
    """
    _, begins = _characters(grams)
    bounds = offsets[np.append(begins, len(grams))]
    # A character has its texts in order once for each of its grams: sorted with its number before each, they
    # stay in its range of the table. Half as wide numbers are sorted in half the time.
    count = int(texts.max(initial=0)) + 1
    dtype = np.promote_types(np.uint32, np.min_scalar_type(len(begins) * count))
    keys = np.repeat(np.arange(len(begins), dtype=dtype) * dtype.type(count), np.diff(bounds))
    keys += texts.astype(dtype, copy=False)
    keys.sort()
    return _distinct_in(texts, offsets), _distinct_in(keys, bounds)


def _distinct_in(values: Array, offsets: Ints) -> Array:
    """How many distinct values each list has; they are in order, and no list is empty."""
    new = changes(values)
    new[offsets[:-1]] = True  # whatever stands before, in another list
    return np.diff(offsets_of(new)[offsets]).astype(np.uint32)


def _characters(grams: Array) -> tuple[Array, Ints]:
    """The characters that grams begin with, ascending, and the first gram of each."""
    firsts = grams >> np.uint64(_CHAR_BITS)
    begins = np.flatnonzero(changes(firsts))
    return firsts[begins], begins


def _added(keys: Sequence[Array], counts: Sequence[Array], size: int) -> Array:
    """The counts of several sources under the keys ``0 … size - 1``; no source has a key twice."""
    total = np.zeros(size, dtype=np.uint32)
    for own, source in zip(keys, counts, strict=True):
        total[own] += source
    return total


def _united(lists: Sequence[Array]) -> tuple[Array, list[Ints]]:
    """What several ascending lists have, each once, ascending; the places in that of each list's items."""
    whole = np.concatenate(lists)
    order = np.argsort(whole, kind="stable")  # merges what is in order already
    whole = whole[order]
    new = changes(whole)
    places = np.empty(len(whole), dtype=np.int64)
    places[order] = np.cumsum(new) - 1
    return whole[new], np.split(places, np.cumsum([len(one) for one in lists[:-1]]))


def _blocks(starts: Array) -> NDArray[np.uint32]:
    """The text that holds every BLOCK-th position."""
    every = np.arange(0, int(starts[-1]), BLOCK)
    return (np.searchsorted(starts, every, "right") - 1).astype(np.uint32)


def _among(wanted: Array, positions: Array) -> NDArray[np.bool_]:
    """For each number wanted whether it is one of the positions, which are ascending.

    Both of one type: numpy converts all the positions otherwise, however few are wanted.
    """
    if not len(positions):
        return np.zeros(len(wanted), dtype=bool)
    places = np.searchsorted(positions, wanted)
    there: NDArray[np.bool_] = positions[np.minimum(places, len(positions) - 1)] == wanted
    return there
