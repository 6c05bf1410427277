"""The watch over a visit sees what may not happen."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Visit, Watch
from tests.browser.waiting import eventually

REFUSED = "document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">x</p>')"


@pytest.mark.parametrize(
    ("doing", "told"),
    [
        ("console.error('broken')", "broken"),
        ("setTimeout(() => { throw new Error('thrown') })", "thrown"),
        ("setTimeout(() => alert('hello'))", "a dialog: hello"),
        (REFUSED, "Content Security Policy"),
        ("new Image().src = 'http://127.0.0.2:9/picture.png'", "asked for http://127.0.0.2:9/picture.png"),
        ("new Image().src = '/static/missing.png'", "Failed to load resource"),
    ],
)
def test_what_goes_wrong_is_seen(
    visit: Visit, address: str, watches: list[Watch], doing: str, told: str
) -> None:
    page = visit(address)
    page.goto("/")
    assert watches[0].troubles() == []
    page.evaluate(doing)
    watch = watches.pop()
    eventually(page, lambda: told in "\n".join(watch.troubles()))


def test_the_page_of_an_error_is_no_trouble(visit: Visit, address: str) -> None:
    answer = visit(address).goto("/nowhere")
    assert answer is not None
    assert answer.status == 404
