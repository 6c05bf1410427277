"""Traditional Chinese: a report is recognised in Simplified characters and stays as it was written.

The rules of this package are written in Simplified characters. :func:`simplified` gives a text to which they
apply, one character for one; :class:`Written` gives back what stands in the file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from opencc import OpenCC

from indexer.model import Block, Removed, Report, Section

_convert = OpenCC("t2s").convert
#: White space and what takes no room: the rules put in and take out of it as they like.
_BETWEEN = re.compile("[\\s\u200b\u200c\u2060\ufeff]+")
_PIECES = re.compile(f"({_BETWEEN.pattern})")

_PIECE = 8  # characters by which a piece of a text is looked for
_GAP = 2000  # characters that were taken out between two pieces at the most
_TRIES = 50


def simplified(text: str) -> str:
    """The text in Simplified characters, one for each of its own.

    Words decide (計畫 is 计划, though 畫 alone is 画) where they are as long; else each character alone.
    """
    if text.isascii():
        return text
    try:
        converted = _convert(text)
    except UnicodeEncodeError:  # a lone surrogate
        converted = ""
    return converted if len(converted) == len(text) else "".join(map(_alone, text))


def _alone(char: str) -> str:
    one = char if 0xD800 <= ord(char) <= 0xDFFF else _convert(char)
    return one if len(one) == 1 else char


def simplified_blocks(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The blocks with their text in Simplified characters; those that need it not, as they are."""
    return tuple(
        block if (text := simplified(block.text)) == block.text else replace(block, text=text)
        for block in blocks
    )


class Written:
    """What was written, to be found again by what its Simplified form became.

    Each character of ``texts`` is given out once as long as there is one left, so that as much comes back as
    there was: of 後 and 后 in one file each stays at its place.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        pieces = [_BETWEEN.sub("", text) for text in texts]
        self._written = "".join(pieces)
        self._plain = "".join(map(simplified, pieces))
        self._taken = bytearray(len(self._plain))
        self._at = 0  # behind what was given back last of the text
        self._seen: dict[str, int] = {}  # piece -> where to look for it next

    def reports(self, reports: Iterable[Report], verbatim: Collection[Removed]) -> tuple[Report, ...]:
        """The reports as written. ``verbatim`` was never simplified."""
        bodies = []
        for report in reports:
            title = self._back(report.title, inside=False)
            bodies.append((report, title, self._sections(report.sections)))
        kept = set(map(id, verbatim))
        return tuple(
            replace(
                report,
                title=title,
                sections=sections,
                unit=self._name(report.unit) if report.unit else report.unit,
                removed=tuple(
                    r if id(r) in kept else replace(r, text=self._back(r.text, inside=False))
                    for r in report.removed
                ),
            )
            for report, title, sections in bodies
        )

    def _sections(self, sections: Iterable[Section]) -> tuple[Section, ...]:
        result = []
        path: tuple[str, ...] = ()
        for s in sections:
            heading = None if s.heading is None else self._back(s.heading, inside=True)
            path = () if heading is None else (*path[: s.level - 1], heading)
            paragraphs = tuple(self._back(p, inside=True) for p in s.paragraphs)
            result.append(replace(s, heading=heading, path=path, paragraphs=paragraphs))
        return tuple(result)

    def _name(self, unit: str) -> str:
        at = self._plain.find(unit)
        return unit if at < 0 else self._written[at : at + len(unit)]

    def _back(self, text: str, *, inside: bool) -> str:
        """``text`` as written; ``inside``: it stands behind what came before it."""
        plain = _BETWEEN.sub("", text)
        written: list[str] = []
        at = self._at if inside else self._seen.get(plain, 0)
        place = self._find(plain, at)
        if place < 0 and at:
            place = self._find(plain, 0)
        if place >= 0:
            at = place + len(plain)
            self._taken[place:at] = b"\1" * len(plain)
            written += self._written[place:at]
        else:
            at = self._in_pieces(plain, at, written)
        if inside:
            self._at = at
        else:
            self._seen[plain] = at
        result, used = "", 0
        for piece in _PIECES.split(text):
            between = _BETWEEN.match(piece) is not None
            result += piece if between else "".join(written[used : used + len(piece)])
            used += 0 if between else len(piece)
        return result

    def _in_pieces(self, plain: str, at: int, written: list[str]) -> int:
        """Find a text in which something stood that was taken out; return where its last piece ends.

        What is not in the file, such as （2） behind its title, stays.
        """
        while len(written) < len(plain):
            rest = plain[len(written) : len(written) + _PIECE]
            place = self._plain.find(rest, at, at + _GAP)
            if place < 0:
                place = self._plain.find(rest[0], at, at + _GAP)
            if place < 0 and not written:
                place = self._plain.find(rest)
            if place < 0:
                written.append(rest[0])
                continue
            at = place
            while (
                at < len(self._plain) and len(written) < len(plain) and self._plain[at] == plain[len(written)]
            ):
                self._taken[at] = 1
                written.append(self._written[at])
                at += 1
        return at

    def _find(self, text: str, at: int) -> int:
        """Where ``text`` stands from ``at`` on: where it was not given out, if such a place is soon found."""
        place = first = self._plain.find(text, at)
        for _ in range(_TRIES):
            given = self._taken.rfind(1, place, place + len(text)) if place >= 0 else -1
            if given < 0:
                break
            place = self._plain.find(text, given + 1)
        return place if place >= 0 else first
