"""Two texts that are to be compared: their address, and those to choose from while there is only one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import url_for

from indexer.errors import NotFoundError
from indexer.library import Library
from indexer.model import FiledReport
from indexer.search import Question, search
from indexer.similar import find_place, similar_to_place
from webui import wording
from webui.sides import Side, side_of, side_of_hit

_LEVELS = {"report": "整篇报告", "section": "章节"}
_ALIKE = 8  # texts like the first
_FOUND = 20  # texts that a search offers
_LOOKED_THROUGH = 200  # sections among which reports are found
_BEGINNING = 80  # characters


@dataclass(frozen=True, slots=True)
class CompareAddress:
    """What is compared: ``a`` and ``b`` are ids of reports, sections or paragraphs, "" while not chosen.

    ``only``: show differences only. ``q``: what a text is looked for by, among reports or sections (``of``,
    "" like the first). ``family``: the template from whose page the two were chosen. ``first``: "b" where the
    one that was chosen first stands on the right, as the later one.
    """

    a: str = ""
    b: str = ""
    only: bool = False
    q: str = ""
    of: str = ""
    family: str = ""
    first: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> CompareAddress:
        """The address that was asked for. Of two places, one left empty, the other is the first."""
        a, b = args.get("a", "").strip(), args.get("b", "").strip()
        return cls(
            a=a or b,
            b=b if a else "",
            only=args.get("only") == "1",
            q=args.get("q", "").strip(),
            of=of if (of := args.get("of", "")) in _LEVELS else "",
            family=args.get("family", "").strip(),
            first="b" if a and b and args.get("first") == "b" else "",
        )

    def to(self, **changes: str | bool) -> CompareAddress:
        """The address with changes."""
        return replace(self, **changes)  # type: ignore[arg-type]  # fields of the same names

    @property
    def reports(self) -> bool:
        """Whether reports are to choose from, not sections."""
        return self.of == "report" or (not self.of and "-" not in self.a)

    @property
    def levels(self) -> tuple[tuple[str, CompareAddress, bool], ...]:
        """What there is to choose from: its name, its address, whether it is shown."""
        return tuple(
            (name, self.to(of=level), self.reports == (level == "report")) for level, name in _LEVELS.items()
        )

    @property
    def swapped(self) -> CompareAddress:
        """The sides exchanged."""
        return self.to(a=self.b, b=self.a, first="" if self.first else "b")

    @property
    def another(self) -> CompareAddress:
        """The choice of another second."""
        return self.to(a=self.b if self.first else self.a, b="", only=False, first="")

    def beside(self, chosen: str, own: int | None, year: int | None) -> CompareAddress:
        """The first and the one chosen, of these years: the older on the left, where both are known."""
        there = self.to(b=chosen, q="", of="")
        return there.swapped if own and year and year < own else there

    @property
    def url(self) -> str:
        """The address itself, without what is not given."""
        given = {"a": self.a, "b": self.b, "q": self.q, "of": self.of, "family": self.family}
        given["first"] = self.first
        values = {name: value for name, value in given.items() if value}
        if self.only:
            values["only"] = "1"
        return url_for("pages.compare_page", **values)  # type: ignore[arg-type]  # values of the query string


@dataclass(frozen=True, slots=True)
class Choice:
    """A text that may be chosen; ``compare`` is where that leads, ``share`` how much of the first it has."""

    id: str
    side: Side
    beginning: str
    compare: str
    share: int | None = None  # per cent


@dataclass(frozen=True, slots=True)
class Choices:
    """What a query finds to choose from; ``relaxed``: nothing has all of it, these have a part."""

    shown: tuple[Choice, ...]
    relaxed: bool


def alike(library: Library, address: CompareAddress) -> tuple[Choice, ...]:
    """Texts like the first, the most alike first. Raises NotFoundError."""
    filed, position = _place(library, address.a)
    own = side_of(filed, position).year
    found = []
    for hit in similar_to_place(library, filed, position, _ALIKE):
        to = hit.section_id or hit.filed.report_id
        side = side_of(hit.filed, hit.section)
        found.append(
            Choice(
                id=to,
                side=side,
                beginning="",
                compare=address.beside(to, own, side.year).url,
                share=hit.per_cent if hit.share else None,
            )
        )
    return tuple(found)


def _place(library: Library, to: str) -> tuple[FiledReport, int | None]:
    """The report or section with an id; of a paragraph, its section."""
    return find_place(library, "-".join(to.split("-")[:2]))


def _year(library: Library, to: str) -> int | None:
    try:
        return side_of(*_place(library, to)).year
    except NotFoundError:  # an update came between
        return None


def found_by(library: Library, address: CompareAddress) -> Choices:
    """Sections, or reports, that the query finds, but for the first text itself."""
    reports = address.reports
    limit = _LOOKED_THROUGH if reports else _FOUND + 1
    own = _year(library, address.a) if address.a else None
    choices: dict[str, Choice] = {}
    answer = search(library, Question(address.q, limit=limit))
    for hit in answer.hits:
        filed = hit.filed
        to = filed.report_id if reports else filed.section_id
        if to == address.a or to in choices:
            continue
        try:
            side = side_of(library.report(to), None) if reports else side_of_hit(filed)
        except NotFoundError:  # an update came between
            continue
        choices[to] = Choice(
            id=to,
            side=side,
            beginning="" if reports else wording.shorten(" ".join(filed.section.paragraphs[:2]), _BEGINNING),
            compare=(address.beside(to, own, side.year) if address.a else address.to(a=to, q="", of="")).url,
        )
        if len(choices) == _FOUND:
            break
    return Choices(tuple(choices.values()), answer.relaxed and bool(choices))
