"""Split a file into its reports, and find their titles."""

from __future__ import annotations

import re
from dataclasses import dataclass

from indexer.model import Block, Removed
from indexer.reports.numbering import CHAPTER, form_of

_SENTENCE_END = re.compile(r"[。！？；，,;!?：:…]$")
_MAX_TITLE = 60


@dataclass(frozen=True, slots=True)
class Chapter:
    """The lines of one report. Its title line is among them, first, where it stands in the text."""

    title: str
    lines: tuple[Block, ...]


def split_chapters(lines: list[Block], name: str) -> tuple[list[Chapter], list[Removed]]:
    """Cut the lines at chapter marks; what stands before the first mark belongs to no report.

    ``name`` is the title of last resort. Returns the chapters (one at least) and what is outside them.
    """
    starts = [i for i, line in enumerate(lines) if is_chapter_mark(line.text)]
    if len(starts) < 2:
        title = title_line(lines) or name
        return [Chapter(title, tuple(lines))], []
    file_title = title_line(lines[: starts[0]]) or name
    chapters = []
    for n, (start, end) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True), 1):
        title = lines[start].text
        match = CHAPTER.fullmatch(title)
        own = match and (match.group("before").strip() or match.group("after").strip(" :：、.．\u3000"))
        chapters.append(Chapter(title if own else f"{file_title} {title or n}", tuple(lines[start:end])))
    reason = "汇编自身的标题与引言 (the compilation's own title and introduction)"
    return chapters, [Removed(line.text, reason) for line in lines[: starts[0]]]


def is_chapter_mark(text: str) -> bool:
    """Whether a line opens one report of a compilation."""
    return len(text) <= _MAX_TITLE and CHAPTER.fullmatch(text) is not None and not text.endswith("。")


def title_line(lines: list[Block]) -> str | None:
    """The title that the first lines give: by style, else the first line if it reads like one."""
    for line in lines[:10]:
        if line.style in ("title", "heading 1") and not form_of(line.text):
            return line.text
    if lines and looks_like_title(lines[0].text):
        return lines[0].text
    return None


def looks_like_title(text: str) -> bool:
    """Whether a line can be a title: short, no sentence, not numbered."""
    return len(text) <= _MAX_TITLE and not _SENTENCE_END.search(text) and form_of(text) is None
