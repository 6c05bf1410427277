"""No query breaks the search: some hundreds of random ones (``tests.quality.fuzz`` asks thousands)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

import pytest

from indexer.build import update
from indexer.library import Library
from indexer.settings import Settings
from tests.quality.fuzz import Asked, Source, ask, queries, report
from tests.quality.measure import CORPUS


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("fuzz")
    files = folder / "files"
    files.mkdir()
    for file in sorted(CORPUS.rglob("*.txt"))[:3]:
        shutil.copy(file, files)
    update(folder / "index", [files], Settings())
    with closing(Library(folder / "index")) as library:
        yield library


def test_no_query_breaks_the_search(library: Library) -> None:
    asked = [ask(library, query) for query in islice(queries(Source.of(library), seed=1), 300)]
    assert {a.query: a.error for a in asked if a.error} == {}


def test_the_same_seed_asks_the_same(library: Library) -> None:
    source = Source.of(library)
    first, again, other = (list(islice(queries(source, seed), 50)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_what_goes_wrong_is_reported(library: Library) -> None:
    library_of_nothing = Library(library.directory / "nowhere")
    failed = ask(library_of_nothing, "招商")
    assert failed.error.startswith("NoIndexError: ")
    lines = report([failed, Asked("园区", 0.5), Asked("一", 1.5)]).splitlines()
    assert lines[0] == f"error     '招商': {failed.error}"
    assert lines[1] == "  1.500 s '一'"
    assert lines[-1].startswith("3 queries, 1 errors, 1 over 1 s; median 500.0 ms, ")
