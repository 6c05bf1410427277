"""A server with users over a folder in which everything is hostile, and what nobody may read beside it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient

from indexer import build, identity
from indexer.audit import Audit
from indexer.runs import Run, Runner
from indexer.settings import Settings
from indexer.users import Users
from tests.attacks.judging import MARK, SECRET
from tests.attacks.payloads import FORMULAS, MARKUP
from tests.attacks.surface import Surface, explore
from tests.webui.conftest import passwords_cost_little  # noqa: F401 - of all tests here, too
from webui import Rules, create_app


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The table of attacks has a make target of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.service)


#: A report in which title, heading and text are one hostile text each.
_REPORT = """{text}某某镇{year}年工作总结

一、{text}主要工作

{text}全年招商引资到位资金{n}亿元，编号{n}，修好水渠若干条，群众满意度稳步提高。
这一段在几个文件里都有：{text}今年是第{n}年，各项工作平稳推进，取得了明显的成绩。

（一）存在的问题

资金不足，{text}人手紧张，下一年继续努力。
"""


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Office:
    """The folders of an office, and servers over them."""

    root: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def settings(self) -> Path:
        return self.root / "settings"

    @property
    def index(self) -> Path:
        return self.root / "index"

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def users(self) -> Users:
        return Users(self.settings)

    @property
    def secrets(self) -> tuple[Path, ...]:
        """Files that no answer may hold, at the places that paths lead to."""
        return (self.root / "secret.txt", self.root / "资料.bak" / "secret.txt")

    def app(self, rules: Rules | None = None) -> Flask:
        return create_app(self.index, rules, clock=self.clock)

    def audit(self) -> list[dict[str, Any]]:
        file = Audit(self.settings).file
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []

    def session(self, name: str = "wang", **changes: Any) -> dict[str, Any]:
        """What the cookie of someone who is logged in holds."""
        now = int(self.clock())
        user = self.users.find(name)
        assert user is not None
        return {"user": name, "number": user.session, "id": "x", "since": now, "seen": now} | changes

    def inside(self, app: Flask, name: str = "wang") -> FlaskClient:
        """A client that is logged in."""
        client = app.test_client()
        client.set_cookie("gaoku", signed(app, self.session(name)))
        return client

    def tree(self, *, but: tuple[str, ...] = ()) -> dict[str, tuple[object, ...]]:
        """All that lies in the office, as it was written last, and where links lead; but for some folders."""
        found: dict[str, tuple[object, ...]] = {}
        for path in sorted(self.root.rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if name.startswith(but) or path.name in ("lock", identity.MARK, identity.NOTE):
                continue
            status = path.lstat()
            link = path.readlink() if path.is_symlink() else None
            of_file = (status.st_size, status.st_mtime_ns, status.st_ino) if path.is_file() else ()
            found[name] = (status.st_mode, link, *of_file)
        return found


def signed(app: Flask, values: dict[str, Any], key: bytes | str | None = None) -> str:
    """A cookie as the server signs it, or as one with another key would."""
    kept, app.secret_key = app.secret_key, key or app.secret_key
    try:
        serializer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert serializer is not None
        return str(serializer.dumps(values))
    finally:
        app.secret_key = kept


def _fill(root: Path) -> None:
    """Hostile names and texts, links to what lies beside the folder, an archive that leads out of it."""
    folder = root / f"资料<{MARK}>\"'&"
    folder.mkdir(parents=True)
    for n, (name, text) in enumerate(MARKUP.items()):
        shown = text.encode("utf-8", "replace").decode("utf-8")
        plain = shown.replace("/", "⁄").replace("\0", "")[:60]
        (folder / f"{plain}{n}.txt").write_text(_REPORT.format(text=shown, year=2001 + n, n=n + 1), "utf-8")
        below = folder / f"{n}{plain}"
        below.mkdir()
        (below / f"{name}.md").write_text(
            f"# {shown}{2001 + n}年工作计划\n\n## {shown}\n\n{shown}抓招商引资。\n"
        )
    for n, text in enumerate(FORMULAS.values()):
        shown = text.replace("\r\n", " ")
        report = _REPORT.format(text=shown, year=2001 + n, n=100 + n).replace("招商引资", "算式招商")
        (folder / f"{text.replace('/', '⁄')}{n}.txt").write_text(
            f"{shown}算式区{2001 + n}年工作总结\n\n{report}", "utf-8"
        )
    (folder / "页.html").write_text(
        f"<html><title>{MARK}</title><script>{MARK}()</script><h1>某区2020年工作总结</h1>"
        f"<p onclick={MARK}()>一、主要工作</p><p>招商引资&lt;{MARK}&gt;顺利。</p></html>",
        "utf-8",
    )
    (folder / "图.svg").write_text(f"<svg onload='{MARK}()'/>", "utf-8")
    (folder / "内.zip").write_bytes(_archive(root))
    for secret in (root / "secret.txt", root / "资料.bak" / "secret.txt"):
        secret.parent.mkdir(exist_ok=True)
        secret.write_text(f"{SECRET}机密2020年工作总结\n\n一、机密\n\n{SECRET}招商引资。\n", "utf-8")
    (folder / "链接.txt").symlink_to(root / "secret.txt")
    (folder / "链接夹").symlink_to(root / "资料.bak", target_is_directory=True)
    build.update(root / "index", [folder], Settings())


def _archive(root: Path) -> bytes:
    """Members whose names lead out of where they are unpacked, and one that is a link."""
    stream = io.BytesIO()
    report = _REPORT.format(text="", year=2019, n=7)
    with zipfile.ZipFile(stream, "w") as archive:
        for n, name in enumerate(
            ("../../evil.txt", str(root / "evil.txt"), "..\\..\\evil.txt", "C:\\evil.txt")
        ):
            archive.writestr(name, report.replace("2019", str(2010 + n)))
        archive.writestr(f"<{MARK}>.txt", report)
        link = zipfile.ZipInfo("link.txt")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, str(root / "secret.txt"))
    return stream.getvalue()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders, made once; for reading only."""
    root = tmp_path_factory.mktemp("attacked")
    _fill(root)
    users = Users(root / "settings")
    users.add("wang", "correct horse")
    users.add("李四", "correct horse")
    return root


@pytest.fixture
def office(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """With users; runs that someone starts are not really run."""
    monkeypatch.setenv("GAOKU_SETTINGS", str(filled / "settings"))
    monkeypatch.setenv("GAOKU_UPLOADS", str(filled / "uploads"))
    monkeypatch.setattr(Runner, "start", lambda runner, paths=(): Run(1, tuple(paths)))
    return Office(filled)


@pytest.fixture(scope="session")
def _explored() -> dict[Path, Surface]:
    return {}


@pytest.fixture
def surface(office: Office, _explored: dict[Path, Surface]) -> Surface:
    """Every way in; of an application with users, over the hostile folder."""
    if office.root not in _explored:
        app = office.app()
        starts = ("/", f"/?q={MARK}", "/?q=招商引资", "/files", "/templates", "/login", "/api/openapi.json")
        _explored[office.root] = explore(app, office.inside(app), *starts)
    return _explored[office.root]


@pytest.fixture
def inside(office: Office, surface: Surface) -> FlaskClient:
    """A client of that application, logged in."""
    return office.inside(surface.app)


@pytest.fixture
def unchanged(office: Office) -> Iterator[Callable[[], None]]:
    """All that lies in the office is the same afterwards, but for the lines of the audit; and the uploads
    folder, which is there to be changed: see test_uploads.py."""
    settled = ("settings/audit.log", "uploads")
    before = office.tree(but=settled)

    def compare() -> None:
        assert office.tree(but=settled) == before

    yield compare
    compare()
