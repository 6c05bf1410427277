"""The gaoku command, driven as users and scripts drive it."""

from __future__ import annotations

import json
import os
import re
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import docx
import pytest
from click.testing import CliRunner, Result
from filelock import FileLock
from whoosh.index import TOC

from indexer import __version__, as_json, build, home
from indexer.cli import main
from indexer.engines.whoosh.documents import stored
from indexer.engines.whoosh.segments import Segment
from indexer.exporting import FORMS
from indexer.library import Library
from indexer.settings import Settings
from tests.exporting.reading import READERS

REPORT = """澄川经开区2023年度工作总结及2024年工作计划
一、2023年工作总结
（一）招商引资成效明显。全年签约项目12个，招商引资到位资金34亿元。
（二）项目建设扎实推进。重点项目开工8个，竣工5个。
二、存在的问题
征地拆迁进度偏慢。
三、2024年工作计划
继续抓好招商引资，签约项目15个以上。
"""


#: Those of its headings and paragraphs: all lines but the title.
CHARACTERS = sum(map(len, REPORT.splitlines()[1:]))


@dataclass(frozen=True)
class Place:
    """A folder of reports and an index over it."""

    folder: Path
    index: Path

    def run(self, *arguments: str) -> Result:
        """Run a command on the index, in this process; an error that is none of ours is a failure."""
        result = CliRunner().invoke(main, [*arguments, "--index", str(self.index)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def json(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert (result.exit_code, result.stderr) == (0, "")
        return json.loads(result.stdout)

    def report(self) -> str:
        """The id of the report in the first file."""
        return next(iter(Library(self.index).reports())).report_id


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path / "报告", tmp_path / "index")
    place.folder.mkdir()
    (place.folder / "2023.txt").write_text(REPORT, "utf-8")
    build.update(place.index, [place.folder], Settings())
    return place


def process(arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GAOKU_", "PYTHONIOENCODING"))}
    return subprocess.run(
        [sys.executable, "-m", "indexer", *arguments],
        capture_output=True,
        check=False,
        env=environment,
        timeout=60,
    )


_SEVERAL = """
import json, sys
from indexer.cli import main
for arguments in json.loads(sys.argv[1]):
    status = 0
    try:
        main(arguments, prog_name="gaoku")
    except SystemExit as ended:
        status = ended.code
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        stream.buffer.write(b"\\0%d\\0" % status)
        stream.flush()
"""


def several(commands: Sequence[Sequence[str]], encoding: str) -> list[tuple[int, bytes, bytes]]:
    """Run commands one after the other in a process with such streams: status, stdout and stderr of each."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GAOKU_")}
    done = subprocess.run(
        [sys.executable, "-c", _SEVERAL, json.dumps(commands)],
        capture_output=True,
        check=True,
        env={**environment, "PYTHONIOENCODING": encoding},
        timeout=120,
    )
    (outs, errors) = (stream.split(b"\0") for stream in (done.stdout, done.stderr))
    assert len(outs) == len(errors) == 2 * len(commands) + 1
    return [
        (int(status), out, error)
        for status, out, error in zip(outs[1::2], outs[::2], errors[::2], strict=False)
    ]


def complaint(result: Result, status: int = 1) -> str:
    """The one line of a command that could not do what it was asked."""
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("gaoku: ")
    return result.stderr.removeprefix("gaoku: ").rstrip("\n")


# -- what it prints ---------------------------------------------------------------------------------


def test_commands_of_the_contract() -> None:
    wanted = {"index", "forget", "search", "show", "export", "status", "verify", "serve"}
    assert wanted <= set(main.commands)


def test_module_and_console_script_are_the_same() -> None:
    script = Path(sys.executable).with_name("gaoku")
    module = process(["--help"])
    assert module.returncode == 0
    done = subprocess.run([script, "--help"], capture_output=True, check=False)
    assert done.stdout.replace(b"Usage: gaoku ", b"") == re.sub(
        rb"Usage: .*? (?=\[OPTIONS)", b"", module.stdout
    )


@pytest.mark.service
@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 cannot be kept from it")
def test_no_module_is_taken_from_the_folder_that_a_run_is_started_in(tmp_path: Path) -> None:
    (tmp_path / "multiprocessing.py").write_text("open('was-run', 'w')", "utf-8")
    (tmp_path / "reports").mkdir()
    document = docx.Document()
    document.add_paragraph("全年招商引资到位资金五亿元。")
    document.save(str(tmp_path / "reports" / "a.docx"))  # read by a process of its own
    script = Path(sys.executable).with_name("gaoku")
    done = subprocess.run([script, "index", "reports"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "was-run").exists()


def test_help_and_version() -> None:
    for arguments in (["--help"], ["-h"], *([name, "--help"] for name in main.commands)):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0
        assert result.stdout.startswith("Usage: ")
    version = CliRunner().invoke(main, ["--version"])
    assert (version.exit_code, version.stdout) == (0, f"gaoku, version {__version__}\n")


@pytest.mark.parametrize("command", ["index", "status", "serve", "search"])
def test_a_setting_that_is_none_is_one_line(
    place: Place, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("GAOKU_UPLOAD_SIZE", "abc")
    result = CliRunner().invoke(main, [command, *(["招商"] if command == "search" else [])])
    assert result.exit_code == 2
    assert result.output.startswith("gaoku: GAOKU_UPLOAD_SIZE must be")
    assert len(result.output.splitlines()) == 1


def test_a_slip_in_the_settings_opens_no_door(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GAOKU_SETTINGS", str(tmp_path / "settigns"))
    result = CliRunner().invoke(main, ["serve", "--host", "0.0.0.0", "--port", "0"])
    assert (result.exit_code, "which is no folder" in result.output) == (2, True)
    assert not (tmp_path / "settigns").exists()


def test_index(place: Place) -> None:
    (place.folder / "新.md").write_text("# 新的工作总结\n安全生产形势平稳。\n", "utf-8")
    (place.folder / "图.xyz").write_bytes(b"\x00\x01")
    (place.folder / "~$锁.docx").write_bytes(b"a")
    result = place.run("index", str(place.folder))
    assert (result.exit_code, result.stderr) == (0, "")
    lines = re.sub(r"\d+\.\d s", "T s", result.stdout).splitlines()
    assert lines == [
        "files    3 seen: 1 added, 1 unchanged, 1 failed; 1 ignored",
        f"index    2 reports, 6 sections, {CHARACTERS + 9} characters",
        "time     T s",
        "failed   报告/图.xyz: 不支持的格式 .xyz；可另存为 .docx 或 .txt "
        "(not supported: save as .docx or .txt)",
    ]


def test_index_json(place: Place) -> None:
    (place.folder / "图.xyz").write_bytes(b"\x00\x01")
    summary = place.json("index", str(place.folder))
    assert isinstance(summary.pop("seconds"), float)
    listed = summary.pop("list")
    assert [(file["file"], file["format"], file["reports"]) for file in listed] == [
        (listed[0]["file"], "text", 1),
        ("报告/图.xyz", None, 0),
    ]
    assert listed[0]["characters"] == CHARACTERS
    assert (listed[0]["failed"], listed[0]["warnings"]) == (None, [])
    assert listed[1]["failed"] == summary["failed"][0]["reason"]
    assert [file["extra"] for file in listed] == [None, None]
    assert summary == {
        "files": {
            "seen": 2,
            "added": 0,
            "changed": 0,
            "moved": 0,
            "removed": 0,
            "unchanged": 1,
            "ignored": 0,
            "failed": 1,
        },
        "reports": 1,
        "sections": 5,
        "characters": CHARACTERS,
        "failed": [
            {
                "file": "报告/图.xyz",
                "reason": "不支持的格式 .xyz；可另存为 .docx 或 .txt (not supported: save as .docx or .txt)",
            }
        ],
        "warnings": [],
    }


def test_index_without_a_path_refreshes_what_it_remembers(place: Place) -> None:
    (place.folder / "新.txt").write_text("新的工作总结\n安全生产形势平稳。\n", "utf-8")
    files = place.json("index")["files"]
    assert (files["seen"], files["added"], files["unchanged"]) == (2, 1, 1)
    files = place.json("index", "--rebuild")["files"]
    assert (files["seen"], files["added"], files["failed"]) == (2, 0, 0)


def test_a_folder_that_is_not_there_is_a_warning(place: Place, tmp_path: Path) -> None:
    place.folder.rename(tmp_path / "离线")
    result = place.run("index", "--json")
    assert result.exit_code == 0
    assert result.stderr.startswith("gaoku: warning: folder not there: ")
    assert result.stderr.count("\n") == 1
    summary = json.loads(result.stdout)
    assert (summary["reports"], summary["files"]["seen"], len(summary["warnings"])) == (1, 0, 1)


def test_index_shows_progress_on_a_terminal_only(place: Place) -> None:
    (place.folder / "新.txt").write_text("新的工作总结\n安全生产形势平稳。\n", "utf-8")
    done = process(["index", "--index", str(place.index)])
    assert (done.returncode, done.stderr) == (0, b"")


def test_forget(place: Place) -> None:
    result = place.run("forget", str(place.folder))
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "1 files taken out; 0 reports remain\n",
        "",
    )
    assert place.json("status")["files"] == 0


def test_search(place: Place) -> None:
    result = place.run("search", '"招商引资到位"')
    assert (result.exit_code, result.stderr) == (0, "")
    report = place.report()
    assert re.sub(r"\d+ 毫秒", "T 毫秒", result.stdout).splitlines() == [
        "共 1 段，分布在 1 篇报告 · T 毫秒",
        "",
        "  1  澄川经开区2023年度工作总结及2024年工作计划",
        "     2023年 · 总结 · 一、2023年工作总结 › （一）招商引资成效明显。",
        "     全年签约项目12个，招商引资到位资金34亿元。",
        f"     报告/2023.txt · {report}-1",
    ]


def test_search_json(place: Place) -> None:
    answer = place.json("search", "招商引资 签约", "--sort", "newest", "--limit", "1")
    assert isinstance(answer.pop("took_ms"), float)
    (hit,) = answer["hits"]
    assert isinstance(hit.pop("score"), float)
    report = place.report()
    assert answer == {
        "query": "招商引资 签约",
        "total": 2,
        "reports": 1,
        "relaxed": False,
        "suggestions": [],
        "hits": [
            {
                "report": report,
                "section": f"{report}-4",
                "title": "澄川经开区2023年度工作总结及2024年工作计划",
                "heading": ["三、2024年工作计划"],
                "year": 2024,
                "part": "计划",
                "topic": "招商引资",
                "file": "报告/2023.txt",
                "snippets": [{"text": "继续抓好招商引资，签约项目15个以上。", "marks": [[4, 8], [9, 11]]}],
                "further": 0,
                "copies": 1,
                "ocr": False,
            }
        ],
        "facets": {
            "year": [{"value": 2024, "count": 1}, {"value": 2023, "count": 1}],
            "part": [{"value": "总结", "count": 1}, {"value": "计划", "count": 1}],
            "topic": [{"value": "招商引资", "count": 2}],
            "unit": [{"value": "澄川经开区", "count": 2}],
            "format": [{"value": "文本", "count": 2}],
        },
    }


@pytest.mark.parametrize(
    ("options", "total", "positions"),
    [
        ((), 5, [0, 1, 2, 3, 4]),
        (("--year", "2024"), 1, [4]),
        (("--year", "2020..2023"), 4, [0, 1, 2, 3]),
        (("--year", "2024..", "--sort", "oldest"), 1, [4]),
        (("--year", "..2019"), 0, []),
        (("--part", "问题"), 1, [3]),
        (("--topic", "招商引资"), 2, [1, 4]),
        (("--topic", "招商引资", "--part", "总结"), 1, [1]),
        (("--unit", "澄川经开区"), 5, [0, 1, 2, 3, 4]),
        (("--unit", "澄川", "--year", "2024"), 0, []),
        (("--format", "文本", "--part", "问题"), 1, [3]),
        (("--format", "Word"), 0, []),
        (("--sort", "newest"), 5, [4, 0, 1, 2, 3]),
        (("--limit", "0"), 5, []),
        (("--limit", "2", "--offset", "1"), 5, [1, 2]),
        (("--limit", "100000", "--offset", "99"), 5, []),
    ],
)
def test_search_options(place: Place, options: tuple[str, ...], total: int, positions: list[int]) -> None:
    answer = place.json("search", "", *options)
    report = place.report()
    assert (answer["total"], [hit["section"] for hit in answer["hits"]]) == (
        total,
        [f"{report}-{n}" for n in positions],
    )


def test_search_that_finds_nothing(place: Place) -> None:
    result = place.run("search", '"没有这句话"')
    assert result.exit_code == 0
    assert result.stdout.startswith("共 0 段，分布在 0 篇报告")


def test_show(place: Place) -> None:
    result = place.run("show", place.report())
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "澄川经开区2023年度工作总结及2024年工作计划"
    for line in REPORT.splitlines():
        for piece in line.replace("。", "。\n").split("\n"):
            assert piece in result.stdout


def test_show_json(place: Place) -> None:
    report = place.report()
    shown = place.json("show", report)
    sections = [
        (1, "一、2023年工作总结", 2023, "总结", None, []),
        (
            2,
            "（一）招商引资成效明显。",
            2023,
            "总结",
            "招商引资",
            ["全年签约项目12个，招商引资到位资金34亿元。"],
        ),
        (2, "（二）项目建设扎实推进。", 2023, "总结", "项目建设", ["重点项目开工8个，竣工5个。"]),
        (1, "二、存在的问题", 2023, "问题", None, ["征地拆迁进度偏慢。"]),
        (1, "三、2024年工作计划", 2024, "计划", "招商引资", ["继续抓好招商引资，签约项目15个以上。"]),
    ]
    topics = [s.pop("topic") for s in shown["sections"]]
    assert topics[1:3] == ["招商引资", "项目建设"]
    assert shown == {
        "report": report,
        "title": "澄川经开区2023年度工作总结及2024年工作计划",
        "file": "报告/2023.txt",
        "ordinal": 1,
        "kind": "总结+计划",
        "unit": "澄川经开区",
        "year": 2023,
        "plan_years": [2024],
        "published": None,
        "ocr": False,
        "sections": [
            {
                "section": f"{report}-{n}",
                "level": level,
                "heading": heading,
                "year": year,
                "part": part,
                "paragraphs": paragraphs,
            }
            for n, (level, heading, year, part, _, paragraphs) in enumerate(sections)
        ],
        "removed": [],
    }


def test_export(place: Place) -> None:
    result = place.run("export")
    assert (result.exit_code, result.stderr) == (0, "")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    shown = place.json("show", place.report())
    assert [set(row) for row in rows] == [
        {
            "report",
            "section",
            "position",
            "title",
            "file",
            "ordinal",
            "heading",
            "year",
            "part",
            "topic",
            "paragraphs",
        }
    ] * 5
    assert [(r["section"], r["position"], r["heading"][-1], r["paragraphs"]) for r in rows] == [
        (s["section"], n, s["heading"], s["paragraphs"]) for n, s in enumerate(shown["sections"])
    ]
    assert rows[1]["heading"] == ["一、2023年工作总结", "（一）招商引资成效明显。"]


def test_status(place: Place) -> None:
    status = place.json("status")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", status.pop("updated"))
    versions = home.versions(next(iter(home.ENGINES.values())))
    assert status == {
        "engine": "whoosh",
        "files": 1,
        "reports": 1,
        "sections": 5,
        "characters": CHARACTERS,
        "analysis": versions,
    }
    text = place.run("status")
    assert (text.exit_code, text.stderr) == (0, "")
    lines = [line for line in text.stdout.splitlines() if not line.startswith("updated")]
    assert lines == [
        "files      1",
        "reports    1",
        "sections   5",
        f"characters {CHARACTERS}",
        f"folder     报告 = {place.folder}",
        f"own words  {Settings.from_environment().settings.resolve()}",
        *(f"{name:<10} {value}" for name, value in sorted(versions.items())),
    ]


def test_verify(place: Place) -> None:
    assert place.json("verify") == {"ok": True, "problems": []}
    text = place.run("verify")
    assert (text.exit_code, text.stdout, text.stderr) == (0, "the index is whole\n", "")


def test_the_index_and_the_corpus_come_from_the_environment(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert json.loads(CliRunner().invoke(main, ["status", "--json"]).stdout)["reports"] == 1  # index/
    monkeypatch.setenv("GAOKU_INDEX", str(tmp_path / "另一个"))
    assert "there is no index" in complaint(CliRunner().invoke(main, ["status"]))
    monkeypatch.setenv("GAOKU_CORPUS", str(place.folder))
    monkeypatch.setenv("GAOKU_EXCLUDE", "2023*")
    result = CliRunner().invoke(main, ["index", "--json"])
    assert json.loads(result.stdout)["files"]["ignored"] == 1
    assert (tmp_path / "另一个/gaoku.json").is_file()


# -- what it cannot do ------------------------------------------------------------------------------

#: A command of each kind that asks the index.
ASKING = (("search", "招商"), ("show", "x"), ("export",), ("status",), ("verify",))


@pytest.mark.parametrize("arguments", ASKING, ids=" ".join)
@pytest.mark.parametrize("kind", ["no folder", "empty folder"])
def test_no_index_yet(tmp_path: Path, arguments: tuple[str, ...], kind: str) -> None:
    place = Place(tmp_path / "报告", tmp_path / "index")
    if kind == "empty folder":
        place.index.mkdir()
    line = complaint(place.run(*arguments))
    assert line == f"there is no index in {place.index} yet; build one with: gaoku index PATH"
    assert place.index.exists() == (kind == "empty folder")


@pytest.mark.parametrize("command", ["index", "forget"])
def test_a_folder_that_is_not_there(place: Place, tmp_path: Path, command: str) -> None:
    before = place.json("status")
    assert str(tmp_path / "没有") in complaint(place.run(command, str(tmp_path / "没有")))
    assert place.json("status") == before


def test_a_path_too_long_for_the_system(place: Place) -> None:
    complaint(place.run("index", "长" * 3000))


def test_a_folder_that_is_not_there_at_first(tmp_path: Path) -> None:
    place = Place(tmp_path / "报告", tmp_path / "index")
    assert complaint(place.run("index", str(place.folder))) == (
        f"folder not found: {place.folder} — check the path, or connect the drive"
    )


def test_a_file_in_place_of_a_folder(place: Place) -> None:
    line = complaint(place.run("index", str(place.folder / "2023.txt")))
    assert line == f"not a folder: {place.folder / '2023.txt'} — give the folder that holds the file"


@pytest.mark.parametrize("report", ["没有", "aaaaaaaaaaaa", "../x", "a\nb"])
def test_a_report_that_is_not_there(place: Place, report: str) -> None:
    assert "no such report" in complaint(place.run("show", report))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--year", "去年"), "year must be like 2019 or 2018..2021"),
        (("--year", "20233"), "year must be"),
        (("--year", ".."), "year must be"),
        (("--year", "2019-2021"), "year must be"),
        (("--part", "总"), "part must be one of 总结"),
        (("--topic", "外星"), "topic must be one of 招商引资"),
        (("--format", "docx"), "format must be one of Word, PDF, OFD"),
        (("--sort", "newst"), "sort must be one of relevance, newest, oldest"),
        (("--limit", "-1"), "limit must lie between 0 and 100000"),
        (("--limit", "100001"), "limit must lie between"),
        (("--offset", "-1"), "offset must not be negative"),
    ],
)
def test_wrong_values_are_wrong_usage(place: Place, options: tuple[str, ...], word: str) -> None:
    assert word in complaint(place.run("search", "招商", *options), status=2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("search",),
        ("search", "招商", "--limit", "many"),
        ("search", "招商", "--unknown"),
        ("show",),
        ("forget",),
        ("serve", "--port", "99999"),
        *(("serve", "--refresh", minutes) for minutes in ("0", "-5", "nan", "inf", "1e9", "often")),
        ("nothing",),
    ],
    ids=" ".join,
)
def test_wrong_usage(place: Place, arguments: tuple[str, ...]) -> None:
    result = place.run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def truncate(index: Path) -> None:
    for path in index.rglob("*.seg"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def remove_table_of_contents(index: Path) -> None:
    for path in index.rglob("*.toc"):
        path.unlink()


def zero_table_of_contents(index: Path) -> None:
    for path in index.rglob("*.toc"):
        path.write_bytes(b"\0" * path.stat().st_size)


def garbage_pointer(index: Path) -> None:
    (index / "gaoku.json").write_bytes(b"\x00\xffgarbage")


def null_analysis(index: Path) -> None:
    data = json.loads((index / "gaoku.json").read_text("utf-8"))
    (index / "gaoku.json").write_text(json.dumps({**data, "analysis": None}), "utf-8")


def lost_engine_folder(index: Path) -> None:
    (index / "whoosh-1").rename(index / "anders")


DAMAGE: tuple[Callable[[Path], None], ...] = (
    truncate,
    remove_table_of_contents,
    zero_table_of_contents,
    garbage_pointer,
    null_analysis,
    lost_engine_folder,
)


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda f: f.__name__)
def test_a_damaged_index(place: Place, damage: Callable[[Path], None]) -> None:
    damage(place.index)
    for arguments in (*ASKING[:-1], ("index",)):
        assert "gaoku index" in complaint(place.run(*arguments))
    verified = place.run("verify", "--json")
    answer = json.loads(verified.stdout)
    assert (verified.exit_code, verified.stderr, answer["ok"], len(answer["problems"])) == (1, "", False, 1)
    text = place.run("verify")
    assert (text.exit_code, text.stdout.splitlines()[-1]) == (1, "mend it with: gaoku index --rebuild")
    assert place.run("index", "--rebuild", str(place.folder)).exit_code == 0
    assert place.json("verify") == {"ok": True, "problems": []}
    assert place.json("search", '"招商引资到位"')["total"] == 1


@pytest.mark.parametrize("tag", [b"\x80\x05", stored("")[:2]], ids=["pickles", "records"])
def test_bytes_flipped_wherever_a_piece_begins(place: Place, tag: bytes) -> None:
    """Each of them at once; what a question reads may be whole all the same, but the check must see it."""
    (segment,) = place.index.rglob("*.seg")
    good = segment.read_bytes()
    assert tag in good
    segment.write_bytes(good.replace(tag, bytes([tag[0] ^ 0xFF]) + tag[1:]))
    assert place.run("verify").exit_code == 1
    result = place.run("search", '"招商引资到位"')
    if result.exit_code or tag == b"\x80\x05":
        assert "gaoku index --rebuild" in complaint(result)


@pytest.mark.parametrize("suffix", [".seg", ".arr"])
def test_flipped_bytes_never_show_as_a_traceback(place: Place, suffix: str) -> None:
    """One byte at a time, through the whole segment; commands answer or say in one line that they cannot."""
    (segment,) = place.index.rglob(f"*{suffix}")
    good = segment.read_bytes()
    export = place.run("export").stdout
    for at in range(0, len(good), len(good) // 40):
        segment.write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
        for arguments in (("search", '"招商引资到位" | 招商'), ("export",), ("status",)):
            result = place.run(*arguments)
            if result.exit_code:
                assert "gaoku index --rebuild" in complaint_beside_output(result), f"byte {at}"
        assert place.run("verify").exception is None or place.run("verify").exit_code == 1
    segment.write_bytes(good)
    assert place.run("export").stdout == export


@pytest.mark.parametrize("suffix", [".seg", ".arr"])
def test_an_update_of_an_index_with_flipped_bytes(place: Place, tmp_path: Path, suffix: str) -> None:
    """What an update reads of the earlier index, to merge it with what is new, may be damaged too."""
    (place.folder / "新.txt").write_text("新的工作总结\n安全生产形势平稳。\n", "utf-8")
    whole = {p.relative_to(place.index): p.read_bytes() for p in place.index.rglob("*") if p.is_file()}
    (name,) = (n for n in whole if n.suffix == suffix)
    for at in range(0, len(whole[name]), len(whole[name]) // 40):
        damaged = Place(place.folder, tmp_path / f"index-{at}")
        for path, content in whole.items():
            (damaged.index / path).parent.mkdir(parents=True, exist_ok=True)
            (damaged.index / path).write_bytes(content)
        good = whole[name]
        (damaged.index / name).write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
        result = damaged.run("index")
        if result.exit_code:
            assert "gaoku index --rebuild" in complaint(result), f"byte {at}"


@pytest.mark.parametrize(("owner", "step"), [(Segment, "delete"), (TOC, "write")])
@pytest.mark.parametrize(
    ("error", "said", "unsaid"),
    [
        (struct.error("unpack requires a buffer of 23 bytes"), "gaoku index --rebuild", "No space"),
        (OSError(28, "No space left on device"), "No space left on device", "--rebuild"),
    ],
    ids=["damage", "full disk"],
)
def test_an_update_that_fails_within_the_engine(
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    step: str,
    error: Exception,
    said: str,
    unsaid: str,
) -> None:
    """What was damaged is to be rebuilt; a rebuild would not help where the disk is full."""

    def failing(*args: object, **kwargs: object) -> None:
        raise error

    (place.folder / "2023.txt").write_text(REPORT.replace("34亿元", "35亿元"), "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, failing)
        line = complaint(place.run("index"))
    assert said in line
    assert unsaid not in line
    assert place.json("search", '"到位资金34亿元"')["total"] == 1


def complaint_beside_output(result: Result) -> str:
    """The complaint of a command that may have begun to print."""
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("gaoku: ")
    return result.stderr


def test_an_outdated_index(place: Place) -> None:
    pointer = place.index / "gaoku.json"
    pointer.write_text(pointer.read_text("utf-8").replace('"analysis": "', '"analysis": "0.'), "utf-8")
    for arguments in (*ASKING[:-1], ("index",)):
        line = complaint(place.run(*arguments))
        assert "was built with analysis 0.1" in line
        assert "build it again with: gaoku index --rebuild" in line
    assert place.run("verify").exit_code == 1
    assert place.run("index", "--rebuild").exit_code == 0
    assert place.json("status")["reports"] == 1


def test_a_locked_index(place: Place) -> None:
    with home.writing(place.index):
        for arguments in (("index",), ("index", "--rebuild"), ("forget", str(place.folder))):
            assert "another run is updating the index" in complaint(place.run(*arguments))
        for asking in (("search", "招商"), ("status",), ("export",), ("verify",)):
            assert place.run(*asking).exit_code == 0
    assert place.run("index").exit_code == 0


def test_index_waits_for_another_run(place: Place) -> None:
    with home.writing(place.index):
        line = place.run("index", "--wait", "0.02").stderr
        waits, ended = line.splitlines()
        assert waits == "gaoku: another run is updating the index; waiting until it ends"
        assert ended.startswith("gaoku: another run is updating the index in ")
    lock = home.writing(place.index)
    lock.__enter__()
    release = threading.Timer(1.5, lock.__exit__, (None, None, None))
    release.start()
    result = place.run("index", "--wait", "1")
    release.join()
    assert result.exit_code == 0
    assert result.stderr.count("waiting until it ends") == 1


@pytest.mark.parametrize("arguments", [("index",), *ASKING], ids=" ".join)
def test_a_file_in_place_of_the_index_folder(place: Place, arguments: tuple[str, ...]) -> None:
    wrong = Place(place.folder, place.folder / "2023.txt")
    result = wrong.run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is a file" in result.stderr
    below = Place(place.folder, place.folder / "2023.txt/index")
    complaint(below.run(*arguments, *([str(place.folder)] if arguments == ("index",) else [])))


def test_an_index_folder_that_is_not_writable(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(FileLock, "acquire", refuse)
        for arguments in (("index",), ("forget", str(place.folder))):
            line = complaint(place.run(*arguments))
            assert line == (
                f"the index folder {place.index} cannot be written (Permission denied); "
                "check its permissions or choose another with --index"
            )
        assert place.run("status").exit_code == 0  # reading needs no lock
    (place.folder / "新.txt").write_text("新的工作总结\n安全生产形势平稳。\n", "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refuse)
        complaint(place.run("index", "--rebuild"))
    assert place.json("status")["reports"] == 1


def test_a_disk_that_is_full(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device", "gaoku.json")

    with monkeypatch.context() as patch:
        patch.setattr(home, "write_pointer", full)
        assert (
            complaint(place.run("index", "--rebuild"))
            == "No space left on device gaoku.json; free some space and run it again"
        )
    assert place.json("status")["reports"] == 1


def test_control_c(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "update", interrupted)
    assert complaint(place.run("index")) == "stopped; the index is as it was before"


# -- export to a file -------------------------------------------------------------------------------


def test_export_to_a_file_is_what_stdout_shows(place: Place, tmp_path: Path) -> None:
    (place.folder / "笑😀·×.txt").write_text("é\u00a0😀工作总结\n内容·×÷。\n", "utf-8")
    place.run("index")
    output = tmp_path / "全部.jsonl"
    result = place.run("export", "--output", str(output))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"6 sections written to {output}\n"
    assert output.read_text("utf-8") == place.run("export").stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["index", "全部.jsonl", "报告"]


def test_an_export_that_fails_leaves_the_earlier_file(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "全部.jsonl"
    output.write_text("earlier", "utf-8")
    rows = as_json.export_rows

    def failing(filed: Any) -> Iterator[Any]:
        yield next(iter(rows(filed)))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(as_json, "export_rows", failing)
    complaint(place.run("export", "--output", str(output)))
    assert output.read_text("utf-8") == "earlier"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["index", "全部.jsonl", "报告"]


def test_an_export_follows_no_link_and_names_its_file(place: Place, tmp_path: Path) -> None:
    other, output = tmp_path / "other", tmp_path / "all.jsonl"
    other.write_text("somebody's", "utf-8")
    (tmp_path / ".all.jsonl.part").symlink_to(other)
    assert place.run("export", "--output", str(output)).exit_code == 0
    assert not output.is_symlink()
    assert other.read_text("utf-8") == "somebody's"
    missing = tmp_path / "gone" / "all.jsonl"
    assert str(missing) in complaint(place.run("export", "--output", str(missing)))


def test_an_export_without_an_index_leaves_the_earlier_file(tmp_path: Path) -> None:
    output = tmp_path / "全部.jsonl"
    output.write_text("earlier", "utf-8")
    complaint(Place(tmp_path, tmp_path / "index").run("export", "--output", str(output)))
    assert output.read_text("utf-8") == "earlier"


@pytest.mark.parametrize("ending", FORMS)
def test_an_export_of_results_has_no_ids_and_calls_added_files_so(
    place: Place, tmp_path: Path, ending: str
) -> None:
    uploads = place.index.parent / "uploads"
    uploads.mkdir()
    (uploads / "添.txt").write_text("丙镇2020年工作总结\n\n一、灯塔\n\n灯塔修好了。\n", "utf-8")
    place.run("index", str(uploads))
    output = tmp_path / f"结果.{ending}"
    result = place.run("search", "灯塔", "--export", str(output))
    assert result.stdout == f"1 passages written to {output}\n"
    (row,) = READERS[ending](output.read_bytes()).rows
    (hit,) = place.json("search", "灯塔", "--json")["hits"]
    assert hit["file"] == "uploads/添.txt"
    assert row.about.endswith("添加的文件/添.txt")
    assert "uploads" not in row.about
    assert hit["report"] not in row.about


def test_an_export_of_what_matches_in_part_says_so(place: Place, tmp_path: Path) -> None:
    output = tmp_path / "结果.csv"
    result = place.run("search", "招商航天飞机", "--export", str(output))
    assert result.exit_code == 0
    assert "部分符合" in result.stdout
    assert "部分符合" in output.read_text("utf-8-sig")


@pytest.mark.parametrize("ending", ["xlsx", "csv", "docx", "md"])
def test_an_export_of_results_follows_no_link(place: Place, tmp_path: Path, ending: str) -> None:
    victim, output = tmp_path / "victim", tmp_path / f"结果.{ending}"
    victim.write_text("theirs", "utf-8")
    for name in (output.name, f".{output.name}.part"):
        (tmp_path / name).symlink_to(victim)
    assert place.run("search", "招商", "--export", str(output)).exit_code == 0
    assert victim.read_text("utf-8") == "theirs"
    assert not output.is_symlink()
    assert output.stat().st_size > 0


def test_an_export_into_a_folder_that_is_not_there(place: Place, tmp_path: Path) -> None:
    assert "No such file" in complaint(place.run("export", "--output", str(tmp_path / "没有/a.jsonl")))


def test_an_export_into_a_pipe_is_written_through(place: Place, tmp_path: Path) -> None:
    """/dev/stdout and /dev/null are no files to be replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    read: list[bytes] = []

    def reading() -> None:
        os.set_blocking(descriptor, True)
        while chunk := os.read(descriptor, 1 << 16):
            read.append(chunk)

    place.run("export", "--output", str(pipe))
    is_pipe = stat.S_ISFIFO(pipe.stat().st_mode)
    thread = threading.Thread(target=reading)
    thread.start()
    thread.join(10)
    os.close(descriptor)
    assert is_pipe
    assert b"".join(read).decode("utf-8") == place.run("export").stdout


# -- terminals and pipes ----------------------------------------------------------------------------


def big(place: Place) -> None:
    """More output than a pipe holds."""
    for n in range(40):
        (place.folder / f"长{n}.txt").write_text(
            f"第{n}份工作总结\n" + "招商引资工作有成效。\n" * 300, "utf-8"
        )
    place.run("index")


@pytest.mark.service
@pytest.mark.parametrize(
    ("size", "arguments"),
    [
        *(("small", a) for a in (("search", ""), ("search", "招商", "--json"), *ASKING[2:])),
        *(("big", a) for a in (("search", ""), ("search", "招商", "--json"), ("export",))),
    ],
)
def test_a_pipe_that_is_closed_early(place: Place, size: str, arguments: tuple[str, ...]) -> None:
    if size == "big":
        big(place)
    more = ("--limit", "1000") if arguments[0] == "search" else ()
    with subprocess.Popen(
        [sys.executable, "-m", "indexer", *arguments, *more, "--index", str(place.index)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        if size == "big":
            run.stdout.readline()  # `| head -1`
        run.stdout.close()
        error = run.stderr.read()
    assert (run.returncode, error) == (0, b"")


@pytest.fixture
def strange(place: Place) -> Place:
    """An index with characters that few encodings have, in a file's name, a title and the text."""
    name = os.fsdecode(b"\xb1\xa8.txt") if sys.platform == "linux" else "报.txt"
    (place.folder / f"笑😀·é{name}").write_text("😀·é×工作总结\n招商引资😀·é×㐀𠀀有成效。\n", "utf-8")
    (place.folder / "图😀é.png").write_bytes(b"\x89PNG")
    place.run("index")
    return place


ENCODINGS = ["utf-8", "gbk", "ascii", "cp1252", "big5"]


@pytest.mark.service
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_stays_json_in_any_encoding(strange: Place, encoding: str) -> None:
    """What the terminal's encoding has not is escaped as JSON escapes it."""
    commands = (
        ["search", "有成效", "--json"],
        ["export"],
        ["status", "--json"],
        ["verify", "--json"],
        ["index", "--json"],
    )
    answers: dict[str, list[Any]] = {}
    done = several([[*command, "--index", str(strange.index)] for command in commands], encoding)
    for (name, *_), (status, output, error) in zip(commands, done, strict=True):
        assert status == 0, name
        assert b"Traceback" not in error, name
        # In an ASCII terminal, click writes UTF-8 all the same.
        text = output.decode("utf-8" if encoding == "ascii" else encoding)
        answers[name] = [json.loads(row) for row in (text.splitlines() if name == "export" else [text])]
    assert answers["export"] == [
        json.loads(json.dumps(row))
        for filed in Library(strange.index).reports()
        for row in as_json.export_rows(filed)
    ]
    (found,), (summary,) = answers["search"], answers["index"]
    assert [hit["snippets"][0]["text"] for hit in found["hits"]] == ["招商引资😀·é×㐀𠀀有成效。"]
    assert [failed["file"] for failed in summary["failed"]] == ["报告/图😀é.png"]


@pytest.mark.service
@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_text_in_a_terminal_that_has_not_the_characters(strange: Place, encoding: str) -> None:
    commands = (["search", "有成效"], ["index"], ["status"], ["show", "😀"])
    done = several([[*command, "--index", str(strange.index)] for command in commands], encoding)
    for (name, *_), (status, output, error) in zip(commands, done, strict=True):
        assert status == (1 if name == "show" else 0)
        assert b"Traceback" not in error
        output.decode("utf-8" if encoding == "ascii" else encoding)  # nothing that it has not


@pytest.mark.service
def test_arguments_of_invalid_bytes(place: Place) -> None:
    for arguments in (
        [b"search", b"\xff\xfe"],
        [b"show", b"\xff"],
        [b"index", b"/\xff"],
        [b"forget", b"\xff"],
    ):
        done = subprocess.run(
            [sys.executable.encode(), b"-m", b"indexer", *arguments, b"--index", os.fsencode(place.index)],
            capture_output=True,
            check=False,
        )
        assert done.returncode == (0 if arguments[0] == b"search" else 1)
        assert b"Traceback" not in done.stderr
        assert done.stderr.count(b"\n") == (0 if arguments[0] == b"search" else 1)


def test_every_command_takes_an_index() -> None:
    """DIR defaults to index/, for every command; users are of the settings, whatever the index."""
    for name, command in main.commands.items():
        if name == "user":
            continue
        options = {o for p in command.params if isinstance(p, click.Option) for o in p.opts}
        assert "--index" in options, name
