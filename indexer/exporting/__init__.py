"""Results and reports as files to work on: one list of rows, written in several forms.

::

    rows.py      a question -> the rows, whole passages with their marks and sources
    report.py    a report and its source
    citing.py    how a report and a passage are cited
    glance.py    the passage of a row by which one sees what was found
    links.py     which addresses are links, and whom they lead to
    marked.py    text with marks: pieces, cells, tables
    xlsx.py, csv.py, docx.py, markdown.py   the forms, one module each
    word.py      what all Word documents of ours share     plain.py  text that a file may hold

Of ten thousand passages no text is kept longer than it takes to write it, but what a form's own buffers hold:
what stays are the hits, a record of each report without its text, the links and the heights of the rows.
The same answer gives the same file, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from indexer.atomic import replacing
from indexer.errors import UsageError
from indexer.exporting import csv, docx, markdown, xlsx
from indexer.exporting.report import CleanReport
from indexer.exporting.rows import MOST, AbandonedError, Cite, Locate, Results, Row, ShownIn, export
from indexer.library import Library
from indexer.search import Question

__all__ = [
    "FORMS",
    "MOST",
    "REPORT_FORMS",
    "AbandonedError",
    "Cite",
    "CleanReport",
    "Form",
    "Locate",
    "ReportForm",
    "Results",
    "Row",
    "ShownIn",
    "Written",
    "export",
    "form_of",
    "save",
    "write_to",
]

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Form:
    """A form that results are written in; ``media_type`` is what browsers are told."""

    name: str  # as people call it
    media_type: str
    write: Callable[[Results, BinaryIO], None]


@dataclass(frozen=True, slots=True)
class ReportForm:
    """A form that a report is written in."""

    name: str
    media_type: str
    write: Callable[[CleanReport, BinaryIO], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What came of an export: so many passages. ``relaxed``: nothing matches whole, these match in part."""

    count: int
    relaxed: bool


#: By the ending of the file's name, in the order in which they are offered.
FORMS: Mapping[str, Form] = {
    "xlsx": Form("Excel", _SHEET, xlsx.write),
    "csv": Form("CSV", "text/csv", csv.write),
    "docx": Form("Word", _WORD, docx.write),
    "md": Form("Markdown", "text/markdown", markdown.write),
}
REPORT_FORMS: Mapping[str, ReportForm] = {
    "docx": ReportForm("Word", _WORD, docx.write_report),
    "md": ReportForm("Markdown", "text/markdown", markdown.write_report),
}


def form_of(path: Path) -> Form:
    """The form that a file's name asks for. Raises UsageError."""
    form = FORMS.get(path.suffix.lower().removeprefix("."))
    if form is None:
        endings = ", ".join(f".{ending}" for ending in FORMS)
        raise UsageError(f"results are written as one of {endings}, not as {path.name}")
    return form


def write_to(
    target: BinaryIO,
    form: Form,
    library: Library,
    question: Question,
    *,
    name: str,
    cite: Cite,
    locate: Locate | None,
    shown_in: ShownIn,
    wanted: Callable[[], bool] = lambda: True,
) -> Written:
    """Write the answer to a question to an empty file that is open for reading and writing.

    Raises IndexStateError, OSError, and AbandonedError once it is not ``wanted`` any more."""
    done = Written(0, False)

    def write(found: Results) -> None:
        nonlocal done
        form.write(found, target)
        done = Written(min(found.shown, found.most), found.relaxed)

    export(library, question, write, name=name, cite=cite, locate=locate, shown_in=shown_in, wanted=wanted)
    return done


def save(
    path: Path, library: Library, question: Question, *, name: str, cite: Cite, shown_in: ShownIn
) -> Written:
    """Write the answer to a question as what the file's name says, without addresses. An existing file is
    replaced whole or not at all.

    Raises UsageError, IndexStateError, and OSError with the file's own name.
    """
    form = form_of(path)
    try:
        with replacing(path) as target:
            return write_to(
                target, form, library, question, name=name, cite=cite, locate=None, shown_in=shown_in
            )
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
