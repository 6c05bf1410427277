"""Files that are sent: their names, their place, and what is left of those that do not come whole."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import unicodedata
from collections import namedtuple
from collections.abc import Callable
from contextlib import closing
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexer import build, corpus, uploads
from indexer.errors import UsageError
from indexer.model import Folder
from indexer.settings import EXCLUDED, Settings
from indexer.uploads import (
    BrokenUploadError,
    DiskFullError,
    Inbox,
    Received,
    StorageError,
    TooLargeError,
    UnreachableError,
    UploadError,
    folder_for,
    safe_name,
)

DATA = "2023年工作总结\n一、主要工作\n招商引资成效明显。\n".encode()
links = pytest.mark.skipif(os.name != "posix", reason="makes symbolic links")

#: What names are made of that are up to something.
FOLDERS = ("/", "\\", "..", ".", ":", "C:", "CON", "nul", "COM1", "LPT³", "*", "?", "<", "|", "~$")
CHARACTERS = (" ", "　", "\u200b", "\u202e", "\0", "\n", "\ud800", "e", "\u0301", "\u212b", "\u037e")
PIECES = st.sampled_from((*FOLDERS, *CHARACTERS, ".docx", "总结", "字" * 80, "é" * 150))
NAMES = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=12).map("".join),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


@pytest.fixture
def inbox(folder: Path) -> Inbox:
    return Inbox(folder, limit=1 << 20)


def send(inbox: Inbox, name: str, data: bytes = DATA) -> Received:
    return inbox.receive(name, io.BytesIO(data))


def stored(folder: Path) -> dict[str, bytes]:
    """The files in their place."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".incoming" not in path.parts
    }


def coming(folder: Path) -> list[Path]:
    return [p for p in (folder / ".incoming").rglob("*") if p.is_file() and p.name != "lock"]


# -- names ------------------------------------------------------------------------------------------


@given(NAMES)
@example("../../etc/passwd")
@example("..\\..\\Windows\\System32\\a.dll")
@example("CON" + " " * 300 + "x.docx")
@example("a" * 199 + " b.docx")
@example("字" * 300 + ".docx")
@example("a." + "b" * 300)
@example("x/" * 100 + "a.docx")
@example("e\u200d\u0301.docx")
@example("a.docx:stream")
def test_any_text_gives_a_name_inside_the_folder(name: str) -> None:
    safe = safe_name(name)
    assert safe_name(safe) == safe
    assert unicodedata.normalize("NFC", safe) == safe
    assert not PurePosixPath(safe).is_absolute()
    windows = PureWindowsPath(safe)
    assert (windows.drive, windows.root) == ("", "")
    parts = safe.split("/")
    assert 1 <= len(parts) <= 16
    for part in parts:
        assert part not in ("", ".", "..")
        assert len(part.encode("utf-8")) <= 200
        assert part == part.strip()
        assert not part.startswith(".")
        assert not part.endswith((".", " "))
        assert not set('<>:"|?*/\\') & set(part)
        assert {unicodedata.category(c) for c in part}.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
        assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])", part.split(".")[0].rstrip())


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("总结.docx", "总结.docx"),
        ("2023年/一季度/总结 终稿(1).docx", "2023年/一季度/总结 终稿(1).docx"),
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\Users\\张三\\总结.docx", "Users/张三/总结.docx"),
        ("\\\\server\\share\\总结.docx", "server/share/总结.docx"),
        ("/etc/passwd", "etc/passwd"),
        ("....//....//x.txt", "x.txt"),
        (".htaccess", "htaccess"),
        ("总结.docx. . .", "总结.docx"),
        ("con.docx", "_con.docx"),
        ("NUL", "_NUL"),
        ("CONTRACT.docx", "CONTRACT.docx"),
        ("总结\u202excod.exe", "总结xcod.exe"),
        ("总\n结?.docx", "总_结_.docx"),
        ("cafe\u0301.docx", "café.docx"),
        ("总结.docx::$DATA", "总结.docx__$DATA"),
        ("<img src=x onerror=alert(1)>.docx", "_img src=x onerror=alert(1)_.docx"),
        ("字" * 100 + ".docx", "字" * 65 + ".docx"),
        ("", "未命名"),
        ("..", "未命名"),
        ("/", "未命名"),
    ],
)
def test_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(NAMES)
def test_any_name_is_stored_inside_the_folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.mktemp("any")
    inbox = Inbox(root / "uploads", exclude=())
    for state in ("new", "known"):
        received = send(inbox, name)
        assert (received.state, received.file) == (state, safe_name(name))
    numbered = send(inbox, name, b"other")
    assert numbered.state == "new"
    assert safe_name(numbered.file) == numbered.file
    inbox.close()
    assert stored(root / "uploads") == {received.file: DATA, numbered.file: b"other"}
    assert [p.name for p in root.iterdir()] == ["uploads"]


@pytest.mark.parametrize(
    "name",
    [
        "~$总结.docx",
        "Thumbs.db",
        "资料/.DS_Store",
        ".git/config",
        "总结.tmp",
        "__MACOSX/总结.docx",
        "\u200b~$总结.docx",
    ],
)
def test_what_the_index_passes_over_is_not_taken(inbox: Inbox, folder: Path, name: str) -> None:
    received = send(inbox, name)
    assert (received.state, received.size, received.digest) == ("ignored", 0, "")
    assert not folder.exists()


# -- the place --------------------------------------------------------------------------------------


def test_a_file_is_stored_whole(inbox: Inbox, folder: Path) -> None:
    received = send(inbox, "2023年/总结.docx")
    assert received == Received("2023年/总结.docx", len(DATA), corpus.digest_of_data(DATA), "new")
    assert stored(folder) == {"2023年/总结.docx": DATA}
    assert coming(folder) == []
    inbox.close()
    assert [p.name for p in (folder / ".incoming").iterdir()] == ["lock"]


def test_never_over_another_file(inbox: Inbox, folder: Path) -> None:
    assert send(inbox, "总结.docx").state == "new"
    assert send(inbox, "总结.docx").state == "known"
    other = send(inbox, "总结.docx", b"other")
    assert (other.file, other.state) == ("总结 (2).docx", "new")
    assert send(inbox, "总结.docx", b"third").file == "总结 (3).docx"
    again = send(inbox, "总结.docx", b"third")
    assert (again.file, again.state) == ("总结 (3).docx", "known")
    long = "字" * 100 + ".docx"
    send(inbox, long)
    assert send(inbox, long, b"other").file == "字" * 63 + " (2).docx"
    assert stored(folder)["总结.docx"] == DATA
    assert len(stored(folder)) == 5
    assert coming(folder) == []


def test_a_folder_in_the_way_and_a_file_in_the_way(inbox: Inbox, folder: Path) -> None:
    send(inbox, "总结/甲.txt")
    assert send(inbox, "总结").file == "总结 (2)"
    with pytest.raises(UploadError, match=r"已有名为“甲\.txt”的文件"):
        send(inbox, "总结/甲.txt/乙.txt")
    assert stored(folder) == {"总结/甲.txt": DATA, "总结 (2)": DATA}
    assert coming(folder) == []


def test_too_many_of_one_name(inbox: Inbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_MOST_NUMBER", 2)
    send(inbox, "a.txt", b"1")
    send(inbox, "a.txt", b"2")
    with pytest.raises(UploadError, match="同名文件太多"):
        send(inbox, "a.txt", b"3")
    assert coming(folder) == []


@links
@pytest.mark.parametrize("name", ["甲.txt", "夹/甲.txt", "夹/里/甲.txt"])
def test_links_in_the_way_are_not_followed(inbox: Inbox, folder: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "甲.txt").write_bytes(b"theirs")
    folder.mkdir()
    first = name.split("/")[0]
    (folder / first).symlink_to(outside / first if "/" not in name else outside)
    with pytest.raises(UploadError, match=f"“{first}”是链接"):
        send(inbox, name)
    assert [p.name for p in outside.iterdir()] == ["甲.txt"]
    assert (outside / "甲.txt").read_bytes() == b"theirs"
    assert coming(folder) == []


@links
@pytest.mark.parametrize("target", ["outside", "nowhere"])
def test_a_link_where_files_come_in(inbox: Inbox, folder: Path, tmp_path: Path, target: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs").touch()
    folder.mkdir()
    (folder / ".incoming").symlink_to(tmp_path / target)
    with pytest.raises(UploadError):
        send(inbox, "甲.txt")
    with pytest.raises(UploadError, match="是链接"):
        inbox.sweep()
    assert [p.name for p in outside.iterdir()] == ["theirs"]


def test_many_at_once_lose_nothing(inbox: Inbox, folder: Path) -> None:
    barrier = threading.Barrier(8)
    received: list[Received] = []

    def work(n: int) -> None:
        barrier.wait()
        received.append(send(inbox, "夹/总结.txt", b"%d" % (n // 2)))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.state for r in received) == ["known"] * 4 + ["new"] * 4
    assert sorted(stored(folder).values()) == [b"0", b"1", b"2", b"3"]
    assert all(corpus.digest_of_data(stored(folder)[r.file]) == r.digest for r in received)


@pytest.mark.parametrize("error", [OSError(errno.EPERM, "no links"), NotImplementedError()])
def test_a_file_system_without_links(
    inbox: Inbox, folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def no_link(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(os, "link", no_link)
    assert send(inbox, "总结.txt").state == "new"
    assert send(inbox, "总结.txt").state == "known"
    assert send(inbox, "总结.txt", b"other").file == "总结 (2).txt"
    assert stored(folder) == {"总结.txt": DATA, "总结 (2).txt": b"other"}

    def no_rename(self: Path, target: Path) -> None:
        assert not target.exists()  # no run ever reads half of it, and none is left by one that is killed
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(Path, "rename", no_rename)
    with pytest.raises(StorageError, match="broken"):
        send(inbox, "third.txt")
    assert "third.txt" not in stored(folder)
    assert coming(folder) == []


# -- what does not come whole -----------------------------------------------------------------------


class Breaking(io.BytesIO):
    """A stream that fails after its first pieces."""

    def __init__(self, error: Exception) -> None:
        super().__init__(DATA)
        self.error = error

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(10)
        if self.tell() > 30:
            raise self.error
        return piece


def test_a_stream_that_breaks_leaves_nothing(inbox: Inbox, folder: Path) -> None:
    with pytest.raises(BrokenUploadError, match="传输中断"):
        inbox.receive("夹/总结.txt", Breaking(ConnectionResetError("gone")))
    with pytest.raises(ZeroDivisionError):  # an error of the server's own goes its way
        inbox.receive("夹/总结.txt", Breaking(ZeroDivisionError()))
    with pytest.raises(BrokenUploadError, match="没有传完"):
        inbox.receive("夹/总结.txt", io.BytesIO(DATA), size=len(DATA) + 1)
    assert stored(folder) == {}
    assert not (folder / "夹").exists()
    assert coming(folder) == []
    assert inbox.receive("夹/总结.txt", io.BytesIO(DATA), size=len(DATA)).state == "new"


class Endless:
    """A stream that says nothing of its length; how much of it was read."""

    read_bytes = 0

    def read(self, size: int, /) -> bytes:
        self.read_bytes += size
        return b"x" * size


def test_what_is_too_large_is_not_read_to_its_end(inbox: Inbox, folder: Path) -> None:
    stream = Endless()
    with pytest.raises(TooLargeError, match="文件超过 1 MB"):
        inbox.receive("总结.txt", stream)
    assert stream.read_bytes <= 2 << 20
    unread = Endless()
    with pytest.raises(TooLargeError):
        inbox.receive("总结.txt", unread, size=(1 << 20) + 1)
    assert unread.read_bytes == 0
    assert stored(folder) == {}
    assert coming(folder) == []
    assert send(inbox, "总结.txt", b"x" * (1 << 20)).state == "new"


def test_no_file_is_larger_than_the_index_reads(folder: Path) -> None:
    assert Inbox(folder, limit=1 << 50).limit == corpus.MAX_BYTES


Usage = namedtuple("Usage", "total used free")


def test_room_is_left_on_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = 100 << 20
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1 << 40, 0, free))
    inbox = Inbox(folder, free=90 << 20)
    with pytest.raises(DiskFullError, match="磁盘空间不足"):
        inbox.receive("总结.txt", Endless(), size=11 << 20)
    assert not folder.exists()
    free -= 20 << 20
    with pytest.raises(DiskFullError):
        send(inbox, "总结.txt")
    free += 20 << 20

    class Filling(Endless):
        def read(self, size: int, /) -> bytes:
            nonlocal free
            free -= size
            return super().read(size)

    with pytest.raises(DiskFullError):
        inbox.receive("总结.txt", Filling())
    assert free > 70 << 20
    assert stored(folder) == {}
    assert coming(folder) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk(inbox: Inbox, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def full(descriptor: int) -> None:
        raise OSError(number, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DiskFullError):
            send(inbox, "夹/总结.txt")
    assert stored(folder) == {}
    assert coming(folder) == []
    assert send(inbox, "夹/总结.txt").state == "new"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_is_really_full(inbox: Inbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python writes what it holds back when the file is closed: that fails once more."""
    real = Path.open

    def opened(self: Path, mode: str = "r", **more: object) -> object:
        return real(Path("/dev/full"), "wb") if mode == "xb" else real(self, mode, **more)  # type: ignore[call-overload]

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", opened)
        with pytest.raises(DiskFullError):
            send(inbox, "总结.txt", b"x" * 600_000)
    assert stored(folder) == {}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UploadError, match="无法保存"):
        send(Inbox(tmp_path / "file" / "uploads"), "总结.txt")


KILLED = """
import io, os, sys
from pathlib import Path
from indexer.uploads import Inbox
class Stream:
    n = 0
    def read(self, size):
        self.n += 1
        if self.n == 3:
            print("half", flush=True)
            sys.stdin.read()
            os._exit(9)
        return b"x" * 1000
Inbox(Path(sys.argv[1])).receive("half.txt", Stream())
"""


def test_what_a_killed_process_left_is_swept_and_nothing_else(inbox: Inbox, folder: Path) -> None:
    assert inbox.sweep() == 0
    assert not folder.exists()
    send(inbox, "总结.txt")
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"half"
        assert len(coming(folder)) == 1
        assert inbox.sweep() == 0  # it is alive
        assert len(coming(folder)) == 1
        other.kill()
    assert stored(folder) == {"总结.txt": DATA}
    (folder / ".incoming" / "stray").touch()
    assert Inbox(folder).sweep() == 2
    assert coming(folder) == []
    assert send(inbox, "还有.txt").state == "new"  # its own place is still there
    inbox.close()
    assert [p.name for p in (folder / ".incoming").iterdir()] == ["lock"]
    assert send(inbox, "再来.txt").state == "new"
    inbox.close()


# -- the folder -------------------------------------------------------------------------------------


def test_the_folder_lies_beside_the_index(tmp_path: Path) -> None:
    index = tmp_path / "index"
    assert folder_for(index, Settings()) == tmp_path / "uploads"
    assert folder_for(index, Settings(uploads=tmp_path / "别处")) == tmp_path / "别处"
    for inside in (index, index / "uploads", index / ".." / "index" / "x", tmp_path):
        with pytest.raises(UsageError, match="GAOKU_UPLOADS"):
            folder_for(index, Settings(uploads=inside))
    for inside in (tmp_path / "uploads", tmp_path / "uploads" / "a" / "settings"):
        with pytest.raises(UsageError, match="GAOKU_SETTINGS"):
            folder_for(index, Settings(settings=inside))
    assert folder_for(index, Settings(settings=tmp_path)) == tmp_path / "uploads"


def test_the_inbox_of_an_index(tmp_path: Path) -> None:
    settings = Settings(upload_size=3, upload_free=5, exclude=(*EXCLUDED, "*.exe"))
    inbox = Inbox.of(tmp_path / "index", settings)
    assert (inbox.folder, inbox.limit, inbox.free) == (tmp_path / "uploads", 3 << 20, 5 << 20)
    assert send(inbox, "a.exe").state == "ignored"


def test_what_is_sent_is_indexed_and_what_is_coming_is_not(
    inbox: Inbox, folder: Path, tmp_path: Path
) -> None:
    send(inbox, "2023年/总结.txt")
    own = next(p for p in (folder / ".incoming").iterdir() if p.is_dir())
    (own / "half").write_bytes(DATA)
    walked = corpus.walk(Folder("uploads", str(folder)), EXCLUDED)
    assert [found.file for found in walked.files] == ["uploads/2023年/总结.txt"]
    summary = build.update(tmp_path / "index", [folder], Settings())
    assert [entry.file for entry in summary.entries] == ["uploads/2023年/总结.txt"]
    assert summary.counts.reports == 1


def test_one_at_a_time_without_links(inbox: Inbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Senders of the same get one file, also where nothing but a lock keeps them apart."""

    def no_link(*arguments: object) -> None:
        raise OSError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", no_link)
    monkeypatch.setattr(Path, "rename", delayed(Path.rename))
    inboxes = [inbox, Inbox(folder), Inbox(folder)]  # as of several processes
    folder.mkdir()
    barrier = threading.Barrier(len(inboxes))
    received: list[Received] = []

    def work(mine: Inbox) -> None:
        barrier.wait()
        received.append(send(mine, "总结.txt"))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in inboxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.state for r in received) == ["known", "known", "new"]
    assert stored(folder) == {"总结.txt": DATA}


def delayed(real: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
    """Renaming, with time for others between the look and the deed."""

    def call(self: Path, target: Path) -> Path:
        time.sleep(0.1)
        return real(self, target)

    return call


# -- the folder is gone -----------------------------------------------------------------------------


def here(tmp_path: Path, **settings: Path) -> Inbox:
    return Inbox.of(tmp_path / "index", Settings(upload_free=0, **settings))  # type: ignore[arg-type]


@pytest.fixture
def away(tmp_path: Path, folder: Path) -> Path:
    """Where the folder for added files is, after three were added and indexed: its drive is off."""
    with closing(here(tmp_path)) as inbox:
        for n in range(3):
            send(inbox, f"{n}.txt", DATA + b"%d" % n)
    assert build.update(tmp_path / "index", [folder], Settings()).counts.reports == 3
    return folder.rename(tmp_path / "off")


@pytest.mark.parametrize("mount_point", [False, True])
@pytest.mark.parametrize("noted", [False, True])
def test_a_folder_that_is_gone_is_not_made_anew(
    tmp_path: Path, folder: Path, away: Path, mount_point: bool, noted: bool
) -> None:
    if mount_point:
        folder.mkdir()
    if not noted:  # by hand, or by an earlier version: the index knows of them
        (tmp_path / "index" / "uploads.json").unlink()
        (away / ".gaoku").unlink()
    inbox = here(tmp_path)
    with pytest.raises(UnreachableError, match="连不上") as caught:
        send(inbox, "new.txt")
    assert str(folder) in caught.value.detail
    assert ("forget" in caught.value.detail) != noted
    assert folder.exists() == mount_point
    assert not mount_point or list(folder.iterdir()) == []
    summary = build.update(tmp_path / "index", [], Settings())
    assert (summary.files.removed, len(summary.warnings)) == (0, 1)
    if mount_point:
        folder.rmdir()
    away.rename(folder)
    assert send(inbox, "new.txt").state == "new"
    assert build.update(tmp_path / "index", [], Settings()).files.removed == 0
    inbox.close()


def test_the_folder_under_a_drive_is_another(tmp_path: Path, folder: Path, away: Path) -> None:
    """It was once used itself, before the drive was mounted on it."""
    folder.mkdir()
    (folder / ".gaoku").write_text("0" * 32)
    (folder / "old.txt").write_bytes(DATA)
    with pytest.raises(UnreachableError):
        send(here(tmp_path), "new.txt")
    assert sorted(stored(folder)) == [".gaoku", "old.txt"]


def test_a_folder_that_is_gone_for_good(tmp_path: Path, folder: Path, away: Path) -> None:
    """What the log tells to do lets it be made anew."""
    (tmp_path / "index" / "uploads.json").unlink()
    build.forget(tmp_path / "index", folder, Settings())
    with closing(here(tmp_path)) as inbox:
        assert send(inbox, "new.txt").state == "new"


def test_another_folder_is_taken_as_it_is(tmp_path: Path, folder: Path, away: Path) -> None:
    with closing(here(tmp_path, uploads=tmp_path / "other")) as inbox:
        assert send(inbox, "new.txt").state == "new"
    assert (tmp_path / "other" / "new.txt").exists()
    with closing(here(tmp_path, uploads=away)) as inbox:  # it has a mark already
        assert send(inbox, "new.txt").state == "new"
    with pytest.raises(UnreachableError):
        send(here(tmp_path), "new.txt")


def test_a_drive_that_is_off(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows not even the root is there, which is its own parent."""
    monkeypatch.setattr(Path, "exists", lambda self: False)
    with pytest.raises(StorageError, match="无法保存"):
        send(inbox, "总结.txt")


def test_a_name_that_the_disk_does_not_take(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_long(self: Path, **more: object) -> None:
        raise OSError(errno.ENAMETOOLONG, "too long")

    send(inbox, "总结.txt")
    monkeypatch.setattr(Path, "mkdir", too_long)
    with pytest.raises(UploadError, match="请改名") as caught:
        send(inbox, "夹/总结.txt")
    assert not isinstance(caught.value, StorageError)


def test_whether_anything_was_added(inbox: Inbox, folder: Path) -> None:
    assert not inbox.holds_files()
    with pytest.raises(TooLargeError):
        inbox.receive("大.txt", io.BytesIO(b""), 2 << 20)
    (folder / ".incoming").mkdir(parents=True)
    (folder / "Thumbs.db").touch()
    assert not inbox.holds_files()
    send(inbox, "2023年/总结.docx")
    assert inbox.holds_files()
    (folder / "2023年/总结.docx").rename(folder / ".incoming" / "总结.docx")
    assert not inbox.holds_files()


@pytest.mark.parametrize(
    ("name", "ignored"),
    [("总结.docx", False), ("~$总结.docx", True), ("甲/Thumbs.db", True), (".git/甲.txt", True)],
)
def test_what_the_index_passes_over(inbox: Inbox, name: str, ignored: bool) -> None:
    assert inbox.ignores(name) == ignored
    assert (send(inbox, name).state == "ignored") == ignored
