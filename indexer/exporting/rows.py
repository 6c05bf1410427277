"""The rows of an export: every section that answers a question, whole, in the order of the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from indexer.analysis.dictionary import Lexicon
from indexer.engines.base import Found, Reader
from indexer.errors import CorruptIndexError
from indexer.exporting.marked import Marked, joined
from indexer.families.detect import Families
from indexer.library import Library
from indexer.model import FiledReport, FiledSection
from indexer.ocr import NOTICE as OCR_NOTICE
from indexer.query.nodes import Node
from indexer.query.parser import parse
from indexer.search import Question, relax
from indexer.snippets import find_marks, runs_to_mark

#: Passages of one export at the most.
MOST = 10_000

#: How a text of a report is cited: the report, the headings above the text, whether its file holds several.
Cite: TypeAlias = Callable[[FiledReport, Sequence[str], bool], str]
#: Where a section can be looked up: an address, or its id.
Locate: TypeAlias = Callable[[FiledSection], str]


@dataclass(frozen=True, slots=True)
class Row:
    """A passage: a section that matches, whole.

    ``path``: its heading with those above it; ``copies``: how many others say the same; ``notice``: what is
    said of the whole report ("": nothing).
    """

    number: int  # from 1
    title: Marked
    year: int | None
    unit: str
    path: Marked
    paragraphs: tuple[Marked, ...]
    copies: int
    notice: str
    file: str
    source: str
    address: str

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

    ``rows`` can be gone through once; it raises AbandonedError where nobody waits for them any more.
    """

    name: str
    total: int
    reports: int
    shown: int
    relaxed: bool
    rows: Iterator[Row]
    most: int = MOST

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
        lines = []
        if self.relaxed:
            lines.append("没有完全符合的段落，以下是部分符合的。")
        else:
            folded = f"；相同的合并后为 {self.shown:,} 段" if self.shown < self.total else ""
            lines.append(f"共 {self.total:,} 段，分布在 {self.reports:,} 篇报告{folded}。")
        return (*lines, *([self.cut] if self.cut else []))


class AbandonedError(Exception):
    """Nobody waits for what is being written."""


def export(
    library: Library,
    question: Question,
    write: Callable[[Results], None],
    *,
    name: str,
    cite: Cite,
    locate: Locate,
    most: int = MOST,
    wanted: Callable[[], bool] = lambda: True,
) -> None:
    """Have the answer to a question written, from its first row on, whatever page of it the question is for.

    All of it is of one state of the index, which is asked a row at a time: others search meanwhile. Raises
    IndexStateError, and AbandonedError where it is not ``wanted`` any more, which is asked before each row.
    """
    lexicon = library.lexicon.current()
    with library.lent_reader_and_families() as (reader, families):
        chosen = _choose(reader, families, question, most, lexicon)
        found = chosen.found
        total, reports = (0, 0) if chosen.relaxed else (found.total, found.reports)
        rows = _while(wanted, _rows(reader, chosen, cite, locate))
        write(Results(name, total, reports, found.shown, chosen.relaxed, rows, most))


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


def _rows(reader: Reader, chosen: _Chosen, cite: Cite, locate: Locate) -> Iterator[Row]:
    runs = runs_to_mark(chosen.node)
    files = reader.files()
    reports: dict[str, FiledReport] = {}  # without their texts

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
            reports[filed.report_id] = replace(report, report=replace(report.report, sections=(), removed=()))
        section = filed.section
        path = [Marked(heading) for heading in section.path]
        if section.heading:
            path[-1:] = [mark(section.heading)]
        yield Row(
            number,
            mark(filed.title),
            section.year,
            filed.unit or "",
            joined(" › ", path),
            tuple(map(mark, section.paragraphs)),
            copies - 1,
            OCR_NOTICE.partition(" (")[0] if filed.ocr else "",
            filed.file,
            cite(reports[filed.report_id], section.path, files[filed.file].reports > 1),
            locate(filed),
        )
