"""Years by the contract's rules: what a text names, and what a report, its sections and its plans are about."""

# ruff: noqa: E501 -- an example stays on one line, as a row of a table

from __future__ import annotations

from dataclasses import replace

import pytest

from indexer.model import Report, Section
from indexer.readers import text
from indexer.reports import understand
from indexer.reports.years import find_dateline, five_years, named_years, to_iso

#: Text -> the first and last year of each that it names; (None, None) is a masked one.
NAMED = {
    "2019年工作总结": [(2019, 2019)],
    "2019工作总结及2020年工作计划": [(2019, 2019), (2020, 2020)],
    "2021年度述职报告": [(2021, 2021)],
    "2021 年上半年": [(2021, 2021)],
    "２０２１年工作要点": [(2021, 2021)],
    "二〇二一年工作总结": [(2021, 2021)],
    "二○一九年工作总结": [(2019, 2019)],
    "二零一八年": [(2018, 2018)],
    "一九九八年抗洪纪实": [(1998, 1998)],
    "1998年至今": [(1998, 1998)],
    "2011—2015年发展规划": [(2011, 2015)],
    "2016-2020年规划": [(2016, 2020)],
    "2018年至2020年三年行动": [(2018, 2020)],
    "2018至2020年": [(2018, 2020)],
    "“十二五”规划": [(2011, 2015)],
    "十三五时期": [(2016, 2020)],
    "“十四五”开局之年": [(2021, 2025)],
    "“八五”计划": [(1991, 1995)],
    "“十五”期间": [(2001, 2005)],
    "20xx年工作总结": [(None, None)],
    "20XX年工作总结": [(None, None)],
    "20××年工作总结": [(None, None)],
    "201x年工作总结": [(None, None)],
    "20__年工作计划": [(None, None)],
    "20**年工作计划": [(None, None)],
    "xx年工作总结": [(None, None)],
    "××年工作总结": [(None, None)],
    "xxxx年工作总结": [(None, None)],
    "＊＊年工作总结": [(None, None)],
    "20xx年总结及2022年计划": [(None, None), (2022, 2022)],
    "完成税收2019万元": [],
    "编号为12019年鉴": [],
    "2019": [],
    "电话：2019-2020": [],
    "投资2030亿元": [],
    "十五个项目": [],
    "三五年内": [],
    "一五一十": [],
    "100年校庆": [],
    "今年以来": [],
    "": [],
}


@pytest.mark.parametrize("words", NAMED)
def test_named_years(words: str) -> None:
    assert [(n.first, n.last) for n in named_years(words)] == NAMED[words]


@pytest.mark.parametrize("words", NAMED)
def test_the_place_of_each_is_in_the_text(words: str) -> None:
    places = [(n.start, n.end) for n in named_years(words)]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(words) for start, end in places)


@pytest.mark.parametrize(
    ("ordinal", "years"),
    [(1, (1953, 1957)), (2, (1958, 1962)), (3, (1966, 1970)), (8, (1991, 1995)), (10, (2001, 2005)), (12, (2011, 2015)), (13, (2016, 2020)), (14, (2021, 2025)), (15, (2026, 2030))],
)  # fmt: skip
def test_five_years(ordinal: int, years: tuple[int, int]) -> None:
    assert five_years(ordinal) == years


DATES = {
    "2020年5月9日": "2020-05-09",
    "2020年05月09日": "2020-05-09",
    "2020-5-9": "2020-05-09",
    "2020/05/09": "2020-05-09",
    "2020.5.9": "2020-05-09",
    "2020 年 5 月 9 日": "2020-05-09",
    "２０２０年５月９日": "2020-05-09",
    "二〇二〇年五月九日": "2020-05-09",
    "二○一九年十二月三十一日": "2019-12-31",
    "二零一八年十月二十日": "2018-10-20",
    "上传时间:2020-05-09 格式:DOC": "2020-05-09",
    "2020-05-09 08:30:00": "2020-05-09",
    "2020年2月30日": None,
    "2020年13月1日": None,
    "2021年2月29日": None,
    "2020年2月29日": "2020-02-29",
    "2020年0月0日": None,
    "2020年2月30日，2020年3月1日": "2020-03-01",
    "2020年5月": None,
    "20xx年5月9日": None,
    "5月9日": None,
    "二〇二〇年二月三十日": None,
    "": None,
}


@pytest.mark.parametrize("words", DATES)
def test_to_iso(words: str) -> None:
    assert to_iso(words) == DATES[words]


#: The last line of a report -> its dateline.
DATELINES = {
    "2020年10月28日": "2020-10-28",
    "（2020年10月28日）": "2020-10-28",
    "临港园区管理委员会 2020年10月28日": "2020-10-28",
    "临港园区管理委员会2020年10月28日": "2020-10-28",
    "二〇二〇年十月二十八日": "2020-10-28",
    "临港园区管委会　二〇二〇年十月二十八日": "2020-10-28",
    "——2020年1月15日在临港市第五届人民代表大会第四次会议上": "2020-01-15",
    "2020.10.28": "2020-10-28",
    "2020年10月": None,
    "2020年2月31日": None,
    "20xx年10月28日": None,
    "2020年10月28日，园区召开了项目推进会，会议要求各单位加快建设进度。": None,
    "全部工程将于2020年10月28日前完工。": None,
}


@pytest.mark.parametrize("line", DATELINES)
def test_dateline_at_the_end(line: str) -> None:
    sections = (Section(None, 0, (), ("园区各项工作有序推进，取得了新的进展。", line)),)
    assert find_dateline(sections) == DATELINES[line]


@pytest.mark.parametrize(
    "line", ["——2020年1月15日在临港市第五届人民代表大会第四次会议上", "（2020年1月15日）"]
)
def test_dateline_at_the_beginning(line: str) -> None:
    sections = (Section(None, 0, (), (line, "各位代表：", "现在，我代表市人民政府向大会报告工作。")),)
    assert find_dateline(sections) == "2020-01-15"


# -- whole reports ---------------------------------------------------------------------------------

BODY = "全年签约项目12个，到位资金9.6亿元，固定资产投资增长14%，各项工作取得了新的成效。"
PLAN = "继续扩大有效投资，力争引进项目20个，着力优化营商环境，确保完成全年各项目标任务。"


def report(written: str, name: str = "某某文件") -> Report:
    (found,) = understand(text.read(written.encode()), name)
    return found


def two_parts(
    title: str, first: str = "一、主要工作完成情况", second: str = "二、工作打算", end: str = ""
) -> Report:
    return report(f"{title}\n{first}\n{BODY}\n{second}\n{PLAN}\n{end}")


#: Title -> year and the years planned for.
TITLES: dict[str, tuple[int | None, tuple[int, ...]]] = {
    "澄川区2019年工作总结": (2019, ()),
    "澄川区2019工作总结及2020年工作计划": (2019, (2020,)),
    "澄川区2019年工作总结和2020年工作打算": (2019, (2020,)),
    "2025年澄川市政府工作报告": (2025, (2025,)),
    "澄川区2022年工作计划": (2022, (2022,)),
    "澄川区2020年上半年工作总结及下半年工作计划": (2020, (2020,)),
    "澄川区2019年工作总结及来年工作计划": (2019, (2020,)),
    "澄川区2019年工作总结暨明年工作思路": (2019, (2020,)),
    "澄川区“十二五”规划": (2015, (2011, 2012, 2013, 2014, 2015)),
    "澄川区“十一五”工作总结": (2010, ()),
    "澄川区“十一五”工作总结及“十二五”工作思路": (2010, (2011, 2012, 2013, 2014, 2015)),
    "澄川区2021—2023年工作规划": (2023, (2021, 2022, 2023)),
    "澄川区二〇二一年工作总结": (2021, ()),
    "澄川区20xx年工作总结": (None, ()),
    "澄川区xx年工作总结及xx年工作计划": (None, ()),
    "澄川区20__年工作总结": (None, ()),
    "澄川区20xx年工作总结及2022年工作计划": (None, (2022,)),
    "澄川区××年工作总结": (None, ()),
    "澄川区工作总结": (None, ()),
}


@pytest.mark.parametrize("title", TITLES)
def test_year_and_plan_years_by_the_title(title: str) -> None:
    found = two_parts(title)
    assert (found.year, found.plan_years) == TITLES[title]


def test_year_by_what_the_report_says_it_reports_on() -> None:
    found = report(
        f"澄川区工作汇报\n现将我区2018年工作情况汇报如下：\n一、主要工作\n{BODY}\n二、存在问题\n人才短缺，用地紧张，融资困难。"
    )
    assert found.year == 2018


def test_year_by_the_opening() -> None:
    found = report(
        f"澄川区工作汇报\n2018年，在区委的正确领导下，我区各项工作稳步推进。\n一、主要工作\n{BODY}"
    )
    assert found.year == 2018


def test_year_by_a_heading() -> None:
    found = two_parts("澄川区工作汇报", "一、2017年工作回顾", "二、2018年工作打算")
    assert (found.year, found.plan_years) == (2017, (2018,))


def test_year_by_the_dateline_alone() -> None:
    found = two_parts("澄川区工作汇报", end="澄川区办公室\n2016年12月5日")
    assert (found.year, found.published) == (2016, "2016-12-05")


def test_the_title_goes_before_the_dateline() -> None:
    found = two_parts("澄川区2015年工作总结", end="澄川区办公室\n2016年1月5日")
    assert (found.year, found.published) == (2015, "2016-01-05")


def test_a_page_date_makes_no_year() -> None:
    found = report(
        f"上传人:ab****1 文档编号:1234 上传时间:2020-05-09 格式:DOC\n澄川区工作汇报\n一、主要工作\n{BODY}"
    )
    assert (found.year, found.published) == (None, "2020-05-09")


def test_the_report_s_own_date_goes_before_the_page_s() -> None:
    found = report(
        f"上传人:ab****1 上传时间:2020-05-09 格式:DOC\n澄川区工作汇报\n一、主要工作\n{BODY}\n2019年12月3日"
    )
    assert (found.year, found.published) == (2019, "2019-12-03")


def test_a_year_in_passing_makes_no_year() -> None:
    found = report(f"澄川区工作汇报\n一、主要工作\n{BODY}园区始建于2003年，2010年升级为省级开发区。")
    assert (found.year, found.plan_years, found.published) == (None, (), None)


def test_a_masked_title_is_not_filled_from_headings_of_plans() -> None:
    found = two_parts("澄川区20xx年工作总结", "一、20xx年工作回顾", "二、20xx年工作计划")
    assert (found.year, found.plan_years, [s.year for s in found.sections]) == (None, (), [None, None])


def test_an_impossible_date_is_none() -> None:
    found = two_parts("澄川区2019年工作总结", end="2020年2月30日")
    assert found.published is None


def test_the_name_of_the_file_makes_a_year_where_it_is_the_title() -> None:
    named = report(f"一、主要工作\n{BODY}", "2018年茉莉街道工作总结和2019年工作计划")
    assert (named.title, named.year, named.plan_years, named.kind, named.unit) == (
        "2018年茉莉街道工作总结和2019年工作计划",
        2018,
        (2019,),
        "总结+计划",
        None,
    )
    titled = report(f"澄川区工作汇报\n一、主要工作\n{BODY}", "2018年工作计划")
    assert (titled.title, titled.year, titled.plan_years, titled.kind) == ("澄川区工作汇报", None, (), "总结")


def test_the_name_of_the_file_says_nothing_of_each_of_its_reports() -> None:
    text_ = "\n".join(f"篇{n}\n一、主要工作\n{BODY}" for n in (1, 2))
    reports = understand(text.read(text_.encode()), "2018年工作总结")
    assert [(r.title, r.year) for r in reports] == [
        ("2018年工作总结（1）", None),
        ("2018年工作总结（2）", None),
    ]


# -- sections --------------------------------------------------------------------------------------


def years(found: Report) -> dict[str, int | None]:
    return {s.heading or "": s.year for s in found.sections}


def test_sections_of_a_summary_and_plan() -> None:
    found = report(
        f"澄川区2019年工作总结及2020年工作计划\n一、主要工作\n{BODY}\n（一）招商引资\n{BODY}\n二、存在问题\n人才短缺，用地紧张，融资困难。\n"
        f"三、下一步工作打算\n{PLAN}\n（一）扩大投资\n{PLAN}"
    )
    assert years(found) == {
        "一、主要工作": 2019,
        "（一）招商引资": 2019,
        "二、存在问题": 2019,
        "三、下一步工作打算": 2020,
        "（一）扩大投资": 2020,
    }


def test_a_section_s_own_heading_goes_first() -> None:
    found = report(
        f"2025年澄川市政府工作报告\n一、2024年工作回顾\n（一）经济运行\n{BODY}\n二、2025年工作安排\n（一）扩大投资\n{PLAN}"
    )
    assert years(found) == {
        "一、2024年工作回顾": 2024,
        "（一）经济运行": 2024,
        "二、2025年工作安排": 2025,
        "（一）扩大投资": 2025,
    }


def test_last_year_and_next_year_beside_a_named_one() -> None:
    found = two_parts("澄川区2020年工作汇报", "一、去年工作回顾", "二、明年工作打算")
    assert years(found) == {"一、去年工作回顾": 2019, "二、明年工作打算": 2021}
    assert found.plan_years == (2021,)


def test_several_planned_years_are_none_for_a_section() -> None:
    found = two_parts(
        "澄川区“十一五”工作总结及“十二五”工作思路", "一、“十一五”工作回顾", "二、“十二五”工作思路"
    )
    assert years(found) == {"一、“十一五”工作回顾": 2010, "二、“十二五”工作思路": None}


def test_a_masked_heading_is_unknown_and_so_are_those_below() -> None:
    found = report(
        f"澄川区2019年工作总结\n一、20xx年工作回顾\n（一）招商引资\n{BODY}\n二、2019年主要指标\n{BODY}"
    )
    assert years(found) == {"一、20xx年工作回顾": None, "（一）招商引资": None, "二、2019年主要指标": 2019}


def test_half_years() -> None:
    found = two_parts("澄川区2020年上半年工作总结", "一、上半年工作情况", "二、下半年工作打算")
    assert (found.year, found.plan_years) == (2020, (2020,))
    assert years(found) == {"一、上半年工作情况": 2020, "二、下半年工作打算": 2020}


def test_no_year_at_all() -> None:
    found = two_parts("澄川区工作总结")
    assert years(found) == {"一、主要工作完成情况": None, "二、工作打算": None}


@pytest.mark.parametrize(
    ("end", "year", "published"), [("", None, "2021-03-08"), ("2019年12月3日", 2019, "2019-12-03")]
)
def test_the_date_that_the_format_gives(end: str, year: int | None, published: str) -> None:
    """It goes before a date that stands on the page, behind the report's own, and makes no year."""
    lines = ("上传人:ab****1 上传时间:2020-05-09 格式:DOC", "澄川区工作汇报", "一、主要工作", BODY, end)
    document = replace(text.read("\n".join(lines).encode()), published="2021-03-08")
    (found,) = understand(document, "某某文件")
    assert (found.year, found.published) == (year, published)
