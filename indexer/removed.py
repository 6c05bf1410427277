"""Added files that were taken out again: out of the index, kept on disk, and put back when asked for.

::

    uploads/.removed/
      20261121-194933-123456-1a2b/    a folder of its own for each: the moment (UTC) is its name
        2023年/总结.docx              at the place that it had

Nothing here removes a file. Whoever runs the server may clear away old folders by hand.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from indexer.uploads import Inbox, NotThereError, UploadError

REMOVED = ".removed"

_MOMENT = "%Y%m%d-%H%M%S-%f"
_STAMP = re.compile(r"([0-9]{8}-[0-9]{6}-[0-9]{6})-[0-9a-f]{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A file that was taken out."""

    stamp: str  # what it is put back by
    file: str  # where it was, below the folder for added files, with "/"
    size: int  # bytes
    moment: datetime  # UTC


class Removed:
    """What was taken out of the folder of an inbox; for many threads and processes at once."""

    def __init__(
        self, inbox: Inbox, now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    ) -> None:
        self._inbox, self._now = inbox, now
        self.folder = inbox.folder / REMOVED

    def take_out(self, file: str) -> TakenOut:
        """Move a file (its path below the folder for added files, with "/") to where no index looks.

        Raises NotThereError where there is no such file, UploadError where it cannot be moved.
        """
        size = self._inbox.status_of(file).st_size
        moment = self._now()
        stamp = f"{moment.strftime(_MOMENT)}-{secrets.token_hex(2)}"
        target = self.folder / stamp / file
        try:
            self._make(stamp)
            target.parent.mkdir(parents=True, exist_ok=True)
            self._inbox.move_out(file, target)
        except OSError as error:
            raise UploadError(f"无法移动 (cannot be moved): {error.strerror or error}") from error
        finally:
            self._leave(target.parent)
        return TakenOut(stamp, file, size, moment)

    def put_back(self, stamp: str) -> tuple[str, int]:
        """Move a file to where it was: its path below the folder for added files, and its size in bytes.

        Where another has its name by now it gets a number: ``总结 (2).docx``. Raises NotThereError where it
        was put back already, UploadError where it cannot be moved.
        """
        taken = self.find(stamp)
        if taken is None:
            raise NotThereError("已不在移出的文件里 (no longer among the files taken out)")
        path = self.folder / stamp / taken.file
        file = self._inbox.move_in(path, taken.file)
        self._leave(path.parent)
        return file, taken.size

    def find(self, stamp: str) -> TakenOut | None:
        """The file of a stamp; None where there is none (any more)."""
        match = _STAMP.fullmatch(stamp)
        home = self.folder / stamp
        if match is None or self.folder.is_symlink() or home.is_symlink():
            return None
        try:
            moment = datetime.strptime(match[1], _MOMENT).replace(tzinfo=timezone.utc)
        except ValueError:  # no such day
            return None
        for folder, _, files in os.walk(home):  # follows no links
            for name in files:
                path = Path(folder, name)
                if name.startswith(".") or path.is_symlink() or not path.is_file():
                    continue  # what a system leaves where one looks into a folder
                with suppress(OSError):
                    return TakenOut(stamp, path.relative_to(home).as_posix(), path.stat().st_size, moment)
        return None

    def newest(self) -> Iterator[TakenOut]:
        """All of them, what was taken out last first."""
        try:
            stamps = sorted((path.name for path in self.folder.iterdir()), reverse=True)
        except OSError:
            return
        for stamp in stamps:
            taken = self.find(stamp)
            if taken is not None:
                yield taken

    def __bool__(self) -> bool:
        """Whether there is any."""
        return next(self.newest(), None) is not None

    def _make(self, stamp: str) -> None:
        """Make the folder of a stamp."""
        self.folder.mkdir(exist_ok=True)
        if self.folder.is_symlink() or self.folder.resolve() != self.folder:
            raise UploadError(f"“{REMOVED}”是链接，不写入 (a link is in the way: not followed)")
        (self.folder / stamp).mkdir()

    def _leave(self, folder: Path) -> None:
        """Remove the folders of a stamp that hold nothing, from this one up."""
        with suppress(OSError):  # of those that hold something, too
            while folder != self.folder:
                folder.rmdir()
                folder = folder.parent
