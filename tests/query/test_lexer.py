"""Tokens of a query."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.query.lexer import FIELDS, tokenize


@pytest.mark.parametrize(
    ("query", "tokens"),
    [
        ("", []),
        ("招商 引资", [("text", "招商"), ("text", "引资")]),
        ("招商 “引 资”", [("text", "招商"), ("quoted", "引 资")]),
        ("-a－b", [("not", "-"), ("text", "a－b")]),
        ("(a)｜b", [("(", "("), ("text", "a"), (")", ")"), ("or", "｜"), ("text", "b")]),
        ("(a", [("text", "("), ("text", "a")]),
        ("a）（", [("text", "a"), ("text", "）"), ("text", "（")]),
        ("a OR or ORb", [("text", "a"), ("or", "OR"), ("text", "or"), ("text", "ORb")]),
        ("小标题：a", [("field", "heading"), ("text", "a")]),
        ("Year:2018", [("field", "year"), ("text", "2018")]),
        ("year: 2018", [("text", "year:"), ("text", "2018")]),
        ('"a', [("text", '"a')]),
    ],
)
def test_golden(query: str, tokens: list[tuple[str, str]]) -> None:
    assert [(token.kind, token.text) for token in tokenize(query)] == tokens


@pytest.mark.parametrize("colon", [":", "："])
@pytest.mark.parametrize(("typed", "name"), FIELDS.items())
def test_every_field_has_both_colons(typed: str, name: str, colon: str) -> None:
    tokens = tokenize(f"{typed}{colon}1")
    assert [(token.kind, token.text) for token in tokens] == [("field", name), ("text", "1")]


def test_the_fields_of_the_contract() -> None:
    names = ("title", "heading", "year", "part", "topic", "unit", "file")
    chinese = ("标题", "小标题", "年份", "部分", "主题", "单位", "文件")
    assert dict(zip((*names, *chinese), (*names, *names), strict=True)) == FIELDS


@given(st.text('ab招"“「」()（）|-: \n', max_size=40))
@settings(max_examples=300)
def test_nothing_typed_is_lost(query: str) -> None:
    """Only white space and the signs that have a meaning are not in the tokens."""
    kept = "".join(token.text for token in tokenize(query))
    for char in "ab招:-":
        assert kept.count(char) == query.count(char)


@given(st.text('a()（）"| ', max_size=40))
@settings(max_examples=300)
def test_brackets_that_mean_something_are_balanced(query: str) -> None:
    depth = 0
    for token in tokenize(query):
        depth += {"(": 1, ")": -1}.get(token.kind, 0)
        assert depth >= 0
    assert depth == 0
