"""LibreOffice as a second try, where it is installed; what runs it, with a program in its place."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from indexer.readers import convert, docx
from tests.readers import same

posix = pytest.mark.skipif(os.name != "posix", reason="runs a shell script")

#: Copies each file to --outdir under the name .docx; a file with "hang" in it hangs the run, as a child.
STAND_IN = """#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in
    --outdir) out="$2"; shift;;
    --convert-to) shift;;
    -*) ;;
    *) mkdir -p "$out"; echo "$1" >> "$LOG"
       if grep -q crash "$1"; then exit 77; fi
       if grep -q hang "$1"; then sleep 600 & echo $! >> "$LOG.pids"; wait; fi
       name=$(basename "$1"); cp "$1" "$out/${name%.*}.docx";;
  esac
  shift
done
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of LibreOffice; gives the file that lists what it was asked."""
    program = tmp_path / "bin" / "soffice"
    program.parent.mkdir()
    program.write_text(STAND_IN)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    log = tmp_path / "log"
    monkeypatch.setenv("LOG", str(log))
    return log


def written(folder: Path, *contents: str) -> list[Path]:
    paths = [folder / f"{number} 总结\n—.doc" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(content)
    return paths


@posix
def test_one_that_crashes_the_batch_costs_only_itself(stand_in: Path, tmp_path: Path) -> None:
    paths = written(tmp_path, "a", "crash", "c")
    made = convert.convert(paths, tmp_path / "out", 30)
    assert {path: document.read_text() for path, document in made.items()} == {paths[0]: "a", paths[2]: "c"}


@posix
def test_a_folder_may_be_relative(stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (path,) = written(tmp_path, "a")
    assert convert.convert([path], Path("out"), 30)[path].read_text() == "a"


@posix
def test_one_that_hangs_is_killed_with_its_children(stand_in: Path, tmp_path: Path) -> None:
    paths = written(tmp_path, "hang", "b")
    made = convert.convert(paths, tmp_path / "out", 2)
    assert list(made) == [paths[1]]
    for pid in (stand_in.parent / "log.pids").read_text().split():
        assert not _runs(int(pid))


def _runs(pid: int) -> bool:
    """Whether the process runs; it may take a moment until one that was killed is gone."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        time.sleep(0.02)
    return True


@posix
def test_it_ends_with_a_run_that_is_killed(stand_in: Path, tmp_path: Path) -> None:
    (path,) = written(tmp_path, "hang")
    code = (
        "import sys; from pathlib import Path; from indexer.readers import convert\n"
        "convert.convert([Path(sys.argv[1])], Path(sys.argv[2]), 600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, path, tmp_path / "out"]) as run:
        pids = stand_in.parent / "log.pids"
        until = time.monotonic() + 20
        while not (pids.exists() and pids.read_text().strip()) and time.monotonic() < until:
            time.sleep(0.02)
        run.kill()
    (pid,) = pids.read_text().split()
    assert not _runs(int(pid))


def test_where_it_lies_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "LibreOffice" / "program" / "soffice.com"
    program.parent.mkdir(parents=True)
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setattr(convert, "_ON_MACOS", str(tmp_path / "nothing"))
    for name in convert._PROGRAM_FOLDERS:
        monkeypatch.delenv(name, raising=False)
    assert convert._program() is None
    for name in convert._PROGRAM_FOLDERS:
        with monkeypatch.context() as patch:
            patch.setenv(name, str(tmp_path))
            assert convert._program() == str(program)


def test_its_children_are_killed_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        asked: list[list[str]] = []
        monkeypatch.delattr(os, "killpg", raising=False)
        monkeypatch.setattr(subprocess, "run", lambda command, **_: asked.append(command))
        convert._kill(process)
    assert asked == [["taskkill", "/T", "/F", "/PID", str(process.pid)]]


def test_nothing_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert convert.convert([], tmp_path, 1) == {}
    monkeypatch.setattr(convert, "_program", lambda: None)
    assert not convert.available()
    assert convert.convert([tmp_path / "a.doc"], tmp_path, 1) == {}


@pytest.mark.skipif(not convert.available(), reason="LibreOffice is not installed")
def test_the_same_report(tmp_path: Path) -> None:
    broken = tmp_path / "broken.doc"
    broken.write_bytes((same.DATA / "report.doc").read_bytes()[:3000])
    made = convert.convert([broken, same.DATA / "report.doc"], tmp_path / "out", 120)
    found = docx.read(made[same.DATA / "report.doc"].read_bytes())
    assert same.share_in_order(found) >= 0.99
    assert same.styled(found) == same.styled(same.expected())
