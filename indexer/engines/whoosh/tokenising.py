"""From reports to the contents of a segment: texts are normalised and cut, all that is stored is packed.

A function of what it is given alone, so that other processes can carry it out. Texts are worked on in slices
of a bounded size, so a file of any length needs little more memory than what is made of it.
"""

from __future__ import annotations

import gc
import marshal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np

from indexer.analysis.bulk_normalise import normalise_all
from indexer.analysis.bulk_words import count_words
from indexer.analysis.code_points import Line
from indexer.engines.whoosh import records
from indexer.engines.whoosh.arrays import Array
from indexer.engines.whoosh.codec import POSITIONAL
from indexer.engines.whoosh.documents import BYTES, NUMBERS, STORED, Blobs, Documents, stored
from indexer.engines.whoosh.frequencies import Frequencies
from indexer.engines.whoosh.positions import Positions
from indexer.engines.whoosh.schema import file_place, report_place
from indexer.engines.whoosh.segments import Contents
from indexer.file_types import FILE_TYPES, file_type
from indexer.handover import Parcel, received, sent
from indexer.model import PARTS, TOPICS, FileEntry, IndexMeta, Report, Section
from indexer.stretches import changes, offsets_of

#: Characters from which on no further section is stored with those before it: together they are packed in a
#: third of the time and to half the size, and to read one of them is to read them all.
GROUP = 4096
MOST_IN_GROUP = 64  # sections, however short

#: Characters of texts that are worked on at a time, more where one paragraph has more: each takes some 250
#: bytes until it is done.
SLICE = 500_000

#: A file and its reports as plain values: file, format, record; of each report ordinal, title, unit, record
#: and sections.
_PlainReport: TypeAlias = tuple[int, str, "str | None", str, list[records.Row]]
_PlainFile: TypeAlias = tuple[str, "str | None", str, list[_PlainReport]]

_PARTS = {part: number for number, part in enumerate(PARTS)}
_TOPICS = {topic: number for number, topic in enumerate((None, *TOPICS))}

_row = attrgetter(*(one.name for one in fields(Section)))


def packed(entry: FileEntry, reports: Sequence[Report]) -> bytes:
    """A file as bytes, for another process: of plain values, in a quarter of the time of pickled records."""
    rows = [
        (r.ordinal, r.title, r.unit, records.dump_report(r), list(map(_row, r.sections))) for r in reports
    ]
    return marshal.dumps((entry.file, entry.format, records.dump_file(entry), rows))


def contents_of(files: Iterable[bytes], meta: IndexMeta | None = None) -> Contents:
    """The documents of packed files, and of the index's own record, if it is given."""
    making = Making()
    for each in files:
        file: _PlainFile = marshal.loads(each)  # noqa: S302  # this program's own
        name, format_, data, reports = file
        making.add_file(name, format_, data)
        for ordinal, title, unit, record, sections in reports:
            making.add_report(name, ordinal, title, unit, record, sections)
    if meta is not None:
        making.add_meta(records.dump_meta(meta))
    return making.contents()


def handed_over(files: Iterable[bytes], folder: Path) -> Parcel:
    """The documents of packed files, in a folder; for a process that does nothing else."""
    with _uncollected():
        return sent(contents_of(files), folder)


def words_handed_over(words: Parcel, folder: Path) -> Parcel:
    """The words of several sources as one, in a folder; for a process that does nothing else."""
    with _uncollected():
        return sent(_together(received(words)), folder)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Nobody looks for cycles: so many small values have none, and to look takes a tenth longer."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Making:
    """Contents in the making: one document is added after the other, of plain values.

    ``data``: its record, as it is stored; None where what is stored is of no interest.
    """

    def __init__(self) -> None:
        self._count = 0
        self._numbers: dict[str, list[int]] = {name: [] for name in NUMBERS}  # one a document
        self._bytes: dict[str, dict[int, bytes]] = {name: {} for name in BYTES}  # by document
        self._texts: dict[str, _Texts] = {name: _Texts() for name in POSITIONAL}

    def contents(self) -> Contents:
        """What was added."""
        numbers = {name: np.array(values, dtype=np.int32) for name, values in self._numbers.items()}
        positions: dict[str, Positions] = {}
        words: list[Frequencies] = []
        for name, own in self._texts.items():
            parts = []
            for docs, line in own.slices():
                parts.append(Positions.of(docs, line))
                if name == "grams":
                    counted = count_words(line)
                    words.append(Frequencies.of(docs, counted))
                    numbers["length"][docs] += counted.lengths.astype(np.int32)  # each once in a slice
            positions[name] = _together(parts).united()
        blobs = {name: Blobs.of(values, self._count) for name, values in self._bytes.items()}
        return Contents(Documents(numbers, blobs), positions, _together(words).united())

    def add_meta(self, data: str | None) -> None:
        """Add the index's own record."""
        self._add(data)

    def add_file(self, file: str, format_: str | None, data: str | None) -> None:
        """Add what is known of a file."""
        self._add(data, place=file_place(file), file_type=FILE_TYPES.index(file_type(format_)))

    def add_report(
        self,
        file: str,
        ordinal: int,
        title: str,
        unit: str | None,
        data: str | None,
        sections: Sequence[records.Row],
    ) -> None:
        """Add a report and its sections."""
        for name, text in (("title", title), ("unit", unit or ""), ("file", file)):
            self._texts[name].add(self._count, (text,))
        self._add(
            data,
            place=report_place(file, ordinal),
            unit_name=(unit or "").encode("utf-8", "surrogatepass"),
            sections=len(sections),
        )
        if not sections:
            return
        headings, _, _, paragraphs, years, parts, topics = zip(*sections, strict=True)
        if data is not None:
            first = 0
            for last in _groups(paragraphs):
                self._bytes[STORED][self._count + first] = stored(records.dump_rows(sections[first:last]))
                first = last
        self._texts["heading"].docs.extend(n for n, heading in enumerate(headings, self._count) if heading)
        self._texts["heading"].paragraphs.extend((heading,) for heading in headings if heading)
        self._texts["grams"].docs.extend(range(self._count, self._count + len(sections)))
        self._texts["grams"].paragraphs.extend(paragraphs)
        self._numbers["year"].extend(year or 0 for year in years)
        self._numbers["part"].extend(map(_PARTS.__getitem__, parts))
        self._numbers["topic"].extend(map(_TOPICS.__getitem__, topics))
        for name in ("length", "sections", "file_type"):
            self._numbers[name].extend([0] * len(sections))
        self._count += len(sections)

    def _add(
        self,
        data: str | None,
        place: bytes = b"",
        unit_name: bytes = b"",
        sections: int = 0,
        file_type: int = 0,
    ) -> None:
        """Add a document that is none of a section."""
        record = b"" if data is None else stored(data)
        for name, value in zip(BYTES, (place, unit_name, record), strict=True):
            self._bytes[name][self._count] = value
        for name, number in zip(NUMBERS, (0, 0, 0, 0, sections, file_type), strict=True):
            self._numbers[name].append(number)
        self._count += 1


def _groups(paragraphs: Iterable[Sequence[str]]) -> Iterator[int]:
    """Where each group of sections ends that are stored together."""
    first = characters = place = 0
    for place, own in enumerate(paragraphs):
        if characters >= GROUP or place - first == MOST_IN_GROUP:
            yield place
            first, characters = place, 0
        characters += sum(map(len, own))
    yield place + 1


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of a field: the document of each, and its paragraphs."""

    docs: list[int] = field(default_factory=list)
    paragraphs: list[Sequence[str]] = field(default_factory=list)

    def add(self, doc: int, paragraphs: Sequence[str]) -> None:
        self.docs.append(doc)
        self.paragraphs.append(paragraphs)

    def slices(self) -> Iterator[tuple[Array, Line]]:
        """The documents that have a text, and a line of their normalised texts, some at a time; one slice at
        least. A long text comes in several, cut between two paragraphs.
        """
        paragraphs = list(chain.from_iterable(self.paragraphs))
        counts = np.fromiter(map(len, self.paragraphs), np.int64, len(self.paragraphs))
        text_of = np.repeat(np.arange(len(counts)), counts)
        ends = offsets_of(np.fromiter(map(len, paragraphs), np.int64, len(paragraphs)) + 1)
        docs = np.array(self.docs, dtype=np.int64)
        first = 0
        while True:
            last = max(first + 1, int(np.searchsorted(ends, ends[first] + SLICE, "right")) - 1)
            begins = np.flatnonzero(changes(text_of[first:last]))
            sizes = np.diff(begins, append=last - first)
            own = text_of[first:last][begins]
            line = normalise_all(paragraphs[first:last])
            line = Line(line.codes, line.ends[begins + sizes - 1])  # line ends between paragraphs are text
            # Of a text that is cut, an empty paragraph is a part; alone it would be no text.
            empty = (line.sizes == 1) & (sizes == counts[own])
            yield docs[own[~empty]], line.without_empty(empty)
            first = last
            if first >= len(paragraphs):
                return


class _Held:
    """Arrays that are held in memory instead of written."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}

    def add(self, name: str, array: Array) -> None:
        self.arrays[name] = array

    def add_pieces(self, name: str, dtype: np.dtype[Any], pieces: Iterable[Array]) -> None:
        self.arrays[name] = np.concatenate([np.zeros(0, dtype), *pieces]).astype(dtype, copy=False)


_Postings = TypeVar("_Postings", Positions, Frequencies)


def _together(parts: Sequence[_Postings]) -> _Postings:
    """The postings of slices, one at least, as one."""
    if len(parts) == 1:
        return parts[0]
    held, made = _Held(), type(parts[0])
    made.write_together(parts, "", held)
    return made(*(held.arrays[f".{one.name}"] for one in fields(made)))
