"""Files that are put in their place whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from indexer.atomic import replacing


def test_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with replacing(file) as stream:
        stream.write(b"first")
        stream.seek(0)
        assert stream.read() == b"first"
        assert not file.exists()
    with pytest.raises(ZeroDivisionError), replacing(file) as stream:
        stream.write(b"second")
        raise ZeroDivisionError
    assert file.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [file]


def test_two_at_once_do_not_write_into_each_other(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with replacing(file) as outer:
        outer.write(b"outer")
        with replacing(file) as inner:
            inner.write(b"inner")
        assert file.read_bytes() == b"inner"
    assert file.read_bytes() == b"outer"


@pytest.mark.skipif(os.name != "posix", reason="makes symbolic links")
def test_no_link_is_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"theirs")
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("file", ".file.part"):
        (folder / name).symlink_to(victim)
    with replacing(folder / "file", 0o600) as stream:
        stream.write(b"ours")
    assert victim.read_bytes() == b"theirs"
    assert (folder / "file").read_bytes() == b"ours"
    assert stat.S_IMODE((folder / "file").stat().st_mode) == 0o600


def test_what_the_killed_left_is_cleared_away(tmp_path: Path) -> None:
    old, young, other = (
        tmp_path / name for name in (f".gaoku-{'0' * 16}.part", f".gaoku-{'1' * 16}.part", "a.part")
    )
    for path in (old, young, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (0, 0))
    with replacing(tmp_path / "file"):
        pass
    assert sorted(tmp_path.iterdir()) == sorted([young, other, tmp_path / "file"])
