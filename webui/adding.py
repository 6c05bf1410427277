"""Files that are added over the page: taken, stored, and told what became of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from flask import Blueprint, Flask, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, LengthRequired, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from indexer.errors import NoIndexError
from indexer.file_types import ARCHIVE, file_type
from indexer.model import FileEntry
from indexer.uploads import (
    BrokenUploadError,
    DiskFullError,
    Inbox,
    Received,
    Source,
    StorageError,
    TooLargeError,
    UnreachableError,
    UploadError,
)
from webui import access, added, api, files, pages, wording
from webui.added import inbox
from webui.indexing import indexing, start_run
from webui.parts import Form, Part

#: Of a form besides its files, bytes.
FORM_BYTES = 1 << 20
_MOST_ASKED = 1000  # files of which it is asked at a time what became of them
_MOST_SHOWN = 2000  # files inside archives among them
_LONGEST_TOKEN = 1000
LONGEST_NAME = 200  # characters of a refused name that the audit keeps

_READ_ONLY = "这台服务器不接受添加文件。请把文件交给管理它的人，由他放进资料的文件夹再更新索引。"
_STATES: dict[str, str] = {
    "new": "已收到",
    "known": "已经有了，内容相同",
    "ignored": "不是资料文件，没有保存",
}
#: Of a file that is not taken; 409 where its name is why.
_STATUS: dict[type[UploadError], int] = {
    BrokenUploadError: 400,
    TooLargeError: 413,
    StorageError: 500,
    UnreachableError: 503,
    DiskFullError: 507,
}

blueprint = Blueprint("adding", __name__)


@dataclass(frozen=True, slots=True)
class ReceivedView:
    """What became of a file that came with a form. ``status``: of the page, where none was stored."""

    name: str
    text: str
    failed: bool
    status: int = 400


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """What the index made of an added file, or of one inside it; as :class:`webui.files.FileView`.

    ``excluded``: the index passes over files of this name. ``waiting``: it was not read yet.
    ``take_out``: the added file that can be taken out: this one or, once for all in it, an archive.
    """

    name: str
    state: Literal["read", "failed", "excluded", "waiting"]
    url: str = ""
    format: str = ""
    reports: int = 0
    characters: int = 0
    failed: str = ""
    warnings: tuple[str, ...] = ()
    take_out: str = ""


def install(app: Flask, inbox: Inbox, count: Callable[[str], None]) -> None:
    """Let files be added. ``count`` is told what became of each: new, known, ignored or refused."""
    app.extensions["gaoku-inbox"] = inbox
    app.extensions["gaoku-uploads-counted"] = count
    app.register_blueprint(blueprint)


# -- taking files ------------------------------------------------------------------------------------------


@blueprint.get("/add")
def add_page() -> ResponseReturnValue:
    """Where files are added."""
    if g.read_only:
        raise access.for_reading_only(_READ_ONLY)
    return _page()


@blueprint.post("/add")
def add() -> ResponseReturnValue:
    """Take the files of a form, for browsers without scripts."""
    most = inbox().limit + FORM_BYTES
    try:
        # Not request.stream: its limit is that of all other pages.
        stream = get_input_stream(request.environ, max_content_length=most)
    except RequestEntityTooLarge:
        fault = ReceivedView("这些文件", f"合起来超过 {_limit()}，一个也没有保存。请分几次添加。", True)
        return _page((fault,), 413)
    form = iter(Form(request.headers.get("Content-Type", ""), stream))
    first = next(form, None)
    token = first.text(_LONGEST_TOKEN) if first and first.name == "csrf_token" else ""
    access.check_token(request.headers.get("X-CSRFToken") or token)
    received = tuple(_all_taken(form)) or (ReceivedView("", "还没有选文件。", True),)
    stored = any(not view.failed for view in received)
    if stored:
        start_run("uploads")
    return _page(received, 200 if stored else max(view.status for view in received))


def _all_taken(form: Iterator[Part]) -> Iterator[ReceivedView]:
    """Take the files of a form as they come; what has come whole stays where the rest does not come."""
    try:
        for part in form:
            if part.name == "files" and part.filename:  # an empty one where nothing was chosen
                yield _taken(part.filename, part)
    except (BadRequest, RequestEntityTooLarge):
        yield ReceivedView("其余的文件", "没有传完，请重新上传。", True)


def _taken(name: str, source: Source) -> ReceivedView:
    try:
        taken = _receive(name, source)
    except UploadError as error:
        status = _STATUS[type(error)] if isinstance(error, StorageError) else 400
        return ReceivedView(name, wording.in_chinese(str(error)), True, status)
    return ReceivedView(taken.file, _STATES[taken.state], taken.state == "ignored")


@blueprint.put("/add/file")
def add_file() -> ResponseReturnValue:
    """Take one file; its name is in the address, its content is all that is sent."""
    size = request.content_length
    if size is None and request.headers.get("Transfer-Encoding", "").lower() != "chunked":
        raise LengthRequired
    try:
        taken = _receive(request.args.get("name", ""), get_input_stream(request.environ), size)
    except UploadError as error:
        return api.error(_STATUS.get(type(error), 409), wording.in_chinese(str(error)))
    return jsonify(file=taken.file, size=taken.size, state=taken.state)


def _receive(name: str, source: Source, size: int | None = None) -> Received:
    """Store a file; it is counted, and the audit says so. Raises UploadError, BadRequest."""
    count: Callable[[str], None] = current_app.extensions["gaoku-uploads-counted"]
    try:
        taken = inbox().receive(name, source, size)
    except Exception as error:
        count("refused")
        _log_trouble(error)
        reason = str(error) if isinstance(error, UploadError) else type(error).__name__
        access.record("upload refused", name=name[:LONGEST_NAME], reason=reason)
        raise
    count(taken.state)
    if taken.state != "ignored":
        indexing().stored()
        access.record("upload", file=taken.file, size=taken.size, digest=taken.digest, state=taken.state)
    return taken


def _log_trouble(error: Exception) -> None:
    """What the one who sends a file cannot mend is for the one who runs the server."""
    if isinstance(error, StorageError):
        current_app.logger.error("an added file cannot be stored: %s", error.detail)


def _limit() -> str:
    return f"{inbox().limit / (1 << 20):.4g} MB"


def _page(received: Sequence[ReceivedView] = (), status: int = 200) -> ResponseReturnValue:
    return pages.render(
        "add.html", status, limit=_limit(), limit_bytes=inbox().limit, received=tuple(received)
    )


# -- what became of them -----------------------------------------------------------------------------------


@blueprint.post("/add/outcome")
def outcome() -> ResponseReturnValue:
    """What the index made of added files, by the names that they were given; a piece of a page."""
    asked = dict.fromkeys(request.form.getlist("file"))
    if len(asked) > _MOST_ASKED:
        raise RequestEntityTooLarge
    held = _held(asked)
    views = [view for file in asked for view in _outcomes(file, held.get(file, ()))]
    views.sort(key=lambda view: view.state != "failed")
    return pages.render("_outcome.html", files=tuple(views[:_MOST_SHOWN]), more=len(views[_MOST_SHOWN:]))


def _held(asked: Collection[str]) -> dict[str, list[tuple[str, FileEntry]]]:
    """By the added file: what the index knows of it and of those inside it, each with its name among them."""
    held: dict[str, list[tuple[str, FileEntry]]] = {}
    try:
        with pages.library().reader() as reader:
            known, prefix = reader.files(), inbox().prefix_in(reader.meta.folders)
    except NoIndexError:
        return held
    for name, entry in known.items():
        if prefix and name.startswith(prefix):
            below = PurePosixPath(name[len(prefix) :])
            for file in map(str, (below, *below.parents)):
                if file in asked:
                    held.setdefault(file, []).append((str(below), entry))
    return held


def _outcomes(file: str, entries: Sequence[tuple[str, FileEntry]]) -> Iterator[OutcomeView]:
    """A file, or of an archive what is in it."""
    own = next((entry for name, entry in entries if name == file), None)
    take_out = file if not g.read_only and added.can_be_taken_out(file) else ""
    if own is None or not _is_of(own, inbox().folder / file):
        yield OutcomeView(file, "excluded" if inbox().ignores(file) else "waiting", take_out=take_out)
        return
    for name, entry in entries:
        is_archive = file_type(entry.format) == ARCHIVE
        if len(entries) > 1 and is_archive and not entry.failed and not entry.warnings:
            continue  # what is in it says it all
        shown = files.view(entry)
        yield OutcomeView(
            name=name,
            state="failed" if shown.failed else "read",
            url=shown.url,
            format=shown.format,
            reports=shown.reports,
            characters=shown.characters,
            failed=shown.failed,
            warnings=shown.warnings,
            take_out=take_out,
        )
        take_out = ""


def _is_of(entry: FileEntry, path: Path) -> bool:
    """Whether the index has read the file as it is now."""
    try:
        now = path.stat()
    except OSError:
        return True  # gone since
    return entry.stamp is None or (entry.stamp.size, entry.stamp.mtime_ns) == (now.st_size, now.st_mtime_ns)
