"""What the load test asks: of an index of one's own, and nothing that is not there."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from benchmarks.load import Updates, grows, make_paths
from indexer import build
from indexer.settings import Settings
from webui import create_app

_TEXT = """澄川园区{year}年工作总结

一、招商引资

全年招商引资到位资金41亿元，新签约项目{year}个。

二、安全生产

安全生产形势平稳，隐患整改到位。
"""


def test_what_is_asked_is_there(tmp_path: Path) -> None:
    folder, index = tmp_path / "资料", tmp_path / "index"
    folder.mkdir()
    for year in (2019, 2020, 2021):
        (folder / f"{year}.txt").write_text(_TEXT.format(year=year), "utf-8")
    build.update(index, [folder], Settings())
    paths = make_paths(index, random.Random(1), 300)
    assert paths == make_paths(index, random.Random(1), 300)
    assert {path.split("?")[0].split("/")[1] for path in paths} == {
        *("", "api", "files", "preview", "report", "similar", "static", "templates")
    }
    client = create_app(index).test_client()
    for path in set(paths):
        assert client.get(path).status_code in (200, 302), path


@pytest.mark.parametrize(
    ("memory", "more"),
    [
        ([100.0] * 60, False),
        ([100.0 + n % 7 for n in range(60)], False),  # up and down
        ([300.0] * 20 + [310.0] * 20 + [325.0] * 20, False),  # less than a tenth
        ([50.0] * 20 + [60.0] * 20 + [65.0] * 20, False),  # little
        ([100.0 + n for n in range(60)], True),
        ([300.0] * 20 + [330.0] * 20 + [335.0] * 20, True),
        ([400.0] * 30 + [100.0] * 30, False),
        ([100.0, 200.0], True),
        ([], False),
    ],
)
def test_memory_that_grows(memory: list[float], more: bool) -> None:
    assert grows(memory) == more


class _Server:
    """Tells of runs that end at once, all of them in this state."""

    def __init__(self, state: str) -> None:
        self._state = state

    def start_run(self) -> None:
        pass

    def runs(self) -> dict[str, Any]:
        return {"busy": False, "last": {"state": self._state, "text": "读不了"}}


def _fail(turn: int) -> None:
    raise ConnectionError("gone")


@pytest.mark.parametrize(
    ("state", "change", "runs", "failed"),
    [
        ("done", print, 1, []),
        ("failed", print, 1, ["读不了"]),
        ("done", _fail, 0, ["ConnectionError('gone')"]),
    ],
)
def test_runs_that_were_none_are_not_good(state: str, change: Any, runs: int, failed: list[str]) -> None:
    updates = Updates(_Server(state), change)  # type: ignore[arg-type]
    assert not updates.good
    with updates:
        pass
    assert (len(updates.runs), updates.failed) == (runs, failed)
    assert updates.good == (runs > 0 and not failed)
