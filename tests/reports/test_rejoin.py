"""What belongs together again, and what stays apart: a labelled table of pairs of lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from indexer.model import Block
from indexer.readers import text
from indexer.reports.rejoin import PAGE_MARK, rejoin

FLOOR = 0.95

#: (a line, the next one): one paragraph.
JOINED = (
    ("全年签约项目12个，合同金额36亿元，到位资金9.6亿元，增", "长14%，超额完成年度任务。"),
    ("园区坚持把招商引资作为经济工作的生命线，全力以赴抓招", "商，签约项目12个。"),
    ("园区认真落实各项惠企政策，", "帮助企业解决困难133件。"),
    ("园区认真落实各项惠企政策", "，帮助企业解决困难133件。"),
    ("完成固定资产投资18亿元、", "工业增加值32亿元。"),
    ("完成固定资产投资18亿元", "、工业增加值32亿元。"),
    ("先后印发了《园区企业考核办法》《园区", "企业服务规范》等文件。"),
    ("先后赴苏州（", "昆山）、东莞等地招商。"),
    ("会议强调，要做到“", "六个坚持”，确保任务完成。"),
    ("各级各部门要切实增强做好安全生产工作的", "责任感和紧迫感，抓好落实。"),
    ("我们将在市委的坚强领导下，不断开拓创新，进一步", "优化营商环境，促进企业发展。"),
    ("本年度累计完成投资，较上年同期增加了12", "亿元，增速居全市首位。"),
    ("实现工业总产值152亿元，同比增长12.6", "%，创历史新高。"),
    ("园区现有企业430家，其中规模以上企业86", "家，高新技术企业25家。"),
    ("坚持绿色发展理念，推进园区循环化改造，大力发展循", "环经济，单位能耗下降4.2%。"),
    ("一是加强组织领导，成立了由主要领导任组长的工作领导", "小组，明确责任分工。"),
    ("加强干部队伍建设，选派年轻干部到招商一线锻炼", "的做法得到上级充分肯定。"),
    ("深化“放管服”改革，推行一窗受理，办件提速六成", "以上，群众满意度明显提高。"),
    ("组织干部职工深入企业开展调研，了解企业生产经营情况以及", "存在的困难和问题，及时帮助解决。"),
    ("乡镇干部下沉一线，帮助农户抢收抢种，累计出动机", "械三百余台，完成收割任务。"),
    ("为了进一步规范园区企业的安全生产行为，根据", "上级有关要求，制定了实施细则。"),
    ("园区先后获得省级绿色园区、市级先进集体、", "全市招商引资先进单位等荣誉称号。"),
    ("企业普遍反映，受原材料价格上涨影响，生产成本较去年上", "升一成左右，利润空间受到挤压。"),
    ("（一）招商引资成效明显。全年先后赴苏州、东莞、佛山等地开展招商活动十七次，签约项", "目12个。"),
    ("园区将继续坚持“项目为王”的理念，把招商引资作为头等大", "事来抓，力争引进亿元项目十个。"),
    ("加强与金融机构的对接，为企业争取贷款6.5亿元，缓解了企", "业资金压力，促进了企业发展。"),
    ("2020年12月，园区通过了省级绿色园区验收，成为全市首家", "绿色园区，绿色发展迈出新步伐。"),
)

#: (a line, the next one): two paragraphs.
APART = (
    ("全年签约项目12个，到位资金9.6亿元。", "在建项目21个，竣工投产8个。"),
    ("一、主要工作完成情况", "全年签约项目12个，到位资金9.6亿元，增长14%。"),
    ("（一）招商引资", "先后赴苏州、东莞等地招商17次，签约项目12个。"),
    ("2023年工作回顾", "过去的一年，新区上下同心，克服多重困难。"),
    ("存在的主要问题", "产业结构不够优化，龙头企业数量偏少。"),
    ("园区2023年工作总结", "今年以来，园区在市委的领导下，攻坚克难。"),
    ("园区2023年工作总结", "一、主要工作完成情况"),
    ("主要指标如下：", "工业总产值152亿元，增长12.6%。"),
    ("1、年产20万吨新材料项目；", "2、智能物流园项目；"),
    ("1、年产20万吨新材料项目", "2、智能物流园项目"),
    ("（1）明确责任人", "（2）完善预案"),
    ("各位领导、同志们：", "下面，我代表园区管委会作简要汇报。"),
    ("取得了显著成效，特此报告。", "园区管理委员会"),
    ("临港园区管理委员会", "2020年10月28日"),
    ("澄川区招商局", "二〇二〇年十月二十八日"),
    ("继续努力，再创佳绩！", "谢谢大家！"),
    ("附件1：园区企业名单", "园区企业名单见附表，共计86家规模以上企业。"),
    ("附：考核指标", "工业总产值、税收和固定资产投资三项。"),
    ("心往一处想，", "劲往一处使，"),
    ("凝心聚力，攻坚克难，奋力推动高质量发展", "今年以来，全区上下真抓实干，各项工作取得新进展。"),
    ("提升服务水平，优化审批流程", "全年办件12万件，群众满意度达到98%。"),
    ("以人为本，服务至上", "我们始终把群众利益放在首位，办好每一件实事。"),
    ("勤学善思，笃行不怠", "做好本职工作，力争上游。"),
    ("春风化雨润心田，", "携手同行谱新篇。"),
    ("篇1：园区工作总结", "今年以来，园区各项工作稳步推进，成效明显。"),
    ("今年的工作就汇报到这里", "篇2：社区工作总结"),
    ("第一章 总则", "第一条 为了加强管理，制定本办法。"),
    ("办法自2021年1月1日起施行", "第二章 附则"),
    ("工作虽有成绩，但不足仍然存在……", "明年将继续改进工作方法，提高效率。"),
    ("“我们一定不辜负群众的期望！”", "社区书记的话赢得了热烈掌声。"),
    ("三、下一步工作打算", "（一）扩大有效投资"),
    ("序号\t企业名称\t产值", "1\t金达机械\t12600"),
)


def paragraphs(*lines: str) -> list[str]:
    blocks, removed = rejoin(list(text.read("\n".join(lines).encode()).blocks))
    assert removed == []
    return [block.text for block in blocks]


def squash(lines: Sequence[str]) -> list[str]:
    return ["".join(line.split()) for line in lines]


def test_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    cases = [(pair, squash(["".join(pair)])) for pair in JOINED] + [(pair, squash(pair)) for pair in APART]
    wrong = [pair for pair, wanted in cases if squash(paragraphs(*pair)) != wanted]
    accuracy = 1 - len(wrong) / len(cases)
    with capsys.disabled():
        print(f"\nrejoin: {len(cases) - len(wrong)} of {len(cases)} right ({accuracy:.1%})")
        for first, second in wrong:
            print("  miss:", "joined:" if (first, second) in APART else "left apart:", first, "|", second)
    assert accuracy >= FLOOR, wrong


def test_the_table_is_large_enough() -> None:
    assert len(JOINED) >= 25
    assert len(APART) >= 25


@pytest.mark.parametrize("style", ["title", "heading 1", "heading 3", "table"])
def test_a_style_stays_apart(style: str) -> None:
    """What the format itself says is a heading or a row is never one half of a paragraph."""
    blocks = [Block("推进园区各项工作和", style), Block("企业服务工作取得了新的进展。")]
    assert rejoin(blocks) == (blocks, [])
    assert rejoin(blocks[::-1]) == (blocks[::-1], [])


# -- fixed width -----------------------------------------------------------------------------------

PARAGRAPHS = (
    "今年以来园区在市委市政府的正确领导下紧紧围绕年度目标任务攻坚克难真抓实干，各项工作取得了明显成效，为全市经济社会发展作出了积极贡献，得到了上级领导和广大企业的充分肯定。",
    "全年签约项目十二个，合同金额三十六亿元，到位资金九亿六千万元，其中亿元以上项目五个，工业项目占比超过八成，项目质量明显提高，招商引资工作再次走在全市各个园区的最前列。",
    "企业服务持续优化，全面推行一窗受理和代办帮办，累计走访企业二百六十家，协调解决用工用地用能和融资等方面问题一百三十三件，企业满意度达到百分之九十九，较上年又有提升。",
)


def wrapped(paragraph: str, width: int, indent: str = "") -> list[str]:
    whole = indent + paragraph
    return [whole[i : i + width] for i in range(0, len(whole), width)]


@pytest.mark.parametrize("width", [24, 30, 36, 40])
@pytest.mark.parametrize("indent", ["　　", "    ", ""])
def test_fixed_width(width: int, indent: str) -> None:
    lines = [line for p in PARAGRAPHS for line in wrapped(p, width, indent)]
    assert paragraphs(*lines) == list(PARAGRAPHS)


def test_fixed_width_with_headings_between() -> None:
    headings = ("一、招商引资", "二、项目建设", "三、企业服务")
    lines = []
    for heading, paragraph in zip(headings, PARAGRAPHS, strict=True):
        lines += [heading, *wrapped(paragraph, 30, "　　")]
    assert paragraphs(*lines) == [x for pair in zip(headings, PARAGRAPHS, strict=True) for x in pair]


def test_lines_of_a_page_with_a_signature() -> None:
    lines = [line for p in PARAGRAPHS for line in wrapped(p, 28, "　　")]
    assert paragraphs(*lines, "园区管理委员会", "2021年12月20日") == [
        *PARAGRAPHS,
        "园区管理委员会",
        "2021年12月20日",
    ]


def test_long_paragraphs_of_equal_length_stay_apart() -> None:
    """Whole paragraphs that happen to be equally long were not broken at a width."""
    lines = [
        f"园区第{n}季度各项工作有序推进，项目建设和招商引资都取得了新的成绩。" for n in "一二三四五六七八九"
    ]
    assert paragraphs(*lines) == lines


# -- viewers' pages --------------------------------------------------------------------------------


def test_a_viewer_s_page_numbers() -> None:
    whole = "".join(PARAGRAPHS) * 2
    cuts = [0, 170, 340, len(whole)]
    lines = [f"{n}、{whole[a:b]}" for n, (a, b) in enumerate(pairwise(cuts), 1)]
    blocks, removed = rejoin(list(text.read("\n".join(lines).encode()).blocks))
    assert "".join(block.text for block in blocks) == whole
    assert [(r.text, r.reason) for r in removed] == [
        ("1、", PAGE_MARK),
        ("2、", PAGE_MARK),
        ("3、", PAGE_MARK),
    ]


def test_numbered_points_are_no_page_numbers() -> None:
    lines = [f"{n}、{p}" for n, p in enumerate(PARAGRAPHS, 1)]
    assert paragraphs(*lines) == lines


# -- stray spaces ----------------------------------------------------------------------------------

#: A line -> the same without white space that says nothing.
STRAY = {
    "推进 园区建设，优 化营商环境。": "推进园区建设，优化营商环境。",
    "　　推进园区建设，优化营商环境。": "推进园区建设，优化营商环境。",
    "美 工 区": "美工区",
    "目 录": "目录",
    "\ufeff园区工作总结": "园区工作总结",
    "一、加 强领导": "一、加强领导",
    "园区工作总结 篇1": "园区工作总结 篇1",
    "引进 ABC 公司和 5G 项目，推进合作。": "引进 ABC 公司和 5G 项目，推进合作。",
    "Smart Park 建设，进展顺利。": "Smart Park 建设，进展顺利。",
    "园区\u3000\u3000管委会": "园区 管委会",
    "园区  管委会": "园区 管委会",
}


@pytest.mark.parametrize("line", STRAY)
def test_stray_spaces(line: str) -> None:
    assert paragraphs(line) == [STRAY[line]]


def test_latin_words_keep_the_space_that_the_line_end_was() -> None:
    assert paragraphs("引进智能制造项目，采用 Digital", "Twin 技术，提高效率。") == [
        "引进智能制造项目，采用 Digital Twin 技术，提高效率。"
    ]
