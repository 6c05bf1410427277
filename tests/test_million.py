"""The benchmark of a million sections: its text, its questions, what it checks, its memory, its table."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.compare.report import METRICS, Machine
from benchmarks.marked import section, with_section
from benchmarks.million import __main__ as command
from benchmarks.million import apart as processes
from benchmarks.million.apart import Memory, apart
from benchmarks.million.measure import Answered, Built, Opened, Updated, ask
from benchmarks.million.page import WARM_UP, Conditions, Results, page
from benchmarks.million.questions import PHRASES, SORTS, Question, make_questions, some_of
from benchmarks.million.text import Shape, Source
from benchmarks.million.truth import Counted, count, differences, told
from indexer.analysis.normalise import normalise
from indexer.engines.base import Filters
from indexer.engines.scan import ScanEngine
from indexer.model import PARTS, IndexMeta
from indexer.query.parser import parse

SHAPE = Shape(sections=58, characters=400, report=5)


@pytest.fixture(scope="module")
def source() -> Source:
    return Source(SHAPE)


def _paragraphs(source: Source) -> list[str]:
    return [p for _, (report,) in source.files() for s in report.sections for p in s.paragraphs]


# -- text ---------------------------------------------------------------------------------------------


def test_text_is_as_large_as_asked(source: Source) -> None:
    files = list(source.files())
    assert [len(report.sections) for _, (report,) in files] == [5] * 11 + [3]
    assert len({entry.file for entry, _ in files}) == len(files) == SHAPE.files
    lengths = [sum(map(len, s.paragraphs)) for _, (report,) in files for s in report.sections]
    assert statistics.mean(lengths) == pytest.approx(SHAPE.characters, rel=0.02)
    assert all(entry.characters == report.characters for entry, (report,) in files)


def test_text_is_the_same_for_a_seed(source: Source) -> None:
    files = list(source.files())
    assert list(Source(SHAPE).files()) == files
    assert source.file(7) == files[7]
    other = Source(replace(SHAPE, seed=2)).file(7)
    assert set(other[1][0].sections[0].paragraphs).isdisjoint(files[7][1][0].sections[0].paragraphs)


def test_a_larger_text_begins_with_the_smaller_one(source: Source) -> None:
    larger = Source(replace(SHAPE, sections=200))
    assert [larger.file(n) for n in range(11)] == [source.file(n) for n in range(11)]


def test_another_version_of_a_file_has_other_paragraphs(source: Source) -> None:
    (entry, (report,)), (changed, (other,)) = source.file(3), source.file(3, version=1)
    assert (changed.file, changed.format, other.title) == (entry.file, entry.format, report.title)
    assert changed.digest != entry.digest
    assert [s.heading for s in other.sections] == [s.heading for s in report.sections]
    assert all(s.paragraphs != t.paragraphs for s, t in zip(report.sections, other.sections, strict=True))


def test_sections_go_through_the_parts_and_their_years() -> None:
    _, (report,) = Source(Shape(250)).file(0)
    parts = [s.part for s in report.sections]
    assert list(dict.fromkeys(parts)) == list(PARTS[:4])
    years = {"总结": report.year, "问题": report.year, "计划": (report.year or 0) + 1, "建议": None}
    assert all(s.year == years[s.part] for s in report.sections)
    assert {True, False} == {s.topic is None for s in report.sections}


def test_a_fifth_of_the_paragraphs_come_from_a_stock() -> None:
    source = Source(Shape(2000))
    stock = set(source._stock.texts.tolist())
    found = [paragraph in stock for paragraph in _paragraphs(source)]
    assert statistics.mean(found) == pytest.approx(0.2, abs=0.02)


def test_normalising_leaves_the_characters_of_the_text(source: Source) -> None:
    """What the plain count relies on."""
    lines = [(s.heading or "") for _, (r,) in source.files() for s in r.sections] + _paragraphs(source)
    lines += [report.title for _, (report,) in source.files()]
    for line in lines:
        assert re.findall("[\u4e00-\u9fff]+", normalise(line)) == re.findall("[\u4e00-\u9fff]+", line)


def test_few_words_are_frequent_and_many_are_rare(source: Source) -> None:
    text = "\n".join(_paragraphs(Source(Shape(1000))))
    assert text.count("中国") > 20 * max(text.count("民防"), 1)  # the 40th and about the 60,000th


# -- questions and what is right ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def larger() -> Source:
    """Of enough sections for words of every band."""
    return Source(Shape(sections=600, characters=400, report=50))


def test_questions_are_of_every_sort_and_the_same_each_time(larger: Source) -> None:
    questions = make_questions(larger, each=6)
    assert questions == make_questions(larger, each=6)
    assert len(set(questions)) == len(questions)
    assert {sort: sum(q.sort == sort for q in questions) for sort in SORTS} == dict.fromkeys(SORTS, 6)
    assert {q.sort for q in some_of(questions, 1)} == set(SORTS)
    assert all(counted["total", ""] for counted in count(larger.files(), questions))


def test_queries_are_typed_as_people_type_them() -> None:
    assert Question("pair", ("项目", "建设")).query == "项目 建设"
    assert Question("rare phrase", ("项目建设",)).query == "“项目建设”"


def test_the_plain_count_is_that_of_the_reference_engine(larger: Source) -> None:
    questions = make_questions(larger, each=6)
    engine, place = ScanEngine(), Path("scan")
    writer = engine.writer(place)
    for filed in larger.files():
        writer.put(*filed)
    writer.commit(IndexMeta())
    reader = engine.reader(place)
    answers = []
    for q in questions:
        filters = Filters(years=q.years, parts=(q.part,) if q.part else ())
        answers.append(told(reader.search(parse(q.query), filters, "relevance", 0, 10)))
    right = count(larger.files(), questions)
    assert differences(questions, answers, right) == []
    assert all(counted["unit", "澄川区财政局"] <= counted["total", ""] for counted in right)


def test_a_wrong_answer_is_told() -> None:
    questions = [Question("common", ("项目",)), Question("filtered", ("建设",), (2019, 2021), "总结")]
    right = [Counted({("total", ""): 3, ("year", 2020): 3}), Counted({("total", ""): 1, ("part", "总结"): 1})]
    assert differences(questions, right, right) == []
    one_less = [right[0] - Counted({("total", ""): 1}), right[1]]
    assert differences(questions, one_less, right) == ["项目: total: 2, not 3"]
    moved = [right[0], Counted({("total", ""): 1, ("part", "问题"): 1})]
    assert differences(questions, moved, right) == [
        "建设 (2019, 2021) 总结: part 总结: 0, not 1; part 问题: 1, not 0"
    ]


def test_right_answers_follow_the_updates(source: Source) -> None:
    questions = [Question("common", (w,)) for w in ("的", "了", "是")]
    expected = count(
        [source.file(n, version=int(n in (2, 5))) for n in range(SHAPE.files) if n not in (0, 9)], questions
    )
    before = count(source.files(), questions)
    after = command.updates(source, [2, 5], [0, 9], questions, before)
    assert after == expected
    assert after != before


# -- memory -------------------------------------------------------------------------------------------

needs_proc = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")
_HOLD = "import time; held = bytearray(b'x') * (60 << 20); print('held', flush=True); time.sleep(60)"


def _holds_and_has_a_child_that_holds() -> str:
    held = bytearray(b"x") * (60 << 20)
    with subprocess.Popen([sys.executable, "-c", _HOLD], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(1.0)  # is looked at meanwhile
        child.kill()
    return f"held {len(held) >> 20}"


def _fails() -> None:
    raise SystemExit(3)


@needs_proc
def test_memory_is_that_of_a_process_and_its_children() -> None:
    result, memory = apart(_holds_and_has_a_child_that_holds)
    assert result == "held 60"
    assert 120 << 20 < memory.own <= memory.whole < 2 << 30


def test_a_process_that_fails_ends_the_run() -> None:
    with pytest.raises(SystemExit, match=r"_fails.* 3"):
        apart(_fails)


def test_of_memory_the_most_is_kept() -> None:
    assert Memory(5, 3).most(Memory(4, 4)) == Memory(5, 4)


def test_memory_of_a_process_that_is_gone_is_none() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        assert processes.held_by(process.pid) == Memory()


# -- the table ----------------------------------------------------------------------------------------


def results() -> Results:
    """Questions of every sort whose answers take 200 ms where they warm up, and 20 ms afterwards."""
    questions = [Question(sort, (f"{n}",)) for sort in SORTS for n in range(WARM_UP + 3)]
    answered = [
        Answered(200.0 if int(q.runs[0]) < WARM_UP else 20.0, Counted({("total", ""): 1234}))
        for q in questions
    ]
    return Results(
        built=Built(seconds=100.0, generating=10.0, characters=40_000_000, size=120_000_000),
        building=Memory(9_000_000_000, 7_000_000_000),
        index=240_000_000,
        opened=[Opened(n / 10, n / 5) for n in range(1, 6)],
        questions=questions,
        answered=answered,
        asking=Memory(),
        updated=Updated([1.0, 2.0, 90.0], [1.0, 2.0, 3.0], []),
        updating=Memory(),
        after=[(q, a) for q, a in zip(questions, answered, strict=True) if q.sort in ("pair", *PHRASES)],
        checked=112,
    )


CONDITIONS = Conditions(
    date="2026-01-02",
    command="python -m benchmarks.million",
    machine=Machine("a processor", 2, 23.6, 0.3),
    system="a system",
    versions={"Gaoku": "1.0"},
    shape=Shape(1_000_000),
)


def rows_of(text: str) -> list[list[str]]:
    """The rows of all tables, without their heads."""
    return [line.strip("| ").split(" | ") for line in re.findall(r"^\| .*", text, re.MULTILINE)]


def test_table_holds_figures_beside_what_is_wanted() -> None:
    text = page(results(), CONDITIONS)
    rows = {cells[0]: cells[1:] for cells in rows_of(text)}
    assert "## 1,000,000 generated sections" in text
    assert "112 answers" in text and "0 wrong" in text
    assert rows["Characters a second"][0] == "400,000"
    assert rows["MB of text a second"][0] == "1.20"
    assert rows["Memory of building at most, GB"] == ["9", "≤ 8", "not kept"]
    assert rows["– of it without the pages of files, GB"][0] == "—"  # of asking, which was not told
    assert rows["Index on disk, times the text"][0] == "2"
    assert rows["Opening, s"] == ["0.300", "< 1", "kept"]
    assert rows["A file put again and opened, median, s"][0] == "2"
    assert ["– the slowest, s", "90", "< 60", "not kept"] in rows_of(text)
    assert rows[SORTS["pair"]] == ["3", "1,234", "20", "20", "< 50", "kept"]
    assert rows["All phrases"] == ["9", "1,234", "20", "20", "< 100", "kept"]


def test_rows_are_not_taken_for_those_of_the_comparison() -> None:
    """Both stand on one page, which the short tables of the READMEs are compared with."""
    text = page(results(), CONDITIONS)
    assert {cells[0] for cells in rows_of(text)}.isdisjoint(label for _, label, *_ in METRICS)
    assert not re.search(r"^\| \||Measured on", text, re.MULTILINE)


def test_sections_of_a_page_are_written_one_at_a_time() -> None:
    text = "# page\n"
    assert section(text, "one") == ""
    text = with_section(text, "one", "first\n")
    text = with_section(text, "two", r"second \1")
    assert text == "# page\n\n<!-- one -->\nfirst\n<!-- /one -->\n\n<!-- two -->\nsecond \\1\n<!-- /two -->\n"
    assert section(text, "two") == "<!-- two -->\nsecond \\1\n<!-- /two -->\n"
    assert with_section(text, "one", "third") == text.replace("first", "third")


# -- the command --------------------------------------------------------------------------------------

FEW = ["--sections", "70", "--characters", "200", "--report", "6", "--each", "1"]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page that the command writes to; it works in this process."""

    def here(work: Callable[..., Any], *given: object) -> tuple[Any, Memory]:
        return work(*given), Memory(1_000_000, 1_000_000)

    path = tmp_path / "RESULTS.md"
    path.write_text("# old\n", "utf-8")
    monkeypatch.setattr(command, "RESULTS", path)
    monkeypatch.setattr(command, "apart", here)
    return path


@pytest.mark.service
def test_the_command_writes_its_section(
    written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main([*FEW, "--directory", str(tmp_path / "kept"), "--write"])
    text = written.read_text("utf-8")
    assert text.startswith("# old\n\n<!-- million -->\n## 70 generated sections\n")
    assert "0 wrong" in text
    assert section(text, "million").removeprefix("<!-- million -->\n")[:200] in capsys.readouterr().out
    assert any((tmp_path / "kept").iterdir())
    with pytest.raises(SystemExit):  # what lies there would be measured with it
        command.main([*FEW, "--directory", str(tmp_path / "kept")])


def test_without_write_the_page_stays(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "measure", lambda *_: results())
    command.main(FEW)
    assert written.read_text("utf-8") == "# old\n"
    command.main([*FEW, "--write"])
    assert written.read_text("utf-8") != "# old\n"


@pytest.mark.service
def test_the_command_fails_on_a_wrong_answer(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask_wrongly(directory: Path, questions: list[Question]) -> list[Answered]:
        first, *others = ask(directory, questions)
        return [replace(first, counted=first.counted + Counted({("total", ""): 1})), *others]

    monkeypatch.setattr(command, "ask", ask_wrongly)
    with pytest.raises(SystemExit, match=r"wrong answers(.|\n)*total: \d+, not \d+"):
        command.main([*FEW, "--write"])
    assert written.read_text("utf-8") == "# old\n"
