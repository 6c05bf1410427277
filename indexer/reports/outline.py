"""Sections: which lines are headings, how deep each stands, and what text belongs to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from indexer.model import Block, Removed, Section
from indexer.reports.announced import announced_titles, is_announced
from indexer.reports.numbering import FORMS, Form, Numbered, bare, number_of
from indexer.reports.vocabulary import PART_HEADINGS, PLAIN_HEADING

_POINT = next(form for form in FORMS if form.name == "1、")
_BARE_NUMBER = re.compile(r"(?P<n>\d{1,2})\s[\u4e00-\u9fff][^。；，]{1,30}")
_RANKS = {form.name: form.rank for form in FORMS}

HEADING_COLONS = "小标题后的冒号 (colons behind headings)"

_MAX_HEADING = 50  # characters of a heading on a line of its own
_MAX_SENTENCE = 30  # ... if it ends with a full stop
_MAX_RUN_IN = 45  # characters of a run-in heading, its number included
_MAX_COMMAS = 4  # in a run-in heading
_MAX_LABEL = 20
_STYLE = re.compile(r"heading ([1-9])")
_TERMINAL = re.compile(r"[。！？!?；;：:…][”’」』）)\"']*$")
#: Short lines that are no heading: salutations, persons, places and dates, captions of lists.
_NO_HEADING = re.compile(
    r".*[：:，,、。；！!？?]$|.*(?:19|20)\d\d年\d{1,2}月.*|.{0,20}(?:委员会|管委会|人民政府|办公室|局|公司|党委)|.{2,12}\s[\u4e00-\u9fff·]{2,5}|"
    r"(?:—|-){2}.*|谢谢.*|汇报完毕.*|.*\d$"
)
#: How a line ends that leads over to an enumeration.
_LEADS_OVER = re.compile(
    r"[：:]$|(?:以下|如下|[两二三四五六七八九十\d几]个?)(?:个|几|[两二三四五六七八九十])?(?:方面|项|点|件)[^。]{0,8}。$"
)
_LEAD = 30  # characters of its end that are looked at
_ANNEX = re.compile(r"附\s?(?:件|表|录)\s*[\d一二三四五六七八九十]*\s*[:：]?.{0,40}")


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading as found: ``kind`` tells headings that stand on one level, ``rank`` orders kinds."""

    text: str
    kind: str
    rank: float
    ordinal: int | None
    rest: str = ""


def build_sections(lines: tuple[Block, ...]) -> tuple[tuple[Section, ...], list[Removed]]:
    """Return the sections of a report, one at least, and the colons that stood behind headings."""
    found: list[tuple[_Heading | None, list[str]]] = [(None, [])]
    colons = ""
    for heading, line in zip(find_headings(lines), lines, strict=True):
        if heading is None:
            found[-1][1].append(line.text)
            continue
        # Of a heading on its own line the colon leads over to the text; of a run-in label it is part.
        bare = heading.text if heading.rest else heading.text.rstrip("：:") or heading.text
        colons += heading.text[len(bare) :]
        found.append((replace(heading, text=bare), [heading.rest] if heading.rest else []))
    if not found[0][1] and len(found) > 1:
        del found[0]
    return _levelled(found), [Removed(colons, HEADING_COLONS)] if colons else []


def find_headings(lines: tuple[Block, ...]) -> list[_Heading | None]:
    """For each line the heading that it is or begins with; None for text."""
    numbers = [number_of(line.text) if line.style != "table" else None for line in lines]
    if any(n is not None and n.form.name == "1.1" for n in numbers):  # then "1 建设背景" is a heading, too
        numbers = [n or _bare_number(line) for n, line in zip(numbers, lines, strict=True)]
    listed = _listed(lines, numbers)
    announced = announced_titles(lines)
    tops = _mixed_styles(lines, numbers)
    result: list[_Heading | None] = []
    items: dict[str, int] = {}  # form -> ordinal of the last list item
    chapters: dict[str, int] = {}  # form -> ordinal of the heading below which the count began again
    last: dict[str, int] = {}  # form -> line that it numbered last
    heads: dict[str, int] = {}  # form -> ordinal of the last heading
    in_article = False  # inside 第…条, where numbered points are list items
    plain_allowed = any(_is_plain(lines, numbers, i) for i in range(len(lines)))
    for i, line in enumerate(lines):
        number = numbers[i]
        styled = _STYLE.fullmatch(line.style)
        if styled:
            result.append(_styled(line, int(styled.group(1)), number, tops))
            in_article = False
            continue
        if number is None:
            if is_announced(line, announced):
                result.append(_Heading(line.text, "announced", 0.96, None))
                continue
            is_plain = plain_allowed and (
                _is_plain(lines, numbers, i) or _is_short_heading(lines, numbers, i)
            )
            if _ANNEX.fullmatch(line.text) and line.style != "table":
                result.append(_Heading(line.text, "annex", 0.95, None))
            else:
                result.append(_Heading(line.text, "plain", 0.97, None) if is_plain else None)
            continue
        name = number.form.name
        if number.form.rank <= 5:
            in_article = name == "条"
        heading = None
        if not (in_article and number.form.rank > 5):
            back = _goes_back(lines, numbers, i, number, chapters, last)
            heading = _numbered(
                lines, numbers, listed[i] and not back, i, number, {} if back else items, heads
            )
            if back:
                del chapters[name]
            elif number.ordinal == 1 and name in heads:
                chapters[name] = heads[name]
        if heading is None:
            items[name] = number.ordinal
            heads.pop(name, None)
        else:
            heads[name] = number.ordinal
            items.pop(name, None)
            for junior in [f for f in (*items, *heads, *chapters) if _RANKS[f] > number.form.rank]:
                items.pop(junior, None)
                heads.pop(junior, None)
                chapters.pop(junior, None)
        last[name] = i
        result.append(heading)
    return result


def _styled(line: Block, level: int, number: Numbered | None, tops: dict[str, Form]) -> _Heading:
    """A line that its style makes a heading. Where one style is for all, the number tells the level; what has
    none stands beside the highest."""
    ordinal = number.ordinal if number else None
    top = tops.get(line.style)
    if top is None:
        return _Heading(line.text, f"#{level}", level / 10, ordinal)
    form = number.form if number else top
    return _Heading(line.text, f"#{level} {form.name}", level / 10 + form.rank / 1000, ordinal)


def _mixed_styles(lines: tuple[Block, ...], numbers: list[Numbered | None]) -> dict[str, Form]:
    """Heading styles of lines with numbers of more than one form, 一、 and （一）, each with the highest."""
    forms: dict[str, dict[str, Form]] = {}
    for line, number in zip(lines, numbers, strict=True):
        if number is not None and _STYLE.fullmatch(line.style):
            forms.setdefault(line.style, {})[number.form.name] = number.form
    return {
        style: min(found.values(), key=lambda form: form.rank)
        for style, found in forms.items()
        if len(found) > 1
    }


def _goes_back(
    lines: tuple[Block, ...],
    numbers: list[Numbered | None],
    i: int,
    number: Numbered,
    chapters: dict[str, int],
    last: dict[str, int],
) -> bool:
    """Whether a line goes on the count of the chapters, not that of the points below one of them.

    It does by its ordinal and its looks: it is short and no sentence, and text or a first point follows it.
    Where the points would go on with the same ordinal it must be no point as they are, or say by its words
    for what part of a report it is.
    """
    name = number.form.name
    if chapters.get(name) != number.ordinal - 1 or not _is_label(lines[i].text, number):
        return False
    if any(pattern.fullmatch(bare(lines[i].text).replace(" ", "")) for _, pattern, _ in PART_HEADINGS):
        return True
    before = numbers[last[name]]
    both = before is not None and before.ordinal == number.ordinal - 1
    if both and before is not None and _is_label(lines[last[name]].text, before):
        return False
    if i + 1 == len(lines):
        return False
    after = numbers[i + 1]
    return after.ordinal == 1 if after is not None else len(lines[i + 1].text) >= 20


def _is_label(text: str, number: Numbered) -> bool:
    """Whether a numbered line is short and no sentence or part of one."""
    return len(text) <= _MAX_LABEL + number.end and not re.search(r"[。；，;,！？!?]", text[number.end :])


def _bare_number(line: Block) -> Numbered | None:
    """The number of a line such as "1 建设背景", which stands above "1.1 发展现状"."""
    match = _BARE_NUMBER.fullmatch(line.text) if not line.style else None
    return Numbered(_POINT, int(match.group("n")), match.end("n")) if match else None


def _numbered(
    lines: tuple[Block, ...],
    numbers: list[Numbered | None],
    listed: bool,
    i: int,
    number: Numbered,
    items: dict[str, int],
    heads: dict[str, int],
) -> _Heading | None:
    """The heading that a numbered line is or begins with; None for a list item or text."""
    text, form = lines[i].text, number.form
    body = text[number.end :].strip()

    def heading(end: int) -> _Heading:
        return _Heading(text[:end].strip(), form.name, form.rank, number.ordinal, text[end:].strip())

    if form.name == "条":
        titled = re.match(r"[【\[（(][^】\]）)]{1,20}[】\]）)]", body)
        end = text.find(body) + titled.end() if titled else number.end
        return heading(end)
    if not body:
        return heading(len(text)) if form.rank <= 4 else None
    if items.get(form.name) == number.ordinal - 1 and number.ordinal > 1 and form.rank > 5:
        return None  # as the item before it
    if text[-1] in "；;，,、":
        return None
    stop = re.search(r"[。！？；;]", body)
    decimal = form.name.startswith("1.1")
    if decimal and not text[number.end - 1].isspace() and (stop or len(text) > 30):
        return None  # 5.12防灾减灾日…
    if stop and form.rank <= 4:
        return None  # a sentence about a part or chapter
    if stop is None:
        if len(text) > _MAX_HEADING or (text[-1] in "：:" and len(text) > 30):
            return None
        return None if listed else heading(len(text))
    at = number.end + (len(text[number.end :]) - len(text[number.end :].lstrip())) + stop.end()
    label = re.match(r"[^，。；：:]{2,18}[：:](?=.)", body)
    if label and label.end() < stop.end() and text.rstrip("”’」』）)\"'")[-1:] in "。！？":
        return heading(text.find(body) + label.end())
    if stop.group() in "；;":
        return None
    if not text[at:].strip("”’」』）)\"' "):
        return _sentence(lines, numbers, i, number, heads, heading(len(text)))
    clause = text[:at]
    if len(clause) <= _MAX_RUN_IN and clause.count("，") + clause.count(",") <= _MAX_COMMAS:
        return heading(at)
    return None


def _sentence(
    lines: tuple[Block, ...],
    numbers: list[Numbered | None],
    i: int,
    number: Numbered,
    heads: dict[str, int],
    heading: _Heading,
) -> _Heading | None:
    """A numbered line that is one sentence: a heading if it is short and text follows it, or if the one
    before it in the count was a heading."""
    after = lines[i + 1] if i + 1 < len(lines) else None
    text_follows = after is not None and numbers[i + 1] is None and not after.style and len(after.text) >= 20
    if len(heading.text) > (_MAX_HEADING if text_follows else _MAX_SENTENCE + number.end):
        return None
    junior = numbers[i + 1] if i + 1 < len(lines) else None
    points_follow = junior is not None and junior.ordinal == 1 and junior.form.rank > number.form.rank
    before = heads.get(number.form.name) == number.ordinal - 1 and number.ordinal > 1
    return heading if text_follows or points_follow or before else None


def _listed(lines: tuple[Block, ...], numbers: list[Numbered | None]) -> list[bool]:
    """For each line whether it is one of three or more short points in a row with no text between them.

    A count that starts again behind one that had begun before is a row of its own: of 三、2018年工作计划,
    一、…, 二、… the first is the chapter to which the points belong.
    """
    result = [False] * len(lines)
    first = 0
    for i in range(len(lines) + 1):
        if i < len(lines) and i > first and _form_at(lines, numbers, i) == _form_at(lines, numbers, first):
            begun, here = numbers[first], numbers[i]
            if begun is None or here is None or here.ordinal != 1 or begun.ordinal == 1:
                continue
        run = range(first, i)
        if (
            len(run) >= 3
            and _form_at(lines, numbers, first)
            and all(len(lines[k].text) <= _MAX_HEADING for k in run)
        ):
            result[first:i] = [True] * len(run)
        first = i
    return result


def _form_at(lines: tuple[Block, ...], numbers: list[Numbered | None], i: int) -> str | None:
    number = numbers[i]
    return number.form.name if number is not None and not lines[i].style else None


def _is_plain(lines: tuple[Block, ...], numbers: list[Numbered | None], i: int) -> bool:
    """Whether an unnumbered line is a heading by its words and by what stands round it."""
    text = lines[i].text
    return (
        3 <= len(text) <= _MAX_LABEL
        and not lines[i].style
        and numbers[i] is None
        and PLAIN_HEADING.fullmatch(text.replace(" ", "")) is not None
        and _stands_alone(lines, numbers, i)
    )


def _is_short_heading(lines: tuple[Block, ...], numbers: list[Numbered | None], i: int) -> bool:
    """The same for other short lines, in a document that has unnumbered headings."""
    text = lines[i].text
    return (
        3 < i < len(lines) - 1
        and 4 <= len(text) <= _MAX_LABEL
        and not lines[i].style
        and numbers[i] is None
        and not _NO_HEADING.fullmatch(text)
        and not re.search(r"[，。；：、]", text)
        and _stands_alone(lines, numbers, i)
        and len(lines[i - 1].text) > _MAX_LABEL
    )


def _stands_alone(lines: tuple[Block, ...], numbers: list[Numbered | None], i: int) -> bool:
    """Whether a sentence ends before the line and text or a first point follows it."""
    if i + 1 >= len(lines):
        return False
    after, number = lines[i + 1], numbers[i + 1]
    follows = (len(after.text) >= 20 and after.style != "table") or (
        number is not None and number.ordinal == 1
    )
    return follows and (
        i == 0 or _TERMINAL.search(lines[i - 1].text[-12:]) is not None or len(lines[i - 1].text) <= 30
    )


@dataclass(slots=True)
class _Open:
    """A heading whose section, or sections below, may go on."""

    kind: str
    rank: float
    ordinal: int | None
    heading: str


def _levelled(found: list[tuple[_Heading | None, list[str]]]) -> tuple[Section, ...]:
    """Give each heading its level by how the document uses its kinds.

    A kind that is open goes on at its level; one that is senior to all open ones stands above them; any other
    stands below the last heading. A count that starts again right behind a heading of the same kind without
    text of its own, or with a line that leads over to it, is a level of its own: （二）工作思路 followed by
    （一）….
    """
    sections: list[Section] = []
    open_: list[_Open] = []
    for n, (heading, paragraphs) in enumerate(found):
        if heading is None:
            sections.append(Section(None, 0, (), tuple(paragraphs)))
            continue
        _close(open_, heading, bare=n > 0 and found[n - 1][0] is not None and _leads_over(found[n - 1][1]))
        open_.append(_Open(heading.kind, heading.rank, heading.ordinal, heading.text))
        path = tuple(o.heading for o in open_)
        sections.append(Section(heading.text, len(path), path, tuple(paragraphs)))
    return tuple(sections)


def _leads_over(paragraphs: list[str]) -> bool:
    """Whether the text below a heading is none, or a line that says that an enumeration follows."""
    return not paragraphs or (len(paragraphs) == 1 and _LEADS_OVER.search(paragraphs[0][-_LEAD:]) is not None)


def _close(open_: list[_Open], heading: _Heading, *, bare: bool) -> None:
    """Take off the open headings that do not hold ``heading``; ``bare``: the last one has no text of
    its own."""
    same = [k for k, o in enumerate(open_) if o.kind == heading.kind]
    if same:
        if (
            len(same) == 1
            and bare
            and heading.ordinal == 1
            and open_[-1].kind == heading.kind
            and (open_[-1].ordinal or 0) >= 1
        ):
            return  # a level of its own below the last
        follows = [k for k in same if heading.ordinal is not None and open_[k].ordinal == heading.ordinal - 1]
        del open_[(follows or same)[-1] :]
        return
    while open_ and open_[-1].rank > heading.rank:
        open_.pop()
