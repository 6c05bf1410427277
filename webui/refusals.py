"""What is noted of a request that was refused while it came, before the application was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from flask import Flask
from waitress.parser import HTTPRequestParser

from indexer.errors import GaokuError
from webui import operations
from webui.adding import LONGEST_NAME
from webui.receiving import UPLOADS, user_of_cookie

if TYPE_CHECKING:
    from webui.access import Access


def note(app: Flask, request: HTTPRequestParser, address: str, proxy: str) -> None:
    """Count it, write a line of the log and, where a file was to be added, one of the audit: not for who may
    add none, or strangers would fill the disk with lines.

    ``address``: where the connection is from; of the ``proxy``, what it says of the visitor counts.
    """
    status = request.error.code
    method, path = getattr(request, "command", "") or None, _text(getattr(request, "path", "")) or None
    if status == 431:  # waitress makes up a header for one that is too long
        method = path = None
    operations.refused(app, status, method, path)
    if (method, path) not in UPLOADS:
        return
    app.extensions["gaoku-uploads-counted"]("refused")
    name = parse_qs(_text(request.query or "")).get("name", [""])[0]
    access: Access = app.extensions["gaoku-access"]
    try:
        user = user_of_cookie(app, request.headers.get("COOKIE", ""))
        if access.read_only or (access.needs_log_in and user is None):
            return
    except GaokuError:  # the users cannot be read
        return
    access.audit.write(
        "upload refused",
        user=user.name if user else None,
        address=_visitor(request, address, proxy),
        name=name[:LONGEST_NAME],
        reason=f"{status} {request.error.reason}",
    )


def _text(path: str) -> str:
    """waitress keeps the bytes of an address as Latin-1."""
    return path.encode("latin-1", "replace").decode("utf-8", "replace")


def _visitor(request: HTTPRequestParser, address: str, proxy: str) -> str:
    told: str = request.headers.get("X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    return told if address == proxy and told else address
