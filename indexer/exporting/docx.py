"""Results and reports as Word documents."""

from __future__ import annotations

from typing import BinaryIO

from indexer.exporting.marked import Marked, joined, with_tables
from indexer.exporting.report import CleanReport
from indexer.exporting.rows import Results
from indexer.exporting.word import write_blocks, written


def write(found: Results, target: BinaryIO) -> None:
    """Write results: each passage under the title of its report, with its source."""
    with written(target, found.name, header=found.name) as body:
        body.title(found.name)
        for note in found.notes:
            body.small(Marked(note))
        for row in found.rows:
            body.heading(joined("", (Marked(f"{row.number}. "), row.heading)), 1)
            if row.about.text:
                body.small(row.about)
            write_blocks(body, with_tables(row.paragraphs))
            for line in (row.source, row.notice, "" if row.link else row.address):
                if line:
                    body.small(Marked(line))
            if row.link:
                body.link("在稿库中打开", row.link)
        if found.cut:
            body.small(Marked(found.cut))


def write_report(clean: CleanReport, target: BinaryIO) -> None:
    """Write a report: its text with its headings, and its source behind it."""
    report = clean.report
    with written(target, report.title) as body:
        body.title(report.title)
        for section in report.sections:
            if section.heading:
                body.heading(Marked(section.heading), max(section.level, 1))
            write_blocks(body, with_tables([Marked(text) for text in section.paragraphs]))
        for note in clean.notes:
            body.small(Marked(note))
