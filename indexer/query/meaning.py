"""What words of a query say beside being text: which year, which part, or nothing at all.

Data, to be read and extended: normalised words, with a query that each row is for. They
decide about rank, and about what is left out where nothing has every word; never about what matches.
"""

from __future__ import annotations

import re

from indexer.query import nodes
from indexer.query.nodes import Node, TextLeaf

#: part -> words that ask for it
PART_WORDS = {
    "总结": ("总结", "回顾", "成效", "成绩", "进展"),  # 招商引资 成效
    "问题": ("问题", "困难", "不足", "短板"),  # 存在的问题 用工
    "计划": ("计划", "打算", "安排", "思路", "明年", "来年", "下一步", "下步"),  # 明年 招商 打算
    "建议": ("建议", "意见建议"),  # 对营商环境的建议
}

#: Words that ask, and words between words: they tell nothing of what is looked for.
FILLERS = frozenset(
    (
        *("怎么", "怎样", "怎么样", "怎么办", "如何", "为什么", "为何", "是否"),  # 企业招工难怎么办
        *("什么", "哪个", "哪些", "哪里", "哪", "谁", "多少", "几", "时候"),  # 什么时候获批
        *("吗", "呢", "吧", "了", "着", "过", "请问"),  # 路修好了吗
        *("的", "地", "得", "是", "有", "在", "和", "与", "及", "以及", "或", "对", "把", "被"),
        *("为", "从", "向", "将", "以", "于", "由", "到", "也", "都", "很", "并", "而"),  # 为企业解忧
        *("关于", "有关", "情况", "方面", "等", "中", "里"),  # 职工安置情况
        *("年", "月", "日"),  # 2020年, cut in two
    )
)

_YEAR = re.compile(r"((?:19|20)[0-9]{2})年?")


def year_meant(leaf: TextLeaf) -> int | None:
    """The year that a word or phrase names; None if it names none."""
    match = _YEAR.fullmatch(_run(leaf))
    return int(match.group(1)) if match else None


def part_meant(leaf: TextLeaf) -> str | None:
    """The part that a word or phrase asks for; None if it asks for none."""
    run = _run(leaf)
    return next((part for part, words in PART_WORDS.items() if run in words), None)


def asks_for_plans(query: Node) -> bool:
    """Whether a word of plans stands anywhere in what is asked, within a phrase too."""
    words = frozenset(PART_WORDS["计划"])
    whole, pairs = nodes.preferences(query)
    if whole in words or any(pair in words for pair in pairs):  # jieba cuts 下一步 in two
        return True
    for leaf in nodes.text_leaves(query):
        if isinstance(leaf, nodes.Word):
            if not words.isdisjoint(leaf.runs):
                return True
        elif (isinstance(leaf, nodes.Phrase) or leaf.field in ("title", "heading")) and any(
            word in leaf.run for word in words
        ):
            return True
    return False


def _run(leaf: TextLeaf) -> str:
    """What was typed; nothing for what is looked for in one field alone."""
    if isinstance(leaf, nodes.Word):
        return leaf.runs[0]
    return leaf.run if isinstance(leaf, nodes.Phrase) else ""


def ranked_leaves(query: Node) -> tuple[TextLeaf, ...]:
    """What sections are ranked by: the leaves that tell something (all, if none does), each pair of words in
    a row as a phrase, and the whole query as one.
    """
    leaves = tuple(nodes.text_leaves(query))
    whole, pairs = nodes.preferences(query)
    phrases = tuple(nodes.Phrase(run) for run in (*pairs, whole) if run is not None)
    return (*(tuple(leaf for leaf in leaves if not is_filler(leaf)) or leaves), *phrases)


def is_filler(node: Node) -> bool:
    """Whether a node is a word that tells nothing of what is looked for."""
    return isinstance(node, nodes.Word) and node.runs[0] in FILLERS
