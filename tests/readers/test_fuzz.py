"""A short run of tests/fuzz over every format, and that such a run finds what there is to find."""

from __future__ import annotations

import os
import signal
import time
from itertools import islice

import pytest

from indexer.readers import FORMATS
from tests.fuzz.cases import Case, Outcome, sources
from tests.fuzz.pool import endless, run

SEED = 6
CASES = 160  # of all formats together


def test_no_changed_file_does_harm() -> None:
    """Of doc only by hand: its library's first call may take seconds on a busy machine."""
    findings = run(islice(endless(sorted({*sources()} - {"doc"}), SEED), CASES))
    assert findings.cases == CASES
    assert [f"{case.name}: {what}" for case, what in findings.bad] == []


def test_every_format_that_is_read_is_tried() -> None:
    assert [f.name for f in FORMATS if f.name not in sources()] == []


@pytest.mark.parametrize("fmt", sorted(sources()))
def test_a_case_is_the_same_each_time_and_others_are_different(fmt: str) -> None:
    assert Case(fmt, 1, 2).made() == Case(fmt, 1, 2).made()
    assert len({Case(fmt, 1, n).made()[1] for n in range(5)}) > 1


def hostile(case: Case) -> Outcome:
    """A reader that dies of one case and hangs at another."""
    if case.number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    if case.number == 9:
        time.sleep(3600)
    return Outcome(bad="harm" if case.number == 12 else None)


def test_what_crashes_and_hangs_is_named() -> None:
    cases = [Case("text", 0, n) for n in range(14)]
    findings = run(cases, read=hostile, limit=0.5)
    assert findings.cases == 14
    assert [case.number for case, _ in findings.bad] == [5, 9, 12]
    assert "died" in findings.bad[0][1]
    assert "longer" in findings.bad[1][1]
