"""Word documents: styles, tables, and all the places where Word keeps text."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import PIL.Image
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from indexer.errors import UnreadableError
from indexer.model import Block, Document
from indexer.readers import read
from indexer.readers.docx import is_docx
from indexer.readers.docx import read as read_docx
from tests.readers import same

W = nsdecls("w")
MORE = (
    f"{W} "
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def saved(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def blocks(document: Any) -> tuple[Block, ...]:
    return read_docx(saved(document)).blocks


def with_xml(*elements: str) -> tuple[Block, ...]:
    """The blocks of a document with this XML in its body."""
    document = docx.Document()
    for element in elements:
        document.element.body.insert_element_before(parse_xml(element), "w:sectPr")
    return blocks(document)


def paragraph(inside: str) -> tuple[Block, ...]:
    """The blocks of a document with one paragraph of this XML."""
    return with_xml(f"<w:p {MORE}>{inside}</w:p>")


def run(text: str) -> str:
    return f"<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>"


def rewritten(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The container with each part as ``change`` makes it; None leaves it out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return stream.getvalue()


# -- styles -----------------------------------------------------------------------------------------


def test_styles() -> None:
    document = docx.Document()
    document.add_heading("2023年工作总结", 0)
    for level in range(1, 10):
        document.add_heading(f"第{level}级", level)
    document.add_paragraph("正文一。")
    document.add_paragraph("列表", style="List Bullet")
    document.add_paragraph("副标题", style="Subtitle")
    assert read_docx(saved(document)) == Document(
        (
            Block("2023年工作总结", "title"),
            *(Block(f"第{level}级", f"heading {level}") for level in range(1, 10)),
            Block("正文一。"),
            Block("列表"),
            Block("副标题"),
        ),
        "docx",
    )


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("标题 1", "heading 1"),
        ("标题1", "heading 1"),
        ("标题 3", "heading 3"),
        ("HEADING 2", "heading 2"),
        ("标题", "title"),
        ("题目", "title"),
        ("标题 10", ""),
        ("正文标题 1 加粗", ""),
        ("公文正文", ""),
    ],
)
def test_names_of_styles(name: str, style: str) -> None:
    document = docx.Document()
    made = document.styles.add_style("临时", WD_STYLE_TYPE.PARAGRAPH)
    made.element.find(qn("w:name")).set(qn("w:val"), name)
    document.add_paragraph("一、主要工作", style=made)
    assert blocks(document) == (Block("一、主要工作", style),)


def test_a_style_based_on_a_heading() -> None:
    document = docx.Document()
    first = document.styles.add_style("公文二级", WD_STYLE_TYPE.PARAGRAPH)
    first.base_style = document.styles["Heading 2"]
    second = document.styles.add_style("公文二级加粗", WD_STYLE_TYPE.PARAGRAPH)
    second.base_style = first
    document.add_paragraph("（一）招商引资", style=first)
    document.add_paragraph("（二）项目建设", style=second)
    assert blocks(document) == (Block("（一）招商引资", "heading 2"), Block("（二）项目建设", "heading 2"))


def test_a_style_based_on_itself_does_not_hang() -> None:
    document = docx.Document()
    style = document.styles.add_style("圈", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = style
    document.add_paragraph("正文", style=style)
    assert blocks(document) == (Block("正文"),)


def outline(level: int) -> str:
    return f'<w:pPr><w:outlineLvl w:val="{level}"/></w:pPr>'


@pytest.mark.parametrize(("level", "style"), [(0, "heading 1"), (1, "heading 2"), (8, "heading 9"), (9, "")])
def test_an_outline_level_set_directly(level: int, style: str) -> None:
    assert paragraph(outline(level) + run("一、主要工作")) == (Block("一、主要工作", style),)


def test_an_outline_level_set_in_a_style() -> None:
    document = docx.Document()
    style = document.styles.add_style("公文一级", WD_STYLE_TYPE.PARAGRAPH)
    style.element.append(parse_xml(f'<w:pPr {W}><w:outlineLvl w:val="2"/></w:pPr>'))
    document.add_paragraph("一、主要工作", style=style)
    assert blocks(document) == (Block("一、主要工作", "heading 3"),)


def test_an_outline_level_counts_more_than_the_style() -> None:
    properties = '<w:pPr><w:pStyle w:val="Heading1"/><w:outlineLvl w:val="3"/></w:pPr>'
    assert paragraph(properties + run("一、主要工作")) == (Block("一、主要工作", "heading 4"),)


def test_a_style_that_is_not_there() -> None:
    assert paragraph('<w:pPr><w:pStyle w:val="没有"/></w:pPr>' + run("正文")) == (Block("正文"),)


# -- where text stands ------------------------------------------------------------------------------


def test_runs_line_breaks_and_tabs() -> None:
    document = docx.Document()
    made = document.add_paragraph("全年完成")
    made.add_run("投资").bold = True
    made.add_run("45亿元\t增长12%\n另起一行\r再起一行")
    document.add_paragraph("")
    document.add_paragraph(" 　")
    document.add_paragraph("　　首行缩进。 ")
    assert blocks(document) == (
        Block("全年完成投资45亿元\t增长12%"),
        Block("另起一行"),
        Block("再起一行"),
        Block("　　首行缩进。 "),
    )


def test_a_heading_of_two_lines() -> None:
    document = docx.Document()
    document.add_heading("澄川经开区\n2023年工作总结", 1)
    assert blocks(document) == (Block("澄川经开区", "heading 1"), Block("2023年工作总结", "heading 1"))


def test_special_characters() -> None:
    assert paragraph(
        "<w:r><w:t>甲</w:t><w:noBreakHyphen/><w:t>乙</w:t><w:softHyphen/><w:t>丙</w:t><w:cr/><w:t>丁</w:t></w:r>"
    ) == (Block("甲-乙丙"), Block("丁"))


def test_page_breaks_and_empty_paragraphs_are_no_text() -> None:
    document = docx.Document()
    document.add_paragraph("甲")
    document.add_page_break()
    document.add_paragraph("乙")
    assert blocks(document) == (Block("甲"), Block("乙"))


def test_tab_stops_are_no_text() -> None:
    stops = (
        '<w:pPr><w:tabs><w:tab w:val="left" w:pos="420"/><w:tab w:val="right" w:pos="840"/></w:tabs></w:pPr>'
    )
    assert paragraph(stops + run("一、主要工作")) == (Block("一、主要工作"),)


def test_tracked_changes() -> None:
    author = 'w:id="1" w:author="甲" w:date="2024-01-01T00:00:00Z"'
    inside = (
        run("签约")
        + f"<w:del {author}><w:r><w:delText>十</w:delText></w:r></w:del>"
        + f"<w:ins {author}>{run('十二')}</w:ins>"
        + f"<w:moveFrom {author}>{run('移走的')}</w:moveFrom>"
        + f"<w:moveTo {author}>{run('移来的')}</w:moveTo>"
        + f"<w:ins {author}><w:del {author}><w:r><w:delText>改</w:delText></w:r></w:del></w:ins>"
        + run("个项目")
    )
    assert paragraph(inside) == (Block("签约十二移来的个项目"),)


def test_hyperlinks_and_fields() -> None:
    inside = (
        run("见")
        + f'<w:hyperlink w:anchor="a">{run("附件")}{run("一")}</w:hyperlink>'
        + f'<w:fldSimple w:instr=" PAGE ">{run("7")}</w:fldSimple>'
        + '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> REF x </w:instrText></w:r>'
        + f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run("表2")}'
        + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    assert paragraph(inside) == (Block("见附件一7表2"),)


def test_content_controls() -> None:
    within = (
        f"<w:p {MORE}>{run('标题：')}"
        f"<w:sdt><w:sdtPr/><w:sdtContent>{run('工作总结')}</w:sdtContent></w:sdt></w:p>"
    )
    around = (
        f"<w:sdt {MORE}><w:sdtPr><w:alias w:val='别名'/></w:sdtPr><w:sdtContent>"
        f"<w:p>{outline(0)}{run('一、甲')}</w:p>"
        f"<w:sdt><w:sdtContent><w:p>{run('乙')}</w:p></w:sdtContent></w:sdt></w:sdtContent></w:sdt>"
    )
    assert with_xml(within, around) == (Block("标题：工作总结"), Block("一、甲", "heading 1"), Block("乙"))


BOX = f"<w:txbxContent><w:p>{run('框里一')}</w:p><w:p>{run('框里二')}</w:p></w:txbxContent>"


def test_text_boxes_come_once_and_after_their_paragraph() -> None:
    inside = (
        run("框前")
        + "<w:r><mc:AlternateContent>"
        + f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{BOX}</wps:txbx></w:drawing></mc:Choice>'
        + f"<mc:Fallback><w:pict><v:textbox>{BOX}</v:textbox></w:pict></mc:Fallback>"
        + "</mc:AlternateContent></w:r>"
        + run("框后")
    )
    assert paragraph(inside) == (Block("框前框后"), Block("框里一"), Block("框里二"))


def test_text_boxes_of_old_word() -> None:
    inside = f"<w:r><w:pict><v:shape><v:textbox>{BOX}</v:textbox></v:shape></w:pict></w:r>"
    assert paragraph(inside) == (Block("框里一"), Block("框里二"))


def test_formulas() -> None:
    inside = run("增速") + "<m:oMath><m:r><m:t>x=12</m:t></m:r></m:oMath>" + run("以上")
    assert paragraph(inside) == (Block("增速x=12以上"),)


def test_headers_footers_and_notes_do_not_vanish() -> None:
    """Nothing of a file vanishes: in whatever form, the document tells of them."""
    document = docx.Document()
    document.add_paragraph("正文。")
    document.sections[0].header.paragraphs[0].text = "内部资料"
    document.sections[0].footer.paragraphs[0].text = "办公室编印"
    told = repr(read_docx(saved(document)))
    assert [words for words in ("正文。", "内部资料", "办公室编印") if words not in told] == []


# -- tables -----------------------------------------------------------------------------------------


def test_tables_stand_where_they_stand() -> None:
    document = docx.Document()
    document.add_paragraph("表前")
    table = document.add_table(rows=2, cols=3)
    for n, text in enumerate(("指标", "单位", "数值", "投资", "亿元", "45.6")):
        table.cell(n // 3, n % 3).text = text
    document.add_paragraph("表后")
    assert blocks(document) == (
        Block("表前"),
        Block("指标\t单位\t数值", "table"),
        Block("投资\t亿元\t45.6", "table"),
        Block("表后"),
    )


def test_cells_of_several_lines_and_empty_ones() -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=3)
    table.cell(0, 0).text = "甲\n乙"
    table.cell(0, 2).add_paragraph("丙").add_run("\t丁")
    assert blocks(document) == (Block("甲 乙\t\t丙 丁", "table"),)


def test_merged_cells_come_once() -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    table.cell(0, 0).merge(table.cell(0, 2)).text = "横跨三列"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "竖跨两行"
    for place, text in {(1, 1): "甲", (1, 2): "乙", (2, 1): "丙", (2, 2): "丁"}.items():
        table.cell(*place).text = text
    assert blocks(document) == (
        Block("横跨三列", "table"),
        Block("竖跨两行\t甲\t乙", "table"),
        Block("\t丙\t丁", "table"),
    )


def test_nested_tables_come_once() -> None:
    document = docx.Document()
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text = "外一"
    inner = table.cell(0, 1).add_table(rows=2, cols=2)
    for n, text in enumerate("甲乙丙丁"):
        inner.cell(n // 2, n % 2).text = text
    assert blocks(document) == (Block("外一\t甲 乙 丙 丁", "table"),)


def test_rows_and_cells_in_content_controls() -> None:
    def cell(text: str) -> str:
        return f"<w:tc><w:p>{run(text)}</w:p></w:tc>"

    def control(inside: str) -> str:
        return f"<w:sdt><w:sdtContent>{inside}</w:sdtContent></w:sdt>"

    rows = f"<w:tr>{cell('甲')}{control(cell('乙'))}</w:tr>" + control(
        f"<w:tr>{cell('丙')}{cell('丁')}</w:tr>"
    )
    assert with_xml(f"<w:tbl {MORE}>{rows}</w:tbl>") == (Block("甲\t乙", "table"), Block("丙\t丁", "table"))


def test_headings_and_boxes_in_cells_are_text_of_the_row() -> None:
    row = f"<w:tr><w:tc><w:p>{outline(0)}{run('一、甲')}<w:r><w:pict>{BOX}</w:pict></w:r></w:p></w:tc></w:tr>"
    assert with_xml(f"<w:tbl {MORE}>{row}</w:tbl>") == (Block("一、甲 框里一 框里二", "table"),)


# -- files that are not as they should be -----------------------------------------------------------


@pytest.fixture(scope="module")
def whole() -> bytes:
    document = docx.Document()
    document.add_heading("2023年工作总结", 1)
    document.add_paragraph("全年的工作完成得很好。" * 50)
    return saved(document)


WHOLE = (Block("2023年工作总结", "heading 1"), Block("全年的工作完成得很好。" * 50))


def test_whole(whole: bytes) -> None:
    assert is_docx(whole)
    assert read(Path("a.docx"), whole) == Document(WHOLE, "docx")


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_truncated(whole: bytes, part: float) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(Path("a.docx"), whole[: int(len(whole) * part)])
    assert "\n" not in str(caught.value)


def test_truncated_says_so(whole: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"已损坏或不完整.*damaged or truncated"):
        read(Path("a.docx"), whole[: len(whole) * 9 // 10])


def test_flipped_bytes_give_the_text_or_a_reason(whole: bytes) -> None:
    for at in range(0, len(whole), len(whole) // 80):
        data = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        try:
            document = read(Path("a.docx"), data)
        except UnreadableError as error:
            assert str(error)
        else:
            assert "".join(b.text for b in document.blocks) == "".join(b.text for b in WHOLE), at


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("word/document.xml", b"<w:document"),
        ("word/document.xml", b""),
        ("word/document.xml", None),
        ("word/styles.xml", b"\x00"),
        ("[Content_Types].xml", None),
        ("_rels/.rels", None),
        ("_rels/.rels", b"<x/>"),
    ],
)
def test_damaged_parts(whole: bytes, name: str, content: bytes | None) -> None:
    data = rewritten(whole, lambda part, old: content if part == name else old)
    with pytest.raises(UnreadableError) as caught:
        read(Path("a.docx"), data)
    assert re.search("损坏|damaged|内容不是|不支持", str(caught.value))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("[Content_Types].xml", b"PartName=", b"Part="),
        ("word/document.xml", b"w:body", b"w:nobody"),
        ("word/styles.xml", b"</w:styles>", b""),
        ("word/document.xml", b"<w:p>", b"<w:p>&none;"),
    ],
)
def test_parts_that_are_not_as_they_should_be(whole: bytes, name: str, old: bytes, new: bytes) -> None:
    data = rewritten(whole, lambda part, content: content.replace(old, new) if part == name else content)
    assert data != whole
    with pytest.raises(UnreadableError, match="请用 Word 打开后另存"):
        read_docx(data)


def test_a_member_whose_packing_is_damaged(whole: bytes) -> None:
    at = whole.index(b"word/document.xml") + 400
    with pytest.raises(UnreadableError, match="请用 Word 打开后另存"):
        read_docx(whole[:at] + bytes(200) + whole[at + 200 :])


def test_a_document_without_text() -> None:
    assert read_docx(saved(docx.Document())) == Document((), "docx")


def test_an_encrypted_document_says_that_it_is() -> None:
    """A password makes an OLE container of it; to save it as .docx, which it is already, mends nothing."""
    data = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 1000
        + "EncryptedPackage".encode("utf-16-le")
        + b"\0" * 500
    )
    with pytest.raises(UnreadableError, match=r"加密|密码") as caught:
        read(Path("a.docx"), data)
    assert "另存为 .docx" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.docm", "application/vnd.ms-word.document.macroEnabled.main+xml"),
        ("a.dotx", "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"),
    ],
)
def test_documents_with_macros_and_templates(whole: bytes, name: str, kind: str) -> None:
    plain = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    data = rewritten(whole, lambda part, old: old.replace(plain, kind.encode()))
    assert read(Path(name), data) == Document(WHOLE, "docx")


@pytest.mark.parametrize("name", ["a.txt", "a.doc", "a.pdf", "a.zip", "a", "a.xyz"])
def test_under_another_name(whole: bytes, name: str) -> None:
    assert read(Path(name), whole) == Document(WHOLE, "docx")


def test_entities_are_not_fetched_or_blown_up(whole: bytes, tmp_path: Path) -> None:
    """Files are hostile: a document must not bring in another file's text, nor blow up."""
    secret = tmp_path / "secret.txt"
    secret.write_text("机密", "utf-8")
    head = f'<!DOCTYPE x [<!ENTITY f SYSTEM "{secret.as_uri()}">]>'

    def change(part: str, old: bytes) -> bytes:
        if part != "word/document.xml":
            return old
        body = old.decode("utf-8").partition("?>")[2]
        return (head + body.replace("2023年工作总结", "&f;总结")).encode()

    try:
        document = read(Path("a.docx"), rewritten(whole, change))
    except UnreadableError:
        return
    assert "机密" not in repr(document)


@pytest.mark.parametrize(
    ("font", "code", "expected"),
    [("Wingdings", "F0FE", "☑"), ("Wingdings", "FE", "☑"), ("Symbol", "F0B3", "≥"), ("宋体", "25A1", "□"),
     ("Webdings", "F061", "□"), ("Wingdings", "zz", ""), ("宋体", "D800", "□")],
)  # fmt: skip
def test_signs_of_symbol_fonts(font: str, code: str, expected: str) -> None:
    sign = f"<w:r><w:sym w:font='{font}' w:char='{code}'/></w:r>"
    assert [b.text for b in paragraph(run("同意") + sign)] == [f"同意{expected}"]


def test_comments_are_kept_apart() -> None:
    document = docx.Document()
    written = document.add_paragraph("正文")
    document.add_comment(written.runs, text="请核实", author="某人")
    found = read_docx(saved(document))
    assert [b.text for b in found.blocks] == ["正文"]
    assert [(r.text, r.reason) for r in found.removed] == [("请核实", "批注 (comment)")]


def test_a_bomb_is_not_unpacked() -> None:
    stream = io.BytesIO(saved(docx.Document()))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/image1.bin", bytes(20 << 20))
    with pytest.raises(UnreadableError, match="压缩炸弹"):
        read_docx(stream.getvalue())


def test_broken_documents_end_in_a_document_or_a_reason() -> None:
    whole = same.REPORT.read_bytes()
    for copy in same.broken(whole, 40):
        same.outcome(lambda data: read(Path("x.docx"), data), copy)


# -- pictures ---------------------------------------------------------------------------------------


def picture(width: int, height: int, grey: int = 200) -> io.BytesIO:
    stream = io.BytesIO()
    PIL.Image.new("L", (width, height), grey).save(stream, "PNG")
    stream.seek(0)
    return stream


def test_pictures_that_may_hold_text_are_told() -> None:
    document = docx.Document()
    document.add_paragraph("全年的工作完成得很好。")
    for large in (picture(600, 400), picture(200, 900), picture(600, 400)):  # the last is the first again
        document.add_picture(large)
    document.add_picture(picture(1000, 199))
    document.sections[0].header.paragraphs[0].add_run().add_picture(picture(500, 500, 9))
    assert read_docx(saved(document)).warnings == (
        "文件里有 2 张图片，其中的文字没有读 (2 pictures, whose text is not read)",
    )


def test_nothing_but_pictures() -> None:
    document = docx.Document()
    document.add_picture(picture(600, 400))
    found = read_docx(saved(document))
    assert found.blocks == ()
    assert found.warnings[0].startswith(
        "文件里只有图片（1 张），没有文字；请另存为 PDF 再放进来：PDF 的页会识别"
    )


def test_a_logo_is_not_told() -> None:
    document = docx.Document()
    document.add_picture(picture(199, 199))
    assert read_docx(saved(document)).warnings == ()


MARK = "<w:r><w:fldChar w:fldCharType='{}'/></w:r>"
BEGIN, SEPARATE, END = (MARK.format(kind) for kind in ("begin", "separate", "end"))


def code(text: str) -> str:
    return f"<w:r><w:instrText>{text}</w:instrText></w:r>"


def of_paragraph(inside: str) -> Document:
    document = docx.Document()
    document.element.body.insert_element_before(parse_xml(f"<w:p {MORE}>{inside}</w:p>"), "w:sectPr")
    return read_docx(saved(document))


@pytest.mark.parametrize(
    ("inside", "text", "removed"),
    [
        (BEGIN + code(r"EQ \o\ac(○,25)") + END, "前○25后", []),
        (BEGIN + code(r"EQ \o\ac(○,25)") + SEPARATE + END, "前○25后", []),
        (BEGIN + code(r"EQ \o\ad(\s\up 9(jīn),金)") + END, "前金后", ["jīn"]),
        (BEGIN + code("PAGE") + SEPARATE + run("3") + END, "前3后", []),
        (BEGIN + code("INCLUDEPICTURE x") + END, "前后", ["INCLUDEPICTURE x"]),
        (BEGIN + code("IF ") + BEGIN + code("PAGE") + SEPARATE + run("1") + END + code(" = 1") + END, "前后", ["IF 1 = 1"]),  # noqa: E501
        ("<w:fldSimple w:instr='EQ \\f(1,2)'/>", "前1/2后", []),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r>", "前后", ["藏"]),
        ("<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>现</w:t></w:r>", "前现后", []),
    ],
)  # fmt: skip
def test_fields_without_a_result_and_hidden_text(inside: str, text: str, removed: list[str]) -> None:
    found = of_paragraph(run("前") + inside + run("后"))
    assert [b.text for b in found.blocks] == [text]
    assert [r.text for r in found.removed] == removed


def test_alternatives_and_chunks_and_embedded_files() -> None:
    document = docx.Document()
    package = document.part.package
    for name, kind, blob, relation in (
        ("/word/page.htm", "text/html", "<h1>题</h1><p>文</p>".encode(), "aFChunk"),
        ("/word/embeddings/附表.xlsx", "application/x", b"PK\x03\x04", "package"),
    ):
        part = Part(PackURI(name), kind, blob, package)
        rid = document.part.relate_to(part, f"http://x/{relation}")
        if relation == "aFChunk":
            chunk = parse_xml(f'<w:altChunk {nsdecls("w", "r")} r:id="{rid}"/>')
            document.element.body.insert_element_before(chunk, "w:sectPr")
    block = f"<mc:AlternateContent {MORE}><mc:Choice Requires='wps'><w:p>{run('选')}</w:p></mc:Choice><mc:Fallback><w:p>{run('旧')}</w:p></mc:Fallback></mc:AlternateContent>"  # noqa: E501
    document.element.body.insert_element_before(parse_xml(block), "w:sectPr")
    found = read_docx(saved(document))
    assert found.blocks == (Block("题", "heading 1"), Block("文"), Block("选"))
    assert [(m.name, m.data) for m in found.members] == [("附表.xlsx", b"PK\x03\x04")]
