"""How a file is sent: no more of it is read, unpacked and kept in memory than is asked for."""

from __future__ import annotations

import io
import os
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, BinaryIO

import pytest

from indexer import corpus as disk
from indexer import originals, readers
from indexer.library import Library
from indexer.model import report_id
from tests.webui.office import FILES, SECRET, TEXT, Office, make_office
from webui import create_app

INSIDE = "包.zip/外/甲.txt"
LARGE = TEXT + "\n" * 400_000
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """For reading only."""
    return make_office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def own(tmp_path: Path) -> Office:
    """An office whose files may be changed."""
    return make_office(tmp_path)


class Counted(io.FileIO):
    """A file that counts the bytes that are read of it."""

    read_bytes = 0

    def readinto(self, buffer: Any, /) -> int:
        count = super().readinto(buffer) or 0
        Counted.read_bytes += count
        return count

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size) or b""
        Counted.read_bytes += len(data)
        return data

    def readall(self) -> bytes:
        data = super().readall() or b""
        Counted.read_bytes += len(data)
        return data


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many bytes were read of files since it was asked last."""

    def counted(path: Path) -> BinaryIO:
        return io.BufferedReader(Counted(path))

    def asked() -> int:
        count, Counted.read_bytes = Counted.read_bytes, 0
        return count

    monkeypatch.setattr(disk, "open_regular", counted)
    asked()
    return asked


@pytest.mark.parametrize("file", ["甲.txt", INSIDE, "包.zip/外/再包.zip/里/内.txt", "信.eml/附.txt"])
def test_a_file_that_the_browser_has_is_not_read(office: Office, file: str, count: Callable[[], int]) -> None:
    tag = office.get(file)[2]["ETag"]
    assert count() > 0
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        for more in ({}, {"Range": "bytes=0-1"}, {"Range": "bytes=9999999-"}):
            status, sent, headers = office.get(file, **{"If-None-Match": known, **more})
            assert (status, sent) == (304, b"")
            assert headers["ETag"] == tag
            assert headers["Content-Security-Policy"] == POLICY  # a browser takes it for what it keeps
    assert count() == 0
    status, sent, headers = office.get(file, **{"If-None-Match": '"other"'})
    assert status == 200
    assert len(sent) == int(headers["Content-Length"])


@pytest.mark.parametrize("file", ["甲.txt", INSIDE])
def test_a_file_that_the_browser_has_and_that_has_changed(own: Office, file: str) -> None:
    tag = own.get(file)[2]["ETag"]
    place = own.folder / file.split("/")[0]
    os.utime(place, (1, 1))
    assert own.get(file, **{"If-None-Match": tag})[0] == 304
    place.write_text(SECRET, "utf-8")
    assert own.get(file, **{"If-None-Match": tag})[0] == 409
    place.unlink()
    assert own.get(file, **{"If-None-Match": tag})[0] == 404


@pytest.mark.parametrize("file", ["甲.txt", "表.csv", INSIDE, "信.eml/附.txt"])
def test_headers_alone(office: Office, file: str, count: Callable[[], int]) -> None:
    for query in ("", "?save=1"):
        whole = office.get(file, query)[2]
        count()
        answer = office.client.head(office.address(file) + query, headers={"Range": "bytes=0-1"})
        assert (answer.status_code, answer.data) == (200, b"")
        if "/" in file:  # its size is not known before it is taken out
            assert count() == 0
            del whole["Content-Length"]
        assert {k: v for k, v in answer.headers.items() if k != "Date"} == {
            k: v for k, v in whole.items() if k != "Date"
        }


def test_headers_alone_of_what_is_gone(own: Office) -> None:
    (own.folder / "包.zip").unlink()
    answer = own.client.head(own.address(INSIDE))
    assert (answer.status_code, answer.data) == (404, b"")


def test_a_large_file_is_not_read_before_it_is_sent(own: Office, count: Callable[[], int]) -> None:
    own.write("大.txt", LARGE)
    time.sleep(0.05)  # until its times tell of any further change
    own.update()
    place = own.folder / "大.txt"
    size = place.stat().st_size
    count()
    for file_range in ("bytes=0-9", "bytes=-9", f"bytes={size // 2}-{size // 2 + 9}", f"bytes={size}-"):
        own.get("大.txt", Range=file_range)
    own.client.head(own.address("大.txt"))
    assert count() < size // 4
    os.utime(place, (1, 1))  # its size and times no longer tell: read once, to see that it is the same
    assert own.get("大.txt", Range="bytes=3-5")[:2] == (206, LARGE.encode()[3:6])
    assert size <= count() < size + size // 4


CONTENT = FILES["甲.txt"]
SIZE = len(CONTENT)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=3-8", (3, 9)),
        ("Bytes=3-8", (3, 9)),
        ("bytes=0-0", (0, 1)),
        ("bytes=5-", (5, SIZE)),
        ("bytes=-4", (SIZE - 4, SIZE)),
        ("bytes=-9999", (0, SIZE)),
        (f"bytes=2-{'9' * 300}", (2, SIZE)),
        (f"bytes={SIZE - 1}-", (SIZE - 1, SIZE)),
    ],
)
def test_a_part(office: Office, asked: str, part: tuple[int, int]) -> None:
    status, sent, headers = office.get("甲.txt", Range=asked)
    assert (status, sent) == (206, CONTENT[slice(*part)])
    assert headers["Content-Range"] == f"bytes {part[0]}-{part[1] - 1}/{SIZE}"
    assert headers["Content-Length"] == str(len(sent))
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    "asked",
    [
        "x",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=0-1,3-4",
        "bytes=٣-٤",
        "lines=0-1",
        "",
        "-1",
    ],
)
def test_a_range_that_is_none_is_ignored(office: Office, asked: str) -> None:
    status, sent, headers = office.get("甲.txt", Range=asked.encode().decode("latin-1"))
    assert (status, sent) == (200, CONTENT)
    assert "Content-Range" not in headers
    assert headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    "asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", f"bytes={'9' * 300}-"]
)
def test_a_range_beyond_the_end(office: Office, asked: str) -> None:
    status, sent, headers = office.get("甲.txt", Range=asked)
    assert (status, sent) == (416, b"")
    assert headers["Content-Range"] == f"bytes */{SIZE}"
    assert headers["Content-Security-Policy"] == POLICY


def test_a_part_of_the_file_that_the_browser_has_begun(office: Office) -> None:
    tag = office.get("甲.txt")[2]["ETag"]
    for known, status in (
        (tag, 206),
        ('"other"', 200),
        (f"W/{tag}", 200),
        ("Sat, 21 Nov 2026 15:58:54 GMT", 200),
    ):
        assert office.get("甲.txt", Range="bytes=3-8", **{"If-Range": known})[0] == status
    assert office.get("甲.txt", **{"If-Match": tag})[0] == 200
    assert office.get("甲.txt", **{"If-Match": '"other"'})[0] == 412


def test_what_is_inside_another_file_has_no_parts(office: Office) -> None:
    """Each of them would be unpacked whole."""
    for asked in ("bytes=0-9", "bytes=99999-", "x"):
        status, sent, headers = office.get(INSIDE, Range=asked)
        assert (status, sent) == (200, TEXT.encode())
        assert headers["Accept-Ranges"] == "none"


@pytest.mark.parametrize("most", [10, 1 << 20])
def test_what_is_taken_out_waits_in_a_bounded_memory(
    office: Office, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(originals, "_IN_MEMORY", most)
    found = originals.open_original(Library(office.index), report_id(f"资料/{INSIDE}", 1))
    content = found.content()
    assert found.outer.closed
    with content.stream:
        assert getattr(content.stream, "_rolled") == (most < SIZE)  # noqa: B009 - not for type checkers
        assert (content.stream.read(), content.size) == (TEXT.encode(), SIZE)
        assert content.head == TEXT.encode()[:1024]


def test_all_is_closed_after_the_response(own: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    real, spooled = disk.open_regular, tempfile.SpooledTemporaryFile

    def noted(path: Path) -> BinaryIO:
        opened.append(real(path))
        return opened[-1]  # type: ignore[no-any-return]

    def noted_spool(*args: Any, **options: Any) -> Any:
        opened.append(spooled(*args, **options))
        return opened[-1]

    monkeypatch.setattr(disk, "open_regular", noted)
    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", noted_spool)
    for file in ("甲.txt", INSIDE):
        for headers in ({}, {"Range": "bytes=0-1"}, {"Range": "bytes=99999-"}, {"If-None-Match": "*"}):
            for method in ("GET", "HEAD"):
                own.client.open(own.address(file), method=method, headers=headers, buffered=False).close()
    (own.folder / "包.zip").write_text(SECRET, "utf-8")
    own.refused(INSIDE)
    assert len(opened) == 20  # 17 files, and what was taken out for three responses
    assert all(stream.closed for stream in opened)


def test_no_room_for_what_is_taken_out(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **options: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", full)
    assert office.refused(INSIDE).one("h1").text == "原文件现在打不开"


@pytest.mark.parametrize("file", ["甲.txt", INSIDE])
def test_a_drive_that_is_lost_while_it_is_read(
    office: Office, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lost(io.FileIO):
        def readinto(self, buffer: Any, /) -> int:
            raise OSError(5, "Input/output error")

        def readall(self) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(disk, "open_regular", lambda path: io.BufferedReader(Lost(path)))
    assert office.refused(file).one("h1").text == "原文件现在打不开"


class Busy:
    """In place of what takes files out: how many do so at once. It waits until ``together`` of them do."""

    def __init__(self, together: int) -> None:
        self.now = self.most = 0
        self._changed = threading.Condition()
        self._together = together

    def take(self, name: PurePath, data: bytes, member: str) -> bytes:
        with self._changed:
            self.now += 1
            self.most = max(self.most, self.now)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most >= self._together, timeout=0.3)
            self.now -= 1
        return TEXT.encode()


def test_two_are_unpacked_at_once_and_no_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Busy(together=3)
    monkeypatch.setattr(readers, "take", busy.take)
    app = create_app(office.index)

    def ask(_: int) -> bytes:
        sent: bytes = app.test_client().get(office.address(INSIDE)).data
        return sent

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [TEXT.encode()] * 4
    assert busy.most == 2


@pytest.mark.parametrize(
    ("name", "data", "most"), [("a.pdf", b"%PDF-1.7\n", 1), ("a.eml", FILES["信.eml"], 2)]
)
def test_of_pdf_files_one_at_a_time(
    name: str, data: bytes, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library that reads them does not bear two threads."""
    busy = Busy(together=2)
    monkeypatch.setattr(readers, "take", busy.take)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda member: originals._member(PurePosixPath(name), data, member), "ab"))
    assert busy.most == most
