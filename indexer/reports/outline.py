"""Sections: which lines are headings, how deep each stands, and what text belongs to it."""

from __future__ import annotations

import re

from indexer.model import Block, Removed, Section
from indexer.reports.numbering import form_of

_MAX_HEADING = 50
#: Where a run-in heading ends: its first full stop.
_RUN_IN = re.compile(r"[^。！？；;]{2,40}。")
_STYLE = re.compile(r"heading ([1-9])")


def build_sections(lines: tuple[Block, ...], title: str) -> tuple[tuple[Section, ...], list[Removed]]:
    """Return the sections of a report, and the lines that are its title (listed, for they are no text)."""
    removed: list[Removed] = []
    found: list[tuple[str | None, str, list[str]]] = [(None, "", [])]  # heading, its kind, paragraphs
    for n, line in enumerate(lines):
        if n < 10 and line.text == title and not any(r.text == title for r in removed):
            removed.append(Removed(line.text, "标题 (the report's title)"))
            continue
        kind, heading, rest = split_heading(line)
        if heading is None:
            found[-1][2].append(line.text)
        else:
            found.append((heading, kind, [rest] if rest else []))
    if not found[0][2] and len(found) > 1:
        del found[0]
    return tuple(_levelled(found)), removed


def split_heading(line: Block) -> tuple[str, str | None, str]:
    """Return the kind of heading that a line begins with, the heading and the rest; else None and the line.

    A numbered line is a heading if it is short and no sentence; of a longer one the first clause is, up to
    and with its full stop, if the rest goes on (a run-in heading).
    """
    style = _STYLE.fullmatch(line.style)
    if style:
        form = form_of(line.text)
        return (form.name if form else f"#{style.group(1)}"), line.text, ""
    form = form_of(line.text) if not line.style else None
    if form is None:
        return "", None, line.text
    if form.name == "条":
        number = line.text.split()[0]
        return form.name, number, line.text[len(number) :].strip()
    if len(line.text) <= _MAX_HEADING and not re.search(r"[。；;，,：:]$|[。；].", line.text):
        return form.name, line.text, ""
    run_in = _RUN_IN.match(line.text)
    if run_in:
        return form.name, run_in.group(), line.text[run_in.end() :].strip()
    return "", None, line.text


def _levelled(found: list[tuple[str | None, str, list[str]]]) -> list[Section]:
    """Give each heading its level: a kind met for the first time stands below those that are open."""
    sections = []
    open_: list[tuple[str, str]] = []  # (kind, heading), outermost first
    for heading, kind, paragraphs in found:
        if heading is None:
            sections.append(Section(None, 0, (), tuple(paragraphs)))
            continue
        kinds = [k for k, _ in open_]
        if kind in kinds:
            del open_[kinds.index(kind) :]
        open_.append((kind, heading))
        path = tuple(h for _, h in open_)
        sections.append(Section(heading, len(path), path, tuple(paragraphs)))
    return sections
