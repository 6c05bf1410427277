"""The folder for added files: what is sent from elsewhere gets a safe name and a place of its own.

::

    uploads/
      2023年/总结.docx    files in their place: whole, and never put over another
      .incoming/          what is still coming in (incoming.py)
      .gaoku              by which the folder is known again (identity.py)
      .removed/           what was taken out again: see indexer/removed.py
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal, Protocol

from indexer import corpus, home, identity
from indexer.atomic import sync_folder
from indexer.errors import GaokuError, IndexStateError, UnreadableError, UsageError
from indexer.incoming import Incoming
from indexer.model import Folder
from indexer.settings import EXCLUDED, Settings

_MOST_BYTES = 200  # of one part of a name, in UTF-8: disks take 255
_MOST_PARTS = 16  # folders within folders, the file included; the last ones are kept
_LONGEST_SUFFIX = 40  # bytes, the dot included; more than that is no suffix
_MOST_NUMBER = 999  # files of one name
_CHUNK = 1 << 18
_LOOK_AT_DISK = 1 << 24  # bytes after which the room on disk is looked at again
_UNNAMED = "未命名"
_NOT_A_NAME = (errno.ENAMETOOLONG, errno.EILSEQ)
#: What people read for the folder of added files, whatever it is called on disk.
CALLED = "添加的文件"
_NOT_THERE = "添加的文件里没有它 (not among the added files)"
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))

_NOT_IN_NAMES = frozenset('<>:"|?*')  # on Windows
_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:(?=[/\\]|$)")


class UploadError(GaokuError):
    """A file is not taken, and nothing of it is kept; ``str(error)`` is the reason, without its name."""


class TooLargeError(UploadError):
    """It is larger than files may be."""


class BrokenUploadError(UploadError):
    """It did not come whole."""


class StorageError(UploadError):
    """The server cannot store it, whatever it is. ``detail``, for the log, names the folder and the error."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.detail = detail


class DiskFullError(StorageError):
    """There is no room for it."""


class UnreachableError(StorageError):
    """The folder for added files is not there now."""


class NotThereError(UploadError):
    """There is no such file among the added ones (any more)."""


class Source(Protocol):
    """What a file is read from; no bytes mean that it has ended."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a file that was sent.

    ``new``: it lies in the folder now. ``known``: the same content lay there under this name. ``ignored``:
    its name is one that the index passes over (``~$总结.docx``, ``Thumbs.db``); it was not read.
    """

    file: str  # below the folder, with "/"
    size: int  # bytes
    digest: str  # as corpus.digest_of; "" of one that was ignored
    state: Literal["new", "known", "ignored"]


def folder_for(directory: Path, settings: Settings) -> Path:
    """The uploads folder of the index in ``directory``; it need not be there.

    Raises UsageError where one lies in the other: who deletes an index must lose no file, and what is added
    must not get into an index. And where the settings lie in it: nobody is to add or take out users.json.
    """
    index = directory.resolve()
    folder = (settings.uploads or index.parent / "uploads").resolve()
    if folder.is_relative_to(index) or index.is_relative_to(folder):
        raise UsageError(f"GAOKU_UPLOADS ({folder}) and the index ({index}) must not lie in each other")
    if (inside := settings.settings.resolve()).is_relative_to(folder):
        raise UsageError(f"GAOKU_SETTINGS ({inside}) must not lie in GAOKU_UPLOADS ({folder})")
    return folder


def safe_name(name: str) -> str:
    """A name that was sent, with its folders, as a path below a folder; never empty.

    Each part is one that Linux, macOS and Windows take, that does not show as another, and that is at most
    200 bytes in UTF-8. What is safe already is not changed.
    """
    parts = re.split(r"[/\\]", _DRIVE.sub("", name, count=1))
    return "/".join([p for part in parts if (p := _safe_part(part))][-_MOST_PARTS:]) or _UNNAMED


def _safe_part(part: str) -> str:
    """One part of a name; nothing where nothing is left of it."""
    shown = "".join(_safe_character(c) for c in unicodedata.normalize("NFC", part))
    kept = fitted(_trimmed(unicodedata.normalize("NFC", shown)), "")
    # Windows takes CON .docx for the device, too.
    return fitted(f"_{kept}", "") if _RESERVED.fullmatch(kept.partition(".")[0].rstrip()) else kept


def _safe_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":  # turns the direction of what follows, or shows as nothing
        return ""
    return "_" if category in ("Cc", "Cs", "Zl", "Zp") or character in _NOT_IN_NAMES else character


def _trimmed(part: str) -> str:
    """Without the dots and spaces that hide a file, lead elsewhere or get lost on Windows."""
    first, end = 0, len(part)
    while first < end and (part[first] == "." or part[first].isspace()):
        first += 1
    while first < end and (part[end - 1] == "." or part[end - 1].isspace()):
        end -= 1
    return part[first:end]


def fitted(part: str, addition: str) -> str:
    """A part with an addition before its suffix, shortened before that to what a name may have."""
    stem, dot, suffix = part.rpartition(".")
    suffix = dot + suffix
    if not stem or len(_encoded(suffix)) > _LONGEST_SUFFIX:
        stem, suffix = part, ""
    room = _MOST_BYTES - len(_encoded(addition + suffix))
    if len(_encoded(stem)) > room:
        stem = _encoded(stem)[:room].decode("utf-8", "ignore")
        if not suffix or addition:
            stem = _trimmed(stem)
    return stem + addition + suffix


def _encoded(text: str) -> bytes:
    """As UTF-8; a name on disk may hold bytes that are no text."""
    return text.encode("utf-8", "surrogatepass")


class Inbox:
    """Takes files into a folder; for many threads at once. Nothing is made on disk before the first comes.

    ``limit``: bytes, the largest file that is taken. ``free``: bytes on disk that are left free. ``index``:
    the index folder that knows the folder again (identity.py); without it any folder is taken for the one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limit: int = corpus.MAX_BYTES,
        free: int = 0,
        exclude: Sequence[str] = EXCLUDED,
        index: Path | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.limit, self.free = min(limit, corpus.MAX_BYTES), free
        self._exclude = exclude
        self._index = index
        self._coming = Incoming(self.folder)

    @classmethod
    def of(cls, directory: Path, settings: Settings) -> Inbox:
        """The inbox beside the index in ``directory``. Raises UsageError."""
        return cls(
            folder_for(directory, settings),
            limit=settings.upload_size << 20,
            free=settings.upload_free << 20,
            exclude=settings.exclude,
            index=directory,
        )

    def receive(self, name: str, stream: Source, size: int | None = None) -> Received:
        """Take a file of this name; ``size``: its bytes, where they are known beforehand.

        Where another has its name it gets a number: ``总结 (2).docx``. Raises UploadError, or what reading
        the stream raises but OSError; then nothing of it is left.
        """
        safe = safe_name(name)
        if self._is_ignored(name) or self._is_ignored(safe):
            return Received(safe, 0, "", "ignored")
        if size is not None and size > self.limit:
            raise self._too_large()
        try:
            self.check_folder()
            self._check_room(size or 0)
            coming = self._incoming() / secrets.token_hex(16)
            try:
                length, digest = self._write(coming, stream)
                if size is not None and length != size:
                    raise BrokenUploadError("没有传完，请重新上传 (the upload broke off: send it again)")
                with self._placing():
                    file, new = self._place(coming, safe, length, digest)
            finally:
                coming.unlink(missing_ok=True)
        except OSError as error:
            if error.errno in _FULL:
                raise _full(str(error)) from error
            if error.errno in _NOT_A_NAME:
                raise UploadError("文件名太长或不能用，请改名 (the disk does not take this name)") from error
            raise _not_stored(error) from error
        return Received(file, length, digest, "new" if new else "known")

    def ignores(self, name: str) -> bool:
        """Whether the index passes over files of this name."""
        return self._is_ignored(name)

    def holds_files(self) -> bool:
        """Whether anything was ever added that is still there."""
        for _, names, files in os.walk(self.folder):
            if not all(map(self._is_ignored, files)):
                return True
            names[:] = [name for name in names if not self._is_ignored(name)]
        return False

    def prefix_in(self, folders: Iterable[Folder]) -> str:
        """What the names of added files begin with in an index of these folders; "" where it lacks theirs."""
        around = [folder for folder in folders if self.folder.is_relative_to(folder.path)]
        if not around:
            return ""
        nearest = max(around, key=lambda folder: len(folder.path))  # what lies in both is the inner one's
        return "/".join((nearest.label, *self.folder.relative_to(nearest.path).parts)) + "/"

    def shown_in(self, folders: Iterable[Folder]) -> Callable[[str], str]:
        """How people read the name that a file has in an index of these folders."""
        begins = self.prefix_in(folders)
        return lambda f: f"{CALLED}/{f[len(begins) :]}" if begins and f.startswith(begins) else f

    def sweep(self) -> int:
        """Clear away what came in to processes that are no more; how many files that were."""
        self._refuse_links([self._coming.folder])
        try:
            return self._coming.sweep()
        except OSError as error:
            raise UploadError(f"{self.folder} 无法打开 (cannot be opened): {error.strerror}") from error

    def close(self) -> None:
        """Leave nothing behind; the inbox can be used again."""
        self._coming.close()

    # -- coming in -------------------------------------------------------------------------------

    def _is_ignored(self, name: str) -> bool:
        parts = (p for p in re.split(r"[/\\]", name) if p not in ("", ".", ".."))
        return any(corpus.is_excluded(p, self._exclude) for p in parts)

    def _too_large(self) -> TooLargeError:
        most = megabytes(self.limit)
        return TooLargeError(f"文件超过 {most}，没有保存 (larger than {most}: not stored)")

    def check_folder(self) -> None:
        """Raises UnreachableError where the folder was there and is not, or another is in its place."""
        if self._index is None:
            return
        noted = identity.noted_mark(self._index, self.folder)
        try:
            mark = identity.mark_of(self.folder)
        except OSError:  # a network path that has gone stale
            mark = None
        if noted is None:
            away = mark is None and not self.holds_files() and self._is_in_index(self._index)
            way_out = f"gaoku forget {self.folder}"
        else:
            away, way_out = noted != mark, f"remove {self._index / identity.NOTE}"
        if away:
            raise UnreachableError(
                "存放添加文件的文件夹现在连不上，请告诉管理员 (the folder for added files is away)",
                f"{self.folder} is not the folder that files were added to: connect its drive; "
                f"where it is gone for good: {way_out}",
            )

    def _is_in_index(self, index: Path) -> bool:
        """Whether the index has files of the folder; also where it has the folder and cannot be read."""
        try:
            pointer = home.read_pointer(index)
            prefix = self.prefix_in(pointer.folders) if pointer else ""
            if not prefix:
                return False
            with closing(home.open_reader(index)) as reader:
                return any(file.startswith(prefix) for file in reader.files())
        except IndexStateError:
            return True

    def _check_room(self, size: int) -> None:
        there = next((at for at in (self.folder, *self.folder.parents) if at.exists()), None)
        if there is None:  # of a drive that is off not even the root
            raise _not_stored(FileNotFoundError(errno.ENOENT, "no such drive", str(self.folder)))
        if shutil.disk_usage(there).free - size < self.free:
            raise _full(f"less than {megabytes(self.free)} would be left free where {there} is")

    def _incoming(self) -> Path:
        """Where this inbox' files come in. The folder is made only where none was noted."""
        self._refuse_links([self._coming.folder])
        if self._index is None:
            self.folder.mkdir(parents=True, exist_ok=True)
        elif identity.noted_mark(self._index, self.folder) is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._placing():
                identity.note(self._index, self.folder)
        return self._coming.own()

    @contextmanager
    def _placing(self) -> Iterator[None]:
        """One at a time."""
        self._refuse_links([self._coming.folder])
        with self._coming.placing():
            yield

    def _write(self, coming: Path, stream: Source) -> tuple[int, str]:
        """Write a stream to a new file: its length and digest. Raises UploadError, OSError."""
        digest = hashlib.blake2b(digest_size=corpus.DIGEST)
        size = looked = 0
        with coming.open("xb") as file:
            while piece := _read(stream):
                size += len(piece)
                if size > self.limit:
                    raise self._too_large()
                if size - looked >= _LOOK_AT_DISK:
                    self._check_room(0)
                    looked = size
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        return size, digest.hexdigest()

    # -- its place -------------------------------------------------------------------------------

    def _place(self, coming: Path, safe: str, size: int, digest: str) -> tuple[str, bool]:
        """Put a file in its place: its path below the folder, and whether it is new."""
        *folders, last = safe.split("/")
        parent = self._made(folders)
        for n in range(1, _MOST_NUMBER + 1):
            name = last if n == 1 else fitted(last, f" ({n})")
            target = parent / name
            self._refuse_links([target])
            file = "/".join([*folders, name])
            if _moved(coming, target):
                sync_folder(parent)
                return file, True
            if _holds(target, size, digest):
                return file, False
        raise UploadError("同名文件太多，请改名 (too many files of this name: give it another)")

    def _made(self, folders: Iterable[str]) -> Path:
        """A folder within folders, made where it is not there. Raises UploadError where links lead away."""
        at = self.folder
        for name in folders:
            parent, at = at, at / name
            try:
                at.mkdir()
            except FileExistsError:
                self._refuse_links([at])
                if not at.is_dir():
                    raise UploadError(
                        f"已有名为“{name}”的文件，不能再作文件夹 (a file has the name of the folder)"
                    ) from None
            else:
                sync_folder(parent)
        return at

    def _refuse_links(self, paths: Iterable[Path]) -> None:
        for path in paths:
            # Resolved, too: Windows has links that is_symlink does not see.
            if path.is_symlink() or not path.resolve().is_relative_to(self.folder):
                raise UploadError(f"“{path.name}”是链接，不写入 (a link is in the way: not followed)")

    # -- out of its place, and back ----------------------------------------------------------------

    def status_of(self, file: str) -> os.stat_result:
        """Size and times of a file in its place. Raises NotThereError where it is none of this folder's.

        A path that leads elsewhere, a hidden name, a link on the way: all of them name no file.
        """
        at = self.folder
        try:
            for name in file.split("/"):
                at /= _own_part(name)
                status = at.lstat()  # before it is resolved: a name of a thousand parts ends where nothing is
                self._refuse_links([at])
        except (OSError, ValueError, UploadError) as error:  # ValueError: a name with a NUL in it
            raise NotThereError(_NOT_THERE) from error
        if not stat.S_ISREG(status.st_mode):
            raise NotThereError(_NOT_THERE)
        return status

    def move_out(self, file: str, target: Path) -> None:
        """Give a file a name that is free in a hidden folder of this one, instead of its own.

        One of two who do so at once gets NotThereError. Raises UploadError; then it is where it was.
        """
        self.status_of(file)
        path = self.folder / file
        self._refuse_links([target.parent])
        for folder in (target.parent, *target.parent.parents):  # they may be new, and are to outlast the move
            sync_folder(folder)
            if folder == self.folder:
                break
        try:
            path.rename(target)
        except FileNotFoundError as error:
            raise NotThereError(_NOT_THERE) from error
        except OSError as error:
            raise UploadError(f"无法移动 (cannot be moved): {error.strerror or error}") from error
        sync_folder(target.parent)
        sync_folder(path.parent)

    def move_in(self, path: Path, file: str) -> str:
        """Give a file of a hidden folder of this one its place, or a number where another has it by now.

        Its path below the folder. Raises NotThereError where there is no such file, UploadError; then it is
        where it was.
        """
        *folders, last = file.split("/")
        try:
            with self._placing():  # of two at once, where there are no links, one would take a number
                self._refuse_links([path])
                parent = self._made(folders)
                for n in range(1, _MOST_NUMBER + 1):
                    target = parent / (last if n == 1 else fitted(last, f" ({n})"))
                    self._refuse_links([target])
                    # The same already: whoever began to put it back was stopped, or does so now.
                    if _moved(path, target) or target.samefile(path):
                        sync_folder(parent)
                        path.unlink(missing_ok=True)  # its other name
                        sync_folder(path.parent)
                        return "/".join([*folders, target.name])
        except FileNotFoundError as error:
            raise NotThereError(_NOT_THERE) from error
        except OSError as error:
            raise UploadError(f"无法移动 (cannot be moved): {error.strerror or error}") from error
        raise UploadError("同名文件太多，请改名 (too many files of this name: give it another)")


def megabytes(size: int) -> str:
    """A size in bytes, as people say it."""
    return f"{size / (1 << 20):.4g} MB"


def _own_part(name: str) -> str:
    """One part of a path, as it is. Raises ValueError for one that leads elsewhere, or is hidden."""
    if not name or name.startswith(".") or PurePath(name).name != name or PurePath(name).drive:
        raise ValueError(name)
    return name


def _read(stream: Source) -> bytes:
    try:
        return stream.read(_CHUNK)
    except OSError as error:
        raise BrokenUploadError("传输中断，请重新上传 (the upload broke off: send it again)") from error


def _not_stored(error: OSError) -> StorageError:
    return StorageError(f"无法保存 (cannot be stored): {error.strerror or error}", str(error))


def _full(detail: str) -> DiskFullError:
    return DiskFullError("磁盘空间不足，没有保存 (the disk is full: not stored)", detail)


def _moved(coming: Path, target: Path) -> bool:
    """Give a file its name, at once and whole; False where that is taken. For one at a time."""
    try:
        os.link(coming, target)
    except FileExistsError:
        return False
    except (OSError, NotImplementedError, AttributeError):  # a file system without links
        if os.path.lexists(target):
            return False
        try:
            coming.rename(target)
        except FileExistsError:  # on Windows: another program's, made since
            return False
    return True


def _holds(path: Path, size: int, digest: str) -> bool:
    """Whether a file has this content."""
    try:
        if not path.is_file() or path.stat().st_size != size:
            return False
        with corpus.open_regular(path) as stream:
            return corpus.digest_of_stream(stream) == digest
    except (OSError, UnreadableError):
        return False
