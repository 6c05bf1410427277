"""How what is typed may go on: topics, the office's own and frequent words, headings and titles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, TypeAlias

from indexer.analysis.dictionary import Lexicon
from indexer.analysis.normalise import HAN, normalise
from indexer.engines.base import Reader
from indexer.query.lexer import tokenize
from indexer.reports.numbering import bare
from indexer.suggest.pinyin import readings, spell

Kind: TypeAlias = Literal["topic", "own", "term", "heading", "title"]
KINDS: tuple[Kind, ...] = ("own", "term", "topic", "heading", "title")

MAX_COMPLETIONS = 50
_TERMS = 5_000  # words, the most frequent
_LONGEST = 40  # characters of a heading or title that is worth completing to
_SPELLED = 12  # characters that are known by their pinyin
_TERM = re.compile(rf"[{HAN}]{{2,}}|[a-z][a-z0-9]+")
_LETTERS = re.compile(r"[a-z]{2,}")
_OPEN_QUOTES = {"“": "”", "”": "”", "「": "」", '"': '"', "＂": "＂"}
_QUOTES = re.compile('[“”"＂「」]')
_QUOTED: tuple[Kind, ...] = ("own", "term", "heading", "title")
#: What the value of a field is completed to; other fields' values are not completed.
_OF_FIELD: dict[str, tuple[Kind, ...]] = {"title": ("title",), "heading": ("heading",), "topic": ("topic",)}


@dataclass(frozen=True, slots=True)
class Completion:
    """``text`` for what was typed last; ``query`` is the whole query with it. ``count``: how many sections
    have the word or topic, or stand under the heading or title, about; 0 for a word that was not counted."""

    text: str
    query: str
    kind: Kind
    count: int


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    normal: str
    kind: Kind
    count: int


class Completer:
    """Completions from what one state of the index holds."""

    def __init__(self, reader: Reader) -> None:
        topics, headings, titles = Counter[str](), Counter[str](), Counter[str]()
        for filed in reader.reports():
            titles[filed.report.title] += len(filed.report.sections)
            for section in filed.report.sections:
                topics.update([section.topic] if section.topic else [])
                headings.update([bare(section.heading)] if section.heading else [])
        terms = Counter({w: n for w, n in reader.vocabulary("words") if n > 1 and _TERM.fullmatch(w)})
        counted: tuple[tuple[Kind, Counter[str]], ...] = (
            ("topic", topics),
            ("term", Counter(dict(terms.most_common(_TERMS)))),
            ("heading", headings),
            ("title", titles),
        )
        entries: dict[tuple[Kind, str], _Entry] = {}
        for kind, counts in counted:
            for text, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
                normal = normalise(text)
                if 1 < len(normal) <= _LONGEST:
                    entries.setdefault((kind, normal), _Entry(text, normal, kind, count))
        self._entries = tuple(entries.values())
        self._terms = {normal for kind, normal in entries if kind == "term"}

    @cached_property
    def _spelled(self) -> dict[_Entry, tuple[str, str]]:
        """The pinyin of each entry in one piece, and the first letters of that."""
        return {entry: _spelling(entry.normal, entry.kind) for entry in self._entries}

    def prepare(self) -> None:
        """Make now what would be made when it is first needed."""
        _ = self._spelled

    def complete(self, query: str, lexicon: Lexicon, limit: int) -> list[Completion]:
        """How the last word of a query may go on; nothing where none is being typed."""
        tokens = tokenize(query)
        if not tokens or query[-1:].isspace() or tokens[-1].kind != "text":
            return []
        last = tokens[-1]
        before = tokens[-2] if len(tokens) > 1 else None
        field = before.text if before and before.kind == "field" else None
        quote = last.text[0] if last.text[0] in _OPEN_QUOTES else ""
        kinds = _OF_FIELD.get(field, ()) if field else _QUOTED if quote else KINDS
        typed = normalise(last.text.removeprefix(quote))
        inside = any(_QUOTES.search(token.text) for token in tokens[:-1] if token.kind == "text")
        if not typed or inside:  # within a quotation that is still open, what was typed is no word of its own
            return []
        matches = sorted(self._matches(typed, lexicon, kinds), key=lambda pair: _rank(*pair))
        whole = before is not None and before.kind in ("field", "not")  # it holds for the next piece alone
        completed: dict[str, _Entry] = {}  # what is a term and a heading is one query
        for _, entry in matches:
            text = _as_query(entry.text, quote, whole=whole)
            if text is None:
                continue
            if entry.kind == "topic" and not field:
                text = f"主题:{text}"
            completed.setdefault(query[: last.start] + text, entry)
        chosen = _mixed(list(completed.values()), limit)
        return [Completion(e.text, q, e.kind, e.count) for q, e in completed.items() if e in chosen]

    def _matches(self, typed: str, lexicon: Lexicon, kinds: tuple[Kind, ...]) -> Iterator[tuple[int, _Entry]]:
        """Entries with how well they match: 0 from the start, 1 by their pinyin, 2 further inside."""
        letters = bool(_LETTERS.fullmatch(typed))
        own = (_Entry(w, w, "own", 0) for w in lexicon.words if w not in self._terms)
        for entry in (*self._entries, *own):
            if entry.kind not in kinds or entry.normal == typed:
                continue
            if entry.normal.startswith(typed):
                yield 0, entry
            elif letters and any(s.startswith(typed) for s in self._sounds(entry)):
                yield 1, entry
            elif typed in entry.normal:
                yield 2, entry

    def _sounds(self, entry: _Entry) -> tuple[str, str]:
        return self._spelled.get(entry) or _spelling(entry.normal, entry.kind)  # of the office's own words


@lru_cache(maxsize=1 << 15)
def _spelling(normal: str, kind: Kind) -> tuple[str, str]:
    head = normal[:_SPELLED]
    if kind in ("heading", "title"):  # there are many of them: character by character is faster
        syllables = tuple((readings(char) or (char,))[0] for char in head)
    else:
        syllables = spell(head)
    return "".join(syllables), "".join(s[:1] for s in syllables)


def _rank(match: int, entry: _Entry) -> tuple[int, int, int, int, str]:
    return match, KINDS.index(entry.kind), -entry.count, len(entry.normal), entry.normal


def _mixed(entries: list[_Entry], limit: int) -> set[_Entry]:
    """The first ``limit``; while there are others, one kind takes no more than half."""
    half = -(-limit // 2)
    taken: Counter[str] = Counter()
    kept: list[_Entry] = []
    for entry in entries:
        if taken[entry.kind] < half and len(kept) < limit:
            taken[entry.kind] += 1
            kept.append(entry)
    return {*kept, *[entry for entry in entries if entry not in kept][: limit - len(kept)]}


def _as_query(text: str, quote: str, *, whole: bool) -> str | None:
    """A text as it must stand in a query to be read as text; ``whole``: as one piece, None if it cannot."""
    tokens = tokenize(text)
    if not quote and all(token.kind == "text" for token in tokens) and not (whole and len(tokens) > 1):
        return text
    for opening in (quote or "“", "“", "「"):
        inside = f"{opening}{text}{_OPEN_QUOTES[opening]}"
        if [token.kind for token in tokenize(inside)] == ["quoted"]:
            return inside
    return None if whole else _QUOTES.sub(" ", text).strip()  # quotation marks of every kind: its words
