"""Guessing of passwords is slowed down: the more failures, the longer the next attempt has to wait.

Failures count against who makes them. A device, and an address, that a name has logged in from before has its
own failures only, so that nobody keeps others out of their own account; all else counts against the name and
against the address together. See https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from webui.sources import source_of

FREE = 5  # the failure with which waiting begins
LONGEST_WAIT = 15 * 60  # seconds: of an address, or of a device that is known
#: Seconds: of a name, for whoever is not known. All addresses together make 2,880 guesses a day at it.
LONGEST_WAIT_OF_NAME = 30
_FORGOTTEN = 24 * 3600  # seconds without a failure
MOST_WAITING = 2  # attempts of who is not known that wait for others to be made: each keeps a thread
MOST_KEPT = 10_000  # failures of names and addresses; places that are known

T = TypeVar("T")


class SlowedError(Exception):
    """The attempt was not made; ``wait``: seconds until one may be."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"{wait:.0f} s")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who tries: the name typed, the address it comes from, and a device that is known by that name."""

    name: str
    address: str
    device: str | None = None


@dataclass(slots=True)
class _Failures:
    longest: float
    count: int = 0
    last: float = 0.0

    def wait(self, now: float) -> float:
        if self.count < FREE:
            return 0.0
        pause = min(2.0 ** min(self.count - FREE, 20), self.longest)
        return min(self.last + pause - now, pause)  # also where the clock was set back


class Guessing:
    """Failures, and from where names have logged in, in memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()
        self._strangers = threading.BoundedSemaphore(1 + MOST_WAITING)
        self._kept: OrderedDict[bytes, _Failures] = OrderedDict()  # the one that failed last comes last
        self._places: OrderedDict[bytes, None] = OrderedDict()  # the one that succeeded last comes last

    def attempt(self, visitor: Visitor, check: Callable[[], T | None]) -> T | None:
        """What ``check`` gives; None is a failure. Raises SlowedError while one has to wait.

        One is made at a time: of many that are sent at once each knows of the failures before it.
        """
        self._raise_while_slowed(visitor)  # without waiting for those that are being made
        with self._let_wait(visitor), self._one_at_a_time:
            self._raise_while_slowed(visitor)
            found = check()
            with self._lock:
                if found is None:
                    self._failed(visitor)
                else:
                    self._succeeded(visitor)
        return found

    def __len__(self) -> int:
        return len(self._kept)

    @contextmanager
    def _let_wait(self, visitor: Visitor) -> Iterator[None]:
        """Whoever is known may always wait: they make few failures. Raises SlowedError."""
        with self._lock:
            is_known = len(self._counted(visitor)) == 1
        if is_known:
            yield
            return
        if not self._strangers.acquire(blocking=False):
            raise SlowedError(1.0)
        try:
            yield
        finally:
            self._strangers.release()

    def _raise_while_slowed(self, visitor: Visitor) -> None:
        with self._lock:
            now = self._clock()
            self._forget(now)
            found = (self._kept.get(key) for key, _ in self._counted(visitor))
            wait = max((failures.wait(now) for failures in found if failures), default=0.0)
        if wait > 0:
            raise SlowedError(wait)

    def _failed(self, visitor: Visitor) -> None:
        for key, longest in self._counted(visitor):
            failures = self._kept.setdefault(key, _Failures(longest))
            failures.count += 1
            failures.last = self._clock()
            self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def _succeeded(self, visitor: Visitor) -> None:
        """The place is known from now on. The failures of strangers, and of the address, stay: or whoever
        has one password could guess at the others' without end."""
        for key, _ in self._counted(visitor):
            if key == _device(visitor) or key in self._places:
                self._kept.pop(key, None)
        place = _place(visitor)
        self._places[place] = None
        self._places.move_to_end(place)
        while len(self._places) > MOST_KEPT:
            self._places.popitem(last=False)

    def _counted(self, visitor: Visitor) -> tuple[tuple[bytes, float], ...]:
        """What an attempt counts against, each with how long it waits at most."""
        device, place = _device(visitor), _place(visitor)
        if device is not None:
            return ((device, LONGEST_WAIT),)
        if place in self._places:
            return ((place, LONGEST_WAIT),)
        return (
            (_digest("name", visitor.name), LONGEST_WAIT_OF_NAME),
            (_digest("address", source_of(visitor.address)), LONGEST_WAIT),
        )

    def _forget(self, now: float) -> None:
        while self._kept:
            key, failures = next(iter(self._kept.items()))
            if now - failures.last < _FORGOTTEN:
                return
            del self._kept[key]


def _device(visitor: Visitor) -> bytes | None:
    return None if visitor.device is None else _digest("device", visitor.name, visitor.device)


def _place(visitor: Visitor) -> bytes:
    return _digest("place", visitor.name, source_of(visitor.address))


def _digest(*texts: str) -> bytes:
    """Of one length, however long what was typed is."""
    digest = hashlib.blake2b(digest_size=16)
    for text in texts:
        encoded = text.encode("utf-8", "backslashreplace")
        digest.update(b"%d:%b" % (len(encoded), encoded))
    return digest.digest()
