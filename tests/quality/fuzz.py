"""Does any query break the search, or keep it busy? Random queries, asked one after the other.

``python -m tests.quality.fuzz [--index DIR] [--queries 10000] [--seed 1]`` asks an index of ``corpus/``, or
the one that is given, and reports. Its status is 1 where a query failed or took more than a second. The same
seed on the same index asks the same queries.
"""

from __future__ import annotations

import argparse
import json
import random
import reprlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from indexer.analysis.words import cut_words
from indexer.as_json import answer_json
from indexer.library import Library
from indexer.model import PARTS, TOPICS
from indexer.query.lexer import FIELDS
from indexer.query.nodes import Word, text_leaves
from indexer.search import Answer, make_question, search
from tests.quality.measure import sample_library
from webui.wording import describe

LIMIT = 10  # hits of an answer
TOO_LONG = 1.0  # seconds
LONGEST = 2000  # characters, where length is the point
SHOWN = 10  # slow queries in the report
_SHORT = reprlib.Repr()
_SHORT.maxstring = 120

_ALPHABETS = (
    (0x00, 0x10FFFF),
    (0x00, 0x1F),
    (0x20, 0x7E),
    (0x80, 0x9F),
    (0x300, 0x36F),  # combining marks
    (0x600, 0x6FF),  # Arabic
    (0x1100, 0x11FF),  # Hangul letters, which NFKC joins
    (0x2000, 0x206F),  # spaces, joiners, marks of direction
    (0x3000, 0x303F),  # Chinese punctuation
    (0x4E00, 0x9FFF),
    (0xD800, 0xDFFF),  # lone surrogates
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFF01, 0xFFEE),  # full-width signs
    (0x1F300, 0x1FAFF),  # emoji
    (0x20000, 0x2A6DF),
    (0xE0000, 0xE007F),  # tags
)
_ODD = (*"İßﬁ㍿한𠮷\0\ufeff\u202e\uffff\ud83d\udc00", "", "e\u0301", "👨\u200d👩\u200d👧")
_COMMON = ("一", "的", "是", "年", "工作", "2020", "1", "a", "。", "，", "、", "%", "（", "-")
_SIGNS = (*"|｜-－()（）:：*~^\\ \u3000\n", "--", "..", "OR", "or", " OR ")
_QUOTES = tuple(pair.split("…") for pair in ('"…"', "“…”", "＂…＂", "「…」", "”…“", '“…"', "「…”", "'…'"))
_OPERATORS = (*_SIGNS, *chain.from_iterable(_QUOTES), *(f"{name}:" for name in FIELDS))
_YEARS = ("2019", "２０２０", "0000", "2018..2021", "2021..2018", "2018..", "..2021", "..", "2018年至2020年")
_NESTS = tuple(
    pair.split("…") for pair in ("(…)", "（…）", "“…”", "「…」", "-(…)", "(a …)", "(a|…)", "title:(…)")
)

Generator: TypeAlias = Callable[[random.Random, "Source"], str]


@dataclass(frozen=True, slots=True)
class Source:
    """The text that real phrases are taken from."""

    texts: tuple[str, ...]

    @classmethod
    def of(cls, library: Library) -> Source:
        """Titles, headings and paragraphs of everything in the index."""
        found: dict[str, None] = {}
        for filed in library.reports():
            found[filed.report.title] = None
            for section in filed.report.sections:
                found.update(dict.fromkeys((section.heading or "", *section.paragraphs)))
        return cls(tuple(text for text in found if text.strip()) or _COMMON)

    def phrase(self, rng: random.Random, longest: int = 16) -> str:
        """A stretch of one text, cut anywhere."""
        text = rng.choice(self.texts)
        start = rng.randrange(len(text))
        return text[start : start + rng.randint(1, longest)]

    def word(self, rng: random.Random) -> str:
        """A word as jieba cuts it."""
        return rng.choice([*cut_words(self.phrase(rng)), rng.choice(_COMMON)])


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, how long its answer took, and what went wrong ("": nothing)."""

    query: str
    seconds: float
    error: str = ""


def _noise(rng: random.Random, _: Source, longest: int = 40) -> str:
    """Characters of all kinds, several of one kind in a row."""
    text = ""
    length = rng.randint(0, longest)
    while len(text) < length:
        first, last = rng.choice(_ALPHABETS)
        text += "".join(chr(rng.randint(first, last)) for _ in range(rng.randint(1, 6))) + rng.choice(_ODD)
    return text


def _grammar(rng: random.Random, source: Source) -> str:
    """What the query language allows; every third time with a character too few or too many."""
    text = _expression(rng, source, rng.randint(0, 5))
    return text if rng.random() < 0.67 else _mutated(rng, text)


def _expression(rng: random.Random, source: Source, depth: int) -> str:
    if depth == 0:
        word = rng.choice((source.word, source.phrase))(rng)
        opening, ending = rng.choice(_QUOTES)
        name = rng.choice(tuple(FIELDS)) + rng.choice(":：")
        value = rng.choice((rng.choice(_YEARS), rng.choice(PARTS), rng.choice(TOPICS), word))
        quoted = opening + word + ending
        return rng.choice((word, word, quoted, name + value, name + quoted))
    parts = [_expression(rng, source, rng.randrange(depth)) for _ in range(rng.randint(1, 3))]
    joined = rng.choice((" ", " ", "", "\u3000", " | ", "|", "｜", " OR ", " -", " －")).join(parts)
    return rng.choice(("{}", "{}", "({})", "（{}）", "-({})", "-{}", "(({}))")).replace("{}", joined)


def _soup(rng: random.Random, source: Source, longest: int = 20) -> str:
    """Operators and pieces of text in no order at all."""
    return "".join(
        rng.choice((rng.choice(_OPERATORS), rng.choice(_OPERATORS), source.word(rng), rng.choice(_YEARS)))
        for _ in range(rng.randint(1, longest))
    )


def _real(rng: random.Random, source: Source) -> str:
    """A few phrases of the texts, some of them quoted, some of them damaged."""
    pieces = []
    for _ in range(rng.randint(1, 4)):
        piece = rng.choice((source.word, source.phrase))(rng)
        if rng.random() < 0.3:
            opening, ending = rng.choice(_QUOTES)
            piece = opening + piece + ending
        pieces.append(_mutated(rng, piece) if rng.random() < 0.5 else piece)
    return rng.choice((" ", "", "\u3000", "、")).join(pieces)


def _mutated(rng: random.Random, text: str) -> str:
    """Delete, double, swap or insert, once or a few times."""
    chars = list(text)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(chars) + 1)
        change = rng.randrange(4)
        if change == 0:
            del chars[at : at + rng.randint(1, 2)]
        elif change == 1:
            chars[at:at] = chars[at : at + rng.randint(1, 4)]
        elif change == 2:
            chars[at : at + 2] = reversed(chars[at : at + 2])
        else:
            chars.insert(at, rng.choice((*_OPERATORS, *_ODD)))
    return "".join(chars)


def _common(rng: random.Random, _: Source) -> str:
    """What nearly every section has."""
    pieces = rng.choices(_COMMON, k=rng.randint(1, 4))
    opening, ending = rng.choice(_QUOTES)
    forms = ("{}", "{}", opening + "{}" + ending, "-{}", "年份:2018..2021 {}", "title:{}", "heading:{}")
    return rng.choice(forms).replace("{}", rng.choice((" ", "", " | ", " -")).join(pieces))


def _long(rng: random.Random, source: Source) -> str:
    """As long as a pasted page: text, a quotation, noise, operators, or one character all along."""
    text = ""
    while len(text) < LONGEST:
        text += source.phrase(rng, LONGEST)
    text = text[: rng.randint(LONGEST // 4, LONGEST)]
    return rng.choice(
        (
            text,
            f"“{text}”",
            f"-“{text}”",
            f"{rng.choice(tuple(FIELDS))}:“{text}”",
            _noise(rng, source, LONGEST)[:LONGEST],
            _soup(rng, source, LONGEST // 5)[:LONGEST],
            rng.choice((*_COMMON, *_OPERATORS, *filter(None, _ODD))) * (LONGEST // 8),
        )
    )


def _many(rng: random.Random, source: Source) -> str:
    """Hundreds and thousands of words: all of them, or one of them."""
    longest = rng.choice((50, 200, LONGEST, 2 * LONGEST))
    words = [source.word(rng)[:4] for _ in range(rng.randint(2, longest))]
    return rng.choice((" ", " ", "\u3000", " | ", "｜", " OR ", " -", '" "', "、")).join(words)


def _nested(rng: random.Random, source: Source) -> str:
    """Brackets, signs and quotation marks, one inside the other, not always as many closed as opened."""
    depth = rng.choice((5, 39, 40, 41, 80, LONGEST // 4))
    opening, ending = rng.choice(_NESTS)
    return opening * depth + source.word(rng) + ending * rng.choice((depth, depth - 1, depth + 1, 0))


#: Each with how often it has its turn.
_GENERATORS: tuple[tuple[Generator, int], ...] = (
    (_noise, 20),
    (_grammar, 25),
    (_soup, 15),
    (_real, 25),
    (_common, 6),
    (_long, 4),
    (_many, 2),
    (_nested, 3),
)


def queries(source: Source, seed: int) -> Iterator[str]:
    """Queries without end, the same for the same texts and seed."""
    rng = random.Random(seed)
    generators, turns = zip(*_GENERATORS, strict=True)
    while True:
        yield rng.choices(generators, turns)[0](rng, source)


def ask(library: Library, query: str) -> Asked:
    """Ask one query as commands and the page do, up to the JSON and the words that say how it was read."""
    error = ""
    started = time.perf_counter()
    try:
        answer = search(library, make_question(query, limit=LIMIT))
        json.dumps(answer_json(answer), allow_nan=False)
        seconds = time.perf_counter() - started
        error = _contradiction(answer, describe(answer.node))
    except Exception as trouble:  # whatever it is, it is what is looked for
        seconds = time.perf_counter() - started
        error = f"{type(trouble).__name__}: {trouble}"
    return Asked(query, seconds, error)


def _contradiction(answer: Answer, reading: str) -> str:
    """What of an answer cannot be, whatever was asked."""
    leaves = text_leaves(answer.node)
    runs = chain.from_iterable(leaf.runs if isinstance(leaf, Word) else (leaf.run,) for leaf in leaves)
    if "None" in reading or not all(run in reading for run in runs):  # queries are normalised: no capitals
        return f"read as {reading!r}"
    if not answer.relaxed and len(answer.hits) != min(LIMIT, answer.total):
        return f"{len(answer.hits)} hits of {answer.total}"
    if not answer.reports <= answer.total or sum(n for _, n in answer.facets.part) != answer.total:
        return f"{answer.total} sections of {answer.reports} reports, by part {answer.facets.part}"
    for hit in answer.hits:
        for snippet in hit.excerpt.snippets:
            places = [0, *chain.from_iterable(snippet.marks), len(snippet.text)]
            if places != sorted(places) or any(start == end for start, end in snippet.marks):
                return f"marks {snippet.marks} in a snippet of {len(snippet.text)}"
    return ""


def report(asked: Sequence[Asked]) -> str:
    """What is printed: every error, the slowest queries, and the figures."""
    failed = [a for a in asked if a.error]
    ordered = sorted(asked, key=lambda a: a.seconds)
    slow = sum(a.seconds > TOO_LONG for a in asked)
    lines = [f"error     {a.query!r}: {a.error}" for a in failed]
    lines += [
        f"{a.seconds:7.3f} s {_SHORT.repr(a.query)}" for a in reversed(ordered[-max(1, min(slow, SHOWN)) :])
    ]
    median, late, last = (ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.95, 1.0))
    lines.append(f"median    {_SHORT.repr(median.query)}")
    lines.append(f"95th      {_SHORT.repr(late.query)}")
    lines.append(
        f"{len(asked)} queries, {len(failed)} errors, {slow} over {TOO_LONG:g} s; "
        f"median {median.seconds * 1000:.1f} ms, 95th of 100 {late.seconds * 1000:.1f} ms, "
        f"slowest {last.seconds * 1000:.1f} ms"
    )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, print the report and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.quality.fuzz", description=__doc__)
    parser.add_argument("--index", type=Path, help="the folder of an index (default: a new one of corpus/)")
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if options.queries < 1:
        parser.error("--queries must be 1 or more")
    opened: AbstractContextManager[Library] = (
        closing(Library(options.index)) if options.index else sample_library()
    )
    with opened as library:
        stream = queries(Source.of(library), options.seed)
        asked = [ask(library, next(stream)) for _ in range(options.queries)]
    print(report(asked))
    return int(any(a.error or a.seconds > TOO_LONG for a in asked))


if __name__ == "__main__":
    sys.exit(main())
