"""The reference engine, and a reader of it that is held a call at a time."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from indexer.engines.base import Reader
from indexer.engines.scan import ScanEngine
from indexer.held import HeldReader

from .conformance import EngineConformance


class TestScan(EngineConformance):
    @pytest.fixture
    def engine(self) -> ScanEngine:
        return ScanEngine()


class HeldEngine(ScanEngine):
    """Its readers are used by turns."""

    def reader(self, directory: Path) -> Reader:  # type: ignore[override]
        own = super().reader(directory)
        return HeldReader(lambda: nullcontext(own))


class TestHeld(EngineConformance):
    @pytest.fixture
    def engine(self) -> HeldEngine:
        return HeldEngine()
