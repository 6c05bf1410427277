"""A section of a report, to be read beside the results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, takewhile

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from indexer.errors import NotFoundError
from indexer.exporting.citing import source
from indexer.library import Library
from indexer.model import FiledReport, Section, split_section_id
from indexer.ocr import NOTICE as OCR_NOTICE
from indexer.query.parser import parse
from indexer.snippets import ends_clause, find_marks, runs_to_mark
from webui import results, wording
from webui.added import as_shown, shown
from webui.marks import Piece, cut
from webui.tables import Table, with_tables

_MOST = 6_000  # characters: a section may be a whole book
_NEAR = 160  # characters: a sentence that begins so far before a mark is shown from its beginning
_LEFT_OUT = "……"
_SENTENCE_ENDS = frozenset("。！？；!?;\n")

blueprint = Blueprint("preview", __name__)


@dataclass(frozen=True, slots=True)
class Line:
    """A heading or a paragraph."""

    heading: bool
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A section with its place; ``more``: the report has more of its text, before what is shown or behind."""

    section: str
    url: str
    title: tuple[Piece, ...]
    plain_title: str
    year: int | None
    unit: str | None
    parents: tuple[str, ...]
    file: str
    notice: str
    lines: tuple[Line | Table, ...]
    more: bool
    similar: str
    compare: str
    source: str  # as it is copied with the text


def of_section(library: Library, section_id: str, query: str, *, whole: bool = False) -> Preview | None:
    """The section with the words of ``query`` marked, its beginning or all of it; None where it is no longer
    there."""
    place = split_section_id(section_id)
    if place is None:
        return None
    report_id, position = place
    try:
        filed = library.report(report_id)
        entry = library.file(filed.file)
    except NotFoundError:
        return None
    if position >= len(filed.report.sections):
        return None
    section = filed.report.sections[position]
    runs = runs_to_mark(parse(query, library.lexicon.current()))
    texts = list(_texts(filed, position))
    if whole:
        lines, more = tuple(_line(heading, text, runs) for heading, text in texts), False
    else:
        lines, more = _lines(texts, runs)
    title = filed.report.title
    return Preview(
        section=section_id,
        url=results.place_of(report_id, position, query),
        title=cut(title, find_marks(title, runs)),
        plain_title=title,
        year=section.year,
        unit=filed.report.unit,
        parents=section.path[:-1],
        file=shown(filed.file),
        notice=wording.in_chinese(OCR_NOTICE) if filed.report.ocr else "",
        lines=tuple(_tabled(lines)),
        more=more,
        similar=url_for("pages.similar_page", to=section_id),
        compare=results.compare_url(section_id),
        source=source(as_shown(filed), section.path, several=entry.reports > 1),
    )


def _lines(texts: Sequence[tuple[bool, str]], runs: Sequence[str]) -> tuple[tuple[Line, ...], bool]:
    """What is shown of the headings and paragraphs of a section, and whether that is not all.

    Where its first mark would not be shown from the beginning, it begins at the paragraph before that, or at
    the sentence of the mark where paragraphs are too long; the section's own heading stands above that.
    """
    at, start = _beginning(texts, runs)
    lines = [_line(True, text[:_MOST], runs) for heading, text in texts[:1] if at and heading]
    left_out = at > len(lines)
    if left_out and not start:
        lines.append(Line(False, (Piece(_LEFT_OUT),)))
    room = _MOST
    for heading, text in texts[at:]:
        if room <= 0:
            return tuple(lines), True
        broken = len(text) > start + room
        shown = _LEFT_OUT * bool(start) + text[start : start + room] + _LEFT_OUT * broken
        lines.append(_line(heading, shown, runs))
        left_out = left_out or broken or start > 0
        room -= len(text) - start
        start = 0
    return tuple(lines), left_out


def _tabled(lines: Iterable[Line]) -> Iterator[Line | Table]:
    """The lines, with those that are rows as tables."""
    for heading, run in groupby(lines, key=lambda line: line.heading):
        if heading:
            yield from run
        else:
            for block in with_tables([line.pieces for line in run]):
                yield block if isinstance(block, Table) else Line(False, block)


def _line(heading: bool, text: str, runs: Sequence[str]) -> Line:
    return Line(heading, cut(text, find_marks(text, runs)))


def _beginning(texts: Sequence[tuple[bool, str]], runs: Sequence[str]) -> tuple[int, int]:
    """Which text is shown first, and from which character on."""
    before = 0  # characters
    for at, (heading, text) in enumerate(texts):
        # The section's own heading is always shown.
        marks = find_marks(text, runs) if at or not heading else ()
        if marks:
            start, end = marks[0]
            if before + end <= _MOST:
                return 0, 0
            if at and len(texts[at - 1][1]) + end <= _MOST:
                return at - 1, 0
            return at, 0 if end <= _MOST else _sentence(text, start)
        before += len(text)
    return 0, 0


def _sentence(text: str, at: int) -> int:
    """Where the sentence begins that ``at`` is in; where it is long, a clause a little before ``at``."""
    least = max(0, at - _NEAR)
    sentences = (n for n in range(at, least, -1) if text[n - 1] in _SENTENCE_ENDS)
    clauses = (n for n in range(least, at) if ends_clause(text, n))
    return next(chain(sentences, clauses), least)


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
    """A section as a piece of a page; with ``whole`` to its last character, however long it is."""
    library: Library = current_app.extensions["gaoku"]
    found = of_section(library, section, request.args.get("q", "").strip(), whole="whole" in request.args)
    html = render_template("preview.html", preview=found)
    kind = {"Content-Type": "text/html; charset=utf-8"}
    return html.encode("utf-8", "replace"), 200 if found else 404, kind
