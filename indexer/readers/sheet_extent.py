"""How large a workbook's sheets become once they are laid out, found out before anything lays them out.

A sheet is stored sparsely and read into a full rectangle: two cells in opposite corners of a sheet are a few
hundred bytes in the file and half a terabyte in memory, as is one long shared text in a million cells. The
parser would be killed for it, so each kind of workbook is looked through here first, in constant memory but
for a note of a few bytes on each cell that does not look like its value.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Container, Iterator
from typing import Protocol

from lxml import etree

from indexer.errors import UnreadableError
from indexer.readers import limits, number_format, packed
from indexer.readers.cell_looks import Looks, Noted
from indexer.readers.compound import Compound

MAX_CELLS = 3_000_000  # of all sheets of a workbook, empty ones between them included
_CHUNK = 1 << 20  # bytes
_LARGEST_STYLES = 32 << 20  # bytes; Excel's 64,000 styles of cells have less
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_MOST_ROWS = 1 << 20  # of a sheet, as in Excel
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"

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


def check_zip(data: bytes) -> Looks:
    """How the cells of a zipped workbook (.xlsx, .ods) look.

    Raises UnreadableError where it is a bomb, or its sheets are too large.
    """
    try:
        with packed.checked(data, limits.MAX_UNPACKED) as archive:
            _check_whole(archive)
            manifest = "META-INF/manifest.xml"
            if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
                raise UnreadableError(ENCRYPTED)
            if "content.xml" in archive.namelist():
                tables = _OpenTables()
                _check_each(archive, ["content.xml"], tables)
                return tables.looks
            texts = _SharedTexts()
            _check_each(
                archive, [n for n in archive.namelist() if n.lower().endswith("sharedstrings.xml")], texts
            )
            looks, parts = _xlsx_looks(archive)
            cells = _Cells(texts.lengths, looks)
            _check_each(archive, _sheet_parts(archive), cells)
            looks.sheets = [cells.noted.get(part, Noted()) for part in parts]
            return looks
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


def _xlsx_looks(archive: zipfile.ZipFile) -> tuple[Looks, list[str]]:
    """The number formats by the number of a cell's style, and the parts of the sheets in their order."""
    names = {name.lower(): name for name in archive.namelist()}
    looks, parts = Looks(), []
    if "xl/styles.xml" in names and archive.getinfo(names["xl/styles.xml"]).file_size <= _LARGEST_STYLES:
        styles = packed.xml(archive.read(names["xl/styles.xml"]))
        own = {
            _number(e.get("numFmtId")): e.get("formatCode", "")
            for formats in styles.iterchildren("{*}numFmts")
            for e in formats.iterchildren("{*}numFmt")
        }
        for formats in styles.iterchildren("{*}cellXfs"):
            for e in formats.iterchildren("{*}xf"):
                number = _number(e.get("numFmtId"))
                code = own.get(number) or number_format.BUILT_IN.get(number, number_format.GENERAL)
                looks.known.append(code)
    if "xl/workbook.xml" in names and "xl/_rels/workbook.xml.rels" in names:
        related = packed.xml(archive.read(names["xl/_rels/workbook.xml.rels"]))
        targets = {e.get("Id"): e.get("Target", "") for e in related.iter("{*}Relationship")}
        workbook = packed.xml(archive.read(names["xl/workbook.xml"]))
        for e in workbook.iter("{*}workbookPr"):
            looks.from_1904 = e.get("date1904") in ("1", "true")
        for e in workbook.iter("{*}sheet"):
            key = next((v for k, v in e.attrib.items() if k.endswith("}id")), None)
            target = targets.get(key, "").removeprefix("/")
            parts.append((target if target.startswith("xl/") else f"xl/{target}").lower())
    return looks, parts


def _number(given: str | None) -> int:
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 10 else 0


class _Target(Protocol):
    """What lxml calls while it parses, and ``reset`` before each part."""

    def reset(self, part: str) -> None: ...
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
            target.reset(member.filename.lower())
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

    def reset(self, part: str) -> None:
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

    def __init__(self, lengths: list[int], looks: Looks) -> None:
        self._lengths = lengths
        self._looks = looks
        self._plain = {i for i, code in enumerate(looks.known) if code == number_format.GENERAL}
        self._extent = Extent()
        self.noted: dict[str, Noted] = {}  # by the name of the part, in lower case
        self.reset("")

    def reset(self, part: str) -> None:
        self._row = self._column = -1
        self._shared = self._inside = False
        self._formula = self._formula_text = self._valued = self._in_value = False
        self._style = 0
        self._text: list[str] = []
        self._noted = self.noted.setdefault(part, Noted())

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        if name == "row":
            given = attributes.get("r", "")
            self._row = _row(given) if given else self._row + 1
            self._column = -1
        elif name == "c":
            given = attributes.get("r", "")
            match = _REFERENCE.fullmatch(given)
            if match:
                self._column, self._row = _column(match.group(1)), _row(match.group(2))
            elif given:
                raise UnreadableError(DAMAGED)  # the parser would read it as some place, as far off as may be
            else:
                self._column += 1
            self._shared, self._inside, self._text = attributes.get("t") == "s", True, []
            self._style = _number(attributes.get("s"))
            self._formula = self._valued = False
            self._formula_text = attributes.get("t") == "str"
        elif name == "f":
            self._formula = True
        elif name == "v":
            self._in_value = True
            # A text that is empty is a value, too.
            self._valued = self._valued or self._formula_text

    def data(self, text: str) -> None:
        if self._inside:
            self._text.append(text)
            self._valued = self._valued or self._in_value

    def end(self, tag: str) -> None:
        name = _local(tag)
        if name == "v":
            self._in_value = False
        if name != "c":
            return
        text = "".join(self._text)
        self._inside = False
        if self._formula and not self._valued:
            self._looks.formulas += 1
        elif text and self._style not in self._plain:
            self._noted.note(self._row, self._column, self._style)
        if text:
            self._extent.cell(self._row, self._column)
            number = (
                int(text) if self._shared and text.isascii() and text.isdigit() and len(text) < 10 else -1
            )
            self._extent.text(self._lengths[number] if 0 <= number < len(self._lengths) else len(text))

    def finish(self) -> None:
        self._extent.end()


def _row(given: str) -> int:
    """A row from 0. Raises UnreadableError where no sheet has such a row."""
    if not (given.isascii() and given.isdigit() and len(given) <= 7 and 0 < int(given) <= _MOST_ROWS):
        raise UnreadableError(DAMAGED)
    return int(given) - 1


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


class _OpenTables:
    """The cells of ``content.xml`` of .ods, where cells and rows stand once and say how often."""

    def __init__(self) -> None:
        self._extent = Extent()
        self.looks = Looks(displayed=True)
        self._texts: dict[str, int] = {}  # those displayed, and their places in ``looks.known``
        self.reset("")

    def reset(self, part: str) -> None:
        self._row = self._column = 0
        self._row_times = self._times = 1
        self._filled = self._valued = False
        self._characters = 0
        self._aside = 0  # elements of a note that stands beside the cell, open
        self._text: list[str] = []
        self._row_notes: list[tuple[int, int]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == f"{_TABLE}table":
            self._extent.end()
            self.looks.sheets.append(Noted())
            self._row = 0
        elif tag == f"{_TABLE}table-row":
            self._row_times = _times(attributes.get(f"{_TABLE}number-rows-repeated"))
            self._column = 0
            self._row_notes = []
        elif tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            self._times = _times(attributes.get(f"{_TABLE}number-columns-repeated"))
            self._filled = any(key.startswith(_OFFICE) for key in attributes)
            self._characters = sum(map(len, attributes.values()))
            kind = attributes.get(f"{_OFFICE}value-type")
            self._valued = kind not in (None, "string", "boolean")
            self._text = []
            if f"{_TABLE}formula" in attributes and not self._filled:
                self.looks.formulas += self._times * self._row_times
        elif self._aside or tag == f"{_OFFICE}annotation":
            self._aside += 1
        elif tag == f"{_TEXT}p" and any(self._text):
            self._text.append("\n")
        elif tag == f"{_TEXT}s":
            self._text.append(" " * min(_times(attributes.get(f"{_TEXT}c")), 100))

    def data(self, text: str) -> None:
        self._characters += len(text)
        if self._valued and not self._aside:
            self._text.append(text)

    def end(self, tag: str) -> None:
        if tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            if self._filled or self._characters > 1000:
                self._extent.cell(0, 0)  # sheets of .ods are laid out from their first cell on
                self._extent.cell(self._row + self._row_times - 1, self._column + self._times - 1)
                self._extent.text(self._characters * self._row_times * self._times)
                self._display()
            self._column += self._times
        elif tag == f"{_TABLE}table-row":
            for row in range(self._row, self._row + self._row_times) if self._row_notes else ():
                for column, look in self._row_notes:
                    self.looks.sheets[-1].note(row, column, look)
            self._row += self._row_times
        elif self._aside:
            self._aside -= 1

    def _display(self) -> None:
        """Note what the cell shows, unless that is its value; the extent has been checked."""
        text = "".join(self._text).strip()
        if self._valued and text and self.looks.sheets:
            look = self._texts.setdefault(text, len(self._texts))
            if look == len(self.looks.known):
                self.looks.known.append(text)
            self._row_notes += [(self._column + i, look) for i in range(self._times)]

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
_BEGIN, _FROM_1904, _FORMAT, _CELL_STYLE = 0x809, 0x22, 0x41E, 0xE0
_BIFF8 = 0x600
#: Records that begin with the row and the column of a cell: formula, number, label, truth value, RK.
_CELL_RECORDS = {0x06, 0x203, 0x204, 0x205, 0x27E, 0xFD, 0xD6}
_CELLS_RECORD = 0xBD  # numbers side by side; ends with the last column


def check_compound(compound: Compound) -> Looks:
    """How the cells of an old workbook (.xls) look. Raises UnreadableError where its sheets are too large."""
    stream = compound.stream("Workbook") or compound.stream("Book")
    if stream is None:
        raise UnreadableError(DAMAGED)
    looks, own, numbers = Looks(), dict[int, str](), list[int]()
    found: dict[int, tuple[int, Noted]] = {}
    starts: list[int] = []
    old = False
    for kind, body in _records(stream, 0):
        if kind == _PASSWORD:
            raise UnreadableError(ENCRYPTED)
        if kind == _BEGIN and len(body) >= 2:
            old = struct.unpack_from("<H", body)[0] < _BIFF8
        elif kind == _FROM_1904:
            looks.from_1904 = body[:1] == b"\x01"
        elif kind == _FORMAT and len(body) > 3:
            own[struct.unpack_from("<H", body)[0]] = _format_code(body, old)
        elif kind == _CELL_STYLE and len(body) >= 4:
            numbers.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == _SHEET and len(body) >= 4:
            starts.append(struct.unpack_from("<I", body)[0])
    looks.known = [own.get(n) or number_format.BUILT_IN.get(n, number_format.GENERAL) for n in numbers]
    plain = {i for i, code in enumerate(looks.known) if code == number_format.GENERAL}
    cells = 0
    for at in starts:
        if at not in found:
            found[at] = _area(stream, at, plain)
        cells += max(found[at][0], len(found[at][1]))  # each sheet is laid out, also of the same bytes
        if cells > MAX_CELLS or len(found) > limits.MAX_MEMBERS:
            raise UnreadableError(TOO_MANY_CELLS)
        looks.sheets.append(found[at][1])
    return looks


def _format_code(body: bytes, old: bool) -> str:
    """The code in a record FORMAT; ``old``: of a version before 97, in the code page of China."""
    if old:
        return body[3 : 3 + body[2]].decode("gb18030", "replace")
    length = struct.unpack_from("<H", body, 2)[0]
    if len(body) > 4 and body[4] & 1:
        return body[5 : 5 + 2 * length].decode("utf-16-le", "replace")
    return body[5 : 5 + length].decode("latin-1")


def _area(stream: bytes, at: int, plain: Container[int]) -> tuple[int, Noted]:
    """The cells of a sheet's rectangle; and the styles of those that have another than the ``plain`` ones."""
    extent, noted = Extent(), Noted()
    for kind, body in _records(stream, at):
        if len(body) < 6:
            continue
        if kind in _CELL_RECORDS:
            row, column, style = struct.unpack_from("<HHH", body)
            extent.cell(row, column)
            if style not in plain:
                noted.note(row, column, style)
        elif kind == _CELLS_RECORD:
            row, column = struct.unpack_from("<HH", body)
            extent.cell(row, column)
            extent.cell(row, struct.unpack_from("<H", body, len(body) - 2)[0])
            for n in range((len(body) - 6) // 6):  # a style and a number each
                style = struct.unpack_from("<H", body, 4 + 6 * n)[0]
                if style not in plain:
                    noted.note(row, column + n, style)
    return extent.area, noted


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of a part of the stream, up to its end mark."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        if kind == _END:
            return
        at += 4 + length
