"""What a first visit transfers is small: a page must come quickly over a slow network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Visit
from tests.browser.places import Place

if TYPE_CHECKING:
    from playwright.sync_api import Response

_MOST = 80_000  # bytes


@pytest.mark.parametrize("name", ["start", "results", "report"])
def test_transfer(visit: Visit, places: dict[str, Place], name: str) -> None:
    page = visit(places[name].address)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    places[name].open(page)
    page.wait_for_load_state("networkidle")
    assert {answer.request.resource_type for answer in answers} >= {"document", "stylesheet", "script"}
    sizes = {}
    for answer in answers:
        assert answer.headers.get("content-encoding") == "gzip" or int(answer.headers["content-length"]) < 500
        told = answer.request.sizes()
        sizes[answer.url] = told["responseHeadersSize"] + told["responseBodySize"]
    assert all(sizes.values())
    assert sum(sizes.values()) < _MOST, sizes
