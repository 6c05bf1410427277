"""What Word documents of ours share: the fonts and sizes of official documents, nothing that depends on the
day; and a document that goes to disk paragraph by paragraph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import nsmap, qn
from docx.shared import Mm, Pt
from lxml import etree

from indexer.exporting.marked import Marked, Table, joined
from indexer.exporting.plain import clean

BODY, TABLE, HEADING = "仿宋", "宋体", "黑体"
SMALL = 10.5  # points
DEEPEST = 6  # levels of headings
_MOST_COLUMNS = 63  # of a table, which Word sets
_DATE = datetime(2000, 1, 1)  # any fixed date; Word knows no time zone
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_DOCUMENT = "word/document.xml"


def set_up(document: Any, title: str) -> None:
    """A4, the fonts (also those for Chinese, or Word takes its own), and nothing that depends on the day."""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = map(Mm, (37, 35, 28, 26))
    headings = [(f"Heading {level}", HEADING, 16) for level in range(1, DEEPEST + 1)]
    for name, font, size in (
        ("Normal", BODY, 16),
        ("Title", TABLE, 22),
        *headings,
        ("Table Grid", TABLE, SMALL),
    ):
        style = document.styles[name]
        style.font.name, style.font.size = "Times New Roman", Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), font)
        style.font.color.rgb = None
    document.styles["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    core = document.core_properties
    core.title, core.author, core.last_modified_by, core.comments = title[:255], "稿库", "稿库", ""
    core.language, core.revision = "zh-CN", 1
    core.created = core.modified = core.last_printed = _DATE


def undated(content: bytes) -> bytes:
    """The same archive without the times at which its files were written."""
    target = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(ZipInfo(name, _ZIP_DATE), old.read(name), ZIP_DEFLATED)
    return target.getvalue()


class Body:
    """The text of a document that is being written."""

    def __init__(self, xml: Any) -> None:
        self._xml = xml

    def title(self, text: str) -> None:
        """The title of the whole."""
        self._paragraph(Marked(" ".join(text.split())), style="Title")

    def heading(self, text: Marked, level: int) -> None:
        """A heading; ``level`` counts from 1."""
        self._paragraph(text, style=f"Heading{min(level, DEEPEST)}")

    def small(self, text: Marked) -> None:
        """A line about the text."""
        self._paragraph(text, size=SMALL)

    def paragraph(self, text: Marked) -> None:
        """A paragraph of the text, its first line indented."""
        self._paragraph(text, indented=True)

    def table(self, rows: Table) -> None:
        """A table; lines with tabs where it is wider than Word allows."""
        width = len(rows[0])
        if width > _MOST_COLUMNS:
            for row in rows:
                self.paragraph(joined("\t", row))
            return
        element = self._xml.element
        with element(qn("w:tbl")):
            with element(qn("w:tblPr")):
                self._empty("w:tblStyle", val="TableGrid")
                self._empty("w:tblW", w="0", type="auto")
            with element(qn("w:tblGrid")):
                for _ in range(width):
                    self._empty("w:gridCol")
            for row in rows:
                with element(qn("w:tr")):
                    for cell in row:
                        with element(qn("w:tc")):
                            self._paragraph(cell, size=SMALL, font=TABLE)
        self._paragraph(Marked(""))  # tables that follow each other would be one

    def _paragraph(
        self, text: Marked, *, style: str = "", size: float = 0, font: str = "", indented: bool = False
    ) -> None:
        with self._xml.element(qn("w:p")):
            if style or indented:
                with self._xml.element(qn("w:pPr")):
                    if style:
                        self._empty("w:pStyle", val=style)
                    if indented:  # by two characters, whatever the font's size
                        self._empty("w:ind", firstLineChars="200")
            for piece, marked in text.pieces():
                self._run(clean(piece), marked=marked, size=size, font=font)

    def _run(self, text: str, *, marked: bool, size: float, font: str) -> None:
        with self._xml.element(qn("w:r")):
            if marked or size or font:
                with self._xml.element(qn("w:rPr")):
                    if font:
                        self._empty("w:rFonts", eastAsia=font)
                    if marked:
                        self._empty("w:b")
                    if size:
                        self._empty("w:sz", val=str(round(size * 2)))
                    if marked:
                        self._empty("w:highlight", val="yellow")
            for sign, words in _signs(text):
                if sign:
                    self._empty(sign)
                if words == words.strip():
                    with self._xml.element(qn("w:t")):
                        self._xml.write(words)
                else:  # the writer of elements cannot say what is to be said of such a text
                    spaced = etree.Element(qn("w:t"), {_SPACE: "preserve"}, nsmap={"w": nsmap["w"]})
                    spaced.text = words
                    self._xml.write(spaced)

    def _empty(self, name: str, **attributes: str) -> None:
        values = {qn(f"w:{key}"): value for key, value in attributes.items()}
        with self._xml.element(qn(name), values):
            pass


def _signs(text: str) -> Iterator[tuple[str, str]]:
    """The stretches between tabs and line breaks, each with the element that stands before it."""
    for n, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
        for m, words in enumerate(line.split("\t")):
            yield "w:tab" if m else "w:br" if n else "", words


@contextmanager
def written(target: BinaryIO, title: str) -> Iterator[Body]:
    """A document that goes to ``target`` as its text comes."""
    document = Document()
    set_up(document, clean(title))
    saved = BytesIO()
    document.save(saved)
    with ZipFile(saved) as old, ZipFile(target, "w") as new:
        for name in old.namelist():
            if name != _DOCUMENT:
                new.writestr(ZipInfo(name, _ZIP_DATE), old.read(name), ZIP_DEFLATED)
        root = document.element
        info = ZipInfo(_DOCUMENT, _ZIP_DATE)
        info.compress_type = ZIP_DEFLATED
        with new.open(info, "w") as part, etree.xmlfile(part, encoding="UTF-8") as xml:
            xml.write_declaration(standalone=True)
            with xml.element(root.tag, nsmap=root.nsmap), xml.element(qn("w:body")):
                yield Body(xml)
                xml.write(root.body.sectPr)


def write_blocks(body: Body, blocks: Iterable[Marked | Table]) -> None:
    """Paragraphs and tables."""
    for block in blocks:
        if isinstance(block, Marked):
            body.paragraph(block)
        else:
            body.table(block)
