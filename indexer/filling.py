"""Templates to be filled in: a family's skeleton with numbered blanks, and what its members had in them.

As Markdown and as .docx. The same family gives the same file, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from indexer.atomic import replacing
from indexer.errors import UsageError
from indexer.exporting.plain import clean, markdown_line, one_line
from indexer.exporting.word import SMALL, TABLE, set_up, undated
from indexer.families.forms import Level
from indexer.families.template import Slot, tokenize
from indexer.repeated import Family, Member

_LABEL = 10  # characters
_ACROSS = 5  # members side by side in a table
_NOTHING = "—"
#: What the levels are called, on the page, too.
LEVEL_NAMES: dict[Level, str] = {"paragraph": "段落", "section": "章节", "report": "整篇"}
_NOTE = "【1】【2】等为待填写处，编号与下表对应；其余文字为各篇共有，标点和空白以多数为准。"
_LOOSE_NOTE = "这些文字大体相同，但各处写法不一，逐字相同的不多。"
#: How people read the name of a file.
Shown: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Blank:
    """A place to fill in. ``before``: the words before it; ``unit``: the one behind a figure, or "".

    ``values``: what each of the table's members has there ("": nothing).
    """

    number: int
    before: str
    unit: str
    values: tuple[str, ...]

    @property
    def label(self) -> str:
        """What the blank is about: 规上工业产值（亿元）."""
        if self.before and self.unit:
            return f"{self.before}（{self.unit}）"
        return self.before or self.unit or f"第{self.number}处"


@dataclass(frozen=True, slots=True)
class SlotTable:
    """What the members of a family have in the blanks; members by year, unknown years last."""

    members: tuple[Member, ...]
    blanks: tuple[Blank, ...]


def slot_table(family: Family) -> SlotTable:
    """The blanks of a family's template, so that one sees how a figure developed."""
    members = family.members
    order = sorted(range(len(members)), key=lambda n: (members[n].year is None, members[n].year or 0, n))
    blanks: list[Blank] = []
    parts = family.template.parts
    for place, part in enumerate(parts):
        if isinstance(part, str):
            continue
        before = _text(parts, place - 1)
        after = _text(parts, place + 1)
        unit = _unit(after) if part.is_figure else ""
        label = _before(before, after.removeprefix(unit), blanks)
        blanks.append(Blank(len(blanks) + 1, label, unit, tuple(part.values[n] for n in order)))
    return SlotTable(tuple(members[n] for n in order), tuple(blanks))


def _text(parts: Sequence[str | Slot], place: int) -> str:
    """The common text at a place, "" where there is none."""
    part = parts[place] if 0 <= place < len(parts) else ""
    return part if isinstance(part, str) else ""


_CLAUSE_END = re.compile(r"[，。；：！？,;!?]")
_GROWTH = re.compile(r"(?:其中|同比|[比较]上年|分别|实现|累计|均|约|再)*(?:增长|增加|提高|下降|减少|增幅)?")
_UNIT = re.compile(
    r"[%％‰℃]|个百分点|[十百千万亿]*(?:平方公里|平方米|立方米|公里|美元|人次|家次|批次|场次|余人|千瓦时|[元吨米个家人次处"
    r"项户名亩期场条台套件批座栋间位篇份天倍路年月日])"
)
_EDGES = "（）()“”‘’《》—-·、. "


def _before(text: str, after: str, blanks: Sequence[Blank]) -> str:
    """The words before a blank: those of its clause; where they only say that it grew, with what grew.

    Where a blank begins a clause, those of the clause before; where it begins a line, those after it.
    """
    line = text.rpartition("\n")[2]
    if blanks and "\n" not in text and blanks[-1].unit:
        line = line.removeprefix(blanks[-1].unit)
    clauses = [_last_words(clause) for clause in _CLAUSE_END.split(line)]
    own = clauses[-1]
    if own and _GROWTH.fullmatch(own) and not any(clauses[:-1]) and "\n" not in text and blanks:
        return _last_words(blanks[-1].before + own)
    if own:
        return own
    earlier = next(filter(None, reversed(clauses)), "")
    if earlier:
        return f"{earlier}，…"
    words = _words(after.partition("\n")[0])
    return f"…{words[:_LABEL]}" if words else ""


def _last_words(text: str) -> str:
    """The last words of a text, as many as a label takes."""
    words = tokenize(text.strip(_EDGES))
    while len(words) > 1 and sum(map(len, words)) > _LABEL:
        words.pop(0)
    return "".join(words)[-_LABEL:].strip(_EDGES)


def _words(text: str) -> str:
    """The words up to the first sign."""
    return next((words for clause in _CLAUSE_END.split(text) if (words := clause.strip(_EDGES))), "")


def _unit(text: str) -> str:
    """The unit at the beginning of a text: 亿元, %, 家."""
    match = _UNIT.match(text)
    if match:
        return match.group()
    first = next(iter(tokenize(text[:12])), "")
    return first if first.isalpha() and len(first) < 3 else ""


def _summary(family: Family) -> str:
    years = family.years
    when = "" if not years else f"，{years[0]}年" if len(years) == 1 else f"，{years[0]}—{years[-1]}年"
    return f"{LEVEL_NAMES[family.level]}模板，共 {family.copies} 处，来自 {family.reports} 篇报告{when}。"


def _notes(family: Family, table: SlotTable) -> list[str]:
    """What is to be known before filling in."""
    return [*([_LOOSE_NOTE] if family.is_loose else []), *([_NOTE] if table.blanks else [])]


def _when(member: Member) -> str:
    return f"{member.year}年" if member.year else "年份不详"


def _value(value: str) -> str:
    """A value as a cell of the table shows it, whole: a file must not lose what stood there."""
    return " ".join(value.split()) or _NOTHING


def _tables(table: SlotTable) -> Iterator[list[list[str]]]:
    """The values, a blank a row and a few members a table, with the row of headings."""
    for start in range(0, len(table.members) if table.blanks else 0, _ACROSS):
        end = start + _ACROSS
        heads = [f"{_when(m)}〔{n}〕" for n, m in enumerate(table.members[start:end], start + 1)]
        rows = [[f"【{b.number}】", _value(b.label), *map(_value, b.values[start:end])] for b in table.blanks]
        yield [["编号", "内容", *heads], *rows]


def _source(member: Member, shown: Shown) -> str:
    place = " › ".join(member.heading)
    return f"{_when(member)}　{member.title}" + (f" › {place}" if place else "") + f"（{shown(member.file)}）"


def as_markdown(family: Family, shown: Shown = str) -> str:
    """A family as Markdown: the skeleton to fill in, the table of values, the sources."""
    table = slot_table(family)
    lines = [f"# {markdown_line(family.name)}", "", _summary(family)]
    lines += ["", "## 模板", ""]
    for note in _notes(family, table):
        lines += [note, ""]
    for line in family.lines:
        text = "".join(f"【{x}】" if isinstance(x, int) else markdown_line(x) for x in line.parts)
        lines += [f"### {text}" if line.is_heading else text, ""]
    if table.blanks:
        lines += ["## 历次填写的内容", ""]
    for rows in _tables(table):
        cells = [f"| {' | '.join(map(markdown_line, row))} |" for row in rows]
        lines += [cells[0], "|" + " --- |" * len(rows[0]), *cells[1:], ""]
    lines += ["## 来源", ""]
    lines += [f"{n}. {markdown_line(_source(member, shown))}" for n, member in enumerate(table.members, 1)]
    return "\n".join(lines) + "\n"


def as_docx(family: Family, shown: Shown = str) -> bytes:
    """A family as a Word document, in the fonts and sizes of official documents."""
    table = slot_table(family)
    document = Document()
    set_up(document, clean(family.name))
    document.add_paragraph(clean(family.name), style="Title")
    _small(document, _summary(family))
    document.add_paragraph("模板", style="Heading 1")
    for note in _notes(family, table):
        _small(document, note)
    for line in family.lines:
        paragraph = document.add_paragraph(style="Heading 2" if line.is_heading else None)
        _indent(paragraph)
        for x in line.parts:
            if isinstance(x, int):
                paragraph.add_run(f" 【{x}】 ").underline = True
            else:
                paragraph.add_run(one_line(x))
    if table.blanks:
        document.add_paragraph("历次填写的内容", style="Heading 1")
    for rows in _tables(table):
        _add_table(document, rows)
    document.add_paragraph("来源", style="Heading 1")
    for n, member in enumerate(table.members, 1):
        _small(document, f"〔{n}〕{_source(member, shown)}")
    written = BytesIO()
    document.save(written)
    return undated(written.getvalue())


def _indent(paragraph: Any) -> None:
    """Two characters at the beginning, whatever the font's size."""
    properties = paragraph._p.get_or_add_pPr()
    indent = OxmlElement("w:ind")
    indent.set(qn("w:firstLineChars"), "200")
    properties.append(indent)


def _small(document: Any, text: str) -> None:
    run = document.add_paragraph().add_run(clean(text))
    run.font.size = Pt(SMALL)


def _add_table(document: Any, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(clean(text))
            run.font.size = Pt(SMALL)
            run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TABLE)
    repeat = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeat)
    document.add_paragraph()


def check_target(path: Path) -> None:
    """Raises UsageError for a file that a template cannot be written as."""
    if path.suffix.lower() not in (".md", ".docx"):
        raise UsageError(f"a template is written as .md or .docx, not as {path.name}")


def save(family: Family, path: Path, shown: Shown = str) -> None:
    """Write a family as what the file's name says; an existing file is replaced whole or not at all.

    Raises UsageError, and OSError with the file's own name.
    """
    check_target(path)
    word = path.suffix.lower() == ".docx"
    text = "" if word else as_markdown(family, shown)
    content = as_docx(family, shown) if word else text.encode("utf-8", "backslashreplace")
    try:
        with replacing(path) as stream:
            stream.write(content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
