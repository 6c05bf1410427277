"""What packages say of themselves, and which of them a target needs."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from bundling.targets import Target


@dataclass(frozen=True)
class Package:
    """One version of a package, as its metadata has it."""

    name: str  # canonical
    version: Version
    requires: tuple[Requirement, ...] = ()
    python: SpecifierSet = SpecifierSet()  # noqa: RUF009 -- immutable in effect: nothing changes it


@dataclass(frozen=True)
class Needed:
    """What a target needs of a set of packages: names, and requirements that no package of it meets."""

    names: frozenset[str]
    unmet: tuple[Requirement, ...]


def package_of(wheel: Path) -> Package:
    """A wheel's metadata. Raises ValueError where it has none."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
        if len(names) != 1:
            raise ValueError(f"{wheel.name} has no metadata of its own")
        fields = HeaderParser().parsestr(archive.read(names[0]).decode("utf-8"))
    return Package(
        canonicalize_name(fields["Name"]),
        Version(fields["Version"]),
        tuple(Requirement(line) for line in fields.get_all("Requires-Dist", [])),
        SpecifierSet(fields["Requires-Python"] or ""),
    )


def sha256(file: Path) -> str:
    """The digest of a file, as pip writes it."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def needed(packages: Mapping[str, Package], roots: Iterable[Requirement], target: Target) -> Needed:
    """Follow the requirements from the roots, as they count on the target, not on this machine."""
    names: set[str] = set()
    unmet: dict[str, Requirement] = {}
    waiting = deque(root for root in roots if target.wants(root))
    followed: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.popleft()
        name = canonicalize_name(requirement.name)
        package = packages.get(name)
        if package is None or not requirement.specifier.contains(package.version, prereleases=True):
            bare = Requirement(str(requirement))
            bare.marker = None
            unmet[str(bare)] = bare
            continue
        names.add(name)
        extras = frozenset(canonicalize_name(extra) for extra in requirement.extras)
        if (name, extras) not in followed:
            followed.add((name, extras))
            waiting.extend(each for each in package.requires if target.wants(each, extras))
    return Needed(frozenset(names), tuple(unmet.values()))
