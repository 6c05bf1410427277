"""Pieces of which Hypothesis builds files like real ones, and the ways in which files are spoilt."""

# ruff: noqa: E501 -- an example stays on one line, as a row of a table

from __future__ import annotations

import unicodedata
from collections import Counter

from hypothesis import strategies as st

TITLES = (
    "澄川经济开发区2023年工作总结",
    "云台镇2021年工作总结及2022年工作计划",
    "关于园区安全生产工作的汇报",
    "# 长岭乡2022年工作总结",
    "2019年工作总结",
    "工作总结（一）",
    "澄川经济开发区2023年工作总结澄川经济开发区2023年工作总结",
    "澄川经济开发区2023年工作总结 第2页",
)
CHAPTERS = (
    "第一篇：工业园区工作总结",
    "第二篇：工业园区工作计划",
    "第2篇",
    "篇1",
    "篇二：园区年度总结",
    "【篇三】",
    "（第四篇）",
    "范文一：乡镇工作总结",
    "范文2：",
    "园区工作总结 篇1",
    "园区工作总结 篇2",
    "园区工作总结（一）",
    "园区工作总结（二）",
    "## 第五篇 街道工作汇报",
)
HEADINGS = (
    "第一章 总则",
    "第一条 为了加强管理，制定本办法。",
    "第二条【范围】本办法适用于全县。",
    "第一部分 2022年工作回顾",
    "第二部分 2023年工作打算",
    "一、主要工作完成情况",
    "一、主要工作完成情况：",
    "二、存在问题：",
    "三、2024年工作打算",
    "（一）招商引资再创佳绩。全年签约项目12个，到位资金9.6亿元。",
    "（二）“放管服”改革走深走实。推行一窗受理。",
    "(一)夯实基层基础",
    "1、经济运行：全镇实现工业产值12.5亿元。",
    "1、强化组织领导",
    "2．突出重点。紧盯危化品领域开展整治。",
    "１．工业经济",
    "（1）明确责任人。公布名单214人。",
    "1）马尾松1200亩；",
    "①强化巡护力量。增设护林员16名。",
    "## 二、下一步打算",
    "### （一）产业发展",
    "2023年工作回顾",
    "存在的主要问题",
    "附件1 一览表",
)
PROSE = (
    "今年以来，开发区在县委、县政府的正确领导下，攻坚克难，各项工作稳步推进。",
    "20xx年，在上级党委的坚强领导下，我镇紧紧围绕中心工作，取得了一定成绩。",
    "一是坚持规划引领。二是坚持群众参与。三是坚持建管并重。",
    "全年完成固定资产投资96亿元，新增规上企业14家，财政收入增长11%，各项指标再创历史新高。",
    "一、二季度分别完成投资8.1亿元和11.6亿元，",
    "按照第三条规定的程序，我局对全部企业进行了备案登记",
    "同比增长9.1%；完成税收4.3亿元",
    "各位领导、同志们：",
    "特此报告。",
    "临港园区管理委员会",
    "2020年10月28日",
    "二〇一七年十二月二十日",
    "美 工 区",
    "锐 意 进 取 ， 开 拓 创 新",
    "心往一处想，",
    "劲往一处使，",
    "　　加快推进重大项目建设，着力完善基础设施配套，不断提升园区承载能力，确保全年目标",
    "　　任务圆满完成。",
    "|项目|投资|",
    "金达机械\t12600\t9%",
)
PACKAGING = (
    "<!--",
    "-->",
    "<!-- 广告 -->",
    "<U+00A0>",
    "园区<U+00A0>工作&nbsp;情况<br/>良好",
    "<p>段落</p>",
    "当前位置:首页 > 工作总结",
    "上一篇:某某下一篇:某某",
    "【字体：大 中 小】",
    "返回 下载 相关 举报",
    "上传人:ab****1 上传时间:2020-05-09 格式:DOC",
    "亲,该文档总共3页,如果喜欢就下载吧!",
    "第 3 页 共 3 页",
    "着力推动经济不断下第 3 页 共 3 页",
    "— 12 —",
    "copyright@ 2023-2025 版权所有",
    "如有侵权请联系我们删除",
    "（责任编辑： 张三",
    "】",
    "来源：某某日报",
    "2022-07-14",
    "下面是小编整理的工作总结范文，欢迎阅读分享，希望对大家有所帮助。",
    "1、" + "园区在上级领导下不断推进各项工作取得进展，" * 8 + "并且继续",
    "2、" + "加强企业服务，落实惠企政策，推动项目建设，" * 8 + "不断",
    "3、" + "做好安全生产和环境保护工作，提升管理水平，" * 8 + "完成。",
)
#: Characters that files have and nobody expects: separators, invisible ones, private use, beyond the BMP.
ODD = "\u3000\u00a0\u200b\ufeff\u00ad\u2028\x0b\x0c\t�\ue000𠀀①〇×＊－—…「」《》〔〕％%‰.．,，。；：！？、()（）[]【】<>&;#|*_xX0１第篇章条年月日一十"

line = st.one_of(
    *(st.sampled_from(pieces) for pieces in (TITLES, CHAPTERS, HEADINGS, HEADINGS, PROSE, PROSE, PACKAGING)),
    st.text(alphabet=ODD, max_size=12),
    st.text(max_size=20),
)


@st.composite
def built(draw: st.DrawFn) -> list[str]:
    """The lines of a file as somebody might have written it."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        lines += [draw(st.sampled_from((*TITLES, *CHAPTERS))), draw(st.sampled_from(PROSE))]
        for _ in range(draw(st.integers(0, 4))):
            lines.append(draw(st.sampled_from(HEADINGS)))
            lines += draw(st.lists(st.sampled_from(PROSE), max_size=3))
            lines += draw(st.lists(st.sampled_from(PACKAGING), max_size=1))
    return lines


@st.composite
def spoilt(draw: st.DrawFn) -> list[str]:
    """A file after things have happened to it."""
    lines: list[str] = draw(st.one_of(built(), st.lists(line, max_size=24)))
    for _ in range(draw(st.integers(0, 4))):
        if not lines:
            break
        at = draw(st.integers(0, len(lines) - 1))
        length = draw(st.integers(1, 6))
        happening = draw(st.integers(0, 6))
        if happening == 0:  # lost
            del lines[at : at + length]
        elif happening == 1:  # saved twice
            lines[at:at] = lines[at : at + length]
        elif happening == 2:  # the whole once more
            lines = lines + lines
        elif happening == 3:  # out of order
            lines = list(draw(st.permutations(lines)))
        elif happening == 4:  # cut in two
            cut = draw(st.integers(0, len(lines[at])))
            lines[at : at + 1] = [lines[at][:cut], lines[at][cut:]]
        elif happening == 5:  # joined
            lines[at : at + 2] = ["".join(lines[at : at + 2])]
        else:  # something got in
            inserted = draw(st.text(alphabet=ODD, min_size=1, max_size=3))
            place = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:place] + inserted + lines[at][place:]
    return lines


def characters(text: str) -> Counter[str]:
    """The characters that must not vanish: all but white space and category C (control, format, private)."""
    return Counter(c for c in text if not c.isspace() and unicodedata.category(c)[0] != "C")
