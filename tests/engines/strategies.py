"""Random corpora, updates and questions, from so few pieces that questions often match."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from indexer.analysis.normalise import normalise
from indexer.engines.base import SORTS, Filters, Sort
from indexer.file_types import FILE_TYPES
from indexer.model import PARTS, FileEntry, Report, Section
from indexer.query.nodes import (
    And,
    Everything,
    InField,
    Node,
    Not,
    Or,
    PartIs,
    Phrase,
    Preferring,
    TopicIs,
    Word,
    Years,
)

#: Two of one type, one that is none of the table, and none at all.
FORMATS = ("text", "docx", "doc", "hologram", None)
#: The empty name is none; one is the beginning of another.
UNITS = ("", "招商", "招商局", "\udc80局", "Ａ局")

#: Out of order for a plain sort of bytes, of numbers, and of whatever is written first.
FILES = ("a/1.txt", "a/10.txt", "a/2.txt", "b/招商.txt", "a/\udcff.txt")
YEARS = (2018, 2019, 2020)
SOME_PARTS = PARTS[:3]
SOME_TOPICS = ("招商引资", "项目建设", "疫情防控")

#: Words that jieba knows, characters of theirs, variants that normalise to them, figures and signs.
PIECES = (
    *("招商引资", "招商", "项目建设", "工作", "招", "商", "项", "工", "作"),
    *("資", "Ａ", "ab", "a", "b", "1", "12.5%", "，", "。", " ", "\u3000", "\u200b", "㎡", "\n"),
)

#: So few that two random stretches of them often stand in each other.
DENSE = ("招", "商", "招商", "招商引资", "工作", "商工", "a", "1")

#: Words that name a year or a part.
MEANINGS = ("2019", "2019年", "2020", "计划", "问题")

texts = st.one_of(
    st.lists(st.sampled_from(DENSE), min_size=2, max_size=10).map("".join),
    st.lists(st.sampled_from(DENSE), min_size=1, max_size=6).map("".join),
    st.lists(st.sampled_from((*DENSE, *MEANINGS)), min_size=1, max_size=6).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
)
runs = st.one_of(
    st.sampled_from(DENSE),
    st.sampled_from(MEANINGS),
    st.text("招商", min_size=3, max_size=4),
    st.text("招商引工作", min_size=2, max_size=3),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=2).map("".join).map(normalise).filter(bool),
)


@dataclass(frozen=True)
class Step:
    """One thing that a writer is told about a file. ``what``: "put", "update" or "drop"."""

    what: str
    file: str
    number: int
    reports: tuple[Report, ...] = ()
    format: str | None = "text"


@dataclass(frozen=True)
class Question:
    """What an engine is asked."""

    query: Node
    filters: Filters
    sort: Sort
    offset: int
    limit: int
    groups: tuple[int, ...] | None = None  # a cycle that sections are put into by turns; None: not folded


def entry_of(step: Step, reports: int) -> FileEntry:
    """The entry of a file as a step leaves it; ``number`` tells it from earlier ones."""
    return FileEntry(step.file, f"digest {step.number}", None, step.format, reports=reports)


sections = st.builds(
    Section,
    heading=st.none() | texts,
    level=st.integers(0, 3),
    path=st.just(()),
    paragraphs=st.lists(texts, min_size=1, max_size=2).map(tuple) | st.just(()),
    year=st.none() | st.sampled_from(YEARS),
    part=st.sampled_from(SOME_PARTS),
    topic=st.none() | st.sampled_from(SOME_TOPICS),
)


@st.composite
def reports_of_file(draw: st.DrawFn) -> tuple[Report, ...]:
    """The reports of one file."""
    return tuple(
        Report(
            ordinal,
            draw(texts),
            tuple(draw(st.lists(sections, max_size=4))),
            unit=draw(st.none() | st.sampled_from(UNITS) | texts),
            year=draw(st.none() | st.sampled_from(YEARS)),
        )
        for ordinal in range(1, draw(st.integers(1, 2)) + 1)
    )


@st.composite
def updates(draw: st.DrawFn, most: int = 3) -> list[list[Step]]:
    """Updates in order; in each, a file comes once at most, as the protocol of writers demands."""
    every: list[list[Step]] = []
    number = 0
    for _ in range(draw(st.integers(1, most))):
        steps = []
        for file in draw(st.lists(st.sampled_from(FILES), min_size=1, max_size=3, unique=True)):
            what = draw(st.sampled_from(["put", "put", "put", "update", "drop"]))
            number += 1
            reports = draw(reports_of_file()) if what == "put" else ()
            steps.append(Step(what, file, number, reports, draw(st.sampled_from(FORMATS))))
        every.append(steps)
    return every


leaves: st.SearchStrategy[Node] = st.one_of(
    runs.map(lambda run: Word((run,))),
    runs.map(Phrase),
    st.lists(runs, min_size=1, max_size=2).map(lambda several: Word(tuple(several))),
    st.text("招商", min_size=3, max_size=4).map(Phrase),
    st.just(Everything()),
    st.builds(InField, st.sampled_from(["title", "heading", "unit", "file"]), runs),
    st.builds(Years, st.none() | st.sampled_from(YEARS), st.none() | st.sampled_from(YEARS)),
    st.sampled_from(SOME_PARTS).map(PartIs),
    st.sampled_from(SOME_TOPICS).map(TopicIs),
)


def _branches(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, min_size=1, max_size=3).map(tuple)
    return st.one_of(several.map(And), several.map(Or), children.map(Not))


_trees: st.SearchStrategy[Node] = st.recursive(leaves, _branches, max_leaves=5)
#: Half of them as they are, half with runs that they prefer.
queries: st.SearchStrategy[Node] = st.one_of(
    _trees,
    st.builds(Preferring, _trees, runs, st.lists(runs, max_size=2, unique=True).map(tuple)),
)

filters = st.one_of(
    st.just(Filters()),
    st.builds(
        Filters,
        years=st.none() | st.tuples(st.none() | st.sampled_from(YEARS), st.none() | st.sampled_from(YEARS)),
        parts=st.lists(st.sampled_from(SOME_PARTS), max_size=2).map(tuple),
        topics=st.lists(st.sampled_from(SOME_TOPICS), max_size=2).map(tuple),
        units=st.just(()) | st.lists(st.sampled_from(UNITS), max_size=2).map(tuple),
        formats=st.just(()) | st.lists(st.sampled_from(FILE_TYPES), max_size=3).map(tuple),
    ),
)

questions = st.builds(
    Question,
    query=queries,
    filters=filters,
    sort=st.sampled_from(SORTS),
    offset=st.sampled_from([0, 0, 0, 1, 3]),
    limit=st.sampled_from([1000, 1000, 3, 1, 0]),
    groups=st.none() | st.lists(st.integers(-1, 4), min_size=1, max_size=7).map(tuple),
)
