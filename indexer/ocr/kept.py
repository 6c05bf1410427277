"""Recognised pages kept on disk: no page is read twice, and a stopped run goes on where it was."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import threading
import time
from collections.abc import Set
from contextlib import suppress
from pathlib import Path

from indexer.readers.layout import Page, Run

_DIGEST = re.compile(r"[0-9a-f]{8,128}", re.ASCII)
_MAX_FILE = 16 << 20  # bytes; a full page has less than a thousandth of it


class Kept:
    """The pages that lie in a folder, as ``<folder>/<digest>/<page>.json``.

    ``version`` is that of what recognises; pages of another are as good as none, and so are damaged ones.
    """

    def __init__(self, folder: Path, version: str) -> None:
        self._folder = folder
        self._version = version

    def load(self, digest: str, page: int) -> Page | None:
        """The page, counted from 0, of the file with this digest of its content; None if it is not kept."""
        try:
            with self._path(digest, page).open("rb") as stream:
                content = stream.read(_MAX_FILE)
            data = json.loads(content)
            if data["version"] != self._version or data["page"] != page:
                return None
            runs = tuple(_run(run) for run in data["runs"])
            return Page(_number(data["width"]), _number(data["height"]), runs)
        except (OSError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
            return None

    def save(self, digest: str, page: int, content: Page) -> None:
        """Keep a page, at once and whole. Raises OSError."""
        path = self._path(digest, page)
        data = {
            "version": self._version,
            "page": page,
            "width": content.width,
            "height": content.height,
            "runs": [[run.text, run.left, run.top, run.right, run.bottom] for run in content.runs],
        }
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_text(json.dumps(data), "ascii")
            temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def clean(self, there: Set[str], gone: Set[str], orphaned: float) -> None:
        """Remove the pages of files that are ``gone`` (digests), and those of files that are not ``there``
        and were not written to for ``orphaned`` seconds: until then a run that was stopped may go on."""
        with suppress(OSError):
            for folder in self._folder.iterdir():
                if not _DIGEST.fullmatch(folder.name) or folder.name in there:
                    continue
                if folder.name in gone or folder.stat().st_mtime < time.time() - orphaned:
                    shutil.rmtree(folder, ignore_errors=True)

    def _path(self, digest: str, page: int) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is no digest")
        return self._folder / digest / f"{page}.json"


def _run(data: object) -> Run:
    if not isinstance(data, list):
        raise TypeError(data)
    text, *sides = data
    if not isinstance(text, str) or len(sides) != 4:
        raise TypeError(data)
    return Run(text, *map(_number, sides))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError(value)
    return float(value)
