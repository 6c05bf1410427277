"""Plain text in the encodings that Chinese offices leave behind: UTF-8, UTF-16 and GB18030 (GBK, GB2312)."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from indexer.errors import UnreadableError
from indexer.model import Block, Document
from indexer.readers.limits import MAX_CHARACTERS

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Line ends of every system, and the breaks that pages and columns leave in text.
_LINE_END = re.compile(r"\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
#: Bytes that no text in a one-byte or multi-byte encoding has.
_BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a]")
_BINARY_SHARE = 0.001  # a stray control byte, or the end mark of old systems, does not make a text binary
#: Forty of the commonest characters, Simplified and Traditional: any Chinese prose has more than a few in a
#: hundred of them, and text decoded with the wrong encoding next to none.
_COMMON = frozenset(
    "的一是在不了有和人中大为上个国以要作年工业发展建设全区进行实项目企經濟為個國業發設進實項會"
)
#: What a text decoded with the right encoding consists of, nearly all of it.
_USUAL = re.compile(
    r"[\s\x20-\x7e\u2000-\u206f\u2460-\u24ff\u25a0-\u25ff\u3000-\u303f\u4e00-\u9fff\uff00-\uffef×·]"
)


def is_text(data: bytes) -> bool:
    """Whether the bytes can be text at all."""
    head = data[:65536]
    if head.startswith(tuple(bom for bom, _ in _BOMS)):
        return True
    if b"\x00" in head:
        return _utf16_without_mark(head) is not None
    return len(_BINARY.findall(head)) <= max(1, len(head) * _BINARY_SHARE)


def decode(data: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding.

    In this order: a byte order mark; UTF-8, which text in another encoding is never by accident; UTF-16
    by its zero bytes; GB18030 or Big5 where what comes out is Chinese, the one with more of the commonest
    characters; else charset-normalizer's best guess. Raises UnreadableError rather than put in a
    replacement character.
    """
    if len(data) > 4 * MAX_CHARACTERS:  # no encoding takes more bytes a character
        raise UnreadableError(
            f"文字超过 {MAX_CHARACTERS // 10_000} 万字；请拆成几个文件 "
            f"(more than {MAX_CHARACTERS:,} characters: split it)"
        )
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strictly(data, encoding)
    sixteen = _utf16_without_mark(data[:65536])
    if sixteen:
        return _strictly(data, sixteen)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        cut = error.start >= len(data) - 3 and error.reason == "unexpected end of data"
        if cut and error.start > 0:  # cut off in the middle of its last character
            return data[: error.start].decode("utf-8") + _byte_marks(data[error.start :]), "utf-8"
    chinese = [
        (t, e) for e in ("gb18030", "big5hkscs") if (t := _decoded(data, e)) and _usual_share(t) >= 0.7
    ]
    if chinese:
        return max(chinese, key=lambda pair: _common_share(pair[0]))  # the first of equals
    best = from_bytes(data).best()
    if best is not None:
        return str(best), best.encoding
    raise UnreadableError(
        "不是可识别编码的文本；请另存为 UTF-8 (the text's encoding cannot be told: save it as UTF-8)"
    )


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _common_share(text: str) -> float:
    """The share of the commonest characters, 0 to 1."""
    sample = text[:20000]
    return sum(c in _COMMON for c in sample) / max(1, len(sample))


def _strictly(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        raise UnreadableError(f"文本不是完整的 {encoding} (broken {encoding}): {error.reason}") from error


def _byte_marks(data: bytes) -> str:
    """Bytes that are no character, kept readable: nothing of a file vanishes."""
    return "".join(f"\\x{b:02x}" for b in data)


def _utf16_without_mark(head: bytes) -> str | None:
    """The UTF-16 variant that the bytes are in, told by the zero bytes of spaces and line ends."""
    if b"\x00" not in head or len(head) < 4 or (len(head) % 2 and len(head) < 65536):
        return None
    for encoding, space, newline in (
        ("utf-16-le", b" \x00", b"\n\x00"),
        ("utf-16-be", b"\x00 ", b"\x00\n"),
    ):
        pairs = {head[i : i + 2] for i in range(0, len(head) - 1, 2)}
        if space in pairs or newline in pairs:
            try:
                text = head[: len(head) // 2 * 2 - 2].decode(encoding)
            except UnicodeDecodeError:
                continue
            if _usual_share(text) >= 0.9:
                return encoding
    return None


def _usual_share(text: str) -> float:
    """The share of characters that are usual in Chinese text, 0 to 1."""
    sample = text[:20000]
    return len(_USUAL.findall(sample)) / max(1, len(sample))


def lines(data: bytes) -> tuple[list[str], str]:
    """The lines of a text file, white space included, and the encoding."""
    text, encoding = decode(data)
    return _LINE_END.split(text), encoding


def read(data: bytes) -> Document:
    """Read a text file: every line that is not empty is a block."""
    found, encoding = lines(data)
    blocks, gap = [], 0
    for line in found:
        if line.strip():
            blocks.append(Block(line, gap=gap))
            gap = 0
        else:
            gap += 1
    return Document(tuple(blocks), "text", encoding)
