"""The picture of one page: of a PDF, of a picture file, of an OFD page that is one picture.

Each comes as an RGB picture whose ``info["dpi"]`` says how many of its pixels make an inch of the page.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

from indexer.errors import MissingExtraError, UnreadableError
from indexer.readers import ofd
from indexer.readers.images import is_image

if TYPE_CHECKING:
    from PIL.Image import Image

DPI = 200
_MAX_SIDE = 4000  # pixels of a page rendered
_MIN_SIDE = 2000  # a page said to be small is rendered so that its longer side has these
_MAX_PIXELS = 100_000_000  # of a picture file: 300 MB of memory
_MAX_AREA = _MAX_SIDE * _MAX_SIDE  # pixels of the picture that is handed on
_A4_SHORT = 595.0  # points
_POINTS = 72.0  # an inch


def page_image(data: bytes, page: int) -> Image:
    """The picture of a page, counted from 0. Raises UnreadableError, MissingExtraError."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError as error:
        raise missing() from error
    if is_image(data):
        return _of_picture(data, page, None)
    if b"%PDF-" in data[:1024]:
        return _of_pdf(data, page)
    return _of_ofd(data, page)


def missing() -> MissingExtraError:
    """What is said where the extra is not installed."""
    return MissingExtraError("扫描件或图片", "ocr")


def scale_of(image: Image) -> float:
    """Points of the page to a pixel; where the picture does not say, it is taken as one of A4."""
    dpi = image.info.get("dpi", (0, 0))[0]
    return float(_POINTS / dpi) if dpi else _A4_SHORT / max(1, min(image.size))


def _of_ofd(data: bytes, page: int) -> Image:
    try:
        found = ofd.picture(data, page)
    except (UnreadableError, MemoryError):
        raise
    except Exception:  # a damaged file leads to errors of zip, XML and our own steps
        found = None
    if found is None:
        raise UnreadableError(
            f"OFD 第 {page + 1} 页没有可读的文字或图片；请另存为 PDF 后再试 "
            f"(page {page + 1} has no text or picture that can be read: save it as PDF)"
        )
    return _of_picture(found[0], 0, found[1])


def _of_pdf(data: bytes, page: int) -> Image:
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as document:
            sheet = document[page]
            longer = max(sheet.get_size())
            scale = min(max(DPI / _POINTS, _MIN_SIDE / longer), _MAX_SIDE / longer)
            image: Image = sheet.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, IndexError, ValueError, ZeroDivisionError, OSError) as error:
        raise UnreadableError(
            f"PDF 第 {page + 1} 页无法显示；请重新扫描或另存后再试 "
            f"(page {page + 1} cannot be shown: scan or save it again)"
        ) from error
    image.info = {"dpi": (scale * _POINTS, scale * _POINTS)}
    return image


def _of_picture(data: bytes, page: int, millimetres: float | None) -> Image:
    """Read a picture file; ``millimetres``: its width on the page, None: unknown."""
    import PIL.Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes, which are checked here, and of damage in by-matters
            image = _opened(data, page)
    except (UnreadableError, MemoryError):
        raise
    except PIL.Image.DecompressionBombError as error:
        raise _too_large() from error
    except Exception as error:  # each of the formats' parsers raises what it likes
        raise UnreadableError(
            "图片已损坏或不完整；请重新扫描或另存后再试 (damaged or truncated picture: scan or save it again)"
        ) from error
    if millimetres and millimetres > 0:
        dpi = image.width / millimetres * 25.4
    else:
        dpi = min(image.size) / _A4_SHORT * _POINTS  # what pictures themselves say of it is seldom true
    image.info = {"dpi": (dpi, dpi)}
    return image


def _opened(data: bytes, page: int) -> Image:
    """A page of a picture file in RGB, the right way up, not larger than what is handed on."""
    import PIL.Image
    import PIL.ImageOps

    image: Image = PIL.Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF"))
    if page:
        image.seek(page)
    if image.width * image.height > _MAX_PIXELS:
        raise _too_large()
    image.draft("RGB", _bounded(image.size))  # a JPEG is unpacked no larger than it is needed
    image.load()
    image = _rgb(PIL.ImageOps.exif_transpose(image))
    return image if image.size == _bounded(image.size) else image.resize(_bounded(image.size))


def _bounded(size: tuple[int, int]) -> tuple[int, int]:
    shrink = max(1.0, (size[0] * size[1] / _MAX_AREA) ** 0.5)
    return max(1, int(size[0] / shrink)), max(1, int(size[1] / shrink))


def _too_large() -> UnreadableError:
    return UnreadableError("图片过大；请缩小后再试 (the picture is too large: make it smaller)")


def _rgb(image: Any) -> Image:
    """In RGB, what is transparent white, deep greys brought into the range of a byte."""
    import numpy as np
    import PIL.Image

    if image.mode.startswith(("I", "F")):
        values = np.asarray(image).astype(np.float32)
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        spread = np.nan_to_num((values - low) * (255 / max(high - low, 1e-6)))
        return PIL.Image.fromarray(spread.clip(0, 255).astype(np.uint8)).convert("RGB")
    if "A" in image.mode or "transparency" in image.info:
        over = image.convert("RGBA")
        white = PIL.Image.new("RGBA", over.size, "white")
        return PIL.Image.alpha_composite(white, over).convert("RGB")
    converted: Image = image.convert("RGB")
    return converted
