"""Cut what people type into tokens. Nothing is ever an error: what has no meaning here is text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["text", "quoted", "field", "not", "or", "(", ")"]

#: Field names, as typed before a colon.
FIELDS = {
    "title": "title",
    "标题": "title",
    "heading": "heading",
    "小标题": "heading",
    "year": "year",
    "年份": "year",
    "part": "part",
    "部分": "part",
    "topic": "topic",
    "主题": "topic",
    "unit": "unit",
    "单位": "unit",
    "file": "file",
    "文件": "file",
}

#: Brackets deeper than that are read flat.
MAX_DEPTH = 40

_NAMES = "|".join(sorted(FIELDS, key=len, reverse=True))
_TOKEN = re.compile(
    rf"""
      (?P<space>\s+)
    | (?P<quoted>[“”"＂][^“”"＂]*[“”"＂] | 「[^「」]*」)
    | (?P<open>[(（])
    | (?P<close>[)）])
    | (?P<or>[|｜]+ | OR(?=[\s(（"“「]|$))
    | (?P<and>AND(?=[\s(（"“「]))
    | (?P<never>NOT(?=\s+[^\s|｜)）]))
    | (?P<field>(?:{_NAMES})[:：](?=[^\s|｜)）]))
    | (?P<not>[-－](?=[^\s|｜)）\-－]))
    | (?P<text>.[^\s“”"＂「()（）|｜]*)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the query; ``text`` is what it says: without quotes; of a field, its English name.

    ``typed`` is the piece as typed, where it is read as text after all; ``start`` is where ``text`` begins in
    the query (for a field's English name, where the typed one does).
    """

    kind: Kind
    text: str
    typed: str = field(default="", compare=False)
    start: int = field(default=0, compare=False)


def tokenize(query: str) -> list[Token]:
    """Return the tokens of a query.

    A quotation mark without its partner, a bracket without its own, a field without a value: all text.
    """
    tokens: list[Token] = []
    glued = False  # whether the last token ended right here, without a space between
    for match in _TOKEN.finditer(query):
        kind, text = match.lastgroup, match.group()
        if kind == "space":
            glued = False
            continue
        if kind == "quoted":
            tokens.append(Token("quoted", text[1:-1], start=match.start() + 1))
        elif kind == "open":
            tokens.append(Token("(", text, start=match.start()))
        elif kind == "close":
            tokens.append(Token(")", text, start=match.start()))
        elif kind == "or" and (text in ("OR",) or text[0] in "|｜"):
            tokens.append(Token("or", text, start=match.start()))
        elif kind == "and" and text == "AND" and tokens and not glued:
            continue  # all is wanted anyway
        elif kind == "never" and text == "NOT" and not glued:
            tokens.append(Token("not", text, start=match.start()))
        elif kind == "field":
            tokens.append(Token("field", FIELDS[text[:-1].lower()], text, match.start()))
        elif kind == "not" and not (glued and tokens and tokens[-1].kind == "text"):
            tokens.append(Token("not", text, start=match.start()))
        else:
            tokens.append(Token("text", text, start=match.start()))
        glued = True
    return _balanced(tokens)


def _balanced(tokens: list[Token]) -> list[Token]:
    """Make text of every bracket that has no partner; leave out pairs too deep to mean anything."""
    partner: dict[int, int] = {}
    waiting: list[int] = []
    for i, token in enumerate(tokens):
        if token.kind == "(":
            waiting.append(i)
        elif token.kind == ")" and waiting:
            j = waiting.pop()
            partner[i], partner[j] = j, i
    result: list[Token] = []
    depth = 0
    for i, token in enumerate(tokens):
        if token.kind not in ("(", ")"):
            result.append(token)
        elif i not in partner:
            result.append(Token("text", token.text, start=token.start))
        else:
            depth += token.kind == "("
            if depth <= MAX_DEPTH:
                result.append(token)
            depth -= token.kind == ")"
    return result
