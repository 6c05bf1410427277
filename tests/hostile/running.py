"""``gaoku`` run as a user runs it, with the memory of all its processes and the time of each file watched."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_INTERVAL = 0.05  # seconds between two looks at the processes


@dataclass(slots=True)
class Run:
    """What a run did: its exit code, its output, and what was seen of it meanwhile."""

    code: int
    out: str
    err: str
    seconds: float
    peak: int  # bytes that all its processes held together at one time; shared pages count once
    longest: float  # seconds in which no file was done
    processes: set[int] = field(default_factory=set)  # every one that was seen
    held: list[str] = field(default_factory=list)  # by each process at the time of the peak
    left: list[str] = field(default_factory=list)  # in its folder for temporary files, at the end

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    def alive(self) -> list[int]:
        """Its processes that have outlived it."""
        return [pid for pid in sorted(self.processes) if _state(pid) not in ("", "Z")]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "indexer", *arguments]


def environment(scratch: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch), **(more or {})}


def gaoku(*arguments: str, cwd: Path, seconds: float, more: Mapping[str, str] | None = None) -> Run:
    """Run the command, its progress on a terminal, for no longer than ``seconds``."""
    # The path of a socket holds 107 bytes, and multiprocessing puts some into the folder for temporary files.
    with tempfile.TemporaryDirectory(prefix="gaoku-h") as scratch, tempfile.TemporaryFile() as out:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 200, 0, 0))  # or no progress shows
        started = time.perf_counter()
        process = subprocess.Popen(
            command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=theirs,
            cwd=cwd,
            env=environment(Path(scratch), more),
            start_new_session=True,
        )
        os.close(theirs)
        run = Run(-1, "", "", 0.0, 0, 0.0)
        err, moved = bytearray(), started
        try:
            while process.poll() is None:
                if time.perf_counter() - started > seconds:
                    run.err = "it did not end"
                    break
                if _more(ours, err, _INTERVAL):
                    run.longest = max(run.longest, time.perf_counter() - moved)
                    moved = time.perf_counter()
                tree = descendants(process.pid)
                run.processes.update(tree)
                held = {pid: _memory(pid) for pid in tree}
                if sum(held.values()) > run.peak:
                    run.peak = sum(held.values())
                    run.held = [f"{size >> 20} MB {_called(pid)}" for pid, size in held.items()]
        finally:
            if process.poll() is None:
                for pid in descendants(process.pid):
                    with suppress(ProcessLookupError):
                        os.kill(pid, 9)
                process.wait()
            while _more(ours, err, 0.0):
                pass
            os.close(ours)
        run.seconds = time.perf_counter() - started
        run.code = process.returncode
        run.err += err.decode("utf-8", "replace")
        out.seek(0)
        run.out = out.read().decode()
        until = time.perf_counter() + 2
        while run.alive() and time.perf_counter() < until:  # one that is ending is none that remains
            time.sleep(0.02)
        run.left = sorted(path.name for path in Path(scratch).iterdir())
        return run


def _more(descriptor: int, found: bytearray, seconds: float) -> bool:
    """Wait for output so long; whether there was some."""
    if not select.select([descriptor], [], [], seconds)[0]:
        return False
    try:
        piece = os.read(descriptor, 1 << 16)
    except OSError:  # closed at the other end
        time.sleep(seconds)
        return False
    found += piece
    return bool(piece)


def descendants(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError, ValueError, IndexError):
                stat = (entry / "stat").read_text("utf-8", "replace")
                children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found, at = [pid], 0
    while at < len(found):
        found += children.get(found[at], [])
        at += 1
    return found


def _called(pid: int) -> str:
    try:
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")[-120:]
        )
    except OSError:
        return ""


def _memory(pid: int) -> int:
    """Bytes that a process holds; of what it shares with others, its part (PSS)."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) << 10
    return 0


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""
