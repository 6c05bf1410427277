"""Web pages: the article comes out whole, the rest of the page is listed, and text about tags is no page."""

from __future__ import annotations

import difflib
import random
import re
from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableError
from indexer.model import Block, Document
from indexer.readers import choose, docx, html_tree, read
from indexer.readers import html as reader
from indexer.readers.html import is_html
from indexer.readers.html_fields import is_information
from tests.readers.web_pages import PAGES

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "corpus/澄川经开区/2018年度工作总结及2019年工作计划.docx"
MADE = Path(__file__).parent / "data/report.html"

FIRST = "2022年，在县委、县政府的坚强领导下，我局认真贯彻落实各项决策部署，圆满完成了全年的目标任务。"
SECOND = "全年新签约项目36个，到位资金45.6亿元，同比增长12.3%，招商引资工作取得了新的成效。"
THIRD = "全年实施重点项目28个，其中亿元以上项目15个，年底前全部建成投产，项目建设扎实推进。"
ARTICLE = f"<p>{FIRST}</p><h2>一、招商引资</h2><p>{SECOND}</p><h2>二、项目建设</h2><p>{THIRD}</p>"
BLOCKS = (
    Block(FIRST),
    Block("一、招商引资", "heading 2"),
    Block(SECOND),
    Block("二、项目建设", "heading 2"),
    Block(THIRD),
)
TITLE = "澄川县商务局2022年工作总结"
MENU = (
    "<ul><li><a href=/>首页</a></li><li><a href=/xw>新闻动态</a></li><li><a href=/gk>政务公开</a></li></ul>"
)


def page(body: str, head: str = "") -> Document:
    return reader.read(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode())


def removed(document: Document) -> dict[str, str]:
    return {r.text: r.reason.split(" (")[0] for r in document.removed}


def likeness(one: Document, other: Document) -> float:
    """The share of the characters of ``one`` that ``other`` has, in order."""
    first, second = ("\n".join(b.text for b in d.blocks) for d in (one, other))
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    return sum(m.size for m in matcher.get_matching_blocks()) / len(first)


def headings(document: Document) -> list[Block]:
    return [b for b in document.blocks if b.style.startswith(("heading", "title"))]


# -- the same report in all formats -------------------------------------------------------------------


def test_the_report() -> None:
    expected, found = docx.read(REPORT.read_bytes()), read(MADE, MADE.read_bytes())
    assert found.format == "html"
    assert likeness(expected, found) >= 0.99
    assert headings(found) == headings(expected)
    assert [b for b in found.blocks if b.style == "table"] == [
        b for b in expected.blocks if b.style == "table"
    ]


def test_the_report_on_a_site() -> None:
    expected = docx.read(REPORT.read_bytes())
    source = MADE.read_text("utf-8")
    body = re.search(r"<body[^>]*>(.*)</body>", source, re.DOTALL)
    assert body is not None
    site = (
        f"<div class='header'><h1>澄川县人民政府</h1>{MENU}</div>"
        "<div class='crumb'>当前位置：首页 &gt; 政务公开</div>"
        f"<table width=1000><tr><td width=200>{MENU}</td>"
        f"<td><div>发布时间：2019-01-07</div>{body[1]}</td></tr></table>"
        f"<div class=related><h3>相关阅读</h3>{MENU}</div>"
        "<div id=footer>主办：澄川县人民政府 备案号：鲁ICP备12345678号</div>"
    )
    title = "<title>2018年度工作总结及2019年工作计划_澄川县人民政府</title>"
    found = page(site, title)
    assert [b for b in found.blocks if not b.text.startswith("发布时间")] == list(expected.blocks)
    assert found.published == "2019-01-07"
    assert {"网页导航", "网页页眉", "网页页脚", "网页侧栏", "链接列表"} <= set(removed(found).values())


# -- sites --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_a_saved_page(name: str) -> None:
    """The article whole and nothing else; the furniture listed; the date."""
    saved = PAGES[name]()
    found = reader.read(saved.data)
    assert [b.text for b in found.blocks] == list(saved.lines)
    assert found.blocks[0].style == "title"
    listed = "\n".join(r.text for r in found.removed)
    assert [words for words in saved.furniture if words not in listed] == []
    assert found.published == saved.date


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("发布时间：2019-01-15 15:22 来源：县商务局 字体：[大 中 小] 浏览次数：32", True),
        ("2019-01-15 15:22", True),
        ("2019-01-15 15:22来源： 县商务局字号：默认 大 超大打印", True),
        ("作者：佚名 时间：2019-01-15 点击：3", True),
        ("索 引 号：\t0001/2019-0012\t发布机构：\t县商务局", True),
        ("（责任编辑：小王）", True),
        ("上一篇：关于开展宣传月活动的通知", True),
        ("【我要纠错】责任编辑：张三", True),
        ("【打印】【关闭】", True),
        ("扫一扫在手机打开当前页", True),
        ("临河县商务局", False),
        ("2019年1月10日", False),
        ("日期：2019年1月10日", False),
        ("时间：2019年1月10日，地点：三楼会议室", False),
        ("资金来源：县财政", False),
        ("来源：县财政安排50万元；不足部分由各乡镇自筹。", False),
        ("附件：1.发布时间：见附表", False),
        ("大中小", False),
        ("", False),
    ],
)
def test_lines_about_the_article(line: str, expected: bool) -> None:
    assert is_information(line) is expected


def test_lines_about_the_article_stand_before_and_after_its_sentences() -> None:
    source = f"<p>{FIRST}</p><p>来源：县统计局</p><p>{SECOND}</p><p>来源：县商务局</p>"
    found = page(source)
    assert [b.text for b in found.blocks] == [FIRST, "来源：县统计局", SECOND]
    assert removed(found) == {"来源：县商务局": "网页信息栏"}


def test_the_line_above_those_about_the_article_is_its_title() -> None:
    about = "<p>2019-01-15 15:22</p>"
    assert page(f"<p>{TITLE}</p>{about}{ARTICLE}").blocks == (Block(TITLE, "title"), *BLOCKS)
    end = "<p>县商务局</p><p>责任编辑：张三</p>"
    assert page(f"{ARTICLE}{end}").blocks == (*BLOCKS, Block("县商务局"))


# -- text ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "blocks"),
    [
        ("<p>一</p><p>二</p>", [("一", ""), ("二", "")]),
        ("<p>一<br>二<br/>三</p>", [("一", ""), ("二", ""), ("三", "")]),
        ("一<div>二</div>三", [("一", ""), ("二", ""), ("三", "")]),
        (
            "<h1>一</h1><h2>二</h2><h6>六</h6>",
            [("一", "heading 1"), ("二", "heading 2"), ("六", "heading 6")],
        ),
        ("<h2>一、<b>主要</b><font>工作</font></h2>正文", [("一、主要工作", "heading 2"), ("正文", "")]),
        ("<p>全年的\n   工作</p>", [("全年的工作", "")]),
        ("<p>Gaoku\n reads   pages</p>", [("Gaoku reads pages", "")]),
        ("<p>&nbsp;&nbsp;一&nbsp;二 &lt;三&gt; &#22235;</p>", [("一 二 <三> 四", "")]),
        ("<pre>一\n  二\n</pre>", [("一", ""), ("二", "")]),
        ("<ul><li>一<li>二</ul>", [("一", ""), ("二", "")]),
        ("<p>前<!-- 注 -->后</p>", [("前后", "")]),
        ("<!-- 没有完 <p>一</p>", [("没有完", ""), ("一", "")]),
        ("<!<!---- ><p>一</p><p>二</p>", [("一", ""), ("二", "")]),
        ("<p>一</p><style>乙<p>二</p>", [("一", ""), ("乙", ""), ("二", "")]),
        ("<p>一</p><o:p></o:p><p>二<o:p>三</o:p></p>", [("一", ""), ("二三", "")]),
        (
            "<table><tr><th>指标<th>2022年<tr><td>产值<br>（亿元）<td>45.6</table>",
            [("指标\t2022年", "table"), ("产值 （亿元）\t45.6", "table")],
        ),
        (
            "<table><tr><td><h2>一</h2><p>二</p></td><td>三</td></tr></table>",
            [("一", "heading 2"), ("二", ""), ("三", "")],
        ),
        ("<table border=1><tr><td>甲</td><td></td><td>丙</td></tr></table>", [("甲\t\t丙", "table")]),
        (
            "<table border=1><tr><th>甲</th><td><table><tr><td>乙<td>丙</table></td></tr></table>",
            [("甲\t乙 丙", "table")],
        ),
    ],
)
def test_text(body: str, blocks: list[tuple[str, str]]) -> None:
    assert [(b.text, b.style) for b in page(body).blocks] == blocks


# -- furniture ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "text", "reason"),
    [
        ("<nav>首页 新闻</nav>", "首页 新闻", "网页导航"),
        ("<header>澄川县人民政府</header>", "澄川县人民政府", "网页页眉"),
        ("<footer>版权所有</footer>", "版权所有", "网页页脚"),
        ("<aside>今日天气</aside>", "今日天气", "网页侧栏"),
        ("<div class='top-nav'>首页</div>", "首页", "网页导航"),
        ("<div id=pageFooter>鲁ICP备12345678号</div>", "鲁ICP备12345678号", "网页页脚"),
        (f"<div>{MENU}</div>", "首页\n新闻动态\n政务公开", "链接列表"),
        ("<div class=comment-list>写得好，支持！</div>", "写得好，支持！", "评论"),
        ("<div class=bdShare>微博 微信</div>", "微博 微信", "分享按钮"),
        ("<div id=login_box>用户名</div>", "用户名", "登录"),
        ("<div role=navigation>首页</div>", "首页", "网页导航"),
        ("<button>打印</button>", "打印", "表单与按钮"),
        ("<p style='color:red; display: none'>本文来自某某网</p>", "本文来自某某网", "网页中不显示的文字"),
        ("<p hidden>本文来自某某网</p>", "本文来自某某网", "网页中不显示的文字"),
        ("<p class='a seo'>本文来自某某网</p>", "本文来自某某网", "网页中不显示的文字"),
        ("<script>var a = '<div>';</script>", "var a = '<div>';", "网页程序与样式"),
    ],
)
@pytest.mark.parametrize("place", ["before", "inside", "after"])
def test_furniture(part: str, text: str, reason: str, place: str) -> None:
    style = "<style>/* x */ .b{color:red} .c,.seo{display:none} @media print{p,.d{display:none}}</style>"
    bodies = {
        "before": f"{part}<div class=content>{ARTICLE}</div>",
        "inside": f"<div class=content>{ARTICLE.replace('<h2>二', part + '<h2>二')}</div>",
        "after": f"<div class=content>{ARTICLE}</div>{part}",
    }
    found = page(bodies[place], "" if "<script>" in part else style)
    assert found.blocks == BLOCKS
    assert removed(found)[text] == reason


@pytest.mark.parametrize("name", ["header", "nav", "comment", "share-sidebar", "footer ad", "hidden"])
def test_what_holds_the_text_is_no_furniture(name: str) -> None:
    assert (
        page(f"<div class='{name}'>{ARTICLE}</div>", "<style>.hidden{display:none}</style>").blocks == BLOCKS
    )


def test_links_within_the_text_and_attachments_stay() -> None:
    attached = "".join(f"<p>附件{n}：<a href='/f/{n}.doc'>情况表{n}</a></p>" for n in range(1, 5))
    linked = f"<p>根据<a href=/1>《条例》</a>，{SECOND}</p>"
    found = page(f"<div>{ARTICLE}{linked}<div>{attached}</div></div>")
    assert found.blocks[:5] == BLOCKS
    assert [b.text for b in found.blocks[5:]] == [
        f"根据《条例》，{SECOND}",
        *(f"附件{n}：情况表{n}" for n in range(1, 5)),
    ]


def test_a_page_of_links_is_shown_as_it_is() -> None:
    assert [b.text for b in page(MENU).blocks] == ["首页", "新闻动态", "政务公开"]


def test_text_outside_the_article() -> None:
    found = page(f"<div>您好，游客</div><div><div>{ARTICLE}</div><p>{SECOND}</p></div><div>网站声明</div>")
    assert found.blocks == (*BLOCKS, Block(SECOND))  # a sentence stays wherever it stands
    assert removed(found) == {"您好，游客": "正文以外的网页文字", "网站声明": "正文以外的网页文字"}


# -- title and date -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"<title>{TITLE}</title>", f"<h1>{TITLE}</h1><div>{ARTICLE}</div>"),
        (f"<title>{TITLE}_澄川县人民政府</title>", f"<div>{TITLE}</div><div>{ARTICLE}</div>"),
        (
            f"<title>澄川县人民政府网站 - {TITLE}</title>",
            f"<header><h2>{TITLE}</h2></header><div>{ARTICLE}</div>",
        ),
        (
            f"<title>政务公开</title><meta name=ArticleTitle content='{TITLE}'>",
            f"<p>{TITLE}</p><div>{ARTICLE}</div>",
        ),
        (f"<meta name=ArticleTitle content='{TITLE}'>", f"<div>{ARTICLE.replace('<h2>', '<p>')}</div>"),
    ],
)
def test_title(head: str, body: str) -> None:
    found = page(body, head)
    assert found.blocks[0] == Block(TITLE, "title")
    assert [b.text for b in found.blocks[1:]] == [b.text for b in BLOCKS]


def test_a_title_without_a_line_of_its_own_that_is_the_site_is_listed() -> None:
    found = page(f"<div>{ARTICLE}</div>", "<title>澄川县人民政府</title>")
    assert found.blocks == BLOCKS
    assert removed(found) == {"澄川县人民政府": "网页标题"}


@pytest.mark.parametrize(
    ("head", "body", "date"),
    [
        ("<meta name=PubDate content='2023-01-05 10:20'>", "", "2023-01-05"),
        ("<meta property='article:published_time' content='2023-01-05T10:20:00+08:00'>", "", "2023-01-05"),
        ("<meta name=publishdate content=20230105>", "", "2023-01-05"),
        ('<script type="application/ld+json">{"datePublished": "2023-01-05"}</script>', "", "2023-01-05"),
        ("", "<time datetime='2023-01-05'>昨天</time>", "2023-01-05"),
        ("", "<p>来源：商务局 发布时间：2023年1月5日 浏览次数：32</p>", "2023-01-05"),
        ("", "<p>成文日期：2022-12-30 发布日期：2023-01-05</p>", "2023-01-05"),
        ("", "<p>时间：2023/1/5</p>", "2023-01-05"),
        ("<meta name=PubDate content='2023-02-30'>", "", None),
        ("<meta name=created content='2013-12-23T23:15:00'>", "", None),
        ("", "<p>成立时间：2003年5月8日</p>", None),
        ("", "", None),
    ],
)
def test_date(head: str, body: str, date: str | None) -> None:
    assert page(f"{body}<div>{ARTICLE}</div>", head).published == date


# -- encodings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "meta", "named"),
    [
        ("utf-8", "", "utf-8"),
        ("utf-8", "<meta charset=gb2312>", "utf-8"),
        ("gbk", "<meta http-equiv=Content-Type content='text/html; charset=gb2312'>", "gb18030"),
        ("gb18030", "<META CHARSET='GBK'>", "gb18030"),
        ("gbk", "", "gb18030"),
        ("gbk", "<meta charset=iso-8859-1>", "gb18030"),
        ("gbk", "<meta charset=utf-8>", "gb18030"),
        ("big5", "<meta charset=big5>", "big5hkscs"),
        ("utf-8-sig", "<meta charset=gbk>", "utf-8-sig"),
        ("utf-16", "", "utf-16"),
        ("utf-16-le", "", "utf-16-le"),
    ],
)
def test_encoding(encoding: str, meta: str, named: str) -> None:
    text = "我們在各部門的支持下，全年完成了各項工作。" if encoding == "big5" else FIRST
    data = f"<html>\n<head> {meta}</head>\n<body><p>{text}</p> </body></html>\n".encode(encoding)
    assert is_html(data)
    found = reader.read(data)
    assert (found.blocks, found.encoding) == ((Block(text),), named)


def test_a_few_broken_bytes_are_kept_and_told() -> None:
    data = f"<html><head><meta charset=gb2312></head><p>{FIRST * 5}</p>".encode("gbk").replace(
        b"<p>", b"<p>\xff", 1
    )
    found = reader.read(data)
    assert found.blocks == (Block("\\xff" + FIRST * 5),)
    assert len(found.warnings) == 1


# -- what is a page -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<!DOCTYPE html><html><body>一", True),
        ("\n <!-- saved from url=(0014)about:internet -->\n<HTML ><HEAD>", True),
        ('<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0"><html>', True),
        ("<html xmlns:o='urn:schemas-microsoft-com:office:office'>\n<head>", True),
        ("<div><p>一</p><p>二</p></div>", True),
        ("<html>是网页的第一个标签，<body>在它后面。", False),
        ("<!DOCTYPE html> 这一行说明文件类型。\n<p>的意思是段落。", False),
        ("网页以<html>开始，以</html>结束。\n<p>一</p><p>二</p>", False),
        ("# 说明\n<div><p>一</p></div><p>二</p>", False),
        ("<div align=center>\n<h1>Gaoku</h1>\n</div>\n\n# 用法\n\n<p>一</p>", False),
        ("<p>一</p><p>二</p> 之后是正文。", False),
        ("<?xml version='1.0'?><report><p>一</p></report>", False),
        ("<!-- 没有完", False),
        ("2 < 3 > 1", False),
        ("", False),
    ],
)
def test_is_html(text: str, expected: bool) -> None:
    assert is_html(text.encode()) is expected


@pytest.mark.parametrize(
    ("name", "chosen"), [("a.html", "html"), ("a.htm", "html"), ("a.doc", "html"), ("a.xls", "html")]
)
def test_choose(name: str, chosen: str) -> None:
    assert choose(PurePath(name), f"<html><body>{ARTICLE}</body></html>".encode()).name == chosen


# -- nothing vanishes, nothing hurts --------------------------------------------------------------------

WORDS = st.text(st.sampled_from("全年完成工作总结0123，。"), min_size=1, max_size=30)
TAGS = st.sampled_from(
    "div/p/span/b/h2/ul/li/table/tr/td/nav/footer/a/section/pre/center/form/aside/button".split("/")  # noqa: SIM905
)
ATTRIBUTES = st.sampled_from(
    ["", " class=nav", " class=content", " href=/x", " style='display:none'", " hidden"]
)
TREES = st.recursive(
    WORDS,
    lambda inner: st.builds(
        lambda tag, attribute, parts: f"<{tag}{attribute}>{''.join(parts)}</{tag}>",
        TAGS,
        ATTRIBUTES,
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)


@given(TREES)
def test_every_character_is_text_or_listed(body: str) -> None:
    """The oracle: the page's source without its tags, in any order of parts."""
    found = page(body)
    shown = "".join([b.text for b in found.blocks] + [r.text for r in found.removed])
    assert sorted("".join(shown.split())) == sorted(re.sub(r"<[^>]*>|\s", "", body))


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 100_000,
        "<table><tr><td>" * 5_000,
        "<ul><li>" * 20_000 + "一",
        "<p>" * 100_000 + "一",
        "<font><b>" * 20_000 + "一",
        "<script>" * 20_000,
        "<!--" * 100_000,
        "<style>" + "/*" * 100_000 + "</style>一",
        "<a href=x>" * 50_000,
        "<" * 300_000,
        "&#x" * 100_000,
        "一" + " \n" * 200_000,
        "<br>" * 200_000,
    ],
    ids=lambda body: body[:12],
)
def test_hostile(body: str) -> None:
    try:
        page(body)
    except UnreadableError as error:
        assert "层" in str(error)


ATTRIBUTES_OF = "<p {}>一</p><p>二</p>"


@pytest.mark.parametrize(
    "attributes",
    [
        " ".join(f"a{n}=x" for n in range(100_000)),
        "x='>' " + "/".join(f'a{n}="<p {n}>"' for n in range(100_000)),
        "\n".join(f"a{n}" for n in range(300_000)),
    ],
    ids=["many", "quoted", "bare"],
)
def test_an_element_with_many_attributes(attributes: str) -> None:
    """The parser compares each with all before it, and gets no more than a bounded number to compare."""
    source = ATTRIBUTES_OF.format(attributes)
    assert len(html_tree.bounded(source)) < 3000
    assert [b.text for b in page(source).blocks] == ["一", "二"]


@pytest.mark.parametrize(
    "source",
    [
        "<a href='/1' class=x>一</a>" * 300,
        "<img alt='" + "<b c d e>" * 500 + "'>一",
        '<p title="' + "二 " * 1000 + '">一</p>',
        "<p " + " ".join(f"a{n}" for n in range(100)) + ">一</p>",
        "<p title='没有完>一" + "<b>" * 300,
    ],
)
def test_other_elements_stay_as_they_are(source: str) -> None:
    assert html_tree.bounded(source) == source


def test_too_much() -> None:
    with pytest.raises(UnreadableError, match="元素"):
        page("<b>" * 1_500_001)


def test_pictures_in_the_page_do_not_count() -> None:
    data = f"<html><body>{ARTICLE}<img src='data:image/png;base64,{'A' * 90_000_000}'></body></html>".encode()
    assert reader.read(data).blocks == BLOCKS


def test_mutations() -> None:
    random_ = random.Random(6)
    whole = MADE.read_bytes()[:6000]
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(random_.randint(1, 30)):
            at = random_.randrange(len(data))
            kind = random_.randrange(3)
            if kind == 0:
                data[at] = random_.randrange(256)
            elif kind == 1:
                del data[at : at + random_.randint(1, 200)]
            else:
                data[at:at] = data[random_.randrange(len(data)) :][: random_.randint(1, 200)]
            data = data or bytearray(b"<")
        try:
            found = reader.read(bytes(data))
        except UnreadableError:
            continue
        assert all(b.text.strip() for b in found.blocks)


@pytest.mark.parametrize("name", ["header", "footer"])
def test_the_margins_of_a_page_saved_by_libreoffice(name: str) -> None:
    document = reader.page(
        f'<html><body><div title="{name}"><p>内部资料</p></div><h1>2023年工作总结</h1>'
        "<p>全年的工作完成得很好。</p><div><div title='header'><p>各县的任务。</p></div></div></body></html>"
    )
    assert [b.text for b in document.blocks] == ["2023年工作总结", "全年的工作完成得很好。", "各县的任务。"]
    assert removed(document)["内部资料"] == "页眉页脚"


def test_fields_of_forms_and_templates() -> None:
    found = page(
        "<table border=1><tr><td>标题</td><td><input value='关于2023年工作总结的报告'></td></tr>"
        "<tr><td>内容</td><td><textarea>全年工作如下</textarea></td></tr></table>"
        "<input name=q value='请输入关键字'><input type=submit value='搜索'><input type=hidden value='记号'>"
        "<template><p>模板 &amp; 文字</p></template>"
    )
    assert [b.text for b in found.blocks] == ["标题\t关于2023年工作总结的报告", "内容\t全年工作如下"]
    assert removed(found) == {
        "请输入关键字": "表单与按钮",
        "搜索": "表单与按钮",
        "模板 & 文字": "网页中不显示的文字",
    }


def test_elements_that_are_opened_again_in_each_block() -> None:
    source = "".join(f"<code class=c{n}>" for n in range(200)) + "<p>x" * 4000
    nodes = html_tree.parse(source)
    assert len(nodes) < 10_000
    assert sum(n.text == "x" for n in nodes) == 4000


def test_too_many_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_tree, "_MAX_TAGS", 100)
    with pytest.raises(UnreadableError, match="网页元素超过"):
        html_tree.parse("<b>" * 3 + "<p>x" * 60)
