"""A place with files, an index over them, and what may go wrong with its disk."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indexer import corpus, home
from indexer.build import Progress, Summary, update
from indexer.errors import (
    UnreadableError,
)
from indexer.library import Library
from indexer.model import Folder, Stamp
from indexer.search import make_question, search
from indexer.settings import Settings


class Office:
    """A place with files, an index over them, and the settings."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.index = root / "index"
        self.settings = Settings(index=self.index, corpus=root / "corpus")

    def write(self, name: str, text: str) -> Path:
        """A report that says ``text``, at a path below the root."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.stem.split()[-1]}工作总结\n一、主要工作\n{text}\n", "utf-8", errors="replace")
        return path

    def settle(self) -> None:
        """Let so much time go by that stamps alone tell the files unchanged."""
        time.sleep(0.03)

    def run(
        self,
        *folders: str,
        rebuild: bool = False,
        progress: Progress = lambda done, total, file: None,
    ) -> Summary:
        paths = [self.root / f for f in folders]
        return update(self.index, paths, self.settings, rebuild=rebuild, progress=progress)

    def held(self) -> dict[str, str]:
        """The text of every file that the index holds."""
        library = Library(self.index)
        try:
            return {
                filed.file: "\n".join(p for s in filed.report.sections for p in s.paragraphs)
                for filed in library.reports()
            }
        finally:
            library.close()

    def ids(self) -> dict[str, str]:
        """The id of every report, by its file."""
        return {filed.file: filed.report_id for filed in Library(self.index).reports()}

    def total(self, query: str) -> int:
        return search(Library(self.index), make_question(query)).total

    def folders(self) -> tuple[Folder, ...]:
        pointer = home.read_pointer(self.index)
        assert pointer is not None
        assert pointer.folders == Library(self.index).status()[0].folders
        return pointer.folders


def unreadable(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let files of these names fail as those that another program has locked."""
    digest_of = corpus.digest_of

    def locked(path: Path, stamp: Stamp) -> str:
        if path.name in names:
            raise UnreadableError("没有读取权限")
        return digest_of(path, stamp)

    monkeypatch.setattr(corpus, "digest_of", locked)


def closed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let folders of this name refuse to be listed."""
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if not isinstance(path, int) and Path(path).name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)


def damage(office: Office) -> None:
    """Make the engine's files worthless."""
    for path in office.index.rglob("*.seg"):
        path.write_bytes(b"\0" * path.stat().st_size)


def outdate(office: Office) -> None:
    """Make the index one of an earlier version."""
    path = office.index / "gaoku.json"
    data = json.loads(path.read_text("utf-8"))
    data["analysis"]["analysis"] = "0"
    path.write_text(json.dumps(data), "utf-8")


def replace_seconds(summary: Summary) -> Summary:
    """The summary without what differs from run to run, and without the list of files."""
    return replace(summary, seconds=0.0, entries=[])
