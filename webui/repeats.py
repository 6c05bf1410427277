"""Templates that keep coming back, arranged for the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from flask import url_for

from indexer.families.skeleton import Line
from indexer.families.template import Slot, Template
from indexer.filling import LEVEL_NAMES, slot_table
from indexer.narrowing import FamilyCounts
from indexer.repeated import Family, Member
from webui import wording
from webui.added import shown
from webui.address import TemplatesAddress
from webui.marks import Piece
from webui.results import FilterGroup, Link, make_filter_group, place_url

_SKELETON = 200  # characters of a skeleton in the list
_CELL = 36  # characters of a slot's value that stand open
_FILE_NAME = 60  # characters of a family's name in that of a download
_STANDS_OPEN = 800  # characters of a skeleton on its own page
_FIGURES = re.compile(r"[0-9０-９xX×*_□○.,．，:：/%％‰+\-—~～万亿]*")


@dataclass(frozen=True, slots=True)
class FamilyView:
    """A family in the list. ``skeleton``: a piece with a mark is a slot, the mark its number."""

    url: str
    name: str
    source: str
    skeleton: tuple[Piece, ...]
    loose: bool
    copies: int
    reports: int
    years: str
    characters: int


@dataclass(frozen=True, slots=True)
class SkeletonLine:
    """A line of a skeleton; a piece with a mark is a slot, the mark its number."""

    pieces: tuple[Piece, ...]
    heading: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """What a member has in a slot; ``short`` is its beginning where it is long."""

    text: str
    short: str


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot: its number from 1, what it is about, and what each member has there."""

    number: int
    label: str
    kind: Literal["figures", "phrase", "phrase long"]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member; ``key`` names it in addresses. ``file``: "" where the title tells it from the others."""

    key: str
    url: str
    title: str
    year: int | None
    heading: str
    file: str


@dataclass(frozen=True, slots=True)
class WholeFamily:
    """A family on its own page; members by year. ``rest``: lines of a long skeleton that begin folded."""

    id: str
    level: str
    name: str
    skeleton: tuple[SkeletonLine, ...]
    rest: tuple[SkeletonLine, ...]
    loose: bool
    copies: int
    reports: int
    years: str
    characters: int
    slots: tuple[SlotRow, ...]
    members: tuple[MemberView, ...]
    downloads: tuple[Link, ...]


def levels(counts: FamilyCounts, address: TemplatesAddress) -> tuple[Link, ...]:
    """The levels, each with how many families it has."""
    return tuple(
        Link(name, address.to(level=level).url, counts.levels[level], address.level == level)
        for level, name in LEVEL_NAMES.items()
    )


def filter_groups(counts: FamilyCounts, address: TemplatesAddress) -> tuple[FilterGroup, ...]:
    """Years and topics, each with how many families it would leave, but for those that would leave none."""
    made = (
        make_filter_group("year", "年份", _with_current(counts.years, address.year), address),
        make_filter_group("topic", "主题", _with_current(counts.topics, address.topic), address),
    )
    return tuple(group for group in made if group.links)


def _with_current(counts: Iterable[tuple[int | str, int]], on: str) -> list[tuple[int | str, int]]:
    counted = list(counts)
    if on and ".." not in on and on not in (str(value) for value, _ in counted):
        counted.append((on, 0))
    return counted


def arrange(families: Sequence[Family]) -> tuple[FamilyView, ...]:
    """The families of a page of the list."""
    return tuple(_view(family) for family in families)


def _view(family: Family) -> FamilyView:
    first = family.members[0]
    loose = family.is_loose
    return FamilyView(
        url=url_for("pages.template_page", family=family.id),
        name=family.name,
        source=first.title,
        skeleton=(Piece(wording.shorten(first.text, _SKELETON)),) if loose else _shortened(family.template),
        loose=loose,
        copies=family.copies,
        reports=family.reports,
        years=_years(family),
        characters=family.characters,
    )


def _years(family: Family) -> str:
    return f"{wording.span(family.years[0], family.years[-1])} 年" if family.years else ""


def _pieces(template: Template) -> tuple[Piece, ...]:
    pieces = []
    number = 0
    for part in template.parts:
        number += isinstance(part, Slot)
        pieces.append(Piece(part) if isinstance(part, str) else Piece("", number))
    return tuple(pieces)


def _shortened(template: Template) -> tuple[Piece, ...]:
    """The beginning of the skeleton, white space folded."""
    shown: list[Piece] = []
    room = _SKELETON
    for piece in _pieces(template):
        if room <= 0:
            return (*shown, Piece("……"))
        text = re.sub(r"\s+", " ", piece.text)
        shown.append(Piece(text[:room], piece.mark))
        room -= len(text) if piece.mark is None else 4
        if room < 0 and piece.mark is None:
            return (*shown, Piece("……"))
    return tuple(shown)


def whole(family: Family) -> WholeFamily:
    """A family for its own page."""
    table = slot_table(family)
    titles = Counter((member.title, member.year) for member in table.members)
    members = tuple(
        MemberView(
            key_of(member),
            place_url(member),
            member.title,
            member.year,
            " › ".join(member.heading),
            shown(member.file) if titles[member.title, member.year] > 1 else "",
        )
        for member in table.members
    )
    open_lines = _open_lines(family.lines)
    return WholeFamily(
        id=family.id,
        level=LEVEL_NAMES[family.level],
        name=family.name,
        skeleton=tuple(map(_line, family.lines[:open_lines])),
        rest=tuple(map(_line, family.lines[open_lines:])),
        loose=family.is_loose,
        copies=family.copies,
        reports=family.reports,
        years=_years(family),
        characters=family.characters,
        slots=tuple(
            SlotRow(blank.number, blank.label, _kind(blank.values), tuple(map(_cell, blank.values)))
            for blank in table.blanks
        ),
        members=members,
        downloads=tuple(
            Link(text, url_for(f"pages.template_{kind}", family=family.id))
            for kind, text in (("docx", "Word（.docx）"), ("md", "Markdown（.md）"))
        ),
    )


def _line(line: Line) -> SkeletonLine:
    pieces = (Piece("", part) if isinstance(part, int) else Piece(part) for part in line.parts)
    return SkeletonLine(tuple(pieces), line.is_heading)


def _open_lines(lines: Sequence[Line]) -> int:
    """How many lines of a skeleton stand open: all, unless a good part of it would lie beyond."""
    lengths = [sum(len(part) for part in line.parts if isinstance(part, str)) for line in lines]
    if sum(lengths) <= 2 * _STANDS_OPEN:
        return len(lines)
    return next(n for n, total in enumerate(accumulate(lengths), 1) if total >= _STANDS_OPEN)


def _cell(value: str) -> Cell:
    text = value.strip()
    short = wording.shorten(text, _CELL)
    return Cell(text, short if len(text) > _CELL else "")


def _kind(values: Sequence[str]) -> Literal["figures", "phrase", "phrase long"]:
    if all(_FIGURES.fullmatch(value.strip()) and len(value) <= _CELL for value in values):
        return "figures"
    return "phrase long" if any(len(value.strip()) > _CELL for value in values) else "phrase"


def key_of(member: Member) -> str:
    """What names a member in addresses: its report, section or paragraph."""
    place = member.section or member.report
    return place if member.paragraph is None else f"{place}-{member.paragraph}"


def file_name(family: Family, kind: str) -> str:
    """What a download is called: letters, figures and a few signs of the family's name."""
    name = re.sub(r"[^\w（）—-]+", " ", family.name).strip()[:_FILE_NAME].strip()
    return f"模板 {name or family.id}.{kind}"


def newest_two(family: WholeFamily) -> list[str]:
    """The keys of the two newest members, the older first; of the last two where years are not known."""
    dated = [member.key for member in family.members if member.year is not None]
    return dated[-2:] if len(dated) > 1 else [member.key for member in family.members[-2:]]
