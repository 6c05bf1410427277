"""How large a workbook's sheets become once they are laid out, found out before anything lays them out.

A sheet is stored sparsely and read into a full rectangle: two cells in opposite corners of a sheet are a few
hundred bytes in the file and half a terabyte in memory, as is one long shared text in a million cells. The
parser would be killed for it, so each kind of workbook is looked through here first, in constant memory.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Protocol

from lxml import etree

from indexer.errors import UnreadableError
from indexer.readers import limits, packed
from indexer.readers.compound import Compound

MAX_CELLS = 3_000_000  # of all sheets of a workbook, empty ones between them included
_CHUNK = 1 << 20  # bytes
_REFERENCE = re.compile(r"([A-Za-z]{1,7})([0-9]{1,10})")
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"

TOO_MANY_CELLS = (
    f"工作表的范围超过 {MAX_CELLS:,} 个单元格；请删除多余的空行空列后另存 "
    f"(the sheets span more than {MAX_CELLS:,} cells: delete the empty rows and columns, and save again)"
)
TOO_MUCH_TEXT = (
    f"超过 {limits.MAX_CHARACTERS:,} 字；请拆成几个文件 "
    f"(more than {limits.MAX_CHARACTERS:,} characters: split it into several files)"
)
ENCRYPTED = "文件有密码保护；请去掉密码后再试 (encrypted: take the password off and try again)"
DAMAGED = (
    "表格文件已损坏或不完整；请用 Excel 或 WPS 打开后另存 (damaged or truncated: open and save it in Excel)"
)


def check_zip(data: bytes) -> None:
    """Raise UnreadableError where a zipped workbook (.xlsx, .ods) is a bomb, or its sheets are too large."""
    try:
        with packed.checked(data, limits.MAX_UNPACKED) as archive:
            _check_whole(archive)
            manifest = "META-INF/manifest.xml"
            if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
                raise UnreadableError(ENCRYPTED)
            if "content.xml" in archive.namelist():
                _check_each(archive, ["content.xml"], _OpenTables())
            else:
                texts = _SharedTexts()
                _check_each(
                    archive, [n for n in archive.namelist() if n.lower().endswith("sharedstrings.xml")], texts
                )
                _check_each(archive, _sheet_parts(archive), _Cells(texts.lengths))
    except (
        zipfile.BadZipFile,
        struct.error,
        zlib.error,
        EOFError,
        KeyError,
        ValueError,
        NotImplementedError,
        OSError,
    ) as error:
        raise UnreadableError(DAMAGED) from error
    except RuntimeError as error:  # what zipfile says of a member with a password
        raise UnreadableError(ENCRYPTED) from error
    except etree.XMLSyntaxError as error:
        raise UnreadableError(f"{DAMAGED}: {' '.join(str(error).split())[:100]}") from error


def _check_whole(archive: zipfile.ZipFile) -> None:
    """Raise zipfile.BadZipFile where a part's size lies, which the parser would believe."""
    for member in archive.infolist():
        if member.filename.lower().endswith((".xml", ".rels")):
            for _ in _chunks(archive, member):  # shows in the checksum
                pass


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _sheet_parts(archive: zipfile.ZipFile) -> list[str]:
    """The parts that may hold cells: wherever the workbook says that its sheets are."""
    targets = {"/worksheets/"}
    for name in archive.namelist():
        if name.lower().endswith("workbook.xml.rels"):
            found = re.findall(rb"Target\s*=\s*[\"']([^\"']+)[\"']", archive.read(name))
            targets |= {"/" + t.decode("utf-8", "replace").lower().lstrip("./") for t in found}
    parts = [n for n in archive.namelist() if any(t in "/" + n.lower() for t in targets)]
    skipped = ("sharedstrings.xml", "styles.xml", "theme1.xml", ".rels", ".bin")
    return [n for n in parts if not n.lower().endswith(skipped)]


class _Target(Protocol):
    """What lxml calls while it parses, and ``reset`` before each part."""

    def reset(self) -> None: ...
    def start(self, tag: str, attributes: dict[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...
    def finish(self) -> None: ...


class _Guarded:
    """A parser target that refuses what no office program writes: document types and endless nesting."""

    def __init__(self, target: _Target) -> None:
        self._start, self._end, self.data = target.start, target.end, target.data
        self._depth = 0

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise UnreadableError(
            "文件内含实体声明，可能有害；请用 Excel 或 WPS 打开后另存 "
            "(declares entities, which may be hostile: open and save it in Excel)"
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > limits.MAX_DEPTH:
            raise UnreadableError(
                f"XML 嵌套超过 {limits.MAX_DEPTH} 层；请用 Excel 打开后另存 (nested too deeply)"
            )
        self._start(tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._end(tag)

    def close(self) -> None:
        """Nothing is built."""


def _check_each(archive: zipfile.ZipFile, names: list[str], target: _Target) -> None:
    wanted = set(names)
    for member in archive.infolist():
        if member.filename in wanted:
            target.reset()
            parser = etree.XMLParser(
                target=_Guarded(target), resolve_entities=False, no_network=True, huge_tree=False
            )
            for chunk in _chunks(archive, member):
                parser.feed(chunk)
            parser.close()
            target.finish()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


class _SharedTexts:
    """The lengths of the texts that cells refer to by number."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self._total = 0

    def reset(self) -> None:
        self.lengths.clear()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "si":
            self.lengths.append(0)
            if len(self.lengths) > MAX_CELLS:
                raise UnreadableError(TOO_MANY_CELLS)

    def data(self, text: str) -> None:
        self._total += len(text)
        if self._total > limits.MAX_CHARACTERS:
            raise UnreadableError(TOO_MUCH_TEXT)
        if self.lengths:
            self.lengths[-1] += len(text)

    def end(self, tag: str) -> None:
        pass

    def finish(self) -> None:
        pass


class Extent:
    """The rectangle round the cells of a sheet, and their text, added up over all sheets."""

    def __init__(self) -> None:
        self._earlier = 0  # cells of the sheets before
        self._characters = 0
        self.begin()

    def begin(self) -> None:
        self._top = self._left = 1 << 62
        self._bottom = self._right = -1

    @property
    def area(self) -> int:
        return max(0, self._bottom - self._top + 1) * max(0, self._right - self._left + 1)

    def cell(self, row: int, column: int) -> None:
        if self._top <= row <= self._bottom and self._left <= column <= self._right:
            return
        self._top, self._bottom = min(self._top, row), max(self._bottom, row)
        self._left, self._right = min(self._left, column), max(self._right, column)
        if self._earlier + self.area > MAX_CELLS:
            raise UnreadableError(TOO_MANY_CELLS)

    def text(self, characters: int) -> None:
        self._characters += characters
        if self._characters > limits.MAX_CHARACTERS:
            raise UnreadableError(TOO_MUCH_TEXT)

    def end(self) -> None:
        self._earlier += self.area
        self.begin()


class _Cells:
    """The cells of a sheet of .xlsx: ``<c r="B3" t="s"><v>7</v></c>``. Those without content do not count."""

    def __init__(self, lengths: list[int]) -> None:
        self._lengths = lengths
        self._extent = Extent()
        self.reset()

    def reset(self) -> None:
        self._row = self._column = -1
        self._shared = self._inside = False
        self._text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        if name == "row":
            given = attributes.get("r", "")
            self._row = int(given) - 1 if given.isascii() and given.isdigit() else self._row + 1
            self._column = -1
        elif name == "c":
            match = _REFERENCE.fullmatch(attributes.get("r", ""))
            if match:
                self._column, self._row = _column(match.group(1)), int(match.group(2)) - 1
            else:
                self._column += 1
            self._shared, self._inside, self._text = attributes.get("t") == "s", True, []

    def data(self, text: str) -> None:
        if self._inside:
            self._text.append(text)

    def end(self, tag: str) -> None:
        if _local(tag) != "c":
            return
        text = "".join(self._text)
        self._inside = False
        if text:
            self._extent.cell(self._row, self._column)
            number = (
                int(text) if self._shared and text.isascii() and text.isdigit() and len(text) < 10 else -1
            )
            self._extent.text(self._lengths[number] if 0 <= number < len(self._lengths) else len(text))

    def finish(self) -> None:
        self._extent.end()


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


class _OpenTables:
    """The cells of ``content.xml`` of .ods, where cells and rows stand once and say how often."""

    def __init__(self) -> None:
        self._extent = Extent()
        self.reset()

    def reset(self) -> None:
        self._row = self._column = 0
        self._row_times = self._times = 1
        self._filled = False
        self._characters = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == f"{_TABLE}table":
            self._extent.end()
            self._row = 0
        elif tag == f"{_TABLE}table-row":
            self._row_times = _times(attributes.get(f"{_TABLE}number-rows-repeated"))
            self._column = 0
        elif tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            self._times = _times(attributes.get(f"{_TABLE}number-columns-repeated"))
            self._filled = any(key.startswith(_OFFICE) for key in attributes)
            self._characters = sum(map(len, attributes.values()))

    def data(self, text: str) -> None:
        self._characters += len(text)

    def end(self, tag: str) -> None:
        if tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            if self._filled or self._characters > 1000:
                self._extent.cell(0, 0)  # sheets of .ods are laid out from their first cell on
                self._extent.cell(self._row + self._row_times - 1, self._column + self._times - 1)
                self._extent.text(self._characters * self._row_times * self._times)
            self._column += self._times
        elif tag == f"{_TABLE}table-row":
            self._row += self._row_times

    def finish(self) -> None:
        self._extent.end()


def _times(given: str | None) -> int:
    if given is None:
        return 1
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise UnreadableError(DAMAGED)
    return int(given)


# -- .xls ---------------------------------------------------------------------------------------------

_SHEET, _END, _PASSWORD = 0x85, 0x0A, 0x2F
#: Records that begin with the row and the column of a cell: formula, number, label, truth value, RK.
_CELL_RECORDS = {0x06, 0x203, 0x204, 0x205, 0x27E, 0xFD, 0xD6}
_CELLS_RECORD = 0xBD  # numbers side by side; ends with the last column


def check_compound(compound: Compound) -> None:
    """Raise UnreadableError where the sheets of an old workbook (.xls) are too large."""
    stream = compound.stream("Workbook") or compound.stream("Book")
    if stream is None:
        raise UnreadableError(DAMAGED)
    areas: dict[int, int] = {}
    cells = 0
    for kind, body in _records(stream, 0):
        if kind == _PASSWORD:
            raise UnreadableError(ENCRYPTED)
        if kind == _SHEET and len(body) >= 4:
            (at,) = struct.unpack_from("<I", body)
            if at not in areas:
                areas[at] = _area(stream, at)
            cells += areas[at]  # each sheet is laid out, also where several are the same bytes
            if cells > MAX_CELLS or len(areas) > limits.MAX_MEMBERS:
                raise UnreadableError(TOO_MANY_CELLS)


def _area(stream: bytes, at: int) -> int:
    extent = Extent()
    for kind, body in _records(stream, at):
        if len(body) >= 4 and (kind in _CELL_RECORDS or kind == _CELLS_RECORD):
            row, column = struct.unpack_from("<HH", body)
            last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind == _CELLS_RECORD else column
            extent.cell(row, column)
            extent.cell(row, last)
    return extent.area


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of a part of the stream, up to its end mark."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        if kind == _END:
            return
        at += 4 + length
