"""``python -m tests.fuzz [--format NAME] [--seconds N] [--seed S] [--jobs N]``: look for files that do harm.

Ends with status 1 where something was found. ``--case NAME`` reads one again, in this process, and with
``--save FILE`` writes it down.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.fuzz.cases import Case, outcome_of, sources
from tests.fuzz.pool import endless, run


def main() -> int:
    """Run what the command line says; returns the exit status."""
    arguments = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Mutation fuzzing of readers."
    )
    arguments.add_argument("--format", action="append", choices=sorted(sources()), help="default: all")
    arguments.add_argument("--seconds", type=float, default=60.0, help="for each format (default 60)")
    arguments.add_argument("--seed", type=int, default=int(time.time()), help="default: another each time")
    arguments.add_argument("--jobs", type=int, help="processes at once (default: as many as processors)")
    arguments.add_argument("--case", metavar="NAME", help="read this one again: format:seed:number")
    arguments.add_argument("--save", type=Path, metavar="FILE", help="write the file of --case")
    given = arguments.parse_args()
    if given.case:
        fmt, seed, number = given.case.split(":")
        case = Case(fmt, int(seed), int(number))
        if given.save:
            given.save.write_bytes(case.made()[1])
        print(outcome_of(case))
        return 0
    found = False
    for fmt in given.format or sorted(sources()):
        findings = run(endless([fmt], given.seed), until=time.monotonic() + given.seconds, jobs=given.jobs)
        found = found or bool(findings.bad)
        print(
            f"{fmt}: {findings.cases:,} cases of seed {given.seed}, {len(findings.bad)} uncaught", flush=True
        )
        for case, what in findings.bad[:20]:
            print(f"  UNCAUGHT {case.name}  {what}")
        for what, times in findings.told.most_common(20):
            print(f"  told as damage: {what}, {times} times, as {findings.examples[what].name}")
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
