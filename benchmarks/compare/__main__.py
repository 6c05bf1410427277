"""``make bench``: build and ask every engine; write ``benchmarks/RESULTS.md`` and the READMEs' table."""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.compare.budget import Trial, fitting, predicted
from benchmarks.compare.engines import NAMES
from benchmarks.compare.measure import build_again, measure
from benchmarks.compare.queries import Questions, make_questions
from benchmarks.compare.readme import CHINESE, ENGLISH, summary, write_summary
from benchmarks.compare.report import Conditions, Measured, machine, results
from benchmarks.compare.texts import Text, generate, make_text, read_folder, regulations, shortened
from benchmarks.marked import MILLION, section

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
READMES = {"README.md": ENGLISH, "README.zh-CN.md": CHINESE}
_SECTIONS = 20_000  # generated where there are no real texts
_ROUNDS = 4  # in which what is quickly built is built once more
_SECONDS = 800.0  # leaves time to install what is compared, within a quarter of an hour
_READING, _EACH = 0.2, 0.01  # shares of the seconds: reading the text; all questions of an engine's one sort
_TRIALS = (50_000, 200_000)  # characters of the pieces that are tried first
_STEP, _TRYING = 2, 0.12  # then what takes that share of the seconds, if so many times as large at least
_AIM, _OVER = 0.95, 1.05  # shares of the seconds: what the text is cut to; when engines are stopped


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument(
        "--files", type=int, help="so many of the regulations of GAOKU_SAMPLES (default: all)"
    )
    parser.add_argument("--sections", type=int, help="generate a text of so many sections instead")
    parser.add_argument("--seed", type=int, default=1, help="of text and questions")
    parser.add_argument("--seconds", type=float, default=_SECONDS, help="for the whole run")
    parser.add_argument(
        "--output", type=Path, help="write the page there, and leave benchmarks/RESULTS.md and READMEs alone"
    )
    options = parser.parse_args(arguments)
    given = sys.argv[1:] if arguments is None else arguments
    start = time.monotonic()
    where = machine()
    text, remarks = _text(options)
    _say(f"{text.source}: {len(text.rows):,} sections, {text.size / 1e6:.1f} MB")
    text, expected, cut = _fitting(text, options, start)
    end = start + options.seconds * _OVER
    measured, questions, _ = _run(text, options, end, expected)
    build_again(dict(zip(NAMES, measured, strict=True)), text, _ROUNDS, end)
    remarks += [*cut, _described(questions)]
    conditions = Conditions(
        date=datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        command=" ".join(["python -m benchmarks.compare", *given]) if given else "make bench",
        machine=where,
        system=f"{platform.system()} {platform.release()}",
        source=text.source,
        real=_folder(options) is not None,
        files=len(text.files),
        sections=len(text.rows),
        characters=text.characters,
        size=text.size,
        remarks=tuple(remarks),
    )
    page = results(measured, conditions)
    if options.output is not None:
        options.output.write_text(page, encoding="utf-8")
    else:
        RESULTS.write_text(page + _others(RESULTS), encoding="utf-8")
        for name, language in READMES.items():
            write_summary(ROOT / name, summary(measured, conditions, language))
    print(page)
    _say(f"took {time.monotonic() - start:.0f} of {options.seconds:.0f} s")


def _others(page: Path) -> str:
    """What another benchmark wrote into the page."""
    found = section(page.read_text("utf-8"), MILLION) if page.exists() else ""
    return found and f"\n{found}"


def _run(
    text: Text, options: argparse.Namespace, end: float, expected: Mapping[str, float]
) -> tuple[list[Measured], Questions, Trial]:
    """Build and ask every engine. One that is not done when those after it need the time is stopped."""
    started = time.monotonic()
    questions = make_questions(text.rows, options.seed)
    times = [time.monotonic()]
    measured = []
    for n, name in enumerate(NAMES, 1):
        left = end - times[-1] - sum(expected.get(other, 0.0) for other in NAMES[n:])
        measured.append(measure(name, text, questions, options.seconds * _EACH, left))
        times.append(time.monotonic())
        took = measured[-1].failed or f"{times[-1] - times[-2]:.1f} s"
        _say(f"{text.characters:,} characters, {measured[-1].name}: {took}")
    seconds = {name: after - before for name, before, after in zip(NAMES, times, times[1:], strict=False)}
    return measured, questions, Trial(text.characters, {"questions": times[0] - started, **seconds})


def _folder(options: argparse.Namespace) -> Path | None:
    """Where the real texts are, if they are wanted."""
    return regulations() if options.sections is None else None


def _text(options: argparse.Namespace) -> tuple[Text, list[str]]:
    """The text that the options name, and what is to be said of it."""
    folder = _folder(options)
    if folder is None:
        sections = options.sections or _SECTIONS
        source = f"generated from the sample reports (--sections {sections} --seed {options.seed})"
        return make_text(source, generate(sections, options.seed)), []
    files, whole = read_folder(folder, options.files, options.seconds * _READING)
    source = "laws and local regulations (`samples/regulations`)"
    return make_text(source, files), [] if whole else [
        "Reading the text took too long; the rest is left out."
    ]


def _fitting(
    text: Text, options: argparse.Namespace, start: float
) -> tuple[Text, Mapping[str, float], list[str]]:
    """As much of the text as all engines can build and answer in time, and how long each will take."""
    if text.characters < _TRIALS[-1] * 2:
        return text, {}, []
    end = start + float(options.seconds) * _AIM
    trials: list[Trial] = []

    def left() -> float:
        return end - time.monotonic()

    def foreseen(characters: int) -> float:
        return sum(predicted(trials[-2], trials[-1], characters).values())

    def another() -> int:
        """The size of the next trial; 0: there is nothing more to learn."""
        least = trials[-1].characters * _STEP
        if len(trials) < len(_TRIALS):
            return max(least, _TRIALS[len(trials)])
        if foreseen(text.characters) <= left():
            return 0
        size = fitting(trials[-2], trials[-1], options.seconds * _TRYING, text.characters // _STEP)
        return size if size >= least else 0

    size = _TRIALS[0]
    while size:
        trials.append(_run(shortened(text, size), options, start + options.seconds, {})[2])
        size = another()
    most = fitting(trials[-2], trials[-1], left(), text.characters)
    _say(f"all of it would take some {foreseen(text.characters):.0f} s, and {left():.0f} s are left")
    if most == text.characters:
        return text, predicted(trials[-2], trials[-1], text.characters), []
    kept = shortened(text, max(most, _TRIALS[0]))
    whole = f"{len(text.rows):,} sections"
    remark = f"Cut from {whole}, so that the run ends in time (--seconds {options.seconds:.0f})."
    return kept, predicted(trials[-2], trials[-1], kept.characters), [remark]


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
