"""Families follow the index: whatever was added, changed or removed, and wherever a run was stopped."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.npyio import NpzFile

from indexer import build, home, prepared
from indexer.engines.base import Reader
from indexer.families import store
from indexer.families.detect import Families, families_of, find_families
from indexer.families.forms import LEVELS
from indexer.families.shingles import index_shingles
from indexer.library import Library
from indexer.model import Report
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


def stored_shingles(index: Path) -> list[object] | None:
    """The shingles on disk, if they are those of the index as it is."""
    reader = home.open_reader(index)
    try:
        found = store.load_shingles(index / home.SHINGLES, store.state_of(reader))
    finally:
        reader.close()
    if found is None:
        return None
    arrays = (found.reports, found.codes, found.starts, found.owners)
    return [list(found.report_ids), *(array.tolist() for array in arrays)]


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
        shingles = [stored_shingles(index) for index in (place.index, fresh)]
        assert shingles[0] == shingles[1] is not None, step
        assert named(place.index) == named(fresh), step
        sizes.append(len(named(place.index)["paragraph"]))
    assert max(sizes) >= 5
    assert sizes[0] == sizes[-1] == 0


def test_a_run_without_changes_leaves_them_alone(place: Place) -> None:
    for name in "甲乙":
        place.write(name)
    place.update()
    paths = [place.index / name for name in (home.FAMILIES, home.SHINGLES)]
    before = [path.stat() for path in paths]
    place.update()
    for path, earlier in zip(paths, before, strict=True):
        assert (path.stat().st_mtime_ns, path.stat().st_ino) == (earlier.st_mtime_ns, earlier.st_ino)


def test_a_run_without_changes_reads_of_the_shingles_no_more_than_their_state(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write("甲")
    place.update()
    real, read = NpzFile.__getitem__, set[tuple[str, str]]()

    def reading(file: Any, key: str) -> Any:
        read.add((Path(file.fid.name).name, key))
        return real(file, key)

    monkeypatch.setattr(NpzFile, "__getitem__", reading)
    place.update()
    assert {key for name, key in read if name == home.SHINGLES} == {"state"}


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


@pytest.mark.parametrize("damage", ["missing", "damaged", "a folder"])
def test_without_the_shingles_on_disk_they_are_made(place: Place, damage: str) -> None:
    for name in "甲乙丙":
        place.write(name)
    place.update()
    wanted, path = stored_shingles(place.index), place.index / home.SHINGLES
    content = path.read_bytes()
    path.unlink()
    if damage == "damaged":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "a folder":
        path.mkdir()
    assert stored_shingles(place.index) is None
    library = Library(place.index)
    found = library.shingles()
    assert [found.codes.tolist(), found.owners.tolist()] == [wanted[2], wanted[4]] if wanted else None
    library.close()
    # Who had to make them has put them on disk, where that was possible.
    assert stored_shingles(place.index) == (None if damage == "a folder" else wanted)
    summary = place.update()
    if damage == "a folder":
        assert [w.partition(" (")[0] for w in summary.warnings] == [
            "what similar texts are found by cannot be kept"
        ]
    else:
        assert summary.warnings == []


def ask(index: Path) -> None:
    """Use families and shingles as a command does."""
    library = Library(index)
    library.families()
    library.shingles()
    library.close()


@pytest.fixture
def bare(place: Place) -> Place:
    """An index whose families and shingles are not on disk."""
    for name in "甲乙":
        place.write(name)
    place.update()
    for name in (home.FAMILIES, home.SHINGLES):
        (place.index / name).unlink()
    return place


def kept_files(index: Path) -> set[str]:
    return {path.name for path in index.iterdir() if "families" in path.name or "shingles" in path.name}


def test_who_had_to_find_them_keeps_them(bare: Place) -> None:
    ask(bare.index)
    assert kept_files(bare.index) == {home.FAMILIES, home.SHINGLES}
    kept = stored(bare.index)
    assert kept is not None
    assert same(kept, found_anew(bare.index))
    assert stored_shingles(bare.index) is not None


def test_nothing_is_kept_while_another_run_updates(bare: Place) -> None:
    with home.writing(bare.index):
        ask(bare.index)
        assert kept_files(bare.index) == set()
    ask(bare.index)
    assert kept_files(bare.index) == {home.FAMILIES, home.SHINGLES}


@pytest.mark.parametrize("rebuild", [False, True])
def test_nothing_is_kept_of_a_state_that_is_past(
    bare: Place, monkeypatch: pytest.MonkeyPatch, rebuild: bool
) -> None:
    """An update that ends while they are being made has put its own on disk: they stay."""

    def meanwhile(reports: Iterable[Report]) -> Families:
        found = find_families(reports)
        bare.write("丙")
        bare.update(rebuild=rebuild)
        return found

    monkeypatch.setattr(prepared, "find_families", meanwhile)
    library = Library(bare.index)
    library.families()
    library.close()
    kept = stored(bare.index)
    assert kept is not None
    assert same(kept, found_anew(bare.index))


@pytest.mark.parametrize("rebuild", [False, True])
@pytest.mark.parametrize(
    ("write", "make"),
    [
        ("savez_compressed", prepared.find_and_keep_families),
        ("savez", prepared.make_and_keep_shingles),
    ],
)
def test_nothing_is_put_in_the_place_of_what_an_update_has_put_there(
    bare: Place,
    monkeypatch: pytest.MonkeyPatch,
    write: str,
    make: Callable[[Path, Reader], object],
    rebuild: bool,
) -> None:
    """The update comes while what was made of the earlier state is being written."""
    real, updated = getattr(np, write), list[build.Summary]()

    def meanwhile(*args: Any, **arrays: Any) -> None:
        monkeypatch.setattr(np, write, real)
        bare.write("丙")
        other = threading.Thread(target=lambda: updated.append(bare.update(rebuild=rebuild)))
        other.start()
        other.join()
        real(*args, **arrays)

    monkeypatch.setattr(np, write, meanwhile)
    reader = home.open_reader(bare.index)
    make(bare.index, reader)
    reader.close()
    assert len(updated) == 1
    assert stored(bare.index) is not None
    assert stored_shingles(bare.index) is not None
    assert kept_files(bare.index) == {home.FAMILIES, home.SHINGLES}


def test_an_index_that_cannot_be_written_is_asked_all_the_same(
    bare: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("savez", "savez_compressed"):
        monkeypatch.setattr(np, name, refused)
    ask(bare.index)
    assert kept_files(bare.index) == set()


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
                "before finding": (prepared, "families_of"),
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
    for path in place.index.glob(".*.npz.*"):
        os.utime(path, (0, 0))  # long ago
    place.update()  # no file has changed: the families are still made up for
    assert stored(place.index) is not None
    assert [*place.index.glob(".families*"), *place.index.glob(".shingles*")] == []


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


def test_what_is_of_the_earlier_state_stays_until_all_of_the_newest_is_written(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that still answers from it need not make it anew."""
    place.write("甲")
    place.update()
    before = [(place.index / name).read_bytes() for name in (home.FAMILIES, home.SHINGLES)]
    real, seen = families_of, list[list[bytes]]()

    def meanwhile(forms: Any) -> Families:
        seen.append([(place.index / name).read_bytes() for name in (home.FAMILIES, home.SHINGLES)])
        return real(forms)

    monkeypatch.setattr(prepared, "families_of", meanwhile)
    place.write("乙")
    place.update()
    assert seen == [before]
    assert stored(place.index) is not None
    assert stored_shingles(place.index) is not None
    assert kept_files(place.index) == {home.FAMILIES, home.SHINGLES}


def test_others_search_while_shingles_of_an_earlier_state_are_made(
    bare: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not on disk, and the index is being updated: there is nothing but the earlier reader."""
    library = Library(bare.index)
    library.families()
    bare.write("丙")
    within, go_on, searched = threading.Event(), threading.Event(), threading.Event()
    first = list[Any]()

    def search_and_tell() -> None:
        library.status()
        searched.set()

    def updating(forms: Any) -> Families:
        """The newest state is committed; before its families are on disk, the earlier one is asked."""
        asking = threading.Thread(target=lambda: first.append(library.shingles()))
        monkeypatch.setattr(prepared, "index_shingles", making)
        asking.start()
        assert within.wait(60)
        searching = threading.Thread(target=search_and_tell)
        searching.start()
        others = searched.wait(20)
        monkeypatch.setattr(prepared, "index_shingles", index_shingles)
        go_on.set()
        asking.join()
        searching.join()
        assert others
        return families_of(forms)

    def making(*args: Any) -> Any:
        within.set()
        assert go_on.wait(120)
        return index_shingles(*args)

    monkeypatch.setattr(prepared, "families_of", updating)
    bare.update()
    assert [len(shingles.report_ids) for shingles in first] == [2]
    assert len(library.shingles().report_ids) == 3
    library.close()


@pytest.mark.parametrize("what", ["families", "shingles"])
def test_a_reader_is_given_with_what_was_made_of_its_state(
    place: Place, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """An update comes between the two."""
    place.write("甲")
    place.update()
    library = Library(place.index)
    real, asked = getattr(library, what), list[object]()

    def late() -> object:
        made = real()
        if not asked:
            place.write("乙")
            place.update()
        asked.append(made)
        return made

    monkeypatch.setattr(library, what, late)
    with getattr(library, f"reader_and_{what}")() as (reader, made):
        assert len(reader.report_ids()) == len(made.reports) - 1 == 2
    assert len(asked) == 2
    library.close()


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
