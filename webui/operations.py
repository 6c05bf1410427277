"""What those who run the server look at: /healthz, /metrics, a log line for each request."""

from __future__ import annotations

import ipaddress
import logging
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Literal

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from indexer.errors import IndexStateError, NoIndexError
from indexer.library import Library
from webui import logs

blueprint = Blueprint("operations", __name__)

_EXTENSION = "gaoku.operations"
_SEARCHES = ("pages.search_page", "api.search")  # endpoints
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
#: What a proxy says of whom it asks for. Where one stands before us every request comes from this machine.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")

_requests = logging.getLogger(logs.REQUESTS)


class _Index(Collector):
    """What the index is like, looked up whenever it is asked for; left out where it cannot be read."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def describe(self) -> list[GaugeMetricFamily]:
        """The names, for which no index is opened."""
        return list(self._families().values())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families = self._families()
        try:
            with self._library.reader() as reader:
                meta, counts, files = reader.meta, reader.counts(), list(reader.files().values())
        except IndexStateError:
            families["up"].add_metric((), 0)
            yield families["up"]
            return
        age = datetime.now(timezone.utc) - datetime.fromisoformat(meta.updated.replace("Z", "+00:00"))
        values = {
            "up": 1.0,
            "age": max(age.total_seconds(), 0.0),
            "files": counts.files,
            "failed": sum(bool(entry.failed) for entry in files),
            "reports": counts.reports,
            "sections": counts.sections,
        }
        for name, value in values.items():
            families[name].add_metric((), value)
            yield families[name]

    @staticmethod
    def _families() -> dict[str, GaugeMetricFamily]:
        return {
            "up": GaugeMetricFamily("gaoku_index_up", "1 if the index can be searched"),
            "age": GaugeMetricFamily("gaoku_index_age_seconds", "Seconds since the index last changed"),
            "files": GaugeMetricFamily("gaoku_files", "Files that the index knows"),
            "failed": GaugeMetricFamily("gaoku_files_failed", "Files that could not be read"),
            "reports": GaugeMetricFamily("gaoku_reports", "Reports in the index"),
            "sections": GaugeMetricFamily("gaoku_sections", "Sections in the index"),
        }


class Operations:
    """The figures of one application."""

    def __init__(self, library: Library, *, public: bool) -> None:
        self.public = public
        self.registry = CollectorRegistry()
        self.requests = Counter("gaoku_requests", "Requests by status", ("status",), registry=self.registry)
        self.searches = Histogram(
            "gaoku_search_seconds",
            "What answering a search took",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.log_ins = self._from_none(
            "gaoku_log_ins",
            "Passwords tried, by whether they were right, wrong or not looked at for guessing",
            outcome=("right", "wrong", "slowed"),
        )
        self.uploads = self._from_none(
            "gaoku_uploads",
            "Added files by what became of them",
            outcome=("new", "known", "ignored", "refused", "taken_out", "put_back"),
        )
        self.runs = self._from_none(
            "gaoku_index_runs",
            "Index runs of this server by how they ended",
            state=("done", "failed", "locked", "stopped"),
        )
        self.registry.register(_Index(library))

    def _from_none(self, name: str, told: str, **label: tuple[str, ...]) -> Counter:
        """A counter by one label that has all its values at once: a rise is seen from what was there."""
        ((of, values),) = label.items()
        counter = Counter(name, told, (of,), registry=self.registry)
        for value in values:
            counter.labels(value)
        return counter

    def count_upload(self, outcome: str) -> None:
        """A file was sent: new, known, ignored or refused; or it was taken_out, or put_back."""
        self.uploads.labels(outcome).inc()

    def count_run(self, state: str) -> None:
        """An index run ended: done, failed, locked or stopped."""
        self.runs.labels(state).inc()


def watch(app: Flask, *, public: bool) -> Operations:
    """Count and time the requests of an application that has its library already. Returns its figures.

    To be called before other functions that run after a request are registered: the first of them runs last.
    """
    figures = Operations(app.extensions["gaoku"], public=public)
    app.extensions[_EXTENSION] = figures
    app.register_blueprint(blueprint)
    app.before_request(_started)
    app.after_request(_ended)
    return figures


def refused(app: Flask, status: int, method: str | None = None, path: str | None = None) -> None:
    """A request was refused before it came to the application; it may have no ``method`` and no ``path``."""
    operations: Operations = app.extensions[_EXTENSION]
    operations.requests.labels(str(status)).inc()
    if _requests.isEnabledFor(logging.INFO):
        _requests.info("request", extra={"fields": {"method": method, "path": path, "status": status}})


def count_log_in(outcome: Literal["right", "wrong", "slowed"]) -> None:
    """A password was tried: by a person, or by a program with a request of its own."""
    operations: Operations = current_app.extensions[_EXTENSION]
    operations.log_ins.labels(outcome).inc()


def _started() -> None:
    g.started = time.perf_counter()


def _ended(response: Response) -> Response:
    operations: Operations = current_app.extensions[_EXTENSION]
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    operations.requests.labels(str(response.status_code)).inc()
    if request.endpoint in _SEARCHES and response.status_code == 200 and request.args.get("q", "").strip():
        operations.searches.observe(seconds)
    if _requests.isEnabledFor(logging.INFO):
        # Never the query: what people look for is theirs.
        fields = {
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
        }
        if g.get("user") is not None:
            fields["user"] = g.user
        _requests.info("request", extra={"fields": fields})
    return response


@blueprint.get("/healthz")
def health() -> Response:
    """200 while questions can be answered, or no index was there yet; 503 where it is unusable or gone."""
    library: Library = current_app.extensions["gaoku"]
    try:
        with library.reader():
            return _plain("ok\n")
    except NoIndexError:
        if library.has_answered:
            return _plain("the index is gone; its folder may be moved, deleted or not connected\n", 503)
        return _plain("ok, no index yet\n")
    except IndexStateError:
        return _plain("the index cannot be used; see: gaoku verify\n", 503)


@blueprint.get("/metrics")
def metrics() -> Response:
    """The figures, as Prometheus reads them."""
    operations: Operations = current_app.extensions[_EXTENSION]
    if not operations.public and not _from_this_machine():
        return _plain("/metrics is for this machine; open it with: gaoku serve --metrics-public\n", 403)
    return Response(generate_latest(operations.registry), content_type=CONTENT_TYPE_LATEST)


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


def _from_this_machine() -> bool:
    """Whether this machine asks, and not a proxy on it for another."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
