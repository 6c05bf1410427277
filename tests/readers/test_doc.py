"""Legacy Word: what the file is, what of it is text, damage."""

from __future__ import annotations

import struct
import sys
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableError, UnsupportedError
from indexer.model import Block, Removed
from indexer.readers import choose, doc, limits
from indexer.readers import word97 as word97_module
from tests.readers import same
from tests.readers.word97_writer import container, word97

REPORT = same.DATA / "report.doc"


def compound(name: str, stream: bytes = b"") -> bytes:
    return container({name: stream})


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("PowerPoint Document", UnsupportedError, "PowerPoint"),
        ("__properties_version1.0", UnsupportedError, "请在 Outlook 里另存为 .eml"),
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
    assert not doc.is_doc(b"PK\x03\x04")


@pytest.mark.parametrize("name", ["总结.doc", "总结.wps", "总结.txt", "总结"])
def test_told_by_content(name: str) -> None:
    assert choose(PurePath(name), REPORT.read_bytes()).name == "doc"


def test_encrypted() -> None:
    data = compound("WordDocument", struct.pack("<H8xH", 0xA5EC, 0x0100))
    with pytest.raises(UnreadableError, match="密码"):
        doc.read(data)


def test_nothing_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xberg", None)
    assert doc.read(REPORT.read_bytes()).blocks


def test_the_same_report() -> None:
    found = doc.read(REPORT.read_bytes())
    assert [(b.text, b.style) for b in found.blocks] == [(b.text, b.style) for b in same.expected().blocks]


def test_what_is_text_and_what_is_not() -> None:
    """A draft with tracked changes, a comment, fields, signs, tables and a text box, saved by LibreOffice."""
    found = doc.read((same.DATA / "draft.doc").read_bytes())
    assert found.blocks == (
        Block("某某县2018年工作总结", "title"),
        Block("一、主要工作", "heading 1"),
        Block("全年完成投资45亿元😀，𠮷祥。"),  # two characters beyond U+FFFF
        Block("保留插入的字"),
        Block("可见再可见"),
        Block("链接文字之后"),
        Block("符号✓第一行"),
        Block("第二行-x"),
        Block("（一）招商", "heading 2"),
        Block("格00 第二段\t格01\t格02", "table"),
        Block("格10\t\t格12", "table"),
        Block("格20 格21\t格22 内00 内01 内10 内11", "table"),  # merged cells; a table in a cell
        Block("表后一段。"),
        Block("有框的段落"),
        Block("文本框文字"),
        Block("批注段落"),
        Block("二、问题", "heading 1"),
        Block("项目不多。Latin éü “引号”"),
        Block("末段。"),
    )
    assert found.removed == (
        Removed("页眉文字ABC", "页眉页脚 (header or footer)"),
        Removed("页脚文字", "页眉页脚 (header or footer)"),
        Removed("批注内容", "批注 (comment)"),
        Removed("删去的字", "修订中删除的文字 (deleted by a tracked change)"),
        Removed("隐藏文字", "隐藏的文字 (hidden text)"),
    )


def test_notes_stand_at_the_end() -> None:
    blocks = doc.read((same.DATA / "notes.doc").read_bytes()).blocks
    assert [b.text.strip() for b in blocks] == [
        "目录",
        "一、工作\t1",
        "一、工作",
        "正文继续。",
        "列表项",
        "页码1字段",
        "脚注内容",
        "尾注内容",
    ]


def texts(data: bytes) -> list[str]:
    return [b.text for b in doc.read(data).blocks]


def test_pieces_in_any_order_and_of_both_widths() -> None:
    pieces = [("总结\r“é”", False, 0), ("caf\xe9 \x93x\x94", True, 0), ("\r完\r", False, 0)]
    assert texts(word97([(t.replace("\x93", "“").replace("\x94", "”"), s, m) for t, s, m in pieces])) == [
        "总结",
        "“é”café “x”",
        "完",
    ]


def test_what_is_said_of_a_piece() -> None:
    """Fast saving marks whole pieces: by one property (deleted, a cell), or by a list of them."""
    deleted, listed = 0x41 << 1 | 1 << 8, 0 << 1 | 1
    heading = b"\x40\x26\x01"  # outline level 2
    pieces = [("留", False, 0), ("删", False, deleted), ("\r", False, 0), ("（一）招商\r", False, listed)]
    found = doc.read(word97(pieces, [heading]))
    assert found.blocks == (Block("留"), Block("（一）招商", "heading 2"))
    assert found.removed == (Removed("删", "修订中删除的文字 (deleted by a tracked change)"),)


def test_rows() -> None:
    """A cell may have several paragraphs; the row ends with a mark of its own."""
    in_table, row_end = b"\x16\x24\x01", b"\x17\x24\x01"
    pieces = [("甲\x07乙\r丙\x07", False, 0x18 << 1 | 1 << 8), ("\x07", False, 0 << 1 | 1)]
    pieces += [("丁\x07\x07", False, 1 << 1 | 1), ("后\r", False, 0)]
    found = doc.read(word97(pieces, [in_table + row_end, in_table])).blocks
    assert found == (Block("甲\t乙 丙", "table"), Block("丁\t", "table"), Block("后"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("前\x13 HYPERLINK a \x14链接\x15后\r", ["前链接后"]),
        ("前\x13 PAGE \x15后\r", ["前后"]),
        ("\x13 IF \x13 A \x14甲\x15 = 1\x14结果\x15。\r", ["结果。"]),  # a field in the code of another
        ("\x13 TOC \x14一\r\x13 REF \x14二\x15\r\x15三\r", ["一", "二", "三"]),
        ("没有结束\x13的域\r后面\r", ["没有结束的域", "后面"]),
        ("没有开始\x15的域\x14\r", ["没有开始的域"]),
        ("一行\x0b二行\x0c三\x1e四\x1f\x01\r", ["一行", "二行", "三-四"]),
    ],
)
def test_signs_and_fields(text: str, shown: list[str]) -> None:
    assert texts(word97([(text, False, 0)])) == shown


def test_halves_of_a_character() -> None:
    lone = "\ud83d"
    pieces = [("😀", False, 0), ("\r", False, 0)]
    assert texts(word97(pieces)) == ["😀"]
    broken = word97(pieces).replace("😀".encode("utf-16-le"), (lone * 2).encode("utf-16-le", "surrogatepass"))
    assert texts(broken) == ["��"]


def test_text_that_is_not_all_there() -> None:
    with pytest.raises(UnreadableError, match="损坏"):
        doc.read(word97([("甲\r", False, 0)], length=3))


def test_too_much_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CHARACTERS", 10)
    assert texts(word97([("甲" * 9 + "\r", False, 0)]))
    with pytest.raises(UnreadableError, match="more than 10 characters"):
        doc.read(word97([("甲" * 10 + "\r", False, 0)]))


@pytest.mark.parametrize("name", ["report.doc", "draft.doc", "notes.doc"])
def test_broken_files_end_in_a_document_or_a_reason(name: str) -> None:
    for copy in same.broken((same.DATA / name).read_bytes(), 300):
        document = same.outcome(doc.read, copy)
        assert document is None or all(b.text.strip() for b in document.blocks)


@given(st.binary(max_size=300))
def test_any_bytes_in_the_information_block(garbage: bytes) -> None:
    whole = word97([("甲\r", False, 0)])
    same.outcome(doc.read, whole.replace(bytes(len(garbage)), garbage, 1))


def test_what_fields_without_a_result_show() -> None:
    found = doc.read(
        word97([("编号\x13EQ \\o\\ac(○,25)\x15完成\x13XE x\x15\x13PAGE\x14\x133\x15\x15率\r", False, 0)])
    )
    assert [b.text for b in found.blocks] == ["编号○25完成率"]
    assert "XE x" in [r.text for r in found.removed]


def test_ranges_of_boxes_stay_apart() -> None:
    assert word97_module._apart([(0, 5, 1), (0, 5, 2), (5, 9, 3), (9, 8, 4), (9, 99, 5)], 12) == [
        (0, 5, 1),
        (5, 9, 3),
        (9, 12, 5),
    ]


def test_hidden_text_of_notes_is_listed() -> None:
    data = bytearray(word97([("正文\r", False, 0), ("藏注\r", False, 0x5C << 1 | 1 << 8)], length=3))
    struct.pack_into("<I", data, bytes(data).index(struct.pack("<H", 0xA5EC)) + 0x50, 3)
    found = doc.read(bytes(data))
    assert [b.text for b in found.blocks] == ["正文"]
    assert found.removed == (Removed("藏注", "隐藏的文字 (hidden text)"),)
