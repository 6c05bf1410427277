"""Who added a wrong file takes it back, and who took out a wrong one puts it back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from indexer import build
from indexer.settings import Settings
from tests.browser.axe import violations
from tests.browser.conftest import SIZES, Serve, Visit
from tests.browser.waiting import ENDED, arrive
from tests.webui.conftest import FILES, Corpus
from webui.access import Rules

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAME = "磨坊2023年工作总结.txt"
TEXT = "青浦镇2023年工作总结\n\n一、主要成绩\n\n青浦镇的风车磨坊全年磨面三百担。\n"


@pytest.fixture
def office(tmp_path: Path, serve: Serve) -> str:
    """A server over FILES: its address."""
    corpus = Corpus(tmp_path)
    for name, text in FILES.items():
        corpus.write(name, text)
    corpus.update()
    return serve(corpus.index)


def add(page: Page) -> None:
    """Add the file as people do, and wait until it can be found."""
    page.goto("/add")
    with page.expect_file_chooser() as chooser:
        page.click("#pick-files")
    chooser.value.set_files({"name": NAME, "mimeType": "text/plain", "buffer": TEXT.encode()})
    expect(page.locator("#outcome")).to_be_visible(timeout=ENDED)


def find(page: Page, count: int) -> None:
    """Search for it, until so many hits are there: a run may still go on."""
    for _ in range(ENDED // 500):
        page.goto("/?q=风车磨坊")
        if page.locator(".hit").count() == count:
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"never {count} hits")


def removed_button(page: Page) -> Page:
    """The list of what was taken out, reached by its link."""
    page.goto("/files")
    page.get_by_role("link", name="已移出").click()
    page.wait_for_url(re.compile("show=removed"))
    expect(page.get_by_role("button", name=f"放回“{NAME}”")).to_have_count(1)
    return page


def test_out_of_the_outcome_and_back(visit: Visit, office: str) -> None:
    page = visit(office)
    add(page)
    page.locator("#results").get_by_role("button", name=f"移出“{NAME}”").click()
    expect(page.locator(".undone")).to_have_text(re.compile(f"已移出“{NAME}”，更新索引后不再搜到。"))
    expect(page).to_have_url(re.compile(r"/files\?out="))
    find(page, 0)
    removed_button(page).get_by_role("button", name="放回").click()
    expect(page.locator(".undone")).to_have_text(re.compile(f"已放回“{NAME}”，更新索引后又能搜到。"))
    find(page, 1)


def test_out_of_the_files_and_back_at_once_by_keys(visit: Visit, office: str) -> None:
    page = visit(office)
    add(page)
    page.goto("/files")
    expect(page.get_by_role("button", name="移出")).to_have_count(1)  # of the added file alone
    page.locator(".hit", has_text=NAME).locator(".place").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=f"移出“{NAME}”")).to_be_focused()
    page.keyboard.press("Enter")
    arrive(page, ".undone button")
    undo = page.locator(".undone button")
    for _ in range(30):
        page.keyboard.press("Tab")
        if undo.evaluate("button => button === document.activeElement"):
            break
    expect(undo).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".undone")).to_contain_text("已放回")
    expect(page.locator(".undone button")).to_have_count(0)
    find(page, 1)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_place_in_a_long_list(visit: Visit, tmp_path: Path, serve: Serve, scripts: bool) -> None:
    """The 11th of a filter's list: what is said of it is seen there, and Tab leads to what undoes it."""
    corpus = Corpus(tmp_path)
    uploads = corpus.index.parent / "uploads"
    uploads.mkdir()
    for n in range(1, 16):
        (uploads / f"第{n:02}份总结.txt").write_text(TEXT.replace("磨坊", f"磨坊{n}"), "utf-8")
    corpus.write("别的.txt", TEXT)
    build.update(corpus.index, [corpus.folder, uploads], Settings(), jobs=1)
    page = visit(serve(corpus.index), scripts=scripts)
    page.goto("/files?q=总结")
    button = page.get_by_role("button", name="移出“第11份总结.txt”")
    button.scroll_into_view_if_needed()
    button.click()
    undo = page.get_by_role("button", name="放回“第11份总结.txt”")
    for _ in range(2):  # the page that is come to; the same once the index was updated
        expect(page.locator(".chips bdi")).to_have_text("总结")
        expect(page.locator(".undone")).to_be_in_viewport(ratio=1)
        expect(page.locator(".hit", has_text="第10份总结.txt")).to_be_in_viewport()
        expect(page.locator(".hit", has_text="第12份总结.txt")).to_be_in_viewport()
        for _ in range(ENDED // 500):
            if not page.locator("#running").count():
                break
            page.wait_for_timeout(500)
            if not scripts:
                address = page.url
                page.goto("/")
                page.goto(address)
    arrive(page, ".undone:target")  # it may just have loaded itself again
    expect(page.locator(".hit", has_text="第11份总结.txt")).to_have_count(0)
    page.keyboard.press("Tab")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".undone")).to_contain_text("已放回")
    expect(page.locator(".undone")).to_be_in_viewport(ratio=1)
    expect(page.locator(".chips bdi")).to_have_text("总结")


def test_without_scripts(visit: Visit, office: str) -> None:
    add(visit(office))
    page = visit(office, scripts=False)
    page.goto("/files")
    page.get_by_role("button", name="移出").click()
    expect(page.locator(".undone")).to_contain_text("已移出")
    find(page, 0)
    removed_button(page).get_by_role("button", name="放回").click()
    expect(page.locator(".undone")).to_contain_text("已放回")
    find(page, 1)


def test_two_take_out_the_same(visit: Visit, office: str) -> None:
    first, second = visit(office), visit(office)
    add(first)
    for page in (first, second):
        page.goto("/files")
    first.get_by_role("button", name="移出").click()
    expect(first.locator(".undone")).to_contain_text("已移出")
    second.get_by_role("button", name="移出").click()
    expect(second.get_by_role("heading", name="没有这个文件")).to_be_visible()
    removed_button(second)


def test_for_reading_only(visit: Visit, office: str, serve: Serve, tmp_path: Path) -> None:
    page = visit(office)
    add(page)
    reading = visit(serve(tmp_path / "index", Rules(read_only=True)))
    reading.goto("/files")
    expect(reading.locator(".hit", has_text=NAME)).to_have_count(1)
    expect(reading.get_by_role("button", name="移出")).to_have_count(0)


@pytest.mark.parametrize("size", [SIZES[0], SIZES[-1]], ids=str)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_looks(
    visit: Visit, office: str, axe: str, artefacts: Path, size: tuple[int, int], scheme: str
) -> None:
    page = visit(office, size=size, scheme=scheme)  # type: ignore[arg-type]

    def look(what: str) -> None:
        assert violations(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        for button in page.locator(".acts button").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= (40 if size[0] < 500 else 28)
            assert box["width"] >= 44
        for link in page.locator(".levels a").all():  # each in one line
            assert link.evaluate("link => link.getClientRects().length") == 1
            assert (link.bounding_box() or {"height": 99})["height"] < 40
        page.screenshot(path=artefacts / f"taking-out-{what}-{size[0]}-{scheme}.png", full_page=True)

    add(page)
    look("outcome")
    page.goto("/files")
    look("files")
    page.get_by_role("button", name="移出").click()
    arrive(page, ".undone")
    expect(page.locator("#running")).to_have_count(0, timeout=ENDED)  # then the page loads itself again
    arrive(page, ".undone")
    look("out")
    removed_button(page)
    look("removed")
