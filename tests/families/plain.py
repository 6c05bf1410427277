"""The contract's template form and families once more, as plainly as possible: slow, to judge by."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from fractions import Fraction

from indexer.families.forms import Level
from indexer.model import Report

from ..analysis.plain import plain_normalise

_MASKS = "0123456789×*_□○"
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_LEAST = {"paragraph": 20, "section": 20, "report": 200}


def plain_template_form(text: str) -> str:
    """The template form of a text, a character at a time."""
    characters = list(plain_normalise(text))
    masks = [char in _MASKS for char in characters]
    start = 0
    while start < len(characters):  # runs of x that no other Latin letter touches
        end = start
        while end < len(characters) and characters[end] == "x":
            end += 1
        touching = [*characters[max(0, start - 1) : start], *characters[end : end + 1]]
        if end > start and not any(char in _LATIN for char in touching):
            masks[start:end] = [True] * (end - start)
        start = max(end, start + 1)
    masks.append(False)  # what stands behind the last
    form = ""
    at = 0
    while at < len(characters):
        if masks[at]:
            form += "0"
            while masks[at] or (characters[at : at + 1] in ([","], ["."]) and masks[at + 1]):
                at += 1
        else:
            if unicodedata.category(characters[at])[0] in "LN":
                form += characters[at]
            at += 1
    return form


def shingles(text: str) -> set[str]:
    """The set of shingles of a text's form."""
    form = plain_template_form(text)
    return {form[i : i + 3] for i in range(len(form) - 2)}


def alike(level: Level) -> Callable[[set[str], set[str]], bool]:
    """The measure of a level, exactly."""

    def sections(a: set[str], b: set[str]) -> bool:
        return Fraction(len(a & b), len(a | b)) >= Fraction(4, 5)

    def reports(a: set[str], b: set[str]) -> bool:
        return Fraction(len(a & b), min(len(a), len(b))) >= Fraction(3, 5)

    return reports if level == "report" else sections


def texts_of(reports: Sequence[Report], level: Level) -> list[str]:
    """The text of each unit."""
    if level == "report":
        return ["\n".join(p for s in report.sections for p in s.paragraphs) for report in reports]
    sections = [section for report in reports for section in report.sections]
    if level == "section":
        return ["\n".join(section.paragraphs) for section in sections]
    return [p for section in sections for p in section.paragraphs]


def plain_families(texts: Sequence[str], level: Level) -> list[int]:
    """For each text the first member of its family: every pair is compared."""
    known: dict[str, set[str]] = {text: shingles(text) for text in set(texts)}
    long = {text: len(plain_template_form(text)) >= _LEAST[level] for text in known}
    same = alike(level)
    labels = list(range(len(texts)))
    for j, other in enumerate(texts):
        for i, one in enumerate(texts[:j]):
            if labels[i] != labels[j] and long[one] and long[other] and same(known[one], known[other]):
                low, high = sorted((labels[i], labels[j]))
                labels = [low if label == high else label for label in labels]
    return labels
