"""An office to begin with, and what is read of it."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from indexer import corpus, readers, reading
from indexer.model import Document, Stamp
from indexer.workers import Workers
from tests.build.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def two(office: Office) -> Office:
    """An office with an index over two files."""
    office.write("报告/甲.txt", "招商引资成效明显。")
    office.write("报告/乙.txt", "项目建设扎实推进。")
    office.settle()
    office.run("报告")
    return office


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The names of the files that are opened and understood, as they are."""
    seen: dict[str, list[str]] = {"opened": [], "read": []}
    read_bytes, digest_of = corpus.read_bytes, corpus.digest_of

    def counting_bytes(path: Path) -> tuple[bytes, str]:
        seen["opened"].append(path.name)
        return read_bytes(path)

    def counting_digest(path: Path, stamp: Stamp) -> str:
        seen["opened"].append(path.name)
        return digest_of(path, stamp)

    def counting_read(path: PurePath, data: bytes) -> Document:
        seen["read"].append(path.name)
        return readers.read(path, data)

    monkeypatch.setattr(corpus, "read_bytes", counting_bytes)
    monkeypatch.setattr(corpus, "digest_of", counting_digest)
    monkeypatch.setattr(reading, "read", counting_read)
    return seen


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all files be read in this process: the tests are about what is written, and starting others takes
    longer than all the rest."""
    monkeypatch.setattr(Workers, "_is_little", lambda self, job: True)
