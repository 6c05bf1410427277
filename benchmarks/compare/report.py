"""What was measured, and ``RESULTS.md`` made of it."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.compare.engines import MEMORY_MB


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of the questions of a sort, of which ``asked`` out of ``of`` were asked."""

    median: float
    p95: float
    asked: int
    of: int


@dataclass(slots=True)
class Recall:
    """What was found of the sections that a scan finds.

    ``mean``: the share a phrase, averaged; ``indexed_mean``: the same where what the engine answers without
    its index counts as not found. ``complete`` and ``nothing`` count phrases of which every section, or
    none, was found; ``there``, ``found`` and ``wrong`` count sections.
    """

    of: int
    asked: int = 0
    mean: float = 0.0
    indexed_mean: float = 0.0
    complete: int = 0
    nothing: int = 0
    there: int = 0
    found: int = 0
    wrong: int = 0


@dataclass(slots=True)
class Measured:
    """An engine's figures; ``failed`` says why there are none."""

    name: str
    versions: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    build_seconds: float = 0.0
    index_bytes: int = 0
    open_seconds: float = 0.0
    timings: dict[str, Timing | None] = field(default_factory=dict)
    recall: Recall | None = None
    whole_words: Recall | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """``memory`` in GiB; ``load``: processes that wanted a core in the last minute before the run."""

    processor: str
    cores: int
    memory: float | None = None
    load: float | None = None

    def __str__(self) -> str:
        memory = "" if self.memory is None else f", {self.memory:.0f} GiB of memory"
        load = "" if self.load is None else f", load {self.load:.1f} before the run"
        return f"{self.processor}, {self.cores} cores{memory}{load}"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What it was measured on. ``size`` in bytes; ``real``: the text is not generated."""

    date: str
    command: str
    machine: Machine
    system: str
    source: str
    real: bool
    files: int
    sections: int
    characters: int
    size: int
    remarks: tuple[str, ...] = ()


#: The sorts of question, as the table names them.
SORTS = {
    "word": "One word",
    "long_word": "One word of three characters or more",
    "words": "Two words, both wanted, with exact total",
    "phrase": "A quoted phrase of 4 to 8 characters",
    "filtered": "A word within years and part, with facets",
    "snippets": "A word, with snippets for ten hits",
}

Figure = Callable[[Measured, Conditions], float | None]


def _of_recall(value: Callable[[Recall], float]) -> Figure:
    return lambda m, _: value(m.recall) if m.recall else None


def _of_whole_words(value: Callable[[Recall], float]) -> Figure:
    return lambda m, _: value(m.whole_words) if m.whole_words else None


def _of_timing(sort: str, value: Callable[[Timing], float]) -> Figure:
    def figure(measured: Measured, _: Conditions) -> float | None:
        timing = measured.timings.get(sort)
        return value(timing) if timing else None

    return figure


#: The lines of the table: the key that notes use, the label, the unit, the figure.
METRICS: tuple[tuple[str, str, str, Figure], ...] = (
    ("build", "Build, s", "", lambda m, c: m.build_seconds),
    ("speed", "Build, MB/s of text", "", lambda m, c: c.size / 1e6 / m.build_seconds),
    ("size", "Index, MB", "", lambda m, c: m.index_bytes / 1e6),
    ("size_ratio", "Index, times the text", "", lambda m, c: m.index_bytes / c.size),
    ("open", "Open the index, ms", "", lambda m, c: m.open_seconds * 1000),
    *(
        line
        for sort, label in SORTS.items()
        for line in (
            (sort, f"{label}: median, ms", "", _of_timing(sort, lambda t: t.median)),
            (f"{sort}_p95", f"{label}: 95th percentile, ms", "", _of_timing(sort, lambda t: t.p95)),
        )
    ),
    ("recall", "Recall of random phrases, mean", "%", _of_recall(lambda r: r.mean * 100)),
    ("found", "Recall over all sections with a phrase", "%", _of_recall(lambda r: r.found / r.there * 100)),
    (
        "complete",
        "Phrases found everywhere they stand",
        "%",
        _of_recall(lambda r: r.complete / r.asked * 100),
    ),
    ("nothing", "Phrases not found at all", "%", _of_recall(lambda r: r.nothing / r.asked * 100)),
    (
        "whole_words",
        "Recall of phrases cut between words, mean",
        "%",
        _of_whole_words(lambda r: r.mean * 100),
    ),
    (
        "whole_words_complete",
        "Such phrases found everywhere they stand",
        "%",
        _of_whole_words(lambda r: r.complete / r.asked * 100),
    ),
    ("wrong", "Sections found that do not hold the random phrase", "", _of_recall(lambda r: r.wrong)),
    (
        "indexed",
        "Recall of random phrases by the index alone, mean",
        "%",
        _of_recall(lambda r: r.indexed_mean * 100),
    ),
)


def results(measured: Sequence[Measured], conditions: Conditions) -> str:
    """The page. The first engine is the one that the others are held against."""
    lines = [
        "# Gaoku and other search engines on the same text",
        "",
        f"Measured on {conditions.date} with `{conditions.command}`; whoever runs that gets this page anew.",
        "",
        f"- **Machine**: {conditions.machine}; {conditions.system}.",
        f"- **Text**: {conditions.source}: {conditions.files:,} files, {conditions.sections:,} sections, "
        f"{conditions.characters:,} characters, {conditions.size / 1e6:.2f} MB.",
        f"- **Versions**: {_versions(measured)}.",
        *(f"- {remark}" for remark in conditions.remarks),
        "",
        *_table(measured, conditions),
        "",
        *_HOW,
    ]
    return "\n".join(lines) + "\n"


def _versions(measured: Sequence[Measured]) -> str:
    versions = {"Python": platform.python_version()}
    for engine in measured:
        versions.update(engine.versions)
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _table(measured: Sequence[Measured], conditions: Conditions) -> list[str]:
    notes: list[str] = []
    base = measured[0]
    head = "| | " + " | ".join(m.name for m in measured) + " |"
    lines = [head, "|:--|" + "--:|" * len(measured)]
    for key, label, unit, figure in METRICS:
        cells = []
        for engine in measured:
            value = None if engine.failed else figure(engine, conditions)
            cell = _cell(value, None if base.failed else figure(base, conditions), unit, engine is base)
            for note in _notes_of(engine, key):
                if note not in notes:
                    notes.append(note)
                cell += f" <sup>{notes.index(note) + 1}</sup>"
            cells.append(cell)
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    lines += ["", "In brackets: the figure divided by Gaoku's.", ""]
    return [*lines, *(f"{n}. {note}" for n, note in enumerate(notes, 1))]


def _cell(value: float | None, base: float | None, unit: str, is_base: bool) -> str:
    if value is None:
        return "—"
    text = number(value) + (f" {unit}" if unit else "")
    return text if is_base or not base else f"{text} (×{number(value / base)})"


def _notes_of(engine: Measured, key: str) -> list[str]:
    """What is to be said of a figure: the engine's own notes, and what was cut short."""
    if engine.failed:
        return [f"{engine.name}: {engine.failed}"]
    notes = [engine.notes[key]] if key in engine.notes else []
    timing = engine.timings.get(key)
    if timing and timing.asked < timing.of:
        notes.append(f"{engine.name}: {timing.asked} of {timing.of} questions asked, then the time was up.")
    recall = {"recall": engine.recall, "whole_words": engine.whole_words}.get(key)
    if recall and recall.asked < recall.of:
        notes.append(f"{engine.name}: {recall.asked} of {recall.of} phrases asked, then the time was up.")
    return notes


def number(value: float) -> str:
    """Three significant digits, without an exponent; whole from a hundred on, and where it is whole."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{2 - math.floor(math.log10(abs(value)))}f}"


_HOW = f"""\
## How it is measured
- The text is read and split into sections once, by Gaoku's reports code; that is not in the build times.
  Gaoku's engine gets the files with their reports as the write path gives them. The others get each section
  as one document: heading and paragraphs (and the report's title in its first section) as lines, already
  normalised as Gaoku normalises (not in their build times, and in their favour: full-width letters and spaces
  between characters cost them nothing), with year, part and topic beside it.
- One engine after the other, each as it comes: Whoosh and FTS5 index on one thread, tantivy cuts on one and
  indexes on another, Gaoku tokenises in a process a core and writes in one; dictionaries are loaded
  before the clock starts. Whoosh and tantivy have {MEMORY_MB} MB for
  writing; all else stands as it is by default.
- An index is built once, opened once, and asked with warm dictionaries and files. Every question is asked
  once, so that no answer comes from a cache of answers. Each returns the ten best sections with the exact
  total; with snippets the search is in the time. Indexes that are built in less than ten seconds are then
  built four times more, by turns, each time in a new process: the machine is now quicker, now slower. Their
  times are medians.
- Questions are made from the text, with a fixed seed, by the number of sections that hold a word: a third
  each of frequent words (the 200 in most sections), middling (0.1 to 2 % of the sections) and rare ones
  (2 to 5 sections); phrases: the most frequent, the middle and the rarest of 600 cut at random.
- In Gaoku a word is also looked for in the titles of reports, and found wherever its characters stand
  in a row; Whoosh and tantivy find it where jieba cuts it so. Totals differ for that reason.
- Recall: random phrases of 2 to 8 Chinese characters, every place in the text as likely as another, asked in
  quotation marks, against a plain scan of the same sections. Such phrases often begin or end within a word,
  which is hard for engines that index words; phrases of two to four whole words, as jieba cuts the text where
  they were taken, are therefore counted separately.
- A generated text has the words of the sample reports and no others: middling and rare words are then few,
  and speeds are not those of a real text of that size.""".splitlines()


def machine() -> Machine:
    """Processor, cores, memory and how busy the machine is, as far as it says."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [x.partition(":")[2].strip() for x in info.read_text().splitlines() if x[:10] == "model name"]
        model = names[0] if names else model
    memory = None
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return Machine(model, os.cpu_count() or 1, memory, load)
