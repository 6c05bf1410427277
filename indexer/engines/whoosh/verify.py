"""Is the index whole? Every record is read, and every posting compared with the text it was made from.

Postings are compared by fingerprints, one number a term: the sum of a hash (splitmix64, after Steele, Lea and
Flood, *Fast Splittable Pseudorandom Number Generators*, 2014) of each pair of row and frequency. A million
terms so take some ten megabytes, and a posting that is missing, doubled, altered or in the wrong row shows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from indexer.analysis.grams import count_grams
from indexer.analysis.normalise import normalise
from indexer.analysis.words import cut_words
from indexer.engines.whoosh.reader import WhooshReader
from indexer.engines.whoosh.schema import REPORT_FIELDS, SECTION_FIELDS, file_place
from indexer.file_types import FILE_TYPES, file_type
from indexer.model import PARTS, TOPICS

_WRAP = 1 << 64
_COUNT_BITS = 24  # of a pair of row and frequency, the frequency's


def problems(reader: WhooshReader) -> list[str]:
    """What does not fit together, a line each."""
    found = _files_and_reports(reader) + _columns(reader)
    wanted = _wanted_postings(reader)
    for field in (*SECTION_FIELDS, *REPORT_FIELDS):
        found += _postings(reader, field, wanted[field])
    return found


def _files_and_reports(reader: WhooshReader) -> list[str]:
    """Records that are missing or cannot be found by their ids."""
    reports = Counter(filed.file for filed in reader.reports())
    found = [
        f"{entry.file}: {reports[entry.file]} of {entry.reports} reports are there"
        for entry in reader.files().values()
        if entry.reports != reports[entry.file]
    ]
    strangers = sorted(set(reports) - set(reader.files()))
    found += [f"{file}: reports of a file that the index does not know" for file in strangers]
    if reader.file_places != sorted(map(file_place, reader.files())):
        found.append("files do not stand where their reports do")
    for row, filed in enumerate(reader.reports()):
        count = reader.declared_sections(row)
        if count != len(filed.report.sections):
            found.append(f"{filed.file}: {len(filed.report.sections)} of {count} sections are there")
        for position in range(len(filed.report.sections)):
            section = reader.section(f"{filed.report_id}-{position}")
            if section is None or section.file != filed.file:
                found.append(f"{filed.file}: section {filed.report_id}-{position} cannot be found")
    return found


def _columns(reader: WhooshReader) -> list[str]:
    """Columns that do not say of a section, or of its report, what the record says."""
    wrong = Counter[str]()
    row = 0
    files = reader.files()
    for report, filed in enumerate(reader.reports()):
        entry = files.get(filed.file)
        unit = ["", *reader.unit_names][reader.units[report]]
        wrong["unit_name"] += unit != (filed.report.unit or "")
        kind = FILE_TYPES[reader.file_types[report]]
        wrong["file_type"] += entry is not None and kind != file_type(entry.format)
        for section in filed.report.sections:
            wanted = {
                "year": section.year or 0,
                "part": PARTS.index(section.part),
                "topic": TOPICS.index(section.topic) + 1 if section.topic else 0,
                "length": sum(1 for p in section.paragraphs for _ in cut_words(normalise(p))),
            }
            columns = (reader.years, reader.parts, reader.topics, reader.lengths)
            for (name, value), column in zip(wanted.items(), columns, strict=True):
                wrong[name] += int(column[row]) != value
            row += 1
    return [f"column {name}: wrong for {count} records" for name, count in wrong.items() if count]


def _wanted_postings(reader: WhooshReader) -> dict[str, dict[str, int]]:
    """Field -> term -> fingerprint, by the stored texts."""
    wanted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(field: str, row: int, terms: Iterable[tuple[str, int]]) -> None:
        pairs = list(terms)
        hashes = _hashes(np.full(len(pairs), row), np.array([count for _, count in pairs], dtype=np.int64))
        for (term, _), mixed in zip(pairs, hashes.tolist(), strict=True):
            wanted[field][term] = (wanted[field][term] + mixed) % _WRAP

    section_row = 0
    for report_row, filed in enumerate(reader.reports()):
        report = filed.report
        for field, text in (("title", report.title), ("unit", report.unit or ""), ("file", filed.file)):
            add(field, report_row, count_grams([normalise(text)]).items())
        for section in report.sections:
            paragraphs = [normalise(p) for p in section.paragraphs]
            add("grams", section_row, count_grams(paragraphs).items())
            add("heading", section_row, count_grams([normalise(section.heading or "")]).items())
            add("words", section_row, Counter(w for p in paragraphs for w in cut_words(p)).items())
            section_row += 1
    return wanted


def _hashes(rows: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A hash of each pair of row and frequency."""
    x = (rows.astype(np.uint64) << np.uint64(_COUNT_BITS)) + counts.astype(np.uint64)
    x = (x + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _postings(reader: WhooshReader, field: str, wanted: dict[str, int]) -> list[str]:
    """Terms of a field whose postings are not those of the texts, the first few by name."""
    terms = set(wanted) | set(reader.terms(field))
    wrong = sorted(t for t in terms if _fingerprint(*reader.postings(field, t)) != wanted.get(t, 0))
    if not wrong:
        return []
    return [f"field {field}: postings of {len(wrong)} terms are wrong, such as {', '.join(wrong[:5])}"]


def _fingerprint(rows: NDArray[np.int64], counts: NDArray[np.float64]) -> int:
    return int(_hashes(rows, counts.astype(np.int64)).sum(dtype=np.uint64))
