"""The comparison with other engines: its text, its questions, its page, and what each engine answers."""

from __future__ import annotations

import random
import re
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from benchmarks.compare import __main__ as command
from benchmarks.compare import measure
from benchmarks.compare.budget import Trial, fitting, predicted
from benchmarks.compare.engines import NAMES, Answer, Engine, make_engine
from benchmarks.compare.measure import build_again, percentile, recall, timing
from benchmarks.compare.queries import Filtered, Sought, cut_between_words, make_questions
from benchmarks.compare.readme import CHINESE, ENGLISH, LINES, Language, summary, write_summary
from benchmarks.compare.report import METRICS, Conditions, Machine, Measured, Recall, Timing, number, results
from benchmarks.compare.texts import Files, Row, Scan, Text, cut_phrases, generate, make_text, shortened
from benchmarks.marked import MILLION, with_section
from indexer.model import FileEntry, Report, Section


def row(n: int, body: str) -> Row:
    return Row(n, f"r-{n}", body, 2020, "其他", "")


# -- text ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sections", [0, 1, 57, 1500])
def test_generator_makes_as_many_sections_as_asked(sections: int) -> None:
    text = make_text("generated", generate(sections))
    assert len(text.rows) == sections
    assert [r.number for r in text.rows] == list(range(sections))
    assert len({r.section for r in text.rows}) == sections


def test_generator_is_deterministic_by_seed() -> None:
    assert generate(80, seed=3) == generate(80, seed=3)
    assert generate(80, seed=3) != generate(80, seed=4)


def test_a_larger_text_begins_like_a_smaller_one() -> None:
    assert generate(300)[:3] == generate(80)[:3]


def test_generated_sentences_have_other_figures() -> None:
    figures = re.compile(r"\d{3,}")
    bodies = [r.body for r in make_text("generated", generate(400)).rows]
    found = [f for body in bodies for f in figures.findall(body)]
    assert len(set(found)) > len(found) / 10


def section(heading: str, paragraphs: tuple[str, ...], year: int, part: str, topic: str | None) -> Section:
    return Section(heading, 1, (heading,), paragraphs, year, part, topic)


def two_reports() -> Files:
    """Two files with three sections in all. Every engine can find all of it: jieba cuts it like queries."""
    done = section(
        "一、招商引资", ("全年招商引资到位资金１２亿元。", "项目建设 加快推进。"), 2020, "总结", "招商引资"
    )
    problems = section("二、存在问题", ("项目建设进度不快，用地紧张。",), 2020, "问题", "项目建设")
    aims = section("一、目标", ("全年项目建设投资增长。",), 2021, "计划", None)
    reports = {
        "a/2020.txt": Report(1, "2020年工作总结", (done, problems), year=2020),
        "a/2021.txt": Report(1, "2021年工作计划", (aims,), year=2021),
    }
    return tuple(
        (FileEntry(file, "", None, reports=1, characters=report.characters), (report,))
        for file, report in reports.items()
    )


def test_rows_hold_what_a_phrase_may_stand_in() -> None:
    text = make_text("two", two_reports())
    assert [(r.number, r.body, r.year, r.part, r.topic) for r in text.rows] == [
        (
            0,
            "2020年工作总结\n一、招商引资\n全年招商引资到位资金12亿元。\n项目建设加快推进。",
            2020,
            "总结",
            "招商引资",
        ),
        (1, "二、存在问题\n项目建设进度不快,用地紧张。", 2020, "问题", "项目建设"),
        (2, "2021年工作计划\n一、目标\n全年项目建设投资增长。", 2021, "计划", ""),
    ]
    assert text.characters == sum(
        len(report.title) + report.characters for _, reports in text.files for report in reports
    )


def test_shortened_keeps_whole_files_from_the_start() -> None:
    text = make_text("two", two_reports())
    assert shortened(text, 1).files == text.files[:1]
    assert shortened(text, 10_000) == text


# -- questions ----------------------------------------------------------------------------------------


def test_phrases_are_cut_from_the_text() -> None:
    rows = make_text("generated", generate(200)).rows
    phrases = cut_phrases(rows, 120, random.Random(1))
    assert len(phrases) == len(set(phrases)) == 120
    assert {len(p) for p in phrases} == set(range(2, 9))
    assert all(re.fullmatch("[\u4e00-\u9fff]{2,8}", p) for p in phrases)
    assert all(any(p in r.body for r in rows) for p in phrases)
    assert phrases == cut_phrases(rows, 120, random.Random(1))


def test_phrases_do_not_run_over_signs_or_line_ends() -> None:
    rows = [row(0, "一二\n三四，五六 a七八")]
    assert set(cut_phrases(rows, 50, random.Random(1))) == {"一二", "三四", "五六", "七八"}


def test_where_there_is_nothing_to_cut_there_are_no_phrases() -> None:
    assert cut_phrases([row(0, "abc 12")], 5, random.Random(1)) == []
    assert cut_phrases([], 5, random.Random(1)) == []


def test_phrases_cut_between_words_consist_of_words() -> None:
    rows = [row(0, "加快推进项目建设。")]
    words = ["加快", "推进", "项目", "建设"]
    whole = {"".join(words[a:b]) for a in range(4) for b in range(a + 1, 5) if b - a < 5}
    found = set(cut_between_words(rows, 50, random.Random(1)))
    assert found and found <= whole


def test_scan_names_every_section_with_a_phrase() -> None:
    scan = Scan([row(0, "甲乙"), row(1, "丙"), row(2, "乙丙乙丙"), row(3, "丙甲")])
    assert scan.rows("乙") == {0, 2}
    assert scan.rows("丙") == {1, 2, 3}
    assert scan.rows("甲乙丙") == set()  # not over the end of a section
    assert scan.frequency("丙") == 4


def test_questions_are_the_same_each_time_and_answerable() -> None:
    rows = make_text("generated", generate(400)).rows
    questions = make_questions(rows, each=5, recall=40)
    assert questions == make_questions(rows, each=5, recall=40)
    assert len(questions.phrases) == 15
    assert not set(questions.words) & set(questions.snippets)
    assert all(any(a in r.body and b in r.body for r in rows) for a, b in questions.pairs)
    assert all(len(w) >= 3 for w in questions.long_words)
    assert len(questions.recall) == len(questions.whole_words) == 40
    for sought in (*questions.recall, *questions.whole_words):
        assert sought.truth == {r.number for r in rows if sought.phrase in r.body}
    for filtered in questions.filtered:
        first, last = filtered.years
        assert any(
            filtered.word in r.body and first <= r.year <= last and r.part == filtered.part for r in rows
        )


# -- measuring ----------------------------------------------------------------------------------------


def test_percentile_is_of_the_nearest_rank() -> None:
    assert percentile([3.0, 1.0, 2.0], 95) == 3.0
    assert percentile(range(1, 101), 95) == 95
    assert percentile([7.0], 95) == 7.0


def test_timing_stops_when_the_time_is_up_but_asks_once() -> None:
    asked: list[int] = []
    calls: list[Callable[[], object]] = [lambda n=n: asked.append(n) for n in range(3)]  # type: ignore[misc]  # mypy cannot infer a lambda's default
    found = timing(calls, limit=-1.0)
    assert asked == [0]
    assert found is not None and (found.asked, found.of) == (1, 3)
    assert timing([], limit=1.0) is None


class _Found:
    """As much of an engine as recall asks for."""

    shortest = 3

    def __init__(self, found: dict[str, set[int]]) -> None:
        self.rows = found.__getitem__


def test_recall_counts_what_is_found_missed_and_wrong() -> None:
    engine = _Found({"一二": {1, 2}, "三四五": {3, 9}, "六七八": set()})
    phrases = [
        Sought("一二", frozenset({1, 2})),
        Sought("三四五", frozenset({3, 4})),
        Sought("六七八", frozenset({5})),
    ]
    found = recall(engine, phrases, limit=10.0)  # type: ignore[arg-type]  # a part of an engine
    assert found == Recall(
        of=3,
        asked=3,
        mean=0.5,
        indexed_mean=0.5 / 3,
        complete=1,
        nothing=1,
        there=5,
        found=3,
        wrong=1,
    )


# -- the page -----------------------------------------------------------------------------------------

CONDITIONS = Conditions(
    date="2026-01-02",
    command="make bench",
    machine=Machine("a processor", 2, 23.6, 0.3),
    system="a system",
    source="a text",
    real=True,
    files=3,
    sections=1234,
    characters=50_000,
    size=2_000_000,
)


def measured(name: str, factor: float) -> Measured:
    return Measured(
        name,
        versions={name: "1.0"},
        build_seconds=4.0 * factor,
        index_bytes=int(1_000_000 * factor),
        open_seconds=0.01,
        timings={"word": Timing(1.5 * factor, 12.0 * factor, 90, 90)},
        recall=Recall(
            of=500,
            asked=500,
            mean=1.0 / factor,
            indexed_mean=1.0,
            complete=500,
            nothing=0,
            there=900,
            found=900,
            wrong=0,
        ),
    )


def lines_of(page: str) -> dict[str, list[str]]:
    """The table: label -> cells."""
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    return {cells[0]: cells[1:] for cells in rows}


def test_table_holds_figures_and_their_ratio_to_the_first() -> None:
    page = results([measured("Gaoku", 1), measured("Other", 2)], CONDITIONS)
    table = lines_of(page)
    assert table["Build, s"] == ["4", "8 (×2)"]
    assert table["Build, MB/s of text"] == ["0.500", "0.250 (×0.500)"]
    assert table["Index, times the text"] == ["0.500", "1 (×2)"]
    assert table["One word: median, ms"] == ["1.50", "3 (×2)"]
    assert table["One word: 95th percentile, ms"] == ["12", "24 (×2)"]
    assert table["Recall of random phrases, mean"] == ["100 %", "50 % (×0.500)"]
    assert table["A quoted phrase of 4 to 8 characters: median, ms"] == ["—", "—"]
    assert "3 files, 1,234 sections, 50,000 characters, 2.00 MB" in page
    assert "Other 1.0" in page
    assert "a processor, 2 cores, 24 GiB of memory, load 0.3 before the run; a system." in page


def test_table_says_what_is_missing_and_why() -> None:
    cut = measured("Cut", 1)
    cut.timings["word"] = Timing(1.0, 2.0, 7, 90)
    cut.notes["filtered"] = "Cut has no facets."
    page = results([measured("Gaoku", 1), cut, Measured("Gone", failed="not installed: gone")], CONDITIONS)
    table = lines_of(page)
    assert table["Build, s"] == ["4", "4 (×1)", "— <sup>1</sup>"]
    assert table["One word: median, ms"][1:] == ["1 (×0.667) <sup>2</sup>", "— <sup>1</sup>"]
    assert table["A word within years and part, with facets: median, ms"][1] == "— <sup>3</sup>"
    assert "1. Gone: not installed: gone\n" in page
    assert "2. Cut: 7 of 90 questions asked, then the time was up.\n" in page
    assert "3. Cut has no facets.\n" in page


def test_table_without_figures_of_the_first_engine() -> None:
    page = results([Measured("Gaoku", failed="stopped"), measured("Other", 1)], CONDITIONS)
    assert lines_of(page)["Build, s"] == ["— <sup>1</sup>", "4"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (0.01234, "0.0123"),
        (0.0003512, "0.000351"),
        (1.234, "1.23"),
        (12.34, "12.3"),
        (1234.5, "1,234"),
        (5.0, "5"),
    ],
)
def test_numbers_have_three_digits(value: float, shown: str) -> None:
    assert number(value) == shown


# -- the engines --------------------------------------------------------------------------------------


@pytest.fixture(params=NAMES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Each of the engines on the two reports; skipped where it cannot be imported."""
    try:
        made = make_engine(request.param)
    except ImportError as error:
        pytest.skip(f"{request.param} needs the extra 'bench': {error}")
    text = make_text("two", two_reports())
    made.warm_up()
    made.build(text, tmp_path)
    made.open(text, tmp_path)
    yield made
    made.close()


def test_engine_finds_words(engine: Engine) -> None:
    found = engine.words(["项目"])
    assert (found.total, sorted(found.rows)) == (3, [0, 1, 2])
    assert engine.words(["用地"]) == Answer(1, (1,))
    assert engine.words(["没有"]) == Answer(0, ())


def test_engine_finds_sections_with_both_words(engine: Engine) -> None:
    assert engine.words(["项目", "投资"]) == Answer(1, (2,))
    assert engine.words(["用地", "投资"]) == Answer(0, ())


def test_engine_counts_facets_within_filters(engine: Engine) -> None:
    answer, facets = engine.filtered(Filtered("项目", (2019, 2020), "问题"))
    assert answer == Answer(1, (1,))
    assert facets == {"year": {2020: 1}, "part": {"问题": 1}, "topic": {"项目建设": 1}}
    answer, facets = engine.filtered(Filtered("项目", (2021, 2022), "计划"))
    assert answer == Answer(1, (2,))
    assert facets == {"year": {2021: 1}, "part": {"计划": 1}, "topic": {}}


def test_engine_shows_snippets(engine: Engine) -> None:
    (snippet,) = engine.snippets("用地")
    assert "用地" in snippet


def test_engine_finds_phrases(engine: Engine) -> None:
    if engine.name == "Whoosh + jieba":
        assert engine.phrase("项目建设") == Answer(0, ())  # why Gaoku is there
        return
    assert engine.phrase("项目建设").total == 3
    assert engine.rows("项目建设") == {0, 1, 2}
    assert engine.phrase("用地紧张") == Answer(1, (1,))


def test_engine_has_versions_and_notes_on_lines_of_the_table(engine: Engine) -> None:
    assert all(engine.versions().values())
    assert set(engine.notes) <= {key for key, *_ in METRICS}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command asks little."""
    monkeypatch.setattr(command, "make_questions", partial(make_questions, each=2, recall=10))


@pytest.mark.service
@pytest.mark.usefixtures("few")
def test_the_command_writes_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "RESULTS.md"
    monkeypatch.setattr(command, "NAMES", ("gaoku", "fts5"))  # a process each takes a second
    command.main(["--sections", "40", "--seconds", "300", "--output", str(page)])
    table = lines_of(page.read_text(encoding="utf-8"))
    assert table["Recall of random phrases, mean"][0] == "100 %"
    assert table["Sections found that do not hold the random phrase"][0] == "0"
    assert "generated from the sample reports (--sections 40 --seed 1)" in capsys.readouterr().out


# -- the time -----------------------------------------------------------------------------------------


def test_a_larger_text_takes_what_is_fixed_and_more_than_its_share() -> None:
    small, large = Trial(100, {"a": 2.0, "b": 1.0}), Trial(300, {"a": 4.0, "b": 3.0})
    assert predicted(small, large, 300) == pytest.approx({"a": 4.0, "b": 3.0})
    assert predicted(small, large, 200) == pytest.approx({"a": 3.0, "b": 2.0})
    far = predicted(small, large, 3000)
    assert far["b"] == pytest.approx(0.01 * 3000 * 10**0.2)
    assert far["a"] == pytest.approx(1 + 0.01 * 3000 * 10**0.2)


def test_trials_that_tell_nothing_make_everything_grow() -> None:
    assert predicted(Trial(100, {"a": 2.0}), Trial(100, {"a": 3.0}), 100) == {"a": 3.0}
    assert predicted(Trial(100, {"a": 2.0}), Trial(100, {"a": 3.0}), 50) == {"a": 1.5}
    noise = predicted(Trial(100, {"a": 2.0}), Trial(200, {"a": 1.5}), 2000)
    assert noise["a"] == pytest.approx(0.75 + 7.5 * 10**0.2)  # half of it grows at least


def test_as_much_text_as_ends_in_time() -> None:
    small, large = Trial(100, {"a": 2.0}), Trial(300, {"a": 4.0})
    assert fitting(small, large, 3.0, 10_000) == 200
    assert fitting(small, large, 0.5, 10_000) == 0
    assert fitting(small, large, 1e9, 10_000) == 10_000
    most = fitting(small, large, 60.0, 10_000)
    assert 300 < most < 59 * 100
    assert (
        sum(predicted(small, large, most).values()) <= 60.0 < sum(predicted(small, large, most + 1).values())
    )


def test_what_is_quickly_built_is_built_again_by_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    took = {"a": [4.0, 3.0], "b": [5.0, 0.9]}
    turns: list[str] = []

    def apart(name: str, *_: object) -> Measured:
        turns.append(name)
        return Measured(name, build_seconds=took[name].pop(0))

    monkeypatch.setattr(measure, "_apart", apart)
    seen = {"a": 1.0, "slow": 11.0, "b": 2.0, "none": 0.1}
    engines = {name: Measured(name, build_seconds=seconds) for name, seconds in seen.items()}
    text = make_text("generated", ())
    build_again(engines, text, 2, time.monotonic() + 100)
    assert turns == ["a", "b", "a", "b"]
    assert {name: one.build_seconds for name, one in engines.items()} == {**seen, "a": 3.0, "b": 2.0}
    build_again(engines, text, 2, time.monotonic() + 10)  # there is no time left
    assert len(turns) == 4


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every character takes each engine a hundredth of a second; the sizes that were tried."""
    now = 0.0
    sizes: list[int] = []

    def slow(name: str, piece: Text, *_: object) -> Measured:
        nonlocal now
        now += piece.characters / 100
        sizes.append(piece.characters)
        return Measured(name)

    monkeypatch.setattr(command, "_TRIALS", (300, 1000))
    monkeypatch.setattr(command, "measure", slow)
    monkeypatch.setattr(command, "make_questions", lambda *_: None)
    monkeypatch.setattr("time.monotonic", lambda: now)
    return sizes


def fitted(text: Text, seconds: float) -> tuple[Text, Mapping[str, float], list[str]]:
    return command._fitting(text, Namespace(seconds=seconds, seed=1), start=0.0)


def test_the_text_is_cut_to_the_time(tried: list[int]) -> None:
    text = make_text("generated", generate(400))
    seconds = text.characters / 100 * len(NAMES) / 2
    kept, expected, remarks = fitted(text, seconds)
    assert text.characters / 8 < kept.characters < text.characters / 2
    assert sum(expected.values()) + sum(tried) / 100 < seconds * 1.1  # files are cut off whole
    assert len(tried) > len(NAMES) and tried[0] * 2 < tried[-1]
    assert set(expected) == {"questions", *NAMES}
    assert remarks == [f"Cut from 400 sections, so that the run ends in time (--seconds {seconds:.0f})."]


def test_a_text_that_fits_is_kept_whole(tried: list[int]) -> None:
    text = make_text("generated", generate(400))
    kept, expected, remarks = fitted(text, 1e6)
    assert (kept, remarks) == (text, [])
    assert sum(expected.values()) >= text.characters / 100 * len(NAMES)
    assert len(tried) == 2 * len(NAMES)
    assert fitted(make_text("generated", generate(5)), 1.0)[1:] == ({}, [])  # too small to be tried


# -- the table of the READMEs -------------------------------------------------------------------------


def test_the_short_table_says_where_the_first_engine_is_last() -> None:
    slow = measured("Other", 0.5)
    slow.recall = Recall(of=500, asked=500, mean=0.5, indexed_mean=0.25)
    assert summary([measured("Gaoku", 1), slow, Measured("Gone", failed="gone")], CONDITIONS, ENGLISH) == (
        "Laws and local regulations: 3 files, 1,234 sections, 2.0 MB. a processor, 2 cores, 2026-01-02. "
        "Times are median / 95th percentile.\n"
        "\n"
        "| | Gaoku | Other | Gone |\n"
        "|:--|--:|--:|--:|\n"
        "| Build, MB/s of text | 0.500 | 1 | — |\n"
        "| Index size, times the text | 0.500 | 0.250 | — |\n"
        "| One word, ms | 1.50 / 12 | 0.750 / 6 | — |\n"
        "| Two words, ms | — | — | — |\n"
        "| A quoted phrase, ms | — | — | — |\n"
        "| A word with filters and facets, ms | — | — | — |\n"
        "| A word with ten snippets, ms | — | — | — |\n"
        "| Recall of 500 random phrases | 100 % | 50 % (25 % by the index alone) | — |\n"
        "| Recall of 500 phrases cut between words | — | — | — |\n"
        "\n"
        "Gaoku comes last in: Build; Index size; One word; One word (95th percentile).\n"
    )


def test_the_short_table_does_not_say_last_where_it_is_not() -> None:
    assert "last" not in summary([measured("Gaoku", 1), measured("Other", 2)], CONDITIONS, ENGLISH)
    assert "last" not in summary([measured("Gaoku", 1)], CONDITIONS, ENGLISH)
    quick = measured("Other", 0.5)
    quick.recall = None
    assert "稿库排在最后的项目：建索引；索引大小；一个词；一个词（第 95 百分位）。" in summary(
        [measured("Gaoku", 1), quick], CONDITIONS, CHINESE
    )


def test_the_table_is_written_between_the_marks(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("前\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n", "utf-8")
    for text in (r"\1 new", "newer\n\n"):
        write_summary(readme, text)
        assert readme.read_text("utf-8") == f"前\n<!-- bench -->\n{text.strip()}\n<!-- /bench -->\nafter\n"
    readme.write_text("no marks", "utf-8")
    with pytest.raises(ValueError, match=r"README\.md needs"):
        write_summary(readme, "text")


@pytest.mark.parametrize(("name", "language"), [("README.md", ENGLISH), ("README.zh-CN.md", CHINESE)])
def test_the_readmes_agree_with_the_results(name: str, language: Language) -> None:
    """``make bench`` writes all three; nobody mends a figure in one of them."""
    page = command.RESULTS.read_text("utf-8")
    text = (command.ROOT / name).read_text("utf-8")
    table = text.partition("<!-- bench -->")[2].partition("<!-- /bench -->")[0]
    short, long = lines_of(table), lines_of(page)
    labels = {key: label for key, label, *_ in METRICS}
    for keys in LINES:
        cells = [[re.sub(r" [(<].*", "", cell) for cell in long[labels[key]]] for key in keys]
        expected = [
            "—" if "—" in of_engine else " / ".join(of_engine) for of_engine in zip(*cells, strict=True)
        ]
        assert [re.sub(r" ?[(（].*", "", c) for c in short[language.labels[keys[0]]]] == expected
    assert re.findall(r"20\d\d-\d\d-\d\d", table) == re.findall(r"Measured on (\S+)", page)
    assert re.findall(r"^\| \|.*", table, re.MULTILINE) == re.findall(r"^\| \|.*", page, re.MULTILINE)


@pytest.mark.usefixtures("few")
def test_the_table_is_only_written_with_the_page_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("RESULTS.md", *command.READMES)
    for name in names:
        (tmp_path / name).write_text("<!-- bench -->\n<!-- /bench -->\n", "utf-8")
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "RESULTS", tmp_path / "RESULTS.md")
    monkeypatch.setattr(command, "measure", lambda name, *_: measured(name, 1))
    monkeypatch.setattr(command, "build_again", lambda *_: None)
    monkeypatch.setattr("os.getloadavg", lambda: (0.5, 0.5, 0.5), raising=False)
    command.main(["--sections", "20", "--output", str(tmp_path / "other.md")])
    assert all(len((tmp_path / name).read_text("utf-8")) < 50 for name in names)
    command.main(["--sections", "20"])
    assert (tmp_path / "RESULTS.md").read_text("utf-8") == (tmp_path / "other.md").read_text("utf-8").replace(
        f" --output {tmp_path / 'other.md'}", ""
    )
    assert "| One word, ms | 1.50 / 12 |" in (tmp_path / "README.md").read_text("utf-8")
    assert "| 一个词，毫秒 | 1.50 / 12 |" in (tmp_path / "README.zh-CN.md").read_text("utf-8")


@pytest.mark.usefixtures("few")
def test_the_page_keeps_what_another_benchmark_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RESULTS.md", *command.READMES):
        (tmp_path / name).write_text("<!-- bench -->\n<!-- /bench -->\n", "utf-8")
    results = tmp_path / "RESULTS.md"
    results.write_text(with_section("an old page\n", MILLION, "a million"), "utf-8")
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "RESULTS", results)
    monkeypatch.setattr(command, "measure", lambda name, *_: measured(name, 1))
    monkeypatch.setattr(command, "build_again", lambda *_: None)
    command.main(["--sections", "20"])
    assert results.read_text("utf-8").endswith("\n\n<!-- million -->\na million\n<!-- /million -->\n")
    assert "an old page" not in results.read_text("utf-8")
