"""Articles saved more than once go but for the first copy; what reports merely share stays in each."""

from __future__ import annotations

import pytest

from indexer.model import Block, Removed
from indexer.readers import text
from indexer.reports import understand
from indexer.reports.repeats import REPEATED, without_repeats

ARTICLE = tuple(
    f"{n}、园区{subject}工作扎实推进，全年共开展各类专项活动{amount}次，参与企业{amount * 7}家，"
    f"解决具体问题{amount * 3}件，得到上级部门和广大企业的一致好评。"
    for n, (subject, amount) in enumerate(
        (("招商", 17), ("项目", 23), ("环保", 31), ("安全", 43), ("党建", 12), ("服务", 26), ("宣传", 38)), 1
    )
)
TITLE = "澄川园区年度工作总结"


def blocks(*lines: str) -> list[Block]:
    return [Block(line) for line in lines]


def kept(*lines: str) -> tuple[list[str], list[Removed]]:
    rest, removed = without_repeats(blocks(*lines))
    return [block.text for block in rest], removed


@pytest.mark.parametrize("copies", [2, 3, 4, 5])
def test_copies_of_a_whole_article(copies: int) -> None:
    article = (TITLE, *ARTICLE)
    rest, removed = kept(*article * copies)
    assert rest == list(article)
    assert "\n".join(r.text for r in removed) == "\n".join(article * (copies - 1))
    assert {r.reason for r in removed} == {REPEATED}


@pytest.mark.parametrize("copies", [2, 3, 5])
def test_copies_with_differing_heads(copies: int) -> None:
    """The line above each copy differs: it stays or goes with its copy, and the body stands once."""
    lines = [line for n in range(copies) for line in (f"浏览次数 {n}", *ARTICLE)]
    rest, removed = kept(*lines)
    assert [line for line in rest if line in ARTICLE] == list(ARTICLE)
    gone = [line for r in removed for line in r.text.split("\n")]
    assert sorted([*rest, *gone]) == sorted(lines)


def test_white_space_makes_no_difference() -> None:
    spaced = [f"　　{line[:5]} {line[5:]}" for line in ARTICLE]
    rest, removed = kept(*ARTICLE, *spaced)
    assert rest == list(ARTICLE)
    assert ["".join(r.text.split()) for r in removed] == ["".join(ARTICLE)]


def test_a_copy_and_more_behind_it() -> None:
    more = ("另一份材料的开头。", "另一份材料的结尾。")
    rest, removed = kept(TITLE, *ARTICLE, TITLE, *ARTICLE, *more)
    assert rest == [TITLE, *ARTICLE, *more]
    assert [r.text for r in removed] == ["\n".join((TITLE, *ARTICLE))]


def test_a_shared_paragraph_stays() -> None:
    lines = (
        TITLE,
        *ARTICLE[:3],
        "第一份材料到此结束。",
        "另一份年度工作总结",
        ARTICLE[1],
        "第二份材料到此结束。",
    )
    assert kept(*lines) == (list(lines), [])


def test_half_an_article_repeated_stays() -> None:
    """The second report begins like the first and goes on by itself."""
    own = tuple(line.replace("园区", "街道") for line in ARTICLE[3:])
    lines = (TITLE, *ARTICLE, "另一份年度工作总结", *ARTICLE[:3], *own)
    assert kept(*lines) == (list(lines), [])


def test_the_second_half_repeated_stays() -> None:
    lines = (TITLE, *ARTICLE, "另一份年度工作总结", "开头各不相同的一段文字。", *ARTICLE[4:])
    assert kept(*lines) == (list(lines), [])


def test_a_short_text_repeated_stays() -> None:
    lines = ("是", "否", "是", "否", "是", "否", "是", "否", "是", "否", "是", "否")
    assert kept(*lines) == (list(lines), [])


def test_a_form_filled_in_twice_stays() -> None:
    lines = [f"{line}{name}" for name in ("甲", "乙") for line in ARTICLE]
    assert kept(*lines) == (lines, [])


def test_nothing_repeated() -> None:
    assert kept(TITLE, *ARTICLE) == ([TITLE, *ARTICLE], [])
    assert kept() == ([], [])


def test_a_saved_page_is_one_report_and_lists_the_copies() -> None:
    (report,) = understand(text.read("\n".join((TITLE, *ARTICLE) * 3).encode()), "某某文件")
    assert report.title == TITLE
    assert sum(r.text.count(ARTICLE[0]) for r in report.removed) == 2
    shown = [t for s in report.sections for t in (s.heading or "", *s.paragraphs)]
    assert "".join(shown) == "".join(ARTICLE)
