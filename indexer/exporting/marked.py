"""Text with marks, as all forms write it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from indexer.snippets import Span


@dataclass(frozen=True, slots=True)
class Marked:
    """``marks``: code points of ``text``, end exclusive, in order and without overlap."""

    text: str
    marks: tuple[Span, ...] = ()

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The text cut at its marks, each with whether it is marked; joined they give it back, none is empty,
        no two marked ones follow each other."""
        at = 0
        joined: list[Span] = []
        for start, end in self.marks:
            if joined and start <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(end, joined[-1][1])
            elif start < end:
                joined.append((start, end))
        for start, end in joined:
            if at < start:
                yield self.text[at:start], False
            yield self.text[start:end], True
            at = end
        if at < len(self.text):
            yield self.text[at:], False

    def part(self, start: int, end: int) -> Marked:
        """A stretch of the text with its marks."""
        inside = (
            (max(a, start) - start, min(b, end) - start) for a, b in self.marks if a < end and b > start
        )
        return Marked(self.text[start:end], tuple(inside))

    def cells(self) -> list[Marked]:
        """The text cut at its tabs."""
        found, at = [], 0
        for cell in self.text.split("\t"):
            found.append(self.part(at, at + len(cell)))
            at += len(cell) + 1
        return found


def joined(sign: str, texts: Sequence[Marked]) -> Marked:
    """Several texts as one, with a sign between them."""
    marks: list[Span] = []
    at = 0
    for text in texts:
        marks += [(start + at, end + at) for start, end in text.marks]
        at += len(text.text) + len(sign)
    return Marked(sign.join(text.text for text in texts), tuple(marks))


#: Rows of cells, all of one length.
Table: TypeAlias = list[list[Marked]]


def with_tables(paragraphs: Sequence[Marked]) -> Iterator[Marked | Table]:
    """The paragraphs; those with tabs that follow each other as tables, one alone is no table."""
    for tabbed, run in groupby(paragraphs, key=lambda paragraph: "\t" in paragraph.text):
        together = list(run)
        if not tabbed or len(together) == 1:
            yield from together
            continue
        rows = [row.cells() for row in together]
        width = max(map(len, rows))
        yield [row + [Marked("")] * (width - len(row)) for row in rows]
