"""The forms in which reports number their chapters and headings: data, each with its example.

A form says how a number is written, not how deep it stands: levels come from how a document uses its forms
(see :mod:`indexer.reports.outline`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

#: A number in Chinese characters or Arabic digits of either width.
NUMBER = r"(?:[〇零一二三四五六七八九十百]{1,5}|[0-9０-９]{1,3})"
_CHINESE = r"[一二三四五六七八九十百]{1,4}"
_DIGITS = r"[0-9０-９]{1,2}"
#: Behind a decimal number of a heading: a space, or a character that is no unit (3.5亿元 is a figure).
_AFTER_DECIMAL = (
    r"(?:[\s\u3000]+(?=[^\d\s])|(?=[\u4e00-\u9fff])(?![亿万千百十个元吨亩倍米公平年月日号家户项户点米度级]))"
)
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


@dataclass(frozen=True, slots=True)
class Form:
    """A way to number headings.

    ``rank`` orders forms as documents nearly always nest them. ``pattern`` matches at the start of a heading:
    the number (its group ``n``) with its closing mark.
    """

    name: str
    rank: float
    pattern: re.Pattern[str]
    example: str


def _form(name: str, rank: float, pattern: str, example: str) -> Form:
    return Form(name, rank, re.compile(pattern), example)


FORMS = (
    _form("编", 1, rf"第(?P<n>{NUMBER})编(?:[\s\u3000:：、]+|$)", "第一编 总则"),
    _form("部分", 2, rf"第(?P<n>{NUMBER})部分[\s\u3000:：、，,]*", "第一部分 2024年工作回顾"),
    _form("章", 3, rf"第(?P<n>{NUMBER})章[\s\u3000:：、]*", "第一章 总则"),
    _form("节", 4, rf"第(?P<n>{NUMBER})节[\s\u3000:：、]+", "第一节 一般规定"),
    _form("条", 5, rf"第(?P<n>{NUMBER})条(?:[\s\u3000:：]+|(?=【))", "第一条 为了加强安全生产，制定本规定。"),
    _form(
        "一、",
        6,
        rf"(?!{_CHINESE}、[二三四五六七八九十]、)(?P<n>{_CHINESE})\s?(?:[、．]|[.](?![0-9])|\s{{1,2}}(?=[\u4e00-\u9fff]{{2}}))",
        "一、主要工作完成情况",
    ),
    _form("（一）", 7, rf"[（(〔]\s?(?P<n>{_CHINESE})\s?[）)〕][、.．]?", "（一）招商引资成效明显。"),
    _form("1、", 8, rf"(?P<n>{_DIGITS})\s?(?:[、．]|[.](?![0-9０-９])·?)", "1、加快项目建设"),
    _form("1.1", 8.2, rf"{_DIGITS}[.．](?P<n>{_DIGITS})(?![.．\d]){_AFTER_DECIMAL}", "1.1 发展现状"),
    _form(
        "1.1.1",
        8.4,
        rf"{_DIGITS}(?:[.．]{_DIGITS}){{1}}[.．](?P<n>{_DIGITS})(?![.．\d]){_AFTER_DECIMAL}",
        "2.1.1 数据中心",
    ),
    _form("（1）", 9, rf"[（(]\s?(?P<n>{_DIGITS})\s?[）)][、.．]?", "（1）完成征地120亩"),
    _form("1）", 10, rf"(?P<n>{_DIGITS})[）)][、.．]?", "1）纺织产业：…"),
    _form("①", 11, rf"(?P<n>[{_CIRCLED}])[、.．]?", "①抓好调度"),
)


@dataclass(frozen=True, slots=True)
class Numbered:
    """How a line is numbered: ``end`` is where its number with the closing mark ends."""

    form: Form
    ordinal: int
    end: int


_FIRST = frozenset("第（(〔①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳一二三四五六七八九十百0123456789０１２３４５６７８９")
_HEAD = 32  # characters within which every form is decided


def number_of(line: str) -> Numbered | None:
    """How this line is numbered; None if it is not."""
    return _number_of(line[:_HEAD]) if line[:1] in _FIRST else None


@lru_cache(maxsize=1 << 14)
def _number_of(head: str) -> Numbered | None:
    for form in FORMS:
        match = form.pattern.match(head)
        if match:
            return Numbered(form, to_int(match.group("n")), match.end())
    return None


def bare(heading: str) -> str:
    """A heading without its number and closing punctuation."""
    number = number_of(heading)
    return (heading[number.end :] if number else heading).strip().rstrip("。：:；;，,.!！ ")


_VALUES = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0}


def to_int(text: str) -> int:
    """The value of a number in Chinese characters (up to 999), digits of either width or a circled one."""
    text = unicodedata.normalize("NFKC", text)
    if text.isdecimal():
        return int(text)
    if not any(c in "十百" for c in text):  # 二〇: digit by digit
        return int("".join(str(_VALUES[c]) for c in text))
    total, digit = 0, 0
    for char in text:
        if char == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif char == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _VALUES[char]
    return total + digit


@dataclass(frozen=True, slots=True)
class ChapterMark:
    """A form of line that opens one report of several; ``title`` and ``n`` are groups of its pattern."""

    pattern: re.Pattern[str]
    example: str


#: What a title ends with that follows its mark without a sign between.
_PAPER = re.compile(
    r"(?:总结|计划|报告|汇报|方案|小结|简报|思路|打算|规定|办法|讲话|发言|述职)[^，。]{0,12}$"
)
_TITLE = r"[^。！？；\n]{0,60}?"
_SEPARATOR = r"[:：、.．|｜丨—\-\s]{0,9}"
_BRACKETED = rf"[（(【\[〔《]\s{{0,9}}(?:第?{NUMBER}篇|篇{NUMBER})\s{{0,9}}[）)】\]〕》]"

CHAPTER_MARKS = (
    ChapterMark(
        re.compile(rf"(?P<mark>[【\[（(]?第(?P<n>{NUMBER})篇[】\]）)]?{_SEPARATOR})(?P<title>{_TITLE})"),
        "第一篇：工业园区工作计划",
    ),
    ChapterMark(
        re.compile(rf"(?P<mark>[【\[（(]?篇(?P<n>{NUMBER})[】\]）)]?{_SEPARATOR})(?P<title>{_TITLE})"),
        "篇一：园区工作总结",
    ),
    ChapterMark(
        re.compile(
            rf"(?P<title>{_TITLE}[^第\s]\s{{0,9}}[（(【\[]?(?:第(?P<n>{NUMBER})篇|篇(?P<m>{NUMBER}))[】\]）)]?)\s{{0,9}}[:：]?"
        ),
        "园区工作总结 篇1",
    ),
    ChapterMark(
        re.compile(
            rf"(?P<mark>[【\[（(](?:范文|模板|例文|样本)(?P<n>{NUMBER})[】\]）)]{_SEPARATOR}|(?:范文|模板|例文|样本)(?P<m>{NUMBER})\s{{0,9}}[:：、.．|｜\s]{{1,9}})(?P<title>{_TITLE})"
        ),
        "范文一：乡镇工作总结",
    ),
    ChapterMark(
        re.compile(
            rf"(?P<title>[^。！？；\n]{{2,40}}(?:范文|模板|总结|计划|报告|汇报|简报)\s{{0,9}}[（(]?(?P<n>{NUMBER})[）)]?)\s{{0,9}}[:：]?"
        ),
        "园区工作总结（一）",
    ),
)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A line that opens a report: its ordinal, its title ("" if it has none of its own), what is only mark."""

    ordinal: int
    title: str
    mark: str


def chapter_of(line: str) -> Chapter | None:
    """The chapter mark that this line is; None if it is none."""
    if len(line) > 70:
        return None
    for kind in CHAPTER_MARKS:
        match = kind.pattern.fullmatch(line)
        if match:
            groups = match.groupdict()
            start, end = match.span("title")
            title, mark = line[start:end].strip(), f"{line[:start]} {line[end:]}".strip()
            if title and groups.get("mark") and mark[-1:] == "篇" and not _PAPER.search(title):
                continue  # 第一篇文章发表在…
            return Chapter(to_int(groups.get("n") or groups.get("m") or "1"), title, mark)
    return None
