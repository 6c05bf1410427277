"""What a page says about its article in lines of its own: when and by whom published, how often read.

Such a line is made of fields, ``发布时间：2019-01-15 来源：县商务局 浏览次数：32``, or of buttons,
``【打印】【关闭】``, and of nothing else. It stands before the first sentence of the article or after the
last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

INFORMATION = "网页信息栏 (about the article)"

_DATE = r"(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?"
#: Labels that an article has of its own, too: they need another beside them.
_WEAK = frozenset(("时间", "日期", "作者", "编辑", "标题", "名称", "文号", "关键词", "附件"))
_LABELS = (
    "(?:发布|发表|发文|成文|更新|添加|生成|公开|上传|录入|刊发)?(?:时间|日期)",
    "(?:信息|稿件|文章|新闻|内容)?来源",
    "(?:文章|信息|稿件)?作者",
    "(?:责任|网站|文字|稿件)?编辑|责编|(?:文章|信息)?(?:录入|审核|审稿|校对|发布人|发布者)|供稿(?:单位)?",
    "(?:浏览|点击|阅读|访问)(?:次数|人次|量|数|率)?|人气",
    "字体(?:大小)?|字号|视力保护色?|分享(?:到|至)?|打印|保护视力色?",
    "[上下]一[篇条页则]|上篇|下篇",
    "(?:您?(?:的|现在的|所在的|当前)?|当前|现在|所在)位置",
    "(?:信息)?索引号|信息索引|(?:主题|信息|体裁|组配|公文)分类|公文种类|发[文布](?:机关|机构|单位)|公开(?:主体|机构|方式|范围|时限|形式|类别)"
    "|发文字号|文号|有效性|效力状态|主题词|关键词|(?:信息)?名称|(?:信息|文件)?标题|服务对象",
)
_LABEL = re.compile(rf"({'|'.join(_LABELS)})\s?[:：]")
_BEFORE = re.compile(
    rf"(?:【[^】]{{1,10}}】)?[\s【\[（(|｜·]*(?:(?P<date>{_DATE})\s*(?P<clock>{_CLOCK})?[\s|｜]*)?"
)
#: Labels are written with spaces between their characters, to be of one length.
_SPREAD = re.compile(r"(?<=[\u4e00-\u9fff])[ \t\xa0\u3000]+(?=(?:[\u4e00-\u9fff][ \t\xa0\u3000]*){0,3}[:：])")
_NO_FIELD = re.compile(r"[。；！？，]")
_LONGEST = 80  # characters of a field
_BUTTONS = re.compile(
    r"(?:[\s【】\[\]「」（）()|｜/·<>«»]|打印|关闭|本页|此文|此页|正文|文章|页面|窗口|发表评论|我要评论|我要纠错|纠错|告诉好友"
    r"|推荐给?好友|加入|收藏|分享|返回|回到|列表|顶部|首页|上一页|下一页|复制链接|大|中|小|默认|超大|特大|字体|举报|下载全文){1,60}"
)
_BUTTON = re.compile("打印|关闭|评论|纠错|好友|收藏|分享|返回|回到|一页|举报|复制")
_SCAN = re.compile(r"(?:手机|微信)?(?:扫一扫|扫描?(?:下方|上方)?二维码).{0,25}")


def is_information(text: str) -> bool:
    """Whether a line is made of fields about the article, or of buttons, alone."""
    if len(text) > 400:
        return False
    if (_BUTTONS.fullmatch(text) and _BUTTON.search(text)) or _SCAN.fullmatch(text.strip("。！ ")):
        return True
    line = _SPREAD.sub("", text)
    before = _BEFORE.match(line)
    start = before.end() if before else 0
    labels = list(_LABEL.finditer(line, start))
    if not labels:
        return bool(before and before["clock"]) and start == len(line)
    if labels[0].start() != start:
        return False
    ends = [label.start() for label in labels[1:]] + [len(line)]
    values = [line[label.end() : end] for label, end in zip(labels, ends, strict=True)]
    if any(len(value) > _LONGEST or _NO_FIELD.search(value.rstrip("。")) for value in values):
        return False
    dated = before is not None and before["clock"] is not None
    return dated or any(label[1] not in _WEAK for label in labels)


def information(texts: Sequence[str], sentences: Sequence[bool]) -> list[int]:
    """Which lines of an article are information about it.

    ``sentences``: which of them are sentences. None are where there is no sentence at all.
    """
    told = [i for i, sentence in enumerate(sentences) if sentence]
    if not told:
        return []
    return [i for i, text in enumerate(texts) if (i < told[0] or i > told[-1]) and is_information(text)]


def leading_date(text: str) -> str:
    """The date that a line of information begins with, as it stands there; "" if none."""
    found = _BEFORE.match(text)
    return (found["date"] or "") if found else ""
