"""From reports to contents: the same whatever way they take, and in bounded memory."""

from __future__ import annotations

import gc
import tempfile
import tracemalloc
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.engines.whoosh import tokenising
from indexer.engines.whoosh.records import dump_report, dump_rows, load_report, load_sections
from indexer.engines.whoosh.schema import file_place, is_file, report_place, split_place
from indexer.engines.whoosh.segments import Contents
from indexer.engines.whoosh.tokenising import contents_of, handed_over, packed
from indexer.handover import received
from indexer.model import Removed, Report, Section

from .conformance import META, entry

#: Words over the ends of lines, figures, what becomes several characters or none, surrogates.
ALPHABET = "招商引资a1.5%，…㎡ \u200b\u3000\ud840\udc00\n\0"

texts = st.text(ALPHABET, max_size=12)
sections = st.builds(
    Section,
    st.one_of(st.none(), texts),
    st.just(1),
    st.lists(texts, max_size=2).map(tuple),
    st.lists(texts, max_size=6).map(tuple),
    st.one_of(st.none(), st.just(2020)),
)
reports = st.builds(
    Report,
    st.integers(1, 3),
    texts,
    st.lists(sections, max_size=4).map(tuple),
    unit=st.one_of(st.none(), texts),
    removed=st.lists(st.builds(Removed, texts, texts), max_size=1).map(tuple),
)
EMPTY_LINES = Report(1, "", (Section(None, 0, (), ("", "", "招商")), Section(None, 0, (), ("",))))


def filed(*them: Report) -> list[bytes]:
    return [packed(entry(f"{n}.txt", (report,)), (report,)) for n, report in enumerate(them)]


def values(contents: Contents) -> list[Any]:
    """All that they hold, for comparing."""
    held = [(name, column.dtype.str, column.tolist()) for name, column in contents.documents.numbers.items()]
    postings = [(name, vars(field)) for name, field in contents.positions.items()]
    for name, arrays in (*postings, ("words", vars(contents.words))):
        held += [(name, array.dtype.str, array.tolist()) for array in arrays.values()]
    blobs = contents.documents.bytes.items()
    return [*held, *((name, column.data, column.sizes.tolist()) for name, column in blobs)]


@given(st.lists(reports, max_size=3), st.integers(1, 40))
@example([EMPTY_LINES], 1)
@example([], 1)
@settings(max_examples=200)
def test_slices_change_nothing(them: list[Report], size: int) -> None:
    files = filed(*them)
    whole = values(contents_of(files, META))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenising, "SLICE", size)
        assert values(contents_of(files, META)) == whole


@given(st.lists(reports, max_size=3))
def test_what_is_handed_over_is_the_same(them: list[Report]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        parcel = handed_over(filed(*them), Path(folder))
        assert values(received(parcel)) == values(contents_of(filed(*them)))


@given(reports)
def test_records_come_back_as_they_were(report: Report) -> None:
    rows = [[getattr(section, one.name) for one in fields(Section)] for section in report.sections]
    assert load_report(dump_report(report), load_sections(dump_rows(rows))) == report


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(tmp_path: Path, enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        handed_over(filed(EMPTY_LINES), tmp_path)
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()


@pytest.mark.parametrize("cut", [1, 2000], ids=["one section", "many sections"])
def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, cut: int) -> None:
    """What is made of a file, and a part of it beside that, whatever its size."""
    monkeypatch.setattr(tokenising, "SLICE", 10_000)
    lines = [f"第{n}项：加快推进产业园区基础设施建设，新增规模以上企业{n % 97}家。" for n in range(20_000)]
    own = [tuple(lines[n::cut]) for n in range(cut)]
    files = filed(Report(1, "", tuple(Section(None, 0, (), paragraphs) for paragraphs in own)))
    contents_of(files[:0])
    tracemalloc.start()
    try:
        contents_of(files)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50 * sum(map(len, lines))


names = st.text("a\0\1\2招\ud840\udc00", max_size=5)


@given(names, names, st.integers(1, 12), st.integers(1, 12))
def test_places_are_in_reading_order(first: str, second: str, one: int, other: int) -> None:
    assert split_place(report_place(first, one)) == (first, one)
    assert split_place(file_place(first)) == (first, None)
    assert is_file(file_place(first)) and not is_file(report_place(first, one))
    assert file_place(first) < report_place(first, one)
    assert (report_place(first, one) < report_place(second, other)) == ((first, one) < (second, other))
