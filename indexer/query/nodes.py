"""The query tree: what an engine is asked. Every run in it is normalised and not empty.

A *run* is a stretch of characters that must stand somewhere, letter for letter, in normalised text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

FieldName: TypeAlias = Literal["title", "heading", "unit", "file"]


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches every section."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word outside quotes: one of ``runs`` (the word, then its synonyms) stands as a run of characters in
    the section's paragraphs or own heading, or in its report's title."""

    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A quoted phrase: ``run`` stands within one paragraph or the own heading of the section, or, for the
    section at position 0, in the report's title."""

    run: str


@dataclass(frozen=True, slots=True)
class InField:
    """``run`` stands in the report's title, unit or file, or in the section's own heading."""

    field: FieldName
    run: str


@dataclass(frozen=True, slots=True)
class Years:
    """The section's year lies between ``first`` and ``last``, both included (None: open)."""

    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class PartIs:
    """The section is for this part."""

    part: str


@dataclass(frozen=True, slots=True)
class TopicIs:
    """The section is about this topic."""

    topic: str


@dataclass(frozen=True, slots=True)
class And:
    """Every child matches."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One child at least matches."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The child does not match."""

    child: Node


@dataclass(frozen=True, slots=True)
class Preferring:
    """Matches what ``child`` matches. For the rank, sections that hold ``whole`` (the query's words as they
    were typed, one run) come first, and each of ``pairs`` (two words in a row) that stands there counts as a
    phrase.
    """

    child: Node
    whole: str
    pairs: tuple[str, ...] = ()


Node: TypeAlias = (
    Everything | Word | Phrase | InField | Years | PartIs | TopicIs | And | Or | Not | Preferring
)
#: Leaves that stand somewhere in the text, can be marked and count for the rank.
TextLeaf: TypeAlias = Word | Phrase | InField


def text_leaves(node: Node) -> Iterator[TextLeaf]:
    """Yield the leaves with text that a match may contain, in order; what is under a Not is left out."""
    if isinstance(node, Word | Phrase | InField):
        yield node
    elif isinstance(node, And | Or):
        for child in node.children:
            yield from text_leaves(child)
    elif isinstance(node, Preferring):
        yield from text_leaves(node.child)


def preferences(node: Node) -> tuple[str | None, tuple[str, ...]]:
    """The whole run and the pairs that a query prefers; None and nothing if it prefers none."""
    return (node.whole, node.pairs) if isinstance(node, Preferring) else (None, ())
