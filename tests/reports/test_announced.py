"""Titles that an opening announces."""

from __future__ import annotations

import pytest

from indexer.model import Block
from indexer.reports.announced import announced_titles, is_announced

ANNOUNCED = {
    "报告分三个部分：一、工作回顾；二、存在问题；三、下一步打算。": {"工作回顾", "存在问题", "下一步打算"},
    "报告分为三部分：工作回顾、存在问题、下一步打算。": {"工作回顾", "存在问题", "下一步打算"},
    "报告分为三部分：工作回顾、存在问题和下一步打算。": {"工作回顾", "存在问题", "下一步打算"},
    "下面，我讲两个问题：一是成绩和经验；二是今后的任务。": {"成绩和经验", "今后的任务"},
    "本材料由三大部分组成：（一）发展历程，（二）现状、机遇，（三）展望未来。": {
        "发展历程",
        "现状、机遇",
        "展望未来",
    },
    "下面从两个方面汇报：第一，五年回顾；第二，今后五年的任务。": {"五年回顾", "今后五年的任务"},
    "全年完成三个方面的工作。": set(),
    "园区包括以下企业，经营情况良好。": set(),
    "今年以来，园区各项工作稳步推进，取得明显成效。": set(),
}


@pytest.mark.parametrize("opening", ANNOUNCED)
def test_announced(opening: str) -> None:
    assert announced_titles([Block("园区工作报告"), Block(opening)]) == ANNOUNCED[opening]


def test_an_announcement_over_several_lines() -> None:
    lines = [Block("报告分两个部分：一、工作"), Block("回顾；二、下一步打算。")]
    assert announced_titles(lines) == {"工作回顾", "下一步打算"}


def test_a_line_is_a_title_by_itself_only() -> None:
    titles = frozenset({"工作回顾", "下一步打算"})
    assert is_announced(Block("工作回顾"), titles)
    assert is_announced(Block("工作 回顾："), titles)
    assert not is_announced(Block("工作回顾；"), titles)
    assert not is_announced(Block("工作回顾", "table"), titles)
    assert not is_announced(Block("工作回顾如下"), titles)
    assert not is_announced(Block("工作回顾"), frozenset())
