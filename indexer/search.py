"""Asking: a question in, a page of hits out."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from indexer.analysis.dictionary import Lexicon
from indexer.analysis.normalise import normalise
from indexer.engines.base import SORTS, Facets, Filters, Found, Reader, Sort
from indexer.errors import IndexStateError, UsageError
from indexer.file_types import FILE_TYPES
from indexer.library import Library
from indexer.model import PARTS, TOPICS, FiledSection
from indexer.query import nodes
from indexer.query.meaning import is_filler
from indexer.query.nodes import Node, Phrase
from indexer.query.parser import parse
from indexer.snippets import Excerpt, make_snippets
from indexer.suggest.completion import Completer, Completion
from indexer.suggest.spelling import Count, Speller, find_doubts

MAX_LIMIT = 100_000
_MOST_RELAXED = 64  # words that partial matches are looked for by: a pasted page has hundreds
_CLEARLY_MORE = 5  # times what was found as typed: then a suggestion is worth its line
_MOST_COMPLETED = 3  # completions that are suggested
_LETTERS = re.compile("[A-Za-zＡ-Ｚａ-ｚ]{3,}")
_YEARS = re.compile(r"(\d{4})|(\d{4})?\.\.(\d{4})?")


SuggestionKind: TypeAlias = Literal["pinyin", "edit", "fewer"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the query as typed, and what narrows and orders the answer."""

    query: str = ""
    filters: Filters = field(default_factory=Filters)
    sort: Sort = "relevance"
    limit: int = 20
    offset: int = 0
    fold: bool = False  # near-identical sections as one hit


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A section that matches, with what is shown of it."""

    filed: FiledSection
    score: float
    excerpt: Excerpt
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A query that was perhaps meant: ``total`` sections match it.

    ``kind``: ``pinyin`` (initials, too) and ``edit`` mend typing errors, ``fewer`` leaves out words that tell
    nothing.
    """

    query: str
    kind: SuggestionKind
    total: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of hits. ``total``, ``reports`` and ``facets`` are those of all that match; ``shown`` is how
    many hits they come to.

    ``suggestions`` are for typing errors; nothing of theirs is among the hits.
    """

    question: Question
    node: Node
    total: int
    reports: int
    took_ms: float
    hits: tuple[SearchHit, ...]
    facets: Facets
    relaxed: bool = False
    suggestions: tuple[Suggestion, ...] = ()
    shown: int = 0


def make_question(
    query: str = "",
    *,
    year: str = "",
    part: str = "",
    topic: str = "",
    unit: str = "",
    format: str = "",
    sort: str = "relevance",
    limit: int = 20,
    offset: int = 0,
    fold: bool = False,
) -> Question:
    """A question from what commands and addresses say. Raises UsageError with what is allowed.

    ``unit``: the whole name; ``format``: one of FILE_TYPES.
    """
    if sort not in SORTS:
        raise UsageError(f"sort must be one of {', '.join(SORTS)}, not {sort!r}")
    if part and part not in PARTS:
        raise UsageError(f"part must be one of {', '.join(PARTS)}, not {part!r}")
    if topic and topic not in TOPICS:
        raise UsageError(f"topic must be one of {', '.join(TOPICS)}, not {topic!r}")
    if format and format not in FILE_TYPES:
        raise UsageError(f"format must be one of {', '.join(FILE_TYPES)}, not {format!r}")
    if not 0 <= limit <= MAX_LIMIT:
        raise UsageError(f"limit must lie between 0 and {MAX_LIMIT}, not {limit}")
    if offset < 0:
        raise UsageError(f"offset must not be negative, as {offset} is")
    filters = Filters(
        years=_years(year) if year else None,
        parts=(part,) if part else (),
        topics=(topic,) if topic else (),
        units=(unit,) if unit else (),
        formats=(format,) if format else (),
    )
    return Question(query, filters, sort, limit, offset, fold)


def _years(text: str) -> tuple[int | None, int | None]:
    match = _YEARS.fullmatch(text.strip())
    if not match or text.strip() == "..":
        raise UsageError(f"year must be like 2019 or 2018..2021, not {text!r}")
    if match.group(1):
        return int(match.group(1)), int(match.group(1))
    first, last = (int(g) if g else None for g in match.group(2, 3))
    if first is not None and last is not None and first > last:
        return last, first
    return first, last


def search(library: Library, question: Question) -> Answer:
    """Answer a question. Raises IndexStateError where there is no usable index."""
    started = time.perf_counter()
    lexicon = library.lexicon.current()
    node = parse(question.query, lexicon)
    relaxed = False
    with library.reader_and_families() as (reader, families):
        groups = families.labels["section"] if question.fold else None

        def ask(asked: Node) -> Found:
            return reader.search(
                asked, question.filters, question.sort, question.offset, question.limit, groups
            )

        found = ask(node)
        matching = found.total
        partial = relax(node) if not matching and question.limit else None
        if partial is not None:
            best = ask(partial)
            if best.total:
                # The partial matches are shown; the counts stay those of what was asked.
                node, relaxed, found = partial, True, Found(0, 0, best.hits, Facets(), best.shown)
        filed = [(reader.section(hit.section_id), hit) for hit in found.hits]
        doubtful = bool(question.query) and (not matching or _is_doubtful(question, lexicon, reader))
    # Outside: others may ask while passages are chosen. Every hit has its section: one state of the index.
    copies = families.copies("section")
    hits = [
        SearchHit(section, hit.score, make_snippets(section, node), int(copies[hit.row]))
        for section, hit in filed
        if section
    ]
    suggestions = (
        _suggestions(library, question, lexicon, matching, doubtful=doubtful) if question.limit else ()
    )
    took = (time.perf_counter() - started) * 1000
    return Answer(
        question,
        node,
        found.total,
        found.reports,
        took,
        tuple(hits),
        found.facets,
        relaxed,
        suggestions,
        found.shown,
    )


def _suggestions(
    library: Library, question: Question, lexicon: Lexicon, total: int, *, doubtful: bool
) -> tuple[Suggestion, ...]:
    """What was perhaps meant, where it finds something, or clearly more than what was typed; for letters that
    find nothing, what they are completed to.

    An index that can no longer be read fails the next question, not this one, which is answered.
    """
    try:
        speller = library.derived(Speller) if doubtful else None
        with library.reader() as reader:
            meant: list[tuple[str, SuggestionKind]] = []
            if speller:
                meant += speller.queries(question.query, lexicon, _count(reader), any_found=total > 0)
            found = _worth_it(reader, question, lexicon, total, meant)
            fewer = _fewer(parse(question.query, lexicon))
            if not found and fewer:
                found = _worth_it(reader, question, lexicon, total, [(fewer, "fewer")])
        typed = question.query.strip()
        if found or total or not _LETTERS.fullmatch(typed) or normalise(typed) in lexicon.words:
            return found
        return _by_letters(library, question, lexicon)
    except IndexStateError:
        return ()


def _by_letters(library: Library, question: Question, lexicon: Lexicon) -> tuple[Suggestion, ...]:
    """What a query of Latin letters that finds nothing is completed to: it may be the initials of pinyin."""
    completions = library.derived(Completer).complete(question.query.strip(), lexicon, _MOST_COMPLETED)
    with library.reader() as reader:
        return _worth_it(reader, question, lexicon, 0, [(c.query, "pinyin") for c in completions])


def _worth_it(
    reader: Reader,
    question: Question,
    lexicon: Lexicon,
    total: int,
    meant: Sequence[tuple[str, SuggestionKind]],
) -> tuple[Suggestion, ...]:
    counted = ((q, kind, reader.count(parse(q, lexicon), question.filters)) for q, kind in meant)
    return tuple(Suggestion(q, kind, found) for q, kind, found in counted if found > total * _CLEARLY_MORE)


def _fewer(node: Node) -> str:
    """A query of nothing but words without those that tell nothing (的, 怎么); "" if it has none such."""
    if not isinstance(node, nodes.Preferring) or not isinstance(node.child, nodes.And):
        return ""
    words = [c for c in node.child.children if isinstance(c, nodes.Word)]
    telling = [word.runs[0] for word in words if not is_filler(word)]
    # With fields and exclusions, what to leave out is not so plain.
    return " ".join(telling) if len(telling) < len(words) == len(node.child.children) else ""


def _is_doubtful(question: Question, lexicon: Lexicon, reader: Reader) -> bool:
    return bool(find_doubts(question.query, lexicon, _count(reader)))


def _count(reader: Reader) -> Count:
    """How many sections hold a run."""
    return lambda run: reader.count(Phrase(run), Filters())


def complete(library: Library, query: str, limit: int) -> list[Completion]:
    """How what is typed may go on: completions that find something, each with how many sections it finds."""
    lexicon = library.lexicon.current()
    completions = library.derived(Completer).complete(query, lexicon, limit)
    with library.reader() as reader:
        counts = [reader.count(parse(c.query, lexicon), Filters()) for c in completions]
    return [replace(c, count=n) for c, n in zip(completions, counts, strict=True) if n]


def relax(node: Node) -> Node | None:
    """The query with one of its words enough; None where there is nothing to relax.

    Words that tell nothing (怎么, 的 …) are left out where others remain. What is excluded, which years,
    parts and topics are wanted and which runs are preferred stays; quoted phrases alone are never relaxed.
    """
    child = node.child if isinstance(node, nodes.Preferring) else node
    if not isinstance(child, nodes.And):
        return None
    leaves = tuple(nodes.text_leaves(child))
    if len(leaves) < 2 or not any(isinstance(leaf, nodes.Word) for leaf in leaves):
        return None
    kept = tuple(c for c in child.children if not any(nodes.text_leaves(c)))
    pieces = tuple(dict.fromkeys(piece for c in child.children for piece in _pieces(c)))
    telling = tuple(piece for piece in pieces if not is_filler(piece)) or pieces
    relaxed = nodes.And((nodes.Or(telling[:_MOST_RELAXED]), *kept))
    return replace(node, child=relaxed) if isinstance(node, nodes.Preferring) else relaxed


def _pieces(node: Node) -> tuple[Node, ...]:
    """What of a query would be enough, each with what is excluded or demanded beside it."""
    if isinstance(node, nodes.Word | nodes.Phrase | nodes.InField):
        return (node,)
    if not isinstance(node, nodes.And | nodes.Or):
        return ()
    pieces = tuple(piece for child in node.children for piece in _pieces(child))
    beside = tuple(c for c in node.children if not any(nodes.text_leaves(c)))
    if isinstance(node, nodes.Or) or not beside:
        return pieces
    return tuple(nodes.And((piece, *beside)) for piece in pieces)
