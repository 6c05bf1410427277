"""Families, against every pair compared exactly."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.families import clusters
from indexer.families.detect import find_families
from indexer.families.forms import LEVELS, Level, make_forms, shingle_codes
from indexer.families.groups import Groups
from indexer.families.minhash import bitmaps, differing
from indexer.model import Report

from .plain import alike, plain_families, shingles, texts_of
from .texts import HAN, changed, distinct, make_reports, report


def labels(reports: Sequence[Report], level: Level) -> list[int]:
    found: list[int] = find_families(reports).labels[level].tolist()
    return found


def check(reports: Sequence[Report]) -> dict[Level, int]:
    """Compare with the plain way at all levels; return how many units have a family."""
    found = find_families(reports)
    joined: dict[Level, int] = {}
    for level in LEVELS:
        texts = texts_of(reports, level)
        assert found.labels[level].tolist() == plain_families(texts, level), level
        lines = [text.replace("\n", "") for text in texts]
        assert found.characters[level].tolist() == list(map(len, lines)), level
        joined[level] = int((found.copies(level) > 1).sum())
    return joined


@given(st.randoms(use_true_random=False), st.integers(0, 6), st.integers(1, 3), st.sampled_from([0, 3, 8]))
@settings(max_examples=150)
def test_is_what_comparing_every_pair_gives(
    chance: random.Random, count: int, templates: int, most: int
) -> None:
    check(make_reports(chance, count, templates=templates, most=most))


@pytest.mark.parametrize("seed", range(4))
def test_more_reports(seed: int) -> None:
    chance = random.Random(seed)
    joined = check(make_reports(chance, 40, templates=6, most=(3, 6, 9, 12)[seed]))
    assert joined["paragraph"] > 5


@pytest.mark.parametrize("seed", range(3))
def test_reports_that_hold_each_other(seed: int) -> None:
    """Excerpts, compilations, and such as share too little."""
    chance = random.Random(seed)
    stock = ["".join(chance.choices(HAN, k=50)) for _ in range(14)]
    reports = [
        report([changed(p, chance, 4) for p in chance.sample(stock, chance.randint(3, 12))], ordinal=n)
        for n in range(1, 30)
    ]
    joined = check(reports)
    assert 0 < joined["report"] <= 29


@pytest.mark.parametrize("replaced", [3, 5])
def test_a_crowd(replaced: int) -> None:
    """More near-copies than are taken pair by pair, of two templates that share most."""
    chance = random.Random(replaced)
    one = "".join(chance.sample(HAN, 60))
    other = one[:44] + "".join(chance.sample(HAN, 16))
    paragraphs = [changed(chance.choice([one, other]), chance, replaced) for _ in range(150)]
    assert check([report(paragraphs)])["paragraph"] > 80


def test_a_crowd_of_strangers() -> None:
    """They begin alike, and so agree in bands; no two are a family."""
    chance = random.Random(1)
    opening = "".join(chance.sample(HAN, 120))
    paragraphs = [opening + "".join(chance.sample(HAN, 60)) for _ in range(90)]
    assert check([report(paragraphs)])["paragraph"] == 0


def test_the_same_text_many_times() -> None:
    text = distinct(30)
    reports = [report([text, distinct(20, 100) + text], [text], ordinal=n) for n in range(1, 200)]
    assert set(labels(reports, "section")) == {0, 1}
    assert set(labels(reports, "report")) == set(range(199))  # 110 characters: too short to be compared
    assert check(reports[:20])["paragraph"] == 60


def test_nothing() -> None:
    for reports in ([], [report()], [report([])], [report([], [""], ["，"]), report(ordinal=2)]):
        found = find_families(reports)
        for level in LEVELS:
            assert found.members(level) == []
            assert found.copies(level).tolist() == [1] * len(texts_of(reports, level))
        check(reports)


def test_places() -> None:
    found = find_families([report(), report(["a", "b"], [], ["c"], ordinal=2), report([], ordinal=3)])
    assert found.sections.tolist() == [0, 2, 2, 3, 3]
    assert found.reports.tolist() == [0, 0, 3, 4]
    assert found.characters["section"].tolist() == [2, 0, 1, 0]


# -- at the threshold ------------------------------------------------------------------------------


def sharing(shared: int, one: int, other: int) -> tuple[str, str]:
    """Two texts with so many shingles in common, and so many in all."""
    common = distinct(shared + 2)
    return common + distinct(one - shared, 4100), common + distinct(other - shared, 5000)


@pytest.mark.parametrize(
    ("shared", "one", "other", "together"),
    [
        (40, 45, 45, True),  # 40 / 50
        (39, 44, 44, False),  # 39 / 49
        (40, 50, 40, True),  # 40 / 50, one within the other
        (40, 51, 40, False),
        (400, 450, 450, True),
        (399, 450, 450, False),
        (400, 400, 501, False),
        (4000, 4500, 4500, True),
        (3999, 4500, 4500, False),
    ],
)
def test_exactly_four_fifths(shared: int, one: int, other: int, together: bool) -> None:
    texts = sharing(shared, one, other)
    sets = [shingles(text) for text in texts]
    assert (len(sets[0] & sets[1]), len(sets[0]), len(sets[1])) == (shared, one, other)
    assert alike("section")(*sets) is together
    for level in ("paragraph", "section"):
        assert labels([report([texts[0]], [texts[1]])], level) == [0, 0 if together else 1]


@pytest.mark.parametrize(
    ("shared", "one", "other", "together"),
    [
        (180, 300, 300, True),  # 180 / 300
        (179, 300, 300, False),
        (120, 200, 5000, True),  # however long the other is
        (119, 199, 5000, False),
        (120, 199, 5000, True),
        (121, 202, 202, False),  # 0.599
    ],
)
def test_exactly_three_fifths(shared: int, one: int, other: int, together: bool) -> None:
    first, second = sharing(shared, one, other)
    for pair in ((first, second), (second, first)):
        assert labels([report([p]) for p in pair], "report") == [0, 0 if together else 1]
        halves = [report([p[: len(p) // 2]], [], [p[len(p) // 2 :]]) for p in pair]
        assert labels(halves, "report") == [0, 0 if together else 1]


@pytest.mark.parametrize(("level", "least"), [("paragraph", 20), ("section", 20), ("report", 200)])
def test_least_lengths(level: Level, least: int) -> None:
    """Counted in template form: figures count one, signs nothing."""
    for length, together in ((least - 1, False), (least, True)):
        text = distinct(length - 1) + "，123.5，。、"
        assert labels([report([text]), report([text], ordinal=2)], level) == [0, 0 if together else 1]


def test_a_section_is_compared_as_its_paragraphs_joined() -> None:
    text = distinct(40)
    reports = [report([text]), report([text[:10], "", text[10:25], text[25:]], ordinal=2)]
    assert labels(reports, "section") == [0, 0]
    assert labels(reports, "paragraph") == [0, 1, 2, 3, 4]


def test_a_family_is_a_connected_group() -> None:
    """The first and the last of a chain share less than the families' threshold."""
    text = distinct(100)
    chain = [text[n : n + 60] for n in range(0, 40, 4)]
    assert not alike("section")(shingles(chain[0]), shingles(chain[-1]))
    assert labels([report([p]) for p in [chain[0], chain[-1], *chain[1:-1]]], "section") == [0] * 10
    assert labels([report([chain[0]]), report([chain[-1]])], "section") == [0, 1]


def test_order_of_families() -> None:
    """Most characters saved first; what one copy would do for is not saved."""
    a, b, c = distinct(30), distinct(50, 100), distinct(30, 200)
    found = find_families([report([a, c, b, c, a], [b, distinct(25, 300), c + "，，"])])
    members = found.members("paragraph")
    assert [group.tolist() for group in members] == [[1, 3, 7], [2, 5], [0, 4]]
    assert [found.saved("paragraph", group) for group in members] == [60, 50, 30]
    assert [group.tolist() for group in found.members("paragraph", 3)] == [[1, 3, 7]]
    assert len(found.members("paragraph", 1)) == 4
    assert found.copies("paragraph").tolist() == [2, 3, 2, 3, 2, 2, 1, 3]


def test_the_same_whatever_the_order_of_comparing() -> None:
    """Reports in another order make the same groups."""
    chance = random.Random(5)
    reports = make_reports(chance, 30)
    order = chance.sample(range(30), 30)
    straight = labels(reports, "report")
    turned = labels([reports[n] for n in order], "report")
    groups = {frozenset(n for n in range(30) if straight[n] == root) for root in straight}
    assert {frozenset(order[n] for n in range(30) if turned[n] == root) for root in turned} == groups


# -- parts ---------------------------------------------------------------------------------------------


def test_shingle_codes_of_different_shingles_differ() -> None:
    text = "\U0010ffff\U0010fffe0a\udcff\U0002a6d6" + distinct(20)
    assert len(set(shingle_codes(text).tolist())) == len(text) - 2
    assert [len(shingle_codes(t)) for t in ("", "a", "ab", "abc")] == [0, 0, 0, 1]


def test_groups() -> None:
    groups = Groups(6)
    for one, other in ((4, 5), (1, 4), (5, 1), (3, 2)):
        groups.join(one, other)
    assert groups.labels().tolist() == [0, 1, 2, 2, 1, 1]


@given(st.lists(st.text(st.sampled_from(HAN[:6]), min_size=20, max_size=40), min_size=2, max_size=6))
@settings(max_examples=100)
def test_bitmaps_never_rule_out_what_is_alike(texts: list[str]) -> None:
    """They differ in no more bits than there are shingles that one has alone."""
    forms = make_forms([report(texts)])
    starts, ends = forms.starts["paragraph"][:-1], forms.starts["paragraph"][1:] - 2
    maps = bitmaps(forms.codes, starts, ends)
    sets = [shingles(text) for text in texts]
    for i, one in enumerate(sets):
        alone = np.array([len(one ^ other) for other in sets])
        assert (differing(maps[[i] * len(sets)], maps) <= alone).all()


def test_bits_are_counted_without_numpy_2(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = np.random.default_rng(1).integers(0, 1 << 63, (2, 5, 32), dtype=np.uint64)
    counted = differing(one, other).tolist()
    monkeypatch.delattr(np, "bitwise_count", raising=False)
    assert differing(one, other).tolist() == counted
    plain = [[int(a).bit_count() for a in row] for row in one ^ other]
    assert counted == list(map(sum, plain))


def test_pairs_are_compared_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_PAIRS", 7)
    test_more_reports(1)
    test_a_crowd(3)
    test_a_crowd_of_strangers()
