"""Web pages as people save them: the article out of the page's furniture, its title and date."""

from __future__ import annotations

import codecs
import contextlib
import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from indexer.errors import UnreadableError
from indexer.model import Block, Document, Removed
from indexer.readers import text as plain
from indexer.readers.html_fields import INFORMATION, information, leading_date
from indexer.readers.html_furniture import (
    CODE,
    HIDDEN,
    OUTSIDE,
    always_out,
    article,
    furniture,
    hiding_selectors,
)
from indexer.readers.html_tree import Line, Node, lines, parse, tidy, without_code
from indexer.readers.limits import MAX_CHARACTERS

_DECLARED = re.compile(
    rb"<meta\b[^<>]{0,400}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{2,40})"
    rb"|^\s{0,99}<\?xml[^<>]{0,200}encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{2,40})",
    re.IGNORECASE,
)
#: What pages that call themselves one of the older Chinese encodings are really written in.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}
_CJK = re.compile(r"gb|big5|euc_|shift_jis|cp9|iso2022|hz|johab", re.IGNORECASE)
#: Pictures and fonts inside the page: no text, and often more than all of it.
_DATA_URI = re.compile(rb"data:[\w.+-]{1,40}/[\w.+-]{1,80};base64,[A-Za-z0-9+/=%]{64,}")
_MOST_BAD = 0.01  # the share of bytes that are no character in a page still worth reading

_LEADING = re.compile(r"\ufeff?\s*")
_PAGE = re.compile(
    r"<!doctype\s+html\b[^<>]{0,400}>\s*(?:<|$)|<html(?:\s[^<>]{0,4000})?>\s*(?:<|$)"
    r"|<head(?:\s[^<>]{0,400})?>\s*<|<body(?:\s[^<>]{0,4000})?>",
    re.IGNORECASE,
)
_FRAGMENT = re.compile(
    r"<(?:div|p|table|h[1-6]|center|font|span|meta|title|link|style|script|base|article|section|main|ul|ol|img)"
    r"(?:\s[^<>]{0,4000})?/?>",
    re.IGNORECASE,
)
_BLOCK_END = re.compile(r"</(?:div|p|table|h[1-6]|center|article|section|ul|ol|title)\s*>", re.IGNORECASE)
_MARKDOWN = re.compile(r"^(?:#{1,6}\s|```|~~~|\[[^\]\n]+\]\(|[-*+]\s+\S)", re.MULTILINE)
_SHOWN_CODE = 1000  # characters of the scripts and styles that are listed as removed

_TITLE_NAMES = ("articletitle", "og:title", "twitter:title")
_DATE_NAMES = (
    *(
        "pubdate",
        "article:published_time",
        "og:published_time",
        "publishdate",
        "publish_date",
        "publish-date",
    ),
    *(
        "publish_time",
        "publishtime",
        "publication_date",
        "datepublished",
        "firstpublishedtime",
        "dc.date.issued",
    ),
    *("dcterms.issued", "dc.date", "dcterms.date", "weibo:article:create_at", "date"),
)
_SCRIPT_DATE = re.compile(r'"datePublished"\s{0,9}:\s{0,9}"([^"]{8,40})"')
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)")
_COMPACT_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)([01]\d)([0-3]\d)(?!\d)")
#: How a page says when it was published: clearly, and as it may be meant where nothing is clearer.
_PUBLISHED = (
    re.compile(
        r"(?:发布|发表|刊发|公开|上网)(?:时间|日期|于)?\s{0,9}[:：]?\s{0,9}(?P<date>(?:19|20)\d\d\s?[-/.年].{3,7})"
    ),
    re.compile(
        r"(?:^|[\s|｜])(?:更新|印发|成文|添加)?(?:时间|日期)\s{0,9}[:：]\s{0,9}(?P<date>(?:19|20)\d\d\s?[-/.年].{3,7})"
    ),
)
_HEAD_LINES = 6  # of the article, in which a page's date may stand
_SEPARATOR = re.compile(r"\s*[_|｜]+\s*|\s+[-–—]+\s+|(?<=[\u4e00-\u9fff])-+(?=[\u4e00-\u9fff])|--+|——")
_SITE = re.compile(r"(?:网|网站|门户|平台|政府|在线|首页|home)$", re.IGNORECASE)
_SENTENCE = re.compile(r"[。；！？]|，.{10}")


def is_html(data: bytes) -> bool:
    """Whether the bytes are a web page, or part of one: text that begins as one does.

    Text that only mentions tags, and Markdown with some of them in it, is none.
    """
    if not plain.is_text(data):
        return False
    head = _head(data)
    at = _LEADING.match(head).end()  # type: ignore[union-attr]  # it matches anything
    while True:
        if head.startswith("<!--", at):
            end, size = head.find("-->", at), 3
        elif head.startswith("<?xml", at):
            end, size = head.find("?>", at), 2
        else:
            break
        if end < 0:
            return False
        at = _LEADING.match(head, end + size).end()  # type: ignore[union-attr]
    if _PAGE.match(head, at):
        return True
    if not _FRAGMENT.match(head, at) or len(_BLOCK_END.findall(head)) < 2 or _MARKDOWN.search(head):
        return False
    return (
        _head(data[-64:].rstrip(b"\x00")).rstrip().endswith(">")
        if len(data) > 65536
        else (head.rstrip("\x00 \t\r\n").endswith(">"))
    )


def _head(data: bytes) -> str:
    """The beginning of a text, good enough to see its tags."""
    head = data[:65536]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    if b"\x00" in head:
        return head.decode("utf-16-le" if head[1:2] == b"\x00" else "utf-16-be", "replace")
    return head.removeprefix(codecs.BOM_UTF8).decode("latin-1")


def decode(data: bytes, declared: str | None = None) -> tuple[str, str, tuple[str, ...]]:
    """Return the text, the name of its encoding, and warnings.

    In this order: a byte order mark; UTF-8; the encoding ``declared`` by what carried the text, else by the
    text itself, if it is one for Chinese, Japanese or Korean (others are often declared by mistake);
    the reader's for plain text. A few broken bytes are kept as ``\\xNN``; for more than a few in a hundred
    UnreadableError is raised.
    """
    if declared is None:
        found = _DECLARED.search(data[:8192])
        declared = (found[1] or found[2]).decode("ascii", "replace") if found else None
    name = _known(declared)
    try:
        if name is None or data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return (*plain.decode(data), ())
        # Bytes of a seven-bit encoding are UTF-8, too.
        for encoding in (name, "utf-8") if name.startswith(("hz", "iso2022")) else ("utf-8", name):
            with contextlib.suppress(UnicodeDecodeError):
                return data.decode(encoding), encoding, ()
        if name != "utf-8":
            return (*plain.decode(data), ())
    except UnreadableError:
        if name is None:
            raise
    kept = data.decode(name, "backslashreplace")
    bad = len(data) - len(data.decode(name, "ignore").encode(name, "ignore"))
    if bad > len(data) * _MOST_BAD:
        return (*plain.decode(data), ())
    warning = f"有 {bad} 个字节不是 {name} 字符，按 \\xNN 保留 ({bad} bytes are no {name}; kept as \\xNN)"
    return kept, name, (warning,)


def _known(declared: str | None) -> str | None:
    """The codec for a declared encoding that can be believed."""
    if declared is None:
        return None
    try:
        name = codecs.lookup(declared.strip()).name
    except (LookupError, ValueError):
        return None
    if name == "utf-8":
        return name
    return _WIDER.get(name, name) if _CJK.match(name) else None


def read(data: bytes) -> Document:
    """Read a saved web page: its article as blocks, the rest of the page in ``removed``."""
    source, encoding, warnings = decode(_without_pictures(data))
    return replace(page(source), encoding=encoding, warnings=warnings)


def _without_pictures(data: bytes) -> bytes:
    if b";base64," in data:
        data = _DATA_URI.sub(b"data:", data)
    if len(data) > 4 * MAX_CHARACTERS:
        raise UnreadableError(
            f"网页超过 {4 * MAX_CHARACTERS >> 20} MB；请拆分后再试 "
            f"(more than {4 * MAX_CHARACTERS >> 20} MB: split the page)"
        )
    return data


def page(source: str) -> Document:
    """Read the source of a web page."""
    code = without_code(source)
    nodes = parse(code.text)
    about = _about(nodes)
    titles = _title_texts(about)
    out = furniture(nodes, hiding_selectors(code.styles), titles)
    start, end = article(nodes, out)
    found = list(lines(nodes, 0, nodes[0].end, out))
    kept, outside = _kept(found, start, end, titles)
    if not kept:  # a page that is nothing but links and menus is shown as it is
        return _with_code(_document(nodes, about), code.scripts, code.styles)
    fields = information([line.text for line in kept], [_is_sentence(line.text) for line in kept])
    blocks, called = _titled([Block(line.text, line.style) for line in kept], fields, titles)
    told = [kept[i].text for i in fields]
    removed = [
        *([Removed(about.title, "网页标题 (page title)")] if about.title and about.title != called else []),
        *_parts(nodes, out),
        *([Removed("\n".join(told), INFORMATION)] if told else []),
        *_joined(outside),
    ]
    published = about.date or _script_date(code.scripts) or _shown_date(kept, outside, removed, told)
    return _with_code(
        Document(tuple(blocks), "html", removed=tuple(removed), published=published),
        code.scripts,
        code.styles,
    )


def fragment(source: str) -> Document:
    """Read HTML that is a document of its own, such as a letter: all of it but hidden text and code."""
    return _document(parse(without_code(source).text), _About())


@dataclass(frozen=True, slots=True)
class _About:
    """What a page says of itself in its head."""

    title: str = ""
    names: tuple[str, ...] = ()  # the article's title, as meta elements give it
    date: str | None = None


def _document(nodes: list[Node], about: _About) -> Document:
    out: dict[int, str] = {}
    at = 0
    while at < len(nodes):
        reason = always_out(nodes[at]) if nodes[at].tag else None
        if reason:
            out[at] = reason
        at = nodes[at].end if reason else at + 1
    blocks = tuple(Block(line.text, line.style) for line in lines(nodes, 0, nodes[0].end, out))
    removed = tuple(_parts(nodes, out))
    if about.title:
        removed = (Removed(about.title, "网页标题 (page title)"), *removed)
    return Document(blocks, "html", removed=removed, published=about.date)


def _with_code(document: Document, *code: str) -> Document:
    """The document with the beginning of the page's code among what was removed."""
    whole = "\n".join(part for part in code if part)
    if not whole:
        return document
    shown = whole if len(whole) <= _SHOWN_CODE else whole[:_SHOWN_CODE] + "……"
    return replace(document, removed=(*document.removed, Removed(shown, CODE)))


def _about(nodes: list[Node]) -> _About:
    title, timed = "", None
    names: dict[str, str] = {}
    dates: dict[str, str | None] = {}
    for at, node in enumerate(nodes):
        if node.tag == "title" and not title and not _within(node, "svg"):
            title = tidy("".join(n.text for n in nodes[at + 1 : node.end]))
        elif node.tag == "meta":
            given = node.attributes
            name = (given.get("name") or given.get("property") or given.get("itemprop") or "").lower().strip()
            if name in _TITLE_NAMES:
                names.setdefault(name, tidy(given.get("content", "")))
            elif name in _DATE_NAMES:
                dates.setdefault(name, iso_date(given.get("content", "")))
        elif timed is None and _tells_time(node) and not _within(node, "aside", "nav", "footer"):
            shown = node.attributes.get("datetime") or node.attributes.get("content")
            timed = iso_date(shown or "".join(n.text for n in nodes[at + 1 : node.end]))
    date = next((dates[n] for n in _DATE_NAMES if dates.get(n)), None) or timed
    return _About(title, tuple(names[n] for n in _TITLE_NAMES if names.get(n)), date)


def _tells_time(node: Node) -> bool:
    return node.tag == "time" or node.attributes.get("itemprop", "").lower() == "datepublished"


def _within(node: Node, *tags: str) -> bool:
    above = node.parent
    while above is not None:
        if above.tag in tags:
            return True
        above = above.parent
    return False


def _title_texts(about: _About) -> list[str]:
    """What the article may be called, without white space, the likeliest first."""
    pieces = [p for p in _SEPARATOR.split(about.title) if p]
    named = [p for p in pieces if not _SITE.search(p)] or pieces[:1]
    found = ["".join(t.split()) for t in (*about.names, about.title, *named)]
    return list(dict.fromkeys(t for t in found if len(t) >= 4))


def _kept(found: list[Line], start: int, end: int, titles: list[str]) -> tuple[list[Line], list[Line]]:
    """The lines of the article, and those of the rest of the page.

    Outside of where the sentences stand, sentences and tables are kept, and what follows the title.
    """
    titled = next(
        (i for i, x in enumerate(found) if x.first < end and _is_title(x.text, titles)),
        next((i for i, x in enumerate(found) if x.first < start and x.style == "heading 1"), None),
    )
    kept: list[Line] = []
    outside: list[Line] = []
    for i, line in enumerate(found):
        inside = start <= line.first < end
        below_title = titled is not None and i >= titled and line.first < start
        unlinked = 2 * line.linked <= len(line.text)
        telling = line.style == "table" or _is_sentence(line.text)
        (kept if inside or (unlinked and (below_title or telling)) else outside).append(line)
    return kept, outside


def _is_sentence(text: str) -> bool:
    return len(text) >= 20 and _SENTENCE.search(text) is not None


def _is_title(text: str, titles: Iterable[str]) -> bool:
    bare = "".join(text.split())
    return any(bare == t or (t in bare and len(bare) <= len(t) + 20) for t in titles)


def _titled(shown: list[Block], fields: list[int], titles: list[str]) -> tuple[list[Block], str]:
    """The blocks with the title marked, and the title's text; put in front where the text has none.

    ``fields``: the lines that tell about the article, which are left out. Where the page does not say what
    it is called, the line above the first of them is its title, if no sentence stands before.
    """
    above = fields[0] - 1 if fields else -1
    if above >= 0 and _may_be_title(shown[above]) and not any(_is_sentence(b.text) for b in shown[:above]):
        titles = [*titles, "".join(shown[above].text.split())]
    left_out = set(fields)
    blocks = [block for i, block in enumerate(shown) if i not in left_out]
    for title in titles:
        for i, block in enumerate(blocks[:8]):
            if block.style != "table" and _is_title(block.text, [title]):
                blocks[i] = replace(block, style="title")
                return blocks, block.text
    named = next((t for t in titles if not _SITE.search(t)), "")
    if named and blocks and (len(blocks[0].text) > 50 or _SENTENCE.search(blocks[0].text)):
        return [Block(named, "title"), *blocks], named
    return blocks, ""


def _may_be_title(block: Block) -> bool:
    return block.style != "table" and 4 <= len(block.text) <= 60 and not _SENTENCE.search(block.text)


def _parts(nodes: list[Node], out: dict[int, str]) -> Iterable[Removed]:
    """The text of each part that was taken out."""
    for at, reason in out.items():
        node = nodes[at]
        if not node.chars or node.tag == "title":
            continue
        shown = "\n".join(line.text for line in lines(nodes, at, node.end, {}))
        if reason == CODE:
            shown = shown[:_SHOWN_CODE]
        if shown:
            yield Removed(shown, reason)


def _joined(outside: list[Line]) -> Iterable[Removed]:
    """Lines of the page outside the article, those that follow each other together."""
    gathered: list[str] = []
    behind = -1
    for line in outside:
        if gathered and line.first - behind > 12:
            yield Removed("\n".join(gathered), OUTSIDE)
            gathered = []
        gathered.append(line.text)
        behind = line.last
    if gathered:
        yield Removed("\n".join(gathered), OUTSIDE)


def iso_date(text: str) -> str | None:
    """The first date in a text, as YYYY-MM-DD; None if there is none."""
    found = _DATE.search(text[:400]) or _COMPACT_DATE.search(text[:400])
    if not found:
        return None
    try:
        return datetime.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return None


def _script_date(scripts: str) -> str | None:
    found = _SCRIPT_DATE.search(scripts)
    return iso_date(found[1]) if found else None


def _shown_date(kept: list[Line], outside: list[Line], removed: list[Removed], told: list[str]) -> str | None:
    """The date that the page shows as that of its publication: "发布时间：2023-01-05"."""
    shown = [line.text for line in (*kept[:_HEAD_LINES], *outside)]
    shown += [line for part in removed if part.reason != HIDDEN for line in part.text.split("\n")]
    short = [text for text in shown if len(text) <= 200]
    for pattern in _PUBLISHED:
        for text in short:
            for match in pattern.finditer(text):
                if date := iso_date(match["date"]):
                    return date
    return next((date for text in told if (date := iso_date(leading_date(text)))), None)
