"""Text that a file may hold: without characters that XML and terminals forbid, and as Markdown shows it."""

from __future__ import annotations

import re

#: What neither XML nor a terminal may hold.
_CONTROLS = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKS = re.compile(r"([\\`*_\[\]<>|~&$#])")
_LINE_START = re.compile(r"^(\s*)(?:([-+=])|(\d+)([.)])(?=\s|$))")


def clean(text: str) -> str:
    """The text without control characters and lone surrogates."""
    return _CONTROLS.sub("", text)


def one_line(text: str) -> str:
    """The text cleaned, its white space folded."""
    return " ".join(clean(text).split())


def escaped(text: str) -> str:
    """Text whose signs Markdown shows as they stand, wherever on a line it comes."""
    return _MARKS.sub(r"\\\1", clean(text))


def line_begun(line: str) -> str:
    """A line of escaped text that is no list, no rule and no underline of a heading either."""
    return _LINE_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] else f"{m[1]}{m[3]}\\{m[4]}", line)


def markdown_line(text: str) -> str:
    """Text that Markdown shows as it stands, on one line."""
    return line_begun(_MARKS.sub(r"\\\1", one_line(text)))
