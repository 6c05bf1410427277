"""A line of text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from indexer.readers.layout.rows import Row
from indexer.readers.layout.script import hang_of, visible

LIST_NUMBER = re.compile(
    r"[（(]?[\d一二三四五六七八九十]{1,3}[)）.．、]?|第[\d一二三四五六七八九十百]{1,4}[编章节条]|[①-⑳•·●■◆○▪*-]"
)

_PAGE = re.compile(r"\d{1,4}$")
_LEADERS = " .．·…⋯‥•・"
_LEADER = 4  # dots that lead to the page of an entry, more than those of an ellipsis


@dataclass(slots=True)
class Line:
    """A line of text, or a row of a table."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    table: bool = False
    pieces: int = 1  # with wide gaps between them
    entry: bool = False  # of a table of contents, with its page: nothing follows
    hang: float | None = None  # where the text behind its number begins

    @property
    def edge(self) -> float:
        """Where it ends but for a mark that may hang out into the margin."""
        return self.right - hang_of(self.text) * self.size


def line_of(row: Row) -> Line:
    """The pieces of a row as one line."""
    listed = len(row) > 1 and LIST_NUMBER.fullmatch(row[0].text)
    seen = visible(" ".join(s.text for s in row))
    text = _without_leader(seen)
    return Line(
        text,
        row[0].left,
        min(s.top for s in row),
        max(s.right for s in row),
        max(s.bottom for s in row),
        max(row, key=lambda s: len(s.text)).size,
        pieces=1 if listed else len(row),
        entry=text != seen,
        hang=row[1].left if listed else None,
    )


def _without_leader(text: str) -> str:
    """A line of a table of contents with a tab for the dots that lead to its page, as it was typed."""
    page = _PAGE.search(text[-6:])
    if page is None:
        return text
    before = text[: len(text) - len(page.group())]
    title = before.rstrip(_LEADERS)
    dots = len(before) - len(title) - before[len(title) :].count(" ")
    return f"{title}\t{page.group()}" if title and dots >= _LEADER else text
