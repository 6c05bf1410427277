"""A question through the years: what a plain count over the export gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.as_json import trend_json
from indexer.build import update
from indexer.engines.base import Filters, YearCount
from indexer.errors import NoIndexError
from indexer.library import Library
from indexer.search import MAX_LIMIT, Question, search
from indexer.settings import Settings
from indexer.trend import through_the_years

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The sample reports."""
    index = tmp_path_factory.mktemp("trend") / "index"
    update(index, [CORPUS], Settings())
    return Library(index)


FILTERS = [
    Filters(),
    Filters(parts=("总结",)),
    Filters(formats=("Word",)),
    Filters(units=("澄川经济开发区",)),
    Filters(years=(2018, 2020), formats=("文本", "Word")),
]


@pytest.mark.parametrize("filters", FILTERS)
def test_filters_leave_something(library: Library, filters: Filters) -> None:
    whole = through_the_years(library, Question()).total
    assert through_the_years(library, Question("招商引资", filters)).total > 0
    assert (through_the_years(library, Question("", filters)).total < whole) is (filters != Filters())


@pytest.mark.parametrize(
    "query", ["", "招商引资", "“项目建设”", "安全生产 | 生态环保", "部分:计划", "无此一词"]
)
@pytest.mark.parametrize("filters", FILTERS)
def test_counts_are_those_of_the_hits(library: Library, query: str, filters: Filters) -> None:
    trend = through_the_years(library, Question(query, filters, limit=1, fold=True))
    hits = [hit.filed for hit in search(library, Question(query, filters, limit=MAX_LIMIT)).hits]
    if not trend.total:
        hits = []  # what is shown then matches only in part
    assert (trend.total, trend.reports) == (len(hits), len({hit.report_id for hit in hits}))
    for count in (*trend.years, trend.undated):
        of_year = [hit.report_id for hit in hits if hit.section.year == count.year]
        assert (count.sections, count.reports) == (len(of_year), len(set(of_year)))
    years = [count.year for count in trend.years]
    assert years == sorted({hit.section.year for hit in hits if hit.section.year is not None})
    assert sum(count.sections for count in (*trend.years, trend.undated)) == trend.total


def test_nothing_is_relaxed(library: Library) -> None:
    question = Question("招商引资 这几个字哪里也没有")
    assert search(library, question).relaxed
    trend = through_the_years(library, question)
    assert (trend.total, trend.reports, trend.years, trend.undated) == (0, 0, (), YearCount(None, 0, 0))
    assert trend_json(trend)["undated"] == {"sections": 0, "reports": 0}


def test_without_an_index(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError):
        through_the_years(Library(tmp_path), Question())
