"""All families of an index, at every level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from indexer.families.clusters import alike_units
from indexer.families.containment import alike_reports
from indexer.families.forms import LEVELS, Forms, Level, make_forms
from indexer.model import Report
from indexer.stretches import Ints


@dataclass(frozen=True, slots=True)
class Families:
    """Which texts of an index are alike. Units are numbered from 0 in reading order, at each level.

    ``labels[level][unit]``: the family of the unit, by its first member; a unit without a family has its own
    number. ``characters[level][unit]``: its characters. ``sections`` and ``reports``: where each begins among
    the paragraphs and among the sections, and at last where the last one ends.
    """

    labels: dict[Level, Ints]
    characters: dict[Level, Ints]
    sections: Ints
    reports: Ints

    def members(self, level: Level, least: int = 2) -> list[Ints]:
        """The families with ``least`` members or more, each ascending; most characters saved first.

        Saved is what the copies beyond one come to; ties keep reading order.
        """
        labels = self.labels[level]
        order = np.argsort(labels, kind="stable")
        edges = np.flatnonzero(np.diff(labels[order])) + 1
        found = [group for group in np.split(order, edges) if len(group) >= least and len(group)]
        return sorted(found, key=lambda group: (-self.saved(level, group), int(group[0])))

    def saved(self, level: Level, members: Ints) -> int:
        """The characters of all members but the longest: what one copy would do for."""
        counts = self.characters[level][members]
        return int(counts.sum() - counts.max())

    def copies(self, level: Level) -> Ints:
        """For each unit the size of its family; 1: none."""
        sizes: Ints = np.bincount(self.labels[level], minlength=len(self.labels[level]))[self.labels[level]]
        return sizes


def find_families(reports: Iterable[Report]) -> Families:
    """The families among ``reports``, which come in reading order."""
    return families_of(make_forms(reports))


def families_of(forms: Forms) -> Families:
    """The families among the texts behind some forms."""
    labels = {
        level: (alike_reports(forms) if level == "report" else alike_units(forms, level)).labels()
        for level in LEVELS
    }
    return Families(labels, forms.counts, forms.sections, forms.reports)
