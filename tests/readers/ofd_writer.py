"""A small writer of OFD files (GB/T 33190) for tests: parts given as XML, or a report set in pages."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from indexer.model import Block

NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'

WIDTH, HEIGHT = 210.0, 297.0  # millimetres, as all lengths here
LEFT, RIGHT, TOP, BOTTOM = 28.0, 184.0, 37.0, 262.0
SIZE, LEADING = 5.6, 10.0


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip container with these parts, the same bytes every time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            data = content.encode() if isinstance(content, str) else content
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def parts_of(
    pages: Sequence[str], *, common: str = "", more: str = "", box: str = "0 0 210 297"
) -> dict[str, str | bytes]:
    """The parts of a file of one document; ``pages``: the XML inside each Page.

    ``common``: more XML in CommonData; ``more``: in Document. The pages have the ids 1, 2 ...
    """
    listed = "".join(
        f'<ofd:Page ID="{n + 1}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages))
    )
    parts: dict[str, str | bytes] = {
        "OFD.xml": f"<ofd:OFD {NAMESPACE}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        "</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {NAMESPACE}><ofd:CommonData><ofd:PageArea>"
        f"<ofd:PhysicalBox>{box}</ofd:PhysicalBox></ofd:PageArea>{common}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages>{more}</ofd:Document>",
    }
    for n, page in enumerate(pages):
        parts[f"Doc_0/Pages/Page_{n}/Content.xml"] = f"<ofd:Page {NAMESPACE}>{page}</ofd:Page>"
    return parts


def layer(inside: str) -> str:
    """The content of a page with one layer."""
    return f"<ofd:Content><ofd:Layer>{inside}</ofd:Layer></ofd:Content>"


def text(words: str, x: float = 20, y: float = 20, size: float = 5, more: str = "") -> str:
    """A text object whose first baseline begins at (x, y); ``more``: attributes of the text code."""
    return (
        f'<ofd:TextObject Boundary="{x:g} {y - size:g} 150 {size * 1.2:g}" Size="{size:g}">'
        f'<ofd:TextCode X="0" Y="{size:g}" {more}>{escape(words)}</ofd:TextCode></ofd:TextObject>'
    )


def width_of(character: str, size: float = SIZE) -> float:
    """How far the pen moves behind a character."""
    return size if unicodedata.east_asian_width(character) in "WFA" else size / 2


def report(blocks: Sequence[Block], header: str) -> bytes:
    """A report set as an office sets it: header, page numbers, indented paragraphs, a table, an outline."""
    pages: list[list[str]] = [[]]
    outline: list[str] = []
    y = TOP

    def line(pieces: Sequence[tuple[str, float, float]]) -> None:
        """Set pieces of text (words, x, size) on the next line."""
        nonlocal y
        if y > BOTTOM:
            pages.append([])
            y = TOP
        for words, x, size in pieces:
            steps = " ".join(f"{width_of(c, size):g}" for c in words[:-1])
            pages[-1].append(text(words, x, y, size, f'DeltaX="{steps}"' if steps else ""))
        y += LEADING

    for block in blocks:
        if block.style == "table":
            cells = block.text.split("\t")
            step = (RIGHT - LEFT - 60) / max(len(cells) - 1, 1)
            line(
                [(cell, LEFT + (60 + (n - 1) * step if n else 0), SIZE * 0.8) for n, cell in enumerate(cells)]
            )
            continue
        if block.style.startswith("heading"):
            outline.append(f"<ofd:OutlineElem Title={quoteattr(block.text)}/>")
        size = 7.8 if block.style == "title" else SIZE
        lines = broken(block.text, RIGHT - LEFT, 0 if block.style == "title" else 2 * size, size)
        for n, words in enumerate(lines):
            wide = sum(width_of(c, size) for c in words)
            centred = (WIDTH - wide) / 2 if block.style == "title" else LEFT
            line([(words, centred if block.style == "title" else LEFT + (0 if n else 2 * size), size)])
    whole = [
        layer(text(header, 60, 24, 3.7) + "".join(page) + text(f"— {n + 1} —", 98, 280, 4.2))
        for n, page in enumerate(pages)
    ]
    return packed(parts_of(whole, more=f"<ofd:Outlines>{''.join(outline)}</ofd:Outlines>"))


def broken(words: str, wide: float, indent: float, size: float) -> list[str]:
    """The lines of a paragraph: full ones; no sign that ends a clause begins a line, no number is cut."""
    lines: list[str] = []
    line, used = "", indent
    for character in words:
        if used + width_of(character, size) > wide and character not in "，。；、：”）":
            cut = len(line)
            while cut > 1 and character.isascii() and line[cut - 1].isascii() and not line[cut - 1].isspace():
                cut -= 1
            lines.append(line[:cut])
            line = line[cut:]
            used = sum(width_of(c, size) for c in line)
        line += character
        used += width_of(character, size)
    return [*lines, line]
