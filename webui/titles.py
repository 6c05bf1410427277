"""Where the title of a report may be broken into lines: between words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from indexer.analysis.words import cut_words
from webui.marks import Piece


def phrases(pieces: Sequence[Piece]) -> tuple[tuple[Piece, ...], ...]:
    """A title, marked, in stretches none of which need be broken; joined they give it back.

    A mark stays whole, and so does what reads badly apart: a figure and what it counts, a word and the
    single character behind it (2018年度, 总结及).
    """
    breaks = set(_breaks("".join(piece.text for piece in pieces)))
    found: list[list[Piece]] = [[]]
    at = 0
    for piece in pieces:
        end = at + len(piece.text)
        inside = [n for n in range(at + 1, end) if n in breaks] if piece.mark is None else []
        edges = [at, *inside, end]
        for start, stop in pairwise(edges):
            if start in breaks:
                found.append([])
            found[-1].append(Piece(piece.text[start - at : stop - at], piece.mark))
        at = end
    return tuple(tuple(phrase) for phrase in found)


def _breaks(title: str) -> Iterator[int]:
    at = 0
    for word in cut_words(title):
        start = title.index(word, at)
        at = start + len(word)
        before = title[start - 1 : start]
        if len(word) > 1 and before.isalpha() and before != "第":
            yield start
