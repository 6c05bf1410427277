"""An answer, arranged for the search page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlencode

from flask import url_for

from indexer.analysis.dictionary import Lexicon
from indexer.engines.base import Facets, Reader
from indexer.lexicon import DICTIONARY, SYNONYMS
from indexer.library import Library
from indexer.model import PARTS, TOPICS
from indexer.ocr import NOTICE as OCR_NOTICE
from indexer.query import nodes
from indexer.query.parser import parse
from indexer.repeated import Member, others_like
from indexer.search import Answer, Question, SearchHit, make_question, search
from indexer.snippets import find_marks, runs_to_mark
from webui import wording
from webui.added import shown
from webui.address import PAGE_SIZE, Address, TemplatesAddress
from webui.histogram import YearChart, draw_years
from webui.marks import Piece, cut

_BEGINNING = 160  # characters of a section that are shown where nothing in it is marked
_OTHERS = 20  # sections that say the same as a hit
_SHOWN = 8  # values of a filter that stand open
_FOLDED = 50  # values of a filter that are folded: there may be thousands of units
_QUOTES = re.compile('[“”"＂「」]')


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go; ``count`` is the number of sections that are found there."""

    text: str
    url: str
    count: int | None = None  # None: not counted
    current: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """One filter: the first values stand open, ``more`` are folded, ``left_out`` more are there."""

    name: str
    links: tuple[Link, ...]
    more: tuple[Link, ...]
    left_out: int = 0
    chart: YearChart | None = None  # of a filter by year


@dataclass(frozen=True, slots=True)
class Other:
    """A section that says the same as a hit."""

    url: str
    year: int | None
    title: str
    heading: str


@dataclass(frozen=True, slots=True)
class Others:
    """The sections that say the same as a hit: ``count`` of them, the first of them (none
    where nothing is folded), and where all are."""

    count: int
    years: str
    shown: tuple[Other, ...]
    url: str


@dataclass(frozen=True, slots=True)
class HitView:
    """A hit as the page shows it."""

    section: str  # its id
    url: str
    title: tuple[Piece, ...]  # of its report
    plain_title: str
    year: int | None
    unit: str | None
    parents: tuple[str, ...]  # headings above its own
    heading: tuple[Piece, ...]  # its own; empty for the text before the first heading
    file: str
    notice: str  # what is said of the whole report; "": nothing
    passages: tuple[tuple[Piece, ...], ...]
    further: int
    others: Others | None  # the sections that say the same
    similar: str  # where texts like it are shown
    compare: str  # where it is put beside another
    preview: str  # the section alone, as a piece of a page


@dataclass(frozen=True, slots=True)
class Paging:
    """Where this page is among its neighbours."""

    page: int
    pages: int
    before: str | None
    after: str | None


def hits(library: Library, answer: Answer, address: Address) -> tuple[HitView, ...]:
    """The hits of a page, in their order."""
    runs = runs_to_mark(answer.node)
    return tuple(_hit(library, hit, address, runs) for hit in answer.hits)


def _report_url(report: str, query: str) -> str:
    return url_for("pages.report_page", report=report, q=query or None)


def place_of(report: str, position: int, query: str = "") -> str:
    """Where a section stands in its report."""
    return f"{_report_url(report, query)}#s{position}"


def compare_url(section: str) -> str:
    """Where a section is put beside another, which is chosen there."""
    return f"{url_for('pages.search_page')}compare?{urlencode({'a': section})}"


def _hit(library: Library, hit: SearchHit, address: Address, runs: Sequence[str]) -> HitView:
    filed, section = hit.filed, hit.filed.section
    return HitView(
        section=filed.section_id,
        url=place_of(filed.report_id, filed.position, address.q),
        title=cut(filed.title, find_marks(filed.title, runs)),
        plain_title=filed.title,
        year=section.year,
        unit=filed.unit,
        parents=section.path[:-1],
        heading=cut(section.heading, find_marks(section.heading, runs)) if section.heading else (),
        file=shown(filed.file),
        notice=wording.in_chinese(OCR_NOTICE) if filed.ocr else "",
        passages=_passages(hit),
        further=hit.excerpt.further,
        others=_others(library, hit, address) if hit.copies > 1 else None,
        similar=url_for("pages.similar_page", to=filed.section_id),
        compare=compare_url(filed.section_id),
        preview=url_for("preview.show", section=filed.section_id, q=address.q or None),
    )


def _others(library: Library, hit: SearchHit, address: Address) -> Others | None:
    section = hit.filed.section_id
    url = url_for("pages.template_page", family=f"s-{section}")
    if not address.fold:  # those that match stand in the list themselves
        return Others(hit.copies - 1, "", (), url)
    others = others_like(library, section)
    if not others:  # an update came between
        return None
    years = [other.section.year for other in others if other.section.year is not None]
    return Others(
        len(others),
        wording.span(min(years), max(years)) if years else "",
        tuple(
            Other(
                place_of(other.report_id, other.position, address.q),
                other.section.year,
                other.title,
                " › ".join(other.section.path),
            )
            for other in others[:_OTHERS]
        ),
        url,
    )


def place_url(member: Member, query: str = "") -> str:
    """Where a member of a family stands in its report."""
    position = member.section.rpartition("-")[2] if member.section else None
    return _report_url(member.report, query) + (f"#s{position}" if position else "")


def _passages(hit: SearchHit) -> tuple[tuple[Piece, ...], ...]:
    """The snippets as they stand in the section; where they only say the heading or the title again, its
    beginning."""
    section = hit.filed.section
    shown = [s for s in hit.excerpt.snippets if s.text not in (section.heading, hit.filed.title)]
    if shown:
        shown.sort(key=lambda snippet: _place_in(section.paragraphs, snippet.text))
        return tuple((*_ellipsis(s.begun), *cut(s.text, s.marks), *_ellipsis(s.broken)) for s in shown)
    if not section.paragraphs:
        return ()
    text = section.paragraphs[0]
    return ((Piece(text[:_BEGINNING] + ("……" if len(text) > _BEGINNING else "")),),)


def _place_in(paragraphs: Sequence[str], text: str) -> tuple[int, int]:
    return next(((n, p.find(text)) for n, p in enumerate(paragraphs) if text in p), (len(paragraphs), 0))


def _ellipsis(left_out: bool) -> tuple[Piece, ...]:
    return (Piece("……"),) if left_out else ()


def filter_groups(library: Library, answer: Answer, address: Address) -> tuple[FilterGroup, ...]:
    """The filters. A filter that is on shows what its other values would find: those are asked for here."""
    facets = answer.facets

    @cache
    def values(name: str) -> tuple[tuple[Any, int], ...]:
        found = facets
        if getattr(address, name):
            found = _facets(library, address.to(**{name: ""}))
        counted: tuple[tuple[Any, int], ...] = getattr(found, name)
        return counted

    groups = tuple(
        group
        for name, label in wording.FILTER_NAMES.items()
        if (group := make_filter_group(name, label, values(name), address)).links
    )
    return _with_chart(groups, values("year"), address, answer.question.filters.years)


def _with_chart(
    groups: tuple[FilterGroup, ...],
    years: Sequence[tuple[int, int]],
    address: Address,
    on: tuple[int | None, int | None] | None = None,
) -> tuple[FilterGroup, ...]:
    """The filters, that by year with its histogram."""
    chart = draw_years(years, address, on)
    return tuple(replace(group, chart=chart) if group.name == "年份" else group for group in groups)


def _facets(library: Library, address: Address) -> Facets:
    return search(library, address.question(limit=0)).facets


def make_filter_group(
    name: str, label: str, values: Sequence[tuple[Any, int | None]], address: Address | TemplatesAddress
) -> FilterGroup:
    """One filter with its values, each with how many it leaves (None: not counted)."""
    on = getattr(address, name)
    links = [
        Link(
            str(value),
            address.to(**{name: "" if on == str(value) else str(value)}).url,
            count,
            on == str(value),
        )
        for value, count in values
    ]
    # One folded value would take as much room as its fold; a value that is on is never folded.
    shown = len(links) if len(links) <= _SHOWN + 1 else _SHOWN
    more = [link for link in links[shown:] if not link.current]
    return FilterGroup(
        label,
        tuple(links[:shown] + [link for link in links[shown:] if link.current]),
        tuple(more[:_FOLDED]),
        max(0, len(more) - _FOLDED),
    )


def chips(question: Question, address: Address) -> tuple[Link, ...]:
    """The filters that are on, each with the address without it."""
    found = []
    if question.filters.years:
        found.append(Link(wording.years(*question.filters.years), address.to(year="").url))
    found += [
        Link(getattr(address, name), address.to(**{name: ""}).url)
        for name in wording.FILTER_NAMES
        if name != "year" and getattr(address, name)
    ]
    return tuple(found)


def name_of(address: Address, chips: Sequence[Link]) -> str:
    """What a search is called where it is kept: query, filters, order unless it is the usual."""
    order = "" if address.sort == "relevance" else wording.SORT_NAMES[address.sort]
    return " · ".join(text for text in (address.q, *(chip.text for chip in chips), order) if text)


def sorts(address: Address) -> tuple[Link, ...]:
    """The orders."""
    return tuple(
        Link(text, address.to(sort=sort).url, current=address.sort == sort)
        for sort, text in wording.SORT_NAMES.items()
    )


def folding(answer: Answer, address: Address) -> Link | None:
    """The way to the other manner of showing what repeats, where that would show something else."""
    if not answer.total:
        return None  # partial matches are shown, not counted: all of them is no number
    if not address.fold:
        return Link("相同的合并显示", address.to(fold=True).url)
    folded = answer.total - answer.shown
    return Link("全部列出", address.to(fold=False).url, folded) if folded > 0 else None


class Paged(Protocol):
    """The address of a page of a list."""

    @property
    def page(self) -> int:
        """The number of the page, from 1."""

    @property
    def url(self) -> str:
        """The address itself."""

    def at_page(self, page: int) -> Paged:
        """The same list, another page."""


def paging(count: int, address: Paged) -> Paging:
    """The neighbours of a page of ``count`` things."""
    pages = max(1, -(-count // PAGE_SIZE))
    return Paging(
        page=address.page,
        pages=pages,
        before=address.at_page(address.page - 1).url if address.page > 1 else None,
        after=address.at_page(address.page + 1).url if address.page < pages else None,
    )


def reading(answer: Answer) -> str:
    """How the query was read, where that is not plain to see; of partial matches, by which words."""
    node = answer.node
    if answer.relaxed:
        leaves = [wording.describe(leaf) for leaf in nodes.text_leaves(node)]
        return " 或 ".join(leaves[:_SHOWN]) + (" 等" if len(leaves) > _SHOWN else "")
    plain = isinstance(node, nodes.Word) and len(node.runs) == 1
    return "" if plain or isinstance(node, nodes.Phrase | nodes.Everything) else wording.describe(node)


def meant(answer: Answer, address: Address) -> tuple[Link, ...]:
    """Queries that were perhaps meant."""
    return tuple(Link(s.query, address.to(q=s.query).url, s.total) for s in answer.suggestions)


def suggestions(library: Library, answer: Answer, address: Address) -> tuple[Link, ...]:
    """What would find something where this found nothing, with how much."""
    tries: list[tuple[str, Address]] = []
    if address.filtered:
        tries.append(("去掉筛选", address.unfiltered))
    bare = " ".join(_QUOTES.sub(" ", address.q).split())
    if bare and bare != address.q:
        tries.append(("去掉引号", address.to(q=bare)))
        if address.filtered:
            tries.append(("去掉引号和筛选", address.unfiltered.to(q=bare)))
    node = parse(bare, library.lexicon.current())
    runs = list(dict.fromkeys(run for leaf in nodes.text_leaves(node) for run in _run(leaf)))
    if len(runs) > 1:
        tries.append(("有任意一个词就算", address.to(q=" | ".join(runs))))
    found = []
    for text, there in tries:
        total = search(library, there.question(limit=0)).total
        if total:
            found.append(Link(text, there.url, total, note=there.q))
    return tuple(found)


def _run(leaf: nodes.TextLeaf) -> tuple[str, ...]:
    return leaf.runs[:1] if isinstance(leaf, nodes.Word) else (leaf.run,)


@dataclass(frozen=True, slots=True)
class Start:
    """What the page shows before anything is asked."""

    examples: tuple[Link, ...]
    browse: tuple[FilterGroup, ...]


class _Kept:
    """The start of one state of the index, with the office's words that it was made with."""

    def __init__(self, _: Reader) -> None:
        self.start: tuple[Lexicon, Start] | None = None


def start(library: Library) -> Start:
    """Ways into the index, made from what it holds."""
    kept, lexicon = library.derived(_Kept), library.lexicon.current()
    if kept.start is None or kept.start[0] is not lexicon:
        kept.start = lexicon, _make_start(library)
    return kept.start[1]


def _make_start(library: Library) -> Start:
    address = Address()
    facets = _facets(library, address)
    shown = tuple(
        group
        for name, label in wording.FILTER_NAMES.items()
        if (group := make_filter_group(name, label, getattr(facets, name), address)).links
    )
    return Start(_examples(library, facets), _with_chart(shown, facets.year, address))


@dataclass(frozen=True, slots=True)
class Words:
    """The office's word files: their folder's name (the path is this machine's business), how many words they
    hold, and what in them could not be used."""

    dictionary: str
    synonyms: str
    folder: str
    count: int
    faults: tuple[str, ...]


def words(library: Library) -> Words:
    """Where the office's own words are kept."""
    files = library.lexicon
    lexicon = files.current()
    return Words(DICTIONARY, SYNONYMS, files.folder.resolve().name, len(lexicon.words), files.faults)


def _total(library: Library, query: str) -> int:
    return search(library, make_question(query, limit=0)).total


def _examples(library: Library, facets: Facets) -> tuple[Link, ...]:
    """Searches that show what can be typed and that find something here."""
    # A topic that people also write as a word.
    topics = [t for t, n in facets.topic if t in TOPICS and _total(library, t) * 2 > n]
    year = facets.year[0][0] if facets.year else None
    part = next((part for part in PARTS if part == "计划" and part in dict(facets.part)), None)
    tries: list[tuple[str, str]] = []
    if topics:
        tries.append((topics[0], "这个词在标题、小标题或正文里"))
        if year:
            tries.append((f"{topics[0]} 年份:{year}", "再限定年份"))
    if len(topics) > 1:
        tries.append((f"{topics[1]} {topics[0]}", "两个词都要有"))
        tries.append((f"“{topics[1]}”", "这几个字必须连在一起"))
        tries.append((f"小标题:{topics[1]}", "只看小标题"))
    if len(topics) > 2 and part:
        tries.append((f"{topics[2]} 部分:{part}", f"只看写{part}的段落"))
    found = []
    for query, note in tries:
        total = _total(library, query)
        if total:
            found.append(Link(query, Address(q=query).url, total, note=note))
    return tuple(found)
