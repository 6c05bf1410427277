"""Automatic numbers: how they are written, how lists count, what each format says of them."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from indexer.model import Block
from indexer.readers import doc, numbering, odt, read
from indexer.readers.docx import read as read_docx
from indexer.reports import understand
from tests.readers import numbered, same
from tests.readers.test_odt import NAMES, packed
from tests.readers.word97_writer import word97

#: How the numbers in the first line are written.
GOLDEN = """
number                     0 1 2 3 9 10 11 19 20 21 29 99 100 101 110 111 1010
decimal                    0 1 2 3 9 10 11 19 20 21 29 99 100 101 110 111 1010
decimalZero                00 01 02 03 09 10 11 19 20 21 29 99 100 101 110 111 1010
decimalFullWidth           ０ １ ２ ３ ９ １０ １１ １９ ２０ ２１ ２９ ９９ １００ １０１ １１０ １１１ １０１０
upperRoman                 0 I II III IX X XI XIX XX XXI XXIX XCIX C CI CX CXI MX
lowerRoman                 0 i ii iii ix x xi xix xx xxi xxix xcix c ci cx cxi mx
upperLetter                0 A B C I J K S T U CC UUUU VVVV WWWW FFFFF GGGGG 1010
lowerLetter                0 a b c i j k s t u cc uuuu vvvv wwww fffff ggggg 1010
lowerColumns               0 a b c i j k s t u ac cu cv cw df dg alv
chineseCounting            零 一 二 三 九 十 十一 十九 二十 二十一 二十九 九十九 一○○ 一○一 一一○ 一一一 一○一○
chineseCountingThousand    零 一 二 三 九 十 十一 十九 二十 二十一 二十九 九十九 一百 一百零一 一百一十 一百一十一 一千零一十
taiwaneseCountingThousand  零 一 二 三 九 十 十一 十九 二十 二十一 二十九 九十九 一百 一百零一 一百一十 一百一十一 一千零一十
japaneseCounting           0 一 二 三 九 十 十一 十九 二十 二十一 二十九 九十九 百 百一 百十 百十一 千十
chineseLegalSimplified     零 壹 贰 叁 玖 壹拾 壹拾壹 壹拾玖 贰拾 贰拾壹 贰拾玖 玖拾玖 壹佰 壹佰零壹 壹佰壹拾 壹佰壹拾壹 壹仟零壹拾
ideographLegalTraditional  零 壹 貳 參 玖 壹拾 壹拾壹 壹拾玖 貳拾 貳拾壹 貳拾玖 玖拾玖 壹佰 壹佰零壹 壹佰壹拾 壹佰壹拾壹 壹仟零壹拾
ideographDigital           〇 一 二 三 九 一〇 一一 一九 二〇 二一 二九 九九 一〇〇 一〇一 一一〇 一一一 一〇一〇
taiwaneseCounting          零 一 二 三 九 十 十一 十九 二十 二十一 二十九 九十九 一○○ 一○一 一一○ 一一一 一○一○
ideographTraditional       0 甲 乙 丙 壬 癸 11 19 20 21 29 99 100 101 110 111 1010
ideographZodiac            0 子 丑 寅 申 酉 戌 19 20 21 29 99 100 101 110 111 1010
decimalEnclosedCircle      0 ① ② ③ ⑨ ⑩ ⑪ ⑲ ⑳ 21 29 99 100 101 110 111 1010
decimalEnclosedCircleChinese 0 ① ② ③ ⑨ ⑩ ⑪ ⑲ ⑳ 21 29 99 100 101 110 111 1010
decimalEnclosedFullstop    0 ⒈ ⒉ ⒊ ⒐ ⒑ ⒒ ⒚ ⒛ 21 29 99 100 101 110 111 1010
decimalEnclosedParen       0 ⑴ ⑵ ⑶ ⑼ ⑽ ⑾ ⒆ ⒇ 21 29 99 100 101 110 111 1010
ideographEnclosedCircle    0 ㈠ ㈡ ㈢ ㈨ ㈩ 11 19 20 21 29 99 100 101 110 111 1010
unheardOf                  0 1 2 3 9 10 11 19 20 21 29 99 100 101 110 111 1010
"""  # noqa: E501


@pytest.mark.parametrize("line", GOLDEN.split("\n")[2:-1])
def test_how_numbers_are_written(line: str) -> None:
    numbers = [int(n) for n in GOLDEN.split("\n")[1].split()[1:]]
    form, *expected = line.split()
    assert [numbering.written(n, form) for n in numbers] == expected


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (10_000, "一万"),
        (10_001, "一万零一"),
        (12_345, "一万二千三百四十五"),
        (100_010, "十万零一十"),
        (10**8, "100000000"),
    ],
)
def test_large_numbers(number: int, written: str) -> None:
    assert numbering.written(number, "chineseCountingThousand") == written
    assert len(numbering.written(2**31, "lowerRoman")) == 10  # not millions of letters


@pytest.mark.parametrize(
    ("number", "suffix", "typed"),
    [
        ("一、", "tab", "一、"), ("（一）", "space", "（一）"), ("①", "tab", "①"), ("1)", "tab", "1)"),
        ("1.", "tab", "1. "), ("1.1", "space", "1.1 "), ("a", "tab", "a "), ("第一章", "space", "第一章 "),
        ("1.", "nothing", "1."), ("", "tab", ""),
    ],
)  # fmt: skip
def test_the_space_behind_a_number(number: str, suffix: str, typed: str) -> None:
    assert numbering.spaced(number, suffix) == typed


def sections(name: str, data: bytes) -> list[tuple[str | None, int, tuple[str, ...]]]:
    (report,) = understand(read(PurePath(name), data), name)
    return [(s.heading, s.level, s.paragraphs) for s in report.sections]


@pytest.mark.parametrize("suffix", ["docx", "doc", "odt", "rtf"])
def test_the_same_report_whether_numbers_are_automatic_or_typed(suffix: str) -> None:
    typed = numbered.report(automatic=False)
    data = (
        numbered.report(automatic=True)
        if suffix == "docx"
        else (same.DATA / f"numbered.{suffix}").read_bytes()
    )
    assert read(PurePath(f"a.{suffix}"), data).blocks == read_docx(typed).blocks
    found = sections(f"a.{suffix}", data)
    assert found == sections("a.docx", typed)
    assert [h for h, _, _ in found if h and h.startswith(("一、", "二、", "三、"))] == [
        "一、2022年工作总结",
        "二、存在的问题",
        "三、2023年工作计划",
    ]


@pytest.mark.parametrize("suffix", ["docx", "doc", "odt", "rtf"])
def test_broken_files_end_in_a_document_or_a_reason(suffix: str) -> None:
    path = same.DATA / f"numbered.{suffix}"
    data = numbered.report(automatic=True) if suffix == "docx" else path.read_bytes()
    for broken in same.broken(data, 60):
        same.outcome(lambda content: read(PurePath(f"a.{suffix}"), content), broken)


CHAPTERS = (
    numbered.level(0, "chineseCounting", "第%1章", '<w:suff w:val="space"/>')
    + numbered.level(1, "decimal", "%1.%2", "<w:isLgl/>")
    + numbered.level(2, "decimal", "%1.%3")
    + numbered.level(3, "lowerLetter", "%4)", '<w:lvlRestart w:val="1"/>')
    + numbered.level(4, "decimal", "(%5)", '<w:lvlRestart w:val="0"/>')
    + numbered.level(5, "none", "附：%6")
)
LISTS = (
    f'<w:abstractNum w:abstractNumId="1">{CHAPTERS}</w:abstractNum>'
    '<w:abstractNum w:abstractNumId="2"><w:numStyleLink w:val="Linked"/></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/>'
    '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="1"/>'
    f'<w:lvlOverride w:ilvl="0">{numbered.level(0, "upperRoman", "%1.")}</w:lvlOverride></w:num>'
    '<w:num w:numId="4"><w:abstractNumId w:val="2"/></w:num>'
)


def word(*items: tuple[str, int], definitions: str = LISTS) -> Any:
    """A Word document with paragraphs "x" in these lists, (number, level)."""
    document = docx.Document()
    numbered.with_lists(document, definitions)
    for name, at in items:
        numbered.in_list(document.add_paragraph("x")._p.get_or_add_pPr(), name, at)
    return document


def texts(document: Any) -> list[str]:
    stream = io.BytesIO()
    document.save(stream)
    return [b.text for b in read_docx(stream.getvalue()).blocks]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("1:0 1:1 1:1 1:0 1:1", "第一章 x|1.1 x|1.2 x|第二章 x|2.1 x"),
        ("1:1 1:0", "1.1 x|第二章 x"),  # a level that is left out counts
        ("1:0 1:2 1:1 1:2", "第一章 x|一.1 x|1.2 x|一.1 x"),
        (
            "1:0 1:3 1:1 1:3 1:0 1:3",
            "第一章 x|a)x|1.2 x|b)x|第二章 x|a)x",
        ),  # begins again behind level 1 alone
        ("1:4 1:0 1:4", "(1)x|第二章 x|(2)x"),  # never begins again
        ("1:5", "附：x"),
        ("1:0 2:0 2:0 1:0", "第一章 x|第五章 x|第六章 x|第七章 x"),  # goes on where the other stopped
        ("1:0 3:0", "第一章 x|II. x"),
        ("0:0 1:0", "x|第一章 x"),
        ("9:0 1:8 1:0", "x|x|第一章 x"),  # no such list, no such level
        ("4:0", "x"),  # a style that is not there
    ],
)
def test_word_lists(items: str, expected: str) -> None:
    chosen = [(name, int(at)) for name, at in (item.split(":") for item in items.split())]
    assert texts(word(*chosen)) == expected.split("|")


def test_word_lists_of_styles() -> None:
    document = word()
    for name, kind, inside in (
        ("Linked", "numbering", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'),
        ("Base", "paragraph", '<w:pPr><w:numPr><w:numId w:val="4"/></w:numPr></w:pPr>'),
        (
            "Second",
            "paragraph",
            '<w:basedOn w:val="Base"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr>',
        ),
    ):  # fmt: skip
        names = f'{nsdecls("w")} w:type="{kind}" w:styleId="{name}"'
        xml = f'<w:style {names}><w:name w:val="{name}"/>{inside}</w:style>'
        document.styles.element.append(parse_xml(xml))
    for style in ("Base", "Second"):
        document.add_paragraph("x", document.styles[style])
    off = document.add_paragraph("off", document.styles["Base"])
    numbered.in_list(off._p.get_or_add_pPr(), "0")
    document.add_paragraph("x", document.styles["Base"])
    assert texts(document) == ["第一章 x", "1.1 x", "off", "第二章 x"]


def test_word_paragraphs_that_count_and_those_that_do_not() -> None:
    document = word(("1", 0), ("1", 0), ("1", 0), ("1", 0))
    empty, deleted, broken = document.paragraphs[:3]
    empty.runs[0].text = ""  # is counted, but no text
    mark = f'<w:rPr {nsdecls("w")}><w:del w:id="1" w:author="a"/></w:rPr>'
    deleted._p.pPr.append(parse_xml(mark))
    deleted.runs[0].text = ""
    broken.runs[0].text = "\nx"
    table = document.add_table(2, 2)
    for row in table.rows:  # numbers of rows, nothing else in their cells
        numbered.in_list(row.cells[0].paragraphs[0]._p.get_or_add_pPr(), "1", 4)
        row.cells[1].text = "y"
    assert texts(document) == ["第二章 x", "第三章 x", "(1)\ty", "(2)\ty"]


def test_a_number_no_reader_is_to_see_in_full() -> None:
    long = f'<w:abstractNum w:abstractNumId="1">{numbered.level(0, "decimal", "长" * 9999)}</w:abstractNum>'
    document = word(("1", 0), definitions=long + '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>')
    assert [len(t) for t in texts(document)] == [numbering.MOST + len(" x")]


STYLES = """
<text:outline-style><text:outline-level-style text:level="1" style:num-format="一, 二, 三, ..." style:num-suffix="、"/>
<text:outline-level-style text:level="2" style:num-format=""/></text:outline-style>
<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-number text:level="2" style:num-format="a" text:display-levels="2" text:start-value="3"/>
<text:list-level-style-bullet text:level="3" text:bullet-char="•"/></text:list-style>
<text:list-style style:name="甲"><text:list-level-style-number text:level="1" style:num-format="甲, 乙, 丙, ..." style:num-suffix="、"/></text:list-style>
<style:style style:name="P" style:parent-style-name="Q"/><style:style style:name="Q" style:list-style-name="L"/>
"""  # noqa: E501
L = "<text:list text:style-name='L'{}>{}</text:list>"
ITEM = "<text:list-item{}><text:p>x</text:p>{}</text:list-item>"


def nested(inside: str) -> str:
    return f"<text:list>{inside}</text:list>"


ONE = ITEM.format("", "")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<text:h>x</text:h><text:h text:outline-level='2'>y</text:h><text:h>x</text:h>", "一、x|y|二、x"),
        ("<text:h text:is-list-header='true'>x</text:h><text:h>x</text:h>", "x|一、x"),
        ("<text:h text:restart-numbering='true' text:start-value='4'>x</text:h><text:h>x</text:h>", "四、x|五、x"),  # noqa: E501
        (L.format("", ONE + ONE) + L.format("", ONE), "1. x|2. x|1. x"),
        (L.format("", ONE) + L.format(" text:continue-numbering='true'", ONE), "1. x|2. x"),
        (L.format(" xml:id='l'", ONE) + L.format("", ONE) + L.format(" text:continue-list='l'", ONE), "1. x|1. x|2. x"),  # noqa: E501
        (L.format("", ITEM.format(" text:start-value='7'", nested(ONE + ONE)) + ONE), "7. x|7.c x|7.d x|8. x"),  # noqa: E501
        (L.format("", ITEM.format("", "<text:p>y</text:p>") + ONE), "1. x|y|2. x"),  # its second paragraph
        (L.format("", "<text:list-header><text:p>x</text:p></text:list-header>" + ONE), "x|1. x"),
        (L.format("", ITEM.format("", nested(ITEM.format("", nested(ONE))))), "1. x|1.c x|x"),
        (L.format("", ITEM.format(" text:style-override='甲'", "")), "甲、x"),
        (nested("<text:list-item><text:p text:style-name='P'>x</text:p></text:list-item>"), "1. x"),
        ("<text:p><text:number>3.</text:number>x</text:p>", "3.x"),  # as written, where no style is known
    ],
)  # fmt: skip
def test_odt_lists(body: str, expected: str) -> None:
    inside = f"<office:body><office:text>{body}</office:text></office:body>"
    content = f"<office:document-content {NAMES}>{inside}</office:document-content>"
    styles = f"<office:document-styles {NAMES}>{STYLES}</office:document-styles>"
    assert [b.text for b in odt.read(packed(content, styles)).blocks] == expected.split("|")


def word97_level(
    form: int, text: str, *, start: int = 1, flags: int = 0, suffix: int = 2, limit: int = 0
) -> bytes:
    encoded = text.encode("utf-16-le")
    numbers = struct.pack("<IBB9xB8xBBBx", start, form, flags, suffix, 0, 0, limit)
    return numbers + struct.pack("<H", len(encoded) // 2) + encoded


def word97_lists(items: Sequence[tuple[int, int]]) -> list[Block]:
    """The blocks of a file with paragraphs "x" in these lists, (number, level)."""
    levels = word97_level(39, "第\0章", suffix=1) + word97_level(0, "\0.\1", flags=4)
    levels += word97_level(23, "\uf0b7") + word97_level(11, "（\3）", flags=8) + word97_level(0, "") * 5
    lists = struct.pack("<H", 1) + struct.pack("<i4x9HBx", 77, *[0xFFF] * 9, 0) + levels
    uses = struct.pack("<I", 2) + struct.pack("<i8xB3x", 77, 0) + struct.pack("<i8xB3x", 77, 2)
    uses += struct.pack("<I", 0xFFFFFFFF) * 2 + struct.pack("<II", 5, 0x10)
    uses += struct.pack("<II", 0, 0x21) + word97_level(18, "\1", start=2)
    changes = [struct.pack("<HHHB", 0x460B, name, 0x260A, at) for name, at in items]
    pieces = [("x\r", False, number << 1 | 1) for number in range(len(items))]
    return list(doc.read(word97(pieces, changes, tables={0x2E2: lists, 0x2EA: uses})).blocks)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("1:0 1:1 1:1 1:0 1:1", "第一章 x|1.1x|1.2x|第二章 x|2.1x"),
        ("1:0 1:2", "第一章 x|x"),  # a bullet
        ("1:3 1:0 1:3", "（一）x|第二章 x|（二）x"),  # never begins again
        ("1:0 2:0 2:1 1:0", "第一章 x|第五章 x|②x|第六章 x"),
        ("0:0 2047:0 3:0 1:0", "x|x|x|第一章 x"),  # in no list
    ],
)
def test_word97_lists(items: str, expected: str) -> None:
    chosen = [(int(name), int(at)) for name, at in (item.split(":") for item in items.split())]
    assert [b.text for b in word97_lists(chosen)] == expected.split("|")


def test_word97_page_breaks_and_deleted_paragraphs() -> None:
    levels = word97_level(0, "\0.") * 9
    lists = struct.pack("<H", 1) + struct.pack("<i4x9HBx", 77, *[0xFFF] * 9, 0) + levels
    uses = struct.pack("<I", 1) + struct.pack("<i8xB3x", 77, 0) + struct.pack("<I", 0xFFFFFFFF)
    inside = struct.pack("<HH", 0x460B, 1)
    pieces = [("a\r", False, 1), ("gone\r", False, 3), ("\x0cb\r", False, 1), ("c\x0cd\r", False, 1)]
    data = word97(
        pieces, [inside, inside + struct.pack("<HB", 0x0800, 1)], tables={0x2E2: lists, 0x2EA: uses}
    )
    assert [b.text for b in doc.read(data).blocks] == ["1.a", "2.b", "3.c", "d"]
