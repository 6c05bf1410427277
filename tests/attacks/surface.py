"""What can be attacked, found by looking: every route, and every name that a request is asked for.

Routes are read off the application's map. The names of parameters are noted while the application looks for
them (:func:`listen`), and read off the forms and links of its pages and off the document of the API; so a new
route or parameter is attacked without a line being written here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask, Request
from flask.testing import FlaskClient
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.webui.conftest import Element, read_html

READS = ("GET", "HEAD", "OPTIONS")
_MOST_PAGES = 70
_SEGMENT = re.compile(r"<(?:[^<>]*:)?(\w+)>")  # of a rule

Names = dict[str, set[str]]  # endpoint -> names
A = TypeVar("A")


@dataclass
class Noted:
    """The names that an application has looked for in its requests."""

    args: Names = field(default_factory=lambda: defaultdict(set))
    form: Names = field(default_factory=lambda: defaultdict(set))


def listen(app: Flask) -> Noted:
    """Note from now on what the application looks for, wherever it does."""
    noted = Noted()

    class Noting(Request):
        @property
        def args(self) -> Any:
            return _Listening(super().args, noted.args[str(self.endpoint)])

        @property
        def form(self) -> Any:
            return _Listening(super().form, noted.form[str(self.endpoint)])

    app.request_class = Noting
    return noted


class _Listening(ImmutableMultiDict[str, str]):
    def __init__(self, values: Any, names: set[str]) -> None:
        super().__init__(values)
        self.__dict__["names"] = names

    def _note(self, name: Any) -> None:
        self.__dict__["names"].add(name)

    def __getitem__(self, name: Any) -> Any:
        self._note(name)
        return super().__getitem__(name)

    def get(self, name: Any, *args: Any, **more: Any) -> Any:  # type: ignore[override]  # whichever it is
        self._note(name)
        return super().get(name, *args, **more)

    def getlist(self, name: Any, *args: Any, **more: Any) -> Any:  # type: ignore[override]
        self._note(name)
        return super().getlist(name, *args, **more)

    def __contains__(self, name: Any) -> bool:
        self._note(name)
        return super().__contains__(name)


@dataclass(frozen=True)
class Route:
    """One way in: a rule with one method, and the names that it is known to look for."""

    rule: Rule
    method: str
    args: tuple[str, ...]  # of the query
    form: tuple[str, ...]

    @property
    def endpoint(self) -> str:
        return str(self.rule.endpoint)

    @property
    def changes(self) -> bool:
        return self.method not in READS

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


#: Of what is tried on every route, a share for ``make service``, so chosen that each text meets some routes
#: and each route some texts; all with all in ``make hostile``.
shared = pytest.mark.parametrize(
    "one_in", [pytest.param(4, id="some"), pytest.param(1, id="all", marks=pytest.mark.hostile)]
)


def pairs(attacks: Iterable[A], routes: Iterable[Route], one_in: int) -> Iterator[tuple[A, Route]]:
    """The pairs of which one in so many is tried."""
    listed = list(routes)
    for n, attack in enumerate(attacks):
        for m, route in enumerate(listed):
            if (n + m) % one_in == 0:
                yield attack, route


@dataclass
class Surface:
    """All ways in; ``pages``: addresses that lead to a page; ``values``: what each segment may really be."""

    app: Flask
    routes: tuple[Route, ...]
    pages: tuple[str, ...]
    values: dict[str, dict[str, str]]  # endpoint -> segment -> value
    by_name: dict[str, str]  # segment -> a value, of whatever endpoint

    @property
    def reading(self) -> tuple[Route, ...]:
        return tuple(r for r in self.routes if r.method == "GET")

    @property
    def changing(self) -> tuple[Route, ...]:
        return tuple(r for r in self.routes if r.changes)

    def path(self, route: Route, **segments: str) -> str:
        """An address of a route that leads somewhere, but for these segments. Not yet quoted."""
        values = {
            name: self.values.get(route.endpoint, {}).get(name) or self.by_name.get(name) or "x"
            for name in route.rule.arguments
        }
        values.update(segments)
        # Not by werkzeug, which would quote, or refuse, what is to be sent.
        return _SEGMENT.sub(lambda m: values[m[1]], route.rule.rule)


def explore(app: Flask, client: FlaskClient, *starts: str) -> Surface:
    """Follow the links of the pages, then ask every route for everything that any of them looks for."""
    noted = listen(app)
    pages, values = _crawled(app, client, noted, *starts)
    by_name = {name: value for found in values.values() for name, value in found.items()}
    document = {p["name"] for path in _paths(app) for way in path.values() for p in way.get("parameters", ())}
    surface = Surface(app, (), tuple(pages), values, by_name)
    for value in ("x", next(iter(by_name.values()), "x"), "1"):  # some are looked for only beside others
        for route in _routes(app, noted, document):
            if route.endpoint != "access.log_out":
                token = {"X-CSRFToken": token_of(client)}
                every, fields = (
                    dict.fromkeys(set().union(*names.values()), value) for names in (noted.args, noted.form)
                )
                data: dict[str, Any] = {"data": fields} if route.changes else {}
                path = surface.path(route)
                client.open(
                    path, method=route.method, query_string=every, headers=token, buffered=False, **data
                ).close()
    surface.routes = tuple(_routes(app, noted, document))
    return surface


def _paths(app: Flask) -> list[dict[str, Any]]:
    return list(app.api_doc["paths"].values())  # type: ignore[attr-defined]  # of flask-openapi3


def _routes(app: Flask, noted: Noted, document: set[str]) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        endpoint = str(rule.endpoint)
        of_api = document if rule.rule.startswith("/api/") else set()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(
                rule,
                method,
                tuple(sorted(noted.args[endpoint] | of_api)),
                tuple(sorted(noted.form[endpoint])) if method not in READS else (),
            )


def _crawled(
    app: Flask, client: FlaskClient, noted: Noted, *starts: str
) -> tuple[list[str], dict[str, dict[str, str]]]:
    """The addresses of pages, a few of each route, and the segments of their paths."""
    router = app.url_map.bind("localhost")
    values: dict[str, dict[str, str]] = {}
    seen: list[str] = []
    per_shape: dict[tuple[str, frozenset[str]], int] = defaultdict(int)
    waiting = list(starts)
    known = set(waiting)
    while waiting and len(seen) < _MOST_PAGES:
        url = waiting.pop(0)
        parts = urlsplit(url)
        try:
            endpoint, segments = router.match(parts.path, "GET")
        except HTTPException:
            continue
        names = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
        shape = (endpoint, frozenset(names))
        per_shape[shape] += 1
        if per_shape[shape] > 2:
            continue
        if segments:
            values.setdefault(endpoint, dict(segments))
        noted.args[endpoint] |= names
        answer = client.get(url, buffered=False)
        seen.append(url)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            page = read_html(answer.text)
            found = [*links(page), *_forms(page, router, noted)]
            waiting += [link for link in dict.fromkeys(found) if link not in known]
            known.update(found)
        answer.close()
    return seen, values


def links(page: Element) -> list[str]:
    """The addresses on this server that a page names."""
    named = [e.attrs[a] for e in page.all() for a in ("href", "src", "data-preview") if a in e.attrs]
    return [url.partition("#")[0] for url in named if url.startswith("/")]


def _forms(page: Element, router: Any, noted: Noted) -> Iterator[str]:
    """Note the fields of the page's forms; addresses of those that ask."""
    for form in page.all("form"):
        method = form.attrs.get("method", "get").upper()
        path = urlsplit(form.attrs.get("action", "/")).path
        try:
            endpoint, _ = router.match(path, method)
        except HTTPException:
            continue
        names = {e.attrs["name"] for e in form.all() if e.tag != "meta" and e.attrs.get("name")}
        (noted.form if method == "POST" else noted.args)[endpoint] |= names
        if method == "GET":
            yield path


def token_of(client: FlaskClient) -> str:
    """The token of a page that a client is sent, logged in or not."""
    page = read_html(client.get("/nothing", follow_redirects=True).text)
    return page.one("meta", name="csrf-token").attrs["content"]


def send(client: FlaskClient, route: Route, path: str, **more: Any) -> TestResponse:
    """Send a request whose path is exactly this, whatever a client would make of it."""
    overrides = {"PATH_INFO": path.encode("utf-8", "surrogatepass").decode("latin-1")}
    overrides |= more.pop("environ_overrides", {})
    return client.open("/", method=route.method, environ_overrides=overrides, buffered=False, **more)
