"""The reference engine."""

from __future__ import annotations

import pytest

from indexer.engines.scan import ScanEngine

from .conformance import EngineConformance


class TestScan(EngineConformance):
    @pytest.fixture
    def engine(self) -> ScanEngine:
        return ScanEngine()
