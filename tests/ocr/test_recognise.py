"""Recognition itself, on few pages, for it is slow."""

from __future__ import annotations

import difflib
import io
import logging
import re
import socket
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pypdfium2
import pytest

from indexer import ocr
from indexer.errors import MissingExtraError
from indexer.ocr import engine
from indexer.readers import docx, pdf
from indexer.readers.layout import Page, Run, to_blocks

pytestmark = pytest.mark.reading

ROOT = Path(__file__).parents[2]
SCAN = (ROOT / "tests/readers/data/report-scan.pdf").read_bytes()  # two pages, the second leans
REPORT = ROOT / "corpus/澄川经开区/2018年度工作总结及2019年工作计划.docx"
DIGEST = "0123456789abcdef"


def in_order(expected: str, found: str) -> float:
    """The share of the expected characters that are found in their order, white space aside."""
    expected, found = (re.sub(r"\s", "", text) for text in (expected, found))
    matcher = difflib.SequenceMatcher(None, expected, found, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) / len(expected)


def lines(page: Page) -> list[str]:
    return [run.text for run in page.runs]


@pytest.fixture(scope="module")
def part() -> PIL.Image.Image:
    """The upper part of the scan's first page: a title of two lines, and one."""
    page = ocr.page_image(SCAN, 0)
    cut = page.crop((0, 0, page.width, 470))
    cut.info = page.info
    return cut


@pytest.fixture(scope="module")
def upright(part: PIL.Image.Image) -> Page:
    return ocr.recognise(part)


def test_the_report_scanned(tmp_path: Path) -> None:
    kept = ocr.Kept(tmp_path, ocr.version())
    found = dict(ocr.pages(SCAN, DIGEST, (0, 1), kept))
    text = "".join(block.text for block in to_blocks([found[0], found[1]])[0])
    whole = "".join(block.text for block in docx.read(REPORT.read_bytes()).blocks)
    last = "环保督察整改遗"  # the last words of the second page
    assert in_order(whole[: whole.index(last) + len(last)], text) >= 0.97
    assert len(text) < 1.02 * (whole.index(last) + len(last))
    # The second page leans, which moves the lines' beginnings by 8 points from top to bottom.
    beginnings = [run.left for run in found[1].runs if run.right - run.left > 400]
    assert max(beginnings) - min(beginnings) < 4


def test_an_official_notice(samples: Path) -> None:
    picture = (samples / "samples/pdf/397_1.png").read_bytes()
    expected = (samples / "samples/pdf/397.expected.txt").read_text("utf-8")
    last = "着眼于优化税收制度、推动"  # of the first page
    expected = expected[: expected.index(last) + len(last)]
    page = ocr.recognise(ocr.page_image(picture, 0))
    assert in_order(expected, "".join(block.text for block in to_blocks([page])[0])) >= 0.95


def test_the_lines_of_a_part(upright: Page) -> None:
    text = "".join(lines(upright)).replace(" ", "")
    assert text.startswith("澄川经济开发区管委会2018年度工作总结及2019年工作计划2018年，在县委")
    assert all(0 <= r.left < r.right <= upright.width and r.top < r.bottom for r in upright.runs)
    assert [run.top for run in upright.runs] == sorted(run.top for run in upright.runs)


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_page_that_lies_or_stands_on_its_head(part: PIL.Image.Image, upright: Page, angle: int) -> None:
    turned = part.rotate(angle, expand=True)
    turned.info = part.info
    page = ocr.recognise(turned)
    assert in_order("".join(lines(upright)), "".join(lines(page))) >= 0.98
    assert (page.width, page.height) == pytest.approx((upright.width, upright.height), abs=0.5)


def test_a_very_high_picture_is_read_in_bands(part: PIL.Image.Image, upright: Page) -> None:
    small = part.resize((850, 235))
    strip = PIL.Image.new("RGB", (850, 235 * 12), "white")
    for place in range(12):
        strip.paste(small, (0, 235 * place))
    page = ocr.recognise(strip)
    assert len(page.runs) == 12 * len(upright.runs)
    for place in range(12):
        copy = page.runs[place * len(upright.runs) : (place + 1) * len(upright.runs)]
        assert in_order("".join(lines(upright)), "".join(run.text for run in copy)) >= 0.97
        assert copy[0].top == pytest.approx(page.runs[0].top + 164.5 * place, abs=3)


def scanned(image: PIL.Image.Image, lean: float, quality: int) -> bytes:
    """A picture as a scanner makes it: a little askew, and packed."""
    stream = io.BytesIO()
    white = image.rotate(lean, resample=PIL.Image.Resampling.BICUBIC, fillcolor="white")
    white.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "page", "dpi", "lean", "quality"),
    [("report", 0, 150, -1.5, 50), ("columns", 1, 200, 1.0, 80)],  # the second in two columns
)
def test_a_worn_page(name: str, page: int, dpi: int, lean: float, quality: int) -> None:
    data = (ROOT / f"tests/readers/data/{name}.pdf").read_bytes()
    with pypdfium2.PdfDocument(data) as document:
        image = document[page].render(scale=dpi / 72).to_pil().convert("RGB")
    found = ocr.recognise(ocr.page_image(scanned(image, lean, quality), 0))
    texts = ["".join(b.text for b in to_blocks([p])[0]) for p in (pdf.pages_of(data).pages[page], found)]
    assert in_order(*texts) >= 0.97


@pytest.mark.parametrize("size", [(800, 600), (1, 1), (3, 900)])
def test_an_empty_page_has_no_lines(size: tuple[int, int]) -> None:
    assert ocr.recognise(PIL.Image.new("RGB", size, "white")).runs == ()


@pytest.mark.parametrize("ground", ["white", "black", "#f4efe0"])
def test_an_empty_page_costs_nothing(ground: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pixels: object) -> None:
        raise AssertionError("the engine was asked")

    image = PIL.Image.new("RGB", (1654, 2339), ground)
    image.putpixel((800, 800), (128, 128, 128))  # a speck
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_run", refuse)
        assert ocr.recognise(image).runs == ()
        PIL.ImageDraw.Draw(image).text((800, 1000), "3", "grey", font_size=28)
        with pytest.raises(AssertionError, match="was asked"):
            ocr.recognise(image)


class Lying:
    """An engine that finds nothing on a page but when it is turned by one angle; then two lines."""

    txts, scores = ("一、总体要求", "二、主要工作"), (0.99, 0.98)
    boxes = np.array([[[9, y], [99, y], [99, y + 20], [9, y + 20]] for y in (20, 60)], float)

    def __init__(self, corner: tuple[int, int]) -> None:
        self.corner, self.asked = corner, 0

    def __call__(self, pixels: Any) -> Any:
        self.asked += 1
        found = pixels[self.corner].max() < 50
        return self if found else SimpleNamespace(txts=None, boxes=None)


@pytest.mark.parametrize(("corner", "asked"), [((-1, 0), 2), ((0, -1), 3), ((-1, -1), 3)])
def test_ink_without_lines_is_turned(
    corner: tuple[int, int], asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dense text on its side: its lines are found on the page as it should lie alone."""
    playing = Lying(corner)
    monkeypatch.setattr(engine, "_run", playing)
    image = PIL.Image.new("RGB", (200, 300), "white")
    image.paste("black", (0, 0, 40, 40))  # at the left below once it is turned by 90
    page = ocr.recognise(image)
    assert playing.asked == asked
    assert bool(page.runs) == (corner != (-1, -1))
    if page.runs:
        assert lines(page) == list(Lying.txts)
        assert page.width > page.height


def test_nothing_is_fetched_and_nothing_said(
    part: PIL.Image.Image,
    upright: Page,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    said: list[logging.LogRecord] = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", said.append)
    logging.getLogger("RapidOCR").addHandler(handler)
    engine._engine.cache_clear()
    assert ocr.recognise(part) == upright
    logging.getLogger("RapidOCR").removeHandler(handler)
    assert said == []


def test_what_stands_beside_each_other_is_level() -> None:
    runs = [Run("乙", 90, 12, 110, 26), Run("甲", 10, 10, 80, 22), Run("丙", 10, 26, 80, 38)]
    assert engine._level(runs) == (
        Run("甲", 10, 10, 80, 22),
        Run("乙", 90, 10, 110, 24),
        Run("丙", 10, 26, 80, 38),
    )


def test_the_engine_is_made_once(part: PIL.Image.Image, upright: Page) -> None:
    assert engine._engine() is engine._engine()
    assert engine._engine.cache_info().misses == 1


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("(一)总体要求", "（一）总体要求"),
        ("税收(亿元)", "税收（亿元）"),
        ("同比增长(%)", "同比增长（%）"),
        ("(2014-2020年)的", "（2014-2020年）的"),
        ("f(x)=1", "f(x)=1"),
        ("PM2.5(ug)", "PM2.5(ug)"),
        ("一是抓项目,促投资;二是", "一是抓项目，促投资；二是"),
        ("如下:", "如下："),
        ("上午8:30,共1,200元", "上午8:30,共1,200元"),
        ("比例为3:2", "比例为3:2"),
    ],
)
def test_marks_among_chinese_are_full_width(read: str, meant: str) -> None:
    assert engine._full_width(read) == meant


def test_the_extra_is_named_where_it_is_missing(
    part: PIL.Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine._engine.cache_clear()
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(MissingExtraError, match=r"gaoku\[ocr\]"):
        ocr.recognise(part)
    engine._engine.cache_clear()


def test_the_version_names_engine_and_settings() -> None:
    assert re.fullmatch(r"rapidocr 3\.\d+\.\d+, rules .+", ocr.version())
