"""Joining sets that are alike, against every pair compared; and how much is compared at all."""

from __future__ import annotations

import random
from contextlib import AbstractContextManager, nullcontext
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.families import clusters, containment, minhash, selfjoin
from indexer.families.groups import Groups
from indexer.families.selfjoin import Measure, join_alike
from indexer.stretches import Ints

from .plain import alike
from .test_detect import check
from .texts import HAN, changed, make_reports, report

MEASURES = {"section": clusters.MEASURE, "report": containment.MEASURE}


def in_small_steps() -> AbstractContextManager[object]:
    """Everything that is done by the block is done in blocks of a few, and the index is made anew often."""
    patched: AbstractContextManager[object] = patch.multiple(
        selfjoin, _CHOOSING=30, _LOOKED_UP=20, _TOO_MANY=3, _FIRST=10, _MOST=40, _IN_VAIN=0
    )
    return patched


def draw(chance: random.Random, count: int, size: int, most: int) -> list[set[int]]:
    """Sets near some others: up to ``most`` members replaced, left out or added, some of them common ones."""
    models = [chance.sample(range(3 * size), chance.randint(1, size)) for _ in range(chance.randint(1, 3))]
    if chance.random() < 0.5:  # such as share much
        models += [model[: len(model) * 3 // 4] + chance.sample(range(3 * size), 2) for model in models]
    sets = []
    for _ in range(count):
        own = set(chance.choice(models))
        for _ in range(chance.randint(0, most)):
            own.discard(chance.choice(sorted(own)))
            own.add(chance.choice([chance.randrange(3 * size), chance.randrange(10**6)]))
        sets.append(own | {chance.randrange(3 * size)})
    if chance.random() < 0.3:  # members that always come together
        return [{1000 * n + i for n in own for i in range(1 + n % 4)} for own in sets]
    return sets


def joined(
    sets: list[set[int]], measure: Measure, looked: list[int] | None = None, *, before: tuple[int, ...] = ()
) -> list[int]:
    """The groups of sets; those of ``before`` are one group from the start. ``looked``: how many others each
    set was held against is put there, and a quick look is had first, which lets pass what shares anything."""
    groups = Groups(2 * len(sets))
    for one in before:
        groups.join(0, 2 * one)
    units = np.arange(len(sets)) * 2  # numbers with gaps: not the places in the input
    members = [[*own, *sorted(own)[:2]] for own in sets]  # repeated ones count once

    def possible(unit: Ints, others: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        assert looked is not None
        looked.append(len(others))
        own = sets[int(unit[0]) // 2]
        return np.array([bool(own & sets[int(other) // 2]) for other in others], dtype=bool)

    join_alike(
        groups,
        units,
        np.array([member for own in members for member in own]),
        np.array([len(own) for own in members]),
        measure,
        None if looked is None else possible,
    )
    return [root // 2 for root in groups.labels()[units].tolist()]


def plain(sets: list[set[int]], level: str, before: tuple[int, ...] = ()) -> list[int]:
    """The same, pair by pair."""
    same = alike("report" if level == "report" else "section")
    labels = [0 if one in before else one for one in range(len(sets))]
    for j in range(len(sets)):
        for i in range(j):
            if labels[i] != labels[j] and same(*({str(m) for m in sets[k]} for k in (i, j))):
                low, high = sorted((labels[i], labels[j]))
                labels = [low if label == high else label for label in labels]
    return labels


@pytest.mark.parametrize("level", MEASURES)
@pytest.mark.parametrize("steps", ["small", "large"])
@given(chance=st.randoms(use_true_random=False), size=st.sampled_from([1, 4, 12, 30]), quick=st.booleans())
@settings(max_examples=120)
def test_is_what_comparing_every_pair_gives(
    level: str, steps: str, chance: random.Random, size: int, quick: bool
) -> None:
    sets = draw(chance, chance.randint(1, 25), size, chance.choice([1, size // 8 + 1, size // 3 + 1]))
    before = tuple(chance.sample(range(len(sets)), chance.randint(0, len(sets) // 3)))
    with in_small_steps() if steps == "small" else nullcontext():
        found = joined(sets, MEASURES[level], [] if quick else None, before=before)
    assert found == plain(sets, level, before)


@pytest.mark.parametrize("level", MEASURES)
def test_members_are_looked_up_as_one_only_where_the_same_sets_hold_them(level: str) -> None:
    """Whatever the sums are that say so: here all of them are the same."""
    chance = random.Random(3)
    with patch.object(selfjoin, "mixed", lambda codes: np.zeros(len(codes), dtype=np.uint64)):
        for size in (6, 12, 30):
            sets = draw(chance, 25, size, 3)
            assert joined(sets, MEASURES[level]) == plain(sets, level)


@pytest.mark.parametrize("level", MEASURES)
@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_measure_is_the_level_s_own(level: str, size: int, more: int) -> None:
    """To share one less is to be no family; what is larger than the largest never is one."""
    measure, one = MEASURES[level], np.array([size])
    larger = min(size + more, int(measure.largest(one)[0]))
    least = int(measure.least(one, np.array([larger]))[0])
    assert 0 < least <= size

    def is_alike(shared: int, other: int) -> bool:
        return shared * 5 >= (3 * size if level == "report" else 4 * (size + other - shared))

    assert is_alike(least, larger)
    assert not is_alike(least - 1, larger)
    if level == "section":
        assert not is_alike(size, int(measure.largest(one)[0]) + 1)


@given(st.randoms(use_true_random=False), st.integers(1, 6), st.integers(1, 3), st.sampled_from([3, 8]))
@settings(max_examples=100)
def test_texts_of_which_most_are_in_crowds(
    chance: random.Random, count: int, templates: int, most: int
) -> None:
    """Two that agree in a band are a crowd."""
    with patch.object(minhash, "_CROWD", 1):
        check(make_reports(chance, count, templates=templates, most=most))


@pytest.mark.parametrize("replaced", [3, 5, 7])
def test_crowds_in_small_steps(replaced: int) -> None:
    chance = random.Random(replaced)
    one = "".join(chance.sample(HAN, 60))
    other = one[:44] + "".join(chance.sample(HAN, 16))
    with in_small_steps(), patch.object(minhash, "_CROWD", 8):
        texts = [changed(chance.choice([one, other]), chance, replaced) for _ in range(120)]
        joined = check([report([text], ordinal=n) for n, text in enumerate(texts, 1)])
    assert joined["section"] == joined["paragraph"] > 40


# -- how much is compared --------------------------------------------------------------------------------


@pytest.mark.parametrize("level", MEASURES)
def test_a_crowd_that_is_all_alike_is_compared_once(level: str) -> None:
    """Each loses one of its members: all pairs are alike, and few of them are compared."""
    sets = [set(range(60)) - {n % 60} | {1000 + n} for n in range(1000)]
    looked: list[int] = []
    assert joined(sets, MEASURES[level], looked) == [0] * 1000
    assert 999 <= sum(looked) < 5 * 1000


@pytest.mark.parametrize("level", MEASURES)
def test_a_crowd_that_is_half_alike_is_not_compared(level: str) -> None:
    """They have three quarters, for reports one half, in common, and nothing else."""
    shared = {"section": 75, "report": 50}[level]
    sets = [set(range(shared)) | set(range(1000 * n, 1000 * n + 100 - shared)) for n in range(1, 500)]
    looked: list[int] = []
    assert joined(sets, MEASURES[level], looked) == list(range(499))
    assert looked == []


def test_two_crowds_are_not_compared_with_each_other() -> None:
    """Each is all alike; what they have in common is too little. Few pairs of the four and a half
    million are looked at before the index knows that."""
    sets = [set(range(70)) | {100 + 100 * (n % 2) + i for i in range(30)} | {1000 + n} for n in range(3000)]
    looked: list[int] = []
    assert joined(sets, clusters.MEASURE, looked) == [0, 1] * 1500
    assert sum(looked) < 3 * sum(map(len, sets))
