"""Comparing any two texts, and a question through the years."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from indexer.model import report_id
from tests.browser.conftest import Serve, Visit
from tests.browser.waiting import arrive
from tests.webui.conftest import Corpus

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


def test_of_two_that_are_picked_the_older_stands_on_the_left(again: Page) -> None:
    again.goto("/compare?q=" + quote("溪口镇"))
    title = again.locator(".choice .place").first.inner_text()
    again.locator(".pick").first.click()
    expect(again.locator(".tray")).to_be_visible()
    again.goto("/compare?q=" + quote("渔船"))
    again.locator(".pick").click()
    arrive(again, ".compare")
    assert again.locator(".sidetitle").all_inner_texts() == ["月亮湾2016年工作总结", title]
    again.click("text=换一篇来比")
    arrive(again, ".given")
    assert again.locator(".giventitle").inner_text() == title  # which was picked first


_TABLE = """<html><body><h1>{year}年主要指标</h1><table>
<tr><td>指标</td><td>{before}年</td><td>{year}年</td><td>增长</td></tr>
<tr><td>园区规模以上工业企业总产值（现价）</td><td>12.{n}亿元</td><td>1{n}.5亿元</td><td></td></tr>
<tr><td>税收</td><td></td><td>{n}.8亿元</td><td>{n}%</td></tr>
{more}</table></body></html>"""


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_columns_of_a_table_stand_below_each_other(
    visit: Visit, serve: Serve, tmp_path: Path, width: int
) -> None:
    corpus = Corpus(tmp_path)
    more = "<tr><td>招商引资到位资金</td><td>3亿元</td><td>4亿元</td><td>33%</td></tr>"
    for year, n in ((2019, 3), (2020, 7)):
        text = _TABLE.format(year=year, before=year - 1, n=n, more=more if n == 7 else "")
        corpus.write(f"指标{year}.html", text)
    corpus.update()
    page = visit(serve(corpus.index), size=(width, 900))
    one, other = (report_id(f"资料/指标{year}.html", 1) for year in (2019, 2020))
    page.goto(f"/compare?a={one}&b={other}")
    for side, rows in (("one", 3), ("other", 4)):
        lefts = page.eval_on_selector_all(
            f".compare .{side} .cells",
            "rows => rows.map(r => [...r.children].map(c => Math.round(c.getBoundingClientRect().left)))",
        )
        assert len(lefts) == rows
        assert all(len(row) == 4 and sorted(set(row)) == row for row in lefts)
        assert all(row == lefts[0] for row in lefts)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    fresh = page.locator(".fresh .other")
    copied = page.evaluate(
        "e => { getSelection().selectAllChildren(e); return String(getSelection()); }", fresh.element_handle()
    )
    assert copied.strip().split("\t") == ["招商引资到位资金", "3亿元", "4亿元", "33%"]


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
    plain.wait_for_url(re.compile("only=1"))
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
