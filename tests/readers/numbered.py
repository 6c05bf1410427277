"""A small report with automatic numbers, as a Word document, and the same with typed ones."""

from __future__ import annotations

import io
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"

#: Style, list and level, text, number as typed. List None: none; "": the one that the style names.
REPORT: tuple[tuple[str, str | None, int, str, str], ...] = (
    ("Normal", None, 0, "青石县2022年工作总结和2023年工作计划", ""),
    ("Heading 1", "", 0, "2022年工作总结", "一、"),
    ("Normal", None, 0, "2022年，全县经济平稳运行，各项工作取得新成效。", ""),
    ("Heading 2", "", 1, "主要经济指标", "（一）"),
    ("Normal", None, 0, "全年实现地区生产总值325.6亿元，同比增长5.2%。", ""),
    ("Heading 2", "", 1, "重点工作完成情况", "（二）"),
    ("Normal", "2", 0, "项目建设提速。全年开工重点项目42个，完成投资88亿元。", "1. "),
    ("Normal", "2", 0, "招商引资见效。新签约项目36个，到位资金52亿元。", "2. "),
    ("Normal", "4", 0, "县内企业26家。", ""),
    ("Normal", "3", 0, "装备制造项目12个。", "①"),
    ("Normal", "3", 0, "新材料项目9个。", "②"),
    ("Normal", "2", 0, "民生持续改善。新增城镇就业4200人。", "3. "),
    ("Heading 1", "", 0, "存在的问题", "二、"),
    ("Normal", None, 0, "产业结构还不够优，龙头企业偏少。", ""),
    ("Heading 1", "", 0, "2023年工作计划", "三、"),
    ("Heading 2", "", 1, "抓好项目建设", "（一）"),
    ("Normal", "5", 0, "推进开发区二期。计划投资20亿元。", "1. "),
    ("Normal", "5", 0, "推进县城更新。改造老旧小区18个。", "2. "),
    ("Heading 2", "", 1, "抓好民生实事", "（二）"),
    ("Normal", None, 0, "新建公办幼儿园3所。", ""),
)


def level(at: int, form: str, text: str, more: str = "", start: int = 1) -> str:
    """The XML of one level of a list."""
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


LISTS = (
    '<w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="multilevel"/>'
    + level(0, "japaneseCounting", "%1、", '<w:pStyle w:val="Heading1"/><w:suff w:val="nothing"/>')
    + level(1, "chineseCounting", "（%2）", '<w:pStyle w:val="Heading2"/>')
    + '</w:abstractNum><w:abstractNum w:abstractNumId="2">'
    + level(0, "decimal", "%1.", '<w:suff w:val="space"/>')
    + '</w:abstractNum><w:abstractNum w:abstractNumId="3">'
    + level(0, "decimalEnclosedCircle", "%1")
    + '</w:abstractNum><w:abstractNum w:abstractNumId="4">'
    + level(0, "bullet", "•")
    + '</w:abstractNum><w:abstractNum w:abstractNumId="5">'
    + level(0, "decimal", "%1.", '<w:suff w:val="space"/>')
    + "</w:abstractNum>"
    + "".join(f'<w:num w:numId="{n}"><w:abstractNumId w:val="{n}"/></w:num>' for n in range(1, 6))
)


def with_lists(document: Any, definitions: str) -> None:
    """Give the document these lists and no others."""
    part = document.part
    for key, relation in list(part.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.NUMBERING:
            del part.rels[key]
    content = f"<w:numbering {nsdecls('w')}>{definitions}</w:numbering>".encode()
    part.relate_to(
        Part(PackURI("/word/numbering.xml"), _KIND, content, part.package), RELATIONSHIP_TYPE.NUMBERING
    )


def in_list(properties: Any, name: str, at: int | None = None) -> None:
    """Put a paragraph or a style into a list."""
    chosen = f'<w:ilvl w:val="{at}"/>' if at is not None else ""
    for old in properties.findall(qn("w:numPr")):
        properties.remove(old)
    xml = f'<w:numPr {nsdecls("w")}>{chosen}<w:numId w:val="{name}"/></w:numPr>'
    properties._insert_numPr(parse_xml(xml))


def report(*, automatic: bool) -> bytes:
    """The report as a .docx, its numbers made by lists or typed."""
    document = docx.Document()
    with_lists(document, LISTS)
    if automatic:
        in_list(document.styles["Heading 1"].element.get_or_add_pPr(), "1")
        in_list(document.styles["Heading 2"].element.get_or_add_pPr(), "1", 1)
    for style, name, at, text, number in REPORT:
        paragraph = document.add_paragraph(text if automatic else number + text, document.styles[style])
        if automatic and name:
            in_list(paragraph._p.get_or_add_pPr(), name, at)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()
