"""Results and reports as files to work on."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, cast
from urllib.parse import quote, urljoin

from flask import Blueprint, Response, make_response, request, send_file, url_for
from flask.typing import ResponseReturnValue

from indexer.errors import NotFoundError, UsageError
from indexer.exporting import FORMS, MOST, REPORT_FORMS, AbandonedError, CleanReport, citing, write_to
from indexer.model import FiledSection, Report
from webui import leaving, results
from webui.added import as_shown, inbox
from webui.address import Address
from webui.pages import library, no_report, render

_NAME = 40  # characters of a download's name

#: Exports of results, and of large reports, at a time: each takes seconds, and others search meanwhile.
AT_ONCE = 2
room = threading.BoundedSemaphore(AT_ONCE)
LARGE = 200_000  # characters of a report
#: Seconds: two of the longest exports at the same time take so long.
_AGAIN = 30
_GONE = 499  # nginx's word for it; nobody reads it

blueprint = Blueprint("exports", __name__)


@blueprint.get(f"/export.<any({', '.join(FORMS)}):form>")
def results_file(form: str) -> ResponseReturnValue:
    """The results of what the address asks, all pages of them, as a file."""
    address = Address.read(request.args)
    try:
        question = address.question()
    except UsageError:
        return render("bad_filter.html", 400, address=address)
    name = results.name_of(address, results.chips(question, address)) or "全部"
    host = request.host_url

    def locate(filed: FiledSection) -> str:
        return urljoin(host, results.place_of(filed.report_id, filed.position))

    called, media_type = f"搜索结果 {_file_name(name)}", FORMS[form].media_type
    if request.method == "HEAD":
        return _head(f"{called}.{form}", media_type)
    if not room.acquire(blocking=False):
        return _busy()
    gone = request.environ.get("waitress.client_disconnected", lambda: False)
    try:
        with _temporary() as target:
            written = write_to(
                target,
                FORMS[form],
                library(),
                question,
                name=f"搜索结果：{name}",
                cite=citing.source,
                locate=locate,
                shown_in=inbox().shown_in,
                wanted=lambda: not gone(),
            )
    except AbandonedError:
        return "", _GONE
    finally:
        room.release()
    leaving.note("results", form=form, count=written.count)
    return _send(target, f"{called}{'（部分符合）' if written.relaxed else ''}.{form}", media_type)


@blueprint.get(f"/report/<report>.<any({', '.join(REPORT_FORMS)}):form>")
def report_file(report: str, form: str) -> ResponseReturnValue:
    """The clean text of a report as a file."""
    try:
        filed = library().report(report)
        several = library().file(filed.file).reports > 1
    except NotFoundError:  # an update may come between the two
        return no_report(Address())
    file = f"{_file_name(filed.report.title) or filed.report_id}.{form}", REPORT_FORMS[form].media_type
    if request.method == "HEAD":
        return _head(*file)
    large = _is_large(filed.report)
    if large and not room.acquire(blocking=False):
        return _busy()
    try:
        source = citing.source(as_shown(filed), (), several)
        with _temporary() as target:
            REPORT_FORMS[form].write(CleanReport(filed.report, source), target)
    finally:
        if large:
            room.release()
    leaving.note("report", form=form, report=report, file=filed.file)
    return _send(target, *file)


def _is_large(report: Report) -> bool:
    return sum(len(text) for section in report.sections for text in section.paragraphs) > LARGE


def _busy() -> ResponseReturnValue:
    page = make_response(
        render(
            "error.html",
            503,
            heading="正在导出别的结果",
            text="同时导出的人太多，这一份还没有做。",
            advice="请过半分钟再试一次。",
        )
    )
    page.headers["Retry-After"] = str(_AGAIN)
    return page


@contextmanager
def _temporary() -> Iterator[BinaryIO]:
    """A file that is closed when it is sent, or where it cannot be written."""
    with ExitStack() as stack:
        yield cast(BinaryIO, stack.enter_context(tempfile.TemporaryFile()))
        stack.pop_all()


def _head(name: str, media_type: str) -> Response:
    """What is said of a file that is not made: how long it would be, is not known."""
    response = _send(BytesIO(), name, media_type)
    del response.headers["Content-Length"]
    return response


def _send(target: BinaryIO, name: str, media_type: str) -> Response:
    size = target.seek(0, 2)
    target.seek(0)
    response = send_file(target, mimetype=media_type)
    # For programs that know no names but those of ASCII, one that says something.
    plain = f"gaoku.{name.rpartition('.')[2]}"
    response.headers["Content-Disposition"] = f"attachment; filename={plain}; filename*=UTF-8''{quote(name)}"
    response.content_length = size
    return response


def _file_name(text: str) -> str:
    """Letters, figures and a few signs of a text: what any system takes for the name of a file."""
    return re.sub(r"[^\w（）—-]+", " ", text)[:_NAME].strip()


@dataclass(frozen=True, slots=True)
class ExportLink:
    """A form that something can be had in."""

    text: str
    url: str


@blueprint.app_template_global()
def export_links(address: Address) -> tuple[ExportLink, ...]:
    """The results of an address, in every form."""
    _, mark, query = address.at_page(1).url.partition("?")
    return tuple(
        ExportLink(form.name, url_for("exports.results_file", form=ending) + mark + query)
        for ending, form in FORMS.items()
    )


@blueprint.app_template_global()
def report_export_links(report: str) -> tuple[ExportLink, ...]:
    """A report, in every form."""
    return tuple(
        ExportLink(form.name, url_for("exports.report_file", report=report, form=ending))
        for ending, form in REPORT_FORMS.items()
    )


@blueprint.app_context_processor
def _most() -> dict[str, Any]:
    return {"most_exported": MOST}
