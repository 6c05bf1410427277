"""Put text back together: lines and paragraphs that were cut in mid-sentence become one again.

Three kinds of cut are told apart:

* **viewers' pages**: a document viewer shows a text in pages and leaves "1、" … "9、" at the cuts;
* **fixed width**: text files and PDFs break every line at the same width;
* **anywhere**: page savers break a paragraph in the middle of a word.

What belongs apart stays apart: headings, list items, table rows, signatures and dates, verse.
"""

from __future__ import annotations

import re
from dataclasses import replace

from indexer.analysis.normalise import HAN
from indexer.analysis.words import cut_words
from indexer.model import Block, Removed
from indexer.reports.announced import announced_titles, is_announced
from indexer.reports.numbering import chapter_of, number_of
from indexer.reports.titles import OPENING
from indexer.reports.vocabulary import PLAIN_HEADING

FORMAT_MARKS = "格式标记 (format marks)"
PAGE_MARK = "阅读器分页号 (a viewer's page number)"

#: What ends a paragraph.
_TERMINAL = re.compile(r"[。！？!?；;：:…—][”’」』）)】\]》\"']*$|[.][”’)\"']?$|^\s*$")
_TAIL = 80  # characters of a line's end that are looked at: a line may be a megabyte


def _ends(text: str) -> bool:
    """Whether a sentence ends with this text."""
    return _TERMINAL.search(text[-12:]) is not None


#: What a sentence cannot end with.
_OPEN_END = re.compile(r"(?:[，,、（(“‘《【〔]|[^。！？；]*《[^》]*)$")
#: What nothing can begin with.
_CONTINUES = re.compile(r"[，。、；：！？”’」』）》】〕%％,;:!?)\]]")
#: Words that a paragraph does not begin with, and words that it does not end with.
_NEVER_FIRST = frozenset(
    [
        "和",
        "与",
        "及",
        "以及",
        "等",
        "的",
        "了",
        "并",
        "并且",
        "或",
        "或者",
        "而",
        "而且",
        "之",
        "至",
        "着",
        "地",
        "得",
        "亿元",
        "万元",
        "余",
        "个",
        "家",
        "项",
    ]
)
_NEVER_LAST = frozenset(
    [
        "的",
        "和",
        "与",
        "及",
        "以及",
        "等",
        "或",
        "或者",
        "在",
        "对",
        "把",
        "将",
        "被",
        "向",
        "从",
        "为",
        "以",
        "由",
        "于",
        "按",
        "按照",
        "根据",
        "通过",
        "并",
        "并且",
        "而",
        "不",
        "不断",
        "进一步",
        "其中",
        "是",
        "地",
        "之",
        "为了",
        "使",
        "让",
        "给",
        "比",
        "较",
        "约",
        "达",
        "共",
    ]
)
#: Short lines that end a report or stand alone: signatures, dates, salutations, annexes.
_ALONE = re.compile(
    r"(?:.{0,30}(?:[12]\d{3}|[xX×*_○〇零一二三四五六七八九]{2,4})\s?年\s?[\dxX×*_一二三四五六七八九十]{1,3}\s?月(?:\s?[\dxX×*_一二三四五六七八九十]{1,3}\s?日)?[）)]?"
    r"|附\s?件.{0,40}|附[:：].{0,40}|[^，。]{0,20}(?:委员会|管委会|人民政府|办公室|党委|局|公司)|(?:—|-){2}.{0,60})"
)
_WIDE = re.compile(rf"[{HAN}\u3000-\u303f\uff01-\uff60]")
_HAN = re.compile(f"[{HAN}]")
_STRAY = re.compile(rf"(?<=[{HAN}])[ \u00a0](?=[{HAN}])")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]{2,}|[\t\u00a0\u2000-\u200a\u202f\u3000]")
_SPACED_OUT = re.compile(rf"[{HAN}](?:\s+[{HAN}]){{1,9}}(?:\s*[:：])?")
_SHORT = 30
_LONG = 2000  # characters of a paragraph's end that are looked at
_MAX_WRAP = 160  # columns at which lines are broken at the most


def rejoin(lines: list[Block]) -> tuple[list[Block], list[Removed]]:
    """Return the paragraphs that the lines were, and what marked the cuts."""
    lines, removed = _without_page_marks(lines)
    width = _wrap_width(lines)
    indented = _indents(lines) if width else False
    tidy = [
        line if (text := _tidy(line)) == line.text else Block(text, line.style, line.mark, line.gap)
        for line in lines
    ]
    announced = announced_titles(tidy)
    joined: list[Block] = []
    parts: list[str] = []  # of the last paragraph: put together once, at its end
    raw_before = ""
    for raw, line in zip(lines, tidy, strict=True):
        if not line.text:
            if line.mark:
                removed.append(Removed(line.mark, FORMAT_MARKS))
            continue
        before = _probe(joined[-1], parts) if joined else None
        full = width is not None and _width(raw_before) >= width - 4
        if (
            before is not None
            and not (is_announced(before, announced) or is_announced(line, announced))
            and ((full and _wraps(before, line, raw.text, indented)) or _is_cut(before, line))
        ):
            parts.append(_glue(before.text[-1:], line.text)[1:])
        else:
            if joined:
                joined[-1] = replace(joined[-1], text="".join(parts)) if len(parts) > 1 else joined[-1]
            joined.append(line)
            parts = [line.text]
        raw_before = raw.text
    if len(parts) > 1:
        joined[-1] = replace(joined[-1], text="".join(parts))
    return joined, removed


def _probe(block: Block, parts: list[str]) -> Block:
    """The paragraph that the parts make so far; of a long one its beginning and end, which decide."""
    if len(parts) == 1:
        return block
    head, tail, length = parts[0], "", 0
    for part in reversed(parts[1:]):
        tail, length = part + tail, length + len(part)
        if length > _LONG:
            return replace(block, text=head[:_LONG] + tail)
    return replace(block, text=head + tail)


#: Takes no room and says nothing, yet stands between a number and its text. (U+200D joins parts of an emoji.)
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u2060\ufeff"))


def _tidy(line: Block) -> str:
    """The text without white space that says nothing."""
    text = line.text.translate(_UNSEEN).strip()
    if line.style == "table":
        return text
    if len(text) <= 24 and _SPACED_OUT.fullmatch(text):  # 美 工 区
        return re.sub(r"\s+", "", text)
    if " " in text or "\u00a0" in text or "\t" in text or "\u3000" in text or "\u2003" in text:
        text = _SPACES.sub(" ", text)
        # In a title, and behind a number, a space tells two halves apart; in a sentence it is stray.
        number = number_of(text)
        start = number.end if number else 0
        if len(text) > 60 or number or re.search(r"[，。；：,;:]", text):
            return text[:start] + _STRAY.sub("", text[start:])
    return text


def _glue(first: str, second: str) -> str:
    """Two halves as one; between Latin words a space was lost with the line's end."""
    latin = first[-1:].isascii() and first[-1:].isalpha() and second[:1].isascii() and second[:1].isalpha()
    return f"{first} {second}" if latin else first + second


# -- anywhere --------------------------------------------------------------------------------------


def _is_cut(before: Block, line: Block) -> bool:
    """Whether ``line`` is the rest of the paragraph ``before``."""
    first, second = before.text, line.text
    if before.style or line.style or _ends(first) or PLAIN_HEADING.fullmatch(first):
        return False
    if number_of(second) or chapter_of(second) or chapter_of(first):
        return False
    if _CONTINUES.match(second):
        return True
    if OPENING.match(second):
        return False
    if _ALONE.fullmatch(first) or _ALONE.fullmatch(second) or _is_verse(first, second):
        return False
    if _OPEN_END.search(first[-_TAIL:]):
        return True
    if first[-1].isdigit() and second[0].isdigit() and len(first) > _SHORT:
        return True  # a figure cut in two
    if not (_HAN.match(first[-1]) or first[-1].isalnum() or first[-1] in "”’）)*%％"):
        return False
    return _cut_in_sentence(first, second)


def _cut_in_sentence(first: str, second: str) -> bool:
    """Judge by words where no punctuation tells."""
    head, tail = first[-12:], second[:12]
    last, next_ = _last_word(head), _first_word(tail)
    if next_ in _NEVER_FIRST:
        return True
    least = _SHORT if number_of(first) else _SHORT // 2
    prose = len(first) > least and re.search(r"[，。；,;]", first[-2000:]) is not None
    if _word_spans(head, tail):
        # A word made of the end of a heading and the beginning of its text is chance; in prose, or where the
        # first half alone is no phrase of whole words, it is a cut.
        return prose or (
            number_of(first) is None and len(second) > len(first) and 1 in (len(last), len(next_))
        )
    if last in _NEVER_LAST and len(second) > 4:
        return prose or number_of(first) is None or last in ("的", "和", "与", "及", "以及")
    if not prose:
        return _run_in_is_open(first)
    return number_of(first) is None or _run_in_is_open(first)


def _run_in_is_open(first: str) -> bool:
    """Whether a numbered line has its heading behind it and breaks off in the text after it."""
    number = number_of(first)
    if number is None:
        return False
    _, stop, rest = first[number.end :].partition("。")
    return bool(stop) and len(rest) >= 4


def _last_word(text: str) -> str:
    words = list(cut_words(text))
    return words[-1] if words else ""


def _first_word(text: str) -> str:
    return next(iter(cut_words(text)), "")


def _word_spans(head: str, tail: str) -> bool:
    """Whether a word reaches across the cut when the halves are cut into words together."""
    if not (_HAN.match(head[-1]) and _HAN.match(tail[0])):
        return head[-1].isdigit() and tail[0].isdigit()
    run_head = re.search(rf"[{HAN}]+$", head)
    run_tail = re.match(rf"[{HAN}]+", tail)
    if not run_head or not run_tail:
        return False
    at = 0
    for word in cut_words(run_head.group() + run_tail.group()):
        if at < len(run_head.group()) < at + len(word):
            return True
        at += len(word)
    return False


def _is_verse(first: str, second: str) -> bool:
    """Short lines of the same length, as in verse and slogans."""
    return len(first) == len(second) <= 12 and first[-1] in "，,"


# -- fixed width -----------------------------------------------------------------------------------


def _width(text: str) -> int:
    """Columns that a text takes: two for a wide character."""
    return len(text) + len(_WIDE.findall(text))


def _wrap_width(lines: list[Block]) -> int | None:
    """The width at which the lines were broken; None if they were not.

    It is one if many lines are of about the same width, hardly any is wider, and most of these do not end
    where a sentence does.
    """
    if any(len(line.text) > _MAX_WRAP for line in lines if not line.style):
        return None  # a line longer than any that was broken: most texts end here
    widths = [_width(line.text.rstrip()) for line in lines if not line.style]
    if len(widths) < 8:
        return None
    most = max(widths)
    if not 40 <= most <= _MAX_WRAP:
        return None
    full = [line for line in lines if not line.style and _width(line.text.rstrip()) >= most - 4]
    open_ended = [line for line in full if not _ends(line.text.strip())]
    return most if len(full) >= max(4, len(widths) * 0.3) and len(open_ended) >= len(full) * 0.5 else None


def _indents(lines: list[Block]) -> bool:
    """Whether paragraphs begin with an indent in this text."""
    return sum(line.text[:1] in " \t\u3000" for line in lines) >= 2


def _wraps(before: Block, line: Block, raw: str, indented: bool) -> bool:
    """Whether ``line`` goes on after the full line ``before``."""
    if before.style or line.style or number_of(line.text) or chapter_of(line.text) or line.gap:
        return False
    if _ALONE.fullmatch(line.text):
        return False
    if indented:
        return raw[:1] not in " \t\u3000"
    return not _ends(before.text) or _CONTINUES.match(line.text) is not None


# -- viewers' pages --------------------------------------------------------------------------------


def _without_page_marks(lines: list[Block]) -> tuple[list[Block], list[Removed]]:
    """Take off "1、" … "9、" where a viewer put them: every line has one, and they cut sentences."""
    marks = [number_of(line.text.strip()) for line in lines]
    numbered = [i for i, m in enumerate(marks) if m and m.form.name == "1、"]
    expected = [m.ordinal for i in numbered if (m := marks[i])]
    if len(numbered) < 3 or len(numbered) < len(lines) - 2 or expected != list(range(1, len(numbered) + 1)):
        return lines, []
    cut = sum(not _ends(lines[i].text.strip()) for i in numbered[:-1])
    long = sum(len(lines[i].text) for i in numbered) / len(numbered) >= 150
    if not long or cut < (len(numbered) - 1) * 0.6:
        return lines, []
    result: list[Block] = []
    removed: list[Removed] = []
    text = ""
    for i, line in enumerate(lines):
        mark = marks[i]
        stripped = line.text.strip()
        if mark and i in numbered:
            removed.append(Removed(stripped[: mark.end], PAGE_MARK))
            stripped = stripped[mark.end :]
        if result and text and text[-1] not in "。！？":  # pages are cut at ";" too
            text = _glue(text, stripped)
            result[-1] = replace(result[-1], text=text)
        else:
            text = stripped
            result.append(replace(line, text=stripped))
    return _reopened(result), removed


#: A numbered point inside a run-on text: behind the end of a sentence.
_POINT = re.compile(r"(?<=[。！？；）])\s*(?=[（(][一二三四五六七八九十]{1,3}[)）]|[1-9]、)")


def _reopened(lines: list[Block]) -> list[Block]:
    """Give numbered points of a text that lost its line ends lines of their own again."""
    return [
        replace(line, text=piece.strip())
        for line in lines
        for piece in _POINT.split(line.text)
        if piece.strip()
    ]
