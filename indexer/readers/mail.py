"""Letters (.eml) with their attachments, and web pages that a browser kept as one (.mht, .mhtml)."""

from __future__ import annotations

import datetime
import email
import io
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import replace
from email.errors import MessageError
from email.generator import BytesGenerator
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote_to_bytes

from indexer.errors import UnreadableError
from indexer.model import Block, Document, Member, Removed
from indexer.readers import html
from indexer.readers import text as plain
from indexer.readers.html_tree import tidy
from indexer.readers.limits import MAX_DEPTH, MAX_MEMBERS

HEADER = "邮件头 (mail header)"
FRAME = "网页中嵌入的另一页 (another page inside the page)"
SAME = "同一封信的纯文本 (the letter's plain text)"
SIGNATURE = "邮件签名 (signature)"


class _AsWritten(Compat32):
    """Gives fields with the bytes that they have, which should be encoded and often are not."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        """The field as it stands, bytes that are not ASCII as surrogates."""
        return value


_AS_WRITTEN = _AsWritten()
_DAMAGED_ATTACHMENT = (
    "附件已损坏，取不出；请让对方重发 (a damaged attachment: ask for the letter to be sent again)"
)
_FIELD = re.compile(rb"([!-9;-~]{1,80}):(?:[ \t]|$)")
_SENDER = {b"from", b"sender", b"return-path"}
_LETTER = {b"date", b"message-id", b"mime-version", b"received", b"to", b"subject"}
_LISTED = (("From", "发件人"), ("To", "收件人"), ("Cc", "抄送"), ("Date", "日期"))
#: What a program puts before the subject of a letter that answers or passes on another.
_PASSED_ON = re.compile(r"(?:\s{0,9}(?:re|fwd?|fw|aw|wg|答复|回复|转发|转寄)\s{0,9}[:：])+\s*", re.IGNORECASE)
_SIGNED = ("pkcs7-signature", "x-pkcs7-signature", "pgp-signature")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
#: What the email package raises for letters that keep no rule.
_BROKEN = (MessageError, ValueError, LookupError, TypeError, AttributeError)
_MAX_NAME = 150  # characters, and a file system's 255 bytes hold 85 Chinese ones
_MAX_NAME_BYTES = 240
_MAX_FIELD = 10_000  # characters of a field that are shown


def is_mail(data: bytes) -> bool:
    """Whether the bytes are a letter or a page saved as one: they begin with the fields of a letter."""
    return plain.is_text(data) and bool(_kind(data))


def _kind(data: bytes) -> str:
    """``"eml"``, ``"mht"``, or ``""``."""
    head = data[:65536].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    names: set[bytes] = set()
    kind = b""
    lines = head.split(b"\n")
    if lines[0].startswith(b"From "):  # the line that mailboxes put before a letter
        lines = lines[1:]
    for line in lines:
        line = line.rstrip(b"\r")
        if not line:
            break
        if line[:1] in b" \t":
            if not names:
                return ""
            kind += line.lower() if kind and not kind.endswith(b"\n") else b""
            continue
        field = _FIELD.match(line)
        if not field:
            if len(names) < 3:
                return ""
            break
        name = field[1].lower()
        names.add(name)
        if name == b"content-type":
            kind = line.lower()
        elif kind:
            kind += b"\n"
    web = b"mime-version" in names and not names & {b"to", b"received", b"return-path"}
    if web and (b"multipart/related" in kind or b"text/html" in kind) and b"message-id" not in names:
        return "mht"
    return "eml" if names & _SENDER and len(names & _LETTER) >= 2 else ""


def read(data: bytes) -> Document:
    """Read a letter: subject, text, attachments as members; or the page of a web archive."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    try:
        message = email.message_from_bytes(start, policy=_AS_WRITTEN)
        parts = list(_parts(message))
        return _archive(message, parts) if _kind(data) == "mht" else _letter(message, parts)
    except _BROKEN as error:
        raise UnreadableError(
            "邮件已损坏；请用邮件程序打开后另存 (damaged: open it in a mail program and save it again)"
        ) from error
    except RecursionError as error:
        raise UnreadableError(
            f"邮件嵌套超过 {MAX_DEPTH} 层；请打开邮件，另存附件 "
            f"(nested more than {MAX_DEPTH} deep: open it and save its attachments)"
        ) from error


def _parts(message: Message) -> Iterator[tuple[Message, Message | None]]:
    """The parts that are not made of parts, in order, with what each is a part of.

    A letter inside the letter counts as one part.
    """
    stack: list[tuple[Message, Message | None, int]] = [(message, None, 0)]
    while stack:
        part, parent, depth = stack.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            if depth >= MAX_DEPTH:
                raise RecursionError
            inner: Any = part.get_payload()
            stack.extend((p, part, depth + 1) for p in reversed(inner) if isinstance(p, Message))
        else:
            yield part, parent


def _letter(message: Message, parts: list[tuple[Message, Message | None]]) -> Document:
    if message.get_content_type() in (
        "multipart/encrypted",
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
    ):
        raise UnreadableError(
            "加密邮件；请用邮件程序打开后另存 (encrypted: open it in the mail program and save its text)"
        )
    texts: list[tuple[Message, Message | None]] = []
    members: list[Member] = []
    taken: set[str] = set()
    warnings: list[str] = []
    for part, parent in parts:
        kind = part.get_content_type()
        if part.get_content_subtype() in _SIGNED:
            continue
        attached = part.get_content_disposition() == "attachment" or _file_name(part) != ""
        if kind in ("text/plain", "text/html") and not attached:
            texts.append((part, parent))
        elif (
            attached
            or kind == "message/rfc822"
            or not (part.get_content_maintype() == "image" or part.get("Content-ID"))
        ):
            try:
                content = _content(part)
            except _BROKEN:
                members.append(Member(_safe_name(part, len(members) + 1, taken), b"", _DAMAGED_ATTACHMENT))
                continue
            if kind.startswith("image/") and part.get("Content-ID") and not _is_attachment(part):
                continue  # a picture shown in the text
            if not content:
                continue
            if len(members) == MAX_MEMBERS:
                raise UnreadableError(f"附件超过 {MAX_MEMBERS} 个 (more than {MAX_MEMBERS} attachments)")
            members.append(Member(_safe_name(part, len(members) + 1, taken), content))
    if any("CloseBoundaryNotFound" in type(d).__name__ for p in message.walk() for d in p.defects):
        warnings.append("邮件不完整，末尾可能缺失 (cut short: its end may be missing)")
    subject, heads = _heads(message)
    blocks, removed, encodings, more = _bodies(texts)
    title = [Block(subject, "title")] if subject else []
    if blocks and "".join(blocks[0].text.split()) == "".join(subject.split()):
        blocks = blocks[1:]
    published = _date(message)
    if not title and not blocks and not members and not heads:
        raise UnreadableError("邮件没有内容，可能已损坏 (an empty or damaged letter)")
    return Document(
        (*title, *blocks),
        "eml",
        encodings[0] if encodings else None,
        tuple(dict.fromkeys((*warnings, *more))),
        (*heads, *removed),
        published,
        tuple(members),
    )


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _bodies(
    texts: list[tuple[Message, Message | None]],
) -> tuple[list[Block], list[Removed], list[str], list[str]]:
    """The letter's text. Of the same text as HTML and plain, HTML: it has no lines broken for a screen."""
    blocks: list[Block] = []
    removed: list[Removed] = []
    encodings: list[str] = []
    warnings: list[str] = []
    groups: dict[int, list[Document]] = {}
    for n, (part, parent) in enumerate(texts):
        document = _body(part)
        if document.encoding:
            encodings.append(document.encoding)
        warnings += document.warnings
        related = parent is not None and parent.get_content_type() == "multipart/alternative"
        groups.setdefault(id(parent) if related else -n - 1, []).append(document)
    documents = [_merged(group) for group in groups.values()]
    # Alternatives with pictures stand one level apart: the HTML in a part of its own beside the plain text.
    if len(documents) == 2 and {d.format for d in documents} == {"html", "text"}:
        first, second = (_bare(d.blocks) for d in documents)
        if first == second:
            documents = [d for d in documents if d.format == "html"]
    for document in documents:
        blocks += document.blocks
        removed += document.removed
    return blocks, removed, encodings, warnings


def _merged(group: list[Document]) -> Document:
    best = next((d for d in group if d.format == "html" and d.blocks), group[0])
    others = (d for d in group if d is not best and _bare(d.blocks) not in _bare(best.blocks))
    removed = (*best.removed, *(Removed("\n".join(b.text for b in d.blocks), SAME) for d in others))
    return replace(best, removed=removed)


def _bare(blocks: tuple[Block, ...]) -> str:
    return "".join("".join(b.text.split()) for b in blocks)


def _body(part: Message) -> Document:
    source, encoding, warnings = _source(part)
    if part.get_content_type() == "text/html":
        return replace(html.fragment(source), encoding=encoding, warnings=warnings)
    lines = source.splitlines()
    if str(part.get_param("format", "")).lower() == "flowed":
        lines = _unflowed(lines, str(part.get_param("delsp", "")).lower() == "yes")
    sign = next((i for i, line in enumerate(lines) if line in ("-- ", "--")), len(lines))
    signature = "\n".join(line for line in lines[sign + 1 :] if line.strip())
    removed = (Removed(signature, SIGNATURE),) if signature else ()
    blocks = tuple(Block(line) for line in lines[:sign] if line.strip())
    return Document(blocks, "text", encoding, warnings, removed)


def _unflowed(lines: list[str], without_space: bool) -> list[str]:
    """Put the lines of a "flowed" text together: one that ends with a space goes on (RFC 3676)."""
    found: list[list[str]] = []
    goes_on = False
    for line in lines:
        line = line.removeprefix(" ") if line.startswith(" ") else line  # stuffed
        text = line[:-1] if without_space and line.endswith(" ") else line
        if goes_on and line != "-- ":
            found[-1].append(text)
        else:
            found.append([text])
        goes_on = line.endswith(" ") and line != "-- "
    return ["".join(parts) for parts in found]


def _source(part: Message) -> tuple[str, str, tuple[str, ...]]:
    declared = part.get_content_charset(failobj=None) or ""
    data = _content(part)
    if part.get_content_type() == "text/html":
        return html.decode(data, declared or None)
    return html.decode(data, declared or "")


def _content(part: Message) -> bytes:
    """The bytes of a part, out of their encoding for mail.

    Raises one of ``_BROKEN`` for a part that the email package cannot write.
    """
    if part.is_multipart():
        inner = _inner(part)
        stream = io.BytesIO()
        _Writer(stream, mangle_from_=False, maxheaderlen=0).flatten(inner)
        return _unencoded(stream.getvalue(), part)
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _unencoded(letter: bytes, part: Message) -> bytes:
    """A letter in a letter out of an encoding for mail: there should be none, and some programs use one."""
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding not in ("base64", "quoted-printable"):
        return letter
    carrier = Message()
    carrier["Content-Transfer-Encoding"] = encoding
    carrier.set_payload(letter.decode("ascii", "surrogateescape"))
    content = carrier.get_payload(decode=True)
    return content if isinstance(content, bytes) and is_mail(content) else letter


def _inner(part: Message) -> Message:
    """The first part of a part, such as the letter in "message/rfc822"; itself if it has none."""
    inner = part.get_payload() if part.is_multipart() else None
    return inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], Message) else part


class _Writer(BytesGenerator):
    """Writes a letter in a letter; characters that a broken one should not have do not stop it."""

    def write(self, s: str) -> None:
        self._fp.write(s.encode("utf-8", "surrogateescape"))  # type: ignore[attr-defined]


def _heads(message: Message) -> tuple[str, list[Removed]]:
    """The subject without "Re:", and the other fields that a reader sees."""
    whole = _shown(message, "Subject")
    subject = whole[found.end() :] if (found := _PASSED_ON.match(whole)) else whole
    listed = [f"{name}：{value}" for key, name in _LISTED if (value := _shown(message, key))]
    if subject != whole:
        listed.insert(0, f"主题：{whole}")
    return subject, [Removed("\n".join(listed), HEADER)] if listed else []


def _shown(message: Message, key: str) -> str:
    """A field as a mail program shows it."""
    raw = next((v for k, v in message.raw_items() if k.lower() == key.lower()), "")
    return _decoded(str(raw))


def _decoded(raw: str) -> str:
    """A field's value: encoded words, and bytes that should have been encoded and were not."""
    pieces: list[tuple[bytes, str | None]] = []
    raw = raw[:_MAX_FIELD]
    try:
        found = decode_header(re.sub(r"\r?\n[ \t]+", " ", raw)) if "=?" in raw else [(raw, None)]
    except (MessageError, ValueError):
        found = [(raw, None)]
    for piece, charset in found:
        data = piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogateescape")
        if pieces and pieces[-1][1] == charset and charset:  # a character may be cut between two words
            pieces[-1] = (pieces[-1][0] + data, charset)
        else:
            pieces.append((data, charset))
    return tidy("".join(_lenient(data, charset) for data, charset in pieces))


def _lenient(data: bytes, charset: str | None) -> str:
    try:
        return html.decode(data, charset or "")[0] if data else ""
    except UnreadableError:
        return data.decode("utf-8", "backslashreplace")


def _date(message: Message) -> str | None:
    try:
        sent = parsedate_to_datetime(_shown(message, "Date"))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return sent.date().isoformat() if 1970 <= sent.year <= datetime.date.max.year else None


def _file_name(part: Message) -> str:
    """The name that a part gives for its file, decoded; "" if none."""
    for key, field in (("filename", "content-disposition"), ("name", "content-type")):
        try:
            listed: Any = part.get_params([], field)
            given = [value for name, value in listed if name.lower() == key]
        except (LookupError, ValueError, TypeError):
            continue
        # Of a name written both ways, the one that says its character set (RFC 6266) is whole.
        extended = [value for value in given if isinstance(value, tuple)]
        for value in (*extended, *given):
            name = _extended(*value) if isinstance(value, tuple) else _plain_name(str(value))
            if name:
                return name
    return ""


def _extended(charset: str | None, _: str | None, value: str) -> str:
    """A parameter written as RFC 2231 says; the email package gives its bytes as characters."""
    data = value.encode("latin-1", "ignore")
    name = tidy(_lenient(data, charset))
    # What stands for a byte that is no character is no path.
    return name if b"\\" in data else name.replace("\\", "_")


def _plain_name(value: str) -> str:
    """A parameter with encoded words, bytes as they are, or escapes of an address (RFC 3986)."""
    name = _decoded(value)
    if "%" in name and name.isascii():
        unescaped = _lenient(unquote_to_bytes(name), None)
        if not unescaped.isascii() and "\\" not in unescaped:
            return unescaped
    return name


def _safe_name(part: Message, number: int, taken: set[str]) -> str:
    """A name for an attachment that is a plain file's anywhere, and that no other has."""
    kind = part.get_content_type()
    name = _file_name(part)
    if not name and kind == "message/rfc822":
        name = f"{_shown(_inner(part), 'Subject').replace('/', '_') or f'附件{number}'}.eml"
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = _UNSAFE.sub("_", name).strip(" .")
    if not name:
        name = f"附件{number}{mimetypes.guess_extension(kind) or '.bin'}"
    path = PurePosixPath(name)
    suffix = path.suffix[:20]
    stem = name[: len(name) - len(path.suffix)][:_MAX_NAME]
    while len((stem + suffix).encode()) > _MAX_NAME_BYTES - 8:  # room for a number
        stem = stem[:-1]
    name, count = stem + suffix, 1
    while name.lower() in taken:
        count += 1
        name = f"{stem} ({count}){suffix}"
    taken.add(name.lower())
    return name


def _archive(message: Message, parts: list[tuple[Message, Message | None]]) -> Document:
    """The page of a web archive: its root part, or the frame with the most text where that one has none."""
    pages = []
    for part, _ in parts:
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            source, encoding, warnings = html.decode(_content(part), part.get_content_charset())
            pages.append((str(part.get("Content-ID", "")).strip(), source, encoding, warnings))
    if not pages:
        raise UnreadableError(
            "网页归档中没有网页，可能不完整；请重新保存 (no page in the web archive: save it again)"
        )
    start = str(message.get_param("start", "")).strip()
    root = next((i for i, p in enumerate(pages) if start and p[0] == start), 0)
    documents = [replace(html.page(s), encoding=e, warnings=w) for _, s, e, w in pages]
    if not documents[root].blocks:
        root = max(range(len(documents)), key=lambda i: sum(len(b.text) for b in documents[i].blocks))
    frames = tuple(
        Removed(shown, FRAME)
        for i, d in enumerate(documents)
        if i != root and (shown := "\n".join(b.text for b in d.blocks))
    )
    chosen = documents[root]
    return replace(chosen, format="mht", removed=(*chosen.removed, *frames))
