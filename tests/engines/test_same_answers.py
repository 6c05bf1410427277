"""Whatever is written and asked, Whoosh gives what the plain scan gives."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from indexer.analysis import bulk_words
from indexer.engines.base import Engine, Found, Reader
from indexer.engines.scan import ScanEngine
from indexer.engines.whoosh import (
    WhooshEngine,
    arrays,
    batches,
    evaluate,
    lists,
    merging,
    tokenising,
    top,
    writer,
)
from indexer.model import FiledReport, FiledSection, FileEntry, IndexMeta, section_id

from .strategies import Question, Step, entry_of, questions, updates

#: Shrinking a failure would build hundreds of indexes; take it out to see the smallest example.
PHASES = tuple(phase for phase in Phase if phase is not Phase.shrink)

P = ParamSpec("P")
T = TypeVar("T")


class InThisProcess(Executor):
    """What is to be done is done at once; to start processes takes longer than all these corpora do."""

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(function(*args, **kwargs))
        return future


#: Constants by which one way to an answer is taken or another, with values of which some corpora are above
#: and some below, and the value that they have. The modules are those that see it.
SWITCHES: dict[str, tuple[tuple[ModuleType, ...], tuple[int, ...]]] = {
    "MOST": ((merging, writer), (1, 10, 40, merging.MOST)),
    "BATCH": ((batches,), (1, 500, batches.BATCH)),
    "_WORDS": ((batches,), (0, 5000, batches._WORDS)),
    "_ENOUGH": ((arrays,), (1000, 10_000, arrays._ENOUGH)),
    "GROUP": ((tokenising,), (1, 20, tokenising.GROUP)),
    "MOST_IN_GROUP": ((tokenising,), (1, 2, tokenising.MOST_IN_GROUP)),
    "BLOCK": ((lists,), (1, 7, lists.BLOCK)),
    "_DENSE": ((evaluate,), (0, 1, 3, evaluate._DENSE)),
    "_BITS": ((bulk_words,), (16, 30, bulk_words._BITS)),
    "_WIDE": ((top,), (-1, 2, top._WIDE)),
}

#: The constants above with values of theirs.
Ways = dict[str, int]

ways = st.fixed_dictionaries({name: st.sampled_from(values) for name, (_, values) in SWITCHES.items()})


@contextmanager
def going(chosen: Ways) -> Iterator[None]:
    """Go these ways."""

    def executor(*_: Any) -> InThisProcess:
        return InThisProcess()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "executor", executor)
        for name, value in chosen.items():
            for module in SWITCHES[name][0]:
                patch.setattr(module, name, value)
        yield


def write(engine: Engine, directory: Path, steps: list[Step], held: dict[str, int], meta: IndexMeta) -> None:
    """Commit one update; ``held`` are the files there with the number of their reports."""
    writer = engine.writer(directory)
    for step in steps:
        if step.what == "put":
            writer.put(entry_of(step, len(step.reports)), step.reports)
        elif step.what == "drop":
            writer.drop(step.file)
        elif step.file in held:
            writer.update(entry_of(step, held[step.file]))
    writer.commit(meta)


def after(steps: list[Step], held: dict[str, int]) -> dict[str, int]:
    """The files there after an update, with the number of their reports."""
    held = dict(held)
    for step in steps:
        if step.what == "put":
            held[step.file] = len(step.reports)
        elif step.what == "drop":
            held.pop(step.file, None)
    return held


def everything(reader: Reader) -> tuple[dict[str, FileEntry], list[FiledReport], list[FiledSection | None]]:
    """All that an index holds."""
    reports = list(reader.reports())
    ids = [section_id(r.report_id, n) for r in reports for n in range(len(r.report.sections))]
    return dict(reader.files()), reports, [reader.section(i) for i in ids]


def ask(reader: Reader, question: Question) -> Found:
    groups = None
    if question.groups is not None:
        groups = np.resize(np.array(question.groups, dtype=np.int64), reader.counts().sections)
    return reader.search(
        question.query, question.filters, question.sort, question.offset, question.limit, groups
    )


@given(updates=updates(), questions=st.lists(questions, min_size=6, max_size=6), ways=ways)
@settings(max_examples=120, phases=PHASES)
def test_whoosh_gives_what_the_scan_gives(
    updates: list[list[Step]], questions: list[Question], ways: Ways
) -> None:
    scan, whoosh = ScanEngine(), WhooshEngine()
    held: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder, going(ways):
        directory = Path(folder)
        for number, steps in enumerate(updates):
            meta = IndexMeta(updated=f"update {number}")
            for engine in (scan, whoosh):
                write(engine, directory, steps, held, meta)
            held = after(steps, held)
            plain, fast = scan.reader(directory), whoosh.reader(directory)
            assert whoosh.verify(directory) == []
            assert (fast.meta, fast.counts()) == (plain.meta, plain.counts())
            assert list(fast.report_ids()) == list(plain.report_ids())
            assert everything(fast) == everything(plain)
            for question in questions:
                assert ask(fast, question) == ask(plain, question), question
                count = fast.count(question.query, question.filters)
                assert count == plain.count(question.query, question.filters), question
                years = fast.by_year(question.query, question.filters)
                assert years == plain.by_year(question.query, question.filters), question
                rows = fast.rows(question.query, question.filters).tolist()
                assert rows == plain.rows(question.query, question.filters).tolist(), question
            fast.close()


@given(
    updates=updates(),
    questions=st.lists(questions, min_size=4, max_size=4),
    ways=ways,
    other_ways=ways,
)
@settings(max_examples=60, phases=PHASES)
def test_updates_end_where_building_from_scratch_ends(
    updates: list[list[Step]], questions: list[Question], ways: Ways, other_ways: Ways
) -> None:
    engine = WhooshEngine()
    held: dict[str, int] = {}
    last: dict[str, tuple[FileEntry, Step]] = {}
    meta = IndexMeta(updated="now")
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        for steps in updates:
            with going(ways):
                write(engine, Path(one), steps, held, meta)
            for step in steps:
                if step.what == "put":
                    last[step.file] = (entry_of(step, len(step.reports)), step)
                elif step.what == "drop":
                    last.pop(step.file, None)
                elif step.file in last:
                    put = last[step.file][1]
                    last[step.file] = (entry_of(step, len(put.reports)), put)
            held = after(steps, held)
        with going(other_ways):
            building = engine.writer(Path(other))
            for entry, put in reversed(list(last.values())):
                building.put(entry, put.reports)
            building.commit(meta)
        updated, built = engine.reader(Path(one)), engine.reader(Path(other))
        assert everything(updated) == everything(built)
        for question in questions:
            with going(ways):
                found = ask(updated, question)
            with going(other_ways):
                assert ask(built, question) == found, question
        updated.close()
        built.close()
