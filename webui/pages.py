"""What people see: search, a report, what is alike, and the templates that keep coming back."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from indexer.errors import NoIndexError, NotFoundError, UsageError
from indexer.filling import LEVEL_NAMES, as_docx, as_markdown
from indexer.library import Library
from indexer.originals import OriginalError, open_original
from indexer.repeated import count_families, find_family, list_families, report_with_copies
from indexer.search import Question, search
from indexer.similar import MAX_CHARACTERS, find_place, similar_to_place, similar_to_text
from webui import (
    added,
    api,
    comparing,
    files,
    leaving,
    likeness,
    original,
    preview,
    reading,
    repeats,
    results,
    running,
    wording,
    years,
)
from webui.address import PAGE_SIZE, Address, TemplatesAddress

#: Of a form: a character takes three or four bytes, nine where a browser escapes it.
_MAX_BYTES = 12 * MAX_CHARACTERS

#: What our own scripts ask, besides pages.
_FOR_OUR_SCRIPTS = ("/add/", "/index-runs")

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

blueprint = Blueprint("pages", __name__)


def library() -> Library:
    """The index that this application serves."""
    held: Library = current_app.extensions["gaoku"]
    return held


def render(template: str, status: int = 200, **values: Any) -> ResponseReturnValue:
    """Render a page. A character that is none (a lone surrogate in a file's name) becomes a question mark."""
    html = render_template(template, **{"address": Address(), **values})
    return html.encode("utf-8", "replace"), status, {"Content-Type": "text/html; charset=utf-8"}


def for_script() -> bool:
    """Whether the request is one of the API."""
    return request.path == api.PREFIX or request.path.startswith(f"{api.PREFIX}/")


def wants_json() -> bool:
    """Whether a script of a page asks, for which what it gets is put in words here: in Chinese."""
    asked = request.path.startswith(_FOR_OUR_SCRIPTS)
    return asked and request.accept_mimetypes.best_match(("text/html", "application/json")) == (
        "application/json"
    )


def told(status: int, heading: str, text: str) -> ResponseReturnValue:
    """What went wrong, as a page or for a script of a page."""
    if wants_json():
        return api.error(status, text)
    return render("error.html", status, heading=heading, text=text)


def allow_draft() -> None:
    """Let a form be as long as a draft may be; to be called before any of it is read."""
    if (request.content_length or 0) > _MAX_BYTES:
        raise RequestEntityTooLarge
    request.max_form_memory_size = _MAX_BYTES


def over_reports(page: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    """A page that has nothing to show while there are no reports: then it says how they come in."""

    @wraps(page)
    def shown() -> ResponseReturnValue:
        try:
            _, counts = library().status()
        except NoIndexError:
            return render("empty.html", 200 if request.path == "/" else 503)  # the start is no fault
        return page() if counts.reports else render("empty.html", files=counts.files)

    return shown


@blueprint.get("/")
@over_reports
def search_page() -> ResponseReturnValue:
    """The start, or the results of what the address asks."""
    address = Address.read(request.args)
    if "from" in request.args or "to" in request.args:  # the form's two fields: one parameter says it
        return redirect(address.url)
    if not address.asks:
        meta, counts = library().status()
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
    paging = results.paging(answer.shown, address)
    if address.page > paging.pages:
        return redirect(address.at_page(paging.pages).url)
    chips = results.chips(question, address)
    return render(
        "search.html",
        address=address,
        answer=answer,
        hits=results.hits(library(), answer, address),
        preview=preview.of_section(library(), answer.hits[0].filed.section_id, address.q)
        if answer.hits
        else None,
        filters=results.filter_groups(library(), answer, address),
        chips=chips,
        name=results.name_of(address, chips),
        sorts=results.sorts(address),
        folding=results.folding(answer, address),
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
        kept = report_with_copies(library(), report)
    except NotFoundError:
        return no_report(address)
    lexicon = library().lexicon.current()
    shown = reading.arrange(kept.filed, address.q, kept.entry, kept.copies, lexicon=lexicon)
    return render("report.html", address=address, report=shown)


@blueprint.get("/original/<report>")
def original_file(report: str) -> ResponseReturnValue:
    """The file that a report was read from; with ``save`` it is not shown, but saved."""
    try:
        found = open_original(library(), report)
    except NotFoundError:
        return no_report(Address())
    except OriginalError as error:
        return original.refused(error, report)
    leaving.note("original", report=report, file=found.entry.file)
    return original.send(found, save="save" in request.args)


def no_report(address: Address) -> ResponseReturnValue:
    """That there is no such report (any more)."""
    return render(
        "error.html",
        404,
        address=address,
        heading="没有这篇报告",
        text="它可能已从文件夹里移走或改了名，索引更新后地址也变了。",
        advice="用标题或其中的一句话重新搜索，就能找到它现在的位置。",
    )


@blueprint.get("/similar")
@over_reports
def similar_page() -> ResponseReturnValue:
    """Texts like the report or section ``to``; without it a place for a draft."""
    to = request.args.get("to", "").strip()
    if not to:
        return render("similar.html", source=None, draft="", limit=MAX_CHARACTERS)
    other, only = request.args.get("with", "").strip(), request.args.get("only") == "1"
    if other:  # as addresses were once
        return redirect(comparing.CompareAddress(a=to, b=other, only=only).url)
    try:
        filed, position = find_place(library(), to)
        source = likeness.source_of(filed, position)
        started = time.perf_counter()
        # Of the text that is shown, whatever comes to the index meanwhile.
        hits = similar_to_place(library(), filed, position, likeness.HITS + 1)
    except NotFoundError:
        return _no_place()
    return render(
        "similar.html",
        source=source,
        found=likeness.arrange(hits, source),
        text=likeness.mark_shared(source.text, hits),
        took_ms=(time.perf_counter() - started) * 1000,
    )


@blueprint.post("/similar")
@over_reports
def similar_to_draft() -> ResponseReturnValue:
    """Texts like a draft, or one of them beside it (``with``)."""
    allow_draft()
    text = request.form.get("text", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    fault = ""
    if not text:
        fault = "还没有文字。把稿子粘贴到下面的框里再试。"
    elif len(text) > MAX_CHARACTERS:
        fault = f"稿子有 {len(text):,} 字，一次最多 {MAX_CHARACTERS:,} 字。请分几次来找。"
    if fault:
        status = 413 if text else 400
        return render("similar.html", status, source=None, draft=text, limit=MAX_CHARACTERS, fault=fault)
    source = likeness.draft(text)
    other = request.form.get("with", "").strip()
    if other:
        try:
            found = likeness.compare_with(library(), source, other, only=request.form.get("only") == "1")
        except NotFoundError:
            fault = "要对比的那一篇已不在库中，可能移走或改了名。下面是现在相近的。"
        else:
            return render(
                "compare.html", source=source, there=comparing.CompareAddress(b=other), differences=found
            )
    started = time.perf_counter()
    hits = similar_to_text(library(), text, likeness.HITS + 1)
    return render(
        "similar.html",
        404 if fault else 200,
        source=source,
        draft=text,
        limit=MAX_CHARACTERS,
        fault=fault,
        found=likeness.arrange(hits, source),
        text=likeness.mark_shared(text, hits),
        took_ms=(time.perf_counter() - started) * 1000,
    )


def _no_place() -> ResponseReturnValue:
    return render(
        "error.html",
        404,
        heading="没有这一段",
        text="它可能已从文件夹里移走或改了名，索引更新后地址也变了。",
        advice="用其中的一句话重新搜索，就能找到它现在的位置。",
    )


@blueprint.get("/compare")
@over_reports
def compare_page() -> ResponseReturnValue:
    """Two texts side by side; while they are not chosen, those to choose from."""
    there = comparing.CompareAddress.read(request.args)
    try:
        source = likeness.find_source(library(), there.a) if there.a else None
        if source and there.b and there.a != there.b:
            found = likeness.compare_with(library(), source, there.b, only=there.only)
            return render("compare.html", source=source, there=there, differences=found)
        alike = comparing.alike(library(), there) if source else ()
    except NotFoundError:
        return _no_place()
    return render(
        "choose.html",
        source=source,
        there=there.to(b=""),
        same=bool(there.b),
        alike=alike,
        found=comparing.found_by(library(), there) if there.q else None,
    )


@blueprint.get("/years")
@over_reports
def years_page() -> ResponseReturnValue:
    """How many sections and reports answer the question, year by year."""
    address = Address.read(request.args)
    try:
        found = years.arrange(library(), address)
    except UsageError:
        return render("bad_filter.html", 400, address=address)
    chips = results.chips(found.trend.question, address)
    return render("years.html", address=address, years=found, chips=chips)


@blueprint.get("/templates")
@over_reports
def templates_page() -> ResponseReturnValue:
    """The templates of a level, those that save most first."""
    there = TemplatesAddress.read(request.args)
    try:
        within = there.question()
        listing = list_families(
            library(), there.level, offset=(there.page - 1) * PAGE_SIZE, limit=PAGE_SIZE, within=within
        )
        counts = count_families(library(), there.level, within or Question())
    except UsageError:
        return render("bad_filter.html", 400, there=there)
    paging = results.paging(listing.total, there)
    if there.page > paging.pages:
        return redirect(there.at_page(paging.pages).url)
    return render(
        "templates.html",
        there=there,
        levels=repeats.levels(counts, there),
        level=LEVEL_NAMES[listing.level],
        total=listing.total,
        families=repeats.arrange(listing.families),
        filters=repeats.filter_groups(counts, there),
        paging=paging,
    )


@blueprint.get("/files")
def files_page() -> ResponseReturnValue:
    """Every file, what was read from it, and why some could not be."""
    there = files.FilesAddress.read(request.args)
    if g.read_only and there.show == "removed":
        return redirect(there.to(show="all").url)
    removed = None if g.read_only else added.count_removed(there.q)
    found = files.arrange(library().files(), there, added.place_of(), removed=removed)
    if there.page > found.paging.pages:
        done = {name: request.args[name] for name in ("out", "back") if name in request.args}
        return redirect(there.at_page(found.paging.pages).told(done))
    listed = added.newest_removed(there.q) if there.show == "removed" else None
    shown = len(found.files if listed is None else listed)
    meta, _ = library().status()
    return render(
        "files.html",
        there=there,
        list=found,
        updated=wording.moment(meta.updated),
        last=running.last(running.runner().runs()),
        notice=None if g.read_only else added.notice(request.args, shown),
        removed=listed,
        most_removed=added.MOST_REMOVED,
    )


@blueprint.get("/templates/<family>")
def template_page(family: str) -> ResponseReturnValue:
    """One template: what is common, what varies and where it stands."""
    try:
        found = find_family(library(), family, least=2)
    except NotFoundError:
        return _no_template()
    shown = repeats.whole(found)
    # The two newest stand ready.
    return render("template.html", family=shown, chosen=repeats.newest_two(shown))


@blueprint.get("/templates/<family>.md")
def template_md(family: str) -> ResponseReturnValue:
    """A template as Markdown, to be filled in."""
    try:
        found = find_family(library(), family, least=2)
    except NotFoundError:
        return _no_template()
    leaving.note("template", form="md", template=family)
    content = as_markdown(found, added.shown).encode("utf-8", "replace")
    return _download(content, "text/markdown", repeats.file_name(found, "md"))


@blueprint.get("/templates/<family>.docx")
def template_docx(family: str) -> ResponseReturnValue:
    """A template as a Word document, to be filled in."""
    try:
        found = find_family(library(), family, least=2)
    except NotFoundError:
        return _no_template()
    leaving.note("template", form="docx", template=family)
    return _download(as_docx(found, added.shown), _WORD, repeats.file_name(found, "docx"))


def _download(content: bytes, kind: str, name: str) -> Response:
    return send_file(BytesIO(content), mimetype=kind, as_attachment=True, download_name=name)


def _no_template() -> ResponseReturnValue:
    return render(
        "error.html",
        404,
        heading="没有这个模板",
        text="索引更新以后，模板的地址会变；用到它的文件也可能已经移走。",
        advice="在“模板”页里可以找到它现在的位置。",
    )


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
