"""Where a text is from, as it is told beside it: title, year, unit, headings, file."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from indexer.model import FiledReport, FiledSection
from webui import wording
from webui.added import shown


@dataclass(frozen=True, slots=True)
class Side:
    """Where a text is from; ``detail`` is its place in the report, ``file`` what tells equal titles apart."""

    title: str
    detail: str
    url: str
    year: int | None = None
    unit: str = ""
    file: str = ""


def side_of(filed: FiledReport, position: int | None) -> Side:
    """A report, or its section at a position."""
    report = filed.report
    if position is None:
        return _side(filed.report_id, None, None, report.title, report.year, report.unit, filed.file)
    section = report.sections[position]
    return _side(filed.report_id, position, section.path, report.title, section.year, report.unit, filed.file)


def side_of_hit(filed: FiledSection) -> Side:
    """A section that was found."""
    path, year = filed.section.path, filed.section.year
    return _side(filed.report_id, filed.position, path, filed.title, year, filed.unit, filed.file)


def _side(
    report: str,
    position: int | None,
    path: tuple[str, ...] | None,
    title: str,
    year: int | None,
    unit: str | None,
    file: str,
) -> Side:
    url = url_for("pages.report_page", report=report)
    detail = " › ".join(path or ()) or wording.place_without_heading(None if path is None else "")
    url = url if position is None else f"{url}#s{position}"
    return Side(title, detail, url, year, unit or "", shown(file))
