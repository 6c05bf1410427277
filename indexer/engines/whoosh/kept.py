"""What was found lately, kept within a bound of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from indexer.engines.whoosh.arrays import Array

Found = tuple[Array, ...]


class Kept:
    """The arrays that were asked for last, up to ``most`` bytes of them; for several threads at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._found: OrderedDict[Hashable, Found] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What was found for a key, or is found now."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        found = find()
        with self._lock:
            if key not in self._found:
                self._found[key] = found
                self._size += _bytes(found)
                while self._size > self._most:
                    _, oldest = self._found.popitem(last=False)
                    self._size -= _bytes(oldest)
        return found

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._found.clear()
            self._size = 0


def _bytes(found: Found) -> int:
    return sum(array.nbytes for array in found) + 512  # what Python itself needs for an entry
