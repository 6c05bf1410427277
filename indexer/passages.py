"""Shared passages as they are shown: from clause to clause, or at least from word to word.

What two texts share begins and ends with the first and last character that they have in common, often within
a word or a few characters before a comma. What is shown is that passage less such scraps at its edges, with
the signs that close it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from indexer.families.overlap import Passage
from indexer.snippets import Span, ends_clause, is_inside

_SCRAP = 24  # characters of a clause at an edge: so many at the most are left out, and ...
_QUARTER = 4  # ... no more than this part of the passage
_LEAST = 6  # characters that stay at the least
_SENTENCE_ENDS = frozenset("。！？；!?;\n")
_OPENING = frozenset("“‘《（【「『(")
_CLOSING = frozenset("”’》）】」』)%％‰℃。！？；!?;")
_NEAR = 40  # characters: a clause or word that ends so near before where a passage is cut is not cut


@dataclass(frozen=True, slots=True)
class PassageExcerpt:
    """A shared passage as it is shown, on one line; ``length``: the characters of all of it; ``whole``: it is
    not cut."""

    text: str
    length: int
    whole: bool


def excerpts(text: str, passages: Iterable[Passage], most: int = 160) -> list[PassageExcerpt]:
    """Shared passages as their target, ``text``, has them, each once, about ``most`` characters of each."""
    found: dict[PassageExcerpt, None] = {}
    for passage in passages:
        start, end = tidy(text, passage.target)
        _, stop = cut(text, (start, end), most)
        shown = " ".join(text[start:stop].split())
        if stop < end:
            shown = shown.rstrip("，、：；,:; ") + "……"
        found[PassageExcerpt(shown, end - start, stop == end)] = None
    return list(found)


def tidy(text: str, span: Span) -> Span:
    """The stretch of ``text`` that is shown for a shared passage, ``span`` (code points, end exclusive).

    Scraps of clauses and words at the edges are left out as long as enough stays; opening and closing signs
    beside it come in, for signs are not compared.
    """
    low, high = span
    start, end = _begin(text, low, high), _finish(text, low, high)
    if end - start < _LEAST:
        start, end = span
    while start and text[start - 1] in _OPENING:
        start -= 1
    while end < len(text) and text[end] in _CLOSING:
        end += 1
    return start, end


def cut(text: str, span: Span, most: int) -> Span:
    """The beginning of a stretch, ``most`` characters or few less: to the end of a clause or at least of a
    word, where one ends so near."""
    start, end = span
    if end - start <= most:
        return span
    near = range(start + most, start + most - min(_NEAR, most // 2), -1)
    for between in (lambda at: _ends(text, at), lambda at: not is_inside(text, at)):
        at = next(filter(between, near), None)
        if at is not None:
            return start, at
    return start, start + most


def _ends(text: str, at: int) -> bool:
    """Whether a clause or sentence ends before ``at``."""
    return text[at - 1] in _SENTENCE_ENDS or ends_clause(text, at)


def _begin(text: str, low: int, high: int) -> int:
    """Where the passage is shown from: behind what it has of the first clause, if that is a scrap."""
    begun = low > 0 and text[low - 1].isalnum()
    for at in range(low + 1, low + 1 + _scrap(low, high)):
        if _ends(text, at) and (begun or text[at - 1] == "\n"):
            if text[at - 1] != "\n" and at - low > _distance(text, low, -1):
                break  # most of the clause is here
            while at < high and (text[at].isspace() or _ends(text, at + 1)):
                at += 1
            return at
    at = low
    while begun and at < high and is_inside(text, at):
        at += 1
    return at


def _finish(text: str, low: int, high: int) -> int:
    """Where the passage is shown to: what it has of the last clause is left out, if that is a scrap."""
    broken = high < len(text) and text[high].isalnum()
    for at in range(high - 1, high - 1 - _scrap(low, high), -1):
        if _ends(text, at) and (broken or text[at - 1] == "\n"):
            if text[at - 1] != "\n" and high - at > _distance(text, high, 1):
                break
            while at > low and not text[at - 1].isalnum() and text[at - 1] not in _CLOSING:
                at -= 1
            return at
    at = high
    while broken and at > low and is_inside(text, at):
        at -= 1
    return at


def _distance(text: str, at: int, step: int) -> int:
    """How many characters the clause round ``at`` has before it (``step`` -1) or behind it (1), at the most
    as many as a scrap."""
    return next(
        (n for n in range(_SCRAP) if not 0 < at + step * n < len(text) or _ends(text, at + step * n)),
        _SCRAP,
    )


def _scrap(low: int, high: int) -> int:
    """How many characters at an edge of a passage may be left out."""
    return min(_SCRAP, (high - low) // _QUARTER)
