"""The commands on repeated and similar texts: families, similar, search --fold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from indexer import build
from indexer.cli import main
from indexer.settings import Settings

#: A report of a year, with one chapter that comes back every year with other figures.
YEARLY = """园区{year}年工作总结

一、招商引资情况
全年新签约项目{signed}个，到位资金{money}亿元，同比增长{growth}%，招商小分队外出洽谈{trips}次。

二、{own}
{text}
"""
OWN = {
    2021: ("茶园建设", "柳塘的茶园扩种了三百亩，采茶女工比往年多了一半，新茶提前上市。"),
    2022: ("防汛抢险", "七月里连下了九天大雨，干部职工日夜守在堤上，没有一处决口。"),
    2023: ("冷链物流", "冷库在国庆前投用，蔬菜当天进城，损耗比去年少了两成。"),
}


@pytest.fixture
def index(tmp_path: Path) -> Path:
    folder = tmp_path / "报告"
    folder.mkdir()
    for n, (year, (own, text)) in enumerate(OWN.items()):
        figures = {"signed": 12 + n, "money": 3.5 + n, "growth": 8 + n, "trips": 40 + n}
        report = YEARLY.format(year=year, own=own, text=text, **figures)
        (folder / f"{year}.txt").write_text(report, "utf-8")
    build.update(tmp_path / "index", [folder], Settings())
    return tmp_path / "index"


def run(index: Path, *arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(main, [*arguments, "--index", str(index)], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def as_json(index: Path, *arguments: str, stdin: str | None = None) -> Any:
    result = run(index, *arguments, "--json", stdin=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_families(index: Path) -> None:
    answer = as_json(index, "families", "--level", "section")
    assert (answer["level"], answer["threshold"], answer["total"]) == ("section", 0.8, 1)
    (family,) = answer["families"]
    assert (family["copies"], family["reports"], family["years"]) == (3, 3, [2021, 2022, 2023])
    assert family["template"] == (
        "全年新签约项目【】个，到位资金【】亿元，同比增长【】%，招商小分队外出洽谈【】次。"
    )
    assert [m["year"] for m in family["members"]] == [2021, 2022, 2023]
    assert all(m["paragraph"] is None and m["section"].startswith(m["report"]) for m in family["members"])
    assert family["members"][0]["similarity"] == 1.0
    (paragraphs,) = as_json(index, "families", "--level", "paragraph")["families"]
    assert [m["paragraph"] for m in paragraphs["members"]] == [0, 0, 0]
    assert as_json(index, "families", "--level", "report")["families"] == []
    assert as_json(index, "families", "--min-copies", "4")["families"] == []
    text = run(index, "families").stdout
    assert "3 copies in 3 reports, 2021—2023" in text
    assert family["id"] in text


def test_families_of_one(index: Path) -> None:
    """Every id that is listed leads to a template."""
    listed = as_json(index, "families", "--min-copies", "1")["families"]
    assert [family["copies"] for family in listed].count(1) >= 3
    for family in listed:
        assert as_json(index, "template", family["id"])["template"] == family["template"]


def test_an_output_that_cannot_be_written(index: Path, tmp_path: Path) -> None:
    (family,) = as_json(index, "families")["families"]
    target = tmp_path / "没有" / "模板.docx"
    result = run(index, "template", family["id"], "--output", str(target))
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.rstrip().endswith(f" {target}")


def test_families_wrongly_asked(index: Path) -> None:
    result = run(index, "families", "--level", "word")
    assert result.exit_code == 2
    assert "paragraph, section, report" in result.stderr


def test_search_folds_what_is_alike(index: Path) -> None:
    plain = as_json(index, "search", "招商小分队")
    folded = as_json(index, "search", "招商小分队", "--fold")
    assert (plain["total"], len(plain["hits"])) == (3, 3)
    assert (folded["total"], [hit["year"] for hit in folded["hits"]]) == (3, [2023])
    assert [hit["copies"] for hit in (*plain["hits"], *folded["hits"])] == [3, 3, 3, 3]
    assert folded["facets"] == plain["facets"]
    assert "库中另有 2 处相同" in run(index, "search", "招商小分队", "--fold").stdout


def test_similar(index: Path, tmp_path: Path) -> None:
    (family,) = as_json(index, "families")["families"]
    own = family["members"][0]
    hits = as_json(index, "similar", own["section"])["hits"]
    assert {hit["section"] for hit in hits[:2]} == {m["section"] for m in family["members"][1:]}
    assert all(hit["overlap"] == 1.0 for hit in hits[:2])
    draft = "今年以来，柳塘的茶园扩种了三百亩，采茶女工比往年多了一半。"
    found = as_json(index, "similar", "-", stdin=draft)["hits"][0]
    (passage,) = found["shared"]
    assert (found["year"], passage["text"]) == (2021, draft[5:-1])
    assert draft[slice(*passage["source"])] == passage["text"]
    (tmp_path / "草稿.txt").write_text(draft, "utf-8")
    assert as_json(index, "similar", "--file", str(tmp_path / "草稿.txt"))["hits"][0] == found
    text = run(index, "similar", own["report"]).stdout
    assert re.search(
        r"原文的 53% 见于此篇，最长一处 4\d 字\n     全年新签约项目13个", text
    )  # as the past text has it
    assert "只是主题相近" not in text


def test_what_is_only_about_the_same_comes_apart(index: Path) -> None:
    draft = "防汛的干部职工日夜抢险，冷库投用，茶园扩种了三百亩，采茶女工比往年多了一半。"
    text = run(index, "similar", "-", stdin=draft).stdout
    sharing, _, about = text.partition("只是主题相近的：\n")
    assert re.search(r"  1  园区2021年工作总结\n.*\n     稿子的 \d\d% 见于此段", sharing)
    assert "园区2022年工作总结" not in sharing
    assert re.search(r"^     园区2022年工作总结 · 2022 · \w+-\d+$", about, re.M)
    assert run(index, "similar", "-", stdin="防汛").stdout.startswith(
        "没有找到文字相同的旧稿\n\n只是主题相近的"
    )


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "says"),
    [
        (("similar",), None, 2, "name a report"),
        (("similar", "nope"), None, 1, "no such report"),
        (("similar", "nope-3"), None, 1, "no such section"),
        (("similar", "-"), " \n", 2, "no text"),
        (("similar", "--file", "does-not-exist.txt"), None, 1, "cannot be read"),
    ],
)
def test_similar_wrongly_asked(
    index: Path, arguments: tuple[str, ...], stdin: str | None, status: int, says: str
) -> None:
    result = run(index, *arguments, stdin=stdin)
    assert (result.exit_code, result.stdout) == (status, "")
    assert says in result.stderr
