"""Columns: the rows of a page in the order in which they are read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from indexer.readers.layout.rows import Row, finite

_BINS = 200  # places across a page where a gutter is looked for
_LEAST_ROWS = 4  # of a column
_NARROW = 0.5  # ems of a gap that can be a gutter
_STRAY = 0.1  # of the rows may cross a gutter above what titles do
_LEAST_WIDTH = 9.0  # ems of a column of prose
_FULL_ROWS = 0.5  # of a column of prose reach its right edge
_FILLED = 0.6  # of a full line's breadth is text; between cells, or a label and its text, there is more room
_DEEPEST = 3  # columns within columns


@dataclass(slots=True)
class Region:
    """Rows that are read from top to bottom: a page, or a column of one."""

    page: int
    rows: list[Row]
    left: float
    right: float
    width: float  # of the page; 0: the region is a column


def regions_of(rows: list[Row], page: int, width: float, depth: int = 0) -> Iterator[Region]:
    """The rows in reading order: of columns the left one first, down to where a row spans both."""
    if not rows:
        return
    gutter = _gutter(rows) if depth < _DEEPEST and len(rows) >= _LEAST_ROWS else None
    if gutter is not None:
        start = 0
        for first, stop in _zones(rows, gutter):
            yield from regions_of(rows[start:first], page, width, _DEEPEST)
            for side in _sides(rows[first:stop], gutter):
                yield from regions_of(side, page, 0.0, depth + 1)
            start = stop
        yield from regions_of(rows[start:], page, width, _DEEPEST)
        return
    left = min(s.left for row in rows for s in row)
    right = max(s.right for row in rows for s in row)
    yield Region(page, rows, left, right, finite(width))


def _gutter(rows: list[Row]) -> float | None:
    """Where a gutter runs down between columns of prose; None where there is none."""
    segments = [s for row in rows for s in row]
    left, right = min(s.left for s in segments), max(s.right for s in segments)
    em = median(s.size for s in segments)
    step = (right - left) / _BINS
    if right - left < 2 * _LEAST_WIDTH * em or not step:
        return None
    changes = [0] * (_BINS + 1)
    for s in segments:
        changes[int((s.left - left) / step)] += 1
        changes[min(math.ceil((max(s.edge, s.left) - left) / step), _BINS)] -= 1
    crossing, now = [], 0
    for change in changes[:_BINS]:
        now += change
        crossing.append(now)
    inner = range(int(0.15 * _BINS), int(0.85 * _BINS))
    most = min(crossing[i] for i in inner) + int(_STRAY * len(rows))
    for x in _valleys([(i, crossing[i]) for i in inner], most, left, step):
        if _zones(rows, x):
            return x
    return None


def _valleys(crossing: list[tuple[int, int]], most: int, left: float, step: float) -> list[float]:
    """The middles of the stretches that the fewest segments cross, the widest stretches first."""
    stretches: list[list[int]] = []
    for place, count in crossing:
        if count > most:
            continue
        if stretches and stretches[-1][-1] == place - 1:
            stretches[-1].append(place)
        else:
            stretches.append([place])
    stretches.sort(key=len, reverse=True)
    return [left + (s[0] + s[-1] + 1) / 2 * step for s in stretches[:3]]


def _zones(rows: list[Row], gutter: float) -> list[tuple[int, int]]:
    """The stretches of rows in which the gutter parts two columns of prose."""
    zones = []
    start = 0
    for place in range(len(rows) + 1):
        if place < len(rows) and not _crosses(rows[place], gutter):
            continue
        sides = _sides(rows[start:place], gutter)
        if all(len(side) >= _LEAST_ROWS and _is_prose(side) for side in sides):
            zones.append((start, place))
        start = place + 1
    return zones


def _crosses(row: Row, gutter: float) -> bool:
    """Whether a row goes on from one side of the gutter to the other; a space between words is no gutter."""
    left = max((s.edge for s in row if s.left < gutter), default=-math.inf)
    right = min((s.left for s in row if s.left >= gutter), default=math.inf)
    return left > gutter or right - left < _NARROW * max(s.size for s in row)


def _sides(rows: list[Row], gutter: float) -> tuple[list[Row], list[Row]]:
    halves = [([s for s in row if s.left < gutter], [s for s in row if s.left >= gutter]) for row in rows]
    return [a for a, _ in halves if a], [b for _, b in halves if b]


def _is_prose(rows: list[Row]) -> bool:
    """Whether the lines of a column fill it; the cells of a table do not."""
    left, right = min(row[0].left for row in rows), max(row[-1].right for row in rows)
    em = median(s.size for row in rows for s in row)
    if right - left < _LEAST_WIDTH * em:
        return False
    full = sum(
        row[-1].right >= right - 1.5 * em and sum(s.right - s.left for s in row) >= _FILLED * (right - left)
        for row in rows
    )
    return full >= _FULL_ROWS * len(rows)
