"""The index of shingles: as plain sets say it, and on disk as in memory."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from indexer.analysis.template_form import template_form
from indexer.families import shingles, store
from indexer.families.forms import SHINGLE, make_forms, shingle_codes
from indexer.families.shingles import ShingleIndex, index_shingles
from indexer.model import Report

from .texts import make_reports, report

ARRAYS = ("reports", "codes", "starts", "owners", "report_of", "weights")


def made(reports: list[Report]) -> ShingleIndex:
    return index_shingles(make_forms(reports), [f"r{n}" for n in range(len(reports))])


def same(one: ShingleIndex, other: ShingleIndex) -> bool:
    pairs = [(getattr(one, name), getattr(other, name)) for name in ARRAYS]
    equal = all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in pairs)
    return equal and list(one.report_ids) == list(other.report_ids)


def held_plainly(reports: list[Report]) -> dict[int, list[int]]:
    """Shingle -> sections."""
    held: dict[int, list[int]] = {}
    sections = [section for one in reports for section in one.sections]
    for number, section in enumerate(sections):
        form = "".join(template_form(paragraph) for paragraph in section.paragraphs)
        for code in sorted({int(shingle_codes(form[i : i + SHINGLE])[0]) for i in range(len(form) - 2)}):
            held.setdefault(code, []).append(number)
    return held


ODD = [
    report(["a", "b"], [], ["c"]),
    report([], ["一"], ["一二"], ["一二三"], ordinal=2),
    report(ordinal=3),
    report(["", "一二", "三四"], ordinal=4),
]


@pytest.mark.parametrize("part", [1 << 19, 50, 1])
@pytest.mark.parametrize("reports", [[], ODD[:1], ODD, make_reports(random.Random(3), 9)])
def test_as_plain_sets_say(monkeypatch: pytest.MonkeyPatch, part: int, reports: list[Report]) -> None:
    monkeypatch.setattr(shingles, "_PART", part)
    index = made(reports)
    lists = np.split(index.owners, index.starts[1:-1])
    found = dict(zip(index.codes.tolist(), [one.tolist() for one in lists], strict=False))
    assert found == held_plainly(reports)
    assert index.codes.tolist() == sorted(found)
    assert index.report_of.tolist() == [n for n, one in enumerate(reports) for _ in one.sections]


@pytest.fixture
def index() -> ShingleIndex:
    return made(make_reports(random.Random(1), 6))


@pytest.mark.parametrize("count", [0, 1, 6])
def test_what_is_saved_comes_back(tmp_path: Path, count: int) -> None:
    index, path = made(make_reports(random.Random(1), count)), tmp_path / "shingles.npz"
    store.save_shingles(path, index, "state")
    loaded = store.load_shingles(path, "state")
    assert loaded is not None
    assert same(loaded, index)
    assert list(tmp_path.iterdir()) == [path]
    assert store.load_shingles(path, "another") is None
    assert store.load_shingles(tmp_path / "missing", "state") is None


def test_cut_off_or_damaged_anywhere(tmp_path: Path, index: ShingleIndex) -> None:
    """What is read is what was saved, or nothing; never an error."""
    path = tmp_path / "shingles.npz"
    store.save_shingles(path, index, "state")
    whole, chance = path.read_bytes(), random.Random(1)
    for at in chance.sample(range(len(whole)), 200):
        path.write_bytes(whole[:at])
        assert store.load_shingles(path, "state") is None, at
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :])
        loaded = store.load_shingles(path, "state")
        assert loaded is None or same(loaded, index), at


def test_arrays_that_do_not_go_together(tmp_path: Path, index: ShingleIndex) -> None:
    path = tmp_path / "shingles.npz"
    right = {name: getattr(index, name) for name in ("reports", "codes", "starts", "owners")}
    wrong = [(name, change) for name in right for change in (right[name][:-1], right[name].astype(float))]
    wrong += [(name, right[name][::-1]) for name in right]
    wrong += [(name, right[name] - 1) for name in ("reports", "starts", "owners")]
    wrong += [("owners", right["owners"] + len(index.report_of))]
    for name, array in wrong:
        setattr(index, name, array)
        store.save_shingles(path, index, "state")
        assert store.load_shingles(path, "state") is None, (name, array)
        setattr(index, name, right[name])


def test_the_families_of_a_state_are_not_its_shingles(tmp_path: Path, index: ShingleIndex) -> None:
    path = tmp_path / "shingles.npz"
    store.save_shingles(path, index, "state")
    assert store.load(path, "state") is None


@pytest.mark.parametrize("postings", [1, 5, 300, 1 << 20])
def test_what_texts_share(monkeypatch: pytest.MonkeyPatch, postings: int) -> None:
    """As plain sets say it, however many shingles are looked at together."""
    monkeypatch.setattr(shingles, "_POSTINGS", postings)
    reports = make_reports(random.Random(5), 7)
    index, plain = made(reports), held_plainly(reports)
    codes = [*random.Random(6).sample(sorted(plain), len(plain) // 2), 1, 2, 3]
    weight = dict(zip(codes, index.weigh(np.array(codes)).tolist(), strict=True))
    owners = {code: set(plain.get(code, ())) for code in codes}
    report_of = index.report_of.tolist()
    of_sections, of_reports = index.shared(np.array(codes))
    for number, found in enumerate(of_sections.tolist()):
        assert found == pytest.approx(sum(weight[code] for code in codes if number in owners[code]))
    holders = {code: {report_of[section] for section in owners[code]} for code in codes}
    for number, found in enumerate(of_reports.tolist()):
        assert found == pytest.approx(sum(weight[code] for code in codes if number in holders[code]))
    asked = [4, 0, 6]
    assert index.held(np.array(codes), np.array(asked)).tolist() == [
        [number in holders[code] for code in codes] for number in asked
    ]


def test_many_postings_take_limited_room() -> None:
    count, sections = 500, 10_000
    index = ShingleIndex(
        [str(n) for n in range(sections // 10)],
        np.arange(0, sections + 1, 10),
        np.arange(count) * 7,
        np.arange(count + 1) * sections,
        np.tile(np.arange(sections, dtype=np.int32), count),
    )
    tracemalloc.start()
    try:
        index.shared(index.codes)
        index.held(index.codes, np.arange(20))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100 << 20
