"""A report, arranged for reading, with the words that were searched for marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from indexer.analysis.dictionary import Lexicon
from indexer.exporting.citing import place, work
from indexer.model import FiledReport, FileEntry, Removed, Section, section_id
from indexer.ocr import NOTICE as OCR_NOTICE
from indexer.query.parser import parse
from indexer.snippets import runs_to_mark
from webui.added import as_shown, shown
from webui.marks import Marker, Piece
from webui.original import can_be_shown
from webui.tables import Paragraph, Table, with_tables
from webui.titles import phrases
from webui.wording import in_chinese

_DEEPEST = 5  # levels that look different
_PLACES = 300  # on the strip that can be told apart


@dataclass(frozen=True, slots=True)
class Copies:
    """How many other sections say the same, and where they stand."""

    count: int
    url: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section; ``anchor`` is its id, ``level`` 0 (no heading) to 5; chapters alone have a ``label``.

    ``path``: its heading with those above it, as it is cited. ``marks``: how many are in it.
    """

    anchor: str
    level: int
    plain_heading: str
    heading: tuple[Piece, ...]
    label: str
    path: str
    text: tuple[Paragraph | Table, ...]
    marks: int
    copies: Copies | None
    similar: str  # where texts like it are shown; "": it has no text


@dataclass(frozen=True, slots=True)
class Tick:
    """Marks that stand at one place of the strip: the first of them, how many, and where in thousandths."""

    mark: int
    count: int
    at: float


@dataclass(frozen=True, slots=True)
class OriginalView:
    """Where the file itself is. ``shown``: in the browser; "": browsers do not show such a file."""

    shown: str
    saved: str


@dataclass(frozen=True, slots=True)
class Citation:
    """How a passage is cited: ``work``, the headings above the passage, ``file``."""

    work: str
    file: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report; ``marks`` counts the marks on the whole page, numbered from 1."""

    report_id: str
    plain_title: str
    year: int | None
    title: tuple[tuple[Piece, ...], ...]  # in phrases
    meta: tuple[str, ...]
    file: str
    ordinal: int  # in its file; 0: it is the only one
    notice: str  # what is said of the whole text; "": nothing
    warnings: tuple[str, ...]  # what its file could not give as it is
    sections: tuple[SectionView, ...]
    removed: tuple[Removed, ...]
    marks: int
    ticks: tuple[Tick, ...]
    original: OriginalView
    citation: Citation

    @property
    def outline(self) -> tuple[SectionView, ...]:
        """The sections that have a heading."""
        return tuple(section for section in self.sections if section.heading)


class _Strip:
    """Notes where in the text each mark stands, as texts are marked one after the other."""

    def __init__(self, marker: Marker) -> None:
        self._marker = marker
        self._at: list[int] = []  # of each mark, in characters from the beginning
        self._characters = 0

    def __call__(self, text: str) -> tuple[Piece, ...]:
        pieces = self._marker(text)
        for piece in pieces:
            if piece.mark is not None:
                self._at.append(self._characters)
            self._characters += len(piece.text)
        return pieces

    def ticks(self) -> tuple[Tick, ...]:
        """The marks by their place; those that could not be told apart are one tick."""
        places: dict[int, list[int]] = {}
        for mark, at in enumerate(self._at, 1):
            places.setdefault(at * _PLACES // self._characters, []).append(mark)
        return tuple(
            Tick(marks[0], len(marks), round((place + 0.5) * 1000 / _PLACES, 1))
            for place, marks in places.items()
        )


def arrange(
    filed: FiledReport, query: str, entry: FileEntry, copies: Sequence[int] = (), *, lexicon: Lexicon
) -> ReportView:
    """The report with the words of ``query`` marked, and their synonyms of ``lexicon``.

    ``entry``: what is known of its file; ``copies``: how often each section is held, itself included.
    """
    report = filed.report
    marker = Marker(runs_to_mark(parse(query, lexicon)))
    strip = _Strip(marker)
    title = strip(report.title)
    sections = []
    for position, section in enumerate(report.sections):
        before = marker.count
        heading = strip(section.heading or "")
        paragraphs = tuple(strip(paragraph) for paragraph in section.paragraphs)
        place = section_id(filed.report_id, position)
        others = copies[position] - 1 if position < len(copies) else 0
        sections.append(
            SectionView(
                anchor=f"s{position}",
                level=min(section.level, _DEEPEST),
                plain_heading=section.heading or "",
                heading=heading,
                label=_label(section) if section.level == 1 else "",
                path=" › ".join(section.path),
                text=tuple(with_tables(paragraphs)),
                marks=marker.count - before,
                copies=Copies(others, url_for("pages.template_page", family=f"s-{place}"))
                if others
                else None,
                similar=url_for("pages.similar_page", to=place) if paragraphs else "",
            )
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
        year=report.year,
        title=phrases(title),
        meta=tuple(text for text in meta if text),
        file=shown(filed.file),
        ordinal=report.ordinal if entry.reports > 1 else 0,
        notice=in_chinese(OCR_NOTICE) if report.ocr else "",
        warnings=tuple(in_chinese(text) for text in entry.warnings if text != OCR_NOTICE),
        sections=tuple(sections),
        removed=report.removed,
        marks=marker.count,
        ticks=strip.ticks(),
        original=_original(filed.report_id, entry),
        citation=_citation(filed, entry),
    )


def _label(section: Section) -> str:
    """What a chapter is for and about which year, as far as that says anything."""
    known = (section.part if section.part != "其他" else "", f"{section.year} 年" if section.year else "")
    return " · ".join(text for text in known if text)


def _original(report: str, entry: FileEntry) -> OriginalView:
    shown = url_for("pages.original_file", report=report) if can_be_shown(entry) else ""
    return OriginalView(shown, url_for("pages.original_file", report=report, save=1))


def _citation(filed: FiledReport, entry: FileEntry) -> Citation:
    return Citation(work(filed.report), place(as_shown(filed), several=entry.reports > 1))
