"""Every kind of page at every size, light and dark: axe-core finds no violation of WCAG 2.2 A and AA, nothing
sticks out, and a picture is kept to look at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.axe import violations
from tests.browser.conftest import SCHEMES, SIZES, Visit
from tests.browser.places import NAMES, Place

_TALLEST = 2400  # pixels of a picture


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
@pytest.mark.parametrize("name", NAMES)
def test_every_page(
    visit: Visit, places: dict[str, Place], axe: str, artefacts: Path, name: str, size: tuple[int, int]
) -> None:
    page = visit(places[name].address, size=size)
    places[name].open(page)
    width, height = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert width <= size[0]
    # With a fragment in the address the page is seen where it stands, others from their beginning.
    whole = "#" not in places[name].path
    clip = {"x": 0, "y": 0, "width": size[0], "height": max(size[1], min(height, _TALLEST))}
    objections = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground)[:3])) > 3 * 128) == (scheme == "light")
        kept = artefacts / f"{name}-{size[0]}-{scheme}.png"
        page.screenshot(path=kept, full_page=whole, clip=clip if whole else None)  # type: ignore[arg-type]
        objections += [f"{scheme}: {violation}" for violation in violations(page, axe)]
    assert not objections, "\n".join(objections)
