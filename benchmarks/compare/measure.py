"""Build and ask: one engine a process, one process after the other."""

from __future__ import annotations

import gc
import math
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.compare.engines import Engine, make_engine
from benchmarks.compare.queries import Questions, Sought
from benchmarks.compare.report import Measured, Recall, Timing
from benchmarks.compare.texts import Text

_NO_TIME, _QUICK = 0.5, 10.0  # seconds: a build that takes less, or more, is not repeated
_WARM_UP = 3  # questions of each sort that are not measured
_RECALL = (
    4  # times as long as the questions of a sort may take: phrases are more, and all their places wanted
)


def measure(name: str, text: Text, questions: Questions, each: float, seconds: float) -> Measured:
    """Measure an engine in a process of its own.

    ``each``: seconds for the questions of a sort; those not asked by then are left out. After ``seconds``
    the process is stopped. What goes wrong is in ``failed``.
    """
    return _apart(name, seconds, run, text, questions, each)


def build_again(measured: Mapping[str, Measured], text: Text, rounds: int, end: float) -> None:
    """Build the indexes once more that are quickly built, by turns, in a process each: a machine is now
    quicker, now slower. The median of all times is kept. No build begins that may last beyond ``end``."""
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, one in measured.items():
            if not _NO_TIME < one.build_seconds < _QUICK or time.monotonic() + 2 * _QUICK > end:
                continue
            again = _apart(name, 2 * _QUICK, _build, text)
            if not again.failed:
                times.setdefault(name, [one.build_seconds]).append(again.build_seconds)
    for name, several in times.items():
        measured[name].build_seconds = statistics.median(several)


def _apart(name: str, seconds: float, task: Callable[..., Measured], *arguments: object) -> Measured:
    """Carry out a task with an engine in a process of its own."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sending, name, task, *arguments))
    process.start()
    sending.close()
    try:
        if receiving.poll(max(1.0, seconds)):
            result: Measured = receiving.recv()
            return result
        return Measured(name, failed=f"stopped after {seconds:.0f} s (--seconds)")
    except EOFError:
        process.join()
        return Measured(name, failed=f"its process ended with status {process.exitcode}")
    finally:
        process.kill()
        process.join()


def _answer(answer: Connection, name: str, task: Callable[..., Measured], *arguments: object) -> None:
    try:
        engine = make_engine(name)
    except ImportError as error:
        answer.send(Measured(name, failed=f"not installed: {error}"))
        return
    answer.send(task(engine, *arguments))


def _build(engine: Engine, text: Text) -> Measured:
    """Build alone."""
    with _built(engine, text) as (_, seconds):
        return Measured(engine.name, build_seconds=seconds)


@contextmanager
def _built(engine: Engine, text: Text) -> Iterator[tuple[Path, float]]:
    """An index, gone afterwards, and how long it took."""
    engine.warm_up()
    gc.collect()
    gc.freeze()  # the text itself is not looked through again and again
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary) / "index"
        directory.mkdir()
        yield directory, _seconds(lambda: engine.build(text, directory))


def run(engine: Engine, text: Text, questions: Questions, each: float) -> Measured:
    """Measure an engine in this process."""
    result = Measured(engine.name, versions=engine.versions(), notes=dict(engine.notes))
    with _built(engine, text) as (directory, result.build_seconds):
        result.index_bytes = sum(p.stat().st_size for p in directory.rglob("*") if p.is_file())
        result.open_seconds = _seconds(lambda: engine.open(text, directory))
        try:
            _ask(engine, questions, each, result)
        finally:
            engine.close()
    return result


def _ask(engine: Engine, questions: Questions, each: float, result: Measured) -> None:
    for sought in questions.recall[:_WARM_UP]:
        engine.words((sought.phrase,))
        engine.phrase(sought.phrase)
        engine.snippets(sought.phrase)
    sorts: dict[str, Sequence[Callable[[], object]]] = {
        "word": [partial(engine.words, (w,)) for w in questions.words],
        "long_word": [partial(engine.words, (w,)) for w in questions.long_words],
        "words": [partial(engine.words, pair) for pair in questions.pairs],
        "phrase": [partial(engine.phrase, p) for p in questions.phrases],
        "filtered": [partial(engine.filtered, f) for f in questions.filtered],
        "snippets": [partial(engine.snippets, w) for w in questions.snippets],
    }
    for sort, calls in sorts.items():
        result.timings[sort] = timing(calls, each)
    result.recall = recall(engine, questions.recall, each * _RECALL)
    result.whole_words = recall(engine, questions.whole_words, each * _RECALL)


def timing(calls: Sequence[Callable[[], object]], limit: float) -> Timing | None:
    """Ask everything once; stop after ``limit`` seconds. None if there was nothing to ask."""
    end = time.perf_counter() + limit
    times: list[float] = []
    for call in calls:
        if times and time.perf_counter() > end:
            break
        times.append(_seconds(call) * 1000)
    return Timing(statistics.median(times), percentile(times, 95), len(times), len(calls)) if times else None


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest of the values that so many per cent of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def recall(engine: Engine, phrases: Sequence[Sought], limit: float) -> Recall | None:
    """Compare what an engine finds for each phrase with the scan; stop after ``limit`` seconds."""
    end = time.perf_counter() + limit
    result = Recall(of=len(phrases))
    for phrase, truth in ((s.phrase, s.truth) for s in phrases):
        if result.asked and time.perf_counter() > end:
            break
        found = engine.rows(phrase)
        share = len(found & truth) / len(truth)
        result.asked += 1
        result.mean += share
        result.indexed_mean += share if len(phrase) >= engine.shortest else 0.0
        result.complete += truth <= found
        result.nothing += not found & truth
        result.there += len(truth)
        result.found += len(found & truth)
        result.wrong += len(found - truth)
    if not result.asked:
        return None
    result.mean /= result.asked
    result.indexed_mean /= result.asked
    return result


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
