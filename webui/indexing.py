"""Index runs over the page: started, stopped, followed; and those that come round by themselves."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    redirect,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, ServiceUnavailable

from indexer import home
from indexer.errors import GaokuError, IndexStateError
from indexer.library import Library
from indexer.model import Folder
from indexer.runs import ClosedError, Run, Runner, Runs
from indexer.settings import Settings
from indexer.uploads import Inbox, UnreachableError
from webui import access, pages, running, unread
from webui.soon import Soon

#: Who follows runs at a time; each of them keeps a thread of the server busy.
LISTENERS = 4
_SETTLED = 5.0  # seconds after the last file was stored, in which its page asks for a run, or another comes
_LONGEST = 600.0  # seconds that one is listened to
_SILENCE = 15.0  # seconds after which a line says that the server is still there
_APART = 0.25  # seconds between two events
_LOOK = 0.5  # seconds after which it is looked whether there is still somebody to be told
_AGAIN = 2  # seconds, for who is not let in
_CATCHING_UP = 60.0  # seconds that a run which has done its work waits to be seen

_log = logging.getLogger(__name__)
blueprint = Blueprint("indexing", __name__)


class NothingToDoError(Exception):
    """No folder is known that could be brought up to date."""


class Indexing:
    """The index runs of one application.

    ``count`` is told the state of each run that has ended. A run has ended once ``library`` answers from what
    it made, which takes a moment where updates are followed aside.
    """

    def __init__(
        self,
        library: Library,
        settings: Settings,
        inbox: Inbox,
        count: Callable[[str], None] = lambda state: None,
    ) -> None:
        directory = library.directory
        self.runner = Runner(
            directory,
            jobs=settings.jobs,
            settle=partial(library.catch_up, _CATCHING_UP),
            on_end=self._ended,
        )
        self._directory, self._settings, self._inbox, self._count = directory, settings, inbox, count
        self._unread = False  # something was added, and no run has been asked for that would read it
        self._soon = Soon(_SETTLED, self._read_stored)
        self.closed = False
        self.room = threading.BoundedSemaphore(LISTENERS)
        self._refresher: threading.Thread | None = None
        self._enough = threading.Event()

    def stored(self) -> None:
        """A file was added: it is read soon, whether or not somebody asks for that."""
        self._unread = True
        self._soon.ask()

    def start_uploads(self) -> Run:
        """Have what was added read.

        Raises NothingToDoError where there is none, UnreachableError where the folder is away, ClosedError.
        """
        if not self._inbox.holds_files():
            self._inbox.check_folder()
            raise NothingToDoError
        self._soon.drop()
        self._unread = False
        return self.runner.start([self._inbox.folder])

    def start_all(self) -> Run:
        """Have all folders that the index remembers brought up to date; the last run that does so.

        What was added is among them from its first run on, unless it was taken out (``gaoku forget``) and
        nothing was added since. Without an index it is the folder that ``gaoku index`` would begin with, and
        what was added. Raises NothingToDoError, ClosedError.
        """
        folders = self._remembered()
        known = folders is None or bool(folders) or self._settings.corpus.is_dir()
        is_one = self._holds_added(folders)
        added = not is_one and (self._unread or not folders) and self._inbox.holds_files()
        if not known and not added:
            raise NothingToDoError
        if is_one:
            self._soon.drop()
        run = self.runner.start() if known else None
        return self.start_uploads() if added or run is None else run

    def follow(self) -> None:
        """Have the index follow what was taken out of the folder for added files, or put back into it.

        Not as what was added is read: nothing may be left of it. Where the index lacks the folder (``gaoku
        forget``) there is nothing to follow, unless a run is about to bring it in. Raises ClosedError.
        """
        if self._holds_added(self._remembered()) or self.runner.runs().busy:
            self.runner.start([self._inbox.folder])

    def waiting(self) -> int:
        """How many added files are not read, where no run comes for them: the last was stopped, or failed."""
        runs = self.runner.runs()
        if runs.busy or runs.last is None or runs.last.state == "done":
            return 0
        return unread.count(self._directory, self._inbox.folder, self._settings.exclude)

    def read_what_was_left(self, say: Callable[[str], None]) -> None:
        """Have the index follow what an earlier server stored, or took out, and did not come to.

        Does not wait for that.
        """
        threading.Thread(target=self._look_for_left, args=(say,), name="index-left", daemon=True).start()

    def refresh(self, minutes: float) -> None:
        """Start a run of all now, and again so long after each has ended, until :meth:`close`."""
        self._refresher = threading.Thread(
            target=self._keep_fresh, args=(minutes * 60,), name="index-refresh", daemon=True
        )
        self._refresher.start()

    def let_go(self) -> None:
        """Send away who listens: to be called when the server is about to wait for its threads."""
        self.closed = True

    def close(self) -> None:
        """End what goes on, and start nothing more."""
        self.closed = True
        self._enough.set()
        self._soon.close()
        self.runner.close()
        if self._refresher is not None:
            self._refresher.join()

    def _remembered(self) -> tuple[Folder, ...] | None:
        """The folders of the index; None where that cannot be known: the run says why."""
        try:
            pointer = home.read_pointer(self._directory)
        except IndexStateError:
            return None
        return pointer.folders if pointer else ()

    def _holds_added(self, folders: tuple[Folder, ...] | None) -> bool:
        """Whether the folder for added files is among these, or in one of them."""
        return folders is None or any(self._inbox.folder.is_relative_to(f.path) for f in folders)

    def _keep_fresh(self, seconds: float) -> None:
        while not self._enough.is_set():
            try:
                self.start_all()
            except NothingToDoError:
                _log.info("nothing to refresh yet: no folder is known")
            except ClosedError:
                return
            except Exception:  # a folder that may not be looked at, a network drive that is gone for now
                _log.exception("the index could not be refreshed; it is tried again")
            runs = self.runner.runs()
            while runs.busy and not self._enough.is_set():
                runs = self.runner.wait(runs.version, 60)
            self._enough.wait(seconds)

    def _read_stored(self) -> None:
        with suppress(NothingToDoError, ClosedError):  # removed by hand; the next server looks for it
            self.start_uploads()

    def _look_for_left(self, say: Callable[[str], None]) -> None:
        try:
            self._inbox.check_folder()
            left = unread.holds_unread(self._directory, self._inbox.folder, self._settings.exclude)
        except UnreachableError as error:
            _log.warning("%s", error.detail)
            return
        except Exception:
            _log.exception("it could not be seen whether added files were left unread")
            return
        if left:
            say("The index does not have the added files as they are now; it is brought up to date.")
            with suppress(ClosedError):
                self.runner.start([self._inbox.folder])  # nothing may be left of them

    def _ended(self, run: Run) -> None:
        """Count a run, and tell the log what the page cannot say in full."""
        if run.state != "done" and run.paths == (self._inbox.folder,):
            self._unread = True
        self._count(run.state)
        if run.state in ("failed", "locked"):
            _log.warning("index run %s %s: %s", run.number, run.state, run.error)
        for warning in (run.summary or {}).get("warnings", ()):
            _log.warning("index run %s: %s", run.number, warning)


def indexing() -> Indexing:
    """The index runs of this application."""
    held: Indexing = current_app.extensions["gaoku-indexing"]
    return held


def install(app: Flask, made: Indexing) -> None:
    """Give an application its index runs; every page says of one that goes on."""
    app.extensions["gaoku-indexing"] = made
    app.extensions["gaoku-runs"] = made.runner
    app.register_blueprint(blueprint)
    app.context_processor(_on_every_page)


def _on_every_page() -> dict[str, Any]:
    """``running``: the run that goes on; ``waiting`` counts. For nobody who has to log in first."""
    try:
        is_told = access.current_user() is not None or not access.current().needs_log_in
    except GaokuError:  # the users cannot be read; this may be the page that says so
        is_told = False
    if not is_told:
        return {"running": None}
    return {"running": running.running(running.runner().runs()), "waiting": indexing().waiting}


@blueprint.post("/index-runs")
def start() -> ResponseReturnValue:
    """Start a run: of ``what`` was added (``uploads``), or of all folders."""
    what = request.form.get("what", "all")
    if what not in ("uploads", "all"):
        raise BadRequest("what is uploads or all")
    try:
        run = start_run(what)
    except NothingToDoError:
        if what == "uploads":
            return pages.told(409, "没有添加的文件", "存放添加文件的文件夹里没有文件。请先添加文件。")
        return pages.told(
            409,
            "还没有可以更新的文件夹",
            "还没有添加过文件，稿库也不知道别的文件夹。请先添加文件，或请管理员运行 gaoku index 文件夹。",
        )
    if pages.wants_json():
        return jsonify(running.as_json(running.runner().runs()) | {"started": run.number})
    return _back()


def start_run(what: str) -> Run:
    """Start a run for who sends this request: of what was added (``uploads``), or of ``all`` folders.

    Raises NothingToDoError, UnreachableError, ServiceUnavailable where the server is about to end.
    """
    try:
        run = indexing().start_uploads() if what == "uploads" else indexing().start_all()
    except ClosedError:
        raise ServiceUnavailable("the server is about to end", retry_after=_AGAIN) from None
    access.record("index run", folders=what)
    return run


@blueprint.post("/index-runs/stop")
def stop() -> ResponseReturnValue:
    """Stop the run that goes on, and those that wait."""
    if running.runner().stop():
        access.record("index run stopped")
    return _back()


@blueprint.get("/index-runs")
def state() -> Response:
    """What goes on, as JSON."""
    return jsonify(running.as_json(running.runner().runs()))


@blueprint.get("/index-runs/events")
def events() -> Response:
    """The same at once and with each change, as long as somebody listens."""
    held = indexing()
    if request.method == "HEAD":
        return Response(mimetype="text/event-stream")
    if held.closed or not held.room.acquire(blocking=False):
        raise ServiceUnavailable("others are following already; ask /index-runs", retry_after=_AGAIN)
    gone = request.environ.get("waitress.client_disconnected", lambda: False)
    told = _told_to_one(held, access.may_go_on(), gone)
    response = Response(told, mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # nginx would keep it back
    response.call_on_close(held.room.release)
    return response


def _told_to_one(held: Indexing, may_go_on: Callable[[], bool], gone: Callable[[], bool]) -> Iterator[str]:
    """What one listener is sent; it ends when nobody listens any more, or may not."""
    until = time.monotonic() + _LONGEST
    said, version = 0.0, -1
    yield "retry: 2000\n\n"
    while not held.closed and not gone() and time.monotonic() < until and may_go_on():
        runs = held.runner.wait(version, _LOOK) if version >= 0 else held.runner.runs()
        now = time.monotonic()
        if runs.version != version:
            version, said = runs.version, now
            yield _event(runs)
            time.sleep(_APART)
        elif now - said >= _SILENCE:
            said = now
            yield ": still here\n\n"


def _event(runs: Runs) -> str:
    return f"id: {runs.version}\nevent: runs\ndata: {json.dumps(running.as_json(runs))}\n\n"


def _back() -> ResponseReturnValue:
    if pages.wants_json():
        return state()
    return redirect(url_for("pages.files_page"), 303)
