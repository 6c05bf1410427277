"""Something that is to be done once, when it has been quiet for a while."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Soon:
    """Calls ``what`` so many ``seconds`` after it was asked for last, in a thread of its own."""

    def __init__(self, seconds: float, what: Callable[[], object]) -> None:
        self._seconds, self._what = seconds, what
        self._changed = threading.Condition()
        self._due: float | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    def ask(self) -> None:
        """Have it done; who asks again meanwhile puts it off."""
        with self._changed:
            if self._closed:
                return
            self._due = time.monotonic() + self._seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._wait, name="soon", daemon=True)
                self._thread.start()

    def drop(self) -> None:
        """Leave it undone: it is no longer needed."""
        with self._changed:
            self._due = None
            self._changed.notify_all()

    def close(self) -> None:
        """Do nothing more."""
        with self._changed:
            self._closed, self._due = True, None
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _wait(self) -> None:
        while self._is_time():
            self._do()

    def _do(self) -> None:
        try:
            self._what()
        except Exception:
            _log.exception("what was to be done could not be")

    def _is_time(self) -> bool:
        """Wait until it is to be done; False where it no longer is, and this thread has ended."""
        with self._changed:
            while self._due is not None and (left := self._due - time.monotonic()) > 0:
                self._changed.wait(left)
            if self._due is None:
                self._thread = None
                return False
            self._due = None
            return True
