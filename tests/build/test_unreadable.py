"""Files that cannot be read, or only sometimes: they are listed, and lose nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from indexer import corpus, reading, reports
from indexer.build import Tally
from indexer.engines.base import Counts
from indexer.library import Library
from indexer.model import Document, Report, Stamp
from tests.build.office import Office, unreadable


def test_a_file_that_cannot_be_opened_is_listed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.write("报告/甲.txt", "招商引资成效明显。")
    office.write("报告/锁.txt", "看不到的内容。")
    with monkeypatch.context() as patch:
        unreadable(patch, "锁.txt")
        summary = office.run("报告")
    assert summary.files == Tally(seen=2, added=1, failed=1)
    assert summary.failed == [("报告/锁.txt", "没有读取权限")]
    assert summary.counts == Counts(files=2, reports=1, sections=1, characters=15)
    assert {e.file: e.failed for e in Library(office.index).files()} == {
        "报告/甲.txt": None,
        "报告/锁.txt": "没有读取权限",
    }
    assert office.run().files == Tally(seen=2, added=1, unchanged=1)  # it can be read now
    assert office.held()["报告/锁.txt"] == "看不到的内容。"


def test_a_file_that_becomes_unreadable_keeps_its_text(two: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    before = two.held()
    two.write("报告/甲.txt", "改过而读不到的内容。")
    for rebuild in (False, True):
        with monkeypatch.context() as patch:
            unreadable(patch, "甲.txt")
            summary = two.run(rebuild=rebuild)
        assert (summary.files.failed, summary.failed) == (1, [("报告/甲.txt", "没有读取权限")])
        assert summary.warnings == ["报告/甲.txt: cannot be read now, the text it had before is kept"]
        assert summary.counts == Counts(files=2, reports=2, sections=2, characters=30)
        assert (two.held(), two.total('"招商引资成效"')) == (before, 1)
        assert Library(two.index).verify() == []
    two.settle()
    assert two.run().files.changed == 1
    assert two.held()["报告/甲.txt"] == "改过而读不到的内容。"


def test_a_file_half_saved_keeps_its_text(two: Office) -> None:
    """The file can be opened, and what is in it cannot be read."""
    (two.root / "报告/甲.txt").write_bytes(b"\x00\x01\x02\x03")
    summary = two.run()
    assert summary.files == Tally(seen=2, unchanged=1, failed=1)
    assert two.held()["报告/甲.txt"] == "招商引资成效明显。"
    assert two.run().files == Tally(seen=2, unchanged=1, failed=1)  # and again, for as long as it lasts
    assert two.held()["报告/甲.txt"] == "招商引资成效明显。"


def test_a_file_readable_again_with_the_content_it_had_is_unchanged(
    two: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(two.root / "报告/甲.txt")
    with monkeypatch.context() as patch:
        unreadable(patch, "甲.txt")
        two.run()
    assert two.run().files == Tally(seen=2, unchanged=2)
    assert [e.failed for e in Library(two.index).files()] == [None, None]


def test_a_file_that_was_never_read_and_is_gone(office: Office) -> None:
    office.write("报告/甲.txt", "招商引资成效明显。")
    (office.root / "报告/图.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert office.run("报告").files == Tally(seen=2, added=1, failed=1)
    (office.root / "报告/图.png").unlink()
    office.settle()
    assert office.run().files == Tally(seen=1, removed=1, unchanged=1)
    assert [e.file for e in Library(office.index).files()] == ["报告/甲.txt"]


def test_a_file_that_changes_between_walk_and_read(two: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content that is indexed is the one that was read, and the next run looks again."""
    path = two.write("报告/甲.txt", "第一稿的内容。")
    digest_of = corpus.digest_of
    with monkeypatch.context() as patch:

        def racing(path_: Path, stamp: Stamp) -> str:
            result = digest_of(path_, stamp)
            if path_ == path:
                two.write("报告/甲.txt", "第二稿的内容。")
            return result

        patch.setattr(corpus, "digest_of", racing)
        assert two.run().files == Tally(seen=2, changed=1, unchanged=1)
    assert two.held()["报告/甲.txt"] == "第二稿的内容。"
    assert two.run().files == Tally(seen=2, unchanged=2)
    two.write("报告/甲.txt", "第三稿的内容。")
    assert two.run().files == Tally(seen=2, changed=1, unchanged=1)
    assert two.held()["报告/甲.txt"] == "第三稿的内容。"


@pytest.mark.parametrize("known", [True, False])
def test_a_file_that_goes_between_walk_and_read(
    two: Office, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    path = two.write("报告/甲.txt" if known else "报告/丙.txt", "改过的内容。")
    digest_of = corpus.digest_of
    with monkeypatch.context() as patch:

        def racing(path_: Path, stamp: Stamp) -> str:
            result = digest_of(path_, stamp)
            if path_ == path:
                path.unlink()
            return result

        patch.setattr(corpus, "digest_of", racing)
        summary = two.run()
    assert summary.files == Tally(seen=2 if known else 3, unchanged=1 if known else 2, failed=1)
    assert summary.failed == [(f"报告/{path.name}", "读取时文件已不在 (gone while being read)")]
    assert two.held() == {"报告/甲.txt": "招商引资成效明显。", "报告/乙.txt": "项目建设扎实推进。"}
    two.settle()
    assert two.run().files == Tally(seen=1 if known else 2, removed=1, unchanged=1 if known else 2)


def test_text_that_our_own_rules_stumble_over_does_not_stop_the_run(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.write("报告/甲.txt", "招商引资成效明显。")
    office.write("报告/怪.txt", "奇怪的内容。")

    def stumbling(document: Document, name: str) -> tuple[Report, ...]:
        if name == "怪":
            raise IndexError("list index out of range")
        return reports.understand(document, name)

    monkeypatch.setattr(reading, "understand", stumbling)
    summary = office.run("报告")
    assert summary.files == Tally(seen=2, added=1, failed=1)
    assert [file for file, _ in summary.failed] == ["报告/怪.txt"]


def test_files_that_hold_no_report(office: Office) -> None:
    folder = office.root / "报告"
    (folder / "空").mkdir(parents=True)
    (folder / "空.txt").write_bytes(b"")
    (folder / "白.md").write_bytes("\n \u3000\r\n\t".encode())
    (folder / "标.txt").write_bytes(b"\xef\xbb\xbf")
    os.mkfifo(folder / "管.txt")
    summary = office.run("报告")
    assert summary.files == Tally(seen=4, failed=4)
    empty = "文件里没有文字 (there is no text in this file)"
    assert dict(summary.failed) == {
        "报告/标.txt": empty,
        "报告/白.md": empty,
        "报告/空.txt": "文件是空的 (the file is empty)",
        "报告/管.txt": "不是普通文件 (not a regular file)",
    }
    assert summary.counts == Counts(files=4, reports=0, sections=0, characters=0)


def test_an_empty_folder(office: Office) -> None:
    (office.root / "报告").mkdir()
    summary = office.run("报告")
    assert (summary.files, summary.counts) == (Tally(), Counts(0, 0, 0, 0))
    assert (office.held(), office.total("招商"), office.total("")) == ({}, 0, 0)
    assert Library(office.index).verify() == []
    office.write("报告/甲.txt", "招商引资成效明显。")
    assert office.run().files == Tally(seen=1, added=1)
