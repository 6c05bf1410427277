"""Pages of placed text, as PDF, OFD and OCR give them, put back together: lines, columns, paragraphs.

::

    runs ─> rows of segments ─> header, footer, page number out ─> regions (columns) ─> lines, table rows
                                                                                             │
                                                               paragraphs across lines, columns, pages <─┘

Lengths are in points; an em is the size of the text at hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from indexer.model import Block, Removed
from indexer.readers.layout.columns import regions_of
from indexer.readers.layout.margins import HEADER, PAGE_NUMBER, is_page_number, without_margins
from indexer.readers.layout.page import Page, Run
from indexer.readers.layout.paragraphs import paragraphs_of
from indexer.readers.layout.rows import rows_of
from indexer.readers.layout.script import is_han

__all__ = ["HEADER", "PAGE_NUMBER", "Page", "Run", "is_han", "is_page_number", "to_blocks"]


def to_blocks(pages: Sequence[Page]) -> tuple[tuple[Block, ...], tuple[Removed, ...]]:
    """The paragraphs of the pages in reading order, and what stands on pages only: headers, page numbers.

    A row of a table is a block of its own with the style ``"table"``, its cells joined by a tab.
    """
    rows = [rows_of(page) for page in pages]
    rows, removed = without_margins(pages, rows)
    regions = [
        region
        for number, of_page in enumerate(rows)
        for region in regions_of(of_page, number, pages[number].width)
    ]
    return tuple(paragraphs_of(regions)), tuple(removed)
