"""Character unigrams and bigrams: what exact search finds its candidates by.

A gram never reaches across two texts (paragraph and paragraph, heading and paragraph), so a run of one or
two characters stands in a section exactly when it is one of the section's grams. A longer run stands there
only if all its bigrams do; whether it does, the text itself decides.
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


def grams_of_run(run: str) -> list[str]:
    """The grams that every text with this normalised run has; alone they decide for one or two characters."""
    if len(run) < 2:
        return [run]
    return list(dict.fromkeys(run[i : i + 2] for i in range(len(run) - 1)))
