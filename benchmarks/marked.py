"""Sections of a page that programs write, between marks of their own: what writes one leaves the others."""

from __future__ import annotations

import re

MILLION = "million"  # the section of benchmarks.million in benchmarks/RESULTS.md


def section(page: str, name: str) -> str:
    """A section with its marks; empty where the page has none of that name."""
    found = _pattern(name).search(page)
    return found.group() if found else ""


def with_section(page: str, name: str, text: str) -> str:
    """The page with this text as the section: in its place if it has one, else at the end."""
    new = f"<!-- {name} -->\n{text.strip()}\n<!-- /{name} -->\n"
    changed, times = _pattern(name).subn(lambda _: new, page, count=1)
    return changed if times else f"{page.rstrip()}\n\n{new}"


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"<!-- {name} -->\n.*?<!-- /{name} -->\n", re.DOTALL)
