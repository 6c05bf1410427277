"""What a section is for (part) and about (topic), what a report is (kind), and who reports (unit)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from indexer.model import Report, Section

#: Words of a heading that say what the section is for; the first that stands in it decides.
PARTS = (
    ("问题", ("问题", "不足", "困难", "短板", "差距", "制约")),
    ("建议", ("意见建议", "建议", "请求事项")),
    ("计划", ("计划", "打算", "安排", "思路", "规划", "目标任务", "展望", "下步", "下一步", "措施")),
    ("总结", ("总结", "回顾", "完成情况", "进展", "成效", "亮点", "工作情况", "主要工作", "做法")),
)

#: Words that say what a section is about; most counted wins, the heading's count three times.
TOPICS = (
    ("招商引资", ("招商", "引资", "客商", "签约", "招引")),
    ("项目建设", ("项目建设", "重点项目", "在建项目", "开工", "竣工", "投产")),
    ("基础设施", ("基础设施", "道路", "管网", "路网", "供水", "变电站", "标准化厂房")),
    ("经济指标", ("经济指标", "总产值", "增加值", "固定资产投资", "税收", "同比增长")),
    ("企业服务", ("企业服务", "服务企业", "营商环境", "入企走访", "助企", "帮办")),
    ("科技创新", ("科技", "创新", "研发", "高新技术", "专利")),
    ("安全生产", ("安全生产", "隐患", "事故", "消防")),
    ("生态环保", ("环保", "生态", "污染", "污水", "排污", "绿化", "空气质量")),
    ("党的建设", ("党建", "党的建设", "党组织", "党员", "党风廉政", "三会一课", "主题教育")),
    ("土地征迁", ("征地", "征迁", "拆迁", "土地", "腾退")),
    ("民生与乡村振兴", ("乡村振兴", "民生", "脱贫", "农业", "农村", "村民", "养老", "社保")),
    ("社会治理", ("信访", "综治", "平安", "扫黑除恶", "矛盾纠纷")),
    ("疫情防控", ("疫情", "防控", "复工复产", "核酸")),
)

_KINDS = (
    ("规定", re.compile(r"规定|办法|条例|细则|制度$")),
    ("简报", re.compile(r"简报")),
    ("述职", re.compile(r"述职|述廉|个人工作总结|个人总结")),
)
_UNIT = re.compile(r"[\u4e00-\u9fff]{2,20}(?:管理委员会|管委会|人民政府|委员会|办公室|党委|招商局|管理局)")


def label_sections(sections: Sequence[Section], title: str) -> tuple[Section, ...]:
    """Give each section its part (own heading, else parent's, else the title's) and its topic."""
    parts: dict[tuple[str, ...], str] = {}
    whole = _part_of(title)
    default = (
        whole
        if whole and not ("总结" in title and whole == "计划")
        else "总结"
        if "总结" in title
        else "其他"
    )
    labelled = []
    for section in sections:
        part = _part_of(section.heading or "")
        if part is None:
            part = next(
                (parts[p] for n in range(len(section.path), 0, -1) if (p := section.path[:n]) in parts),
                default,
            )
        parts[section.path] = part
        labelled.append(replace(section, part=part, topic=_topic_of(section)))
    return tuple(labelled)


def _part_of(heading: str) -> str | None:
    for part, words in PARTS:
        if any(w in heading for w in words):
            return part
    return None


def _topic_of(section: Section) -> str | None:
    text = "".join(section.paragraphs)
    scores = [
        (sum(3 * (section.heading or "").count(w) + text.count(w) for w in words), topic)
        for topic, words in TOPICS
    ]
    best, topic = max(scores, key=lambda pair: pair[0])
    return topic if best >= 2 else None


def find_kind(report: Report) -> str:
    """What the report is, by its title, else by the parts it has."""
    for kind, pattern in _KINDS:
        if pattern.search(report.title):
            return kind
    parts = {s.part for s in report.sections}
    summary = "总结" in report.title or "汇报" in report.title or "总结" in parts
    plan = bool(re.search(r"计划|打算|安排|思路", report.title)) or "计划" in parts
    if summary and plan:
        return "总结+计划"
    return "总结" if summary else "计划" if plan else "其他"


def find_unit(report: Report) -> str | None:
    """The body that signs the report on one of its last lines, or whose name the title opens with."""
    for section in list(report.sections)[-1:]:
        for paragraph in section.paragraphs[-3:]:
            if _UNIT.fullmatch(paragraph.strip()):
                return paragraph.strip()
    match = _UNIT.match(report.title)
    return match.group() if match else None
