"""Past texts like a given one: by shared text first, by subject second.

Candidates are found by the shingles of the template form, weighed by how rare they are: those of the text as
a whole, those of each stretch of it (a short passage copied into a long draft is lost in the whole), and the
sections that use its telling words. Each candidate is then looked at closely. What counts is

* how much of the text it has, leaving out what it has in scraps: a few characters in a row that any report
  has, but a clause in which a word was changed still counts;
* how much of the text it has as it stands, with the same figures and signs;
* the longest passage: one that is copied whole tells more than as many phrases here and there.

A candidate that has no sentence and no good part of the text ranks behind all that have, by its subject.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.analysis.normalise import normalise
from indexer.analysis.template_form import template_form
from indexer.analysis.words import cut_words
from indexer.engines.base import Filters, Reader
from indexer.errors import UsageError
from indexer.families.forms import SHINGLE, shingle_codes
from indexer.families.overlap import Passage, ShingleIndex, Source, gram_codes
from indexer.families.store import state_of
from indexer.library import Library
from indexer.model import FiledReport, section_id, split_section_id
from indexer.query import nodes
from indexer.query.meaning import FILLERS

Number = TypeVar("Number", np.int64, np.uint64)

MAX_CHARACTERS = 500_000  # of a draft

_CANDIDATES = 60  # for the text as a whole, and as many for its stretches
_STRETCH = 256  # characters; longer ones where there would be more than ...
_STRETCHES = 200
_OF_EACH = 3  # candidates for each stretch
_WORDS = 24  # that a text's subject is looked for by
_RUN = 5  # shingles in a row, 7 characters: fewer are a scrap
_GRAM = 5  # characters, for the text as it stands
_HALF = 100  # characters of the longest passage for half of what it can count
_SENTENCE = 20  # characters in a row, or ...
_PART = 0.2  # of the text: it shares text
_CLOSE = 0.8  # of the score without figures and signs: those may change the order
_BEHIND = 0.1  # the score of what does not, at the most
_MOSTLY = 0.95  # of what a report shares stands in one section: then that section is shown


@dataclass(frozen=True, slots=True)
class SimilarHit:
    """A past text. ``section`` is None where the report as a whole is meant.

    ``score``: 1 for the same text. ``overlap``: the shared shingles of the template form over those of the
    shorter text, 0 to 1. ``shared``: the common passages, longest first; a passage's target is its place in
    the paragraphs of the section, or report, joined with line ends.
    """

    filed: FiledReport
    section: int | None
    score: float
    overlap: float
    shared: tuple[Passage, ...]

    @property
    def section_id(self) -> str | None:
        """The section's id."""
        return None if self.section is None else section_id(self.filed.report_id, self.section)

    @property
    def year(self) -> int | None:
        """The section's year, or the report's."""
        report = self.filed.report
        return report.year if self.section is None else report.sections[self.section].year

    @property
    def text(self) -> str:
        """The paragraphs, joined with line ends."""
        return text_of(self.filed, self.section)


def text_of(filed: FiledReport, section: int | None) -> str:
    """The paragraphs of a section, or of a report, joined with line ends."""
    sections = filed.report.sections if section is None else filed.report.sections[section : section + 1]
    return "\n".join(p for s in sections for p in s.paragraphs)


def similar_to_text(library: Library, text: str, limit: int = 10) -> list[SimilarHit]:
    """Past texts like a draft: one hit a report, its best section or all of it. Raises UsageError."""
    if not template_form(text):
        raise UsageError("there is no text to compare: give a draft of some words")
    if len(text) > MAX_CHARACTERS:
        raise UsageError(f"the text is too long: {len(text):,} characters, {MAX_CHARACTERS:,} at the most")
    with _reader_and_shingles(library) as (reader, index):
        query = _Query(text, index)
        subject = _subject(reader, text)
        sections, reports = index.shared(query.unique)
        about: dict[int, int] = {}  # report -> its section that is most about the same
        for row in subject:
            about.setdefault(int(index.report_of[row]), row)
        looks = []
        for report in query.candidates(reports, about, limit):
            filed = reader.report(index.report_ids[report])
            if filed is not None:
                looks.append((query.look(filed, None, subject.get(about.get(report, -1), 0.0)), report))
        looks.sort(key=lambda one: -one[0].hit.score)
        hits = []
        for whole, report in looks[:limit]:
            first, last = index.reports[report : report + 2]
            section = int(np.argmax(sections[first:last])) if first < last else None
            if not whole.shares and report in about:
                section = about[report] - first
            hits.append(query.narrowed(whole, section))
    return query.ranked(hits, limit)


def similar_to_report(library: Library, report_id: str, limit: int = 10) -> list[SimilarHit]:
    """Past reports like one of the index. Raises NotFoundError."""
    own = library.report(report_id)
    with _reader_and_shingles(library) as (reader, index):
        query = _Query(text_of(own, None), index)
        about: dict[int, float] = {}
        for row, score in _subject(reader, query.text or _headings(own, None)).items():
            about.setdefault(int(index.report_of[row]), score)
        _, reports = index.shared(query.unique)
        hits = []
        for report in query.candidates(reports, about, limit + 1):
            filed = reader.report(index.report_ids[report])
            if filed is not None and filed.report_id != report_id:
                hits.append(query.look(filed, None, about.get(report, 0.0)).hit)
    return query.ranked(hits, limit)


def similar_to_section(library: Library, section: str, limit: int = 10) -> list[SimilarHit]:
    """Past sections like one of the index. Raises NotFoundError."""
    own = library.section(section)
    with _reader_and_shingles(library) as (reader, index):
        query = _Query("\n".join(own.section.paragraphs), index)
        subject = _subject(reader, query.text or own.section.heading or own.title)
        sections, _ = index.shared(query.unique)
        hits = []
        for row in dict.fromkeys([*_best(sections, _CANDIDATES + 1), *subject]):
            report = int(index.report_of[row])
            filed = reader.report(index.report_ids[report])
            position = row - index.reports[report]
            if filed is not None and (filed.report_id, position) != (own.report_id, own.position):
                hits.append(query.look(filed, position, subject.get(row, 0.0)).hit)
    return query.ranked(hits, limit)


def similar(library: Library, to: str, limit: int = 10) -> list[SimilarHit]:
    """Past texts like the report or section with an id. Raises NotFoundError."""
    find = similar_to_section if split_section_id(to) else similar_to_report
    return find(library, to, limit)


@contextmanager
def _reader_and_shingles(library: Library) -> Iterator[tuple[Reader, ShingleIndex]]:
    """The newest state of the index with its shingles, for the length of a with block."""
    while True:  # an update may come between the two
        index = library.derived(ShingleIndex)
        with library.reader() as reader:
            if state_of(reader) == index.state:
                yield reader, index
                return


@dataclass(frozen=True, slots=True)
class _Look:
    """What a close look found: ``share`` of the query stands there, ``longest``: so many of its shingles in a
    row; ``shares``: they have text in common, not only scraps."""

    hit: SimilarHit
    share: float
    longest: int
    shares: bool


class _Query:
    """The text that others are compared with."""

    def __init__(self, text: str, index: ShingleIndex) -> None:
        self.text = text
        self._index = index
        self._codes = shingle_codes(template_form(text))  # in order
        self.unique, self._numbers = np.unique(self._codes, return_inverse=True)
        self._weights = index.weigh(self.unique)
        self._grams, self._gram_numbers = np.unique(gram_codes(normalise(text), _GRAM), return_inverse=True)

    def candidates(self, scores: NDArray[np.float64], about: Iterable[int], limit: int) -> list[int]:
        """The reports that are worth a close look, for so many hits; ``scores``: what each shares with the
        text as a whole; ``about``: those about the same, the best first."""
        found = dict.fromkeys([*_best(scores, _CANDIDATES + 1), *about])
        size = max(_STRETCH, len(self._codes) // _STRETCHES + 1)
        if len(self._codes) > size:
            best = np.zeros(len(scores))
            for begin in range(0, len(self._codes), size):
                _, held = self._index.shared(np.unique(self._codes[begin : begin + size]))
                rows = _best(held, _OF_EACH)
                best[rows] = np.maximum(best[rows], held[rows])
            found.update(dict.fromkeys(_best(best, _CANDIDATES)))
        reports = np.array(list(found), dtype=np.int64)
        rough = np.array([self._shared(held)[0] for held in self._index.held(self.unique, reports)])
        # Those that are close behind the last one wanted may come before it when figures and signs count.
        enough = np.sort(rough)[::-1][limit : limit + 1] * _CLOSE
        good = reports[rough >= enough] if len(enough) else reports
        return list(dict.fromkeys([*good.tolist(), *list(about)[:limit]]))

    def _shared(self, held: NDArray[np.bool_]) -> tuple[float, float, int]:
        """What it counts to have these of the different shingles; which share of the text they are where
        they are no scraps; and how many stand in a row at the most."""
        runs, longest = _runs(held[self._numbers], _RUN)
        in_runs = np.zeros(len(self.unique), dtype=bool)
        in_runs[self._numbers[runs]] = True
        share = float(self._weights[in_runs].sum() / max(1e-9, self._weights.sum()))
        return 0.6 * share + 0.1 * _told(longest, SHINGLE, len(self._codes)), share, longest

    def look(self, filed: FiledReport, section: int | None, subject: float) -> _Look:
        """A text, looked at closely; ``subject``: how much it is about the same, up to 1."""
        text = text_of(filed, section)
        codes = np.unique(shingle_codes(template_form(text)))
        held = _held(self.unique, codes)
        smaller = min(len(codes), len(self.unique))
        overlap = round(int(held.sum()) / smaller, 4) if smaller else 0.0

        score, share, longest = self._shared(held)
        whole = normalise(f"{_headings(filed, section)}\n{text}")  # a draft is often pasted with its title
        grams = _held(self._grams, gram_codes(whole, _GRAM))
        _, verbatim = _runs(grams[self._gram_numbers], 1)
        same = float(grams.mean()) if len(grams) else 0.0

        score += 0.2 * same + 0.1 * _told(verbatim, _GRAM, len(self._gram_numbers))
        shares = 0 < longest == len(self._codes) or longest + SHINGLE > _SENTENCE or share >= _PART
        score = _BEHIND + (1 - _BEHIND) * score if shares else _BEHIND * (score + subject) / 2
        return _Look(SimilarHit(filed, section, round(score, 4), overlap, ()), share, longest, shares)

    def narrowed(self, whole: _Look, section: int | None) -> SimilarHit:
        """The hit for a section, where it has about all that the report has; else that for the report."""
        if section is None:
            return whole.hit
        part = self.look(whole.hit.filed, section, 0.0)
        if whole.shares and (part.share < _MOSTLY * whole.share or part.longest < whole.longest):
            return whole.hit
        return replace(whole.hit, section=section, overlap=part.hit.overlap)

    def ranked(self, hits: list[SimilarHit], limit: int) -> list[SimilarHit]:
        """The best hits, with what they share; of equals, in the order in which they were found."""
        best = sorted((hit for hit in hits if hit.score > 0), key=lambda hit: -hit.score)[:limit]
        source = Source(self.text)
        return [replace(hit, shared=source.shared(hit.text)) for hit in best]


def _held(wanted: NDArray[Number], having: NDArray[Number]) -> NDArray[np.bool_]:
    """Which of some numbers (ascending) are among others."""
    held = np.zeros(len(wanted) + 1, dtype=bool)
    places = np.searchsorted(wanted, having)
    held[places[np.append(wanted, wanted[-1:])[places] == having] if len(wanted) else []] = True
    return held[:-1]


def _runs(held: NDArray[np.bool_], least: int) -> tuple[NDArray[np.bool_], int]:
    """What is held in a row, at least so many; and how many the longest such run has."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(np.int8)))
    begins, lengths = edges[::2], edges[1::2] - edges[::2]
    kept = lengths >= least
    steps = np.zeros(len(held) + 1, dtype=np.int64)
    steps[begins[kept]] = 1
    steps[(begins + lengths)[kept]] -= 1
    return np.cumsum(steps[:-1]) > 0, int(lengths[kept].max(initial=0))


def _told(run: int, size: int, all_: int) -> float:
    """How much the longest run of pieces of ``size`` characters tells, of ``all_`` pieces: up to 1."""

    def told(pieces: int) -> float:
        characters = pieces + size - 1 if pieces else 0
        return characters**2 / (characters**2 + _HALF**2)

    return told(run) / told(all_) if all_ else 0.0


def _best(scores: NDArray[np.float64], count: int) -> list[int]:
    """The rows with the best scores, those of 0 left out; ties in reading order."""
    order = np.argsort(-scores, kind="stable")[:count]
    best: list[int] = order[scores[order] > 0].tolist()
    return best


def _subject(reader: Reader, text: str) -> dict[int, float]:
    """Sections about the same: rows with a score up to 1, by the words that tell most of the text."""
    counts = Counter(
        w for w in cut_words(normalise(text)) if len(w) > 1 and w not in FILLERS and not w.isdigit()
    )
    total = max(1, len(reader.report_ids()))
    held = {w: reader.count(nodes.Word((w,)), Filters()) for w, _ in counts.most_common(_WORDS * 3)}
    telling = sorted(
        (w for w, n in held.items() if n), key=lambda w: (-counts[w] * math.log1p(total / held[w]), w)
    )
    if not telling:
        return {}
    query = nodes.Or(tuple(nodes.Word((w,)) for w in telling[:_WORDS]))
    found = reader.search(query, Filters(), "relevance", 0, _CANDIDATES).hits
    return {hit.row: hit.score / max(found[0].score, 1e-9) for hit in found}


def _headings(filed: FiledReport, section: int | None) -> str:
    """What stands over a text: a draft is often pasted with its title."""
    sections = filed.report.sections if section is None else filed.report.sections[section : section + 1]
    title = [filed.report.title] if not section else []
    return "\n".join([*title, *(s.heading for s in sections if s.heading)])
