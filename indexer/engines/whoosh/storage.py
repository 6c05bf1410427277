"""The folder of an index's files, whose state outlasts a power failure.

Whoosh gives a file its name when it is written; what the system still holds in memory then is lost with the
power, and the name may be there before the content. Here a list of segments gets its name when it, and all
that it names, is on the disk.
"""

from __future__ import annotations

import os
from pathlib import Path

from whoosh.filedb.filestore import FileStorage

from indexer.atomic import sync_folder


class DurableStorage(FileStorage):  # type: ignore[misc]  # Whoosh ships no types
    """Whoosh's own, with that addition."""

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        self.sync(oldname)
        sync_folder(self.path)
        super().rename_file(oldname, newname, safe=safe)
        sync_folder(self.path)

    def sync(self, name: str) -> None:
        """Have a file that is written outlast a power failure."""
        with (self.path / name).open("r+b") as file:
            os.fsync(file.fileno())

    @property
    def path(self) -> Path:
        """The folder."""
        return Path(self.folder)
