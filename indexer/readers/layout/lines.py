"""Rows to lines of text and rows of tables."""

from __future__ import annotations

from indexer.readers.layout.columns import Region
from indexer.readers.layout.line import Line, line_of
from indexer.readers.layout.tables import cells_of, table_end, table_lines


def lines_of(region: Region) -> list[Line]:
    """The lines and rows of tables of a region from top to bottom."""
    lines: list[Line] = []
    place = 0
    rows = cells_of(region.rows)
    while place < len(rows):
        stop = table_end(rows, place)
        if stop > place:
            lines += table_lines(rows[place:stop])
            place = stop
        else:
            lines.append(line_of(rows[place]))
            place += 1
    return lines
