"""From reports to the contents of a segment: texts are normalised and cut, all that is stored is packed.

A function of what it is given alone, so that other processes can carry it out.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from operator import attrgetter
from typing import TypeAlias

import numpy as np

from indexer.analysis.bulk_normalise import normalise_all
from indexer.analysis.bulk_words import cut_all
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
MOST_IN_GROUP = 64  # sections, however short

#: A file with its reports.
Filed: TypeAlias = tuple[FileEntry, Sequence[Report]]


_PARTS = {part: number for number, part in enumerate(PARTS)}
_TOPICS = {topic: number for number, topic in enumerate((None, *TOPICS))}

_of_section = attrgetter(*(field.name for field in fields(Section)))


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


def packed(files: Sequence[Filed]) -> bytes:
    """Files as bytes, for another process: of plain values, in a quarter of the time of pickled records."""
    return marshal.dumps(
        [
            (
                records.dump_file(entry),
                [
                    (records.dump_report(report), list(map(_of_section, report.sections)))
                    for report in reports
                ],
            )
            for entry, reports in files
        ]
    )


def contents_of_packed(data: bytes) -> Contents:
    """The documents of files that were packed."""
    return contents_of(
        [
            (
                records.load_file(entry),
                [
                    records.load_report(report, tuple(Section(*section) for section in sections))
                    for report, sections in reports
                ],
            )
            for entry, reports in marshal.loads(data)  # noqa: S302  # this program's own
        ]
    )


def _groups(sections: Sequence[Section]) -> Iterator[int]:
    """Where each group of sections ends that are stored together."""
    first = characters = 0
    for place, section in enumerate(sections):
        if characters >= GROUP or place - first == MOST_IN_GROUP:
            yield place
            first, characters = place, 0
        characters += sum(map(len, section.paragraphs))
    if sections:
        yield len(sections)


class Making:
    """Contents in the making: one document is added after the other."""

    def __init__(self) -> None:
        self._numbers: list[tuple[int, ...]] = []  # a document, by NUMBERS
        self._bytes: dict[str, dict[int, bytes]] = {name: {} for name in BYTES}  # by document
        self._texts: dict[str, _Texts] = {name: _Texts([], []) for name in POSITIONAL}

    def contents(self) -> Contents:
        """What was added."""
        texts = {name: own.normalised() for name, own in self._texts.items()}
        positions = {
            name: Positions.of(np.array(docs, dtype=np.int64), lines) for name, (docs, lines) in texts.items()
        }
        rows = np.array(self._numbers, dtype=np.int32).reshape(-1, len(NUMBERS))
        numbers = {name: rows[:, n].copy() for n, name in enumerate(NUMBERS)}
        docs, lines = texts["grams"]
        tokens = cut_all(lines)
        numbers["length"][docs] = tokens.counts
        blobs = {name: Blobs.of(values, len(rows)) for name, values in self._bytes.items()}
        words = Frequencies.of(positions["grams"].docs, tokens.vocabulary, tokens.ids, tokens.counts)
        return Contents(Documents(numbers, blobs), positions, words)

    def add_meta(self, meta: IndexMeta) -> None:
        """Add the index's own record."""
        self._add(records.dump_meta(meta))

    def add_file(self, entry: FileEntry) -> None:
        """Add what is known of a file."""
        kind = FILE_TYPES.index(file_type(entry.format))
        self._add(records.dump_file(entry), place=file_place(entry.file), file_type=kind)

    def add_report(self, file: str, report: Report) -> None:
        """Add a report and its sections."""
        document = len(self._numbers)
        for field, text in (("title", report.title), ("unit", report.unit or ""), ("file", file)):
            self._texts[field].add(document, (text,))
        self._add(
            records.dump_report(report),
            place=report_place(file, report.ordinal),
            unit_name=(report.unit or "").encode("utf-8", "surrogatepass"),
            sections=len(report.sections),
        )
        first = 0
        for last in _groups(report.sections):
            group = report.sections[first:last]
            self._bytes[STORED][len(self._numbers)] = stored(records.dump_sections(group))
            for section in group:
                self._add_section(section)
            first = last

    def _add_section(self, section: Section) -> None:
        document = len(self._numbers)
        self._texts["grams"].add(document, section.paragraphs)
        if section.heading:
            self._texts["heading"].add(document, (section.heading,))
        self._numbers.append((section.year or 0, _PARTS[section.part], _TOPICS[section.topic], 0, 0, 0))

    def _add(
        self, data: str, place: bytes = b"", unit_name: bytes = b"", sections: int = 0, file_type: int = 0
    ) -> None:
        """Add a document that is none of a section."""
        for name, value in zip(BYTES, (place, unit_name, stored(data)), strict=True):
            self._bytes[name][len(self._numbers)] = value
        self._numbers.append((0, 0, 0, 0, sections, file_type))


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of a field: the document of each, and its paragraphs."""

    docs: list[int]
    paragraphs: list[Sequence[str]]

    def add(self, doc: int, paragraphs: Sequence[str]) -> None:
        self.docs.append(doc)
        self.paragraphs.append(paragraphs)

    def normalised(self) -> tuple[list[int], list[str]]:
        """The documents that have a text, and the normalised text of each."""
        lines = iter(normalise_all([line for paragraphs in self.paragraphs for line in paragraphs]))
        texts = [SEPARATOR.join(islice(lines, len(paragraphs))) for paragraphs in self.paragraphs]
        kept = [n for n, text in enumerate(texts) if text]
        return [self.docs[n] for n in kept], [texts[n] for n in kept]
