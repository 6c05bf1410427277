"""Runs to rows: what stands side by side, in pieces without a wide gap between them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from indexer.readers.layout.page import Page, Run
from indexer.readers.layout.script import hang_of, is_wide, tidy, width_of

_SPLIT = 1.0  # ems of a gap that may part cells or columns
_CELL = 0.1  # ems of a gap before a piece that begins where a column does
_SAME_START = 1.0  # points
_SPACE = 0.55  # ems of a gap that is a space beside a Chinese character: typesetters put a quarter there
_LATIN_SPACE = 0.15  # ems of a gap that is a space between Latin words
_SAME_ROW = 0.5  # of the lower height: runs that overlap by so much stand in one row
_DOWNWARDS = 1.5  # times as high as broad: text written from top to bottom
_LARGEST = 1000.0  # points of a font
_ALIKE = 0.75  # of the usual size: a size that was guessed is the usual one
_FAR = 1e6  # points: no page is so large


@dataclass(slots=True)
class Segment:
    """A piece of a row: a run, or runs without a wide gap between them."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float

    @property
    def edge(self) -> float:
        """Where it ends but for a mark that may hang out into the margin."""
        return self.right - hang_of(self.text) * self.size


Row = list[Segment]  # from left to right, never empty


def finite(value: float) -> float:
    return min(max(value, -_FAR), _FAR) if math.isfinite(value) else 0.0


def _as_segment(run: Run) -> Segment:
    """The run with its text tidy and its box a box; ``size`` 0 where it is unknown.

    Space at its ends is not part of the box. Of a run that is written downwards the box is that of its first
    character: it stands beside the row where it begins.
    """
    left, right = sorted((finite(run.left), finite(run.right)))
    top, bottom = sorted((finite(run.top), finite(run.bottom)))
    size = min(max(run.size, 1.0), _LARGEST) if math.isfinite(run.size) and run.size > 0 else 0.0
    text = tidy(run.text)
    kept = text.strip()
    if len(kept) < len(text) and kept:
        step = (right - left) / width_of(text)
        start = left + step * width_of(text[: len(text) - len(text.lstrip())])
        left, right = start, start + step * width_of(kept)
    if len(kept) > 1 and bottom - top > _DOWNWARDS * (right - left):
        em = size or right - left
        bottom = min(bottom, top + em)
    return Segment(kept, left, top, right, bottom, size)


def _guess_sizes(segments: list[Segment]) -> None:
    """Give segments of unknown size one by their boxes: of a page mostly the same."""
    unknown = [s for s in segments if not s.size]
    for s in unknown:
        high, broad = s.bottom - s.top, (s.right - s.left) / max(width_of(s.text), 1)
        # Chinese characters fill their width; a box is rarely less high than they, nor twice as high.
        s.size = min(max(broad, 0.5 * high, 1.0), max(1.5 * high, 1.0), _LARGEST)
    if unknown:
        usual = median(s.size for s in unknown)
        for s in unknown:
            if _ALIKE <= s.size / usual <= 1 / _ALIKE:
                s.size = usual


def rows_of(page: Page) -> list[Row]:
    """The runs as rows of pieces, from top to bottom, each from left to right."""
    segments = [s for run in page.runs if (s := _as_segment(run)).text]
    _guess_sizes(segments)
    segments.sort(key=lambda s: (s.top + s.bottom, s.left))
    rows: list[Row] = []
    top = bottom = 0.0
    for segment in segments:
        shared = min(bottom, segment.bottom) - max(top, segment.top)
        low = min(bottom - top, segment.bottom - segment.top)
        if rows and shared >= _SAME_ROW * low and (shared > 0 or segment.top == top):
            rows[-1].append(segment)
            count = len(rows[-1])  # the mean: rows of a page that was scanned askew go up or down
            top += (segment.top - top) / count
            bottom += (segment.bottom - bottom) / count
        else:
            rows.append([segment])
            top, bottom = segment.top, segment.bottom
    return [sorted(row, key=lambda s: (s.left, s.right)) for row in rows]


def joined(row: Row, starts: Sequence[float] = ()) -> Row:
    """The row with the pieces that belong together as one.

    ``starts``: where the columns of a table begin; there even a narrow gap parts two pieces.
    """
    joined: Row = []
    group: list[Segment] = []
    reach = -math.inf  # how far to the right the group goes
    for segment in row:
        em = max(group[-1].size, segment.size) if group else 0.0
        at_start = any(abs(segment.left - start) <= _SAME_START for start in starts)
        if group and segment.left - reach >= (_CELL if at_start else _SPLIT) * em:
            joined.append(_one(group))
            group = []
            reach = -math.inf
        group.append(segment)
        reach = max(reach, segment.right)
    if group:
        joined.append(_one(group))
    return joined


def _one(group: list[Segment]) -> Segment:
    """Pieces side by side as one; its size is that of most of its text."""
    parts = [group[0].text]
    sizes: Counter[float] = Counter()
    reach = group[0].right
    for last, segment in pairwise(group):
        reach = max(reach, last.right)
        gap = (segment.left - reach) / min(last.size, segment.size)
        wide = is_wide(last.text[-1]) or is_wide(segment.text[0])
        parts.append(" " if gap >= (_SPACE if wide else _LATIN_SPACE) else "")
        parts.append(segment.text)
    for segment in group:
        sizes[segment.size] += len(segment.text)
    return Segment(
        "".join(parts),
        group[0].left,
        min(s.top for s in group),
        max(s.right for s in group),
        max(s.bottom for s in group),
        max(sizes, key=lambda size: (sizes[size], size)),
    )
