"""Files that are added over the page: taken, stored, and told what became of them."""

from __future__ import annotations

import secrets
import stat
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from flask import Blueprint, Flask, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, LengthRequired, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from indexer import readers
from indexer.errors import GaokuError, NoIndexError
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
    megabytes,
    safe_name,
)
from webui import access, added, api, files, pages, unread, wording
from webui.added import inbox
from webui.indexing import indexing, start_run
from webui.parts import Form, Part

#: Of a form besides its files, bytes.
FORM_BYTES = 1 << 20
_MOST_ASKED = 20_000  # files of which it is asked at a time what became of them
_MOST_SHOWN = 500  # of them and of those inside them, with all that is known; the others are counted
_MOST_FORMS = 64  # forms whose answers are kept
_MOST_TOLD = 500  # files of one of them; the others are counted
_LONGEST_TOKEN = 1000
LONGEST_NAME = 200  # characters of a refused name that the audit keeps

_EMPTY = "空文件，没有保存。请检查原文件，重新复制。"
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
#: What to do about a file that is not taken; the error itself says what is wrong with it.
_ADVICE: dict[type[UploadError], str] = {
    TooLargeError: "请拆分、压缩，或请管理员直接放进文件夹",
    DiskFullError: "请告诉管理员清理磁盘",
}

blueprint = Blueprint("adding", __name__)


@dataclass(frozen=True, slots=True)
class ReceivedView:
    """What became of a file that came with a form; of one that is ``stored``, what the index made of it.

    ``status``: of the page, where none was stored.
    """

    name: str
    text: str
    failed: bool
    status: int = 400
    stored: bool = False
    url: str = ""


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


#: The states that are shown, in their order: what is to be done something about comes first.
_ORDER = ("waiting", "failed", "read")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one added file. ``inner``: what the index knows of it and of those in it, by name."""

    file: str
    state: Literal["read", "failed", "excluded", "waiting"]
    inner: tuple[tuple[str, FileEntry], ...] = ()

    @property
    def reports(self) -> int:
        """Reports in it, all told."""
        return sum(entry.reports for _, entry in self.inner)

    @property
    def failed(self) -> int:
        """Files in it that cannot be read, itself among them."""
        return sum(entry.failed is not None for _, entry in self.inner)


@dataclass(frozen=True, slots=True)
class ReceivedFiles:
    """What became of the files of a form: ``told`` are some of them, ``saved`` and ``lost`` count all."""

    told: tuple[ReceivedView, ...] = ()
    saved: int = 0
    lost: int = 0

    @classmethod
    def of(cls, views: Collection[ReceivedView]) -> ReceivedFiles:
        """What failed is told first, however many there were."""
        lost = sum(view.failed for view in views)
        told = sorted(views, key=lambda view: not view.failed)[:_MOST_TOLD]
        return cls(tuple(told), len(views) - lost, lost)

    @property
    def more(self) -> int:
        """Those that are not told."""
        return self.saved + self.lost - len(self.told)


class _Forms:
    """What came of the forms that were sent last, each by a name that cannot be guessed; for many threads.

    So that a page can be loaded again without sending all of it again.
    """

    def __init__(self) -> None:
        self._held: dict[str, ReceivedFiles] = {}
        self._guard = threading.Lock()

    def keep(self, received: ReceivedFiles) -> str:
        name = secrets.token_urlsafe(16)
        with self._guard:
            self._held[name] = received
            while len(self._held) > _MOST_FORMS:
                del self._held[next(iter(self._held))]
        return name

    def get(self, name: str) -> ReceivedFiles:
        with self._guard:
            return self._held.get(name, ReceivedFiles())


def install(app: Flask, inbox: Inbox, count: Callable[[str], None]) -> None:
    """Let files be added. ``count`` is told what became of each: new, known, ignored or refused."""
    app.extensions["gaoku-inbox"] = inbox
    app.extensions["gaoku-uploads-counted"] = count
    app.extensions["gaoku-forms"] = _Forms()
    app.register_blueprint(blueprint)


# -- taking files ------------------------------------------------------------------------------------------


@blueprint.get("/add")
def add_page() -> ResponseReturnValue:
    """Where files are added."""
    if g.read_only:
        raise access.for_reading_only(_READ_ONLY)
    return _page(_as_read(_forms().get(request.args.get("form", ""))))


@blueprint.post("/add")
def add() -> ResponseReturnValue:
    """Take the files of a form, for browsers without scripts."""
    most = inbox().limit + FORM_BYTES
    try:
        # Not request.stream: its limit is that of all other pages.
        stream = get_input_stream(request.environ, max_content_length=most)
    except RequestEntityTooLarge:
        return _page(fault=f"这些文件合起来超过 {_limit()}，一个也没有保存。请分几次添加。", status=413)
    form = iter(Form(request.headers.get("Content-Type", ""), stream))
    first = next(form, None)
    token = first.text(_LONGEST_TOKEN) if first and first.name == "csrf_token" else ""
    access.check_token(request.headers.get("X-CSRFToken") or token)
    views = tuple(_all_taken(form))
    if not views:
        return _page(fault="还没有选文件。", status=400)
    received = ReceivedFiles.of(views)
    if not received.saved:
        return _page(received, status=max(view.status for view in views))
    start_run("uploads")
    return redirect(url_for("adding.add_page", form=_forms().keep(received)), 303)


def _all_taken(form: Iterator[Part]) -> Iterator[ReceivedView]:
    """Take the files of a form as they come; what has come whole stays where the rest does not come."""
    try:
        for part in form:
            if part.name != "files" or not part.filename:  # an empty name where nothing was chosen
                continue
            if part.is_empty():  # scripts do not even send it
                yield ReceivedView(part.filename, _EMPTY, True)
            else:
                yield _taken(part.filename, part)
    except (BadRequest, RequestEntityTooLarge):
        yield ReceivedView("其余的文件", "没有传完，请重新上传。", True)


def _taken(name: str, source: Source) -> ReceivedView:
    try:
        taken = _receive(name, source)
    except UploadError as error:
        advice = _ADVICE.get(type(error))
        status = _STATUS.get(type(error), 400)
        told = "。".join(filter(None, (wording.in_chinese(str(error)), advice)))
        return ReceivedView(name, told, True, status)
    ignored = taken.state == "ignored"
    text = _STATES[taken.state]
    if not ignored and taken.file != name:
        text += f"，保存为“{taken.file}”"
    return ReceivedView(taken.file, text, ignored, stored=not ignored)


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
    return megabytes(inbox().limit)


def _page(
    received: ReceivedFiles = ReceivedFiles(), *, fault: str = "", status: int = 200
) -> ResponseReturnValue:
    """The page; ``fault``: why no file of a form was looked at."""
    return pages.render(
        "add.html",
        status,
        limit=_limit(),
        limit_bytes=inbox().limit,
        received=received,
        fault=fault,
        suffixes=readers.suffixes(),
    )


def _forms() -> _Forms:
    held: _Forms = current_app.extensions["gaoku-forms"]
    return held


def _as_read(received: ReceivedFiles) -> ReceivedFiles:
    """What came of a form, with what the index has made of it by now."""
    names = [view.name for view in received.told if view.stored]
    if not names:
        return received
    try:
        found = {outcome.file: outcome for outcome in _outcomes(names)}
    except GaokuError:  # other pages say what is wrong with the index
        found = {}
    return replace(received, told=tuple(_one_as_read(view, found.get(view.name)) for view in received.told))


def _one_as_read(view: ReceivedView, outcome: _Outcome | None) -> ReceivedView:
    if outcome is None or outcome.state in ("waiting", "excluded"):
        return view
    name, entry = outcome.inner[0]
    shown = files.view(entry)
    if outcome.state == "failed":
        return replace(view, text=f"{view.text}；读不了：{shown.failed}" if shown.failed else view.text)
    url = shown.url if name == view.name else ""
    text = f"{view.text}；可以搜索了，{outcome.reports:,} 篇报告"
    if outcome.failed:
        text += f"，压缩包里有 {outcome.failed:,} 个读不了"
    return replace(view, text=text, url=url)


# -- what became of them -----------------------------------------------------------------------------------


@blueprint.post("/add/outcome")
def outcome() -> ResponseReturnValue:
    """What the index made of added files, by the names that they were given (``files``), as JSON.

    ``files``: each of them, with what it comes to, the bytes that lie in its place and the seconds since
    they were stored. ``html``: pieces of a page for the first of them and of those inside them; ``more`` of
    each state are there.
    """
    now = time.time()
    asked = request.get_json()
    names = asked.get("files") if isinstance(asked, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadRequest("files is a list of names")
    if len(names) > _MOST_ASKED:
        raise RequestEntityTooLarge
    outcomes = list(_outcomes(dict.fromkeys(names)))
    pieces = [piece for outcome in outcomes for piece in _pieces(outcome)]
    pieces.sort(key=lambda piece: _ORDER.index(piece.state))
    return jsonify(
        files=[
            {
                "file": outcome.file,
                "state": outcome.state,
                "reports": outcome.reports,
                "failed": outcome.failed,
                **_lying(outcome.file, now),
            }
            for outcome in outcomes
        ],
        html=render_template("_outcome.html", files=tuple(map(_view, pieces[:_MOST_SHOWN]))),
        more=Counter(piece.state for piece in pieces[_MOST_SHOWN:]),
    )


_NOTHING: dict[str, float | None] = {"size": None, "age": None}


def _lying(file: str, now: float) -> dict[str, float | None]:
    """The bytes of what lies where an added file of this name would, and its seconds; None: nothing does."""
    try:
        there = (inbox().folder / safe_name(file)).lstat()
    except (OSError, ValueError):  # ValueError: no name of a file at all
        return _NOTHING
    return {"size": there.st_size, "age": now - there.st_mtime} if stat.S_ISREG(there.st_mode) else _NOTHING


def _outcomes(asked: Collection[str]) -> Iterator[_Outcome]:
    """What the index made of each of these files."""
    held = _held(frozenset(asked))
    for file in asked:
        entries = held.get(file, ())
        own = next((entry for name, entry in entries if name == file), None)
        if not unread.is_read(own, inbox().folder / file):
            yield _Outcome(file, "excluded" if inbox().ignores(file) else "waiting")
            continue
        # What is in an archive says it all.
        inner = tuple((n, e) for n, e in entries if len(entries) == 1 or not _is_quiet_archive(e))
        inner = inner or tuple(entries)
        yield _Outcome(file, "failed" if all(e.failed is not None for _, e in inner) else "read", inner)


def _held(asked: Collection[str]) -> dict[str, list[tuple[str, FileEntry]]]:
    """By the added file: what the index knows of it and of those inside it, each with its name among them."""
    held: dict[str, list[tuple[str, FileEntry]]] = {}
    try:
        with pages.library().reader() as reader:
            known, prefix = reader.files(), inbox().prefix_in(reader.meta.folders)
    except NoIndexError:
        return held
    if not prefix:
        return held
    for name, entry in known.items():
        if not name.startswith(prefix):
            continue
        file = below = name[len(prefix) :]
        while file:
            if file in asked:
                held.setdefault(file, []).append((below, entry))
            file = file.rpartition("/")[0]
    return held


def _is_quiet_archive(entry: FileEntry) -> bool:
    return file_type(entry.format) == ARCHIVE and not entry.failed and not entry.warnings


@dataclass(frozen=True, slots=True)
class _Piece:
    """A file that is shown. ``of``: the added file that it is taken out with; only the first of several."""

    state: str
    name: str
    entry: FileEntry | None = None
    of: str = ""


def _pieces(outcome: _Outcome) -> Iterator[_Piece]:
    """What is shown of a file: itself, or of an archive those in it."""
    of = outcome.file
    if outcome.state == "waiting":
        yield _Piece("waiting", outcome.file, of=of)
    for name, entry in outcome.inner:
        yield _Piece("failed" if entry.failed is not None else "read", name, entry, of)
        of = ""


def _view(piece: _Piece) -> OutcomeView:
    take_out = piece.of if piece.of and not g.read_only and added.can_be_taken_out(piece.of) else ""
    if piece.entry is None:
        return OutcomeView(piece.name, "waiting", take_out=take_out)
    shown = files.view(piece.entry)
    return OutcomeView(
        name=piece.name,
        state="failed" if piece.state == "failed" else "read",
        url=shown.url,
        format=shown.format,
        reports=shown.reports,
        characters=shown.characters,
        failed=shown.failed,
        warnings=shown.warnings,
        take_out=take_out,
    )
