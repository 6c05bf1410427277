"""Snippets: the passages of a section that hold what was asked for, with the places of the marks.

Marks are found on the normalised text and carried back to the original by the offset map; a page puts its
own signs round them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.analysis.normalise import normalise, normalise_with_offsets, occurrences
from indexer.model import FiledSection
from indexer.query import nodes
from indexer.query.nodes import Node

Span = tuple[int, int]

_LENGTH = 160  # characters of a snippet, about
_MOST = 3  # snippets of a section
_SENTENCE = re.compile(r"[^。！？；!?;\n]*[。！？；!?;\n]+[”’」』）)]*|[^。！？；!?;\n]+$")
#: Where a passage that is too long may be cut: not within a number or a Latin word.
_UNCUT = re.compile(r"[0-9A-Za-z.,%０-９Ａ-Ｚａ-ｚ．，％]")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage as it stands in the text; ``marks`` are code points in it, end exclusive."""

    text: str
    marks: tuple[Span, ...] = ()


def runs_to_mark(query: Node) -> tuple[str, ...]:
    """The runs of a query that are marked in texts, longest first."""
    runs: dict[str, None] = {}
    for leaf in nodes.text_leaves(query):
        if isinstance(leaf, nodes.Word):
            runs.update(dict.fromkeys(leaf.runs))
        elif isinstance(leaf, nodes.Phrase) or leaf.field in ("title", "heading"):
            runs[leaf.run] = None
    return tuple(sorted(runs, key=len, reverse=True))


def find_marks(text: str, runs: Sequence[str]) -> tuple[Span, ...]:
    """Where the runs stand in ``text``, in order and without overlap: the longer run wins."""
    normal = normalise(text)
    if not any(run in normal for run in runs):
        return ()
    mapped = normalise_with_offsets(text)
    taken = [False] * len(text)
    spans = []
    for run in runs:
        for at in occurrences(run, mapped.text):
            start, end = mapped.original(at, at + len(run))
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                spans.append((start, end))
    return tuple(sorted(spans))


def make_snippets(filed: FiledSection, query: Node) -> tuple[Snippet, ...]:
    """The best passages of a section, in reading order.

    Where the match stands only in the heading or the title, that is the snippet; without anything to mark
    (filters alone) it is the section's beginning.
    """
    runs = runs_to_mark(query)
    passages = [p for text in filed.section.paragraphs for p in _passages(text, find_marks(text, runs))]
    if passages:
        best = sorted(range(len(passages)), key=lambda i: (-_worth(passages[i], runs), i))[:_MOST]
        return tuple(passages[i] for i in sorted(best))
    for text in (filed.section.heading, filed.title):
        marks = find_marks(text or "", runs)
        if text and marks:
            return (Snippet(text, marks),)
    start = next(iter(filed.section.paragraphs), filed.section.heading or filed.title)
    return (Snippet(_cut(start, (0, 0), (0, len(start)))[0]),)


def _worth(passage: Snippet, runs: Sequence[str]) -> int:
    """Different runs first, then marks in all."""
    normal = normalise(passage.text)
    return sum(run in normal for run in runs) * 1000 + len(passage.marks)


def _passages(text: str, marks: Sequence[Span]) -> list[Snippet]:
    """The stretches of a paragraph that hold marks, whole sentences where they fit."""
    stretches: list[Span] = []
    sentences = [m.span() for m in _SENTENCE.finditer(text)] if marks else []
    starts, ends = [a for a, _ in sentences], [b for _, b in sentences]
    for mark in marks:
        if stretches and mark[0] < stretches[-1][1]:  # in the passage before, or over its end
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], mark[1]))
            continue
        start = starts[max(0, bisect_right(starts, mark[0]) - 1)] if starts else 0
        at = bisect_left(ends, mark[1])
        end = ends[at] if at < len(ends) else len(text)
        if stretches:
            start = max(start, stretches[-1][1])
        stretch = _widen((start, end), ends)
        if stretch[1] - stretch[0] > _LENGTH * 2:
            _, stretch = _cut(text, mark, stretch)
        stretches.append((max(stretch[0], stretches[-1][1] if stretches else 0), stretch[1]))
    return [
        Snippet(text[a:b], tuple((s - a, e - a) for s, e in marks if a <= s and e <= b)) for a, b in stretches
    ]


def _widen(stretch: Span, ends: Sequence[int]) -> Span:
    """Add the sentences behind as long as the passage stays short."""
    start, end = stretch
    at = bisect_right(ends, start + _LENGTH)
    return start, max(end, ends[at - 1] if at else end)


def _cut(text: str, mark: Span, stretch: Span) -> tuple[str, Span]:
    """A piece of about the usual length round ``mark``, not cut inside a number or a Latin word."""
    room = max(0, _LENGTH - (mark[1] - mark[0])) // 2
    start = max(stretch[0], mark[0] - room)
    end = min(stretch[1], max(mark[1] + room, start + _LENGTH))
    while stretch[0] < start and _UNCUT.match(text[start - 1]) and mark[0] - start < _LENGTH:
        start -= 1
    while end < stretch[1] and _UNCUT.match(text[end]) and end - mark[1] < _LENGTH * 2:
        end += 1
    return text[start:end], (start, end)
