"""A report as the page shows it: where its marks are, what exists elsewhere, how it is cited."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient

from indexer.analysis.dictionary import EMPTY
from indexer.engines.base import Reader
from indexer.errors import NotFoundError
from indexer.library import Library
from indexer.model import FiledReport, FileEntry, Report, Section, report_id
from indexer.ocr import NOTICE
from indexer.repeated import find_family, report_with_copies
from tests.webui.conftest import LONG_WORD, YEARS, Corpus, Element, read_html, reader_of
from webui import create_app
from webui.reading import ReportView, arrange
from webui.tables import Table

Get = Callable[..., Element]
ReportOf = Callable[[str], str]
ENTRY = FileEntry("资料/甲.docx", "1", None, "docx", None, 1)


@pytest.fixture
def arranged(app: Flask) -> Callable[..., ReportView]:
    def arranged(
        report: Report, query: str = "", entry: FileEntry = ENTRY, copies: tuple[int, ...] = ()
    ) -> ReportView:
        with app.test_request_context():
            return arrange(FiledReport("abc", entry.file, report), query, entry, copies, lexicon=EMPTY)

    return arranged


def section(heading: str | None, *paragraphs: str, path: tuple[str, ...] = ()) -> Section:
    return Section(heading, 1 if heading else 0, path or ((heading,) if heading else ()), paragraphs)


# -- the strip ---------------------------------------------------------------------------------------


def test_ticks_stand_where_the_marks_are_in_the_text(arranged: Callable[..., ReportView]) -> None:
    before, behind = "空" * 596, "空" * 396
    shown = arranged(Report(1, "灯塔年报", (section("一、灯塔", before, behind + "灯塔"),)), "灯塔")
    characters = len("灯塔年报" + "一、灯塔" + before + behind + "灯塔")
    assert shown.marks == 3
    marks = [0, len("灯塔年报一、"), characters - 2]
    for tick, at in zip(shown.ticks, sorted({at * 300 // characters for at in marks}), strict=True):
        assert tick.at == pytest.approx((at + 0.5) * 1000 / 300, abs=0.1)
    assert [(tick.mark, tick.count) for tick in shown.ticks] == [(1, 1), (2, 1), (3, 1)]


def test_words_that_follow_each_other_are_one_place(arranged: Callable[..., ReportView]) -> None:
    shown = arranged(Report(1, "年报", (section(None, "启源锂电投产，启源二期开工"),)), "启源 锂电")
    assert shown.marks == 2


def test_what_is_said_of_the_file_stands_on_the_report(arranged: Callable[..., ReportView]) -> None:
    report = Report(1, "年报", (section(None, "灯塔"),), ocr=True)
    warnings = ("隐藏的工作表也已读取：底稿 (hidden sheets are read, too)", NOTICE)
    shown = arranged(report, entry=replace(ENTRY, warnings=warnings))
    assert shown.warnings == ("隐藏的工作表也已读取：底稿",)
    assert shown.notice == "文字由图像识别（OCR）得到，可能有误"
    assert (shown.ordinal, arranged(report, entry=replace(ENTRY, reports=2)).ordinal) == (0, 1)


def test_marks_at_one_place_are_one_tick(arranged: Callable[..., ReportView]) -> None:
    shown = arranged(
        Report(1, "年报", (section(None, "灯塔、灯塔、灯塔" + "空" * 100_000 + "灯塔"),)), "灯塔"
    )
    assert [(tick.mark, tick.count) for tick in shown.ticks] == [(1, 3), (4, 1)]
    many = arranged(Report(1, "年报", (section(None, "灯塔和" * 20_000),)), "灯塔")
    assert many.marks == 20_000
    assert len(many.ticks) <= 300
    assert sum(tick.count for tick in many.ticks) == 20_000
    assert all(0 < tick.at < 1000 for tick in many.ticks)


def test_strip_leads_to_marks_without_scripts(page: Get, report_of: ReportOf) -> None:
    shown = page(f"/report/{report_of('海港.txt')}", q="灯塔")
    links = shown.one("svg", class_="strip").all("a")
    marks = {mark.attrs["id"] for mark in shown.all("mark")}
    assert len(links) == 45
    assert {link.attrs["href"] for link in links} == {f"#{mark}" for mark in marks}
    places = [float(re.findall(r"[\d.]+", link.all("path")[0].attrs["d"])[1]) for link in links]
    assert places == sorted(places)
    assert links[6].one("title").text == "第 7 处"


@pytest.mark.parametrize("query", ["", "没有的词"])
def test_no_strip_without_marks(page: Get, report_of: ReportOf, query: str) -> None:
    assert not page(f"/report/{report_of('海港.txt')}", q=query).all(class_="strip")


def test_outline_counts_the_marks_of_each_section(page: Get, report_of: ReportOf) -> None:
    shown = page(f"/report/{report_of('园区.txt')}", q="招商引资")
    for entry in shown.one(class_="outline").all("li"):
        part = shown.one("section", id=entry.one("a").attrs["href"][1:])
        counted = [n.text for n in entry.all(class_="n")]
        assert counted == ([str(len(part.all("mark")))] if part.all("mark") else [])
    assert not page(f"/report/{report_of('园区.txt')}").one(class_="outline").all(class_="n")


# -- tables ------------------------------------------------------------------------------------------

_ROWS = ("指标\t2017年\t2018年", "产值\t86.4\t1,095.3", "增速（%）\t9.8\t—")


def shown_rows(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def test_rows_that_follow_each_other_are_a_table(arranged: Callable[..., ReportView]) -> None:
    shown = arranged(Report(1, "年报", (section("甲", "子", *_ROWS, "丑", "寅\t卯", "辰"),)))
    before, table, *behind = shown.sections[0].text
    assert isinstance(table, Table)
    assert shown_rows(table) == [row.split("\t") for row in _ROWS]
    assert (table.head, set(table.figures)) == (True, {1, 2})
    paragraphs = ["".join(piece.text for piece in block) for block in (before, *behind)]  # type: ignore[union-attr]
    assert paragraphs == ["子", "丑", "寅\t卯", "辰"]  # one row alone is none


@pytest.mark.parametrize(
    ("rows", "figures"),
    [
        (("产值\t86.4", "税收\t95.3"), {1}),  # the first row has figures too
        (("2017年\t2018年", "产值\t86.4\t95.3"), {1, 2}),  # it names too few columns
        (("名称\t名称\t数", "甲\t乙\t3"), {2}),  # it says one thing twice
        (("名称\t\t数", "甲\t乙\t3"), {2}),  # it names nothing
        (("甲\t命令", "乙\t参见甲"), set()),  # no column is of another kind than its name
        (("甲\t3月", "乙\t2018年"), set()),
    ],
)
def test_a_first_row_that_may_be_like_any_is_no_head(
    arranged: Callable[..., ReportView], rows: tuple[str, ...], figures: set[int]
) -> None:
    (table,) = arranged(Report(1, "年报", (section("甲", *rows),))).sections[0].text
    assert isinstance(table, Table)
    assert (table.head, set(table.figures)) == (False, figures)


def test_a_mark_over_two_cells_is_one(arranged: Callable[..., ReportView]) -> None:
    rows = ("灯\t塔\t灯塔", "甲\t灯 塔\t丙灯\t塔乙")
    shown = arranged(Report(1, "年报", (section("一", *rows),)), "灯塔")
    (table,) = shown.sections[0].text
    assert isinstance(table, Table)
    assert shown_rows(table) == [row.split("\t") for row in rows]
    cells = [
        (cell.runs_on, [(piece.text, piece.mark) for piece in cell.pieces]) for cell in chain(*table.rows)
    ]
    assert cells == [
        ("", [("灯", 1)]),
        ("塔", []),
        ("", [("灯塔", 2)]),
        ("", [("甲", None)]),
        ("", [("灯 塔", 3)]),
        ("", [("丙", None), ("灯", 4)]),
        ("塔", [("乙", None)]),
    ]
    assert shown.marks == shown.sections[0].marks == sum(tick.count for tick in shown.ticks) == 4


def test_a_mark_over_three_cells(arranged: Callable[..., ReportView]) -> None:
    (table,) = (
        arranged(Report(1, "年报", (section("一", "灯\t塔\t下甲", "乙\t丙"),)), '"灯塔下"').sections[0].text
    )
    assert isinstance(table, Table)
    assert [(c.runs_on, [p.mark for p in c.pieces]) for c in table.rows[0]] == [
        ("", [1]),
        ("塔", []),
        ("下", [None]),
    ]


def test_the_page_has_tables(corpus: Corpus) -> None:
    document = Document()
    for text in ("海湾园区2018年工作总结", "一、主要指标", "全年各项指标如下。"):
        document.add_paragraph(text)
    rows = (
        ("指标", "2017年", "2018年"),
        ("灯", "8", "9"),
        ("<b>&amp;灯</b>", "7", "字" * 10_000),
        ("灯", "塔", ""),
    )
    for row, cells in zip(document.add_table(len(rows), 3).rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_paragraph("表后面还有灯塔一座。")
    document.save(str(corpus.folder / "表.docx"))
    corpus.update()
    get = reader_of(create_app(corpus.index).test_client())
    shown = get(f"/report/{report_id('资料/表.docx', 1)}", q="灯塔")
    frame = shown.one("article").one(class_="sheet")
    assert (frame.attrs["tabindex"], frame.attrs["role"], frame.attrs["aria-label"]) == (
        "0",
        "region",
        "表 1",
    )
    found = [[cell.text for cell in row.all("th") + row.all("td")] for row in frame.all("tr")]
    assert found == [[text for text in row if text] for row in rows]
    assert [mark.attrs.get("id") for mark in frame.all("mark")] == ["m1", None]
    assert {mark.attrs["id"] for mark in shown.one("article").all("mark") if mark.attrs} == {"m1", "m2"}
    assert not frame.all("b")


# -- the title -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "phrases"),
    [
        (
            "柳塘镇人民政府2019年工作总结及2020年工作计划",
            "柳塘镇|人民政府|2019年|工作|总结及|2020年|工作|计划",
        ),
        ("园区工作简报（2020年第5期）", "园区|工作简报（2020年第5期）"),
        ("灯塔 篇2", "灯塔 篇2"),
    ],
)
def test_titles_may_be_broken_between_words(
    arranged: Callable[..., ReportView], title: str, phrases: str
) -> None:
    shown = arranged(Report(1, title, (section("甲", "子"),)))
    assert "|".join("".join(piece.text for piece in phrase) for phrase in shown.title) == phrases


def test_marks_in_titles_stay_whole(arranged: Callable[..., ReportView]) -> None:
    shown = arranged(Report(1, "园区工作总结2018年", (section("甲", "子"),)), '"区工作"')
    found = [[(piece.text, piece.mark) for piece in phrase] for phrase in shown.title]
    assert found == [[("园", None), ("区工作", 1)], [("总结", None)], [("2018年", None)]]


def test_the_page_breaks_titles(page: Get, report_of: ReportOf) -> None:
    title = page(f"/report/{report_of('园区.txt')}", q="工作").one("h1")
    assert title.raw == "澄川园区2021年工作总结及2022年工作计划"
    assert len(title.all("wbr")) > 3


# -- what exists elsewhere -----------------------------------------------------------------------------


def test_sections_that_exist_elsewhere_lead_to_their_template(again: Get, repeated: Path) -> None:
    report = report_id("资料/溪口2010.txt", 1)
    shown = again(f"/report/{report}")
    copies = shown.one("section", id="s0").one("a", class_="copies")
    assert copies.text == f"库中另有 {len(YEARS) - 1} 处相同"
    assert copies.attrs["href"] == f"/templates/s-{report}-0"
    assert again(copies.attrs["href"]).one("h1")
    assert not shown.one("section", id="s1").all(class_="copies")


def test_copies_are_those_of_the_families(repeated: Path) -> None:
    library = Library(repeated)
    for filed in library.reports():
        kept = report_with_copies(library, filed.report_id)
        assert (kept.filed, kept.entry) == (filed, library.file(filed.file))
        assert kept.copies == tuple(
            find_family(library, f"s-{filed.report_id}-{n}").copies for n in range(len(filed.report.sections))
        )
    for wrong in ("", "nosuchreport", f"{report_id('资料/独一.txt', 1)}-0"):
        with pytest.raises(NotFoundError):
            report_with_copies(library, wrong)


def test_copies_of_another_state_of_the_report_do_no_harm(arranged: Callable[..., ReportView]) -> None:
    report = Report(1, "年报", (section("一、甲", "子"), section("二、乙", "丑")))
    assert [s.copies for s in arranged(report, copies=()).sections] == [None, None]
    counted = [s.copies and s.copies.count for s in arranged(report, copies=(3,)).sections]
    assert counted == [2, None]


@pytest.mark.parametrize("calls", [1, 2, 3, 4])
def test_a_report_and_its_copies_are_of_one_state(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    twice = "全年实现农业总产值三十亿元，粮食播种面积稳定在三万亩以上，农民收入稳步提高，再创新高。"
    once = "月亮湾的渔船全部换上了新的发动机，出海更稳当，码头也修葺一新。"
    title = "溪口镇2019年工作总结"
    corpus.write("甲.txt", f"{title}\n\n一、农业\n\n{twice}\n\n二、渔业\n\n{once}\n")
    corpus.write("乙.txt", f"柳塘镇2020年工作总结\n\n一、农业\n\n{twice}\n")
    corpus.update()
    app = create_app(corpus.index)
    library: Library = app.extensions["gaoku"]
    whole, left = library.reader, [calls]

    @contextmanager
    def updated_after() -> Iterator[Reader]:
        with whole() as reader:
            yield reader
        left[0] -= 1
        if not left[0]:
            corpus.write("甲.txt", f"{title}\n\n一、渔业\n\n{once}\n\n二、农业\n\n{twice}\n")
            corpus.update()

    monkeypatch.setattr(library, "reader", updated_after)
    answer = app.test_client().get(f"/report/{report_id('资料/甲.txt', 1)}")
    parts = read_html(answer.text).all("section", class_="part")
    assert [twice in part.raw for part in parts] in ([True, False], [False, True])
    for part in parts:
        assert bool(part.all("a", class_="copies")) == (twice in part.raw)


# -- what is marked ------------------------------------------------------------------------------------


def test_synonyms_are_marked_as_in_the_results(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings"
    settings.mkdir()
    (settings / "synonyms.txt").write_text("招商引资 双招双引\n", "utf-8")
    monkeypatch.setenv("GAOKU_SETTINGS", str(settings))
    corpus.write("甲.txt", "园区2020年工作总结\n\n一、双招双引\n\n双招双引开了头，引进企业三家。\n")
    corpus.update()
    client = create_app(corpus.index).test_client()
    hit = read_html(client.get("/?q=招商引资").text).one("article", class_="hit")
    report = read_html(client.get(hit.one("a", class_="place").attrs["href"]).text)
    assert [mark.raw for mark in report.one("article").all("mark")] == ["双招双引", "双招双引"]
    preview = read_html(client.get(hit.attrs["data-preview"]).text)
    assert [mark.raw for mark in preview.one(class_="text").all("mark")] == ["双招双引", "双招双引"]


# -- the source ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "year", "reports", "work", "file"),
    [
        ("澄川园区", 2021, 1, "《年报》（澄川园区，2021 年）", "资料/甲.docx"),
        ("澄川园区", None, 1, "《年报》（澄川园区）", "资料/甲.docx"),
        (None, 2021, 1, "《年报》（2021 年）", "资料/甲.docx"),
        (None, None, 3, "《年报》", "资料/甲.docx，第 2 篇"),
    ],
)
def test_citation(
    arranged: Callable[..., ReportView],
    unit: str | None,
    year: int | None,
    reports: int,
    work: str,
    file: str,
) -> None:
    report = Report(2, "年报", (section("甲", "子"),), unit=unit, year=year)
    entry = FileEntry(ENTRY.file, "1", None, "docx", None, reports)
    cited = arranged(report, entry=entry).citation
    assert (cited.work, cited.file) == (work, file)


def test_the_page_says_what_is_cited(page: Get, report_of: ReportOf) -> None:
    shown = page(f"/report/{report_of('园区.txt')}")
    article = shown.one("article")
    assert article.attrs["data-work"] == "《澄川园区2021年工作总结及2022年工作计划》（澄川园区，2021 年）"
    assert article.attrs["data-file"] == "资料/园区.txt"
    paths = [part.attrs.get("data-path", "") for part in article.all("section", class_="part")]
    assert "一、2021年工作总结 › （一）招商引资取得突破" in paths
    assert shown.one(class_="cite").text == f"出处：{article.attrs['data-work']}，资料/园区.txt"


# -- the file itself -----------------------------------------------------------------------------------


def test_links_to_the_original(page: Get, report_of: ReportOf, client: FlaskClient) -> None:
    report = report_of("园区.txt")
    shown = page(f"/report/{report}").one("article").one(class_="acts")
    assert shown.link("打开原文件") == f"/original/{report}"
    assert shown.link("下载原文件") == f"/original/{report}?save=1"
    for link in ("打开原文件", "下载原文件"):
        assert client.get(shown.link(link)).status_code == 200


def test_what_browsers_do_not_show_is_only_saved(corpus: Corpus) -> None:
    corpus.write("表.csv", "项目,金额\n路灯改造工程,12\n")
    corpus.update()
    answer = create_app(corpus.index).test_client().get(f"/report/{report_id('资料/表.csv', 1)}")
    assert "打开原文件" not in answer.text
    assert "下载原文件" in answer.text


def test_hostile_texts_stay_texts(again: Get) -> None:
    shown = again(f"/report/{report_id('资料/<b>敌2017.txt', 1)}", q="引号 script")
    assert [script.attrs["type"] for script in shown.all("script")] == ["module"]
    assert not shown.all("img")
    assert shown.one("article").attrs["data-work"].startswith("《<img src=x onerror=alert(2)>")
    assert LONG_WORD in "".join(p.raw for p in shown.one("article").all("p"))
    assert shown.one("article").attrs["data-file"] == "资料/<b>敌2017.txt"
