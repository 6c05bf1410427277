from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from indexer.library import Library
from indexer.search import make_question, search
from webui import create_app, results
from webui.address import Address

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
    assert re.fullmatch(r"共 5 段，分布在 3 篇报告 · (不到 1|\d+) 毫秒", text)


def test_hits_stand_under_their_report(page: Get, built: Path, report_of: ReportOf) -> None:
    answer = search(Library(built), make_question("招商引资"))
    reports = list(dict.fromkeys(hit.filed.report_id for hit in answer.hits))
    shown = page("/", q="招商引资").all("article", class_="report")
    assert [urlsplit(a.one("h2").one("a").attrs["href"]).path for a in shown] == [
        f"/report/{r}" for r in reports
    ]
    places = [place.attrs["href"] for a in shown for place in a.all("a", class_="place")]
    in_order = [h for r in reports for h in answer.hits if h.filed.report_id == r]
    assert [(urlsplit(p).path, urlsplit(p).fragment) for p in places] == [
        (f"/report/{h.filed.report_id}", f"s{h.filed.position}") for h in in_order
    ]
    assert {dict(parse_qsl(urlsplit(p).query))["q"] for p in places} == {"招商引资"}
    (garden,) = [a for a in shown if report_of("园区.txt") in a.one("h2").one("a").attrs["href"]]
    assert garden.one(class_="source").text == "澄川园区 · 资料/园区.txt"
    assert len(garden.all(class_="hit")) == 2


def test_a_hit(page: Get) -> None:
    found = page("/", q="“招商引资到位资金”")
    hit = found.one(class_="hit")
    assert hit.one("h3").text == "（一）招商引资取得突破"
    assert hit.one(class_="about").text == "2021 年总结招商引资一、2021年工作总结"
    assert hit.one(class_="passage").raw == "全年招商引资到位资金41亿元，新签约项目27个。招商引资队伍壮大。"
    assert marked(hit.one(class_="passage")) == ["招商引资到位资金"]


def test_heading_and_title_are_marked_too(page: Get) -> None:
    report = page("/", q="柳塘 茶园").one("article", class_="report")
    assert marked(report.one("h2")) == ["柳塘"]
    assert marked(report.one("h3")) == ["茶园"]


def test_marks_on_other_forms(page: Get) -> None:
    hit = page("/", q="“项目建设” abc类").one(class_="hit")
    assert hit.one("h3").text == "（二）項目建設穩步推進"
    assert marked(hit.one("h3")) == ["項目建設"]
    assert "".join(marked(hit.one(class_="passage"))) == "項目建設ＡＢＣ類"


def test_a_match_in_the_heading_alone_shows_the_beginning(page: Get) -> None:
    hit = page("/", q="“项目建设稳步推进”").one(class_="hit")
    assert marked(hit.one("h3")) == ["項目建設穩步推進"]
    assert hit.one(class_="passage").text.startswith("全年實施項目建設")
    assert marked(hit.one(class_="passage")) == []


def test_text_before_the_first_heading(page: Get) -> None:
    assert page("/", q="“平稳推进，现将”").one(class_="place").text == "开头的文字"


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
    titles = [title.text for title in page(on).all("h2") if title.all("a")]
    assert len(titles) == search(Library(built), Address("招商引资").to(**{name: value}).question()).reports


def test_counts_of_filters_are_what_they_find(page: Get) -> None:
    found = page("/", q="招商引资", part="总结")
    links = [a for group in found.one("nav", id="filters").all(class_="group") for a in group.all("a")]
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
    hidden = {i.attrs["name"]: i.attrs["value"] for i in found.one("form").all("input", type="hidden")}
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


def test_sorts(page: Get) -> None:
    found = page("/", q="招商引资", part="总结", sort="newest")
    sorts = found.one(class_="sorts").all("a")
    assert {a.text: asked(a.attrs["href"]) for a in sorts} == {
        "相关": {"q": "招商引资", "part": "总结"},
        "最新": {"q": "招商引资", "part": "总结", "sort": "newest"},
        "最早": {"q": "招商引资", "part": "总结", "sort": "oldest"},
    }
    assert [a.text for a in sorts if "aria-current" in a.attrs] == ["最新"]
    first = found.all(class_="about")[0].text
    last = page("/", q="招商引资", part="总结", sort="oldest").all(class_="about")[0].text
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
    assert text.count('class="hit"') == 5
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
        "资料/园区.txt第 1 篇",
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
    assert set(texts) == {"gaoku.css", "gaoku.js", "favicon.svg"}
    for path in (
        "/",
        "/?q=招商引资&year=2021",
        f"/report/{report_of('园区.txt')}?q=园区",
        "/nothing",
        "/templates",
        "/similar",
        f"/similar?to={report_of('园区.txt')}",
    ):
        texts[path] = client.get(path).text
    for name, text in texts.items():
        assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)|url\(|@import", text), name
    for name in texts.keys() - {"gaoku.css", "gaoku.js", "favicon.svg"}:
        assert not re.findall(r"<style|\sstyle=|\son\w+=|<script(?! defer src=\"/static/)", texts[name]), name
    for name in ("gaoku.css", "gaoku.js", "favicon.svg"):
        assert client.get(f"/static/{name}").text == texts[name]
