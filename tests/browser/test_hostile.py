"""Texts and names that would do harm are shown as text on every page, and nothing sticks out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from indexer.library import Library
from indexer.repeated import list_families
from indexer.similar import similar
from tests.browser import hostile
from tests.browser.conftest import SIZES, Visit
from tests.browser.waiting import arrive, painted

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Elements that only a text that was taken for markup brings.
_BROUGHT = "script:not([src]), img, .harm, body title:not(svg title), body textarea[name=x]"


@pytest.fixture(scope="session")
def paths(hostile_index: Path) -> dict[str, list[str]]:
    """Paths of pages that show the hostile texts, by the kind of page."""
    library = Library(hostile_index)
    try:
        filed = [entry.file for entry in library.files()]
        families = {level: list_families(library, level) for level in ("paragraph", "section", "report")}
        reports = sorted({m.report for f in families["section"].families for m in f.members})
        pairs = []
        for report in reports:
            hits = similar(library, report, 1)
            pairs += [(report, hit.filed.report_id) for hit in hits]
    finally:
        library.close()
    assert len(filed) == len(hostile.FILES)
    assert len(pairs) >= len(hostile.PIECES)
    return {
        "results": [f"/?q={quote('招商引资')}{more}" for more in ("", "&page=2", "&fold=0")],
        "queries": [f"/?q={quote(piece[:1500])}" for piece in hostile.PIECES],
        "bad filters": [f"/?q=x&year={quote(piece[:1500])}" for piece in hostile.PIECES],
        "reports": [f"/report/{report}?q={quote('招商引资')}" for report in reports],
        "similar": [f"/similar?to={report}" for report in reports],
        "compare": [f"/compare?a={one}&b={other}" for one, other in pairs],
        "choose": [
            *(f"/compare?a={report}" for report in reports),
            f"/compare?q={quote(hostile.HARM)}",
        ],
        "years": [f"/years?q={quote(piece[:1500])}" for piece in ("招商引资", *hostile.PIECES)],
        "templates": [
            f"/templates?{given}"
            for given in ("", "level=report", "level=paragraph", f"q={quote(hostile.HARM)}")
        ],
        "template": [
            f"/templates/{family.id}" for found in families.values() for family in found.families[:12]
        ],
        "files": ["/files", f"/files?q={quote(hostile.HARM)}"],
    }


def check(page: Page, path: str) -> str:
    """Nothing on this page was executed, nothing sticks out at any width; the text that it shows."""
    assert page.evaluate("window.harm") is None, path
    assert page.locator(_BROUGHT).count() == 0, path
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    return page.inner_text("body")


@pytest.mark.parametrize(
    "kind",
    [
        "results",
        "queries",
        "bad filters",
        "reports",
        "similar",
        "compare",
        "choose",
        "years",
        "templates",
        "template",
        "files",
    ],
)
def test_shown_as_text(
    visit: Visit, hostile_address: str, paths: dict[str, list[str]], artefacts: Path, kind: str
) -> None:
    page = visit(hostile_address)
    shown = ""
    assert paths[kind]
    for number, path in enumerate(paths[kind]):
        page.set_viewport_size({"width": 1440, "height": 900})
        answer = page.goto(path)
        assert answer is not None
        assert answer.status < 500, path
        shown += check(page, path)
        page.set_viewport_size({"width": 360, "height": 740})
        page.screenshot(path=artefacts / f"hostile-{kind.replace(' ', '-')}-{number}-360.png")
    if kind not in ("bad filters", "queries", "years"):
        assert "<script>window.harm=1" in shown
        assert "🏗️" in shown


def test_beside_the_list(visit: Visit, hostile_address: str) -> None:
    page = visit(hostile_address)
    page.goto(f"/?q={quote('招商引资')}&fold=0")
    shown = set()
    for hit in page.locator(".result").all():
        page.keyboard.press("j")
        page.wait_for_selector(".result.shown:focus-within")
        title = hit.locator(".place").inner_text()
        expect(page.locator(".preview h2")).to_have_text(title, use_inner_text=True)
        shown.add(title)
        assert page.locator(_BROUGHT).count() == 0
        assert page.evaluate("window.harm") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= 1440
        assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('.preview'))")
    assert len(shown) > 5


def test_in_a_draft(visit: Visit, hostile_address: str) -> None:
    page = visit(hostile_address)
    for piece in hostile.PIECES:
        page.goto("/similar")
        draft = f"全年招商引资{piece}到位资金18亿元。\n</textarea>{piece}"
        page.fill("#text", draft)
        page.click("#draft button[type=submit]")
        arrive(page, ".whole")
        assert page.input_value("#text") == draft
        assert re.sub(r"\s", "", piece[:40]) in re.sub(r"\s", "", check(page, piece[:40]))
        page.set_viewport_size({"width": 1440, "height": 900})


def test_what_is_typed_is_no_markup(visit: Visit, hostile_address: str) -> None:
    page = visit(hostile_address)
    for piece in hostile.PIECES:
        page.goto("/")
        page.click("#q")
        with page.expect_response("**/api/suggest?*") as answer:  # what a page may offer while one types
            page.keyboard.insert_text(piece[:300])
        answer.value.finished()
        painted(page)
        check(page, piece[:40])
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"\?q="))
        assert page.input_value("#q") == piece[:300]
        check(page, piece[:40])
