"""How Chinese characters sound."""

from __future__ import annotations

import pytest

from indexer.suggest.pinyin import loosely, readings, spell


@pytest.mark.parametrize(
    ("char", "usual", "others"),
    [
        ("商", "shang", set()),
        ("招", "zhao", {"qiao", "shao"}),
        ("重", "zhong", {"chong", "tong"}),
        ("行", "xing", {"hang", "heng"}),
        ("長", "zhang", {"chang"}),  # Traditional
        ("女", "nv", {"ru"}),
        ("㐀", "qiu", set()),  # rare, outside the common block
    ],
)
def test_readings_the_usual_one_first(char: str, usual: str, others: set[str]) -> None:
    first, *more = readings(char)
    assert first == usual
    assert others <= set(more)
    assert len(more) == len(set(more) - {first})


@pytest.mark.parametrize("char", [*"aZ1%１ａ，。、“（ \n\u3000é\u200b😀", "\ud800", "\U000e0041"])
def test_what_is_no_chinese_character_has_no_reading(char: str) -> None:
    assert readings(char) == ()


@pytest.mark.parametrize(
    ("alike", "loose"),
    [
        ("zhang zang zhan zan", "zan"),
        ("chang cang chan can", "can"),
        ("shang sang shan san", "san"),
        ("zheng zeng zhen zen", "zen"),
        ("shi si", "si"),
        ("xing xin", "xin"),
        ("ling lin ning nin", "lin"),
        ("nan lan nang lang", "lan"),
        ("nv lv", "lv"),
        ("huang huan", "huan"),
        ("zhong zong", "zong"),
        # What nobody takes for something else stands for itself.
        ("hu", "hu"),
        ("fu", "fu"),
        ("a", "a"),
        ("en", "en"),
        ("n", "n"),
    ],
)
def test_sounds_that_are_confused_are_one(alike: str, loose: str) -> None:
    assert {loosely(syllable) for syllable in alike.split()} == {loose}


@pytest.mark.parametrize(
    "different", ["zhang chang", "shang zhang", "hui fei", "lin xin", "an en", "lan ran", "long lang"]
)
def test_other_sounds_are_not(different: str) -> None:
    one, other = different.split()
    assert loosely(one) != loosely(other)


@pytest.mark.parametrize(
    ("text", "syllables"),
    [
        ("重庆", "chong qing"),
        ("重点", "zhong dian"),
        ("银行", "yin hang"),
        ("行业", "hang ye"),
        ("进行", "jin xing"),
        ("增长", "zeng zhang"),
        ("长期", "chang qi"),
        ("绿色", "lv se"),
        ("招商引资", "zhao shang yin zi"),
        ("gdp增长", "gdp zeng zhang"),
        ("重庆2019年", "chong qing 2019 nian"),
        ("4s店", "4s dian"),
        ("gdp", "gdp"),
        ("", ""),
    ],
)
def test_words_are_spelled_as_they_are_read(text: str, syllables: str) -> None:
    assert spell(text) == tuple(syllables.split())
