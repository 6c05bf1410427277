"""The lines of a text, and how much two lines have in common."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from indexer.analysis.normalise import normalise

_FIGURE = r"[0-9]+(?:,[0-9]{3}(?![0-9]))*(?:\.[0-9]+)*"
_ITEMS = re.compile(rf"(?P<figure>{_FIGURE})|[a-z]+|[^\W_]")
_MASK = "0"

#: Lines of one text. What more of them hold tells little, and a look at all their pairs would take long.
_HOLDERS = 20
_CANDIDATES = 6  # for each line

_BELONG = 0.3  # of the longer line's features stand in the other: the two are one, rewritten
_OPENING = 8  # items: of lines that begin with the same so many, half of that is enough
_INSIDE = 0.6  # of the shorter line's, and not fewer than _LONG of them: a line was split, joined or grew
_LONG = 12


@dataclass(frozen=True, slots=True)
class Line:
    """A line that shows something. ``at``: where in the text it begins.

    ``bare``: its normalised text without white space; ``items``: its letters, Latin words and figures,
    whatever figures they are; ``features``: each two items that follow each other, and each figure with what
    stands before it.
    """

    text: str
    at: int
    bare: str
    items: tuple[str, ...]
    features: frozenset[str]
    heading: bool = False


def lines_of(text: str, headings: Sequence[tuple[int, int]] = ()) -> list[Line]:
    """The lines of a text but for those that show nothing: white space and format characters alone.

    ``headings``: where in it headings stand, as code points; a line that begins one is a heading.
    """
    begin = {start for start, _ in headings}
    found = []
    at = 0
    for line in text.split("\n"):
        normal = normalise(line)
        if normal:
            items, features = _told(normal)
            found.append(Line(line, at, "".join(normal.split()), items, features, at in begin))
        at += len(line) + 1
    return found


def _told(normal: str) -> tuple[tuple[str, ...], frozenset[str]]:
    items: list[str] = []
    features: set[str] = set()
    for match in _ITEMS.finditer(normal):
        if match.lastgroup == "figure":
            features.add(f"{items[-1] if items else ''}={match.group()}")
            items.append(_MASK)
        else:
            items.append(match.group())
    features.update(a + " " + b for a, b in pairwise(items) if a != _MASK or b != _MASK)
    return tuple(items), frozenset(features)


def belonging(one: Line, other: Line) -> float:
    """How strongly two lines belong together, as one that was rewritten, split or grew; 0: they do not."""
    if one.bare == other.bare:
        return 2.0 * len(one.features) + 1
    common = len(one.features & other.features)
    short, long = sorted((len(one.features), len(other.features)))
    alone = one.items == other.items and any(item != _MASK for item in one.items)
    opening = len(one.items) >= _OPENING and one.items[:_OPENING] == other.items[:_OPENING]
    if not (
        alone
        or (common > 1 and common >= _BELONG * long)
        or (common >= _LONG and common >= (_BELONG / 2 if opening else 1) * long)
        or (common >= _LONG and common >= _INSIDE * short)
    ):
        return 0.0
    return max(common, 1) * (1 + common / long)


def candidates(left: Sequence[Line], right: Sequence[Line]) -> set[tuple[int, int]]:
    """Pairs that are worth a look, by number: few for each line, however much the texts repeat themselves."""
    found = _in_order([line.bare for line in left], [line.bare for line in right])
    found |= _in_order([line.items for line in left], [line.items for line in right])
    ours, theirs = _telling(left), _telling(right)
    for i, line in enumerate(left):
        near = Counter(chain.from_iterable(theirs.get(f, ()) for f in line.features if f in ours))
        found.update((i, j) for j, _ in near.most_common(_CANDIDATES))
    return found


def _in_order(left: Sequence[Hashable], right: Sequence[Hashable]) -> set[tuple[int, int]]:
    """What is equal: the first with the first and so on, and the last with the last."""
    ours, theirs = _places(left), _places(right)
    found: set[tuple[int, int]] = set()
    for key in ours.keys() & theirs.keys():
        found.update(zip(ours[key], theirs[key], strict=False))
        found.update(zip(ours[key][::-1], theirs[key][::-1], strict=False))
    return found


def _places(keys: Sequence[Hashable]) -> dict[Hashable, list[int]]:
    places: dict[Hashable, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        places[key].append(number)
    return places


def _telling(lines: Sequence[Line]) -> dict[str, list[int]]:
    """Which lines hold a feature, of the features that not many hold."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        for feature in line.features:
            holders[feature].append(number)
    return {feature: own for feature, own in holders.items() if len(own) <= _HOLDERS}
