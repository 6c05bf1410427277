"""What the stages hand to each other: frozen records that know nothing of files, engines or pages.

::

    path -> [reader] -> Document -> [reports] -> Report(Section, Removed) -> [engine] -> index
                        of Block

Words are used as CONTRACT does: a *file* holds *reports*, a report *sections*, a section *paragraphs*.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field

#: What a section is for, in the order in which reports go through them.
PARTS = ("总结", "问题", "计划", "建议", "其他")

#: What a report is.
KINDS = ("总结", "计划", "总结+计划", "简报", "规定", "述职", "其他")

#: The fixed list of what a section is about. Append only: the index stores places in this list.
TOPICS = (
    "招商引资",
    "项目建设",
    "基础设施",
    "经济指标",
    "企业服务",
    "科技创新",
    "安全生产",
    "生态环保",
    "党的建设",
    "土地征迁",
    "民生与乡村振兴",
    "社会治理",
    "产业发展",
    "改革创新",
    "队伍建设",
    "文化旅游",
    "疫情防控",
)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph as a reader found it.

    ``style`` is what the format itself says of it: ``"title"``, ``"heading 1"`` to ``"heading 9"``,
    ``"table"`` (one row of a table) or ``""`` (nothing). ``mark`` is the sign of the format that said so,
    where it was text in the file (Markdown's ``##``); it is not part of ``text``. ``gap`` counts the empty
    lines before it, where the format has lines.
    """

    text: str
    style: str = ""
    mark: str = ""
    gap: int = field(default=0, compare=False)

    @property
    def whole(self) -> str:
        """The text with its sign."""
        return f"{self.mark} {self.text.strip()}" if self.mark else self.text.strip()


@dataclass(frozen=True, slots=True)
class Removed:
    """Text of a file that is no part of a report, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside a file: of an archive, or attached to a letter. ``name`` is its path there, with "/".

    ``problem``: why it could not be taken out; ``data`` is empty then.
    """

    name: str
    data: bytes
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader makes of a file.

    ``published``: the ISO date that the format itself gives, such as that of a web page. ``members``: files
    inside, which are read as files of their own. ``scanned``: the pages, counted from 0, that are pictures
    without text. ``ocr``: the text, or part of it, was read from pictures.
    """

    blocks: tuple[Block, ...]
    format: str  # "text", "markdown", "docx" ...
    encoding: str | None = None  # of text files
    warnings: tuple[str, ...] = ()
    removed: tuple[Removed, ...] = ()  # what the format itself says is no text: headers and footers
    published: str | None = None
    members: tuple[Member, ...] = ()
    scanned: tuple[int, ...] = ()
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """The text under one heading, down to the next heading of any level.

    ``heading`` is verbatim, None for the text before the first heading; ``path`` are the headings from the
    top down to its own. ``level`` counts from 1 (0: no heading).
    """

    heading: str | None
    level: int
    path: tuple[str, ...]
    paragraphs: tuple[str, ...]
    year: int | None = None
    part: str = "其他"
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a file; ``ordinal`` counts the reports of the file from 1.

    ``ocr``: the text of its file, or part of it, was read from pictures and may be wrong in places.
    """

    ordinal: int
    title: str
    sections: tuple[Section, ...]
    kind: str = "其他"
    unit: str | None = None
    year: int | None = None
    plan_years: tuple[int, ...] = ()
    published: str | None = None
    removed: tuple[Removed, ...] = ()
    ocr: bool = False

    @property
    def characters(self) -> int:
        """Characters in headings and paragraphs."""
        return sum(len(s.heading or "") + sum(map(len, s.paragraphs)) for s in self.sections)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells a file unchanged without reading it: size in bytes, times in nanoseconds.

    ``settled`` is false where the file was written so shortly before it was read that a further change
    might not show in its times; its content is then compared.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    settled: bool = True


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file that the index knows: readable (``failed`` is None) or not (the reason)."""

    file: str  # the folder's label and the path below it, with "/"
    digest: str  # of the content, hexadecimal; "" where it could not be opened
    stamp: Stamp | None
    format: str | None = None
    encoding: str | None = None
    reports: int = 0
    characters: int = 0
    failed: str | None = None
    warnings: tuple[str, ...] = ()
    extra: str | None = None  # that would bring what could not be read of it: "office", "ocr", "libreoffice"
    again: bool = False  # part of it could not be read for a reason that may have gone by the next run


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that the index remembers."""

    label: str
    path: str  # absolute, on this machine


@dataclass(frozen=True, slots=True)
class FiledReport:
    """A report with its place: the id that links and commands use, and the file it stands in."""

    report_id: str
    file: str
    report: Report


@dataclass(frozen=True, slots=True)
class FiledSection:
    """A section with its place, and what is shown of its report beside it."""

    section_id: str
    report_id: str
    file: str
    ordinal: int
    position: int  # counts from 0 in reading order
    title: str
    unit: str | None
    section: Section
    ocr: bool = False  # of the report


@dataclass(frozen=True, slots=True)
class IndexMeta:
    """What the index records of itself, written with each update."""

    updated: str = ""  # ISO 8601, UTC
    folders: tuple[Folder, ...] = ()
    analysis: dict[str, str] = field(default_factory=dict)


def report_id(file: str, ordinal: int) -> str:
    """A short URL-safe id, stable while the file's place and the report's place in it stay.

    Twelve characters of base 32 hold 60 bits: among a million reports two collide with a chance of one in
    two million.
    """
    digest = hashlib.blake2b(f"{file}\0{ordinal}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return base64.b32encode(digest).decode("ascii")[:12].lower()


def section_id(report: str, position: int) -> str:
    """The id of the section at ``position`` (from 0) of a report."""
    return f"{report}-{position}"


def split_section_id(section: str) -> tuple[str, int] | None:
    """The report's id and the position in a section's id; None if it is not one."""
    match = re.fullmatch(r"(.+)-(0|[1-9][0-9]{0,8})", section, re.ASCII)
    return (match.group(1), int(match.group(2))) if match else None
