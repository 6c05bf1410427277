"""From a file to its paragraphs: one module a format, registered in one list.

To add a format: a module with a ``read(data)`` function and a line in :data:`FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath

from indexer.errors import UnreadableError, UnsupportedError
from indexer.model import Document
from indexer.readers import docx, markdown, text

#: Changes whenever a file may be read differently, or one may be read that could not be.
VERSION = "1"

#: A reader takes a file's bytes and gives its document; it raises UnreadableError with a reason.
Reader = Callable[[bytes], Document]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that can be read.

    ``sniff`` looks at the content and says whether it is of this format; ``suffixes`` decide between
    formats that the content does not tell apart.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    read: Reader


#: Tried from the top: by content first, by name second.
FORMATS = (
    Format("docx", (".docx", ".docm", ".dotx"), docx.is_docx, docx.read),
    Format("markdown", (".md", ".markdown"), text.is_text, markdown.read),
    Format("text", (".txt", ".text", ""), text.is_text, text.read),
)

#: What a known content or name that cannot be read is, for the message.
_KNOWN = (
    (b"%PDF-", "PDF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 Word、WPS 或 Excel 文件 (legacy Office)"),
    (b"PK\x03\x04", "ZIP 或 Office 压缩格式 (zip container)"),
    (b"Rar!", "RAR 压缩文件 (rar)"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩文件 (7z)"),
    (b"\x89PNG", "PNG 图片 (image)"),
    (b"\xff\xd8\xff", "JPEG 图片 (image)"),
    (b"{\\rtf", "RTF"),
)


def read(path: Path, data: bytes) -> Document:
    """Read ``data``, the content of the file at ``path``, with the reader for its format.

    Raises UnsupportedError where there is none, UnreadableError where the file is damaged.
    """
    chosen = choose(PurePath(path.name), data)
    try:
        return chosen.read(data)
    except UnreadableError:
        raise
    except (
        Exception
    ) as error:  # a parser of a format that is not ours: whatever it raises is this file's fault
        raise UnreadableError(
            f"文件已损坏，无法按 {chosen.name} 读取 (damaged {chosen.name}): {type(error).__name__}: {error}"
        ) from error


def choose(name: PurePath, data: bytes) -> Format:
    """The format of a file with this name and content."""
    suffix = name.suffix.lower()
    fitting = [f for f in FORMATS if f.sniff(data)]
    for fmt in fitting:
        if suffix in fmt.suffixes:
            return fmt
    for fmt in fitting:
        if fmt.sniff is not text.is_text:  # content that only this format has, under another name
            return fmt
    if data.startswith(_KNOWN[1][0]) and "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableError(
            "文件有密码保护；请去掉密码后再试 (encrypted: take the password off and try again)"
        )
    for magic, what in _KNOWN:
        if data.startswith(magic):
            raise UnsupportedError(
                f"不支持的格式：{what}；可另存为 .docx 或 .txt (not supported: save as .docx or .txt)"
            )
    known = {s for f in FORMATS for s in f.suffixes if s}
    if suffix in known:
        raise UnreadableError(
            f"内容不是 {suffix} 文件应有的内容 (the content is not that of a {suffix} file)"
        )
    what = suffix or "（无扩展名）"
    raise UnsupportedError(
        f"不支持的格式 {what}；可另存为 .docx 或 .txt (not supported: save as .docx or .txt)"
    )
