"""Settings of all tests: Hypothesis runs the same examples every time, and no test depends on the clock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")


def pytest_xdist_auto_num_workers() -> int:
    """What ``-n auto`` stands for: one more than there are cores, for tests that wait leave one idle."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real reports from outside the project, where this machine has them."""
    folder = os.environ.get("GAOKU_SAMPLES")
    if not folder:
        pytest.skip("GAOKU_SAMPLES does not name a folder of sample reports")
    path = Path(folder)
    if not path.is_dir():
        pytest.skip(f"GAOKU_SAMPLES names {folder}, which is no folder")
    return path


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the settings folder of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAOKU_SETTINGS", str(tmp_path_factory.mktemp("settings")))
        yield
