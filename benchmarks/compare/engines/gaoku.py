"""Gaoku's default engine, asked as the page asks it: parsed queries, ranking, exact totals and facets."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

from benchmarks.compare.engines import Answer, Engine, Facets
from benchmarks.compare.queries import Filtered
from benchmarks.compare.texts import Text
from indexer import __version__
from indexer.analysis.bulk_normalise import normalise_all
from indexer.analysis.bulk_words import count_words
from indexer.analysis.version import analysis
from indexer.engines.base import Filters, Found, Reader
from indexer.engines.whoosh import WhooshEngine
from indexer.model import IndexMeta
from indexer.pools import Pool
from indexer.query.parser import parse
from indexer.snippets import make_snippets


class Gaoku:
    """Engine: see :class:`benchmarks.compare.engines.Engine`."""

    name = "Gaoku"
    shortest = 1
    notes: ClassVar[dict[str, str]] = {
        "word": "Gaoku counts facets with every answer, asked for or not.",
    }

    def __init__(self) -> None:
        self._engine = WhooshEngine()
        self._reader: Reader

    def versions(self) -> dict[str, str]:
        made_with = ", ".join(f"{name} {value}" for name, value in sorted(analysis().items()))
        return {
            "Gaoku": f"{__version__} ({made_with})",
            "OpenCC": version("opencc"),
            "numpy": version("numpy"),
        }

    def warm_up(self) -> None:
        count_words(normalise_all(["园区"]))
        # The process whose copies tokenise: an index run has it from reading files, before it writes.
        pool = Pool(1, 1 << 30)
        pool.result(pool.start(len, "", seconds=60.0))
        pool.close()

    def build(self, text: Text, directory: Path) -> None:
        writer = self._engine.writer(directory)
        for entry, reports in text.files:
            writer.put(entry, reports)
        writer.commit(IndexMeta(analysis=analysis()))

    def open(self, text: Text, directory: Path) -> None:
        self._numbers = {row.section: row.number for row in text.rows}
        self._reader = self._engine.reader(directory)

    def words(self, words: Sequence[str]) -> Answer:
        return self._answer(self._search(" ".join(words)))

    def phrase(self, phrase: str) -> Answer:
        return self._answer(self._search(f"“{phrase}”"))

    def filtered(self, question: Filtered) -> tuple[Answer, Facets]:
        found = self._search(question.word, Filters(years=question.years, parts=(question.part,)))
        facets = found.facets
        return self._answer(found), {
            "year": dict(facets.year),
            "part": dict(facets.part),
            "topic": dict(facets.topic),
        }

    def snippets(self, word: str) -> list[str]:
        node = parse(word)
        made = []
        for hit in self._reader.search(node, Filters(), "relevance", 0, 10).hits:
            filed = self._reader.section(hit.section_id)
            assert filed is not None
            made.append("…".join(s.text for s in make_snippets(filed, node).snippets))
        return made

    def rows(self, phrase: str) -> set[int]:
        found = self._search(f"“{phrase}”", limit=len(self._numbers))
        return {self._numbers[hit.section_id] for hit in found.hits}

    def close(self) -> None:
        self._reader.close()

    def _search(self, query: str, filters: Filters | None = None, limit: int = 10) -> Found:
        return self._reader.search(parse(query), filters or Filters(), "relevance", 0, limit)

    def _answer(self, found: Found) -> Answer:
        return Answer(found.total, tuple(self._numbers[hit.section_id] for hit in found.hits))


def make() -> Engine:
    """The engine."""
    return Gaoku()
