"""Every form holds the same rows, whatever stands in them, and is read by the library that reads it."""

from __future__ import annotations

import errno
import gc
import re
import tempfile
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl import load_workbook

from indexer.analysis.normalise import normalise
from indexer.exporting import FORMS, REPORT_FORMS, AbandonedError, CleanReport, Results, Row
from indexer.exporting.marked import Marked
from indexer.exporting.plain import clean
from indexer.model import Report, Section
from indexer.snippets import find_marks
from tests.exporting.reading import READERS, Export, bare

RUNS = (normalise("招商引资"),)


def row(
    number: int, *paragraphs: str, title: str = "柳塘镇总结", address: str = "r-0", copies: int = 0
) -> Row:
    def mark(text: str) -> Marked:
        return Marked(text, find_marks(text, RUNS))

    return Row(
        number,
        mark(title),
        2019,
        2019,
        "柳塘镇",
        Marked("一、成绩 › （一）茶园"),
        mark("招商引资开了头"),
        tuple(map(mark, paragraphs)),
        copies,
        "",
        "资料/柳塘.txt",
        f"——《{title}》，资料/柳塘.txt",
        address,
    )


def results(*rows: Row, name: str = "搜索结果：招商引资", shown: int | None = None) -> Results:
    most = len(rows) if shown else 10_000
    count = shown or len(rows)
    return Results(name, count, count, count, False, iter(rows), most)


def written(form: str, found: Results) -> bytes:
    target = BytesIO()
    FORMS[form].write(found, target)
    return target.getvalue()


def read(form: str, found: Results) -> Export:
    return READERS[form](written(form, found))


#: Paragraphs of a passage; all forms must hold all of their characters.
PASSAGES = {
    "plain": ("茶园面积1.33万亩。", "招商引资开了头。"),
    "all marked": ("招商引资",),
    "marks that touch": ("招商引资招商引资队伍",),
    "marks at both ends": ("招商引资和招商引资",),
    "formulas": (
        "=1+1",
        "+2",
        "-5%",
        "@SUM(A1)",
        '=HYPERLINK("http://x","招商引资")',
        "＝1＋1",
        "=cmd|' /C calc'!A0",
    ),
    "one formula": ("=1+1",),
    "what no XML may hold": ("甲\x00\x0b\x1f乙\ufffe丙\ud800丁",),
    "marked, with what no XML may hold": ("甲\x00招商\x00引资乙招商引资",),
    "only what no XML may hold": ("\x00\x01",),
    "markup": ("<script>alert(1)</script>&amp;招商引资<b>]]>",),
    "a run of the writer's own": ("<r><t>招商</t></r>",),
    "a broken run": ("<r>&<</r>",),
    "escapes": ("_x0041_和招商引资_x000D_",),
    "signs of Markdown": ("# *甲* _乙_ | [丙](x) `丁` ~ > $1$", "- 项", "1. 项", "+ 项", "==="),
    "a table": ("名称\t招商引资\t备注", "甲\t41亿元", "\t\t"),
    "a wide table": ("\t".join(map(str, range(70))), "\t".join("甲" * 70)),
    "one row": ("甲\t乙",),
    "beyond the basic plane": ("𠮷" * 20_000 + "招商引资",),
    "longer than a cell": ("招商引资" + "长" * 70_000 + "尾",),
    "longer than a cell, in lines": tuple(f"第{n}行招商引资，{'长' * 500}。" for n in range(200)),
    "many marks": ("招商引资，" * 3_000,),
    "turned": ("\u202e招商引资\u202c",),
    "nothing": (),
    "spaces": ("　　 甲  招商引资  乙 ",),
}


def test_the_table_has_every_form() -> None:
    assert list(READERS) == list(FORMS)


@pytest.mark.parametrize("name", PASSAGES)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_whole_passage(form: str, name: str) -> None:
    paragraphs = PASSAGES[name]
    found = read(form, results(row(1, *paragraphs), row(2, "下一段。")))
    assert len(found.rows) == 2
    whole = bare(clean("".join(paragraphs)))
    text = found.rows[0].text.replace("⟦", "").replace("⟧", "")
    if form == "md":  # passage and what is beside it are paragraphs alike
        assert whole in text
    else:
        assert text == whole
    assert "下一段。" in found.rows[1].text


@pytest.mark.parametrize("form", [form for form in FORMS if form != "csv"])
@pytest.mark.parametrize("name", ["plain", "all marked", "marks that touch", "marks at both ends", "a table"])
def test_marks(form: str, name: str) -> None:
    text = read(form, results(row(1, *PASSAGES[name]))).rows[0].text
    marked = {
        "plain": "茶园面积1.33万亩。⟦招商引资⟧开了头。",
        "all marked": "⟦招商引资⟧",
        "marks that touch": "⟦招商引资招商引资⟧队伍",
        "marks at both ends": "⟦招商引资⟧和⟦招商引资⟧",
        "a table": "名称⟦招商引资⟧备注",
    }
    assert marked[name] in text


TITLES = [
    "柳塘",
    "=1+1",
    "@招商引资",
    "<r><t>x</t></r>",
    "# 甲 | *乙* <b>",
    "甲\x00乙",
    "\ud800年",
    "招商引资",
    "长" * 40_000,
]


@pytest.mark.parametrize("title", TITLES, ids=range(len(TITLES)))
@pytest.mark.parametrize("form", FORMS)
def test_titles_and_sources(form: str, title: str) -> None:
    (found,) = read(form, results(row(1, "甲。", title=title, copies=3), name=title)).rows
    shown = bare(clean(title))
    assert found.title.replace("⟦", "") == (shown[:32_767] if form == "xlsx" else shown)
    for what in ("资料/柳塘.txt", "柳塘镇", "一、成绩›（一）茶园", "3"):
        assert what in found.about
    assert f"——《{shown}》"[:32_700] in found.about


@pytest.mark.parametrize("form", FORMS)
def test_it_says_when_it_is_cut(form: str) -> None:
    found = read(form, results(row(1, "甲。"), row(2, "乙。"), shown=12_345))
    said = found.notes + found.rows[-1].about
    assert "只导出了前2段，后面还有12,343段" in said
    assert len(found.rows) == 2
    whole = read(form, results(row(1, "甲。")))
    assert "只导出" not in whole.notes + whole.rows[-1].about


@pytest.mark.parametrize("form", FORMS)
def test_without_a_row(form: str) -> None:
    assert read(form, results()).rows == []


@pytest.mark.parametrize("form", FORMS)
def test_the_same_rows_give_the_same_bytes(form: str) -> None:
    rows = [row(n, *paragraphs) for n, paragraphs in enumerate(PASSAGES.values(), 1)]
    assert written(form, results(*rows)) == written(form, results(*rows))


@pytest.mark.parametrize("form", FORMS)
def test_what_is_given_up_in_the_middle_is_told(form: str) -> None:
    def rows() -> Iterator[Row]:
        yield row(1, "甲。")
        raise AbandonedError

    target = BytesIO()
    with pytest.raises(AbandonedError):
        FORMS[form].write(Results("甲", 2, 2, 2, False, rows()), target)
    assert not target.closed


class Full(BytesIO):
    """A disk that holds so many bytes."""

    room = 0

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("room", [0, 2_000, 6_000])
@pytest.mark.parametrize("form", FORMS)
def test_a_full_disk_is_told_and_nothing_else_is(form: str, room: int) -> None:
    rows = [
        row(n, "".join(chr(0x4E00 + (n * 7919 + i * 31) % 20_000) for i in range(200))) for n in range(99)
    ]
    target = Full()
    target.room = room
    with pytest.raises(OSError, match="No space"):
        FORMS[form].write(results(*rows), target)
    target.close()
    gc.collect()


@pytest.mark.parametrize("error", [AbandonedError, OSError])
def test_a_workbook_that_ends_in_the_middle_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    there: list[int] = []

    def rows() -> Iterator[Row]:
        yield row(1, "甲。")
        there.append(sum(path.is_file() for path in tmp_path.rglob("*")))
        raise error

    target = BytesIO()
    with pytest.raises(error):
        FORMS["xlsx"].write(Results("甲", 2, 2, 2, False, rows()), target)
    assert (there, list(tmp_path.iterdir()), target.getvalue()) == ([1], [], b"")


@pytest.mark.parametrize("form", FORMS)
def test_many_rows_take_no_more_memory_than_some(form: str) -> None:
    class Nowhere(BytesIO):
        """Takes what is written; what stands in it is not of interest, only where one is."""

        length = 0

        def write(self, data: object) -> int:
            size = len(memoryview(data))  # type: ignore[arg-type]
            self.length += size
            return size

        def tell(self) -> int:
            return self.length

        def seek(self, offset: int, whence: int = 0) -> int:
            return self.length

    def peak(count: int) -> int:
        one = row(1, "甲")
        texts = (Marked(f"招商引资{n}" + "长" * 400, ((0, 4),)) for n in range(count))
        rows = (replace(one, paragraphs=(text,)) for text in texts)
        tracemalloc.start()
        FORMS[form].write(Results("甲", count, count, count, False, rows), Nowhere())
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)  # what is loaded once
    # Buffers are full by then; 600 rows more hold 480 kB of text. The writer of workbooks keeps heights.
    heights = 180_000 if form == "xlsx" else 0
    assert peak(900) < peak(300) + 250_000 + heights


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(), min_size=1, max_size=40), max_size=4), st.text(max_size=20))
def test_any_text(paragraphs: list[str], title: str) -> None:
    # The signs by which this test marks are no text here.
    shown = [text.replace("⟦", "").replace("⟧", "") for text in paragraphs]
    whole = bare(clean("".join(shown)))
    for form in FORMS:
        target = written(form, results(row(1, *shown, title=title)))
        if form == "md":
            continue
        (found,) = READERS[form](target).rows
        assert found.text.replace("⟦", "").replace("⟧", "") == whole


REPORT = Report(
    1,
    "柳塘镇<b>总结\x00",
    (
        Section(None, 0, (), ("开头。",)),
        Section("一、成绩", 1, ("一、成绩",), ("名称\t数", "甲\t1")),
        Section("（一）茶园", 2, ("一、成绩", "（一）茶园"), ("- 茶园*1*万亩。",)),
        Section("很深", 12, ("很深",), ()),
    ),
    unit="柳塘镇",
    year=2019,
    ocr=True,
)


def test_a_report_as_word() -> None:
    target = BytesIO()
    REPORT_FORMS["docx"].write(CleanReport(REPORT, "——《柳塘镇总结》"), target)
    document = Document(target)
    shown = [(p.style.name if p.style else "", p.text) for p in document.paragraphs if p.text]
    assert shown[:-1] == [
        ("Title", "柳塘镇<b>总结"),
        ("Normal", "开头。"),
        ("Heading 1", "一、成绩"),
        ("Heading 2", "（一）茶园"),
        ("Normal", "- 茶园*1*万亩。"),
        ("Heading 6", "很深"),
        ("Normal", "——《柳塘镇总结》"),
    ]
    assert "识别" in shown[-1][1]
    for paragraph in document.paragraphs:
        indents = paragraph._p.xpath("w:pPr/w:ind/@w:firstLineChars | w:pPr/w:ind/@w:firstLine")
        is_text = paragraph.text in ("开头。", "- 茶园*1*万亩。")
        assert sorted(indents) == (["200", "640"] if is_text else [])
    assert document.paragraphs[-1].runs[0].font.size == Pt(12)
    (page,) = document.sections
    assert page.footer._element.xpath("//w:fldSimple/@w:instr") == ["PAGE", "NUMPAGES"]
    assert [p.text for p in page.header.paragraphs] == [""]
    (table,) = document.tables
    assert [[cell.text for cell in line.cells] for line in table.rows] == [["名称", "数"], ["甲", "1"]]


def test_a_report_as_markdown() -> None:
    target = BytesIO()
    REPORT_FORMS["md"].write(CleanReport(REPORT, "——《柳塘镇总结》"), target)
    text = target.getvalue().decode()
    assert text.startswith(
        "# 柳塘镇\\<b\\>总结\n\n开头。\n\n## 一、成绩\n\n| 名称 | 数 |\n| --- | --- |\n| 甲 | 1 |\n\n"
        "### （一）茶园\n\n\\- 茶园\\*1\\*万亩。\n\n###### 很深\n\n——《柳塘镇总结》\n\n"
    )


def test_a_workbook_to_filter_by() -> None:
    book = load_workbook(BytesIO(written("xlsx", results(row(1, "甲。"), row(2, "乙。"), shown=9))))
    sheet = book["结果"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:L3"  # not over the line that says it is cut
    assert sheet["B2"].value == 2019
    assert sheet["C2"].value == 2019
    assert book["说明"]["A1"].value == "搜索结果：招商引资"


def test_a_workbook_to_print() -> None:
    book = load_workbook(BytesIO(written("xlsx", results(row(1, "甲。"), name="甲&乙"))))
    sheet = book["结果"]
    assert sheet.print_title_rows == "$1:$1"
    for sheet in book.worksheets:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == 0  # as many as it takes
        assert sheet.oddFooter.center.text == "第 &P 页，共 &N 页"
        assert sheet.oddHeader.left.text == "甲&&乙"
        assert sheet.page_margins.left == 0.4


def test_rows_are_as_high_as_their_text() -> None:
    texts = ["甲。", "长" * 290, "长\n" * 5 + "长", "长" * 20_000]
    rows = [row(n, *text.split("\n"), title="甲") for n, text in enumerate(texts, 1)]
    rows = [replace(one, source="甲", path=Marked(""), file="甲", passage=Marked("")) for one in rows]
    sheet = load_workbook(BytesIO(written("xlsx", results(*rows))))["结果"]
    one, long, lines, most = (sheet.row_dimensions[n].height for n in range(2, 6))
    assert one in (None, 15)  # which every row has of which nothing else is said
    assert (long, lines) == (150, 90)  # 58 figures a line, 29 Chinese characters
    assert 400 < most <= 409


def test_addresses_in_a_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.exporting.xlsx._MOST_LINKS", 2)
    url = "http://gaoku.example/report/a?q=%E6%8B%9B&x=1#s3"
    addresses = [url, "javascript:alert(1)", "r-0", "", 'http://x/"', "http://x/" + "a" * 3_000, url, url]
    rows = [row(n, "甲。", address=address) for n, address in enumerate(addresses, 1)]
    sheet = load_workbook(BytesIO(written("xlsx", results(*rows))))["结果"]
    cells = [sheet.cell(n, 12) for n in range(2, 10)]
    leading = [n for n, cell in enumerate(cells) if cell.hyperlink]
    assert leading == [0, 6]
    for n, (cell, address) in enumerate(zip(cells, addresses, strict=True)):
        if n in leading:
            target = f"{cell.hyperlink.target}#{cell.hyperlink.location}"
            assert (cell.value, target) == ("打开", url)
        else:
            assert (cell.value or "") == address


def test_addresses_in_word() -> None:
    url = "http://gaoku.example/report/a?q=%E6%8B%9B&x=1#s3"
    addresses = [url, "javascript:alert(1)", "", f"{url}4"]
    rows = [row(n, "甲。", address=address) for n, address in enumerate(addresses, 1)]
    document = Document(BytesIO(written("docx", results(*rows))))
    links = [(link.text, link.url) for p in document.paragraphs for link in p.hyperlinks]
    assert links == [("在稿库中打开", url), ("在稿库中打开", f"{url}4")]
    texts = [p.text for p in document.paragraphs]
    assert texts.index("——《柳塘镇总结》，资料/柳塘.txt") + 1 == texts.index("在稿库中打开")
    assert "javascript:alert(1)" in texts


@pytest.mark.parametrize("header", ["搜索结果：招商引资", "长" * 2_000])
def test_the_pages_of_a_document(header: str) -> None:
    (page,) = Document(BytesIO(written("docx", results(row(1, "甲。"), name=header)))).sections
    (head,) = page.header.paragraphs
    assert head.text.startswith(header[:40])
    assert len(head.text) <= 42
    (foot,) = page.footer.paragraphs
    assert "".join(t.text for t in foot._p.xpath(".//w:t")) == "第 1 页，共 1 页"
    assert foot._p.xpath("w:fldSimple/@w:instr") == ["PAGE", "NUMPAGES"]


def test_the_year_is_said_where_it_is_not_that_of_the_report() -> None:
    rows = [replace(row(n, "甲。"), year=y, report_year=r) for n, (y, r) in enumerate(YEARS, 1)]
    for form in ("docx", "md"):
        titles = [found.title for found in read(form, results(*rows)).rows]
        assert titles == [
            "柳塘镇总结",
            "柳塘镇总结（内容年份2018）",
            "柳塘镇总结（内容年份2018）",
            "柳塘镇总结",
        ]


YEARS = [(2019, 2019), (2018, 2019), (2018, None), (None, 2019)]


@pytest.mark.parametrize("text", ["_x0041_", "_x005F_", "_x0041_x0042_", "_x0041_招商引资_x0042_"])
def test_what_looks_like_an_escape_is_escaped_once(text: str) -> None:
    with ZipFile(BytesIO(written("xlsx", results(row(1, text))))) as package:
        root = etree.fromstring(package.read("xl/worksheets/sheet1.xml"))
    (cell,) = root.xpath("//*[local-name()='c'][@r='G2']")
    # As Excel reads each stretch: ECMA-376 part 1, 22.9.2.19.
    stretches = ["".join(t.itertext()) for t in cell.iterfind(".//{*}t")]
    shown = [re.sub("_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), t) for t in stretches]
    assert "".join(shown) == text


@pytest.mark.parametrize("form", ["docx", "xlsx"])
def test_a_package_is_whole(form: str) -> None:
    with ZipFile(BytesIO(written(form, results(row(1, "甲。"))))) as package:
        assert package.testzip() is None
        assert package.namelist()[0] == "[Content_Types].xml"


def test_bold_stands_where_markdown_shows_it() -> None:
    text = "见“招商引资”。"
    marked = replace(row(1), paragraphs=(Marked(text, ((1, 7),)),))
    found = Results("甲", 1, 1, 1, False, iter([marked]))
    # Bold that ends at a sign before a character is none: https://spec.commonmark.org/0.31.2/#right-flanking-delimiter-run
    assert "见“**招商引资**”。" in written("md", found).decode()
