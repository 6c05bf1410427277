"""RTF: code pages, characters by number, tables, what stands apart from the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from striprtf.striprtf import rtf_to_text

from indexer.errors import UnreadableError
from indexer.model import Block, Document, Removed
from indexer.readers import choose, rtf
from tests.readers import same

HEAD = (
    rb"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0\fnil\fcharset134 SimSun;}{\f1\froman\fcharset0 Times;}"
    rb"{\f2\fnil\fcharset2 Wingdings;}{\f3\fcharset136 MingLiU;}}"
    rb"{\stylesheet{\s0 Normal;}{\s1\f1 heading 1;}{\s7\outlinelevel2 \'b6\'fe;}{\*\cs2 heading 2;}"
    rb"{\s9 Title;}}"
)


def escaped(text: str, encoding: str = "gbk") -> bytes:
    """Text as old Word writes it: every byte beyond ASCII by number, other bytes as they are."""
    return b"".join(bytes([b]) if b < 0x80 else b"\\'%02x" % b for b in text.encode(encoding))


def document(body: bytes) -> Document:
    return rtf.read(HEAD + body + b"}")


def blocks(body: bytes) -> list[tuple[str, str]]:
    return [(b.style, b.text) for b in document(body).blocks]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (escaped("工作总结") + rb"\par", [("", "工作总结")]),
        (escaped("丂亅丄") + rb"\par", [("", "丂亅丄")]),  # trail bytes in ASCII
        ("直接写的汉字".encode("gbk") + rb"\par", [("", "直接写的汉字")]),
        (rb"\f1 " + escaped("字体说西文") + rb"\par", [("", "字体说西文")]),
        (rb"\f3 " + escaped("臺灣", "big5") + rb"\par", [("", "臺灣")]),
        (rb"\uc1\u24037?\u20316?\par", [("", "工作")]),
        (rb"\uc2\u24037\'b9\'a4\u20316\'d7\'f7!\par", [("", "工作!")]),
        (rb"\uc0\u24037\u20316 ok\par", [("", "工作ok")]),
        (rb"\u-10179?\u-8329?\par", [("", "\U0001f777")]),  # two halves
        (rb"\u-10179?x\par", [("", "\ufffdx")]),  # one half
        (rb"{\f2\'fe} A\~B\_C\{\}\\\par", [("", "☑ A\xa0B-C{}\\")]),
        (rb"a\line b\par c", [("", "a"), ("", "b"), ("", "c")]),
        (rb"{\b a}{\i b\par}c\par", [("", "ab"), ("", "c")]),
        (rb"{\field{\*\fldinst HYPERLINK x}{\fldrslt{link}}}\par", [("", "link")]),
        (rb"{\pict\wmetafile8 0102030405}{\*\unknown gone}x\par", [("", "x")]),
        (b"a{\\pict\\bin4 }}}}}b\\par", [("", "ab")]),
        (rb"{\upr{old}{\*\ud{new}}}\par", [("", "new")]),
        (rb"{\listtext\pard\plain 1.\tab}x\par", [("", "1. x")]),
        (rb"{\pntext\pard\plain (2)\tab}x\par", [("", "(2)x")]),
        (rb"\pard\s1{\listtext\pard\plain\f1 \'d2\'bb\'a1\'a2\tab}H\par", [("heading 1", "一、H")]),
        (rb"{\listtext\pard\plain\f2\'b7\tab}x\par{\listtext o\tab}y\par", [("", "x"), ("", "y")]),
        (rb"{\listtext 1.\tab}\par{\listtext 2.\tab}x\par", [("", "2. x")]),
        (rb"\intbl{\listtext 1.\tab}\cell a\cell\row", [("table", "1.\ta")]),
        (rb"\pard\s1 H\par\pard x\par", [("heading 1", "H"), ("", "x")]),
        (rb"\pard\s7 H\par\pard\s9 T\par\pard\s2 x\par", [("heading 3", "H"), ("title", "T"), ("", "x")]),
        (rb"\pard\outlinelevel1 H\par\pard\outlinelevel9 x\par", [("heading 2", "H"), ("", "x")]),
        (
            rb"\pard\intbl a\cell\pard\intbl b\par c\tab d\cell\row\pard\intbl \cell e\cell\row\pard f\par",
            [("table", "a\tb c d"), ("table", "\te"), ("", "f")],
        ),
        (rb"\intbl a{\intbl\itap2 n\nestcell m\nestcell{\*\nesttableprops\nestrow}}\cell\row", [("table", "an m")]),  # noqa: E501
        (rb"x{\shp{\*\shpinst{\sp{\sn a}{\sv 1}}{\shptxt box\par}}{\shprslt twin}}y\par", [("", "xy"), ("", "box")]),  # noqa: E501
        (rb"x{\footnote note}y\par z\par", [("", "xy"), ("", "z"), ("", "note")]),
    ],
)  # fmt: skip
def test_what_is_read(body: bytes, expected: list[tuple[str, str]]) -> None:
    assert blocks(body) == expected


def test_what_is_no_text() -> None:
    found = document(
        rb"{\header top\par}{\footerf foot\par}a{\deleted gone}b{\*\annotation why}\par{\headerl top\par}"
    )
    assert found.blocks == (Block("ab"),)
    assert found.removed == (
        Removed("top", "页眉页脚 (header or footer)"),
        Removed("foot", "页眉页脚 (header or footer)"),
        Removed("why", "批注 (comment)"),
        Removed("gone", "修订中删除的文字 (deleted by a tracked change)"),
    )


def test_the_same_report() -> None:
    found = rtf.read((same.DATA / "report.rtf").read_bytes())
    assert same.share_in_order(found) >= 0.99
    assert same.styled(found) == same.styled(same.expected())


@given(st.lists(st.text(st.sampled_from("工作总结2018 abc，。{}\\𠮷é～"), min_size=1), min_size=1))
def test_any_text_comes_back(lines: list[str]) -> None:
    """Written by number, as Word does; read as striprtf reads it, but for characters beyond U+FFFF."""
    units = [line.encode("utf-16-le") for line in lines]
    numbered = b"\\par ".join(
        b"".join(b"\\u%d?" % int.from_bytes(u[i : i + 2], "little", signed=True) for i in range(0, len(u), 2))
        for u in units
    )
    assert [b.text for b in document(numbered).blocks] == [line for line in lines if line.strip()]
    if not any("𠮷" in line for line in lines):
        theirs = rtf_to_text((HEAD + numbered + b"}").decode("latin-1"))
        assert [line for line in theirs.split("\n") if line.strip()] == [
            line for line in lines if line.strip()
        ]


def test_cut_short() -> None:
    found = rtf.read(HEAD + rb"a\par b")
    assert [b.text for b in found.blocks] == ["a", "b"]
    assert "不完整" in found.warnings[0]
    with pytest.raises(UnreadableError, match="另存"):
        rtf.read(HEAD[:60])


def test_deep_groups_end() -> None:
    with pytest.raises(UnreadableError, match="嵌套"):
        rtf.read(HEAD + b"{" * 100_000)


def test_told_by_content() -> None:
    from pathlib import PurePath

    assert choose(PurePath("总结.doc"), HEAD).name == "rtf"  # many a .doc is one


def test_broken_files_end_in_a_document_or_a_reason() -> None:
    data = (same.DATA / "report.rtf").read_bytes()[-20_000:]
    for copy in same.broken(HEAD + data, 150):
        same.outcome(rtf.read, copy)


def test_a_table_of_many_nameless_fonts() -> None:
    data = b"{\\rtf1{\\fonttbl" + b";" * 100_000 + b"{\\f0 a;}}" + b"text}"
    assert [b.text for b in rtf.read(data).blocks] == ["text"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb"a{\field{\*\fldinst { EQ \\o\\ac(O,25)}}{\fldrslt }}b\par", [("", "aO25b")]),
        (rb"a{\field{\*\fldinst EQ \\f(1,2)}}b\par", [("", "a1/2b")]),
        (rb"{\mmath{\*\moMath{\mf{\mfPr{\mctrlPr x}}{\mnum{\mr a}}{\mden{\mr b}}}}}\par", [("", "ab")]),
        (rb"a\cell b\row\pard next\par", [("table", "a\tb"), ("", "next")]),
        (rb"c\column d\par", [("", "c"), ("", "d")]),
    ],
)
def test_fields_formulas_and_what_ends_a_paragraph(body: bytes, expected: list[tuple[str, str]]) -> None:
    assert blocks(body) == expected


@pytest.mark.parametrize("body", [rb"a\par}b\par", rb"a\par}{\rtf1 b\par", b"a\\par}\r\n b"])
def test_what_is_behind_the_end_is_read_and_told(body: bytes) -> None:
    found = document(body)
    assert [b.text.strip() for b in found.blocks] == ["a", "b"]
    assert "结束之后" in found.warnings[0]


def test_bytes_behind_the_end_that_are_no_text() -> None:
    for rest in (b"\0\r\n", b"\x1a", b"\0\1\2\3\4" * 20):
        assert rtf.read(HEAD + b"a\\par}" + rest).blocks == (Block("a"),)


def test_hidden_text_and_codes_are_listed() -> None:
    found = document(rb"a{\v gone}{\field{\*\fldinst XE x}}b\par")
    assert found.blocks == (Block("ab"),)
    assert [r.text for r in found.removed] == ["gone", "XE x"]
