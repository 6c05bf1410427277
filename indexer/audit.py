"""Who did what and when: one JSON object a line, only ever added to, in the settings folder."""

from __future__ import annotations

import errno
import json
import logging
import os
from datetime import datetime, timezone
from pathlib import Path

AUDIT = "audit.log"

_log = logging.getLogger(__name__)


class Audit:
    """The audit file of a settings folder, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / AUDIT

    def write(
        self, what: str, *, user: str | None = None, address: str | None = None, **details: str | int | None
    ) -> None:
        """Add a line: ``time`` (ISO 8601, UTC), ``user``, ``address``, ``what`` and the details.

        In UTF-8, so that names can be looked for; what does not show as itself is escaped, so that no name
        makes a second line. One call is one write at the end of the file: lines of several threads and
        processes do not mix. A line that cannot be written, or only in part, stops nothing, and goes to the
        log; what comes after it begins on a line of its own.
        """
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        entry = {"time": now, "user": user, "address": address, "what": what, **details}
        line = "".join(map(_shown, json.dumps(entry, ensure_ascii=False)))
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            number = os.open(self.file, flags, 0o600)
            try:
                data = f"{_end_of_cut(number)}{line}\n".encode()
                if os.write(number, data) < len(data):
                    raise OSError(errno.ENOSPC, "it takes no more")
            finally:
                os.close(number)
        except OSError as error:
            _log.error("%s cannot be written (%s): %s", self.file, error.strerror or error, line)


def _end_of_cut(number: int) -> str:
    """The line feed that an open file lacks where its last line was cut."""
    if os.lseek(number, 0, os.SEEK_END) == 0:
        return ""
    os.lseek(number, -1, os.SEEK_END)
    return "" if os.read(number, 1) == b"\n" else "\n"


def _shown(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]
