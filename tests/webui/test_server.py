"""The server as a process: it is started by the command, asked over a socket and stopped by Ctrl+C."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from waitress import trigger
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from waitress.receiver import ChunkedReceiver

from indexer.errors import CorruptIndexError, GaokuError, OutdatedIndexError
from indexer.users import Users
from webui import Rules, connections, create_app, receiving, serve
from webui.server import _print, _proxy, _say_who_comes_in

if TYPE_CHECKING:
    from tests.webui.conftest import Corpus

_PATIENCE = 60  # seconds until a server that does not come up is given up


@contextlib.contextmanager
def served(index: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str], list[str]]]:
    """A server on a free port: its address, its process, the lines it wrote until then."""
    command = [sys.executable, "-m", "indexer", "serve", "--index", str(index), "--port", "0", *options]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2], env=environment
    )
    try:
        assert process.stderr is not None
        lines = []
        give_up = time.monotonic() + _PATIENCE
        while time.monotonic() < give_up:
            lines.append(process.stderr.readline())
            found = re.search(r"http://127\.0\.0\.1:(\d+)", lines[-1])
            if found:
                yield found.group(), process, lines
                return
            assert lines[-1], f"the server ended: {lines}"
        raise AssertionError(f"no address: {lines}")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C cannot be sent to one process on Windows")
def test_serves_follows_updates_and_ends_quietly(corpus: Corpus, files: dict[str, str]) -> None:
    with served(corpus.index) as (address, process, lines):
        assert re.fullmatch(r"Gaoku serves http://127\.0\.0\.1:\d+  \(Ctrl\+C ends it\)\n", lines[-1])
        with urlopen(f"{address}/") as answer:
            assert "还没有索引" in answer.read().decode()
        corpus.write("柳塘.txt", files["柳塘.txt"])
        corpus.update()
        with urlopen(f"{address}/api/search?q=%E8%8C%B6%E5%9B%AD") as answer:
            assert json.load(answer)["total"] > 0
            assert "server" not in answer.headers
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=_PATIENCE)
        assert process.returncode == 0
        assert errors == ""


def audited(host: str, settings: Path, *, https: bool) -> str:
    """The address that is audited for someone whose server in front tells of 10.9.8.7 and https."""
    forwarded = {"Host": "gaoku.example", "X-Forwarded-For": "10.9.8.7", "X-Forwarded-Proto": "https"}
    wrong = {**forwarded, "Authorization": "Basic d2FuZzp4"}
    for path, headers, status in (
        ("/files", forwarded, 200),
        ("/files", {"Host": "evil.example"}, 400),
        ("/api/status", wrong, 401),
    ):
        if status == 401:
            Users(settings).add("wang", "correct horse")
        connection = HTTPConnection(host, timeout=_PATIENCE)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        assert answer.status == status
        if status == 200:
            assert ("Secure" in str(answer.getheader("Set-Cookie"))) == https
        connection.close()
    line = json.loads((settings / "audit.log").read_text("utf-8").splitlines()[-1])
    return str(line["address"])


def test_a_server_in_front_is_believed(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says of the visitor counts where it was named."""
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path))
    options = ("--allow-host", "gaoku.example", "--read-only", "--trusted-proxy", "127.0.0.1")
    with served(built, *options) as (address, _, lines):
        assert lines[-1].startswith("Gaoku serves")
        assert audited(address.removeprefix("http://"), tmp_path, https=True) == "10.9.8.7"


def test_a_server_in_front_that_was_not_named_is_not_believed(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path))
    rules = Rules(allowed=("gaoku.example",), read_only=True)
    app, limits = create_app(built, rules), connections.Limits()
    server = connections.create_server(app, limits, host="127.0.0.1", port=0, threads=1, **_proxy(rules))

    def run() -> None:
        with contextlib.suppress(OSError):  # it may wait at its sockets when they are closed
            server.run()

    threading.Thread(target=run, daemon=True).start()
    host = f"127.0.0.1:{server.effective_listen[0][1]}"
    assert audited(host, tmp_path, https=False) == "127.0.0.1"
    server.close()


def test_a_network_without_users_is_told(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for rules, told in ((Rules("0.0.0.0"), True), (Rules(), False)):
        _say_who_comes_in(create_app(built, rules).extensions["gaoku-access"], _print)
        assert ("gaoku user add" in capsys.readouterr().err) == told


def test_a_port_in_use_is_told(built: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(GaokuError, match=rf"^port {port} is in use; .*--port \d+$"):
            serve(built, "127.0.0.1", port)


def test_a_host_that_is_none_is_told(built: Path) -> None:
    with pytest.raises(GaokuError, match=r"^cannot listen on 256\.256\.256\.256 port 0 .*--host"):
        serve(built, "256.256.256.256", 0)


def test_an_unusable_index_is_told_at_once(corpus: Corpus, files: dict[str, str]) -> None:
    corpus.write("柳塘.txt", files["柳塘.txt"])
    corpus.update()
    pointer = corpus.index / "gaoku.json"
    data = json.loads(pointer.read_text("utf-8"))
    pointer.write_text(json.dumps({**data, "analysis": {**data["analysis"], "analysis": "0"}}), "utf-8")
    with pytest.raises(OutdatedIndexError):
        serve(corpus.index, "127.0.0.1", 0)
    pointer.write_text("{", "utf-8")
    with pytest.raises(CorruptIndexError):
        serve(corpus.index, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("own", "overridden", "used"),
    [
        (
            connections._Channel,
            "error_task_class handle_close handle_read handle_write readable received send writable",
            "parser_class _flush_exception _flush_some request will_close close_when_flushed",
        ),
        (connections._Server, "channel_class maintenance pull_trigger", "channel_class"),
        (connections._Refused, "execute", "set_close_on_finish write"),
        (
            receiving.Parser,
            "parse_header received",
            "close completed error headers_finished body_rcv chunked",
        ),
    ],
)
def test_waitress_has_what_is_overridden(own: type, overridden: str, used: str) -> None:
    """These names are its own affair: a version without one of them would go on, without our limits."""
    theirs = own.__mro__[1]
    assert theirs.__module__.startswith("waitress.")
    known = {name for name in vars(own) if not name.startswith("__") and hasattr(theirs, name)}
    assert known == set(overridden.split())
    assert [name for name in used.split() if not hasattr(theirs, name)] == []


def test_waitress_has_what_a_body_is_held_to_limits_by() -> None:
    parser = HTTPRequestParser(Adjustments())
    for name in ("body_bytes_received", "content_length", "expect_continue", "version"):
        assert hasattr(parser, name)
    assert hasattr(trigger._triggerbase(), "_closed")
    for name in ("chunk_remainder", "control_line", "trailer"):
        assert hasattr(ChunkedReceiver(None), name)
