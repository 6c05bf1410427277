"""Years: which a report and its sections are about, which it plans for, and when it was published.

A year is what a text names; a masked one (20xx, ××) is unknown, never a guess. Years are read from titles,
headings, the first words of a report and its dateline, not from just anywhere in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from indexer.model import Removed, Section
from indexer.reports.numbering import to_int

_MASK = r"[xX×Xx*_＊＿○□]"
_ZERO_TO_NINE = "〇零○一二三四五六七八九"
#: A year, a five-year period, or a masked year, with what makes it one.
_TOKEN = re.compile(
    rf"(?P<range>(?<!\d)(?:19|20)\d\d\s?年?\s?(?:[-—–－~～至到])\s?(?P<range_end>(?:19|20)\d\d)(?=\s?年|\s?学年|\s?规划))"
    rf"|(?P<year>(?<![\d.:：/-])(?:19|20)\d\d)(?=\s?年|\s?(?:年度|工作|度|上半年|下半年|政府|全年|财年))"
    rf"|(?P<chinese>[一二][{_ZERO_TO_NINE}]{{3}})(?=\s?年)"
    rf"|(?P<mask>(?:(?:19|20)(?:{_MASK}{{2}}|{_MASK}\d|\d{_MASK})|(?<![0-9A-Za-z]){_MASK}{{2,4}}|20(?={_MASK}*年)))(?=\s?年|\s?-\d)"
    r"|[“\"「‘]?(?P<period>十[一二三四五六七八]?|[一二三四五六七八九])五(?!.{0,3}(?:普法|法治|依法))(?:[”\"」’]|(?=时期|期间|规划|计划|末|以来|开局|收官))"
)
_HALF_WIDTH = {0xFF10 + n: 0x30 + n for n in range(10)}  # digits, one for one: offsets stay
_PLAN = re.compile(r"计划|打算|安排|思路|规划|部署|要点|目标|任务|方案|展望|要求|重点工作|工作重点|措施")
#: Where a title joins what was done and what is planned.
_CONJUNCTION = re.compile(r"及|暨|、|，|(?:和|与)(?=下|来年|明年|今后|计划|打算|工作计划|(?:19|20)\d\d)")
#: A clause that reports on a plan, or names one that is none.
_DONE = re.compile(
    r"(?:完成|落实|执行|实施|进展|推进|开展).{0,4}(?:情况|汇报|总结|报告)|计划生育"
    r"|(?:目标|任务|措施|方案|要求|重点工作).{0,6}(?:总结|汇报|情况)"
)
_NEXT_YEAR = re.compile(r"来年|明年|下一年|次年|新(?:的)?一年")
_LAST_YEAR = re.compile(r"去年|上一?年度?(?!工作计划)|上年")
_REPORTS_ON = re.compile(r"(?:现将|现就|将|就|对|关于).{0,12}$")
_BEGINS = re.compile(r"^(?:是|，|,|以来|度|上半年|全年|，?我|，?在|的)")
_NUMERAL_DATE = (
    rf"[一二][{_ZERO_TO_NINE}]{{3}}年[一二三四五六七八九十]{{1,3}}月[一二三四五六七八九十]{{1,3}}日"
)
_ARABIC_DATE = r"(?:19|20)\d\d\s?(?:年|[-./])\s?\d{1,2}\s?(?:月|[-./])\s?\d{1,2}\s?日?"
_DATE = re.compile(
    rf"(?P<y>(?:19|20)\d\d)\s?(?:年|[-./])\s?(?P<m>\d{{1,2}})\s?(?:月|[-./])\s?(?P<d>\d{{1,2}})(?!\d)"
    rf"|(?P<cy>[一二][{_ZERO_TO_NINE}]{{3}})年(?P<cm>[一二三四五六七八九十]{{1,3}})月(?P<cd>[一二三四五六七八九十]{{1,3}})日"
)
#: A dateline: the date alone, with the body that signs, or with the meeting where the report was given.
_DATELINE = re.compile(
    rf"[（(]?(?:[^\d，。；：]{{0,30}}[\s　]?)?(?:{_ARABIC_DATE}|{_NUMERAL_DATE})[）)]?"
    rf"|[—－-]*\s?(?:{_ARABIC_DATE}|{_NUMERAL_DATE})[^，。；：]{{0,40}}(?:会议|大会|全会|会上)[^，。；：]{{0,24}}"
)
_MONTHLINE = re.compile(r"[（(]?(?:[^\d，。；：]{0,30}\s?)?(?P<y>(?:19|20)\d\d)\s?年\s?\d{1,2}\s?月[）)]?")


@dataclass(frozen=True, slots=True)
class Named:
    """What a text names: ``first`` to ``last`` (the same for a single year), both None where it is masked."""

    first: int | None
    last: int | None
    start: int
    end: int

    @property
    def span(self) -> tuple[int, ...]:
        """Every year of it; none if it is masked."""
        return (
            tuple(range(self.first, self.last + 1))
            if self.first is not None and self.last is not None
            else ()
        )


def named_years(text: str) -> list[Named]:
    """The years that a text names, in order: 2019年 · 二〇二一年 · 2011—2015年 · “十二五” · 20xx年."""
    text = text.translate(_HALF_WIDTH)
    if not any(c in text for c in "年五012xX×*_"):
        return []
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if match.group("range"):
            first, last = int(match.group("range")[:4]), int(match.group("range_end"))
            if first > last:
                continue
        elif kind == "year":
            first = last = int(match.group("year"))
        elif kind == "chinese":
            first = last = int(
                "".join(
                    str(0 if c in "〇零○" else "一二三四五六七八九".index(c) + 1)
                    for c in match.group("chinese")
                )
            )
        elif kind == "mask":
            found.append(Named(None, None, match.start(), match.end()))
            continue
        else:
            first, last = five_years(to_int(match.group("period")))
        found.append(Named(first, last, match.start(), match.end()))
    return found


def five_years(ordinal: int) -> tuple[int, int]:
    """First and last year of a five-year plan: the first 1953 to 1957, the twelfth 2011 to 2015."""
    first = {1: 1953, 2: 1958}.get(ordinal, 1966 + 5 * (ordinal - 3))
    return first, first + 4


# -- the report ------------------------------------------------------------------------------------


def find_year(title: str, sections: Sequence[Section], dateline: str | None) -> int | None:
    """The year that the title names, else the one the report says it reports on, else its dateline's."""
    named = named_years(title)
    if named:
        return named[0].last
    for section in sections:
        if section.heading and section.level <= 2 and section.part != "计划":
            in_heading = named_years(section.heading)
            if in_heading:
                return in_heading[0].last
    opening = _opening_year(sections)
    if opening is not None:
        return opening.last
    return int(dateline[:4]) if dateline else _month_year(sections)


def _opening_year(sections: Sequence[Section]) -> Named | None:
    """The year with which the first paragraphs begin, or on which they say that they report."""
    paragraphs = [p for s in sections[:2] for p in s.paragraphs[:3]][:4]
    for paragraph in paragraphs:
        for named in named_years(paragraph[:80]):
            rest = paragraph[named.end :].lstrip().removeprefix("年")
            if (named.start <= 12 and _BEGINS.match(rest)) or _REPORTS_ON.search(paragraph[: named.start]):
                return named
    return None


def _month_year(sections: Sequence[Section]) -> int | None:
    for line in _edge_lines(sections):
        match = _MONTHLINE.fullmatch(line)
        if match:
            return int(match.group("y"))
    return None


def find_plan_years(title: str, sections: Sequence[Section], year: int | None) -> tuple[int, ...]:
    """The years for which the title and the headings say that the report plans."""
    found: set[int] = set()
    if "政府工作报告" in title and year:
        found.add(year)
    starts = [0, *(n.start for n in named_years(title)[1:]), len(title)]
    for begin, end in pairwise(starts):
        for clause in _CONJUNCTION.split(title[begin:end]):
            if not _DONE.search(clause):
                found |= _planned(clause, year, titled=True)
    for section in sections:
        if section.heading and section.part == "计划":
            found |= _planned(section.heading, year, titled=False)
            opening = section.paragraphs[0] if section.level == 1 and section.paragraphs else ""
            found |= {y for n in named_years(opening[:12])[:1] if n.start == 0 for y in n.span}
    return tuple(sorted(found))


def _planned(text: str, year: int | None, *, titled: bool) -> set[int]:
    """The years that a clause with a word for planning names."""
    if not _PLAN.search(text):
        return set()
    named = named_years(text)
    if named:
        return {y for n in named for y in n.span} if titled else set(named[-1].span)
    if year is None:
        return set()
    if _NEXT_YEAR.search(text):
        return {year + 1}
    return {year} if "下半年" in text else set()


# -- sections --------------------------------------------------------------------------------------


def year_sections(
    sections: Sequence[Section], year: int | None, plan_years: Sequence[int]
) -> tuple[Section, ...]:
    """Give each section its year: what its own heading says; else its parent's; else, in a 计划 part, the
    single year planned for; else the report's."""
    said: dict[tuple[str, ...], int | None] = {}
    result = []
    for section in sections:
        heading = section.heading or ""
        named = named_years(heading)
        parents = (section.path[:n] for n in range(len(section.path) - 1, 0, -1))
        parent = next((p for p in parents if p in said), None)
        if named:
            first = named[0]
            several = section.part == "计划" and first.first != first.last
            own = None if several else first.last
            said[section.path] = own
        elif year is not None and _NEXT_YEAR.search(heading) and section.part == "计划":
            own = said[section.path] = year + 1
        elif year is not None and _LAST_YEAR.search(heading) and section.part == "总结":
            own = said[section.path] = year - 1
        else:
            said.pop(section.path, None)  # the same headings may stand in the report twice
            if parent is not None:
                own = said[parent]
            elif section.part == "计划" and plan_years:
                own = plan_years[0] if len(plan_years) == 1 else None
            else:
                own = year
        # Not dataclasses.replace: it takes as long as all the rest of this loop.
        result.append(
            Section(
                section.heading,
                section.level,
                section.path,
                section.paragraphs,
                own,
                section.part,
                section.topic,
            )
        )
    return tuple(result)


# -- dates -----------------------------------------------------------------------------------------


def find_dateline(sections: Sequence[Section]) -> str | None:
    """The report's own date, at its beginning or end; ISO 8601."""
    for line in _edge_lines(sections):
        if len(line) <= 110 and _DATELINE.fullmatch(line.translate(_HALF_WIDTH)):
            found = to_iso(line)
            if found:
                return found
    return None


def _edge_lines(sections: Sequence[Section]) -> list[str]:
    """The last lines of a report, then its first: where datelines stand."""
    annex = next(
        (n for n, s in enumerate(sections) if n and (s.heading or "").startswith("附")), len(sections)
    )
    body = sections[:annex]
    first = list(body[0].paragraphs[:5]) if body else []
    last = list(body[-1].paragraphs[-4:]) if body else []
    return [line.strip() for line in (*reversed(last), *first)]


def page_date(removed: Sequence[Removed]) -> str | None:
    """The date of the page or the upload, from what was taken off; ISO 8601."""
    return next((iso for r in removed if len(r.text) <= 300 and (iso := to_iso(r.text))), None)


def to_iso(text: str) -> str | None:
    """The first date in a text that the calendar has; ISO 8601."""
    for match in _DATE.finditer(text.translate(_HALF_WIDTH)):
        if match.group("y"):
            parts = match.group("y"), match.group("m"), match.group("d")
        else:
            digits = named_years(match.group("cy") + "年")
            parts = str(digits[0].last), str(to_int(match.group("cm"))), str(to_int(match.group("cd")))
        try:
            return date(*map(int, parts)).isoformat()
        except ValueError:
            continue
    return None
