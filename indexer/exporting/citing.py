"""How a report and a passage are cited, on the page and in files alike."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.model import FiledReport, Report

#: With them a heading may end; in a citation it goes on.
_CLOSING_SIGNS = "。；，：、"


def source(filed: FiledReport, path: Sequence[str], several: bool) -> str:
    """How a text is cited, as on the page of its report: ——《标题》（单位，年），小标题 › 小标题，文件.

    ``path``: the headings above it; ``several``: its file holds other reports too, so it says which it is.
    """
    headings = " › ".join(heading.rstrip(_CLOSING_SIGNS) for heading in path)
    cited = (work(filed.report), headings, place(filed, several=several))
    return "——" + "，".join(text for text in cited if text)


def work(report: Report) -> str:
    """How a report is cited: 《标题》（单位，年）."""
    known = "，".join(text for text in (report.unit, f"{report.year} 年" if report.year else "") if text)
    return f"《{report.title}》" + (f"（{known}）" if known else "")


def place(filed: FiledReport, *, several: bool) -> str:
    """The file of a report and, of several reports in it, which."""
    return filed.file + (f"，第 {filed.report.ordinal} 篇" if several else "")
