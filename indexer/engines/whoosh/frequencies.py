"""Postings of words: the documents of each, and how often it stands there.

::

    text       the words one behind the other, UTF-8, ascending by their bytes
    ends       where each word begins in it, and the last one ends
    offsets    a table of lists (see :mod:`indexer.engines.whoosh.lists`), a list a word
    docs       the documents of each word, ascending
    counts     how often it stands there; of the smallest type that holds the largest
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from indexer.analysis.bulk_words import Counts
from indexer.analysis.code_points import from_code_points
from indexer.engines.whoosh.arrays import Array, Arrays, Writes
from indexer.engines.whoosh.lists import Together
from indexer.stretches import Ints, changes, offsets_of, ranges

_UTF8_LONGER = np.array([0x80, 0x800, 0x10000], dtype=np.uint32)  # code points from there on: a byte more


@dataclass(frozen=True)
class Frequencies:
    """The postings of a field of words: see above."""

    text: Array  # uint8[bytes]
    ends: Array  # int64[words + 1]
    offsets: Array  # int64[words + 1]
    docs: Array  # uint32[postings]
    counts: Array  # uint8, uint16 or uint32[postings]

    @classmethod
    def of(cls, docs: Array, counted: Counts) -> Frequencies:
        """Of the words of some texts, and the documents that have these, ascending."""
        words = counted.words
        codes = np.delete(words.codes, words.ends)
        text = from_code_points(codes).encode("utf-8", "surrogatepass")
        ends = offsets_of(1 + np.searchsorted(_UTF8_LONGER, codes, "right"))
        return cls(
            np.frombuffer(text, dtype=np.uint8),
            ends[offsets_of(words.sizes - 1)],
            counted.offsets,
            docs[counted.texts].astype(np.uint32),
            _smallest(counted.counts),
        )

    @classmethod
    def of_terms(cls, terms: Sequence[tuple[str, int]]) -> Frequencies:
        """Of terms with the document of each, ascending; no document has a term twice."""
        lists: defaultdict[bytes, list[int]] = defaultdict(list)
        for term, document in terms:
            lists[_encoded(term)].append(document)
        words = sorted(lists)
        text, ends = _text_of(words)
        docs = np.array([document for word in words for document in lists[word]], dtype=np.uint32)
        offsets = offsets_of(np.array([len(lists[word]) for word in words], dtype=np.int64))
        return cls(text, ends, offsets, docs, np.ones(len(docs), dtype=np.uint8))

    def united(self) -> Frequencies:
        """With what follows each other of a word and a document as one: of a text that came in parts."""
        first = changes(self.docs)
        first[self.offsets[:-1]] = True
        if first.all():
            return self
        begins = np.flatnonzero(first)
        return replace(
            self,
            offsets=np.searchsorted(begins, self.offsets),
            docs=self.docs[begins],
            counts=_smallest(np.add.reduceat(self.counts, begins, dtype=np.int64)),
        )

    def renumbered(self, new: Ints) -> Frequencies:
        """With the documents' new numbers, ascending as the old ones; where that is -1, without them."""
        docs = new[self.docs]
        stays = docs >= 0
        if stays.all():
            return replace(self, docs=docs.astype(np.uint32))
        before = offsets_of(stays)
        postings = np.diff(before[self.offsets])
        left = np.flatnonzero(postings)
        sizes = np.diff(self.ends)[left]
        return Frequencies(
            self.text[ranges(self.ends[left], sizes)],
            offsets_of(sizes),
            offsets_of(postings[left]),
            docs[stays].astype(np.uint32),
            _smallest(self.counts[stays]),
        )

    @classmethod
    def read(cls, arrays: Arrays, name: str) -> Frequencies:
        """As it was written under a name. Raises KeyError, and ValueError where parts do not fit together."""
        read = cls(*(arrays[f"{name}.{part}"] for part in cls.__dataclass_fields__))
        fits = len(read.offsets) == len(read.ends) and len(read.docs) == len(read.counts)
        if not fits or read.ends[-1] != len(read.text) or read.offsets[-1] != len(read.docs):
            raise ValueError(f"the postings of {name} do not fit together")
        return read

    @staticmethod
    def write_together(sources: Sequence[Frequencies], name: str, writer: Writes) -> None:
        """Write the postings of several sources as one, the documents of each behind those before."""
        if len(sources) == 1:
            for part in Frequencies.__dataclass_fields__:
                writer.add(f"{name}.{part}", getattr(sources[0], part))
            return
        own = [source.terms() for source in sources]
        words = sorted(set().union(*own))
        place = {word: n for n, word in enumerate(words)}
        keys = [np.fromiter(map(place.__getitem__, w), dtype=np.int64, count=len(w)) for w in own]
        together = Together(keys, [s.offsets for s in sources], len(words))
        text, ends = _text_of(words)
        writer.add(f"{name}.text", text)
        writer.add(f"{name}.ends", ends)
        writer.add(f"{name}.offsets", together.offsets)
        docs = [s.docs for s in sources]
        writer.add_pieces(f"{name}.docs", np.dtype(np.uint32), together.pieces(docs, np.dtype(np.uint32)))
        counts = [s.counts for s in sources]
        smallest = np.result_type(np.uint8, *counts)
        writer.add_pieces(f"{name}.counts", smallest, together.pieces(counts, smallest))

    @property
    def nbytes(self) -> int:
        """How many bytes the arrays have."""
        return sum(getattr(self, part).nbytes for part in self.__dataclass_fields__)

    @property
    def size(self) -> int:
        """How many words there are."""
        return len(self.ends) - 1

    def terms(self) -> list[bytes]:
        """The words in UTF-8, ascending."""
        ends = self.ends.tolist()
        return list(map(self.text.tobytes().__getitem__, map(slice, ends, ends[1:])))

    def place(self, word: bytes) -> int | None:
        """The place of a word among all."""
        low, high = 0, self.size
        while low < high:
            middle = (low + high) // 2
            if self.word(middle) < word:
                low = middle + 1
            else:
                high = middle
        return low if low < self.size and self.word(low) == word else None

    def word(self, place: int) -> bytes:
        """The word at a place, in UTF-8."""
        return self.text[self.ends[place] : self.ends[place + 1]].tobytes()

    def postings(self, word: bytes) -> tuple[Array, Array]:
        """The documents of a word, ascending, and how often it stands in each."""
        place = self.place(word)
        if place is None:
            return self.docs[:0], self.counts[:0]
        own = slice(int(self.offsets[place]), int(self.offsets[place + 1]))
        return self.docs[own], self.counts[own]


def _encoded(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")


def _text_of(words: Sequence[bytes]) -> tuple[Array, Array]:
    """The words one behind the other, and where each begins and the last ends."""
    sizes = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    return np.frombuffer(b"".join(words), dtype=np.uint8), offsets_of(sizes)


def _smallest(counts: Array) -> Array:
    """The same numbers in the smallest type that holds them."""
    return counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
