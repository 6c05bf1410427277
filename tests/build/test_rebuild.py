"""Indexes built anew: out of date, damaged, without their folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from indexer import corpus, reports
from indexer.build import Tally, forget
from indexer.engines.base import Counts
from indexer.engines.whoosh.reader import WhooshReader
from indexer.errors import (
    CorruptIndexError,
    GaokuError,
    NoIndexError,
    OutdatedIndexError,
    UnreadableError,
)
from indexer.library import Library
from tests.build.office import Office, damage, outdate, unreadable


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


def test_a_rebuild_reads_only_the_reports_that_it_keeps(
    two: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of one locked file, not all that the earlier index holds: they would fill the memory."""
    before = two.held()
    unreadable(monkeypatch, "甲.txt")
    with monkeypatch.context() as patch:
        patch.setattr(WhooshReader, "reports", lambda self: pytest.fail("all are read"))
        patch.setattr("indexer.build._prepare", lambda *_: None)  # that compares all texts
        assert two.run(rebuild=True).files.failed == 1
    assert two.held() == before
