"""Families as commands and pages show them: ids, order, members and their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from indexer import build, repeated
from indexer.engines.base import Filters
from indexer.errors import NotFoundError, UsageError
from indexer.families.forms import LEVELS
from indexer.families.template import Template, make_template
from indexer.library import Library
from indexer.model import Section
from indexer.repeated import Family, Member, find_family, list_families, others_like
from indexer.search import Question
from indexer.settings import Settings

from .families.plain import alike, shingles
from .families.texts import distinct

TARGET = f"完成规上工业产值{{}}亿元，{distinct(25)}。"
ROUTINE = f"{distinct(50, 100)}招商引资。"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Three years' reports; the last is the second once more, with other figures."""
    root = tmp_path_factory.mktemp("repeated")
    folder = root / "报告"
    folder.mkdir()
    for n, year in enumerate((2018, 2019, 2020)):
        own = distinct(250, 1000 if n else 2000)
        text = (
            f"{year}年园区工作总结\n一、经济指标\n{TARGET.format(n + 1)}\n短。\n"
            f"二、招商工作\n{ROUTINE}\n{own}，{n}万元。\n"
        )
        (folder / f"{n}.txt").write_text(text, "utf-8")
    build.update(root / "index", [folder], Settings())
    library = Library(root / "index")
    yield library
    library.close()


def places(family: Family) -> list[tuple[str, int | None, int | None]]:
    """File, position and paragraph of each member."""
    return [
        (m.file[-5], int(m.section.rpartition("-")[2]) if m.section else None, m.paragraph)
        for m in family.members
    ]


def test_paragraphs(library: Library) -> None:
    """Most characters saved first."""
    listing = list_families(library, "paragraph")
    assert (listing.level, listing.total) == ("paragraph", 3)
    assert [places(family) for family in listing.families] == [
        [("1", 1, 1), ("2", 1, 1)],
        [("0", 1, 0), ("1", 1, 0), ("2", 1, 0)],
        [("0", 0, 0), ("1", 0, 0), ("2", 0, 0)],
    ]
    assert [f.characters for f in listing.families] == [255, 2 * len(ROUTINE), 2 * len(TARGET.format(1))]
    assert [f.years for f in listing.families] == [(2019, 2020), (2018, 2019, 2020), (2018, 2019, 2020)]
    assert [(f.copies, f.reports) for f in listing.families] == [(2, 2), (3, 3), (3, 3)]


def test_sections_and_reports(library: Library) -> None:
    sections = list_families(library).families
    assert [places(family) for family in sections] == [
        [("1", 1, None), ("2", 1, None)],
        [("0", 0, None), ("1", 0, None), ("2", 0, None)],
    ]
    (reports,) = list_families(library, "report").families
    assert places(reports) == [("1", None, None), ("2", None, None)]


def without(text: str, headings: Sequence[tuple[int, int]]) -> str:
    """A text without the lines that are headings."""
    starts = {a for a, _ in headings}
    lines, at = [], 0
    for line in text.split("\n"):
        lines += [line] if at not in starts else []
        at += len(line) + 1
    return "\n".join(lines)


def judged(library: Library, member: Member) -> str:
    """The text of a member that likeness is judged on."""
    if member.section is None:
        return "\n".join(p for s in library.report(member.report).report.sections for p in s.paragraphs)
    paragraphs = library.section(member.section).section.paragraphs
    return "\n".join(paragraphs) if member.paragraph is None else paragraphs[member.paragraph]


@pytest.mark.parametrize("level", LEVELS)
def test_a_member_is_what_stands_there(library: Library, level: str) -> None:
    for family in list_families(library, level).families:
        first = shingles(judged(library, family.members[0]))
        for member in family.members:
            filed = library.report(member.report)
            sections: tuple[Section, ...] = filed.report.sections
            year = filed.report.year
            heading: tuple[str, ...] = ()
            if member.section is not None:
                section = library.section(member.section)
                assert section.report_id == member.report
                sections = (section.section,)
                year, heading = section.section.year, section.section.path
            paragraphs = [p for section in sections for p in section.paragraphs]
            text = paragraphs[member.paragraph] if member.paragraph is not None else "\n".join(paragraphs)
            headings = [section.heading for section in sections if section.heading and level == "report"]
            assert [member.text[a:b] for a, b in member.headings] == headings
            assert without(member.text, member.headings) == text
            assert (member.year, member.heading) == (year, heading)
            assert (member.title, member.file) == (filed.report.title, filed.file)
            assert text == judged(library, member)
            own = shingles(text)
            whole = min(len(own), len(first)) if level == "report" else len(own | first)
            assert member.similarity == round(len(own & first) / whole, 4)
            assert (member.similarity >= (0.6 if level == "report" else 0.8)) is alike(family.level)(
                own, first
            )
        assert family.members[0].similarity == 1


@pytest.mark.parametrize("level", LEVELS)
def test_ids(library: Library, level: str) -> None:
    """A family is found by its id, and by that of any member."""
    families = list_families(library, level).families
    assert len({family.id for family in families}) == len(families)
    for family in families:
        assert find_family(library, family.id) == family
        for member in family.members:
            name = f"{level[0]}-{member.section or member.report}"
            name += "" if member.paragraph is None else f"-{member.paragraph}"
            assert find_family(library, name) == family
        assert family.id.startswith(f"{level[0]}-{family.members[0].report}")


def test_what_is_no_family(library: Library) -> None:
    (family,) = list_families(library, "report").families
    report = family.members[0].report
    wrong = ["", "-", "s", "s-", "r-nosuch", f"x-{report}", f"r-{report}-0", f"s-{report}", f"p-{report}-0"]
    wrong += [
        f"s-{report}-2",
        f"s-{report}--1",
        f"s-{report}-一",
        f"s-{report}-²",
        f"s-{report}-{'9' * 5000}",
    ]
    wrong += [f"p-{report}-0-2", f"p-{report}-1-2", "\udcff"]
    for identity in wrong:
        with pytest.raises(NotFoundError, match="no such family"):
            find_family(library, identity)


@pytest.mark.parametrize("level", LEVELS)
def test_a_text_that_is_like_no_other_is_a_family_of_one(library: Library, level: str) -> None:
    """Where one copy is enough, ids lead to it, too; not where more are asked for."""
    alone = [family for family in list_families(library, level, least=1).families if family.copies == 1]
    assert alone
    for family in alone:
        assert find_family(library, family.id) == family
        assert (family.template.slots, family.characters) == ((), 0)
        with pytest.raises(NotFoundError, match="no such family"):
            find_family(library, family.id, least=2)


def named(*members: tuple[str, str, int | None]) -> str:
    """What a family is called whose members have these headings, titles and years."""
    made = tuple(
        Member(f"r{n}", None, None, title, "a.txt", ("上级", heading) if heading else (), year, "", 1.0)
        for n, (heading, title, year) in enumerate(members)
    )
    return Family("s-r0-0", "section", 0, 1, made, make_template([""])).name


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ([("一、甲。", "x", 2019), ("一、甲：", "x", 2018), ("二、乙", "x", 2020)], "一、甲"),
        ([("一、甲", "x", 2019), ("二、乙", "y", 2020)], "二、乙"),
        ([("一、甲", "x", 2019), ("二、乙", "y", None)], "一、甲"),
        ([("", "x", 2019), ("", "x", 2018), ("", "y", 2020)], "x"),
        ([("", "x", 2019), ("", "y", 2020)], "y"),
        ([("。", "x", 2019), ("", "x", 2020)], "x"),
        ([("一、甲", "x", 2019), ("", "y", 2020)], "一、甲"),
        ([("一、甲", "x", 2019), ("", "y", 2020), ("", "z", 2018)], "y"),
    ],
)
def test_a_name_is_what_most_members_are_called(
    members: list[tuple[str, str, int | None]], name: str
) -> None:
    assert named(*members) == named(*members[::-1]) == name


def test_an_update_between_does_not_mix_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is renewed while families are read from it: all of them are of the newer state."""
    folder = tmp_path / "报告"
    folder.mkdir()

    def write(name: str) -> None:
        lines = "\n".join(f"{n}、小节\n{distinct(60, 500 * i)}" for i, n in enumerate("一二三"))
        (folder / name).write_text(f"2019年工作总结\n{lines}\n", "utf-8")
        build.update(tmp_path / "index", [folder], Settings())

    write("b.txt")
    write("c.txt")
    earlier = Library(tmp_path / "index")
    assert {family.copies for family in list_families(earlier).families} == {2}
    earlier.close()
    library = Library(tmp_path / "index")
    calls = []

    def update_once(texts: Sequence[str]) -> Template:
        calls.append(len(texts))
        if len(calls) == 1:
            write("a.txt")
        return make_template(texts)

    monkeypatch.setattr(repeated, "make_template", update_once)
    families = list_families(library).families
    assert calls == [2, 3, 3, 3]
    assert [(family.copies, len(family.template.pieces)) for family in families] == [(3, 1)] * 3
    library.close()


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many texts each template is made, as they are made."""
    calls = []

    def make(texts: Sequence[str]) -> Template:
        calls.append(len(texts))
        return make_template(texts)

    monkeypatch.setattr(repeated, "make_template", make)
    return calls


def test_what_was_aligned_is_kept_until_an_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "报告"
    folder.mkdir()
    for name in ("b.txt", "c.txt"):
        (folder / name).write_text(f"2019年工作总结\n一、小节\n{distinct(60, 1)}\n", "utf-8")
    build.update(tmp_path / "index", [folder], Settings())
    library = Library(tmp_path / "index")
    calls = counted(monkeypatch)
    once = list_families(library)
    assert list_families(library, limit=1) == once
    assert calls == [2]
    (folder / "d.txt").write_text(f"2019年工作总结\n一、小节\n{distinct(60, 1)}\n", "utf-8")
    build.update(tmp_path / "index", [folder], Settings())
    assert [family.copies for family in list_families(library).families] == [3]
    assert calls == [2, 3]
    monkeypatch.setattr(repeated, "_MOST_KEPT", 10)  # characters: no family is as short
    for _ in range(2):
        list_families(library, "paragraph")
    assert calls == [2, 3, 3, 3]
    library.close()


def test_what_an_update_leaves_as_it_was_is_not_aligned_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a server, where newer states are made ready with what the earlier one has."""
    folder = tmp_path / "报告"
    folder.mkdir()

    def write(name: str, start: int) -> None:
        (folder / name).write_text(f"2019年工作总结\n一、小节\n{distinct(60, start)}\n", "utf-8")

    for name, start in (("a.txt", 1), ("b.txt", 1), ("c.txt", 500), ("d.txt", 500)):
        write(name, start)
    build.update(tmp_path / "index", [folder], Settings())
    library = Library(tmp_path / "index")
    calls = counted(monkeypatch)
    assert [family.copies for family in list_families(library).families] == [2, 2]
    library.follow_aside()
    write("e.txt", 500)
    build.update(tmp_path / "index", [folder], Settings())
    library.catch_up(30)
    assert [family.copies for family in list_families(library).families] == [3, 2]
    assert calls == [2, 2, 3]
    library.close()


def test_others_like_a_section(library: Library) -> None:
    """Newest first, without the section itself."""
    sections = list_families(library).families[1].members
    assert [m.year for m in sections] == [2018, 2019, 2020]
    for member in sections:
        others = others_like(library, str(member.section))
        assert [m.section.year for m in others] == [y for y in (2020, 2019, 2018) if y != member.year]
    assert others_like(library, "nosuch-0") == ()


def test_limit_and_offset(library: Library) -> None:
    whole = list_families(library, "paragraph").families
    for offset in range(5):
        for limit in (0, 1, 2, None):
            page = list_families(library, "paragraph", offset=offset, limit=limit)
            end = None if limit is None else offset + limit
            assert (page.total, page.families) == (3, whole[offset:end])


@pytest.mark.parametrize(
    ("least", "copies"), [(1, [2, 3, 3, 1, 1, 1, 1]), (2, [2, 3, 3]), (3, [3, 3]), (4, [])]
)
def test_least_copies(library: Library, least: int, copies: list[int]) -> None:
    listing = list_families(library, "paragraph", least=least)
    assert (listing.total, [family.copies for family in listing.families]) == (len(copies), copies)


@pytest.mark.parametrize("level", LEVELS)
def test_least_copies_of_one_with_texts_that_are_empty(tmp_path: Path, level: str) -> None:
    folder = tmp_path / "报告"
    folder.mkdir()
    (folder / "a.txt").write_text("2019年工作总结\n一、经济指标\n（一）产值\n完成。\n（二）税收\n", "utf-8")
    build.update(tmp_path / "index", [folder], Settings())
    library = Library(tmp_path / "index")
    assert library.families().labels["section"].size > 1
    listing = list_families(library, level, least=1)
    assert {m.similarity for family in listing.families for m in family.members} == {1}
    library.close()


@pytest.mark.parametrize(
    ("question", "level", "found"),
    [
        (Question("招商引资"), "paragraph", [1]),
        (Question("“招商引资”"), "paragraph", [1]),
        (Question("招商引资 规上工业"), "paragraph", []),
        (Question("招商引资 | 规上工业"), "paragraph", [1, 2]),
        (Question("-招商引资"), "paragraph", [0, 2]),
        (Question("小标题:招商"), "paragraph", [0, 1]),
        (Question("招商引资", Filters(years=(2018, 2018))), "paragraph", [1]),
        (Question("年份:2018"), "paragraph", [1, 2]),
        (Question("招商引资"), "section", [0]),
        (Question("招商引资"), "report", [0]),
        (Question("规上工业"), "paragraph", [2]),
        (Question("", Filters(years=(2018, 2018))), "paragraph", [1, 2]),
        (Question("", Filters(years=(2018, 2018))), "report", []),
        (Question("", Filters(years=(2020, 2020))), "report", [0]),
        (Question("“无此内容”"), "section", []),
        (Question(""), "section", [0, 1]),
        (Question("招商引资", limit=0, offset=7), "section", [0]),
    ],
)
def test_within(library: Library, question: Question, level: str, found: list[int]) -> None:
    """One member at least matches or stands in a section of the year; the family is shown whole."""
    whole = list_families(library, level).families
    listing = list_families(library, level, within=question)
    assert listing.total == len(found)
    assert listing.families == tuple(whole[n] for n in found)
    if found:
        last = list_families(library, level, within=question, offset=len(found) - 1, limit=1)
        assert last.families == (whole[found[-1]],)


@pytest.mark.parametrize("level", ["", "Section", "p", "段落"])
def test_no_such_level(library: Library, level: str) -> None:
    with pytest.raises(UsageError, match="level must be one of paragraph, section, report"):
        list_families(library, level)


@pytest.mark.parametrize("least", [0, -1])
def test_no_such_least(library: Library, least: int) -> None:
    with pytest.raises(UsageError, match="min-copies"):
        list_families(library, least=least)


def test_templates_give_the_members_back(library: Library) -> None:
    for level in LEVELS:
        for family in list_families(library, level).families:
            assert [family.template.member(n) for n in range(family.copies)] == [
                m.text for m in family.members
            ]
    target = list_families(library, "paragraph").families[2].template
    assert target.skeleton == TARGET.format("【】")
    assert [slot.values for slot in target.slots] == [("1", "2", "3")]
