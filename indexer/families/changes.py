"""What changed between two texts, in words and figures.

A difference in white space or width alone (``,`` for ``，``) is none. Text that was moved is shown as taken
away in one place and added in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from indexer.families.template import stretches

Change: TypeAlias = Literal["same", "changed", "only left", "only right"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of both texts; of what stands on one side only, the other is empty.

    What is the same may still be written with other white space or in another width.
    """

    change: Change
    left: str
    right: str


def compare(left: str, right: str) -> tuple[Piece, ...]:
    """The two texts cut into stretches that are the same and that differ; joined they give the texts back."""
    pieces: list[Piece] = []
    for stretch in stretches([left, right], signs=True):
        one, other = stretch.values
        if stretch.common and pieces and pieces[-1].change == "same":
            pieces[-1] = Piece("same", pieces[-1].left + one, pieces[-1].right + other)
        else:
            pieces.append(Piece("same" if stretch.common else _change(one, other), one, other))
    return tuple(pieces)


def _change(left: str, right: str) -> Change:
    if left and right:
        return "changed"
    return "only left" if left else "only right"
