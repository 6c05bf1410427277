"""Word documents of before 1997 (Word 6 and 95): text by xberg, without styles.

Table rows stand one behind the other in its text, in one paragraph with what follows the table:
``a TAB b TAB TAB c TAB d TAB TAB next paragraph``. They are put apart here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

from indexer.errors import MissingExtraError, UnreadableError
from indexer.model import Block
from indexer.readers import limits

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")
#: Byte of each character of Windows-1252 that is not the same in Latin 1.
_BYTES = {c: n for n in range(0x80, 0xA0) if (c := bytes((n,)).decode("cp1252", "ignore"))}
_NOT_READ = (
    "Word 6 或 95 的文件，读不出文字；请用 Word 或 WPS 打开后另存为 .docx "
    "(Word 6 or 95, whose text could not be read: open it in Word or WPS and save it as .docx)"
)
DAMAGED = (
    "旧版 Word 文件已损坏或不完整；请用 Word 或 WPS 打开后另存为 .docx "
    "(damaged or truncated: open it in Word or WPS and save it as .docx)"
)


def blocks(data: bytes) -> Iterator[Block]:
    """The paragraphs and table rows. Raises MissingExtraError where xberg is not installed."""
    text = _CONTROLS.sub("", _chinese(_extracted(data)))
    if not text.strip():
        raise UnreadableError(_NOT_READ)
    if len(text) > limits.MAX_CHARACTERS:
        raise UnreadableError(
            f"文字超过 {limits.MAX_CHARACTERS} 个；请拆分后再试 "
            f"(more than {limits.MAX_CHARACTERS} characters: split it)"
        )
    for line in text.split("\n"):
        *rows, rest = _rows(line)
        for row in rows:
            if any(row):
                yield Block("\t".join(row), "table")
        words = "\t".join(rest)
        if words.strip():
            yield Block(words)


def _chinese(text: str) -> str:
    """What the text says. Its bytes are in GBK, and xberg takes them for Windows-1252."""
    if text.isascii():
        return text
    try:
        return bytes(_BYTES.get(c) or ord(c) for c in text).decode("gb18030")
    except ValueError as error:  # another language, or not its text
        raise UnreadableError(_NOT_READ) from error


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
            raise UnreadableError(DAMAGED) from error
        raise
    if not results:
        raise UnreadableError(DAMAGED)
    return str(results[0].content)


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
