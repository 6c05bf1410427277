"""What is right: a plain count over the generated text, by no code of the engine's.

Runs of the questions consist of Chinese characters that normalising leaves as they are, and signs, figures
or ends of lines stand between those of the text, so that a run is looked for in the text as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from benchmarks.million.questions import Question
from benchmarks.million.text import Filed
from indexer.engines.base import Facets, Found
from indexer.file_types import file_type
from indexer.model import Report, Section

#: How many sections match, (``total``, ""), and how many of them have each value, as (``year``, 2020).
Counted = Counter[tuple[str, object]]


def count(files: Iterable[Filed], questions: Sequence[Question]) -> list[Counted]:
    """The right answer to each question where these files are all."""
    found = [Counted() for _ in questions]
    for entry, reports in files:
        for report in reports:
            for position, section in enumerate(report.sections):
                lines = "\n".join((section.heading or "", *section.paragraphs))
                values: list[tuple[str, object]] | None = None
                for question, counted in zip(questions, found, strict=True):
                    if _holds(question, lines, report, position) and _passes(question, section):
                        values = values or _values(section, report, file_type(entry.format))
                        counted.update(values)
    return found


def told(found: Found) -> Counted:
    """The engine's answer in the same form."""
    counts: Mapping[str, Iterable[tuple[object, int]]] = {
        f.name: getattr(found.facets, f.name) for f in fields(Facets)
    }
    told = Counted({("total", ""): found.total})
    for name, of_values in counts.items():
        told.update({(name, value): number for value, number in of_values})
    return told


def differences(
    questions: Sequence[Question], told: Sequence[Counted], right: Sequence[Counted]
) -> list[str]:
    """A line for each question that was not answered right."""
    lines = []
    for question, one, other in zip(questions, told, right, strict=True):
        wrong = [
            f"{name} {value}: {one[name, value]}, not {other[name, value]}".replace("total :", "total:")
            for name, value in sorted(one | other, key=str)
            if one[name, value] != other[name, value]
        ]
        if wrong:
            within = f" {question.years} {question.part}" if question.years else ""
            lines.append(f"{question.query}{within}: {'; '.join(wrong[:4])}")
    return lines


def _holds(question: Question, lines: str, report: Report, position: int) -> bool:
    """A word may stand in the report's title, too; a phrase for its first section."""
    title = report.title if not question.phrase or position == 0 else ""
    return all(run in lines or run in title for run in question.runs)


def _passes(question: Question, section: Section) -> bool:
    if question.years is not None:
        first, last = question.years
        if section.year is None or not first <= section.year <= last:
            return False
    return question.part in (None, section.part)


def _values(section: Section, report: Report, kind: str) -> list[tuple[str, object]]:
    values: Mapping[str, object] = {
        "year": section.year,
        "part": section.part,
        "topic": section.topic,
        "unit": report.unit,
        "format": kind,
    }
    return [("total", ""), *((name, value) for name, value in values.items() if value is not None)]
