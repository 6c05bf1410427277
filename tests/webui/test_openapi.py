"""Schemathesis asks what the document of the API allows, and what it does not, and looks at each answer.

``make service`` asks a little. For long: ``GAOKU_FUZZ=600 pytest tests/webui/test_openapi.py`` (seconds of
each test; ``GAOKU_FUZZ_INDEX`` names a larger index to ask, which is only read).
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.families.forms import LEVELS
from indexer.library import Library
from indexer.repeated import list_families
from indexer.users import Users
from tests.webui.conftest import read_html, token_of
from webui import connections, create_app
from webui.connections import Limits

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(
        importlib.util.find_spec("schemathesis") is None, reason="schemathesis needs Python 3.11"
    ),
]

_SECONDS = int(os.environ.get("GAOKU_FUZZ", "0"))


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], str]]:
    """Serves an index as ``gaoku serve`` does: the address."""
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))
    servers = []

    def serve(index: Path) -> str:
        server = connections.create_server(create_app(index), Limits(), host="127.0.0.1", port=0, threads=4)
        servers.append(server)

        def run() -> None:
            with contextlib.suppress(OSError):  # it may wait at its sockets when they are closed
                server.run()

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{server.effective_listen[0][1]}"

    yield serve
    for server in servers:
        server.close()


def ask(
    address: str,
    folder: Path,
    *options: str,
    ids: dict[str, list[str]],
    few: int,
    document: str = "",
    also: tuple[str, ...] = (),
) -> str:
    """Let Schemathesis ask all operations in all its ways; what it tells. Fails with what it found.

    ``also``: statuses of 500 and more that are no fault.
    """
    statuses = json.dumps(["2XX", "3XX", "4XX", *also])
    config = folder / "schemathesis.toml"
    config.write_text(f"[checks.not_a_server_error]\nexpected-statuses = {statuses}\n", "utf-8")
    amount = ["--max-time", str(_SECONDS)] if _SECONDS else ["--max-examples", str(few), "--seed", "1"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
            *(
                "run",
                document or f"{address}/api/openapi.json",
                "--url",
                address,
                "--checks",
                "all",
                "--continue-on-failure",
            ),
            *("--suppress-health-check", "all", "--max-response-time", "600", "--request-timeout", "600"),
            *(*amount, *options),
        ],
        cwd=folder,
        env={
            **os.environ,
            "GAOKU_IDS": json.dumps(ids),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(folder),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONUTF8": "1",
            "SCHEMATHESIS_HOOKS": "tests.webui.openapi_hooks",
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    return done.stdout


def ids_of(index: Path) -> dict[str, list[str]]:
    """Ids that an index has, by the parameters that take them."""
    library = Library(index)
    reports = [filed.report_id for filed in library.reports()][:50]
    families = [one.id for level in LEVELS for one in list_families(library, level, limit=20).families]
    library.close()
    return {"report": reports, "family": families, "to": [*reports, *(f"{report}-0" for report in reports)]}


def generated(told: str) -> int:
    """How many requests were made."""
    found = re.search(r"(\d+) generated", told)
    return int(found[1]) if found else 0


def test_nothing_outside_the_document(start: Callable[[Path], str], repeated: Path, tmp_path: Path) -> None:
    index = Path(os.environ.get("GAOKU_FUZZ_INDEX", repeated))
    told = ask(start(index), tmp_path, ids=ids_of(index), few=5)
    assert generated(told) > 200
    assert "Stateful" in told


def test_without_an_index(start: Callable[[Path], str], tmp_path: Path) -> None:
    nothing = {name: ["x"] for name in ("report", "family", "to")}
    told = ask(start(tmp_path / "none"), tmp_path, "--phases", "fuzzing", ids=nothing, few=3, also=("503",))
    assert generated(told) > 25


@pytest.mark.parametrize("known", [True, False])
def test_on_a_server_with_users(
    start: Callable[[Path], str], repeated: Path, tmp_path: Path, known: bool
) -> None:
    """Who is logged in, and who is not; and what it does by itself without a log-in, or with a wrong one."""
    users = Users(tmp_path / "settings")
    address = start(repeated)
    users.add("wang", "correct horse")
    client = create_app(repeated).test_client()
    form = read_html(client.get("/login").text).one("form", action="/login")
    sent = {"csrf_token": form.one("input", name="csrf_token").attrs["value"]}
    assert (
        client.post("/login", data={"name": "wang", "password": "correct horse", **sent}).status_code == 302
    )
    token = token_of(client)
    session = client.get_cookie("gaoku")
    assert session is not None
    document: Any = client.get("/api/openapi.json").json
    assert document["security"] == [{"password": []}, {"session": []}]
    (tmp_path / "document.json").write_text(json.dumps(document), "utf-8")
    log_in: tuple[str, ...] = ()
    if known:
        # ignored_auth sends wrong passwords beside the session, which counts; guessing is slowed down (429).
        log_in = ("-H", f"Cookie: gaoku={session.value}", "-H", f"X-CSRFToken: {token}")
        log_in += ("--exclude-checks", "ignored_auth")
    told = ask(
        address,
        tmp_path,
        *("--phases", "fuzzing", *log_in),
        ids=ids_of(repeated),
        few=3,
        document=str(tmp_path / "document.json"),
    )
    assert generated(told) > 20
