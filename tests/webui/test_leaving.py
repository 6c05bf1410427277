"""What leaves as a file leaves a line in the audit, which does not tell what was looked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from indexer.audit import AUDIT
from indexer.exporting import FORMS, REPORT_FORMS
from indexer.library import Library
from indexer.users import Users
from tests.webui.test_access import RIGHT, log_in
from webui import create_app


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of the settings."""
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))
    return tmp_path / "settings"


def audit(folder: Path) -> list[dict[str, Any]]:
    """The lines so far, without their times; then there are none."""
    file = folder / AUDIT
    if not file.exists():
        return []
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    file.unlink()
    return [{name: value for name, value in line.items() if name != "time"} for line in lines]


def report_of(built: Path, file: str) -> str:
    library = Library(built)
    try:
        return next(filed.report_id for filed in library.reports() if filed.file == file)
    finally:
        library.close()


WHO = {"user": None, "address": "127.0.0.1", "what": "export"}


@pytest.mark.parametrize("form", FORMS)
def test_results(built: Path, folder: Path, form: str) -> None:
    client = create_app(built).test_client()
    assert client.get(f"/export.{form}?q=灯塔").status_code == 200
    assert audit(folder) == [{**WHO, "of": "results", "form": form, "count": 45}]


def test_what_is_looked_for_is_not_told(built: Path, folder: Path) -> None:
    client = create_app(built).test_client()
    assert client.get("/export.csv?q=灯塔&title=秘密").status_code == 200
    text = (folder / AUDIT).read_text("utf-8")
    for word in ("灯塔", "秘密"):
        assert word not in text
        assert json.dumps(word)[1:-1] not in text


@pytest.mark.parametrize("form", REPORT_FORMS)
def test_a_report(built: Path, folder: Path, form: str) -> None:
    report = report_of(built, "资料/海港.txt")
    assert create_app(built).test_client().get(f"/report/{report}.{form}").status_code == 200
    assert audit(folder) == [{**WHO, "of": "report", "form": form, "report": report, "file": "资料/海港.txt"}]


@pytest.mark.parametrize("form", ["md", "docx"])
def test_a_template(repeated: Path, folder: Path, form: str) -> None:
    client = create_app(repeated).test_client()
    family = client.get("/api/families").get_json()["families"][0]["id"]
    assert client.get(f"/templates/{family}.{form}").status_code == 200
    assert audit(folder) == [{**WHO, "of": "template", "form": form, "template": family}]


def test_an_original_and_its_beginning(built: Path, folder: Path) -> None:
    report = report_of(built, "资料/海港.txt")
    client = create_app(built).test_client()
    line = {**WHO, "of": "original", "report": report, "file": "资料/海港.txt"}
    whole = client.get(f"/original/{report}")
    assert audit(folder) == [line]
    client.get(f"/original/{report}?save")
    assert audit(folder) == [line]
    begun = client.get(f"/original/{report}", headers={"Range": "bytes=0-99"})
    assert (begun.status_code, audit(folder)) == (206, [line])
    later = client.get(f"/original/{report}", headers={"Range": "bytes=100-"})
    assert (later.status_code, audit(folder)) == (206, [])
    known = client.get(f"/original/{report}", headers={"If-None-Match": whole.headers["ETag"]})
    assert (known.status_code, audit(folder)) == (304, [])
    assert client.head(f"/original/{report}").status_code == 200
    assert audit(folder) == []


def test_what_was_not_given_is_not_told(built: Path, folder: Path) -> None:
    client = create_app(built).test_client()
    for path in ("/report/nothing.docx", "/original/nothing", "/templates/nothing.md"):
        assert client.get(path).status_code == 404
    assert client.get("/export.exe?q=灯塔").status_code == 404
    assert client.get("/?q=灯塔").status_code == 200
    assert audit(folder) == []


def test_who_it_was(built: Path, folder: Path) -> None:
    Users(folder).add("wang", RIGHT)
    client = create_app(built).test_client()
    assert client.get("/export.csv?q=灯塔").status_code == 302
    assert audit(folder) == []
    log_in(client)
    client.get("/export.csv?q=灯塔")
    assert [(line["what"], line["user"]) for line in audit(folder)] == [
        ("log-in", "wang"),
        ("export", "wang"),
    ]
