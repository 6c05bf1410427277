"""Results and reports as files: what is asked is what stands in them."""

from __future__ import annotations

import contextlib
import csv
import errno
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from docx import Document
from flask.testing import FlaskClient
from openpyxl import load_workbook

from indexer import build, exporting
from indexer.cli import main
from indexer.engines.whoosh.reader import WhooshReader
from indexer.exporting import FORMS, citing, export, rows
from indexer.exporting.csv import COLUMNS
from indexer.exporting.glance import at_a_glance
from indexer.exporting.marked import Marked
from indexer.library import Library
from indexer.search import make_question, search
from indexer.settings import Settings
from tests.exporting.reading import READERS, bare
from tests.webui.conftest import Corpus, Element
from webui import connections, create_app, exports, results
from webui.access import Rules
from webui.connections import Limits

Page = Callable[..., Element]


#: Of a server that others reach, too.
HOST = "gaoku.example"
URL = f"http://{HOST}/"


@pytest.mark.parametrize("form", FORMS)
def test_all_pages_of_the_results(built: Path, form: str) -> None:
    client = create_app(built, Rules(allowed=(HOST,))).test_client()
    answer = client.get(f"/export.{form}?q=灯塔&page=2", base_url=URL)
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
        assert f"{URL}report/" in row.about
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
    answer = client.get(f"/export.{form}?q=灯火 茶园")
    said = answer.headers["Content-Disposition"]
    assert said.endswith(quote(f"（部分符合）.{form}"))
    assert f"filename=gaoku.{form};" in said
    found = READERS[form](answer.data)
    assert len(found.rows) > 1
    assert all("部分符合" in row.about for row in found.rows)
    if form != "csv":  # whose lines are rows alone
        assert "以下是部分符合的，共" in found.notes
        assert "搜索结果：灯火茶园（部分符合）" in found.notes
    whole = READERS[form](client.get(f"/export.{form}?q=茶园").data)
    assert "部分符合" not in whole.notes + "".join(row.about for row in whole.rows)


def headings(form: str, content: bytes) -> tuple[str, ...]:
    """The first line of a table."""
    if form == "csv":
        return tuple(content.decode("utf-8-sig").splitlines()[0].split(","))
    (line,) = load_workbook(BytesIO(content))["结果"].iter_rows(max_row=1, values_only=True)
    return tuple(map(str, line))


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_addresses_have_a_column_of_their_own(built: Path, form: str) -> None:
    client = create_app(built, Rules(allowed=(HOST,))).test_client()
    assert headings(form, client.get(f"/export.{form}?q=茶园", base_url=URL).data) == COLUMNS


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]"])
@pytest.mark.parametrize("form", FORMS)
def test_addresses_that_lead_to_this_machine_are_left_out(client: FlaskClient, form: str, host: str) -> None:
    found = READERS[form](client.get(f"/export.{form}?q=茶园", base_url=f"http://{host}/").data)
    assert found.rows
    if form in ("xlsx", "csv"):
        assert headings(form, client.get(f"/export.{form}?q=茶园").data) == COLUMNS[:-1]
    assert "http" not in "".join(row.about for row in found.rows)
    if form != "csv":
        assert found.notes.count("没有写各段的地址") == 1


@pytest.mark.parametrize("form", ["xlsx", "docx"])
def test_links_lead_to_us_alone(built: Path, form: str) -> None:
    client = create_app(built, Rules(allowed=(HOST,))).test_client()
    with ZipFile(BytesIO(client.get(f"/export.{form}?q=灯火 OR 招商引资", base_url=URL).data)) as package:
        relations = b"".join(package.read(name) for name in package.namelist() if name.endswith(".rels"))
    targets = re.findall(rb'<Relationship\b[^>]*Target="([^"]*)"[^>]*TargetMode="External"', relations)
    assert len(targets) > 3
    assert all(target.startswith(f"{URL}report/".encode()) for target in targets)


@pytest.mark.parametrize("form", FORMS)
def test_it_is_said_once_how_many_there_are_and_that_they_are_whole(built: Path, form: str) -> None:
    client = create_app(built, Rules(allowed=(HOST,))).test_client()
    notes = READERS[form](client.get(f"/export.{form}?q=灯塔", base_url=URL).data).notes
    if form != "csv":
        assert "共45段，分布在1篇报告。每一段都是一个小标题下的全文" in notes
        assert "没有写各段的地址" not in notes


@pytest.mark.parametrize("form", FORMS)
def test_a_heading_without_text(corpus: Corpus, form: str) -> None:
    corpus.write(
        "一.txt",
        "甲镇2019年工作总结\n\n一、风车磨坊\n\n（一）水渠\n\n水渠修了三里。\n\n二、风车碾房\n",
    )
    corpus.update()
    client = create_app(corpus.index).test_client()
    both = READERS[form](client.get(f"/export.{form}?q=风车").data).rows
    assert ["只有小标题，正文在下级小标题下" in row.about for row in both] == [True, False]
    assert all("只有小标题" in row.about for row in both)
    (text,) = READERS[form](client.get(f"/export.{form}?q=水渠").data).rows
    assert "只有小标题" not in text.about


def test_both_years_and_the_passage(client: FlaskClient) -> None:
    head, *lines = csv.reader(StringIO(client.get("/export.csv?q=产业链").data.decode("utf-8-sig")))
    (line,) = [dict(zip(head, line, strict=True)) for line in lines]
    assert (line["内容年份"], line["报告年份"]) == ("2022", "2021")
    assert "，2021 年）" in line["出处"]
    assert line["命中处"] == "继续抓招商引资和产业链。"
    word = READERS["docx"](client.get("/export.docx?q=产业链").data).rows[0]
    assert word.title.endswith("（内容年份2022）")
    alike = READERS["docx"](client.get("/export.docx?q=茶园").data).rows[0]
    assert alike.title == "柳塘镇2019年工作总结"


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
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "30")
    assert "请过半分钟再试一次" in busy.text
    for _ in range(exports.AT_ONCE + 1):  # each gives its room back
        assert client.get("/export.csv?q=灯塔").status_code == 200
        client.get("/export.csv?year=abc")


@pytest.mark.parametrize("path", ["/export.csv?q=灯塔", "/report/{}.docx"])
def test_a_full_temporary_folder_keeps_no_place(
    client: FlaskClient, built: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(exports, "LARGE", 10)
    path = path.format(next(Library(built).reports()).report_id)
    with monkeypatch.context() as patch:
        patch.setattr("webui.exports.tempfile.TemporaryFile", full)
        for _ in range(exports.AT_ONCE + 1):
            assert client.get(path).status_code == 500
    assert client.get(path).status_code == 200


def test_the_links(page: Page) -> None:
    line = page("/?q=招商引资&year=2019").one("div", class_="bar").one("p", class_="exports")
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


def _titles(library: Library, between: Callable[[], None]) -> list[str]:
    """What an export of 茶园 holds where something happens before and while its rows are read."""
    titles: list[str] = []

    def write(found: rows.Results) -> None:
        between()
        for row in found.rows:
            titles.append(row.title.text)
            between()

    export(library, make_question("茶园"), write, name="", cite=citing.source, locate=lambda f: f.section_id)
    return titles


@pytest.mark.parametrize("rebuild", [False, True])
def test_updates_come_between(corpus: Corpus, monkeypatch: pytest.MonkeyPatch, rebuild: bool) -> None:
    """Any number of them: what is written is of the state that was asked, and the next is of the newest."""
    for name in "一二":
        corpus.write(f"{name}.txt", f"{name}镇2019年工作总结\n\n一、茶园\n\n茶园有{name}亩。")
    corpus.update()
    library = Library(corpus.index)
    found: list[int] = []
    held: list[WhooshReader] = []  # not closed yet
    opening, closing = WhooshReader.__init__, WhooshReader.close

    def opened(reader: WhooshReader, directory: Path) -> None:
        opening(reader, directory)
        held.append(reader)

    def closed(reader: WhooshReader) -> None:
        closing(reader)
        held.remove(reader)

    monkeypatch.setattr(WhooshReader, "__init__", opened)
    monkeypatch.setattr(WhooshReader, "close", closed)

    def update() -> None:
        corpus.write(f"新{len(found)}.txt", f"新{len(found)}镇2020年工作总结\n\n一、茶园\n\n茶园不到十亩。")
        (corpus.folder / "二.txt").unlink(missing_ok=True)
        build.update(corpus.index, [corpus.folder], Settings(), rebuild=rebuild)
        found.append(search(library, make_question("茶园")).total)  # others are told of it at once

    assert sorted(_titles(library, update)) == ["一镇2019年工作总结", "二镇2019年工作总结"]
    assert found == [2, 3, 4]
    assert len(_titles(library, lambda: None)) == 4
    library.close()
    assert not held


def test_others_search_meanwhile(built: Path) -> None:
    """From the first row to the last, whatever has happened before."""
    library = Library(built)
    answered: list[int] = []

    def ask() -> None:
        answered.append(search(library, make_question("茶园")).total)

    def between() -> None:
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(timeout=20)
        assert not thread.is_alive()

    assert len(_titles(library, between)) + 1 == len(answered) > 1


def test_who_has_gone_is_not_written_for(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    read: list[str] = []

    def gone() -> bool:
        asked.append(len(asked) >= 3)
        return asked[-1]

    def glance(*arguments: Any) -> Marked:
        read.append("row")
        return at_a_glance(*arguments)

    monkeypatch.setattr(rows, "at_a_glance", glance)
    for form in FORMS:
        asked.clear()
        read.clear()
        answer = client.get(
            f"/export.{form}?q=灯塔", environ_overrides={"waitress.client_disconnected": gone}
        )
        assert (answer.status_code, answer.data) == (499, b"")
        assert (len(asked), len(read)) == (4, 4)  # of 45
    for _ in range(exports.AT_ONCE):  # it has given its place back
        assert exports.room.acquire(blocking=False)
    for _ in range(exports.AT_ONCE):
        exports.room.release()


def test_over_a_socket_who_hangs_up_keeps_no_place(
    built: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path))
    reached, places = threading.Event(), iter(range(10**6))

    def place_of(*arguments: object) -> str:
        reached.set()
        time.sleep(0.2)  # a row takes its time: all 45 of them nine seconds
        return f"/report/{next(places)}"

    monkeypatch.setattr(results, "place_of", place_of)
    server = connections.create_server(
        create_app(built), Limits(), host="127.0.0.1", port=0, threads=2, channel_request_lookahead=1
    )

    def run() -> None:
        with contextlib.suppress(OSError):
            server.run()

    threading.Thread(target=run, daemon=True).start()
    try:
        with socket.create_connection(("127.0.0.1", server.effective_listen[0][1])) as asking:
            asking.sendall(b"GET /export.csv?q=%E7%81%AF%E5%A1%94 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert reached.wait(20)
        deadline = time.monotonic() + 20
        while exports.room._value < exports.AT_ONCE and time.monotonic() < deadline:
            time.sleep(0.05)
        assert exports.room._value == exports.AT_ONCE
        assert next(places) < 45
    finally:
        server.close()


def test_asked_for_the_head_alone(client: FlaskClient, built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what a file would be called, and makes none."""
    report = next(Library(built).reports()).report_id
    paths = [f"/export.{form}?q=灯塔" for form in FORMS] + [f"/report/{report}.docx"]
    told = [client.get(path).headers for path in paths]

    def never(*arguments: object, **more: object) -> None:
        raise AssertionError

    monkeypatch.setattr(exports, "write_to", never)
    monkeypatch.setattr(exports, "CleanReport", never)
    for path, headers in zip(paths, told, strict=True):
        head = client.head(path)
        assert (head.status_code, head.data) == (200, b"")
        for name in ("Content-Type", "Content-Disposition"):
            assert head.headers[name] == headers[name]
    assert client.head("/export.csv?year=abc").status_code == 400
    assert client.head("/report/nothing.docx").status_code == 404


def test_large_reports_take_a_place(
    client: FlaskClient, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = next(Library(built).reports()).report_id
    for _ in range(exports.AT_ONCE):
        exports.room.acquire()
    try:
        assert client.get(f"/report/{report}.docx").status_code == 200  # a small one does not
        monkeypatch.setattr(exports, "LARGE", 10)
        busy = client.get(f"/report/{report}.docx")
    finally:
        for _ in range(exports.AT_ONCE):
            exports.room.release()
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "30")
    for _ in range(exports.AT_ONCE + 1):
        assert client.get(f"/report/{report}.docx").status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_the_command(built: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"结果.{form}"
    run = CliRunner().invoke(main, ["search", "灯塔", "--index", str(built), "--export", str(target)])
    assert (run.exit_code, run.output) == (0, f"45 passages written to {target}\n")
    found = READERS[form](target.read_bytes())
    assert len(found.rows) == 45
    assert "——《海港2017年工作总结》" in bare(found.rows[0].about)


def test_the_command_in_json(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "结果.csv"
    asked = ["search", "灯塔", "--index", str(built), "--export", str(target), "--json"]
    run = CliRunner().invoke(main, asked)
    assert (run.exit_code, json.loads(run.output)) == (0, {"file": str(target), "passages": 45})


@pytest.mark.parametrize("option", ["--limit", "--offset"])
def test_the_command_writes_all_hits_or_says_so(built: Path, tmp_path: Path, option: str) -> None:
    target = tmp_path / "结果.csv"
    asked = ["search", "灯塔", "--index", str(built), "--export", str(target), option, "10"]
    run = CliRunner().invoke(main, asked)
    assert (run.exit_code, run.output) == (2, f"gaoku: --export writes all hits: leave {option} out\n")
    assert not target.exists()


def test_the_command_needs_nothing_of_the_page(built: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from indexer.cli import main; main(sys.argv[1:], standalone_mode=False);"
        " print([name for name in sys.modules if name.partition('.')[0] in ('webui', 'flask', 'waitress')])"
    )
    asked = ["search", "灯塔", "--index", str(built), "--export", str(tmp_path / "结果.csv")]
    run = subprocess.run([sys.executable, "-c", code, *asked], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


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
