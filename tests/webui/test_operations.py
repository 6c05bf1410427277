"""What those who run the server look at: is it well, how is it doing, what was asked of it."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from indexer.users import Users
from tests.webui.test_access import log_in, token_of
from webui import create_app, logs

if TYPE_CHECKING:
    from tests.webui.conftest import Corpus


def figures(client: FlaskClient) -> dict[str, float]:
    """What /metrics says, by name and labels, read by the library that Prometheus' own clients test with."""
    response = client.get("/metrics")
    assert response.status_code == 200, response.text
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


@pytest.fixture
def password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """That of 李四, who is the one user."""
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))
    Users(tmp_path / "settings").add("李四", "correct horse")
    return "correct horse"


# -- /healthz ----------------------------------------------------------------------------------------


def test_well(client: FlaskClient) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.text) == (200, "ok\n")
    assert response.content_type == "text/plain; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"


def test_no_index_is_no_illness(corpus: Corpus) -> None:
    response = create_app(corpus.index).test_client().get("/healthz")
    assert (response.status_code, response.text) == (200, "ok, no index yet\n")


def test_an_index_that_was_there_and_is_gone_is_one(corpus: Corpus, files: dict[str, str]) -> None:
    corpus.write("柳塘.txt", files["柳塘.txt"])
    corpus.update()
    client = create_app(corpus.index).test_client()
    assert client.get("/healthz").text == "ok\n"
    shutil.rmtree(corpus.index)
    for _ in range(2):  # the first notices, the second finds nothing open
        assert client.get("/healthz").status_code == 503
    corpus.update()
    assert client.get("/healthz").text == "ok\n"


def test_a_damaged_index_is_one_and_is_noticed_when_it_is_mended(
    corpus: Corpus, files: dict[str, str]
) -> None:
    corpus.write("柳塘.txt", files["柳塘.txt"])
    corpus.update()
    pointer = corpus.index / "gaoku.json"
    whole = pointer.read_text("utf-8")
    client = create_app(corpus.index).test_client()
    pointer.write_text("{", "utf-8")
    response = client.get("/healthz")
    assert response.status_code == 503
    assert str(corpus.index) not in response.text
    assert figures(client)["gaoku_index_up"] == 0
    pointer.write_text(whole, "utf-8")
    assert client.get("/healthz").status_code == 200
    assert figures(client)["gaoku_index_up"] == 1


# -- /metrics ----------------------------------------------------------------------------------------


def test_what_the_index_holds(corpus: Corpus, files: dict[str, str]) -> None:
    client = create_app(corpus.index).test_client()
    assert figures(client)["gaoku_index_up"] == 0
    assert "gaoku_sections" not in figures(client)
    corpus.write("柳塘.txt", files["柳塘.txt"])
    (corpus.folder / "坏的.docx").write_bytes(b"PK\x03\x04 no archive")
    corpus.update()
    found = figures(client)
    status = client.get("/api/status").get_json()
    assert found["gaoku_index_up"] == 1
    assert found["gaoku_files"] == status["files"] == 2
    assert found["gaoku_files_failed"] == 1
    assert found["gaoku_reports"] == status["reports"] == 1
    assert found["gaoku_sections"] == status["sections"] > 0
    assert found["gaoku_index_age_seconds"] >= 0


def test_searches_are_timed_and_requests_counted(client: FlaskClient) -> None:
    assert "gaoku_requests_total 200" not in figures(client)
    client.get("/?q=招商引资")
    client.get("/api/search?q=招商引资")
    client.get("/")  # the start is no search
    client.get("/api/search?q=招商引资&limit=x")
    client.get("/nowhere")
    found = figures(client)
    assert found["gaoku_search_seconds_count"] == 2
    assert found["gaoku_search_seconds_bucket +Inf"] == 2
    assert found["gaoku_search_seconds_sum"] > 0
    assert found["gaoku_requests_total 200"] == 3 + 1  # the first look at the figures
    assert found["gaoku_requests_total 400"] == 1
    assert found["gaoku_requests_total 404"] == 1


def test_log_ins_are_counted(built: Path, password: str) -> None:
    client = create_app(built).test_client()

    def counted() -> list[float]:
        found = figures(client)
        return [found[f"gaoku_log_ins_total {outcome}"] for outcome in ("right", "wrong", "slowed")]

    assert counted() == [0, 0, 0]
    log_in(client, "李四", password)
    assert counted() == [1, 0, 0]
    for _ in range(6):
        log_in(client.application.test_client(), "nobody", "wrong horse")
    assert counted() == [1, 5, 1]
    client.application.test_client().get("/api/status", auth=("nobody", "wrong horse"))
    assert counted() == [1, 5, 2]


def test_what_has_not_happened_yet_is_none(client: FlaskClient) -> None:
    """A rise is seen from what was there: the first run that fails, too."""
    found = figures(client)
    for state in ("done", "failed", "locked", "stopped"):
        assert found[f"gaoku_index_runs_total {state}"] == 0
    for outcome in ("new", "known", "ignored", "refused", "taken_out", "put_back"):
        assert found[f"gaoku_uploads_total {outcome}"] == 0


def test_each_application_has_figures_of_its_own(app: Flask, built: Path) -> None:
    app.test_client().get("/?q=园区")
    assert figures(app.test_client())["gaoku_search_seconds_count"] == 1
    assert figures(create_app(built).test_client())["gaoku_search_seconds_count"] == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_read_the_figures(client: FlaskClient, address: str) -> None:
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": address}).status_code == 200


@pytest.mark.parametrize("address", ["192.168.1.5", "10.0.0.1", "2001:db8::1", "::ffff:10.0.0.1", "", "x"])
def test_no_other_may(client: FlaskClient, built: Path, address: str) -> None:
    response = client.get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert response.status_code == 403
    assert "gaoku_sections" not in response.text
    public = create_app(built, metrics_public=True).test_client()
    assert public.get("/metrics", environ_base={"REMOTE_ADDR": address}).status_code == 200
    assert client.get("/healthz", environ_base={"REMOTE_ADDR": address}).status_code == 200


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via", "X-Forwarded-Proto", "X-Forwarded-Host"]
)
def test_a_proxy_on_this_machine_asks_for_others(client: FlaskClient, name: str) -> None:
    assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 403


def test_no_log_in_is_needed(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path))
    Users(tmp_path).add("wang", "correct horse")
    client = create_app(built).test_client()
    assert client.get("/healthz").text == "ok\n"
    assert figures(client)["gaoku_index_up"] == 1
    assert client.get("/files").status_code == 302


# -- the log -----------------------------------------------------------------------------------------


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What goes to the log, as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    root, requests = logging.getLogger(), logging.getLogger(logs.REQUESTS)
    level = requests.level
    root.addHandler(handler)
    requests.setLevel(logging.INFO)
    yield stream
    requests.setLevel(level)
    root.removeHandler(handler)


def test_a_line_a_request_without_its_query(client: FlaskClient, log: io.StringIO) -> None:
    token = token_of(client)
    log.truncate(log.seek(0))
    client.get("/api/search?q=秘密")
    client.get("/没有%0a这页%1b[31m?q=秘密")
    client.post("/similar", data={"text": "秘密", "csrf_token": token})
    lines = log.getvalue().splitlines()
    assert all(line.isascii() and line.isprintable() for line in lines)
    entries = [json.loads(line) for line in lines]
    assert [(e["method"], e["path"], e["status"]) for e in entries] == [
        ("GET", "/api/search", 200),
        ("GET", "/没有\n这页\x1b[31m", 404),
        ("POST", "/similar", 200),
    ]
    for entry in entries:
        assert set(entry) == {"time", "method", "path", "status", "ms"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", entry["time"])
        assert entry["ms"] >= 0


def test_who_is_logged_in_is_named(built: Path, log: io.StringIO, password: str) -> None:
    client = create_app(built).test_client()
    client.get("/files")
    log_in(client, "李四", password)
    client.get("/files")
    program = client.application.test_client()
    program.get("/api/status", auth=("李四", password))
    program.get("/api/status", auth=("李四", "wrong horse"))
    named = [(e["path"], e["status"], e.get("user")) for e in map(json.loads, log.getvalue().splitlines())]
    assert named == [
        ("/files", 302, None),
        ("/login", 200, None),
        ("/login", 302, None),
        ("/files", 200, "李四"),
        ("/api/status", 200, "李四"),
        ("/api/status", 401, None),
    ]


def test_an_error_of_ours_is_one_line_with_its_traceback(app: Flask, log: io.StringIO) -> None:
    def broken() -> str:
        raise ZeroDivisionError

    app.add_url_rule("/broken", "broken", broken)
    assert app.test_client().get("/broken").status_code == 500
    error, entry = map(json.loads, log.getvalue().splitlines())
    assert (error["level"], error["message"]) == ("error", "GET /broken")
    assert "ZeroDivisionError" in error["exception"]
    assert (entry["path"], entry["status"]) == ("/broken", 500)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C cannot be sent to one process on Windows")
def test_the_server_writes_nothing_but_json(built: Path) -> None:
    command = [sys.executable, "-m", "indexer", "serve", "--index", str(built), "--port", "0", "--log-json"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    try:
        assert process.stderr is not None
        first = json.loads(process.stderr.readline())
        address = re.search(r"http://127\.0\.0\.1:\d+", first["message"])
        assert address is not None
        with urlopen(f"{address.group()}/healthz") as answer:
            assert answer.read() == b"ok\n"
        with urlopen(f"{address.group()}/metrics") as answer:
            assert b"gaoku_index_up 1.0" in answer.read()
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=60)
        entries = [json.loads(line) for line in rest.splitlines()]
        assert [(e["path"], e["status"]) for e in entries] == [("/healthz", 200), ("/metrics", 200)]
    finally:
        process.kill()
        process.communicate()
