"""Every format that a reader names has a word that people use for it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from indexer import readers
from indexer.file_types import FILE_TYPES, file_type

READERS = Path(readers.__file__).parent


def formats_named() -> set[str]:
    """What the readers' modules give to Document as its format, where it is written there."""
    found = set()
    for path in READERS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Document":
                given = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "format")]
                found |= {v.value for v in given if isinstance(v, ast.Constant) and isinstance(v.value, str)}
    return found


def test_every_format_has_a_type() -> None:
    named = formats_named() | {"xlsx", "xls", "ods"}  # which sheets.py tells apart as it reads
    assert {"docx", "pdf", "ofd", "html", "text", "eml", "image", "csv"} <= named
    assert {name for name in named if file_type(name) == "其他"} == set()


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("doc", "Word"),
        ("mht", "网页"),
        ("xls", "表格"),
        ("markdown", "文本"),
        ("zip", "压缩包"),
        ("hologram", "其他"),
        (None, "其他"),
    ],
)
def test_type_of_a_format(format: str | None, expected: str) -> None:
    assert file_type(format) == expected


def test_every_type_but_one_is_that_of_a_format() -> None:
    assert {file_type(name) for name in formats_named() | {"xlsx"}} == set(FILE_TYPES) - {"其他"}
