"""Stretches of arrays, many at once."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]

ALIGNMENT = 64  # bytes, where arrays begin in a file: a line of the processor's cache


def ranges(starts: NDArray[np.integer[Any]], sizes: NDArray[np.integer[Any]]) -> Ints:
    """The numbers of all ranges, ``sizes[i]`` of them from ``starts[i]`` on, one range behind the other."""
    starts, sizes = starts.astype(np.int64, copy=False), sizes.astype(np.int64, copy=False)
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    numbers: Ints = np.repeat(starts - (ends - sizes), sizes)
    numbers += np.arange(total)
    return numbers


def offsets_of(counts: NDArray[Any]) -> Ints:
    """Where each of the lists of so many items begins, one behind the other, and the last one ends."""
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def changes(values: NDArray[Any]) -> NDArray[np.bool_]:
    """For each of the values whether it is another than the one before; the first one is."""
    new = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new
