"""With the keyboard alone: what has the focus can be seen, in an order that makes sense."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCHEMES, SIZES, Scheme, Visit
from tests.browser.places import QUERY, Place
from tests.browser.waiting import arrive, painted, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: What has the focus: its words, where it is, and how that is shown; None: nothing has.
_FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return null;
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const hit = e.closest('.hit');
  const bar = hit ? getComputedStyle(hit, '::before') : null;
  const shapes = e instanceof SVGElement ? [...e.querySelectorAll('*')].map(s => getComputedStyle(s)) : [];
  const at = document.elementFromPoint(
    Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1),
    Math.min(Math.max(box.y + Math.min(box.height, 20) / 2, 0), innerHeight - 1));
  return {
    name: (e.innerText || e.getAttribute('aria-label') || e.id || e.tagName).trim().slice(0, 40),
    key: e.outerHTML.slice(0, 400) + [box.x + scrollX, box.y + scrollY],
    top: box.top, bottom: box.bottom, height: innerHeight, within: box.width > 0 && box.height > 0,
    covered: !(at && [e, ...(e.labels || [])].some(one => one.contains(at) || at.contains(one))),
    shown: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)
      || (style.textDecorationLine.includes('underline') && bar && bar.content !== 'none')
      || shapes.some(one => one.stroke !== 'none' && parseFloat(one.strokeWidth) >= 2),
  };
}"""


def focused(page: Page) -> dict[str, Any]:
    """What has the focus."""
    found: dict[str, Any] = page.evaluate(_FOCUSED)
    assert found is not None, "nothing has the focus"
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_the_way_from_a_question_to_its_place_and_back(
    visit: Visit, corpus_address: str, size: tuple[int, int], scheme: Scheme
) -> None:
    page = visit(corpus_address, size=size, scheme=scheme)
    page.goto("/files")
    page.keyboard.press("/")
    assert focused(page)["shown"]
    page.keyboard.insert_text(QUERY)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/\?q="))
    places = page.eval_on_selector_all(".place", "all => all.map(a => a.href)")
    for key, place in zip("jjjk", (0, 1, 2, 1), strict=True):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.href") == places[place]
        found = focused(page)
        assert found["shown"]
        assert found["top"] >= 0
        assert found["bottom"] <= found["height"]
    page.keyboard.press("Enter")
    arrive(page, "section:target")
    assert page.url == places[1]
    for key in "nnp":
        page.keyboard.press(key)
        page.wait_for_selector("mark:target")
        painted(page)
        box = page.locator("mark:target").bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= size[1] - box["height"]  # what is found stands before the eyes
        covered = page.evaluate(
            "([x, y]) => !document.elementFromPoint(x, y).closest('mark:target')",
            [box["x"] + min(box["width"], 20) / 2, box["y"] + min(box["height"], 20) / 2],
        )
        assert not covered
    page.go_back()
    arrive(page, ".hit")
    assert page.input_value("#q") == QUERY


@pytest.mark.parametrize("size", [SIZES[0], SIZES[-1]], ids=lambda size: str(size[0]))
@pytest.mark.parametrize(
    "name",
    [
        "start",
        "results",
        "nothing",
        "report",
        "similar",
        "draft-answer",
        "templates",
        "template",
        "choose",
        "choose-second",
        "compare",
        "years",
        "files",
    ],
)
def test_tab_goes_through_everything_in_order(
    visit: Visit, places: dict[str, Place], name: str, size: tuple[int, int]
) -> None:
    page = visit(places[name].address, size=size)
    places[name].open(page)
    painted(page)  # what gets the focus at the start has it then
    page.evaluate("history.replaceState(null, '', location.pathname + location.search)")
    page.evaluate("document.activeElement.blur()")
    page.evaluate("scrollTo(0, 0)")
    if name != "report":  # there the address names the place where Tab begins
        page.keyboard.press("Tab")
        if name != "start":  # where the search box has the focus from the beginning
            assert focused(page)["name"] == "跳到正文"
    seen: list[str] = []
    for _ in range(1000):
        page.keyboard.press("Tab")
        found = page.evaluate(_FOCUSED)
        if found is None:
            break
        assert found["key"] not in seen, found["name"]
        seen.append(found["key"])
        assert found["within"], found["name"]
        assert found["shown"], found["name"]
        assert found["bottom"] > 0, found["name"]
        assert found["top"] < found["height"], found["name"]
        assert not found["covered"], found["name"]  # WCAG 2.4.11: not obscured
    else:
        pytest.fail("the page has no end")
    assert len(seen) >= 5
    assert page.evaluate("[...document.querySelectorAll('[tabindex]')].every(e => e.tabIndex <= 0)")


def test_skip_to_the_text(visit: Visit, places: dict[str, Place]) -> None:
    page = visit(places["results"].address)
    places["results"].open(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    painted(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_escape(visit: Visit, places: dict[str, Place]) -> None:
    page = visit(places["results"].address, size=SIZES[0])
    places["results"].open(page)
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") != "q"
    assert page.input_value("#q") == QUERY  # nothing that was typed is lost
    page.locator(".tofilters").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".filters")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".filters")).to_be_hidden()


def test_the_sheet_of_filters_is_all_there_is_while_it_is_open(
    visit: Visit, places: dict[str, Place]
) -> None:
    page = visit(places["results"].address, size=SIZES[0])
    places["results"].open(page)
    page.evaluate("scrollTo(0, 40)")  # the link is still in sight
    address, entries = page.url, page.evaluate("history.length")
    page.locator(".tofilters").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#filters:target")
    assert page.evaluate("document.querySelector('#filters').contains(document.activeElement)")
    stops = 0
    while page.evaluate("document.activeElement !== document.body"):
        assert page.evaluate("!!document.activeElement.closest('#filters')"), focused(page)["name"]
        stops += 1
        assert stops < 1000
        page.keyboard.press("Tab")
    assert stops > 10
    page.mouse.move(180, 400)
    page.mouse.wheel(0, 100_000)
    page.mouse.wheel(0, 3_000)
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") == 40  # the page behind stays where it is
    for key in (True, False):
        if key:
            page.keyboard.press("Escape")
        else:
            page.click(".sheethead a")
        page.wait_for_selector("#filters", state="hidden")
        assert page.evaluate("document.activeElement.className") == "tofilters"
        assert page.evaluate("scrollY") == 40
        assert page.url == address
        assert page.evaluate("document.querySelectorAll('[inert]').length") == 0
        page.keyboard.press("Enter")
        page.wait_for_selector("#filters:target")
    page.set_viewport_size({"width": 1440, "height": 900})  # the sheet is a column again
    until(page, "!document.querySelector('[inert]')")
    assert page.evaluate("history.length") == entries


def test_j_and_k_go_on_over_the_pages(visit: Visit, address: str) -> None:
    page = visit(address)
    page.goto("/?q=%E7%81%AF%E5%A1%94&fold=0")
    at = "[...document.querySelectorAll('.place')].indexOf(document.activeElement)"
    entries = page.evaluate("history.length")
    for _ in range(20):
        page.keyboard.press("j")
    assert page.evaluate(at) == 19
    page.keyboard.press("j")
    page.wait_for_url(re.compile("page=2"))
    until(page, f"{at} === 0")
    assert page.evaluate("history.length") == entries + 1
    page.keyboard.press("j")
    assert page.evaluate(at) == 1
    page.keyboard.press("k")
    page.keyboard.press("k")
    page.wait_for_url(lambda url: "page=" not in url)
    until(page, f"{at} === 19")
    expect(page.locator(".hit:focus-within")).to_be_in_viewport()
    page.keyboard.press("k")
    page.go_back()  # where the page was when it was left
    page.wait_for_url(re.compile("page=2"))
    until(page, f"{at} === 0")
    page.go_forward()
    page.wait_for_url(lambda url: "page=" not in url)
    until(page, f"{at} === 18")
    page.goto("/?q=%E7%81%AF%E5%A1%94&fold=0&page=3")
    assert page.evaluate(at) == -1  # only where a key turned the page
    page.keyboard.press("k")  # the last
    last = page.evaluate(at)
    page.keyboard.press("j")
    assert page.evaluate(at) == last == 4
    page.wait_for_timeout(100)
    assert page.url.endswith("page=3")
