"""Writing: an update is one Whoosh commit, which becomes visible with the renaming of one file."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from whoosh import index as whoosh_index
from whoosh.filedb.filestore import FileStorage

from indexer.analysis.grams import count_grams
from indexer.analysis.normalise import normalise
from indexer.analysis.words import cut_words
from indexer.engines.whoosh import checksums, records
from indexer.engines.whoosh.damage import guarded_writing
from indexer.engines.whoosh.merging import merge
from indexer.engines.whoosh.schema import (
    counted,
    file_place,
    file_term,
    report_place,
    schema,
    section_place,
)
from indexer.file_types import FILE_TYPES, file_type
from indexer.model import PARTS, TOPICS, FileEntry, IndexMeta, Report, Section, report_id, section_id

#: Of postings that are sorted in memory, as Whoosh reckons; a third more in truth. What goes beyond is sorted
#: on disk, posting by posting, which takes twice as long (300 regulations: 14 s with 512, 29 s with 256).
MEMORY_MB = 512


class WhooshWriter:
    """Writer: see :class:`indexer.engines.base.Writer`."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        for leftover in directory.iterdir():  # temporary folders of a run that was killed
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
        checksums.require_whole(directory)
        self._directory = directory
        storage = FileStorage(str(directory))
        try:
            index = whoosh_index.FileIndex(storage, schema())
        except whoosh_index.EmptyIndexError:
            index = whoosh_index.FileIndex.create(storage, schema())
        self._writer = index.writer(limitmb=MEMORY_MB)

    @guarded_writing
    def put(self, entry: FileEntry, reports: Sequence[Report]) -> None:
        self.drop(entry.file)
        self._add_file(entry)
        for report in reports:
            self._add_report(entry.file, report)

    @guarded_writing
    def update(self, entry: FileEntry) -> None:
        self._writer.delete_by_term("of_file", file_term("entry", entry.file))
        self._add_file(entry)

    @guarded_writing
    def drop(self, file: str) -> None:
        self._writer.delete_by_term("of_file", file_term("entry", file))
        self._writer.delete_by_term("of_file", file_term("text", file))

    @guarded_writing
    def commit(self, meta: IndexMeta) -> None:
        self._writer.delete_by_term("kind", "meta")
        self._writer.add_document(kind="meta", data=records.dump_meta(meta))
        self._writer.commit(mergetype=merge)
        checksums.write(self._directory)

    def cancel(self) -> None:
        self._writer.cancel()

    def _add_file(self, entry: FileEntry) -> None:
        self._writer.add_document(
            kind="file",
            of_file=file_term("entry", entry.file),
            place=file_place(entry.file),
            file_type=FILE_TYPES.index(file_type(entry.format)),
            data=records.dump_file(entry),
        )

    def _add_report(self, file: str, report: Report) -> None:
        identity = report_id(file, report.ordinal)
        self._writer.add_document(
            kind="report",
            id=identity,
            of_file=file_term("text", file),
            title=count_grams([normalise(report.title)]),
            unit=count_grams([normalise(report.unit or "")]),
            file=count_grams([normalise(file)]),
            place=report_place(file, report.ordinal),
            unit_name=(report.unit or "").encode("utf-8", "surrogatepass"),
            data=records.dump_report(report),
        )
        for position, section in enumerate(report.sections):
            self._add_section(file, report.ordinal, section_id(identity, position), position, section)

    def _add_section(self, file: str, ordinal: int, identity: str, position: int, section: Section) -> None:
        paragraphs = [normalise(p) for p in section.paragraphs]
        words = counted(map(cut_words, paragraphs))
        self._writer.add_document(
            kind="section",
            id=identity,
            of_file=file_term("text", file),
            words=words,
            grams=count_grams(paragraphs),
            heading=count_grams([normalise(section.heading or "")]),
            place=section_place(file, ordinal, position),
            year=section.year or 0,
            part=PARTS.index(section.part),
            topic=TOPICS.index(section.topic) + 1 if section.topic else 0,
            length=words.total(),
            data=records.dump_section(section),
        )
