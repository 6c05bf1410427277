"""The office's word files, and queries that are given a second chance."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer import build
from indexer.library import Library
from indexer.query.nodes import And, Not, Or, Preferring, Word
from indexer.query.parser import parse
from indexer.search import make_question, relax, search
from indexer.settings import Settings

REPORT = """云岭园区2023年工作总结

一、招商引资
全年开展招商引资活动12次，启源锂电二期签约。

二、安全生产
排查隐患36处，启动锂电源头监管。

三、云岭精神
广大干部扎实工作。
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    (tmp_path / "报告").mkdir()
    (tmp_path / "报告/甲.txt").write_text(REPORT, "utf-8")
    build.update(tmp_path / "index", [tmp_path / "报告"], Settings())
    (tmp_path / "settings").mkdir()
    return Library(tmp_path / "index", tmp_path / "settings")


def ask(library: Library, query: str) -> tuple[int, list[str | None], bool]:
    answer = search(library, make_question(query))
    return answer.total, [hit.filed.section.heading for hit in answer.hits], answer.relaxed


def test_a_new_word_is_one_in_the_next_query(library: Library) -> None:
    before = search(library, make_question("启源锂电二期 监管"))
    (library.lexicon.folder / "dictionary.txt").write_bytes("启源锂电二期\n".encode("gb18030"))
    after = search(library, make_question("启源锂电二期 监管"))
    assert before.node != after.node
    assert ask(library, "启源锂电二期") == (1, ["一、招商引资"], False)


def test_synonyms_are_found_and_forgotten(library: Library) -> None:
    assert ask(library, "招引") == (0, [], False)
    path = library.lexicon.folder / "synonyms.txt"
    path.write_text("招引=招商引资\n", "utf-8")
    assert ask(library, "招引") == (1, ["一、招商引资"], False)
    assert ask(library, '"招引"') == (0, [], False)  # a phrase is exact
    path.unlink()
    assert ask(library, "招引") == (0, [], False)


def test_where_nothing_has_every_word_the_best_partial_matches_are_shown(library: Library) -> None:
    answer = search(library, make_question("招商引资 隐患"))
    assert (answer.total, answer.reports, answer.facets.part, answer.relaxed) == (0, 0, (), True)
    assert {h.filed.section.heading for h in answer.hits} == {"一、招商引资", "二、安全生产"}


@pytest.mark.parametrize("query", ['"招商引资" "隐患"', "没有的词", "隐患 年份:1990", ""])
def test_what_is_not_relaxed(library: Library, query: str) -> None:
    assert not search(library, make_question(query)).relaxed


def test_what_is_excluded_stays_excluded(library: Library) -> None:
    total, headings, relaxed = ask(library, "招商引资 隐患 -签约")
    assert (total, headings, relaxed) == (0, ["二、安全生产"], True)


def test_the_whole_query_as_one_run_comes_first(library: Library, tmp_path: Path) -> None:
    (tmp_path / "报告/乙.txt").write_text(
        "云岭园区2022年工作总结\n\n一、工作\n工作扎实，工作扎实，工作扎实，工作很扎实。\n", "utf-8"
    )
    build.update(tmp_path / "index", [], Settings())
    assert ask(library, "扎实工作")[1] == ["三、云岭精神", "一、工作"]


def test_words_that_only_ask_are_left_out(library: Library) -> None:
    """的, 有, 是 stand in every section; what is asked for stands in one."""
    for query in ("签约怎么解决的", "是否有签约", "签约 情况 如何"):
        assert ask(library, query) == (0, ["一、招商引资"], True), query
    assert search(library, make_question("关于有关的")).hits == ()
    relaxed = And((Or((Word(("签约",)),)), Not(Word(("隐患",)))))
    assert relax(parse("的 签约 -隐患")) == Preferring(relaxed, "的签约")
    assert relax(parse("怎么 如何")) == Preferring(And((Or((Word(("怎么",)), Word(("如何",)))),)), "怎么如何")


def test_partial_matches_with_words_in_a_row_come_first(library: Library, tmp_path: Path) -> None:
    (tmp_path / "报告/乙.txt").write_text(
        "云岭园区2022年工作总结\n\n一、签约\n锂电和启源都已签约。\n\n二、项目\n启源锂电已签约。\n", "utf-8"
    )
    build.update(tmp_path / "index", [], Settings())
    total, headings, relaxed = ask(library, "启源锂电 签约 竣工")
    assert (total, headings[0], relaxed) == (0, "二、项目", True)
