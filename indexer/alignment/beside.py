"""Which lines of two texts stand beside each other."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.alignment.lines import Line, belonging, candidates

_ROUNDS = 3  # what many lines hold in the whole text few may hold between two pairs that were found
_ACROSS = 3  # lines: so far from its like a line that was split off may stand
_HELD = 0.8  # of the features of a line stand in the other side and nowhere beside it: it was split off
_TOLD = 4  # features: of a line with fewer it counts where it stands
_PART, _LONG = 0.6, 12  # of a line with more, so much is enough


@dataclass(slots=True)
class Group:
    """Lines ``a``..``b`` of the left text and ``c``..``d`` of the right, ends exclusive."""

    a: int
    b: int
    c: int
    d: int


def groups_of(left: Sequence[Line], right: Sequence[Line]) -> list[Group]:
    """The lines that belong together, in order; they never cross."""
    kept = _kept(left, right) | _kept(right, left)
    pairs: list[tuple[int, int]] = []
    for _ in range(_ROUNDS):
        singles = [Group(i, i + 1, j, j + 1) for i, j in pairs]
        more = [
            (gap.a + i, gap.c + j)
            for gap in gaps_of(singles, len(left), len(right))
            if gap.a < gap.b and gap.c < gap.d
            for i, j in _best(left[gap.a : gap.b], right[gap.c : gap.d], kept)
        ]
        if not more:
            break
        pairs = sorted(pairs + more)
    grown = _grown([Group(i, i + 1, j, j + 1) for i, j in pairs], left, right)
    return _with_headings(grown, left, right, kept)


def gaps_of(groups: Sequence[Group], left: int, right: int) -> Iterator[Group]:
    """What stands before each group, and behind the last."""
    i = j = 0
    for group in (*groups, Group(left, left, right, right)):
        yield Group(i, group.a, j, group.c)
        i, j = group.b, group.d


def _kept(lines: Sequence[Line], others: Sequence[Line]) -> set[int]:
    """By ``id`` the lines that stand in the other text as they are, wherever: none is another, rewritten."""
    ours, theirs = Counter(line.bare for line in lines), Counter(line.bare for line in others)
    return {id(line) for line in lines if ours[line.bare] <= theirs[line.bare]}


def _best(left: Sequence[Line], right: Sequence[Line], kept: set[int]) -> list[tuple[int, int]]:
    """Of the pairs that belong together those that do not cross and weigh most in all.

    The heaviest increasing subsequence: ``ends`` are the right lines at which a chain is heavier than every
    chain that ends before, ``weights`` and ``last`` these chains.
    """
    ends: list[int] = []
    weights: list[float] = []
    last: list[int] = []
    known: list[tuple[int, int, int]] = []  # left line, right line, number of the pair before or -1
    for i, j in sorted(candidates(left, right), key=lambda pair: (pair[0], -pair[1])):
        one, other = left[i], right[j]
        if one.bare != other.bare and (id(one) in kept or id(other) in kept):
            continue
        weight = belonging(one, other)
        if not weight:
            continue
        at = bisect_left(ends, j)
        known.append((i, j, last[at - 1] if at else -1))
        total = weight + (weights[at - 1] if at else 0.0)
        behind = at
        while behind < len(ends) and weights[behind] <= total:
            behind += 1
        if behind == at and at < len(ends) and ends[at] == j:
            continue
        ends[at:behind], weights[at:behind], last[at:behind] = [j], [total], [len(known) - 1]
    chain: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        i, j, number = known[number]
        chain.append((i, j))
    return chain[::-1]


def _grown(groups: Sequence[Group], left: Sequence[Line], right: Sequence[Line]) -> list[Group]:
    """The groups with the lines next to them that were split off or joined."""
    grown: list[Group] = []
    before = Group(0, 0, 0, 0)
    for number, group in enumerate(groups):
        behind = groups[number + 1] if number + 1 < len(groups) else None
        free = Group(
            before.b, behind.a if behind else len(left), before.d, behind.c if behind else len(right)
        )
        before = _take(group, free, left, right)
        grown.append(before)
    return _with_equal(grown, left, right)


def _take(group: Group, free: Group, left: Sequence[Line], right: Sequence[Line]) -> Group:
    """A group with what belongs to it of the lines around it that are free."""
    if left[group.a].bare == right[group.c].bare:
        return group
    ones, others = _Side(left, group.a, group.b), _Side(right, group.c, group.d)
    while ones.take(others, free.a, free.b) or others.take(ones, free.c, free.d):
        pass
    return Group(ones.start, ones.end, others.start, others.end)


class _Side:
    """The lines of one side of a group, which takes more."""

    def __init__(self, lines: Sequence[Line], start: int, end: int) -> None:
        self.lines = lines
        self.start = start
        self.end = end
        self._features = {feature for line in lines[start:end] for feature in line.features}

    def take(self, other: _Side, first: int, last: int) -> bool:
        """Take what was split off the other side, of the lines from ``first`` to ``last``; False: nothing."""
        for n in range(self.end, min(last, self.end + _ACROSS)):
            if self._was_in(other, n, behind=True):
                return self._reach(self.start, n + 1)
        for n in range(self.start - 1, max(first, self.start - _ACROSS) - 1, -1):
            if self._was_in(other, n, behind=False):
                return self._reach(n, self.end)
        return False

    def _reach(self, start: int, end: int) -> bool:
        for line in (*self.lines[start : self.start], *self.lines[self.end : end]):
            self._features |= line.features
        self.start, self.end = start, end
        return True

    def _was_in(self, other: _Side, number: int, *, behind: bool) -> bool:
        line = self.lines[number]
        fresh = line.features - self._features
        held = len(fresh & other._features)
        if len(fresh) >= _TOLD and (held >= _HELD * len(fresh) or held >= max(_LONG, _PART * len(fresh))):
            return True
        ends_with = _ends_with if behind else _begins_with
        whole = other.lines[other.end - 1 if behind else other.start].items
        beside = self.lines[self.end - 1 if behind else self.start].items
        return bool(line.items) and ends_with(whole, line.items) and not ends_with(whole, beside)


def _begins_with(whole: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return whole[: len(part)] == part


def _ends_with(whole: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return len(part) <= len(whole) and whole[len(whole) - len(part) :] == part


def _with_equal(groups: Sequence[Group], left: Sequence[Line], right: Sequence[Line]) -> list[Group]:
    """The groups and, between them, lines that were cut or joined with nothing lost."""
    found: list[Group] = []
    for number, gap in enumerate(gaps_of(groups, len(left), len(right))):
        ones, others = left[gap.a : gap.b], right[gap.c : gap.d]
        if ones and "".join(line.bare for line in ones) == "".join(line.bare for line in others):
            found.append(gap)
        found += groups[number : number + 1]
    return found


def _with_headings(
    groups: Sequence[Group], left: Sequence[Line], right: Sequence[Line], kept: set[int]
) -> list[Group]:
    """The groups, each with the headings that stand right before it in both texts, whatever their words."""
    found: list[Group] = []
    for gap, group in zip(gaps_of(groups, len(left), len(right)), groups, strict=False):
        above: list[Group] = []
        i, j = gap.b - 1, gap.d - 1
        while i >= gap.a and j >= gap.c and left[i].heading and right[j].heading:
            if id(left[i]) in kept or id(right[j]) in kept:  # it stands as it is elsewhere
                break
            above.append(Group(i, i + 1, j, j + 1))
            i, j = i - 1, j - 1
        found += [*reversed(above), group]
    return found
