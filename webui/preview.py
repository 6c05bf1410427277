"""A section of a report, to be read beside the results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from indexer.errors import NotFoundError
from indexer.library import Library
from indexer.model import FiledReport, Section, split_section_id
from indexer.ocr import NOTICE as OCR_NOTICE
from indexer.query.parser import parse
from indexer.snippets import find_marks, runs_to_mark
from webui import results, wording
from webui.marks import Piece, cut

_MOST = 6_000  # characters: a section may be a whole book

blueprint = Blueprint("preview", __name__)


@dataclass(frozen=True, slots=True)
class Line:
    """A heading or a paragraph."""

    heading: bool
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A section with its place; ``more``: its text goes on in the report."""

    section: str
    url: str
    title: tuple[Piece, ...]
    plain_title: str
    year: int | None
    unit: str | None
    parents: tuple[str, ...]
    file: str
    notice: str
    lines: tuple[Line, ...]
    more: bool
    similar: str
    compare: str
    source: str


def of_section(library: Library, section_id: str, query: str) -> Preview | None:
    """The section with the words of ``query`` marked; None where it is no longer there."""
    place = split_section_id(section_id)
    if place is None:
        return None
    report_id, position = place
    try:
        filed = library.report(report_id)
    except NotFoundError:
        return None
    if position >= len(filed.report.sections):
        return None
    section = filed.report.sections[position]
    runs = runs_to_mark(parse(query, library.lexicon.current()))
    lines, more = [], False
    room = _MOST
    for heading, text in _texts(filed, position):
        if room <= 0:
            more = True
            break
        more = len(text) > room
        shown = text[:room] + ("……" if more else "")
        lines.append(Line(heading, cut(shown, find_marks(shown, runs))))
        room -= len(text)
    title = filed.report.title
    return Preview(
        section=section_id,
        url=results.place_of(report_id, position, query),
        title=cut(title, find_marks(title, runs)),
        plain_title=title,
        year=section.year,
        unit=filed.report.unit,
        parents=section.path[:-1],
        file=filed.file,
        notice=wording.in_chinese(OCR_NOTICE) if filed.report.ocr else "",
        lines=tuple(lines),
        more=more,
        similar=url_for("pages.similar_page", to=section_id),
        compare=results.compare_url(section_id),
        source=wording.source(title, section.path, filed.file, filed.report.ordinal),
    )


def _texts(filed: FiledReport, position: int) -> Iterator[tuple[bool, str]]:
    """Headings (True) and paragraphs of a section; of one without text, those of what stands beneath it."""
    first, *following = filed.report.sections[position:]
    yield from _own(first)
    if not first.paragraphs and first.heading:
        for section in takewhile(lambda below: below.level > first.level, following):
            yield from _own(section)


def _own(section: Section) -> Iterator[tuple[bool, str]]:
    if section.heading:
        yield True, section.heading
    for paragraph in section.paragraphs:
        yield False, paragraph


@blueprint.get("/preview/<section>")
def show(section: str) -> ResponseReturnValue:
    """A section as a piece of a page."""
    library: Library = current_app.extensions["gaoku"]
    found = of_section(library, section, request.args.get("q", "").strip())
    html = render_template("preview.html", preview=found)
    kind = {"Content-Type": "text/html; charset=utf-8"}
    return html.encode("utf-8", "replace"), 200 if found else 404, kind
