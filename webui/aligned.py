"""The lines of two texts, put beside each other: which belong together, which are new, gone or moved."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby, zip_longest
from typing import Literal, TypeAlias

from indexer.families.changes import Piece, compare

Kind: TypeAlias = Literal["same", "left", "right"]
RowKind: TypeAlias = Literal["same", "changed", "removed", "added", "moved"]

_BELONG = 0.3  # of the longer line's characters stand in the other: the two are one, rewritten
_INSIDE = 0.6  # of the shorter line's, and not fewer than _LONG of them: a line was split, joined or grew
_LONG = 12
_MOVED = 0.6  # Jaccard similarity of the shingles of two lines that are one, moved
_SHINGLE = 3
_SHORTEST_MOVED = 8  # letters


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one text, within a line. ``at``: where it begins; ``piece``: of which stretch it is."""

    kind: Kind
    text: str
    at: int
    piece: int

    @property
    def blank(self) -> bool:
        """Whether it is white space."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Aligned:
    """What stands beside each other. ``move`` is the same number in both rows of a line that was moved."""

    kind: RowKind
    left: tuple[Part, ...]
    right: tuple[Part, ...]
    move: int | None = None


@dataclass(slots=True)
class _Group:
    """Lines ``a``..``b`` of the left text and ``c``..``d`` of the right, ends exclusive."""

    a: int
    b: int
    c: int
    d: int


def align(pieces: Sequence[Piece]) -> list[Aligned]:
    """The lines of two texts that were compared, in rows. Lines of nothing but white space are left out."""
    left = _lines((p.change == "same", p.left) for p in pieces)
    right = _lines(((p.change == "same", p.right) for p in pieces), "right")
    shared = _shared(pieces, left, right)
    groups = _with_equal(_groups(shared, left, right), left, right)
    gaps = list(_gaps(groups, len(left), len(right)))
    moves = _moves(gaps, left, right)
    from_left = {i: number for number, (i, _) in enumerate(moves)}
    from_right = {j: number for number, (_, j) in enumerate(moves)}
    rows: list[Aligned] = []
    for number, gap in enumerate(gaps):
        gone = [i for i in range(gap.a, gap.b) if _size(left[i])]
        new = [j for j in range(gap.c, gap.d) if _size(right[j])]
        if len(gone) == len(new) == 1 and gone[0] not in from_left and new[0] not in from_right:
            rows.append(_beside(_Group(gone[0], gone[0] + 1, new[0], new[0] + 1), left, right, shared))
        else:
            rows += [_gone(left, right, i, from_left.get(i), moves) for i in gone]
            rows += [_new(left, right, j, from_right.get(j), moves) for j in new]
        if number < len(groups):
            rows.append(_beside(groups[number], left, right, shared))
    return rows


def _lines(stretches: Iterable[tuple[bool, str]], side: Kind = "left") -> list[list[Part]]:
    lines: list[list[Part]] = [[]]
    at = 0
    for number, (same, text) in enumerate(stretches):
        for n, line in enumerate(text.split("\n")):
            if n:
                lines.append([])
                at += 1
            if line:
                lines[-1].append(Part("same" if same else side, line, at, number))
                at += len(line)
    return lines


def _size(line: Iterable[Part]) -> int:
    return sum(len("".join(part.text.split())) for part in line)


def _shared(
    pieces: Sequence[Piece], left: Sequence[Sequence[Part]], right: Sequence[Sequence[Part]]
) -> dict[tuple[int, int], Counter[int]]:
    """How many characters two lines share, by the stretch in which they stand."""
    shared: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
    ones, others = _by_piece(left), _by_piece(right)
    for number, piece in enumerate(pieces):
        if piece.change == "same":
            # Width may change the count of characters (㎡, m2): where the lines end is right all the same
            # within a character or two.
            for i, j in zip(ones[number], others[number], strict=False):
                shared[i, j][number] += 1
    return shared


def _by_piece(lines: Sequence[Sequence[Part]]) -> dict[int, list[int]]:
    """For each stretch the line of each of its characters that is no white space."""
    found: dict[int, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        for part in line:
            found[part.piece] += [number] * _size([part])
    return found


def _groups(
    shared: dict[tuple[int, int], Counter[int]], left: Sequence[list[Part]], right: Sequence[list[Part]]
) -> list[_Group]:
    """The lines that belong together. What is the same never crosses, so neither do they."""
    groups: list[_Group] = []
    for i, j in sorted(shared):
        common = shared[i, j].total()
        one, other = sorted((_size(left[i]), _size(right[j])))
        if common < _BELONG * other and not (common >= _LONG and common >= _INSIDE * one):
            continue
        if groups and (i < groups[-1].b or j < groups[-1].d):
            groups[-1].b = max(groups[-1].b, i + 1)
            groups[-1].d = max(groups[-1].d, j + 1)
        else:
            groups.append(_Group(i, i + 1, j, j + 1))
    return groups


def _gaps(groups: Sequence[_Group], left: int, right: int) -> Iterator[_Group]:
    """What stands before each group, and behind the last."""
    i = j = 0
    for group in (*groups, _Group(left, left, right, right)):
        yield _Group(i, group.a, j, group.c)
        i, j = group.b, group.d


def _with_equal(
    groups: Sequence[_Group], left: Sequence[list[Part]], right: Sequence[list[Part]]
) -> list[_Group]:
    """The groups and, between them, lines that are equal: the comparison takes no notice of short ones."""
    found: list[_Group] = []
    for gap, group in zip_longest(_gaps(groups, len(left), len(right)), groups):
        ones = [_bare(line) for line in left[gap.a : gap.b]]
        others = [_bare(line) for line in right[gap.c : gap.d]]
        if ones and others:
            matcher = SequenceMatcher(None, ones, others, autojunk=False)
            for a, c, count in matcher.get_matching_blocks():
                found += [
                    _Group(gap.a + a + n, gap.a + a + n + 1, gap.c + c + n, gap.c + c + n + 1)
                    for n in range(count)
                    if ones[a + n]
                ]
        if group is not None:
            found.append(group)
    return found


def _moves(
    gaps: Sequence[_Group], left: Sequence[list[Part]], right: Sequence[list[Part]]
) -> list[tuple[int, int]]:
    """Lines that went elsewhere: of the left and of the right text."""
    gone = {i: s for gap in gaps for i in range(gap.a, gap.b) if (s := _shingles(left[i]))}
    new = {j: s for gap in gaps for j in range(gap.c, gap.d) if (s := _shingles(right[j]))}
    holding: dict[str, list[int]] = defaultdict(list)
    for j, shingles in new.items():
        for shingle in shingles:
            holding[shingle].append(j)
    alike: list[tuple[float, int, int]] = []
    for i, shingles in gone.items():
        common = Counter(j for shingle in shingles for j in holding.get(shingle, ()))
        for j, count in common.items():
            if (score := count / (len(shingles) + len(new[j]) - count)) >= _MOVED:
                alike.append((-score, i, j))
    found: list[tuple[int, int]] = []
    for _, i, j in sorted(alike):
        if i in gone and j in new:
            found.append((i, j))
            del gone[i], new[j]
    return found


def _shingles(line: Iterable[Part]) -> set[str]:
    letters = "".join(c for part in line for c in part.text.lower() if c.isalnum())
    if len(letters) < _SHORTEST_MOVED:
        return set()
    return {letters[n : n + _SHINGLE] for n in range(len(letters) - _SHINGLE + 1)}


def _text(line: Iterable[Part]) -> str:
    return "".join(part.text for part in line)


def _gone(
    left: Sequence[list[Part]],
    right: Sequence[list[Part]],
    i: int,
    move: int | None,
    moves: Sequence[tuple[int, int]],
) -> Aligned:
    if move is None:
        return Aligned("removed", _whole(left[i], "left"), ())
    pieces = compare(_text(left[i]), _text(right[moves[move][1]]))
    return Aligned(
        "moved", _pieces(((p.change == "same", p.left) for p in pieces), left[i], "left"), (), move
    )


def _new(
    left: Sequence[list[Part]],
    right: Sequence[list[Part]],
    j: int,
    move: int | None,
    moves: Sequence[tuple[int, int]],
) -> Aligned:
    if move is None:
        return Aligned("added", (), _whole(right[j], "right"))
    pieces = compare(_text(left[moves[move][0]]), _text(right[j]))
    return Aligned(
        "moved", (), _pieces(((p.change == "same", p.right) for p in pieces), right[j], "right"), move
    )


def _whole(line: Sequence[Part], side: Kind) -> tuple[Part, ...]:
    return (Part(side, _text(line), line[0].at, line[0].piece),)


def _pieces(stretches: Iterable[tuple[bool, str]], line: Sequence[Part], side: Kind) -> tuple[Part, ...]:
    (parts,) = _lines(stretches, side)
    return tuple(replace(part, at=part.at + line[0].at) for part in parts)


def _beside(
    group: _Group,
    left: Sequence[list[Part]],
    right: Sequence[list[Part]],
    shared: dict[tuple[int, int], Counter[int]],
) -> Aligned:
    """Lines that belong together. What stands in the same way in some other row is no counterpart here."""
    here = {
        piece
        for i in range(group.a, group.b)
        for j in range(group.c, group.d)
        for piece in shared.get((i, j), ())
    }
    one = _side(left[group.a : group.b], here, "left")
    other = _side(right[group.c : group.d], here, "right")
    if _bare(one) == _bare(other):  # though the comparison took no notice of it
        one, other = (tuple(replace(part, kind="same") for part in parts) for parts in (one, other))
    changed = any(part.kind != "same" for part in (*one, *other))
    return Aligned("changed" if changed else "same", one, other)


def _bare(parts: Iterable[Part]) -> str:
    return "".join(_text(parts).split())


def _side(lines: Iterable[list[Part]], here: set[int], side: Kind) -> tuple[Part, ...]:
    parts: list[Part] = []
    for line in lines:
        if not _size(line):
            continue
        if parts:
            parts.append(Part("same", "\n", parts[-1].at + len(parts[-1].text), parts[-1].piece))
        parts += [
            part if part.kind != "same" or part.blank or part.piece in here else replace(part, kind=side)
            for part in line
        ]
    return tuple(parts)


def changes_of(row: Aligned) -> list[tuple[int, int]]:
    """The places of a row that differ, as stretches from one number of a piece to another, both inclusive."""
    by_piece = sorted((*row.left, *row.right), key=lambda part: part.piece)
    found: list[tuple[int, int]] = []
    for differs, run in groupby(by_piece, key=lambda part: part.kind != "same"):
        if differs:
            numbers = [part.piece for part in run]
            found.append((numbers[0], numbers[-1]))
    return found
