"""The files on disk: walk the folders, tell what is unchanged without reading, digest what is not."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from indexer.errors import NotFoundError, UnreadableError
from indexer.model import Folder, Stamp

MAX_BYTES = 512 * 1024 * 1024  # of a file that is read; larger ones are no reports
TOO_LARGE = "文件超过 512 MB，不读取 (larger than 512 MB: not read)"
DIGEST = 20  # bytes of the digest of a content
#: A file written so shortly before it is read that its times may not show a further change, in ns. Times of
#: whole seconds come from file systems that keep no finer ones.
_SETTLING = 20_000_000
_SETTLING_COARSE = 2_000_000_000


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file met on a walk. ``problem`` says why it can be no report, where that is known already."""

    file: str  # label and path below the folder, with "/"
    path: Path
    problem: str | None = None


@dataclass(slots=True)
class Walk:
    """What a walk through one folder met."""

    files: list[FoundFile] = field(default_factory=list)
    ignored: int = 0
    #: Prefixes of ``file`` below which nothing could be listed, with the reason.
    closed: dict[str, str] = field(default_factory=dict)


def walk(
    folder: Folder, exclude: Sequence[str], others: Iterable[Folder] = (), index: Path | None = None
) -> Walk:
    """List the files of a folder, sorted; links are not followed out of it.

    Folders of ``others`` that lie inside are left out: their files are theirs. So is the ``index`` itself.
    """
    result = Walk()
    root = Path(folder.path)
    inside = {Path(f.path) for f in others if f.path != folder.path}
    if index is not None:
        inside.add(index.resolve())
    real = root.resolve()
    left = [(root, folder.label)]
    while left:  # no recursion: folders may be nested deeper than that can go
        left += _listed(*left.pop(), real, exclude, inside, result)
    result.files.sort(key=lambda f: f.file)
    return result


def is_excluded(name: str, exclude: Sequence[str]) -> bool:
    """Whether a name matches one of the patterns that never name a report."""
    return any(fnmatch.fnmatch(name, pattern) for pattern in exclude)


def _listed(
    directory: Path, label: str, root: Path, exclude: Sequence[str], inside: set[Path], result: Walk
) -> Iterator[tuple[Path, str]]:
    """Put the files of one folder into ``result``; the folders in it that are to be listed, with labels."""
    try:
        with os.scandir(directory) as entries:
            found = list(entries)
    except OSError as error:
        result.closed[label + "/"] = f"文件夹无法打开 (folder cannot be opened): {error.strerror}"
        return
    for entry in found:
        name = f"{label}/{entry.name}"
        path = directory / entry.name
        if is_excluded(entry.name, exclude):
            result.ignored += 1
        elif entry.is_symlink() and not _within(path, root):
            reason = (
                "链接指向文件夹之外或已失效，不跟随 (a broken link, or one out of the folder: not followed)"
            )
            result.files.append(FoundFile(name, path, reason))
        elif entry.is_dir():
            # A linked folder lies inside the root and is met there.
            if not entry.is_symlink() and path not in inside:
                yield path, name
        elif entry.is_file():
            result.files.append(FoundFile(name, path))
        else:
            result.files.append(FoundFile(name, path, "不是普通文件 (not a regular file)"))


def _within(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def stamp_of(file: Path | int, now_ns: int) -> Stamp:
    """The stamp of a file, or of an open one by its descriptor, that is read at ``now_ns``.

    Raises UnreadableError.
    """
    try:
        status = os.fstat(file) if isinstance(file, int) else file.stat()
    except OSError as error:
        raise UnreadableError(_why(error)) from error
    newest = max(status.st_mtime_ns, status.st_ctime_ns)
    coarse = status.st_mtime_ns % 1_000_000_000 == 0
    settled = now_ns - newest > (_SETTLING_COARSE if coarse else _SETTLING)
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, settled)


def same_stamp(known: Stamp | None, now: Stamp) -> bool:
    """Whether the stamps alone say that the file has not changed since it was read."""
    return (
        known is not None
        and known.settled
        and (known.size, known.mtime_ns, known.ctime_ns) == (now.size, now.mtime_ns, now.ctime_ns)
    )


def read_bytes(path: Path) -> tuple[bytes, str]:
    """The content of a regular file and its digest. Raises UnreadableError."""
    with _opened(path) as stream:
        # No more than is there: memory for all that is asked for is taken beforehand.
        data = stream.read(min(os.fstat(stream.fileno()).st_size, MAX_BYTES) + 1)
    if len(data) > MAX_BYTES:
        raise UnreadableError(TOO_LARGE)
    return data, digest_of_data(data)


def digest_of_data(data: bytes) -> str:
    """The digest of a content."""
    return hashlib.blake2b(data, digest_size=DIGEST).hexdigest()


def digest_of(path: Path, stamp: Stamp) -> str:
    """The digest of a file, read piece by piece. Raises UnreadableError, at once if it is too large."""
    if stamp.size > MAX_BYTES:
        raise UnreadableError(TOO_LARGE)
    with _opened(path) as stream:
        return digest_of_stream(stream)


def digest_of_stream(stream: BinaryIO) -> str:
    """The digest of an open file from here to its end, read piece by piece. Raises OSError."""
    digest = hashlib.blake2b(digest_size=DIGEST)
    while chunk := stream.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def open_regular(path: Path) -> BinaryIO:
    """A regular file, opened for reading. Raises OSError, UnreadableError where it is none."""
    # O_NONBLOCK: a FIFO put in the file's place since the walk must not hang the run.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnreadableError("不是普通文件 (not a regular file)")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file, opened for reading; its errors become UnreadableError."""
    try:
        with open_regular(path) as stream:
            yield stream
    except OSError as error:
        raise UnreadableError(_why(error)) from error


def _why(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "没有读取权限，或正被其他程序占用 (no permission to read, or in use by another program)"
    if isinstance(error, FileNotFoundError):
        return "读取时文件已不在 (gone while being read)"
    return f"无法读取 (cannot be read): {error.strerror}"


def resolve_folder(path: Path) -> Path:
    """The absolute path of a folder that is there. Raises NotFoundError."""
    if not path.exists():
        raise NotFoundError(f"folder not found: {path} — check the path, or connect the drive")
    if not path.is_dir():
        raise NotFoundError(f"not a folder: {path} — give the folder that holds the file")
    return path.resolve()


def label_for(path: Path, taken: Iterable[str]) -> str:
    """The label of a new folder: its name, with a number where another folder has it already."""
    name = path.name or "root"
    used = set(taken)
    label, n = name, 1
    while label in used:
        n += 1
        label = f"{name}-{n}"
    return label
