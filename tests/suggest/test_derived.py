"""What is made of an index is made once for each of its states, and stands in nobody's way."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from indexer import build
from indexer.analysis.dictionary import EMPTY
from indexer.engines.base import Reader
from indexer.errors import CorruptIndexError, IndexStateError, NoIndexError, OutdatedIndexError
from indexer.library import Library
from indexer.search import make_question, search
from indexer.settings import Settings
from indexer.suggest.completion import Completer

from .reports import opened

PATIENCE = 30  # seconds, after which a thread is taken to be stuck

FILES = {
    "甲.txt": "园区2020年工作总结\n\n一、招商引资\n招商引资成效明显。\n",
    "乙.txt": "园区2020年工作总结\n\n一、安全生产\n安全生产平稳。\n",
}


class Making:
    """Counts the files, and how often it was asked to; waits for leave where there is a ``gate``."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.gate = gate
        self.begun = threading.Event()
        self.times = 0

    def __call__(self, reader: Reader) -> int:
        self.times += 1
        self.begun.set()
        if self.gate is not None:
            assert self.gate.wait(PATIENCE)
        return reader.counts().files


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with opened(tmp_path, FILES) as library:
        yield library


def add(library: Library, name: str, text: str) -> None:
    """Write one more file and bring the index up to date."""
    (library.directory.parent / "报告" / name).write_text(text, "utf-8")
    build.update(library.directory, [], Settings())


def rebuild(library: Library) -> None:
    build.update(library.directory, [], Settings(), rebuild=True)


def test_made_once_for_a_state(library: Library) -> None:
    make = Making()
    assert [library.derived(make) for _ in range(3)] == [2, 2, 2]
    search(library, make_question("招商引资"))
    assert (library.derived(make), make.times) == (2, 1)
    build.update(library.directory, [], Settings())  # nothing new
    assert (library.derived(make), make.times) == (2, 1)


def test_the_very_same_thing_is_given_back(library: Library) -> None:
    assert library.derived(Completer) is library.derived(Completer)


def test_each_maker_has_its_own(library: Library) -> None:
    one, other = Making(), Making()
    for _ in range(2):
        assert (library.derived(one), library.derived(other)) == (2, 2)
    assert (one.times, other.times) == (1, 1)


def test_made_again_after_an_update(library: Library) -> None:
    one, other = Making(), Making()
    assert (library.derived(one), library.derived(other)) == (2, 2)
    add(library, "丙.txt", "园区2020年工作总结\n\n一、乡村振兴\n乡村振兴起步。\n")
    assert [library.derived(one) for _ in range(2)] == [3, 3]
    assert [library.derived(other) for _ in range(2)] == [3, 3]
    assert (one.times, other.times) == (2, 2)
    rebuild(library)
    assert library.derived(one) == 3
    assert one.times == 3


def test_suggestions_follow_an_update(library: Library) -> None:
    def suggested(query: str) -> list[str]:
        return [s.query for s in search(library, make_question(query)).suggestions]

    def completed(query: str) -> list[str]:
        return [c.query for c in library.derived(Completer).complete(query, EMPTY, 10)]

    assert (suggested("海剧环保"), completed("海")) == ([], [])
    assert suggested("招伤引资") == ["招商引资"]
    add(library, "丙.txt", "园区2020年工作总结\n\n一、海聚环保投产\n海聚环保投产。\n")
    assert (suggested("海剧环保"), completed("海")) == (["海聚环保"], ["海聚环保投产"])
    assert suggested("招伤引资") == ["招商引资"]
    (library.directory.parent / "报告" / "丙.txt").unlink()
    rebuild(library)
    assert (suggested("海剧环保"), completed("海")) == ([], [])


def test_others_search_while_it_is_made(library: Library) -> None:
    gate = threading.Event()
    make = Making(gate)
    with ThreadPoolExecutor(2) as pool:
        try:
            made = pool.submit(library.derived, make)
            assert make.begun.wait(PATIENCE)
            answer = pool.submit(search, library, make_question("招商引资")).result(PATIENCE)
            assert answer.total == 1
            assert not made.done()
        finally:
            gate.set()
        assert made.result(PATIENCE) == 2


def test_threads_that_want_the_same_make_it_once(library: Library) -> None:
    gate = threading.Event()
    make = Making(gate)
    with ThreadPoolExecutor(4) as pool:
        try:
            made = [pool.submit(library.derived, make) for _ in range(4)]
            assert make.begun.wait(PATIENCE)
        finally:
            gate.set()
        assert [m.result(PATIENCE) for m in made] == [2, 2, 2, 2]
    assert make.times == 1


def test_an_update_while_it_is_made(library: Library) -> None:
    """What was made of a state that is over is not given out: it is made of the new one."""
    gate = threading.Event()
    make = Making(gate)
    with ThreadPoolExecutor(1) as pool:
        try:
            made = pool.submit(library.derived, make)
            assert make.begun.wait(PATIENCE)
            add(library, "丙.txt", "园区2020年工作总结\n\n一、乡村振兴\n乡村振兴起步。\n")
            assert search(library, make_question("乡村振兴")).total == 1
        finally:
            gate.set()
        assert made.result(PATIENCE) == 3
    assert (library.derived(make), make.times) == (3, 2)


def test_closing_and_asking_again(library: Library) -> None:
    make = Making()
    assert library.derived(make) == 2
    library.close()
    assert library.derived(make) == 2


def test_an_error_of_the_maker_is_nobody_else_s(library: Library) -> None:
    class Stumbled(Exception):
        pass

    broken = True

    def make(reader: Reader) -> int:
        if broken:
            raise Stumbled
        return reader.counts().files

    for _ in range(2):
        with pytest.raises(Stumbled):
            library.derived(make)
    assert library.derived(Making()) == 2
    broken = False
    assert library.derived(make) == 2


def test_a_missing_index(tmp_path: Path) -> None:
    library, make = Library(tmp_path / "nowhere", tmp_path), Making()
    for _ in range(2):
        with pytest.raises(NoIndexError, match="gaoku index"):
            library.derived(make)
    assert make.times == 0
    assert issubclass(NoIndexError, IndexStateError)


def test_an_index_that_goes_away_and_comes_back(library: Library) -> None:
    make = Making()
    assert library.derived(make) == 2
    shutil.rmtree(library.directory)
    with pytest.raises(NoIndexError):
        library.derived(make)
    build.update(library.directory, [library.directory.parent / "报告"], Settings())
    assert (library.derived(make), make.times) == (2, 2)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [(b"{", b"", CorruptIndexError), (b'"analysis": "', b'"analysis": "0.', OutdatedIndexError)],
    ids=["damaged", "outdated"],
)
def test_an_index_that_cannot_be_used(
    library: Library, old: bytes, new: bytes, error: type[IndexStateError]
) -> None:
    make = Making()
    assert library.derived(make) == 2
    pointer = library.directory / "gaoku.json"
    good = pointer.read_bytes()
    pointer.write_bytes(good.replace(old, new, 1))
    for ask in (lambda: library.derived(make), lambda: search(library, make_question("招伤引资"))):
        with pytest.raises(error):
            ask()
    pointer.write_bytes(good)
    assert library.derived(make) == 2


def test_followed_aside_the_earlier_state_answers_until_all_is_made(library: Library) -> None:
    """What was made of the earlier state is made of the newer one before anybody is answered from that."""
    gate = threading.Event()
    gate.set()
    make = Making(gate)
    assert library.derived(make) == 2
    library.follow_aside()
    gate.clear()
    make.begun.clear()
    try:
        add(library, "丙.txt", "园区2020年工作总结\n\n一、乡村振兴\n乡村振兴起步。\n")
        assert make.begun.wait(PATIENCE)
        assert [library.derived(make) for _ in range(3)] == [2, 2, 2]  # nobody waits
        assert search(library, make_question("乡村振兴")).total == 0
        assert search(library, make_question("招商引资")).total == 1
        assert library.status()[1].files == 2
    finally:
        gate.set()
    library.catch_up(PATIENCE)
    assert library.derived(make) == 3
    assert search(library, make_question("乡村振兴")).total == 1
    assert make.times == 2


def test_followed_aside_nothing_is_put_off_to_who_asks(library: Library) -> None:
    made: list[Made] = []

    class Made:
        def __init__(self, reader: Reader) -> None:
            self.ready = False
            made.append(self)

        def prepare(self) -> None:
            self.ready = True

    library.follow_aside()
    assert not library.derived(Made).ready  # what is asked for first is not
    add(library, "丙.txt", "园区2020年工作总结\n\n一、乡村振兴\n乡村振兴起步。\n")
    library.catch_up(PATIENCE)
    assert library.derived(Made).ready
    assert len(made) == 2


def test_followed_aside_what_cannot_be_made_hinders_nothing(library: Library) -> None:
    broken = False

    def make(reader: Reader) -> int:
        if broken:
            raise ZeroDivisionError
        return reader.counts().files

    other = Making()
    assert (library.derived(make), library.derived(other)) == (2, 2)
    library.follow_aside()
    broken = True
    add(library, "丙.txt", "园区2020年工作总结\n\n一、乡村振兴\n乡村振兴起步。\n")
    library.catch_up(PATIENCE)
    assert (library.status()[1].files, library.derived(other)) == (3, 3)
    with pytest.raises(ZeroDivisionError):  # who asks is told
        library.derived(make)
    broken = False
    assert library.derived(make) == 3


def test_followed_aside_an_index_that_goes_away_and_comes_back(library: Library) -> None:
    make = Making()
    assert library.derived(make) == 2
    library.follow_aside()
    shutil.rmtree(library.directory)
    library.catch_up(PATIENCE)
    with pytest.raises(NoIndexError):
        library.status()
    build.update(library.directory, [library.directory.parent / "报告"], Settings())
    assert library.derived(make) == 2
    add(library, "丙.txt", "园区2020年工作总结\n\n一、乡村振兴\n乡村振兴起步。\n")
    library.catch_up(PATIENCE)
    assert library.derived(make) == 3


def test_followed_aside_until_it_is_closed(library: Library) -> None:
    library.follow_aside()
    assert search(library, make_question("招商引资")).total == 1
    library.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "library"]
    add(library, "丙.txt", "园区2020年工作总结\n\n一、乡村振兴\n乡村振兴起步。\n")
    assert search(library, make_question("乡村振兴")).total == 1  # who asks turns to it himself again
