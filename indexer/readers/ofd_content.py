"""What stands on an OFD page: text objects as placed runs, and the areas that pictures and fills cover.

GB/T 33190-2016: lengths are millimetres, y goes down. An object's own space begins at the upper left corner
of its Boundary, after its CTM.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from indexer.errors import UnreadableError
from indexer.readers import limits
from indexer.readers.layout import Run
from indexer.readers.ofd_package import child, children, local

POINTS = 72 / 25.4  # in a millimetre
#: Elements visited in one file, each use of a template or composite counted.
_MAX_ELEMENTS = 2_000_000
_USE = 20  # elements that one use of a composite counts for: a few that use each other are millions of uses
_FAR = 1e5  # millimetres: what is beyond is a broken number
_LONGEST = 10_000  # glyphs in a line: no more are held at once
_ASCENT = 0.86  # of the size, above the baseline

#: (a, b, c, d, e, f): x' = a x + c y + e, y' = b x + d y + f
Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)

#: Left, top, right, bottom, in millimetres.
Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Content:
    """What was found on a page, in page millimetres but for the runs, which are in points.

    ``hidden``: runs in a colour or state in which they are not seen on white paper. ``clipped``: those whose
    Boundary, which clips, leaves nothing of them. ``images``: the areas of pictures, with the id of each;
    ``fills``: areas filled with a colour.
    """

    runs: list[Run] = field(default_factory=list)
    hidden: list[Run] = field(default_factory=list)
    clipped: list[Run] = field(default_factory=list)
    images: list[tuple[Box, str]] = field(default_factory=list)
    fills: list[Box] = field(default_factory=list)

    def extend(self, other: Content) -> None:
        """Add what stands on ``other``."""
        self.runs += other.runs
        self.hidden += other.hidden
        self.clipped += other.clipped
        self.images += other.images
        self.fills += other.fills

    @property
    def texts(self) -> tuple[Run, ...]:
        """All runs, seen or not."""
        return (*self.runs, *self.hidden, *self.clipped)


class Collector:
    """Collects the content of pages; one for a file, for it counts what the file makes it visit.

    ``composite`` gives the element of a CompositeGraphicUnit by its id, or None.
    """

    def __init__(self, composite: Callable[[str], Any]) -> None:
        """Begin with nothing visited."""
        self._composite = composite
        self._visited = 0
        self._characters = 0

    def count(self, content: Content) -> None:
        """Count content that is used once more."""
        self._tally(len(content.texts), sum(len(run.text) for run in content.texts))

    def collect(self, element: Any, matrix: Matrix = IDENTITY) -> Content:
        """The objects below ``element``: a Page, Layer, PageBlock or Appearance."""
        content = Content()
        self._block(element, matrix, content)
        return content

    def _tally(self, elements: int, characters: int) -> None:
        self._visited += elements
        self._characters += characters
        if self._visited > _MAX_ELEMENTS or self._characters > limits.MAX_CHARACTERS:
            raise OverfullError("OFD 的内容过多，超出上限 (more content than the limit allows)")

    def _block(
        self,
        element: Any,
        matrix: Matrix,
        content: Content,
        open_: tuple[str, ...] = (),
        *,
        visible: bool = True,
        depth: int = 0,
    ) -> None:
        """``open_``: the composites that this is part of, for one that holds itself."""
        if depth > limits.MAX_DEPTH:
            raise OverfullError("OFD 的对象嵌套过深 (objects nested too deeply)")
        for part in element:
            self._tally(1, 0)
            name = local(part)
            if not name:
                continue  # a reference to an entity, which nothing resolves
            seen = visible and part.get("Visible", "true").strip().lower() not in ("false", "0")
            if name in ("Content", "Layer", "PageBlock"):
                self._block(part, matrix, content, open_, visible=seen, depth=depth + 1)
            elif name == "TextObject":
                self._text(part, matrix, content, seen)
            elif name == "ImageObject":
                content.images.append((_extent(part, matrix), part.get("ResourceID", "").strip()))
            elif name == "PathObject":
                if seen and part.get("Fill", "false").strip().lower() in ("true", "1") and not _white(part):
                    content.fills.append(_extent(part, matrix))
            elif name == "CompositeObject":
                resource = part.get("ResourceID", "").strip()
                unit = self._composite(resource) if resource not in open_ else None
                inside = _within(part, matrix)
                self._tally(_USE, 0)
                for whole in (part, unit):
                    if whole is not None:
                        self._block(whole, inside, content, (*open_, resource), visible=seen, depth=depth + 1)

    def _text(self, part: Any, matrix: Matrix, content: Content, visible: bool) -> None:
        size = abs(number(part.get("Size"), 3.5)) or 3.5
        stretch = abs(number(part.get("HScale"), 1.0)) or 1.0
        reading = round(number(part.get("ReadDirection"), 0.0)) % 360
        inside = _within(part, matrix)
        boundary = numbers(part.get("Boundary"))
        into = content.runs if visible and _painted(part) else content.hidden
        if len(boundary) >= 4 and 0 in boundary[2:4]:
            into = content.clipped
        x = y = 0.0
        for code in children(part, "TextCode"):
            text = "".join(code.itertext())
            if "\n" in text:  # only a pretty-printer breaks lines here: glyphs are placed one by one
                text = " ".join(line.strip() for line in text.splitlines()).strip()
            x, y = number(code.get("X"), x), number(code.get("Y"), y)  # left out: as in the one before
            self._tally(1, len(text))
            glyphs = _glyphs(text, x, y, code, size, stretch, reading)
            runs = (_run(line, inside, size) for line in _lines(glyphs, size, reading))
            into += [run for run in runs if run is not None]


class OverfullError(UnreadableError):
    """More content than the limits allow."""


@dataclass(frozen=True, slots=True)
class _Glyph:
    text: str
    x: float
    y: float
    advance: float


def number(value: str | None, default: float) -> float:
    """A length or factor of an attribute; the default where there is none or it makes no sense."""
    try:
        found = float(value) if value is not None else default
    except ValueError:
        return default
    return found if abs(found) <= _FAR else default


def numbers(value: str | None) -> list[float]:
    """The numbers of an ST_Array; empty where one of them makes no sense."""
    parts = (value or "").replace(",", " ").split(None, 8)[:8]
    found = [number(part, math.nan) for part in parts]
    return [] if any(math.isnan(n) for n in found) else found


def box_of(value: str | None) -> Box | None:
    """An ST_Box ("x y width height"), or None."""
    found = numbers(value)
    if len(found) < 4 or found[2] <= 0 or found[3] <= 0:
        return None
    return found[0], found[1], found[0] + found[2], found[1] + found[3]


def deltas(value: str | None, count: int) -> list[float]:
    """``count`` steps between glyphs of a DeltaX or DeltaY; ``g n v`` stands for n times v.

    Too few: the last one goes on, as viewers have it. None at all: empty.
    """
    tokens = (value or "").replace(",", " ").split()
    steps: list[float] = []
    at = 0
    while at < len(tokens) and len(steps) < count:
        if tokens[at].lower() == "g" and at + 2 < len(tokens):
            times = int(max(0.0, min(number(tokens[at + 1], 0.0), count - len(steps))))
            steps += [number(tokens[at + 2], 0.0)] * times
            at += 3
        else:
            steps.append(number(tokens[at], 0.0))
            at += 1
    return steps + steps[-1:] * (count - len(steps))


def _glyphs(
    text: str, x: float, y: float, code: Any, size: float, stretch: float, reading: int
) -> Iterator[_Glyph]:
    """The characters with their places in the object's space."""
    count = max(len(text) - 1, 0)
    across, down = deltas(code.get("DeltaX"), count), deltas(code.get("DeltaY"), count)
    unplaced = not any(across) and not any(down)
    forward_x, forward_y = _forward(reading)
    for i, character in enumerate(text):
        advance = size * (stretch if _wide(character) else stretch / 2)
        yield _Glyph(character, x, y, advance)
        if i == count:
            return
        if unplaced:
            x, y = x + forward_x * advance, y + forward_y * advance
        else:
            x += across[i] if across else 0.0
            y += down[i] if down else 0.0


def _forward(reading: int) -> tuple[int, int]:
    """The direction in which text of a ReadDirection goes."""
    return {90: (0, 1), 180: (-1, 0), 270: (0, -1)}.get(reading, (1, 0))


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WFA"


def _lines(glyphs: Iterable[_Glyph], size: float, reading: int) -> Iterator[list[_Glyph]]:
    """The stretches that go straight on: one text code may hold several lines, or a column."""
    slack = 0.35 * size  # a step shorter than this, either way, is no turn
    forward = (reading in (0, 180), 1 if sum(_forward(reading)) > 0 else -1)
    line: list[_Glyph] = []
    going: tuple[bool, int] | None = None  # across or not, and to which side
    for glyph in glyphs:
        if line:
            dx, dy = glyph.x - line[-1].x, glyph.y - line[-1].y
            across = abs(dx) >= abs(dy)
            far, aside = (dx, dy) if across else (dy, dx)
            step = (across, 1 if far > 0 else -1)
            turned = step != going if going is not None else step == (forward[0], -forward[1])
            if (abs(far) > slack and (turned or abs(aside) > slack)) or len(line) >= _LONGEST:
                yield line
                line, going = [], None
            elif abs(far) > slack:
                going = step
        line.append(glyph)
    if line:
        yield line


def _run(line: list[_Glyph], matrix: Matrix, size: float) -> Run | None:
    """The run of a line, without the spaces around it; None if there is nothing else."""
    first, last = 0, len(line)
    while first < last and line[first].text.isspace():
        first += 1
    while last > first and line[last - 1].text.isspace():
        last -= 1
    line = line[first:last]
    if not line:
        return None
    outer = (line[0], line[-1])  # a line is straight: its ends are its extent
    above, below = _ASCENT * size, (1 - _ASCENT) * size
    corners = [
        _moved(matrix, x, y)
        for glyph in outer
        for x in (glyph.x, glyph.x + glyph.advance)
        for y in (glyph.y - above, glyph.y + below)
    ]
    left, right = min(p[0] for p in corners), max(p[0] for p in corners)
    top, bottom = min(p[1] for p in corners), max(p[1] for p in corners)
    if not all(abs(side) <= _FAR for side in (left, right, top, bottom)):  # nor is it a number, perhaps
        left = right = top = bottom = -_FAR  # on no page
    tall = size * math.hypot(matrix[2], matrix[3])
    return Run(
        "".join(g.text for g in line),
        left * POINTS,
        top * POINTS,
        right * POINTS,
        bottom * POINTS,
        tall * POINTS,
    )


def _moved(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    """First ``inner``, then ``outer``."""
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )


def _within(part: Any, matrix: Matrix) -> Matrix:
    """From the space of an object into that of the page: by its CTM, its Boundary, what is around it."""
    found = numbers(part.get("CTM"))
    own: Matrix = (
        (found[0], found[1], found[2], found[3], found[4], found[5]) if len(found) == 6 else IDENTITY
    )
    return _times(_times(own, corner(part.get("Boundary"))), matrix)


def corner(boundary: str | None) -> Matrix:
    """The shift to the upper left corner of an ST_Box; none where there is no box."""
    found = numbers(boundary)
    return (1, 0, 0, 1, found[0], found[1]) if len(found) >= 2 else IDENTITY


def _extent(part: Any, matrix: Matrix) -> Box:
    """The area of an object on the page, by its Boundary."""
    left, top, right, bottom = box_of(part.get("Boundary")) or (0, 0, 0, 0)
    corners = [_moved(matrix, x, y) for x in (left, right) for y in (top, bottom)]
    xs, ys = [p[0] for p in corners], [p[1] for p in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _painted(part: Any) -> bool:
    """Whether a text object leaves something on white paper."""
    if part.get("Alpha", "").strip() in ("0", "0.0"):
        return False
    fill, stroke = child(part, "FillColor"), child(part, "StrokeColor")
    filled = part.get("Fill", "true").strip().lower() not in ("false", "0")
    stroked = part.get("Stroke", "false").strip().lower() in ("true", "1")
    return (filled and not _faint(fill)) or (stroked and not _faint(stroke))


def _white(part: Any) -> bool:
    return _faint(child(part, "FillColor"))


def _faint(color: Any) -> bool:
    """Whether a colour is white (RGB, as is the default) or transparent; black where none is given."""
    if color is None:
        return False
    if color.get("Alpha", "").strip() in ("0", "0.0"):
        return True
    parts = color.get("Value", "").replace("#", " ").split()
    base = 16 if "#" in color.get("Value", "") else 10
    try:
        values = [int(part, base) for part in parts]
    except ValueError:
        return False
    return len(values) == 3 and min(values) >= 250
