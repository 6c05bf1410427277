"""What the names of paragraph styles say, in the word processors that have them."""

from __future__ import annotations

import re

_HEADING_NAME = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_TITLE_NAME = re.compile(r"title|标题|题目", re.IGNORECASE)


def named(name: str) -> str:
    """Our name for the style that a word processor calls ``name``: "heading N", "title" or ""."""
    heading = _HEADING_NAME.fullmatch(name.strip())
    if heading:
        return f"heading {heading.group(1)}"
    return "title" if _TITLE_NAME.fullmatch(name.strip()) else ""
