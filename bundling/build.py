"""From this source tree to a folder of wheels, locks and start scripts, and an archive a platform."""

from __future__ import annotations

import json
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from bundling.check import glibc_needed, problems
from bundling.resolve import BundleError, Pins, installer, pip, pip_options, resolve
from bundling.targets import Target
from bundling.wheels import Package, package_of, sha256

ROOT = Path(__file__).parents[1]
START = Path(__file__).parent / "start"

#: What the wheel of Gaoku is made of. Copied first: what an earlier build left behind never gets in.
SOURCES = ("indexer", "webui", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
#: Dependencies that are published as source only; a wheel of each is made here and has to run anywhere.
SOURCE_ONLY = ("jieba",)


def build(
    targets: Sequence[Target], extras: Sequence[str], out: Path, say: Callable[[str], None]
) -> list[Path]:
    """Build ``out/gaoku-VERSION-bundle`` and the archives; return all of them. Raises BundleError.

    What was there of an earlier build is replaced once all of the new one is made.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".bundle-") as scratch:
        local, bundle = Path(scratch, "local"), Path(scratch, "bundle")
        say("wheels of Gaoku and of what is published as source only")
        gaoku = local_wheels(local)
        root = Requirement(f"gaoku{_bracket(extras)}=={gaoku.version}")
        locked: dict[Target, Pins] = {}
        for python in dict.fromkeys(target.python for target in targets):
            say(f"versions for Python {python}")
            locked.update(resolve([root], [t for t in targets if t.python == python], installer(local)))
        write_locks(bundle, locked)
        for target in targets:
            say(f"wheels for {target.name}")
            download(bundle, target, local)
        finish(bundle, gaoku, extras, targets)
        _complain(problems(bundle))
        return _publish(bundle, f"gaoku-{gaoku.version}", targets, extras, gaoku, out)


def _bracket(extras: Sequence[str]) -> str:
    return f"[{','.join(extras)}]" if extras else ""


def local_wheels(local: Path) -> Package:
    """Make the wheels that no package index has; return what Gaoku's own says. Raises BundleError."""
    with tempfile.TemporaryDirectory() as tree:
        for name in SOURCES:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, Path(tree, name), ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, tree)
        pip("wheel", "--no-deps", f"--wheel-dir={local}", tree)
    gaoku = package_of(next(local.glob("gaoku-*.whl")))
    for requirement in gaoku.requires:
        if canonicalize_name(requirement.name) in SOURCE_ONLY:
            pip("wheel", "--no-deps", f"--wheel-dir={local}", str(requirement))
    for wheel in local.iterdir():
        if any(tag.platform != "any" for tag in parse_wheel_filename(wheel.name)[3]):
            raise BundleError(f"{wheel.name} runs on this machine only: it cannot be put into a bundle")
    return gaoku


def write_locks(bundle: Path, locked: Mapping[Target, Pins]) -> None:
    """One lock a target: exact versions, and the digest of the one wheel that fits."""
    (bundle / "lock").mkdir(parents=True)
    for target, pins in locked.items():
        lines = [str(pin) for _, pin in sorted(pins.items())]
        _lock(bundle, target).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _lock(bundle: Path, target: Target) -> Path:
    return bundle / "lock" / f"{target.name}.txt"


def download(bundle: Path, target: Target, local: Path) -> None:
    """Fetch the wheels of a lock; those that another target has brought already are not fetched again."""
    pip(
        *("download", "--no-deps", "--require-hashes", f"--requirement={_lock(bundle, target)}"),
        *(f"--dest={bundle / 'wheels'}", f"--find-links={bundle / 'wheels'}", f"--find-links={local}"),
        *pip_options(target),
    )


def finish(bundle: Path, gaoku: Package, extras: Sequence[str], targets: Iterable[Target]) -> None:
    """Add what is not a wheel: ``bundle.json``, start scripts, README, licence."""
    targets = list(targets)
    wheels = {sha256(wheel): wheel for wheel in (bundle / "wheels").iterdir()}
    about = {
        "version": str(gaoku.version),
        "extras": list(extras),
        "targets": {
            target.name: {
                "glibc": glibc_needed(
                    (parse_wheel_filename(wheels[digest].name)[3] for digest in _digests(bundle, target)),
                    target,
                )
            }
            for target in targets
        },
    }
    (bundle / "bundle.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    pythons = ", ".join(sorted({target.python for target in targets}, key=lambda each: Target(each, "").name))
    scripts = {"start.bat" if target.platform.startswith("win-") else "start.sh" for target in targets}
    for name in ("start.py", "README.txt", *sorted(scripts)):
        text = (
            (START / name)
            .read_text("utf-8")
            .replace("@PYTHONS@", pythons)
            .replace("@VERSION@", str(gaoku.version))
        )
        # cmd.exe finds no labels in files with plain line ends; Notepad of old shows none.
        windows = name.endswith((".bat", ".txt"))
        (bundle / name).write_text(
            text,
            encoding="utf-8-sig" if name == "README.txt" else "utf-8",
            newline="\r\n" if windows else "\n",
        )
    if "start.sh" in scripts:
        (bundle / "start.sh").chmod(0o755)
    shutil.copy2(ROOT / "LICENSE", bundle / "LICENSE.txt")


def _digests(bundle: Path, target: Target) -> list[str]:
    return [line.rpartition(":")[2] for line in _lock(bundle, target).read_text("utf-8").splitlines()]


def _complain(found: Sequence[str]) -> None:
    if found:
        raise BundleError("the bundle is not whole:\n" + "\n".join(found))


def part(
    bundle: Path, folder: Path, targets: Sequence[Target], extras: Sequence[str], gaoku: Package
) -> None:
    """A bundle of some of the targets of a bundle, in a folder of its own."""
    (folder / "lock").mkdir(parents=True)
    (folder / "wheels").mkdir()
    digests: set[str] = set()
    for target in targets:
        shutil.copy2(_lock(bundle, target), _lock(folder, target))
        digests.update(_digests(bundle, target))
    for wheel in (bundle / "wheels").iterdir():
        if sha256(wheel) in digests:
            shutil.copy2(wheel, folder / "wheels")
    finish(folder, gaoku, extras, targets)


def _publish(
    bundle: Path, name: str, targets: Sequence[Target], extras: Sequence[str], gaoku: Package, out: Path
) -> list[Path]:
    """Put the bundle in place, and an archive of each platform beside it, once all of them are made."""
    made = bundle.parent / "made"
    made.mkdir()
    for platform in dict.fromkeys(target.platform for target in targets):
        folder = bundle.parent / platform
        part(bundle, folder, [t for t in targets if t.platform == platform], extras, gaoku)
        _complain(problems(folder))
        archive(folder, name, made / f"{name}-{platform}")
    bundle.rename(made / f"{name}-bundle")
    return [
        _swap(new, out / new.name)
        for new in sorted(made.iterdir(), key=lambda path: (path.is_file(), path.name))
    ]


def _swap(new: Path, place: Path) -> Path:
    """Put a file or folder in place; what was there of an earlier build goes with the scratch folder."""
    earlier = new.with_name(f"earlier-{place.name}")
    if place.is_dir():  # which nothing replaces at once
        place.rename(earlier)
    try:
        new.replace(place)
    except OSError:
        if earlier.exists():
            earlier.rename(place)
        raise
    return place


def archive(folder: Path, name: str, target: Path) -> Path:
    """Pack a folder as ``name/``: a zip for Windows, else a tar.gz. Wheels shrink no further."""
    windows = (folder / "start.bat").exists()
    packed = target.with_name(f"{target.name}.{'zip' if windows else 'tar.gz'}")
    if windows:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as zipped:
            for file in sorted(folder.rglob("*")):
                zipped.write(file, Path(name, file.relative_to(folder)))
    else:
        with tarfile.open(packed, "w:gz", compresslevel=1) as tarred:
            tarred.add(folder, name, filter=_nobody)
    return packed


def _nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Whose files these were is of no use elsewhere; everyone may read them."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode |= 0o755 if entry.isdir() else 0o644
    return entry
