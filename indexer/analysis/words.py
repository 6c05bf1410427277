"""Cutting text into words with jieba.

Words decide how a query is cut and how hits rank, never whether something is found; that is the business
of the grams (see :mod:`indexer.analysis.grams`).

jieba is given runs of Chinese characters only. There its two builds, ``rjieba`` (Rust) and ``jieba``
(Python), give the same tokens, rare characters outside U+4E00 to U+9FA5 aside, so the faster one is used
where it can be imported; an index records which.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import cast

from indexer.analysis.normalise import HAN

#: The signs that hold figures together.
HOLDING = ".,:/%+-"
PER_CENT = "%"

_OTHER = rf"(?:(?![{HAN}])\w)+"
#: A run of Chinese characters, or a run of letters and digits.
_RUNS = re.compile(rf"(?P<han>[{HAN}]+)|{_OTHER}(?:[{re.escape(HOLDING)}]{_OTHER})*{PER_CENT}?")


@lru_cache(maxsize=1)
def cutter() -> Callable[[str], list[str]]:
    """The cutting function for Chinese runs, which may be several, a line each; loads the dictionary."""
    if find_spec("rjieba"):
        import rjieba

        return cast("Callable[[str], list[str]]", rjieba.cut)
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return cast("Callable[[str], list[str]]", jieba.lcut)


def cutter_version() -> str:
    """The name and version of the build in use, without loading it."""
    build = "rjieba" if find_spec("rjieba") else "jieba"
    return f"{build} {version(build)}"


def cut_words(text: str) -> Iterator[str]:
    """Yield the words of a normalised text, in order; white space and punctuation are left out."""
    for match in _RUNS.finditer(text):
        word = match.group()
        if match.lastgroup == "han" and len(word) > 1:
            yield from cutter()(word)
        else:
            yield word
