"""Families follow the index: whatever was added, changed or removed, and wherever a run was stopped."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from indexer import build, home
from indexer.families import store
from indexer.families.detect import Families, find_families
from indexer.families.forms import LEVELS
from indexer.library import Library
from indexer.repeated import list_families
from indexer.search import make_question, search
from indexer.settings import Settings

from .test_store import same
from .texts import HAN, changed

Named = set[frozenset[tuple[str, str | None, int | None]]]


class Place:
    """A folder of reports and an index over it."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder, self.index = root, root / "报告", root / "index"
        self.folder.mkdir()
        chance = random.Random(3)
        self.chance = chance
        self.stock = ["".join(chance.choices(HAN, k=70)) + "。" for _ in range(6)]

    def write(self, name: str) -> None:
        """A report of stock paragraphs, a little changed."""
        own = [changed(p, self.chance, 3) for p in self.chance.sample(self.stock, 4)]
        text = f"2019年{name}工作总结\n一、主要工作\n{own[0]}\n{own[1]}\n二、其他工作\n{own[2]}\n{own[3]}\n"
        (self.folder / f"{name}.txt").write_text(text, "utf-8")

    def update(self, index: Path | None = None, *, rebuild: bool = False) -> build.Summary:
        return build.update(index or self.index, [self.folder], Settings(), rebuild=rebuild)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def named(index: Path) -> dict[str, Named]:
    """The families of an index, by what their members are called."""
    library = Library(index)
    try:
        return {
            level: {
                frozenset((m.report, m.section, m.paragraph) for m in family.members)
                for family in list_families(library, level).families
            }
            for level in LEVELS
        }
    finally:
        library.close()


def stored(index: Path) -> Families | None:
    """The families on disk, if they are those of the index as it is."""
    reader = home.open_reader(index)
    try:
        return store.load(index / home.FAMILIES, store.state_of(reader))
    finally:
        reader.close()


def found_anew(index: Path) -> Families:
    """The families of the index as it is."""
    reader = home.open_reader(index)
    try:
        return find_families([filed.report for filed in reader.reports()])
    finally:
        reader.close()


def test_one_file_at_a_time(place: Place) -> None:
    """Add, change, rename, remove: each time as if the index were built anew."""

    def steps() -> Iterator[str]:
        for name in ("甲", "乙", "丙", "丁", "戊"):
            place.write(name)
            yield f"add {name}"
        place.write("乙")
        yield "change"
        (place.folder / "丙.txt").rename(place.folder / "一.txt")
        yield "move"
        (place.folder / "甲.txt").unlink()
        yield "remove"
        place.write("甲")
        yield "put back"
        for path in place.folder.iterdir():
            path.unlink()
        place.write("辛")
        yield "all others gone"

    sizes = []
    for n, step in enumerate(steps()):
        place.update()
        fresh = place.root / f"fresh {n}"
        place.update(fresh)
        kept = stored(place.index)
        assert kept is not None, step
        assert same(kept, found_anew(place.index)), step
        assert named(place.index) == named(fresh), step
        sizes.append(len(named(place.index)["paragraph"]))
    assert max(sizes) >= 5
    assert sizes[0] == sizes[-1] == 0


def test_a_run_without_changes_leaves_them_alone(place: Place) -> None:
    for name in "甲乙":
        place.write(name)
    place.update()
    before = (place.index / home.FAMILIES).stat()
    place.update()
    after = (place.index / home.FAMILIES).stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_forgetting_a_folder(place: Place) -> None:
    for name in "甲乙":
        place.write(name)
    other = place.root / "另一处"
    other.mkdir()
    (place.folder / "乙.txt").rename(other / "乙.txt")
    build.update(place.index, [place.folder, other], Settings())
    assert named(place.index)["paragraph"]
    build.forget(place.index, other, Settings())
    assert stored(place.index) is not None
    assert named(place.index) == {level: set() for level in LEVELS}


def hit_copies(index: Path) -> list[int]:
    library = Library(index)
    try:
        return [hit.copies for hit in search(library, make_question("", limit=100)).hits]
    finally:
        library.close()


@pytest.mark.parametrize("damage", ["missing", "damaged", "another index's", "a folder"])
def test_without_the_file_they_are_found(place: Place, damage: str) -> None:
    for name in "甲乙丙":
        place.write(name)
    place.update()
    wanted, copies = named(place.index), hit_copies(place.index)
    path = place.index / home.FAMILIES
    content = path.read_bytes()
    path.unlink()
    if damage == "damaged":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "another index's":
        store.save(path, find_families([]), "other")
    elif damage == "a folder":
        path.mkdir()
    assert stored(place.index) is None
    assert named(place.index) == wanted
    assert hit_copies(place.index) == copies
    assert max(copies) > 1
    summary = place.update()
    if damage == "a folder":
        assert len(summary.warnings) == 1
        assert "repeated texts cannot be kept" in summary.warnings[0]
    else:
        assert stored(place.index) is not None
        assert summary.warnings == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("moment", ["before finding", "before saving", "while saving"])
def test_killed_between_the_commit_and_the_families(
    place: Place, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    for name in "甲乙":
        place.write(name)
    place.update()
    place.write("丙")
    child = os.fork()
    if child == 0:
        try:
            where = {
                "before finding": (build, "find_families"),
                "before saving": (store, "save"),
                "while saving": (np, "savez_compressed"),
            }[moment]
            setattr(*where, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
            place.update()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    assert stored(place.index) is None  # those on disk are of the state before
    place.update(place.root / "fresh")
    assert named(place.index) == named(place.root / "fresh")
    place.update()  # no file has changed: the families are still made up for
    assert stored(place.index) is not None
    assert [p.name for p in place.index.glob(".families*")] == []


def test_a_full_disk_is_a_warning(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "甲乙":
        place.write(name)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez_compressed", full)
        summary = place.update()
    assert summary.counts.reports == 2
    assert [w.partition(" (")[0] for w in summary.warnings] == ["repeated texts cannot be kept"]
    place.update(place.root / "fresh")
    assert named(place.index) == named(place.root / "fresh")


def test_a_library_follows(place: Place) -> None:
    place.write("甲")
    place.update()
    library = Library(place.index)
    assert list_families(library, "paragraph").total == 0
    (place.folder / "乙.txt").write_bytes((place.folder / "甲.txt").read_bytes())
    place.update()
    assert list_families(library, "section").total == 2
    assert {hit.copies for hit in search(library, make_question("", limit=9)).hits} == {2}
    (place.folder / "甲.txt").unlink()
    place.update(rebuild=True)
    assert list_families(library, "section").total == 0
    library.close()
