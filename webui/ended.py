"""Sessions that were logged out of: a copy of their cookie is worth nothing, also after the next start."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

from indexer.users import locked, write_private

ENDED = "ended.json"
MOST_OF_ONE = 1_000  # sessions of one user that are told apart

_log = logging.getLogger(__name__)


class Ended:
    """The ended sessions of a settings folder; ``longest``: seconds that a session lasts at most."""

    def __init__(self, folder: Path, longest: float) -> None:
        self._folder, self._longest = folder, longest
        self._lock = threading.Lock()
        self._known = _read(folder / ENDED)

    def add(self, user: str, session: str, now: float) -> None:
        """A session is over. Of a user with very many of them all that began before are."""
        with self._lock:
            try:
                with locked(self._folder):
                    known = _merged(self._known, _read(self._folder / ENDED))  # of another server, too
                    self._known = known = self._with(known, user, session, now)
                    write_private(self._folder / ENDED, json.dumps(known).encode("ascii"))
            except OSError as error:
                self._known = self._with(self._known, user, session, now)
                _log.warning("that a session has ended is known to this server alone: %s", error)

    def holds(self, user: str, session: object, since: float) -> bool:
        """Whether a session of ``user``, begun at ``since``, is over; what is none is."""
        ended = self._known.get(user, {})
        return not isinstance(session, str) or session in ended or since <= ended.get("", 0.0)

    def _with(
        self, known: dict[str, dict[str, float]], user: str, session: str, now: float
    ) -> dict[str, Any]:
        kept = {
            name: left
            for name, sessions in known.items()
            if (left := {s: at for s, at in sessions.items() if now - at < self._longest})
        }
        of_one = {**kept.get(user, {}), session: now}
        if len(of_one) > MOST_OF_ONE:
            of_one = {"": now}  # no session is called that: all until then
        return {**kept, user: of_one}


def _merged(*several: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    names = {name for known in several for name in known}
    return {name: {s: at for known in several for s, at in known.get(name, {}).items()} for name in names}


def _read(file: Path) -> dict[str, dict[str, float]]:
    """By user: the sessions, and when each was ended (seconds since 1970)."""
    try:
        data = json.loads(file.read_text("ascii"))
        return {str(u): {str(s): float(at) for s, at in sessions.items()} for u, sessions in data.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        _log.warning("%s cannot be read; sessions that it named count again: %s", file, error)
        return {}
