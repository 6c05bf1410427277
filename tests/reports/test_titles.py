"""Titles of workbooks: the line above a table rather than the name of its sheet."""

from __future__ import annotations

import pytest

from indexer.model import Block, Document, Report
from indexer.reports import understand

ROWS = (Block("项目\t投资\t开工", "table"), Block("滨河大道改造\t1200\t2020-03-15", "table"))
OTHER = (Block("问题清单", "heading 1"), Block("序号\t问题", "table"), Block("1\t征地滞后", "table"))


def workbook(*blocks: Block) -> Report:
    (report,) = understand(Document((*blocks, *ROWS, *OTHER), "xlsx"), "某某文件")
    return report


@pytest.mark.parametrize(
    "noun", ["进度表", "工作台账", "清单", "情况一览", "名册", "一览表（定稿）", "工作计划"]
)
@pytest.mark.parametrize("style", ["", "table"])
def test_the_title_above_a_table(noun: str, style: str) -> None:
    title = f"滨河园区2020年重点项目{noun}"
    report = workbook(Block("重点项目", "heading 1"), Block(title, style))
    assert (report.title, report.year, report.unit) == (title, 2020, "滨河园区")
    assert [s.heading for s in report.sections] == ["重点项目", "问题清单"]


def test_a_line_between_title_and_table() -> None:
    report = workbook(
        Block("重点项目", "heading 1"), Block("滨河园区2020年项目表"), Block("单位：万元", "table")
    )
    assert report.title == "滨河园区2020年项目表"


@pytest.mark.parametrize("line", ["滨河园区基本情况说明如下", "滨河\t2020年项目表", "以下为2020年项目表。"])
def test_what_is_no_title_leaves_the_name_of_the_sheet(line: str) -> None:
    style = "table" if "\t" in line else ""
    assert workbook(Block("重点项目", "heading 1"), Block(line, style)).title == "重点项目"


def test_no_table_no_title_of_one() -> None:
    blocks = (Block("重点项目", "heading 1"), Block("2020年项目表"), Block("全年实施项目三十个。"))
    (report,) = understand(Document(blocks, "docx"), "某某文件")
    assert report.title == "重点项目"
