"""Pages put back together: rows, tables, margins, columns, paragraphs."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.model import Block, Removed
from indexer.readers.layout import HEADER, PAGE_NUMBER, Page, Run, to_blocks

EM = 10.0


def run(text: str, left: float, top: float, size: float = EM) -> Run:
    """A run of characters that are all one em wide."""
    return Run(text, left, top, left + len(text) * size, top + size, size)


def page(*runs: Run) -> Page:
    return Page(600, 800, runs)


def texts(*pages: Page) -> list[str]:
    return [block.text for block in to_blocks(pages)[0]]


def set_lines(paragraphs: Iterable[str], width: int, indent: int = 2) -> list[str]:
    """The lines of paragraphs set in ``width`` ems, each beginning with an indent."""
    lines = []
    for paragraph in paragraphs:
        text = "\u3000" * indent + paragraph
        lines += [text[at : at + width] for at in range(0, len(text), width)]
    return lines


def placed(lines: Iterable[str], left: float = 100, top: float = 120, step: float = 16) -> list[Run]:
    runs = []
    for n, line in enumerate(lines):
        text = line.lstrip("\u3000")
        runs.append(run(text, left + (len(line) - len(text)) * EM, top + n * step))
    return runs


LONG = "园区坚持以招商引资为龙头以项目建设为抓手以优化服务为保障真抓实干克难攻坚较好完成全年各项目标任务"


def test_pieces_of_a_line_in_any_order() -> None:
    pieces = (run("年工作总结", 140, 100), run("澄川", 100, 101), run("2018", 120, 100))
    assert texts(page(*pieces)) == ["澄川2018年工作总结"]


@pytest.mark.parametrize(
    ("first", "second", "gap", "text"),
    [
        ("项目", "建设", 2, "项目建设"),
        ("张", "三", 8, "张 三"),
        ("GDP", "growth", 3, "GDP growth"),
        ("GDP", "s", 0.5, "GDPs"),
        ("共", "5", 2.5, "共5"),
    ],
)
def test_gaps(first: str, second: str, gap: float, text: str) -> None:
    assert texts(page(run(first, 100, 100), run(second, 100 + len(first) * EM + gap, 100))) == [text]


def test_a_table_with_a_cell_of_two_lines() -> None:
    rows = (
        [run("指标", 100, 100), run("今年", 200, 100), run("去年", 300, 100)],
        [run("规上工业总产", 100, 116), run("86", 200, 116), run("95", 300, 116)],
        [run("值", 100, 130)],
        [run("税收", 100, 150), run("3", 200, 150), run("4", 300, 150)],
    )
    blocks, _ = to_blocks([page(*(r for row in rows for r in row))])
    assert blocks == (
        Block("指标\t今年\t去年", "table"),
        Block("规上工业总产值\t86\t95", "table"),
        Block("税收\t3\t4", "table"),
    )


def test_numbers_of_a_list_are_no_cells() -> None:
    runs = [run("1.", 100, 100), run("招商引资", 140, 100), run("2.", 100, 120), run("项目建设", 140, 120)]
    blocks, _ = to_blocks([page(*runs)])
    assert blocks == (Block("1. 招商引资"), Block("2. 项目建设"))


def test_headers_and_page_numbers() -> None:
    pages = [
        page(run("工作简报", 100, 30), *placed([f"第{n}件事。"]), run(f"— {n} —", 280, 770))
        for n in (1, 2, 3)
    ]
    blocks, removed = to_blocks(pages)
    assert [block.text for block in blocks] == ["第1件事。", "第2件事。", "第3件事。"]
    assert removed == (
        Removed("工作简报", HEADER),
        *(Removed(f"— {n} —", PAGE_NUMBER) for n in (1, 2, 3)),
    )


def test_what_looks_like_a_page_number_within_the_text_is_text() -> None:
    assert texts(page(*placed(["2018", "工作总结"], top=300))) == ["2018", "工作总结"]


def test_a_title_at_the_top_of_each_page_is_no_header() -> None:
    pages = [page(run("通知书", 100, 30, 20), *placed([f"第{n}件事。"])) for n in (1, 2, 3)]
    assert texts(*pages).count("通知书") == 3


def test_a_paragraph_across_pages_and_columns() -> None:
    lines = set_lines([LONG * 3, LONG], 20)
    half = len(lines) // 2
    whole = [LONG * 3, LONG]
    assert texts(page(*placed(lines[:half])), page(*placed(lines[half:]))) == whole
    columns = placed(lines[:half], left=60) + placed(lines[half:], left=300)
    assert texts(page(*columns)) == whole


def test_latin_words_are_joined_with_a_space() -> None:
    lines = ["word " * 9 + "word", "word " * 9 + "word", "end."]
    assert texts(page(*placed(lines))) == ["word " * 20 + "end."]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["规划纲要（2014\u00ad2020年）"], "规划纲要（2014-2020年）"),
        (["a word is hyphen\u00ad", "ated"], "a word is hyphenated"),
        (["the years of 2014\u00ad", "2020"], "the years of 2014-2020"),
    ],
)
def test_soft_hyphens(lines: list[str], text: str) -> None:
    assert texts(Page(20 + max(map(len, lines)) * EM, 800, tuple(placed(lines, left=10)))) == [text]


def test_entries_of_a_table_of_contents() -> None:
    lines = [
        f"{title}{'.' * (30 - len(title))}{n}" for title, n in (("前言", 1), ("工作回顾", 2), ("附录", 9))
    ]
    assert texts(page(*placed([*lines, LONG[:31]]))) == ["前言\t1", "工作回顾\t2", "附录\t9", LONG[:31]]
    assert texts(page(*placed(["项目建设……2024"]))) == ["项目建设……2024"]


def test_several_marks_that_hang_out_do_not_make_the_page_broader() -> None:
    paragraph = LONG * 6
    lines = [paragraph[at : at + 20] for at in range(0, len(paragraph), 20)]
    whole = "".join(lines)
    lines[2] += "”）。"
    lines[7] += "”）。"
    runs = placed(lines)
    assert texts(page(*runs)) == [whole[:60] + "”）。" + whole[60:160] + "”）。" + whole[160:]]


def test_a_half_width_mark_hangs_out_too() -> None:
    first, rest = LONG[:20], LONG[20:30]
    marks = [Run(",", 300, 120 + n * 16, 305, 130 + n * 16, EM) for n in range(1, 6)]
    lines = [LONG[:19], *[first] * 5, rest]
    assert texts(page(*placed(lines), *marks)) == [LONG[:19] + f"{first}," * 5 + rest]


def test_space_at_the_start_of_a_run_is_an_indent() -> None:
    indented = [run("\u3000\u3000" + LONG[:18], 100, 120 + n * 16) for n in range(4)]
    assert texts(page(*indented, run(LONG[18:38], 100, 184))) == [LONG[:18]] * 3 + [LONG[:38]]


def test_where_paragraphs_are_indented_a_short_line_goes_on() -> None:
    lines = set_lines([LONG * 2, LONG], 20)
    lines[1] = lines[1][:17]  # the program kept three characters together with the next line's first
    assert len(texts(page(*placed(lines)))) == 2


def test_the_columns_of_a_form_are_no_columns_of_prose() -> None:
    names = ("税收", "产值", "投资", "就业", "企业")
    rows = [
        (run(name, 100, y), run("万元", 250, y), run("121.9", 350, y), run("134.5", 500, y))
        for y, name in zip(range(100, 180, 16), names, strict=True)
    ]
    assert texts(page(*(r for row in rows for r in row))) == [f"{n}\t万元\t121.9\t134.5" for n in names]


def test_cells_that_nearly_touch_are_parted_as_in_the_rows_around() -> None:
    rows = [
        (run("指标", 100, 100), run("单位", 182, 100), run("今年", 300, 100)),
        (run("规上工业总产值额", 100, 116), run("亿元", 182, 116), run("86", 300, 116)),
        (run("税收", 100, 132), run("亿元", 182, 132), run("3", 300, 132)),
    ]
    assert texts(page(*(r for row in rows for r in row))) == [
        "指标\t单位\t今年",
        "规上工业总产值额\t亿元\t86",
        "税收\t亿元\t3",
    ]


def test_text_written_downwards_does_not_draw_rows_together() -> None:
    label = Run("购买方", 60, 98, 70, 128, EM)
    lines = [run(LONG[:8], 80, 100 + n * 11) for n in range(3)]
    found = texts(page(label, *lines))
    assert [text.count(LONG[:8]) for text in found] == [1, 1, 1]
    assert "购买方" in found[0]


def test_pieces_far_apart_are_no_sentence() -> None:
    rows = [("项目名称", "规格型号", "单位"), ("印刷制作费", "组", "一九八")]
    runs = [
        run(t, x, y)
        for y, row in ((100, rows[0]), (116, rows[1]))
        for x, t in zip((60, 150, 520), row, strict=True)
    ]
    runs[4] = run("组", 200, 116)  # not under a heading: no table
    found = texts(page(*placed(["表"], left=60, top=84), *runs, *placed(["合计"], left=60, top=132)))
    assert found == ["表", "项目名称 规格型号 单位", "印刷制作费 组 一九八", "合计"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_places_that_are_none(value: float) -> None:
    runs = (Run("甲", value, value, value, value, value), run("乙", 100, 100))
    assert sorted("".join(texts(Page(value, value, runs)))) == ["乙", "甲"]


@given(
    st.lists(st.text("园区招商项目建设完成推进税收", min_size=1, max_size=90), min_size=1, max_size=12),
    st.integers(16, 40),
    st.booleans(),
)
def test_indented_paragraphs_come_back(paragraphs: list[str], width: int, sized: bool) -> None:
    widest = "税" * (3 * width - 2)  # so that the page shows how wide it is set
    expected = [widest, *(text + "。" for text in paragraphs)]
    lines = set_lines(expected, width)
    runs = placed(lines)
    if not sized:
        runs = [Run(r.text, r.left, r.top, r.right, r.bottom) for r in runs]
    assert texts(Page(200 + width * EM, 1e5, tuple(runs))) == expected


@given(
    st.lists(
        st.builds(
            Run,
            st.text("甲乙a1，— \u00ad", max_size=4),
            *(st.floats(-100, 900) for _ in range(4)),
            st.floats(0, 40),
        ),
        max_size=40,
    )
)
def test_nothing_vanishes(runs: list[Run]) -> None:
    half = len(runs) // 2
    blocks, removed = to_blocks([Page(600, 800, tuple(runs[:half])), Page(600, 800, tuple(runs[half:]))])
    found = {c for text in [b.text for b in blocks] + [r.text for r in removed] for c in text}
    assert {c for r in runs for c in r.text} - found <= {" ", "\u00ad"}
    if not removed:
        letters = sorted(c for r in runs for c in r.text if c in "甲乙a1，—")
        assert sorted(c for b in blocks for c in b.text if c in "甲乙a1，—") == letters
