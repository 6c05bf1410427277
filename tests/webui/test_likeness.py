from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient

from indexer.library import Library
from indexer.model import report_id
from indexer.similar import MAX_CHARACTERS, similar, similar_to_text
from webui import create_app, likeness, pages

if TYPE_CHECKING:
    from tests.webui.conftest import Corpus, Element

Get = Callable[..., "Element"]
CREEK = report_id("资料/溪口2019.txt", 1)
HOSTILE = report_id("资料/<b>敌2017.txt", 1)
DRAFT = (
    "溪口镇2025年工作总结\r\n全年实现农业总产值9.9亿元，同比增长3%，粮食播种面积稳定在三万亩以上，"
    "农民收入稳步提高。\r\n<b>明天</b>天气很好。"
)


def shares(page: Element) -> list[int]:
    return [
        int(found[1]) for p in page.all("p", class_="share") if (found := re.search(r"的 (\d+)%", p.text))
    ]


# -- a text of the index -------------------------------------------------------------------------


def test_like_a_section(again: Get, repeated: Path) -> None:
    page = again("/similar", to=f"{CREEK}-0")
    found = similar(Library(repeated), f"{CREEK}-0", 20)
    given = page.one(class_="given")
    assert given.link("溪口镇2019年工作总结") == f"/report/{CREEK}#s0"
    assert given.one(class_="about").text.endswith("一、农业生产")
    hits = page.all("article", class_="hit")
    assert [h.one("h2").one("a").attrs["href"] for h in hits] == [
        f"/report/{h.filed.report_id}#s{h.section}" for h in found
    ]
    assert shares(page) == [h.per_cent for h in found]
    assert page.one(class_="numbers").text.startswith("前 20 处有相同的文字，最像的在前")
    assert len(found) == len(hits) == 20
    first = hits[0]
    assert re.fullmatch(r"20\d\d 年溪口镇一、农业生产", first.one(class_="about").text)
    assert first.one(class_="shared").one("bdi").raw == " ".join(found[0].shared[0].past.split()) + "。"
    assert first.link("找相似") == f"/similar?to={found[0].section_id}"


def test_what_others_have_is_marked_in_the_text(again: Get, repeated: Path) -> None:
    page = again("/similar", to=f"{CREEK}-0")
    section = Library(repeated).section(f"{CREEK}-0").section
    text = page.one("aside").one(class_="text")
    assert text.raw == "\n".join(section.paragraphs)
    assert "粮食播种面积稳定在三万亩以上" in "".join(m.raw for m in text.all("mark"))


def test_like_a_report(again: Get) -> None:
    page = again("/similar", to=CREEK)
    assert page.one(class_="given").one(class_="about").text.endswith("整篇")
    assert all("#" not in a.attrs["href"] for h in page.all("h2") for a in h.all("a"))


def test_a_section_is_copied_whole(again: Get) -> None:
    hits = again("/similar", to=f"{CREEK}-0").all("article", class_="hit")
    sections = [hit.one("button", class_="copy").attrs["data-section"] for hit in hits]
    assert [f"/similar?to={section}" for section in sections] == [hit.link("找相似") for hit in hits]


def test_what_a_report_shares_is_copied_in_full(corpus: Corpus) -> None:
    from tests.webui.conftest import reader_of

    shared = [f"{word}队伍不断壮大，{'成效明显，' * 40}群众满意。" for word in ("招商", "治安")]
    for name, order in (("甲", shared), ("乙", shared[::-1])):
        text = "\n\n".join(f"{name * 12}，{n}号。\n\n{words}" for n, words in enumerate(order))
        corpus.write(f"{name}.txt", f"{name}地2020年工作总结\n\n一、工作\n\n{text}\n")
    corpus.update()
    page = reader_of(create_app(corpus.index).test_client())("/similar", to=report_id("资料/甲.txt", 1))
    (hit,) = page.all("article", class_="hit")
    *lines, source = hit.one("button", class_="copy").attrs["data-text"].split("\n")
    assert lines == shared[::-1]
    assert source == "——《乙地2020年工作总结》（2020 年），资料/乙.txt"


def test_further_passages_are_folded(corpus: Corpus) -> None:
    from tests.webui.conftest import reader_of

    words = (
        "招商引资队伍不断壮大成效十分明显",
        "安全生产形势持续稳定向好没有事故",
        "道路桥梁建设全部按期完工通车了",
        "生态环境质量连续五年得到改善提高",
        "干部队伍作风明显转变群众很满意",
    )
    for name, order in (("甲", (0, 1, 2, 3, 4)), ("乙", (4, 2, 0, 3, 1))):
        text = "\n\n".join(f"{name * 12}{n}，{words[n]}。" for n in order)
        corpus.write(f"{name}.txt", f"{name}地2020年工作总结\n\n一、工作\n\n{text}\n")
    corpus.update()
    page = reader_of(create_app(corpus.index).test_client())("/similar", to=report_id("资料/甲.txt", 1))
    (hit,) = page.all("article", class_="hit")
    assert [len(ul.all("li")) for ul in hit.all("ul")] == [3, 2]
    assert hit.one("details").one("summary").text == "其余 2 段相同的文字"


def test_what_is_only_about_the_same_stands_apart(corpus: Corpus) -> None:
    from tests.webui.conftest import reader_of

    shared = "招商引资队伍不断壮大，到位资金逐年增加，签约项目全部开工。"
    for n in range(9):
        text = f"{shared}茶园面积{n}亩。" if n < 2 else f"第{n}次招商会谈了项目，资金还没有到位，明年再看。"
        corpus.write(f"{n}.txt", f"甲{n}地2020年工作总结\n\n一、工作\n\n{text}\n")
    corpus.update()
    page = reader_of(create_app(corpus.index).test_client())
    found = page("/similar", post={"text": f"{shared}招商项目资金。"})
    assert found.one(class_="numbers").text.startswith("2 处有相同的文字")
    group = found.one("section", class_="subject")
    assert 0 < len(group.all("article")) <= 5
    assert len(found.all("article")) == 2 + len(group.all("article"))
    assert not group.all(class_="share") + group.all(class_="shared")
    about = page("/similar", post={"text": "招商项目"})
    assert about.one(class_="numbers").text.startswith("没有相同的文字")
    assert about.one("section", class_="subject").all("article")
    assert not about.one("aside").all("mark")


def test_passages_are_shown_as_the_past_text_has_them(corpus: Corpus) -> None:
    from tests.webui.conftest import reader_of

    corpus.write(
        "甲.txt", "甲地2020年工作总结\n\n一、工作\n\n全年签约项目xx个，到位资金xx亿元，同比增长x.x%。\n"
    )
    corpus.update()
    page = reader_of(create_app(corpus.index).test_client())
    found = page("/similar", post={"text": "本季签约项目15个，到位资金2.5亿元，同比增长3.5%；"})
    (passage,) = found.one(class_="shared").all("bdi")
    assert passage.raw == "签约项目xx个，到位资金xx亿元，同比增长x.x%。"


def test_an_update_while_texts_are_compared(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is marked is right in the text that is shown."""
    from tests.webui.conftest import reader_of

    shared = "招商引资队伍不断壮大，到位资金逐年增加，签约项目全部开工。"
    for name in "甲乙":
        corpus.write(f"{name}.txt", f"{name}地2020年工作总结\n\n一、工作\n\n{name * 9}。{shared}\n")
    corpus.update()
    real, updates = likeness.source_of, [1]

    def meanwhile(*place: Any) -> likeness.Source:
        source = real(*place)
        if updates:
            updates.pop()
            corpus.write("甲.txt", f"甲地2020年工作总结\n\n一、工作\n\n{'丙丁' * 20}。{shared}\n")
            corpus.update()
        return source

    monkeypatch.setattr(likeness, "source_of", meanwhile)
    page = reader_of(create_app(corpus.index).test_client())("/similar", to=report_id("资料/甲.txt", 1))
    assert not updates
    text = page.one("aside").one(class_="text")
    assert text.raw.startswith("甲" * 9)
    assert "".join(mark.raw for mark in text.all("mark")) == shared.rstrip("。")


def test_two_texts_side_by_side(again: Get, repeated: Path) -> None:
    page = again("/similar", to=f"{CREEK}-0")
    links = [a.attrs["href"] for a in page.one("main").all("a") if a.text == "对比"]
    asked = dict(parse_qsl(urlsplit(links[0]).query))
    assert asked["a"] == f"{CREEK}-0"
    both = again(links[0])
    library = Library(repeated)
    for name, place in (("one", asked["a"]), ("other", asked["b"])):
        cells = [p.raw for p in both.all("p", class_=name) if p.raw]
        assert "\n".join(cells) == "\n".join(library.section(place).section.paragraphs)
    assert both.all("del")
    assert both.all("ins")
    assert (
        again(both.link("只看不同")).one(class_="sorts").one("a", **{"aria-current": "true"}).text
        == "只看不同"
    )
    assert both.link("‹ 换一篇来比") == f"/compare?a={CREEK}-0"


@pytest.mark.parametrize(
    "to", ["nothing", "nothing-0", f"{CREEK}-99", "<script>", "-0", "../..", f"{CREEK}-00"]
)
def test_what_is_not_there(again: Get, to: str) -> None:
    assert again("/similar", 404, to=to).one("h1").text == "没有这一段"
    assert again("/compare", 404, a=CREEK, b=to).one("h1").text == "没有这一段"
    assert again("/compare", 404, a=to, b=CREEK).one("h1").text == "没有这一段"
    assert again("/compare", 404, a=to).one("h1").text == "没有这一段"


# -- a draft -------------------------------------------------------------------------------------


def test_a_place_for_a_draft(again: Get) -> None:
    page = again("/similar")
    form = page.one("form", id="draft")
    assert (form.attrs["method"], form.attrs["action"]) == ("post", "/similar")
    assert form.one("textarea").raw.strip() == ""
    assert f"{MAX_CHARACTERS:,} 字" in form.text
    assert page.one("nav", class_="ways").one("a", **{"aria-current": "page"}).text == "找相似"
    assert not page.all("article") + page.all("aside")


def test_a_draft(again: Get, repeated: Path) -> None:
    page = again("/similar", post={"text": DRAFT})
    text = DRAFT.replace("\r\n", "\n")
    found = similar_to_text(Library(repeated), text, 20)
    assert page.one("textarea").raw.lstrip("\n") == text
    assert shares(page) == [h.per_cent for h in found]
    shown = page.one("aside").one(class_="text")
    assert shown.raw == text
    assert "粮食播种面积稳定在三万亩以上" in "".join(m.raw for m in shown.all("mark"))
    assert "明天" not in "".join(m.raw for m in shown.all("mark"))
    buttons = page.all("button", name="with")
    assert [b.attrs["value"] for b in buttons] == [h.section_id or h.filed.report_id for h in found]
    assert {b.attrs["form"] for b in buttons} == {"draft"}


def test_a_draft_side_by_side(again: Get) -> None:
    page = again("/similar", post={"text": DRAFT})
    other = page.all("button", name="with")[0].attrs["value"]
    both = again("/similar", post={"text": DRAFT, "with": other})
    assert both.all(class_="sidetitle")[0].text == "稿子"
    form = both.one("main").one("form")
    fields = {
        e.attrs["name"]: e.attrs.get("value", e.raw.lstrip("\n")) for e in form.all() if "name" in e.attrs
    }
    assert fields.pop("csrf_token")
    assert fields == {"text": DRAFT.replace("\r\n", "\n"), "only": "1", "with": other}
    only = again("/similar", post=fields)
    assert only.one("main").one("form").all("button")[1].text == "看全文"
    assert again("/similar", post={"text": DRAFT}).all("article")


def test_what_a_draft_is_compared_with_may_be_gone(again: Get) -> None:
    page = again("/similar", 404, post={"text": DRAFT, "with": "nothing"})
    assert page.one(class_="fault").text.startswith("要对比的那一篇已不在库中")
    assert page.one("textarea").raw.lstrip("\n") == DRAFT.replace("\r\n", "\n")
    assert page.all("article")


@pytest.mark.parametrize("post", [{}, {"text": ""}, {"text": " \r\n　"}])
def test_no_draft(again: Get, post: dict[str, str]) -> None:
    page = again("/similar", 400, post=post)
    assert page.one(class_="fault").text.startswith("还没有文字")
    assert page.one("textarea")


def test_a_draft_that_is_too_long_is_kept(again: Get) -> None:
    page = again("/similar", 413, post={"text": "长" * (MAX_CHARACTERS + 1)})
    assert page.one(class_="fault").text.startswith(
        f"稿子有 {MAX_CHARACTERS + 1:,} 字，一次最多 {MAX_CHARACTERS:,} 字"
    )
    assert len(page.one("textarea").raw.strip()) == MAX_CHARACTERS + 1


def test_a_form_that_is_far_too_long(again: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_MAX_BYTES", 1000)
    assert again("/similar", 413, post={"text": "长" * 400}).one("h1").text == "文字太长"


def test_a_long_draft_sent_as_any_form_is_taken(repeated_client: FlaskClient) -> None:
    from tests.webui.conftest import token_of

    token = token_of(repeated_client)
    fields = {"text": "园区" * 100_000, "csrf_token": token}
    assert repeated_client.post("/similar", data=fields).status_code == 200
    answer = repeated_client.post("/similar", data=b"text=%ff%00", headers={"X-CSRFToken": token})
    assert answer.status_code == 400
    assert "放得太久" not in answer.text


def test_a_draft_like_nothing(again: Get) -> None:
    assert again("/similar", post={"text": "齉"}).one(class_="none").text.startswith("没有写得相近的")


def test_without_an_index(corpus: Corpus) -> None:
    from tests.webui.conftest import token_of

    client = create_app(corpus.index).test_client()
    for response in (
        client.get("/similar"),
        client.get("/similar?to=x"),
        client.post("/similar", data={"text": "x", "csrf_token": token_of(client)}),
    ):
        assert response.status_code == 503
        assert "还没有索引" in response.text


# -- hostile text --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/similar", {"to": HOSTILE}),
        ("/similar", {"to": f"{HOSTILE}-0"}),
        ("/compare", {"a": f"{HOSTILE}-0", "b": HOSTILE}),
        ("/compare", {"a": HOSTILE}),
    ],
)
def test_hostile_text_stays_text(again: Get, path: str, query: dict[str, str]) -> None:
    assert_harmless(again(path, **query))


def test_a_hostile_draft_stays_text(again: Get) -> None:
    draft = "</textarea><script>alert(9)</script>\u202e" + "x" * 10_000
    for post in ({"text": draft}, {"text": draft, "with": f"{HOSTILE}-0"}):
        page = again("/similar", post=post)
        assert_harmless(page)
        assert page.one("textarea").raw.lstrip("\n") == draft


def assert_harmless(page: Element) -> None:
    assert [s.attrs["src"] for s in page.all("script")] == ["/static/gaoku.js"]
    assert not page.all("img")
    for element in page.all():
        assert not [a for a in element.attrs if a.startswith("on") or a == "style"], element.tag
        assert element.attrs.get("href", "/")[0] in "/#"
