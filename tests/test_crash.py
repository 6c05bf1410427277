"""``kill -9`` at any moment leaves the earlier index answering, and the next run goes on from there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from indexer import as_json, build
from indexer.library import Library
from indexer.search import make_question, search
from indexer.settings import Settings

FILES = 120


def export(index: Path) -> list[str]:
    """The lines of ``gaoku export``."""
    library = Library(index)
    try:
        return [
            json.dumps(row, ensure_ascii=False)
            for filed in library.reports()
            for row in as_json.export_rows(filed)
        ]
    finally:
        library.close()


def total(index: Path, query: str) -> int:
    library = Library(index)
    try:
        return search(library, make_question(query)).total
    finally:
        library.close()


def fill(folder: Path, word: str, numbers: range) -> None:
    """Write a report with some sections for each number."""
    folder.mkdir(exist_ok=True)
    for n in numbers:
        sections = "".join(
            f"{mark}、第{n}号的{word}工作\n"
            f"{word}工作扎实推进，全年完成投资{n}亿元，签约项目{k}个，服务企业{n + k}家。\n"
            for k, mark in enumerate("一二三四")
        )
        (folder / f"{n:03}.txt").write_text(f"第{n}号园区2023年工作总结\n{sections}", "utf-8")


@dataclass(frozen=True)
class Scene:
    """An index over an earlier state of a folder, the folder as it is now, and what is to come of both."""

    folder: Path
    index: Path
    earlier: list[str]
    later: list[str]

    def copy(self, to: Path) -> Path:
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.index, to)
        return to


def make_scene(root: Path, files: int) -> Scene:
    """Half of the files are new since the index was built, a tenth are changed, some are gone or moved."""
    folder, index = root / "报告", root / "index"
    fill(folder, "旧词", range(files // 2))
    build.update(index, [folder], Settings())
    earlier = export(index)
    fill(folder, "新词", range(files // 2 - files // 10, files))
    (folder / "000.txt").unlink()
    (folder / "001.txt").rename(folder / "移走.txt")
    build.update(root / "fresh", [folder], Settings())
    return Scene(folder, index, earlier, export(root / "fresh"))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return make_scene(tmp_path_factory.mktemp("crash"), FILES)


def command(index: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "indexer", "index", "--index", str(index), *more]


@pytest.mark.service
@pytest.mark.parametrize("more", [(), ("--rebuild",)], ids=["update", "rebuild"])
def test_kill_at_any_moment(scene: Scene, tmp_path: Path, more: tuple[str, ...]) -> None:
    index = scene.copy(tmp_path / "whole")
    started = time.perf_counter()
    subprocess.run(command(index, *more), check=True, capture_output=True)
    length = time.perf_counter() - started
    assert export(index) == scene.later
    killed = 0
    for moment in (0.3, 0.5, 0.7, 0.9, 0.97):
        index = scene.copy(tmp_path / "killed")
        started = time.perf_counter()
        with subprocess.Popen(command(index, *more), stdout=subprocess.DEVNULL) as run:
            try:
                run.wait(length * moment)
                length = time.perf_counter() - started  # the machine is less busy than it was
            except subprocess.TimeoutExpired:
                run.kill()
                killed += 1
        state = export(index)
        assert state in (scene.earlier, scene.later)
        if run.returncode == 0:
            assert state == scene.later
        assert total(index, '"旧词工作扎实推进"') == sum("旧词工作扎实推进" in line for line in state) > 0
        assert Library(index).verify() == []
        build.update(index, [], Settings())
        assert export(index) == scene.later
    assert killed


def dies_at(step: int, index: Path, rebuild: bool) -> bool:
    """Update the index in a process that dies by SIGKILL right before the ``step``-th time that a file is put
    in place, written out or removed; False if it ends before."""
    child = os.fork()
    if child == 0:
        left = step

        def dying(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **kwargs: Any) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **kwargs)

            return call

        try:
            for name in ("rename", "replace", "remove", "unlink", "fsync", "rmdir"):
                setattr(os, name, dying(getattr(os, name)))
            build.update(index, [], Settings(), rebuild=rebuild)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    return status != 0


@pytest.mark.parametrize("rebuild", [False, True], ids=["update", "rebuild"])
def test_kill_at_each_step_of_the_commit(tmp_path: Path, rebuild: bool) -> None:
    """Timed kills seldom meet the few milliseconds in which files are put in place: these do."""
    scene = make_scene(tmp_path, 10)
    states: list[str] = []
    died = True
    while died:
        assert len(states) < 200
        index = scene.copy(tmp_path / "killed")
        died = dies_at(len(states) + 1, index, rebuild)
        state = export(index)
        assert state in (scene.earlier, scene.later), f"step {len(states) + 1}"
        states.append("earlier" if state == scene.earlier else "later")
        assert Library(index).verify() == [], f"step {len(states)}"
        build.update(index, [], Settings())
        assert export(index) == scene.later, f"step {len(states)}"
        assert len([p for p in index.iterdir() if p.is_dir()]) == 1, f"step {len(states)}"
    assert states == sorted(states)  # once it shows, it stays
    assert (states[0], states[-1]) == ("earlier", "later")
    assert len(states) > 5


def test_kill_a_first_run(scene: Scene, tmp_path: Path) -> None:
    index = tmp_path / "index"
    with subprocess.Popen(command(index, str(scene.folder)), stdout=subprocess.DEVNULL) as run:
        while not list(index.glob("whoosh-*")) and run.poll() is None:
            time.sleep(0.01)
        run.kill()
    assert run.returncode == -signal.SIGKILL
    answer = subprocess.run(
        [sys.executable, "-m", "indexer", "search", "招商", "--index", str(index)],
        capture_output=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (1, b"")
    assert b"there is no index" in answer.stderr
    build.update(index, [scene.folder], Settings())
    assert export(index) == scene.later
