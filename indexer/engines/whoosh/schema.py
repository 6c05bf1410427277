"""What a Whoosh index of ours consists of.

Four kinds of document, told apart by the indexed field ``kind``:

========= ==========================================================================================
meta      one; stored: the folders, the analysis, the time of the update
file      one a file; stored: its FileEntry; column of its type
report    one a report; stored: all but its sections; grams of title, unit and file; column of its unit
section   one a section; stored: heading, path, paragraphs ...; words and grams of its paragraphs, grams
          of its heading; columns of year, part, topic and length
========= ==========================================================================================

All but the first carry a ``place``, a column whose byte order is reading order::

    file NUL                                            a file, right before its reports
    file NUL ordinal (8 digits) NUL                     a report
    file NUL ordinal (8 digits) NUL position (8 digits) a section, right behind its report

Grams and words are counted before they reach Whoosh (:class:`Counted`), so that its analysers, which split
text in their own way, are not in play.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from whoosh import columns, fields, formats
from whoosh.system import pack_uint

#: Changes with everything below.
VERSION = "2"


class Counted(fields.FieldType):  # type: ignore[misc]  # Whoosh ships no types
    """A field whose value is a Counter of terms: term -> occurrences."""

    indexed = True
    analyzer = None

    def __init__(self) -> None:
        self.format = formats.Frequency()
        self.scorable = False
        self.stored = False
        self.unique = False
        self.column_type = None
        self.vector = None
        self.multitoken_query = "default"
        self.spelling = False

    def index(self, value: Counter[str], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Yield (term, frequency, weight, posting value) a term."""
        for term, count in value.items():
            yield self.to_bytes(term), count, float(count), pack_uint(count)

    def to_bytes(self, value: str | bytes) -> bytes:
        """A term as Whoosh keeps it; a lone surrogate is kept as such."""
        return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")

    def from_bytes(self, value: bytes) -> str:
        """The way back."""
        return value.decode("utf-8", "surrogatepass")


#: The fields with postings, by the kind of document that has them.
SECTION_FIELDS = ("words", "grams", "heading")
REPORT_FIELDS = ("title", "unit", "file")


def _number() -> fields.COLUMN:
    return fields.COLUMN(columns.NumericColumn("i"))


def schema() -> fields.Schema:
    """The schema of a new index."""
    return fields.Schema(
        kind=fields.ID(),
        id=fields.ID(),  # of a report or a section
        of_file=fields.ID(),  # whatever belongs to a file, for taking it out
        words=Counted(),
        grams=Counted(),
        heading=Counted(),
        title=Counted(),
        unit=Counted(),
        file=Counted(),
        place=fields.COLUMN(columns.VarBytesColumn()),
        year=_number(),  # 0: none
        part=_number(),  # place in PARTS
        topic=_number(),  # 1 + place in TOPICS; 0: none
        length=_number(),  # words in the paragraphs
        unit_name=fields.COLUMN(columns.VarBytesColumn()),  # empty: none
        file_type=_number(),  # place in FILE_TYPES
        data=fields.STORED(),  # JSON
    )


def file_place(file: str) -> bytes:
    """Where a file stands in reading order."""
    return f"{file}\0".encode("utf-8", "surrogatepass")


def report_place(file: str, ordinal: int) -> bytes:
    """Where a report stands in reading order."""
    return file_place(file) + f"{ordinal:08}\0".encode()


def section_place(file: str, ordinal: int, position: int) -> bytes:
    """Where a section stands in reading order."""
    return report_place(file, ordinal) + f"{position:08}".encode()


def is_file(place: bytes) -> bool:
    """Whether a file stands there."""
    return place.count(b"\0") == 1


def split_place(place: bytes) -> tuple[str, int, int | None]:
    """File, ordinal and position (None: a report) of a place of a report or section."""
    file, ordinal, position = place.decode("utf-8", "surrogatepass").split("\0")
    return file, int(ordinal), int(position) if position else None


def file_term(kind: str, file: str) -> str:
    """A file as a term: its digest, for Whoosh cannot encode the lone surrogates that a name may hold."""
    return f"{kind}:{hashlib.blake2b(file.encode('utf-8', 'surrogatepass'), digest_size=20).hexdigest()}"


def counted(texts: Iterable[Iterable[str]]) -> Counter[str]:
    """Count the terms of several texts together."""
    total: Counter[str] = Counter()
    for terms in texts:
        total.update(terms)
    return total
