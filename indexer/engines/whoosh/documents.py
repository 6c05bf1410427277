"""The per-document side of a segment: columns and stored fields, written as whole blocks.

They lie on disk as Whoosh's own columns do (``whoosh.columns``: NumericColumn, VarBytesColumn), so that its
readers read them; its writers take a value at a time, which for a million sections takes longer than all the
rest of an index run. A column is a file of its own in the segment::

    numbers    big-endian int32, one a document
    bytes      the values one behind the other; how long each is, big-endian; for more than 32,768 documents
               where each begins; the type codes of both, and X where there are two

Documents stand in this order: a file, or a report with its sections right behind it, or the one of kind meta.
"""

from __future__ import annotations

import operator
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Codec, W3Segment
from whoosh.filedb.filestore import Storage

from indexer.engines.whoosh.arrays import Array
from indexer.engines.whoosh.schema import is_file, split_place
from indexer.model import report_id
from indexer.stretches import Ints, offsets_of, ranges

try:  # zlib's format in a third of zlib's time
    from isal.isal_zlib import compress
except ImportError:  # a processor that it is not made for; it is not installed there
    from zlib import compress

NUMBERS = ("year", "part", "topic", "length", "sections", "file_type")
STORED = "_stored"  # as Whoosh names the column of stored fields
BYTES = ("place", "unit_name", STORED)

#: Kinds of documents, by number.
META, FILE, REPORT, SECTION = range(4)

_MANY = 1 << 15  # documents, from which on it is written where each value begins: VarBytesColumn's
_PICKLE = 2  # the protocol of Whoosh's stored fields
_LEVEL = 1  # of compression: with zlib half the time of Whoosh's 3, a tenth larger


@dataclass(frozen=True)
class Blobs:
    """Values of bytes, one a document, one behind the other."""

    data: bytes | memoryview
    sizes: Ints

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        """Pickled as arrays are: the values as a buffer, where there are any in the protocol."""
        data = pickle.PickleBuffer(self.data) if operator.index(protocol) >= 5 else bytes(self.data)
        return Blobs, (data, self.sizes)

    @classmethod
    def of(cls, values: Mapping[int, bytes], count: int) -> Blobs:
        """Of values by document, ascending, of so many documents; the others have none."""
        sizes = np.zeros(count, dtype=np.int64)
        sizes[list(values)] = list(map(len, values.values()))
        return cls(b"".join(values.values()), sizes)

    @cached_property
    def starts(self) -> Ints:
        """Where each begins, and the last one ends."""
        return offsets_of(self.sizes)

    def __getitem__(self, document: int) -> bytes:
        return bytes(self.data[self.starts[document] : self.starts[document + 1]])

    def taken(self, kept: NDArray[np.bool_]) -> Blobs:
        """Those of some documents alone."""
        if kept.all():
            return self
        sizes = self.sizes[kept]
        places = ranges(self.starts[:-1][kept], sizes)
        return Blobs(np.frombuffer(self.data, dtype=np.uint8)[places].tobytes(), sizes)


@dataclass(frozen=True)
class Documents:
    """Columns of some documents, and what is stored of each."""

    numbers: dict[str, Array]  # by NUMBERS: int32[documents]
    bytes: dict[str, Blobs]  # by BYTES

    @property
    def count(self) -> int:
        """How many documents there are."""
        return len(self.numbers["sections"])

    @cached_property
    def kinds(self) -> NDArray[np.int8]:
        """The kind of each document."""
        return kinds_of(self.bytes["place"], self.numbers["sections"])

    def terms(self) -> Iterator[tuple[str, str, int]]:
        """Field, term and document for all that is indexed by terms of its own; of sections nothing is."""
        names = {META: "meta", FILE: "file", REPORT: "report"}
        for document in np.flatnonzero(self.kinds != SECTION).tolist():
            kind = int(self.kinds[document])
            yield "kind", names[kind], document
            if kind != META:
                file, ordinal = split_place(self.bytes["place"][document])
                yield "of_file", file, document
                if ordinal is not None:
                    yield "id", report_id(file, ordinal), document

    def taken(self, kept: NDArray[np.bool_]) -> Documents:
        """Some of the documents alone."""
        return Documents(
            {name: column[kept] for name, column in self.numbers.items()},
            {name: column.taken(kept) for name, column in self.bytes.items()},
        )

    @staticmethod
    def together(sources: Sequence[Documents]) -> Documents:
        """The documents of several sources, one behind the other."""
        return Documents(
            {name: np.concatenate([s.numbers[name] for s in sources]) for name in NUMBERS},
            {
                name: Blobs(
                    b"".join(s.bytes[name].data for s in sources),
                    np.concatenate([s.bytes[name].sizes for s in sources]),
                )
                for name in BYTES
            },
        )

    def write(self, storage: Storage, segment: W3Segment) -> None:
        """Write the columns as files of a segment."""
        segment.set_doc_count(self.count)
        for name, numbers in self.numbers.items():
            _write(storage, segment, name, [numbers.astype(">i4").tobytes()])
        for name, blobs in self.bytes.items():
            sizes, code = _packed(blobs.sizes)
            pieces: list[bytes | memoryview] = [blobs.data, sizes, code]
            if self.count > _MANY:
                starts, of_starts = _packed(blobs.starts[:-1])
                pieces = [blobs.data, sizes, starts, code, of_starts, b"X"]
            _write(storage, segment, name, pieces)

    @classmethod
    def read(cls, storage: Storage, segment: W3Segment) -> Documents:
        """The columns of a segment. Raises what Whoosh raises, and ValueError, where it is damaged."""
        return cls(
            {name: read_numbers(storage, segment, name).astype(np.int32) for name in NUMBERS},
            {name: read_bytes(storage, segment, name) for name in BYTES},
        )


def kinds_of(places: Blobs, sections: Array) -> NDArray[np.int8]:
    """The kind of each document. Raises ValueError where they do not stand as they should."""
    kinds = np.full(len(sections), META, dtype=np.int8)
    for document in np.flatnonzero(places.sizes).tolist():
        kinds[document] = FILE if is_file(places[document]) else REPORT
    reports = np.flatnonzero(kinds == REPORT)
    behind = reports + 1 + sections[reports]
    if (sections < 0).any() or (behind > np.append(reports[1:], len(kinds))).any():
        raise ValueError("sections do not stand behind their reports")
    places_of_sections = ranges(reports + 1, sections[reports])
    if kinds[places_of_sections].any():
        raise ValueError("something else stands among the sections of a report")
    kinds[places_of_sections] = SECTION
    return kinds


def stored(data: str) -> bytes:
    """What is stored of a document, as Whoosh stores its fields."""
    return compress(pickle.dumps({"data": data}, _PICKLE), _LEVEL)


def read_numbers(storage: Storage, segment: W3Segment, name: str) -> Ints:
    """A column of numbers, one a document. Raises ValueError where it is damaged."""
    column = np.frombuffer(_column(storage, segment, name), dtype=">i4").astype(np.int64)
    if len(column) != segment.doc_count_all():
        raise ValueError(f"{len(column)} values of {segment.doc_count_all()} in the column {name}")
    return column


def read_bytes(storage: Storage, segment: W3Segment, name: str) -> Blobs:
    """A column of bytes. Raises ValueError where it is damaged."""
    column, count = _column(storage, segment, name), segment.doc_count_all()
    code, end = column[-1:], len(column) - 1
    if code == b"X":
        code, of_starts = column[-3:-2], column[-2:-1]
        end = len(column) - 3 - _type(of_starts).itemsize * count
    begin = end - _type(code).itemsize * count
    if begin < 0:
        raise ValueError(f"the column {name} is too short")
    sizes = np.frombuffer(column, _type(code), count, begin).astype(np.int64)
    if int(sizes.sum()) != begin:
        raise ValueError(f"the values of the column {name} are not as long as it says")
    return Blobs(column[:begin], sizes)


#: Type codes of Python's arrays.
_TYPES = {b"B": ">u1", b"H": ">u2", b"I": ">u4"}


def _type(code: bytes) -> np.dtype[np.generic]:
    if code not in _TYPES:
        raise ValueError(f"{code!r} is no type of a column")
    return np.dtype(_TYPES[code])


def _packed(numbers: Ints) -> tuple[bytes, bytes]:
    """The numbers, and the type code of the smallest type that holds them. Raises OverflowError."""
    largest = int(numbers.max(initial=0))
    for code, dtype in _TYPES.items():
        if largest <= np.iinfo(dtype).max:
            return numbers.astype(dtype).tobytes(), code
    raise OverflowError("more than 4 GB in a column of a segment")


def _write(storage: Storage, segment: W3Segment, name: str, pieces: Sequence[bytes | memoryview]) -> None:
    file = storage.create_file(W3Codec.column_filename(segment, name))
    for piece in pieces:
        file.write(piece)
    file.close()


def _column(storage: Storage, segment: W3Segment, name: str) -> bytes:
    path = W3Codec.column_filename(segment, name)
    file = storage.open_file(path)
    try:
        return bytes(file.get(0, storage.file_length(path)))
    finally:
        file.close()
