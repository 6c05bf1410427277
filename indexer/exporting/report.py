"""A report as it is exported: its clean text, with what is to be known of it."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.model import Report
from indexer.ocr import NOTICE as OCR_NOTICE


@dataclass(frozen=True, slots=True)
class CleanReport:
    """A report, and how it is cited."""

    report: Report
    source: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands behind the text: the source, and what is said of the whole."""
        return (self.source, *([OCR_NOTICE.partition(" (")[0]] if self.report.ocr else []))
