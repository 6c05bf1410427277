"""The rank of a section, one formula for all engines: BM25 over three fields.

Robertson, Zaragoza: *The Probabilistic Relevance Framework: BM25 and Beyond* (2009), section 3.6: the
fields' frequencies are weighted and added up before they saturate (BM25F). The functions work on floats and,
letter for letter the same, on numpy arrays.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

K1 = 1.2  # how soon more of the same stops counting
B = 0.3  # how much a long section's frequencies are discounted: sections are short, stubs must not win
HEADING = 3.0  # an occurrence in the heading counts as so many in the text
TITLE = 1.5
WHOLE = 100.0  # for the whole query as one run: more than any sum of contributions
RUN = 0.5  # an occurrence as a run of characters that jieba does not cut as a word there

Number = TypeVar("Number", float, NDArray[np.float64])


def inverse_document_frequency(matching: int, sections: int) -> float:
    """How much a leaf that ``matching`` of ``sections`` sections have tells, in nats; never negative."""
    return math.log(1.0 + (sections - matching + 0.5) / (matching + 0.5))


def contribution(
    idf: float, frequency: Number, in_heading: Number, in_title: Number, length: Number, average: float
) -> Number:
    """What a leaf adds to a section's score.

    ``frequency``: occurrences in the paragraphs; ``in_heading``, ``in_title``: 1 or 0; ``length``: the
    section's words, ``average`` that of all sections.
    """
    weighted = frequency / (1.0 - B + B * length / average) + HEADING * in_heading + TITLE * in_title
    return idf * weighted / (K1 + weighted)


def settled(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores rounded to six decimals: what differs by less is a tie, whichever engine added it up."""
    return np.round(scores, 6)
