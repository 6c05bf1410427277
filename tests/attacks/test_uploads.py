"""Files that are sent: their names, their bytes, and what lies in their way. Above the inbox' own tests these
go through the routes, as they are."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from indexer.runs import Run, Runner
from indexer.users import Users
from tests.attacks.conftest import Office
from tests.attacks.judging import MARK, SECRET, judge, judge_piece
from tests.attacks.payloads import LINES, MARKUP, ways_to
from tests.attacks.surface import token_of
from webui import Rules, create_app

#: What is sent for a name, besides markup, line ends and ways to other files.
NAMES: dict[str, str] = {
    "reserved on Windows": "CON.txt",
    "reserved, two dots": "nul.tar.txt",
    "reserved, a space": "aux .txt",
    "reserved, shown as nothing": "C\u200bON.txt",
    "a stream of NTFS": "a.txt:evil.txt",
    "hidden": ".htaccess",
    "where files come in": ".incoming/evil.txt",
    "where files come in, dots": "..incoming/evil.txt",
    "where files come in, shown as nothing": "\u200b.incoming/evil.txt",
    "dots alone": "../..",
    "a dot": ".",
    "a slash": "/",
    "nothing": "",
    "spaces": "   ",
    "ends in dots": "a.txt...",
    "very long": "x" * 5000 + ".txt",
    "very deep": "a/" * 500 + "b.txt",
    "turned direction": "a\u202etxt.exe",
    "wide slashes": "\uff0e\uff0e\uff0fevil.txt",
    "other slashes": "..\u2215..\u2044evil.txt",
    "composed otherwise": "e\u0301.txt",
    "a pipe": "|id.txt",
    "an option": "-rf.txt",
    "a template": "{{7*7}}.txt",
    "a formula": "=1+1.txt",
    "percent": "%2e%2e%2fevil.txt",
    "half a pair": "a\ud800.txt",
}


@pytest.fixture
def sending(tmp_path: Path, filled: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sending]:
    """A server with an uploads folder of its own, 64 kB to a file; nothing is indexed."""
    root = tmp_path / "单位"
    for folder in ("uploads", "settings", "beside"):
        (root / folder).mkdir(parents=True)
    (root / "beside" / "secret.txt").write_text(SECRET, "utf-8")
    monkeypatch.setenv("GAOKU_SETTINGS", str(root / "settings"))
    monkeypatch.setenv("GAOKU_UPLOADS", str(root / "uploads"))
    monkeypatch.setattr(Runner, "start", lambda runner, paths=(): Run(1, tuple(paths)))
    Users(root / "settings").add("wang", "correct horse")
    office = Office(root)
    app = create_app(filled / "index", clock=office.clock)
    inbox = app.extensions["gaoku-inbox"]
    inbox.limit = 1 << 16
    yield Sending(office, app)
    inbox.close()


class Sending:
    """Sends files, logged in."""

    def __init__(self, office: Office, app: Flask) -> None:
        self.office, self.app = office, app
        self.client: FlaskClient = office.inside(app)
        self.token = {"X-CSRFToken": token_of(self.client)}
        self.beside = self._others()

    def put(self, name: str, content: bytes = b"x", **more: Any) -> TestResponse:
        raw = quote(name.encode("utf-8", "surrogatepass"), safe="")
        headers = {**self.token, "Accept": "application/json", **more.pop("headers", {})}
        return self.client.put(f"/add/file?name={raw}", data=content, headers=headers, **more)

    def post(self, *files: tuple[str, bytes]) -> TestResponse:
        """As a browser without scripts sends a form."""
        boundary = "----x"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n'
        parts = [f"{head}{self.token['X-CSRFToken']}\r\n".encode()]
        for name, content in files:
            told = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{told}"\r\n\r\n'
            parts.append(head.encode("utf-8", "replace") + content + b"\r\n")
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        return self.client.post("/add", data=body, content_type=f"multipart/form-data; boundary={boundary}")

    def stored(self) -> dict[str, bytes]:
        """What lies in the folder; nothing may be half there."""
        folder = self.office.uploads
        found = {}
        for path in folder.rglob("*"):
            assert not path.is_symlink()
            name = path.relative_to(folder).as_posix()
            if path.is_file() and path.name not in ("lock", ".gaoku"):
                assert not name.startswith(".incoming"), name
                found[name] = path.read_bytes()
        return found

    def nothing_else_changed(self) -> None:
        assert self._others() == self.beside

    def _others(self) -> dict[str, tuple[object, ...]]:
        parent = self.office.root.parent
        assert {path.name for path in parent.iterdir()} <= {self.office.root.name}
        return self.office.tree(but=("uploads", "settings/audit.log"))


@pytest.mark.parametrize("kind", ["odd", "markup", "lines", "ways elsewhere"])
def test_names(sending: Sending, kind: str) -> None:
    ways = ways_to(str(sending.office.root / "evil.txt"))
    names = {"odd": NAMES, "markup": MARKUP, "lines": LINES, "ways elsewhere": ways}[kind]
    for attack, name in names.items():
        answer = sending.put(name, b"one")
        assert answer.status_code in (200, 400, 409), answer.text
        assert answer.mimetype == "application/json"
        judge(answer, attack)
    answer = sending.post(*((name, b"two") for name in names.values()))
    assert answer.status_code == 303
    page = sending.client.get(answer.location)
    assert page.status_code == 200
    judge(page, kind)
    assert len(sending.stored()) > len(names) / 2
    for stored in sending.stored():
        parts = stored.split("/")
        assert not any(p.startswith(".") or p != p.strip() or p.endswith(".") for p in parts), stored
        assert all(
            len(p.encode()) <= 255 and p.isprintable() and not set(p) & set('\\<>:"|?*') for p in parts
        ), stored
        assert not any(p.partition(".")[0].strip().upper() in ("CON", "NUL", "AUX") for p in parts), stored
    sending.nothing_else_changed()
    for line in sending.office.audit():
        assert json.dumps(line).isascii()


def test_nothing_is_put_over_another(sending: Sending) -> None:
    for n in range(3):
        assert sending.put("总结.txt", b"content %d" % n).status_code == 200
    for other in ("./总结.txt", "a/../总结.txt", "总\u200b结.txt", "/总结.txt", "C:\\总结.txt", "总结.txt "):
        assert sending.put(other, other.encode()).status_code == 200
    contents = list(sending.stored().values())
    assert {b"content 0", b"content 1", b"content 2"} < set(contents)
    assert sending.stored()["总结.txt"] == b"content 0"
    assert len(contents) == 9


@pytest.mark.parametrize("kind", ["file", "folder", "nowhere", "loop"])
def test_links_in_the_way(sending: Sending, kind: str) -> None:
    uploads, beside = sending.office.uploads, sending.office.root / "beside"
    target = {
        "file": beside / "secret.txt",
        "folder": beside,
        "nowhere": beside / "new.txt",
        "loop": uploads / "a",
    }
    (uploads / "a").symlink_to(target[kind], target_is_directory=kind == "folder")
    before = sending._others()
    for name in ("a", "a/b.txt", "a/secret.txt"):
        answer = sending.put(name, b"evil")
        assert answer.status_code == 409, f"{name}: {answer.text}"
        judge(answer, name)
        judge(sending.post((name, b"evil")), name)
    assert sending._others() == before
    (uploads / "a").unlink()
    assert sending.stored() == {}


def test_a_link_where_files_come_in(sending: Sending) -> None:
    (sending.office.uploads / ".incoming").symlink_to(sending.office.root / "beside")
    before = sending._others()
    judge(sending.put("a.txt", b"evil"), "a link")
    assert sending._others() == before


class _Endless(io.RawIOBase):
    """A body that goes on; how much of it was read."""

    def __init__(self, most: int) -> None:
        self.read_so_far, self._most = 0, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        n = min(len(buffer), self._most - self.read_so_far)
        buffer[:n] = b"x" * n
        self.read_so_far += n
        return n


def _body(length: str | None, really: int, **more: Any) -> tuple[_Endless, dict[str, Any]]:
    body = _Endless(really)
    environ: dict[str, Any] = {"wsgi.input": body, **more}
    environ["CONTENT_LENGTH"] = length if length is not None else ""
    return body, environ


#: attack: the length that is said (None: none, and the body ends by itself), what is sent, what is read at
#: most. A length that is none is taken for 0, where the server in front has not refused it already.
BODIES: dict[str, tuple[str | None, int, int]] = {
    "over the limit, said so": (str(1 << 40), 1 << 30, 0),
    "over the limit, not said": (None, 1 << 26, 1 << 20),
    "half of it": ("60000", 30_000, 60_000),
    "nothing of it": ("60000", 0, 60_000),
    "less than nothing": ("-1", 1 << 26, 0),
    "no number": ("x", 1 << 26, 0),
    "a number of another script": ("１２", 12, 0),
}


@pytest.mark.parametrize("attack", BODIES)
@pytest.mark.parametrize("route", ["file", "form"])
def test_bodies(sending: Sending, attack: str, route: str) -> None:
    length, really, most = BODIES[attack]
    more = {"wsgi.input_terminated": True} if length is None else {}
    body, environ = _body(length, really, **more)
    if route == "file":
        answer = sending.client.put("/add/file?name=a.txt", headers=sending.token, environ_overrides=environ)
        assert answer.status_code in ((400, 411, 413) if most else (200, 400, 413)), (
            f"{answer.status}: {answer.text}"
        )
    else:
        answer = sending.client.post(
            "/add",
            headers=sending.token,
            content_type="multipart/form-data; boundary=x",
            environ_overrides=environ,
        )
        assert answer.status_code in (400, 411, 413), f"{answer.status}: {answer.text}"
    assert body.read_so_far <= most
    judge(answer, attack)
    assert not any(sending.stored().values())


def test_nothing_is_read_of_who_may_not_send(sending: Sending, filled: Path) -> None:
    """Neither without a log-in, nor without the token, nor on a server for reading only."""
    outside = sending.app.test_client()
    reading = create_app(filled / "index", Rules(read_only=True), clock=sending.office.clock)
    only = sending.office.inside(reading)
    right = {"X-CSRFToken": token_of(only)}
    for client, headers, wanted in (
        (outside, {}, (302, 401)),
        (sending.client, {}, (400,)),
        (sending.client, {"X-CSRFToken": "x"}, (400,)),
        (sending.client, {**sending.token, "Origin": "https://evil.example"}, (403,)),
        (only, right, (403,)),
    ):
        body, environ = _body(str(60_000), 60_000)
        answer = client.put("/add/file?name=a.txt", headers=headers, environ_overrides=environ)
        assert answer.status_code in wanted, f"{headers}: {answer.status}"
        assert body.read_so_far == 0
        judge(answer, str(headers))
    assert sending.stored() == {}


def test_what_came_of_it_shows_names_as_text(sending: Sending) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in MARKUP.values()]
    files = [*texts, *(f"{text}/a.txt" for text in texts)]
    answer = sending.client.post("/add/outcome", json={"files": files}, headers=sending.token)
    assert answer.status_code == 200
    judge(answer, "names as JSON")
    html = answer.get_json()["html"]
    assert html.count(MARK) >= len(files)
    judge_piece(html, "names")


def test_what_came_of_it_tells_of_no_other_files(sending: Sending) -> None:
    for name in (
        *ways_to(str(sending.office.root / "beside" / "secret.txt")).values(),
        "../beside/secret.txt",
        "beside",
    ):
        answer = sending.client.post("/add/outcome", json={"files": [name]}, headers=sending.token)
        told = sending.client.post(
            "/add/outcome", json={"files": [name.replace("secret", "nowhere")]}, headers=sending.token
        )
        assert answer.text.replace("secret", "nowhere") == told.text
        judge(answer, name)


FOLLOWING: tuple[Callable[[FlaskClient], TestResponse], ...] = (
    lambda client: client.get("/index-runs"),
    lambda client: client.get("/index-runs/events", buffered=False),
)


@pytest.mark.parametrize("follow", FOLLOWING)
def test_who_is_not_logged_in_follows_nothing(
    sending: Sending, follow: Callable[[FlaskClient], TestResponse]
) -> None:
    answer = follow(sending.app.test_client())
    assert answer.status_code in (302, 401)
    assert b"version" not in answer.data
    answer = follow(sending.client)
    assert answer.status_code == 200
    answer.close()
