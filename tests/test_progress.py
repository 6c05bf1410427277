"""How far a run is, on a terminal and without one; and runs that are asked to end."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from indexer import home
from indexer.progress import Progress

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "", "LINES": ""}
COMMAND = [sys.executable, "-m", "indexer", "index"]

posix = pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal, sends signals")


def write(folder: Path, files: int) -> None:
    folder.mkdir()
    for n in range(files):
        (folder / f"{n}.txt").write_text("工作总结\n一、主要工作\n招商引资成效明显。\n", "utf-8")


@posix
@pytest.mark.parametrize("size", [(0, 0), (24, 100)])
def test_a_bar_on_a_terminal_even_on_one_without_a_size(tmp_path: Path, size: tuple[int, int]) -> None:
    import pty
    import termios

    write(tmp_path / "报告", 3)
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, size) if sys.version_info >= (3, 11) else _set_size(theirs, size)
    with subprocess.Popen(
        [*COMMAND, tmp_path / "报告", "--index", tmp_path / "index"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=ENVIRONMENT,
    ):
        os.close(theirs)
        said = b""
        try:
            while piece := os.read(ours, 4096):
                said += piece
        except OSError:  # closed at the other end
            pass
    os.close(ours)
    text = said.decode("utf-8", "replace")
    assert "读取" in text
    assert "3/3" in text
    assert "报告/2.txt" in text


def _set_size(descriptor: int, size: tuple[int, int]) -> None:
    import fcntl
    import struct
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("4H", *size, 0, 0))


def test_without_a_terminal_a_line_now_and_then() -> None:
    stream, now = io.StringIO(), 0.0
    with Progress(stream, lambda: now) as progress:
        for second in range(100):
            now = float(second)
            if second < 50:
                progress.files(second, 60, f"报告/{second}\n.txt")
            else:
                progress.pages("报告/扫描.pdf", second - 50, 50)
    assert stream.getvalue() == (
        "gaoku: 30 of 60 files; 报告/30 .txt\n"
        "gaoku: 49 of 60 files; 报告/扫描.pdf, 10 of 50 pages recognised\n"
        "gaoku: 49 of 60 files; 报告/扫描.pdf, 40 of 50 pages recognised\n"
    )


#: The command, with a reader that says it has unpacked something and then takes long.
HANGS = """
import sys, time
from indexer import workers
from indexer.cli import main
def hangs(place, entry, folders):
    folders.scratch.mkdir(parents=True)
    (folders.scratch / "secret").write_text("unpacked")
    time.sleep(60)
workers.read_file = hangs
main()
"""


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGKILL"])
def test_a_run_that_is_asked_to_end_leaves_nothing_unpacked(tmp_path: Path, name: str) -> None:
    write(tmp_path / "报告", 1)
    index, temporary = tmp_path / "index", tmp_path / "tmp"
    temporary.mkdir()
    arguments = ["index", str(tmp_path / "报告"), "--index", str(index)]
    with subprocess.Popen(
        [sys.executable, "-c", HANGS, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**ENVIRONMENT, "TMPDIR": str(temporary)},
    ) as run:
        until = time.monotonic() + 30
        while not (index / home.SCRATCH / "secret").exists() and time.monotonic() < until:
            time.sleep(0.02)
        run.send_signal(getattr(signal, name))
        _, said = run.communicate(timeout=20)
    assert list(temporary.iterdir()) == []
    if name != "SIGKILL":
        assert (run.returncode, said) == (1, "gaoku: stopped; the index is as it was before\n")
        assert not (index / home.SCRATCH).exists()
    with home.writing(index):  # the next run
        assert not (index / home.SCRATCH).exists()
