"""Records as JSON, as they are stored in the index, and back.

Text comes back as it was: a lone surrogate, which no encoding has, stays in the JSON as it is. Written as an
escape it would be read as one character with another behind it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any, TypeAlias

from indexer.model import FileEntry, Folder, IndexMeta, Removed, Report, Section, Stamp

_OF_SECTION = tuple(field.name for field in fields(Section))

#: The values of a section, in the order of its fields; a sequence may be a list.
Row: TypeAlias = Sequence[Any]

_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump_meta(meta: IndexMeta) -> str:
    return _text(asdict(meta))


def load_meta(text: str) -> IndexMeta:
    data = json.loads(text)
    return IndexMeta(data["updated"], tuple(Folder(**f) for f in data["folders"]), data["analysis"])


def dump_file(entry: FileEntry) -> str:
    return _text(asdict(entry))


def load_file(text: str) -> FileEntry:
    data = json.loads(text)
    data["stamp"] = Stamp(**data["stamp"]) if data["stamp"] else None
    data["warnings"] = tuple(data["warnings"])
    return FileEntry(**data)


def dump_report(report: Report) -> str:
    """All of a report but its sections; how many characters they have is noted."""
    names = ("ordinal", "title", "kind", "unit", "year", "published", "ocr")
    data = {name: getattr(report, name) for name in names}
    data["plan_years"] = list(report.plan_years)
    data["removed"] = [[r.text, r.reason] for r in report.removed]
    data["characters"] = report.characters
    return _text(data)


def load_report(text: str, sections: tuple[Section, ...]) -> Report:
    data = json.loads(text)
    del data["characters"]
    return Report(
        **{
            **data,
            "sections": sections,
            "plan_years": tuple(data["plan_years"]),
            "removed": tuple(Removed(*r) for r in data["removed"]),
        }
    )


def dump_rows(rows: Sequence[Row]) -> str:
    """A list a section, of the values of its fields: their names would be longer than many a section."""
    return _text(rows)


def load_rows(text: str) -> list[Row]:
    """The values of sections. Raises ValueError where they are not as many as a section has."""
    rows: list[Row] = json.loads(text)
    if any(len(row) != len(_OF_SECTION) for row in rows):
        raise ValueError("the record of a section has not the values of one")
    return rows


def load_sections(text: str) -> tuple[Section, ...]:
    sections = []
    for row in load_rows(text):
        data = dict(zip(_OF_SECTION, row, strict=True))
        data |= {"path": tuple(data["path"]), "paragraphs": tuple(data["paragraphs"])}
        sections.append(Section(**data))
    return tuple(sections)
