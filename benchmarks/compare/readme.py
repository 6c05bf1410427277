"""The short table of the READMEs, written between two marks so that nobody copies figures by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.compare.report import METRICS, Conditions, Figure, Measured, number

_MARKED = re.compile(r"(?<=<!-- bench -->\n).*?(?=<!-- /bench -->)", re.DOTALL)
_FIGURES: Mapping[str, tuple[str, Figure]] = {key: (unit, figure) for key, _, unit, figure in METRICS}
_MORE_IS_BETTER = ("speed", "recall", "whole_words")

#: The lines: the keys of their figures, of which the second is the 95th percentile of the first.
LINES: tuple[tuple[str, ...], ...] = (
    ("speed",),
    ("size_ratio",),
    ("word", "word_p95"),
    ("words", "words_p95"),
    ("phrase", "phrase_p95"),
    ("filtered", "filtered_p95"),
    ("snippets", "snippets_p95"),
    ("recall",),
    ("whole_words",),
)


@dataclass(frozen=True, slots=True)
class Language:
    """What the table says in one language. Where engines differ from each other is for the figures to say."""

    labels: Mapping[str, str]  # by the first key of a line
    heading: Callable[[Conditions], str]
    by_index: str  # {}: recall without what was answered by reading all the text; stands behind the whole
    percentile: str  # {}: a label
    last: str  # {}: labels of what the first engine is last in
    joined: str  # between those labels


ENGLISH = Language(
    labels={
        "speed": "Build, MB/s of text",
        "size_ratio": "Index size, times the text",
        "word": "One word, ms",
        "words": "Two words, ms",
        "phrase": "A quoted phrase, ms",
        "filtered": "A word with filters and facets, ms",
        "snippets": "A word with ten snippets, ms",
        "recall": "Recall of 500 random phrases",
        "whole_words": "Recall of 500 phrases cut between words",
    },
    heading=lambda c: (
        f"{'Laws and local regulations' if c.real else 'Text made from the sample reports'}: "
        f"{c.files:,} files, {c.sections:,} sections, {c.size / 1e6:.1f} MB. "
        f"{c.machine.processor}, {c.machine.cores} cores, {c.date}. Times are median / 95th percentile."
    ),
    by_index=" ({} by the index alone)",
    percentile="{} (95th percentile)",
    last="Gaoku comes last in: {}.",
    joined="; ",
)
CHINESE = Language(
    labels={
        "speed": "建索引，每秒 MB 正文",
        "size_ratio": "索引大小，正文的倍数",
        "word": "一个词，毫秒",
        "words": "两个词，毫秒",
        "phrase": "加引号的短语，毫秒",
        "filtered": "带筛选和分面计数的词，毫秒",
        "snippets": "带十条摘要的词，毫秒",
        "recall": "500 个随机短语的查全率",
        "whole_words": "500 个按词切出的短语的查全率",
    },
    heading=lambda c: (
        f"{'法律法规' if c.real else '由示例报告生成的文本'}：{c.files:,} 个文件，"
        f"{c.sections:,} 节，{c.size / 1e6:.1f} MB。{c.machine.processor}，{c.machine.cores} 核，{c.date}。"
        "时间为中位数 / 第 95 百分位。"
    ),
    by_index="（仅靠索引 {}）",
    percentile="{}（第 95 百分位）",
    last="稿库排在最后的项目：{}。",
    joined="；",
)


def summary(measured: Sequence[Measured], conditions: Conditions, language: Language) -> str:
    """The table, what it was measured on, and in what the first engine is the last."""
    head = ["| | " + " | ".join(m.name for m in measured) + " |", "|:--|" + "--:|" * len(measured)]
    lines = []
    for keys in LINES:
        cells = [_cell(engine, keys, conditions, language) for engine in measured]
        lines.append(f"| {language.labels[keys[0]]} | " + " | ".join(cells) + " |")
    behind = [
        _label(keys, key, language) for keys in LINES for key in keys if _last(measured, key, conditions)
    ]
    said = [language.last.format(language.joined.join(behind)), ""] if behind else []
    return "\n".join([language.heading(conditions), "", *head, *lines, "", *said])


def write_summary(readme: Path, text: str) -> None:
    """Put the text between the marks. Raises ValueError where a README has no marks."""
    old = readme.read_text("utf-8")
    new, times = _MARKED.subn(lambda _: f"{text.strip()}\n", old)
    if times != 1:
        raise ValueError(
            f"{readme.name} needs <!-- bench --> and <!-- /bench --> once, on lines of their own"
        )
    readme.write_text(new, "utf-8")


def _figure(engine: Measured, key: str, conditions: Conditions) -> float | None:
    return None if engine.failed else _FIGURES[key][1](engine, conditions)


def _cell(engine: Measured, keys: Sequence[str], conditions: Conditions, language: Language) -> str:
    unit = _FIGURES[keys[0]][0]
    figures = [_figure(engine, key, conditions) for key in keys]
    found = [number(value) + (f" {unit}" if unit else "") for value in figures if value is not None]
    if keys == ("recall",) and found:
        by_index = _figure(engine, "indexed", conditions)
        if by_index is not None and by_index != figures[0]:
            return found[0] + language.by_index.format(f"{number(by_index)} {unit}")
    return " / ".join(found) or "—"


def _label(keys: Sequence[str], key: str, language: Language) -> str:
    label = re.split("[,，]", language.labels[keys[0]])[0]
    return label if key == keys[0] else language.percentile.format(label)


def _last(measured: Sequence[Measured], key: str, conditions: Conditions) -> bool:
    """Whether the first engine is behind every other that has the figure."""
    first, *others = (_figure(engine, key, conditions) for engine in measured)
    figures = [other for other in others if other is not None]
    if first is None or not figures:
        return False
    return all(first < other if key in _MORE_IS_BETTER else first > other for other in figures)
