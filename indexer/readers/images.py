"""Picture files: how many pages they have. What stands on them is read by :mod:`indexer.ocr`.

Only the headers are looked at, by hand, so that a picture is listed as one without any library for pictures.
"""

from __future__ import annotations

from indexer.errors import UnreadableError
from indexer.model import Document
from indexer.readers.limits import MAX_PAGES

SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".tif", ".tiff", ".bmp", ".webp", ".gif")

#: The first bytes, and how many a file of the format has at least: header and one pixel.
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", 57),
    (b"\xff\xd8\xff", 100),
    (b"II*\x00", 26),
    (b"MM\x00*", 26),
    (b"GIF87a", 26),
    (b"GIF89a", 26),
)
_SMALLEST_BITMAP = 30
_SMALLEST_WEBP = 26


def is_image(data: bytes) -> bool:
    """Whether the content is a PNG, JPEG, TIFF, BMP, WebP or GIF picture."""
    return any(data.startswith(magic) for magic, _ in _MAGIC) or _is_webp(data) or _is_bitmap(data)


def read(data: bytes) -> Document:
    """A document without text, all of whose pages are scanned; of moving pictures the first.

    Raises UnreadableError.
    """
    smallest = next((size for magic, size in _MAGIC if data.startswith(magic)), _SMALLEST_BITMAP)
    if len(data) < (_SMALLEST_WEBP if _is_webp(data) else smallest):
        raise _damaged()
    pages = _tiff_pages(data) if data.startswith((b"II*\x00", b"MM\x00*")) else 1
    return Document((), "image", scanned=tuple(range(pages)))


def _is_webp(data: bytes) -> bool:
    return data.startswith(b"RIFF") and data[8:12] == b"WEBP"


def _is_bitmap(data: bytes) -> bool:
    """BMP's two letters begin many a text; the size of its second header and its zeros do not."""
    return data.startswith(b"BM") and data[6:10] == bytes(4) and data[14:18] in _BITMAP_HEADERS


#: Sizes of BMP's second header, from OS/2 to version 5.
_BITMAP_HEADERS = frozenset(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))


def _tiff_pages(data: bytes) -> int:
    """How many pages a TIFF file has: the length of its chain of directories."""
    order = "little" if data.startswith(b"II") else "big"

    def number(at: int, size: int) -> int:
        if at + size > len(data):
            raise _damaged()
        return int.from_bytes(data[at : at + size], order)  # type: ignore[arg-type]

    seen: set[int] = set()
    place = number(4, 4)
    while place:
        if place in seen or place < 8:
            raise _damaged()
        seen.add(place)
        if len(seen) > MAX_PAGES:
            raise UnreadableError(
                f"超过 {MAX_PAGES} 页；请拆分后再试 (more than {MAX_PAGES} pages: split it and try again)"
            )
        place = number(place + 2 + 12 * number(place, 2), 4)
    if not seen:
        raise _damaged()
    return len(seen)


def _damaged() -> UnreadableError:
    return UnreadableError(
        "图片已损坏或不完整；请重新扫描或另存后再试 (damaged or truncated picture: scan or save it again)"
    )
