"""The text that every engine gets: real regulations where they are, else reports made from ``corpus/``.

Either way it is a number of files with their reports, as Gaoku's reports code splits them, and one
:class:`Row` a section, which is what the other engines index.
"""

from __future__ import annotations

import os
import random
import re
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from indexer.analysis.normalise import normalise
from indexer.model import FileEntry, Report, Section, report_id, section_id
from indexer.readers import read
from indexer.reports import understand

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
_SUFFIXES = (".md", ".txt", ".docx")

Files = tuple[tuple[FileEntry, tuple[Report, ...]], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A section, as engines that know nothing of reports get it.

    ``body`` holds normalised lines: the report's title (of its first section only, where a quoted phrase
    looks for it), the section's heading, its paragraphs. ``year`` is 0 and ``topic`` empty where unknown.
    """

    number: int
    section: str
    body: str
    year: int
    part: str
    topic: str


@dataclass(frozen=True, slots=True)
class Text:
    """What is indexed. ``size`` is that of titles, headings and paragraphs in UTF-8, in bytes."""

    source: str
    files: Files
    rows: tuple[Row, ...]
    characters: int
    size: int


def regulations() -> Path | None:
    """The folder of real texts, where ``GAOKU_SAMPLES`` names one that has it."""
    folder = os.environ.get("GAOKU_SAMPLES")
    path = Path(folder) / "samples" / "regulations" if folder else None
    return path if path and path.is_dir() else None


def read_folder(folder: Path, files: int | None, seconds: float) -> tuple[Files, bool]:
    """The first ``files`` files of a folder (None: all), and whether ``seconds`` sufficed to read them."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix in _SUFFIXES)
    end = time.monotonic() + seconds
    found: list[tuple[FileEntry, tuple[Report, ...]]] = []
    for path in paths[:files]:
        if time.monotonic() > end:
            return tuple(found), False
        name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
        found.append(_filed(name, understand(read(path, path.read_bytes()), path.stem)))
    return tuple(found), True


def _filed(file: str, reports: Sequence[Report]) -> tuple[FileEntry, tuple[Report, ...]]:
    characters = sum(r.characters for r in reports)
    entry = FileEntry(file, "", None, format="text", reports=len(reports), characters=characters)
    return entry, tuple(reports)


def make_text(source: str, files: Files) -> Text:
    """Flatten files to rows, in reading order, and measure them."""
    rows: list[Row] = []
    originals: list[str] = []
    for file, reports in files:
        for report in reports:
            identity = report_id(file.file, report.ordinal)
            originals.append(report.title)
            for position, section in enumerate(report.sections):
                lines = [section.heading or "", *section.paragraphs]
                originals += lines
                body = [report.title, *lines] if position == 0 else lines
                rows.append(
                    Row(
                        number=len(rows),
                        section=section_id(identity, position),
                        body="\n".join(filter(None, map(normalise, body))),
                        year=section.year or 0,
                        part=section.part,
                        topic=section.topic or "",
                    )
                )
    return Text(
        source,
        files,
        tuple(rows),
        characters=sum(map(len, originals)),
        size=sum(len(o.encode("utf-8", "surrogatepass")) for o in originals),
    )


def shortened(text: Text, characters: int) -> Text:
    """The first files of a text, ``characters`` or a little more."""
    kept = []
    total = 0
    for entry, reports in text.files:
        if total >= characters:
            break
        kept.append((entry, reports))
        total += entry.characters
    return make_text(text.source, tuple(kept))


# -- made from the sample reports --------------------------------------------------------------------

_SENTENCE = re.compile(r"[^。！？；]+[。！？；]?")
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_FIRST_YEAR, _LAST_YEAR = 2000, 2025


def generate(sections: int, seed: int = 1, folder: Path = CORPUS) -> Files:
    """Files with ``sections`` sections in all, made from the reports in ``folder``; the same for a seed.

    Each takes the outline of one of the reports, in another year; its paragraphs are put together from
    sentences of all reports that stand in sections of the same part, with other figures in them.
    """
    rng = random.Random(seed)
    patterns = [r for _, reports in read_folder(folder, None, float("inf"))[0] for r in reports if r.sections]
    sentences: dict[str, list[str]] = {}
    for report in patterns:
        for section in report.sections:
            for paragraph in section.paragraphs:
                sentences.setdefault(section.part, []).extend(_SENTENCE.findall(paragraph))
    files: list[tuple[FileEntry, tuple[Report, ...]]] = []
    left = sections
    while left > 0:
        pattern = rng.choice(patterns)
        year = rng.randint(_FIRST_YEAR, _LAST_YEAR)
        made = tuple(_recombined(rng, s, year, pattern, sentences) for s in pattern.sections[:left])
        left -= len(made)
        title = _shifted(pattern.title, year - (pattern.year or year))
        report = replace(pattern, ordinal=1, title=title, sections=made, year=year, plan_years=(), removed=())
        files.append(_filed(f"generated/{len(files):07}.txt", [report]))
    return tuple(files)


def _recombined(
    rng: random.Random, section: Section, year: int, pattern: Report, sentences: dict[str, list[str]]
) -> Section:
    pool = sentences.get(section.part, [])
    shift = year - (pattern.year or year)

    def paragraph(old: str) -> str:
        count = len(_SENTENCE.findall(old))
        return "".join(_refigured(rng, rng.choice(pool), year) for _ in range(count))

    return replace(
        section,
        heading=section.heading and _shifted(section.heading, shift),
        path=tuple(_shifted(h, shift) for h in section.path),
        paragraphs=tuple(map(paragraph, section.paragraphs)),
        year=section.year and section.year + shift,
    )


def _shifted(text: str, years: int) -> str:
    """The text with every year moved."""
    return _YEAR.sub(lambda m: str(int(m.group()) + years), text)


def _refigured(rng: random.Random, sentence: str, year: int) -> str:
    """The sentence with other figures of the same length; years come near ``year``."""

    def other(match: re.Match[str]) -> str:
        if _YEAR.fullmatch(match.group()):
            return str(year + rng.randint(-1, 1))
        digits = (c if c == "." else rng.choice("0123456789") for c in match.group())
        return re.sub(r"^0", "1", "".join(digits))

    return _FIGURE.sub(other, sentence)


# -- phrases and the scan that says where they stand -------------------------------------------------

_CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def cut_phrases(
    rows: Sequence[Row], count: int, rng: random.Random, lengths: tuple[int, int] = (2, 8)
) -> list[str]:
    """Up to ``count`` different phrases of Chinese characters, cut from the text at random places.

    Every place in the text is as likely as every other, and every length from the first to the last of
    ``lengths`` where so many Chinese characters stand there.
    """
    places = [row.number for row in rows for _ in range(len(row.body) // 10 + 1)]
    bodies = {row.number: row.body for row in rows}
    found: dict[str, None] = {}
    for _ in range(count * 50):
        if len(found) == count or not places:
            break
        body = bodies[rng.choice(places)]
        length = rng.randint(*lengths)
        start = rng.randrange(max(1, len(body)))
        piece = body[start : start + length]
        if len(piece) == length and _CHINESE.fullmatch(piece):
            found[piece] = None
    return list(found)


class Scan:
    """A plain scan of all bodies: what a phrase's true places are."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._bodies = [row.body for row in rows]
        self._all = "\n".join(self._bodies)
        self._ends: list[int] = []
        at = 0
        for body in self._bodies:
            at += len(body) + 1
            self._ends.append(at)

    def frequency(self, phrase: str) -> int:
        """How often a phrase stands in the text."""
        return self._all.count(phrase)

    def rows(self, phrase: str) -> frozenset[int]:
        """The numbers of the sections that hold a phrase (which holds no line end)."""
        return frozenset(self._rows(phrase))

    def _rows(self, phrase: str) -> Iterator[int]:
        row = 0
        at = self._all.find(phrase)
        while at >= 0:
            row = bisect_right(self._ends, at, lo=row)
            yield row
            at = self._all.find(phrase, self._ends[row])
