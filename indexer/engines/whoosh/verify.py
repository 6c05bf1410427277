"""Is the index whole? Every record is read, and columns and postings are made from the records once more.

What a segment holds beside its records follows from them: so it is made again, as an index run makes it, and
must be the same to the last byte. A posting that is missing, doubled, altered or in the wrong section shows,
and so does a bit that has turned.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator

import numpy as np
from whoosh.reading import SegmentReader

from indexer.engines.whoosh import records
from indexer.engines.whoosh.arrays import Arrays
from indexer.engines.whoosh.codec import terms_of
from indexer.engines.whoosh.documents import BYTES, FILE, META, REPORT, STORED, Documents
from indexer.engines.whoosh.reader import WhooshReader
from indexer.engines.whoosh.schema import file_place, split_place
from indexer.engines.whoosh.segments import Contents, write_arrays
from indexer.engines.whoosh.tokenising import Making

_AT_ONCE = 1 << 20  # characters of records that are made into contents at a time


def problems(reader: WhooshReader) -> list[str]:
    """What does not fit together, a line each."""
    found = _files_and_reports(reader)
    for leaf, _ in reader.leaves:
        found += _segment(leaf)
    return found


def _files_and_reports(reader: WhooshReader) -> list[str]:
    """Records that are missing, and such as nothing belongs to."""
    reports = Counter(filed.file for filed in reader.reports())
    found = [
        f"{entry.file}: {reports[entry.file]} of {entry.reports} reports are there"
        for entry in reader.files().values()
        if entry.reports != reports[entry.file]
    ]
    strangers = sorted(set(reports) - set(reader.files()))
    found += [f"{file}: reports of a file that the index does not know" for file in strangers]
    if reader.order.file_places != sorted(map(file_place, reader.files())):
        found.append("files do not stand where their reports do")
    counts = np.diff(reader.order.starts).tolist()
    for row, (there, declared) in enumerate(zip(counts, reader.order.declared.tolist(), strict=True)):
        if there != declared:
            file, _ = split_place(reader.order.report_places[row])
            found.append(f"{file}: {there} of {declared} sections are there")
    return found


def _segment(leaf: SegmentReader) -> list[str]:
    """What of a segment is not as its records make it."""
    arrays = terms_of(leaf).arrays
    damaged = arrays.damaged()
    if damaged:
        return [f"arrays are not as they were written: {', '.join(damaged)}"]
    documents = Documents.read(leaf.storage(), leaf.segment())
    made = list(_made(leaf, documents))
    wanted = Documents.together([contents.documents for contents in made])
    found = [
        f"column {name}: wrong for {np.count_nonzero(column != documents.numbers[name])} records"
        for name, column in wanted.numbers.items()
        if not np.array_equal(column, documents.numbers[name])
    ]
    for name in set(BYTES) - {STORED}:
        own, other = wanted.bytes[name], documents.bytes[name]
        if own.data != other.data or not np.array_equal(own.sizes, other.sizes):
            found.append(f"column {name}: wrong")
    with tempfile.TemporaryFile() as file:
        write_arrays(file, wanted, made)
        return found + _differences(arrays, Arrays(file))


def _made(leaf: SegmentReader, documents: Documents) -> Iterator[Contents]:
    """The contents of a segment, made from its records alone, some at a time."""
    making, characters = Making(), 0
    places = documents.bytes["place"]
    for document in np.flatnonzero(np.isin(documents.kinds, (META, FILE, REPORT))).tolist():
        if characters >= _AT_ONCE:
            yield making.contents()
            making, characters = Making(), 0
        data = leaf.stored_fields(document)["data"]
        if documents.kinds[document] == META:
            making.add_meta(records.load_meta(data))
        elif documents.kinds[document] == FILE:
            making.add_file(records.load_file(data))
        else:
            first = document + 1
            behind = first + int(documents.numbers["sections"][document])
            stored = (leaf.stored_fields(d) for d in range(first, behind))
            sections = [s for fields in stored if fields for s in records.load_sections(fields["data"])]
            if len(sections) != behind - first:
                raise ValueError("the records of a report's sections are not as many as it has")
            report = records.load_report(data, tuple(sections))
            making.add_report(split_place(places[document])[0], report)
            characters += report.characters
    yield making.contents()


def _differences(arrays: Arrays, wanted: Arrays) -> list[str]:
    """The fields whose arrays are not those that are wanted."""
    wrong = {name.split(".")[0] for name in wanted if not np.array_equal(arrays[name], wanted[name])}
    return [f"field {field}: postings are not those of the texts" for field in sorted(wrong)]
