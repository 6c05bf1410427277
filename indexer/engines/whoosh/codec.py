"""The codec: how the segments of a Whoosh index of ours are read and written.

A segment is two files::

    MAIN_xxxx.seg   Whoosh's: the columns (documents.py)
    MAIN_xxxx.arr   arrays (arrays.py): terms and postings

To Whoosh it is a segment like any other. Its readers and searchers get terms and postings from
:class:`SegmentTerms`, which reads them from the arrays; the engine itself takes the arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np
from whoosh.codec import base
from whoosh.codec.whoosh3 import W3Codec, W3Segment
from whoosh.filedb.filestore import Storage
from whoosh.matching import ListMatcher, Matcher
from whoosh.reading import SegmentReader, TermInfo, TermNotFound

from indexer.engines.whoosh.arrays import Array, Arrays
from indexer.engines.whoosh.frequencies import Frequencies
from indexer.engines.whoosh.positions import Positions

ARRAYS = ".arr"  # the suffix of the file of arrays

#: The fields with positions.
POSITIONAL = ("grams", "heading", "title", "unit", "file")

#: The fields whose postings are documents and frequencies; of the last three a term names documents.
WORDS = "words"
IDENTITIES = ("kind", "id", "of_file")
COUNTED = (WORDS, *IDENTITIES)


class ArrayCodec(W3Codec):  # type: ignore[misc]  # Whoosh ships no types
    """Whoosh's own codec for documents, and arrays for terms and postings."""

    def terms_reader(self, storage: Storage, segment: W3Segment) -> SegmentTerms:
        with storage.open_file(segment.make_filename(ARRAYS)) as file:
            return SegmentTerms(Arrays(file))


class SegmentTerms(base.TermsReader):  # type: ignore[misc]
    """The terms of a segment and their postings."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.positions = {name: Positions.read(arrays, name) for name in POSITIONAL}
        self.frequencies = {name: Frequencies.read(arrays, name) for name in COUNTED}

    def postings(self, field: str, term: str) -> tuple[Array, Array]:
        """The documents with a term, ascending, and how often each has it."""
        if field in COUNTED:
            return self.frequencies[field].postings(term.encode("utf-8", "surrogatepass"))
        return self.positions[field].postings(term)

    # -- what Whoosh asks for ----------------------------------------------------------------------

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return term[0] in self.indexed_field_names() and bool(len(self._found(*term)[0]))

    def indexed_field_names(self) -> Iterable[str]:
        return sorted((*POSITIONAL, *COUNTED))  # Whoosh puts those of all segments together in order

    def terms(self) -> Iterator[tuple[str, bytes]]:
        return chain.from_iterable(self.terms_from(field, b"") for field in self.indexed_field_names())

    def terms_from(self, field: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        terms = self.frequencies[field] if field in COUNTED else self.positions[field]
        return ((field, term) for term in terms.terms() if term >= prefix)

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms())

    def items_from(self, field: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms_from(field, prefix))

    def term_info(self, field: str, text: bytes) -> TermInfo:
        return _info(*self._required(field, text))

    def frequency(self, field: str, text: bytes) -> float:
        return float(self._found(field, text)[1].sum(dtype=np.int64))

    def doc_frequency(self, field: str, text: bytes) -> int:
        return len(self._found(field, text)[0])

    def matcher(self, field: str, text: bytes, format_: Any, scorer: Any = None) -> Matcher:
        documents, counts = self._required(field, text)
        return ListMatcher(
            documents.tolist(),
            counts.astype(np.float64).tolist(),
            format=format_,
            scorer=scorer,
            term=(field, text),
            terminfo=_info(documents, counts),
        )

    def close(self) -> None:
        """Let go of the file, as far as nothing else holds an array of it."""
        self.positions, self.frequencies = {}, {}
        del self.arrays

    def cursor(self, field: str, field_object: Any) -> base.FieldCursor:
        raise NotImplementedError("terms are listed, not walked through")

    def _found(self, field: str, text: bytes) -> tuple[Array, Array]:
        return self.postings(field, text.decode("utf-8", "surrogatepass"))

    def _required(self, field: str, text: bytes) -> tuple[Array, Array]:
        documents, counts = self._found(field, text)
        if not len(documents):
            raise TermNotFound(f"No term {field}:{text!r}")
        return documents, counts


def _info(documents: Array, counts: Array) -> TermInfo:
    """What Whoosh's scorers ask of a term."""
    return TermInfo(
        weight=float(counts.sum(dtype=np.int64)),
        df=len(documents),
        maxweight=float(counts.max()),
        minid=int(documents[0]),
        maxid=int(documents[-1]),
    )


def terms_of(leaf: SegmentReader) -> SegmentTerms:
    """The terms of a segment that Whoosh has opened."""
    terms: SegmentTerms = leaf._terms
    return terms
