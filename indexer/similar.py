"""Past texts like a given one: by shared text first, by subject second.

Candidates are found by the shingles of the template form, weighed by how rare they are: those of the text as
a whole, those of each stretch of it (a short passage copied into a long draft is lost in the whole), and the
sections that use its telling words. Where more texts have the same template form than can be looked at, those
that have its figures and signs as they stand are asked for, too. Each candidate is then looked at closely.
What counts is

* how much of the text it has, leaving out what it has in scraps: a few characters in a row that any report
  has, but a clause in which a word was changed still counts;
* how much of the text it has as it stands, with the same figures and signs;
* the longest passage: one that is copied whole tells more than as many phrases here and there.

A candidate that has no sentence and no good part of the text ranks behind all that have, by its subject.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.analysis.normalise import normalise
from indexer.analysis.template_form import template_form
from indexer.analysis.words import cut_words
from indexer.engines.base import Filters, Reader
from indexer.errors import NotFoundError, UsageError
from indexer.families.forms import SHINGLE, shingle_codes
from indexer.families.overlap import LEAST, Passage, Source, Span, gram_codes
from indexer.families.shingles import ShingleIndex, Weights
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
_SECTIONS = 24  # of a report that are looked at closely for that
_ASKED = 64  # figures and signs that are asked for, of what too many texts have but for these
#: Figures, masks and signs with the characters beside them.
_SIGNS = re.compile(r"[^\W\d_x]{0,3}[\W\d_x]+[^\W\d_x]{0,3}")


@dataclass(frozen=True, slots=True)
class SimilarHit:
    """A past text. ``section`` is None where the report as a whole is meant.

    ``score``: 1 for the same text. ``overlap``: the shared shingles of the template form over those of the
    shorter text, 0 to 1. ``common``: how many characters of the source's template form stand there, in
    passages, of ``length`` in all; 0 where only the subject is the same. ``shared``: the common passages,
    longest first; a passage's target is its place in the paragraphs of the section, or report, joined with
    line ends.
    """

    filed: FiledReport
    section: int | None
    score: float
    overlap: float
    common: int
    length: int
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

    @property
    def share(self) -> float:
        """How much of the source stands there: 1 for all of it, 0 where only the subject is the same."""
        return self.common / self.length if self.length else 0.0

    @property
    def per_cent(self) -> int:
        """``share`` in whole per cent, as it is shown: 100 for all of it alone, 0 for nothing alone."""
        return max(1, self.common * 100 // self.length) if self.common else 0


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
    query, found = _candidates(library, text, text, lambda query: query.reports(limit))
    looks = [(query.look(filed, place), place) for filed, place in found]
    looks.sort(key=lambda one: -one[0].hit.score)
    return query.ranked([query.narrowed(whole, place) for whole, place in looks[:limit]], limit)


def similar(library: Library, to: str, limit: int = 10) -> list[SimilarHit]:
    """Past texts like the report or section with an id. Raises NotFoundError."""
    return similar_to_place(library, *find_place(library, to), limit)


def find_place(library: Library, to: str) -> tuple[FiledReport, int | None]:
    """The report with an id, or that of a section and the section's position. Raises NotFoundError."""
    split = split_section_id(to)
    if split is None:
        return library.report(to), None
    with library.reader() as reader:
        filed = reader.report(split[0])
    if filed is None or split[1] >= len(filed.report.sections):
        raise NotFoundError(f"no such section: {to}")
    return filed, split[1]


def similar_to_place(
    library: Library, own: FiledReport, position: int | None, limit: int = 10
) -> list[SimilarHit]:
    """Past reports like a report, or past sections like its section at a position; never that itself."""
    text = text_of(own, position)
    if position is None:
        subject = text or _headings(own, None)
        query, found = _candidates(library, text, subject, lambda query: query.reports(limit + 1), own=1)
    else:
        subject = text or own.report.sections[position].heading or own.report.title
        query, found = _candidates(library, text, subject, _Query.sections, own=1)
    itself = (own.report_id, position)
    hits = [
        query.look(filed, place).hit for filed, place in found if (filed.report_id, place.section) != itself
    ]
    return query.ranked(hits, limit)


@dataclass(frozen=True, slots=True)
class _Place:
    """A report of the index, by its number, or one of its sections."""

    report: int
    section: int | None


def _candidates(
    library: Library, text: str, subject: str, choose: Callable[[_Query], list[_Place]], own: int = 0
) -> tuple[_Query, list[tuple[FiledReport, _Place]]]:
    """What is to be looked at closely; ``subject`` is the text whose words tell what it is about, ``own``
    how often the text itself is in the index.

    The index is asked shortly, two times or three: others search while texts are compared. Where an update
    comes between, all is asked anew.
    """
    words = _words(subject)
    while True:
        with library.reader_and_shingles() as (reader, index):
            about = _about(reader, words)
        query = _Query(text, index, about)
        crowded = query.crowded()
        if crowded:
            with library.reader() as again:
                if again is not reader:
                    continue
                query.verbatim = _verbatim(again, crowded, own)
        places = choose(query)
        ids = {place.report: index.report_ids[place.report] for place in places}
        with library.reader() as again:
            if again is reader:
                held = {number: again.report(report_id) for number, report_id in ids.items()}
                found = ((held[place.report], place) for place in places)
                return query, [(filed, place) for filed, place in found if filed is not None]


@dataclass(frozen=True, slots=True)
class _Look:
    """What a close look found: the ``weight`` of what stands there of the query, of 1; ``longest``: so many
    of its shingles in a row."""

    hit: SimilarHit
    weight: float
    longest: int


class _Query:
    """The text that others are compared with."""

    def __init__(self, text: str, index: ShingleIndex, about: dict[int, float]) -> None:
        """``about``: sections about the same, by row, with a score up to 1; the best first."""
        self._source = Source(text)
        self._index = index
        self._codes = shingle_codes(self._source.form.text)  # in order
        self.unique, self._numbers = np.unique(self._codes, return_inverse=True)
        self._weights = index.weigh(self.unique)
        self._grams, self._gram_numbers = np.unique(gram_codes(normalise(text), _GRAM), return_inverse=True)
        self._pieces = [
            (size, *np.unique(gram_codes(self._source.form.text, size), return_inverse=True))
            for size in (LEAST, _RUN + SHINGLE - 1)
        ]
        self._of_sections, self._of_reports = index.shared(self.unique)
        self._about = about
        self._most_about: dict[int, int] = {}  # report -> its section that is most about the same
        for row in about:
            self._most_about.setdefault(int(index.report_of[row]), row)
        self._of_stretches, self._crowded = self._look_at_stretches()
        self.verbatim: list[int] = []  # sections that have what is crowded verbatim, by row; the best first

    def _look_at_stretches(self) -> tuple[Weights, list[Span]]:
        """For each report how much it has of the stretch that it is among the best for; and the stretches of
        the template form that more texts have about as much of as are looked at for it."""
        size = max(_STRETCH, len(self._codes) // _STRETCHES + 1)
        best = np.zeros(len(self._of_reports))
        all_, total = (0, len(self._codes)), float(self._weights.sum())
        crowded = [
            all_ for held in (self._of_reports, self._of_sections) if _is_crowded(held, total, _CANDIDATES)
        ][:1]
        for begin in range(0, len(self._codes), size) if len(self._codes) > size else ():
            own = np.unique(self._codes[begin : begin + size])
            _, held = self._index.shared(own)
            rows = _best(held, _OF_EACH)
            best[rows] = np.maximum(best[rows], held[rows])
            if all_ not in crowded and _is_crowded(held, float(self._index.weigh(own).sum()), _OF_EACH):
                crowded.append((begin, min(begin + size, len(self._codes))))
        return best, crowded

    def crowded(self) -> list[str]:
        """The stretches of the text that more past texts have, but for figures and signs, than are looked at
        for it: which of them have it verbatim is to be asked."""
        form = self._source.form
        spans = [form.original(begin, end + SHINGLE - 1) for begin, end in self._crowded]
        return [self._source.text[start:end] for start, end in spans]

    def sections(self) -> list[_Place]:
        """The sections that are worth a close look."""
        rows = dict.fromkeys([*_best(self._of_sections, _CANDIDATES + 1), *self.verbatim, *self._about])
        reports = {row: int(self._index.report_of[row]) for row in rows}
        return [_Place(report, row - int(self._index.reports[report])) for row, report in reports.items()]

    def reports(self, limit: int) -> list[_Place]:
        """The reports that are worth a close look, for so many hits."""
        found = dict.fromkeys(
            [
                *_best(self._of_reports, _CANDIDATES + 1),
                *self._most_about,
                *_best(self._of_stretches, _CANDIDATES),
                *self._index.report_of[self.verbatim].tolist(),
            ]
        )
        reports = np.array(list(found), dtype=np.int64)
        rough = np.array([self._shared(held)[0] for held in self._index.held(self.unique, reports)])
        # Those that are close behind the last one wanted may come before it when figures and signs count.
        enough = np.sort(rough)[::-1][limit : limit + 1] * _CLOSE
        good = reports[rough >= enough] if len(enough) else reports
        chosen = dict.fromkeys([*good.tolist(), *list(self._most_about)[:limit]])
        return [_Place(report, None) for report in chosen]

    def _shared(self, held: NDArray[np.bool_]) -> tuple[float, float, int]:
        """What it counts to have these of the different shingles; which share of the text they are where
        they are no scraps; and how many stand in a row at the most."""
        runs, longest = _runs(held[self._numbers], _RUN)
        in_runs = np.zeros(len(self.unique), dtype=bool)
        in_runs[self._numbers[runs]] = True
        share = float(self._weights[in_runs].sum() / max(1e-9, self._weights.sum()))
        return 0.6 * share + 0.1 * _told(longest, SHINGLE, len(self._codes)), share, longest

    def look(self, filed: FiledReport, place: _Place) -> _Look:
        """A text, looked at closely."""
        text = text_of(filed, place.section)
        form = template_form(text)
        codes = np.unique(shingle_codes(form))
        held = _held(self.unique, codes)
        smaller = min(len(codes), len(self.unique))
        overlap = round(int(held.sum()) / smaller, 4) if smaller else 0.0

        score, weight, longest = self._shared(held)
        whole = normalise(
            f"{_headings(filed, place.section)}\n{text}"
        )  # a draft is often pasted with its title
        grams = _held(self._grams, gram_codes(whole, _GRAM))
        _, verbatim = _runs(grams[self._gram_numbers], 1)
        same = float(grams.mean()) if len(grams) else 0.0

        score += 0.2 * same + 0.1 * _told(verbatim, _GRAM, len(self._gram_numbers))
        shares = 0 < longest == len(self._codes) or longest + SHINGLE > _SENTENCE or weight >= _PART
        common = self._common(form) if shares else 0
        score = _BEHIND + (1 - _BEHIND) * score if common else _BEHIND * (score + self._subject(place)) / 2
        length = len(self._source.form.text)
        hit = SimilarHit(filed, place.section, round(score, 4), overlap, common, length, ())
        return _Look(hit, weight, longest)

    def _common(self, form: str) -> int:
        """How many characters of this text's form stand in another form, in runs that are passages; where
        there are none (of an edited copy), in shorter ones that are no scraps."""
        for size, grams, numbers in self._pieces:
            held = _held(grams, gram_codes(form, size))[numbers]
            if held.any():
                steps = np.zeros(len(held) + size, dtype=np.int64)
                steps[:-size] += held
                steps[size:] -= held
                return int(np.count_nonzero(np.cumsum(steps)))
        own = self._source.form.text
        return len(own) if own in form else 0

    def _subject(self, place: _Place) -> float:
        """How much a text is about the same, up to 1."""
        first = int(self._index.reports[place.report])
        row = self._most_about.get(place.report, -1) if place.section is None else first + place.section
        return self._about.get(row, 0.0)

    def narrowed(self, whole: _Look, place: _Place) -> SimilarHit:
        """The hit for the section of a report that has about all that the report has; else for the report."""
        first, last = self._index.reports[place.report : place.report + 2].tolist()
        if first == last:
            return whole.hit
        weights = self._of_sections[first:last]
        if not whole.hit.common:
            row = self._most_about.get(place.report, first + int(np.argmax(weights)))
            part = self.look(whole.hit.filed, _Place(place.report, row - first)).hit
            return replace(whole.hit, section=part.section, overlap=part.overlap, common=part.common)
        # Those that have about as much as the best one; which has it verbatim, a close look tells.
        close = np.flatnonzero(weights >= _MOSTLY * weights.max()) + first
        order = {row: n for n, row in enumerate(self.verbatim)}
        rows = sorted(close.tolist(), key=lambda row: (order.get(row, len(order)), -weights[row - first]))
        looks = (self.look(whole.hit.filed, _Place(place.report, row - first)) for row in rows[:_SECTIONS])
        parts = [
            part.hit
            for part in looks
            if part.weight >= _MOSTLY * whole.weight and not part.longest < whole.longest
        ]
        if not parts:
            return whole.hit
        best = max(parts, key=lambda part: part.score)  # of equals the first
        return replace(
            whole.hit, section=best.section, overlap=best.overlap, common=best.common or whole.hit.common
        )

    def ranked(self, hits: list[SimilarHit], limit: int) -> list[SimilarHit]:
        """The best hits, with what they share; of equals, in the order in which they were found."""
        best = sorted((hit for hit in hits if hit.score > 0), key=lambda hit: -hit.score)[:limit]
        return [replace(hit, shared=self._source.shared(hit.text)) for hit in best]


def _is_crowded(held: Weights, total: float, count: int) -> bool:
    """Whether more than so many texts have about as much as the best one has, and a good part of all."""
    best = float(held.max(initial=0))
    return best > 0 and best >= _PART * total and int(np.count_nonzero(held >= _CLOSE * best)) > count


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


def _words(text: str) -> Counter[str]:
    """The words that may tell what a text is about, the most frequent ones, with their counts."""
    counts = Counter(
        w for w in cut_words(normalise(text)) if len(w) > 1 and w not in FILLERS and not w.isdigit()
    )
    return Counter(dict(counts.most_common(_WORDS * 3)))


def _about(reader: Reader, words: Counter[str]) -> dict[int, float]:
    """Sections about the same: rows with a score up to 1, by the words that tell most of a text."""
    total = max(1, len(reader.report_ids()))
    held = {w: reader.count(nodes.Word((w,)), Filters()) for w in words}
    telling = sorted(
        (w for w, n in held.items() if n), key=lambda w: (-words[w] * math.log1p(total / held[w]), w)
    )
    if not telling:
        return {}
    query = nodes.Or(tuple(nodes.Word((w,)) for w in telling[:_WORDS]))
    found = reader.search(query, Filters(), "relevance", 0, _CANDIDATES).hits
    return {hit.row: hit.score / max(found[0].score, 1e-9) for hit in found}


def _verbatim(reader: Reader, texts: Sequence[str], own: int) -> list[int]:
    """Sections that have of some texts what the template form leaves out, figures and signs, as it stands
    there: their rows, the best first. ``own``: so many sections have all of it anyway."""
    found = dict.fromkeys(
        run for text in texts for line in text.split("\n") for run in _SIGNS.findall(normalise(line))
    )
    figures = [run for run in found if any(map(str.isdigit, run))]
    signs = [run for run in found if not any(map(str.isdigit, run))]
    runs = [*_spread(figures, _ASKED), *_spread(signs, _ASKED)][:_ASKED]
    counts = {run: reader.count(nodes.Phrase(run), Filters()) for run in runs}
    telling = sorted((run for run in runs if counts[run] > own), key=lambda run: counts[run])[:_WORDS]
    if not telling:
        return []
    query = nodes.Or(tuple(nodes.Phrase(run) for run in telling))
    return [hit.row for hit in reader.search(query, Filters(), "relevance", 0, _CANDIDATES).hits]


def _spread(runs: list[str], count: int) -> list[str]:
    """So many of them at the most, from all over."""
    return [runs[n * len(runs) // count] for n in range(count)] if len(runs) > count else runs


def _headings(filed: FiledReport, section: int | None) -> str:
    """What stands over a text: a draft is often pasted with its title."""
    sections = filed.report.sections if section is None else filed.report.sections[section : section + 1]
    title = [filed.report.title] if not section else []
    return "\n".join([*title, *(s.heading for s in sections if s.heading)])
