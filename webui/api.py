"""What scripts see: the JSON of the commands over HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, current_app, jsonify, make_response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, ValidationError

from indexer import as_json
from indexer.errors import (
    CorruptIndexError,
    IndexStateError,
    LockedIndexError,
    NoIndexError,
    OutdatedIndexError,
)
from indexer.library import Library
from indexer.repeated import find_family, list_families
from indexer.search import complete, make_question
from indexer.search import search as run_search
from indexer.similar import similar as find_similar
from indexer.similar import similar_to_text
from indexer.trend import through_the_years
from webui.api_models import (
    Draft,
    ErrorBody,
    FamiliesBody,
    FamiliesQuery,
    FamilyPath,
    OneFamilyBody,
    ReportBody,
    ReportPath,
    SearchBody,
    SearchQuery,
    SimilarBody,
    SimilarQuery,
    StatusBody,
    SuggestBody,
    SuggestQuery,
    YearsBody,
    YearsQuery,
)

PREFIX = "/api"

#: What any of it may answer on a server with users.
_DOORS: dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None] = {
    401: ErrorBody,
    403: ErrorBody,
    429: ErrorBody,
}

blueprint = APIBlueprint("api", __name__, url_prefix=PREFIX, abp_responses=_DOORS)


def _library() -> Library:
    held: Library = current_app.extensions["gaoku"]
    return held


def error(status: int, text: str) -> Response:
    """An error of the API."""
    return make_response(jsonify(error=text), status)


def bad_parameter(trouble: ValidationError) -> Response:
    """The answer to parameters that are not what the document says."""
    return error(400, "; ".join(_told(e["type"], e["loc"], e["msg"]) for e in trouble.errors()))


def _told(kind: str, place: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")  # what our own checks say
    if not place and kind.startswith("model_"):  # the body as a whole
        return "the body must be a JSON object, sent as application/json"
    return f"{'.'.join(map(str, place))}: {message}" if place else message


def index_trouble(trouble: IndexStateError) -> str:
    """Why there is no answer now. The error's own line names folders of this machine."""
    if isinstance(trouble, NoIndexError):
        return "there is no index yet; build one with: gaoku index PATH"
    if isinstance(trouble, OutdatedIndexError):
        return "the index was built by another version; build it again with: gaoku index --rebuild"
    if isinstance(trouble, CorruptIndexError):
        return "the index is damaged; build it again with: gaoku index --rebuild"
    if isinstance(trouble, LockedIndexError):
        return "the index is being updated; try again in a moment"
    return "the index cannot be used; see: gaoku verify"


@blueprint.get("/search", responses={200: SearchBody, 400: ErrorBody, 503: ErrorBody})
def search(query: SearchQuery) -> Response:
    """Search sections."""
    question = make_question(
        query.q,
        year=query.year,
        part=query.part,
        topic=query.topic,
        unit=query.unit,
        format=query.format,
        sort=query.sort,
        limit=query.limit,
        offset=query.offset,
        fold=query.fold,
    )
    return jsonify(as_json.answer_json(run_search(_library(), question)))


@blueprint.get("/years", responses={200: YearsBody, 400: ErrorBody, 503: ErrorBody})
def years(query: YearsQuery) -> Response:
    """How many sections and reports of each year match."""
    question = make_question(
        query.q, year=query.year, part=query.part, topic=query.topic, unit=query.unit, format=query.format
    )
    return jsonify(as_json.trend_json(through_the_years(_library(), question)))


@blueprint.get("/suggest", responses={200: SuggestBody, 400: ErrorBody, 503: ErrorBody})
def suggest(query: SuggestQuery) -> Response:
    """How what is typed may go on: topics, words, headings and titles of the index; by pinyin, too."""
    return jsonify(as_json.completions_json(query.q, complete(_library(), query.q, query.limit)))


@blueprint.get(
    "/reports/<report>", responses={200: ReportBody, 400: ErrorBody, 404: ErrorBody, 503: ErrorBody}
)
def report(path: ReportPath) -> Response:
    """One report, whole: its text, and what was taken out of it and why."""
    return jsonify(as_json.report_json(_library().report(path.report)))


@blueprint.get("/similar", responses={200: SimilarBody, 400: ErrorBody, 404: ErrorBody, 503: ErrorBody})
def similar(query: SimilarQuery) -> Response:
    """Past texts like a report or section."""
    return jsonify(as_json.similar_json(find_similar(_library(), query.to, query.limit)))


@blueprint.post("/similar", responses={200: SimilarBody, 400: ErrorBody, 413: ErrorBody, 503: ErrorBody})
def similar_to_draft(body: Draft) -> Response:
    """Past texts like a draft."""
    return jsonify(as_json.similar_json(similar_to_text(_library(), body.text, body.limit)))


@blueprint.get("/families", responses={200: FamiliesBody, 400: ErrorBody, 503: ErrorBody})
def families(query: FamiliesQuery) -> Response:
    """Repeated templates: texts that are alike but for figures, names and a word here and there."""
    listing = list_families(
        _library(), query.level, least=query.min_copies, offset=query.offset, limit=query.limit
    )
    return jsonify(as_json.families_json(listing))


@blueprint.get(
    "/families/<family>", responses={200: OneFamilyBody, 400: ErrorBody, 404: ErrorBody, 503: ErrorBody}
)
def family(path: FamilyPath) -> Response:
    """One family, with what each member has in the slots."""
    return jsonify(as_json.family_json(find_family(_library(), path.family)))


@blueprint.get("/status", responses={200: StatusBody, 400: ErrorBody, 503: ErrorBody})
def status() -> Response:
    """What the index holds."""
    return jsonify(as_json.status_json(*_library().status()))
