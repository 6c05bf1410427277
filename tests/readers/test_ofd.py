"""OFD: all places where text stands, where it stands, and what careless or hostile producers write."""

from __future__ import annotations

import contextlib
import difflib
import io
import random
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableError
from indexer.model import Block, Document, Member, Removed
from indexer.readers import choose, docx, layout, limits, ofd_content
from indexer.readers import read as read_any
from indexer.readers.layout import Page, Run
from indexer.readers.ofd import is_ofd, pages_of, picture, read
from indexer.readers.ofd_content import POINTS, deltas
from tests.readers.ofd_writer import NAMESPACE, layer, packed, parts_of, report, text

HERE = Path(__file__).parent
CORPUS = HERE.parent.parent / "corpus" / "澄川经开区"
REPORT = "2018年度工作总结及2019年工作计划"

IMAGE = '<ofd:ImageObject Boundary="0 0 210 297" CTM="210 0 0 297 0 0" ResourceID="9"/>'


def texts(data: bytes) -> list[list[str]]:
    """The texts on each page."""
    return [[run.text for run in page.runs] for page in pages_of(data)]


def on_page(inside: str, **more: str) -> list[str]:
    """The texts on a page with this in its layer."""
    return texts(packed(parts_of([layer(inside)], **more)))[0]


def millimetres(run: Run) -> tuple[float, ...]:
    """The box of a run: left, top, right, bottom."""
    return tuple(round(side / POINTS, 2) for side in (run.left, run.top, run.right, run.bottom))


def with_parts(changes: Mapping[str, str | bytes | None], *pages: str, **more: str) -> bytes:
    """A file of these pages with parts added, changed or (None) left out."""
    parts = parts_of(pages or [layer(text("工作总结"))], **more)
    for name, content in changes.items():
        if content is None:
            del parts[name]
        else:
            parts[name] = content
    return packed(parts)


# -- where text stands ---------------------------------------------------------------------------------


def code(words: str, **attributes: str) -> str:
    """A text object of size 4 at (10, 50), its baseline 4 below."""
    given_ = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return (
        f'<ofd:TextObject Boundary="10 50 100 20" Size="4"><ofd:TextCode X="0" Y="4" {given_}>{words}'
        "</ofd:TextCode></ofd:TextObject>"
    )


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ({"DeltaX": "4 4 4"}, [("工作总结", (10, 50.56, 26, 54.56))]),
        ({"DeltaX": "g 3 4"}, [("工作总结", (10, 50.56, 26, 54.56))]),
        ({"DeltaX": "5 g 2 4"}, [("工作总结", (10, 50.56, 27, 54.56))]),
        ({"DeltaX": "5"}, [("工作总结", (10, 50.56, 29, 54.56))]),  # too few: the last goes on
        ({}, [("工作总结", (10, 50.56, 26, 54.56))]),  # none: as wide as the type is
        ({"DeltaX": "g 999999999 4"}, [("工作总结", (10, 50.56, 26, 54.56))]),
        ({"DeltaX": "x y z"}, [("工作总结", (10, 50.56, 26, 54.56))]),
        ({"DeltaY": "6 6 6"}, [("工作总结", (10, 50.56, 14, 72.56))]),  # a column
        (
            {"DeltaX": "4 -4 4", "DeltaY": "0 6 0"},
            [("工作", (10, 50.56, 18, 54.56)), ("总结", (10, 56.56, 18, 60.56))],
        ),  # two lines
    ],
)
def test_the_steps_between_glyphs(steps: dict[str, str], found: list[tuple[str, tuple[float, ...]]]) -> None:
    (page,) = pages_of(packed(parts_of([layer(code("工作总结", **steps))])))
    assert [(run.text, millimetres(run)) for run in page.runs] == found


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 30), st.floats(0, 50).map(lambda n: round(n, 3))), max_size=9
    )
)
def test_groups_of_steps_are_what_they_stand_for(groups: list[tuple[bool, int, float]]) -> None:
    short = " ".join(f"g {times} {step}" if grouped else f"{step}" for grouped, times, step in groups)
    whole = [step for grouped, times, step in groups for _ in range(times if grouped else 1)]
    assert deltas(short, len(whole)) == whole


@pytest.mark.parametrize(
    ("attributes", "box", "size"),
    [
        ('CTM="2 0 0 2 0 0"', (10, 51.12, 26, 59.12), 8),  # twice as large
        ('CTM="1 0 0 1 5 7"', (15, 57.56, 23, 61.56), 4),  # moved
        ('CTM="0 1 -1 0 0 0"', (5.44, 50, 9.44, 58), 4),  # a quarter turn, clockwise
        ('HScale="0.5"', (10, 50.56, 14, 54.56), 4),
        ('ReadDirection="90"', (10, 50.56, 14, 58.56), 4),
        ('CTM="1 0 0"', (10, 50.56, 18, 54.56), 4),
        ('CTM="nan 0 0 inf 0 0"', (10, 50.56, 18, 54.56), 4),
    ],
)
def test_transformed(attributes: str, box: tuple[float, ...], size: float) -> None:
    inside = (
        f'<ofd:TextObject Boundary="10 50 100 20" Size="4" {attributes}>'
        '<ofd:TextCode X="0" Y="4">总结</ofd:TextCode></ofd:TextObject>'
    )
    (page,) = pages_of(packed(parts_of([layer(inside)])))
    assert [millimetres(run) for run in page.runs] == [box]
    assert page.runs[0].size == pytest.approx(size * POINTS)


def test_the_page_is_in_points_from_its_own_corner() -> None:
    (page,) = pages_of(packed(parts_of([layer(code("总结"))], box="5 10 254 127")))
    assert (page.width, page.height) == pytest.approx((720, 360))
    assert millimetres(page.runs[0]) == (5, 40.56, 13, 44.56)
    area = "<ofd:Area><ofd:PhysicalBox>0 0 25.4 254</ofd:PhysicalBox></ofd:Area>"
    (page,) = pages_of(packed(parts_of([area + layer(code("总结"))], box="5 10 254 127")))
    assert (page.width, page.height) == pytest.approx((72, 720))


def test_spaces_around_and_line_breaks_of_the_xml_do_not_count() -> None:
    (page,) = pages_of(packed(parts_of([layer(code("  总 结 ", DeltaX="2 2 4 2 4"))])))
    assert [(run.text, millimetres(run)) for run in page.runs] == [("总 结", (14, 50.56, 24, 54.56))]
    assert on_page(code("\n    工作总结\n  ")) == ["工作总结"]
    assert on_page(code("   ")) == []


def test_a_later_text_code_keeps_the_place_that_it_does_not_name() -> None:
    inside = (
        '<ofd:TextObject Boundary="10 50 100 20" Size="4"><ofd:TextCode X="3" Y="4">工作</ofd:TextCode>'
        '<ofd:TextCode Y="12">总结</ofd:TextCode></ofd:TextObject>'
    )
    (page,) = pages_of(packed(parts_of([layer(inside)])))
    assert [millimetres(run) for run in page.runs] == [(13, 50.56, 21, 54.56), (13, 58.56, 21, 62.56)]


def test_type_made_bold_by_drawing_it_twice_is_there_once() -> None:
    assert on_page(text("总结") + text("总结", x=20.2) + text("总结", x=40)) == ["总结", "总结"]


# -- the places where text is kept ---------------------------------------------------------------------


def test_blocks_within_blocks_and_layers() -> None:
    inside = f"<ofd:PageBlock>{text('一')}<ofd:PageBlock>{text('二', y=30)}</ofd:PageBlock></ofd:PageBlock>"
    two = (
        f"<ofd:Content><ofd:Layer>{inside}</ofd:Layer><ofd:Layer>{text('三', y=40)}</ofd:Layer></ofd:Content>"
    )
    assert texts(packed(parts_of([two]))) == [["一", "二", "三"]]
    assert texts(packed(parts_of([inside]))) == [["一", "二"]]  # without Content and Layer


def test_templates_stand_on_every_page_that_names_them() -> None:
    template = f"<ofd:Page {NAMESPACE}>{layer(text('红头文件'))}</ofd:Page>"
    data = with_parts(
        {"Doc_0/Tpls/Tpl_0/Content.xml": template},
        '<ofd:Template TemplateID="7" ZOrder="Background"/>' + layer(text("第一页", y=40)),
        layer(text("第二页", y=40)) + '<ofd:Template TemplateID="7" ZOrder="Foreground"/>',
        layer(text("第三页", y=40)),
        common='<ofd:TemplatePage ID="7" BaseLoc="Tpls/Tpl_0/Content.xml"/>',
    )
    assert texts(data) == [["红头文件", "第一页"], ["红头文件", "第二页"], ["第三页"]]


def composites(*units: tuple[str, str]) -> dict[str, str | bytes | None]:
    """A resource file with composite units, by id."""
    inside = "".join(
        f'<ofd:CompositeGraphicUnit ID="{name}" Width="50" Height="50"><ofd:Content>{content}</ofd:Content>'
        "</ofd:CompositeGraphicUnit>"
        for name, content in units
    )
    return {"Doc_0/Res.xml": f"<ofd:Res {NAMESPACE}><ofd:CompositeGraphicUnits>{inside}"
            "</ofd:CompositeGraphicUnits></ofd:Res>"}  # fmt: skip


def use(unit: str, x: float = 0) -> str:
    return f'<ofd:CompositeObject Boundary="{x:g} 100 50 50" ResourceID="{unit}" CTM="2 0 0 2 0 0"/>'


def test_composite_objects_stand_where_they_are_used() -> None:
    data = with_parts(
        composites(("8", text("公章", x=5, y=10, size=4))),
        layer(use("8") + use("8", 60) + use("none")),
        common="<ofd:DocumentRes>Res.xml</ofd:DocumentRes>",
    )
    (page,) = pages_of(data)
    assert [(run.text, millimetres(run)) for run in page.runs] == [
        ("公章", (10, 113.12, 26, 121.12)),
        ("公章", (70, 113.12, 86, 121.12)),
    ]


def test_annotations_show_their_text_and_watermarks_are_removed() -> None:
    def annotation(kind: str, words: str, more: str = "") -> str:
        return (
            f'<ofd:Annot Type="{kind}" {more}><ofd:Appearance Boundary="50 60 80 20">{text(words, 1, 6, 4)}'
            f"</ofd:Appearance><ofd:Remark>请核对{words}</ofd:Remark></ofd:Annot>"
        )

    notes = annotation("Highlight", "已阅") + annotation("Watermark", "内部资料") + annotation(
        "Path", "撤回", 'Visible="false"'
    )  # fmt: skip
    data = with_parts(
        {
            "Doc_0/Annots/Annotations.xml": f'<ofd:Annotations {NAMESPACE}><ofd:Page PageID="2">'
            "<ofd:FileLoc>Page_1/Annotation.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>",
            "Doc_0/Annots/Page_1/Annotation.xml": f"<ofd:PageAnnot {NAMESPACE}>{notes}</ofd:PageAnnot>",
        },
        layer(text("第一页")),
        layer(text("第二页")),
        more="<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>",
    )
    assert texts(data) == [["第一页"], ["第二页", "已阅"]]
    assert millimetres(pages_of(data)[1].runs[1])[:2] == (51, 62.56)
    assert {(r.text, r.reason.split()[0]) for r in read(data).removed} >= {
        ("内部资料", "水印"),
        ("撤回", "白色、透明或隐藏的文字，看不见"),
        ("请核对已阅", "批注"),
        ("请核对撤回", "批注"),
    }


def test_several_documents_one_after_the_other() -> None:
    parts = parts_of([layer(text("正文"))])
    second = parts_of([layer(text("附件"))])
    parts |= {name.replace("Doc_0", "Doc_1"): part for name, part in second.items() if name != "OFD.xml"}
    bodies = "".join(
        f"<ofd:DocBody><ofd:DocRoot>Doc_{n}/Document.xml</ofd:DocRoot></ofd:DocBody>" for n in (0, 1)
    )
    parts["OFD.xml"] = f"<ofd:OFD {NAMESPACE}>{bodies}</ofd:OFD>"
    assert texts(packed(parts)) == [["正文"], ["附件"]]


def test_attachments_that_a_viewer_lists_are_members() -> None:
    listed = (
        '<ofd:Attachment Name="附表" Format="txt"><ofd:FileLoc>a.txt</ofd:FileLoc></ofd:Attachment>'
        '<ofd:Attachment Name="data" Visible="false"><ofd:FileLoc>b.xml</ofd:FileLoc></ofd:Attachment>'
        '<ofd:Attachment Name="missing"><ofd:FileLoc>c.xml</ofd:FileLoc></ofd:Attachment>'
    )
    document = read(
        with_parts(
            {
                "Doc_0/Attachs/Attachments.xml": f"<ofd:Attachments {NAMESPACE}>{listed}</ofd:Attachments>",
                "Doc_0/Attachs/a.txt": "内容",
                "Doc_0/Attachs/b.xml": "<a/>",
            },
            more="<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>",
        )
    )
    assert document.members == (Member("附表.txt", "内容".encode()),)
    assert [w for w in document.warnings if "c.xml" in w] != []
    assert [w for w in document.warnings if "data.xml" in w and "隐藏的附件" in w] != []


def test_the_outline_gives_the_headings() -> None:
    document = read(
        with_parts(
            {},
            layer(text("一、 总结") + text("甲", y=60) + text("（一）招商", y=90)),
            more='<ofd:Outlines><ofd:OutlineElem Title="一、总结"><ofd:OutlineElem Title="（一）招商"/>'
            '</ofd:OutlineElem><ofd:OutlineElem Title="没有的"/></ofd:Outlines>',
        )
    )
    assert [(b.text, b.style) for b in document.blocks if b.style] == [
        ("一、 总结", "heading 1"),
        ("（一）招商", "heading 2"),
    ]


# -- what is not seen ----------------------------------------------------------------------------------


def painted(color: str, attributes: str = "", boundary: str = "10 50 100 20") -> str:
    return (
        f'<ofd:TextObject Boundary="{boundary}" Size="4" {attributes}>{color}'
        '<ofd:TextCode X="0" Y="4">暗记</ofd:TextCode></ofd:TextObject>'
    )


FILLED = (
    '<ofd:PathObject Boundary="0 40 210 40" Fill="true"><ofd:FillColor Value="200 0 0"/></ofd:PathObject>'
)
UNSEEN = "白色、透明或隐藏的文字，看不见"


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (painted('<ofd:FillColor Value="0 0 0"/>'), None),
        (painted('<ofd:FillColor Value="255 255 255"/>'), UNSEEN),
        (painted('<ofd:FillColor Value="#FF #FF #FF"/>'), UNSEEN),
        (painted('<ofd:FillColor Value="0 0 0" Alpha="0"/>'), UNSEEN),
        (painted('<ofd:StrokeColor Value="0 0 0" Alpha="0"/>'), None),  # the stroke is not drawn anyway
        (painted("", 'Alpha="0"'), UNSEEN),
        (painted("", 'Visible="false"'), UNSEEN),
        (painted("", 'Fill="false"'), UNSEEN),
        (painted("", 'Fill="false" Stroke="true"'), None),
        (FILLED + painted('<ofd:FillColor Value="255 255 255"/>'), None),  # white on red
        (IMAGE + painted("", 'Visible="false"'), None),  # the text layer of a scan
        (painted("", boundary="10 400 100 20"), "在页面之外，看不见"),
        (IMAGE + painted("", boundary="10 50 0.5 0"), "裁剪后看不见的文字"),
    ],
)
def test_what_is_not_seen_is_removed(inside: str, reason: str | None) -> None:
    document = read(packed(parts_of([layer(text("正文") + inside)])))
    assert joined(document.blocks) == ("正文暗记" if reason is None else "正文")
    assert [(r.text, r.reason.split(" (")[0]) for r in document.removed] == (
        [] if reason is None else [("暗记", reason)]
    )


def test_text_too_far_away_to_have_a_place_is_removed() -> None:
    far = "".join(
        f'<ofd:TextObject Boundary="0 0 100 20" Size="5" CTM="90000 0 0 90000 0 {y}">'
        f'<ofd:TextCode X="10" Y="10">{words}</ofd:TextCode></ofd:TextObject>'
        for words, y in (("远处", 0), ("更远", 90000))
    )
    document = read(with_parts({}, layer(text("正文") + far)))
    assert [b.text for b in document.blocks] == ["正文"]
    assert {r.text for r in document.removed if r.reason.startswith("在页面之外")} == {"远处", "更远"}


def test_pages_that_are_pictures_are_scanned() -> None:
    data = with_parts(
        {
            "Doc_0/Res.xml": f'<ofd:Res {NAMESPACE} BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="9" '
            'Type="Image"><ofd:MediaFile>scan.jpg</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>',
            "Doc_0/Res/scan.jpg": b"\xff\xd8\xff scanned",
        },
        layer(IMAGE),
        layer(IMAGE + text("正文")),
        "",
        layer(IMAGE),
        common="<ofd:DocumentRes>Res.xml</ofd:DocumentRes>",
    )
    document = read(data)
    assert (document.scanned, [b.text for b in document.blocks]) == ((0, 3), ["正文"])
    found = picture(data, 3)
    assert found is not None
    assert found[0] == b"\xff\xd8\xff scanned"
    assert picture(data, 2) is None
    assert picture(data, 9) is None
    assert read(packed(parts_of([layer(IMAGE)]))).scanned == (0,)


@pytest.mark.parametrize("inside", ["", layer(""), layer(FILLED)])
def test_a_file_of_drawings_says_so(inside: str) -> None:
    with pytest.raises(UnreadableError, match="没有文字，也没有图片"):
        read(packed(parts_of([inside])))


# -- careless producers --------------------------------------------------------------------------------


def renamed(old: str, new: str) -> bytes:
    """A file with a part stored under another name than that by which it is called."""
    parts = parts_of([layer(text("工作总结"))])
    return packed({new if name == old else name: part for name, part in parts.items()})


PAGE = "Doc_0/Pages/Page_0/Content.xml"


@pytest.mark.parametrize(
    ("called", "stored"),
    [
        ("Pages/Page_0/Content.xml", PAGE),
        ("/Doc_0/Pages/Page_0/Content.xml", PAGE),
        ("Doc_0/Pages/Page_0/Content.xml", PAGE),
        ("/Pages/Page_0/Content.xml", PAGE),
        ("./Pages/../Pages/Page_0/Content.xml", PAGE),
        ("Pages\\Page_0\\Content.xml", PAGE),
        ("pages/page_0/CONTENT.XML", PAGE),
        (" Pages/Page_0/Content.xml ", PAGE),
        ("Pages/Page_0/Content.xml", "Doc_0\\Pages\\Page_0\\Content.xml"),
        ("Pages/Page_0/Content.xml", "/Doc_0/Pages/Page_0/Content.xml"),
        ("Content_0.xml", "Doc_0/Content_0.xml"),
        ("页面/内容.xml", "Doc_0/页面/内容.xml"),
    ],
)
def test_paths(called: str, stored: str) -> None:
    parts = parts_of([layer(text("工作总结"))])
    parts[stored] = parts.pop(PAGE)
    document = parts["Doc_0/Document.xml"]
    assert isinstance(document, str)
    parts["Doc_0/Document.xml"] = document.replace("Pages/Page_0/Content.xml", called)
    assert texts(packed(parts)) == [["工作总结"]]
    assert read(packed(parts)).warnings == ()


def test_a_name_in_gbk() -> None:
    parts = parts_of([layer(text("工作总结"))])
    parts["Doc_0/NAMEXX.xml"] = parts.pop(PAGE)
    document = parts["Doc_0/Document.xml"]
    assert isinstance(document, str)
    parts["Doc_0/Document.xml"] = document.replace("Pages/Page_0/Content.xml", "内容页.xml")
    data = packed(parts).replace(b"NAMEXX", "内容页".encode("gbk"))
    assert texts(data) == [["工作总结"]]


@pytest.mark.parametrize(
    "name", ["OFD.xml", "ofd.xml", "Ofd.XML", "/OFD.xml", "./OFD.xml", "\\OFD.xml"]
)  # fmt: skip
def test_the_first_part_by_any_name(name: str) -> None:
    data = renamed("OFD.xml", name)
    assert is_ofd(data)
    assert texts(data) == [["工作总结"]]


@pytest.mark.parametrize(
    "namespace",
    [
        'xmlns:ofd="http://www.ofdspec.org"',
        'xmlns:ofd="http://www.ofdspec.org/2020"',
        "",  # the prefix is not declared
    ],
)
def test_namespaces(namespace: str) -> None:
    parts = parts_of([layer(text("工作总结"))])
    changed = {n: p.replace(NAMESPACE, namespace) for n, p in parts.items() if isinstance(p, str)}
    assert texts(packed(changed)) == [["工作总结"]]
    bare = {
        n: p.replace(f" {NAMESPACE}", "").replace("ofd:", "") for n, p in parts.items() if isinstance(p, str)
    }
    assert texts(packed(bare)) == [["工作总结"]]


XML = f"<ofd:Page {NAMESPACE}>{layer(text('总结A与B'))}</ofd:Page>"


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (XML.replace("A与B", "A&B").encode(), "总结A&B"),
        (XML.replace("A与B", "A\x0b\x02B").encode(), "总结A  B"),
        (f'\n <?xml version="1.0" encoding="UTF-8"?>{XML}'.encode(), "总结A与B"),
        (f'<?xml version="1.0" encoding="UTF-8"?>{XML}'.encode("gb18030"), "总结A与B"),
        (f'<?xml version="1.0" encoding="GBK"?>{XML}'.encode("gbk"), "总结A与B"),
        (f'<?xml version="1.0" encoding="nonsense"?>{XML}'.encode(), "总结A与B"),
        (XML.encode("utf-16"), "总结A与B"),
        (b"\xef\xbb\xbf" + XML.encode(), "总结A与B"),
        (XML.encode() + b"\x00\x00\x00 rubbish", "总结A与B"),
        (XML.removesuffix("</ofd:Layer></ofd:Content></ofd:Page>").encode(), "总结A与B"),
        (XML.replace("</ofd:TextObject>", "").encode(), "总结A与B"),
    ],
)
def test_malformed_xml_is_read_as_far_as_it_goes(page: bytes, found: str) -> None:
    assert texts(with_parts({PAGE: page})) == [[found]]


def test_a_page_that_is_missing_or_damaged_is_named_and_the_others_are_read() -> None:
    data = with_parts(
        {PAGE: None, "Doc_0/Pages/Page_1/Content.xml": b"\x00\x01"},
        *(layer(text(words)) for words in ("工作总结", "存在问题", "工作计划")),
    )
    document = read(data)
    assert [b.text for b in document.blocks] == ["工作计划"]
    assert [w.split("：")[0] for w in document.warnings] == ["OFD 缺少或读不出"] * 2 + [
        "XML 不规范，已尽量读出"
    ]
    assert len(pages_of(data)) == 3  # the numbers of pages stay


@pytest.mark.parametrize(
    "listed", ["", "<ofd:Pages/>", '<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>']
)
def test_a_document_without_a_list_of_pages(listed: str) -> None:
    whole = f"<ofd:Document {NAMESPACE}>{listed}</ofd:Document>"
    assert texts(with_parts({"Doc_0/Document.xml": whole})) == [["工作总结"]]


def test_pages_without_a_list_are_in_the_order_of_their_numbers() -> None:
    pages = [layer(text(f"第{n}页")) for n in range(12)]
    data = with_parts({"Doc_0/Document.xml": f"<ofd:Document {NAMESPACE}/>"}, *pages)
    assert texts(data) == [[f"第{n}页"] for n in range(12)]


@pytest.mark.parametrize(
    "first", [b"", b"\x00", b"<OFD/>", b"<OFD><DocBody><DocRoot>no.xml</DocRoot></DocBody></OFD>"]
)
def test_an_index_that_names_no_document(first: bytes) -> None:
    assert texts(with_parts({"OFD.xml": first})) == [["工作总结"]]


# -- hostile and damaged files -------------------------------------------------------------------------

GOOD = packed(parts_of([layer(text("工作总结")), layer(text("工作计划"))]))
HUGE = layer(text("总结") + " " * (17 << 20))


def entities() -> str:
    """A billion laughs, in text and in an attribute."""
    declared = '<!ENTITY a0 "笑">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE x [{declared}]><Page Name="&a9;"><Content>{text("总结&a9;")}</Content></Page>'.replace(
        "&amp;", "&"
    ).replace("ofd:", "")


def within_one_another(count: int) -> dict[str, str | bytes | None]:
    """Composites that each use the next ten times."""
    return composites(*((str(n), use(str(n + 1)) * 10) for n in range(count)), (str(count), text("笑")))


RES = "<ofd:DocumentRes>Res.xml</ofd:DocumentRes>"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (GOOD[: len(GOOD) // 2], "损坏或不完整"),
        (GOOD[:60], "损坏或不完整"),
        (with_parts({"OFD.xml": b"", "Doc_0/Document.xml": None}), "损坏或不完整"),
        (with_parts({"Doc_0/Document.xml": b"\x00\x00"}), "损坏或不完整"),
        (with_parts({PAGE: b"\x00\x00"}), "损坏或不完整"),
        (with_parts({PAGE: b"\x00\x00", "Encryptions.xml": b"<a/>"}), "加密"),
        (with_parts({}, HUGE), r"过大|压缩比"),
        (with_parts(within_one_another(9), layer(use("0")), common=RES), "内容过多"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(data: bytes, words: str) -> None:
    assert is_ofd(data)
    with pytest.raises(UnreadableError, match=words):
        read(data)


def test_an_encrypted_container_says_so() -> None:
    data = bytearray(GOOD)
    at = data.rfind(b"PK\x01\x02", 0, data.find(b"PK\x05\x06"))
    while at >= 0:
        data[at + 8] |= 1
        at = data.rfind(b"PK\x01\x02", 0, at)
    with pytest.raises(UnreadableError, match=r"加密|损坏"):
        read(bytes(data))


def test_a_part_without_a_name() -> None:
    assert texts(with_parts({"OFD.xml": b"<OFD/>", "": b"x", "/": b""})) == [["工作总结"]]


def test_entities_are_not_resolved() -> None:
    between = f"<!DOCTYPE x [<!ENTITY a '笑'>]>{XML.replace('</ofd:Layer>', '&a;</ofd:Layer>')}"
    assert texts(with_parts({PAGE: between})) == [["总结A与B"]]
    try:
        found = sum(len(t) for t in texts(with_parts({PAGE: entities()}))[0])
    except UnreadableError:
        found = 0
    assert found < 100


def test_a_file_outside_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("机密", encoding="utf-8")
    page = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]>' + XML.replace("A与B", "&s;")
    assert "机密" not in str(texts(with_parts({PAGE: page})))


def test_deep_nesting_ends() -> None:
    deep = "<ofd:PageBlock>" * 100_000
    with contextlib.suppress(UnreadableError):
        read(with_parts({PAGE: f"<ofd:Page {NAMESPACE}>{text('总结')}{deep}"}))
    chain = composites(*((str(n), use(str(n + 1))) for n in range(2_000)))
    with pytest.raises(UnreadableError, match="嵌套过深"):
        read(with_parts(chain, layer(use("0")), common=RES))
    itself = composites(("0", text("总结") + use("0")))
    assert texts(with_parts(itself, layer(use("0")), common=RES)) == [["总结"]]


def test_limits_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    two = packed(parts_of([layer(text("工作总结")), layer(text("工作计划"))]))
    for module, name, least, words in (
        (limits, "MAX_PAGES", 1, "页"),
        (limits, "MAX_MEMBERS", 3, "文件超过"),
        (limits, "MAX_CHARACTERS", 7, "内容过多"),
        (limits, "MAX_UNPACKED", 700, "过大"),
        (ofd_content, "_MAX_ELEMENTS", 5, "内容过多"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, least)
            with pytest.raises(UnreadableError, match=words):
                pages_of(two)
    assert texts(two) == [["工作总结"], ["工作计划"]]


def test_mutations_end_in_a_document_or_a_reason() -> None:
    chance = random.Random(33190)
    plain = {n: p.encode() if isinstance(p, str) else p for n, p in mutable().items()}
    whole = packed(plain)
    ends = {"read": 0, "refused": 0}
    for turn in range(400):
        if turn % 2:
            data = mutated(whole, chance)
        else:  # inside a part, where the container's checksums do not hide it
            name = chance.choice(sorted(plain))
            data = packed(plain | {name: mutated(plain[name], chance)})
        try:
            document = read(data)
        except UnreadableError:
            ends["refused"] += 1
        else:
            assert isinstance(document, Document)
            ends["read"] += 1
    assert min(ends.values()) > 20


def mutable() -> dict[str, str | bytes]:
    """The parts of a file with some of everything."""
    parts = parts_of(
        ['<ofd:Template TemplateID="7"/>' + layer(code("工作总结", DeltaX="g 2 4 5") + use("8") + IMAGE)],
        common='<ofd:TemplatePage ID="7" BaseLoc="T.xml"/><ofd:DocumentRes>Res.xml</ofd:DocumentRes>',
        more='<ofd:Outlines><ofd:OutlineElem Title="工作总结"/></ofd:Outlines>',
    )
    parts["Doc_0/T.xml"] = f"<ofd:Page {NAMESPACE}>{layer(text('红头'))}</ofd:Page>"
    return parts | {n: p for n, p in composites(("8", text("公章"))).items() if p is not None}


def mutated(data: bytes, chance: random.Random) -> bytes:
    """``data`` with a few bytes changed, left out or repeated."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed))
        kind = chance.randrange(3)
        if kind == 0:
            changed[at] = chance.randrange(256)
        elif kind == 1:
            del changed[at : at + chance.randint(1, 20)]
        else:
            changed[at:at] = changed[at : at + chance.randint(1, 40)]
        if not changed:
            return b""
    return bytes(changed)


# -- which files ---------------------------------------------------------------------------------------


def test_told_by_the_content() -> None:
    assert is_ofd(GOOD)
    assert not is_ofd(b"")
    assert not is_ofd(b"PK\x03\x04")
    assert not is_ofd(packed({"word/document.xml": "<a/>"}))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("folder/report.ofd", GOOD)
    assert not is_ofd(stream.getvalue())
    attached = with_parts({"Doc_0/Attachs/a.docx": b"PK\x03\x04 word/document.xml"})
    for name in ("a.ofd", "a.zip", "a.docx", "没有扩展名"):
        assert choose(Path(name), attached).name == "ofd"
    assert read_any(Path("a.ofd"), GOOD).format == "ofd"


# -- real files ----------------------------------------------------------------------------------------


def joined(blocks: tuple[Block, ...]) -> str:
    return "".join("".join(b.text.split()) for b in blocks)


def test_the_report_is_the_same_as_in_word() -> None:
    word = docx.read((CORPUS / f"{REPORT}.docx").read_bytes())
    data = (HERE / "data" / "report.ofd").read_bytes()
    document = read(data)
    expected = joined(word.blocks)
    found = joined(document.blocks)
    matcher = difflib.SequenceMatcher(None, expected, found, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    assert same / len(expected) >= 0.99
    assert len(pages_of(data)) > 3
    headings = [b.text for b in document.blocks if b.style.startswith("heading")]
    assert headings == [b.text for b in word.blocks if b.style.startswith("heading")]
    assert document.warnings == ()
    written = pages_of(report(word.blocks, "澄川经开区文件"))
    assert pages_of(data) == written  # the stored file is what the writer writes


#: Characters that are seen, the first words, and the start of what is removed; by hand from the XML.
SAMPLES = {
    "20240531141733.ofd": (311, "电子发票（增值税专用发票）", ("下载次数：1", "于俪")),
    "发票示例.ofd": (311, "电子发票（增值税专用发票）", ("下载次数：1", "于俪")),
    "SplitParagraph.ofd": (1469, "报告：", ()),
    "chineseDir.ofd": (22, "你好呀，OFD Reader&Writer！", ()),
    "helloworld.ofd": (22, "你好呀，OFD Reader&Writer！", ()),
    "namespace_no_std.ofd": (22, "你好呀，OFD Reader&Writer！", ()),
    "multiKeywordInTextCode.ofd": (25, "打发打发打发打发打发哈哈打发哈哈哈哈哈哈哈哈哈打发", ()),
    "keyword.ofd": (177, "鲁（2020）泰安市不动产证明第0014777号", ("1.", "2.")),
    "keyword2.ofd": (541, "江苏增值税电子普通发票", ()),
    "no_page_container.ofd": (500, "上海增值税电子普通发票", ()),
    "path_unstd.ofd": (303, "测试数据var-gaj", ("gz-SIGNNAME-liucheng",)),
}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_samples(samples: Path, name: str) -> None:
    path = samples / "ofd" / name
    if not path.is_file():
        pytest.skip(f"{name} is not among the samples")
    data = path.read_bytes()
    characters, first, removed = SAMPLES[name]
    pages = pages_of(data)
    assert sum(len(run.text) for page in pages for run in page.runs) == characters
    top: Run = min((run for run in pages[0].runs), key=lambda run: run.top)
    assert top.text == first
    document = read(data)
    hidden = [r for r in document.removed if r in tuple(Removed(t, r.reason) for t in removed)]
    assert [r.text for r in hidden] == list(removed)
    assert (document.scanned, document.warnings) == ((), ())


def test_a_sample_of_drawings(samples: Path) -> None:
    path = samples / "ofd" / "Page5.ofd"
    if not path.is_file():
        pytest.skip("Page5.ofd is not among the samples")
    assert [page.runs for page in pages_of(path.read_bytes())] == [()] * 5
    with pytest.raises(UnreadableError, match="只有图形"):
        read(path.read_bytes())


def test_every_page_of_the_samples_has_its_text_on_the_paper(samples: Path) -> None:
    for path in sorted((samples / "ofd").glob("*.ofd")):
        for page in pages_of(path.read_bytes()):
            assert on_paper(page) == page.runs, path.name


def on_paper(page: Page) -> tuple[Run, ...]:
    return tuple(
        r for r in page.runs if r.right > 0 and r.bottom > 0 and r.left < page.width and r.top < page.height
    )


def test_blocks_are_what_the_layout_makes_of_the_pages() -> None:
    assert read(GOOD).blocks == layout.to_blocks(pages_of(GOOD))[0]
