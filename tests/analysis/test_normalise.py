"""Normalised text and its offsets, against the contract's definition written plainly."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.analysis.normalise import (
    Normalised,
    normalise,
    normalise_with_offsets,
    occurrences,
)

from .plain import is_han, plain_normalise

GOLDEN = [
    # original, normalised, why
    ("", "", "nothing"),
    (" \u3000\t\n", "", "white space alone"),
    ("ＧＤＰ增长１２．５％", "gdp增长12.5%", "full width"),
    ("資訊產業發展", "资讯产业发展", "Traditional"),
    ("招 商\n引\u3000资", "招商引资", "white space between Chinese characters"),
    ("GDP 增长 5 %", "gdp增长5 %", "white space beside Chinese, and beside none"),
    ("New   York\tCity ", "new york city", "white space elsewhere: one"),
    ("招\u200b商\ufeff引\u00ad资", "招商引资", "format characters"),
    ("a \u200b b", "a b", "white space round a format character is one white space"),
    ("中 \u200b 文", "中文", "the same beside Chinese"),
    ("㎡㈱½", "m2(株)1⁄2", "one character becomes several"),
    ("ｶﾞ ﾊﾟ", "ガ パ", "half-width kana with a voicing mark: two become one; kana is not Chinese"),
    ("e\u0301É", "éé", "combining mark"),
    ("\u1112\u1161\u11ab", "한", "Hangul letters become a syllable"),
    ("İ", "i̇", "one capital becomes two characters"),
    ("ΣΑΣ ΑΣ.", "σας ας.", "sigma at a word's end"),
    ("ﬁne", "fine", "ligature"),
    ("\uf900\u2f00", "豈一".replace("豈", "岂"), "compatibility ideograph, radical"),
    ("𠮷 野", "𠮷野", "beyond the basic plane"),
    ("a\udcff b", "a\udcff b", "a lone surrogate stands for itself"),
    ("“招商”…—", "“招商”...—", "punctuation"),
    ("０．５\u00a0亩", "0.5亩", "no-break space"),
]

#: Where a rule bites: full and half width, both scripts, marks, letters that grow, signs that vanish.
ODD = (
    "招商引资資訊產業發展裡後髮豈\uf900\u2f00𠮷\u3400ＡｂＺ０９％（），。：；！？“”aZ09.,%-xX×"
    " \t\n\r\u3000\u00a0\u2009\u2028\u0085\x1c\u200b\u200c\u200d\ufeff\u00ad\u2060\u061c"
    "\u0301\u0308\u0327\u3099\u309aｶﾊﾞﾟがカ\u1112\u1161\u11ab\uac00\u11a8İIıΣσςΑßſKÅﬁ㎡㈱½①Ⅷ\u0344\u0958\u09c7\u09be"
    "\ud800\udcff"
)
odd_texts = st.text(st.sampled_from(ODD), max_size=30)
any_texts = st.text(st.characters(), max_size=20)
texts = odd_texts | any_texts | st.lists(odd_texts | any_texts, max_size=4).map("".join)


@pytest.mark.parametrize(("original", "normal", "why"), GOLDEN, ids=[why for *_, why in GOLDEN])
def test_golden(original: str, normal: str, why: str) -> None:
    assert normalise(original) == normal
    assert plain_normalise(original) == normal, "the definition itself"


@given(texts)
@settings(max_examples=1500)
def test_is_what_the_contract_says(text: str) -> None:
    assert normalise(text) == plain_normalise(text)


@given(texts)
@example("İΣ ")
@example("e\u200b\u0301")
@example("\u0301a")
@example("\u1100\u1161\u200b\u11a8")
@settings(max_examples=1500)
def test_offsets_give_the_same_text(text: str) -> None:
    mapped = normalise_with_offsets(text)
    assert mapped.text == normalise(text)
    assert len(mapped.starts) == len(mapped.ends) == len(mapped.text)


@given(texts)
@settings(max_examples=1000)
def test_offsets_are_in_range_and_in_order(text: str) -> None:
    mapped = normalise_with_offsets(text)
    for start, end in zip(mapped.starts, mapped.ends, strict=True):
        assert 0 <= start < end <= len(text)
    assert list(mapped.starts) == sorted(mapped.starts)
    assert list(mapped.ends) == sorted(mapped.ends)


@given(texts)
@settings(max_examples=1000)
def test_each_character_comes_from_its_place(text: str) -> None:
    """The original of a character, normalised alone, holds it.

    Two depend on what stands round them: white space is dropped at the ends, and a sigma's form at a word's
    end shows only with the word.
    """
    mapped = normalise_with_offsets(text)
    for i, char in enumerate(mapped.text):
        original = text[slice(*mapped.original(i, i + 1))]
        if char == " ":
            assert unicodedata.normalize("NFKC", original).isspace() or any(
                c.isspace() for c in unicodedata.normalize("NFKC", original)
            )
        else:
            assert char.replace("ς", "σ") in normalise(original).replace("ς", "σ")


@given(texts, st.data())
@settings(max_examples=500)
def test_a_stretch_comes_from_its_place(text: str, data: st.DataObject) -> None:
    """The original of a stretch, normalised, holds the stretch."""
    mapped = normalise_with_offsets(text)
    if not mapped.text:
        return
    start = data.draw(st.integers(0, len(mapped.text) - 1))
    end = data.draw(st.integers(start + 1, len(mapped.text)))
    original = text[slice(*mapped.original(start, end))]
    stretch = mapped.text[start:end].strip()
    assert stretch.replace("ς", "σ") in normalise(original).replace("ς", "σ")


def test_offsets_as_a_whole() -> None:
    assert normalise_with_offsets("㎡ 資\u200b訊") == Normalised(
        "m2资讯",
        (0, 0, 2, 4),
        (1, 1, 3, 5),
    )


@given(texts)
@settings(max_examples=300)
def test_no_white_space_touches_chinese(text: str) -> None:
    normal = normalise(text)
    for i, char in enumerate(normal):
        if char.isspace():
            assert char == " "
            assert 0 < i < len(normal) - 1
            assert not is_han(normal[i - 1])
            assert not is_han(normal[i + 1])
            assert normal[i + 1] != " "


@pytest.mark.parametrize(
    ("run", "text", "places"),
    [
        ("", "招商", []),
        ("招", "", []),
        ("招商", "招商引资招商", [0, 4]),
        ("aa", "aaaa", [0, 1, 2]),
        ("招商引资", "招商", []),
        ("12", "12.123", [0, 3]),
    ],
)
def test_occurrences_golden(run: str, text: str, places: list[int]) -> None:
    assert occurrences(run, text) == places


@given(st.text("ab招", min_size=1, max_size=3), st.text("ab招", max_size=30))
def test_occurrences_are_all_places(run: str, text: str) -> None:
    assert occurrences(run, text) == [i for i in range(len(text)) if text[i:].startswith(run)]
