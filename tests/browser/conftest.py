"""One server an index and one Chromium for the session; a visit during which nothing may go wrong.

Without Debian's Chromium these tests are skipped.

Pictures go to GAOKU_ARTEFACTS (default: test-artefacts/ in the project). With GAOKU_SLOW_BROWSER=6 pages run
six times slower: what a test does not wait for comes too late there.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    expect,
    sync_playwright,
)

from indexer import build
from indexer.runs import Runner
from indexer.settings import Settings
from tests.browser import hostile
from tests.browser.places import Place, places_over
from tests.browser.waiting import PATIENCE
from tests.webui.conftest import FILES, REPEATED, Corpus
from webui.access import Rules

ROOT = Path(__file__).parents[2]

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
#: Pixels: a phone, a tablet held upright, a desk.
SIZES = ((360, 740), (768, 1024), (1440, 900))

expect.set_options(timeout=PATIENCE)

#: What make test has of this folder; all of it takes minutes.
_QUICK = "test_walk.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Most tests of this folder have a make target of their own."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.path.name != _QUICK:
            item.add_marker(pytest.mark.browser)


# -- what is served ----------------------------------------------------------------------------------------


class Serve(Protocol):
    """Serve an index until the session ends: its address. ``prepare`` is given the application before."""

    def __call__(
        self, index: Path, rules: Rules | None = None, *, prepare: Callable[[Flask], None] = lambda app: None
    ) -> str: ...


@pytest.fixture(scope="session")
def serve() -> Iterator[Serve]:
    """Servers, each with the threads that one has."""
    from webui import connections, create_app  # only now: the fixtures of other tests need no page

    servers, apps = [], []

    def start(
        index: Path, rules: Rules | None = None, *, prepare: Callable[[Flask], None] = lambda app: None
    ) -> str:
        app = create_app(index, rules)
        prepare(app)
        apps.append(app)
        limits = connections.Limits()
        server = connections.create_server(app, limits, host="127.0.0.1", port=0, threads=8)
        servers.append(server)

        def run() -> None:
            with contextlib.suppress(OSError):  # it may wait at its sockets when they are closed
                server.run()

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{server.effective_listen[0][1]}"

    yield start
    for app in apps:
        app.extensions["gaoku-indexing"].close()
        app.extensions["gaoku-runs"].close()
        app.extensions["gaoku-inbox"].close()
    for server in servers:
        server.close()


#: As a run that has read twelve files of forty, and goes on until it is ended.
_RUNS_ON = """import sys, time
print('{"event": "files", "done": 12, "total": 40, "file": "x"}', file=sys.stderr, flush=True)
time.sleep(3600)
"""


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Flask], None]:
    """Have a run go on at an application that never ends by itself."""
    script = tmp_path_factory.mktemp("run") / "run.py"
    script.write_text(_RUNS_ON, "utf-8")

    def prepare(app: Flask) -> None:
        runner = Runner(Path("nowhere"), command=(sys.executable, str(script)))
        app.extensions["gaoku-runs"] = app.extensions["gaoku-indexing"].runner = runner
        runner.start()
        while runner.runs().current is None or not runner.runs().current.total:  # type: ignore[union-attr]
            runner.wait(runner.runs().version, 10)

    return prepare


def _indexed(factory: pytest.TempPathFactory, files: dict[str, str]) -> Path:
    corpus = Corpus(factory.mktemp("browser"))
    for name, text in files.items():
        corpus.write(name, text)
    corpus.update()
    return corpus.index


@pytest.fixture(scope="session")
def address(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A server over FILES."""
    return serve(_indexed(tmp_path_factory, FILES))


@pytest.fixture(scope="session")
def repeated_address(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A server over REPEATED."""
    return serve(_indexed(tmp_path_factory, REPEATED))


@pytest.fixture(scope="session")
def corpus_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over corpus/, and over one file that cannot be read."""
    folder = tmp_path_factory.mktemp("browser")
    (folder / "收件").mkdir()
    (folder / "收件" / "2025年工作计划.docx").write_bytes(b"PK\x03\x04 cut off")
    build.update(folder / "index", [ROOT / "corpus", folder / "收件"], Settings())
    return folder / "index"


@pytest.fixture(scope="session")
def corpus_address(serve: Serve, corpus_index: Path) -> str:
    """A server over corpus/."""
    return serve(corpus_index)


@pytest.fixture(scope="session")
def places(
    serve: Serve,
    corpus_index: Path,
    corpus_address: str,
    busy: Callable[[Flask], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Place]:
    """Every kind of page, by name."""
    folder = tmp_path_factory.mktemp("browser")
    damaged = folder / "damaged"
    damaged.mkdir()
    (damaged / "gaoku.json").write_text("{}", "utf-8")
    return places_over(
        corpus_index,
        address=corpus_address,
        empty=serve(folder / "none"),
        damaged=serve(damaged),
        added=serve(_indexed(tmp_path_factory, FILES)),
        running=serve(corpus_index, prepare=busy),
    )


@pytest.fixture(scope="session")
def hostile_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over texts and names that would do harm."""
    return _indexed(tmp_path_factory, hostile.FILES)


@pytest.fixture(scope="session")
def hostile_address(serve: Serve, hostile_index: Path) -> str:
    """A server over texts and names that would do harm."""
    return serve(hostile_index)


# -- who visits --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Not for the session: what drives it keeps an event loop running in its thread."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


class Visit(Protocol):
    """Open an empty page whose addresses begin at ``address``."""

    def __call__(
        self,
        address: str,
        *,
        size: tuple[int, int] = (1440, 900),
        scheme: Scheme = "light",
        scripts: bool = True,
        scale: float = 1,
    ) -> Page: ...


_SLOWNESS = float(os.environ.get("GAOKU_SLOW_BROWSER") or 1)


def _slow_down(page: Page) -> None:
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": _SLOWNESS})


#: Where files are sent and runs asked for: what is refused there the page itself tells.
_TOLD = ("/add", "/index-runs")


class Watch:
    """What goes wrong in a visit: messages of the console (what the content security policy refuses is one),
    errors of scripts, dialogs, requests to other hosts."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self._address = address
        self._troubles: list[str] = []
        self._pages: set[str] = set()  # addresses that were opened, by links or by name
        self._missing: list[ConsoleMessage] = []
        self._refused: set[str] = set()
        context.on("console", self._console)
        context.on("weberror", lambda error: self._troubles.append(str(error.error)))
        context.on("dialog", self._dialog)
        context.on("request", self._request)

    def troubles(self) -> list[str]:
        """All of them so far."""
        # That a page of an error has the status of an error is as it should be; so is that of what is sent.
        missing = [m for m in self._missing if m.location["url"] not in self._pages | self._refused]
        return self._troubles + [f"{m.text} {m.location['url']}" for m in missing]

    def _console(self, message: ConsoleMessage) -> None:
        if message.text.startswith("Failed to load resource"):
            self._missing.append(message)
        elif message.type in ("error", "warning"):
            self._troubles.append(message.text)

    def _dialog(self, dialog: Dialog) -> None:
        self._troubles.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith(f"{self._address}/"):
            self._troubles.append(f"asked for {request.url}")
        if request.is_navigation_request():
            self._pages.add(request.url)
        if urlsplit(request.url).path.startswith(_TOLD):
            self._refused.add(request.url)


@pytest.fixture
def watches() -> list[Watch]:
    """The watches over the visits of this test."""
    return []


@pytest.fixture
def visit(browser: Browser, watches: list[Watch]) -> Iterator[Visit]:
    """Visits, each with cookies and storage of its own. What goes wrong in one fails its test."""
    contexts: list[BrowserContext] = []

    def start(
        address: str,
        *,
        size: tuple[int, int] = (1440, 900),
        scheme: Scheme = "light",
        scripts: bool = True,
        scale: float = 1,
    ) -> Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            java_script_enabled=scripts,
            device_scale_factor=scale,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        if _SLOWNESS > 1:
            context.on("page", _slow_down)
        contexts.append(context)
        watches.append(Watch(context, address))
        return context.new_page()

    yield start
    for context in contexts:
        context.close()
    assert [trouble for watch in watches for trouble in watch.troubles()] == []


@pytest.fixture
def page(visit: Visit, address: str) -> Page:
    """A visit to the server over FILES."""
    return visit(address, size=(1280, 800))


@pytest.fixture
def again(visit: Visit, repeated_address: str) -> Page:
    """A visit to the server over REPEATED."""
    return visit(repeated_address, size=(1280, 800))


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures are kept."""
    folder = Path(os.environ.get("GAOKU_ARTEFACTS") or ROOT / "test-artefacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core itself; the rest of its package is not needed."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
