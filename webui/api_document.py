"""The document of the API (OpenAPI): what the routes say of themselves, with what holds for all of them."""

from __future__ import annotations

import copy
from typing import Any

from flask import Response, jsonify
from flask_openapi3.openapi import OpenAPI

from webui import access

#: How programs log in, and how pages do.
_LOG_IN: dict[str, dict[str, str]] = {
    "password": {
        "type": "http",
        "scheme": "basic",
        "description": "Name and password, with each request; only where the server has users",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "description": "The session of who has logged in on the page",
    },
}

_HEADERS: dict[str, dict[str, Any]] = {
    "401": {
        "WWW-Authenticate": {
            "description": "How to log in; not told to a page's script, for the browser would ask by itself",
            "schema": {"type": "string"},
        }
    },
    "429": {
        "Retry-After": {
            "description": "Seconds until the next try counts",
            "required": True,
            "schema": {"type": "integer", "minimum": 1},
        }
    },
}

#: What leads on: a field that is in every such answer is a parameter of another question.
_LINKS: dict[str, dict[str, tuple[str, str, str]]] = {
    "api_report_reports__report__get": {"similar": ("api_similar_similar_get", "query.to", "/report")},
    "api_family_families__family__get": {
        "report": ("api_report_reports__report__get", "path.report", "/members/0/report")
    },
}


def document(app: OpenAPI) -> Response:
    """The document, as of this server: a log-in is asked for where there are users."""
    told: dict[str, Any] = copy.deepcopy(app.api_doc)
    session = {**_LOG_IN["session"], "name": app.session_interface.get_cookie_name(app)}  # another over https
    told["components"]["securitySchemes"] = {**_LOG_IN, "session": session}
    if access.current().needs_log_in:
        told["security"] = [{name: []} for name in _LOG_IN]
    for path in told["paths"].values():
        for operation in path.values():
            _complete(operation)
    return jsonify(told)


def _complete(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    for status, headers in _HEADERS.items():
        answers[status]["headers"] = headers
    links = {
        name: {
            "operationId": other,
            "parameters": {parameter: f"$response.body#{field}"},
        }
        for name, (other, parameter, field) in _LINKS.get(operation["operationId"], {}).items()
    }
    if links:
        answers["200"]["links"] = links
