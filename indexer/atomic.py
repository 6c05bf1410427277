"""A file in its place whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_UNFINISHED = re.compile(r"\.gaoku-[0-9a-f]{16}\.part")
_LEFT = 3600.0  # seconds without a write from which an unfinished file is one of a process that was killed
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A new file, for writing and reading, that takes the place of ``path`` where all goes well.

    ``mode``: who may use it, less the process' umask. Until then it has a name of its own that nobody can
    have put anything at, and no link is followed: neither there nor at ``path``. Raises OSError.
    """
    _clear(path.parent)
    unfinished = path.with_name(f".gaoku-{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(unfinished, _NEW, mode), "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    except OSError as error:
        if error.filename == str(unfinished):  # a name that nobody knows
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder outlast a power failure, where the system can."""
    if os.name != "posix":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _clear(folder: Path) -> None:
    """Remove what processes that were killed left in a folder."""
    with suppress(OSError):
        for path in [p for p in folder.iterdir() if _UNFINISHED.fullmatch(p.name)]:
            with suppress(OSError):  # gone by now, or someone else's
                if path.lstat().st_mtime < time.time() - _LEFT:
                    path.unlink()
