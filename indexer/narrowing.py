"""Which texts of a level a question finds, and how many families each year and topic would leave."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from indexer.analysis.normalise import normalise
from indexer.engines.base import Filters, Reader
from indexer.families.detect import Families
from indexer.families.forms import LEVELS, Level
from indexer.library import Library
from indexer.query import nodes
from indexer.query.nodes import Node
from indexer.query.parser import parse
from indexer.search import Question
from indexer.stretches import Ints

Bools = NDArray[np.bool_]


class ParagraphTexts:
    """The normalised text of every paragraph, in reading order."""

    def __init__(self, reader: Reader) -> None:
        texts = [
            normalise(paragraph)  # which has no line ends
            for filed in reader.reports()
            for section in filed.report.sections
            for paragraph in section.paragraphs
        ]
        self._joined = "\n".join(texts)
        self._starts = list(accumulate((len(text) + 1 for text in texts), initial=0))

    def holding(self, run: str) -> Bools:
        """For each paragraph whether a run stands in it."""
        found = np.zeros(len(self._starts) - 1, dtype=bool)
        at = self._joined.find(run)
        while at >= 0:
            paragraph = bisect_right(self._starts, at) - 1
            found[paragraph] = True
            at = self._joined.find(run, self._starts[paragraph + 1])
        return found


class SectionValues:
    """The year and the topic of every section, in reading order; 0: none. ``topics`` are named from 1."""

    def __init__(self, reader: Reader) -> None:
        count = len(reader.rows(nodes.Everything(), Filters()))
        facets = reader.search(nodes.Everything(), Filters(), "oldest", 0, 0).facets
        self.names = tuple(topic for topic, _ in facets.topic)
        self.years, self.topics = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        for year, _ in facets.year:
            self.years[reader.rows(nodes.Years(year, year), Filters())] = year
        for number, topic in enumerate(self.names, 1):
            self.topics[reader.rows(nodes.TopicIs(topic), Filters())] = number


@dataclass(frozen=True, slots=True)
class FamilyCounts:
    """How many families a question leaves: at each level; and at one of them with each year and topic in
    place of the question's own, years from the newest, topics with most families first, those with none left
    out."""

    levels: dict[Level, int]
    years: tuple[tuple[int, int], ...]
    topics: tuple[tuple[str, int], ...]


class Narrowing:
    """A question, asked of one state of the index and its families.

    A family is left where one member at least is found: a section that matches, a report that holds such a
    section; of paragraphs, one that itself holds what is asked for, in a section of the right year and topic
    (what is asked of headings, titles, units and files is asked of its section, too).
    """

    def __init__(
        self,
        reader: Reader,
        families: Families,
        question: Question,
        node: Node,
        texts: ParagraphTexts | None,
        values: SectionValues,
    ) -> None:
        """``texts`` may be None where the question has no words."""
        self.reader, self.families = reader, families
        self._filters, self._node = question.filters, node
        self._texts, self._values = texts, values
        self._sections = lru_cache(None)(self._search)
        self._paragraphs = lru_cache(None)(self._look)

    def units(self, level: Level) -> Bools:
        """For each unit of a level whether it is found."""
        _, units = self._places(level)
        found = np.zeros(len(self.families.labels[level]), dtype=bool)
        found[units[self._found(level, self._filters)]] = True
        return found

    def counts(self, level: Level, least: int = 2) -> FamilyCounts:
        """How many families with ``least`` members or more are left."""
        values = self._values
        without_year = self._found(level, replace(self._filters, years=None))
        without_topic = self._found(level, replace(self._filters, topics=()))
        years = self._by_value(level, least, without_year, values.years)
        topics = self._by_value(level, least, without_topic, values.topics)
        return FamilyCounts(
            {known: self._total(known, least) for known in LEVELS},
            tuple(sorted(years.items(), reverse=True)),
            tuple(
                (values.names[number - 1], count)
                for number, count in sorted(topics.items(), key=lambda pair: (-pair[1], pair[0]))
            ),
        )

    def _total(self, level: Level, least: int) -> int:
        found = self.units(level) & (self.families.copies(level) >= least)
        return len(np.unique(self.families.labels[level][found]))

    def _by_value(self, level: Level, least: int, found: Bools, values: Ints) -> dict[int, int]:
        """For each value how many families have a member that is found and of that value."""
        rows, units = self._places(level)
        chosen = found & (self.families.copies(level)[units] >= least) & (values[rows] > 0)
        labels = self.families.labels[level][units]
        pairs = np.unique(np.stack([labels[chosen], values[rows][chosen]]), axis=1)
        held, counts = np.unique(pairs[1], return_counts=True)
        return dict(zip(held.tolist(), counts.tolist(), strict=True))

    def _places(self, level: Level) -> tuple[Ints, Ints]:
        """What is looked at: rows of sections, and the unit that each is, that stands in it or holds it."""
        sections = np.arange(len(self.families.labels["section"]))
        if level == "section":
            return sections, sections
        if level == "report":
            starts = self.families.reports
            return sections, np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        paragraphs = np.arange(len(self.families.labels["paragraph"]))
        return np.repeat(sections, np.diff(self.families.sections)), paragraphs

    def _found(self, level: Level, filters: Filters) -> Bools:
        """For each of the places whether it is found."""
        if level != "paragraph":
            return self._sections(self._node, filters)
        return self._paragraphs(self._node) & self._spread(self._sections(nodes.Everything(), filters))

    def _search(self, node: Node, filters: Filters) -> Bools:
        """For each section whether it matches."""
        if isinstance(node, nodes.Everything) and filters == Filters():
            return np.ones(len(self.families.labels["section"]), dtype=bool)
        found = np.zeros(len(self.families.labels["section"]), dtype=bool)
        found[self.reader.rows(node, filters)] = True
        return found

    def _spread(self, sections: Bools) -> Bools:
        """From sections to their paragraphs."""
        return np.repeat(sections, np.diff(self.families.sections))

    def _look(self, node: Node) -> Bools:
        """For each paragraph whether it matches, as if it were a section's only one."""
        match node:
            case nodes.Word(runs):
                return _any(self._holding(run) for run in runs)
            case nodes.Phrase(run):
                return self._holding(run)
            case nodes.And(children):
                return ~_any(~self._paragraphs(child) for child in children)
            case nodes.Or(children):
                return _any(self._paragraphs(child) for child in children)
            case nodes.Not(child):
                return ~self._paragraphs(child)
            case nodes.Preferring(child):
                return self._paragraphs(child)
            case _:
                return self._spread(self._sections(node, Filters()))

    def _holding(self, run: str) -> Bools:
        if self._texts is None:
            raise ValueError("a question with words needs the texts of paragraphs")
        return self._texts.holding(run)


def _any(masks: Iterable[Bools]) -> Bools:
    return reduce(np.logical_or, masks)


@contextmanager
def narrowing(library: Library, question: Question) -> Iterator[Narrowing]:
    """A question on the newest state of the index, for the length of a with block.

    What is made once for each state is made before, so that others may search meanwhile.
    """
    node = parse(question.query, library.lexicon.current())
    while True:  # an update may come between
        texts = library.derived(ParagraphTexts) if _has_text(node) else None
        values = library.derived(SectionValues)
        with library.reader_and_families() as (reader, families):
            if library.made_of(reader, values) and (texts is None or library.made_of(reader, texts)):
                yield Narrowing(reader, families, question, node, texts, values)
                return


def _has_text(node: Node) -> bool:
    """Whether what a paragraph says decides."""
    match node:
        case nodes.Word() | nodes.Phrase():
            return True
        case nodes.And(children) | nodes.Or(children):
            return any(map(_has_text, children))
        case nodes.Not(child) | nodes.Preferring(child):
            return _has_text(child)
        case _:
            return False
