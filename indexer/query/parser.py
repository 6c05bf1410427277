"""From tokens to a tree of nodes, by recursive descent.

::

    query  = any
    any    = all { "|" all }
    all    = { unary }                 every one of them
    unary  = "-" unary | field value | quoted | "(" any ")" | text
"""

from __future__ import annotations

import re

from indexer.analysis.normalise import normalise
from indexer.analysis.words import cut_words
from indexer.model import PARTS, TOPICS
from indexer.query.lexer import Token, tokenize
from indexer.query.nodes import And, Everything, InField, Node, Not, Or, PartIs, Phrase, TopicIs, Word, Years

_YEARS = re.compile(r"(\d{4})年?|(\d{4})?年?\s*(?:\.\.|-|~|～|—|至|到)\s*(\d{4})?年?")


def parse(query: str) -> Node:
    """Return the tree for a query; :class:`Everything` for an empty one. Never raises."""
    return _Parser(tokenize(query)).any() or Everything()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def _peek(self) -> str | None:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else None

    def _take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def any(self) -> Node | None:
        """``all { "|" all }``; None where nothing is asked."""
        choices = [self.all()]
        while self._peek() == "or":
            self._take()
            choices.append(self.all())
        asked = tuple(dict.fromkeys(c for c in choices if c is not None))
        return Or(asked) if len(asked) > 1 else asked[0] if asked else None

    def all(self) -> Node | None:
        """``{ unary }``"""
        wanted: list[Node] = []
        while self._peek() not in (None, "or", ")"):
            node = self.unary()
            if isinstance(node, And):
                wanted += node.children
            elif node is not None:
                wanted.append(node)
        # 招商 、 引资: a sign between words is no word; alone it is what is looked for.
        words = [node for node in wanted if not _is_sign(node)]
        asked = tuple(dict.fromkeys(words or wanted))
        return And(asked) if len(asked) > 1 else asked[0] if asked else None

    def unary(self) -> Node | None:
        negated = False
        token = self._take()
        while token.kind == "not":  # a loop: people's keys get stuck
            negated = not negated
            if self._peek() in (None, "or", ")"):
                return None
            token = self._take()
        node = self._positive(token)
        return Not(node) if negated and node is not None else node

    def _positive(self, token: Token) -> Node | None:
        """``field value | quoted | "(" any ")" | text``"""
        if token.kind == "field" and self._peek() in ("text", "quoted"):
            return _field(token.text, self._take())
        if token.kind == "quoted":
            run = normalise(token.text)
            return Phrase(run) if run else None
        if token.kind == "(":
            inside = self.any()
            if self._peek() == ")":
                self._take()
            return inside
        return words_of(token.typed or token.text)


def _is_sign(node: Node) -> bool:
    return isinstance(node, Word) and not any(c.isalnum() for c in node.runs[0])


def words_of(text: str) -> Node | None:
    """Every word of ``text``; a text without any (punctuation) as it stands; None if it is empty."""
    run = normalise(text)
    words = tuple(dict.fromkeys(cut_words(run)))
    if len(words) > 1:
        return And(tuple(Word((w,)) for w in words))
    if words:
        return Word(words)
    return Word((run,)) if run else None


def _field(name: str, value: Token) -> Node | None:
    run = normalise(value.text)
    if name == "year":
        years = _YEARS.fullmatch(run)
        if years and any(years.groups()):
            single, first, last = (int(g) if g else None for g in years.groups())
            return Years(single or first, single or last)
    elif name == "part" and run in PARTS:
        return PartIs(run)
    elif name == "topic" and run in TOPICS:
        return TopicIs(run)
    elif name in ("title", "heading", "unit", "file") and run:
        return InField(name, run)  # type: ignore[arg-type]  # the four names just tested
    return words_of(value.text)
