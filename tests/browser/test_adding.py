"""Adding files over the page: sent, watched, read, found; and all that may go wrong on the way."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from docx import Document
from flask import Flask
from playwright.sync_api import expect

from indexer.exporting import FORMS
from indexer.users import Users
from tests.browser import hostile
from tests.browser.axe import violations
from tests.browser.conftest import SIZES, Serve, Visit
from tests.browser.places import ADDED, drop
from tests.browser.waiting import ENDED, arrive, eventually
from tests.exporting.reading import READERS
from tests.webui.conftest import FILES, Corpus
from webui.access import Rules

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

REPORT = """{place}{year}年工作总结

一、主要成绩

{place}的风车磨坊全年磨面{year}担，招待过路的客商。
"""

MILLS = {
    2020: REPORT,
    2021: "{place}{year}年工作总结\n\n一、存在问题\n\n风车磨坊年久失修，缺少会修石磨的工匠。\n",
}

EMPTY = "没有保存：空文件，没有上传。请检查原文件，重新复制"


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """An empty folder without an index."""
    return Corpus(tmp_path)


class Office:
    """An index over FILES, its server, and where it keeps what is added."""

    def __init__(self, corpus: Corpus, address: str) -> None:
        self.corpus, self.address = corpus, address
        self.uploads = corpus.index.parent / "uploads"

    def stored(self) -> dict[str, bytes]:
        """What was added, by its place."""
        found = sorted(
            p for p in self.uploads.rglob("*") if p.is_file() and not {".incoming", ".gaoku"} & {*p.parts}
        )
        return {p.relative_to(self.uploads).as_posix(): p.read_bytes() for p in found}


@pytest.fixture
def office(corpus: Corpus, serve: Serve) -> Office:
    """An office that is open to all."""
    for name, text in FILES.items():
        corpus.write(name, text)
    corpus.update()
    return Office(corpus, serve(corpus.index))


@pytest.fixture
def page(visit: Visit, office: Office) -> Page:
    """A visit to the page for adding files."""
    page = visit(office.address, size=(1280, 800))
    page.goto("/add")
    return page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of someone's: reports, one of them broken, what a system leaves, a folder without files."""
    there = tmp_path / "磨坊"
    (there / "历年").mkdir(parents=True)
    (there / "空的").mkdir()
    for year, form in MILLS.items():
        text = form.format(place="青浦镇", year=year)
        (there / "历年" / f"{year}年工作总结.txt").write_text(text, "utf-8")
    (there / "坏的.docx").write_bytes(b"PK\x03\x04 cut off")
    for name in (".DS_Store", "~$2020年工作总结.docx", "Thumbs.db"):
        (there / name).write_bytes(b"x")
    return there


class Held:
    """Files that are sent and not answered, until they are let go."""

    def __init__(self, page: Page) -> None:
        self.routes: list[Route] = []
        self._page = page
        self._open = False
        page.route("**/add/file?*", self._hold)

    def _hold(self, route: Route) -> None:
        if self._open:
            route.continue_()
        else:
            self.routes.append(route)

    def expect(self, count: int) -> None:
        """Wait until so many are held: the page has sent them a moment before."""
        eventually(self._page, lambda: len(self.routes) >= count)

    def names(self) -> list[str]:
        """The names of those that wait for an answer."""
        return [parse_qs(urlsplit(route.request.url).query)["name"][0] for route in self.routes]

    def let_go(self, *, all_: bool = False) -> None:
        """Send on what waits now, or all that comes as well."""
        self._open = all_
        routes, self.routes = self.routes, []
        for route in routes:
            route.continue_()


def choose(page: Page, what: str, files: object) -> None:
    """Choose files with one of the two buttons."""
    with page.expect_file_chooser() as chooser:
        page.click(f"#pick-{what}")
    chooser.value.set_files(files)  # type: ignore[arg-type]


def ended(page: Page) -> str:
    """Wait until all is over: what the page says came of it."""
    expect(page.locator("#outcome")).to_be_visible(timeout=ENDED)
    return page.inner_text("#outcome-head")


def states(page: Page) -> list[str]:
    """What the list says of each file."""
    return page.locator(".pieces .state").all_inner_texts()


def halt(page: Page) -> str:
    """Wait until everything stands: why."""
    expect(page.locator("#halted")).to_be_visible(timeout=20_000)
    return page.inner_text("#halted p:first-child")


# -- files in, results out ---------------------------------------------------------------------------------


def test_added_watched_found_and_exported(page: Page, office: Office, folder: Path, tmp_path: Path) -> None:
    listened = []
    page.on("request", lambda request: listened.append(urlsplit(request.url).path))
    held = Held(page)
    files = sorted(p for p in folder.rglob("*.*") if p.suffix in (".txt", ".docx") and "~" not in p.name)
    choose(page, "files", files)
    expect(page.locator("#sending .told")).to_have_text(re.compile("^已上传 0 / 3 个文件，0 / "))
    expect(page.locator(".pieces .sending")).to_have_count(2)  # two at a time
    assert sorted(states(page)) == ["上传中 0%", "上传中 0%", "等待"]
    held.expect(2)
    held.let_go()
    expect(page.locator("#sending .told")).to_have_text(re.compile("^已上传 2 / 3 个文件"))
    assert page.locator("#sending progress").evaluate("bar => bar.value / bar.max") > 0.5
    expect(page.locator("#reading .told")).to_have_text("上传完毕就开始")
    held.expect(1)
    held.let_go()
    expect(page.locator("#reading.now .told")).to_contain_text("正在更新索引", timeout=ENDED)
    assert states(page) == ["读入中"] * 3
    assert ended(page) == "全部 3 个：2 个可以搜索了（2 篇报告），1 个读不了"
    assert "/index-runs/events" in listened
    assert set(office.stored()) == {path.name for path in files}
    first = page.locator("#results .file").first
    assert first.locator("bdi").inner_text() == "坏的.docx"
    assert "损坏" in first.locator(".fault").inner_text()
    page.click("#results .place >> nth=0")
    arrive(page, "article h1")
    expect(page.locator("article h1")).to_contain_text("青浦镇202")
    for name in ("Word", "Markdown"):
        with page.expect_download() as coming:
            page.locator(".acts .exports").get_by_role("link", name=name).click()
        coming.value.save_as(tmp_path / name)
    title = page.inner_text("article h1")
    assert Document(str(tmp_path / "Word")).paragraphs[0].text == title
    assert (tmp_path / "Markdown").read_text("utf-8").startswith(f"# {title}\n")
    page.fill("#q", "风车磨坊")
    page.keyboard.press("Enter")
    expect(page.locator(".hit")).to_have_count(2)
    for ending, form in FORMS.items():
        with page.expect_download() as coming:
            page.locator(".bar .exports").get_by_role("link", name=form.name, exact=True).click()
        coming.value.save_as(tmp_path / "saved")
        found = READERS[ending]((tmp_path / "saved").read_bytes())
        assert len(found.rows) == 2
        assert all("风车磨坊" in row.text.replace("⟦", "").replace("⟧", "") for row in found.rows)
        assert any("2020年工作总结.txt" in row.about for row in found.rows)


def test_a_folder_that_is_chosen(page: Page, office: Office, folder: Path) -> None:
    choose(page, "folder", folder)
    assert ended(page) == "全部 3 个：2 个可以搜索了（2 篇报告），1 个读不了"
    assert page.inner_text("#aside") == "跳过 3 个隐藏文件或系统文件"
    assert set(office.stored()) == {
        f"磨坊/{p}" for p in ("历年/2020年工作总结.txt", "历年/2021年工作总结.txt", "坏的.docx")
    }


def drop_from_disk(page: Page, *paths: Path) -> None:
    """Drop as from the file manager: the browser reads folders itself."""
    session = page.context.new_cdp_session(page)
    box = page.locator("#drop").bounding_box()
    assert box is not None
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        if kind == "drop":
            expect(page.locator("#drop.over")).to_be_visible()
        session.send(
            "Input.dispatchDragEvent", {"type": kind, "x": box["x"] + 9, "y": box["y"] + 9, "data": data}
        )
    expect(page.locator("#drop.over")).to_have_count(0)


def log_in_beside(page: Page, password: str) -> None:
    """In a page of its own, as the page that halted says, and back."""
    with page.context.expect_page() as opened:
        page.click("#halted a")
    log_in(opened.value, password)
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_folder_that_is_dropped(page: Page, office: Office, folder: Path) -> None:
    for n in range(250):  # Chromium gives a folder in pieces of a hundred
        (folder / "历年" / f"{n}.txt").write_text("x", "utf-8")
    held = Held(page)
    drop_from_disk(page, folder, folder / "坏的.docx")
    expect(page.locator("#sending .told")).to_have_text(re.compile("^已上传 0 / 254 个文件"))
    assert page.inner_text("#aside") == "跳过 3 个隐藏文件或系统文件"
    held.expect(2)
    assert all(re.match(r"(磨坊/历年/\d+.*\.txt|(磨坊/)?坏的\.docx)$", name) for name in held.names())
    page.unroute_all()
    page.click("#stop")


def test_a_dropped_folder_is_read_and_found(page: Page, office: Office, folder: Path) -> None:
    drop_from_disk(page, folder)
    assert ended(page) == "全部 3 个：2 个可以搜索了（2 篇报告），1 个读不了"
    assert "磨坊/历年/2020年工作总结.txt" in office.stored()


def test_an_empty_folder_is_told(page: Page, folder: Path) -> None:
    drop_from_disk(page, folder / "空的")
    expect(page.locator("#aside")).to_have_text("这个文件夹里没有文件")
    expect(page.locator("#list")).to_be_hidden()


def test_files_that_are_dropped_beside_the_box(page: Page, office: Office) -> None:
    drop(page, ADDED[:3])
    assert ended(page) == "全部 3 个：2 个可以搜索了（2 篇报告），1 个读不了"
    assert office.stored()[ADDED[0][0]] == ADDED[0][1]


def test_more_is_dropped_meanwhile_and_again(page: Page, office: Office) -> None:
    held = Held(page)
    drop(page, ADDED[:1])
    expect(page.locator(".pieces .sending")).to_have_count(1)
    drop(page, ADDED[1:2])
    expect(page.locator("#sending .told")).to_have_text(re.compile("^已上传 0 / 2 个文件"))
    held.let_go(all_=True)
    expect(page.locator("#reading.now")).to_be_visible(timeout=ENDED)
    drop(page, ADDED[2:3])  # while the first are read
    assert ended(page) == "全部 3 个：2 个可以搜索了（2 篇报告），1 个读不了"
    page.click("#more")
    expect(page.locator("#pick-files")).to_be_focused()
    expect(page.locator("#outcome")).to_be_hidden()
    drop(page, [ADDED[0], ("另一个.txt", REPORT.format(place="白塔", year=2019).encode())])
    expect(page.locator(".pieces .known .state")).to_have_text("以前添加过", timeout=ENDED)
    assert ended(page) == "全部 2 个：1 个可以搜索了（1 篇报告），1 个以前添加过，可以搜索"


def test_another_of_the_same_name_is_stored_beside_it(page: Page, office: Office) -> None:
    drop(page, ADDED[:1])
    ended(page)
    held = Held(page)
    drop(page, [(ADDED[0][0], REPORT.format(place="白塔", year=2019).encode())])
    expect(page.locator(".pieces .sending")).to_have_count(1)
    held.let_go(all_=True)
    expect(page.locator(".pieces .state")).to_have_text(re.compile(r"^已保存为“.* \(2\)\.txt”(，读入中)?$"))
    assert ended(page) == "全部 1 个：1 个可以搜索了（1 篇报告）"
    note = page.locator("#results .file .source").first
    assert re.match(rf"“{ADDED[0][0]}”已保存为“.* \(2\)\.txt”$", note.inner_text())
    drop(page, ADDED[:1])
    expect(page.locator("#outcome-head")).to_have_text("全部 1 个：1 个以前添加过，可以搜索", timeout=ENDED)
    expect(page.locator("#results .file .source").first).to_have_text("以前添加过，内容相同")


def test_with_the_keyboard_alone(page: Page, folder: Path) -> None:
    # Listened to from the beginning: the browser is told so in its own time.
    page.on("filechooser", lambda chooser: chooser.set_files(folder / "坏的.docx"))
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "pick-files":
            break
    page.keyboard.press("Enter")
    assert ended(page) == "全部 1 个：1 个读不了"
    expect(page.locator("#status")).to_have_text("全部 1 个：1 个读不了")
    # What had the focus has gone: on to the answer, and from there to what comes next.
    expect(page.locator("#outcome-head")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#more")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#pick-files")).to_be_focused()


# -- what goes wrong ---------------------------------------------------------------------------------------


def test_too_large_is_told_before_anything_is_sent(
    visit: Visit, corpus: Corpus, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAOKU_UPLOAD_SIZE", "1")
    page = visit(serve(corpus.index))
    page.goto("/add")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    drop(page, [("大的.txt", b"x" * ((1 << 20) + 1))])
    assert ended(page) == "全部 1 个：1 个没有保存"
    assert states(page) == ["没有保存：超过 1 MB，没有上传。请拆分、压缩，或请管理员直接放进文件夹"]
    assert sent == []
    expect(page.locator("#retry")).to_be_hidden()


def test_what_the_server_refuses_is_told_and_sent_again(page: Page, office: Office) -> None:
    page.route("**/add/file?*", lambda route: route.fulfill(status=409, json={"error": "这个名字不行"}))
    drop(page, ADDED[:2])
    assert ended(page) == "全部 2 个：2 个没有保存"
    assert states(page) == ["没有保存：这个名字不行"] * 2
    assert page.inner_text("#retry") == "重试没有上传的 2 个"
    page.unroute_all()
    page.click("#retry")
    assert ended(page) == "全部 2 个：2 个可以搜索了（2 篇报告）"
    assert len(office.stored()) == 2


def test_a_broken_connection_is_tried_twice_again(page: Page, office: Office) -> None:
    tried: list[str] = []

    def break_off(route: Route) -> None:
        tried.append(route.request.url)
        route.abort()

    page.route("**/add", lambda route: route.abort())  # nor is anything else answered
    page.route("**/add/file?*", break_off)
    drop(page, ADDED[:1])
    expect(page.locator(".pieces .state")).to_have_text("连接断了，稍后再试")
    assert "连不上稿库" in halt(page)
    assert len(tried) == 3
    assert states(page) == ["等待"]
    assert page.evaluate("window.dispatchEvent(new Event('beforeunload', {cancelable: true}))") is False
    expect(page).to_have_title("已暂停 - 添加文件 - 稿库")
    drop(page, ADDED[1:2])
    expect(page.locator("#aside")).to_have_text("上传暂停着，再加的文件也先排着")
    page.unroute_all()  # it is back, and nobody has to say so
    assert ended(page) == "全部 2 个：2 个可以搜索了（2 篇报告）"
    assert page.evaluate("window.dispatchEvent(new Event('beforeunload', {cancelable: true}))") is True


def test_one_that_never_arrives_does_not_hold_up_the_others(page: Page, office: Office) -> None:
    def answer(route: Route) -> None:
        if quote(ADDED[0][0]) in route.request.url:
            route.abort()
        else:
            route.continue_()

    page.route("**/add/file?*", answer)
    drop(page, ADDED[:2])
    assert ended(page) == "全部 2 个：1 个可以搜索了（1 篇报告），1 个没有保存"
    assert states(page) == ["没有保存：传输中断，没有传完。可以重试"]


def test_a_full_disk_ends_all(page: Page) -> None:
    page.route(
        "**/add/file?*", lambda route: route.fulfill(status=507, json={"error": "磁盘空间不足，没有保存"})
    )
    drop(page, ADDED)
    assert halt(page).startswith("磁盘空间不足，没有保存。请告诉管理员清理磁盘")
    expect(page.locator("#resume")).to_be_hidden()  # it would fail at once
    assert set(states(page)) == {"等待", EMPTY}
    page.click("#stop")
    assert ended(page) == "全部 4 个：1 个没有保存，3 个没有上传"


def test_a_folder_that_is_away_ends_all_in_the_servers_words(page: Page, office: Office) -> None:
    tried = []
    told = "存放添加文件的文件夹现在连不上，没有保存，请告诉管理员"

    def refuse(route: Route) -> None:
        tried.append(route.request.url)
        route.fulfill(status=503, json={"error": told})

    page.route("**/add/file?*", refuse)
    drop(page, ADDED[:2])
    assert halt(page) == f"{told}。修好以后停止上传，再重试；没有上传的文件还在列表里。"
    expect(page.locator(".pieces .waiting")).to_have_count(2)
    assert len(tried) == len(set(tried))
    page.click("#stop")
    assert ended(page) == "全部 2 个：2 个没有上传"
    page.unroute_all()
    page.click("#retry")
    assert ended(page) == "全部 2 个：2 个可以搜索了（2 篇报告）"
    assert len(office.stored()) == 2


def test_stopped_on_the_way(page: Page, office: Office) -> None:
    held = Held(page)
    drop(page, [*ADDED[:2], *ADDED[2:]])
    expect(page.locator(".pieces .sending")).to_have_count(2)
    held.expect(2)
    held.routes.pop(0).continue_()
    expect(page.locator(".pieces .saved")).to_have_count(1)
    page.click("#stop")
    # What was stored is read.
    assert ended(page) == "全部 4 个：1 个可以搜索了（1 篇报告），1 个没有保存，2 个没有上传"
    assert sorted(states(page)) == sorted([EMPTY, *["已停止，没有上传"] * 2])
    page.click("#retry")
    expect(page.locator(".pieces .sending")).to_have_count(2)
    expect(page.locator(".pieces .saved .state")).to_have_text("可以搜索了")
    held.let_go(all_=True)
    assert ended(page) == "全部 4 个：2 个可以搜索了（2 篇报告），1 个读不了，1 个没有保存"
    assert len(office.stored()) == 3


def test_a_stopped_folder_that_is_dropped_once_more(page: Page, office: Office, folder: Path) -> None:
    held = Held(page)
    drop_from_disk(page, folder)
    expect(page.locator(".pieces .sending")).to_have_count(2)
    page.click("#stop")
    number = len(MILLS) + 1
    assert ended(page) == f"全部 {number} 个：{number} 个没有上传"
    held.let_go(all_=True)
    page.click("#more")
    drop_from_disk(page, folder)
    told = f"全部 {number} 个：{len(MILLS)} 个可以搜索了（{len(MILLS)} 篇报告），1 个读不了"
    expect(page.locator("#outcome-head")).to_have_text(told, timeout=ENDED)
    assert len(office.stored()) == number


def test_the_same_file_twice_at_once(page: Page, office: Office) -> None:
    held = Held(page)
    drop(page, [ADDED[0], ADDED[0]])
    expect(page.locator(".pieces .sending")).to_have_count(2)
    held.let_go(all_=True)
    assert ended(page) == "全部 2 个：1 个可以搜索了（1 篇报告），1 个选了两次"
    expect(page.locator("#results .file .source").filter(has_text="添加过")).to_have_count(0)
    assert len(office.stored()) == 1


def test_a_run_that_is_stopped_can_be_had_again(
    visit: Visit, corpus: Corpus, serve: Serve, busy: Callable[[Flask], None]
) -> None:
    page = visit(serve(corpus.index, prepare=busy))
    page.goto("/add")
    drop(page, ADDED[:1])
    expect(page.locator("#reading .told")).to_have_text("正在更新索引：读取 12 / 40 个文件。可以离开这一页")
    assert page.locator("#reading progress").evaluate("bar => bar.value / bar.max") == pytest.approx(0.3)
    page.click("#stop")
    expect(page.locator("#stop")).to_have_text("别人的文件也会停下，确定停止")
    expect(page.locator("#status")).to_have_text("再按一次，别人的文件也会停下")
    expect(page.locator("#outcome")).to_be_hidden()
    page.click("#stop")
    assert ended(page) == "全部 1 个：1 个还没有读入"
    assert page.locator("#results .file .source").all_inner_texts() == ["还没有读入"]
    expect(page.locator("#trouble")).to_contain_text("已停止")
    page.click("#reread")
    expect(page.locator("#reading.now")).to_be_visible()


def test_where_nothing_is_streamed_it_is_asked(page: Page) -> None:
    page.route("**/index-runs/events", lambda route: route.fulfill(status=503))
    asked = []
    page.on("request", lambda request: asked.append((request.method, urlsplit(request.url).path)))
    drop(page, ADDED[:1])
    assert ended(page) == "全部 1 个：1 个可以搜索了（1 篇报告）"
    assert {("POST", "/index-runs"), ("GET", "/index-runs")} <= set(asked)


@pytest.fixture
def closed(
    corpus: Corpus, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Office, Users]:
    """An office with a user, and its users."""
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))
    users = Users(tmp_path / "settings")
    users.add("王小明", "correct horse")
    return Office(corpus, serve(corpus.index)), users


def log_in(page: Page, password: str) -> None:
    page.fill("#name", "王小明")
    page.fill("#password", password)
    page.keyboard.press("Enter")
    arrive(page, "#pick-files")


def test_an_expired_log_in(visit: Visit, closed: tuple[Office, Users], axe: str) -> None:
    office, users = closed
    page = visit(office.address)
    page.goto("/add")
    log_in(page, "correct horse")
    users.change_password("王小明", "another horse")
    drop(page, ADDED[:2])
    assert "登录已过期" in halt(page)
    assert states(page) == ["等待"] * 2
    assert violations(page, axe) == []
    page.click("#resume")  # too early
    assert "登录已过期" in halt(page)
    log_in_beside(page, "another horse")
    assert ended(page) == "全部 2 个：2 个可以搜索了（2 篇报告）"
    assert len(office.stored()) == 2


def test_where_nothing_may_be_changed(visit: Visit, corpus: Corpus, serve: Serve) -> None:
    for name, text in FILES.items():
        corpus.write(name, text)
    corpus.update()
    page = visit(serve(corpus.index, Rules(read_only=True)))
    for path in ("/", "/files"):
        page.goto(path)
        assert page.locator("a[href='/add'], form[action^='/index-runs']").count() == 0
    answer = page.goto("/add")
    assert answer is not None
    assert answer.status == 403
    assert page.inner_text("h1") == "这里只供查阅"


def answer_with(page: Page, status: int, of: str) -> None:
    """Something before the server answers to files of this name."""

    def answer(route: Route) -> None:
        if quote(of) in route.request.url:
            route.fulfill(status=status, body="<h1>a proxy</h1>", content_type="text/html")
        else:
            route.continue_()

    page.route("**/add/file?*", answer)


def test_what_a_proxy_never_lets_through_holds_up_no_other(page: Page) -> None:
    answer_with(page, 504, ADDED[0][0])
    drop(page, ADDED[:2])
    assert ended(page) == "全部 2 个：1 个可以搜索了（1 篇报告），1 个没有保存"
    assert states(page) == ["没有保存：服务器没有收下它（504），没有传完。可以重试"]


@pytest.mark.parametrize(("status", "words"), [(403, "安全设备"), (413, "代理允许的大小")])
def test_what_a_proxy_refuses(page: Page, status: int, words: str) -> None:
    answer_with(page, status, ADDED[0][0])
    drop(page, ADDED[:2])
    assert ended(page) == "全部 2 个：1 个可以搜索了（1 篇报告），1 个没有保存"
    assert words in states(page)[0]
    expect(page.locator("#retry")).to_be_hidden()


def test_what_failed_goes_over_into_the_next_batch(page: Page) -> None:
    page.route("**/add/file?*", lambda route: route.fulfill(status=409, json={"error": "这个名字不行"}))
    drop(page, ADDED[:1])
    assert ended(page) == "全部 1 个：1 个没有保存"
    page.unroute_all()
    page.click("#more")
    expect(page.locator("#aside")).to_contain_text("上次有 1 个没有上传")
    drop(page, ADDED[1:2])
    assert ended(page) == "全部 2 个：1 个可以搜索了（1 篇报告），1 个没有保存"
    page.click("#retry")
    assert ended(page) == "全部 2 个：2 个可以搜索了（2 篇报告）"


_ENDLESS = """() => {
  let n = 0;
  const file = (name) => ({isFile: true, name, file: (done) => done(new File(['x'], name))});
  const some = (done) => setTimeout(() => done([file(`${n++}.txt`)]), 50);
  const folder = {isFile: false, isDirectory: true, name: '无尽', createReader: () => ({readEntries: some})};
  const data = {types: ['Files'], items: [{kind: 'file', webkitGetAsEntry: () => folder}], files: []};
  const event = new Event('drop', {bubbles: true, cancelable: true});
  Object.defineProperty(event, 'dataTransfer', {value: data});
  window.looked = () => n;
  document.body.dispatchEvent(event);
}"""


def test_stopped_while_a_folder_is_looked_through(page: Page) -> None:
    Held(page)
    page.evaluate(_ENDLESS)
    expect(page.locator("#aside")).to_contain_text("正在查看文件夹，已找到")
    expect(page.locator("#stop")).to_have_text("停止上传")
    page.click("#stop")
    assert re.fullmatch(r"全部 (\d+) 个：\1 个没有上传", ended(page))
    assert "没有看完文件夹" in page.inner_text("#aside")
    before = page.evaluate("looked()")
    page.wait_for_timeout(400)
    assert page.evaluate("looked()") <= before + 1


def test_stopped_when_it_had_come_whole_already(page: Page, office: Office) -> None:
    (name, content), (other, _), *_ = ADDED
    office.uploads.mkdir(parents=True)
    earlier = office.uploads / other
    earlier.write_bytes(b"x" * len(ADDED[1][1]))  # another, though it has its name and size
    held = Held(page)
    drop(page, ADDED[:2])
    expect(page.locator(".pieces .sending")).to_have_count(2)
    stored = office.uploads / name
    stored.write_bytes(content)  # as the server does when its answer is lost
    for path, seconds in ((earlier, -60), (stored, 60)):  # however slow this machine is
        os.utime(path, (time.time() + seconds,) * 2)
    page.click("#stop")
    assert ended(page) == "全部 2 个：1 个可以搜索了（1 篇报告），1 个没有上传"
    assert states(page) == ["已停止，没有上传"]
    held.let_go(all_=True)


def test_where_nobody_knows_what_came_of_them(page: Page) -> None:
    refused = {"error": "索引已损坏，要重建一次才能用。"}
    page.route("**/add/outcome", lambda route: route.fulfill(status=503, json=refused))
    drop(page, ADDED[:1])
    assert ended(page) == "存好 1 个文件"
    trouble = page.locator("#trouble[role=alert]")
    expect(trouble).to_contain_text("索引已损坏，要重建一次才能用。不知道读出了什么，可以再读一次")
    expect(trouble.get_by_role("link")).to_have_attribute("href", "/files")
    page.unroute_all()
    page.click("#reread")
    assert ended(page) == "全部 1 个：1 个可以搜索了（1 篇报告）"
    expect(trouble).to_be_hidden()


def test_a_stop_that_fails_is_told(
    visit: Visit, corpus: Corpus, serve: Serve, busy: Callable[[Flask], None]
) -> None:
    page = visit(serve(corpus.index, prepare=busy))
    page.goto("/add")
    page.route("**/index-runs/stop", lambda route: route.abort())
    drop(page, ADDED[:1])
    expect(page.locator("#reading .told")).to_contain_text("12 / 40", timeout=ENDED)
    page.click("#stop")
    page.click("#stop")
    expect(page.locator("#trouble")).to_contain_text("连不上稿库。读入没有停下。")


def test_after_another_log_in_elsewhere(page: Page) -> None:
    held = Held(page)
    drop(page, ADDED[:1])
    expect(page.locator(".pieces .sending")).to_have_count(1)
    # Between sending and reading the token has become that of a session that is over.
    page.evaluate("document.querySelector('meta[name=csrf-token]').content = 'old'")
    refused = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status == 400 else None)
    held.let_go(all_=True)
    assert ended(page) == "全部 1 个：1 个可以搜索了（1 篇报告）"
    assert [urlsplit(url).path for url in refused] == ["/index-runs"]


def test_the_log_in_expires_while_it_is_read(visit: Visit, closed: tuple[Office, Users]) -> None:
    office, users = closed
    page = visit(office.address)
    page.goto("/add")
    log_in(page, "correct horse")
    asked: list[str] = []

    def expire(route: Route) -> None:
        asked.append(route.request.method)
        if len(asked) == 1:
            users.change_password("王小明", "another horse")
        route.continue_()

    page.route("**/index-runs", expire)
    drop(page, ADDED[:1])
    assert "登录已过期" in halt(page)
    expect(page).to_have_title("已暂停 - 添加文件 - 稿库")
    seen = len(asked)
    page.wait_for_timeout(2500)
    assert len(asked) == seen  # nobody goes on asking
    log_in_beside(page, "another horse")
    assert ended(page) == "全部 1 个：1 个可以搜索了（1 篇报告）"


def test_a_server_that_was_started_again_reads_on(page: Page) -> None:
    page.route("**/index-runs/events", lambda route: route.fulfill(status=503))
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.method)
        if asked == ["POST"]:
            told = {"version": 99, "started": 7, "busy": True, "text": "x", "done": 0, "total": 0}
            route.fulfill(json=told)
        elif asked == ["POST", "GET"]:
            route.abort()
        else:
            route.continue_()

    page.route("**/index-runs", answer)
    drop(page, ADDED[:1])
    expect(page.locator("#reading .told")).to_contain_text("连不上稿库，正在重试")
    assert ended(page) == "全部 1 个：1 个可以搜索了（1 篇报告）"
    assert asked.count("POST") == 2


def test_what_brings_no_files_and_what_cannot_be_read(page: Page, tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_bytes(b"x")
    choose(page, "files", tmp_path / ".DS_Store")
    expect(page.locator("#aside")).to_have_text("跳过 1 个隐藏文件或系统文件")
    expect(page.locator("#status")).to_have_text("跳过 1 个隐藏文件或系统文件")
    held = Held(page)
    drop(page, [("安装.exe", b"MZ"), ("影片.mp4", b"x"), ("一.总结", b"x"), *ADDED[:1]])
    expect(page.locator("#aside")).to_contain_text("2 个文件多半读不了（.exe、.mp4），照样上传")
    held.let_go(all_=True)
    assert "个可以搜索了" in ended(page)


@pytest.mark.parametrize(("path", "leads"), [("/", True), ("/files", True), ("/templates", False)])
def test_files_that_are_dropped_elsewhere(visit: Visit, office: Office, path: str, leads: bool) -> None:
    page = visit(office.address)
    page.goto(path)
    prevented = """() => {
      const data = new DataTransfer();
      data.items.add(new File(['x'], 'x.txt'));
      return !document.body.dispatchEvent(
        new DragEvent('dragover', {dataTransfer: data, bubbles: true, cancelable: true}));
    }"""
    assert page.evaluate(prevented)
    drop(page, ADDED[:1])
    if leads:
        expect(page.locator("#call")).to_have_text("请在这里再拖一次")
    assert urlsplit(page.url).path == ("/add" if leads else path)


# -- many, and hostile ones --------------------------------------------------------------------------------


def test_thousands_of_files(page: Page) -> None:
    Held(page)
    drop(page, [(f"历年/{n}.txt", b"x") for n in range(5000)])
    expect(page.locator("#sending .told")).to_have_text(re.compile("^已上传 0 / 5,000 个文件"))
    assert page.locator(".pieces li").count() == 200
    assert page.inner_text("#after") == "后面还有 4,800 个在等待"
    page.click("#stop")
    assert ended(page) == "全部 5,000 个：5,000 个没有上传"
    assert page.locator(".pieces li").count() == 200
    assert page.inner_text("#after") == "另有 4,800 个没有上传"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_hostile_names(visit: Visit, office: Office, size: tuple[int, int]) -> None:
    page = visit(office.address, size=size)
    page.goto("/add")
    names = [f"{piece[:180]}{n}.txt" for n, piece in enumerate(hostile.PIECES)]
    held = Held(page)
    drop(page, [(name, REPORT.format(place=f"第{n}村", year=2001).encode()) for n, name in enumerate(names)])
    expect(page.locator(".pieces li")).to_have_count(len(names))
    assert page.locator(".pieces bdi").all_inner_texts()[0] == names[0]

    def check() -> None:
        assert page.evaluate("window.harm") is None
        assert page.locator("script:not([src]), img, .harm, main :is(svg title, textarea)").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]

    check()
    held.let_go(all_=True)
    assert ended(page) == f"全部 {len(names)} 个：{len(names)} 个可以搜索了（{len(names)} 篇报告）"
    check()
    shown = page.inner_text("#results")
    assert "<script>" in shown or "_script_" in shown
    assert "🏗️" in shown
    assert all(".incoming" not in name and ".." not in name for name in office.stored())


# -- without scripts ---------------------------------------------------------------------------------------


def test_without_scripts(visit: Visit, office: Office, folder: Path) -> None:
    page = visit(office.address, scripts=False)
    page.goto("/")
    page.click("text=添加文件")
    arrive(page, "#files")
    assert not page.locator("#pick-files").is_visible()
    page.set_input_files("#files", [folder / "历年" / "2020年工作总结.txt", folder / "Thumbs.db"])
    page.click("text=上传")
    expect(page.locator("#received")).to_have_text("收到 1 个文件，1 个没有保存")
    assert page.locator(".received li.failed bdi").inner_text() == "Thumbs.db"
    assert page.locator(".received li.saved bdi").inner_text() == "2020年工作总结.txt"
    page.reload()  # nothing is sent again: a browser would ask first
    expect(page.locator("#received")).to_have_text("收到 1 个文件，1 个没有保存")
    for _ in range(60):
        page.goto("/?q=风车磨坊")
        if page.locator(".hit").count():
            break
        page.wait_for_timeout(500)
    assert page.locator(".hit").count() == 1


# -- index runs on other pages -----------------------------------------------------------------------------


def test_the_index_is_refreshed_by_a_button(visit: Visit, office: Office) -> None:
    office.corpus.write("新的.txt", REPORT.format(place="白塔", year=2019))
    page = visit(office.address)
    page.goto("/files")
    expect(page.locator(".freshness p")).to_have_text(re.compile(r"^索引更新于 \d{4}-\d\d-\d\d \d\d:\d\d$"))
    page.click("text=更新索引")
    expect(page.locator(".file", has_text="新的.txt")).to_have_count(1, timeout=ENDED)
    expect(page.locator("#running")).to_have_count(0)
    expect(page.locator(".freshness")).to_contain_text("更新索引")
    expect(page.locator(".freshness + p")).to_contain_text("新增 1 个文件")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_run_is_told_on_every_page_and_stopped(
    visit: Visit, corpus: Corpus, serve: Serve, busy: Callable[[Flask], None], scripts: bool
) -> None:
    for name, text in FILES.items():
        corpus.write(name, text)
    corpus.update()
    page = visit(serve(corpus.index, prepare=busy), scripts=scripts)
    for path in ("/", "/?q=灯塔", "/files", "/add"):
        page.goto(path)
        expect(page.locator("#running p")).to_have_text("正在更新索引：读取 12 / 40 个文件，搜索照常可用")
    other = page.context.new_page()
    other.goto("/files")
    other.click("text=停止更新")
    if scripts:  # asked twice; there is nobody else whose files would wait
        expect(other.get_by_role("status").filter(has_text="确定停止更新")).to_have_count(1)
        assert other.request.get("/index-runs").json()["busy"]
        other.click("text=确定停止更新")
    if scripts:  # the line follows what goes on
        expect(page.locator("#running [role=status]")).to_contain_text("已停止", timeout=ENDED)
        expect(other.locator("#running")).to_have_count(0, timeout=ENDED)  # that page shows it by itself
    for _ in range(60):
        page.goto("/files")
        if not page.locator("#running").count():
            break
        page.wait_for_timeout(500)
    expect(page.locator(".freshness + p")).to_contain_text("已停止")
