"""The section of ``RESULTS.md``."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.compare.measure import percentile
from benchmarks.compare.report import Machine, number
from benchmarks.million.apart import Memory
from benchmarks.million.measure import Answered, Built, Opened, Updated
from benchmarks.million.questions import PHRASES, SORTS, Question
from benchmarks.million.text import Shape

WARM_UP = 2  # of each sort; their times do not count
#: What is asked of a million sections.
_MEMORY, _PAIR, _PHRASE, _OPEN, _UPDATE = 8e9, 50.0, 100.0, 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Conditions:
    """What it was measured on."""

    date: str
    command: str
    machine: Machine
    system: str
    versions: dict[str, str]
    shape: Shape


@dataclass(slots=True)
class Results:
    """All that was measured; ``index`` in bytes. ``checked`` answers were compared with a plain count, half
    of them after the updates; ``wrong`` has a line for each that differed."""

    built: Built
    building: Memory
    index: int
    opened: list[Opened]
    questions: list[Question]
    answered: list[Answered]
    asking: Memory
    updated: Updated
    updating: Memory
    after: list[tuple[Question, Answered]]  # asked again once the updates were done
    checked: int = 0
    wrong: list[str] = field(default_factory=list)


def page(results: Results, conditions: Conditions) -> str:
    """The section, in Markdown."""
    shape, built = conditions.shape, results.built
    versions = ", ".join(f"{name} {version}" for name, version in conditions.versions.items())
    return "\n".join(
        [
            f"## {shape.sections:,} generated sections",
            "",
            f"Run on {conditions.date} with `{conditions.command}`, by hand; that writes this section anew.",
            "",
            f"- **Machine**: {conditions.machine}; {conditions.system}.",
            f"- **Text**: {shape.files:,} files, {shape.sections:,} sections of about {shape.characters:,} "
            f"characters; with headings and titles {built.characters:,}, {number(built.size / 1e6)} MB.",
            f"- **Versions**: {versions}.",
            f"- **Checked**: {results.checked} answers, totals and all facets, against a plain count over "
            f"the text, half of them after the updates: {len(results.wrong)} wrong.",
            "",
            "| Building, opening, updating | Seen | Wanted | |",
            "|:--|--:|--:|:--|",
            *(_row(*cells) for cells in _single(results)),
            "",
            "| Questions | Asked | Found, median | Median, ms | 95th percentile, ms | Wanted, median | |",
            "|:--|--:|--:|--:|--:|--:|:--|",
            *(_row(*cells) for cells in _asked(results)),
            "",
            *_HOW,
        ]
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _single(results: Results) -> list[tuple[str, str, str, str]]:
    built, updated = results.built, results.updated
    opened = statistics.median(o.seconds for o in results.opened)
    return [
        ("Building, s", number(built.seconds), "", ""),
        ("– and generating the text meanwhile, s", number(built.generating), "", ""),
        ("Characters a second", f"{built.characters / built.seconds:,.0f}", "", ""),
        ("MB of text a second", number(built.size / 1e6 / built.seconds), "", ""),
        (
            "Memory of building at most, GB",
            _gigabytes(results.building.whole),
            "≤ 8",
            _kept(results.building.whole, _MEMORY) if results.building.whole else "",
        ),
        ("– of it without the pages of files, GB", _gigabytes(results.building.own), "", ""),
        ("Index on disk, MB", number(results.index / 1e6), "", ""),
        ("Index on disk, times the text", number(results.index / built.size), "", ""),
        ("Opening, s", number(opened), "< 1", _kept(opened, _OPEN)),
        (
            "Opening and a first answer, s",
            number(statistics.median(o.answering for o in results.opened)),
            "",
            "",
        ),
        ("Memory of asking at most, GB", _gigabytes(results.asking.whole), "", ""),
        ("– of it without the pages of files, GB", _gigabytes(results.asking.own), "", ""),
        ("A file put again and opened, median, s", number(statistics.median(updated.puts)), "", ""),
        _slowest(updated.puts),
        ("A file taken out and opened, median, s", number(statistics.median(updated.drops)), "", ""),
        _slowest(updated.drops),
        ("Memory of updating at most, GB", _gigabytes(results.updating.whole), "", ""),
    ]


def _slowest(seconds: Sequence[float]) -> tuple[str, str, str, str]:
    return "– the slowest, s", number(max(seconds)), f"< {_UPDATE:.0f}", _kept(max(seconds), _UPDATE)


def _asked(results: Results) -> list[tuple[str, ...]]:
    asked = list(zip(results.questions, results.answered, strict=True))
    rows = []
    for sort, label in SORTS.items():
        limit = _PAIR if sort == "pair" else _PHRASE if sort in PHRASES else None
        rows.append(_line(label, measured(asked, sort), limit))
    rows.append(_line("All phrases", measured(asked, *PHRASES), _PHRASE))
    again = "{} (after the updates)".format
    rows.append(_line(again(SORTS["pair"]), measured(results.after, "pair"), _PAIR))
    rows.append(_line(again("All phrases"), measured(results.after, *PHRASES), _PHRASE))
    return rows


def measured(asked: Sequence[tuple[Question, Answered]], *sorts: str) -> list[Answered]:
    """The answers of these sorts whose times count."""
    found: list[Answered] = []
    for sort in sorts:
        found += [answer for question, answer in asked if question.sort == sort][WARM_UP:]
    return found


def _line(label: str, answers: Sequence[Answered], limit: float | None) -> tuple[str, ...]:
    if not answers:
        return (label, "0", "—", "—", "—", "", "")
    times = [answer.milliseconds for answer in answers]
    median = statistics.median(times)
    return (
        label,
        str(len(answers)),
        f"{statistics.median(answer.counted['total', ''] for answer in answers):,.0f}",
        number(median),
        number(percentile(times, 95)),
        "" if limit is None else f"< {limit:.0f}",
        "" if limit is None else _kept(median, limit),
    )


def _gigabytes(size: int) -> str:
    return number(size / 1e9) if size else "—"


def _kept(seen: float, limit: float) -> str:
    return "kept" if seen < limit else "not kept"


_HOW = f"""\
### How the million is measured
- The text is generated file by file (`benchmarks/million/text.py`; the same for a seed): walks over 60,000
  words of jieba's dictionary by Zipf's law, with figures and signs; every fifth paragraph is from a stock. It
  has somewhat more different neighbours than a real text has (4 million characters: 220,000 pairs, laws and
  regulations 135,000), and says nothing of how well hits rank.
- The engine gets reports as the write path gives them, in one update. Building is the time in its calls;
  what its own processes do while text is generated is not seen in it, hence the second line.
- Memory is the proportional set size of the process and all that descend from it, looked at five times a
  second: what they share is counted once; pages of mapped files count as long as they are in memory. The
  generator and jieba's dictionary are in it, too (some 150 MB).
- Opening: the median of five, each in a fresh process with modules and dictionary loaded. The files were just
  written or read: they lie in the system's page cache here and for all that follows.
- Questions are made from a sample of forty files, as `benchmarks/compare/queries.py` makes its own. Each is
  asked once, all in one process; the first {WARM_UP} of a sort warm up and are not counted. An answer has the
  ten best sections, the exact total and all facets.
- An update puts a file again, with other paragraphs, or takes one out, commits and opens the index anew: five
  times each (where there are ten files), all over the index. Then answers are checked again.
- Wanted is what a million sections of 400 characters are to keep to, whatever was run here.""".splitlines()
