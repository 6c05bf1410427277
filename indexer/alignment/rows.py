"""The lines of two texts, put beside each other: which belong together, which are new, gone or moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

from indexer.alignment.beside import Group, gaps_of, groups_of
from indexer.alignment.lines import Line, lines_of
from indexer.alignment.moves import moves_of
from indexer.families.changes import Piece, compare

Kind: TypeAlias = Literal["same", "left", "right"]
Span: TypeAlias = tuple[int, int]
RowKind: TypeAlias = Literal["same", "changed", "removed", "added", "moved"]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one text, within a line. ``at``: where it begins; ``piece``: of which one of its row."""

    kind: Kind
    text: str
    at: int
    piece: int


@dataclass(frozen=True, slots=True)
class Aligned:
    """What stands beside each other. ``move`` is the same number in both rows of a line that was moved."""

    kind: RowKind
    left: tuple[Part, ...]
    right: tuple[Part, ...]
    move: int | None = None


def align(
    one: str,
    other: str,
    *,
    headings: tuple[Sequence[Span], Sequence[Span]] = ((), ()),
) -> list[Aligned]:
    """The lines of two texts in rows. Lines that show nothing (white space alone) are left out.

    ``headings``: where in either text headings stand, as code points, end exclusive. They stay with the lines
    that follow them.
    """
    left, right = lines_of(one, headings[0]), lines_of(other, headings[1])
    groups = groups_of(left, right)
    gaps = list(gaps_of(groups, len(left), len(right)))
    rows = _Moves(left, right, gaps)
    found: list[Aligned] = []
    for number, gap in enumerate(gaps):
        if gap.b - gap.a == gap.d - gap.c == 1 and not rows.moved(gap):
            found.append(_beside(left[gap.a : gap.b], right[gap.c : gap.d]))
        else:
            # A heading that only the left text has is not torn from what follows it by what is new.
            body = _before_headings(left, gap) if number < len(groups) else gap.b
            found += [rows.gone(i) for i in range(gap.a, body)]
            found += [rows.new(j) for j in range(gap.c, gap.d)]
            found += [rows.gone(i) for i in range(body, gap.b)]
        found += [_beside(left[g.a : g.b], right[g.c : g.d]) for g in groups[number : number + 1]]
    return found


def _before_headings(left: Sequence[Line], gap: Group) -> int:
    """Where in the left lines of a gap the headings begin with which it ends."""
    at = gap.b
    while at > gap.a and left[at - 1].heading:
        at -= 1
    return at


class _Moves:
    """The rows of lines that have no counterpart in their place."""

    def __init__(self, left: Sequence[Line], right: Sequence[Line], gaps: Sequence[Group]) -> None:
        self._left = left
        self._right = right
        gone = [i for gap in gaps for i in range(gap.a, gap.b)]
        new = [j for gap in gaps for j in range(gap.c, gap.d)]
        moves = moves_of([left[i] for i in gone], [right[j] for j in new])
        self._from = {gone[i]: (number, new[j]) for number, (i, j) in enumerate(moves)}
        self._to = {new[j]: (number, gone[i]) for number, (i, j) in enumerate(moves)}

    def moved(self, gap: Group) -> bool:
        """Whether the first line of either side is in some other place of the other text."""
        return gap.a in self._from or gap.c in self._to

    def gone(self, i: int) -> Aligned:
        """The row of a line of the left text."""
        line = self._left[i]
        if i not in self._from:
            return Aligned("removed", (Part("left", line.text, line.at, 0),), ())
        move, j = self._from[i]
        return Aligned("moved", _beside([line], [self._right[j]]).left, (), move)

    def new(self, j: int) -> Aligned:
        """The row of a line of the right text."""
        line = self._right[j]
        if j not in self._to:
            return Aligned("added", (), (Part("right", line.text, line.at, 0),))
        move, i = self._to[j]
        return Aligned("moved", (), _beside([self._left[i]], [line]).right, move)


def _beside(left: Sequence[Line], right: Sequence[Line]) -> Aligned:
    """Lines that belong together, with what differs."""
    one, other = ("\n".join(line.text for line in side) for side in (left, right))
    same = "".join(line.bare for line in left) == "".join(line.bare for line in right)
    pieces: Sequence[Piece] = (Piece("same", one, other),) if same else compare(one, other)
    if not same and all(piece.change == "same" for piece in pieces):
        pieces = (Piece("changed", one, other),)  # what differs is smaller than what the comparison looks at
    return Aligned(
        "same" if same else "changed",
        _parts(((piece.change == "same", piece.left) for piece in pieces), left, "left"),
        _parts(((piece.change == "same", piece.right) for piece in pieces), right, "right"),
    )


def _parts(stretches: Iterable[tuple[bool, str]], lines: Sequence[Line], side: Kind) -> tuple[Part, ...]:
    """The stretches of one side of a row, each line's by themselves."""
    parts: list[Part] = []
    number = 0
    at = lines[0].at
    for piece, (same, text) in enumerate(stretches):
        kind: Kind = "same" if same else side
        for n, part in enumerate(text.split("\n")):
            if n:
                parts.append(Part("same", "\n", at, piece))
                number += 1
                at = lines[number].at
            if part:
                parts.append(Part(kind, part, at, piece))
                at += len(part)
    return tuple(parts)


def changes_of(row: Aligned) -> list[tuple[int, int]]:
    """The places of a row that differ, as stretches from one number of a piece to another, both inclusive."""
    parts = (*row.left, *row.right)
    differ = {part.piece for part in parts if part.kind != "same"}
    found: list[tuple[int, int]] = []
    for differs, run in groupby(sorted({part.piece for part in parts}), key=differ.__contains__):
        if differs:
            numbers = list(run)
            found.append((numbers[0], numbers[-1]))
    return found
