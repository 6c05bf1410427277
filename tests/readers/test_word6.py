"""Word 6 and 95: who reads them, and table rows put apart."""

from __future__ import annotations

import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import MissingExtraError, UnreadableError
from indexer.readers import doc, word6
from tests.readers.word97_writer import container, word97

WORD_6, WORD_95 = b"\xdc\xa5\x65\0", b"\xec\xa5\x68\0"  # magic number and version


def old(head: bytes) -> bytes:
    """A Word file that says it is of another version."""
    data = word97([("一、主要工作\r全年完成投资。\r", False, 0)])
    assert data.count(b"\xec\xa5\xc1\0") == 1
    return data.replace(b"\xec\xa5\xc1\0", head)


@pytest.mark.parametrize("head", [WORD_6, WORD_95])
def test_without_the_extra(head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xberg", None)
    with pytest.raises(MissingExtraError, match=r"gaoku\[office\]"):
        doc.read(old(head))


def word_6(text: bytes) -> bytes:
    """A file with the layout of Word 6: its text is one range of the main stream."""
    main = bytearray(0x300)
    main[:4] = WORD_6
    struct.pack_into("<II", main, 0x18, len(main), len(main) + len(text))
    struct.pack_into("<I", main, 0x34, len(text))
    return container({"WordDocument": bytes(main) + text})


def test_chinese() -> None:
    """xberg takes it for Windows-1252, in which not even every byte has a character."""
    pytest.importorskip("xberg")
    lines = ["一、主要工作", "全年完成投资45亿元，增长12%。", "亖亶乕癅盃皝"]
    found = doc.read(word_6("\r".join(lines).encode("gbk") + b"\r"))
    assert [b.text for b in found.blocks] == lines


def test_what_is_not_chinese_is_not_guessed() -> None:
    pytest.importorskip("xberg")
    with pytest.raises(UnreadableError, match="Word 6 or 95"):
        doc.read(word_6("Résumé à Paris\r".encode("cp1252")))


def test_without_text() -> None:
    pytest.importorskip("xberg")
    with pytest.raises(UnreadableError, match="Word 6 or 95"):
        doc.read(word_6(b"\r"))


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
    assert word6._rows(line) == expected


CELL = st.text(st.sampled_from("甲乙12 "), min_size=1).map(str.strip).filter(bool)


@given(
    st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1)),
    CELL,
)
def test_any_table_comes_back(table: list[list[str]], after: str) -> None:
    line = "".join("".join(f"{cell}\t" for cell in row) + "\t" for row in table)
    assert word6._rows(line + after) == [*table, [after]]
