"""The file behind a report: what is sent, how, and what is never sent, whatever lies in its place."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

import pytest

from indexer import corpus as disk
from indexer import originals
from indexer.errors import UnreadableError
from indexer.library import Library
from indexer.model import FileEntry, Folder, report_id
from indexer.readers import archive
from tests.webui.conftest import Corpus
from tests.webui.office import FILES, OTHER, SECRET, TEXT, Office, make_office, zipped
from webui import create_app
from webui.original import _shown_as, can_be_shown


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return make_office(tmp_path)


PLAIN = "text/plain; charset="


def test_what_is_sent_and_how(office: Office) -> None:
    for file, content, kind in (
        ("甲.txt", FILES["甲.txt"], f"{PLAIN}utf-8"),
        ("国标.txt", FILES["国标.txt"], f"{PLAIN}gb18030"),
        ("甲.md", FILES["甲.md"], f"{PLAIN}utf-8"),
        ("页.html", FILES["页.html"], ""),
        ("像文本.txt", FILES["像文本.txt"], ""),
        ("表.csv", FILES["表.csv"], ""),
        ("信.eml", FILES["信.eml"], ""),
        ("信.eml/附.txt", OTHER.encode(), f"{PLAIN}utf-8"),
        ("包.zip/外/甲.txt", TEXT.encode(), f"{PLAIN}utf-8"),
        ("包.zip/外/再包.zip/里/内.txt", OTHER.encode(), f"{PLAIN}utf-8"),
        ("包.zip/逃.txt", SECRET.encode(), f"{PLAIN}utf-8"),  # the member, under the name that it was given
    ):
        status, sent, headers = office.get(file)
        assert (status, sent) == (200, content), file
        assert headers["Content-Type"] == (kind or "application/octet-stream"), file
        assert headers["Content-Disposition"].split(";")[0] == ("inline" if kind else "attachment"), file
        assert headers["Content-Length"] == str(len(content))
        assert headers["Content-Security-Policy"] == (
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Disposition"].endswith(f"UTF-8''{quote(file.rpartition('/')[2])}")
        assert office.get(file, "?save=1")[2]["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ('子/引"号 & %2e;空.txt', "引_号 & %2e;空.txt"),
        ("断\r\nSet-Cookie: a=b.txt", "断__Set-Cookie_ a=b.txt"),
        ("总结\u202etxt.exe.txt", "总结_txt.exe.txt"),
        ("\u2067总结\u2069.txt", "_总结_.txt"),
        ("😀总结.txt", "😀总结.txt"),
        ("a'; filename=b.html;.txt", "a'; filename=b.html;.txt"),
        ("反\\斜.txt", "斜.txt"),
        (os.fsdecode(b"\xff.txt"), "_.txt"),
        ("長" * 80 + ".txt", "長" * 76 + ".txt"),
    ],
)
def test_names_are_names_on_any_system(office: Office, name: str, told: str) -> None:
    (office.folder / name).write_text(TEXT, "utf-8")
    office.update()
    for query in ("", "?save=1"):
        status, _, headers = office.get(name, query)
        assert status == 200
        said = headers["Content-Disposition"]
        assert said.isascii()
        assert said.isprintable()
        plain, _, encoded = said.partition("; filename*=UTF-8''")
        assert unquote(encoded) == told if encoded else plain.endswith((f'="{told}"', f"={told}"))
        assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    "report",
    [
        "nosuchreport",
        "..",
        "../index/gaoku.json",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "....//....//etc/passwd",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "..%5c..%5c机密.txt",
        "C:%5cWindows%5cwin.ini",
        "资料%2f甲.txt",
        "file:%2f%2f%2fetc%2fpasswd",
        "%00",
        "甲.txt%00.pdf",
        "a" * 5000,
        "<script>alert(1)</script>",
        "",
    ],
)
def test_addresses_that_name_no_report(office: Office, report: str) -> None:
    answer = office.client.get(f"/original/{report}", follow_redirects=True)
    assert answer.status_code in (400, 404)
    assert answer.content_type == "text/html; charset=utf-8"
    assert "root:" not in answer.text
    assert "机密" not in answer.text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "file",
    [
        "资料",
        "资料/",
        "资料/.",
        "资料/..",
        "资料/../机密.txt",
        "资料/./甲.txt",
        "资料//甲.txt",
        "资料/子/../../机密.txt",
        "资料/子/../甲.txt",
        "资料//etc/passwd",
        "资料/甲.txt\0",
        "资料/" + "长" * 300 + ".txt",
        "资料/\udcff.txt",
        "别的/机密.txt",
        "../机密.txt",
        "/etc/passwd",
        "",
    ],
)
def test_paths_in_the_index_that_lead_elsewhere(office: Office, file: str) -> None:
    """Even an index that was tampered with names no file outside its folders."""
    digest = disk.digest_of_data(SECRET.encode())
    folders = [Folder("资料", str(office.folder))]
    with pytest.raises(originals.OriginalError) as refused:
        originals._opened(FileEntry(file, digest, None, "text", "utf-8", 1), folders)
    assert refused.value.why in ("gone", "offline", "closed")


@pytest.mark.parametrize("content", [SECRET, TEXT])
@pytest.mark.parametrize("kind", ["file", "folder", "loop", "hard"])
def test_links_put_in_the_place_of_a_file(office: Office, kind: str, content: str) -> None:
    outside = office.folder.parent / "外面"
    outside.mkdir()
    (outside / "甲.txt").write_text(content, "utf-8")
    (outside / '引"号 & %2e;空.txt').write_text(content, "utf-8")
    file, place = "甲.txt", office.folder / "甲.txt"
    if kind == "folder":
        file, place = '子/引"号 & %2e;空.txt', office.folder / "子"
        shutil.rmtree(place)
        place.symlink_to(outside)
    else:
        place.unlink()
        if kind == "hard":
            os.link(outside / "甲.txt", place)
        else:
            place.symlink_to(place if kind == "loop" else outside / "甲.txt")
    if kind == "hard" and content == TEXT:  # the same content inside the folder: the file itself
        assert office.get(file)[:2] == (200, TEXT.encode())
    else:
        assert office.refused(file).one("h1").text in ("原文件已不在原处", "原文件已经改过")


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_in_the_place_of_one(office: Office, kind: str) -> None:
    place = office.folder / "甲.txt"
    place.unlink()
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.mkdir()
    assert office.refused("甲.txt").one("h1").text == "原文件现在打不开"


def test_a_link_within_the_folder_is_followed(office: Office) -> None:
    place = office.folder / "甲.txt"
    place.rename(office.folder / "乙.txt")
    place.symlink_to("乙.txt")
    assert office.get("甲.txt")[:2] == (200, TEXT.encode())


@pytest.mark.parametrize("file", ["甲.txt", "包.zip/外/再包.zip/里/内.txt"])
def test_a_file_that_is_gone(office: Office, file: str) -> None:
    (office.folder / file.split("/")[0]).unlink()
    shown = office.refused(file)
    assert office.get(file)[0] == 404
    assert shown.one("h1").text == "原文件已不在原处"
    assert shown.one(class_="filename").text == f"资料/{file.split('/')[0]}"


@pytest.mark.parametrize("file", ["甲.txt", "包.zip/外/甲.txt", "信.eml/附.txt"])
def test_a_file_that_has_changed(office: Office, file: str) -> None:
    place = office.folder / file.split("/")[0]
    place.write_bytes(zipped({"外/甲.txt": SECRET.encode()}))
    assert office.refused(file).one("h1").text == "原文件已经改过"
    assert office.get(file)[0] == 409


def test_another_file_of_the_same_size_and_time(office: Office) -> None:
    place = office.folder / "甲.txt"
    before = place.stat()
    place.write_bytes(FILES["甲.txt"].replace("澄川".encode(), "机密".encode()))
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert place.stat().st_size == before.st_size
    assert office.refused("甲.txt").one("h1").text == "原文件已经改过"


def test_a_file_that_was_only_touched(office: Office) -> None:
    for file in ("甲.txt", "包.zip"):
        os.utime(office.folder / file, (1, 1))
    assert office.get("甲.txt")[:2] == (200, TEXT.encode())
    assert office.get("包.zip/外/甲.txt")[:2] == (200, TEXT.encode())


@pytest.mark.parametrize("empty", [True, False])
def test_a_folder_that_is_not_connected(office: Office, empty: bool) -> None:
    office.folder.rename(office.folder.with_name("别处"))
    if empty:  # the place where a drive would be
        office.folder.mkdir()
    assert office.refused("甲.txt").one("h1").text == "原文件所在的文件夹没有连上"
    assert office.get("甲.txt")[0] == 503


def test_a_file_that_may_not_be_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(path: Path) -> None:
        raise PermissionError(13, "locked")

    monkeypatch.setattr(disk, "open_regular", locked)
    assert office.refused("甲.txt").one("h1").text == "原文件现在打不开"


def test_a_member_that_cannot_be_had(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    file = "包.zip/外/甲.txt"

    def fails(data: bytes, name: str) -> bytes | None:
        raise UnreadableError("damaged")

    for take in (fails, lambda data, name: None, lambda data, name: SECRET.encode()):
        monkeypatch.setattr(archive, "take", take)
        assert office.refused(file).one("h1").text == "原文件现在打不开"


def test_files_are_closed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[BinaryIO] = []
    real = disk.open_regular

    def noted(path: Path) -> BinaryIO:
        opened.append(real(path))
        return opened[-1]

    monkeypatch.setattr(disk, "open_regular", noted)
    for file in ("甲.txt", "包.zip/外/甲.txt"):
        answer = office.client.get(f"/original/{report_id(f'资料/{file}', 1)}")
        answer.close()
    (office.folder / "甲.txt").write_text(SECRET, "utf-8")
    office.refused("甲.txt")
    assert len(opened) == 3
    assert all(stream.closed for stream in opened)


def test_members_are_taken_within_the_readers_limits() -> None:
    bomb = zipped({"大.txt": b"0" * (11 << 20), "小.txt": b"1"})
    assert archive.take(bomb, "小.txt") == b"1"
    assert archive.take(bomb, "没有.txt") is None
    with pytest.raises(UnreadableError, match="zip bomb"):
        archive.take(bomb, "大.txt")
    assert [m.name for m in archive.read(zipped({"a/../b.txt": b"1", "b.txt": b"2"})).members] == [
        "a/b.txt",
        "b.txt",
    ]


def test_what_a_name_says_is_not_believed(office: Office) -> None:
    """A picture's or a PDF's format with another content is not shown as what it is not."""
    entry = Library(office.index).file("资料/甲.txt")
    page = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    for wrong in ("image", "pdf", "html", "mht", "eml", "docx", None):
        assert _shown_as(replace(entry, format=wrong), page) is None
    assert _shown_as(replace(entry, format="image"), b"II*\0") is None  # TIFF: no browser shows it
    for head, kind in (
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", None),
    ):
        assert _shown_as(replace(entry, format="image"), head) == kind
    assert _shown_as(replace(entry, format="pdf"), b"\n%PDF-1.7") == "application/pdf"


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("一.png", b"\x89PNG\r\n\x1a\n"),
        ("一.JPG", b"\xff\xd8\xff\xe0"),
        ("一.jfif", b"\xff\xd8\xff\xe0"),
        ("一.gif", b"GIF89a"),
        ("一.bmp", b"BM\0\0"),
        ("包.zip/一.webp", b"RIFF\0\0\0\0WEBP"),
        ("一.tif", b"II*\0"),
        ("包.zip/一.TIFF", b"MM\0*"),
    ],
)
def test_the_page_offers_to_show_what_is_shown(name: str, head: bytes) -> None:
    entry = FileEntry(name, "", None, "image")
    assert can_be_shown(entry) == (_shown_as(entry, head) is not None)
    assert can_be_shown(entry) == (".tif" not in name.lower())


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("big5", "big5"),
        ("utf-16-le", "utf-16le"),
        ("utf-32", ""),
        ("nonsense", ""),
        ("utf-7", ""),
        (None, ""),
    ],
)
def test_encodings_that_browsers_know(encoding: str | None, charset: str) -> None:
    assert can_be_shown(FileEntry("a", "", None, "text", encoding)) == bool(charset)


def test_there_is_no_index(corpus: Corpus) -> None:
    assert create_app(corpus.index).test_client().get("/original/x").status_code == 503
