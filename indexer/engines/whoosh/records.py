"""Records as JSON, as they are stored in the index, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from indexer.model import FileEntry, Folder, IndexMeta, Removed, Report, Section, Stamp


def dump(data: dict[str, Any]) -> str:
    """JSON text; only a lone surrogate, which no encoding has, is kept as an escape."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def dump_meta(meta: IndexMeta) -> str:
    return dump(asdict(meta))


def load_meta(text: str) -> IndexMeta:
    data = json.loads(text)
    return IndexMeta(data["updated"], tuple(Folder(**f) for f in data["folders"]), data["analysis"])


def dump_file(entry: FileEntry) -> str:
    return dump(asdict(entry))


def load_file(text: str) -> FileEntry:
    data = json.loads(text)
    data["stamp"] = Stamp(**data["stamp"]) if data["stamp"] else None
    data["warnings"] = tuple(data["warnings"])
    return FileEntry(**data)


def dump_report(report: Report) -> str:
    """All of a report but its sections; their number and characters are noted."""
    names = ("ordinal", "title", "kind", "unit", "year", "published", "ocr")
    data = {name: getattr(report, name) for name in names}
    data["plan_years"] = list(report.plan_years)
    data["removed"] = [[r.text, r.reason] for r in report.removed]
    data["sections"] = len(report.sections)
    data["characters"] = report.characters
    return dump(data)


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


def dump_section(section: Section) -> str:
    return dump(asdict(section))


def load_section(text: str) -> Section:
    data = json.loads(text)
    return Section(**{**data, "path": tuple(data["path"]), "paragraphs": tuple(data["paragraphs"])})
