"""What no browser sends to the server's socket: too much, too slowly, by halves, in odd shapes."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from indexer import corpus
from indexer.users import Users
from tests.webui.conftest import read_html
from webui import Rules, connections, create_app, logs
from webui.adding import FORM_BYTES
from webui.app import HEADERS, NOT_SET_UP
from webui.connections import Limits
from webui.sources import source_of

_PATIENCE = 20  # seconds until a server that does not answer is given up
_MB = 1 << 20


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Server:
    """A server on a free port, with an application over an index."""

    def __init__(self, app: Flask, limits: Limits) -> None:
        self.app = app
        self._server = connections.create_server(app, limits, host="127.0.0.1", port=0, threads=2)
        self.port = self._server.effective_listen[0][1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # it may wait at its sockets when they are closed
            self._server.run()

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        there = ("127.0.0.1", int(self.port))
        return socket.create_connection(there, timeout=_PATIENCE, source_address=(source, 0))

    def wake(self) -> None:
        """Let it do what there is to do, and look at the clock."""
        for _ in range(2):
            assert soon(lambda: self.get("/healthz")[0] == 200)

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", int(self.port), timeout=_PATIENCE)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def channels(self) -> list[Any]:
        """The connections, as they came."""
        return [c for c in list(self._server.map.values()) if isinstance(c, connections._Channel)]

    def has_begun(self, requests: int) -> bool:
        """Whether so many requests are on their way."""
        return sum(channel.request is not None for channel in self.channels()) == requests

    def busy(self) -> int:
        """How many of its connections would not give way."""
        return sum(c.idle is None and c.unfinished is None for c in self.channels())

    def close(self) -> None:
        self._server.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bodies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where waitress puts what comes."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def start(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> Iterator[Callable[..., Server]]:
    """Starts servers, with rules, limits and settings."""
    servers = []
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))
    monkeypatch.setenv("GAOKU_UPLOAD_SIZE", "20")
    monkeypatch.setenv("GAOKU_UPLOAD_FREE", "1")

    def started(rules: Rules | None = None, **limits: float) -> Server:
        app = create_app(built, rules)
        pages = app.wsgi_app

        def wsgi(environ: dict[str, Any], respond: Callable[..., Any]) -> Iterable[bytes]:
            if environ["REQUEST_METHOD"] == "GET":
                return pages(environ, respond)
            stream = environ["wsgi.input"]  # what has passed is counted
            length = sum(len(part) for part in iter(lambda: stream.read(_MB), b""))
            respond("200 OK", [("Content-Type", "text/plain")])
            return [str(length).encode()]

        app.wsgi_app = wsgi  # type: ignore[method-assign, assignment]
        server = Server(app, Limits(clock=clock, **limits))  # type: ignore[arg-type]
        servers.append(server)
        return server

    yield started
    for server in servers:
        server.close()


def test_nothing_comes_that_would_not_be_taken(
    start: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However large files may be by what is set: larger ones than the index reads are not put on disk."""
    monkeypatch.setenv("GAOKU_UPLOAD_SIZE", "2048")
    server = start()
    length = corpus.MAX_BYTES + FORM_BYTES + 1
    with server.connect() as sock:
        sock.sendall(
            f"PUT /add/file?name=a HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()
        )
        refused(sock, 413)


def read(sock: socket.socket) -> tuple[int, str, HTTPResponse]:
    """One answer: status, body, headers."""
    answer = HTTPResponse(sock)
    answer.begin()
    return answer.status, answer.read().decode(), answer


def is_closed(sock: socket.socket) -> bool:
    """Whether the server closes the connection, with nothing more said."""
    try:
        return sock.recv(1) == b""
    except ConnectionError:
        return True


def refused(sock: socket.socket, status: int, *, api: bool = False) -> None:
    """The answer is one clear line with the headers of all answers, and the connection is closed."""
    found, body, headers = read(sock)
    assert found == status, body
    for name, value in HEADERS.items():
        assert headers.getheader(name) == value
    assert headers.getheader("Connection") == "close"
    assert headers.getheader("Server") is None
    if api:
        assert list(json.loads(body)) == ["error"]
    else:
        assert headers.getheader("Content-Type") == "text/plain; charset=utf-8"
        assert body.count("\n") == 1
        assert "。" in body
    assert is_closed(sock)


def put(path: str, length: int, *more: str, method: str = "PUT") -> bytes:
    """The header of a request with a body."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {length}", *more, "", ""]
    return "\r\n".join(lines).encode()


def chunked(path: str, *more: str) -> bytes:
    """The header of a request whose body comes in chunks."""
    lines = [f"PUT {path} HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked", *more, "", ""]
    return "\r\n".join(lines).encode()


def soon(condition: Callable[[], bool]) -> bool:
    """Whether it comes to be."""
    give_up = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.005)
    return True


# -- what is taken -----------------------------------------------------------------------------------------


def test_requests_one_after_the_other_on_one_connection(start: Callable[..., Server]) -> None:
    server = start()
    with server.connect() as sock:
        for length in (0, 10, 200_000):
            sock.sendall(put("/similar", length, method="POST") + b"x" * length)
            assert read(sock)[:2] == (200, str(length))
        sock.sendall(chunked("/similar") + b"5\r\nabcde\r\n3;a=b\r\nfgh\r\n0\r\n\r\n")
        assert read(sock)[:2] == (200, "8")
        sock.sendall(b"GET /files HTTP/1.1\r\nHost: localhost\r\n\r\n")
        status, page, _ = read(sock)
        assert (status, "柳塘" in page) == (200, True)


def test_a_client_that_waits_to_be_told_is_told(start: Callable[..., Server]) -> None:
    server = start()
    with server.connect() as sock:
        sock.sendall(put("/similar", 3, "Expect: 100-continue"))
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"abc")
        assert read(sock)[:2] == (200, "3")
        sock.sendall(put("/similar", 0, "Expect: 100-continue"))  # has nothing to send
        assert read(sock)[:2] == (200, "0")


def test_an_upload_may_be_longer_than_all_else(start: Callable[..., Server], bodies: Path) -> None:
    server = start()
    for head in (put("/add/file?name=a.docx", 12 * _MB), put("/add", 12 * _MB, method="POST")):
        with server.connect() as sock:
            sock.sendall(head + bytes(12 * _MB))
            assert read(sock)[:2] == (200, str(12 * _MB))
    with server.connect() as sock:
        part = b"%x\r\n%s\r\n" % (4 * _MB, bytes(4 * _MB))
        sock.sendall(chunked("/add/file") + part * 3 + b"0\r\n\r\n")
        assert read(sock)[:2] == (200, str(12 * _MB))


# -- too much ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "length"),
    [
        ("POST", "/similar", 6 * _MB + 1),
        ("POST", "/api/similar", 6 * _MB + 1),
        ("POST", "/add/file", 6 * _MB + 1),
        ("PUT", "/add/files", 6 * _MB + 1),
        ("PUT", "//add/file", 6 * _MB + 1),
        ("GET", "/", 6 * _MB + 1),
        ("PUT", "/add/file", 22 * _MB),
        ("POST", "/add", 22 * _MB),
        ("POST", "/similar", 10**18),
    ],
)
def test_too_much_is_refused_before_it_is_sent(
    start: Callable[..., Server], bodies: Path, method: str, path: str, length: int
) -> None:
    server = start()
    for expect in ((), ("Expect: 100-continue",)):
        with server.connect() as sock:
            sock.sendall(put(path, length, *expect, method=method))
            refused(sock, 413, api=path.startswith("/api/"))


@pytest.mark.parametrize(("path", "back"), [("/add", "/add"), ("/login", "/login"), ("/no<b>", "/")])
def test_people_get_a_page_with_a_way_back(start: Callable[..., Server], path: str, back: str) -> None:
    with start().connect() as sock:
        sock.sendall(put(path, 10**12, "Accept: text/html,*/*;q=0.8", method="POST"))
        status, body, headers = read(sock)
    assert status == 413
    assert headers.getheader("Content-Type") == "text/html; charset=utf-8"
    assert headers.getheader("Content-Security-Policy") == HEADERS["Content-Security-Policy"]
    page = read_html(body)
    assert re.fullmatch("发送的内容超过 .+ MB，没有接收。", page.all("p")[0].text)
    assert [link.attrs["href"] for link in page.all("a")] == [back]
    assert not page.all("style") + page.all("script")


def test_who_sends_all_the_same_still_reads_the_answer(start: Callable[..., Server]) -> None:
    server = start()
    with server.connect() as sock:
        sock.sendall(put("/similar", 30 * _MB, method="POST") + bytes(30 * _MB))
        refused(sock, 413)


def test_who_sends_for_ever_is_cut_off(start: Callable[..., Server], clock: Clock) -> None:
    server = start()
    with server.connect() as sock:
        sock.sendall(put("/similar", 30 * _MB, method="POST"))
        assert read(sock)[0] == 413
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                clock.now += 0.1
                sock.sendall(bytes(_MB))


@pytest.mark.parametrize("size", [b"600001", b"fffffffffffffffff"])
def test_a_chunk_that_is_announced_too_large(start: Callable[..., Server], size: bytes) -> None:
    with start().connect() as sock:
        sock.sendall(chunked("/similar") + size + b"\r\n")
        refused(sock, 413)


def test_many_chunks_are_too_much_together(start: Callable[..., Server], bodies: Path) -> None:
    server = start()
    with server.connect() as sock:
        part = b"%x\r\n%s\r\n" % (_MB, bytes(_MB))
        sock.sendall(chunked("/similar") + part * 5)
        sock.sendall(part)
        refused(sock, 413)
    assert server.get("/healthz")[0] == 200


def test_a_full_disk(start: Callable[..., Server], bodies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What others have announced is not there any more, either."""
    server = start()
    monkeypatch.setenv("GAOKU_UPLOAD_FREE", str((shutil.disk_usage(bodies).free >> 20) - 30))
    tight = start()
    with server.connect() as sock:
        sock.sendall(put("/add/file", 18 * _MB, "Expect: 100-continue"))
        assert sock.recv(12) == b"HTTP/1.1 100"
    with tight.connect() as first, tight.connect() as second:
        first.sendall(put("/add/file", 18 * _MB, "Expect: 100-continue"))
        assert first.recv(12) == b"HTTP/1.1 100"
        second.sendall(put("/add/file", 18 * _MB, "Accept: application/json"))
        status, body, _ = read(second)
        assert (status, "磁盘" in json.loads(body)["error"]) == (507, True)
        first.close()
        assert soon(lambda: tight.get("/healthz")[0] == 200)
        with tight.connect() as third:
            third.sendall(put("/add/file", 18 * _MB, "Expect: 100-continue"))
            assert third.recv(12) == b"HTTP/1.1 100"


# -- who is not known --------------------------------------------------------------------------------------


def test_who_is_not_logged_in_sends_little(
    start: Callable[..., Server], tmp_path: Path, clock: Clock
) -> None:
    Users(tmp_path / "settings").add("wang", "correct horse")
    server = start(Rules("0.0.0.0"))
    client = server.app.test_client()
    with server.app.test_request_context():
        access = server.app.extensions["gaoku-access"]
        user = access.users.find("wang")
    now = int(time.time())
    fresh = {"user": "wang", "number": user.session, "id": "1", "since": now, "seen": now}
    serializer = server.app.session_interface.get_signing_serializer(server.app)  # type: ignore[attr-defined]

    def cookie(**changed: object) -> str:
        return f"Cookie: a=b; gaoku={serializer.dumps({**fresh, **changed})}"

    good = cookie()
    old = now - 13 * 3600
    forged = good[:-3] + ("AAA" if good[-3:] != "AAA" else "BBB")
    basic = "Authorization: Basic eDp5"
    for header, path, status in (
        (good, "/similar", 200),
        (good, "/add/file", 200),
        (basic, "/api/similar", 200),
        ("X-Nothing: 1", "/similar", 401),
        ("X-Nothing: 1", "/api/similar", 401),
        (basic, "/similar", 401),
        (basic, "/add/file", 401),
        (forged, "/similar", 401),
        (cookie(seen=old, since=old), "/similar", 401),
        (cookie(number="another"), "/add/file", 401),
        (cookie(user="li"), "/add/file", 401),
        ("Cookie: gaoku=x", "/login", 401),
    ):
        for head, sent in (
            (put(path, 70_000, header), bytes(70_000)),
            (chunked(path, header), b"11170\r\n" + bytes(70_000) + b"\r\n0\r\n\r\n"),
        ):
            with server.connect() as sock:
                sock.sendall(head)
                if status == 200:
                    sock.sendall(sent)
                    assert read(sock)[:2] == (200, "70000"), (header, path)
                    continue
                sock.sendall(sent[:10])
                refused(sock, status, api=path.startswith("/api/"))
        with server.connect() as sock:
            sock.sendall(put(path, 60_000, header) + bytes(60_000))
            assert read(sock)[:2] == (200, "60000")  # the application looks at them itself
    assert client.get("/login").status_code == 200


def test_a_server_for_reading_takes_no_files(start: Callable[..., Server]) -> None:
    server = start(Rules(read_only=True))
    with server.connect() as sock:
        sock.sendall(put("/add/file", 70_000))
        refused(sock, 403)
    with server.connect() as sock:
        sock.sendall(put("/similar", 70_000, method="POST") + bytes(70_000))
        assert read(sock)[0] == 200


# -- too slowly --------------------------------------------------------------------------------------------


def test_a_header_has_to_be_whole_in_time(start: Callable[..., Server], clock: Clock) -> None:
    server = start()
    with server.connect() as sock:
        sock.sendall(b"GET /files HTTP/1.1\r\n")
        server.wake()
        clock.now += 19
        sock.sendall(b"Host: localhost\r\n")
        server.wake()
        clock.now += 2
        server.wake()
        refused(sock, 408)
    with server.connect() as sock:  # in time
        sock.sendall(b"GET /files HTTP/1.1\r\n")
        server.wake()
        clock.now += 19
        sock.sendall(b"Host: localhost\r\n\r\n")
        assert read(sock)[0] == 200


def test_a_body_has_to_come_at_some_speed(start: Callable[..., Server], clock: Clock, bodies: Path) -> None:
    server = start()
    for head, first in ((put("/add/file", 10 * _MB), b""), (chunked("/add/file"), b"80000\r\n")):
        with server.connect() as sock:
            sock.sendall(head + first + bytes(100_000))
            server.wake()
            for seconds in (29, 10):  # 100 kB: enough for 30 s and twelve more
                clock.now += seconds
                server.wake()
            sock.sendall(bytes(1000))
            server.wake()
            clock.now += 5
            server.wake()
            refused(sock, 408)
    assert list(bodies.iterdir()) == []


def test_a_body_that_comes_no_further(start: Callable[..., Server], clock: Clock, bodies: Path) -> None:
    """However fast it came before."""
    server = start()
    with server.connect() as sock:
        sock.sendall(put("/add/file", 15 * _MB) + bytes(10 * _MB))  # enough for 20 minutes
        assert soon(lambda: _received(server) == 10 * _MB)
        clock.now += 80
        server.wake()
        sock.sendall(bytes(1000))
        assert soon(lambda: _received(server) == 10 * _MB + 1000)
        clock.now += 80
        server.wake()
        assert not is_gone(sock)
        clock.now += 11
        server.wake()
        refused(sock, 408)


def _received(server: Server) -> int:
    """Bytes of the body that is on its way."""
    return sum(c.request.body_bytes_received for c in server.channels() if c.request and c._in_body)


def test_a_connection_that_says_nothing_is_closed(start: Callable[..., Server], clock: Clock) -> None:
    server = start()
    with server.connect() as silent, server.connect() as used:
        used.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert read(used)[0] == 200
        server.wake()
        clock.now += 21
        server.wake()
        assert is_closed(silent)
        clock.now += 40
        used.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert read(used)[0] == 200
        server.wake()
        clock.now += 76
        server.wake()
        assert is_closed(used)


def answer_at_length(server: Server, size: int) -> threading.Event:
    """Let /large answer so many MB; set when the server is done with it."""
    ended = threading.Event()
    pages = server.app.wsgi_app

    def large(environ: dict[str, Any], respond: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/large":
            return pages(environ, respond)
        respond("200 OK", [("Content-Length", str(size * _MB))])
        return parts()

    def parts() -> Iterator[bytes]:
        try:
            for _ in range(size):
                yield bytes(_MB)
        finally:
            ended.set()

    server.app.wsgi_app = large  # type: ignore[method-assign, assignment]
    return ended


def test_an_answer_has_to_be_taken(start: Callable[..., Server], clock: Clock) -> None:
    server = start()
    ended = answer_at_length(server, 40)
    with server.connect() as sock:
        sock.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert sock.recv(12) == b"HTTP/1.1 200"
        assert not ended.wait(0.2)
        for _ in range(2):
            server.wake()
            clock.now += 3600
        server.wake()
        assert ended.wait(_PATIENCE)  # the thread is free again


def test_an_answer_that_is_taken_no_further(start: Callable[..., Server], clock: Clock) -> None:
    """However fast it was taken before."""
    server = start(least_speed=0.0)
    ended = answer_at_length(server, 80)
    with server.connect() as sock:
        sock.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        left = 20 * _MB
        while left:
            left -= len(sock.recv(min(left, _MB)))
        for _ in range(10):  # what is under way may still be taken by the system
            server.wake()
            clock.now += 91
        server.wake()
        assert ended.wait(_PATIENCE)


# -- halves ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="what is open is told by /proc")
def test_nothing_is_left_of_half_a_body(start: Callable[..., Server], bodies: Path) -> None:
    server = start()
    before = _open_files(bodies)
    for head in (put("/add/file", 10 * _MB), chunked("/add/file") + b"a00000\r\n"):
        with server.connect() as sock:
            sock.sendall(head + bytes(2 * _MB))
            assert soon(lambda: _open_files(bodies) > before)  # it is put on disk
    assert soon(lambda: _open_files(bodies) == before)
    assert list(bodies.iterdir()) == []
    assert server.get("/healthz")[0] == 200


def _open_files(folder: Path) -> int:
    """Files of a folder that this process holds open, deleted ones among them."""
    held = 0
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            held += folder in link.readlink().parents
    return held


# -- too many ----------------------------------------------------------------------------------------------


def test_one_address_does_not_hold_all_connections(start: Callable[..., Server], clock: Clock) -> None:
    server = start(of_one_address=5, connections=8)
    held = [server.connect() for _ in range(5)]
    try:
        for sock in held:
            sock.sendall(put("/similar", 70_000, method="POST") + bytes(50_000))  # busy: a body on its way
        assert soon(lambda: server.busy() == 5)
        with server.connect() as sixth:
            status, body, headers = read(sixth)
            assert (status, body.count("\n")) == (503, 1)
            assert headers.getheader("Retry-After")
            assert headers.getheader("X-Frame-Options") == "DENY"
            assert is_closed(sixth)
        held[0].sendall(bytes(20_000))
        assert read(held[0])[0] == 200  # idle from now on: it gives way
        assert soon(lambda: server.get("/healthz")[0] == 200)
        assert is_closed(held[0])
        for sock in held[1:]:
            sock.sendall(bytes(20_000))
            assert read(sock)[0] == 200
    finally:
        for sock in held:
            sock.close()


def test_when_all_are_taken_the_longest_idle_gives_way(start: Callable[..., Server], clock: Clock) -> None:
    server = start(connections=3)
    held = []
    try:
        for _ in range(3):
            held.append(server.connect())
            held[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert read(held[-1])[0] == 200
            clock.now += 1
        assert soon(lambda: server.get("/healthz")[0] == 200)
        assert is_closed(held[0])
        for sock in held[1:]:
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert read(sock)[0] == 200
    finally:
        for sock in held:
            sock.close()


@pytest.mark.parametrize(
    "half",
    [b"", b"GET /files HTTP/1.1\r\n", put("/similar", 70_000, method="POST") + b"half a draft"],
    ids=["nothing", "header", "body"],
)
@pytest.mark.skipif(sys.platform != "linux", reason="needs several addresses")
def test_who_begins_and_does_not_go_on_shuts_nobody_out(
    start: Callable[..., Server], clock: Clock, half: bytes
) -> None:
    """The address that holds most of such connections loses its oldest to whoever comes."""
    server = start(connections=7, of_one_address=5)
    held = []
    try:
        for source in (2, 2, 3, 3, 3, 2, 3):
            held.append(server.connect(f"127.0.0.{source}"))
            held[-1].sendall(half)
            assert soon(lambda: len(server.channels()) == len(held))
            assert soon(lambda: not half or all(channel.request for channel in server.channels()))
            clock.now += 1
        with server.connect() as other:
            assert soon(lambda: is_gone(held[2]))  # the first of 127.0.0.3, which has four
            other.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert read(other)[0] == 200
            assert soon(lambda: any(channel.idle is not None for channel in server.channels()))
            with server.connect() as last:  # who is idle by now goes before who is only slow
                last.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert read(last)[0] == 200
                assert is_closed(other)
        assert [is_gone(sock) for sock in held] == [n == 2 for n in range(7)]
    finally:
        for sock in held:
            sock.close()


def test_an_address_that_is_full_of_halves_loses_its_own(start: Callable[..., Server], clock: Clock) -> None:
    server = start(of_one_address=2)
    with server.connect() as first, server.connect() as second:
        for begun, sock in enumerate((first, second), 1):
            sock.sendall(b"GET /")
            assert soon(partial(server.has_begun, begun))
            clock.now += 1
        assert soon(lambda: server.get("/healthz")[0] == 200)
        assert is_closed(first)
        assert not is_gone(second)


def test_who_sends_at_speed_is_not_sent_away(start: Callable[..., Server], clock: Clock) -> None:
    server = start(of_one_address=1)
    with server.connect() as sender:
        sender.sendall(put("/similar", 70_000, method="POST") + bytes(50_000))
        assert soon(lambda: any(c.request and c.request.body_bytes_received for c in server.channels()))
        clock.now += 5
        with server.connect() as other:
            assert read(other)[0] == 503
        sender.sendall(bytes(20_000))
        assert read(sender)[0] == 200


# -- what is noted of it -----------------------------------------------------------------------------------


def test_a_refused_upload_is_counted_logged_and_in_the_audit(
    start: Callable[..., Server], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = start(Rules(proxy="127.0.0.1"), exempt="127.0.0.1")
    users = Users(tmp_path / "settings")
    users.add("wang", "correct horse")
    name = "/add/file?name=%E5%A4%A7.docx"
    cookie = session_of(server.app, "wang", users)
    with caplog.at_level("INFO", logs.REQUESTS):
        for head, status in (
            (put(name, 30 * _MB, f"Cookie: gaoku={cookie}", "X-Forwarded-For: 1.2.3.4, 10.9.8.7"), 413),
            (put(name, 30 * _MB), 401),
            (b"GET /" + bytes(70_000), 431),
        ):
            with server.connect() as sock:
                sock.sendall(head)
                assert read(sock)[0] == status
    assert figure(server, 'gaoku_requests_total{status="413"}') == 1
    assert figure(server, 'gaoku_requests_total{status="401"}') >= 1
    assert figure(server, 'gaoku_requests_total{status="431"}') == 1
    assert figure(server, 'gaoku_uploads_total{outcome="refused"}') == 2
    lines = [record.fields for record in caplog.records if hasattr(record, "fields")]
    assert {"method": "PUT", "path": "/add/file", "status": 413} in lines
    assert {"method": None, "path": None, "status": 431} in lines
    audit = [json.loads(line) for line in (tmp_path / "settings" / "audit.log").read_text().splitlines()]
    told = [{key: line[key] for key in line if key != "time"} for line in audit]
    assert told == [
        {
            "user": "wang",
            "address": "10.9.8.7",
            "what": "upload refused",
            "name": "大.docx",
            "reason": "413 Content Too Large",
        },
    ]  # and none of who is not known


def test_strangers_write_nothing_to_the_audit(start: Callable[..., Server], tmp_path: Path) -> None:
    def refuse(server: Server) -> None:
        refused_before = figure(server, 'gaoku_uploads_total{outcome="refused"}')
        for sent in (put("/add/file?name=a", 30 * _MB), chunked("/add/file?name=a") + b"x\r\n"):
            with server.connect() as sock:
                sock.sendall(sent)
                assert read(sock)[0] >= 400
        assert figure(server, 'gaoku_uploads_total{outcome="refused"}') == refused_before + 2
        assert not (tmp_path / "settings" / "audit.log").exists()

    refuse(start(Rules(read_only=True)))
    Users(tmp_path / "settings").add("wang", "correct horse")
    server = start()
    refuse(server)
    (tmp_path / "settings" / "users.json").write_text("{", "utf-8")
    refuse(server)


def test_a_file_that_is_sent_while_the_users_cannot_be_read(
    start: Callable[..., Server], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """However long it is, nobody is told to send less."""
    server = start()
    (tmp_path / "settings").mkdir(exist_ok=True)
    (tmp_path / "settings" / "users.json").write_text("{", "utf-8")
    for path, accept in (("/add/file?name=a", "application/json"), ("/similar", "*/*"), ("/api/similar", "")):
        with server.connect() as sock:
            sock.sendall(put(path, 200_000, f"Accept: {accept}"))
            status, body, _ = read(sock)
            told = json.loads(body)["error"] if body.startswith("{") else body.strip()
            assert (status, told) == (503, NOT_SET_UP[path.startswith("/api/")])
    assert sum("users.json" in message for message in caplog.messages) == 3


def test_an_upload_that_comes_too_slowly_is_in_the_audit(
    start: Callable[..., Server], clock: Clock, tmp_path: Path
) -> None:
    server = start()
    with server.connect() as sock:
        sock.sendall(put("/add", _MB, method="POST"))
        server.wake()
        clock.now += 31
        server.wake()
        assert read(sock)[0] == 408
    (line,) = (tmp_path / "settings" / "audit.log").read_text().splitlines()
    assert (json.loads(line)["what"], json.loads(line)["reason"]) == ("upload refused", "408 Request Timeout")
    assert figure(server, 'gaoku_requests_total{status="408"}') == 1


def test_who_is_turned_away_is_counted(start: Callable[..., Server]) -> None:
    server = start(of_one_address=1)
    with server.connect() as sender:
        sender.sendall(put("/similar", 70_000, method="POST") + bytes(50_000))
        assert soon(lambda: any(c.request and c.request.body_bytes_received for c in server.channels()))
        with server.connect() as other:
            assert read(other)[0] == 503
        sender.sendall(bytes(20_000))
        assert read(sender)[0] == 200
    assert figure(server, 'gaoku_requests_total{status="503"}') == 1


def figure(server: Server, name: str) -> float:
    """What /metrics has of a name."""
    registry = server.app.extensions["gaoku.operations"].registry
    found = {
        f"{s.name}{{" + ",".join(f'{k}="{v}"' for k, v in s.labels.items()) + "}": s.value
        for family in registry.collect()
        for s in family.samples
    }
    return float(found.get(name, 0.0))


def session_of(app: Flask, name: str, users: Users) -> str:
    """The cookie of who is logged in."""
    user = users.find(name)
    assert user is not None
    now = int(time.time())
    held = {"user": name, "number": user.session, "id": "0" * 16, "since": now, "seen": now}
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return str(serializer.dumps(held))


def is_gone(sock: socket.socket) -> bool:
    """Whether the server has closed the connection by now."""
    sock.setblocking(False)
    try:
        return sock.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        sock.settimeout(_PATIENCE)


def test_the_server_in_front_may_hold_all(start: Callable[..., Server]) -> None:
    server = start(of_one_address=1, exempt="127.0.0.1")
    with server.connect() as first, server.connect() as second:
        for sock in (first, second):
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
        for sock in (first, second):
            sock.sendall(b"alhost\r\n\r\n")
            assert read(sock)[0] == 200


def test_who_still_answers_when_it_is_closed_writes_nowhere(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    """The number of the pipe that wakes the loop is soon that of another file."""
    server = start()
    server.wake()
    with server.connect() as sock:
        assert soon(lambda: len(server.channels()) == 1)
        listening = server.channels()[0].server
        sock.close()
    server.close()
    files = [(tmp_path / f"{n}.json").open("wb") for n in range(20)]
    listening.pull_trigger()
    for file in files:
        file.close()
    assert all(not (tmp_path / f"{n}.json").read_bytes() for n in range(20))


def test_a_network_is_one_address() -> None:
    same, other = "2001:db8:1:2::1", "2001:db8:1:3::1"
    assert source_of(same) == source_of("2001:db8:1:2:ffff::9") != source_of(other)
    assert source_of("10.0.0.1") != source_of("10.0.0.2")
    assert source_of("::ffff:10.0.0.1") == source_of("10.0.0.1") != source_of("::ffff:10.0.0.2")
    assert source_of("fe80::1%eth0") == source_of("fe80::2%eth0") != source_of("2001:db8::1%eth0")
    assert source_of("localhost") == "localhost"


# -- odd shapes --------------------------------------------------------------------------------------------

_SHAPES = {
    "two ways to tell the length": "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "two lengths": "Content-Length: 5\r\nContent-Length: 5",
    "two lengths in one": "Content-Length: 5, 6",
    "a length that is none": "Content-Length: +5",
    "a length below nothing": "Content-Length: -1",
    "a length of too many figures": f"Content-Length: {'9' * 5000}",
    "an empty length": "Content-Length:",
    "a space before the colon": "Content-Length : 5",
    "chunks twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "chunks in chunks": "Transfer-Encoding: chunked, chunked",
    "a folded line": "X-Folded: a\r\n b",
    "a fold that hides a length": "X-Folded: a\r\n\tContent-Length: 5",
    "NUL in a value": "X-Nul: a\0b",
    "NUL in a name": "X-N\0ul: a",
    "a bare CR": "X-Bare: a\rContent-Length: 5",
    "a bare LF": "X-Bare: a\nContent-Length: 5",
    "no name": ": a",
    "two hosts": "Host: evil.example",
}


@pytest.mark.parametrize("shape", _SHAPES)
def test_a_header_that_may_be_read_in_two_ways(start: Callable[..., Server], shape: str) -> None:
    with start().connect() as sock:
        head = f"POST /similar HTTP/1.1\r\nHost: localhost\r\n{_SHAPES[shape]}\r\n\r\n"
        sock.sendall(head.encode("latin-1") + b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        refused(sock, 400)


@pytest.mark.parametrize(
    "line",
    [
        "POST http://[ HTTP/1.1",
        "POST /similar HTTP/1.0",
        "POST /similar HTTP/1.2",
        "POST /similar",
        "post /similar HTTP/1.1",
        "POST  /similar HTTP/1.1",
        "POST /similar HTTP/1.1 x",
        "\0",
    ],
)
def test_a_first_line_that_is_none(start: Callable[..., Server], line: str) -> None:
    """With chunks: a version that knows none would take them for the next request."""
    with start().connect() as sock:
        sock.sendall(
            f"{line}\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + b"0\r\n\r\n"
        )
        refused(sock, 400)


@pytest.mark.parametrize(
    "chunks",
    [
        b"x\r\n",
        b"-5\r\nabcde\r\n",
        b"0x5\r\nabcde\r\n",
        b"5 \r\nabcde\r\n",
        b"5\r\nabcdeXX",
        b"5;\0\r\nabcde\r\n",
        b"5\nabcde\r\n",
        b"1" * 5000,
        b"0\r\n" + b"a: b\r\n" * 1000,
    ],
)
def test_chunks_that_are_none(start: Callable[..., Server], chunks: bytes) -> None:
    with start().connect() as sock:
        sock.sendall(chunked("/similar") + chunks)
        refused(sock, 400)


def test_an_encoding_that_is_not_known(start: Callable[..., Server]) -> None:
    with start().connect() as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")
        refused(sock, 501)


def test_a_header_without_end(start: Callable[..., Server]) -> None:
    with start().connect() as sock:
        sock.sendall(b"GET /files HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 70_000)
        refused(sock, 431)


def test_what_follows_a_refused_request_is_no_request(start: Callable[..., Server]) -> None:
    server = start()
    with server.connect() as sock:
        hidden = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        sock.sendall(put("/similar", 7 * _MB) + hidden)
        refused(sock, 413)  # and nothing after it
