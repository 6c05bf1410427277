"""Fields of Word documents that have no result: what a reader of the document sees in their place.

Word draws some fields from their code alone: encircled characters, fractions and the pronunciation above
Chinese characters are ``EQ`` fields. Of others without a result nothing is seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from indexer.model import Removed
from indexer.readers import symbols

CODE = "域代码 (code of a field without a result)"
PRONUNCIATION = "注音 (pronunciation above the text)"
HIDDEN = "隐藏的文字 (hidden text)"

#: Of an EQ field: how to format it all; a bracket to use; a switch or an option; a character as it is; signs.
_EQ = re.compile(
    r"\\\*[ \t]*(?:\"[^\"]*\"|[^\s\\(]*)|\\([lrb])c\\?(.)|\\([a-z]{1,2})[ \t]*(-?\d*)|\\(.)|([(),;])"
    r"|([^\\(),;]+)|\\",
    re.IGNORECASE | re.DOTALL,
)
_SWITCHES = frozenset("abdfilorsx")
_BETWEEN = {"f": "/", "r": "√", "l": ",", "a": " ", "": ","}  # what is put between operands
_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
_SYMBOL = re.compile(r"SYMBOL\s+(0x[0-9a-f]{1,6}|\d{1,7})(?:[^\"]*?\\f\s*\"([^\"]{0,80})\")?", re.IGNORECASE)
_BUTTON = re.compile(r"(?:MACRO|GOTO)BUTTON\s+\S+\s+(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(slots=True)
class _Group:
    """A switch of an EQ field whose operands are being read, or brackets ("")."""

    switch: str
    raised: bool = False
    brackets: tuple[str, str] | None = None  # where it names one or both
    operands: list[list[tuple[str, bool]]] = field(default_factory=lambda: [[]])  # texts, whether raised


def shown(code: str) -> tuple[str, tuple[Removed, ...]]:
    """What is seen of a field without a result, and what of it is to be listed as removed.

    ``code``: its code, such as ``EQ \\o\\ac(○,25)``. The text is not longer than the code.
    """
    code = code.strip()
    if re.match(r"EQ(?![a-z])", code, re.IGNORECASE):
        text, above = _equation(code[2:])
        if text.strip():
            return text, tuple(Removed(a, PRONUNCIATION) for a in above)
    if found := _SYMBOL.match(code):
        number = int(found[1], 0) if found[1][:2] in ("0x", "0X") else int(found[1] or "0", 10)
        return symbols.character(found[2] or "Symbol", number), ()
    if found := _BUTTON.match(code):
        return found[1].strip(), ()
    return "", (Removed(code, CODE),) if code else ()


def listed(found: Iterable[Removed]) -> tuple[Removed, ...]:
    """Each of these once: the same code stands in many a document a hundred times."""
    return tuple(dict.fromkeys(found))


def _equation(code: str) -> tuple[str, list[str]]:
    """The operands of an EQ field in their order, and what stands above them."""
    above: list[str] = []
    top = _Group("top")
    groups = [top]
    begun = _Group("")  # what the next bracket opens
    for bracket, sign, word, number, literal, mark, text in (m.groups("") for m in _EQ.finditer(code)):
        if bracket:
            left, right = begun.brackets or ("", "")
            begun.brackets = (
                sign if bracket in "lLbB" else left,
                _CLOSING.get(sign, sign) if bracket in "bB" else sign if bracket in "rR" else right,
            )
        elif word and word[0].lower() in _SWITCHES and (len(word) == 1 or word.lower() == "ob"):
            begun = _Group(word[0].lower())
        elif word:  # an option; ``\\up 9`` raises
            begun.raised = begun.raised or (word.lower() == "up" and number[:1] not in ("", "-", "0"))
        elif mark == "(":
            groups.append(begun)
            begun = _Group("")
        elif mark == ")" and len(groups) > 1:
            _close(groups, above)
        elif mark in (",", ";") and mark and len(groups) > 1:
            groups[-1].operands.append([])
        elif said := literal or mark or (text if len(groups) > 1 or text.strip() else ""):
            groups[-1].operands[-1].append((said, False))
    while len(groups) > 1:
        _close(groups, above)
    return "".join(text for text, _ in top.operands[0]).strip(), above


def _close(groups: list[_Group], above: list[str]) -> None:
    """End the innermost group: its text goes into the one around it."""
    group = groups.pop()
    operands = group.operands
    if group.switch == "o":  # one over the other
        raised = [o for o in operands if o and all(up for _, up in o)]
        if raised and len(raised) < sum(1 for o in operands if o):
            above += ["".join(text for text, _ in o) for o in raised]
            operands = [o for o in operands if not o or not all(up for _, up in o)]
    words = ["".join(text for text, _ in o).strip() for o in operands]
    text = _BETWEEN.get(group.switch, "").join(words)
    if group.switch == "r" and len(words) == 1:
        text = "√" + text
    elif group.switch in ("b", ""):
        left, right = group.brackets or ("(", ")")
        text = left + text + right
    groups[-1].operands[-1].append((text, group.switch == "s" and group.raised))
