"""The file that a report was read from, as it is on disk now: only what the index knows, as it knows it."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Literal

from indexer import corpus, readers
from indexer.errors import NotFoundError, UnreadableError
from indexer.library import Library
from indexer.model import FileEntry, Folder

#: The folder is not there; the file is not in it; it has another content; it cannot be read or taken out.
Why = Literal["offline", "gone", "changed", "closed"]

_HEAD = 1024  # bytes that tell what a file is
_IN_MEMORY = 8 << 20  # bytes of a file taken out of another, while it is sent; larger ones wait on disk

# What is unpacked may fill the memory while it is: a file and the one around it, twice.
_unpacking = threading.BoundedSemaphore(2)
# The library behind PDF files does not bear two threads.
_in_pdf = threading.Lock()


class OriginalError(UnreadableError):
    """A file that the index knows cannot be given. ``file``: it, or the one around it that is missing."""

    def __init__(self, why: Why, file: str) -> None:
        super().__init__(f"{file}: {why}")
        self.why = why
        self.file = file


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a file: a stream at its beginning, which the caller closes; its first bytes; its size."""

    stream: IO[bytes]
    head: bytes
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Original:
    """The file of a report, found as the index knows it; nothing is taken out yet of the file around it.

    ``chain``: the files around it, the outermost first, and itself at last. ``outer``: the outermost, opened.
    """

    report: str
    chain: tuple[FileEntry, ...]
    outer: BinaryIO

    @property
    def entry(self) -> FileEntry:
        """What the index knows of the file."""
        return self.chain[-1]

    @property
    def is_inside(self) -> bool:
        """Whether it is inside another file, to be taken out of it at some cost."""
        return len(self.chain) > 1

    def close(self) -> None:
        """Close the file where :meth:`content` is not wanted."""
        self.outer.close()

    def content(self) -> Content:
        """The file on disk itself; or what is taken out of it, little in memory, more in a temporary file.

        Raises OriginalError; everything is closed then.
        """
        stream: IO[bytes] = self.outer
        try:
            if self.is_inside:
                stream = self._taken_out()
            size = stream.seek(0, os.SEEK_END)
            stream.seek(0)
            head = stream.read(_HEAD)
            stream.seek(0)
        except (OSError, MemoryError) as error:
            self.close()
            stream.close()
            raise OriginalError("closed", self.entry.file) from error
        except BaseException:
            self.close()
            stream.close()
            raise
        return Content(stream, head, size)

    def _taken_out(self) -> IO[bytes]:
        with _unpacking:
            with self.outer:
                data = self.outer.read(corpus.MAX_BYTES)
            data = _inside(self.chain, data)
            stream = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - outlives this
            try:
                if len(data) > _IN_MEMORY:
                    stream.rollover()  # at once, or it would all be copied in memory first
                stream.write(data)
            except BaseException:
                stream.close()
                raise
        return stream


def open_original(library: Library, report: str) -> Original:
    """Open the file that a report stands in, or the one around it.

    What is given has the size and times, or the digest, with which the index read it: no other content of
    this machine can be had, whatever lies in its place by now. It is read only where size and times do not
    tell. The caller closes what is returned, or its content. Raises NotFoundError where there is no such
    report, OriginalError.
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
        _check(outer, stream)
    except OSError as error:
        stream.close()
        raise OriginalError("closed", outer.file) from error
    except BaseException:
        stream.close()
        raise
    return Original(report, chain, stream)


def _chain(file: str, files: Mapping[str, FileEntry]) -> tuple[FileEntry, ...]:
    """The files around a file, the outermost first, and itself at last."""
    steps = [n for n, character in enumerate(file) if character == "/"]
    return tuple(files[place] for n in (*steps, len(file)) if (place := file[:n]) in files)


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


def _check(entry: FileEntry, stream: BinaryIO) -> None:
    """Raise OriginalError where a file is not as the index knows it. Leaves it at its beginning."""
    stamp = corpus.stamp_of(stream.fileno(), time.time_ns())
    if corpus.same_stamp(entry.stamp, stamp):
        return
    # The size that goes with the digest is known, too: most that has changed need not be read.
    if entry.stamp is not None and entry.stamp.size != stamp.size:
        raise OriginalError("changed", entry.file)
    if stamp.size > corpus.MAX_BYTES or corpus.digest_of_stream(stream) != entry.digest:
        raise OriginalError("changed", entry.file)
    stream.seek(0)


def _inside(chain: Sequence[FileEntry], data: bytes) -> bytes:
    """The content of the innermost file; ``data`` is that of the outermost, which the index has read."""
    for around, entry in pairwise(chain):
        name = entry.file.removeprefix(f"{around.file}/")
        try:
            found = _member(PurePosixPath(around.file), data, name)
        except (UnreadableError, MemoryError) as error:
            raise OriginalError("closed", entry.file) from error
        if found is None or corpus.digest_of_data(found) != entry.digest:
            raise OriginalError("closed", entry.file)
        data = found
    return data


def _member(name: PurePosixPath, data: bytes, member: str) -> bytes | None:
    with _in_pdf if readers.choose(name, data).name == "pdf" else nullcontext():
        return readers.take(name, data, member)
