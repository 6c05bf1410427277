from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from flask.testing import FlaskClient

from indexer.filling import as_docx, as_markdown, slot_table
from indexer.library import Library
from indexer.model import report_id
from indexer.repeated import find_family, list_families
from tests.webui.conftest import YEARS
from tests.webui.test_likeness import assert_harmless
from webui import create_app, repeats

if TYPE_CHECKING:
    from tests.webui.conftest import Corpus, Element

Get = Callable[..., "Element"]
CREEK = {year: report_id(f"资料/溪口{year}.txt", 1) for year in YEARS}
HOSTILE = report_id("资料/<b>敌2017.txt", 1)


def rows(table: Element) -> list[list[str]]:
    return [
        [cell.text for cell in row.all() if cell.tag in ("td", "th")] for row in table.one("tbody").all("tr")
    ]


# -- the list ------------------------------------------------------------------------------------


def test_list(again: Get, repeated: Path) -> None:
    page = again("/templates")
    listing = list_families(Library(repeated), "section")
    families = page.all("article", class_="family")
    assert [f.one("h2").one("a").attrs["href"] for f in families] == [
        f"/templates/{f.id}" for f in listing.families
    ]
    characters = [f.characters for f in listing.families]
    assert characters == sorted(characters, reverse=True)
    (creek,) = [f for f in families if f.one("h2").text == "一、农业生产"]
    saved = next(f.characters for f in listing.families if f.copies == 25)
    assert creek.one(class_="about").text == f"出现 25 次25 篇报告2000—2024 年重复 {saved:,} 字"
    assert creek.one(class_="skeleton").text.startswith("全年实现农业总产值【】亿元，同比增长【】%，粮食")
    assert page.one("nav", class_="ways").one("a", **{"aria-current": "page"}).text == "模板"


@pytest.mark.parametrize(("level", "name"), [("paragraph", "段落"), ("section", "章节"), ("report", "整篇")])
def test_levels(again: Get, repeated: Path, level: str, name: str) -> None:
    page = again("/templates", level=level)
    links = page.one(class_="levels").all("a")
    assert [a.text for a in links] == [
        f"{word} {list_families(Library(repeated), key).total}"
        for key, word in (("paragraph", "段落"), ("section", "章节"), ("report", "整篇"))
    ]
    assert [a.text.split()[0] for a in links if "aria-current" in a.attrs] == [name]
    assert len(page.all("article")) == min(20, list_families(Library(repeated), level).total)


def test_filters_and_text(again: Get) -> None:
    page = again("/templates", year=2019)
    assert [f.one("h2").text for f in page.all("article")] == ["一、农业生产"]
    chip = page.one(class_="chips").one("a")
    assert (chip.text, chip.attrs["href"]) == ("2019 年", "/templates")
    assert [f.one("h2").text for f in again("/templates", q="再创新高").all("article")] == ["一、农业生产"]
    page = again("/templates", q="渔船", level="paragraph")
    assert not page.all("article")
    assert page.one(class_="nothing").one("a").attrs["href"] == "/templates?level=paragraph"
    form = page.one("form", class_="narrow")
    assert {i.attrs["name"]: i.attrs["value"] for i in form.all("input")} == {
        "q": "渔船",
        "level": "paragraph",
    }
    page = again("/templates", year=2019, level="paragraph", q="农业")
    asked = {name: dict(parse_qsl(urlsplit(there).query)) for name, (_, there) in facet(page, "年份").items()}
    assert asked["2020"] == {"year": "2020", "level": "paragraph", "q": "农业"}
    assert asked["2019"] == {"level": "paragraph", "q": "农业"}


def facet(page: Element, name: str) -> dict[str, tuple[int, str]]:
    """The values of a filter, each with its count and where it leads."""
    lists = [ul for g in page.all(class_="group") if g.one("h2").text == name for ul in g.all("ul")]
    links = [a for ul in lists for a in ul.all("a")]
    return {
        a.all("span")[0].text: (int(a.one(class_="n").text.replace(",", "")), a.attrs["href"]) for a in links
    }


@pytest.mark.parametrize("level", ["paragraph", "section", "report"])
@pytest.mark.parametrize("query", [{}, {"q": "农业"}, {"year": 2019}, {"q": "今年", "year": "2010..2017"}])
def test_filters_lead_to_as_many_as_they_say(again: Get, level: str, query: dict[str, str]) -> None:
    page = again("/templates", level=level, **query)
    assert query or facet(page, "年份")
    for name in ("年份", "主题"):
        for value, (count, there) in facet(page, name).items():
            if value in map(str, query.values()):
                assert count == len(page.all("article"))
            else:
                assert count == len(again(there).all("article")) > 0


def test_a_filter_that_leaves_nothing_can_be_taken_off(again: Get) -> None:
    page = again("/templates", year=1999)
    assert facet(page, "年份")["1999"] == (0, "/templates")
    assert not page.all("article")


@pytest.mark.parametrize("query", [{"level": "word"}, {"year": "abc"}, {"topic": "<script>"}])
def test_filters_that_are_none(again: Get, query: dict[str, str]) -> None:
    page = again("/templates", 400, **query)
    assert page.one("h1").text == "筛选条件看不懂"
    assert next(iter(query.values())) in page.one("main").text
    assert page.one("a", class_="button").attrs["href"] == "/templates"


def test_pages(corpus: Corpus) -> None:
    from tests.webui.conftest import reader_of

    for year in (2019, 2020):
        parts = "".join(
            f"\n\n（{n}）第{n}项\n\n{''.join(chr(0x4E00 + (n * 37 + k * 101) % 5000) for k in range(40))}。"
            for n in range(1, 24)
        )
        corpus.write(f"{year}.txt", f"柳园{year}年工作总结\n\n一、工作{parts}")
    corpus.update()
    client = create_app(corpus.index).test_client()
    page = reader_of(client)("/templates", level="paragraph")
    assert len(page.all("article")) == 20
    assert page.one(class_="paging").link("下一页") == "/templates?level=paragraph&page=2"
    assert len(reader_of(client)("/templates", level="paragraph", page=2).all("article")) == 3
    response = client.get("/templates?level=paragraph&page=9")
    assert (response.status_code, response.location) == (302, "/templates?level=paragraph&page=2")


def test_nothing_repeated(page: Get) -> None:
    assert page("/templates").one(class_="nothing").one("p").text == "这些报告里没有成段重复的文字。"


def test_without_an_index(corpus: Corpus) -> None:
    client = create_app(corpus.index).test_client()
    for path in ("/templates", "/templates/s-x-0"):
        response = client.get(path)
        assert response.status_code == 503
        assert "还没有索引" in response.text


# -- one template --------------------------------------------------------------------------------


def test_template(again: Get, repeated: Path) -> None:
    page = again(f"/templates/s-{CREEK[2010]}-0")
    family = find_family(Library(repeated), f"s-{CREEK[2010]}-0")
    assert page.one(class_="skeleton").raw == family.template.skeleton
    numbers = [i.attrs["data-n"] for i in page.one(class_="skeleton").all("i")]
    assert numbers == [str(n + 1) for n in range(len(family.template.slots))]
    table = page.one(class_="slots").one("table")
    heads = [th.text for th in table.one("thead").all("th")]
    assert heads == ["空格", *(f"{year} 年溪口镇{year}年工作总结" for year in YEARS)]
    shown = rows(table)
    assert [row[0] for row in shown] == [
        f"{blank.number} {blank.label}" for blank in slot_table(family).blanks
    ]
    assert "农业总产值" in shown[0][0]
    assert [row[1] for row in shown[:2]] == ["2000.1", "1"]
    assert shown[-1][1:] == ["，再创新高" if year == 2020 else "—" for year in YEARS]
    kinds = [row.attrs["class"] for row in table.one("tbody").all("tr")]
    assert kinds == ["figures", "figures", "phrase"]
    places = [a.attrs["href"] for a in page.one(class_="members").all("a")]
    assert places == [f"/report/{CREEK[year]}#s0" for year in YEARS]


def test_a_report_is_shown_with_its_headings(again: Get, repeated: Path) -> None:
    """In the template and in the comparison of two of its reports."""
    family = find_family(Library(repeated), f"r-{HOSTILE}")
    page = again(f"/templates/r-{HOSTILE}")
    shown, folded = page.all(class_="skeleton")  # a long one begins folded; nothing of it is missing
    assert [b.text for b in shown.all("b")] == ["一、<b>\u202e主要工作</b>"]
    assert f"{shown.raw}\n{folded.raw}" == family.template.skeleton
    assert folded in page.one("details", class_="rest").all()
    other = next(m.report for m in family.members if m.report != HOSTILE)
    compared = again("/compare", a=HOSTILE, b=other)
    found = [b.text for b in compared.one(class_="compare").all("b", class_="heading")]
    assert found == ["一、<b>\u202e主要工作</b>"] * 2


def test_the_two_newest_stand_ready(again: Get) -> None:
    page = again(f"/templates/s-{CREEK[2010]}-0")
    on = {i.attrs["name"]: i.attrs["value"] for i in page.all("input", type="radio") if "checked" in i.attrs}
    assert on == {"a": f"{CREEK[2023]}-0", "b": f"{CREEK[2024]}-0"}
    assert len(page.all("input", type="radio")) == 2 * len(YEARS)
    assert not page.all(class_="compare")


def test_two_members_are_chosen_for_the_comparison(again: Get) -> None:
    family = f"s-{CREEK[2000]}-0"
    form = again(f"/templates/{family}").one(class_="members").one("form")
    assert form.attrs["action"] == "/compare"
    assert form.one("input", type="hidden", name="family").attrs["value"] == family
    page = again("/compare", a=f"{CREEK[2019]}-0", b=f"{CREEK[2020]}-0", family=family)
    assert page.link("‹ 回到模板") == f"/templates/{family}"
    assert [d.raw for d in page.all("del")] == ["2019.20", "20"]
    assert [d.raw for d in page.all("ins")] == ["2020.21", "21", "，再创新高"]
    assert page.one(class_="numbers").text == "改 3 处"
    assert f"family={family}" in page.link("只看不同")
    only = again(page.link("只看不同"))
    assert [d.raw for d in only.all("ins")] == ["2020.21", "21", "，再创新高"]


def test_paragraphs_of_a_template_side_by_side(again: Get, repeated: Path) -> None:
    family = list_families(Library(repeated), "paragraph").families[0]
    one, other = (repeats.key_of(member) for member in family.members[:2])
    page = again("/compare", a=one, b=other)
    texts = ["".join(p.raw for p in page.all("p", class_=name)) for name in ("one", "other")]
    assert texts == [member.text for member in family.members[:2]]
    assert again("/compare", 404, a=one, b=f"{one}9").one("h1").text == "没有这一段"


@pytest.mark.parametrize(
    "family", ["nothing", "s-nothing-0", "r-", "<script>", f"s-{CREEK[2000]}-9", f"s-{CREEK[2000]}"]
)
def test_unknown_template(again: Get, family: str) -> None:
    assert again(f"/templates/{family}", 404).one("h1").text == "没有这个模板"


def test_hostile_text_stays_text(again: Get, repeated: Path) -> None:
    for level in ("paragraph", "section", "report"):
        assert_harmless(again("/templates", level=level))
        for family in list_families(Library(repeated), level).families:
            assert_harmless(again(f"/templates/{family.id}"))


def test_long_values_are_folded() -> None:
    assert repeats._kind(("长" * 50, "短")) == "phrase long"
    assert repeats._kind(("短", "")) == "phrase"
    assert repeats._kind(("12.5", "××", "", " 8%\n")) == "figures"
    assert repeats._kind(("1" * 50, "2")) == "phrase long"
    assert repeats._cell("长" * 50) == repeats.Cell("长" * 50, "长" * 36 + "……")
    assert repeats._cell(" 短 ") == repeats.Cell("短", "")


@pytest.mark.parametrize("kind", ["md", "docx"])
def test_downloads(again: Get, repeated_client: FlaskClient, repeated: Path, kind: str) -> None:
    page = again(f"/templates/s-{CREEK[2010]}-0")
    links = [a.attrs["href"] for a in page.one(class_="common").all("a")]
    (link,) = [link for link in links if link.endswith(f".{kind}")]
    response = repeated_client.get(link)
    family = find_family(Library(repeated), f"s-{CREEK[2010]}-0")
    whole = as_docx(family) if kind == "docx" else as_markdown(family).encode()
    assert (response.status_code, response.data) == (200, whole)
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment; ")
    assert f"filename*=UTF-8''{quote(f'模板 一 农业生产.{kind}')}" in disposition
    assert repeated_client.get(f"/templates/s-{HOSTILE}-0.{kind}").status_code == 200
    assert again(f"/templates/s-nothing-0.{kind}", 404).one("h1").text == "没有这个模板"


# -- what repeats, in the results ----------------------------------------------------------------


def test_results_fold_what_is_the_same(again: Get) -> None:
    page = again("/", q="农业总产值")
    assert page.one(class_="numbers").text.startswith("共 25 段，分布在 25 篇报告")
    (hit,) = page.all("article", class_="hit")
    same = hit.one("details", class_="copies")
    shown = hit.one("h2").one("a").attrs["href"]
    left = [year for year in YEARS if CREEK[year] not in shown]
    assert same.one("summary").text == f"另有 24 处相同（{left[0]}—{left[-1]}）"
    assert "open" not in same.attrs
    items = same.all("li")
    assert [li.one(class_="n").text for li in items] == [str(year) for year in reversed(left)][:20]
    assert [urlsplit(li.one("a").attrs["href"]).path for li in items] == [
        f"/report/{CREEK[year]}" for year in reversed(left)
    ][:20]
    last = same.all("a")[-1]
    assert last.text == "全部 24 处，看模板和对比"
    assert again(last.attrs["href"]).one("h1").text == "一、农业生产"
    assert not page.all(class_="paging")


def test_folding_is_switched_off_and_on(again: Get) -> None:
    page = again("/", q="农业总产值", sort="newest", year="2001..")
    folding = page.one(class_="folding")
    assert folding.text == "· 合并了 23 段相同的，全部列出"
    off = again(folding.link("全部列出"))
    assert len(off.all("article", class_="hit")) == 20
    assert {p.text for p in off.all("p", class_="copies")} == {"另有 24 处相同"}
    assert not off.all("details", class_="copies")
    assert off.one(class_="paging").text == "上一页 第 1 页，共 2 页 下一页"
    assert off.one("form", class_="ask").one("input", name="fold").attrs["value"] == "0"
    addresses = [
        a.attrs["href"] for part in ("sorts", "chips", "paging") for a in off.one(class_=part).all("a")
    ]
    assert all("fold=0" in address for address in addresses)
    on = off.one(class_="folding").link("相同的合并显示")
    assert dict(parse_qsl(urlsplit(on).query)) == {"q": "农业总产值", "sort": "newest", "year": "2001.."}


def test_folding_is_not_spoken_of_where_nothing_is_folded(again: Get) -> None:
    page = again("/", q="渔船")
    assert not page.all(class_="folding") + page.all("details", class_="copies")
    assert page.one("article", class_="hit").link("找相似") == (
        f"/similar?to={report_id('资料/独一.txt', 1)}-0"
    )
    assert again("/", q="渔船", fold=0).one(class_="folding")


def test_a_report_leads_to_what_is_like_it(again: Get) -> None:
    page = again(f"/report/{CREEK[2000]}")
    links = [a.attrs["href"] for a in page.all("a") if a.text.startswith("找相似")]
    assert links == [
        "/similar",
        f"/similar?to={CREEK[2000]}",
        *(f"/similar?to={CREEK[2000]}-{n}" for n in (0, 1)),
    ]
    assert all(re.match("/similar", link) for link in links)
