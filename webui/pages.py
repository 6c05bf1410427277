"""What people see: the search page and the report page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from indexer.errors import NoIndexError, NotFoundError, UsageError
from indexer.library import Library
from indexer.search import search
from webui import reading, results, wording
from webui.address import Address

blueprint = Blueprint("pages", __name__)


def library() -> Library:
    """The index that this application serves."""
    held: Library = current_app.extensions["gaoku"]
    return held


def render(template: str, status: int = 200, **values: Any) -> ResponseReturnValue:
    """Render a page. A character that is none (a lone surrogate in a file's name) becomes a question mark."""
    html = render_template(template, **{"address": Address(), **values})
    return html.encode("utf-8", "replace"), status, {"Content-Type": "text/html; charset=utf-8"}


@blueprint.get("/")
def search_page() -> ResponseReturnValue:
    """The start, or the results of what the address asks."""
    address = Address.read(request.args)
    try:
        meta, counts = library().status()
    except NoIndexError:
        return render("empty.html", address=address)
    if not counts.reports:
        return render("empty.html", address=address, files=counts.files)
    if not address.asks:
        return render(
            "start.html",
            counts=counts,
            updated=meta.updated,
            start=results.start(library()),
            words=results.words(library()),
        )
    try:
        question = address.question()
    except UsageError:
        return render("bad_filter.html", 400, address=address)
    answer = search(library(), question)
    paging = results.paging(answer, address)
    if address.page > paging.pages:
        return redirect(address.at_page(paging.pages).url)
    return render(
        "search.html",
        address=address,
        answer=answer,
        groups=results.groups(answer, address),
        filters=results.filter_groups(library(), answer, address),
        chips=results.chips(answer, address),
        sorts=results.sorts(address),
        paging=paging,
        reading=results.reading(answer),
        meant=results.meant(answer, address),
        suggestions=() if answer.total else results.suggestions(library(), answer, address),
    )


@blueprint.get("/report/<report>")
def report_page(report: str) -> ResponseReturnValue:
    """One report, whole."""
    address = Address(q=request.args.get("q", "").strip())
    try:
        filed = library().report(report)
    except NotFoundError:
        return render(
            "error.html",
            404,
            address=address,
            heading="没有这篇报告",
            text="它可能已从文件夹里移走或改了名，索引更新后地址也变了。",
            advice="用标题或其中的一句话重新搜索，就能找到它现在的位置。",
        )
    except NoIndexError:
        return render("empty.html", 503, address=address)
    return render("report.html", address=address, report=reading.arrange(filed, address.q))


@blueprint.app_template_filter()
def in_chinese(reason: str) -> str:
    """See :func:`webui.wording.in_chinese`."""
    return wording.in_chinese(reason)


@blueprint.app_template_filter()
def moment(text: str) -> str:
    """See :func:`webui.wording.moment`."""
    return wording.moment(text)


@blueprint.app_template_filter()
def milliseconds(took: float) -> str:
    """See :func:`webui.wording.milliseconds`."""
    return wording.milliseconds(took)
