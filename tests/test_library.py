"""A library follows updates by itself, whoever makes them; it answers from before or after, never between."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer import build
from indexer.errors import CorruptIndexError, NoIndexError, NotFoundError, OutdatedIndexError
from indexer.library import Library
from indexer.model import Folder
from indexer.search import make_question, search
from indexer.settings import Settings


class Place:
    """A folder of reports and an index over it."""

    def __init__(self, root: Path) -> None:
        self.folder, self.index = root / "报告", root / "index"
        self.folder.mkdir()

    def write(self, name: str, text: str) -> None:
        """Put the file in place whole, as programs that save do."""
        temporary = self.folder / f".{name}"
        temporary.write_text(f"{name}工作总结\n一、主要工作\n{text}\n", "utf-8")
        temporary.replace(self.folder / f"{name}.txt")

    def update(self, *, rebuild: bool = False) -> None:
        build.update(self.index, [self.folder], Settings(), rebuild=rebuild)


def total(library: Library, query: str) -> int:
    return search(library, make_question(query)).total


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.write("甲", "招商引资成效明显。")
    time.sleep(0.03)  # so that its times alone tell it unchanged
    place.update()
    return place


@pytest.fixture
def library(place: Place) -> Iterator[Library]:
    library = Library(place.index)
    yield library
    library.close()


def test_what_it_tells(place: Place, library: Library) -> None:
    meta, counts = library.status()
    assert meta.folders == (Folder("报告", str(place.folder)),)
    assert (counts.files, counts.reports, counts.sections, counts.characters) == (1, 1, 1, 15)
    (filed,) = library.reports()
    assert library.report(filed.report_id) == filed
    assert (filed.file, filed.report.title) == ("报告/甲.txt", "甲工作总结")
    section = library.section(f"{filed.report_id}-0")
    assert (section.report_id, section.position, section.section) == (
        filed.report_id,
        0,
        filed.report.sections[0],
    )
    assert [entry.file for entry in library.files()] == ["报告/甲.txt"]
    assert library.verify() == []


@pytest.mark.parametrize(
    "identity", ["", "x", "aaaaaaaaaaaa", "aaaaaaaaaaaa-0", "-", "\udcff", "一", "a" * 10_000]
)
def test_what_is_not_there(library: Library, identity: str) -> None:
    with pytest.raises(NotFoundError, match="no such report"):
        library.report(identity)
    with pytest.raises(NotFoundError, match="no such section"):
        library.section(identity)


def test_a_section_is_no_report_and_a_report_no_section(library: Library) -> None:
    (filed,) = library.reports()
    with pytest.raises(NotFoundError):
        library.report(f"{filed.report_id}-0")
    for wrong in (filed.report_id, f"{filed.report_id}-1", f"{filed.report_id}-00", f"{filed.report_id}--1"):
        with pytest.raises(NotFoundError):
            library.section(wrong)


def test_no_index_yet_and_then_one(tmp_path: Path) -> None:
    place = Place(tmp_path)
    library = Library(place.index)
    asking: list[Callable[[], object]] = [
        library.status,
        library.files,
        library.verify,
        lambda: list(library.reports()),
        lambda: library.report("x"),
        lambda: total(library, "招商"),
    ]
    for ask in asking:
        with pytest.raises(NoIndexError, match="build one with: gaoku index PATH"):
            ask()
    place.write("甲", "招商引资成效明显。")
    place.update()
    assert total(library, "招商引资") == 1
    library.close()


def test_updates_in_this_process_are_followed(place: Place, library: Library) -> None:
    other = Library(place.index)
    for n in range(1, 4):
        assert (total(library, '"招商引资成效"'), total(other, '"招商引资成效"')) == (n, n)
        place.write(f"乙{n}", "招商引资成效更加明显。")
        place.update()
    other.close()


def test_an_unchanged_index_is_not_opened_again(place: Place, library: Library) -> None:
    with library.reader() as first:
        pass
    place.update()  # nothing new: nothing written
    with library.reader() as second:
        assert second is first
    place.write("乙", "项目建设扎实推进。")
    place.update()
    with library.reader() as third:
        assert third is not first


def test_updates_in_another_process_are_followed(place: Place, library: Library) -> None:
    assert total(library, '"项目建设扎实"') == 0
    place.write("乙", "项目建设扎实推进。")
    command = [sys.executable, "-m", "indexer", "index", str(place.folder), "--index", str(place.index)]
    subprocess.run(command, check=True, capture_output=True)
    assert total(library, '"项目建设扎实"') == 1
    subprocess.run([*command, "--rebuild"], check=True, capture_output=True)
    assert total(library, '"项目建设扎实"') == 1
    assert library.verify() == []


def test_a_reader_in_use_keeps_its_state(place: Place, library: Library) -> None:
    with library.reader() as reader:
        place.write("甲", "项目建设扎实推进。")
        place.update()
        place.update(rebuild=True)  # even with its files gone
        (filed,) = reader.reports()
        assert filed.report.sections[0].paragraphs == ("招商引资成效明显。",)
        assert not reader.current()
    assert (total(library, "招商引资"), total(library, "项目建设")) == (0, 1)


def test_a_rebuild_while_open(place: Place, library: Library) -> None:
    for _ in range(3):
        assert total(library, '"招商引资成效"') == 1
        place.update(rebuild=True)
    assert total(library, '"招商引资成效"') == 1


def test_an_index_deleted_and_built_again_while_open(place: Place, library: Library) -> None:
    assert total(library, "招商引资") == 1
    shutil.rmtree(place.index)
    with pytest.raises(NoIndexError):
        total(library, "招商引资")
    place.write("甲", "项目建设扎实推进。")
    place.update()  # the same names and numbers as before
    assert (total(library, "招商引资"), total(library, "项目建设")) == (0, 1)


def test_damage_and_repair_while_open(place: Place, library: Library) -> None:
    assert total(library, "招商引资") == 1
    pointer = place.index / "gaoku.json"
    good = pointer.read_bytes()
    pointer.write_bytes(good[:20])
    with pytest.raises(CorruptIndexError):
        total(library, "招商引资")
    assert len(library.verify()) == 1
    pointer.write_bytes(good.replace(b'"analysis": "', b'"analysis": "0.'))
    with pytest.raises(OutdatedIndexError):
        total(library, "招商引资")
    assert len(library.verify()) == 1
    pointer.write_bytes(good)
    assert (total(library, "招商引资"), library.verify()) == (1, [])


def test_close_and_ask_again(library: Library) -> None:
    library.close()
    assert total(library, "招商引资") == 1
    library.close()
    library.close()
    assert total(library, "招商引资") == 1


WORDS = ("子午卯酉", "辰戌丑未")
FILES = 12


@pytest.mark.parametrize("shared", [True, False], ids=["one library", "a library a thread"])
@pytest.mark.parametrize("how", ["update", "rebuild", "rename"])
def test_threads_that_search_during_updates(tmp_path: Path, shared: bool, how: str) -> None:
    """Each run rewrites all files; an answer holds all of them as before or all as after."""
    place = Place(tmp_path)

    def write(turn: int) -> None:
        for n in range(FILES):
            name = f"第{n}号"
            if how == "rename":
                place.write(name, f"{WORDS[0]}的内容。")
                if turn % 2:
                    (place.folder / f"{name}.txt").rename(place.folder / f"{name}改.txt")
                else:
                    (place.folder / f"{name}改.txt").unlink(missing_ok=True)
            else:
                place.write(name, f"{WORDS[turn % 2]}的内容。")

    write(0)
    place.update()
    library = Library(place.index)
    stop = threading.Event()
    wrong: list[str] = []
    answers: list[int] = []

    def asking() -> None:
        own = library if shared else Library(place.index)
        while not stop.is_set():
            try:
                answer = search(own, make_question(f'"{WORDS[0]}" | "{WORDS[1]}"', limit=100))
                texts = {s.text[:4] for hit in answer.hits for s in hit.excerpt.snippets}
                if answer.total != FILES or len(answer.hits) != FILES or len(texts) != 1:
                    wrong.append(f"{answer.total} hits, {texts}")
                first = total(own, f'"{WORDS[0]}"')
                if first not in (0, FILES):
                    wrong.append(f"{first} of the first word")
                if sum(1 for _ in own.reports()) != FILES:
                    wrong.append("reports")
                answers.append(first)
            except Exception as error:  # noqa: PERF203 - each of them is what this test looks for
                wrong.append(repr(error))
        if own is not library:
            own.close()

    threads = [threading.Thread(target=asking) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(1, 7):
            write(turn)
            place.update(rebuild=how == "rebuild")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len(answers) >= 3
    assert total(library, f'"{WORDS[0]}"') == FILES
    library.close()
