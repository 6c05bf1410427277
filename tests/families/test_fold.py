"""Folding: near-identical sections are one hit, and the counts stay those of the sections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from indexer import build
from indexer.library import Library
from indexer.search import Question, SearchHit, make_question, search
from indexer.settings import Settings

from .texts import distinct

YEARS = (2017, 2020, 2018, 2019)
QUERIES = ("", "招商", "项目", "招商 项目", '"招商引资"', "2018年", "part:总结", "工作 -项目")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Four years' reports that say nearly the same twice, and one without a year."""
    root = tmp_path_factory.mktemp("fold")
    folder = root / "报告"
    folder.mkdir()
    for n, year in enumerate([*YEARS, None]):
        title = f"{year}年园区工作总结" if year else "园区工作汇报"
        own = distinct(60, 100 * (n + 1))
        text = (
            f"{title}\n一、招商引资\n招商引资到位资金{n}.5亿元，引进项目{n + 3}个，{distinct(30)}。\n"
            f"二、项目建设\n项目建设完成投资{n}亿元，{distinct(40, 50)}。\n三、其他工作\n工作{own}。\n"
        )
        (folder / f"{n}.txt").write_text(text, "utf-8")
    build.update(root / "index", [folder], Settings())
    library = Library(root / "index")
    yield library
    library.close()


def groups(library: Library) -> dict[str, int]:
    """The family of each section."""
    families = library.families()
    ids = [f"{f.report_id}-{n}" for f in library.reports() for n in range(len(f.report.sections))]
    return dict(zip(ids, families.labels["section"].tolist(), strict=True))


def plainly_folded(library: Library, hits: list[SearchHit], sort: str) -> list[str]:
    """Of each family the newest, or the oldest, in the place of the first."""
    family, reading = groups(library), list(groups(library))

    def age(hit: SearchHit) -> tuple[bool, int, int]:
        year = hit.filed.section.year
        return (
            year is None,
            (year or 0) * (1 if sort == "oldest" else -1),
            reading.index(hit.filed.section_id),
        )

    shown: dict[int, list[SearchHit]] = {}
    for hit in hits:
        shown.setdefault(family[hit.filed.section_id], []).append(hit)
    return [min(several, key=age).filed.section_id for several in shown.values()]


def ids(hits: tuple[SearchHit, ...]) -> list[str]:
    return [hit.filed.section_id for hit in hits]


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
@pytest.mark.parametrize("query", QUERIES)
def test_one_hit_a_family(library: Library, query: str, sort: str) -> None:
    question = make_question(query, sort=sort, limit=100)
    whole, folded = search(library, question), search(library, replace(question, fold=True))
    assert whole.total > 0
    assert ids(folded.hits) == plainly_folded(library, list(whole.hits), sort)
    assert (folded.total, folded.reports, folded.facets) == (whole.total, whole.reports, whole.facets)
    assert (whole.shown, folded.shown) == (whole.total, len(folded.hits))
    scores = {hit.filed.section_id: (hit.score, hit.copies) for hit in whole.hits}
    assert {hit.filed.section_id: (hit.score, hit.copies) for hit in folded.hits}.items() <= scores.items()


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_have_no_doubles_and_no_gaps(library: Library, sort: str, size: int) -> None:
    question = make_question("", sort=sort, limit=100, fold=True)
    whole = search(library, question)
    pages = [search(library, replace(question, offset=offset, limit=size)) for offset in range(0, 12, size)]
    assert [hit for page in pages for hit in ids(page.hits)] == ids(whole.hits)
    assert {page.shown for page in pages} == {whole.shown}
    assert {page.total for page in pages} == {15}
    counts = search(library, replace(question, limit=0))
    assert (counts.hits, counts.shown, counts.total) == ((), whole.shown, 15)


def test_which_is_shown(library: Library) -> None:
    """The newest; the oldest where the oldest are asked for; never the one without a year."""

    def shown(sort: str, **narrow: str) -> list[tuple[int | None, int]]:
        question = make_question('"招商引资到位"', sort=sort, fold=True, **narrow)  # type: ignore[arg-type]
        return [(hit.filed.section.year, hit.copies) for hit in search(library, question).hits]

    assert shown("relevance") == shown("newest") == [(2020, 5)]
    assert shown("oldest") == [(2017, 5)]
    # Of those that match; the family is as large as it was.
    assert shown("newest", year="..2019") == [(2019, 5)]
    assert shown("oldest", year="2018..") == [(2018, 5)]


def test_copies(library: Library) -> None:
    found = search(library, Question("", limit=100))
    assert sorted(hit.copies for hit in found.hits) == [1] * 5 + [5] * 10


def test_partial_matches_are_folded(library: Library) -> None:
    answer = search(library, Question("招商引资 不在这里的词语", fold=True, limit=100))
    assert (answer.relaxed, answer.total) == (True, 0)
    family = groups(library)
    shown = [family[section] for section in ids(answer.hits)]
    assert len(shown) == len(set(shown)) == answer.shown > 0
