"""Word documents of before 2007 (.doc, and .wps, which is one by another name).

Those of Word 97 to 2003 are read here, by :mod:`word97`; those of before, by :mod:`word6`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from indexer.errors import UnreadableError, UnsupportedError
from indexer.model import Block, Document, Removed
from indexer.readers import fields, unsupported, word6
from indexer.readers.compound import MAGIC, Compound
from indexer.readers.word97 import STORIES, DamagedError, Paragraph, Word97

_SHEETS = {"Workbook", "Book"}
_WORD = "WordDocument"
_MAGIC, _OLD_MAGIC = 0xA5EC, 0xA5DC  # of the file information block; the latter: Word 6 and 95
_WORD_97 = 0xC0  # version in it from which on it is laid out so
_ENCRYPTED = 0x0100  # flag in it


def is_doc(data: bytes) -> bool:
    """Whether the bytes are a compound file that no other reader is for.

    Presentations, messages and damaged containers count: reading them says what they are.
    """
    if not data.startswith(MAGIC):
        return False
    try:
        names = Compound(data).names
    except UnreadableError:
        return True
    return _WORD in names or not names & _SHEETS


def read(data: bytes) -> Document:
    """Read a legacy Word document: body, text boxes where they are anchored, notes at the end.

    Raises MissingExtraError for those of Word 6 and 95 where xberg is not installed.
    """
    container, old = _checked(data)
    if old:
        return Document(tuple(word6.blocks(data)), "doc")
    try:
        word = Word97(container)
        blocks = [*_body(word)]
        for name in ("footnotes", "endnotes"):
            blocks += _blocks(word.story(name))
        blocks += _blocks(word.loose_boxes())
        return Document(tuple(blocks), "doc", removed=tuple(_removed(word)))
    except DamagedError as error:
        raise UnreadableError(word6.DAMAGED) from error


def _checked(data: bytes) -> tuple[Compound, bool]:
    """The container, and whether it is one of Word 6 or 95.

    Raises where the file is no Word document that can be read, with what it is.
    """
    try:
        container = Compound(data)
    except UnreadableError as error:
        raise UnreadableError(word6.DAMAGED) from error
    if _WORD not in container.names:
        if reason := unsupported.of_compound(container.names):
            raise UnsupportedError(reason)
        if _SHEETS & container.names:
            raise UnsupportedError(
                "这是 Excel 表格，不是 Word 文件；请另存为 .xlsx (Excel: save it as .xlsx)"
            )
        raise UnsupportedError(
            "不是 Word 文件，也认不出是什么；请打开后另存为 .docx "
            "(a compound file without a Word document: open and save it as .docx)"
        )
    head = (container.stream(_WORD) or b"")[:32]
    if len(head) < 32:
        raise UnreadableError(word6.DAMAGED)
    magic, version, flags = struct.unpack_from("<HH6xH", head)
    if magic not in (_MAGIC, _OLD_MAGIC):
        raise UnreadableError(word6.DAMAGED)
    if flags & _ENCRYPTED:
        raise UnsupportedError(unsupported.ENCRYPTED)
    return container, magic == _OLD_MAGIC or version < _WORD_97


def _body(word: Word97) -> Iterator[Block]:
    """The body; text boxes behind the paragraph or the table row in which they are anchored."""
    cells = _Row()
    boxes: list[Block] = []
    for paragraph in word.story("body"):
        if cells.begun and not paragraph.in_table:
            yield from cells.end()
        if paragraph.in_table:
            yield from cells.add(paragraph)
        else:
            yield from _lines(paragraph)
        boxes += _blocks(word.boxes(paragraph.start, paragraph.end))
        if not cells.begun:
            yield from boxes
            boxes.clear()
    yield from cells.end()
    yield from boxes


def _blocks(paragraphs: Iterable[Paragraph]) -> Iterator[Block]:
    """The blocks of a story that is not the body."""
    cells = _Row()
    for paragraph in paragraphs:
        if cells.begun and not paragraph.in_table:
            yield from cells.end()
        yield from cells.add(paragraph) if paragraph.in_table else _lines(paragraph)
    yield from cells.end()


def _lines(paragraph: Paragraph) -> Iterator[Block]:
    for line in paragraph.text.split("\n"):
        if line.strip():
            yield Block(line, paragraph.style)


class _Row:
    """The table row that is being read: its cells, and the paragraphs of the one that is not yet ended.

    Tables within a cell are paragraphs of that cell.
    """

    def __init__(self) -> None:
        self._cells: list[str] = []
        self._lines: list[str] = []
        self.begun = False

    def add(self, paragraph: Paragraph) -> Iterator[Block]:
        """Take a paragraph, or what ends the row, which gives it."""
        if paragraph.ends_row:
            yield from self.end()
            return
        self.begun = True
        self._lines += paragraph.text.replace("\t", " ").split("\n")
        if paragraph.ends_cell:
            self._end_cell()

    def end(self) -> Iterator[Block]:
        """The row, unless it is empty."""
        if self._lines:
            self._end_cell()
        if any(self._cells):
            yield Block("\t".join(self._cells), "table")
        self._cells, self._lines, self.begun = [], [], False

    def _end_cell(self) -> None:
        lines = (line.strip() for line in self._lines)
        self._cells.append(" ".join(line for line in lines if line))
        self._lines = []


def _removed(word: Word97) -> Iterator[Removed]:
    """Headers and footers, each text once; comments; what is deleted or hidden, in whichever story."""
    margins = dict.fromkeys(
        block.text.strip() for name in ("headers", "header boxes") for block in _blocks(word.story(name))
    )
    yield from (Removed(text, "页眉页脚 (header or footer)") for text in margins)
    for block in _blocks(word.story("comments")):
        yield Removed(block.text.strip(), "批注 (comment)")
    deleted, hidden = "", []
    for name in STORIES:
        for paragraph in word.story(name):
            deleted += paragraph.deleted
            if paragraph.hidden.strip() and "header" not in name:
                hidden.append(paragraph.hidden.strip())
    if deleted.strip():
        yield Removed(deleted, "修订中删除的文字 (deleted by a tracked change)")
    yield from (Removed(text, fields.HIDDEN) for text in hidden)
    yield from word.unseen
