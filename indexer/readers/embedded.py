"""Pictures in documents, whose text is not read: how many there are, and what to tell of them."""

from __future__ import annotations

from collections.abc import Iterable

from docx.image.image import Image

_LEAST_SIDE = 200  # pixels of the shorter side; a logo, a seal or a line is smaller than a page or a table


def unread(pictures: Iterable[bytes], has_text: bool) -> tuple[str, ...]:
    """The warning of the files' pictures that are large enough to hold text; none where there is none.

    ``has_text``: whether the document has other text; without it the warning is why it cannot be read.
    """
    count = sum(_may_hold_text(picture) for picture in pictures)
    if not count:
        return ()
    if has_text:
        return (f"文件里有 {count} 张图片，其中的文字没有读 ({count} pictures, whose text is not read)",)
    return (
        f"文件里只有图片（{count} 张），没有文字；请另存为 PDF 再放进来：PDF 的页会识别 "
        f"(only pictures, {count} of them: save it as PDF, the pages of which are recognised)",
    )


def _may_hold_text(picture: bytes) -> bool:
    try:
        about = Image.from_blob(picture)
        return bool(min(about.px_width, about.px_height) >= _LEAST_SIDE)
    except Exception:  # a drawing or a damaged picture; the parsers of headers raise what they like
        return False
