"""Tables in the text of a report: readers give a row as one paragraph, its cells parted by tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from webui.marks import Piece

#: A figure with its unit, as it stands in a cell; what names a time ("2018年", "3月") is none.
_FIGURE = re.compile(r"[+\-−±]?\d{1,16}(?:[,，]\d{3}){0,6}(?:\.\d{1,9})?\s?(?:[%％‰]|[^\W\d年月日季]{0,3})")
#: What stands in a cell for which there is nothing to say.
_NOTHING = re.compile(r"[-－—–/／.…\s]*")

Paragraph: TypeAlias = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """``runs_on``: the end of a mark that began in a cell before this one, ahead of ``pieces``."""

    pieces: Paragraph
    runs_on: str = ""

    @property
    def text(self) -> str:
        """What stands in the cell."""
        return self.runs_on + "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of two cells and more, not all of one length.

    ``head``: the first row names the columns; ``figures``: the columns, from 0, that hold figures.
    """

    rows: tuple[tuple[Cell, ...], ...]
    head: bool
    figures: frozenset[int]


def with_tables(paragraphs: Sequence[Paragraph]) -> Iterator[Paragraph | Table]:
    """The paragraphs, those with tabs that follow each other as tables; one alone is no table."""
    for tabbed, run in groupby(paragraphs, key=_has_tab):
        together = list(run)
        if tabbed and len(together) > 1:
            yield _table(tuple(tuple(_cells(row)) for row in together))
        else:
            yield from together


def _has_tab(pieces: Paragraph) -> bool:
    return any("\t" in piece.text for piece in pieces)


def _cells(row: Paragraph) -> Iterator[Cell]:
    pieces: list[Piece] = []
    runs_on = ""
    for piece in row:
        first, *others = piece.text.split("\t")
        if first:
            pieces.append(Piece(first, piece.mark))
        for text in others:
            yield Cell(tuple(pieces), runs_on)
            marked = piece.mark is not None
            pieces = [Piece(text)] if text and not marked else []
            runs_on = text if marked else ""
    yield Cell(tuple(pieces), runs_on)


def _table(rows: tuple[tuple[Cell, ...], ...]) -> Table:
    first, *body = [[cell.text.strip() for cell in row] for row in rows]
    width = max(map(len, body))
    figures = frozenset(
        column
        for column in range(width)
        if _holds_figures([row[column] for row in body if column < len(row)])
    )
    # Names, each another, over all the columns, of which some hold figures: else it may be a row like any.
    names = all(first) and len(set(first)) == len(first) and not any(map(_FIGURE.fullmatch, first))
    return Table(rows, names and len(first) >= width and bool(figures), figures)


def _holds_figures(column: Sequence[str]) -> bool:
    said = [text for text in column if not _NOTHING.fullmatch(text)]
    return bool(said) and all(map(_FIGURE.fullmatch, said))
