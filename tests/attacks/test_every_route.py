"""Hostile texts in every place that a request has, on every route, and on every page that shows files."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.attacks.conftest import Office
from tests.attacks.judging import MARK, judge
from tests.attacks.payloads import ELSEWHERE, LINES, MARKUP, OVERLONG, ways_to
from tests.attacks.surface import Route, Surface, pairs, send, shared, token_of

Unchanged = Callable[[], None]

# attack            | where                        | what is sent       | what must come of it
# stored markup     | names and texts of files     | payloads.MARKUP    | text on every page
# reflected markup  | every segment, query, field  | payloads.MARKUP    | text, if at all
# header injection  | the same                     | payloads.LINES     | no header more
# open redirect     | the same                     | payloads.ELSEWHERE | leads to this server
# path traversal    | the same                     | payloads.ways_to   | the secret is not told
TEXTS = {"markup": MARKUP, "lines": LINES, "elsewhere": ELSEWHERE}


def _text(text: str) -> str:
    """As it can be sent: a lone surrogate as the bytes of one."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _query(names: tuple[str, ...], text: str) -> str:
    return "&".join(f"{name}={_text(text)}" for name in names)


def _attack(surface: Surface, client: FlaskClient, route: Route, text: str, token: str) -> None:
    """The text in each segment of the path, in all of the query at once, in all fields of a form at once."""
    static = route.endpoint == "static"
    told = f"{route} with {text!r}"
    fields = {"data": {name: text.encode("utf-8", "replace") for name in route.form}} if route.form else {}
    for name in route.rule.arguments:
        path = surface.path(route, **{name: text})
        judge(send(client, route, path, headers={"X-CSRFToken": token}), f"{told} as {name}", static=static)
    if not route.args and not route.form:
        return
    names = (*(n for n in route.args if n != "csrf_token"), MARK)
    answer = send(
        client,
        route,
        surface.path(route),
        query_string=_query(names, text),
        headers={"X-CSRFToken": token},
        **fields,
    )
    judge(answer, f"{told} in {names} and {route.form}", static=static)


def test_all_is_found(surface: Surface) -> None:
    """The table is over something: were nothing found, nothing would be attacked."""
    names = {(r.endpoint, name) for r in surface.routes for name in (*r.args, *r.form)}
    for known in (
        ("pages.search_page", "from"), ("pages.compare_page", "family"), ("preview.show", "whole"),
        ("pages.similar_to_draft", "with"), ("access.log_in", "next"), ("pages.files_page", "show"),
        ("access.login_page", "next"), ("pages.original_file", "save"), ("api.search", "offset"),
    ):  # fmt: skip
        assert known in names
    assert {str(r.endpoint) for r in surface.routes} == {
        str(r.endpoint) for r in surface.app.url_map.iter_rules()
    }
    for route in surface.reading:
        if route.rule.arguments - {"filename"}:
            assert "x" not in {surface.path(route).rsplit("/", 1)[-1]}, route


def test_stored_markup(surface: Surface, inside: FlaskClient, unchanged: Unchanged) -> None:
    shown = set()
    for url in surface.pages:
        answer = inside.get(url, buffered=False)
        text = answer.text if answer.mimetype == "text/html" else ""
        if MARK in text:
            shown.add(surface.app.url_map.bind("localhost").match(url.partition("?")[0])[0])
        judge(answer, url, static=url.startswith("/static/"))
    assert shown >= {
        "pages.search_page", "pages.report_page", "pages.files_page", "pages.similar_page",
        "pages.compare_page", "preview.show",
    }  # fmt: skip


@shared
@pytest.mark.parametrize("kind", TEXTS)
def test_in_every_place(
    surface: Surface, inside: FlaskClient, unchanged: Unchanged, kind: str, one_in: int
) -> None:
    token = token_of(inside)
    outside = surface.app.test_client()
    its_token = token_of(outside)
    for text, route in pairs(TEXTS[kind].values(), surface.routes, one_in):
        if route.endpoint in ("access.log_in", "access.log_out"):
            _attack(surface, outside, route, text, its_token)
        else:
            _attack(surface, inside, route, text, token)


def test_in_each_parameter_alone(surface: Surface, inside: FlaskClient, unchanged: Unchanged) -> None:
    """All at once one may hide another: a bad filter is told before the query is read."""
    text = f"""x" '><{MARK} on{MARK}=1>\r\n{MARK}: 1"""
    for route in surface.reading:
        for name in route.args:
            query = _query((name,), text) + ("" if name == "q" else "&q=" + quote("招商引资"))
            answer = send(inside, route, surface.path(route), query_string=query)
            judge(answer, f"{route} with {name}", static=route.endpoint == "static")


@shared
@pytest.mark.parametrize("in_what", ["segments", "parameters"])
def test_paths(
    surface: Surface, inside: FlaskClient, office: Office, unchanged: Unchanged, in_what: str, one_in: int
) -> None:
    files = (str(office.secrets[0]), str(office.settings / "users.json"))[
        : 1 if in_what == "parameters" else 2
    ]
    hashes = [user.password.encode() for user in office.users.all().values()]
    at = [
        route for route in surface.reading if (route.rule.arguments if in_what == "segments" else route.args)
    ]
    # A name may be led astray: each way is tried in each segment, and a share of them in parameters.
    some = one_in if in_what == "parameters" else 1
    for (name, text), route in pairs(ways_to(*files).items(), at, some):
        static = route.endpoint == "static"
        if in_what == "segments":
            sent = [(surface.path(route, **{segment: text}), "") for segment in route.rule.arguments]
        else:
            sent = [(surface.path(route), _query(route.args, text))]
        for path, query in sent:
            answer = send(inside, route, path, query_string=query)
            if answer.mimetype != "text/event-stream":
                assert not any(kept in answer.data for kept in hashes), path
            judge(answer, f"{route}: {name}", static=static)


def test_bytes_that_are_no_text(surface: Surface, inside: FlaskClient, unchanged: Unchanged) -> None:
    for route in surface.reading:
        for raw in OVERLONG:
            sent = raw.decode("latin-1")
            for segment in route.rule.arguments:
                path = surface.path(route, **{segment: "SEGMENT"}).encode().decode("latin-1")
                answer = inside.open(
                    "/", environ_overrides={"PATH_INFO": path.replace("SEGMENT", sent)}, buffered=False
                )
                judge(answer, f"{route} {raw!r}", static=route.endpoint == "static")
            query = "&".join(f"{name}={quote(raw)}" for name in route.args)
            judge(
                send(inside, route, surface.path(route), query_string=query),
                f"{route} {raw!r}",
                static=route.endpoint == "static",
            )


def test_links_and_archives_lead_nowhere(surface: Surface, inside: FlaskClient, office: Office) -> None:
    """What lies beside the folder is not in the index, and nothing was unpacked outside of it."""
    judge(inside.get("/files?q=secret"), "files")
    for query in ("机密", "canary"):
        answer = inside.get("/api/search", query_string={"q": query})
        assert answer.json is not None
        assert not any("机密2020年" in hit["title"] for hit in answer.json["hits"])
    assert not list(office.root.rglob("evil*"))
    assert not [path for path in (office.root.parent, office.index) if (path / "evil.txt").exists()]
