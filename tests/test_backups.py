"""Backup and restore: the same answers after, nothing half done, nothing believed that an archive says."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import pickle
import re
import shutil
import signal
import stat
import tarfile
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from indexer import as_json, backups, build, home
from indexer.backups import CHECKSUMS, HEADER, Places, back_up, restore
from indexer.cli import main
from indexer.errors import CorruptIndexError, GaokuError, LockedIndexError, NoIndexError
from indexer.families import store
from indexer.library import Library
from indexer.removed import Removed
from indexer.search import make_question, search
from indexer.settings import Settings
from indexer.similar import similar_to_place
from indexer.uploads import Inbox
from indexer.users import Users
from webui import create_app

pytestmark = pytest.mark.service

REPORT = """{unit}{year}年度工作总结及{next}年工作计划
一、{year}年工作总结
（一）招商引资成效明显。全年签约项目{n}个，招商引资到位资金{n}亿元，同比增长{n}%，服务企业更加周到。
（二）项目建设扎实推进。重点项目开工{n}个，竣工{n}个，{own}。
二、存在的问题
征地拆迁进度偏慢，部分项目落地不快，营商环境还有差距。
"""
QUERIES = ("招商引资", '"项目建设扎实推进"', "征地 | 营商", "灯塔", "招伤引资", "部分:问题")


def fill(folder: Path, years: range, own: str = "灯塔修好") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for year in years:
        text = REPORT.format(unit="柳塘镇", year=year, next=year + 1, n=year - 1990, own=f"{own}{year}")
        (folder / f"{year}年.txt").write_text(text, "utf-8")


def answers(index: Path) -> list[Any]:
    """What the index says: to questions, of what is alike, and all its sections."""
    library = Library(index)
    try:
        found: list[Any] = []
        for query in QUERIES:
            answer = as_json.answer_json(search(library, make_question(query)))
            found.append({name: value for name, value in answer.items() if name != "took_ms"})
        reports = list(library.reports())
        found += [row for filed in reports for row in as_json.export_rows(filed)]
        for filed in reports:
            for position in (None, *range(len(filed.report.sections))):
                found.append(as_json.similar_json(similar_to_place(library, filed, position)))
        found.append([list(map(int, labels)) for _, labels in sorted(library.families().labels.items())])
        return found
    finally:
        library.close()


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for locks and the audit log."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("lock", ".users.lock", "audit.log")
    }


@dataclass(frozen=True)
class Office:
    """The folders of an office, and a backup of them."""

    root: Path
    places: Places
    file: Path

    def all(self) -> dict[str, bytes]:
        return tree(self.root)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    root = tmp_path / "单位"
    places = Places(root / "index", root / "settings", root / "uploads")
    fill(root / "报告", range(2015, 2020))
    fill(places.uploads / "甲 处", range(2020, 2022))
    (places.uploads / ".incoming").mkdir()
    (places.uploads / ".incoming" / "half").write_bytes(b"half")
    places.settings.mkdir()
    (places.settings / "dictionary.txt").write_text("启源锂电\n", "utf-8")
    (places.settings / "synonyms.txt").write_text("招引=招商引资\n", "utf-8")
    (places.settings / "users.json").write_text('{\n "users": []\n}', "utf-8")
    (places.settings / "secret.key").write_bytes(b"secret")
    build.update(places.index, [root / "报告", places.uploads], Settings())
    page = places.index / "ocr" / "0123456789abcdef" / "0.json"
    page.parent.mkdir(parents=True)
    page.write_text("{}", "ascii")
    return Office(root, places, tmp_path / "备份.tar.gz")


def elsewhere(tmp_path: Path) -> Places:
    root = tmp_path / "新机器"
    return Places(root / "index", root / "settings", root / "uploads")


def test_a_backup_into_a_folder_that_is_not_there(office: Office, tmp_path: Path) -> None:
    with pytest.raises(GaokuError, match=re.escape(f"there is no folder {tmp_path / '没有'};")):
        back_up(tmp_path / "没有" / "备份.tar.gz", office.places)


# -- there and back ----------------------------------------------------------------------------------


def test_the_same_answers_after_the_index_was_deleted(office: Office) -> None:
    before, said = office.all(), answers(office.places.index)
    count = back_up(office.file, office.places)
    assert office.all() == before
    shutil.rmtree(office.places.index)
    restored = restore(office.file, office.places)
    assert (restored.files, restored.warnings) == (count, ())
    assert answers(office.places.index) == said
    assert Library(office.places.index).verify() == []
    assert office.all() == before  # to the byte: nothing is left over, nothing is missing


def test_the_machine_is_lost(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index, the words and the users are gone: what is asked over the page is answered as before."""
    monkeypatch.setenv("GAOKU_SETTINGS", str(office.places.settings))
    for name in ("users.json", "secret.key"):  # the office's are no real ones
        (office.places.settings / name).unlink()
    Users(office.places.settings).add("wang", "correct horse")
    asked = [f"/api/search?q={query}&limit=50" for query in QUERIES]
    asked += [f"/api/families?level={level}" for level in ("paragraph", "section")]
    asked += ["/api/status", "/api/years?q=招商"]

    def ask() -> list[Any]:
        client = create_app(office.places.index).test_client()
        assert client.get("/api/status").status_code == 401
        assert client.get("/api/status", auth=("wang", "wrong horse")).status_code == 401
        answered = [client.get(path, auth=("wang", "correct horse")).get_json() for path in asked]
        first = answered[0]["hits"][0]["section"]
        answered.append(client.get(f"/api/similar?to={first}", auth=("wang", "correct horse")).get_json())
        return [{k: v for k, v in answer.items() if k != "took_ms"} for answer in answered]

    before = ask()
    found = [answer["total"] for answer in before[: len(QUERIES) + 2]]
    assert [n > 0 for n in found] == [query != "招伤引资" for query in QUERIES] + [True, True]
    assert before[-1]["hits"]
    back_up(office.file, office.places)
    shutil.rmtree(office.places.index)
    shutil.rmtree(office.places.settings)
    restore(office.file, office.places)
    assert ask() == before


def test_on_another_machine(office: Office, tmp_path: Path) -> None:
    back_up(office.file, office.places)
    places = elsewhere(tmp_path)
    restore(office.file, places)
    assert answers(places.index) == answers(office.places.index)
    assert tree(places.index) == tree(office.places.index)
    assert sorted(tree(places.settings)) == ["dictionary.txt", "synonyms.txt", "users.json"]
    assert sorted(tree(places.uploads)) == ["甲 处/2020年.txt", "甲 处/2021年.txt"]
    for name in tree(places.uploads):
        assert (places.uploads / name).stat().st_mtime == pytest.approx(
            (office.places.uploads / name).stat().st_mtime, abs=0.001
        )
    summary = build.update(office.places.index, [], Settings())
    assert summary.files.unchanged == 7


def test_only_its_owner_may_read_it(office: Office, tmp_path: Path) -> None:
    back_up(office.file, office.places)
    places = elsewhere(tmp_path)
    restore(office.file, places)
    if os.name != "nt":
        assert stat.S_IMODE(office.file.stat().st_mode) == 0o600
        assert stat.S_IMODE((places.settings / "users.json").stat().st_mode) == 0o600


def test_an_office_without_settings_and_uploads(office: Office, tmp_path: Path) -> None:
    bare = Places(office.places.index, tmp_path / "none", tmp_path / "neither")
    back_up(office.file, bare)
    places = elsewhere(tmp_path)
    restore(office.file, places)
    assert answers(places.index) == answers(office.places.index)
    assert tree(places.settings) == {}
    assert not places.uploads.exists()


def test_a_server_turns_to_what_was_restored(office: Office) -> None:
    back_up(office.file, office.places)
    said = answers(office.places.index)
    library = Library(office.places.index)
    fill(office.root / "报告", range(2010, 2013), "码头修好")
    build.update(office.places.index, [], Settings())
    assert search(library, make_question('"码头修好"')).total == 3
    restore(office.file, office.places, force=True)
    assert search(library, make_question('"码头修好"')).total == 0
    assert search(library, make_question('"灯塔修好"')).total == 7
    library.close()
    assert answers(office.places.index) == said
    assert [p.name for p in office.places.index.glob("whoosh-*")] == ["whoosh-2"]


def test_links_are_not_followed(office: Office, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    (office.places.uploads / "link.txt").symlink_to(tmp_path / "secret.txt")
    (office.places.uploads / "links").symlink_to(tmp_path)
    back_up(office.file, office.places)
    with tarfile.open(office.file) as archive:
        names = archive.getnames()
    assert [n for n in names if n.startswith("uploads/")] == [
        "uploads/甲 处/2020年.txt",
        "uploads/甲 处/2021年.txt",
    ]


def test_a_name_that_is_no_text(office: Office, tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("every name is text on Windows")
    name = os.fsdecode(b"\xff\xfe.txt")
    (office.places.uploads / name).write_text("字", "utf-8")
    back_up(office.file, office.places)
    places = elsewhere(tmp_path)
    restore(office.file, places)
    assert (places.uploads / name).read_text("utf-8") == "字"


@pytest.mark.parametrize("taken", ["甲 处/2020年.txt", "甲 处/2021年.txt"])
def test_what_is_taken_out_meanwhile_is_in_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    """Wherever it was when the folder was listed."""
    uploads = office.places.uploads
    content = (uploads / taken).read_bytes()
    real = backups._add

    def add(archive: tarfile.TarFile, name: str, path: Path) -> str:
        if name == "uploads/甲 处/2020年.txt" and (uploads / taken).exists():
            with closing(Inbox(uploads)) as inbox:
                Removed(inbox).take_out(taken)
        return real(archive, name, path)

    monkeypatch.setattr(backups, "_add", add)
    back_up(office.file, office.places)
    saved = [(member.name, content) for member, content in members(office.file)]
    (name, found) = next((n, c) for n, c in saved if n.endswith(taken))
    assert (name.startswith("uploads/.removed/"), found) == (True, content)
    assert sum(n.startswith("uploads/") for n, _ in saved) == 2


def test_what_is_put_back_meanwhile_is_in_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads, name = office.places.uploads, "甲 处/2020年.txt"
    with closing(Inbox(uploads)) as inbox:
        removed = Removed(inbox)
        stamps = [removed.take_out(name).stamp]
        real = backups._add

        def add(archive: tarfile.TarFile, name: str, path: Path) -> str:
            if name.startswith("uploads/") and stamps:
                removed.put_back(stamps.pop())
            return real(archive, name, path)

        monkeypatch.setattr(backups, "_add", add)
        back_up(office.file, office.places)
    names = [member.name for member, _ in members(office.file)]
    assert [n for n in names if n.endswith(name)] == [f"uploads/{name}"]


def test_a_target_that_is_no_file(office: Office, tmp_path: Path) -> None:
    targets = [tmp_path / "folder"]
    targets[0].mkdir()
    if os.name == "posix":
        targets += [tmp_path / "pipe", tmp_path / "link"]
        os.mkfifo(targets[1])
        targets[2].symlink_to(os.devnull)
    for target in targets:
        before = target.lstat()
        with pytest.raises(GaokuError, match="is no regular file"):
            back_up(target, office.places)
        assert target.lstat() == before


# -- who may log in after ----------------------------------------------------------------------------


def audited(places: Places) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (places.settings / "audit.log").read_text("utf-8").splitlines()]


def test_no_session_comes_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """One from before a change of the password, and one of a user who was removed since."""
    settings = office.places.settings
    monkeypatch.setenv("GAOKU_SETTINGS", str(settings))
    (settings / "secret.key").unlink()
    users = Users(settings)
    for name in ("wang", "zhang", "zhao"):
        users.add(name, "correct horse")
    app = create_app(office.places.index)

    def log_in(name: str) -> Any:
        client = app.test_client()
        token = re.findall(r'name="csrf-token" content="([^"]+)"', client.get("/login").text)[0]
        fields = {"name": name, "password": "correct horse", "csrf_token": token}
        assert client.post("/login", data=fields).status_code == 302
        return client

    def statuses() -> list[int]:
        return [client.get("/api/status").status_code for client in clients]

    clients = [log_in(name) for name in ("wang", "zhang", "zhao")]
    assert statuses() == [200] * 3
    back_up(office.file, office.places)
    users.change_password("wang", "another horse")
    users.remove("zhang")
    users.add("li", "correct horse")
    assert statuses() == [401, 401, 200]
    restored = restore(office.file, office.places, force=True)
    assert statuses() == [401] * 3
    log_in("wang")
    assert [w.partition(";")[0] for w in restored.warnings] == [
        "may log in who could not before: zhang",
        "have the password of the backup again: wang",
    ]
    lines = audited(office.places)
    assert [(line["what"], line["user"]) for line in lines if not line["what"].startswith("log-")] == [
        ("backup", None),
        ("restore", None),
        ("user added", "zhang"),
        ("password changed", "wang"),
        ("user removed", "li"),
    ]
    backup, restored_line = (line for line in lines if line["what"] in ("backup", "restore"))
    assert backup["file"] == restored_line["file"] == str(office.file)
    assert backup["files"] == restored_line["files"] == restored.files
    assert restored_line["made"] == restored.made


def test_the_same_users_are_no_reason_to_ask_for_force(office: Office) -> None:
    Users(office.places.settings).add("wang", "correct horse")
    back_up(office.file, office.places)
    before = Users(office.places.settings).all()["wang"]
    shutil.rmtree(office.places.index)
    assert restore(office.file, office.places).warnings == ()
    after = Users(office.places.settings).all()["wang"]
    assert after.password == before.password
    assert after.session != before.session


def test_a_backup_without_users_changes_none(office: Office) -> None:
    (office.places.settings / "users.json").unlink()
    back_up(office.file, office.places)
    Users(office.places.settings).add("wang", "correct horse")
    before = Users(office.places.settings).all()
    assert restore(office.file, office.places, force=True).warnings == ()
    assert Users(office.places.settings).all() == before


@pytest.mark.parametrize(
    "content", [b"{}", b"[", b'{"users": [{"name": "\\n", "password": "", "session": ""}]}']
)
def test_users_that_are_none_let_nobody_in(office: Office, content: bytes) -> None:
    back_up(office.file, office.places)
    pack(office.file, changed("users.json", content)(members(office.file)))
    restored = restore(office.file, office.places, force=True)
    assert "nobody can log in" in restored.warnings[0]
    assert (office.places.settings / "users.json").read_bytes() == content


# -- the folder for added files ----------------------------------------------------------------------


def test_a_server_that_starts_does_not_sweep_what_is_restored(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(office.file, office.places)
    shutil.rmtree(office.places.uploads)
    swept = []
    real = shutil.move

    def move(source: Path, target: Path) -> None:
        real(source, target)
        with closing(Inbox(office.places.uploads)) as inbox:
            swept.append(inbox.sweep())

    monkeypatch.setattr(shutil, "move", move)
    restore(office.file, office.places, force=True)
    assert swept == [0, 0]
    assert sorted(tree(office.places.uploads)) == ["甲 处/2020年.txt", "甲 处/2021年.txt"]


def test_a_restored_folder_takes_files(office: Office) -> None:
    """It is another than the one that was noted; what marks a folder stays where it is."""

    def add(name: str) -> str:
        with closing(Inbox.of(office.places.index, Settings(upload_free=0))) as inbox:
            return inbox.receive(name, io.BytesIO(b"text")).state

    assert add("a.txt") == "new"
    back_up(office.file, office.places)
    with tarfile.open(office.file) as archive:
        assert "uploads/.gaoku" not in archive.getnames()
    shutil.rmtree(office.places.uploads)
    restore(office.file, office.places, force=True)
    assert add("a.txt") == "known"
    assert add("b.txt") == "new"
    held = members(office.file)
    held.insert(-1, (tarfile.TarInfo("uploads/.gaoku"), b"0" * 32))
    pack(office.file, held)
    refused(office)


# -- what is refused ---------------------------------------------------------------------------------


def test_refused_while_a_run_goes_on(office: Office) -> None:
    back_up(office.file, office.places)
    before = office.all()
    with home.writing(office.places.index):
        with pytest.raises(LockedIndexError, match="another run is updating"):
            back_up(office.file.with_name("other"), office.places)
        with pytest.raises(LockedIndexError, match="another run is updating"):
            restore(office.file, office.places, force=True)
    assert not office.file.with_name("other").exists()
    assert office.all() == before


def test_a_run_that_goes_on_is_waited_for(office: Office, tmp_path: Path) -> None:
    """The backup is of the commit that the run ends with; until then all is answered as before."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(done: int, total: int, file: str) -> None:
        begun.set()
        assert go_on.wait(60)

    fill(office.root / "报告", range(2010, 2013), "码头修好")
    said = answers(office.places.index)
    with ThreadPoolExecutor() as threads:
        run = threads.submit(build.update, office.places.index, [], Settings(), progress=hold)
        assert begun.wait(60)
        with pytest.raises(LockedIndexError):
            back_up(office.file, office.places)
        backup = threads.submit(back_up, office.file, office.places, 60)
        assert answers(office.places.index) == said
        assert not backup.done()
        go_on.set()
        assert run.result().files.added == 3
        assert backup.result() > 0
    now = answers(office.places.index)
    assert now != said
    restore(office.file, elsewhere(tmp_path))
    assert answers(elsewhere(tmp_path).index) == now


def test_no_run_begins_while_a_backup_is_written(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    real = backups._write

    def write(*arguments: Any) -> int:
        with pytest.raises(LockedIndexError):
            build.update(office.places.index, [], Settings())
        tried.append(search(Library(office.places.index), make_question("招商")).total)
        return real(*arguments)

    monkeypatch.setattr(backups, "_write", write)
    back_up(office.file, office.places)
    assert tried[0] > 0


def test_no_index_no_backup(office: Office, tmp_path: Path) -> None:
    places = elsewhere(tmp_path)
    with pytest.raises(NoIndexError):
        back_up(office.file, places)
    assert not places.index.exists()
    assert not office.file.exists()


def test_a_damaged_index_is_not_saved_over_a_good_backup(office: Office) -> None:
    back_up(office.file, office.places)
    good = office.file.read_bytes()
    for segment in office.places.index.glob("whoosh-*/*.toc"):
        segment.write_bytes(b"\0" * 100)
    with pytest.raises(CorruptIndexError):
        back_up(office.file, office.places)
    assert office.file.read_bytes() == good


@pytest.mark.parametrize("folder", ["index", "settings", "uploads", "uploads/甲 处"])
def test_a_backup_does_not_hold_itself(office: Office, folder: str) -> None:
    with pytest.raises(GaokuError, match="is saved itself"):
        back_up(office.root / folder / "backup.tar.gz", office.places)


def test_nothing_is_replaced_without_force(office: Office, tmp_path: Path) -> None:
    back_up(office.file, office.places)
    before = office.all()
    with pytest.raises(GaokuError, match=r"already there: .*index; nothing was changed; .*--force"):
        restore(office.file, office.places)
    assert office.all() == before
    (office.places.index / "gaoku.json").unlink()  # lost, but the index could be salvaged
    with pytest.raises(GaokuError, match="already there"):
        restore(office.file, office.places)
    for name in ("settings/dictionary.txt", "uploads/甲 处/2020年.txt"):
        places = elsewhere(tmp_path)
        target = places.index.parent / name
        target.parent.mkdir(parents=True)
        target.write_text("别的", "utf-8")
        with pytest.raises(GaokuError, match=f"already there: .*{target.name}"):
            restore(office.file, places)
        assert tree(places.index.parent) == {name: "别的".encode()}
        shutil.rmtree(places.index.parent)


def test_force_replaces_words_and_keeps_added_files(office: Office) -> None:
    before = office.all()
    back_up(office.file, office.places)
    (office.places.settings / "dictionary.txt").write_text("别的\n", "utf-8")
    upload = office.places.uploads / "甲 处" / "2020年.txt"
    upload.write_text("后来改的", "utf-8")
    added = office.places.uploads / "后来加的.txt"
    added.write_text("后来加的", "utf-8")
    restore(office.file, office.places, force=True)
    after = tree(office.places.uploads)
    assert after.pop("甲 处/2020年 (2).txt") == "后来改的".encode()
    assert after.pop("后来加的.txt") == "后来加的".encode()
    assert {f"uploads/{n}": c for n, c in after.items()}.items() <= before.items()
    assert (office.places.settings / "dictionary.txt").read_text("utf-8") == "启源锂电\n"
    assert (office.places.settings / "secret.key").read_bytes() == b"secret"


@pytest.mark.parametrize("name", ["总" * 83 + "ab.txt", "ab" * 125 + os.fsdecode(b"\xff.txt")])
def test_force_keeps_a_file_whose_name_is_as_long_as_names_are(office: Office, name: str) -> None:
    upload = office.places.uploads / name
    upload.write_text("备份时的", "utf-8")
    back_up(office.file, office.places)
    upload.write_text("后来改的", "utf-8")
    restore(office.file, office.places, force=True)
    assert upload.read_text("utf-8") == "备份时的"
    assert [path.read_text("utf-8") for path in office.places.uploads.glob("* (2).txt")] == ["后来改的"]


@pytest.mark.parametrize("link", ["uploads/甲 处", "uploads/甲 处/2020年.txt", "settings/users.json"])
def test_nothing_is_put_behind_a_link(office: Office, tmp_path: Path, link: str) -> None:
    back_up(office.file, office.places)
    places = elsewhere(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    at = places.index.parent / link
    at.parent.mkdir(parents=True)
    at.symlink_to(outside if "." not in at.name else outside / "file")
    with pytest.raises(GaokuError, match="stands in the way"):
        restore(office.file, places, force=True)
    assert tree(outside) == {}
    assert not (places.index / "gaoku.json").exists()


def test_an_index_of_another_version_comes_back_with_a_warning(office: Office) -> None:
    pointer = home.read_pointer(office.places.index)
    assert pointer is not None
    other = home.Pointer(pointer.engine, pointer.current, {**pointer.analysis, "analysis": "0"})
    home.write_pointer(office.places.index, other)
    back_up(office.file, office.places)
    shutil.rmtree(office.places.index)
    restored = restore(office.file, office.places)
    assert "gaoku index --rebuild" in restored.warnings[0]


# -- damaged archives --------------------------------------------------------------------------------

Members = list[tuple[tarfile.TarInfo, bytes]]


def members(file: Path) -> Members:
    with tarfile.open(file) as archive:
        found = []
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            found.append((member, content.read()))
        return found


def pack(file: Path, held: Members, *, sums: bool = True) -> None:
    """An archive of these members; with ``sums`` its checksums are put right, as an attacker would."""
    if sums:
        recorded = {m.name: hashlib.sha256(c).hexdigest() for m, c in held if m.name != CHECKSUMS}
        content = json.dumps(recorded).encode("ascii")
        held = [(m, content if m.name == CHECKSUMS else c) for m, c in held]
    with tarfile.open(file, "w:gz") as archive:
        for member, content in held:
            if member.isreg():
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content) if member.isreg() else None)


def refused(office: Office, match: str = "nothing was changed") -> None:
    """The archive is refused with ``force``, and everything is as it was."""
    before = tree(office.root.parent)
    with pytest.raises(GaokuError, match=match):
        restore(office.file, office.places, force=True)
    assert tree(office.root.parent) == before


def test_packed_again_it_is_still_one(office: Office) -> None:
    """What the following tests spoil is whole before."""
    back_up(office.file, office.places)
    said = answers(office.places.index)
    pack(office.file, members(office.file))
    restore(office.file, office.places, force=True)
    assert answers(office.places.index) == said


def test_cut_short_anywhere(office: Office) -> None:
    back_up(office.file, office.places)
    whole = office.file.read_bytes()
    for length in (0, 1, 10, 50, *range(100, len(whole), len(whole) // 12), len(whole) - 1000):
        office.file.write_bytes(whole[:length])
        refused(office)


def test_the_archive_within_cut_short_anywhere(office: Office) -> None:
    """A whole gzip file of a part of the archive; tarfile takes some of these for the archive's end."""
    back_up(office.file, office.places)
    whole = gzip.decompress(office.file.read_bytes())
    end = whole.rindex(b"}") + 1
    for length in (0, 100, 512, 600, 1024, *range(2000, end, end // 10), end - 1):
        office.file.write_bytes(gzip.compress(whole[:length], 1))
        refused(office)


def test_a_bit_that_turned(office: Office) -> None:
    back_up(office.file, office.places)
    whole = bytearray(gzip.decompress(office.file.read_bytes()))
    end = whole.rindex(b"}")
    for place in (whole.index(b"MAIN_"), *range(3000, end, end // 10)):
        spoilt = bytearray(whole)
        spoilt[place] ^= 4
        if place % 512 and spoilt != whole:
            office.file.write_bytes(gzip.compress(bytes(spoilt), 1))
            before = tree(office.root)
            try:
                restore(office.file, office.places, force=True)
            except GaokuError:
                assert tree(office.root) == before
            else:  # in the padding between two files, which says nothing
                assert answers(office.places.index)


@pytest.mark.parametrize(
    "content", [b"", b"no archive", b"PK\x03\x04", gzip.compress(b"no archive", mtime=0)]
)
def test_what_is_no_backup(office: Office, content: bytes) -> None:
    office.file.write_bytes(content)
    refused(office)


def test_another_archive_is_no_backup(office: Office) -> None:
    pack(office.file, [(tarfile.TarInfo("letter.txt"), b"Hello")], sums=False)
    refused(office, f"does not begin with {HEADER}")


def test_a_missing_file_is_told(office: Office, tmp_path: Path) -> None:
    with pytest.raises(GaokuError, match="there is no file"):
        restore(tmp_path / "none", office.places)


Change = Callable[[Members], Members]


def without(end: str) -> Change:
    return lambda held: [(m, c) for m, c in held if not m.name.endswith(end)]


def changed(end: str, to: bytes) -> Change:
    return lambda held: [(m, to if m.name.endswith(end) else c) for m, c in held]


@pytest.mark.parametrize(
    "change",
    [
        without("users.json"),
        without(".seg"),
        changed("dictionary.txt", b"other"),
        changed(CHECKSUMS, b"{}"),
        changed(CHECKSUMS, b"[]"),
        changed(CHECKSUMS, b"{"),
        changed(CHECKSUMS, b"[" * 100_000),
        without(CHECKSUMS),
        lambda held: [*held, (tarfile.TarInfo("uploads/more"), b"more")],
    ],
)
def test_checksums_decide(office: Office, change: Change) -> None:
    back_up(office.file, office.places)
    pack(office.file, change(members(office.file)), sums=False)
    refused(office)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (changed(HEADER, b'{"format": 2, "gaoku": "9.0", "made": ""}'), "format 2, made by Gaoku 9.0"),
        (changed(HEADER, b'{"format": "1"}'), "is not one of Gaoku's"),
        (changed(HEADER, b"[]"), "no record"),
        (without(HEADER), "does not begin with"),
        (without("gaoku.json"), "holds no index"),
        (changed("gaoku.json", b"{}"), "not one of this version"),
        (changed(".toc", b"\0" * 100), "damaged"),
        (lambda held: [(m, c) for m, c in held if "whoosh-" not in m.name], "holds no index"),
    ],
)
def test_right_checksums_are_not_enough(office: Office, change: Change, match: str) -> None:
    back_up(office.file, office.places)
    pack(office.file, change(members(office.file)))
    refused(office, match)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "uploads/../../evil",
        "uploads/..",
        "uploads/./evil",
        "uploads//evil",
        "uploads/",
        "{here}/evil",
        "uploads",
        "evil",
        "settings/secret.key",
        "settings/sub/dictionary.txt",
        "settings/../index/gaoku.json",
        "index/lock",
        "index/scratch/evil",
        "index/whoosh-1/../../../evil",
        "index/../../evil",
        "index/whoosh-1",
        "uploads/.incoming/evil",
        "index/gaoku.json/evil",
        "uploads/甲 处/2020年.txt/evil",
        "uploads/甲 处",
    ],
)
def test_names_that_lead_elsewhere(office: Office, tmp_path: Path, name: str) -> None:
    back_up(office.file, office.places)
    held = members(office.file)
    held.insert(-1, (tarfile.TarInfo(name.replace("{here}", str(tmp_path))), b"evil"))
    pack(office.file, held)
    refused(office)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices(office: Office, tmp_path: Path, kind: bytes) -> None:
    back_up(office.file, office.places)
    held = members(office.file)
    member = tarfile.TarInfo("uploads/evil")
    member.type, member.linkname = kind, str(tmp_path)
    held.insert(-1, (member, b""))
    held.insert(-1, (tarfile.TarInfo("uploads/evil/file"), b"evil"))
    pack(office.file, held)
    refused(office, "is not a plain file")


def test_a_name_twice(office: Office) -> None:
    back_up(office.file, office.places)
    held = members(office.file)
    held.insert(-1, (tarfile.TarInfo("settings/users.json"), b"evil"))
    pack(office.file, held)
    refused(office, "is there twice")


def _raw(file: Path, *blocks: bytes) -> None:
    """An archive that begins as ours does and goes on with these blocks."""
    first = tarfile.TarInfo(HEADER)
    content = b'{"format": 1, "gaoku": "1.0", "made": ""}'
    first.size = len(content)
    with gzip.open(file, "wb") as stream:
        stream.write(first.tobuf() + content + bytes(-len(content) % 512))
        for block in blocks:
            stream.write(block)


def _header(kind: bytes, size: int, name: str = "uploads/x") -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


def _pax(text: str) -> bytes:
    """A record of a header, and the header."""
    content = f"{len(text) + 9:08d} {text}\n".encode()
    return _header(tarfile.XHDTYPE, len(content)) + content + bytes(-len(content) % 512)


_LARGE = 64 << 20


@pytest.mark.parametrize(
    "blocks",
    [
        (_header(tarfile.XHDTYPE, _LARGE), *([bytes(1 << 20)] * 64)),
        (_header(tarfile.XGLTYPE, _LARGE), *([bytes(1 << 20)] * 64)),
        (_header(tarfile.GNUTYPE_LONGNAME, _LARGE), *([b"x" * (1 << 20)] * 64)),
        (_header(tarfile.GNUTYPE_LONGLINK, _LARGE), *([b"x" * (1 << 20)] * 64)),
        (_pax("GNU.sparse.major=1") + _pax("GNU.sparse.minor=0") + _header(tarfile.REGTYPE, _LARGE),
         b"99999999\n", *([b"1\n" * (1 << 19)] * 64)),
        (_header(tarfile.XHDTYPE, 512) + b"16 comment=zero\n".ljust(512, b"\0")) * 5000,
        (_header(tarfile.REGTYPE, _LARGE, CHECKSUMS), b"{", *([b" " * (1 << 20)] * 64)),
        (_header(tarfile.REGTYPE, _LARGE, "uploads/x"), b"cut short"),
        (_header(tarfile.REGTYPE, 1 << 33, "uploads/x"), b"cut short"),
        (_header(tarfile.REGTYPE, -1, "uploads/x"), b"x"),
    ],
    ids=["pax", "global", "long name", "long link", "sparse", "chain", "sums", "cut", "8 GB", "-"],
)  # fmt: skip
def test_bombs(office: Office, blocks: tuple[bytes, ...]) -> None:
    """What is small on disk is not large in memory."""
    _raw(office.file, *(blocks if isinstance(blocks, tuple) else (blocks,)))
    assert office.file.stat().st_size < 1 << 20
    tracemalloc.start()
    try:
        refused(office)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_an_index_that_would_run_something(office: Office, tmp_path: Path) -> None:
    """Its pickles are read before anything is put in its place."""

    class Runs:
        def __reduce__(self) -> tuple[Any, ...]:
            return open, (str(tmp_path / "run"), "w")

    back_up(office.file, office.places)
    held = members(office.file)
    for n, (member, content) in enumerate(held):
        if member.name.endswith(".toc") and not member.name.endswith("_0.toc"):
            at = content.rindex(b"\x80", 0, content.rindex(b"W3Segment"))
            held[n] = (member, content[:at] + pickle.dumps(Runs()))
    pack(office.file, held)
    refused(office, "damaged")
    assert not (tmp_path / "run").exists()


def test_a_link_where_files_come_in(office: Office, tmp_path: Path) -> None:
    back_up(office.file, office.places)
    shutil.rmtree(office.places.uploads)
    office.places.uploads.mkdir()
    (tmp_path / "other").mkdir()
    (office.places.uploads / ".incoming").symlink_to(tmp_path / "other")
    refused(office, "stands in the way")
    assert not list((tmp_path / "other").iterdir())


def test_more_than_the_disk_holds(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(office.file, office.places)
    usage = shutil.disk_usage(office.root)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    refused(office, "no room")


# -- killed in the middle ----------------------------------------------------------------------------


def dies_at(step: int, work: Callable[[], object]) -> bool:
    """Work in a process that dies by SIGKILL right before the ``step``-th time that a file is put in place,
    written out or removed; False if it ends before."""
    child = os.fork()
    if child == 0:
        left = step

        def dying(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **kwargs: Any) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **kwargs)

            return call

        try:
            os.fsync = lambda fd: None  # a step like others; that the disk takes its time adds nothing
            for name in ("rename", "replace", "unlink", "fsync", "rmdir", "mkdir"):
                setattr(os, name, dying(getattr(os, name)))
            work()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    return status != 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process that is killed is made by fork")
def test_a_backup_that_is_killed_leaves_the_earlier_one(office: Office) -> None:
    back_up(office.file, office.places)
    earlier = office.file.read_bytes()
    fill(office.root / "报告", range(2010, 2012))
    build.update(office.places.index, [], Settings())
    step, died, new = 0, True, False
    while died:
        step += 1
        died = dies_at(step, lambda: back_up(office.file, office.places))
        assert not new or office.file.read_bytes() != earlier  # once it is there, it stays
        new = office.file.read_bytes() != earlier
    assert new
    assert step > 3
    with tarfile.open(office.file) as archive:
        assert archive.getnames()[-1] == CHECKSUMS
    left = [p for p in office.file.parent.iterdir() if p.name not in ("单位", "备份.tar.gz")]
    assert left
    for unfinished in left:
        os.utime(unfinished, (0, 0))
    back_up(office.file, office.places)
    assert sorted(p.name for p in office.file.parent.iterdir()) == ["单位", "备份.tar.gz"]


def state(index: Path) -> str:
    """A digest of what the index holds as of its last commit."""
    library = Library(index)
    try:
        with library.reader() as reader:
            return store.state_of(reader)
    finally:
        library.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process that is killed is made by fork")
@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.hostile)])
def test_a_restore_that_is_killed_leaves_one_index_or_the_other(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    monkeypatch.setattr(os, "fsync", lambda fd: None)
    back_up(office.file, office.places)
    said = {"saved": answers(office.places.index)}
    saved = state(office.places.index)
    fill(office.root / "报告", range(2010, 2012), "码头修好")
    fill(office.places.uploads / "甲 处", range(2020, 2021), "码头修好")
    build.update(office.places.index, [], Settings())
    said["later"] = answers(office.places.index)
    later = state(office.places.index)
    assert saved != later
    changed_upload = (office.places.uploads / "甲 处" / "2020年.txt").read_bytes()
    states: list[str] = []
    step, died = 1 - every, True
    while died:
        step += every
        assert step < 200
        root = tmp_path / "killed"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(office.root, root)
        places = Places(root / "index", root / "settings", root / "uploads")
        died = dies_at(step, lambda: restore(office.file, places, force=True))  # noqa: B023
        held = state(places.index)
        assert held in (saved, later), f"step {step}"
        states.append("saved" if held == saved else "later")
        turning = len(set(states[-2:])) == 2
        if step == 1 or turning or not died:  # in between the digest tells
            assert answers(places.index) == said[states[-1]], f"step {step}"
        assert changed_upload in tree(places.uploads).values(), f"step {step}"  # no file is lost
        restore(office.file, places, force=True)
        assert state(places.index) == saved, f"step {step}"
        if step == 1 or turning or not died:
            assert answers(places.index) == said["saved"], f"step {step}"
        assert sum(p.is_dir() for p in places.index.glob("*-*")) == 1
        assert not (places.index / "scratch").exists()
    assert len(states) > 10
    assert states == sorted(states)
    assert (states[0], states[-1]) == ("later", "saved")


# -- the commands ------------------------------------------------------------------------------------


def run(office: Office, *arguments: str) -> Result:
    environment = {"GAOKU_INDEX": str(office.places.index), "GAOKU_SETTINGS": str(office.places.settings)}
    return CliRunner().invoke(main, list(arguments), env=environment)


def test_the_commands(office: Office) -> None:
    said = answers(office.places.index)
    result = run(office, "backup", str(office.file))
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"bytes written to {office.file}" in result.stdout
    result = run(office, "restore", str(office.file))
    assert result.exit_code == 1
    assert result.stderr.startswith("gaoku: already there")
    assert len(result.stderr.splitlines()) == 1
    for folder in (office.places.index, office.places.uploads, office.places.settings):
        shutil.rmtree(folder)
    result = run(office, "restore", str(office.file), "--index", str(office.places.index))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "files restored, as of 20" in result.stdout
    assert answers(office.places.index) == said
    assert (office.places.uploads / "甲 处" / "2021年.txt").is_file()
    assert run(office, "restore", str(office.file), "--force").exit_code == 0
