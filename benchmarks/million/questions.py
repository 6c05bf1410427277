"""The questions, made from a sample of the text as :mod:`benchmarks.compare.queries` makes its own.

A band is that of the sample: frequent words are the 200 in most of its sections, rare ones stand in two to
five of them, which are hundreds of a million.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.compare.queries import FREQUENT, Filtered, narrowed, pairs_of, phrase_bands, word_bands
from benchmarks.compare.texts import Row, Scan, make_text
from benchmarks.million.text import Source
from indexer.analysis.words import cut_words

_SAMPLE = 40  # files
#: The sorts of question, as the table names them.
SORTS = {
    "common": f"One word of the {FREQUENT} most frequent",
    "pair": f"Two words of the {FREQUENT} most frequent, with facets",
    "mixed": "Two words, one of them or both less frequent, with facets",
    "filtered": "A word within years and part, with facets",
    "frequent phrase": "A phrase of 4 to 8 characters: the most frequent",
    "middling phrase": "A phrase of 4 to 8 characters: in the middle",
    "rare phrase": "A phrase of 4 to 8 characters: the rarest",
}
PHRASES = tuple(sort for sort in SORTS if sort.endswith("phrase"))


@dataclass(frozen=True, slots=True)
class Question:
    """Words that a section must hold all of, or a phrase; within years (both included) and part if given."""

    sort: str
    runs: tuple[str, ...]
    years: tuple[int, int] | None = None
    part: str | None = None

    @property
    def phrase(self) -> bool:
        """Whether it is asked in quotation marks."""
        return self.sort in PHRASES

    @property
    def query(self) -> str:
        """As somebody types it."""
        return f"“{self.runs[0]}”" if self.phrase else " ".join(self.runs)


def make_questions(source: Source, each: int) -> list[Question]:
    """Up to ``each`` of a sort; no words are asked twice within a sort."""
    rng = random.Random(source.shape.seed)
    numbers = sorted(rng.sample(range(source.shape.files), min(_SAMPLE, source.shape.files)))
    rows = make_text("a sample", tuple(map(source.file, numbers))).rows
    bands = [rng.sample(band, len(band)) for band in (list(filter(_whole, b)) for b in word_bands(rows))]
    frequent, middling, rare = map(set, bands)
    phrases = [rng.sample(band, len(band)) for band in phrase_bands(rows, each, Scan(rows), rng)]
    return [
        *(Question("common", (word,)) for word in bands[0][:each]),
        *(Question("pair", pair) for pair in pairs_of(rows, frequent, frequent, each, rng)),
        *(Question("mixed", pair) for pair in _mixed(rows, frequent, middling, rare, each, rng)),
        *(_filtered(question) for question in narrowed(rows, _thirds(bands, each), rng)),
        *(
            Question(sort, (phrase,))
            for sort, found in zip(PHRASES, phrases, strict=True)
            for phrase in found
        ),
    ]


def some_of(questions: Iterable[Question], each: int) -> list[Question]:
    """The first ``each`` of every sort."""
    found: dict[str, list[Question]] = {sort: [] for sort in SORTS}
    for question in questions:
        found[question.sort].append(question)
    return [question for of_sort in found.values() for question in of_sort[:each]]


def _whole(word: str) -> bool:
    """Whether a query of this word asks for it as one: jieba may know it only where it stands in the text."""
    return list(cut_words(word)) == [word]


def _mixed(
    rows: Sequence[Row],
    frequent: set[str],
    middling: set[str],
    rare: set[str],
    each: int,
    rng: random.Random,
) -> list[tuple[str, str]]:
    """A third each: frequent and middling, middling and middling, frequent and rare."""
    found: list[tuple[str, str]] = []
    for n, (one, other) in enumerate(((frequent, middling), (middling, middling), (frequent, rare)), 1):
        found += pairs_of(rows, one, other, each * n // 3 - len(found), rng, found)
    return found


def _thirds(bands: Sequence[Sequence[str]], count: int) -> list[str]:
    """Words of every band in turns."""
    return [word for of_each in zip(*bands, strict=False) for word in of_each][:count]


def _filtered(question: Filtered) -> Question:
    return Question("filtered", (question.word,), question.years, question.part)
