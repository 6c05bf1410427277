"""Index runs over the page: real processes, started and stopped by requests, followed while they go on."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from indexer import build, home
from indexer.library import Library
from indexer.removed import Removed
from indexer.runs import Run, Runner, Runs
from indexer.settings import EXCLUDED, Settings
from indexer.users import Users
from tests.test_runs import SLOW
from tests.webui.conftest import read_html, token_of
from tests.webui.office import TEXT, zipped
from tests.webui.test_server import served
from webui import Rules, create_app, indexing, running, unread
from webui.soon import Soon

pytestmark = pytest.mark.service

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.webui.conftest import Corpus, Element

ROOT = Path(__file__).parents[2]
not_on_windows = pytest.mark.skipif(os.name == "nt", reason="sends signals")
PATIENCE = 60.0
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("GATE", str(tmp_path))
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))
    monkeypatch.setenv("GAOKU_CORPUS", str(tmp_path / "corpus"))


class Server:
    """An application whose index runs are real processes."""

    def __init__(self, index: Path, rules: Rules | None = None) -> None:
        self.app: Flask = create_app(index, rules)
        self.index, self.uploads = index, index.parent / "uploads"
        self.client: FlaskClient = self.app.test_client()
        self.made: indexing.Indexing = self.app.extensions["gaoku-indexing"]

    def slow(self) -> None:
        """Let runs wait for :meth:`go_on`."""
        self._run_by(Runner(self.index, command=[sys.executable, "-c", SLOW]))

    def hurry(self) -> None:
        """Let runs wait for nobody."""
        self._run_by(Runner(self.index, wait=0, on_end=self.made._ended))

    def _run_by(self, runner: Runner) -> None:
        self.made.runner = self.app.extensions["gaoku-runs"] = runner

    def upload(self, name: str, text: str) -> None:
        """As a script of the page sends a file."""
        headers = {**JSON, "X-CSRFToken": token_of(self.client)}
        answer = self.client.put(
            "/add/file", query_string={"name": name}, data=text.encode(), headers=headers
        )
        assert answer.status_code == 200

    def go_on(self) -> None:
        (self.index.parent / "go").touch()

    def post(self, path: str, **fields: str) -> TestResponse:
        """As a script of the page sends it."""
        return self.client.post(path, data=fields, headers={**JSON, "X-CSRFToken": token_of(self.client)})

    def send(self, path: str, **fields: str) -> TestResponse:
        """As a form of the page sends it."""
        return self.client.post(path, data={**fields, "csrf_token": token_of(self.client)})

    def state(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get("/index-runs").get_json()
        return answer

    def settled(self) -> dict[str, Any]:
        wait_until(lambda: not self.state()["busy"])
        return self.state()

    def folders(self) -> set[str]:
        library = Library(self.index)
        try:
            return {Path(folder.path).name for folder in library.status()[0].folders}
        finally:
            library.close()

    def figure(self, state: str) -> float:
        name = "gaoku_index_runs_total"
        found = re.search(
            rf'^{name}{{state="{state}"}} (\S+)$', self.client.get("/metrics").text, re.MULTILINE
        )
        return float(found[1]) if found else 0.0


@pytest.fixture
def server(corpus: Corpus, files: dict[str, str]) -> Iterator[Server]:
    """Over a small index."""
    corpus.write("柳塘.txt", files["柳塘.txt"])
    corpus.update()
    server = Server(corpus.index)
    yield server
    server.made.close()


@pytest.fixture
def bare(corpus: Corpus) -> Iterator[Server]:
    """Without an index."""
    server = Server(corpus.index)
    yield server
    server.made.close()


def wait_until(what: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


def add(server: Server, name: str, text: str) -> None:
    server.uploads.mkdir(exist_ok=True)
    (server.uploads / name).write_text(text, "utf-8")


# -- starting ----------------------------------------------------------------------------------------------


def test_a_run_makes_found_what_is_new(server: Server, corpus: Corpus, files: dict[str, str]) -> None:
    assert server.state() == {
        "version": 0,
        "busy": False,
        "number": 0,
        "state": "none",
        "done": 0,
        "total": 0,
        "text": "",
        "last": None,
    }
    corpus.write("园区.txt", files["园区.txt"])
    begun = server.post("/index-runs")
    assert begun.status_code == 200
    assert begun.get_json()["busy"]
    last = server.settled()
    text = "索引已更新：新增 1 个文件。"
    assert (last["number"], last["state"], last["done"], last["total"], last["text"]) == (
        1,
        "done",
        1,
        1,
        text,
    )
    assert last["last"] == {"number": 1, "state": "done", "text": text}
    assert server.client.get("/api/search?q=澄川园区").get_json()["total"] > 0
    assert server.figure("done") == 1
    page = read_html(server.client.get("/files").text)
    assert text in page.text
    assert not any(fault.text == text for fault in page.all("p", class_="fault"))


def test_a_form_leads_back_to_the_files(server: Server) -> None:
    for path in ("/index-runs", "/index-runs/stop"):
        answer = server.send(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/files")


def test_runs_are_in_the_audit(server: Server, corpus: Corpus, tmp_path: Path) -> None:
    server.slow()
    corpus.write("新.txt", "新的工作总结")
    server.send("/index-runs/stop")  # nothing goes on
    server.send("/index-runs")
    server.send("/index-runs/stop")
    server.settled()
    server.send("/index-runs/stop")
    lines = [
        json.loads(line) for line in (tmp_path / "settings" / "audit.log").read_text("utf-8").splitlines()
    ]
    assert [(line["what"], line.get("folders")) for line in lines] == [
        ("index run", "all"),
        ("index run stopped", None),
    ]
    assert lines[0]["address"] == "127.0.0.1"


def test_what_was_added_is_among_all_from_then_on(server: Server, files: dict[str, str]) -> None:
    assert server.post("/index-runs", what="uploads").status_code == 409
    server.upload("园区.txt", files["园区.txt"])
    assert server.post("/index-runs", what="all").get_json()["started"] == 2
    server.settled()
    assert server.folders() == {"资料", "uploads"}
    add(server, "海港.txt", files["海港.txt"])
    assert server.post("/index-runs", what="all").get_json()["started"] == 3
    assert server.settled()["text"] == "索引已更新：新增 1 个文件。"


def test_added_files_that_were_taken_out_stay_out(server: Server, files: dict[str, str]) -> None:
    server.upload("园区.txt", files["园区.txt"])
    server.post("/index-runs", what="uploads")
    server.settled()
    build.forget(server.index, server.uploads, Settings())
    assert server.post("/index-runs").get_json()["started"] == 2
    server.settled()
    assert server.folders() == {"资料"}
    server.upload("海港.txt", files["海港.txt"])  # until something is added again
    server.post("/index-runs")
    server.settled()
    assert server.folders() == {"资料", "uploads"}


@not_on_windows
def test_what_a_stopped_run_left_is_among_all(server: Server, files: dict[str, str]) -> None:
    server.upload("园区.txt", files["园区.txt"])
    with home.writing(server.index):
        server.post("/index-runs", what="uploads")
        server.post("/index-runs/stop")
        server.settled()
    assert server.folders() == {"资料"}
    server.post("/index-runs")
    server.settled()
    assert server.folders() == {"资料", "uploads"}


def test_the_answer_names_the_run(server: Server, corpus: Corpus) -> None:
    server.slow()
    corpus.write("新.txt", "新的工作总结")
    assert server.post("/index-runs").get_json()["started"] == 1
    wait_until(lambda: (server.index.parent / "begun").exists())
    told = [server.post("/index-runs").get_json() for _ in range(2)]
    assert [(one["started"], one["number"]) for one in told] == [(2, 1), (2, 1)]  # 1 goes on
    server.go_on()


def test_who_comes_when_the_server_ends(server: Server) -> None:
    server.made.close()
    answer = server.post("/index-runs")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert set(answer.get_json()) == {"error"}


def test_what_was_added_alone(server: Server, corpus: Corpus, files: dict[str, str]) -> None:
    add(server, "园区.txt", files["园区.txt"])
    corpus.write("海港.txt", files["海港.txt"])
    server.post("/index-runs", what="uploads")
    assert server.settled()["text"] == "索引已更新：新增 1 个文件。"
    assert server.folders() == {"资料", "uploads"}


def test_an_uploads_folder_inside_one_that_is_remembered_is_no_second(
    corpus: Corpus, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAOKU_UPLOADS", str(corpus.folder / "收件"))
    corpus.write("柳塘.txt", files["柳塘.txt"])
    corpus.update()
    server = Server(corpus.index)
    server.uploads = corpus.folder / "收件"
    add(server, "园区.txt", files["园区.txt"])
    assert server.post("/index-runs").get_json()["number"] == 1
    assert server.settled()["text"] == "索引已更新：新增 1 个文件。"
    assert not server.made.runner.runs().queued
    assert server.folders() == {"资料"}
    server.made.close()


def test_without_any_folder_it_says_what_to_do(bare: Server) -> None:
    (bare.uploads / ".incoming").mkdir(parents=True)  # nothing was ever added
    for what, told in (("all", "也不知道别的文件夹"), ("uploads", "文件夹里没有文件")):
        answer = bare.post("/index-runs", what=what)
        assert answer.status_code == 409
        assert told in answer.get_json()["error"]
        assert "请先添加文件" in answer.get_json()["error"]
    page = bare.send("/index-runs")
    assert page.status_code == 409
    assert read_html(page.text).one("h1").text == "还没有可以更新的文件夹"
    assert bare.state()["state"] == "none"
    assert not bare.index.exists()


def test_added_files_that_cannot_be_reached(
    server: Server, files: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    server.upload("园区.txt", files["园区.txt"])
    server.uploads.rename(server.uploads.with_name("off"))
    answer = server.post("/index-runs", what="uploads")
    assert answer.status_code == 503
    assert "文件夹现在连不上" in answer.get_json()["error"]
    assert "connect its drive" in caplog.text
    assert server.state()["number"] == 0


def test_the_first_run_reads_what_the_command_would_and_what_was_added(
    bare: Server, tmp_path: Path, files: dict[str, str]
) -> None:
    add(bare, "园区.txt", files["园区.txt"])
    (tmp_path / "corpus").mkdir()
    bare.post("/index-runs")
    bare.settled()
    assert bare.folders() == {"corpus", "uploads"}


def test_what_is_unknown_is_refused(server: Server) -> None:
    answer = server.post("/index-runs", what="--rebuild")
    assert answer.status_code == 400
    assert set(answer.get_json()) == {"error"}
    assert "看不懂" in answer.get_json()["error"]
    assert server.state()["number"] == 0


def test_only_who_may_change_things_starts_runs(corpus: Corpus, tmp_path: Path) -> None:
    for rules, token, status in (
        (Rules(read_only=True), True, 403),
        (Rules("0.0.0.0"), True, 403),
        (Rules(), False, 400),
    ):
        server = Server(corpus.index, rules)
        headers = {**JSON, "X-CSRFToken": token_of(server.client)} if token else JSON
        for path in ("/index-runs", "/index-runs/stop"):
            answer = server.client.post(path, headers=headers)
            assert answer.status_code == status
            assert set(answer.get_json()) == {"error"}
            assert not answer.get_json()["error"].isascii()
        assert server.state()["number"] == 0
    Users(tmp_path / "settings").add("wang", "correct horse")
    server = Server(corpus.index)
    for method, path in (("POST", "/index-runs"), ("GET", "/index-runs"), ("GET", "/index-runs/events")):
        assert server.client.open(path, method=method, headers=JSON).status_code == 401
    assert server.client.get("/index-runs").status_code == 302  # someone typed it


# -- while a run goes on -----------------------------------------------------------------------------------


def test_every_page_says_of_a_run(server: Server, corpus: Corpus, page: Callable[..., Element]) -> None:
    def line(path: str) -> str:
        found = read_html(server.client.get(path).text).all("div", id="running")
        return found[0].text if found else ""

    server.slow()
    corpus.write("新.txt", "新的工作总结")
    server.post("/index-runs")
    wait_until(lambda: (server.index.parent / "begun").exists() and server.state()["total"])
    now = server.state()
    assert (now["busy"], now["state"], now["done"], now["total"]) == (True, "running", 0, 1)
    assert now["text"] == "正在更新索引：读取 0 / 1 个文件"
    for path in ("/", "/files", "/?q=茶园", "/nothing", "/add"):
        assert line(path) == "正在更新索引：读取 0 / 1 个文件，搜索照常可用"
    assert "停止" in server.client.get("/files").text
    assert server.client.get("/api/search?q=茶园").get_json()["total"] > 0
    server.go_on()
    server.settled()
    for path in ("/", "/files"):
        assert line(path) == ""


def test_who_has_to_log_in_first_is_told_nothing(server: Server, corpus: Corpus, tmp_path: Path) -> None:
    server.slow()
    corpus.write("新.txt", "新的工作总结")
    server.post("/index-runs")
    Users(tmp_path / "settings").add("wang", "correct horse")
    page = server.client.get("/login")
    assert page.status_code == 200
    assert "正在更新" not in page.text
    server.go_on()


def test_who_stops_a_run_is_asked_for_others_where_there_are_any(
    server: Server, corpus: Corpus, tmp_path: Path
) -> None:
    def asked() -> str:
        (button,) = (
            b for b in read_html(server.client.get("/files").text).all("button") if b.text == "停止更新"
        )
        return button.attrs["data-sure"]

    server.slow()
    corpus.write("新.txt", "新的工作总结")
    server.post("/index-runs")
    assert asked() == "确定停止更新"
    Users(tmp_path / "settings").add("wang", "correct horse")
    token = read_html(server.client.get("/login").text).all("meta", name="csrf-token")[0].attrs["content"]
    server.client.post("/login", data={"name": "wang", "password": "correct horse", "csrf_token": token})
    assert asked() == "别人的文件也会停下，确定停止"
    server.go_on()


def test_a_run_that_is_stopped(server: Server, corpus: Corpus) -> None:
    server.slow()
    corpus.write("新.txt", "新的工作总结")
    server.post("/index-runs")
    wait_until(lambda: (server.index.parent / "begun").exists())
    server.post("/index-runs/stop")
    last = server.settled()
    assert (last["state"], last["text"]) == ("stopped", "更新已停止，已有的内容照常搜索。")
    assert server.client.get("/api/search?q=茶园").get_json()["total"] > 0


def test_added_files_that_wait_are_told_of(server: Server, corpus: Corpus, files: dict[str, str]) -> None:
    def waiting() -> list[str]:
        main = read_html(server.client.get("/files").text).one("main")
        assert len([b for b in main.all("button") if b.text in ("更新索引", "停止更新")]) == 1
        return [e.one("p").text for e in main.all(class_="waiting") if e.one("button").text == "更新索引"]

    server.uploads.mkdir()
    build.update(server.index, [corpus.folder, server.uploads], Settings())
    for n in range(3):
        add(server, f"{n}.txt", files["海港.txt"])
    assert waiting() == []  # nobody has asked for them yet: a run comes by itself
    server.slow()
    server.post("/index-runs", what="uploads")
    wait_until(lambda: (server.index.parent / "begun").exists())
    assert waiting() == []
    server.post("/index-runs/stop")
    server.settled()
    assert waiting() == ["还有 3 个添加的文件等待读入"]
    (server.uploads / "0.txt").unlink()
    assert waiting() == ["还有 2 个添加的文件等待读入"]
    server.hurry()
    server.send("/index-runs", what="all")
    assert server.settled()["text"].startswith("索引已更新：新增 2 个文件。")
    assert waiting() == []


def test_a_run_waits_for_another_program(server: Server, corpus: Corpus) -> None:
    corpus.write("新.txt", "新的工作总结")
    with home.writing(server.index):
        server.post("/index-runs")
        wait_until(lambda: server.state()["text"] == "等另一个程序更新完索引")
        assert server.state()["busy"]
        line = read_html(server.client.get("/").text).one("div", id="running").text
        assert line == "等另一个程序更新完索引，搜索照常可用"
    assert server.settled()["text"] == "索引已更新：新增 1 个文件。"


def test_an_index_that_another_program_updates_for_long(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.hurry()
    with home.writing(server.index), caplog.at_level(logging.WARNING, "webui.indexing"):
        server.post("/index-runs")
        last = server.settled()
    told = "另一个程序正在更新索引，这次没有更新。等它完成后再点“更新索引”。"
    assert (last["state"], last["text"]) == ("locked", told)
    assert server.figure("locked") == 1
    assert "another run is updating the index" in caplog.text
    page = read_html(server.client.get("/files").text)
    assert told in [fault.text for fault in page.all("p", class_="fault")]


def test_a_damaged_index_is_told(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    (server.index / "gaoku.json").write_text("{", "utf-8")
    server.post("/index-runs")
    last = server.settled()
    assert last["state"] == "failed"
    assert last["text"].startswith("索引已损坏")
    assert "gaoku index --rebuild" in last["text"]
    assert server.figure("failed") == 1


def test_a_folder_that_is_gone_is_in_the_log(
    server: Server, corpus: Corpus, caplog: pytest.LogCaptureFixture
) -> None:
    corpus.folder.rename(corpus.folder.with_name("别处"))
    with caplog.at_level(logging.WARNING, "webui.indexing"):
        server.post("/index-runs")
        last = server.settled()
    assert last["text"] == "索引已更新：没有变化。另有 1 条提醒，已记入服务器的日志。"
    assert "folder not there" in caplog.text


@pytest.mark.parametrize(
    ("run", "text"),
    [
        (Run(1, ()), "等待更新索引"),
        (Run(1, (), "running"), "正在更新索引：查看文件夹"),
        (Run(1, (), "running", 1200, 4000), "正在更新索引：读取 1,200 / 4,000 个文件"),
        (
            Run(1, (), "running", 1, 4, "甲/扫描.pdf", (2, 30)),
            "正在更新索引：读取 1 / 4 个文件，识别“扫描.pdf”第 2 / 30 页",
        ),
        (Run(1, (), "running", waiting=True), "等另一个程序更新完索引"),
        (Run(1, (), "running", 4, 4, comparing=True), "正在更新索引：比较相近的文字"),
        (
            Run(1, (), "done", summary={"files": {"added": 3, "moved": 1, "failed": 2}, "warnings": []}),
            "索引已更新：新增 3 个文件，移动 1 个文件。有 2 个文件读不了，原因见“文件”。",
        ),
        (Run(1, (), "failed", error="x", kind="OutdatedIndexError"), "gaoku index --rebuild"),
        (Run(1, (), "failed", error="x", kind="NotFoundError"), "文件夹不在了"),
        (Run(1, (), "failed", error="killed by signal 9", kind="killed"), "内存不够"),
        (Run(1, (), "failed", error="gaoku: No space left on device /x"), "磁盘满了"),
        (Run(1, (), "failed", error="/home/x/y.py: boom"), "原因已记入服务器的日志"),
    ],
)
def test_what_a_run_is_in_words(run: Run, text: str) -> None:
    told = running.tell(run)
    assert text in told if run.state == "failed" else text == told
    assert "/home" not in told


def test_what_pages_show(server: Server) -> None:
    waiting, going = Run(2, ()), Run(1, (), "running", 1, 2)
    over = Run(0, (), "failed", error="x")
    assert running.running(Runs()) is None
    assert running.running(Runs(last=over)) is None
    assert running.last(Runs(last=over)) == running.LastRunView(running.tell(over), failed=True)
    partly = Run(0, (), "done", summary={"files": {"failed": 2}, "warnings": []})
    told = running.last(Runs(last=partly))
    assert told is not None
    assert told.text == "索引已更新：没有变化。有 2 个文件读不了，原因见下。"  # on the page that lists them
    assert running.current(Runs(1, going, (waiting,), over)) is going
    assert running.current(Runs(1, None, (waiting,), over)) is waiting
    shown = running.running(Runs(1, going))
    assert shown is not None
    assert (shown.done, shown.total, shown.busy) == (1, 2, True)


def test_what_was_done_is_still_told_after_a_run_that_came_by_itself(
    server: Server, files: dict[str, str]
) -> None:
    def told() -> str:
        return read_html(server.client.get("/files").text).one("main").one("p", class_="source").text

    add(server, "海港.txt", files["海港.txt"])
    for n in (1, 2):
        server.post("/index-runs", what="uploads")
        assert server.settled()["number"] == n
        assert told() == "索引已更新：新增 1 个文件。"
    server.post("/index-runs", what="all")  # somebody wants to know
    server.settled()
    assert told() == "索引已更新：没有变化。"
    server.slow()
    server.post("/index-runs", what="uploads")
    server.post("/index-runs/stop")
    server.settled()
    assert told() == "更新已停止，已有的内容照常搜索。"


# -- events ------------------------------------------------------------------------------------------------


def read_events(chunks: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """Events as a browser reads them."""
    fields: dict[str, str] = {}
    for chunk in chunks:
        for line in chunk.decode().splitlines():
            name, _, value = line.partition(": ")
            if line and name:
                fields[name] = value
            elif not line and "data" in fields:
                yield {**json.loads(fields["data"]), "id": fields["id"], "event": fields["event"]}
                fields = {}


def test_events_tell_each_change(server: Server, corpus: Corpus) -> None:
    response = server.client.get("/index-runs/events")
    assert response.content_type.startswith("text/event-stream")
    assert response.headers["X-Accel-Buffering"] == "no"
    events = read_events(iter(response.response))  # type: ignore[arg-type]  # of bytes
    first = next(events)
    assert (first["id"], first["event"], first["state"]) == ("0", "runs", "none")
    corpus.write("新.txt", "新的工作总结")
    server.made.start_all()
    seen = [next(events)]
    while seen[-1]["busy"]:
        seen.append(next(events))
    assert seen[-1]["state"] == "done"
    versions = [event["version"] for event in seen]
    assert versions == sorted(set(versions))
    response.close()


def test_four_listen_at_once(server: Server) -> None:
    listening = [server.client.get("/index-runs/events") for _ in range(indexing.LISTENERS)]
    refused = server.client.get("/index-runs/events", headers=JSON)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    assert set(refused.get_json()) == {"error"}
    assert server.client.head("/index-runs/events").status_code == 200
    assert server.client.get("/index-runs").status_code == 200
    listening.pop().close()
    listening.append(server.client.get("/index-runs/events"))
    assert listening[-1].status_code == 200
    for response in listening:
        response.close()


def test_a_listener_is_sent_away(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the server ends, when time is up, when who listens may no longer."""
    response = server.client.get("/index-runs/events")
    server.made.let_go()
    assert len(list(response.response)) <= 1
    assert server.client.get("/index-runs/events").status_code == 503
    server.made.closed = False

    monkeypatch.setattr(indexing, "_LONGEST", 0.3)
    assert list(server.client.get("/index-runs/events").response)
    monkeypatch.setattr(indexing, "_LONGEST", 600.0)

    users = Users(tmp_path / "settings")
    users.add("wang", "correct horse")
    token = read_html(server.client.get("/login").text).one("meta", name="csrf-token").attrs["content"]
    fields = {"name": "wang", "password": "correct horse", "csrf_token": token}
    assert server.client.post("/login", data=fields).status_code == 302
    chunks = iter(server.client.get("/index-runs/events").response)
    next(chunks)
    next(chunks)
    users.remove("wang")
    assert list(chunks) == []


def test_silence_is_broken(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "_SILENCE", 0.1)
    chunks = iter(server.client.get("/index-runs/events").response)
    said = [next(chunks) for _ in range(4)]
    assert b": still here\n\n" in said
    server.made.let_go()


# -- refresh -----------------------------------------------------------------------------------------------


def test_it_keeps_itself_fresh(server: Server, corpus: Corpus, files: dict[str, str]) -> None:
    corpus.write("园区.txt", files["园区.txt"])
    server.made.refresh(0.001)
    wait_until(lambda: server.client.get("/api/search?q=澄川园区").get_json()["total"])
    corpus.write("海港.txt", files["海港.txt"])
    wait_until(lambda: server.client.get("/api/search?q=灯塔").get_json()["total"])
    wait_until(lambda: server.figure("done") >= 2)
    refresher = server.made._refresher
    assert refresher is not None
    assert refresher.is_alive()
    server.made.close()
    assert not refresher.is_alive()  # there is nobody left to start a run
    assert not server.made.runner.runs().busy


def test_refreshing_waits_for_a_folder(
    bare: Server, files: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "webui.indexing")
    bare.made.refresh(0.001)
    wait_until(lambda: caplog.text.count("nothing to refresh yet") >= 3)
    assert bare.state()["state"] == "none"
    add(bare, "园区.txt", files["园区.txt"])
    wait_until(lambda: bare.state()["state"] == "done")


def test_refreshing_goes_on_after_whatever_goes_wrong(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Run:
        raise PermissionError(13, "Permission denied", "/mnt/corpus")

    with monkeypatch.context() as patch:
        patch.setattr(server.made, "start_all", fail)
        server.made.refresh(0.001)
        wait_until(lambda: caplog.text.count("the index could not be refreshed") >= 2)
    wait_until(lambda: server.state()["state"] == "done")


def test_refreshing_comes_to_its_end_at_once(server: Server) -> None:
    server.made.refresh(1000)
    server.settled()
    began = time.monotonic()
    server.made.close()
    assert time.monotonic() - began < PATIENCE


# -- files that nobody has asked to read ------------------------------------------------------------------


def test_what_was_stored_is_read_without_being_asked_for(
    server: Server, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.made._soon = Soon(0.3, server.made._read_stored)
    server.upload("园区.txt", files["园区.txt"])
    server.upload("海港.txt", files["海港.txt"])
    wait_until(lambda: server.state()["state"] == "done")
    assert (server.state()["number"], server.state()["text"]) == (1, "索引已更新：新增 2 个文件。")
    assert server.client.get("/api/search?q=灯塔").get_json()["total"] > 0


def test_a_run_that_was_asked_for_is_enough(server: Server, files: dict[str, str]) -> None:
    for n, what in enumerate(("uploads", "all"), 1):
        server.made._soon = Soon(1, server.made._read_stored)
        server.upload(f"{n}.txt", files["园区.txt"])
        assert server.post("/index-runs", what=what).get_json()["started"] == n
        server.settled()
        time.sleep(1.5)
        assert server.state()["last"]["number"] == n


def test_a_form_is_in_the_audit_as_a_script_is(server: Server, tmp_path: Path, files: dict[str, str]) -> None:
    file = (io.BytesIO(files["园区.txt"].encode()), "园区.txt")
    fields = {"csrf_token": token_of(server.client), "files": file}
    assert server.client.post("/add", data=fields, content_type="multipart/form-data").status_code == 303
    server.settled()
    audit = (tmp_path / "settings" / "audit.log").read_text("utf-8").splitlines()
    assert [json.loads(line)["what"] for line in audit] == ["upload", "index run"]
    assert json.loads(audit[1])["folders"] == "uploads"


def test_what_an_earlier_server_stored_is_read_when_the_next_starts(
    server: Server, files: dict[str, str]
) -> None:
    def left() -> bool:
        return unread.holds_unread(server.index, server.uploads, EXCLUDED)

    assert not left()  # there is not even a folder
    server.upload("甲/园区.txt", files["园区.txt"])
    os.utime(server.uploads / "甲" / "园区.txt", (time.time() + 5, time.time() + 5))
    assert left()
    server.post("/index-runs", what="uploads")
    server.settled()
    assert not left()
    add(server, "~$海港.docx", "")  # the index passes over it
    assert not left()
    add(server, "海港.txt", files["海港.txt"])
    assert left()
    said: list[str] = []
    server.made.read_what_was_left(said.append)
    wait_until(lambda: said)
    wait_until(lambda: server.state()["text"] == "索引已更新：新增 1 个文件。")
    assert not left()
    (server.uploads / "海港.txt").write_text(files["柳塘.txt"], "utf-8")
    assert left()
    server.post("/index-runs", what="uploads")
    server.settled()
    earlier = time.time() - 60
    for path in server.uploads.rglob("*"):
        os.utime(path, (earlier, earlier))
    build.forget(server.index, server.uploads, Settings())
    assert not left()  # they were taken out
    (server.index / "gaoku.json").write_text("{", "utf-8")
    assert not left()


def test_what_an_earlier_server_took_out_is_dropped_when_the_next_starts(
    server: Server, files: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    server.upload("园区.txt", files["园区.txt"])
    (server.uploads / "包.zip").write_bytes(zipped({"内.txt": TEXT.encode()}))
    server.post("/index-runs", what="uploads")
    server.settled()
    assert not unread.holds_unread(server.index, server.uploads, EXCLUDED)  # what is in archives lies there
    Removed(server.app.extensions["gaoku-inbox"]).take_out("包.zip")
    assert unread.holds_unread(server.index, server.uploads, EXCLUDED)
    off = server.uploads.rename(server.uploads.with_name("off"))
    server.made._look_for_left(pytest.fail)  # it is away: they may all be there
    assert "connect its drive" in caplog.text
    off.rename(server.uploads)
    said: list[str] = []
    server.made._look_for_left(said.append)
    assert said
    assert server.settled()["text"] == "索引已更新：移除 2 个文件。"
    assert not unread.holds_unread(server.index, server.uploads, EXCLUDED)


def test_what_was_stored_before_there_was_an_index(bare: Server, files: dict[str, str]) -> None:
    said: list[str] = []
    bare.made.read_what_was_left(said.append)
    wait_until(lambda: all(thread.name != "index-left" for thread in threading.enumerate()))
    assert not said
    add(bare, "园区.txt", files["园区.txt"])
    bare.made.read_what_was_left(said.append)
    wait_until(lambda: bare.state()["state"] == "done")
    assert said
    assert bare.folders() == {"uploads"}


def test_it_is_done_once_when_it_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    done: list[float] = []

    def do() -> None:
        done.append(time.monotonic())
        raise OSError("and goes on")

    soon = Soon(0.3, do)
    for _ in range(4):
        soon.ask()
        time.sleep(0.1)
    asked = time.monotonic()
    assert not done
    wait_until(lambda: done)
    assert done[0] > asked
    wait_until(lambda: "what was to be done could not be" in caplog.text)
    soon.ask()
    wait_until(lambda: len(done) == 2)
    soon.ask()
    soon.drop()
    soon.ask()
    soon.close()
    soon.ask()
    time.sleep(0.5)
    assert len(done) == 2


# -- the server as a process -------------------------------------------------------------------------------


def listen(host: str, **headers: str) -> tuple[HTTPConnection, HTTPResponse]:
    connection = HTTPConnection(host, timeout=PATIENCE)
    connection.request("GET", "/index-runs/events", headers=headers)
    return connection, connection.getresponse()


def leave(connection: HTTPConnection, response: HTTPResponse) -> None:
    """As a page that is closed: what would go on reading is gone."""
    response.close()
    connection.close()


@not_on_windows
def test_listeners_come_and_go_and_others_search(server: Server) -> None:
    with served(server.index) as (address, process, _):
        host = address.removeprefix("http://")
        for _ in range(3):  # each page that is opened listens, and is left again
            listening: list[tuple[HTTPConnection, HTTPResponse]] = []
            until = time.monotonic() + PATIENCE
            while len(listening) < indexing.LISTENERS:
                connection, response = listen(host, **{"Accept-Encoding": "gzip, br, zstd"})
                if response.status == 200:
                    assert response.getheader("Content-Encoding") is None
                    assert response.fp.readline()
                    listening.append((connection, response))
                else:
                    leave(connection, response)
                    assert time.monotonic() < until
                    time.sleep(0.1)
            for _ in range(5):
                asking = HTTPConnection(host, timeout=PATIENCE)
                asking.request("GET", "/api/search?q=%E8%8C%B6%E5%9B%AD")
                assert asking.getresponse().status == 200
                asking.close()
            for each in listening:
                leave(*each)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, errors) == (0, "")


@not_on_windows
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_ends_with_its_run_and_its_listeners(
    server: Server, corpus: Corpus, number: signal.Signals
) -> None:
    for n in range(400):
        corpus.write(f"{n}.txt", f"第{n}号工作总结\n\n一、主要工作\n\n完成了{n}件事。")
    with served(server.index, "--refresh", "60") as (address, process, _):
        host = address.removeprefix("http://")
        connection, response = listen(host)
        while b'"running"' not in response.fp.readline():
            pass
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, errors) == (0, "")
        leave(connection, response)
    with home.writing(server.index):  # the run has let go of the index
        pass


@not_on_windows
def test_a_server_for_reading_only_refreshes_when_told_to(
    server: Server, corpus: Corpus, files: dict[str, str]
) -> None:
    corpus.write("园区.txt", files["园区.txt"])
    with served(server.index, "--refresh", "0.5", "--read-only") as (address, _, _):
        host = address.removeprefix("http://")

        def state() -> Any:
            asking = HTTPConnection(host, timeout=PATIENCE)
            asking.request("GET", "/index-runs")
            answer = json.load(asking.getresponse())
            asking.close()
            return answer

        wait_until(lambda: state()["last"])
        assert state()["last"]["text"] == "索引已更新：新增 1 个文件。"
