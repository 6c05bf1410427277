"""What a run makes of files that are new, changed, moved, gone or the same: told by its whole tally and by
what the index then holds."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from indexer.build import Summary, Tally, forget
from indexer.engines.base import Counts
from indexer.engines.whoosh.reader import WhooshReader
from indexer.library import Library
from indexer.model import Folder, report_id
from tests.build.office import Office, replace_seconds


def test_first_run(office: Office) -> None:
    office.write("报告/甲.txt", "招商引资成效明显。")
    office.write("报告/2023/乙.txt", "项目建设扎实推进。")
    summary = office.run("报告")
    assert replace_seconds(summary) == Summary(
        files=Tally(seen=2, added=2), counts=Counts(files=2, reports=2, sections=2, characters=30)
    )
    assert office.held() == {"报告/2023/乙.txt": "项目建设扎实推进。", "报告/甲.txt": "招商引资成效明显。"}
    assert office.folders() == (Folder("报告", str(office.root / "报告")),)


def test_an_unchanged_run_reads_no_file(two: Office, reads: dict[str, list[str]]) -> None:
    before = (two.index / "gaoku.json").read_bytes()
    first = two.run()
    assert first.files == Tally(seen=2, unchanged=2)
    assert first.counts == Counts(files=2, reports=2, sections=2, characters=30)
    assert reads == {"opened": [], "read": []}
    assert (two.index / "gaoku.json").read_bytes() == before


def test_a_touched_file_is_unchanged_and_not_opened_a_second_time(
    two: Office, reads: dict[str, list[str]]
) -> None:
    os.utime(two.root / "报告/甲.txt", ns=(1_600_000_000_123_456_789, 1_600_000_000_123_456_789))
    two.settle()
    assert two.run().files == Tally(seen=2, unchanged=2)
    assert reads == {"opened": ["甲.txt"], "read": []}
    assert two.run().files == Tally(seen=2, unchanged=2)
    assert reads == {"opened": ["甲.txt"], "read": []}


def test_a_file_written_anew_with_the_same_content_is_unchanged(
    two: Office, reads: dict[str, list[str]]
) -> None:
    two.write("报告/甲.txt", "招商引资成效明显。")
    assert two.run().files == Tally(seen=2, unchanged=2)
    assert reads["read"] == []


def test_a_changed_file(two: Office, reads: dict[str, list[str]]) -> None:
    two.write("报告/甲.txt", "科技创新再上台阶。")
    assert two.run().files == Tally(seen=2, changed=1, unchanged=1)
    assert reads["read"] == ["甲.txt"]
    assert two.held() == {"报告/乙.txt": "项目建设扎实推进。", "报告/甲.txt": "科技创新再上台阶。"}
    assert (two.total('"招商引资成效"'), two.total('"科技创新再上"')) == (0, 1)


def test_a_change_of_the_same_length_and_time_is_seen(two: Office) -> None:
    """What a stamp of one granule of time cannot tell, the content does."""
    path = two.write("报告/丙.txt", "甲乙丙丁")
    two.run()  # within the settling time of the file
    status = path.stat()
    path.write_text(path.read_text("utf-8").replace("甲乙丙丁", "子丑寅卯"), "utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert two.run().files == Tally(seen=3, changed=1, unchanged=2)
    assert two.held()["报告/丙.txt"] == "子丑寅卯"


def test_a_removed_file(two: Office) -> None:
    (two.root / "报告/甲.txt").unlink()
    summary = two.run()
    assert summary.files == Tally(seen=1, removed=1, unchanged=1)
    assert summary.counts == Counts(files=1, reports=1, sections=1, characters=15)
    assert two.held() == {"报告/乙.txt": "项目建设扎实推进。"}


def test_all_files_removed_one_after_the_other(two: Office) -> None:
    for name in ("甲", "乙"):
        (two.root / f"报告/{name}.txt").unlink()
        summary = two.run()
        assert summary.files.removed == 1
    assert summary.counts == Counts(0, 0, 0, 0)
    assert (two.held(), two.total("招商"), Library(two.index).verify()) == ({}, 0, [])


def test_a_folder_that_is_empty_all_at_once_is_taken_for_a_drive_off_line(two: Office) -> None:
    before = two.held()
    (two.root / "报告/甲.txt").unlink()
    (two.root / "报告/乙.txt").unlink()
    summary = two.run()
    assert (summary.files, two.held()) == (Tally(), before)
    assert [w.partition(":")[0] for w in summary.warnings] == ["folder is empty"]
    forget(two.index, two.root / "报告", two.settings)
    assert two.held() == {}


def test_a_renamed_file_is_moved_and_keeps_its_text(two: Office) -> None:
    (two.root / "报告/甲.txt").rename(two.root / "报告/丁.txt")
    assert two.run().files == Tally(seen=2, moved=1, unchanged=1)
    assert two.held() == {"报告/丁.txt": "招商引资成效明显。", "报告/乙.txt": "项目建设扎实推进。"}
    assert two.ids()["报告/丁.txt"] == report_id("报告/丁.txt", 1)
    assert two.total('"招商引资成效"') == 1


def test_a_file_renamed_to_what_cannot_be_read_is_removed_and_failed(two: Office) -> None:
    (two.root / "报告/甲.txt").rename(two.root / "报告/甲.xyz")
    summary = two.run()
    assert summary.files == Tally(seen=2, removed=1, unchanged=1, failed=1)
    assert [file for file, _ in summary.failed] == ["报告/甲.xyz"]


def test_a_file_moved_into_a_subfolder_and_one_moved_between_folders(two: Office) -> None:
    two.write("归档/旧.txt", "安全生产形势平稳。")
    two.run("归档")
    (two.root / "归档/2023").mkdir()
    (two.root / "报告/甲.txt").rename(two.root / "归档/2023/甲.txt")
    assert two.run().files == Tally(seen=3, moved=1, unchanged=2)
    assert two.held() == {
        "归档/2023/甲.txt": "招商引资成效明显。",
        "归档/旧.txt": "安全生产形势平稳。",
        "报告/乙.txt": "项目建设扎实推进。",
    }


def test_a_move_seen_from_one_side_only(two: Office) -> None:
    two.write("归档/旧.txt", "安全生产形势平稳。")
    two.run("归档")
    (two.root / "报告/甲.txt").rename(two.root / "归档/甲.txt")
    assert two.run("归档").files == Tally(seen=2, added=1, unchanged=1)
    assert two.run("报告").files == Tally(seen=1, removed=1, unchanged=1)
    assert set(two.held()) == {"归档/甲.txt", "归档/旧.txt", "报告/乙.txt"}


def test_two_files_that_change_names(two: Office) -> None:
    first, second, spare = (two.root / "报告" / n for n in ("甲.txt", "乙.txt", "丙.txt"))
    first.rename(spare)
    second.rename(first)
    spare.rename(second)
    assert two.run().files == Tally(seen=2, changed=2)
    assert two.held() == {"报告/乙.txt": "招商引资成效明显。", "报告/甲.txt": "项目建设扎实推进。"}


def test_two_files_with_the_same_content(office: Office) -> None:
    for name in ("报告/一/同.txt", "报告/二/同.txt"):
        office.write(name, "招商引资成效明显。")
    assert office.run("报告").files == Tally(seen=2, added=2)
    assert office.held() == dict.fromkeys(("报告/一/同.txt", "报告/二/同.txt"), "招商引资成效明显。")
    assert len(set(office.ids().values())) == 2
    (office.root / "报告/一/同.txt").rename(office.root / "报告/三.txt")
    assert office.run().files == Tally(seen=2, moved=1, unchanged=1)
    office.write("报告/四/同.txt", "招商引资成效明显。")  # a copy: nothing is gone that it could be
    office.settle()
    assert office.run().files == Tally(seen=3, added=1, unchanged=2)
    (office.root / "报告/三.txt").unlink()
    (office.root / "报告/四/同.txt").unlink()
    office.write("报告/五/同.txt", "招商引资成效明显。")
    assert office.run().files == Tally(seen=2, moved=1, removed=1, unchanged=1)
    assert set(office.held()) == {"报告/二/同.txt", "报告/五/同.txt"}


def test_a_new_file(two: Office, reads: dict[str, list[str]]) -> None:
    two.write("报告/丙.txt", "安全生产形势平稳。")
    assert two.run().files == Tally(seen=3, added=1, unchanged=2)
    assert reads["read"] == ["丙.txt"]
    assert two.total('"安全生产形势"') == 1


def test_everything_at_once(office: Office) -> None:
    for name in ("同", "改", "移", "删"):
        office.write(f"报告/{name}.txt", f"{name}的内容很充实。")
    office.write("报告/.隐.txt", "不是报告")
    office.settle()
    assert office.run("报告").files == Tally(seen=4, added=4, ignored=1)
    office.write("报告/改.txt", "改过的内容更充实。")
    (office.root / "报告/移.txt").rename(office.root / "报告/移走.txt")
    (office.root / "报告/删.txt").unlink()
    office.write("报告/新.txt", "新的内容很充实。")
    (office.root / "报告/坏.docx").write_bytes(b"PK\x03\x04 word/document.xml")
    summary = office.run()
    assert summary.files == Tally(
        seen=5, added=1, changed=1, moved=1, removed=1, unchanged=1, ignored=1, failed=1
    )
    assert summary.counts.files == 5
    assert [file for file, _ in summary.failed] == ["报告/坏.docx"]
    assert office.held() == {
        "报告/同.txt": "同的内容很充实。",
        "报告/改.txt": "改过的内容更充实。",
        "报告/移走.txt": "移的内容很充实。",
        "报告/新.txt": "新的内容很充实。",
    }
    assert Library(office.index).verify() == []


def test_what_is_installed_is_looked_for_once_a_run(two: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    files = Library(two.index).files()

    def installed(extra: str) -> bool:
        asked.append(extra)
        return False

    monkeypatch.setattr("indexer.build.installed", installed)
    lacking = {entry.file: replace(entry, extra="ocr") for entry in files}
    monkeypatch.setattr(WhooshReader, "files", lambda self: lacking)
    assert two.run().files.unchanged == 2
    assert asked == ["ocr"]
