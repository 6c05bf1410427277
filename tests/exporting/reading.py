"""Exports, read by the libraries that read their forms."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock

from indexer.exporting.csv import COLUMNS


@dataclass(frozen=True, slots=True)
class Read:
    """A passage as it was read: ``text`` has the signs ⟦ ⟧ round what is marked (CSV has no marks).

    ``about``: all that stands beside the text, in one.
    """

    title: str
    text: str
    about: str


@dataclass(frozen=True, slots=True)
class Export:
    """What was read; ``notes`` is all text that belongs to no passage."""

    rows: list[Read]
    notes: str


#: Columns of the forms that have some.
TEXT, NOTICE = COLUMNS.index("正文"), COLUMNS.index("说明")


def bare(text: str) -> str:
    """A text without white space: forms break lines in their own ways."""
    return "".join(text.split())


def _xlsx(content: bytes) -> Export:
    book = load_workbook(BytesIO(content), rich_text=True)
    sheet, about = book.worksheets
    rows: list[Read] = []
    notes = "".join(str(cell.value or "") for line in about for cell in line)
    for line in list(sheet.iter_rows())[1:]:
        assert all(cell.data_type != "f" for cell in line)
        assert all(cell.hyperlink is None for cell in line[:-1])
        values = [_rich(cell) for cell in line]
        if line[-1].hyperlink:
            assert values[-1] == "打开"
            values[-1] = line[-1].hyperlink.target or ""
        assert all(len(value.encode("utf-16-le")) // 2 <= 32_767 + 2_000 for value in values)
        if not any(values[1:]):
            notes += values[0]
        elif "（接上一行）" in values[NOTICE]:
            rows[-1] = Read(rows[-1].title, rows[-1].text + bare(values[TEXT]), rows[-1].about)
        else:
            beside = "".join([*values[1:TEXT], *values[TEXT + 1 :]])
            rows.append(Read(bare(_unmarked(values[0])), bare(values[TEXT]), bare(_unmarked(beside))))
    return Export(rows, bare(notes))


def _rich(cell: Any) -> str:
    value = cell.value
    if isinstance(value, CellRichText):
        return "".join(
            f"⟦{part.text}⟧" if isinstance(part, TextBlock) and part.font.b else str(part) for part in value
        )
    text = "" if value is None else str(value)
    return f"⟦{text}⟧" if text and cell.font.b else text


def _unmarked(text: str) -> str:
    return text.replace("⟦", "").replace("⟧", "")


def _csv(content: bytes) -> Export:
    assert content.startswith(b"\xef\xbb\xbf")
    _, *lines = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""))
    assert all(not cell.startswith(tuple("=+-@\t\r＝＋－＠")) for line in lines for cell in line)
    plain = [[re.sub(r"^'(?=[=+\-@\t\r\n＝＋－＠])", "", cell) for cell in line] for line in lines]
    rows = [
        Read(bare(line[0]), bare(line[TEXT]), bare("".join([*line[1:TEXT], *line[TEXT + 1 :]])))
        for line in plain
        if len(line) > 1
    ]
    return Export(rows, bare("".join(line[0] for line in plain if len(line) == 1)))


def _docx(content: bytes) -> Export:
    rows: list[Read] = []
    notes = ""
    for block in Document(BytesIO(content)).iter_inner_content():
        if isinstance(block, Paragraph) and block.style is not None and block.style.name == "Heading 1":
            title = re.sub(r"^\d+\. ", "", block.text)
            rows.append(Read(bare(title), "", ""))
            continue
        text = bare("".join(_runs(block)))
        if isinstance(block, Paragraph):
            text += "".join(link.address for link in block.hyperlinks)
        if not rows:
            notes += _unmarked(text)
        elif isinstance(block, Table) or block._p.xpath("w:pPr/w:ind"):
            rows[-1] = Read(rows[-1].title, rows[-1].text + text, rows[-1].about)
        else:
            rows[-1] = Read(rows[-1].title, rows[-1].text, rows[-1].about + _unmarked(text))
    return Export(rows, notes)


def _runs(block: Paragraph | Table) -> Iterator[str]:
    if isinstance(block, Table):
        for row in block.rows:
            for cell in row.cells:
                for paragraph in cell.paragraphs:
                    yield from _runs(paragraph)
        return
    for run in block.runs:
        yield f"⟦{run.text}⟧" if run.font.highlight_color is not None else run.text


def _markdown(content: bytes) -> Export:
    head, *sections = re.split(r"^## \d+\. ", content.decode("utf-8"), flags=re.MULTILINE)
    rows = []
    for section in sections:
        title, _, rest = section.partition("\n")
        rows.append(Read(bare(_unmarked(_plain(title))), bare(_plain(rest)), bare(_unmarked(_plain(rest)))))
    return Export(rows, bare(_plain(head)))


def _plain(text: str) -> str:
    """Markdown as it is shown, as far as we write it."""
    text = re.sub(r"^\|(?: --- \|)+$", "", text, flags=re.MULTILINE)
    text = re.sub(r"(?<!\\)\|", "", text)
    text = re.sub(r"(?<!\\)\*\*((?:\\.|[^*\\])+)\*\*", r"⟦\1⟧", text)
    return re.sub(r"\\([\\`*_\[\]<>|~&$#+=.)-])", r"\1", text)


#: By ending.
READERS: Mapping[str, Callable[[bytes], Export]] = {
    "xlsx": _xlsx,
    "csv": _csv,
    "docx": _docx,
    "md": _markdown,
}
