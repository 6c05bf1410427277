from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.families.headed import Headed
from webui import differences as module
from webui.differences import Bit, Row, Side, differences

ONE = Side("甲", "", "")
OTHER = Side("乙", "", "")
TEXTS = st.text("产值增长12.\n园区，。 a", max_size=60)


def test_what_changed_stands_beside_each_other() -> None:
    found = differences(ONE, OTHER, Headed("增长8%，创新高\n完"), Headed("增长9%\n完"), only=False)
    assert (found.changes, found.hidden) == (2, 0)
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
    assert left.replace("\n", "") == one.replace("\n", "")
    assert right.replace("\n", "") == other.replace("\n", "")
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
    assert all(row.changed for row in only.rows)
    assert len(only.rows) + only.hidden == len(whole.rows)


def test_long_stretches_that_are_the_same_are_cut() -> None:
    same = "这一句话两边都有而且很长很长说的是园区的工作一年比一年好大家都很高兴"
    found = differences(ONE, OTHER, Headed(f"一{same}8万{same}"), Headed(f"一{same}9万{same}"), only=True)
    assert found.rows is not None
    (row,) = found.rows
    assert [bit.kind for bit in row.left] == ["gap", "same", "left", "same", "gap"]
    assert row.left[1].text == same[-16:]
    assert row.left[0].text == "……"


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
    assert "".join(t for row in only.rows for bit in row.left for t, h in bit.pieces if h) == "一、去年"
