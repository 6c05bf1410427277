"""Sorting by digits, against Python's own sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.radix import order_of


@given(st.integers(1, 64).flatmap(lambda b: st.tuples(st.just(b), st.lists(st.integers(0, (1 << b) - 1)))))
def test_in_ascending_order_and_equal_ones_in_theirs(given_: tuple[int, list[int]]) -> None:
    bits, numbers = given_
    expected = sorted(range(len(numbers)), key=numbers.__getitem__)
    assert order_of(np.array(numbers, dtype=np.uint64), bits).tolist() == expected


@pytest.mark.parametrize("bits", [1, 15, 16, 17, 32, 33, 48, 63, 64])
def test_every_bit_counts(bits: int) -> None:
    numbers = [1 << bit for bit in reversed(range(bits))] + [0] + [1 << bit for bit in range(bits)]
    expected = sorted(range(len(numbers)), key=numbers.__getitem__)
    assert order_of(np.array(numbers, dtype=np.uint64), bits).tolist() == expected
