"""Results as a workbook to read, filter and print: strings, years and our own links, never formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import BytesIO
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO
from unicodedata import east_asian_width

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from indexer.exporting.csv import columns_of
from indexer.exporting.marked import Marked
from indexer.exporting.plain import clean, one_line
from indexer.exporting.rows import Results, Row

_LONGEST = 32_767  # UTF-16 units of a cell, which Excel sets
_MOST_PIECES = 1_000  # of a cell that has marks: thousands of them make Excel slow
_MOST_LINKS = 65_530  # of a sheet, which Excel sets
_LONGEST_LINK = 2_079
_WIDTHS = (20, 6, 6, 12, 20, 40, 60, 6, 11, 18, 30, 6)  # of the columns, in figures
_LINE = 15.0  # points of a line
_TALLEST = 409.0  # points of a row, which Excel sets
_HEADER = 60  # characters
_MARGINS = {"left": 0.4, "right": 0.4, "top": 0.7, "bottom": 0.6}  # inches
_A4 = 9
_DATE = datetime(2000, 1, 1)  # any fixed date
#: Within what looks like an escape: the writer does not always escape it once.
_ESCAPE = re.compile("(?<=_)(?=x[0-9A-Fa-f]{4}_)")
_FURTHER = "（接上一行）"


def write(found: Results, target: BinaryIO) -> None:
    """Write results: a sheet with a row a passage, and one that says what they are.

    A passage that is longer than a cell may be goes on in the next row. Rows go to disk as they come; what
    ends in the middle is not put together, and leaves nothing there.
    """
    with TemporaryDirectory(prefix="gaoku-", ignore_cleanup_errors=True) as folder:
        package = _Package(target)
        book = xlsxwriter.Workbook(
            package,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
                "tmpdir": folder,
            },
        )
        book.set_properties({"title": clean(found.name)[:255], "author": "稿库", "created": _DATE})
        sheet = _Sheet(book, _for_print(book.add_worksheet("结果"), found.name), columns_of(found))
        last = sheet.fill(found)
        about = _for_print(book.add_worksheet("说明"), found.name)
        about.set_column(0, 0, 100)
        for line, text in enumerate((found.name, *found.notes)):
            about.write_string(line, 0, _cut(Marked(clean(text)))[0].text, sheet.text)
        sheet.finish(last)
        try:
            book.close()
        except FileCreateError as error:  # the writer's own name for it
            package.file = BytesIO()
            raise error.args[0] from None


class _Package:
    """What the workbook is written to. After an error that is another file: the writer's zip, when it is
    thrown away, writes its end all the same."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def _for_print(sheet: Any, name: str) -> Any:
    """A sheet on A4, one page wide, its pages numbered, what it is at their head."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(**_MARGINS)
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(0)  # neither on the screen nor on paper
    header = one_line(name)[:_HEADER].replace("&", "&&")  # which begins a code there
    sheet.set_header(f"&L{header}")
    sheet.set_footer("&C第 &P 页，共 &N 页")
    return sheet


class _Sheet:
    """The sheet of the rows."""

    def __init__(self, book: Any, sheet: Any, columns: Sequence[str]) -> None:
        self._sheet, self._columns = sheet, columns
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self._top = book.add_format({"valign": "top"})
        self._figure = book.add_format({"align": "left", "valign": "top"})
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._link = book.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"})
        self._links = 0
        self._plain = book.add_format({})
        self._marked = book.add_format({"bold": True, "font_color": "#B45309"})
        self._marked_cell = book.add_format(
            {"bold": True, "font_color": "#B45309", "text_wrap": True, "valign": "top"}
        )

    def fill(self, found: Results) -> int:
        """Write the rows; the number of the last line, from 0."""
        self._sheet.repeat_rows(0)
        self._sheet.set_row(0, 2 * _LINE)
        for column, (name, width) in enumerate(zip(self._columns, _WIDTHS, strict=False)):
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(0, column, name, self._head)
        self._sheet.freeze_panes(1, 0)
        line = 0
        for row in found.rows:
            for n, text in enumerate(_cut(_clean(row.text))):
                line += 1
                self._write(line, row, text, further=n > 0)
        last = line
        if found.cut:
            self._sheet.write_string(line + 1, 0, found.cut, self._top)
        return last

    def finish(self, last: int) -> None:
        """The signs by which one filters, over the rows alone."""
        self._sheet.autofilter(0, 0, last, len(self._columns) - 1)

    def _write(self, line: int, row: Row, text: Marked, *, further: bool) -> None:
        notice = "".join((_FURTHER if further else "", row.notice))
        year, report_year, copies = row.year or "", row.report_year or "", row.copies or ""
        beside = (notice, row.file, row.source)
        address = "" if self._leads(row) else row.address
        cells: tuple[Marked | int | str, ...] = (
            row.title,
            year,
            report_year,
            row.unit,
            row.path,
            row.passage,
            text,
            copies,
            *beside,
            address,
        )
        cells = cells[: len(self._columns)]
        self._sheet.set_row(line, _height(cells))
        for column, cell in enumerate(cells):
            if isinstance(cell, int):
                self._sheet.write_number(line, column, cell, self._figure)
            else:
                self._string(line, column, cell if isinstance(cell, Marked) else Marked(cell))
        if not address and row.link:
            self._links += 1
            self._sheet.write_url(line, len(cells) - 1, row.link, self._link, "打开")

    def _leads(self, row: Row) -> bool:
        """Whether the row's address becomes a link."""
        return 0 < len(row.link) <= _LONGEST_LINK and self._links < _MOST_LINKS

    def _string(self, line: int, column: int, marked: Marked) -> None:
        marked = _cut(_clean(marked))[0]
        pieces = list(marked.pieces())
        if not pieces:
            return
        if len(pieces) > _MOST_PIECES:
            pieces = [*pieces[:_MOST_PIECES], ("".join(text for text, _ in pieces[_MOST_PIECES:]), False)]
        if len(pieces) == 1:
            text, mark = pieces[0]
            if not text.startswith("<r>") and not _ESCAPE.search(text):
                self._sheet.write_string(line, column, text, self._marked_cell if mark else self.text)
                return
            if text.startswith("<r>"):  # which the writer takes for a run of its own and would not escape
                pieces = [(text[:1], mark), (text[1:], mark)]
        runs: list[Any] = []
        for text, mark in pieces:
            for part in _ESCAPE.split(text):
                runs += [self._marked if mark else self._plain, part]
        self._sheet.write_rich_string(line, column, *runs, self.text)


def _height(cells: Iterable[Marked | int | str]) -> float:
    """Points of a row in which all of its text is seen, as far as Excel goes: programs that open a workbook
    do not all reckon it."""
    texts = (cell.text if isinstance(cell, Marked) else str(cell) for cell in cells)
    lines = max(_lines(text, width) for text, width in zip(texts, _WIDTHS, strict=False))
    return min(lines * _LINE, _TALLEST)


def _lines(text: str, width: int) -> int:
    """Lines of a text in a cell, ``width`` figures wide: a Chinese character takes two figures, and one is
    left over where it would not fit."""
    enough = int(_TALLEST / _LINE) + 1
    room = max(width - 2, 2)
    count = 0
    for line in text[: enough * width].split("\n"):
        figures = sum(2 if east_asian_width(character) in "WFA" else 1 for character in line)
        count += max(1, -(-figures // room))
    return min(count, enough)


def _plain(text: str) -> str:
    """What a cell may hold; a line ends with a line feed there."""
    return clean(text).replace("\r\n", "\n").replace("\r", "\n")


def _clean(marked: Marked) -> Marked:
    """Without characters that XML forbids, the marks where they were."""
    if _plain(marked.text) == marked.text:
        return marked
    text, marks = "", []
    for piece, mark in marked.pieces():
        start = len(text)
        text += _plain(piece)
        if mark:
            marks.append((start, len(text)))
    return Marked(text, tuple(marks))


def _cut(marked: Marked) -> list[Marked]:
    """A text in as many cells as it takes: from line to line, where lines are that short."""
    return list(_stretches(marked)) or [marked]


def _stretches(marked: Marked) -> Iterator[Marked]:
    text, start = marked.text, 0
    while start < len(text):
        end = start + _fitting(text[start : start + _LONGEST])
        if end < len(text):
            end = text.rfind("\n", start + 1, end + 1) if "\n" in text[start + 1 : end + 1] else end
        yield marked.part(start, end)
        start = end + 1 if text[end : end + 1] == "\n" else end


def _fitting(text: str) -> int:
    """How many characters of a text a cell holds: one beyond the basic plane counts twice."""
    wide = sum(character > "\uffff" for character in text)
    if len(text) + wide <= _LONGEST:
        return len(text)
    room = _LONGEST
    for at, character in enumerate(text):
        room -= 2 if character > "\uffff" else 1
        if room < 0:
            return at
    return len(text)
