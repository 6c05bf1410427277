"""Legacy Word: what the file is, table rows put apart, damage."""

from __future__ import annotations

import struct
import sys
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import MissingExtraError, UnreadableError, UnsupportedError
from indexer.readers import choose, doc, ole
from tests.readers import same

REPORT = same.DATA / "report.doc"


def compound(name: str, stream: bytes = b"") -> bytes:
    """A compound file with one stream: a header, a table, a directory, the stream."""
    stream = stream.ljust(4096, b"\0")
    sectors = len(stream) // 512
    header = bytearray(512)
    header[:8] = ole.MAGIC
    struct.pack_into("<HHHHH", header, 24, 62, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", header, 44, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    struct.pack_into("<108I", header, 80, *[0xFFFFFFFF] * 108)
    chain = [*range(3, 2 + sectors), 0xFFFFFFFE]
    table = [0xFFFFFFFD, 0xFFFFFFFE, *chain]
    table += [0xFFFFFFFF] * (128 - len(table))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        encoded = name.encode("utf-16-le")
        numbers = struct.pack("<HBBIII", len(encoded) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return (encoded.ljust(64, b"\0") + numbers).ljust(116, b"\0") + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, 0xFFFFFFFF, 2, len(stream))
    return bytes(header) + struct.pack("<128I", *table) + directory.ljust(512, b"\0") + stream


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("PowerPoint Document", UnsupportedError, "PowerPoint"),
        ("__properties_version1.0", UnsupportedError, "Outlook"),
        ("Workbook", UnsupportedError, "Excel"),
        ("Something", UnsupportedError, "认不出"),
        ("WordDocument", UnreadableError, "损坏"),
    ],
)
def test_what_else_is_a_compound_file(name: str, kind: type[Exception], reason: str) -> None:
    with pytest.raises(kind, match=reason):
        doc.read(compound(name))


def test_which_compound_files_are_taken() -> None:
    assert doc.is_doc(compound("WordDocument"))
    assert doc.is_doc(compound("PowerPoint Document"))  # to say what it is
    assert not doc.is_doc(compound("Workbook"))
    assert not doc.is_doc(compound("EncryptedPackage"))
    assert not doc.is_doc(b"PK\x03\x04")


@pytest.mark.parametrize("name", ["总结.doc", "总结.wps", "总结.txt", "总结"])
def test_told_by_content(name: str) -> None:
    assert choose(PurePath(name), REPORT.read_bytes()).name == "doc"


def test_encrypted() -> None:
    data = compound("WordDocument", struct.pack("<H8xH", 0xA5EC, 0x0100))
    with pytest.raises(UnreadableError, match="密码"):
        doc.read(data)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xberg", None)
    with pytest.raises(MissingExtraError, match=r"gaoku\[office\]"):
        doc.read(REPORT.read_bytes())


def test_the_same_report() -> None:
    pytest.importorskip("xberg")
    found = doc.read(REPORT.read_bytes())
    assert same.share_in_order(found) >= 0.99
    assert same.styled(found) == same.styled(same.expected())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("一段话", [["一段话"]]),
        ("姓名\t学号", [["姓名\t学号"]]),  # a tab in a paragraph
        ("a\tb\t\tc\td\t\t", [["a", "b"], ["c", "d"], [""]]),
        ("a\tb\t\tc\td\t\t后面", [["a", "b"], ["c", "d"], ["后面"]]),
        ("a\t\tc\t\td\te\tf\t\t后面", [["a", "", "c"], ["d", "e", "f"], ["后面"]]),
        ("甲\t\t丁\t戊\t\t己\t\t后", [["甲"], ["丁", "戊"], ["己"], ["后"]]),  # a merged row
    ],
)
def test_rows_are_put_apart(line: str, expected: list[list[str]]) -> None:
    assert doc._rows(line) == expected


CELL = st.text(st.sampled_from("甲乙12 "), min_size=1).map(str.strip).filter(bool)


@given(
    st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1)),
    CELL,
)
def test_any_table_comes_back(table: list[list[str]], after: str) -> None:
    line = "".join("".join(f"{cell}\t" for cell in row) + "\t" for row in table)
    assert doc._rows(line + after) == [*table, [after]]


def test_broken_files_end_in_a_document_or_a_reason() -> None:
    pytest.importorskip("xberg")
    for copy in same.broken(REPORT.read_bytes(), 100):
        same.outcome(doc.read, copy)
