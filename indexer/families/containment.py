"""Reports that hold most of each other, exactly.

Two reports are alike when the shared shingles are 3 / 5 of the smaller set, however long the other is;
banding cannot find that, so all of them are joined over an inverted index.
"""

from __future__ import annotations

import numpy as np

from indexer.families.forms import Forms
from indexer.families.groups import Groups, join_copies
from indexer.families.selfjoin import Measure, join_alike
from indexer.stretches import Ints

CONTAINED = (3, 5)  # of the smaller set


def alike_reports(forms: Forms) -> Groups:
    """Groups of the reports that are alike; all others stand alone."""
    groups = Groups(len(forms.starts["report"]) - 1)
    units = join_copies(forms, "report", groups)
    shingles = [forms.shingles("report", unit) for unit in units.tolist()]
    if shingles:
        join_alike(groups, units, np.concatenate(shingles), np.array(list(map(len, shingles))), MEASURE)
    return groups


def _least(smaller: Ints, larger: Ints) -> Ints:
    needed: Ints = -(-smaller * CONTAINED[0] // CONTAINED[1]) + 0 * larger
    return needed


def _largest(smaller: Ints) -> Ints:
    return np.full(len(smaller), np.iinfo(np.int64).max)


MEASURE = Measure(_least, _largest)
