"""How fast repeated paragraphs are found, and how many of them: ``python -m benchmarks.families``.

::

    make_texts ──> known pairs (exact)          ─┐
        ├── Gaoku: forms, then alike_units        ├──> page
        ├── datasketch: MinHashLSH, exact check   │
        ├── Gaoku at other sizes: find_families   │
    crowds ── Gaoku: alike_reports, alike_units  ─┘

The paragraphs are generated: templates that come back with other figures, names and words, some of them so
much changed that they are just alike or just not, beside ones that nothing repeats. Both start from the same
paragraphs and end with the same thing, the family of each; both compare exactly what they take for alike.

What is timed: beside datasketch, making template forms and finding families, and the latter alone as well; by
size, both, at all three levels; for crowds, finding families alone. Making texts, reading reports and writing
``families.npz`` never are.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from importlib import import_module
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any, cast

from indexer.analysis.template_form import template_form
from indexer.families.clusters import alike_units
from indexer.families.detect import find_families
from indexer.families.forms import LEAST, SHINGLE, make_forms
from indexer.model import Report, Section

from . import crowds

OUTPUT = Path(__file__).parent / "FAMILIES.md"
SIZES = (10_000, 30_000, 100_000, 300_000)
THRESHOLD = 0.8
PERMUTATIONS = 128
_WORDS = 5_000  # of two or three characters: the vocabulary that texts are made from
_PARAGRAPHS = 40  # a report, in sections of 5
_TEMPLATED = 0.6  # share of the paragraphs that are made from templates
_UNCHANGED = 0.3  # share of the copies in which nothing but figures and names changes


@dataclass(frozen=True)
class Texts:
    """Paragraphs, and for each the template that it was made from (None: none)."""

    paragraphs: list[str]
    templates: list[int | None]

    def reports(self) -> Iterator[Report]:
        """The paragraphs as reports, in order."""
        for start in range(0, len(self.paragraphs), _PARAGRAPHS):
            own = self.paragraphs[start : start + _PARAGRAPHS]
            sections = tuple(Section(None, 0, (), tuple(own[i : i + 5])) for i in range(0, len(own), 5))
            yield Report(1 + start // _PARAGRAPHS, "题", sections)


def make_texts(count: int, seed: int = 1) -> Texts:
    """``count`` paragraphs in random order; the same for the same seed."""
    chance = random.Random(seed)
    characters = [chr(0x4E00 + i) for i in chance.sample(range(0x3000), 2_000)]
    vocabulary = ["".join(chance.choices(characters, k=chance.choice((2, 2, 2, 3)))) for _ in range(_WORDS)]

    def words(number: int) -> list[str]:
        # The square makes some words much more frequent than others, as they are.
        return [vocabulary[int(_WORDS * chance.random() ** 2)] for _ in range(number)]

    made: list[tuple[str, int | None]] = []
    template = 0
    while len(made) < count * _TEMPLATED:
        text = _with_slots(words(chance.randint(15, 60)), chance)
        # Most templates come back a few times, few of them hundreds of times.
        for _ in range(min(int(2 / chance.random() ** 0.7), 400)):
            made += [(_filled(text, words, chance), template)]
        template += 1
    while len(made) < count:
        made.append((_filled(_with_slots(words(chance.randint(15, 60)), chance), words, chance), None))
    made = made[:count]
    chance.shuffle(made)
    return Texts([text for text, _ in made], [known for _, known in made])


def _with_slots(words: list[str], chance: random.Random) -> list[str]:
    """A template: some words are figures (``#``) or names (``@``), and there are commas."""
    slots = [(chance.choice("##@") if chance.random() < 0.08 else word) for word in words]
    return [word + "，" if chance.random() < 0.15 else word for word in slots]


def _filled(template: list[str], words: Callable[[int], list[str]], chance: random.Random) -> str:
    """A copy: other figures and names; in most, some words are others too, up to a fifth of them."""
    changed = 0.0 if chance.random() < _UNCHANGED else chance.random() * 0.2
    text = []
    for word in template:
        if word.startswith("#"):
            text.append(
                f"{chance.random() * 10 ** chance.randint(1, 4):.{chance.randint(0, 2)}f}%" + word[1:]
            )
        elif word.startswith("@"):
            text.append(words(1)[0] + word[1:])
        else:
            text.append(words(1)[0] if chance.random() < changed else word)
    return "".join(text) + "。"


def shingles(form: str) -> frozenset[str]:
    """The set of shingles of a template form; empty where it is too short to be compared."""
    if len(form) < LEAST["paragraph"]:
        return frozenset()
    return frozenset(form[i : i + SHINGLE] for i in range(len(form) - SHINGLE + 1))


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Jaccard similarity of 4 / 5 or more, in whole numbers."""
    shared = len(one & other)
    return shared * 5 >= (len(one) + len(other) - shared) * 4 > 0


class Families:
    """Groups that pairs are joined to."""

    def __init__(self, count: int) -> None:
        self.parent = list(range(count))

    def root(self, unit: int) -> int:
        """The smallest number of the group."""
        while self.parent[unit] != unit:
            self.parent[unit] = self.parent[self.parent[unit]]
            unit = self.parent[unit]
        return unit

    def join(self, one: int, other: int) -> None:
        """Make one of two."""
        one, other = sorted((self.root(one), self.root(other)))
        self.parent[other] = one

    def labels(self) -> list[int]:
        """The root of each."""
        return [self.root(unit) for unit in range(len(self.parent))]


def known_pairs(texts: Texts) -> list[tuple[int, int]]:
    """The pairs of copies of one template that are alike: all of them compared, exactly."""
    copies: dict[int, list[int]] = {}
    for number, template in enumerate(texts.templates):
        if template is not None:
            copies.setdefault(template, []).append(number)
    found = []
    for numbers in copies.values():
        sets = {n: shingles(template_form(texts.paragraphs[n])) for n in numbers}
        found += [(a, b) for a, b in combinations(numbers, 2) if alike(sets[a], sets[b])]
    return found


@dataclass(frozen=True)
class Measured:
    """What a run took: ``labels`` are the families of the paragraphs, times processor seconds, ``memory`` the
    MB that the process's peak rose by."""

    labels: list[int]
    forms: float
    finding: float
    memory: float = 0.0

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.forms + self.finding


def with_gaoku(texts: Texts) -> Measured:
    """Families of paragraphs by Gaoku."""
    started = time.process_time()
    forms = make_forms(texts.reports())
    made = time.process_time()
    labels = alike_units(forms, "paragraph").labels().tolist()
    return Measured(labels, made - started, time.process_time() - made)


def at_all_levels(texts: Texts) -> Measured:
    """Families of paragraphs, sections and reports by Gaoku, as an update of the index finds them."""
    started = time.process_time()
    labels = find_families(texts.reports()).labels["paragraph"].tolist()
    return Measured(labels, 0.0, time.process_time() - started)


def with_datasketch(texts: Texts) -> Measured:
    """Families by datasketch: signatures in bulk, MinHashLSH at 0.8, what it gives compared exactly."""
    datasketch: Any = import_module("datasketch")  # the extra "bench"; without type information
    started = time.process_time()
    forms = [template_form(paragraph) for paragraph in texts.paragraphs]
    made = time.process_time()
    families = Families(len(forms))
    index = datasketch.MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    sets: dict[int, frozenset[str]] = {}
    for first in range(0, len(forms), 1_000):
        own = {n: s for n, form in enumerate(forms[first : first + 1_000], first) if (s := shingles(form))}
        sets |= own
        encoded = ([shingle.encode("utf-8") for shingle in s] for s in own.values())
        signatures = datasketch.MinHash.generator(encoded, num_perm=PERMUTATIONS)
        for number, signature in zip(own, signatures, strict=True):
            for other in index.query(signature):
                if families.root(number) != families.root(other) and alike(sets[number], sets[other]):
                    families.join(number, other)
            index.insert(number, signature, check_duplication=False)
    return Measured(families.labels(), made - started, time.process_time() - made)


def at_a_crowd(number: int, count: int, seed: int) -> tuple[float, int]:
    """Processor seconds and families of one of :data:`crowds.CROWDS`, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_warm_crowd, (number, count, seed))


def _warm_crowd(number: int, count: int, seed: int) -> tuple[float, int]:
    crowds.find(crowds.CROWDS[number], 10, seed)  # modules and tables are loaded before the clock starts
    return crowds.find(crowds.CROWDS[number], count, seed)


def _measure(find: Callable[[Texts], Measured], count: int, seed: int, answer: Any) -> None:
    texts = make_texts(count, seed)
    find(make_texts(200, seed))  # dictionaries and tables are loaded before the clock starts
    before = _peak()
    measured = find(texts)
    answer.put(replace(measured, memory=(_peak() - before) / 1024))


def _peak() -> int:
    """The most memory that this process has taken, in KB (Linux; getrusage counts its parent's, too)."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def measure(find: Callable[[Texts], Measured], count: int, seed: int) -> Measured:
    """Run in a process of its own, so that one's memory is not the other's."""
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=_measure, args=(find, count, seed, answer))
    process.start()
    measured = cast("Measured", answer.get())
    process.join()
    return measured


def wrongly_joined(texts: Texts, labels: Sequence[int]) -> int:
    """How many parts of families stand there without a pair that is alike: 0 where all families are right.

    A family is right when joining what is exactly alike among its members makes it one; counted are the
    parts beyond one that it falls into.
    """
    members: dict[int, list[int]] = {}
    for number, label in enumerate(labels):
        members.setdefault(label, []).append(number)
    wrong = 0
    for numbers in members.values():
        sets = {n: shingles(template_form(texts.paragraphs[n])) for n in numbers} if len(numbers) > 1 else {}
        left = set(numbers)
        pieces = 0
        while left and sets:
            pieces += 1
            reached = [left.pop()]
            while reached:
                one = reached.pop()
                near = {n for n in left if alike(sets[one], sets[n])}
                left -= near
                reached += near
        wrong += max(0, pieces - 1)
    return wrong


def _recall(pairs: Sequence[tuple[int, int]], labels: Sequence[int]) -> float:
    return sum(labels[a] == labels[b] for a, b in pairs) / max(1, len(pairs))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.families", description=__doc__)
    parser.add_argument("--paragraphs", type=int, default=100_000, help="beside datasketch")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="of Gaoku's own series")
    parser.add_argument("--crowds", type=float, default=1.0, help="size of the crowds, times their own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    count, seed = options.paragraphs, options.seed
    load = os.getloadavg()[0]
    texts = make_texts(count, seed)
    pairs = known_pairs(texts)
    print(f"{count:,} paragraphs, {len(pairs):,} known pairs", file=sys.stderr)
    rows = {}
    for name, find in (("Gaoku", with_gaoku), ("datasketch", with_datasketch)):
        measured = measure(find, count, seed)
        recall, wrong = _recall(pairs, measured.labels), wrongly_joined(texts, measured.labels)
        rows[name] = (measured, recall, wrong, _families(measured.labels))
        print(f"{name}: {measured.seconds:.1f} s, recall {recall:.6f}, {wrong} wrong", file=sys.stderr)
    series = []
    for size in options.sizes:
        taken = measure(at_all_levels, size, seed)
        series.append((size, taken.seconds, taken.memory))
        print(f"Gaoku, {size:,}: {taken.seconds:.1f} s", file=sys.stderr)
    worst = []
    for number, crowd in enumerate(crowds.CROWDS):
        for size in (int(size * options.crowds) for size in crowd.sizes):
            worst.append((crowd.name, size, *at_a_crowd(number, size, seed)))
            print(f"{crowd.name}, {size:,}: {worst[-1][2]:.1f} s", file=sys.stderr)
    options.output.write_text(_page(texts, len(pairs), rows, series, worst, load, options), "utf-8")


def _families(labels: Sequence[int]) -> int:
    members: dict[int, int] = {}
    for label in labels:
        members[label] = members.get(label, 0) + 1
    return sum(number > 1 for number in members.values())


def _page(
    texts: Texts,
    pairs: int,
    rows: dict[str, tuple[Measured, float, int, int]],
    series: list[tuple[int, float, float]],
    worst: list[tuple[str, int, float, int]],
    load: float,
    options: argparse.Namespace,
) -> str:
    ours, theirs = rows["Gaoku"], rows["datasketch"]

    def line(name: str, number: int, form: str) -> str:
        return f"| {name} | " + " | ".join(form.format(row[number]) for row in (ours, theirs)) + " |"

    def measured(name: str, part: str, form: str) -> str:
        one, other = getattr(ours[0], part), getattr(theirs[0], part)
        return f"| {name} | {form.format(one)} | {form.format(other)} (×{other / max(one, 0.001):.3g}) |"

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "datasketch"))
    characters = sum(map(len, texts.paragraphs))
    table = [
        "| | Gaoku | datasketch |",
        "|:--|--:|--:|",
        measured("Time, s", "seconds", "{:.2f}"),
        measured("– of it finding families, once the template forms are made", "finding", "{:.2f}"),
        measured("Memory above what the texts take, at most, MB", "memory", "{:,.0f}"),
        line("Known pairs in one family (recall)", 1, "{:.4%}"),
        line("Families or parts of families that are none", 2, "{:,}"),
        line("Families", 3, "{:,}"),
    ]
    sizes = ["| Paragraphs | Time, s | µs a paragraph | Memory, MB |", "|--:|--:|--:|--:|"]
    sizes += [f"| {n:,} | {s:.2f} | {s / n * 1e6:.1f} | {m:,.0f} |" for n, s, m in series]
    hard = ["| Crowd | Number | Finding, s | ms each | Families |", "|:--|--:|--:|--:|--:|"]
    hard += [f"| {name} | {n:,} | {s:.2f} | {s / n * 1e3:.3f} | {f:,} |" for name, n, s, f in worst]
    return f"""# How fast repeated paragraphs are found

Measured on {datetime.now(timezone.utc):%Y-%m-%d} with `python -m benchmarks.families --paragraphs \
{len(texts.paragraphs)} --seed {options.seed}`; whoever runs that gets this page anew. datasketch comes with \
the extra `bench`.

- **Machine**: {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory, load {load:.1f} \
before the run; {platform.system()} {platform.release()}, \
Python {platform.python_version()}, {packages}.
- **Text**: {len(texts.paragraphs):,} generated paragraphs, {characters:,} characters; {pairs:,} \
pairs of copies of one template are alike.

## Gaoku and datasketch

{chr(10).join(table)}

In brackets: the figure divided by Gaoku's.

## Gaoku at all three levels, by size

{chr(10).join(sizes)}

## Worst cases

{chr(10).join(hard)}

## How it is measured
- Three fifths of the paragraphs are copies of templates of 15 to 60 words, from two copies to 400.
  In each copy figures and names (8 % of the words) are others; in seven of ten so are up to a fifth of the
  other words, so that similarities lie on both sides of the threshold. Nothing repeats the other paragraphs.
- A known pair: two copies of one template whose template forms have a Jaccard similarity
  of 0.8 or more, every pair of copies compared exactly. It is found when both stand in one family.
- A family that joining what is exactly alike among its members does not make one counts as wrong, once for
  each part too many.
- Both start from the same paragraphs in memory and end with the family of each. Both make template forms by
  the same code first. Times are processor seconds, on one core each.
- What is timed. Gaoku and datasketch: template forms and finding the families of paragraphs; the second line
  leaves the forms out. By size: template forms and finding the families of paragraphs, of sections and of
  reports, all that an update of the index finds. Worst cases: finding alone, at the level named, the template
  forms made before. Making the texts, reading reports and writing `families.npz` is timed nowhere.
- Worst cases are crowds in which every pair might be alike: copies of one text of random characters, changed
  in all of them, so that they are all one family or, though half alike, hardly any are. Time grows with the
  number where they are all alike, or where each has enough of its own to rule the others out. Where pairs are
  just below the threshold (four characters replaced), or what differs comes back in many (six slots,
  paragraphs drawn from a stock), each pair has to be looked at: twice as many take up to four times as long.
- datasketch as its own pages recommend: `MinHash.generator` for the signatures, 128 permutations,
  `MinHashLSH` with threshold 0.8, which it is asked before each paragraph is put in; what it gives is
  compared exactly, unless it stands in the same family already. The bands that it chooses for 0.8 miss some
  pairs just above it.
- A run has a process of its own, in which the clock starts once dictionaries and tables are loaded. Memory is
  how far the process's peak rose.
"""


if __name__ == "__main__":
    main()
