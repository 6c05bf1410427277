"""Names for files inside files: paths that lead nowhere else, stand on one line, and differ."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

#: Characters that break a line or turn the direction of what is shown after them.
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_IN_FILES = re.compile(r'[<>:"|?*]')  # on Windows
_DRIVE = re.compile(r"[A-Za-z]:")
_MOST_PARTS = 64  # folders within folders in a path, the file included, and ...
_LONGEST_PART = 255  # characters of each, as on disks; its end is kept, where the suffix is
_LONGEST_STEM = 150  # characters of a plain file's name, and a file system's 255 bytes hold 85 Chinese ones
_MOST_BYTES = 240
_ROOM = 8  # bytes for a number
_LONGEST_SUFFIX = 20


def path(name: str) -> str:
    """A name in a container as a path below it; never empty."""
    parts = _UNSHOWABLE.sub("_", name).replace("\\", "/").split("/")
    kept = [p for part in parts if (p := _DRIVE.sub("", part, count=1).strip()) not in ("", ".", "..")]
    return "/".join(part[-_LONGEST_PART:] for part in kept[-_MOST_PARTS:]) or "未命名"


def plain(name: str, otherwise: str) -> str:
    """A name as that of a plain file on any system, without folders; ``otherwise`` where nothing is left."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = _NOT_IN_FILES.sub("_", _UNSHOWABLE.sub("_", name)).strip(" .") or otherwise
    whole = PurePosixPath(name).suffix
    suffix, stem = whole[:_LONGEST_SUFFIX], name[: len(name) - len(whole)][:_LONGEST_STEM]
    while len((stem + suffix).encode()) > _MOST_BYTES - _ROOM:
        stem = stem[:-1]
    return stem + suffix


def distinct(paths: Sequence[str]) -> list[str]:
    """The paths, each with a number where one before it has it already, whatever the case of its letters.

    A file may not have the name of a folder either: what is in it would be taken for the file's members.
    """
    taken = {str(folder).lower(): 1 for name in paths for folder in PurePosixPath(name).parents}
    return [_numbered(name, taken) for name in paths]


def _numbered(name: str, taken: dict[str, int]) -> str:
    """The path, with a number where it is ``taken``: paths given, with how often they were wanted."""
    found, place, key = name, PurePosixPath(name), name.lower()
    while found.lower() in taken:
        taken[key] += 1
        found = str(place.with_name(f"{place.stem} ({taken[key]}){place.suffix}"))
    taken[found.lower()] = 1
    return found
