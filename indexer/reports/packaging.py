"""What web pages, viewers and file-sharing sites put round a report: rules as data, each with its example.

A rule takes out a whole line, or a piece of one wherever it stands. A passage that might be content stays: a
rule names words that no report has.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from indexer.model import Block, Removed


@dataclass(frozen=True, slots=True)
class Rule:
    """``pattern`` is matched against a whole line (``LINES``) or searched in it (``PIECES``).

    ``hints``: a line without any of these words (in lower case) cannot match; looking for them is a hundred
    times faster than the pattern. Without hints only short lines are tried.
    """

    reason: str
    pattern: re.Pattern[str]
    example: str
    hints: tuple[str, ...] = ()

    def may_match(self, lowered: str) -> bool:
        """Whether it is worth trying the pattern on a line, given in lower case."""
        for hint in self.hints:  # a loop: this is where most of the time would go
            if hint in lowered:
                return True
        return not self.hints and len(lowered) <= 40


def _rule(reason: str, pattern: str, example: str, hints: str = "") -> Rule:
    return Rule(reason, re.compile(pattern, re.IGNORECASE), example, tuple(hints.split()))


NAVIGATION = "网站导航 (site navigation)"
NOTICE = "网站声明 (site notice)"
BUTTON = "页面按钮 (page buttons)"
UPLOAD = "上传信息 (upload notice)"
PAGES = "页码 (page numbers)"
MARGIN = "页眉页脚 (header or footer)"
MARKUP = "残留标记 (left-over markup)"
SOURCE = "来源与日期 (source and date of the page)"
INTRODUCTION = "编者引言 (introduction by the site's editor)"

_D = r"(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?(?:\s{0,9}\d{1,2}:\d\d(?::\d\d)?)?"

#: Whole lines, white space at the ends aside.
# fmt: off
LINES = (
    _rule(MARKUP, r"(?:<!--|-->|<!--.{0,400}-->|</?[a-z][a-z0-9]*(?:\s[^<>]{0,200})?/?>)+", "<!--", "< -->"),
    _rule(NAVIGATION, r"(?:您(?:现在)?的?位置|当前(?:的)?位置|所在位置|您当前的位置)(?:是)?\s{0,9}[:：](?=.{0,60}(?:首页|>|＞|»|›|主页)).{0,100}", "当前位置:首页 > 管理文书 > 工作总结", "位置"),
    _rule(NAVIGATION, r"首页\s{0,9}(?:>|＞|»|›|→|-&gt;).{0,100}", "首页 > 范文", "首页"),
    _rule(NAVIGATION, r"(?:上|下)一(?:篇|页|条)(?:\s{0,9}[:：].{0,120}|\s{0,9}没有了.{0,10})?", "上一篇:关于英文的道歉信下一篇:关于扫黑除恶征文", "上一 下一"),
    _rule(NAVIGATION, r"(?:返回)?(?:首页|顶部|列表|目录|上一页|下一页)(?:\s{0,9}(?:返回)?(?:首页|顶部|列表|目录|上一页|下一页))*", "返回顶部", "首页 顶部 列表 目录 上一页 下一页"),
    _rule(NAVIGATION, r"(?:相关|热门|推荐|最新|猜你喜欢|更多)(?:的)?(?:资源|搜索|文章|阅读|推荐|文档|资料|内容|范文|标签)?\s{0,9}[:：]?", "相关资源"),
    _rule(BUTTON, r"[【\[（(]?\s{0,9}字(?:体|号)\s{0,9}[:：]?\s{0,9}[大中小\s|]+[】\]）)]?(?:\s{0,9}[【\[]?(?:打印|关闭|收藏|分享)(?:本页|窗口)?[】\]]?)*", "【字体：大 中 小】", "字体 字号"),
    _rule(BUTTON, r"[【\[（(]?\s{0,9}(?:E-?mail推荐|我要打印|打印(?:本页)?|关闭(?:窗口|本页)?|收藏(?:本页)?|分享(?:(?:到|至).{0,12})?|纠错|复制(?:链接|本文)?|扫一扫.{0,12}(?:关注|二维码|手机|微信|阅读).{0,8})\s{0,9}[】\]）)]?", "【E-mail推荐"),
    _rule(NAVIGATION, r"(?:设为首页|加入收藏|网站地图|联系我们|关于我们|无障碍(?:阅读|浏览)?|登录|注册|繁体版?|手机版)(?:[\s|｜·]{0,9}(?:设为首页|加入收藏|网站地图|联系我们|关于我们|无障碍(?:阅读|浏览)?|登录|注册|繁体版?|手机版))*", "设为首页 | 加入收藏", "设为首页 加入收藏 网站地图 联系我们 关于我们 无障碍 登录 注册 手机版 繁体"),
    _rule(NAVIGATION, r"(?:首页\s{1,9}).{0,80}(?:公开|动态|服务|互动|概况).{0,40}", "首页 政务公开 办事服务 互动交流", "首页"),
    _rule(NAVIGATION, r"(?:\[\d{1,2}\]\s{0,9}){1,20}(?:上|下)?一?页?", "[1] [2] 下一页", "["),
    _rule(NAVIGATION, r"(?:推荐|延伸|扩展|相关|热门)(?:阅读|链接|标签|专题|新闻)\s{0,9}[:：]?", "推荐阅读", "阅读 链接 标签 专题 新闻"),
    _rule(BUTTON, r"(?:[【\[](?:打印(?:本页)?|关闭(?:窗口|本页)?|收藏(?:本页)?|返回|分享|字号[^】\]]{0,8})[】\]]\s{0,9}){1,6}", "【打印本页】【关闭窗口】", "打印 关闭 收藏 返回 分享 字号"),
    _rule(BUTTON, r"广告", "广告", "广告"),
    _rule(NOTICE, r"(?:主办|承办|协办|技术支持)(?:单位)?\s{0,9}[:：].{0,60}(?:网站标识码|备案|联系电话|维护|承办).{0,80}", "主办：某县人民政府 网站标识码：3700000001", "主办 承办 协办 技术支持"),
    _rule(SOURCE, rf"(?:时间|日期)\s?[:：]\s?{_D}.{{0,80}}", "时间：2017-07-06 作者：佚名 来源：本站", "时间 日期"),
    _rule(BUTTON, r"返回\s{0,9}下载\s{0,9}相关\s{0,9}举报", "返回 下载 相关 举报"),
    _rule(BUTTON, r"(?:点击|立即|免费|全文|文档)?下载(?:本文|文档|全文|此文档|地址|链接|附件|Word|PDF)?(?:\s?[（(].{0,20}[)）])?", "点击下载文档", "下载"),
    _rule(BUTTON, r"(?:点击)?(?:展开|阅读)(?:阅读)?(?:全文|更多|全部).{0,10}", "展开阅读全文", "展开 阅读"),
    _rule(BUTTON, r"资源描述\s{0,9}[:：]?", "资源描述"),
    _rule(UPLOAD, r"上传(?:人|者|用户)\s{0,9}[:：].{0,200}", "上传人:xiao****017 文档编号:12346579 上传时间:2020-05-09 格式:DOC 页数:3 大小:13KB", "上传"),
    _rule(UPLOAD, r"(?:文档|资源)(?:编号|ID|格式)\s{0,9}[:：].{0,200}", "文档编号:12346579", "文档 资源"),
    _rule(UPLOAD, r"亲\s{0,9}[,，](?=.{0,80}(?:文档|下载|预览|收藏|喜欢|点击|关注|分享)).{0,120}", "亲,该文档总共3页,全部预览完了,如果喜欢就下载吧!", "亲, 亲，"),
    _rule(PAGES, r"(?=.{0,20}[页共第])第?\s{0,9}\d{1,4}\s{0,9}页?\s{0,9}[/／|]\s{0,9}共?\s{0,9}\d{1,4}\s{0,9}页?", "第1页 / 共3页"),
    _rule(PAGES, r"第\s{0,9}\d{1,4}\s{0,9}页\s{0,9}(?:[,，]?\s{0,9}共\s{0,9}\d{1,4}\s{0,9}页)?", "第 3 页 共 3 页"),
    _rule(PAGES, r"[-—–－]{1,2}\s{0,9}\d{1,4}\s{0,9}[-—–－]{1,2}", "— 12 —"),
    _rule(PAGES, r"Page\s{0,9}\d{1,4}(?:\s{0,9}(?:of|/)\s{0,9}\d{1,4})?", "Page 3 of 12"),
    _rule(NOTICE, r".{0,60}(?:copyright|©|版权所有(?!权)|all rights reserved).{0,200}", "copyright@ 2023-2025 版权所有", "copyright © 版权所有 all"),
    _rule(NOTICE, r".{0,60}(?:备案号\s?[:：]|ICP备?\s{0,9}\d{5,}|公网安备\s?\d).{0,120}", "备案号:ICP2024067431-1 川公网安备51140202000466号", "备案号 icp 网安备"),
    _rule(NOTICE, r".{0,20}(?:本文(?:来自|来源于?|由.{0,20}(?:整理|提供|发布))|转载(?:请|须|时|或).{0,6}(?:注明|保留)|转载自|文章来源\s{0,9}[:：]).{0,160}", "本文来自 99学术网(www.99xueshu.com),转载请保留网址和出处", "本文 转载 文章来源"),
    _rule(NOTICE, r"(?:本站|本网站|本网|免责声明|版权声明|声明)(?=.{0,200}(?:用户|上传|网友|网站|版权|下载|转载|会员|链接|注册|侵权|文档交易|信息存储))(?:为|所有|仅|内容|不|提供|致力|部分|的|\s{0,9}[:：]).{0,600}", "本站为文档C2C交易模式,即用户上传的文档直接被用户下载", "本站 本网 声明"),
    _rule(NOTICE, r"(?=.{0,400}(?:联系|删除|告知|通知|邮箱)).{0,120}(?:如(?:果)?(?:有)?(?:侵犯|侵权|侵害)|若.{0,30}侵犯了?您的).{0,300}", "如有侵权请联系我们删除", "侵犯 侵权 侵害"),
    _rule(SOURCE, r"[（(【\[]?\s{0,9}(?:责任编辑|责\s?编|编\s?辑|校\s?对|供\s?稿|摄\s?影|作\s?者)\s{0,9}[:：]\s{0,3}[\u4e00-\u9fff·]{2,4}(?:[、\s][\u4e00-\u9fff·]{2,4}){0,3}\s{0,9}[）)】\]]?", "（责任编辑： 郭桢", "责 编 校 供 摄 作"),
    _rule(SOURCE, r"[（(【\[]?\s{0,9}(?:来\s?源|信息来源|稿件来源|文章来源|发布机构)\s{0,9}[:：]\s?[^。，；\d]{0,30}(?:报|网|网站|社|台|站|室|局|厅|委|办|部|中心|发布|客户端|政府|公众号|编辑部|会|院)[）)】\]]?", "来源：解放日报", "源 发布机构"),
    _rule(SOURCE, rf"(?:发布|发表|更新|上传)(?:时间|日期|于)?\s{{0,9}}[:：]?\s{{0,9}}{_D}(?!的)[^。，；]{{0,60}}", "发布时间：2020-05-09 10:20 浏览次数：32", "发布 发表 更新 上传"),
    _rule(SOURCE, rf"[^。；，]{{0,60}}(?:www\.|https?://|来源\s{{0,9}}[:：])[^。；，]{{0,40}}{_D}[^。；，]{{0,60}}", "中央政府门户网站　www.gov.cn　　 2006年02月16日　　 来源：新华社", "www. http 来源"),
    _rule(SOURCE, rf"{_D}[^。；，]{{0,30}}(?:来源|作者|浏览|点击|阅读|字号|编辑)[^。；，]{{0,60}}", "2019-03-01 来源：本站 浏览：120", "来源 作者 浏览 点击 阅读 字号 编辑"),
    _rule(SOURCE, r"(?:浏览|点击|阅读|访问)(?:次数|量|数)?\s{0,9}[:：]\s{0,9}\d{1,9}[^。，；]{0,20}", "浏览次数：320", "浏览 点击 阅读 访问"),
    _rule(SOURCE, r"(?:19|20)\d\d-\d{1,2}-\d{1,2}(?:\s{1,9}\d{1,2}:\d\d(?::\d\d)?)?", "2022-07-14"),
)
# fmt: on

#: Pieces of a line, wherever they stand.
PIECES = (
    _rule(MARKUP, r"(?:<U\+[0-9A-F]{4,6}>\s?)+", "<U+00A0>", "<u+"),
    _rule(MARKUP, r"&(?:nbsp|ensp|emsp|#160|#12288);", "&nbsp;", "&"),
    _rule(
        MARKUP,
        r"<!--|^\s{0,9}-->|-->\s{0,9}$|<(?:br|/?p|/?div|/?span|/?font|/?strong)(?:\s[^<>]{0,200})?/?>",
        "<br/>",
        "< >",
    ),
    _rule(
        PAGES,
        r"第\s{0,9}\d{1,4}\s{0,9}页\s{0,9}[,，/／]?\s{0,9}共\s{0,9}\d{1,4}\s{0,9}页",
        "…不断下第 3 页 共 3 页",
        "页",
    ),
)

#: An introduction by a site's editor: before the report begins, with words that only such texts have.
INTRO = _rule(
    INTRODUCTION,
    r"(?=.{0,600}(?:小编|范文))(?!.{0,200}(?:我们|我代表|现将|汇报如下|各位领导))"
    r"(?=.{0,600}(?:整理|收集|分享|参考|阅读|欢迎|借鉴|帮助)).{10,600}",
    "下面是小编整理的个人今后的总结范文，欢迎阅读分享，希望对大家有所帮助。",
    "小编 范文",
)

#: Words that a notice has which is a whole sentence; other packaging is none.
_NOTICE_HINT = re.compile(
    r"亲[,，]|本文|转载|本站|本网|声明|侵[犯权害]|版权|copyright|©|all rights", re.IGNORECASE
)
_SENTENCE_ENDS = ("。", "；", ";")
_HAN_RUN = re.compile("[\u4e00-\u9fff]")
_DIGIT = re.compile(r"\d")
_PIECE_HINT = re.compile("[<>&页]")
_PAGE_HEAD = 10  # lines within which a page says its date
_BARE_DATE = re.compile(r"(?:19|20)\d\d-\d{1,2}-\d{1,2}")
_MARKDOWN_HEADING = re.compile(r"\s{0,3}(#{1,6})[ \t\u3000]{1,9}(\S.{0,120})")
_CLOSERS = re.compile(r"[】\]）)》]+")
_OPEN_BRACKET = re.compile(r"[【\[（(《][^】\]）)》]*$")
_COMMENT_MOST = 60  # lines that a comment may span


def take_off(lines: list[Block]) -> tuple[list[Block], list[Removed]]:
    """Return the lines that may be content, and what was taken off with its reason."""
    kept: list[Block] = []
    removed: list[Removed] = []
    open_reason = ""  # of a line just removed whose bracket is still open
    comment_until = -1
    lines = _with_heading_marks(lines)
    margins = _running_lines(lines)
    for i, line in enumerate(lines):
        text = line.text.strip()
        if i <= comment_until:
            removed.append(Removed(line.whole, MARKUP))
            continue
        if text.startswith("<!--") and "-->" not in text:
            comment_until = _comment_end(lines, i)
            if comment_until > i:
                removed.append(Removed(line.whole, MARKUP))
                continue
        reason = MARGIN if text in margins else _line_reason(text, open_reason)
        if reason == SOURCE and i >= _PAGE_HEAD and _BARE_DATE.fullmatch(text):
            reason = None  # under a report a date is its own
        if reason and not line.style:
            removed.append(Removed(text, reason))
            open_reason = reason if _OPEN_BRACKET.search(text) else ""
            continue
        open_reason = ""
        rest, pieces = _without_pieces(line.text)
        removed += pieces
        reason = _line_reason(rest.strip(), "") if pieces else None
        if reason:
            removed.append(Removed(rest.strip(), reason))
        elif rest.strip():
            kept.append(replace(line, text=rest) if pieces else line)
        elif line.mark:
            removed.append(Removed(line.mark, MARKUP))
    return _without_introduction(kept, removed), removed


def _running_lines(lines: list[Block]) -> frozenset[str]:
    """Headers and footers of pages: the same short line beside page numbers, twice or more."""
    texts = [line.text.strip() for line in lines]
    paged = [
        i
        for i, text in enumerate(texts)
        if len(text) <= 24 and _DIGIT.search(text) and _line_reason(text, "") == PAGES
    ]
    if len(paged) < 2:
        return frozenset()
    beside = Counter(
        t
        for i in paged
        for t in {texts[k] for k in (i - 1, i + 1) if 0 <= k < len(texts)}
        if 2 <= len(t) <= 40 and not t.endswith(_SENTENCE_ENDS) and _line_reason(t, "") is None
    )
    return frozenset(t for t, count in beside.items() if count >= 2 and texts.count(t) == count)


def _with_heading_marks(lines: list[Block]) -> list[Block]:
    """Take Markdown's heading signs for what they are in a plain text that has several."""
    found = {i: m for i, x in enumerate(lines) if not x.style and (m := _MARKDOWN_HEADING.fullmatch(x.text))}
    if len(found) < 2:
        return lines
    return [
        replace(x, text=found[i][2], style=f"heading {len(found[i][1])}", mark=found[i][1])
        if i in found
        else x
        for i, x in enumerate(lines)
    ]


def _line_reason(text: str, open_reason: str) -> str | None:
    if open_reason and _CLOSERS.fullmatch(text):
        return open_reason
    if len(text) > 700 or (text.endswith(_SENTENCE_ENDS) and not _NOTICE_HINT.search(text)):
        return None
    lowered = text.lower()
    return next((r.reason for r in LINES if r.may_match(lowered) and r.pattern.fullmatch(text)), None)


def _comment_end(lines: list[Block], start: int) -> int:
    """The line that ends the comment begun in ``start``; ``start`` itself if none does soon."""
    for i in range(start + 1, min(start + _COMMENT_MOST, len(lines))):
        if len(_HAN_RUN.findall(lines[i].text)) > 12:
            break  # prose: the sign is a stray one
        if "-->" in lines[i].text:
            return i if lines[i].text.strip().endswith("-->") else i - 1
        if "<!--" in lines[i].text:
            break
    return start


def _without_pieces(text: str) -> tuple[str, list[Removed]]:
    removed: list[Removed] = []
    if not _PIECE_HINT.search(text):
        return text, removed
    for rule in PIECES:
        if rule.may_match(text.lower()) and rule.pattern.search(text):
            found = rule.pattern.findall(text)
            removed.append(Removed(" ".join(f.strip() for f in found), rule.reason))
            text = rule.pattern.sub(" " if rule.reason == MARKUP else "", text)
    return text, removed


def _without_introduction(lines: list[Block], removed: list[Removed]) -> list[Block]:
    """Take out an editor's introduction: one of the first lines, by its words."""
    kept = []
    for i, line in enumerate(lines):
        text = line.text.strip()
        if i < 6 and not line.style and INTRO.may_match(text) and INTRO.pattern.fullmatch(text):
            removed.append(Removed(text, INTRO.reason))
        else:
            kept.append(line)
    return kept
