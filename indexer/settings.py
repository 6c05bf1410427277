"""What can be set, with its defaults; each by an environment variable ``GAOKU_…``."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. :meth:`from_environment` reads them."""

    index: Path = Path("index")  # GAOKU_INDEX: where the index is built
    corpus: Path = Path("corpus")  # GAOKU_CORPUS: the folder that a first run without PATH reads
    settings: Path = Path("settings")  # GAOKU_SETTINGS: the folder of dictionary.txt and synonyms.txt
    exclude: tuple[str, ...] = field(default=EXCLUDED)  # GAOKU_EXCLUDE: more patterns, separated by ;

    @classmethod
    def from_environment(cls) -> Settings:
        """The settings of this process."""
        given = {f.name: os.environ.get(f"GAOKU_{f.name.upper()}") for f in fields(cls)}
        extra = tuple(p.strip() for p in (given["exclude"] or "").split(";") if p.strip())
        return cls(
            index=Path(given["index"] or "index"),
            corpus=Path(given["corpus"] or "corpus"),
            settings=Path(given["settings"] or "settings"),
            exclude=EXCLUDED + extra,
        )
