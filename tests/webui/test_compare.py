"""Two texts side by side, and the way to two texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient

from indexer.model import report_id
from webui import create_app

if TYPE_CHECKING:
    from tests.webui.conftest import Corpus, Element

Get = Callable[..., "Element"]
CREEK = {year: report_id(f"资料/溪口{year}.txt", 1) for year in (2018, 2019, 2020)}
HOSTILE = [report_id(f"资料/<b>敌{year}.txt", 1) for year in (2017, 2018)]


def test_reports_side_by_side(again: Get) -> None:
    page = again("/compare", a=CREEK[2019], b=CREEK[2020])
    assert [e.text for e in page.all(class_="sidetitle")] == ["溪口镇2019年工作总结", "溪口镇2020年工作总结"]
    numbered = [
        e.attrs["id"] for e in page.one(class_="compare").all() if e.attrs.get("id", "").startswith("d")
    ]
    assert numbered == [f"d{n + 1}" for n in range(len(numbered))]
    assert page.one(class_="steps").attrs["data-stops"] == str(len(numbered))
    assert page.link("上一处") == f"#d{len(numbered)}"
    assert not page.all("details", class_="alike")


def test_only_what_differs(again: Get) -> None:
    whole = again("/compare", a=CREEK[2019], b=CREEK[2020])
    only = again(whole.link("只看不同"))
    assert only.one("details", class_="alike").one("summary").text == "1 段相同"
    assert [e.raw for e in only.all("ins")] == [e.raw for e in whole.all("ins")]
    assert only.link("全文") == f"/compare?a={CREEK[2019]}&b={CREEK[2020]}"


def test_sides_are_swapped(again: Get) -> None:
    page = again("/compare", a=CREEK[2019], b=CREEK[2020], only=1)
    swapped = again(page.link("左右对调"))
    assert [e.text for e in swapped.all(class_="sidetitle")] == [
        e.text for e in reversed(page.all(class_="sidetitle"))
    ]
    assert [e.raw for e in swapped.all("ins")] == [e.raw for e in page.all("del")]
    assert swapped.one(class_="sorts").one("a", **{"aria-current": "true"}).text == "只看不同"


def test_an_address_says_itself_what_is_on_the_left(again: Get) -> None:
    page = again("/compare", a=CREEK[2020], b=CREEK[2019])
    assert [e.text for e in page.all(class_="sidetitle")] == ["溪口镇2020年工作总结", "溪口镇2019年工作总结"]


def test_a_report_beside_a_section(again: Get) -> None:
    page = again("/compare", a=CREEK[2019], b=f"{CREEK[2020]}-0")
    one, other = (e.text for e in page.all(class_="about"))
    assert one.endswith("整篇")
    assert other.endswith("一、农业生产")


def test_added_removed_and_moved_paragraphs_are_told(corpus: Corpus) -> None:
    from tests.webui.conftest import reader_of

    steady, plough, roads, pier = (
        "全县各项工作平稳推进，生产总值再上新台阶，完成41亿元。",
        "春耕备耕物资全部到位，农机检修三百余台，播种面积稳定在三万亩。",
        "道路建设全部完成，农村公路通车里程达到三百公里，群众出行方便。",
        "去年的灯塔与码头工程已经移交给港务局管理，运行正常。",
    )
    corpus.write("甲.txt", "甲地2020年工作总结\n\n一、工作\n\n" + "\n\n".join((steady, plough, roads, pier)))
    corpus.write(
        "乙.txt",
        "乙地2021年工作总结\n\n一、工作\n\n"
        + "\n\n".join((steady, roads, plough, "月亮湾渔船出海捕鱼。", pier)),
    )
    corpus.update()
    page = reader_of(create_app(corpus.index).test_client())(
        "/compare", a=report_id("资料/甲.txt", 1) + "-0", b=report_id("资料/乙.txt", 1) + "-0"
    )
    assert page.one(class_="numbers").text == "增 1 段，移 1 段"
    moved = page.all("div", class_="moved")
    links = [row.one(class_="elsewhere").one("a") for row in moved]
    assert [a.attrs["href"] for a in links] == [f"#{row.attrs['id']}" for row in reversed(moved)]
    assert {a.text for a in links} in ({"移自下文", "移到上文"}, {"移到下文", "移自上文"})
    assert page.one("div", class_="fresh").one("ins").raw == "月亮湾渔船出海捕鱼。"


# -- the choice of the second --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "b"])
def test_what_is_like_the_first_is_offered(again: Get, name: str) -> None:
    page = again("/compare", **{name: CREEK[2019]})
    assert page.one(class_="given").link("溪口镇2019年工作总结") == f"/report/{CREEK[2019]}"
    links = [a.attrs["href"] for a in page.all("a") if a.text == "对比" and "b=" in a.attrs["href"]]
    assert links
    assert all(CREEK[2019] in link for link in links)
    assert f"/compare?a={CREEK[2019]}&b={CREEK[2019]}" not in links
    assert again(links[0]).one(class_="compare")


def test_the_older_is_to_stand_on_the_left(again: Get) -> None:
    page = again("/compare", a=CREEK[2019])
    for choice in page.all("article", class_="choice"):
        earlier = int(choice.one(class_="about").text[:4]) < 2019
        assert choice.link("对比").endswith(f"&b={CREEK[2019]}&first=b") == earlier
        assert choice.link("对比").startswith(f"/compare?a={CREEK[2019]}&b=") != earlier
    (later,) = again("/compare", a=CREEK[2018], q="2020", of="report").all("article", class_="choice")
    assert later.link("对比") == f"/compare?a={CREEK[2018]}&b={CREEK[2020]}"


def test_the_second_is_looked_for(again: Get) -> None:
    page = again("/compare", a=f"{CREEK[2019]}-0", q="渔船")
    (choice,) = page.all("article", class_="choice")
    link = choice.link("月亮湾2016年工作总结")
    assert link.endswith(f"&b={CREEK[2019]}-0&first=b")  # the older on the left
    # Whichever side it is on, the first stays while another second is chosen.
    back = f"/compare?a={CREEK[2019]}-0"
    compared = again(link)
    assert compared.link("‹ 换一篇来比") == again(compared.link("左右对调")).link("‹ 换一篇来比") == back
    reports = again(page.link("整篇报告"))
    assert reports.one("article", class_="choice").one(class_="about").text.endswith("整篇")
    assert again("/compare", a=CREEK[2019], q="没有这样的词").one(class_="none")


def test_the_first_is_looked_for(again: Get) -> None:
    page = again("/compare", q="渔船")
    pick = page.one("a", class_="pick")
    assert pick.attrs["data-title"] == "月亮湾2016年工作总结"
    assert pick.attrs["data-year"] == "2016"
    assert pick.attrs["href"] == f"/compare?a={pick.attrs['data-id']}"
    assert not again("/compare").all("article")


def test_reports_that_are_found_have_their_own_year(page: Get) -> None:
    (choice,) = page("/compare", q="产业链", of="report").all("article", class_="choice")
    assert choice.one(class_="about").text == "2021 年澄川园区整篇"
    (choice,) = page("/compare", q="产业链", of="section").all("article", class_="choice")
    assert choice.one(class_="about").text.startswith("2022 年")


@pytest.mark.parametrize("of", ["report", "section"])
def test_partial_matches_are_told(page: Get, report_of: Callable[[str], str], of: str) -> None:
    found = page("/compare", a=report_of("海港.txt"), of=of, q="茶园 齉齉齉")
    assert found.one(class_="relaxed").text == "没有完全符合的段落，以下是部分符合的"
    assert found.one(class_="numbers").text == f"找到 0 {'篇' if of == 'report' else '段'}"
    assert found.all("article", class_="choice")
    whole = page("/compare", a=report_of("海港.txt"), of=of, q="茶园")
    assert not whole.all(class_="relaxed")
    assert whole.one(class_="numbers").text == f"找到 1 {'篇' if of == 'report' else '段'}"
    assert not page("/compare", a=report_of("海港.txt"), of=of, q="齉齉齉 龘龘龘").all(class_="relaxed")


def test_a_text_is_not_compared_with_itself(again: Get) -> None:
    page = again("/compare", a=CREEK[2019], b=CREEK[2019])
    assert page.one(class_="fault").text == "两边是同一篇。请另选一篇。"


def test_addresses_of_once_lead_here(repeated_client: FlaskClient) -> None:
    answer = repeated_client.get(
        "/similar", query_string={"to": CREEK[2019], "with": CREEK[2020], "only": "1"}
    )
    assert (answer.status_code, answer.location) == (302, f"/compare?a={CREEK[2019]}&b={CREEK[2020]}&only=1")


def test_hostile_text_stays_text(again: Get) -> None:
    for path in (
        f"/compare?a={HOSTILE[0]}&b={HOSTILE[1]}",
        f"/compare?a={HOSTILE[0]}",
        "/compare?q=引号",
        "/compare?q=<script>alert(1)</script>",
    ):
        page = again(path)
        assert not page.all("img")
        assert [s.attrs.get("type") for s in page.all("script")] == ["module"]


def test_without_an_index(tmp_path: Path) -> None:
    client = create_app(tmp_path).test_client()
    assert client.get("/compare").status_code == client.get("/years").status_code == 503
