"""Added files that are taken out over the page, and put back."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import pytest
from werkzeug.test import TestResponse

from indexer import build
from indexer.exporting import FORMS
from indexer.removed import REMOVED, Removed
from indexer.runs import Run, Runner
from indexer.settings import Settings
from indexer.uploads import Inbox
from tests.exporting.reading import READERS
from tests.webui.conftest import Element, read_html, token_of
from tests.webui.office import TEXT, zipped
from webui import Rules, added, create_app
from webui.address import PAGE_SIZE

pytestmark = pytest.mark.service

OUT, BACK = "/add/take-out", "/add/put-back"
HOSTILE = "<b onclick=x>&\"'}}{{7*7}}.txt"
ALIKE = "\n二、安全生产\n\n全面排查整治各类风险隐患，压实各方责任，守住安全生产底线。\n".encode()
ADDED = {
    "2023年/总结.txt": TEXT.encode(),
    HOSTILE: TEXT.replace("澄川", "敌意").encode(),
    "包.zip": zipped(
        {"内.txt": TEXT.replace("澄川", "里面").encode(), "又.txt": TEXT.replace("澄川", "另外").encode()}
    ),
    "坏.docx": b"PK\x03\x04 cut off",
}


class Desk:
    """An office with a folder of its own and added files, all in the index; who runs what is noted."""

    def __init__(self, root: Path, runs: list[tuple[Path, ...]]) -> None:
        self.root, self.runs = root, runs
        self.index, self.uploads = root / "index", root / "uploads"
        (root / "资料").mkdir()
        (root / "资料" / "自己的.txt").write_text(TEXT.replace("澄川", "自有"), "utf-8")
        for name, content in ADDED.items():
            path = self.uploads / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.update()
        self.serve()

    def update(self) -> None:
        build.update(self.index, [self.root / "资料", self.uploads], Settings())

    def serve(self, rules: Rules | None = None) -> None:
        self.app = create_app(self.index, rules)
        self.client = self.app.test_client()

    def post(self, url: str, **fields: str) -> TestResponse:
        return self.client.post(url, data={"csrf_token": token_of(self.client), **fields})

    def page(self, url: str = "/files") -> Element:
        answer = self.client.get(url)
        assert answer.status_code == 200
        return read_html(answer.text).one("main")

    def buttons(self, url: str = "/files") -> dict[str, str]:
        """What can be taken out or put back, by what is written on it."""
        return {
            form.one("button").attrs.get("aria-label") or form.one("button").text: next(
                e.attrs["value"] for e in form.all("input") if e.attrs["name"] in ("file", "stamp")
            )
            for form in self.page(url).all("form")
            if form.attrs["action"] in (OUT, BACK)
        }

    def search(self, query: str) -> int:
        total = self.client.get("/api/search", query_string={"q": query}).get_json()["total"]
        assert isinstance(total, int)
        return total

    def audit(self) -> list[dict[str, Any]]:
        file = self.root / "settings" / "audit.log"
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
        return [{k: line[k] for k in ("what", "file", "size")} for line in lines]

    def figures(self) -> dict[str, float]:
        found = re.findall(
            r'^gaoku_uploads_total{outcome="(\w+)"} (\S+)$', self.client.get("/metrics").text, re.M
        )
        return {outcome: float(number) for outcome, number in found if float(number)}


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, ...]]:
    noted: list[tuple[Path, ...]] = []

    def start(runner: Runner, paths: tuple[Path, ...] = ()) -> Run:
        noted.append(tuple(paths))
        return Run(len(noted), tuple(paths))

    monkeypatch.setattr(Runner, "start", start)
    return noted


@pytest.fixture
def desk(tmp_path: Path, runs: list[tuple[Path, ...]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))
    yield Desk(tmp_path, runs)


def test_out_and_back(desk: Desk) -> None:
    name, size = "2023年/总结.txt", len(ADDED["2023年/总结.txt"])
    assert desk.search("澄川园区") == 1
    answer = desk.post(OUT, file=name)
    assert answer.status_code == 303
    shown = desk.page(answer.location)
    assert shown.one(role="status").text == "已移出“总结.txt”，更新索引后不再搜到。"
    assert desk.runs == [(desk.uploads,)]
    desk.update()
    assert desk.search("澄川园区") == 0
    assert "已移出 1" in {link.text for link in shown.all("a")}
    assert desk.buttons("/files?show=removed") == {
        label: stamp for label, stamp in desk.buttons(answer.location).items() if label == "放回“总结.txt”"
    }
    stamp = desk.buttons("/files?show=removed")["放回“总结.txt”"]
    answer = desk.post(BACK, stamp=stamp)
    assert answer.status_code == 303
    assert desk.page(answer.location).one(role="status").text == "已放回“总结.txt”，更新索引后又能搜到。"
    assert desk.runs == [(desk.uploads,)] * 2
    desk.update()
    assert desk.search("澄川园区") == 1
    assert (desk.uploads / name).read_bytes() == ADDED[name]
    assert desk.audit() == [
        {"what": "taken out", "file": name, "size": size},
        {"what": "put back", "file": name, "size": size},
    ]
    assert desk.figures() == {"taken_out": 1, "put_back": 1}


def fields_of(form: Element) -> dict[str, str]:
    """What a form sends."""
    return {i.attrs["name"]: i.attrs["value"] for i in form.all("input")}


def test_back_to_where_one_was(desk: Desk) -> None:
    """The same filter, the same page and the same place in it, for taking out as for putting back."""
    for n in range(PAGE_SIZE + 5):
        (desk.uploads / f"第{n:02}份.txt").write_bytes(TEXT.replace("澄川", f"第{n}").encode())
    desk.update()

    def press(url: str, name: str, what: str) -> str:
        form = next(
            f for f in desk.page(url).all("form") if f.all("button", **{"aria-label": f"{what}“{name}”"})
        )
        answer = desk.client.post(form.attrs["action"], data=fields_of(form))
        there = urlsplit(answer.location)
        assert (answer.status_code, there.path, there.fragment) == (303, "/files", "done")
        return str(answer.location)

    def shown(url: str) -> tuple[dict[str, list[str]], list[str]]:
        """What an address asks for besides the notice; the list there, the notice among it."""
        asked = parse_qs(urlsplit(url).query)
        parts = [e for e in desk.page(url).all() if e.tag == "article" or e.attrs.get("id") == "done"]
        told = [(e.all(role="status") or e.all("h2"))[0].text for e in parts]
        return {name: asked[name] for name in asked if name not in ("out", "back", "at")}, told

    asked = {"q": "份", "format": "文本", "page": "2"}
    url, kept = f"/files?{urlencode(asked)}", {name: [value] for name, value in asked.items()}
    listed = [f"第{n:02}份.txt" for n in range(PAGE_SIZE, PAGE_SIZE + 5)]
    gone, back = f"已移出“{listed[2]}”，更新索引后不再搜到。", f"已放回“{listed[2]}”，更新索引后又能搜到。"
    out = press(url, listed[2], "移出")
    assert shown(out) == (kept, [*listed[:2], gone, *listed[2:]])
    desk.update()
    assert shown(out) == (kept, [*listed[:2], gone, *listed[3:]])
    assert shown(press(out, listed[2], "放回")) == (kept, [*listed[:2], back, *listed[3:]])
    desk.update()
    # What was last is gone: behind those that are left.
    out = press(url, listed[4], "移出")
    desk.update()
    assert shown(out)[1][3:] == [listed[3], f"已移出“{listed[4]}”，更新索引后不再搜到。"]
    # Of those that were taken out: its filter stays, too.
    press(url, listed[3], "移出")
    removed = f"/files?{urlencode({'show': 'removed', 'q': '份'})}"
    assert desk.page(removed).one(class_="levels").one("a", **{"aria-current": "true"}).text == "已移出 2"
    back = f"已放回“{listed[4]}”，更新索引后又能搜到。"
    assert shown(press(removed, listed[4], "放回")) == (
        {"show": ["removed"], "q": ["份"]},
        [listed[3], back],
    )


def test_on_a_page_that_is_no_more(desk: Desk) -> None:
    """What was done is told on the last one there is."""
    location = desk.post(OUT, file="包.zip", page="2", at="1").location
    answer = desk.client.get(location)
    assert answer.status_code == 302
    main = desk.page(answer.location)
    assert main.one(role="status").text == "已移出“包.zip”，更新索引后不再搜到。"
    first = next(e for e in main.all() if e.tag == "article" or e.attrs.get("id") == "done")
    assert first.tag == "div"


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        ({"at": "0"}, {}),
        ({"at": "1e3"}, {}),
        ({"at": "１"}, {}),
        ({"at": "99999"}, {}),
        ({"q": "https://elsewhere", "show": "//x", "page": "-1"}, {"q": ["https://elsewhere"]}),
        ({"next": "//x", "there": "//x", "to": "//x", "out": "//x"}, {}),
        ({"q": "a\r\nLocation: x"}, {"q": ["a\r\nLocation: x"]}),
    ],
)  # fmt: skip
def test_nowhere_else(desk: Desk, fields: dict[str, str], query: dict[str, list[str]]) -> None:
    there = urlsplit(desk.post(OUT, file="包.zip", **fields).location)
    asked = parse_qs(there.query)
    (stamp,) = asked.pop("out")
    assert (there.scheme, there.netloc, there.path, asked) == ("", "", "/files", query)
    assert (desk.uploads / REMOVED / stamp).is_dir()


def test_parts_of_archives(desk: Desk) -> None:
    """They say what they are taken out with, and lead there; nothing once that is out, or to read only."""
    parts = [a for a in desk.page().all("article") if "只能随“包.zip”整个移出" in a.text]
    assert {part.one("h2").text for part in parts} == {"内.txt", "又.txt"}
    assert {unquote(part.link("“包.zip”")) for part in parts} == {"/files?q=包.zip"}
    assert "移出“包.zip”" in desk.buttons("/files?q=包.zip")
    desk.serve(Rules(read_only=True))
    assert "整个移出" not in desk.page().text
    desk.serve()
    desk.post(OUT, file="包.zip")
    assert "整个移出" not in desk.page().text


def test_which_files_have_a_button(desk: Desk) -> None:
    """The added ones that lie there: neither files of other folders nor those inside archives."""
    assert set(desk.buttons().values()) == set(ADDED)
    places = {span.text for span in desk.page().all("span")}
    assert {"添加的文件", "添加的文件/2023年", "添加的文件/包.zip", "资料"} <= places
    (desk.uploads / "坏.docx").unlink()
    assert set(desk.buttons().values()) == set(ADDED) - {"坏.docx"}


def test_what_people_read_of_where_an_added_file_lies(desk: Desk) -> None:
    """The page's own name for the folder, wherever it is told; programs get the path as it is."""
    file, shown = "uploads/2023年/总结.txt", "添加的文件/2023年/总结.txt"
    (hit,) = desk.client.get("/api/search?q=澄川园区").get_json()["hits"]
    assert hit["file"] == file
    report, section = hit["report"], hit["section"]
    for path in (
        "/?q=澄川园区",
        f"/report/{report}",
        f"/preview/{section}",
        f"/similar?to={report}",
        f"/compare?a={report}",
    ):
        answer = desk.client.get(path)
        assert answer.status_code == 200, path
        assert shown in answer.text, path
        assert "uploads" not in answer.text, path
    for form in FORMS:
        found = READERS[form](desk.client.get(f"/export.{form}?q=澄川园区").data)
        assert [row.about.count(shown) for row in found.rows] == [2 if form in ("xlsx", "csv") else 1]
        assert "uploads" not in found.rows[0].about
    assert shown in desk.client.get(f"/report/{report}.md").text
    (desk.uploads / "一.txt").write_bytes(TEXT.encode() + ALIKE)
    (desk.uploads / "二.txt").write_bytes(TEXT.replace("澄川", "另一个").encode() + ALIKE)
    desk.update()
    family = desk.client.get("/api/families?level=section").get_json()["families"][0]["id"]
    template = desk.client.get(f"/templates/{family}.md").text
    assert "添加的文件/" in template
    assert "uploads" not in template
    assert "自己的.txt" in desk.client.get("/?q=自有").text
    assert "添加的文件" not in desk.client.get("/?q=自有").text
    assert list(desk.buttons("/files?q=添加的文件/2023").values()) == ["2023年/总结.txt"]
    (desk.uploads / "2023年/总结.txt").unlink()
    assert shown in desk.client.get(f"/original/{report}").text


def test_where_the_folder_lies_within_another(desk: Desk, tmp_path: Path) -> None:
    """Its files are not those beside it, though all have the label of the folder around."""
    index = tmp_path / "other" / "index"
    build.update(index, [tmp_path / "资料"], Settings())
    (tmp_path / "资料" / "uploads").mkdir()
    (tmp_path / "资料" / "uploads" / "一.txt").write_bytes(TEXT.encode())
    (tmp_path / "资料" / "uploads2").mkdir()
    (tmp_path / "资料" / "uploads2" / "二.txt").write_bytes(TEXT.encode())
    build.update(index, [tmp_path / "资料"], Settings())
    app = create_app(index)
    app.extensions["gaoku-inbox"] = Inbox(tmp_path / "资料" / "uploads")
    desk.client = app.test_client()
    assert set(desk.buttons().values()) == {"一.txt"}


def test_names_with_markup(desk: Desk) -> None:
    label = f"移出“{HOSTILE}”"
    answer = desk.post(OUT, file=desk.buttons()[label])
    shown = desk.client.get(answer.location)
    assert read_html(shown.text).one(role="status").text == f"已移出“{HOSTILE}”，更新索引后不再搜到。"
    assert "<b onclick" not in shown.text
    listed = desk.client.get("/files?show=removed").text
    assert "<b onclick" not in listed
    answer = desk.post(BACK, stamp=desk.buttons("/files?show=removed")[f"放回“{HOSTILE}”"])
    shown = desk.client.get(answer.location)
    assert read_html(shown.text).one(role="status").text == f"已放回“{HOSTILE}”，更新索引后又能搜到。"
    assert "<b onclick" not in shown.text
    assert answer.location.isascii()


@pytest.mark.parametrize(
    "query",
    ["out=x", "out=../x", "out=20260101-000000-000000-0000", "back=没有.txt", "back=../资料/自己的.txt",
     "back=", "back=包.zip/里面.txt", "back=2023年", "back=<b>x</b>", "back=/etc/passwd",
     f"back={REMOVED}/x"],
)  # fmt: skip
def test_addresses_tell_nothing_that_is_not_so(desk: Desk, query: str) -> None:
    assert not desk.page(f"/files?{query}").all(role="status")


@pytest.mark.parametrize(
    "file",
    ["", "没有.txt", "../资料/自己的.txt", "包.zip/里面.txt", "2023年", "资料/自己的.txt", "uploads/包.zip"],
)
def test_what_cannot_be_taken_out(desk: Desk, file: str) -> None:
    before = sorted(desk.uploads.rglob("*")), sorted((desk.root / "资料").rglob("*"))
    answer = desk.post(OUT, file=file)
    assert answer.status_code == 404
    assert "没有这个文件" in answer.text
    assert (sorted(desk.uploads.rglob("*")), sorted((desk.root / "资料").rglob("*"))) == before
    assert (desk.audit(), desk.runs, desk.figures()) == ([], [], {})


def test_while_the_folder_is_away(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    stamp = parse_qs(urlsplit(desk.post(OUT, file="包.zip").location).query)["out"][0]
    desk.uploads.rename(desk.uploads.with_name("off"))
    for url, fields in ((OUT, {"file": "2023年/总结.txt"}), (BACK, {"stamp": stamp})):
        answer = desk.post(url, **fields)
        assert answer.status_code == 503
        assert "存放添加文件的文件夹现在连不上，请告诉管理员。" in answer.text
        assert "connect its drive" in caplog.messages[-1]
    assert len(desk.runs) == 1


def test_what_was_forgotten_stays_out_of_the_index(desk: Desk) -> None:
    """A page from before still takes files out, and puts them back."""
    build.forget(desk.index, desk.uploads, Settings())
    stamp = parse_qs(urlsplit(desk.post(OUT, file="包.zip").location).query)["out"][0]
    assert desk.post(BACK, stamp=stamp).status_code == 303
    assert desk.runs == []
    assert [line["what"] for line in desk.audit()] == ["taken out", "put back"]


def test_an_archive_as_a_whole(desk: Desk) -> None:
    desk.post(OUT, file="包.zip")
    desk.update()
    assert desk.search("里面园区") == 0
    desk.post(BACK, stamp=desk.buttons("/files?show=removed")["放回“包.zip”"])
    desk.update()
    assert desk.search("里面园区") == 1


def test_twice(desk: Desk) -> None:
    assert desk.post(OUT, file="包.zip").status_code == 303
    assert desk.post(OUT, file="包.zip").status_code == 404
    stamp = desk.buttons("/files?show=removed")["放回“包.zip”"]
    assert desk.post(BACK, stamp=stamp).status_code == 303
    assert desk.post(BACK, stamp=stamp).status_code == 404
    assert len(desk.audit()) == len(desk.runs) == 2


def test_all_of_them(desk: Desk) -> None:
    """Nothing is left that could be read: the index follows all the same."""
    for name in ADDED:
        assert desk.post(OUT, file=name).status_code == 303
    assert len(desk.runs) == len(ADDED)
    desk.update()
    assert desk.search("园区") == 1


def test_what_cannot_be_moved(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.uploads / REMOVED).write_bytes(b"x")
    answer = desk.post(OUT, file="包.zip")
    assert answer.status_code == 409
    assert "文件还在原处" in answer.text
    assert (desk.uploads / "包.zip").exists()
    assert "(" not in read_html(answer.text).one("main").text  # in Chinese alone
    (desk.uploads / REMOVED).unlink()
    desk.post(OUT, file="2023年/总结.txt")
    (desk.uploads / "2023年").rmdir()
    (desk.uploads / "2023年").write_bytes(b"x")
    answer = desk.post(BACK, stamp=desk.buttons("/files?show=removed")["放回“总结.txt”"])
    assert answer.status_code == 409
    assert "文件还在已移出的文件里" in answer.text


def test_for_reading_only(desk: Desk) -> None:
    stamp = parse_qs(urlsplit(desk.post(OUT, file="包.zip").location).query)["out"][0]
    desk.serve(Rules(read_only=True))
    for url in ("/files", f"/files?out={stamp}", "/files?back=2023年/总结.txt"):
        assert desk.buttons(url) == {}
        shown = desk.page(url)
        assert "移出" not in shown.text
        assert not shown.all(role="status")
    assert desk.client.get("/files?show=removed").location == "/files"
    assert desk.post(OUT, file="2023年/总结.txt").status_code == 403
    assert desk.post(BACK, stamp=stamp).status_code == 403
    answer = desk.client.post(
        "/add/outcome", json={"files": ["2023年/总结.txt"]}, headers={"X-CSRFToken": token_of(desk.client)}
    )
    html = answer.get_json()["html"]
    assert "总结.txt" in html
    assert "移出" not in html
    assert not (desk.uploads / "包.zip").exists()


def test_without_the_token(desk: Desk) -> None:
    assert desk.client.post(OUT, data={"file": "包.zip"}).status_code == 400
    assert desk.client.get(OUT).status_code == 405
    assert (desk.uploads / "包.zip").exists()


def test_the_newest_are_listed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    removed = Removed(Inbox(desk.uploads))
    for n in range(4):
        (desk.uploads / f"第{n}份.txt").write_bytes(b"x")
        removed.take_out(f"第{n}份.txt")
    monkeypatch.setattr(added, "MOST_REMOVED", 2)
    assert list(desk.buttons("/files?show=removed")) == ["放回“第3份.txt”", "放回“第2份.txt”"]
    assert "只列出最近移出的 2 个" in desk.page("/files?show=removed").text
    assert list(desk.buttons("/files?show=removed&q=第０份&format=文本")) == ["放回“第0份.txt”"]
    assert desk.buttons("/files?show=removed&q=第9份") == {}
    assert "没有移出的文件" in desk.page("/files?show=removed&q=第9份").text


def test_nothing_is_said_of_it_while_there_is_none(desk: Desk) -> None:
    assert "已移出" not in desk.page().text


def test_in_the_outcome_of_adding(desk: Desk) -> None:
    headers = {"X-CSRFToken": token_of(desk.client)}
    answer = desk.client.post("/add/outcome", json={"files": list(ADDED)}, headers=headers)
    shown = read_html(f"<div>{answer.get_json()['html']}</div>")
    forms = {form.one("button").text: form for form in shown.all("form")}
    assert sorted(forms) == ["移出", "移出整个“包.zip”"]
    assert sorted(i.attrs["value"] for i in shown.all("input") if i.attrs["name"] == "file") == sorted(ADDED)
    sent = {i.attrs["name"]: i.attrs["value"] for i in forms["移出整个“包.zip”"].all("input")}
    assert desk.client.post(OUT, data=sent).status_code == 303
    assert not (desk.uploads / "包.zip").exists()


def test_while_a_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another follows, whatever the one that goes on has passed by already."""
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settings"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    desk = Desk(tmp_path, [])
    for n in range(30):
        (desk.uploads / f"新{n}.txt").write_bytes(TEXT.replace("澄川", f"新{n}").encode())
    desk.client.post("/index-runs", data={"what": "uploads", "csrf_token": token_of(desk.client)})
    until = time.monotonic() + 60
    try:
        stamps = []
        for n in range(0, 30, 3):
            location = desk.post(OUT, file=f"新{n}.txt").location
            stamps.append(parse_qs(urlsplit(location).query)["out"][0])
        for stamp in stamps[::2]:
            assert desk.post(BACK, stamp=stamp).status_code == 303
        while (state := desk.client.get("/index-runs").get_json())["busy"]:
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        desk.app.extensions["gaoku-indexing"].close()
    assert state["state"] == "done"
    out = {n for n in range(0, 30, 3) if n % 6}
    wanted = {f"uploads/新{n}.txt" for n in set(range(30)) - out}
    entries = {entry.file: entry for entry in desk.app.extensions["gaoku"].files()}
    assert {file for file in entries if "/新" in file} == wanted
    assert not any(entries[file].failed for file in wanted)
