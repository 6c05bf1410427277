"""Names of files: what is left out, links, and what file systems allow."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from indexer.build import Tally
from indexer.library import Library
from indexer.model import Folder
from indexer.settings import EXCLUDED
from tests.build.office import Office


def test_excluded_names_are_counted_as_ignored(office: Office) -> None:
    for name in (
        "~$甲.docx",
        ".~乙.wps",
        ".git/c.txt",
        "Thumbs.db",
        "d.tmp",
        "e.bak",
        "f.txt~",
        "备份/g.txt",
    ):
        office.write(f"报告/{name}", "不是报告。")
    office.write("报告/甲.txt", "招商引资成效明显。")
    office.settings = replace(office.settings, exclude=(*EXCLUDED, "备份"))
    assert office.run("报告").files == Tally(seen=1, added=1, ignored=8)
    assert set(office.held()) == {"报告/甲.txt"}


def test_a_name_that_comes_to_be_excluded_takes_its_report_out(two: Office) -> None:
    two.settings = replace(two.settings, exclude=(*EXCLUDED, "甲*"))
    assert two.run().files == Tally(seen=1, removed=1, unchanged=1, ignored=1)
    assert set(two.held()) == {"报告/乙.txt"}


def test_links(office: Office) -> None:
    outside = office.write("外面/密.txt", "外面的内容。")
    inside = office.write("报告/里/甲.txt", "招商引资成效明显。")
    folder = office.root / "报告"
    (folder / "出.txt").symlink_to(outside)
    (folder / "出去").symlink_to(outside.parent)
    (folder / "断.txt").symlink_to(folder / "没有.txt")
    (folder / "自.txt").symlink_to(folder / "自.txt")
    (folder / "里/圈").symlink_to(folder)
    (folder / "同.txt").symlink_to(inside)
    summary = office.run("报告")
    assert summary.files == Tally(seen=6, added=2, failed=4)
    reason = "链接指向文件夹之外或已失效，不跟随 (a broken link, or one out of the folder: not followed)"
    assert dict(summary.failed) == dict.fromkeys(
        ("报告/出.txt", "报告/出去", "报告/断.txt", "报告/自.txt"), reason
    )
    assert set(office.held()) == {"报告/同.txt", "报告/里/甲.txt"}
    assert office.total('"外面的内容"') == 0


ODD_NAMES = [
    "两\n行.txt",
    "笑😀.txt",
    "空 格 .txt",
    "引'号\".txt",
    "<b>.txt",
    "%s{0}.txt",
    "\\n.txt",
    "a\u202eb.txt",
]


def test_odd_names(office: Office) -> None:
    for n, name in enumerate(ODD_NAMES):
        office.write(f"报告/{name}", f"第{n}个的内容。")
    office.settle()
    assert office.run("报告").files == Tally(seen=len(ODD_NAMES), added=len(ODD_NAMES))
    assert office.held() == {f"报告/{name}": f"第{n}个的内容。" for n, name in enumerate(ODD_NAMES)}
    assert office.run().files == Tally(seen=len(ODD_NAMES), unchanged=len(ODD_NAMES))
    assert Library(office.index).verify() == []


@pytest.fixture
def bytes_name(office: Office) -> str:
    """A file name that is no UTF-8, as copies from old systems have."""
    name = os.fsdecode(b"\xb1\xa8\xb8\xe6.txt")  # 报告 in GBK
    try:
        office.write(f"报告/{name}", "乱码名字的内容。")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    office.settle()
    return name


def test_a_name_of_invalid_bytes(office: Office, bytes_name: str) -> None:
    assert office.run("报告").files == Tally(seen=1, added=1)
    assert office.held() == {f"报告/{bytes_name}": "乱码名字的内容。"}
    assert office.run().files == Tally(seen=1, unchanged=1)
    office.write(f"报告/{bytes_name}", "改过的内容。")
    assert office.run().files == Tally(seen=1, changed=1)
    assert office.held() == {f"报告/{bytes_name}": "改过的内容。"}
    assert Library(office.index).verify() == []
    (office.root / "报告" / bytes_name).unlink()
    assert office.run().files == Tally(removed=1)
    assert office.held() == {}


def test_a_name_of_invalid_bytes_and_one_that_spells_them(office: Office, bytes_name: str) -> None:
    spelt = "\\xb1\\xa8\\xb8\\xe6.txt"
    office.write(f"报告/{spelt}", "拼写出来的内容。")
    office.settle()
    office.run("报告")
    (office.root / "报告" / bytes_name).unlink()
    assert office.run().files == Tally(seen=1, removed=1, unchanged=1)
    assert office.held() == {f"报告/{spelt}": "拼写出来的内容。"}


def test_a_folder_whose_name_is_invalid_bytes(office: Office, bytes_name: str) -> None:
    folder = bytes_name.removesuffix(".txt")
    office.write(f"{folder}/甲.txt", "招商引资成效明显。")
    office.settle()
    assert office.run(folder).files == Tally(seen=1, added=1)
    assert office.held() == {f"{folder}/甲.txt": "招商引资成效明显。"}
    assert office.folders() == (Folder(folder, str(office.root / folder)),)
    assert office.run().files == Tally(seen=1, unchanged=1)
