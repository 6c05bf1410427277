"""Texts with their headings, as one reads them: what templates and comparisons of whole reports show.

What is alike is judged without headings (see :mod:`indexer.families.forms`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from indexer.model import Section

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Headed:
    """A text and where its headings stand in it: code points, end exclusive, ascending."""

    text: str
    headings: tuple[Span, ...] = ()

    def headings_in(self, start: int, end: int) -> tuple[Span, ...]:
        """Where in a stretch headings stand, counted from its beginning."""
        found: list[Span] = []
        for a, b in self.headings[max(0, bisect_right(self.headings, (start, start)) - 1) :]:
            if a >= end:
                break
            if b > start:
                found.append((max(a, start) - start, min(b, end) - start))
        return tuple(found)

    def in_headings(self, start: int, end: int) -> int:
        """How many characters of a stretch stand in headings."""
        return sum(b - a for a, b in self.headings_in(start, end))


def headed(sections: Sequence[Section]) -> Headed:
    """The headings and paragraphs of sections, a line each."""
    return _joined((line, is_heading) for section in sections for line, is_heading in _lines(section))


def _lines(section: Section) -> Iterable[tuple[str, bool]]:
    if section.heading:
        yield section.heading, True
    for paragraph in section.paragraphs:
        yield paragraph, False


def _joined(lines: Iterable[tuple[str, bool]]) -> Headed:
    texts: list[str] = []
    spans: list[Span] = []
    at = 0
    for text, is_heading in lines:
        texts.append(text)
        if is_heading:
            spans.append((at, at + len(text)))
        at += len(text) + 1
    return Headed("\n".join(texts), tuple(spans))
