"""Install Gaoku from the wheels beside this file, without internet, and run it with the given arguments.

Without arguments: index the folder of reports beside this file, if there is one, and serve. Uses nothing but
Python itself; what can be set is in README.txt. ``--fits`` tells by its status whether this Python fits.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Iterator, NoReturn  # noqa: UP035 -- Python 3.7 has to get as far as to say that it is too old

HERE = Path(__file__).resolve().parent
REPORTS = ("报告", "reports", "corpus")  # the first that is there is indexed


class StartError(Exception):
    """Gaoku cannot be started; the message is one line."""


def main(arguments: list[str]) -> None:
    """Do what the module says. Ends the process."""
    try:
        about = json.loads((HERE / "bundle.json").read_text(encoding="utf-8"))
        target = this_target(about)
        require_venv()
        if arguments == ["--fits"]:
            sys.exit(0)
        home = Path(os.environ.get("GAOKU_HOME") or HERE).resolve()
        venv = home / "venv"
        install(venv, HERE / "lock" / f"{target}.txt", about["version"])
        run(venv, home, arguments)
    except StartError as error:
        sys.exit(f"gaoku: {error}")
    except OSError as error:
        sys.exit(f"gaoku: {error.strerror or error} {error.filename or ''}".rstrip())
    except KeyboardInterrupt:
        sys.exit("gaoku: stopped")


# -- does it fit? -------------------------------------------------------------------------------------


def this_target(about: dict[str, Any]) -> str:
    """The name of the lock for this Python and machine. Raises StartError, which names what is covered."""
    covered = f"this bundle is for {covers(about['targets'])}"
    if sys.implementation.name != "cpython":
        raise StartError(f"this Python is {platform.python_implementation()}; CPython is needed; {covered}")
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise StartError(f"this Python is a free-threaded one; the usual one is needed; {covered}")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    machine = sysconfig.get_platform()
    if sys.maxsize < 2**32:
        raise StartError(f"this Python is a 32-bit one ({machine}); {covered}")
    name = f"cp{version.replace('.', '')}-{machine}"
    if name not in about["targets"]:
        raise StartError(f"no wheels for Python {version} on {machine} ({sys.executable}); {covered}")
    if machine.startswith("linux-"):
        needed = tuple(about["targets"][name]["glibc"])
        found = glibc()
        if found is None:
            raise StartError(f"this system has no glibc (musl, as in Alpine?); {covered}")
        if found < needed:
            raise StartError(f"this system has glibc {dotted(found)}, {dotted(needed)} is needed; {covered}")
    return name


def covers(targets: dict[str, Any]) -> str:
    """All targets in words: ``linux-x86_64 (glibc 2.17 or newer) with Python 3.10, 3.11``."""
    machines: dict[str, list[str]] = {}
    for name, about in targets.items():
        python, _, machine = name.partition("-")
        if machine.startswith("linux-"):
            machine += f" (glibc {dotted(about['glibc'])} or newer)"
        machines.setdefault(machine, []).append(f"{python[2]}.{python[3:]}")
    return "; ".join(f"{machine} with Python {', '.join(pythons)}" for machine, pythons in machines.items())


def dotted(version: Any) -> str:
    """(2, 28) -> 2.28"""
    return ".".join(str(part) for part in version)


def glibc() -> tuple[int, ...] | None:
    """The version of this system's glibc; None where it has another C library."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
        return tuple(int(part) for part in version.split(".")[:2]) if name == "glibc" else None
    except (AttributeError, ValueError, OSError):
        return None


def require_venv() -> None:
    """Debian and its like have Python without these. Raises StartError."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise StartError(
            f"{sys.executable} cannot make environments (no ensurepip); install the package {package}"
        ) from None


# -- install ------------------------------------------------------------------------------------------


def require_writable(folder: Path) -> None:
    """Try it: what the system says of rights is not all of it. Raises StartError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        raise StartError(
            f"cannot write to {folder}; name another folder with the variable GAOKU_HOME"
        ) from None


def install(venv: Path, lock: Path, version: str) -> None:
    """Make the environment anew, unless its mark says that it holds just this. Raises StartError.

    What one account installed, another that may only read it can run.
    """
    wanted = {
        "lock": hashlib.sha256(lock.read_bytes()).hexdigest(),
        "python": [sys.base_prefix, sys.version],
        "folder": str(venv),  # an environment that was moved names folders that are gone
    }
    mark = venv / "installed.json"
    if marked(mark) == wanted:
        return
    require_writable(venv.parent)
    with alone(venv.with_name("venv.lock")):
        if marked(mark) == wanted:  # by another start, meanwhile
            return
        started = time.monotonic()
        say(f"installing Gaoku {version} into {venv}")
        log = venv.with_name("install.log")
        log.write_bytes(b"")
        clear(venv)
        step(log, sys.executable, "-m", "venv", str(venv))
        step(
            log,
            *(str(executable(venv, "python")), "-m", "pip", "--isolated", "--disable-pip-version-check"),
            *(
                "install",
                "--quiet",
                "--no-cache-dir",
                "--no-index",
                "--only-binary=:all:",
                "--require-hashes",
            ),
            *("--find-links", str(HERE / "wheels"), "--requirement", str(lock)),
        )
        unfinished = mark.with_suffix(".new")
        unfinished.write_text(json.dumps(wanted), encoding="utf-8")
        unfinished.replace(mark)
        say(f"installed in {time.monotonic() - started:.0f} s")


def marked(mark: Path) -> Any:
    """What a mark says; None where there is none."""
    try:
        return json.loads(mark.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def clear(venv: Path) -> None:
    """Remove an earlier environment, and nothing that is none. Raises StartError."""
    if not venv.exists() or not any(venv.iterdir()):
        return
    if not (venv / "pyvenv.cfg").exists():
        raise StartError(f"{venv} is in the way: it is no environment of Python")
    with suppress(FileNotFoundError):
        (venv / "installed.json").unlink()
    try:
        shutil.rmtree(venv)
    except OSError as error:
        raise StartError(f"cannot replace {venv}: stop the Gaoku that runs from it ({error})") from error


def step(log: Path, *command: str) -> None:
    """Run a command without this user's settings for Python and pip. Raises StartError."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))
    }
    environment["PIP_CONFIG_FILE"] = os.devnull
    environment["PYTHONUTF8"] = "1"
    done = subprocess.run(
        command,
        cwd=HERE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    with log.open("ab") as file:
        file.write(done.stdout)
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").strip().splitlines() or [f"status {done.returncode}"]
        raise StartError(f"cannot be installed: {said[-1].strip()} (all of it is in {log})")


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold a file's lock; the system lets go of it when the process ends, however it ends."""
    with file.open("ab") as held:
        if sys.platform == "win32":
            import msvcrt

            while True:
                try:
                    msvcrt.locking(held.fileno(), msvcrt.LK_NBLCK, 1)
                    break
                except OSError:
                    time.sleep(0.5)
        else:
            import fcntl

            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def executable(venv: Path, name: str) -> Path:
    """A program of an environment."""
    return venv / "Scripts" / f"{name}.exe" if os.name == "nt" else venv / "bin" / name


# -- run ----------------------------------------------------------------------------------------------


def run(venv: Path, home: Path, arguments: list[str]) -> NoReturn:
    """Run Gaoku; where nothing is said of the index and the settings, they are in ``home``."""
    os.environ.setdefault("GAOKU_INDEX", str(home / "index"))
    os.environ.setdefault("GAOKU_SETTINGS", str(home / "settings"))
    for name in ("PYTHONPATH", "PYTHONHOME"):
        os.environ.pop(name, None)
    if os.name == "nt":
        command = [str(executable(venv, "gaoku"))]
    else:  # not by its first line, which holds no long paths
        command = [str(executable(venv, "python")), str(executable(venv, "gaoku"))]
    if not arguments:
        reports = next((HERE / name for name in REPORTS if (HERE / name).is_dir()), None)
        if reports:
            subprocess.call([*command, "index", str(reports)])  # what fails says so, and is shown on the page
        arguments = ["serve"]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(command[0], [*command, *arguments])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for Gaoku, which ends in its own way
    sys.exit(subprocess.call([*command, *arguments]))


def say(text: str) -> None:
    """One line for whoever waits."""
    print(f"gaoku: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
