"""Results and reports as files: what is asked is what stands in them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from docx import Document
from flask.testing import FlaskClient

from indexer import exporting
from indexer.cli import main
from indexer.exporting import FORMS, export, rows
from indexer.library import Library
from indexer.search import make_question
from tests.exporting.reading import READERS, bare
from tests.webui.conftest import Corpus, Element
from webui import create_app, exports

Page = Callable[..., Element]


@pytest.mark.parametrize("form", FORMS)
def test_all_pages_of_the_results(client: FlaskClient, form: str) -> None:
    answer = client.get(f"/export.{form}?q=灯塔&page=2")
    assert answer.status_code == 200
    assert answer.mimetype == FORMS[form].media_type
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.content_length == len(answer.data)
    found = READERS[form](answer.data)
    assert len(found.rows) == 45
    assert len({row.text for row in found.rows}) == 45
    for row in found.rows:
        assert "灯塔" in row.text
        assert row.title.replace("⟦", "").startswith("海港2017年工作总结")
        assert "——《海港2017年工作总结》" in row.about
        assert "http://localhost/report/" in row.about
        assert "资料/海港.txt" in row.about


@pytest.mark.parametrize("form", FORMS)
def test_the_filters_of_the_address(client: FlaskClient, form: str) -> None:
    whole = READERS[form](client.get(f"/export.{form}?q=招商引资").data)
    narrow = READERS[form](client.get(f"/export.{form}?q=招商引资&year=2019").data)
    assert {row.title.partition("（")[0] for row in narrow.rows} == {"柳塘镇2019年工作总结"}
    assert 0 < len(narrow.rows) < len(whole.rows)


@pytest.mark.parametrize("form", FORMS)
def test_hostile_texts_and_queries(client: FlaskClient, form: str) -> None:
    answer = client.get(f"/export.{form}", query_string={"q": '灯火 OR "=1+1"\r\nX: y'})
    assert answer.status_code == 200
    assert "X" not in answer.headers
    READERS[form](answer.data)
    (row,) = READERS[form](client.get(f"/export.{form}?q=灯火").data).rows
    assert "<script>alert(3)</script>&amp;" in row.text


@pytest.mark.parametrize("form", FORMS)
def test_nothing_found(client: FlaskClient, form: str) -> None:
    assert READERS[form](client.get(f"/export.{form}?q=没有这样的话呢").data).rows == []


@pytest.mark.parametrize("form", FORMS)
def test_what_matches_in_part_is_said_to(client: FlaskClient, form: str) -> None:
    found = READERS[form](client.get(f"/export.{form}?q=灯火 茶园").data)
    assert len(found.rows) > 1
    if form != "csv":  # whose lines are rows alone
        assert "以下是部分符合的" in found.notes


@pytest.mark.parametrize("form", FORMS)
def test_what_is_alike_is_one_row(repeated: Path, form: str) -> None:
    client = create_app(repeated).test_client()
    folded = READERS[form](client.get(f"/export.{form}?q=农业总产值").data)
    each = READERS[form](client.get(f"/export.{form}?q=农业总产值&fold=0").data)
    assert (len(folded.rows), len(each.rows)) == (1, 25)
    assert "24" in folded.rows[0].about


def test_faults(client: FlaskClient) -> None:
    assert client.get("/export.xlsx?year=abc").status_code == 400
    assert client.get("/export.exe?q=x").status_code == 404
    assert client.get("/report/nothing.docx").status_code == 404
    assert client.get("/report/..%2f..%2fetc.md").status_code == 404


def test_without_an_index(corpus: Corpus) -> None:
    client = create_app(corpus.index).test_client()
    assert client.get("/export.xlsx?q=x").status_code == 503
    assert client.get("/report/x.md").status_code == 503


def test_only_some_at_once(client: FlaskClient) -> None:
    for _ in range(exports.AT_ONCE):
        exports.room.acquire()
    try:
        busy = client.get("/export.csv?q=灯塔")
    finally:
        for _ in range(exports.AT_ONCE):
            exports.room.release()
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "15")
    for _ in range(exports.AT_ONCE + 1):  # each gives its room back
        assert client.get("/export.csv?q=灯塔").status_code == 200
        client.get("/export.csv?year=abc")


def test_the_links(page: Page) -> None:
    line = page("/?q=招商引资&year=2019").one("p", class_="exports")
    urls = [a.attrs["href"] for a in line.all("a")]
    assert [url.partition("?")[0] for url in urls] == [f"/export.{form}" for form in FORMS]
    assert all("year=2019" in url for url in urls)


def test_a_report(client: FlaskClient, built: Path) -> None:
    library = Library(built)
    (filed,) = [f for f in library.reports() if f.report.title.startswith("柳塘")]
    answer = client.get(f"/report/{filed.report_id}.docx")
    assert "attachment" in answer.headers["Content-Disposition"]
    text = [p.text for p in Document(BytesIO(answer.data)).paragraphs]
    assert text[0] == filed.report.title
    assert text[-1] == "——《柳塘镇2019年工作总结》（柳塘镇，2019 年），资料/柳塘.txt"
    for section in filed.report.sections:
        assert {section.heading, *section.paragraphs} - {None} <= set(text)
    markdown = client.get(f"/report/{filed.report_id}.md").data.decode()
    assert markdown.startswith("# 柳塘镇2019年工作总结\n")
    assert f'href="/report/{filed.report_id}.docx"' in client.get(f"/report/{filed.report_id}").text


def test_an_update_comes_between(corpus: Corpus) -> None:
    corpus.write("一.txt", "甲镇2019年工作总结\n\n一、茶园\n\n茶园有一亩。")
    corpus.update()
    library = Library(corpus.index)
    titles: list[list[str]] = []

    def write(found: rows.Results) -> None:
        if not titles:
            corpus.write("二.txt", "乙镇2020年工作总结\n\n一、茶园\n\n茶园有二亩，都采了。")
            corpus.update()
        titles.append([])
        for row in found.rows:
            titles[-1].append(row.title.text)

    export(library, make_question("茶园"), write, name="", cite=lambda *_: "", locate=lambda f: f.section_id)
    assert titles[0] == []
    assert sorted(titles[-1]) == ["乙镇2020年工作总结", "甲镇2019年工作总结"]


def test_updates_without_end(corpus: Corpus) -> None:
    corpus.write("一.txt", "甲镇2019年工作总结\n\n一、茶园\n\n茶园有一亩。")
    corpus.update()
    library = Library(corpus.index)
    found: list[str] = []
    times = iter(range(100))

    def write(results: rows.Results) -> None:
        corpus.write(f"新{next(times)}.txt", "乙镇2020年工作总结\n\n一、果园\n\n果园有二亩，都采了。")
        corpus.update()
        found[:] = [row.title.text for row in results.rows]

    export(library, make_question("茶园"), write, name="", cite=lambda *_: "", locate=lambda f: f.section_id)
    assert found == ["甲镇2019年工作总结"]


@pytest.mark.parametrize("form", FORMS)
def test_the_command(built: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"结果.{form}"
    run = CliRunner().invoke(main, ["search", "灯塔", "--index", str(built), "--export", str(target)])
    assert (run.exit_code, run.output) == (0, f"45 passages written to {target}\n")
    found = READERS[form](target.read_bytes())
    assert len(found.rows) == 45
    assert "——《海港2017年工作总结》" in bare(found.rows[0].about)


def test_the_command_refuses_other_forms(built: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke(
        main, ["search", "灯塔", "--index", str(built), "--export", f"{tmp_path}/结果.exe"]
    )
    assert run.exit_code == 2
    assert "results are written as one of .xlsx, .csv, .docx, .md, not as 结果.exe" in run.output


def test_ten_thousand_at_the_most(built: Path) -> None:
    said: list[tuple[int, str]] = []

    def write(found: rows.Results) -> None:
        said.append((len(list(found.rows)), found.cut))

    export(
        Library(built),
        make_question("灯塔"),
        write,
        name="",
        cite=lambda *_: "",
        locate=lambda f: f.section_id,
        most=10,
    )
    assert said == [(10, "只导出了前 10 段，后面还有 35 段。请加上筛选，分几次导出。")]
    assert exporting.MOST == 10_000
