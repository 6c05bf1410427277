"""Families on disk: as saved, or as if there were none."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.engines.scan import ScanEngine
from indexer.families import store
from indexer.families.detect import Families, find_families
from indexer.families.forms import LEVELS
from indexer.model import FileEntry, IndexMeta, Report

from .texts import make_reports


def same(one: Families, other: Families) -> bool:
    """Whether all arrays are equal."""
    return all(
        np.array_equal(a, b) and a.dtype == b.dtype
        for a, b in [
            *((one.labels[level], other.labels[level]) for level in LEVELS),
            *((one.characters[level], other.characters[level]) for level in LEVELS),
            (one.sections, other.sections),
            (one.reports, other.reports),
        ]
    )


@pytest.fixture
def families() -> Families:
    return find_families(make_reports(random.Random(1), 12))


@pytest.mark.parametrize("count", [0, 1, 12])
def test_what_is_saved_comes_back(tmp_path: Path, count: int) -> None:
    families = find_families(make_reports(random.Random(1), count))
    path = tmp_path / "families.npz"
    store.save(path, families, "a")
    store.save(path, families, "state")  # over the earlier
    loaded = store.load(path, "state")
    assert loaded is not None
    assert same(loaded, families)
    assert list(tmp_path.iterdir()) == [path]
    assert store.load(path, "another") is None


def test_missing(tmp_path: Path) -> None:
    assert store.load(tmp_path / "families.npz", "state") is None
    assert store.load(tmp_path, "state") is None


def test_cut_off_anywhere(tmp_path: Path, families: Families) -> None:
    path = tmp_path / "families.npz"
    store.save(path, families, "state")
    whole = path.read_bytes()
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert store.load(path, "state") is None, length


def test_damaged_anywhere(tmp_path: Path, families: Families) -> None:
    """What is read is what was saved, or nothing; never an error."""
    path = tmp_path / "families.npz"
    store.save(path, families, "state")
    whole = path.read_bytes()
    chance = random.Random(1)
    for at in chance.sample(range(len(whole)), min(len(whole), 600)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :])
        loaded = store.load(path, "state")
        assert loaded is None or same(loaded, families), at


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"text", b"PK\x03\x04", b"\x80\x04N."])
def test_another_file_in_its_place(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "families.npz"
    path.write_bytes(content)
    assert store.load(path, "state") is None


def test_an_array_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "families.npz"
    with path.open("wb") as stream:
        np.save(stream, np.arange(3))
    assert store.load(path, "state") is None


def test_a_disk_that_fails_leaves_the_earlier_file(
    tmp_path: Path, families: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "families.npz"
    store.save(path, families, "earlier")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.save(path, families, "later")
    assert store.load(path, "earlier") is not None
    assert list(tmp_path.iterdir()) == [path]


def test_states() -> None:
    """Whatever may change families changes the state; times and warnings do not."""
    engine = ScanEngine()
    entry = FileEntry("a/\udcff.txt", "d1", None, "text", reports=1)
    meta = IndexMeta("now", (), {"analysis": "1"})

    def state(*entries: FileEntry, meta: IndexMeta = meta) -> str:
        directory = Path(f"/{len(states)}")
        writer = engine.writer(directory)
        for one in entries:
            writer.put(one, (Report(1, "题", ()),) * one.reports)
        writer.commit(meta)
        return store.state_of(engine.reader(directory))

    states: list[str] = []
    for entries in (
        (entry,),
        (),
        (replace(entry, digest="d2"),),
        (replace(entry, file="a/b.txt"),),
        (replace(entry, reports=2),),
        (entry, replace(entry, file="a/b.txt")),
    ):
        states += [state(*entries)]
    states.append(state(entry, meta=replace(meta, analysis={"analysis": "2"})))
    assert len(set(states)) == len(states) == 7
    assert state(replace(entry, warnings=("w",)), meta=replace(meta, updated="later")) == states[0]
