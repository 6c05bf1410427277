"""Where files come in before they have a place in the folder for added files.

::

    .incoming/
      lock           held while a file is put in its place
      3f0c…/         a folder of each process that takes files
        lock         held while the process is alive
        91ab…        half a file
"""

from __future__ import annotations

import errno
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

INCOMING = ".incoming"
_LOCK = "lock"
_PATIENCE = 60.0  # seconds; who holds the lock compares or names one file
_ATTEMPTS = 5


class Incoming:
    """The ``.incoming`` of a folder for added files; for many threads and processes at once.

    The folder itself must be there for all but :meth:`sweep`, and nothing is made before :meth:`own` is asked
    for. Who uses it sees that no link is in the way.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / INCOMING
        self._guard = threading.Lock()
        self._placing = threading.Lock()
        self._own: Path | None = None
        self._lock: FileLock | None = None

    def own(self) -> Path:
        """A folder of this object's own, whose lock says to others that it is no leavings. Raises OSError."""
        with self._guard:
            if self._own is not None and self._own.is_dir():
                return self._own
            self.folder.mkdir(exist_ok=True)
            for _ in range(_ATTEMPTS):  # between two lines another may take the new folder for leavings
                own = self.folder / secrets.token_hex(8)
                own.mkdir()
                lock = FileLock(own / _LOCK, timeout=0, thread_local=False)
                with suppress(Timeout, FileNotFoundError):
                    lock.acquire()
                    if (own / _LOCK).exists():
                        self._own, self._lock = own, lock
                        return own
                    lock.release()
            raise OSError(errno.EAGAIN, "taken for leavings each time", str(self.folder))

    @contextmanager
    def placing(self) -> Iterator[None]:
        """One at a time, of all processes, gives files their names. Raises OSError."""
        with self._placing:
            self.folder.mkdir(exist_ok=True)
            with FileLock(self.folder / _LOCK, timeout=_PATIENCE):
                yield

    def sweep(self) -> int:
        """Clear away what came in to processes that are no more; how many files that were. Raises OSError."""
        try:
            left = [p for p in self.folder.iterdir() if p != self._own and p.name != _LOCK]
        except FileNotFoundError:
            return 0
        return sum(_swept(path) for path in left)

    def close(self) -> None:
        """Leave nothing behind; it can be used again."""
        with self._guard:
            own, lock, self._own, self._lock = self._own, self._lock, None, None
        if lock is not None:
            lock.release()
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)


def _swept(path: Path) -> int:
    """Remove what lies in .incoming unless its process is alive; how many files that were."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return 1
    lock = FileLock(path / _LOCK, timeout=0)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return 0
    try:
        files = sum(p.name != _LOCK for p in path.iterdir())
        shutil.rmtree(path, ignore_errors=True)
    finally:
        lock.release()
    if path.exists():  # Windows keeps a file that is open
        shutil.rmtree(path, ignore_errors=True)
    return files
