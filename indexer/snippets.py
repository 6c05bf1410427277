"""Snippets: the passages of a section that hold what was asked for, with the places of the marks.

Marks are found on the normalised text and carried back to the original by the offset map; a page puts its
own signs round them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.analysis.normalise import HAN, normalise, normalise_with_offsets, occurrences
from indexer.analysis.words import cut_words
from indexer.model import FiledSection
from indexer.query import nodes
from indexer.query.meaning import is_filler
from indexer.query.nodes import Node

Span = tuple[int, int]

_LENGTH = 160  # characters of a snippet, about
_MOST = 3  # snippets of a section
_SENTENCE_ENDS = "。！？；!?;\n"
_CLOSING = "”’」』）)"
_SENTENCE = re.compile(f"[^{_SENTENCE_ENDS}]*[{_SENTENCE_ENDS}]+[{_CLOSING}]*|[^{_SENTENCE_ENDS}]+$")
_NEAR = 24  # characters: a clause that begins or ends so near to where a passage would be cut is not cut
_LONGEST_WORD = 8  # characters: what jieba takes for more is none
_CLAUSE_ENDS = frozenset("，、：,:")
_HAN_START = re.compile(f"[{HAN}]+")
_HAN_END = re.compile(f"[{HAN}]+$")
#: A passage that is too long is not cut between two of these.
_ALNUM = re.compile(r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]")
_UNCUT = re.compile(r"[0-9A-Za-z.,:%０-９Ａ-Ｚａ-ｚ．，：％]")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage as it stands in the text; ``marks`` are code points in it, end exclusive.

    ``begun`` and ``broken``: whether its sentence begins before it, and goes on behind it.
    """

    text: str
    marks: tuple[Span, ...] = ()
    begun: bool = False
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is shown of a section. ``further`` places in its text would be marked, too, and are not shown."""

    snippets: tuple[Snippet, ...]
    further: int = 0


def runs_to_mark(query: Node) -> tuple[str, ...]:
    """The runs of a query that are marked in texts, longest first; 的 only where all words are such."""
    runs: dict[str, None] = {}
    leaves = list(nodes.text_leaves(query))
    for leaf in [leaf for leaf in leaves if not is_filler(leaf)] or leaves:
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


def make_snippets(filed: FiledSection, query: Node) -> Excerpt:
    """The best passages of a section, the best first.

    Where the match stands only in the heading or the title, that is the snippet; without anything to mark
    (filters alone) it is the section's beginning.
    """
    runs = runs_to_mark(query)
    passages = [p for text in filed.section.paragraphs for p in _passages(text, find_marks(text, runs))]
    if passages:
        whole, pairs = nodes.preferences(query)
        wanted = (whole or "", *pairs, *runs)
        ranked = sorted(passages, key=lambda passage: _worth(passage, wanted), reverse=True)  # ties: as read
        return Excerpt(tuple(ranked[:_MOST]), sum(len(passage.marks) for passage in ranked[_MOST:]))
    for text in (filed.section.heading, filed.title):
        marks = find_marks(text or "", runs)
        if text and marks:
            return Excerpt((Snippet(text, marks),))
    start = next(iter(filed.section.paragraphs), filed.section.heading or filed.title)
    return Excerpt((_snippet(start, (), _cut(start, (0, 0), (0, len(start)))),))


def _worth(passage: Snippet, wanted: Sequence[str]) -> tuple[bool, int, int]:
    """``wanted``: the whole query, pairs, runs. The whole first, then the most of them, then most marks."""
    normal = normalise(passage.text)
    whole = bool(wanted[0]) and wanted[0] in normal
    return whole, sum(run in normal for run in wanted if run), len(passage.marks)


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
            stretch = _cut(text, mark, stretch)
        stretches.append((max(stretch[0], stretches[-1][1] if stretches else 0), stretch[1]))
    return [_snippet(text, marks, stretch) for stretch in stretches]


def _snippet(text: str, marks: Sequence[Span], stretch: Span) -> Snippet:
    a, b = stretch
    first, last = bisect_left(marks, (a, 0)), bisect_left(marks, (b, 0))
    inside = tuple((s - a, e - a) for s, e in marks[first:last] if e <= b)
    return Snippet(
        text[a:b], inside, not _ends_sentence(text, a), b < len(text) and not _ends_sentence(text, b)
    )


def _ends_sentence(text: str, at: int) -> bool:
    """Whether what stands before ``at`` is the end of a sentence, or nothing."""
    while at and text[at - 1] in _CLOSING:
        at -= 1
    return not at or text[at - 1] in _SENTENCE_ENDS


def _widen(stretch: Span, ends: Sequence[int]) -> Span:
    """Add the sentences behind as long as the passage stays short."""
    start, end = stretch
    at = bisect_right(ends, start + _LENGTH)
    return start, max(end, ends[at - 1] if at else end)


def _cut(text: str, mark: Span, stretch: Span) -> Span:
    """A piece of about the usual length round ``mark``: from clause to clause where one is near, never cut
    inside a number or a word."""
    room = max(0, _LENGTH - (mark[1] - mark[0])) // 2
    start = max(stretch[0], mark[0] - room)
    end = min(stretch[1], max(mark[1] + room, start + _LENGTH))
    if stretch[0] < start:
        low, high = max(stretch[0], start - _NEAR), min(mark[0], start + _NEAR)
        clauses = [at for at in range(low, high + 1) if ends_clause(text, at)]
        start = min(clauses, key=lambda at: abs(at - start)) if clauses else start
        while stretch[0] < start and is_inside(text, start) and mark[0] - start < _LENGTH:
            start -= 1
    if end < stretch[1]:
        low, high = max(mark[1], end - _NEAR), min(stretch[1], end + _NEAR)
        clauses = [at for at in range(low, high + 1) if ends_clause(text, at)]
        end = min(clauses, key=lambda at: abs(at - end)) if clauses else end
        while end < stretch[1] and is_inside(text, end) and end - mark[1] < _LENGTH * 2:
            end += 1
    return start, end


def ends_clause(text: str, at: int) -> bool:
    """Whether a clause ends before ``at``; not at the sign within 14:30 or 1,500."""
    if not at or text[at - 1] not in _CLAUSE_ENDS:
        return False
    return not (1 < at < len(text) and _ALNUM.match(text[at - 2]) and _ALNUM.match(text[at]))


def is_inside(text: str, at: int) -> bool:
    """Whether a cut at ``at`` would go through a number, a Latin or a Chinese word."""
    before, behind = text[at - 1], text[at]
    if _UNCUT.match(before) and _UNCUT.match(behind):
        return True
    left = _HAN_END.search(text, max(0, at - _NEAR), at)
    right = _HAN_START.match(text, at, at + _NEAR)
    if not left or not right:
        return False
    end = 0
    for word in cut_words(left.group() + right.group()):
        end += len(word)
        if end >= len(left.group()):
            return end > len(left.group()) and len(word) <= _LONGEST_WORD
    return False
