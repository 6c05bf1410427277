"""The picture of a page: out of PDF, picture files and OFD."""

from __future__ import annotations

import io
import random
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pypdfium2
import pytest

from indexer.errors import MissingExtraError, UnreadableError
from indexer.ocr import page_image
from indexer.ocr.pictures import scale_of

SCAN = Path(__file__).parents[1] / "readers/data/report-scan.pdf"


def saved(image: PIL.Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **more)
    return stream.getvalue()


def pdf(*sizes: tuple[float, float]) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for width, height in sizes:
        document.new_page(width, height)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def ofd(picture: bytes = b"", changed: dict[str, str | None] | None = None) -> bytes:
    """An OFD file of two pages: the first a word, the second a small and a large picture."""
    parts: dict[str, str | bytes | None] = {
        "OFD.xml": "<o:OFD xmlns:o='http://www.ofdspec.org/2016'><o:DocBody>"
        "<o:DocRoot>/Doc_0/Document.xml</o:DocRoot></o:DocBody></o:OFD>",
        "Doc_0/Document.xml": "<o:Document xmlns:o='http://www.ofdspec.org/2016'><o:CommonData>"
        "<o:PublicRes>PublicRes.xml</o:PublicRes><o:DocumentRes>DocumentRes.xml</o:DocumentRes>"
        "</o:CommonData><o:Pages><o:Page ID='1' BaseLoc='Pages/1.xml'/>"
        "<o:Page ID='2' BaseLoc='Pages/2.xml'/></o:Pages></o:Document>",
        "Doc_0/Pages/1.xml": "<o:Page xmlns:o='http://www.ofdspec.org/2016'/>",
        "Doc_0/Pages/2.xml": "<o:Page xmlns:o='http://www.ofdspec.org/2016'><o:Content><o:Layer>"
        "<o:ImageObject ResourceID='7' Boundary='10 10 20 20'/>"
        "<o:ImageObject ResourceID='8' Boundary='0 0 210 297'/></o:Layer></o:Content></o:Page>",
        "Doc_0/DocumentRes.xml": "<o:Res xmlns:o='http://www.ofdspec.org/2016' BaseLoc='Res'><o:MultiMedias>"
        "<o:MultiMedia ID='7'><o:MediaFile>seal.png</o:MediaFile></o:MultiMedia>"
        "<o:MultiMedia ID='8'><o:MediaFile>scan.png</o:MediaFile></o:MultiMedia></o:MultiMedias></o:Res>",
        "Doc_0/Res/seal.png": saved(PIL.Image.new("RGB", (5, 5))),
        "Doc_0/Res/scan.png": picture or saved(PIL.Image.new("RGB", (420, 594), "red")),
        **(changed or {}),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as container:
        for name, content in parts.items():
            if content is not None:
                container.writestr(name, content)
    return stream.getvalue()


# -- PDF --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "pixels"),
    [
        ((612, 792), (1700, 2200)),  # 200 dpi
        ((2480, 3508), (2828, 4000)),  # a page that says a pixel is a point: not more than 4,000
        ((200, 100), (2000, 1000)),  # a page that says it is small
        ((14400, 72), (4000, 20)),
    ],
)
def test_the_size_of_a_rendered_page(size: tuple[float, float], pixels: tuple[int, int]) -> None:
    image = page_image(pdf((100, 100), size), 1)
    assert image.mode == "RGB"
    assert image.size == pytest.approx(pixels, abs=1)
    assert (image.width * scale_of(image), image.height * scale_of(image)) == pytest.approx(size, rel=0.01)


@pytest.mark.parametrize("page", [1, -9, 10**6])
def test_a_page_that_a_pdf_does_not_have(page: int) -> None:
    with pytest.raises(UnreadableError, match="无法显示"):
        page_image(pdf((612, 792)), page)


@pytest.mark.parametrize("kept", [0, 5, 100, 2000])
def test_a_pdf_cut_short(kept: int) -> None:
    with pytest.raises(UnreadableError):
        page_image(SCAN.read_bytes()[: 8 + kept], 0)


# -- picture files ----------------------------------------------------------------------------------


def test_the_pages_of_a_tiff() -> None:
    sheets = [PIL.Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    data = saved(sheets[0], "TIFF", save_all=True, append_images=sheets[1:])
    assert [page_image(data, n).getpixel((5, 5)) for n in range(3)] == [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
    ]
    with pytest.raises(UnreadableError):
        page_image(data, 3)


def test_of_a_moving_picture_the_first() -> None:
    first, second = (PIL.Image.new("RGB", (40, 30), colour) for colour in ("red", "blue"))
    data = saved(first, "GIF", save_all=True, append_images=[second])
    assert page_image(data, 0).getpixel((5, 5)) == (255, 0, 0)


def deep_grey() -> PIL.Image.Image:
    return PIL.Image.fromarray(np.array([[0, 0], [60000, 60000]], dtype=np.uint16).repeat(8, 0))


@pytest.mark.parametrize(
    ("image", "first"),
    [
        pytest.param(PIL.Image.new("RGBA", (9, 9), (0, 0, 0, 0)), (255, 255, 255), id="transparent"),
        pytest.param(PIL.Image.new("LA", (9, 9), (0, 0)), (255, 255, 255), id="transparent grey"),
        pytest.param(PIL.Image.new("1", (9, 9), 1), (255, 255, 255), id="black and white"),
        pytest.param(PIL.Image.new("L", (9, 9), 130), (130, 130, 130), id="grey"),
        pytest.param(PIL.Image.new("P", (9, 9), 0), (0, 0, 0), id="palette"),
        pytest.param(deep_grey(), (0, 0, 0), id="16 bits"),
    ],
)
def test_every_kind_of_pixel_becomes_colour(image: PIL.Image.Image, first: tuple[int, int, int]) -> None:
    there = page_image(saved(image), 0)
    assert there.mode == "RGB"
    assert there.getpixel((0, 0)) == first


def test_16_bits_keep_their_contrast() -> None:
    assert page_image(saved(deep_grey()), 0).getpixel((0, 15)) == (255, 255, 255)


def test_a_photo_is_turned_as_the_camera_says() -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    assert page_image(saved(PIL.Image.new("RGB", (40, 20)), "JPEG", exif=exif), 0).size == (20, 40)


def test_a_picture_counts_as_a4_whatever_it_says() -> None:
    image = page_image(saved(PIL.Image.new("RGB", (1190, 2000)), dpi=(7, 7)), 0)
    assert image.width * scale_of(image) == pytest.approx(595)


def test_a_large_picture_is_brought_down_and_a_huge_one_refused() -> None:
    image = page_image(saved(PIL.Image.new("1", (9000, 4000))), 0)
    assert image.width * image.height <= 16_000_000
    assert image.width / image.height == pytest.approx(9 / 4, rel=0.01)
    with pytest.raises(UnreadableError, match="过大"):
        page_image(saved(PIL.Image.new("1", (20_000, 8_000))), 0)


# -- OFD --------------------------------------------------------------------------------------------


def test_the_largest_picture_of_an_ofd_page() -> None:
    image = page_image(ofd(), 1)
    assert (image.size, image.getpixel((1, 1))) == ((420, 594), (255, 0, 0))
    assert image.width * scale_of(image) == pytest.approx(210 / 25.4 * 72)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(ofd(changed={"Doc_0/Res/scan.png": None}), id="the picture is not there"),
        pytest.param(ofd(changed={"OFD.xml": None, "Doc_0/Document.xml": None}), id="no root"),
        pytest.param(ofd(changed={"Doc_0/Pages/2.xml": "<a"}), id="no XML"),
        pytest.param(
            ofd(changed={"Doc_0/Pages/2.xml": "<P><ImageObject/></P>"}), id="a picture without a place"
        ),
        pytest.param(ofd(changed={"Doc_0/Document.xml": "<D><Pages><Page/></Pages></D>"}), id="no path"),
        pytest.param(ofd(b"no picture"), id="not of a known format"),
        pytest.param(b"PK\x03\x04", id="no container"),
        pytest.param(b"", id="empty"),
    ],
)
def test_an_ofd_page_without_a_picture(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        page_image(data, 1)


def test_an_ofd_page_of_text_has_no_picture() -> None:
    with pytest.raises(UnreadableError, match="第 1 页"):
        page_image(ofd(), 0)


def test_entities_are_not_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(ofd())) as container:
        document = container.read("Doc_0/Document.xml").decode()
    (tmp_path / "secret").write_text("Doc_0/Hidden.xml")
    root = f"<!DOCTYPE a [<!ENTITY e SYSTEM 'file://{tmp_path}/secret'>]><OFD><DocRoot>&e;</DocRoot></OFD>"
    moved = {"Doc_0/Document.xml": None, "Doc_0/Hidden.xml": document}
    named = "<OFD><DocRoot>Doc_0/Hidden.xml</DocRoot></OFD>"
    assert page_image(ofd(changed={**moved, "OFD.xml": named}), 1).size == (420, 594)
    with pytest.raises(UnreadableError):
        page_image(ofd(changed={**moved, "OFD.xml": root}), 1)


# -- all --------------------------------------------------------------------------------------------


def test_mutations_end_in_a_picture_or_a_reason() -> None:
    chance = random.Random(6)
    noise = PIL.Image.frombytes("L", (40, 30), chance.randbytes(1200))
    seeds = [saved(noise, kind) for kind in ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")]
    seeds += [ofd(saved(noise)), pdf((100, 100), (100, 100))]
    ends = {True: 0, False: 0}
    for turn in range(350):
        data = bytearray(seeds[turn % len(seeds)])
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            page_image(
                bytes(data[: chance.choice((len(data), chance.randint(1, len(data))))]),
                1 if turn % 7 > 4 else 0,
            )
        except UnreadableError:
            ends[False] += 1
        else:
            ends[True] += 1
    assert all(ends.values())


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(MissingExtraError, match=r"gaoku\[ocr\]"):
        page_image(SCAN.read_bytes(), 0)
