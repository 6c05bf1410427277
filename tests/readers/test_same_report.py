"""One and the same report in every format: its characters, its sections, headings where it has them."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from pathlib import PurePath

import pytest

from indexer.model import Document
from indexer.readers import read
from indexer.reports import understand
from tests.readers import same

#: Formats that know headings. PDF, OFD and tables only show them.
STYLED = ("doc", "wps", "rtf", "odt", "html", "mht", "eml", "zip")
SHOWN = ("pdf", "ofd", "xlsx", "xls", "ods", "csv")


def letter(kind: str) -> bytes:
    """The report as a letter, or as a web archive."""
    message = EmailMessage()
    message["Subject"] = same.expected().blocks[0].text
    if kind == "eml":
        message["From"], message["To"] = "wang@example.gov.cn", "li@example.gov.cn"
    else:
        message["Snapshot-Content-Location"] = "http://example.gov.cn/1.html"
    page = (same.DATA / "report.html").read_text("utf-8")
    message.set_content(page, subtype="html", charset="gb18030", cte="base64")
    return bytes(message)


def report(kind: str) -> Document:
    """The report as its reader gives it; of an archive what is in it."""
    if kind in ("eml", "mht"):
        data = letter(kind)
    elif kind == "zip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.write(same.REPORT, "2018/总结.docx")
        (member,) = read(PurePath("总结.zip"), stream.getvalue()).members
        return read(PurePath(member.name), member.data)
    else:
        data = (same.DATA / f"report.{'doc' if kind == 'wps' else kind}").read_bytes()
    return read(PurePath(f"总结.{kind}"), data)


def sections(document: Document) -> list[tuple[str, int, str]]:
    """Heading, level and text of each section, white space aside."""
    (found,) = understand(document, "总结")
    return [
        ("".join((s.heading or "").split()), s.level, "".join("".join(s.paragraphs).split()))
        for s in found.sections
    ]


@pytest.mark.parametrize("kind", STYLED + SHOWN)
def test_the_same_report(kind: str) -> None:
    found, expected = report(kind), same.expected()
    assert same.share_in_order(found, commas=kind == "csv") >= 0.99
    assert [s[:2] for s in sections(found)] == [s[:2] for s in sections(expected)]
    if kind in STYLED:
        headings = [b for b in expected.blocks if (b.style or "").startswith("heading")]
        assert [b for b in found.blocks if (b.style or "").startswith("heading")] == headings
