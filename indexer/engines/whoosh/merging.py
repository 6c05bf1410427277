"""Which segments an update writes anew.

Each update adds a segment, and every question is put to all of them: few are faster. What is deleted leaves
the disk when its segment is written anew. This is logarithmic merging (Manning, Raghavan and Schütze,
*Introduction to Information Retrieval*, 2008, 4.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

#: Characters that a segment has at most after a merge, and that are held, ten to twenty bytes each, mapped
#: from the disk, until they are written as one: so no update takes longer than writing so many does, some
#: seconds.
MOST = 1 << 26

_LARGER = 2  # times as many characters as those written so far: so large a segment is taken in


class Sized(Protocol):
    """A segment by its size."""

    @property
    def characters(self) -> int:
        """Of the paragraphs of all its documents."""

    @property
    def alive(self) -> float:
        """The share of its documents that are not deleted."""


S = TypeVar("S", bound=Sized)


def to_merge(written: int, segments: Sequence[S]) -> list[S]:
    """The segments that an update takes in which itself writes so many characters.

    Each that is deleted for the most part, if there is room for it; and the smallest of the others, as
    long as they are not much larger than what is written with them. So a segment that stays is more than
    twice as large as the new one, and as the next smaller one while nothing of it is deleted: of n
    characters there are some log(n) segments below MOST, and a document is written anew so many times,
    not with each update.
    """
    taken = []
    # What is mostly deleted first: it is taken in whatever its size, and makes what is written larger.
    for segment in sorted(segments, key=lambda segment: (segment.alive > 1 / 2, _left(segment))):
        left = _left(segment)
        fits = written + left <= MOST
        if fits and (segment.alive <= 1 / 2 or left <= _LARGER * written):
            taken.append(segment)
            written += int(left)
    return taken


def _left(segment: Sized) -> float:
    """About how many characters there are of documents that are not deleted."""
    return segment.characters * segment.alive
