"""PDF: the text of each page with its places, by PDFium; pages that are pictures are named for OCR."""

from __future__ import annotations

import contextlib
import ctypes
import math
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from indexer.errors import UnreadableError
from indexer.model import Document, Member, Removed
from indexer.readers import limits, names
from indexer.readers.layout import PAGE_NUMBER, Page, Run, is_han, is_page_number, to_blocks
from indexer.readers.text import is_text

_MAGIC = re.compile(rb"%PDF-\d\.\d")
_MAGIC_WITHIN = 1024  # bytes: readers of PDF have always allowed something before it
_LOCK = threading.Lock()  # PDFium keeps state of its own and is called by one thread at a time
_FORM_DEPTH = 5  # forms within forms that are searched for pictures
_ASCENT, _DESCENT = 0.88, 0.12  # of an ideographic character's box, in ems from the baseline
_WIDE_SPACE = 0.4  # ems: a space between Chinese characters that is meant to be seen
_LEAST_PICTURE = 0.03  # of a page: what covers less together is a logo, a seal, a line, and no scan
_WHOLE_PAGE = 0.7  # of a page: pictures that cover so much are the page itself, as scanners make it, ...
_FEW = 50  # ... where it has no more characters than these: a stamp, what an app says of itself
_GRID = 20  # cells of a page in each direction, by which its covered part is measured
_INVISIBLE = 3  # the way to draw text that is there to be searched, over the picture that it was read from
_MOST_UNMAPPED = 0.5  # of the characters of a page that is text

WATERMARK = "斜排的水印 (slanted watermark)"
NOTE = "批注 (annotation)"
ANSWER = "表单中没有显示的内容 (form field that is not shown)"
_WITH_TEXT = (
    pdfium.FPDF_FORMFIELD_TEXTFIELD,
    pdfium.FPDF_FORMFIELD_COMBOBOX,
    pdfium.FPDF_FORMFIELD_LISTBOX,
)

_QUARTER = math.pi / 2
_SLANTED = -1  # the turn of characters that stand to no side
_UPRIGHT = math.radians(10)  # what a character may lean to a side

_DAMAGED = "PDF 已损坏或不完整；请用阅读器打开后另存，或重新下载 (damaged PDF: open and save it again)"
_ENCRYPTED = "PDF 有密码保护；请去掉密码后再试 (encrypted: take the password off and try again)"


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a PDF; ``scanned``: those, counted from 0, whose text is only in a picture."""

    pages: tuple[Page, ...]
    scanned: tuple[int, ...]
    removed: tuple[Removed, ...] = ()
    members: tuple[Member, ...] = ()
    warnings: tuple[str, ...] = ()


def is_pdf(data: bytes) -> bool:
    """Whether the bytes are those of a PDF, whole or cut short; a text may speak of PDF and is none."""
    found = _MAGIC.search(data[:_MAGIC_WITHIN])
    if found is None:
        return False
    return not data[: found.start()].removeprefix(b"\xef\xbb\xbf").strip() or not is_text(data)


def read(data: bytes) -> Document:
    """Read a PDF; of one whose pages are all pictures there are no blocks, only ``scanned``.

    Raises UnreadableError where it is encrypted, damaged or too big.
    """
    found = pages_of(data)
    blocks, margins = to_blocks(found.pages)
    removed = (*margins, *found.removed)
    if len(found.scanned) == len(found.pages):  # page numbers stamped on a scan
        numbers = [block for block in blocks if is_page_number(block.text)]
        removed = (*removed, *(Removed(block.text, PAGE_NUMBER) for block in numbers))
        blocks = tuple(block for block in blocks if block not in numbers)
    return Document(
        blocks, "pdf", warnings=found.warnings, removed=removed, members=found.members, scanned=found.scanned
    )


def pages_of(data: bytes) -> Pages:
    """The placed text of each page, as :func:`indexer.readers.layout.to_blocks` takes it."""
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            code = error.err_code
            locked = code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
            raise UnreadableError(_ENCRYPTED if locked else _DAMAGED) from error
        try:
            with contextlib.suppress(pypdfium2.PdfiumError):  # a damaged form: its fields as they are drawn
                document.init_forms()
            return _pages(document)
        finally:
            document.close()


def _pages(document: Any) -> Pages:
    count = len(document)
    if count > limits.MAX_PAGES:
        raise UnreadableError(
            f"PDF 有 {count} 页，超过 {limits.MAX_PAGES} 页的上限；请拆分后再试 (too many pages: split it)"
        )
    if not count:
        raise UnreadableError(_DAMAGED)
    pages: list[Page] = []
    scanned: list[int] = []
    broken: list[int] = []
    removed: list[Removed] = []
    characters = 0
    for index in range(count):
        try:
            placed, picture, size, others = _page(document, index, limits.MAX_CHARACTERS - characters)
        except pypdfium2.PdfiumError:
            broken.append(index)
            pages.append(Page(0, 0, ()))
            continue
        characters += size
        removed += others
        pages.append(placed)
        if picture:
            scanned.append(index)
    if len(broken) == count:
        raise UnreadableError(_DAMAGED)
    warnings = tuple(
        f"第 {index + 1} 页已损坏，没有读出 (page {index + 1} is damaged and was not read)"
        for index in broken
    )
    members = _attachments(document)
    return Pages(tuple(pages), tuple(scanned), tuple(dict.fromkeys(removed)), members, warnings)


def _attachments(document: Any) -> tuple[Member, ...]:
    """The files attached to the document as a whole."""
    total = 0
    members: list[Member] = []
    for index in range(min(document.count_attachments(), limits.MAX_MEMBERS)):
        try:
            attachment = document.get_attachment(index)
            name, data = attachment.get_name(), bytes(attachment.get_data())
        except (pypdfium2.PdfiumError, ValueError):
            continue  # named, but not there
        total += len(data)
        if total > limits.MAX_UNPACKED:
            raise UnreadableError("PDF 的附件太大；请取出后再试 (attachments too large: take them out)")
        members.append(Member(names.plain(name, f"附件{index + 1}.bin"), data))
    called = names.distinct([member.name for member in members])
    return tuple(Member(name, member.data) for name, member in zip(called, members, strict=True))


# -- one page --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Char:
    """A character: its place in the page's own space (y upwards), with the direction in which it is read."""

    text: str
    x: float
    y: float  # of the baseline
    end_x: float
    end_y: float
    size: float
    turn: int  # quarter turns, anticlockwise
    breaks: bool  # whether the PDF gives no text between it and the one before, but space or a new line


def _page(document: Any, index: int, most: int) -> tuple[Page, bool, int, list[Removed]]:
    """The page with its text turned upright, whether it is a picture, its characters, what is no text of it.

    Raises PdfiumError where it is damaged.
    """
    page = document[index]
    try:
        notes = _notes(page)
        if not notes:
            return _read(page, most, lambda: (_has_picture(page), _is_covered(page)))
        pictures = _has_picture(page), _is_covered(page)  # its own, before those of stamps come among them
        pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)  # what is drawn of notes becomes the page's
    finally:
        page.close()
    page = document[index]
    try:
        placed, picture, count, removed = _read(page, most, lambda: pictures)
    finally:
        page.close()
    seen = _bare("".join(run.text for run in placed.runs) + "".join(entry.text for entry in removed))
    removed += [note for note in notes if _bare(note.text) not in seen]
    return placed, picture, count, removed


def _read(
    page: Any, most: int, pictures: Callable[[], tuple[bool, bool]]
) -> tuple[Page, bool, int, list[Removed]]:
    """As :func:`_page`. ``pictures``: whether the page has such as may hold text, and is covered by them."""
    left, bottom, right, top = page.get_bbox()
    text = page.get_textpage()
    try:
        count = text.count_chars()
        if count > most:
            raise UnreadableError(
                f"PDF 的文字超过 {limits.MAX_CHARACTERS} 字的上限；请拆分后再试 (too much text: split it)"
            )
        chars, unmapped = _chars(text, count)
        unseen = count <= 2 * _FEW and _is_unseen(text, count)
    finally:
        text.close()
    if chars and unmapped > _MOST_UNMAPPED * len(chars):
        # A font that does not say what its shapes mean: only the picture tells.
        return Page(right - left, top - bottom, ()), True, count, []
    mark = "".join(
        (" " if char.breaks else "") + char.text for char in chars if char.turn == _SLANTED
    ).strip()
    chars = [char for char in chars if char.turn != _SLANTED]
    turns = Counter(char.turn for char in chars)
    turn = min(turns, key=lambda key: (-turns[key], key)) if turns else 0
    runs = tuple(_runs(chars, turn, (left, bottom, right, top)))
    width, height = (right - left, top - bottom) if turn % 2 == 0 else (top - bottom, right - left)
    content = "".join(run.text for run in runs).strip()
    if not content or is_page_number(content):
        picture = pictures()[0]
    else:
        picture = len(_bare(content)) <= _FEW and not unseen and pictures()[1]
    return Page(width, height, runs), picture, count, [Removed(mark, WATERMARK)] if mark else []


def _bare(text: str) -> str:
    return "".join(text.split())


def _is_unseen(text: Any, count: int) -> bool:
    """Whether any of the text is drawn so that it is only found, not seen: a scan that was read already."""
    for index in range(count):
        drawn = pdfium.FPDFText_GetTextObject(text, index)
        if drawn and pdfium.FPDFTextObj_GetTextRenderMode(drawn) == _INVISIBLE:
            return True
    return False


def _notes(page: Any) -> list[Removed]:
    """What annotations and form fields say, shown or not."""
    notes: list[Removed] = []
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), limits.MAX_MEMBERS)):
        note = pdfium.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(note)
            if kind in (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP):
                continue  # a pop-up shows what its annotation says
            if kind == pdfium.FPDF_ANNOT_WIDGET:
                notes.append(Removed(_answer(page, note), ANSWER))
            else:
                notes.append(Removed(_string(pdfium.FPDFAnnot_GetStringValue, note, b"Contents"), NOTE))
        finally:
            pdfium.FPDFPage_CloseAnnot(note)
    return notes


def _answer(page: Any, field: Any) -> str:
    """What a form field holds; "" of one that is ticked or pressed."""
    if page.formenv is None:
        return _string(pdfium.FPDFAnnot_GetStringValue, field, b"V")
    if pdfium.FPDFAnnot_GetFormFieldType(page.formenv, field) not in _WITH_TEXT:
        return ""
    return _string(pdfium.FPDFAnnot_GetFormFieldValue, page.formenv, field)


def _string(read: Callable[..., int], *arguments: Any) -> str:
    """What a function of PDFium gives as UTF-16, asked for its length first; tidied."""
    size = read(*arguments, None, 0)
    if not 2 < size <= 2 * limits.MAX_CHARACTERS:
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(*arguments, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    text = buffer.raw.decode("utf-16-le", "replace").rstrip("\0")
    return re.sub(r"\r\n?", "\n", text).strip()


def _is_covered(page: Any) -> bool:
    """Whether pictures cover the page, but for a margin."""
    left, bottom, right, top = page.get_bbox()
    wide, high = (right - left) / _GRID, (top - bottom) / _GRID
    covered: set[tuple[int, int]] = set()
    if wide <= 0 or high <= 0:
        return False
    for picture in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=_FORM_DEPTH):
        x1, y1, x2, y2 = _on_page(picture)
        columns = [i for i in range(_GRID) if x1 <= left + (i + 0.5) * wide <= x2]
        rows = [i for i in range(_GRID) if y1 <= bottom + (i + 0.5) * high <= y2]
        covered.update((column, row) for column in columns for row in rows)
        if len(covered) >= _WHOLE_PAGE * _GRID * _GRID:
            return True
    return False


def _on_page(picture: Any) -> tuple[float, float, float, float]:
    """The place of a picture on the page, through the forms that it is in."""
    x1, y1, x2, y2 = picture.get_bounds()
    form = picture.container
    while form is not None:
        m = form.get_matrix()
        corners = [(m.a * x + m.c * y + m.e, m.b * x + m.d * y + m.f) for x in (x1, x2) for y in (y1, y2)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        x1, y1, x2, y2 = min(xs), min(ys), max(xs), max(ys)
        form = form.container
    return x1, y1, x2, y2


def _has_picture(page: Any) -> bool:
    """Whether the pictures of a page cover enough of it for text; those in a form may be of any size."""
    left, bottom, right, top = page.get_bbox()
    least, covered = _LEAST_PICTURE * (right - left) * (top - bottom), 0.0
    for picture in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=_FORM_DEPTH):
        x1, y1, x2, y2 = picture.get_bounds()
        covered += least if picture.level else max(0.0, x2 - x1) * max(0.0, y2 - y1)
        if covered >= least:
            return True
    return False


def _chars(text: Any, count: int) -> tuple[list[_Char], int]:
    """The characters of a page in the order of the PDF, and how many of them the font gives no meaning."""
    chars: list[_Char] = []
    unmapped = 0
    breaks = True
    high = 0  # the first half of a character beyond the 65,536
    x, y, box, matrix = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    raw = text.raw
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        high = 0
        if pdfium.FPDFText_IsGenerated(raw, index) == 1 or code in (0x0D, 0x0A, 0x09):
            breaks = True
            continue
        if code in (0, 0xFFFD) or 0xE000 <= code < 0xF900 or code > 0x10FFFF:
            unmapped += 1
            if code in (0, 0xFFFD) or code > 0x10FFFF:
                code = 0xFFFD
        if code in (0x02, 0xFFFE):  # how PDFium tells a hyphen at a line's end
            code = 0xAD
        elif code < 0x20 or code == 0x7F:
            breaks = True
            continue
        pdfium.FPDFText_GetCharOrigin(raw, index, x, y)
        pdfium.FPDFText_GetLooseCharBox(raw, index, box)
        pdfium.FPDFText_GetMatrix(raw, index, matrix)
        size = pdfium.FPDFText_GetFontSize(raw, index)
        angle = math.atan2(matrix.b, matrix.a)
        turn = round(angle / _QUARTER) % 4
        slanted = abs(angle - round(angle / _QUARTER) * _QUARTER) > _UPRIGHT
        x1, y1 = ((box.left, y.value), (x.value, box.bottom), (box.right, y.value), (x.value, box.top))[turn]
        x2, y2 = ((box.right, y.value), (x.value, box.top), (box.left, y.value), (x.value, box.bottom))[turn]
        em = abs(size * math.hypot(matrix.c, matrix.d)) or abs(size)
        chars.append(_Char(chr(code), x1, y1, x2, y2, em, _SLANTED if slanted else turn, breaks))
        breaks = False
    return chars, unmapped


def _runs(chars: list[_Char], turn: int, box: tuple[float, float, float, float]) -> Iterator[Run]:
    """Characters that follow each other without a gap as one run, turned as most of the page's text is."""
    parts: list[str] = []
    place = [0.0, 0.0, 0.0, 0.0]
    size = 0.0
    before: tuple[_Char, float, float] | None = None  # with where it ends, upright
    for char in chars:
        x, y = _upright(char.x, char.y, turn, box)
        end_x, end_y = _upright(char.end_x, char.end_y, turn, box)
        em = char.size or 1.0
        if (
            before is None
            or char.breaks
            or char.turn != before[0].turn
            or abs(char.size - size) > 0.05 * max(char.size, size)
            or abs(y - before[2]) > 0.2 * em
            or not -0.6 * em < x - before[1] < 0.15 * em
        ):
            if parts:
                yield from _run(parts, place, size)
            parts, size = [], char.size
            place = [math.inf, math.inf, -math.inf, -math.inf]
        if char.text.isspace():
            # Between Chinese characters one that can hardly be seen is the program's, not the writer's.
            wide = abs(end_x - x) >= _WIDE_SPACE * em
            if not parts or (is_han(parts[-1]) and not wide):
                before = None if not parts else (char, end_x, end_y)
                continue
        parts.append(char.text)
        above, below = (_ASCENT * em, _DESCENT * em) if char.turn == turn else (0.0, 0.0)
        place = [
            min(place[0], x, end_x),
            min(place[1], y - above, end_y - above),
            max(place[2], x, end_x),
            max(place[3], y + below, end_y + below),
        ]
        before = (char, end_x, end_y)
    if parts:
        yield from _run(parts, place, size)


def _run(parts: list[str], place: list[float], size: float) -> Iterator[Run]:
    text = "".join(parts)
    if text.strip():
        left, top, right, bottom = place
        yield Run(text, left, top, right, bottom, size)


def _upright(x: float, y: float, turn: int, box: tuple[float, float, float, float]) -> tuple[float, float]:
    """A place on the page with text of ``turn`` quarter turns upright, from the upper left corner."""
    left, bottom, right, top = box
    if turn == 0:
        return x - left, top - y
    if turn == 1:
        return y - bottom, x - left
    if turn == 2:
        return right - x, y - bottom
    return top - y, right - x
