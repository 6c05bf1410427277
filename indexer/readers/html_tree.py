"""HTML as a tree of what counts for text: which element, what it says of itself, what stands in it.

The parser is the HTML 5 one of selectolax; what comes out is a flat list in document order, so that no rule
over it needs recursion and none takes more than one pass.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from indexer.errors import UnreadableError
from indexer.readers.limits import MAX_CHARACTERS, MAX_DEPTH

_MAX_TAGS = 1_500_000  # each takes a few hundred bytes here and in the parser
_TOO_MANY = f"网页元素超过 {_MAX_TAGS} 个；请拆分后再试 (more than {_MAX_TAGS} elements: split the page)"
_MAX_ATTRIBUTES = 128  # of an element: the parser compares each with all before it


def words(text: str) -> frozenset[str]:
    """The words of a text that is a list of words."""
    return frozenset(text.split())


#: Elements that begin a line of their own and end it.
BLOCKS = words(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html iframe legend li "
    "main menu nav noscript object ol optgroup option p pre section select summary table tbody td "
    "textarea tfoot th thead title tr ul"
)
#: Elements without an end tag.
_VOID = words(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr"
)
#: Elements whose end tag may be left out: the next of them ends the last, so they do not nest by themselves.
_OPEN_ENDED = words("html head body p li dt dd option optgroup colgroup thead tbody tfoot tr td th rp rt")
#: Elements that old pages leave open by the hundred; they say nothing of the text.
_SLOPPY = re.compile(
    r"</?(?:font|b|i|u|strong|em|big|small|nobr|tt|s|strike|code)(?=[\s/>])[^<>]*>", re.IGNORECASE
)
#: Elements that a browser opens again in every block that begins before their end.
_FORMATTING = words("a b big code em font i nobr s small strike strong tt u")
_MAX_COPIES = 100_000  # of such elements that are opened again
_INPUTS = words("text search email tel url number date datetime-local month week time")
BUTTONS = words("submit button reset")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)")
#: An attribute, as the HTML standard cuts a tag into them. Nothing that follows can fail, and what may begin
#: a part is never in the part before it: so no place is tried twice.
_ATTRIBUTE = (
    r"(?:[ \t\n\f\r/]*=?[^ \t\n\f\r/>=]+"
    r"(?:[ \t\n\f\r]*=[ \t\n\f\r]*(?:\"[^\"]*\"|'[^']*'|[^ \t\n\f\r>\"'][^ \t\n\f\r>]*))?)"
)
_ANY_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_ATTRIBUTES = re.compile(rf"(<[a-zA-Z][^ \t\n\f\r/>]*{_ATTRIBUTE}{{0,{_MAX_ATTRIBUTES}}}){_ATTRIBUTE}*")
_CODE_START = re.compile(r"<!--|<(script|style)(?=[\s/>])[^<>]*>", re.IGNORECASE)
_CODE_END = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style")}
_KEPT_ATTRIBUTES = words(
    "class id style readonly disabled href hidden border role itemprop datetime pubdate name property "
    "http-equiv content rel title type"
)
_SPACE = re.compile(r"[ \t\r\n\f\xa0]+")
#: A line end in the source between two Chinese characters or signs is no space.
_SOURCE_BREAK = re.compile(
    r"(?<=[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’…—])[ \t]*[\r\n][ \t\r\n\f]*"
    r"(?=[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’…—])"
)


@dataclass(slots=True, eq=False)
class Node:
    """An element, or a text (``tag`` is ``""``). Counts are of characters that are not white space."""

    tag: str
    parent: Node | None
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    end: int = 0  # the place in the list behind its last descendant
    chars: int = 0
    linked: int = 0  # of these, in links to other pages
    links: int = 0
    prose: int = 0  # of these, in sentences outside links, or in tables of data
    paragraphs: int = 0  # elements that begin a line
    tables: int = 0  # in it
    headings: int = 0
    data: bool = False  # a table of data: its rows are rows


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a page without its code; ``scripts`` and ``styles`` are the code."""

    text: str
    scripts: str
    styles: str


def without_code(text: str) -> Source:
    """Take scripts, style sheets and comments out of the page's source.

    Of one that never ends only the sign goes, so that what follows stays text.
    """
    kept: list[str] = []
    code: dict[str, list[str]] = {"script": [], "style": []}
    endless: set[str] = set()
    at = 0
    while found := _CODE_START.search(text, at):
        name = (found[1] or "").lower()
        kept.append(text[at : found.start()])
        tail = text[max(at, found.start() - 10) : found.start()]
        if tail.rfind("<") > tail.rfind(">"):
            kept.append(" ")  # lest what stands before and behind make a sign together
        if name in endless:
            at = found.end()
            continue
        if name:
            close = _CODE_END[name].search(text, found.end())
            span = close.span() if close else None
        else:
            place = text.find("-->", found.start() + 2)
            span = (place, place + 3) if place >= 0 else None
        if span is None:
            endless.add(name)
            at = found.end()
            continue
        if name:
            code[name].append(text[found.end() : span[0]].strip())
        at = span[1]
    kept.append(text[at:])
    return Source(
        "".join(kept), "\n".join(filter(None, code["script"])), "\n".join(filter(None, code["style"]))
    )


def _too_much(text: str) -> bool:
    """Whether elements can stand too deep in each other, or would be opened again too often."""
    open_now: dict[str, int] = {}
    depth = deepest = tags = formatting = copies = 0
    for tag in _TAG.finditer(text):
        tags += 1
        name = tag[2].lower()
        if not tag[1] and name in BLOCKS:
            copies += formatting
        if name in _VOID or name in _OPEN_ENDED:
            continue
        if tag[1]:
            if open_now.get(name, 0):
                open_now[name] -= 1
                depth -= 1
                formatting -= name in _FORMATTING
        else:
            open_now[name] = open_now.get(name, 0) + 1
            depth += 1
            deepest = max(deepest, depth)
            formatting += name in _FORMATTING
    if tags > _MAX_TAGS:
        raise UnreadableError(_TOO_MANY)
    return deepest > MAX_DEPTH or copies > _MAX_COPIES


def parse(text: str) -> list[Node]:
    """The elements and texts of a page in document order, the first being the page itself.

    Raises UnreadableError for a page too large or too deep.
    """
    if len(text) > MAX_CHARACTERS:
        raise UnreadableError(
            f"网页超过 {MAX_CHARACTERS} 字；请拆分后再试 "
            f"(more than {MAX_CHARACTERS} characters: split the page)"
        )
    if _too_much(text):
        text = _SLOPPY.sub("", text)
        if _too_much(text):
            raise UnreadableError(
                f"网页元素嵌套超过 {MAX_DEPTH} 层；请用浏览器打开，另存为文本 "
                f"(nested more than {MAX_DEPTH} deep: open it in a browser and save it as text)"
            )
    nodes = _nodes(LexborHTMLParser(bounded(text)))
    _count(nodes)
    return nodes


def bounded(text: str) -> str:
    """The source without the attributes of an element that are beyond any number a page has use for."""
    return _ATTRIBUTES.sub(r"\1", text)


def _nodes(parser: LexborHTMLParser) -> list[Node]:
    nodes: list[Node] = []
    stack: list[tuple[Any, Node | None]] = [(parser.root, None)]
    while stack:
        found, parent = stack.pop()
        if found is None:  # all that stands in ``parent`` has been seen
            if parent is not None:
                parent.end = len(nodes)
            continue
        if found.is_text_node:
            text = found.text_content or ""
            if text:
                nodes.append(Node("", parent, text, end=len(nodes) + 1))
        elif found.is_element_node:
            given = found.attributes
            kept = {k: v or "" for k, v in given.items() if k in _KEPT_ATTRIBUTES} if given else {}
            node = Node(found.tag, parent, "", kept)
            nodes.append(node)
            if len(nodes) > _MAX_TAGS:
                raise UnreadableError(_TOO_MANY)
            stack.append((None, node))
            if text := _own_text(found):
                nodes.append(Node("", node, text, end=len(nodes) + 1))
            children = []
            child = found.first_child
            while child is not None:
                children.append((child, node))
                child = child.next
            stack.extend(reversed(children))
    return nodes


def _own_text(found: Any) -> str:
    """The text of an element that has it otherwise than in nodes below: fields of forms, templates."""
    if found.tag == "input":
        given = found.attributes
        kind = (given.get("type") or "text").lower()
        return (given.get("value") or "") if kind in _INPUTS | BUTTONS else ""
    if found.tag == "template":
        return html.unescape(_ANY_TAG.sub(" ", found.html or ""))
    return ""


def _count(nodes: list[Node]) -> None:
    """Fill in the counts, from the leaves up."""
    inside: dict[int, bool] = {}  # whether a node stands in a link to another page
    for node in nodes:
        above = node.parent is not None and inside[id(node.parent)]
        inside[id(node)] = above or (node.tag == "a" and _leads_away(node.attributes.get("href")))
    cells: dict[int, list[Node]] = {}  # of a table
    widest: dict[int, int] = {}
    row_cells: dict[int, int] = {}
    for node in reversed(nodes):
        if not node.tag:
            size = len("".join(node.text.split()))
            node.chars = size
            if inside[id(node)]:
                node.linked = size
            elif size >= 15 or any(sign in node.text for sign in "，。；、："):
                node.prose = size
        elif node.tag == "a" and inside[id(node)] and node.chars:
            node.links += 1
        elif node.tag == "table":
            node.data = _is_data(node, cells.pop(id(node), []), widest.pop(id(node), 0))
            if node.data:
                node.prose = node.chars - node.linked
        parent = node.parent
        if parent is None:
            continue
        parent.chars += node.chars
        parent.linked += node.linked
        parent.links += node.links
        parent.prose += node.prose
        parent.paragraphs += node.paragraphs + (node.tag in BLOCKS or node.tag == "br")
        parent.tables += node.tables + (node.tag == "table")
        parent.headings += node.headings + (heading_level(node.tag) > 0)
        if node.tag in ("td", "th"):
            table = _table_of(node)
            if table is not None:
                cells.setdefault(id(table), []).append(node)
                row_cells[id(parent)] = row_cells.get(id(parent), 0) + 1
                widest[id(table)] = max(widest.get(id(table), 0), row_cells[id(parent)])


def _leads_away(href: str | None) -> bool:
    """Whether a link leads to another page: not within this one, and not to a document to download."""
    if href is None or href.startswith("#"):
        return False
    path = re.split(r"[?#]", href[:2000], maxsplit=1)[0].lower()
    return not path.endswith(
        (".doc", ".docx", ".wps", ".xls", ".xlsx", ".pdf", ".ofd", ".zip", ".rar", ".ppt")
    )


def _table_of(cell: Node) -> Node | None:
    node = cell.parent
    while node is not None and node.tag in ("tr", "tbody", "thead", "tfoot"):
        node = node.parent
    return node if node is not None and node.tag == "table" else None


def _is_data(table: Node, cells: list[Node], columns: int) -> bool:
    """Whether a table is one, and not there to lay out the page."""
    if columns < 2 or table.headings:
        return False
    if any(cell.tag == "th" for cell in cells):
        return True
    if table.tables:
        return False
    border = table.attributes.get("border", "")
    ruled = border.isdigit() and int(border[:3]) > 0
    return ruled or not any(cell.paragraphs >= 3 and cell.chars > 300 for cell in cells)


def heading_level(tag: str) -> int:
    """1 to 6 for a heading's element, 0 for others."""
    return int(tag[1]) if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456" else 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line as a browser shows it: ``nodes`` counts from the place of its first node to behind its last."""

    text: str
    style: str
    first: int
    last: int
    linked: int = 0  # characters of it in links


def tidy(text: str) -> str:
    """A text with white space as browsers show it, line ends of the source between Chinese taken out."""
    return _SPACE.sub(" ", _SOURCE_BREAK.sub("", text)).strip()


def lines(nodes: list[Node], start: int, end: int, skipped: dict[int, str]) -> Iterator[Line]:
    """The lines of the nodes from ``start`` to before ``end``; those in ``skipped`` left out."""
    pieces: list[str] = []
    first = linked = 0
    styles: list[tuple[int, str]] = []  # where headings and preformatted texts end
    closing: list[int] = []  # where the open blocks end
    at = start

    def flush(last: int) -> Iterator[Line]:
        nonlocal linked
        joined = "".join(pieces)
        pieces.clear()
        style = styles[-1][1] if styles else ""
        size, linked = linked, 0
        for text in joined.splitlines() if style == "pre" else [joined]:
            if shown := tidy(text):
                yield Line(shown, "" if style == "pre" else style, first, last, size)

    while at < end:
        node = nodes[at]
        while closing and closing[-1] <= at:
            yield from flush(at)
            closing.pop()
            while styles and styles[-1][0] <= at:
                styles.pop()
        if at in skipped:
            if node.tag in BLOCKS:
                yield from flush(at)
            at = node.end
            continue
        if not node.tag:
            if not pieces:
                first = at
            pieces.append(node.text)
            linked += node.linked
        elif node.tag == "br":
            yield from flush(at)
        elif node.tag == "tr" and _in_data(node):
            yield from flush(at)
            row = _row(nodes, at, skipped)
            if row is not None:
                yield row
            at = node.end
            continue
        elif node.tag in BLOCKS:
            yield from flush(at)
            closing.append(node.end)
            level = heading_level(node.tag)
            if level or node.tag == "pre":
                styles.append((node.end, f"heading {level}" if level else "pre"))
        at += 1
    yield from flush(end)


def _in_data(row: Node) -> bool:
    node = row.parent
    if node is not None and node.tag in ("tbody", "thead", "tfoot"):
        node = node.parent
    return node is not None and node.data


def _row(nodes: list[Node], at: int, skipped: dict[int, str]) -> Line | None:
    """The row that begins at ``at``: its cells joined by a tab, lines within a cell by a space."""
    row, cells, place = nodes[at], [], at + 1
    while place < row.end:
        node = nodes[place]
        if node.tag in ("td", "th") and place not in skipped:
            # A row of a table within the cell is text of the cell: its tabs become spaces.
            inner = lines(nodes, place + 1, node.end, skipped)
            cells.append(" ".join(line.text.replace("\t", " ") for line in inner))
        place = node.end
    return Line("\t".join(cells), "table", at, row.end, row.linked) if any(cells) else None
