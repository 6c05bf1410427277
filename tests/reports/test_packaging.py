"""Packaging goes with its reason; what only looks like it stays."""

from __future__ import annotations

import pytest

from indexer.model import Block, Removed
from indexer.reports.packaging import INTRO, LINES, MARKUP, PAGES, PIECES, Rule, take_off

CONTENT = Block("园区各项工作稳步推进，全年签约项目十二个，各项指标再创新高。")


@pytest.mark.parametrize("rule", LINES, ids=lambda r: r.example)
def test_the_example_of_each_rule_for_lines_goes(rule: Rule) -> None:
    kept, removed = take_off([CONTENT, Block(rule.example), CONTENT])
    assert kept == [CONTENT, CONTENT]
    assert [r.text for r in removed] == [rule.example]
    assert rule.may_match(rule.example.lower())
    assert rule.pattern.fullmatch(rule.example)


@pytest.mark.parametrize("rule", LINES, ids=lambda r: r.example)
def test_the_reason_is_the_rule_s(rule: Rule) -> None:
    """An earlier rule may know the example, too: then with the same reason."""
    _, removed = take_off([CONTENT, Block(rule.example), CONTENT])
    assert removed == [Removed(rule.example, rule.reason)]


@pytest.mark.parametrize("rule", PIECES, ids=lambda r: r.example)
def test_the_example_of_each_rule_for_pieces_goes(rule: Rule) -> None:
    match = rule.pattern.search(rule.example)
    assert match is not None
    kept, removed = take_off([Block(f"园区工作稳步推进{match.group()}各项指标再创新高")])
    assert ["".join(b.text.split()) for b in kept] == ["园区工作稳步推进各项指标再创新高"]
    assert removed == [Removed(match.group().strip(), rule.reason)]


def test_an_introduction_goes_at_the_beginning_alone() -> None:
    intro = Block(INTRO.example)
    assert take_off([intro, CONTENT]) == ([CONTENT], [Removed(intro.text, INTRO.reason)])
    many = [CONTENT] * 8
    assert take_off([*many, intro]) == ([*many, intro], [])


def test_a_comment_over_several_lines() -> None:
    lines = [CONTENT, Block("<!-- var a = 1;"), Block("show(a);"), Block("-->"), CONTENT]
    kept, removed = take_off(lines)
    assert kept == [CONTENT, CONTENT]
    assert [r.reason for r in removed] == [MARKUP] * 3


def test_a_comment_that_nothing_ends_takes_only_its_own_line() -> None:
    kept, removed = take_off([Block("<!--"), CONTENT, CONTENT])
    assert kept == [CONTENT, CONTENT]
    assert removed == [Removed("<!--", MARKUP)]


def test_a_page_number_inside_a_sentence() -> None:
    kept, removed = take_off([Block("园区坚持稳中求进，不断第 3 页 共 8 页开创新局面。")])
    assert kept == [Block("园区坚持稳中求进，不断开创新局面。")]
    assert removed == [Removed("第 3 页 共 8 页", PAGES)]


#: Lines of reports that have words of packaging in them.
STAYS = (
    "上一年度结转的12个项目全部竣工投产。",
    "上一年度工作回顾",
    "下一页工作计划由各科室自行填写。",
    "下一步工作打算",
    "下一步，我们将继续深化改革，扩大开放。",
    "下一年度工作计划",
    "首页建设和栏目更新工作有序推进，全年发布信息1200条。",
    "门户网站首页改版工作",
    "来源于群众、服务于群众是我们工作的根本。",
    "资金来源：财政拨款和企业自筹。",
    "税收来源主要集中在机械、食品两大行业。",
    "版权保护工作取得成效。",
    "版权登记数量居全市第一，查处侵权案件12起。",
    "加强知识产权保护，严厉打击侵犯商标专用权行为。",
    "下载量突破10万次，注册用户达到3.2万人。",
    "下载使用“园区通”手机软件的企业达到420家。",
    "位置优越、交通便利是园区的最大优势。",
    "园区位置：东临省道，南靠铁路，距市中心12公里。",
    "第3页所列的五个项目均已开工建设。",
    "报告第12页的数据由统计局提供。",
    "更多群众在家门口实现就业。",
    "更多企业享受到减税降费红利",
    "相关部门密切配合，形成了工作合力。",
    "推荐优秀企业家参评省级劳动模范3名。",
    "热门景区接待游客46万人次，增长21%。",
    "本站全年接待上访群众320人次，化解矛盾纠纷43件。",
    "本网格共有居民326户，配备网格员2名。",
    "本文件自印发之日起施行。",
    "声明公开政务信息86条，接受社会监督。",
    "打印机等办公设备实行统一采购，节约经费12万元。",
    "分享经济、平台经济等新业态加快发展。",
    "收藏家协会捐赠文物36件。",
    "关闭小散乱污企业23家，腾出土地460亩。",
    "阅读推广活动开展56场，参与读者1.2万人次。",
    "展开全面排查，发现隐患427处。",
    "上传下达及时准确，公文运转高效有序。",
    "上传监测数据12万条，实现在线监管全覆盖。",
    "编辑出版园区志一部，共46万字。",
    "校对书稿120万字，差错率控制在万分之一以内。",
    "作者座谈会召开3次，征集作品260件。",
    "审核项目资金1.6亿元，核减2300万元。",
    "亲商、安商、富商的氛围日益浓厚。",
    "亲，是服务企业的态度；清，是政商交往的底线。",
    "希望对企业的帮助更加精准，政策落实更加到位。",
    "备案项目46个，总投资86亿元。",
    "网络安全备案工作全面完成。",
    "字体统一、标识清晰的导视牌安装到位。",
    "目录清单实行动态管理，取消审批事项26项。",
    "转载我区经验做法的中央媒体达到12家。",
    "顶部设计与基层探索相结合，改革稳步推进。",
    "页岩气开发取得突破，日产量达到12万立方米。",
    "12家企业",
    "大力推进园区A&B两个片区建设，投资增长<10%。",
    "欢迎各位领导莅临园区检查指导工作。",
    "为大家办实事、解难题是我们的承诺。",
)


@pytest.mark.parametrize("line", STAYS)
def test_real_content_stays(line: str) -> None:
    assert take_off([CONTENT, Block(line), CONTENT]) == ([CONTENT, Block(line), CONTENT], [])


@pytest.mark.parametrize("line", STAYS)
def test_real_content_stays_as_the_first_line(line: str) -> None:
    assert take_off([Block(line), CONTENT]) == ([Block(line), CONTENT], [])


def test_the_table_is_large_enough() -> None:
    assert len(set(STAYS)) >= 40


def test_a_heading_of_the_format_stays() -> None:
    heading = Block("下一页", "heading 2", mark="##")
    assert take_off([heading, CONTENT]) == ([heading, CONTENT], [])
