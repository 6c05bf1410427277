"""Workbooks and tables as text: what is a row, what is a heading, and how little a hostile one can do."""

from __future__ import annotations

import csv
import io
import random
import struct
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableError
from indexer.model import Block, Document, Removed
from indexer.readers import docx, limits, read, sheet_extent, sheets
from indexer.readers.cell_looks import Noted
from indexer.readers.compound import Compound
from indexer.reports import understand
from tests.readers.workbooks import cell, column, ods, ods_cell, packed, xlsx

DATA = Path(__file__).parent / "data"
REPORT = Path("corpus/澄川经开区/2018年度工作总结及2019年工作计划.docx")


def row(*cells: str) -> Block:
    return Block("\t".join(cells), "table")


# -- the same in every format -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_figures(kind: str) -> None:
    """Figures, dates and paragraphs in cells, a sheet without any, and a hidden one, saved by LibreOffice."""
    document = read(Path(f"a.{kind}"), (DATA / f"figures.{kind}").read_bytes())
    assert document == Document(
        (
            Block("经济指标", "heading 1"),
            row("指标", "数值", "", "备注"),
            row("投资", "45.6", "12", "第一段 第二段"),
            row("12.5%", "2018-12-20", "2018-12-20 09:30", "09:30", "1"),
            Block("底稿", "heading 1"),
            row("隐藏的内容"),
        ),
        kind,
        warnings=("隐藏的工作表也已读取：底稿 (hidden sheets are read, too)",),
    )


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_report_in_a_sheet_has_its_sections(kind: str) -> None:
    document = read(Path(f"report.{kind}"), (DATA / f"report.{kind}").read_bytes())
    assert document.removed == (
        Removed("2018年度报告", "工作表名，正文自有标题 (name of the sheet; its text has a title)"),
    )
    (found,) = understand(document, "report")
    (expected,) = understand(docx.read(REPORT.read_bytes()), "report")
    assert found.title == expected.title
    assert found.sections == expected.sections


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.et", "xls"),
        ("a.et", "xlsx"),
        ("a.xls", "xlsx"),
        ("a.txt", "ods"),
        ("a", "xls"),
        ("a.docx", "xlsx"),
    ],
)
def test_by_content_under_another_name(name: str, kind: str) -> None:
    assert read(Path(name), (DATA / f"figures.{kind}").read_bytes()).format == kind


# -- sheets, rows, cells ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "default"),
    [("Sheet1", True), ("工作表1", True), ("sheet 2", True), ("经济指标", False), ("2018年", False)],
)
def test_a_name_that_nobody_gave_is_no_heading(name: str, default: bool) -> None:
    document = sheets.read(xlsx({name: f"<row>{cell('A1', '投资')}</row>"}))
    if default:
        assert document.blocks == (row("投资"),)
        assert document.removed == (Removed(name, "工作表默认名 (default name of the sheet)"),)
    else:
        assert document.blocks == (Block(name, "heading 1"), row("投资"))
        assert document.removed == ()


def test_default_names_of_several_sheets_tell_them_apart() -> None:
    rows = f"<row>{cell('A1', '投资')}</row>"
    assert [b.text for b in sheets.read(xlsx({"Sheet1": rows, "Sheet2": rows})).blocks] == [
        "Sheet1",
        "投资",
        "Sheet2",
        "投资",
    ]


def test_sheets_without_text_are_skipped() -> None:
    document = sheets.read(xlsx({"甲": f"<row>{cell('A1', ' ')}</row>", "乙": "", "丙": ""}))
    assert document == Document((), "xlsx")


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_read_and_told(state: str) -> None:
    rows = f"<row>{cell('A1', '投资')}</row>"
    document = sheets.read(xlsx({"甲": rows, "乙": rows}, states={"乙": state}))
    assert [b.text for b in document.blocks] == ["甲", "投资", "乙", "投资"]
    assert document.warnings == ("隐藏的工作表也已读取：乙 (hidden sheets are read, too)",)


@pytest.mark.parametrize(
    ("xml", "shown"),
    [
        ("<c><v>12</v></c>", "12"),
        ("<c><v>12.50</v></c>", "12.5"),
        ("<c><v>-3</v></c>", "-3"),
        ("<c><v>0.30000000000000004</v></c>", "0.3"),
        ("<c><v>100000000000000000000</v></c>", "1E+20"),
        ('<c t="b"><v>1</v></c>', "TRUE"),
        ('<c t="b"><v>0</v></c>', "FALSE"),
        ('<c t="str"><f>A1</f><v>12</v></c>', "12"),
        ('<c t="d"><v>2018-12-20</v></c>', "2018-12-20"),
    ],
)
def test_values(xml: str, shown: str) -> None:
    assert sheets.read(xlsx({"Sheet1": f"<row>{xml}</row>"})).blocks == (row(shown),)


def test_paragraphs_in_cells() -> None:
    """A report in one cell stays paragraphs; beside other cells they are parts of the row."""
    rows = (
        f"<row r='1'>{cell('B1', '一、主要工作' + chr(10) + '　　全年完成投资。')}</row>"
        f"<row r='2'>{cell('A2', '甲' + chr(10) + '乙')}{cell('B2', '丙' + chr(9) + '丁')}</row>"
    )
    assert sheets.read(xlsx({"Sheet1": rows})).blocks == (
        Block("一、主要工作"),
        Block("　　全年完成投资。"),
        row("甲 乙", "丙 丁"),
    )


@pytest.mark.parametrize(
    ("line", "prose"),
    [
        ("2018年全县经济运行情况分析", True),  # a title
        ("一、工业", True),
        ("（二）招商", True),
        ("3.项目", True),
        ("第一章总则", True),
        ("投资放缓。", True),
        ("单位：亿元", False),
        ("投资", False),
        ("3.5", False),
        ("2018-12-20", False),
        ("2018年统计表", False),
    ],
)
def test_what_is_alone_in_its_row(line: str, prose: bool) -> None:
    table = f"<row>{cell('A2', '指标')}{cell('B2', '数值')}</row>"
    blocks = sheets.read(xlsx({"Sheet1": f"<row>{cell('C1', line)}</row>{table}"})).blocks
    assert blocks == (Block(line) if prose else row("", "", line), row("指标", "数值"))


@pytest.mark.parametrize(("gap", "label"), [(0, True), (1, False)])
def test_the_label_of_a_group_stays_in_its_table(gap: int, label: bool) -> None:
    """What stands between rows of one table; an empty row ends a table."""

    def figures(n: int) -> str:
        return f'<row r="{n}">{cell(f"A{n}", "投资")}{cell(f"B{n}", "45.6")}</row>'

    line = "一、工业经济的主要指标"
    place = 2 + gap
    rows = figures(1) + f'<row r="{place}">{cell(f"A{place}", line)}</row>' + figures(place + 1)
    expected = row(line) if label else Block(line)
    assert sheets.read(xlsx({"Sheet1": rows})).blocks == (row("投资", "45.6"), expected, row("投资", "45.6"))


WORDS = st.text("甲乙丙， 0123<>&\"'", min_size=1, max_size=6).filter(lambda t: t.strip() == t)


@given(st.dictionaries(st.tuples(st.integers(0, 30), st.integers(0, 30)), WORDS, min_size=1, max_size=12))
def test_cells_anywhere(cells: dict[tuple[int, int], str]) -> None:
    rows = ""
    for r in sorted({r for r, _ in cells}):
        filled = (cell(f"{column(c)}{r + 1}", cells[r, c]) for q, c in sorted(cells) if q == r)
        rows += f'<row r="{r + 1}">{"".join(filled)}</row>'
    left = min(c for _, c in cells)
    expected = []
    for r in sorted({r for r, _ in cells}):
        last = max(c for q, c in cells if q == r)
        expected.append(row(*(cells.get((r, c), "") for c in range(left, last + 1))))
    assert sheets.read(xlsx({"Sheet1": rows})).blocks == tuple(expected)


# -- tables as text ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("指标,数值\n投资,45.6\n", ["指标\t数值", "投资\t45.6"]),
        ("指标\t数值\r\n投资\t45,6\r\n", ["指标\t数值", "投资\t45,6"]),
        ("指标;数值\n投资;45,6\n税收;5,5\n", ["指标\t数值", "投资\t45,6", "税收\t5,5"]),
        (
            "2018年统计表,,\n\n指标,单位,数值\n投资,亿元,\n",
            ["2018年统计表", "指标\t单位\t数值", "投资\t亿元"],
        ),
        ('指标,备注\n投资,"一是，\n二是"\n', ["指标\t备注", "投资\t一是， 二是"]),
        ('指标,备注\n投资,"他说""好"", 是"\n', ["指标\t备注", '投资\t他说"好", 是']),
        ('指标,备注\n投资,"没有结束\n税收,5\n', ["指标\t备注", '投资\t"没有结束', "税收\t5"]),
        (",甲\n乙,丙\n", ["\t甲", "乙\t丙"]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv(words: str, rows: list[str], encoding: str) -> None:
    document = read(Path("a.csv"), words.encode(encoding))
    assert document.blocks == tuple(Block(r, "table") for r in rows)
    assert document.format == "csv"


def test_excels_own_line_names_the_delimiter() -> None:
    document = read(Path("a.csv"), "sep=|\n甲,一|乙,二\n".encode())
    assert document.blocks == (row("甲,一", "乙,二"),)
    assert document.removed == (Removed("sep=|", "分隔符说明 (names the delimiter)"),)


@pytest.mark.parametrize(
    "words",
    [
        "一、主要工作\n全年完成投资45亿元，增长12%。\n二、存在问题\n项目不多, 招商不够。\n",
        "只有一列\n没有分隔\n",
        "\n\n",
        "In 2018, as planned, we built.\nWe did.\nAlso, we paid.\nThen, at last, and late, we slept.\nEnd.\n",
    ],
)
def test_what_is_no_table_stays_text(words: str) -> None:
    assert read(Path("a.csv"), words.encode()) == read(Path("a.txt"), words.encode())


def test_a_table_under_another_name_is_text() -> None:
    assert read(Path("a.txt"), "指标,数值\n投资,45.6\n".encode()).format == "text"


@given(st.integers(2, 5).flatmap(lambda n: st.lists(st.lists(WORDS, min_size=n, max_size=n), min_size=2)))
def test_csv_gives_what_was_written(rows: list[list[str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerows([[*r[:-1], r[-1] + ", 等"] for r in rows])
    found = sheets.read_csv(stream.getvalue().encode()).blocks
    assert found == tuple(row(*r[:-1], r[-1] + ", 等") for r in rows)


# -- what cells show --------------------------------------------------------------------------------

#: Formats, by the number of the style that :func:`styles` gives them.
CODES = ("General", "0.0%", "#,##0.00", 'yyyy"年"m"月"d"日"', "0000", '0.00"元"', "@")
#: The same by the numbers of Excel's own formats.
BUILT_IN = {7: 10, 8: 14, 9: 31, 10: 58}


def styles() -> str:
    own = "".join(
        f'<numFmt numFmtId="{164 + n}" formatCode={quoteattr(c)}/>' for n, c in enumerate(CODES) if n
    )
    numbers = [0, *(164 + n for n in range(1, len(CODES))), *BUILT_IN.values()]
    used = "".join(f'<xf numFmtId="{n}" applyNumberFormat="1"/>' for n in numbers)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    base = '<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>'
    return f'<styleSheet xmlns="{space}"><numFmts>{own}</numFmts>{base}<cellXfs>{used}</cellXfs></styleSheet>'


def formatted(*sheets_: str) -> bytes:
    return xlsx({f"表{n}": rows for n, rows in enumerate(sheets_)}, more={"xl/styles.xml": styles()})


@pytest.mark.parametrize(
    ("style", "value", "shown"),
    [
        (0, "0.856", "0.856"),
        (1, "0.856", "85.6%"),
        (2, "1234567.5", "1,234,567.50"),
        (3, "43905", "2020年3月15日"),
        (4, "12", "0012"),
        (5, "12.5", "12.50元"),
        (6, "12", "12"),
        (7, "0.856", "85.60%"),
        (8, "43905", "2020/3/15"),
        (9, "43905", "2020年3月15日"),
        (10, "43905", "3月15日"),
        (99, "12.50", "12.5"),
    ],
)
@pytest.mark.parametrize("place", ["A1", "D7"])
def test_cells_of_xlsx_as_they_are_shown(style: int, value: str, shown: str, place: str) -> None:
    rows = f'<row r="{place[1]}"><c r="{place}" s="{style}"><v>{value}</v></c></row>'
    assert sheets.read(formatted(rows)).blocks[-1].text.strip() == shown


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_the_same_is_shown_in_every_format(kind: str) -> None:
    """A workbook of formats, saved by LibreOffice as .xls and as .ods, which has the texts it displays."""
    blocks = sheets.read((DATA / f"formats.{kind}").read_bytes()).blocks
    assert [b.text.partition("\t")[2] for b in blocks] == [
        "85.6%",
        "1,234,567.50",
        "2020年3月15日",
        "0012",
        "12.50元",
        "(1,234.50)",
        "2020-03-15 09:30",
        "1.23E+04",
        "36:00:00",
        "1 1/2",
        "¥12.30",
        "7万",
        "1234567.125",
    ]


def test_each_sheet_has_its_own_styles() -> None:
    first, second = '<row><c s="1"><v>0.5</v></c><c><v>0.5</v></c></row>', '<row><c s="4"><v>5</v></c></row>'
    found = [b.text for b in sheets.read(formatted(first, second)).blocks]
    assert found == ["表0", "50.0%\t0.5", "表1", "0005"]


@pytest.mark.parametrize("value", ["", "<v/>", "<v></v>"])
def test_formulas_without_a_value_are_told(value: str) -> None:
    rows = (
        f'<row r="1"><c r="A1"><f>1+1</f>{value}</c><c r="B1"><f>A1</f>{value}</c>'
        '<c r="C1"><f>1+1</f><v>2</v></c><c r="D1" t="str"><f>""</f><v></v></c></row>'
    )
    (warning,) = sheets.read(xlsx({"Sheet1": rows})).warnings
    assert warning.startswith("2 个单元格只有公式")
    assert "(2 cells with a formula but no value" in warning


def test_cells_of_ods_as_they_are_displayed() -> None:
    def number(value: str, text: str, more: str = "") -> str:
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}" {more}>'
            f"<office:annotation><text:p>批注</text:p></office:annotation><text:p>{text}</text:p>"
            "</table:table-cell>"
        )

    repeated = 'table:number-columns-repeated="2"'
    row_ = f"{ods_cell('增速')}{number('0.856', '85.6%', repeated)}{number('12', '0012')}"
    formula = '<table:table-cell table:formula="of:=1+1"/>'
    table = (
        '<table:table table:name="甲"><table:table-row/><table:table-row table:number-rows-repeated="2">'
        f"{row_}</table:table-row><table:table-row>{formula}</table:table-row></table:table>"
    )
    document = sheets.read(ods(table))
    assert document.blocks[1:] == (row("增速", "85.6%", "85.6%", "0012"),) * 2
    assert document.warnings[0].startswith("1 个单元格只有公式")


def test_styles_of_many_cells_in_any_order() -> None:
    noted = Noted()
    for r, c, look in ((5, 1, 1), (2, 7, 2), (5, 0, 3), (5, 1, 4)):
        noted.note(r, c, look)
    assert noted.of_row(5) == {0: 3, 1: 4}
    assert noted.of_row(2) == {7: 2}
    assert noted.of_row(3) == {}


# -- files that are not as they should be -----------------------------------------------------------

FAR = f"<row r='1'>{cell('A1', '甲')}</row><row r='1048576'>{cell('XFD1048576', '乙')}</row>"
REPEATED = 'table:number-columns-repeated="16384"'
EVERY = (
    '<table:table table:name="甲"><table:table-row table:number-rows-repeated="1048576">{}</table:table-row>'
    "{}</table:table>"
)


def test_what_a_sheet_claims_costs_nothing() -> None:
    """Empty cells to the last row and column are usual: programs write the formats of whole columns."""
    empty = "<row r='1048576'><c r='XFD1048576' s='1'/></row>"
    assert sheets.read(xlsx({"Sheet1": f"<row>{cell('A1', '甲')}</row>{empty}"})).blocks == (row("甲"),)
    rest = EVERY.format(f"<table:table-cell {REPEATED}/>", "")
    filled = f'<table:table table:name="乙"><table:table-row>{ods_cell("甲")}</table:table-row></table:table>'
    assert [b.text for b in sheets.read(ods(rest + filled)).blocks] == ["乙", "甲"]


def patched(kind: str, old: bytes, new: bytes) -> bytes:
    data = (DATA / f"figures.{kind}").read_bytes()
    assert data.count(old) == 1
    return data.replace(old, new)


def far_xls() -> bytes:
    """figures.xls with its figures of B2 and C2 (one record) in the last places that a record can name."""
    data = (DATA / "figures.xls").read_bytes()
    at = data.index(struct.pack("<4H", 0xBD, 18, 1, 1))
    last = struct.pack("<H", 65535)
    return data[: at + 4] + last + data[at + 6 : at + 20] + last + data[at + 22 :]


@pytest.mark.parametrize(
    "make",
    [
        lambda: xlsx({"Sheet1": FAR}),
        lambda: ods(EVERY.format(ods_cell("甲", REPEATED), "")),
        lambda: ods(
            EVERY.format(
                "<table:table-cell/>", f"<table:table-row>{ods_cell('甲', REPEATED)}</table:table-row>"
            )
        ),
        far_xls,
    ],
    ids=["corners", "repeated", "last row", "xls"],
)
def test_far_cells(make: object) -> None:
    assert callable(make)
    with pytest.raises(UnreadableError, match=r"超过 3,000,000 个单元格.*delete the empty rows"):
        sheets.read(make())


@pytest.mark.parametrize(
    "rows",
    [
        "<row r='4000000000'><c><v>1</v></c></row>",
        f"<row>{cell('B99999999999999999999', '乙')}</row>",
        f"<row>{cell('XFDA1', '乙')}</row>",
        f"<row>{cell('A0', '乙')}</row>",
    ],
)
def test_places_that_no_sheet_has(rows: str) -> None:
    """The parser would take their numbers modulo something, and lay out all the cells up to there."""
    with pytest.raises(UnreadableError, match="damaged or truncated"):
        sheets.read(xlsx({"Sheet1": f"<row>{cell('A1', '甲')}</row>{rows}"}))


def test_several_sheets_count_together() -> None:
    half = f"<row r='1'>{cell('A1', '甲')}</row><row r='400000'>{cell('E400000', '乙')}</row>"
    with pytest.raises(UnreadableError, match="more than 3,000,000 cells"):
        sheets.read(xlsx({"甲": half, "乙": half}))


def test_one_long_text_in_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CHARACTERS", 10_000)
    shared = f"<si><t>{'长' * 1000}</t></si>"
    often = "".join('<row><c t="s"><v>0</v></c></row>' for _ in range(11))
    with pytest.raises(UnreadableError, match="characters: split it"):
        sheets.read(xlsx({"甲": often}, shared))
    repeated = EVERY.format(ods_cell("长" * 100), "")
    with pytest.raises(UnreadableError, match="characters: split it"):
        sheets.read(ods(repeated))


def test_zip_bombs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RATIO_COUNTS_FROM", 100_000)
    with pytest.raises(UnreadableError, match="zip bomb"):
        sheets.read(xlsx({"甲": " " * 1_000_000}))
    monkeypatch.setattr(limits, "MAX_MEMBERS", 3)
    with pytest.raises(UnreadableError, match="more than 3 files inside"):
        sheets.read(xlsx({"甲": ""}))


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    "data",
    [
        xlsx({"甲": "<row><c t='inlineStr'><is><t>&j;</t></is></c></row>"}, head=LAUGHS),
        ods(
            '<table:table table:name="甲"><table:table-row>'
            + ods_cell("&j;")
            + "</table:table-row></table:table>",
            LAUGHS,
        ),
    ],
)
def test_entities_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="declares entities"):
        sheets.read(data)


def test_deep_xml() -> None:
    with pytest.raises(UnreadableError, match="nested"):
        sheets.read(xlsx({"甲": "<x>" * 255 + "</x>" * 255}))
    with pytest.raises(UnreadableError, match=r"nested|damaged"):
        sheets.read(xlsx({"甲": "<x>" * 100_000}))


def test_the_reason_has_one_line() -> None:
    with pytest.raises(UnreadableError, match="damaged") as caught:
        sheets.read(xlsx({"甲": "\n<row>\0</row>"}))
    assert "\n" not in str(caught.value)


def test_encrypted() -> None:
    entry = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    with pytest.raises(UnreadableError, match="encrypted: take the password off"):
        sheets.read(ods("", manifest=entry))
    page = struct.pack("<HHH", 0x42, 2, 1200)  # the record of the code page becomes that of a password
    with pytest.raises(UnreadableError, match="encrypted: take the password off"):
        sheets.read(patched("xls", page, struct.pack("<HHH", 0x2F, 2, 1200)))


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.9, 0.99])
def test_truncated(kind: str, share: float) -> None:
    data = (DATA / f"figures.{kind}").read_bytes()
    with pytest.raises(UnreadableError) as caught:
        read(Path(f"a.{kind}"), data[: int(len(data) * share)])
    assert "\n" not in str(caught.value)


def test_zip_of_another_kind() -> None:
    assert not sheets.is_workbook(packed({"a/xl/workbook.xml": "甲"}))
    assert not sheets.is_workbook(REPORT.read_bytes())


def test_compound_file() -> None:
    compound = Compound((DATA / "figures.xls").read_bytes())
    assert "Workbook" in compound.names
    stream = compound.stream("Workbook")
    assert stream is not None
    assert stream[:2] == b"\x09\x08"
    assert compound.stream("没有") is None


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods", "csv"])
def test_mutations(kind: str) -> None:
    """Whatever bytes are changed: a document, or a reason in one line."""
    whole = (DATA / ("report.csv" if kind == "csv" else f"figures.{kind}")).read_bytes()
    random_ = random.Random(6)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(random_.choice((1, 4, 30))):
            data[random_.randrange(len(data))] = random_.randrange(256)
        if random_.random() < 0.2:
            del data[random_.randrange(len(data)) :]
        try:
            document = read(Path(f"a.{kind}"), bytes(data))
        except UnreadableError as error:
            assert str(error)
            assert "\n" not in str(error)
        else:
            assert all(b.text.strip() for b in document.blocks)


def test_cells_are_counted_before_they_are_laid_out() -> None:
    extent = sheet_extent.Extent()
    extent.cell(10, 10)
    extent.cell(12, 5)
    assert extent.area == 3 * 6
