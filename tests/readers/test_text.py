"""Plain text: every character comes back, whatever the encoding; what cannot be told is said, not guessed."""

from __future__ import annotations

import codecs
import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableError
from indexer.model import Block, Document
from indexer.readers import text
from indexer.readers.text import decode, is_text, read

PROSE = (
    "澄川经济开发区2023年度工作总结\r\n"
    "一、主要工作完成情况\r\n"
    "（一）招商引资成效明显。1—11月，园区完成固定资产投资45.6亿元，同比增长12.3%；“一把手”招商28次……\r\n"
    "\r\n"
    "　　（二）项目建设扎实推进。我们在区委、区政府的领导下，全年实施重点项目36个，其中亿元以上的有15个。\r\n"
)
#: The same in characters that Big5 has.
TRADITIONAL = (
    "澄川經濟開發區2023年度工作總結\r\n"
    "一、主要工作完成情況\r\n"
    "（一）招商引資成效明顯。園區完成固定資產投資45.6億元，同比增長12.3%；我們在各部門的支持下召開了會議。\r\n"
)
LINES = tuple(Block(line) for line in PROSE.split("\r\n") if line)

#: Encodings that are told apart without a mark, and those that carry one.
ENCODINGS = {
    "utf-8": ("utf-8", b"", "utf-8"),
    "utf-8 with mark": ("utf-8", codecs.BOM_UTF8, "utf-8-sig"),
    "utf-16-le": ("utf-16-le", b"", "utf-16-le"),
    "utf-16-be": ("utf-16-be", b"", "utf-16-be"),
    "utf-16-le with mark": ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
    "utf-16-be with mark": ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
    "utf-32-le with mark": ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32"),
    "utf-32-be with mark": ("utf-32-be", codecs.BOM_UTF32_BE, "utf-32"),
    "gb18030": ("gb18030", b"", "gb18030"),
    "gbk": ("gbk", b"", "gb18030"),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_encodings(name: str) -> None:
    codec, mark, told = ENCODINGS[name]
    data = mark + PROSE.encode(codec)
    assert is_text(data)
    assert decode(data) == (PROSE, told)
    assert read(data) == Document(LINES, "text", told)


def test_big5() -> None:
    data = TRADITIONAL.encode("big5")
    assert is_text(data)
    assert decode(data) == (TRADITIONAL, "big5hkscs")


def test_traditional_characters_in_gb18030() -> None:
    assert decode(TRADITIONAL.encode("gb18030")) == (TRADITIONAL, "gb18030")


@pytest.mark.parametrize("rare", ["㐀㑇䶮", "𠀀𪚥𫍯", "😀①Ⅷ㈱㎡", "ābč", "ﾊﾛｰ", "ꀀ༄", "\ue000\uf8ff"])
def test_four_byte_characters_of_gb18030(rare: str) -> None:
    prose = PROSE.replace("澄川", f"澄川{rare}")
    assert decode(prose.encode("gb18030")) == (prose, "gb18030")


@pytest.mark.parametrize("data", [b"", b"plain ASCII\n", b"a", b"\t", b"x=1;\r\ny=2;\r\n", b"~" * 10])
def test_ascii(data: bytes) -> None:
    assert is_text(data)
    assert decode(data) == (data.decode("ascii"), "utf-8")


def test_empty() -> None:
    assert read(b"") == Document((), "text", "utf-8")
    for name in ("utf-8-sig", "utf-16", "utf-32"):
        assert read("".encode(name)).blocks == ()
    assert read(" \n\u3000\r\n\t\x0c\u2028".encode()) == Document((), "text", "utf-8")


def test_lines_end_as_on_every_system() -> None:
    data = "甲\r\n乙\n丙\r丁\x0b戊\x0c己\x85庚\u2028辛\u2029壬\x1c癸".encode()
    assert read(data).blocks == tuple(map(Block, "甲乙丙丁戊己庚辛壬癸"))


def test_white_space_within_and_around_a_line_is_kept() -> None:
    assert read("　　甲\t乙  丙 \n".encode()).blocks == (Block("　　甲\t乙  丙 "),)


def test_a_mark_in_the_middle_is_a_character() -> None:
    assert decode("\ufeff甲\ufeff乙".encode()) == ("甲\ufeff乙", "utf-8-sig")


def test_a_replacement_character_that_was_there_stays() -> None:
    assert decode("甲\ufffd乙".encode()) == ("甲\ufffd乙", "utf-8")


@pytest.mark.parametrize("cut", [1, 2])
def test_utf_8_cut_in_the_middle_of_a_character(cut: int) -> None:
    data = "全年工作总结".encode()[:-cut]
    rest = "\\xe7\\xbb"[: 4 * (3 - cut)]
    assert decode(data) == (f"全年工作总{rest}", "utf-8")


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_utf_8_cut_in_the_middle_of_an_emoji(cut: int) -> None:
    data = (PROSE + "😀").encode()[:-cut]
    assert decode(data) == (PROSE + "\\xf0\\x9f\\x98"[: 4 * (4 - cut)], "utf-8")


@pytest.mark.parametrize("codec", ["gb18030", "big5", "utf-16-le", "utf-16-be", "utf-16", "utf-32"])
def test_others_cut_in_the_middle_of_a_character(codec: str) -> None:
    """All that is whole comes back, or the file is listed as unreadable; never other characters."""
    prose = TRADITIONAL.rstrip() + "結"
    data = prose.encode(codec)[:-1]
    try:
        found, _ = decode(data)
    except UnreadableError:
        return
    assert found.startswith(prose[:-1])
    assert not re.search(r"[\u3400-\u9fff\ufffd]", found[len(prose) - 1 :])


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_a_broken_byte_in_the_middle_spoils_no_other_character(codec: str, at: float) -> None:
    """One byte of a copy went wrong: the other characters come back, or the file is listed as unreadable."""
    before, after = PROSE[: int(len(PROSE) * at)], PROSE[int(len(PROSE) * at) :]
    try:
        found, _ = decode(before.encode(codec) + b"\xff" + after.encode(codec))
    except UnreadableError:
        return
    assert found.startswith(before)
    assert found.endswith(after)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02\x03",
        bytes(range(256)),
        b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 100,
        b"text and then\x00\x00\x00binary",
        b"\x1f\x8b\x08\x00abc",
    ],
)
def test_binary_is_no_text(data: bytes) -> None:
    assert not is_text(data)


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF16_LE + b"\x00\xd8\x41\x00",  # half a surrogate pair
        codecs.BOM_UTF32_LE + b"\xff\xff\xff\xff",
        codecs.BOM_UTF8 + b"\xff\xff",
    ],
)
def test_a_mark_that_lies(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="文本不是完整的"):
        decode(data)


def test_a_long_text_whose_first_block_ends_within_a_pair() -> None:
    """Without a mark, UTF-16 is told by the first 64 KiB: a character of two units may straddle their end."""
    for shift in range(4):
        prose = "一" * (32766 - 10 + shift - 4) + "\n" + "😀" * 8 + "\n完。"
        assert decode(prose.encode("utf-16-le"))[0] == prose


# -- properties --------------------------------------------------------------------------------------

#: Clauses as reports have them; text made of them is Chinese prose, as telling encodings apart presumes.
CLAUSES = (
    "在区委、区政府的坚强领导下，",
    "全年完成固定资产投资45.6亿元，同比增长12.3%。",
    "我们坚持以习近平新时代中国特色社会主义思想为指导，",
    "招商引资工作成效明显，签约项目28个；",
    "一是加快项目建设，二是优化企业服务。",
    "存在的问题：一是发展不够快，二是人才不足。\n",
    "《2024年工作计划》的主要目标有以下几个方面：",
    "“放管服”改革不断深化，中小企业的获得感有所提高。",
    "\n（二）抓好安全生产，为全区发展作出了应有的贡献。\r\n",
)
SIMPLIFIED_PROSE = st.lists(st.sampled_from(CLAUSES), min_size=4, max_size=30).map("".join)
#: Any character that a file can hold: no surrogates; and no control characters, which say that it is binary.
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"])


@given(st.text(st.one_of(CHARACTERS, st.sampled_from("\t\n\r\x0b\x0c")), max_size=200))
def test_every_character_of_utf_8_comes_back(characters: str) -> None:
    expected = characters.removeprefix("\ufeff")
    assert decode(characters.encode())[0] == expected
    assert decode(codecs.BOM_UTF8 + characters.encode())[0] == characters
    blocks = read(codecs.BOM_UTF8 + characters.encode()).blocks
    lines = re.split(r"\r\n|[\r\n\v\f\u2028\u2029]", characters)
    assert [b.text for b in blocks] == [line for line in lines if line.strip()]


@given(st.text(CHARACTERS, max_size=200))
def test_every_character_of_marked_utf_16_and_32_comes_back(characters: str) -> None:
    for codec, mark in (
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE),
    ):
        data = mark + characters.encode(codec)
        if codec == "utf-16-le" and characters.startswith("\0"):
            continue  # is UTF-32's mark
        assert is_text(data)
        assert decode(data)[0] == characters


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be", "gb18030"])
@given(prose=SIMPLIFIED_PROSE, more=st.text(CHARACTERS, max_size=6), data=st.data())
def test_prose_comes_back_from_any_encoding(codec: str, prose: str, more: str, data: st.DataObject) -> None:
    """Chinese prose with a few characters of any kind in it, in encodings that have no mark."""
    at = data.draw(st.integers(1, len(prose)))
    whole = prose[:at] + more + prose[at:] + "\n"
    encoded = whole.encode(codec)
    assert is_text(encoded)
    assert decode(encoded) == (whole, codec)


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_give_no_replacement_character(data: bytes) -> None:
    try:
        found, _ = decode(data)
    except UnreadableError:
        return
    if "\ufffd" in found:
        present = any("\ufffd".encode(c) in data for c in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"))
        assert present


@given(st.binary(max_size=300), st.sampled_from(["", "\ufeff", "\ufffe"]))
def test_bytes_of_any_kind_are_read_or_refused(data: bytes, mark: str) -> None:
    is_text(data)
    with contextlib.suppress(UnreadableError):
        text.read(mark.encode("utf-16-le") + data)
