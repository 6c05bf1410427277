"""Letters (.eml) with their attachments, and web pages that a browser kept as one (.mht, .mhtml)."""

from __future__ import annotations

import datetime
import io
import mimetypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.errors import MessageError
from email.feedparser import (  # type: ignore[attr-defined]
    BufferedSubFile,
    BytesFeedParser,
)
from email.generator import BytesGenerator
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from indexer.errors import UnreadableError
from indexer.model import Block, Document, Member, Removed
from indexer.readers import html, names
from indexer.readers import text as plain
from indexer.readers.html_tree import tidy
from indexer.readers.limits import MAX_DEPTH, MAX_MEMBERS

HEADER = "邮件头 (mail header)"
FRAME = "网页中嵌入的另一页 (another page inside the page)"
SAME = "同一封信的纯文本 (the letter's plain text)"
SAME_AS_PAGE = "同一封信的网页格式 (the letter's HTML)"
SIGNATURE = "邮件签名 (signature)"
AROUND = "邮件各部分之外的文字 (text outside the letter's parts)"
STATUS = "投递状态 (delivery status)"
BESIDE = "网页归档中的文本 (text beside the page)"


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
#: What mail programs write and people do not: a memo, or a letter saved as text, has the other fields too.
_SENT = {b"mime-version", b"received", b"message-id", b"x-unsent"}
_DRAFT = b"x-unsent"
_PAGES = ("text/html", "application/xhtml+xml")
_PLACES = ("Snapshot-Content-Location", "Content-Location")
#: What pages are made of besides text.
_FURNITURE = re.compile(
    r"(?:image|font|audio|video)/|text/(?:css|javascript|xml)$|application/(?:x-)?(?:javascript|ecmascript|json|xml|font|octet-stream)"
)
#: How the parts are encoded, which the text shows.
_ENCODING = {"mime-version", "content-type", "content-transfer-encoding"}
_LISTED = (("From", "发件人"), ("To", "收件人"), ("Cc", "抄送"), ("Date", "日期"))
#: What a program puts before the subject of a letter that answers or passes on another.
_PASSED_ON = re.compile(r"(?:\s{0,9}(?:re|fwd?|fw|aw|wg|答复|回复|转发|转寄)\s{0,9}[:：])+\s*", re.IGNORECASE)
_SIGNED = ("pkcs7-signature", "x-pkcs7-signature", "pgp-signature")
#: What the email package raises for letters that keep no rule.
_BROKEN = (MessageError, ValueError, LookupError, TypeError, AttributeError)
_MAX_FIELD = 10_000  # characters of a field that are shown
_USUAL_DEPTH = 8  # parts that are open at a time in letters that people send
_HEAD = 65536  # bytes that tell what a file is
_MAX_LOOKS = (
    20_000_000  # lines times the parts that each might end: of parts within parts, many are looked at
)
_SIGNATURE_LINES = 8
_SIGNATURE_LINE = 100  # characters
_NUMBERED = re.compile(
    r"\s*(?:第?[一二三四五六七八九十]+[、.．章节条]|[(（][一二三四五六七八九十\d]+[)）]|\d+[、.．])"
)
_SHORTER = 0.5  # HTML with less of the plain text's characters than this only says to look at that


def is_mail(data: bytes) -> bool:
    """Whether the bytes are a letter or a page saved as one: they begin with the fields of a letter."""
    return plain.is_text(data) and bool(_kind(data)) and _is_sent(data)


def _is_sent(data: bytes) -> bool:
    """Whether a mail program wrote the letter, and no person one to be printed."""
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    fields = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0].split(b"\n")
    found = (_FIELD.match(line) for line in fields)
    return head.startswith(b"From ") or any(field[1].lower() in _SENT for field in found if field)


def _kind(data: bytes) -> str:
    """``"eml"``, ``"mht"``, or ``""``."""
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    fields: set[bytes] = set()
    kind = b""
    lines = head.split(b"\n")
    if lines[0].startswith(b"From "):  # the line that mailboxes put before a letter
        lines = lines[1:]
    for line in lines:
        line = line.rstrip(b"\r")
        if not line:
            break
        if line[:1] in b" \t":
            if not fields:
                return ""
            kind += line.lower() if kind and not kind.endswith(b"\n") else b""
            continue
        field = _FIELD.match(line)
        if not field:
            if len(fields) < 3:
                return ""
            break
        name = field[1].lower()
        fields.add(name)
        if name == b"content-type":
            kind = line.lower()
        elif kind:
            kind += b"\n"
    web = b"mime-version" in fields and not fields & {
        b"to",
        b"received",
        b"return-path",
        b"message-id",
        _DRAFT,
    }
    web = web and (b"multipart/related" in kind or b"text/html" in kind)
    if web and (not fields & _SENDER or _names_its_page(head)):
        return "mht"
    return "eml" if fields & {*_SENDER, _DRAFT} and len(fields & _LETTER) >= 2 else ""


def _names_its_page(head: bytes) -> bool:
    """Whether the page says where on the web, or on the disk, it was: a letter, or its draft, was nowhere."""
    message = _parsed(head)
    pages = (part for part, *_ in _leaves(message) if part.get_content_type() in _PAGES)
    return any(field in part for part in (message, *pages) for field in _PLACES)


def read(data: bytes) -> Document:
    """Read a letter: subject, text, attachments as members; or the page of a web archive."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    try:
        message = _parsed(start)
        parts = list(_leaves(message))
        return _archive(message, parts) if _kind(data) == "mht" else _letter(message, parts)
    except _BROKEN as error:
        raise UnreadableError(
            "邮件已损坏；请用邮件程序打开后另存 (damaged: open it in a mail program and save it again)"
        ) from error
    except RecursionError as error:
        raise UnreadableError(
            "邮件嵌套的层数太多；请打开邮件，另存附件 (nested too deep: open it and save its attachments)"
        ) from error


class _Lines(BufferedSubFile):  # type: ignore[misc]
    """The lines of a letter. Each may end every part that is open: no more of that than the limit."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[object] = []
        self._looks = 0

    def push_eof_matcher(self, pred: Any) -> None:
        self._open.append(pred)
        super().push_eof_matcher(pred)

    def pop_eof_matcher(self) -> Any:
        self._open.pop()
        return super().pop_eof_matcher()

    def readline(self) -> Any:
        self._looks += max(0, len(self._open) - _USUAL_DEPTH)
        if self._looks > _MAX_LOOKS:
            raise RecursionError
        return super().readline()


def _parsed(data: bytes) -> Message:
    """The letter. Raises RecursionError where its parts lie too deep in each other."""
    parser = BytesFeedParser(policy=_AS_WRITTEN)
    parser._input = _Lines()  # type: ignore[attr-defined]
    for at in range(0, len(data), _HEAD):
        parser.feed(data[at : at + _HEAD])
    return parser.close()


#: A part, the multipart/alternative around it (0: none), and which of its alternatives it belongs to.
_Leaf = tuple[Message, int, int]


def _leaves(message: Message) -> Iterator[_Leaf]:
    """The parts that are not made of parts, in order. A letter inside the letter counts as one."""
    for part, alternative, branch in _walk(message):
        if not _is_made_of_parts(part):
            yield part, alternative, branch


def _walk(message: Message) -> Iterator[_Leaf]:
    """All parts, in order, those made of parts before what is in them."""
    stack: list[tuple[Message, int, int, int]] = [(message, 0, 0, 0)]
    while stack:
        part, alternative, branch, depth = stack.pop()
        yield part, alternative, branch
        if _is_made_of_parts(part):
            if depth >= MAX_DEPTH:
                raise RecursionError
            inner: Any = part.get_payload()
            choice = part.get_content_subtype() == "alternative"
            stack.extend(
                (p, id(part), n, depth + 1) if choice else (p, alternative, branch, depth + 1)
                for n, p in reversed(list(enumerate(inner)))
                if isinstance(p, Message)
            )


def _is_made_of_parts(part: Message) -> bool:
    return part.get_content_maintype() == "multipart" and part.is_multipart()


def _letter(message: Message, parts: list[_Leaf]) -> Document:
    if message.get_content_type() in (
        "multipart/encrypted",
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
    ):
        raise UnreadableError(
            "加密邮件；请用邮件程序打开后另存 (encrypted: open it in the mail program and save its text)"
        )
    texts = [leaf for leaf in parts if _is_body(leaf[0])]
    subject, heads = _heads(message)
    blocks, removed, encodings, warnings, shown = _bodies(texts)
    others = [part for part, *_ in parts if not _is_body(part) and part.get_content_subtype() not in _SIGNED]
    statuses = [part for part in others if part.get_content_type() == "message/delivery-status"]
    removed += [Removed(text, STATUS) for part in statuses if (text := _status(part))]
    members = _members([part for part in others if part not in statuses], shown)
    title = [Block(subject, "title")] if subject else []
    if blocks and "".join(blocks[0].text.split()) == "".join(subject.split()):
        blocks = blocks[1:]
    if not title and not blocks and not members and not heads:
        raise UnreadableError("邮件没有内容，可能已损坏 (an empty or damaged letter)")
    return Document(
        (*title, *blocks),
        "eml",
        encodings[0] if encodings else None,
        tuple(dict.fromkeys((*_cut_short(message), *warnings))),
        (*heads, *removed, *_around(message)),
        _date(message),
        members,
    )


def _is_body(part: Message) -> bool:
    """Whether a part is text of the letter; one that should be made of parts and is not, too."""
    kind = part.get_content_type()
    if part.get_content_disposition() == "attachment" or _file_name(part):
        return False
    return kind in ("text/plain", "text/html") or kind.startswith("multipart/")


def _cut_short(message: Message) -> list[str]:
    cut = any("CloseBoundaryNotFound" in type(d).__name__ for p, *_ in _walk(message) for d in p.defects)
    return ["邮件不完整，末尾可能缺失 (cut short: its end may be missing)"] if cut else []


def _around(message: Message) -> list[Removed]:
    """What stands before, between and behind the parts, which mail programs do not show."""
    texts = (text for part, *_ in _walk(message) for text in (part.preamble, part.epilogue))
    shown = (_lenient(text.encode("utf-8", "surrogateescape"), None).strip() for text in texts if text)
    return [Removed(text, AROUND) for text in dict.fromkeys(shown) if text]


def _status(part: Message) -> str:
    """All blocks of what a mail server says of a letter that it could not deliver."""
    inner: Any = part.get_payload()
    if not isinstance(inner, list):
        return _lenient(_content(part), None).strip()
    blocks = (
        "\n".join(f"{name}：{_decoded(str(value))}" for name, value in block.raw_items()) for block in inner
    )
    return "\n\n".join(block for block in blocks if block)


def _members(parts: Sequence[Message], shown: str) -> tuple[Member, ...]:
    """The files attached; ``shown``: the source of the letter's HTML, which names the pictures it shows."""
    found: list[Member] = []
    for part in parts:
        if part.get_content_maintype() == "image" and not _is_attachment(part) and _is_shown(part, shown):
            continue
        try:
            content, problem = _content(part), None
        except _BROKEN:
            content, problem = b"", _DAMAGED_ATTACHMENT
        if not content and problem is None:
            continue
        if len(found) == MAX_MEMBERS:
            raise UnreadableError(f"附件超过 {MAX_MEMBERS} 个 (more than {MAX_MEMBERS} attachments)")
        found.append(Member(_safe_name(part, len(found) + 1), content, problem))
    called = names.distinct([member.name for member in found])
    return tuple(replace(member, name=name) for name, member in zip(called, found, strict=True))


def _is_shown(part: Message, page: str) -> bool:
    """Whether the HTML shows a picture, which it calls by its Content-ID or where it was (RFC 2392, 2557)."""
    identity = str(part.get("Content-ID", "")).strip().strip("<>")
    place = str(part.get("Content-Location", "")).strip()
    return bool(identity and (f"cid:{identity}" in page or f"cid:{quote(identity)}" in page)) or bool(
        place and place in page
    )


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _bodies(
    texts: Sequence[_Leaf],
) -> tuple[list[Block], list[Removed], list[str], list[str], str]:
    """The letter's text: blocks, what is removed, encodings, warnings, and the source of its HTML.

    Of the same text as HTML and plain, HTML: it has no lines broken for a screen.
    """
    encodings: list[str] = []
    warnings: list[str] = []
    sources: list[str] = []
    groups: dict[tuple[int, int], dict[int, list[Document]]] = {}
    for n, (part, alternative, branch) in enumerate(texts):
        try:
            document, source = _body(part)
        except (UnreadableError, *_BROKEN) as error:
            reason = str(error) if isinstance(error, UnreadableError) else type(error).__name__
            warnings.append(
                f"正文的第 {n + 1} 部分没有读出 (part {n + 1} of the text was not read)：{reason}"
            )
            continue
        if document.encoding:
            encodings.append(document.encoding)
        warnings += document.warnings
        if document.format == "html":
            sources.append(source)
        group = groups.setdefault((alternative, 0) if alternative else (0, n), {})
        group.setdefault(branch, []).append(document)
    documents = [_merged([_joined(branch) for branch in group.values()]) for group in groups.values()]
    blocks = [block for document in documents for block in document.blocks]
    removed = [entry for document in documents for entry in document.removed]
    return blocks, removed, encodings, warnings, "\n".join(sources)


def _joined(documents: Sequence[Document]) -> Document:
    """The parts of one alternative as one."""
    pages = [d for d in documents if d.format == "html"]
    return replace(
        (pages or documents)[0],
        blocks=tuple(block for d in documents for block in d.blocks),
        removed=tuple(entry for d in documents for entry in d.removed),
    )


def _merged(group: Sequence[Document]) -> Document:
    """One of the alternatives, the others among what is removed where they say something else."""
    best = next((d for d in group if d.format == "html" and d.blocks), group[0])
    longest = max(group, key=lambda d: len(_bare(d.blocks)))  # the first of equals
    if len(_bare(best.blocks)) < _SHORTER * len(_bare(longest.blocks)):
        best = longest  # that says to look at the other with a program that shows it
    removed = list(best.removed)
    for other in group:
        if other is not best:
            if _bare(other.blocks) not in _bare(best.blocks):
                reason = SAME_AS_PAGE if other.format == "html" else SAME
                removed.append(Removed("\n".join(b.text for b in other.blocks), reason))
            removed += [r for r in other.removed if "".join(r.text.split()) not in _bare(best.blocks)]
    return replace(best, removed=tuple(dict.fromkeys(removed)))


def _bare(blocks: tuple[Block, ...]) -> str:
    return "".join("".join(b.text.split()) for b in blocks)


def _body(part: Message) -> tuple[Document, str]:
    """The text of a part, and its source. Raises UnreadableError or one of ``_BROKEN``."""
    source, encoding, warnings = _source(part)
    if part.get_content_type() == "text/html":
        return replace(html.fragment(source), encoding=encoding, warnings=warnings), source
    lines = source.splitlines()
    if str(part.get_param("format", "")).lower() == "flowed":
        lines = _unflowed(lines, str(part.get_param("delsp", "")).lower() == "yes")
    sign = _signature(lines)
    signature = "\n".join(line for line in lines[sign + 1 :] if line.strip())
    removed = (Removed(signature, SIGNATURE),) if signature else ()
    blocks = tuple(Block(line) for line in lines[:sign] if line.strip())
    return Document(blocks, "text", encoding, warnings, removed), source


def _signature(lines: Sequence[str]) -> int:
    """The line with the sign of the signature (RFC 3676), or the number of lines where there is none.

    What is long or numbered behind such a line is text that someone set off.
    """
    sign = next((i for i in reversed(range(len(lines))) if lines[i] == "-- "), len(lines))
    behind = [line for line in lines[sign + 1 :] if line.strip()]
    long = len(behind) > _SIGNATURE_LINES or any(len(line) > _SIGNATURE_LINE for line in behind)
    return len(lines) if long or any(_NUMBERED.match(line) for line in behind) else sign


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
    return content if isinstance(content, bytes) and _kind(content) == "eml" else letter


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
    fields = [(str(key), _decoded(str(value))) for key, value in message.raw_items()]
    ranks = {name.lower(): rank for rank, (name, _) in enumerate(_LISTED)}
    order = sorted(fields, key=lambda field: ranks.get(field[0].lower(), len(ranks)))
    chinese = {name.lower(): shown for name, shown in _LISTED}
    listed = [
        f"{chinese.get(key.lower(), key)}：{value}"
        for key, value in order
        if value and key.lower() not in {*_ENCODING, "subject"}
    ]
    if subject != whole:
        listed.insert(0, f"主题：{whole}")
    listed += [f"主题：{value}" for value in [v for k, v in fields if k.lower() == "subject"][1:] if value]
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


def _safe_name(part: Message, number: int) -> str:
    """A name for an attachment that is a plain file's anywhere."""
    kind = part.get_content_type()
    name = _file_name(part)
    if not name and kind == "message/rfc822":
        name = f"{_shown(_inner(part), 'Subject').replace('/', '_') or f'附件{number}'}.eml"
    return names.plain(name, f"附件{number}{mimetypes.guess_extension(kind) or '.bin'}")


def _archive(message: Message, parts: Sequence[_Leaf]) -> Document:
    """The page of a web archive: its root part, or the frame with the most text where that one has none.

    What is neither a page nor what pages are made of is text beside it, or a file.
    """
    pages = []
    beside: list[Removed] = []
    files: list[Message] = []
    warnings: list[str] = []
    for part, *_ in parts:
        kind = part.get_content_type()
        if kind in _PAGES and not _is_attachment(part):
            try:
                source, encoding, told = html.decode(_content(part), part.get_content_charset())
                page = replace(html.page(source), encoding=encoding, warnings=told)
            except (UnreadableError, *_BROKEN) as error:
                warnings.append(f"网页的一部分没有读出 (a part of the page was not read)：{error}")
                continue
            pages.append((str(part.get("Content-ID", "")).strip(), page))
        elif _is_body(part):
            text = _lenient(_content(part), part.get_content_charset()).strip()
            beside += [Removed(text, BESIDE)] if text else []
        elif _is_attachment(part) or not _FURNITURE.match(kind):
            files.append(part)
    members = _members(files, "")
    if not pages and not members and not beside:
        raise UnreadableError(
            "；".join(warnings)
            or "网页归档中没有网页，可能不完整；请重新保存 (no page in the web archive: save it again)"
        )
    start = str(message.get_param("start", "")).strip()
    documents = [page for _, page in pages] or [Document((), "mht")]
    root = next((i for i, p in enumerate(pages) if start and p[0] == start), 0)
    if not documents[root].blocks:
        root = max(range(len(documents)), key=lambda i: sum(len(b.text) for b in documents[i].blocks))
    frames = tuple(
        Removed(shown, FRAME)
        for i, d in enumerate(documents)
        if i != root and (shown := "\n".join(b.text for b in d.blocks))
    )
    chosen = documents[root]
    subject, heads = _heads(message)
    if subject and subject not in {block.text for block in chosen.blocks}:
        heads.insert(0, Removed(subject, HEADER))
    return replace(
        chosen,
        format="mht",
        warnings=(*chosen.warnings, *_cut_short(message), *warnings),
        removed=(*chosen.removed, *frames, *heads, *beside, *_around(message)),
        members=members,
    )
