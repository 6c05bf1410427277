"""Walking, stamps, digests and labels."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.corpus import (
    FoundFile,
    Walk,
    label_for,
    read_bytes,
    resolve_folder,
    same_stamp,
    stamp_of,
    walk,
)
from indexer.errors import NotFoundError, UnreadableError
from indexer.model import Folder, Stamp
from indexer.settings import EXCLUDED, Settings

NOT_FOLLOWED = "链接指向文件夹之外或已失效，不跟随 (a broken link, or one out of the folder: not followed)"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "报告").mkdir()
    return Folder("标签", str(tmp_path / "报告"))


def write(folder: Folder, *names: str) -> None:
    for name in names:
        path = Path(folder.path) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, "utf-8", errors="replace")


def found(folder: Folder, *names: str) -> list[FoundFile]:
    return [FoundFile(f"{folder.label}/{name}", Path(folder.path) / name) for name in names]


def test_walk_lists_files_sorted_by_their_whole_name(folder: Folder) -> None:
    write(folder, "b.txt", "a/z.txt", "a.txt", "a-1/x.txt", "a/b/c.docx")
    assert walk(folder, ()) == Walk(found(folder, "a-1/x.txt", "a.txt", "a/b/c.docx", "a/z.txt", "b.txt"))


def test_walk_of_an_empty_folder(folder: Folder) -> None:
    (Path(folder.path) / "空").mkdir()
    assert walk(folder, EXCLUDED) == Walk()


@pytest.mark.parametrize(
    "name",
    [
        "~$报告.docx",
        ".~报告.wps",
        ".DS_Store",
        ".git/config",
        "Thumbs.db",
        "desktop.ini",
        "a.tmp",
        "a.bak",
        "a.txt~",
        "__MACOSX/a.txt",
        "$RECYCLE.BIN/a.txt",
        "System Volume Information/a.txt",
    ],
)
def test_excluded_names(folder: Folder, name: str) -> None:
    write(folder, name, "报告.txt", f"里/{name}")
    assert walk(folder, EXCLUDED) == Walk(found(folder, "报告.txt"), ignored=2)


@pytest.mark.parametrize("name", ["报告~1.txt", "a.tmp.txt", "$a.txt", "a~b.txt"])
def test_names_that_only_look_excluded(folder: Folder, name: str) -> None:
    write(folder, name)
    assert walk(folder, EXCLUDED) == Walk(found(folder, name))


def test_more_names_to_exclude_come_from_the_environment(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAOKU_EXCLUDE", " 草稿* ;; *.log;旧")
    exclude = Settings.from_environment().exclude
    assert exclude == (*EXCLUDED, "草稿*", "*.log", "旧")
    write(folder, "草稿1.txt", "a.log", "旧/a.txt", "旧的.txt", ".隐.txt")
    assert walk(folder, exclude) == Walk(found(folder, "旧的.txt"), ignored=4)


def test_links(folder: Folder, tmp_path: Path) -> None:
    write(folder, "真.txt", "里/甲.txt")
    (tmp_path / "外.txt").write_text("外", "utf-8")
    (tmp_path / "报告外").mkdir()  # shares the beginning of its path with the folder
    (tmp_path / "报告外/a.txt").write_text("外", "utf-8")
    root = Path(folder.path)
    (root / "同.txt").symlink_to("真.txt")
    (root / "出.txt").symlink_to("../外.txt")
    (root / "出去").symlink_to("../报告外")
    (root / "断.txt").symlink_to("没有.txt")
    (root / "圈一").symlink_to("圈二")
    (root / "圈二").symlink_to("圈一")
    (root / "里/上").symlink_to("..")
    (root / "里夹").symlink_to("里")
    result = walk(folder, ())
    assert result.files == [
        FoundFile("标签/出.txt", root / "出.txt", NOT_FOLLOWED),
        FoundFile("标签/出去", root / "出去", NOT_FOLLOWED),
        FoundFile("标签/同.txt", root / "同.txt"),
        FoundFile("标签/圈一", root / "圈一", NOT_FOLLOWED),
        FoundFile("标签/圈二", root / "圈二", NOT_FOLLOWED),
        FoundFile("标签/断.txt", root / "断.txt", NOT_FOLLOWED),
        FoundFile("标签/真.txt", root / "真.txt"),
        FoundFile("标签/里/甲.txt", root / "里/甲.txt"),
    ]
    assert (result.ignored, result.closed) == (0, {})


def test_a_fifo_is_listed_with_a_reason(folder: Folder) -> None:
    os.mkfifo(Path(folder.path) / "管")
    assert walk(folder, ()) == Walk(
        [FoundFile("标签/管", Path(folder.path) / "管", "不是普通文件 (not a regular file)")]
    )


def test_folders_of_their_own_are_left_out(folder: Folder) -> None:
    write(folder, "甲.txt", "里/乙.txt", "里/深/丙.txt", "里-2/丁.txt")
    inner = Folder("里", f"{folder.path}/里")
    assert walk(folder, (), [inner, folder]) == Walk(found(folder, "甲.txt", "里-2/丁.txt"))
    assert walk(inner, (), [inner, folder]) == Walk(found(inner, "乙.txt", "深/丙.txt"))


def test_folders_that_cannot_be_listed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "甲.txt", "锁/乙.txt")
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if Path(path).name == "锁":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    reason = "文件夹无法打开 (folder cannot be opened): Permission denied"
    assert walk(folder, ()) == Walk(found(folder, "甲.txt"), closed={"标签/锁/": reason})
    gone = Folder("没", f"{folder.path}/没有")
    reason = "文件夹无法打开 (folder cannot be opened): No such file or directory"
    assert walk(gone, ()) == Walk(closed={"没/": reason})


def test_read_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    for data in (b"", b"\r\n\x1a\x00\xff", bytes(range(256)) * 1000):
        path.write_bytes(data)
        assert read_bytes(path) == (data, hashlib.blake2b(data, digest_size=20).hexdigest())


def test_read_bytes_of_a_fifo_does_not_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "管")
    outcome: list[str] = []

    def attempt() -> None:
        try:
            read_bytes(tmp_path / "管")
        except UnreadableError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(10)
    assert outcome == ["不是普通文件 (not a regular file)"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            PermissionError(13, "Permission denied"),
            "没有读取权限，或正被其他程序占用 (no permission to read, or in use by another program)",
        ),
        (FileNotFoundError(2, "No such file"), "读取时文件已不在 (gone while being read)"),
        (OSError(5, "Input/output error"), "无法读取 (cannot be read): Input/output error"),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, reason: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a")

    def failing(*args: object, **kwargs: object) -> Any:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", failing)
        with pytest.raises(UnreadableError) as opened:
            read_bytes(path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", failing)
        with pytest.raises(UnreadableError) as stamped:
            stamp_of(path, 0)
    assert (str(opened.value), str(stamped.value)) == (reason, reason)


def test_a_folder_in_place_of_a_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        read_bytes(tmp_path)


def test_stamp_of(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    os.utime(path, ns=(0, 1_600_000_000_123_456_000))
    status = path.stat()
    changed = status.st_ctime_ns  # the newer of the two times counts
    stamp = Stamp(3, status.st_mtime_ns, changed, settled=False)
    assert stamp_of(path, changed) == stamp
    assert stamp_of(path, changed + 10_000_000) == stamp
    settled = Stamp(3, status.st_mtime_ns, changed)
    assert stamp_of(path, changed + 100_000_000) == settled


def test_times_of_whole_seconds_settle_later(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    os.utime(path, ns=(0, 1_600_000_000_000_000_000))
    changed = path.stat().st_ctime_ns
    assert not stamp_of(path, changed + 1_000_000_000).settled
    assert stamp_of(path, changed + 3_000_000_000).settled


STAMP = Stamp(10, 20, 30)


@pytest.mark.parametrize(
    ("known", "now", "same"),
    [
        (STAMP, STAMP, True),
        (STAMP, Stamp(10, 20, 30, settled=False), True),
        (Stamp(10, 20, 30, settled=False), STAMP, False),
        (STAMP, Stamp(11, 20, 30), False),
        (STAMP, Stamp(10, 21, 30), False),
        (STAMP, Stamp(10, 20, 31), False),
        (None, STAMP, False),
    ],
)
def test_same_stamp(known: Stamp | None, now: Stamp, same: bool) -> None:
    assert same_stamp(known, now) is same


def test_resolve_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "真").mkdir()
    (tmp_path / "链").symlink_to("真")
    (tmp_path / "a.txt").write_text("a")
    monkeypatch.chdir(tmp_path)
    for path in (Path("真"), Path("链"), tmp_path / "真", Path("真/../真")):
        assert resolve_folder(path) == (tmp_path / "真").resolve()
    with pytest.raises(NotFoundError, match="folder not found: 没有 — check the path"):
        resolve_folder(Path("没有"))
    with pytest.raises(NotFoundError, match=r"not a folder: a.txt — give the folder"):
        resolve_folder(Path("a.txt"))


@pytest.mark.parametrize(
    ("path", "taken", "label"),
    [
        ("/x/报告", (), "报告"),
        ("/x/报告", ("别的",), "报告"),
        ("/x/报告", ("报告",), "报告-2"),
        ("/x/报告", ("报告", "报告-2", "报告-4"), "报告-3"),
        ("/x/报告-2", ("报告-2",), "报告-2-2"),
        ("/", (), "root"),
        ("/", ("root",), "root-2"),
    ],
)
def test_label_for(path: str, taken: tuple[str, ...], label: str) -> None:
    assert label_for(Path(path), taken) == label


@given(st.lists(st.sampled_from(["a", "a-2", "a-2-2", "b"]), max_size=12))
def test_labels_never_meet(names: list[str]) -> None:
    labels: list[str] = []
    for name in names:
        labels.append(label_for(Path("/x") / name, labels))
    assert len(set(labels)) == len(names)
