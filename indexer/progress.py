"""How far a run is: a bar on a terminal, elsewhere a line now and then; or JSON, for who starts runs."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from tqdm import tqdm

from indexer.errors import GaokuError

_EVERY = 30.0  # seconds between two lines where there is no terminal
_EVERY_JSON = 0.1  # seconds between two JSON lines of one kind
_COLUMNS, _ROWS = 80, 24  # of a terminal that does not know its size: tqdm shows nothing there
_NAME = 40  # characters of a file's name that the bar shows


class Progress:
    """Tells on ``stream`` how far a run is, as a context manager; the bar is gone afterwards."""

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._now = stream, now
        self._said = now()
        columns, rows = _size(stream)
        self._bar = tqdm(
            desc="读取",
            unit=" 个文件",
            file=stream,
            disable=not stream.isatty(),
            leave=False,
            ncols=columns,
            nrows=rows,
        )
        self._done = self._total = 0
        self._waits = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def files(self, done: int, total: int, file: str) -> None:
        """So many files of so many are done, this one the last."""
        self._done, self._total = done, total
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        self._bar.set_postfix_str(file[-_NAME:], refresh=True)
        self._say(file)

    def pages(self, file: str, done: int, total: int) -> None:
        """So many pages of so many of a file are recognised."""
        self._bar.set_postfix_str(f"{file[-_NAME:]} 识别 {done}/{total} 页", refresh=True)
        self._say(f"{file}, {done} of {total} pages recognised")

    def waiting(self, waits: bool) -> None:
        """Another run writes to the index, and this one waits; or it no longer does."""
        if waits and not self._waits:
            tqdm.write("gaoku: another run is updating the index; waiting until it ends", file=self._stream)
            self._stream.flush()
        self._waits = waits

    def _say(self, what: str) -> None:
        if self._bar.disable and self._now() - self._said >= _EVERY:
            self._said = self._now()
            line = " ".join(what.split())
            self._stream.write(f"gaoku: {self._done} of {self._total} files; {line}\n")
            self._stream.flush()


class JsonProgress:
    """Writes on ``stream`` how far a run is, one JSON object a line, as a context manager. All is ASCII.

    ``{"event": "files", "done": 3, "total": 10, "file": "报告/甲.docx"}``: so many done, this the last;
    ``{"event": "pages", "done": 2, "total": 40, "file": …}``: of a scan that is recognised;
    ``{"event": "waiting", "over": false}``: for another run, told again every few seconds, until it is over;
    ``{"event": "comparing"}``: all files are read, texts are compared;
    ``{"event": "failed", "error": "LockedIndexError", "message": …}``: the run ends with this error.
    Of those that come quickly one after the other some are left out, never the last file.
    """

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._now = stream, now
        self._said: dict[str, float] = {}

    def __enter__(self) -> JsonProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, GaokuError):
            self._write({"event": "failed", "error": type(error).__name__, "message": str(error)})

    def files(self, done: int, total: int, file: str) -> None:
        """So many files of so many done, this the last; none of none, with a word: texts are compared."""
        if total:
            self._say("files", done, total, file)
        elif file:
            self._write({"event": "comparing"})

    def pages(self, file: str, done: int, total: int) -> None:
        """So many pages of so many of a file are recognised."""
        self._say("pages", done, total, file)

    def waiting(self, waits: bool) -> None:
        """Another run writes to the index, and this one waits; or it no longer does."""
        self._write({"event": "waiting", "over": not waits})

    def _say(self, event: str, done: int, total: int, file: str) -> None:
        now = self._now()
        if done == total or now - self._said.get(event, -_EVERY_JSON) >= _EVERY_JSON:
            self._said[event] = now
            self._write({"event": event, "done": done, "total": total, "file": file})

    def _write(self, line: dict[str, str | int]) -> None:
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()


def _size(stream: TextIO) -> tuple[int, int]:
    """Columns and rows of a terminal."""
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):  # no terminal
        return _COLUMNS, _ROWS
    return size.columns or _COLUMNS, size.lines or _ROWS
