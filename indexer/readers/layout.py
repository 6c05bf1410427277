"""Pages of placed text, as PDF, OFD and OCR give them, put back together: lines, columns, paragraphs.

::

    runs ─> rows of segments ─> header, footer, page number out ─> regions (columns) ─> lines, table rows
                                                                                             │
                                                               paragraphs across lines, columns, pages <─┘

Lengths are in points; an em is the size of the text at hand.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from indexer.model import Block, Removed

HEADER = "页眉页脚 (header or footer)"
PAGE_NUMBER = "页码 (page number)"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of text on a page: its box in points, from the page's upper left corner, y downwards.

    ``size``: of the font, in points; 0: unknown.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page, in points; its runs in any order."""

    width: float
    height: float
    runs: tuple[Run, ...]


def to_blocks(pages: Sequence[Page]) -> tuple[tuple[Block, ...], tuple[Removed, ...]]:
    """The paragraphs of the pages in reading order, and what stands on pages only: headers, page numbers.

    A row of a table is a block of its own with the style ``"table"``, its cells joined by a tab.
    """
    rows = [_rows(page) for page in pages]
    rows, removed = _without_margins(pages, rows)
    regions = [
        region
        for number, of_page in enumerate(rows)
        for region in _regions(of_page, number, pages[number].width)
    ]
    return tuple(_paragraphs(regions)), tuple(removed)


# -- rows ------------------------------------------------------------------------------------------

_SPLIT = 1.0  # ems of a gap that may part cells or columns
_SPACE = 0.55  # ems of a gap that is a space beside a Chinese character: typesetters put a quarter there
_LATIN_SPACE = 0.15  # ems of a gap that is a space between Latin words
_SAME_ROW = 0.5  # of the lower height: runs that overlap by so much stand in one row
_HANGING = ("，", "。", "、", "；", "：")
_SOFT = "\u00ad"  # a hyphen only where a line ends
_LARGEST = 1000.0  # points of a font
_ALIKE = 0.75  # of the usual size: a size that was guessed is the usual one
_FAR = 1e6  # points: no page is so large


@dataclass(slots=True)
class _Segment:
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
        return self.right - self.size if self.text[-1:] in _HANGING else self.right


_Row = list[_Segment]  # from left to right, never empty


def is_han(text: str) -> bool:
    """Whether a character is as wide as a Chinese one."""
    return bool(text) and unicodedata.east_asian_width(text) in "WF"


def _is_wide(text: str) -> bool:
    return is_han(text) or text in "“”‘’—…·"


def _columns(text: str) -> float:
    """The width of a text in ems, as fonts have it nearly."""
    return sum(1.0 if _is_wide(c) else 0.5 for c in text)


def _finite(value: float) -> float:
    return min(max(value, -_FAR), _FAR) if math.isfinite(value) else 0.0


def _as_segment(run: Run) -> _Segment:
    """The run with its text tidy and its box a box; ``size`` 0 where it is unknown."""
    left, right = sorted((_finite(run.left), _finite(run.right)))
    top, bottom = sorted((_finite(run.top), _finite(run.bottom)))
    size = min(max(run.size, 1.0), _LARGEST) if math.isfinite(run.size) and run.size > 0 else 0.0
    return _Segment(_tidy(run.text), left, top, right, bottom, size)


def _tidy(text: str) -> str:
    """The text without control characters; of those that show nothing only the soft hyphen is kept."""
    if text.isprintable():
        return text.strip()
    kept = []
    for c in text:
        category = unicodedata.category(c)
        if category in ("Cc", "Zs", "Zl", "Zp"):
            kept.append(" ")
        elif category == "Cs":
            kept.append("\ufffd")
        elif category != "Cf" or c == _SOFT:
            kept.append(c)
    return "".join(kept).strip()


def _guess_sizes(segments: list[_Segment]) -> None:
    """Give segments of unknown size one by their boxes: of a page mostly the same."""
    unknown = [s for s in segments if not s.size]
    for s in unknown:
        high, broad = s.bottom - s.top, (s.right - s.left) / max(_columns(s.text), 1)
        # Chinese characters fill their width; a box is rarely less high than they, nor twice as high.
        s.size = min(max(broad, 0.5 * high, 1.0), max(1.5 * high, 1.0), _LARGEST)
    if unknown:
        usual = median(s.size for s in unknown)
        for s in unknown:
            if _ALIKE <= s.size / usual <= 1 / _ALIKE:
                s.size = usual


def _rows(page: Page) -> list[_Row]:
    """The runs as rows of pieces, from top to bottom, each from left to right."""
    segments = [s for run in page.runs if (s := _as_segment(run)).text]
    _guess_sizes(segments)
    segments.sort(key=lambda s: (s.top + s.bottom, s.left))
    rows: list[_Row] = []
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


def _joined(row: _Row) -> _Row:
    """The row with the pieces that belong together as one."""
    joined: _Row = []
    group: list[_Segment] = []
    reach = -math.inf  # how far to the right the group goes
    for segment in row:
        if group and segment.left - reach >= _SPLIT * max(group[-1].size, segment.size):
            joined.append(_one(group))
            group = []
            reach = -math.inf
        group.append(segment)
        reach = max(reach, segment.right)
    if group:
        joined.append(_one(group))
    return joined


def _one(group: list[_Segment]) -> _Segment:
    """Pieces side by side as one; its size is that of most of its text."""
    parts = [group[0].text]
    sizes: Counter[float] = Counter()
    reach = group[0].right
    for last, segment in pairwise(group):
        reach = max(reach, last.right)
        gap = (segment.left - reach) / min(last.size, segment.size)
        wide = _is_wide(last.text[-1]) or _is_wide(segment.text[0])
        parts.append(" " if gap >= (_SPACE if wide else _LATIN_SPACE) else "")
        parts.append(segment.text)
    for segment in group:
        sizes[segment.size] += len(segment.text)
    return _Segment(
        "".join(parts),
        group[0].left,
        min(s.top for s in group),
        max(s.right for s in group),
        max(s.bottom for s in group),
        max(sizes, key=lambda size: (sizes[size], size)),
    )


# -- what stands on pages only -------------------------------------------------------------------------

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


def _whole(row: _Row) -> str:
    return " ".join(s.text for s in _joined(row))


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


def _without_margins(pages: Sequence[Page], rows: list[list[_Row]]) -> tuple[list[list[_Row]], list[Removed]]:
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


def _edges(page: Page, rows: list[_Row], number: int) -> Iterator[_Edge]:
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


# -- regions ---------------------------------------------------------------------------------------

_BINS = 200  # places across a page where a gutter is looked for
_LEAST_ROWS = 4  # of a column
_NARROW = 0.5  # ems of a gap that can be a gutter
_STRAY = 0.1  # of the rows may cross a gutter above what titles do
_LEAST_WIDTH = 9.0  # ems of a column of prose
_FULL_ROWS = 0.5  # of a column of prose reach its right edge
_DEEPEST = 3  # columns within columns


@dataclass(slots=True)
class _Region:
    """Rows that are read from top to bottom: a page, or a column of one."""

    page: int
    rows: list[_Row]
    left: float
    right: float
    width: float  # of the page; 0: the region is a column


def _regions(rows: list[_Row], page: int, width: float, depth: int = 0) -> Iterator[_Region]:
    """The rows in reading order: of columns the left one first, down to where a row spans both."""
    if not rows:
        return
    gutter = _gutter(rows) if depth < _DEEPEST and len(rows) >= _LEAST_ROWS else None
    if gutter is not None:
        start = 0
        for first, stop in _zones(rows, gutter):
            yield from _regions(rows[start:first], page, width, _DEEPEST)
            for side in _sides(rows[first:stop], gutter):
                yield from _regions(side, page, 0.0, depth + 1)
            start = stop
        yield from _regions(rows[start:], page, width, _DEEPEST)
        return
    left = min(s.left for row in rows for s in row)
    right = max(s.right for row in rows for s in row)
    yield _Region(page, rows, left, right, _finite(width))


def _gutter(rows: list[_Row]) -> float | None:
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


def _zones(rows: list[_Row], gutter: float) -> list[tuple[int, int]]:
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


def _crosses(row: _Row, gutter: float) -> bool:
    """Whether a row goes on from one side of the gutter to the other; a space between words is no gutter."""
    left = max((s.edge for s in row if s.left < gutter), default=-math.inf)
    right = min((s.left for s in row if s.left >= gutter), default=math.inf)
    return left > gutter or right - left < _NARROW * max(s.size for s in row)


def _sides(rows: list[_Row], gutter: float) -> tuple[list[_Row], list[_Row]]:
    halves = [([s for s in row if s.left < gutter], [s for s in row if s.left >= gutter]) for row in rows]
    return [a for a, _ in halves if a], [b for _, b in halves if b]


def _is_prose(rows: list[_Row]) -> bool:
    """Whether the lines of a column fill it; the cells of a table do not."""
    left, right = min(row[0].left for row in rows), max(row[-1].right for row in rows)
    em = median(s.size for row in rows for s in row)
    if right - left < _LEAST_WIDTH * em:
        return False
    full = sum(row[-1].right >= right - 1.5 * em for row in rows)
    return full >= _FULL_ROWS * len(rows)


# -- lines and tables ------------------------------------------------------------------------------

_LIST_NUMBER = re.compile(
    r"[（(]?[\d一二三四五六七八九十]{1,3}[)）.．、]?|第[\d一二三四五六七八九十百]{1,4}[编章节条]|[①-⑳•·●■◆○▪*-]"
)
_OPENERS = "（(“‘《【〔「『[<"
_UNIT = rf"[{re.escape(_OPENERS)}]*(?:[!-~]+|.)[，。、；：！？”’」』）)》】〕％%,.;:!?\]]*"
#: What no line end parts: a character with its punctuation; word processors keep quotes with both neighbours.
_TOKEN = re.compile(rf"{_UNIT}(?:(?:(?=[“‘])|(?<=[”’])){_UNIT})*")
_LONGEST = 40  # characters of a piece that no line end parts
_MOST_CELLS = 60  # of a table's row
_CELL_GAP = 4.0  # ems between two rows of one table at most


@dataclass(slots=True)
class _Line:
    """A line of text, or a row of a table."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    table: bool = False
    hang: float | None = None  # where the text behind its number begins

    @property
    def edge(self) -> float:
        """Where it ends but for a mark that may hang out into the margin."""
        return self.right - self.size if self.text[-1:] in _HANGING else self.right


def _lines(region: _Region) -> list[_Line]:
    lines: list[_Line] = []
    place = 0
    rows = [_joined(row) for row in region.rows]
    while place < len(rows):
        stop = _table_end(rows, place)
        if stop > place:
            lines += _table(rows[place:stop])
            place = stop
        else:
            lines.append(_line(rows[place]))
            place += 1
    return lines


def _line(row: _Row) -> _Line:
    listed = len(row) > 1 and _LIST_NUMBER.fullmatch(row[0].text)
    return _Line(
        " ".join(s.text for s in row),
        row[0].left,
        min(s.top for s in row),
        max(s.right for s in row),
        max(s.bottom for s in row),
        max(row, key=lambda s: len(s.text)).size,
        hang=row[1].left if listed else None,
    )


def _overlap(span: list[float], segment: _Segment) -> bool:
    return min(span[1], segment.right) > max(span[0], segment.left)


def _fits(spans: list[list[float]], row: _Row) -> list[int] | None:
    """The column of each cell of a row; None where they are not those of the table."""
    columns = []
    for segment in row:
        over = [n for n, span in enumerate(spans) if _overlap(span, segment)]
        if len(over) != 1:
            return None
        columns.append(over[0])
    return columns if len(set(columns)) == len(columns) else None


def _is_cells(row: _Row) -> bool:
    return 2 <= len(row) <= _MOST_CELLS and not (len(row) == 2 and _LIST_NUMBER.fullmatch(row[0].text))


def _table_end(rows: list[_Row], start: int) -> int:
    """Where the table that begins with this row ends; ``start`` where none begins."""
    if not _is_cells(rows[start]):
        return start
    spans = [[s.left, s.right] for s in rows[start]]
    full = 1
    stop = start + 1
    place = stop
    while place < len(rows):
        row = rows[place]
        if len(row) > _MOST_CELLS:
            break
        em = max(s.size for s in row)
        if min(s.top for s in row) - max(s.bottom for s in rows[place - 1]) > _CELL_GAP * em:
            break
        columns = _fits(spans, row)
        if columns is None or (len(row) == 1 and not _wraps(rows[place - 1], row, columns, spans)):
            if len(row) < 3 or len(row) <= len(spans) or full > 1:
                break
            spans = [[s.left, s.right] for s in row]  # a row of merged cells stands over the columns
            columns = list(range(len(row)))
        for column, segment in zip(columns, row, strict=True):
            span = spans[column]
            span[0], span[1] = min(span[0], segment.left), max(span[1], segment.right)
        if len(row) >= 2:
            full += 1
        stop = place = place + 1
    return stop if full >= 2 else start


def _wraps(above: _Row, row: _Row, columns: list[int], spans: list[list[float]]) -> bool:
    """Whether the cells of a row are the rest of cells of the row above: they did not fit in there."""
    for column, segment in zip(columns, row, strict=True):
        over = [s for s in above if _overlap(spans[column], s)]
        if not over or segment.top - over[0].bottom > 0.9 * segment.size:
            return False
        room = spans[column][1] - spans[column][0]
        width = over[0].right - over[0].left
        if width + _first_width(segment.text, segment.size) <= room + 0.3 * segment.size:
            return False
    return True


def _table(rows: list[_Row]) -> list[_Line]:
    """The rows of a table, the lines of a cell put together."""
    spans = _spans(rows)
    lines: list[_Line] = []
    cells: dict[int, str] = {}
    above: _Row = []
    for row in rows:
        columns = [next((n for n, span in enumerate(spans) if _overlap(span, s)), 0) for s in row]
        rest = above and len(row) < len(spans) and _wraps(above, row, columns, spans)
        if not rest:
            cells = {}
            lines.append(_line(row))
            lines[-1].table = True
        for column, segment in zip(columns, row, strict=True):
            before = cells.get(column)
            if before is None:
                cells[column] = segment.text
            else:
                space = _between(before, segment.text) if rest else " "
                cells[column] = f"{before}{space}{segment.text}"
        last = max(cells)
        lines[-1].text = "\t".join(cells.get(n, "") for n in range(last + 1))
        lines[-1].bottom = max(lines[-1].bottom, *(s.bottom for s in row))
        above = row
    return lines


def _spans(rows: list[_Row]) -> list[list[float]]:
    """The columns of a table: what the cells of rows with the most cells cover."""
    most = max(len(row) for row in rows)
    spans = [[s.left, s.right] for s in next(row for row in rows if len(row) == most)]
    for row in rows:
        columns = _fits(spans, row)
        for column, segment in zip(columns or (), row, strict=False):
            spans[column] = [min(spans[column][0], segment.left), max(spans[column][1], segment.right)]
    return spans


def _first_width(text: str, em: float) -> float:
    """How much room the first piece of a text needs that no line end can part."""
    token = _TOKEN.match(text[:_LONGEST])
    return _columns(token.group()) * em if token else em


# -- paragraphs ------------------------------------------------------------------------------------

_NUMBERED = re.compile(
    r"(?:第[\d〇零一二三四五六七八九十百]{1,5}(?:编|部分|章|节|条)|[一二三四五六七八九十]{1,4}[、.．]"
    r"|[（(〔][\d一二三四五六七八九十]{1,4}[)）〕]|\d{1,2}(?:[、．)）]|[.](?!\d))|[①-⑳])"
)
_TERMINAL = re.compile(r"[。！？!?；;：:…][”’」』）)】\]》\"']*$")
_AUTOSPACE = 0.25  # ems between Chinese and Latin, and between Latin words
_TIGHT = 0.6  # ems that a line may fall short for want of room
_INDENT = 0.8  # ems from the left edge that are an indent
_DEEP = 4.0  # ems that an indent has at the most
_INDENTED = 0.05  # of the lines, where paragraphs begin with an indent
_LOOSE = 1.3  # times the usual distance between lines that parts paragraphs
_BROAD = 0.5  # of a page: lines that are set to both edges are no shorter
_FLUSH = 0.3  # ems that ends of lines differ by where the text is set to both edges
_SIZES = 0.15  # of a size: lines of one paragraph differ by no more
_ABOUT = 3.0  # points: the same edge
_OUTSIDE = 0.05  # of the lines
_LARGER = 1.1  # times the usual size: a title


@dataclass(frozen=True, slots=True)
class _Setting:
    """How a document sets its text."""

    pitch: float  # the usual distance from line to line, in ems
    size: float  # the usual size, in points
    indents: bool  # whether paragraphs begin with an indent


def _paragraphs(regions: list[_Region]) -> Iterator[Block]:
    lines = [_lines(region) for region in regions]
    widest = _widest(regions, lines)
    for region, of_region in zip(regions, lines, strict=True):
        region.left, region.right = _margins(region, of_region, widest)
    setting = _Setting(_pitch(lines), _usual_size(lines), _has_indents(regions, lines))
    parts: list[str] = []
    recent: list[tuple[_Line, _Region]] = []  # the last two lines of the paragraph
    for region, of_region in zip(regions, lines, strict=True):
        for line in of_region:
            if parts and recent and _goes_on(recent, line, region, setting):
                parts += [_between(parts[-1], line.text), line.text]
                recent = [*recent[-1:], (line, region)]
                continue
            if parts:
                yield _paragraph(parts)
            parts, recent = [line.text], [(line, region)]
            if line.table:
                yield Block(line.text.replace(_SOFT, "-"), "table")
                parts, recent = [], []
    if parts:
        yield _paragraph(parts)


def _paragraph(parts: list[str]) -> Block:
    text = "".join(parts)
    if _SOFT in text:
        text = (text[:-1] + "-" if text.endswith(_SOFT) else text).replace(_SOFT, "")
    return Block(text)


def _between(first: str, second: str) -> str:
    """What stands between a line and the next one: a space between Latin words, nothing in Chinese."""
    if first.endswith(_SOFT):
        return ""
    a, b = first[-1:], second[:1]
    latin = (
        a.isascii() and b.isascii() and (a.isalnum() or a in ",.;:)?!\"'") and (b.isalnum() or b in "(\"'")
    )
    return " " if latin and not (a.isdigit() and b.isdigit()) else ""


def _usual_size(lines: list[list[_Line]]) -> float:
    sizes: Counter[float] = Counter()
    for of_region in lines:
        for line in of_region:
            sizes[round(line.size, 1)] += len(line.text)
    return max(sizes, key=lambda size: (sizes[size], size)) if sizes else 0.0


def _pitch(lines: list[list[_Line]]) -> float:
    """The usual distance from line to line, in ems."""
    steps = [
        (b.top - a.top) / b.size
        for of_region in lines
        for a, b in pairwise(of_region)
        if not a.table and not b.table and _same_size(a, b) and 0 < b.top - a.top < 4 * b.size
    ]
    return median(steps) if steps else 2.0


def _has_indents(regions: list[_Region], lines: list[list[_Line]]) -> bool:
    """Whether paragraphs begin with an indent: then a line without one does not begin one."""
    indented = flush = 0
    for region, of_region in zip(regions, lines, strict=True):
        for line in of_region:
            indent = (line.left - region.left) / line.size
            indented += not line.table and _INDENT <= indent <= _DEEP
            flush += not line.table and indent < _INDENT
    return indented >= _INDENTED * (indented + flush)


def _same_size(first: _Line, second: _Line) -> bool:
    return abs(first.size - second.size) <= _SIZES * max(first.size, second.size)


def _widest(regions: list[_Region], lines: list[list[_Line]]) -> dict[int, float]:
    """How far lines reach to the right that begin at about the same place, over all pages."""
    widest: dict[int, float] = {}
    for region, of_region in zip(regions, lines, strict=True):
        place = round(region.left / 18)
        for line in of_region:
            if not line.table:
                widest[place] = max(widest.get(place, line.edge), line.edge)
    return widest


def _margins(region: _Region, lines: list[_Line], widest: dict[int, float]) -> tuple[float, float]:
    """The left and the right edge of the text of a region; of few lines as on the other pages."""
    text = [line for line in lines if not line.table]
    if not text:
        return region.left, region.right
    rights = sorted(line.edge for line in text)
    if len(text) >= 5:
        # The edge is where lines end, not where a single one reaches out to.
        em = median(line.size for line in text)
        right = rights[-1]
        if sum(r >= right - em for r in rights) < 2:
            right = max(rights[-2], right - 2 * em)
    else:
        right = max(rights[-1], widest.get(round(region.left / 18), rights[-1]))
        flush = len(rights) > 1 and rights[-1] - rights[-2] <= _FLUSH * text[0].size
        if not flush or right - region.left < _BROAD * region.width:
            right = max(right, region.width - region.left)  # margins are mostly the same on both sides
    return _left_edge(text), right


def _left_edge(lines: list[_Line]) -> float:
    """Where lines begin: further left stand at most a few, such as headings set out into the margin."""
    size = median(line.size for line in lines)
    lefts = sorted(line.left for line in lines if abs(line.size - size) <= _SIZES * size)
    lefts = lefts or sorted(line.left for line in lines)  # an even number, half of them large
    few = int(_OUTSIDE * len(lefts))
    return next((x for n, x in enumerate(lefts) if bisect_right(lefts, x + _ABOUT) - n > few), lefts[0])


def _goes_on(recent: list[tuple[_Line, _Region]], line: _Line, region: _Region, setting: _Setting) -> bool:
    """Whether a line goes on with the paragraph whose last lines are ``recent``."""
    last, last_region = recent[-1]
    em = line.size
    if line.table or last.table or not _same_size(last, line):
        return False
    if last_region is region and not 0 < line.top - last.top <= _LOOSE * max(setting.pitch, 1.0) * em:
        return False
    room = last_region.right - last.right
    needed = _first_width(line.text, em)
    if not (_is_wide(last.text[-1]) and _is_wide(line.text[0])):
        needed += _AUTOSPACE * em
    full = room < needed or room <= _TIGHT * em
    indent, before = line.left - region.left, last.left - last_region.left
    if (
        line.size > _LARGER * setting.size
        and last_region is region
        and _centred(last, region)
        and _centred(line, region)
    ):
        return last.right - last.left > 0.7 * (region.right - region.left)
    if not full:
        return False
    if last_region is not region and not setting.indents and _TERMINAL.search(last.text[-8:]):
        return False
    if line.hang is not None:
        return False
    if _NUMBERED.match(line.text) and (_TERMINAL.search(last.text[-8:]) or indent >= _INDENT * em):
        return False
    within = last_region is not region or line.left - last.left < _INDENT * em
    if indent < _INDENT * em and within:
        return True
    hang = recent[0][0].hang
    if hang is not None and abs(line.left - hang) < _INDENT * em:
        return True
    # A paragraph that is indented as a whole: a third line in a row at the same place.
    return (
        len(recent) == 2 and abs(indent - before) < 0.3 * em and abs(recent[0][0].left - last.left) < 0.3 * em
    )


def _centred(line: _Line, region: _Region) -> bool:
    return abs(line.left + line.right - region.left - region.right) < 2 * line.size
