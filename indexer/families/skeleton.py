"""The lines of a template as files and pages show them: which are headings, and where slots stand alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from indexer.families.headed import Headed
from indexer.families.template import Slot, Template


@dataclass(frozen=True, slots=True)
class Line:
    """A line: common text, and the numbers of the slots in it, from 1."""

    parts: tuple[str | int, ...]
    is_heading: bool = False


@dataclass(slots=True)
class _Open:
    """A line that is being put together, with how many characters of what is common in it, and of what the
    slots hold, stand in headings (the members' in all)."""

    parts: list[str | int] = field(default_factory=list)
    common: list[tuple[int, int]] = field(default_factory=list)  # in headings, in all
    filled: list[tuple[int, int]] = field(default_factory=list)

    @property
    def shows(self) -> bool:
        """Whether there is anything but white space."""
        return any(isinstance(part, int) or part.strip() for part in self.parts)

    def close(self) -> Line:
        """The line. What is common in it says whether it is a heading; the slots, where they are all."""
        told = self.common or self.filled
        inside, whole = sum(n for n, _ in told), sum(n for _, n in told)
        parts: list[str | int] = []
        for part in self.parts:
            if parts and isinstance(part, str) and isinstance(parts[-1], str):
                parts[-1] += part
            else:
                parts.append(part)
        return Line(tuple(parts), 2 * inside > whole)


def skeleton_lines(template: Template, members: Sequence[Headed]) -> tuple[Line, ...]:
    """The lines of a template, without empty ones; ``members`` are the texts that it was made from.

    A line is a heading where it is one in most members. Lines that only some members have stand alone, as a
    slot that is a line.
    """
    lines: list[_Open] = [_Open()]
    at = [0] * len(members)
    number = 0
    for piece in template.pieces:
        values = (piece,) * len(members) if isinstance(piece, str) else piece.values
        if isinstance(piece, Slot):
            number += 1
            filled = [value for value in values if value]
            if lines[-1].shows and all(value.startswith("\n") for value in filled):
                lines.append(_Open())
            lines[-1].parts.append(number)
            lines[-1].filled += _counted(members, at, values)
            if all(value.endswith("\n") for value in filled):
                lines.append(_Open())
        else:
            # Other signs, white space or width do not tell what a line is.
            tells = isinstance(piece, str)
            start = 0
            for n, text in enumerate((piece if isinstance(piece, str) else piece.text).split("\n")):
                if n:
                    lines.append(_Open())
                if text:
                    lines[-1].parts.append(text)
                if text and tells:
                    lines[-1].common += _counted(members, [a + start for a in at], (text,) * len(members))
                start += len(text) + 1
        at = [a + len(value) for a, value in zip(at, values, strict=True)]
    return tuple(line.close() for line in lines if line.shows)


def _counted(members: Sequence[Headed], at: Sequence[int], values: Sequence[str]) -> list[tuple[int, int]]:
    """For each member how many characters of what it has from a place on stand in headings, and how many."""
    return [
        (member.in_headings(a, a + len(value)), len(value))
        for member, a, value in zip(members, at, values, strict=True)
    ]
