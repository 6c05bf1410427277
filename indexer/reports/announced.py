"""What an opening announces: the titles of the parts of which a report says that it consists.

"报告分六个部分：一、三年来的斗争…；二、…" and, later on, each title on a line of its own without a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexer.model import Block
from indexer.reports.numbering import bare, to_int

_OPENING = 30  # lines within which a report says of what it consists
_MOST = 2000  # characters of them that are looked at
_LEAST_TITLES = 2
_TITLE = range(3, 41)  # characters of a title

_COUNT = r"[一二三四五六七八九十]{1,2}|\d{1,2}"
#: "报告分六个部分：", "下面，我分三个方面汇报：", "包括以下内容：", then the titles up to the full stop.
_ANNOUNCES = re.compile(
    r"(?:分为?|分成|分作|由|从|包括|包含|讲|谈|汇报|报告)[^。；：:，,]{0,6}?"
    rf"(?P<count>{_COUNT}|两|几|以下|如下)\s?个?(?:大|主要)?(?:部分|方面|问题|内容)[^。；：:]{{0,14}}[：:]"
    r"\s{0,9}(?P<titles>[^。：:]{6,600})"
)
#: The number of an item: 一、 · （一） · 一是 · 第一， · 第一部分 · 1. · ①
_ITEM_NUMBER = (
    rf"(?:第(?:{_COUNT})(?:个?(?:大|主要)?(?:部分|方面|问题))?[，、,是：]?|[（(](?:{_COUNT})[）)][、.．]?"
    rf"|(?:{_COUNT})(?:[、．]|[.](?!\d)|是)|[①-⑳])"
)
_ITEM = re.compile(rf"(?:^|[；;，,、\s]){_ITEM_NUMBER}")
_SIGNS = "；;，,、"
_AND = re.compile("以及|和|及|与")
#: A line that ends so is an item of an enumeration, or a sentence.
_GOES_ON = re.compile(r"[；;，,、。！？!?]$")


def announced_titles(lines: Sequence[Block]) -> frozenset[str]:
    """The titles that the opening announces, in a form to compare; none if it announces nothing."""
    opening = "".join(line.text.strip() for line in lines[:_OPENING] if line.style != "table")[:_MOST]
    for match in _ANNOUNCES.finditer(opening):
        titles = frozenset(_key(title) for title in _items(match.group("titles"), match.group("count")))
        titles = frozenset(title for title in titles if len(title) in _TITLE)
        if len(titles) >= _LEAST_TITLES:
            return titles
    return frozenset()


def is_announced(line: Block, titles: frozenset[str]) -> bool:
    """Whether a line is one of ``titles`` and nothing else."""
    return (
        bool(titles)
        and line.style != "table"
        and len(line.text) <= _TITLE.stop + 8
        and _GOES_ON.search(line.text) is None
        and _key(line.text) in titles
    )


def _items(text: str, count: str) -> list[str]:
    """The items of an enumeration: by their numbers, else by the strongest sign between them."""
    numbered = [item for item in _ITEM.split(text) if item.strip()]
    if len(numbered) >= _LEAST_TITLES:
        return numbered
    sign = next((s for s in _SIGNS if s in text), "")
    items = text.split(sign) if sign else [text]
    if count not in ("几", "以下", "如下") and len(items) == _number(count) - 1:  # "…、…和…"
        *items, last = items
        items += _AND.split(last, maxsplit=1)
    return items


def _number(count: str) -> int:
    return 2 if count == "两" else to_int(count)


def _key(title: str) -> str:
    """What two writings of one title have in common: no number, no white space, no closing sign."""
    return "".join(bare(title.strip()).split())
