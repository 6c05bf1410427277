"""What changed between two texts, as an office would mark it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.families.changes import Piece, compare

#: Two texts, and the changes: [left|right], with nothing on a side where there is nothing.
EXAMPLES = [
    ("全年签约项目12个。", "全年签约项目15个。", "全年签约项目[12|15]个。"),
    ("每半年至少组织一次演练。", "每季度至少组织一次演练。", "[每半年|每季度]至少组织一次演练。"),
    ("共划分九个网格。", "共划分十二个网格。", "共划分[九个|十二个]网格。"),
    (
        "金属冶炼、危险物品单位。",
        "金属冶炼、粉尘涉爆和危险物品单位。",
        "金属冶炼、[|粉尘涉爆和]危险物品单位。",
    ),
    ("按时完成各项任务。", "完成各项任务。", "[按时|]完成各项任务。"),
    ("工作取得实效", "工作取得实效。", "工作取得实效[|。]"),
    ("一是招商， 二是服务。", "一是招商,二是服务。", "一是招商， 二是服务。"),
    (
        "坚持大规模的招商引资，推动发展。",
        "坚持高质量的项目建设，推动发展。",
        "坚持[大规模的招商引资|高质量的项目建设]，推动发展。",
    ),
    ("", "新增一段。", "[|新增一段。]"),
    ("", "", ""),
]


def marked(pieces: tuple[Piece, ...]) -> str:
    return "".join(p.left if p.change == "same" else f"[{p.left}|{p.right}]" for p in pieces)


@pytest.mark.parametrize(("left", "right", "changes"), EXAMPLES)
def test_changes_are_of_words_and_figures(left: str, right: str, changes: str) -> None:
    assert marked(compare(left, right)) == changes


def test_kinds_of_change() -> None:
    pieces = compare("增长5%，完成。其中新签。", "增长6%，完成。")
    assert [piece.change for piece in pieces] == ["same", "changed", "same", "only left"]


TEXTS = st.lists(
    st.sampled_from(["招商引资", "项目", "的", "，", "。", "\n", " ", "12.5", "3", "xx", "亿元"]), max_size=25
).map("".join) | st.text(max_size=20)


@given(TEXTS, TEXTS)
def test_the_pieces_joined_are_the_texts(left: str, right: str) -> None:
    pieces = compare(left, right)
    assert "".join(piece.left for piece in pieces) == left
    assert "".join(piece.right for piece in pieces) == right
    for piece in pieces:
        if piece.change == "changed":
            assert piece.left
            assert piece.right
            assert piece.left != piece.right
        elif piece.change != "same":
            assert bool(piece.left) != bool(piece.right)


@given(TEXTS)
def test_a_text_is_the_same_as_itself(text: str) -> None:
    assert compare(text, text) == ((Piece("same", text, text),) if text else ())
