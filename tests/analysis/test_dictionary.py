"""The office's own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis.dictionary import EMPTY, Lexicon, make_lexicon
from indexer.analysis.words import cut_words

LEXICON = make_lexicon(
    "启源锂电  # 2018年签约\n# 注释\n\n海岳环保 n\nＡＢ园\n",
    "招引=招商引资\n缺工＝用工难 = 招工难  # 三个词\n用工难=缺人\n单独一个\n",
)


def test_words_and_synonyms() -> None:
    assert sorted(LEXICON.words) == sorted(
        ["启源锂电", "海岳环保", "ab园", "招引", "招商引资", "缺工", "用工难", "招工难", "缺人"]
    )
    assert LEXICON.runs("招引") == ("招引", "招商引资")
    assert set(LEXICON.runs("缺人")) == {"缺人", "缺工", "用工难", "招工难"}
    assert LEXICON.runs("缺人")[0] == "缺人"
    assert LEXICON.runs("启源锂电") == ("启源锂电",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("启源锂电二期投产", ["启源锂电", *cut_words("二期投产")]),
        ("支持启源锂电和海岳环保", [*cut_words("支持"), "启源锂电", *cut_words("和"), "海岳环保"]),
        ("ab园招引", ["ab园", "招引"]),
        ("", []),
    ],
)
def test_own_words_are_cut_first(text: str, words: list[str]) -> None:
    assert list(LEXICON.cut(text)) == words


@given(st.text(alphabet="启源锂电海岳环保招引商资园a1 ，", max_size=30))
def test_without_own_words_jieba_cuts(text: str) -> None:
    assert list(EMPTY.cut(text)) == list(cut_words(text))


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_files_make_a_lexicon(dictionary: str, synonyms: str) -> None:
    lexicon = make_lexicon(dictionary, synonyms)
    assert isinstance(lexicon, Lexicon)
    assert all(lexicon.runs(word)[0] == word for word in lexicon.words)
