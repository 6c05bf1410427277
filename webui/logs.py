"""What the server logs, one JSON object a line."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from datetime import datetime, timezone

#: A record of each request, at INFO; what is told of it is its ``fields``. Without --log-json nobody listens.
REQUESTS = "gaoku.requests"
_SERVER = "gaoku.server"


class JsonFormatter(logging.Formatter):
    """``{"time", …}``: of a request its fields, of all else level, logger, message and traceback.

    ASCII alone, so that nothing in a path can end a line or turn what a terminal shows.
    """

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
        fields = getattr(record, "fields", None)
        if fields is None:
            fields = {
                "level": record.levelname.lower(),
                "logger": record.name,
                "message": record.getMessage(),
            }
            if record.exc_info:
                fields["exception"] = self.formatException(record.exc_info)
        return json.dumps({"time": time, **fields})


def as_json() -> Callable[[str], None]:
    """Let everything that this process logs go to stderr so. Returns what logs a line of the server's own."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().handlers = [handler]
    for name in (REQUESTS, _SERVER):
        logging.getLogger(name).setLevel(logging.INFO)
    return logging.getLogger(_SERVER).info
