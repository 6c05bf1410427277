"""Whether files that were added were never read: the server ended before their run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from indexer import corpus, home
from indexer.errors import IndexStateError, NoIndexError
from indexer.model import FileEntry, Folder


def holds_unread(directory: Path, added: Path, exclude: Sequence[str]) -> bool:
    """Whether the folder ``added`` has a file that the index in ``directory`` has not read as it is now.

    Of a folder that the index does not have, only what came after the index last changed counts: it may have
    been taken out (``gaoku forget``). No file is opened. False, too, where the index cannot be used.
    """
    try:
        reader = home.open_reader(directory)
    except NoIndexError:
        return bool(corpus.walk(Folder("", str(added)), exclude).files)
    except IndexStateError:
        return False
    try:
        around = [folder for folder in reader.meta.folders if added.is_relative_to(folder.path)]
        if not around:
            changed = datetime.fromisoformat(reader.meta.updated.replace("Z", "+00:00")).timestamp()
            found = corpus.walk(Folder("", str(added)), exclude).files
            return any(_changed(file.path) > changed for file in found)
        nearest = max(around, key=lambda folder: len(folder.path))
        label = "/".join((nearest.label, *added.relative_to(nearest.path).parts))
        known = reader.files()
        found = corpus.walk(Folder(label, str(added)), exclude).files
        return any(not _is_read(known.get(file.file), file.path) for file in found)
    finally:
        reader.close()


def _changed(path: Path) -> int:
    """Seconds since 1970, whole ones as those of the index."""
    try:
        return int(path.lstat().st_mtime)
    except OSError:
        return 0


def _is_read(entry: FileEntry | None, path: Path) -> bool:
    try:
        now = path.stat()
    except OSError:
        return True  # gone since
    if entry is None:
        return False
    return entry.stamp is None or (entry.stamp.size, entry.stamp.mtime_ns) == (now.st_size, now.st_mtime_ns)
