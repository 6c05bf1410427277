"""Checksums of the index's files.

The files never change once they are written. Those of what Whoosh writes are taken right after a commit, and
kept beside it; arrays bring their own. They are compared before the next commit, which may merge what it
finds into new files: damage must not be written on.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from indexer.atomic import replacing
from indexer.engines.whoosh.arrays import Arrays
from indexer.engines.whoosh.codec import ARRAYS
from indexer.errors import CorruptIndexError

_NAME = "checksums.json"
_CHUNK = 1 << 20


def write(directory: Path) -> None:
    """Record the checksums of the files that are there; of one that has been recorded it stays as it was."""
    recorded = _recorded(directory) or {}
    sums = {path.name: recorded.get(path.name) or _checksum(path) for path in _files(directory)}
    with replacing(directory / _NAME) as stream:
        stream.write(json.dumps(sums, indent=1).encode("ascii"))


def damaged(directory: Path) -> list[str]:
    """The files that are not as they were written, by name. One that was never recorded is not judged."""
    recorded = _recorded(directory)
    if recorded is None:
        return [_NAME]
    found = []
    for path in _files(directory):
        if path.name in recorded:
            if _checksum(path) not in (recorded[path.name], None):
                found.append(path.name)
            arrays = path.with_suffix(ARRAYS)
            if path.suffix == ".seg" and not _whole(arrays):
                found.append(arrays.name)
    return found


def require_whole(directory: Path) -> None:
    """Raise CorruptIndexError where a file is damaged."""
    found = damaged(directory)
    if found:
        raise CorruptIndexError(
            "索引已损坏，请重建 (the index is damaged; build it again from your files with): "
            f"gaoku index --rebuild  ({', '.join(found)})"
        )


def _recorded(directory: Path) -> dict[str, int] | None:
    """Name -> checksum; empty where a run was killed between a first commit and its record, None where it is
    damaged."""
    try:
        recorded = json.loads((directory / _NAME).read_text("ascii"))
        return {str(name): int(value) for name, value in recorded.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError):
        return None


def _whole(path: Path) -> bool:
    """Whether a file of arrays is as it was written.

    One that has gone is not judged: its segment was replaced, and if not, opening the index says so.
    """
    try:
        with path.open("rb") as file:
            return not Arrays(file).damaged()
    except FileNotFoundError:
        return True
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _files(directory: Path) -> list[Path]:
    return sorted(p for p in directory.iterdir() if p.suffix in (".seg", ".toc") and p.is_file())


def _checksum(path: Path) -> int | None:
    """CRC-32: against accidents, not against malice, at a gigabyte a second. None if the file has gone."""
    total = 0
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                total = zlib.crc32(chunk, total)
    except FileNotFoundError:  # a commit has just replaced it
        return None
    return total
