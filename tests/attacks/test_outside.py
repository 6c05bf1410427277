"""What is guessed at, whom a request says it is for, what lies in between, and what is taken home."""

from __future__ import annotations

import base64
import contextlib
import csv
import io
import logging
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from indexer import users as users_module
from indexer.errors import GaokuError, UsageError
from indexer.exporting import FORMS, Results, Row
from indexer.exporting.marked import Marked
from indexer.users import Users
from tests.attacks.conftest import Clock, Office
from tests.attacks.judging import EVIL, MARK, judge
from tests.attacks.payloads import FORMULAS, MARKUP
from tests.attacks.surface import Surface, send, token_of
from webui import Rules, create_app, pages
from webui.connections import Limits, create_server
from webui.guessing import LONGEST_WAIT, Guessing, SlowedError, Visitor
from webui.server import _proxy

# -- guessing ----------------------------------------------------------------------------------------------


@pytest.fixture
def own(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office with settings of its own, so that its failures are its own."""
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))
    own = Office(tmp_path)
    Users(own.settings).add("wang", "correct horse")
    return own


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that passwords were checked against, each of which takes its time; none is right."""
    checked: list[str] = []

    def check(known: str, given: str) -> bool:
        checked.append(known.rpartition("$")[0].rpartition("$")[0])
        return False

    monkeypatch.setattr(users_module, "check_password_hash", check)
    return checked


def _guess(app: Flask, name: str, address: str = "10.0.0.1", **headers: str) -> int:
    client = app.test_client()
    fields = {"name": name, "password": "wrong horse", "csrf_token": token_of(client)}
    answer = client.post("/login", data=fields, headers=headers, environ_overrides={"REMOTE_ADDR": address})
    return answer.status_code


#: What is typed for a name, whether it is one or not: each takes as long.
NAMES = (
    "wang",
    "nobody",
    "",
    " ",
    "a b",
    "wang ",
    "<b>",
    "x" * 65,
    "x" * 5000,
    "\0",
    "?",
    "Ａ",
)


def test_every_name_takes_as_long(own: Office, filled: Path, hashed: list[str]) -> None:
    app = create_app(filled / "index", clock=own.clock)
    for n, name in enumerate(NAMES):
        assert _guess(app, name, f"10.1.{n}.1") == 401
        assert len(hashed) == n + 1, name
    assert len(set(hashed)) == 1  # of one method, with one cost


def test_who_has_to_wait_costs_nothing(own: Office, filled: Path, hashed: list[str]) -> None:
    app = create_app(filled / "index", clock=own.clock)
    statuses = [_guess(app, "wang") for _ in range(30)]
    assert statuses == [401] * 5 + [429] * 25
    assert len(hashed) == 5
    assert len(own.audit()) == 5  # nor does it fill the disk


@pytest.mark.parametrize(
    "variants",
    [
        ("wang", "WANG", "Wang", "wANG", "waNg", "wang"),
        ("wang", "ｗａｎｇ", "ＷＡＮＧ", "w\uff41ng", "\U0001d430ang", "ⓦang"),
        ("ſtrasse", "STRASSE", "straße", "Strasse", "ﬆrasse", "straſſe"),
        ("\u212bng", "\xc5ng", "A\u030ang", "\xe5ng", "a\u030ang", "Å\u006eg"),
    ],
)
def test_a_name_is_one_however_it_is_typed(
    own: Office, filled: Path, hashed: list[str], variants: tuple[str, ...]
) -> None:
    app = create_app(filled / "index", clock=own.clock)
    statuses = [_guess(app, name, f"10.2.{n}.1") for n, name in enumerate(variants)]
    assert statuses == [401] * 5 + [429]


def test_names_of_users_are_no_markup(own: Office) -> None:
    for text in MARKUP.values():
        with pytest.raises(UsageError):
            own.users.add(text, "correct horse")


SPOOFED = (
    "X-Forwarded-For",
    "X-Real-IP",
    "Forwarded",
    "Client-IP",
    "True-Client-IP",
    "X-Client-IP",
    "CF-Connecting-IP",
)


def _run(server: Any) -> None:
    with contextlib.suppress(OSError):  # it is closed while it waits
        server.run()


@pytest.fixture
def served(own: Office, filled: Path) -> Iterator[Callable[[Rules], Callable[..., tuple[int, str]]]]:
    """Serves by rules as ``gaoku serve`` does; gets what asks over a socket."""
    servers = []

    def serve(rules: Rules) -> Callable[..., tuple[int, str]]:
        app = create_app(filled / "index", rules, clock=own.clock)
        limits = Limits(exempt=rules.proxy)
        server = create_server(app, limits, host="127.0.0.1", port=0, threads=1, **_proxy(rules))
        port = int(server.effective_listen[0][1])
        servers.append(server)
        threading.Thread(target=_run, args=(server,), daemon=True).start()

        def get(path: str, **headers: str) -> tuple[int, str]:
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                connection.request("GET", path, headers={n.replace("_", "-"): v for n, v in headers.items()})
                answer = connection.getresponse()
                return answer.status, answer.read().decode("utf-8", "replace")
            finally:
                connection.close()

        return get

    yield serve
    for server in servers:
        server.close()


_BASIC = {"Authorization": "Basic d2FuZzp3cm9uZyBob3JzZQ=="}  # wang:wrong horse


@pytest.mark.parametrize("header", SPOOFED)
def test_no_header_says_who_guesses(own: Office, served: Any, hashed: list[str], header: str) -> None:
    get = served(Rules())
    for n in range(6):
        status, _ = get(
            "/api/status", **_BASIC, **{header: f"for=6.6.6.{n}" if header == "Forwarded" else f"6.6.6.{n}"}
        )
        assert status == (401 if n < 5 else 429)
    assert {line["address"] for line in own.audit()} == {"127.0.0.1"}


def test_of_the_proxy_only_the_last_word_counts(own: Office, served: Any, hashed: list[str]) -> None:
    get = served(Rules(proxy="127.0.0.1"))
    for n in range(6):
        credentials = base64.b64encode(f"name{n}:x".encode()).decode()
        status, _ = get(
            "/api/status",
            Authorization=f"Basic {credentials}",
            X_Forwarded_For=f"6.6.6.{n}, 127.0.0.1, 10.0.0.9",
        )
        assert status == (401 if n < 5 else 429)
    assert {line["address"] for line in own.audit()} == {"10.0.0.9"}


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via", "X-Real-IP"]
)
def test_the_figures_are_not_for_those_behind_a_proxy_that_was_not_told_of(served: Any, header: str) -> None:
    get = served(Rules(allowed=("gaoku.example",)))
    assert get("/metrics")[0] == 200
    status, text = get("/metrics", Host="gaoku.example", **{header: "10.0.0.9"})
    assert (status, "gaoku_requests" in text) == (403, False)


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    clock = Clock()
    guesses = Guessing(clock)
    visitor = Visitor("wang", "10.0.0.1")
    for _ in range(5):
        guesses.attempt(visitor, lambda: None)
    clock.now -= 365 * 86400
    with pytest.raises(SlowedError) as slowed:
        guesses.attempt(visitor, lambda: None)
    assert 0 < slowed.value.wait <= LONGEST_WAIT


# -- whom a request says it is for -------------------------------------------------------------------------

HOSTS = (
    EVIL,
    f"{EVIL}:80",
    f"localhost.{EVIL}",
    f"localhost@{EVIL}",
    f"{EVIL}@localhost",
    f"localhost:80@{EVIL}",
    f"localhost:{EVIL}",
    f"localhost, {EVIL}",
    f"localhost {EVIL}",
    f"localhost\t{EVIL}",
    f"{EVIL}#localhost",
    "evil..example",
    ".",
    "x" * 70,
    "-",
    f"{EVIL}/localhost",
    f"{EVIL}?localhost",
    f"{EVIL}\\localhost",
    f"{EVIL}.",
    "",
    "localhost:",
    "localhost:0x50",
    "localhost:-1",
    "localhost:999999",
    "[::1",
    "::1",
    f"[::1]{EVIL}",
    "[::ffff:6.6.6.6]",
    "[::1%25eth0]",
    "localhost..",
    "localhoſt",
    "127.0.0.1.nip.io",
    "127.1",
    "0",
    "0x7f000001",
    "017700000001",
    "6.6.6.6",
    "<script>",
    "*",
)


@pytest.mark.parametrize("host", HOSTS)
def test_no_other_name_is_ours(surface: Surface, office: Office, host: str) -> None:
    client = office.inside(surface.app)
    given = host.encode("utf-8").decode("latin-1")
    for route in surface.routes:
        answer = send(client, route, surface.path(route), environ_overrides={"HTTP_HOST": given})
        assert answer.status_code == 400, f"{route} {host!r}"
        assert EVIL not in answer.text and EVIL not in str(answer.headers), f"{route} {host!r}"
        judge(answer, f"{route} {host!r}")


UNKEYED = {
    "X-Forwarded-Host": EVIL,
    "X-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "Forwarded": f"host={EVIL}",
    "X-Forwarded-Proto": "javascript",
    "X-Forwarded-Scheme": EVIL,
    "X-Forwarded-Port": f"80@{EVIL}",
    "X-Forwarded-Prefix": f"//{EVIL}",
    "X-Script-Name": f"//{EVIL}",
    "X-Original-URL": f"/{EVIL}",
    "X-Rewrite-URL": f"/{EVIL}",
    "X-Original-Host": EVIL,
    "X-HTTP-Host-Override": EVIL,
    "Referer": f"http://{EVIL}/",
    "User-Agent": f"<{MARK}>",
    "Accept-Language": f"<{MARK}>",
    "Range": "bytes=0-",
    "X-CSRFToken": f"<{MARK}>",
    "X-Forwarded-For": f"<{MARK}>",
}


def test_no_header_gets_into_what_others_are_sent(surface: Surface, office: Office) -> None:
    """What a cache in between would keep under the address alone."""
    inside, outside = office.inside(surface.app), surface.app.test_client()
    for client in (inside, outside):
        for route in surface.reading:
            plain = send(client, route, surface.path(route))
            answer = send(client, route, surface.path(route), headers=UNKEYED)
            told = f"{route} with headers"
            if route.endpoint != "operations.metrics":  # refuses whoever comes through a proxy
                status = 200 if answer.status_code == 206 else answer.status_code
                assert status == plain.status_code, told
            assert answer.headers.get("Location") == plain.headers.get("Location"), told
            if answer.mimetype != "text/event-stream":
                assert EVIL not in answer.data.decode("utf-8", "replace"), told
            kept = answer.headers.get("Cache-Control", "")
            if client is inside and route.endpoint != "static":
                assert "private" in kept and "no-cache" in kept, told
                assert "Cookie" in answer.headers.get("Vary", ""), told
            elif route.endpoint != "static":
                assert "no-cache" in kept or "no-store" in kept, told
            plain.close()
            judge(answer, told, static=route.endpoint == "static")


def test_no_path_makes_a_line_of_the_log(
    own: Office, filled: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = own.inside(create_app(filled / "index", clock=own.clock))

    def failing(failure: Exception) -> Callable[..., None]:
        def fail(*args: object) -> None:
            raise failure

        return fail

    for failure in (GaokuError("damaged"), RuntimeError("unforeseen")):
        monkeypatch.setattr(pages, "report_with_copies", failing(failure))
        with caplog.at_level(logging.DEBUG):
            path = f"/report/x\n{MARK} all is well\r\x1b[2J\xe2\x80\xa8"
            assert client.get("/", environ_overrides={"PATH_INFO": path}).status_code >= 500
    assert any(MARK in record.getMessage() for record in caplog.records)
    for record in caplog.records:
        assert record.getMessage().isprintable()


# -- what is taken home ------------------------------------------------------------------------------------

_RECKONED = re.compile(r"[\s\u200b\ufeff]*[=+\-@＝＋－＠\t\r]")


def _exported(inside: FlaskClient, form: str) -> bytes:
    answer = inside.get(f"/export.{form}", query_string={"q": "算式招商", "fold": "0"})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    content: bytes = answer.data
    return content


def test_no_cell_is_reckoned_csv(inside: FlaskClient) -> None:
    text = _exported(inside, "csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) > len(FORMULAS)
    assert {len(row) for row in rows} == {len(rows[0])}
    cells = [cell for row in rows for cell in row]
    assert sum(cell.startswith("'") for cell in cells) >= len(FORMULAS)
    assert not [cell for cell in cells if _RECKONED.match(cell)]


@pytest.mark.parametrize("text", FORMULAS.values())
def test_no_text_is_reckoned_wherever_it_stands(text: str) -> None:
    marked = Marked(text)
    row = Row(1, marked, 2020, 2019, text, marked, marked, (marked, marked), 0, text, text, text, text)
    for form in ("csv", "xlsx"):
        target = io.BytesIO()
        FORMS[form].write(Results(text, 1, 1, 1, False, iter([row])), target)
        if form == "csv":
            rows = list(csv.reader(io.StringIO(target.getvalue().decode("utf-8-sig"), newline="")))
            assert {len(row) for row in rows} == {len(rows[0])}
            assert not [cell for row in rows for cell in row if _RECKONED.match(cell)]
        else:
            cells = [c for sheet in openpyxl.load_workbook(target) for row in sheet.iter_rows() for c in row]
            assert not [cell for cell in cells if cell.data_type == "f"]


def test_no_cell_is_reckoned_xlsx(inside: FlaskClient) -> None:
    content = _exported(inside, "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert sum("=" in str(cell.value) for cell in cells) >= len(FORMULAS) // 2
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert _leads_outside(content) == set()


@pytest.mark.parametrize("form", FORMS)
def test_what_is_taken_home_leads_to_us_alone(inside: FlaskClient, form: str) -> None:
    answer = inside.get(f"/export.{form}", query_string={"q": "招商引资", "fold": "0"})
    if form == "md":
        bare = re.sub(r"<http://localhost/[!-;=?-~]+>", "", answer.text)
        assert not re.search(r"(?<!\\)(\\\\)*[<>`]|(?<!\\)(\\\\)*\]\(", bare)
    elif form != "csv":
        assert _leads_outside(answer.data) == set()
        with zipfile.ZipFile(io.BytesIO(answer.data)) as package:
            for name in package.namelist():
                assert not re.search(
                    rb"<w:instrText|<!DOCTYPE|<!ENTITY|<xq7|externalLink|vbaProject", package.read(name)
                )


def _leads_outside(package: bytes) -> set[bytes]:
    """The addresses that a package of Word or Excel names, but ours."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        rels = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".rels"))
    outer = re.findall(rb'<Relationship\b[^>]*TargetMode="External"[^>]*>', rels)
    targets = {target for tag in outer for target in re.findall(rb'Target="([^"]*)"', tag)}
    return {target for target in targets if not target.startswith(b"http://localhost/")}
