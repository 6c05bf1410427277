"""The file that a report was read from, as it is on disk now: only what the index knows, as it knows it."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal

from indexer import corpus, readers
from indexer.errors import NotFoundError, UnreadableError
from indexer.library import Library
from indexer.model import FileEntry, Folder

#: The folder is not there; the file is not in it; it has another content; it cannot be read or taken out.
Why = Literal["offline", "gone", "changed", "closed"]

# What is unpacked may fill the memory, and the library behind PDF files does not bear two threads.
_unpacking = threading.Lock()


class OriginalError(UnreadableError):
    """A file that the index knows cannot be given. ``file``: it, or the one around it that is missing."""

    def __init__(self, why: Why, file: str) -> None:
        super().__init__(f"{file}: {why}")
        self.why = why
        self.file = file


@dataclass(frozen=True, slots=True)
class Original:
    """A file, opened at its beginning, with what the index knows of it. ``size`` in bytes."""

    entry: FileEntry
    stream: BinaryIO
    size: int


def open_original(library: Library, report: str) -> Original:
    """Open the file that a report stands in; one inside another file is taken out of it.

    What is given has the size and times, or the digest, with which the index read it: no other content of
    this machine can be had, whatever lies in its place by now. The caller closes the stream. Raises
    NotFoundError where there is no such report, OriginalError.
    """
    with library.reader() as reader:
        filed = reader.report(report)
        if filed is None:
            raise NotFoundError(f"no such report: {report}")
        chain = _chain(filed.file, reader.files())
        folders = reader.meta.folders
    outer = chain[0]
    stream = _opened(outer, folders)
    try:
        size = _checked(outer, stream)
        if len(chain) == 1:
            return Original(outer, stream, size)
        with _unpacking:
            data = _inside(chain, stream.read(corpus.MAX_BYTES))
    except OSError as error:
        stream.close()
        raise OriginalError("closed", outer.file) from error
    except BaseException:
        stream.close()
        raise
    stream.close()
    return Original(chain[-1], io.BytesIO(data), len(data))


def _chain(file: str, files: Mapping[str, FileEntry]) -> list[FileEntry]:
    """The files around a file, the outermost first, and itself at last."""
    steps = [n for n, character in enumerate(file) if character == "/"]
    return [files[place] for n in (*steps, len(file)) if (place := file[:n]) in files]


def _opened(entry: FileEntry, folders: Sequence[Folder]) -> BinaryIO:
    label, *parts = entry.file.split("/")
    folder = next((Path(f.path) for f in folders if f.label == label), None)
    if folder is None or not _is_there(folder):
        raise OriginalError("offline", entry.file)
    if not parts or not {"", ".", ".."}.isdisjoint(parts):
        raise OriginalError("gone", entry.file)
    try:
        path = folder.joinpath(*parts).resolve(strict=True)
        if not path.is_relative_to(folder.resolve()):
            raise OriginalError("gone", entry.file)
        return corpus.open_regular(path)
    except PermissionError as error:
        raise OriginalError("closed", entry.file) from error
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links; a name that no file has here
        raise OriginalError("gone", entry.file) from error
    except OriginalError:
        raise
    except UnreadableError as error:
        raise OriginalError("closed", entry.file) from error


def _is_there(folder: Path) -> bool:
    """Whether a folder is connected: where a network drive is not, an empty one may stand in its place."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def _checked(entry: FileEntry, stream: BinaryIO) -> int:
    """The size of a file that is as the index knows it."""
    stamp = corpus.stamp_of(stream.fileno(), time.time_ns())
    if not corpus.same_stamp(entry.stamp, stamp):
        if stamp.size > corpus.MAX_BYTES or corpus.digest_of_stream(stream) != entry.digest:
            raise OriginalError("changed", entry.file)
        stream.seek(0)
    return stamp.size


def _inside(chain: Sequence[FileEntry], data: bytes) -> bytes:
    """The content of the innermost file; ``data`` is that of the outermost, which the index has read."""
    for around, entry in pairwise(chain):
        name = entry.file.removeprefix(f"{around.file}/")
        try:
            found = readers.take(PurePosixPath(around.file), data, name)
        except (UnreadableError, MemoryError) as error:
            raise OriginalError("closed", entry.file) from error
        if found is None or corpus.digest_of_data(found) != entry.digest:
            raise OriginalError("closed", entry.file)
        data = found
    return data
