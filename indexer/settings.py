"""What can be set, with its defaults; each by an environment variable ``GAOKU_…``."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path

from indexer.errors import UsageError

#: Names that never hold a report: lock files of Word and WPS, system files, editors' leavings.
EXCLUDED = (
    "~$*",
    ".~*",
    ".*",
    "Thumbs.db",
    "desktop.ini",
    "*.tmp",
    "*.bak",
    "*~",
    "__MACOSX",
    "$RECYCLE.BIN",
    "System Volume Information",
)

_MOST = 1 << 40  # MB: in bytes it is still a number that systems take


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. :meth:`from_environment` reads them."""

    index: Path = Path("index")  # GAOKU_INDEX: where the index is built
    corpus: Path = Path("corpus")  # GAOKU_CORPUS: the folder that a first run without PATH reads
    settings: Path = Path("settings")  # GAOKU_SETTINGS: the folder of dictionary.txt and synonyms.txt
    file_seconds: float = 60.0  # GAOKU_FILE_SECONDS: what reading one file may take
    file_memory: int = 600  # GAOKU_FILE_MEMORY: MB, for the same
    jobs: int | None = None  # GAOKU_JOBS: files that runs of a server read at once; None: one a processor
    uploads: Path | None = None  # GAOKU_UPLOADS: the folder for added files; None: uploads/ beside the index
    upload_size: int = 512  # GAOKU_UPLOAD_SIZE: MB, the largest file that may be added
    upload_free: int = 1024  # GAOKU_UPLOAD_FREE: MB on disk that added files leave free
    exclude: tuple[str, ...] = field(default=EXCLUDED)  # GAOKU_EXCLUDE: more patterns, separated by ;

    @classmethod
    def from_environment(cls) -> Settings:
        """The settings of this process. Raises UsageError."""
        given = {f.name: os.environ.get(f"GAOKU_{f.name.upper()}") for f in fields(cls)}
        extra = tuple(p.strip() for p in (given["exclude"] or "").split(";") if p.strip())
        return cls(
            index=Path(given["index"] or "index"),
            corpus=Path(given["corpus"] or "corpus"),
            settings=Path(given["settings"] or "settings"),
            file_seconds=_number("GAOKU_FILE_SECONDS", given["file_seconds"], 60.0),
            file_memory=_whole("GAOKU_FILE_MEMORY", given["file_memory"], 600),
            jobs=_whole("GAOKU_JOBS", given["jobs"], 1, most=9999) if given["jobs"] else None,
            uploads=Path(given["uploads"]) if given["uploads"] else None,
            upload_size=_whole("GAOKU_UPLOAD_SIZE", given["upload_size"], 512),
            upload_free=_whole("GAOKU_UPLOAD_FREE", given["upload_free"], 1024, least=0),
            exclude=EXCLUDED + extra,
        )


def _number(name: str, given: str | None, default: float) -> float:
    """A number above 0. Raises UsageError."""
    try:
        number = float(given or default)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise UsageError(f"{name} must be a number above 0, not {given!r}")
    return number


def _whole(name: str, given: str | None, default: int, least: int = 1, most: int = _MOST) -> int:
    """A whole number. Raises UsageError."""
    try:
        number = int(given or default)
    except ValueError:
        number = -1
    if not least <= number <= most:
        raise UsageError(f"{name} must be a whole number from {least} to {most}, not {given!r}")
    return number
