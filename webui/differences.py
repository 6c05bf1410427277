"""Two texts side by side: what the comparison found, arranged in rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Literal, TypeAlias

from indexer.alignment import Aligned, Part, RowKind, align, changes_of
from indexer.families.headed import Headed, Span
from indexer.snippets import ends_clause, is_inside
from webui.sides import Side

#: Characters of both texts together. Beyond, a comparison would take longer than anyone waits.
MAX_COMPARED = 200_000

_CONTEXT = 16  # characters that stay on each side of a change where only changes are shown, about
_NEAR = 24  # characters: what stays goes on to the end of a clause that is so near
_LEFT_OUT = 30  # characters: what is shorter is not left out, the sign for it would not be read faster
_SENTENCE_ENDS = "。！？；!?;\n"

_COLUMNS = 12  # of a table whose cells stand below each other; beyond, they would be too narrow

Kind: TypeAlias = Literal["same", "left", "right", "gap"]


@dataclass(frozen=True, slots=True)
class Bit:
    """A stretch of a text: the same in both, on one side only, or (``gap``) the sign for what is left out.

    ``headings``: where in it headings stand; ``stop``: the number of the difference that begins here.
    """

    kind: Kind
    text: str
    headings: tuple[Span, ...] = ()
    stop: int | None = None

    @property
    def pieces(self) -> tuple[tuple[str, bool], ...]:
        """The text in pieces, each with whether it is of a heading."""
        edges = [0, *(edge for span in self.headings for edge in span), len(self.text)]
        cut = ((self.text[a:b], bool(n % 2)) for n, (a, b) in enumerate(pairwise(edges)))
        return tuple(piece for piece in cut if piece[0])


#: The bits of each cell of a line.
Cells: TypeAlias = tuple[tuple[Bit, ...], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What stands beside each other: a paragraph mostly.

    ``stop``: the number of the difference that the row as a whole is; of a paragraph that was moved both rows
    have it, and the later one is ``again``. ``edited``: it was moved and changed. ``left_columns`` and
    ``right_columns``: how many cells the table has of which the side is a part, 0 where it is of none.
    """

    left: tuple[Bit, ...]
    right: tuple[Bit, ...]
    kind: RowKind = "same"
    stop: int | None = None
    again: bool = False
    left_columns: int = 0
    right_columns: int = 0

    @property
    def left_lines(self) -> tuple[Cells, ...]:
        """The lines of the left side, each with a cell for each column of the table, or one without tabs."""
        return _cells(self.left, self.left_columns)

    @property
    def right_lines(self) -> tuple[Cells, ...]:
        """The lines of the right side in the same way."""
        return _cells(self.right, self.right_columns)

    @property
    def changed(self) -> bool:
        """Whether the sides differ."""
        return self.kind != "same"

    @property
    def edited(self) -> bool:
        """Whether there are differences in it: a paragraph that was moved may have been changed too."""
        return any(bit.kind in ("left", "right") for bit in (*self.left, *self.right))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows that follow each other; ``folded``: nothing in them differs, and only differences are shown."""

    rows: tuple[Row, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class Differences:
    """A comparison. ``rows`` is None where the texts are too long for it.

    ``edits`` counts the places within paragraphs that differ; the other counts are of paragraphs.
    """

    left: Side
    right: Side
    rows: tuple[Row, ...] | None
    only: bool
    edits: int = 0
    added: int = 0
    removed: int = 0
    moved: int = 0

    @property
    def changes(self) -> int:
        """How many differences there are, one behind the other."""
        return self.edits + self.added + self.removed + self.moved

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The rows, with what is the same folded where only differences are shown."""
        if not self.only or not self.changes:
            return (Stretch(self.rows or (), False),)
        runs = groupby(self.rows or (), key=lambda row: row.changed)
        return tuple(Stretch(tuple(rows), not changed) for changed, rows in runs)


def differences(left: Side, right: Side, one: Headed, other: Headed, *, only: bool) -> Differences:
    """Compare two texts; ``only``: of what differs show little more than the differences."""
    if len(one.text) + len(other.text) > MAX_COMPARED:
        return Differences(left, right, None, only)
    rows: list[Row] = []
    moves: dict[int, int] = {}
    edits = stop = 0
    for aligned in align(one.text, other.text, headings=(one.headings, other.headings)):
        stops: dict[int, int] = {}
        whole = None
        again = False
        if aligned.kind == "changed":
            for first, last in changes_of(aligned):
                stop += 1
                edits += 1
                stops.update(dict.fromkeys(range(first, last + 1), stop))
        elif aligned.kind != "same":
            again = aligned.move is not None and aligned.move in moves
            if again and aligned.move is not None:
                whole = moves[aligned.move]
            else:
                stop += 1
                whole = stop
                if aligned.move is not None:
                    moves[aligned.move] = stop
        rows.append(_row(aligned, one, other, stops, whole, again=again, only=only))
    columns = zip(_columns([row.left for row in rows]), _columns([row.right for row in rows]), strict=True)
    rows = [replace(row, left_columns=a, right_columns=b) for row, (a, b) in zip(rows, columns, strict=True)]
    kinds = [row.kind for row in rows if not row.again]
    counts = {"added": kinds.count("added"), "removed": kinds.count("removed"), "moved": kinds.count("moved")}
    return Differences(left, right, tuple(rows), only, edits, **counts)


def _row(
    aligned: Aligned,
    one: Headed,
    other: Headed,
    stops: dict[int, int],
    stop: int | None,
    *,
    again: bool,
    only: bool,
) -> Row:
    told: set[int] = set()
    sides = [_bits(parts, text, stops, told) for parts, text in ((aligned.left, one), (aligned.right, other))]
    if only and aligned.kind == "changed":
        sides = [_shortened(side) for side in sides]
    return Row(sides[0], sides[1], aligned.kind, stop, again)


def _bits(parts: Sequence[Part], text: Headed, stops: dict[int, int], told: set[int]) -> tuple[Bit, ...]:
    """The parts of one side, with its headings; each difference is numbered where it is told first."""
    bits: list[Bit] = []
    at = 0
    for part in parts:
        end = part.at + len(part.text)
        if bits and bits[-1].kind == part.kind and part.at == at + len(bits[-1].text):
            joined = bits[-1].text + part.text
            bits[-1] = replace(bits[-1], text=joined, headings=text.headings_in(at, end))
            continue
        number = stops.get(part.piece) if part.kind != "same" else None
        bits.append(
            Bit(part.kind, part.text, text.headings_in(part.at, end), None if number in told else number)
        )
        if number is not None:
            told.add(number)
        at = part.at
    return tuple(bits)


def _columns(sides: Sequence[tuple[Bit, ...]]) -> list[int]:
    """For each side of the rows how many columns its table has: sides with tabs that follow each other."""
    texts = ["".join(bit.text for bit in side) for side in sides]
    found = [0] * len(texts)
    # What the other text alone has does not part a table.
    shown = [number for number, text in enumerate(texts) if text]
    for tabbed, run in groupby(shown, key=lambda number: "\t" in texts[number]):
        numbers = list(run)
        if tabbed:
            width = 1 + max(line.count("\t") for n in numbers for line in texts[n].split("\n"))
            for number in numbers:
                found[number] = width if width <= _COLUMNS else 0
    return found


def _cells(bits: tuple[Bit, ...], columns: int) -> tuple[Cells, ...]:
    """The lines of a table in cells; what goes over the edge of a cell is cut there."""
    lines: list[list[list[Bit]]] = [[[]]]
    for bit in bits:
        stop = bit.stop
        at = 0
        for piece in re.split(r"([\t\n])", bit.text):
            if piece == "\t":
                lines[-1].append([])
            elif piece == "\n":
                lines.append([[]])
            elif piece:
                lines[-1][-1].append(replace(_part(bit, at, at + len(piece)), stop=stop))
                stop = None
            at += len(piece)
        if stop is not None:  # nothing but tabs: the difference has its place all the same
            lines[-1][-1].append(Bit(bit.kind, "", stop=stop))
    for line in lines:
        if len(line) > 1:
            line.extend([] for _ in range(columns - len(line)))
    return tuple(tuple(tuple(cell) for cell in line) for line in lines)


def _shortened(bits: tuple[Bit, ...]) -> tuple[Bit, ...]:
    """The changes with what stands next to them. The row of a table stays whole."""
    if any("\t" in bit.text for bit in bits):
        return bits
    shown: list[Bit] = []
    for number, bit in enumerate(bits):
        if bit.kind != "same":
            shown.append(bit)
            continue
        before = _kept_before(bit.text) if number else 0  # what follows the change before
        behind = _kept_behind(bit.text) if number + 1 < len(bits) else len(bit.text)
        if behind - before <= _LEFT_OUT:
            shown.append(bit)
            continue
        if before:
            shown.append(_part(bit, 0, before))
        shown.append(Bit("gap", "……"))
        if behind < len(bit.text):
            shown.append(_part(bit, behind, len(bit.text)))
    return tuple(shown)


def _kept_before(text: str) -> int:
    """Where what follows a change may end: with a clause, or else not within a word."""
    room = range(_CONTEXT // 2, min(len(text), _CONTEXT + _NEAR))
    clauses = [at for at in room if _ends(text, at)]
    if clauses:
        return min(clauses, key=lambda at: abs(at - _CONTEXT))
    at = min(_CONTEXT, len(text))
    while at < min(len(text), _CONTEXT + _NEAR) and is_inside(text, at):
        at += 1
    return at


def _kept_behind(text: str) -> int:
    """Where what leads to a change may begin: with a clause, or else not within a word."""
    size = len(text)
    room = range(max(1, size - _CONTEXT - _NEAR), size - _CONTEXT // 2 + 1)
    clauses = [at for at in room if _ends(text, at)]
    if clauses:
        return min(clauses, key=lambda at: abs(size - at - _CONTEXT))
    at = max(0, size - _CONTEXT)
    while 0 < at < size and size - at < _CONTEXT + _NEAR and is_inside(text, at):
        at -= 1
    return at


def _ends(text: str, at: int) -> bool:
    return text[at - 1] in _SENTENCE_ENDS or ends_clause(text, at)


def _part(bit: Bit, start: int, end: int) -> Bit:
    return Bit(bit.kind, bit.text[start:end], Headed(bit.text, bit.headings).headings_in(start, end))
