"""Normalising many texts at once: what :func:`~indexer.analysis.normalise.normalise` gives, much faster.

The texts are a line of code points, each with an END behind it. Nearly all characters become
one character whatever stands beside them (steps 1 to 4), which is one look into a table for all of them;
the few white spaces are then looked at by themselves (step 5). A text with a character of another kind, one
that becomes several or depends on its neighbours, is normalised on its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.analysis.code_points import END, UNICODE, Line, members, to_code_points
from indexer.analysis.normalise import HAN, normalise, normalise_alone

_SPACE = " "

# What no character is: one that goes; one that the table cannot say; one that was not met yet.
_GONE, _HARD, _UNMET = UNICODE, UNICODE + 1, UNICODE + 2

#: By code point: the character's normalised form, or one of the above. Filled as characters are met; one
#: table serves the whole process.
_TABLE = np.full(UNICODE, _UNMET, np.uint32)


def normalise_all(texts: Sequence[str]) -> Line:
    """Return the normalised forms of ``texts`` as a line.

    Best given some 300,000 characters at a time, so that the arrays stay in the processor's cache.
    """
    given = Line.of(texts)
    codes = _look_up(given.codes)
    codes[given.ends] = ord(END)
    line = Line(codes, given.ends)
    no_characters = np.flatnonzero(codes >= UNICODE)
    hard = np.unique(np.searchsorted(line.ends, no_characters[codes[no_characters] == _HARD])).tolist()
    line = line.without(no_characters)
    line = line.without(_superfluous_spaces(line.codes))
    return _with(line, {text: normalise(texts[text]) for text in hard})


def _with(line: Line, texts: Mapping[int, str]) -> Line:
    """The line with other texts at some places, ascending."""
    if not texts:
        return line
    sizes, pieces, begin = line.sizes, [], 0
    for place, text in texts.items():
        end = int(line.ends[place])
        pieces += [line.codes[begin : end + 1 - sizes[place]], to_code_points(text)]
        sizes[place], begin = len(text) + 1, end
    return Line(np.concatenate([*pieces, line.codes[begin:]]), np.cumsum(sizes) - 1)


def _look_up(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    found = _TABLE.take(codes)
    unmet = codes[found == _UNMET]
    if unmet.size == 0:
        return found
    for code in np.unique(unmet).tolist():
        _TABLE[code] = _entry(code)
    return _TABLE.take(codes)


def _entry(code: int) -> int:
    alone = normalise_alone(code)
    if alone is None or len(alone) > 1:
        return _HARD
    if not alone:
        return _GONE
    return ord(_SPACE) if alone.isspace() else ord(alone)


def _superfluous_spaces(codes: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Where spaces stand that go: all of a run but the first, and that one, too, beside Chinese or an end."""
    spaces = np.flatnonzero(codes == ord(_SPACE))
    if spaces.size == 0:
        return spaces
    breaks = np.flatnonzero(np.diff(spaces) != 1)
    first = spaces[np.append(0, breaks + 1)]
    last = spaces[np.append(breaks, spaces.size - 1)]
    # Before the first text the index wraps round to the END behind the last, which is one as well.
    kept = first[~(_bars_space(codes[first - 1]) | _bars_space(codes[last + 1]))]
    return np.setdiff1d(spaces, kept, assume_unique=True)


def _bars_space(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Whether no white space may stand beside the character: it is Chinese, or the end of a text."""
    bars: NDArray[np.bool_] = members(f"[{HAN}]").take(codes)
    bars |= codes == ord(END)
    return bars
