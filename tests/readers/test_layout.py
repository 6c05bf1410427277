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
