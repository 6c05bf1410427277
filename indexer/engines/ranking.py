"""The rank of a section, one formula for all engines: BM25 over several fields, then two preferences.

Robertson, Zaragoza: *The Probabilistic Relevance Framework: BM25 and Beyond* (2009), section 3.6: the
fields' frequencies are weighted and added up before they saturate (BM25F). The functions work on floats and,
letter for letter the same, on numpy arrays. The constants are round; those near them measure about the same
(``python -m tests.quality.measure``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

K1 = 1.2  # how soon more of the same stops counting
B = 0.1  # how much a long section's frequencies are discounted: sections are short, stubs must not win
HEADING = 3.0  # an occurrence in the heading counts as so many in the text
TITLE = 1.0  # in the report's title, for the report's opening
TITLE_ELSEWHERE = 0.2  # ... for its other sections, of which each is about something of its own
MEANT = 3.0  # the word names the section's year or part: as in the heading, which mostly says them
LENGTH = 0.05  # the power of its length that favours a section: with B, about the usual length is best
PLANNED = 0.8  # what was done comes before what was only planned, unless plans are asked for
WHOLE = 100.0  # for the whole query as one run: more than any sum of contributions
RUN = 0.5  # an occurrence as a run of characters that jieba does not cut as a word there

Number = TypeVar("Number", float, NDArray[np.float64])


@dataclass(frozen=True, slots=True)
class Evidence(Generic[Number]):
    """Where a leaf stands in a section. ``frequency`` counts occurrences in the paragraphs; the others are 1
    or 0."""

    frequency: Number
    in_heading: Number
    in_title: Number  # of the report
    opening: Number  # the section is the report's first
    meant: Number  # the leaf names the section's year or part


def inverse_document_frequency(matching: int, sections: int) -> float:
    """How much a leaf that ``matching`` of ``sections`` sections have tells, in nats; never negative."""
    return math.log(1.0 + (sections - matching + 0.5) / (matching + 0.5))


def contribution(idf: float, evidence: Evidence[Number], length: Number, average: float) -> Number:
    """What a leaf adds to a section's score.

    ``length``: the section's words, ``average`` that of all sections.
    """
    weighted = (
        evidence.frequency / (1.0 - B + B * length / average)
        + HEADING * evidence.in_heading
        + (TITLE_ELSEWHERE + (TITLE - TITLE_ELSEWHERE) * evidence.opening) * evidence.in_title
        + MEANT * evidence.meant
    )
    return idf * weighted / (K1 + weighted)


def preference(length: Number, planned: Number) -> Number:
    """By what the sum of a section's contributions is multiplied. ``planned``: 1 for a plan, else 0.

    That a longer text is likelier the one looked for: Singhal, Buckley, Mitra: *Pivoted Document Length
    Normalization* (1996); as a factor, a prior: Kraaij, Westerveld, Hiemstra: *The Importance of Prior
    Probabilities for Entry Page Search* (2002).
    """
    telling: Number = (1.0 + length) ** LENGTH
    return telling * (1.0 - (1.0 - PLANNED) * planned)


def settled(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores rounded to six decimals: what differs by less is a tie, whichever engine added it up."""
    return np.round(scores, 6)
