"""How many families a question leaves, against a plain count over what is listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer import build
from indexer.engines.base import Filters
from indexer.families.forms import LEVELS
from indexer.library import Library
from indexer.narrowing import ParagraphTexts, SectionValues
from indexer.repeated import count_families, list_families
from indexer.search import Question
from indexer.settings import Settings

from .families.texts import distinct


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Reports of four years whose sections come back in some of them."""
    root = tmp_path_factory.mktemp("narrowing")
    folder = root / "报告"
    folder.mkdir()
    subjects = ("招商引资", "生态环保", "安全生产", "其他工作")
    for n, year in enumerate((2017, 2018, 2019, 2020)):
        parts = [
            f"{number}、{year}年{subject}情况\n"
            f"{distinct(80, 300 * i)}{subject}工作。\n{distinct(40, 900 + 90 * i)}。"
            for i, (number, subject) in enumerate(zip("一二三四", subjects, strict=True))
            if (n + i) % 4
        ]
        (folder / f"{year}.txt").write_text(f"{year}年园区工作总结\n" + "\n".join(parts) + "\n", "utf-8")
    build.update(root / "index", [folder], Settings())
    library = Library(root / "index")
    yield library
    library.close()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("query", ["", "招商引资", "“安全生产工作”", "招商引资 | 生态环保", "-招商引资"])
@pytest.mark.parametrize("filters", [Filters(), Filters(years=(2018, 2019)), Filters(topics=("生态环保",))])
def test_counts_are_those_of_the_lists(library: Library, level: str, query: str, filters: Filters) -> None:
    counts = count_families(library, level, Question(query, filters))
    assert counts.levels == {
        known: list_families(library, known, within=Question(query, filters)).total for known in LEVELS
    }
    years = Counter[int]()
    for year in range(2015, 2023):
        question = Question(query, Filters(years=(year, year), topics=filters.topics))
        years[year] = list_families(library, level, within=question).total
    assert counts.years == tuple((year, years[year]) for year in sorted(years, reverse=True) if years[year])
    topics = Counter[str]()
    for topic in ("招商引资", "生态环保", "安全生产", "科技创新"):
        question = Question(query, Filters(years=filters.years, topics=(topic,)))
        topics[topic] = list_families(library, level, within=question).total
    assert dict(counts.topics) == {topic: n for topic, n in topics.items() if n}
    assert [n for _, n in counts.topics] == sorted((n for _, n in counts.topics), reverse=True)


def test_there_is_something_to_count(library: Library) -> None:
    for level in LEVELS:
        counts = count_families(library, level, Question())
        assert all(counts.levels.values())
        assert len(counts.years) == 4
        assert len(counts.topics) == 3


@pytest.mark.parametrize("made", [ParagraphTexts, SectionValues])
def test_an_update_between_what_is_made_and_what_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: type
) -> None:
    """All is made anew: texts, years and families are those of one state."""
    folder, index = tmp_path / "报告", tmp_path / "index"
    folder.mkdir()

    def write(*years: int) -> None:
        for year in years:
            text = f"{year}年园区工作总结\n一、招商引资\n{distinct(60)}招商引资工作。\n"
            (folder / f"{year}.txt").write_text(text, "utf-8")
        build.update(index, [folder], Settings())

    write(2018, 2019)
    library = Library(index)
    real, seen = library.derived, list[object]()

    def derived(make: Any, *load: Any) -> Any:
        found = real(make, *load)
        if make is made and made not in seen:
            write(2015, 2016, 2017)
        seen.append(make)
        return found

    monkeypatch.setattr(library, "derived", derived)
    counts = count_families(library, "section", Question("招商引资"))
    assert counts.years == tuple((year, 1) for year in (2019, 2018, 2017, 2016, 2015))
    assert seen.count(made) == 2
    library.close()
