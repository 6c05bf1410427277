"""Addresses: what a page is asked for, and the addresses one step away from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import url_for

from indexer.errors import UsageError
from indexer.search import Question, make_question

PAGE_SIZE = 20
_LAST_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class Address:
    """The search page's parameters; empty means not given. :meth:`question` checks them."""

    q: str = ""
    year: str = ""
    part: str = ""
    topic: str = ""
    unit: str = ""
    format: str = ""  # one of FILE_TYPES
    sort: str = "relevance"
    fold: bool = True  # near-identical sections as one hit
    page: int = 1

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Address:
        """The address that was asked for. A page that is no number is the first."""
        return cls(
            q=args.get("q", "").strip(),
            year=_stretch(args),
            part=args.get("part", "").strip(),
            topic=args.get("topic", "").strip(),
            unit=args.get("unit", "").strip(),
            format=args.get("format", "").strip(),
            sort=args.get("sort", "").strip() or "relevance",
            fold=args.get("fold", "").strip() != "0",
            page=page_number(args),
        )

    def to(self, **changes: str | bool) -> Address:
        """The address with changes; it leads to the first page."""
        return replace(self, page=1, **changes)  # type: ignore[arg-type]  # fields of the same names

    def at_page(self, page: int) -> Address:
        """The same results, another page."""
        return replace(self, page=page)

    @property
    def unfiltered(self) -> Address:
        """The same query without filters."""
        return self.to(year="", part="", topic="", unit="", format="")

    @property
    def filtered(self) -> bool:
        """Whether a filter is on."""
        return bool(self.year or self.part or self.topic or self.unit or self.format)

    @property
    def asks(self) -> bool:
        """Whether anything is asked: else the page shows its start."""
        return bool(self.q) or self.filtered

    @property
    def url(self) -> str:
        """The address itself, without what is not given."""
        given = {
            "q": self.q,
            "year": self.year,
            "part": self.part,
            "topic": self.topic,
            "unit": self.unit,
            "format": self.format,
        }
        values: dict[str, str | int] = {name: value for name, value in given.items() if value}
        if self.sort != "relevance":
            values["sort"] = self.sort
        if not self.fold:
            values["fold"] = 0
        if self.page != 1:
            values["page"] = self.page
        return url_for("pages.search_page", **values)  # type: ignore[arg-type]  # values of the query string

    @property
    def years_url(self) -> str:
        """The same question, year by year."""
        _, mark, query = replace(self, page=1).url.partition("?")
        return url_for("pages.years_page") + mark + query

    def question(self, *, limit: int = PAGE_SIZE) -> Question:
        """What is asked of the index. Raises UsageError where a filter or the order is none."""
        return make_question(
            self.q,
            year=self.year,
            part=self.part,
            topic=self.topic,
            unit=self.unit,
            format=self.format,
            sort=self.sort,
            limit=limit,
            offset=(self.page - 1) * PAGE_SIZE if limit else 0,
            fold=self.fold,
        )


@dataclass(frozen=True, slots=True)
class TemplatesAddress:
    """The parameters of the list of templates; empty means not given."""

    level: str = "section"
    q: str = ""
    year: str = ""
    topic: str = ""
    page: int = 1

    @classmethod
    def read(cls, args: Mapping[str, str]) -> TemplatesAddress:
        """The address that was asked for. A page that is no number is the first."""
        return cls(
            level=args.get("level", "").strip() or "section",
            q=args.get("q", "").strip(),
            year=_canonical(args.get("year", "").strip()),
            topic=args.get("topic", "").strip(),
            page=page_number(args),
        )

    def to(self, **changes: str) -> TemplatesAddress:
        """The address with changes; it leads to the first page."""
        return replace(self, page=1, **changes)

    def at_page(self, page: int) -> TemplatesAddress:
        """The same templates, another page."""
        return replace(self, page=page)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the level narrows the list."""
        return bool(self.q or self.year or self.topic)

    @property
    def url(self) -> str:
        """The address itself, without what is not given."""
        given = {"q": self.q, "year": self.year, "topic": self.topic}
        values: dict[str, str | int] = {name: value for name, value in given.items() if value}
        if self.level != "section":
            values["level"] = self.level
        if self.page != 1:
            values["page"] = self.page
        return url_for("pages.templates_page", **values)  # type: ignore[arg-type]  # values of the query

    def question(self) -> Question | None:
        """What a section of a template must match; None: anything. Raises UsageError."""
        return make_question(self.q, year=self.year, topic=self.topic) if self.narrowed else None


def _stretch(args: Mapping[str, str]) -> str:
    """The years, also of a form with two fields, ``from`` and ``to``."""
    first, last = (args.get(name, "").strip() for name in ("from", "to"))
    if not first and not last:
        return _canonical(args.get("year", "").strip())
    return _canonical(first if first == last else f"{first}..{last}")


def _canonical(year: str) -> str:
    """Years as the links of a page write them: 2019..2019 and ２０１９ are 2019. Others stay as typed."""
    try:
        years = make_question(year=year).filters.years
    except UsageError:
        return year
    if years is None:
        return ""
    first, last = (f"{end:04}" if end is not None else "" for end in years)
    return first if first == last else f"{first}..{last}"


def page_number(args: Mapping[str, str]) -> int:
    """The page that is asked for; the first where that is no number."""
    page = args.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 8 else 1
    return min(max(number, 1), _LAST_PAGE)
