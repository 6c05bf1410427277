"""What Word documents of ours share: the fonts and sizes of official documents, nothing that depends on the
day; and a document that goes to disk paragraph by paragraph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from lxml import etree

from indexer.exporting.marked import Marked, Table, joined
from indexer.exporting.plain import clean, one_line

BODY, TABLE, HEADING = "仿宋", "宋体", "黑体"
BODY_SIZE = 16  # points
SMALL = 10.5  # points
NOTE = 12  # points of what is said about the text, which has more
DEEPEST = 6  # levels of headings
_MOST_COLUMNS = 63  # of a table, which Word sets
_DATE = datetime(2000, 1, 1)  # any fixed date; Word knows no time zone
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_DOCUMENT = "word/document.xml"
_LINKS = "word/_rels/document.xml.rels"
_HEADER = 40  # characters
_LINK_COLOUR = "0563C1"  # Word's own


def set_up(document: Any, title: str) -> None:
    """A4, the fonts (also those for Chinese, or Word takes its own), and nothing that depends on the day."""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = map(Mm, (37, 35, 28, 26))
    headings = [(f"Heading {level}", HEADING, BODY_SIZE) for level in range(1, DEEPEST + 1)]
    for name, font, size in (
        ("Normal", BODY, BODY_SIZE),
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


def run_heads(document: Any, header: str) -> None:
    """What stands at the head of each page, and the number of each page at its foot."""
    page = document.sections[0]
    if header:
        shown = header if len(header) <= _HEADER else f"{header[:_HEADER].rstrip()}……"
        _centred(page.header.paragraphs[0]).add_run(shown).font.size = Pt(SMALL)
    footer = _centred(page.footer.paragraphs[0])
    for before, field, behind in (("第 ", "PAGE", " 页，"), ("共 ", "NUMPAGES", " 页")):
        footer.add_run(before).font.size = Pt(SMALL)
        element = OxmlElement("w:fldSimple")
        element.set(qn("w:instr"), field)
        number = footer.add_run("1")  # until it is reckoned
        number.font.size = Pt(SMALL)
        element.append(number._r)
        footer._p.append(element)
        footer.add_run(behind).font.size = Pt(SMALL)


def _centred(paragraph: Any) -> Any:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return paragraph


class Body:
    """The text of a document that is being written, as its XML. ``links``: the addresses that it leads to."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self.links: list[str] = []

    def title(self, text: str) -> None:
        """The title of the whole."""
        self._put(_paragraph(Marked(" ".join(text.split())), style="Title"))

    def heading(self, text: Marked, level: int) -> None:
        """A heading; ``level`` counts from 1."""
        self._put(_paragraph(text, style=f"Heading{min(level, DEEPEST)}"))

    def small(self, text: Marked) -> None:
        """A line about the text."""
        self._put(_paragraph(text, look=_NOTE))

    def link(self, text: str, address: str) -> None:
        """A line that leads to an address."""
        self.links.append(address)
        run = f"<w:r>{_LINKED}{_content(clean(text))}</w:r>"
        self._put(f'<w:p><w:hyperlink r:id="{_link(len(self.links))}">{run}</w:hyperlink></w:p>')

    def paragraph(self, text: Marked) -> None:
        """A paragraph of the text, its first line indented."""
        self._put(_paragraph(text, indented=True))

    def table(self, rows: Table) -> None:
        """A table; lines with tabs where it is wider than Word allows."""
        width = len(rows[0])
        if width > _MOST_COLUMNS:
            for row in rows:
                self.paragraph(joined("\t", row))
            return
        self._put(
            '<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="0" w:type="auto"/></w:tblPr>'
            f"<w:tblGrid>{'<w:gridCol/>' * width}</w:tblGrid>"
        )
        for row in rows:
            cells = (f"<w:tc>{_paragraph(cell, look=_IN_TABLE)}</w:tc>" for cell in row)
            self._put(f"<w:tr>{''.join(cells)}</w:tr>")
        self._put("</w:tbl><w:p/>")  # tables that follow each other would be one

    def _put(self, xml: str) -> None:
        self._write(xml.encode("utf-8"))


@dataclass(frozen=True, slots=True)
class _Look:
    """How a run looks, marked or not: elements of its properties, in the order that their schema asks for."""

    font: str = ""
    size: str = ""

    def properties(self, marked: bool) -> str:
        if not marked:
            return f"<w:rPr>{self.font}{self.size}</w:rPr>" if self.font or self.size else ""
        return f'<w:rPr>{self.font}<w:b/>{self.size}<w:highlight w:val="yellow"/></w:rPr>'


_PLAIN = _Look()
_NOTE = _Look(size=f'<w:sz w:val="{NOTE * 2}"/>')
_IN_TABLE = _Look(f'<w:rFonts w:eastAsia="{TABLE}"/>', f'<w:sz w:val="{round(SMALL * 2)}"/>')
_LINKED = f'<w:rPr><w:color w:val="{_LINK_COLOUR}"/>{_NOTE.size}<w:u w:val="single"/></w:rPr>'


def _paragraph(text: Marked, *, style: str = "", look: _Look = _PLAIN, indented: bool = False) -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    if indented:  # by two characters; the length is for programs that know no characters
        properties = f'<w:pPr><w:ind w:firstLineChars="200" w:firstLine="{2 * BODY_SIZE * 20}"/></w:pPr>'
    runs = (
        f"<w:r>{look.properties(marked)}{_content(clean(piece))}</w:r>" for piece, marked in text.pieces()
    )
    return f"<w:p>{properties}{''.join(runs)}</w:p>"


def _content(text: str) -> str:
    """What a run holds."""
    found = []
    for sign, words in _signs(text):
        space = "" if words == words.strip() else ' xml:space="preserve"'
        found.append(f"{sign}<w:t{space}>{escape(words)}</w:t>")
    return "".join(found)


def _signs(text: str) -> Iterator[tuple[str, str]]:
    """The stretches between tabs and line breaks, each with the element that stands before it."""
    for n, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
        for m, words in enumerate(line.split("\t")):
            yield "<w:tab/>" if m else "<w:br/>" if n else "", words


def _link(number: int) -> str:
    return f"link{number}"


@contextmanager
def written(target: BinaryIO, title: str, *, header: str = "") -> Iterator[Body]:
    """A document with numbered pages that goes to ``target`` as its text comes."""
    document = Document()
    set_up(document, clean(title))
    run_heads(document, one_line(header))
    saved = BytesIO()
    document.save(saved)
    with ZipFile(saved) as old, ZipFile(target, "w") as new:
        for name in old.namelist():
            if name not in (_DOCUMENT, _LINKS):
                new.writestr(ZipInfo(name, _ZIP_DATE), old.read(name), ZIP_DEFLATED)
        info = ZipInfo(_DOCUMENT, _ZIP_DATE)
        info.compress_type = ZIP_DEFLATED
        before, after = _frame(document)
        with new.open(info, "w") as part:
            part.write(before)
            body = Body(part.write)
            yield body
            part.write(after)
        linked = _linked(old.read(_LINKS), body.links)
        new.writestr(ZipInfo(_LINKS, _ZIP_DATE), linked, ZIP_DEFLATED)


def _linked(relations: bytes, links: Sequence[str]) -> bytes:
    """The relations of the document with its links among them."""
    root = etree.fromstring(relations)
    for number, address in enumerate(links, 1):
        values = {
            "Id": _link(number),
            "Type": RELATIONSHIP_TYPE.HYPERLINK,
            "Target": address,
            "TargetMode": "External",
        }
        etree.SubElement(root, f"{{{root.nsmap[None]}}}Relationship", values)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _frame(document: Any) -> tuple[bytes, bytes]:
    """What stands before the text of an empty document, and behind it: its last section."""
    body = document.element.body
    for child in list(body):
        if child is not body.sectPr:
            body.remove(child)
    mark = etree.Comment("text")
    body.insert(0, mark)
    xml = etree.tostring(document.element, xml_declaration=True, encoding="UTF-8", standalone=True)
    before, _, after = xml.partition(b"<!--text-->")
    return before, after


def write_blocks(body: Body, blocks: Iterable[Marked | Table]) -> None:
    """Paragraphs and tables."""
    for block in blocks:
        if isinstance(block, Marked):
            body.paragraph(block)
        else:
            body.table(block)
