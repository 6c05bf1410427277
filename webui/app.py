"""The application: what it is made of, the headers it sends, what becomes of errors."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, current_app, request
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from flask_compress import Compress
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from werkzeug.exceptions import HTTPException, InternalServerError

from indexer import __version__
from indexer.errors import GaokuError, IndexStateError, NoIndexError, NotFoundError, UsageError
from indexer.library import Library
from indexer.settings import Settings
from indexer.similar import MAX_CHARACTERS
from indexer.uploads import Inbox, UnreachableError
from webui import (
    access,
    adding,
    api,
    api_document,
    exports,
    indexing,
    operations,
    pages,
    preview,
    taking_out,
    wording,
)
from webui.api_models import ErrorBody

HEADERS = {
    # All that a page needs is its own; nothing of it may be told to run, to load or to post elsewhere.
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

_DRAFT_TOO_LONG = "文字太长", f"一次最多比较 {MAX_CHARACTERS:,} 字。请退回上一页，分几次来找。"
_MOST_SENT = 6 << 20  # bytes of a request: a draft of 500,000 characters, as a form sends it, and some

#: Pages and what belongs to them take a fifth of their size on the way. Files from the folder go as they are.
_COMPRESSED = ["text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"]

_HTTP_WORDS = {
    400: ("这个请求看不懂", "地址里有不合规矩的内容。"),
    401: ("请先登录", "登录已过期，或还没有登录。登录以后，退回上一页再试。"),
    403: ("不能这样做", "这个请求没有被接受。"),
    404: ("没有这一页", "地址可能抄错了，或者这一页已经不在了。"),
    413: ("发送的内容太多", "请退回上一页，分几次来做。"),
    429: ("试得太多", "请过一会儿再试。"),
    411: ("不知道有多长", "请求里要写明文件有多少字节。"),
    503: ("现在忙不过来", "请过一会儿再试。"),
    405: ("不能这样打开", "这个地址不接受这种请求。"),
}

#: What is told where the server's own files are damaged: on pages, and to scripts of the API.
NOT_SET_UP = (
    "稿库现在不能用，原因已记入服务器的日志，请告诉管理员。",
    "the server is not set up as it should be; its log says why",
)


class _Json(DefaultJSONProvider):
    """Keys in the contract's order. What is not ASCII is escaped, so that any file name can be told."""

    sort_keys = False
    ensure_ascii = True


class _Application(OpenAPI):
    json_provider_class = _Json


def create_app(
    directory: Path | None = None,
    rules: access.Rules | None = None,
    *,
    metrics_public: bool = False,
    clock: Callable[[], float] = time.time,
) -> Flask:
    """The application over the index in ``directory`` (default: the settings' own).

    The index need not be there yet; it is opened with the first question, and followed from then on.
    ``rules`` say who comes in (default: this machine's own users); ``clock`` (seconds): for sessions.
    ``metrics_public``: other machines may read /metrics, too.
    """
    settings = Settings.from_environment()
    app = _Application(
        "webui",
        info=Info(title="Gaoku", version=__version__, description="Search over work reports and plans"),
        doc_ui=False,
        validation_error_status=400,
        validation_error_model=ErrorBody,
        validation_error_callback=api.bad_parameter,
    )
    app.config["MAX_CONTENT_LENGTH"] = _MOST_SENT
    app.config["COMPRESS_ALGORITHM"] = ["gzip"]  # every browser's; the others would cost more than they save
    app.config["COMPRESS_MIMETYPES"] = _COMPRESSED
    directory = directory or settings.index
    inbox = Inbox.of(directory, settings)
    library = app.extensions["gaoku"] = Library(directory)
    counters = operations.watch(app, public=metrics_public)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(preview.blueprint)
    app.register_blueprint(exports.blueprint)
    adding.install(app, inbox, counters.count_upload)
    taking_out.install(app, counters.count_upload)
    indexing.install(app, indexing.Indexing(library, settings, inbox, counters.count_run))
    app.register_api(api.blueprint)
    app.add_url_rule(f"{api.PREFIX}/openapi.json", "openapi", lambda: api_document.document(app))
    Compress(app)
    access.install(app, settings.settings, rules or access.Rules(), clock)
    app.after_request(_add_headers)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(IndexStateError, _index_error)
    app.register_error_handler(UsageError, _usage_error)
    app.register_error_handler(UnreachableError, _unreachable)
    app.register_error_handler(GaokuError, _trouble)
    app.register_error_handler(RecursionError, _too_deep)
    app.register_error_handler(Exception, _unexpected)
    return app


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)  # a page may say more of itself
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-cache")  # the index may have changed since
    return response


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if pages.for_script():
        return _with_headers(error, api.error(status, f"{error.name}: {error.description}"))
    heading, text = access.told(error) or _words(status)
    if pages.wants_json():
        return _with_headers(error, api.error(status, f"{heading}：{text}"))
    page = pages.render("error.html", status, heading=heading, text=text, log_in=status == 401)
    return _with_headers(error, page)


def _words(status: int) -> tuple[str, str]:
    if status == 413 and request.endpoint == "pages.similar_to_draft":
        return _DRAFT_TOO_LONG
    return _HTTP_WORDS.get(status, ("出了点问题", "这个请求没有办成。"))


def _with_headers(error: HTTPException, answer: ResponseReturnValue) -> Response:
    """What an error says in its headers: when to try again, how to log in."""
    response = current_app.make_response(answer)
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def _trouble(error: GaokuError) -> ResponseReturnValue:
    """What the server itself needs is damaged (its users, say); the log names the file."""
    current_app.logger.error("%s %s: %s", request.method, quote(request.path), error)
    if pages.wants_json():
        return api.error(503, NOT_SET_UP[0])
    if pages.for_script():
        return api.error(503, NOT_SET_UP[1])
    return NOT_SET_UP[0], 503, {"Content-Type": "text/plain; charset=utf-8"}


def _unreachable(error: UnreachableError) -> ResponseReturnValue:
    """The folder for added files is away: the log says what to do."""
    current_app.logger.error("%s %s: %s", request.method, quote(request.path), error.detail)
    return pages.told(503, "没有办成", f"{wording.in_chinese(str(error))}。")


def _index_error(error: IndexStateError) -> ResponseReturnValue:
    if pages.for_script():
        return api.error(503, api.index_trouble(error))
    if isinstance(error, NoIndexError):
        return pages.render("empty.html", 503)
    text, command = wording.index_trouble(error)
    if pages.wants_json():
        return api.error(503, text)
    return pages.render("error.html", 503, heading="现在不能搜索", text=text, command=command)


def _usage_error(error: UsageError) -> ResponseReturnValue:
    status = 404 if isinstance(error, NotFoundError) else 400
    if pages.for_script():
        return api.error(status, str(error))
    heading, text = _HTTP_WORDS[status]
    return pages.told(status, heading, text)


def _too_deep(error: RecursionError) -> ResponseReturnValue:
    """JSON of a hundred thousand brackets; an error of ours is logged like any other."""
    if request.is_json:
        return api.error(400, "the JSON is nested too deeply")
    return _unexpected(error)


def _unexpected(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("%s %s", request.method, quote(request.path), exc_info=error)
    if pages.for_script():
        return api.error(500, InternalServerError.description)
    if pages.wants_json():
        return api.error(500, "没有办成，原因已记入服务器的日志。请再试一次；如果还是这样，请告诉管理员。")
    return pages.render(
        "error.html",
        500,
        heading="出了点问题",
        text="这一页没有做出来，原因已记入服务器的日志。",
        advice="请再试一次；如果还是这样，请告诉管理员是在做什么的时候出现的。",
    )
