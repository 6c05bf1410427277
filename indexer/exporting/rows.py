"""The rows of an export: every section that answers a question, whole, in the order of the results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from indexer.analysis.dictionary import Lexicon
from indexer.engines.base import Found, Reader
from indexer.errors import CorruptIndexError
from indexer.exporting.glance import at_a_glance
from indexer.exporting.links import is_link, leads_here
from indexer.exporting.marked import Marked, joined
from indexer.families.detect import Families
from indexer.library import Library
from indexer.model import FiledReport, FiledSection, Folder, Section
from indexer.ocr import NOTICE as OCR_NOTICE
from indexer.query.nodes import Node
from indexer.query.parser import parse
from indexer.search import Question, relax
from indexer.snippets import find_marks, runs_to_mark

#: Passages of one export at the most.
MOST = 10_000

_WHOLE = "每一段都是一个小标题下的全文，找到的词有标记。"
_UNLINKED = "没有写各段的地址：导出时是用本机的地址打开稿库的，别人打不开这样的地址。"
#: Notices of a row.
_IN_PART = "部分符合"
_NO_TEXT, _TEXT_BELOW = "只有小标题", "只有小标题，正文在下级小标题下"

#: How a text of a report is cited: the report, the headings above the text, whether its file holds several.
Cite: TypeAlias = Callable[[FiledReport, Sequence[str], bool], str]
#: The address where a section can be looked up.
Locate: TypeAlias = Callable[[FiledSection], str]
#: How people read the name of a file in an index of these folders.
ShownIn: TypeAlias = Callable[[Iterable[Folder]], Callable[[str], str]]


@dataclass(frozen=True, slots=True)
class Row:
    """A passage: a section that matches, whole.

    ``year``: which it is about, as ``report_year`` is for its report; ``path``: its heading with those above
    it; ``passage``: a little of it round the hits; ``copies``: how many others say the same; ``notice``: what
    is to be known of it ("": nothing); ``address``: "" where it would be of no use to others.
    """

    number: int  # from 1
    title: Marked
    year: int | None
    report_year: int | None
    unit: str
    path: Marked
    passage: Marked
    paragraphs: tuple[Marked, ...]
    copies: int
    notice: str
    file: str
    source: str
    address: str

    @property
    def heading(self) -> Marked:
        """The title; the year only where it is not that of the report, which the source has."""
        year = f"（内容年份 {self.year}）" if self.year and self.year != self.report_year else ""
        return joined("", (self.title, Marked(year)))

    @property
    def link(self) -> str:
        """The address where it is a link, or ""."""
        return self.address if is_link(self.address) else ""

    @property
    def about(self) -> Marked:
        """Whose it is, under which headings it stands, how many others say the same."""
        copies = f"另有 {self.copies:,} 处相同" if self.copies else ""
        texts = (Marked(self.unit), self.path, Marked(copies))
        return joined(" · ", [text for text in texts if text.text])

    @property
    def text(self) -> Marked:
        """The paragraphs, each on a line."""
        return joined("\n", self.paragraphs)


@dataclass(frozen=True, slots=True)
class Results:
    """An answer to be written. ``total`` sections of ``reports`` match, which come to ``shown`` rows.
    ``addressed``: the rows have addresses; ``unlinked``: these were left out, as they would lead others to
    their own machines.

    ``rows`` can be gone through once; it raises AbandonedError where nobody waits for them any more.
    """

    name: str
    total: int
    reports: int
    shown: int
    relaxed: bool
    rows: Iterator[Row]
    most: int = MOST
    addressed: bool = True
    unlinked: bool = False

    @property
    def cut(self) -> str:
        """That not all is there; "" where it is."""
        left = self.shown - self.most
        if left <= 0:
            return ""
        return f"只导出了前 {self.most:,} 段，后面还有 {left:,} 段。请加上筛选，分几次导出。"

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of the rows, a line each."""
        if self.relaxed:
            counted = f"没有完全符合的段落，以下是部分符合的，共 {self.shown:,} 段。"
        else:
            folded = f"；相同的合并后为 {self.shown:,} 段" if self.shown < self.total else ""
            counted = f"共 {self.total:,} 段，分布在 {self.reports:,} 篇报告{folded}。"
        lines = (counted + (_WHOLE if self.shown else ""), self.cut, _UNLINKED if self.unlinked else "")
        return tuple(line for line in lines if line)


class AbandonedError(Exception):
    """Nobody waits for what is being written."""


def export(
    library: Library,
    question: Question,
    write: Callable[[Results], None],
    *,
    name: str,
    cite: Cite,
    locate: Locate | None,
    shown_in: ShownIn = lambda folders: str,
    most: int = MOST,
    wanted: Callable[[], bool] = lambda: True,
) -> None:
    """Have the answer to a question written, from its first row on, whatever page of it the question is for.

    Without ``locate`` the rows have no addresses; ``shown_in`` says how files are called in them. All of it
    is of one state of the index, which is asked a row at a time: others search meanwhile. Raises
    IndexStateError, and AbandonedError where it is not ``wanted`` any more, which is asked before each row.
    """
    lexicon = library.lexicon.current()
    with library.lent_reader_and_families() as (reader, families):
        chosen = _choose(reader, families, question, most, lexicon)
        found = chosen.found
        total, reports = (0, 0) if chosen.relaxed else (found.total, found.reports)
        unlinked = locate is not None and _lead_here(reader, chosen, locate)
        address = _nowhere if locate is None or unlinked else locate
        rows = _while(wanted, _rows(reader, chosen, cite, address, shown_in(reader.meta.folders)))
        called = f"{name}（{_IN_PART}）" if chosen.relaxed else name
        addressed = address is not _nowhere
        write(Results(called, total, reports, found.shown, chosen.relaxed, rows, most, addressed, unlinked))


def _while(wanted: Callable[[], bool], rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        if not wanted():
            raise AbandonedError
        yield row


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The sections to be written; ``copies``: how often the index holds each, itself included."""

    node: Node
    found: Found
    relaxed: bool
    copies: tuple[int, ...]


def _choose(reader: Reader, families: Families, question: Question, most: int, lexicon: Lexicon) -> _Chosen:
    """What the page shows of a question: where nothing matches, what matches in part."""
    groups = families.labels["section"] if question.fold else None
    node, relaxed = parse(question.query, lexicon), False
    found = reader.search(node, question.filters, question.sort, 0, most, groups)
    loose = None if found.total else relax(node)
    if loose is not None:
        best = reader.search(loose, question.filters, question.sort, 0, most, groups)
        if best.total:
            node, found, relaxed = loose, best, True
    copies = families.copies("section")
    return _Chosen(node, found, relaxed, tuple(int(copies[hit.row]) for hit in found.hits))


def _lead_here(reader: Reader, chosen: _Chosen, locate: Locate) -> bool:
    """Whether the addresses are of no use to others; one tells of all."""
    sections = (reader.section(hit.section_id) for hit in chosen.found.hits[:1])
    return any(leads_here(locate(section)) for section in sections if section)


def _nowhere(_: FiledSection) -> str:
    return ""


def _rows(
    reader: Reader, chosen: _Chosen, cite: Cite, locate: Locate, shown: Callable[[str], str]
) -> Iterator[Row]:
    runs = runs_to_mark(chosen.node)
    files = reader.files()
    reports: dict[str, tuple[FiledReport, frozenset[int]]] = {}

    def mark(text: str) -> Marked:
        return Marked(text, find_marks(text, runs))

    for number, (hit, copies) in enumerate(zip(chosen.found.hits, chosen.copies, strict=True), 1):
        filed = reader.section(hit.section_id)
        if filed is None:
            raise CorruptIndexError(f"section {hit.section_id} is found and is not there")
        if filed.report_id not in reports:
            report = reader.report(filed.report_id)
            if report is None:
                raise CorruptIndexError(f"report {filed.report_id} is found and is not there")
            reports[filed.report_id] = _to_cite(report, shown), _parents(report.report.sections)
        report, parents = reports[filed.report_id]
        section = filed.section
        path = [Marked(heading) for heading in section.path]
        if section.heading:
            path[-1:] = [mark(section.heading)]
        notices = (
            _IN_PART if chosen.relaxed else "",
            "" if section.paragraphs else _TEXT_BELOW if filed.position in parents else _NO_TEXT,
            OCR_NOTICE.partition(" (")[0] if filed.ocr else "",
        )
        yield Row(
            number,
            mark(filed.title),
            section.year,
            report.report.year,
            filed.unit or "",
            joined(" › ", path),
            at_a_glance(filed, chosen.node),
            tuple(map(mark, section.paragraphs)),
            copies - 1,
            "；".join(notice for notice in notices if notice),
            report.file,
            cite(report, section.path, files[filed.file].reports > 1),
            locate(filed),
        )


def _to_cite(filed: FiledReport, shown: Callable[[str], str]) -> FiledReport:
    """Without its text."""
    return replace(filed, file=shown(filed.file), report=replace(filed.report, sections=(), removed=()))


def _parents(sections: Sequence[Section]) -> frozenset[int]:
    """The sections, counted from 0, that have others below them."""
    return frozenset(n for n, (a, b) in enumerate(pairwise(sections)) if a.heading and b.level > a.level)
