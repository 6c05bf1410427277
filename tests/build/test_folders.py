"""Which folders a run refreshes, which keep what they had, and how one is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer import home
from indexer.build import Tally, forget, update
from indexer.engines.base import Counts
from indexer.errors import (
    CorruptIndexError,
    NoIndexError,
    NotFoundError,
)
from indexer.model import Folder
from tests.build.office import Office, closed


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
