"""A bundle for this machine, really built, installed where there is no package index, and asked (minutes)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tarfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bundling.build import ROOT, build
from bundling.check import problems
from bundling.targets import PLATFORMS, PYTHONS, Target

HERE = Target(f"{sys.version_info[0]}.{sys.version_info[1]}", sysconfig.get_platform())

pytestmark = [
    pytest.mark.bundle,
    pytest.mark.skipif(os.name == "nt", reason="start.sh is not for Windows"),
    pytest.mark.skipif(
        HERE.python not in PYTHONS or HERE.platform not in PLATFORMS, reason=f"{HERE.name} is no target"
    ),
]

TEXT = "澄川经开区2023年度工作总结\n一、工作情况\n（一）加强安全生产工作。全年排查隐患368处，整改率100%。\n"
NOWHERE = "http://127.0.0.1:9/"
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
    "GAOKU_PYTHON": sys.executable,
    "PIP_INDEX_URL": NOWHERE,
    "PIP_EXTRA_INDEX_URL": NOWHERE,
    "http_proxy": NOWHERE,
    "https_proxy": NOWHERE,
}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that this machine's archive unpacks to."""
    folder = tmp_path_factory.mktemp("bundle")
    bundle, packed = build([HERE], [], folder / "dist", print)
    assert problems(bundle) == []
    place = folder / "新 电脑"
    with tarfile.open(packed) as archive:
        archive.extractall(place)
    (top,) = place.iterdir()
    return top


def start(unpacked: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [unpacked / "start.sh", *arguments],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        cwd="/",
        check=False,
        timeout=600,
    )


@contextmanager
def served(unpacked: Path, log: Path) -> Iterator[str]:
    """The address that ``start.sh serve`` answers at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(unpacked / "start.sh"), "serve", "--port", str(port)]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, env=ENVIRONMENT, cwd="/", stdout=out, stderr=out) as process,
    ):
        try:
            deadline = time.monotonic() + 120
            while not answers(port):
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < deadline, log.read_text("utf-8")
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def get(address: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=60) as answer:
        return str(answer.read().decode("utf-8"))


def own(name: str) -> str:
    """A file of the page, as the source has it."""
    return (ROOT / "webui/static" / name).read_text("utf-8")


def test_it_installs_without_an_index_and_serves(unpacked: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "总结.txt").write_text(TEXT, "utf-8")
    first = start(unpacked, "index", str(reports))
    assert first.returncode == 0, first.stderr
    assert "installing Gaoku" in first.stderr
    assert "1 added" in first.stdout

    log = tmp_path / "log"
    with served(unpacked, log) as address:
        pages = [path.name for path in (ROOT / "webui/static").iterdir() if path.is_file()]
        assert "gaoku.css" in pages
        for name in pages:  # all of the page's files are in the wheel
            assert get(f"{address}/static/{name}").strip() == own(name).strip()
        assert "<form" in get(f"{address}/")
        query = urllib.parse.quote("安全生产")
        page = get(f"{address}/?q={query}")
        assert "排查隐患368处" in page.replace("<mark>", "").replace("</mark>", "")
        assert json.loads(get(f"{address}/api/search?q={query}"))["total"] == 1
    assert "installing" not in log.read_text("utf-8")


def test_all_that_the_source_has_is_in_the_wheel(unpacked: Path) -> None:
    """Templates, styles and whatever else the packages read at run time."""
    (site,) = (unpacked / "venv/lib").glob("python*/site-packages")
    for package in ("indexer", "webui"):
        ours = {path.relative_to(ROOT) for path in (ROOT / package).rglob("*") if path.is_file()}
        ours = {path for path in ours if "__pycache__" not in path.parts}
        installed = {path.relative_to(site) for path in (site / package).rglob("*") if path.is_file()}
        assert ours - installed == set()


def test_another_bundle_over_it_installs_anew(unpacked: Path) -> None:
    lock = unpacked / "lock" / f"{HERE.name}.txt"
    before = lock.read_bytes()
    lock.write_bytes(b"# another\n" + before)
    try:
        assert "installing Gaoku" in start(unpacked, "--version").stderr
        assert start(unpacked, "--version").stderr == ""
    finally:
        lock.write_bytes(before)


def test_a_wheel_that_was_tampered_with_is_refused(unpacked: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(unpacked, copy, ignore=shutil.ignore_patterns("venv*"))
    (wheel,) = (copy / "wheels").glob("whoosh3-*.whl")
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    done = start(copy, "--version")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("gaoku: cannot be installed: ")
    assert "DO NOT MATCH THE HASHES" in (copy / "install.log").read_text("utf-8")
