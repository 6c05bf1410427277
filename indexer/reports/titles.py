"""Titles: which lines are one, what copies of them viewers leave behind, and how a report opens."""

from __future__ import annotations

import re
from dataclasses import replace

from indexer.model import Block, Removed
from indexer.reports.numbering import chapter_of, number_of

REPEATED_TITLE = "重复的标题 (the title once more)"

_MAX_TITLE = 60
_SENTENCE = re.compile(r"[。！？；，,;!?：:…、]$|[。！？；]")
#: What kinds of paper name themselves in their titles.
REPORT_NOUN = re.compile(
    r"总结|小结|计划|规划|报告|汇报|方案|要点|简报|信息|纪要|规定|办法|条例|细则|制度|通知|通报|意见|决定|决议|思路|打算|安排|"
    r"述职|述廉|讲话|发言|致辞|演讲|材料|心得|体会|倡议书?|责任书|公告|总结会"
)
_ENDS_WITH_NOUN = re.compile(
    rf"(?:{REPORT_NOUN.pattern})(?:范文|模板|精选|大全|汇编|稿)?\s{{0,9}}(?:[（(〔【][^（）()]{{1,20}}[）)〕】])?$"
)
#: What the title of a table ends with that no other title does.
_TABLE_NOUN = re.compile(
    r"(?:表|台[账帐]|清单|一览|名单|名册|花名册)\s{0,9}(?:[（(〔【][^（）()]{1,20}[）)〕】])?$"
)
_ABOVE_TABLE = 3  # lines between a table's title and its first row, both counted (单位：万元)
#: What a title is made of beside its subject.
_COMMON = re.compile(
    rf"(?:19|20)?[\dxX×*_○〇零一二三四五六七八九]{{2,4}}年?度?|上半年|下半年|[第一二三四]+季度|年度|来年|明年|今年|全年|"
    rf"工作|主要|重点|下一?步|下阶段|当前|今后|存在|问题|情况|目标|任务|和|及|与|暨|的|以及|个人|自我|范文|模板|{REPORT_NOUN.pattern}"
)
#: How a report begins that lost its title: a look back, under somebody's lead.
OPENING = re.compile(
    r"(?:(?:今年以来|一年来|半年来|近年来|过去(?:的)?一年|上半年|本年度|(?:19|20)?[\dxX×*_○]{2,4}年(?:度|以来|上半年)?)\s?[，,]"
    r"(?!.{0,12}(?:将|要|我们要))"
    r".{0,60}?(?:的?(?:正确|坚强|亲切|高度)?(?:领导|指导|支持|关心|关怀|部署)(?:和[^，]{0,10})?下|紧紧?围绕|紧扣"
    r"|认真贯彻|深入贯彻|全面贯彻|以.{2,30}为指导|坚持以|按照.{2,30}(?:要求|部署))"
    r"|(?:时光飞逝|光阴似箭|岁月如梭|时光荏苒|转眼间?|不知不觉)[，,].{4,80}"
    r"|.{0,40}(?:现将|现就).{2,40}(?:总结|汇报|报告|述职)如下[：:。])"
)
_PERSONAL = re.compile(r"个人.{0,6}(?:总结|小结|报告)|述职|述廉|发言|讲话|致辞")
SALUTATION = re.compile(r"(?:各位|尊敬的|同志们|大家).{0,20}[：:!！]$")
_ANNEX = re.compile(r"附\s?(?:件|表|录|则)")
_PAGE_OF_TITLE = re.compile(r"\s{0,9}[_\-—]*\s{0,9}第?\s{0,9}\d{1,3}\s{0,9}页(?:.{0,12})?$")
_ABOUT = re.compile(r".{0,20}关于[^。；]{4,60}的?(?:报告|总结|汇报|通知|意见|方案|说明|请示)")
_TWICE = re.compile(r"(?P<title>[^。！？；]{6,60}?)\s?(?P=title)\s?")


def looks_like_title(line: Block) -> bool:
    """Whether a line can be a title: short, no sentence, not numbered, no salutation or annex."""
    text = line.text
    if line.style == "table" or not 3 <= len(text) <= _MAX_TITLE or _ANNEX.match(text):
        return False
    if text[0] in "—–-":  # a subtitle
        return False
    return not _SENTENCE.search(text) and number_of(text) is None


def names_a_report(line: Block) -> bool:
    """Whether a line is surely the title of a report: it ends with a kind of paper and names a subject."""
    if not looks_like_title(line) or not _ENDS_WITH_NOUN.search(line.text):
        return False
    subject = re.sub(r"[\W_a-zA-Z\d]", "", _COMMON.sub("", line.text))
    return len(subject) >= 2 or _PERSONAL.search(line.text) is not None


def find_title(lines: list[Block]) -> int | None:
    """The place of the title among the first lines: by style, by its words, else the first if it may be."""
    head = lines[:6]
    for i, line in enumerate(head):
        if line.style == "title" and looks_like_title(line):
            return i
    for i, line in enumerate(head):
        if len(line.text) > _MAX_TITLE or number_of(line.text):
            break
        if looks_like_title(line) and _ENDS_WITH_NOUN.search(line.text):
            return i
    above_table = _title_of_table(head)
    if above_table is not None:
        return above_table
    if head and head[0].style == "heading 1" and number_of(head[0].text) is None:
        return 0
    return 0 if head and looks_like_title(head[0]) else None


def _title_of_table(head: list[Block]) -> int | None:
    """The place of a line that titles the table with which a text begins, though its sheet has a name.

    A row of a single cell is such a line, too: what is short in a sheet cannot be told from a cell.
    """
    at = 1 if head and head[0].style == "heading 1" else 0
    if at >= len(head) or head[at].style not in ("", "table"):
        return None
    line, below = head[at], head[at + 1 : at + 1 + _ABOVE_TABLE]
    table_follows = any(b.style == "table" and "\t" in b.text.strip() for b in below)
    if not table_follows or "\t" in line.text.strip() or not looks_like_title(replace(line, style="")):
        return None
    titled = _TABLE_NOUN.search(line.text) or _ENDS_WITH_NOUN.search(line.text)
    return at if titled else None


def _two_lines_as_one(lines: list[Block]) -> list[Block]:
    """A title that begins with 关于 and goes on to the next line, put together."""
    if len(lines) >= 2 and lines[0].style == lines[1].style:
        first, second = lines[0].text, lines[1].text
        whole = first + second
        parts = looks_like_title(lines[0]) and looks_like_title(lines[1])
        if parts and _ABOUT.fullmatch(whole) and not _ENDS_WITH_NOUN.search(first):
            return [replace(lines[0], text=whole), *lines[2:]]
    return lines


def take_title(lines: list[Block]) -> tuple[str | None, list[Block], list[Removed]]:
    """Return the title, the lines without it, and the copies of it that viewers left."""
    lines = _two_lines_as_one(lines)
    place = find_title(lines)
    if place is None:
        twice = _TWICE.match(lines[0].text) if lines else None
        if not twice or not REPORT_NOUN.search(twice["title"]):
            return None, lines, []
        title = twice["title"].strip()
        rest = lines[0].text[twice.end() :].strip()
        first = [replace(lines[0], text=rest)] if rest or lines[0].mark else []
        return title, first + lines[1:], [Removed(title, REPEATED_TITLE)]
    title = lines[place].text
    kept, removed = [], []
    for i, line in enumerate(lines):
        if i == place:
            if line.mark:
                kept.append(replace(line, text=""))
            continue
        copy = _copy_of(title, line) if i < 12 and len(title) >= 6 else 0
        if copy:
            whole = copy == len(line.text) and line.mark
            gone = line.text[:copy].strip()
            removed.append(Removed(f"{line.mark} {gone}" if whole else gone, REPEATED_TITLE))
            line = replace(line, text=line.text[copy:].strip())
        if line.text:
            kept.append(line)
    return title, kept, removed


def _copy_of(title: str, line: Block) -> int:
    """How much of a line's beginning is the title once more; 0 if none."""
    squashed, at = "".join(title.split()), 0
    for char in squashed:
        while at < len(line.text) and line.text[at].isspace():
            at += 1
        if at >= len(line.text) or line.text[at] != char:
            return 0
        at += 1
    rest = line.text[at:]
    if not rest.strip() or _PAGE_OF_TITLE.fullmatch(rest):
        return len(line.text)
    # Glued to the text: the title ends with a kind of paper, and what follows does not go on from it.
    glued = len(rest) > 30 and _ENDS_WITH_NOUN.search(title) and not re.match(r"[的，,、。：:（(如]", rest)
    return at if glued else 0


def opens_report(lines: list[Block], at: int) -> bool:
    """Whether one of the next lines begins as reports begin: an opening, a salutation, a first heading."""
    for line in lines[at : at + 4]:
        number = number_of(line.text)
        if OPENING.match(line.text) or SALUTATION.fullmatch(line.text) or (number and number.ordinal == 1):
            return True
        if number or chapter_of(line.text):
            return False
    return False
