"""OpenDocument text (.odt): paragraphs with outline levels, table rows, text boxes, notes."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from indexer.errors import UnreadableError
from indexer.model import Block, Document, Removed
from indexer.readers import embedded, fields, numbering, odt_numbering, packed, styles, unsupported

_TYPE = b"application/vnd.oasis.opendocument.text"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_MATH = "{http://www.w3.org/1998/Math/MathML}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_DC = "{http://purl.org/dc/elements/1.1/}"

_PARAGRAPHS = {_TEXT + "p", _TEXT + "h"}
#: Elements inside a paragraph whose text is not the paragraph's: it stands elsewhere or nowhere.
_SKIPPED = {_OFFICE + "annotation-end", _TEXT + "number"}  # the number as a program wrote it
#: Elements whose text is not the paragraph's but tells of what stands there.
_ASIDE = {
    _SVG + "title": "图片的名称 (title of a picture)",
    _SVG + "desc": "图片的说明 (description of a picture)",
    _TEXT + "ruby-text": fields.PRONUNCIATION,
}
_SPACE = re.compile(r"[ \t\r\n\0]+")
_SPACE_MARKS = re.compile("\0+")
_ONE_SPACE = "\0"  # stands for white space of the XML, which is one space: XML cannot have this character
_MARGINS = {
    _STYLE + name
    for name in ("header", "footer", "header-left", "footer-left", "header-first", "footer-first")
}
#: What zipfile, zlib and lxml raise for containers and parts that are broken.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    etree.XMLSyntaxError,
    struct.error,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,  # NotImplementedError, too: a way of packing that zipfile does not know
    ValueError,
)
_MAX_SPACES = 1000  # that one element stands for


def is_odt(data: bytes) -> bool:
    """Whether the bytes are a zip container that says it is an OpenDocument text."""
    return data.startswith(b"PK\x03\x04") and _TYPE in data[:200]


def read(data: bytes) -> Document:
    """Read an OpenDocument text, text boxes behind the paragraph they are anchored in, notes at the end."""
    try:
        with packed.checked(data) as archive:
            if b"encryption-data" in _part(archive, "META-INF/manifest.xml"):
                raise UnreadableError(unsupported.ENCRYPTED)
            content = packed.xml(archive.read("content.xml"))
            layout = _part(archive, "styles.xml")
            common = packed.xml(layout) if layout else etree.Element("none")
            places = dict.fromkeys(e.get(_HREF, "") for e in content.iter(_DRAW + "image"))
            pictures = [p for p in (_part(archive, place) for place in places) if p]
            formulas = dict(_formulas(archive))
    except _DAMAGE as error:
        raise UnreadableError(
            "ODT 文件已损坏或不完整；请用 WPS 或 LibreOffice 打开后另存 "
            "(damaged or truncated: open and save it in WPS or LibreOffice)"
        ) from error
    reader = _Reader(
        {**_styles(common), **_styles(content)},
        {**_list_styles(common), **_list_styles(content)},
        odt_numbering.Numbers(common, content),
        formulas,
    )
    blocks = [block for body in content.iter(_OFFICE + "text") for block in reader.blocks(body)]
    blocks += reader.notes
    removed = (*_margins(common), *reader.comments, *_deletions(content), *fields.listed(reader.unseen))
    blocks = [b for b in blocks if b.text.strip()]
    warnings = embedded.unread(pictures, bool(blocks))
    return Document(tuple(blocks), "odt", warnings=warnings, removed=removed)


def _formulas(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Names of the objects that are formulas, and the text of each, without spaces as in Word's."""
    for name in archive.namelist():
        folder, _, file = name.rpartition("/")
        if folder and file == "content.xml":
            text = _formula(packed.xml(archive.read(name)))
            if text:
                yield folder, text


def _formula(root: Any) -> str:
    """The text of a formula in MathML, "" of what is none."""
    math = root if root.tag == _MATH + "math" else root.find(_MATH + "math")
    if math is None:
        return ""
    notes = {_MATH + "annotation", _MATH + "annotation-xml"}
    signs = (e for e in math.iter(etree.Element) if e.tag not in notes)
    return "".join("".join((e.text or "").split()) for e in signs)


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    return archive.read(name) if name in archive.namelist() else b""


def _styles(root: Any) -> dict[str, tuple[str, str]]:
    """Name of a paragraph style: our name for it, and the style it is based on."""
    known = {}
    for style in root.iter(_STYLE + "style"):
        level = style.get(_STYLE + "default-outline-level", "")
        ours = styles.named(
            style.get(_STYLE + "display-name") or style.get(_STYLE + "name", "").replace("_20_", " ")
        )
        if level.isascii() and level.isdigit() and 1 <= int(level[:3]) <= 9:
            ours = ours or f"heading {int(level[:3])}"
        known[style.get(_STYLE + "name", "")] = (ours, style.get(_STYLE + "parent-style-name", ""))
    return known


def _list_styles(root: Any) -> dict[str, str]:
    """Name of a paragraph style: the list style that it names."""
    named = (
        (s.get(_STYLE + "name", ""), s.get(_STYLE + "list-style-name")) for s in root.iter(_STYLE + "style")
    )
    return {name: lists for name, lists in named if lists is not None}


def _margins(root: Any) -> Iterator[Removed]:
    """Headers and footers of the page styles, each text once."""
    seen = set()
    for area in root.iter(*_MARGINS):
        for block in _Reader({}).blocks(area):
            text = block.text.strip()
            if text and text not in seen:
                seen.add(text)
                yield Removed(text, "页眉页脚 (header or footer)")


def _deletions(root: Any) -> Iterator[Removed]:
    """Text that tracked changes took out."""
    for deletion in root.iter(_TEXT + "deletion"):
        text = "\n".join(b.text for b in _Reader({}).blocks(deletion)).strip()
        if text:
            yield Removed(text, "修订中删除的文字 (deleted by a tracked change)")


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in a list. ``key``: what counts it. ``level``: from 0. ``start``: the number it has to have."""

    key: int
    style: str
    level: int
    start: int | None = None


class _Reader:
    """Reads blocks; what stands apart from the text comes together in ``notes`` and ``comments``."""

    def __init__(
        self,
        known: dict[str, tuple[str, str]],
        list_styles: dict[str, str] | None = None,
        numbers: odt_numbering.Numbers | None = None,
        formulas: dict[str, str] | None = None,
    ) -> None:
        self.known = known
        self.list_styles = list_styles or {}
        self.numbers = numbers or odt_numbering.Numbers()
        self.formulas = formulas or {}  # those not shown yet, by the name of the object
        self.unseen: list[Removed] = []
        self.list: _Place | None = None  # the list that is being read
        self.item: _Place | None = None  # whose number the next paragraph has
        self.notes: list[Block] = []
        self.comments: list[Removed] = []

    def blocks(self, parent: Any) -> Iterator[Block]:
        """Yield the paragraphs and table rows below ``parent``, in reading order."""
        for child in parent:
            if not isinstance(child.tag, str) or child.tag == _TEXT + "tracked-changes":
                continue
            if child.tag in _PARAGRAPHS:
                yield from self._paragraph(child)
            elif child.tag == _TABLE + "table":
                yield from self._rows(child)
            elif child.tag == _OFFICE + "annotation":
                self._comment(child)
            elif child.tag == _TEXT + "list":
                yield from self._list(child)
            elif child.tag in _ASIDE:
                self._tell(child)
            elif formula := self._formula(child):
                yield Block(formula)
            elif child.tag not in _SKIPPED:  # sections, indexes, frames
                yield from self.blocks(child)

    def _list(self, element: Any) -> Iterator[Block]:
        outer = self.list
        style = (
            element.get(_TEXT + "style-name") or (outer.style if outer else "") or self._list_style(element)
        )
        key = outer.key if outer else self.numbers.begin(element, style)
        self.list = _Place(key, style, outer.level + 1 if outer else 0)
        for item in element:
            self.item = None  # of a header of the list: it has no number
            if item.tag == _TEXT + "list-item":
                start = odt_numbering.number(item.get(_TEXT + "start-value"), -1)
                its = item.get(_TEXT + "style-override") or style
                self.item = replace(self.list, style=its, start=start if start >= 0 else None)
            if isinstance(item.tag, str):
                yield from self.blocks(item)
        self.list, self.item = outer, None

    def _list_style(self, element: Any) -> str:
        """The list style that the style of the first paragraph of a list names, where the list does not."""
        for paragraph in element.iter(*_PARAGRAPHS):
            name = paragraph.get(_TEXT + "style-name", "")
            for _ in range(20):
                if name in self.list_styles:
                    return self.list_styles[name]
                _, name = self.known.get(name, ("", ""))
            break
        return ""

    def _number(self, paragraph: Any, level: str) -> str:
        """The number of a paragraph: that of its list item, or of the outline."""
        item, self.item = self.item, None
        number = None
        if item is not None:
            number = self.numbers.item(item.key, item.style, item.level, item.start)
        elif level and self.list is None and paragraph.get(_TEXT + "is-list-header") != "true":
            start = odt_numbering.number(paragraph.get(_TEXT + "start-value"), 1)
            again = paragraph.get(_TEXT + "restart-numbering") == "true"
            number = self.numbers.heading(odt_numbering.number(level, 1) - 1, start if again else None)
        return (paragraph.findtext(_TEXT + "number") or "") if number is None else number

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        level = paragraph.get(_TEXT + "outline-level", "1") if paragraph.tag == _TEXT + "h" else ""
        style = self._style(paragraph.get(_TEXT + "style-name", ""))
        if level.isascii() and level.isdigit() and style != "title":
            style = f"heading {min(max(int(level[:3]), 1), 9)}"
        number = self._number(paragraph, level)
        boxes: list[Any] = []
        in_cell = next(paragraph.iterancestors(_TABLE + "table-cell", _DRAW + "text-box"), paragraph).tag
        text = _SPACE_MARKS.sub(_ONE_SPACE, self._text(paragraph, boxes)).strip(_ONE_SPACE)
        text = numbering.put(number, text, in_cell=in_cell == _TABLE + "table-cell")
        for line in text.replace(_ONE_SPACE, " ").split("\n"):
            yield Block(line, style)
        place, self.list = self.list, None
        for box in boxes:
            yield from self.blocks(box)
        self.list = place

    def _style(self, name: str) -> str:
        """Our name for a style: its own, or that of the style it is based on."""
        for _ in range(20):
            ours, name = self.known.get(name, ("", ""))
            if ours or not name:
                return ours
        return ""

    def _text(self, element: Any, boxes: list[Any]) -> str:
        """The text of a paragraph; what holds paragraphs of its own is put into ``boxes``."""
        parts = [_SPACE.sub(_ONE_SPACE, element.text or "")]
        for child in element:
            tag = child.tag
            if tag == _TEXT + "s":
                count = child.get(_TEXT + "c", "1")
                parts.append(
                    " " * min(int(count[:9]) if count.isascii() and count.isdigit() else 1, _MAX_SPACES)
                )
            elif tag == _TEXT + "tab":
                parts.append("\t")
            elif tag == _TEXT + "line-break":
                parts.append("\n")
            elif tag == _TEXT + "note":
                for body in child.iter(_TEXT + "note-body"):
                    self.notes += self.blocks(body)
            elif tag == _OFFICE + "annotation":
                self._comment(child)
            elif formula := self._formula(child):
                parts.append(formula)
            elif isinstance(tag, str) and tag.startswith(_DRAW) and tag != _DRAW + "a":
                boxes.append(child)
            elif tag in _ASIDE:
                self._tell(child)
            elif isinstance(tag, str) and tag not in _SKIPPED:
                parts.append(self._text(child, boxes))
            parts.append(_SPACE.sub(_ONE_SPACE, child.tail or ""))
        return "".join(parts)

    def _formula(self, frame: Any) -> str:
        """The text of a formula in a frame, "" where there is none; each object once."""
        if frame.tag != _DRAW + "frame":
            return ""
        shown = []
        for found in frame.iterchildren(_DRAW + "object"):
            name = found.get(_HREF, "").removeprefix("./").rstrip("/")
            shown.append(_formula(found) or self.formulas.pop(name, ""))
        return "".join(shown)

    def _tell(self, element: Any) -> None:
        if text := " ".join("".join(element.itertext()).split()):
            self.unseen.append(Removed(text, _ASIDE[element.tag]))

    def _comment(self, annotation: Any) -> None:
        text = "\n".join(b.text for b in self.blocks(annotation)).strip()
        if text:
            self.comments.append(Removed(text, "批注 (comment)"))

    def _rows(self, table: Any) -> Iterator[Block]:
        """Yield a block a row: its cells joined by a tab, lines within a cell by a space."""
        for row in table.iter(_TABLE + "table-row"):
            if next(row.iterancestors(_TABLE + "table")) is not table:
                continue  # a row of a table within a cell: its text is in that cell
            cells, spanned = [], 0
            for cell in row:
                if cell.tag == _TABLE + "covered-table-cell":
                    if spanned:  # by the cell before it, not by one above it
                        spanned -= 1
                        continue
                elif cell.tag != _TABLE + "table-cell":
                    continue
                else:
                    columns = cell.get(_TABLE + "number-columns-spanned", "1")
                    spanned = int(columns[:9]) - 1 if columns.isascii() and columns.isdigit() else 0
                texts = (b.text.strip().replace("\t", " ") for b in self.blocks(cell))
                cells.append(" ".join(t for t in texts if t))
            yield Block("\t".join(cells), "table")
