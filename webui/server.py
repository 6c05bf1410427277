"""Serving: waitress, on one port, until Ctrl+C."""

from __future__ import annotations

import contextlib
import errno
import threading
from pathlib import Path

import click
import waitress

from indexer.errors import GaokuError, NoIndexError
from indexer.library import Library
from indexer.search import make_question, search
from indexer.suggest.completion import Completer
from indexer.suggest.spelling import Speller
from webui.app import create_app

_THREADS = 4


def serve(directory: Path, host: str, port: int) -> None:
    """Serve the page and the API until Ctrl+C; port 0 is any free one.

    A missing index is no hindrance: the page says what to do. Raises OutdatedIndexError, CorruptIndexError
    and, where the address cannot be had, GaokuError.
    """
    app = create_app(directory)
    _open_index(app.extensions["gaoku"])
    try:
        server = waitress.create_server(app, host=host, port=port, threads=_THREADS, ident=None)
    except (OSError, ValueError) as error:
        raise _no_address(error, host, port) from error
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"Gaoku serves http://{shown}:{_port(server) or port}  (Ctrl+C ends it)", err=True)
    try:
        server.run()
    finally:
        server.close()
        app.extensions["gaoku"].close()


def _open_index(library: Library) -> None:
    """Open the index and ask it once, so that the first visitor does not wait for what is loaded then."""
    try:
        search(library, make_question("工作报告", limit=1))
    except NoIndexError:
        click.echo("There is no index yet; the page says what to do.", err=True)
    else:
        threading.Thread(target=_prepare, args=(library,), daemon=True).start()


def _prepare(library: Library) -> None:
    """Make what suggestions and similar texts are made from, while others already search."""
    with contextlib.suppress(GaokuError):  # who asks later is told
        library.derived(Speller).prepare()
        library.derived(Completer)
        library.shingles()


def _port(server: waitress.server.BaseWSGIServer | waitress.server.MultiSocketServer) -> int:
    """The port that it really listens on."""
    if hasattr(server, "effective_listen"):  # a name with several addresses
        return int(server.effective_listen[0][1])
    return int(server.effective_port)


def _no_address(error: OSError | ValueError, host: str, port: int) -> GaokuError:
    number = getattr(error, "errno", None)
    if number in (errno.EADDRINUSE, errno.EACCES) or getattr(error, "winerror", None) == 10048:
        why = "is in use" if number != errno.EACCES else "may not be used by this account"
        return GaokuError(
            f"port {port} {why}; choose another with: gaoku serve --port {port + 1 if port < 65535 else 8000}"
        )
    return GaokuError(f"cannot listen on {host} port {port} ({error}); check --host and --port")
