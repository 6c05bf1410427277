"""Split a file into its reports: at chapter marks, and where a report begins without one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

from indexer.model import Block, Removed
from indexer.reports.numbering import NUMBER, chapter_of, number_of, to_int
from indexer.reports.numbering import Chapter as Mark
from indexer.reports.titles import (
    OPENING,
    SALUTATION,
    find_title,
    looks_like_title,
    names_a_report,
    opens_report,
    take_title,
)

PREFACE = "汇编自身的标题与引言 (the compilation's own title and introduction)"
CHAPTER_MARK = "篇章标记 (chapter mark)"

_ANNEX_LINE = re.compile(r"附\s?(?:件|表|录)\s?[\d一二三四五六七八九十]{0,3}\s?[:：]?")
_SPEECH_ENDS = re.compile(r"谢谢|汇报完毕|讲完|完了[。！]")
_ISSUE = re.compile(rf"[（(]?(?:总)?第?\s?[（(]?\s?(?P<n>{NUMBER})\s?[)）]?\s?期[）)]?")
_CHAPTER_NUMBER = re.compile(rf"\s{{0,9}}[（(【]?(?:第{NUMBER}篇|篇{NUMBER}|{NUMBER})[）)】]?\s{{0,9}}$")
_LEAST_CHAPTER = 4  # characters of a chapter; the items of a list of titles have none
_LEAST_REPORT = 200  # characters with numbered headings before the first mark that are a report, no preface
_ENDS_SENTENCE = re.compile(r"[。！？!?…][”’」』）)\"']?$")


@dataclass(frozen=True, slots=True)
class Chapter:
    """The lines of one report, its title not among them."""

    title: str
    lines: tuple[Block, ...]
    removed: tuple[Removed, ...] = ()
    own_title: bool = True  # the report's, not the file's with a number
    telling: bool = True  # the title says what this report is, not what all of the file are


def split_chapters(lines: list[Block], name: str) -> list[Chapter]:
    """Cut the lines into reports, one at least; ``name`` is the title of last resort."""
    marks = find_marks(lines)
    if not marks:
        starts = [0, *find_unmarked(lines)]
        pieces = [lines[a:b] for a, b in pairwise([*starts, len(lines)])]
        place = find_title(pieces[0])
        file_title = pieces[0][place].text if place is not None else name
        return [_unmarked(piece, file_title, n, len(pieces)) for n, piece in enumerate(pieces, 1)]
    preface = lines[: marks[0][0]]
    place = find_title(preface)
    file_title = preface[place].text if place is not None else name
    chapters: list[Chapter] = []
    if _is_report(preface):
        chapters.append(_unmarked(preface, file_title, 1, 2))
        preface = []
    ends = [*(start for start, _ in marks[1:]), len(lines)]
    for (start, mark), end in zip(marks, ends, strict=True):
        body = lines[start + 1 : end]
        cuts = [0, *find_unmarked(body)]
        for a, b in pairwise([*cuts, len(body)]):
            n = len(chapters) + 1
            if a == 0:
                chapters.append(_marked(lines[start], mark, body[a:b], file_title, n))
            else:
                chapters.append(_unmarked(body[a:b], file_title, n, 2))
    outside = tuple(Removed(line.whole, PREFACE) for line in preface)
    chapters[0] = replace(chapters[0], removed=(*outside, *chapters[0].removed))
    stems = Counter(_stem(chapter.title) for chapter in chapters)
    return [replace(c, telling=c.own_title and stems[_stem(c.title)] == 1) for c in chapters]


def _is_report(preface: list[Block]) -> bool:
    """Whether what stands before the first mark is a report itself: prose under numbered headings."""
    numbered = sum(number_of(line.text) is not None for line in preface)
    return numbered >= 2 and sum(len(line.text) for line in preface if len(line.text) > 40) >= _LEAST_REPORT


def _stem(title: str) -> str:
    """A title without the number of its chapter."""
    return _CHAPTER_NUMBER.sub("", title)


def _marked(line: Block, mark: Mark, body: list[Block], file_title: str, n: int) -> Chapter:
    """A chapter with its mark: its title stands with the mark, or on the line behind it."""
    removed = []
    signs = " ".join(s for s in (line.mark, mark.mark) if s)
    if mark.title:
        if signs:
            removed.append(Removed(signs, CHAPTER_MARK))
        return Chapter(mark.title, tuple(body), tuple(removed))
    removed.append(Removed(line.whole, CHAPTER_MARK))
    if body and looks_like_title(body[0]):
        title, rest, copies = take_title(body)
        return Chapter(title or file_title, tuple(rest), (*removed, *copies))
    return Chapter(f"{file_title}（{n}）", tuple(body), tuple(removed), own_title=False, telling=False)


def _unmarked(lines: list[Block], file_title: str, n: int, count: int) -> Chapter:
    """A report without a mark: its first title line, else the file's title, with the ordinal if it is one
    of several."""
    title, rest, removed = take_title(lines)
    if title:
        return Chapter(title, tuple(rest), tuple(removed))
    if count == 1:  # the file's name
        return Chapter(file_title, tuple(lines))
    return Chapter(f"{file_title}（{n}）", tuple(lines), own_title=False, telling=False)


def find_marks(lines: list[Block]) -> list[tuple[int, Mark]]:
    """The lines that are chapter marks, with what they say; none unless there are two or more.

    A table of contents names the same chapters before they come: of two marks with one ordinal and nothing
    but marks behind the first, the second counts.
    """
    found = [
        (i, mark) for i, line in enumerate(lines) if line.style != "table" and (mark := chapter_of(line.text))
    ]
    by_word = [(i, m) for i, m in found if "篇" in lines[i].text]
    found = _without_contents(by_word if len(by_word) >= 2 else _same_shape(lines, found))
    ends = [*(i for i, _ in found[1:]), len(lines)] if found else []
    found = [
        (i, m)
        for (i, m), end in zip(found, ends, strict=True)
        if sum(len(line.text) for line in lines[i + 1 : end]) >= _LEAST_CHAPTER
    ]
    rising: list[tuple[int, Mark]] = []
    for i, mark in found:
        if not rising or mark.ordinal > rising[-1][1].ordinal:
            rising.append((i, mark))
    return rising if len(rising) >= 2 else []


def _same_shape(lines: list[Block], found: list[tuple[int, Mark]]) -> list[tuple[int, Mark]]:
    """Of lines such as 园区工作总结（一）, those that differ in their ordinal alone and count from 1."""
    if any(number_of(lines[i].text) for i, _ in found):
        found = [(i, m) for i, m in found if number_of(lines[i].text) is None]
    shapes: dict[str, list[tuple[int, Mark]]] = {}
    for i, mark in found:
        shape = re.sub(r"[一二三四五六七八九十百\d\s（()）:：]+$", "", lines[i].text)
        shape = re.sub(r"^((?:范文|模板|例文|样本))[一二三四五六七八九十百\d].*", r"\1", shape)
        shapes.setdefault(shape, []).append((i, mark))
    best = max(shapes.values(), key=len, default=[])
    return best if len(best) >= 2 and [m.ordinal for _, m in best] == list(range(1, len(best) + 1)) else []


def _without_contents(found: list[tuple[int, Mark]]) -> list[tuple[int, Mark]]:
    later = {m.ordinal: i for i, m in found}
    return [
        (i, m)
        for n, (i, m) in enumerate(found)
        if not (later[m.ordinal] > i and n + 1 < len(found) and found[n + 1][0] == i + 1)
    ]


def find_unmarked(lines: list[Block]) -> list[int]:
    """Where a new report begins without a mark.

    Two signs must come together: a beginning (an opening such as "xxxx年，在…领导下", or a title line that
    names a subject) behind the end of a sentence, and numbering that starts again with one. Numbering alone
    starts again in every annex.
    """
    found: list[int] = []
    start = 0
    counts = _Counts(lines)
    for i in range(2, len(lines)):
        counts.see(i - 1)
        if i - start < 3 or not _ends_before(lines, i):
            continue
        line = lines[i]
        if any(_ANNEX_LINE.fullmatch(x.text) for x in lines[i - 2 : i]):
            continue
        by_opening = not line.style and len(line.text) >= 30 and OPENING.match(line.text) is not None
        by_title = names_a_report(line) and opens_report(lines, i + 1)
        by_speech = SALUTATION.fullmatch(line.text) is not None and _SPEECH_ENDS.search(
            lines[i - 1].text[-12:]
        )
        restarts = (by_opening or by_title or by_speech) and counts.restart(i)
        if restarts or counts.next_issue(i):
            found.append(i)
            start = i
            counts.begin(i)
    return found


def _ends_before(lines: list[Block], i: int) -> bool:
    """Whether what stands before line ``i`` can be a report's end: a sentence, a signature or a date."""
    before = lines[i - 1]
    if before.style.startswith("heading"):
        return False
    text = before.text
    short = len(text) <= 30 and number_of(text) is None and not text.endswith(("：", ":", "，", ","))
    return _ENDS_SENTENCE.search(text[-12:]) is not None or (short and names_a_report(lines[i]))


class _Counts:
    """What is known of the numbering while the lines are gone through, each looked at once."""

    def __init__(self, lines: list[Block]) -> None:
        self.lines = lines
        self.numbers = [number_of(line.text) for line in lines]
        self.seen: dict[str, int] = {}  # form -> highest ordinal since the report began
        self.senior: tuple[float, str] | None = None
        self.issues: dict[str, int] = {}  # head of a bulletin -> number of its last issue
        # For each line the next numbered one of each rank at the most is looked for from a few lines only.
        self.following = 400

    def see(self, i: int) -> None:
        """Count in line ``i``."""
        number = self.numbers[i]
        if number:
            self.seen[number.form.name] = max(self.seen.get(number.form.name, 0), number.ordinal)
            if self.senior is None or number.form.rank < self.senior[0]:
                self.senior = (number.form.rank, number.form.name)
        issue = _ISSUE.fullmatch(self.lines[i].text) if len(self.lines[i].text) <= 20 else None
        if issue and i:
            self.issues[self.lines[i - 1].text] = to_int(issue.group("n"))

    def begin(self, i: int) -> None:
        """A report begins at line ``i``."""
        self.seen, self.senior = {}, None

    def restart(self, i: int) -> bool:
        """Whether the most senior numbering used so far begins again at one behind line ``i``."""
        if self.senior is None or self.seen[self.senior[1]] < 2:
            return False
        for number in self.numbers[i + 1 : i + 1 + self.following]:
            if number and number.form.rank <= self.senior[0]:
                return number.ordinal == 1
        return False

    def next_issue(self, i: int) -> bool:
        """Whether the head of a bulletin stands here once more, with the number of a later issue."""
        after = self.lines[i + 1].text if i + 1 < len(self.lines) else ""
        here = _ISSUE.fullmatch(after) if len(after) <= 20 else None
        last = self.issues.get(self.lines[i].text)
        return bool(
            here and last is not None and to_int(here.group("n")) > last and looks_like_title(self.lines[i])
        )
