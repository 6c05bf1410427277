from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.alignment import Aligned, align, changes_of
from indexer.alignment.beside import groups_of
from indexer.alignment.lines import candidates, lines_of
from indexer.alignment.moves import moves_of
from indexer.analysis.normalise import normalise

# Width, expansion (㎡ is m2, ㈠ is (一)), format characters, combining marks, case, white space.
TEXTS = st.text("产值增长工作12.5㎡m㈠(一)（）\u200b\u3000ｶﾞガΣσςİ，。 \r\n\n\n", max_size=50)


def text(row: Aligned, side: str) -> str:
    return "".join(part.text for part in (row.left if side == "left" else row.right))


def bare(line: str) -> str:
    return "".join(normalise(line).split())


def kinds(one: str, other: str) -> list[str]:
    return [row.kind for row in align(one, other)]


@given(TEXTS, TEXTS)
def test_rows_that_are_the_same_are_equal_and_no_others(one: str, other: str) -> None:
    for row in align(one, other):
        left, right = (
            "".join(bare(line) for line in text(row, side).split("\n")) for side in ("left", "right")
        )
        assert (row.kind == "same") == (left == right)
        assert bool(changes_of(row)) == any(part.kind != "same" for part in (*row.left, *row.right))


@given(TEXTS, TEXTS)
def test_every_character_is_shown_once_in_its_place(one: str, other: str) -> None:
    rows = align(one, other)
    for side, whole in (("left", one), ("right", other)):
        parts = [part for row in rows for part in (row.left if side == "left" else row.right)]
        shown = [n for part in parts if part.text != "\n" for n in range(part.at, part.at + len(part.text))]
        assert shown == sorted(set(shown))  # in order, none twice
        assert all(
            whole[part.at : part.at + len(part.text)] == part.text for part in parts if part.text != "\n"
        )
        lost = set(range(len(whole))).difference(shown)
        assert not bare("".join(whole[n] for n in sorted(lost)))
    moves = Counter(row.move for row in rows if row.kind == "moved")
    assert all(count == 2 for count in moves.values())


GROWTH = (
    "坚持把招商引资作为园区发展的生命线，全年外出招商活动{}次，接待来访客商{}批次，"
    "新签约项目{}个，到位资金{}亿元，其中亿元以上项目{}个。"
)
AUTUMN = (
    "8月份，在省城举办专场推介会，邀请电子信息、装备制造企业负责人八十余人到会，当场签下意向书七份。"
    "针对重点线索，由主要领导带队逐户上门，反复磋商用地、用工、物流条件，宏泰光电终于落户并在年底前动工。"
    "同时清理僵尸合同，收回闲置土地，为后来者腾出空间。码头仓库改作展厅，陈列本地绸缎、竹器、瓷砖样品。"
    "秋雨连绵，道路泥泞，几位老板仍冒雨察看地块，连夜敲定厂房图纸。"
)
WINTER = (
    "围绕新能源汽车零部件，组建三个驻外小分队，常年蹲点在沿海三座城市，收集线索近百条，筛选后跟踪洽谈。"
    "对已签约却迟迟未开工者，实行一月一调度、一季一通报，约谈两家，解约一家，收回保证金，震动不小。"
    "审批窗口推出容缺受理，让材料少跑腿，客商普遍反映办事痛快。供热管网接通最后四户，蒸汽价格下调一成。"
    "银行驻点放贷，担保基金扩容，设备租赁公司挂牌，融资难题逐步缓解。"
)


def test_a_paragraph_with_its_old_beginning_and_a_new_end_is_one_rewritten() -> None:
    one = "一、去年\n" + GROWTH.format(47, 263, 19, 30.1, 8) + AUTUMN + "\n尾声"
    other = "一、去年\n" + GROWTH.format(52, 198, 23, 41.6, 9) + WINTER + "\n新增的一段话\n尾声"
    assert kinds(one, other) == ["same", "changed", "added", "same"]


def test_headings_that_differ_in_figures_stand_beside_each_other() -> None:
    one = f"{AUTUMN}\n一、2018年工作总结\n春天播种，秋天收获，农机检修到位。\n二、2019年计划"
    other = f"又及\n{WINTER}\n一、2015年工作总结\n园区企业忙碌，成果不错。\n再及\n二、2016年计划"
    rows = align(one, other)
    assert [(text(r, "left"), text(r, "right")) for r in rows if r.kind == "changed"] == [
        ("一、2018年工作总结", "一、2015年工作总结"),
        ("二、2019年计划", "二、2016年计划"),
    ]


def headed(*lines: str) -> tuple[str, list[tuple[int, int]]]:
    """A text of lines, and where those stand that begin with #, which are its headings."""
    spans = []
    at = 0
    for line in lines:
        if line.startswith("#"):
            spans.append((at, at + len(line)))
        at += len(line) + 1
    return "\n".join(lines), spans


def test_headings_stand_beside_each_other_where_what_follows_them_does() -> None:
    one, above = headed("#农业生产", AUTUMN + "一")
    other, theirs = headed("#码头移交", WINTER, "#招商引资", AUTUMN + "二")
    rows = align(one, other, headings=(above, theirs))
    assert [(r.kind, text(r, "left")[:5], text(r, "right")[:5]) for r in rows] == [
        ("added", "", "#码头移交"),
        ("added", "", WINTER[:5]),
        ("changed", "#农业生产", "#招商引资"),
        ("changed", AUTUMN[:5], AUTUMN[:5]),
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_a_heading_on_one_side_stays_before_what_follows_it(turned: bool) -> None:
    first, second = headed("#农业生产", AUTUMN + "一"), headed("#码头移交", WINTER, AUTUMN + "二")
    one, other = (second, first) if turned else (first, second)
    rows = align(one[0], other[0], headings=(one[1], other[1]))
    assert (text(rows[-2], "left") + text(rows[-2], "right"), rows[-1].kind) == ("#农业生产", "changed")


def test_a_heading_that_stands_elsewhere_as_it_is_is_not_another() -> None:
    one, above = headed("#农业生产情况的说明", AUTUMN + "一")
    other, theirs = headed("#招商引资", AUTUMN + "二", "#农业生产情况的说明", WINTER)
    rows = align(one, other, headings=(above, theirs))
    assert [row.kind for row in rows if row.kind != "changed"].count("moved") == 2


def test_short_headings_with_nearly_the_same_words_stand_beside_each_other() -> None:
    one = f"{AUTUMN}\n（一）深化改革\n水稻种植面积扩大\n油茶丰收"
    other = f"{WINTER}\n码头移交\n（一）深化改革开放\n企业产值翻番\n道路通车\n山林确权"
    assert kinds(one, other)[:4] == ["removed", "added", "added", "changed"]


def test_paragraphs_that_share_no_more_than_everyday_words_are_not_one() -> None:
    one = "加强领导，落实责任，确保春耕物资全部到位。\n扩大油茶种植，帮助农户增收。\n完"
    other = "加强管理，推进港口码头移交，完成航道疏浚任务。\n修建县城到乡镇的公路三条。\n又一行字\n完"
    assert kinds(one, other) == ["removed", "removed", "added", "added", "added", "same"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("㈠经济\n㈡农业\n㈢工业\n㈣商业\n㈤其他", "(一)经济\n(二)农业\n(三)工业\n(四)商业\n(五)其他"),
        ("面积" + "12㎡，" * 12 + "\n完工了", "面积" + "12m2，" * 12 + "\n完工了"),
        ("\u200b".join("园区工作总结") + "\n产值增长", "园区工作总结\n产值增长"),
    ],
)
def test_what_is_written_in_another_width_moves_nothing(one: str, other: str) -> None:
    rows = align(one, other)
    assert [(text(row, "left"), text(row, "right")) for row in rows] == list(
        zip(one.split("\n"), other.split("\n"), strict=True)
    )
    assert {row.kind for row in rows} == {"same"}


REST = (
    "全年完成地区生产总值三百亿元，比上年有所增长，其中工业占四成，农业占三成，服务业占三成，结构更加合理。"
)


@pytest.mark.parametrize("other", [f"（一）经济运行平稳\n{REST}", f"（一）经济运行平稳。\n\n{REST}"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_heading_of_its_own_line_stands_beside_the_paragraph_it_began(other: str, turned: bool) -> None:
    one = f"（一）经济运行平稳。{REST}"
    sides = [f"前言不变\n{side}\n（二）农业丰收，另有说明" for side in (one, other)]
    if turned:
        sides.reverse()
    rows = align(*sides)
    assert [row.kind for row in rows if row.kind != "same"] in (["changed"], [])
    assert [bare(text(row, "left")).replace("。", "") for row in rows] == [
        bare(text(row, "right")).replace("。", "") for row in rows
    ]
    assert len(rows) == 3


def test_a_short_line_that_was_split_off_is_known_by_its_place() -> None:
    one = f"前言\n其他：{REST}\n尾声"
    assert kinds(one, f"前言\n其他\n{REST}\n尾声") == ["same", "changed", "same"]
    # Though a paragraph has such words in its midst, a new line is new.
    assert kinds(f"前言\n{REST}\n尾声", f"前言\n{REST}\n其中\n尾声") == ["same", "same", "added", "same"]


def test_a_line_cut_into_words_stands_beside_all_of_them() -> None:
    assert kinds("表头\n名称 单位 数量\n完", "表头\n名称\n单位\n数量\n完") == ["same", "same", "same"]


def test_the_rows_of_a_table_stand_beside_their_own() -> None:
    one = "\n".join(f"项目{n},{n % 7},已完成全年目标任务" for n in range(100, 400))
    other = "\n".join(f"项目{n},{n % 5},未完成全年目标任务" for n in range(100, 400) if n != 200)
    rows = align(one, other)
    assert [row.kind for row in rows].count("removed") == 1
    for row in rows:
        if row.kind == "changed":
            assert text(row, "left")[:5] == text(row, "right")[:5]


def test_the_rows_of_a_table_in_another_order_were_moved() -> None:
    lines = [f"企业{n * 7919 % 10007},产值{n}万元，同比增长" for n in range(300)]
    other = lines[:]
    random.Random(1).shuffle(other)
    rows = align("\n".join(lines), "\n".join(other))
    assert {row.kind for row in rows} == {"same", "moved"}
    pairs: dict[int | None, list[str]] = {}
    for row in rows:
        if row.kind == "moved":
            pairs.setdefault(row.move, []).append(text(row, "left") or text(row, "right"))
    assert all(first == second for first, second in pairs.values())


def test_equal_lines_are_moved_in_order_and_once_each() -> None:
    left = lines_of("某某项目全年任务完成\n另外一个项目推迟到明年\n某某项目全年任务完成")
    right = lines_of("某某项目全年任务完成\n某某项目全年任务完成\n某某项目全年任务完成")
    assert moves_of(left, right) == [(0, 0), (2, 1)]


def test_lines_that_are_much_alike_are_not_all_looked_at_in_pairs() -> None:
    def table(figure: int) -> str:
        return "\n".join(
            f"项目{n},{n * figure % 97},{'已' if n * figure % 3 else '未'}完成全年目标任务"
            for n in range(600)
        )

    left, right = lines_of(table(31)), lines_of(table(57))
    assert len(candidates(left, right)) <= 10 * 600
    same = lines_of("未完成\n" * 600)
    assert len(candidates(same, same)) <= 600
    assert [(g.a, g.c) for g in groups_of(same, same)] == [(n, n) for n in range(600)]
