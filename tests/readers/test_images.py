"""Picture files: told by their content, their pages counted."""

from __future__ import annotations

import io
import random
from pathlib import Path

import PIL.Image
import pytest

from indexer.errors import UnreadableError
from indexer.model import Document
from indexer.readers import images, read
from indexer.readers.limits import MAX_PAGES


def picture(kind: str, pages: int = 1, mode: str = "RGB") -> bytes:
    stream = io.BytesIO()
    sheets = [PIL.Image.new(mode, (40, 30)) for _ in range(pages)]
    more = {"save_all": True, "append_images": sheets[1:]} if pages > 1 else {}
    sheets[0].save(stream, kind, **more)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF"])
@pytest.mark.parametrize("name", ["扫描件.png", "扫描件.jpg", "扫描件.TIF", "扫描件.txt", "扫描件"])
def test_a_picture_is_one_scanned_page(kind: str, name: str) -> None:
    assert read(Path(name), picture(kind)) == Document((), "image", scanned=(0,))


@pytest.mark.parametrize("pages", [2, 7])
def test_the_pages_of_a_tiff(pages: int) -> None:
    assert images.read(picture("TIFF", pages)).scanned == tuple(range(pages))


def test_a_tiff_with_the_high_byte_first() -> None:
    entry = bytes([1, 0, 0, 3, 0, 0, 0, 1, 0, 9, 0, 0])
    data = b"MM\x00*" + (8).to_bytes(4, "big") + b"\x00\x01" + entry + (26).to_bytes(4, "big")
    data += b"\x00\x01" + entry + bytes(4)
    assert images.read(data).scanned == (0, 1)


@pytest.mark.parametrize(
    "data",
    [
        "BM 是本年度的重点工作".encode(),
        b"BM\n\n\n\n2019 12 31, 1.5 per cent, and more of it",
        b"RIFF....WAVEfmt and more of a sound",
        b"II* is no header",
        b"\x89PN",
        b"",
    ],
)
def test_what_is_no_picture(data: bytes) -> None:
    assert not images.is_image(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF"])
def test_a_header_alone_is_damaged(kind: str) -> None:
    with pytest.raises(UnreadableError, match="损坏"):
        images.read(picture(kind)[:20])


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(0, id="no page"),
        pytest.param(4, id="in the header"),
        pytest.param(10_000, id="behind the end"),
        pytest.param(8, id="a circle"),
    ],
)
def test_a_damaged_chain_of_pages(start: int) -> None:
    data = b"II*\x00" + start.to_bytes(4, "little") + bytes(2) + (8).to_bytes(4, "little") + bytes(20)
    with pytest.raises(UnreadableError, match="损坏"):
        images.read(data)


def test_too_many_pages() -> None:
    chain = b"".join(bytes(2) + (8 + 6 * (i + 1)).to_bytes(4, "little") for i in range(MAX_PAGES + 1))
    with pytest.raises(UnreadableError, match=str(MAX_PAGES)):
        images.read(b"II*\x00\x08\x00\x00\x00" + chain + bytes(6))


def test_mutations_end_in_a_document_or_a_reason() -> None:
    chance = random.Random(6)
    seeds = [picture("TIFF", 3), picture("PNG"), picture("BMP"), picture("WEBP"), picture("JPEG")]
    ends = {True: 0, False: 0}
    for _ in range(3000):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.choice((0, 1, 8, 127, 255, chance.randrange(256)))
        try:
            scanned = images.read(bytes(data[: chance.randint(1, len(data))])).scanned
        except UnreadableError:
            ends[False] += 1
        else:
            ends[True] += 1
            assert 1 <= len(scanned) <= MAX_PAGES
    assert all(ends.values())
