"""The templates that keep coming back: families with their members, for commands and pages."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeAlias, TypeVar

import numpy as np

from indexer.analysis.template_form import template_form
from indexer.engines.base import Reader
from indexer.errors import CorruptIndexError, NotFoundError, UsageError
from indexer.families.clusters import ALIKE
from indexer.families.containment import CONTAINED
from indexer.families.detect import Families
from indexer.families.forms import LEVELS, Level, shingle_codes
from indexer.families.headed import Headed, Span, headed
from indexer.families.skeleton import Line, skeleton_lines
from indexer.families.template import Template, make_template
from indexer.library import Library, RenewedError
from indexer.model import FiledReport, FiledSection, FileEntry, section_id
from indexer.narrowing import FamilyCounts, narrowing
from indexer.search import Question
from indexer.stretches import Ints

K = TypeVar("K")
V = TypeVar("V")

_ENDS = "。：；:;"  # signs that end a heading
_TRIES = 3
_MOST_KEPT = 4_000_000  # characters of families that are kept aligned

_LOOSE = 0.2  # of the text is common, or less: then the template says next to nothing

#: The similarity from which two texts are alike: Jaccard; of reports, the containment.
THRESHOLD = {
    level: least[0] / least[1] for level, least in zip(LEVELS, (ALIKE, ALIKE, CONTAINED), strict=True)
}


@dataclass(frozen=True, slots=True)
class Member:
    """A text of a family. ``section`` and ``paragraph`` (counted from 0) are None above their level.

    ``heading`` is the path of headings down to the section's own. ``text``: of a report with its headings,
    which stand at ``headings``. ``similarity`` is that to the family's first member: of the sets of shingles,
    of reports the containment.
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
    headings: tuple[Span, ...] = ()


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
    def is_loose(self) -> bool:
        """Whether so little is common that the template says next to nothing: comparing says more."""
        common = sum(len(part.strip()) for part in self.template.parts if isinstance(part, str))
        return common <= _LOOSE * max(1, min(len(member.text) for member in self.members))

    @property
    def years(self) -> tuple[int, ...]:
        """The years of the members, ascending."""
        return tuple(sorted({m.year for m in self.members if m.year is not None}))

    @property
    def name(self) -> str:
        """What the family is called everywhere: the heading that most members stand under, without the sign
        at its end; where more stand under none, the title that most have. Of several the newest one's."""
        headings = [(m.heading[-1].strip().rstrip(_ENDS) if m.heading else "", m.year) for m in self.members]
        titles = [(m.title, m.year) for m in self.members]
        return _commonest(headings) or _commonest(titles)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of the template."""
        return skeleton_lines(self.template, [Headed(m.text, m.headings) for m in self.members])


def _commonest(texts: Iterable[tuple[str, int | None]]) -> str:
    """The text that comes most often, of several that of the newest year; "" only where no other comes as
    often."""
    years: dict[str, list[int]] = {}
    for text, year in texts:
        years.setdefault(text, []).append(year or 0)
    return max(years, key=lambda text: (len(years[text]), bool(text), max(years[text]), text))


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
    """The families of a level with ``least`` members or more (1: texts that are like no other, too);
    ``within``: those that a question leaves, see :class:`indexer.narrowing.Narrowing`. Raises UsageError."""
    known = _level(level)
    if least < 1:
        raise UsageError(f"min-copies must be 1 or more, not {least}")

    end = None if limit is None else offset + limit

    @contextmanager
    def moment() -> Iterator[tuple[Reader, _Chosen]]:
        if within is None:
            with library.reader_and_families() as (reader, families):
                found = families.members(known, least)
                yield reader, _choose(reader, families, known, len(found), found[offset:end])
            return
        with narrowing(library, within) as now:
            wanted = now.units(known)
            left = [units for units in now.families.members(known, least) if wanted[units].any()]
            yield now.reader, _choose(now.reader, now.families, known, len(left), left[offset:end])

    return _read(library, moment)


def find_family(library: Library, family_id: str, *, least: int = 1) -> Family:
    """A family by its id, which any member's id with its level's letter before it is, too: s-REPORT-N.

    ``least``: how many members it must have; a text that is like no other is a family of one. Raises
    NotFoundError.
    """

    @contextmanager
    def moment() -> Iterator[tuple[Reader, _Chosen]]:
        with library.reader_and_families() as (reader, families):
            for level in LEVELS:
                units = _family_of(reader, families, level, family_id)
                if len(units) >= max(1, least):
                    yield reader, _choose(reader, families, level, 1, [units])
                    return
        raise NotFoundError(f"no such family: {family_id} — ids are shown by: gaoku families --json")

    (family,) = _read(library, moment).families
    return family


def count_families(library: Library, level: str, within: Question) -> FamilyCounts:
    """How many families a question leaves at each level, and at this one with each year and topic."""
    with narrowing(library, within) as now:
        return now.counts(_level(level))


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


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report, its file, and for each of its sections how often the index holds it, itself included."""

    filed: FiledReport
    entry: FileEntry
    copies: tuple[int, ...]


def report_with_copies(library: Library, report: str) -> KeptReport:
    """A report with what one state of the index knows of it. Raises NotFoundError."""
    with library.reader_and_families() as (reader, families):
        row = _unit(reader, families, "report", f"r-{report}")
        filed = reader.report(report) if row is not None else None
        if row is None or filed is None:
            raise NotFoundError(f"no such report: {report}")
        copies = families.copies("section")[families.reports[row] : families.reports[row + 1]]
        return KeptReport(filed, reader.files()[filed.file], tuple(copies.tolist()))


def _family_of(reader: Reader, families: Families, level: Level, family_id: str) -> Ints:
    """The units of the family that an id names at a level; none if it names none."""
    unit = _unit(reader, families, level, family_id)
    labels = families.labels[level]
    return np.flatnonzero(labels == labels[unit]) if unit is not None else np.array([], dtype=np.int64)


def _level(level: str) -> Level:
    for known in LEVELS:
        if level == known:
            return known
    raise UsageError(f"level must be one of {', '.join(LEVELS)}, not {level!r}")


def _unit(reader: Reader, families: Families, level: Level, family_id: str) -> int | None:
    """The unit that an id names at a level: p-REPORT-N-K, s-REPORT-N, r-REPORT; N and K count from 0."""
    kind, _, rest = family_id.partition("-")
    report, *numbers = rest.split("-")
    ids = reader.report_ids()
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


#: A report; a section of it; a paragraph of that. Counted from 0, None above their level.
_Place: TypeAlias = tuple[str, int | None, int | None]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What is to be read: for each family the characters saved and where its members stand; ``total``
    families in all."""

    level: Level
    total: int
    families: list[tuple[int, list[_Place]]]


def _choose(reader: Reader, families: Families, level: Level, total: int, chosen: Sequence[Ints]) -> _Chosen:
    ids = reader.report_ids() if chosen else ()
    return _Chosen(
        level,
        total,
        [(families.saved(level, units), _places(ids, families, level, units)) for units in chosen],
    )


def _places(ids: Sequence[str], families: Families, level: Level, units: Ints) -> list[_Place]:
    if level == "report":
        return [(ids[row], None, None) for row in units.tolist()]
    sections = units
    if level == "paragraph":
        sections = np.searchsorted(families.sections, units, side="right") - 1
    rows = np.searchsorted(families.reports, sections, side="right") - 1
    positions = (sections - families.reports[rows]).tolist()
    reports = [ids[row] for row in rows.tolist()]
    if level == "section":
        return [(report, position, None) for report, position in zip(reports, positions, strict=True)]
    paragraphs = (units - families.sections[sections]).tolist()
    return list(zip(reports, positions, paragraphs, strict=True))


def _read(library: Library, moment: Callable[[], AbstractContextManager[tuple[Reader, _Chosen]]]) -> Listing:
    """Read families that are chosen at a ``moment``, and align them.

    The library is held while they are chosen and, a text at a time, while they are read: others may search
    meanwhile. Where updates come between again and again, it is held until all is read.
    """
    for _ in range(_TRIES):
        aligned = library.derived(_Aligned)
        with moment() as (reader, chosen):
            kept = aligned if library.made_of(reader, aligned) else _Aligned(reader)
        with suppress(RenewedError):
            return _listing(chosen, partial(library.again, reader), kept)
    with moment() as (reader, chosen):
        return _listing(chosen, lambda: nullcontext(reader), _Aligned(reader))


class _Lately(Generic[K, V]):
    """What was made lately: listings show the same ones first. For many threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: K, make: Callable[[], V], size: Callable[[V], int]) -> V:
        """What belongs to a key, made where it is not kept; ``size``: about how many characters it holds."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        made = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made, size(made)
                self._size += size(made)
            while self._size > _MOST_KEPT:
                self._size -= self._kept.popitem(last=False)[1][1]
        return made


class _Aligned:
    """What was aligned lately: families of one state of the index; and templates, which follow from the texts
    alone, of earlier states, too, for an update changes few of them."""

    def __init__(self, _: Reader) -> None:
        self._families = _Lately[tuple[Level, tuple[_Place, ...]], Family]()
        self._templates = _Lately[tuple[Level, bytes], Template]()

    def renewed(self, reader: Reader) -> _Aligned:
        """Of a newer state."""
        made = _Aligned(reader)
        made._templates = self._templates
        return made

    def family(self, level: Level, places: Sequence[_Place], make: Callable[[], Family]) -> Family:
        """The family of these members, made where it is not kept."""
        return self._families.get(
            (level, tuple(places)), make, lambda family: _size([member.text for member in family.members])
        )

    def template(self, level: Level, texts: Sequence[str]) -> Template:
        """The template of the texts of a family, made where it is not kept."""
        digest = hashlib.blake2b(digest_size=20)
        for text in texts:
            data = text.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
        return self._templates.get(
            (level, digest.digest()), lambda: make_template(texts), lambda _: _size(texts)
        )


def _size(texts: Sequence[str]) -> int:
    """About what a family holds, in characters: texts, and as much as a thousand for each member beside."""
    return sum(len(text) + 1000 for text in texts)


def _listing(
    chosen: _Chosen, held: Callable[[], AbstractContextManager[Reader]], aligned: _Aligned
) -> Listing:
    found = (
        aligned.family(
            chosen.level, places, partial(_family, chosen.level, saved, places, held, aligned.template)
        )
        for saved, places in chosen.families
    )
    return Listing(chosen.level, chosen.total, tuple(found))


def _family(
    level: Level,
    saved: int,
    places: Sequence[_Place],
    held: Callable[[], AbstractContextManager[Reader]],
    template_of: Callable[[Level, Sequence[str]], Template],
) -> Family:
    members: list[Member] = []
    first: Ints | None = None
    for place in places:
        with held() as reader:
            filed = _filed(reader, place)
        shingles = np.unique(shingle_codes(template_form(_judged(filed, place[2]))))
        first = shingles if first is None else first
        members.append(_member(filed, place[2], _similarity(level, first, shingles)))
    reports = len({m.report for m in members})
    template = template_of(level, [m.text for m in members])
    return Family(_id(level, members[0]), level, saved, reports, tuple(members), template)


def _filed(reader: Reader, place: _Place) -> FiledReport | FiledSection:
    report, position, _ = place
    filed = reader.report(report) if position is None else reader.section(section_id(report, position))
    if filed is None:
        raise CorruptIndexError(f"report {report} is missing; build again with: gaoku index --rebuild")
    return filed


def _judged(filed: FiledReport | FiledSection, paragraph: int | None) -> str:
    """The text that likeness is judged on: without headings."""
    if isinstance(filed, FiledReport):
        return "\n".join(p for section in filed.report.sections for p in section.paragraphs)
    paragraphs = filed.section.paragraphs
    return "\n".join(paragraphs) if paragraph is None else paragraphs[paragraph]


def _member(filed: FiledReport | FiledSection, paragraph: int | None, similarity: float) -> Member:
    if isinstance(filed, FiledReport):
        report = filed.report
        whole = headed(report.sections)
        return Member(
            filed.report_id,
            None,
            None,
            report.title,
            filed.file,
            (),
            report.year,
            whole.text,
            similarity,
            whole.headings,
        )
    section = filed.section
    return Member(
        filed.report_id,
        filed.section_id,
        paragraph,
        filed.title,
        filed.file,
        section.path,
        section.year,
        _judged(filed, paragraph),
        similarity,
    )


def _similarity(level: Level, one: Ints, other: Ints) -> float:
    shared = len(np.intersect1d(one, other, assume_unique=True))
    whole = min(len(one), len(other)) if level == "report" else len(one) + len(other) - shared
    return round(shared / whole, 4) if whole else 1.0


def _id(level: Level, first: Member) -> str:
    place = first.section or first.report
    return f"{level[0]}-{place}" if first.paragraph is None else f"{level[0]}-{place}-{first.paragraph}"
