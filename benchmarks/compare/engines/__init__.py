"""The engines that are compared, one module each, behind one small interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import ClassVar, Protocol

from benchmarks.compare.queries import Filtered
from benchmarks.compare.texts import Text

#: How often each value stands in the sections that match; sections without a value are left out.
Facets = dict[str, dict[int | str, int]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The ten best sections, by their rows' numbers, and how many match in all."""

    total: int
    rows: tuple[int, ...]


class Engine(Protocol):
    """What is measured: asked in one process and on one thread."""

    name: str
    #: A phrase or word shorter than that is answered without the index, by reading all the text.
    shortest: int
    #: What is to be said of a figure (a key of :data:`benchmarks.compare.report.METRICS`).
    notes: ClassVar[dict[str, str]]

    def versions(self) -> dict[str, str]:
        """What it consists of."""

    def warm_up(self) -> None:
        """Load dictionaries, which is not measured."""

    def build(self, text: Text, directory: Path) -> None:
        """Write the index into an empty folder, ready to be opened."""

    def open(self, text: Text, directory: Path) -> None:
        """Open it for the calls below. Of ``text`` only the rows' ids may be kept."""

    def words(self, words: Sequence[str]) -> Answer:
        """The sections that hold every one of the words, best first."""

    def phrase(self, phrase: str) -> Answer:
        """The sections that hold the phrase, best first."""

    def filtered(self, question: Filtered) -> tuple[Answer, Facets]:
        """The same for a word within years and part, with counts by year, part and topic."""

    def snippets(self, word: str) -> list[str]:
        """A passage with its marks for each of the ten best sections."""

    def rows(self, phrase: str) -> set[int]:
        """All sections that hold the phrase; not timed."""

    def close(self) -> None:
        """Let go of the files."""


#: For writing, of the engines that want to be told.
MEMORY_MB = 512

_MODULES = {
    "gaoku": "benchmarks.compare.engines.gaoku",
    "whoosh": "benchmarks.compare.engines.stock_whoosh",
    "fts5": "benchmarks.compare.engines.fts5",
    "tantivy": "benchmarks.compare.engines.tantivy_words",
}
NAMES = tuple(_MODULES)


def make_engine(name: str) -> Engine:
    """An engine by its name. Raises ImportError where what it needs is not installed."""
    make: Callable[[], Engine] = import_module(_MODULES[name]).make
    return make()
