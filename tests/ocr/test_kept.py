"""Recognised pages on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.ocr import Kept
from indexer.readers.layout import Page, Run

DIGEST = "0123456789abcdef"
PAGE = Page(
    595.0, 842.0, (Run("一、总体要求", 72.0, 80.5, 200.0, 96.25), Run("“引号”\ud800", 0.0, 0.0, 1.0, 1.0))
)

sides = st.floats(-1e6, 1e6)
runs = st.builds(Run, st.text(), sides, sides, sides, sides)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "ocr", "1")
    assert kept.load(DIGEST, 3) is None
    kept.save(DIGEST, 3, PAGE)
    assert Kept(tmp_path / "ocr", "1").load(DIGEST, 3) == PAGE
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()] == [
        f"ocr/{DIGEST}/3.json"
    ]
    assert kept.load(DIGEST, 2) is None
    assert kept.load(DIGEST[::-1], 3) is None


@given(st.builds(Page, sides, sides, st.lists(runs).map(tuple)))
def test_any_page_comes_back(tmp_path_factory: pytest.TempPathFactory, page: Page) -> None:
    kept = Kept(tmp_path_factory.getbasetemp() / "any", "1")
    kept.save(DIGEST, 0, page)
    assert kept.load(DIGEST, 0) == page


def test_a_page_of_another_version_is_none(tmp_path: Path) -> None:
    Kept(tmp_path, "1").save(DIGEST, 0, PAGE)
    assert Kept(tmp_path, "2").load(DIGEST, 0) is None


GOOD = {"version": "1", "page": 0, "width": 1.0, "height": 1, "runs": [["甲", 0, 0, 1, 1]]}


def content(**changed: object) -> bytes:
    return json.dumps({**GOOD, **changed}).encode()


def test_a_file_as_it_is_meant(tmp_path: Path) -> None:
    place(tmp_path, content())
    assert Kept(tmp_path, "1").load(DIGEST, 0) == Page(1, 1, (Run("甲", 0, 0, 1, 1),))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 300,
        content()[:-5],
        b"[" * 100_000,
        b"[]",
        b"null",
        b"\xff\xfe",
        content(page=1),
        content(width=None),
        content(height=float("nan")),
        content(runs=None),
        content(runs=[["甲", 0, 0, 1]]),
        content(runs=[[1, 0, 0, 1, 1]]),
        content(runs=["甲甲甲甲甲"]),
        content(runs=[["甲", 0, 0, 1, True]]),
        content(runs=[["甲", 0, 0, 1, 10**400]]),
    ],
)
def test_damage_is_as_good_as_none(tmp_path: Path, data: bytes) -> None:
    place(tmp_path, data)
    kept = Kept(tmp_path, "1")
    assert kept.load(DIGEST, 0) is None
    kept.save(DIGEST, 0, PAGE)
    assert kept.load(DIGEST, 0) == PAGE


def place(folder: Path, data: bytes) -> None:
    (folder / DIGEST).mkdir()
    (folder / DIGEST / "0.json").write_bytes(data)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = Kept(tmp_path / "file", "1")
    with pytest.raises(OSError, match="file"):
        kept.save(DIGEST, 0, PAGE)
    assert kept.load(DIGEST, 0) is None


@pytest.mark.parametrize("digest", ["", "..", "../../../../etc", "0123456789abcdeg", "ABCDEF0123456789"])
def test_only_a_digest_names_a_folder(tmp_path: Path, digest: str) -> None:
    with pytest.raises(ValueError, match="no digest"):
        Kept(tmp_path, "1").save(digest, 0, PAGE)
