"""LibreOffice as a second try: files that their own reader could not read, made into .docx in batches.

LibreOffice runs without a window, with a profile of its own that is thrown away, macros off, and is killed
with all it started when its time is up.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess  # a fixed command with arguments of our own making, no shell
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

#: Settings of the profile: no macros, no updating of links, nothing recovered or asked.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""  # noqa: E501
#: What a file is said to need that only LibreOffice could read.
NAME = "libreoffice"

_MEMORY = 1 << 30  # bytes that LibreOffice may take
_PROGRAMS = ("soffice", "libreoffice")
_ON_MACOS = "/Applications/LibreOffice.app/Contents/MacOS/soffice"
_ON_WINDOWS = ("LibreOffice", "program", "soffice.com")  # below the folder for programs; not on the path
_PROGRAM_FOLDERS = ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)")  # variables that name such a folder
#: Kills the group of a process when the run that holds the other end of its input has ended, however it did.
_GUARD = 'read -r _; kill -9 -"$1"'


def available() -> bool:
    """Whether LibreOffice is installed on this machine."""
    return _program() is not None


def convert(paths: Sequence[Path], target: Path, seconds: float) -> dict[Path, Path]:
    """Make Word documents of the files, in the folder ``target``, which is made where it is not there.

    ``seconds``: for all of them together. Returns the document made of each path; a file that is not in it
    could not be converted, was not there, or its time was up. One that stops the batch is tried alone
    after the others. Never raises for what a file contains.
    """
    program = _program()
    if program is None or not paths:
        return {}
    until = time.monotonic() + seconds
    target.mkdir(parents=True, exist_ok=True)
    made: dict[Path, Path] = {}
    with tempfile.TemporaryDirectory(prefix="office-", dir=target, ignore_cleanup_errors=True) as folder:
        work = Path(folder).absolute()
        profile = work / "profile" / "user"
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        inputs = _copied(paths, work / "in")
        # Half the time for the batch: where one file hangs it, the others still have the other half.
        left = until - time.monotonic()
        _run(program, list(inputs.values()), work, left / 2 if len(inputs) > 1 else left)
        waiting = _collect(inputs, work / "out", target, made)
        if len(inputs) > 1:
            while waiting and (left := until - time.monotonic()) > 0:
                path = next(iter(waiting))
                _run(program, [waiting[path]], work, left / len(waiting))
                _collect({path: waiting.pop(path)}, work / "out", target, made)
    return made


def _program() -> str | None:
    folders = (os.environ.get(name) for name in _PROGRAM_FOLDERS)
    installed = (str(Path(folder, *_ON_WINDOWS)) for folder in folders if folder)
    found = (shutil.which(name) for name in (*_PROGRAMS, _ON_MACOS, *installed))
    return next((program for program in found if program), None)


def _copied(paths: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Copies under names of our own: no name can be taken for an option, or for another's."""
    folder.mkdir()
    inputs: dict[Path, Path] = {}
    for number, path in enumerate(dict.fromkeys(paths)):
        suffix = path.suffix.lower() if path.suffix[1:].isascii() and path.suffix[1:].isalnum() else ".doc"
        copy = folder / f"{number:06d}{'.doc' if suffix == '.wps' else suffix}"
        try:
            shutil.copyfile(path, copy)
        except OSError:
            continue
        inputs[path] = copy
    return inputs


def _collect(
    inputs: dict[Path, Path], source: Path, target: Path, made: dict[Path, Path]
) -> dict[Path, Path]:
    """Move what was made into ``target``; what was not is returned."""
    missing = {}
    for path, copy in inputs.items():
        document = source / f"{copy.stem}.docx"
        if document.is_file() and document.stat().st_size:
            made[path] = Path(shutil.move(document, target / document.name))
        else:
            missing[path] = copy
    return missing


def _run(program: str, inputs: list[Path], work: Path, seconds: float) -> None:
    """One run of LibreOffice; it and its children are gone when this returns."""
    if not inputs:
        return
    command = [
        program,
        "--headless",
        "--norestore",
        "--nolockcheck",
        "--nodefault",
        f"-env:UserInstallation={(work / 'profile').as_uri()}",
        "--convert-to",
        "docx:MS Word 2007 XML",
        "--outdir",
        str(work / "out"),
        *map(str, inputs),
    ]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603
        command,
        stdin=quiet,
        stdout=quiet,
        stderr=quiet,
        cwd=work,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(work), "TEMP": str(work), "TMP": str(work)},  # it leaves files there
    )
    _limit(process)
    guard = None
    try:
        guard = _guarded(process)
        process.wait(timeout=max(0.1, seconds))
    except subprocess.TimeoutExpired:
        pass  # what was made until then counts
    finally:
        if guard is not None:
            guard.kill()  # first: the number of the process may soon be another's
            guard.communicate()
        _kill(process)


def _guarded(process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes] | None:
    """What ends a process that leads a group when this one is killed; None where there is no such thing."""
    if not hasattr(os, "killpg"):
        return None
    quiet = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", _GUARD, "sh", str(process.pid)],
        stdin=subprocess.PIPE,
        stdout=quiet,
        stderr=quiet,
        start_new_session=True,
    )


def _limit(process: subprocess.Popen[bytes]) -> None:
    """Hold it to an amount of memory, where the system can do that: what it starts inherits the limit."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(ProcessLookupError, PermissionError):
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (_MEMORY, _MEMORY))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process with all that it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        with contextlib.suppress(OSError):
            subprocess.run(  # noqa: S603
                ["taskkill", "/T", "/F", "/PID", str(process.pid)],  # noqa: S607
                capture_output=True,
                check=False,
            )
        process.kill()
    process.wait()
