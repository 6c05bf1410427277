"""The questions, made from the text itself and the same for every engine.

Words are taken by the number of sections that hold them as jieba cuts them: *frequent* are the 200 Chinese
words in most sections, *middling* those in 0.1 to 2 % of the sections, *rare* those in two to five. A third
of the questions of each sort comes from each; no question comes twice.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Container, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from benchmarks.compare.texts import Row, Scan, cut_phrases
from indexer.analysis.words import cut_words

FREQUENT = 200
_CHINESE_WORD = re.compile(r"[\u4e00-\u9fff]{2,}")
_CANDIDATES = 600  # phrases of which the timed ones are chosen by their frequency


@dataclass(frozen=True, slots=True)
class Filtered:
    """A word, within years (both included) and in one part."""

    word: str
    years: tuple[int, int]
    part: str


@dataclass(frozen=True, slots=True)
class Sought:
    """A phrase and the numbers of the sections that hold it, as a scan finds them."""

    phrase: str
    truth: frozenset[int]


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked, by sort.

    The phrases of ``recall`` are cut at random places, those of ``whole_words`` between words.
    """

    words: tuple[str, ...]
    long_words: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    phrases: tuple[str, ...]
    filtered: tuple[Filtered, ...]
    snippets: tuple[str, ...]
    recall: tuple[Sought, ...]
    whole_words: tuple[Sought, ...]


def make_questions(rows: Sequence[Row], seed: int = 1, each: int = 30, recall: int = 500) -> Questions:
    """Questions from the text: three times ``each`` of a sort, where the text has so many words."""
    rng = random.Random(seed)
    bands = [_shuffled(rng, band) for band in word_bands(rows)]
    scan = Scan(rows)
    return Questions(
        words=_take(bands, each),
        long_words=_take(bands, each, shortest=3),
        pairs=_pairs(rows, bands, each, rng),
        phrases=tuple(dict.fromkeys(_in_turns(phrase_bands(rows, each, scan, rng)))),
        filtered=narrowed(rows, _take(bands, each), rng),
        snippets=_take(bands, each),
        recall=_sought(cut_phrases(rows, recall, rng), scan),
        whole_words=_sought(cut_between_words(rows, recall, rng), scan),
    )


def _sought(phrases: Sequence[str], scan: Scan) -> tuple[Sought, ...]:
    return tuple(Sought(phrase, scan.rows(phrase)) for phrase in phrases)


def cut_between_words(
    rows: Sequence[Row], count: int, rng: random.Random, lengths: tuple[int, int] = (2, 8)
) -> list[str]:
    """Up to ``count`` different phrases of Chinese characters that begin and end where jieba cuts the text.

    The kind that people type: two words or more that stand one behind the other.
    """
    found: dict[str, None] = {}
    for _ in range(count * 50):
        if len(found) == count or not rows:
            break
        body = rng.choice(rows).body
        words = list(cut_words(body))
        start = rng.randrange(max(1, len(words)))
        end = start + rng.randint(2, 4)
        phrase = "".join(words[start:end])
        if lengths[0] <= len(phrase) <= lengths[1] and _CHINESE_WORD.fullmatch(phrase) and phrase in body:
            found[phrase] = None
    return list(found)


def _words(row: Row) -> set[str]:
    return {w for w in cut_words(row.body) if _CHINESE_WORD.fullmatch(w)}


def word_bands(rows: Sequence[Row]) -> list[list[str]]:
    """Frequent, middling and rare words, each in order of frequency."""
    frequency = Counter(w for row in rows for w in _words(row))
    ranked = sorted((w for w, n in frequency.items() if n > 1), key=lambda w: (-frequency[w], w))
    frequent, rest = ranked[:FREQUENT], ranked[FREQUENT:]
    low, high = max(6, len(rows) // 1000), max(6, len(rows) // 50)
    return [
        frequent,
        [w for w in rest if low <= frequency[w] <= high],
        [w for w in rest if frequency[w] <= 5],
    ]


def _shuffled(rng: random.Random, words: Sequence[str]) -> list[str]:
    return rng.sample(words, len(words))


def _take(bands: Sequence[list[str]], each: int, shortest: int = 2) -> tuple[str, ...]:
    """Words of each band, taken out of it, in turns."""
    taken = []
    for band in bands:
        chosen = [w for w in band if len(w) >= shortest][:each]
        band[:] = [w for w in band if w not in chosen]
        taken.append(chosen)
    return _in_turns(taken)


def _in_turns(groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
    longest = max(map(len, groups), default=0)
    return tuple(group[i] for i in range(longest) for group in groups if i < len(group))


def _pairs(
    rows: Sequence[Row], bands: Sequence[Sequence[str]], each: int, rng: random.Random
) -> tuple[tuple[str, str], ...]:
    """Two words of one section: frequent and frequent, frequent and middling, middling and middling.

    They may be words that are asked alone, too, but no pair comes twice.
    """
    frequent, middling = set(bands[0]), set(bands[1])
    pairs: dict[tuple[str, str], None] = {}
    for first, second in ((frequent, frequent), (frequent, middling), (middling, middling)):
        pairs |= dict.fromkeys(pairs_of(rows, first, second, each, rng, pairs))
    return tuple(_shuffled_pairs(rng, pairs))


def pairs_of(
    rows: Sequence[Row],
    first: AbstractSet[str],
    second: AbstractSet[str],
    count: int,
    rng: random.Random,
    known: Container[tuple[str, str]] = (),
) -> list[tuple[str, str]]:
    """Up to ``count`` different pairs that stand in one section, a word of ``first`` and one of ``second``.

    Left out are those of ``known``, and words of which one is part of the other.
    """
    pairs: dict[tuple[str, str], None] = {}
    for _ in range(count * 200):
        if len(pairs) == count or not rows:
            break
        words = _words(rng.choice(rows))
        one, two = sorted(words & first), sorted(words & second)
        if one and two:
            a, b = rng.choice(one), rng.choice(two)
            taken = any(pair in found for pair in ((a, b), (b, a)) for found in (pairs, known))
            if a not in b and b not in a and not taken:
                pairs[a, b] = None
    return list(pairs)


def _shuffled_pairs(rng: random.Random, pairs: dict[tuple[str, str], None]) -> list[tuple[str, str]]:
    return rng.sample(list(pairs), len(pairs))


def phrase_bands(
    rows: Sequence[Row], each: int, scan: Scan, rng: random.Random
) -> tuple[list[str], list[str], list[str]]:
    """The most frequent of many phrases of 4 to 8 characters, those in the middle and the rarest."""
    phrases = cut_phrases(rows, _CANDIDATES, rng, (4, 8))
    ranked = sorted(phrases, key=lambda p: (-scan.frequency(p), p))
    middle = max(0, (len(ranked) - each) // 3)
    return ranked[:each], ranked[middle : middle + each], ranked[-each:]


def narrowed(rows: Sequence[Row], words: Sequence[str], rng: random.Random) -> tuple[Filtered, ...]:
    """The words with years and a part, such that a section at least is left."""
    found = []
    for word in words:
        holders = [row for row in rows if row.year and word in row.body]
        if holders:
            row = rng.choice(holders)
            found.append(Filtered(word, (row.year - 2, row.year + 1), row.part))
    return tuple(found)
