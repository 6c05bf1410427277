"""Joining all sets that are alike, exactly, where many are alike or nearly so: a set-similarity self-join.

The sets are numbered by size; each looks for those behind it, which are as large or larger. To share ``need``
of its n members with one of them, it must share need - (n - p) of any p of its own (prefix filtering:
Chaudhuri, Ganti, Kaushik, *A Primitive Operator for Similarity Joins in Data Cleaning*, 2006). So it looks up
the p that the fewest sets of *other groups* hold: what already stands in its own group costs nothing, for an
inverted index lists the holders of a member group by group::

    member ── holders   2 7 9 │ 4 5 │ 1 3 6 8 …      a group between bars; set 5 passes over 4 5
                        group 2  4     1

Members that the same sets hold, as those of a paragraph that was copied whole, are looked up as one.

Joined sets become one group in the index once enough has been looked at in vain. A crowd that is all alike is
joined by its first set and never compared again; in one whose sets are half alike, each has more members of
its own than it may have beside an alike one, and finds nothing to look up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.families.groups import Groups
from indexer.families.minhash import mixed
from indexer.stretches import Ints, ranges

#: Whether a unit, alone in an array, may be alike to each of others: False means that it is not.
Possible = Callable[[Ints, Ints], NDArray[np.bool_]]

_CHOOSING = 1 << 17  # blocks of the sets that choose together what they look up
_LOOKED_UP = 1 << 20  # holders at a time
_TOO_MANY = 8  # times as many for one set would take too much memory
_FIRST = 1 << 13  # blocks of the sets that are first compared with one; then four times as many, and so on
_MOST = 1 << 20
_IN_VAIN = 2  # times the size of the index


@dataclass(frozen=True, slots=True)
class Measure:
    """When two sets are alike. Arrays of sizes, whole numbers.

    ``least(smaller, larger)``: of how many members on, shared, two sets of such sizes are alike; it must not
    fall with ``larger``. ``largest(smaller)``: the size that a set alike to one of such size has at most.
    """

    least: Callable[[Ints, Ints], Ints]
    largest: Callable[[Ints], Ints]


def join_alike(
    groups: Groups,
    units: Ints,
    codes: Ints,
    lengths: Ints,
    measure: Measure,
    possible: Possible | None = None,
) -> None:
    """Join all of ``units`` that are alike, in ``groups``.

    The members of ``units[i]`` are ``lengths[i]`` of ``codes``, one at least, one unit's behind the other's;
    they may be repeated. ``possible``, where there is a quick one, spares comparing most.
    """
    if len(units) > 1:
        _Join(groups, units, _Sets.of(codes, lengths), measure, possible).run()


@dataclass(frozen=True, slots=True)
class _Sets:
    """Sets by size, ascending: ``order[i]`` is the number of set i in the input, ``sizes[i]`` how many
    members it has, ``shared[i]`` how many of them some other set has, too.

    Members that the same sets hold are one *block*: ``weights[b]`` is how many they are in block b. The
    blocks of set i are ``blocks[starts[i]:starts[i + 1]]``.
    """

    order: Ints
    sizes: Ints
    shared: Ints
    blocks: Ints
    starts: Ints
    weights: Ints

    @classmethod
    def of(cls, codes: Ints, lengths: Ints) -> _Sets:
        count = len(lengths)
        order = np.argsort(codes, kind="stable")  # owners ascend, so what is repeated stands side by side
        codes = codes[order]
        new = np.concatenate([[True], codes[1:] != codes[:-1]])
        del codes
        small = np.repeat(np.arange(count, dtype=np.int32), lengths)[order]
        del order
        first = new | np.concatenate([[True], small[1:] != small[:-1]])
        owners, new = small[first].astype(np.int64), new[first]
        sizes = np.bincount(owners, minlength=count)
        held = np.diff(np.flatnonzero(new), append=len(new))
        several = np.repeat(held > 1, held)
        owners, held = owners[several], held[held > 1]
        shared = np.bincount(owners, minlength=count)
        kept, weights = _same_holders(owners, held)
        owners = owners[ranges((np.cumsum(held) - held)[kept], held[kept])]
        by_size = np.argsort(sizes, kind="stable")
        rank = np.empty(count, dtype=np.int64)
        rank[by_size] = np.arange(count)
        owners = rank[owners]
        # Small types are sorted by radix.
        order = np.argsort(owners.astype(np.min_scalar_type(count)), kind="stable")
        blocks = np.repeat(np.arange(len(kept)), held[kept])[order]
        starts = _edges(np.bincount(owners, minlength=count))
        return cls(by_size, sizes[by_size], shared[by_size], blocks, starts, weights)

    def counts(self) -> Ints:
        """How many blocks each has."""
        return np.diff(self.starts)


def _same_holders(owners: Ints, held: Ints) -> tuple[Ints, Ints]:
    """The first of the members that the same sets hold, for all such; and how many they are each time.

    Member m is held by ``held[m]`` sets, two at least, one member's behind the other's in ``owners``.
    """
    if not len(held):
        return held, held
    starts = np.cumsum(held) - held
    # The same for the same sets, and for hardly any others.
    sums = np.add.reduceat(mixed(np.arange(owners.max() + 1))[owners], starts)
    order = np.argsort(sums)
    one, other = order[:-1], order[1:]
    same = np.zeros(len(held), dtype=bool)
    maybe = np.flatnonzero((sums[one] == sums[other]) & (held[one] == held[other]))
    one, other, sizes = one[maybe], other[maybe], held[other[maybe]]
    unlike = _edges(
        (owners[ranges(starts[one], sizes)] != owners[ranges(starts[other], sizes)]).astype(np.int64)
    )
    ends = _edges(sizes)
    same[1 + maybe] = unlike[ends[1:]] == unlike[ends[:-1]]
    first = np.flatnonzero(~same)
    return order[first], np.diff(first, append=len(order))


class _Labels:
    """The group of each set, kept at hand for all of them: the smaller group takes the larger one's label."""

    def __init__(self, labels: Ints) -> None:
        self.of = labels
        order = np.argsort(labels, kind="stable")
        edges = np.flatnonzero(np.diff(labels[order])) + 1
        self._members = {int(labels[own[0]]): own.tolist() for own in np.split(order, edges)}

    def join(self, one: int, other: int) -> bool:
        """Make one group of two sets' groups; False if they are one."""
        small, large = sorted((int(self.of[one]), int(self.of[other])), key=lambda n: len(self._members[n]))
        if small == large:
            return False
        moved = self._members.pop(small)
        self.of[moved] = large
        self._members[large] += moved
        return True


class _Index:
    """Which sets hold a block, group by group, as the groups were when it was made.

    ``outside[e]``: how many sets of other groups hold ``blocks[e]`` of the sets.
    """

    def __init__(self, sets: _Sets, labels: Ints) -> None:
        owners = np.repeat(np.arange(len(labels), dtype=np.int32), sets.counts())
        keys = sets.blocks * len(labels) + labels[owners]
        order = np.argsort(keys)
        keys, self._holders = keys[order], owners[order]
        new = np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)]
        self._begins = np.append(np.flatnonzero(new), len(keys))  # of a block's holders in one group
        self._own = np.empty(len(keys), dtype=np.int32)
        self._own[order] = np.cumsum(new) - 1
        self._blocks = sets.blocks
        self._starts = _edges(np.bincount(sets.blocks, minlength=len(sets.weights)))
        self.outside: Ints = np.diff(self._starts)[sets.blocks] - np.diff(self._begins)[self._own]

    def holders(self, entries: Ints) -> Ints:
        """The sets of other groups that hold each, one entry's behind the other's."""
        blocks = self._blocks[entries]
        before, after = self._starts[blocks], self._starts[blocks + 1]
        own_start, own_end = self._begins[self._own[entries]], self._begins[self._own[entries] + 1]
        starts = np.stack([before, own_end], axis=1).ravel()
        sizes = np.stack([own_start - before, after - own_end], axis=1).ravel()
        holders: Ints = self._holders[ranges(starts, sizes)].astype(np.int64)
        return holders


@dataclass(frozen=True, slots=True)
class _Lookups:
    """What some sets look up: ``entries`` of the index, those of ``seekers[i]`` being ``counts[i]`` in number
    and having ``costs[i]`` holders; what is alike to it has ``least[i]`` members of them or more."""

    seekers: Ints
    entries: Ints
    counts: Ints
    costs: Ints
    least: Ints

    def batches(self, dense: NDArray[np.bool_]) -> Iterator[tuple[bool, _Lookups]]:
        """Stretches of seekers that are all ``dense`` or all not, with limited costs."""
        edges, totals = _edges(self.counts), _edges(self.costs)
        first = 0
        while first < len(self.seekers):
            last = int(np.searchsorted(totals, totals[first] + _LOOKED_UP, side="right")) - 1
            last = max(last, first + 1)
            changed = np.flatnonzero(dense[first:last] != dense[first])
            last = first + int(changed[0]) if len(changed) else last
            own, entries = slice(first, last), self.entries[edges[first] : edges[last]]
            yield (
                bool(dense[first]),
                _Lookups(self.seekers[own], entries, self.counts[own], self.costs[own], self.least[own]),
            )
            first = last


class _Join:
    def __init__(
        self, groups: Groups, units: Ints, sets: _Sets, measure: Measure, possible: Possible | None
    ) -> None:
        self._groups, self._sets, self._measure, self._possible = groups, sets, measure, possible
        self._units = units[sets.order]
        roots = np.array([groups.root(unit) for unit in self._units.tolist()])
        self._labels = _Labels(np.unique(roots, return_inverse=True)[1].astype(np.int64))
        self._need = measure.least(sets.sizes, sets.sizes)
        #: Behind the last set that is not too large.
        self._until = np.searchsorted(sets.sizes, measure.largest(sets.sizes), side="right")
        self._marked = np.zeros(len(sets.weights), dtype=np.int64)
        self._in_vain = 0

    def run(self) -> None:
        """Compare what has to be."""
        at = 0
        while at < len(self._units):
            index = _Index(self._sets, self._labels.of)
            self._in_vain = 0
            at = self._run(index, at)

    def _run(self, index: _Index, at: int) -> int:
        """Go on from a set until the index is out of date; return the set that comes next."""
        starts = self._sets.starts
        while at < len(self._units):
            end = max(at + 1, int(np.searchsorted(starts, starts[at] + _CHOOSING, side="right")) - 1)
            lookups = self._choose(index, at, end)
            dense = lookups.costs > _TOO_MANY * _LOOKED_UP
            if self._possible:
                dense |= lookups.costs > self._until[lookups.seekers] - lookups.seekers
            for at_once, batch in lookups.batches(dense):
                if at_once:
                    self._compare_all(batch.seekers)
                else:
                    self._look_up(index, batch)
                if self._in_vain > _IN_VAIN * len(index.outside):
                    return int(batch.seekers[-1]) + 1
            at = end
        return at

    def _choose(self, index: _Index, begin: int, end: int) -> _Lookups:
        """What the sets from ``begin`` to ``end`` look up: as little as is enough, or twice as much."""
        sets = self._sets
        starts = sets.starts[begin : end + 1] - sets.starts[begin]
        counts = np.diff(starts)
        own = slice(int(sets.starts[begin]), int(sets.starts[end]))
        outside, weights = index.outside[own], sets.weights[sets.blocks[own]]
        order = np.argsort((np.repeat(np.arange(end - begin), counts) << 40) | (outside << 8) // weights)
        costs, members = _edges(outside[order]), _edges(weights[order])
        # Members that no other set has come first in any choice; so many of the shared ones are enough.
        enough = np.maximum(sets.shared[begin:end] - self._need[begin:end] + 1, 0)
        cost = costs[np.searchsorted(members, members[starts[:-1]] + enough)] - costs[starts[:-1]]
        # Twice the cost rules out more: what is alike shares another member for each that is added.
        spent = costs[1:] - np.repeat(costs[starts[:-1]], counts)
        chosen = (spent <= 2 * np.repeat(cost, counts)) & np.repeat(cost > 0, counts)
        number = np.diff(_edges(chosen.astype(np.int64))[starts])
        ends = starts[:-1] + number
        least = members[ends] - members[starts[:-1]] - enough + 1
        active = np.flatnonzero(cost)
        return _Lookups(
            begin + active,
            own.start + order[chosen],
            number[active],
            (costs[ends] - costs[starts[:-1]])[active],
            least[active],
        )

    def _look_up(self, index: _Index, batch: _Lookups) -> None:
        """Compare each seeker with the sets that hold enough of what it looks up."""
        holders = index.holders(batch.entries)
        seekers = np.repeat(np.arange(len(batch.seekers)), batch.costs)
        numbers = batch.seekers[seekers]
        apart = self._labels.of[holders] != self._labels.of[numbers]
        self._in_vain += len(apart) - int(np.count_nonzero(apart))
        behind = apart & (holders > numbers) & (holders < self._until[numbers])
        weights = np.repeat(
            self._sets.weights[self._sets.blocks[batch.entries]], index.outside[batch.entries]
        )
        keys, met = _summed(seekers[behind] * len(self._units) + holders[behind], weights[behind])
        seekers, holders = np.divmod(keys, len(self._units))
        enough = met >= batch.least[seekers]
        seekers, holders = seekers[enough], holders[enough]
        edges = np.flatnonzero(np.diff(seekers)) + 1
        for which, found in zip(
            seekers[np.concatenate([[0], edges])].tolist() if len(seekers) else [],
            np.split(holders, edges),
            strict=False,
        ):
            self._compare(int(batch.seekers[which]), found)

    def _compare_all(self, seekers: Ints) -> None:
        """Compare each seeker with all sets behind it, where to look up what it would have to is more."""
        for seeker in seekers.tolist():
            others = np.arange(seeker + 1, self._until[seeker])
            apart = self._labels.of[others] != self._labels.of[seeker]
            self._in_vain += len(others) - int(np.count_nonzero(apart))
            self._compare(seeker, others[apart])

    def _compare(self, seeker: int, others: Ints) -> None:
        """Join a set with those of ``others``, all behind it, that are alike to it."""
        others = self._apart(seeker, others)
        if self._possible and len(others):
            others = others[self._possible(self._units[seeker : seeker + 1], self._units[others])]
        if not len(others):
            return
        sets = self._sets
        own = sets.blocks[sets.starts[seeker] : sets.starts[seeker + 1]]
        self._marked[own] = sets.weights[own]
        size, most = sets.sizes[seeker : seeker + 1], _FIRST
        while len(others):
            starts, counts = sets.starts[others], sets.counts()[others]
            number = max(1, int(np.searchsorted(np.cumsum(counts), most)))
            tried, starts, counts = others[:number], starts[:number], counts[:number]
            held = _edges(self._marked[sets.blocks[ranges(starts, counts)]])
            ends = _edges(counts)
            shared = held[ends[1:]] - held[ends[:-1]]
            for other in tried[shared >= self._measure.least(size, sets.sizes[tried])].tolist():
                if self._labels.join(seeker, other):
                    self._groups.join(int(self._units[seeker]), int(self._units[other]))
            others = self._apart(seeker, others[number:])
            most = min(4 * most, _MOST)
        self._marked[own] = 0

    def _apart(self, seeker: int, others: Ints) -> Ints:
        apart: Ints = others[self._labels.of[others] != self._labels.of[seeker]]
        return apart


def _edges(sizes: Ints) -> Ints:
    """Where stretches of such sizes begin, and at last where the last one ends."""
    edges: Ints = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
    return edges


def _summed(keys: Ints, weights: Ints) -> tuple[Ints, Ints]:
    """The different keys, ascending, and the weights of each, summed."""
    order = np.argsort(keys)
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    totals = _edges(weights[order])
    return keys[first], np.diff(totals[first], append=totals[-1])
