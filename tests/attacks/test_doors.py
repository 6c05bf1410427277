"""Requests that other sites make, forged sessions, odd methods: on every route."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from indexer.audit import AUDIT
from indexer.users import Users
from tests.attacks.conftest import Office, signed
from tests.attacks.judging import judge
from tests.attacks.surface import Route, Surface, send, shared, token_of
from webui import Rules, create_app, ended
from webui.access import IDLE, LONGEST

Unchanged = Callable[[], None]

#: What is open to everyone, on purpose.
OPEN = {"static", "access.login_page", "access.log_in", "operations.health", "operations.metrics"}
#: What is sent by POST and changes nothing that others see.
ASKS = {"pages.similar_to_draft", "api.similar_to_draft", "access.log_in", "access.log_out", "adding.outcome"}


def _status(client: FlaskClient, surface: Surface, route: Route, **more: Any) -> int:
    answer = send(client, route, surface.path(route), **more)
    told = f"{route} {more}"
    judge(answer, told, static=route.endpoint == "static")
    return answer.status_code


# -- requests that other sites make ------------------------------------------------------------------------

#: A form that stores a file, where it is let.
_FILES: dict[str, Any] = {
    "data": {"text": "x", "files": [b"evil", "总结.txt"]},
    "content_type": "multipart/form-data",
}

# attack                          | what is sent with the victim's cookie (where it says no body: files)
FORGED: dict[str, dict[str, Any]] = {
    "a form without a token": {"data": {"text": "x"}},
    "a form with files, without a token": _FILES,
    "a file alone, without a token": {"data": b"evil", "query_string": "name=总结.txt"},
    "JSON as plain text": {"data": '{"text": "招商"}', "content_type": "text/plain"},
    "JSON": {"json": {"text": "招商"}},
    "a body of no kind": {"data": b"x", "content_type": ""},
    "nothing": {},
    "an empty token": {"headers": {"X-CSRFToken": ""}},
    "a made-up token": {"headers": {"X-CSRFToken": "x.y.z"}},
    "the token in the address": {"query_string": "csrf_token={token}&X-CSRFToken={token}"},
    "the token in a cookie": {"headers": {"Cookie": "csrf_token={token}; gaoku={cookie}"}},
    "another user's token": {"headers": {"X-CSRFToken": "{others}"}},
    "the token of nobody": {"headers": {"X-CSRFToken": "{nobodys}"}},
    "from another site": {"headers": {"X-CSRFToken": "{token}", "Origin": "https://evil.example"}},
    "from a file, from a sandbox": {"headers": {"X-CSRFToken": "{token}", "Origin": "null"}},
    "from another port": {"headers": {"X-CSRFToken": "{token}", "Origin": "http://localhost:81"}},
    "from a site that browsers call another": {
        "headers": {"X-CSRFToken": "{token}", "Sec-Fetch-Site": "cross-site"},
    },
    "from a sister site": {"headers": {"X-CSRFToken": "{token}", "Sec-Fetch-Site": "same-site"}},
    "from two places": {"headers": {"X-CSRFToken": "{token}", "Origin": "http://localhost, http://evil.example"}},
}  # fmt: skip


#: What is said where it is the token that is missing or wrong; on a page, and to programs.
NO_TOKEN = ("这一页放得太久了", "CSRF")


def _filled(sent: Any, words: dict[str, str]) -> Any:
    if isinstance(sent, dict):
        return {name: _filled(value, words) for name, value in sent.items()}
    if isinstance(sent, str) and not sent.startswith('{"'):
        return sent.format(**words)
    if isinstance(sent, list):  # a file: its content and its name
        content, name = sent
        return io.BytesIO(content), name
    return sent


def _is_for_the_token(sent: dict[str, Any]) -> bool:
    """Whether it is the token that is wrong; where a request is from, is looked at before."""
    return not {"Origin", "Sec-Fetch-Site"} & set(sent.get("headers", ()))


@pytest.mark.parametrize("attack", FORGED)
def test_nobody_else_makes_requests(
    surface: Surface, inside: FlaskClient, office: Office, unchanged: Unchanged, attack: str
) -> None:
    before = office.tree(but=("settings/audit.log",))
    held = inside.get_cookie("gaoku")
    assert held is not None
    words = {
        "token": token_of(inside),
        "others": token_of(office.inside(surface.app, "李四")),
        "nobodys": token_of(surface.app.test_client()),
        "cookie": held.value,
    }
    assert surface.changing
    sent = FORGED[attack]
    if sent and not {"data", "json"} & set(sent):
        sent = _FILES | sent
    for route in surface.changing:
        answer = send(inside, route, surface.path(route), **_filled(sent, words))
        if _is_for_the_token(sent):
            assert answer.status_code == 400, f"{route}: {answer.status}"
            unread = route.endpoint == "adding.add" and sent.get("content_type") != _FILES["content_type"]
            assert unread or any(said in answer.text for said in NO_TOKEN), f"{route}: {answer.text}"
        else:
            assert answer.status_code == 403, f"{route}: {answer.status}"
        judge(answer, f"{route}: {attack}")
    assert inside.get("/files").status_code == 200  # nor was the victim logged out
    assert office.tree(but=("settings/audit.log",)) == before


def test_with_the_token_they_are_made(surface: Surface, office: Office) -> None:
    """So it is the token that the requests above lack."""
    for route in surface.changing:
        client = surface.app.test_client()
        if route.endpoint != "access.log_in":
            client.set_cookie("gaoku", signed(surface.app, office.session(id=str(route))))
        token = token_of(client)
        sent: dict[str, Any] = {"headers": {"X-CSRFToken": token}}
        if route.endpoint == "adding.add":  # read piece by piece, the token first
            sent = _FILES | {"data": {"csrf_token": token} | _FILES["data"]}
        answer = send(client, route, surface.path(route), **_filled(sent, {}))
        assert answer.status_code != 403, route
        assert not any(said in answer.text for said in NO_TOKEN), f"{route}: {answer.text}"
        assert route.endpoint != "adding.add" or answer.status_code == 303, answer.text
        judge(answer, str(route))


@pytest.mark.parametrize(
    "override",
    [
        {"headers": {"X-HTTP-Method-Override": "{method}"}},
        {"headers": {"X-HTTP-Method": "{method}"}},
        {"headers": {"X-Method-Override": "{method}"}},
        {"query_string": "_method={method}&_HttpMethod={method}"},
    ],
)
def test_reading_changes_nothing(
    surface: Surface, inside: FlaskClient, office: Office, override: dict[str, Any]
) -> None:
    """A picture's address, a link: on every path, whatever else it asks for."""
    before = office.tree()
    for route in surface.changing:
        for method in ("GET", "HEAD", "OPTIONS"):
            words = {"method": route.method}
            answer = send(
                inside, Route(route.rule, method, (), ()), surface.path(route), **_filled(override, words)
            )
            judge(answer, f"{method} {route}")
    assert inside.get("/files").status_code == 200
    assert office.tree() == before


def test_reading_every_page_changes_nothing(surface: Surface, inside: FlaskClient, office: Office) -> None:
    log = f"settings/{AUDIT}"  # of what was exported there is a line
    before = office.tree(but=(log,))
    for url in surface.pages:
        inside.get(url, buffered=False).close()
    assert office.tree(but=(log,)) == before


@pytest.mark.parametrize(
    "method", ["TRACE", "TRACK", "CONNECT", "PUT", "DELETE", "PATCH", "PROPFIND", "X" * 500]
)
def test_methods_that_there_are_not(
    surface: Surface, inside: FlaskClient, unchanged: Unchanged, method: str
) -> None:
    token = {"X-CSRFToken": token_of(inside), "X-Marker": "told-back"}
    at: dict[str, set[str]] = {}
    for rule in surface.app.url_map.iter_rules():
        at.setdefault(rule.rule, set()).update(rule.methods or ())
    for route in surface.routes:
        if method in at[route.rule.rule]:
            continue
        answer = send(inside, Route(route.rule, method, (), ()), surface.path(route), headers=token)
        assert answer.status_code in (404, 405), f"{method} {route}: {answer.status}"
        assert b"told-back" not in answer.data  # as TRACE would
        judge(answer, f"{method} {route}")


# -- without a log-in --------------------------------------------------------------------------------------

# attack                             | the cookie that is sent, of the application and the office
Forge = Callable[[Flask, Office], str]


def _plain(values: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _turned(app: Flask, office: Office) -> str:
    head, _, rest = signed(app, office.session()).partition(".")
    return f"{_plain(office.session('李四'))}.{rest}" if head else ""


SESSIONS: dict[str, Forge] = {
    "none": lambda app, office: "",
    "not signed": lambda app, office: _plain(office.session()),
    "an empty signature": lambda app, office: f"{_plain(office.session())}.aaaaaa.",
    "signed with no algorithm": lambda app, office: f"{_plain({'alg': 'none'})}.{_plain(office.session())}.",
    "signed with another key": lambda app, office: signed(app, office.session(), b"\0" * 32),
    "signed with a key that is often used": lambda app, office: signed(app, office.session(), "secret"),
    "another's values under a right signature": _turned,
    "cut short": lambda app, office: signed(app, office.session())[:-2],
    "a token of a form": lambda app, office: signed(app, {"csrf_token": "x"}),
    "nobody's name": lambda app, office: signed(app, office.session(user="nobody")),
    "the number of another user": lambda app, office: signed(
        app, office.session(number=office.session("李四")["number"])
    ),
    "a number of before": lambda app, office: signed(app, office.session(number="0" * 16)),
    "no number": lambda app, office: signed(app, office.session(number=None)),
    "not used for long": lambda app, office: signed(app, office.session(seen=int(office.clock()) - IDLE)),
    "begun too long ago": lambda app, office: signed(
        app, office.session(since=int(office.clock()) - LONGEST)
    ),
    "begun tomorrow": lambda app, office: signed(app, office.session(since=int(office.clock()) + 86400)),
    "true for a time": lambda app, office: signed(app, office.session(since=True)),
}


@shared
@pytest.mark.parametrize("attack", SESSIONS)
def test_every_route_is_closed(
    surface: Surface, office: Office, unchanged: Unchanged, attack: str, one_in: int
) -> None:
    client = surface.app.test_client()
    if cookie := SESSIONS[attack](surface.app, office):
        client.set_cookie("gaoku", cookie)
    closed = [route for route in surface.routes if route.endpoint not in OPEN]
    assert len(closed) > 20
    at = list(SESSIONS).index(attack) % one_in
    for route in closed if attack == "none" else closed[at::one_in]:
        for method in {route.method, "HEAD" if route.method == "GET" else route.method, "OPTIONS"}:
            asked = Route(route.rule, method, (), ())
            status = _status(client, surface, asked)
            assert status in (302, 401), f"{method} {route}: {status}"
    inner = _status(
        office.inside(surface.app), surface, next(r for r in closed if r.endpoint == "pages.files_page")
    )
    assert inner == 200


def test_passwords_with_each_request_are_for_the_api_alone(surface: Surface, office: Office) -> None:
    """A browser sends them along by itself, and no form of another site would need a cookie."""
    credentials = base64.b64encode(b"wang:correct horse").decode()
    for route in surface.routes:
        if route.endpoint not in OPEN and not route.rule.rule.startswith("/api/"):
            headers = {"Authorization": f"Basic {credentials}"}
            status = _status(surface.app.test_client(), surface, route, headers=headers)
            assert status in (302, 401), f"{route}: {status}"


def test_two_cookies_of_one_name(surface: Surface, office: Office) -> None:
    """A sister site can set one beside ours: in no order is a forged one let in, nor is it an error."""
    good, bad = signed(surface.app, office.session()), signed(surface.app, office.session(), b"\0" * 32)
    client = surface.app.test_client(use_cookies=False)
    for cookies in (f"gaoku={bad}; gaoku={bad}", f"gaoku=; gaoku={bad}", f"GAOKU={good}", f"gaoku ={bad}"):
        answer = client.get("/files", headers={"Cookie": cookies})
        assert answer.status_code == 302, cookies
    for cookies in (f"gaoku={bad}; gaoku={good}", f"gaoku={good}; gaoku={bad}"):
        judge(client.get("/files", headers={"Cookie": cookies}), cookies)


def test_over_https_no_other_site_can_put_a_cookie_in_our_place(surface: Surface, office: Office) -> None:
    """Browsers take a name with __Host- from this host alone, and only with https."""
    client = surface.app.test_client(use_cookies=False)
    value = signed(surface.app, office.session())
    https = {"base_url": "https://localhost"}
    assert client.get("/files", headers={"Cookie": f"gaoku={value}"}, **https).status_code == 302
    assert client.get("/files", headers={"Cookie": f"__Host-gaoku={value}"}, **https).status_code == 200
    answer = surface.app.test_client().get("/login", **https)
    assert answer.headers["Set-Cookie"].startswith("__Host-gaoku=")
    assert {"Secure", "Path=/", "HttpOnly"} <= set(answer.headers["Set-Cookie"].split("; "))
    assert "Domain" not in answer.headers["Set-Cookie"]


@pytest.fixture
def own(office: Office, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office with settings of its own, which may be changed."""
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))
    own = Office(tmp_path)
    Users(own.settings).add("wang", "correct horse")
    Users(own.settings).add("li", "correct horse")
    return own


def _app(own: Office, filled: Any, rules: Rules | None = None) -> Flask:
    return create_app(filled / "index", rules, clock=own.clock)


def _log_out(client: FlaskClient) -> None:
    answer = client.post("/logout", headers={"X-CSRFToken": token_of(client)})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "act", ["log out", "log out and start again", "password", "removal", "removal and back"]
)
def test_a_copy_of_the_cookie_ends_with_the_session(own: Office, filled: Any, act: str) -> None:
    app = _app(own, filled)
    victim, other = own.inside(app), app.test_client()
    kept = victim.get_cookie("gaoku")
    assert kept is not None
    other.set_cookie("gaoku", signed(app, own.session("li", id="y")))
    users = Users(own.settings)
    if act.startswith("log out"):
        _log_out(victim)
    elif act == "password":
        users.change_password("wang", "correct horse")
    else:
        users.remove("wang")
        if act.endswith("back"):
            users.add("wang", "correct horse")
    again = _app(own, filled) if act.endswith("again") else app
    thief = again.test_client()
    thief.set_cookie("gaoku", kept.value)
    assert thief.get("/files").status_code == 302
    assert other.get("/files").status_code == 200


def test_a_session_is_not_fixed_beforehand(own: Office, filled: Any) -> None:
    """Who has put a cookie of theirs into a browser has nothing of the session that begins there."""
    app = _app(own, filled)
    attacker = app.test_client()
    token = token_of(attacker)
    planted = attacker.get_cookie("gaoku")
    assert planted is not None
    victim = app.test_client()
    victim.set_cookie("gaoku", planted.value)
    fields = {"name": "wang", "password": "correct horse", "csrf_token": token}
    assert victim.post("/login", data=fields).status_code == 302
    assert victim.get("/files").status_code == 200
    assert attacker.get("/files").status_code == 302
    begun = victim.get_cookie("gaoku")
    assert begun is not None
    assert begun.value != planted.value
    assert victim.post("/logout", headers={"X-CSRFToken": token}).status_code == 400


def test_nobody_unended_a_session_by_ending_many(
    own: Office, filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept of ended sessions is bounded; beyond that all earlier ones of the user are over."""
    monkeypatch.setattr(ended, "MOST_OF_ONE", 5)
    app = _app(own, filled)
    other = app.test_client()
    other.set_cookie("gaoku", signed(app, own.session("li")))
    cookies = []
    for n in range(20):
        own.clock.now += 1
        client = app.test_client()
        cookies.append(signed(app, own.session(id=f"s{n}")))
        client.set_cookie("gaoku", cookies[-1])
        _log_out(client)
    for value in cookies:
        thief = app.test_client()
        thief.set_cookie("gaoku", value)
        assert thief.get("/files").status_code == 302
    own.clock.now += 1
    assert own.inside(app).get("/files").status_code == 200  # a new one begins
    assert other.get("/files").status_code == 200


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"wang": 1}', b'{"wang": {"x": "y"}}', b"\xff"])
def test_what_is_known_of_ended_sessions_may_be_damaged(own: Office, filled: Any, content: bytes) -> None:
    """It is no reason not to serve; sessions end in it anew."""
    (own.settings / ended.ENDED).write_bytes(content)
    app = _app(own, filled)
    client = own.inside(app)
    _log_out(client)
    assert own.inside(app).get("/files").status_code == 302
    assert (own.settings / ended.ENDED).stat().st_mode & 0o077 == 0


# -- for reading only --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rules", [Rules(read_only=True), Rules("0.0.0.0"), Rules(allowed=("gaoku.example",))]
)
def test_what_changes_is_refused(
    surface: Surface,
    office: Office,
    filled: Any,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    rules: Rules,
) -> None:
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))  # without users
    client = _app(office, filled, rules).test_client()
    before = office.tree()
    token = {"X-CSRFToken": token_of(client)}
    for route in surface.changing:
        status = _status(client, surface, route, headers=token)
        assert (status == 403) != (route.endpoint in ASKS), f"{route}: {status}"
    assert office.tree() == before
