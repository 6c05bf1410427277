"""Names of files inside files: below the file around them, on one line, and each its own."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.readers.names import distinct, path, plain


@pytest.mark.parametrize(
    ("names", "different"),
    [
        (["附件", "附件", "附件"], ["附件", "附件 (2)", "附件 (3)"]),
        (["a.txt", "A.TXT"], ["a.txt", "A (2).TXT"]),
        (["x/a.txt", "a.txt"], ["x/a.txt", "a.txt"]),
        (["a", "a/b"], ["a (2)", "a/b"]),
        (["a.txt", "a.txt", "a (2).txt"], ["a.txt", "a (2).txt", "a (2) (2).txt"]),
    ],
)
def test_distinct(names: list[str], different: list[str]) -> None:
    assert distinct(names) == different


@given(st.lists(st.text(st.sampled_from("aA/. (2)\\:\n"), max_size=12), max_size=8))
def test_any_names_are_different_paths_below(wanted: list[str]) -> None:
    found = distinct([path(name) for name in wanted])
    assert len({name.lower() for name in found}) == len(wanted)
    assert distinct(found) == found  # what a reader did already is left as it is
    for name in found:
        assert not name.startswith("/")
        assert ".." not in PurePosixPath(name).parts
        assert "\n" not in name
        assert not any(other.startswith(f"{name}/") for other in found)


@given(st.text(max_size=300))
def test_any_plain_name_is_that_of_a_file(name: str) -> None:
    found = plain(name, "附件.bin")
    assert PurePosixPath(found).name == found
    assert len(found.encode()) < 255
    assert not set(found) & set('\\<>:"|?*\n')
