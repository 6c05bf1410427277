"""Who comes in and who does not: attacks, each with its test."""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from werkzeug.security import check_password_hash

from indexer import users as users_module
from indexer.audit import Audit
from indexer.cli import main
from indexer.errors import UsageError
from indexer.users import KEY, USERS, Users
from webui import Rules, connections, create_app, guessing
from webui.access import IDLE, LONGEST, own_path
from webui.guessing import LONGEST_WAIT_OF_NAME, Guessing, SlowedError, Visitor

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

RIGHT = "correct horse"
WRONG = "wrong horse"
PAGES = ("/", "/?q=x", "/files", "/similar", "/templates", "/compare", "/report/x", "/original/x", "/nothing")
API = ("/api/search?q=x", "/api/status", "/api/openapi.json", "/api/nothing", "/api")


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Office:
    """A settings folder with users, and servers over it."""

    def __init__(self, folder: Path, index: Path) -> None:
        self.folder, self.index, self.clock = folder, index, Clock()
        self.users = Users(folder)

    def app(self, rules: Rules | None = None) -> Flask:
        return create_app(self.index, rules, clock=self.clock)

    def client(self, rules: Rules | None = None) -> FlaskClient:
        return self.app(rules).test_client()

    def audit(self) -> list[dict[str, Any]]:
        file = Audit(self.folder).file
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


@pytest.fixture
def office(tmp_path: Path, built: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Without users."""
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))
    return Office(tmp_path / "settings", built)


@pytest.fixture
def closed(office: Office) -> Office:
    """With users."""
    office.users.add("wang", RIGHT)
    office.users.add("李四", RIGHT)
    return office


def token_of(client: FlaskClient, **more: Any) -> str:
    from tests.webui.conftest import read_html

    page = read_html(client.get("/login", follow_redirects=True, **more).text)
    return page.one("meta", name="csrf-token").attrs["content"]


def log_in(
    client: FlaskClient, name: str = "wang", password: str = RIGHT, onward: str = "", **more: Any
) -> TestResponse:
    fields = {"name": name, "password": password, "next": onward, "csrf_token": token_of(client, **more)}
    return client.post("/login", data=fields, **more)


def cookie(client: FlaskClient) -> str:
    held = client.get_cookie("gaoku")
    assert held is not None
    return str(held.value)


def inside(client: FlaskClient) -> bool:
    return client.get("/files").status_code == 200


def with_cookie(app: Flask, value: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("gaoku", value)
    return client


# -- without users -----------------------------------------------------------------------------------------


def test_without_users_this_machine_needs_no_log_in(office: Office) -> None:
    client = office.client()
    for path in ("/", "/files", "/api/status"):
        assert client.get(path).status_code == 200
    assert client.post("/api/similar", json={"text": "招商引资"}).status_code == 200
    assert "退出" not in client.get("/files").text
    assert client.get("/login?next=/files").headers["Location"] == "/files"


@pytest.mark.parametrize(
    ("rules", "beyond"),
    [
        (Rules(), False),
        (Rules("localhost"), False),
        (Rules("::1"), False),
        (Rules("127.8.9.1"), False),
        (Rules("0.0.0.0"), True),
        (Rules("::"), True),
        (Rules(""), True),
        (Rules("192.168.1.5"), True),
        (Rules("gaoku.example"), True),
        (Rules(allowed=("gaoku.example",)), True),  # a server in front, on this machine
        (Rules(proxy="127.0.0.1"), True),
    ],
)
def test_a_network_without_users_only_reads(office: Office, rules: Rules, beyond: bool) -> None:
    access = office.app(rules).extensions["gaoku-access"]
    assert access.read_only == beyond
    office.users.add("wang", RIGHT)
    assert not access.read_only
    assert access.needs_log_in


def test_for_reading_only_nothing_is_changed(office: Office) -> None:
    for rules, status in ((Rules(read_only=True), 403), (Rules("0.0.0.0"), 403), (Rules(), 200)):
        app = office.app(rules)
        app.add_url_rule("/change", "change", lambda: "changed", methods=["POST", "DELETE"])
        app.add_url_rule("/api/change", "api-change", lambda: "changed", methods=["POST"])
        client = app.test_client()
        token = {"X-CSRFToken": token_of(client)}
        assert client.post("/change", headers=token).status_code == status
        assert client.delete("/change", headers=token).status_code == status
        assert client.post("/api/change").status_code == status
        assert client.get("/files").status_code == 200
        assert client.post("/similar", data={"text": "招商引资"}, headers=token).status_code == 200
        assert client.post("/api/similar", json={"text": "招商引资"}).status_code == 200
        if status == 403:
            assert "这里只供查阅" in client.post("/change", headers=token).text
            assert list(client.post("/api/change").json or ()) == ["error"]


# -- with users: nothing without a log-in ----------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_to_log_in(closed: Office, path: str) -> None:
    answer = closed.client().get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login")
    # What scripts fetch is told so, and no page is put where a piece was expected.
    fetched = closed.client().get(path, headers={"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"})
    assert fetched.status_code == 401


@pytest.mark.parametrize("path", API)
def test_the_api_says_401(closed: Office, path: str) -> None:
    answer = closed.client().get(path)
    assert answer.status_code == 401
    assert list(answer.json or ()) == ["error"]
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    browser = closed.client().get(path, headers={"Sec-Fetch-Mode": "cors"})
    assert browser.status_code == 401
    assert "WWW-Authenticate" not in browser.headers  # no box of the browser's own


def test_every_route_is_closed(closed: Office) -> None:
    app = closed.app()
    open_to_all = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
        if app.test_client()
        .open("/" + "/".join("x" if "<" in p else p for p in rule.rule.split("/")[1:]), method=method)
        .status_code
        not in (302, 401)
    }
    assert open_to_all == {
        ("static", "GET"),
        ("access.login_page", "GET"),
        ("access.log_in", "POST"),
        ("operations.health", "GET"),
        ("operations.metrics", "GET"),  # of which this machine alone gets an answer: see the next test
    }
    assert app.test_client().post("/login", data={"name": "wang", "password": RIGHT}).status_code == 400


def test_figures_need_no_log_in_and_are_for_this_machine(closed: Office) -> None:
    client = closed.client(Rules("0.0.0.0"))
    assert client.get("/metrics").status_code == 200
    elsewhere = client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert elsewhere.status_code == 403
    assert "gaoku_" not in elsewhere.text
    assert client.get("/healthz", environ_base={"REMOTE_ADDR": "10.0.0.9"}).text == "ok\n"


def test_log_in_and_out(closed: Office) -> None:
    client = closed.client()
    asked = client.get("/files?q=园区&show=failed")
    assert asked.status_code == 302
    page = client.get(asked.headers["Location"])
    assert 'value="/files?q=' in page.text
    answer = log_in(client, "ＷANG", onward="/files?q=%E5%9B%AD&show=failed")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/files?q=%E5%9B%AD&show=failed")
    page = client.get("/files")
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert "<bdi>wang</bdi>" in page.text
    held = cookie(client)
    answer = client.post("/logout", data={"csrf_token": token_of(client)})
    assert answer.headers["Location"] == "/login"
    assert not inside(client)
    assert not inside(with_cookie(client.application, held))  # a copy of the cookie ends with it
    assert [(line["what"], line["user"], line["address"]) for line in closed.audit()] == [
        ("log-in", "wang", "127.0.0.1"),
        ("log-out", "wang", "127.0.0.1"),
    ]


def test_programs_send_the_password_along(closed: Office) -> None:
    client = closed.client()
    assert client.get("/api/status", auth=("李四", RIGHT)).status_code == 200
    assert client.post("/api/similar", json={"text": "招商"}, auth=("wang", RIGHT)).status_code == 200
    assert client.get("/files", auth=("wang", RIGHT)).status_code == 302  # pages have their own way
    for wrong in ("Basic", "Basic !!", "Basic " + base64.b64encode(b"\xff:\xff").decode(), "Bearer x"):
        assert client.get("/api/status", headers={"Authorization": wrong}).status_code == 401
    for given, told in ((None, "log in first"), (("wang", WRONG), "the name or password is wrong")):
        assert (client.get("/api/status", auth=given).json or {})["error"] == f"Unauthorized: {told}"
    statuses = [client.get("/api/status", auth=("wang", WRONG)).status_code for _ in range(6)]
    assert statuses[-1] == 429
    refused = client.get("/api/status", auth=("wang", RIGHT))
    assert refused.status_code == 429
    assert list(refused.json or ()) == ["error"]
    assert int(refused.headers["Retry-After"]) >= 1


def test_nobody_unknown_sends_much(closed: Office) -> None:
    client = closed.client()
    fields = {"name": "wang", "password": "x" * 1_000_000, "csrf_token": token_of(client)}
    assert client.post("/login", data=fields).status_code == 413
    assert client.post("/api/similar", json={"text": "x" * 100_000}).status_code == 401


def test_removing_the_last_user_opens_nothing(closed: Office) -> None:
    client = closed.client()
    assert not inside(client)
    closed.users.remove("wang")
    closed.users.remove("李四")
    assert not inside(client)
    (closed.folder / USERS).unlink()
    assert not inside(client)


def test_damaged_users_open_nothing(closed: Office) -> None:
    client = closed.client()
    log_in(client)
    (closed.folder / USERS).write_text("{", "utf-8")
    for path in (*PAGES, *API, "/login"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert str(closed.folder) not in answer.text


# -- forged, old, foreign and altered sessions -------------------------------------------------------------


def _signed(app: Flask, key: bytes | str, **values: Any) -> str:
    signing = SecureCookieSessionInterface().get_signing_serializer
    known, app.secret_key = app.secret_key, key
    try:
        serializer = signing(app)
        assert serializer is not None
        return str(serializer.dumps(values))
    finally:
        app.secret_key = known


def _whole(office: Office, **changes: Any) -> dict[str, Any]:
    now = int(office.clock())
    user = office.users.find("wang")
    assert user is not None
    values = {"user": "wang", "number": user.session, "id": "x", "since": now, "seen": now}
    return {**values, **changes}


def test_a_session_as_it_should_be_is_let_in(closed: Office) -> None:
    """The attacks below differ from this one each in one thing."""
    app = closed.app()
    assert app.secret_key
    assert inside(with_cookie(app, _signed(app, app.secret_key, **_whole(closed))))


@pytest.mark.parametrize("key", [b"\0" * 32, b"", "dev", "secret"])
def test_forged_and_foreign_sessions(closed: Office, key: bytes | str) -> None:
    app = closed.app()
    if key:
        assert not inside(with_cookie(app, _signed(app, key, **_whole(closed))))
    plain = base64.urlsafe_b64encode(json.dumps(_whole(closed)).encode()).decode().rstrip("=")
    for value in (
        plain,
        f"{plain}.",
        f"{plain}..",
        f"{plain}.aaaaaa.",
        f".{plain}",
        "",
        ".",
        "\x7f",
        "a" * 5000,
    ):
        assert not inside(with_cookie(app, value))


def test_a_session_of_another_office(closed: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "other"))
    other = Office(tmp_path / "other", closed.index)
    other.clock = closed.clock
    other.users.add("wang", RIGHT)
    (other.folder / USERS).write_bytes((closed.folder / USERS).read_bytes())  # even with the same users
    client = other.client()
    log_in(client)
    assert inside(client)
    monkeypatch.setenv("GAOKU_SETTINGS", str(closed.folder))
    assert not inside(with_cookie(closed.app(), cookie(client)))


def test_altered_sessions(closed: Office) -> None:
    client = closed.client()
    log_in(client)
    held = cookie(client)
    assert inside(with_cookie(client.application, held))
    for place in range(0, len(held) - 1, 3):  # the last sign has bits that say nothing
        other = "A" if held[place] != "A" else "B"
        altered = held[:place] + other + held[place + 1 :]
        assert not inside(with_cookie(client.application, altered)), place
    assert not inside(with_cookie(client.application, held[:-5]))


@pytest.mark.parametrize(
    "change",
    [
        {"user": "nobody"}, {"user": None}, {"user": ["wang"]}, {"user": {"name": "wang"}}, {"user": "李四"},
        {"number": None}, {"number": ""}, {"number": "0" * 16}, {"since": None}, {"since": "0"}, {"since": 0},
        {"seen": None}, {"seen": 0}, {"since": 4_000_000_000, "seen": 4_000_000_000},
    ],
)  # fmt: skip
def test_sessions_that_say_something_else(closed: Office, change: dict[str, Any]) -> None:
    app = closed.app()
    assert app.secret_key
    assert not inside(with_cookie(app, _signed(app, app.secret_key, **_whole(closed, **change))))


def test_a_session_ends_when_it_is_not_used(closed: Office) -> None:
    client = closed.client()
    log_in(client)
    closed.clock.now += IDLE - 10
    assert inside(client)
    closed.clock.now += IDLE - 10
    assert inside(client)
    closed.clock.now += IDLE
    assert not inside(client)


def test_a_session_ends_in_any_case(closed: Office) -> None:
    client = closed.client()
    log_in(client)
    began = closed.clock.now
    while closed.clock.now + IDLE / 2 < began + LONGEST:
        closed.clock.now += IDLE / 2
        if closed.clock.now < began + LONGEST:
            assert inside(client)
    closed.clock.now = began + LONGEST
    assert not inside(client)


@pytest.mark.parametrize("act", ["passwd", "remove", "again"])
def test_a_new_password_and_removal_end_sessions(closed: Office, act: str) -> None:
    first, other = closed.client(), closed.client()
    log_in(first)
    log_in(other, "李四")
    if act == "passwd":
        closed.users.change_password("wang", RIGHT)
    else:
        closed.users.remove("wang")
    if act == "again":
        closed.users.add("wang", RIGHT)
    assert not inside(first)
    assert inside(other)


def test_a_log_in_takes_nothing_over(closed: Office) -> None:
    client = closed.client()
    before = token_of(client)
    log_in(client)
    assert client.post("/logout", data={"csrf_token": before}).status_code == 400
    assert inside(client)


@pytest.mark.parametrize(("scheme", "secure"), [("http", False), ("https", True)])
def test_the_cookie(closed: Office, scheme: str, secure: bool) -> None:
    client = closed.client()
    answer = log_in(client, base_url=f"{scheme}://localhost")
    flags = {part.strip().lower() for part in answer.headers["Set-Cookie"].split(";")[1:]}
    assert flags == {"httponly", "path=/", "samesite=lax", *(["secure"] if secure else [])}


# -- requests that other sites make ------------------------------------------------------------------------


def _post(client: FlaskClient, token: str | None, **headers: str) -> int:
    data = {"text": "招商引资"} if token is None else {"text": "招商引资", "csrf_token": token}
    return client.post("/similar", data=data, headers=headers).status_code


def test_tokens(closed: Office) -> None:
    app = closed.app()
    mine, others = app.test_client(), app.test_client()
    log_in(mine)
    log_in(others, "李四")
    token = token_of(mine)
    assert _post(mine, token) == 200
    assert _post(mine, None, **{"X-CSRFToken": token}) == 200
    for wrong in (
        "",
        "x",
        token[:-1],
        token + "x",
        token_of(others),
        token_of(app.test_client()),
        "\u2028",
        "é",
    ):
        assert _post(mine, wrong) == 400, wrong
    for header in ("", "x", token_of(others)):
        assert _post(mine, token, **{"X-CSRFToken": header}) == 400
    assert _post(mine, None) == 400
    assert mine.post(f"/similar?csrf_token={token}", data={"text": "x"}).status_code == 400
    assert mine.get("/logout").status_code == 405  # a picture's address logs nobody out
    assert inside(mine)


def test_the_api_by_cookie_needs_the_token(closed: Office) -> None:
    client = closed.client()
    log_in(client)
    body = {"text": "招商引资"}
    answer = client.post("/api/similar", json=body)
    assert answer.status_code == 400
    assert list(answer.json or ()) == ["error"]
    assert (
        client.post("/api/similar", json=body, headers={"X-CSRFToken": token_of(client)}).status_code == 200
    )


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "https://localhost"}, True),  # a server in front speaks https
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://localhost:9999"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": "http://localhost@evil.example"}, False),
        ({"Origin": "http://[evil"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "file://localhost"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
def test_where_a_request_is_from(office: Office, headers: dict[str, str], ours: bool) -> None:
    client = office.client()
    assert _post(client, token_of(client), **headers) == (200 if ours else 403)
    answer = client.post("/api/similar", json={"text": "招商引资"}, headers=headers)
    assert answer.status_code == (200 if ours else 403)
    assert ours or list(answer.json or ()) == ["error"]
    assert client.get("/files", headers=headers).status_code == 200  # a link from elsewhere leads here


# -- guessing ----------------------------------------------------------------------------------------------


def test_guessing_at_a_name_is_slowed(closed: Office) -> None:
    app = closed.app()

    def guess(n: int, password: str = WRONG, name: str = "wang") -> TestResponse:
        where = {"REMOTE_ADDR": f"10.0.{n}.1"}  # each from another address
        return log_in(app.test_client(), name, password, environ_overrides=where)

    assert [guess(n).status_code for n in range(5)] == [401] * 5
    waits = []
    for n in range(5, 18):
        refused = guess(n, RIGHT, "ＷＡＮＧ")  # the right one is not even tried
        assert refused.status_code == 429
        waits.append(int(refused.headers["Retry-After"]))
        assert "请过" in refused.text
        closed.clock.now += waits[-1]
        assert guess(n + 100).status_code == 401
    assert waits == [1, 2, 4, 8, 16, *[LONGEST_WAIT_OF_NAME] * 8]
    assert guess(200, name="李四", password=RIGHT).status_code == 302  # others are not held up
    closed.clock.now += LONGEST_WAIT_OF_NAME
    assert guess(201, RIGHT).status_code == 302
    assert guess(202).status_code == 401
    assert guess(203).status_code == 429  # that someone came in gives nobody else more guesses
    assert {line["what"] for line in closed.audit()} == {"log-in", "log-in failed"}


def test_guessing_from_an_address_is_slowed(closed: Office) -> None:
    app = closed.app()
    statuses = [log_in(app.test_client(), f"name{n}", WRONG).status_code for n in range(8)]
    assert statuses == [401] * 5 + [429] * 3
    elsewhere = {"REMOTE_ADDR": "10.0.0.1"}
    assert log_in(app.test_client(), environ_overrides=elsewhere).status_code == 302


def test_an_address_waits_for_longer_than_a_name(closed: Office) -> None:
    app = closed.app()
    waits = []
    for n in range(18):
        answer = log_in(app.test_client(), f"name{n}", WRONG)
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            closed.clock.now += waits[-1]
            assert log_in(app.test_client(), f"name{n}", WRONG).status_code == 401
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


@pytest.mark.parametrize("known_by", ["address", "device"])
def test_nobody_is_kept_out_of_their_own_account(closed: Office, known_by: str) -> None:
    """Whoever guesses at a name without end, from many addresses, does not hinder who has it."""
    app = closed.app()
    home = {"REMOTE_ADDR": "10.9.9.9"}
    device = app.test_client()
    assert log_in(device, environ_overrides=home).status_code == 302
    device.delete_cookie("gaoku")
    if known_by == "device":
        app, home = closed.app(), {"REMOTE_ADDR": "10.8.8.8"}  # after a restart, and elsewhere
        value = device.get_cookie("gaoku-device")
        assert value is not None
        device = app.test_client()
        device.set_cookie("gaoku-device", value.value)
    else:
        device.delete_cookie("gaoku-device")
    for n in range(60):  # five minutes, the first of each half free
        where = {"REMOTE_ADDR": f"10.{n}.0.1"}
        statuses = {log_in(app.test_client(), password=WRONG, environ_overrides=where).status_code}
        assert statuses <= {401, 429}
        closed.clock.now += 5
    assert log_in(app.test_client(), environ_overrides={"REMOTE_ADDR": "10.99.0.1"}).status_code == 429
    assert log_in(device, environ_overrides=home).status_code == 302


def test_who_is_known_does_not_guess_without_end_either(closed: Office) -> None:
    app = closed.app()
    assert log_in(app.test_client()).status_code == 302
    statuses = [log_in(app.test_client(), password=WRONG).status_code for _ in range(8)]
    assert statuses == [401] * 5 + [429] * 3
    device = app.test_client()
    assert log_in(device, environ_overrides={"REMOTE_ADDR": "10.0.0.7"}).status_code == 302
    device.delete_cookie("gaoku")
    statuses = [log_in(device, password=WRONG).status_code for _ in range(8)]
    assert statuses == [401] * 5 + [429] * 3


def test_a_device_is_known_by_one_name_and_signed_by_us(closed: Office) -> None:
    app = closed.app()
    known = app.test_client()
    assert log_in(known, "李四").status_code == 302
    value = known.get_cookie("gaoku-device")
    assert value is not None
    assert "Max-Age" in (sent := known_header(closed)) and "HttpOnly" in sent and "SameSite=Lax" in sent
    for n in range(5):
        guess = log_in(app.test_client(), password=WRONG, environ_overrides={"REMOTE_ADDR": f"10.0.{n}.1"})
        assert guess.status_code == 401
    for forged in (value.value, "0" * 32 + value.value[32:], value.value[:-1], "x.y", "é"):
        client = app.test_client()
        client.set_cookie("gaoku-device", forged)
        assert log_in(client, environ_overrides={"REMOTE_ADDR": "10.1.1.1"}).status_code == 429, forged


def known_header(office: Office) -> str:
    """How the cookie of a device is set."""
    cookies = log_in(office.client()).headers.getlist("Set-Cookie")
    return next(text for text in cookies if text.startswith("gaoku-device="))


def test_programs_with_the_right_password_at_once(closed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """None is refused, and the password is hashed once."""
    app = closed.app()
    hashed: list[str] = []

    def check(known: str, given: str) -> bool:
        hashed.append(given)
        return check_password_hash(known, given)

    monkeypatch.setattr(users_module, "check_password_hash", check)
    start = threading.Barrier(8)
    statuses = []

    def ask(password: str = RIGHT, wait: bool = True) -> int:
        if wait:
            start.wait()
        credentials = base64.b64encode(f"wang:{password}".encode()).decode()
        status = app.test_client().get("/api/status", headers={"Authorization": f"Basic {credentials}"})
        statuses.append(status.status_code)
        return status.status_code

    assert ask(wait=False) == 200  # from where one has come in before all may wait
    closed.clock.now += 61
    statuses.clear()
    hashed.clear()
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses, hashed) == ([200] * 8, [RIGHT])
    assert ask(WRONG, wait=False) == 401  # what is remembered is the right one only
    closed.clock.now += 61
    assert ask(wait=False) == 200
    assert hashed == [RIGHT, WRONG, RIGHT]
    closed.users.change_password("wang", "battery staple")
    assert ask(wait=False) == 401
    closed.users.remove("wang")
    assert ask("battery staple", wait=False) == 401


def test_a_remembered_password_is_not_asked_while_one_waits(closed: Office) -> None:
    """Else whoever guesses would be told by it, as often as they like."""
    app = closed.app()

    def ask(password: str, address: str) -> int:
        credentials = base64.b64encode(f"wang:{password}".encode()).decode()
        where = {"REMOTE_ADDR": address}
        headers = {"Authorization": f"Basic {credentials}"}
        return app.test_client().get("/api/status", headers=headers, environ_overrides=where).status_code

    for _ in range(5):
        assert ask(WRONG, "10.0.0.1") == 401
        assert ask(RIGHT, "10.0.0.9") == 200
    assert ask(RIGHT, "10.0.0.1") == 429
    assert ask(RIGHT, "10.0.0.9") == 200


def _attempt(guesses: Guessing, name: str, address: str, right: bool = False) -> float:
    """An attempt: how long it has to wait."""
    try:
        guesses.attempt(Visitor(name, address), lambda: right or None)
    except SlowedError as slowed:
        return slowed.wait
    return 0.0


def test_an_own_password_is_no_way_round() -> None:
    guesses = Guessing(Clock())
    waits = []
    for n in range(20):
        waits.append(_attempt(guesses, f"other{n}", "10.0.0.1"))
        assert _attempt(guesses, "mine", "10.0.0.1", right=True) == 0  # whoever has it, has it here
    assert waits[:5] == [0] * 5
    assert all(waits[5:])


def test_networks_of_ipv6_are_one_address() -> None:
    guesses = Guessing(Clock())
    waits = [_attempt(guesses, f"name{n}", f"2001:db8:1:2::{n:x}") for n in range(6)]
    assert waits[:5] == [0] * 5
    assert waits[5] > 0
    assert _attempt(guesses, "x", "2001:db8:1:3::1") == 0
    assert _attempt(guesses, "y", "::ffff:10.0.0.1") == 0
    assert _attempt(guesses, "z", "::ffff:10.0.0.2") == 0


def test_what_is_kept_of_guesses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "MOST_KEPT", 100)
    clock = Clock()
    guesses = Guessing(clock)
    for n in range(500):
        for right in (False, True):
            _attempt(guesses, "x" * 100_000 + str(n), f"10.0.{n // 250}.{n % 250}", right)
        assert len(guesses) <= 100
        assert len(guesses._places) <= 100
    clock.now += 25 * 3600
    _attempt(guesses, "wang", "10.0.0.1")
    assert len(guesses) == 2


def test_guesses_made_at_once_are_all_counted() -> None:
    guesses = Guessing(Clock())
    waits: list[float] = []
    at_once = 1 + guessing.MOST_WAITING
    start = threading.Barrier(at_once)

    def guess(n: int) -> None:
        start.wait()
        waits.append(_attempt(guesses, "wang", f"10.0.0.{n}"))

    for _ in range(4):
        threads = [threading.Thread(target=guess, args=(n,)) for n in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert waits.count(0) == 5


def test_few_who_are_not_known_wait_for_others() -> None:
    """Each of them keeps a thread of the server busy."""
    guesses = Guessing(Clock())
    assert _attempt(guesses, "li", "10.0.0.9", right=True) == 0
    go_on = threading.Event()
    waits: list[float] = []

    def guess(n: int) -> None:
        guesses.attempt(Visitor(f"name{n}", f"10.0.0.{n}"), lambda: None if go_on.wait(60) else n)

    def come_in() -> None:
        waits.append(_attempt(guesses, "li", "10.0.0.9", right=True))

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(1 + guessing.MOST_WAITING)]
    threads.append(threading.Thread(target=come_in))
    for thread in threads:
        thread.start()
    until = time.monotonic() + 60
    while guesses._strangers._value:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert _attempt(guesses, "zhao", "10.0.0.8") == 1
    go_on.set()
    for thread in threads:
        thread.join()
    assert waits == [0]  # who is known waits, whoever else does
    assert _attempt(guesses, "zhao", "10.0.0.8") == 0


def test_damaged_users_and_a_foreign_name(closed: Office) -> None:
    """The page that refuses the one is made without the other."""
    client = closed.client()
    (closed.folder / USERS).write_text("{", "utf-8")
    answer = client.get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "这台服务器不叫这个名字" in answer.text


def test_the_answer_does_not_say_whether_there_is_such_a_name(closed: Office) -> None:
    def text(name: str) -> str:
        client = closed.client()
        answer = log_in(client, name, WRONG)
        assert answer.status_code == 401
        return answer.text.split("<main", 1)[1].split("csrf_token")[0] + answer.text.rsplit("<label", 1)[1]

    assert text("wang") == text("nobody")


@pytest.mark.parametrize(
    ("name", "password"),
    [("", ""), ("wang", ""), ("\0", "\0"), ("<script>alert(1)</script>", "x"), ("a" * 20_000, "b" * 20_000),
     ("wang\n", RIGHT), ("{{7*7}}", "' OR 1=1--")],
)  # fmt: skip
def test_odd_names_and_passwords(closed: Office, name: str, password: str) -> None:
    answer = log_in(closed.client(), name, password)
    assert answer.status_code == 401
    assert "<script>alert" not in answer.text
    assert len(answer.data) < 10_000
    assert all(len(json.dumps(line)) < 1000 for line in closed.audit())


# -- names of hosts ----------------------------------------------------------------------------------------

_EVERYWHERE = Rules("0.0.0.0")
_NAMED = Rules(allowed=("Gaoku.Example", "[fd00::5]"))


@pytest.mark.parametrize(
    ("rules", "host", "allowed"),
    [
        (Rules(), "localhost", True),
        (Rules(), "LOCALHOST:8000", True),
        (Rules(), "localhost.:8000", True),
        (Rules(), "127.0.0.1:8000", True),
        (Rules(), "[::1]:8000", True),
        (Rules("192.168.1.5"), "192.168.1.5:8000", True),
        (_NAMED, "gaoku.example", True),
        (_NAMED, "GAOKU.example:443", True),
        (_NAMED, "[fd00::5]", True),
        (_EVERYWHERE, "192.168.1.5", True),
        (_EVERYWHERE, socket.gethostname(), True),
        (_EVERYWHERE, "evil.example", False),
        (Rules(), "evil.example", False),
        (Rules(), "192.168.1.5", False),
        (_NAMED, "evil.gaoku.example", False),
        (_NAMED, "gaoku.example.evil.example", False),
        (_NAMED, "gaoku.exampleevil", False),
        (Rules(), "", False),
        (Rules(), "localhost:80@evil.example", False),
        (Rules(), "localhost@evil.example", False),
        (Rules(), "localhost, evil.example", False),
        (Rules(), "localhost evil.example", False),
        (Rules(), "localhost/evil", False),
        (Rules(), "localhost:", False),
        (Rules(), "localhost:80x", False),
        (Rules(), "localhost:999999", False),
        (Rules(), "[::1]evil.example", False),
        (Rules(), "[::1", False),
        (Rules(), "localhost\\evil", False),
        (Rules(), "<script>", False),
        (Rules(), "127.0.0.1.evil.example", False),
        (Rules(), "0x7f.1", False),
        (Rules(), "2130706433", False),
    ],
)
def test_hosts(office: Office, rules: Rules, host: str, allowed: bool) -> None:
    client = office.client(rules)
    for path in ("/files", "/api/status", "/static/gaoku.css"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == (200 if allowed else 400)
        assert allowed or "script>" not in host or host not in answer.text
        if path.startswith("/api") and not allowed:
            assert list(answer.json or ()) == ["error"]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ({"proxy": "localhost"}, "127.0.0.1"),
        ({"proxy": "nginx.example"}, "127.0.0.1"),
        ({"proxy": "*"}, "127.0.0.1"),
        ({"proxy": "127.0.0.1:8080"}, "127.0.0.1"),
        ({"allowed": ("gaoku.example.org:8443",)}, "gaoku.example.org"),
        ({"allowed": ("[fd00::5]:80",)}, "without a port"),
        ({"allowed": ("https://gaoku.example.org/",)}, "gaoku.example.org"),
        ({"allowed": ("gaoku.example.org", "",)}, "without a port"),
        ({"allowed": ("*",)}, "without a port"),
    ],
)  # fmt: skip
def test_rules_that_would_never_fit(what: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=re.escape(told)):
        Rules(**what)


def test_the_proxy_is_named_as_its_connections_are() -> None:
    assert Rules(proxy="[0:0::1]").proxy == "::1"
    assert Rules(allowed=("fd00::5",)).allows("[fd00::5]:8443")


def test_the_command_says_what_to_name(tmp_path: Path) -> None:
    for option in (("--trusted-proxy", "localhost"), ("--allow-host", "gaoku.example.org:8443")):
        run = CliRunner().invoke(main, ["serve", "--index", str(tmp_path / "index"), *option])
        assert run.exit_code == 2
        assert run.output.startswith(f"gaoku: {option[0]} takes ")


def test_other_headers_name_no_host(closed: Office) -> None:
    client = closed.client()
    headers = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-For": "6.6.6.6",
        "Forwarded": "host=evil.example",
    }
    answer = client.get("/files", headers=headers)
    assert answer.headers["Location"] == "/login?next=/files"
    assert "evil" not in client.get("/login", headers=headers).text
    log_in(client, password=WRONG, headers=headers)
    assert closed.audit()[-1]["address"] == "127.0.0.1"


def test_over_a_socket(closed: Office) -> None:
    """What no client library sends: no host at all, two of them, an address with a host of its own."""
    server = connections.create_server(
        closed.app(), connections.Limits(), host="127.0.0.1", port=0, threads=1
    )
    port = server.effective_listen[0][1]
    threading.Thread(target=server.run, daemon=True).start()
    try:
        for head, wrong in (
            ("GET /login HTTP/1.0\r\n", True),
            ("GET /login HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n", True),
            ("GET http://evil.example/login HTTP/1.1\r\nHost: localhost\r\n", False),
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
                sock.sendall(f"{head}Connection: close\r\n\r\n".encode())
                answer = b"".join(iter(lambda: sock.recv(65536), b""))
            assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")) == wrong, answer[:200]
            assert b"evil" not in answer
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "//evil.example/%2e%2e", headers={"Host": "localhost"})
        assert not str(connection.getresponse().getheader("Location")).startswith(("//", "http"))
        connection.close()
    finally:
        server.close()


# -- where a log-in leads ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "onward",
    [
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "http://evil.example",
        "https:evil.example",
        "HTTPS://evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\r\nLocation: x",
        "/\u0000/evil",
        "/\u007f/evil",
        "\u2028//evil.example",
        "/\u202e",
        "",
        "?q=x",
        "#x",
        "@evil.example",
        "/login",
        "/login?next=//evil.example",
        "/logout",
        "/" + "a" * 5000,
        "\u0001//evil.example",
    ],
)
def test_a_log_in_leads_nowhere_else(closed: Office, onward: str) -> None:
    client = closed.client()
    answer = log_in(client, onward=onward)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/login", query_string={"next": onward}).headers["Location"] == "/"


@pytest.mark.parametrize(
    "onward", ["/", "/files", "/?q=http://a.example/", "/?q=%22%E5%9B%AD%22&page=2", "/report/x?q=a#s1"]
)
def test_a_log_in_leads_back(closed: Office, onward: str) -> None:
    with closed.app().test_request_context():
        assert own_path(onward) == onward
    assert log_in(closed.client(), onward=onward).headers["Location"] == onward


# -- the key, the headers ----------------------------------------------------------------------------------


def test_sessions_outlast_the_server(closed: Office) -> None:
    client = closed.client()
    log_in(client)
    assert (closed.folder / KEY).exists()
    assert inside(with_cookie(closed.app(), cookie(client)))


@pytest.mark.parametrize("path", ["/files", "/login", "/nothing", "/static/gaoku.css", "/api/status"])
def test_headers(office: Office, path: str) -> None:
    headers = office.client().get(path).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "unsafe" not in headers["Content-Security-Policy"]
