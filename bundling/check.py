"""Is a bundle whole? Told from its files alone, for every target, also those that this machine cannot run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile

from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from bundling.targets import PLATFORMS, Target, glibc_of
from bundling.wheels import Package, needed, package_of, sha256

_PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>\S+) --hash=sha256:(?P<sha256>[0-9a-f]{64})")


def target_named(name: str) -> Target:
    """The target of a lock's name, ``cp311-linux-x86_64``. Raises ValueError."""
    match = re.fullmatch(r"cp(\d)(\d+)-(.+)", name)
    if match is None or match[3] not in PLATFORMS:
        raise ValueError(f"{name} is no target")
    return Target(f"{match[1]}.{match[2]}", match[3])


def read_lock(text: str) -> dict[str, tuple[Version, str]]:
    """Name -> version and sha256 of a lock's lines. Raises ValueError at a line that is no pin."""
    pins = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = _PIN.fullmatch(line)
        if match is None:
            raise ValueError(f"not a pin: {line}")
        pins[match["name"]] = Version(match["version"]), match["sha256"]
    return pins


def problems(bundle: Path) -> list[str]:
    """What is wrong with a bundle, a line each; nothing where every target has all it needs."""
    return list(_problems(bundle))


def _problems(bundle: Path) -> Iterator[str]:
    try:
        yield from _of_all(bundle)
    except (OSError, ValueError) as error:
        yield f"this is no bundle, or it is damaged: {error}"


def _of_all(bundle: Path) -> Iterator[str]:
    about = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    extras = f"[{','.join(about['extras'])}]" if about["extras"] else ""
    root = Requirement(f"gaoku{extras}=={about['version']}")
    targets = about["targets"].keys()
    present = {lock.stem for lock in (bundle / "lock").iterdir()}
    for name in sorted(present ^ targets):
        yield f"{name}: in lock/ or in bundle.json, not in both"
    locks = {
        name: read_lock((bundle / "lock" / f"{name}.txt").read_text(encoding="utf-8"))
        for name in sorted(present & targets)
    }
    used = {digest for pins in locks.values() for _, digest in pins.values()}
    wheels: dict[str, Path] = {}
    packages: dict[str, Package] = {}
    for wheel in sorted((bundle / "wheels").iterdir()):
        try:
            digest = sha256(wheel)
            if digest in used:  # what is in others is anybody's guess
                packages[digest] = package_of(wheel)
            wheels[digest] = wheel
        except (BadZipFile, OSError, ValueError) as error:  # noqa: PERF203 - each for itself
            yield f"{wheel.name} cannot be read: {error}"
    for name, pins in locks.items():
        target = target_named(name)
        for problem in _of_target(target, root, pins, wheels, packages):
            yield f"{name}: {problem}"
        tags = (
            parse_wheel_filename(wheels[digest].name)[3] for _, digest in pins.values() if digest in wheels
        )
        if tuple(about["targets"][name]["glibc"]) != glibc_needed(tags, target):
            yield f"{name}: bundle.json names another glibc than its wheels ask for"
    for digest in sorted(wheels.keys() - used):
        yield f"{wheels[digest].name}: no lock names it"


def _of_target(
    target: Target,
    root: Requirement,
    pins: dict[str, tuple[Version, str]],
    wheels: dict[str, Path],
    packages: dict[str, Package],
) -> Iterator[str]:
    present: dict[str, Package] = {}
    for name, (version, digest) in pins.items():
        wheel = wheels.get(digest)
        if wheel is None:
            yield f"no wheel of {name} {version} with the digest of the lock"
            continue
        said, number, _, tags = parse_wheel_filename(wheel.name)
        package = packages[digest]
        if not (canonicalize_name(said) == package.name == name and number == package.version == version):
            yield f"{wheel.name} is not {name} {version}"
        if not tags & target.tags:
            yield f"{wheel.name} does not run there"
        if not package.python.contains(f"{target.python}.0"):
            yield f"{wheel.name} needs Python {package.python}"
        present[name] = package
    result = needed(present, [root], target)
    for requirement in result.unmet:
        yield f"nothing meets {requirement}"
    for name in sorted(present.keys() - result.names):
        yield f"{name} is needed by nothing"


def glibc_needed(wheels: Iterator[frozenset[Tag]], target: Target) -> tuple[int, int]:
    """The glibc that all of these wheels are content with, each by those of its tags that fit the target."""
    return max((glibc_of(tags & target.tags) for tags in wheels), default=(0, 0))
