"""A question through the years: how many sections and reports of each year match it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from indexer.engines.base import YearCount
from indexer.library import Library
from indexer.query.nodes import Node
from indexer.query.parser import parse
from indexer.search import Question


@dataclass(frozen=True, slots=True)
class Trend:
    """Exact counts. ``years``: those with a matching section, from the oldest; ``undated``: what has no year.

    ``total`` sections in ``reports`` reports match in all. A report with sections about several years counts
    for each of them, so that the reports of the years may come to more than ``reports``.
    """

    question: Question
    node: Node
    total: int
    reports: int
    took_ms: float
    years: tuple[YearCount, ...]
    undated: YearCount


def through_the_years(library: Library, question: Question) -> Trend:
    """How many sections and reports of each year match query and filters, whatever sort, fold and page.

    What does not match as asked is not counted: nothing is relaxed. Raises IndexStateError where there is no
    usable index.
    """
    started = time.perf_counter()
    node = parse(question.query, library.lexicon.current())
    with library.reader() as reader:
        found = reader.by_year(node, question.filters)
    undated = next((c for c in found.years if c.year is None), YearCount(None, 0, 0))
    return Trend(
        question,
        node,
        sum(c.sections for c in found.years),
        found.reports,
        (time.perf_counter() - started) * 1000,
        tuple(c for c in found.years if c.year is not None),
        undated,
    )
