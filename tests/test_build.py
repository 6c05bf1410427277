"""The write path: what a run makes of the files, told by its whole tally and by what the index then holds."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import pytest

from indexer import corpus, home, readers, reading, reports
from indexer.build import Summary, Tally, forget, update
from indexer.engines.base import Counts
from indexer.errors import (
    CorruptIndexError,
    GaokuError,
    LockedIndexError,
    NoIndexError,
    NotFoundError,
    OutdatedIndexError,
    UnreadableError,
)
from indexer.library import Library
from indexer.model import Document, Folder, Report, Stamp, report_id
from indexer.search import make_question, search
from indexer.settings import EXCLUDED, Settings


class Office:
    """A place with files, an index over them, and the settings."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.index = root / "index"
        self.settings = Settings(index=self.index, corpus=root / "corpus")

    def write(self, name: str, text: str) -> Path:
        """A report that says ``text``, at a path below the root."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.stem.split()[-1]}工作总结\n一、主要工作\n{text}\n", "utf-8", errors="replace")
        return path

    def settle(self) -> None:
        """Let so much time go by that stamps alone tell the files unchanged."""
        time.sleep(0.03)

    def run(self, *folders: str, rebuild: bool = False) -> Summary:
        return update(self.index, [self.root / f for f in folders], self.settings, rebuild=rebuild)

    def held(self) -> dict[str, str]:
        """The text of every file that the index holds."""
        library = Library(self.index)
        try:
            return {
                filed.file: "\n".join(p for s in filed.report.sections for p in s.paragraphs)
                for filed in library.reports()
            }
        finally:
            library.close()

    def ids(self) -> dict[str, str]:
        """The id of every report, by its file."""
        return {filed.file: filed.report_id for filed in Library(self.index).reports()}

    def total(self, query: str) -> int:
        return search(Library(self.index), make_question(query)).total

    def folders(self) -> tuple[Folder, ...]:
        pointer = home.read_pointer(self.index)
        assert pointer is not None
        assert pointer.folders == Library(self.index).status()[0].folders
        return pointer.folders


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def two(office: Office) -> Office:
    """An office with an index over two files."""
    office.write("报告/甲.txt", "招商引资成效明显。")
    office.write("报告/乙.txt", "项目建设扎实推进。")
    office.settle()
    office.run("报告")
    return office


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The names of the files that are opened and understood, as they are."""
    seen: dict[str, list[str]] = {"opened": [], "read": []}
    read_bytes, digest_of = corpus.read_bytes, corpus.digest_of

    def counting_bytes(path: Path) -> tuple[bytes, str]:
        seen["opened"].append(path.name)
        return read_bytes(path)

    def counting_digest(path: Path, stamp: Stamp) -> str:
        seen["opened"].append(path.name)
        return digest_of(path, stamp)

    def counting_read(path: PurePath, data: bytes) -> Document:
        seen["read"].append(path.name)
        return readers.read(path, data)

    monkeypatch.setattr(corpus, "read_bytes", counting_bytes)
    monkeypatch.setattr(corpus, "digest_of", counting_digest)
    monkeypatch.setattr(reading, "read", counting_read)
    return seen


def unreadable(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let files of these names fail as those that another program has locked."""
    digest_of = corpus.digest_of

    def locked(path: Path, stamp: Stamp) -> str:
        if path.name in names:
            raise UnreadableError("没有读取权限")
        return digest_of(path, stamp)

    monkeypatch.setattr(corpus, "digest_of", locked)


def closed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let folders of this name refuse to be listed."""
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if not isinstance(path, int) and Path(path).name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)


# -- what becomes of files --------------------------------------------------------------------------


def test_first_run(office: Office) -> None:
    office.write("报告/甲.txt", "招商引资成效明显。")
    office.write("报告/2023/乙.txt", "项目建设扎实推进。")
    summary = office.run("报告")
    assert replace_seconds(summary) == Summary(
        files=Tally(seen=2, added=2), counts=Counts(files=2, reports=2, sections=2, characters=30)
    )
    assert office.held() == {"报告/2023/乙.txt": "项目建设扎实推进。", "报告/甲.txt": "招商引资成效明显。"}
    assert office.folders() == (Folder("报告", str(office.root / "报告")),)


def replace_seconds(summary: Summary) -> Summary:
    """The summary without what differs from run to run, and without the list of files."""
    return replace(summary, seconds=0.0, entries=[])


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


# -- folders ----------------------------------------------------------------------------------------


def test_the_first_run_without_a_path_reads_the_corpus(office: Office) -> None:
    office.write("corpus/甲.txt", "招商引资成效明显。")
    assert office.run().files == Tally(seen=1, added=1)
    assert office.folders() == (Folder("corpus", str(office.root / "corpus")),)


def test_the_first_run_without_a_corpus_says_so(office: Office) -> None:
    with pytest.raises(NotFoundError, match="no folder is known yet"):
        office.run()
    assert home.read_pointer(office.index) is None


@pytest.mark.parametrize("name", ["不在", "报告/甲.txt"])
def test_a_path_that_is_no_folder(two: Office, name: str) -> None:
    before = two.held()
    if name == "不在":
        with pytest.raises(NotFoundError, match="folder not found"):
            two.run(name)
    else:
        with pytest.raises(NotFoundError, match="not a folder"):
            two.run(name)
    assert (two.held(), len(two.folders())) == (before, 1)


def test_a_path_refreshes_its_folder_alone(two: Office) -> None:
    two.write("归档/旧.txt", "安全生产形势平稳。")
    two.run("归档")
    two.write("报告/丙.txt", "内容一。")
    two.write("归档/丁.txt", "内容二。")
    two.settle()
    assert two.run("归档").files == Tally(seen=2, added=1, unchanged=1)
    assert "报告/丙.txt" not in two.held()
    assert two.run().files == Tally(seen=5, added=1, unchanged=4)
    assert "报告/丙.txt" in two.held()


def test_a_folder_given_twice_is_walked_once(two: Office) -> None:
    assert two.run("报告", "报告/../报告").files == Tally(seen=2, unchanged=2)
    assert len(two.folders()) == 1


@pytest.mark.parametrize("given", [(), ("报告",)])
def test_a_folder_that_is_not_there_keeps_its_reports(two: Office, given: tuple[str, ...]) -> None:
    before = two.held()
    (two.root / "报告").rename(two.root / "离线")
    summary = two.run(*given)
    assert (summary.files, summary.counts.reports) == (Tally(), 2)
    assert len(summary.warnings) == 1
    assert "folder not there" in summary.warnings[0]
    assert "gaoku forget" in summary.warnings[0]
    assert two.held() == before
    (two.root / "离线").rename(two.root / "报告")
    assert two.run().files == Tally(seen=2, unchanged=2)


def test_a_folder_that_is_not_there_beside_one_that_changed(two: Office) -> None:
    two.write("归档/旧.txt", "安全生产形势平稳。")
    two.run("归档")
    (two.root / "报告").rename(two.root / "离线")
    two.write("归档/旧.txt", "安全生产形势好转。")
    summary = two.run()
    assert (summary.files, len(summary.warnings)) == (Tally(seen=1, changed=1), 1)
    assert two.held() == {
        "归档/旧.txt": "安全生产形势好转。",
        "报告/乙.txt": "项目建设扎实推进。",
        "报告/甲.txt": "招商引资成效明显。",
    }


def test_a_subfolder_that_cannot_be_listed_keeps_its_reports(
    two: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.write("报告/锁/丙.txt", "安全生产形势平稳。")
    two.run()
    before = two.held()
    closed(monkeypatch, "锁")
    summary = two.run()
    assert summary.failed == [("报告/锁/", "文件夹无法打开 (folder cannot be opened): Permission denied")]
    assert (summary.files.removed, summary.files.unchanged, summary.files.failed) == (0, 2, 1)
    assert two.held() == before


def test_a_subfolder_that_cannot_be_listed_keeps_its_reports_in_a_rebuild(
    two: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.write("报告/锁/丙.txt", "安全生产形势平稳。")
    two.run()
    before = two.held()
    closed(monkeypatch, "锁")
    two.run(rebuild=True)
    assert two.held() == before


def test_labels_of_folders_with_the_same_name(office: Office) -> None:
    for place in ("东", "西", "南"):
        office.write(f"{place}/报告/甲.txt", f"{place}区的内容。")
    office.write("报告-2/甲.txt", "第二的内容。")
    assert office.run("东/报告", "报告-2", "西/报告").files == Tally(seen=3, added=3)
    office.run("南/报告")
    assert [f.label for f in office.folders()] == ["报告", "报告-2", "报告-3", "报告-4"]
    assert office.held() == {
        "报告/甲.txt": "东区的内容。",
        "报告-2/甲.txt": "第二的内容。",
        "报告-3/甲.txt": "西区的内容。",
        "报告-4/甲.txt": "南区的内容。",
    }
    assert len(set(office.ids().values())) == 4
    forget(office.index, office.root / "东/报告", office.settings)
    assert set(office.held()) == {"报告-2/甲.txt", "报告-3/甲.txt", "报告-4/甲.txt"}


def test_a_folder_within_a_remembered_one_is_that_one(two: Office) -> None:
    two.write("报告/2023/丙.txt", "安全生产形势平稳。")
    assert two.run("报告/2023").files == Tally(seen=3, added=1, unchanged=2)
    assert [f.label for f in two.folders()] == ["报告"]


def test_a_folder_around_a_remembered_one_leaves_it_its_files(office: Office) -> None:
    office.write("报告/2023/丙.txt", "安全生产形势平稳。")
    office.write("报告/甲.txt", "招商引资成效明显。")
    office.settle()
    office.run("报告/2023")
    assert office.run("报告").files == Tally(seen=1, added=1)
    assert set(office.held()) == {"2023/丙.txt", "报告/甲.txt"}
    assert office.run().files == Tally(seen=2, unchanged=2)
    forget(office.index, office.root / "报告/2023", office.settings)
    assert set(office.held()) == {"报告/甲.txt"}
    assert office.run().files == Tally(seen=2, added=1, unchanged=1)  # now they are the outer folder's
    assert set(office.held()) == {"报告/2023/丙.txt", "报告/甲.txt"}


def test_the_index_within_the_folder_is_no_report(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.write("甲.txt", "招商引资成效明显。")
    for _ in range(2):
        summary = update(office.index, [tmp_path], office.settings)
        assert (summary.files.seen, summary.failed) == (1, [])


def test_forget(two: Office) -> None:
    two.write("归档/旧.txt", "安全生产形势平稳。")
    two.run("归档")
    summary = forget(two.index, two.root / "报告", two.settings)
    assert summary.files == Tally(removed=2)
    assert summary.counts == Counts(files=1, reports=1, sections=1, characters=15)
    assert two.held() == {"归档/旧.txt": "安全生产形势平稳。"}
    assert two.folders() == (Folder("归档", str(two.root / "归档")),)
    assert two.run().files == Tally(seen=1, unchanged=1)
    assert sorted(p.name for p in (two.root / "报告").iterdir()) == ["乙.txt", "甲.txt"]


def test_damage_that_shows_after_forgetting_is_told_as_such(
    two: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> list[str]:
        raise CorruptIndexError("the index is damaged")

    monkeypatch.setattr("indexer.prepared.bring", damaged)
    with pytest.raises(CorruptIndexError, match="the index is damaged"):
        forget(two.index, two.root / "报告", two.settings)
    assert (two.held(), two.folders()) == ({}, ())


def test_forget_takes_the_label_and_a_folder_that_is_not_there(two: Office) -> None:
    two.write("归档/旧.txt", "安全生产形势平稳。")
    two.run("归档")
    (two.root / "归档").rename(two.root / "离线")
    assert forget(two.index, two.root / "归档", two.settings).files == Tally(removed=1)
    assert forget(two.index, Path("报告"), two.settings).files == Tally(removed=2)
    assert (two.held(), two.folders()) == ({}, ())


def test_forget_what_is_not_held(two: Office) -> None:
    with pytest.raises(NotFoundError, match=r"does not hold the folder .*别处; it holds: .*报告"):
        forget(two.index, two.root / "别处", two.settings)
    assert len(two.held()) == 2


def test_forget_without_an_index(office: Office) -> None:
    with pytest.raises(NoIndexError, match="there is no index"):
        forget(office.index, office.root, office.settings)


# -- files that cannot be read ----------------------------------------------------------------------


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
        "报告/空.txt": empty,
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


# -- names ------------------------------------------------------------------------------------------


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


# -- rebuild ----------------------------------------------------------------------------------------


def test_rebuild(two: Office, reads: dict[str, list[str]]) -> None:
    before, ids = two.held(), two.ids()
    two.write("归档/旧.txt", "安全生产形势平稳。")
    summary = two.run("归档", rebuild=True)  # a rebuild refreshes all folders, named or not
    assert reads["read"] == ["乙.txt", "甲.txt", "旧.txt"]
    assert summary.counts == Counts(files=3, reports=3, sections=3, characters=45)
    assert two.held() == {**before, "归档/旧.txt": "安全生产形势平稳。"}
    assert {f: i for f, i in two.ids().items() if f in ids} == ids
    assert [p.name for p in two.index.iterdir() if p.is_dir()] == ["whoosh-2"]


def test_the_tally_of_a_rebuild(two: Office) -> None:
    """A file with the same content as before is unchanged, whatever was done with it."""
    assert two.run(rebuild=True).files == Tally(seen=2, unchanged=2)
    two.write("报告/甲.txt", "科技创新再上台阶。")
    (two.root / "报告/乙.txt").rename(two.root / "报告/丁.txt")
    two.write("报告/丙.txt", "安全生产形势平稳。")
    assert two.run(rebuild=True).files == Tally(seen=3, added=1, changed=1, moved=1)
    (two.root / "报告/甲.txt").unlink()
    assert two.run(rebuild=True).files == Tally(seen=2, removed=1, unchanged=2)


def test_a_rebuild_keeps_the_reports_of_a_folder_that_is_not_there(two: Office) -> None:
    two.write("归档/旧.txt", "安全生产形势平稳。")
    two.run("归档")
    before, ids = two.held(), two.ids()
    (two.root / "报告").rename(two.root / "离线")
    summary = two.run(rebuild=True)
    assert summary.files.seen == 1
    assert summary.counts == Counts(files=3, reports=3, sections=3, characters=45)
    assert len(summary.warnings) == 1
    assert (two.held(), two.ids(), Library(two.index).verify()) == (before, ids, [])
    (two.root / "离线").rename(two.root / "报告")
    assert two.run().files == Tally(seen=3, unchanged=3)


def damage(office: Office) -> None:
    """Make the engine's files worthless."""
    for path in office.index.rglob("*.seg"):
        path.write_bytes(b"\0" * path.stat().st_size)


def test_a_rebuild_of_a_corrupt_index_knows_its_folders(two: Office) -> None:
    before, folders = two.held(), two.folders()
    damage(two)
    with pytest.raises(CorruptIndexError, match="gaoku index --rebuild"):
        two.run()
    summary = two.run(rebuild=True)
    assert summary.counts == Counts(files=2, reports=2, sections=2, characters=30)
    assert (two.held(), two.folders(), Library(two.index).verify()) == (before, folders, [])


def test_a_rebuild_of_a_corrupt_index_does_not_lose_a_folder_that_is_not_there(two: Office) -> None:
    two.write("归档/旧.txt", "安全生产形势平稳。")
    two.run("归档")
    damage(two)
    (two.root / "报告").rename(two.root / "离线")
    with pytest.raises(GaokuError, match="its reports would be lost: connect it, or run first: gaoku forget"):
        two.run(rebuild=True)
    (two.root / "离线").rename(two.root / "报告")
    two.run(rebuild=True)
    assert len(two.held()) == 3


def outdate(office: Office) -> None:
    """Make the index one of an earlier version."""
    path = office.index / "gaoku.json"
    data = json.loads(path.read_text("utf-8"))
    data["analysis"]["analysis"] = "0"
    path.write_text(json.dumps(data), "utf-8")


def test_a_rebuild_of_an_outdated_index_keeps_what_is_off_line(two: Office) -> None:
    """Of another version, but it can be read: nothing of a folder that is not there is lost."""
    before = two.held()
    two.write("归档/旧.txt", "安全生产形势平稳。")
    two.run("归档")
    outdate(two)
    for gone in ("missing", "empty"):
        (two.root / "报告").rename(two.root / gone)
        if gone == "empty":
            (two.root / "报告").mkdir()
            (two.root / "报告/.DS_Store").touch()
        summary = two.run(rebuild=True)
        assert two.held() == {**before, "归档/旧.txt": "安全生产形势平稳。"}
        assert len(summary.warnings) == 1
        if gone == "missing":
            (two.root / gone).rename(two.root / "报告")
        outdate(two)


def test_a_lost_pointer_is_found_again(two: Office) -> None:
    before = two.held()
    (two.index / "gaoku.json").unlink()
    with pytest.raises(NoIndexError):
        two.held()
    assert two.run().files == Tally(seen=2, unchanged=2)
    assert two.held() == before
    (two.index / "gaoku.json").unlink()
    two.write("归档/旧.txt", "安全生产形势平稳。")
    two.run("归档")
    assert two.held() == {**before, "归档/旧.txt": "安全生产形势平稳。"}
    (two.index / "gaoku.json").unlink()
    forget(two.index, two.root / "归档", two.settings)
    assert two.held() == before


def test_an_index_of_another_version_is_never_built_over(
    two: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without gaoku.json, too: it asks for a rebuild, and that keeps what is not there."""
    before = two.held()
    two.write("归档/旧.txt", "安全生产形势平稳。")
    (two.index / "gaoku.json").unlink()
    (two.root / "报告").rename(two.root / "离线")
    monkeypatch.setattr(reports, "VERSION", "later")
    with pytest.raises(OutdatedIndexError, match="gaoku index --rebuild"):
        two.run("归档")
    two.run("归档", rebuild=True)
    assert two.held() == {**before, "归档/旧.txt": "安全生产形势平稳。"}


def test_a_disk_that_fails_once_is_tried_again(two: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    two.write("报告/甲.txt", "改过的内容。")
    read_bytes = corpus.read_bytes

    def failing(path: Path) -> tuple[bytes, str]:
        if path.name == "甲.txt":
            raise UnreadableError("无法读取")
        return read_bytes(path)

    with monkeypatch.context() as patch:
        patch.setattr(corpus, "read_bytes", failing)
        assert two.run().files == Tally(seen=2, unchanged=1, failed=1)
    two.settle()
    assert two.run().files == Tally(seen=2, changed=1, unchanged=1)
    assert two.held()["报告/甲.txt"] == "改过的内容。"


@pytest.mark.parametrize("harm", [damage])
def test_what_a_refused_rebuild_advises_works(two: Office, harm: Callable[[Office], None]) -> None:
    """The index cannot be read, a folder is gone for good: forget it, then rebuild."""
    two.write("归档/旧.txt", "安全生产形势平稳。")
    two.run("归档")
    harm(two)
    (two.root / "报告").rename(two.root / "离线")
    with pytest.raises(GaokuError, match="run first: gaoku forget"):
        two.run(rebuild=True)
    forget(two.index, two.root / "报告", two.settings)
    two.run(rebuild=True)
    assert two.held() == {"归档/旧.txt": "安全生产形势平稳。"}


def test_a_rebuild_of_an_outdated_index(two: Office) -> None:
    before, ids = two.held(), two.ids()
    outdate(two)
    with pytest.raises(OutdatedIndexError, match="gaoku index --rebuild"):
        two.run()
    with pytest.raises(OutdatedIndexError):
        two.held()
    two.run(rebuild=True)
    assert (two.held(), two.ids()) == (before, ids)


def test_a_rebuild_where_the_pointer_is_garbage(two: Office) -> None:
    """The index itself records its folders: they are refreshed, or the run says that it needs them named;
    what the first run would read (corpus/) must not take their place."""
    two.write("corpus/样.txt", "样例的内容。")
    before = two.held()
    (two.index / "gaoku.json").write_bytes(b"\x00garbage")
    with pytest.raises(CorruptIndexError, match=r"gaoku\.json"):
        two.run()
    try:
        two.run(rebuild=True)
    except GaokuError:
        two.run("报告", rebuild=True)
    assert two.held() == before


def test_a_rebuild_where_the_pointer_is_garbage_and_folders_are_named(two: Office) -> None:
    before, ids = two.held(), two.ids()
    (two.index / "gaoku.json").write_bytes(b"{")
    two.run("报告", rebuild=True)
    assert (two.held(), two.ids(), Library(two.index).verify()) == (before, ids, [])


def test_a_rebuild_of_nothing_is_a_first_run(office: Office) -> None:
    office.write("corpus/甲.txt", "招商引资成效明显。")
    assert office.run(rebuild=True).files == Tally(seen=1, added=1)


# -- ids --------------------------------------------------------------------------------------------


def test_ids_do_not_depend_on_the_order_of_things(tmp_path: Path) -> None:
    names = [f"报告/{n}.txt" for n in ("甲", "乙", "丙", "丁")]
    ids = []
    for n, order in enumerate((names, names[::-1])):
        office = Office(tmp_path / str(n))
        for name in order:
            office.write(name, f"{name}的内容。")
            office.run("报告")  # one by one, so that they lie in the index in this order
        ids.append(list(office.ids().items()))
    assert ids[0] == ids[1]
    assert dict(ids[0]) == {name: report_id(name, 1) for name in names}


def test_ids_outlive_updates_and_rebuilds(two: Office) -> None:
    (two.root / "报告/汇编.txt").write_text("汇编\n篇一：甲\n内容一。\n篇二：乙\n内容二。\n", "utf-8")
    two.run()

    def all_ids() -> list[tuple[str, int, str]]:
        return [(f.file, f.report.ordinal, f.report_id) for f in Library(two.index).reports()]

    before = all_ids()
    assert [(file, ordinal) for file, ordinal, _ in before] == [
        ("报告/乙.txt", 1),
        ("报告/汇编.txt", 1),
        ("报告/汇编.txt", 2),
        ("报告/甲.txt", 1),
    ]
    two.write("报告/甲.txt", "改过的内容。")
    two.write("报告/子.txt", "新的内容。")
    two.run()
    assert [i for i in all_ids() if i[0] != "报告/子.txt"] == before
    two.run(rebuild=True)
    assert [i for i in all_ids() if i[0] != "报告/子.txt"] == before


# -- runs that do not end ----------------------------------------------------------------------------


@pytest.mark.parametrize("error", [RuntimeError("boom"), KeyboardInterrupt()])
@pytest.mark.parametrize("rebuild", [False, True])
@pytest.mark.parametrize("at", [0, 2, 3])
def test_a_run_that_is_broken_off_leaves_the_earlier_index(
    two: Office, error: BaseException, rebuild: bool, at: int
) -> None:
    before = two.held()
    two.write("报告/甲.txt", "改过的内容。")
    two.write("报告/丙.txt", "新的内容。")
    two.write("报告/丁.txt", "又一个新的。")
    two.settle()

    def progress(done: int, total: int, file: str) -> None:
        if done == at:
            raise error

    with pytest.raises(type(error)):
        update(two.index, [], two.settings, rebuild=rebuild, progress=progress)
    assert (two.held(), Library(two.index).verify()) == (before, [])
    assert two.run().files == Tally(seen=4, added=2, changed=1, unchanged=1)  # and goes on from there
    assert two.held()["报告/甲.txt"] == "改过的内容。"
    assert len([p for p in two.index.iterdir() if p.is_dir()]) == 1


def test_a_first_run_that_is_broken_off_leaves_no_index(office: Office) -> None:
    office.write("报告/甲.txt", "招商引资成效明显。")

    def progress(done: int, total: int, file: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update(office.index, [office.root / "报告"], office.settings, progress=progress)
    with pytest.raises(NoIndexError):
        office.held()
    assert office.run("报告").files == Tally(seen=1, added=1)


def test_a_commit_that_fails_leaves_the_earlier_index(two: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    before = two.held()
    two.write("报告/甲.txt", "改过的内容。")
    with monkeypatch.context() as patch:

        def full(self: Path, target: Path) -> Path:
            raise OSError(28, "No space left on device", str(target))

        patch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            two.run(rebuild=True)  # a rebuild shows with the replacing of gaoku.json
    assert (two.held(), Library(two.index).verify()) == (before, [])
    two.run()
    assert two.held()["报告/甲.txt"] == "改过的内容。"


def test_progress_is_told_file_by_file(two: Office) -> None:
    two.write("报告/丙.txt", "新的内容。")
    two.write("报告/甲.txt", "改过的内容。")
    told: list[tuple[int, int, str]] = []
    update(two.index, [], two.settings, progress=lambda *args: told.append(args))
    assert told == [(0, 2, ""), (1, 2, "报告/丙.txt"), (2, 2, "报告/甲.txt"), (0, 0, "comparing texts")]


@pytest.fixture
def held_lock(two: Office) -> Iterator[None]:
    with home.writing(two.index):
        yield


@pytest.mark.usefixtures("held_lock")
def test_a_second_writer_is_told(two: Office) -> None:
    with pytest.raises(LockedIndexError, match=r"another run is updating the index in .*index; wait"):
        two.run()
    with pytest.raises(LockedIndexError):
        forget(two.index, two.root / "报告", two.settings)
    assert len(two.held()) == 2  # and reading goes on


def test_the_lock_is_let_go_after_a_run_that_failed(two: Office) -> None:
    with pytest.raises(NotFoundError):
        two.run("没有")
    assert two.run().files == Tally(seen=2, unchanged=2)
