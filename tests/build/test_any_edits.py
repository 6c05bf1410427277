"""Whatever is done with files and archives, the index is in the end as if it had been built anew."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.library import Library
from indexer.model import FiledReport, FileEntry
from tests.build.containers import archive, report
from tests.build.office import Office

#: A folder as it should be: a file's text, an archive's members (a tuple), or a folder's files.
Node: TypeAlias = "str | tuple[tuple[str, Node], ...] | dict[str, Node]"

DAMAGED = "damaged"

texts = st.sampled_from(["招商引资成效明显。", "项目建设扎实推进。", "安全生产形势平稳。"])
names = st.sampled_from(["甲.txt", "乙.TXT", "丙.xyz", "里/甲.txt", "b.zip", "b.zip/甲.txt"])


def archives(contents: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Members by name; a name may come twice."""
    return st.lists(st.tuples(names, contents), min_size=1, max_size=3).map(tuple)


innermost = archives(texts)
nested = archives(st.one_of(texts, innermost, archives(st.one_of(texts, innermost))))
#: What may stand at a place of the folder; DAMAGED is an archive cut short.
whole = st.one_of(texts, nested, st.dictionaries(st.sampled_from(["甲.txt", "b.zip"]), texts, min_size=1))
places = st.sampled_from(["a.zip", "b.zip", "c.txt"])
#: Of what can be read, to end with: what cannot be read keeps what it held before, whatever that was.
readable = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["甲.txt", "乙.TXT", "里/甲.txt", "b.zip/甲.txt"]), texts),
        st.tuples(
            st.sampled_from(["b.zip", "丙.xyz"]),
            st.lists(st.tuples(st.just("甲.txt"), texts), min_size=1, max_size=2).map(tuple),
        ),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
folders = st.fixed_dictionaries(
    {},
    optional={
        "a.zip": st.one_of(readable, st.fixed_dictionaries({"甲.txt": texts, "b.zip": readable})),
        "b.zip": readable,
        "c.txt": st.one_of(texts, readable),
    },
)
passing = st.dictionaries(places, st.one_of(whole, st.just(DAMAGED)), min_size=1, max_size=3)


def content(name: str, node: Node) -> bytes:
    if isinstance(node, str):
        return b"PK\x03\x04" + bytes(30) if node == DAMAGED else report("甲", node)
    assert isinstance(node, tuple)
    stream = [(inner, content(inner, what)) for inner, what in node]
    return archive_of(stream)


def archive_of(members: list[tuple[str, bytes]]) -> bytes:
    """As :func:`archive`, and a name may come twice: it is put in afterwards."""
    spare = {f"{n:02}".ljust(len(name.encode()), "_"): data for n, (name, data) in enumerate(members)}
    made = archive(spare)
    for stand_in, (name, _) in zip(spare, members, strict=True):
        made = made.replace(stand_in.encode(), name.encode())
    return made


def put(folder: Path, state: dict[str, Node]) -> None:
    """Make a folder hold just this; what is the same already is not written again."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        node = state.get(path.name)
        if isinstance(node, dict) != path.is_dir() or node is None:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, node in state.items():
        path = folder / name
        if isinstance(node, dict):
            put(path, node)
        elif not path.exists() or path.read_bytes() != content(name, node):
            path.write_bytes(content(name, node))


def all_of(index: Path) -> tuple[list[FileEntry], list[FiledReport], object]:
    """What an index holds, without the times of files."""
    library = Library(index)
    try:
        entries = [replace(entry, stamp=None) for entry in library.files()]
        return entries, list(library.reports()), library.status()[1]
    finally:
        library.close()


@pytest.mark.usefixtures("read_here")
@settings(max_examples=10)
@given(states=st.lists(passing, max_size=3), last=folders, rebuilt=st.integers(0, 6))
def test_any_edits(states: list[dict[str, Node]], last: dict[str, Node], rebuilt: int) -> None:
    with tempfile.TemporaryDirectory() as root:
        office = Office(Path(root))
        folder = office.root / "报告"
        for n, state in enumerate([*states, last]):
            put(folder, {"始终.txt": "始终都在。", **state})
            tally = office.run("报告", rebuild=n == rebuilt).files
            assert tally.seen == len(all_of(office.index)[0])
            assert tally.seen == (tally.added + tally.changed + tally.moved + tally.unchanged + tally.failed)
            assert min(tally.added, tally.removed) >= 0
        again = office.run().files
        assert (again.unchanged, again.failed) == (again.seen - again.failed, again.failed)
        anew = Office(office.root)
        anew.index = office.root / "anew"
        anew.run("报告")
        assert all_of(office.index) == all_of(anew.index)
        assert Library(office.index).verify() == []
