"""How many sections are about each year, as bars for the server to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from webui.address import Address

#: Units of the drawing; it is stretched to the room there is.
WIDTH, HEIGHT = 240, 56
_LEAST = 2.0  # height of a bar that stands for anything
_MOST_YEARS = 120  # the newest: with more, bars are too thin to be told apart


@dataclass(frozen=True, slots=True)
class Bar:
    """A year; ``slot`` is the width of its place, ``current`` whether the filter leaves it."""

    year: int
    count: int
    url: str
    current: bool
    x: float
    slot: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class YearChart:
    """The years from the first to the last, those without sections too, and the form beside them.

    ``first`` and ``last`` stand in the form's fields, ``kept`` are its hidden ones.
    """

    bars: tuple[Bar, ...]
    first: str
    last: str
    kept: tuple[tuple[str, str], ...]
    on: bool


def draw_years(
    counts: Sequence[tuple[int, int]], address: Address, on: tuple[int | None, int | None] | None
) -> YearChart | None:
    """The chart of ``counts`` (year, sections); None where there are not two years.

    ``on`` is the stretch of years that is chosen, both ends included, None for an open end.
    """
    by_year = dict(counts)
    if len(by_year) < 2:
        return None
    newest = max(by_year)
    years = range(max(min(by_year), newest - _MOST_YEARS + 1), newest + 1)
    most = max(by_year.values())
    slot = WIDTH / len(years)
    gap = min(2.0, slot / 4)
    bars = []
    for number, year in enumerate(years):
        count = by_year.get(year, 0)
        height = max(_LEAST, count / most * HEIGHT) if count else 0.0
        bars.append(
            Bar(
                year=year,
                count=count,
                url=address.to(year="" if address.year == str(year) else str(year)).url,
                current=on is not None and (on[0] or 0) <= year <= (on[1] or newest),
                x=round(number * slot, 2),
                slot=round(slot, 2),
                width=round(slot - gap, 2),
                y=round(HEIGHT - height, 2),
                height=round(height, 2),
            )
        )
    first, last = on or (None, None)
    return YearChart(
        bars=tuple(bars),
        first=str(first or ""),
        last=str(last or ""),
        kept=tuple(parse_qsl(urlsplit(address.to(year="").url).query)),
        on=on is not None,
    )
