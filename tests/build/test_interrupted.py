"""Runs that do not end, and two at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer import home
from indexer.build import Tally, forget, update
from indexer.errors import (
    LockedIndexError,
    NoIndexError,
    NotFoundError,
)
from indexer.library import Library
from tests.build.office import Office


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
