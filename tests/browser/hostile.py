"""Reports whose every part would do harm where it were taken for more than text."""

from __future__ import annotations

#: Elements that run something at once, an element that would show, an end of what a script might hold.
HARM = "<script>window.harm=1</script><img src=x onerror=window.harm=2><b class=harm>粗</b>"
QUOTES = "\"双'单`反\\斜&amp;&#60;</title></textarea></script>"
TURNED = "\u202e倒过来\u202c\u2067右\u2069\u200f"
EMOJI = "🏗️👩‍👩‍👧‍👦🇨🇳"
LONG = "甲乙丙丁戊" * 2000  # Chinese breaks between any two characters
WORD = "abcdefghij" * 1000  # this nowhere
FIGURES = "1234567890" * 1000

PIECES = (HARM, QUOTES, TURNED, EMOJI, LONG, WORD, FIGURES)

_REPORT = """{piece}区{year}年工作总结

单位：{piece}局

一、{piece}主要工作

（一）{piece}招商引资

{piece}

全年招商引资{piece}到位资金{n}亿元，同比增长{n}%，这一句年年都写，只有数字不同。

二、{piece}存在问题

招商引资缺少人手，{n}个项目没有开工，{piece}。
"""


def _name(number: int, year: int) -> str:
    # A name has 255 bytes at the most, and no slash.
    names = (HARM.replace("/", "⁄"), QUOTES.replace("/", "⁄"), TURNED, EMOJI, "丙" * 70, "w" * 230, "9" * 230)
    return f"{names[number]}{year}.txt"


#: Two years of each, so that there are templates with slots and texts that are alike.
FILES = {
    _name(number, year): _REPORT.format(piece=piece, year=year, n=year - 2000 + number)
    for number, piece in enumerate(PIECES)
    for year in (2018, 2019)
} | {
    # Where nothing else stands in the title it is short enough to be one.
    f"敌{number}.txt": f"{piece[:60]}2017年工作总结\n\n一、{piece[:60]}工作\n\n{piece[:60]}招商引资开了头。\n"
    for number, piece in enumerate(PIECES)
}
