"""Scans in the whole of a run: progress, going on after a stop, what is kept, and how reports are marked."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

import PIL.Image
import PIL.ImageDraw
import pypdfium2
import pytest
from click.testing import CliRunner

from indexer import build, home, ocr, reading, workers
from indexer.cli import main
from indexer.corpus import digest_of_data
from indexer.library import Library
from indexer.model import FileEntry, Report
from indexer.readers import read
from indexer.readers.layout import Page, Run
from indexer.reading import Folders, Outcome, Place
from indexer.settings import Settings
from webui import create_app

pytestmark = pytest.mark.reading

DATA = Path(__file__).parents[1] / "readers/data"


def scan(pages: int, first: int = 0) -> bytes:
    """A TIFF file of pages that differ."""
    sheets = [PIL.Image.new("L", (40, 56), first + n) for n in range(pages)]
    stream = io.BytesIO()
    sheets[0].save(stream, "TIFF", save_all=True, append_images=sheets[1:])
    return stream.getvalue()


def mixed() -> bytes:
    """A PDF: a page of text, a scanned one, an empty scanned one, one with a seal alone, one of text."""
    text = pypdfium2.PdfDocument(DATA / "report.pdf")
    made = pypdfium2.PdfDocument.new()
    pictures = [PIL.Image.new("RGB", (595, 842), "white") for _ in range(2)]
    PIL.ImageDraw.Draw(pictures[0]).rectangle((100, 100, 400, 130), "black")
    made.import_pages(text, [0])
    for picture, side in ((pictures[0], 595.0), (pictures[1], 595.0), (pictures[0], 60.0)):
        stream = io.BytesIO()
        picture.save(stream, "JPEG")
        image = pypdfium2.PdfImage.new(made)
        image.load_jpeg(io.BytesIO(stream.getvalue()))
        image.set_matrix(pypdfium2.PdfMatrix().scale(side, side * 842 / 595))
        page = made.new_page(595, 842)
        page.insert_obj(image)
        page.gen_content()
    made.import_pages(text, [1])
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def recognised(number: int) -> Page:
    top = 200.0 + 40 * number  # at another place on each page, as no header stands
    words = f"{'甲乙丙丁戊己'[number]}方在扫描件里写着招商引资。"
    return Page(595.0, 842.0, (Run(words, 72.0, top, 400.0, top + 16.0),))


def play(place: Place, digest: str, page: int, folders: Folders) -> None:
    """In the place of recognising a page: keeps one that is made up, and notes it."""
    time.sleep(0.1)  # so that a run can be stopped in the middle
    content = recognised(page)
    if page == 2 and place.path.suffix == ".pdf":
        content = Page(595.0, 842.0, ())  # it is empty
    ocr.Kept(folders.kept, ocr.version()).save(digest, page, content)
    with (folders.kept.parent.parent / "log").open("a") as log:
        log.write(f"{digest} {page}\n")


def read_without(
    place: Place, entry: FileEntry, folders: Folders, unrecognised: Mapping[int, str] | None = None
) -> Outcome:
    """Read a file where the extra is not installed."""
    with mock.patch.object(ocr, "available", lambda: False):
        return reading.read_file(place, entry, folders, unrecognised)


class Office:
    """A folder of scans with its index."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder, self.index = root, root / "扫描", root / "index"
        self.folder.mkdir()
        self.steps: list[tuple[str, int, int]] = []
        self.stop_after: int | None = None

    def write(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        return digest_of_data(data)

    def update(self, *folders: Path) -> build.Summary:
        return build.update(self.index, folders or [self.folder], Settings(), jobs=1, on_page=self._on_page)

    def _on_page(self, file: str, done: int, total: int) -> None:
        self.steps.append((file, done, total))
        if done == self.stop_after:
            raise KeyboardInterrupt

    def take_log(self) -> list[tuple[str, int]]:
        """The pages recognised since this was last asked for: digest and page."""
        path = self.root / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [(digest, int(page)) for digest, page in (line.split() for line in lines)]

    def kept(self) -> set[tuple[str, int]]:
        folder = self.index / home.OCR
        return {(path.parent.name, int(path.stem)) for path in folder.glob("*/[0-9]*.json")}

    def reports(self) -> list[Report]:
        return [filed.report for filed in Library(self.index).reports()]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(workers, "recognise_page", play)
    return Office(tmp_path)


def text_of(report: Report) -> str:
    return "".join((s.heading or "") + "".join(s.paragraphs) for s in report.sections)


# -- progress, and going on ---------------------------------------------------------------------------


def test_each_page_is_told(office: Office) -> None:
    office.write("甲.tif", scan(3))
    office.update()
    assert office.steps == [("扫描/甲.tif", n, 3) for n in range(4)]


def test_a_stopped_run_goes_on_with_the_rest(office: Office) -> None:
    digest = office.write("甲.tif", scan(6))
    office.stop_after = 2
    with pytest.raises(KeyboardInterrupt):
        office.update()
    kept = office.kept()
    assert {(digest, 0), (digest, 1)} <= kept
    office.take_log()
    office.stop_after = None
    office.steps.clear()
    office.update()
    everything = {(digest, page) for page in range(6)}
    assert sorted(office.take_log()) == sorted(everything - kept)
    assert office.steps[:1] == [("扫描/甲.tif", len(kept), 6)] or kept == everything
    assert [text_of(report).count("扫描件") for report in office.reports()] == [6]


def test_a_rebuild_recognises_nothing_again(office: Office) -> None:
    office.write("甲.tif", scan(2))
    office.update()
    office.take_log()
    build.update(office.index, [], Settings(), rebuild=True)
    assert office.take_log() == []
    assert [report.ocr for report in office.reports()] == [True]


def test_a_changed_file_is_recognised_anew_and_the_old_pages_go(office: Office) -> None:
    old = office.write("甲.tif", scan(2))
    office.update()
    assert office.take_log() == [(old, 0), (old, 1)]
    new = office.write("甲.tif", scan(2, first=100))
    office.update()
    assert office.take_log() == [(new, 0), (new, 1)]
    assert office.kept() == {(new, 0), (new, 1)}


def test_the_pages_of_a_file_that_is_gone_go(office: Office) -> None:
    office.write("甲.tif", scan(1))
    stays = office.write("乙.tif", scan(2, first=100))
    office.update()
    (office.folder / "甲.tif").unlink()
    office.update()
    assert office.kept() == {(stays, 0), (stays, 1)}


def test_the_pages_of_a_folder_that_is_off_line_stay(office: Office) -> None:
    digest = office.write("甲.tif", scan(1))
    office.update()
    office.folder.rename(office.root / "away")
    other = office.root / "其他"
    other.mkdir()
    (other / "乙.txt").write_text("招商引资成效明显。", "utf-8")
    assert office.update(other).counts.reports == 2  # it writes a new state
    (other / "丙.txt").write_text("项目建设成效明显。", "utf-8")
    assert build.update(office.index, [], Settings()).counts.reports == 3
    assert office.kept() == {(digest, 0)}


def test_the_pages_of_a_stopped_run_wait_but_not_for_ever(office: Office) -> None:
    digest = office.write("甲.tif", scan(2))
    office.stop_after = 2
    with pytest.raises(KeyboardInterrupt):
        office.update()
    other = office.root / "其他"
    other.mkdir()
    (other / "乙.txt").write_text("招商引资成效明显。", "utf-8")
    office.update(other)
    assert office.kept() == {(digest, 0), (digest, 1)}
    os.utime(office.index / home.OCR / digest, (1, 1))
    (other / "乙.txt").write_text("项目建设成效明显。", "utf-8")
    office.update(other)
    assert office.kept() == set()


def test_ctrl_c_keeps_what_is_recognised(tmp_path: Path) -> None:
    """The command itself, with the engine itself."""
    office = Office(tmp_path)
    digest = office.write("甲.pdf", (DATA / "report-scan.pdf").read_bytes())
    command = [sys.executable, "-m", "indexer", "index", str(office.folder), "--index", str(office.index)]
    process = subprocess.Popen(
        [*command, "--jobs", "1"], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while not office.kept() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to all processes of the command
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.splitlines()[-1] == "gaoku: stopped; the index is as it was before"
    first = office.index / home.OCR / digest / "0.json"
    written = first.stat().st_mtime_ns
    office.update()
    assert first.stat().st_mtime_ns == written
    assert office.kept() == {(digest, 0), (digest, 1)}
    assert "澄川经济开发区管委会" in "".join(report.title for report in office.reports())


# -- pages that fail ----------------------------------------------------------------------------------


def play_without_memory(place: Place, digest: str, page: int, folders: Folders) -> None:
    if page != 1 or (folders.kept.parent.parent / "enough").exists():
        return play(place, digest, page, folders)
    raise MemoryError


def out_of_memory(place: Place, digest: str, page: int, folders: Folders) -> None:
    raise MemoryError


def test_a_page_that_failed_is_tried_with_the_next_run(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "recognise_page", play_without_memory)
    digest = office.write("甲.tif", scan(3))
    (entry,) = office.update().entries
    assert entry.failed is None
    assert f"第 2 页：{workers._PAGE_MEMORY}" in entry.warnings
    assert office.take_log() == [(digest, 0), (digest, 2)]
    (office.root / "enough").touch()
    (entry,) = office.update().entries
    assert (entry.failed, entry.again, entry.warnings) == (None, False, (ocr.NOTICE,))
    assert office.take_log() == [(digest, 1)]
    assert office.update().files.unchanged == 1
    assert office.take_log() == []


def test_a_file_none_of_whose_pages_is_recognised_says_why(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "recognise_page", out_of_memory)
    office.write("甲.tif", scan(2))
    ((_, reason),) = office.update().failed
    assert reason == workers._PAGE_MEMORY
    monkeypatch.setattr(workers, "recognise_page", play)
    assert office.update().failed == []


# -- without the extra --------------------------------------------------------------------------------


def without(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(workers, "read_file", read_without)
    monkeypatch.setattr(ocr, "available", lambda: False)
    return monkeypatch


@pytest.mark.parametrize("name", ["甲.tif", "乙.pdf"])
def test_a_file_is_read_when_the_extra_is_there(office: Office, name: str) -> None:
    office.write(name, scan(2) if name.endswith("tif") else mixed())
    with pytest.MonkeyPatch.context() as patch:
        without(patch)
        for _ in range(2):  # nothing changes as long as it is not
            summary = office.update()
            (entry,) = summary.entries
            told = entry.failed or entry.warnings[-1]
            assert 'pip install "gaoku[ocr]"' in told
            assert (entry.failed is None) == (name == "乙.pdf")
            assert not any(report.ocr for report in office.reports())
    assert office.take_log() == []
    (entry,) = office.update().entries
    assert (entry.failed, entry.extra) == (None, None)
    assert ocr.NOTICE in entry.warnings
    assert all("gaoku[ocr]" not in warning for warning in entry.warnings)
    assert "乙方在扫描件里写着招商引资" in "".join(map(text_of, office.reports()))
    office.take_log()
    assert office.update().files.unchanged == 1
    assert office.take_log() == []


def test_a_part_of_a_scan_in_an_archive_is_read_when_the_extra_is_there(office: Office) -> None:
    import zipfile

    with zipfile.ZipFile(office.folder / "甲.zip", "w") as archive:
        archive.writestr("乙.pdf", mixed())
    with pytest.MonkeyPatch.context() as patch:
        without(patch)
        office.update()
    office.update()
    assert "乙方在扫描件里写着招商引资" in "".join(map(text_of, office.reports()))


# -- pages of both kinds ------------------------------------------------------------------------------


def test_pages_of_both_kinds_in_order(office: Office) -> None:
    digest = office.write("甲.pdf", mixed())
    (entry,) = office.update().entries
    assert office.take_log() == [(digest, 1), (digest, 2)]  # a seal is not worth looking at
    assert (entry.failed, entry.warnings) == (None, (ocr.NOTICE,))
    text = "".join(map(text_of, office.reports()))
    # The first page's end, the scanned page, the second page's beginning.
    with pypdfium2.PdfDocument(DATA / "report.pdf") as document:
        pages = ["".join(document[n].get_textpage().get_text_range().split()) for n in (0, 1)]
    places = [text.index(words) for words in (pages[0][300:312], "乙方在扫描件", pages[1][100:112])]
    assert places == sorted(places)


def test_an_empty_scan_beside_text_is_no_ocr(office: Office) -> None:
    """Nothing of the text was read from pictures."""
    document = pypdfium2.PdfDocument(mixed())
    document.del_page(1)
    stream = io.BytesIO()
    document.save(stream)
    data = stream.getvalue()
    found = ocr.document(data, read(Path("a.pdf"), data), {1: Page(595.0, 842.0, ())})
    assert (found.ocr, found.scanned, found.warnings) == (False, (), ())


# -- marks --------------------------------------------------------------------------------------------


@pytest.fixture
def marked(office: Office) -> Office:
    office.write("扫描的.tif", scan(1))
    (office.folder / "打字的.txt").write_text("招商引资成效明显。", "utf-8")
    office.update()
    return office


def run(office: Office, *arguments: str) -> str:
    result = CliRunner().invoke(main, [*arguments, "--index", str(office.index)])
    assert result.exit_code == 0
    return result.output


def test_json_tells_what_was_recognised(marked: Office) -> None:
    hits = json.loads(run(marked, "search", "招商引资", "--json"))["hits"]
    assert {hit["file"]: hit["ocr"] for hit in hits} == {"扫描/扫描的.tif": True, "扫描/打字的.txt": False}
    for hit in hits:
        assert json.loads(run(marked, "show", hit["report"], "--json"))["ocr"] == hit["ocr"]


def test_commands_say_it(marked: Office) -> None:
    assert run(marked, "search", "招商引资").count(ocr.NOTICE) == 1
    for filed in Library(marked.index).reports():
        assert (ocr.NOTICE in run(marked, "show", filed.report_id)) == filed.report.ocr


def test_the_page_says_it_in_chinese(marked: Office) -> None:
    client = create_app(marked.index).test_client()
    notice = '<p class="notice">文字由图像识别（OCR）得到，可能有误</p>'
    assert client.get("/?q=招商引资").text.count(notice) == 1
    for filed in Library(marked.index).reports():
        page = client.get(f"/report/{filed.report_id}").text
        assert page.count(notice) == filed.report.ocr
    hits = json.loads(client.get("/api/search?q=招商引资").text)["hits"]
    assert {hit["ocr"] for hit in hits} == {True, False}
