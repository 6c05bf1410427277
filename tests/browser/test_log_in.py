"""Logging in and out with the keyboard; the page for it at every size, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from indexer.users import Users
from tests.browser.axe import violations
from tests.browser.conftest import SCHEMES, SIZES, Serve, Visit, _indexed
from tests.browser.waiting import arrive
from tests.webui.conftest import FILES


@pytest.fixture
def closed_address(
    serve: Serve, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A server over FILES with a user."""
    settings = tmp_path_factory.mktemp("settings")
    Users(settings).add("王小明", "correct horse")
    monkeypatch.setenv("GAOKU_SETTINGS", str(settings))
    return serve(_indexed(tmp_path_factory, FILES))


@pytest.mark.parametrize("scripts", [True, False])
def test_log_in_with_the_keyboard(visit: Visit, closed_address: str, scripts: bool) -> None:
    page = visit(closed_address, scripts=scripts)
    page.goto("/?q=招商引资&page=1")
    expect(page).to_have_title("登录 - 稿库")
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type("王小明")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong horse")
    page.keyboard.press("Enter")
    expect(page.locator(".fault")).to_have_text("用户名或密码不对。")
    expect(page.locator("#name")).to_have_value("王小明")
    expect(page.locator("#password")).to_be_focused()
    page.keyboard.type("correct horse")
    page.keyboard.press("Enter")
    arrive(page, ".hit")
    assert page.input_value("#q") == "招商引资"
    expect(page.locator(".who bdi")).to_have_text("王小明")
    page.locator(".who button").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_title("登录 - 稿库")
    page.goto("/files")
    expect(page).to_have_title("登录 - 稿库")


def test_a_draft_is_sent(visit: Visit, closed_address: str) -> None:
    page = visit(closed_address)
    page.goto("/similar")
    page.fill("#name", "王小明")
    page.fill("#password", "correct horse")
    page.keyboard.press("Enter")
    arrive(page, "#text")
    page.fill("#text", "全年招商引资到位资金41亿元，新签约项目27个。招商引资队伍壮大。")
    page.click(".send button")
    expect(page.locator(".hit").first).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_how_it_looks(
    visit: Visit, closed_address: str, axe: str, artefacts: Path, size: tuple[int, int]
) -> None:
    for scheme in SCHEMES:
        page = visit(closed_address, size=size, scheme=scheme)
        page.goto("/files")
        found = violations(page, axe)
        page.screenshot(path=artefacts / f"login-{size[0]}-{scheme}.png")
        page.fill("#name", "王小明")
        page.fill("#password", "wrong horse")
        page.keyboard.press("Enter")
        arrive(page, ".fault")
        found += violations(page, axe)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        page.fill("#password", "correct horse")
        page.keyboard.press("Enter")
        expect(page).to_have_title("文件 - 稿库")
        for path in ("/files", "/", "/?q=招商引资"):
            page.goto(path)
            expect(page.locator(".who")).to_be_visible()
            found += violations(page, axe)
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            page.screenshot(path=artefacts / f"logged-in-{len(path)}-{size[0]}-{scheme}.png")
        assert found == []
