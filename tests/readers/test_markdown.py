"""Markdown: headings and table rows get styles, their marks are kept beside the text, the rest is text."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.model import Block, Document
from indexer.readers.markdown import read


@pytest.mark.parametrize("level", range(1, 7))
def test_headings(level: int) -> None:
    signs = "#" * level
    expected = (Block("一、主要工作", f"heading {level}", signs),)
    for line in (f"{signs} 一、主要工作", f"   {signs} \t一、主要工作", f"{signs}　一、主要工作"):
        assert read(line.encode()) == Document(expected, "markdown", "utf-8")


@pytest.mark.parametrize(
    "line", ["#没有空格", "####### 七级", "    # 代码", "文字 # 不在行首", "#", "## ", "＃ 全角"]
)
def test_what_only_looks_like_a_heading(line: str) -> None:
    assert read(line.encode()).blocks == (Block(line),)


def test_table_rows() -> None:
    data = "| 指标 | 数值 |\n|---|---:|\n  | 投资 | 45 |\t\n| 没有右边\n没有左边 |\n||\n甲 | 乙\n".encode()
    assert read(data).blocks == (
        Block("| 指标 | 数值 |", "table"),
        Block("|---|---:|", "table"),
        Block("  | 投资 | 45 |\t", "table"),
        Block("| 没有右边"),
        Block("没有左边 |"),
        Block("||", "table"),
        Block("甲 | 乙"),
    )


def test_a_whole_file() -> None:
    data = (
        "\ufeff# 2023年工作总结\r\n\r\n## 一、招商引资\r\n签约**12个**项目。\r\n\r\n- 甲\r\n> 乙\r\n".encode()
    )
    assert read(data) == Document(
        (
            Block("2023年工作总结", "heading 1", "#"),
            Block("一、招商引资", "heading 2", "##"),
            Block("签约**12个**项目。"),
            Block("- 甲"),
            Block("> 乙"),
        ),
        "markdown",
        "utf-8-sig",
    )


@pytest.mark.parametrize("codec", ["gb18030", "utf-16", "utf-16-be"])
def test_other_encodings(codec: str) -> None:
    data = "# 2023年工作总结\n我们在全区发展中的工作。\n".encode(codec)
    assert read(data).blocks == (Block("2023年工作总结", "heading 1", "#"), Block("我们在全区发展中的工作。"))


@given(st.text(st.sampled_from("# \t\u3000|-*甲a1。\n\r"), max_size=80))
def test_every_character_but_white_space_comes_back(source: str) -> None:
    blocks = read(codecs.BOM_UTF8 + source.encode()).blocks
    assert "".join("".join((b.mark + b.text).split()) for b in blocks) == "".join(source.split())
    assert {b.style for b in blocks} <= {"", "table", *(f"heading {n}" for n in range(1, 7))}
