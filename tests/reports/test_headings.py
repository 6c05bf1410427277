"""Which lines are headings, and which: accuracy over a labelled table."""

from __future__ import annotations

import pytest

from indexer.model import Report
from indexer.reports import understand
from tests.reports.headings import Example, Labelled, examples

FLOOR = 0.97

EXAMPLES = examples()


def squash(text: str) -> str:
    return "".join(text.split())


def misses(example: Example) -> list[str]:
    """What is not as labelled, a line for each labelled line."""
    reports = understand(example.document, "文件")
    sections = [s for r in reports for s in r.sections if s.heading]
    found = []
    at = 0
    for line in example.lines:
        if not line.counted:
            continue
        # Headings come in the order of the lines: each is looked for behind the one before it.
        begins = next(
            (n for n in range(at, len(sections)) if _begins_with(line, sections[n].heading or "")), None
        )
        got = None if begins is None else (squash(sections[begins].heading or ""), sections[begins].level)
        if begins is not None:
            at = begins + 1
        wanted = None if line.heading is None else (squash(line.heading), line.level or (got or ("", 0))[1])
        if got != wanted:
            found.append(f"{example.name}: {line.line[:40]} — wanted {wanted}, got {got}")
    return found


def _begins_with(line: Labelled, heading: str) -> bool:
    return squash(line.line).lstrip("#").startswith(squash(heading))


def counted() -> int:
    return sum(line.counted for example in EXAMPLES for line in example.lines)


def test_the_table_is_large_enough_and_has_both_kinds() -> None:
    lines = [line for example in EXAMPLES for line in example.lines if line.counted]
    assert len(lines) >= 90
    assert sum(line.heading is None for line in lines) >= 30


def test_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [miss for example in EXAMPLES for miss in misses(example)]
    accuracy = 1 - len(wrong) / counted()
    with capsys.disabled():
        print(f"\nheadings: {counted() - len(wrong)} of {counted()} right ({accuracy:.1%})")
        for miss in wrong:
            print("  miss:", miss)
    assert accuracy >= FLOOR, wrong


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_one_report(example: Example) -> None:
    assert len(understand(example.document, "文件")) == 1


def _of(name: str) -> Report:
    example = next(e for e in EXAMPLES if e.name == name)
    return understand(example.document, "文件")[0]


def test_the_colon_behind_a_heading_is_listed() -> None:
    report = _of("headings that end with a colon")
    assert [s.heading for s in report.sections if s.heading] == [
        "一、主要工作",
        "（一）党建工作",
        "（二）教学工作",
        "二、存在问题",
    ]
    assert "".join(r.text for r in report.removed).count("：") == 4


def test_the_rest_of_a_run_in_heading_is_its_text() -> None:
    report = _of("labels with a colon")
    assert [(s.heading, s.paragraphs) for s in report.sections if s.heading] == [
        ("1、经济运行：", ("全镇实现工业产值12.5亿元，同比增长6.8%，完成年度目标的53%。",)),
        ("2、项目建设：", ("在建项目9个，完成投资2.6亿元，其中新开工项目4个。",)),
        ("3、民生事业：", ("投入资金800万元，改造村卫生室12个，新修村道18公里。",)),
    ]
