"""What sections are for and about, what a report is, and who reports."""

# ruff: noqa: E501 -- an example stays on one line, as a row of a table

from __future__ import annotations

import pytest

from indexer.model import PARTS, TOPICS, Report, Section
from indexer.readers import text
from indexer.reports import understand
from indexer.reports.classify import find_topic, find_unit, kind_of_title
from indexer.reports.vocabulary import KIND_TITLES, PART_HEADINGS, PART_MAIN_HEADINGS, TOPIC_WORDS

NEUTRAL = "园区位于城市东部，面积十二平方公里，分为东西两个片区，各设一个服务站点。"
BACK = "全年完成投资18亿元，同比增长14%；已签约项目12个，完成率100%；累计培训了260人，荣获先进称号。"
AHEAD = "要进一步加大力度，力争引进项目20个，确保投资增长一成，着力优化环境，推动园区不断发展。"


def report(written: str) -> Report:
    (found,) = understand(text.read(written.encode()), "某某文件")
    return found


#: A heading by itself, with text that says nothing -> the part.
BY_HEADING = {
    "一、主要工作完成情况": "总结",
    "一、经济指标完成情况": "总结",
    "一、2023年工作回顾": "总结",
    "一、主要工作成效": "总结",
    "一、特色亮点工作": "总结",
    "一、主要做法": "总结",
    "一、重点工作推进情况": "总结",
    "一、招商引资成效显著": "总结",
    "一、存在的问题": "问题",
    "一、存在的主要困难和问题": "问题",
    "一、问题与不足": "问题",
    "一、面临的困难和挑战": "问题",
    "一、存在问题及原因分析": "问题",
    "一、下一步工作打算": "计划",
    "一、下步工作安排": "计划",
    "一、2024年工作计划": "计划",
    "一、xx年工作思路及措施": "计划",
    "一、明年工作目标": "计划",
    "一、下半年工作安排": "计划",
    "一、“十四五”时期目标任务": "计划",
    "一、指导思想": "计划",
    "一、意见建议": "建议",
    "一、几点建议": "建议",
    "一、对策建议": "建议",
    "一、需要上级解决的问题": "建议",
    "附件2 名词解释": "其他",
}


@pytest.mark.parametrize("heading", BY_HEADING)
def test_part_by_the_heading(heading: str) -> None:
    found = report(f"园区年度材料\n{heading}\n{NEUTRAL}")
    assert [(s.heading, s.part) for s in found.sections] == [(heading, BY_HEADING[heading])]


def parts(found: Report) -> list[tuple[str | None, str]]:
    return [(s.heading, s.part) for s in found.sections]


def test_part_by_the_parent_unless_the_heading_says_otherwise() -> None:
    found = report(
        f"园区年度材料\n一、2023年工作回顾\n（一）招商引资\n{NEUTRAL}\n（二）存在的问题\n{NEUTRAL}\n"
        f"二、2024年工作打算\n（一）招商引资\n{NEUTRAL}\n（二）项目建设\n{NEUTRAL}"
    )
    assert parts(found) == [
        ("一、2023年工作回顾", "总结"),
        ("（一）招商引资", "总结"),
        ("（二）存在的问题", "问题"),
        ("二、2024年工作打算", "计划"),
        ("（一）招商引资", "计划"),
        ("（二）项目建设", "计划"),
    ]


def test_part_by_the_text() -> None:
    found = report(f"园区年度材料\n一、招商引资\n{BACK}\n二、项目建设\n{AHEAD}")
    assert parts(found) == [("一、招商引资", "总结"), ("二、项目建设", "计划")]


def test_part_by_the_siblings_before() -> None:
    found = report(
        f"园区年度材料\n一、主要工作完成情况\n{NEUTRAL}\n二、项目建设\n{NEUTRAL}\n三、存在问题\n{NEUTRAL}"
    )
    assert parts(found) == [
        ("一、主要工作完成情况", "总结"),
        ("二、项目建设", "总结"),
        ("三、存在问题", "问题"),
    ]


def test_part_of_the_opening() -> None:
    found = report(
        f"园区年度材料\n今年以来，园区在市委的正确领导下，各项工作稳步推进。\n一、招商引资\n{BACK}"
    )
    assert parts(found) == [(None, "总结"), ("一、招商引资", "总结")]


@pytest.mark.parametrize(
    ("title", "part"), [("园区工作计划", "计划"), ("园区工作总结", "总结"), ("园区材料", "其他")]
)
def test_part_by_the_title(title: str, part: str) -> None:
    assert parts(report(f"{title}\n一、招商引资\n{NEUTRAL}")) == [("一、招商引资", part)]


def test_rules_have_no_parts() -> None:
    found = report(
        "园区车辆管理规定\n第一条 为了加强管理，制定本规定。\n第二条 严格执行工作计划。\n第三条 本规定自发布之日起施行。"
    )
    assert (found.kind, {s.part for s in found.sections}) == ("规定", {"其他"})


TOPICS_OF = {
    "（一）招商引资": "招商引资",
    "（二）项目建设": "项目建设",
    "（三）基础设施建设": "基础设施",
    "（四）安全生产": "安全生产",
    "（五）党的建设": "党的建设",
    "（六）生态环境保护": "生态环保",
    "（七）科技创新": "科技创新",
    "（八）企业服务": "企业服务",
    "（九）征地拆迁": "土地征迁",
    "（十）疫情防控": "疫情防控",
    "1、乡村振兴": "民生与乡村振兴",
    "2、社会治理": "社会治理",
    "3、产业发展": "产业发展",
    "4、深化改革": "改革创新",
    "5、干部队伍建设": "队伍建设",
    "6、文化旅游": "文化旅游",
    "7、经济指标": "经济指标",
    "8、其他": None,
    "9、结语": None,
}


@pytest.mark.parametrize("heading", TOPICS_OF)
def test_topic_by_the_heading(heading: str) -> None:
    assert find_topic(Section(heading, 1, (heading,), (NEUTRAL,))) == TOPICS_OF[heading]


def test_topic_by_the_text() -> None:
    words = "全年外出招商17次，接待客商260人，签约项目12个，招商成果丰硕。"
    assert find_topic(Section("一、主要工作", 1, ("一、主要工作",), (words,))) == "招商引资"


def test_one_word_in_a_long_text_is_no_topic() -> None:
    assert find_topic(Section("一、概况", 1, ("一、概况",), (NEUTRAL * 20 + "其中一处曾经拆迁。",))) is None


def test_the_vocabulary_names_known_parts_and_topics() -> None:
    assert {part for part, _, _ in (*PART_HEADINGS, *PART_MAIN_HEADINGS)} <= set(PARTS)
    assert {topic for topic, _ in TOPIC_WORDS} == set(TOPICS)


KINDS_OF = {
    f"园区2023年工作总结\n一、工作成效\n{BACK}": "总结",
    f"园区工作汇报\n一、工作成效\n{BACK}": "总结",
    f"园区2024年工作计划\n一、招商引资\n{AHEAD}": "计划",
    f"园区招商工作方案\n一、主要任务\n{AHEAD}": "计划",
    f"园区2023年工作总结及2024年工作计划\n一、工作成效\n{BACK}\n二、工作打算\n{AHEAD}": "总结+计划",
    f"园区2023年工作总结\n一、工作成效\n{BACK}\n二、2024年工作打算\n{AHEAD}": "总结+计划",
    f"园区工作简报（2021年第6期）\n{BACK}": "简报",
    f"园区工作简报\n第(4)期\n{BACK}": "简报",
    "园区车辆管理规定\n1、车辆统一调度。\n2、驾驶员遵守交通规则。\n本规定自发布之日起施行。": "规定",
    "园区考核办法\n第一条 为了规范考核，制定本办法。\n第二条 本办法适用于园区。\n第三条 本办法自印发之日起施行。": "规定",
    f"2021年度个人述职述廉报告\n一、履职情况\n{BACK}": "述职",
    f"挂职锻炼工作小结\n一、履职情况\n{BACK}": "述职",
    f"园区概览\n{NEUTRAL}": "其他",
}


@pytest.mark.parametrize("written", KINDS_OF)
def test_kind(written: str) -> None:
    assert report(written).kind == KINDS_OF[written]


@pytest.mark.parametrize(("kind", "example"), [(kind, example) for kind, _, example in KIND_TITLES])
def test_the_example_of_each_kind(kind: str, example: str) -> None:
    assert kind_of_title(example) == kind


@pytest.mark.parametrize(
    ("part", "example"), [(part, example) for part, _, example in (*PART_HEADINGS, *PART_MAIN_HEADINGS)]
)
def test_the_example_of_each_row_for_parts(part: str, example: str) -> None:
    assert parts(report(f"园区年度材料\n{example}\n{NEUTRAL}"))[-1] == (example, part)


UNITS = {
    "澄川工业园区管委会2020年工作总结": "澄川工业园区管委会",
    "云台县招商局2021年工作总结": "云台县招商局",
    "青溪镇2019年工作总结": "青溪镇",
    "平安街道办事处2019年工作总结": "平安街道办事处",
    "澄川高新区管理委员会关于安全生产工作的报告": "澄川高新区管理委员会",
    "临江市人民政府“十四五”规划": "临江市人民政府",
    "2025年临江市政府工作报告": "临江市政府",
    "金达机械有限公司年度工作总结": "金达机械有限公司",
    "工业园区2020年工作总结": None,
    "园区2020年工作总结": None,
    "产业园区管委会2020年工作总结": None,
    "开发区工作汇报": None,
    "我镇2020年工作总结": None,
    "某公司工作总结": None,
    "2020年工作总结": None,
    "关于安全生产工作的报告": None,
}


@pytest.mark.parametrize("title", UNITS)
def test_unit_by_the_title(title: str) -> None:
    assert find_unit(title, (Section(None, 0, (), (NEUTRAL,)),)) == UNITS[title]


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("澄川工业园区管委会", "澄川工业园区管委会"),
        ("澄川工业园区管委会 2020年10月28日", "澄川工业园区管委会"),
        ("澄川工业园区管委会2020年10月28日", "澄川工业园区管委会"),
        ("管委会", None),
        ("工业园区管委会", None),
        ("谢谢大家！", None),
    ],
)
def test_unit_by_the_signature(line: str, unit: str | None) -> None:
    assert find_unit("工作总结", (Section(None, 0, (), (NEUTRAL, NEUTRAL, line)),)) == unit


def test_unit_by_who_speaks() -> None:
    words = "下面，我代表澄川工业园区管委会，就全年工作作简要汇报。"
    assert find_unit("工作汇报", (Section(None, 0, (), (words,)),)) == "澄川工业园区管委会"


# -- a title that says what is done with the report ------------------------------------------------

HANDED_ON = {
    "报送癸桐园区2005年工作总结": "癸桐园区",
    "关于癸桐园区2005年工作情况的报告": "癸桐园区",
    "关于报送癸桐园区2005年工作总结": "癸桐园区",
    "呈报澄川县人民政府工作总结": "澄川县人民政府",
    "癸桐园区2005年工作总结": "癸桐园区",
}


@pytest.mark.parametrize("title", HANDED_ON)
def test_what_is_done_with_a_report_is_no_part_of_the_unit(title: str) -> None:
    assert find_unit(title, ()) == HANDED_ON[title]
