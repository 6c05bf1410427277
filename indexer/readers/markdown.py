"""Markdown: text whose headings and table rows are marked; the marks are no part of the text."""

from __future__ import annotations

import re

from indexer.model import Block, Document
from indexer.readers import text

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t\u3000]+(\S.*)")
_TABLE_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*")


def read(data: bytes) -> Document:
    """Read a Markdown file: as plain text, with ``#`` headings and ``|`` rows as styles.

    The ``#`` signs are taken off and kept as the block's ``mark``, so that they can be listed.
    """
    found, encoding = text.lines(data)
    blocks = []
    for line in found:
        if not line.strip():
            continue
        heading = _HEADING.fullmatch(line)
        if heading:
            signs, words = heading.groups()
            blocks.append(Block(words, f"heading {len(signs)}", mark=signs))
        elif _TABLE_ROW.fullmatch(line):
            blocks.append(Block(line, "table"))
        else:
            blocks.append(Block(line))
    return Document(tuple(blocks), "markdown", encoding)
