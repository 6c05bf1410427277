"""Reading many cases in processes of their own, so that one that crashes or hangs is found and named."""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import TimeoutError as FuturesTimeoutError
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from pebble import ProcessExpired, ProcessPool

from indexer.workers import Limits
from tests.fuzz.cases import Case, Outcome, outcome_of

LIMIT = 10.0  # seconds that one case may take
MEMORY = Limits().memory  # bytes that reading one may take
_BATCH = 16


@dataclass(slots=True)
class Findings:
    """``bad``: case and what it did; ``told``: exceptions told as damage, how often and a case of each."""

    cases: int = 0
    bad: list[tuple[Case, str]] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Case] = field(default_factory=dict)


def run(
    cases: Iterable[Case],
    until: float | None = None,
    read: Callable[[Case], Outcome] = outcome_of,
    limit: float = LIMIT,
    jobs: int | None = None,
) -> Findings:
    """Read the cases, or as many as there is time for until ``time.monotonic()`` is ``until``.

    ``jobs``: processes at once, by default as many as there are processors.
    """
    findings, rest = Findings(), iter(cases)
    jobs = jobs or os.cpu_count() or 1
    with ProcessPool(max_workers=jobs, initializer=_bounded) as pool:
        waiting: list[tuple[Any, tuple[Case, ...]]] = []
        while True:
            while len(waiting) < 2 * jobs and (until is None or time.monotonic() < until):
                batch = tuple(islice(rest, _BATCH))
                if not batch:
                    break
                # A batch takes a fraction of a second; one that takes longer is looked at case by case.
                waiting.append((pool.schedule(_all, (read, batch), timeout=limit + len(batch) / 4), batch))
            if not waiting:
                break
            future, batch = waiting.pop(0)
            try:
                _add(findings, zip(batch, future.result(), strict=True))
            except (ProcessExpired, FuturesTimeoutError):
                _add(findings, ((case, _alone(pool, read, case, limit)) for case in batch))
        pool.close()
        pool.join()
    return findings


def _all(read: Callable[[Case], Outcome], cases: Sequence[Case]) -> list[Outcome]:
    return [read(case) for case in cases]


def _alone(pool: Any, read: Callable[[Case], Outcome], case: Case, limit: float) -> Outcome:
    try:
        outcome: Outcome = pool.schedule(read, (case,), timeout=limit).result()
    except FuturesTimeoutError:
        return Outcome(bad=f"takes longer than {limit:g} s")
    except ProcessExpired as error:
        return Outcome(bad=f"the process died, exit code {error.exitcode}")
    return outcome


def _add(findings: Findings, outcomes: Iterable[tuple[Case, Outcome]]) -> None:
    for case, outcome in outcomes:
        findings.cases += 1
        if outcome.bad:
            findings.bad.append((case, outcome.bad))
        if outcome.told:
            findings.told[outcome.told] += 1
            findings.examples.setdefault(outcome.told, case)


def _bounded() -> None:
    """Hold this process to its memory, and its libraries' complaints off the screen."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        # Beyond what it has from the process that it was forked from, which may have run many tests.
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[5])
        most = MEMORY + pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def endless(formats: Sequence[str], seed: int) -> Iterator[Case]:
    """Cases of all formats in turn, without end."""
    number = 0
    while True:
        yield from (Case(fmt, seed, number) for fmt in formats)
        number += 1
