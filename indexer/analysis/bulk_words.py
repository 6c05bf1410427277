"""Cutting many texts at once: the words of :func:`~indexer.analysis.words.cut_words`, as numbers.

The texts are one array of code points, in which each character's class is looked up. From it two texts are
made: one of all Chinese runs, a line each, for jieba; and one of all other words, a line each. A line end
is no character of a word and jieba cuts at it, so each run is cut as if it stood alone, but for a call a run.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.analysis.code_points import ends_of, from_code_points, members, to_code_points
from indexer.analysis.normalise import HAN
from indexer.analysis.words import HOLDING, PER_CENT, cutter

_LINE_END = "\n"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of some texts.

    ``vocabulary`` has each word once, in the order of their code points (so of their UTF-8 bytes, too);
    ``ids`` the place in it of each token, text after text, those of one text in no order; ``counts`` how many
    of them each text has.
    """

    vocabulary: list[str]
    ids: NDArray[np.uint32]
    counts: NDArray[np.int64]


def cut_all(texts: Sequence[str]) -> Tokens:
    """Cut each of the normalised ``texts`` into words; a text may be several, joined with line ends.

    Best given some 300,000 characters at a time.
    """
    ends = ends_of(texts)
    codes = to_code_points(_LINE_END.join([*texts, ""]))
    han = members(f"[{HAN}]").take(codes)
    runs, run_ends = _lines(codes, han)
    others, other_ends = _lines(codes, _in_other_words(codes, han))

    number: defaultdict[str, int] = defaultdict()
    number.default_factory = number.__len__
    line_end = number[_LINE_END]
    other_words = others.split(_LINE_END)[:-1]
    tokens = other_words + cutter()(runs)
    ids = np.fromiter(map(number.__getitem__, tokens), np.uint32, len(tokens))
    other_ids, han_ids = np.split(ids, [len(other_words)])

    # The k-th line end among jieba's tokens is the end of the k-th run.
    line_ends = np.flatnonzero(han_ids == line_end)
    until_run = np.append(0, line_ends - np.arange(line_ends.size))
    han_until = until_run[np.searchsorted(run_ends, ends, "right")]
    other_until = np.searchsorted(other_ends, ends, "right")
    behind = np.repeat(han_until, np.diff(other_until, prepend=0))
    ids = np.insert(han_ids[han_ids != line_end], behind, other_ids)

    del number[_LINE_END]
    vocabulary = sorted(number)
    rank = np.zeros(len(vocabulary) + 1, np.uint32)
    rank[np.fromiter(map(number.__getitem__, vocabulary), np.int64)] = np.arange(len(vocabulary))
    return Tokens(vocabulary, rank[ids], np.diff(han_until + other_until, prepend=0))


def united(parts: Sequence[Tokens]) -> Tokens:
    """The words of several lists of texts, one list behind the other, with one vocabulary."""
    if len(parts) == 1:
        return parts[0]
    vocabulary = sorted(set().union(*(part.vocabulary for part in parts)))
    place = {word: n for n, word in enumerate(vocabulary)}
    ids, counts = [np.zeros(0, np.uint32)], [np.zeros(0, np.int64)]
    for part in parts:
        rank = np.fromiter(map(place.__getitem__, part.vocabulary), np.uint32, len(part.vocabulary))
        ids.append(rank[part.ids])
        counts.append(part.counts)
    return Tokens(vocabulary, np.concatenate(ids), np.concatenate(counts))


def _lines(codes: NDArray[np.uint32], chosen: NDArray[np.bool_]) -> tuple[str, NDArray[np.int64]]:
    """The runs of chosen characters, a line end after each, and where in ``codes`` those runs end."""
    after = np.zeros_like(chosen)
    after[1:] = chosen[:-1] & ~chosen[1:]
    lines = np.where(chosen, codes, np.uint32(ord(_LINE_END)))[chosen | after]
    return from_code_points(lines), np.flatnonzero(after)


def _in_other_words(codes: NDArray[np.uint32], han: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which characters are part of a word that is not Chinese.

    Letters and digits are, and what holds them together between two of them, and a per cent sign behind one.
    No two such words touch, so the runs of these characters are the words.
    """
    letter = members(r"\w").take(codes) & ~han
    within = letter.copy()
    holding = members(f"[{re.escape(HOLDING)}]").take(codes)
    within[1:-1] |= holding[1:-1] & letter[:-2] & letter[2:]
    within[1:] |= (codes[1:] == ord(PER_CENT)) & letter[:-1]
    return within
