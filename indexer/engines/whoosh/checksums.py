"""Checksums of the index's files, kept beside them.

Whoosh's files never change once they are written. Their checksums are taken right after a commit and compared
before the next one, which may merge what it finds into new files: damage must not be written on.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from indexer.atomic import replacing
from indexer.errors import CorruptIndexError

_NAME = "checksums.json"
_CHUNK = 1 << 20


def write(directory: Path) -> None:
    """Record the checksums of the files that are there."""
    sums = {path.name: _checksum(path) for path in _files(directory)}
    with replacing(directory / _NAME) as stream:
        stream.write(json.dumps(sums, indent=1).encode("ascii"))


def damaged(directory: Path) -> list[str]:
    """The files that are not as they were recorded, by name. One that was never recorded is not judged."""
    try:
        recorded = json.loads((directory / _NAME).read_text("ascii"))
        sums = {str(name): int(value) for name, value in recorded.items()}
    except FileNotFoundError:
        return []  # killed between a first commit and its record
    except (ValueError, AttributeError, TypeError):
        return [_NAME]
    return [p.name for p in _files(directory) if p.name in sums and _checksum(p) not in (sums[p.name], None)]


def require_whole(directory: Path) -> None:
    """Raise CorruptIndexError where a file is damaged."""
    found = damaged(directory)
    if found:
        raise CorruptIndexError(
            "索引已损坏，请重建 (the index is damaged; build it again from your files with): "
            f"gaoku index --rebuild  ({', '.join(found)})"
        )


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
