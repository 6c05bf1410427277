"""Saved pages of invented government sites, made the way their content management systems make them.

Each holds the same article; what differs is all that stands round it and how the article is marked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TITLE = "临河县商务局2018年工作总结和2019年工作计划"
PARAGRAPHS = (
    "2018年，在县委、县政府的正确领导下，县商务局深入贯彻党的十九大精神，紧紧围绕全县中心工作，较好地完成了各项任务。",
    "一、2018年工作总结",
    "（一）招商引资取得新成效",
    "全县新签约项目36个，到位资金45.6亿元，同比增长12.3%；其中亿元以上项目15个，外资到账2800万美元。",
    "（二）消费市场平稳增长",
    "实现社会消费品零售总额128.7亿元，增长9.1%。新建改造标准化菜市场3处，电商服务站覆盖全部行政村。",
    "二、2019年工作计划",
    "2019年，全县商务工作要坚持稳中求进工作总基调，力争社会消费品零售总额增长9%以上，到位县外资金50亿元。",
    "一是抓好项目落地；二是抓好消费促进；三是抓好安全生产，确保全年不发生较大以上安全事故。",
    "临河县商务局",
    "2019年1月10日",
)
ATTACHED = ("附件1：2018年招商引资项目表.doc", "附件2：2019年重点工作任务分解表.xls")
DATE = "2019-01-15"
_MENU = ("首页", "走进临河", "新闻中心", "政务公开", "网上办事", "互动交流")


@dataclass(frozen=True, slots=True)
class Saved:
    """``data``: the file; ``lines``: what its article says; ``furniture``: what belongs to the page."""

    data: bytes
    furniture: tuple[str, ...]
    lines: tuple[str, ...] = (TITLE, *PARAGRAPHS)
    date: str | None = DATE


def _list(words: Sequence[str], wrap: str = "<li>{}</li>") -> str:
    return "".join(
        wrap.format(f'<a href="/col/col{n}/index.html" target="_blank">{w}</a>') for n, w in enumerate(words)
    )


def _paragraphs(before: str, after: str) -> str:
    return "\n".join(f"{before}{p}{after}" for p in PARAGRAPHS)


def trs() -> Saved:
    """TRS WCM: styles inside the article, ideographic spaces, attachments, font size and a QR code."""
    style = "<style type=text/css>.TRS_Editor P{line-height:2;font-family:宋体;}.TRS_Editor DIV{}</style>"
    text = _paragraphs('<P align=justify><FONT face="仿宋_GB2312" size=4>　　', "</FONT></P>")
    files = "".join(f'<p><a href="./P02019011{n}.doc">{name}</a></p>' for n, name in enumerate(ATTACHED))
    source = f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head>
<meta http-equiv="Content-Type" content="text/html; charset=gb2312" />
<title>{TITLE}_临河县人民政府门户网站</title>
<meta name="SiteName" content="临河县人民政府门户网站"/><meta name="ArticleTitle" content="{TITLE}"/>
<meta name="PubDate" content="2019-01-15 15:22"/><meta name="ContentSource" content="县商务局"/></head>
<body><div class="wrap"><div class="top"><span>今天是2021年3月2日 星期二</span>{_list(("无障碍", "繁體"), "{}")}</div>
<div class="banner"></div><ul class="menu">{_list(_MENU)}</ul>
<div class="dqwz">您所在的位置：{_list(("首页", "政务公开", "工作总结"), "{}&nbsp;&gt;&nbsp;")}</div>
<div class="con"><h2 class="con_title">{TITLE}</h2>
<div class="con_info"><span>发布时间：2019-01-15 15:22</span> <span>来源：县商务局</span>
<span>字体：[<a href="javascript:doZoom(16)">大</a> <a href="javascript:doZoom(14)">中</a>
<a href="javascript:doZoom(12)">小</a>]</span> <span>浏览次数：<script>document.write(312)</script></span></div>
<div id="zoom"><div class=TRS_Editor>{style}<div class=Custom_UnionStyle>{text}</div></div></div>
<div class="fujian">{files}</div>
<div class="ewm"><p>扫一扫在手机打开当前页</p></div>
<div class="con_b"><a href="javascript:window.print()">【打印】</a><a href="javascript:window.close()">【关闭】</a></div>
</div><div class="foot"><p>主办：临河县人民政府办公室　　承办：临河县大数据中心</p><p>备案号：冀ICP备05012345号</p></div></div>
</body></html>"""
    return Saved(
        source.encode("gbk"),
        (
            "发布时间：2019-01-15 15:22",
            "扫一扫在手机打开当前页",
            "【打印】",
            "走进临河",
            "冀ICP备05012345号",
            "您所在的位置",
        ),
        (TITLE, *PARAGRAPHS, *ATTACHED),
    )


def ucap() -> Saved:
    """Ucap: elements of its own, and the table with which disclosed documents begin."""
    cells = (
        ("索 引 号：", "000014349/2019-00012", "主题分类：", "商贸、海关、旅游"),
        ("发布机构：", "县商务局", "发文日期：", "2019年01月10日"),
        ("名　　称：", TITLE, "发布日期：", "2019年01月15日"),
    )
    table = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in cells)
    source = f"""<html><head><meta charset="utf-8"><title>
 {TITLE}_政府信息公开专栏</title>
<meta name="lanmu" content="工作总结"><meta name="firstpublishedtime" content="2019-01-15-15:22:08"></head><body>
<div class="header"><div class="w1000">{_list(_MENU, "<span>{}</span>")}</div></div>
<div class="BreadcrumbNav">当前位置：{_list(("首页", "信息公开", "规划总结"), "{} > ")} 正文</div>
<div class="bd1"><table class="bd1-table" cellspacing="0"><tbody>{table}</tbody></table></div>
<div class="pages_content" id="UCAP-CONTENT"><ucaptitle><h1>{TITLE}</h1></ucaptitle><!--<$[信息内容]>begin-->
<ucapcontent>{_paragraphs('<p style="text-indent: 2em; font-size: 12pt;"><span>', "</span><br></p>")}</ucapcontent>
<!--<$[信息内容]>end--></div><div class="gwds_nr_share"><span>分享：</span>{_list(("微信", "微博", "QQ空间"), "{}")}</div>
<div class="footer">网站标识码：1307290001 <img src="blue.png"></div></body></html>"""
    return Saved(source.encode(), ("走进临河", "网站标识码：1307290001", "QQ空间"))


def tables() -> Saved:
    """A page of 2003: tables within tables, no class anywhere, the menu in the left column."""
    text = "<br>\n".join(f"&nbsp;&nbsp;&nbsp;&nbsp;{p}" for p in PARAGRAPHS)
    source = f"""<HTML><HEAD><TITLE>临河县商务局</TITLE>
<META http-equiv=Content-Type content="text/html; charset=gb2312"></HEAD>
<BODY bgColor=#ffffff leftMargin=0 topMargin=0><CENTER>
<TABLE width=778 border=0 cellPadding=0 cellSpacing=0><TR><TD colspan=2><IMG src="top.gif"></TD></TR>
<TR bgcolor=#cc0000><TD colspan=2 align=center>{_list(_MENU, "{} | ")}</TD></TR>
<TR><TD width=170 vAlign=top><TABLE width="100%">{_list(("局长信箱", "机构设置", "办事指南", "下载中心"), "<TR><TD>{}</TD></TR>")}</TABLE>
<TABLE><TR><TD>用户名：<INPUT size=8></TD></TR><TR><TD>密　码：<INPUT size=8 type=password></TD></TR></TABLE></TD>
<TD vAlign=top><TABLE width="98%" border=0><TR><TD height=30>您的位置：<A href=/>首页</A> &gt;&gt; <A href=/gs>公示公告</A></TD></TR>
<TR><TD align=center><FONT color=#cc0000 size=5><B>{TITLE}</B></FONT></TD></TR>
<TR><TD align=center>作者：办公室　来源：本站原创　点击数：312　更新时间：2019-1-15</TD></TR>
<TR><TD><HR SIZE=1></TD></TR><TR><TD class=p14><TABLE width=95% align=center><TR><TD>{text}</TD></TR></TABLE></TD></TR>
<TR><TD align=right>文章录入：admin　　责任编辑：admin</TD></TR>
<TR><TD><LI>上一篇：<A href=/1.htm>关于开展诚信兴商宣传月活动的通知</A></LI><LI>下一篇：没有了</LI></TD></TR>
<TR><TD align=right>【<A href=#>发表评论</A>】【<A href=#>告诉好友</A>】【<A href=#>打印此文</A>】【<A href=#>关闭窗口</A>】</TD></TR>
</TABLE></TD></TR><TR><TD colspan=2 align=center>Copyright &copy; 2003-2019 临河县商务局 All Rights Reserved</TD></TR>
</TABLE></CENTER></BODY></HTML>"""
    return Saved(
        source.encode("gbk"),
        (
            "局长信箱",
            "用户名：",
            "点击数：312",
            "责任编辑：admin",
            "下一篇：没有了",
            "告诉好友",
            "All Rights Reserved",
        ),
    )


def jcms() -> Saved:
    """Hanweb jcms: marks in comments, a table that lays out the article, its neighbours below."""
    source = f"""<!doctype html><html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<title>临河县人民政府 工作总结 {TITLE}</title><meta name="Maketime" content="2020-05-06 10:00:00">
<meta name='pubdate' content='2019-01-15 15:22'></head><body><div id="barrierfree_container">
<table width="1000" align="center"><tr><td><div class="nav"><ul>{_list(_MENU)}</ul></div></td></tr></table>
<table id="c" width="1000" border="0" align="center"><tr><td align="center" class="title">
<!--<$[标题名称(html)]>begin-->{TITLE}<!--<$[标题名称(html)]>end--></td></tr>
<tr><td align="center"><table width="100%"><tr><td width="33%">发布日期：2019-01-15</td>
<td width="33%">浏览次数： <script>var i=1</script></td><td>字号：[ <a href="javascript:a">大</a> <a href="javascript:b">中</a> <a href="javascript:c">小</a> ]</td></tr></table></td></tr>
<tr><td class="bt_content"><div id="zoom"><!--ZJEG_RSS.content.begin-->
<meta name="ContentStart">{_paragraphs('<p style="text-indent:2em;"><span style="font-size:16px">', "</span></p>")}
<meta name="ContentEnd"><!--ZJEG_RSS.content.end--></div></td></tr>
<tr><td><div class="bdsharebuttonbox"><a class="bds_qzone">QQ空间</a><a class="bds_weixin">微信</a></div></td></tr>
<tr><td>打印本页　关闭窗口</td></tr></table>
<div class="yqlj"><h3>友情链接</h3><select><option>--县直部门--</option><option>县发改局</option></select></div>
<div class="bottom">版权所有：临河县人民政府　技术支持：某某软件</div></div></body></html>"""
    return Saved(
        source.encode(),
        (
            "走进临河",
            "发布日期：2019-01-15",
            "QQ空间",
            "打印本页",
            "县发改局",
            "版权所有：临河县人民政府",
            "友情链接",
        ),
    )


def bootstrap() -> Saved:
    """A responsive page: semantic elements, breadcrumb, related articles and comments."""
    marked = "\n".join(
        f"<h2>{p}</h2>" if p[1] == "、" else f"<h3>{p}</h3>" if p[0] == "（" else f"<p>{p}</p>"
        for p in PARAGRAPHS
    )
    related = _list(
        ("临河县商务局2017年工作总结和2018年工作计划", "临河县教育局2018年工作总结", "2018年全县经济运行情况")
    )
    source = f"""<!DOCTYPE html><html lang="zh-CN"><head><meta charset="UTF-8"><title>{TITLE} - 临河县政务网</title></head>
<body class="post-template"><nav class="navbar"><div class="container"><ul>{_list(_MENU)}</ul></div></nav>
<ol class="breadcrumb">{_list(("首页", "总结"))}<li class="active">正文</li></ol>
<main class="container"><div class="row"><div class="col-md-9"><article class="post"><header class="entry-header">
<h1 class="entry-title">{TITLE}</h1><div class="entry-meta"><time datetime="2019-01-15T15:22:00+08:00">2019-01-15 15:22</time>
<span>来源：县商务局</span> <span>阅读：312次</span></div></header><div class="entry-content">{marked}</div></article>
<section class="related"><h3>相关文章</h3><ul>{related}</ul></section>
<div id="comments"><h3>发表评论</h3><form><textarea>写下您的看法</textarea><button>提交</button></form></div></div>
<aside class="col-md-3"><h4>热门排行</h4><ul>{related}</ul></aside></div></main>
<footer>© 2019 临河县人民政府办公室 <a href="/map">网站地图</a></footer></body></html>"""
    return Saved(
        source.encode(), ("走进临河", "阅读：312次", "相关文章", "热门排行", "网站地图", "写下您的看法")
    )


def empire() -> Saved:
    """Small portals: the article between advertisements, related links with dates, a disclaimer."""
    links = "".join(
        f'<li><a href="/a/{n}.html">{w}工作总结</a><span>01-1{n}</span></li>' for n, w in enumerate(_MENU)
    )
    text = _paragraphs("<p>　　", "</p>")
    source = f"""<html><head><meta http-equiv="content-type" content="text/html; charset=gbk"><title>{TITLE}-总结频道</title></head>
<body><div id="topnav">{_list(_MENU, "{} ")}</div><div class="place">当前位置：{_list(("主页", "总结"), "{} > ")}</div>
<div class="left"><div class="viewbox"><div class="tit"><h1>{TITLE}</h1></div>
<div class="info"><small>时间：</small>2019-01-15 15:22<small>来源：</small>县商务局<small> 作者：</small>佚名<small> 点击：</small>312次</div>
<div class="ad_top">赞助商广告</div><div class="content" id="endText">{text}<p>（责任编辑：小王）</p></div>
<div class="dede_pages"><ul class="pagelist">{_list(("1", "2", "下一页"))}</ul></div>
<div class="context"><ul><li>上一篇：<a href="/1.html">县教育局2018年工作总结</a></li><li>下一篇：<a href="/2.html">县水利局2018年工作总结</a></li></ul></div>
<div class="tuijian"><h3>推荐阅读</h3><ul>{links}</ul></div></div></div>
<div class="right"><h3>最新文章</h3><ul>{links}</ul></div>
<div class="footer"><p>声明：本站部分内容来自网络。</p></div></body></html>"""
    return Saved(
        source.encode("gbk"),
        ("点击：312次", "赞助商广告", "责任编辑：小王", "上一篇：县教育局", "推荐阅读", "最新文章"),
    )


def vsb() -> Saved:
    """VisualSite Builder: a form round the article, attachments with how often they were fetched."""
    files = "".join(
        f'<LI>附件【<A href="/system/_content/download.jsp?wbfileid={n}">{name}</A>】已下载<SPAN>3</SPAN>次</LI>'
        for n, name in enumerate(ATTACHED)
    )
    source = f"""<!DOCTYPE html><HTML><HEAD><META charset=UTF-8><TITLE>{TITLE}-临河县商务局</TITLE>
<META Name="keywords" Content="临河县商务局,工作总结" /></HEAD><BODY><DIV class="head-nav">{_list(_MENU)}</DIV>
<DIV class="winstyle">当前位置: {_list(("网站首页", "工作动态"), "{} >> ")} 正文</DIV>
<DIV class="content"><form name="_newscontent_fromname"><script language="javascript">_getclick(1)</script>
<h3 align="center">{TITLE}</h3><p align="center">作者：县商务局　 时间：2019-01-15　 点击：<span id="n">[]</span></p>
<div id="vsb_content_2"><div class="v_news_content">{_paragraphs('<p style="text-align: justify;"><span>', "</span></p>")}</div></div>
<div><UL style="list-style-type:none;">{files}</UL></div>
<p align="right">上一条：<a href="1.htm">县商务局开展节前安全检查</a> 下一条：<a href="2.htm">县商务局召开年度工作会议</a></p>
<p align="center">【<a href="javascript:window.close()">关闭</a>】</p></form></DIV>
<DIV class="foot"><P>地址：临河县新华路1号　邮编：075000</P></DIV></BODY></HTML>"""
    return Saved(
        source.encode(),
        ("走进临河", "时间：2019-01-15", "上一条：", "【关闭】", "地址：临河县新华路1号"),
        (TITLE, *PARAGRAPHS, *(f"附件【{name}】已下载3次" for name in ATTACHED)),
    )


def aspnet() -> Saved:
    """ASP.NET: the whole page a form with its state, the article pasted from Word."""
    text = _paragraphs(
        '<p class=MsoNormal style="text-indent:32.0pt;mso-char-indent-count:2.0"><span style="font-family:仿宋">',
        "<span lang=EN-US><o:p></o:p></span></span></p>",
    )
    source = f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN">
<!-- saved from url=(0042)http://www.linhe.example/View.aspx?id=1234 -->
<html><head id="Head1"><meta http-equiv="Content-Type" content="text/html; charset=utf-8" /><title>临河县政府信息公开目录</title></head>
<body><form method="post" action="./View.aspx?id=1234" id="form1"><div class="aspNetHidden">
<input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="{"/wEPDwUKLTk0" * 200}" /></div>
<div id="Header1_top"><a href="/">设为首页</a> <a href="/">加入收藏</a></div><table class="menuT"><tr>{_list(_MENU, "<td>{}</td>")}</tr></table>
<span id="lblTitle" class="title">{TITLE}</span>
<div class="laiyuan"><span id="lblDate">发布日期：2019/1/15 15:22:08</span>&nbsp;&nbsp;<span id="lblFrom">信息来源：县商务局</span>&nbsp;&nbsp;
访问量：<span id="lblHit">312</span></div><div id="lblContent"><div class="Section1" style="layout-grid:15.6pt">{text}</div></div>
<div class="links"><select><option>省直部门网站</option><option>市直部门网站</option></select></div>
<div id="Footer1_bottom">您是第123456位访问者</div></form></body></html>"""
    return Saved(
        source.encode("utf-8-sig"),
        ("设为首页", "走进临河", "访问量：312", "市直部门网站", "您是第123456位访问者"),
    )


def portal() -> Saved:
    """A big portal: the date without a word before it, a copy for telephones, correction and editor."""
    source = f"""<!DOCTYPE html><html><head><meta charset="utf-8"/><title>{TITLE}_要闻_临河政府网</title></head><body>
<div class="pchide header_mobile"><ul>{_list(_MENU)}</ul></div><div class="w1100 header"><div class="logo"></div><ul>{_list(_MENU)}</ul></div>
<div class="article oneColumn pub_border"><h1>{TITLE}</h1>
<div class="pages-date">2019-01-15 15:22<span class="font index_switchsize">来源： 县商务局</span>
<span class="font">字号：<a>默认</a> <a>大</a> <a>超大</a></span><span class="pages_print">|</span><a class="pages_print">打印</a></div>
<div class="pages_content">{_paragraphs("<p>&ensp;&ensp;", "</p>")}
<div class="editor"><a href="/tousu">【我要纠错】</a><span>责任编辑：张三</span></div></div></div>
<div class="related"><div class="related-title">相关稿件</div><ul>{_list(("图解：2018年全县商务工作", "县商务局召开工作会议"))}</ul></div>
<div class="fixed-right"><a href="#">回到顶部</a></div><div class="footer">主办单位：临河县人民政府办公室</div></body></html>"""
    return Saved(
        source.encode(),
        ("走进临河", "字号：默认 大 超大", "责任编辑：张三", "相关稿件", "主办单位：临河县人民政府办公室"),
    )


def application() -> Saved:
    """A page that a program drew: divisions in divisions, headings that are only bold, data attributes."""
    soup = "\n".join(
        f"<div data-v-7ba5bd90><div data-v-7ba5bd90><span data-v-7ba5bd90>{'<strong>' + p + '</strong>' if len(p) < 15 else p}</span></div></div>"
        for p in PARAGRAPHS
    )
    source = f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>信息详情</title><script>window.__DATA__={{"a":"<div>"}}</script></head>
<body><noscript>请启用JavaScript</noscript><div id="app"><div data-v-1 class="layout"><div data-v-1 class="gov-head"><div>临河县人民政府</div>
<div class="gov-menu">{_list(_MENU, "<div>{}</div>")}</div></div><div class="crumbs">首页 / 政务公开 / 详情</div>
<div class="detail-wrap"><div class="detail-title">{TITLE}</div><div class="detail-info"><div>发布时间：2019年01月15日</div><div>来源：县商务局</div><div>浏览量：312</div></div>
<div class="detail-body">{soup}</div><div class="detail-bottom"><div>打印</div><div>关闭</div></div></div>
<div class="gov-foot"><div>政府网站标识码：1307290001</div><div>冀公网安备 13072902000001号</div><div>网站支持IPv6</div></div></div></div></body></html>"""
    return Saved(
        source.encode(),
        (
            "请启用JavaScript",
            "走进临河",
            "发布时间：2019年01月15日",
            "浏览量：312",
            "关闭",
            "网站支持IPv6",
            "首页 / 政务公开",
        ),
    )


PAGES = {
    made.__name__: made
    for made in (trs, ucap, tables, jcms, bootstrap, empire, vsb, aspnet, portal, application)
}
