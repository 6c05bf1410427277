"""Workbooks (.xlsx, .xls, .ods, WPS .et) and tables as text (.csv, .tsv): rows of text below sheet names."""

from __future__ import annotations

import csv
import io
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import python_calamine as calamine

from indexer.errors import UnreadableError
from indexer.model import Block, Document, Removed
from indexer.readers import compound, limits, sheet_extent, text
from indexer.readers.cell_looks import Looks, Noted

_ZIP = b"PK\x03\x04"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
#: What programs call a sheet that nobody has named.
_DEFAULT_NAME = re.compile(r"(?:sheet|工作表|工作簿|表格?)[ _]?[0-9]*", re.IGNORECASE)
_LINE_END = re.compile(r"[\r\n\v\f\x85\u2028\u2029]+")
#: Letters of a line that no label of a row has, and what a heading begins or a sentence ends with.
_PROSE = 10
_BEGINS_OR_ENDS = re.compile(
    r"^(?:第?[一二三四五六七八九十百]{1,4}[、．.章节部]|[（(](?:[一二三四五六七八九十]{1,3}|[0-9]{1,2})[）)]"
    r"|[0-9]{1,2}[、．.](?![0-9]))|[。！？；：]$"
)
_DELIMITERS = ",\t;|"
_SAMPLE = 4096  # characters that tell the delimiter; the sniffer is slow on more

# The module's own limit is a setting of the process; ours is that of a document.
csv.field_size_limit(max(csv.field_size_limit(), limits.MAX_CHARACTERS))


def is_workbook(data: bytes) -> bool:
    """Whether the bytes are a workbook, whole or cut short."""
    if data.startswith(_ZIP):
        if _is_ods(data):
            return True
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return any(n.lower() == "xl/workbook.xml" for n in archive.namelist())
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OSError):
            return (b"xl/workbook" in data or b"xl/worksheets" in data) and b"word/" not in data[:4096]
    if data.startswith(compound.MAGIC):
        try:
            return bool({"Workbook", "Book"} & compound.Compound(data).names)
        except UnreadableError:
            return "Workbook\0".encode("utf-16-le") in data and "WordDocument".encode("utf-16-le") not in data
    return False


def _is_ods(data: bytes) -> bool:
    """OpenDocument files begin with their type, not packed."""
    return data.startswith(b"mimetype" + _ODS, 30)


def read(data: bytes) -> Document:
    """Read a workbook: each row of each sheet that has any is a block, its cells as they are shown.

    Hidden sheets are included.
    """
    if data.startswith(_ZIP):
        kind = "ods" if _is_ods(data) else "xlsx"
        looks = sheet_extent.check_zip(data)
    else:
        kind = "xls"
        looks = sheet_extent.check_compound(compound.Compound(data))
    try:
        return _read(calamine.load_workbook(io.BytesIO(data)), kind, looks)
    except calamine.PasswordError as error:
        raise UnreadableError(sheet_extent.ENCRYPTED) from error
    except calamine.CalamineError as error:
        raise UnreadableError(f"{sheet_extent.DAMAGED}: {_one_line(str(error))[:200]}") from error
    except BaseException as error:
        if (
            type(error).__name__ == "PanicException"
        ):  # of the parser's; it is no Exception and has no name here
            raise UnreadableError(sheet_extent.DAMAGED) from error
        raise


def _read(workbook: Any, kind: str, looks: Looks) -> Document:
    found: list[tuple[str, list[Block]]] = []
    hidden: list[str] = []
    cells = characters = 0
    listed = workbook.sheets_metadata
    for number, about in enumerate(listed):
        if about.typ in (calamine.SheetTypeEnum.ChartSheet, calamine.SheetTypeEnum.Vba):
            continue  # no cells
        sheet = workbook.get_sheet_by_index(number)
        cells += sheet.height * sheet.width
        if cells > sheet_extent.MAX_CELLS:  # several sheets may be one part of the file
            raise UnreadableError(sheet_extent.TOO_MANY_CELLS)
        rows = []
        noted = looks.sheets[number] if len(looks.sheets) == len(listed) else Noted()
        for block in _rows(_shown(sheet, noted, looks)):
            characters += len(block.text)
            if characters > limits.MAX_CHARACTERS:
                raise UnreadableError(sheet_extent.TOO_MUCH_TEXT)
            rows.append(block)
        if rows:
            name = _one_line(about.name)
            found.append((name, rows))
            if about.visible != calamine.SheetVisibleEnum.Visible:
                hidden.append(name)
    blocks: list[Block] = []
    removed: list[Removed] = []
    for name, rows in found:
        if len(found) == 1 and _DEFAULT_NAME.fullmatch(name):
            removed.append(Removed(name, "工作表默认名 (default name of the sheet)"))
        elif name and len(found) == 1 and not rows[0].style:
            removed.append(Removed(name, "工作表名，正文自有标题 (name of the sheet; its text has a title)"))
        elif name:
            blocks.append(Block(name, "heading 1"))
        blocks += rows
    warnings = [f"隐藏的工作表也已读取：{'、'.join(hidden)} (hidden sheets are read, too)"] if hidden else []
    if looks.formulas:
        warnings.append(
            f"{looks.formulas} 个单元格只有公式、没有算出的值，没有读；请用 Excel 或 WPS 打开后另存 "
            f"({looks.formulas} cells with a formula but no value are not read: open and save it in Excel)"
        )
    return Document(tuple(blocks), kind, warnings=tuple(warnings), removed=tuple(removed))


def _shown(sheet: Any, noted: Noted, looks: Looks) -> Iterator[list[str]]:
    """What the cells of each row show."""
    top, left = sheet.start or (0, 0)
    for number, row in enumerate(sheet.to_python(), top):
        own = noted.of_row(number)
        yield [
            "" if value == "" else looks.shown(value, own.get(column))
            for column, value in enumerate(row, left)
        ]


def _rows(rows: Iterable[list[str]]) -> Iterator[Block]:
    """A block a row that has text; reports are also written in sheets, a paragraph a row, and stay so."""
    shown = [_up_to_the_last(row) for row in rows]
    widths = [0, *(len(cells) if _filled_cells(cells) > 1 else 0 for cells in shown), 0]
    for cells, before, width, after in zip(shown, widths, widths[1:], widths[2:], strict=False):
        if width:
            yield Block("\t".join(_one_line(c) for c in cells), "table")
        if width or not cells:
            continue
        lines = [line for line in _LINE_END.split(cells[-1].replace("\t", " ")) if line.strip()]
        label = before == after > 0 and len(lines) == 1  # of a group of rows, within a table
        if not label and any(map(_is_prose, lines)):
            yield from map(Block, lines)
        else:
            yield from (Block("\t" * (len(cells) - 1) + line, "table") for line in lines)


def _up_to_the_last(cells: list[str]) -> list[str]:
    """The cells up to the last that shows something."""
    cells = list(cells)
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _filled_cells(cells: list[str]) -> int:
    return sum(bool(c.strip()) for c in cells)


def _is_prose(line: str) -> bool:
    """Whether a line that is alone in its row is text of a report: a title, a heading or a sentence."""
    letters = sum(c.isalpha() for c in line)
    return letters >= _PROSE or (letters > 0 and _BEGINS_OR_ENDS.search(line.strip()) is not None)


def _one_line(words: str) -> str:
    """As cells are everywhere: lines within one by a space."""
    lines = (line.strip() for line in _LINE_END.split(words.replace("\t", " ")))
    return " ".join(line for line in lines if line)


# -- tables as text -----------------------------------------------------------------------------------


def read_csv(data: bytes) -> Document:
    """Read a table in a text file: each row a block. What is no table is read as text."""
    words, encoding = text.decode(data)
    if len(words) > limits.MAX_CHARACTERS:
        raise UnreadableError(sheet_extent.TOO_MUCH_TEXT)
    first, _, rest = words.partition("\n")
    named = re.fullmatch(r"sep=(.)\r?", first)  # Excel's own line, no row of the table
    delimiter = named.group(1) if named else _delimiter(words)
    rows = _table(rest if named else words, delimiter)
    if not _is_table(rows):
        return text.read(data)
    removed = (Removed(first.strip(), "分隔符说明 (names the delimiter)"),) if named else ()
    return Document(tuple(_rows(rows)), "csv", encoding, removed=removed)


def _delimiter(words: str) -> str:
    """The delimiter that the first rows agree on."""
    sample = words[:_SAMPLE]
    if len(words) > _SAMPLE and "\n" in sample:
        sample = sample[: sample.rindex("\n")]
    tried = [d for d in _DELIMITERS if d in sample]
    try:
        sniffed = csv.Sniffer().sniff(sample, _DELIMITERS).delimiter
    except csv.Error:
        sniffed = ""
    if sniffed in tried:
        tried = [sniffed, *(d for d in tried if d != sniffed)]
    return max(tried, key=lambda d: _regularity(_table(sample, d)), default=",")  # the first of equals


def _table(words: str, delimiter: str) -> list[list[str]]:
    """The rows that have text. Where the quotes do not fit, they are characters like others."""
    try:
        return _filled(csv.reader(io.StringIO(words, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        lines = io.StringIO(words)
        return _filled(csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE))


def _filled(rows: Iterable[list[str]]) -> list[list[str]]:
    found, cells = [], 0
    for row in rows:
        if any(c.strip() for c in row):
            found.append(row)
            cells += len(row)
            if cells > sheet_extent.MAX_CELLS:
                raise UnreadableError(sheet_extent.TOO_MANY_CELLS)
    return found


def _regularity(rows: list[list[str]]) -> float:
    """The share of rows, 0 to 1, with the commonest number of cells above one."""
    several = Counter(len(r) for r in rows if len(r) > 1)
    return max(several.values(), default=0) / max(1, len(rows))


def _is_table(rows: list[list[str]]) -> bool:
    return _regularity(rows) >= 0.5  # a title and notes stand round many a table
