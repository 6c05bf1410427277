"""Pages that are pictures: recognised one at a time, kept on disk, put in their place in the document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from indexer.errors import MissingExtraError, UnreadableError
from indexer.extras import installed
from indexer.model import Document, Removed
from indexer.ocr.engine import THREADS, recognise, version
from indexer.ocr.kept import Kept
from indexer.ocr.pictures import missing, page_image
from indexer.readers import layout

__all__ = [
    "EXTRA",
    "NOTICE",
    "STAMPED",
    "THREADS",
    "Kept",
    "available",
    "document",
    "missing",
    "page_image",
    "pages",
    "recognise",
    "version",
    "with_missing",
]

EXTRA = "ocr"  # the extra that brings what recognises

#: What is said of a text that was read so.
NOTICE = "文字由图像识别（OCR）得到，可能有误 (read by OCR: it may be wrong in places)"

#: Why text on a page that was recognised is not in what was.
STAMPED = "印在扫描页上、识别结果中没有的文字 (stamped on a scanned page, and not recognised there)"


def available() -> bool:
    """Whether what recognises is installed."""
    return installed(EXTRA)


def pages(
    data: bytes,
    digest: str,
    scanned: Sequence[int],
    kept: Kept,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[int, layout.Page]]:
    """Yield the pages of ``scanned`` (counted from 0) with what stands on them, as each is done.

    ``digest``: of ``data``; ``progress`` is called with the pages done and those in all, after each. A page
    that cannot be read is left out; UnreadableError if none can, MissingExtraError if the extra is missing,
    OSError if a page cannot be kept.
    """
    failure: UnreadableError | None = None
    yielded = False
    for done, number in enumerate(scanned, 1):
        page = kept.load(digest, number)
        try:
            if page is None:
                page = recognise(page_image(data, number))
                kept.save(digest, number, page)
        except MissingExtraError:
            raise
        except UnreadableError as error:
            failure = error
        else:
            yielded = True
            yield number, page
        if progress is not None:
            progress(done, len(scanned))
    if failure is not None and not yielded:
        raise failure


def document(
    data: bytes,
    read: Document,
    recognised: Mapping[int, layout.Page] | Iterable[tuple[int, layout.Page]],
    placed: Callable[[bytes], Sequence[layout.Page]] | None = None,
    reasons: Mapping[int, str] | None = None,
) -> Document:
    """The document ``read`` out of ``data`` with the recognised pages in it.

    ``placed`` gives all pages of such a file with their text where it has any, so that both kinds come in
    the order of pages; without it the recognised text stands behind what was read. Pages in ``scanned``
    that were not recognised stay there, and a warning names them, counted from 1, with its one of
    ``reasons`` where it has one.
    """
    found = dict(recognised)
    texts = dict(enumerate(placed(data))) if placed and read.blocks else {}
    whole = {**texts, **found}
    blocks, removed = layout.to_blocks([whole[number] for number in sorted(whole)])
    if not texts:
        blocks = read.blocks + blocks
    left = tuple(number for number in read.scanned if number not in found)
    text_found = any(page.runs for page in found.values())
    warnings = [*read.warnings, *([NOTICE] if text_found else [])]
    known = {number: reason for number, reason in (reasons or {}).items() if number in left}
    warnings += [
        f"第 {_listed([number for number in known if known[number] == reason])} 页：{reason}"
        for reason in dict.fromkeys(known.values())
    ]
    others_left = [number for number in left if number not in known]
    if others_left and found:
        warnings.append(f"第 {_listed(others_left)} 页无法识别 (pages that could not be recognised)")
    stamped = (
        Removed(run.text, STAMPED)
        for number in sorted(found.keys() & texts.keys())
        for run in texts[number].runs
        if "".join(run.text.split()) not in _bare(found[number])
    )
    others = tuple(entry for entry in (*read.removed, *stamped) if entry not in removed)
    return replace(
        read,
        blocks=blocks,
        removed=(*removed, *others),
        scanned=left,
        warnings=tuple(warnings),
        ocr=text_found,
    )


def _bare(page: layout.Page) -> str:
    return "".join("".join(run.text.split()) for run in page.runs)


def with_missing(read: Document) -> Document:
    """The document with a warning that names the pages in ``scanned``, and the extra that would read them."""
    warning = f"第 {_listed(read.scanned)} 页没有读出，{missing()}"
    return replace(read, warnings=(*read.warnings, warning))


def _listed(pages: Sequence[int]) -> str:
    """Pages, counted from 0, as they are told: from 1, and not too many."""
    return "、".join(str(number + 1) for number in pages[:20]) + ("……" if len(pages) > 20 else "")
