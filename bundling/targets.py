"""The machines that a bundle is made for: their wheel tags, and what dependency markers see there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
PLATFORMS = ("linux-x86_64", "linux-aarch64", "win-amd64")  # as sysconfig.get_platform() names them

#: The newest glibc that a wheel may ask for: that of Debian 10, RHEL 8, UOS 20 and Kylin V10.
GLIBC = (2, 28)
#: The oldest one that manylinux knows, by machine (PEP 600).
_OLDEST_GLIBC = {"x86_64": 5, "aarch64": 17}
#: Names that manylinux had before PEP 600.
_OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


@dataclass(frozen=True)
class Target:
    """CPython of one minor version on one platform."""

    python: str  # "3.11"
    platform: str  # one of PLATFORMS

    @property
    def name(self) -> str:
        """``cp311-linux-x86_64``: the name of its lock. ``start.py`` makes it of the machine it runs on."""
        return f"cp{self.python.replace('.', '')}-{self.platform}"

    @property
    def machine(self) -> str:
        """``x86_64``, ``aarch64``, ``amd64``."""
        return self.platform.partition("-")[2]

    @cached_property
    def platform_tags(self) -> tuple[str, ...]:
        """The platform tags of wheels that run there, the best first."""
        if self.platform.startswith("win-"):
            return (self.platform.replace("-", "_"),)
        return tuple(_manylinux(self.machine))

    @cached_property
    def tags(self) -> frozenset[Tag]:
        """All tags of wheels that run there."""
        version = tuple(int(part) for part in self.python.split("."))
        return frozenset(
            [
                *cpython_tags(version, platforms=self.platform_tags),
                *compatible_tags(version, f"cp{self.python.replace('.', '')}", self.platform_tags),
            ]
        )

    @cached_property
    def environments(self) -> tuple[dict[str, str], ...]:
        """What markers see there: once by the first patch release and once by a late one."""
        windows = self.platform.startswith("win-")
        return tuple(
            {
                "implementation_name": "cpython",
                "implementation_version": f"{self.python}.{patch}",
                "os_name": "nt" if windows else "posix",
                "platform_machine": "AMD64" if windows else self.machine,
                "platform_python_implementation": "CPython",
                "platform_release": "",
                "platform_system": "Windows" if windows else "Linux",
                "platform_version": "",
                "python_full_version": f"{self.python}.{patch}",
                "python_version": self.python,
                "sys_platform": "win32" if windows else "linux",
            }
            for patch in (0, 99)
        )

    def wants(self, requirement: Requirement, extras: frozenset[str] = frozenset()) -> bool:
        """Whether a requirement of a package, asked for with these extras, counts there."""
        marker = requirement.marker
        return marker is None or any(
            marker.evaluate({**environment, "extra": extra})
            for environment in self.environments
            for extra in (extras or {""})
        )


def _manylinux(machine: str) -> Iterator[str]:
    for minor in range(GLIBC[1], _OLDEST_GLIBC[machine] - 1, -1):
        yield f"manylinux_2_{minor}_{machine}"
        if minor in _OLD_NAMES:
            yield f"{_OLD_NAMES[minor]}_{machine}"


def glibc_of(tags: frozenset[Tag]) -> tuple[int, int]:
    """The glibc that a wheel of these tags needs at least; (0, 0) where it asks for none."""
    minors = {name: minor for minor, name in _OLD_NAMES.items()}
    needed = [(0, 0) if tag.platform == "any" else _glibc(tag.platform, minors) for tag in tags]
    return min(needed, default=(0, 0))


def _glibc(platform: str, minors: dict[str, int]) -> tuple[int, int]:
    head, _, rest = platform.partition("_")
    if head in minors:
        return 2, minors[head]
    if head != "manylinux":
        return 0, 0
    major, minor = rest.split("_")[:2]
    return int(major), int(minor)
