"""The passage of a section by which one sees at a glance what was found in it."""

from __future__ import annotations

from indexer.exporting.marked import Marked
from indexer.model import FiledSection
from indexer.query.nodes import Node
from indexer.snippets import Snippet, Span, ends_clause, is_inside, make_snippets

#: Characters, about: what is shorter is left whole, what is longer is cut to the other.
_MOST, _LENGTH = 120, 100
_NEAR = 20  # characters between a cut and the end of a clause that it is moved to
_MORE = "……"
_STOPS = "。！？；!?;\n"


def at_a_glance(filed: FiledSection, query: Node) -> Marked:
    """The best passage round the hits on one line, 80 to 120 characters, cut between clauses; …… where its
    sentence begins before it or goes on behind it."""
    return _shortened(make_snippets(filed, query).snippets[0])


def _shortened(snippet: Snippet) -> Marked:
    text = snippet.text
    start, end = (0, len(text)) if len(text) <= _MOST else _window(text, snippet.marks)
    part = Marked(text, snippet.marks).part(start, end)
    begun = snippet.begun if start == 0 else text[start - 1] not in _STOPS
    broken = snippet.broken if end == len(text) else text[end - 1] not in _STOPS
    before, behind = _MORE * begun, _MORE * broken
    marks = tuple((a + len(before), b + len(before)) for a, b in part.marks)
    one_line = "".join(" " if character.isspace() else character for character in part.text)
    return Marked(f"{before}{one_line}{behind}", marks)


def _window(text: str, marks: tuple[Span, ...]) -> Span:
    """The stretch with the most marks, a little before the first of them; the first of several such."""
    firsts = [start for start, _ in marks] or [0]
    most = max(firsts, key=lambda first: sum(first <= start < first + _LENGTH * 3 // 4 for start in firsts))
    start = max(0, min(most - _LENGTH // 4, len(text) - _LENGTH))
    last = max([end for first, end in marks if most == first], default=0)
    start = _moved(text, start, max(0, start - _NEAR), min(most, start + _NEAR))
    end = min(len(text), start + _LENGTH)
    return start, _moved(text, end, max(last, end - _NEAR), min(len(text), end + _NEAR))


def _moved(text: str, at: int, low: int, high: int) -> int:
    """A cut moved to the next end of a clause from ``low`` to ``high``; out of a word where there is none."""
    if at in (0, len(text)):
        return at
    ends = [n for n in range(max(low, 1), high + 1) if ends_clause(text, n) or text[n - 1] in _STOPS]
    if ends:
        return min(ends, key=lambda n: abs(n - at))
    while low < at < len(text) and is_inside(text, at):
        at -= 1
    return at
