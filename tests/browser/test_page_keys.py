"""What keys do while they are held down or turned off, and where the focus is afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_walk import search
from tests.browser.waiting import arrive, until

if TYPE_CHECKING:
    from playwright.sync_api import Page


def hold(page: Page, key: str, repeats: int = 6) -> None:
    """Press a key and keep it down: the browser sends it again and again."""
    for _ in range(1 + repeats):
        page.keyboard.down(key)
    page.keyboard.up(key)


def name_of_focus(page: Page) -> str:
    """The accessible name or the text of what has the focus."""
    name: str = page.evaluate(
        "(e => e.getAttribute('aria-label') ?? e.textContent.trim())(document.activeElement)"
    )
    return name


# -- held down ---------------------------------------------------------------------------------------------


def test_a_key_that_is_held_acts_once(page: Page) -> None:
    search(page, "招商引资")
    page.locator(".place").first.click()
    arrive(page, ".acts .original")
    page.evaluate(
        "document.querySelector('.acts .original').addEventListener('click', event => {"
        " event.preventDefault(); window.opened = (window.opened ?? 0) + 1; })"
    )
    hold(page, "o")
    assert page.evaluate("window.opened") == 1
    page.keyboard.press("o")
    assert page.evaluate("window.opened") == 2
    page.evaluate(
        "() => { navigator.clipboard.writeText = async () => { window.copied = (window.copied ?? 0) + 1; }; }"
    )
    hold(page, "c")
    until(page, "window.copied > 0")
    assert page.evaluate("window.copied") == 1


def test_a_slash_that_is_held_is_not_typed(page: Page) -> None:
    search(page, "招商引资")
    hold(page, "/")
    assert page.evaluate("document.activeElement.id") == "q"
    assert page.input_value("#q") == "招商引资"
    page.keyboard.type("/")
    assert page.input_value("#q") == "招商引资/"


def test_enter_that_is_held_presses_a_button_once(page: Page) -> None:
    search(page, "招商引资")
    page.locator(".keep").focus()
    page.evaluate(
        "document.querySelector('.keep').addEventListener('click', () => {"
        " window.pressed = (window.pressed ?? 0) + 1; })"
    )
    hold(page, "Enter")
    assert page.evaluate("window.pressed") == 1


def test_j_goes_on_while_it_is_held(page: Page) -> None:
    search(page, "招商引资")
    places = page.eval_on_selector_all(".place", "all => all.map(a => a.href)")
    hold(page, "j", 2)
    assert page.evaluate("document.activeElement.href") == places[2]


# -- turned off --------------------------------------------------------------------------------------------


def test_the_keys_can_be_turned_off(page: Page) -> None:
    search(page, "招商引资")
    page.keyboard.press("?")
    lever = page.get_by_role("switch", name="按键")
    expect(lever).to_be_checked()
    expect(lever).to_have_text("按键：开")
    lever.press("Enter")
    expect(lever).not_to_be_checked()
    expect(lever).to_have_text("按键：关")
    page.keyboard.press("Escape")

    def nothing_happens() -> None:
        page.evaluate("document.activeElement.blur()")
        for key in "j?/":
            page.keyboard.press(key)
        assert page.evaluate("document.activeElement === document.body")
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert page.locator(".keys kbd").count() == 0  # none are named that do nothing

    nothing_happens()
    page.goto("/?q=园区")
    arrive(page, ".hit")
    nothing_happens()
    page.get_by_role("button", name="全部按键").click()
    expect(lever).not_to_be_checked()
    lever.click()
    page.keyboard.press("Escape")
    assert page.locator(".keys kbd").all_inner_texts()[0] == "/"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('.place')")


def test_the_keys_can_be_turned_off_where_nothing_is_stored(page: Page) -> None:
    page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
    )
    search(page, "招商引资")
    page.keyboard.press("?")
    page.get_by_role("switch", name="按键").click()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")


# -- search fields -----------------------------------------------------------------------------------------


def test_a_slash_goes_on_with_what_was_asked(page: Page) -> None:
    search(page, "招商引资")
    page.keyboard.press("/")
    page.keyboard.type(" 安全")
    assert page.input_value("#q") == "招商引资 安全"


@pytest.mark.parametrize("path", ["/years?q=招商引资", "/templates", "/files"])
def test_escape_leaves_a_search_field_as_it_is(page: Page, path: str) -> None:
    page.goto(path)
    field = page.locator("input[type=search]:not(#q)")
    field.fill("园区")
    page.keyboard.press("Escape")
    expect(field).to_have_value("园区")
    expect(field).not_to_be_focused()


# -- filters -----------------------------------------------------------------------------------------------


def test_home_and_end_among_the_years(page: Page) -> None:
    search(page, "招商引资")
    years = page.eval_on_selector_all(".bars a", "all => all.map(a => a.getAttribute('aria-label'))")
    page.locator(".bars a[tabindex='0']").focus()
    page.keyboard.press("End")
    assert name_of_focus(page) == years[-1]
    page.keyboard.press("Home")
    assert name_of_focus(page) == years[0]
    page.keyboard.press("Shift+End")
    expect(page.locator(".range")).to_have_text(f"{years[0][:4]}—{years[-1][:4]}")


def test_the_focus_stays_at_the_years(page: Page) -> None:
    search(page, "招商引资")
    page.locator(".bars a[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    arrive(page, ".chips")
    current = page.locator(".bars a[aria-current]")
    expect(current.first).to_be_focused()
    page.reload()
    arrive(page, ".chips")
    assert page.evaluate("document.activeElement === document.body")  # nothing was chosen this time


@pytest.mark.parametrize(("width", "focused"), [(1280, ".filters li a[aria-current]"), (360, ".chips a")])
def test_the_focus_stays_at_a_filter(visit: Visit, address: str, width: int, focused: str) -> None:
    page = visit(address, size=(width, 800))
    search(page, "招商引资")
    if width == 360:
        page.locator(".tofilters").focus()
        page.keyboard.press("Enter")
    page.locator(".filters li a:has-text('总结')").focus()
    page.keyboard.press("Enter")
    arrive(page, ".chips")
    expect(page.locator(focused)).to_be_focused()
    page.locator(".chips a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "part=" not in url)
    assert page.evaluate("document.activeElement.matches('.filters a, .tofilters')")


def test_the_mouse_leaves_the_focus_alone(page: Page) -> None:
    search(page, "招商引资")
    page.click(".filters li a:has-text('总结')")
    arrive(page, ".chips")
    assert page.evaluate("document.activeElement === document.body")
