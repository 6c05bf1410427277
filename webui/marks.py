"""Marks: text and offsets in, pieces out. Templates escape the pieces and put the signs round them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.snippets import Span, find_marks


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; ``mark`` is the number of the mark, counted from 1, or None where it is plain."""

    text: str
    mark: int | None = None


def cut(text: str, marks: Sequence[Span], first: int = 1) -> tuple[Piece, ...]:
    """Cut ``text`` at its marks; the pieces joined give the text back, none is empty.

    ``marks`` are code points, end exclusive, sorted by their start. Marks that overlap or touch become one: a
    single character such as ㎡ may stand for two that were searched for, and the words of a name follow each
    other. ``first`` numbers the first mark.
    """
    joined: list[Span] = []
    for start, end in marks:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    pieces: list[Piece] = []
    at = 0
    for number, (start, end) in enumerate(joined, first):
        if at < start:
            pieces.append(Piece(text[at:start]))
        pieces.append(Piece(text[start:end], number))
        at = end
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return tuple(pieces)


class Marker:
    """Marks the runs of one query in text after text and numbers the marks through; ``count`` is how many."""

    def __init__(self, runs: Sequence[str]) -> None:
        self.runs = runs
        self.count = 0

    def __call__(self, text: str) -> tuple[Piece, ...]:
        pieces = cut(text, find_marks(text, self.runs), self.count + 1)
        self.count += sum(piece.mark is not None for piece in pieces)
        return pieces
