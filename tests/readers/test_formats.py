"""Which reader a file gets: by its content first, by its name second; and what is said of the others."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePath

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableError, UnsupportedError
from indexer.model import Block, Document
from indexer.readers import FORMATS, choose, is_plain, read

TEXT = "# 2023年工作总结\n全年的工作完成得很好。\n".encode()


def word() -> bytes:
    document = docx.Document()
    document.add_paragraph("全年的工作完成得很好。")
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "chosen"),
    [
        ("a.txt", TEXT, "text"),
        ("a.TXT", TEXT, "text"),
        ("a.text", TEXT, "text"),
        ("README", TEXT, "text"),
        ("a.md", TEXT, "markdown"),
        ("a.Markdown", TEXT, "markdown"),
        ("a.docx", word(), "docx"),
        ("a.DOCX", word(), "docx"),
        ("a.txt", word(), "docx"),
        ("a.doc", word(), "docx"),
        ("a.pdf", word(), "docx"),
        ("没有扩展名", word(), "docx"),
        ("a.md", b"", "markdown"),
        ("a.doc", TEXT, "text"),
        ("a.rtf", TEXT, "text"),
        ("a.xls", b"a\tb\nc\td\n", "csv"),
        ("a.html", "全年<br>工作".encode(), "html"),
        ("a.html", "<blockquote>全年</blockquote>".encode(), "html"),
        ("a.html", TEXT, "text"),
        ("a.eml", b"From: a@b.cn\nContent-Type: text/plain\n\nx", "mail"),
        ("a.txt", b"", "text"),
    ],
)
def test_choose(name: str, data: bytes, chosen: str) -> None:
    assert choose(PurePath(name), data).name == chosen


def test_read_takes_the_name_and_not_the_folder() -> None:
    assert read(Path("/x.docx/a.md"), TEXT) == Document(
        (Block("2023年工作总结", "heading 1", "#"), Block("全年的工作完成得很好。")), "markdown", "utf-8"
    )
    assert read(Path("/x.md/a.txt"), TEXT).blocks[0] == Block("# 2023年工作总结")


def test_every_suffix_has_one_format() -> None:
    suffixes = [s for f in FORMATS for s in f.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert [s for s in suffixes if s != s.lower()] == []


def zip_of(name: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, "内容")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xyz", b"\x00\x01", r"\.xyz"),
        ("a.log", TEXT, r"\.log"),
    ],
)
def test_formats_that_cannot_be_read(name: str, data: bytes, words: str) -> None:
    with pytest.raises(
        UnsupportedError, match=rf"不支持的格式.*{words}.*\(not supported: save as \.docx or \.txt\)"
    ):
        read(Path(name), data)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.docx", "无扩展名"])
def test_binary_under_the_name_of_text(name: str) -> None:
    with pytest.raises(UnreadableError):
        read(Path(name), b"\x00\x01\x02\x03" * 100)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.doc", "a.docx", "a.gif", "a.rar", "a"])
def test_a_file_without_a_byte(name: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(Path(name), b"")
    assert str(caught.value) == "文件是空的 (the file is empty)"
    assert is_plain(PurePath(name), b"")


@pytest.mark.parametrize("name", ["a.docx", "a.docm"])
@pytest.mark.parametrize("data", [TEXT, b"\x00\x01\x02"])
def test_what_is_no_word_document_under_the_name_of_one(name: str, data: bytes) -> None:
    suffix = PurePath(name).suffix
    with pytest.raises(UnreadableError, match=f"内容不是 {suffix} 文件应有的内容") as caught:
        read(Path(name), data)
    assert not isinstance(caught.value, UnsupportedError)


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"PK\x03\x04", b"PK\x03\x04word/document.xml", b"%PDF-"])
)
def test_bytes_of_any_kind_are_read_or_refused(data: bytes, magic: bytes) -> None:
    for name in ("a.txt", "a.md", "a.docx", "a", "a.xyz"):
        outcome = read_or_refuse(Path(name), magic + data)
        if isinstance(outcome, UnreadableError):
            assert str(outcome)
            assert "\n" not in str(outcome)
        else:
            assert all(b.text.strip() for b in outcome.blocks)


def read_or_refuse(path: Path, data: bytes) -> Document | UnreadableError:
    try:
        return read(path, data)
    except UnreadableError as error:
        return error
