"""How a document sets its text: the distance of lines, the size, indents, the edges of its columns."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from indexer.readers.layout.columns import Region
from indexer.readers.layout.line import Line

INDENT = 0.8  # ems from the left edge that are an indent
DEEP = 4.5  # ems that an indent has at the most
_INDENTED = 0.05  # of the lines, where paragraphs begin with an indent
_BROAD = 0.5  # of a page: lines that are set to both edges are no shorter
_FLUSH = 0.3  # ems that ends of lines differ by where the text is set to both edges
_SIZES = 0.15  # of a size: lines of one paragraph differ by no more
_ABOUT = 3.0  # points: the same edge
_OUTSIDE = 0.05  # of the lines
_PLACE = 18.0  # points: columns that begin at about the same place
_ENDING = 0.15  # of the lines end where the right edge is
_SAME_END = 0.35  # ems: lines that end at the same place
_SEVERAL = 5  # lines show how broad they are set


@dataclass(frozen=True, slots=True)
class Setting:
    """How a document sets its text."""

    pitch: float  # the usual distance from line to line, in ems
    size: float  # the usual size, in points
    indents: bool  # whether paragraphs begin with an indent


def setting_of(regions: list[Region], lines: list[list[Line]]) -> Setting:
    """How the text is set; the edges of each region are put to where its lines begin and end."""
    usual = {place: _right_edge(found) for place, found in _by_place(regions, lines).items() if found}
    for region, of_region in zip(regions, lines, strict=True):
        region.left, region.right = _margins(region, of_region, usual.get(_place(region)))
    return Setting(_pitch(lines), _usual_size(lines), _has_indents(regions, lines))


def _usual_size(lines: list[list[Line]]) -> float:
    sizes: Counter[float] = Counter()
    for of_region in lines:
        for line in of_region:
            sizes[round(line.size, 1)] += len(line.text)
    return max(sizes, key=lambda size: (sizes[size], size)) if sizes else 0.0


def _pitch(lines: list[list[Line]]) -> float:
    """The usual distance from line to line, in ems."""
    steps = [
        (b.top - a.top) / b.size
        for of_region in lines
        for a, b in pairwise(of_region)
        if not a.table and not b.table and same_size(a, b) and 0 < b.top - a.top < 4 * b.size
    ]
    return median(steps) if steps else 2.0


def _has_indents(regions: list[Region], lines: list[list[Line]]) -> bool:
    """Whether paragraphs begin with an indent: then a line without one does not begin one."""
    indented = flush = 0
    for region, of_region in zip(regions, lines, strict=True):
        for line in of_region:
            indent = (line.left - region.left) / line.size
            indented += not line.table and INDENT <= indent <= DEEP
            flush += not line.table and indent < INDENT
    return indented >= _INDENTED * (indented + flush)


def same_size(first: Line, second: Line) -> bool:
    """Whether two lines can be of one paragraph by their sizes."""
    return abs(first.size - second.size) <= _SIZES * max(first.size, second.size)


def _by_place(regions: list[Region], lines: list[list[Line]]) -> dict[int, list[Line]]:
    """The lines of text that begin at about the same place, over all pages."""
    found: dict[int, list[Line]] = defaultdict(list)
    for region, of_region in zip(regions, lines, strict=True):
        found[_place(region)] += [line for line in of_region if not line.table]
    return found


def _place(region: Region) -> int:
    return round(region.left / _PLACE)


def _right_edge(lines: list[Line]) -> float | None:
    """Where lines end: further right reach at most a few, as where several marks hang out into the margin.

    None where so few end at one place that there is no such edge.
    """
    edges = sorted(line.edge for line in lines)
    em = median(line.size for line in lines)
    least = max(2, math.ceil(_ENDING * len(edges)))
    for n in range(len(edges) - 1, -1, -1):
        if n + 1 - bisect_left(edges, edges[n] - _SAME_END * em) >= least:
            return edges[n]
    return None


def _margins(region: Region, lines: list[Line], usual: float | None) -> tuple[float, float]:
    """The left and the right edge of the text of a region; of few lines as on the other pages, ``usual``."""
    text = [line for line in lines if not line.table]
    if not text:
        return region.left, region.right
    rights = sorted(line.edge for line in text)
    em = median(line.size for line in text)
    own = _right_edge(text)
    if len(text) >= _SEVERAL:
        right = max(rights[-2], rights[-1] - 2 * em) if own is None else own
        if usual is not None and right < usual <= rights[-1] + em:
            right = usual
    else:
        right = max(rights[-1], rights[-1] if usual is None else usual)
        flush = len(rights) > 1 and rights[-1] - rights[-2] <= _FLUSH * text[0].size
        if not flush or right - region.left < _BROAD * region.width:
            right = max(right, region.width - region.left)  # margins are mostly the same on both sides
    return _left_edge(text), right


def _left_edge(lines: list[Line]) -> float:
    """Where lines begin: further left stand at most a few, such as headings set out into the margin."""
    size = median(line.size for line in lines)
    lefts = sorted(line.left for line in lines if abs(line.size - size) <= _SIZES * size)
    lefts = lefts or sorted(line.left for line in lines)  # an even number, half of them large
    few = int(_OUTSIDE * len(lefts))
    return next((x for n, x in enumerate(lefts) if bisect_right(lefts, x + _ABOUT) - n > few), lefts[0])
