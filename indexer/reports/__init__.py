"""From the blocks of a file to its reports.

::

    blocks ─ packaging ─ repeats ─ rejoin ─ split ─┬─ outline ─ classify ─ years ──> Report
               │            │        │        │    └─ … one way a report
               └────────────┴────────┴────────┴──> removed, each with its reason

:func:`understand` is the whole way. Every character of the blocks, white space aside, ends in a section, in a
report's title or in a report's ``removed``: each stage hands on what it does not take out, and takes out
nothing without listing it. Text in Traditional characters goes through in Simplified ones and comes back as
it was written (:mod:`indexer.reports.script`).
"""

from __future__ import annotations

from dataclasses import replace
from operator import is_

from indexer.model import Block, Document, Removed, Report
from indexer.reports.classify import find_kind, find_unit, kind_of_text, kind_of_title, label_sections
from indexer.reports.outline import build_sections
from indexer.reports.packaging import take_off
from indexer.reports.rejoin import FORMAT_MARKS, rejoin
from indexer.reports.repeats import without_repeats
from indexer.reports.script import Written, simplified, simplified_blocks
from indexer.reports.split import Chapter, split_chapters
from indexer.reports.years import find_dateline, find_plan_years, find_year, page_date, year_sections

#: Changes whenever a rule may make something else of a file.
VERSION = "4"


def understand(document: Document, name: str) -> tuple[Report, ...]:
    """Return the reports of a document in reading order; none if it has no text.

    ``name`` (the file's name without its suffix) is the title of last resort.
    """
    blocks = simplified_blocks(document.blocks)
    title = simplified(name)
    if all(map(is_, blocks, document.blocks)) and title == name:
        return _understand(document, name)
    written = Written([*(b.whole for b in document.blocks), name])
    return written.reports(_understand(replace(document, blocks=blocks), title), document.removed)


def _understand(document: Document, name: str) -> tuple[Report, ...]:
    lines, packaging = take_off(list(document.blocks))
    lines, repeats = without_repeats(lines)
    lines, marks = rejoin(lines)
    outside = (*document.removed, *packaging, *repeats, *marks)
    if not lines and not outside:
        return ()
    chapters = split_chapters(lines, name)
    # A format that says when it was published is surer than a date that stands somewhere on the page.
    published = document.published or page_date(packaging) or page_date(chapters[0].removed)
    reports = [
        replace(_report(n, chapter, published), ocr=document.ocr) for n, chapter in enumerate(chapters, 1)
    ]
    # What stands outside every report is listed with the nearest one; it is known by the file alone.
    reports[0] = replace(reports[0], removed=(*outside, *reports[0].removed))
    return tuple(reports)


def _report(ordinal: int, chapter: Chapter, page: str | None) -> Report:
    title = chapter.title
    sections, colons = build_sections(tuple(line for line in chapter.lines if line.text))
    kind = kind_of_text(sections) or kind_of_title(title if chapter.telling else "")
    telling = title if chapter.telling else ""
    sections = label_sections(sections, telling, kind)
    dateline = find_dateline(sections)
    year = find_year(title if chapter.own_title else "", sections, dateline)
    plan_years = find_plan_years(title if chapter.own_title else "", sections, year)
    return Report(
        ordinal=ordinal,
        title=title,
        sections=year_sections(sections, year, plan_years),
        kind=find_kind(telling, sections),
        unit=find_unit(title if chapter.own_title else "", sections),
        year=year,
        plan_years=plan_years,
        published=dateline or page,
        removed=(*chapter.removed, *_format_marks(chapter.lines), *colons),
    )


def _format_marks(lines: tuple[Block, ...]) -> tuple[Removed, ...]:
    """The format's own signs (Markdown's ``##``), listed together."""
    marks = " ".join(line.mark for line in lines if line.mark)
    return (Removed(marks, FORMAT_MARKS),) if marks else ()
