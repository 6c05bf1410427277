"""Whether the index does not have added files as they are now: the server ended before their run."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime
from pathlib import Path

from indexer import corpus, home
from indexer.errors import IndexStateError, NoIndexError
from indexer.model import FileEntry, Folder


def holds_unread(directory: Path, added: Path, exclude: Sequence[str]) -> bool:
    """Whether the index in ``directory`` has yet to follow the folder ``added``, which can be reached.

    There is a file that :func:`count` counts, or the index has one that no longer lies there.
    """
    unread, gone = _left(directory, added, exclude)
    return unread > 0 or gone


def count(directory: Path, added: Path, exclude: Sequence[str]) -> int:
    """How many files of the folder ``added`` the index in ``directory`` has not read as they are now.

    Of a folder that the index does not have, only what came after the index last changed counts: it may have
    been taken out (``gaoku forget``). No file is opened. 0, too, where the index cannot be used.
    """
    return _left(directory, added, exclude)[0]


def _left(directory: Path, added: Path, exclude: Sequence[str]) -> tuple[int, bool]:
    """What :func:`count` counts, and whether the index has a file that is gone."""
    try:
        reader = home.open_reader(directory)
    except NoIndexError:
        return len(corpus.walk(Folder("", str(added)), exclude).files), False
    except IndexStateError:
        return 0, False
    try:
        around = [folder for folder in reader.meta.folders if added.is_relative_to(folder.path)]
        if not around:
            changed = datetime.fromisoformat(reader.meta.updated.replace("Z", "+00:00")).timestamp()
            found = corpus.walk(Folder("", str(added)), exclude).files
            return sum(_changed(file.path) > changed for file in found), False
        nearest = max(around, key=lambda folder: len(folder.path))
        label = "/".join((nearest.label, *added.relative_to(nearest.path).parts))
        known = reader.files()
        there = {file.file: file.path for file in corpus.walk(Folder(label, str(added)), exclude).files}
        unread = sum(not is_read(known.get(file), path) for file, path in there.items())
        return unread, any(file.startswith(f"{label}/") and not _lies_in(there, file) for file in known)
    finally:
        reader.close()


def _changed(path: Path) -> int:
    """Seconds since 1970, whole ones as those of the index."""
    try:
        return int(path.lstat().st_mtime)
    except OSError:
        return 0


def _lies_in(there: Container[str], file: str) -> bool:
    """Whether a file of the index is among these, or inside one of them."""
    while file and file not in there:
        file = file.rpartition("/")[0]
    return bool(file)


def is_read(entry: FileEntry | None, path: Path) -> bool:
    """Whether the index, which has this of a file, has read it as it is now."""
    if entry is None:
        return False
    try:
        now = path.stat()
    except OSError:
        return True  # gone since
    return entry.stamp is None or (entry.stamp.size, entry.stamp.mtime_ns) == (now.st_size, now.st_mtime_ns)
