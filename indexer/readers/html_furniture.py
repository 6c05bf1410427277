"""What of a web page is not its text: menus, headers, footers, comments, share buttons, hidden text.

The rules look at what elements are, at the words in their names, at how much of them is links, and at where
the sentences of the page stand. None knows a site. A part that holds much of the page's text is never
furniture, whatever it is called.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from indexer.readers.html_tree import BUTTONS, Node, words

NAVIGATION = "网页导航 (navigation)"
HEADER = "网页页眉 (page header)"
FOOTER = "网页页脚 (page footer)"
ASIDE = "网页侧栏 (sidebar)"
LINKS = "链接列表 (list of links)"
HIDDEN = "网页中不显示的文字 (hidden text)"
CONTROL = "表单与按钮 (form control)"
CODE = "网页程序与样式 (script or style)"
MARGIN = "页眉页脚 (header or footer)"
OUTSIDE = "正文以外的网页文字 (outside the article)"

_TAGS = {
    "nav": NAVIGATION,
    "menu": NAVIGATION,
    "header": HEADER,
    "footer": FOOTER,
    "aside": ASIDE,
    "button": CONTROL,
    "select": CONTROL,
    "datalist": CONTROL,
    "script": CODE,
    "style": CODE,
    "noscript": "不运行程序时的提示 (shown without scripts)",
    "svg": "图形中的文字 (text in a drawing)",
    "iframe": "嵌入的网页 (embedded page)",
    "object": "嵌入的内容 (embedded object)",
}
_ROLES = {
    "navigation": NAVIGATION,
    "banner": HEADER,
    "contentinfo": FOOTER,
    "complementary": ASIDE,
    "search": CONTROL,
}
#: Words in the class or id of an element: English ones, and the Pinyin that Chinese pages use.
_WORDS = {
    word: reason
    for reason, names in (
        (
            NAVIGATION,
            "nav navbar navigation navi subnav topnav menu submenu breadcrumb breadcrumbs crumb crumbs "
            "daohang dqwz weizhi location pagination pager paging prevnext sitemap",
        ),
        (HEADER, "header head topbar masthead banner logo"),
        (FOOTER, "footer foot bottom copyright copy dibu banquan"),
        (
            ASIDE,
            "sidebar aside related relate recommend recommended xiangguan tuijian hot rank friendlink links",
        ),
        ("评论 (comments)", "comment comments pinglun reply replies disqus"),
        ("分享按钮 (share buttons)", "share sharing bshare bdsharebuttonbox fenxiang social qrcode erweima"),
        ("登录 (login)", "login logon signin register denglu zhuce"),
        ("搜索框 (search box)", "search searchbox sousuo"),
        ("广告 (advertisement)", "ad ads advert advertisement guanggao"),
        (CONTROL, "toolbar print dayin fontsize"),
    )
    for word in names.split()
}
#: Words that say an element belongs to the article, whatever else its name says.
_ARTICLE = words("article content post entry detail main text body title news zhengwen neirong")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_MUCH_IN_A_FIELD = 40  # characters: what invites to fill it in has fewer
_NOT_SHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
#: What may hold other blocks: only such an element is judged by its links, or taken for the article.
_CONTAINERS = words(
    "article blockquote body center dd div dl dt fieldset form html li main ol p section table tbody td "
    "tfoot thead tr ul"
)


def hiding_selectors(styles: str) -> frozenset[str]:
    """The plain selectors (``.name``, ``#name``) of a style sheet that hide what they select.

    Only rules that always hold: not those for printing or narrow screens.
    """
    found: set[str] = set()
    depth, selector = 0, ""
    first, *others = styles.split("/*")
    for piece in re.split(r"([{}])", first + "".join(other.partition("*/")[2] for other in others)):
        if piece == "{":
            depth += 1
        elif piece == "}":
            depth = max(0, depth - 1)
        elif depth == 0:
            selector = piece
        elif depth == 1 and re.search(r"display\s*:\s*none", piece, re.IGNORECASE):
            found.update(s.strip() for s in selector.split(",") if re.fullmatch(r"\s*[.#][\w-]+\s*", s))
    return frozenset(found)


def furniture(nodes: list[Node], hiding: Collection[str], titles: Collection[str]) -> dict[int, str]:
    """Where the parts of a page begin that are no text of it, and why.

    ``hiding``: selectors of the page's style sheets; ``titles``: what the page is called, without spaces.
    """
    much = nodes[0].prose
    found: dict[int, str] = {}
    at = 0
    while at < len(nodes):
        node = nodes[at]
        if not node.tag:
            at += 1
            continue
        reason = always_out(node)
        if reason is None and node.tag not in ("html", "body") and 2 * node.prose <= much:
            reason = _sheet_hides(node, hiding) or _named(nodes, at, much, titles) or _links(node)
        if reason is None:
            at += 1
            continue
        found[at] = reason
        at = node.end
    return found


def always_out(node: Node) -> str | None:
    """Why an element is no text in any document: hidden by itself, code, a control; None: it may be."""
    if node.tag in ("html", "body"):  # hidden until a script shows them
        return None
    attributes = node.attributes
    if "hidden" in attributes or _NOT_SHOWN.search(attributes.get("style", "")):
        return HIDDEN
    if _is_margin(node):
        return MARGIN
    if node.tag in ("input", "textarea"):
        return None if _is_answer(node) else CONTROL
    reason = _TAGS.get(node.tag)
    if node.tag in ("title", "template"):
        return HIDDEN
    return reason if reason not in (NAVIGATION, HEADER, FOOTER, ASIDE) else None


def _is_margin(node: Node) -> bool:
    """Whether an element is the header or footer of each page, as LibreOffice and OpenOffice save it."""
    top = node.parent is not None and node.parent.tag == "body"
    return top and node.tag == "div" and node.attributes.get("title") in ("header", "footer")


def _is_answer(node: Node) -> bool:
    """Whether what stands in a field of a form is text: filled in for good, much, or in a table's cell."""
    attributes = node.attributes
    if attributes.get("type", "").lower() in BUTTONS:
        return False
    if "readonly" in attributes or "disabled" in attributes or node.chars >= _MUCH_IN_A_FIELD:
        return True
    above = node.parent
    while above is not None and above.tag not in ("td", "th"):
        above = above.parent
    return above is not None


def _sheet_hides(node: Node, hiding: Collection[str]) -> str | None:
    if not hiding:
        return None
    names = {f".{c}" for c in node.attributes.get("class", "").split()} | {
        f"#{node.attributes.get('id', '')}"
    }
    return HIDDEN if not names.isdisjoint(hiding) else None


def _named(nodes: list[Node], at: int, much: int, titles: Collection[str]) -> str | None:
    """The reason that an element's tag, role or name gives."""
    node = nodes[at]
    attributes = node.attributes
    reason = _TAGS.get(node.tag) or _ROLES.get(attributes.get("role", "").lower())
    if reason is None and node.tag not in ("a", "td", "tr", "tbody"):
        named = {w.lower() for key in ("id", "class") for w in _WORD.findall(attributes.get(key, "")[:200])}
        reason = next((_WORDS[w] for w in sorted(named) if w in _WORDS), None)
        if reason in (HEADER, FOOTER) and named & _ARTICLE:
            return None
    if reason is None or 5 * node.prose > much:
        return None
    if reason == HEADER and _holds_title(nodes, at, titles):
        return None
    return reason


def _holds_title(nodes: list[Node], at: int, titles: Collection[str]) -> bool:
    if nodes[at].chars > 2000:
        return False
    inside = "".join("".join(n.text.split()) for n in nodes[at : nodes[at].end] if not n.tag)
    return any(title in inside for title in titles)


def _links(node: Node) -> str | None:
    if node.tag not in _CONTAINERS or node.links < 3:
        return None
    return LINKS if 2 * node.linked > node.chars else None


def article(nodes: list[Node], out: dict[int, str]) -> tuple[int, int]:
    """From where to where the innermost part goes that holds nine tenths of the page's sentences."""
    gone: dict[int, int] = {}  # sentences of a node that are furniture, by the node's identity
    for place in out:
        node: Node | None = nodes[place]
        lost = nodes[place].prose
        while node is not None:
            gone[id(node)] = gone.get(id(node), 0) + lost
            node = node.parent
    start, left = 0, nodes[0].prose - gone.get(id(nodes[0]), 0)
    if left < 100:
        return 0, nodes[0].end
    while True:
        place, best = start + 1, None
        while place < nodes[start].end:
            node = nodes[place]
            if node.tag in _CONTAINERS and node.tag != "p" and not (node.tag == "table" and node.data):
                held = node.prose - gone.get(id(node), 0)
                if 10 * held >= 9 * left:
                    best = place
                    break
            place = node.end
        if best is None or nodes[best].tag in ("li", "blockquote"):
            return start, nodes[start].end
        start = best
