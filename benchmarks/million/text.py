"""The text: files of one report each, any of which can be made alone.

::

    jieba's dictionary ──> words ──┐ each with       a walk, with signs
    figures ───────────────────────┴ its followers ──────────────────────> paragraphs ──> sections ──> a file
                                                     or one from the stock ─┘

A word is as likely as Zipf's law in Mandelbrot's form has it: 1 / (rank + shift). (Mandelbrot: *An
Informational Theory of the Statistical Structure of Language*, 1953.) Behind a word stands one of its few
followers, which were drawn by the same law: were each word drawn by itself, there would be several times as
many different neighbours as in a real text, and hardly a phrase twice. Some paragraphs come from a stock, as
they come back in reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from indexer.analysis.normalise import normalise
from indexer.model import TOPICS, FileEntry, Report, Section

_WORDS, _SHIFT = 60_000, 2.7
_FIGURES, _FIGURE_SHARE = 20_000, 0.03  # amounts and shares, and how many of the words are such
_FOLLOWERS = 32  # of each word; the first is the likeliest
_STOCK, _STOCK_SHIFT = 20_000, 50.0
_REPEATED = 0.2  # share of the paragraphs that are from the stock
_PARAGRAPH = (80, 120)  # characters
_HEADING = 3  # words
_LEAST = 20  # ... of one that is left little room by those of the stock
_WORD = re.compile(r"[\u4e00-\u9fff]{1,4}")
#: What stands behind a word, and how often.
_SIGNS = (("", 0.85), ("，", 0.09), ("。", 0.03), ("、", 0.02), ("；", 0.01))

_FIRST_YEAR, _YEARS = 2005, 20
_AREAS = re.findall("..", "澄川砚湖柳塘青岭云溪白沙东陵南浦西坪北原临江望海金坪石桥龙泉凤山永安和顺清源长泰")
_OFFICES = (
    "发展改革局",
    "工业信息化局",
    "农业农村局",
    "文化旅游局",
    "生态环境局",
    "应急管理局",
    "财政局",
    "投资促进局",
)
_FORMATS = ("docx", "docx", "docx", "pdf", "pdf", "text")
_TITLES = ("{unit}{year}年工作总结", "{unit}{year}年工作总结及明年打算", "{year}年{unit}工作情况汇报")
#: The parts of a report, with the share of its sections and their main heading.
_PARTS = (
    ("总结", 0.55, "一、主要工作"),
    ("问题", 0.10, "二、存在问题"),
    ("计划", 0.30, "三、下一步打算"),
    ("建议", 0.05, "四、有关建议"),
)

Filed = tuple[FileEntry, tuple[Report, ...]]


@dataclass(frozen=True, slots=True)
class Shape:
    """What text is wanted: so many sections, each with about so many characters in its paragraphs, ``report``
    of them in a file. A larger text begins with the whole files of a smaller one."""

    sections: int
    characters: int = 400
    seed: int = 1
    report: int = 250

    @property
    def files(self) -> int:
        """How many files that is."""
        return -(-self.sections // self.report)


class _Drawn:
    """Texts of which each is drawn with its own weight."""

    def __init__(self, texts: Sequence[str], weights: NDArray[np.float64]) -> None:
        self.texts = np.array(texts, dtype=object)
        self.lengths = np.array([len(text) for text in texts], dtype=np.int64)
        self._bounds = np.cumsum(weights / weights.sum())

    def numbers(self, chance: Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
        """The numbers of so many texts."""
        found = np.searchsorted(self._bounds, chance.random(shape), side="right")
        return np.minimum(found, len(self.texts) - 1)  # the last bound may be a rounding error short of 1


class Source:
    """Makes the files of a text; the same for the same shape (and versions of numpy and jieba)."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        chance = default_rng([shape.seed, 0])
        words = _vocabulary()
        figures = [_figure(*pair) for pair in chance.random((_FIGURES, 2)).tolist()]
        zipf, even = _zipf(len(words), _SHIFT), np.ones(_FIGURES)
        shares = (zipf / zipf.sum() * (1 - _FIGURE_SHARE), even / even.sum() * _FIGURE_SHARE)
        self._words = _Drawn((*words, *figures), np.concatenate(shares))
        self._followers = self._words.numbers(chance, (len(words) + _FIGURES, _FOLLOWERS)).astype(np.int32)
        self._places = _Drawn([""] * _FOLLOWERS, _zipf(_FOLLOWERS, 0.0))
        self._signs = _Drawn([sign for sign, _ in _SIGNS], np.array([share for _, share in _SIGNS]))
        lengths = [chance.uniform(*_PARAGRAPH, size=_STOCK // 20) for _ in range(20)]
        stock = [paragraph for some in lengths for paragraph in self._paragraphs(chance, some)]
        self._stock = _Drawn(stock, _zipf(_STOCK, _STOCK_SHIFT))

    def files(self) -> Iterator[Filed]:
        """All files, one at a time."""
        return map(self.file, range(self.shape.files))

    def file(self, number: int, version: int = 0) -> Filed:
        """A file; another version has the same place and headings, but other paragraphs."""
        chance = default_rng([self.shape.seed, 1, number])
        area, office = f"{chance.choice(_AREAS)}区", str(chance.choice(_OFFICES))
        year, unit = _FIRST_YEAR + int(chance.integers(_YEARS)), f"{area}{office}"
        format = str(chance.choice(_FORMATS))
        title = str(chance.choice(_TITLES)).format(unit=unit, year=year)
        count = min(self.shape.report, self.shape.sections - number * self.shape.report)
        headings = self._words.texts[self._walks(chance, count, _HEADING)].tolist()
        subjects = chance.random(count)
        texts = self._texts(default_rng([self.shape.seed, 2, number, version]), count)
        sections = []
        for n, (heading, subject, paragraphs) in enumerate(zip(headings, subjects, texts, strict=True)):
            part, main = _part((n + 0.5) / count)
            # A quarter of the sections is about none of the topics.
            topic = TOPICS[int(subject * 4 / 3 * len(TOPICS))] if subject < 0.75 else None
            own = "".join((f"{n + 1}.", topic or "", *heading))
            about = year + 1 if part == "计划" else None if part == "建议" else year
            sections.append(Section(own, 2, (main, own), paragraphs, about, part, topic))
        report = Report(1, title, tuple(sections), "总结+计划", unit, year, plan_years=(year + 1,))
        name = f"报告/{area}/{office}/{year}-{number:05}.{'txt' if format == 'text' else format}"
        digest = f"{self.shape.seed:08x}{number:08x}{version:08x}"
        return FileEntry(name, digest, None, format, reports=1, characters=report.characters), (report,)

    def _texts(self, chance: Generator, count: int) -> list[tuple[str, ...]]:
        """The paragraphs of so many sections."""
        each = max(1, round(self.shape.characters / (sum(_PARAGRAPH) / 2)))
        repeated = chance.random((count, each)) < _REPEATED
        numbers = self._stock.numbers(chance, (count, each))
        taken = np.where(repeated, self._stock.lengths[numbers], 0).sum(axis=1)
        shares = np.where(repeated, 0.0, chance.uniform(*_PARAGRAPH, size=(count, each)))
        room = (self.shape.characters - taken) / np.maximum(shares.sum(axis=1), 1.0)
        fresh = iter(self._paragraphs(chance, np.maximum(shares * room[:, None], _LEAST)[~repeated]))
        stock = self._stock.texts
        return [
            tuple(stock[n] if again else next(fresh) for again, n in zip(*of_section, strict=True))
            for of_section in zip(repeated.tolist(), numbers.tolist(), strict=True)
        ]

    def _paragraphs(self, chance: Generator, lengths: NDArray[np.float64]) -> list[str]:
        """New paragraphs of so many characters each, give or take a word."""
        longest = float(max(lengths, default=0.0))
        steps = int(longest / 1.5) + 1  # a word and its share of signs is longer, on the average of so many
        words = self._walks(chance, len(lengths), steps)
        signs = self._signs.numbers(chance, words.shape)
        reach = np.cumsum(self._words.lengths[words] + self._signs.lengths[signs], axis=1)
        counts = np.minimum((reach < lengths[:, None]).sum(axis=1), steps)
        pieces = np.empty((len(lengths), 2 * steps), dtype=object)
        pieces[:, 0::2], pieces[:, 1::2] = self._words.texts[words], self._signs.texts[signs]
        runs = zip(pieces.tolist(), counts.tolist(), strict=True)
        return ["".join(run[: 2 * count - 1]) + "。" for run, count in runs]

    def _walks(self, chance: Generator, count: int, steps: int) -> NDArray[np.int64]:
        """Words, ``steps`` in each of ``count`` rows, all but the first a follower of the one before."""
        walks = np.empty((count, steps), dtype=np.int64)
        places = self._places.numbers(chance, (steps, count))
        for step, place in enumerate(places):
            before = walks[:, step - 1]
            walks[:, step] = self._followers[before, place] if step else self._words.numbers(chance, (count,))
        return walks


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[str, ...]:
    """The words that jieba's dictionary (MIT licence; a requirement of Gaoku) counts most often, of one to
    four Chinese characters, from the most frequent. Only such as normalising leaves as they are."""
    counted = []
    for line in (files("jieba") / "dict.txt").read_text("utf-8").splitlines():
        word, count, *_ = line.split(" ")
        if _WORD.fullmatch(word):
            counted.append((-int(count), word))
    same = (word for _, word in sorted(counted) if normalise(word) == word)
    return tuple(word for word, _ in zip(same, range(_WORDS), strict=False))


def _zipf(count: int, shift: float) -> NDArray[np.float64]:
    return 1.0 / (np.arange(1, count + 1, dtype=np.float64) + shift)


def _figure(kind: float, size: float) -> str:
    """An amount or a share; most are small."""
    if kind < 0.4:
        return f"{size * 100:.1f}%"
    return f"{10 ** (size * 5):.{0 if kind < 0.8 else 2}f}{'万元' if kind < 0.7 else '家'}"


def _part(place: float) -> tuple[str, str]:
    """The part, and its heading, that stands at a place (0 to 1) of a report."""
    for part, share, heading in _PARTS:
        if place < share:
            return part, heading
        place -= share
    return _PARTS[-1][0], _PARTS[-1][2]
