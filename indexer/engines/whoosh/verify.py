"""Is the index whole? Every record is read, and every posting compared with the text it was made from."""

from __future__ import annotations

from collections import Counter

from indexer.analysis.grams import count_grams
from indexer.analysis.normalise import normalise
from indexer.analysis.words import cut_words
from indexer.engines.whoosh.reader import WhooshReader
from indexer.model import PARTS, TOPICS


def problems(reader: WhooshReader) -> list[str]:
    """What does not fit together, a line each."""
    found = _files_and_reports(reader) + _columns(reader)
    for field, wanted in _wanted_terms(reader).items():
        found += _terms(reader, field, wanted)
    return found


def _files_and_reports(reader: WhooshReader) -> list[str]:
    reports = Counter(filed.file for filed in reader.reports())
    found = [
        f"{entry.file}: {reports[entry.file]} of {entry.reports} reports are there"
        for entry in reader.files().values()
        if entry.reports != reports[entry.file]
    ]
    found += [
        f"{file}: reports of a file that the index does not know"
        for file in set(reports) - set(reader.files())
    ]
    for filed in reader.reports():
        for position in range(len(filed.report.sections)):
            identity = f"{filed.report_id}-{position}"
            section = reader.section(identity)
            if section is None or section.file != filed.file:
                found.append(f"{filed.file}: section {identity} cannot be found")
    return found


def _columns(reader: WhooshReader) -> list[str]:
    """Columns that do not say of a section what its record says."""
    wrong = Counter[str]()
    row = 0
    for filed in reader.reports():
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
    return [f"column {name}: wrong for {count} sections" for name, count in wrong.items() if count]


def _wanted_terms(reader: WhooshReader) -> dict[str, Counter[str]]:
    """How often each term must occur in each field, by the stored texts."""
    wanted: dict[str, Counter[str]] = {
        f: Counter() for f in ("grams", "words", "heading", "title", "unit", "file")
    }
    for filed in reader.reports():
        report = filed.report
        for field, text in (("title", report.title), ("unit", report.unit or ""), ("file", filed.file)):
            wanted[field].update(count_grams([normalise(text)]))
        for section in report.sections:
            paragraphs = [normalise(p) for p in section.paragraphs]
            wanted["grams"].update(count_grams(paragraphs))
            wanted["heading"].update(count_grams([normalise(section.heading or "")]))
            for paragraph in paragraphs:
                wanted["words"].update(cut_words(paragraph))
    return wanted


def _terms(reader: WhooshReader, field: str, wanted: Counter[str]) -> list[str]:
    """Terms of a field whose postings do not add up, the first few by name."""
    wrong = [term for term, count in wanted.items() if int(reader.postings(field, term)[1].sum()) != count]
    if not wrong:
        return []
    return [
        f"field {field}: postings of {len(wrong)} terms are wrong, such as {', '.join(sorted(wrong)[:5])}"
    ]
