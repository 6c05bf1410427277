"""A browser that someone has logged in with is known again, by a signed cookie that outlives the session.

It opens nothing: guesses made elsewhere do not slow down who has it (see :mod:`webui.guessing`).
"""

from __future__ import annotations

import hashlib
import secrets

from flask import Flask, Response, current_app, g, request
from itsdangerous import BadSignature, Signer

_NAME = "gaoku-device"
_LASTS = 180 * 24 * 3600  # seconds, from the last log-in on
_ID_BYTES = 16


def of(user: str) -> str | None:
    """The device of this request, if the user has logged in with it."""
    given = request.cookies.get(_cookie_name(), "")
    try:
        return _signer(current_app, user).unsign(given).decode("ascii")
    except (BadSignature, ValueError):
        return None


def remember(user: str) -> None:
    """Know the device of this request again, by this user."""
    g.device = _signer(current_app, user).sign(of(user) or secrets.token_hex(_ID_BYTES)).decode("ascii")


def save(response: Response) -> None:
    """Set the cookie, if there is something to remember."""
    if "device" in g:
        response.set_cookie(
            _cookie_name(),
            g.device,
            max_age=_LASTS,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )


def _cookie_name() -> str:
    return f"__Host-{_NAME}" if request.is_secure else _NAME


def _signer(app: Flask, user: str) -> Signer:
    """The user's name is in the key and not in the cookie."""
    return Signer(
        app.config["SECRET_KEY"],
        salt=b"gaoku device " + user.encode("utf-8", "backslashreplace"),
        digest_method=hashlib.sha256,
    )
