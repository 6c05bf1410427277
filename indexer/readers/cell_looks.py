"""What the cells of a workbook show, as far as their values do not say: number formats, displayed texts."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

from indexer.readers import number_format
from indexer.readers.number_format import Value

#: Columns of a sheet, at most; those of .xlsx are fewer.
_COLUMNS = 1 << 24
_MOST = 3_000_000  # cells that may be noted of a sheet


class Noted:
    """A number for some cells of a sheet, 12 bytes each: which of the workbook's looks the cell has."""

    def __init__(self) -> None:
        self._places = array("Q")
        self._looks = array("I")
        self._sorted = True

    def __len__(self) -> int:
        return len(self._places)

    def note(self, row: int, column: int, look: int) -> None:
        """Note a cell; of two at one place the later counts. More than a workbook may have are not noted."""
        if not (0 <= row < 1 << 32 and 0 <= column < _COLUMNS and len(self) < _MOST):
            return
        place = row * _COLUMNS + column
        self._sorted = self._sorted and (not self._places or place > self._places[-1])
        self._places.append(place)
        self._looks.append(look)

    def of_row(self, row: int) -> dict[int, int]:
        """The looks of the row's cells by column."""
        if not self._sorted:
            order = sorted(range(len(self._places)), key=self._places.__getitem__)
            self._looks = array("I", (self._looks[i] for i in order))
            self._places = array("Q", (self._places[i] for i in order))
            self._sorted = True
        start = bisect_left(self._places, row * _COLUMNS)
        end = bisect_left(self._places, (row + 1) * _COLUMNS, start)
        return {self._places[i] % _COLUMNS: self._looks[i] for i in range(start, end)}


@dataclass(slots=True)
class Looks:
    """Of all cells of a workbook that have one. ``sheets``: in the workbook's order.

    ``known``: number formats by the cell's number; or, where the file has the texts that its program showed,
    those (``displayed``). ``formulas``: how many are without a value.
    """

    sheets: list[Noted] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    displayed: bool = False
    from_1904: bool = False
    formulas: int = 0

    def shown(self, value: Value, look: int | None) -> str:
        """What a cell with this value and look shows."""
        if look is None or look >= len(self.known):
            return number_format.plain(value)
        if self.displayed:
            return self.known[look]
        return number_format.shown(self.known[look], value, from_1904=self.from_1904)
