"""Guessing of passwords is slowed down: the more failures, the longer the next attempt has to wait."""

from __future__ import annotations

import hashlib
import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE = 5  # the failure with which waiting begins
LONGEST_WAIT = 15 * 60  # seconds
_FORGOTTEN = 24 * 3600  # seconds without a failure
MOST_KEPT = 10_000  # names and addresses


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0

    def wait(self, now: float) -> float:
        if self.count < FREE:
            return 0.0
        pause = min(2.0 ** min(self.count - FREE, 20), LONGEST_WAIT)
        return min(self.last + pause - now, pause)  # also where the clock was set back


class Guessing:
    """Failures of each name and of each address, in memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, _Failures] = OrderedDict()  # the one that failed last comes last

    def attempt(self, name: str, address: str) -> float:
        """Seconds that this attempt has to wait; 0: it may be made, and counts as a failure until
        :meth:`succeeded` says otherwise (many made at the same time are each counted)."""
        keys = _keys(name, address)
        with self._lock:
            now = self._clock()
            self._forget(now)
            wait = max(self._kept[key].wait(now) if key in self._kept else 0.0 for key in keys)
            if wait > 0:
                return wait
            for key in keys:
                failures = self._kept.setdefault(key, _Failures())
                failures.count += 1
                failures.last = now
                self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """The attempt was right. The name starts anew; the address keeps its other failures, or whoever has
        one password could guess at the others' without end."""
        of_name, of_address = _keys(name, address)
        with self._lock:
            self._kept.pop(of_name, None)
            failures = self._kept.get(of_address)
            if failures:
                failures.count -= 1
                if failures.count <= 0:
                    del self._kept[of_address]

    def __len__(self) -> int:
        return len(self._kept)

    def _forget(self, now: float) -> None:
        while self._kept:
            key, failures = next(iter(self._kept.items()))
            if now - failures.last < _FORGOTTEN:
                return
            del self._kept[key]


def _keys(name: str, address: str) -> tuple[bytes, bytes]:
    """Of one length each, however long what was typed is. A network of IPv6 (/64) is one address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        pass
    else:
        if isinstance(ip, ipaddress.IPv6Address):
            mapped = ip.ipv4_mapped
            address = str(mapped) if mapped else str(ipaddress.ip_network((ip.packed, 64), strict=False))
    return _digest("name", name), _digest("address", address)


def _digest(kind: str, text: str) -> bytes:
    return hashlib.blake2b(f"{kind}:{text}".encode("utf-8", "replace"), digest_size=16).digest()
