"""The forms in which reports number their chapters and headings: data, each with its example.

A form says how a number is written, not how deep it stands: levels come from how a document uses its forms
(see :mod:`indexer.reports.outline`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: A number in Chinese characters or Arabic digits (half or full width).
NUMBER = r"[〇零一二三四五六七八九十百\d]{1,4}"
_CHINESE = r"[一二三四五六七八九十百]{1,4}"
_DIGITS = r"[0-9０-９]{1,2}"


@dataclass(frozen=True, slots=True)
class Form:
    """A way to number headings; ``rank`` orders forms as documents nearly always nest them."""

    name: str
    rank: int
    pattern: re.Pattern[str]  # matches at the start of a heading, number and closing mark
    example: str


FORMS = (
    Form("编", 1, re.compile(rf"第{NUMBER}编(?=[\s\u3000:：、]|$)"), "第一编 总则"),
    Form("部分", 2, re.compile(rf"第{NUMBER}部分[:：、]?"), "第一部分 2024年工作回顾"),
    Form("章", 3, re.compile(rf"第{NUMBER}章[:：、]?"), "第一章 总则"),
    Form("节", 4, re.compile(rf"第{NUMBER}节[:：、]?"), "第一节 一般规定"),
    Form("条", 5, re.compile(rf"第{NUMBER}条(?=[\s\u3000:：])"), "第一条 为了加强安全生产，制定本规定。"),
    Form("一、", 6, re.compile(rf"{_CHINESE}[、．.]"), "一、主要工作完成情况"),
    Form("（一）", 7, re.compile(rf"[（(]{_CHINESE}[）)][、.．]?"), "（一）招商引资成效明显。"),
    Form("1、", 8, re.compile(rf"{_DIGITS}(?:、|[.．](?![0-9０-９]))"), "1、加快项目建设"),
    Form("（1）", 9, re.compile(rf"[（(]{_DIGITS}[）)][、.．]?"), "（1）完成征地120亩"),
    Form("①", 10, re.compile(r"[①-⑳]"), "①抓好调度"),
)

#: A line that opens one report of several: 篇1 · 篇一 · 第一篇：…
CHAPTER = re.compile(
    rf"(?P<before>[^。！？；，]{{0,40}}?)(?:第(?P<n1>{NUMBER})篇|篇(?P<n2>{NUMBER}))"
    r"(?P<after>(?:[\s:：、.．（(].{0,60})?)"
)


def form_of(line: str) -> Form | None:
    """The form that numbers this line, if one does."""
    for form in FORMS:
        if form.pattern.match(line):
            return form
    return None
