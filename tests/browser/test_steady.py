"""Nothing moves while a page comes up; the page one comes back to is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import CHROMIUM, CHROMIUM_ARGUMENTS, Visit
from tests.browser.places import Place
from tests.browser.test_walk import search
from tests.browser.waiting import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: The sum of all layout shifts so far, as Core Web Vitals count them.
_SHIFTED = """() => new Promise(resolve => {
  let sum = 0;
  const add = list => list.getEntries().forEach(entry => { sum += entry.value; });
  const observer = new PerformanceObserver(add);
  observer.observe({type: 'layout-shift', buffered: true});
  setTimeout(() => { observer.takeRecords().forEach(entry => { sum += entry.value; }); resolve(sum); }, 300);
})"""

#: More searches than a screen holds, kept and recent; the page of results is one of them.
_REMEMBER = """() => {
  const all = n => Array.from({length: n}, (_, i) => ({name: `词${i}`, url: `/?q=${i}`}));
  localStorage.setItem('gaoku.saved', JSON.stringify(
    [{name: '招商引资', url: '/?q=' + encodeURIComponent('招商引资')}, ...all(12)]));
  localStorage.setItem('gaoku.recent', JSON.stringify(all(10)));
}"""


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("remembered", [False, True])
@pytest.mark.parametrize("name", ["start", "results", "report", "report-plain"])
def test_nothing_moves(
    visit: Visit, places: dict[str, Place], name: str, remembered: bool, width: int
) -> None:
    page = visit(places[name].address, size=(width, 800))
    page.goto("/files")
    if remembered:
        page.evaluate(_REMEMBER)
    page.goto(places[name].path)
    page.wait_for_load_state("networkidle")
    if remembered and name == "start":
        assert page.locator("#mine li").count() == 23
    if remembered and name == "results":
        expect(page.locator(".keep")).to_have_text("已收藏")
    assert page.evaluate(_SHIFTED) < 0.02


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("name", ["start", "results"])
def test_what_scripts_add_has_its_room(visit: Visit, places: dict[str, Place], name: str, width: int) -> None:
    tops = []
    for scripts in (False, True):
        page = visit(places[name].address, size=(width, 800), scripts=scripts)
        if scripts:
            page.goto("/files")
            page.evaluate(_REMEMBER)
        page.goto(places[name].path)
        page.wait_for_load_state("networkidle")
        parts = page.locator(".examples, .browse, .words, .hit")
        boxes = [part.bounding_box() for part in parts.all()]
        numbers = page.locator(".numbers, .holds").bounding_box()  # how long it took is told in them
        assert numbers
        tops.append([box and box["y"] - numbers["height"] for box in boxes])
    assert tops[0]
    assert tops[0] == tops[1]


def test_a_press_on_keep_moves_nothing(visit: Visit, places: dict[str, Place]) -> None:
    page = visit(places["results"].address, size=(360, 740))
    places["results"].open(page)
    before = page.locator(".hit").first.bounding_box()
    page.locator(".keep").click()
    expect(page.locator(".keep")).to_have_text("已收藏")
    assert page.locator(".hit").first.bounding_box() == before


def test_without_scripts_there_is_nothing_to_keep(visit: Visit, address: str) -> None:
    page = visit(address, scripts=False)
    search(page, "招商引资")
    expect(page.locator(".keep")).to_be_hidden()


# -- back, to a page that the browser has kept whole -------------------------------------------------------


@pytest.fixture
def keeping(browser: Browser, address: str) -> Iterator[Page]:
    """A page of a browser that keeps pages for Back, as people's do and those of tests do not."""
    other = browser.browser_type.launch(
        executable_path=str(CHROMIUM),
        args=CHROMIUM_ARGUMENTS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    page = other.new_context(base_url=address, viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script("addEventListener('pageshow', e => { window.cameBack = e.persisted; }, true)")
    yield page
    other.close()


def test_back_shows_what_was_asked(keeping: Page) -> None:
    search(keeping, "招商引资")
    keeping.fill("#q", "农业")
    keeping.keyboard.press("Enter")
    keeping.wait_for_url("**/?q=%E5%86%9C%E4%B8%9A*")
    keeping.wait_for_load_state()
    keeping.go_back(wait_until="commit")
    until(keeping, "window.cameBack === true")
    expect(keeping.locator("#q")).to_have_value("招商引资")
    assert "招商引资" in keeping.title()
    expect(keeping.get_by_role("option")).to_have_count(0)


def test_back_lists_what_was_searched_since(keeping: Page) -> None:
    search(keeping, "招商引资")
    keeping.locator(".keep").click()
    keeping.go_back(wait_until="commit")
    until(keeping, "window.cameBack === true")
    expect(keeping.locator("#mine section li a")).to_have_text(["招商引资", "招商引资"])
    keeping.locator("#mine section").first.get_by_role("button").click()
    keeping.go_forward(wait_until="commit")
    until(keeping, "window.cameBack === true && location.search")
    expect(keeping.locator(".keep")).to_have_text("收藏")
