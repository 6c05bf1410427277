"""tantivy on text that rjieba has cut: words joined by spaces, split again by its whitespace tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import rjieba

from benchmarks.compare.engines import MEMORY_MB, Answer, Engine, Facets
from benchmarks.compare.queries import Filtered
from benchmarks.compare.texts import Text

# By name, for mypy runs with and without the package.
tantivy: Any = import_module("tantivy")

_HEAP = MEMORY_MB * 1_000_000  # bytes
_MOST_VALUES = 1000  # of a facet


class TantivyWords:
    """Engine: see :class:`benchmarks.compare.engines.Engine`."""

    name = "tantivy + rjieba"
    shortest = 1
    notes: ClassVar[dict[str, str]] = {
        "build": "tantivy: the cutting by rjieba is included; its one indexing thread works beside Python's.",
        "filtered": "tantivy: its facet fields are not used; counted with its terms aggregations.",
        "snippets": "tantivy's snippets show the normalised text as indexed, with spaces between words.",
    }

    def __init__(self) -> None:
        self._index: Any = None
        self._searcher: Any = None

    def versions(self) -> dict[str, str]:
        return {"tantivy": f"{version('tantivy')} (Python package)", "rjieba": version("rjieba")}

    def warm_up(self) -> None:
        rjieba.cut("园区")

    def build(self, text: Text, directory: Path) -> None:
        self._index = tantivy.Index(_schema(), path=str(directory))
        writer = self._index.writer(heap_size=_HEAP, num_threads=1)
        for row in text.rows:
            document = tantivy.Document()
            document.add_unsigned("number", row.number)
            document.add_text("body", " ".join(rjieba.cut(row.body)))
            document.add_unsigned("year", row.year)
            document.add_text("part", row.part)
            document.add_text("topic", row.topic)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def open(self, text: Text, directory: Path) -> None:
        self._schema = _schema()
        self._index = tantivy.Index.open(str(directory))
        self._searcher = self._index.searcher()

    def words(self, words: Sequence[str]) -> Answer:
        return self._search(self._all([self._run(w) for w in words]))

    def phrase(self, phrase: str) -> Answer:
        return self._search(self._run(phrase))

    def filtered(self, question: Filtered) -> tuple[Answer, Facets]:
        years = tantivy.Query.range_query(self._schema, "year", tantivy.FieldType.Unsigned, *question.years)
        part = tantivy.Query.term_query(self._schema, "part", question.part)
        query = self._all([self._run(question.word), *(_unscored(q) for q in (years, part))])
        wanted = {n: {"terms": {"field": n, "size": _MOST_VALUES}} for n in ("year", "part", "topic")}
        counted = self._searcher.aggregate(query, wanted)
        facets: Facets = {
            name: {
                (int(b["key"]) if name == "year" else b["key"]): b["doc_count"]
                for b in counted[name]["buckets"]
                if b["key"]
            }
            for name in wanted
        }
        return self._search(query), facets

    def snippets(self, word: str) -> list[str]:
        query = self._run(word)
        generator = tantivy.SnippetGenerator.create(self._searcher, query, self._schema, "body")
        found = self._searcher.search(query, 10).hits
        return [generator.snippet_from_doc(self._searcher.doc(place)).to_html() for _, place in found]

    def rows(self, phrase: str) -> set[int]:
        found = self._searcher.search(self._run(phrase), max(1, self._searcher.num_docs)).hits
        return {self._searcher.doc(place)["number"][0] for _, place in found}

    def close(self) -> None:
        self._searcher = self._index = None

    def _run(self, text: str) -> Any:
        """The words of a run of text, one behind the other."""
        words = rjieba.cut(text)
        if len(words) == 1:
            return tantivy.Query.term_query(self._schema, "body", words[0])
        return tantivy.Query.phrase_query(self._schema, "body", words)

    def _all(self, queries: Sequence[Any]) -> Any:
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, q) for q in queries])

    def _search(self, query: Any) -> Answer:
        found = self._searcher.search(query, 10, count=True)
        numbers = (self._searcher.doc(place)["number"][0] for _, place in found.hits)
        return Answer(found.count, tuple(numbers))


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("number", stored=True)
    builder.add_text_field("body", stored=True, tokenizer_name="whitespace", index_option="position")
    builder.add_unsigned_field("year", indexed=True, fast=True)
    builder.add_text_field("part", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("topic", tokenizer_name="raw", index_option="basic", fast=True)
    return builder.build()


def _unscored(query: Any) -> Any:
    return tantivy.Query.const_score_query(query, 0.0)


def make() -> Engine:
    """The engine."""
    return TantivyWords()
