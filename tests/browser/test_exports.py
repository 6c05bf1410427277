"""What people export, opened by the library that reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Page

from indexer.exporting import FORMS
from tests.browser.waiting import arrive
from tests.exporting.reading import READERS


@pytest.mark.parametrize(("form", "name"), [(ending, form.name) for ending, form in FORMS.items()])
def test_results(page: Page, tmp_path: Path, form: str, name: str) -> None:
    page.goto("/?q=灯塔")
    with page.expect_download() as coming:
        page.locator(".bar .exports").get_by_role("link", name=name, exact=True).click()
    assert coming.value.suggested_filename == f"搜索结果 灯塔.{form}"
    coming.value.save_as(tmp_path / "saved")
    found = READERS[form]((tmp_path / "saved").read_bytes())
    assert len(found.rows) == 45
    assert all("灯塔" in row.text for row in found.rows)


def test_a_report(page: Page, tmp_path: Path) -> None:
    page.goto("/?q=茶园")
    page.locator(".hit .place").first.click()
    arrive(page, ".acts .exports")
    for name in ("Word", "Markdown"):
        with page.expect_download() as coming:
            page.locator(".acts .exports").get_by_role("link", name=name).click()
        coming.value.save_as(tmp_path / name)
        assert coming.value.suggested_filename.startswith("柳塘镇2019年工作总结.")
    assert Document(str(tmp_path / "Word")).paragraphs[0].text == "柳塘镇2019年工作总结"
    assert (tmp_path / "Markdown").read_text("utf-8").startswith("# 柳塘镇2019年工作总结\n")
