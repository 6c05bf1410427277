"""Words: nothing of a Chinese run is lost, and both builds of jieba cut alike."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.analysis.normalise import HAN, normalise
from indexer.analysis.version import ANALYSIS_VERSION, analysis
from indexer.analysis.words import cut_words, cutter_version

CORPUS = Path(__file__).parents[2] / "corpus"


def han_runs_of_corpus() -> Iterator[str]:
    """The Chinese runs of the sample reports, each once."""
    seen: set[str] = set()
    for path in sorted(CORPUS.rglob("*")):
        if path.suffix in (".txt", ".md"):
            text = path.read_bytes().decode("utf-8", "ignore")
            for line in text.splitlines():
                for run in re.findall(rf"[{HAN}]+", normalise(line)):
                    if run not in seen:
                        seen.add(run)
                        yield run


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("，。 ", []),
        ("招商引资工作", ["招商引资", "工作"]),
        ("招商,引资", ["招商", "引资"]),
        ("gdp增长12.5%", ["gdp", "增长", "12.5%"]),
        ("2018-2021年", ["2018-2021", "年"]),
        ("new york", ["new", "york"]),
        ("1,234.5万元", ["1,234.5", "万元"]),
        ("a.b.", ["a.b"]),
    ],
)
def test_golden(text: str, words: list[str]) -> None:
    assert list(cut_words(text)) == words


def in_ranges(*ranges: tuple[int, int]) -> st.SearchStrategy[str]:
    one = st.one_of([st.characters(min_codepoint=a, max_codepoint=b) for a, b in ranges])
    return st.text(one, min_size=1, max_size=20)


han = in_ranges((0x4E00, 0x9FA5)) | in_ranges((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x3FFFF))


@given(han | st.text("招商引资工作项目建设园区的了和一二三", min_size=1))
@settings(max_examples=300)
def test_words_of_a_chinese_run_give_it_back(run: str) -> None:
    assert "".join(cut_words(run)) == run


@given(st.text("招商工作a1b2.,%-，。 ", max_size=20).map(normalise))
def test_words_stand_in_the_text_in_order(text: str) -> None:
    at = 0
    for word in cut_words(text):
        assert word
        assert not re.search(r"\s", word)
        at = text.index(word, at) + len(word)


def test_words_of_the_corpus_give_its_runs_back() -> None:
    runs = list(han_runs_of_corpus())
    assert len(runs) > 1000
    assert ["".join(cut_words(run)) for run in runs] == runs


def test_both_builds_of_jieba_cut_chinese_alike() -> None:
    jieba = pytest.importorskip("jieba")
    rjieba = pytest.importorskip("rjieba")
    jieba.setLogLevel(logging.WARNING)
    differing = {
        run: (ours, other)
        for run in han_runs_of_corpus()
        if (ours := rjieba.cut(run)) != (other := jieba.lcut(run))
    }
    assert differing == {}


def test_an_index_records_what_cut_its_words() -> None:
    build, _, number = cutter_version().partition(" ")
    assert build in ("rjieba", "jieba")
    assert re.fullmatch(r"[\d.]+", number)
    assert analysis() == {"analysis": ANALYSIS_VERSION, "jieba": cutter_version()}
