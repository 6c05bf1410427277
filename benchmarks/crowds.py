"""Texts that are hard to find families among: crowds in which every pair might be alike."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.families.clusters import alike_units
from indexer.families.containment import alike_reports
from indexer.families.forms import Level, make_forms
from indexer.model import Report, Section

_HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 3_000)]


@dataclass(frozen=True)
class Crowd:
    """What is made, of which level, and in what numbers."""

    name: str
    level: Level
    make: Callable[[int, random.Random], list[Report]]
    sizes: tuple[int, ...]


def find(crowd: Crowd, count: int, seed: int) -> tuple[float, int]:
    """The processor seconds that finding families takes, once the template forms are made; how many there
    are."""
    forms = make_forms(crowd.make(count, random.Random(seed)))
    started = time.process_time()
    groups = alike_reports(forms) if crowd.level == "report" else alike_units(forms, crowd.level)
    labels = groups.labels().tolist()
    taken = time.process_time() - started
    return taken, sum(copies > 1 for copies in Counter(labels).values())


def _text(chance: random.Random, length: int) -> str:
    return "".join(chance.choices(_HAN, k=length))


def _replaced(text: str, chance: random.Random, count: int) -> str:
    characters = list(text)
    for place in chance.sample(range(len(text)), count):
        characters[place] = chance.choice(_HAN)
    return "".join(characters)


def _report(paragraphs: Sequence[str], ordinal: int) -> Report:
    return Report(ordinal, "题", (Section(None, 0, (), tuple(paragraphs)),))


def _near_identical_reports(count: int, chance: random.Random) -> list[Report]:
    text = _text(chance, 4_000)
    return [_report([_replaced(text, chance, 20)], n) for n in range(1, count + 1)]


def _half_alike_reports(count: int, chance: random.Random) -> list[Report]:
    common = _text(chance, 2_000)
    return [_report([common, _text(chance, 2_000)], n) for n in range(1, count + 1)]


def _compilations(count: int, chance: random.Random) -> list[Report]:
    stock = [_text(chance, 100) for _ in range(200)]
    return [_report(chance.sample(stock, 100), n) for n in range(1, count + 1)]


def _small_reports(count: int, chance: random.Random) -> list[Report]:
    words = [_text(chance, chance.choice((2, 2, 3))) for _ in range(5_000)]

    def drawn() -> str:
        return "".join(words[int(len(words) * chance.random() ** 2)] for _ in range(120))

    return [_report([drawn()], n) for n in range(1, count + 1)]


def _near_identical(count: int, chance: random.Random) -> list[Report]:
    text = _text(chance, 100)
    return [_report([_replaced(text, chance, 1) for _ in range(count)], 1)]


def _half_alike(count: int, chance: random.Random) -> list[Report]:
    common = _text(chance, 80)
    return [_report([common + _text(chance, 20) for _ in range(count)], 1)]


def _scattered(count: int, chance: random.Random) -> list[Report]:
    text = _text(chance, 100)
    return [_report([_replaced(text, chance, 4) for _ in range(count)], 1)]


def _filled(count: int, chance: random.Random) -> list[Report]:
    parts = [_text(chance, 12) for _ in range(6)]
    names = [_text(chance, 3) for _ in range(40)]
    copies = ["".join(part + chance.choice(names) for part in parts) for _ in range(count)]
    return [_report(copies, 1)]


def _patched(count: int, chance: random.Random) -> list[Report]:
    parts = [_text(chance, 12) for _ in range(30)]

    def patched() -> str:
        return "".join(_text(chance, 2) if chance.random() < 0.2 else part for part in parts)

    return [_report([patched() for _ in range(count)], 1)]


_REPORTS, _PARAGRAPHS = (500, 1_000, 2_000), (4_000, 8_000, 16_000)
CROWDS = (
    Crowd("Reports of 4,000 characters, 20 of them replaced", "report", _near_identical_reports, _REPORTS),
    Crowd("Reports of 4,000 characters, the first half the same", "report", _half_alike_reports, _REPORTS),
    Crowd("Reports of 100 paragraphs drawn from the same 200", "report", _compilations, _REPORTS),
    Crowd("Different reports of 120 words", "report", _small_reports, (5_000, 10_000, 20_000)),
    Crowd("Paragraphs of 100 characters, one replaced", "paragraph", _near_identical, _PARAGRAPHS),
    Crowd("Paragraphs of 100 characters, the last 20 others", "paragraph", _half_alike, _PARAGRAPHS),
    Crowd("Paragraphs of 100 characters, four replaced", "paragraph", _scattered, _PARAGRAPHS),
    Crowd("Paragraphs with six slots, filled from 40 names", "paragraph", _filled, _PARAGRAPHS),
    Crowd("Paragraphs of 30 parts, one in five replaced", "paragraph", _patched, _PARAGRAPHS),
)
