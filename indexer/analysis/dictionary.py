"""The office's own words: names that jieba does not know, and words that mean the same.

They decide how a query is cut and what else it looks for, never what is in the index; so a change works in
the next query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from indexer.analysis.normalise import normalise
from indexer.analysis.words import cut_words

_MAX_WORD = 40  # characters
_COMMENT = re.compile(r"(?:^|\s)[#＃].*")
_EQUALS = re.compile(r"[=＝,，、;；|｜\s]+")
_BETWEEN_WORDS = re.compile(r"[,，、;；|｜\s]+")
_FREQUENCY = re.compile(r"[0-9]+|[0-9]+ [a-z]+|[a-z]+")  # what jieba's dictionaries have behind a word


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words and synonyms, normalised. ``longest`` is the length of the longest word."""

    words: frozenset[str] = frozenset()
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    longest: int = 0
    alone: tuple[str, ...] = ()  # lines of synonyms with one word, which say nothing

    def runs(self, word: str) -> tuple[str, ...]:
        """The word itself, then its synonyms."""
        return (word, *(s for s in self.synonyms.get(word, ()) if s != word))

    def cut(self, text: str) -> Iterator[str]:
        """The words of a normalised text: the office's own where they stand, jieba's between them."""
        start = at = 0
        while at < len(text):
            own = self._longest_at(text, at)
            if own:
                yield from cut_words(text[start:at])
                yield own
                at += len(own)
                start = at
            else:
                at += 1
        yield from cut_words(text[start:])

    def _longest_at(self, text: str, at: int) -> str | None:
        for length in range(min(self.longest, len(text) - at), 0, -1):
            if text[at : at + length] in self.words:
                return text[at : at + length]
        return None


EMPTY = Lexicon()


def make_lexicon(dictionary: str, synonyms: str) -> Lexicon:
    """The lexicon that two files say: a word a line; words that mean the same on one line, ``招引=招商引资``.

    Several words on a line of the dictionary, and other signs than = between synonyms, are understood. What
    stands behind a ``#`` is a comment. Synonyms are words, too.
    """
    words = {w for line in _lines(dictionary) for piece in _words(line) if (w := normalise(piece))}
    alone: list[str] = []
    groups: dict[str, dict[str, None]] = {}
    for line in _lines(synonyms):
        alike = [w for piece in _EQUALS.split(line) if (w := normalise(piece))]
        if len(alike) < 2:
            alone.append(line)
            continue
        # Groups that share a word are one group.
        merged: dict[str, None] = {}
        for word in alike:
            merged.update(groups.get(word, {word: None}))
        for word in merged:
            groups[word] = merged
    known = {w for w in words | set(groups) if len(w) <= _MAX_WORD}
    return Lexicon(
        frozenset(known),
        {word: tuple(group) for word, group in groups.items()},
        max(map(len, known), default=0),
        tuple(alone),
    )


def _words(line: str) -> list[str]:
    word, _, rest = line.partition(" ")
    return [word] if _FREQUENCY.fullmatch(rest.strip()) else _BETWEEN_WORDS.split(line)


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        content = _COMMENT.sub("", line).strip()
        if content:
            yield content
