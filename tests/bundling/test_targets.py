"""What fits a target: wheels by their tags, requirements by their markers."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.tags import parse_tag
from packaging.utils import parse_wheel_filename

from bundling.check import target_named
from bundling.targets import PLATFORMS, PYTHONS, Target, glibc_of

TARGETS = [Target(python, platform) for python in PYTHONS for platform in PLATFORMS]


@pytest.mark.parametrize(
    ("wheel", "target", "fits"),
    [
        ("a-1-py3-none-any.whl", "cp310-win-amd64", True),
        ("a-1-py2.py3-none-any.whl", "cp313-linux-aarch64", True),
        ("a-1-cp39-abi3-win_amd64.whl", "cp310-win-amd64", True),
        ("a-1-cp311-abi3-win_amd64.whl", "cp310-win-amd64", False),
        ("a-1-cp311-cp311-win_amd64.whl", "cp311-win-amd64", True),
        ("a-1-cp311-cp311-win_amd64.whl", "cp312-win-amd64", False),
        ("a-1-cp311-cp311-win32.whl", "cp311-win-amd64", False),
        ("a-1-cp313-cp313t-win_amd64.whl", "cp313-win-amd64", False),
        ("a-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", "cp311-linux-x86_64", True),
        ("a-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", "cp311-linux-aarch64", False),
        ("a-1-cp311-cp311-manylinux1_x86_64.whl", "cp311-linux-x86_64", True),
        ("a-1-py3-none-manylinux_2_28_aarch64.whl", "cp311-linux-aarch64", True),
        ("a-1-cp311-cp311-manylinux_2_31_x86_64.whl", "cp311-linux-x86_64", False),
        ("a-1-cp311-cp311-musllinux_1_2_x86_64.whl", "cp311-linux-x86_64", False),
        ("a-1-cp311-cp311-linux_x86_64.whl", "cp311-linux-x86_64", False),
        ("a-1-cp311-cp311-macosx_11_0_arm64.whl", "cp311-linux-aarch64", False),
        ("a-1-pp311-pypy311_pp73-win_amd64.whl", "cp311-win-amd64", False),
    ],
)
def test_a_wheel_fits_by_its_tags(wheel: str, target: str, fits: bool) -> None:
    assert bool(parse_wheel_filename(wheel)[3] & target_named(target).tags) is fits


@pytest.mark.parametrize(
    ("requirement", "target", "counts"),
    [
        ("colorama; platform_system == 'Windows'", "cp311-win-amd64", True),
        ("colorama; platform_system == 'Windows'", "cp311-linux-x86_64", False),
        ("a; sys_platform == 'win32' and os_name == 'nt'", "cp311-win-amd64", True),
        ("a; python_version < '3.11'", "cp310-linux-x86_64", True),
        ("a; python_version < '3.11'", "cp311-linux-x86_64", False),
        ("a; platform_machine == 'aarch64'", "cp311-linux-aarch64", True),
        ("a; platform_machine == 'AMD64'", "cp311-win-amd64", True),
        ("a; platform_machine == 'x86_64'", "cp311-win-amd64", False),
        ("a; platform_python_implementation == 'PyPy'", "cp311-win-amd64", False),
        ("a; python_full_version < '3.11.3'", "cp311-linux-x86_64", True),  # some releases need it
        ("a; python_full_version >= '3.11.3'", "cp311-linux-x86_64", True),
        ("a; python_full_version < '3.11.3'", "cp312-linux-x86_64", False),
        ("a; extra == 'more'", "cp311-linux-x86_64", False),
    ],
)
def test_a_requirement_counts_by_its_marker(requirement: str, target: str, counts: bool) -> None:
    assert target_named(target).wants(Requirement(requirement)) is counts


def test_a_requirement_of_an_extra_counts_where_the_extra_is_asked_for() -> None:
    requirement = Requirement("a; extra == 'more' and sys_platform == 'win32'")
    assert target_named("cp311-win-amd64").wants(requirement, frozenset({"more", "other"}))
    assert not target_named("cp311-win-amd64").wants(requirement, frozenset({"other"}))
    assert not target_named("cp311-linux-x86_64").wants(requirement, frozenset({"more"}))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_name_of_a_target_tells_it(target: Target) -> None:
    assert target_named(target.name) == target


@pytest.mark.parametrize("name", ["cp311-linux-i686", "cp311", "pp311-win-amd64", "cp311-musllinux-x86_64"])
def test_no_target(name: str) -> None:
    with pytest.raises(ValueError, match="is no target"):
        target_named(name)


@pytest.mark.parametrize(
    ("tags", "glibc"),
    [
        ("py3-none-any", (0, 0)),
        ("cp311-cp311-win_amd64", (0, 0)),
        ("cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64", (2, 27)),
        ("cp311-cp311-manylinux2014_x86_64", (2, 17)),
        ("cp311-cp311-manylinux1_x86_64.manylinux_2_28_x86_64", (2, 5)),
    ],
)
def test_the_glibc_that_a_wheel_needs(tags: str, glibc: tuple[int, int]) -> None:
    assert glibc_of(parse_tag(tags)) == glibc
