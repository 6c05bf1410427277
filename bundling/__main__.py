"""``python -m bundling build`` and ``python -m bundling check FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bundling.build import build as make
from bundling.check import problems, target_named
from bundling.resolve import BundleError
from bundling.targets import PLATFORMS, PYTHONS, Target


@click.group()
def main() -> None:
    """Gaoku as a folder of wheels that installs without internet."""


@main.command()
@click.option("--python", "pythons", multiple=True, type=click.Choice(PYTHONS), help="All, if left out.")
@click.option(
    "--platform", "platforms", multiple=True, type=click.Choice(PLATFORMS), help="All, if left out."
)
@click.option("--extra", "extras", multiple=True, help="One of setup.cfg's extras to put in.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("dist"), show_default=True
)
def build(pythons: tuple[str, ...], platforms: tuple[str, ...], extras: tuple[str, ...], out: Path) -> None:
    """Build OUT/gaoku-VERSION-bundle and an archive for each platform."""
    targets = [
        Target(python, platform) for python in pythons or PYTHONS for platform in platforms or PLATFORMS
    ]
    try:
        made = make(targets, sorted(extras), out, lambda what: click.echo(f"… {what}", err=True))
    except BundleError as error:
        click.echo(f"bundle: {error}", err=True)
        sys.exit(1)
    for path in made:
        size = sum(file.stat().st_size for file in [path, *path.rglob("*")] if file.is_file())
        click.echo(f"{path}  {size / 1e6:.0f} MB")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
def check(folder: Path) -> None:
    """Tell whether the bundle in FOLDER has all wheels that its targets need."""
    found = problems(folder)
    for problem in found:
        click.echo(problem, err=True)
    if found:
        sys.exit(1)
    for lock in sorted((folder / "lock").iterdir()):
        target = target_named(lock.stem)
        click.echo(f"Python {target.python} on {target.platform}: complete")


if __name__ == "__main__":
    main()
