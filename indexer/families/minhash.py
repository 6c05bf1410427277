"""Signatures of sets of shingles, and which units are worth comparing.

MinHash (Broder, *On the resemblance and containment of documents*, 1997): of each of 128 random orders of all
shingles a unit keeps the first that it has; two units agree in one with the probability of their Jaccard
similarity s. In 32 bands of 4 they agree in a whole band with 1 - (1 - s⁴)³²: 0.99999995 at s = 0.8, 0.87 at
0.5, 0.05 at 0.2 (Leskovec, Rajaraman, Ullman, *Mining of Massive Datasets*, 3.4). What agrees in a band is
compared exactly afterwards, unless their bitmaps say already that it is not alike.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from indexer.stretches import Ints, ranges

PERMUTATIONS = 128
BANDS = 32
ROWS = PERMUTATIONS // BANDS

Signatures: TypeAlias = NDArray[np.uint32]  # a row a unit, a column a permutation
Bitmaps: TypeAlias = NDArray[np.uint64]  # a row a unit, 64 bits a column
_BLOCK = 1 << 17  # shingles at a time: what stays in the processor's cache
_CROWD = 64
#: Of 128: at s = 0.8 the number is 102 in the mean, its deviation 4.5; fewer than this are 6.7 of them away.
_AGREEING = 72
_BITS = 1 << 11  # of a bitmap
_SEED = 20_250_101  # same input, same output


def mixed(codes: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Codes spread over 64 bits, one to one (the finaliser of splitmix64, Steele, Lea, Flood 2014)."""
    x = codes.astype(np.uint64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def signatures(codes: Ints, starts: Ints, ends: Ints) -> Signatures:
    """The signature of each unit, whose shingles are ``codes[starts[i]:ends[i]]``, one at least.

    ``starts`` ascend; units do not overlap.
    """
    # Odd: x -> factor * x is one to one on 32 bits, and a good order.
    factors = np.random.default_rng(_SEED).integers(0, 1 << 32, PERMUTATIONS, dtype=np.uint32) | np.uint32(1)
    found = np.empty((len(starts), PERMUTATIONS), dtype=np.uint32)
    first = 0
    while first < len(starts):
        last = int(np.searchsorted(ends, starts[first] + _BLOCK, side="right"))
        last = max(last, first + 1)
        begin, end = int(starts[first]), int(ends[last - 1])
        hashes = mixed(codes[begin:end]).astype(np.uint32)
        # Pairs of (start, end): reduceat then gives unit, gap, unit, gap ... and the gaps are left out.
        edges = np.stack([starts[first:last], ends[first:last]], axis=1).ravel() - begin
        edges = edges[:-1]  # the last unit ends where the block does
        for k in range(PERMUTATIONS):
            found[first:last, k] = np.minimum.reduceat(hashes * factors[k], edges)[::2]
        first = last
    return found


def bitmaps(codes: Ints, starts: Ints, ends: Ints) -> Bitmaps:
    """For each unit which of 2,048 hash values its shingles ``codes[starts[i]:ends[i]]`` have.

    Each bit that two units differ in is a shingle at least that one of them has alone (Arasu, Ganti, Kaushik,
    *Efficient Exact Set-Similarity Joins*, 2006, use such bounds): what the bitmaps rule out is not alike.
    """
    found = np.empty((len(starts), _BITS // 64), dtype=np.uint64)
    lengths = ends - starts
    totals = np.cumsum(lengths)
    first = 0
    while first < len(starts):
        before = int(totals[first] - lengths[first])
        last = max(first + 1, int(np.searchsorted(totals, before + _BLOCK, side="right")))
        own = lengths[first:last]
        bits = (mixed(codes[ranges(starts[first:last], own)]) % np.uint64(_BITS)).astype(np.int64)
        held = np.zeros((last - first, _BITS), dtype=bool)
        held[np.repeat(np.arange(last - first), own), bits] = True
        found[first:last] = np.packbits(held, axis=1).view(np.uint64)
        first = last
    return found


_ONES = np.array([number.bit_count() for number in range(1 << 16)], dtype=np.uint8)


def differing(one: Bitmaps, other: Bitmaps) -> Ints:
    """In how many bits bitmaps differ, row by row; ``one`` may be a single row."""
    ones = _ones(one ^ other).astype(np.float32)  # small whole numbers, and a product is the quickest sum
    total: Ints = (ones @ np.ones(ones.shape[1], dtype=np.float32)).astype(np.int64)
    return total


def _ones(bits: Bitmaps) -> NDArray[np.uint8]:
    if not hasattr(np, "bitwise_count"):  # before numpy 2
        return _ONES[bits.view(np.uint16)]
    counts: NDArray[np.uint8] = np.bitwise_count(bits)
    return counts


def candidates(signed: Signatures) -> tuple[Ints, list[Ints]]:
    """What is worth comparing: pairs (an array of two columns, the smaller row first), and crowds.

    A pair agrees in a band. A crowd is more units than
    :data:`_CROWD` that agree in one band; of its pairs most need no look once some have joined it.
    """
    pairs: list[Ints] = []
    crowds: list[Ints] = []
    count = len(signed)
    for band in range(BANDS):
        keys = np.ascontiguousarray(signed[:, band * ROWS : (band + 1) * ROWS]).view(np.uint64)
        key = keys[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ mixed(keys[:, 1].astype(np.int64))
        order = np.argsort(key)  # equal keys in any order: pairs and crowds are sorted later
        key = key[order]
        changes = np.flatnonzero(key[1:] != key[:-1]) + 1
        sizes = np.diff(np.concatenate([[0], changes, [count]]))
        ends = np.cumsum(sizes)
        crowds += [order[ends[i] - sizes[i] : ends[i]] for i in np.flatnonzero(sizes > _CROWD).tolist()]
        crowded = np.repeat(sizes > _CROWD, sizes)
        key, order = key[~crowded], order[~crowded]
        for distance in range(1, _CROWD):
            same = key[distance:] == key[:-distance]
            if not same.any():
                break
            one, other = order[:-distance][same], order[distance:][same]
            pairs.append(np.minimum(one, other) * count + np.maximum(one, other))
    codes = np.sort(np.concatenate([np.array([], dtype=np.int64), *pairs]))
    codes = codes[np.flatnonzero(np.diff(codes, prepend=-1))]  # each once; np.unique takes four times as long
    found = np.stack([codes // count, codes % count], axis=1) if count else np.empty((0, 2), dtype=np.int64)
    return found, crowds


def agree(one: Signatures, other: Signatures) -> NDArray[np.bool_]:
    """Row by row whether signatures agree in so many permutations that their units may be alike."""
    enough: NDArray[np.bool_] = (one == other).sum(axis=1) >= _AGREEING
    return enough
