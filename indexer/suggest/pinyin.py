"""How Chinese characters sound, by pypinyin: syllables of the romanisation, without tones."""

from __future__ import annotations

from functools import lru_cache

#: Sounds that speakers of the south, and input methods with them, take for the same. In this order.
_LIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))


@lru_cache(maxsize=1 << 16)
def readings(char: str) -> tuple[str, ...]:
    """The syllables that a Chinese character may stand for, the usual one first; of another none."""
    from pypinyin import Style, pinyin  # loads a large table

    return tuple(dict.fromkeys(s for s in pinyin(char, style=Style.NORMAL, heteronym=True)[0] if s != char))


@lru_cache(maxsize=1 << 12)
def loosely(syllable: str) -> str:
    """A syllable with the sounds that are often confused made one: zhang and zan are both zan."""
    for one, other in _LIKE:
        syllable = syllable.replace(one, other)
    return "l" + syllable[1:] if syllable.startswith("n") and len(syllable) > 1 else syllable


@lru_cache(maxsize=1 << 15)
def in_one_piece(word: str) -> str:
    """A word's syllables, one behind the other."""
    return "".join(spell(word))


def spell(text: str) -> tuple[str, ...]:
    """A syllable a character, as the words of the text are read; a run of others stands for itself."""
    from pypinyin import Style, lazy_pinyin

    return tuple(lazy_pinyin(text, style=Style.NORMAL))
