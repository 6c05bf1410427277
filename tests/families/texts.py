"""Reports whose texts come back with other figures, names and words."""

from __future__ import annotations

import random
from collections.abc import Sequence

from indexer.model import Report, Section

#: Simplified and Traditional.
HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]


def distinct(count: int, first: int = 0) -> str:
    """A text of ``count`` different characters, so that it has as many shingles as it has places for them:
    Hangul syllables, no two of which normalise to the same."""
    return "".join(chr(0xAC00 + first + i) for i in range(count))


def report(*sections: Sequence[str], ordinal: int = 1) -> Report:
    """A report of sections of paragraphs."""
    return Report(ordinal, "题", tuple(Section(None, 0, (), tuple(paragraphs)) for paragraphs in sections))


def changed(text: str, chance: random.Random, most: int) -> str:
    """The text with up to ``most`` characters replaced, taken out or put in; other figures and signs."""
    characters = list(text)
    for _ in range(chance.randint(0, most)):
        at = chance.randrange(len(characters) + 1)
        how = chance.choice(["put", "take", "replace"])
        characters[at : at + (how != "put")] = [] if how == "take" else [chance.choice(HAN)]
    figures = ["×" if char == "5" and chance.random() < 0.5 else char for char in characters]
    return "".join(figures).replace("，", chance.choice(["，", "、", " ", ", "]))


def make_reports(chance: random.Random, count: int, *, templates: int = 4, most: int = 6) -> list[Report]:
    """Reports of paragraphs, most of them copies of ``templates`` texts; some are short, some are empty."""
    originals = [
        "".join(chance.choices(HAN, k=chance.choice([8, 19, 20, 21, 40, 60, 90]))) + "，完成5亿元"
        for _ in range(templates)
    ]
    reports = []
    for ordinal in range(1, count + 1):
        sections = []
        for _ in range(chance.choice([0, 1, 2, 3])):
            paragraphs = []
            for _ in range(chance.choice([0, 1, 1, 2, 3])):
                kind = chance.random()
                if kind < 0.8:
                    paragraphs.append(changed(chance.choice(originals), chance, most))
                else:
                    paragraphs.append("".join(chance.choices(HAN, k=chance.choice([0, 1, 2, 3, 30]))))
            sections.append(paragraphs)
        reports.append(report(*sections, ordinal=ordinal))
    return reports
