"""Real files, where ``GAOKU_SAMPLES`` names their folder: what a careful reader sees at once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from indexer.model import Report
from indexer.readers import read
from indexer.reports import understand


def reports_of(path: Path) -> tuple[Report, ...]:
    """The reports of a file, read as if its name said nothing."""
    return understand(read(path, path.read_bytes()), "文件")


def test_state_council_reports(samples: Path) -> None:
    """One report a file, of the year that the file's name says; each paragraph and heading once."""
    paths = sorted((samples / "samples" / "state-council-gb18030").glob("*.txt"))
    assert len(paths) == 22
    for path in paths:
        (report,) = reports_of(path)
        assert (path.stem, report.year) == (path.stem, int(path.stem))
        texts = Counter(t for s in report.sections for t in (s.heading or "", *s.paragraphs) if len(t) > 12)
        assert [t for t, count in texts.items() if count > 1] == []
        furniture = ("<U+00A0>", "当前位置", "字体：", "责任编辑", "<!--")
        assert [f for f in furniture for t in texts if f in t] == []


def test_provincial_reports(samples: Path) -> None:
    """One report a file, of 2025, looking back and planning for 2025, with headings on two levels."""
    paths = sorted((samples / "samples" / "provincial-2025").glob("*.docx"))
    assert len(paths) == 16
    looking_back_on_2024 = 0
    for path in paths:
        (report,) = reports_of(path)
        assert (path.name, report.year, report.plan_years, report.kind) == (
            path.name,
            2025,
            (2025,),
            "总结+计划",
        )
        assert max(s.level for s in report.sections) >= 2
        years = {(s.part, s.year) for s in report.sections}
        assert ("计划", 2025) in years
        assert any(part == "总结" for part, _ in years)
        looking_back_on_2024 += ("总结", 2024) in years
    assert looking_back_on_2024 >= len(paths) - 1  # one names no year in its headings


def test_seeds_hold_as_many_reports_as_a_reader_counts(samples: Path) -> None:
    counts = {p.name[:3]: len(reports_of(p)) for p in sorted((samples / "seeds").glob("*.txt"))}
    assert counts == {"000": 11, "001": 9, "002": 5, "003": 1, "004": 1}


@pytest.mark.parametrize("folder", ["seeds", "samples/state-council-gb18030"])
def test_no_replacement_character(samples: Path, folder: str) -> None:
    for path in sorted((samples / folder).glob("*.txt")):
        document = read(path, path.read_bytes())
        assert not any("\ufffd" in block.text for block in document.blocks)
