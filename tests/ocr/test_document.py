"""Pages in turn, and their place in the document; recognition itself is played."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import PIL.Image
import pytest

from indexer import ocr
from indexer.errors import MissingExtraError, UnreadableError
from indexer.model import Block, Document, Removed
from indexer.readers.layout import Page, Run

DIGEST = "0123456789abcdef"


def page(text: str) -> Page:
    return Page(595.0, 842.0, (Run(text, 72.0, 80.0, 500.0, 96.0),))


class Reading:
    """Stands for recognition: counts the pages it reads, fails at those it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: list[int] = []
        self.failing: dict[int, Exception] = {}
        monkeypatch.setattr(ocr, "page_image", self._image)
        monkeypatch.setattr(ocr, "recognise", lambda image: page(f"第{image.width}张。"))

    def _image(self, data: bytes, number: int) -> PIL.Image.Image:
        self.read.append(number)
        if number in self.failing:
            raise self.failing[number]
        return PIL.Image.new("RGB", (number + 1, 1))


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    return Reading(monkeypatch)


def test_pages_in_turn_with_progress(reading: Reading, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    kept = ocr.Kept(tmp_path, "1")
    found = ocr.pages(b"", DIGEST, (1, 4), kept, lambda done, of: steps.append((done, of)))
    assert list(found) == [(1, page("第2张。")), (4, page("第5张。"))]
    assert steps == [(1, 2), (2, 2)]


def test_no_page_is_read_twice(reading: Reading, tmp_path: Path) -> None:
    first = list(ocr.pages(b"", DIGEST, (0, 1), ocr.Kept(tmp_path, "1")))
    assert list(ocr.pages(b"", DIGEST, (0, 1), ocr.Kept(tmp_path, "1"))) == first
    assert reading.read == [0, 1]
    list(ocr.pages(b"", DIGEST, (0, 1), ocr.Kept(tmp_path, "2")))
    assert reading.read == [0, 1, 0, 1]


def test_a_stopped_run_goes_on(reading: Reading, tmp_path: Path) -> None:
    started = ocr.pages(b"", DIGEST, (0, 1, 2), ocr.Kept(tmp_path, "1"))
    assert next(started)[0] == 0
    reading.failing = {1: KeyboardInterrupt()}  # type: ignore[dict-item]
    with pytest.raises(KeyboardInterrupt):
        next(started)
    reading.failing = {}
    assert len(list(ocr.pages(b"", DIGEST, (0, 1, 2), ocr.Kept(tmp_path, "1")))) == 3
    assert reading.read == [0, 1, 1, 2]


def test_a_page_that_cannot_be_read_is_left_out(reading: Reading, tmp_path: Path) -> None:
    reading.failing = {0: UnreadableError("坏"), 2: UnreadableError("也坏")}
    found = dict(ocr.pages(b"", DIGEST, (0, 1, 2), ocr.Kept(tmp_path, "1")))
    assert list(found) == [1]
    made = ocr.document(b"", Document((), "pdf", scanned=(0, 1, 2)), found)
    assert made.scanned == (0, 2)
    assert made.warnings == (ocr.NOTICE, "第 1、3 页无法识别 (pages that could not be recognised)")


def test_where_no_page_can_be_read_the_reason_is_told(reading: Reading, tmp_path: Path) -> None:
    reading.failing = {0: UnreadableError("坏"), 1: UnreadableError("也坏")}
    with pytest.raises(UnreadableError, match="也坏"):
        list(ocr.pages(b"", DIGEST, (0, 1), ocr.Kept(tmp_path, "1")))


def test_a_missing_extra_is_told_at_once(reading: Reading, tmp_path: Path) -> None:
    reading.failing = {1: MissingExtraError("扫描件", "ocr")}
    with pytest.raises(MissingExtraError):
        list(ocr.pages(b"", DIGEST, (0, 1, 2), ocr.Kept(tmp_path, "1")))
    assert reading.read == [0, 1]


def test_kept_pages_need_no_extra(reading: Reading, tmp_path: Path) -> None:
    ocr.Kept(tmp_path, "1").save(DIGEST, 0, page("甲。"))
    reading.failing = {0: MissingExtraError("扫描件", "ocr")}
    assert list(ocr.pages(b"", DIGEST, (0,), ocr.Kept(tmp_path, "1"))) == [(0, page("甲。"))]


def test_a_document_of_pictures_only() -> None:
    made = ocr.document(b"", Document((), "image", scanned=(0, 1)), [(1, page("乙。")), (0, page("甲。"))])
    assert made == Document((Block("甲。"), Block("乙。")), "image", warnings=(ocr.NOTICE,), ocr=True)


def test_pages_of_both_kinds_come_in_their_order() -> None:
    def placed(data: bytes) -> Sequence[Page]:
        assert data == b"file"
        return [page("甲。"), Page(595.0, 842.0, ()), page("丙。")]

    read = Document((Block("甲。"), Block("丙。")), "pdf", removed=(Removed("附", "因"),), scanned=(1,))
    made = ocr.document(b"file", read, {1: page("乙。")}, placed)
    assert made.blocks == (Block("甲。"), Block("乙。"), Block("丙。"))
    assert (made.scanned, made.removed) == ((), (Removed("附", "因"),))


def test_what_was_stamped_on_a_page_and_not_recognised_is_removed() -> None:
    def placed(data: bytes) -> Sequence[Page]:
        return [page("收文 第3号"), page("乙 。"), page("丙。")]

    read = Document((Block("收文 第3号"), Block("乙 。"), Block("丙。")), "pdf", scanned=(0, 1))
    made = ocr.document(b"", read, {0: page("甲。"), 1: page("乙。")}, placed)
    assert made.blocks == (Block("甲。"), Block("乙。"), Block("丙。"))
    assert made.removed == (Removed("收文 第3号", ocr.STAMPED),)


def test_without_places_the_recognised_text_stands_behind() -> None:
    read = Document((Block("甲。"),), "ofd", warnings=("早",), scanned=(0,))
    made = ocr.document(b"", read, {0: page("乙。")})
    assert (made.blocks, made.warnings) == ((Block("甲。"), Block("乙。")), ("早", ocr.NOTICE))


def test_nothing_recognised_leaves_the_document_as_it_is() -> None:
    read = Document((Block("甲。"),), "pdf", scanned=(1,))
    assert ocr.document(b"", read, {}) == read
