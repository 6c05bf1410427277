"""The page of files: what was read from each, and why some could not be."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

import pytest
from flask import Flask

from indexer.model import FileEntry, report_id
from tests.webui.conftest import Corpus, reader_of
from webui import create_app
from webui.files import FilesAddress, arrange

REASON = "文件有密码保护；请去掉密码后再试 (encrypted: take the password off and try again)"
ENTRIES = [
    FileEntry("报告/甲.txt", "1", None, "text", "utf-8", 1, 12_345),
    FileEntry("报告/汇编.docx", "2", None, "docx", None, 6, 60_000, warnings=("第 3 页看不清 (page 3)",)),
    FileEntry("报告/密.docx", "3", None, failed=REASON),
    FileEntry("报告/包.zip", "4", None, "zip"),
    FileEntry("报告/包.zip/内.txt", "5", None, "text", "gb18030", 1, 99),
]


@pytest.fixture
def shown(app: Flask) -> Callable[[FilesAddress], list[tuple[str, ...]]]:
    def show(there: FilesAddress) -> list[tuple[str, ...]]:
        with app.test_request_context():
            return [(f.folder, f.name, f.format, f.failed) for f in arrange(ENTRIES, there).files]

    return show


def test_what_could_not_be_read_comes_first(shown: Callable[[FilesAddress], list[tuple[str, ...]]]) -> None:
    assert shown(FilesAddress()) == [
        ("报告", "密.docx", "", "文件有密码保护；请去掉密码后再试"),
        ("报告", "汇编.docx", "Word", ""),
        ("报告", "包.zip", "压缩包", ""),
        ("报告/包.zip", "内.txt", "文本", ""),
        ("报告", "甲.txt", "文本", ""),
    ]


@pytest.mark.parametrize(
    ("there", "names"),
    [
        (FilesAddress(show="failed"), ["密.docx"]),
        (FilesAddress(show="warned"), ["汇编.docx"]),
        (FilesAddress(q="包.ZIP"), ["包.zip", "内.txt"]),
        (FilesAddress(q="匯編"), ["汇编.docx"]),
        (FilesAddress(q="没有"), []),
        (FilesAddress(format="文本"), ["内.txt", "甲.txt"]),
        (FilesAddress(show="warned", format="文本"), []),
    ],
)
def test_the_list_is_narrowed(
    shown: Callable[[FilesAddress], list[tuple[str, ...]]], there: FilesAddress, names: list[str]
) -> None:
    assert [name for _, name, *_ in shown(there)] == names


def test_each_filter_counts_what_it_would_show(app: Flask) -> None:
    with app.test_request_context():
        found = arrange(ENTRIES, FilesAddress(show="warned", format="Word"))
        assert [(link.text, link.count, link.current) for link in found.shows] == [
            ("全部", 1, False),
            ("有提醒", 1, True),
        ]
        archives = arrange(ENTRIES, FilesAddress(format="压缩包"))
        ((first, *others),) = (group.links for group in archives.filters)
    assert (first.text, first.count, unquote(first.url)) == ("文本", 2, "/files?format=文本")
    assert [(link.text, link.count, link.url) for link in others if link.current] == [("压缩包", 1, "/files")]


def test_where_a_file_leads(app: Flask) -> None:
    with app.test_request_context():
        urls = {f.name: f.url for f in arrange(ENTRIES, FilesAddress()).files}
    assert urls["甲.txt"] == f"/report/{report_id('报告/甲.txt', 1)}"
    assert "q=" in urls["汇编.docx"]
    assert (urls["密.docx"], urls["包.zip"]) == ("", "")


def test_the_page(corpus: Corpus) -> None:
    corpus.write("甲.txt", "甲工作总结\n\n招商引资成效明显。")
    corpus.write("<b>乙&.docx", "这不是 Word 文件。\x00\x01")
    corpus.update()
    client = create_app(corpus.index).test_client()
    page = reader_of(client)
    first, second = page("/files").all("article")
    assert first.one("h2").text == "<b>乙&.docx"
    assert first.one(class_="fault").text
    assert second.one("h2").text == "甲.txt"
    assert "1 篇报告" in second.one(class_="about").text
    report = client.get(second.one("a").attrs["href"])
    assert "招商引资成效明显。" in report.get_data(as_text=True)
    assert [link.text for link in page("/files").one(class_="levels").all("a")] == ["全部 2", "读不了 1"]
    assert len(page("/files?show=failed").all("article")) == 1
    assert page("/files?q=没有这个").one(class_="nothing").one("h1").text == "没有文件"
    assert client.get("/files?page=99").headers["Location"] == "/files"
