"""What the page says, where it takes more than a template to say it."""

from __future__ import annotations

from datetime import datetime

from indexer.errors import CorruptIndexError, GaokuError, LockedIndexError, OutdatedIndexError
from indexer.query import nodes
from indexer.query.nodes import Node

SORT_NAMES = {"relevance": "相关", "newest": "最新", "oldest": "最早"}

#: The filters of the search page by their parameters, in the order in which they stand.
FILTER_NAMES = {"year": "年份", "part": "部分", "topic": "主题", "unit": "单位", "format": "文件类型"}

_FIELD_NAMES = {"title": "标题", "heading": "小标题", "unit": "单位", "file": "文件"}


def years(first: int | None, last: int | None) -> str:
    """A stretch of years: 2019 年, 2018—2021 年, 2018 年以来, 2021 年及以前."""
    if first == last and first is not None:
        return f"{first} 年"
    if last is None:
        return f"{first} 年以来"
    if first is None:
        return f"{last} 年及以前"
    return f"{first}—{last} 年"


def place_without_heading(section: str | None) -> str:
    """What a section without a heading is called, or a report as a whole (None)."""
    return "整篇" if section is None else "开头的文字"


def span(first: int, last: int) -> str:
    """The years from one to another, without the word: 2016—2024, 2019."""
    return f"{first}" if first == last else f"{first}—{last}"


def shorten(text: str, length: int) -> str:
    """The beginning of a text, white space folded; …… where it goes on."""
    folded = " ".join(text.split())
    return folded if len(folded) <= length else folded[:length].rstrip() + "……"


def describe(node: Node) -> str:
    """How a query was read, in words: 招商 和 引资 和 不含 扫黑."""
    return _describe(node, inside=False)


def _describe(node: Node, *, inside: bool) -> str:
    if isinstance(node, nodes.Preferring):  # what it prefers is a matter of rank
        return _describe(node.child, inside=inside)
    if isinstance(node, nodes.And | nodes.Or):
        joined = (" 和 " if isinstance(node, nodes.And) else " 或 ").join(
            _describe(child, inside=True) for child in node.children
        )
        return f"（{joined}）" if inside else joined
    if isinstance(node, nodes.Word):
        return node.runs[0] if len(node.runs) == 1 else f"{node.runs[0]}（同义：{'、'.join(node.runs[1:])}）"
    if isinstance(node, nodes.Phrase):
        return f"“{node.run}”"
    if isinstance(node, nodes.InField):
        return f"{_FIELD_NAMES[node.field]}含“{node.run}”"
    if isinstance(node, nodes.Not):
        return f"不含 {_describe(node.child, inside=True)}"
    if isinstance(node, nodes.Years):
        return years(node.first, node.last)
    if isinstance(node, nodes.PartIs):
        return f"部分为“{node.part}”"
    if isinstance(node, nodes.TopicIs):
        return f"主题为“{node.topic}”"
    return "全部"


def in_chinese(reason: str) -> str:
    """The Chinese half of a reason that commands show in both languages: 页码 (page numbers)."""
    return reason.partition(" (")[0]


def milliseconds(took: float) -> str:
    """How long an answer took."""
    return f"{took:.0f} 毫秒" if took >= 1 else "不到 1 毫秒"


def moment(text: str) -> str:
    """An ISO moment as a date and time of this machine's zone; as it stands where it is none."""
    try:
        return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return text


def index_trouble(error: GaokuError) -> tuple[str, str]:
    """What is wrong with the index and what to do. The error's own line names folders of this machine."""
    if isinstance(error, OutdatedIndexError):
        return "索引是另一个版本建立的，要重建一次才能用。", "gaoku index --rebuild"
    if isinstance(error, CorruptIndexError):
        return "索引已损坏，要重建一次才能用。原来的文件没有动。", "gaoku index --rebuild"
    if isinstance(error, LockedIndexError):
        return "索引正在更新，请稍候再试。", ""
    return "索引暂时不能用。", "gaoku verify"
