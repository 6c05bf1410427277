"""Lines to paragraphs, across lines, columns and pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.model import Block
from indexer.readers.layout.columns import Region
from indexer.readers.layout.line import Line
from indexer.readers.layout.lines import lines_of
from indexer.readers.layout.script import SOFT, between, first_width, is_wide, unhyphenated
from indexer.readers.layout.setting import DEEP, INDENT, Setting, same_size, setting_of

_NUMBERED = re.compile(
    r"(?:第[\d〇零一二三四五六七八九十百]{1,5}(?:编|部分|章|节|条)|[一二三四五六七八九十]{1,4}[、.．]"
    r"|[（(〔][\d一二三四五六七八九十]{1,4}[)）〕]|\d{1,2}(?:[、．)）]|[.](?!\d))|[①-⑳])"
)
_TERMINAL = re.compile(r"[。！？!?；;：:…][”’」』）)】\]》\"']*$")
_AUTOSPACE = 0.25  # ems between Chinese and Latin, and between Latin words
_TIGHT = 0.6  # ems that a line may fall short for want of room
_SHORT = 0.15  # of a line's breadth that it may fall short where paragraphs are indented
_ABOUT_EDGE = 0.3  # ems
_FORM = 3  # pieces with wide gaps between them are those of a form, not of a sentence
_ROUNDING = 0.1  # ems that widths are guessed wrong by
_LOOSE = 1.3  # times the usual distance between lines that parts paragraphs
_LARGER = 1.1  # times the usual size: a title


def paragraphs_of(regions: list[Region]) -> Iterator[Block]:
    """The paragraphs and rows of tables of regions in reading order."""
    lines = [lines_of(region) for region in regions]
    setting = setting_of(regions, lines)
    parts: list[str] = []
    recent: list[tuple[Line, Region]] = []  # the last two lines of the paragraph
    for region, of_region in zip(regions, lines, strict=True):
        for line in of_region:
            if parts and recent and _goes_on(recent, line, region, setting):
                space = between(parts[-1], line.text)
                parts[-1:] = [unhyphenated(parts[-1], line.text), space, line.text]
                recent = [*recent[-1:], (line, region)]
                continue
            if parts:
                yield _paragraph(parts)
            parts, recent = [line.text], [(line, region)]
            if line.table:
                yield Block(line.text.replace(SOFT, "-"), "table")
                parts, recent = [], []
    if parts:
        yield _paragraph(parts)


def _paragraph(parts: list[str]) -> Block:
    return Block("".join(parts).replace(SOFT, "-"))


def _goes_on(recent: list[tuple[Line, Region]], line: Line, region: Region, setting: Setting) -> bool:
    """Whether a line goes on with the paragraph whose last lines are ``recent``."""
    last, last_region = recent[-1]
    em = line.size
    if line.table or last.table or last.entry or not same_size(last, line):
        return False
    if max(line.pieces, last.pieces) >= _FORM:
        return False
    if last_region is region and not 0 < line.top - last.top <= _LOOSE * max(setting.pitch, 1.0) * em:
        return False
    room = last_region.right - last.right
    needed = first_width(line.text, em)
    if not (is_wide(last.text[-1]) and is_wide(line.text[0])):
        needed += _AUTOSPACE * em
    full = room < needed + _ROUNDING * em or room <= _TIGHT * em
    indent, before = line.left - region.left, last.left - last_region.left
    if (
        line.size > _LARGER * setting.size
        and last_region is region
        and _centred(last, region)
        and _centred(line, region)
    ):
        return last.right - last.left > 0.7 * (region.right - region.left)
    if not full and not (setting.indents and _only_short(last, last_region, line, region)):
        return False
    if last_region is not region and not setting.indents and _TERMINAL.search(last.text[-8:]):
        return False
    if line.hang is not None:
        return False
    if _NUMBERED.match(line.text) and (_TERMINAL.search(last.text[-8:]) or indent >= INDENT * em):
        return False
    within = last_region is not region or line.left - last.left < INDENT * em
    if indent < INDENT * em and within:
        return True
    hang = recent[0][0].hang
    if hang is not None and abs(line.left - hang) < INDENT * em:
        return True
    # A paragraph that is indented as a whole: a third line in a row at the same place.
    return (
        len(recent) == 2 and abs(indent - before) < 0.3 * em and abs(recent[0][0].left - last.left) < 0.3 * em
    )


def _only_short(last: Line, last_region: Region, line: Line, region: Region) -> bool:
    """Whether a sentence goes on at the left edge although there seems to be room left in the last line.

    Programs differ in what they keep together; where paragraphs are indented a new one would not begin there.
    """
    room = last_region.right - last.right
    return (
        abs(line.left - region.left) < _ABOUT_EDGE * line.size
        and last.left - last_region.left <= DEEP * last.size
        and room <= _SHORT * (last_region.right - last_region.left)
        and not _TERMINAL.search(last.text[-8:])
    )


def _centred(line: Line, region: Region) -> bool:
    return abs(line.left + line.right - region.left - region.right) < 2 * line.size
