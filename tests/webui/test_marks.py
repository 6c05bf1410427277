from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from indexer.query.parser import parse
from indexer.snippets import runs_to_mark
from webui.marks import Marker, Piece, cut


def test_pieces_are_numbered() -> None:
    assert cut("抓招商和招商", [(1, 3), (4, 6)], first=7) == (
        Piece("抓"),
        Piece("招商", 7),
        Piece("和"),
        Piece("招商", 8),
    )


def test_marks_at_the_ends_leave_no_empty_pieces() -> None:
    assert cut("招商引资", [(0, 1), (2, 4)]) == (Piece("招", 1), Piece("商"), Piece("引资", 2))
    assert cut("", []) == ()
    assert cut("招商", []) == (Piece("招商"),)


def test_marks_that_overlap_or_touch_become_one() -> None:
    assert cut("启源锂电", [(0, 2), (2, 4)]) == (Piece("启源锂电", 1),)
    assert cut("a㎡b", [(1, 2), (1, 2)]) == (Piece("a"), Piece("㎡", 1), Piece("b"))
    assert cut("一二三四", [(0, 3), (2, 4)]) == (Piece("一二三四", 1),)
    assert cut("一二三四", [(0, 4), (1, 2)]) == (Piece("一二三四", 1),)


@given(
    st.text(max_size=30),
    st.lists(st.tuples(st.integers(0, 29), st.integers(1, 5)), max_size=8),
    st.integers(1, 5),
)
def test_pieces_give_the_text_back(text: str, places: list[tuple[int, int]], first: int) -> None:
    marks = sorted((a, min(a + n, len(text))) for a, n in places if a < len(text))
    pieces = cut(text, marks, first)
    assert "".join(p.text for p in pieces) == text
    assert all(p.text for p in pieces)
    numbers = [p.mark for p in pieces if p.mark is not None]
    assert numbers == list(range(first, first + len(numbers)))
    at = 0
    for piece in pieces:
        covered = {any(a <= i < b for a, b in marks) for i in range(at, at + len(piece.text))}
        assert covered == {piece.mark is not None}
        at += len(piece.text)


def test_marker_finds_other_forms_and_counts_through() -> None:
    marker = Marker(runs_to_mark(parse("“项目建设” abc")))
    assert marker("項目建設，ＡＢＣ類") == (
        Piece("項目建設", 1),
        Piece("，"),
        Piece("ＡＢＣ", 2),
        Piece("類"),
    )
    assert marker("没有") == (Piece("没有"),)
    assert marker("项目 建设") == (Piece("项目 建设", 3),)
    assert marker.count == 3


def test_one_character_for_two_that_are_searched_for() -> None:
    marker = Marker(("2", "m"))
    assert marker("6㎡") == (Piece("6"), Piece("㎡", 1))
    assert marker.count == 1
