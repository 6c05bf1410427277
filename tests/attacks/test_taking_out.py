"""Taking out and putting back reaches no file but the added ones, and loses none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from indexer.removed import REMOVED
from tests.attacks.conftest import Office
from tests.attacks.judging import MARK, SECRET, judge
from tests.attacks.payloads import LINES, MARKUP, ways_to
from tests.attacks.surface import token_of
from webui import Rules, create_app

OUT, BACK = "/add/take-out", "/add/put-back"
#: A name of which a page, a header or an address could be made.
HOSTILE = f"<{MARK} on{MARK}=1>\"'&%2f{{{{7}}}}.txt"


@pytest.fixture
def added(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Added]:
    uploads = tmp_path / "uploads"
    (uploads / "甲").mkdir(parents=True)
    (uploads / "甲" / "总结.txt").write_text("一", "utf-8")
    (uploads / HOSTILE).write_text("二", "utf-8")
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "secret.txt").write_text(SECRET, "utf-8")
    (uploads / "链接.txt").symlink_to(tmp_path / "beside" / "secret.txt")
    (uploads / "链接夹").symlink_to(tmp_path / "beside", target_is_directory=True)
    monkeypatch.setenv("GAOKU_UPLOADS", str(uploads))
    yield Added(office, tmp_path)


class Added:
    """A server with some added files, and two who are logged in."""

    def __init__(self, office: Office, root: Path) -> None:
        self.office, self.root, self.uploads = office, root, root / "uploads"
        self.app = office.app()
        self.wang, self.li = (office.inside(self.app, name) for name in ("wang", "李四"))

    def post(self, client: FlaskClient, url: str, **fields: str | bytes) -> TestResponse:
        return client.post(url, data=fields, headers={"X-CSRFToken": token_of(client)})

    def tree(self) -> dict[str, str | bytes]:
        """All that lies there: where links lead, what is in files."""
        return {
            path.relative_to(self.root).as_posix(): str(path.readlink())
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else ""
            for path in self.root.rglob("*")
        }


def test_nothing_but_added_files(added: Added) -> None:
    secret = str(added.root / "beside" / "secret.txt")
    texts = {
        **MARKUP, **LINES, **ways_to(secret, str(added.office.settings / "users.json")),
        "link": "链接.txt", "link to a folder": "链接夹/secret.txt", "up": "甲/../../beside/secret.txt",
        "folder": "甲", "where files come in": ".incoming/x", "taken out": f"{REMOVED}/x",
        "inside": "甲/总结.txt/内.txt",
        "nothing": "", "not in its place": "uploads/甲/总结.txt", "everything": "*", "long": "甲/" * 9000,
    }  # fmt: skip
    before, settings = added.tree(), added.office.tree(but=("settings/audit.log",))
    for name, text in texts.items():
        for url, field in ((OUT, "file"), (BACK, "stamp")):
            answer = added.post(added.wang, url, **{field: text.encode("utf-8", "surrogatepass")})
            assert answer.status_code == 404, f"{name}: {answer.status}"
            judge(answer, name)
        for parameter in ("out", "back"):
            told = added.wang.get("/files", query_string={parameter: text.encode("utf-8", "surrogatepass")})
            assert "已移出“" not in told.text, name
            assert "已放回“" not in told.text, name
            judge(told, name)
    assert added.tree() == before
    assert added.office.tree(but=("settings/audit.log",)) == settings


def test_a_name_with_markup(added: Added) -> None:
    out = added.post(added.wang, OUT, file=HOSTILE)
    assert out.status_code == 303
    for url in (out.location, "/files?show=removed"):
        answer = added.wang.get(url)
        assert MARK in answer.text
        judge(answer, url)
    stamp = next((added.uploads / REMOVED).iterdir()).name
    back = added.post(added.wang, BACK, stamp=stamp)
    shown = added.wang.get(back.location)
    assert MARK in shown.text
    judge(shown, "put back")
    judge(back, "put back")


def test_two_users_at_once(added: Added) -> None:
    before = {name: content for name, content in added.tree().items() if content}
    answers = [added.post(client, OUT, file="甲/总结.txt").status_code for client in (added.wang, added.li)]
    assert answers == [303, 404]
    (stamp,) = (path.name for path in (added.uploads / REMOVED).iterdir())
    answers = [added.post(client, BACK, stamp=stamp).status_code for client in (added.li, added.wang)]
    assert answers == [303, 404]
    assert {name: content for name, content in added.tree().items() if content} == before
    told = [(line["user"], line["what"]) for line in added.office.audit()[-2:]]
    assert told == [("wang", "taken out"), ("李四", "put back")]


def test_who_may_not(added: Added, filled: Path) -> None:
    """Neither without a log-in, nor without the token, nor on a server for reading only."""
    before = added.tree()
    outside = added.app.test_client()
    only = added.office.inside(create_app(filled / "index", Rules(read_only=True), clock=added.office.clock))
    for client, headers, wanted in (
        (outside, {"X-CSRFToken": token_of(outside)}, (302, 401)),
        (added.wang, {}, (400,)),
        (added.wang, {"X-CSRFToken": token_of(added.li)}, (400,)),
        (added.wang, {"X-CSRFToken": token_of(added.wang), "Origin": "https://evil.example"}, (403,)),
        (only, {"X-CSRFToken": token_of(only)}, (403,)),
    ):
        answer = client.post(OUT, data={"file": "甲/总结.txt"}, headers=headers)
        assert answer.status_code in wanted, f"{headers}: {answer.status}"
        judge(answer, str(headers))
    assert added.tree() == before
