"""Which sentences of two texts are taken for the same, against the plain table that says what is meant."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.families import alignment
from indexer.families.alignment import _ALIKE, Pairs, _alike, _ascending, _bigrams, _same, align
from indexer.families.template import make_template, tokenize

SENTENCES = st.lists(st.text("甲乙丙丁", max_size=7), max_size=12)


def plainly(one: Sequence[str], other: Sequence[str]) -> Pairs:
    """The heaviest common subsequence, by a table of all pairs; of several the one that pairs earliest."""
    a, b = [_bigrams(text) for text in one], [_bigrams(text) for text in other]
    shared = [[len(x & y) if 2 * len(x & y) >= _ALIKE * (len(x) + len(y)) else 0 for y in b] for x in a]
    best = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in reversed(range(len(a))):
        for j in reversed(range(len(b))):
            paired = shared[i][j] + best[i + 1][j + 1] if shared[i][j] else 0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    found: Pairs = []
    i = j = 0
    while i < len(a) and j < len(b):
        if shared[i][j] and best[i][j] == shared[i][j] + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


@given(SENTENCES, SENTENCES)
def test_sentences_that_are_alike(one: list[str], other: list[str]) -> None:
    assert _alike(one, other) == plainly(one, other)


@given(st.lists(st.text("甲乙，。", min_size=1, max_size=3), max_size=300), st.integers(0, 5))
def test_pairs_are_the_same_token_and_ascend(tokens: list[str], shift: int) -> None:
    one, other = tuple(tokens), tuple(tokens[shift:] + tokens[:shift])
    pairs = align(one, other)
    assert all(one[i] == other[j] for i, j in pairs)
    assert all(a < b and c < d for (a, c), (b, d) in pairwise(pairs))


@pytest.mark.parametrize("ends", ["。", "，", ""])
def test_long_texts_with_many_small_edits_keep_what_they_share(ends: str) -> None:
    signs = [[chr(0x4E00 + (n * 7919 + i * 104729) % 20000) for i in range(17)] for n in range(600)]
    lines = ["".join(own) + ends for own in signs]
    edited = [line[:5] + "改" + line[6:] if n % 3 == 0 else line for n, line in enumerate(lines)]
    template = make_template(["".join(lines), "".join(edited)])
    common = sum(len(part) for part in template.parts if isinstance(part, str))
    assert common > 0.9 * len("".join(lines))
    assert len(tokenize("".join(lines))) > 5000


def letters_in_common(one: str, other: str) -> int:
    parts = make_template([one, other]).parts
    return sum(char.isalnum() for part in parts if isinstance(part, str) for char in part)


def test_a_short_clause_elsewhere_does_not_part_sentences_that_are_alike() -> None:
    """No clause is the same but one of two letters, which the one text has first and the other last."""
    chance = random.Random(2)
    lines = ["".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(17)) for _ in range(40)]
    edited = [line[:8] + "改" + line[9:] for line in lines]
    one, other = "其中，" + "。".join(lines), "。".join(edited) + "，其中"
    assert len(tokenize(one)) * len(tokenize(other)) > alignment._SMALL
    assert letters_in_common(one, other) > 0.8 * 17 * len(lines)


class Measured(SequenceMatcher):  # type: ignore[type-arg]
    """difflib's matcher, which records how many pairs of equal tokens it is to look at."""

    most = 0

    def __init__(self, junk: None, one: Sequence[str], other: Sequence[str], autojunk: bool) -> None:
        counts = Counter(other)
        Measured.most = max(Measured.most, sum(counts[x] for x in one))
        super().__init__(junk, one, other, autojunk)


@pytest.mark.parametrize("ends", ["", ",", "."])
def test_difflib_is_never_asked_about_more_than_it_can_do(monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    """Words without a sign, of which none is frequent: as one sentence, as clauses, as sentences."""
    monkeypatch.setattr(alignment, "SequenceMatcher", Measured)
    Measured.most = 0
    chance = random.Random(1)
    words = [f"{a}{b}" for a in "bcdfghjklmn" for b in "aeiouwxyz"]
    one = [chance.choice(words) for _ in range(9000)]
    other = [word if chance.random() < 0.8 else chance.choice(words) for word in one]
    texts = [f"{ends} ".join(text) for text in (one, other)]
    equal = sum(a == b for a, b in zip(one, other, strict=True))
    assert letters_in_common(*texts) > 0.9 * 2 * equal
    assert 0 < Measured.most <= alignment._REPEATED


def test_where_nothing_stands_once_head_and_tail_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "_REPEATED", 100)
    period = tuple("甲乙丙丁")
    one, other = period * 90 + ("戊",) + period * 90, period * 100 + ("己",) + period * 100
    head, tail = 360, 360
    assert _same(one, other) == [
        *((n, n) for n in range(head)),
        *((len(one) - n, len(other) - n) for n in range(tail, 0, -1)),
    ]


def test_what_is_left_between_head_and_tail_is_aligned_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short as it is; no run stands once in each."""
    monkeypatch.setattr(alignment, "_REPEATED", 100)
    ends = tuple("甲乙") * 40
    one, other = (*ends, *"壬戊己辛戊己壬", *ends), (*ends, *"癸戊己庚戊己癸", *ends)
    gone = {80, 83, 86}
    assert _same(one, other) == [(n, n) for n in range(len(one)) if n not in gone]


@given(
    st.lists(st.sampled_from("甲乙丙丁，。"), max_size=60),
    st.lists(st.sampled_from("甲乙丙丁，。"), max_size=60),
)
def test_between_anchors_pairs_are_the_same_token_and_ascend(one: list[str], other: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "_REPEATED", 3)
        patch.setattr(alignment, "_SMALL", 3)
        pairs = align(tuple(one), tuple(other))
    assert all(one[i] == other[j] for i, j in pairs)
    assert all(a < b and c < d for (a, c), (b, d) in pairwise(pairs))


@given(st.sets(st.integers(0, 79)), st.sets(st.integers(0, 79)))
def test_what_stands_once_is_found_wherever_it_stands(gone: set[int], others: set[int]) -> None:
    """Of all different tokens each text has lost some."""
    one = [chr(0x4E00 + n) for n in range(80) if n not in gone]
    other = [chr(0x4E00 + n) for n in range(80) if n not in others]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "_REPEATED", 0)
        pairs = align(tuple(one), tuple(other))
    assert [one[i] for i, _ in pairs] == [token for token in one if token in other]


@given(st.permutations(range(12)).map(lambda order: order[:9]))
def test_the_most_pairs_that_ascend(order: list[int]) -> None:
    found = _ascending(list(enumerate(order)))
    best = [1] * len(order)
    for n, place in enumerate(order):
        best[n] += max((best[m] for m in range(n) if order[m] < place), default=0)
    assert len(found) == max(best)
    assert all(a < b and c < d for (a, c), (b, d) in pairwise(found))
    assert all(order[n] == place for n, place in found)
