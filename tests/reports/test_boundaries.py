"""How many reports a file holds, and their titles: accuracy over a labelled table."""

from __future__ import annotations

import pytest

from indexer.model import Report
from indexer.readers import text
from indexer.reports import understand
from tests.reports.boundaries import FILES, NAME, File

FLOOR = 0.97


def reports_of(file: File) -> tuple[Report, ...]:
    return understand(text.read(file.text.encode()), NAME)


def squash(title: str) -> str:
    return "".join(title.split())


def miss(file: File) -> str | None:
    """What is wrong with the reports found; None if they are as labelled."""
    got = [squash(r.title) for r in reports_of(file)]
    wanted = [squash(title) for title in file.titles]
    return None if got == wanted else f"{file.name}: wanted {wanted}, got {got}"


def test_the_table_is_large_enough_and_has_both_kinds() -> None:
    assert len(FILES) >= 60
    assert sum(len(file.titles) == 1 for file in FILES) >= 20
    assert len({file.name for file in FILES}) == len(FILES)


def test_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [m for file in FILES if (m := miss(file))]
    counts = sum(len(reports_of(file)) != len(file.titles) for file in FILES)
    accuracy = 1 - len(wrong) / len(FILES)
    with capsys.disabled():
        print(f"\nboundaries: {len(FILES) - len(wrong)} of {len(FILES)} right ({accuracy:.1%})", end="")
        print(f", {counts} with a wrong number of reports")
        for what in wrong:
            print("  miss:", what)
    assert accuracy >= FLOOR, wrong


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_ordinals_count_from_one(file: File) -> None:
    reports = reports_of(file)
    assert [r.ordinal for r in reports] == list(range(1, len(reports) + 1))


def test_the_introduction_of_a_compilation_belongs_to_no_report() -> None:
    file = next(f for f in FILES if f.name == "an introduction before the marks")
    first, second = reports_of(file)
    assert "为了便于各单位交流学习，现将有关总结汇编如下。" in [r.text for r in first.removed]
    assert "园区总结汇编" in [r.text for r in first.removed]
    assert second.sections[0].paragraphs[0].startswith("2021年，在街道党工委的坚强领导下")
