"""The families of one state of the index on disk, so that they need not be found again at each start.

They are made from the index and nothing else: a file that is missing, damaged or of another state is as good
as none, and they are found anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np

from indexer.engines.base import Reader
from indexer.families.detect import Families
from indexer.families.forms import LEVELS

#: Changes whenever other families are found in some texts.
VERSION = "1"


def state_of(reader: Reader) -> str:
    """What tells one state of an index from every other in which families may differ."""
    held = [[entry.file, entry.digest, entry.reports] for entry in reader.files().values()]
    text = json.dumps([VERSION, reader.meta.analysis, held], sort_keys=True)
    return hashlib.blake2b(text.encode("ascii"), digest_size=16).hexdigest()


def save(path: Path, families: Families, state: str) -> None:
    """Put families on disk, at once and whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    arrays = {f"labels_{level}": families.labels[level] for level in LEVELS}
    arrays |= {f"characters_{level}": families.characters[level] for level in LEVELS}
    try:
        with temporary.open("wb") as stream:
            np.savez_compressed(
                stream,
                allow_pickle=False,
                state=np.array(state),
                sections=families.sections,
                reports=families.reports,
                **arrays,
            )
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path, state: str) -> Families | None:
    """The families of a state; None where they are not on disk, whole and of that state."""
    try:
        with np.load(path, allow_pickle=False) as data:
            if str(data["state"]) != state:
                return None
            found = Families(
                {level: data[f"labels_{level}"] for level in LEVELS},
                {level: data[f"characters_{level}"] for level in LEVELS},
                data["sections"],
                data["reports"],
            )
    except Exception:  # whatever numpy and zipfile raise on damage: what is not whole is not there
        return None
    return found if _fits(found) else None


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
