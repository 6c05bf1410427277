"""Work in a process of its own, and the memory that it and its children take."""

from __future__ import annotations

import multiprocessing
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

_PAUSE = 0.2  # seconds between two looks
_SHARE = 0.05  # of the time that looking may take: a look at gigabytes takes tens of milliseconds
_MEMORY = re.compile(r"^(Pss|Pss_Anon|Pss_Shmem):\s+(\d+) kB", re.MULTILINE)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a process and all that descend from it, at most at any look.

    ``whole`` is the proportional set size (PSS): all that they have in memory, what they share counted once,
    pages of mapped files included. ``own`` leaves the files out, whose pages the system can take back.
    Both are 0 where there is no /proc that tells.
    """

    whole: int = 0
    own: int = 0

    def most(self, other: Memory) -> Memory:
        """The greater of each."""
        return Memory(max(self.whole, other.whole), max(self.own, other.own))


def apart(work: Callable[..., Result], *given: object) -> tuple[Result, Memory]:
    """What ``work`` returns in a new process (not a fork), and the memory it took.

    Raises SystemExit where the process ends without a result; it has said why by then.
    """
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sending, work, given))
    process.start()
    sending.close()
    assert process.pid is not None
    memory, pause = Memory(), _PAUSE
    try:
        while not receiving.poll(pause):
            started = time.perf_counter()
            memory = memory.most(held_by(process.pid))
            pause = max(_PAUSE, (time.perf_counter() - started) / _SHARE)
        result: Result = receiving.recv()
        process.join()
    except EOFError:
        process.join()
        raise SystemExit(f"{work.__name__}: its process ended with status {process.exitcode}") from None
    finally:
        process.kill()
        process.join()
    return result, memory


def held_by(process: int) -> Memory:
    """What a process and all that descend from it hold now."""
    memory = Memory()
    for number in descendants(process):
        with suppress(OSError):
            told = dict(_MEMORY.findall(Path(f"/proc/{number}/smaps_rollup").read_text("ascii")))
            size = {name: int(kilobytes) << 10 for name, kilobytes in told.items()}
            own = size.get("Pss_Anon", 0) + size.get("Pss_Shmem", 0)
            memory = Memory(memory.whole + size.get("Pss", 0), memory.own + own)
    return memory


def descendants(process: int) -> list[int]:
    """A process and all that descend from it."""
    found = [process]
    for number in found:  # which grows meanwhile
        for thread in Path(f"/proc/{number}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, thread.read_text("ascii").split())
    return found


def _send(sending: Connection, work: Callable[..., Any], given: tuple[object, ...]) -> None:
    sending.send(work(*given))
    sending.close()
