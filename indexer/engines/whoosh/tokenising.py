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
from itertools import chain, islice
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np

from indexer.analysis.bulk_normalise import normalise_all
from indexer.analysis.bulk_words import Tokens, cut_all, united
from indexer.engines.whoosh import records
from indexer.engines.whoosh.arrays import Array, ArraysWriter
from indexer.engines.whoosh.codec import POSITIONAL
from indexer.engines.whoosh.documents import BYTES, NUMBERS, STORED, Blobs, Documents, stored
from indexer.engines.whoosh.frequencies import Frequencies
from indexer.engines.whoosh.lists import changes, offsets_of
from indexer.engines.whoosh.positions import SEPARATOR, Positions
from indexer.engines.whoosh.schema import file_place, report_place
from indexer.engines.whoosh.segments import Contents
from indexer.file_types import FILE_TYPES, file_type
from indexer.model import PARTS, TOPICS, FileEntry, IndexMeta, Report, Section

#: Characters from which on no further section is stored with those before it: together they are packed in a
#: third of the time and to half the size, and to read one of them is to read them all.
GROUP = 4096
MOST_IN_GROUP = 64  # sections, however short

#: Characters of texts that are worked on at a time, more where one paragraph has more: each takes some 180
#: bytes until it is done.
SLICE = 500_000

#: A file with its reports.
Filed: TypeAlias = tuple[FileEntry, Sequence[Report]]

#: The same as plain values: file, format, record; of each report ordinal, title, unit, record and sections.
_PlainReport: TypeAlias = tuple[int, str, "str | None", str, list[records.Row]]
_PlainFile: TypeAlias = tuple[str, "str | None", str, list[_PlainReport]]

_PARTS = {part: number for number, part in enumerate(PARTS)}
_TOPICS = {topic: number for number, topic in enumerate((None, *TOPICS))}

_row = attrgetter(*(one.name for one in fields(Section)))


def contents_of(files: Iterable[Filed], meta: IndexMeta | None = None) -> Contents:
    """The documents of files, and of the index's own record, if it is given."""
    return _contents(map(_plain, files), meta)


def packed(files: Iterable[Filed]) -> bytes:
    """Files as bytes, for another process: of plain values, in a quarter of the time of pickled records."""
    return marshal.dumps(list(map(_plain, files)))


def contents_of_packed(data: bytes) -> Contents:
    """The documents of files that were packed; for a process that does nothing else."""
    with _uncollected():
        return _contents(marshal.loads(data), None)  # noqa: S302  # this program's own


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


def _plain(filed: Filed) -> _PlainFile:
    entry, reports = filed
    return (
        entry.file,
        entry.format,
        records.dump_file(entry),
        [(r.ordinal, r.title, r.unit, records.dump_report(r), list(map(_row, r.sections))) for r in reports],
    )


def _contents(files: Iterable[_PlainFile], meta: IndexMeta | None) -> Contents:
    making = Making()
    for file, format_, data, reports in files:
        making.add_file(file, format_, data)
        for ordinal, title, unit, record, sections in reports:
            making.add_report(file, ordinal, title, unit, record, sections)
    if meta is not None:
        making.add_meta(records.dump_meta(meta))
    return making.contents()


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
        docs: list[Array] = []
        tokens: list[Tokens] = []
        parts: dict[str, list[Positions]] = {name: [] for name in POSITIONAL}
        for name, own in self._texts.items():
            for some, texts in own.slices():
                parts[name].append(Positions.of(some, texts))
                if name == "grams":
                    docs.append(some)
                    tokens.append(cut_all(texts))
                    numbers["length"][some] += tokens[-1].counts.astype(np.int32)  # each once in a slice
        whole = united(tokens)
        words = Frequencies.of(_joined(docs), whole.vocabulary, whole.ids, whole.counts)
        del tokens, whole
        positions = {name: _together(parts.pop(name)) for name in POSITIONAL}
        blobs = {name: Blobs.of(values, self._count) for name, values in self._bytes.items()}
        return Contents(Documents(numbers, blobs), positions, words)

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
        for document, heading in enumerate(headings, self._count):
            if heading:
                self._texts["heading"].add(document, (heading,))
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

    def slices(self) -> Iterator[tuple[Array, list[str]]]:
        """The documents that have a text, and the normalised text of each, some at a time.

        A long text comes in several slices, cut between two paragraphs.
        """
        lines = list(chain.from_iterable(self.paragraphs))
        counts = np.fromiter(map(len, self.paragraphs), np.int64, len(self.paragraphs))
        text_of = np.repeat(np.arange(len(counts)), counts)
        ends = offsets_of(np.fromiter(map(len, lines), np.int64, len(lines)) + 1)
        docs = np.array(self.docs, dtype=np.int64)
        first = 0
        while first < len(lines):
            last = max(first + 1, int(np.searchsorted(ends, ends[first] + SLICE, "right")) - 1)
            begins = np.flatnonzero(changes(text_of[first:last]))
            sizes = np.diff(begins, append=last - first)
            normalised = iter(normalise_all(lines[first:last]))
            texts = [SEPARATOR.join(islice(normalised, size)) for size in sizes.tolist()]
            own = text_of[first:last][begins]
            # Of a text that is cut, an empty paragraph is a part; alone it would be no text.
            kept = np.fromiter(map(bool, texts), np.bool_, len(texts)) | (sizes < counts[own])
            yield docs[own[kept]], [texts[n] for n in np.flatnonzero(kept).tolist()]
            first = last


class _Held(ArraysWriter):
    """Arrays that are held in memory instead of written."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}

    def add_pieces(self, name: str, dtype: np.dtype[Any], pieces: Iterable[Array]) -> None:
        self.arrays[name] = np.concatenate([np.zeros(0, dtype), *pieces]).astype(dtype, copy=False)


def _together(parts: list[Positions]) -> Positions:
    """The postings of slices as one: the parts of a text that was cut are one text again."""
    if not parts:
        return Positions.of(np.zeros(0, dtype=np.int64), [])
    if len(parts) == 1:
        return parts[0]
    held = _Held()
    Positions.write_together(parts, "", held)
    return Positions(*(held.arrays[f".{one.name}"] for one in fields(Positions))).united()


def _joined(arrays: Sequence[Array]) -> Array:
    return np.concatenate([np.zeros(0, dtype=np.int64), *arrays])
