"""SQLite's FTS5 with its trigram tokenizer: any run of three characters or more is found by the index.

What is shorter is looked for with ``instr`` in every row, the nearest that SQLite has. There is no facet
in it either: year, part and topic of all that match are fetched and counted.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from benchmarks.compare.engines import Answer, Engine, Facets
from benchmarks.compare.queries import Filtered
from benchmarks.compare.texts import Text

_SHORTEST = 3
_SCAN = "Text of two characters cannot be asked of FTS5's trigrams; it is looked for in every row (instr)"


class Fts5:
    """Engine: see :class:`benchmarks.compare.engines.Engine`."""

    name = "SQLite FTS5 trigram"
    shortest = _SHORTEST
    notes: ClassVar[dict[str, str]] = {
        "word": f"{_SCAN}, and then comes unranked. All in words of three characters or more: next line.",
        "words": f"{_SCAN}.",
        "filtered": f"{_SCAN}. FTS5 has no facets: the columns of all that match are fetched and counted.",
        "snippets": f"{_SCAN}; its snippet is then cut with substr. Else FTS5's snippet().",
        "recall": f"{_SCAN}: these finds are the scan's, not the index's (last line).",
    }

    def __init__(self) -> None:
        if sqlite3.sqlite_version_info < (3, 34):
            raise ImportError(f"SQLite {sqlite3.sqlite_version} has no trigram tokenizer: 3.34 has")
        self._database: sqlite3.Connection

    def versions(self) -> dict[str, str]:
        return {"SQLite": sqlite3.sqlite_version}

    def warm_up(self) -> None:
        pass

    def build(self, text: Text, directory: Path) -> None:
        database = sqlite3.connect(directory / "index.sqlite")
        database.execute("CREATE VIRTUAL TABLE sections USING fts5(body, tokenize='trigram')")
        database.execute(
            "CREATE TABLE facts (number INTEGER PRIMARY KEY, year INTEGER, part TEXT, topic TEXT)"
        )
        database.executemany(
            "INSERT INTO sections (rowid, body) VALUES (?, ?)", ((r.number, r.body) for r in text.rows)
        )
        database.executemany(
            "INSERT INTO facts VALUES (?, ?, ?, ?)", ((r.number, r.year, r.part, r.topic) for r in text.rows)
        )
        database.commit()
        database.close()

    def open(self, text: Text, directory: Path) -> None:
        self._database = sqlite3.connect(directory / "index.sqlite")

    def words(self, words: Sequence[str]) -> Answer:
        where, values, order = _where(words)
        select = f"SELECT rowid FROM sections WHERE {where} {order}"
        if not order:  # all rows are read in any case: once
            found = [number for (number,) in self._database.execute(select, values)]
            return Answer(len(found), tuple(found[:10]))
        (total,) = self._database.execute(f"SELECT count(*) FROM sections WHERE {where}", values).fetchone()
        found = [number for (number,) in self._database.execute(f"{select} LIMIT 10", values)]
        return Answer(total, tuple(found))

    def phrase(self, phrase: str) -> Answer:
        return self.words((phrase,))

    def filtered(self, question: Filtered) -> tuple[Answer, Facets]:
        where, values, order = _where((question.word,))
        select = (
            "SELECT sections.rowid, year, part, topic FROM sections JOIN facts ON number = sections.rowid "
            f"WHERE {where} AND year BETWEEN ? AND ? AND part = ? {order}"
        )
        values += [*question.years, question.part]
        # One statement: with GROUP BY beside it, rows without help from the index would be read twice.
        found = self._database.execute(select, values).fetchall()
        numbers, *columns = zip(*found, strict=True) if found else ((), (), (), ())
        facets: Facets = {
            name: {value: n for value, n in Counter(column).items() if value}
            for name, column in zip(("year", "part", "topic"), columns, strict=True)
        }
        return Answer(len(numbers), numbers[:10]), facets

    def snippets(self, word: str) -> list[str]:
        where, values, order = _where((word,))
        if len(word) >= _SHORTEST:
            made = "snippet(sections, 0, '<b>', '</b>', '…', 64)"
        else:
            made = "substr(body, max(1, instr(body, ?) - 40), 120)"
            values = [word, *values]
        found = self._database.execute(f"SELECT {made} FROM sections WHERE {where} {order} LIMIT 10", values)
        return [snippet for (snippet,) in found]

    def rows(self, phrase: str) -> set[int]:
        where, values, _ = _where((phrase,))
        found = self._database.execute(f"SELECT rowid FROM sections WHERE {where}", values)
        return {number for (number,) in found}

    def close(self) -> None:
        self._database.close()


def _where(runs: Sequence[str]) -> tuple[str, list[object], str]:
    """Condition, values and order for rows with every one of the runs."""
    indexed = [f'"{run}"' for run in runs if len(run) >= _SHORTEST]
    scanned = [run for run in runs if len(run) < _SHORTEST]
    conditions = ["sections MATCH ?"] * bool(indexed) + ["instr(body, ?) > 0"] * len(scanned)
    values: list[object] = [" AND ".join(indexed)] if indexed else []
    return " AND ".join(conditions), [*values, *scanned], "ORDER BY rank" if indexed else ""


def make() -> Engine:
    """The engine."""
    return Fts5()
