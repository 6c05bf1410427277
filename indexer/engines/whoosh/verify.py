"""Is the index whole? Every record is read, and columns and postings are made from the records once more.

What a segment holds beside its records follows from them: so it is made again, as an index run makes it, and
must be the same to the last byte. A posting that is missing, doubled, altered or in the wrong section shows,
and so does a bit that has turned.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from whoosh.reading import SegmentReader

from indexer.engines.whoosh import records
from indexer.engines.whoosh.arrays import Array, Arrays
from indexer.engines.whoosh.codec import POSITIONAL, WORDS, terms_of
from indexer.engines.whoosh.documents import BYTES, FILE, META, REPORT, STORED, Documents
from indexer.engines.whoosh.frequencies import Frequencies
from indexer.engines.whoosh.positions import SEPARATOR, Positions
from indexer.engines.whoosh.reader import WhooshReader
from indexer.engines.whoosh.schema import file_place, split_place
from indexer.engines.whoosh.segments import Contents, write_arrays
from indexer.engines.whoosh.tokenising import Making
from indexer.stretches import Ints, offsets_of, ranges

_AT_ONCE = 1 << 20  # characters of records that are made into contents at a time ...
_IN_MEMORY = 4  # ... and how many of these wait until they are put on disk as one
_NAMED = 3  # terms in a message
_COMPARED = 1 << 21  # postings at a time


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
    recorded = documents.bytes.pop(STORED).sizes > 0  # what is stored is read, but need not be held
    made = list(_on_disk(_made(leaf, documents, recorded)))
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


def _on_disk(made: Iterator[Contents]) -> Iterator[Contents]:
    """The same in larger pieces, whose postings lie in files that are gone when nobody holds them."""
    while some := list(islice(made, _IN_MEMORY)):
        documents = Documents.together([contents.documents for contents in some])
        with tempfile.TemporaryFile() as file:
            write_arrays(file, documents, some)
            arrays = Arrays(file)
        some.clear()
        positions = {name: Positions.read(arrays, name) for name in POSITIONAL}
        yield Contents(documents, positions, Frequencies.read(arrays, WORDS))


def _made(leaf: SegmentReader, documents: Documents, recorded: NDArray[np.bool_]) -> Iterator[Contents]:
    """The contents of a segment, made from its records alone, some at a time; the records are left out.

    ``recorded``: for each document whether something is stored of it.
    """
    making, characters = Making(), 0
    places, sections = documents.bytes["place"], documents.numbers["sections"]
    for document in np.flatnonzero(np.isin(documents.kinds, (META, FILE, REPORT))).tolist():
        if characters >= _AT_ONCE:
            yield making.contents()
            making, characters = Making(), 0
        data = leaf.stored_fields(document)["data"]
        characters += len(data)
        if documents.kinds[document] == META:
            records.load_meta(data)
            making.add_meta(None)
        elif documents.kinds[document] == FILE:
            entry = records.load_file(data)
            making.add_file(entry.file, entry.format, None)
        else:
            first, count = document + 1, int(sections[document])
            rows: list[records.Row] = []
            for group in (np.flatnonzero(recorded[first : first + count]) + first).tolist():
                own = leaf.stored_fields(group)["data"]
                characters += len(own)
                rows += records.load_rows(own)
            if len(rows) != count:
                raise ValueError("the records of a report's sections are not as many as it has")
            report = records.load_report(data, ())
            file = split_place(places[document])[0]
            making.add_report(file, report.ordinal, report.title, report.unit, None, rows)
    yield making.contents()


# -- postings that differ --------------------------------------------------------------------------------


def _differences(arrays: Arrays, wanted: Arrays) -> list[str]:
    """The fields whose arrays are not those that are wanted, with some terms whose postings are wrong."""
    wrong = {name.split(".")[0] for name in wanted if not np.array_equal(arrays[name], wanted[name])}
    found = []
    for name in sorted(wrong):
        try:
            terms = (_grams_between if name in POSITIONAL else _words_between)(name, arrays, wanted)
        except (IndexError, KeyError, ValueError):  # the arrays do not fit each other
            terms = []
        if terms:
            some = ", ".join(terms[:_NAMED]).encode("utf-8", "backslashreplace").decode("utf-8")
            found.append(f"field {name}: postings of {len(terms)} terms are wrong, such as {some}")
        else:
            found.append(f"field {name}: postings are not those of the texts")
    return found


#: Keys, ascending, where the list of each begins and the last one ends, and what stands at some places.
_Lists: TypeAlias = tuple[Array, Array, Callable[[Ints], list[Array]]]


def _words_between(name: str, *both: Arrays) -> list[str]:
    """The words of a field whose documents and counts are not the same."""
    own, wanted = (Frequencies.read(arrays, name) for arrays in both)
    words = sorted({*own.terms(), *wanted.terms()})
    place = {word: n for n, word in enumerate(words)}

    def lists(field: Frequencies) -> _Lists:
        keys = np.array([place[word] for word in field.terms()], dtype=np.int64)
        return keys, field.offsets, lambda places: [field.docs[places], field.counts[places]]

    return [words[key].decode("utf-8", "replace") for key in _keys_between(lists(own), lists(wanted))]


def _grams_between(name: str, *both: Arrays) -> list[str]:
    """The characters and pairs that do not stand at the same places of the same documents."""

    def lists(field: Positions) -> _Lists:
        def standing(places: Ints) -> list[Array]:
            positions = field.positions[places]
            texts = field.texts_of(positions)
            return [field.docs[texts], positions - field.starts[texts]]

        return field.grams, field.offsets, standing

    keys = _keys_between(*(lists(Positions.read(arrays, name)) for arrays in both))
    return [(chr(key >> 21) + chr(key & 0x1FFFFF)).rstrip(SEPARATOR) for key in keys]


def _keys_between(own: _Lists, wanted: _Lists) -> list[int]:
    """The keys whose lists are not the same."""
    common, *places = np.intersect1d(own[0], wanted[0], assume_unique=True, return_indices=True)
    sides = []
    for (_, offsets, values), at in zip((own, wanted), places, strict=True):
        bounds: Ints = offsets.astype(np.int64)
        sides.append((bounds[at], np.diff(bounds)[at], values))
    (starts, sizes, values), (other_starts, other_sizes, other_values) = sides
    wrong = sizes != other_sizes
    same = np.flatnonzero(~wrong & (sizes > 0))
    ends = offsets_of(sizes[same])
    first = 0
    while first < len(same):
        last = max(first + 1, int(np.searchsorted(ends, ends[first] + _COMPARED, "right")) - 1)
        some = same[first:last]
        differ = np.zeros(int(sizes[some].sum()), dtype=bool)
        pairs = zip(
            values(ranges(starts[some], sizes[some])),
            other_values(ranges(other_starts[some], sizes[some])),
            strict=True,
        )
        for one, other in pairs:
            differ |= one != other
        wrong[some] = np.logical_or.reduceat(differ, ends[first:last] - ends[first])
        first = last
    found: list[int] = np.union1d(common[wrong], np.setxor1d(own[0], wanted[0])).tolist()
    return found
