"""Index runs that a server starts: one at a time, each in a process of its own that can be ended.

The process is ``gaoku index --progress json --json``; searches go on meanwhile, for it shares nothing with
the server but the index folder.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

from indexer.errors import LockedIndexError

State = Literal["queued", "running", "done", "failed", "locked", "stopped"]

_WAIT = 60.0  # minutes that a run waits for another that writes to the index: a backup, a command, a timer
_NICE = 10  # of 19: how far a run gives way to others
_MERCY = 10.0  # seconds that a run has to tidy up when it is to stop, before it is killed
_LAST_WORDS = 5.0  # seconds in which what a process has said arrives after its end
_KEPT_LINES = 20  # of what a run says that is no progress
_LONGEST_LINE = 1 << 16  # bytes

_log = logging.getLogger(__name__)


class ClosedError(Exception):
    """Nothing is started any more."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run, as it is now.

    ``queued``, ``running``, then ``done``, ``failed``, ``stopped``, or ``locked``: another process was
    writing to the index all the time that this one waited for it, nothing was done. ``total`` is 0 until the
    files to be read are known; it may grow, for files hold files. ``summary``: as ``gaoku index --json`` has
    it, without its ``list``.
    """

    number: int  # from 1
    paths: tuple[Path, ...]  # the folders that are brought up to date; none: all that the index remembers
    state: State = "queued"
    done: int = 0
    total: int = 0
    file: str = ""  # the last one that was read, or is being recognised
    pages: tuple[int, int] | None = None  # of ``file``, if it is being recognised: done, total
    waiting: bool = False  # for another process that writes to the index
    comparing: bool = False  # all files are read, texts are compared
    summary: dict[str, Any] | None = None
    error: str | None = None  # one line: why it failed
    kind: str = ""  # of failures: the error's name, "killed", or "" where it is none of ours
    started: float | None = None  # seconds since 1970
    ended: float | None = None

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return self.state not in ("queued", "running")


@dataclass(frozen=True, slots=True)
class Runs:
    """All that is known of runs at one moment; ``version`` grows with each change."""

    version: int = 0
    current: Run | None = None
    queued: tuple[Run, ...] = ()
    last: Run | None = None  # the one that ended last
    before: Run | None = None  # the one that ended before it

    @property
    def busy(self) -> bool:
        """Whether a run is going on, or about to."""
        return self.current is not None or bool(self.queued)


class Runner:
    """Starts runs over the index in ``directory``, one after the other; for many threads at once.

    They give way to what else the machine has to do. ``jobs``: how many files a run reads at once (default:
    one a processor). ``wait``: minutes that a run waits for another process that writes to the index.
    ``settle`` is called when a run has done its work, before that is told. ``on_end`` is called with each run
    that has come to its end, whatever that is. An error of these two is logged and changes nothing.
    """

    def __init__(
        self,
        directory: Path,
        *,
        jobs: int | None = None,
        wait: float = _WAIT,
        command: Sequence[str] = (sys.executable, "-m", "indexer"),
        now: Callable[[], float] = time.time,
        settle: Callable[[], None] = lambda: None,
        on_end: Callable[[Run], None] = lambda run: None,
    ) -> None:
        self._command = [*command, "index", "--index", str(directory), "--progress", "json", "--json"]
        self._command += ["--wait", f"{wait:g}"]
        self._command += ["--jobs", str(jobs)] if jobs else []
        self._now, self._settle, self._on_end = now, settle, on_end
        self._changed = threading.Condition()
        self._runs = Runs()
        self._count = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = self._closed = False
        self._thread: threading.Thread | None = None

    def start(self, paths: Sequence[Path] = ()) -> Run:
        """Have folders brought up to date (none: all that the index remembers), when no other run goes on.

        The run that will do so: where one for the same folders is waiting already, that one. One that is
        running is not: it may have passed by what is new. Raises ClosedError.
        """
        wanted = tuple(path.absolute() for path in paths)
        with self._changed:
            if self._closed:
                raise ClosedError("the runner is closed")
            for run in self._runs.queued:
                if run.paths == wanted:
                    return run
            self._count += 1
            run = Run(self._count, wanted)
            self._set(queued=(*self._runs.queued, run))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="index-runs", daemon=True)
                self._thread.start()
            return run

    def runs(self) -> Runs:
        """What is known of runs now."""
        with self._changed:
            return self._runs

    def wait(self, version: int, timeout: float) -> Runs:
        """What is known once it is no longer of this version, after ``timeout`` seconds at the latest.

        A listener goes on from the version that it got last. One that is slow misses states in between,
        never the latest; it costs the runs nothing.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._runs.version != version or self._closed, timeout)
            return self._runs

    def stop(self) -> bool:
        """End the run that goes on, and those that wait; does not wait for that. Whether there was any.

        The index is as it was before, or as it is after, where the run had committed already.
        """
        with self._changed:
            goes_on = self._runs.current is not None and not self._stopping
            dropped, process = self._drop()
        self._end_what_goes_on(dropped, process)
        return goes_on or bool(dropped)

    def close(self) -> None:
        """Stop, wait until all has ended, and start nothing more."""
        with self._changed:
            self._closed = True
            dropped, process = self._drop()
            self._changed.notify_all()
            thread = self._thread
        self._end_what_goes_on(dropped, process)
        if thread is None:
            return
        thread.join(_MERCY + 2 * _LAST_WORDS)
        if thread.is_alive():  # whatever kept it: nothing of ours outlives the server
            with self._changed:
                process = self._process
            if process is not None:
                _kill_all(process)
            thread.join(_LAST_WORDS)

    def _drop(self) -> tuple[list[Run], subprocess.Popen[bytes] | None]:
        """Empty the queue: what was in it, and the process that is to be told to end, if it was not yet.

        For who holds the condition.
        """
        dropped = [replace(run, state="stopped", ended=self._now()) for run in self._runs.queued]
        if dropped:
            self._set(queued=(), last=dropped[-1] if self._runs.current is None else self._runs.last)
        if self._runs.current is None or self._stopping:
            return dropped, None
        self._stopping = True
        return dropped, self._process

    def _end_what_goes_on(self, dropped: Sequence[Run], process: subprocess.Popen[bytes] | None) -> None:
        for run in dropped:
            _call(self._on_end, run)
        if process is not None:
            threading.Thread(target=_end, args=(process,), name="index-stop", daemon=True).start()

    # -- the thread that runs them ---------------------------------------------------------------

    def _set(self, **changes: Any) -> None:
        """Change what is known; for who holds the condition."""
        self._runs = replace(self._runs, version=self._runs.version + 1, **changes)
        self._changed.notify_all()

    def _update(self, **changes: Any) -> None:
        """Change what is known of the run that goes on."""
        with self._changed:
            if self._runs.current is not None:
                self._set(current=replace(self._runs.current, **changes))

    def _work(self) -> None:
        """Carry out the runs that wait, until there are none."""
        while True:
            with self._changed:
                if not self._runs.queued or self._closed:
                    self._thread = None
                    return
                first, *rest = self._runs.queued
                self._stopping = False
                run = replace(first, state="running", started=self._now())
                self._set(current=run, queued=tuple(rest))
            try:
                outcome = self._carry_out(run)
            except Exception as error:  # whatever it is, it must not end the runs after it
                outcome = {"state": "failed", "error": f"the run could not be started: {error}"}
            if outcome["state"] == "done":
                _call(self._settle)
            with self._changed:
                last = replace(
                    self._runs.current or run, ended=self._now(), pages=None, waiting=False, **outcome
                )
                self._process = None
                self._set(current=None, last=last, before=self._runs.last)
            _call(self._on_end, last)

    def _carry_out(self, run: Run) -> dict[str, Any]:
        """Run the process to its end: what to change of the run."""
        said = _Said()
        # What it prints is kept in a file: nobody has to read it while it runs.
        with tempfile.TemporaryFile() as printed:
            process = subprocess.Popen(  # noqa: S603 - our own command; paths are arguments, after "--"
                [*self._command, "--", *map(str, run.paths)],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
                start_new_session=True,  # Ctrl-C is for the server, which then ends it
                creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
            )
            _give_way(process)
            with self._changed:
                self._process, stopping = process, self._stopping
            if stopping:  # asked for while the process was started
                threading.Thread(target=_end, args=(process,), name="index-stop", daemon=True).start()
            if process.stderr is None:
                raise AssertionError("there is a pipe")
            listener = threading.Thread(
                target=self._listen, args=(process.stderr, said), name="index-progress", daemon=True
            )
            listener.start()
            status = process.wait()
            if status < 0:
                _kill_all(process)  # who killed it has left its own processes behind
            listener.join(_LAST_WORDS)
            printed.seek(0)
            return self._outcome(status, said, printed)

    def _outcome(self, status: int, said: _Said, printed: BinaryIO) -> dict[str, Any]:
        if status == 0:
            try:
                summary = json.loads(printed.read())
                del summary["list"]
            except (ValueError, KeyError, TypeError):  # its reader went away: it ends with 0 then, too
                return {"state": "failed", "error": "the run ended without a summary"}
            return {"state": "done", "summary": summary}
        with self._changed:
            stopped = self._stopping
        if stopped:
            return {"state": "stopped"}
        if said.failed is not None:
            kind, message = said.failed
            state = "locked" if kind == LockedIndexError.__name__ else "failed"
            return {"state": state, "error": message, "kind": kind}
        if status < 0:
            told = f"the run was killed by signal {-status}; the index is whole, start another"
            return {"state": "failed", "error": told, "kind": "killed"}
        last = said.lines[-1] if said.lines else ""
        return {"state": "failed", "error": last or f"the run ended with status {status}"}

    def _listen(self, stream: BinaryIO, said: _Said) -> None:
        """Follow what the process says, until it says no more."""
        with stream:
            while line := stream.readline(_LONGEST_LINE):
                event = _event(line)
                kind = event.get("event") if event is not None else None
                with suppress(KeyError, TypeError, ValueError):
                    if event is None:
                        text = line.decode("utf-8", "replace").strip()
                        said.lines += [text] if text else []
                    elif kind == "files":
                        done, total = int(event["done"]), int(event["total"])
                        self._update(done=done, total=total, file=str(event["file"]), pages=None)
                    elif kind == "pages":
                        pages = (int(event["done"]), int(event["total"]))
                        self._update(file=str(event["file"]), pages=pages)
                    elif kind == "comparing":
                        self._update(comparing=True, pages=None)
                    elif kind == "waiting":
                        self._update(waiting=not event["over"])
                    elif kind == "failed":
                        said.failed = (str(event["error"]), str(event["message"]))


@dataclass(slots=True)
class _Said:
    """What a run has said besides its progress."""

    failed: tuple[str, str] | None = None  # the error's name, and its message
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))


def _event(line: bytes) -> dict[str, Any] | None:
    """A line of progress; None for one that is something else."""
    if not line.startswith(b"{"):
        return None
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and "event" in event else None


def _call(what: Callable[..., None], *arguments: Any) -> None:
    """Call what belongs to others: an error of theirs is none of the run's, and ends none after it."""
    try:
        what(*arguments)
    except Exception:
        _log.exception("at the end of an index run")


def _give_way(process: subprocess.Popen[bytes]) -> None:
    """Let searches go before a run, and before what it starts. (Windows is told when it is started.)"""
    if sys.platform != "win32":
        with suppress(OSError):  # it has ended already, or gives way more than that
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        # Where Linux weighs sessions against each other (sched(7), autogroup), that counts within its own.
        with suppress(OSError):
            Path(f"/proc/{process.pid}/autogroup").write_text(f"{_NICE}", "ascii")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, so that it tidies up; kill it where it does not."""
    with suppress(OSError):
        process.terminate()
    try:
        process.wait(_MERCY)
    except subprocess.TimeoutExpired:
        with suppress(OSError):
            process.kill()


def _kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and, where that is known, what it has started."""
    with suppress(OSError):
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
