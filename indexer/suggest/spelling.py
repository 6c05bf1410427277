"""Typing errors: where a query is doubtful, and what was probably meant.

What an office means stands in its files. An error makes neighbours of characters that stand nowhere (a
*crack*): 招伤引资 has two, 招商引资 none. A correction must mend more than it changes, and what it makes must
stand in the index as one run; how jieba cuts the text there does not matter, so names are mended as well as
words. Wrong characters of the same sound come first, for that is what pinyin input makes; then one character
too many, too few, wrong or in the wrong place. Cheap changes for likely errors, and the index as the
language model: the noisy channel of Kernighan, Church and Gale, *A Spelling Correction Program Based on a
Noisy Channel Model* (1990).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from indexer.analysis.dictionary import Lexicon
from indexer.analysis.normalise import HAN, normalise_with_offsets
from indexer.engines.base import Reader
from indexer.query.lexer import Token, tokenize
from indexer.query.meaning import FILLERS
from indexer.suggest.pairs import Pairs, pairs_of
from indexer.suggest.pinyin import in_one_piece, loosely, readings

Kind: TypeAlias = Literal["pinyin", "edit"]
#: How many sections hold a run.
Count: TypeAlias = Callable[[str], int]

_LONGEST = 200  # characters of a query that is looked at: what is longer was not typed
_MOST_DOUBTS = 4
_SHORT = 8  # characters of a stretch that is doubted as a whole
# Sections that must hold a short correction, and one of a whole stretch; of few sections one is enough.
_OFTEN, _FEW = 3, 300
_MOST_SUSPECTS = 5  # characters of one place: what is more is no slip
_BEAM = 100
_TRIED = 24  # corrections of one stretch that are looked up in the index
_KEPT = 3
_REACH = 6  # characters on each side that a correction is seen together with
_SPELLED = 20_000  # words, the most frequent, that are known by their pinyin
_LONGEST_PINYIN = 30  # letters of a word's pinyin
_MOST_WORDS = 4  # that a piece of pinyin stands for

# What a change costs; a crack costs 1: one change that mends one crack is worth it, two are not. What stands
# in the index with the change in it speaks for the change, the more the longer it is.
_SAME_SOUND, _LIKE_SOUND, _SWAP, _DELETION, _EDIT = 0.7, 0.85, 0.8, 0.8, 0.9
_EVIDENCE = 0.15  # a character
# Other corrections than the best are shown if they cost about the same and are not so much rarer.
_CLOSE, _RARER = 0.049, 3

#: Characters that stand between words and may have any neighbour.
_ANYWHERE = FILLERS | frozenset("年月日个不")
_STRETCH = re.compile(rf"[{HAN}]+|[a-z]{{3,}}")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A place of the query where characters do not belong together: ``text[start:end]``.

    ``text`` is the normalised stretch of Chinese characters, or of Latin letters, round it; ``places`` says
    for each of its characters where it stands in the query as typed.
    """

    text: str
    start: int
    end: int
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """What may have been meant by ``query[start:end]``, and the ``kind`` of error that explains it."""

    start: int
    end: int
    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Variant:
    """The doubtful stretch with ``text[start:end]`` instead of ``length`` characters that stood there."""

    text: str
    start: int
    end: int
    length: int
    cost: float
    kind: Kind
    least: int  # characters that must stand with the change in them


@dataclass(frozen=True, slots=True)
class _Standing:
    """A variant that stands in so many sections, and what it costs less what speaks for it."""

    variant: _Variant
    cost: float
    sections: int


def find_doubts(
    query: str, lexicon: Lexicon, count: Count, known: Collection[str] | None = None
) -> tuple[Doubt, ...]:
    """Where a query is doubtful.

    Single characters are, where one does not go with its neighbour; words of more only if they are not among
    the ``known``, where these are given. A short stretch without such a place that stands nowhere as it was
    typed is doubtful as a whole.
    """
    if len(query) > _LONGEST:
        return ()
    doubts: list[Doubt] = []
    for token in _wanted(tokenize(query)):
        if token.kind in ("text", "quoted"):
            mapped = normalise_with_offsets(token.text)
            for match in _STRETCH.finditer(mapped.text):
                spans = [mapped.original(i, i + 1) for i in range(*match.span())]
                if len(set(spans)) < len(spans):
                    continue  # one character as typed stands for several: ㍻
                places = tuple((token.start + a, token.start + b) for a, b in spans)
                text = match.group()
                suspects = list(_suspects(text, lexicon, count, known))
                short = 3 <= len(text) <= _SHORT and not text.isascii() and text not in lexicon.words
                if not suspects and short and not count(text) and all(map(count, pairs_of(text))):
                    suspects = [(0, len(text))]
                doubts += [Doubt(text, start, end, places) for start, end in suspects]
    return tuple(doubts)


def _wanted(tokens: list[Token]) -> Iterator[Token]:
    """The tokens without what is excluded: a slip there costs nothing."""
    depth = excluded = 0  # brackets open; of those, the outermost that is excluded
    before = ""
    for token in tokens:
        if token.kind == "(":
            depth += 1
            excluded = excluded or (depth if before == "not" else 0)
        elif token.kind == ")":
            depth -= 1
            excluded = excluded if excluded <= depth else 0
        elif not excluded and before != "not":
            yield token
        if not (token.kind == "field" and before == "not"):
            before = token.kind


def _suspects(
    text: str, lexicon: Lexicon, count: Count, known: Collection[str] | None
) -> Iterator[tuple[int, int]]:
    """The doubtful words; those that meet are one place."""
    start = end = at = 0
    for word in lexicon.cut(text):
        first, at = at, at + len(word)
        if len(word) > 1:
            suspect = (
                known is not None and word not in known and word not in lexicon.words and word not in FILLERS
            )
        else:
            pairs = (text[first - 1 : at] if first else "", text[first : at + 1])
            suspect = word not in _ANYWHERE and any(len(pair) == 2 and not count(pair) for pair in pairs)
        if suspect and first == end:
            end = at
        elif suspect:
            if start < end:
                yield start, end
            start, end = first, at
    if start < end:
        yield start, end


class Speller:
    """Corrections from what one state of the index holds."""

    def __init__(self, reader: Reader) -> None:
        self._pairs = Pairs(reader.vocabulary("grams"))
        sections = max(self._pairs.characters.values(), default=0)
        self._often = _OFTEN if sections > _FEW else 1
        self._words = {w: n for w, n in reader.vocabulary("words") if len(w) > 1 and _STRETCH.fullmatch(w)}

    def queries(
        self, query: str, lexicon: Lexicon, count: Count, *, any_found: bool
    ) -> list[tuple[str, Kind]]:
        """Whole queries that were perhaps meant: the likeliest with every doubtful place corrected.

        A query that found something holds no unknown words.
        """
        known = None if any_found else self._words.keys()
        doubts = find_doubts(query, lexicon, count, known)[:_MOST_DOUBTS]
        found = [c for c in (self.corrections(doubt, lexicon, count) for doubt in doubts) if c]
        if not found:
            return []
        best = [choices[0] for choices in found]
        # Of one doubt, the others than the best; of several, all mended, or each where that finds nothing.
        ways = [[choice] for choice in found[0]] if len(found) == 1 else [best, *([c] for c in best)]
        return list(dict.fromkeys((_corrected(query, way), _kind(way)) for way in ways))

    def prepare(self) -> None:
        """Make now what would be made when it is first needed."""
        _ = self._alike, self._spelled

    def corrections(self, doubt: Doubt, lexicon: Lexicon, count: Count) -> list[Correction]:
        """What a doubtful place may have been meant to be, the likeliest first."""
        if doubt.text.isascii():
            return self._of_letters(doubt, count)
        if doubt.end - doubt.start == len(doubt.text) > 2 and not self._pairs.cracks(doubt.text):
            return self._of_whole(doubt, count)
        if doubt.end - doubt.start > _MOST_SUSPECTS:
            return []
        standing = [
            *self._standing(doubt, self._sounding(doubt), lexicon, count),
            *self._standing(doubt, self._edited(doubt), lexicon, count),
        ]
        standing.sort(key=lambda s: (s.cost, -s.sections, s.variant.text))
        likely: dict[str, _Standing] = {}
        for other in standing:
            if other.cost <= standing[0].cost + _CLOSE and other.sections * _RARER > standing[0].sections:
                likely.setdefault(other.variant.text, other)
        return [_correction(doubt, s.variant) for s in likely.values()][:_KEPT]

    # -- Chinese -----------------------------------------------------------------------------------

    @cached_property
    def _alike(self) -> dict[str, str]:
        """Loose syllable -> the characters of the index that may sound so."""
        found: dict[str, str] = defaultdict(str)
        for char in self._pairs.characters:
            for sound in dict.fromkeys(map(loosely, readings(char))):
                found[sound] += char
        return found

    def _homophones(self, char: str) -> list[tuple[str, float]]:
        """The character itself, and those of the index that sound like it, each with its cost."""
        sounds = set(readings(char))
        others = {c for sound in map(loosely, sounds) for c in self._alike.get(sound, "")} - {char}
        costs = {c: _LIKE_SOUND if sounds.isdisjoint(readings(c)) else _SAME_SOUND for c in others}
        return [(char, 0.0), *sorted(costs.items())]

    def _sounding(self, doubt: Doubt) -> Iterator[_Variant]:
        """Characters of the same sound in the doubtful place: the cheapest paths whose pairs all stand."""
        paths = [("", 0.0)]
        for char in doubt.text[doubt.start : doubt.end]:
            paths = [
                (path + other, cost + more)
                for path, cost in paths
                for other, more in self._homophones(char)
                if not path or self._pairs.count(path[-1] + other)
            ]
            paths = sorted(paths, key=lambda p: (p[1], -self._pairs.least(p[0]), p[0]))[:_BEAM]
        for path, cost in paths:
            if cost:
                yield _variant(doubt, doubt.start, doubt.end, path, cost, "pinyin")

    def _edited(self, doubt: Doubt) -> Iterator[_Variant]:
        """One character wrong, too many, too few, or two the wrong way round."""
        text = doubt.text
        for i in range(max(0, doubt.start - 1), min(doubt.end, len(text) - 1)):
            yield _variant(doubt, i, i + 2, text[i + 1] + text[i], _SWAP)
        if len(text) < 3:
            return  # of two characters any other two would do
        for i in range(doubt.start, doubt.end):
            yield _variant(doubt, i, i + 1, "", _DELETION, least=3)
            for char in self._between(text[:i], text[i + 1 :]):
                yield _variant(doubt, i, i + 1, char, _EDIT, least=4)
        for i in range(doubt.start, doubt.end + 1):
            for char in self._between(text[:i], text[i:]):
                yield _variant(doubt, i, i, char, _EDIT, least=4)

    def _between(self, left: str, right: str) -> list[str]:
        """The characters that go with the end of ``left`` and the beginning of ``right``."""
        after = self._pairs.after(left[-1]) if left else None
        before = self._pairs.before(right[0]) if right else None
        both = after & before if after is not None and before is not None else after or before or set()
        return sorted(c for c in both if _STRETCH.fullmatch(c) and c not in _ANYWHERE)

    def _standing(
        self, doubt: Doubt, variants: Iterator[_Variant], lexicon: Lexicon, count: Count
    ) -> Iterator[_Standing]:
        """The variants that mend more than they change and stand in the index, with what they come to."""
        pairs = self._pairs
        cracks = pairs.cracks(doubt.text)
        broken = max(1, cracks)
        costs = {v: v.cost + cracks + self._difference(doubt, v) for v in variants if len(v.text) > 1}
        seen = {v: _together(v, pairs) for v, cost in costs.items() if cost < broken}

        def price(variant: _Variant, start: int, end: int) -> float:
            return round(costs[variant] - _EVIDENCE * min(end - start, _REACH), 3)

        likely = sorted(
            seen, key=lambda v: (price(v, *seen[v]), -pairs.least(v.text[slice(*seen[v])]), v.text)
        )
        for variant in likely[:_TRIED]:
            words = _words_at(variant, lexicon)
            # That some characters stand side by side is little evidence: nearly any two do, where one word
            # ends and the next begins. What is changed must be words, or all that was typed must stand.
            if not (self._are_words(variant, lexicon) or seen[variant] == (0, len(variant.text))):
                continue
            for start, end in (seen[variant], words):
                sections = count(variant.text[start:end]) if end - start >= variant.least else 0
                if sections and (end - start == len(variant.text) > 3 or self._are_words(variant, lexicon)):
                    yield _Standing(variant, price(variant, start, end), sections)
                    break

    def _difference(self, doubt: Doubt, variant: _Variant) -> int:
        """How many cracks a variant has more than what was typed: only those at the change differ."""
        begin, tail = max(0, variant.start - 1), len(variant.text) - variant.end
        old = doubt.text[begin : len(doubt.text) - max(0, tail - 1)]
        new = variant.text[begin : len(variant.text) - max(0, tail - 1)]
        return self._pairs.cracks(new) - self._pairs.cracks(old)

    def _are_words(self, variant: _Variant, lexicon: Lexicon) -> bool:
        """Whether what is changed lies in words of the index, short ones often used, or of the office."""
        start, end = _words_at(variant, lexicon)
        words = lexicon.cut(variant.text[start:end])
        return all(
            w in lexicon.words or self._words.get(w, 0) >= (self._often if len(w) < 3 else 1) for w in words
        )

    def _of_whole(self, doubt: Doubt, count: Count) -> list[Correction]:
        """One character of the same sound, or two the other way round, anywhere in a stretch whose pairs all
        stand: only where that makes a run that stands as a whole, again and again."""
        text = doubt.text
        variants = [
            _variant(doubt, i, i + 1, other, cost, "pinyin")
            for i, char in enumerate(text)
            for other, cost in self._homophones(char)
            if cost and char not in _ANYWHERE
        ]
        variants += [
            _variant(doubt, i, i + 2, text[i + 1] + text[i], _SWAP)
            for i in range(len(text) - 1)
            if _ANYWHERE.isdisjoint(text[i : i + 2])
        ]
        likely = sorted(
            (v for v in variants if self._pairs.least(v.text) >= self._often), key=lambda v: v.cost
        )
        standing = [(count(v.text), v) for v in likely[:_TRIED]]
        standing = [(sections, v) for sections, v in standing if sections >= self._often]
        standing.sort(key=lambda pair: (-pair[0], pair[1].cost, pair[1].text))
        return [_correction(doubt, v) for _, v in standing[:1]]

    # -- Latin letters -----------------------------------------------------------------------------

    @cached_property
    def _spelled(self) -> dict[str, list[str]]:
        """Pinyin in one piece -> the words of the index that it stands for, the most frequent first."""
        chinese = (w for w in self._words if not w.isascii())
        found: dict[str, list[str]] = defaultdict(list)
        for word in sorted(chinese, key=lambda w: (-self._words[w], w))[:_SPELLED]:
            found[in_one_piece(word)].append(word)
        return found

    def _of_letters(self, doubt: Doubt, count: Count) -> list[Correction]:
        """Pinyin that was never turned into characters; else a Latin word of the index, one slip away."""
        kind: Kind = "pinyin"
        ways = self._as_pinyin(doubt.text)
        # As one run, if a way stands so; else the likeliest, word by word.
        texts = ["".join(words) for words in ways if count("".join(words))] or [" ".join(w) for w in ways[:1]]
        if not texts:
            kind = "edit"
            latin = [w for w in self._words if w.isascii() and is_one_slip(doubt.text, w)]
            texts = sorted(latin, key=lambda w: (-self._words[w], w))
        start, end = doubt.places[0][0], doubt.places[-1][1]
        return [Correction(start, end, text, kind) for text in list(dict.fromkeys(texts))[:_KEPT]]

    def _as_pinyin(self, letters: str) -> list[tuple[str, ...]]:
        """The words that letters without tones or gaps may stand for: the fewest, then the most frequent."""
        best: list[list[tuple[int, int, tuple[str, ...]]]] = [[(0, 0, ())]]
        for end in range(1, len(letters) + 1):
            ways = [
                (number + 1, rarest or -self._words[word], (*words, word))
                for start in range(max(0, end - _LONGEST_PINYIN), end)
                for number, rarest, words in best[start]
                for word in self._spelled.get(letters[start:end], ())[:_KEPT]
            ]
            best.append(sorted(ways)[:_KEPT])
        return [words for number, _, words in best[-1] if 0 < number <= _MOST_WORDS]


def _kind(corrections: Sequence[Correction]) -> Kind:
    return "edit" if any(c.kind == "edit" for c in corrections) else "pinyin"


def _corrected(query: str, corrections: Sequence[Correction]) -> str:
    """The query with the corrections in their places; of two that meet in one place the first counts."""
    text, at = "", 0
    for correction in sorted(corrections, key=lambda c: c.start):
        if correction.start >= at:
            text += query[at : correction.start] + correction.text
            at = correction.end
    return text + query[at:]


def _variant(
    doubt: Doubt, start: int, end: int, instead: str, cost: float, kind: Kind = "edit", least: int = 2
) -> _Variant:
    text = doubt.text[:start] + instead + doubt.text[end:]
    return _Variant(text, start, start + len(instead), end - start, cost, kind, least)


def _correction(doubt: Doubt, variant: _Variant) -> Correction:
    """A variant as a change of the query; a letter put in at the end stands behind the last place."""
    first, last = variant.start, variant.start + variant.length
    start = doubt.places[first][0] if first < len(doubt.places) else doubt.places[-1][1]
    end = doubt.places[last - 1][1] if variant.length else start
    return Correction(start, end, variant.text[variant.start : variant.end], variant.kind)


def _together(variant: _Variant, pairs: Pairs) -> tuple[int, int]:
    """The stretch round what is changed whose pairs all stand."""
    text, start, end = variant.text, variant.start, variant.end
    if start == end:  # something was left out: its neighbours are what is changed
        start, end = max(0, start - 1), min(len(text), end + 1)
        if not pairs.least(text[start:end]):
            end -= 1
    for _ in range(_REACH):
        if 0 < start < len(text) and pairs.count(text[start - 1 : start + 1]):
            start -= 1
        if 0 < end < len(text) and pairs.count(text[end - 1 : end + 1]):
            end += 1
    return start, end


def _words_at(variant: _Variant, lexicon: Lexicon) -> tuple[int, int]:
    """The words, as cut, that what is changed touches."""
    at = 0
    spans = []
    for word in lexicon.cut(variant.text):
        spans.append((at, at + len(word)))
        at += len(word)
    touched = [(a, b) for a, b in spans if a < max(variant.end, variant.start + 1) and b > variant.start]
    return (touched[0][0], touched[-1][1]) if touched else (0, len(variant.text))


def is_one_slip(typed: str, word: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two neighbours are the wrong way round.

    Damerau, *A technique for computer detection and correction of spelling errors*, CACM 7 (3), 1964.
    """
    if typed == word or abs(len(typed) - len(word)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(word)) and typed[start] == word[start]:
        start += 1
    a, b = typed[start:], word[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and len(b) > 1 and a[2:] == b[2:])
