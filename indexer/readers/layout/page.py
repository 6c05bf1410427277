"""Pages of placed text, whatever format they come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """A run of text on a page: its box in points, from the page's upper left corner, y downwards.

    ``size``: of the font, in points; 0: unknown.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page, in points; its runs in any order."""

    width: float
    height: float
    runs: tuple[Run, ...]
