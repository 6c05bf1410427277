"""Which versions: one answer for all platforms of a Python version.

pip can be told for which platform it looks for wheels, but it judges markers (``; sys_platform == "win32"``)
by the machine it runs on (pypa/pip#6117). So its answer is followed again as the target sees it: what only
the target needs is asked for by name until nothing is missing, and what only this machine would need is left
out. A package that only this machine needs and that has no wheel for the target makes pip fail, loudly.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from bundling.targets import Target
from bundling.wheels import Package, needed


class BundleError(Exception):
    """A bundle cannot be made; the message is one or a few lines for whoever builds it."""


@dataclass(frozen=True)
class Pin:
    """One line of a lock."""

    package: Package
    sha256: str

    def __str__(self) -> str:
        return f"{self.package.name}=={self.package.version} --hash=sha256:{self.sha256}"


Pins = dict[str, Pin]  # by canonical name
#: (requirements, constraints, target) -> what pip would install; raises BundleError where it finds no answer
Installer = Callable[[Sequence[Requirement], Sequence[str], Target], Pins]


def resolve(roots: Sequence[Requirement], targets: Iterable[Target], ask: Installer) -> dict[Target, Pins]:
    """The pins of each target; a package has the same version on all of them.

    Where a package differs, the lowest version chosen becomes the highest for all, and all are asked again.
    Raises BundleError.
    """
    targets = list(targets)
    caps: dict[str, Version] = {}
    while True:  # each round lowers a cap
        limits = [f"{name}<={version}" for name, version in sorted(caps.items())]
        with ThreadPoolExecutor(max(1, len(targets))) as pool:  # pip waits for the network most of the time
            found = pool.map(partial(resolve_one, roots, limits, ask=ask), targets)
            answers = dict(zip(targets, found, strict=True))
        lower = _lowest_of_differing(answers.values())
        if not lower:
            return answers
        caps.update(lower)


def resolve_one(roots: Sequence[Requirement], limits: Sequence[str], target: Target, ask: Installer) -> Pins:
    """The pins of one target, no more and no fewer than it needs. Raises BundleError."""
    wanted = {str(root): root for root in (_bare(root) for root in roots if target.wants(root))}
    while True:
        found = ask(list(wanted.values()), limits, target)
        result = needed({name: pin.package for name, pin in found.items()}, roots, target)
        if not result.unmet:
            return {name: pin for name, pin in sorted(found.items()) if name in result.names}
        missing = {str(each): each for each in result.unmet}
        if missing.keys() <= wanted.keys():
            raise BundleError(f"{target.name}: pip leaves out what it was asked for: {', '.join(missing)}")
        wanted.update(missing)


def _bare(requirement: Requirement) -> Requirement:
    bare = Requirement(str(requirement))
    bare.marker = None
    return bare


def _lowest_of_differing(answers: Iterable[Pins]) -> dict[str, Version]:
    versions: dict[str, set[Version]] = {}
    for pins in answers:
        for name, pin in pins.items():
            versions.setdefault(name, set()).add(pin.package.version)
    return {name: min(found) for name, found in versions.items() if len(found) > 1}


def pip_options(target: Target) -> list[str]:
    """What makes pip look for wheels of a target."""
    platforms = [f"--platform={tag}" for tag in target.platform_tags]
    return [
        "--only-binary=:all:",
        "--implementation=cp",
        f"--python-version={target.python}",
        *platforms,
    ]


def pip(*arguments: str) -> None:
    """Run pip, with this machine's own settings of it. Raises BundleError with what it said."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    # Wheels made here are the same each time: nothing is installed anew because a bundle was built again.
    environment = {"SOURCE_DATE_EPOCH": "1577836800", **os.environ}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise BundleError(done.stderr.strip() or f"pip ended with status {done.returncode}")


def installer(local: Path) -> Installer:
    """pip as the one to ask; ``local`` is a folder of wheels besides those of the package index."""

    def ask(requirements: Sequence[Requirement], constraints: Sequence[str], target: Target) -> Pins:
        with tempfile.TemporaryDirectory() as scratch:
            report = Path(scratch, "report.json")
            limits = Path(scratch, "constraints.txt")
            limits.write_text("\n".join(constraints), encoding="utf-8")
            try:
                pip(
                    *("install", "--dry-run", "--ignore-installed", f"--target={scratch}/nowhere"),
                    *(f"--report={report}", f"--find-links={local}", f"--constraint={limits}"),
                    *pip_options(target),
                    *map(str, requirements),
                )
            except BundleError as error:
                raise BundleError(f"{target.name}: {error}") from error
            return read_report(json.loads(report.read_text(encoding="utf-8")))

    return ask


def read_report(report: Mapping[str, Any]) -> Pins:
    """The pins of pip's installation report (its format 1)."""
    pins: Pins = {}
    for item in report["install"]:
        metadata = item["metadata"]
        name = canonicalize_name(metadata["name"])
        package = Package(
            name,
            Version(metadata["version"]),
            tuple(Requirement(line) for line in metadata.get("requires_dist") or ()),
        )
        pins[name] = Pin(package, item["download_info"]["archive_info"]["hashes"]["sha256"])
    return pins
