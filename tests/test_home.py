"""The index folder: its pointer, whole and damaged, its lock, and what is cleared away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from indexer import home
from indexer.engines.whoosh import WhooshEngine
from indexer.errors import (
    CorruptIndexError,
    GaokuError,
    IndexStateError,
    LockedIndexError,
    NoIndexError,
    OutdatedIndexError,
)
from indexer.home import (
    Pointer,
    clean,
    next_name,
    open_reader,
    read_pointer,
    versions,
    write_pointer,
    writing,
)
from indexer.model import FileEntry, Folder, IndexMeta

ENGINE = WhooshEngine()


def pointer(current: str = "whoosh-1") -> Pointer:
    return Pointer("whoosh", current, versions(ENGINE), (Folder("报告", "/x/报告"),))


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index that knows one file without reports."""
    directory = tmp_path / "index"
    directory.mkdir()
    writer = ENGINE.writer(directory / "whoosh-1")
    writer.put(FileEntry("报告/a.txt", "00", None, failed="空"), ())
    writer.commit(IndexMeta("2024-01-01T00:00:00+00:00", pointer().folders, versions(ENGINE)))
    write_pointer(directory, pointer())
    return directory


def test_the_pointer_comes_back(tmp_path: Path) -> None:
    for written in (
        pointer(),
        Pointer("whoosh", "whoosh-23", {}, ()),
        Pointer("whoosh", "whoosh-1", {"a": "一"}, (Folder('引"号\n', "/a\\b"), Folder("笑😀", "/笑😀"))),
    ):
        write_pointer(tmp_path, written)
        assert read_pointer(tmp_path) == written
        assert [p.name for p in tmp_path.iterdir()] == ["gaoku.json"]


def test_the_pointer_holds_names_of_invalid_bytes(tmp_path: Path) -> None:
    """Linux gives Python such a name with a lone surrogate in the place of each byte."""
    written = Pointer("whoosh", "whoosh-1", {}, (Folder("\udcb1\udca8", "/x/\udcb1\udca8"),))
    write_pointer(tmp_path, written)
    assert read_pointer(tmp_path) == written


def test_the_pointer_is_what_the_documentation_says(tmp_path: Path) -> None:
    write_pointer(tmp_path, pointer())
    assert json.loads((tmp_path / "gaoku.json").read_text("utf-8")) == {
        "format": 1,
        "engine": "whoosh",
        "current": "whoosh-1",
        "analysis": versions(ENGINE),
        "folders": [{"label": "报告", "path": "/x/报告"}],
    }


def test_no_pointer(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    for directory in (tmp_path, tmp_path / "没有", tmp_path / "a.txt"):
        assert read_pointer(directory) is None
        with pytest.raises(
            NoIndexError, match=r"there is no index in .* yet; build one with: gaoku index PATH"
        ):
            open_reader(directory)


GOOD: dict[str, Any] = {
    "format": 1,
    "engine": "whoosh",
    "current": "whoosh-1",
    "analysis": versions(ENGINE),
    "folders": [{"label": "报告", "path": "/x/报告"}],
}

#: What may have become of gaoku.json, by what it is.
DAMAGED: dict[str, bytes] = {
    "empty": b"",
    "zeros": b"\0" * 200,
    "no utf-8": b'{"format": 1, "engine": "\xff\xfe"}',
    "cut": json.dumps(GOOD).encode()[:100],
    "no object": b"[]",
    "a number": b"7",
    "null": b"null",
    "nothing in it": b"{}",
    "very deep": b"[" * 100_000,
    **{f"without {key}": json.dumps({k: v for k, v in GOOD.items() if k != key}).encode() for key in GOOD},
    **{
        f"{key} = {value!r}": json.dumps({**GOOD, key: value}).encode()
        for key, value in [
            ("format", 2),
            ("format", "1"),
            ("format", None),
            ("current", "../../etc"),
            ("current", "whoosh-1/../.."),
            ("current", "whoosh"),
            ("current", ""),
            ("current", None),
            ("current", 3),
            ("engine", None),
            ("engine", ["whoosh"]),
            ("engine", {}),
            ("analysis", None),
            ("analysis", "1"),
            ("analysis", [1]),
            ("folders", None),
            ("folders", 1),
            ("folders", "报告"),
            ("folders", [1]),
            ("folders", [{"label": "报告"}]),
            ("folders", [{"label": 1, "path": 2}]),
            ("folders", {"label": "报告", "path": "/x"}),
        ]
    },
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_pointer_is_one_clear_error(index: Path, damage: str) -> None:
    (index / "gaoku.json").write_bytes(DAMAGED[damage])
    with pytest.raises(
        CorruptIndexError, match=r"gaoku\.json .*build the index again with: gaoku index --rebuild"
    ):
        open_reader(index)


def test_a_pointer_that_is_a_folder(index: Path) -> None:
    (index / "gaoku.json").unlink()
    (index / "gaoku.json").mkdir()
    with pytest.raises(IndexStateError, match=r"gaoku\.json cannot be read now"):
        open_reader(index)


@pytest.mark.parametrize(
    "changes",
    [
        {"analysis": {**GOOD["analysis"], "analysis": "0"}},
        {"analysis": {**GOOD["analysis"], "jieba": "jieba 0.1"}},
        {"analysis": {**GOOD["analysis"], "engine": "whoosh 0"}},
        {"analysis": {}},
        {"engine": "opensearch", "current": "opensearch-1"},
    ],
)
def test_an_index_of_other_versions_asks_for_a_rebuild(index: Path, changes: dict[str, Any]) -> None:
    (index / "gaoku.json").write_text(json.dumps({**GOOD, **changes}), "utf-8")
    with pytest.raises(
        OutdatedIndexError, match=r"was built with .*build it again with: gaoku index --rebuild"
    ):
        open_reader(index)


def test_open_reader(index: Path) -> None:
    reader = open_reader(index)
    assert (reader.meta.folders, list(reader.files())) == (pointer().folders, ["报告/a.txt"])
    reader.close()


def test_the_engine_folder_is_gone(index: Path) -> None:
    write_pointer(index, pointer("whoosh-7"))
    with pytest.raises(CorruptIndexError, match="gaoku index --rebuild"):
        open_reader(index)


def test_the_segments_are_gone(index: Path) -> None:
    for path in index.rglob("*.seg"):
        path.unlink()
    with pytest.raises(CorruptIndexError, match=r"gaoku index --rebuild"):
        open_reader(index)


def test_a_rebuild_between_pointer_and_opening_is_followed(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder that the pointer named is gone when it is opened, and the pointer names another."""
    (index / "whoosh-1").rename(index / "whoosh-2")
    write_pointer(index, pointer("whoosh-2"))
    real, calls = home.read_pointer, []

    def late(directory: Path) -> Pointer | None:
        calls.append(directory)
        return pointer("whoosh-1") if len(calls) == 1 else real(directory)

    monkeypatch.setattr(home, "read_pointer", late)
    reader = open_reader(index)
    assert list(reader.files()) == ["报告/a.txt"]
    reader.close()


def test_a_second_writer_in_this_process_is_told(tmp_path: Path) -> None:
    with writing(tmp_path / "index"):
        told = pytest.raises(
            LockedIndexError, match=r"another run is updating the index in .*index; wait until"
        )
        with told, writing(tmp_path / "index"):
            pytest.fail("two writers at a time")
        with writing(tmp_path / "other"):
            pass
    with writing(tmp_path / "index"):
        pass


def test_a_writer_in_another_process_is_seen_and_its_death_too(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from indexer import home\n"
        "with home.writing(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(LockedIndexError), writing(tmp_path):
            pytest.fail("two writers at a time")
        other.kill()
    with writing(tmp_path):  # the lock dies with its holder
        pass


def test_the_lock_is_let_go_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), writing(tmp_path):
        raise ZeroDivisionError
    with writing(tmp_path):
        pass


def test_an_index_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "文件").write_text("a")
    for directory in (tmp_path / "文件", tmp_path / "文件/index"):
        told = pytest.raises(GaokuError, match=r"cannot be written .*choose another with --index")
        with told, writing(directory):
            pytest.fail("written into a file")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FileLock, "acquire", refuse)
    told = pytest.raises(GaokuError, match=r"cannot be written \(Permission denied\)")
    with told as caught, writing(tmp_path / "index"):
        pytest.fail("written without permission")
    assert not isinstance(caught.value, IndexStateError)


def test_next_name(tmp_path: Path) -> None:
    assert next_name(tmp_path, ENGINE) == "whoosh-1"
    for name in ("whoosh-2", "whoosh-11", "whoosh-x", "other-99", "whoosh-12.old"):
        (tmp_path / name).mkdir()
    assert next_name(tmp_path, ENGINE) == "whoosh-12"


def test_clean_removes_what_is_ours_and_nothing_else(tmp_path: Path) -> None:
    for name in ("whoosh-1", "whoosh-2", "whoosh-3", "mine", "other-1"):
        (tmp_path / name / "里").mkdir(parents=True)
    for name in ("gaoku.json", "lock", "README.md", "whoosh-9"):
        (tmp_path / name).write_text("a")
    clean(tmp_path, "whoosh-2")
    kept = ["README.md", "gaoku.json", "lock", "mine", "other-1", "whoosh-2", "whoosh-9"]
    assert sorted(p.name for p in tmp_path.iterdir()) == kept


def test_clean_removes_files_that_were_left_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those that another command may be writing, the old ones."""
    names = [f".{name}.77-1" for name in (home.FAMILIES, home.SHINGLES)]
    for name in names:
        (tmp_path / name).write_text("a")
    clean(tmp_path, None)
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    for name in names:
        os.utime(tmp_path / name, (time.time() - 7200, time.time() - 7200))

    def opened(*_: object, **__: object) -> None:
        raise PermissionError(13, "The process cannot access the file")

    with monkeypatch.context() as windows:
        windows.setattr(Path, "unlink", opened)
        clean(tmp_path, None)
    clean(tmp_path, None)
    assert list(tmp_path.iterdir()) == []


def test_who_has_the_lock_for_an_instant_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "_INSTANT", 60.0)  # that no machine is too slow
    holder = FileLock(tmp_path / "lock")
    holder.acquire()
    real, attempts = FileLock._acquire, list[bool]()

    def attempt(lock: FileLock) -> None:
        real(lock)
        attempts.append(lock.is_locked)
        holder.release()

    monkeypatch.setattr(FileLock, "_acquire", attempt)
    with writing(tmp_path):
        assert attempts == [False, True]


def test_clean_leaves_folders_that_are_no_index(tmp_path: Path) -> None:
    """The user chose the place; ``whoosh-notes`` is no name that a build gives."""
    (tmp_path / "whoosh-notes").mkdir()
    clean(tmp_path, None)
    assert (tmp_path / "whoosh-notes").is_dir()
