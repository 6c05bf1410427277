"""Character unigrams and bigrams of plain texts.

A gram never reaches across two texts (paragraph and paragraph, heading and paragraph), so a run of one or
two characters stands in a section exactly when it is one of the section's grams.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def count_grams(texts: Iterable[str]) -> Counter[str]:
    """Count the unigrams and bigrams of each of the normalised ``texts``."""
    grams: Counter[str] = Counter()
    for text in texts:
        grams.update(text)
        grams.update(map(str.__add__, text, text[1:]))
    return grams
