"""Which versions, where pip judges markers by the wrong machine; pip is a table here."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from bundling.check import target_named
from bundling.resolve import BundleError, Pin, Pins, read_report, resolve
from bundling.targets import Target
from bundling.wheels import Package

WINDOWS, LINUX, ARM = (
    target_named(f"cp310-{each}") for each in ("win-amd64", "linux-x86_64", "linux-aarch64")
)
HERE = target_named("cp311-linux-x86_64")  # whose markers the pip of these tests sees


class Index:
    """A package index and a pip: the newest version with a wheel, and what this machine would need of it."""

    def __init__(self, *packages: str, wheels: dict[str, set[Target]] | None = None) -> None:
        self.packages: list[Package] = []
        for line in packages:
            head, _, needs = line.partition(":")
            name, version = head.split()
            requires = tuple(Requirement(each.strip()) for each in needs.split(",") if each.strip())
            self.packages.append(Package(name, Version(version), requires))
        self.wheels = wheels or {}
        self.asked: list[tuple[list[str], list[str], Target]] = []

    def __call__(self, requirements: Sequence[Requirement], limits: Sequence[str], target: Target) -> Pins:
        self.asked.append((sorted(map(str, requirements)), list(limits), target))
        specifiers: dict[str, SpecifierSet] = {}
        for limit in map(Requirement, limits):
            specifiers[limit.name] = limit.specifier
        found: Pins = {}
        waiting = list(requirements)
        while waiting:
            requirement = waiting.pop(0)
            name = canonicalize_name(requirement.name)
            allowed = requirement.specifier & specifiers.get(name, SpecifierSet())
            fitting = [
                package
                for package in self.packages
                if package.name == name
                and allowed.contains(package.version)
                and target in self.wheels.get(f"{name} {package.version}", {target})
            ]
            if not fitting:
                raise BundleError(f"{target.name}: no {requirement}")
            best = max(fitting, key=lambda package: package.version)
            if name not in found:
                found[name] = Pin(best, "0" * 64)
            extras = frozenset(requirement.extras)
            waiting.extend(
                each for each in best.requires if HERE.wants(each, extras) and each.name not in found
            )
        return found


def versions(pins: Pins) -> dict[str, str]:
    return {name: str(pin.package.version) for name, pin in pins.items()}


ROOTS = [Requirement("app==1")]


def test_what_only_the_target_needs_is_found_with_all_that_it_needs() -> None:
    index = Index(
        "app 1: bar", "bar 2: color; sys_platform == 'win32'", "color 3: deep; os_name == 'nt'", "deep 4"
    )
    answers = resolve(ROOTS, [WINDOWS, LINUX], index)
    assert versions(answers[WINDOWS]) == {"app": "1", "bar": "2", "color": "3", "deep": "4"}
    assert versions(answers[LINUX]) == {"app": "1", "bar": "2"}


def test_what_only_this_machine_needs_is_left_out() -> None:
    index = Index(
        "app 1: new; python_version >= '3.11', old; python_version < '3.11'",
        "new 1: newer",
        "newer 1",
        "old 1",
    )
    assert versions(resolve(ROOTS, [LINUX], index)[LINUX]) == {"app": "1", "old": "1"}


def test_a_version_that_only_the_target_asks_for() -> None:
    index = Index("app 1: a, b", "a 1", "a 2", "b 1: a <2; sys_platform == 'win32'")
    answers = resolve(ROOTS, [WINDOWS, LINUX], index)
    assert versions(answers[WINDOWS]) == versions(answers[LINUX]) == {"app": "1", "a": "1", "b": "1"}


def test_the_newest_version_that_has_wheels_for_all() -> None:
    index = Index("app 1: a", "a 1", "a 2: b", "a 3: b", "b 5", wheels={"a 3": {LINUX, WINDOWS}})
    answers = resolve(ROOTS, [LINUX, ARM, WINDOWS], index)
    assert [versions(pins) for pins in answers.values()] == [{"app": "1", "a": "2", "b": "5"}] * 3


def test_the_extras_of_the_root_and_of_a_requirement_that_counts_only_there() -> None:
    index = Index(
        "app 1: lib[fast]; extra == 'more' and os_name == 'nt', lib",
        "lib 1: speed; extra == 'fast'",
        "speed 1",
    )
    answers = resolve([Requirement("app[more]==1")], [WINDOWS, LINUX], index)
    assert versions(answers[WINDOWS]) == {"app": "1", "lib": "1", "speed": "1"}
    assert versions(answers[LINUX]) == {"app": "1", "lib": "1"}


def test_no_wheel_for_a_target_is_said() -> None:
    index = Index("app 1: a", "a 1", wheels={"a 1": {LINUX}})
    with pytest.raises(BundleError, match=r"^cp310-win-amd64: no a$"):
        resolve(ROOTS, [LINUX, WINDOWS], index)


def test_requirements_that_contradict_each_other_on_the_target_end() -> None:
    index = Index("app 1: a <2; os_name == 'nt', a >=2; os_name == 'nt', a", "a 1", "a 2")
    with pytest.raises(BundleError, match="pip leaves out what it was asked for"):
        resolve(ROOTS, [WINDOWS], index)


def test_a_report_of_pip() -> None:
    report = {
        "version": "1",
        "install": [
            {
                "metadata": {
                    "name": "Flask_WTF",
                    "version": "1.3",
                    "requires_dist": ["flask", "x; extra == 'y'"],
                },
                "download_info": {"url": "file:///a.whl", "archive_info": {"hashes": {"sha256": "ab" * 32}}},
            },
        ],
    }
    pins = read_report(report)
    assert str(pins["flask-wtf"]) == f"flask-wtf==1.3 --hash=sha256:{'ab' * 32}"
    assert [each.name for each in pins["flask-wtf"].package.requires] == ["flask", "x"]
