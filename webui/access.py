"""Who may come in, from where, and what they may do.

Every request passes, in this order: the name that the server was asked by, the page that sent it, the log-in,
whether anything may be changed, and the token of the form. What no rule lets in stays out.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import re
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect, validate_csrf
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import (
    BadHost,
    BadRequest,
    Forbidden,
    HTTPException,
    RequestEntityTooLarge,
    TooManyRequests,
    Unauthorized,
)
from wtforms import ValidationError

from indexer.audit import Audit
from indexer.errors import UsageError
from indexer.users import User, Users, clean_name, secret_key
from webui import devices, leaving, operations, pages
from webui.ended import Ended
from webui.guessing import Guessing, SlowedError, Visitor
from webui.passwords import Passwords

IDLE = 12 * 3600  # seconds without a request, after which one logs in again
LONGEST = 7 * 24 * 3600  # seconds that a session lasts at most
_NOTED = 300  # seconds: the cookie is written again only so often
LOG_IN_BYTES = 1 << 16  # what may be sent by who is not known

#: What may be opened without a log-in; /metrics has a rule of its own.
_OPEN = frozenset({"static", "access.login_page", "access.log_in", "operations.health", "operations.metrics"})
#: What is sent by POST and changes nothing here: may be done on a server for reading only.
_ASKS = frozenset(
    {
        "pages.similar_to_draft",
        "api.similar_to_draft",
        "access.log_in",
        "access.log_out",
        "adding.outcome",
    }
)
#: What brings files, which are not read before the token is known to be right: it is in the header ...
_TOKEN_IN_HEADER = frozenset({"adding.add_file"})
#: ... or in the first part of a form that is read piece by piece, by who calls :func:`check_token` then.
_TOKEN_IN_FIRST_PART = frozenset({"adding.add"})
_READS = frozenset({"GET", "HEAD", "OPTIONS"})

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?")

BASIC = WWWAuthenticate("basic", {"realm": "gaoku", "charset": "UTF-8"})

_log = logging.getLogger(__name__)
blueprint = Blueprint("access", __name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """How the server was started."""

    host: str = "127.0.0.1"  # the address listened on
    allowed: tuple[str, ...] = ()  # other names that it may be asked by
    read_only: bool = False
    proxy: str = ""  # the address of the server in front, whose word on the visitor's address counts

    def __post_init__(self) -> None:
        """Raises UsageError for what would never fit what a request says."""
        for name in self.allowed:
            match = _HOST.fullmatch(name)
            if _address(name) is None and (match is None or match[0] != match[1]):
                raise UsageError(
                    f"--allow-host takes a name or an address without a port or a path, not {name!r}: "
                    "gaoku.example.org"
                )
        if self.proxy and _address(_bare(self.proxy)) is None:
            raise UsageError(
                f"--trusted-proxy takes the address that the server in front connects from, "
                f"not {self.proxy!r}: 127.0.0.1 where it is on this machine"
            )
        # As waitress names who connects: it compares texts.
        object.__setattr__(self, "proxy", str(_address(_bare(self.proxy)) or ""))

    @property
    def beyond(self) -> bool:
        """Whether others than this machine's own users reach it."""
        return bool(self.proxy) or not all(map(_is_loopback, (self.host, *self.allowed)))

    def allows(self, header: str) -> bool:
        """Whether a Host header names this server. A site of someone else's that leads here by its own
        name (DNS rebinding) does not; an address of figures cannot be such a site's name."""
        match = _HOST.fullmatch(header)
        if not match:
            return False
        name = _bare(match[1])
        if _is_loopback(match[1]) or name in {_bare(n) for n in (self.host, *self.allowed)}:
            return True
        return self._everywhere and (_address(name) is not None or name == _bare(socket.gethostname()))

    @property
    def _everywhere(self) -> bool:
        address = _address(_bare(self.host))
        return not self.host or (address is not None and address.is_unspecified)


class Refused(Forbidden):
    """403, with words for the page."""

    def __init__(self, heading: str, text: str, description: str) -> None:
        super().__init__(description)
        self.heading, self.text = heading, text


class WrongHost(BadRequest):
    """400: asked by a name that is not this server's."""

    description = "this server is not known by that name; see: gaoku serve --allow-host"


class Access:
    """What is known of users and sessions while the server runs."""

    def __init__(self, folder: Path, rules: Rules, clock: Callable[[], float] = time.time) -> None:
        self.rules, self.clock = rules, clock
        self.users, self.audit, self.guessing = Users(folder), Audit(folder), Guessing(clock)
        self._passwords = Passwords(self.users, clock)
        self._had_users = False
        self._ended = Ended(folder, LONGEST)

    @property
    def needs_log_in(self) -> bool:
        """Once there were users it stays closed until the next start: removing the last one opens nothing."""
        self._had_users = self._had_users or bool(self.users.all())
        return self._had_users

    @property
    def read_only(self) -> bool:
        """Whether nothing may be changed: as it was started, or open to a network without users."""
        return self.rules.read_only or (self.rules.beyond and not self.needs_log_in)

    def try_password(self, name: str, password: str) -> User | None:
        """The user whose password it is. Raises TooManyRequests while one has to wait."""
        try:
            known_as = clean_name(name)
        except UsageError:
            known_as = name
        address = request.remote_addr or ""
        visitor = Visitor(known_as, address, devices.of(known_as))
        try:
            user = self.guessing.attempt(visitor, lambda: self._passwords.check(name, password))
        except SlowedError as error:
            operations.count_log_in("slowed")
            raise TooManyRequests(
                "too many failed log-ins; wait", retry_after=math.ceil(error.wait)
            ) from error
        if user:
            operations.count_log_in("right")
        else:
            operations.count_log_in("wrong")
            self.audit.write("log-in failed", user=known_as[:100], address=address)
        return user

    def begin(self, user: User) -> None:
        """Begin a session. What the cookie held before, its token too, is not carried over."""
        now = int(self.clock())
        session.clear()
        session.update(user=user.name, number=user.session, id=secrets.token_hex(8), since=now, seen=now)
        devices.remember(user.name)

    def end(self) -> None:
        """End the session; a copy of its cookie is worth nothing, either."""
        user, identity = session.get("user"), session.get("id")
        if isinstance(user, str) and isinstance(identity, str):
            self._ended.add(user, identity, self.clock())
        session.clear()

    def of_session(self) -> User | None:
        """Whose session the cookie is, if it still counts."""
        user = self.whose(session)
        if user is not None and self.clock() - session["seen"] >= _NOTED:
            session["seen"] = int(self.clock())
        return user

    def whose(self, held: Mapping[str, Any]) -> User | None:
        """Whose session this is by what its cookie holds, if it still counts."""
        name, since, seen = held.get("user"), held.get("since"), held.get("seen")
        if not isinstance(name, str) or not isinstance(since, int) or not isinstance(seen, int):
            return None
        now = self.clock()
        user = self.users.find(name)
        if user is None or held.get("number") != user.session:
            return None
        if self._ended.holds(name, held.get("id"), since):
            return None
        if not 0 <= now - since + 60 < LONGEST + 60 or now - seen >= IDLE:
            return None
        return user


class _Sessions(SecureCookieSessionInterface):
    """The cookie is sent over https alone where it came over https; then no sister site can set it either."""

    def get_cookie_name(self, app: Flask) -> str:
        name = super().get_cookie_name(app)
        return f"__Host-{name}" if request.is_secure else name

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        super().save_session(app, session, response)
        devices.save(response)


_csrf = CSRFProtect()


def install(app: Flask, folder: Path, rules: Rules, clock: Callable[[], float] = time.time) -> Access:
    """Put the doors into an application. ``folder``: of the settings."""
    access = Access(folder, rules, clock)
    app.extensions["gaoku-access"] = access
    app.session_interface = _Sessions()
    app.config.update(
        SECRET_KEY=_key(folder),
        SESSION_COOKIE_NAME="gaoku",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=LONGEST),
        WTF_CSRF_CHECK_DEFAULT=False,  # the order of the checks is this module's
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a draft may be open all day
        WTF_CSRF_SSL_STRICT=False,  # where a request is from, Origin says, with and without https
    )
    _csrf.init_app(app)
    app.before_request(_admit)
    app.after_request(_keep_private)
    app.after_request(_record_what_leaves)
    app.register_blueprint(blueprint)
    app.context_processor(lambda: {"user": current_user(), "read_only": g.get("read_only", True)})
    return access


def current() -> Access:
    """The doors of this application."""
    access: Access = current_app.extensions["gaoku-access"]
    return access


def current_user() -> str | None:
    """Who is logged in."""
    user: str | None = g.get("user")
    return user


def may_go_on() -> Callable[[], bool]:
    """What tells, after this request, whether who sent it may still be answered."""
    doors, held = current(), dict(session)
    return lambda: not doors.needs_log_in or doors.whose(held) is not None


def record(what: str, **details: str | int | None) -> None:
    """A line of the audit for what this request does."""
    current().audit.write(what, user=current_user(), address=request.remote_addr, **details)


# -- each request ------------------------------------------------------------------------------------------


def _admit() -> ResponseReturnValue | None:
    access = current()
    if not access.rules.allows(request.headers.get("Host", "")):
        if isinstance(request.routing_exception, BadHost):  # no name at all: no address is made with it
            return WrongHost.description, 400, {"Content-Type": "text/plain; charset=utf-8"}
        raise WrongHost
    g.read_only = access.read_only
    reads = request.method in _READS
    if not reads and not _of_our_page():
        raise Refused("这个请求来自别的网站", "请在稿库自己的页面上再试一次。", "sent from another site")
    by_cookie = False
    if access.needs_log_in:
        user = access.of_session()
        by_cookie = user is not None
        if user is None and pages.for_script():
            user = _by_header(access)
        if user is not None:
            g.user = user.name
        elif request.endpoint not in _OPEN:
            return _ask_to_log_in(access)
    if request.endpoint in _OPEN and (request.content_length or 0) > LOG_IN_BYTES:
        raise RequestEntityTooLarge
    if request.endpoint is None or reads:
        return None  # what is not there is told by whoever looks for it
    if g.read_only and request.endpoint not in _ASKS:
        raise for_reading_only()
    if (by_cookie or not pages.for_script()) and request.endpoint not in _TOKEN_IN_FIRST_PART:
        _check_token()
    return None


def for_reading_only(text: str = "这台服务器不接受更改，请找管理它的人。") -> Refused:
    """What says that nothing can be changed here; ``text``: what to do instead."""
    return Refused("这里只供查阅", text, "this server is for reading only")


def _of_our_page() -> bool:
    """Whether a page of ours sent the request, or no page at all. Browsers say so; programs say nothing."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    # Behind a server that speaks https and says nothing of it, the scheme is not known here.
    return parts.scheme in ("http", "https") and parts.netloc.lower() == request.headers["Host"].lower()


def _check_token() -> None:
    token = request.headers.get("X-CSRFToken")
    if token is not None or request.endpoint in _TOKEN_IN_HEADER:
        check_token(token or "")
    else:
        if request.endpoint == "pages.similar_to_draft":  # other forms are short
            pages.allow_draft()
        _csrf.protect()


def check_token(token: str) -> None:
    """Raises CSRFError for one that is not of this session. The body need not be read, however long it is."""
    try:
        validate_csrf(token)
    except ValidationError as error:
        raise CSRFError(str(error)) from error


def _by_header(access: Access) -> User | None:
    """Programs send name and password with each request (HTTP Basic)."""
    given = request.authorization
    if given is None or not _has_password():
        return None
    return access.try_password(given.username or "", given.password or "")


def _has_password() -> bool:
    return request.authorization is not None and request.authorization.type == "basic"


def _ask_to_log_in(access: Access) -> ResponseReturnValue:
    by_script = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    by_script = by_script or pages.wants_json()
    if request.method in ("GET", "HEAD") and not pages.for_script() and not by_script:
        asked = request.full_path.removesuffix("?")
        return redirect(url_for("access.login_page", next=asked if asked != "/" else None))
    error = Unauthorized("log in first")
    if (
        pages.for_script() and "Sec-Fetch-Mode" not in request.headers
    ):  # a browser would ask in a box of its own
        told = "the name or password is wrong" if _has_password() else "log in first"
        error = Unauthorized(told, www_authenticate=BASIC)
    raise error


def _keep_private(response: Response) -> Response:
    if current_user() is not None:  # no cache in between keeps what only some may see
        response.headers["Cache-Control"] = "private, no-cache"
    return response


def _record_what_leaves(response: Response) -> Response:
    details = leaving.sent(response)
    if details is not None:
        record("export", **details)
    return response


# -- logging in and out ------------------------------------------------------------------------------------


@blueprint.get("/login")
def login_page() -> ResponseReturnValue:
    """Where one logs in; who is logged in goes on."""
    onward = own_path(request.args.get("next", ""))
    if current_user() is not None or not current().needs_log_in:
        return redirect(onward)
    return _form(onward)


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    """Begin a session, if the password is right."""
    access = current()
    onward = own_path(request.form.get("next", ""))
    if not access.needs_log_in:
        return redirect(onward)
    name = request.form.get("name", "")
    try:
        user = access.try_password(name, request.form.get("password", ""))
    except TooManyRequests as error:
        wait = int(error.retry_after) if isinstance(error.retry_after, int) else 1
        answer = current_app.make_response(_form(onward, f"试得太多，请过 {_told(wait)}再试。", 429, name))
        answer.headers["Retry-After"] = str(wait)
        return answer
    if user is None:
        return _form(onward, "用户名或密码不对。", 401, name)
    access.begin(user)
    access.audit.write("log-in", user=user.name, address=request.remote_addr)
    return redirect(onward)


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """End the session."""
    if current_user() is not None:
        record("log-out")
        current().end()
    return redirect(url_for("access.login_page"))


def own_path(given: str) -> str:
    """``given`` if it is a path of this server, else the start: nobody is led elsewhere.

    Browsers take ``\\`` for ``/`` and drop tabs and line ends, so none of these may be in it.
    """
    plain = given.startswith("/") and given.isprintable() and "\\" not in given and len(given) <= 4000
    if not plain or given.startswith("//") or urlsplit(given).path in ("/login", "/logout"):
        return url_for("pages.search_page")
    return given


def _form(onward: str, fault: str = "", status: int = 200, name: str = "") -> ResponseReturnValue:
    return pages.render("login.html", status, onward=onward, fault=fault, name=name[:100])


def _told(seconds: int) -> str:
    return f"{seconds} 秒" if seconds < 60 else f"{math.ceil(seconds / 60)} 分钟"


# -- words for the page ------------------------------------------------------------------------------------


def told(error: HTTPException) -> tuple[str, str] | None:
    """Heading and text for a page, where this module has refused something."""
    if isinstance(error, Refused):
        return error.heading, error.text
    if isinstance(error, WrongHost):
        return (
            "这台服务器不叫这个名字",
            "请用管理员给的地址打开；管理员可以用 gaoku serve --allow-host 加上这个名字。",
        )
    if isinstance(error, CSRFError):
        return "这一页放得太久了", "请退回上一页，重新载入后再试；贴进去的文字请先复制一份。"
    return None


# -- hosts -------------------------------------------------------------------------------------------------


def _bare(name: str) -> str:
    return name.removeprefix("[").removesuffix("]").removesuffix(".").lower()


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _is_loopback(name: str) -> bool:
    name = _bare(name)
    address = _address(name)
    return name == "localhost" if address is None else address.is_loopback


def _key(folder: Path) -> bytes:
    try:
        return secret_key(folder)
    except OSError as error:
        _log.warning("sessions end with this server, for their key cannot be kept: %s", error)
        return secrets.token_bytes(32)
