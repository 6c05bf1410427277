"""Serving: waitress, on one port, until Ctrl+C."""

from __future__ import annotations

import contextlib
import errno
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from indexer.errors import GaokuError, NoIndexError
from indexer.library import Library
from indexer.search import make_question, search
from indexer.suggest.completion import Completer
from indexer.suggest.spelling import Speller
from indexer.uploads import Inbox, UploadError
from webui import connections, logs
from webui.access import Access, Rules
from webui.app import create_app
from webui.indexing import LISTENERS, Indexing

#: Those that answer, and those that follow index runs. Python computes in one of them at a time; but two
#: exports and two files that are added must not keep all others waiting.
_THREADS = 5 + LISTENERS

#: Seconds that a thread computes before another may: most pages take no longer, and are done sooner one after
#: the other than by turns. Of 32 people at once it answers 5 % more, the slowest hundredth 10 % sooner, than
#: with Python's own 5 ms (``make load``).
_TURN = 0.02


def serve(
    directory: Path,
    host: str,
    port: int,
    rules: Rules | None = None,
    *,
    metrics_public: bool = False,
    log_json: bool = False,
    refresh: float | None = None,
) -> None:
    """Serve the page and the API until Ctrl+C; port 0 is any free one. ``rules``: who comes in.

    ``metrics_public``: other machines may read /metrics, too. ``log_json``: what goes to stderr is one JSON
    object a line, with one for each request. ``refresh``: minutes after which the index is brought up to date
    again, for the first time at once.

    A missing index is no hindrance: the page says what to do. Raises OutdatedIndexError, CorruptIndexError
    and, where the address cannot be had, GaokuError.
    """
    rules = rules or Rules(host=host)
    say = logs.as_json() if log_json else _print
    app = create_app(directory, rules, metrics_public=metrics_public)
    library: Library = app.extensions["gaoku"]
    _open_index(library, say)
    sys.setswitchinterval(_TURN)
    inbox: Inbox = app.extensions["gaoku-inbox"]
    runs: Indexing = app.extensions["gaoku-indexing"]
    _sweep(inbox, say)
    try:
        limits = connections.Limits(exempt=rules.proxy)
        server = connections.create_server(
            app,
            limits,
            host=host,
            port=port,
            threads=_THREADS,
            channel_request_lookahead=1,  # tells when who listens to index runs has gone
            **_proxy(rules),
        )
    except (OSError, ValueError) as error:
        raise _no_address(error, host, port) from error
    shown = f"[{host}]" if ":" in host else host
    say(f"Gaoku serves http://{shown}:{server.effective_listen[0][1]}  (Ctrl+C ends it)")
    _say_who_comes_in(app.extensions["gaoku-access"], say)
    try:
        with _told_when_it_ends(runs):
            library.follow_aside()
            if not app.extensions["gaoku-access"].read_only:
                runs.read_what_was_left(say)
            if refresh is not None:
                runs.refresh(refresh)
            server.run()
    finally:
        server.close()
        library.close()  # first: a run waits for it to turn to what is new
        runs.close()
        inbox.close()


@contextlib.contextmanager
def _told_when_it_ends(runs: Indexing) -> Iterator[None]:
    """Ctrl-C, or a request to end, sends those away first who listen: waitress waits for its threads."""

    def end(number: int, frame: object) -> None:
        runs.let_go()
        raise KeyboardInterrupt

    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            # Who started the server may want it to go on (nohup).
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _sweep(inbox: Inbox, say: Callable[[str], None]) -> None:
    """Clear away what was half sent when an earlier server ended."""
    try:
        left = inbox.sweep()
    except UploadError as error:
        say(f"{error}")
    else:
        if left:
            say(f"{left} files that were half sent to an earlier server are cleared away.")


def _print(text: str) -> None:
    click.echo(text, err=True)


def _proxy(rules: Rules) -> dict[str, object]:
    """Whose word on the visitor's address, and on https, counts: one server's in front, and nobody else's."""
    # What others say of it is believed nowhere, but kept: /metrics is for nobody who comes through a proxy.
    known: dict[str, object] = {"clear_untrusted_proxy_headers": False}
    if rules.proxy:
        known["trusted_proxy"] = rules.proxy
        known["trusted_proxy_headers"] = {"x-forwarded-for", "x-forwarded-proto"}
    return known


def _say_who_comes_in(access: Access, say: Callable[[str], None]) -> None:
    if access.rules.beyond and not access.needs_log_in:
        say(
            "There are no users: everyone who reaches this address may read everything, and change nothing."
            " Add one with: gaoku user add NAME"
        )


def _open_index(library: Library, say: Callable[[str], None]) -> None:
    """Open the index and ask it once, so that the first visitor does not wait for what is loaded then."""
    try:
        search(library, make_question("工作报告", limit=1))
    except NoIndexError:
        say("There is no index yet; the page says what to do.")
    else:
        threading.Thread(target=_prepare, args=(library,), daemon=True).start()


def _prepare(library: Library) -> None:
    """Make what suggestions and similar texts are made from, while others already search."""
    with contextlib.suppress(GaokuError):  # who asks later is told
        library.derived(Speller).prepare()
        library.derived(Completer).prepare()
        library.shingles()


def _no_address(error: OSError | ValueError, host: str, port: int) -> GaokuError:
    number = getattr(error, "errno", None)
    if number in (errno.EADDRINUSE, errno.EACCES) or getattr(error, "winerror", None) == 10048:
        why = "is in use" if number != errno.EACCES else "may not be used by this account"
        return GaokuError(
            f"port {port} {why}; choose another with: gaoku serve --port {port + 1 if port < 65535 else 8000}"
        )
    return GaokuError(f"cannot listen on {host} port {port} ({error}); check --host and --port")
