"""Searching in a real browser, as people do who use it all day: suggestions, filters, the preview, keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import expect

from indexer.model import report_id
from tests.browser.conftest import Serve, Visit
from tests.browser.test_walk import search
from tests.browser.waiting import arrive, painted
from tests.webui.conftest import Corpus

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page


@pytest.fixture
def plain(visit: Visit, address: str) -> Page:
    """A visit without scripts."""
    return visit(address, scripts=False)


# -- suggestions ---------------------------------------------------------------------------------


def write(page: Page, words: str) -> None:
    """Write words in the search box of the start, as an input method does it: at once."""
    page.goto("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.insert_text(words)


def test_suggestions_by_keys_alone(page: Page) -> None:
    write(page, "招商")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    box = page.get_by_role("combobox")
    expect(box).to_have_attribute("aria-expanded", "true")
    first = options.first.locator("bdi").inner_text()
    page.keyboard.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    assert first in page.input_value("#q")
    page.keyboard.press("ArrowUp")
    assert page.input_value("#q") == "招商"
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowUp")  # round to the last
    assert options.last.get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    assert page.input_value("#q") == "招商"
    expect(options).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("ArrowDown")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    taken = page.input_value("#q")
    page.keyboard.press("Enter")
    arrive(page, ".hit")
    assert page.input_value("#q") == taken != "招商"


def test_a_suggestion_is_clicked(page: Page) -> None:
    write(page, "zhao")  # by pinyin
    option = page.get_by_role("option", name="招商引资").first
    option.click()
    arrive(page, ".hit")
    assert "招商引资" in page.input_value("#q")


def test_nothing_is_suggested_while_an_input_method_composes(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#q")).to_be_focused()
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/api/suggest" in r.url else None)
    client = page.context.new_cdp_session(page)
    client.send("Input.imeSetComposition", {"text": "zhao", "selectionStart": 4, "selectionEnd": 4})
    page.wait_for_timeout(400)
    assert asked == []
    client.send("Input.insertText", {"text": "招商"})
    expect(page.get_by_role("option").first).to_be_visible()
    assert {unquote(url).partition("q=")[2] for url in asked} == {"招商"}


def test_what_is_typed_on_is_searched_not_what_was_chosen_before(page: Page) -> None:
    write(page, "招商")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    chosen = page.input_value("#q")
    page.keyboard.type("2024年")
    assert page.get_by_role("combobox").get_attribute("aria-activedescendant") is None
    page.keyboard.press("Enter")
    arrive(page, ".numbers")
    assert page.input_value("#q") == f"{chosen}2024年"


def test_what_is_composed_on_is_searched_not_what_was_chosen_before(page: Page) -> None:
    write(page, "招商")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    chosen = page.input_value("#q")
    client = page.context.new_cdp_session(page)
    client.send("Input.imeSetComposition", {"text": "nian", "selectionStart": 4, "selectionEnd": 4})
    assert page.locator("[role=option][aria-selected=true]").count() == 0
    client.send("Input.insertText", {"text": "年"})
    page.keyboard.press("Enter")
    arrive(page, ".numbers")
    assert page.input_value("#q") == f"{chosen}年"


def test_without_an_answer_nothing_is_suggested(browser: Browser, address: str) -> None:
    # Not a visit: the browser reports what it cannot load.
    context = browser.new_context(base_url=address)
    page = context.new_page()
    write(page, "招商")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.route("**/api/suggest*", lambda route: route.abort())
    page.keyboard.type("园区")
    expect(page.get_by_role("combobox")).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("option").first).to_be_hidden()
    typed = page.input_value("#q")
    page.keyboard.press("Enter")
    arrive(page, ".numbers")
    assert page.input_value("#q") == typed
    context.close()


def test_suggestions_do_not_stand_in_the_way_of_enter(page: Page) -> None:
    write(page, "园区")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    arrive(page, ".hit")
    assert page.input_value("#q") == "园区"


# -- searches that are remembered ----------------------------------------------------------------


def test_recent_searches(page: Page) -> None:
    search(page, "茶园")
    search(page, "nothingofthekind")
    search(page, "招商引资")
    page.click(".filters li a:has-text('2019')")
    arrive(page, ".chips")
    page.goto("/")
    recent = page.locator("#mine li a")
    expect(recent).to_have_text(["招商引资 · 2019 年", "招商引资", "茶园"])
    page.locator("#mine li button").nth(1).click()
    expect(recent).to_have_text(["招商引资 · 2019 年", "茶园"])
    page.set_viewport_size({"width": 1280, "height": 1600})
    page.click("#q")  # the same list is on the page, in sight
    page.wait_for_timeout(200)
    expect(page.get_by_role("option")).to_have_count(0)
    page.set_viewport_size({"width": 1280, "height": 500})
    page.click("#q")
    expect(page.get_by_role("option").locator("bdi")).to_have_text(["招商引资 · 2019 年", "茶园"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Delete")
    expect(page.get_by_role("option").locator("bdi")).to_have_text(["招商引资 · 2019 年"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    arrive(page, ".chips")
    assert "year=2019" in page.url


def test_saved_searches(page: Page) -> None:
    search(page, "茶园")
    save = page.locator(".keep")
    expect(save).to_have_attribute("aria-pressed", "false")
    save.click()
    expect(save).to_have_text("已收藏")
    page.reload()
    expect(save).to_have_attribute("aria-pressed", "true")
    page.goto("/")
    assert page.locator("#mine h2").all_inner_texts() == ["收藏的搜索", "最近的搜索"]
    page.locator("#mine section").first.locator("a").click()
    arrive(page, ".hit")
    save.click()
    expect(save).to_have_text("收藏")
    page.goto("/")
    assert page.locator("#mine h2").all_inner_texts() == ["最近的搜索"]


def test_what_others_put_into_the_storage_is_not_followed(page: Page) -> None:
    page.goto("/")
    for kept in (
        "[{name: 'x', url: 'javascript:alert(1)'}, {name: 'y', url: '//example.org/'}, {url: '/?q=z'}, null]",
        "{}",
        r"[{name: 'a', url: '/\\example.org/'}, {name: 'b', url: '/\t/example.net/'}, {name: 'c', url: 1}]",
        "[{name: 'd', url: 'blob:' + location.origin + '/1'}, {name: 'e', url: 'http://example.org/?q=1'}]",
        "[{name: '<img src=x onerror=alert(1)>', url: '/?q=1'}]",
    ):
        page.evaluate(f"localStorage.setItem('gaoku.recent', JSON.stringify({kept}))")
        page.reload()
        assert page.locator("#mine a").count() == ("img" in kept)
        assert page.locator("#mine img").count() == 0


def test_what_cannot_be_kept_is_said(page: Page) -> None:
    page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
    )
    search(page, "茶园")
    page.locator(".keep").click()
    expect(page.locator(".said")).to_contain_text("浏览器不让保存")
    expect(page.locator(".keep")).to_have_attribute("aria-pressed", "false")


def test_a_long_search_is_listed_in_one_line(page: Page) -> None:
    search(page, "茶园")
    search(page, "招商引资" * 90)
    page.goto("/")
    links = page.locator("#mine li a")
    expect(links.first).to_have_attribute("title", "招商引资" * 90)
    heights = [link.evaluate("a => a.getBoundingClientRect().height") for link in links.all()]
    assert len({*heights}) == 1


# -- the preview ---------------------------------------------------------------------------------


def test_the_preview_follows_the_keys(page: Page) -> None:
    search(page, "招商引资")
    pane = page.locator("#preview")
    expect(pane).to_be_visible()
    places = page.eval_on_selector_all(".place", "all => all.map(a => a.getAttribute('href'))")
    expect(pane.locator("h2 a")).to_have_attribute("href", places[0])
    page.keyboard.press("j")
    for place in places[1:]:
        page.keyboard.press("j")
        expect(pane.locator("h2 a")).to_have_attribute("href", place)
        assert pane.locator(".text mark").count() >= 1
    assert page.locator(".hit.shown .place").get_attribute("href") == places[-1]
    page.locator(".hit .passage").nth(1).click()
    expect(pane.locator("h2 a")).to_have_attribute("href", places[1])
    page.keyboard.press("j")
    expect(pane.locator("h2 a")).to_have_attribute("href", places[2])


def test_back_finds_the_hit_again(page: Page) -> None:
    search(page, "灯塔")
    for _ in range(15):
        page.keyboard.press("j")
    place = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    arrive(page, "section:target")
    page.go_back()
    arrive(page, ".hit")
    page.wait_for_function("href => document.activeElement.getAttribute('href') === href", arg=place)
    expect(page.locator("#preview h2 a")).to_have_attribute("href", place)
    expect(page.locator(".hit.shown")).to_be_in_viewport()


def test_without_a_connection_the_preview_says_so(browser: Browser, address: str) -> None:
    # Not a visit: the browser reports what it cannot load.
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    search(page, "招商引资")
    context.set_offline(True)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#preview")).to_contain_text("连不上稿库")
    expect(page.locator("[role=status]", has_text="连不上稿库")).to_have_count(1)
    assert page.locator(".hit.shown").count() == 0
    context.set_offline(False)
    page.keyboard.press("k")
    expect(page.locator(".hit.shown")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.locator("#preview .text")).to_be_visible()
    expect(page.locator(".hit.shown")).to_have_count(1)
    expect(page.locator("[role=status]", has_text="连不上稿库")).to_have_count(0)
    context.close()


@pytest.mark.parametrize(("width", "shown"), [(1440, True), (1280, True), (1279, False), (360, False)])
def test_the_preview_is_for_wide_screens(page: Page, width: int, shown: bool) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/preview/" in r.url else None)
    search(page, "招商引资")
    assert page.locator("#preview").is_visible() == shown
    page.keyboard.press("j")
    page.keyboard.press("j")
    if shown:
        place = page.locator(".place").nth(1).get_attribute("href") or ""
        expect(page.locator("#preview h2 a")).to_have_attribute("href", place)
    page.wait_for_load_state("networkidle")
    assert bool(asked) == shown


def copied(page: Page) -> list[str]:
    """The lines in the clipboard, which is empty then."""
    lines: list[str] = page.evaluate("navigator.clipboard.readText()").splitlines()
    page.evaluate("navigator.clipboard.writeText('')")
    return lines


def test_copy_takes_the_section_and_its_source(page: Page) -> None:
    search(page, "“招商引资到位资金”")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    whole = [
        "（一）招商引资取得突破",
        "全年招商引资到位资金41亿元，新签约项目27个。招商引资队伍壮大。",
        "——《澄川园区2021年工作总结及2022年工作计划》（澄川园区，2021 年），"
        "一、2021年工作总结 › （一）招商引资取得突破，资料/园区.txt",
    ]
    for button in (page.locator(".hit .copy"), page.locator("#preview .copy")):
        button.click()
        expect(button).to_have_text("已复制")
        assert copied(page) == whole


def test_c_copies_the_hit_in_focus_or_what_is_shown(page: Page) -> None:
    search(page, "招商引资")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pane = page.locator("#preview")
    for _ in range(3):
        heading = pane.locator(".text > *").first.inner_text()
        page.keyboard.press("c")
        expect(page.locator(".said")).to_have_text("已复制")
        assert copied(page)[0] == heading
        expect(page.locator(".said")).to_have_text("")
        page.keyboard.press("j")
        place = page.evaluate("document.activeElement.getAttribute('href')")
        expect(pane.locator("h2 a")).to_have_attribute("href", place)
    page.keyboard.press("?")
    expect(page.locator("dialog.help dd", has_text="复制这一条，含出处")).to_be_visible()


def test_c_copies_what_is_alike(visit: Visit, repeated_address: str) -> None:
    page = visit(repeated_address)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/similar?to={report_id('资料/溪口2019.txt', 1)}-0")
    page.keyboard.press("j")
    title = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("c")
    expect(page.locator(".said")).to_have_text("已复制")
    first, *_, source = copied(page)
    assert first == "一、农业生产"
    assert source.startswith(f"——《{title}》（溪口镇，20")


def test_without_a_connection_copying_says_so(browser: Browser, address: str) -> None:
    # Not a visit: the browser reports what it cannot load.
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    search(page, "招商引资")
    context.set_offline(True)
    page.locator(".hit .copy").nth(1).click()
    expect(page.locator(".said")).to_contain_text("连不上稿库")
    expect(page.locator(".hit .copy").nth(1)).to_have_text("没有复制成")
    context.set_offline(False)
    page.route("**/preview/*whole=1", lambda route: route.fulfill(status=404, body=""))
    page.locator(".hit .copy").first.click()
    expect(page.locator(".said")).to_contain_text("已不在库中")
    context.close()


def test_copy_takes_a_long_section_whole(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    paragraphs = [f"第{n}座灯塔已经修好，" + "夜里照得见十里以外的渔船。" * 9 for n in range(1, 101)]
    corpus.write("灯塔.txt", "海港2018年工作总结\n\n一、灯塔\n\n" + "\n\n".join(paragraphs) + "\n")
    corpus.update()
    page = visit(serve(corpus.index))
    page.goto("/?q=" + quote("灯塔"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    assert page.locator("#preview .text p").count() < len(paragraphs)
    source = "——《海港2018年工作总结》（2018 年），一、灯塔，资料/灯塔.txt"
    for button in (page.locator("#preview .copy"), page.locator(".hit .copy")):
        button.click()
        expect(button).to_have_text("已复制")
        assert copied(page) == ["一、灯塔", *paragraphs, source]


# -- filters -------------------------------------------------------------------------------------


def bar(page: Page, year: int) -> tuple[float, float]:
    """The middle of a year's bar."""
    box = page.locator(f".bars a[data-year='{year}'] .slot-area").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize(("start", "end"), [(2019, 2021), (2021, 2019)])
def test_drag_over_the_years(page: Page, start: int, end: int) -> None:
    search(page, "招商引资")
    page.mouse.move(*bar(page, start))
    page.mouse.down()
    page.mouse.move(*bar(page, 2020))
    page.mouse.move(*bar(page, end))
    expect(page.locator(".range")).to_have_text("2019—2021")
    page.mouse.up()
    arrive(page, ".chips")
    assert page.locator(".chips a").inner_text().strip() == "2019—2021 年"
    assert page.url.endswith("&year=2019..2021")
    page.go_back()
    arrive(page, ".hit")
    assert page.locator(".chips").count() == 0


def test_a_click_takes_one_year(page: Page) -> None:
    search(page, "招商引资")
    page.mouse.click(*bar(page, 2019))
    arrive(page, ".chips")
    assert page.url.endswith("&year=2019")


def test_the_years_by_keys_alone(page: Page) -> None:
    search(page, "招商引资")
    years = page.eval_on_selector_all(".bars a", "all => all.map(a => a.dataset.year)")
    assert page.locator(".bars a[tabindex='0']").count() == 1
    page.locator(".bars a[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".range")).to_have_text(f"{years[1]}—{years[3]}")
    page.keyboard.press("Escape")
    expect(page.locator(".range")).to_have_text("")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    arrive(page, ".chips")
    assert page.url.endswith(f"&year={years[2]}..{years[3]}")


@pytest.mark.parametrize("scripts", [True, False])
def test_two_fields_for_the_years(visit: Visit, address: str, scripts: bool) -> None:
    page = visit(address, scripts=scripts)
    search(page, "招商引资")
    page.fill("input[name=from]", "2018")
    page.fill("input[name=to]", "2019")
    page.keyboard.press("Enter")
    arrive(page, ".chips")
    assert page.url.endswith("&year=2018..2019")
    assert page.input_value("input[name=to]") == "2019"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_filters_are_a_bar_on_a_medium_screen(visit: Visit, address: str, scripts: bool) -> None:
    page = visit(address, scripts=scripts, size=(768, 1024))
    search(page, "招商引资")
    group = page.locator(".filters .group", has_text="年份")
    expect(group).to_be_hidden()
    page.click(".groupbar a:has-text('年份')")
    expect(group).to_be_visible()
    expect(page.locator(".filters .group", has_text="部分")).to_be_hidden()
    page.click(".group:target .shut")
    expect(group).to_be_hidden()
    if scripts:
        entries = page.evaluate("history.length")
        page.click(".groupbar a:has-text('年份')")
        page.keyboard.press("Escape")
        expect(group).to_be_hidden()
        page.click(".groupbar a:has-text('年份')")
        page.click(".numbers", position={"x": 400, "y": 5})
        expect(group).to_be_hidden()
        assert page.evaluate("history.length") == entries
    page.click(".groupbar a:has-text('部分')")
    page.click(".group:target li a:has-text('总结')")
    arrive(page, ".chips")
    expect(page.locator(".groupbar .on")).to_have_text("部分")


# -- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/?q=招商引资", "/templates", "/similar", "/files"])
def test_the_keys_are_told_on_every_page(page: Page, path: str) -> None:
    page.goto(path)
    painted(page)  # what gets the focus at the start has it then
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    told = dialog.locator("dt").all_inner_texts()
    assert {"/", "?", "Esc"} <= {*told}
    assert ("j" in told) == (page.locator(".place").count() > 0)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_question_mark_is_a_letter_in_the_box(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("?")
    assert page.input_value("#q") == "?"
    assert page.locator("dialog").count() == 0


def test_searching_without_scripts(plain: Page) -> None:
    search(plain, "招商引资")
    plain.locator(".bars a[data-year='2019']").click(force=True)
    plain.wait_for_url(re.compile("year=2019"))
    assert plain.locator(".hit").count() == 2
    assert plain.locator("#q").get_attribute("role") is None
    plain.click(".hit >> nth=0 >> .place")
    arrive(plain, "section:target")
    assert quote("招商引资") in plain.url


def test_paper_has_what_was_asked_and_where_each_hit_is_from(page: Page) -> None:
    page.goto("/?q=招商引资")
    page.emulate_media(media="print")
    shown = page.inner_text("body")
    assert "招商引资：搜索结果" in shown.splitlines()[0]
    files = page.locator(".result .acts .file")
    assert files.count() == page.locator(".result").count() > 0
    for file in files.all():
        assert file.evaluate("e => getComputedStyle(e).opacity") == "1"
        assert file.inner_text() in shown
    assert "找相似" not in shown
