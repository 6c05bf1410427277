"""From tokens to a tree of nodes, by recursive descent.

::

    query  = any
    any    = all { "|" all }
    all    = { unary }                 every one of them
    unary  = "-" unary | field value | quoted | "(" any ")" | text
"""

from __future__ import annotations

import re
from itertools import pairwise

from indexer.analysis.dictionary import EMPTY, Lexicon
from indexer.analysis.normalise import normalise
from indexer.model import PARTS, TOPICS
from indexer.query.lexer import Token, tokenize
from indexer.query.nodes import (
    And,
    Everything,
    InField,
    Node,
    Not,
    Or,
    PartIs,
    Phrase,
    Preferring,
    TopicIs,
    Word,
    Years,
)

_YEARS = re.compile(r"(\d{4})年?|(\d{4})?年?\s*(?:\.\.|-|~|～|—|至|到)\s*(\d{4})?年?")


def parse(query: str, lexicon: Lexicon = EMPTY) -> Node:
    """Return the tree for a query; :class:`Everything` for an empty one. Never raises.

    ``lexicon`` holds the office's own words and synonyms.
    """
    tokens = tokenize(query)
    node = _Parser(tokens, lexicon).any()
    if node is None and [token.text for token in tokens] == ["OR"]:
        node = words_of(query, lexicon)  # alone it is a word
    node = node or Everything()
    return _preferring(node, tokens, lexicon)


def _preferring(node: Node, tokens: list[Token], lexicon: Lexicon) -> Node:
    """A query of nothing but words (fields and exclusions aside), with the runs that it prefers."""
    if not isinstance(node, And) or any(t.kind in ("or", "(", "quoted") for t in tokens):
        return node
    typed = [
        t.text
        for before, t in pairwise([None, *tokens])
        if t is not None and t.kind == "text" and (before is None or before.kind not in ("field", "not"))
    ]
    whole = normalise(" ".join(typed))
    words = [w for w in lexicon.cut(whole) if any(c.isalnum() for c in w)]
    if len(words) < 2:
        return node
    pairs = tuple(dict.fromkeys(normalise(f"{a} {b}") for a, b in pairwise(words)))
    return Preferring(node, whole, pairs if len(words) > 2 else ())


class _Parser:
    def __init__(self, tokens: list[Token], lexicon: Lexicon) -> None:
        self.tokens = tokens
        self.lexicon = lexicon
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
            return _field(token.text, self._take(), self.lexicon)
        if token.kind == "quoted":
            run = normalise(token.text)
            return Phrase(run) if run else None
        if token.kind == "(":
            inside = self.any()
            if self._peek() == ")":
                self._take()
            return inside
        return words_of(token.typed or token.text, self.lexicon)


def _is_sign(node: Node) -> bool:
    return isinstance(node, Word) and not any(c.isalnum() for c in node.runs[0])


def words_of(text: str, lexicon: Lexicon = EMPTY) -> Node | None:
    """Every word of ``text``; a text without any (punctuation) as it stands; None if it is empty."""
    run = normalise(text)
    words = tuple(dict.fromkeys(lexicon.cut(run)))
    if len(words) > 1:
        return And(tuple(Word(lexicon.runs(w)) for w in words))
    if words:
        return Word(lexicon.runs(words[0]))
    return Word((run,)) if run else None


def _field(name: str, value: Token, lexicon: Lexicon) -> Node | None:
    run = normalise(value.text)
    if name == "year":
        years = _YEARS.fullmatch(run)
        if years and any(years.groups()):
            single, first, last = (int(g) if g else None for g in years.groups())
            if single is not None:
                return Years(single, single)
            if first is not None and last is not None and first > last:
                return Years(last, first)
            return Years(first, last)
    elif name == "part" and run in PARTS:
        return PartIs(run)
    elif name == "topic" and run in TOPICS:
        return TopicIs(run)
    elif name in ("title", "heading", "unit", "file") and run:
        return InField(name, run)  # type: ignore[arg-type]  # the four names just tested
    return words_of(value.text, lexicon)
