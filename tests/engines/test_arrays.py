"""Arrays in a file: what is written is read, and what is not as it was written is noticed."""

from __future__ import annotations

import io
import json
import struct
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexer.engines.whoosh import arrays as arrays_module
from indexer.engines.whoosh.arrays import _ENOUGH as ENOUGH
from indexer.engines.whoosh.arrays import MAGIC, Array, Arrays, ArraysWriter
from indexer.stretches import ALIGNMENT

NAMES = ("grams.docs", "words.text", "a", "b")
FOOTER = 24  # bytes
LARGE = np.arange(1 << 17, dtype=np.int64)  # the thread is told of it at once


def numbers_of(dtype: str) -> st.SearchStrategy[Array]:
    limits = np.iinfo(dtype)
    numbers = st.lists(st.integers(int(limits.min), int(limits.max)), max_size=30)
    return numbers.map(lambda n: np.array(n, dtype=dtype))


#: Of all types that an index has, and one that is the other way round in memory.
arrays = st.sampled_from(("u1", "<u2", "<u4", "<u8", "<i8", ">u4")).flatmap(numbers_of)
files = st.dictionaries(st.sampled_from(NAMES), arrays, max_size=len(NAMES))
#: Bytes for which the thread that writes is told: for each piece, for some, never.
enough = st.sampled_from((0, 100, ENOUGH))


@contextmanager
def telling(enough: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays_module, "_ENOUGH", enough)
        yield


def written(file: Mapping[str, Array], enough: int = ENOUGH) -> bytes:
    """The bytes of a file of arrays."""
    with tempfile.TemporaryFile() as stream, telling(enough), ArraysWriter(stream) as writer:
        for name, array in file.items():
            writer.add(name, array)
        writer.finish()
        stream.seek(0)
        return stream.read()


def opened(data: bytes) -> Arrays:
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.flush()
        return Arrays(stream)


def directory(data: bytes) -> dict[str, Any]:
    """The directory of a file, read as the module's docstring says that it lies there."""
    length, _, magic = struct.unpack("<QQ8s", data[-FOOTER:])
    assert magic == MAGIC
    held: dict[str, Any] = json.loads(data[-FOOTER - length : -FOOTER])
    return held


@given(files)
@example({})
@example({"a": np.zeros(0, dtype=np.uint32)})
def test_what_is_written_is_read(file: dict[str, Array]) -> None:
    read = opened(written(file))
    assert list(read) == list(file)
    for name, array in file.items():
        assert name in read
        assert read[name].tolist() == array.tolist()
        assert read[name].dtype == array.dtype.newbyteorder("<")
        with pytest.raises(ValueError, match="read-only"):
            read[name][:] = 0
    assert read.damaged() == []
    assert "another" not in read
    with pytest.raises(KeyError):
        read["another"]


@given(files, enough)
def test_arrays_lie_aligned_one_behind_the_other(file: dict[str, Array], enough: int) -> None:
    data, behind = written(file, enough), 0
    for name, (dtype, items, first, _) in directory(data).items():
        assert first == behind + -behind % ALIGNMENT
        assert not any(data[behind:first])
        behind = first + items * np.dtype(dtype).itemsize
        assert np.frombuffer(data[first:behind], dtype).tolist() == file[name].tolist()


@given(arrays, st.lists(st.integers(0, 30), max_size=4), enough)
def test_an_array_in_pieces_is_the_array(array: Array, cuts: list[int], enough: int) -> None:
    with tempfile.TemporaryFile() as stream, telling(enough), ArraysWriter(stream) as writer:
        writer.add_pieces("a", array.dtype, np.split(array, sorted(cuts)))
        writer.finish()
        stream.seek(0)
        assert stream.read() == written({"a": array})


def test_pieces_become_of_the_type_of_the_array() -> None:
    with tempfile.TemporaryFile() as stream:
        writer = ArraysWriter(stream)
        pieces = (np.arange(6, dtype=np.int64)[::2], np.array([7], dtype=np.uint8))
        writer.add_pieces("a", np.dtype(np.uint32), iter(pieces))
        writer.finish()
        read = Arrays(stream)
    assert (read["a"].dtype.str, read["a"].tolist()) == ("<u4", [0, 2, 4, 7])


def test_a_name_is_used_once() -> None:
    with tempfile.TemporaryFile() as stream:
        writer = ArraysWriter(stream)
        writer.add("a", np.arange(3))
        with pytest.raises(ValueError, match="the array a is there already"):
            writer.add("a", np.arange(4))


def test_a_file_is_nothing_before_it_is_finished() -> None:
    with tempfile.TemporaryFile() as stream:
        ArraysWriter(stream).add("a", np.arange(100))
        stream.flush()
        with pytest.raises(ValueError, match="not a file of arrays"):
            Arrays(stream)


WHOLE = written({"a": np.arange(40, dtype=np.uint32), "b": np.arange(9), "c": np.zeros(0, dtype=np.uint8)})


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(WHOLE[-FOOTER + 1 :], id="too short"),
        pytest.param(b"PK\x03\x04" * 100, id="of another kind"),
        pytest.param(WHOLE[-FOOTER:], id="the end alone"),
        pytest.param(WHOLE + b"\0", id="more at the end"),
        pytest.param(bytes(len(WHOLE)), id="blank"),
    ],
)
def test_what_is_no_file_of_arrays(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a file of arrays"):
        opened(data)


def test_a_file_that_is_cut_off_anywhere_is_none() -> None:
    for end in range(len(WHOLE)):
        with pytest.raises(ValueError, match="not a file of arrays"):
            opened(WHOLE[:end])


def test_a_directory_that_is_damaged_anywhere_is_noticed() -> None:
    length, _, _ = struct.unpack("<QQ8s", WHOLE[-FOOTER:])
    for place in range(len(WHOLE) - FOOTER - length, len(WHOLE)):
        data = bytearray(WHOLE)
        data[place] ^= 1 << place % 8
        with pytest.raises(ValueError, match="arrays"):
            opened(bytes(data))


@given(file=files, choice=st.data())
def test_exactly_the_arrays_with_changed_bytes_are_damaged(
    file: dict[str, Array], choice: st.DataObject
) -> None:
    data, changed = bytearray(written(file)), []
    for name, (dtype, items, first, _) in directory(bytes(data)).items():
        if items and choice.draw(st.booleans(), f"{name} is changed"):
            size = items * np.dtype(dtype).itemsize
            data[first + choice.draw(st.integers(0, size - 1))] ^= choice.draw(st.integers(1, 255))
            changed.append(name)
    assert opened(bytes(data)).damaged() == changed


def test_what_lies_between_arrays_is_not_of_them() -> None:
    data = bytearray(WHOLE)
    a, b = (directory(WHOLE)[name] for name in "ab")
    place = a[2] + a[1] * 4
    assert place < b[2]
    data[place] ^= 1
    assert opened(bytes(data)).damaged() == []


def test_a_large_array_is_checked_to_its_end() -> None:
    """More than is read at a time for a checksum."""
    data = bytearray(written({"a": np.zeros((1 << 22) + 1, dtype=np.uint8), "b": np.arange(3)}))
    assert opened(bytes(data)).damaged() == []
    data[1 << 22] ^= 1
    assert opened(bytes(data)).damaged() == ["a"]


def test_what_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """Whenever the thread that writes comes to it."""
    (tmp_path / "full").touch()
    error = pytest.raises(io.UnsupportedOperation)
    with (tmp_path / "full").open("rb") as stream, error, ArraysWriter(stream) as writer:
        for n in range(100):
            writer.add(f"{n}", LARGE)
        pytest.fail("nothing was written, and nobody was told")
    with (tmp_path / "full").open("rb") as stream, ArraysWriter(stream) as writer:
        writer.add("a", np.arange(9))
        with pytest.raises(io.UnsupportedOperation):
            writer.finish()


class WrittenBy(io.BytesIO):
    """Keeps which threads wrote to it."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[threading.Thread] = set()

    def write(self, data: Any) -> int:
        self.threads.add(threading.current_thread())
        return super().write(data)


def test_the_thread_ends_with_the_writer() -> None:
    stream = WrittenBy()
    with pytest.raises(ZeroDivisionError), ArraysWriter(stream) as writer:
        for n in range(9):
            writer.add(f"{n}", LARGE)
        (thread,) = stream.threads
        assert thread.is_alive()
        raise ZeroDivisionError
    assert stream.threads == {thread}
    assert not thread.is_alive()


def test_what_is_small_is_written_at_the_end_without_a_thread() -> None:
    stream = WrittenBy()
    with pytest.raises(io.UnsupportedOperation, match="fileno"), ArraysWriter(stream) as writer:
        writer.add("small", np.arange(9))
        assert not stream.threads
        writer.finish()
    assert stream.threads == {threading.current_thread()}


def test_what_follows_something_large_waits_for_the_end() -> None:
    stream = WrittenBy()
    with ArraysWriter(stream) as writer:
        writer.add("large", LARGE)
        writer.add("small", np.arange(9))
        assert len(writer._started) == 1
