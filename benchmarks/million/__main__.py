"""``python -m benchmarks.million``: build, ask, check, update; print the table, or write it (``--write``)."""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

from benchmarks.compare.engines.gaoku import Gaoku
from benchmarks.compare.report import machine
from benchmarks.marked import MILLION, with_section
from benchmarks.million.apart import apart
from benchmarks.million.measure import ask, build, open_once, say, update
from benchmarks.million.page import WARM_UP, Conditions, Results, page
from benchmarks.million.questions import PHRASES, Question, make_questions, some_of
from benchmarks.million.text import Shape, Source
from benchmarks.million.truth import Counted, count, differences

RESULTS = Path(__file__).resolve().parents[1] / "RESULTS.md"
_OPENED = 5  # times
_UPDATES = 5  # files put again, if there are so many; as many are taken out
_CHECKED = 8  # questions of each sort


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.million", description=__doc__)
    parser.add_argument("--sections", type=int, default=1_000_000)
    parser.add_argument("--characters", type=int, default=400, help="of a section's paragraphs")
    parser.add_argument("--seed", type=int, default=1, help="of text and questions")
    parser.add_argument("--report", type=int, default=250, help="sections of a report, which is a file")
    parser.add_argument("--each", type=int, default=40, help="questions of each sort")
    parser.add_argument("--directory", type=Path, help="for the index, which is kept; else a temporary one")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/RESULTS.md")
    options = parser.parse_args(arguments)
    given = sys.argv[1:] if arguments is None else list(arguments)
    conditions = Conditions(
        date=datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        command=" ".join(["python -m benchmarks.million", *given]),
        machine=machine(),
        system=f"{platform.system()} {platform.release()}",
        versions={
            "Python": platform.python_version(),
            **Gaoku().versions(),
            "whoosh3": version("whoosh3"),
            "jieba's dictionary": version("jieba"),
        },
        shape=Shape(options.sections, options.characters, options.seed, options.report),
    )
    if conditions.shape.files < 2:
        parser.error("there must be two files at least: one is put again, one is taken out")
    with ExitStack() as stack:
        directory = options.directory or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="gaoku-million-"))
        )
        if directory.exists() and any(directory.iterdir()):
            parser.error(f"{directory} is not empty")
        results = measure(conditions.shape, directory, options.each + WARM_UP)
    written = page(results, conditions)
    print(written)
    if results.wrong:
        raise SystemExit("\n".join(["wrong answers, nothing is written:", *results.wrong]))
    if options.write:
        RESULTS.write_text(with_section(RESULTS.read_text("utf-8"), MILLION, written), "utf-8")


def measure(shape: Shape, directory: Path, each: int) -> Results:
    """Measure all, one process after the other."""
    started = time.monotonic()

    def stage(name: str) -> None:
        say(f"{time.monotonic() - started:6.0f} s: {name}")

    stage("making questions")
    source = Source(shape)
    questions = make_questions(source, each)
    stage(f"building {shape.files:,} files")
    built, building = apart(build, shape, directory)
    index = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    say(f"  {built.seconds:.1f} s, {building.whole / 1e9:.2f} GB of memory, {index / 1e6:.0f} MB on disk")
    stage("opening")
    opened = [apart(open_once, directory, questions[0])[0] for _ in range(_OPENED)]
    say("  " + ", ".join(f"{one.seconds:.3f}" for one in opened) + " s")
    stage(f"asking {len(questions)} questions")
    answered, asking = apart(ask, directory, questions)
    stage("counting what is right")
    checked = some_of(questions, _CHECKED)
    right = count(source.files(), checked)
    told = dict(zip(questions, (answer.counted for answer in answered), strict=True))
    wrong = differences(checked, [told[question] for question in checked], right)
    stage("updating")
    changed, removed = _spread(shape.files)
    updated, updating = apart(update, shape, directory, changed, removed)
    say("  " + ", ".join(f"{seconds:.2f}" for seconds in (*updated.puts, *updated.drops)) + " s")
    stage("asking again")
    again = list(dict.fromkeys([*checked, *(q for q in questions if q.sort in ("pair", *PHRASES))]))
    after, _ = apart(ask, directory, again)
    right = updates(source, changed, removed, checked, right)
    told = dict(zip(again, (answer.counted for answer in after), strict=True))
    wrong += [
        f"after the updates: {line}"
        for line in (*updated.wrong, *differences(checked, [told[question] for question in checked], right))
    ]
    stage("done")
    return Results(
        built=built,
        building=building,
        index=index,
        opened=opened,
        questions=questions,
        answered=answered,
        asking=asking,
        updated=updated,
        updating=updating,
        after=list(zip(again, after, strict=True)),
        checked=2 * len(checked),
        wrong=wrong,
    )


def updates(
    source: Source,
    changed: Sequence[int],
    removed: Sequence[int],
    questions: Sequence[Question],
    right: Sequence[Counted],
) -> list[Counted]:
    """The right answers once files were changed and others taken out."""
    new = count((source.file(number, version=1) for number in changed), questions)
    old = count(map(source.file, (*changed, *removed)), questions)
    return [before + added - gone for before, added, gone in zip(right, new, old, strict=True)]


def _spread(files: int) -> tuple[list[int], list[int]]:
    """The files that are put again and those that are taken out, by turns from all over the index."""
    count = 2 * min(_UPDATES, files // 2)
    places = [files * (2 * n + 1) // (2 * count) for n in range(count)]
    return places[0::2], places[1::2]


if __name__ == "__main__":
    main()
