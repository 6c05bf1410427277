"""Lines that went elsewhere."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

from indexer.alignment.lines import Line, candidates

_MOVED = 0.6  # Jaccard similarity of the features of two lines that are one, moved
_SHORTEST = 8  # characters


def moves_of(left: Sequence[Line], right: Sequence[Line]) -> list[tuple[int, int]]:
    """Which of the lines that have no counterpart in their place have one elsewhere, by number.

    Lines that are equal first, in order; then those that are most alike.
    """
    gone = [i for i, line in enumerate(left) if _tells(line)]
    new = [j for j, line in enumerate(right) if _tells(line)]
    equal: dict[str, deque[int]] = defaultdict(deque)
    for j in new:
        equal[right[j].bare].append(j)
    found = [(i, own.popleft()) for i in gone if (own := equal.get(left[i].bare))]
    gone = sorted(set(gone).difference(i for i, _ in found))
    new = sorted(set(new).difference(j for _, j in found))
    ours, theirs = [left[i] for i in gone], [right[j] for j in new]
    alike = ((-_likeness(ours[i], theirs[j]), i, j) for i, j in candidates(ours, theirs))
    left_over, right_over = set(range(len(gone))), set(range(len(new)))
    for score, i, j in sorted(alike):
        if -score >= _MOVED and i in left_over and j in right_over:
            found.append((gone[i], new[j]))
            left_over.remove(i)
            right_over.remove(j)
    return found


def _tells(line: Line) -> bool:
    return sum(char.isalnum() for char in line.bare) >= _SHORTEST


def _likeness(one: Line, other: Line) -> float:
    common = len(one.features & other.features)
    return common / max(1, len(one.features) + len(other.features) - common)
