"""axe-core finds no violation of WCAG 2.2 A and AA on any kind of page."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import SCHEMES, SIZES, Visit
from tests.browser.places import NAMES, Place

if TYPE_CHECKING:
    from playwright.sync_api import Page

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """async tags => {
  const {violations} = await axe.run(document, {runOnly: tags, resultTypes: ['violations'], preload: false});
  return violations.map(({id, nodes}) => [id, nodes.map(n => [n.target.join(' '), n.failureSummary])]);
}"""


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core itself; the rest of its package is not needed."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def violations(page: Page, axe: str) -> list[str]:
    """What axe-core objects to, one line a rule, with the first elements."""
    page.evaluate(axe)
    found: list[tuple[str, list[Any]]] = page.evaluate(_RUN, _TAGS)
    return [f"{rule} ({len(nodes)}): {nodes[:3]}" for rule, nodes in found]


@pytest.mark.parametrize("size", [SIZES[0], SIZES[-1]], ids=lambda size: str(size[0]))
@pytest.mark.parametrize("name", NAMES)
def test_no_violation(
    visit: Visit, places: dict[str, Place], axe: str, name: str, size: tuple[int, int]
) -> None:
    page = visit(places[name].address, size=size)
    places[name].open(page)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found = violations(page, axe)
        assert not found, "\n".join([scheme, *found])


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
    page.fill("#q", "")
    page.keyboard.insert_text("招商")
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
