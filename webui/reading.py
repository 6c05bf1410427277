"""A report, arranged for reading, with the words that were searched for marked."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.model import FiledReport, Removed, Section
from indexer.ocr import NOTICE as OCR_NOTICE
from indexer.query.parser import parse
from indexer.snippets import runs_to_mark
from webui.marks import Marker, Piece
from webui.wording import in_chinese

_DEEPEST = 5  # levels that look different


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section; ``anchor`` is its id, ``level`` 0 (no heading) to 5; chapters alone have a ``label``."""

    anchor: str
    level: int
    plain_heading: str
    heading: tuple[Piece, ...]
    label: str
    paragraphs: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report; ``marks`` counts the marks on the whole page, numbered from 1."""

    report_id: str
    plain_title: str
    title: tuple[Piece, ...]
    meta: tuple[str, ...]
    file: str
    ordinal: int
    notice: str  # what is said of the whole text; "": nothing
    sections: tuple[SectionView, ...]
    removed: tuple[Removed, ...]
    marks: int

    @property
    def outline(self) -> tuple[SectionView, ...]:
        """The sections that have a heading."""
        return tuple(section for section in self.sections if section.heading)


def _label(section: Section) -> str:
    """What a chapter is for and about which year, as far as that says anything."""
    known = (section.part if section.part != "其他" else "", f"{section.year} 年" if section.year else "")
    return " · ".join(text for text in known if text)


def arrange(filed: FiledReport, query: str) -> ReportView:
    """The report with the words of ``query`` marked."""
    report = filed.report
    marker = Marker(runs_to_mark(parse(query)))
    title = marker(report.title)
    sections = tuple(
        SectionView(
            anchor=f"s{position}",
            level=min(section.level, _DEEPEST),
            plain_heading=section.heading or "",
            heading=marker(section.heading or ""),
            label=_label(section) if section.level == 1 else "",
            paragraphs=tuple(marker(paragraph) for paragraph in section.paragraphs),
        )
        for position, section in enumerate(report.sections)
    )
    meta = (
        f"{report.year} 年" if report.year else "",
        report.kind,
        report.unit or "",
        f"计划 {'、'.join(map(str, report.plan_years))} 年" if report.plan_years else "",
        f"{report.published} 发布" if report.published else "",
    )
    return ReportView(
        report_id=filed.report_id,
        plain_title=report.title,
        title=title,
        meta=tuple(text for text in meta if text),
        file=filed.file,
        ordinal=report.ordinal,
        notice=in_chinese(OCR_NOTICE) if report.ocr else "",
        sections=sections,
        removed=report.removed,
        marks=marker.count,
    )
