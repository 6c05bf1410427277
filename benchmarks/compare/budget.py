"""How much of the text fits the time: the whole comparison on small pieces first.

A run costs a part that does not depend on the text (processes start, questions are many) and a part that
grows with it, and more than in proportion: Whoosh's writer sorts in memory until its memory is full, and on
disk from then on. Two trials of different size tell the first two; for the third the growing part is
multiplied by a power of how much larger the text is than the larger trial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_GROWING = (
    0.5  # share of the larger trial that grows at least, where a busy machine made the smaller one slow
)
_GROWTH = 0.2  # twice as large, 15 % slower a character; ten times, 58 %


@dataclass(frozen=True, slots=True)
class Trial:
    """A run on a piece of so many characters; ``seconds`` by engine, what is not an engine's included."""

    characters: int
    seconds: Mapping[str, float]


def predicted(small: Trial, large: Trial, characters: int) -> dict[str, float]:
    """Seconds of each part of a run on a text of so many characters, judged by two trials."""
    between = large.characters - small.characters
    growth = max(1.0, characters / large.characters) ** _GROWTH
    found = {}
    for name, took in large.seconds.items():
        slope = (took - small.seconds[name]) / between if between > 0 else took / large.characters
        more = max(slope, _GROWING * took / large.characters)
        fixed = max(0.0, took - more * large.characters)
        found[name] = fixed + more * characters * growth
    return found


def fitting(small: Trial, large: Trial, seconds: float, most: int) -> int:
    """The most characters, up to ``most``, whose run is predicted to end in ``seconds``."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if sum(predicted(small, large, middle).values()) <= seconds:
            low = middle
        else:
            high = middle - 1
    return low
