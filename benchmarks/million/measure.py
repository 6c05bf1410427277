"""What is measured, each in a process of its own (:mod:`benchmarks.million.apart`)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path

from benchmarks.million.questions import Question
from benchmarks.million.text import Shape, Source
from benchmarks.million.truth import Counted, told
from indexer.analysis.version import analysis
from indexer.analysis.words import cut_words
from indexer.engines.base import Filters, Found, Reader, Writer
from indexer.engines.whoosh import WhooshEngine
from indexer.model import IndexMeta, report_id
from indexer.query.parser import parse

_STEPS = 20  # lines that tell how far building is


@dataclass(frozen=True, slots=True)
class Built:
    """``seconds`` in the engine's calls, ``generating`` between them; ``size`` in bytes: titles, headings and
    paragraphs in UTF-8."""

    seconds: float
    generating: float
    characters: int
    size: int


@dataclass(frozen=True, slots=True)
class Opened:
    """Seconds from nothing to a reader, and then to the first answer."""

    seconds: float
    answering: float


@dataclass(frozen=True, slots=True)
class Answered:
    """Milliseconds of one search, and what it counted."""

    milliseconds: float
    counted: Counted


@dataclass(frozen=True, slots=True)
class Updated:
    """Seconds of each update, until its reader is open, and what was wrong then."""

    puts: list[float]
    drops: list[float]
    wrong: list[str]


def build(shape: Shape, directory: Path) -> Built:
    """The whole index, in one update."""
    source = Source(shape)
    _warm_up()
    generating, characters, size = 0.0, 0, 0
    started = mark = time.perf_counter()
    writer = WhooshEngine().writer(directory)
    for number in range(shape.files):
        before = time.perf_counter()
        entry, reports = source.file(number)
        for report in reports:
            own = (
                line for section in report.sections for line in (section.heading or "", *section.paragraphs)
            )
            lines = [report.title, *own]
            characters += sum(map(len, lines))
            size += sum(len(line.encode("utf-8")) for line in lines)
        generating += time.perf_counter() - before
        writer.put(entry, reports)
        if (number + 1) % max(1, shape.files // _STEPS) == 0:
            mark = time.perf_counter()
            rate = size / 1e6 / (mark - started)
            say(f"  {number + 1:,} of {shape.files:,} files, {mark - started:.0f} s, {rate:.2f} MB/s")
    writer.commit(_meta())
    ended = time.perf_counter()
    say(f"  committed after another {ended - mark:.0f} s")
    return Built(ended - started - generating, generating, characters, size)


def open_once(directory: Path, question: Question) -> Opened:
    """Open the index and ask it one question."""
    _warm_up()
    started = time.perf_counter()
    reader = WhooshEngine().reader(directory)
    opened = time.perf_counter()
    _search(reader, question)
    ended = time.perf_counter()
    reader.close()
    return Opened(opened - started, ended - started)


def ask(directory: Path, questions: Sequence[Question]) -> list[Answered]:
    """Every question once, in this order."""
    _warm_up()
    reader = WhooshEngine().reader(directory)
    found = []
    for question in questions:
        started = time.perf_counter()
        answer = _search(reader, question)
        found.append(Answered((time.perf_counter() - started) * 1000, told(answer)))
    reader.close()
    return found


def update(shape: Shape, directory: Path, changed: Sequence[int], removed: Sequence[int]) -> Updated:
    """Put each of the changed files again, in its second version, then take out the removed ones: each is an
    update of its own, after which the index is opened."""
    source = Source(shape)
    _warm_up()
    puts, drops, wrong = [], [], []
    for number in changed:
        entry, reports = source.file(number, version=1)
        seconds, reader = _updated(directory, methodcaller("put", entry, reports))
        puts.append(seconds)
        stored = [reader.report(report_id(entry.file, report.ordinal)) for report in reports]
        if [filed.report if filed else None for filed in stored] != list(reports):
            wrong.append(f"{entry.file} is not as it was put")
        reader.close()
    for number in removed:
        entry, _ = source.file(number)
        seconds, reader = _updated(directory, methodcaller("drop", entry.file))
        drops.append(seconds)
        if entry.file in reader.files():
            wrong.append(f"{entry.file} is still there")
        reader.close()
    return Updated(puts, drops, wrong)


def _updated(directory: Path, change: Callable[[Writer], None]) -> tuple[float, Reader]:
    started = time.perf_counter()
    engine = WhooshEngine()
    writer = engine.writer(directory)
    change(writer)
    writer.commit(_meta())
    reader = engine.reader(directory)
    return time.perf_counter() - started, reader


def _search(reader: Reader, question: Question) -> Found:
    parts = (question.part,) if question.part else ()
    filters = Filters(years=question.years, parts=parts)
    return reader.search(parse(question.query), filters, "relevance", 0, 10)


def _meta() -> IndexMeta:
    return IndexMeta(analysis=analysis())


def _warm_up() -> None:
    """Load the dictionary, which is not measured."""
    list(cut_words("园区"))


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr, flush=True)
