"""From a question to a page of hits: a quoted phrase finds what a plain scan of the export finds."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.analysis.normalise import normalise
from indexer.as_json import answer_json, export_rows
from indexer.build import update
from indexer.engines.base import Facets, Filters
from indexer.errors import NoIndexError, UsageError
from indexer.library import Library
from indexer.query.nodes import Everything, Phrase
from indexer.search import MAX_LIMIT, Question, make_question, search
from indexer.settings import Settings

CORPUS = Path(__file__).parents[1] / "corpus"


normal = cache(normalise)


def scan(rows: list[dict[str, Any]], phrase: str) -> set[str]:
    """The contract's rule, on lines of the export."""
    run = normalise(phrase)
    found = set()
    for row in rows:
        places = list(row["paragraphs"])
        places += row["own_heading"]
        if row["position"] == 0:
            places.append(row["title"])
        if any(run in normal(place) for place in places):
            found.add(row["section"])
    return found


def rows_of(library: Library) -> list[dict[str, Any]]:
    """The export, with each section's own heading beside the path."""
    rows = []
    for filed in library.reports():
        for row, section in zip(export_rows(filed), filed.report.sections, strict=True):
            rows.append({**row, "own_heading": [section.heading] if section.heading else []})
    return rows


def found(library: Library, query: str) -> set[str]:
    answer = search(library, Question(query, limit=MAX_LIMIT))
    sections = {hit.filed.section_id for hit in answer.hits}
    assert answer.total == len(answer.hits) == len(sections)
    assert answer.reports == len({hit.filed.report_id for hit in answer.hits})
    return sections


def build(index: Path, folder: Path) -> Library:
    update(index, [folder], Settings())
    return Library(index)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The sample reports."""
    return build(tmp_path_factory.mktemp("search") / "index", CORPUS)


PIECES = (
    *(
        "招商引资",
        "招商",
        "引資",
        "商",
        "工作",
        "项目建设",
        "项目",
        "2019年",
        "总结",
        "园 区",
        "ＧＤＰ",
        "gdp",
    ),
    *(
        "12.5%",
        "New  York",
        "，",
        "。",
        " ",
        "\u3000",
        "\u200b",
        "\n",
        "\n一、",
        "\n（一）",
        "\n二、",
        "。\n",
    ),
)
contents = st.lists(st.sampled_from(PIECES), min_size=1, max_size=30).map("".join)
phrases = st.lists(st.sampled_from([p for p in PIECES if "\n" not in p]), min_size=1, max_size=3).map("".join)


@given(st.lists(contents, min_size=1, max_size=4), st.lists(phrases, min_size=5, max_size=5))
@settings(max_examples=60)
def test_a_quoted_phrase_is_exact(files: list[str], phrases: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "报告"
        folder.mkdir()
        for n, content in enumerate(files):
            (folder / f"{2018 + n}年工作总结.txt").write_text(content, "utf-8")
        library = build(Path(name) / "index", folder)
        rows = rows_of(library)
        try:
            for phrase in phrases:
                if normalise(phrase):
                    for quoted in (f'"{phrase}"', f"“{phrase}”", f"「{phrase}」"):
                        assert found(library, quoted) == scan(rows, phrase)
            assert found(library, "") == {row["section"] for row in rows}
        finally:
            library.close()


def test_phrases_of_the_corpus_are_exact(library: Library) -> None:
    """Stretches cut from the reports' own text, wherever jieba would cut it."""
    rows = rows_of(library)
    assert len(rows) > 200
    paragraphs = [p for row in rows for p in row["paragraphs"]]
    for n in range(0, len(paragraphs), max(1, len(paragraphs) // 40)):
        paragraph = paragraphs[n].translate(dict.fromkeys(map(ord, '“”"＂「」')))
        for length in (1, 2, 3, 7, 20):
            start = n % max(1, len(paragraph) - length)
            phrase = paragraph[start : start + length]
            if normalise(phrase):
                assert found(library, f'"{phrase}"') == scan(rows, phrase), phrase


@pytest.mark.parametrize("phrase", ["招商引资", "商引", "工作总结", "年", "二、", "项目建设", "招商引資"])
def test_common_phrases_of_the_corpus_are_exact(library: Library, phrase: str) -> None:
    wanted = scan(rows_of(library), phrase)
    assert found(library, f'"{phrase}"') == wanted


def test_an_answer_as_json(library: Library) -> None:
    answer = search(library, Question('"招商引资"', Filters(parts=("计划",)), "newest", 2, 1))
    whole = search(library, Question('"招商引资"', Filters(parts=("计划",)), "newest", MAX_LIMIT))
    assert answer.hits == whole.hits[1:3]
    data = answer_json(answer)
    assert set(data) == {"query", "total", "reports", "took_ms", "relaxed", "suggestions", "hits", "facets"}
    assert data["total"] == len(whole.hits)
    for hit, shown in zip(answer.hits, data["hits"], strict=True):
        filed = hit.filed
        assert shown == {
            "report": filed.report_id,
            "section": filed.section_id,
            "title": filed.title,
            "heading": list(filed.section.path),
            "year": filed.section.year,
            "part": "计划",
            "topic": filed.section.topic,
            "file": filed.file,
            "score": hit.score,
            "snippets": [
                {"text": s.text, "marks": [[start, end] for start, end in s.marks]}
                for s in hit.excerpt.snippets
            ],
            "further": hit.excerpt.further,
            "copies": hit.copies,
        }
        for snippet in hit.excerpt.snippets:
            assert {normalise(snippet.text[a:b]) for a, b in snippet.marks} == {"招商引资"}


@pytest.mark.parametrize(("sort", "sign"), [("newest", -1), ("oldest", 1)])
def test_sorts_by_year(library: Library, sort: str, sign: int) -> None:
    """Sections without a year come last; those of one year in reading order."""
    reading = {row["section"]: n for n, row in enumerate(rows_of(library))}
    hits = search(library, make_question("招商引资", sort=sort, limit=MAX_LIMIT)).hits
    keys = [
        (year is None, sign * (year or 0), reading[hit.filed.section_id])
        for hit in hits
        for year in [hit.filed.section.year]
    ]
    assert len({key[:2] for key in keys}) > 5
    assert keys == sorted(keys)


def test_sorts_by_relevance(library: Library) -> None:
    scores = [hit.score for hit in search(library, make_question("招商引资", limit=MAX_LIMIT)).hits]
    assert len(set(scores)) > 5
    assert scores == sorted(scores, reverse=True)


def test_limit_0_gives_the_counts_alone(library: Library) -> None:
    whole = search(library, Question("招商引资", limit=MAX_LIMIT))
    counts = search(library, Question("招商引资", limit=0))
    assert counts.hits == ()
    assert whole.total > 20
    assert (counts.total, counts.reports, counts.facets) == (whole.total, whole.reports, whole.facets)


def test_a_quoted_phrase_that_is_nowhere(library: Library) -> None:
    answer = search(library, Question('"此处无银三百两"'))
    assert (answer.total, answer.reports, answer.hits) == (0, 0, ())
    assert (answer.facets, answer.relaxed) == (Facets(), False)
    assert answer.node == Phrase("此处无银三百两")


def test_an_empty_query_lists_what_the_filters_leave(library: Library) -> None:
    answer = search(library, make_question(year="2019", part="计划", limit=MAX_LIMIT))
    rows = [row for row in rows_of(library) if (row["year"], row["part"]) == (2019, "计划")]
    assert rows
    assert answer.node == Everything()
    assert [hit.filed.section_id for hit in answer.hits] == [row["section"] for row in rows]


def test_there_is_no_index(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError, match="gaoku index"):
        search(Library(tmp_path), Question("招商"))


@pytest.mark.parametrize(
    ("year", "years"),
    [
        ("", None),
        ("2019", (2019, 2019)),
        (" 2019 ", (2019, 2019)),
        ("2018..2021", (2018, 2021)),
        ("2018..", (2018, None)),
        ("..2021", (None, 2021)),
    ],
)
def test_years_of_a_question(year: str, years: tuple[int | None, int | None] | None) -> None:
    assert make_question("a", year=year) == Question("a", Filters(years=years))


def test_a_question_as_a_whole() -> None:
    made = make_question("a", year="2019", part="计划", topic="招商引资", sort="newest", limit=0, offset=7)
    assert made == Question("a", Filters((2019, 2019), ("计划",), ("招商引资",)), "newest", 0, 7)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"year": "19"}, "year"),
        ({"year": ".."}, "year"),
        ({"year": "2018-2019-2020"}, "year"),
        ({"part": "工作"}, "part"),
        ({"topic": "工作"}, "topic"),
        ({"sort": "best"}, "sort"),
        ({"limit": -1}, "limit"),
        ({"limit": MAX_LIMIT + 1}, "limit"),
        ({"offset": -1}, "offset"),
    ],
)
def test_a_wrong_question_says_what_is_allowed(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        make_question("a", **wrong)
