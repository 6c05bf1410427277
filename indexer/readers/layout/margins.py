"""What stands on pages only and is no text: headers, footers, page numbers."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.model import Removed
from indexer.readers.layout.page import Page
from indexer.readers.layout.rows import Row, joined

HEADER = "页眉页脚 (header or footer)"
PAGE_NUMBER = "页码 (page number)"
_MARGIN = 0.12  # of the page's height, above and below
_EDGE = 3  # rows from the edge that can be header or footer
_LONGEST_EDGE = 120  # characters of a header or footer
_NEAR = 6.0  # points: the same place on two pages
_DASH = r"[-‐‑–—―－─~·•.]"
_FIGURE = r"(?:\d{1,4}|[ivxlcIVXLC]{1,6})"
_NUMBER = re.compile(
    rf"{_DASH}{{1,3}}\s*{_FIGURE}\s*{_DASH}{{1,3}}"
    r"|第\s*[\d一二三四五六七八九十百]{1,5}\s*页(?:\s*[,，/(（]?\s*[共总]\s*[\d一二三四五六七八九十百]{1,5}\s*页?\s*[)）]?)?"
    r"|[Pp](?:age|\.)\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?|\d{1,4}\s*/\s*\d{1,4}"
)
_BARE = re.compile(_FIGURE)
_DIGITS = re.compile(r"\d{1,4}")


def is_page_number(text: str) -> bool:
    """Whether a text can be a page number: — 3 —, 第3页 共12页, 3/12, 3."""
    return bool(_NUMBER.fullmatch(text.strip()) or _BARE.fullmatch(text.strip()))


def _whole(row: Row) -> str:
    return " ".join(s.text for s in joined(row))


@dataclass(slots=True)
class _Edge:
    """A row near the upper or lower edge of a page."""

    page: int
    row: int  # its place among the page's rows
    lower: bool
    order: int  # 0: nothing stands between it and the edge
    text: str
    y: float  # from the edge
    size: float


def without_margins(pages: Sequence[Page], rows: list[list[Row]]) -> tuple[list[list[Row]], list[Removed]]:
    """The rows without headers, footers and page numbers, and those."""
    edges = [edge for n, page in enumerate(pages) for edge in _edges(page, rows[n], n)]
    sizes = Counter(round(s.size, 1) for of_page in rows for row in of_page for s in row for _ in s.text)
    usual = max(sizes, key=lambda size: (sizes[size], size)) if sizes else 0.0
    taken: dict[tuple[int, int], str] = {}
    places: dict[tuple[bool, str], list[_Edge]] = defaultdict(list)
    for edge in edges:
        places[edge.lower, _masked(edge.text)].append(edge)
        if edge.order == 0 and _NUMBER.fullmatch(edge.text):
            taken[edge.page, edge.row] = PAGE_NUMBER
    for found in places.values():
        for edge in _recurring(found, len(pages), usual):
            reason = PAGE_NUMBER if is_page_number(edge.text) else HEADER
            taken.setdefault((edge.page, edge.row), reason)
    kept = [
        [row for place, row in enumerate(of_page) if (number, place) not in taken]
        for number, of_page in enumerate(rows)
    ]
    said = dict.fromkeys((_whole(rows[n][place]), reason) for (n, place), reason in sorted(taken.items()))
    return kept, [Removed(text, reason) for text, reason in said]


def _edges(page: Page, rows: list[Row], number: int) -> Iterator[_Edge]:
    for lower in (False, True):
        order = range(len(rows) - 1, -1, -1) if lower else range(len(rows))
        for count, place in enumerate(order[:_EDGE]):
            row = rows[place]
            y = page.height - max(s.bottom for s in row) if lower else min(s.top for s in row)
            if y > _MARGIN * page.height:
                break
            text = _whole(row)
            if len(text) <= _LONGEST_EDGE:
                yield _Edge(number, place, lower, count, text, y, max(s.size for s in row))


def _masked(text: str) -> str:
    return _DIGITS.sub("#", re.sub(r"\s+", "", text))


def _recurring(found: list[_Edge], pages: int, usual: float) -> Iterator[_Edge]:
    """Those of rows with the same text, figures aside, that stand at the same place on several pages.

    The figures must be the same on all of them, or count the pages. A title that forms repeat at the top of
    each page is larger than the text; a header is not.
    """
    if is_page_number(found[0].text) and pages == 1 and found[0].order == 0:
        if found[0].text == "1" and found[0].lower:
            yield found[0]
        return
    groups: dict[tuple[object, ...], list[_Edge]] = defaultdict(list)
    for edge in found:
        figures = [int(n) for n in _DIGITS.findall(edge.text)]
        groups["same", tuple(figures)].append(edge)
        for at, figure in enumerate(figures):
            rest = tuple(figures[:at] + figures[at + 1 :])
            groups["counting", figure - edge.page, at, rest].append(edge)
    seen: set[tuple[int, int]] = set()
    for (kind, *_), group in groups.items():
        if len({edge.page for edge in group}) < 2:
            continue
        if kind == "same" and _BARE.fullmatch(group[0].text) and group[0].text.isdigit():
            continue  # the same bare number twice counts nothing
        ys = sorted(edge.y for edge in group)
        for edge in group:
            near = bisect_right(ys, edge.y + _NEAR) - bisect_left(ys, edge.y - _NEAR)
            if near >= 2 and edge.size <= usual * 1.05 and (edge.page, edge.row) not in seen:
                seen.add((edge.page, edge.row))
                yield edge
