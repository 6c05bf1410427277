"""Without scripts one searches, filters, reads, goes from mark to mark, compares and takes templates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.places import QUERY, Place
from tests.browser.waiting import arrive

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def plain(visit: Visit, corpus_address: str) -> Page:
    """A visit without scripts."""
    return visit(corpus_address, scripts=False)


def total(page: Page) -> int:
    """How many sections the page says were found."""
    return int(page.locator(".numbers b").first.inner_text().replace(",", ""))


def test_search_filter_and_turn_pages(plain: Page) -> None:
    plain.goto("/")
    plain.fill("#q", QUERY)
    plain.keyboard.press("Enter")
    plain.wait_for_url(re.compile(quote(QUERY)))
    everything = total(plain)
    assert everything > 20
    first = plain.locator(".place").first.inner_text()
    plain.click("[rel=next]")
    plain.wait_for_url(re.compile("page=2"))
    assert plain.locator(".place").first.get_attribute("href") != first
    plain.click("[rel=prev]")
    plain.wait_for_url(lambda url: "page=" not in url)
    plain.click(".filters a:has-text('2019')")
    plain.wait_for_url(re.compile("year=2019"))
    narrowed = total(plain)
    assert 0 < narrowed < everything
    plain.click(".filters a:has-text('总结')")
    plain.wait_for_url(re.compile("part="))
    assert 0 < total(plain) <= narrowed
    plain.locator(".chips a").first.click()
    plain.wait_for_url(lambda url: "year=" not in url)
    plain.go_back()
    plain.go_back()
    assert total(plain) == narrowed


def test_filters_on_a_phone(visit: Visit, corpus_address: str) -> None:
    page = visit(corpus_address, scripts=False, size=(360, 740))
    page.goto(f"/?q={quote(QUERY)}")
    expect(page.locator(".filters")).to_be_hidden()
    page.click(".tofilters")
    expect(page.locator(".filters")).to_be_visible()
    page.click(".sheethead a")
    expect(page.locator(".filters")).to_be_hidden()
    page.click(".tofilters")
    page.click(".filters a:has-text('2019')")
    page.wait_for_url(re.compile("year=2019"))
    assert page.locator(".hit").count() > 0


def test_read_and_go_from_mark_to_mark(plain: Page) -> None:
    plain.goto(f"/?q={quote(QUERY)}")
    plain.locator(".place").first.click()
    arrive(plain, "section:target")
    assert plain.locator("section:target").get_by_text(QUERY).count() > 0
    plain.click(".find .next")
    for mark in ("m1", "m2", "m3"):
        plain.wait_for_url(re.compile(f"#{mark}$"))
        assert plain.locator("mark:target").get_attribute("id") == mark
        plain.locator("mark:target + .step a").nth(1).click()
    plain.locator(".outline a").last.click()
    plain.wait_for_url(re.compile(r"#s\d+$"))


def test_similar_and_compare(plain: Page, places: dict[str, Place]) -> None:
    places["similar"].open(plain)
    plain.locator(".acts a", has_text="对比").first.click()
    arrive(plain, ".compare ins")
    rows = plain.locator(".compare .row").count()
    plain.click("text=只看不同")
    plain.wait_for_url(re.compile("only=1"))
    assert 1 < plain.locator(".compare .row").count() <= rows
    places["draft-answer"].open(plain)
    plain.locator(".acts button", has_text="对比").first.click()
    arrive(plain, ".compare ins")


def test_choose_the_second_text(plain: Page, places: dict[str, Place]) -> None:
    places["results"].open(plain)
    plain.locator(".hit .acts a", has_text="对比").first.click()
    arrive(plain, "#second")
    plain.fill("#second", QUERY)
    plain.keyboard.press("Enter")
    plain.wait_for_url(re.compile("q="))
    assert plain.locator(".choice").count() > 2
    plain.locator(".choice .place").last.click()
    arrive(plain, ".compare")
    assert "b=" in plain.url


def test_year_by_year(plain: Page, places: dict[str, Place]) -> None:
    places["results"].open(plain)
    everything = total(plain)
    plain.click(".throughyears")
    arrive(plain, ".chart")
    assert total(plain) == everything
    row = plain.locator("tbody tr", has_text="2019")
    sections = int(row.locator("td").first.inner_text())
    plain.locator(".plot .bars a[aria-label^='2019']").click()
    plain.wait_for_url(re.compile("year=2019"))
    assert total(plain) == sections


def test_templates(plain: Page) -> None:
    plain.goto("/templates")
    plain.click(".levels a:has-text('段落')")
    plain.wait_for_url(re.compile("level=paragraph"))
    plain.locator(".place").first.click()
    arrive(plain, ".skeleton")
    plain.locator("input[name=a]").first.check()
    plain.locator("input[name=b]").last.check()
    plain.locator(".send button").last.click()
    arrive(plain, ".compare")
    plain.click("text=‹ 回到模板")
    arrive(plain, ".skeleton")
    with plain.expect_download() as download:
        plain.click("text=Word")
    assert download.value.suggested_filename.endswith(".docx")


def test_files(plain: Page) -> None:
    plain.goto("/files")
    plain.fill("#within", "2024年乡村振兴")
    plain.keyboard.press("Enter")
    plain.wait_for_url(re.compile("files.*q="))
    assert plain.locator(".file").count() == 1
    plain.click(".file .place")
    arrive(plain, "article h1")
