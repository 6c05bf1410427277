"""axe-core finds no violation in what is opened on a page; the pages themselves are in test_every_page.py."""

from __future__ import annotations

from tests.browser.axe import violations
from tests.browser.conftest import SCHEMES, SIZES, Visit
from tests.browser.places import Place


def test_the_open_sheet_of_filters(visit: Visit, places: dict[str, Place], axe: str) -> None:
    page = visit(places["results"].address, size=SIZES[0])
    places["results"].open(page)
    page.click(".tofilters")
    found = violations(page, axe)
    assert not found, "\n".join(found)


def test_what_scripts_open(visit: Visit, places: dict[str, Place], axe: str) -> None:
    page = visit(places["results"].address)
    found = []

    def look() -> None:
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found.extend(violations(page, axe))

    places["results"].open(page)
    page.locator(".result .pick").first.click()
    page.wait_for_selector(".tray")
    look()
    page.fill("#q", "招商")
    page.wait_for_selector("[role=listbox] [role=option]")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("[role=option][aria-selected=true]")
    look()
    places["report"].open(page)
    page.keyboard.press("c")
    page.wait_for_selector(".said:not(:empty)")
    look()
    assert not found, "\n".join(found)


def test_axe_sees_what_is_wrong(visit: Visit, places: dict[str, Place], axe: str) -> None:
    page = visit(places["start"].address)
    places["start"].open(page)
    page.evaluate("document.querySelector('label[for=q]').remove()")
    page.evaluate("document.querySelector('#q').removeAttribute('placeholder')")
    page.evaluate("document.querySelector('.holds').style.color = '#eee'")
    found = violations(page, axe)
    assert [line.split()[0] for line in found] == ["color-contrast", "label"]
