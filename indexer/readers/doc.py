"""Word documents of before 2007 (.doc, and .wps, which is one by another name): text by xberg.

Its text has no styles that can be relied on, so that headings are told by :mod:`word97`. Its table rows
stand one behind the other, in one paragraph with what follows the table:
``a TAB b TAB TAB c TAB d TAB TAB next paragraph``. They are put apart here.
"""

from __future__ import annotations

import asyncio
import re
import struct
from collections import deque
from collections.abc import Iterator
from typing import Any

from indexer.errors import MissingExtraError, UnreadableError, UnsupportedError
from indexer.model import Block, Document
from indexer.readers import limits, ole, word97

#: What else is a compound file: a name at its top, what it is, what to do.
_OTHERS = (
    (
        "PowerPoint Document",
        "旧版 PowerPoint 演示文稿",
        "可另存为 .docx 或 .txt",
        "PowerPoint: save its text as .docx",
    ),
    ("__properties_version1.0", "Outlook 邮件 (.msg)", "可另存为 .eml", "Outlook message: save it as .eml"),
    ("VisioDocument", "Visio 绘图", "可另存为 .pdf", "Visio drawing: save it as .pdf"),
    ("HwpSummaryInformation", "HWP 文档", "可另存为 .docx", "Hangul document: save it as .docx"),
    ("\x05HwpSummaryInformation", "HWP 文档", "可另存为 .docx", "Hangul document: save it as .docx"),
    ("MatOST", "Microsoft Works 文档", "可另存为 .docx", "Microsoft Works: save it as .docx"),
)
_SHEETS = {"Workbook", "Book"}
_ENCRYPTED_PACKAGE = "EncryptedPackage"  # a .docx or .xlsx under a password
_WORD = "WordDocument"
_MAGICS = {0xA5EC, 0xA5DC}  # of the file information block: Word 97 to 2003, Word 6 and 95
_ENCRYPTED = 0x0100  # flag in it
_DAMAGED = (
    "旧版 Word 文件已损坏或不完整；请用 Word 或 WPS 打开后另存为 .docx "
    "(damaged or truncated: open it in Word or WPS and save it as .docx)"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")


def is_doc(data: bytes) -> bool:
    """Whether the bytes are a compound file that no other reader is for.

    Presentations, messages and damaged containers count: reading them says what they are.
    """
    if not data.startswith(ole.MAGIC):
        return False
    try:
        names = ole.Compound(data).names
    except ole.DamagedError:
        return _ENCRYPTED_PACKAGE.encode("utf-16-le") not in data
    return _WORD in names or not (names & _SHEETS or _ENCRYPTED_PACKAGE in names)


def read(data: bytes) -> Document:
    """Read a legacy Word document. Raises MissingExtraError where xberg is not installed."""
    compound = _checked(data)
    text = _CONTROLS.sub("", _extracted(data))
    if len(text) > limits.MAX_CHARACTERS:
        raise UnreadableError(
            f"文字超过 {limits.MAX_CHARACTERS} 个；请拆分后再试 "
            f"(more than {limits.MAX_CHARACTERS} characters: split it)"
        )
    return Document(tuple(_styled(_blocks(text), word97.headings(compound))), "doc")


def _checked(data: bytes) -> ole.Compound:
    """The container. Raises where the file is no Word document that can be read, with what it is."""
    try:
        compound = ole.Compound(data)
    except ole.DamagedError as error:
        raise UnreadableError(_DAMAGED) from error
    if _WORD not in compound.names:
        for name, what, chinese, english in _OTHERS:
            if name in compound.names:
                raise UnsupportedError(f"不支持的格式：{what}；{chinese} ({english})")
        if _SHEETS & compound.names:
            raise UnsupportedError(
                "这是 Excel 表格，不是 Word 文件；请另存为 .xlsx (Excel: save it as .xlsx)"
            )
        raise UnsupportedError(
            "不是 Word 文件，也认不出是什么；请打开后另存为 .docx "
            "(a compound file without a Word document: open and save it as .docx)"
        )
    head = compound.stream(_WORD)[:32]
    if len(head) < 32:
        raise UnreadableError(_DAMAGED)
    magic, flags = struct.unpack_from("<H8xH", head)
    if magic not in _MAGICS:
        raise UnreadableError(_DAMAGED)
    if flags & _ENCRYPTED:
        raise UnreadableError(
            "文件有密码保护；请去掉密码后再试 (encrypted: take the password off and try again)"
        )
    return compound


def _extracted(data: bytes) -> str:
    try:
        import xberg
    except ImportError as error:
        raise MissingExtraError("旧版 Word 或 WPS 文件", "office") from error

    async def extract() -> Any:
        source = xberg.ExtractInput(
            kind=xberg.ExtractInputKind.BYTES, bytes=data, mime_type="application/msword"
        )
        return await xberg.extract(source, xberg.ExtractionConfig(use_cache=False, disable_ocr=True))

    try:
        results = asyncio.run(extract()).results
    except BaseException as error:
        # A panic of its Rust code is no Exception.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise UnreadableError(_DAMAGED) from error
        raise
    if not results:
        raise UnreadableError(_DAMAGED)
    return str(results[0].content)


def _blocks(text: str) -> Iterator[Block]:
    for line in text.split("\n"):
        *rows, rest = _rows(line)
        for row in rows:
            if any(row):
                yield Block("\t".join(row), "table")
        words = "\t".join(rest)
        if words.strip():
            yield Block(words)


def _styled(blocks: Iterator[Block], headings: list[tuple[str, str]]) -> Iterator[Block]:
    """The blocks, with the style of the heading that is next in order with their text."""
    places: dict[str, deque[tuple[int, str]]] = {}
    for place, (text, style) in enumerate(headings):
        places.setdefault(_compared(text), deque()).append((place, style))
    last = -1
    for block in blocks:
        waiting = places.get(_compared(block.text)) if not block.style else None
        while waiting and waiting[0][0] < last:
            waiting.popleft()
        if waiting:
            last, style = waiting.popleft()
            yield Block(block.text, style)
        else:
            yield block


def _compared(text: str) -> str:
    """What of a heading must be the same: all but white space."""
    return "".join(text.split())


def _rows(line: str) -> list[list[str]]:
    """The table rows that a line begins with, cells stripped, and what is behind them.

    A cell ends with a tab, and a row with one more. Cells may be empty, so that two tabs need not end a
    row: the number of columns is the smallest with which each of several rows ends where it must.
    """
    if "\t\t" not in line:
        return [[line]]
    pieces = line.split("\t")
    last = len(pieces) - 1
    for columns in range(1, last):
        width = columns + 1
        if last % width == 0 and last > width and not any(pieces[columns:last:width]):
            rows = [pieces[at : at + columns] for at in range(0, last, width)]
            return [*([cell.strip() for cell in row] for row in rows), [pieces[last]]]
    *texts, rest = line.split("\t\t")  # rows of unequal lengths: two tabs end one
    rows = [[cell.strip() for cell in row.split("\t")] for row in texts]
    if "\t" in rest and rest.count("\t") == len(rows[-1]) - 1:  # nothing follows the table
        rows.append([cell.strip() for cell in rest.split("\t")])
        rest = ""
    return [*rows, [rest]]
