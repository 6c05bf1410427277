"""Files read in processes of their own: what hangs, crashes or explodes costs its own line and no more."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from indexer import corpus, ocr, reading, workers
from indexer.corpus import digest_of_data
from indexer.errors import MissingExtraError, UnreadableError
from indexer.model import Block, Document, FileEntry, Member, Stamp
from indexer.pools import processors
from indexer.readers.layout import Page
from indexer.reading import Folders, Outcome, Place
from indexer.workers import Job, Limits, Workers


def folders(folder: Path) -> Folders:
    return Folders(folder / "scratch", folder / "kept")


def harmful(
    place: Place, entry: FileEntry, folders: Folders, unrecognised: Mapping[int, str] | None = None
) -> Outcome:
    """In the place of reading a file: what its name says; ``once-`` what it says the first time only."""
    name = place.path.stem
    if name.startswith("once-"):
        seen = place.path.with_suffix(".seen")
        name = "" if seen.exists() else name.removeprefix("once-")
        seen.touch()
    if name == "hangs":
        time.sleep(600)
    elif name == "crashes":
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "explodes":
        held = []
        while True:
            held.append(bytearray(1 << 24))
    elif name == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    elif name.startswith("scan"):
        if unrecognised is None:
            return Outcome(entry, scanned=tuple(range(9)))
        warnings = tuple(f"{page} {reason}" for page, reason in unrecognised.items())
        return Outcome(replace(entry, format="scan", warnings=warnings))
    return Outcome(replace(entry, format=str(os.getpid())))


def jobs(folder: Path, *names: str) -> list[Job]:
    for name in names:
        (folder / name).write_bytes(b"\x00\x01\x02" + name.encode())
    return [Job(Place(folder / name), FileEntry(f"报告/{name}", "", None)) for name in names]


def read(
    folder: Path, wanted: Sequence[Job], count: int = 2, seconds: float = 1.0
) -> list[tuple[Job, Outcome]]:
    with Workers(count, Limits(seconds, 400 << 20), folders(folder)) as pool:
        return list(pool.read(wanted, lambda job, outcome: ()))


@pytest.fixture
def harm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(workers, "read_file", harmful)
    yield


@pytest.mark.usefixtures("harm")
def test_what_goes_wrong_costs_its_own_line(tmp_path: Path) -> None:
    names = ("one.x", "hangs.x", "two.x", "crashes.x", "three.x", "explodes.x", "four.x")
    found = {
        job.entry.file[3:]: outcome.entry
        for job, outcome in read(tmp_path, jobs(tmp_path, *names), seconds=2.0)
    }
    # What may be the machine's fault is tried once more, at the end.
    last = ["hangs.x", "crashes.x", "explodes.x"]
    assert list(found) == [*(name for name in names if name not in last), *last]
    reasons = {name: entry.failed for name, entry in found.items() if entry.failed}
    assert reasons == {
        "hangs.x": workers._HANGS.format(seconds=2.0),
        "crashes.x": workers._CRASHES,
        "explodes.x": reasons["explodes.x"],
    }
    assert reasons["explodes.x"] in (workers._CRASHES, reading.TOO_MUCH_MEMORY)
    assert all(entry.format != str(os.getpid()) for entry in found.values())


@pytest.mark.usefixtures("harm")
def test_what_goes_well_when_it_is_tried_once_more_is_no_failure(tmp_path: Path) -> None:
    """A run that was halted for a while, a moment without memory."""
    names = ("once-hangs.x", "once-crashes.x", "once-explodes.x")
    found = read(tmp_path, jobs(tmp_path, *names), seconds=0.5)
    assert [(job.place.path.name, outcome.entry.failed) for job, outcome in found] == [
        (name, None) for name in names
    ]


@pytest.mark.usefixtures("harm")
def test_a_full_disk_is_not_the_files_fault(tmp_path: Path) -> None:
    (job,) = jobs(tmp_path, "full.x")
    job = replace(job, entry=replace(job.entry, stamp=Stamp(1, 1, 1, settled=True)))
    ((_, outcome),) = read(tmp_path, [job])
    assert (outcome.entry.stamp, outcome.convertible) == (None, False)
    assert outcome.entry.failed is not None
    assert outcome.entry.failed.startswith(reading.DISK)
    assert "No space left" in outcome.entry.failed


def harmful_page(place: Place, digest: str, page: int, folders: Folders) -> None:
    """In the place of recognising a page: what its number says."""
    if page == 1:
        time.sleep(600)
    elif page == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    elif page == 3:
        raise MemoryError
    elif page == 4:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    elif page == 5:
        raise MissingExtraError("扫描件或图片", "ocr")  # cannot be pickled as it is
    elif page == 6:
        raise KeyError("stumbles")
    elif page == 7:
        raise UnreadableError("图片已损坏")


def recognise(folder: Path, wanted: Sequence[Job]) -> tuple[dict[int, str], bool]:
    """Why pages of a scan are not recognised, and whether it is tried again."""
    with Workers(2, Limits(1.0, 400 << 20), folders(folder)) as pool:
        pool._page_seconds = 1.0
        ((_, outcome),) = pool.read(wanted, lambda job, outcome: ())
    lines = (line.partition(" ") for line in outcome.entry.warnings)
    return {int(page): reason for page, _, reason in lines}, outcome.entry.again


@pytest.mark.usefixtures("harm")
def test_each_page_that_is_not_recognised_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "recognise_page", harmful_page)
    found, again = recognise(tmp_path, jobs(tmp_path, "scan.x"))
    assert again
    assert list(found) == list(range(1, 8))
    assert found[1] == workers._PAGE_HANGS.format(seconds=1.0)
    assert (found[2], found[3]) == (workers._PAGE_CRASHES, workers._PAGE_MEMORY)
    assert found[4] == f"{reading.DISK}: No space left on device"
    assert 'pip install "gaoku[ocr]"' in found[5]
    assert "KeyError" in found[6]
    assert found[7] == "图片已损坏"


def damaged_page(place: Place, digest: str, page: int, folders: Folders) -> None:
    raise UnreadableError("图片已损坏")


@pytest.mark.usefixtures("harm")
def test_damaged_pages_are_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "recognise_page", damaged_page)
    found, again = recognise(tmp_path, jobs(tmp_path, "scan.x"))
    assert (set(found.values()), again) == ({"图片已损坏"}, False)


def test_a_page_has_more_time_than_a_file_and_few_are_recognised_at_once(tmp_path: Path) -> None:
    for seconds, expected in ((60.0, 300.0), (100.0, 500.0)):
        with Workers(64, Limits(seconds), folders(tmp_path)) as pool:
            assert pool._page_seconds == expected
            assert 1 <= pool._recognising.most <= max(1, processors() // ocr.THREADS)


@pytest.mark.usefixtures("harm")
@pytest.mark.parametrize("count", [1, 3])
def test_the_order_is_that_of_the_files(tmp_path: Path, count: int) -> None:
    wanted = jobs(tmp_path, *(f"{n}.x" for n in range(150)))
    assert [job for job, _ in read(tmp_path, wanted, count)] == wanted


def test_a_little_text_is_read_here(tmp_path: Path) -> None:
    (tmp_path / "甲.txt").write_text("招商引资成效明显。", "utf-8")
    with Workers(2, Limits(), folders(tmp_path)) as pool:
        ((_, outcome),) = pool.read(
            [Job(Place(tmp_path / "甲.txt"), FileEntry("报告/甲.txt", "", None))], lambda job, outcome: ()
        )
        assert not pool._reading.started
    assert outcome.entry.reports == 1


def test_other_content_under_the_name_of_text_is_not_read_here(tmp_path: Path) -> None:
    (tmp_path / "甲.txt").write_bytes(b"PK\x03\x04word/document")
    with Workers(1, Limits(), folders(tmp_path)) as pool:
        ((_, outcome),) = pool.read(
            [Job(Place(tmp_path / "甲.txt"), FileEntry("报告/甲.txt", "", None))], lambda job, outcome: ()
        )
        assert pool._reading.started
    assert outcome.entry.failed is not None


def test_what_is_gone_says_so(tmp_path: Path) -> None:
    ((_, outcome),) = read(tmp_path, [Job(Place(tmp_path / "无.txt"), FileEntry("报告/无.txt", "", None))])
    assert outcome.entry.failed == "读取时文件已不在 (gone while being read)"


class TestReadFile:
    """One file, in this process."""

    @pytest.fixture
    def document(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Document | Exception]:
        """What readers make of a content, by the file's name."""
        made: dict[str, Document | Exception] = {}

        def made_read(name: PurePath, data: bytes) -> Document:
            found = made[name.name]
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(reading, "read", made_read)
        return made

    def outcome(self, tmp_path: Path, name: str, depth: int = 0) -> Outcome:
        (tmp_path / "content").write_bytes(b"content")
        entry = FileEntry(f"报告/{name}", digest_of_data(b"content"), None)
        return reading.read_file(Place(tmp_path / "content", depth), entry, folders(tmp_path))

    def test_files_inside_are_unpacked_under_names_of_our_own(
        self, tmp_path: Path, document: dict[str, Document | Exception]
    ) -> None:
        members = (Member("公文/甲.docx", b"one"), Member("../../etc/passwd", b"two"))
        document["a.zip"] = Document((), "zip", members=members)
        outcome = self.outcome(tmp_path, "a.zip")
        assert outcome.entry.failed is None
        assert [(i.name, i.path.read_bytes()) for i in outcome.inside] == [(m.name, m.data) for m in members]
        assert all(i.path.is_relative_to(tmp_path / "scratch") for i in outcome.inside)
        assert [i.digest for i in outcome.inside] == [digest_of_data(m.data) for m in members]

    def test_too_deep(self, tmp_path: Path, document: dict[str, Document | Exception]) -> None:
        document["a.zip"] = Document((), "zip", members=(Member("甲.docx", b"one"),))
        assert self.outcome(tmp_path, "a.zip", 1).inside
        assert self.outcome(tmp_path, "a.zip", 2).entry.failed == reading._TOO_DEEP

    def test_a_document_with_attachments_is_both(
        self, tmp_path: Path, document: dict[str, Document | Exception]
    ) -> None:
        text = Block("招商引资成效明显。")
        document["a.eml"] = Document((text,), "eml", members=(Member("甲.docx", b"one"),))
        outcome = self.outcome(tmp_path, "a.eml")
        assert (outcome.entry.reports, len(outcome.reports), len(outcome.inside)) == (1, 1, 1)

    def test_a_missing_extra_is_tried_again(
        self, tmp_path: Path, document: dict[str, Document | Exception]
    ) -> None:
        document["a.doc"] = MissingExtraError("旧版 Word 文件", "office")
        entry = self.outcome(tmp_path, "a.doc").entry
        assert (entry.stamp, entry.extra) == (None, "office")
        assert entry.failed == (
            '旧版 Word 文件：需要先安装 pip install "gaoku[office]" (an extra is missing: install it)'
        )

    def test_too_long(
        self, tmp_path: Path, document: dict[str, Document | Exception], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("indexer.readers.limits.MAX_CHARACTERS", 5)
        document["a.x"] = Document((Block("三个字"), Block("三个字")), "x")
        assert self.outcome(tmp_path, "a.x").entry.failed == reading._TOO_LONG

    def test_no_text_and_nothing_inside(
        self, tmp_path: Path, document: dict[str, Document | Exception]
    ) -> None:
        document["a.x"] = Document((), "x")
        assert self.outcome(tmp_path, "a.x").entry.failed == reading._EMPTY


class TestRecognisePage:
    """One page, in this process."""

    @pytest.fixture
    def seen(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """The numbers of the pages that are recognised."""
        asked: list[int] = []

        def page_image(data: bytes, page: int) -> bytes:
            asked.append(page)
            return data

        monkeypatch.setattr(ocr, "page_image", page_image)
        monkeypatch.setattr(ocr, "recognise", lambda image: Page(1.0, 1.0, ()))
        return asked

    def test_a_file_is_read_once_for_all_its_pages(
        self, tmp_path: Path, seen: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened: list[Path] = []
        read_bytes = corpus.read_bytes

        def counting(path: Path) -> tuple[bytes, str]:
            opened.append(path)
            return read_bytes(path)

        monkeypatch.setattr(corpus, "read_bytes", counting)
        path = tmp_path / "scan"
        path.write_bytes(b"one")
        os.utime(path, ns=(1, 10**9 + 1))
        monkeypatch.setattr("indexer.reading.time.time_ns", lambda: 2**62)  # long after it was written
        digest = digest_of_data(b"one")
        for page in range(5):
            reading.recognise_page(Place(path), digest, page, folders(tmp_path))
        assert (seen, opened) == ([0, 1, 2, 3, 4], [path])
        path.write_bytes(b"other")
        with pytest.raises(UnreadableError, match="文件已改变"):
            reading.recognise_page(Place(path), digest, 5, folders(tmp_path))

    def test_a_page_that_cannot_be_kept_is_not_recognised(self, tmp_path: Path, seen: list[int]) -> None:
        (tmp_path / "scan").write_bytes(b"one")
        (tmp_path / "kept").write_text("no folder")
        with pytest.raises(OSError, match="kept"):
            reading.recognise_page(Place(tmp_path / "scan"), digest_of_data(b"one"), 0, folders(tmp_path))
