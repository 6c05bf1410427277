"""The index folder: which engine keeps which index in it, and who may write.

::

    index/
      gaoku.json     what is here: {"format", "engine", "current", "analysis", "folders"}
      scratch/       files that are unpacked or converted while a run reads them; cleared by the next
      lock           held by the one writer, for as long as it runs
      families.npz   what is alike in the index, and ...
      shingles.npz   ... what similar texts are found by: made from it, and as good as none where damaged
      whoosh-3/      the engine's own folder; gaoku.json names the one that counts

An update works inside the current folder and becomes visible by the engine's own atomic commit. A rebuild
writes a new folder and becomes visible when gaoku.json names it. ``folders`` is a copy of what the index
itself records, so that a rebuild knows them when the index is beyond reading.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from indexer import readers, reports
from indexer.analysis.version import analysis
from indexer.atomic import replacing
from indexer.engines.base import Engine, Reader
from indexer.engines.whoosh import WhooshEngine
from indexer.errors import (
    CorruptIndexError,
    GaokuError,
    IndexStateError,
    LockedIndexError,
    NoIndexError,
    OutdatedIndexError,
)
from indexer.model import Folder

#: The engines by name; the first is the default.
ENGINES: dict[str, Engine] = {"whoosh": WhooshEngine()}

_FORMAT = 1
_ATTEMPTS = 8
_INSTANT = (
    0.5  # seconds: a command that puts what it has made in its place (prepared.py) has the lock no longer
)
_TURN = 2.0  # seconds after which it is said again that a writer waits
_LEFT = 3600.0  # seconds without a write from which a temporary file is no longer one that is being written
_POINTER = "gaoku.json"
_ENGINE_FOLDER = re.compile(r"([a-z]+)-(\d+)")


@dataclass(frozen=True, slots=True)
class Pointer:
    """The content of gaoku.json."""

    engine: str
    current: str
    analysis: dict[str, str]
    folders: tuple[Folder, ...] = ()


#: The families and the shingles of the index, see indexer/prepared.py.
FAMILIES = "families.npz"
SHINGLES = "shingles.npz"
OCR = "ocr"  # the folder of recognised pages
SCRATCH = "scratch"  # the folder of what a run unpacks


def versions(engine: Engine) -> dict[str, str]:
    """What an index built now is built with."""
    return {
        **analysis(),
        "reading": f"readers {readers.VERSION}, rules {reports.VERSION}",
        "engine": f"{engine.name} {engine.version}",
    }


def read_pointer(directory: Path) -> Pointer | None:
    """What the index folder holds; None if no index was ever built. Raises CorruptIndexError."""
    try:
        data = json.loads((directory / _POINTER).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise IndexStateError(
            f"{directory / _POINTER} cannot be read now ({error.strerror}); "
            "check its permissions and try again"
        ) from error
    except (ValueError, RecursionError) as error:
        raise CorruptIndexError(
            f"{directory / _POINTER} cannot be read ({error}); build the index again with: "
            "gaoku index --rebuild"
        ) from error
    try:
        folders = tuple(Folder(_text(f["label"]), _text(f["path"])) for f in data["folders"])
        current, engine = _text(data["current"]), _text(data["engine"])
        if data["format"] != _FORMAT or not _ENGINE_FOLDER.fullmatch(current):
            raise ValueError(data["format"])
        built_with = {_text(name): _text(value) for name, value in data["analysis"].items()}
        return Pointer(engine, current, built_with, folders)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CorruptIndexError(
            f"{directory / _POINTER} is not one of this version of Gaoku; build the index again with: "
            "gaoku index --rebuild"
        ) from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def write_pointer(directory: Path, pointer: Pointer) -> None:
    """Replace gaoku.json, at once and whole."""
    data = {
        "format": _FORMAT,
        "engine": pointer.engine,
        "current": pointer.current,
        "analysis": pointer.analysis,
        "folders": [{"label": f.label, "path": f.path} for f in pointer.folders],
    }
    with replacing(directory / _POINTER) as stream:
        # ASCII: a folder's name may hold bytes that are no text.
        stream.write(json.dumps(data, indent=1).encode("ascii"))


def open_reader(directory: Path) -> Reader:
    """Open the index in a folder. Raises NoIndexError, OutdatedIndexError, CorruptIndexError."""
    for attempt in range(_ATTEMPTS):
        pointer = read_pointer(directory)
        if pointer is None:
            raise NoIndexError(f"there is no index in {directory} yet; build one with: gaoku index PATH")
        engine = ENGINES.get(pointer.engine)
        if engine is None or pointer.analysis != versions(engine):
            raise _outdated(directory, pointer, engine)
        try:
            return engine.reader(directory / pointer.current)
        except CorruptIndexError as error:
            # A commit or a rebuild may have removed a file between two steps of opening: look again.
            gone = isinstance(error.__cause__, FileNotFoundError) or read_pointer(directory) != pointer
            if attempt == _ATTEMPTS - 1 or not gone:
                raise
            time.sleep(0.02)
    raise AssertionError("unreachable")


def _outdated(directory: Path, pointer: Pointer, engine: Engine | None) -> OutdatedIndexError:
    return OutdatedIndexError(
        f"the index in {directory} was built with {_listed(pointer.analysis)}, "
        f"this is {_listed(versions(engine or ENGINES['whoosh']))}; "
        "build it again with: gaoku index --rebuild"
    )


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(versions.items()))


@contextmanager
def writing(
    directory: Path, wait: float = 0.0, on_wait: Callable[[bool], None] = lambda waits: None
) -> Iterator[None]:
    """Hold the folder's lock; nothing unpacked stays. Raises LockedIndexError where another run has it still
    after ``wait`` seconds.

    ``on_wait`` is called with True now and again while that is so, and with False when it no longer is.
    """
    lock = FileLock(directory / "lock")
    waits = not _taken(lock, directory, _INSTANT)
    if waits:
        until = time.monotonic() + wait - _INSTANT
        while (left := until - time.monotonic()) > 0:
            on_wait(True)
            if _taken(lock, directory, min(left, _TURN)):
                break
        else:
            raise LockedIndexError(
                f"another run is updating the index in {directory}; wait until it ends, then try again"
            )
    try:
        if waits:
            on_wait(False)
        shutil.rmtree(directory / SCRATCH, ignore_errors=True)  # of a run that was killed
        yield
    finally:
        shutil.rmtree(directory / SCRATCH, ignore_errors=True)
        lock.release()


def _taken(lock: FileLock, directory: Path, seconds: float) -> bool:
    """Take the lock of an index folder, if it is free within so long. Raises GaokuError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=seconds)
    except Timeout:
        return False
    except OSError as error:
        raise GaokuError(
            f"the index folder {directory} cannot be written ({error.strerror}); "
            "check its permissions or choose another with --index"
        ) from error
    return True


def next_name(directory: Path, engine: Engine) -> str:
    """A name for a new engine folder, not used before."""
    return f"{engine.name}-{max((n for n, _ in _engine_folders(directory, engine)), default=0) + 1}"


def _engine_folders(directory: Path, engine: Engine) -> list[tuple[int, str]]:
    """The engine's folders with their numbers, in order."""
    matches = (_ENGINE_FOLDER.fullmatch(p.name) for p in directory.iterdir())
    return sorted((int(m.group(2)), m.group()) for m in matches if m and m.group(1) == engine.name)


@dataclass(frozen=True, slots=True)
class Salvaged:
    """An index found without gaoku.json: its reader, or why it cannot be used as it is."""

    pointer: Pointer
    reader: Reader | None
    problem: IndexStateError | None


def salvage(directory: Path) -> Salvaged | None:
    """The newest committed index in a folder whose gaoku.json is lost or damaged; None if there is none.

    One of another version can still be read, for what it holds and for its folders; only its answers do not
    count.
    """
    if not directory.is_dir():
        return None
    for engine in ENGINES.values():
        for _, name in reversed(_engine_folders(directory, engine)):
            if not engine.committed(directory / name):
                continue
            try:
                reader = engine.reader(directory / name)
            except CorruptIndexError as error:
                return Salvaged(Pointer(engine.name, name, {}), None, error)
            pointer = Pointer(engine.name, name, reader.meta.analysis, reader.meta.folders)
            if reader.meta.analysis == versions(engine):
                return Salvaged(pointer, reader, None)
            return Salvaged(pointer, _for_carrying(pointer, reader), _outdated(directory, pointer, engine))
    return None


def open_for_carrying(directory: Path, pointer: Pointer) -> Reader | None:
    """An index of another version, opened for what it holds; None where its layout is another, too."""
    engine = ENGINES.get(pointer.engine)
    if engine is None:
        return None
    try:
        return _for_carrying(pointer, engine.reader(directory / pointer.current))
    except CorruptIndexError:
        return None


def _for_carrying(pointer: Pointer, reader: Reader) -> Reader | None:
    if pointer.analysis.get("engine") == versions(ENGINES[pointer.engine])["engine"]:
        return reader
    reader.close()
    return None


def clean(directory: Path, current: str | None) -> None:
    """Remove what interrupted or replaced builds left: every engine folder but the current one, and temporary
    files. For the one who holds the lock; families and shingles are written without it (prepared.py), so
    that of these a file that may be one of now stays."""
    for path in directory.iterdir():
        match = _ENGINE_FOLDER.fullmatch(path.name)
        if match and match.group(1) in ENGINES and path.name != current and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.startswith((f".{FAMILIES}.", f".{SHINGLES}.")):
            with suppress(OSError):  # it is gone by now, or open, and Windows does not let go of it
                if path.stat().st_mtime < time.time() - _LEFT:
                    path.unlink()
