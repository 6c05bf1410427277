"""Hostile files, in every format there is: each ends in a document or a reason, in bounded memory and time.

The files of a test are read in a process of their own, whose memory and processor time the system limits: a
reader that takes more is killed, and the test names the file.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, TypeAlias

import pytest

from indexer.readers import FORMATS, choose

pytestmark = pytest.mark.reading

DATA = Path(__file__).parent / "data"
REPORT = Path(__file__).parents[2] / "corpus/澄川经开区/2018年度工作总结及2019年工作计划.docx"
TEXT = "一、主要工作\n全年完成投资45亿元，增长12%。\n\n二、存在问题\n项目不多。\n".encode()
TABLE = "指标,数值\n投资,45.6\n税收,5.5\n".encode()

MEMORY = 2 << 30  # bytes of address space, the interpreter and all readers' libraries included
PROCESSOR = 120  # seconds, of all files of a test together

#: Loads all readers once; each folder that it is told of is read in a copy of it, under the limits.
_SERVER = """
import json, os, resource, sys
from pathlib import Path
memory, seconds = int(sys.argv[1]), int(sys.argv[2])
from indexer.errors import UnreadableError
from indexer.readers import read

def read_all(folder, told):
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    for path in sorted(folder.iterdir()):
        try:
            document = read(Path(path.name.partition("-")[2]), path.read_bytes())
        except UnreadableError as error:
            outcome = {"reason": str(error)}
        except BaseException as error:
            outcome = {"raised": repr(error)}
        else:
            text = "".join(b.text for b in document.blocks)
            secret = "机密" in repr(document)
            outcome = {"format": document.format, "characters": len(text), "secret": secret}
        print(json.dumps(outcome), file=told, flush=True)

for line in sys.stdin:
    folder, told, said = map(Path, json.loads(line))
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with said.open("wb") as errors, told.open("w") as stream:
                os.dup2(errors.fileno(), 2)
                read_all(folder, stream)
            status = 0
        finally:
            os._exit(status)  # xberg may crash while its threads are torn down, which is no file's fault
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Server:
    """A process that reads folders of files, each in a process of its own under the limits."""

    def __init__(self) -> None:
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, str(MEMORY), str(PROCESSOR)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), "PYTHONUTF8": "1"},
        )

    def read(self, folder: Path) -> tuple[int, list[Any], str]:
        """How the process ended, what it told of each file until then, and what it said on stderr."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.TemporaryDirectory() as apart:
            told, said = Path(apart, "told"), Path(apart, "said")
            print(json.dumps([str(p) for p in (folder, told, said)]), file=self._process.stdin, flush=True)
            status = int(self._process.stdout.readline())
            lines = told.read_text("utf-8").splitlines()
            return status, [json.loads(line) for line in lines], said.read_text("utf-8", "replace")

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: a reason, or the format of its document and the characters in it."""

    name: str
    reason: str = ""
    format: str = ""
    characters: int = 0
    secret: bool = False


Outcomes: TypeAlias = Callable[[Iterable[tuple[str, bytes]]], list[Outcome]]


@pytest.fixture
def outcomes(server: Server, tmp_path: Path) -> Outcomes:
    """Read files (name and content) under limits; fails where one is not read or refused as it should be."""
    return lambda files: read_under_limits(server, tmp_path / "files", files)


def read_under_limits(server: Server, folder: Path, files: Iterable[tuple[str, bytes]]) -> list[Outcome]:
    folder.mkdir()
    names = []
    for number, (name, data) in enumerate(files):
        (folder / f"{number:06}-{name}").write_bytes(data)
        names.append(name)
    status, told, said = server.read(folder)
    if status or len(told) != len(names):
        culprit = names[len(told)] if len(told) < len(names) else "?"
        pytest.fail(f"{culprit} (file {len(told)}) ended the process: {status} {said[-2000:]}")
    for name, outcome in zip(names, told, strict=True):
        assert "raised" not in outcome, (name, outcome)
        if "reason" in outcome:
            assert outcome["reason"], name
            assert "\n" not in outcome["reason"], (name, outcome)
    return [Outcome(name, **outcome) for name, outcome in zip(names, told, strict=True)]


def made() -> Iterator[tuple[str, str, bytes]]:
    """Format, suffix and content of a good file of each suffix that a file was made for."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("a.txt", TEXT)
    own = {".docx": REPORT.read_bytes(), ".txt": TEXT, ".md": b"# " + TEXT, ".csv": TABLE, ".tsv": TABLE}
    own[".zip"] = packed.getvalue()
    for fmt in FORMATS:
        for suffix in fmt.suffixes:
            file = DATA / f"report{suffix}"
            if suffix in own:
                yield fmt.name, suffix, own[suffix]
            elif suffix and file.is_file():
                yield fmt.name, suffix, file.read_bytes()


MADE = [pytest.param(suffix, data, id=suffix[1:]) for _, suffix, data in made()]
ZIPPED = [p for p in MADE if p.values[1].startswith(b"PK") and p.id != "zip"]  # type: ignore[union-attr]
SUFFIXES = sorted({s for f in FORMATS for s in f.suffixes} | {".xyz", ".exe"})


def test_every_format_is_here() -> None:
    assert {name for name, _, _ in made()} == {f.name for f in FORMATS}


@pytest.mark.parametrize(("suffix", "data"), MADE)
def test_whole(suffix: str, data: bytes, outcomes: Outcomes) -> None:
    (outcome,) = outcomes([(f"a{suffix}", data)])
    assert not outcome.reason
    assert outcome.characters > 10 or suffix in (".png", ".zip")  # whose text is read elsewhere


@pytest.mark.parametrize(("suffix", "data"), MADE)
def test_truncated(suffix: str, data: bytes, outcomes: Outcomes) -> None:
    cuts = {0, 1, 4, 100, len(data) - 1, *(len(data) * n // 16 for n in range(1, 16))}
    outcomes([(f"a{suffix}", data[:cut]) for cut in sorted(cuts)])


@pytest.mark.parametrize(("suffix", "data"), MADE)
def test_wrong_extension(suffix: str, data: bytes, outcomes: Outcomes) -> None:
    """What its content tells apart is read under any name; text is under the names of text.

    A reader is not told the name: that every name leads to the same one is enough but for one of each format.
    """
    strange = [*(f.suffixes[0] for f in FORMATS), ".xyz", ".exe"]
    own, *others = outcomes([(f"a{s}", data) for s in (suffix, *strange)])
    if suffix in (".txt", ".md", ".csv", ".tsv"):
        assert {o.format or "refused" for o in others} >= {"text", "markdown", "refused"}
    else:
        assert {(o.format, o.characters) for o in others} == {(own.format, own.characters)}
        assert len({choose(PurePath(f"a{s}"), data).name for s in (suffix, *SUFFIXES)}) == 1


@pytest.mark.parametrize(("suffix", "data"), MADE)
def test_spoilt_bytes(suffix: str, data: bytes, outcomes: Outcomes) -> None:
    random_ = random.Random(6)

    def spoilt() -> bytes:
        some = bytearray(data)
        for _ in range(random_.choice((1, 8, 64))):
            at = random_.randrange(len(some))
            some[at : at + random_.choice((0, 1, 1, 4))] = random_.randbytes(random_.choice((1, 1, 4)))
        return bytes(some)

    outcomes([(f"a{suffix}", spoilt()) for _ in range(40)])


MAGIC = {
    "zip": b"PK\x03\x04",
    "docx": b"PK\x03\x04\x14\0\0\0\x08\0word/document.xml",
    "xlsx": b"PK\x03\x04\x14\0\0\0\x08\0xl/workbook.xml xl/worksheets/",
    "odf": b"PK\x03\x04" + b"\0" * 26 + b"mimetypeapplication/vnd.oasis.opendocument.",
    "ods": b"PK\x03\x04" + b"\0" * 26 + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
    "ofd": b"PK\x03\x04" + b"\0" * 26 + b"OFD.xml",
    "empty zip": b"PK\x05\x06",
    "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook\0".encode("utf-16-le"),
    "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument\0".encode("utf-16-le"),
    "pdf": b"%PDF-1.7\n",
    "rtf": b"{\\rtf1\\ansi",
    "html": b"<!DOCTYPE html><html>",
    "xml": b"<?xml version='1.0'?>",
    "mail": b"From: a@b\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n",
    "rar": b"Rar!\x1a\x07\x01\x00",
    "7z": b"7z\xbc\xaf\x27\x1c",
    "gzip": b"\x1f\x8b\x08",
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff\xe0",
    "tiff": b"II*\0",
    "utf-8": b"\xef\xbb\xbf",
    "utf-16": b"\xff\xfe",
    "utf-32": b"\xff\xfe\0\0",
}


@pytest.mark.parametrize("kind", MAGIC)
def test_garbage_with_a_magic_number(kind: str, outcomes: Outcomes) -> None:
    random_ = random.Random(6)
    rests = [
        b"",
        b"\0" * 5000,
        b"\xff" * 5000,
        random_.randbytes(300),
        random_.randbytes(70_000),
        bytes(random_.choices(b"<>{}()[]/\\\"' \n=;:&#%PK0a", k=20_000)),
        b"<" * 20_000,
        b"{" * 20_000,
    ]
    outcomes([(f"a{s}", MAGIC[kind] + r) for n, r in enumerate(rests) for s in SUFFIXES[n % 4 :: 4]])


# -- inside zip containers --------------------------------------------------------------------------

_DECLARATION = re.compile(rb"\s*<\?xml.*?\?>", re.DOTALL)
_WORDS = re.compile(rb">[^<>\s&][^<>&]*<")


def each_part(
    suffix: str, data: bytes, change: Callable[[bytes], bytes], only: str | None = None
) -> Iterator[tuple[str, bytes]]:
    """The container once for each of its XML parts (or only the one named), with that part changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for changed in parts:
        if not changed.lower().endswith((".xml", ".rels")) or only not in (None, changed):
            continue
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
                archive.writestr(name, change(content) if name == changed else content, kind)
        yield f"a{suffix}", stream.getvalue()


def declaring(entities: str, used: str) -> Callable[[bytes], bytes]:
    """Declares entities in a part, and puts one in the place of each text."""

    def change(part: bytes) -> bytes:
        body = _DECLARATION.sub(b"", part, count=1)
        root = re.match(rb"\s*(?:<!--.*?-->\s*)*<([\w:.-]+)", body, re.DOTALL)
        name = root.group(1) if root else b"x"
        return b"<!DOCTYPE %s [%s]>" % (name, entities.encode()) + _WORDS.sub(f">&{used};<".encode(), body)

    return change


LAUGHS = '<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(("suffix", "data"), ZIPPED)
def test_billion_laughs(suffix: str, data: bytes, outcomes: Outcomes) -> None:
    for outcome in outcomes(each_part(suffix, data, declaring(LAUGHS, "j"))):
        assert outcome.characters < 1_000_000


@pytest.mark.parametrize(("suffix", "data"), ZIPPED)
def test_quadratic_blowup(suffix: str, data: bytes, outcomes: Outcomes) -> None:
    """One long entity, used often: no nesting that a parser could see."""
    long = f'<!ENTITY a "{"哈" * 100_000}"><!ENTITY j "{"&a;" * 10_000}">'
    for outcome in outcomes(each_part(suffix, data, declaring(long, "j"))):
        assert outcome.characters < 10_000_000


@pytest.mark.parametrize(("suffix", "data"), ZIPPED)
def test_external_entities(suffix: str, data: bytes, tmp_path: Path, outcomes: Outcomes) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("机密", "utf-8")
    change = declaring(f'<!ENTITY j SYSTEM "{secret.as_uri()}">', "j")
    assert [o for o in outcomes(each_part(suffix, data, change)) if o.secret] == []


@pytest.mark.parametrize("depth", [300, 100_000])
@pytest.mark.parametrize(("suffix", "data"), ZIPPED)
def test_deep_xml(suffix: str, data: bytes, depth: int, outcomes: Outcomes) -> None:
    def change(part: bytes) -> bytes:
        end = part.rfind(b"</")
        return part[:end] + b"<x>" * depth + b"</x>" * depth + part[end:]

    outcomes(each_part(suffix, data, change))


@pytest.mark.parametrize(("suffix", "data"), ZIPPED)
def test_zip_bomb(suffix: str, data: bytes, outcomes: Outcomes) -> None:
    """The largest part with 400 MB of white space in it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sizes = {m.filename: m.file_size for m in archive.infolist() if m.filename.endswith(".xml")}
    largest = max(sizes, key=lambda name: sizes[name])

    def change(part: bytes) -> bytes:
        end = part.rfind(b"</")
        return part[:end] + b" " * 400_000_000 + part[end:]

    outcomes(each_part(suffix, data, change, only=largest))
