"""OpenDocument text: headings, tables, what stands apart from the text, limits."""

from __future__ import annotations

import io
import zipfile

import PIL.Image
import pytest

from indexer.errors import UnreadableError
from indexer.model import Document, Removed
from indexer.readers import limits, odt
from tests.readers import same

NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("style", "style"),
        ("svg", "svg-compatible"),
    )
)


def packed(content: str, styles: str = "", manifest: str = "") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.text")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
        if styles:
            archive.writestr("styles.xml", styles)
    return stream.getvalue()


def document(body: str, styles: str = "") -> Document:
    return odt.read(
        packed(
            f"<office:document-content {NAMES}><office:body><office:text>{body}</office:text></office:body>"
            "</office:document-content>",
            f"<office:document-styles {NAMES}>{styles}</office:document-styles>",
        )
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<text:p>甲<text:s text:c='2'/>乙<text:tab/>丙</text:p>", [("", "甲  乙\t丙")]),
        ("<text:p>甲<text:span>乙<text:a>丙</text:a></text:span>丁</text:p>", [("", "甲乙丙丁")]),
        ("<text:p>甲<text:line-break/>乙</text:p>", [("", "甲"), ("", "乙")]),
        ("<text:h text:outline-level='2'>甲</text:h><text:h>乙</text:h>", [("heading 2", "甲"), ("heading 1", "乙")]),  # noqa: E501
        ("<text:p text:style-name='T'>甲</text:p><text:p text:style-name='H'>乙</text:p>", [("title", "甲"), ("heading 3", "乙")]),  # noqa: E501
        ("<text:list><text:list-item><text:p>甲</text:p></text:list-item></text:list>", [("", "甲")]),
        ("<text:section><text:p>甲</text:p></text:section>", [("", "甲")]),
        ("<text:p>甲<draw:frame><svg:title>x</svg:title><draw:text-box><text:p>框</text:p></draw:text-box></draw:frame>乙</text:p>", [("", "甲乙"), ("", "框")]),  # noqa: E501
        ("<text:p>甲<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>注</text:p></text:note-body></text:note>乙</text:p><text:p>丙</text:p>", [("", "甲乙"), ("", "丙"), ("", "注")]),  # noqa: E501
        ("<text:p><text:ruby><text:ruby-base>漢</text:ruby-base><text:ruby-text>hàn</text:ruby-text></text:ruby></text:p>", [("", "漢")]),  # noqa: E501
        (
            "<table:table><table:table-row><table:table-cell table:number-columns-spanned='2'><text:p>甲</text:p><text:p>二行</text:p></table:table-cell><table:covered-table-cell/><table:table-cell/></table:table-row>"  # noqa: E501
            "<table:table-row><table:covered-table-cell/><table:table-cell><table:table><table:table-row><table:table-cell><text:p>内</text:p></table:table-cell></table:table-row></table:table></table:table-cell></table:table-row></table:table>",
            [("table", "甲 二行\t"), ("table", "\t内")],
        ),
    ],
)  # fmt: skip
def test_what_is_read(body: str, expected: list[tuple[str, str]]) -> None:
    styles = (
        "<style:style style:name='T' style:parent-style-name='Title'/><style:style style:name='Title'/>"
        "<style:style style:name='H' style:default-outline-level='3'/>"
    )
    assert [(b.style, b.text) for b in document(body, styles).blocks] == expected


def test_what_is_no_text() -> None:
    found = document(
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>删</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        "<text:p>甲<text:change/><office:annotation><text:p>批</text:p></office:annotation>乙</text:p>",
        "<style:master-page><style:header><text:p>眉</text:p></style:header>"
        "<style:footer-left><text:p>脚</text:p></style:footer-left></style:master-page>",
    )
    assert [b.text for b in found.blocks] == ["甲乙"]
    assert found.removed == (
        Removed("眉", "页眉页脚 (header or footer)"),
        Removed("脚", "页眉页脚 (header or footer)"),
        Removed("批", "批注 (comment)"),
        Removed("删", "修订中删除的文字 (deleted by a tracked change)"),
    )


def test_the_same_report() -> None:
    found = odt.read((same.DATA / "report.odt").read_bytes())
    assert same.share_in_order(found) >= 0.99
    assert same.styled(found) == same.styled(same.expected())


def test_encrypted() -> None:
    with pytest.raises(UnreadableError, match="密码"):
        odt.read(packed("\x01\x02", manifest="<m:encryption-data xmlns:m='x'/>"))


def test_entities_are_not_followed() -> None:
    laughs = (
        "<!DOCTYPE x [<!ENTITY a 'haha'><!ENTITY b '"
        + "&a;" * 1000
        + "'><!ENTITY c '"
        + "&b;" * 1000
        + "'>]>"
    )
    body = f"<office:x {NAMES}><office:text><text:p>甲&c;乙</text:p></office:text></office:x>"
    try:
        found = odt.read(packed(laughs + body))
    except UnreadableError:
        return
    assert "haha" not in "".join(b.text for b in found.blocks)


def test_deep_xml_has_a_reason() -> None:
    depth = 100_000
    content = (
        f"<office:x {NAMES}><office:text>"
        + "<text:p>" * depth
        + "</text:p>" * depth
        + "</office:text></office:x>"
    )
    with pytest.raises(UnreadableError, match="另存"):
        odt.read(packed(content))


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(UnreadableError, match="压缩炸弹"):
        odt.read(packed(" " * (limits.RATIO_COUNTS_FROM * 2)))


def test_broken_files_end_in_a_document_or_a_reason() -> None:
    data = (same.DATA / "report.odt").read_bytes()
    for copy in same.broken(data, 100):
        same.outcome(odt.read, copy)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read("content.xml")
    for copy in same.broken(content, 40):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("content.xml", copy)
        same.outcome(odt.read, stream.getvalue())


@pytest.mark.parametrize(
    ("side", "text", "told"),
    [(300, "甲", "文件里有 1 张图片"), (300, "", "文件里只有图片（1 张）"), (99, "甲", None)],
)
def test_pictures_are_told(side: int, text: str, told: str | None) -> None:
    stream, whole = io.BytesIO(), io.BytesIO()
    PIL.Image.new("L", (side, 400)).save(stream, "PNG")
    link = 'xmlns:x="http://www.w3.org/1999/xlink" x:href="Pictures/1.png"'
    image = f"<draw:frame><draw:image {link}/></draw:frame>"
    body = f"<text:p>{text}{image}{image}</text:p>"
    whole.write(
        packed(
            f"<office:document-content {NAMES}><office:body><office:text>{body}</office:text></office:body>"
            "</office:document-content>"
        )
    )
    with zipfile.ZipFile(whole, "a") as archive:
        archive.writestr("Pictures/1.png", stream.getvalue())
    warnings = odt.read(whole.getvalue()).warnings
    assert len(warnings) == (told is not None)
    assert all(told is not None and w.startswith(told) for w in warnings)


def test_white_space_of_the_xml_is_one_space() -> None:
    found = document("<text:p> 全县经济\n   <text:span> 稳中</text:span><text:s/> 向好\n</text:p>")
    assert [b.text for b in found.blocks] == ["全县经济 稳中  向好"]


def test_formulas_ruby_and_descriptions() -> None:
    math = "<math xmlns='http://www.w3.org/1998/Math/MathML'><mi>x</mi><mo>=</mo><mn>2</mn></math>"
    found = document(
        f"<text:p>甲<draw:frame><svg:desc>说明</svg:desc><draw:object>{math}</draw:object></draw:frame>"
        "<text:ruby><text:ruby-base>金</text:ruby-base><text:ruby-text>jīn</text:ruby-text></text:ruby></text:p>"
        "<text:p>乙<draw:frame><svg:desc>图</svg:desc></draw:frame></text:p>"
    )
    assert [b.text for b in found.blocks] == ["甲x=2金", "乙"]
    assert {"jīn", "图"} <= {r.text for r in found.removed}
