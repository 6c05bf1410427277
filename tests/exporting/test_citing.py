"""Sources, as they stand under what is copied and exported."""

from __future__ import annotations

import pytest

from indexer.exporting import citing
from indexer.model import FiledReport, Report


@pytest.mark.parametrize(
    ("path", "unit", "year", "several", "cited"),
    [
        (
            ("一、甲", "（一）乙。"),
            "园区",
            2021,
            False,
            "——《年报》（园区，2021 年），一、甲 › （一）乙，甲.docx",
        ),
        (
            ("一、甲。", "（一）乙："),
            None,
            2021,
            True,
            "——《年报》（2021 年），一、甲 › （一）乙，甲.docx，第 2 篇",
        ),
        ((), None, None, False, "——《年报》，甲.docx"),
    ],
)
def test_sources(
    path: tuple[str, ...], unit: str | None, year: int | None, several: bool, cited: str
) -> None:
    filed = FiledReport("x", "甲.docx", Report(2, "年报", (), unit=unit, year=year))
    assert citing.source(filed, path, several) == cited
