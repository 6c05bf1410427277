"""Reports in Traditional characters: recognised as those in Simplified ones, and kept as written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from opencc import OpenCC

from indexer.model import Block, Document, Removed, Report
from indexer.readers import text
from indexer.reports import understand
from indexer.reports.script import simplified
from tests.reports.pieces import characters, spoilt

traditional = OpenCC("s2t").convert
NAME = "某某文件"

SUMMARY_AND_PLAN = """紫薇工業園區2019年工作總結及2020年工作計畫
　　一、工作回顧
　　全年完成招商引資十億元，招商引資簽約項目十個。
　　（一）安全生產形勢平穩。開展安全生產檢查12次。
　　二、存在的問題
　　土地指標不足，人才隊伍薄弱。
　　三、2020年工作計畫
　　加強安全生產監管，做好安全生產工作。
　　紫薇工業園區管理委員會
　　2019年12月20日"""
COMPILATION = """園區總結彙編
第一篇：後勤工作總結
本年度單位按照上級部署，組織職工參加各類培訓活動，全員業務素質有了新的提高。
第二篇：學校工作總結
學校堅持五育並舉，開設社團28個，學生體質健康優良率提高到六成以上。"""


def reports_of(written: str, name: str = NAME) -> tuple[Report, ...]:
    return understand(text.read(written.encode()), name)


def test_parts_years_topics_kind_and_unit() -> None:
    (report,) = reports_of(SUMMARY_AND_PLAN)
    assert (report.kind, report.year, report.plan_years, report.unit, report.published) == (
        "总结+计划",
        2019,
        (2020,),
        "紫薇工業園區",
        "2019-12-20",
    )
    assert [(s.heading, s.path, s.part, s.topic, s.year) for s in report.sections] == [
        ("一、工作回顧", ("一、工作回顧",), "总结", "招商引资", 2019),
        (
            "（一）安全生產形勢平穩。",
            ("一、工作回顧", "（一）安全生產形勢平穩。"),
            "总结",
            "安全生产",
            2019,
        ),
        ("二、存在的問題", ("二、存在的問題",), "问题", None, 2019),
        ("三、2020年工作計畫", ("三、2020年工作計畫",), "计划", "安全生产", 2020),
    ]


def test_the_text_stays_as_written() -> None:
    (report,) = reports_of(SUMMARY_AND_PLAN)
    lines = [report.title]
    for s in report.sections:
        lines += [s.heading or "", *s.paragraphs]
    assert "".join(lines) == "".join(SUMMARY_AND_PLAN.split())


def test_chapter_marks_articles_and_packaging() -> None:
    assert [r.title for r in reports_of(COMPILATION)] == ["後勤工作總結", "學校工作總結"]
    (rules,) = reports_of(
        "園區綠化管理辦法\n第一條 為了加強綠化管理，制定本辦法。\n第二條 本辦法適用於園區。\n"
        "第三條 本辦法自2021年1月1日起施行。"
    )
    assert (rules.kind, [s.heading for s in rules.sections]) == ("规定", ["第一條", "第二條", "第三條"])


def test_two_characters_that_are_one_in_simplified_stay_apart() -> None:
    written = (
        "園區2019年工作總結\n一、工作回顧\n皇后鎮在會後召開座談，乾部與幹部、里程與裡程並存。\n"
        "皇後鎮在会后召開座談，干部與乾部、裡程与里程並存。"
    )
    (report,) = reports_of(written)
    assert report.sections[0].paragraphs == tuple(written.split("\n")[2:])


def test_the_name_of_the_file_is_the_title_as_written() -> None:
    (report,) = reports_of(
        "一、工作回顧\n全年簽約項目十個，完成投資十億元，各項工作有序推進。", "2019年工作總結"
    )
    assert (report.title, report.year, report.kind) == ("2019年工作總結", 2019, "总结")


def test_what_the_reader_took_out_stays_as_written() -> None:
    page = Removed("內部資料", "页眉 (header)")
    document = Document((Block("園區2023年工作總結"), Block("一、工作總結")), "docx", removed=(page,))
    (report,) = understand(document, NAME)
    assert page in report.removed


@pytest.mark.parametrize(
    "written", ["", "a\x00b", "\ud800工作總結", "計畫著力推進成效顯著", "工作计划，显著"]
)
def test_one_character_for_one(written: str) -> None:
    assert len(simplified(written)) == len(written)
    assert simplified(simplified(written)) == simplified(written)


def test_words_decide() -> None:
    assert simplified("工作計畫成效顯著，徵收土地") == "工作计划成效显著，征收土地"


files = spoilt().map(
    lambda lines: [line.encode("utf-8", "ignore").decode().replace("\x00", "") for line in lines]
)
slow = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@slow
@given(files)
def test_nothing_vanishes_and_nothing_is_rewritten(lines: list[str]) -> None:
    written = traditional("\n".join(lines))
    reports = understand(text.read(written.encode()), NAME)
    texts = [x.text for r in reports for x in r.removed]
    texts += [t for r in reports for s in r.sections for t in (s.heading or "", *s.paragraphs)]
    assert characters("".join(texts)) - characters(written) == characters("")
    shown = characters("".join([*texts, *(r.title for r in reports)]))
    assert characters(written) - shown == characters("")


@slow
@given(files)
def test_the_same_is_recognised_in_both_scripts(lines: list[str]) -> None:
    """A file in Traditional characters, and what the rules make of the same in Simplified ones."""
    document = text.read(traditional("\n".join(lines)).encode())
    plain = replace(document, blocks=tuple(replace(b, text=simplified(b.text)) for b in document.blocks))
    found, wanted = understand(document, NAME), understand(plain, NAME)
    assert [_facts(r) for r in found] == [_facts(r) for r in wanted]


def _facts(report: Report) -> tuple[object, ...]:
    said = (report.kind, report.year, report.plan_years, report.published, simplified(report.title))
    sections = [
        (s.level, s.part, s.topic, s.year, simplified(s.heading or ""), *map(simplified, s.paragraphs))
        for s in report.sections
    ]
    return (*said, sections, [simplified(r.text) for r in report.removed])
