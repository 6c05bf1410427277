"""The file that a report was read from, to be looked at or kept.

A file may hold anything, and it is sent from the host of the page itself: so what browsers run (web pages,
SVG) is only ever saved, nothing is taken for what it is not said to be, and what is shown may do nothing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from flask import Response, make_response, render_template, request, send_file

from indexer.model import FileEntry
from indexer.originals import Original, OriginalError, Why
from indexer.readers import names
from webui.added import shown
from webui.address import Address

_HEADERS = {
    # In place of the page's own. Browsers centre a picture by styles of theirs, which count as the file's.
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}
_ANYTHING = "application/octet-stream"
_PIECE = 1 << 16  # bytes of a part of a file that are read at once

#: A range of bytes, RFC 9110 section 14.1.2: first and last, or how many at the end.
_RANGE = re.compile(r"bytes=(?:([0-9]{1,999})-([0-9]{0,999})|-([0-9]{1,999}))", re.IGNORECASE)

#: How pictures that every browser shows begin, and how their names end. TIFF is none of them.
_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}
_PICTURE_SUFFIXES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jfif": "image/jpeg",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".webp": "image/webp",
}
#: What browsers call the encodings of text that they know, by Python's names.
_CHARSETS = {
    "ascii": "utf-8",
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5",
    "big5hkscs": "big5",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """What is said where a file cannot be given: what happened, and what to do."""

    status: int
    heading: str
    text: str
    advice: str


MISSING: dict[Why, Missing] = {
    "gone": Missing(
        404,
        "原文件已不在原处",
        "它可能移走、改名或删除了。",
        "更新索引以后，移走或改名的文件会在新的地方找到。",
    ),
    "changed": Missing(
        409,
        "原文件已经改过",
        "现在的内容和索引里的不是同一份，所以没有打开。",
        "更新索引以后，就能读到并打开现在的内容。",
    ),
    "offline": Missing(
        503,
        "原文件所在的文件夹没有连上",
        "它可能在没有连上的网络盘或移动硬盘里。",
        "连上以后再打开。",
    ),
    "closed": Missing(
        503,
        "原文件现在打不开",
        "它可能正被其他程序占用，稿库没有读取的权限，或者从压缩包、邮件里取不出来。",
        "过一会再试；还不行的话，请到文件夹里直接打开。",
    ),
}


def can_be_shown(entry: FileEntry) -> bool:
    """Whether browsers show such a file, by what the index knows of it; others are only saved."""
    return _kind(entry) is not None


def refused(error: OriginalError, report: str) -> Response:
    """The page that says why the file of a report cannot be given."""
    missing = MISSING[error.why]
    html = render_template(
        "original.html", address=Address(), missing=missing, file=shown(error.file), report=report
    )
    return make_response(html.encode("utf-8", "replace"), missing.status)


def send(found: Original, *, save: bool) -> Response:
    """The file itself: a PDF, plain text or a picture is shown; all others, or with ``save``, are saved.

    Nothing is taken out of the file around it where the browser has it already, or wants the headers alone.
    Closes ``found``, at the latest with the response.
    """
    try:
        response = _known(found) or (_headers_alone if _is_costly(found) else _whole_or_part)(
            found, save=save
        )
    except OriginalError as error:
        found.close()
        return refused(error, found.report)
    except BaseException:
        found.close()
        raise
    response.headers.update(_HEADERS)
    response.set_etag(found.entry.digest)
    response.headers["Accept-Ranges"] = "none" if found.is_inside else "bytes"
    return response


def _known(found: Original) -> Response | None:
    """The answer to conditions (RFC 9110 section 13) that leave nothing to be sent; None where all is."""
    response = Response()
    response.set_etag(found.entry.digest)
    response.make_conditional(request)
    if response.status_code == 200:
        return None
    found.close()
    return response


def _is_costly(found: Original) -> bool:
    """Whether no more is asked for than can be said without taking the file out of another."""
    return found.is_inside and request.method == "HEAD"


def _headers_alone(found: Original, *, save: bool) -> Response:
    """The headers that are known beforehand: all but the size."""
    return _answer(found.entry, found.outer, None if save else _kind(found.entry))


def _whole_or_part(found: Original, *, save: bool) -> Response:
    content = found.content()
    wanted = None if found.is_inside else _wanted(content.size, found.entry.digest)
    if wanted is not None and not wanted:
        content.stream.close()
        response = Response(status=416)
        response.headers["Content-Range"] = f"bytes */{content.size}"
        return response
    kind = None if save else _shown_as(found.entry, content.head)
    response = _answer(found.entry, content.stream, kind)
    response.content_length = content.size
    if wanted is not None:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {wanted[0]}-{wanted[-1]}/{content.size}"
        response.content_length = len(wanted)
        response.direct_passthrough = False
        response.response = _part(content.stream, wanted)
        response.call_on_close(content.stream.close)
    return response


def _answer(entry: FileEntry, stream: IO[bytes], kind: str | None) -> Response:
    response = send_file(
        stream,
        mimetype=kind or _ANYTHING,
        as_attachment=kind is None,
        download_name=names.plain(entry.file, "原文件"),
        conditional=False,
        etag=False,
    )
    if kind and kind.startswith("text/"):  # in the encoding of the file, and no other
        response.headers["Content-Type"] = kind
    return response


def _wanted(size: int, digest: str) -> range | None:
    """The bytes that are asked for: empty where the file has none of them, None where it is all of it.

    A range that is malformed, or of a kind that is not served, is as none (RFC 9110 section 14.2).
    """
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if (
        found is None
        or request.method != "GET"
        or request.headers.get("If-Range") not in (None, f'"{digest}"')
    ):
        return None
    first, last, from_end = found.groups()
    if from_end:
        return range(max(0, size - int(from_end)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1) if last else size)


def _part(stream: IO[bytes], wanted: range) -> Iterator[bytes]:
    stream.seek(wanted.start)
    left = len(wanted)
    while left and (piece := stream.read(min(left, _PIECE))):
        left -= len(piece)
        yield piece


def _kind(entry: FileEntry) -> str | None:
    """The type by which browsers show such a file, by format and name; None where they show none such."""
    if entry.format == "pdf":
        return "application/pdf"
    if entry.format == "image":
        return _PICTURE_SUFFIXES.get(PurePosixPath(entry.file).suffix.lower())
    charset = _charset(entry)
    return f"text/plain; charset={charset}" if charset else None


def _shown_as(entry: FileEntry, head: bytes) -> str | None:
    """The type by which a browser shows a file that begins so; None where it is to be saved."""
    if entry.format == "image":
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return "image/webp"
        return next((kind for sign, kind in _PICTURES.items() if head.startswith(sign)), None)
    if entry.format == "pdf" and b"%PDF-" not in head:
        return None
    return _kind(entry)


def _charset(entry: FileEntry) -> str | None:
    """What browsers call the encoding of plain text; None where it is none, or unknown to them."""
    if entry.format not in ("text", "markdown") or not entry.encoding:
        return None
    try:
        return _CHARSETS.get(codecs.lookup(entry.encoding).name)
    except LookupError:
        return None
