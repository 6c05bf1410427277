"""The families and the shingles of one state of the index on disk, so that no start has to make them anew.

They are made from the index and nothing else: a file that is missing, damaged or of another state is as good
as none, and what stood in it is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import Reader
from indexer.families.detect import Families
from indexer.families.forms import LEVELS
from indexer.families.shingles import Owners, ShingleIndex
from indexer.stretches import Ints

#: Changes whenever other families are found in some texts, or other shingles.
VERSION = "1"

#: Puts a file that is whole in the place of another: (file, place).
Place: TypeAlias = Callable[[Path, Path], object]

_SHINGLES = ("reports", "codes", "starts", "owners")
_NOT_WHOLE = (KeyError, IndexError, TypeError, ValueError)


def state_of(reader: Reader) -> str:
    """What tells one state of an index from every other in which families may differ."""
    held = [[entry.file, entry.digest, entry.reports] for entry in reader.files().values()]
    text = json.dumps([VERSION, reader.meta.analysis, held], sort_keys=True)
    return hashlib.blake2b(text.encode("ascii"), digest_size=16).hexdigest()


def save(path: Path, families: Families, state: str, place: Place = Path.replace) -> None:
    """Put families on disk, at once and whole."""
    arrays = {f"labels_{level}": families.labels[level] for level in LEVELS}
    arrays |= {f"characters_{level}": families.characters[level] for level in LEVELS}
    arrays |= {"sections": families.sections, "reports": families.reports}
    _write(path, np.savez_compressed, arrays, state, place)


def save_shingles(path: Path, index: ShingleIndex, state: str, place: Place = Path.replace) -> None:
    """Put the index of shingles on disk, at once and whole: as it is in memory, to be read quickly."""
    arrays = {name: getattr(index, name) for name in _SHINGLES}
    _write(path, np.savez, arrays | {"report_ids": np.array(index.report_ids, dtype=np.str_)}, state, place)


def _write(
    path: Path, write: Callable[..., None], arrays: dict[str, NDArray[Any]], state: str, place: Place
) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        with temporary.open("wb") as stream:
            write(stream, allow_pickle=False, state=np.array(state), **arrays)
            stream.flush()
            os.fsync(stream.fileno())
        place(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path, state: str) -> Families | None:
    """The families of a state; None where they are not on disk, whole and of that state."""
    data = _read(path, state)
    if data is None:
        return None
    try:
        found = Families(
            {level: data[f"labels_{level}"] for level in LEVELS},
            {level: data[f"characters_{level}"] for level in LEVELS},
            data["sections"],
            data["reports"],
        )
        return found if _fits(found) else None
    except _NOT_WHOLE:
        return None


def load_shingles(path: Path, state: str) -> ShingleIndex | None:
    """The index of shingles of a state; None where it is not on disk, whole and of that state."""
    data = _read(path, state)
    if data is None:
        return None
    try:
        ids: list[str] = data["report_ids"].tolist()
        arrays = [data[name] for name in _SHINGLES]
        return ShingleIndex(ids, *arrays) if _go_together(ids, *arrays) else None
    except _NOT_WHOLE:
        return None


def holds_shingles(path: Path, state: str) -> bool:
    """Whether a file says that it is the index of shingles of a state; the rest of it is not read."""
    try:
        with np.load(path, allow_pickle=False) as data:
            return str(data["state"]) == state and set(_SHINGLES) < set(data.files)
    except Exception:  # see _read
        return False


def _read(path: Path, state: str) -> dict[str, NDArray[Any]] | None:
    """The arrays of a file; None where it is not there, not whole or of another state."""
    try:
        with np.load(path, allow_pickle=False) as data:
            return dict(data) if str(data["state"]) == state else None
    except Exception:  # whatever numpy and zipfile raise on damage: what is not whole is not there
        return None


def _fits(families: Families) -> bool:
    """Whether the arrays go together."""
    counts = {level: len(families.labels[level]) for level in LEVELS}
    arrays = [*families.labels.values(), *families.characters.values(), families.sections, families.reports]
    return (
        all(array.ndim == 1 and array.dtype.kind == "i" for array in arrays)
        and all(len(families.characters[level]) == counts[level] for level in LEVELS)
        and all(((array >= 0) & (array < len(array))).all() for array in families.labels.values())
        and len(families.sections) == counts["section"] + 1
        and len(families.reports) == counts["report"] + 1
        and int(families.sections[-1]) == counts["paragraph"]
        and int(families.reports[-1]) == counts["section"]
    )


def _go_together(ids: list[str], reports: Ints, codes: Ints, starts: Ints, owners: Owners) -> bool:
    """Whether the arrays go together."""
    sizes = np.diff(starts)
    return (
        all(array.ndim == 1 and array.dtype.kind == "i" for array in (reports, codes, starts, owners))
        and len(reports) == len(ids) + 1
        and len(starts) == len(codes) + 1
        and bool((reports[0], starts[0]) == (0, 0) and (np.diff(reports) >= 0).all() and (sizes > 0).all())
        and int(starts[-1]) == len(owners)
        and bool((np.diff(codes) > 0).all())
        and (not len(owners) or 0 <= int(owners.min()) <= int(owners.max()) < int(reports[-1]))
        and _ascend(owners, starts)
    )


def _ascend(owners: Owners, starts: Ints) -> bool:
    """Whether the owners of each shingle ascend."""
    ascending = np.diff(owners) > 0
    ascending[starts[1:-1] - 1] = True  # from one shingle to the next
    return bool(ascending.all())
