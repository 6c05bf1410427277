"""Which folder is the one for added files: a mark in it, and a note of the mark in the index folder.

::

    uploads/.gaoku        the mark: 32 hex digits
    index/uploads.json    the note: {"folder", "mark"}

Where a network drive was mounted its absence leaves an empty folder behind, or none: without the mark that
was noted it is not the folder that files were added to.
"""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path

from indexer import atomic

MARK = ".gaoku"
NOTE = "uploads.json"
_DIGITS = re.compile(r"[0-9a-f]{32}")


def mark_of(folder: Path) -> str | None:
    """The mark in a folder; None where there is none, or no folder. Raises OSError."""
    try:
        with (folder / MARK).open("rb") as stream:
            mark = stream.read(100).decode("ascii", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return mark if _DIGITS.fullmatch(mark) else None


def noted_mark(index: Path, folder: Path) -> str | None:
    """The mark that a folder had; None where there is no note, or one of another folder. Raises OSError."""
    try:
        note = json.loads((index / NOTE).read_text("ascii"))
        return str(note["mark"]) if note["folder"] == str(folder) else None
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError, KeyError, RecursionError):
        return None


def note(index: Path, folder: Path) -> None:
    """Mark a folder that is there, where it has no mark, and note it. For one at a time. Raises OSError."""
    mark = mark_of(folder)
    if mark is None:
        mark = secrets.token_hex(16)
        with atomic.replacing(folder / MARK) as stream:
            stream.write(mark.encode())
    index.mkdir(parents=True, exist_ok=True)
    with atomic.replacing(index / NOTE) as stream:
        # ASCII: a folder's name may hold bytes that are no text.
        stream.write(json.dumps({"folder": str(folder), "mark": mark}).encode("ascii"))


def forget(index: Path) -> None:
    """Take the folder as it is, with the next file. Raises OSError."""
    (index / NOTE).unlink(missing_ok=True)
