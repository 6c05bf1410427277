"""What a strict reader found: content that was taken for packaging, reports that lost text to a rule."""

# ruff: noqa: E501 - an example stays on one line
from __future__ import annotations

from collections import Counter

import pytest

from indexer.model import Block, Report
from indexer.readers.text import read
from indexer.reports import understand
from indexer.reports.packaging import take_off
from indexer.reports.years import find_plan_years, named_years

#: Lines of reports that look like a site's. With and without a full stop they stay.
CONTENT = (
    "本站为二级水文站，全年完成测流120次，水位观测2190次",
    "本站所有职工均签订了安全责任书",
    "本站仅有职工12人，承担两条线路的售票",
    "本网不断完善配电设施，供电可靠率达到99.9%",
    "对如侵害群众利益的行为，严肃查处",
    "落实公安机关网安备案要求，完成系统定级8个",
    "核发项目备案号32个，办结率100%",
    "全年作品版权所有权登记32件",
    "审核：完成企业申报材料审核32家",
    "供稿：全年向信息科供稿120篇",
    "编辑：编发园区简报24期",
    "来源：上级补助资金3000万元",
    "下一条生产线正在安装调试",
    "分享改革发展成果",
    "分享招商经验做法",
    "下载安装反诈软件达到95%",
    "下载量突破100万次",
    "扫一扫即可办理业务",
    "所在位置：园区东侧，占地120亩",
    "创建于1998年5月1日的云岭机械公司完成改制",
    "访问量：12000，同比增长20%",
    "现将2020年工作情况总结如下，供各位参考",
    "今天很高兴为大家分享园区的招商经验，请各位领导批评指正",
    "我们希望能得到上级部门的大力帮助，欢迎各位领导莅临指导",
    "3/5",
    "流程为受理-->审核-->办结",
)


@pytest.mark.parametrize("line", [*CONTENT, *(f"{line}。" for line in CONTENT)])
def test_content_that_looks_like_a_site_s_stays(line: str) -> None:
    lines = [Block("园区工作情况"), Block(line), Block("园区各项工作稳步推进，成效明显。")]
    assert take_off(lines) == (lines, [])


def reports_of(text: str) -> tuple[Report, ...]:
    return understand(read(text.encode()), "文件")


def characters(text: str) -> Counter[str]:
    return Counter(c for c in text if not c.isspace())


def held(reports: tuple[Report, ...]) -> Counter[str]:
    total: Counter[str] = Counter()
    for report in reports:
        texts = [report.title, *(r.text for r in report.removed)]
        texts += [t for s in report.sections for t in (s.heading or "", *s.paragraphs)]
        total += characters("".join(texts))
    return total


@pytest.mark.parametrize(
    "text",
    [
        "园区工作总结 篇1：\n今年以来各项工作稳步推进。\n园区工作总结 篇2：\n一年来各项工作取得成效。",
        "园区工作总结（一）：\n今年以来各项工作稳步推进。\n园区工作总结（二）：\n一年来各项工作取得成效。",
        "<!--\n## （一）招商：\n# 一、工作\n-->\n园区工作总结\n今年以来各项工作稳步推进。",
    ],
)
def test_no_sign_is_lost(text: str) -> None:
    assert characters(text) - held(reports_of(text)) == Counter()


def test_prose_between_stray_comment_signs_stays() -> None:
    prose = [f"第{n}项工作：园区全年完成投资{n}亿元，各项工作稳步推进。" for n in range(3, 20)]
    (report,) = reports_of("\n".join(["园区工作总结", "<!--", *prose, "-->"]))
    assert [p for s in report.sections for p in s.paragraphs] == prose


def test_reports_that_share_a_middle_keep_it() -> None:
    shared = [
        f"园区第{n}个片区完成征地{n}00亩，新开工项目{n}个，完成投资{n}亿元，进展顺利。" for n in range(2, 9)
    ]
    first = [
        "第一篇 东片区工作总结",
        "今年以来东片区各项工作稳步推进。",
        *shared,
        "东片区全年完成投资36亿元，增长12%。",
    ]
    second = [
        "第二篇 西片区工作总结",
        "今年以来西片区各项工作成效明显。",
        *shared,
        "西片区全年完成投资18亿元，增长9%。",
    ]
    east, west = reports_of("\n".join([*first, *second]))
    for report in (east, west):
        text = "".join(p for s in report.sections for p in s.paragraphs)
        assert [line for line in shared if line not in text] == []


def test_ordinals_of_essays_are_no_chapters() -> None:
    text = (
        "云岭园区工作总结\n一、完成情况\n今年以来，园区宣传工作取得新进展。\n第一篇文章发表在省报。\n"
        "第二篇文章发表在市报。\n二、下步打算\n继续做好宣传工作，争取更多稿件被采用。"
    )
    (report,) = reports_of(text)
    assert (report.title, [s.heading for s in report.sections]) == (
        "云岭园区工作总结",
        ["一、完成情况", "二、下步打算"],
    )


@pytest.mark.parametrize(
    ("title", "year", "planned"),
    [
        ("2022年重点工作完成情况汇报", 2022, ()),
        ("2022年目标任务完成情况汇报", 2022, ()),
        ("2021年度计划生育工作总结", 2021, ()),
        ("2022年工作计划完成情况总结", 2022, ()),
        ("2023年工作总结2024年工作计划", 2023, (2024,)),
        (
            "关于2021年国民经济和社会发展计划执行情况与2022年国民经济和社会发展计划草案的报告",
            2021,
            (2022,),
        ),
    ],
)
def test_planned_years_of_titles(title: str, year: int, planned: tuple[int, ...]) -> None:
    assert find_plan_years(title, (), year) == planned


def test_plans_of_legal_education_are_no_five_year_plans() -> None:
    assert named_years("“七五”普法工作总结") == []


def test_a_date_under_a_report_is_its_own() -> None:
    body = "\n".join(f"园区第{n}项工作稳步推进，成效明显，群众满意。" for n in range(3, 15))
    (report,) = reports_of(f"园区工作总结\n{body}\n云岭园区管委会\n2022-01-14")
    assert (report.year, report.published) == (2022, "2022-01-14")


def test_a_dateline_before_an_annex_is_found() -> None:
    text = "园区隐患排查工作总结\n今年以来，园区扎实开展隐患排查。\n云岭园区管委会\n2021年3月5日\n附件1：隐患清单\n北门消防栓缺水。"
    (report,) = reports_of(text)
    assert (report.year, report.published) == (2021, "2021-03-05")


@pytest.mark.parametrize(
    "lines",
    [
        ["1、甲乙工作"] * 16000,
        ["一、工作情况"] * 16000,
        ["甲" * 40, "乙" * 40] * 8000,
        ["# 一、工作总结"] * 8000,
        ["园区工作简报", "第1期", "园区各项工作稳步推进。"] * 8000,
        ["园区工作总结", "各位领导：", "园区各项工作稳步推进。"] * 8000,
        ["园区各项工作稳步推进和"] * 16000,
    ],
    ids=["points", "headings", "alternating", "markdown", "bulletins", "speeches", "cut"],
)
def test_many_lines_come_to_an_end(lines: list[str]) -> None:
    """Not a measurement: a stage that takes the square of the lines would not come back from these."""
    text = "\n".join(lines)
    assert characters(text) - held(reports_of(text)) == Counter()
