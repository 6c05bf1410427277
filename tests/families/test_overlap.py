"""What two texts share: the passages and their places, and the index of shingles."""

from __future__ import annotations

import random
import threading
import time
import tracemalloc
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis.template_form import template_form
from indexer.families import overlap
from indexer.families.overlap import LEAST, Passage, Source, gram_codes
from indexer.stretches import Ints, ranges

CLAUSES = (
    "全年完成规上工业产值12.5亿元，同比增长8%；",
    "全年完成规上工业产值xx亿元，同比增长x.x%；",
    "全年完成規上工業產值１３．１億元，同比增長９％；",
    "新签约项目17个，到位资金21.3亿元。",
    "坚持把招商引资作为园区发展的生命线，",
    "ＭＡＸ面积达到５㎡，half x5万 maxim x",
    "\ud800🀄坚持𠮷祥如意的十二个字不能少\udfff",
    "\u200b标准\u00ad厂房\u3000二期 封顶e\u0301并投入使用。",
    "\n",
    " ",
    "x",
    "5",
    "亿",
)
texts = st.lists(
    st.one_of(st.sampled_from(CLAUSES), st.text("一二甲乙5x.㎡m\n ", max_size=30)), max_size=8
).map("".join)


def check(source: str, target: str, passages: Sequence[Passage]) -> None:
    """Whatever is given is right on both sides, longest first, and in the source does not overlap."""
    lengths = [len(p.text) for p in passages]
    assert lengths == sorted(lengths, reverse=True)
    taken: set[int] = set()
    for passage in passages:
        (start, end), (begin, stop) = passage.source, passage.target
        assert 0 <= start < end <= len(source)
        assert 0 <= begin < stop <= len(target)
        assert source[start:end] == passage.text
        assert target[begin:stop] == passage.past
        form = template_form(passage.text)
        assert form == template_form(passage.past)
        assert len(form) >= LEAST
        assert taken.isdisjoint(range(start, end))
        taken.update(range(start, end))


@given(texts, texts)
def test_what_is_shared_is_right_on_both_sides(source: str, target: str) -> None:
    check(source, target, Source(source).shared(target))


@given(st.text("一二三", max_size=60), st.text("一二三", max_size=60))
def test_the_longest_passage_is_found(source: str, target: str) -> None:
    passages = Source(source).shared(target)
    check(source, target, passages)
    longest = max(
        (b - a for a in range(len(source)) for b in range(a + 1, len(source) + 1) if source[a:b] in target),
        default=0,
    )
    assert (len(passages[0].text) if passages else 0) == (longest if longest >= LEAST else 0)
    # And nothing that is long enough is left out.
    free = set(range(len(source))) - {i for p in passages for i in range(*p.source)}
    for at in range(len(source) - LEAST + 1):
        if free.issuperset(range(at, at + LEAST)):
            assert source[at : at + LEAST] not in target


@given(texts)
def test_a_text_shares_all_of_itself(text: str) -> None:
    passages = Source(text).shared(text)
    if len(template_form(text)) >= LEAST + 5:
        assert len(template_form(passages[0].text)) >= len(template_form(text)) - 5
        assert passages[0].source == passages[0].target


def test_figures_signs_and_scripts_do_not_count() -> None:
    source = "上年，全年完成规上工业产值12.5亿元，同比增长8%。"
    target = "一、全年完成規上工業產值ｘｘ億元;同比增長ｘ.ｘ％，"
    (passage,) = Source(source).shared(target)
    assert passage == Passage(
        "全年完成规上工业产值12.5亿元，同比增长8",
        "全年完成規上工業產值ｘｘ億元;同比增長ｘ.ｘ",
        (3, 25),
        (2, 24),
    )


def test_a_long_passage_is_not_cut_by_a_short_one_before_it() -> None:
    long = "坚持把招商引资作为园区发展的生命线不动摇"
    source = "我们在过去一年里始终" + long
    target = "我们在过去一年里始终坚持把握方向。" + long
    assert [p.text for p in Source(source).shared(target)] == [long, "我们在过去一年里始终"]


def test_each_copy_has_its_own_place() -> None:
    clause = "坚持把招商引资作为园区发展的生命线"
    once, twice = f"甲{clause}乙", f"丙{clause}丁丁{clause}戊"
    moved = twice.replace("丁丁", "己庚辛")
    assert [p.target for p in Source(twice).shared(moved)] == [(0, 18), (21, 39)]
    assert [p.source for p in Source(once).shared(twice)] == [(1, 18)]  # one is enough
    assert [(p.source, p.target) for p in Source(twice).shared(once)] == [
        ((1, 18), (1, 18)),
        ((20, 37), (1, 18)),
    ]


def test_a_passage_over_lines() -> None:
    source = "一是抓招商引资\n\n二是抓项目建设\n三是抓企业服务"
    (passage,) = Source(source).shared(source.replace("\n", ""))
    assert passage == Passage(source, source.replace("\n", ""), (0, 24), (0, 21))


def test_passages_of_texts_that_repeat_themselves_very_often() -> None:
    source = "坚持把招商引资作为园区发展的生命线" * 500
    passages = Source(source).shared(source[5:])
    assert len(passages[0].text) > 1000
    check(source, source[5:], passages)


def test_empty_and_short_texts() -> None:
    for source, target in (("", ""), ("", "甲" * 20), ("甲" * 20, ""), ("甲" * 9, "甲" * 9), ("。", "，")):
        assert Source(source).shared(target) == ()
    assert len(gram_codes("甲乙", 5)) == 0


@given(st.text("甲乙丙", max_size=40), st.integers(1, 6))
def test_codes_are_equal_where_the_characters_are(text: str, size: int) -> None:
    pieces = [text[i : i + size] for i in range(len(text) - size + 1)]
    codes = gram_codes(text, size).tolist()
    assert [pieces.index(p) for p in pieces] == [codes.index(c) for c in codes]


REPETITIVE = "一二三四五甲乙丙丁戊己庚辛" * 12_000


def test_texts_that_repeat_themselves_take_limited_room() -> None:
    source = Source(REPETITIVE)
    tracemalloc.start()
    try:
        passages = source.shared(REPETITIVE[4:])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(passages[0].text) > 10_000
    assert peak < 200 << 20


def test_one_pair_of_large_texts_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small ones do not wait for it."""
    real, source = overlap._tried, Source(REPETITIVE)
    inside, most, small = 0, 0, 0

    def counted(counts: Ints) -> Ints:
        nonlocal inside, most, small
        if len(counts) < 1000:
            return real(counts)
        inside += 1
        most = max(most, inside)
        beside = threading.Thread(target=Source("甲" * 30).shared, args=("甲" * 30,))
        beside.start()
        beside.join(10)
        small += not beside.is_alive()
        time.sleep(0.5)  # another one would come in
        inside -= 1
        return real(counts)

    monkeypatch.setattr(overlap, "_tried", counted)
    threads = [threading.Thread(target=source.shared, args=(REPETITIVE,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, small) == (1, 3)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5))))
def test_ranges(stretches: list[tuple[int, int]]) -> None:
    starts, sizes = np.array(stretches, dtype=np.int64).reshape(-1, 2).T
    assert ranges(starts, sizes).tolist() == [n for a, size in stretches for n in range(a, a + size)]


@pytest.mark.parametrize("pairs", [1, 50, 400, 10_000])
def test_seeds_that_are_tried(monkeypatch: pytest.MonkeyPatch, pairs: int) -> None:
    """Rare ones everywhere; of the others as many places as there is room for."""
    monkeypatch.setattr(overlap, "_PAIRS", pairs)
    counts = np.array([0, 1, 2, 1, 5, 90, 300, *[random.Random(pairs).randrange(100)] * 3])
    tried = overlap._tried(counts)
    limit = int(tried.max())
    assert tried.tolist() == np.minimum(counts, limit).tolist()
    assert tried.sum() <= pairs or limit == 1
    assert limit == 100 or np.minimum(counts, limit + 1).sum() > pairs
