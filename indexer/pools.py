"""Processes that carry out tasks: with limits on time and memory, and going on where one of them dies.

A task's error is its own. Where a process dies that has none, or a task is lost, all processes are started
anew and what was not finished is repeated.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, wait
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pebble import CONSTS, ProcessExpired, ProcessPool

_BREAKS = 2  # of the processes, while one task is waited for, before that task is given up ...
_GIVEN_UP = 3  # ... and tasks given up, one after the other, before all the rest are
_TICK = 0.5  # seconds between two looks at whether anything goes on at all
_STALLED = 60.0  # seconds in which no task begins or ends, beyond the time that those at work have
_LONGEST_PLACE = 64  # bytes: the name of a socket, at most 104, is made in the folder for temporary files
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # parameters of mallopt: malloc.h
_MERCY = 0.2  # seconds between asking a worker to end and killing it: it has nothing to tidy up


class LimitError(Exception):
    """A task took longer than it may."""


class CrashError(Exception):
    """The process that carried out a task died of it."""


class NoWorkersError(Exception):
    """There are no processes to carry out a task: they die, or cannot be started."""


@dataclass(slots=True, eq=False)
class Task:
    """A function that is called in a process of the pool."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    seconds: float
    future: Future[Any] | None = None
    breaks: int = 0

    @property
    def finished(self) -> bool:
        """Whether it has come to an end of its own."""
        if self.future is None or not self.future.done():
            return False
        return not isinstance(self.future.exception(), BrokenExecutor)


@dataclass(slots=True)
class Pool:
    """Up to ``most`` processes, each with so many bytes of memory for its tasks; started when needed.

    ``fresh``: each process carries out one task only.
    """

    most: int
    memory: int
    fresh: bool = False
    _size: int = 1
    _given_up: int = 0
    _pool: ProcessPool | None = None
    _open: list[Task] = field(default_factory=list)
    _context: _Lasting | None = None

    @property
    def started(self) -> bool:
        """Whether there are processes."""
        return self._pool is not None

    def expect(self, tasks: int) -> None:
        """Say how many tasks will come at least: so many processes are started, if they may."""
        if self._pool is None:
            self._size = max(self._size, min(self.most, tasks))

    def start(self, function: Callable[..., Any], *arguments: Any, seconds: float) -> Task:
        """Have a function called; it and its arguments must be such as can be pickled."""
        task = Task(function, arguments, seconds)
        self._open.append(task)
        if len(self._open) > self._size < self.most:  # more has come than was expected
            self._end()
            self._size = self.most
            self._schedule_open()
        elif not self._schedule(task):
            self._renew()
        return task

    def result(self, task: Task) -> Any:
        """What the function returned. Raises LimitError, CrashError, NoWorkersError, or what it raised."""
        try:
            while not (self._ended(task) and task.finished):
                task.breaks += 1
                if task.breaks > _BREAKS or self._given_up >= _GIVEN_UP:
                    raise self._give_up(task)
                self._renew()
        finally:
            if task in self._open:
                self._open.remove(task)
        self._given_up = 0
        try:
            return task.future.result() if task.future is not None else None
        except TooLate as error:
            raise LimitError from error
        except ProcessExpired as error:
            raise CrashError from error

    def _give_up(self, task: Task) -> NoWorkersError:
        """Go on without a task."""
        self._open.remove(task)
        self._given_up += 1
        if self._given_up < _GIVEN_UP:
            self._renew()
        else:
            self._end()
        return NoWorkersError()

    def close(self) -> None:
        """End the processes; what they have not finished is lost."""
        self._open.clear()
        self._end()

    def _ended(self, task: Task) -> bool:
        """Wait for a task; False where that is in vain."""
        seen: tuple[bool | None, ...] = ()
        quiet = 0.0
        while task.future is not None:
            begun = time.monotonic()
            if wait([task.future], _TICK).done:
                return True
            if self._pool is None or not self._pool.active:
                return False
            now = tuple(
                None if t.future is None or t.future.done() else t.future.running() for t in self._open
            )
            # A computer that was asleep, or a run that was halted, has not waited all that time.
            quiet = quiet + min(time.monotonic() - begun, 2 * _TICK) if now == seen else 0.0
            seen = now
            working = (t.seconds for t, running in zip(self._open, now, strict=True) if running)
            if quiet > _STALLED + max(working, default=0.0):
                return False
        return False

    def _schedule(self, task: Task) -> bool:
        """Hand a task to the processes; False where they have died, or cannot be started."""
        if self._given_up >= _GIVEN_UP:
            return True  # it is given up when it is waited for
        try:
            if self._pool is None:
                CONSTS.term_timeout = _MERCY
                self._context = _Lasting(_start_method())
                self._pool = ProcessPool(
                    self._size,
                    max_tasks=1 if self.fresh else 0,
                    initializer=_prepare,
                    initargs=(self.memory,),
                    context=self._context,
                )
            task.future = self._pool.schedule(task.function, args=task.arguments, timeout=task.seconds)
        except (RuntimeError, OSError):
            return False
        return True

    def _renew(self) -> None:
        """Start anew, with all that is not finished."""
        for _ in range(_BREAKS):
            self._end()
            if self._schedule_open():
                return
        self._end()  # who waits for a task tries it once more

    def _schedule_open(self) -> bool:
        left = [task for task in self._open if not task.finished]
        for task in left:
            task.future = None
        return all(self._schedule(task) for task in left)

    def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            with suppress(RuntimeError, OSError):  # of one that is broken
                pool.stop()
                pool.join()
        self._context = None  # not before the processes have ended


class _Lasting:
    """A way to start processes whose locks last as long as this is held.

    pebble lets go of them before it ends its processes, and one that is just starting would not find them.
    """

    def __init__(self, context: multiprocessing.context.BaseContext) -> None:
        self._context = context
        self._locks: list[Any] = []

    def RLock(self) -> Any:
        lock = self._context.RLock()
        self._locks.append(lock)
        return lock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


def executor(most: int, memory: int) -> ProcessPoolExecutor:
    """Up to ``most`` processes for many short tasks that cannot hang: pebble, which can end a task, looks for
    the next ten times a second. Each may have so many bytes of memory."""
    return ProcessPoolExecutor(most, _start_method(), _prepare_for_many, (memory,))


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def physical_memory() -> int | None:
    """Bytes of memory of this machine; None where it does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _start_method() -> multiprocessing.context.BaseContext:
    """How workers start: never as a copy of this process, which has threads and an index open."""
    long = len(os.fsencode(tempfile.gettempdir())) > _LONGEST_PLACE
    if long or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["indexer.preloaded"])
    return context


def _prepare(memory: int) -> None:
    """Take from this process what a task must not have, and let it end with the one that started it."""
    if sys.platform != "win32":
        import resource

        limit = _memory_held() + memory
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _prepare_for_many(memory: int) -> None:
    """Prepare for tasks that each need about as much memory as the one before: let the C library keep what
    they free. To get it from the system anew takes a tenth of their time (mallopt(3); glibc alone has it)."""
    _prepare(memory)
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        library.mallopt(_M_TRIM_THRESHOLD, 256 << 20)


def _memory_held() -> int:
    """Bytes that count towards the limit before anything is read: libraries reserve some a processor."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[5]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # not Linux
        return 0


def _end_with_parent() -> None:
    """A run that is killed cannot end its workers."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
