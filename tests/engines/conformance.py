"""The suite that every engine passes. A subclass gives the fixture ``engine``; see test_scan.py.

The corpus below is read like a table: six sections in two files, and a query for each kind of node with the
sections that it must find. Sections are named by file, ordinal and position: ``a1.0``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.engines import ranking
from indexer.engines.base import Counts, Engine, Facets, Filters, Found, Hit, Reader, Sort, YearCount, Yearly
from indexer.model import (
    FiledReport,
    FiledSection,
    FileEntry,
    Folder,
    IndexMeta,
    Removed,
    Report,
    Section,
    Stamp,
    report_id,
    section_id,
)
from indexer.query.nodes import (
    And,
    Everything,
    InField,
    Node,
    Not,
    Or,
    PartIs,
    Phrase,
    TopicIs,
    Word,
    Years,
)

A, B = "园区/a.txt", "园区/b.txt"

CORPUS: dict[str, tuple[Report, ...]] = {
    A: (
        Report(
            1,
            "2019年工作总结",
            (
                Section(None, 0, (), ("全年招商引资到位资金12.5亿元。", "产业發展稳中向好。"), 2019, "总结"),
                Section(
                    "一、招商引資。", 1, ("一、招商引資。",), ("新签项目８个",), 2019, "总结", "招商引资"
                ),
                Section("二、下一步", 1, ("二、下一步",), ("安全生产", "抓招商"), 2020, "计划", "安全生产"),
            ),
            unit="澄川经开区",
            year=2019,
        ),
        Report(
            2,
            "招商简报",
            (Section(None, 0, (), ("New  York\n客商来访", ""), None, "其他", "招商引资"),),
        ),
    ),
    B: (
        Report(
            1,
            "2020年工作总结",
            (
                Section("存在问题", 1, ("存在问题",), (), 2020, "问题"),
                Section("其中", 2, ("存在问题", "其中"), ("招商。引资不足",), 2020, "问题", "招商引资"),
            ),
            unit="柳塘镇",
            year=2020,
        ),
    ),
}
META = IndexMeta(
    "2025-01-02T03:04:05+00:00", (Folder("园区", "/数据/园区"),), {"analysis": "1", "jieba": "x"}
)
#: Words in the paragraphs of each section, as jieba cuts them.
LENGTHS = {"a1.0": 11, "a1.1": 4, "a1.2": 4, "a2.0": 4, "b1.0": 0, "b1.1": 3}
NAMES = {
    section_id(report_id(file, report.ordinal), n): f"{file[-5]}{report.ordinal}.{n}"
    for file, reports in CORPUS.items()
    for report in reports
    for n in range(len(report.sections))
}
ALL = "a1.0 a1.1 a1.2 a2.0 b1.0 b1.1"


def w(*runs: str) -> Node:
    return Word(runs)


#: query, the sections it finds in reading order, why
SEARCHES: list[tuple[Node, str, str]] = [
    (Everything(), ALL, "everything"),
    (w("招商引资"), "a1.0 a1.1", "text, heading; not across a full stop"),
    (w("招商"), "a1.0 a1.1 a1.2 a2.0 b1.1", "in longer words and in the title too"),
    (w("项"), "a1.1", "one character"),
    (w("商引"), "a1.0 a1.1", "no word of jieba's"),
    (w("工作总结"), "a1.0 a1.1 a1.2 b1.0 b1.1", "the title counts for every section"),
    (w("无此", "客商"), "a2.0", "a synonym"),
    (w("无此"), "", "nowhere"),
    (w("澄川"), "", "the unit is not text"),
    (w("园区"), "", "the file's name is not text"),
    (Phrase("招商引资"), "a1.0 a1.1", "exact"),
    (Phrase("产业发展"), "a1.0", "Traditional in the text"),
    (Phrase("项目8个"), "a1.1", "full width in the text"),
    (Phrase("12.5"), "a1.0", "a figure"),
    (Phrase("2.5亿元"), "a1.0", "part of a figure"),
    (Phrase("new york客商"), "a2.0", "white space"),
    (Phrase("安全生产抓招商"), "", "not across two paragraphs"),
    (Phrase("下一步安全生产"), "", "not from the heading into the text"),
    (Phrase("工作总结"), "a1.0 b1.0", "the title at position 0 only"),
    (Phrase("存在问题"), "b1.0", "the own heading, not the parent's"),
    (Phrase("商"), "a1.0 a1.1 a1.2 a2.0 b1.1", "one character"),
    (Phrase("招商引资引资"), "", "its grams are there, it is not"),
    (InField("title", "工作总结"), "a1.0 a1.1 a1.2 b1.0 b1.1", "title"),
    (InField("title", "招商"), "a2.0", "title, not text"),
    (InField("heading", "招商"), "a1.1", "heading, not text or title"),
    (InField("heading", "存在问题"), "b1.0", "own heading"),
    (InField("unit", "经开"), "a1.0 a1.1 a1.2", "unit"),
    (InField("unit", "柳塘镇"), "b1.0 b1.1", "unit"),
    (InField("file", "a.txt"), "a1.0 a1.1 a1.2 a2.0", "file"),
    (InField("file", "园区/"), ALL, "folder"),
    (Years(2019, 2019), "a1.0 a1.1", "a year"),
    (Years(2020, None), "a1.2 b1.0 b1.1", "from a year"),
    (Years(None, 2019), "a1.0 a1.1", "up to a year"),
    (Years(None, None), "a1.0 a1.1 a1.2 b1.0 b1.1", "any year"),
    (Years(2020, 2019), "", "no year lies there"),
    (PartIs("问题"), "b1.0 b1.1", "part"),
    (TopicIs("招商引资"), "a1.1 a2.0 b1.1", "topic"),
    (TopicIs("疫情防控"), "", "a topic that nothing has"),
    (And((w("招商"), Years(2020, 2020))), "a1.2 b1.1", "and"),
    (And((w("招商"), w("无此"))), "", "and, one missing"),
    (And((w("招商"),)), "a1.0 a1.1 a1.2 a2.0 b1.1", "and of one"),
    (Or((Phrase("客商"), Phrase("存在问题"))), "a2.0 b1.0", "or"),
    (Or((w("无此"), w("不存"))), "", "or, none there"),
    (Not(w("招商")), "b1.0", "not"),
    (Not(Everything()), "", "not everything"),
    (Not(Not(PartIs("计划"))), "a1.2", "not not"),
    (And((w("招商"), Not(PartIs("总结")))), "a1.2 a2.0 b1.1", "without"),
    (Or((And((PartIs("总结"), w("项目"))), Not(Years(None, None)))), "a1.1 a2.0", "all together"),
]

FILTERS: list[tuple[Filters, str]] = [
    (Filters(), ALL),
    (Filters(years=(2020, 2020)), "a1.2 b1.0 b1.1"),
    (Filters(years=(None, 2019)), "a1.0 a1.1"),
    (Filters(years=(2020, None)), "a1.2 b1.0 b1.1"),
    (Filters(years=(None, None)), "a1.0 a1.1 a1.2 b1.0 b1.1"),
    (Filters(parts=("总结",)), "a1.0 a1.1"),
    (Filters(parts=("计划", "其他")), "a1.2 a2.0"),
    (Filters(topics=("招商引资",)), "a1.1 a2.0 b1.1"),
    (Filters(topics=("招商引资", "安全生产")), "a1.1 a1.2 a2.0 b1.1"),
    (Filters((2019, 2019), ("总结",), ("招商引资",)), "a1.1"),
    (Filters((2019, 2019), ("计划",), ()), ""),
    (Filters(units=("澄川经开区",)), "a1.0 a1.1 a1.2"),
    (Filters(units=("柳塘镇", "澄川经开区")), "a1.0 a1.1 a1.2 b1.0 b1.1"),
    (Filters(units=("经开",)), ""),
    (Filters(units=("",)), ""),
    (Filters(formats=("Word",)), "b1.0 b1.1"),
    (Filters(formats=("文本",)), "a1.0 a1.1 a1.2 a2.0"),
    (Filters(formats=("Word", "文本")), ALL),
    (Filters(formats=("PDF",)), ""),
    (Filters(years=(2020, 2020), units=("澄川经开区",), formats=("文本", "PDF")), "a1.2"),
    (Filters(units=("澄川经开区",), formats=("Word",)), ""),
]


#: What the files were read as.
FORMATS = {B: "docx"}


def entry(file: str, reports: tuple[Report, ...], digest: str = "d") -> FileEntry:
    return FileEntry(
        file,
        digest,
        Stamp(10, 20, 30),
        FORMATS.get(file, "text"),
        "utf-8",
        len(reports),
        sum(report.characters for report in reports),
    )


def build(engine: Engine, directory: Path, corpus: dict[str, tuple[Report, ...]]) -> Reader:
    writer = engine.writer(directory)
    for file, reports in corpus.items():
        writer.put(entry(file, reports), reports)
    writer.commit(META)
    return engine.reader(directory)


def ask(
    reader: Reader,
    query: Node | None = None,
    filters: Filters | None = None,
    sort: Sort = "relevance",
    offset: int = 0,
    limit: int = 1000,
    groups: Sequence[int] | None = None,
) -> Found:
    folding = None if groups is None else np.array(groups, dtype=np.int64)
    return reader.search(query or Everything(), filters or Filters(), sort, offset, limit, folding)


def names(found: Found) -> str:
    return " ".join(NAMES[hit.section_id] for hit in found.hits)


def held(reader: Reader) -> dict[str, list[FiledReport]]:
    """The reports of each file that a reader knows."""
    every: dict[str, list[FiledReport]] = {file: [] for file in reader.files()}
    for filed in reader.reports():
        every[filed.file].append(filed)
    return every


def filed(corpus: dict[str, tuple[Report, ...]]) -> dict[str, list[FiledReport]]:
    """The same, of what was put."""
    return {
        file: [FiledReport(report_id(file, r.ordinal), file, r) for r in reports]
        for file, reports in sorted(corpus.items())
    }


class EngineConformance:
    """What an engine must do. Subclasses give the fixture ``engine``."""

    @pytest.fixture
    def directory(self, tmp_path: Path) -> Path:
        """A folder for an index, not there yet."""
        return tmp_path / "index"

    @pytest.fixture
    def reader(self, engine: Engine, directory: Path) -> Reader:
        """A reader of CORPUS."""
        return build(engine, directory, CORPUS)

    # -- what is found -----------------------------------------------------------------------------

    @pytest.mark.parametrize(("query", "sections", "why"), SEARCHES, ids=lambda value: str(value)[:60])
    def test_each_kind_of_node(self, reader: Reader, query: Node, sections: str, why: str) -> None:
        found = ask(reader, query)
        assert sorted(names(found).split()) == sections.split(), why
        assert found.total == len(sections.split())
        assert found.reports == len({name.partition(".")[0] for name in sections.split()})

    @pytest.mark.parametrize(("filters", "sections"), FILTERS)
    def test_filters(self, reader: Reader, filters: Filters, sections: str) -> None:
        found = ask(reader, filters=filters)
        assert names(found) == sections
        assert found.total == len(sections.split())

    def test_filters_narrow_the_query(self, reader: Reader) -> None:
        assert names(ask(reader, w("客商"), Filters(parts=("总结",)))) == ""
        assert names(ask(reader, w("项目"), Filters(parts=("总结",)))) == "a1.1"

    def test_filters_leave_scores_as_they_are(self, reader: Reader) -> None:
        scores = {hit.section_id: hit.score for hit in ask(reader, w("招商")).hits}
        for hit in ask(reader, w("招商"), Filters(topics=("招商引资",))).hits:
            assert hit.score == scores[hit.section_id]

    def test_an_answer_as_a_whole(self, reader: Reader) -> None:
        """招商 in five sections of six; in one of them as part of a longer word, which counts half; one is a
        plan."""
        idf = ranking.inverse_document_frequency(5, 6)
        average = sum(LENGTHS.values()) / 6

        def score(name: str, frequency: float, heading: float, title: float) -> Hit:
            length, opening, planned = float(LENGTHS[name]), float(name[-1] == "0"), float(name == "a1.2")
            found = ranking.Evidence(frequency, heading, title, opening, 0.0)
            value = ranking.contribution(idf, found, length, average) * ranking.preference(length, planned)
            identity = next(i for i, n in NAMES.items() if n == name)
            return Hit(identity, round(value, 6), ALL.split().index(name))

        assert ask(reader, w("招商")) == Found(
            5,
            3,
            (
                score("a1.1", 0, 1, 0),
                score("b1.1", 1, 0, 0),
                score("a2.0", 0, 0, 1),
                score("a1.2", 1, 0, 0),
                score("a1.0", 0.5, 0, 0),
            ),
            Facets(
                ((2020, 2), (2019, 2)),
                (("总结", 2), ("问题", 1), ("计划", 1), ("其他", 1)),
                (("招商引资", 3), ("安全生产", 1)),
                (("澄川经开区", 3), ("柳塘镇", 1)),
                (("文本", 4), ("Word", 1)),
            ),
            5,
        )

    # -- order ---------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("sort", "sections"),
        [
            ("relevance", ALL),
            ("newest", "a1.2 b1.0 b1.1 a1.0 a1.1 a2.0"),
            ("oldest", "a1.0 a1.1 a1.2 b1.0 b1.1 a2.0"),
        ],
    )
    def test_sorts(self, reader: Reader, sort: Sort, sections: str) -> None:
        """Without a word every section has the same score; one without a year comes last."""
        found = ask(reader, sort=sort)
        assert names(found) == sections
        assert {hit.score for hit in found.hits} == {0.0}

    def test_best_first(self, reader: Reader) -> None:
        scores = [hit.score for hit in ask(reader, w("招商")).hits]
        assert scores == sorted(scores, reverse=True)
        assert scores[-1] > 0

    def best(self, engine: Engine, directory: Path, sections: tuple[Section, ...], query: Node) -> list[int]:
        """The positions of the sections of one report that match, the best first."""
        reader = build(engine, directory, {A: (Report(1, "题", sections),)})
        return [int(hit.section_id.rpartition("-")[2]) for hit in ask(reader, query).hits]

    def test_a_year_and_a_part_that_words_name(self, engine: Engine, directory: Path) -> None:
        """Sections of that year or part come first, whether they say so or not."""
        sections = tuple(
            Section(None, 0, (), ("2019年和2020年的招商问题和招商计划",), year, part)
            for year, part in ((2020, "总结"), (2019, "总结"), (2019, "问题"), (2020, "计划"))
        )
        years = And((w("招商"), w("2019")))
        assert self.best(engine, directory, sections, years) == [1, 2, 0, 3]
        assert self.best(engine, directory, sections, And((w("招商"), w("2019年")))) == [1, 2, 0, 3]
        assert self.best(engine, directory, sections, And((w("招商"), w("问题")))) == [2, 0, 1, 3]
        assert self.best(engine, directory, sections, And((w("招商"), w("计划")))) == [3, 0, 1, 2]
        assert self.best(engine, directory, sections, Phrase("2019年")) == [1, 2, 0, 3]
        assert self.best(engine, directory, sections, Phrase("和2019")) == []

    def test_of_choices_a_part_that_is_named_is_enough(self, engine: Engine, directory: Path) -> None:
        sections = tuple(Section(None, 0, (), ("招商",), 2019, part) for part in ("总结", "问题"))
        assert self.best(engine, directory, sections, Or((w("招商"), w("问题")))) == [1, 0]

    def test_a_title_is_for_the_opening(self, engine: Engine, directory: Path) -> None:
        """It counts little for the sections behind it; InField is no other."""
        section = Section(None, 0, (), ("稳中向好",))
        reader = build(
            engine, directory, {A: (Report(1, "招商", (section,) * 3), Report(2, "招商", (section,)))}
        )
        for query in (w("招商"), InField("title", "招商")):
            scores = [hit.score for hit in ask(reader, query).hits]
            assert scores[0] == scores[1] > scores[2] == scores[3] > 0

    def test_a_heading_without_text_comes_after_one_with_text(self, engine: Engine, directory: Path) -> None:
        sections = tuple(Section("招商", 1, ("招商",), text) for text in ((), ("全年开展活动12次。",)))
        assert self.best(engine, directory, sections, w("招商")) == [1, 0]

    def test_plans_come_last_unless_they_are_asked_for(self, engine: Engine, directory: Path) -> None:
        sections = tuple(Section(None, 0, (), ("招商工作计划",), 2019, part) for part in ("计划", "总结"))
        assert self.best(engine, directory, sections, w("招商")) == [1, 0]
        assert self.best(engine, directory, sections, Phrase("招商工作")) == [1, 0]
        assert self.best(engine, directory, sections, Phrase("工作计划")) == [0, 1]

    def test_sorting_by_year_keeps_the_scores(self, reader: Reader) -> None:
        by_score = ask(reader, w("招商"))
        assert set(ask(reader, w("招商"), sort="oldest").hits) == set(by_score.hits)

    @pytest.mark.parametrize("offset", [0, 1, 5, 6, 100])
    @pytest.mark.parametrize("limit", [0, 1, 4, 6, 100_000])
    @pytest.mark.parametrize("sort", ["relevance", "newest"])
    def test_pages(self, reader: Reader, sort: Sort, offset: int, limit: int) -> None:
        """A page is a stretch of the whole answer; totals and facets are those of the whole."""
        whole = ask(reader, w("招商", "问题"), sort=sort)
        page = ask(reader, w("招商", "问题"), sort=sort, offset=offset, limit=limit)
        assert page == replace(whole, hits=whole.hits[offset : offset + limit])

    def test_ties_stand_in_reading_order_however_written(self, engine: Engine, directory: Path) -> None:
        same = Section(None, 0, (), ("招商",), 2020)
        files = ["a/10.txt", "a/2.txt", "a.txt", "a/文.txt", "a/Z.txt", "a/\udcff.txt", "a/𠮷.txt", "a b.txt"]
        for file in [*files[::2], *files[1::2]]:  # several updates, none in order
            writer = engine.writer(directory)
            reports = tuple(Report(n, "题", (same,) * 12) for n in range(1, 13))
            writer.put(entry(file, reports), reports)
            writer.commit(META)
        order = [
            section_id(report_id(file, ordinal), position)
            for file in sorted(files)
            for ordinal in range(1, 13)
            for position in range(12)
        ]
        reader = engine.reader(directory)
        for sort in ("relevance", "newest", "oldest"):
            found = ask(reader, w("招商"), sort=sort, limit=10_000)
            assert [hit.section_id for hit in found.hits] == order
        assert list(reader.files()) == sorted(files)
        assert [f.file for f in reader.reports()] == [file for file in sorted(files) for _ in range(12)]

    def test_reports_stand_by_ordinal_however_given(self, engine: Engine, directory: Path) -> None:
        one, two = (Report(n, f"第{n}", (Section(None, 0, (), ("招商",)),)) for n in (1, 2))
        reader = build(engine, directory, {A: (two, one)})
        assert [f.report for f in reader.reports()] == [one, two]
        assert [hit.section_id for hit in ask(reader).hits] == [
            section_id(report_id(A, 1), 0),
            section_id(report_id(A, 2), 0),
        ]

    def test_many_sections(self, engine: Engine, directory: Path) -> None:
        """More than an index keeps in one block of postings."""
        sections = tuple(
            Section(None, 0, (), (f"第{n}段" + "招商" * (n % 3),), 2000 + n % 5) for n in range(700)
        )
        reader = build(engine, directory, {A: (Report(1, "题", sections),)})
        for query, positions in (
            (Phrase("招商"), [n for n in range(700) if n % 3]),
            (Phrase("招商招商"), [n for n in range(700) if n % 3 == 2]),
            (Years(2003, 2003), list(range(3, 700, 5))),
            (Phrase("第69段"), [69]),
        ):
            found = ask(reader, query, sort="oldest")
            ids = [section_id(report_id(A, 1), n) for n in sorted(positions, key=lambda n: (n % 5, n))]
            assert [hit.section_id for hit in found.hits] == ids
            assert found.total == len(ids)
        years = tuple((2000 + y, 140) for y in (4, 3, 2, 1, 0))
        assert ask(reader, limit=0) == Found(
            700, 1, (), Facets(years, (("其他", 700),), format=(("文本", 700),)), 700
        )

    # -- rows and groups -----------------------------------------------------------------------------

    @pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
    def test_the_row_of_a_hit_is_its_place_in_reading_order(self, reader: Reader, sort: Sort) -> None:
        for query in (Everything(), w("招商")):
            for hit in ask(reader, query, sort=sort).hits:
                assert ALL.split()[hit.row] == NAMES[hit.section_id]

    def test_rows_follow_updates(self, engine: Engine, directory: Path) -> None:
        build(engine, directory, {B: CORPUS[B]})
        assert [hit.row for hit in ask(engine.reader(directory)).hits] == [0, 1]
        build(engine, directory, {"园区/0.txt": CORPUS[B], A: CORPUS[A]})
        build(engine, directory, {"园区/0.txt": ()})
        hits = ask(engine.reader(directory)).hits
        assert [(NAMES[hit.section_id], hit.row) for hit in hits] == [
            (name, n) for n, name in enumerate(ALL.split())
        ]

    @pytest.mark.parametrize(
        ("groups", "sort", "sections"),
        [
            #  a1.0 a1.1 a1.2 a2.0 b1.0 b1.1, of 2019 2019 2020 – 2020 2020
            ([0, 1, 2, 3, 4, 5], "relevance", ALL),
            ([7, 7, 7, 7, 7, 7], "relevance", "a1.2"),
            ([7, 7, 7, 7, 7, 7], "newest", "a1.2"),
            ([7, 7, 7, 7, 7, 7], "oldest", "a1.0"),
            ([0, 1, 1, 3, 0, 0], "relevance", "b1.0 a1.2 a2.0"),
            ([0, 1, 1, 3, 0, 0], "newest", "a1.2 b1.0 a2.0"),
            ([0, 1, 1, 3, 0, 0], "oldest", "a1.0 a1.1 a2.0"),
            ([0, 1, 2, 0, 4, 5], "relevance", "a1.0 a1.1 a1.2 b1.0 b1.1"),
            ([0, 1, 2, 5, 4, 5], "oldest", "a1.0 a1.1 a1.2 b1.0 b1.1"),
            ([-1, 10**12, 10**12, 0, -1, 5], "relevance", "b1.0 a1.2 a2.0 b1.1"),
        ],
    )
    def test_of_each_group_one_hit(
        self, reader: Reader, groups: list[int], sort: Sort, sections: str
    ) -> None:
        """The newest, one without a year last, in the place of the group's first; counts stay."""
        whole, folded = ask(reader, sort=sort), ask(reader, sort=sort, groups=groups)
        assert names(folded) == sections
        assert folded == replace(whole, hits=folded.hits, shown=len(sections.split()))
        assert set(folded.hits) <= set(whole.hits)

    def test_a_group_stands_where_its_best_stands(self, reader: Reader) -> None:
        """With the score of the section that is shown, and of those alone that match."""
        whole = ask(reader, w("招商"))
        assert names(whole) == "a1.1 b1.1 a2.0 a1.2 a1.0"
        folded = ask(reader, w("招商"), groups=[2, 1, 1, 2, 2, 5])
        assert names(folded) == "a1.2 b1.1 a1.0"
        scores = {hit.section_id: hit.score for hit in whole.hits}
        assert all(hit.score == scores[hit.section_id] for hit in folded.hits)
        narrowed = ask(reader, w("招商"), Filters(years=(2019, 2019)), groups=[1, 1, 1, 1, 1, 1])
        assert (names(narrowed), narrowed.total, narrowed.shown) == ("a1.0", 2, 1)

    @pytest.mark.parametrize("offset", [0, 1, 2, 3, 100])
    @pytest.mark.parametrize("limit", [0, 1, 2, 100])
    def test_pages_of_groups(self, reader: Reader, offset: int, limit: int) -> None:
        groups = [0, 1, 1, 3, 0, 0]
        whole = ask(reader, groups=groups)
        page = ask(reader, offset=offset, limit=limit, groups=groups)
        assert page == replace(whole, hits=whole.hits[offset : offset + limit])

    # -- facets --------------------------------------------------------------------------------------

    def test_facets(self, reader: Reader) -> None:
        assert ask(reader, limit=0).facets == Facets(
            ((2020, 3), (2019, 2)),
            (("总结", 2), ("问题", 2), ("计划", 1), ("其他", 1)),
            (("招商引资", 3), ("安全生产", 1)),
            (("澄川经开区", 3), ("柳塘镇", 2)),
            (("文本", 4), ("Word", 2)),
        )
        assert ask(reader, w("无此")).facets == Facets()

    def test_topics_as_frequent_as_each_other_stand_in_the_order_of_the_list(
        self, engine: Engine, directory: Path
    ) -> None:
        topics = ("生态环保", "科技创新", "生态环保", "科技创新", "招商引资")
        sections = tuple(Section(None, 0, (), ("字",), topic=topic) for topic in topics)
        reader = build(engine, directory, {A: (Report(1, "题", sections),)})
        assert ask(reader).facets.topic == (("科技创新", 2), ("生态环保", 2), ("招商引资", 1))

    def test_units_as_frequent_as_each_other_stand_by_name(self, engine: Engine, directory: Path) -> None:
        units = ("乙局", "甲局", "丙局", None, "", "丙局")
        section = Section(None, 0, (), ("字",))
        reports = tuple(Report(n, "题", (section,), unit=unit) for n, unit in enumerate(units, 1))
        reader = build(engine, directory, {A: reports})
        assert ask(reader).facets.unit == (("丙局", 2), ("乙局", 1), ("甲局", 1))

    def test_types_of_files_stand_in_the_order_of_the_list(self, engine: Engine, directory: Path) -> None:
        """The most frequent first; whatever no one has a word for is 其他."""
        section = Section(None, 0, (), ("字",))
        writer = engine.writer(directory)
        for n, name in enumerate(("html", "pdf", "mht", "doc", None, "rtf", "hologram")):
            reports = (Report(1, "题", (section,)),)
            writer.put(replace(entry(f"园区/{n}", reports), format=name), reports)
        writer.commit(META)
        assert ask(engine.reader(directory)).facets.format == (
            ("Word", 2),
            ("网页", 2),
            ("其他", 2),
            ("PDF", 1),
        )

    def test_the_type_of_a_file_follows_an_update(self, engine: Engine, directory: Path) -> None:
        build(engine, directory, CORPUS)
        writer = engine.writer(directory)
        writer.update(replace(entry(B, CORPUS[B]), format="pdf"))
        writer.commit(META)
        reader = engine.reader(directory)
        assert ask(reader).facets.format == (("文本", 4), ("PDF", 2))
        assert names(ask(reader, filters=Filters(formats=("PDF",)))) == "b1.0 b1.1"
        assert engine.verify(directory) == []

    def test_by_year(self, reader: Reader) -> None:
        """A report counts once for each year that it has sections of."""
        assert reader.by_year(Everything(), Filters()) == Yearly(
            (YearCount(2019, 2, 1), YearCount(2020, 3, 2), YearCount(None, 1, 1)), reports=3
        )
        assert reader.by_year(w("招商"), Filters(units=("澄川经开区",))) == Yearly(
            (YearCount(2019, 2, 1), YearCount(2020, 1, 1)), reports=1
        )
        assert reader.by_year(w("无此"), Filters()) == Yearly((), reports=0)

    # -- what is kept --------------------------------------------------------------------------------

    def test_records_come_back_whole(self, engine: Engine, directory: Path) -> None:
        odd = Report(
            1,
            '"题"\n\\ \udc80 <b>&\0 None',
            (
                Section("", 3, ("上", ""), ("",), None, "其他", None),
                Section("只有小标题", 1, ("只有小标题",), ()),
                Section(None, 0, (), ("一\n二\t\r\n", '"引" “号” \'', "", "\udcff\U0001f600", " "), 2020),
                Section("甲" * 5000, 9, ("甲" * 5000,) * 9, ("乙" * 50_000,), 1949, "建议", "疫情防控"),
            ),
            "总结+计划",
            "单位",
            2019,
            (2020, 2021),
            "2020-01-31",
            (Removed("打印\n本页", "网页"), Removed("", "")),
            ocr=True,
        )
        bare = Report(2, "", ())
        empty_unit = Report(3, "None", (Section(None, 0, (), ()),), unit="", year=None)
        corpus = {
            "园区/\udce4\udcff.txt": (odd, bare, empty_unit),
            "园区/空.txt": (),
            "园区/" + "长" * 80 + "/\"引\" '号'\\.txt": (bare,),
        }
        reader = build(engine, directory, corpus)
        assert held(reader) == filed(corpus)
        assert dict(reader.files()) == {file: entry(file, reports) for file, reports in corpus.items()}
        assert reader.meta == META
        for reports in filed(corpus).values():
            for one in reports:
                assert reader.report(one.report_id) == one
                for n, section in enumerate(one.report.sections):
                    identity = section_id(one.report_id, n)
                    assert reader.section(identity) == FiledSection(
                        identity,
                        one.report_id,
                        one.file,
                        one.report.ordinal,
                        n,
                        one.report.title,
                        one.report.unit,
                        section,
                        one.report.ocr,
                    )
        assert engine.verify(directory) == []

    def test_files_come_back_whole(self, engine: Engine, directory: Path) -> None:
        entries = [
            FileEntry("a/坏.doc", "", None, failed="打不开 \udcff"),
            FileEntry("a/好.txt", "ff00", Stamp(1, 2**62, 3, settled=False), "text", "gb18030", 0, 5, None),
            FileEntry("a/警.txt", "0", Stamp(0, 0, 0), warnings=("一", "二\n"), extra="ocr"),
        ]
        writer = engine.writer(directory)
        for one in reversed(entries):
            writer.put(one, ())
        writer.commit(META)
        assert list(engine.reader(directory).files().items()) == sorted((e.file, e) for e in entries)

    def test_lone_surrogates_are_found(self, engine: Engine, directory: Path) -> None:
        reader = build(engine, directory, {"a/x\udcff.txt": CORPUS[B]})
        assert ask(reader, InField("file", "x\udcff")).total == 2
        assert ask(reader, InField("file", "x\udcfe")).total == 0

    def test_report_ids_stand_in_reading_order(self, engine: Engine, directory: Path) -> None:
        assert list(engine.reader(directory).report_ids() if engine.committed(directory) else []) == []
        for file in (B, "园区/空.txt", A):
            build(engine, directory, {file: CORPUS.get(file, ())})
        reader = engine.reader(directory)
        wanted = [report_id(file, n) for file, n in ((A, 1), (A, 2), (B, 1))]
        assert list(reader.report_ids()) == wanted == [filed.report_id for filed in reader.reports()]

    @pytest.mark.parametrize("filters", [filters for filters, _ in FILTERS])
    def test_count_and_rows_are_those_of_a_search(self, reader: Reader, filters: Filters) -> None:
        for query, _, _ in SEARCHES:
            found = ask(reader, query, filters)
            assert reader.count(query, filters) == found.total
            rows = reader.rows(query, filters)
            assert rows.dtype == np.int64
            assert rows.tolist() == sorted(hit.row for hit in found.hits)
            rows[:] = 0  # what is given away is the asker's own
            assert reader.rows(query, filters).tolist() == sorted(hit.row for hit in found.hits)

    def test_vocabulary(self, engine: Engine, directory: Path) -> None:
        """Each term with the sections that have it: words of paragraphs; grams of headings and titles too."""
        section = Section("招商", 1, ("招商",), ("招商引资", "招商"), 2019)
        reports = (Report(1, "招引", (section, Section(None, 0, (), ("ＡＢ引資",)))),)
        reader = build(engine, directory, {A: reports})
        words, grams = list(reader.vocabulary("words")), list(reader.vocabulary("grams"))
        assert len(dict(words)) == len(words)
        assert len(dict(grams)) == len(grams)
        assert {"招商引资": 1, "招商": 1}.items() <= dict(words).items()
        assert {"招": 3, "引": 3, "招商": 2, "引资": 2, "招引": 1, "商引": 1, "ab": 1}.items() <= dict(
            grams
        ).items()
        assert "A" not in dict(grams)

    def test_counts(self, reader: Reader) -> None:
        characters = sum(report.characters for reports in CORPUS.values() for report in reports)
        assert reader.counts() == Counts(files=2, reports=3, sections=6, characters=characters)

    @pytest.mark.parametrize(
        "identity",
        [
            "",
            "-",
            "-0",
            "0",
            "nosuchreport",
            "nosuchreport-0",
            "\udcff-0",
            "招商-1",
            "x" * 1000,
            "x-" + "9" * 4000,
        ],
        ids=lambda identity: ascii(identity[:20]),
    )
    def test_what_is_not_there(self, reader: Reader, identity: str) -> None:
        assert reader.report(identity) is None
        assert reader.section(identity) is None

    def test_neighbours_of_ids_that_are_there(self, reader: Reader) -> None:
        first = report_id(A, 1)
        wrong = [
            f"{first}-3",
            f"{first}-01",
            f"{first}-00",
            f"{first}--0",
            f"{first}-",
            f"{first}-{'9' * 30}",
        ]
        assert [reader.section(i) for i in [*wrong, first, first.upper() + "-0"]] == [None] * 8
        assert [reader.report(i) for i in (f"{first}-0", first[:-1], first + "a", first.upper())] == [
            None
        ] * 4

    def test_of_ids_with_a_number_too_long_to_read(self, reader: Reader) -> None:
        assert reader.section(f"{report_id(A, 1)}-{'9' * 5000}") is None

    # -- updates -------------------------------------------------------------------------------------

    def test_an_empty_index(self, engine: Engine, directory: Path) -> None:
        engine.writer(directory).commit(META)
        reader = engine.reader(directory)
        assert (reader.meta, dict(reader.files()), list(reader.reports())) == (META, {}, [])
        assert reader.counts() == Counts(0, 0, 0, 0)
        for query, _, _ in SEARCHES:
            assert ask(reader, query) == Found(0, 0, (), Facets(), 0)
        assert engine.verify(directory) == []

    def test_nothing_shows_before_the_commit(self, engine: Engine, directory: Path) -> None:
        before = build(engine, directory, {A: CORPUS[A]})
        writer = engine.writer(directory)
        writer.put(entry(B, CORPUS[B]), CORPUS[B])
        writer.drop(A)
        assert before.current()
        for reader in (before, engine.reader(directory)):
            assert held(reader) == filed({A: CORPUS[A]})
            assert names(ask(reader)) == "a1.0 a1.1 a1.2 a2.0"
        writer.commit(META)
        assert held(engine.reader(directory)) == filed({B: CORPUS[B]})

    def test_a_reader_stays_on_its_state(self, engine: Engine, directory: Path) -> None:
        first = build(engine, directory, {A: CORPUS[A]})  # asked nothing before the updates
        writer = engine.writer(directory)
        writer.put(entry(A, CORPUS[B], "new"), CORPUS[B])
        writer.put(entry(B, CORPUS[B]), CORPUS[B])
        writer.commit(replace(META, updated="later"))
        second = engine.reader(directory)
        writer = engine.writer(directory)
        writer.drop(A)
        writer.drop(B)
        writer.commit(replace(META, updated="last"))
        assert [r.current() for r in (first, second, engine.reader(directory))] == [False, False, True]
        assert (first.meta.updated, second.meta.updated) == (META.updated, "later")
        assert held(first) == filed({A: CORPUS[A]})
        assert held(second) == filed({A: CORPUS[B], B: CORPUS[B]})
        assert names(ask(first, w("招商引资"))) == "a1.1 a1.0"
        assert ask(second, w("引资")).total == 2
        assert dict(first.files()) == {A: entry(A, CORPUS[A])}
        assert first.section(section_id(report_id(A, 1), 2)) is not None
        assert held(engine.reader(directory)) == {}

    def test_a_cancelled_update_leaves_nothing(self, engine: Engine, directory: Path) -> None:
        reader = build(engine, directory, {A: CORPUS[A]})
        writer = engine.writer(directory)
        writer.put(entry(B, CORPUS[B]), CORPUS[B])
        writer.put(entry(A, (), "new"), ())
        writer.cancel()
        assert reader.current()
        for one in (reader, engine.reader(directory)):
            assert held(one) == filed({A: CORPUS[A]})
        assert engine.verify(directory) == []
        writer = engine.writer(directory)  # the next one starts from what was committed
        writer.put(entry(B, CORPUS[B]), CORPUS[B])
        writer.commit(META)
        assert held(engine.reader(directory)) == filed(CORPUS)

    def test_a_first_update_that_is_cancelled(self, engine: Engine, directory: Path) -> None:
        writer = engine.writer(directory)
        writer.put(entry(A, CORPUS[A]), CORPUS[A])
        writer.cancel()
        assert held(build(engine, directory, {B: CORPUS[B]})) == filed({B: CORPUS[B]})

    def test_put_replaces_a_file(self, engine: Engine, directory: Path) -> None:
        build(engine, directory, CORPUS)
        new = (Report(1, "新", (Section(None, 0, (), ("换了",)),)),)
        writer = engine.writer(directory)
        writer.put(entry(A, new, "new"), new)
        writer.commit(META)
        reader = engine.reader(directory)
        assert held(reader) == filed({A: new, B: CORPUS[B]})
        assert dict(reader.files()) == {A: entry(A, new, "new"), B: entry(B, CORPUS[B])}
        assert ask(reader, Phrase("招商引资")).total == 0
        assert ask(reader, Phrase("换了")).total == 1
        assert ask(reader).total == 3
        assert reader.report(report_id(A, 2)) is None
        assert reader.section(section_id(report_id(A, 1), 1)) is None
        assert engine.verify(directory) == []

    def test_update_leaves_the_reports(self, engine: Engine, directory: Path) -> None:
        build(engine, directory, CORPUS)
        changed = replace(entry(A, CORPUS[A]), stamp=None, failed="锁住了")
        writer = engine.writer(directory)
        writer.update(changed)
        writer.commit(META)
        reader = engine.reader(directory)
        assert dict(reader.files()) == {A: changed, B: entry(B, CORPUS[B])}
        assert held(reader) == filed(CORPUS)
        assert names(ask(reader)) == ALL

    def test_drop_takes_a_file_out(self, engine: Engine, directory: Path) -> None:
        build(engine, directory, CORPUS)
        writer = engine.writer(directory)
        writer.drop(A)
        writer.drop("园区/不在.txt")
        writer.commit(META)
        reader = engine.reader(directory)
        assert held(reader) == filed({B: CORPUS[B]})
        assert names(ask(reader)) == "b1.0 b1.1"
        assert reader.report(report_id(A, 1)) is None
        assert ask(reader, limit=0).facets == Facets(
            ((2020, 2),), (("问题", 2),), (("招商引资", 1),), (("柳塘镇", 2),), (("Word", 2),)
        )

    @pytest.mark.parametrize(
        ("file", "other"),
        [
            ("a/x\udcff.txt", r"a/x\xff.txt"),
            ("a/\udce4\udcb8\udcad.txt", "a/中.txt"),
            ("a/b.txt", "a/b"),
            ("a/b.txt", "A/B.TXT"),
            ("a/ b.txt", "a/b.txt"),
            ("a/entry:b", "entry:a/b"),
            ("a/招.txt", "a/招"),
        ],
        ids=ascii,
    )
    def test_no_two_files_are_taken_for_each_other(
        self, engine: Engine, directory: Path, file: str, other: str
    ) -> None:
        build(engine, directory, {file: CORPUS[B], other: CORPUS[A]})
        writer = engine.writer(directory)
        writer.drop(file)
        writer.commit(META)
        assert held(engine.reader(directory)) == filed({other: CORPUS[A]})

    @pytest.mark.parametrize("surrogate", ["\ud800", "\udbff", "\udc00", "\udfff", "\udcff"], ids=ascii)
    def test_any_lone_surrogate_may_stand_in_a_name(
        self, engine: Engine, directory: Path, surrogate: str
    ) -> None:
        """Linux gives those from DC80 to DCFF, Windows any."""
        corpus = {f"a/{surrogate}.txt": CORPUS[B]}
        assert held(build(engine, directory, corpus)) == filed(corpus)

    def test_updates_end_where_building_from_scratch_ends(self, engine: Engine, tmp_path: Path) -> None:
        scratch = build(engine, tmp_path / "scratch", CORPUS)
        updated = tmp_path / "updated"
        for first, second in ((B, A), (A, B)):
            build(engine, updated, {first: CORPUS[second], "园区/c.txt": CORPUS[A]})
        build(engine, updated, {A: CORPUS[A]})
        writer = engine.writer(updated)
        writer.drop("园区/c.txt")
        writer.put(entry(B, CORPUS[B]), CORPUS[B])
        writer.commit(META)
        reader = engine.reader(updated)
        assert held(reader) == held(scratch)
        for query, _, _ in SEARCHES:
            for sort in ("relevance", "newest", "oldest"):
                assert ask(reader, query, sort=sort) == ask(scratch, query, sort=sort)
        assert engine.verify(updated) == []

    def test_a_closed_reader_leaves_others_open(self, engine: Engine, directory: Path) -> None:
        build(engine, directory, CORPUS).close()
        one, other = engine.reader(directory), engine.reader(directory)
        one.close()
        assert names(ask(other)) == ALL

    def test_a_new_writer_keeps_to_one_index(self, engine: Engine, tmp_path: Path) -> None:
        build(engine, tmp_path / "one", {A: CORPUS[A]})
        build(engine, tmp_path / "other", {B: CORPUS[B]})
        assert held(engine.reader(tmp_path / "one")) == filed({A: CORPUS[A]})
