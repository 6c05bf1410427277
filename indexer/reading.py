"""What becomes of one file: its reports and the files inside it, or why it cannot be read.

This is what runs in a process of its own; see :mod:`indexer.workers`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from indexer import corpus, ocr
from indexer.errors import MissingExtraError, UnreadableError, UnsupportedError
from indexer.model import Document, FileEntry, Member, Report, Stamp
from indexer.readers import is_convertible, limits, placed_pages, read
from indexer.readers.layout import Page
from indexer.reports import understand

_log = logging.getLogger(__name__)

DEEPEST = 2  # an archive within an archive is opened, one within that is not

_CONVERTIBLE = 64 << 20  # bytes: a larger file is given to no other program

_TOO_DEEP = "压缩包套得太深，请先解压 (archives within archives within archives: unpack them first)"
DISK = (
    "暂存或保存时出错，磁盘可能已满；下次再试 (cannot be written to disk, is it full? tried again next time)"
)
_CHANGED = "识别时文件已改变；下次再试 (changed while its pages were recognised: tried again next time)"
TOO_MUCH_MEMORY = "读取它需要的内存太多；请拆成几个文件 (it takes too much memory: split it)"
_TOO_LONG = (
    f"文字超过 {limits.MAX_CHARACTERS // 10_000} 万字；请拆成几个文件 "
    f"(more than {limits.MAX_CHARACTERS:,} characters: split it)"
)
_UNRECOGNISED = (
    "扫描的页面没有识别出文字；请检查图片是否清晰 (nothing was recognised on its pages: is it clear?)"
)
_WARNINGS = 3  # that tell why there is nothing in a file
_EMPTY = "文件里没有文字 (there is no text in this file)"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the content of a file lies, and how deep inside another file it was (0: on its own)."""

    path: Path
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Inside:
    """A file inside a file, unpacked: its name there, its digest, and where its content lies now.

    ``problem``: why it could not be unpacked; it has no digest and no place then.
    """

    name: str
    digest: str
    path: Path
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file turned out to hold; the entry says why where it cannot be read.

    ``scanned``: pages, counted from 0, that must be recognised before it can be understood; ``kept``: how
    many of its pages were recognised earlier; ``convertible``: it could not be read, but another program may
    make a document of it that can; ``unsure``: that may have been the machine's fault, not the file's.
    """

    entry: FileEntry
    reports: tuple[Report, ...] = ()
    inside: tuple[Inside, ...] = ()
    scanned: tuple[int, ...] = ()
    kept: int = 0
    convertible: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Folders:
    """Where files inside files are unpacked, and where recognised pages are kept."""

    scratch: Path
    kept: Path


def read_file(
    place: Place, entry: FileEntry, folders: Folders, unrecognised: Mapping[int, str] | None = None
) -> Outcome:
    """Read a file and understand it; files inside it are unpacked.

    ``unrecognised``: why pages could not be recognised, by their numbers from 0, once that was tried; None:
    it was not.
    """
    try:
        data, digest = corpus.read_bytes(place.path)
    except UnreadableError as error:  # the disk's fault, not the content's: tried again next time
        return Outcome(replace(entry, failed=str(error), stamp=None))
    if digest != entry.digest:  # changed since the walk: look again next time
        entry = replace(entry, digest=digest, stamp=None)
    name = PurePosixPath(entry.file)
    try:
        document = read(name, data)
        scanned = len(document.scanned)
        if scanned:
            document = ocr.document(
                data,
                document,
                _kept_pages(document, digest, folders),
                placed_pages(name, data),
                unrecognised or {},
            )
            if document.scanned and unrecognised is None and ocr.available():
                return Outcome(entry, scanned=document.scanned, kept=scanned - len(document.scanned))
            if not document.blocks:
                raise _nothing_recognised(unrecognised) if ocr.available() else ocr.missing()
            if document.scanned and not ocr.available():
                document, entry = ocr.with_missing(document), replace(entry, extra=ocr.EXTRA)
        return _understood(entry, place, document, folders.scratch)
    except MissingExtraError as error:  # tried again once it is installed
        failed = replace(entry, failed=str(error), extra=error.extra)
    except UnsupportedError as error:
        return Outcome(replace(entry, failed=str(error)))
    except UnreadableError as error:
        failed = replace(entry, failed=str(error))
    except MemoryError:
        return Outcome(replace(entry, failed=TOO_MUCH_MEMORY), unsure=True)
    except OSError as error:  # of what is unpacked: no reader touches the disk
        return Outcome(replace(entry, failed=f"{DISK}: {error.strerror or error}", stamp=None))
    except Exception as error:  # a rule of ours that stumbles must not stop the run
        _log.exception("cannot understand %r", entry.file)
        reason = f"内容无法解析 (cannot be understood): {type(error).__name__}: {error}"
        failed = replace(entry, failed=reason, stamp=None)  # tried again next time
    return Outcome(failed, convertible=len(data) <= _CONVERTIBLE and is_convertible(name, data))


def _nothing_recognised(unrecognised: Mapping[int, str] | None) -> UnreadableError:
    reasons = list(dict.fromkeys((unrecognised or {}).values()))
    return UnreadableError("；".join(reasons[:_WARNINGS]) or _UNRECOGNISED)


def recognise_page(place: Place, digest: str, page: int, folders: Folders) -> None:
    """Recognise a page, counted from 0, and keep it.

    Raises UnreadableError where it cannot be recognised, OSError where it cannot be kept.
    """
    content = _content(place.path)
    if content.digest != digest:
        raise UnreadableError(_CHANGED)
    for _ in ocr.pages(content.data, digest, [page], ocr.Kept(folders.kept, ocr.version())):
        pass


@dataclass(frozen=True, slots=True)
class _Content:
    """A file as it was read, with its stamp before that."""

    path: Path
    stamp: Stamp
    data: bytes
    digest: str


_last: _Content | None = None


def _content(path: Path) -> _Content:
    """A file's content; of the one asked for last it is held, for pages are recognised one by one."""
    global _last
    stamp = corpus.stamp_of(path, time.time_ns())
    if _last is None or _last.path != path or not corpus.same_stamp(_last.stamp, stamp):
        _last = None  # two would fill the memory
        _last = _Content(path, stamp, *corpus.read_bytes(path))
    return _last


def _kept_pages(document: Document, digest: str, folders: Folders) -> Iterator[tuple[int, Page]]:
    kept = ocr.Kept(folders.kept, ocr.version())
    for number in document.scanned:
        page = kept.load(digest, number)
        if page is not None:
            yield number, page


def _understood(entry: FileEntry, place: Place, document: Document, scratch: Path) -> Outcome:
    if sum(len(block.text) for block in document.blocks) > limits.MAX_CHARACTERS:
        raise UnreadableError(_TOO_LONG)
    if document.members and place.depth >= DEEPEST:
        raise UnreadableError(_TOO_DEEP)
    reports = understand(document, PurePosixPath(entry.file).stem)
    if not reports and not document.members:  # an archive's warnings say why nothing could be had of it
        raise UnreadableError("；".join(document.warnings[:_WARNINGS]) or _EMPTY)
    # Of its own for each file: another with the same content may be unpacked at the same time.
    own = corpus.digest_of_data(entry.file.encode("utf-8", "surrogatepass"))
    inside = _unpack(document.members, scratch / own)
    return Outcome(_filled(entry, document, reports), reports, inside)


def _filled(entry: FileEntry, document: Document, reports: Sequence[Report]) -> FileEntry:
    return replace(
        entry,
        format=document.format,
        encoding=document.encoding,
        reports=len(reports),
        characters=sum(report.characters for report in reports),
        warnings=document.warnings,
    )


def _unpack(members: Sequence[Member], folder: Path) -> tuple[Inside, ...]:
    """Put members on disk under names of our own: theirs may be anything."""
    if members:
        folder.mkdir(parents=True, exist_ok=True)
    inside = []
    for n, member in enumerate(members):
        if member.problem is not None:
            inside.append(Inside(member.name, "", Path(), member.problem))
            continue
        path = folder / f"{n}{PurePosixPath(member.name).suffix[:10]}"
        path.write_bytes(member.data)
        inside.append(Inside(member.name, corpus.digest_of_data(member.data), path))
    return tuple(inside)
