"""Sorting numbers of few bits, by their digits.

numpy sorts wide numbers by comparing them, which takes from 8 to 45 ns each, by the processor: longest where
it has no vector code for it, and on some of the newest, which are slow at a part of that code (numpy 2.4,
AVX-512). Numbers of 16 bits it sorts by counting, in 4 ns on all of them. So a number is sorted by 16 bits at
a time, the lowest first, each time leaving equal ones in their order (Knuth, *The Art of Computer
Programming*, vol. 3, 5.2.5: radix sort).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.stretches import Ints

_DIGIT = 16  # bits


def order_of(numbers: NDArray[np.unsignedinteger[Any]], bits: int) -> Ints:
    """The places of numbers of so many bits, in ascending order of these; of equal ones the first first."""
    order: Ints = np.argsort(numbers.astype(np.uint16), kind="stable")
    for shift in range(_DIGIT, bits, _DIGIT):
        digits = (numbers >> np.uint64(shift)).astype(np.uint16)
        order = order[np.argsort(digits[order], kind="stable")]
    return order
