"""When a page can be used, and what is on it be measured.

What scripts do, and what comes of a fragment in the address, is there a while after the elements that the
server sends: :func:`arrive` follows a click or a key that leads to another page. ``goto``, ``reload``,
``go_back`` and ``wait_for_url`` wait for the whole page themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Milliseconds in which all comes that a page waits for, on a machine that is busy with others.
PATIENCE = 20_000
#: Milliseconds in which a run of a few files ends there.
ENDED = 60_000

_TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


def arrive(page: Page, selector: str) -> None:
    """Wait until the page that one is led to is there, and listens: one with such an element, which the page
    that is left has not."""
    page.wait_for_selector(selector)
    page.wait_for_load_state()


def until(page: Page, expression: str, *, timeout: float = PATIENCE) -> None:
    """Wait until an expression of JavaScript is true; ``timeout`` in milliseconds."""
    # A function is compiled once. What is none is compiled each time, which but for the first time counts as
    # the page's own doing, and its content security policy forbids it.
    page.wait_for_function(f"() => {expression}", timeout=timeout)


def painted(page: Page) -> None:
    """Wait until what was done is drawn: the place that the address names, the focus of a page that has just
    come, where one has scrolled to. Not for pages without scripts, which are not told of frames."""
    page.evaluate(_TWO_FRAMES)


def eventually(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until something is true that is not on the page; what the browser tells meanwhile is heard."""
    for _ in range(PATIENCE // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come")
