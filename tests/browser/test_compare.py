"""Comparing any two texts, and a question through the years."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from indexer.model import report_id
from tests.browser.conftest import Visit
from tests.browser.test_walk import arrive

if TYPE_CHECKING:
    from playwright.sync_api import Page

CREEK = {year: report_id(f"资料/溪口{year}.txt", 1) for year in (2010, 2019, 2020)}
PAIR = f"/compare?a={CREEK[2019]}-0&b={CREEK[2020]}-0"


@pytest.fixture
def plain(visit: Visit, repeated_address: str) -> Page:
    """A visit without scripts to the server over REPEATED."""
    return visit(repeated_address, size=(1280, 800), scripts=False)


def test_keys_go_from_difference_to_difference(again: Page) -> None:
    again.goto("/compare?q=" + quote("渔船"))
    again.goto(PAIR)
    entries = again.evaluate("history.length")
    seen = []
    for key in "nnnnp":
        again.keyboard.press(key)
        seen.append(again.evaluate("location.hash"))
    assert seen == ["#d1", "#d2", "#d3", "#d1", "#d3"]
    expect(again.locator(".steps .at[role=status]")).to_have_text("第 3 处，共 3 处")
    assert again.locator(":target").inner_text().endswith("再创新高")
    again.click(".steps .prev")
    assert again.evaluate("location.hash") == "#d2"
    assert again.evaluate("history.length") == entries
    again.go_back()
    arrive(again, ".choice")


def test_the_steps_stay_at_hand(again: Page) -> None:
    again.set_viewport_size({"width": 360, "height": 300})
    again.goto(PAIR)
    again.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(again.locator(".steps .next")).to_be_in_viewport()


def test_two_are_picked_on_two_pages(again: Page) -> None:
    again.goto("/compare?q=" + quote("渔船"))
    again.locator(".pick").press("Enter")
    expect(again.locator(".tray")).to_contain_text("已选：《月亮湾2016年工作总结》。再点另一条的“对比”。")
    again.goto("/compare?q=" + quote("溪口镇"))
    expect(again.locator(".tray")).to_be_visible()
    title = again.locator(".choice .place").first.inner_text()
    again.locator(".pick").first.click()
    arrive(again, ".compare")
    assert again.locator(".sidetitle").all_inner_texts() == ["月亮湾2016年工作总结", title]
    assert again.locator(".tray").count() == 0
    again.go_back()
    arrive(again, ".choice")
    assert again.locator(".tray").count() == 0


def test_a_hit_and_a_report_are_picked(again: Page) -> None:
    again.goto("/?q=" + quote("渔船"))
    again.locator(".result .pick").first.click()
    expect(again.locator(".tray")).to_be_visible()
    again.goto(f"/report/{CREEK[2019]}")
    again.click("article header .pick")
    arrive(again, ".compare")
    assert again.locator(".sidetitle").all_inner_texts() == ["月亮湾2016年工作总结", "溪口镇2019年工作总结"]


def test_what_was_picked_is_given_up(again: Page) -> None:
    again.goto("/compare?q=" + quote("渔船"))
    again.click(".pick")
    assert again.locator(".picked").count() == 1
    again.click(".pick")
    assert again.locator(".tray, .picked").count() == 0
    again.click(".pick")
    again.click(".tray button")
    assert again.locator(".tray, .picked").count() == 0
    assert again.evaluate("document.activeElement.matches('.pick')")  # where one was
    again.click(".pick")
    again.click(".tray a")
    arrive(again, ".given")
    assert again.locator(".giventitle").inner_text() == "月亮湾2016年工作总结"


def test_the_focus_is_not_lost_where_the_pick_is_elsewhere(again: Page) -> None:
    again.goto("/compare?q=" + quote("渔船"))
    again.click(".pick")
    again.goto("/templates")
    again.locator(".tray button").press("Enter")
    assert again.evaluate("document.activeElement.id") == "main"


def test_the_preview_shows_what_is_picked(again: Page) -> None:
    again.set_viewport_size({"width": 1440, "height": 900})
    again.goto("/?q=" + quote("农业总产值") + "&fold=0")
    again.keyboard.press("j")
    again.locator("#preview .pick").click()
    expect(again.locator("#preview .picked")).to_have_count(1)
    pane = again.locator("#preview h2 a")
    first = pane.get_attribute("href") or ""
    again.keyboard.press("j")
    expect(pane).not_to_have_attribute("href", first)
    expect(again.locator("#preview .picked")).to_have_count(0)
    again.keyboard.press("k")
    expect(pane).to_have_attribute("href", first)
    expect(again.locator("#preview .picked")).to_have_count(1)


def test_picking_without_scripts(plain: Page) -> None:
    plain.goto("/compare?q=" + quote("渔船"))
    plain.click(".pick")
    arrive(plain, ".given")
    plain.fill("#second", "农业")
    plain.keyboard.press("Enter")
    plain.wait_for_url(re.compile("q="))
    plain.locator(".choice .place").first.click()
    arrive(plain, ".compare")
    plain.click("text=只看不同")
    plain.click(".steps .next")
    plain.wait_for_url(re.compile("#d1$"))
    assert plain.locator(":target").count() == 1


def test_what_is_the_same_unfolds(again: Page) -> None:
    again.goto(f"/compare?a={CREEK[2019]}&b={CREEK[2020]}&only=1")
    row = again.locator(".alike .row").first
    expect(row).to_be_hidden()
    again.click(".alike summary")
    expect(row).to_be_visible()


def test_a_bar_leads_to_its_year(again: Page) -> None:
    again.goto("/?q=" + quote("农业总产值"))
    again.click("text=逐年")
    arrive(again, ".chart")
    assert again.locator(".bars a").count() == again.locator(".through tbody tr").count() == 25
    again.locator(".bars a").nth(3).focus()
    again.keyboard.press("Enter")
    arrive(again, ".chips")
    assert again.locator(".chips a").inner_text().strip() == "2003 年"


def test_the_text_of_a_chart_keeps_its_size(again: Page) -> None:
    sizes = []
    for width in (1440, 360):
        again.set_viewport_size({"width": width, "height": 700})
        again.goto("/years?q=" + quote("农业总产值"))
        labels = [box for e in again.locator(".plot text:visible").all() if (box := e.bounding_box())]
        sizes.append({round(box["height"]) for box in labels})
        marks = [box for e in again.locator(".bars .label:visible").all() if (box := e.bounding_box())]
        assert all(a["x"] + a["width"] <= b["x"] for a, b in pairwise(marks))
    assert sizes[0] == sizes[1]
