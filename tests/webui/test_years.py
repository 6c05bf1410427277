"""A question through the years."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.engines.base import YearCount
from indexer.library import Library
from indexer.search import make_question, search
from webui import create_app
from webui.address import Address
from webui.years import draw, scale

if TYPE_CHECKING:
    from flask import Flask

    from tests.webui.conftest import Corpus, Element

Get = Callable[..., "Element"]


def rows(page: Element) -> list[list[str]]:
    return [
        [cell.text for cell in row.children if not isinstance(cell, str)]
        for row in page.one("tbody").all("tr")
    ]


def test_every_year_with_its_sections_and_reports(page: Get, built: Path) -> None:
    shown = rows(page("/years", q="招商引资"))
    library = Library(built)
    expected = []
    for year in sorted(value for value, _ in search(library, make_question("招商引资")).facets.year):
        found = search(library, make_question("招商引资", year=str(year)))
        expected.append([f"{year} 年", str(found.total), str(found.reports)])
    assert shown == expected
    assert len(shown) > 1


def test_bars_lead_to_the_search_of_their_year(page: Get) -> None:
    there = page("/years", q="招商引资", part="计划")
    bars = there.one("svg", class_="bars").all("a")
    links = [a.attrs["href"] for a in there.one("tbody").all("a")]
    assert [a.attrs["href"] for a in bars] == links
    assert bars
    for bar in bars:
        assert bar.attrs["aria-label"] == bar.one("title").text
        total = bar.attrs["aria-label"].partition("：")[2].partition(" ")[0]
        assert page(bar.attrs["href"]).one(class_="numbers").text.startswith(f"共 {total} 段")
    assert page(links[0]).one(class_="chips").text.count("计划") == 1


def test_bars_are_as_tall_as_what_they_stand_for(page: Get) -> None:
    there = page("/years", q="招商引资")
    heights = [
        float(r.attrs["height"]) for r in there.one("svg", class_="bars").all("rect", class_="sections")
    ]
    numbers = [int(row[1]) for row in rows(there)]
    for height, number in zip(heights, numbers, strict=True):
        assert height == pytest.approx(heights[0] * number / numbers[0], abs=0.2)


def test_from_the_search_and_back(page: Get) -> None:
    found = page("/", q="招商引资", part="计划")
    there = page(found.link("逐年"))
    assert there.link("‹ 回到搜索结果") == "/?q=%E6%8B%9B%E5%95%86%E5%BC%95%E8%B5%84&part=%E8%AE%A1%E5%88%92"


def test_nothing_found(page: Get) -> None:
    there = page("/years", q="没有这样的词")
    assert not there.all("svg", class_="bars")
    assert "没有符合这些条件的段落" in there.one(class_="nothing").text


def test_sections_without_a_year_are_told(corpus: Corpus) -> None:
    from tests.webui.conftest import reader_of

    corpus.write("甲.txt", "关于茶园工作的总结\n\n一、茶园\n\n茶园面积三万亩，产量稳步提高。\n")
    corpus.update()
    there = reader_of(create_app(corpus.index).test_client())("/years", q="茶园")
    assert "看不出是哪一年的" in there.one(class_="nothing").text


def test_all_that_was_found_is_in_the_table(corpus: Corpus) -> None:
    from tests.webui.conftest import reader_of

    corpus.write("甲.txt", "关于茶园工作的总结\n\n一、茶园\n\n茶园面积三万亩，产量稳步提高。\n")
    corpus.write("乙.txt", "柳塘镇2019年工作总结\n\n一、茶园\n\n茶园面积五万亩，产量又有提高。\n")
    corpus.update()
    there = reader_of(create_app(corpus.index).test_client())("/years", q="茶园")
    foot = [cell.text for cell in there.one("tfoot").one("tr").children if not isinstance(cell, str)]
    assert foot[0] == "年份不详"
    assert foot[2] == "1"
    total = sum(int(row[1]) for row in rows(there)) + int(foot[1])
    assert there.one(class_="numbers").text.startswith(f"共 {total} 段")


def test_no_line_for_sections_without_a_year_where_there_are_none(page: Get) -> None:
    assert not page("/years", q="招商引资").all("tfoot")


@pytest.fixture(scope="module")
def app(built: Path) -> Flask:
    """The page over FILES."""
    return create_app(built)


@given(st.sets(st.integers(1950, 2100), min_size=1, max_size=60))
def test_the_last_year_is_written_and_none_touches_it(app: Flask, found: set[int]) -> None:
    with app.test_request_context():
        chart = draw([YearCount(year, 1, 1) for year in sorted(found)], Address())
    *before, last = chart.bars
    assert last.count.year == max(found)
    assert last.label == "always"
    for bar in before:
        away = last.middle - bar.middle  # per cent of a chart that is 500 pixels wide, or 270 on a phone
        assert not (bar.label and away * 5 < 34), bar
        assert not (bar.label == "always" and away * 2.7 < 34), bar
    assert sum(bar.label == "always" for bar in chart.bars) <= 6


def test_bad_filters_are_told(page: Get) -> None:
    assert page("/years", 400, q="项目", year="去年").one("h1").text == "筛选条件看不懂"


@pytest.mark.parametrize(
    ("most", "end", "step"), [(1, 1, 1), (4, 4, 1), (5, 6, 2), (92, 100, 50), (1000, 1000, 500)]
)
def test_axes(most: int, end: int, step: int) -> None:
    assert scale(most) == (end, step)


@given(st.integers(1, 10**7))
def test_axes_hold_what_is_drawn(most: int) -> None:
    end, step = scale(most)
    assert end - step < most <= end
    assert end // step <= 4
