"""A question through the years: how many sections and reports answer it, as a chart and a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.engines.base import YearCount
from indexer.library import Library
from indexer.trend import Trend, through_the_years
from webui.address import Address

_HEIGHT = 200  # pixels of the tallest bar
_ABOVE = 24  # pixels over it, for its value
_LABELS = 12  # years that are written below the axis, at most
_LABELS_NARROW = 5
_ROOM = 7  # per cent of the chart's width that a year below the axis takes, with some air
_ROOM_NARROW = 14
_VALUES = 36  # bars that have their value above them, at most
_VALUES_NARROW = 10
_FILL = 0.72  # of its column is a bar
_MOST_YEARS = 200  # columns: beyond, only the years that have something are drawn


@dataclass(frozen=True, slots=True)
class Bar:
    """A year in the chart. ``x``, ``width``, ``middle`` are per cent of the chart's width, heights pixels.

    ``label`` and ``value`` say where the year and the number are written: "" nowhere, "wide" where there is
    room, "always".
    """

    count: YearCount
    url: str  # "": nothing is found there
    column: float
    span: float
    x: float
    width: float
    middle: float
    sections: float
    reports: float
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the chart, at a number."""

    y: float  # pixels from the top
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart; ``base`` is where the bars stand, pixels from the top."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    base: int
    height: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table."""

    count: YearCount
    url: str


@dataclass(frozen=True, slots=True)
class Years:
    """The page. ``undated`` sections have no year; ``most`` is the year with the most sections."""

    chart: Chart | None
    rows: tuple[Row, ...]
    trend: Trend
    most: YearCount | None


def arrange(library: Library, address: Address) -> Years:
    """What the address asks, year by year. Raises UsageError where a filter is none."""
    trend = through_the_years(library, address.question(limit=0))
    counts = trend.years
    rows = tuple(Row(count, _url(count, address)) for count in counts)
    return Years(
        chart=draw(counts, address) if counts else None,
        rows=rows,
        trend=trend,
        most=max(counts, key=lambda count: count.sections, default=None),
    )


def _url(count: YearCount, address: Address) -> str:
    return address.to(year=str(count.year)).url


def draw(counts: Sequence[YearCount], address: Address) -> Chart:
    """The bars, over all years from the first to the last: a year without anything is an empty place."""
    by_year = {count.year: count for count in counts if count.year is not None}
    first, last = min(by_year), max(by_year)
    years = range(first, last + 1) if last - first < _MOST_YEARS else sorted(by_year)
    top, step = scale(max(count.sections for count in counts))
    column = 100 / max(len(years), 4)  # a single bar is no wall
    wide = _every(len(years), _LABELS)
    narrow = wide * _every(-(-len(years) // wide), _LABELS_NARROW)
    labels = _labels(years, column, wide, narrow)
    highest = max(counts, key=lambda count: count.sections)
    bars = []
    for number, year in enumerate(years):
        count = by_year.get(year, YearCount(year, 0, 0))
        bars.append(
            Bar(
                count,
                _url(count, address) if count.sections else "",
                column=round(number * column, 3),
                span=round(column, 3),
                x=round((number + (1 - _FILL) / 2) * column, 3),
                width=round(column * _FILL, 3),
                middle=round((number + 0.5) * column, 3),
                sections=round(count.sections / top * _HEIGHT, 1),
                reports=round(count.reports / top * _HEIGHT, 1),
                label=labels[number],
                value=""
                if not count.sections
                else "always"
                if len(years) <= _VALUES_NARROW or count is highest
                else "wide"
                if len(years) <= _VALUES
                else "",
            )
        )
    ticks = tuple(
        Tick(round(_ABOVE + _HEIGHT - value / top * _HEIGHT, 1), value) for value in range(0, top + 1, step)
    )
    return Chart(tuple(bars), ticks, _ABOVE + _HEIGHT, _ABOVE + _HEIGHT + 28)


def _labels(years: Sequence[int], column: float, wide: int, narrow: int) -> list[str]:
    """Where each year is written, see :class:`Bar`; ``column`` is in per cent. The last one always is, and
    what it would touch is not."""
    labels = ["always" if not year % narrow else "wide" if not year % wide else "" for year in years]
    for number in range(len(labels) - 1):
        to_last = (len(labels) - 1 - number) * column
        if to_last < _ROOM:
            labels[number] = ""
        elif to_last < _ROOM_NARROW and labels[number]:
            labels[number] = "wide"
    labels[-1] = "always"
    return labels


def _every(count: int, most: int) -> int:
    """Each how manieth year is written, so that not more than ``most`` are: 1, 2, 5, 10, 20 …"""
    step = 1
    while -(-count // step) > most:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step


def scale(most: int) -> tuple[int, int]:
    """The end of an axis that holds a number, and the step between its lines: 1, 2, 5, 10, 20 …"""
    step = 1
    while most > 4 * step:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return -(-most // step) * step, step
