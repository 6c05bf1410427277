"""It stays a Whoosh index: what Whoosh's own reader and searcher say of it is what was written."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import columns, query
from whoosh.codec.whoosh3 import W3Codec, W3Segment
from whoosh.filedb.filestore import RamStorage
from whoosh.index import open_dir
from whoosh.reading import IndexReader, SegmentReader, TermNotFound
from whoosh.searching import Searcher

from indexer.analysis.grams import count_grams
from indexer.analysis.normalise import normalise
from indexer.analysis.words import cut_words
from indexer.engines.whoosh import WhooshEngine
from indexer.engines.whoosh.codec import ArrayCodec
from indexer.engines.whoosh.documents import BYTES, NUMBERS, Blobs, Documents
from indexer.engines.whoosh.schema import schema, split_place
from indexer.file_types import FILE_TYPES, file_type
from indexer.model import PARTS, TOPICS, FileEntry, IndexMeta, Report, Section, report_id, section_id

from .strategies import FORMATS, PIECES, SOME_PARTS, SOME_TOPICS, UNITS, YEARS
from .test_same_answers import PHASES

#: Beside those that texts are made of everywhere: what no encoding has, and the ends of Unicode.
CHARACTERS = (*PIECES, "\ud800", "\udfff招", "\0", "𠀀", "\U0010ffff")
#: What must be 0 raises TermNotFound, and Whoosh passes over a segment where that happens within a query.
FIELDS = ("grams", "heading", "title", "unit", "file", "words", "kind", "id", "of_file")


def text(chance: random.Random, most: int = 8) -> str:
    return "".join(chance.choice(CHARACTERS) for _ in range(chance.randint(0, most)))


def section(chance: random.Random) -> Section:
    return Section(
        chance.choice((None, text(chance))),
        0,
        (),
        tuple(text(chance) for _ in range(chance.randint(0, 3))),
        chance.choice((None, *YEARS)),
        chance.choice(SOME_PARTS),
        chance.choice((None, *SOME_TOPICS)),
    )


def reports(chance: random.Random) -> tuple[Report, ...]:
    return tuple(
        Report(
            ordinal,
            text(chance),
            tuple(section(chance) for _ in range(chance.randint(0, 4))),
            unit=chance.choice((None, *UNITS)),
        )
        for ordinal in range(1, chance.randint(0, 2) + 1)
    )


CHANCE = random.Random(9)
FILES = {f"{CHANCE.choice('甲乙')}/招商{n}.txt": reports(CHANCE) for n in range(60)}
ENTRIES = {
    file: FileEntry(file, str(n), None, FORMATS[n % len(FORMATS)], reports=len(FILES[file]))
    for n, file in enumerate(FILES)
}


@dataclass(frozen=True)
class Document:
    """A document of the index: what must be found in it."""

    kind: str
    file: str = ""
    report: Report | None = None
    section: Section | None = None

    def count(self, field: str, term: str) -> int:
        """How often a term stands in a field of it."""
        return self.terms[field][term] if field in self.terms else 0

    @cached_property
    def terms(self) -> dict[str, Counter[str]]:
        """All terms of the fields that it has."""
        if self.section is not None:
            paragraphs = [normalise(p) for p in self.section.paragraphs]
            return {
                "grams": count_grams(paragraphs),
                "heading": count_grams([normalise(self.section.heading or "")]),
                "words": Counter(word for p in paragraphs for word in cut_words(p)),
            }
        terms = {"kind": Counter([self.kind])}
        if self.kind != "meta":
            terms["of_file"] = Counter([self.file])
        if self.report is not None:
            terms["id"] = Counter([report_id(self.file, self.report.ordinal)])
            terms["title"] = count_grams([normalise(self.report.title)])
            terms["unit"] = count_grams([normalise(self.report.unit or "")])
            terms["file"] = count_grams([normalise(self.file)])
        return terms


def documents_of(reader: IndexReader) -> list[Document]:
    """The documents as they stand, those that are deleted, too, by the column of their places."""
    found: list[Document] = []
    places = reader.column_reader("place")
    for number in range(reader.doc_count_all()):
        place = places[number]
        if len(found) > number:  # a section, which has none
            assert not place
            continue
        file, ordinal = split_place(place) if place else ("", None)
        if ordinal is not None:
            report = FILES[file][ordinal - 1]
            found.append(Document("report", file, report))
            found += [Document("section", file, None, section) for section in report.sections]
        elif file:
            found.append(Document("file", file))
        else:
            found.append(Document("meta"))
    return found


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of three segments; of the first and the second some documents are deleted."""
    engine, directory, files = WhooshEngine(), tmp_path_factory.mktemp("index"), list(FILES)
    for put, dropped, updated in (
        (files[:45], [], []),
        (files[45:57], files[3:9], []),
        (files[57:], files[50:51], files[10:12]),
    ):
        writer = engine.writer(directory)
        for file in put:
            writer.put(ENTRIES[file], FILES[file])
        for file in dropped:
            writer.drop(file)
        for file in updated:
            writer.update(ENTRIES[file])
        writer.commit(IndexMeta(updated=f"{len(put)} files"))
    return directory


@pytest.fixture(scope="module")
def searcher(directory: Path) -> Iterator[Searcher]:
    with open_dir(str(directory), schema=schema()).searcher() as searcher:
        leaves = [leaf for leaf, _ in searcher.reader().leaf_readers()]
        assert len(leaves) == 3
        assert sum(leaf.has_deletions() for leaf in leaves) == 2
        yield searcher


@pytest.fixture(scope="module")
def documents(searcher: Searcher) -> list[Document]:
    return documents_of(searcher.reader())


@pytest.fixture(scope="module")
def alive(searcher: Searcher) -> set[int]:
    return set(searcher.reader().all_doc_ids())


def terms_of(documents: list[Document], field: str) -> Counter[str]:
    """All terms of a field: in how many documents each stands."""
    return Counter(term for document in documents for term in document.terms.get(field, ()))


def utf8(terms: Any) -> list[bytes]:
    return sorted(term.encode("utf-8", "surrogatepass") for term in terms)


def test_the_documents_are_those_that_were_written(documents: list[Document], alive: set[int]) -> None:
    """Or what follows would say little."""
    left = Counter((d.kind, d.file) for n, d in enumerate(documents) if n in alive)
    kept = {file: held for n, (file, held) in enumerate(FILES.items()) if not (3 <= n < 9 or n == 50)}
    wanted = Counter({("meta", ""): 1})
    for file, held in kept.items():
        wanted["file", file] += 1
        wanted["report", file] += len(held)
        wanted["section", file] += sum(len(report.sections) for report in held)
    assert left == +wanted
    assert len(documents) > len(alive)
    assert all(len(terms_of(documents, field)) > 1 for field in FIELDS)


NOWHERE = ("龘", "龘龘", "z")


# -- searching -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", FIELDS)
def test_every_term_finds_its_documents(
    searcher: Searcher, documents: list[Document], alive: set[int], field: str
) -> None:
    for term in terms_of(documents, field):
        found = searcher.search(query.Term(field, term), limit=None)
        wanted = {n: d.count(field, term) for n, d in enumerate(documents) if n in alive}
        wanted = {n: count for n, count in wanted.items() if count}
        assert {hit.docnum: hit.score for hit in found} == wanted, term
        assert set(found.docs()) == set(wanted) == set(searcher.docs_for_query(query.Term(field, term)))


def test_a_term_that_is_nowhere(searcher: Searcher) -> None:
    for field in FIELDS:
        for term in NOWHERE:
            assert len(searcher.search(query.Term(field, term))) == 0
            assert (field, term) not in searcher.reader()
            for leaf, _ in searcher.reader().leaf_readers():
                assert (field, term) not in leaf
                with pytest.raises(TermNotFound):
                    leaf.postings(field, term)
                with pytest.raises(TermNotFound):
                    leaf.term_info(field, term)


@pytest.mark.parametrize("term", ["", "商\n"])
def test_what_is_no_term_of_characters(searcher: Searcher, term: str) -> None:
    assert b"\xe5\x95\x86\n" not in searcher.reader().lexicon("grams")
    assert ("grams", term) not in searcher.reader()


def test_a_term_that_is_nowhere_stands_there_no_times(searcher: Searcher) -> None:
    for field in FIELDS:
        for term in NOWHERE:
            assert searcher.reader().doc_frequency(field, term) == 0
            assert searcher.reader().frequency(field, term) == 0


Queries = st.SearchStrategy[query.Query]

_some = {
    "grams": ("招", "商", "招商", "商工", "a", "ab", "龘", "\0", "\ud800"),
    "words": ("招商", "招商引资", "工作", "a", "项目", "龘"),
    "heading": ("招", "工作", "a"),
    "title": ("商", "招商", "12"),
    "kind": ("file", "report", "meta"),
    "of_file": tuple(FILES)[:12],
    "id": tuple(report_id(file, 1) for file in tuple(FILES)[:12]),
}
_terms = st.sampled_from([query.Term(field, term) for field, terms in _some.items() for term in terms])


def joined(nodes: Queries) -> Queries:
    several = st.lists(nodes, min_size=1, max_size=3)
    return several.map(query.And) | several.map(query.Or)


def answer(node: query.Query, documents: list[Document], alive: set[int]) -> set[int]:
    """The documents that a query must find."""
    if isinstance(node, query.Term):
        return {n for n in alive if documents[n].count(node.fieldname, node.text)}
    if isinstance(node, query.Not):
        return alive - answer(node.query, documents, alive)
    parts = [answer(child, documents, alive) for child in node.subqueries]
    return set.intersection(*parts) if isinstance(node, query.And) else set.union(*parts)


def trees(branches: Callable[[Queries], Queries]) -> Queries:
    return st.recursive(_terms, branches, max_leaves=6)


@given(node=trees(lambda nodes: joined(nodes) | nodes.map(query.Not)))
@settings(max_examples=200, phases=PHASES)
def test_queries(searcher: Searcher, documents: list[Document], alive: set[int], node: query.Query) -> None:
    found = set(searcher.docs_for_query(node))
    if "Not(" in repr(node):
        found &= alive  # Whoosh's own gives a document that is deleted, if it is the last one
    assert found == answer(node, documents, alive)


@given(node=trees(joined))
@settings(max_examples=100, phases=PHASES)
def test_hits(searcher: Searcher, documents: list[Document], alive: set[int], node: query.Query) -> None:
    assert set(searcher.search(node, limit=None).docs()) == answer(node, documents, alive)


# -- terms ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", FIELDS)
def test_lexicon(searcher: Searcher, documents: list[Document], field: str) -> None:
    reader, terms = searcher.reader(), utf8(terms_of(documents, field))
    assert list(reader.lexicon(field)) == terms
    assert list(reader.field_terms(field)) == [reader.schema[field].from_bytes(term) for term in terms]
    for start in ("", "b", "招", "招商", "商工", "甲/招商4", "\U0010ffff"):
        after = start.encode("utf-8")
        of_field = [term for name, term in reader.terms_from(field, start) if name == field]
        assert of_field == [term for term in terms if term >= after]
        assert list(reader.expand_prefix(field, start)) == [t for t in terms if t.startswith(after)]


@pytest.mark.parametrize("field", FIELDS)
def test_what_is_known_of_each_term(searcher: Searcher, field: str) -> None:
    """As Whoosh counts: what is deleted counts until its segment is written anew."""
    for leaf, _ in searcher.reader().leaf_readers():
        own = documents_of(leaf)
        for term, frequency in terms_of(own, field).items():
            where = [n for n, document in enumerate(own) if document.count(field, term)]
            counts = [own[n].count(field, term) for n in where]
            assert (field, term) in leaf
            assert leaf.doc_frequency(field, term) == frequency == len(where)
            assert leaf.frequency(field, term) == sum(counts)
            info = leaf.term_info(field, term)
            assert (info.weight(), info.doc_frequency()) == (sum(counts), frequency)
            assert (info.min_id(), info.max_id(), info.max_weight()) == (where[0], where[-1], max(counts))


def test_numbers_over_all_segments(searcher: Searcher, documents: list[Document]) -> None:
    for field in FIELDS:
        for term, frequency in terms_of(documents, field).items():
            assert searcher.reader().doc_frequency(field, term) == frequency
            total = sum(document.count(field, term) for document in documents)
            assert searcher.reader().frequency(field, term) == total


def test_all_terms_of_a_segment(searcher: Searcher) -> None:
    for leaf, _ in searcher.reader().leaf_readers():
        own = documents_of(leaf)
        wanted = {(field, term) for field in FIELDS for term in utf8(terms_of(own, field))}
        assert Counter(leaf.all_terms()) == Counter(wanted)
        assert Counter(term for term, _ in leaf) == Counter(wanted)


def test_all_terms_of_all_segments(searcher: Searcher, documents: list[Document]) -> None:
    wanted = {(field, term) for field in FIELDS for term in utf8(terms_of(documents, field))}
    assert Counter(searcher.reader().all_terms()) == Counter(wanted)


# -- what is stored ------------------------------------------------------------------------------------


def test_columns(searcher: Searcher, documents: list[Document]) -> None:
    reader = searcher.reader()
    column = {name: list(reader.column_reader(name)) for name in (*NUMBERS, "unit_name")}
    for number, document in enumerate(documents):
        wanted: dict[str, Any] = dict.fromkeys(NUMBERS, 0) | {"unit_name": b""}
        if document.kind == "file":
            kind = ENTRIES[document.file].format
            wanted["file_type"] = FILE_TYPES.index(file_type(kind))
        if document.report is not None:
            wanted["sections"] = len(document.report.sections)
            wanted["unit_name"] = (document.report.unit or "").encode("utf-8", "surrogatepass")
        if document.section is not None:
            wanted["year"] = document.section.year or 0
            wanted["part"] = PARTS.index(document.section.part)
            wanted["topic"] = TOPICS.index(document.section.topic) + 1 if document.section.topic else 0
            wanted["length"] = document.terms["words"].total()
        assert {name: column[name][number] for name in column} == wanted, document


def test_hits_are_sorted_by_a_column(searcher: Searcher, documents: list[Document]) -> None:
    found = [hit.docnum for hit in searcher.search(query.Term("grams", "招"), limit=None, sortedby="year")]
    years = [section.year or 0 for section in (documents[n].section for n in found) if section]
    assert years == sorted(years)
    assert len(set(years)) > 1


def test_stored_fields(searcher: Searcher, documents: list[Document], alive: set[int]) -> None:
    reader = searcher.reader()
    for number, document in enumerate(documents):
        stored = reader.stored_fields(number)
        if document.kind == "section":  # with the first of some neighbours, those of all
            assert set(stored) <= {"data"}
            continue
        data = json.loads(stored["data"])
        if document.report is not None:
            assert (data["ordinal"], data["title"]) == (document.report.ordinal, document.report.title)
        elif document.kind == "file":
            assert (data["file"], data["digest"]) == (document.file, ENTRIES[document.file].digest)
        elif number in alive:
            assert data["updated"] == "3 files"
    every = dict(reader.iter_docs())
    assert every == {number: reader.stored_fields(number) for number in sorted(alive)}


# -- columns of many documents -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "short", "long", "offsets"),
    [
        (1, 0, 0, False),
        (1, 0, 255, False),
        (1, 0, 256, False),
        (1, 0, 65_536, False),
        (1 << 15, 32_767, 255, False),
        ((1 << 15) + 1, 100, 100, True),
        ((1 << 15) + 1, 32_768, 256, True),
        (70_000, 69_999, 65_536, True),
    ],
)
def test_columns_of_any_size(count: int, short: int, long: int, offsets: bool) -> None:
    """How long values are, and where they begin, is written in one byte, two or four."""
    values = [b"x"] * short + [b""] * (count - short)
    values[short] = b"y" * long
    blobs = Blobs(b"".join(values), np.array(list(map(len, values)), dtype=np.int64))
    numbers = np.arange(count, dtype=np.int32) - 3
    storage, segment = RamStorage(), W3Segment(ArrayCodec(), "MAIN")
    Documents(dict.fromkeys(NUMBERS, numbers), dict.fromkeys(BYTES, blobs)).write(storage, segment)
    assert segment.doc_count_all() == count

    def column(name: str, kind: columns.Column) -> columns.ColumnReader:
        path = W3Codec.column_filename(segment, name)
        return kind.reader(storage.open_file(path), 0, storage.file_length(path), count)

    for name in BYTES:
        read = column(name, columns.VarBytesColumn())
        assert read.had_stored_offsets == offsets
        assert list(read) == values
        assert [read[n] for n in range(0, count, 97)] == values[::97]
        assert read[short] == values[short]
    for name in NUMBERS:
        assert list(column(name, columns.NumericColumn("i"))) == numbers.tolist()
    again = Documents.read(storage, segment)
    for name, held in again.bytes.items():
        assert (held.data, held.sizes.tolist()) == (blobs.data, blobs.sizes.tolist()), name
    assert {name: n.tolist() for name, n in again.numbers.items()} == dict.fromkeys(NUMBERS, numbers.tolist())


def test_more_sections_than_a_column_has_without_offsets(tmp_path: Path) -> None:
    engine, many = WhooshEngine(), (1 << 15) + 100
    sections = tuple(
        Section(None, 0, (), ("招商" if n % 1000 else "引资",), 2000 + n % 9) for n in range(many)
    )
    writer = engine.writer(tmp_path)
    writer.put(ENTRIES[next(iter(FILES))], (Report(1, "总结", sections),))
    writer.commit(IndexMeta(updated="now"))
    with open_dir(str(tmp_path), schema=schema()).searcher() as searcher:
        (leaf,) = (leaf for leaf, _ in searcher.reader().leaf_readers())
        assert isinstance(leaf, SegmentReader)
        assert leaf.doc_count_all() == many + 3
        assert leaf.column_reader("place", translate=False).had_stored_offsets
        assert len(searcher.search(query.Term("grams", "引资"), limit=None)) == 33
        assert leaf.column_reader("place")[2] == b""
        assert [leaf.column_reader("year")[n + 2] for n in (0, many - 1)] == [2000, 2000 + (many - 1) % 9]
        assert json.loads(leaf.stored_fields(many + 2)["data"])["updated"] == "now"
    reader = engine.reader(tmp_path)
    assert reader.counts().sections == many
    for n in (0, 1, 999, 1000, 1 << 14, many - 1):
        filed = reader.section(section_id(reader.report_ids()[0], n))
        assert filed is not None
        assert filed.section == sections[n]
    reader.close()


def test_a_report_of_many_sections_is_not_read_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, many, read = WhooshEngine(), 300, []
    sections = tuple(Section(f"{n}", 1, (), ()) for n in range(many))
    writer = engine.writer(tmp_path)
    writer.put(ENTRIES[next(iter(FILES))], (Report(1, "总结", sections),))
    writer.commit(IndexMeta(updated="now"))
    stored_fields = SegmentReader.stored_fields

    def counted(leaf: SegmentReader, document: int) -> Any:
        read.append(document)
        return stored_fields(leaf, document)

    monkeypatch.setattr(SegmentReader, "stored_fields", counted)
    reader = engine.reader(tmp_path)
    assert [filed.report.sections for filed in reader.reports()] == [sections]
    reader.close()
    assert len(read) < 4 * many
