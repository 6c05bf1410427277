"""Reading: where one is, the strip, copying with the source, the original, paper."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docx import Document
from playwright.sync_api import expect

from indexer.model import report_id
from tests.browser.conftest import SIZES, Serve, Visit
from tests.browser.waiting import arrive, painted
from tests.webui.conftest import Corpus

if TYPE_CHECKING:
    from playwright.sync_api import Page

HARBOUR = report_id("资料/海港.txt", 1)
GARDEN = report_id("资料/园区.txt", 1)
SOURCE = "《澄川园区2021年工作总结及2022年工作计划》（澄川园区，2021 年）"

#: What was put into the clipboard the old way, which needs no permission: it is read from the event.
_LISTEN = """
window.copied = [];
document.addEventListener("copy", () => window.copied.push(document.activeElement.value));
Object.defineProperty(navigator, "clipboard", {value: undefined});
"""

#: The same, where the test reads the clipboard itself.
_NO_CLIPBOARD = """
window.clipboard = navigator.clipboard;
Object.defineProperty(navigator, "clipboard", {value: undefined});
"""


@pytest.fixture
def page(visit: Visit, address: str) -> Page:
    """A page on a host like an intranet's: without a clipboard."""
    page = visit(address, size=(1280, 600))
    page.add_init_script(_LISTEN)
    return page


def copied(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.copied")
    return found


def test_outline_shows_where_one_is(page: Page) -> None:
    page.goto(f"/report/{HARBOUR}")
    here = page.locator(".outline [aria-current=location]")
    page.evaluate("document.getElementById('s20').scrollIntoView()")
    expect(here).to_have_attribute("href", "#s20")
    expect(here).to_be_in_viewport()
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    expect(here).to_have_attribute("href", "#s44")
    page.locator(".outline a[href='#s43']").click()  # the end of the page keeps it from coming up
    expect(here).to_have_attribute("href", "#s43")


def test_strip_leads_to_the_nearest_mark(page: Page) -> None:
    page.goto(f"/report/{HARBOUR}?q=灯塔")
    entries = page.evaluate("history.length")
    strip = page.locator(".strip")
    for share, mark in ((0.0, "#m1"), (1.0, "#m45")):
        painted(page)
        box = strip.bounding_box()  # it moves with the page until it sticks
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 1 + (box["height"] - 2) * share)
        page.wait_for_url(re.compile(f"{mark}$"))
        expect(page.locator("mark:target")).to_be_in_viewport()
        expect(page.locator(".strip a.now")).to_have_attribute("href", mark)
    assert page.evaluate("history.length") == entries
    page.keyboard.press("p")
    expect(page.locator(".strip a.now")).to_have_attribute("href", "#m44")


def test_copy_a_section_with_the_button_and_with_a_key(page: Page) -> None:
    page.goto(f"/report/{GARDEN}?q=招商引资")
    part = page.locator("#s2")
    part.hover()
    part.locator("button.copy").click()
    expect(page.locator(".said")).to_have_text("已复制")
    text = "（一）招商引资取得突破\n全年招商引资到位资金41亿元，新签约项目27个。招商引资队伍壮大。"
    path = "一、2021年工作总结 › （一）招商引资取得突破"
    whole = f"{text}\n——{SOURCE}，{path}，资料/园区.txt"
    assert copied(page) == [whole]
    assert page.evaluate("document.activeElement.className") == "copy"
    expect(page.locator(".said")).to_have_text("")  # it says so for a moment
    page.goto("/")
    page.goto(f"/report/{GARDEN}?q=招商引资#s2")
    page.keyboard.press("c")
    expect(page.locator(".said")).to_have_text("已复制")
    assert copied(page) == [whole]


@pytest.mark.parametrize("key", [True, False])
def test_copy_what_is_selected(page: Page, key: bool) -> None:
    page.goto(f"/report/{GARDEN}")
    page.evaluate(
        """() => {
          const text = document.querySelector("#s2 > p").firstChild;
          getSelection().setBaseAndExtent(text, 0, text, 14);
        }"""
    )
    expect(page.locator(".offer")).to_be_visible()
    page.keyboard.press("c") if key else page.click(".offer")
    expect(page.locator(".said")).to_have_text("已复制")
    path = "一、2021年工作总结 › （一）招商引资取得突破"
    assert copied(page) == [f"全年招商引资到位资金41亿元\n——{SOURCE}，{path}，资料/园区.txt"]
    assert page.evaluate("getSelection().toString()") == "全年招商引资到位资金41亿元"


def test_three_clicks_choose_a_paragraph_of_its_own_section(page: Page) -> None:
    """Though the range that they make ends in the heading behind it, or outside the report."""
    page.goto(f"/report/{GARDEN}")
    for paragraph in (page.locator("#s2 > p").last, page.locator("article .part > p").last):
        paragraph.click(click_count=3)
        expect(page.locator(".offer")).to_be_visible()
        path = paragraph.evaluate("p => p.closest('.part').dataset.path")
        assert path
        assert page.evaluate("getSelection().toString().trim()") == paragraph.inner_text().strip()
        page.keyboard.press("c")
        expect(page.locator(".said")).to_have_text("已复制")
        assert copied(page)[-1] == f"{paragraph.inner_text().strip()}\n——{SOURCE}，{path}，资料/园区.txt"
        expect(page.locator(".said")).to_have_text("")


def test_the_offer_to_copy_stays_in_sight(page: Page) -> None:
    page.goto(f"/report/{HARBOUR}")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('article'))")
    expect(page.locator(".offer")).to_be_in_viewport(ratio=1)


def test_copy_over_two_sections_names_what_is_above_both(page: Page) -> None:
    page.goto(f"/report/{GARDEN}")
    page.evaluate(
        """() => {
          const [from, to] = ["#s2 > p", "#s3 > p"].map((p) => document.querySelector(p).firstChild);
          getSelection().setBaseAndExtent(from, 0, to, 6);
        }"""
    )
    page.keyboard.press("c")
    (text,) = copied(page)
    assert text.endswith(f"\n——{SOURCE}，一、2021年工作总结，资料/园区.txt")
    assert "找相似" not in text
    assert "（二）項目建設穩步推進" in text.splitlines()


def test_the_clipboard_is_used_where_there_is_one(visit: Visit, address: str) -> None:
    page = visit(address)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/report/{GARDEN}#s2")
    page.keyboard.press("c")
    expect(page.locator(".said")).to_have_text("已复制")
    assert "资料/园区.txt" in page.evaluate("navigator.clipboard.readText()")


def test_original_by_key(page: Page) -> None:
    page.goto(f"/report/{GARDEN}")
    with page.context.expect_page() as opened:
        page.keyboard.press("o")
    opened.value.wait_for_url(f"**/original/{GARDEN}")
    assert "澄川园区2021年工作总结及2022年工作计划" in opened.value.inner_text("body")
    with page.expect_download() as saved:
        page.click("text=下载原文件")
    assert saved.value.suggested_filename == "园区.txt"


def test_paper_has_the_text_and_where_it_is_from(page: Page) -> None:
    page.goto(f"/report/{GARDEN}?q=招商引资")
    page.emulate_media(media="print")
    lines = [line for line in page.inner_text("body").splitlines() if line.strip()]
    expected = page.evaluate(
        """() => [...document.querySelectorAll("article :is(h1, h2, h3, h4), .part > p, .cite")]
                 .map((line) => line.textContent)"""
    )
    assert lines == expected
    assert lines[-1] == f"出处：{SOURCE}，资料/园区.txt"


# -- tables ------------------------------------------------------------------------------------------------

SHEETS = report_id("资料/表.docx", 1)
_ROWS = (
    ("指标", "2017年", "2018年"),
    ("灯", "8", "1,095.3"),
    ("灯", "塔", "9"),
    ("长", "字" * 10_000, "w" * 10_000),
)


@pytest.fixture(scope="session")
def sheets(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A server over a report with a table of figures and one of long words."""
    corpus = Corpus(tmp_path_factory.mktemp("sheets"))
    document = Document()
    for text in ("海湾园区2018年工作总结", "一、主要指标", "各项指标如下。"):
        document.add_paragraph(text)
    for rows in (_ROWS[:3], _ROWS[2:]):
        for row, cells in zip(document.add_table(len(rows), 3).rows, rows, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
        document.add_paragraph("表后面还有灯塔一座。")
    document.save(str(corpus.folder / "表.docx"))
    corpus.update()
    return serve(corpus.index)


@pytest.mark.parametrize("clipboard", [True, False])
@pytest.mark.parametrize("chosen", [None, ".sheet", ".sheet tbody"])
def test_a_table_is_copied_as_one(visit: Visit, sheets: str, clipboard: bool, chosen: str | None) -> None:
    """For programs for texts, which make no table of tabs; without a clipboard, too."""
    page = visit(sheets)
    if not clipboard:
        page.add_init_script(_NO_CLIPBOARD)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/report/{SHEETS}?q=灯塔#s1")
    if chosen:
        page.evaluate("(sheet) => getSelection().selectAllChildren(document.querySelector(sheet))", chosen)
    page.keyboard.press("c")
    expect(page.locator(".said")).to_have_text("已复制")
    pasted = page.evaluate(
        """async () => {
          const [item] = await (window.clipboard ?? navigator.clipboard).read();
          const html = await (await item.getType("text/html")).text();
          const read = new DOMParser().parseFromString(html, "text/html");
          return [...read.querySelectorAll("table")].map((table) =>
            [...table.rows].map((row) => [...row.cells].map((cell) => [cell.localName, cell.textContent])));
        }"""
    )
    rows = [[["th" if row is _ROWS[0] else "td", text] for text in row] for row in _ROWS]
    expected = {None: [rows[:3], rows[2:]], ".sheet": [rows[:3]], ".sheet tbody": [rows[1:3]]}
    assert pasted == expected[chosen]


def test_what_a_heading_ends_with_is_not_cited(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    corpus.write("灯.txt", "海港2018年工作总结\n\n一、修好灯塔。\n\n（一）夜里照明。\n\n十里以外看得见。\n")
    corpus.update()
    page = visit(serve(corpus.index))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    source = "——《海港2018年工作总结》（2018 年），一、修好灯塔，资料/灯.txt"
    for path in (f"/report/{report_id('资料/灯.txt', 1)}#s0", "/?q=看得见"):
        page.goto(path)
        page.keyboard.press("c")
        expect(page.locator(".said")).to_have_text("已复制")
        assert page.evaluate("navigator.clipboard.readText()").splitlines()[-1] == source


@pytest.mark.parametrize("key", [True, False])
def test_copy_a_table(visit: Visit, sheets: str, key: bool) -> None:
    page = visit(sheets)
    page.add_init_script(_LISTEN)
    page.goto(f"/report/{SHEETS}?q=灯塔#s1")
    rows = ["\t".join(row) for row in _ROWS]
    if key:
        page.keyboard.press("c")
    else:
        page.evaluate("getSelection().selectAllChildren(document.querySelector('.sheet'))")
        page.click(".offer")
    expect(page.locator(".said")).to_have_text("已复制")
    (text,) = copied(page)
    *lines, source = text.split("\n")
    after = "表后面还有灯塔一座。"
    whole = ["一、主要指标", "各项指标如下。", *rows[:3], after, *rows[2:], after]
    assert lines == (whole if key else rows[:3])
    assert source == "——《海湾园区2018年工作总结》（海湾园区，2018 年），一、主要指标，资料/表.docx"


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_tables_scroll_within_themselves(
    visit: Visit, sheets: str, size: tuple[int, int], scripts: bool
) -> None:
    page = visit(sheets, size=size, scripts=scripts)
    page.goto(f"/report/{SHEETS}?q=灯塔#m2")
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert page.locator(".sheet").count() == 2
    for box in page.locator(".sheet").all():
        assert box.evaluate("box => box.scrollHeight - box.clientHeight") == 0
    figures = page.locator(".sheet").first.locator("td.figure")
    assert figures.all_inner_texts() == ["1,095.3", "9"]
    assert figures.first.evaluate("cell => getComputedStyle(cell).textAlign") == "right"
    if scripts:
        assert page.locator(".find .count").inner_text() == "第 2 处，共 4 处"


def test_paper_has_tables(visit: Visit, sheets: str) -> None:
    page = visit(sheets, size=(700, 900))
    page.goto(f"/report/{SHEETS}")
    page.emulate_media(media="print")
    for box in page.locator(".sheet").all():
        assert box.is_visible()
        assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 1


# -- there and back ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("old", [False, True])
def test_the_link_back_leads_to_the_hit(visit: Visit, address: str, old: bool) -> None:
    page = visit(address, size=(1440, 600))
    if old:
        page.add_init_script("Object.defineProperty(window, 'navigation', {value: undefined})")
    page.goto("/?q=灯塔&year=2017&page=2")
    for _ in range(10):
        page.keyboard.press("j")
    place = page.evaluate("document.activeElement.getAttribute('href')")
    entries = page.evaluate("history.length")
    page.keyboard.press("Enter")
    arrive(page, ".outline")
    page.locator(".outline li a").nth(3).click()
    page.locator(".outline li a").nth(9).click()
    page.click(".back a")
    arrive(page, ".hit")
    page.wait_for_function("href => document.activeElement.getAttribute('href') === href", arg=place)
    assert re.search("year=2017&page=2$", page.url)
    expect(page.locator("#preview h2 a")).to_have_attribute("href", place)
    expect(page.locator(".hit.shown")).to_be_in_viewport()
    assert page.evaluate("history.length") == entries + (4 if old else 3)
    page.goto("/?q=灯塔&year=2017")  # asked anew
    assert page.evaluate("document.activeElement === document.body")


def test_the_link_back_is_a_link(page: Page) -> None:
    page.goto("/?q=灯塔")
    page.locator(".hit .place").first.click()
    arrive(page, ".outline")
    with page.context.expect_page() as opened:
        page.locator(".back a").click(modifiers=["Control"])
    arrive(opened.value, ".hit")
    assert page.locator(".outline").is_visible()
    page.goto(f"/report/{GARDEN}?q=项目")  # nobody asked for that yet
    page.click(".back a")
    arrive(page, ".hit")
    assert page.input_value("#q") == "项目"


def test_outline_shows_the_section_of_the_mark_that_was_gone_to(page: Page) -> None:
    page.goto(f"/report/{HARBOUR}?q=灯塔#s20")
    here = page.locator(".outline [aria-current=location]")
    expect(here).to_have_attribute("href", "#s20")
    for key, section in (("n", "#s20"), ("n", "#s21"), ("n", "#s22"), ("p", "#s21")):
        page.keyboard.press(key)
        expect(here).to_have_attribute("href", section)
    painted(page)  # until the page stands where the key has brought it, it counts as not scrolled
    page.mouse.move(640, 300)
    page.mouse.wheel(0, -60)  # it is still in sight
    expect(here).not_to_have_attribute("href", "#s21")
    page.keyboard.press("n")
    expect(here).to_have_attribute("href", "#s22")


@pytest.mark.parametrize("words", ["灯塔", "修好灯塔一座编号灯塔一座修好灯塔"])
def test_what_is_searched_for_stands_in_a_narrow_bar(visit: Visit, address: str, words: str) -> None:
    page = visit(address, size=(360, 740))
    page.goto(f"/report/{HARBOUR}?q={words}#m40")
    what = page.locator(".find .what")
    assert what.inner_text() == words
    assert what.evaluate("what => what.clientWidth") >= 30
    bar = page.locator(".find").bounding_box()
    assert bar is not None
    assert bar["height"] < 60
    assert page.locator(".find .next").evaluate("link => link.getBoundingClientRect().right") <= 344


def test_without_scripts(visit: Visit, address: str) -> None:
    page = visit(address, size=(1280, 600), scripts=False)
    page.goto(f"/report/{HARBOUR}?q=灯塔")
    assert not page.locator("button.copy").first.is_visible()
    assert not page.locator("button.print").is_visible()
    box = page.locator(".strip a").nth(40).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile("#m41$"))
    expect(page.locator("mark:target")).to_be_in_viewport()
