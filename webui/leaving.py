"""What leaves as a file to keep, for the audit.

What people look for is theirs: of results there is the form and the number of passages, not the query. Of a
report, a template and an original there is the address, and the file's name, which outlives it.
"""

from __future__ import annotations

from flask import Response, g, request


def note(of: str, **details: str | int) -> None:
    """This request is answered with a file: of ``results``, a ``report``, a ``template``, an ``original``."""
    g.leaving = {"of": of, **details}


def sent(response: Response) -> dict[str, str | int] | None:
    """What was noted, if the answer holds it, or its beginning: whoever has the rest of a file sent piece by
    piece makes no line with each."""
    begins = response.status_code == 200 or (
        response.status_code == 206 and response.headers.get("Content-Range", "").startswith("bytes 0-")
    )
    return g.get("leaving") if begins and request.method == "GET" else None
