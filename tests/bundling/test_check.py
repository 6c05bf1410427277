"""A bundle that is not whole is told, whichever way, also for machines that this one is not."""

from __future__ import annotations

import json
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.version import Version

from bundling import build
from bundling.__main__ import main
from bundling.build import archive, finish, part, write_locks
from bundling.check import problems, read_lock, target_named
from bundling.resolve import Pin
from bundling.wheels import Package, package_of, sha256

WINDOWS, LINUX = target_named("cp311-win-amd64"), target_named("cp311-linux-x86_64")
GAOKU = Package("gaoku", Version("1"))


def wheel(folder: Path, name: str, *requires: str, python: str = ">=3.10") -> Path:
    """A wheel with nothing in it but what it says of itself."""
    folder.mkdir(parents=True, exist_ok=True)
    package, version = name.split("-")[:2]
    lines = [f"Name: {package}", f"Version: {version}", f"Requires-Python: {python}"]
    lines += [f"Requires-Dist: {each}" for each in requires]
    path = folder / f"{name}.whl"
    with zipfile.ZipFile(path, "w") as zipped:
        said = "\n".join(["Metadata-Version: 2.1", *lines])
        zipped.writestr(f"{package}-{version}.dist-info/METADATA", said + "\n\n")
        zipped.writestr(f"{package}-{version}.dist-info/WHEEL", f"Tag: {name}\n")
    return path


def lock(bundle: Path, wheels: dict[str, Sequence[Path]]) -> None:
    pins = {
        target_named(name): {
            package.name: Pin(package, sha256(path)) for path in paths for package in [package_of(path)]
        }
        for name, paths in wheels.items()
    }
    write_locks(bundle, pins)
    finish(bundle, GAOKU, [], list(pins))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A small bundle for two targets: a pure wheel for both, a compiled one, one for Windows alone."""
    folder = tmp_path / "bundle"
    wheels = folder / "wheels"
    app = wheel(wheels, "gaoku-1-py3-none-any", "fast >=2", "color; sys_platform == 'win32'")
    windows = wheel(wheels, "fast-2-cp311-cp311-win_amd64")
    linux = wheel(wheels, "fast-2-cp311-cp311-manylinux_2_17_x86_64.manylinux_2_27_x86_64")
    color = wheel(wheels, "color-1-py2.py3-none-any")
    lock(folder, {WINDOWS.name: [app, windows, color], LINUX.name: [app, linux]})
    return folder


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_a_whole_one(bundle: Path) -> None:
    assert problems(bundle) == []
    about = json.loads((bundle / "bundle.json").read_text("utf-8"))
    assert about["targets"] == {WINDOWS.name: {"glibc": [0, 0]}, LINUX.name: {"glibc": [2, 17]}}
    done = CliRunner().invoke(main, ["check", str(bundle)])
    assert done.exit_code == 0
    assert done.stdout == "Python 3.11 on linux-x86_64: complete\nPython 3.11 on win-amd64: complete\n"


def test_a_wheel_that_is_gone(bundle: Path) -> None:
    (bundle / "wheels/fast-2-cp311-cp311-win_amd64.whl").unlink()
    assert problems(bundle) == [
        "cp311-win-amd64: no wheel of fast 2 with the digest of the lock",
        "cp311-win-amd64: nothing meets fast>=2",
    ]
    done = CliRunner().invoke(main, ["check", str(bundle)])
    assert done.exit_code == 1
    assert "nothing meets fast>=2" in done.stderr


def test_a_wheel_that_was_changed(bundle: Path) -> None:
    wheel(bundle / "wheels", "color-1-py2.py3-none-any", "more")
    assert problems(bundle) == [
        "cp311-win-amd64: no wheel of color 1 with the digest of the lock",
        "cp311-win-amd64: nothing meets color",
        "color-1-py2.py3-none-any.whl: no lock names it",
    ]


def test_a_wheel_that_was_cut_short(bundle: Path) -> None:
    color = bundle / "wheels/color-1-py2.py3-none-any.whl"
    color.write_bytes(color.read_bytes()[:-30])
    assert problems(bundle) == [
        "cp311-win-amd64: no wheel of color 1 with the digest of the lock",
        "cp311-win-amd64: nothing meets color",
        "color-1-py2.py3-none-any.whl: no lock names it",
    ]


def test_a_wheel_that_is_none(bundle: Path) -> None:
    """Though the lock has its digest; and one that cannot be opened."""
    color = bundle / "wheels/color-1-py2.py3-none-any.whl"
    digest = sha256(color)
    color.write_bytes(b"PK")
    edit(bundle / "lock" / f"{WINDOWS.name}.txt", digest, sha256(color))
    (bundle / "wheels/folder.whl").mkdir()
    told = problems(bundle)
    assert told[0] == "color-1-py2.py3-none-any.whl cannot be read: File is not a zip file"
    assert told[1].startswith("folder.whl cannot be read: ")
    assert told[2:] == [
        "cp311-win-amd64: no wheel of color 1 with the digest of the lock",
        "cp311-win-amd64: nothing meets color",
    ]


def test_a_folder_that_is_no_bundle(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["check", str(tmp_path)])
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "this is no bundle, or it is damaged: " in done.stderr and "bundle.json" in done.stderr


@pytest.mark.parametrize("name", ["bundle.json", f"lock/{WINDOWS.name}.txt"])
def test_a_list_that_was_cut_short(bundle: Path, name: str) -> None:
    (bundle / name).write_bytes((bundle / name).read_bytes()[:-5])
    assert problems(bundle)[0].startswith("this is no bundle, or it is damaged: ")


def test_a_wheel_for_another_machine(bundle: Path) -> None:
    windows, linux = ((bundle / "lock" / f"{each.name}.txt") for each in (WINDOWS, LINUX))
    digest = read_lock(windows.read_text("utf-8"))["fast"][1]
    edit(linux, read_lock(linux.read_text("utf-8"))["fast"][1], digest)
    assert "cp311-linux-x86_64: fast-2-cp311-cp311-win_amd64.whl does not run there" in problems(bundle)


def test_what_only_one_platform_needs_is_missing_there(bundle: Path) -> None:
    windows = bundle / "lock" / f"{WINDOWS.name}.txt"
    lines = windows.read_text("utf-8").splitlines(keepends=True)
    windows.write_text("".join(line for line in lines if not line.startswith("color")), "utf-8")
    (bundle / "wheels/color-1-py2.py3-none-any.whl").unlink()
    assert problems(bundle) == ["cp311-win-amd64: nothing meets color"]


def test_what_nothing_needs(bundle: Path) -> None:
    windows, linux = ((bundle / "lock" / f"{each.name}.txt") for each in (WINDOWS, LINUX))
    color = next(line for line in windows.read_text("utf-8").splitlines() if line.startswith("color"))
    linux.write_text(f"{color}\n{linux.read_text('utf-8')}", "utf-8")
    assert problems(bundle) == ["cp311-linux-x86_64: color is needed by nothing"]


def test_a_wheel_that_needs_a_newer_python(tmp_path: Path) -> None:
    app = wheel(tmp_path / "wheels", "gaoku-1-py3-none-any", python=">=3.12")
    lock(tmp_path, {WINDOWS.name: [app]})
    assert problems(tmp_path) == ["cp311-win-amd64: gaoku-1-py3-none-any.whl needs Python >=3.12"]


def test_a_version_that_is_not_allowed(tmp_path: Path) -> None:
    app = wheel(tmp_path / "wheels", "gaoku-1-py3-none-any", "fast >=2")
    fast = wheel(tmp_path / "wheels", "fast-1-py3-none-any")
    lock(tmp_path, {WINDOWS.name: [app, fast]})
    assert "cp311-win-amd64: nothing meets fast>=2" in problems(tmp_path)


def test_a_lock_that_bundle_json_does_not_know(bundle: Path) -> None:
    (bundle / "lock/cp312-win-amd64.txt").write_bytes((bundle / "lock/cp311-win-amd64.txt").read_bytes())
    assert problems(bundle) == ["cp312-win-amd64: in lock/ or in bundle.json, not in both"]


def test_another_glibc_than_its_wheels_ask_for(bundle: Path) -> None:
    edit(bundle / "bundle.json", "17", "5")
    assert problems(bundle) == ["cp311-linux-x86_64: bundle.json names another glibc than its wheels ask for"]


@pytest.mark.parametrize("line", ["fast>=2", "fast==2", "fast==2 --hash=md5:00", "--find-links elsewhere"])
def test_a_lock_holds_pins_only(line: str) -> None:
    with pytest.raises(ValueError, match="not a pin"):
        read_lock(f"{line}\n")


def test_a_part_is_whole_and_has_no_wheel_of_others(bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "part"
    part(bundle, folder, [LINUX], [], GAOKU)
    assert problems(folder) == []
    assert sorted(path.name for path in (folder / "wheels").iterdir()) == [
        "fast-2-cp311-cp311-manylinux_2_17_x86_64.manylinux_2_27_x86_64.whl",
        "gaoku-1-py3-none-any.whl",
    ]
    assert (folder / "start.sh").exists() and not (folder / "start.bat").exists()
    with tarfile.open(archive(folder, "gaoku-1", tmp_path / "gaoku-1-linux")) as tarred:
        assert tarred.getmember("gaoku-1/start.sh").mode & 0o777 == 0o755
        assert "gaoku-1/lock/cp311-linux-x86_64.txt" in tarred.getnames()


def test_a_part_for_windows(bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "part"
    part(bundle, folder, [WINDOWS], [], GAOKU)
    assert problems(folder) == []
    assert not (folder / "start.sh").exists()
    script = (folder / "start.bat").read_bytes()
    assert script.count(b"\r\n") == script.count(b"\n") > 10
    assert script.isascii() and b"one of: 3.11 " in script
    assert archive(folder, "gaoku-1", tmp_path / "gaoku-1-win").name == "gaoku-1-win.zip"
    with zipfile.ZipFile(tmp_path / "gaoku-1-win.zip") as zipped:
        assert "gaoku-1/start.bat" in zipped.namelist()
        assert all(name.isascii() for name in zipped.namelist())


def _publish(bundle: Path, out: Path) -> list[Path]:
    """Publish a copy of a bundle, as a build does at its end."""
    with tempfile.TemporaryDirectory(dir=out, prefix=".bundle-") as scratch:
        copy = Path(scratch, "bundle")
        shutil.copytree(bundle, copy)
        return build._publish(copy, "gaoku-1", [WINDOWS, LINUX], [], GAOKU, out)


def test_an_earlier_build_is_replaced(bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    out.mkdir()
    first = _publish(bundle, out)
    assert [path.name for path in first] == [
        *("gaoku-1-bundle", "gaoku-1-linux-x86_64.tar.gz", "gaoku-1-win-amd64.zip")
    ]
    (out / "gaoku-1-bundle/of-the-earlier.txt").touch()
    assert _publish(bundle, out) == first
    assert sorted(out.iterdir()) == first
    assert problems(first[0]) == []
    assert not (first[0] / "of-the-earlier.txt").exists()


@pytest.mark.parametrize("fails", ["part", "archive", "_swap"])
def test_an_earlier_build_stays_where_the_new_one_is_not_made(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    out = tmp_path / "dist"
    out.mkdir()
    first = _publish(bundle, out)
    before = {path: path.stat().st_mtime_ns for path in sorted(out.rglob("*"))}

    def full(*arguments: object) -> None:
        raise OSError("no room")

    if fails == "_swap":
        monkeypatch.setattr(Path, "replace", full)
    else:
        monkeypatch.setattr(build, fails, full)
    with pytest.raises(OSError, match="no room"):
        _publish(bundle, out)
    monkeypatch.undo()
    assert {path: path.stat().st_mtime_ns for path in sorted(out.rglob("*"))} == before
    assert problems(first[0]) == []
