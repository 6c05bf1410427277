from __future__ import annotations

import pytest

from indexer.errors import (
    CorruptIndexError,
    GaokuError,
    IndexStateError,
    LockedIndexError,
    OutdatedIndexError,
)
from indexer.query.nodes import Everything, Node, Word
from indexer.query.parser import parse
from webui import wording


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("“招商引资”", "“招商引资”"),
        ("茶园 -柳塘", "茶园 和 不含 柳塘"),
        ("茶园 | 柳塘", "茶园 或 柳塘"),
        ("(茶园 | 柳塘) “一二”", "（茶园 或 柳塘） 和 “一二”"),
        ("year:2018..2021", "2018—2021 年"),
        ("year:2018..", "2018 年以来"),
        ("year:..2021", "2021 年及以前"),
        ("年份:2019", "2019 年"),
        ("年份:2021..2018", "2018—2021 年"),
        ("茶园 柳塘", "茶园 和 柳塘"),
        ("茶园 柳塘 -规划", "茶园 和 柳塘 和 不含 规划"),
        ("部分:计划", "部分为“计划”"),
        ("主题:招商引资", "主题为“招商引资”"),
        ("标题:总结", "标题含“总结”"),
        ("小标题：总结", "小标题含“总结”"),
        ("单位:总结", "单位含“总结”"),
        ("文件:总结", "文件含“总结”"),
    ],
)
def test_describe(query: str, said: str) -> None:
    assert wording.describe(parse(query)) == said


@pytest.mark.parametrize(
    ("node", "said"), [(Everything(), "全部"), (Word(("企业", "公司", "厂")), "企业（同义：公司、厂）")]
)
def test_describe_nodes(node: Node, said: str) -> None:
    assert wording.describe(node) == said


def test_milliseconds() -> None:
    assert wording.milliseconds(6.4) == "6 毫秒"
    assert wording.milliseconds(0.3) == "不到 1 毫秒"


def test_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wording.moment("2026-11-21T03:32:33+00:00")[:10] in ("2026-11-20", "2026-11-21", "2026-11-22")
    assert len(wording.moment("2026-11-21T03:32:33+00:00")) == len("2026-11-21 03:32")
    assert wording.moment("") == ""
    assert wording.moment("昨天") == "昨天"


@pytest.mark.parametrize("kind", [OutdatedIndexError, CorruptIndexError, LockedIndexError, IndexStateError])
def test_index_trouble_names_no_folder(kind: type[GaokuError]) -> None:
    assert "/home/secret" not in "".join(wording.index_trouble(kind("/home/secret")))
