"""Results and reports as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from typing import BinaryIO

from indexer.exporting.marked import Marked, Table, with_tables
from indexer.exporting.plain import escaped, line_begun, markdown_line
from indexer.exporting.report import CleanReport
from indexer.exporting.rows import Results

_DEEPEST = 6
_SPACE = re.compile(r"\s+")
#: What may stand next to the signs of bold: beside others, Markdown shows the signs themselves.
_EDGES = re.compile(r"[^\W_](?:.*[^\W_])?", re.DOTALL)


def write(found: Results, target: BinaryIO) -> None:
    """Write results: each passage under the title of its report, with its source."""
    _write(_result_lines(found), target)


def write_report(clean: CleanReport, target: BinaryIO) -> None:
    """Write a report: its text with its headings, and its source behind it."""
    _write(_report_lines(clean), target)


def _write(blocks: Iterable[str], target: BinaryIO) -> None:
    text = TextIOWrapper(target, "utf-8", newline="\n", write_through=True)
    try:
        for n, block in enumerate(blocks):
            text.write(f"\n{block}\n" if n else f"{block}\n")
    finally:
        text.detach()  # the target is the caller's


def _result_lines(found: Results) -> Iterator[str]:
    yield f"# {markdown_line(found.name)}"
    yield from map(markdown_line, found.notes)
    for row in found.rows:
        yield f"## {row.number}. {_line(row.heading)}"
        if row.about.text:
            yield _line(row.about)
        yield from map(_block, with_tables(row.paragraphs))
        yield markdown_line(row.source)
        if row.notice:
            yield markdown_line(row.notice)
        if row.address:
            yield f"<{row.link}>" if row.link else markdown_line(row.address)
    if found.cut:
        yield markdown_line(found.cut)


def _report_lines(clean: CleanReport) -> Iterator[str]:
    report = clean.report
    yield f"# {markdown_line(report.title)}"
    for section in report.sections:
        if section.heading:
            yield f"{'#' * min(max(section.level, 1) + 1, _DEEPEST)} {markdown_line(section.heading)}"
        yield from map(_block, with_tables([Marked(text) for text in section.paragraphs]))
    yield from map(markdown_line, clean.notes)


def _block(block: Marked | Table) -> str:
    if isinstance(block, Marked):
        return _line(block)
    head, *rows = [f"| {' | '.join(map(_line, row))} |" for row in block]
    return "\n".join([head, "|" + " --- |" * len(block[0]), *rows])


def _line(marked: Marked) -> str:
    """A text on one line, its marks bold."""
    text = ""
    for piece, mark in marked.pieces():
        shown = _SPACE.sub(" ", piece)
        inner = _EDGES.search(shown) if mark else None
        if inner is None:
            text += escaped(shown)
        else:
            before, behind = shown[: inner.start()], shown[inner.end() :]
            text += f"{escaped(before)}**{escaped(inner.group())}**{escaped(behind)}"
    return line_begun(text.strip())
