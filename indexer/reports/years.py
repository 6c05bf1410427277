"""Which year a report is of, which it plans for, and when it was published."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from indexer.model import Report, Section

_YEAR = re.compile(r"(?<![\dxX×*_])((?:19|20)\d\d)(?=\s*年|年度|年?上半年|年?下半年)")
_PLAN_WORD = re.compile(r"计划|打算|安排|思路|展望|部署|目标任务")
_DATELINE = re.compile(r"(?:19|20)\d\d年\d{1,2}月\d{1,2}日")
_DATE = re.compile(r"((?:19|20)\d\d)年(\d{1,2})月(\d{1,2})日")


def find_year(title: str, sections: Sequence[Section]) -> int | None:
    """The year that the title names, else that of the first heading that names one, else the dateline's."""
    for text in (title, *(s.heading or "" for s in sections)):
        match = _YEAR.search(text)
        if match:
            return int(match.group(1))
    dateline = _dateline(sections)
    return int(dateline[:4]) if dateline else None


def find_plan_years(title: str, sections: Sequence[Section], year: int | None) -> tuple[int, ...]:
    """The years that the title or a heading names next to a word for planning."""
    found = set()
    for text in (title, *(s.heading or "" for s in sections)):
        years = [int(m.group(1)) for m in _YEAR.finditer(text)]
        if years and _PLAN_WORD.search(text):
            found.add(years[-1])
    if re.search(r"来年|下一年|明年", title) and year and _PLAN_WORD.search(title):
        found.add(year + 1)
    return tuple(sorted(found))


def find_published(report: Report) -> str | None:
    """The date under the report, ISO 8601."""
    return _dateline(report.sections)


def _dateline(sections: Sequence[Section]) -> str | None:
    """The date that stands alone on one of the last lines."""
    for section in list(sections)[-1:]:
        for paragraph in section.paragraphs[-3:]:
            if _DATELINE.fullmatch(paragraph.strip("（）() ")):
                year, month, day = map(int, _DATE.findall(paragraph)[0])
                return f"{year:04}-{month:02}-{day:02}"
    return None


def year_sections(
    sections: Sequence[Section], year: int | None, plan_years: Sequence[int]
) -> tuple[Section, ...]:
    """Give each section its year: its own heading's, else its parent's, else by part, the report's."""
    result: list[Section] = []
    known: dict[tuple[str, ...], int] = {}
    for section in sections:
        own = _YEAR.search(section.heading or "")
        if own:
            found: int | None = int(own.group(1))
        else:
            found = next(
                (known[p] for n in range(len(section.path), 0, -1) if (p := section.path[:n]) in known), None
            )
        if found is not None and section.path:
            known[section.path] = found
        if found is None:
            if section.part == "计划" and plan_years:
                found = plan_years[0] if len(plan_years) == 1 else None
            else:
                found = year
        result.append(replace(section, year=found))
    return tuple(result)
