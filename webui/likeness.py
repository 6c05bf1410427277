"""Texts that are like a given one, arranged for the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import url_for

from indexer.errors import NotFoundError
from indexer.exporting import citing
from indexer.families.headed import Headed, headed
from indexer.library import Library
from indexer.model import FiledReport, section_id
from indexer.passages import PassageExcerpt, excerpts, tidy
from indexer.similar import SimilarHit, find_place, text_of
from webui import wording
from webui.added import as_shown
from webui.differences import Differences, differences
from webui.marks import Piece, cut
from webui.sides import Side, side_of

HITS = 20  # that share text
_ABOUT = 5  # that are only about the same
_PASSAGES = 3  # that stand open
_BEGINNING = 100  # characters


@dataclass(frozen=True, slots=True)
class Source:
    """What others are compared with; ``to`` is its id, "" for a draft.

    ``text`` is what likeness is judged on, ``compared`` what stands beside another: reports with headings.
    """

    to: str
    text: str
    compared: Headed
    side: Side


@dataclass(frozen=True, slots=True)
class LikeView:
    """A text that shares text with the source."""

    id: str
    side: Side
    share: int  # of the source stands there, per cent
    longest: int  # characters in a row
    passages: tuple[PassageExcerpt, ...]
    more: tuple[PassageExcerpt, ...]
    beginning: str  # of the text, where it has no passage to show
    compare: str  # the address of the comparison; "" for a draft, which is no address
    copied: str  # of a report: what it shares, in full and in its order, with its source; "" for a section


@dataclass(frozen=True, slots=True)
class Listing:
    """What is like the source: what shares text with it, of which there may be ``more``; and what is only
    about the same."""

    sharing: tuple[LikeView, ...]
    more: bool
    about: tuple[LikeView, ...]


def source_of(filed: FiledReport, position: int | None) -> Source:
    """A report, or its section at a position."""
    report = filed.report
    section = None if position is None else report.sections[position]
    text = text_of(filed, position) or (section.heading or "" if section else "")
    return Source(
        filed.report_id if position is None else section_id(filed.report_id, position),
        text,
        Headed(text) if section else headed(report.sections),
        side_of(filed, position),
    )


def draft(text: str) -> Source:
    """A text that was pasted."""
    return Source("", text, Headed(text), Side("稿子", f"{len(text):,} 字", ""))


def arrange(hits: Sequence[SimilarHit], source: Source) -> Listing:
    """The hits, of which one more was asked for than :data:`HITS`, as the page shows them."""
    sharing = [hit for hit in hits if hit.share]
    about = [hit for hit in hits if not hit.share][:_ABOUT]
    return Listing(
        tuple(_view(hit, source) for hit in sharing[:HITS]),
        len(sharing) > HITS,
        tuple(_view(hit, source) for hit in about),
    )


def _view(hit: SimilarHit, source: Source) -> LikeView:
    to = hit.section_id or hit.filed.report_id
    shared = excerpts(hit.text, hit.shared)
    return LikeView(
        id=to,
        side=side_of(hit.filed, hit.section),
        share=hit.per_cent,
        longest=max((excerpt.length for excerpt in shared), default=0),
        passages=tuple(shared[:_PASSAGES]),
        more=tuple(shared[_PASSAGES:]),
        beginning="" if shared else wording.shorten(hit.text, _BEGINNING),
        compare=url_for("pages.compare_page", a=source.to, b=to) if source.to else "",
        copied=_copied(hit) if hit.section is None and shared else "",
    )


def _copied(hit: SimilarHit) -> str:
    text, report = hit.text, hit.filed.report
    spans = sorted({tidy(text, passage.target) for passage in hit.shared})
    # What else its file holds is not known here; that it is not the first is.
    source = citing.source(as_shown(hit.filed), (), several=report.ordinal > 1)
    return "\n".join((*dict.fromkeys(text[start:end].strip() for start, end in spans), source))


def mark_shared(text: str, hits: Sequence[SimilarHit]) -> tuple[Piece, ...]:
    """The text with what the hits that are shown share marked."""
    sharing = [hit for hit in hits if hit.share][:HITS]
    spans = sorted({passage.source for hit in sharing for passage in hit.shared})
    return cut(text, spans)


def find_source(library: Library, to: str) -> Source:
    """The report, section or paragraph with an id. Raises NotFoundError.

    A paragraph is named as the templates name it: its section's id, a hyphen and its number from 0.
    """
    try:
        return source_of(*find_place(library, to))
    except NotFoundError:
        section, _, number = to.rpartition("-")
        if "-" not in section or not re.fullmatch("0|[1-9][0-9]{0,8}", number, re.ASCII):
            raise
        filed, position = find_place(library, section)
        if position is None or int(number) >= len(filed.report.sections[position].paragraphs):
            raise
        whole = source_of(filed, position)
        text = filed.report.sections[position].paragraphs[int(number)]
        return replace(whole, to=to, text=text, compared=Headed(text))


def compare_with(library: Library, source: Source, to: str, *, only: bool) -> Differences:
    """The source beside the report, section or paragraph with an id. Raises NotFoundError."""
    other = find_source(library, to)
    return differences(source.side, other.side, source.compared, other.compared, only=only)
