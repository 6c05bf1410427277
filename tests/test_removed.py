"""What is taken out of the added files and put back: nothing is lost by it, and nothing else is reached."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest

from indexer import build
from indexer.backups import Places, back_up, restore
from indexer.library import Library
from indexer.removed import REMOVED, Removed, TakenOut
from indexer.settings import Settings
from indexer.uploads import Inbox, NotThereError, UploadError

T = TypeVar("T")
TEXT = "青浦镇2023年工作总结\n\n一、主要工作\n\n码头的灯塔修好了。\n".encode()


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    inbox = Inbox(tmp_path / "uploads")
    for name in ("2023年/总结.txt", "计划.txt"):
        inbox.receive(name, io.BytesIO(TEXT + name.encode()))
    inbox.close()
    return inbox


@pytest.fixture
def removed(inbox: Inbox) -> Removed:
    return Removed(inbox)


def files(inbox: Inbox) -> dict[str, bytes]:
    """All that lies in the folder, hidden or not, by what is below the folder of a stamp."""
    found = {}
    for path in inbox.folder.rglob("*"):
        if path.is_file() and path.name != "lock":
            parts = path.relative_to(inbox.folder).parts
            found["/".join((REMOVED, *parts[2:]) if parts[0] == REMOVED else parts)] = path.read_bytes()
    return found


def contents(inbox: Inbox) -> list[bytes]:
    """What is in all of them."""
    return sorted(p.read_bytes() for p in inbox.folder.rglob("*") if p.is_file() and p.name != "lock")


def at_once(what: Callable[[], T]) -> list[T | Exception]:
    """What comes of it where eight do it at the same moment."""
    barrier = Barrier(8)

    def one() -> T | Exception:
        barrier.wait()
        try:
            return what()
        except UploadError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        return [future.result() for future in [pool.submit(one) for _ in range(8)]]


# -- out and back ------------------------------------------------------------------------------------


def test_out_and_back(inbox: Inbox, removed: Removed) -> None:
    before = files(inbox)
    time = (inbox.folder / "2023年" / "总结.txt").stat().st_mtime_ns
    assert not removed
    taken = removed.take_out("2023年/总结.txt")
    assert (taken.file, taken.size) == ("2023年/总结.txt", len(before["2023年/总结.txt"]))
    assert files(inbox) == {
        "计划.txt": before["计划.txt"],
        f"{REMOVED}/2023年/总结.txt": before["2023年/总结.txt"],
    }
    assert removed
    assert list(removed.newest()) == [taken] == [removed.find(taken.stamp)]
    assert removed.put_back(taken.stamp) == (taken.file, taken.size)
    assert files(inbox) == before
    assert (inbox.folder / "2023年" / "总结.txt").stat().st_mtime_ns == time
    assert not removed
    assert list((inbox.folder / REMOVED).iterdir()) == []  # no empty folders are left


def test_another_has_its_name_by_now(inbox: Inbox, removed: Removed) -> None:
    stamps = []
    for n in range(3):
        stamps.append(removed.take_out("计划.txt").stamp)
        inbox.receive("计划.txt", io.BytesIO(b"%d" % n))
    before = contents(inbox)
    assert [removed.put_back(stamp)[0] for stamp in stamps] == [
        "计划 (2).txt",
        "计划 (3).txt",
        "计划 (4).txt",
    ]
    assert contents(inbox) == before
    assert (inbox.folder / "计划.txt").read_bytes() == b"2"
    inbox.close()


def test_a_folder_has_its_name_by_now(inbox: Inbox, removed: Removed) -> None:
    taken = removed.take_out("计划.txt")
    (inbox.folder / "计划.txt").mkdir()
    assert removed.put_back(taken.stamp)[0] == "计划 (2).txt"


def test_its_folder_is_a_file_by_now(inbox: Inbox, removed: Removed) -> None:
    taken = removed.take_out("2023年/总结.txt")
    (inbox.folder / "2023年").rmdir()
    (inbox.folder / "2023年").write_bytes(b"x")
    with pytest.raises(UploadError, match="不能再作文件夹"):
        removed.put_back(taken.stamp)
    assert list(removed.newest()) == [taken]
    (inbox.folder / "2023年").unlink()
    assert removed.put_back(taken.stamp)[0] == "2023年/总结.txt"


def test_what_was_taken_out_last_comes_first(inbox: Inbox) -> None:
    start, seconds = datetime(2026, 1, 1, 23, 59, 58, 999_999, timezone.utc), count()
    removed = Removed(inbox, lambda: start + timedelta(seconds=next(seconds)))
    names = [f"{n}.txt" for n in range(5)]
    for name in names:
        (inbox.folder / name).write_bytes(b"x")
        removed.take_out(name)
    assert [taken.file for taken in removed.newest()] == names[::-1]
    assert [taken.moment for taken in removed.newest()] == [
        start + timedelta(seconds=n) for n in range(4, -1, -1)
    ]


def test_no_index_has_it_and_back_it_is_found(inbox: Inbox, removed: Removed, tmp_path: Path) -> None:
    """Whatever is excluded besides: what begins with a dot is never indexed."""
    index = tmp_path / "index"
    settings = replace(Settings(), exclude=(*Settings().exclude, "*.log"))

    def known() -> list[str]:
        build.update(index, [inbox.folder], settings)
        library = Library(index)
        try:
            return sorted(entry.file for entry in library.files())
        finally:
            library.close()

    assert known() == ["uploads/2023年/总结.txt", "uploads/计划.txt"]
    stamps = [removed.take_out(name).stamp for name in ("计划.txt", "2023年/总结.txt")]
    assert known() == []  # also where it was the last
    for stamp in stamps:
        removed.put_back(stamp)
    assert known() == ["uploads/2023年/总结.txt", "uploads/计划.txt"]


def test_where_all_of_them_are_taken_out(tmp_path: Path) -> None:
    """Nothing at all is left, as where a drive is not connected: but the folder's mark is."""
    inbox = Inbox(tmp_path / "uploads", index=tmp_path / "index")
    for name in ("计划.txt", "总结.txt"):
        inbox.receive(name, io.BytesIO(TEXT + name.encode()))
    build.update(tmp_path / "index", [inbox.folder], Settings())
    for name in ("计划.txt", "总结.txt"):
        Removed(inbox).take_out(name)
    assert build.update(tmp_path / "index", [], Settings()).warnings == []
    library = Library(tmp_path / "index")
    try:
        assert not library.files()
    finally:
        library.close()


def test_it_is_in_the_backup(inbox: Inbox, removed: Removed, tmp_path: Path) -> None:
    taken = removed.take_out("2023年/总结.txt")
    places = Places(tmp_path / "index", tmp_path / "settings", inbox.folder)
    build.update(places.index, [inbox.folder], Settings())
    back_up(tmp_path / "backup.tar.gz", places)
    there = Places(tmp_path / "新" / "index", tmp_path / "新" / "settings", tmp_path / "新" / "uploads")
    restore(tmp_path / "backup.tar.gz", there)
    elsewhere = Inbox(there.uploads)
    assert files(elsewhere) == files(inbox)
    assert Removed(elsewhere).put_back(taken.stamp) == (taken.file, taken.size)


# -- what may go wrong -------------------------------------------------------------------------------


def test_twice(inbox: Inbox, removed: Removed) -> None:
    before = contents(inbox)
    taken = removed.take_out("计划.txt")
    with pytest.raises(NotThereError):
        removed.take_out("计划.txt")
    assert [path.name for path in (inbox.folder / REMOVED).iterdir()] == [taken.stamp]
    removed.put_back(taken.stamp)
    with pytest.raises(NotThereError):
        removed.put_back(taken.stamp)
    assert contents(inbox) == before


@pytest.mark.parametrize("links", [True, False])
def test_by_many_at_once(
    inbox: Inbox, removed: Removed, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:  # as on a file system without them
        monkeypatch.setattr(os, "link", _no_links)
    before = contents(inbox)
    for _ in range(20):
        out = at_once(lambda: removed.take_out("计划.txt"))
        taken = [one for one in out if isinstance(one, TakenOut)]
        assert len(taken) == 1
        assert sum(isinstance(one, NotThereError) for one in out) == 7
        assert contents(inbox) == before
        back = at_once(lambda: removed.put_back(taken[0].stamp))  # noqa: B023  # called at once
        assert ("计划.txt", taken[0].size) in back
        assert all(one == ("计划.txt", taken[0].size) or isinstance(one, NotThereError) for one in back)
        assert contents(inbox) == before
        assert not removed


def _no_links(source: object, target: object) -> None:
    if Path(str(target)).exists():
        raise FileExistsError
    raise OSError(95, "Operation not supported")


def test_stopped_in_the_middle_of_putting_back(
    inbox: Inbox, removed: Removed, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(inbox)
    taken = removed.take_out("计划.txt")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "unlink", _stopped)
        removed.put_back(taken.stamp)
    assert removed.put_back(taken.stamp)[0] == "计划.txt"  # not a second time, with a number
    assert files(inbox) == before


def _stopped(*args: object, **more: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("doing", ["out", "back"])
def test_what_cannot_be_moved_stays(
    inbox: Inbox, removed: Removed, monkeypatch: pytest.MonkeyPatch, doing: str
) -> None:
    stamp = removed.take_out("计划.txt").stamp if doing == "back" else ""
    before = files(inbox)

    def refuse(*args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(UploadError, match="无法移动"):
        removed.take_out("计划.txt") if doing == "out" else removed.put_back(stamp)
    assert files(inbox) == before
    assert [path.name for path in (inbox.folder / REMOVED).iterdir()] == ([stamp] if stamp else [])


def test_the_folder_for_it_cannot_be_made(inbox: Inbox, removed: Removed) -> None:
    (inbox.folder / REMOVED).write_bytes(b"x")
    with pytest.raises(UploadError, match="无法移动"):
        removed.take_out("计划.txt")
    assert "计划.txt" in files(inbox)
    assert not removed


# -- what is not reached -----------------------------------------------------------------------------

ELSEWHERE = (
    "", ".", "..", "/", "../beside/secret.txt", "2023年/../../beside/secret.txt", "2023年/./总结.txt",
    "2023年//总结.txt", "/2023年/总结.txt", "2023年/总结.txt/", "2023年", "2023年/总结.txt/内.txt",
    ".incoming/x/half", ".removed/x", ".hidden.txt",
    "计划.txt\0", "\0", "a" * 5000, "a/" * 5000, "\ud800", "没有.txt",
)  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE)
def test_names_of_no_added_file(inbox: Inbox, removed: Removed, tmp_path: Path, name: str) -> None:
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "secret.txt").write_bytes(b"secret")
    for hidden in (".incoming/x/half", ".removed/x", ".hidden.txt"):
        path = inbox.folder / hidden
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"hidden")
    before = files(inbox)
    for file in (name, str(tmp_path / "beside" / "secret.txt"), str(inbox.folder / "计划.txt")):
        with pytest.raises(NotThereError):
            removed.take_out(file)
    assert files(inbox) == before
    assert (tmp_path / "beside" / "secret.txt").exists()


@pytest.mark.parametrize(
    "stamp",
    ["", ".", "..", "../2023年", "/", "20260101-000000-000000-0000", "20269999-000000-000000-0000",
     "20260101-000000-000000-0000/..", "20260101-000000-000000-0000\0", "２０260101-000000-000000-0000"],
)  # fmt: skip
def test_no_stamps(inbox: Inbox, removed: Removed, stamp: str) -> None:
    taken = removed.take_out("计划.txt")
    before = files(inbox)
    for text in (stamp, f"../{REMOVED}/{taken.stamp}", f"{taken.stamp}/", f"{taken.stamp}\n"):
        assert removed.find(text) is None
        with pytest.raises(NotThereError):
            removed.put_back(text)
    assert files(inbox) == before


@pytest.mark.parametrize("kind", ["file", "folder", "nowhere"])
def test_links_are_not_taken_out(inbox: Inbox, removed: Removed, tmp_path: Path, kind: str) -> None:
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "secret.txt").write_bytes(b"secret")
    target = {"file": "beside/secret.txt", "folder": "beside", "nowhere": "nowhere"}[kind]
    (inbox.folder / "链接").symlink_to(tmp_path / target, target_is_directory=kind == "folder")
    for file in ("链接", "链接/secret.txt"):
        with pytest.raises(NotThereError):
            removed.take_out(file)
    assert (inbox.folder / "链接").is_symlink()
    assert (tmp_path / "beside" / "secret.txt").exists()


def test_a_link_where_they_are_kept(inbox: Inbox, removed: Removed, tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    (inbox.folder / REMOVED).symlink_to(tmp_path / "beside")
    with pytest.raises(UploadError, match="链接"):
        removed.take_out("计划.txt")
    assert list((tmp_path / "beside").iterdir()) == []
    assert (inbox.folder / "计划.txt").exists()


@pytest.mark.parametrize("where", ["stamp", "folder", "file"])
def test_links_are_not_put_back(inbox: Inbox, removed: Removed, tmp_path: Path, where: str) -> None:
    taken = removed.take_out("2023年/总结.txt")
    beside = tmp_path / "beside" / "2023年" / "总结.txt"
    beside.parent.mkdir(parents=True)
    beside.write_bytes(b"secret")
    path = inbox.folder / REMOVED / taken.stamp
    path = {"stamp": path, "folder": path / "2023年", "file": path / taken.file}[where]
    os.rename(path, tmp_path / "away")  # noqa: PTH104
    path.symlink_to({"stamp": beside.parent.parent, "folder": beside.parent, "file": beside}[where])
    with pytest.raises(NotThereError):
        removed.put_back(taken.stamp)
    assert beside.read_bytes() == b"secret"
    assert not (inbox.folder / "2023年" / "总结.txt").exists()


def test_a_link_in_the_way_back(inbox: Inbox, removed: Removed, tmp_path: Path) -> None:
    taken = removed.take_out("2023年/总结.txt")
    (inbox.folder / "2023年").rmdir()
    (tmp_path / "beside").mkdir()
    (inbox.folder / "2023年").symlink_to(tmp_path / "beside")
    with pytest.raises(UploadError, match="链接"):
        removed.put_back(taken.stamp)
    assert list((tmp_path / "beside").iterdir()) == []
    assert list(removed.newest()) == [taken]


def test_what_a_system_leaves_there_is_none_of_it(inbox: Inbox, removed: Removed) -> None:
    taken = removed.take_out("计划.txt")
    (inbox.folder / REMOVED / taken.stamp / ".DS_Store").write_bytes(b"x")
    (inbox.folder / REMOVED / "desktop.ini").write_bytes(b"x")
    assert list(removed.newest()) == [taken]
    assert removed.put_back(taken.stamp)[0] == "计划.txt"
    assert not removed
