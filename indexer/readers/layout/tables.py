"""Rows of cells that stand under each other: tables, the lines of a cell put together."""

from __future__ import annotations

from indexer.readers.layout.line import LIST_NUMBER, Line, line_of
from indexer.readers.layout.rows import Row, Segment, joined
from indexer.readers.layout.script import between, first_width, unhyphenated

_MOST_CELLS = 60  # of a table's row
_ROW_STEP = 6.0  # ems from a row to the next one of its table at most
_CELL_GAP = 4.0  # ems between two rows of one table at most


def cells_of(rows: list[Row]) -> list[Row]:
    """The rows in pieces; where one nearly touches the next, as cells do, the rows around it part them."""
    found = [joined(row) for row in rows]
    for places in (range(1, len(rows)), range(len(rows) - 2, -1, -1)):
        for place in places:
            beside = found[place - places.step]
            apart = abs(rows[place][0].top - beside[0].top)
            if len(beside) > len(found[place]) and _is_cells(beside) and apart <= _ROW_STEP * beside[0].size:
                found[place] = joined(rows[place], [s.left for s in beside[1:]])
    return found


def _overlap(span: list[float], segment: Segment) -> bool:
    return min(span[1], segment.right) > max(span[0], segment.left)


def _fits(spans: list[list[float]], row: Row) -> list[int] | None:
    """The column of each cell of a row; None where they are not those of the table."""
    columns = []
    for segment in row:
        over = [n for n, span in enumerate(spans) if _overlap(span, segment)]
        if len(over) != 1:
            return None
        columns.append(over[0])
    return columns if len(set(columns)) == len(columns) else None


def _is_cells(row: Row) -> bool:
    return 2 <= len(row) <= _MOST_CELLS and not (len(row) == 2 and LIST_NUMBER.fullmatch(row[0].text))


def table_end(rows: list[Row], start: int) -> int:
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


def _wraps(above: Row, row: Row, columns: list[int], spans: list[list[float]]) -> bool:
    """Whether the cells of a row are the rest of cells of the row above: they did not fit in there."""
    for column, segment in zip(columns, row, strict=True):
        over = [s for s in above if _overlap(spans[column], s)]
        if not over or segment.top - over[0].bottom > 0.9 * segment.size:
            return False
        room = spans[column][1] - spans[column][0]
        width = over[0].right - over[0].left
        if width + first_width(segment.text, segment.size) <= room + 0.3 * segment.size:
            return False
    return True


def table_lines(rows: list[Row]) -> list[Line]:
    """The rows of a table, the lines of a cell put together."""
    spans = _spans(rows)
    lines: list[Line] = []
    cells: dict[int, str] = {}
    above: Row = []
    for row in rows:
        columns = [next((n for n, span in enumerate(spans) if _overlap(span, s)), 0) for s in row]
        rest = above and len(row) < len(spans) and _wraps(above, row, columns, spans)
        if not rest:
            cells = {}
            lines.append(line_of(row))
            lines[-1].table = True
        for column, segment in zip(columns, row, strict=True):
            before = cells.get(column)
            if before is None:
                cells[column] = segment.text
            else:
                space = between(before, segment.text) if rest else " "
                cells[column] = f"{unhyphenated(before, segment.text)}{space}{segment.text}"
        last = max(cells)
        lines[-1].text = "\t".join(cells.get(n, "") for n in range(last + 1))
        lines[-1].bottom = max(lines[-1].bottom, *(s.bottom for s in row))
        above = row
    return lines


def _spans(rows: list[Row]) -> list[list[float]]:
    """The columns of a table: what the cells of rows with the most cells cover."""
    most = max(len(row) for row in rows)
    spans = [[s.left, s.right] for s in next(row for row in rows if len(row) == most)]
    for row in rows:
        columns = _fits(spans, row)
        for column, segment in zip(columns or (), row, strict=False):
            spans[column] = [min(spans[column][0], segment.left), max(spans[column][1], segment.right)]
    return spans
