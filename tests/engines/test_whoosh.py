"""The default engine; and what becomes of an index whose files are damaged."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from indexer.engines.base import Filters
from indexer.engines.whoosh import WhooshEngine
from indexer.errors import CorruptIndexError
from indexer.model import report_id, section_id
from indexer.query.nodes import Everything, InField, Node, PartIs, Phrase, TopicIs, Word, Years

from .conformance import CORPUS, META, A, B, EngineConformance, build, entry


class TestWhoosh(EngineConformance):
    @pytest.fixture
    def engine(self) -> WhooshEngine:
        return WhooshEngine()


QUERIES: tuple[Node, ...] = (
    Everything(),
    Phrase("招商引资"),
    Phrase("商"),
    Word(("招商",)),
    InField("title", "工作总结"),
    InField("unit", "经开"),
    InField("file", "园区/a"),
    InField("heading", "招商"),
    Years(2020, 2020),
    PartIs("总结"),
    TopicIs("招商引资"),
)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of several updates, with postings in many blocks and one file replaced."""
    directory = tmp_path / "index"
    engine = WhooshEngine()
    build(engine, directory, CORPUS)
    for digest in ("second", "third"):
        writer = engine.writer(directory)
        writer.put(entry(B, CORPUS[A], digest), CORPUS[A])
        writer.commit(META)
    return directory


def answers(directory: Path) -> list[Any]:
    """All that an index holds and finds."""
    reader = WhooshEngine().reader(directory)
    try:
        reports = list(reader.reports())
        return [
            reader.meta,
            dict(reader.files()),
            reader.counts(),
            reports,
            [reader.report(filed.report_id) for filed in reports],
            [reader.section(f"{filed.report_id}-1") for filed in reports],
            [reader.search(q, Filters(), sort, 0, 100) for q in QUERIES for sort in ("relevance", "newest")],
        ]
    finally:
        reader.close()


def check_damaged(directory: Path) -> None:
    """A damaged index answers, or says that it is damaged and how to mend it; ``verify`` never fails."""
    try:
        answers(directory)
    except CorruptIndexError as error:
        assert "gaoku index --rebuild" in str(error)
    problems = WhooshEngine().verify(directory)
    assert all(isinstance(problem, str) and problem for problem in problems)


def files_of(directory: Path) -> list[Path]:
    """The files that hold the index, in an order that random names do not change."""
    paths = [path for path in directory.iterdir() if path.stat().st_size]
    return sorted(paths, key=lambda path: (path.suffix, path.stat().st_size))


Damage = Callable[[bytearray, random.Random], None]


def flip(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def flip_many(data: bytearray, chance: random.Random) -> None:
    for _ in range(20):
        flip(data, chance)


def truncate(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def blank(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    end = min(len(data), start + 512)
    data[start:end] = bytes(end - start)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("damage", [flip, flip_many, truncate, blank])
def test_damaged_bytes(index: Path, damage: Damage, seed: int) -> None:
    whole = answers(index)
    chance = random.Random(f"{damage.__name__} {seed}")
    for path in files_of(index):
        kept = path.read_bytes()
        for _ in range(3):
            data = bytearray(kept)
            damage(data, chance)
            path.write_bytes(data)
            check_damaged(index)
        path.write_bytes(kept)
    assert answers(index) == whole


def test_files_that_are_gone_or_empty(index: Path) -> None:
    whole = answers(index)
    for path in files_of(index):
        kept = path.read_bytes()
        for gone in (True, False):
            path.unlink(missing_ok=True)
            if not gone:
                path.touch()
            if path.suffix in (".seg", ".toc"):
                with pytest.raises(CorruptIndexError):
                    answers(index)
            else:
                assert answers(index) == whole
            if not (gone and path.name == "checksums.json"):  # one that a kill left unwritten is no damage
                assert WhooshEngine().verify(index)
        path.write_bytes(kept)
    assert answers(index) == whole


def test_blocks_of_postings_that_are_none(index: Path) -> None:
    """Whoosh's own error on a block without its tag, W3Bl, is ours too."""
    damaged = [path for path in files_of(index) if b"W3Bl" in path.read_bytes()]
    assert damaged
    for path in damaged:
        path.write_bytes(path.read_bytes().replace(b"W3Bl", b"Z3Bl"))
    with pytest.raises(CorruptIndexError):
        answers(index)
    assert WhooshEngine().verify(index)


def put_altered(directory: Path, alter: Callable[[dict[str, Any]], None], kind: str = "section") -> None:
    """Put the first file once more, each document of a kind altered on its way into Whoosh."""
    update = WhooshEngine().writer(directory)
    add = update._writer.add_document

    def add_altered(**values: Any) -> None:
        if values["kind"] == kind:
            alter(values)
        add(**values)

    update._writer.add_document = add_altered
    update.put(entry(A, CORPUS[A]), CORPUS[A])
    update.commit(META)


def test_putting_unaltered_is_whole(index: Path) -> None:
    put_altered(index, lambda values: None)
    assert WhooshEngine().verify(index) == []


@pytest.mark.parametrize(
    ("column", "wrong"),
    [("year", 1999), ("part", 4), ("topic", 9), ("length", 77), ("place", b"x\x0000000001\x0000000000")],
)
def test_verify_finds_columns_that_do_not_fit(index: Path, column: str, wrong: object) -> None:
    """Sorting, filters, facets and scores come from columns."""
    put_altered(index, lambda values: values.update({column: wrong}))
    assert WhooshEngine().verify(index)


@pytest.mark.parametrize(
    ("kind", "column", "wrong"),
    [
        ("report", "unit_name", "柳塘镇".encode()),
        ("report", "unit_name", b""),
        ("file", "file_type", 0),
        ("file", "file_type", 99),
        ("file", "file_type", -1),
        ("file", "place", b"x\0"),
    ],
)
def test_verify_finds_what_filters_go_by(index: Path, kind: str, column: str, wrong: object) -> None:
    put_altered(index, lambda values: values.update({column: wrong}), kind)
    assert WhooshEngine().verify(index)


@pytest.mark.parametrize("field", ["grams", "words", "heading"])
def test_verify_finds_postings_of_the_wrong_section(index: Path, field: str) -> None:
    """Each section gets the terms of the one before it, the first those of the last: the sums are right."""
    whole = answers(index)
    terms: list[Any] = []
    put_altered(index, lambda values: terms.append(values[field]))
    turned = iter([terms[-1], *terms[:-1]])
    put_altered(index, lambda values: values.update({field: next(turned)}))
    assert answers(index) != whole
    assert WhooshEngine().verify(index)


@pytest.mark.parametrize("field", ["grams", "words", "heading"])
def test_verify_finds_postings_of_terms_that_no_text_has(index: Path, field: str) -> None:
    put_altered(index, lambda values: values[field].update(["龘"]))
    assert WhooshEngine().verify(index)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_verify_finds_a_section_that_is_lost(index: Path, position: int) -> None:
    update = WhooshEngine().writer(index)
    update._writer.delete_by_term("id", section_id(report_id(A, 1), position))
    update.commit(META)
    assert WhooshEngine().verify(index)


def test_a_folder_without_an_index(tmp_path: Path) -> None:
    for directory in (tmp_path / "missing", tmp_path):
        with pytest.raises(CorruptIndexError):
            WhooshEngine().reader(directory)
        assert len(WhooshEngine().verify(directory)) == 1


def test_a_writer_on_a_damaged_index(index: Path) -> None:
    for path in index.glob("*.toc"):
        path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(CorruptIndexError):
        WhooshEngine().writer(index)


def segments(directory: Path) -> list[int]:
    """How many documents each segment has, the largest first."""
    reader = WhooshEngine().reader(directory)
    try:
        counts = [leaf.doc_count() for leaf, _ in reader._reader.leaf_readers()]
    finally:
        reader.close()
    return sorted(counts, reverse=True)


def test_many_small_updates_leave_few_segments(tmp_path: Path) -> None:
    """Each at least twice the next: so a question is put to few, and a document is seldom written anew."""
    engine = WhooshEngine()
    for turn in range(40):
        writer = engine.writer(tmp_path)
        writer.put(entry(f"{A}{turn}", CORPUS[A], f"{turn}"), CORPUS[A])
        writer.commit(META)
        counts = segments(tmp_path)
        assert all(large > 2 * small for large, small in pairwise(counts)), counts
    assert len(counts) > 1  # or each update would write the whole index
    reader = engine.reader(tmp_path)
    assert reader.counts().files == 40
    reader.close()
    assert engine.verify(tmp_path) == []


def test_what_is_deleted_leaves_the_disk(tmp_path: Path) -> None:
    engine = WhooshEngine()
    files = [f"{A}{number}" for number in range(20)]
    writer = engine.writer(tmp_path)
    for file in files:
        writer.put(entry(file, CORPUS[A], "first"), CORPUS[A])
    writer.commit(META)
    for file in files[:15]:
        writer = engine.writer(tmp_path)
        writer.drop(file)
        writer.commit(META)
    reader = engine.reader(tmp_path)
    deleted = reader._reader.doc_count_all() - reader._reader.doc_count()
    assert deleted <= reader._reader.doc_count()
    assert list(reader.files()) == sorted(files[15:])
    reader.close()
    assert engine.verify(tmp_path) == []
