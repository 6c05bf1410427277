"""Everything that one would miss, in one file, and back from it.

::

    FILE (tar.gz)
      gaoku-backup.json   {"format", "gaoku", "made"}: first, so that what cannot be read is told at once
      index/              gaoku.json, the engine's folder that it names, families, shingles, recognised pages
      settings/           dictionary.txt, synonyms.txt, users.json, as far as they are there
      uploads/            the files that were added on the page
      checksums.json      {name: SHA-256} of all the others: last, so that a file cut short has none

A backup holds the index's lock: it is of one commit, and waits for a run that goes on, or is refused. The
folders that the index was read from are not in it; neither are the key of the sessions and the audit log.

Restoring trusts nothing: all is unpacked into the index's scratch folder, checked there, and only then put in
its place: files added on the page and words first, the index last, as a rebuild does it (a new engine folder
that gaoku.json turns to, renamed at once). Killed before that, the earlier index answers. Users come back
with the passwords that they had, and with no session that they had: all log-ins end. A backup without
users leaves those who are there, and their sessions, as they are.
"""

from __future__ import annotations

import filecmp
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any, cast

from indexer import __version__, home, identity
from indexer.atomic import replacing, sync_folder
from indexer.audit import Audit
from indexer.errors import GaokuError, NoIndexError, UsageError
from indexer.incoming import INCOMING, Incoming
from indexer.lexicon import DICTIONARY, SYNONYMS
from indexer.uploads import fitted
from indexer.users import USERS, User, Users, clean_name, locked, users_in, write_private

FORMAT = 1
HEADER = "gaoku-backup.json"
CHECKSUMS = "checksums.json"

_SETTINGS = (DICTIONARY, SYNONYMS, USERS)
_INDEX_FILE = re.compile(
    r"gaoku\.json|families\.npz|shingles\.npz|[a-z]+-[0-9]+(/[^/]+)+|ocr(/[^/]+)+", re.ASCII
)
_POINTER = "gaoku.json"
_OF_THIS_FOLDER = (INCOMING, identity.MARK)  # of the uploads folder: what is none of its files
_LEVEL = 6  # of gzip
_CHUNK = 1 << 20
_MOST_HEADER = 1 << 16  # bytes: of a header in the archive, whose longest part is a name, and of ours
_UNREADABLE = (
    tarfile.TarError,
    gzip.BadGzipFile,
    EOFError,
    zlib.error,
    ValueError,
    OverflowError,
    RecursionError,  # a header before a header before a header
)


@dataclass(frozen=True, slots=True)
class Places:
    """The folders that a backup is made of."""

    index: Path
    settings: Path
    uploads: Path


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: when it was saved (ISO 8601, UTC), how many files it held, and what to know."""

    made: str
    files: int
    warnings: tuple[str, ...] = ()


def back_up(file: Path, places: Places, wait: float = 0.0) -> int:
    """Write a backup to ``file``, which shows when it is whole; an earlier one is replaced.

    Returns the number of files in it. Raises NoIndexError, CorruptIndexError, LockedIndexError where a run
    that goes on has not ended after ``wait`` seconds, GaokuError where ``file`` lies in a folder that is
    saved, is not there or is no regular file, and OSError.
    """
    if not file.absolute().parent.is_dir():
        raise GaokuError(f"there is no folder {file.parent}; make it first, or choose another")
    _require_outside(file, places)
    if file.exists() and not file.is_file():  # a device would no longer be one
        raise GaokuError(f"{file} is no regular file; choose another name")
    if home.read_pointer(places.index) is None:
        raise NoIndexError(f"there is no index in {places.index} yet; build one with: gaoku index PATH")
    with home.writing(places.index, wait):
        pointer = home.read_pointer(places.index)
        if pointer is None:
            raise NoIndexError(f"there is no index in {places.index} any more")
        _require_readable(places.index / pointer.current, pointer)
        # Not for everyone to read: there are passwords in it, if only as hashes.
        with replacing(file, 0o600) as stream:
            count = _write(stream, places, pointer)
    Audit(places.settings).write("backup", file=str(file), files=count)
    return count


def _require_outside(file: Path, places: Places) -> None:
    target = file.absolute().parent.resolve()
    for folder in (places.index, places.settings, places.uploads):
        if target == folder.resolve() or folder.resolve() in target.parents:
            raise GaokuError(f"{file} would lie in {folder}, which is saved itself; choose another folder")


def _require_readable(folder: Path, pointer: home.Pointer) -> None:
    """Raises CorruptIndexError. One of another version is not judged: only that version can read it."""
    engine = home.ENGINES.get(pointer.engine)
    if engine is not None and pointer.analysis == home.versions(engine):
        engine.reader(folder).close()


def _write(stream: IO[bytes], places: Places, pointer: home.Pointer) -> int:
    made = datetime.now(timezone.utc).isoformat(timespec="seconds")
    sums: dict[str, str] = {}
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=_LEVEL) as archive:
        header = {"format": FORMAT, "gaoku": __version__, "made": made}
        sums[HEADER] = _add_record(archive, HEADER, header)
        for name, path in _sources(places, pointer):
            sums[name] = _add(archive, name, path)
        # Files are added, taken out and put back meanwhile: who is gone from one place is in another.
        while unseen := [(name, path) for name, path in _added(places.uploads) if name not in sums]:
            for name, path in unseen:
                with suppress(FileNotFoundError):
                    sums[name] = _add(archive, name, path)
        _add_record(archive, CHECKSUMS, sums)
    return len(sums) - 1


def _sources(places: Places, pointer: home.Pointer) -> Iterator[tuple[str, Path]]:
    """Each file with its name in the archive, but for those that were added on the page."""
    index = places.index
    yield f"index/{_POINTER}", index / _POINTER
    for name in (home.FAMILIES, home.SHINGLES):
        if (index / name).is_file():
            yield f"index/{name}", index / name
    for name in (pointer.current, home.OCR):
        for inner, path in _walk(index / name):
            yield f"index/{name}/{inner}", path
    for name in _SETTINGS:
        if (places.settings / name).is_file():
            yield f"settings/{name}", places.settings / name


def _added(uploads: Path) -> Iterator[tuple[str, Path]]:
    """Each file that was added on the page, taken out again or not, with its name in the archive."""
    for inner, path in _walk(uploads, without=_OF_THIS_FOLDER):
        yield f"uploads/{inner}", path


def _walk(top: Path, without: Collection[str] = ()) -> Iterator[tuple[str, Path]]:
    """The regular files below a folder, in order; no link is followed. ``without``: names in it itself."""
    for folder, names, files in os.walk(top):
        here = Path(folder)
        left_out = without if here == top else ()
        names[:] = sorted(n for n in names if n not in left_out)
        for file in sorted(f for f in files if f not in left_out):
            path = here / file
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(top).as_posix(), path


def _add_record(archive: tarfile.TarFile, name: str, data: dict[str, Any]) -> str:
    content = json.dumps(data, indent=1).encode("ascii")  # names may hold bytes that are no text
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
    return hashlib.sha256(content).hexdigest()


def _add(archive: tarfile.TarFile, name: str, path: Path) -> str:
    """Add a file; its SHA-256. No more is said of it than its size and its time."""
    member = tarfile.TarInfo(name)
    with path.open("rb") as source:
        status = os.fstat(source.fileno())
        member.size, member.mtime = status.st_size, status.st_mtime
        hashing = _Hashing(source)
        archive.addfile(member, hashing)
    return hashing.sum.hexdigest()


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.sum.update(data)
        return data


def restore(file: Path, places: Places, *, force: bool = False) -> Restored:
    """Put back what a backup holds. What is there already and is other than in the backup is replaced only
    with ``force``; files that were added on the page are then kept under another name.

    Raises GaokuError, with everything as it was, where the backup is damaged, hostile or of a later format,
    where something would be replaced, and while a run goes on; and OSError.
    """
    with _opened(file) as stream, home.writing(places.index):
        stage = places.index / home.SCRATCH / "restore"  # cleared with the lock, and by the next run
        stage.mkdir(parents=True)
        header = _unpack(stream, stage, file)
        pointer = home.read_pointer(stage / "index")
        if pointer is None or not (stage / "index" / pointer.current).is_dir():
            raise _damaged(file, "it holds no index")
        if pointer.engine not in home.ENGINES:
            raise GaokuError(
                f"{file} holds an index of the engine {pointer.engine!r}, not known to this version"
            )
        _require_readable(stage / "index" / pointer.current, pointer)
        moves = _moves(stage, places)
        if not force:
            _require_nothing_there(places, moves)
        audit = Audit(places.settings)
        audit.write("restore", file=str(file), made=header["made"], files=header["files"])
        warnings: list[str] = []
        with closing(Incoming(places.uploads)) as incoming:
            for move in moves:
                warnings += move.carry_out(incoming, audit)
        if any(isinstance(move, _AddedFile) for move in moves):
            identity.forget(places.index)  # what is there now is the folder for added files
        _put_index(stage / "index", places.index, pointer)
        if pointer.analysis != home.versions(home.ENGINES[pointer.engine]):
            warnings.append(
                "the index was built by another version of Gaoku; build it again with: gaoku index --rebuild"
            )
        return Restored(header["made"], header["files"], tuple(warnings))


def _opened(file: Path) -> IO[bytes]:
    try:
        return file.open("rb")
    except FileNotFoundError:
        raise GaokuError(f"there is no file {file}") from None


def _damaged(file: Path, why: str) -> GaokuError:
    return GaokuError(f"{file} is no whole backup ({why}); nothing was changed; take another backup")


def _unpack(stream: IO[bytes], stage: Path, file: Path) -> dict[str, Any]:
    """Unpack into an empty folder and check all of it: the header, with the number of ``files``."""
    try:
        with gzip.GzipFile(fileobj=stream) as unzipped:
            metered = _Metered(unzipped)
            with tarfile.open(fileobj=cast(IO[bytes], metered), mode="r:") as archive:
                return _unpack_members(archive, _members(archive, metered), stage, file)
    except _UNREADABLE as error:
        raise _damaged(file, str(error) or type(error).__name__) from error


class _Metered:
    """An archive of which no more than ``left`` bytes can be read; None: all. ``tarfile`` holds in memory
    whatever a header says belongs to it, and zeros are zipped a thousand to one."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream
        self.left: int | None = _MOST_HEADER
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, size: int = -1) -> bytes:
        if self.left is not None:
            self.left -= size
            if size < 0 or self.left < 0:
                raise ValueError("a header is too large")
        return self._stream.read(size)


def _members(archive: tarfile.TarFile, metered: _Metered) -> Iterator[tarfile.TarInfo]:
    """The members, of which each header is small."""
    while (member := archive.next()) is not None:
        if archive.pax_headers:  # of all members; they are kept, and ours has none
            raise ValueError("it has a global header")
        metered.left = None
        yield member
        metered.left = _MOST_HEADER


def _unpack_members(
    archive: tarfile.TarFile, members: Iterator[tarfile.TarInfo], stage: Path, file: Path
) -> dict[str, Any]:
    sums: dict[str, str] = {}
    header: dict[str, Any] | None = None
    for member in members:
        if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.sparse is not None:
            raise _damaged(file, f"{member.name!r} is not a plain file")
        if header is None:
            if member.name != HEADER:
                raise _damaged(file, f"it does not begin with {HEADER}")
            header, sums[HEADER] = _record(archive, member, _MOST_HEADER)
            _require_format(header, file)
        elif member.name == CHECKSUMS:
            recorded, _ = _record(archive, member, sum(12 * len(name) + 100 for name in sums) + 100)
            if recorded != sums:
                wrong = sorted(n for n in {*recorded, *sums} if recorded.get(n) != sums.get(n))
                raise _damaged(file, f"{', '.join(map(repr, wrong[:3]))} not as saved")
            if next(members, None) is not None:
                raise _damaged(file, "something stands behind its end")
            return {**header, "files": len(sums) - 1}
        else:
            if member.name in sums:
                raise _damaged(file, f"{member.name!r} is there twice")
            sums[member.name] = _unpack_file(archive, member, stage, file)
    raise _damaged(file, "its end is missing")


def _record(archive: tarfile.TarFile, member: tarfile.TarInfo, most: int) -> tuple[dict[str, Any], str]:
    """One of our own records, of ``most`` bytes, and its SHA-256. Raises ValueError."""
    if member.size > most:
        raise ValueError(f"{member.name} is too large")
    content = _content(archive, member).read()
    try:
        data = json.loads(content)
    except RecursionError:
        raise ValueError(f"{member.name} is nested too deeply") from None
    if not isinstance(data, dict):
        raise ValueError(f"{member.name} is no record")  # noqa: TRY004 - the file is wrong, not the program
    return data, hashlib.sha256(content).hexdigest()


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    if content is None:
        raise ValueError(f"{member.name!r} is not a plain file")
    return content


def _require_format(header: dict[str, Any], file: Path) -> None:
    version = header.get("format")
    if not isinstance(version, int) or not isinstance(header.get("made"), str):
        raise _damaged(file, f"{HEADER} is not one of Gaoku's")
    if version != FORMAT:
        raise GaokuError(
            f"{file} is a backup of format {version}, made by Gaoku {header.get('gaoku')}; "
            f"this version reads format {FORMAT}: restore it with that version"
        )


def _unpack_file(archive: tarfile.TarFile, member: tarfile.TarInfo, stage: Path, file: Path) -> str:
    """Its SHA-256."""
    if not _is_ours(member.name):
        raise _damaged(file, f"{member.name!r} does not belong into a backup")
    if member.size > shutil.disk_usage(stage).free:
        raise GaokuError(f"there is no room for {member.name!r} on the disk of {stage}; nothing was changed")
    path = stage / member.name
    content = _content(archive, member)
    digest = hashlib.sha256()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as target:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise _damaged(file, f"{member.name!r} stands where another file does") from error
    if path.stat().st_size != member.size:
        raise _damaged(file, f"{member.name!r} is cut short")
    if member.name.startswith("uploads/"):  # what changed since is told by times
        os.utime(path, (member.mtime, member.mtime))
    return digest.hexdigest()


def _is_ours(name: str) -> bool:
    """Whether a file of a backup may have this name, which leads nowhere else on any system."""
    top, *parts = name.split("/")
    if not parts or any(part in ("", ".", "..") or "\0" in part for part in parts):
        return False
    if os.name == "nt" and any(re.search(r'[\\:<>"|?*\x00-\x1f]|[. ]$', part) for part in parts):
        return False
    inner = "/".join(parts)
    if top == "index":
        return _INDEX_FILE.fullmatch(inner) is not None
    return inner in _SETTINGS if top == "settings" else top == "uploads" and parts[0] not in _OF_THIS_FOLDER


@dataclass(frozen=True, slots=True)
class _Move(ABC):
    """A file that is put in its place."""

    staged: Path
    target: Path

    def clashes(self) -> bool:
        """Whether there is another file in the place."""
        return self.target.exists() and not self._is_there()

    def _is_there(self) -> bool:
        return filecmp.cmp(self.staged, self.target, shallow=False)

    @abstractmethod
    def carry_out(self, incoming: Incoming, audit: Audit) -> list[str]:
        """Put it there; what to know of it."""


class _AddedFile(_Move):
    """Of the page. What is in its place now is kept under another name."""

    def carry_out(self, incoming: Incoming, audit: Audit) -> list[str]:
        if self.target.exists() and not self.clashes():
            return []
        self.target.parent.mkdir(parents=True, exist_ok=True)
        coming = incoming.own() / "restored"  # beside the target: the scratch folder may be on another disk
        shutil.move(self.staged, coming)
        with incoming.placing():  # a server may take files meanwhile
            if self.target.exists():
                self.target.rename(_free_name(self.target))
            coming.replace(self.target)
        return []


class _Words(_Move):
    def carry_out(self, incoming: Incoming, audit: Audit) -> list[str]:
        if not self.target.exists() or self.clashes():
            self.target.parent.mkdir(parents=True, exist_ok=True)
            with self.staged.open("rb") as words, replacing(self.target) as stream:
                shutil.copyfileobj(words, stream)
        return []


class _UsersFile(_Move):
    """Who may log in, with sessions that nobody has: earlier ones must not count again."""

    def _is_there(self) -> bool:
        present, saved = _users_in(self.target), _users_in(self.staged)
        if present is None or saved is None:
            return _Move._is_there(self)
        return _passwords(present) == _passwords(saved)

    def carry_out(self, incoming: Incoming, audit: Audit) -> list[str]:
        saved = _users_in(self.staged)
        if saved is None:  # lets nobody in
            with locked(self.target.parent):
                write_private(self.target, self.staged.read_bytes())
            return [f"{USERS} is damaged in the backup: nobody can log in; remove it and add the users again"]
        changes = Users(self.target.parent).put_back(saved)
        for what, names in (
            ("user added", changes.added),
            ("password changed", changes.changed),
            ("user removed", changes.removed),
        ):
            for name in names:
                audit.write(what, user=name)
        told = []
        if changes.added:
            told.append(
                f"may log in who could not before: {', '.join(changes.added)}; "
                "who should not any more: gaoku user remove NAME"
            )
        if changes.changed:
            told.append(
                f"have the password of the backup again: {', '.join(changes.changed)}; "
                "another one: gaoku user passwd NAME"
            )
        return told


def _users_in(file: Path) -> dict[str, User] | None:
    """None where they cannot be read."""
    try:
        users = users_in(file.read_bytes())
        return users if all(clean_name(name) == name for name in users) else None
    except (ValueError, UsageError):
        return None


def _passwords(users: dict[str, User]) -> dict[str, str]:
    return {name: user.password for name, user in users.items()}


def _free_name(path: Path) -> Path:
    n = 2
    while os.path.lexists(other := path.with_name(fitted(path.name, f" ({n})"))):
        n += 1
    return other


def _moves(stage: Path, places: Places) -> list[_Move]:
    """What goes where, but for the index itself. Raises GaokuError where something stands in the way."""
    moves: list[_Move] = []
    for inner, staged in _walk(stage / "uploads"):
        target = places.uploads / inner
        _require_way(target, places.uploads)
        moves.append(_AddedFile(staged, target))
    if moves:
        _require_way(places.uploads / INCOMING / "restored", places.uploads)
    for name, staged in _walk(stage / "settings"):
        target = places.settings / name
        _require_way(target, places.settings)
        moves.append((_UsersFile if name == USERS else _Words)(staged, target))
    return moves


def _require_way(target: Path, top: Path) -> None:
    """No file is put behind a link, nor in the place of a folder."""
    between = [target, *target.parents][: len(target.relative_to(top).parts)]
    for path in between:
        if path.is_symlink() or (path.exists() and path.is_dir() == (path == target)):
            raise GaokuError(f"{path} stands in the way; nothing was changed; move it away and try again")


def _require_nothing_there(places: Places, moves: list[_Move]) -> None:
    there = [str(places.index)] if _holds_index(places.index) else []
    there += [str(move.target) for move in moves if move.clashes()]
    if there:
        more = f" and {len(there) - 3} more" if len(there) > 3 else ""
        raise GaokuError(
            f"already there: {', '.join(there[:3])}{more}; nothing was changed; to replace it add --force"
        )


def _holds_index(directory: Path) -> bool:
    """Whether there is an index, readable or not."""
    return (directory / _POINTER).exists() or any(
        engine.committed(folder)
        for engine in home.ENGINES.values()
        for folder in directory.glob(f"{engine.name}-*")
    )


def _put_index(staged: Path, directory: Path, pointer: home.Pointer) -> None:
    """Let the index turn to the restored one, at once. For the one who holds the lock."""
    for inner, page in _walk(
        staged / home.OCR
    ):  # named by what they were recognised from: they fit any index
        target = directory / home.OCR / inner
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            page.replace(target)
    name = home.next_name(directory, home.ENGINES[pointer.engine])
    (staged / pointer.current).rename(directory / name)
    sync_folder(directory)
    home.write_pointer(directory, replace(pointer, current=name))
    for made in (home.SHINGLES, home.FAMILIES):  # families last: a server waits for them
        if (staged / made).is_file():
            (staged / made).replace(directory / made)
    home.clean(directory, name)
