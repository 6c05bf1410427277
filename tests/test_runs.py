"""Index runs of a server: real processes over small folders; one at a time, stopped, killed, locked out."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer import build, home
from indexer.errors import LockedIndexError
from indexer.library import Library
from indexer.progress import JsonProgress
from indexer.runs import ClosedError, Run, Runner, Runs
from indexer.search import make_question, search
from indexer.settings import Settings

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0

posix = pytest.mark.skipif(os.name != "posix", reason="sends signals")
pytestmark = pytest.mark.service

#: The command, with a reader that waits for a file ("go") beside what it reads.
SLOW = """
import os, sys, time
from pathlib import Path
from indexer import workers
from indexer.cli import main

real = workers.read_file
def waits(place, entry, folders):
    Path(os.environ["GATE"], "begun").touch()
    while not Path(os.environ["GATE"], "go").exists():
        time.sleep(0.02)
    return real(place, entry, folders)
workers.read_file = waits
main()
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("GATE", str(tmp_path))
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "报告"
    folder.mkdir()
    write(folder, "甲")
    return folder


@pytest.fixture
def index(tmp_path: Path, folder: Path) -> Path:
    build.update(tmp_path / "index", [folder], Settings())
    return tmp_path / "index"


@pytest.fixture
def runner(index: Path) -> Iterator[Runner]:
    runner = Runner(index)
    yield runner
    runner.close()


@pytest.fixture
def slow(index: Path) -> Iterator[Runner]:
    runner = Runner(index, command=[sys.executable, "-c", SLOW])
    yield runner
    runner.close()


def write(folder: Path, word: str) -> None:
    (folder / f"{word}.txt").write_text(f"2023年工作总结\n一、主要工作\n{word}字招商成效明显。\n", "utf-8")


def found(index: Path, query: str) -> int:
    library = Library(index)
    try:
        return search(library, make_question(query)).total
    finally:
        library.close()


def wait_until(what: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


def settled(runner: Runner) -> Run:
    """The last run, once none goes on."""
    runs = runner.runs()
    until = time.monotonic() + PATIENCE
    while runs.busy:
        assert time.monotonic() < until
        runs = runner.wait(runs.version, 1)
    assert runs.last is not None
    assert runs.last.over
    return runs.last


def test_a_run_makes_files_found(runner: Runner, index: Path, folder: Path) -> None:
    assert runner.runs() == Runs()
    write(folder, "乙")
    (folder / "坏.docx").write_bytes(b"PK\x03\x04 no zip")
    begun = runner.start()
    assert (begun.number, begun.state, begun.paths) == (1, "queued", ())
    run = settled(runner)
    assert (run.number, run.state, run.error, run.done, run.total) == (1, "done", None, 2, 2)
    assert run.summary is not None
    assert (run.summary["files"]["added"], run.summary["files"]["failed"]) == (1, 1)
    assert [failed["file"] for failed in run.summary["failed"]] == ["报告/坏.docx"]
    assert "list" not in run.summary
    assert run.started is not None
    assert run.ended is not None
    assert run.started <= run.ended
    assert found(index, '"乙字招商"') == 1


def test_a_new_folder_and_one_whose_name_looks_like_an_option(runner: Runner, index: Path) -> None:
    other = index.parent / "--rebuild"
    other.mkdir()
    write(other, "丙")
    runner.start([other])
    assert settled(runner).state == "done"
    assert found(index, '"丙字招商"') == 1
    assert len(Library(index).status()[0].folders) == 2


def test_a_listener_sees_states_in_order(runner: Runner, folder: Path) -> None:
    for n in range(10):
        write(folder, f"第{n}")
    seen: list[Runs] = [runner.runs()]

    def listen() -> None:
        while seen[-1].last is None:
            seen.append(runner.wait(seen[-1].version, PATIENCE))

    listener = threading.Thread(target=listen)
    listener.start()
    runner.start()
    listener.join(PATIENCE)
    versions = [runs.version for runs in seen]
    assert versions == sorted(set(versions))
    running = [runs.current for runs in seen if runs.current is not None]
    assert {run.state for run in running} == {"running"}
    assert [run.done for run in running] == sorted(run.done for run in running)
    assert running[-1].total == 10
    assert running[-1].file.startswith("报告/第")
    assert running[-1].comparing
    last = seen[-1].last
    assert last is not None
    assert last.state == "done"


def test_waiting_ends_where_nothing_changes(runner: Runner) -> None:
    runs = runner.runs()
    assert runner.wait(runs.version, 0.01) == runs
    assert runner.wait(runs.version - 1, PATIENCE) == runs


def test_one_run_at_a_time_while_searches_go_on(
    slow: Runner, index: Path, folder: Path, tmp_path: Path
) -> None:
    write(folder, "乙")
    first = slow.start()
    wait_until((tmp_path / "begun").exists)
    current = slow.runs().current
    assert current is not None
    assert (current.number, current.state) == (first.number, "running")
    assert (found(index, '"甲字招商"'), found(index, '"乙字招商"')) == (1, 0)
    # What comes while one runs is for the next; those that want the same are one.
    second, third, other = slow.start(), slow.start(), slow.start([folder])
    assert (second.number, third.number, other.number) == (2, 2, 3)
    assert [run.number for run in slow.runs().queued] == [2, 3]
    (tmp_path / "go").touch()
    last = settled(slow)
    assert (last.number, last.state, last.paths) == (3, "done", (folder,))
    assert found(index, '"乙字招商"') == 1


@posix
def test_a_run_that_is_stopped_leaves_the_index_as_it_was(
    slow: Runner, index: Path, folder: Path, tmp_path: Path
) -> None:
    write(folder, "乙")
    slow.start()
    slow.start([folder])
    wait_until((tmp_path / "begun").exists)
    assert slow.stop()
    assert not slow.stop()  # it was told already
    last = settled(slow)
    assert (last.number, last.state, last.error, last.summary) == (1, "stopped", None, None)
    assert slow.runs().queued == ()
    assert not (index / home.SCRATCH).exists()
    assert (found(index, '"甲字招商"'), found(index, '"乙字招商"')) == (1, 0)
    (tmp_path / "go").touch()
    slow.start()
    assert settled(slow).state == "done"
    assert found(index, '"乙字招商"') == 1


@posix
def test_a_run_that_does_not_end_is_killed(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.runs._MERCY", 0.2)
    deaf = (
        "import os, signal, time, pathlib, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
        "pathlib.Path(os.environ['GATE'], 'child.part').write_text(str(child.pid))\n"
        "pathlib.Path(os.environ['GATE'], 'child.part').rename(pathlib.Path(os.environ['GATE'], 'child'))\n"
        "time.sleep(300)\n"
    )
    runner = Runner(index, command=[sys.executable, "-c", deaf])
    runner.start()
    wait_until((tmp_path / "child").exists)
    runner.close()
    last = runner.runs().last
    assert last is not None
    assert last.state == "stopped"
    wait_until(lambda: not _alive(int((tmp_path / "child").read_text())))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@posix
def test_a_run_that_is_killed_is_told_and_the_next_goes_on(
    slow: Runner, index: Path, folder: Path, tmp_path: Path
) -> None:
    write(folder, "乙")
    slow.start()
    wait_until((tmp_path / "begun").exists)
    assert slow._process is not None
    os.kill(slow._process.pid, signal.SIGKILL)
    last = settled(slow)
    assert (last.state, last.error) == (
        "failed",
        "the run was killed by signal 9; the index is whole, start another",
    )
    assert last.kind == "killed"
    assert found(index, '"甲字招商"') == 1
    (tmp_path / "go").touch()
    slow.start()
    assert settled(slow).state == "done"
    assert found(index, '"乙字招商"') == 1


def test_an_index_that_another_writes_to_for_too_long(index: Path) -> None:
    runner = Runner(index, wait=0)
    with home.writing(index):
        runner.start()
        last = settled(runner)
    assert last.state == "locked"
    assert last.error is not None
    assert last.error.startswith("another run is updating the index in ")
    runner.start()
    assert settled(runner).state == "done"
    runner.close()


def waits(runner: Runner) -> bool:
    current = runner.runs().current
    return current is not None and current.waiting


def test_a_run_waits_for_another_program(runner: Runner, index: Path, folder: Path) -> None:
    write(folder, "乙")
    with home.writing(index):
        runner.start()
        wait_until(lambda: waits(runner))
        assert found(index, '"乙字招商"') == 0
    last = settled(runner)
    assert (last.number, last.state, last.waiting) == (1, "done", False)
    assert found(index, '"乙字招商"') == 1


@posix
def test_a_run_that_waits_is_stopped(runner: Runner, index: Path) -> None:
    with home.writing(index):
        runner.start()
        wait_until(lambda: waits(runner))
        runner.stop()
        last = settled(runner)
        assert (last.state, last.waiting) == ("stopped", False)


def test_what_goes_wrong_is_told(tmp_path: Path, index: Path, runner: Runner) -> None:
    runner.start([tmp_path / "不在"])
    last = settled(runner)
    assert last.state == "failed"
    assert last.error is not None
    assert last.error.startswith(f"folder not found: {tmp_path / '不在'}")
    assert last.kind == "NotFoundError"
    for command, error in (
        ([str(tmp_path / "nothing")], "could not be started"),
        ([sys.executable, "-c", "raise ValueError('坏了')"], "ValueError: 坏了"),
        ([sys.executable, "-c", "import sys; sys.exit(3)"], "the run ended with status 3"),
        ([sys.executable, "-c", "print('[]')"], "the run ended without a summary"),
    ):
        other = Runner(index, command=command)
        other.start()
        last = settled(other)
        assert last.state == "failed"
        assert error in (last.error or "")
        other.close()


def test_what_a_process_says_breaks_nothing(index: Path) -> None:
    spoken = ["{", '{"event": "files"}', '{"event": [1]}', "[]", '{"event": "files", "done": "x"}']
    spoken += ["", '{"event": "other"}']
    says = (
        "import sys\n"
        f"for line in [*{spoken!r}, '{{' * 99999, 'x' * 200000]:\n"
        "    print(line, file=sys.stderr)\n"
        "sys.stderr.buffer.write(bytes([255, 10]))\n"
        'print(\'{"event": "files", "done": 1, "total": 2, "file": "a"}\', file=sys.stderr)\n'
        'print(\'{"list": [], "files": {}}\')\n'
    )
    runner = Runner(index, command=[sys.executable, "-c", says])
    runner.start()
    last = settled(runner)
    assert (last.state, last.done, last.total, last.file, last.summary) == ("done", 1, 2, "a", {"files": {}})
    runner.close()


def test_a_closed_runner_starts_nothing(slow: Runner, folder: Path, tmp_path: Path) -> None:
    write(folder, "乙")
    slow.start()
    wait_until((tmp_path / "begun").exists)
    process = slow._process
    slow.close()
    assert process is not None
    assert process.poll() is not None
    assert not slow.runs().busy
    with pytest.raises(ClosedError):
        slow.start()


@posix
def test_nothing_is_started_while_it_is_closed(
    slow: Runner, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks for a run when the queue has been emptied gets none, whatever the threads' turns."""
    write(folder, "乙")
    slow.start()
    wait_until((tmp_path / "begun").exists)
    told: list[Run | str] = []

    def ask(run: Run) -> None:
        try:
            told.append(slow.start([folder]))
        except ClosedError:
            told.append("closed")

    monkeypatch.setattr(slow, "_on_end", ask)  # called between emptying the queue and waiting for the thread
    slow.start([folder.parent])
    slow.close()
    assert told
    assert set(told) == {"closed"}
    assert not slow.runs().busy


@posix
def test_no_run_outlives_its_server(
    slow: Runner, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.runs._MERCY", 0.2)
    monkeypatch.setattr("indexer.runs._LAST_WORDS", 0.1)
    monkeypatch.setattr("indexer.runs._end", lambda process: None)  # it does not get to be ended
    write(folder, "乙")
    slow.start()
    wait_until((tmp_path / "begun").exists)
    process = slow._process
    slow.close()
    assert process is not None
    wait_until(lambda: process.poll() is not None)


def test_how_many_files_a_run_reads_at_once(index: Path) -> None:
    says = "import json, sys; print(json.dumps({'list': [], 'command': sys.argv[1:]}))"
    runner = Runner(index, jobs=3, command=[sys.executable, "-c", says])
    runner.start()
    summary = settled(runner).summary
    assert summary is not None
    assert summary["command"][summary["command"].index("--jobs") + 1] == "3"
    runner.close()


@posix
def test_a_run_gives_way_to_others(slow: Runner, tmp_path: Path) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    slow.start()
    wanted = min(own + 1, 10)  # further than its parent, which may be run under nice itself
    wait_until(
        lambda: slow._process is not None and os.getpriority(os.PRIO_PROCESS, slow._process.pid) >= wanted
    )
    assert slow._process is not None
    session = Path(f"/proc/{slow._process.pid}/autogroup")
    if session.exists():  # Linux, with sessions of their own weight
        wait_until(lambda: session.read_text("ascii").split()[1:] == ["nice", "10"])
    (tmp_path / "go").touch()
    assert settled(slow).state == "done"


def test_each_end_is_told(index: Path, folder: Path, tmp_path: Path) -> None:
    ended: list[Run] = []
    runner = Runner(index, command=[sys.executable, "-c", SLOW], on_end=ended.append)
    write(folder, "乙")
    runner.start()
    wait_until((tmp_path / "begun").exists)
    runner.start()
    runner.start([folder])
    runner.stop()
    wait_until(lambda: len(ended) == 3)
    assert {(run.number, run.state) for run in ended} == {(1, "stopped"), (2, "stopped"), (3, "stopped")}
    assert all(run.ended for run in ended)
    (tmp_path / "go").touch()
    runner.start()
    wait_until(lambda: len(ended) == 4)
    assert ended[3].state == "done"
    assert ended[3].summary is not None
    runner.close()


def test_a_run_is_not_over_before_it_is_seen(index: Path, folder: Path) -> None:
    """Its end is told once whoever answers has turned to what it made."""
    reached, seen = threading.Event(), threading.Event()

    def settle() -> None:
        reached.set()
        assert seen.wait(60)

    runner = Runner(index, settle=settle)
    runner.start()
    assert reached.wait(60)
    assert runner.runs().busy
    assert runner.runs().last is None
    seen.set()
    assert settled(runner).state == "done"
    runner.close()


@pytest.mark.parametrize("name", ["settle", "on_end"])
def test_an_error_of_others_ends_no_run(
    index: Path, folder: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("坏了")

    runner = Runner(index, **{name: fail})  # type: ignore[arg-type]
    for number, paths in enumerate(([], [folder]), 1):
        runner.start(paths)
        last = settled(runner)
        assert (last.number, last.state, last.error) == (number, "done", None)
    runner.close()
    assert caplog.text.count("ValueError: 坏了") == 2


def test_an_error_of_others_stops_no_stop(index: Path, folder: Path, tmp_path: Path) -> None:
    def fail(run: Run) -> None:
        raise ValueError(run)

    runner = Runner(index, command=[sys.executable, "-c", SLOW], on_end=fail)
    write(folder, "乙")
    runner.start()
    wait_until((tmp_path / "begun").exists)
    runner.start([folder])
    runner.stop()
    assert settled(runner).state == "stopped"
    runner.close()


def test_stopping_where_nothing_runs(runner: Runner) -> None:
    runner.stop()
    assert runner.runs() == Runs()


# -- the lines of progress --------------------------------------------------------------------------


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_progress_as_json() -> None:
    stream, now = io.StringIO(), 0.0
    with JsonProgress(stream, lambda: now) as progress:
        progress.files(0, 0, "")  # nothing to read
        for n in range(1, 6):
            now = n * 0.06
            progress.files(n, 5, f"报告/{n}\n\udc80.txt")
        progress.pages("报告/扫描.pdf", 1, 40)
        progress.pages("报告/扫描.pdf", 2, 40)
        for over in (False, False, True):
            progress.waiting(not over)
        progress.files(0, 0, "comparing texts")
    assert lines(stream) == [
        {"event": "files", "done": 1, "total": 5, "file": "报告/1\n\udc80.txt"},
        {"event": "files", "done": 3, "total": 5, "file": "报告/3\n\udc80.txt"},
        {"event": "files", "done": 5, "total": 5, "file": "报告/5\n\udc80.txt"},
        {"event": "pages", "done": 1, "total": 40, "file": "报告/扫描.pdf"},
        {"event": "waiting", "over": False},
        {"event": "waiting", "over": False},
        {"event": "waiting", "over": True},
        {"event": "comparing"},
    ]
    assert stream.getvalue().isascii()


def test_the_error_that_ends_a_run_is_a_line() -> None:
    stream = io.StringIO()
    with pytest.raises(LockedIndexError), JsonProgress(stream):
        raise LockedIndexError("another run")
    with pytest.raises(KeyboardInterrupt), JsonProgress(stream):
        raise KeyboardInterrupt
    assert lines(stream) == [{"event": "failed", "error": "LockedIndexError", "message": "another run"}]


def test_the_command_tells_as_json(tmp_path: Path, folder: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "indexer", "index", str(folder)),
            *("--index", str(tmp_path / "new"), "--json", "--progress", "json"),
        ],
        capture_output=True,
        check=True,
    )
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [event["event"] for event in events] == ["files", "files", "comparing"]
    assert events[1] == {"event": "files", "done": 1, "total": 1, "file": "报告/甲.txt"}
    assert json.loads(done.stdout)["files"]["added"] == 1


@posix
def test_a_run_ends_by_itself_where_nobody_listens_any_more(
    index: Path, folder: Path, tmp_path: Path
) -> None:
    """A server that was killed leaves no run behind that keeps the index locked."""
    write(folder, "乙")
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, "index", "--index", str(index), "--progress", "json"],
        stderr=subprocess.PIPE,
    ) as run:
        wait_until((tmp_path / "begun").exists)
        assert run.stderr is not None
        run.stderr.close()
        (tmp_path / "go").touch()
        run.wait(PATIENCE)
    assert found(index, '"乙字招商"') == 0
    with home.writing(index):
        pass


@posix
def test_a_run_that_waits_ends_where_nobody_listens_any_more(index: Path) -> None:
    command = [sys.executable, "-m", "indexer", "index", "--index", str(index), "--progress", "json"]
    with (
        home.writing(index),
        subprocess.Popen([*command, "--wait", "60"], stderr=subprocess.PIPE) as run,
    ):
        assert run.stderr is not None
        assert json.loads(run.stderr.readline()) == {"event": "waiting", "over": False}
        run.stderr.close()
        run.wait(PATIENCE)
