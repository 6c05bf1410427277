"""What a section is for (part) and about (topic), what a report is (kind), and who reports (unit).

Headings are asked first, the text's own words second. The words are in :mod:`indexer.reports.vocabulary`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from indexer.model import Section
from indexer.reports.numbering import bare
from indexer.reports.titles import OPENING
from indexer.reports.vocabulary import (
    KIND_TEXTS,
    KIND_TITLES,
    LOOKS_AHEAD,
    LOOKS_BACK,
    PART_HEADINGS,
    PART_MAIN_HEADINGS,
    TOPIC_HEADING_WORDS,
    TOPIC_WORDS,
    YEAR_HEADING,
)
from indexer.reports.years import named_years

_PLAN_TITLE = re.compile(r"计划|打算|安排|思路|规划|方案|要点")
_SUMMARY_TITLE = re.compile(r"总结|汇报|小结|回顾|情况|报告")
_BODY = (
    r"(?:人民政府|政府|管理委员会|管委会|党工委|工委|党委|委员会|街道办事处|办事处|办公室|管理办|管理局|招商局|发改局|经信局|"
    r"工业园区|产业园区|园区|产业园|工业园|开发区|经开区|高新区|集团公司|有限公司|公司|中心|大队|支队|医院|学校|中学|小学|幼儿园|乡|镇|局|委|办)"
)
_HAN_RUN = r"[\u4e00-\u9fff（）()]"
#: What a title says is done with the report before it says whose it is.
_HANDED_ON = r"(?:关于|报送|呈报|上报|呈送|报请|报批|转报|转发|印发|批转|提交){0,3}"
#: Who reports, by what stands before the year or the kind of paper in a title.
_UNIT_IN_TITLE = re.compile(
    rf"^{_HANDED_ON}(?P<unit>{_HAN_RUN}{{1,24}}?{_BODY})(?=(?:19|20)\d\d|二[〇零○]|关于|[“\"]?十[一二三四五]?五|年度|工作|上半年|下半年|半年|政府工作报告|招商引资|安全生产|乡村振兴|优化)"
    rf"|(?:19|20)\d\d年(?P<government>{_HAN_RUN}{{2,12}}?(?:人民)?政府)工作报告"
)
_SIGNATURE = re.compile(
    rf"(?P<unit>{_HAN_RUN}{{2,28}}{_BODY})[\s　]?"
    r"(?:[（(]?(?:19|20)\d\d年\d{1,2}月(?:\d{1,2}日)?[）)]?|[一二][〇零○一二三四五六七八九]{3}年.{2,8})?"
)
_SPEAKS_FOR = re.compile(rf"我(?:谨)?(?:受.{{2,20}}委托，)?代表(?P<unit>{_HAN_RUN}{{2,24}}?{_BODY})[，,向]")
_HEADING_WORD, _WEAK_HEADING_WORD = 6, 3  # what a word of the heading counts beside one of the text
_TOPIC_OF = {word: topic for topic, words in TOPIC_WORDS for word in words}
_TOPIC_ORDER = {topic: n for n, (topic, _) in enumerate(TOPIC_WORDS)}
_TOPIC_WORD = re.compile("|".join(sorted(map(re.escape, _TOPIC_OF), key=len, reverse=True)))
_MAX_TEXT = 4000  # characters of a main section that are looked at


def label_sections(sections: Sequence[Section], title: str, kind: str | None) -> tuple[Section, ...]:
    """Give each section its part and its topic. ``kind`` is what the title says the report is."""
    parts = ["其他"] * len(sections) if kind == "规定" else _parts(sections, title)
    return tuple(
        Section(s.heading, s.level, s.path, s.paragraphs, s.year, part, find_topic(s))
        for s, part in zip(sections, parts, strict=True)
    )


def _parts(sections: Sequence[Section], title: str) -> list[str]:
    said: dict[tuple[str, ...], str] = {}
    parts: list[str] = []
    main_before: str | None = None
    for n, section in enumerate(sections):
        own = _heading_part(section.heading or "")
        parent = next(
            (said[p] for k in range(len(section.path) - 1, 0, -1) if (p := section.path[:k]) in said), None
        )
        if parent is not None and (own is None or parent == "其他"):
            own = parent
        elif own is None and section.heading is not None:
            own = (
                _by_year(section.heading, title)
                or _main_part(section.heading)
                or _text_part(_whole_text(sections, n), main_before)
                or main_before
            )
        if own is None:
            own = _opening_part(sections, n) or _text_part(_whole_text(sections, n)) or _title_part(title)
        if section.level == 1:
            main_before = own
        if section.path:
            said[section.path] = own
        parts.append(own)
    return parts


def _opening_part(sections: Sequence[Section], n: int) -> str | None:
    """The part of the text before the first heading: what it opens with, or what comes first behind it."""
    if sections[n].heading is not None:
        return None
    if any(OPENING.match(p) for p in sections[n].paragraphs[:3]):
        return "总结"
    first = next((_heading_part(s.heading) for s in sections[n + 1 :] if s.heading), None)
    return "总结" if first == "总结" else None


def _bare(heading: str) -> str:
    return bare(heading).replace(" ", "")


def _heading_part(heading: str) -> str | None:
    bare = _bare(heading)
    if not bare or len(bare) > 40:
        return None
    return next((part for part, pattern, _ in PART_HEADINGS if pattern.fullmatch(bare)), None)


def _by_year(heading: str, title: str) -> str | None:
    """总结 or 计划 for a heading such as 2021年主要工作, by the year that the title reports on."""
    named = named_years(heading)
    in_title = named_years(title)
    if not named or not in_title or not YEAR_HEADING.fullmatch(_bare(heading)):
        return None
    year, base = named[0].last, in_title[0].last
    if year is None or base is None:
        return None
    looks_ahead = "政府工作报告" in title or (_PLAN_TITLE.search(title) and not _SUMMARY_TITLE.search(title))
    return "计划" if year > base or (year == base and looks_ahead) else "总结"


def _main_part(heading: str) -> str | None:
    bare = _bare(heading)
    return next((part for part, pattern, _ in PART_MAIN_HEADINGS if pattern.fullmatch(bare)), None)


def _whole_text(sections: Sequence[Section], n: int) -> str:
    """The text of a section and of those below it."""
    path, length = sections[n].path, 0
    texts: list[str] = []
    for section in sections[n:]:
        if (section.path[: len(path)] != path or not path) and section is not sections[n]:
            break
        texts += section.paragraphs
        length += sum(map(len, section.paragraphs))
        if length > _MAX_TEXT:
            break
    return "".join(texts)[:_MAX_TEXT]


def _text_part(text: str, before: str | None = None) -> str | None:
    """总结 or 计划 by the text's own words, where they are clear; clearer still to turn from ``before``."""
    back, ahead = len(LOOKS_BACK.findall(text)), len(LOOKS_AHEAD.findall(text))
    if back + ahead < 4:
        return None
    if ahead >= back * (2.5 if before == "总结" else 1.6):
        return "计划"
    if before == "计划":
        return "总结" if back >= ahead * 3 else None
    return "总结" if back >= ahead * 0.8 else None


def _title_part(title: str) -> str:
    if _SUMMARY_TITLE.search(title):
        return "总结"
    return "计划" if _PLAN_TITLE.search(title) else "其他"


def find_topic(section: Section) -> str | None:
    """What the section is about: words of its heading first, then those of its text that stand out."""
    heading = section.heading or ""
    text = "".join(section.paragraphs)
    scores = Counter(_TOPIC_OF[word] for word in _TOPIC_WORD.findall(text))
    for word in _TOPIC_WORD.findall(heading):
        scores[_TOPIC_OF[word]] += _HEADING_WORD
    for topic, words in TOPIC_HEADING_WORDS:
        if any(word in heading for word in words):
            scores[topic] += _WEAK_HEADING_WORD
    if not scores:
        return None
    best = max(scores, key=lambda topic: (scores[topic], -_TOPIC_ORDER[topic]))
    return best if scores[best] >= min(2 + len(text) // 400, _HEADING_WORD) else None


def kind_of_title(title: str) -> str | None:
    """规定, 简报 or 述职, where the title says so."""
    return next((kind for kind, pattern, _ in KIND_TITLES if pattern.search(title)), None)


def kind_of_text(sections: Sequence[Section]) -> str | None:
    """The same by the text: rules that come into force, articles, the head of a bulletin."""
    if sum(bool(re.match(r"第.{1,5}条", s.heading or "")) for s in sections) >= 3:
        return "规定"
    paragraphs = [p for s in sections for p in s.paragraphs]
    for kind, pattern, _ in KIND_TEXTS:
        looked_at = paragraphs[-6:] if kind == "规定" else paragraphs[:4]
        if any(pattern.search(p) for p in looked_at):
            return kind
    return None


def find_kind(title: str, sections: Sequence[Section]) -> str:
    """What the report is: by its text or its title ("" if that says nothing), else by its parts."""
    special = kind_of_text(sections) or kind_of_title(title)
    if special:
        return special
    parts = {s.part for s in sections if s.level <= 1 or s.part in ("总结", "计划")}
    summary, plan = "总结" in parts, "计划" in parts
    summary = summary or re.search(r"总结|汇报|小结", title) is not None
    plan = plan or _PLAN_TITLE.search(title) is not None
    if summary and plan:
        return "总结+计划"
    return "总结" if summary else "计划" if plan else "其他"


#: Names that every park has: they say nothing of who reports.
_GENERIC = re.compile(
    r"(?:[本我该某全各省市县区镇乡]?(?:工业|产业|科技)?(?:园区?|开发区|经开区|高新区|集中区)(?:管委会|管理委员会|党工委|管理办|办公室)?"
    r"|[本我该某全各]?[省市县区乡镇](?:委|政府|办|局)?|[本我该某]?(?:公司|学校|单位|中心|街道|社区|村)|公司|学校|单位|人民政府|政府|委员会|办公室|管委会)"
)


def find_unit(title: str, sections: Sequence[Section]) -> str | None:
    """The body that reports: in the title, under the report, or where somebody speaks for it."""
    match = _UNIT_IN_TITLE.search(title)
    if match:
        unit = (match.group("unit") or match.group("government")).replace("国务院政府", "国务院")
        if not _GENERIC.fullmatch(unit):
            return unit
    first = [p for s in sections[:1] for p in s.paragraphs[:6]]
    last = [p for s in sections[-1:] for p in s.paragraphs[-4:]]
    for line in (*reversed(last), *first[:4]):
        signed = _SIGNATURE.fullmatch(line.strip()) if len(line) <= 50 else None
        if signed and not _GENERIC.fullmatch(signed.group("unit")):
            return signed.group("unit")
    for paragraph in first:
        speaks = _SPEAKS_FOR.search(paragraph[:200])
        if speaks and not _GENERIC.fullmatch(speaks.group("unit")):
            return speaks.group("unit")
    return None
