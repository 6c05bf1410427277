"""Which sentences of two texts are taken for the same, against the plain table that says what is meant."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.families.alignment import _ALIKE, Pairs, _alike, _bigrams, align
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
