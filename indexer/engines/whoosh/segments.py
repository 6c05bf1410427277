"""Segments: making them of texts in memory, writing them, and putting several together.

What is made in memory of a batch of files and what lies on disk are the same thing (:class:`Contents`), and
there is one way to write a segment: of one or several of them, one behind the other. So a run that holds its
batches until there are many, an update that takes earlier segments in, and a merge are the same work; and
nothing is sorted twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import IO, TypeAlias

import numpy as np
from whoosh.codec.whoosh3 import W3Segment
from whoosh.reading import SegmentReader

from indexer.engines.whoosh.arrays import ArraysWriter
from indexer.engines.whoosh.codec import ARRAYS, IDENTITIES, POSITIONAL, WORDS, ArrayCodec, terms_of
from indexer.engines.whoosh.documents import Documents, read_numbers
from indexer.engines.whoosh.frequencies import Frequencies
from indexer.engines.whoosh.positions import Positions
from indexer.engines.whoosh.schema import schema
from indexer.engines.whoosh.storage import DurableStorage
from indexer.stretches import Ints, offsets_of

#: Gives the words of several sources, or all of them as one, with the documents' numbers in a segment.
Words: TypeAlias = Callable[[], Sequence[Frequencies]]


@dataclass(frozen=True)
class Contents:
    """Documents, and the postings of their fields by the documents' numbers, from 0."""

    documents: Documents
    positions: Mapping[str, Positions]  # by POSITIONAL
    words: Frequencies

    @property
    def characters(self) -> int:
        """Of the paragraphs: what a segment's size goes by."""
        return self.positions["grams"].characters


class Segment:
    """A segment on disk; it is opened when something is asked of it, and stays as it is but for deletions."""

    def __init__(self, storage: DurableStorage, segment: W3Segment) -> None:
        self.segment = segment
        self._storage = storage
        self._reader: SegmentReader | None = None

    @property
    def characters(self) -> int:
        """Of the paragraphs of all documents."""
        return terms_of(self._leaf).positions["grams"].characters

    @property
    def alive(self) -> float:
        """The share of its documents that are not deleted."""
        return float(self.segment.doc_count() / max(1, self.segment.doc_count_all()))

    def contents(self) -> Contents:
        """All of it that is not deleted."""
        terms = terms_of(self._leaf)
        documents = Documents.read(self._leaf.storage(), self.segment)
        whole = Contents(documents, terms.positions, terms.frequencies[WORDS])
        return without(whole, sorted(self.segment.deleted_docs()))

    def delete(self, file: str, *, reports: bool = True) -> None:
        """Delete a file and its reports, or what is said of the file alone."""
        terms = terms_of(self._leaf)
        files, _ = terms.postings("kind", "file")
        for document in terms.postings("of_file", file)[0].tolist():
            if document in files:
                self.segment.delete_document(document)
            elif reports:
                for one in range(document, document + 1 + int(self._sections[document])):
                    self.segment.delete_document(one)

    def delete_meta(self) -> None:
        """Delete the index's own record."""
        for document in terms_of(self._leaf).postings("kind", "meta")[0].tolist():
            self.segment.delete_document(document)

    def close(self) -> None:
        """Let go of the files."""
        if self._reader is not None:
            self._reader.close()
        self._reader = None

    @property
    def _leaf(self) -> SegmentReader:
        if self._reader is None:
            try:
                self._reader = SegmentReader(self._storage, schema(), self.segment)
            except FileNotFoundError as error:  # not the disk's fault, as an OSError is otherwise
                raise ValueError(f"a file of a segment is gone: {error.filename}") from error
        return self._reader

    @cached_property
    def _sections(self) -> Ints:
        """How many sections each document has."""
        return read_numbers(self._leaf.storage(), self.segment, "sections")


def without(contents: Contents, deleted: Sequence[int]) -> Contents:
    """The same without some documents."""
    if not len(deleted):
        return contents
    kept = np.ones(contents.documents.count, dtype=bool)
    kept[deleted] = False
    new = np.where(kept, np.cumsum(kept) - 1, -1)
    return Contents(
        contents.documents.taken(kept),
        {name: field.renumbered(new) for name, field in contents.positions.items()},
        contents.words.renumbered(new),
    )


def words_of(sources: Sequence[Contents]) -> list[Frequencies]:
    """The words of each of the sources, with the documents' numbers when they stand one behind the other."""
    return [source.words.renumbered(new) for source, new in zip(sources, _numbers(sources), strict=True)]


def write_segment(
    storage: DurableStorage, name: str, sources: Sequence[Contents], words: Words | None = None
) -> W3Segment:
    """Write a segment of all that the sources have, one behind the other, to an index of a name.

    ``words``: of :func:`words_of`; put together here if it is not given.
    """
    segment = W3Segment(ArrayCodec(), name)
    segment._fieldlengths = {}  # for Whoosh's scorers: no field has lengths of its own
    documents = Documents.together([source.documents for source in sources])
    documents.write(storage, segment)
    segment.create_compound_file(storage)  # of all files of the segment that there are: before the arrays
    with ThreadPoolExecutor(1) as thread:
        synced = thread.submit(storage.sync, segment.make_filename(segment.COMPOUND_EXT))
        with (storage.path / segment.make_filename(ARRAYS)).open("wb") as file:
            write_arrays(file, documents, sources, words)
        synced.result()
    return segment


def write_arrays(
    file: IO[bytes], documents: Documents, sources: Sequence[Contents], words: Words | None = None
) -> None:
    """Write the postings of the sources, and of the terms that name their documents: ``documents``."""
    news = _numbers(sources)
    terms = list(documents.terms())
    with ArraysWriter(file) as writer:
        for field in POSITIONAL:
            fields = [
                source.positions[field].renumbered(new) for source, new in zip(sources, news, strict=True)
            ]
            Positions.write_together(fields, field, writer)
        Frequencies.write_together(words() if words else words_of(sources), WORDS, writer)
        for field in IDENTITIES:
            own = [(term, document) for name, term, document in terms if name == field]
            Frequencies.write_together([Frequencies.of_terms(own)], field, writer)
        writer.finish()


def _numbers(sources: Sequence[Contents]) -> list[Ints]:
    """The numbers that the documents of each source have when they stand one behind the other."""
    firsts = offsets_of(np.array([source.documents.count for source in sources], dtype=np.int64)).tolist()
    return [np.arange(a, b) for a, b in pairwise(firsts)]
