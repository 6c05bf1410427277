"""Word documents (.docx): paragraphs with their heading styles, table rows as text, text boxes."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docx.opc.part import PartFactory
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.package import Package
from docx.parts.document import DocumentPart
from lxml import etree

from indexer.errors import UnreadableError
from indexer.model import Block, Document, Removed
from indexer.readers import embedded, numbering, packed, styles, symbols
from indexer.readers.docx_numbering import Numbers

# Documents with macros and templates are documents, too; python-docx knows only the plain kind.
for _kind in (
    "ms-word.document.macroEnabled",
    "ms-word.template.macroEnabledTemplate",
    "openxmlformats-officedocument.wordprocessingml.template",
):
    PartFactory.part_type_for[f"application/vnd.{_kind}.main+xml"] = DocumentPart

#: What stands for a character inside a run.
_SIGNS = {qn("w:tab"): "\t", qn("w:noBreakHyphen"): "-", qn("w:br"): "\n", qn("w:cr"): "\n"}
#: Elements whose text is not the document's: deleted text, field codes, the old-Word twin of a text box.
_SKIPPED = {
    qn("w:pPr"),
    qn("w:rPr"),
    qn("w:del"),
    qn("w:moveFrom"),
    qn("w:instrText"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}
#: Elements that show a picture file, of today's and of Word 2003's drawings.
_PICTURES = (qn("a:blip"), "{urn:schemas-microsoft-com:vml}imagedata")
_FORMULA_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
#: What zipfile, lxml and python-docx raise for containers and parts that are broken. Elements that are not
#: where they belong have other attributes than those it looks for.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    etree.LxmlError,
    struct.error,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,  # NotImplementedError, too: a way of packing that zipfile does not know
    AttributeError,
    TypeError,
    ValueError,
)
_CONTAINERS = {
    qn("w:sdt"),
    qn("w:sdtContent"),
    qn("w:ins"),
    qn("w:moveTo"),
    qn("w:customXml"),
    qn("w:smartTag"),
}


def is_docx(data: bytes) -> bool:
    """Whether the bytes are a zip container with a Word document in it, whole or cut short."""
    return data.startswith(b"PK\x03\x04") and (b"word/document" in data or b"word/" in data[:4096])


def read(data: bytes) -> Document:
    """Read a Word document, text boxes where they are anchored."""
    try:
        return _read(data)
    except _DAMAGE as error:
        raise UnreadableError(
            "Word 文件已损坏或不完整；请用 Word 打开后另存 (damaged or truncated: open and save it in Word)"
        ) from error


def _read(data: bytes) -> Document:
    with packed.checked(data):
        document = Package.open(io.BytesIO(data)).main_document_part.document
    names = {s.style_id: _style_of(s) for s in document.styles if s.type == 1}
    known = _Known(names, Numbers(document.styles.element, _part(document.part, "/numbering")))
    blocks = [b for b in _blocks(document.element.body, known) if b.text.strip()]
    blocks += [b for b in _notes(document.part, ("/footnotes", "/endnotes"), known) if b.text.strip()]
    removed = (*_margins(document), *_comments(document.part), *_deletions(document))
    warnings = embedded.unread(_pictures(document), bool(blocks))
    return Document(tuple(blocks), "docx", warnings=warnings, removed=removed)


def _pictures(document: Any) -> Iterator[bytes]:
    """The picture files in the text, each once; not those of headers and footers."""
    relations, seen = document.part.rels, set()
    for picture in document.element.body.iter(*_PICTURES):
        relation = relations.get(picture.get(qn("r:embed")) or picture.get(qn("r:id")))
        if relation is None or relation.is_external or relation.target_part.partname in seen:
            continue
        seen.add(relation.target_part.partname)
        yield relation.target_part.blob


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the paragraphs of a text: our names for their styles, their numbers."""

    styles: dict[str, str]
    numbers: Numbers


#: Of texts that are no part of the document: numbers, too, would be of lists that the document has not.
_NOTHING = _Known({}, Numbers(None, None))


def _part(part: Any, kind: str) -> Any:
    """The root of the part whose relation ends so; None where there is none."""
    for relation in part.rels.values():
        if not relation.is_external and relation.reltype.endswith(kind):
            return parse_xml(relation.target_part.blob)
    return None


def _comments(part: Any) -> Iterator[Removed]:
    """What readers of the draft wrote beside it."""
    for block in _notes(part, ("/comments",), _NOTHING):
        if block.text.strip():
            yield Removed(block.text.strip(), "批注 (comment)")


def _deletions(document: Any) -> Iterator[Removed]:
    """Text that a tracked change took out."""
    deleted = "".join(t.text or "" for t in document.element.body.iter(qn("w:delText")))
    if deleted.strip():
        yield Removed(deleted, "修订中删除的文字 (deleted by a tracked change)")


def _notes(part: Any, kinds: tuple[str, ...], known: _Known) -> Iterator[Block]:
    """Texts that stand apart, of the kinds whose relations end so: footnotes, endnotes, comments."""
    for relation in part.rels.values():
        if relation.is_external or not relation.reltype.endswith(kinds):
            continue
        for note in parse_xml(relation.target_part.blob):
            if note.get(qn("w:type")) in (None, "normal"):  # not the lines that separate notes from text
                yield from _blocks(note, known)


def _margins(document: Any) -> Iterator[Removed]:
    """Headers and footers, each text once."""
    seen = set()
    for section in document.sections:
        areas = (
            section.header,
            section.footer,
            section.first_page_header,
            section.first_page_footer,
            section.even_page_header,
            section.even_page_footer,
        )
        for area in areas:
            if area.is_linked_to_previous:
                continue
            for block in _blocks(area._element, _NOTHING):
                text = block.text.strip()
                if text and text not in seen:
                    seen.add(text)
                    yield Removed(text, "页眉页脚 (header or footer)")


def _style_of(style: Any) -> str:
    """Our name for a Word paragraph style: by its name, its outline level, or the style it is based on."""
    seen = 0
    while style is not None and seen < 20:
        if named := styles.named(style.name or ""):
            return named
        level = _outline_level(style.element.find(qn("w:pPr")))
        if level:
            return f"heading {level}"
        style, seen = style.base_style, seen + 1
    return ""


def _outline_level(properties: Any) -> int | None:
    """The outline level (1 to 9) that paragraph properties name; None for body text."""
    found = properties.find(qn("w:outlineLvl")) if properties is not None else None
    value = found.get(qn("w:val")) if found is not None else None
    return int(value) + 1 if value is not None and value.isdigit() and int(value) < 9 else None


def _blocks(parent: Any, known: _Known) -> Iterator[Block]:
    """Yield the paragraphs and table rows below ``parent``, in reading order."""
    for child in parent:
        if child.tag == qn("w:p"):
            yield from _paragraph(child, known)
        elif child.tag == qn("w:tbl"):
            yield from _rows(child, known)
        elif child.tag in _CONTAINERS:
            yield from _blocks(child, known)


def _paragraph(paragraph: Any, known: _Known) -> Iterator[Block]:
    properties = paragraph.find(qn("w:pPr"))
    named = properties.find(qn("w:pStyle")) if properties is not None else None
    style = known.styles.get(named.get(qn("w:val")), "") if named is not None else ""
    level = _outline_level(properties)
    if level:
        style = f"heading {level}"
    boxes: list[Any] = []
    text = _text(paragraph, boxes)
    if text.strip() or not _mark_deleted(properties):
        in_cell = next(paragraph.iterancestors(qn("w:tc"), qn("w:txbxContent")), paragraph).tag == qn("w:tc")
        text = numbering.put(known.numbers.of(paragraph), text, in_cell=in_cell)
    for line in text.split("\n"):
        yield Block(line, style)
    for box in boxes:
        yield from _blocks(box, known)


def _mark_deleted(properties: Any) -> bool:
    """Whether a tracked change took out the end of the paragraph, so that it is one with the next."""
    if properties is None:
        return False
    return any(properties.find(f"{qn('w:rPr')}/{qn(name)}") is not None for name in ("w:del", "w:moveFrom"))


def _text(element: Any, boxes: list[Any]) -> str:
    """The text of a paragraph; text boxes anchored in it are put into ``boxes``."""
    parts: list[str] = []
    for child in element:
        tag = child.tag
        if tag in (qn("w:t"), _FORMULA_TEXT):
            parts.append(child.text or "")
        elif tag in _SIGNS:
            parts.append(_SIGNS[tag])
        elif tag == qn("w:sym"):
            parts.append(_symbol(child))
        elif tag == qn("w:txbxContent"):
            boxes.append(child)
        elif isinstance(tag, str) and tag not in _SKIPPED:
            parts.append(_text(child, boxes))
    return "".join(parts)


def _symbol(sign: Any) -> str:
    """The character that a sign of a symbol font stands for."""
    try:
        code = int(sign.get(qn("w:char"), ""), 16)
    except ValueError:
        return ""
    return symbols.character(sign.get(qn("w:font"), ""), code)


def _rows(table: Any, known: _Known) -> Iterator[Block]:
    """Yield a block a row: its cells joined by a tab, lines within a cell by a space."""
    for row in table.iter(qn("w:tr")):
        if next(row.iterancestors(qn("w:tbl"))) is not table:
            continue  # a row of a table within a cell: its text is in that cell
        cells = []
        for cell in row.iter(qn("w:tc")):
            if next(cell.iterancestors(qn("w:tr"))) is row:
                texts = (b.text.strip().replace("\t", " ") for b in _blocks(cell, known))
                cells.append(" ".join(t for t in texts if t))
        yield Block("\t".join(cells), "table")
