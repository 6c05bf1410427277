"""Where one was is kept: on the way back from a report, after help and filters were opened."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.waiting import arrive, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

_FOCUSED = "[...document.querySelectorAll('.hit .place')].indexOf(document.activeElement)"


def to_hit(page: Page, path: str, number: int) -> None:
    """Go to the results, and with ``j`` to a hit, counted from 0."""
    page.goto(path)
    for _ in range(number + 1):
        page.keyboard.press("j")
    assert page.evaluate(_FOCUSED) == number


@pytest.mark.parametrize("words", ["灯塔 ", "\u3000灯塔"])
def test_white_space_round_the_question(visit: Visit, address: str, words: str) -> None:
    page = visit(address, size=(1440, 600))
    to_hit(page, f"/?q={quote(words)}&year=2017", 3)
    page.keyboard.press("Enter")
    arrive(page, ".outline")
    page.click(".back a")
    arrive(page, ".hit")
    until(page, f"{_FOCUSED} === 3")
    assert "year=2017" in page.url


def test_a_filter_that_was_opened_leaves_the_hit(visit: Visit, address: str) -> None:
    page = visit(address, size=(768, 600))
    to_hit(page, "/?q=灯塔", 2)
    page.locator(".groupbar a").first.click()
    page.wait_for_selector(".group:target")
    page.keyboard.press("Escape")
    assert page.locator(".group:target").count() == 0
    page.locator(".hit .place").nth(2).focus()
    page.keyboard.press("Enter")
    arrive(page, ".outline")
    page.go_back()
    until(page, f"{_FOCUSED} === 2")


def test_a_tab_of_its_own_knows_the_filters(visit: Visit, address: str) -> None:
    page = visit(address, size=(1440, 600))
    to_hit(page, "/?q=灯塔&year=2017&fold=0", 0)
    with page.context.expect_page() as opened:
        page.locator(".hit .place").first.click(modifiers=["Control"])
    arrive(opened.value, ".outline")
    back = opened.value.locator(".back a")
    for given in ("year=2017", "fold=0"):
        assert given in back.evaluate("link => link.href")


@pytest.mark.parametrize("kept", ['{"url": "x"}', '{"url": 3}', "null", "{", '{"url": "javascript:1"}'])
def test_what_others_put_into_the_storage_does_no_harm(page: Page, kept: str) -> None:
    page.goto("/")
    page.evaluate("kept => sessionStorage.setItem('gaoku.place', kept)", kept)
    page.goto("/?q=灯塔")
    page.evaluate("kept => sessionStorage.setItem('gaoku.place', kept)", kept)
    page.goto(page.locator(".hit .place").first.get_attribute("href") or "")
    page.wait_for_selector(".scripted")
    assert "/?q=" in page.locator(".back a").evaluate("link => link.href")


def test_help_gives_the_focus_back(page: Page) -> None:
    page.goto("/?q=灯塔")
    button = page.get_by_role("button", name="全部按键")
    for toggles in (0, 1, 2):
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        for _ in range(toggles):
            page.get_by_role("switch", name="按键").click()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(button).to_be_focused()


def test_escape_shuts_what_is_on_top(visit: Visit, address: str) -> None:
    page = visit(address, size=(768, 600))
    page.goto("/?q=灯塔")
    page.locator(".groupbar a").first.click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.locator(".group:target").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".group:target").count() == 0
