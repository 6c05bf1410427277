"""The file that a report was read from, to be looked at or kept.

A file may hold anything, and it is sent from the host of the page itself: so what browsers run (web pages,
SVG) is only ever saved, nothing is taken for what it is not said to be, and what is shown may do nothing.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from flask import Response, request, send_file

from indexer.model import FileEntry
from indexer.originals import Original, Why
from indexer.readers import names

_HEADERS = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
_ANYTHING = "application/octet-stream"
_HEAD = 1024  # bytes that tell what a file is

#: How pictures that every browser shows begin.
_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
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
    """Whether browsers show such a file; others are only saved."""
    return entry.format in ("pdf", "image") or bool(_charset(entry))


def send(found: Original, *, save: bool) -> Response:
    """The file itself: a PDF, plain text or a picture is shown; all others, or with ``save``, are saved."""
    head = found.stream.read(_HEAD)
    found.stream.seek(0)
    kind = None if save else _shown_as(found.entry, head)
    response = send_file(
        found.stream,
        mimetype=kind or _ANYTHING,
        as_attachment=kind is None,
        download_name=names.plain(found.entry.file, "原文件"),
        conditional=False,
        etag=False,
    )
    if kind and kind.startswith("text/"):  # in the encoding of the file, and no other
        response.headers["Content-Type"] = kind
    response.headers.update(_HEADERS)
    response.content_length = found.size
    response.set_etag(found.entry.digest)
    response.make_conditional(request, accept_ranges=True, complete_length=found.size)
    return response


def _shown_as(entry: FileEntry, head: bytes) -> str | None:
    """The type by which a browser shows a file; None where it is to be saved."""
    if entry.format == "pdf":
        return "application/pdf" if b"%PDF-" in head else None
    if entry.format == "image":
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return "image/webp"
        return next((kind for sign, kind in _PICTURES.items() if head.startswith(sign)), None)
    charset = _charset(entry)
    return f"text/plain; charset={charset}" if charset else None


def _charset(entry: FileEntry) -> str | None:
    """What browsers call the encoding of plain text; None where it is none, or unknown to them."""
    if entry.format not in ("text", "markdown") or not entry.encoding:
        return None
    try:
        return _CHARSETS.get(codecs.lookup(entry.encoding).name)
    except LookupError:
        return None
