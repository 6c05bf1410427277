"""Users, the key of their sessions, the audit, and the commands for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.security import check_password_hash, generate_password_hash

from indexer import users as module
from indexer.audit import Audit
from indexer.cli import main
from indexer.errors import GaokuError, NotFoundError, UsageError
from indexer.users import Users, clean_name, secret_key

RIGHT = "correct horse 电池"


@pytest.fixture
def users(tmp_path: Path) -> Users:
    return Users(tmp_path / "settings")


def test_only_the_right_password(users: Users) -> None:
    users.add("张三", RIGHT)
    found = users.check("张三", RIGHT)
    assert found is not None and found.name == "张三"
    for wrong in ("", RIGHT[:-1], RIGHT + "x", RIGHT.upper(), "\ud800", "\0", RIGHT + "x" * 5000):
        assert users.check("张三", wrong) is None
    for name in ("李四", "", "张三:", "../张三", "\ud800", "张" * 1000):
        assert users.check(name, RIGHT) is None


def test_one_name_and_one_password_however_they_are_typed(users: Users) -> None:
    users.add("Ｗａｎｇ", "cafe\u0301 12345")
    assert users.check("wANG", "caf\u00e9 12345") is not None
    with pytest.raises(UsageError, match="there is a user wang"):
        users.add("wang", RIGHT)


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a:b", "a/b", "a\nb", "a\u202eb", "a\0", "\ud800", "a" * 65, "<b>", "-x", ".x"]
)
def test_what_is_no_name(users: Users, name: str) -> None:
    with pytest.raises(UsageError, match="a name has"):
        users.add(name, RIGHT)
    assert users.all() == {}


@pytest.mark.parametrize("password", ["", "short12", "长" * 1025])
def test_what_is_no_password(users: Users, password: str) -> None:
    with pytest.raises(UsageError, match="a password has 8 to"):
        users.add("wang", password)
    assert users.all() == {}


@pytest.mark.parametrize(
    "password",
    [
        "wangwang",
        "WANGwangWang",
        "12345678",
        "87654321",
        "90123456",
        "qwertyui",
        "Password",
        "88888888",
        "aabbaabb",
    ],
)
def test_what_is_guessed_first_is_no_password(users: Users, password: str) -> None:
    with pytest.raises(UsageError, match="choose another"):
        users.add("wang", password)
    users.add("wang", f"{password} 及第")
    with pytest.raises(UsageError, match="choose another"):
        users.change_password("wang", password)


def test_passwords_are_kept_as_hashes_for_the_owner_alone(users: Users) -> None:
    users.add("wang", RIGHT)
    users.add("li", RIGHT)
    file = users.folder / module.USERS
    assert RIGHT not in file.read_text("utf-8")
    hashes = {user.password for user in users.all().values()}
    assert len(hashes) == 2  # each with a salt of its own
    assert all(h.startswith("scrypt:32768:8:1$") for h in hashes)
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in users.folder.iterdir()} <= {module.USERS, ".users.lock"}


def test_a_session_number_is_never_used_again(users: Users) -> None:
    numbers = [users.add("wang", RIGHT).session, users.change_password("wang", RIGHT).session]
    users.remove("wang")
    numbers.append(users.add("wang", RIGHT).session)
    assert len(set(numbers)) == 3


def test_who_is_unknown_cannot_be_changed(users: Users) -> None:
    with pytest.raises(NotFoundError):
        users.change_password("wang", RIGHT)
    with pytest.raises(NotFoundError):
        users.remove("wang")


def test_changes_of_another_process_are_seen(users: Users) -> None:
    other = Users(users.folder)
    assert users.find("wang") is None
    other.add("wang", RIGHT)
    assert users.find("wang") is not None
    other.remove("wang")
    assert users.find("wang") is None


def test_an_unknown_name_is_hashed_for_as_long_as_a_known_one(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    users.add("wang", RIGHT)
    costs: list[str] = []
    check = check_password_hash

    def counted(hashed: str, password: str) -> bool:
        method, salt, digest = hashed.split("$")
        costs.append(f"{method} {len(salt)} {len(digest)} {len(password)}")
        return check(hashed, password)

    monkeypatch.setattr(module, "check_password_hash", counted)
    for name in ("wang", "li", "", "a:b"):
        assert users.check(name, "wrong password") is None
    assert len(costs) == 4
    assert len(set(costs)) == 1


def test_the_hash_of_nobody_is_a_hash_of_today() -> None:
    assert [len(p) for p in module._NOBODYS.split("$")] == [
        len(p) for p in generate_password_hash("x", module._METHOD).split("$")
    ]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"users": [{}]}', '{"users": [{"name": 1, "password": "", "session": ""}]}'],
)
def test_a_damaged_file_lets_nobody_in(users: Users, content: str) -> None:
    users.add("wang", RIGHT)
    (users.folder / module.USERS).write_text(content, "utf-8")
    for _ in range(2):
        with pytest.raises(GaokuError, match="is damaged"):
            users.all()
    with pytest.raises(GaokuError, match="is damaged"):
        users.add("li", RIGHT)


def test_users_added_at_the_same_time_are_all_there(users: Users) -> None:
    names = [f"user{n}" for n in range(6)]
    threads = [threading.Thread(target=Users(users.folder).add, args=(name, RIGHT)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(users.all()) == names


# -- the key -----------------------------------------------------------------------------------------------


def test_the_key_is_made_once_even_by_two_processes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from indexer.users import secret_key; sys.stdin.read(1);"
        " print(secret_key(Path(sys.argv[1])).hex())"
    )
    folder = tmp_path / "settings"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()
    keys = {process.communicate()[0].strip() for process in processes}
    assert len(keys) == 1
    assert secret_key(folder).hex() in keys
    assert len(secret_key(folder)) == 32
    if os.name == "posix":
        assert (folder / module.KEY).stat().st_mode & 0o777 == 0o600
    assert secret_key(tmp_path / "other").hex() not in keys


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_key_that_others_may_read_is_closed(tmp_path: Path) -> None:
    secret_key(tmp_path)
    (tmp_path / module.KEY).chmod(0o644)
    secret_key(tmp_path)
    assert (tmp_path / module.KEY).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"00", b"\xff" * 64, b"zz" * 32])
def test_a_damaged_key_is_no_key(tmp_path: Path, content: bytes) -> None:
    (tmp_path / module.KEY).write_bytes(content)
    with pytest.raises(GaokuError, match="is damaged"):
        secret_key(tmp_path)


# -- the audit ---------------------------------------------------------------------------------------------


def test_each_line_of_the_audit_is_one_object(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "settings")
    name = 'a\n{"what": "log-in"}\u2028\ud800"'
    audit.write("log-in failed", user=name, address="10.0.0.1")
    audit.write("export", user="wang", address="10.0.0.1", query="招商", count=3)
    lines = audit.file.read_bytes().split(b"\n")
    assert lines.pop() == b""
    first, second = map(json.loads, lines)
    assert all(line.decode().isprintable() for line in lines)
    assert "招商".encode() in lines[1]  # to be looked for
    assert (first["user"], first["what"]) == (name, "log-in failed")
    assert {k: v for k, v in second.items() if k != "time"} == {
        "user": "wang", "address": "10.0.0.1", "what": "export", "query": "招商", "count": 3,
    }  # fmt: skip
    assert second["time"].endswith("+00:00")
    if os.name == "posix":
        assert audit.file.stat().st_mode & 0o777 == 0o600


def test_an_audit_that_cannot_be_written_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "settings").write_text("a file")
    Audit(tmp_path / "settings").write("log-in", user="wang")
    assert '"what": "log-in"' in caplog.text


def test_a_line_that_is_cut_is_logged_and_ends_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    audit = Audit(tmp_path)
    audit.write("log-in", user="wang")
    real = os.write
    with monkeypatch.context() as filling:
        filling.setattr(os, "write", lambda number, data: real(number, data[:30]))
        audit.write("export", user="li")
    assert '"user": "li"' in caplog.text
    audit.write("log-out", user="wang")
    first, cut, last = audit.file.read_text("utf-8").splitlines()
    assert (json.loads(first)["what"], json.loads(last)["what"]) == ("log-in", "log-out")
    assert len(cut) == 30


# -- the commands ------------------------------------------------------------------------------------------


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path))
    users = Users(tmp_path)

    def run(*args: str, given: str = "") -> tuple[int, str]:
        result = CliRunner().invoke(main, ["user", *args], input=given)
        assert "Traceback" not in result.output
        return result.exit_code, result.output

    assert run("list") == (0, "")
    assert run("add", "Wang", given=f"{RIGHT}\r\n")[0] == 0
    assert users.check("wang", RIGHT) is not None
    assert run("add", "wang", given=f"{RIGHT}\n")[0] == 2
    assert run("add", "li", given="short\n")[0] == 2
    assert run("add", "a b", given=f"{RIGHT}\n")[0] == 2
    assert run("passwd", "wang", given="another password")[0] == 0
    assert users.check("wang", "another password") is not None
    assert run("passwd", "li", given=f"{RIGHT}\n")[0] == 1
    for name in ("wang", "a b"):  # told before the password is asked for
        assert "a password has" not in run("add", name, given="short\n")[1]
    assert run("add", "hui", given=f"\ufeff{RIGHT}\n")[0] == 0
    assert users.check("hui", RIGHT) is not None
    assert run("remove", "hui")[0] == 0
    result = CliRunner().invoke(main, ["user", "add", "hui"], input=b"good\xffpassword\n")
    assert (result.exit_code, "UTF-8" in result.output) == (2, True)
    assert run("list") == (0, "wang\n")
    assert json.loads(run("list", "--json")[1]) == {"users": ["wang"]}
    status, said = run("remove", "wang")
    assert status == 0
    assert "no users are left" in said
    assert run("remove", "wang")[0] == 1
    audit = [json.loads(line) for line in Audit(tmp_path).file.read_text("utf-8").splitlines()]
    assert [(line["what"], line["user"]) for line in audit] == [
        ("user added", "wang"), ("password changed", "wang"), ("user added", "hui"), ("user removed", "hui"),
        ("user removed", "wang"),
    ]  # fmt: skip
    assert RIGHT not in json.dumps(audit, ensure_ascii=False)


def test_clean_name_is_its_own() -> None:
    for name in ("王小明", "wang.li-2@office_1", "Straße"):
        assert clean_name(clean_name(name)) == clean_name(name)
