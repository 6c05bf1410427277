"""The templates that keep coming back: families with their members, for commands and pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.analysis.template_form import template_form
from indexer.engines.base import Reader
from indexer.errors import CorruptIndexError, NotFoundError, UsageError
from indexer.families.clusters import ALIKE
from indexer.families.containment import CONTAINED
from indexer.families.detect import Families
from indexer.families.forms import LEVELS, Ints, Level, shingle_codes
from indexer.families.template import Template, make_template
from indexer.library import Library
from indexer.model import FiledReport, FiledSection, section_id
from indexer.query.parser import parse
from indexer.search import Question

#: The similarity from which two texts are alike: Jaccard; of reports, the containment.
THRESHOLD = {
    level: least[0] / least[1] for level, least in zip(LEVELS, (ALIKE, ALIKE, CONTAINED), strict=True)
}


@dataclass(frozen=True, slots=True)
class Member:
    """A text of a family. ``section`` and ``paragraph`` (counted from 0) are None above their level.

    ``similarity`` is that to the family's first member: of the sets of shingles, of reports the containment.
    """

    report: str
    section: str | None
    paragraph: int | None
    title: str
    file: str
    heading: tuple[str, ...]
    year: int | None
    text: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Family:
    """Texts that are alike. ``characters``: what all but one come to; ``reports``: how many hold one."""

    id: str
    level: Level
    characters: int
    reports: int
    members: tuple[Member, ...]
    template: Template

    @property
    def copies(self) -> int:
        """How many members there are."""
        return len(self.members)

    @property
    def years(self) -> tuple[int, ...]:
        """The years of the members, ascending."""
        return tuple(sorted({m.year for m in self.members if m.year is not None}))


@dataclass(frozen=True, slots=True)
class Listing:
    """Some of the families of a level, ``total`` in all; most characters saved first."""

    level: Level
    total: int
    families: tuple[Family, ...]


def list_families(
    library: Library,
    level: str = "section",
    *,
    least: int = 2,
    offset: int = 0,
    limit: int | None = None,
    within: Question | None = None,
) -> Listing:
    """The families of a level with ``least`` members or more; ``within``: one of them at least stands in a
    section that matches. Raises UsageError."""
    known = _level(level)
    if least < 1:
        raise UsageError(f"min-copies must be 1 or more, not {least}")
    with library.reader_and_families() as (reader, families):
        found = families.members(known, least)
        if within is not None:
            wanted = matching(library, reader, families, known, within)
            found = [members for members in found if wanted[members].any()]
        chosen = found[offset : None if limit is None else offset + limit]
        held = list(_members(reader, families, known, chosen))
    # Outside: others may search while texts are aligned.
    return Listing(known, len(found), tuple(_family(known, saved, members) for saved, members in held))


def find_family(library: Library, family_id: str) -> Family:
    """A family by its id, which any member's id with its level's letter before it is, too: s-REPORT-N.

    Raises NotFoundError.
    """
    with library.reader_and_families() as (reader, families):
        for level in LEVELS:
            members = _family_of(reader, families, level, family_id)
            if len(members) > 1:
                ((saved, texts),) = _members(reader, families, level, [members])
                break
        else:
            raise NotFoundError(f"no such family: {family_id} — ids are shown by: gaoku families --json")
    return _family(level, saved, texts)


def others_like(library: Library, section: str) -> tuple[FiledSection, ...]:
    """The other members of a section's family, newest first."""
    with library.reader_and_families() as (reader, families):
        rows = _family_of(reader, families, "section", f"s-{section}")
        ids = reader.report_ids()
        starts = np.searchsorted(families.reports, rows, side="right") - 1
        places = zip(starts.tolist(), (rows - families.reports[starts]).tolist(), strict=True)
        members = (reader.section(section_id(ids[row], position)) for row, position in places)
        others = [member for member in members if member is not None and member.section_id != section]
    return tuple(sorted(others, key=lambda m: -(m.section.year or 0)))


def _family_of(reader: Reader, families: Families, level: Level, family_id: str) -> Ints:
    """The units of the family that an id names at a level; none if it names none."""
    unit = _unit(reader, families, level, family_id)
    labels = families.labels[level]
    return np.flatnonzero(labels == labels[unit]) if unit is not None else np.array([], dtype=np.int64)


def matching(
    library: Library, reader: Reader, families: Families, level: Level, question: Question
) -> NDArray[np.bool_]:
    """For each unit of a level whether it is, or stands in, or holds a section that a question finds."""
    node = parse(question.query, library.lexicon.current())
    found = reader.search(node, question.filters, "oldest", 0, reader.counts().sections)
    sections = np.zeros(len(families.labels["section"]), dtype=bool)
    sections[[hit.row for hit in found.hits]] = True
    if level == "section":
        return sections
    if level == "paragraph":
        return np.repeat(sections, np.diff(families.sections))
    held = np.concatenate([[0], np.cumsum(sections)])
    starts, ends = families.reports[:-1], families.reports[1:]
    in_report: NDArray[np.bool_] = held[ends] > held[starts]
    return in_report


def _level(level: str) -> Level:
    for known in LEVELS:
        if level == known:
            return known
    raise UsageError(f"level must be one of {', '.join(LEVELS)}, not {level!r}")


def _unit(reader: Reader, families: Families, level: Level, family_id: str) -> int | None:
    """The unit that an id names at a level: p-REPORT-N-K, s-REPORT-N, r-REPORT; N and K count from 0."""
    kind, _, rest = family_id.partition("-")
    report, *numbers = rest.split("-")
    ids = list(reader.report_ids())
    depth = {"report": 0, "section": 1, "paragraph": 2}[level]
    if kind != level[0] or report not in ids or len(numbers) != depth or not all(map(_is_number, numbers)):
        return None
    row = ids.index(report)
    if level == "report":
        return row
    section = int(families.reports[row]) + int(numbers[0])
    if section >= families.reports[row + 1]:
        return None
    if level == "section":
        return section
    paragraph = int(families.sections[section]) + int(numbers[1])
    return paragraph if paragraph < families.sections[section + 1] else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10 and str(int(text)) == text


def _members(
    reader: Reader, families: Families, level: Level, chosen: Iterable[Ints]
) -> Iterator[tuple[int, tuple[Member, ...]]]:
    """For each family the characters saved, and its members."""
    ids = reader.report_ids()
    held: dict[int, FiledReport] = {}
    for units in chosen:
        members: list[Member] = []
        first: Ints | None = None
        for unit in units.tolist():
            section = unit
            if level == "paragraph":
                section = int(np.searchsorted(families.sections, unit, side="right")) - 1
            row = (
                unit
                if level == "report"
                else int(np.searchsorted(families.reports, section, side="right")) - 1
            )
            if row not in held:
                filed = reader.report(ids[row])
                if filed is None:
                    raise CorruptIndexError(
                        f"report {ids[row]} is missing; build again with: gaoku index --rebuild"
                    )
                held[row] = filed
            filed = held[row]
            position = None if level == "report" else section - int(families.reports[row])
            paragraph = unit - int(families.sections[section]) if level == "paragraph" else None
            text = _text(filed, position, paragraph)
            shingles = np.unique(shingle_codes(template_form(text)))
            first = shingles if first is None else first
            members.append(_member(filed, position, paragraph, text, _similarity(level, first, shingles)))
        yield families.saved(level, units), tuple(members)


def _family(level: Level, saved: int, members: tuple[Member, ...]) -> Family:
    reports = len({m.report for m in members})
    template = make_template([m.text for m in members])
    return Family(_id(level, members[0]), level, saved, reports, members, template)


def _text(filed: FiledReport, position: int | None, paragraph: int | None) -> str:
    sections = filed.report.sections
    if position is None:
        return "\n".join(p for section in sections for p in section.paragraphs)
    if paragraph is None:
        return "\n".join(sections[position].paragraphs)
    return sections[position].paragraphs[paragraph]


def _member(
    filed: FiledReport, position: int | None, paragraph: int | None, text: str, similarity: float
) -> Member:
    section = None if position is None else filed.report.sections[position]
    return Member(
        filed.report_id,
        None if position is None else section_id(filed.report_id, position),
        paragraph,
        filed.report.title,
        filed.file,
        section.path if section else (),
        section.year if section else filed.report.year,
        text,
        similarity,
    )


def _similarity(level: Level, one: Ints, other: Ints) -> float:
    shared = len(np.intersect1d(one, other, assume_unique=True))
    whole = min(len(one), len(other)) if level == "report" else len(one) + len(other) - shared
    return round(shared / whole, 4) if whole else 1.0


def _id(level: Level, first: Member) -> str:
    place = first.section or first.report
    return f"{level[0]}-{place}" if first.paragraph is None else f"{level[0]}-{place}-{first.paragraph}"
