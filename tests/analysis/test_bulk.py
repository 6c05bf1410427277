"""Many texts at once: exactly what each gives on its own."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.analysis import bulk_words, words
from indexer.analysis.bulk_normalise import normalise_all
from indexer.analysis.bulk_words import Counts, count_words
from indexer.analysis.code_points import UNICODE, Line, from_code_points, members, to_code_points
from indexer.analysis.normalise import HAN, normalise
from indexer.analysis.words import cut_words

from .test_normalise import GOLDEN, texts
from .test_words import han

#: What stands between Chinese: figures and what holds them together, letters of several scripts, odd ones.
OTHER = (
    "aZz09_é中文ßβλジ가½² .,:/%+-，。、％\n\0\u0301\ud800\udfff"
    "\U0001f600\U00010330𠮷\u3400\ufa0e\U00030000\U0003ffff"
)
paragraphs = (texts | han | st.text(st.sampled_from(OTHER), max_size=20)).map(normalise)
sections = st.lists(paragraphs | st.lists(paragraphs, max_size=4).map("\n".join), max_size=6)


def texts_of(line: Line) -> list[str]:
    whole = from_code_points(line.codes)
    return [whole[a + 1 : b] for a, b in pairwise([-1, *line.ends.tolist()])]


def words_of_each(texts: list[str]) -> list[Counter[str]]:
    """The words that :func:`count_words` finds in each text."""
    return of_each(count_words(Line.of(texts)))


def of_each(counts: Counts) -> list[Counter[str]]:
    found: list[Counter[str]] = [Counter() for _ in counts.lengths]
    for n, word in enumerate(texts_of(counts.words)):
        own = slice(counts.offsets[n], counts.offsets[n + 1])
        assert len(counts.texts[own]), word
        assert (np.diff(counts.texts[own]) > 0).all()
        for text, count in zip(counts.texts[own].tolist(), counts.counts[own].tolist(), strict=True):
            found[text][word] = count
    assert len(counts.offsets) == len(counts.words.ends) + 1
    assert counts.offsets[-1] == len(counts.texts) == len(counts.counts)
    assert counts.lengths.tolist() == [words.total() for words in found]
    return found


@given(texts)
def test_code_points_are_the_characters(text: str) -> None:
    codes = to_code_points(text)
    assert codes.tolist() == [ord(char) for char in text]
    assert from_code_points(codes) == text


@pytest.mark.parametrize("characters", [rf"[{HAN}]", r"\w", r"\s", "[.%-]"])
def test_members_of_a_class_of_characters(characters: str) -> None:
    matching = re.compile(characters).fullmatch
    assert members(characters).tolist() == [matching(chr(code)) is not None for code in range(UNICODE)]


def test_golden_texts_together() -> None:
    assert texts_of(normalise_all([original for original, _, _ in GOLDEN])) == [
        normal for _, normal, _ in GOLDEN
    ]


@given(st.lists(texts | st.sampled_from(["", " ", "\0", "\0\0", " \0 ", "招 \n", "Σ"]), max_size=8))
@example([])
@example([""])
@example([" a ", " ", "", " 招 a  b 商 "])
@example(["a ", " b"])
@example(["\u200b ", "a\u200b", " \u200b b \u200b \u200b c"])
@example(["ΑΣ", "ｶ", "ﾞ", "e", "\u0301", "①", "\u1112", "\u1161"])
@example(["\ud83d", "\ude00", "\ud83d\ude00", "\U0001f600 \uf900"])
@settings(max_examples=1500)
def test_texts_together_are_normalised_as_each_is_alone(texts: list[str]) -> None:
    assert texts_of(normalise_all(texts)) == [normalise(text) for text in texts]


def test_every_character_is_normalised_as_it_is_alone() -> None:
    """Each on its own, with white space beside it, and among others of its block."""
    characters = [chr(code) for code in range(UNICODE) if unicodedata.category(chr(code)) not in ("Co", "Cn")]
    assert texts_of(normalise_all(characters)) == [normalise(char) for char in characters]
    spaced = [f"a {char} 招 {char}b" for char in characters]
    assert texts_of(normalise_all(spaced)) == [normalise(text) for text in spaced]
    blocks = ["".join(characters[i : i + 16]) for i in range(0, len(characters), 16)]
    assert texts_of(normalise_all(blocks)) == [normalise(text) for text in blocks]


def test_texts_of_the_caller_stay_as_they_are() -> None:
    given_texts = ["Ａ b", "招 商"]
    normalise_all(given_texts)
    assert given_texts == ["Ａ b", "招 商"]


def test_words_as_a_whole() -> None:
    counts = count_words(Line.of(["gdp增长12.5%\n招商引资工作", "", "，", "增长招商,引资增长"]))
    assert texts_of(counts.words) == ["12.5%", "gdp", "增长", "工作", "引资", "招商", "招商引资"]
    assert counts.offsets.tolist() == [0, 1, 2, 4, 5, 6, 7, 8]
    assert counts.texts.tolist() == [0, 0, 0, 3, 0, 3, 3, 0]
    assert counts.counts.tolist() == [1, 1, 1, 2, 1, 1, 1, 1]
    assert counts.lengths.tolist() == [5, 0, 0, 4]


@pytest.mark.parametrize("texts", [[], [""], ["", ""], ["\n"], ["，。", "\ud800"]])
def test_no_words(texts: list[str]) -> None:
    counts = count_words(Line.of(texts))
    assert texts_of(counts.words) == []
    assert counts.offsets.tolist() == [0]
    assert counts.lengths.tolist() == [0] * len(texts)


@given(sections)
@example(["招商", "引资", "招商\n引资"])
@example(["5%%", "5%", "%5", "5%.6", "1.", ".2", "1..2", "a-b_c/d:e", "1,2招3.4", "5", "%"])
@example(["𠮷", "\u3400\n\u3400", "a𠮷b", "\U0003ffff", "\ufa0e\ufa0e"])
@settings(max_examples=1000)
def test_words_together_are_those_of_each_text_alone(sections: list[str]) -> None:
    alone = [
        Counter(word for text in section.split("\n") for word in cut_words(text)) for section in sections
    ]
    assert words_of_each(sections) == alone


@given(sections)
@settings(max_examples=300)
def test_the_vocabulary_has_each_word_once_in_order(sections: list[str]) -> None:
    words = texts_of(count_words(Line.of(sections)).words)
    assert words == sorted(words, key=lambda word: word.encode("utf-8", "surrogatepass"))
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("bits", [6, 16, 30])
def test_numbers_of_few_bits_tell_the_same_words_apart(bits: int) -> None:
    """There is then room for fewer characters of a word, and more words are told apart as text."""

    @given(sections)
    @example(["招商引资招商引资", "招商引资招商", "abcdefgh abcdefgi abcd a ab abc", "12.5% 12.5 12"])
    @settings(max_examples=100)
    def check(sections: list[str]) -> None:
        expected = words_of_each(sections)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bulk_words, "_BITS", bits)
            assert words_of_each(sections) == expected

    check()


@pytest.mark.parametrize("frame", ["a{}b", "招{}商", "5{} "])
def test_words_of_every_character(frame: str) -> None:
    """No character counts as one of another class than on its own."""
    assigned = (code for code in range(UNICODE) if unicodedata.category(chr(code)) not in ("Co", "Cn"))
    texts = [normalise(frame.format(chr(code))) for code in assigned]
    assert words_of_each(texts) == [Counter(cut_words(text)) for text in texts]


@pytest.fixture
def python_jieba(monkeypatch: pytest.MonkeyPatch) -> None:
    jieba = pytest.importorskip("jieba")
    jieba.setLogLevel(logging.WARNING)
    monkeypatch.setattr(words, "cutter", lambda: jieba.lcut)
    monkeypatch.setattr(bulk_words, "cutter", lambda: jieba.lcut)


@pytest.mark.usefixtures("python_jieba")
def test_words_together_with_the_python_jieba() -> None:
    @given(sections)
    @example(["\u3400", "\u3400\n\u3400招商", "𠮷野\n𠮷", "\ufa0e"])
    @settings(max_examples=300)
    def check(sections: list[str]) -> None:
        alone = [
            Counter(word for text in section.split("\n") for word in cut_words(text)) for section in sections
        ]
        assert words_of_each(sections) == alone

    check()
