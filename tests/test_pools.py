"""Processes that die, and what goes on in spite of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from indexer import pools
from indexer.pools import CrashError, LimitError, NoWorkersError, Pool

posix = pytest.mark.skipif(os.name != "posix", reason="sends signals")
MEMORY = 400 << 20


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool(1, MEMORY)
    yield made
    made.close()


def pid() -> int:
    return os.getpid()


def nothing_left(number: int) -> bool:
    """Wait until a process is gone."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def dies(code: int = 3) -> None:
    os._exit(code)


def raises(kind: type[Exception]) -> None:
    raise kind("said")


def sleeps(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


@posix
@pytest.mark.parametrize("wait", [False, True])
def test_an_idle_process_that_is_killed_costs_nothing(pool: Pool, wait: bool) -> None:
    first = pool.result(pool.start(pid, seconds=10))
    os.kill(first, signal.SIGKILL)
    if wait:  # until the pool has seen it
        assert nothing_left(first)
        while pool._pool is not None and pool._pool.active:
            time.sleep(0.02)
    tasks = [pool.start(pid, seconds=10) for _ in range(3)]
    (second,) = {pool.result(task) for task in tasks}
    assert second != first


def test_errors_are_those_of_the_task(pool: Pool) -> None:
    for function, arguments, kind in (
        (dies, (), CrashError),
        (sleeps, (60,), LimitError),
        (raises, (MemoryError,), MemoryError),
        (raises, (RuntimeError,), RuntimeError),
        (raises, (OSError,), OSError),
    ):
        task = pool.start(function, *arguments, seconds=0.5)
        with pytest.raises(kind):
            pool.result(task)
    assert pool.result(pool.start(sleeps, 0, seconds=10)) == "slept"


def test_where_no_process_can_start_all_tasks_end(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(pools, "_start_method", refuse)
    for task in [pool.start(pid, seconds=10) for _ in range(100)]:
        with pytest.raises(NoWorkersError):
            pool.result(task)


@posix
def test_a_lost_task_is_repeated(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process died between receiving it and saying so: nobody works on it, and nobody says anything."""
    renew = Pool._renew

    def patiently(pool: Pool) -> None:
        """Starting a process may take its time."""
        monkeypatch.setattr(pools, "_STALLED", 30.0)
        renew(pool)

    pool.result(pool.start(pid, seconds=10))
    monkeypatch.setattr(Pool, "_renew", patiently)
    monkeypatch.setattr(pools, "_STALLED", 0.2)
    monkeypatch.setattr(pools, "_TICK", 0.05)
    task = pool.start(pid, seconds=10)
    task.future = Future()  # never to be done
    assert isinstance(pool.result(task), int)


@posix
def test_a_task_that_takes_its_time_is_not_taken_for_lost(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool.result(pool.start(pid, seconds=10))
    monkeypatch.setattr(pools, "_STALLED", 0.2)
    monkeypatch.setattr(pools, "_TICK", 0.05)
    assert pool.result(pool.start(sleeps, 0.8, seconds=10)) == "slept"


def test_no_more_processes_than_tasks() -> None:
    pool = Pool(5, MEMORY)
    pool.expect(2)
    try:
        assert pool.result(pool.start(pid, seconds=10))
        assert pool._size == 2
        tasks = [pool.start(pid, seconds=10) for _ in range(4)]  # more than expected: an archive's files
        assert all(pool.result(task) for task in tasks)
        assert pool._size == 5
    finally:
        pool.close()


def test_a_fresh_process_for_each() -> None:
    pool = Pool(1, MEMORY, fresh=True)
    try:
        assert len({pool.result(pool.start(pid, seconds=10)) for _ in range(2)}) == 2
    finally:
        pool.close()


@posix
def test_a_limit_of_the_system_below_ours_holds(tmp_path: Path) -> None:
    """As with ``ulimit -d``: a process may not raise it."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_DATA, (900 << 20,) * 2)\n"
        "from indexer.pools import Pool\n"
        "from tests.test_pools import sleeps\n"
        "if __name__ == '__main__':\n"
        "    pool = Pool(1, 4 << 30); print(pool.result(pool.start(sleeps, 0, seconds=10))); pool.close()\n"
    )
    script = tmp_path / "limited.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("slept\n", "", 0)


@posix
def test_stopping_while_processes_start_says_nothing(tmp_path: Path) -> None:
    """The locks of a process that is just starting are still there."""
    script = tmp_path / "stopped.py"
    script.write_text(
        "import time\n"
        "from indexer.pools import Pool\n"
        "from tests.test_pools import pid\n"
        "if __name__ == '__main__':\n"
        "    for n in range(6):\n"
        "        pool = Pool(4, 400 << 20); pool.expect(4); pool.start(pid, seconds=10)\n"
        "        time.sleep(n / 100); pool.close()\n"
    )
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
