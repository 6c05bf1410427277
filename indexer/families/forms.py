"""The template forms of all texts, one behind the other, as one array that shingles are cut from.

A *unit* is what is compared: a paragraph, a section or a report, each a stretch of the array, for the text of
a section is its paragraphs joined, and that of a report all its paragraphs::

    paragraphs  |----|--|---|------|--|-----|
    sections    |-------|---|------|--------|
    reports     |-----------|---------------|
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from indexer.analysis.template_form import template_form
from indexer.model import Report
from indexer.stretches import Ints

Level: TypeAlias = Literal["paragraph", "section", "report"]
LEVELS: tuple[Level, ...] = ("paragraph", "section", "report")
SHINGLE = 3  # characters
#: Units that are shorter in template form are not compared.
LEAST = {"paragraph": 20, "section": 20, "report": 200}

_BITS = 21  # of a code point


@dataclass(frozen=True, slots=True)
class Forms:
    """``codes[i]``: the shingle that begins at character i of all forms together, three code points in one
    number. ``starts[level]``: where each unit of the level begins, and at last where the last one ends.
    ``counts[level]``: how many characters each unit has in the original. ``sections`` and ``reports``: where
    each begins among the paragraphs and among the sections, and at last where the last one ends.
    """

    codes: Ints
    starts: dict[Level, Ints]
    counts: dict[Level, Ints]
    sections: Ints
    reports: Ints

    def long_enough(self, level: Level) -> Ints:
        """The units of a level that are compared, ascending."""
        return np.flatnonzero(np.diff(self.starts[level]) >= LEAST[level])

    def shingles(self, level: Level, unit: int) -> Ints:
        """The shingles of a unit, in order, repeated ones repeated."""
        start, end = self.starts[level][unit : unit + 2].tolist()
        return self.codes[start : max(start, end - SHINGLE + 1)]


def make_forms(reports: Iterable[Report]) -> Forms:
    """The forms of all reports, in the order given."""
    texts: list[str] = []
    lengths: list[int] = []
    counts: list[int] = []
    sections, begins = [0], [0]  # of reports: among the sections
    for report in reports:
        for section in report.sections:
            for paragraph in section.paragraphs:
                form = template_form(paragraph)
                texts.append(form)
                lengths.append(len(form))
                counts.append(len(paragraph))
            sections.append(len(texts))
        begins.append(len(sections) - 1)
    paragraph_starts = np.concatenate([[0], np.cumsum(np.array(lengths, dtype=np.int64))])
    paragraph_counts = np.concatenate([[0], np.cumsum(np.array(counts, dtype=np.int64))])
    starts: dict[Level, Ints] = {"paragraph": paragraph_starts}
    totals: dict[Level, Ints] = {"paragraph": np.diff(paragraph_counts)}
    section_places, report_places = np.array(sections), np.array(begins)
    places: dict[Level, Ints] = {"section": section_places, "report": section_places[report_places]}
    for level, at in places.items():
        starts[level] = paragraph_starts[at]
        totals[level] = np.diff(paragraph_counts[at])
    return Forms(shingle_codes("".join(texts)), starts, totals, section_places, report_places)


def shingle_codes(form: str) -> Ints:
    """The shingle at each character of a form; the last two characters begin none."""
    points = np.frombuffer(form.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    if len(points) < SHINGLE:
        return np.array([], dtype=np.int64)
    codes = points[:-2].astype(np.int64)  # all texts of an index may be in it: one array, changed in place
    for following in (points[1:-1], points[2:]):
        codes <<= _BITS
        codes |= following
    return codes
