from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient

from indexer.library import Library
from indexer.model import report_id
from indexer.search import make_question, search
from tests.webui.conftest import read_html, reader_of
from webui import create_app, results
from webui.address import Address, TemplatesAddress
from webui.histogram import draw_years

if TYPE_CHECKING:
    from tests.webui.conftest import Corpus, Element

Get = Callable[..., "Element"]
ReportOf = Callable[[str], str]
HOSTILE = '<b>&"敌.txt'


def asked(url: str) -> dict[str, str]:
    """The parameters of an address of the search page."""
    assert urlsplit(url).path == "/"
    return dict(parse_qsl(urlsplit(url).query, strict_parsing=bool(urlsplit(url).query)))


def marked(element: Element) -> list[str]:
    return [mark.raw for mark in element.all("mark")]


def group_link(page: Element, group: str, value: str) -> tuple[str, int]:
    """A filter's address and count."""
    (section,) = [s for s in page.all("section", class_="group") if s.one("h2").text == group]
    (link,) = [a for a in section.all("a") if a.text.split(" ")[0] == value]
    return link.attrs["href"], int(link.one(class_="n").text.replace(",", ""))


# -- the start -----------------------------------------------------------------------------------


def test_start_says_what_the_index_holds(page: Get, built: Path) -> None:
    start = page("/")
    counts = Library(built).status()[1]
    text = start.one(class_="holds").text
    assert text.startswith(f"{counts.reports} 篇报告 · {counts.sections} 段 · 更新于 2")
    assert start.one("input", id="q").attrs["value"] == ""
    assert not start.all(class_="report")


def test_examples_come_from_the_index_and_keep_their_word(page: Get, built: Path) -> None:
    examples = page("/").one(class_="examples").all("li")
    assert len(examples) >= 2
    topics = {topic for topic, _ in search(Library(built), make_question(limit=0)).facets.topic}
    for example in examples:
        link = example.one("a")
        assert any(topic in link.text for topic in topics)
        assert asked(link.attrs["href"]) == {"q": link.text}
        promised = int(example.one(class_="n").text.split()[0])
        assert promised > 0
        assert f"共 {promised} 段" in page(link.attrs["href"]).one(class_="numbers").text


def test_start_leads_to_every_year_part_and_topic(page: Get, built: Path) -> None:
    start = page("/")
    facets = search(Library(built), make_question(limit=0)).facets
    for group, name, values in (
        ("年份", "year", facets.year),
        ("部分", "part", facets.part),
        ("主题", "topic", facets.topic),
    ):
        for value, count in values:
            href, shown = group_link(start, group, str(value))
            assert (asked(href), shown) == ({name: str(value)}, count)


@pytest.mark.parametrize("path", ["/", "/?q=招商引资", "/?year=2019", "/?sort=newest", "/?year=abc"])
def test_first_start(corpus: Corpus, path: str) -> None:
    response = create_app(corpus.index).test_client().get(path)
    assert response.status_code == 200
    assert "还没有索引" in response.text
    assert "gaoku index 文件夹" in response.text
    assert str(corpus.index) not in response.text


def test_first_start_of_a_report(corpus: Corpus) -> None:
    response = create_app(corpus.index).test_client().get("/report/x")
    assert response.status_code == 503
    assert "还没有索引" in response.text


def test_index_without_reports(corpus: Corpus) -> None:
    corpus.update()
    response = create_app(corpus.index).test_client().get("/?q=x")
    assert response.status_code == 200
    assert "索引里还没有报告" in response.text


PAGES_OVER_REPORTS = (
    "/",
    "/compare",
    "/compare?q=x",
    "/similar",
    "/templates",
    "/templates?q=x",
    "/years?q=x",
)


@pytest.mark.parametrize("path", PAGES_OVER_REPORTS)
def test_pages_without_reports_explain_how_they_come_in(corpus: Corpus, path: str) -> None:
    get = reader_of(create_app(corpus.index).test_client())
    shown = get(path, 200 if path == "/" else 503)
    assert shown.one("h1").text == "还没有索引"
    assert shown.link("刷新本页") == path
    corpus.write("空.docx", "no document")
    corpus.update()
    shown = get(path)
    assert shown.one("h1").text == "索引里还没有报告"
    assert "索引里有 1 个文件，但没有一个读得出文字。" in shown.one("main").text
    assert shown.link("刷新本页") == path
    assert not shown.all("form")


def test_a_draft_without_reports(corpus: Corpus) -> None:
    corpus.update()
    shown = reader_of(create_app(corpus.index).test_client())("/similar", post={"text": "全年修好灯塔一座。"})
    assert shown.one("h1").text == "索引里还没有报告"


def test_page_follows_updates(corpus: Corpus, files: dict[str, str]) -> None:
    client = create_app(corpus.index).test_client()
    assert "还没有索引" in client.get("/").text
    corpus.write("柳塘.txt", files["柳塘.txt"])
    corpus.update()
    assert "<b>1</b> 篇报告" in client.get("/").text
    assert "茶园" in client.get("/?q=茶园").text
    corpus.write("园区.txt", files["园区.txt"])
    corpus.update()
    assert "<b>2</b> 篇报告" in client.get("/").text


# -- results -------------------------------------------------------------------------------------


def test_numbers_are_those_of_the_search(page: Get) -> None:
    text = page("/", q="招商引资").one(class_="numbers").text
    assert re.fullmatch(r"共 5 段，分布在 3 篇报告 · (不到 1|\d+) 毫秒 · 逐年", text)


def test_hits_stand_in_the_order_of_the_search(page: Get, built: Path) -> None:
    answer = search(Library(built), make_question("招商引资"))
    shown = page("/", q="招商引资").all("article", class_="hit")
    places = [hit.one("a", class_="place").attrs["href"] for hit in shown]
    assert [(urlsplit(p).path, urlsplit(p).fragment) for p in places] == [
        (f"/report/{h.filed.report_id}", f"s{h.filed.position}") for h in answer.hits
    ]
    assert {dict(parse_qsl(urlsplit(p).query))["q"] for p in places} == {"招商引资"}
    assert [hit.one("h2").one("bdi").raw for hit in shown] == [h.filed.title for h in answer.hits]
    assert [hit.one(class_="file").raw for hit in shown] == [h.filed.file for h in answer.hits]


def test_a_hit(page: Get, report_of: ReportOf) -> None:
    hit = page("/", q="“招商引资到位资金”").one("article", class_="hit")
    assert hit.one("h2").one("a").text == "澄川园区2021年工作总结及2022年工作计划"
    assert hit.one(class_="year").text == "2021 年"
    assert hit.one(class_="about").text == "澄川园区一、2021年工作总结 › （一）招商引资取得突破"
    assert hit.one(class_="passage").raw == "全年招商引资到位资金41亿元，新签约项目27个。招商引资队伍壮大。"
    assert marked(hit.one(class_="passage")) == ["招商引资到位资金"]
    section = f"{report_of('园区.txt')}-2"
    assert hit.link("找相似") == f"/similar?to={section}"
    assert hit.link("对比") == f"/compare?a={section}"
    pick = hit.one(class_="pick")
    assert (pick.attrs["data-id"], pick.attrs["data-title"]) == (section, hit.one("h2").one("a").text)
    assert hit.one("button", class_="copy").attrs["data-section"] == section


def test_heading_and_title_are_marked_too(page: Get) -> None:
    hit = page("/", q="柳塘 茶园").one("article", class_="hit")
    assert marked(hit.one("h2")) == ["柳塘"]
    assert marked(hit.one(class_="heading")) == ["茶园"]


def test_marks_on_other_forms(page: Get) -> None:
    hit = page("/", q="“项目建设” abc类").one(class_="hit")
    assert hit.one(class_="heading").text == "（二）項目建設穩步推進"
    assert marked(hit.one(class_="heading")) == ["項目建設"]
    assert "".join(marked(hit.one(class_="passage"))) == "項目建設ＡＢＣ類"


def test_a_match_in_the_heading_alone_shows_the_beginning(page: Get) -> None:
    hit = page("/", q="“项目建设稳步推进”").one(class_="hit")
    assert marked(hit.one(class_="heading")) == ["項目建設穩步推進"]
    assert hit.one(class_="passage").text.startswith("全年實施項目建設")
    assert marked(hit.one(class_="passage")) == []


def test_text_before_the_first_heading(page: Get) -> None:
    assert page("/", q="“平稳推进，现将”").one(class_="heading").text == "开头的文字"


def test_filters_alone_list_all(page: Get, built: Path) -> None:
    total = search(Library(built), make_question(year="2019")).total
    found = page("/", year=2019)
    assert f"共 {total} 段" in found.one(class_="numbers").text
    assert len(found.all(class_="hit")) == total
    assert {asked(a.attrs["href"]).get("q") for a in found.one(class_="sorts").all("a")} == {None}
    assert all(urlsplit(a.attrs["href"]).query == "" for a in found.all("a", class_="place"))


def test_query_is_read_out_where_it_is_not_plain(page: Get) -> None:
    assert page("/", q="茶园 -柳塘").one(class_="reading").text == "查找：茶园 和 不含 柳塘"
    assert not page("/", q="茶园").all(class_="reading")
    assert not page("/", q="“茶园面积”").all(class_="reading")


# -- filters, order, pages -----------------------------------------------------------------------


def test_filters_count_and_keep_all_else(page: Get, built: Path) -> None:
    facets = search(Library(built), make_question("招商引资")).facets
    found = page("/", q="招商引资", sort="oldest", part="总结", page=1)
    href, _ = group_link(found, "年份", "2019")
    assert asked(href) == {"q": "招商引资", "part": "总结", "sort": "oldest", "year": "2019"}
    # The filter that is on still shows its other values, with what they would find.
    assert [(v, group_link(found, "部分", v)[1]) for v, _ in facets.part] == list(facets.part)
    href, _ = group_link(found, "部分", "问题")
    assert asked(href) == {"q": "招商引资", "part": "问题", "sort": "oldest"}
    href, _ = group_link(found, "部分", "总结")
    assert asked(href) == {"q": "招商引资", "sort": "oldest"}
    assert [
        a.text.split()[0] for a in found.one("nav", id="filters").all("a", **{"aria-current": "true"})
    ] == ["总结"]


@pytest.mark.parametrize(
    ("name", "label", "value"), [("unit", "单位", "柳塘镇"), ("format", "文件类型", "文本")]
)
def test_units_and_types_of_files(page: Get, built: Path, name: str, label: str, value: str) -> None:
    facets = search(Library(built), make_question("招商引资")).facets
    wanted = dict(getattr(facets, name))
    assert wanted[value]
    for query in ({}, {name: value}):  # the filter that is on still shows its other values
        found = page("/", q="招商引资", sort="newest", **query)
        assert {v: group_link(found, label, v)[1] for v in wanted} == wanted
    on, _ = group_link(page("/", q="招商引资", sort="newest"), label, value)
    off, _ = group_link(page("/", q="招商引资", sort="newest", **{name: value}), label, value)
    assert asked(on) == {"q": "招商引资", "sort": "newest", name: value}
    assert asked(off) == {"q": "招商引资", "sort": "newest"}
    places = [hit.one("a", class_="place").attrs["href"] or "" for hit in page(on).all(class_="hit")]
    reports = {place.partition("?")[0] for place in places}
    assert len(reports) == search(Library(built), Address("招商引资").to(**{name: value}).question()).reports


def test_counts_of_filters_are_what_they_find(page: Get) -> None:
    found = page("/", q="招商引资", part="总结")
    links = [a for ul in found.one("nav", id="filters").all("ul") for a in ul.all("a")]
    tried = [a for a in links if "aria-current" not in a.attrs]
    assert len(tried) >= 4
    for link in tried:
        count = link.one(class_="n").text
        assert page(link.attrs["href"]).one(class_="numbers").text.startswith(f"共 {count} 段")


def test_chips_take_filters_off(page: Get) -> None:
    whole = {"q": "招商引资", "year": "2019..2021", "part": "总结", "topic": "招商引资", "sort": "newest"}
    whole |= {"unit": "澄川园区", "format": "文本"}
    found = page("/", **whole)
    chips = {a.text: asked(a.attrs["href"]) for a in found.one(class_="chips").all("a")}
    assert chips == {
        "2019—2021 年": {k: v for k, v in whole.items() if k != "year"},
        "总结": {k: v for k, v in whole.items() if k != "part"},
        "招商引资": {k: v for k, v in whole.items() if k != "topic"},
        "澄川园区": {k: v for k, v in whole.items() if k != "unit"},
        "文本": {k: v for k, v in whole.items() if k != "format"},
        "全部去掉": {"q": "招商引资", "sort": "newest"},
    }
    ask = found.one("form", role="search")
    hidden = {i.attrs["name"]: i.attrs["value"] for i in ask.all("input", type="hidden")}
    assert hidden == {k: v for k, v in whole.items() if k != "q"}
    assert not page("/", q="招商引资").all(class_="chips")


def test_many_values_are_folded_but_not_the_one_that_is_on() -> None:
    app = create_app(Path("none"))
    values = [(str(2000 + n), n) for n in range(20)]
    with app.test_request_context():
        group = results.make_filter_group("year", "年份", values, Address(year="2015"))
        assert [link.text for link in group.links] == [*(str(2000 + n) for n in range(8)), "2015"]
        assert [link.text for link in group.more] == [str(2000 + n) for n in range(8, 20) if n != 15]
        nine = results.make_filter_group("year", "年份", values[:9], Address())
        assert (len(nine.links), nine.more, nine.left_out) == (9, (), 0)


def test_of_thousands_of_values_the_most_frequent_are_there() -> None:
    app = create_app(Path("none"))
    values = [(f"第{n}局", 5000 - n) for n in range(5000)]
    with app.test_request_context():
        group = results.make_filter_group("unit", "单位", values, Address(unit="第4999局"))
        assert [link.text for link in group.links] == [*(f"第{n}局" for n in range(8)), "第4999局"]
        assert [link.text for link in group.more] == [f"第{n}局" for n in range(8, 58)]
        assert len(group.links) + len(group.more) + group.left_out == 5000
        shown = app.jinja_env.get_template("_pieces.html").module.filter_group(group)  # type: ignore[attr-defined]
        assert "其余 4,991 项" in shown
        assert "还有 4,941 项较少的没有列出" in shown


@pytest.mark.parametrize("year", ["2021..2021", "２０２１", "２０２１..2021", " 2021 "])
def test_a_year_is_the_same_however_it_is_written(page: Get, year: str) -> None:
    found = page("/", q="招商引资", year=year)
    assert asked(found.one("main").attrs["data-address"]) == {"q": "招商引资", "year": "2021"}
    for where in (found, page("/templates", year=year)):
        (group,) = [s for s in where.all("section", class_="group") if s.one("h2").text == "年份"]
        (on,) = group.one("ul").all("a", **{"aria-current": "true"})
        assert on.text.startswith("2021")
        assert "year" not in on.attrs["href"]
    bar = found.one("svg", class_="bars").one("a", **{"data-year": "2021"})
    assert "year" not in asked(bar.attrs["href"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("2021..2018", "2018..2021"), ("..２０１９", "..2019"), ("2019..", "2019.."), ("0000", "0000")],
)
def test_stretches_of_years_are_written_one_way(typed: str, meant: str) -> None:
    assert Address.read({"year": typed}).year == TemplatesAddress.read({"year": typed}).year == meant


def test_sorts(page: Get) -> None:
    found = page("/", q="招商引资", part="总结", sort="newest")
    sorts = found.one(class_="sorts").all("a")
    assert {a.text: asked(a.attrs["href"]) for a in sorts} == {
        "相关": {"q": "招商引资", "part": "总结"},
        "最新": {"q": "招商引资", "part": "总结", "sort": "newest"},
        "最早": {"q": "招商引资", "part": "总结", "sort": "oldest"},
    }
    assert [a.text for a in sorts if "aria-current" in a.attrs] == ["最新"]
    first = found.all("span", class_="year")[0].text
    last = page("/", q="招商引资", part="总结", sort="oldest").all("span", class_="year")[0].text
    assert (first[:4], last[:4]) == ("2021", "2018")


def test_paging(page: Get) -> None:
    pages = [page("/", q="灯塔", year=2017, sort="oldest", page=n) for n in (1, 2, 3)]
    assert [len(p.all(class_="hit")) for p in pages] == [20, 20, 5]
    places = [a.attrs["href"] for p in pages for a in p.all("a", class_="place")]
    assert len(set(places)) == 45
    whole = {"q": "灯塔", "year": "2017", "sort": "oldest"}
    first, second, third = (p.one(class_="paging") for p in pages)
    assert second.text == "上一页 第 2 页，共 3 页 下一页"
    assert asked(second.link("上一页")) == whole
    assert asked(second.link("下一页")) == {**whole, "page": "3"}
    assert [a.text for a in first.all("a")] == ["下一页"]
    assert [a.text for a in third.all("a")] == ["上一页"]
    assert not page("/", q="招商引资").all(class_="paging")


def test_filters_lead_to_the_first_page(page: Get) -> None:
    found = page("/", q="灯塔", page=2)
    links = [a.attrs["href"] for a in found.one("nav", id="filters").all("a") if "?" in a.attrs["href"]]
    links += [a.attrs["href"] for a in found.one(class_="sorts").all("a")]
    assert links
    assert not [link for link in links if "page" in asked(link)]


@pytest.mark.parametrize("number", ["4", "9999999", "99999999"])
def test_a_page_behind_the_last(client: FlaskClient, number: str) -> None:
    response = client.get("/", query_string={"q": "灯塔", "page": number})
    if len(number) < 8:
        assert response.status_code == 302
        assert asked(response.location) == {"q": "灯塔", "page": "3"}
    else:  # no number of a page at all
        assert response.status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "x", "", "1.5", "二", "２"])
def test_no_page_is_the_first(page: Get, number: str) -> None:
    assert page("/", q="灯塔", page=number).one(class_="paging").text.startswith("上一页 第 1 页")


@pytest.mark.parametrize(
    "query",
    [
        {"year": "abc"},
        {"part": "总"},
        {"topic": "<script>alert(9)</script>"},
        {"format": "<script>alert(9)</script>"},
        {"sort": "best"},
        {"year": ".."},
    ],
)
def test_filters_that_are_none(page: Get, client: FlaskClient, query: dict[str, str]) -> None:
    found = page("/", 400, q="招商引资", **query)
    assert found.one("h1").text == "筛选条件看不懂"
    assert next(iter(query.values())) in found.one("main").text
    assert asked(found.one("a", class_="button").attrs["href"]) == {"q": "招商引资"}
    assert not found.one("main").all("script")


# -- years ---------------------------------------------------------------------------------------


def test_each_year_is_a_bar_with_its_count(page: Get, built: Path) -> None:
    found = page("/", q="招商引资", part="总结", sort="oldest")
    counts = dict(search(Library(built), make_question("招商引资", part="总结")).facets.year)
    bars = found.one("svg", class_="bars").all("a")
    assert [bar.attrs["data-year"] for bar in bars] == [*map(str, range(min(counts), max(counts) + 1))]
    for bar in bars:
        year = bar.attrs["data-year"]
        count = counts.get(int(year), 0)
        assert bar.attrs["aria-label"] == f"{year}年，{count} 段"
        assert asked(bar.attrs["href"]) == {"q": "招商引资", "part": "总结", "sort": "oldest", "year": year}
        height = float(bar.one("rect", class_="column").attrs["height"])
        assert height == pytest.approx(count / max(counts.values()) * 56, abs=0.01)


def test_the_chosen_years_stand_out_and_the_others_stay(page: Get) -> None:
    whole = page("/", q="招商引资").one("svg", class_="bars").all("a")
    found = page("/", q="招商引资", year="2019..2021")
    bars = found.one("svg", class_="bars").all("a")
    assert [b.attrs["aria-label"] for b in bars] == [b.attrs["aria-label"] for b in whole]
    on = {b.attrs["data-year"] for b in bars if "aria-current" in b.attrs}
    assert on == {"2019", "2020", "2021"}
    fields = found.one("form", class_="stretch")
    assert fields.one("input", name="from").attrs["value"] == "2019"
    assert fields.one("input", name="to").attrs["value"] == "2021"
    open_end = page("/", q="招商引资", year="2021..").one("svg", class_="bars").all("a")
    assert {b.attrs["data-year"] for b in open_end if "aria-current" in b.attrs} == {"2021", "2022"}
    one = page("/", q="招商引资", year="2019").one("svg", class_="bars")
    assert asked(one.one("a", **{"data-year": "2019"}).attrs["href"]) == {"q": "招商引资"}


def test_one_year_has_no_chart(page: Get) -> None:
    assert not page("/", q="灯塔").all("svg", class_="bars")


def test_the_years_are_the_newest_where_there_are_too_many() -> None:
    app = create_app(Path("none"))
    with app.test_request_context():
        chart = draw_years([(1000, 3), (2020, 1), (2024, 2)], Address(), None)
    assert chart is not None
    assert len(chart.bars) < 200
    assert chart.bars[-1].year == 2024
    assert chart.bars[-1].height == pytest.approx(2 / 3 * 56, abs=0.01)


@pytest.mark.parametrize(
    ("first", "last", "year"),
    [
        ("2018", "2021", "2018..2021"),
        ("2018", "", "2018.."),
        ("", "2021", "..2021"),
        ("2019", "2019", "2019"),
        ("", "", None),
    ],
)
def test_two_fields_for_the_years(client: FlaskClient, first: str, last: str, year: str | None) -> None:
    kept = {"q": "招商引资", "sort": "newest"}
    response = client.get("/", query_string={**kept, "from": first, "to": last})
    assert response.status_code == 302
    assert asked(response.location) == ({**kept, "year": year} if year else kept)


def test_the_fields_keep_the_rest(page: Get) -> None:
    form = page("/", q="招商引资", part="总结", year="2019", fold="0", page=1).one("form", class_="stretch")
    hidden = {i.attrs["name"]: i.attrs["value"] for i in form.all("input", type="hidden")}
    assert hidden == {"q": "招商引资", "part": "总结", "fold": "0"}


def test_fields_that_are_no_years(page: Get, client: FlaskClient) -> None:
    there = client.get("/", query_string={"q": "招商引资", "from": "<b>", "to": "2020"}).location
    assert "<b>..2020" in page(there, 400).one("main").text


# -- preview -------------------------------------------------------------------------------------


def test_the_first_hit_stands_beside_the_list(page: Get, client: FlaskClient) -> None:
    found = page("/", q="招商引资")
    aside = found.one("aside", id="preview")
    first = found.all("article", class_="hit")[0]
    assert aside.one("h2").one("a").attrs["href"] == first.one(class_="place").attrs["href"]
    alone = read_html(client.get(first.attrs["data-preview"]).text)
    assert alone.text == aside.text
    assert not page("/", q="nothingofthekind").all("aside")


def test_previews_show_the_whole_section_marked(page: Get, built: Path, client: FlaskClient) -> None:
    library = Library(built)
    for hit in page("/", q="招商引资").all("article", class_="hit"):
        response = client.get(hit.attrs["data-preview"])
        assert "<html" not in response.text
        shown = read_html(response.text)
        section = library.section(hit.one(class_="pick").attrs["data-id"]).section
        text = shown.one(class_="text")
        assert [p.raw for p in text.all("p")] == [*section.paragraphs]
        assert [h.raw for h in text.all("h3")] == ([section.heading] if section.heading else [])
        assert set(marked(text)) <= {"招商引资", "招商", "引资"}
        assert shown.link("打开全文") == hit.one(class_="place").attrs["href"]
        assert shown.one(class_="copy").attrs["data-section"] == hit.one(class_="copy").attrs["data-section"]


def test_a_preview_is_cited_as_its_report_is(page: Get, client: FlaskClient) -> None:
    for hit in page("/", q="工作").all("article", class_="hit"):
        cited = read_html(client.get(hit.attrs["data-preview"]).text).one(class_="text").attrs["data-source"]
        place = urlsplit(hit.one(class_="place").attrs["href"])
        report = page(place.path).one("article")
        (part,) = [p for p in report.all("section") if p.attrs["id"] == place.fragment]
        known = (report.attrs["data-work"], part.attrs.get("data-path"), report.attrs["data-file"])
        assert cited == "——" + "，".join(text for text in known if text)


def test_tables_of_a_preview_are_tables(corpus: Corpus) -> None:
    rows = ("指标\t2016年\t2017年", "灯塔\t3\t4", "<b>\t灯\t塔")
    document = Document()
    for line in ("海港2017年工作总结", "一、工作", "见下表。"):
        document.add_paragraph(line)
    for row, line in zip(document.add_table(3, 3).rows, rows, strict=True):
        for cell, words in zip(row.cells, line.split("\t"), strict=True):
            cell.text = words
    document.add_paragraph("表后面还有文字。")
    document.save(str(corpus.folder / "表.docx"))
    corpus.update()
    client = create_app(corpus.index).test_client()
    shown = read_html(client.get(f"/preview/{report_id('资料/表.docx', 1)}-0?q=灯塔").text)
    text = shown.one(class_="text")
    (sheet,) = text.all("div", class_="sheet")
    assert [[cell.raw for cell in row.all("th") + row.all("td")] for row in sheet.all("tr")] == [
        row.split("\t") for row in rows
    ]
    assert marked(sheet) == ["灯塔", "灯", "塔"]
    assert [p.raw for p in text.all("p")] == ["见下表。", "表后面还有文字。"]


def test_a_heading_alone_shows_what_stands_beneath_it(client: FlaskClient, report_of: ReportOf) -> None:
    shown = read_html(client.get(f"/preview/{report_of('园区.txt')}-1").text).one(class_="text")
    assert [h.raw for h in shown.all("h3")] == [
        "一、2021年工作总结",
        "（一）招商引资取得突破",
        "（二）項目建設穩步推進",
    ]
    assert len(shown.all("p")) == 2


def test_a_long_section_is_cut(repeated_client: FlaskClient, report_of: ReportOf) -> None:
    section = f"{report_of('<b>敌2017.txt')}-0"
    shown = read_html(repeated_client.get(f"/preview/{section}?q=alert").text)
    assert shown.one(class_="text").one("p").raw.startswith("<script>alert(1)</script>\u202e&amp;abcdef")
    assert len(shown.one(class_="text").raw) < 7000
    assert shown.one(class_="text").one("p").raw.endswith("……")
    assert shown.link("看其余的文字").startswith(f"/report/{section[:-2]}?q=alert#s0")
    assert marked(shown.one(class_="text")) == ["alert"]
    assert not shown.all("script")


def previewed(corpus: Corpus, *paragraphs: str, query: str = "灯塔") -> Element:
    """The preview of a section that has these paragraphs."""
    text = "\n\n".join(paragraphs)
    corpus.write("长.txt", f"海港2017年工作总结\n\n一、第一项工作\n\n{text}\n")
    corpus.update()
    client = create_app(corpus.index).test_client()
    return read_html(client.get(f"/preview/{report_id('资料/长.txt', 1)}-0", query_string={"q": query}).text)


def test_a_long_section_is_shown_from_before_its_first_mark(corpus: Corpus) -> None:
    filling = [f"第{chr(0x4E00 + n)}段" + "修桥补路，" * 80 + "通车。" for n in range(40)]
    shown = previewed(corpus, *filling[:30], "修好灯塔一座。", *filling[30:])
    text = shown.one(class_="text")
    assert [h.raw for h in text.all("h3")] == ["一、第一项工作"]
    assert [p.raw for p in text.all("p")] == ["……", filling[29], "修好灯塔一座。", *filling[30:]]
    assert marked(text) == ["灯塔"]
    assert "#s0" in shown.link("看其余的文字")


def test_a_long_section_begins_at_its_beginning_where_that_shows_the_mark(corpus: Corpus) -> None:
    filling = [f"第{chr(0x4E00 + n)}段" + "修桥补路，" * 80 + "通车。" for n in range(40)]
    text = previewed(corpus, *filling[:5], "修好灯塔一座。", *filling[5:], "灯塔。").one(class_="text")
    assert [p.raw for p in text.all("p")][:6] == [*filling[:5], "修好灯塔一座。"]
    assert text.all("p")[-1].raw.endswith("……")
    assert previewed(corpus, *filling, query="海港").one(class_="text").all("p")[0].raw == filling[0]


@pytest.mark.parametrize("sentence", ["修好灯塔一座。", "修桥补路，" * 60 + "修好灯塔一座。"])
def test_a_long_paragraph_is_shown_from_the_sentence_of_its_first_mark(corpus: Corpus, sentence: str) -> None:
    filling = "修桥补路，通车。" * 900
    shown = previewed(corpus, filling, filling + sentence + filling)
    text = shown.one(class_="text")
    (only,) = text.all("p")
    assert only.raw.startswith("……") and only.raw.endswith("……")
    assert only.raw[2:].startswith(sentence[-162:])
    assert marked(text) == ["灯塔"]
    assert len(only.raw) == 6004
    assert shown.link("看其余的文字")


@pytest.mark.parametrize("section", ["x", "x-0", "<script>-1", "{}-999", "{}", "-"])
def test_no_such_preview(client: FlaskClient, report_of: ReportOf, section: str) -> None:
    response = client.get("/preview/" + section.format(report_of("园区.txt")))
    assert response.status_code == 404
    assert "已不在库中" in read_html(response.text).text


# -- kept searches -------------------------------------------------------------------------------


def test_a_search_has_a_name_and_an_address_to_be_kept(page: Get) -> None:
    main = page("/", q="灯塔", year="2016..2018", sort="newest", page=2).one("main")
    assert main.attrs["data-search"] == "灯塔 · 2016—2018 年 · 最新"
    assert page("/", q="灯塔", year="2016..2018").one("main").attrs["data-search"] == "灯塔 · 2016—2018 年"
    assert asked(main.attrs["data-address"]) == {"q": "灯塔", "year": "2016..2018", "sort": "newest"}
    assert "data-found" in main.attrs
    assert "data-found" not in page("/", q="nothingofthekind").one("main").attrs


# -- nothing found -------------------------------------------------------------------------------


def test_nothing_found_offers_what_would_find_something(page: Get) -> None:
    found = page("/", q="“茶园 招商引资”", year="2018", sort="newest")
    nothing = found.one(class_="nothing")
    assert nothing.one("h1").text == "没有找到"
    assert nothing.one(class_="tried").text == "“茶园 招商引资”"
    assert "只看 2018 年" in nothing.text
    offers = {li.one("a").text: li for li in nothing.all("li")}
    assert asked(offers["去掉引号和筛选"].one("a").attrs["href"]) == {"q": "茶园 招商引资", "sort": "newest"}
    assert asked(offers["有任意一个词就算"].one("a").attrs["href"])["year"] == "2018"
    assert set(offers) == {"去掉引号和筛选", "有任意一个词就算"}
    for li in offers.values():
        count = li.one(class_="n").text
        assert page(li.one("a").attrs["href"]).one(class_="numbers").text.startswith(f"共 {count}")


def test_nothing_found_with_filters_or_quotes_alone(page: Get) -> None:
    nothing = page("/", q="茶园", year="2021").one(class_="nothing")
    assert asked(nothing.link("去掉筛选")) == {"q": "茶园"}
    nothing = page("/", q="“茶园 招商引资”").one(class_="nothing")
    assert asked(nothing.link("去掉引号")) == {"q": "茶园 招商引资"}


def test_partial_matches_are_not_unfolded(again: Get) -> None:
    found = again("/", q="农业总产值 齉齉齉")
    assert found.one(class_="relaxed")
    assert found.all("article", class_="hit")
    assert not found.all(class_="folding")
    assert not again("/", q="农业总产值 齉齉齉", fold=0).all(class_="folding")


@pytest.mark.parametrize("typed", ["zsyz", "ZSYZ", "ｚｓｙｚ"])
def test_initials_that_find_nothing_are_completed(page: Get, typed: str) -> None:
    found = page("/", q=typed, part="总结")
    assert found.one(class_="numbers").text.startswith("共 0 段")
    links = {a.text: a.attrs["href"] for a in found.one(class_="meant").all("a")}
    assert "招商引资" in links
    counts = [n.text for n in found.one(class_="meant").all(class_="n")]
    for href, count in zip(links.values(), counts, strict=True):
        assert asked(href)["part"] == "总结"
        assert page(href).one(class_="numbers").text.startswith(f"共 {count}")
    assert not page("/", q="qqqq").all(class_="meant")


def test_what_would_find_something_keeps_the_offices_words(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dictionary.txt").write_text("启源锂电二期\n", "utf-8")
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path))
    nothing = reader_of(create_app(built).test_client())("/", q="“启源锂电二期茶园”").one(class_="nothing")
    assert asked(nothing.link("有任意一个词就算"))["q"] == "启源锂电二期 | 茶园"


def test_nothing_at_all(page: Get) -> None:
    found = page("/", q="齉齉齉")
    assert found.one(class_="numbers").text.startswith("共 0 段 · ")
    assert "换个说法" in found.one(class_="nothing").text
    assert not found.one(class_="nothing").all("a")
    assert not found.all(class_="sorts") + found.all(class_="paging") + found.all(class_="tofilters")


def test_relaxed_answers_are_labelled(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from indexer.engines.base import Facets
    from webui import pages

    def relaxed(library: Library, question: Any) -> Any:
        answer = search(library, make_question("招商引资"))
        return replace(answer, question=question, total=0, reports=0, facets=Facets(), relaxed=True)

    monkeypatch.setattr(pages, "search", relaxed)
    text = app.test_client().get("/?q=招商引资 火星").text
    assert "没有完全符合的段落，以下是部分符合的" in text
    assert text.count("<article") == 5
    assert "没有找到" not in text
    monkeypatch.undo()
    assert "以下是部分符合的" not in app.test_client().get("/?q=招商引资").text


# -- a report ------------------------------------------------------------------------------------


def test_report(page: Get, report_of: ReportOf, built: Path) -> None:
    shown = page(f"/report/{report_of('园区.txt')}")
    report = Library(built).report(report_of("园区.txt")).report
    assert shown.one("h1").text == report.title
    assert [m.text for m in shown.all(class_="meta")] == [
        "2021 年总结+计划澄川园区计划 2022 年",
        "资料/园区.txt",
    ]
    sections = shown.all("section", class_="part")
    assert [s.attrs["id"] for s in sections] == [f"s{n}" for n in range(len(report.sections))]
    for element, section in zip(sections, report.sections, strict=True):
        headings = [e.raw for tag in ("h2", "h3", "h4", "h5", "h6") for e in element.all(tag)]
        assert headings == ([section.heading] if section.heading else [])
        assert [p.raw for p in element.all("p")] == [*section.paragraphs]
    labels = [(s.attrs["id"], s.one(class_="label").text) for s in sections if s.all(class_="label")]
    assert labels == [("s1", "总结 · 2021 年"), ("s4", "计划 · 2022 年")]
    outline = [
        (li.attrs["class"], li.one("a").attrs["href"], li.text)
        for li in shown.one(class_="outline").all("li")
    ]
    assert outline == [
        (f"l{s.level}", f"#s{n}", s.heading) for n, s in enumerate(report.sections) if s.heading is not None
    ]
    assert not shown.all("mark")
    assert not shown.all(class_="find")
    assert shown.one("title").text == f"{report.title} - 稿库"


def test_report_removed(page: Get, report_of: ReportOf, built: Path) -> None:
    removed = Library(built).report(report_of("园区.txt")).report.removed
    assert removed
    details = page(f"/report/{report_of('园区.txt')}").one("details", class_="removed")
    assert "open" not in details.attrs
    assert details.one("summary").text == f"不属于正文的内容（{len(removed)} 处）"
    shown = zip(details.all("dt"), details.all("dd"), strict=True)
    assert [(dt.raw, dd.raw) for dt, dd in shown] == [("页面按钮", r.text) for r in removed]


def test_report_marks(page: Get, report_of: ReportOf, files: dict[str, str]) -> None:
    shown = page(f"/report/{report_of('园区.txt')}", q="“招商引资” 园区")
    marks = shown.all("mark")
    assert [m.attrs["id"] for m in marks] == [f"m{n}" for n in range(1, len(marks) + 1)]
    body = files["园区.txt"].replace("\n", "")
    assert [m.raw for m in marks] == re.findall("招商引资|园区", body)
    find = shown.one(class_="find")
    assert find.one(class_="count").text == f"共 {len(marks)} 处"
    assert find.link("下一处") == "#m1"
    assert find.link("上一处") == f"#m{len(marks)}"
    steps = [[a.attrs["href"] for a in s.all("a")] for s in shown.all(class_="step")]
    last = len(marks)
    assert steps == [[f"#m{n - 1 or last}", f"#m{n % last + 1}"] for n in range(1, last + 1)]
    assert not shown.one(class_="outline").all("mark")


def test_report_marks_other_forms(page: Get, report_of: ReportOf) -> None:
    shown = page(f"/report/{report_of('园区.txt')}", q="“项目建设” 32 6m2")
    assert "".join(marked(shown)) == "項目建設項目建設３２６㎡"


def test_report_without_the_words(page: Get, report_of: ReportOf) -> None:
    shown = page(f"/report/{report_of('园区.txt')}", q="灯塔")
    assert "这篇里没有这些字" in shown.one(class_="find").text
    assert not shown.all("mark")
    assert not shown.one(class_="find").all("a")


def test_one_mark_has_no_neighbours(page: Get, report_of: ReportOf) -> None:
    shown = page(f"/report/{report_of('园区.txt')}", q="繁荣 “面貌一新”")
    assert marked(shown) == ["面貌一新"]
    assert [a.text for a in shown.one(class_="find").all("a")] == ["下一处"]
    assert not shown.all(class_="step")


def test_report_leads_back_to_the_search(page: Get, report_of: ReportOf) -> None:
    shown = page(f"/report/{report_of('园区.txt')}", q='"招商" <b>')
    assert shown.one("input", id="q").attrs["value"] == '"招商" <b>'
    assert shown.one("form").attrs["action"] == "/"
    assert asked(shown.link("‹ 回到搜索结果")) == {"q": '"招商" <b>'}


def test_places_of_hits_are_on_the_report_page(page: Get) -> None:
    for link in page("/", q="招商引资").all("a", class_="place"):
        split = urlsplit(link.attrs["href"])
        section = page(f"{split.path}?{split.query}").one("section", id=split.fragment)
        assert marked(section)


@pytest.mark.parametrize("path", ["/report/nosuchreport", "/report/%3Cscript%3E?q=x"])
def test_unknown_report(page: Get, path: str) -> None:
    assert page(path, 404).one("h1").text == "没有这篇报告"


@pytest.mark.parametrize("path", ["/nothing", "/report/", "/report/a/b", "/static/nothing.css", "/openapi"])
def test_unknown_paths(page: Get, path: str) -> None:
    assert page(path, 404).one("h1").text == "没有这一页"


def test_wrong_method(client: FlaskClient) -> None:
    response = client.post("/")
    assert response.status_code == 405
    assert "不能这样打开" in response.text


# -- hostile text --------------------------------------------------------------------------------


def test_hostile_file_stays_text(page: Get, client: FlaskClient, report_of: ReportOf, built: Path) -> None:
    report = Library(built).report(report_of(HOSTILE)).report
    assert report.title.startswith("<script>alert(1)</script>")
    for shown in (
        page("/", q="“与'项目'</mark>” 灯火"),
        page(f"/report/{report_of(HOSTILE)}", q="灯火 script 工作"),
    ):
        assert [s.attrs["src"] for s in shown.all("script")] == ["/static/gaoku.js"]
        assert not shown.all("img")
        assert not shown.all("b")[2:]
        assert report.title in "".join(e.raw for e in (*shown.all("h1"), *shown.all("h2")))
        assert f"资料/{HOSTILE}" in shown.raw
        assert "\u202e招商引资\u202c与'项目'</mark><script>alert(3)</script>&amp;灯火。" in shown.raw
        for element in shown.all():
            assert not [a for a in element.attrs if a.startswith("on") or a == "style"], element.tag
            assert not element.attrs.get("href", "").startswith("javascript")
    assert marked(page(f"/report/{report_of(HOSTILE)}", q="“</mark><script>”"))[-1] == "</mark><script>"


@pytest.mark.parametrize(
    "query",
    [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>'",
        "招商引资\u202e<b>",
        "javascript:alert(1)",
        "{{ 7 * 7 }} {% raw %}",
        "&lt;b&gt;",
        "\x00\x01",
    ],
)
def test_hostile_queries_stay_text(page: Get, report_of: ReportOf, query: str) -> None:
    report = f"/report/{report_of('园区.txt')}"
    for shown in (page("/", q=query), page(report, q=query), page("/report/x", 404, q=query)):
        assert len(shown.all("script")) == 1
        assert not shown.all("img")
        box = shown.one("input", id="q")
        assert box.attrs["value"] == query.strip()
        assert set(box.attrs) <= {
            *("id", "name", "type", "value", "maxlength", "placeholder", "autocomplete", "spellcheck", "dir")
        }
        for link in shown.all("a"):
            assert link.attrs["href"][0] in "/#"


@pytest.mark.parametrize(
    "query", ['"', "((((", "-", "|", "title:", "()", "a" * 5000, "招" * 3000, "NOT", "　"]
)
def test_odd_queries_are_no_errors(page: Get, query: str) -> None:
    page("/", q=query)


def test_names_that_are_no_text(corpus: Corpus, files: dict[str, str]) -> None:
    try:
        (corpus.folder / "\udcff坏.txt").write_text(files["柳塘.txt"], "utf-8")
    except (OSError, UnicodeError):
        pytest.skip("this file system has no names that are no text")
    corpus.update()
    client = create_app(corpus.index).test_client()
    found = client.get("/?q=茶园")
    assert found.status_code == 200
    assert "柳塘镇" in found.text
    body = client.get("/api/search?q=茶园").json
    assert body["total"] >= 1  # type: ignore[index]  # an object
    report = body["hits"][0]["report"]  # type: ignore[index]  # an object
    assert client.get(f"/report/{report}").status_code == 200
    assert client.get(f"/api/reports/{report}").status_code == 200


# -- nothing from elsewhere ----------------------------------------------------------------------


def test_pages_need_nothing_else(app: Flask, client: FlaskClient, report_of: ReportOf) -> None:
    static = Path(app.static_folder or "")
    texts = {path.name: path.read_text("utf-8") for path in static.iterdir()}
    own = {*texts}
    assert {name.rpartition(".")[2] for name in own} == {"css", "js", "svg"}
    for path in (
        "/",
        "/?q=招商引资&year=2021",
        f"/report/{report_of('园区.txt')}?q=园区",
        "/nothing",
        "/templates",
        "/similar",
        f"/similar?to={report_of('园区.txt')}",
        f"/compare?a={report_of('园区.txt')}",
        "/years?q=招商引资",
    ):
        texts[path] = client.get(path).text
    for name, text in texts.items():
        assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)|url\(|@import", text), name
    for name in texts.keys() - own:
        inline = r"<style|\sstyle=|\son\w+=|<script(?! type=\"module\" src=\"/static/)"
        assert not re.findall(inline, texts[name]), name
    for name in own:
        assert client.get(f"/static/{name}").text == texts[name]


def test_the_start_is_made_once_for_a_state(
    corpus: Corpus, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus.write("园区.txt", files["园区.txt"])
    corpus.update()
    asked = []
    real = search

    def counted(*args: Any) -> Any:
        asked.append(args)
        return real(*args)

    monkeypatch.setattr(results, "search", counted)
    client = create_app(corpus.index).test_client()
    first = client.get("/").text
    made = len(asked)
    assert made
    assert client.get("/").text == first
    assert len(asked) == made
    corpus.write("柳塘.txt", files["柳塘.txt"])
    corpus.update()
    later = client.get("/").text
    assert ("柳塘镇" in first, "柳塘镇" in later) == (False, True)
