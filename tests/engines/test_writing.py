"""Writing within bounds: what is spilled, sent to other processes or merged is what was put."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.engines.whoosh import WhooshEngine, batches, merging, writer
from indexer.engines.whoosh.batches import _ROOM, Batches
from indexer.engines.whoosh.documents import BYTES, NUMBERS, Documents
from indexer.engines.whoosh.frequencies import Frequencies
from indexer.engines.whoosh.merging import to_merge
from indexer.engines.whoosh.segments import Contents, write_arrays
from indexer.engines.whoosh.tokenising import contents_of, packed, words_handed_over
from indexer.model import FileEntry, Removed, Report, Section

from . import elsewhere
from .conformance import CORPUS, META, A, build, entry
from .strategies import PIECES
from .test_same_answers import PHASES

# -- bounded memory ------------------------------------------------------------------------------------


def segments(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.seg"))


def files(directory: Path) -> dict[str, bytes]:
    """All files of an index but the lock, with what is in them."""
    return {p.name: p.read_bytes() for p in sorted(directory.iterdir()) if not p.name.endswith("LOCK")}


def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every file tokenised as a batch of its own, in this process: no file waits for the commit."""

    def put(self: Batches, file: FileEntry, reports: tuple[Report, ...]) -> None:
        self._files.append(packed(file, reports))

    def ready(self: Batches) -> Iterator[Contents]:
        held, self._files = self._files, []
        yield contents_of(held)

    monkeypatch.setattr(Batches, "put", put)
    monkeypatch.setattr(Batches, "ready", ready)


def test_segments_are_written_before_the_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held is bounded (what is found then is tested with the same answers); no reader sees them."""
    engine = WhooshEngine()
    build(engine, tmp_path, CORPUS).close()
    before = segments(tmp_path)
    at_once(monkeypatch)
    for module in (merging, writer):
        monkeypatch.setattr(module, "MOST", 10)
    update = engine.writer(tmp_path)
    for turn in range(3):
        update.put(entry(f"{A}{turn}", CORPUS[A]), CORPUS[A])
        assert len(segments(tmp_path)) == len(before) + turn + 1
        reader = engine.reader(tmp_path)
        assert set(reader.files()) == set(CORPUS)
        reader.close()
    update.commit(META)
    assert len(segments(tmp_path)) > len(before)  # they are too large to be merged
    reader = engine.reader(tmp_path)
    assert set(reader.files()) == {*CORPUS, *(f"{A}{turn}" for turn in range(3))}
    reader.close()


def test_cancel_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = WhooshEngine()
    build(engine, tmp_path, CORPUS).close()
    before = files(tmp_path)
    at_once(monkeypatch)
    monkeypatch.setattr(writer, "MOST", 1)
    update = engine.writer(tmp_path)
    update.put(entry("new.txt", CORPUS[A]), CORPUS[A])
    update.drop(A)
    assert files(tmp_path).keys() > before.keys()
    update.cancel()
    assert files(tmp_path) == before
    reader = engine.reader(tmp_path)
    assert set(reader.files()) == set(CORPUS)
    reader.close()
    update = engine.writer(tmp_path)  # nothing keeps the next one out
    update.drop(A)
    update.commit(META)
    assert engine.verify(tmp_path) == []


# -- other processes -----------------------------------------------------------------------------------

#: Some fill a batch alone, some have no text.
FILES = {
    f"{number:02}/招商.txt": (
        Report(
            1,
            f"工作总结{number}",
            tuple(
                Section(
                    f"标题{n}", 1, (), (PIECES[(number + n) % len(PIECES)] * (n + 1), "\udc80招商𠀀"), 2020
                )
                for n in range(number % 5)
            ),
        ),
    )
    for number in range(15)
}


def all_of(made: Batches) -> list[Contents]:
    """What comes out for all files."""
    found: list[Contents] = []
    for file, reports in FILES.items():
        made.put(entry(file, reports), reports)
        found += made.ready()
    return [*found, *made.finish(META)]


def put_all(scratch: Path, processes: int = 2) -> tuple[list[Contents], list[Frequencies]]:
    """The same, and the words together."""
    with closing(Batches(scratch, processes)) as made:
        found = all_of(made)
        return found, list(made.together(found)())


def written(sources: list[Contents], words: list[Frequencies]) -> tuple[bytes, list[Any]]:
    """The postings, and the columns, of a segment of all sources."""
    documents = Documents.together([source.documents for source in sources])
    with tempfile.TemporaryFile() as file:
        write_arrays(file, documents, sources, lambda: words)
        file.seek(0)
        columns = [documents.numbers[name].tolist() for name in NUMBERS]
        held = [(documents.bytes[name].data, documents.bytes[name].sizes.tolist()) for name in BYTES]
        return file.read(), [*columns, *held]


@pytest.fixture(scope="module")
def here() -> tuple[bytes, list[Any]]:
    """What one batch in this process gives."""
    whole = contents_of([packed(entry(f, reports), reports) for f, reports in FILES.items()], META)
    return written([whole], [whole.words])


@pytest.fixture
def sent(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The tasks sent to other processes; the parameter is what becomes of them there."""
    started: list[object] = []
    submit = ProcessPoolExecutor.submit

    def instead(self: ProcessPoolExecutor, *task: Any) -> Any:
        function, *own = task
        started.append(function)
        return submit(self, request.param, function, own)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", instead)
    return started


@pytest.mark.parametrize("sent", [elsewhere.called, elsewhere.dies, elsewhere.has_no_memory], indirect=True)
def test_whatever_becomes_of_processes_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: list[object], here: tuple[bytes, list[Any]]
) -> None:
    """The same, byte by byte, in the same order."""
    monkeypatch.setattr(batches, "BATCH", 30)
    found, words = put_all(tmp_path / "scratch")
    *tasks, last = sent
    assert len(found) == len(tasks) + 1 > 3
    assert last is words_handed_over
    assert written(found, words) == here
    assert not (tmp_path / "scratch").exists()


@pytest.mark.parametrize("sent", [elsewhere.called], indirect=True)
@pytest.mark.parametrize("why_not", ["many", "full"])
def test_words_that_are_many_or_have_no_room_never_leave_this_process(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sent: list[object],
    here: tuple[bytes, list[Any]],
    why_not: str,
) -> None:
    monkeypatch.setattr(batches, "BATCH", 30)
    size = sum(own.words.nbytes for own in put_all(tmp_path)[0])
    for there in (True, False):
        if why_not == "many":
            monkeypatch.setattr(batches, "_WORDS", size - (not there))
        else:
            free = _ROOM * size - (not there)
            monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        sent.clear()
        found, words = put_all(tmp_path)
        assert (words_handed_over in sent, len(words)) == (there, 1 if there else len(found))
        assert written(found, words) == here


@pytest.mark.parametrize("sent", [elsewhere.called], indirect=True)
def test_words_stay_where_nobody_would_be_quicker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: list[object], here: tuple[bytes, list[Any]]
) -> None:
    """With one processor alone, or of one batch alone."""
    monkeypatch.setattr(batches, "BATCH", 30)
    found, words = put_all(tmp_path / "scratch", processes=1)
    assert words_handed_over not in sent
    assert len(sent) == len(found) - 1 > 3
    assert written(found, words) == here
    with closing(Batches(tmp_path / "scratch", 2)) as made:
        only, *_ = all_of(made)
        words = list(made.together([only])())
    assert words_handed_over not in sent
    assert words[0].terms() == only.words.terms()


@pytest.fixture
def words_sent(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files of words that are sent; the parameter is what becomes of them, and of no batch."""
    files: list[Path] = []
    submit = ProcessPoolExecutor.submit

    def instead(self: ProcessPoolExecutor, function: Any, *own: Any) -> Any:
        if function is not words_handed_over:
            return submit(self, function, *own)
        files.append(own[0].path)
        monkeypatch.setattr(batches, "_SECONDS", 0.2)
        return submit(self, request.param, function, own)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", instead)
    return files


@pytest.mark.parametrize(
    "words_sent",
    [elsewhere.dies, elsewhere.has_no_memory, elsewhere.has_no_room, elsewhere.is_late],
    indirect=True,
)
def test_whatever_becomes_of_words_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words_sent: list[Path], here: tuple[bytes, list[Any]]
) -> None:
    monkeypatch.setattr(batches, "BATCH", 30)
    found, words = put_all(tmp_path / "scratch")
    assert len(words_sent) == 1
    assert written(found, words) == here
    assert not (tmp_path / "scratch").exists()


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("sent", OSError(errno.ENOSPC, "no space left on device")),
        ("words_handed_over", BrokenProcessPool("a process died")),
        ("words_handed_over", RuntimeError("cannot schedule new futures after shutdown")),
    ],
)
def test_words_that_cannot_be_sent_leave_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    here: tuple[bytes, list[Any]],
    where: str,
    error: Exception,
) -> None:
    submit = ProcessPoolExecutor.submit
    failed: list[str] = []

    def fails(*_: object) -> None:
        failed.append(where)
        raise error

    def instead(self: ProcessPoolExecutor, function: Any, *own: Any) -> Any:
        if function is words_handed_over:
            fails()
        return submit(self, function, *own)

    monkeypatch.setattr(batches, "BATCH", 30)
    if where == "sent":
        monkeypatch.setattr(batches, "sent", fails)
    else:
        monkeypatch.setattr(ProcessPoolExecutor, "submit", instead)
    with closing(Batches(tmp_path / "scratch", 2)) as made:
        found = all_of(made)
        words = made.together(found)
        assert failed == [where]
        assert list((tmp_path / "scratch").iterdir()) == []
        assert written(found, list(words())) == here


@pytest.mark.parametrize("sent", [elsewhere.called], indirect=True)
def test_a_commit_has_its_words_put_together_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: list[object]
) -> None:
    """Those of an earlier segment, with a document deleted, as well."""
    monkeypatch.setattr(batches, "BATCH", 30)
    engine = WhooshEngine()
    for update in (FILES, dict(list(FILES.items())[3:9])):
        sent.clear()
        writing = engine.writer(tmp_path, processes=2)
        for file, reports in update.items():
            writing.put(entry(file, reports), reports)
        writing.commit(META)
        assert sent.count(words_handed_over) == 1
        assert engine.verify(tmp_path) == []


@pytest.mark.parametrize("sent", [elsewhere.has_no_room], indirect=True)
def test_a_disk_without_room_costs_nothing_and_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: list[object], here: tuple[bytes, list[Any]]
) -> None:
    monkeypatch.setattr(batches, "BATCH", 30)
    found, words = put_all(tmp_path / "scratch")
    assert len(found) == len(FILES)
    assert 0 < len(sent) < len(FILES) - 1
    assert words_handed_over not in sent
    assert written(found, words) == here
    assert not (tmp_path / "scratch").exists()


@pytest.mark.parametrize("sent", [elsewhere.dies], indirect=True)
def test_little_never_leaves_this_process(
    tmp_path: Path, sent: list[object], here: tuple[bytes, list[Any]]
) -> None:
    found, words = put_all(tmp_path / "scratch")
    assert len(found) == 1
    assert (written(found, words), sent) == (here, [])


@pytest.mark.parametrize("sent", [elsewhere.called], indirect=True)
@pytest.mark.parametrize(
    "report",
    [
        Report(1, "题" * 40, ()),
        Report(1, "", (), removed=(Removed("删" * 40, ""),)),
        Report(1, "", (Section("标" * 40, 1, (), ()),)),
        Report(1, "", (Section("", 1, ("路" * 40,), ()),)),
        Report(1, "", (Section("", 1, (), ("文" * 40,)),)),
    ],
    ids=["title", "removed", "heading", "path", "paragraph"],
)
def test_whatever_is_stored_fills_a_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: list[object], report: Report
) -> None:
    bare = Report(1, "", (Section("", 1, (), ()),))
    monkeypatch.setattr(batches, "BATCH", len(packed(entry("a", (bare,)), (bare,))) + 50)
    for one, batch in ((bare, 0), (report, 1)):
        made = Batches(tmp_path)
        try:
            for name in "ab":
                made.put(entry(name, (one,)), (one,))
            assert len(sent) == batch
        finally:
            made.close()


@pytest.mark.parametrize("sent", [elsewhere.called], indirect=True)
def test_files_without_text_fill_a_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: list[object]
) -> None:
    monkeypatch.setattr(batches, "BATCH", 10_000)
    made = Batches(tmp_path)
    try:
        for number in range(100):
            made.put(entry(f"{number}", ()), ())
        assert sent
    finally:
        made.close()


def test_what_a_killed_run_has_left_goes_with_the_next(tmp_path: Path) -> None:
    engine = WhooshEngine()
    build(engine, tmp_path, CORPUS).close()
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "tmpabc").write_bytes(b"half")
    assert engine.verify(tmp_path) == []
    update = engine.writer(tmp_path)
    assert not (tmp_path / "scratch").exists()
    update.cancel()


# -- merging -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Size:
    """A segment by its size."""

    characters: int
    alive: float = 1.0


#: characters written, segments there, those that are taken in; at most 100 characters a segment
MERGES: list[tuple[int, list[Size], str]] = [
    (10, [], ""),
    (10, [Size(10)], "10"),
    (10, [Size(20)], "20"),
    (10, [Size(21)], ""),
    (10, [Size(60), Size(20), Size(200)], "20 60"),  # 10, then 30, then 90
    (10, [Size(15), Size(51)], "15"),
    (1, [Size(0)], "0"),
    (0, [Size(1)], ""),
    (10, [Size(40, 0.6)], ""),
    (10, [Size(30, 0.6)], "30"),  # 18 of them are left
    (1, [Size(90, 0.5)], "90"),  # half of it is deleted
    (1, [Size(90, 0.51)], ""),
    (1, [Size(50, 0.0)], "50"),
    (60, [Size(40)], "40"),
    (60, [Size(41)], ""),  # together more than a segment may have
    (101, [Size(1)], ""),
]


@pytest.mark.parametrize(("written", "there", "taken"), MERGES)
def test_what_is_merged(monkeypatch: pytest.MonkeyPatch, written: int, there: list[Size], taken: str) -> None:
    monkeypatch.setattr(merging, "MOST", 100)
    for order in (there, there[::-1]):
        assert " ".join(str(segment.characters) for segment in to_merge(written, order)) == taken


MOST = 1000
whole = st.builds(Size, st.integers(0, 1200))
partly = st.builds(Size, st.integers(0, 1200), st.sampled_from([0.0, 0.25, 0.5, 0.55, 0.75, 0.9]))


def after_update(written: int, there: list[Size]) -> tuple[int, list[Size]]:
    """How large the new segment is, and which stay."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "MOST", MOST)
        taken = to_merge(written, there)
    stay = [segment for segment in there if not any(segment is one for one in taken)]
    return written + int(sum(one.characters * one.alive for one in taken)), stay


@given(st.lists(st.integers(1, 300), max_size=60))
def test_sizes_at_least_halve(written: list[int]) -> None:
    """Below the most that a segment has; so n characters are in some log(n) segments."""
    there: list[Size] = []
    for characters in written:
        new, there = after_update(characters, there)
        there.append(Size(new))
        sizes = sorted(segment.characters for segment in there)
        for small, large in pairwise(sizes):
            assert large > 2 * small or small + large > MOST, sizes


@given(st.integers(0, MOST), st.lists(whole, max_size=6))
def test_no_merge_makes_more_than_a_segment_may_have(written: int, there: list[Size]) -> None:
    assert after_update(written, there)[0] <= MOST


@given(st.integers(0, MOST), st.lists(partly, max_size=6))
@example(0, [Size(MOST, 0.5)] * 3)
@settings(phases=PHASES)
def test_nor_does_one_of_what_is_partly_deleted(written: int, there: list[Size]) -> None:
    assert after_update(written, there)[0] <= MOST


@given(st.integers(0, MOST), st.lists(partly, max_size=6))
def test_what_is_deleted_for_the_most_part_is_taken(written: int, there: list[Size]) -> None:
    """If not by this update then by one that writes less."""
    whole, stay = after_update(written, there)
    gone = [segment for segment in stay if segment.alive <= 1 / 2]
    assert all(whole + segment.characters * segment.alive > MOST for segment in gone)


@given(st.integers(0, MOST), st.lists(whole, max_size=6))
def test_what_stays_is_more_than_twice_as_large(written: int, there: list[Size]) -> None:
    new, stay = after_update(written, there)
    assert all(segment.characters > 2 * new or segment.characters + new > MOST for segment in stay)


@given(st.integers(0, MOST), st.lists(partly, max_size=6))
@example(1, [Size(10), Size(40, 0.5)])
@settings(phases=PHASES)
def test_so_does_what_is_partly_deleted(written: int, there: list[Size]) -> None:
    new, stay = after_update(written, there)
    left = [segment.characters * segment.alive for segment in stay]
    assert all(size > 2 * new - 2 * len(there) or size + new > MOST - len(there) for size in left)
