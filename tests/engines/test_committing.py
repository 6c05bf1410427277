"""An update that is broken off at any step leaves the index in its earlier state or in the new one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from whoosh.index import TOC

from indexer.engines.whoosh import WhooshEngine, batches, checksums, merging, segments, storage, writer
from indexer.engines.whoosh.storage import DurableStorage
from indexer.errors import LockedIndexError
from indexer.model import IndexMeta

from .conformance import CORPUS, META, A, B, build, entry

LATER = IndexMeta(updated="later")

#: Where an update is broken off: an owner, the name of what it calls, and whether the update counts by then.
STEPS: tuple[tuple[Any, str, bool], ...] = (
    (batches.Batches, "finish", False),
    (writer, "write_segment", False),
    (segments, "write_arrays", False),
    (DurableStorage, "sync", False),
    (storage, "sync_folder", False),
    (DurableStorage, "rename_file", False),
    (TOC, "write", False),
    (writer, "clean_files", True),
    (checksums, "write", True),
    (checksums, "_checksum", True),
)


def before(function: Callable[..., Any], error: BaseException) -> Callable[..., Any]:
    def failing(*given: Any, **more: Any) -> Any:
        raise error

    return failing


def behind(function: Callable[..., Any], error: BaseException) -> Callable[..., Any]:
    def failing(*given: Any, **more: Any) -> Any:
        function(*given, **more)
        raise error

    return failing


def put(directory: Path, file: str, meta: IndexMeta) -> None:
    update = WhooshEngine().writer(directory)
    try:
        update.put(entry(file, CORPUS[A], "later"), CORPUS[A])
        update.commit(meta)
    except BaseException:
        update.cancel()
        raise


def state(directory: Path) -> tuple[str, list[str]]:
    reader = WhooshEngine().reader(directory)
    try:
        return reader.meta.updated, list(reader.files())
    finally:
        reader.close()


@pytest.mark.parametrize("how", [before, behind])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=repr)
@pytest.mark.parametrize(("owner", "step", "counts"), STEPS)
def test_broken_off(
    tmp_path: Path, owner: Any, step: str, counts: bool, error: BaseException, how: Any
) -> None:
    build(WhooshEngine(), tmp_path, CORPUS).close()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(type(error)):
        if (owner, step) == (checksums, "_checksum"):  # asked before an update, too, which is not meant
            patch.setattr(checksums, "damaged", lambda directory: [])
        patch.setattr(owner, step, how(getattr(owner, step), error))
        put(tmp_path, "新.txt", LATER)
    earlier, later = (META.updated, [A, B]), (LATER.updated, sorted([A, B, "新.txt"]))
    found = state(tmp_path)
    assert found in (earlier, later)
    if counts or how is before:
        assert found == (later if counts else earlier)
    assert WhooshEngine().verify(tmp_path) == []
    put(tmp_path, "又.txt", IndexMeta(updated="once more"))
    assert state(tmp_path) == ("once more", sorted([*found[1], "又.txt"]))
    assert WhooshEngine().verify(tmp_path) == []
    named = {path.stem for path in tmp_path.glob("*.seg")}
    assert {path.stem for path in tmp_path.glob("*.arr")} == named
    assert len(list(tmp_path.glob("*.toc*"))) == 1


def test_what_a_killed_run_had_not_removed_yet_is_no_damage(tmp_path: Path) -> None:
    """Of a segment that was merged, one of its two files."""
    build(WhooshEngine(), tmp_path, CORPUS).close()
    earlier = {path: path.read_bytes() for path in tmp_path.glob("MAIN_*.*")}
    recorded = (tmp_path / "checksums.json").read_bytes()
    put(tmp_path, "新.txt", LATER)
    for path, content in earlier.items():
        assert not path.exists()
        path.write_bytes(content)
        (tmp_path / "checksums.json").write_bytes(recorded)
        assert WhooshEngine().verify(tmp_path) == []
        put(tmp_path, "新.txt", LATER)
        assert WhooshEngine().verify(tmp_path) == []


def test_the_last_batch_fills_a_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left to be written with the commit."""
    for module in (merging, writer):
        monkeypatch.setattr(module, "MOST", 1)
    build(WhooshEngine(), tmp_path, CORPUS).close()
    put(tmp_path, "新.txt", LATER)
    assert state(tmp_path) == (LATER.updated, sorted([A, B, "新.txt"]))
    assert WhooshEngine().verify(tmp_path) == []


def test_a_second_writer(tmp_path: Path) -> None:
    first = WhooshEngine().writer(tmp_path)
    with pytest.raises(LockedIndexError):
        WhooshEngine().writer(tmp_path)
    first.cancel()
    WhooshEngine().writer(tmp_path).cancel()


def test_damage_is_not_recorded_as_whole(tmp_path: Path) -> None:
    """Not even when it comes about while an update goes on."""
    build(WhooshEngine(), tmp_path, {f"{n}.txt": CORPUS[A] for n in range(9)}).close()
    update = WhooshEngine().writer(tmp_path)
    update.put(entry("新.txt", CORPUS[B], "later"), CORPUS[B])
    (segment,) = tmp_path.glob("*.seg")
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    update.commit(LATER)
    assert segment.exists()
    assert checksums.damaged(tmp_path) == [segment.name]
