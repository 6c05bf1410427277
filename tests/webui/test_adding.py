"""Files that are added over the page: what is taken, what is refused and why, what the index made of them."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import time
import tracemalloc
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from indexer import build
from indexer.settings import Settings
from indexer.users import Users
from tests.webui.conftest import read_html, token_of
from tests.webui.office import zipped
from tests.webui.test_server import served
from webui import Rules, create_app
from webui.parts import Form

pytestmark = pytest.mark.service

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.webui.conftest import Element

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
JSON = {"Accept": "application/json"}
KIND = "multipart/form-data; boundary=x"
TEXT = "2023年工作总结\n\n一、主要工作\n\n码头的灯塔修好了。\n".encode()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))
    monkeypatch.setenv("GAOKU_UPLOAD_SIZE", "1")
    monkeypatch.setenv("GAOKU_UPLOAD_FREE", "1")


class Desk:
    """A server that has no index yet, and who sends files to it."""

    def __init__(self, root: Path, rules: Rules | None = None) -> None:
        self.index, self.uploads, self.settings = root / "index", root / "uploads", root / "settings"
        self.app: Flask = create_app(self.index, rules)
        self.client: FlaskClient = self.app.test_client()

    def put(self, name: str, content: bytes, **more: Any) -> TestResponse:
        headers = more.pop("headers", None)
        if headers is None:
            headers = {**JSON, "X-CSRFToken": token_of(self.client)}
        return self.client.put(
            "/add/file", query_string={"name": name}, data=content, headers=headers, **more
        )

    def send(self, *files: tuple[str, bytes], token: str | None = None, **more: Any) -> TestResponse:
        fields = {
            "csrf_token": token_of(self.client) if token is None else token,
            "files": [(io.BytesIO(content), name) for name, content in files],
        }
        return self.client.post("/add", data=fields, content_type="multipart/form-data", **more)

    def stored(self) -> list[str]:
        """All that lies in the folder for added files, half files too."""
        return sorted(
            str(path.relative_to(self.uploads))
            for path in self.uploads.rglob("*")
            if path.is_file() and path.name not in ("lock", ".gaoku")
        )

    def audit(self) -> list[dict[str, Any]]:
        file = self.settings / "audit.log"
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []

    def figures(self) -> dict[str, float]:
        found = re.findall(
            r'^gaoku_uploads_total{outcome="(\w+)"} (\S+)$', self.client.get("/metrics").text, re.M
        )
        return {outcome: float(number) for outcome, number in found if float(number)}

    def settle(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while (state := self.client.get("/index-runs").get_json())["busy"]:
            assert time.monotonic() < until
            time.sleep(0.02)
        assert isinstance(state, dict)
        return state

    def read(self) -> None:
        """Have what was added read."""
        headers = {**JSON, "X-CSRFToken": token_of(self.client)}
        assert self.client.post("/index-runs", data={"what": "uploads"}, headers=headers).status_code == 200
        assert self.settle()["state"] == "done"

    def ask(self, *names: str) -> dict[str, Any]:
        """What is told of added files."""
        headers = {**JSON, "X-CSRFToken": token_of(self.client)}
        answer = self.client.post("/add/outcome", json={"files": list(names)}, headers=headers)
        assert answer.status_code == 200, answer.text
        found = answer.get_json()
        assert isinstance(found, dict)
        return found

    def outcome(self, *names: str) -> list[Element]:
        """The pieces of the page that tell of them."""
        return read_html(f"<div>{self.ask(*names)['html']}</div>").all("article")

    def close(self) -> None:
        self.app.extensions["gaoku-indexing"].close()
        self.app.extensions["gaoku-inbox"].close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


class Untouched(io.RawIOBase):
    """A body that nobody may read."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise AssertionError("the body is read")


def unread(size: int = 100) -> dict[str, Any]:
    return {"environ_overrides": {"wsgi.input": Untouched(), "CONTENT_LENGTH": str(size)}}


def chunked(content: bytes) -> dict[str, Any]:
    """A body that does not say how long it is."""
    return {
        "wsgi.input": io.BytesIO(content),
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
    }


# -- one file at a time ------------------------------------------------------------------------------------


def test_a_file_gets_its_place(desk: Desk) -> None:
    answer = desk.put("2023年/总结.txt", TEXT)
    assert answer.status_code == 200
    assert answer.get_json() == {"file": "2023年/总结.txt", "size": len(TEXT), "state": "new"}
    assert (desk.uploads / "2023年" / "总结.txt").read_bytes() == TEXT
    assert desk.put("2023年/总结.txt", TEXT).get_json()["state"] == "known"
    assert desk.put("2023年/总结.txt", b"other").get_json()["file"] == "2023年/总结 (2).txt"
    assert desk.put("2023年/~$总结.docx", b"x").get_json()["state"] == "ignored"
    empty = {"environ_overrides": {"CONTENT_LENGTH": "0"}}
    assert desk.put("空.txt", b"", **empty).get_json() == {"file": "空.txt", "size": 0, "state": "new"}
    assert desk.stored() == ["2023年/总结 (2).txt", "2023年/总结.txt", "空.txt"]
    assert desk.figures() == {"new": 3, "known": 1, "ignored": 1}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\wang\\总结.txt", "Users/wang/总结.txt"),
        ("..\\..\\总结.txt", "总结.txt"),
        ("甲\u202etxt.exe\x00\n.txt", "甲txt.exe__.txt"),
        ("<script>alert(1)</script>.txt", "_script_alert(1)_/script_.txt"),
        ("CON.txt", "_CON.txt"),
        ("", "未命名"),
        ("../", "未命名"),
    ],
)
def test_no_name_leads_out_of_the_folder(desk: Desk, tmp_path: Path, name: str, file: str) -> None:
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert desk.put(name, TEXT).get_json()["file"] == file
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert desk.uploads / file in new
    new -= {desk.index / "uploads.json"}
    assert all(path.is_relative_to(desk.uploads) or path.is_relative_to(desk.settings) for path in new)


def test_what_is_too_large_is_not_read(desk: Desk) -> None:
    answer = desk.put("大.txt", b"", **unread((1 << 20) + 1))
    assert answer.status_code == 413
    assert answer.get_json() == {"error": "文件超过 1 MB，没有保存"}
    assert desk.put("正好.txt", b"x" * (1 << 20)).status_code == 200
    assert desk.stored() == ["正好.txt"]
    refused = desk.audit()[0]
    assert (refused["what"], refused["name"], refused["address"]) == ("upload refused", "大.txt", "127.0.0.1")
    assert "1 MB" in refused["reason"]
    assert desk.figures() == {"refused": 1, "new": 1}


def test_what_grows_too_large_on_the_way_is_not_kept(desk: Desk) -> None:
    assert desk.put("长.txt", b"", environ_overrides=chunked(b"x" * (2 << 20))).status_code == 413
    assert desk.stored() == []


def test_a_body_of_unknown_length(desk: Desk) -> None:
    assert desk.put("甲.txt", b"").status_code == 411
    assert desk.put("甲.txt", b"", environ_overrides=chunked(TEXT)).get_json()["size"] == len(TEXT)


def test_half_a_file_leaves_nothing(desk: Desk) -> None:
    answer = desk.put(
        "半.txt", b"", environ_overrides={"wsgi.input": io.BytesIO(b"abc"), "CONTENT_LENGTH": "9"}
    )
    assert answer.status_code == 400
    assert set(answer.get_json()) == {"error"}
    assert not answer.get_json()["error"].isascii()
    assert desk.stored() == []
    assert desk.figures() == {"refused": 1}
    assert desk.audit()[-1]["what"] == "upload refused"


def test_a_full_disk_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GAOKU_UPLOAD_FREE", str(1 << 40))
    desk = Desk(tmp_path)
    answer = desk.put("甲.txt", TEXT)
    assert (answer.status_code, answer.get_json()) == (507, {"error": "磁盘空间不足，没有保存"})
    page = desk.send(("甲.txt", TEXT))
    assert page.status_code == 507
    assert "磁盘空间不足，没有保存。请告诉管理员清理磁盘" in page.text
    assert [str(tmp_path) in message for message in caplog.messages] == [True, True]


def test_a_folder_where_a_file_is_to_be(desk: Desk) -> None:
    desk.put("甲", TEXT)
    answer = desk.put("甲/乙.txt", TEXT)
    assert answer.status_code == 409
    assert set(answer.get_json()) == {"error"}
    assert desk.stored() == ["甲"]


def of_storage(desk: Desk, caplog: pytest.LogCaptureFixture, status: int, told: str, logged: str) -> None:
    """A file is not stored, by script and by form, and the log says why."""
    answer = desk.put("甲.txt", TEXT)
    assert (answer.status_code, set(answer.get_json())) == (status, {"error"})
    assert told in answer.get_json()["error"]
    page = desk.send(("甲.txt", TEXT))
    assert page.status_code == status
    assert told in page.text
    assert len(caplog.messages) == 2
    assert all(logged in message and str(desk.uploads) in message for message in caplog.messages)
    assert desk.figures()["refused"] == 2


def test_a_file_where_the_folder_is_to_be(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.uploads.touch()
    of_storage(desk, caplog, 500, "无法保存", "[Errno ")


def test_a_folder_that_is_not_reachable(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    assert desk.put("先.txt", TEXT).status_code == 200
    desk.uploads.rename(desk.uploads.with_name("off"))
    of_storage(desk, caplog, 503, "文件夹现在连不上", "connect its drive")
    assert not desk.uploads.exists()


def test_uploads_are_in_the_audit(tmp_path: Path) -> None:
    Users(tmp_path / "settings").add("wang", "correct horse")
    desk = Desk(tmp_path)
    log_in(desk)
    desk.put("甲.txt", TEXT)
    line = desk.audit()[-1]
    assert (line["what"], line["user"], line["file"], line["size"]) == ("upload", "wang", "甲.txt", len(TEXT))
    assert re.fullmatch("[0-9a-f]{40}", line["digest"])
    assert line["state"] == "new"


def log_in(desk: Desk) -> None:
    page = read_html(desk.client.get("/login").text)
    token = page.one("meta", name="csrf-token").attrs["content"]
    fields = {"name": "wang", "password": "correct horse", "csrf_token": token}
    assert desk.client.post("/login", data=fields).status_code == 302


# -- who may -----------------------------------------------------------------------------------------------


def test_nothing_is_read_without_a_token(desk: Desk) -> None:
    for headers in (JSON, {**JSON, "X-CSRFToken": "x"}):
        for kind in ("application/octet-stream", "multipart/form-data; boundary=x"):
            answer = desk.put("甲.txt", b"", headers=headers, content_type=kind, **unread())
            assert answer.status_code == 400
            assert "重新载入" in answer.get_json()["error"]
    assert desk.stored() == []


def test_nothing_is_read_of_who_has_not_logged_in(tmp_path: Path) -> None:
    Users(tmp_path / "settings").add("wang", "correct horse")
    desk = Desk(tmp_path)
    answer = desk.put("甲.txt", b"", headers=JSON, **unread())
    assert answer.status_code == 401
    assert "请先登录" in answer.get_json()["error"]
    basic = {**JSON, "Authorization": "Basic d2FuZzpjb3JyZWN0IGhvcnNl"}  # for the API alone
    assert desk.put("甲.txt", b"", headers=basic, **unread()).status_code == 401
    assert (
        desk.client.post("/add", content_type="multipart/form-data; boundary=x", **unread()).status_code
        == 401
    )
    assert desk.client.post("/add/outcome", data={"file": "甲.txt"}, headers=JSON).status_code == 401
    assert desk.client.get("/add").headers["Location"] == "/login?next=/add"
    assert desk.stored() == []
    log_in(desk)
    assert desk.put("甲.txt", TEXT).status_code == 200


@pytest.mark.parametrize("rules", [Rules(read_only=True), Rules("0.0.0.0")])
def test_nothing_is_read_where_nothing_may_be_changed(tmp_path: Path, rules: Rules) -> None:
    desk = Desk(tmp_path, rules)
    answer = desk.put("甲.txt", b"", **unread())
    assert answer.status_code == 403
    assert "这里只供查阅" in answer.get_json()["error"]
    token = {"X-CSRFToken": token_of(desk.client)}
    form = desk.client.post("/add", content_type="multipart/form-data; boundary=x", headers=token, **unread())
    assert form.status_code == 403
    page = desk.client.get("/add")
    assert page.status_code == 403
    assert "请把文件交给管理它的人" in read_html(page.text).one("main").text
    assert desk.stored() == []


def test_no_other_site_sends_files(desk: Desk) -> None:
    token = token_of(desk.client)
    for other in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        headers = {**JSON, "X-CSRFToken": token, **other}
        assert desk.put("甲.txt", b"", headers=headers, **unread()).status_code == 403
        assert desk.client.post("/add", headers=headers, **unread()).status_code == 403


# -- a form ------------------------------------------------------------------------------------------------


def test_a_form_with_files(desk: Desk) -> None:
    page = desk.client.get("/add")
    assert page.status_code == 200
    field = read_html(page.text).one("form", id="drop").one("input", type="file")
    assert field.attrs["name"] == "files"
    answer = desk.send(
        ("总结.txt", TEXT), ("大.txt", b"x" * ((1 << 20) + 5)), ("~$总结.docx", b"x"), ("乙.txt", b"y")
    )
    assert answer.status_code == 303
    there = answer.headers["Location"]
    shown = read_html(desk.client.get(there).text).one("main")
    told = {bdi.text: li.text for li in shown.all("li") for bdi in li.all("bdi")}
    assert "已收到" in told["总结.txt"]
    assert "文件超过 1 MB" in told["大.txt"]
    assert "请拆分、压缩" in told["大.txt"]
    assert "没有保存" in told["~$总结.docx"]
    assert "已收到" in told["乙.txt"]
    assert desk.stored() == ["乙.txt", "总结.txt"]
    assert desk.settle()["state"] == "done"
    assert desk.client.get("/api/search?q=灯塔").get_json()["total"] == 1
    # Loaded again, it tells what was read, and nothing is sent again.
    read = read_html(desk.client.get(there).text).one("main")
    rows = {bdi.text: li for li in read.all("li") for bdi in li.all("bdi")}
    assert "可以搜索了，1 篇报告" in rows["总结.txt"].text
    assert "灯塔" in desk.client.get(rows["总结.txt"].one("a").attrs["href"]).text
    again = desk.send(("总结.txt", TEXT), ("总结.txt", TEXT + b"more"), follow_redirects=True)
    assert "已经有了" in again.text
    assert "保存为“总结 (2).txt”" in again.text
    desk.settle()


def test_a_form_with_an_archive(desk: Desk) -> None:
    """What could not be read of it is told, too."""
    answer = desk.send(("包.zip", zipped({"甲.txt": TEXT, "坏.docx": b"PK\x03\x04 no zip"})))
    desk.settle()
    shown = read_html(desk.client.get(answer.headers["Location"]).text).one("main")
    assert "可以搜索了，1 篇报告，压缩包里有 1 个读不了" in shown.one("li").text


def test_answers_to_forms_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.adding._MOST_FORMS", 2)
    monkeypatch.setattr("webui.adding._MOST_TOLD", 2)
    many = desk.send(*((f"{n}.txt", b"x") for n in range(3)), ("大.txt", b"x" * ((1 << 20) + 5)))
    shown = read_html(desk.client.get(many.headers["Location"]).text).one("section", class_="received")
    assert [li.one("bdi").text for li in shown.all("li")] == ["大.txt", "0.txt"]  # what failed, in any case
    assert shown.one("h2").text == "收到 3 个文件，1 个没有保存"
    assert "另有 2 个" in [p.text for p in shown.all("p")]
    for _ in range(2):
        last = desk.send(("甲.txt", TEXT)).headers["Location"]
    assert "甲.txt" in desk.client.get(last).text
    assert "大.txt" not in desk.client.get(many.headers["Location"]).text
    assert desk.client.get("/add?form=unknown").status_code == 200
    desk.settle()


def test_a_form_whose_token_is_wrong_stores_nothing(desk: Desk) -> None:
    assert desk.send(("甲.txt", TEXT), token="x").status_code == 400
    assert desk.send(("甲.txt", TEXT), token="x" * 5000).status_code == 400
    late = (
        '--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nwhole\r\n'
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token_of(desk.client)}\r\n--x--'
    )
    assert desk.client.post("/add", data=late, headers={"Content-Type": KIND}).status_code == 400
    assert desk.stored() == []
    assert desk.client.get("/index-runs").get_json()["state"] == "none"


def test_an_empty_file_of_a_form_is_not_stored(desk: Desk) -> None:
    answer = desk.send(("空.txt", b""))
    assert answer.status_code == 400
    assert "空文件，没有保存" in answer.text
    answer = desk.send(("空.txt", b""), ("甲.txt", TEXT))
    assert answer.status_code == 303
    assert "空文件，没有保存" in desk.client.get(answer.headers["Location"]).text
    assert desk.stored() == ["甲.txt"]
    assert (desk.uploads / "甲.txt").read_bytes() == TEXT
    desk.settle()


def test_a_form_without_files(desk: Desk) -> None:
    for files in ((), (("", b""),)):
        answer = desk.send(*files)
        assert answer.status_code == 400
        page = read_html(answer.text).one("main")
        assert "还没有选文件。" in [fault.text for fault in page.all(role="alert")]
        assert not page.all("section", class_="received")
    assert desk.client.get("/index-runs").get_json()["state"] == "none"


def test_a_form_that_breaks_off_keeps_what_came_whole(desk: Desk) -> None:
    token = token_of(desk.client)
    body = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nwhole\r\n'
        '--x\r\nContent-Disposition: form-data; name="files"; filename="b.txt"\r\n\r\nhal'
    ).encode()
    for environ in ({"CONTENT_LENGTH": str(len(body))}, {"CONTENT_LENGTH": str(len(body) + 100)}):
        answer = desk.client.post(
            "/add",
            environ_overrides={**environ, "CONTENT_TYPE": KIND, "wsgi.input": io.BytesIO(body)},
        )
        assert answer.status_code == 303, answer.text
        assert "没有传完" in desk.client.get(answer.headers["Location"]).text
        assert desk.stored() == ["a.txt"]
    desk.settle()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"csrf_token=x"),
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\nno header\r\n\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n--x--"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=\xff\r\n\r\n\r\n--x--",
        ),
        ("multipart/form-data; boundary=x", b"y" * 300_000),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"y" * 300_000),
        ("multipart/form-data; boundary=\xc3\xa9", b"--x--"),
        ("", b""),
    ],
)
def test_what_is_no_form_is_refused(desk: Desk, kind: str, body: bytes) -> None:
    answer = desk.client.post("/add", data=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 413)
    read_html(answer.text)
    assert desk.stored() == []


def test_a_form_that_is_too_long_is_not_read(desk: Desk) -> None:
    answer = desk.client.post("/add", content_type="multipart/form-data; boundary=x", **unread(3 << 20))
    assert answer.status_code == 413
    assert "超过 1 MB" in answer.text


def test_a_form_is_not_held_in_memory(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAOKU_UPLOAD_SIZE", "64")
    monkeypatch.setenv("GAOKU_UPLOADS", str(tmp_path / "别处"))
    large = Desk(tmp_path)
    token = token_of(large.client)
    head = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="files"; filename="~$a.txt"\r\n\r\n'
    ).encode()
    size = 30 << 20

    class Body(io.RawIOBase):
        left = size
        begun = False

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            if not self.begun:
                self.begun = True
                buffer[: len(head)] = head
                return len(head)
            n = min(len(buffer), self.left)
            self.left -= n
            buffer[:n] = b"x" * n
            return n

    tracemalloc.start()
    try:
        answer = large.client.post(
            "/add",
            environ_overrides={
                "CONTENT_TYPE": KIND,
                "wsgi.input": io.BufferedReader(Body()),
                "CONTENT_LENGTH": str(len(head) + size),
            },
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 400, answer.text
    assert "不是资料文件" in answer.text
    assert peak < 5 << 20


def test_parts_come_as_they_are() -> None:
    """Whatever pieces they come in, and whatever they look like."""
    contents = [b"", b"\r\n--xy", b"--", b"a\r\n\r\n--xy\r\nb", bytes(range(256)) * 700, b"\n" * 70_000]
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="%d"\r\n\r\n%s\r\n' % (n, content)
        for n, content in enumerate(contents)
    )
    body += b"--x--\r\n"

    class Slowly(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(97)

    for stream in (io.BytesIO(body), Slowly(body)):
        read = []
        for part in Form("multipart/form-data; boundary=x", stream):
            pieces = list(iter(part.read, b""))
            assert all(pieces)
            read.append((part.name, part.filename, b"".join(pieces)))
        assert read == [("files", str(n), content) for n, content in enumerate(contents)]
    assert [p.filename for p in Form("multipart/form-data; boundary=x", io.BytesIO(body))] == list("012345")


# -- what became of them -----------------------------------------------------------------------------------


def test_what_became_of_them(desk: Desk) -> None:
    hostile = "<b>'&\"敌.txt"
    sent = {
        "2023年/总结.txt": TEXT,
        "坏.docx": b"PK\x03\x04 no zip",
        "包.zip": zipped(
            {"里/甲.txt": TEXT, "里/坏.docx": b"PK\x03\x04 no zip", "再.zip": zipped({"乙.txt": TEXT})}
        ),
        "多.txt": TEXT + b"\n\n" + TEXT.replace(b"2023", b"2022"),
    }
    names = {name: desk.put(name, content).get_json()["file"] for name, content in sent.items()}
    os.utime(desk.uploads / "坏.docx", (time.time() - 3600,) * 2)
    odd = desk.put(hostile, TEXT).get_json()["file"]
    waiting = desk.outcome(*names.values(), "~$总结.docx")
    assert [(e.attrs["data-name"], e.attrs["data-state"]) for e in waiting] == [
        (name, "waiting") for name in sent
    ]
    assert all("还没有读入" in e.text for e in waiting)
    assert [f["state"] for f in desk.ask(*names.values(), "~$总结.docx")["files"]] == [
        *["waiting"] * len(sent),
        "excluded",
    ]
    desk.read()
    told = {f.pop("file"): f for f in desk.ask(*names.values(), "没有.txt", "../坏.docx")["files"]}
    ages = {name: file.pop("age") for name, file in told.items()}
    assert ages.pop("没有.txt") is None
    assert {name for name, age in ages.items() if age >= 3600} == {"坏.docx", "../坏.docx"}
    assert told == {
        "2023年/总结.txt": {"state": "read", "reports": 1, "failed": 0, "size": len(TEXT)},
        "坏.docx": {"state": "failed", "reports": 0, "failed": 1, "size": len(sent["坏.docx"])},
        "包.zip": {"state": "read", "reports": 2, "failed": 1, "size": len(sent["包.zip"])},
        "多.txt": {
            "state": "read",
            "reports": told["多.txt"]["reports"],
            "failed": 0,
            "size": len(sent["多.txt"]),
        },
        "没有.txt": {"state": "waiting", "reports": 0, "failed": 0, "size": None},
        "../坏.docx": {"state": "waiting", "reports": 0, "failed": 0, "size": len(sent["坏.docx"])},
    }
    found = {e.attrs["data-name"]: e for e in desk.outcome(*names.values(), odd, "没有.txt", "../甲.txt")}
    assert {name: e.attrs["data-state"] for name, e in found.items()} == {
        "坏.docx": "failed",
        "包.zip/里/坏.docx": "failed",
        "2023年/总结.txt": "read",
        "包.zip/里/甲.txt": "read",
        "包.zip/再.zip/乙.txt": "read",
        "多.txt": "read",
        odd: "read",
        "没有.txt": "waiting",
        "../甲.txt": "waiting",
    }
    # What is to be done something about is first.
    assert list(found)[:4] == ["没有.txt", "../甲.txt", "坏.docx", "包.zip/里/坏.docx"]
    assert "已损坏" in found["坏.docx"].one("p", class_="fault").text
    for name in ("2023年/总结.txt", "包.zip/里/甲.txt"):
        answer = desk.client.get(found[name].one("a").attrs["href"])
        assert "码头的灯塔修好了" in answer.text
    assert desk.outcome(odd)[0].one("a").text == odd
    # Another content in its place that was not read yet.
    (desk.uploads / "2023年" / "总结.txt").write_bytes(TEXT + b"new")
    assert desk.outcome("2023年/总结.txt")[0].attrs["data-state"] == "waiting"
    (desk.uploads / "2023年" / "总结.txt").unlink()
    assert desk.outcome("2023年/总结.txt")[0].attrs["data-state"] == "read"


def test_names_in_folders_within_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The uploads folder lies in one that is remembered, and then is remembered itself."""
    outer = tmp_path / "资料"
    monkeypatch.setenv("GAOKU_UPLOADS", str(outer / "收件"))
    outer.mkdir()
    build.update(tmp_path / "index", [outer], Settings())
    desk = Desk(tmp_path)
    desk.put("甲.txt", TEXT)
    desk.read()
    assert [e.attrs["data-state"] for e in desk.outcome("甲.txt")] == ["read"]
    build.forget(tmp_path / "index", outer, Settings())
    for folder in (outer / "收件", outer):
        build.update(tmp_path / "index", [folder], Settings())
    assert [e.attrs["data-state"] for e in desk.outcome("甲.txt")] == ["read"]
    desk.close()


def test_it_may_be_asked_where_nothing_may_be_changed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Rules(read_only=True))
    assert [e.attrs["data-state"] for e in desk.outcome("甲.txt")] == ["waiting"]


def test_an_archive_of_many_is_counted_whole(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.adding._MOST_SHOWN", 3)
    inside = {f"{n}.txt": TEXT.replace(b"2023", str(2000 + n).encode()) for n in range(6)}
    desk.put("包.zip", zipped({**inside, "坏.docx": b"PK\x03\x04 no zip"}))
    desk.read()
    told = desk.ask("包.zip", "没有.txt")
    counted = [(f["state"], f["reports"], f["failed"]) for f in told["files"]]
    assert counted == [
        ("read", 6, 1),
        ("waiting", 0, 0),
    ]
    shown = read_html(f"<div>{told['html']}</div>").all("article")
    assert [e.attrs["data-state"] for e in shown] == ["waiting", "failed", "read"]
    assert told["more"] == {"read": 5}


def test_of_thousands_at_a_time(desk: Desk) -> None:
    names = [f"{'长' * 30}{n}.txt" for n in range(20_000)]
    told = desk.ask(*names)
    assert [f["file"] for f in told["files"]] == names
    assert told["more"] == {"waiting": 19_500}
    headers = {**JSON, "X-CSRFToken": token_of(desk.client)}
    for asked, status in (
        ({"files": [*names, "一.txt"]}, 413),
        ({"files": "甲.txt"}, 400),
        ({"files": [1]}, 400),
        ([], 400),
        ({}, 400),
    ):
        refused = desk.client.post("/add/outcome", json=asked, headers=headers)
        assert refused.status_code == status
        assert "比较" not in refused.get_json()["error"]  # that is for drafts
    assert desk.client.post("/add/outcome", data="files=1", headers=headers).status_code == 415
    assert {(f["size"], f["age"]) for f in desk.ask("\0", "\ud800", "", "/")["files"]} == {(None, None)}


def test_a_damaged_index_is_told(desk: Desk) -> None:
    desk.put("甲.txt", TEXT)
    desk.read()
    (desk.index / "gaoku.json").write_text("{", "utf-8")
    headers = {**JSON, "X-CSRFToken": token_of(desk.client)}
    answer = desk.client.post("/add/outcome", json={"files": ["甲.txt"]}, headers=headers)
    assert (answer.status_code, set(answer.get_json())) == (503, {"error"})
    assert "索引已损坏" in answer.get_json()["error"]


# -- over the wire -----------------------------------------------------------------------------------------

LARGE = 20 << 20  # bytes: more than any page but this one takes


class Wire:
    """A server as a process, and what is sent to it byte by byte."""

    def __init__(self, root: Path, address: str) -> None:
        self.root, self.host = root, address.removeprefix("http://")
        self.connection = HTTPConnection(self.host, timeout=PATIENCE)

    def headers(self) -> dict[str, str]:
        """As a page of the server sends them."""
        answer = self.ask("GET", "/login")
        if answer[0] == 302:  # nobody has to log in
            answer = self.ask("GET", "/nothing")
        found = re.search(rb'csrf-token" content="([^"]+)', answer[1])
        assert found is not None
        return {**JSON, "X-CSRFToken": found[1].decode(), "Cookie": answer[2]["Set-Cookie"].partition(";")[0]}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes, Any]:
        self.connection.request(
            method, path, body, {name.replace("_", "-"): v for name, v in headers.items()}
        )
        answer = self.connection.getresponse()
        return answer.status, answer.read(), answer.headers

    def raw(self, sent: bytes) -> bytes:
        """What is answered to these bytes until the server ends the connection."""
        name, _, port = self.host.rpartition(":")
        with socket.create_connection((name, int(port)), timeout=PATIENCE) as wire:
            wire.sendall(sent)
            answer = b""
            while piece := wire.recv(1 << 16):
                answer += piece
        return answer

    def stored(self) -> dict[str, int]:
        folder = self.root / "uploads"
        return {
            str(path.relative_to(folder)): path.stat().st_size
            for path in folder.rglob("*")
            if path.is_file() and path.name not in ("lock", ".gaoku")
        }


@pytest.fixture
def wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    monkeypatch.setenv("GAOKU_UPLOAD_SIZE", "64")
    (tmp_path / "uploads" / ".incoming").mkdir(parents=True)
    (tmp_path / "uploads" / ".incoming" / "left").write_bytes(b"half")  # by a server that was killed
    with served(tmp_path / "index") as (address, _, lines):
        assert any("half sent" in line for line in lines)
        yield Wire(tmp_path, address)


def test_large_files_over_the_wire(wire: Wire) -> None:
    headers = wire.headers()
    assert wire.stored() == {}
    status, body, _ = wire.ask("PUT", "/add/file?name=a.bin", b"x" * LARGE, **headers)
    assert (status, json.loads(body)["size"]) == (200, LARGE)
    pieces = (b"y" * 100_000 for _ in range(LARGE // 100_000))
    status, body, _ = wire.ask("PUT", "/add/file?name=b.bin", pieces, **headers)  # chunked
    assert (status, json.loads(body)["size"]) == (200, LARGE // 100_000 * 100_000)
    status, body, _ = wire.ask("PUT", "/add/file?name=c.bin", b"x" * (65 << 20), **headers)
    assert (status, json.loads(body)) == (413, {"error": "文件超过 64 MB，没有保存"})
    assert set(wire.stored()) == {"a.bin", "b.bin"}
    # What is larger still is not waited for.
    given = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    more = (
        f"HTTP/1.1\r\nHost: localhost\r\n{given}Content-Type: {KIND}\r\nContent-Length: 10000000000\r\n\r\n"
    )
    for line in ("PUT /add/file?name=d.bin", "POST /add"):
        answer = wire.raw(f"{line} {more}".encode()).decode()
        assert answer.startswith("HTTP/1.1 413 ")
        assert "超过 64 MB" in answer.replace("\\u8d85\\u8fc7", "超过")


def test_half_a_file_over_the_wire(wire: Wire) -> None:
    headers = "".join(f"{name}: {value}\r\n" for name, value in wire.headers().items())
    start = f"PUT /add/file?name=a.bin HTTP/1.1\r\nHost: localhost\r\n{headers}"
    name, _, port = wire.host.rpartition(":")
    for head in ("Content-Length: 1000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nfffff\r\n"):
        with socket.create_connection((name, int(port)), timeout=PATIENCE) as half:
            half.sendall(f"{start}{head}".encode() + b"x" * 1000)
    bad = wire.raw(f"{start}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n".encode())
    assert bad.startswith(b"HTTP/1.1 400 ")
    assert wire.ask("GET", "/index-runs")[0] == 200
    assert wire.stored() == {}


def test_who_has_not_logged_in_sends_nothing_long(wire: Wire) -> None:
    Users(wire.root / "settings").add("wang", "correct horse")
    line = f"PUT /add/file?name=a HTTP/1.1\r\nHost: localhost\r\n{{}}Content-Length: {LARGE}\r\n\r\n"
    refused = wire.raw(line.format("Accept: application/json\r\n").encode())
    assert refused.startswith(b"HTTP/1.1 401 ")
    assert "请先登录" in json.loads(refused.partition(b"\r\n\r\n")[2])["error"]
    headers = wire.headers()
    fields = f"name=wang&password=correct+horse&csrf_token={headers['X-CSRFToken']}"
    kind = "application/x-www-form-urlencoded"
    _, _, answered = wire.ask("POST", "/login", fields, Content_Type=kind, Cookie=headers["Cookie"])
    cookie = answered["Set-Cookie"].partition(";")[0]
    page = wire.ask("GET", "/nothing", Cookie=cookie)
    found = re.search(rb'csrf-token" content="([^"]+)', page[1])
    assert found is not None
    cookie = page[2]["Set-Cookie"].partition(";")[0] if page[2]["Set-Cookie"] else cookie
    own = {**JSON, "X-CSRFToken": found[1].decode(), "Cookie": cookie}
    assert wire.ask("PUT", "/add/file?name=a", b"x" * LARGE, **own)[0] == 200
