"""Articles that a page saver wrote down more than once.

Saving a page by its nested frames gives the same article several times in one file. A block that repeats an
earlier article of the same file from start to end is taken out; a paragraph, or half an article, that two
reports share stays in both.
"""

from __future__ import annotations

from collections import defaultdict

from indexer.model import Block, Removed
from indexer.reports.numbering import chapter_of

REPEATED = "重复保存的文章 (an article saved more than once)"

_LEAST_LINES = 5  # of a repeated article
_LEAST_CHARACTERS = 300
_MOST = 40  # copies that are looked for; a file with more is no saved page
_ANCHOR = 16  # characters of a line by which a copy is looked for
_HEAD = 8  # lines at an article's beginning that may differ from copy to copy (title, date, author)


def without_repeats(lines: list[Block]) -> tuple[list[Block], list[Removed]]:
    """Return the lines without the later copies of an article, and these."""
    removed: list[Removed] = []
    for _ in range(_MOST):
        block = _find_copy(lines)
        if block is None:
            break
        start, end = block
        removed.append(Removed("\n".join(x.whole for x in lines[start:end]), REPEATED))
        lines = lines[:start] + lines[end:]
    return lines, removed


def _find_copy(lines: list[Block]) -> tuple[int, int] | None:
    """The first later copy of the article that the lines begin with, or of one behind it."""
    keys = ["".join(line.text.split()) for line in lines]
    places: dict[str, list[int]] = defaultdict(list)
    for i, key in enumerate(keys):
        places[key].append(i)
    for start in range(min(len(lines), _HEAD * 4)):
        if len(keys[start]) < _ANCHOR:
            continue
        for copy in places[keys[start]]:
            length = _common_length(keys, start, copy) if copy > start else 0
            # An anchor may stand a few short lines behind the beginning.
            first, second = start, copy
            while length and first > 0 and keys[first - 1] == keys[second - 1] and second - 1 > start:
                first, second, length = first - 1, second - 1, length + 1
            if length and _is_article(keys, first, second, length):
                return _with_head(keys, first, second), second + length
    return None


def _common_length(keys: list[str], first: int, second: int) -> int:
    """How many lines from two places on are the same, the two stretches not overlapping."""
    length = 0
    while (
        second + length < len(keys)
        and first + length < second
        and keys[first + length] == keys[second + length]
    ):
        length += 1
    return length


def _is_article(keys: list[str], start: int, copy: int, length: int) -> bool:
    """Whether the common stretch is an article from start to end.

    It is where nothing but the short lines of a head (title, date, author) stands before it and between it
    and its copy: an article with an end of its own is another one.
    """
    if length < _LEAST_LINES or sum(map(len, keys[start : start + length])) < _LEAST_CHARACTERS:
        return False
    gap = copy - (start + length)  # lines between the end of the first and the beginning of the second
    between = (*keys[:start], *keys[start + length : copy])
    return gap <= _HEAD and all(_may_be_head(key) for key in between)


def _may_be_head(key: str) -> bool:
    """Whether a line can stand over an article: short, no sentence, no chapter mark."""
    return len(key) <= 60 and not key.endswith(("。", "；", "！")) and chapter_of(key) is None


def _with_head(keys: list[str], start: int, copy: int) -> int:
    """Where the copy begins when its head's lines that stand in the first head, too, are counted in."""
    head = set(keys[:start])
    while copy > start and keys[copy - 1] in head:
        copy -= 1
    return copy
