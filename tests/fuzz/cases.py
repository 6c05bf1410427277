"""The good files that fuzzing starts from, and what becomes of a changed one."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path

from indexer.errors import UnreadableError
from indexer.model import Document
from indexer.readers import FORMATS, choose, limits
from tests.fuzz.mutations import mutated

_DATA = Path(__file__).parents[1] / "readers" / "data"
_CORPUS = Path(__file__).parents[2] / "corpus"
_LARGEST = 2 << 20  # bytes of a file to start from: many changes, not much text


@dataclass(frozen=True, slots=True)
class Case:
    """A changed file: the ``number``-th of those that follow from ``seed``."""

    format: str
    seed: int
    number: int

    @property
    def name(self) -> str:
        """How the case is named on the command line, to be read again."""
        return f"{self.format}:{self.seed}:{self.number}"

    def made(self) -> tuple[Path, bytes]:
        """The file: its name, which says the format, and its content."""
        chance = random.Random(self.name)
        files = sources()[self.format]
        name, data = chance.choice(files)
        return Path(name), mutated(data, chance, chance.choice(files)[1])


@cache
def sources() -> dict[str, tuple[tuple[str, bytes], ...]]:
    """Good files, (name, content), of each format that is read and has such."""
    found: dict[str, list[tuple[str, bytes]]] = {f.name: [] for f in FORMATS}
    for name, data in _files():
        try:
            found[choose(Path(name), data).name].append((name, data))
        except UnreadableError:  # noqa: PERF203 - kept there for a test of just that
            continue
    return {fmt: tuple(files) for fmt, files in found.items() if files}


def _files() -> Iterator[tuple[str, bytes]]:
    made = sorted(_DATA.rglob("*")) if _DATA.is_dir() else []
    real = sorted(p for p in _CORPUS.rglob("*") if p.suffix in (".docx", ".md", ".txt"))
    inside: list[tuple[str, bytes]] = []
    for path in made + real:
        if path.is_file() and path.stat().st_size <= _LARGEST:
            data = path.read_bytes()
            yield path.name, data
            if len(data) < 50_000 and len(inside) < 6:
                inside.append((path.name, data))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for n, (name, data) in enumerate(inside):
            method = (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)[n % 4]
            packed.writestr(f"文件夹/{name}", data, method)
    yield "made.zip", stream.getvalue()
    page = (_DATA / "report.html").read_bytes()
    yield "made.mht", _archived(page)
    yield "made.tif", _tiff(3)
    yield (
        "made.bmp",
        b"BM" + struct.pack("<IIIIiiHHIIiiII", 70, 0, 54, 40, 2, 2, 1, 24, 0, 16, 0, 0, 0, 0) + bytes(16),
    )
    yield "made.webp", b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8 " + bytes(18)


def _archived(page: bytes) -> bytes:
    """The page as browsers keep it with all that belongs to it."""
    archive = EmailMessage()
    archive["From"], archive["Subject"] = "<Saved by Blink>", "年度工作总结"
    archive["MIME-Version"] = "1.0"
    archive.set_content(page, "text", "html", cte="quoted-printable")
    archive.add_related(b"\x89PNG", "image", "png", cid="<frame-1@mhtml.blink>")
    return archive.as_bytes(policy=SMTP)


def _tiff(pages: int) -> bytes:
    """A chain of directories with a few numbers each, and no picture."""
    data = b"II*\x00" + struct.pack("<I", 8)
    for page in range(pages):
        end = len(data) + 2 + 2 * 12 + 4
        tags = struct.pack("<HHII", 256, 4, 1, 100) + struct.pack("<HHII", 257, 4, 1, 100)
        data += struct.pack("<H", 2) + tags + struct.pack("<I", end if page + 1 < pages else 0)
    return data


@dataclass(frozen=True, slots=True)
class Outcome:
    """``bad``: what no reader may do. ``told``: an exception that was told as plain damage, by its type."""

    bad: str | None = None
    told: str | None = None


def outcome_of(case: Case) -> Outcome:
    """Read the case. An exception of a reader is not ``bad``: readers.read tells it as damage.

    Exceptions that it does not catch are, as are those that say that a limit was missing.
    """
    path, data = case.made()
    try:
        fmt = choose(path, data)
    except UnreadableError:
        return Outcome()
    except Exception as error:  # nothing catches those of a sniff
        return Outcome(bad=f"{type(error).__name__} in choose: {error}")
    try:
        return Outcome(bad=_wrong_with(fmt.read(data)))
    except UnreadableError as error:
        return Outcome(bad=None if str(error).strip() and "\n" not in str(error) else "no reason of one line")
    except (MemoryError, RecursionError) as error:
        return Outcome(bad=f"{type(error).__name__} in {fmt.name}: no limit before it")
    except Exception as error:
        return Outcome(told=f"{fmt.name}: {type(error).__name__}")
    except BaseException as error:  # a panic of Rust is one
        return Outcome(bad=f"{type(error).__name__} in {fmt.name}: {error}")


def _wrong_with(document: Document) -> str | None:
    texts = [b.text for b in document.blocks]
    texts += [m.name for m in document.members] + list(document.warnings)
    if sum(map(len, texts)) > limits.MAX_CHARACTERS:
        return "more characters than the limit"
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return "text that cannot be encoded"
    return None
