"""An index from elsewhere runs nothing: each of its pickles is changed for one that would."""

from __future__ import annotations

import io
import pickle
import pickletools
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from whoosh import columns, formats, index, legacy
from whoosh.codec import whoosh3
from whoosh.filedb import structfile

from indexer import build
from indexer.engines.whoosh import WhooshEngine, checksums, pickles
from indexer.errors import CorruptIndexError
from indexer.settings import Settings

_NAMES = (
    "os.system",
    "posix.system",
    "subprocess.Popen",
    "builtins.eval",
    "builtins.exec",
    "builtins.getattr",
    "whoosh.index.open_dir",
    "whoosh.filedb.filestore.FileStorage",
    "pathlib.Path.write_text",
)


class _Runs:
    """What leaves a mark when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self.mark), "w")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "load",
    [
        *(whoosh3.loads, columns.loads, formats.loads, index.pickle.loads),
        *(lambda b: structfile.load(io.BytesIO(b)), lambda b: index.pickle.load(io.BytesIO(b))),
    ],
)
def test_what_a_pickle_would_run_is_not_run(tmp_path: Path, load: Any, protocol: int) -> None:
    content = pickle.dumps(_Runs(tmp_path / "mark"), protocol)
    with pytest.raises(pickle.UnpicklingError):
        load(content)
    assert not (tmp_path / "mark").exists()
    pickle.loads(content).close()
    assert (tmp_path / "mark").exists()


@pytest.mark.parametrize("name", _NAMES)
def test_nothing_else_is_found(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    for content in (
        f"c{module}\n{attribute}\n.",
        f"cbuiltins\nint.{attribute}\n.",
        f"ccollections\n_sys.{attribute}\n.",
    ):
        with pytest.raises(pickle.UnpicklingError):
            whoosh3.loads(content.encode())


def test_what_is_written_is_read() -> None:
    for value in (b"\0\xff", [1, 2.5, "x"], {"a": (None, True)}, b"x" * 1000):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert whoosh3.loads(pickle.dumps(value, protocol)) == value


@pytest.fixture
def engine_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "资料"
    folder.mkdir()
    (folder / "园区.txt").write_text("园区2021年工作总结\n\n一、招商\n\n招商引资到位资金。\n", "utf-8")
    build.update(tmp_path / "index", [folder], Settings())
    return next((tmp_path / "index").glob("whoosh-*"))


def test_a_list_of_segments_that_would_run(engine_folder: Path, tmp_path: Path) -> None:
    (toc,) = (p for p in engine_folder.glob("_*.toc") if not p.name.endswith("_0.toc"))
    content = toc.read_bytes()
    at = content.rindex(b"\x80", 0, content.rindex(b"W3Segment"))
    toc.write_bytes(content[:at] + pickle.dumps(_Runs(tmp_path / "mark")))
    with pytest.raises(CorruptIndexError, match="does not belong into an index"):
        WhooshEngine().reader(engine_folder)
    assert not (tmp_path / "mark").exists()


def test_a_schema_that_would_run(engine_folder: Path, tmp_path: Path) -> None:
    """No index run reads the one that was written with the index, either; and nothing else does."""
    (toc,) = (p for p in engine_folder.glob("_*.toc") if not p.name.endswith("_0.toc"))
    content = toc.read_bytes()
    at = content.index(b"\x80\x02cwhoosh.fields\nSchema")
    *_, (_, _, length) = pickletools.genops(content[at:])
    assert length is not None
    evil = pickle.dumps(_Runs(tmp_path / "mark"), 2).ljust(length, b".")
    toc.write_bytes(content[:at] + evil + content[at + length :])
    (engine_folder / "checksums.json").unlink()  # an index from elsewhere brings what fits it
    checksums.write(engine_folder)
    with pytest.raises(pickle.UnpicklingError, match="does not belong into an index"):
        index.exists_in(str(engine_folder))
    (tmp_path / "资料/新.txt").write_text("园区2022年工作总结\n\n一、招商\n\n资金又到位了。\n", "utf-8")
    assert build.update(tmp_path / "index", [tmp_path / "资料"], Settings()).files.added == 1
    assert not (tmp_path / "mark").exists()


def test_no_earlier_format_is_read_otherwise(engine_folder: Path) -> None:
    assert not legacy.toc_loaders
    (toc,) = (p for p in engine_folder.glob("_*.toc") if not p.name.endswith("_0.toc"))
    content = bytearray(toc.read_bytes())
    at = content.index((-12345).to_bytes(4, "big", signed=True)) + 4
    content[at : at + 4] = (-110).to_bytes(4, "big", signed=True)
    toc.write_bytes(content)
    with pytest.raises(CorruptIndexError, match="format"):
        WhooshEngine().reader(engine_folder)


def test_whoever_opens_an_index_is_restricted() -> None:
    """Also where only a part of the engine is imported."""
    code = (
        "from indexer.engines.whoosh import reader; from whoosh.codec import whoosh3;"
        " print(whoosh3.loads.__module__)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "indexer.engines.whoosh.pickles"


@pytest.mark.parametrize(
    ("module", "name"),
    [(columns, "loads"), (formats, "loads"), (whoosh3, "loads"), (structfile, "load"), (index, "pickle")],
)
@pytest.mark.parametrize("gone", [True, False])
def test_a_whoosh_that_reads_them_in_another_way_is_not_used(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, gone: bool
) -> None:
    pickles.restrict()  # once more does no harm
    if gone:
        monkeypatch.delattr(module, name)
    else:
        monkeypatch.setattr(module, name, lambda content: None)
    with pytest.raises(ImportError, match=f"{module.__name__}.{name} is not"):
        pickles.restrict()
