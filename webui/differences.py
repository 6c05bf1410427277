"""Two texts side by side: what the comparison found, arranged in rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from indexer.families.changes import compare
from indexer.families.headed import Headed, Span

#: Characters of both texts together. Beyond, a comparison would take longer than anyone waits.
MAX_COMPARED = 200_000

_CONTEXT = 16  # characters that stay on each side of a change where only changes are shown

Kind: TypeAlias = Literal["same", "left", "right", "gap"]


@dataclass(frozen=True, slots=True)
class Bit:
    """A stretch of a text: the same in both, on one side only, or (``gap``) the sign for what is left out.

    ``headings``: where in it headings stand.
    """

    kind: Kind
    text: str
    headings: tuple[Span, ...] = ()

    @property
    def pieces(self) -> tuple[tuple[str, bool], ...]:
        """The text in pieces, each with whether it is of a heading."""
        edges = [0, *(edge for span in self.headings for edge in span), len(self.text)]
        cut = ((self.text[a:b], bool(n % 2)) for n, (a, b) in enumerate(pairwise(edges)))
        return tuple(piece for piece in cut if piece[0])


@dataclass(frozen=True, slots=True)
class Row:
    """What stands beside each other: a paragraph mostly."""

    left: tuple[Bit, ...]
    right: tuple[Bit, ...]

    @property
    def changed(self) -> bool:
        """Whether the sides differ."""
        return any(bit.kind in ("left", "right") for bit in (*self.left, *self.right))


@dataclass(frozen=True, slots=True)
class Side:
    """Where a text is from."""

    title: str
    detail: str
    url: str


@dataclass(frozen=True, slots=True)
class Differences:
    """A comparison. ``rows`` is None where the texts are too long for it; ``changes`` counts the places that
    differ, ``hidden`` the rows that are left out because nothing in them differs."""

    left: Side
    right: Side
    rows: tuple[Row, ...] | None
    changes: int
    hidden: int
    only: bool


def differences(left: Side, right: Side, one: Headed, other: Headed, *, only: bool) -> Differences:
    """Compare two texts; ``only``: leave out what is the same."""
    if len(one.text) + len(other.text) > MAX_COMPARED:
        return Differences(left, right, None, 0, 0, only)
    pieces = compare(one.text, other.text)
    cut = _rows((piece.change == "same", piece.left, piece.right) for piece in pieces)
    rows = [row for row in _with_headings(cut, one, other) if row.left or row.right]
    kept = [row for row in rows if row.changed] if only else rows
    if only:
        kept = [Row(_shortened(row.left), _shortened(row.right)) for row in kept]
    changes = sum(piece.change != "same" for piece in pieces)
    return Differences(left, right, tuple(kept), changes, len(rows) - len(kept), only)


def _rows(pieces: Iterable[tuple[bool, str, str]]) -> list[Row]:
    """Rows end where both texts have a line end. What is the same may differ in white space."""
    rows: list[Row] = []
    left: list[Bit] = []
    right: list[Bit] = []
    for same, one, other in pieces:
        if same:
            most = min(one.count("\n"), other.count("\n"))
            for number, (a, b) in enumerate(zip(one.split("\n", most), other.split("\n", most), strict=True)):
                if number:
                    rows.append(Row(tuple(left), tuple(right)))
                    left, right = [], []
                left += [Bit("same", a)] if a else []
                right += [Bit("same", b)] if b else []
        else:
            left += [Bit("left", one)] if one else []
            right += [Bit("right", other)] if other else []
    return [*rows, Row(tuple(left), tuple(right))]


def _with_headings(rows: Iterable[Row], one: Headed, other: Headed) -> Iterator[Row]:
    """The rows, with the headings of the two texts that they make up."""
    left = right = 0
    for row in rows:
        yield Row(_headed(row.left, one, left), _headed(row.right, other, right))
        left += sum(len(bit.text) for bit in row.left) + 1
        right += sum(len(bit.text) for bit in row.right) + 1


def _headed(bits: Iterable[Bit], text: Headed, at: int) -> tuple[Bit, ...]:
    """Stretches of a text that follow each other from a place on, with its headings."""
    found: list[Bit] = []
    for bit in bits:
        found.append(Bit(bit.kind, bit.text, text.headings_in(at, at + len(bit.text))))
        at += len(bit.text)
    return tuple(found)


def _shortened(bits: tuple[Bit, ...]) -> tuple[Bit, ...]:
    """The changes with what stands next to them."""
    shown: list[Bit] = []
    for number, bit in enumerate(bits):
        before = _CONTEXT if number else 0  # what follows the change before
        behind = _CONTEXT if number + 1 < len(bits) else 0
        if bit.kind != "same" or len(bit.text) <= before + behind + 4:
            shown.append(bit)
            continue
        if before:
            shown.append(_part(bit, 0, before))
        shown.append(Bit("gap", "……"))
        if behind:
            shown.append(_part(bit, len(bit.text) - behind, len(bit.text)))
    return tuple(shown)


def _part(bit: Bit, start: int, end: int) -> Bit:
    return Bit(bit.kind, bit.text[start:end], Headed(bit.text, bit.headings).headings_in(start, end))
