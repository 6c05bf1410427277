"""Searching, reading, comparing: as a person would, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.waiting import arrive

if TYPE_CHECKING:
    from playwright.sync_api import Page


def search(page: Page, query: str) -> None:
    page.goto("/")
    page.fill("#q", query)
    page.keyboard.press("Enter")
    arrive(page, ".numbers")


def test_type_and_find(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("“招商引资”")
    page.keyboard.press("Enter")
    arrive(page, ".hit")
    assert page.locator(".hit").count() == 5
    assert set(page.locator(".passage mark").all_inner_texts()) == {"招商引资"}
    assert page.input_value("#q") == "“招商引资”"


def test_keys_move_between_hits_and_open_one(page: Page) -> None:
    search(page, "招商引资")
    places = page.eval_on_selector_all(".place", "all => all.map(a => a.getAttribute('href'))")

    def focused() -> str | None:
        found: str | None = page.evaluate("document.activeElement.getAttribute('href')")
        return found

    seen = []
    for key in "jjkjjjjjj":
        page.keyboard.press(key)
        seen.append(focused())
    assert seen == [places[n] for n in (0, 1, 0, 1, 2, 3, 4, 4, 4)]
    page.keyboard.press("Enter")
    arrive(page, "article h1")
    assert page.url.endswith(places[4])
    position = re.search(r"#(s\d+)$", page.url)
    assert position is not None
    assert page.evaluate("document.querySelector('section:target').id") == position.group(1)
    assert page.locator("section:target").is_visible()
    page.go_back()
    arrive(page, ".hit")
    assert page.input_value("#q") == "招商引资"


def test_slash_goes_to_the_search_box_and_letters_stay_letters_there(page: Page) -> None:
    search(page, "招商引资")
    page.keyboard.press("j")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("jk/n")
    assert page.input_value("#q") == "招商引资jk/n"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") != "q"


def test_keys_move_between_marks(page: Page) -> None:
    search(page, "园区")
    link = page.locator(".hit .place").first.get_attribute("href")
    assert link is not None
    page.goto(link.partition("#")[0])
    arrive(page, ".find")
    entries = page.evaluate("history.length")
    total = page.locator("article mark").count()
    assert total >= 3
    seen = []
    for key in "nnpp":
        page.keyboard.press(key)
        seen.append(page.evaluate("location.hash"))
    assert seen == ["#m1", "#m2", "#m1", f"#m{total}"]
    assert page.evaluate("document.querySelector('mark:target').id") == f"m{total}"
    expect(page.locator(".find .count")).to_have_text(f"第 {total} 处，共 {total} 处")
    page.click(".find .next")
    assert page.evaluate("location.hash") == "#m1"
    assert page.evaluate("history.length") == entries
    page.go_back()
    arrive(page, ".hit")


def test_marks_go_on_from_the_section_of_the_hit(page: Page) -> None:
    search(page, "招商引资")
    page.locator(".hit", has_text="（一）抓").locator(".place").click()
    arrive(page, "section:target")
    inside = page.eval_on_selector_all("section:target mark", "all => all.map(m => '#' + m.id)")
    page.keyboard.press("n")
    assert page.evaluate("location.hash") == inside[0] != "#m1"
    page.keyboard.press("p")
    assert page.evaluate("location.hash") == f"#m{int(inside[0][2:]) - 1}"


def test_filter_and_back(page: Page) -> None:
    search(page, "招商引资")
    page.click(".filters li a:has-text('2019')")
    arrive(page, ".chips")
    assert page.locator(".hit").count() == 2
    assert {text[:4] for text in page.locator(".hit .year").all_inner_texts()} == {"2019"}
    page.fill("#q", "茶园")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(quote("茶园")))
    assert page.locator(".chips a").inner_text().strip() == "2019 年"
    page.go_back()
    page.go_back()
    arrive(page, ".hit")
    expect(page.locator(".hit")).to_have_count(5)
    assert page.locator(".chips").count() == 0


def test_filters_are_a_sheet_on_a_narrow_screen(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    search(page, "招商引资")
    expect(page.locator(".filters")).to_be_hidden()
    page.click(".tofilters")
    expect(page.locator(".filters")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".filters")).to_be_hidden()
    page.click(".tofilters")
    page.click(".filters li a:has-text('2019')")
    arrive(page, ".chips")
    expect(page.locator(".filters")).to_be_hidden()


def test_without_scripts(visit: Visit, address: str) -> None:
    page = visit(address, scripts=False)
    search(page, "招商引资")
    assert page.locator(".hit").count() == 5
    assert not page.locator(".keys").is_visible()
    page.locator(".hit", has_text="（一）抓").locator(".place").click()
    arrive(page, "section:target")
    page.click(".find .next")
    page.wait_for_url(re.compile("#m1$"))
    steps = page.locator("mark:target + .step a")
    assert steps.count() == 2
    assert steps.nth(1).is_visible()
    steps.nth(1).click()
    page.wait_for_url(re.compile("#m2$"))


def test_what_is_the_same_unfolds(again: Page) -> None:
    search(again, "农业总产值")
    assert again.locator(".hit").count() == 1
    expect(again.locator(".copies li").first).to_be_hidden()
    again.click(".copies summary")
    assert again.locator(".copies li:visible").count() == 20
    again.click(".copies li a >> nth=0")
    arrive(again, "section:target")
    assert again.locator("section:target mark").count() >= 1


def test_from_a_hit_to_what_is_like_it_and_side_by_side(again: Page) -> None:
    search(again, "农业总产值")
    again.click(".hit .acts a:has-text('找相似')")
    arrive(again, ".similar")
    again.keyboard.press("j")
    again.keyboard.press("j")
    place = again.locator(".place").nth(1).get_attribute("href")
    assert again.evaluate("document.activeElement.getAttribute('href')") == place
    again.locator(".similar .acts a", has_text="对比").nth(1).click()
    arrive(again, ".compare")
    # The sides stand beside each other, and beneath each other where there is no room.
    left, right = (again.locator(".compare .row:not(.heads) > p").nth(n).bounding_box() for n in (0, 1))
    assert left is not None
    assert right is not None
    assert (left["y"], left["x"] + left["width"] < right["x"]) == (right["y"], True)
    # What differs is told by more than its colour.
    style = again.locator(".compare .changed ins").first.evaluate(
        "e => getComputedStyle(e).borderBottomStyle"
    )
    assert style == "solid"
    again.set_viewport_size({"width": 360, "height": 740})
    left, right = (again.locator(".compare .row:not(.heads) > p").nth(n).bounding_box() for n in (0, 1))
    assert left is not None
    assert right is not None
    assert (left["x"], left["y"] + left["height"] <= right["y"]) == (right["x"], True)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_draft(visit: Visit, repeated_address: str, scripts: bool) -> None:
    page = visit(repeated_address, scripts=scripts)
    page.goto("/similar")
    draft = "开头\n\n粮食播种面积稳定在三万亩以上，农民收入稳步提高。\n/jk"
    page.fill("#text", draft)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    arrive(page, ".similar")
    assert page.input_value("#text") == draft
    assert "农民收入稳步提高" in page.locator(".whole .text mark").first.inner_text()
    page.locator(".similar .acts button").first.click()
    arrive(page, ".compare")
    page.click("text=只看不同")
    arrive(page, "text=看全文")
    page.click("text=‹ 回到相似的段落")
    arrive(page, ".similar")
    assert page.input_value("#text") == draft


def test_letters_are_letters_in_a_draft(again: Page) -> None:
    again.goto("/similar")
    again.click("#text")
    again.keyboard.type("/jknp")
    assert again.input_value("#text") == "/jknp"


def test_choose_two_of_a_template(again: Page) -> None:
    again.goto("/templates")
    again.keyboard.press("j")
    again.keyboard.press("k")
    again.locator(".place", has_text="农业生产").focus()
    again.keyboard.press("Enter")
    arrive(again, ".slots table")
    again.locator("input[name=a]").nth(3).check()
    again.locator("input[name=b]").nth(20).check()
    again.keyboard.press("Enter")
    arrive(again, ".compare")
    assert again.locator("ins").all_inner_texts()[-1].endswith("再创新高")
    again.click("text=‹ 回到模板")
    arrive(again, ".slots table")
    with again.expect_download() as download:
        again.click("text=Word")
    assert download.value.suggested_filename == "模板 一 农业生产.docx"
