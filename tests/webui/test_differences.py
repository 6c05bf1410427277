from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.families.headed import Headed
from webui import differences as module
from webui.differences import Bit, Cells, Row, differences
from webui.sides import Side

ONE = Side("甲", "", "")
OTHER = Side("乙", "", "")
TEXTS = st.text("产值增长12.\n园区，。 a", max_size=60)


def test_what_changed_stands_beside_each_other() -> None:
    found = differences(ONE, OTHER, Headed("增长8%，创新高\n完"), Headed("增长9%\n完"), only=False)
    assert (found.changes, found.edits) == (2, 2)
    assert found.rows is not None
    first, second = found.rows
    assert [bit.text for bit in first.left if bit.kind == "left"] == ["8", "，创新高"]
    assert [bit.text for bit in first.right if bit.kind == "right"] == ["9"]
    assert second == Row((Bit("same", "完"),), (Bit("same", "完"),))


@given(TEXTS, TEXTS)
def test_nothing_is_lost(one: str, other: str) -> None:
    found = differences(ONE, OTHER, Headed(one), Headed(other), only=False)
    assert found.rows is not None
    left = "".join(bit.text for row in found.rows for bit in row.left)
    right = "".join(bit.text for row in found.rows for bit in row.right)
    # Paragraphs that were moved are no exception. Lines of nothing but white space are not shown.
    assert "".join(left.split()) == "".join(one.split())
    assert "".join(right.split()) == "".join(other.split())
    if one == other:
        assert found.changes == 0


@given(TEXTS, TEXTS)
def test_only_what_differs_keeps_every_change(one: str, other: str) -> None:
    whole = differences(ONE, OTHER, Headed(one), Headed(other), only=False)
    only = differences(ONE, OTHER, Headed(one), Headed(other), only=True)
    assert whole.rows is not None
    assert only.rows is not None

    def changes(rows: tuple[Row, ...]) -> list[Bit]:
        return [bit for row in rows for bit in (*row.left, *row.right) if bit.kind in ("left", "right")]

    assert changes(only.rows) == changes(whole.rows)
    assert [row.changed for row in only.rows] == [row.changed for row in whole.rows]
    assert [row for stretch in only.stretches for row in stretch.rows] == list(only.rows)
    assert not any(row.changed for stretch in only.stretches if stretch.folded for row in stretch.rows)


@given(TEXTS, TEXTS)
def test_differences_are_numbered_one_behind_the_other(one: str, other: str) -> None:
    found = differences(ONE, OTHER, Headed(one), Headed(other), only=False)
    assert found.rows is not None
    stops = []
    for row in found.rows:
        stops += [row.stop] if row.stop and not row.again else []
        stops += sorted(bit.stop for bit in (*row.left, *row.right) if bit.stop)
    assert stops == list(range(1, found.changes + 1))


def test_long_stretches_that_are_the_same_are_cut() -> None:
    same = "这一句话两边都有而且很长很长说的是园区的工作一年比一年好大家都很高兴" * 2
    found = differences(ONE, OTHER, Headed(f"一{same}8万{same}"), Headed(f"一{same}9万{same}"), only=True)
    assert found.rows is not None
    (row,) = found.rows
    assert [bit.kind for bit in row.left] == ["gap", "same", "left", "same", "gap"]
    assert same.endswith(row.left[1].text)
    assert 16 <= len(row.left[1].text) < 24
    assert row.left[0].text == "……"


def test_what_is_left_out_ends_with_a_clause() -> None:
    same = (
        "全年修建公路三条，农机检修到位；播种面积稳定，春耕备耕物资全部到位。"
        "园区企业忙碌，产值再上新台阶，招商引资有了成果，群众反映不错。"
    )
    found = differences(
        ONE, OTHER, Headed(f"完成8个，{same}共计5亿"), Headed(f"完成9个，{same}共计6亿"), only=True
    )
    assert found.rows is not None
    (row,) = found.rows
    before, gap, behind = (bit.text for bit in row.left[2:5])
    assert row.left[3].kind == "gap"
    assert gap == "……"
    assert before[-1] in "，；。"
    assert f"个，{same}共计"[-len(behind) - 1] in "，；。"
    assert len(before) + len(behind) < len(f"个，{same}共计") - 30


def test_little_is_not_left_out() -> None:
    same = "全年修建公路三条，农机检修到位，播种面积稳定，春耕备耕物资全部到位"  # a few more than the context
    found = differences(ONE, OTHER, Headed(f"8{same}5亿"), Headed(f"9{same}6亿"), only=True)
    assert found.rows is not None
    assert all(bit.kind != "gap" for row in found.rows for bit in row.left)


def cells(lines: tuple[Cells, ...]) -> list[list[str]]:
    return [["".join(bit.text for bit in cell) for cell in line] for line in lines]


def test_rows_of_a_table_have_its_cells() -> None:
    one = "说明\n指标\t2018年\t2019年\n产值\t12\n税收\t3\t4\t备注\n完"
    other = "说明\n指标\t2018年\t2019年\n产值\t15\n税收\t3\t9\n完"
    for only in (False, True):
        found = differences(ONE, OTHER, Headed(one), Headed(other), only=only)
        assert found.rows is not None
        assert [(row.left_columns, row.right_columns) for row in found.rows] == [
            (0, 0),
            *[(4, 3)] * 3,
            (0, 0),
        ]
        assert cells(found.rows[1].left_lines) == [["指标", "2018年", "2019年", ""]]
        assert cells(found.rows[2].right_lines) == [["产值", "15", ""]]


def test_what_one_text_has_more_does_not_part_a_table_of_the_other() -> None:
    one = "产值\t12\t13\n税收\t3"
    other = "产值\t12\t13\n这一段是新写进来的，说的是另外一件事情\n税收\t3"
    found = differences(ONE, OTHER, Headed(one), Headed(other), only=False)
    assert found.rows is not None
    assert [row.left_columns for row in found.rows] == [3, 0, 3]
    assert [row.right_columns for row in found.rows] == [3, 0, 2]


def test_a_table_of_very_many_columns_stays_text() -> None:
    row = "\t".join(map(str, range(40)))
    found = differences(ONE, OTHER, Headed(row), Headed(row), only=False)
    assert found.rows is not None
    assert found.rows[0].left_columns == 0


def test_a_difference_over_cells_is_cut_and_numbered_once() -> None:
    bits = (Bit("same", "产值"), Bit("left", "\t12\t旧", ((1, 3),), 7), Bit("same", "\n税\t收\n完"))
    lines = Row(bits, (), "changed", left_columns=4).left_lines
    assert lines == (
        (
            (Bit("same", "产值"),),
            (Bit("left", "12", ((0, 2),), 7),),
            (Bit("left", "旧"),),
            (),
        ),
        ((Bit("same", "税"),), (Bit("same", "收"),), (), ()),
        ((Bit("same", "完"),),),
    )
    nothing = Row((Bit("same", "甲"), Bit("left", "\t", (), 3)), (), "changed", left_columns=2).left_lines
    assert nothing == (((Bit("same", "甲"),), (Bit("left", "", (), 3),)),)


@given(st.text("产值12.\t\t\n园， a", max_size=60), st.text("产值12.\t\t\n园， a", max_size=60))
def test_nothing_of_a_table_is_lost(one: str, other: str) -> None:
    found = differences(ONE, OTHER, Headed(one), Headed(other), only=False)
    assert found.rows is not None
    for row in found.rows:
        for side, lines, columns in (
            (row.left, row.left_lines, row.left_columns),
            (row.right, row.right_lines, row.right_columns),
        ):
            if columns:
                shown = ["\t".join(line).rstrip("\t") for line in cells(lines)]
                text = "".join(bit.text for bit in side)
                assert shown == [line.rstrip("\t") for line in text.split("\n")]
                stops = [bit.stop for line in lines for cell in line for bit in cell if bit.stop]
                assert stops == [bit.stop for bit in side if bit.stop]
                assert {len(line) for line in lines} <= {1, columns}


def test_texts_that_are_too_long_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_COMPARED", 10)
    assert differences(ONE, OTHER, Headed("一二三四五六"), Headed("一二三四五"), only=False).rows is None
    assert differences(ONE, OTHER, Headed("一二三四五"), Headed("一二三四五"), only=False).rows is not None


def test_headings_are_marked_where_they_stand() -> None:
    one = Headed("一、去年\n完成8个。\n二、结束\n完", ((0, 4), (11, 15)))
    other = Headed("一、今年\n完成9个。\n二、结束\n三、新的\n完", ((0, 4), (11, 15), (16, 20)))
    whole = differences(ONE, OTHER, one, other, only=False)
    only = differences(ONE, OTHER, one, other, only=True)
    assert whole.rows is not None
    left = [piece for row in whole.rows for bit in row.left for piece in bit.pieces]
    right = [piece for row in whole.rows for bit in row.right for piece in bit.pieces]
    assert "".join(text for text, heading in left if heading) == "一、去年二、结束"
    assert "".join(text for text, heading in right if heading) == "一、今年二、结束三、新的"
    assert only.rows is not None
    assert (
        "".join(t for row in only.rows if row.changed for b in row.left for t, h in b.pieces if h)
        == "一、去年"
    )


STEADY = "一、总体\n今年全县生产总值完成{}亿元，各项工作平稳推进。\n"
PLOUGH = "二、春耕备耕物资全部到位，农机检修三百余台，播种面积稳定在三万亩。\n"
ROADS = "三、道路建设全部完成，农村公路通车里程达到{}公里，群众出行方便。\n"
PIER = "去年的灯塔与码头工程已经移交给港务局管理。\n"


def kinds(one: str, other: str) -> list[str]:
    found = differences(ONE, OTHER, Headed(one), Headed(other), only=False)
    assert found.rows is not None
    return [row.kind for row in found.rows]


def test_paragraphs_stand_beside_their_own() -> None:
    one = STEADY.format(41) + PIER + PLOUGH + "四、结束"
    other = STEADY.format(45) + PLOUGH + "四、结束\n五、来年的打算另行报告"
    assert kinds(one, other) == ["same", "changed", "removed", "same", "same", "added"]
    found = differences(ONE, OTHER, Headed(one), Headed(other), only=True)
    assert (found.edits, found.added, found.removed, found.moved) == (1, 1, 1, 0)
    assert [(s.folded, len(s.rows)) for s in found.stretches] == [
        (True, 1),
        (False, 2),
        (True, 2),
        (False, 1),
    ]


def test_a_paragraph_that_was_moved_is_told_in_both_places() -> None:
    one = STEADY.format(41) + PLOUGH + ROADS.format(300) + PIER
    other = STEADY.format(41) + ROADS.format(320) + PLOUGH + PIER
    found = differences(ONE, OTHER, Headed(one), Headed(other), only=False)
    assert found.rows is not None
    assert (found.changes, found.moved) == (1, 1)
    first, second = (row for row in found.rows if row.changed)
    assert (first.kind, first.stop, first.again) == ("moved", 1, False)
    assert (second.kind, second.stop, second.again) == ("moved", 1, True)
    moved = [bit.text for row in (first, second) for bit in (*row.left, *row.right) if bit.kind != "same"]
    assert sorted(moved) in (["300", "320"], [])  # whichever of the two paragraphs is taken as moved


def test_a_paragraph_that_was_cut_in_two_stands_beside_both() -> None:
    first, second = PLOUGH.strip(), ROADS.format(300).strip()
    found = differences(ONE, OTHER, Headed(first + second), Headed(f"{first}\n{second}"), only=False)
    assert found.rows is not None
    (row,) = found.rows
    assert not row.changed
    assert "".join(bit.text for bit in row.right) == f"{first}\n{second}"


def test_lines_with_nothing_in_common_are_not_beside_each_other() -> None:
    assert kinds(f"{PIER}{PLOUGH}", "月亮湾的渔船出海\n晴天多云\n") == [
        "removed",
        "removed",
        "added",
        "added",
    ]
    assert kinds(PIER, "晴天多云") == ["changed"]
