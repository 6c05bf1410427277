"""What a Whoosh index of ours consists of.

Four kinds of document, told apart by the indexed field ``kind``, which sections do without:

========= ==========================================================================================
meta      one; stored: the folders, the analysis, the time of the update
file      one a file; stored: its FileEntry; column of its type
report    one a report; stored: all but its sections; characters of title, unit and file; columns of its
          unit and of how many sections it has, which stand right behind it
section   one a section; stored of the first of some neighbours: heading, path, paragraphs ... of them all;
          words and characters of its paragraphs, characters of its heading; columns of year, part, topic
          and length
========= ==========================================================================================

Files and reports carry a ``place``, a column whose byte order is reading order::

    file NUL                           a file, right before its reports
    file NUL ordinal (8 digits) NUL    a report

No name on a disk has a NUL. In one that has come from elsewhere it is written as 01 01, and 01 as 01 02, so
that a place has a NUL where the file ends alone, and the order stays.
"""

from __future__ import annotations

from whoosh import columns, fields, formats

#: Changes with everything below.
VERSION = "3"


class Counted(fields.FieldType):  # type: ignore[misc]  # Whoosh ships no types
    """A field whose postings the codec keeps: Whoosh asks for terms of it, and never fills it itself."""

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

    def to_bytes(self, value: str | bytes) -> bytes:
        """A term as Whoosh keeps it; a lone surrogate is kept as such."""
        return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")

    def from_bytes(self, value: bytes) -> str:
        """The way back."""
        return value.decode("utf-8", "surrogatepass")


#: The fields with postings that reports have; the others are those of sections.
REPORT_FIELDS = ("title", "unit", "file")


def _number() -> fields.COLUMN:
    return fields.COLUMN(columns.NumericColumn("i"))


def schema() -> fields.Schema:
    """The schema of a new index."""
    return fields.Schema(
        kind=Counted(),
        id=Counted(),  # of a report
        of_file=Counted(),  # of a file and its reports, for taking them out
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
        sections=_number(),  # how many documents right behind a report's are its sections
        unit_name=fields.COLUMN(columns.VarBytesColumn()),  # empty: none
        file_type=_number(),  # place in FILE_TYPES
        data=fields.STORED(),  # JSON
    )


def file_place(file: str) -> bytes:
    """Where a file stands in reading order."""
    return file.encode("utf-8", "surrogatepass").replace(b"\1", b"\1\2").replace(b"\0", b"\1\1") + b"\0"


def report_place(file: str, ordinal: int) -> bytes:
    """Where a report stands in reading order."""
    return file_place(file) + f"{ordinal:08}\0".encode()


def is_file(place: bytes) -> bool:
    """Whether a file stands there, not a report."""
    return place.count(b"\0") == 1


def split_place(place: bytes) -> tuple[str, int | None]:
    """File and ordinal (None: of the file itself) of a place. Raises ValueError where it is none."""
    name, ordinal, *_ = place.split(b"\0")
    file = name.replace(b"\1\1", b"\0").replace(b"\1\2", b"\1").decode("utf-8", "surrogatepass")
    return file, int(ordinal) if ordinal else None
