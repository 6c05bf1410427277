"""What starts a bundle: who fits, where it installs, when again, and what it says where it cannot."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bundling.build import START
from bundling.targets import PLATFORMS, PYTHONS, Target

needs_sh = pytest.mark.skipif(os.name == "nt", reason="start.bat is for Windows")

ABOUT = {
    "version": "1",
    "extras": [],
    "targets": {
        "cp310-linux-x86_64": {"glibc": [2, 17]},
        "cp311-linux-x86_64": {"glibc": [2, 27]},
        "cp311-win-amd64": {"glibc": [0, 0]},
    },
}
COVERED = (
    "this bundle is for linux-x86_64 (glibc 2.17 or newer) with Python 3.10; "
    "linux-x86_64 (glibc 2.27 or newer) with Python 3.11; win-amd64 with Python 3.11"
)


@pytest.fixture
def start(tmp_path: Path) -> ModuleType:
    """The start script of a bundle in a folder of its own."""
    file = shutil.copy2(START / "start.py", tmp_path / "start.py")
    spec = importlib.util.spec_from_file_location("start", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def machine(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine that is covered; tests change one thing about it."""
    monkeypatch.setattr(sys, "version_info", (3, 11, 4))
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")
    monkeypatch.setattr(sys, "maxsize", 2**63 - 1)
    monkeypatch.setattr(sysconfig, "get_platform", lambda: "linux-x86_64")
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: None)
    monkeypatch.setattr(start, "glibc", lambda: (2, 28))
    return monkeypatch


def refusal(start: ModuleType) -> str:
    with pytest.raises(start.StartError) as caught:
        start.this_target(ABOUT)
    said = str(caught.value)
    assert said.endswith(COVERED) and "\n" not in said
    return said.removesuffix(f"; {COVERED}")


def test_a_machine_that_is_covered(start: ModuleType, machine: pytest.MonkeyPatch) -> None:
    assert start.this_target(ABOUT) == "cp311-linux-x86_64"
    machine.setattr(start, "glibc", lambda: (2, 27))
    assert start.this_target(ABOUT) == "cp311-linux-x86_64"
    machine.setattr(sysconfig, "get_platform", lambda: "win-amd64")
    machine.setattr(start, "glibc", lambda: None)
    assert start.this_target(ABOUT) == "cp311-win-amd64"


@pytest.mark.parametrize("version", [(3, 9, 1), (3, 12, 0), (3, 14, 0)])
def test_a_python_that_is_not_covered(
    start: ModuleType, machine: pytest.MonkeyPatch, version: tuple[int, ...]
) -> None:
    machine.setattr(sys, "version_info", version)
    python = f"{version[0]}.{version[1]}"
    assert refusal(start) == f"no wheels for Python {python} on linux-x86_64 (/usr/bin/python3)"


@pytest.mark.parametrize("name", ["win-arm64", "macosx-11.0-arm64", "linux-riscv64", "linux-aarch64"])
def test_a_machine_that_is_not_covered(start: ModuleType, machine: pytest.MonkeyPatch, name: str) -> None:
    machine.setattr(sysconfig, "get_platform", lambda: name)
    assert refusal(start) == f"no wheels for Python 3.11 on {name} (/usr/bin/python3)"


def test_musl(start: ModuleType, machine: pytest.MonkeyPatch) -> None:
    machine.setattr(start, "glibc", lambda: None)
    assert refusal(start) == "this system has no glibc (musl, as in Alpine?)"


def test_an_old_glibc(start: ModuleType, machine: pytest.MonkeyPatch) -> None:
    machine.setattr(start, "glibc", lambda: (2, 17))
    assert refusal(start) == "this system has glibc 2.17, 2.27 is needed"


def test_32_bits(start: ModuleType, machine: pytest.MonkeyPatch) -> None:
    machine.setattr(sys, "maxsize", 2**31 - 1)
    assert refusal(start) == "this Python is a 32-bit one (linux-x86_64)"


def test_other_pythons(start: ModuleType, machine: pytest.MonkeyPatch) -> None:
    with machine.context() as patch:
        patch.setattr(sysconfig, "get_config_var", lambda name: name == "Py_GIL_DISABLED")
        assert refusal(start) == "this Python is a free-threaded one; the usual one is needed"
    machine.setattr(platform, "python_implementation", lambda: "PyPy")
    machine.setattr(sys.implementation, "name", "pypy")
    assert refusal(start) == "this Python is PyPy; CPython is needed"


@pytest.mark.parametrize(
    ("said", "version"), [("glibc 2.36", (2, 36)), ("glibc 2.5.90", (2, 5)), (None, None), ("musl 1.2", None)]
)
def test_the_version_of_glibc(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, said: str | None, version: tuple[int, ...] | None
) -> None:
    monkeypatch.setattr(os, "confstr", lambda name: said)
    assert start.glibc() == version


def test_no_ensurepip(start: ModuleType, machine: pytest.MonkeyPatch) -> None:
    machine.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(start.StartError, match=r"no ensurepip\); install the package python3\.11-venv$"):
        start.require_venv()


def test_the_names_of_targets_are_those_that_are_built(
    start: ModuleType, machine: pytest.MonkeyPatch
) -> None:
    for target in (Target(python, each) for python in PYTHONS for each in PLATFORMS):
        machine.setattr(sys, "version_info", (*map(int, target.python.split(".")), 2))
        machine.setattr(sysconfig, "get_platform", lambda target=target: target.platform)
        assert start.this_target({"targets": {target.name: {"glibc": [0, 0]}}}) == target.name


# -- install ----------------------------------------------------------------------------------------


class Steps:
    """Stands for the commands of an installation: makes what they make, or fails at one."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, ...]] = []
        self.fails = ""

    def __call__(self, command: tuple[str, ...], **options: Any) -> subprocess.CompletedProcess[bytes]:
        assert not [name for name in options["env"] if name.startswith("PIP_") and name != "PIP_CONFIG_FILE"]
        assert "PYTHONPATH" not in options["env"]
        self.commands.append(command)
        if command[2] == self.fails:
            return subprocess.CompletedProcess(command, 1, b"much\nERROR: the reason\n")
        if command[2] == "venv":
            Path(command[3]).mkdir()
            Path(command[3], "pyvenv.cfg").write_text("")
        return subprocess.CompletedProcess(command, 0, b"")


@pytest.fixture
def steps(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Steps:
    made = Steps()
    monkeypatch.setattr(start.subprocess, "run", made)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    return made


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "cp311.txt"
    file.write_text("a==1\n")
    return file


def test_installs_once(start: ModuleType, steps: Steps, tmp_path: Path, lock: Path) -> None:
    venv = tmp_path / "venv"
    start.install(venv, lock, "1")
    assert [command[2] for command in steps.commands] == ["venv", "pip"]
    assert {"--no-index", "--require-hashes", "--isolated", str(lock), str(tmp_path / "wheels")} <= set(
        steps.commands[1]
    )
    start.install(venv, lock, "1")
    assert len(steps.commands) == 2


def test_another_lock_installs_anew(start: ModuleType, steps: Steps, tmp_path: Path, lock: Path) -> None:
    venv = tmp_path / "venv"
    start.install(venv, lock, "1")
    (venv / "old.py").write_text("")
    lock.write_text("a==2\n")
    start.install(venv, lock, "2")
    assert len(steps.commands) == 4 and not (venv / "old.py").exists()
    (venv.rename(tmp_path / "moved"))
    start.install(tmp_path / "moved", lock, "2")
    assert len(steps.commands) == 6


@pytest.mark.parametrize("fails", ["venv", "pip"])
def test_what_fails_is_done_again(
    start: ModuleType, steps: Steps, tmp_path: Path, lock: Path, fails: str
) -> None:
    steps.fails = fails
    with pytest.raises(start.StartError, match=r"^cannot be installed: ERROR: the reason \(all of it is in "):
        start.install(tmp_path / "venv", lock, "1")
    assert "much" in (tmp_path / "install.log").read_text()
    steps.fails = ""
    start.install(tmp_path / "venv", lock, "1")
    assert [command[2] for command in steps.commands[-2:]] == ["venv", "pip"]


def test_a_folder_that_is_no_environment_is_left_alone(
    start: ModuleType, steps: Steps, tmp_path: Path, lock: Path
) -> None:
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "mine.docx").write_text("")
    with pytest.raises(start.StartError, match="is in the way: it is no environment of Python"):
        start.install(tmp_path / "venv", lock, "1")
    assert (tmp_path / "venv" / "mine.docx").exists() and steps.commands == []


def test_a_folder_that_cannot_be_written(
    start: ModuleType, steps: Steps, tmp_path: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(start.StartError, match=r"^cannot write to .*; name another folder with the variable"):
        start.install(tmp_path / "file" / "venv", lock, "1")

    def refused(**options: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(start.tempfile, "TemporaryFile", refused)
    with pytest.raises(start.StartError, match=r"^cannot write to"):
        start.install(tmp_path / "venv", lock, "1")
    assert steps.commands == []


def test_what_another_account_installed_is_run(
    start: ModuleType, steps: Steps, tmp_path: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start.install(tmp_path / "venv", lock, "1")
    monkeypatch.delattr(start, "require_writable")
    monkeypatch.delattr(start, "alone")
    start.install(tmp_path / "venv", lock, "1")


# -- run ----------------------------------------------------------------------------------------------


@pytest.fixture
def runs(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What is run, without the program itself."""
    ran: list[list[str]] = []

    def call(command: list[str]) -> int:
        ran.append(command)
        return 0

    def execute(program: str, command: list[str]) -> None:
        assert program == command[0]
        ran.append(command)
        raise SystemExit(0)

    monkeypatch.setattr(start.subprocess, "call", call)
    monkeypatch.setattr(start.os, "execv", execute)
    for name in ("GAOKU_INDEX", "GAOKU_SETTINGS"):
        monkeypatch.setenv(name, "")  # put back as it was at the end
        monkeypatch.delenv(name)
    return ran


@needs_sh
@pytest.mark.parametrize(
    ("folders", "arguments", "wanted"),
    [
        ([], [], [["serve"]]),
        (["报告", "corpus"], [], [["index", "报告"], ["serve"]]),
        (["corpus"], [], [["index", "corpus"], ["serve"]]),
        (["报告"], ["search", "安全 生产"], [["search", "安全 生产"]]),
    ],
)
def test_what_is_run(
    start: ModuleType,
    runs: list[list[str]],
    tmp_path: Path,
    folders: list[str],
    arguments: list[str],
    wanted: list[list[str]],
) -> None:
    for name in folders:
        (tmp_path / name).mkdir()
    with pytest.raises(SystemExit):
        start.run(tmp_path / "venv", tmp_path, arguments)
    programs = tmp_path / "venv" / "bin"
    assert {tuple(command[:2]) for command in runs} == {(f"{programs}/python", f"{programs}/gaoku")}
    assert [[part.removeprefix(f"{tmp_path}/") for part in command[2:]] for command in runs] == wanted
    assert os.environ["GAOKU_INDEX"] == str(tmp_path / "index")
    assert os.environ["GAOKU_SETTINGS"] == str(tmp_path / "settings")


@needs_sh
def test_settings_that_are_given_stay(
    start: ModuleType, runs: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAOKU_INDEX", "/srv/index")
    with pytest.raises(SystemExit):
        start.run(tmp_path / "venv", tmp_path, ["serve"])
    assert os.environ["GAOKU_INDEX"] == "/srv/index"


# -- start.sh ---------------------------------------------------------------------------------------


def shell(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    script = shutil.copy2(START / "start.sh", folder / "start.sh")
    return subprocess.run(
        ["/bin/sh", script], capture_output=True, text=True, env=environment, check=False, timeout=60
    )


def tools(folder: Path, **python: str) -> str:
    """A PATH with what start.sh needs and these Pythons: programs of sh."""
    folder.mkdir()
    for name in ("readlink", "dirname"):
        (folder / name).symlink_to(shutil.which(name) or "")
    for name, text in python.items():
        program = folder / name.replace("_", ".")
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    return str(folder)


@needs_sh
def test_no_python(tmp_path: Path) -> None:
    done = shell(tmp_path, PATH=tools(tmp_path / "bin"))
    assert done.returncode == 1
    assert done.stderr == "gaoku: Python is missing or too old; this bundle needs one of: @PYTHONS@\n"


@needs_sh
def test_a_python_that_is_too_old_to_say_so(tmp_path: Path) -> None:
    done = shell(tmp_path, PATH=tools(tmp_path / "bin", python3="echo SyntaxError >&2; exit 1"))
    assert done.returncode == 1
    assert done.stderr.startswith("gaoku: Python is missing or too old;")


@needs_sh
def test_the_newest_python_that_fits(tmp_path: Path) -> None:
    path = tools(
        tmp_path / "bin",
        python3_13="exit 1",
        python3_12='[ "$2" = --fits ] && exit 0; echo "twelve $1 $2"',
        python3="echo plain",
    )
    assert shell(tmp_path, PATH=path).stdout == f"twelve {tmp_path}/start.py \n"
    given = shell(tmp_path, PATH=path, GAOKU_PYTHON=f"{path}/python3").stdout
    assert given == "plain\n"


@needs_sh
def test_where_none_fits_python_says_why(start: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text(
        json.dumps(ABOUT | {"targets": {"cp399-win-amd64": {"glibc": [0, 0]}}})
    )
    path = tools(tmp_path / "bin", python3=f'exec "{sys.executable}" "$@"')
    done = shell(tmp_path, PATH=path)
    assert done.returncode == 1
    assert done.stderr.startswith("gaoku: no wheels for Python ") and done.stderr.count("\n") == 1
    assert done.stderr.endswith("this bundle is for win-amd64 with Python 3.99\n")
