"""Word documents (.docx): paragraphs with their heading styles, table rows as text, text boxes."""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from docx.opc.part import PartFactory
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.package import Package
from docx.parts.document import DocumentPart
from lxml import etree

from indexer.errors import UnreadableError
from indexer.model import Block, Document, Member, Removed
from indexer.readers import compound, embedded, fields, html, numbering, packed, styles, symbols
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
#: Elements whose text is not the document's.
_SKIPPED = {
    qn("w:pPr"),
    qn("w:rPr"),
    qn("w:del"),
    qn("w:moveFrom"),
    qn("w:instrText"),
}
#: Elements that show a picture file, of today's and of Word 2003's drawings.
_PICTURES = (qn("a:blip"), "{urn:schemas-microsoft-com:vml}imagedata")
_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
#: What makes a paragraph have more in it than is shown.
_UNSEEN = tuple(map(qn, ("w:vanish", "w:fldChar", "w:fldSimple", "w:rt")))
_OFF = ("0", "false", "off", "none")
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
#: Relations to what stands apart from the body: those whose text is of the document come first.
_STORIES = ("/footnotes", "/endnotes", "/comments", "/header", "/footer")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u2028\u2029\u202a-\u202e\u2066-\u2069]')
#: What tells what a packed document is, and its suffix.
_PACKED = ((b"word/document", ".docx"), (b"xl/workbook", ".xlsx"), (b"opendocument.text", ".odt"))
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
    chunks = _chunks(document)
    known = _Known(names, Numbers(document.styles.element, _part(document.part, "/numbering")))
    blocks = [b for b in _blocks(document.element.body, known) if b.text.strip()]
    blocks += [b for b in _notes(document.part, ("/footnotes", "/endnotes"), known) if b.text.strip()]
    removed = (*_margins(document), *_comments(document.part), *_deletions(document))
    removed += (*chunks.removed, *_unseen(document))
    members = _named((*chunks.members, *_embedded(document.part)))
    warnings = embedded.unread(_pictures(document), bool(blocks))
    return Document(tuple(blocks), "docx", warnings=warnings, removed=removed, members=members)


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
    deleted = "".join(t.text or "" for root in _stories(document) for t in root.iter(qn("w:delText")))
    if deleted.strip():
        yield Removed(deleted, "修订中删除的文字 (deleted by a tracked change)")


def _stories(document: Any, kinds: tuple[str, ...] = _STORIES) -> Iterator[Any]:
    """The roots of the body and of what stands apart from it."""
    yield document.element.body
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(kinds):
            yield parse_xml(relation.target_part.blob)


def _unseen(document: Any) -> tuple[Removed, ...]:
    """Hidden text, pronunciation above the text, and codes of fields without a result."""
    found: list[Removed] = []
    for root in _stories(document, _STORIES[:2]):
        for paragraph in root.iter(qn("w:p")):
            if next(paragraph.iter(_UNSEEN), None) is not None and not any(
                above.tag == _FALLBACK for above in paragraph.iterancestors()
            ):
                found += _Inline(paragraph, []).removed
    return fields.listed(found)


@dataclass(frozen=True, slots=True)
class _Chunks:
    """Documents of other formats within the document."""

    removed: tuple[Removed, ...]
    members: tuple[Member, ...]


def _chunks(document: Any) -> _Chunks:
    """Put the source of web pages into the elements that stand for them; other formats are members."""
    removed: list[Removed] = []
    members: list[Member] = []
    taken = set()
    for element in document.element.body.iter(qn("w:altChunk")):
        element.text = None
        part = document.part.related_parts.get(element.get(qn("r:id")))
        if part is None or part.partname in taken:
            continue
        taken.add(part.partname)
        if "html" in part.content_type or html.is_html(part.blob):
            source = _NO_XML.sub("", html.decode(part.blob)[0])
            element.text = source
            removed += html.fragment(source).removed
        else:
            members.append(Member(_file_name(part), part.blob))
    return _Chunks(tuple(removed), tuple(members))


def _embedded(part: Any) -> Iterator[Member]:
    """The files that are embedded in the document: workbooks and documents, those of charts included.

    Of objects of other programs only what those left of Word and Excel: most of the rest are formulas.
    """
    for inside in part.package.iter_parts():
        if not inside.partname.startswith("/word/embeddings/"):
            continue
        name, data = _file_name(inside), inside.blob
        if data.startswith(compound.MAGIC):
            data, suffix = _object(data)
            if not suffix:
                continue
            name = str(PurePosixPath(name).with_suffix(suffix))
        yield Member(name, data)


def _named(members: Iterable[Member]) -> tuple[Member, ...]:
    """The members, each under a name of its own."""
    found: dict[str, Member] = {}
    for member in members:
        name, path, number = member.name, PurePosixPath(member.name), 1
        while name.lower() in found:
            number += 1
            name = f"{path.stem} ({number}){path.suffix}"
        found[name.lower()] = Member(name, member.data)
    return tuple(found.values())


def _object(data: bytes) -> tuple[bytes, str]:
    """The file in an embedded object and its suffix; "" where it is none that is known."""
    try:
        container = compound.Compound(data)
        packed_file = container.stream("Package")
    except (UnreadableError, struct.error):
        return b"", ""
    if packed_file:
        kind = next((s for sign, s in _PACKED if sign in packed_file), ".zip")
        return packed_file, kind
    suffix = ".doc" if "WordDocument" in container.names else ""
    return data, ".xls" if {"Workbook", "Book"} & container.names else suffix


def _file_name(part: Any) -> str:
    return _UNSAFE.sub("_", unquote(PurePosixPath(part.partname).name)).strip(" .") or "embedded"


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
        elif child.tag == _ALTERNATIVES:
            yield from _blocks(_chosen(child), known)
        elif child.tag == qn("w:altChunk") and child.text:
            yield from html.fragment(child.text).blocks


def _chosen(alternatives: Any) -> Any:
    """Of content that is there in several forms the first; the last is for programs that know no other."""
    return next(alternatives.iterchildren(etree.Element), alternatives)


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
    return _Inline(element, boxes).text


@dataclass(slots=True)
class _Field:
    """A field that is open: where in the text it began, and its code, until its result begins."""

    begin: int
    code: list[str] = dataclass_field(default_factory=list)
    in_code: bool = True


class _Inline:
    """What stands in a paragraph: its ``text``, and in ``removed`` what is not seen of it.

    Text boxes anchored in it are put into ``boxes``.
    """

    def __init__(self, paragraph: Any, boxes: list[Any]) -> None:
        self.removed: list[Removed] = []
        self._boxes = boxes
        self._parts: list[str] = []
        self._hidden: list[str] = []
        self._above: list[str] = []  # pronunciation
        self._fields: list[_Field] = []
        self._read(paragraph, self._parts)
        for unended in self._fields:  # or its result is in the next paragraphs
            if unended.in_code and (code := "".join(unended.code).strip()):
                self.removed.append(Removed(code, fields.CODE))
        for texts, reason in ((self._hidden, fields.HIDDEN), (self._above, fields.PRONUNCIATION)):
            if words := "".join(texts).strip():
                self.removed.append(Removed(words, reason))
        self.text = "".join(self._parts)

    def _read(self, element: Any, to: list[str]) -> None:
        for child in element:
            tag = child.tag
            if tag in (qn("w:t"), _FORMULA_TEXT):
                to.append(child.text or "")
            elif tag in _SIGNS:
                to.append(_SIGNS[tag])
            elif tag == qn("w:sym"):
                to.append(_symbol(child))
            elif tag == qn("w:txbxContent"):
                self._boxes.append(child)
            elif tag == qn("w:instrText"):
                if self._fields:
                    self._fields[-1].code.append(child.text or "")
            elif tag == qn("w:fldChar"):
                self._mark(child.get(qn("w:fldCharType")))
            elif tag == qn("w:fldSimple"):
                self._fields.append(_Field(len(self._parts), [child.get(qn("w:instr"), "")], False))
                self._read(child, to)
                self._end_field()
            elif tag == qn("w:rt"):
                self._read(child, self._above)
            elif tag == _ALTERNATIVES:
                self._read(_chosen(child), to)
            elif tag == qn("w:r"):
                self._read(child, self._hidden if to is self._parts and _is_hidden(child) else to)
            elif isinstance(tag, str) and tag not in _SKIPPED:
                self._read(child, to)

    def _mark(self, kind: str | None) -> None:
        if kind == "begin":
            self._fields.append(_Field(len(self._parts)))
        elif kind == "separate" and self._fields:
            self._fields[-1].in_code = False
        elif kind == "end" and self._fields:
            self._end_field()

    def _end_field(self) -> None:
        """Where the field has shown nothing, show what Word makes of its code."""
        ended = self._fields.pop()
        parts = self._parts
        has_result = any(parts[at].strip() for at in range(len(parts) - 1, ended.begin - 1, -1))
        within = self._fields[-1] if self._fields and self._fields[-1].in_code else None
        if has_result and not ended.in_code and within is None:
            return
        result = "".join(parts[ended.begin :]) if has_result else ""
        del parts[ended.begin :]
        if within is not None:  # it is part of the code of another
            within.code.append(result or "".join(ended.code))
            return
        text, unseen = fields.shown("".join(ended.code))
        # Word has put what it could not draw where its code is: text within it stays.
        parts.append(text or result)
        self.removed += unseen


def _is_hidden(run: Any) -> bool:
    properties = run.find(qn("w:rPr"))
    vanish = properties.find(qn("w:vanish")) if properties is not None else None
    return vanish is not None and vanish.get(qn("w:val"), "1").lower() not in _OFF


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
