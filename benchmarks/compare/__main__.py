"""``python -m benchmarks.compare``: build and ask every engine, and write ``benchmarks/RESULTS.md``."""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.compare.engines import NAMES
from benchmarks.compare.measure import measure
from benchmarks.compare.queries import Questions, make_questions
from benchmarks.compare.report import Conditions, Measured, machine, results
from benchmarks.compare.texts import Text, generate, make_text, read_folder, regulations, shortened

RESULTS = Path(__file__).resolve().parents[1] / "RESULTS.md"
_SECTIONS = 20_000  # generated where there are no real texts
_SECONDS = 840.0
_CALIBRATION = 150_000  # characters that each engine builds first, to see how long the whole will take
# Shares of the seconds: reading the text; all questions of an engine's one sort; all questions together.
_READING, _EACH, _ASKING = 0.2, 0.01, 0.45


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument(
        "--files", type=int, help="so many of the regulations of GAOKU_SAMPLES (default: all)"
    )
    parser.add_argument("--sections", type=int, help="generate a text of so many sections instead")
    parser.add_argument("--seed", type=int, default=1, help="of text and questions")
    parser.add_argument("--seconds", type=float, default=_SECONDS, help="for the whole run")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    given = sys.argv[1:] if arguments is None else arguments
    end = time.monotonic() + options.seconds
    where = machine()
    text, remarks = _text(options)
    _say(f"{text.source}: {len(text.rows)} sections, {text.size / 1e6:.1f} MB")
    text, cut = _fitting(text, end - time.monotonic() - options.seconds * _ASKING)
    questions = make_questions(text.rows, options.seed)
    measured: list[Measured] = []
    for n, name in enumerate(NAMES, 1):
        left = end - time.monotonic() - 10 * (len(NAMES) - n)
        measured.append(measure(name, text, questions, options.seconds * _EACH, left))
        _say(f"{measured[-1].name}: {measured[-1].failed or f'built in {measured[-1].build_seconds:.1f} s'}")
    remarks += [*cut, _described(questions)]
    conditions = Conditions(
        date=datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        command=" ".join(["python -m benchmarks.compare", *given]),
        machine=where,
        system=f"{platform.system()} {platform.release()}",
        source=text.source,
        files=len(text.files),
        sections=len(text.rows),
        characters=text.characters,
        size=text.size,
        remarks=tuple(remarks),
    )
    page = results(measured, conditions)
    options.output.write_text(page, encoding="utf-8")
    print(page)


def _text(options: argparse.Namespace) -> tuple[Text, list[str]]:
    """The text that the options name, and what is to be said of it."""
    folder = regulations()
    if folder is None or options.sections is not None:
        sections = options.sections or _SECTIONS
        source = f"generated from the sample reports (--sections {sections} --seed {options.seed})"
        return make_text(source, generate(sections, options.seed)), []
    files, whole = read_folder(folder, options.files, options.seconds * _READING)
    source = "laws and local regulations (`samples/regulations`)"
    return make_text(source, files), [] if whole else [
        "Reading the text took too long; the rest is left out."
    ]


def _fitting(text: Text, seconds: float) -> tuple[Text, list[str]]:
    """As much of the text as all engines can build in ``seconds``, judged by a small piece of it."""
    if text.characters < _CALIBRATION * 4:
        return text, []
    piece = shortened(text, _CALIBRATION)
    took = sum(measure(name, piece, None, 0, seconds / len(NAMES)).build_seconds for name in NAMES)
    share = seconds / (took / piece.characters * text.characters * 1.3)  # the larger, the slower
    _say(f"building all of it will take some {took / piece.characters * text.characters:.0f} s")
    if share >= 1:
        return text, []
    kept = shortened(text, int(text.characters * share))
    return kept, [f"Cut from {len(text.rows):,} sections, so that the run ends in time (--seconds)."]


def _described(questions: Questions) -> str:
    """How many questions of each sort there are."""
    words = [*questions.words, *(f.word for f in questions.filtered), *questions.snippets]
    return (
        f"**Questions**: {len(questions.words)} of one word, {len(questions.long_words)} of one of three "
        f"characters or more, {len(questions.pairs)} of two words, {len(questions.phrases)} phrases, "
        f"{len(questions.filtered)} with filters, {len(questions.snippets)} for snippets "
        f"({sum(len(w) == 2 for w in words)} of the {len(words)} words of the first and the last two sorts "
        f"have two characters); for recall {len(questions.recall)} random phrases and "
        f"{len(questions.whole_words)} cut between words."
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
