"""What people type and the tree it stands for. The trees are written short: see the helpers below."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.analysis.normalise import normalise
from indexer.query.nodes import (
    And,
    Everything,
    FieldName,
    InField,
    Node,
    Not,
    Or,
    PartIs,
    Phrase,
    Preferring,
    TopicIs,
    Word,
    Years,
    text_leaves,
)
from indexer.query.parser import parse as parse_whole
from indexer.query.parser import words_of


def parse(query: str) -> Node:
    """The tree without what it prefers for the rank."""
    tree = parse_whole(query)
    return tree.child if isinstance(tree, Preferring) else tree


def w(run: str) -> Node:
    return Word((run,))


def both(*children: Node | str) -> Node:
    """And; a string stands for a word."""
    return And(tuple(w(c) if isinstance(c, str) else c for c in children))


def either(*children: Node | str) -> Node:
    """Or; a string stands for a word."""
    return Or(tuple(w(c) if isinstance(c, str) else c for c in children))


def no(child: Node | str) -> Node:
    return Not(w(child) if isinstance(child, str) else child)


def at(field: FieldName, run: str) -> Node:
    return InField(field, run)


GOLDEN: dict[str, list[tuple[str, Node]]] = {
    "nothing asked": [
        ("", Everything()),
        (" \t\u3000\n", Everything()),
        ('""', Everything()),
        ("“ ”", Everything()),
        ("()", Everything()),
        ("（（））", Everything()),
        ("-()", Everything()),
        ('-""', Everything()),
        ("|", Everything()),
        ("| ｜ OR", Everything()),
        ("\u200b", Everything()),
        ('"\ufeff"', Everything()),
    ],
    "words": [
        ("招商引资", w("招商引资")),
        ("招商引资 产业链", both("招商引资", "产业链")),
        ("招商引资工作", both("招商引资", "工作")),
        ("招商，引资", both("招商", "引资")),
        ("招商-引资", both("招商", "引资")),
        ("资讯\u3000資訊 資 訊", both("资讯", "资", "讯")),
        ("招商 招商", w("招商")),
        ("ＧＤＰ 12.5%", both("gdp", "12.5%")),
        ("2019年1-11月", both("2019", "年", "1-11", "月")),
        ("a-b", w("a-b")),
        ("or", w("or")),
        ("招商OR引资", both("招商", "or", "引资")),
        ("ORa", w("ora")),
        ("，", w(",")),
        ("...", w("...")),
    ],
    "quoted": [
        ('"招商引资工作"', Phrase("招商引资工作")),
        ("“招商引资工作”", Phrase("招商引资工作")),
        ("「招商引资工作」", Phrase("招商引资工作")),
        ("＂招商＂", Phrase("招商")),
        ("”招商“", Phrase("招商")),
        ('“招商"', Phrase("招商")),
        ('"  New   York "', Phrase("new york")),
        ('"產業 鏈"', Phrase("产业链")),
        ('"-扫黑 | (OR) title:x"', Phrase("-扫黑| (or) title:x")),
        ('"招商" "引资"', both(Phrase("招商"), Phrase("引资"))),
        ('a"b"', both("a", Phrase("b"))),
        ('"a"b', both(Phrase("a"), "b")),
        ("“a「b”", Phrase("a「b")),
        ('"招商" 招商', both(Phrase("招商"), "招商")),
    ],
    "not": [
        ("-扫黑", no("扫黑")),
        ("－扫黑", no("扫黑")),
        ("招商 -扫黑", both("招商", no("扫黑"))),
        ('-"招商 引资"', no(Phrase("招商引资"))),
        ("-(a b)", no(both("a", "b"))),
        ("-招商引资工作", no(both("招商引资", "工作"))),
        ("-title:a", no(at("title", "a"))),
        ("-year:2018", no(Years(2018, 2018))),
        ("-(-a)", no(no("a"))),
        ("--a", w("a")),
        ("-", w("-")),
        ("- a", w("a")),
    ],
    "or": [
        ("A | B", either("a", "b")),
        ("a|b", either("a", "b")),
        ("a｜b", either("a", "b")),
        ("a||b", either("a", "b")),
        ("A OR B", either("a", "b")),
        ('"a"OR"b"', either(Phrase("a"), Phrase("b"))),
        ("a OR(b)", either("a", "b")),
        ("a b | c d", either(both("a", "b"), both("c", "d"))),
        ("a -b | -c", either(both("a", no("b")), no("c"))),
        ("a | a", w("a")),
        ("a OR", w("a")),
        ("| a", w("a")),
        ("a | | b", either("a", "b")),
    ],
    "brackets": [
        ("(a|b) c", both(either("a", "b"), "c")),
        ("（招商｜引资）工业", both(either("招商", "引资"), "工业")),
        ("（招商)", w("招商")),
        ("((a))", w("a")),
        ("(a b) c", both("a", "b", "c")),
        ("a (b | (c d))", both("a", either("b", both("c", "d")))),
        ("(a", w("a")),
        ("a)", w("a")),
        (")(", both(")", "(")),
        ("(a))b", both("a", "b")),
        ("((a)", w("a")),
        ("(((((", w("(")),
    ],
    "fields": [
        ("title:招商", at("title", "招商")),
        ("标题:招商", at("title", "招商")),
        ("标题：招商", at("title", "招商")),
        ("TITLE:招商", at("title", "招商")),
        ('title:"年度 总结"', at("title", "年度总结")),
        ("title：「总结」", at("title", "总结")),
        ("title:招商引资工作", at("title", "招商引资工作")),
        ("heading:一、总体", at("heading", "一、总体")),
        ("小标题：工作", at("heading", "工作")),
        ("unit:管委会", at("unit", "管委会")),
        ("单位：管委会", at("unit", "管委会")),
        ("file:2019/Ａ.TXT", at("file", "2019/a.txt")),
        ("文件:柳塘镇", at("file", "柳塘镇")),
        ("part:计划", PartIs("计划")),
        ("部分：总结", PartIs("总结")),
        ("topic:招商引资", TopicIs("招商引资")),
        ("主题：项目建設", TopicIs("项目建设")),
        ("title:a b", both(at("title", "a"), "b")),
        ("title:a|b", either(at("title", "a"), "b")),
        ("title:a -part:计划", both(at("title", "a"), no(PartIs("计划")))),
    ],
    "fields that are none": [
        ("title:", w("title")),
        ("title: a", both("title", "a")),
        ("part:无此", w("无此")),
        ("topic:无此", w("无此")),
        ("xyear:2018", w("xyear:2018")),
        ("部分招商", both("部分", "招商")),
    ],
    "years": [
        ("year:2018", Years(2018, 2018)),
        ("年份:2018", Years(2018, 2018)),
        ("年份：2018年", Years(2018, 2018)),
        ("year:２０１８", Years(2018, 2018)),
        ("year:2018..2021", Years(2018, 2021)),
        ("年份：2018..2021", Years(2018, 2021)),
        ("year:2018..", Years(2018, None)),
        ("year:..2021", Years(None, 2021)),
        ("year:2018-2021", Years(2018, 2021)),
        ("year:2018～2021", Years(2018, 2021)),
        ("年份:2018至2021年", Years(2018, 2021)),
        ("year:2021..2018", Years(2018, 2021)),  # as the filter reads it
        ("year:0000", Years(0, 0)),
        ("year:2018|year:2020", either(Years(2018, 2018), Years(2020, 2020))),
        ("year:18", w("18")),
        ("year:..", w("..")),
        ("year:abc", w("abc")),
    ],
    "unbalanced quotes": [
        ('"abc', w("abc")),
        ('a"', w("a")),
        ("「招商", w("招商")),
        ("招商」", w("招商")),
        ('"a" "b', both(Phrase("a"), "b")),
        ('"', w('"')),
    ],
}
TABLE = [(query, tree) for group in GOLDEN.values() for query, tree in group]


@pytest.mark.parametrize(("query", "tree"), TABLE, ids=[repr(query) for query, _ in TABLE])
def test_golden(query: str, tree: Node) -> None:
    assert parse(query) == tree


@pytest.mark.parametrize(
    "query",
    ["标题:(招商)", "标题：(招商 引资)", "标题:-招商", "部分:(计划|总结)", "-主题:(招商)", "年份:(2018)"],
)
def test_nothing_is_asked_for_that_nobody_typed(query: str) -> None:
    """A field before what is no value is text as it was typed, not its English name."""
    typed = normalise(query)
    assert [leaf for leaf in leaves(parse(query)) if not any(run in typed for run in runs_of(leaf))] == []


@pytest.mark.parametrize("depth", [1, 39, 40, 41, 100])
def test_what_follows_deep_brackets_is_read(depth: int) -> None:
    tree = parse("(" * depth + "a" + ")" * depth + " b")
    assert {run for leaf in leaves(tree) for run in runs_of(leaf)} - {"(", ")"} == {"a", "b"}


@pytest.mark.parametrize("length", [100, 1990, 2500, 20_000])
def test_a_quoted_phrase_of_any_length_is_exact(length: int) -> None:
    text = "推进招商引资工作" * (length // 8)
    tree = parse(f'"{text}"')
    assert isinstance(tree, Phrase), "cut, and so no longer a phrase"
    assert len(tree.run) == len(text)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        (" ", None),
        ("招商引资", w("招商引资")),
        ("招商引资 a", both("招商引资", "a")),
        ("！", w("!")),
    ],
)
def test_words_of(text: str, tree: Node | None) -> None:
    assert words_of(text) == tree


def test_text_leaves_are_those_a_match_may_hold() -> None:
    tree = parse('a -b (title:c | "d") year:2018 part:计划 -(-e)')
    assert list(text_leaves(tree)) == [w("a"), at("title", "c"), Phrase("d")]


# -- whatever is typed ------------------------------------------------------------------------------


def leaves(node: Node) -> Iterator[Node]:
    """All leaves of a tree, those under a Not too."""
    if isinstance(node, And | Or):
        for child in node.children:
            yield from leaves(child)
    elif isinstance(node, Not):
        yield from leaves(node.child)
    else:
        yield node


def runs_of(leaf: Node) -> list[str]:
    """The texts in a leaf."""
    match leaf:
        case Word(runs):
            return list(runs)
        case Phrase(run) | InField(_, run):
            return [run]
        case PartIs(value) | TopicIs(value):
            return [value]
        case Years(first, last):
            return [str(year) for year in (first, last) if year is not None]
    return []


def check(query: str) -> None:
    """The tree is one that an engine takes."""
    tree = parse(query)
    stack = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        assert depth < 200
        if isinstance(node, And | Or):
            assert len(node.children) == len(set(node.children)) > 1
            stack += [(child, depth + 1) for child in node.children]
        elif isinstance(node, Not):
            stack.append((node.child, depth + 1))
        else:
            assert isinstance(node, Everything | Word | Phrase | InField | Years | PartIs | TopicIs)
            assert node != Everything() or node is tree or tree == Everything()
            for run in runs_of(node):
                assert run
                assert run == run.strip()
    assert hash(tree) == hash(parse(query))
    assert tree == parse(query)


SIGNS = '"“”＂「」()（）|｜-－:：.～至 \u3000\n\u200bＯOR'
pieces = st.one_of(
    st.sampled_from([query for query, _ in TABLE]),
    st.sampled_from(
        ["title:", "标题：", "year:", "年份:", "part:", "topic:", "unit:", "文件：", " OR ", "-("]
    ),
    st.text(st.sampled_from(SIGNS), max_size=4),
)


@given(st.text() | st.text(st.characters()) | st.text(st.sampled_from(SIGNS + "招a1\ud800"), max_size=40))
@settings(max_examples=600)
def test_any_text_has_a_tree(query: str) -> None:
    check(query)


@given(st.lists(pieces, max_size=6).map("".join), st.data())
@settings(max_examples=600)
def test_any_mutation_of_a_query_has_a_tree(query: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(query)))
        cut = data.draw(st.integers(0, 2))
        query = query[:place] + data.draw(st.text(SIGNS, max_size=2)) + query[place + cut :]
    check(query)


@pytest.mark.parametrize(
    "query",
    [
        "(" * 5000,
        ")" * 5000,
        "(" * 2500 + ")" * 2500,
        "()" * 2500,
        "(a|" * 1500 + "b" + ")" * 1500,
        "-(" * 2500 + "a" + ")" * 2500,
        "（" * 1000 + "招商" + "）" * 1000,
        "-" * 5000,
        "title:" * 1000,
        "-title:" * 1000,
        "|" * 5000,
        '"' * 5001,
        "「" * 5000,
        "招" * 100_000,
        "a " * 50_000,
        "招商 | " * 20_000,
        "9" * 100_000,
        "year:" + "9" * 50_000,
        "\ud800" * 3000,
    ],
    ids=lambda query: f"{query[:7]!r} {len(query)}".encode("ascii", "backslashreplace").decode(),
)
def test_any_size_has_a_tree(query: str) -> None:
    check(query)


@given(st.text(st.characters(exclude_characters='"“”＂', exclude_categories=["Cs"]), max_size=30))
@settings(max_examples=300)
def test_what_stands_in_quotes_is_one_phrase(text: str) -> None:
    run = normalise(text)
    assert parse(f'"{text}"') == (Phrase(run) if run else Everything())
    assert parse(f"“{text}”") == (Phrase(run) if run else Everything())


@st.composite
def nested(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A query of well-formed brackets, signs and words that are all different; and these words."""
    words: list[str] = []

    def group(depth: int) -> str:
        parts = []
        for _ in range(draw(st.integers(1, 3))):
            sign = draw(st.sampled_from(["", "", "-", "title:"]))
            if depth and sign != "title:" and draw(st.booleans()):
                parts.append(f"{sign}({group(depth - 1)})")
            else:
                words.append(f"w{len(words)}")
                parts.append(sign + words[-1])
        return draw(st.sampled_from([" ", " | ", " OR "])).join(parts)

    return group(3), words


@given(nested())
def test_every_word_typed_is_asked_for(query: tuple[str, list[str]]) -> None:
    text, words = query
    assert [run for leaf in leaves(parse(text)) for run in runs_of(leaf)] == words


@pytest.mark.parametrize(
    ("query", "whole", "pairs"),
    [
        ("招商引资工作", "招商引资工作", ()),
        ("招商引资 产业链", "招商引资产业链", ()),
        ("项目 隐患 整改", "项目隐患整改", ("项目隐患", "隐患整改")),
        ("GDP growth", "gdp growth", ()),
        ("招商引资 产业链 -扫黑 年份:2020", "招商引资产业链", ()),
    ],
)
def test_words_in_a_row_are_preferred(query: str, whole: str, pairs: tuple[str, ...]) -> None:
    tree = parse_whole(query)
    assert isinstance(tree, Preferring)
    assert (tree.whole, tree.pairs) == (whole, pairs)


@pytest.mark.parametrize(
    "query", ["招商引资", '"招商引资" 产业链', "光伏 | 锂电", "(光伏 锂电)", "", "-招商 -引资"]
)
def test_other_queries_prefer_nothing(query: str) -> None:
    assert not isinstance(parse_whole(query), Preferring)
