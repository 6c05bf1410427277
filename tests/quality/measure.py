"""How well the search ranks: nDCG@10 and recall@50 over the judged set.

``python -m tests.quality.measure`` prints a table, the worst queries first, and the means.
"""

from __future__ import annotations

import math
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from indexer.build import update
from indexer.library import Library
from indexer.search import make_question, search
from indexer.settings import Settings
from tests.quality.judgements import JUDGED, Judged, SectionName

CORPUS = Path(__file__).parents[2] / "corpus"
NDCG_AT = 10
RECALL_AT = 50


def ndcg(ranking: Sequence[SectionName], grades: Mapping[SectionName, int], at: int) -> float:
    """Normalised discounted cumulative gain of the first ``at``; 1 is the best possible order.

    Järvelin, Kekäläinen: *Cumulated gain-based evaluation of IR techniques*, ACM TOIS 20 (4), 2002: the
    gains, each divided by log2(rank + 1), are added up and divided by the sum in the ideal order of all that
    is judged. The gain of a grade is 2^grade - 1, after Burges et al.: *Learning to rank using gradient
    descent*, ICML 2005, with that paper's discount. What is not judged gains nothing.
    """

    def cumulated(found: Sequence[int]) -> float:
        return math.fsum(
            (2**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(found[:at], start=1)
        )

    ideal = cumulated(sorted(grades.values(), reverse=True))
    return cumulated([grades.get(name, 0) for name in ranking]) / ideal


def recall(ranking: Sequence[SectionName], grades: Mapping[SectionName, int], at: int) -> float:
    """The part of the relevant (grade 1 and more) that is among the first ``at``.

    Manning, Raghavan, Schütze: *Introduction to Information Retrieval*, 2008, section 8.3. Where more than
    ``at`` are relevant, 1 is out of reach.
    """
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranking[:at])) / len(relevant)


@dataclass(frozen=True, slots=True)
class Measured:
    """A query and how well it was answered."""

    judged: Judged
    ndcg: float
    recall: float


@contextmanager
def sample_library() -> Iterator[Library]:
    """An index built from ``corpus/``, gone at the end of the with block."""
    with tempfile.TemporaryDirectory() as name:
        index = Path(name) / "index"
        update(index, [CORPUS], Settings())
        library = Library(index)
        try:
            yield library
        finally:
            library.close()


def name_of(file: str, ordinal: int, heading: str | None) -> SectionName:
    """The name of a section of the index; Markdown's signs of emphasis in a heading do not count."""
    return SectionName(file.partition("/")[2], ordinal, (heading or "").replace("**", ""))


def ranked(library: Library, query: str) -> list[SectionName]:
    """What the search answers, in its order."""
    answer = search(library, make_question(query, limit=max(NDCG_AT, RECALL_AT)))
    return [name_of(hit.filed.file, hit.filed.ordinal, hit.filed.section.heading) for hit in answer.hits]


def measure(library: Library) -> list[Measured]:
    """Every judged query, the worst first."""
    measured = []
    for judged in JUDGED:
        found = ranked(library, judged.query)
        measured.append(
            Measured(judged, ndcg(found, judged.grades, NDCG_AT), recall(found, judged.grades, RECALL_AT))
        )
    return sorted(measured, key=lambda m: (m.ndcg, m.recall, m.judged.query))


def means(measured: Sequence[Measured]) -> tuple[float, float]:
    """The means of nDCG@10 and of recall@50; every query counts the same."""
    count = len(measured)
    return math.fsum(m.ndcg for m in measured) / count, math.fsum(m.recall for m in measured) / count


def table(measured: Sequence[Measured]) -> str:
    """What is printed: a line for each query, then the means."""
    rows = [(m.judged.query, m.ndcg, m.recall) for m in measured]
    rows.append((f"mean of {len(measured)} queries", *means(measured)))
    width = max(_columns(query) for query, _, _ in rows)
    lines = [f"{'query':<{width}}  nDCG@{NDCG_AT}  recall@{RECALL_AT}"]
    lines += [f"{q}{' ' * (width - _columns(q))}  {n:7.3f}  {r:9.3f}" for q, n, r in rows]
    return "\n".join(lines)


def _columns(text: str) -> int:
    """How many columns a terminal gives to a text: two for a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def main() -> None:
    """Print the table."""
    with sample_library() as library:
        print(table(measure(library)))


if __name__ == "__main__":
    main()
