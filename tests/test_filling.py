"""Templates to be filled in: the table of what past reports have in the blanks, Markdown and .docx."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer import build
from indexer.cli import main
from indexer.errors import UsageError
from indexer.families.template import make_template
from indexer.filling import as_docx, as_markdown, save, slot_table
from indexer.repeated import Family, Member
from indexer.settings import Settings

TEXTS = [
    "全年实现农业总产值5.31亿元，增长9.5%；农民收入21850元，增长11%。",
    "全年实现农业总产值4.12亿元，增长5.9%；农民收入15380元，增长9%。",
    "全年实现农业总产值亿元，增长%；农民收入xx元，增长x%。",
]
YEARS = [2021, 2017, None]


def family(texts: Sequence[str], years: Sequence[int | None], title: str = "柳塘镇工作总结") -> Family:
    members = tuple(
        Member(f"r{n}", f"r{n}-0", None, title, f"镇/{n}.txt", ("一、农业。",), year, text, 1.0)
        for n, (text, year) in enumerate(zip(texts, years, strict=True))
    )
    return Family("s-r0-0", "section", 100, len(members), members, make_template(texts))


def test_the_table_shows_how_figures_developed() -> None:
    table = slot_table(family(TEXTS, YEARS))
    assert [member.year for member in table.members] == [2017, 2021, None]
    assert [(blank.label, blank.values) for blank in table.blanks] == [
        ("全年实现农业总产值（亿元）", ("4.12", "5.31", "")),
        ("实现农业总产值增长（%）", ("5.9", "9.5", "")),
        ("农民收入（元）", ("15380", "21850", "xx")),
        ("农民收入增长（%）", ("9", "11", "x")),
    ]


@pytest.mark.parametrize(
    ("one", "other", "labels"),
    [
        ("新增企业6家、高新企业8家。", "新增企业7家、高新企业9家。", ["新增企业（家）", "高新企业（家）"]),
        ("给予5元至10元奖励。", "给予6元至12元奖励。", ["给予（元）", "至（元）"]),
        ("2019年工作。", "2020年工作。", ["工作（年）"]),
        ("不得超过九人，每半年演练。", "不得超过九人，每季度演练。", ["不得超过九人，…"]),
        ("甲", "乙", ["第1处"]),
    ],
)
def test_labels(one: str, other: str, labels: list[str]) -> None:
    found = [blank.label for blank in slot_table(family([one, other], [2019, 2020])).blanks]
    assert [label.replace("…工作", "工作") for label in found] == labels


def test_markdown() -> None:
    assert as_markdown(family(TEXTS, YEARS)) == (
        "# 一、农业\n\n章节模板，共 3 处，来自 3 篇报告，2017—2021年。\n\n## 模板\n\n"
        "【1】【2】等为待填写处，编号与下表对应；其余文字为各篇共有，标点和空白以多数为准。\n\n"
        "全年实现农业总产值【1】亿元，增长【2】%；农民收入【3】元，增长【4】%。\n\n"
        "## 历次填写的内容\n\n"
        "| 编号 | 内容 | 2017年〔1〕 | 2021年〔2〕 | 年份不详〔3〕 |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| 【1】 | 全年实现农业总产值（亿元） | 4.12 | 5.31 | — |\n"
        "| 【2】 | 实现农业总产值增长（%） | 5.9 | 9.5 | — |\n"
        "| 【3】 | 农民收入（元） | 15380 | 21850 | xx |\n"
        "| 【4】 | 农民收入增长（%） | 9 | 11 | x |\n\n"
        "## 来源\n\n"
        "1. 2017年 柳塘镇工作总结 › 一、农业。（镇/1.txt）\n"
        "2. 2021年 柳塘镇工作总结 › 一、农业。（镇/0.txt）\n"
        "3. 年份不详 柳塘镇工作总结 › 一、农业。（镇/2.txt）\n"
    )


def test_markdown_shows_text_as_it_stands() -> None:
    text = "# **化妆品 <b>|_x_|\n- 一\n1. 二"
    assert "\\# \\*\\*化妆品 \\<b\\>\\|\\_x\\_\\|\n\n\\- 一\n\n1\\. 二\n" in as_markdown(
        family([text, text], [1, 2])
    )


def report_family() -> Family:
    """Two reports with headings, one of which the year makes differ."""
    heads = [
        [f"一、{year}年农业", "（一）种植。", f"种植{year - 2000}亩。", "二、打算", "再接再厉。"]
        for year in (2019, 2020)
    ]
    members = []
    for n, lines in enumerate(heads):
        starts = [sum(len(line) + 1 for line in lines[:k]) for k in (0, 1, 3)]
        spans = tuple((at, at + len(lines[k])) for at, k in zip(starts, (0, 1, 3), strict=True))
        members.append(
            Member(
                f"r{n}",
                None,
                None,
                f"镇{2019 + n}年总结",
                "a.txt",
                (),
                2019 + n,
                "\n".join(lines),
                1.0,
                spans,
            )
        )
    texts = [member.text for member in members]
    return Family("r-r0", "report", 9, 2, tuple(members), make_template(texts))


def test_headings_of_reports_are_headings() -> None:
    family = report_family()
    assert [line.is_heading for line in family.lines] == [True, True, False, True, False]
    assert (
        "### 一、【1】年农业\n\n### （一）种植。\n\n种植【2】亩。\n\n### 二、打算\n\n再接再厉。\n"
    ) in as_markdown(family)
    paragraphs = Document(BytesIO(as_docx(family))).paragraphs
    styles = {paragraph.text: paragraph.style.name for paragraph in paragraphs if paragraph.style}
    assert styles["一、 【1】 年农业"] == styles["（一）种植。"] == styles["二、打算"] == "Heading 2"
    assert styles["再接再厉。"] == "Normal"
    assert paragraphs[0].text == "镇2020年总结"


def test_long_values_are_shown_whole() -> None:
    own = "重大隐患挂牌督办并逐项验收销号" * 10
    markdown = as_markdown(family(["管委会每季度检查一次。", f"管委会每季度检查一次。{own}"], [2019, 2020]))
    assert f"| — | {own} |" in markdown


def test_many_members_make_several_tables() -> None:
    texts = [f"全年签约项目{n}个，到位资金{n}亿元。" for n in range(12)]
    assert as_markdown(family(texts, range(2000, 2012))).count("| 编号 |") == 3


def test_docx_opens_with_blanks_table_and_chinese_fonts() -> None:
    document = Document(BytesIO(as_docx(family(TEXTS, YEARS))))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[0] == "一、农业"
    assert "全年实现农业总产值 【1】 亿元，增长 【2】 %；农民收入 【3】 元，增长 【4】 %。" in texts
    underlined = [run.text for p in document.paragraphs for run in p.runs if run.underline]
    assert underlined == [" 【1】 ", " 【2】 ", " 【3】 ", " 【4】 "]
    assert [cell.text for cell in document.tables[0].rows[1].cells] == [
        "【1】", "全年实现农业总产值（亿元）", "4.12", "5.31", "—",
    ]  # fmt: skip
    assert texts[-1] == "〔3〕年份不详　柳塘镇工作总结 › 一、农业。（镇/2.txt）"
    fonts = {name: document.styles[name].element.rPr.rFonts for name in ("Normal", "Title", "Heading 1")}
    assert {name: font.get(qn("w:eastAsia")) for name, font in fonts.items()} == {
        "Normal": "仿宋",
        "Title": "宋体",
        "Heading 1": "黑体",
    }
    assert not any(font.get(qn("w:eastAsiaTheme")) for font in fonts.values())


def test_files_are_called_as_people_read_them(tmp_path: Path) -> None:
    def shown(file: str) -> str:
        return f"添加的文件/{file.removeprefix('镇/')}"

    for name in ("模板.md", "模板.docx"):
        save(family(TEXTS, YEARS), tmp_path / name, shown)
    word = "".join(p.text for p in Document(str(tmp_path / "模板.docx")).paragraphs)
    for text in ((tmp_path / "模板.md").read_text("utf-8"), word):
        assert text.count("（添加的文件/") == 3
        assert "镇/" not in text


def test_docx_does_not_depend_on_the_day() -> None:
    assert as_docx(family(TEXTS, YEARS)) == as_docx(family(TEXTS, YEARS))
    assert Document(BytesIO(as_docx(family(TEXTS, YEARS)))).core_properties.created.year == 2000


@settings(max_examples=40)  # a document of Word each
@given(st.lists(st.text(max_size=15), min_size=2, max_size=3), st.text(max_size=5))
def test_any_text_can_be_exported(texts: list[str], title: str) -> None:
    odd = family(texts, [None] * len(texts), title)
    assert as_markdown(odd).encode("utf-8", "backslashreplace")
    assert Document(BytesIO(as_docx(odd))).paragraphs


def test_save_replaces_a_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "模板.MD"
    target.write_text("旧", "utf-8")
    save(family(TEXTS, YEARS), target)
    assert target.read_text("utf-8") == as_markdown(family(TEXTS, YEARS))

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(family(TEXTS[:2], YEARS[:2]), target)
    assert target.read_text("utf-8") == as_markdown(family(TEXTS, YEARS))
    assert list(tmp_path.iterdir()) == [target]


def test_save_writes_through_no_link(tmp_path: Path) -> None:
    """Not even through one that has the name of what is not whole yet."""
    other, target = tmp_path / "别的", tmp_path / "模板.md"
    other.write_text("旧", "utf-8")
    for name in (target.name, f".{target.name}.part"):
        (tmp_path / name).symlink_to(other)
    save(family(TEXTS, YEARS), target)
    assert other.read_text("utf-8") == "旧"
    assert target.read_text("utf-8") == as_markdown(family(TEXTS, YEARS))


@pytest.mark.parametrize("name", ["模板.md", "模板.docx"])
def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path, name: str) -> None:
    target = tmp_path / "没有" / name
    with pytest.raises(FileNotFoundError) as caught:
        save(family(TEXTS, YEARS), target)
    assert caught.value.filename == str(target)


def test_save_knows_two_kinds_of_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.md or \.docx, not as 模板\.pdf"):
        save(family(TEXTS, YEARS), tmp_path / "模板.pdf")


@pytest.fixture
def index(tmp_path: Path) -> Path:
    folder = tmp_path / "报告"
    folder.mkdir()
    for year in (2022, 2023):
        (folder / f"{year}.txt").write_text(
            f"澄川经开区{year}年度工作总结\n一、招商引资\n"
            f"坚持把招商引资作为园区的生命线，全年新签约项目{year - 2000}个，到位资金{year - 1990}亿元。\n",
            "utf-8",
        )
    build.update(tmp_path / "index", [folder], Settings())
    return tmp_path / "index"


def run(index: Path, *arguments: str) -> Any:
    return CliRunner().invoke(main, [*arguments, "--index", str(index)])


def test_the_command(index: Path, tmp_path: Path) -> None:
    found = json.loads(run(index, "families", "--json").stdout)["families"][0]
    shown = run(index, "template", found["id"])
    assert shown.exit_code == 0
    assert "全年新签约项目【1】个，到位资金【2】亿元。" in shown.stdout
    data = json.loads(run(index, "template", found["id"], "--json").stdout)
    assert (data["template"], data["slots"]) == (found["template"], [["22", "23"], ["32", "33"]])
    for name in ("模板.md", "模板.docx"):
        written = run(index, "template", found["id"], "--output", str(tmp_path / name))
        assert (written.exit_code, written.stdout) == (0, "")
    assert (tmp_path / "模板.md").read_text("utf-8") == shown.stdout
    assert Document(str(tmp_path / "模板.docx")).tables


def test_the_command_refuses_in_one_line(index: Path, tmp_path: Path) -> None:
    other = run(index, "template", "s-x-0", "--output", str(tmp_path / "模板.pdf"))
    assert (other.exit_code, other.stderr.count("\n")) == (2, 1)
    unknown = run(index, "template", "s-x-0")
    assert (unknown.exit_code, unknown.stderr.count("\n")) == (1, 1)


def test_a_template_that_says_little_says_so() -> None:
    loose = family(["安全生产形势平稳。", "全年植树造林八百亩。"], [2020, 2021])
    assert "逐字相同的不多" in as_markdown(loose)
    assert "逐字相同的不多" not in as_markdown(family(TEXTS, YEARS))
