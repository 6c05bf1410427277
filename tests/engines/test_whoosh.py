"""The default engine; and what becomes of an index whose files are damaged."""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.analysis.code_points import Line
from indexer.analysis.normalise import normalise
from indexer.engines.base import Filters
from indexer.engines.whoosh import WhooshEngine, batches
from indexer.engines.whoosh.documents import FILE, REPORT, SECTION, Blobs
from indexer.engines.whoosh.frequencies import Frequencies
from indexer.engines.whoosh.positions import SEPARATOR, Positions
from indexer.engines.whoosh.segments import Contents
from indexer.engines.whoosh.tokenising import contents_of
from indexer.errors import CorruptIndexError
from indexer.model import Removed, Report, Section, report_id
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
    """An index of several updates, one file replaced."""
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
            if path.suffix in (".arr", ".seg", ".toc"):
                with pytest.raises(CorruptIndexError):
                    answers(index)
            else:
                assert answers(index) == whole
            if not (gone and path.name == "checksums.json"):  # one that a kill left unwritten is no damage
                assert WhooshEngine().verify(index)
        path.write_bytes(kept)
    assert answers(index) == whole


Alter = Callable[[Contents], Contents]


def put_altered(directory: Path, alter: Alter) -> None:
    """Put the first file once more, all that is made of it altered on its way to the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "contents_of", lambda *given: alter(contents_of(*given)))
        update = WhooshEngine().writer(directory)
        update.put(entry(A, CORPUS[A]), CORPUS[A])
        update.commit(META)


def with_column(name: str, kind: int, wrong: int | bytes) -> Alter:
    """Something else in a column of the documents of a kind."""

    def alter(contents: Contents) -> Contents:
        documents = contents.documents
        of_kind = documents.kinds == kind
        if isinstance(wrong, int):
            numbers = {**documents.numbers, name: np.where(of_kind, wrong, documents.numbers[name])}
            return replace(contents, documents=replace(documents, numbers=numbers))
        held = documents.bytes[name]
        values = {n: wrong if of_kind[n] else held[n] for n in range(documents.count)}
        changed = {**documents.bytes, name: Blobs.of(values, documents.count)}
        return replace(contents, documents=replace(documents, bytes=changed))

    return alter


def with_texts(field: str, change: Callable[[list[str]], list[str]]) -> Alter:
    """The postings of other texts."""

    def alter(contents: Contents) -> Contents:
        sections = [section for report in CORPUS[A] for section in report.sections]
        told = {
            "grams": [SEPARATOR.join(map(normalise, s.paragraphs)) for s in sections],
            "heading": [normalise(s.heading or "") for s in sections],
        }
        docs = contents.positions[field].docs
        texts = [text for text in told[field] if text]
        assert len(texts) == len(docs)
        changed = {**contents.positions, field: Positions.of(docs, Line.of(change(texts)))}
        return replace(contents, positions=changed)

    return alter


def test_putting_unaltered_is_whole(index: Path) -> None:
    for alter in (lambda contents: contents, with_texts("grams", list), with_texts("heading", list)):
        put_altered(index, alter)
        assert WhooshEngine().verify(index) == []


@pytest.mark.parametrize(
    ("column", "kind", "wrong"),
    [
        ("year", SECTION, 1999),
        ("year", SECTION, -1),
        ("year", SECTION, 1 << 30),
        ("part", SECTION, 4),
        ("part", SECTION, 99),
        ("topic", SECTION, 9),
        ("topic", SECTION, 99),
        ("length", SECTION, 77),
        ("length", SECTION, -1),
        ("sections", REPORT, 0),
        ("sections", REPORT, 1),
        ("sections", REPORT, 2),
        ("sections", SECTION, 1),
        ("unit_name", REPORT, "柳塘镇".encode()),
        ("unit_name", REPORT, b""),
        ("file_type", FILE, 0),
        ("file_type", FILE, 99),
        ("file_type", FILE, -1),
        ("place", FILE, b"x\0"),
        ("place", FILE, b""),
        ("place", REPORT, b"x\x0000000001\0"),
        ("place", REPORT, b""),
    ],
)
def test_verify_finds_columns_that_do_not_fit(
    index: Path, column: str, kind: int, wrong: int | bytes
) -> None:
    """Sorting, filters, facets and scores come from columns."""
    put_altered(index, with_column(column, kind, wrong))
    assert WhooshEngine().verify(index)


@pytest.mark.parametrize(
    ("column", "kind", "wrong"),
    [("sections", REPORT, 99), ("sections", REPORT, -1), ("place", SECTION, b"x\0")],
)
def test_sections_that_are_another_reports_are_not_written(
    index: Path, column: str, kind: int, wrong: int | bytes
) -> None:
    with pytest.raises(CorruptIndexError):
        put_altered(index, with_column(column, kind, wrong))


@pytest.mark.parametrize("field", ["grams", "heading"])
def test_verify_finds_postings_of_the_wrong_section(index: Path, field: str) -> None:
    """Each section gets the text of the one before it, the first that of the last: the sums are right."""
    whole = answers(index)
    put_altered(index, with_texts(field, lambda texts: [texts[-1], *texts[:-1]]))
    assert answers(index) != whole
    (problem,) = [p for p in WhooshEngine().verify(index) if p.startswith(f"field {field}:")]
    assert re.fullmatch(rf"field {field}: postings of \d+ terms are wrong, such as .+, .+, .+", problem)


@pytest.mark.parametrize("field", ["grams", "heading"])
def test_verify_finds_postings_of_terms_that_no_text_has(index: Path, field: str) -> None:
    last = []

    def change(texts: list[str]) -> list[str]:
        last.append(texts[0][-1])
        return [texts[0] + "龘", *texts[1:]]

    put_altered(index, with_texts(field, change))
    wrong = ", ".join(sorted((last[0], last[0] + "龘", "龘")))
    assert f"field {field}: postings of 3 terms are wrong, such as {wrong}" in WhooshEngine().verify(index)


@pytest.mark.parametrize(
    "change",
    [
        lambda words: replace(words, docs=words.docs + np.uint32(1)),
        lambda words: replace(words, counts=words.counts + np.uint8(1)),
        lambda words: replace(words, text=words.text[::-1]),
    ],
    ids=["documents", "counts", "words"],
)
def test_verify_finds_words_that_do_not_stand_there(
    index: Path, change: Callable[[Frequencies], Frequencies]
) -> None:
    put_altered(index, lambda contents: replace(contents, words=change(contents.words)))
    (problem,) = [p for p in WhooshEngine().verify(index) if p.startswith("field words:")]
    assert re.fullmatch(r"field words: postings of \d+ terms are wrong, such as .+, .+, .+", problem)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_verify_finds_a_section_that_is_lost(index: Path, position: int) -> None:
    reader = WhooshEngine().reader(index)
    (row,) = (n for n, i in enumerate(reader.report_ids()) if i == report_id(A, 1))
    document = int(reader.order.report_documents[row]) + 1 + position
    bases = [base for _, base in reader.leaves]
    reader.close()
    update = WhooshEngine().writer(index)
    at = bisect_right(bases, document) - 1
    update._segments[at].segment.delete_document(document - bases[at])
    update.commit(META)
    assert WhooshEngine().verify(index)


#: Two code units of one character, each on its own; names as no disk has them.
PAIR = "\ud840\udc00"


def test_text_comes_back_as_it_was_put(tmp_path: Path) -> None:
    engine = WhooshEngine()
    section = Section(PAIR, 1, (PAIR,), (f"招{PAIR}商", PAIR, "\udc80"), 2020)
    report = Report(1, PAIR, (section,), unit=PAIR, removed=(Removed(PAIR, "页眉"),))
    names = ("a\0b", "a\x0100000001\0", f"a{PAIR}", "\1", "\0")
    writer = engine.writer(tmp_path)
    for name in names:
        writer.put(entry(name, (report,)), (report,))
    writer.commit(META)
    assert engine.verify(tmp_path) == []
    reader = engine.reader(tmp_path)
    assert dict(reader.files()) == {name: entry(name, (report,)) for name in names}
    assert [(r.file, r.report) for r in reader.reports()] == [(name, report) for name in sorted(names)]
    assert reader.count(Phrase(f"招{PAIR}商"), Filters()) == len(names)
    reader.close()
    writer = engine.writer(tmp_path)
    writer.drop(names[0])
    writer.commit(META)
    assert engine.verify(tmp_path) == []


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
