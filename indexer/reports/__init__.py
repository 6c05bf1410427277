"""From the blocks of a file to its reports: clean, split, outline, years, classify.

:func:`understand` is the whole way. Every character of the blocks, white space aside, ends in a section, in
a title that is kept, or in a report's ``removed``.
"""

from __future__ import annotations

from dataclasses import replace

from indexer.model import Block, Document, Removed, Report
from indexer.reports.classify import find_kind, find_unit, label_sections
from indexer.reports.clean import clean
from indexer.reports.outline import build_sections
from indexer.reports.split import Chapter, split_chapters
from indexer.reports.years import find_plan_years, find_published, find_year, year_sections


def understand(document: Document, name: str) -> tuple[Report, ...]:
    """Return the reports of a document in reading order; none if it has no text.

    ``name`` (the file's name without its suffix) is the title of last resort.
    """
    lines, removed = clean(document.blocks)
    removed += document.removed
    if not lines and not removed:
        return ()
    chapters, outside = split_chapters(lines, name)
    reports = [_report(n, chapter) for n, chapter in enumerate(chapters, 1)]
    # What stands outside every report is listed with the nearest one: the first.
    extra = (*removed, *outside)
    if extra:
        reports[0] = replace(reports[0], removed=(*extra, *reports[0].removed))
    return tuple(reports)


def _report(ordinal: int, chapter: Chapter) -> Report:
    sections, head = build_sections(chapter.lines, chapter.title)
    year = find_year(chapter.title, sections)
    plan_years = find_plan_years(chapter.title, sections, year)
    sections = year_sections(label_sections(sections, chapter.title), year, plan_years)
    report = Report(ordinal, chapter.title, sections, year=year, plan_years=plan_years)
    report = replace(
        report,
        kind=find_kind(report),
        unit=find_unit(report),
        published=find_published(report),
    )
    marks = _format_marks(chapter.lines)
    return replace(report, removed=(*head, *marks))


def _format_marks(lines: tuple[Block, ...]) -> tuple[Removed, ...]:
    """The format's own signs (Markdown's ``##``), listed together."""
    marks = " ".join(line.mark for line in lines if line.mark)
    return (Removed(marks, "格式标记 (format marks)"),) if marks else ()
