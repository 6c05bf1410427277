"""From reports to the contents of a segment: texts are normalised and cut, all that is stored is packed.

A function of what it is given alone, so that other processes can carry it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from indexer.analysis.normalise import normalise
from indexer.analysis.words import cut_words
from indexer.engines.whoosh import records
from indexer.engines.whoosh.codec import POSITIONAL
from indexer.engines.whoosh.documents import BYTES, NUMBERS, STORED, Blobs, Documents, stored
from indexer.engines.whoosh.frequencies import Frequencies
from indexer.engines.whoosh.positions import SEPARATOR, Positions
from indexer.engines.whoosh.schema import file_place, report_place
from indexer.engines.whoosh.segments import Contents
from indexer.file_types import FILE_TYPES, file_type
from indexer.model import PARTS, TOPICS, FileEntry, IndexMeta, Report, Section

#: Characters from which on no further section is stored with those before it: together they are packed in a
#: third of the time and to half the size, and to read one of them is to read them all.
GROUP = 4096

#: A file with its reports.
Filed: TypeAlias = tuple[FileEntry, Sequence[Report]]


def contents_of(files: Sequence[Filed], meta: IndexMeta | None = None) -> Contents:
    """The documents of files, and of the index's own record, if it is given."""
    making = Making()
    for entry, reports in files:
        making.add_file(entry)
        for report in reports:
            making.add_report(entry.file, report)
    if meta is not None:
        making.add_meta(meta)
    return making.contents()


def _groups(sections: Sequence[Section]) -> Iterator[int]:
    """Where each group of sections ends that are stored together."""
    characters = 0
    for place, section in enumerate(sections):
        if characters >= GROUP:
            yield place
            characters = 0
        characters += sum(map(len, section.paragraphs))
    if sections:
        yield len(sections)


@dataclass
class Making:
    """Contents in the making: a document is added after the other."""

    numbers: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in NUMBERS})
    bytes: dict[str, list[bytes]] = field(default_factory=lambda: {name: [] for name in BYTES})
    texts: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: {name: [] for name in POSITIONAL})
    count: int = 0

    def contents(self) -> Contents:
        """What was added."""
        words = self._words()  # and the column of lengths
        return Contents(
            Documents(
                {name: np.array(values, dtype=np.int32) for name, values in self.numbers.items()},
                {name: Blobs.of(values) for name, values in self.bytes.items()},
            ),
            {name: self._positions(name) for name in POSITIONAL},
            words,
        )

    def add_meta(self, meta: IndexMeta) -> None:
        """Add the index's own record."""
        self._add(data=records.dump_meta(meta))

    def add_file(self, entry: FileEntry) -> None:
        """Add what is known of a file."""
        self._add(
            place=file_place(entry.file),
            file_type=FILE_TYPES.index(file_type(entry.format)),
            data=records.dump_file(entry),
        )

    def _add(
        self,
        *,
        data: str,
        place: bytes = b"",
        unit_name: bytes = b"",
        year: int = 0,
        part: int = 0,
        topic: int = 0,
        sections: int = 0,
        file_type: int = 0,
        **texts: str,
    ) -> None:
        """Add a document; ``texts`` by field, normalised."""
        given = (year, part, topic, 0, sections, file_type)
        for name, number in zip(NUMBERS, given, strict=True):
            self.numbers[name].append(number)
        for name, value in zip(BYTES, (place, unit_name, stored(data) if data else b""), strict=True):
            self.bytes[name].append(value)
        for name, text in texts.items():
            if text:
                self.texts[name].append((self.count, text))
        self.count += 1

    def add_report(self, file: str, report: Report) -> None:
        """Add a report and its sections."""
        unit = report.unit or ""
        self._add(
            data=records.dump_report(report),
            place=report_place(file, report.ordinal),
            unit_name=unit.encode("utf-8", "surrogatepass"),
            sections=len(report.sections),
            title=normalise(report.title),
            unit=normalise(unit),
            file=normalise(file),
        )
        first = 0
        for last in _groups(report.sections):
            self._add_section(report.sections[first], records.dump_sections(report.sections[first:last]))
            for section in report.sections[first + 1 : last]:
                self._add_section(section)
            first = last

    def _add_section(self, section: Section, data: str = "") -> None:
        self._add(
            data=data,
            year=section.year or 0,
            part=PARTS.index(section.part),
            topic=TOPICS.index(section.topic) + 1 if section.topic else 0,
            grams=SEPARATOR.join(map(normalise, section.paragraphs)),
            heading=normalise(section.heading or ""),
        )

    def _positions(self, name: str) -> Positions:
        docs = np.array([doc for doc, _ in self.texts[name]], dtype=np.int64)
        return Positions.of(docs, [text for _, text in self.texts[name]])

    def _words(self) -> Frequencies:
        """The words of the paragraphs; how many there are goes into the column."""
        docs = [doc for doc, _ in self.texts["grams"]]
        cut = [list(cut_words(text)) for _, text in self.texts["grams"]]
        words = sorted({w for words in cut for w in words}, key=lambda w: w.encode("utf-8", "surrogatepass"))
        number = {word: n for n, word in enumerate(words)}
        for doc, own in zip(docs, cut, strict=True):
            self.numbers["length"][doc] = len(own)
        ids = np.array([number[w] for own in cut for w in own], dtype=np.uint32)
        sizes = np.array([len(own) for own in cut], dtype=np.int64)
        return Frequencies.of(np.array(docs, dtype=np.int64), words, ids, sizes)
