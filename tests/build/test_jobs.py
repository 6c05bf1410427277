"""However many files are read at once, the index is the same."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from indexer import as_json
from indexer.build import update
from indexer.library import Library
from indexer.repeated import list_families
from indexer.search import make_question, search
from tests.build.containers import archive, encrypted, letter, report
from tests.build.office import Office

DATA = Path(__file__).parents[1] / "readers" / "data"
MADE = ("report.rtf", "report.odt", "report.pdf", "report.ofd", "report.xlsx", "report.html", "encrypted.pdf")


@pytest.fixture
def mixed(office: Office) -> Office:
    """Files of many formats, in archives and outside, some of which cannot be read."""
    for name in MADE:
        target = office.root / "报告" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(DATA / name, target)
    texts = {f"{n}.txt": report(f"{n}", f"第{n}个园区招商引资成效明显。" * 5) for n in range(12)}
    packed = archive({**texts, "坏.docx": b"PK\x03\x04word/document.xml", "b.zip": texts})
    for n in range(4):
        (office.root / f"报告/包{n}.zip").write_bytes(encrypted(packed, "3.txt"))
    (office.root / "报告/信.eml").write_bytes(letter("现将招商引资总结报上。", {"a.zip": packed}))
    office.settle()
    return office


def told(office: Office, jobs: int) -> dict[str, Any]:
    """All that an index made by so many says."""
    index = office.root / f"index-{jobs}"
    summary = update(index, [office.root / "报告"], office.settings, jobs=jobs)
    library = Library(index)
    hits = search(library, make_question("招商引资 园区", limit=200)).hits
    found = {
        "summary": {**as_json.summary_json(summary), "seconds": None},
        "entries": [asdict(entry) for entry in library.files()],
        "reports": list(library.reports()),
        "hits": [(hit.filed.section_id, hit.score) for hit in hits],
        "families": [as_json.families_json(list_families(library, level)) for level in ("section", "report")],
    }
    library.close()
    return found


def test_the_number_of_workers_changes_nothing(mixed: Office) -> None:
    one = told(mixed, 1)
    assert one["hits"]
    assert one["families"][0]["families"]
    failed = [line["file"] for line in one["summary"]["failed"]]
    assert len(failed) == 4 * 2 + 2 + 1  # in each archive, in the letter's, and the one under a password
    assert failed == sorted(failed)
    for count in (2, 4):
        assert told(mixed, count) == one
