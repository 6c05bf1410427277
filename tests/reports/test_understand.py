"""What holds of every file: nothing vanishes, nothing is out of order, nothing hangs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indexer.model import KINDS, PARTS, TOPICS, Block, Document, Removed, Report
from indexer.readers import markdown, text
from indexer.reports import understand
from tests.reports.pieces import characters, spoilt

ROOT = Path(__file__).resolve().parents[2]
NAME = "某某文件"

many = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
fewer = settings(many, max_examples=100)


def read(lines: list[str]) -> Document:
    return text.read("\n".join(lines).encode("utf-8", "surrogatepass").replace(b"\x00", b""))


def shown(report: Report) -> str:
    """All that `gaoku show` shows of a report, as conservation_check.py counts it."""
    texts = [report.title, *(r.text for r in report.removed)]
    texts += [t for s in report.sections for t in (s.heading or "", *s.paragraphs)]
    return "".join(texts)


def body(reports: tuple[Report, ...]) -> str:
    """Headings and paragraphs in reading order."""
    return "".join(t for r in reports for s in r.sections for t in (s.heading or "", *s.paragraphs))


def lost(source: str, reports: tuple[Report, ...]) -> Counter[str]:
    return characters(source) - sum((characters(shown(r)) for r in reports), Counter())


lines_of_files = spoilt().map(
    lambda lines: [line.encode("utf-8", "ignore").decode().replace("\x00", "") for line in lines]
)


# -- nothing vanishes ------------------------------------------------------------------------------


@many
@given(lines_of_files)
@example(["一、主要工作：", "二、存在问题："])
@example(["篇1", "篇2"])
@example(["<!--", "园区工作总结", "-->"])
@example(["工作总结（一）", "工作总结（二）"])
def test_every_character_of_a_text_file_is_somewhere(lines: list[str]) -> None:
    reports = understand(read(lines), NAME)
    assert lost("\n".join(lines), reports) == Counter()


@many
@given(lines_of_files)
@example(["## 第五篇 街道工作汇报", "## 第五篇 街道工作汇报"])
def test_every_character_of_a_markdown_file_is_somewhere(lines: list[str]) -> None:
    reports = understand(markdown.read("\n".join(lines).encode()), NAME)
    assert lost("\n".join(lines), reports) == Counter()


@fewer
@given(
    st.lists(
        st.tuples(st.text(max_size=12), st.sampled_from(("", "title", "heading 1", "heading 2", "table")))
    )
)
def test_every_character_of_blocks_with_styles_is_somewhere(pairs: list[tuple[str, str]]) -> None:
    document = Document(tuple(Block(words, style) for words, style in pairs), "docx")
    reports = understand(document, NAME)
    assert lost("".join(words for words, _ in pairs), reports) == Counter()


@fewer
@given(lines_of_files)
def test_nothing_is_shown_more_often_than_it_stands(lines: list[str]) -> None:
    """Each character is in one place only: a title that the file does not have is the only addition."""
    reports = understand(read(lines), NAME)
    for report in reports:
        parts = [*(r.text for r in report.removed), *(p for s in report.sections for p in s.paragraphs)]
        parts += [s.heading or "" for s in report.sections]
        assert characters("".join(parts)) - characters("\n".join(lines)) == Counter()
    together = sum((characters(shown(r)) - characters(r.title) for r in reports), Counter())
    assert together - characters("\n".join(lines)) == Counter()


def test_what_the_reader_took_out_is_listed() -> None:
    page = Removed("内部资料 注意保存", "页眉 (header)")
    document = Document((Block("园区2023年工作总结"), Block("一、主要工作")), "docx", removed=(page,))
    assert page in understand(document, NAME)[0].removed


@pytest.mark.parametrize("lines", [[], [""], ["  ", "\u3000"]])
def test_no_text_is_no_report(lines: list[str]) -> None:
    assert understand(read(lines), NAME) == ()


# -- order -----------------------------------------------------------------------------------------


@many
@given(lines_of_files)
def test_the_text_keeps_its_order(lines: list[str]) -> None:
    """Headings and paragraphs of all reports, one after the other, are a subsequence of the file."""
    reports = understand(read(lines), NAME)
    source = iter(c for c in "\n".join(lines) if not c.isspace())
    for at, char in enumerate(c for c in body(reports) if not c.isspace()):
        assert char in source, f"character {at} ({char}) is out of order"


# -- shape -----------------------------------------------------------------------------------------


@many
@given(lines_of_files)
def test_shape(lines: list[str]) -> None:
    reports = understand(read(lines), NAME)
    assert [r.ordinal for r in reports] == list(range(1, len(reports) + 1))
    for report in reports:
        assert report.title.strip()
        assert report.sections
        assert report.kind in KINDS
        assert report.year is None or 1900 <= report.year <= 2099
        assert list(report.plan_years) == sorted(set(report.plan_years))
        for position, section in enumerate(report.sections):
            assert section.level == len(section.path)
            assert section.part in PARTS
            assert section.topic is None or section.topic in TOPICS
            assert all(p.strip() for p in section.paragraphs)
            if section.heading is None:
                assert (position, section.path) == (0, ())
            else:
                assert section.heading.strip()
                assert section.path[-1] == section.heading
        assert all(r.text.strip() and r.reason for r in report.removed)


@many
@given(lines_of_files)
def test_paths_name_headings_that_stand_before(lines: list[str]) -> None:
    for report in understand(read(lines), NAME):
        before: set[tuple[str, ...]] = {()}
        for section in report.sections:
            assert section.path[:-1] in before
            before.add(section.path)


# -- the same each time ----------------------------------------------------------------------------


@fewer
@given(lines_of_files)
def test_the_same_file_gives_the_same_reports(lines: list[str]) -> None:
    assert understand(read(lines), NAME) == understand(read(lines), NAME)


_IN_A_PROCESS = """
import sys
from indexer.readers.text import read
from indexer.reports import understand
print(understand(read(sys.stdin.buffer.read()), "文件"))
"""
_COMPILATION = (
    "园区工作总结汇编\n下面是小编整理的范文，欢迎阅读参考，希望对大家有所帮助。\n"
    "篇1\n今年以来，在县委领导下，各项工作稳步推进。\n一、招商引资和项目建设\n签约项目12个，安全生产形势稳定。\n"
    "篇2\n一、党建与环保\n加强党员教育，治理污染，绿化园区。\n二、2024年工作打算\n（一）扩大有效投资。确保增长。\n"
)


def test_hash_seeds_change_nothing() -> None:
    answers = {
        subprocess.run(
            [sys.executable, "-c", _IN_A_PROCESS],
            input=_COMPILATION.encode(),
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(answers) == 1
    assert answers != {b"()\n"}


@pytest.mark.parametrize("name", ["某某文件", "2025年政府工作报告", "第一篇", "a"])
def test_the_name_of_the_file_is_a_title_at_most(name: str) -> None:
    """A file with a title of its own is the same under every name."""
    document = read(["澄川区2023年工作总结", "一、主要工作", "全年新签约项目12个，到位资金9.6亿元。"])
    assert understand(document, name) == understand(document, NAME)


# -- nothing hangs ---------------------------------------------------------------------------------

MEGABYTE = 1_000_000
#: What two lines of half a megabyte each consist of.
UNITS = (
    *(
        "a",
        "0",
        "x",
        "*",
        "园",
        "一、",
        "（一）",
        "(1)",
        "篇",
        "第",
        "第一",
        "20xx年",
        "2020年",
        "<!--",
        "<",
        "&",
    ),
    *(
        "，",
        "。",
        "、",
        "《",
        "（",
        "”",
        "。”",
        "本站",
        "版权",
        "1、",
        "一",
        "年，",
        "位置:",
        "二〇",
        "-",
        "2020-1-1 ",
    ),
    *(
        "计划和",
        "亲,",
        "工作总结",
        "十五",
        "为大家参考",
        "代表",
        "来 源",
        "-->",
        "小编",
        "篇1",
        "第1页 ",
        "园 ",
        "A ",
    ),
)
HEAVY = {
    **{
        f"of {unit!r}": "\n".join([unit * (MEGABYTE // 2 // len(unit.encode()))] * 2 + ["园区工作总结"])
        for unit in UNITS
    },
    "spaces": f"园{' ' * MEGABYTE}区\n园{' ' * MEGABYTE}区",
    "ideographic spaces": "园" + "\u3000" * (MEGABYTE // 3) + "区",
    "spaces behind a page number": "第1页" + " " * MEGABYTE + "园区",
    "spaces behind a full stop": "1、园区。" + " " * MEGABYTE + "园区",
    "lines of one character": "园\n" * 10_000,
    "lines of a number": "一、\n" * 10_000,
    "lines of a heading": "一、主要工作\n" * 5_000,
    "lines of a chapter mark": "篇1\n" * 10_000,
    "lines of an open comment": "<!--\n" * 10_000,
    "lines of an open bracket": "【字体：大 中 小\n" * 5_000,
    "equal lines between others": "".join(f"第{n}家企业产值增长。\n一、\n" for n in range(5_000)),
    "a thousand long lines": "".join(f"{'推进园区各项工作取得新进展' * 26}{n}\n" for n in range(1000)),
    "a thousand long lines of words for packaging": "".join(
        f"{n}本文版权小编整理本站声明希望参考位置首页来源责任编辑{'（一）20xx年，' * 40}\n"
        for n in range(1000)
    ),
    "many years": "2020年和xx年以及“十二五”" * 30_000,
    "numbers": "12345 " * 160_000,
}
_WORKER = """
import faulthandler, sys
from indexer.readers.text import read
from indexer.reports import understand
from tests.reports.test_understand import HEAVY, lost
for line in sys.stdin:
    faulthandler.dump_traceback_later(60, exit=True)  # a guard against hanging
    source = HEAVY[line.rstrip("\\n")]
    reports = understand(read(source.encode()), "文件")
    faulthandler.cancel_dump_traceback_later()
    print(len(reports), sum(lost(source, reports).values()), flush=True)
"""


class Worker:
    """A process that understands one heavy text after the other; started again after one that hung."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def ask(self, name: str) -> str:
        """The number of reports and of lost characters; "" where the text did not come to an end."""
        if self.process is None or self.process.poll() is not None:
            self.close()
            self.process = subprocess.Popen(
                [sys.executable, "-c", _WORKER],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            self.process.wait()
        return answer

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    one = Worker()
    yield one
    one.close()


@pytest.mark.parametrize("name", HEAVY)
def test_no_pattern_runs_away(worker: Worker, name: str) -> None:
    """The limit is a guard against hanging, not a measurement."""
    count, gone = worker.ask(name).split() or ("0", "hung")
    assert (int(count) >= 1, gone) == (True, "0")
