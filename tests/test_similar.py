"""Past texts like a draft, a report or a section: what is found, in which order, and what is said of it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer import similar as similar_module
from indexer.analysis.template_form import template_form
from indexer.build import update
from indexer.errors import NotFoundError, UsageError
from indexer.families.forms import shingle_codes
from indexer.families.overlap import Source
from indexer.families.shingles import ShingleIndex
from indexer.library import Library
from indexer.settings import Settings
from indexer.similar import MAX_CHARACTERS, SimilarHit, similar, similar_to_text, text_of

CORPUS = Path(__file__).parents[1] / "corpus"

GROWTH = "全年完成规上工业产值12.5亿元，同比增长8.3%，新增规上企业14家，税收收入增长6%。"
MASKED = "全年完成规上工业产值xx亿元，同比增长x.x%，新增规上企业xx家，税收收入增长x%。"
ROADS = "滨河大道北延段建成通车，配套雨污管网同步完工，沿线路灯绿化全部到位。"
SAFETY = "开展危险化学品专项整治，排查各类隐患，对未按期整改的企业实行停产整顿。"
FAIRY = "很久以前，森林里住着一只会唱歌的狐狸，它每天傍晚都到溪边等月亮。"


class Place:
    """A folder of reports and an index over it."""

    def __init__(self, root: Path) -> None:
        self.folder, self.index = root / "报告", root / "index"
        self.folder.mkdir()

    def library(self, **texts: str) -> Library:
        for name, text in texts.items():
            (self.folder / f"{name}.txt").write_text(text, "utf-8")
        update(self.index, [self.folder], Settings())
        return Library(self.index)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    index = tmp_path_factory.mktemp("similar") / "index"
    update(index, [CORPUS], Settings())
    library = Library(index)
    yield library
    library.close()


def report(name: str, *paragraphs: str) -> str:
    return "\n".join([f"{name}工作总结", "一、主要工作", *paragraphs, "二、下一步打算", f"{name}继续努力。"])


def names(hits: list[SimilarHit]) -> list[str]:
    return [Path(hit.filed.file).stem for hit in hits]


def overlap(one: str, other: str) -> float:
    """The contract's definition, written plainly."""

    def shingles(text: str) -> set[str]:
        form = template_form(text)
        return {form[i : i + 3] for i in range(len(form) - 2)}

    a, b = shingles(one), shingles(other)
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


def check(draft: str, hits: list[SimilarHit]) -> None:
    """What is said of the hits is true."""
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    for hit in hits:
        assert hit.overlap == pytest.approx(overlap(draft, hit.text), abs=0.00005)
        for passage in hit.shared:
            assert draft[slice(*passage.source)] == passage.text
            assert hit.text[slice(*passage.target)] == passage.past
            assert template_form(passage.text) == template_form(passage.past)


def test_drafts_of_the_corpus(corpus: Library) -> None:
    rnd = random.Random(1)
    for filed in rnd.sample(list(corpus.reports()), 12):
        draft = text_of(filed, None)[:300]
        hits = similar_to_text(corpus, draft)
        check(draft, hits)
        assert hits[0].filed == filed
        assert len({hit.filed.report_id for hit in hits}) == len(hits) == 10


def test_reports_and_sections_of_the_corpus(corpus: Library) -> None:
    for filed in random.Random(2).sample(list(corpus.reports()), 6):
        hits = similar(corpus, filed.report_id)
        check(text_of(filed, None), hits)
        assert filed.report_id not in [hit.filed.report_id for hit in hits]
        assert {hit.section for hit in hits} == {None}
        position = len(filed.report.sections) // 2
        hits = similar(corpus, f"{filed.report_id}-{position}")
        check(text_of(filed, position), hits)
        assert f"{filed.report_id}-{position}" not in [hit.section_id for hit in hits]
        assert all(hit.section is not None for hit in hits)


def test_the_same_text_is_wholly_like_itself(place: Place) -> None:
    library = place.library(甲=report("甲", GROWTH, ROADS), 乙=report("乙", SAFETY))
    (hit, *_) = similar_to_text(library, f"{GROWTH}\n{ROADS}")
    assert (hit.score, hit.overlap, hit.section) == (1.0, 1.0, 0)
    (passage,) = hit.shared
    assert passage.source == (0, len(GROWTH) + len(ROADS))  # but for the full stop


@pytest.mark.parametrize("with_title", [True, False])
@pytest.mark.parametrize("swapped", [True, False])
def test_verbatim_comes_before_template_form(place: Place, swapped: bool, with_title: bool) -> None:
    one, other = (GROWTH, MASKED) if swapped else (MASKED, GROWTH)
    library = place.library(甲=report("甲", one, ROADS), 乙=report("乙", other, ROADS))
    title = "丙园区工作总结\n一、主要工作\n" if with_title else ""
    assert names(similar_to_text(library, title + GROWTH))[0] == ("甲" if swapped else "乙")
    assert names(similar_to_text(library, title + MASKED))[0] == ("乙" if swapped else "甲")
    assert names(similar_to_text(library, f"{FAIRY * 30}\n{GROWTH}\n{FAIRY * 30}"))[0] == (
        "甲" if swapped else "乙"
    )


def test_shared_text_comes_before_the_same_subject(place: Place) -> None:
    subject = "危险化学品企业整治：隐患排查、停产整顿、整改验收，安全生产专项行动一项接一项，隐患逐个销号。"
    library = place.library(
        甲=report("甲", subject * 3), 乙=report("乙", ROADS, SAFETY), 丙=report("丙", FAIRY)
    )
    hits = similar_to_text(library, f"危险化学品、隐患、停产整顿，专项整治。{SAFETY}")
    assert names(hits)[:2] == ["乙", "甲"]
    hits = similar_to_text(library, "今年的危险化学品和隐患工作，停产的要整顿")
    assert names(hits)[0] in "甲乙"
    assert hits[0].overlap < 0.4
    assert hits[0].score < 0.1
    assert hits[0].section == 0


def test_a_passage_over_two_sections_is_shown_whole(place: Place) -> None:
    library = place.library(
        甲=f"甲工作总结\n一、产业发展\n{GROWTH}\n二、基础设施\n{ROADS}\n", 乙=report("乙", SAFETY)
    )
    draft = f"{FAIRY}\n{GROWTH}\n{ROADS}\n{FAIRY}"
    hit = similar_to_text(library, draft)[0]
    assert (names([hit]), hit.section, len(hit.shared)) == (["甲"], None, 1)
    hit = similar_to_text(library, f"{FAIRY}\n{ROADS}\n{FAIRY}")[0]
    assert (names([hit]), hit.section) == (["甲"], 1)


def test_a_short_passage_in_a_long_draft(corpus: Library) -> None:
    rnd = random.Random(3)
    reports = [filed for filed in corpus.reports() if len(text_of(filed, None)) > 1000]
    for _ in range(5):
        origin, other = rnd.sample(reports, 2)
        at = rnd.randrange(700)
        passage = text_of(origin, None)[at : at + 200]
        draft = f"{text_of(other, None)[:1500]}\n{passage}\n{text_of(other, None)[1500:3000]}"
        hits = similar_to_text(corpus, draft)
        check(draft, hits)
        assert any(passage[10:-10] in shared.text for hit in hits for shared in hit.shared)
        draft = f"{FAIRY * 50}\n{passage}\n{FAIRY * 50}"
        assert passage[10:-10] in similar_to_text(corpus, draft)[0].shared[0].text


@pytest.mark.parametrize("draft", ["", " \n　", "。，！？……", "——\u200b《》"])
def test_drafts_without_text(corpus: Library, draft: str) -> None:
    with pytest.raises(UsageError, match="no text"):
        similar_to_text(corpus, draft)


@pytest.mark.parametrize(
    "draft", ["一", "5", "的的", "xx", "\ud800园区\udfff园区", "abc", "𠮷" * 40, "5" * 500]
)
def test_odd_drafts(corpus: Library, draft: str) -> None:
    check(draft, similar_to_text(corpus, draft))


def test_huge_drafts(corpus: Library) -> None:
    everything = "\n".join(text_of(filed, None) for filed in corpus.reports())
    draft = (everything * (1 + MAX_CHARACTERS // len(everything)))[:MAX_CHARACTERS]
    hits = similar_to_text(corpus, draft, 2)
    assert hits[0].overlap == 1.0
    with pytest.raises(UsageError, match="too long"):
        similar_to_text(corpus, draft + "。")


def test_unknown_ids(corpus: Library) -> None:
    for to in ("", "nosuch", "nosuch-0", "-1"):
        with pytest.raises(NotFoundError):
            similar(corpus, to)


def test_an_index_of_one_report(place: Place) -> None:
    library = place.library(甲=report("甲", GROWTH))
    (own,) = library.reports()
    assert similar(library, own.report_id) == []
    assert names(similar_to_text(library, GROWTH)) == ["甲"]
    assert names(similar(library, f"{own.report_id}-0")) in ([], ["甲"])  # its other section
    assert similar_to_text(library, GROWTH, 0) == []


def test_reports_and_sections_without_paragraphs(place: Place) -> None:
    library = place.library(
        甲="甲工作总结\n一、招商引资\n二、项目建设\n", 乙=report("乙", "招商引资项目建设稳步推进。", GROWTH)
    )
    for filed in library.reports():
        check(text_of(filed, None), similar(library, filed.report_id))
        for position in range(len(filed.report.sections)):
            check(text_of(filed, position), similar(library, f"{filed.report_id}-{position}"))
    check(GROWTH, similar_to_text(library, GROWTH))


def test_an_empty_index(place: Place) -> None:
    assert similar_to_text(place.library(), GROWTH) == []


def test_it_follows_updates(place: Place) -> None:
    library = place.library(甲=report("甲", GROWTH))
    assert names(similar_to_text(library, SAFETY))[:1] in ([], ["甲"])
    place.library(乙=report("乙", SAFETY))
    assert names(similar_to_text(library, SAFETY))[0] == "乙"
    (place.folder / "甲.txt").unlink()
    place.library()
    assert names(similar_to_text(library, GROWTH + SAFETY)) == ["乙"]


def test_threads_that_ask_during_updates(place: Place) -> None:
    library = place.library(甲=report("甲", GROWTH), 乙=report("乙", ROADS))
    stop = threading.Event()
    wrong: list[str] = []

    def asking() -> None:
        while not stop.is_set():
            try:
                if not similar_to_text(library, GROWTH)[0].shared:
                    wrong.append("nothing shared")
            except Exception as error:  # noqa: PERF203 - each of them is what this test looks for
                wrong.append(repr(error))

    threads = [threading.Thread(target=asking) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(6):
            place.library(乙=report("乙", *[ROADS] * turn, SAFETY), 丙=report("丙", GROWTH * (turn % 2)))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_others_search_while_texts_are_compared(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    library = place.library(甲=report("甲", GROWTH, ROADS), 乙=report("乙", GROWTH, SAFETY))
    wanted = [similar_to_text(library, GROWTH), *(similar(library, to) for to in ids(library))]
    waiting = 0

    def beside(real: Callable[..., Any]) -> Callable[..., Any]:
        def compare(*arguments: Any, **named: Any) -> Any:
            nonlocal waiting
            other = threading.Thread(target=library.status)
            other.start()
            other.join(30)
            waiting += other.is_alive()
            return real(*arguments, **named)

        return compare

    for owner, name in ((similar_module._Query, "look"), (Source, "shared"), (ShingleIndex, "shared")):
        monkeypatch.setattr(owner, name, beside(getattr(owner, name)))
    assert [similar_to_text(library, GROWTH), *(similar(library, to) for to in ids(library))] == wanted
    assert waiting == 0


def ids(library: Library) -> list[str]:
    """A report and a section."""
    first = next(iter(library.reports())).report_id
    return [first, f"{first}-0"]


@pytest.mark.parametrize("gone", [False, True])
def test_an_update_between_the_two_looks_into_the_index(
    place: Place, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    """The answer is of one state, the newest."""
    library = place.library(甲=report("甲", GROWTH), 乙=report("乙", ROADS))
    real, updates = ShingleIndex.shared, [1]

    def meanwhile(self: ShingleIndex, codes: Any) -> Any:
        if updates:
            updates.pop()
            if gone:
                (place.folder / "甲.txt").unlink()
            place.library(丙=report("丙", GROWTH))
        return real(self, codes)

    monkeypatch.setattr(ShingleIndex, "shared", meanwhile)
    hits = [hit for hit in similar_to_text(library, GROWTH) if hit.share]
    assert not updates
    assert names(hits) == (["丙"] if gone else ["丙", "甲"])
    library.close()


def test_the_share_of_a_draft(place: Place) -> None:
    library = place.library(甲=report("甲", GROWTH, ROADS), 乙=report("乙", SAFETY))
    assert similar_to_text(library, f"{GROWTH}\n{ROADS}")[0].per_cent == 100
    assert similar_to_text(library, GROWTH.replace("12.5", "7"))[0].share == 1.0  # figures are not compared
    (first, *others) = similar_to_text(library, f"{GROWTH}{FAIRY}")
    expected = len(template_form(GROWTH)) / len(template_form(GROWTH + FAIRY))
    assert first.share == pytest.approx(expected, abs=0.03)
    assert {hit.per_cent for hit in others} <= {0}
    nearly = similar_to_text(library, f"{GROWTH}\n{ROADS}" * 9 + "狐狸")[0]
    assert 90 < nearly.per_cent < 100


@pytest.mark.parametrize(
    ("common", "length", "per_cent"),
    [(0, 50, 0), (1, 900, 1), (29, 100, 29), (57, 100, 57), (58, 100, 58), (299, 300, 99), (300, 300, 100)],
)
def test_whole_per_cent(place: Place, common: int, length: int, per_cent: int) -> None:
    (filed,) = place.library(甲=report("甲", GROWTH)).reports()
    hit = SimilarHit(filed, None, 0.5, 0.5, common, length, ())
    assert (hit.per_cent, hit.share) == (per_cent, common / length)


FIGURES = (
    "{}年，园区完成规上工业产值{}亿元，同比增长{}个点；实现税收{}万元，完成固定资产投资{}亿元，"
    "新引进项目{}个。园区企业稳步发展，服务水平不断提升，营商环境持续优化。"
)
EXACT = FIGURES.format(2024, 9876, 33, 123456, 789, 77)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Very many texts of one template form, read before those that have it verbatim."""
    place = Place(tmp_path_factory.mktemp("crowd"))
    texts = {f"n{n:03}": FIGURES.format(2000 + n % 20, 100 + n, 5, 3000 + n, 70 + n, n) for n in range(130)}
    signs = {f"s{n:03}": f"第{n}号。" + ROADS.replace("，", "、") for n in range(130)}
    # Of its figures most are its own.
    last = {"z1": EXACT + "，".join(f"{n}项" for n in range(5000, 5040)), "z2": EXACT, "z3": ROADS}
    return place.library(**{name: report(name, text) for name, text in {**texts, **signs, **last}.items()})


@pytest.mark.parametrize("around", ["", FAIRY * 30])
@pytest.mark.parametrize(("text", "wanted"), [(EXACT, ["z1", "z2"]), (ROADS, ["z3"])])
def test_verbatim_comes_first_among_very_many(
    crowd: Library, text: str, wanted: list[str], around: str
) -> None:
    hits = similar_to_text(crowd, f"{around}\n{text}\n{around}", 5)
    assert sorted(names(hits)[: len(wanted)]) == wanted
    assert all(hit.shared[0].past == hit.shared[0].text for hit in hits[: len(wanted)])


def test_reports_and_sections_with_a_verbatim_twin_among_very_many(crowd: Library) -> None:
    own = {Path(filed.file).stem: filed.report_id for filed in crowd.reports()}
    for to in (own["z1"], f"{own['z1']}-0"):
        assert names(similar(crowd, to, 3))[0] == "z2"


@pytest.mark.parametrize("others", [1, 9, 90])
def test_the_section_that_has_it_verbatim_is_shown(place: Place, others: int) -> None:
    """However many sections before it have it in template form."""
    texts = [*(FIGURES.format(n, n, n, n, n, n) for n in range(others)), EXACT, FIGURES.format(*[5] * 6)]
    sections = "".join(f"{n}、工作\n{text}\n" for n, text in enumerate(texts, 1))
    (hit,) = similar_to_text(place.library(甲=f"甲工作总结\n{sections}"), EXACT, 1)
    assert hit.section is not None
    assert hit.text == EXACT


def test_a_run_that_goes_on_in_the_next_section_is_shown_whole(place: Place) -> None:
    """Though nearly all of it stands in one section."""
    before = GROWTH + ROADS + SAFETY + FIGURES
    library = place.library(甲=f"甲工作总结\n一、产业发展\n{before}\n二、基础设施\n它傍晚到溪边。\n")
    hit = similar_to_text(library, f"{before}它傍晚到溪边")[0]
    assert (hit.section, hit.share) == (None, 1.0)


def test_figures_may_bring_a_text_before_one_that_has_more_of_the_rest(place: Place) -> None:
    """Also where only one is wanted."""
    draft, nearly = EXACT, EXACT.replace("稳步", "平稳")
    subject = "园区企业规上工业产值固定资产投资税收项目营商环境服务水平。" * 3
    library = place.library(
        **{name: report(name, FIGURES.format(*["xxxx"] * 6), subject) for name in ("甲", "乙", "丙")},
        丁=report("丁", nearly),
    )
    assert names(similar_to_text(library, draft, 4))[0] == "丁"
    assert names(similar_to_text(library, draft, 1)) == ["丁"]


def test_the_best_stretch_of_a_report_counts(place: Place) -> None:
    """Whatever it has of the stretches behind."""
    library = place.library(甲=report("甲", (GROWTH + ROADS + SAFETY) * 3, FAIRY[:12]))
    index = library.shingles()
    draft = (GROWTH + ROADS + SAFETY) * 3 + FAIRY[:12] + "狐狸" * 400
    query = similar_module._Query(draft, index, {})
    first = np.unique(shingle_codes(template_form(draft))[: similar_module._STRETCH])
    assert query._of_stretches.tolist() == index.shared(first)[1].tolist()


def test_what_only_seems_to_stand_there_does_not_count(place: Place) -> None:
    """Every shingle of the draft stands there, but hardly ever two in a row."""
    library = place.library(甲=report("甲", "招商招商引资。", FAIRY))
    (hit,) = similar_to_text(library, "招商" * 500)
    assert (hit.common, hit.shared) == (0, ())


def test_scraps_do_not_count_beside_a_passage(place: Place) -> None:
    scraps = "".join(GROWTH[n : n + 8] + FAIRY[n : n + 8] for n in range(0, 64, 8))
    library = place.library(甲=report("甲", GROWTH, ROADS))
    (hit,) = similar_to_text(library, ROADS + scraps)
    assert hit.common == sum(len(template_form(passage.text)) for passage in hit.shared)
