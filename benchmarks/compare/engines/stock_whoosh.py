"""Whoosh as its manual and jieba's show it: a TEXT field with jieba's ChineseAnalyzer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import jieba
from jieba.analyse import ChineseAnalyzer
from whoosh import fields, query, sorting
from whoosh import index as whoosh_index
from whoosh.qparser import QueryParser

from benchmarks.compare.engines import MEMORY_MB, Answer, Engine, Facets
from benchmarks.compare.queries import Filtered
from benchmarks.compare.texts import Text


def _schema() -> fields.Schema:
    return fields.Schema(
        number=fields.STORED(),
        body=fields.TEXT(analyzer=ChineseAnalyzer(), stored=True),
        year=fields.NUMERIC(int, sortable=True),
        part=fields.ID(sortable=True),
        topic=fields.ID(sortable=True),
    )


class StockWhoosh:
    """Engine: see :class:`benchmarks.compare.engines.Engine`."""

    name = "Whoosh + jieba"
    shortest = 1
    notes: ClassVar[dict[str, str]] = {
        "recall": "Whoosh: jieba's analyser gives character offsets as positions, and the words inside a "
        "word too, so that only phrases that are one word to it can be found.",
    }

    def __init__(self) -> None:
        self._searcher: Any = None

    def versions(self) -> dict[str, str]:
        return {"whoosh3": version("whoosh3"), "jieba": version("jieba")}

    def warm_up(self) -> None:
        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()

    def build(self, text: Text, directory: Path) -> None:
        writer = whoosh_index.create_in(str(directory), _schema()).writer(limitmb=MEMORY_MB)
        for row in text.rows:
            writer.add_document(
                number=row.number, body=row.body, year=row.year, part=row.part, topic=row.topic
            )
        writer.commit()

    def open(self, text: Text, directory: Path) -> None:
        # With its schema: Gaoku has Whoosh read no pickled one (indexer/engines/whoosh/pickles.py).
        index = whoosh_index.open_dir(str(directory), schema=_schema())
        self._searcher = index.searcher()
        self._parser = QueryParser("body", index.schema)

    def words(self, words: Sequence[str]) -> Answer:
        return self._answer(self._search(" ".join(words)))

    def phrase(self, phrase: str) -> Answer:
        return self._answer(self._search(f'"{phrase}"'))

    def filtered(self, question: Filtered) -> tuple[Answer, Facets]:
        within = query.And([query.NumericRange("year", *question.years), query.Term("part", question.part)])
        groups = {name: sorting.FieldFacet(name, maptype=sorting.Count) for name in ("year", "part", "topic")}
        results = self._search(question.word, filter=within, groupedby=groups)
        return self._answer(results), {
            name: {value: n for value, n in results.groups(name).items() if value} for name in groups
        }

    def snippets(self, word: str) -> list[str]:
        return [hit.highlights("body") for hit in self._search(word)]

    def rows(self, phrase: str) -> set[int]:
        return {hit["number"] for hit in self._search(f'"{phrase}"', limit=None)}

    def close(self) -> None:
        self._searcher.close()

    def _search(self, text: str, limit: int | None = 10, **options: Any) -> Any:
        return self._searcher.search(self._parser.parse(text), limit=limit, **options)

    def _answer(self, results: Any) -> Answer:
        return Answer(len(results), tuple(hit["number"] for hit in islice(results, 10)))


def make() -> Engine:
    """The engine."""
    return StockWhoosh()
