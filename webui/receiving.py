"""What may be sent: a request is held to limits while it comes, before the application is asked.

waitress puts a whole body on disk first. How long it may be is decided here as soon as the header is there,
by where it goes and who sends it; what is announced too large, or shaped so that two servers might read two
different requests in it, is refused at once and nothing after it is read.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from flask import Flask, session
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import Error

from indexer.errors import GaokuError
from indexer.uploads import megabytes
from webui.access import BASIC, LOG_IN_BYTES
from webui.adding import FORM_BYTES
from webui.app import HEADERS, NOT_SET_UP

if TYPE_CHECKING:
    from waitress.adjustments import Adjustments

    from indexer.uploads import Inbox
    from indexer.users import User
    from webui.access import Access

#: Where files are added: the only requests that may be longer than the application's own limit.
UPLOADS = frozenset({("PUT", "/add/file"), ("POST", "/add")})
_LONGEST_FRAME = 4096  # bytes of a chunk's size with extensions, and of what follows the last chunk

#: What is told with each status: on pages, and to scripts of the API.
_TOLD = {
    400: ("Bad Request", "这个请求看不懂，没有接收。", "the request is malformed"),
    401: ("Unauthorized", "请先登录；登录可能已过期，请重新登录再试。", "log in first"),
    403: ("Forbidden", "这台服务器不接受更改。", "this server is for reading only"),
    408: ("Request Timeout", "内容来得太慢，连接已断开，请再试一次。", "the request came too slowly"),
    413: ("Content Too Large", "发送的内容太大，没有接收。", "the request is too large"),
    431: ("Request Header Fields Too Large", "这个地址太长，没有接收。", "the header is too large"),
    500: ("Internal Server Error", "服务器出了错，请再试一次。", "the server met an error"),
    501: ("Not Implemented", "这种请求这里不接受。", "requests are not taken in this encoding"),
    503: ("Service Unavailable", "连接太多，请过一会儿再试。", "too many connections; try again in a moment"),
    507: ("Insufficient Storage", "服务器的磁盘快满了，没有接收。", "the server's disk is nearly full"),
}


#: For people who have sent a form, with their browser; nothing of what they sent stands in it.
_PAGE = """\
<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>没有接收 - 稿库</title>
<link rel="icon" type="image/svg+xml" href="/static/favicon.svg">
<link rel="stylesheet" href="/static/gaoku.css">
</head>
<body class="page-message">
<main id="main">
<h1>没有接收</h1>
<p>{text}</p>
<p><a class="button" href="{url}">{back}</a></p>
</main>
</body>
</html>"""
#: Where one goes on from there, by where it was sent.
_HOME = {"url": "/", "back": "回到首页"}
_BACK = {
    "/add": {"url": "/add", "back": "回到添加文件"},
    "/similar": {"url": "/similar", "back": "回到找相似"},
    "/login": {"url": "/login", "back": "回到登录"},
}

_log = logging.getLogger(__name__)


class Allowed(NamedTuple):
    """How much may be sent, and what is answered to more."""

    most: int  # bytes of a body
    status: int = 413
    told: tuple[str, str] | None = None  # on pages, and to scripts of the API, if not what the status says


class Refusal(Error):  # type: ignore[misc]
    """Why a request is not taken."""

    def __init__(self, status: int) -> None:
        super().__init__("")
        self.code, self.reason = status, _TOLD[status][0]


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """A request while it comes."""

    body_rcv: Any  # these are waitress' own
    error: Any
    expect_continue: bool

    def __init__(self, adj: Adjustments, allowance: Allowance | None = None) -> None:
        super().__init__(adj)
        self._allowance = allowance
        self._allowed: Allowed | None = None

    @property
    def told(self) -> tuple[str, str]:
        """What is told of why it was refused: on pages, and to scripts of the API."""
        allowed = self._allowed
        if allowed is not None and allowed.told and self.error.code == allowed.status:
            return allowed.told
        return _TOLD[self.error.code][1:]

    @property
    def to_come(self) -> int:
        """Bytes of the body that are still to come, as far as is known."""
        if self.completed or self._allowed is None:
            return 0
        whole = self._allowed.most if self.chunked else self.content_length
        return int(max(whole - self.body_bytes_received, 0))

    def received(self, data: bytes) -> int:
        """Take what has come, and with a refused request all that follows it: it may be no request at all."""
        consumed = super().received(data)
        if self.error is None and self.body_rcv is not None:
            self._hold_to_limit()
        if self.error is not None:
            self.refuse(self.error.code)
            return len(data)
        if self.completed:  # who waits to be told to go on has nothing to send
            self.expect_continue = False
        return int(consumed)

    def refuse(self, status: int) -> None:
        """Take no more of it."""
        self.close()
        self.body_rcv = None
        self.error = Refusal(status)
        self.completed, self.expect_continue = True, False

    def parse_header(self, header_plus: bytes) -> None:
        """Read the header. Raises ParsingError, TransferEncodingNotImplemented."""
        _check_framing(header_plus)
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # a length of 5,000 figures; half an IPv6 address
            raise ParsingError("no header that can be read") from error
        if self.chunked and self.version != "1.1":
            raise ParsingError("chunks came with HTTP/1.1")

    def _hold_to_limit(self) -> None:
        announced = self.content_length
        if self.chunked:
            announced = self.body_bytes_received + self.body_rcv.chunk_remainder
            if max(len(self.body_rcv.control_line), len(self.body_rcv.trailer)) > _LONGEST_FRAME:
                self.error = Refusal(400)
                return
        if announced <= LOG_IN_BYTES or self._allowance is None:
            return
        if self._allowed is None:
            self._allowed = self._allowance.of(self)
        if announced > self._allowed.most:
            self.error = Refusal(self._allowed.status)


class Allowance:
    """How long a request may be, in an application. To be asked by one thread."""

    def __init__(self, app: Flask) -> None:
        inbox: Inbox = app.extensions["gaoku-inbox"]
        self._app = app
        self._access: Access = app.extensions["gaoku-access"]
        self._page = int(app.config["MAX_CONTENT_LENGTH"])
        self._upload = inbox.limit + FORM_BYTES
        self._free = inbox.free
        self._coming: weakref.WeakSet[Parser] = weakref.WeakSet()

    def of(self, request: Parser) -> Allowed:
        """How long the body of a request may be whose header has been read."""
        try:
            if self._access.needs_log_in and not self._is_known(request):
                return Allowed(LOG_IN_BYTES, 401)
            if (request.command, request.path) not in UPLOADS:
                return Allowed(self._page, told=_too_large(self._page))
            if self._access.read_only:
                return Allowed(LOG_IN_BYTES, 403)
        except GaokuError as error:  # of what the server needs something is damaged
            _log.error("%s %s: %s", request.command, quote(request.path), error)
            return Allowed(LOG_IN_BYTES, 503, NOT_SET_UP)
        expected = self._upload if request.chunked else min(request.content_length, self._upload)
        if expected > self._page and self._space() < expected:
            return Allowed(self._page, 507)
        self._coming.add(request)
        return Allowed(self._upload, told=_too_large(self._upload - FORM_BYTES))

    def _is_known(self, request: Parser) -> bool:
        """Whether a session counts. A password takes long to check, and is left to the application."""
        if request.path.startswith("/api/") and "AUTHORIZATION" in request.headers:
            return True
        return user_of_cookie(self._app, request.headers.get("COOKIE", "")) is not None

    def _space(self) -> int:
        """Bytes that bodies may still fill where they are put, besides those that are coming."""
        free = shutil.disk_usage(tempfile.gettempdir()).free
        return free - self._free - sum(request.to_come for request in self._coming)


def user_of_cookie(app: Flask, cookie: str) -> User | None:
    """Whose session a cookie header holds, if it still counts. Raises GaokuError."""
    access: Access = app.extensions["gaoku-access"]
    # Over https the cookie has another name. A proxy's word on that is not read yet.
    for scheme in ("http", "https") if cookie else ():
        given = {"HTTP_COOKIE": cookie}
        with app.test_request_context(base_url=f"{scheme}://localhost", environ_overrides=given):
            user = access.whose(session)
        if user is not None:
            return user
    return None


def answer(request: HTTPRequestParser, status: int) -> tuple[list[tuple[str, str]], bytes]:
    """Headers and body of the answer to a request that was not taken: one line, or a small page with it."""
    for_api = getattr(request, "path", "").startswith("/api/")
    page, script = _TOLD.get(status, _TOLD[400])[1:]
    if isinstance(request, Parser) and request.error is not None:
        page, script = request.told
    headers = [*HEADERS.items(), ("Cache-Control", "no-store")]
    if status == 401 and for_api and "SEC_FETCH_MODE" not in request.headers:  # see access
        headers.append(("WWW-Authenticate", BASIC.to_header()))
    accepted = request.headers.get("ACCEPT", "")
    if for_api or "application/json" in accepted:
        body = json.dumps({"error": script if for_api else page}) + "\n"
        return [*headers, ("Content-Type", "application/json")], body.encode()
    kind = "text/plain"
    if "text/html" in accepted:
        kind, page = "text/html", _PAGE.format(text=page, **_BACK.get(getattr(request, "path", ""), _HOME))
    return [*headers, ("Content-Type", f"{kind}; charset=utf-8")], f"{page}\n".encode()


def _too_large(most: int) -> tuple[str, str]:
    return f"发送的内容超过 {megabytes(most)}，没有接收。", _TOLD[413][2]


def _check_framing(header_plus: bytes) -> None:
    """Refuse what two servers might cut at different places (RFC 9112, 5.2 and 6). Raises ParsingError."""
    names: dict[bytes, list[bytes]] = {}
    for line in header_plus.split(b"\r\n")[1:]:
        if line.startswith((b" ", b"\t")):
            raise ParsingError("a folded header line")
        name, _, value = line.partition(b":")
        names.setdefault(name.lower(), []).append(value.strip(b" \t"))
    encodings, lengths = names.get(b"transfer-encoding", []), names.get(b"content-length", [])
    if len(lengths) + len(encodings) > 1:
        raise ParsingError("more than one length")
    if len(names.get(b"host", [])) > 1:
        raise ParsingError("more than one host")
    if encodings and not header_plus.split(b"\r\n")[0].endswith(b" HTTP/1.1"):
        raise ParsingError("an encoding of HTTP/1.1")
    if encodings and encodings[0].lower().count(b"chunked") > 1:
        raise ParsingError("chunks in chunks")
