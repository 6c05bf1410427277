"""What only the style sheet decides: forced colours, paper, how long lines are and where they break."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import ROOT, SIZES, Visit
from tests.browser.places import QUERY, Place
from tests.browser.waiting import arrive

if TYPE_CHECKING:
    from playwright.sync_api import Page

SHEET = (ROOT / "webui/static/gaoku.css").read_text("utf-8")


def style(page: Page, selector: str, name: str, pseudo: str = "") -> str:
    """A computed property of the first element that is selected."""
    found: str = page.locator(selector).first.evaluate(
        "(e, [name, pseudo]) => getComputedStyle(e, pseudo || null).getPropertyValue(name)", [name, pseudo]
    )
    return found


# -- the sheet itself ----------------------------------------------------------------------------


def test_every_class_of_the_sheet_is_used() -> None:
    folder = ROOT / "webui"
    files = [p for kind in ("templates/*.html", "static/*.js", "*.py") for p in folder.glob(kind)]
    used = "\n".join(
        re.findall(
            r"\"[^\"\n]*\"|'[^'\n]*'|block kind %[^{]*", "\n".join(path.read_text("utf-8") for path in files)
        )
    )
    rules = re.sub(r"/\*.*?\*/|\{[^{}]*\}", " ", SHEET, flags=re.DOTALL)
    names = set(re.findall(r"\.([a-z][\w-]*)", rules)) - {f"l{level}" for level in range(1, 6)}
    assert len(names) > 100
    unused = {name for name in names if not re.search(rf"(?<![\w.-]){name}(?![\w-])", used)}
    assert unused == set()


def test_colours_are_named_once() -> None:
    rules = re.sub(r"--[\w-]+:[^;]*;", "", SHEET)
    assert re.findall(r"[ :]#[0-9a-f]{3,8}\b|rgba?\([^)]*\)", rules) == []


# -- colours that the system forces --------------------------------------------------------------


@pytest.fixture
def forced(visit: Visit, corpus_address: str) -> Page:
    """A visit in the system's own colours."""
    page = visit(corpus_address)
    page.emulate_media(forced_colors="active")
    return page


def test_what_is_chosen_can_be_told_in_forced_colours(forced: Page, places: dict[str, Place]) -> None:
    places["folded"].open(forced)
    chosen = style(forced, ".group a[aria-current]", "background-color")
    assert chosen != style(forced, ".group a:not([aria-current])", "background-color")
    forced.fill("#q", "招商")
    forced.wait_for_selector("[role=listbox] [role=option]")
    forced.keyboard.press("ArrowDown")
    forced.wait_for_selector("[role=option][aria-selected=true]")
    selected = style(forced, "[role=option][aria-selected=true]", "background-color")
    assert selected == chosen != style(forced, "[role=option]:not([aria-selected=true])", "background-color")


def test_where_one_is_can_be_told_in_forced_colours(forced: Page, places: dict[str, Place]) -> None:
    places["results"].open(forced)
    forced.keyboard.press("j")
    ground = style(forced, "body", "background-color")
    assert style(forced, ".hit:focus-within", "background-color", "::before") != ground
    assert style(forced, ".passage mark", "background-color") != ground
    assert style(forced, ".ask button", "color") != style(forced, ".ask button", "background-color")
    assert style(forced, ".ask button", "forced-color-adjust") == "none"  # no ground of its own behind words
    places["report"].open(forced)
    here = style(forced, ".part:target", "border-left-color")
    other = style(forced, ".part:not(:target, :has(mark:target))", "border-left-color")
    assert other == style(forced, "body", "background-color") != here
    current = forced.locator(".outline a[aria-current]")
    expect(current).to_have_count(1)
    shown = style(forced, ".outline a[aria-current]", "background-color")
    assert shown != style(forced, ".outline a:not([aria-current])", "background-color")


# -- paper ---------------------------------------------------------------------------------------


def test_paper_knows_no_dark(visit: Visit, corpus_address: str, places: dict[str, Place]) -> None:
    names = ("--accent-soft", "--old", "--new", "--bar", "--paper", "--ink")
    shown = {}
    for scheme in ("light", "dark"):
        page = visit(corpus_address, scheme="dark" if scheme == "dark" else "light")
        places["folded"].open(page)
        page.emulate_media(media="print")
        shown[scheme] = [style(page, "html", name) for name in names]
    assert shown["light"] == shown["dark"]


def test_paper_has_no_box_around_a_difference(visit: Visit, places: dict[str, Place]) -> None:
    page = visit(places["compare"].address)
    places["compare"].open(page)
    page.evaluate("document.querySelector('del, ins').id = 'here'; location.replace('#here')")
    page.wait_for_selector(":is(del, ins):target")
    assert style(page, ":is(del, ins):target", "outline-style") == "solid"
    page.emulate_media(media="print")
    assert style(page, ":is(del, ins):target", "outline-style") == "none"


# -- lines ---------------------------------------------------------------------------------------


_PARTS = """e => [...e.children].map(part => {
  const box = part.getBoundingClientRect();
  return {text: part.textContent.trim(), left: box.left, top: box.top, height: box.height};
})"""


@pytest.mark.parametrize("size", [*SIZES, (1920, 900)], ids=lambda size: str(size[0]))
def test_numbers_break_between_what_they_tell(
    visit: Visit, repeated_address: str, size: tuple[int, int]
) -> None:
    page = visit(repeated_address, size=size)
    page.goto("/?q=" + quote("农业总产值"))
    numbers = page.locator(".numbers")
    parts = numbers.evaluate(_PARTS)
    assert [part["text"].startswith("· ") for part in parts] == [False, True, True, True]
    line, em = (
        float(style(page, ".numbers", name).removesuffix("px")) for name in ("line-height", "font-size")
    )
    assert max(part["height"] for part in parts) <= line + 1  # each in one piece
    lines = [part for n, part in enumerate(parts) if not n or part["top"] > parts[n - 1]["top"] + line / 2]
    assert len(lines) == (2 if size[0] == 360 else 1)
    # What begins a line has its dot left of the text, where all is clipped.
    text = page.locator("main .bar").evaluate("e => e.getBoundingClientRect().left")
    assert [part["left"] for part in lines] == pytest.approx([text - em] * len(lines), abs=1)
    clip = style(page, ".numbers", "clip-path")
    assert float(clip.split()[-1].removesuffix("px)")) == pytest.approx(em - 4)


@pytest.mark.parametrize("width", [768, 1280, 1920])
def test_the_order_of_hits_is_chosen_at_one_place(visit: Visit, corpus_address: str, width: int) -> None:
    page = visit(corpus_address, size=(width, 900))
    lefts = []
    for query in (QUERY, "“招商引资到位资金”", "工作"):
        page.goto(f"/?q={quote(query)}")
        box, numbers = page.locator(".sorts").bounding_box(), page.locator(".numbers").bounding_box()
        assert box is not None
        assert numbers is not None
        assert box["y"] >= numbers["y"] + numbers["height"] - 1  # beneath
        lefts.append(box["x"])
    main = page.locator("main .bar").bounding_box()
    assert main is not None
    assert lefts == [main["x"]] * 3


@pytest.mark.parametrize("width", [768, 1280, 1920, 2560])
def test_passages_have_lines_that_eyes_can_follow(visit: Visit, corpus_address: str, width: int) -> None:
    page = visit(corpus_address, size=(width, 900))
    page.goto(f"/?q={quote(QUERY)}")
    characters = page.eval_on_selector_all(
        ".passage", "all => all.map(e => e.clientWidth / parseFloat(getComputedStyle(e).fontSize))"
    )
    assert max(characters) <= 42


# -- targets -------------------------------------------------------------------------------------


def test_what_is_beside_a_section_is_large_enough(visit: Visit, repeated_address: str, axe: str) -> None:
    page = visit(repeated_address)
    page.goto("/?q=" + quote("农业总产值"))
    page.locator(".place").first.click()
    arrive(page, ".beside .copies")
    heights = page.eval_on_selector_all(
        ".beside :is(a, button)", "all => all.map(e => e.getBoundingClientRect().height)"
    )
    assert min(heights) >= 24
    assert violations(page, axe) == []
