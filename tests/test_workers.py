"""Files read in processes of their own: what hangs, crashes or explodes costs its own line and no more."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from indexer import reading, workers
from indexer.corpus import digest_of_data
from indexer.errors import MissingExtraError
from indexer.model import Block, Document, FileEntry, Member
from indexer.reading import Folders, Outcome, Place
from indexer.workers import Job, Limits, Workers


def folders(folder: Path) -> Folders:
    return Folders(folder / "scratch", folder / "kept")


def harmful(place: Place, entry: FileEntry, folders: Folders, *, last: bool = False) -> Outcome:
    """In the place of reading a file: what its name says."""
    name = place.path.stem
    if name == "hangs":
        time.sleep(600)
    elif name == "crashes":
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "explodes":
        held = []
        while True:
            held.append(bytearray(1 << 24))
    return Outcome(replace(entry, format=str(os.getpid())))


def jobs(folder: Path, *names: str) -> list[Job]:
    for name in names:
        (folder / name).write_bytes(b"\x00\x01\x02" + name.encode())
    return [Job(Place(folder / name), FileEntry(f"报告/{name}", "", None)) for name in names]


def read(
    folder: Path, wanted: Sequence[Job], count: int = 2, seconds: float = 2.0
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
    found = {job.entry.file[3:]: outcome.entry for job, outcome in read(tmp_path, jobs(tmp_path, *names))}
    assert list(found) == list(names)
    reasons = {name: entry.failed for name, entry in found.items() if entry.failed}
    assert reasons == {
        "hangs.x": workers._HANGS.format(seconds=2.0),
        "crashes.x": workers._CRASHES,
        "explodes.x": reasons["explodes.x"],
    }
    assert reasons["explodes.x"] in (workers._CRASHES, reading.TOO_MUCH_MEMORY)
    assert all(entry.format != str(os.getpid()) for entry in found.values())


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
        assert not pool._pools
    assert outcome.entry.reports == 1


def test_other_content_under_the_name_of_text_is_not_read_here(tmp_path: Path) -> None:
    (tmp_path / "甲.txt").write_bytes(b"PK\x03\x04word/document")
    with Workers(1, Limits(), folders(tmp_path)) as pool:
        ((_, outcome),) = pool.read(
            [Job(Place(tmp_path / "甲.txt"), FileEntry("报告/甲.txt", "", None))], lambda job, outcome: ()
        )
        assert pool._pools
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
