"""LibreOffice as a second try, from the run's side: a program stands in its place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.engines.whoosh.writer import WhooshWriter
from indexer.library import Library
from indexer.readers import convert
from tests.build.containers import archive
from tests.build.office import Office

DATA = Path(__file__).parents[1] / "readers" / "data"
WHOLE = (DATA / "report.doc").read_bytes()
DAMAGED = WHOLE[:3000]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="runs a shell script")

#: Notes how many files it was given; makes of each the document that $MADE names.
CONVERTS = """#!/bin/sh
out=; n=0
while [ $# -gt 0 ]; do
  case "$1" in
    --outdir) out="$2"; shift;; --convert-to) shift;; -*) ;;
    *) n=$((n+1)); mkdir -p "$out"; name=$(basename "$1"); cp "$MADE" "$out/${name%.*}.docx";;
  esac; shift
done
echo $n >> "$LOG"
"""
FAILS = '#!/bin/sh\necho 0 >> "$LOG"\nexit 1\n'
HANGS = '#!/bin/sh\necho 0 >> "$LOG"\nexec sleep 600\n'


@pytest.fixture
def soffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a script in the place of LibreOffice; gives the file with what it notes."""

    def install(script: str) -> Path:
        import docx

        program = tmp_path / "bin" / "soffice"
        program.parent.mkdir(exist_ok=True)
        program.write_text(script)
        program.chmod(0o755)
        document = docx.Document()
        document.add_paragraph("2023年工作总结")
        document.add_paragraph("招商引资成效明显。")
        document.save(str(tmp_path / "made.docx"))
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        monkeypatch.setenv("LOG", str(tmp_path / "log"))
        monkeypatch.setenv("MADE", str(tmp_path / "made.docx"))
        return tmp_path / "log"

    return install


@pytest.fixture
def damaged(office: Office) -> Office:
    """Three damaged documents among others."""
    (office.root / "报告").mkdir()
    for name in ("a.doc", "b.wps", "z.doc"):
        (office.root / "报告" / name).write_bytes(DAMAGED + name.encode())
    shutil.copyfile(DATA / "encrypted.pdf", office.root / "报告" / "c.pdf")
    office.write("报告/外.txt", "外面的内容。")
    office.settle()
    return office


def test_many_are_converted_in_one_run_at_the_end(damaged: Office, soffice: Callable[[str], Path]) -> None:
    log = soffice(CONVERTS)
    order: list[str] = []
    damaged.run("报告", progress=lambda done, total, file: order.append(file))
    assert log.read_text().split() == ["3"]
    assert order[-4:-1] == ["报告/a.doc", "报告/b.wps", "报告/z.doc"]
    entries = {e.file: e for e in Library(damaged.index).files()}
    assert [entries[f"报告/{name}"].failed for name in ("a.doc", "b.wps", "z.doc")] == [None] * 3
    assert entries["报告/a.doc"].warnings[-1] == "由 LibreOffice 转换后读取 (converted by LibreOffice)"
    assert damaged.held()["报告/b.wps"] == "招商引资成效明显。"
    assert damaged.run().files.unchanged == 4
    assert log.read_text().split() == ["3"]


def reasons(office: Office) -> dict[str, str]:
    return {file.rpartition("/")[2]: reason for file, reason in office.run("报告").failed}


def test_what_it_cannot_convert_keeps_its_own_reason(damaged: Office, soffice: Callable[[str], Path]) -> None:
    log = soffice(FAILS)
    found = reasons(damaged)
    assert list(found) == ["a.doc", "b.wps", "c.pdf", "z.doc"]
    assert found["a.doc"].startswith("旧版 Word 文件已损坏或不完整；请用 Word 或 WPS 打开后另存为 .docx (")
    runs = log.read_text()
    assert reasons(damaged) == found
    assert log.read_text() == runs  # what it could not convert is not tried with every run


def test_without_it_the_line_says_what_to_install(
    damaged: Office, soffice: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(convert, "_program", lambda: None)
        found = reasons(damaged)
        assert found["a.doc"] == (
            "旧版 Word 文件已损坏或不完整；请用 Word 或 WPS 打开后另存为 .docx；也可安装 LibreOffice 后再试 "
            "(damaged or truncated: open it in Word or WPS and save it as .docx; "
            "or install LibreOffice and run again)"
        )
        assert "LibreOffice" not in found["c.pdf"]
    soffice(CONVERTS)
    assert damaged.run().files.added == 3  # it is there now


def test_without_it_a_run_with_nothing_new_writes_nothing(
    damaged: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert, "_program", lambda: None)
    damaged.run("报告")
    assert {e.extra for e in Library(damaged.index).files() if e.file.endswith((".doc", ".wps"))} == {
        convert.NAME
    }
    monkeypatch.setattr(WhooshWriter, "__init__", lambda *_: pytest.fail("it writes"))
    assert damaged.run().files.failed == 4


def archive_first(office: Office) -> None:
    """A file named as a document that was an archive, and is now a damaged document."""
    path = office.root / "报告" / "report.doc"
    path.parent.mkdir()
    text = "2023年工作总结\n一、主要工作\n招商引资成效明显。\n"
    path.write_bytes(archive({"m.txt": text.encode()}))
    office.write("报告/外.txt", "外面的内容。")
    office.settle()
    office.run("报告")
    assert "报告/report.doc/m.txt" in office.held()
    path.write_bytes(DAMAGED)
    office.settle()


def test_files_inside_stay_where_it_cannot_be_converted(
    office: Office, soffice: Callable[[str], Path]
) -> None:
    soffice(FAILS)
    archive_first(office)
    before = office.held()
    for rebuild in (True, False, True):
        assert office.run(rebuild=rebuild).files.failed == 1
        assert office.held() == before


def test_files_inside_go_where_it_is_converted(office: Office, soffice: Callable[[str], Path]) -> None:
    soffice(CONVERTS)
    archive_first(office)
    office.run()
    assert office.held()["报告/report.doc"] == "招商引资成效明显。"
    assert "报告/report.doc/m.txt" not in office.held()
    assert [e.file for e in Library(office.index).files()] == ["报告/report.doc", "报告/外.txt"]


def test_one_that_hangs_ends_with_its_time(damaged: Office, soffice: Callable[[str], Path]) -> None:
    """It would take ten minutes."""
    log = soffice(HANGS)
    damaged.settings = replace(damaged.settings, file_seconds=2)
    assert list(reasons(damaged)) == ["a.doc", "b.wps", "c.pdf", "z.doc"]
    assert log.exists()


def test_a_document_under_a_password_is_not_given_to_it(
    office: Office, soffice: Callable[[str], Path]
) -> None:
    log = soffice(CONVERTS)
    at = WHOLE.index(b"\xec\xa5")  # the file information block
    locked = WHOLE[: at + 11] + bytes([WHOLE[at + 11] | 1]) + WHOLE[at + 12 :]
    (office.root / "报告").mkdir()
    (office.root / "报告/密.doc").write_bytes(locked)
    assert "密码" in reasons(office)["密.doc"]
    assert not log.exists()
