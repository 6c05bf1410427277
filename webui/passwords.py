"""Passwords held against the users' hashes; a right one is known for a minute.

Programs send theirs with each request, and hashing one takes as long as it should.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from indexer.users import User, Users

KNOWN_FOR = 60  # seconds


@dataclass(frozen=True, slots=True)
class _Right:
    digest: bytes
    session: str  # of the user: another one after each change of the password
    until: float


class Passwords:
    """The passwords of users. What was right is kept under a key of this process, one a user."""

    def __init__(self, users: Users, clock: Callable[[], float]) -> None:
        self._users, self._clock = users, clock
        self._key = secrets.token_bytes(32)
        self._right: dict[str, _Right] = {}

    def check(self, name: str, password: str) -> User | None:
        """The user, if the password is theirs."""
        known, digest, now = self._users.find(name), self._digest(password), self._clock()
        right = self._right.get(known.name) if known else None
        if right and known and right.session == known.session and 0 <= right.until - now <= KNOWN_FOR:
            same = hmac.compare_digest(right.digest, digest)
            if same:
                return known
        user = self._users.check(name, password)
        if user:
            self._right[user.name] = _Right(digest, user.session, now + KNOWN_FOR)
        return user

    def _digest(self, password: str) -> bytes:
        return hashlib.blake2b(password.encode("utf-8", "surrogatepass"), key=self._key).digest()
