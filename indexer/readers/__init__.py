"""From a file to its paragraphs: one module a format, registered in one list.

To add a format: a module with a ``read(data)`` function and a line in :data:`FORMATS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from indexer.errors import UnreadableError, UnsupportedError
from indexer.model import Document
from indexer.readers import (
    archive,
    doc,
    docx,
    html,
    images,
    mail,
    markdown,
    odt,
    ofd,
    pdf,
    rtf,
    sheets,
    text,
    unsupported,
)
from indexer.readers.layout import Page

#: Changes whenever a file may be read differently, or one may be read that could not be.
VERSION = "6"

#: A reader takes a file's bytes and gives its document; it raises UnreadableError with a reason.
Reader = Callable[[bytes], Document]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that can be read.

    ``sniff`` looks at the content and says whether it is of this format; ``suffixes`` decide between
    formats that the content does not tell apart. ``plain``: read by code of ours alone that does not fail
    on any bytes, so that it needs no process of its own. ``convertible``: LibreOffice reads it. ``pages``: of
    a format with pages, all of them with their text.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    read: Reader
    plain: bool = False
    convertible: bool = False
    pages: Callable[[bytes], Sequence[Page]] | None = None


#: Tried from the top: by content first, by name second.
FORMATS = (
    # First: it knows every container by its directory, the others a few bytes that may stand in a member.
    Format("zip", (".zip",), archive.is_archive, archive.read),
    Format("docx", (".docx", ".docm", ".dotx"), docx.is_docx, docx.read),
    Format("pdf", (".pdf",), pdf.is_pdf, pdf.read, pages=lambda data: pdf.pages_of(data).pages),
    Format("ofd", (".ofd",), ofd.is_ofd, ofd.read, pages=ofd.pages_of),
    Format("image", images.SUFFIXES, images.is_image, images.read),
    Format("odt", (".odt", ".ott"), odt.is_odt, odt.read),
    Format("rtf", (".rtf",), rtf.is_rtf, rtf.read, convertible=True),
    Format(
        "workbook",
        (".xlsx", ".xlsm", ".xltx", ".xls", ".xlt", ".ods", ".ots", ".et", ".ett"),
        sheets.is_workbook,
        sheets.read,
    ),
    Format("doc", (".doc", ".wps", ".dot", ".wpt"), doc.is_doc, doc.read, convertible=True),
    Format("html", (".html", ".htm", ".xhtml", ".shtml"), html.is_html, html.read),
    Format("mail", (".eml", ".mht", ".mhtml"), mail.is_mail, mail.read),
    Format("markdown", (".md", ".markdown"), text.is_text, markdown.read, plain=True),
    Format("csv", (".csv", ".tsv"), text.is_text, sheets.read_csv),
    Format("text", (".txt", ".text", ""), text.is_text, text.read, plain=True),
)

#: What text is read as that stands under a name of another format, whose programs open it as well.
_TEXT_AS = {
    **dict.fromkeys((".html", ".htm", ".xhtml", ".shtml"), "html"),
    **dict.fromkeys((".eml", ".mht", ".mhtml"), "mail"),
    **dict.fromkeys((".doc", ".wps", ".dot", ".wpt", ".rtf"), "text"),
    **dict.fromkeys((".xls", ".xlt", ".et", ".ett"), "csv"),
}
_TAG = re.compile(rb"</?\x00?[a-zA-Z]")


def read(name: PurePath, data: bytes) -> Document:
    """Read ``data``, the content of a file of this name, with the reader for its format.

    Raises UnsupportedError where there is none, UnreadableError where the file is damaged.
    """
    if not data:
        raise UnreadableError("文件是空的 (the file is empty)")
    chosen = choose(name, data)
    try:
        return chosen.read(data)
    except (UnsupportedError, MemoryError):
        raise
    except UnreadableError as error:
        # Damaged, or never what its first bytes say: a broken message begins as old Word does.
        if reason := unsupported.by_name(name):
            raise UnsupportedError(reason) from error
        raise
    except (
        Exception
    ) as error:  # a parser of a format that is not ours: whatever it raises is this file's fault
        raise UnreadableError(
            f"文件已损坏，无法按 {chosen.name} 读取；请用原来的程序打开后另存 "
            f"(damaged {chosen.name}: open it in its program and save it again): "
            f"{type(error).__name__}: {str(error)[:200]}"
        ) from error


def suffixes() -> tuple[str, ...]:
    """The suffixes, in small letters with their dot, of files that there is a reader for."""
    return tuple(sorted({suffix for known in FORMATS for suffix in known.suffixes if suffix}))


def take(name: PurePath, data: bytes, member: str) -> bytes | None:
    """The content of a file inside a file, by the name that :func:`read` gives it; None where there is none.

    Raises UnreadableError where the file around it, or this one, cannot be read.
    """
    if choose(name, data).read is archive.read:
        return archive.take(data, member)
    return next((found.data for found in read(name, data).members if found.name == member), None)


def is_plain(name: PurePath, head: bytes) -> bool:
    """Whether a file of this name and beginning is read by a plain reader."""
    try:
        return not head or choose(name, head).plain
    except UnreadableError:
        return False


def is_convertible(name: PurePath, data: bytes) -> bool:
    """Whether LibreOffice may make a document of what its reader cannot read."""
    try:
        return choose(name, data).convertible
    except UnreadableError:
        return False


def placed_pages(name: PurePath, data: bytes) -> Callable[[bytes], Sequence[Page]] | None:
    """What gives all pages of such a file with their text; None where its format has no pages."""
    return choose(name, data).pages


def choose(name: PurePath, data: bytes) -> Format:
    """The format of a file with this name and content."""
    reason = unsupported.encrypted(data)
    if reason is not None:
        raise UnreadableError(reason)
    suffix = name.suffix.lower()
    fitting = [f for f in FORMATS if f.sniff(data)]
    told = [f for f in fitting if f.sniff is not text.is_text]  # by content that only this format has
    for fmt in (*told, *fitting):
        if suffix in fmt.suffixes and (fmt in told or not told):
            return fmt
    if told:
        return told[0]
    if suffix in _TEXT_AS and fitting and data.strip():
        wanted = _TEXT_AS[suffix]
        if wanted == "html" and not _TAG.search(data):
            wanted = "text"
        return next(f for f in FORMATS if f.name == wanted)
    reason = unsupported.reason(name, data)
    if reason is not None:
        raise UnsupportedError(reason)
    known = {s for f in FORMATS for s in f.suffixes if s}
    if suffix in known:
        raise UnreadableError(
            f"内容不是 {suffix} 文件应有的内容；请打开后另存 "
            f"(the content is not that of a {suffix} file: open and save it again)"
        )
    what = suffix or "（无扩展名）"
    raise UnsupportedError(
        f"不支持的格式 {what}；可另存为 .docx 或 .txt (not supported: save as .docx or .txt)"
    )
