"""What the members of a family have in common, with slots for what varies.

::

    完成规上工业产值12.5亿元，同比增长8%        完成规上工业产值【】亿元，同比增长【】%
    完成规上工业产值13.1亿元，同比增长9.2%  ->  slot 1: 12.5, 13.1      slot 2: 8, 9.2

Every member is aligned with one of them, token by token (figures, words, signs; see :func:`stretches`); what
stands in all of them is common, what stands between is a slot. As in template form, white space, signs and
the width of characters are no difference. The common text does not depend on the order of the members.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from indexer.analysis.normalise import HAN, normalise
from indexer.analysis.words import cut_words
from indexer.families.alignment import align

SLOT = "【】"

_MASKS = "0-9０-９×*＊_＿□○"
_PART = rf"(?:[{_MASKS}]|(?<![A-Za-zＡ-Ｚａ-ｚxX])[xXｘＸ]+(?![A-Za-zＡ-Ｚａ-ｚ]))"
#: A figure with the masks that stand for it and the sign before it: 12.5, -3, 20xx, 1,200; 1-11月 has two.
_FIGURE = rf"(?:(?<![0-9０-９A-Za-z.])[-−－](?=\d))?{_PART}(?:(?:[.．]|[,，](?=\d{{3}}(?!\d)))?{_PART})*"
#: Figures, the year, month or day behind one (jieba would cut 2019|年本|园区), Latin words, runs of Chinese
#: characters, white space, and single signs.
_TOKENS = re.compile(
    rf"(?P<figure>{_FIGURE})|(?<=[{_MASKS}xXｘＸ])[年月日]|(?P<han>[{HAN}]+)|[A-Za-zＡ-Ｚａ-ｚ]+|\s+|.",
    re.DOTALL,
)
_ONLY_FIGURE = re.compile(_FIGURE)
_FIGURE_KEY = "0"

_SPACES = re.compile(r"\s+")
_CLOSING = "，。；、：！？,;:!?"
_UNITS = "%％‰℃"
_CHANCE = 10  # letters: what so little has in common between two slots that are as long is chance


_WORK = 12_000  # tokens: how many are aligned in search of the member whose alignment leaves most in common
_NUMBER = 5  # tokens: what the number of a line comes to at the most


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that varies: what each member has there, in the order of the members ("": nothing)."""

    values: tuple[str, ...]

    @property
    def is_figure(self) -> bool:
        """Whether there is never anything but a figure, or nothing."""
        return all(not value or _ONLY_FIGURE.fullmatch(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Written:
    """Common text that each member writes in its own way: with other signs, white space or width."""

    values: tuple[str, ...]

    @property
    def text(self) -> str:
        """The way that most members write it."""
        counts = Counter(self.values)
        return max(counts, key=lambda value: (counts[value], "\n" in value, value))


@dataclass(frozen=True, slots=True)
class Template:
    """Common text and slots; the pieces with a member's values are the member's text."""

    pieces: tuple[str | Written | Slot, ...]

    @property
    def parts(self) -> tuple[str | Slot, ...]:
        """What is shown: common text and slots by turns."""
        parts: list[str | Slot] = []
        for piece in self.pieces:
            if isinstance(piece, Slot):
                parts.append(piece)
                continue
            text = piece.text if isinstance(piece, Written) else piece
            if parts and isinstance(parts[-1], str):
                parts[-1] += text
            elif text:
                parts.append(text)
        return tuple(parts)

    @property
    def skeleton(self) -> str:
        """The common text, with 【】 for each slot (a 【】 that the text itself has is shown as 【 】)."""
        shown = (part.replace(SLOT, "【 】") if isinstance(part, str) else SLOT for part in self.parts)
        return "".join(shown)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots, in order."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Slot))

    def member(self, number: int) -> str:
        """The text of a member."""
        return "".join(piece if isinstance(piece, str) else piece.values[number] for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of all texts: common, or a slot. Joined, the values of one text give it back."""

    common: bool
    values: tuple[str, ...]
    figure: bool = False

    @property
    def letters(self) -> int:
        """How many letters, digits and units the texts have here, in all."""
        return sum(char.isalnum() or char in _UNITS for value in self.values for char in value)


def make_template(members: Sequence[str]) -> Template:
    """The template of texts that are alike, one at least."""
    pieces: list[str | Written | Slot] = []
    for stretch in stretches(members, signs=False):
        last = pieces[-1] if pieces else None
        if not stretch.common:
            pieces.append(Slot(stretch.values))
        elif len(set(stretch.values)) > 1:
            pieces.append(Written(stretch.values))
        elif isinstance(last, str):
            pieces[-1] = last + stretch.values[0]
        else:
            pieces.append(stretch.values[0])
    return Template(tuple(pieces))


def tokenize(text: str) -> list[str]:
    """The tokens of a text; joined they give it back."""
    tokens: list[str] = []
    for match in _TOKENS.finditer(text):
        if match.lastgroup == "han":
            tokens += cut_words(match.group())
        else:
            tokens.append(match.group())
    return tokens


def stretches(members: Sequence[str], *, signs: bool) -> list[Stretch]:
    """What texts have in common and what stands between, in order; no two slots follow each other.

    Figures are aligned with figures, whatever they are, and are slots where they differ. Where ``signs``
    count, a difference in signs alone is one; a difference in white space or width alone never is.
    """
    tokens = [tokenize(text) for text in members]
    columns = _columns([[_key(token) for token in own] for own in tokens])
    found: list[Stretch] = []
    at = [0] * len(members)
    for row in [*columns, [len(own) for own in tokens]]:
        spans = zip(tokens, at, row, strict=True)
        found += _between(tuple("".join(own[a:b]) for own, a, b in spans), signs)
        if all(place < len(own) for own, place in zip(tokens, row, strict=True)):
            values = tuple(own[place] for own, place in zip(tokens, row, strict=True))
            same = len({normalise(value) or value for value in values}) == 1
            found.append(Stretch(same, values, not same))
        at = [place + 1 for place in row]
    return _renumbered([_settled(stretch) for stretch in _without_chance(_joined(found))])


@lru_cache(maxsize=65536)
def _key(token: str) -> str:
    """What a token is aligned by; "" for white space."""
    return _FIGURE_KEY if _ONLY_FIGURE.fullmatch(token) else normalise(token)


def _columns(members: Sequence[Sequence[str]]) -> list[list[int]]:
    """The tokens that all members have: for each its place in every one of them."""
    places = [[i for i, key in enumerate(own) if key] for own in members]
    keys = [tuple(filter(None, own)) for own in members]
    distinct = sorted(set(keys), key=lambda own: (len(own), own))
    number = {own: n for n, own in enumerate(distinct)}  # looked up seldom: a long tuple is hashed each time
    best: list[list[int]] = []
    most = -1
    for reference in distinct[: max(1, _WORK // (1 + sum(map(len, distinct))))]:
        found = [dict(align(reference, other)) for other in distinct]
        common = sorted(set(range(len(reference))).intersection(*found))
        letters = sum(len(reference[i]) for i in common)
        if letters > most:
            most = letters
            best = [[pairs[i] for i in common] for pairs in found]
    rows = [[at[j] for j in best[number[own]]] for own, at in zip(keys, places, strict=True)]
    return [list(row) for row in zip(*rows, strict=True)]


def _between(values: tuple[str, ...], signs: bool) -> list[Stretch]:
    """What stands between two common tokens: a slot, without the white space and signs at its ends."""
    if not any(values):
        return []
    if len(set(values)) == 1 or all(_is_nothing(value, signs) for value in values):
        return [Stretch(True, values)]
    heads = tuple(value[: len(value) - len(value.lstrip())] for value in values)
    if not all(heads):
        heads = ("",) * len(values)
    values = tuple(value[len(head) :] for head, value in zip(heads, values, strict=True))
    tails = tuple(value[len(value.rstrip()) :] for value in values)
    if not all(tails):
        closed = not signs and all(value and value[-1] in _CLOSING for value in values)
        tails = tuple(value[-1:] if closed else "" for value in values)
    values = tuple(value[: len(value) - len(tail)] for value, tail in zip(values, tails, strict=True))
    around = [Stretch(True, heads), Stretch(False, values, Slot(values).is_figure), Stretch(True, tails)]
    return [stretch for stretch in around if any(stretch.values)]


def _is_nothing(text: str, signs: bool) -> bool:
    """Whether this makes no difference: white space, and punctuation unless signs count."""
    if signs:
        return not normalise(text)
    return all(unicodedata.category(char)[0] in "PZC" and char not in _UNITS for char in text)


def _joined(found: Sequence[Stretch]) -> list[Stretch]:
    """Join each slot with a slot that follows."""
    joined: list[Stretch] = []
    for stretch in found:
        if joined and not joined[-1].common and not stretch.common:
            joined[-1] = _one([joined[-1], stretch])
        else:
            joined.append(stretch)
    return joined


def _one(run: Sequence[Stretch]) -> Stretch:
    """One slot out of several stretches."""
    values = tuple(map("".join, zip(*(stretch.values for stretch in run), strict=True)))
    return Stretch(False, values, Slot(values).is_figure)


def _settled(stretch: Stretch) -> Stretch:
    """A slot that holds the same in all members, white space and width aside, is none."""
    if stretch.common or len({_SPACES.sub("", normalise(value)) for value in stretch.values}) > 1:
        return stretch
    return Stretch(True, stretch.values)


def _without_chance(found: list[Stretch]) -> list[Stretch]:
    """Make one slot of two where what stands between is little, and no more than each of them holds.

    After the semantic cleanup of Google's diff-match-patch. What touches a slot of figures alone stays (the
    unit behind a figure, the words before it), unless figures and all are little between two longer slots.
    """
    kept: list[Stretch] = []
    last: int | None = None  # where in kept the last slot of words is
    for stretch in found:
        kept.append(stretch)
        if stretch.common or stretch.figure:
            continue
        while last is not None and _is_chance(kept[last], kept[last + 1 : -1], kept[-1]):
            kept[last:] = [_one(kept[last:])]
            last = next((n for n in reversed(range(last)) if not kept[n].common and not kept[n].figure), None)
        last = len(kept) - 1
    return kept


def _is_chance(left: Stretch, between: Sequence[Stretch], right: Stretch) -> bool:
    members = len(left.values)
    letters = sum(stretch.letters if stretch.common else members for stretch in between)
    if all(stretch.common for stretch in between):
        text = "".join(stretch.values[0] for stretch in between)
        if not letters or text.strip() == "的":
            return True
    return letters <= _CHANCE * members and letters <= left.letters and letters <= right.letters


def _renumbered(found: Sequence[Stretch]) -> list[Stretch]:
    """Let added lines begin where a line begins, also where that changes the number of the next one.

    （四【）防火。⏎（五】）宣传 becomes 【（四）防火。⏎】（【五】）宣传, with 四 for those without the line.
    """
    kept: list[Stretch] = []
    for stretch in found:
        if stretch.common or not any("\n" in value for value in stretch.values):
            kept.append(stretch)
            continue
        start = len(kept)
        while start and len(kept) - start < _NUMBER and "\n" not in kept[start - 1].values[0]:
            start -= 1
        heads = tuple(map("".join, zip(*(s.values for s in kept[start:]), strict=True)))
        ends = [value.rpartition("\n") for value in stretch.values]
        if (
            start < len(kept)
            and all(bool(end[1]) == bool(value) for end, value in zip(ends, stretch.values, strict=True))
            and all(s.common for s in kept[start:])
            and all(_is_number(head) for head in heads)
            and all(_is_number(end[2]) for end in ends if end[1])
        ):
            lines = tuple(
                head + end[0] + end[1] if end[1] else "" for head, end in zip(heads, ends, strict=True)
            )
            numbers = tuple(end[2] if end[1] else head for head, end in zip(heads, ends, strict=True))
            kept[start:] = [Stretch(False, lines)]
            before = int(len({number[0] for number in numbers}) == 1 and not numbers[0][0].isalnum())
            after = int(len({number[-1] for number in numbers}) == 1 and not numbers[0][-1].isalnum())
            kept.append(Stretch(True, tuple(number[:before] for number in numbers)))
            inner = tuple(number[before : len(number) - after] for number in numbers)
            kept.append(Stretch(len(set(inner)) == 1, inner, Slot(inner).is_figure))
            kept.append(Stretch(True, tuple(number[len(number) - after :] for number in numbers)))
        else:
            kept.append(stretch)
    return [stretch for stretch in kept if any(stretch.values)]


def _is_number(text: str) -> bool:
    """Whether this is the beginning of a numbered line: （四 or 12."""
    return re.fullmatch(r"[（(第]?(?:[一二三四五六七八九十]{1,3}|[0-9]{1,2})[）)、.．]?", text) is not None
