"""A short run of tests/fuzz over every format, and that such a run finds what there is to find."""

from __future__ import annotations

import io
import lzma
import os
import random
import re
import signal
import time
import zipfile
import zlib
from itertools import islice
from pathlib import PurePath

import pytest

from indexer.errors import UnreadableError
from indexer.readers import FORMATS, read
from tests.fuzz import structures
from tests.fuzz.cases import Case, Outcome, sources
from tests.fuzz.pool import endless, run
from tests.readers import workbooks

SEED = 6
CASES = 160  # of all formats together


def test_no_changed_file_does_harm() -> None:
    findings = run(islice(endless(sorted(sources()), SEED), CASES))
    assert findings.cases == CASES
    assert [f"{case.name}: {what}" for case, what in findings.bad] == []


def test_every_format_that_is_read_is_tried() -> None:
    assert [f.name for f in FORMATS if f.name not in sources()] == []


@pytest.mark.parametrize("fmt", sorted(sources()))
def test_a_case_is_the_same_each_time_and_others_are_different(fmt: str) -> None:
    assert Case(fmt, 1, 2).made() == Case(fmt, 1, 2).made()
    assert len({Case(fmt, 1, n).made()[1] for n in range(5)}) > 1


def opened(fmt: str, data: bytes) -> bool:
    """Whether the outer form of a file holds, so that the change is met by the code behind it."""
    if fmt == "pdf":
        return data.startswith(b"%PDF") and b"endobj" in data
    if fmt == "doc":
        return data.startswith(structures.OLE)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return packed.testzip() is None
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError):
        return False


@pytest.mark.parametrize("fmt", ["docx", "odt", "ofd", "zip", "pdf", "doc"])
def test_most_changes_are_inside(fmt: str) -> None:
    made = [Case(fmt, SEED, n).made()[1] for n in range(40)]
    assert sum(opened(fmt, data) for data in made) >= 20


def test_what_is_packed_in_a_pdf_is_changed_and_packed_again() -> None:
    content = zlib.compress(b"BT (text) Tj ET")
    data = b"%%PDF-1.4\n1 0 obj\n<</Filter/FlateDecode/Length %d>>\nstream\n" % len(content)
    data += content + b"\nendstream\nendobj\n"
    found = set()
    for n in range(40):
        new = structures.pdf(data, random.Random(n), lambda inside, _: inside.replace(b"text", b"others"))
        length, packed = re.findall(rb"/Length (\d+)>>\nstream\n(.*)\nendstream", new, re.DOTALL)[0]
        assert len(packed) == int(length)
        found.add(zlib.decompress(packed))
    assert b"BT (others) Tj ET" in found


def test_a_compound_file_keeps_its_size_and_beginning() -> None:
    data = dict(sources()["doc"])["report.doc"]
    made = [structures.compound(data, random.Random(n)) for n in range(20)]
    assert all(len(m) == len(data) and m.startswith(structures.OLE) for m in made)
    assert sum(m != data for m in made) >= 15


def test_a_reason_of_one_line_whatever_a_library_says() -> None:
    assert str(UnreadableError("已损坏: Char 0x0 \n, line 2\r\n")) == "已损坏: Char 0x0 , line 2"
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>一\n\x00二</t></is></c></row>'
    with pytest.raises(UnreadableError) as caught:
        read(PurePath("a.xlsx"), workbooks.xlsx({"一": rows}))
    assert "\n" not in str(caught.value)


def hostile(case: Case) -> Outcome:
    """A reader that dies of one case and hangs at another."""
    if case.number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    if case.number == 9:
        time.sleep(3600)
    return Outcome(bad="harm" if case.number == 12 else None)


def test_what_crashes_and_hangs_is_named() -> None:
    cases = [Case("text", 0, n) for n in range(14)]
    findings = run(cases, read=hostile, limit=0.5)
    assert findings.cases == 14
    assert [case.number for case, _ in findings.bad] == [5, 9, 12]
    assert "died" in findings.bad[0][1]
    assert "longer" in findings.bad[1][1]
