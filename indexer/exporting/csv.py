"""Results as CSV: UTF-8 with a byte order mark, by which Excel knows it."""

from __future__ import annotations

import csv
import re
from io import TextIOWrapper
from typing import BinaryIO

from indexer.exporting.plain import clean
from indexer.exporting.rows import Results, Row

#: Also that in which a workbook has its columns.
COLUMNS = (
    "标题",
    "内容年份",
    "报告年份",
    "单位",
    "小标题",
    "命中处",
    "正文",
    "另有相同",
    "说明",
    "文件",
    "出处",
    "地址",
)

#: What a spreadsheet takes for the beginning of a formula, the wide forms of its signs included.
#: Some pass over what is white before them, or shows as nothing.
_FORMULA = re.compile(r"[\t\r\n]|[\s\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]")


def columns_of(found: Results) -> tuple[str, ...]:
    """The columns of what was found: the last only where rows have addresses."""
    return COLUMNS if found.addressed else COLUMNS[:-1]


def write(found: Results, target: BinaryIO) -> None:
    """Write results; the last line says where not all of them are there."""
    text = TextIOWrapper(target, "utf-8-sig", newline="", write_through=True)
    try:
        lines = csv.writer(text, lineterminator="\r\n")
        columns = columns_of(found)
        lines.writerow(columns)
        for row in found.rows:
            lines.writerow(map(_cell, _values(row)[: len(columns)]))
        if found.cut:
            lines.writerow([_cell(found.cut)])
    finally:
        text.detach()  # the target is the caller's


def _values(row: Row) -> tuple[str, ...]:
    return (
        row.title.text,
        str(row.year or ""),
        str(row.report_year or ""),
        row.unit,
        row.path.text,
        row.passage.text,
        row.text.text,
        str(row.copies or ""),
        row.notice,
        row.file,
        row.source,
        row.address,
    )


def _cell(text: str) -> str:
    """A cell that no spreadsheet reckons with: https://owasp.org/www-community/attacks/CSV_Injection."""
    text = clean(text)
    return f"'{text}" if _FORMULA.match(text) else text
