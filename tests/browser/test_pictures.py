"""The README's pictures, taken of corpus/. They are written where GAOKU_PICTURES is set (make pictures)."""

from __future__ import annotations

import io
import os

import PIL.Image
import pytest
from playwright.sync_api import Page

from indexer import build
from indexer.library import Library
from indexer.repeated import list_families
from indexer.settings import Settings
from tests.browser.conftest import ROOT, Serve, Visit
from tests.browser.places import QUERY
from tests.browser.waiting import arrive, painted

_SIZE = (1280, 760)
_COLOURS = 32  # enough for letters on a plain ground
_MOST = 80_000  # bytes

PICTURES = ("search", "report", "compare", "templates")


@pytest.fixture(scope="session")
def served(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """A server over corpus/ alone, and the path of each picture's page."""
    index = tmp_path_factory.mktemp("pictures") / "index"
    build.update(index, [ROOT / "corpus"], Settings())
    library = Library(index)
    try:
        most = max(list_families(library, "section").families, key=lambda family: family.copies)
        whole = list_families(library, "report", limit=1).families[0]
        one, other = sorted(whole.members, key=lambda member: member.year or 0)[:2]
    finally:
        library.close()
    return serve(index), {
        "search": f"/?q={QUERY}",
        "report": "",  # reached from the search, as one reaches it
        "compare": f"/similar?to={one.report}&with={other.report}",
        "templates": f"/templates/{most.id}",
    }


def take(page: Page) -> bytes:
    """A picture of what is seen, in few colours."""
    with PIL.Image.open(io.BytesIO(page.screenshot())) as seen:
        assert seen.size == _SIZE
        # Of the methods this one keeps the colours that are rare, as those of marks are.
        method = PIL.Image.Quantize.MAXCOVERAGE
        few = seen.convert("RGB").quantize(_COLOURS, method, dither=PIL.Image.Dither.NONE)
    stream = io.BytesIO()
    few.convert("RGB").save(stream, "WEBP", lossless=True, quality=80, method=4)
    return stream.getvalue()


@pytest.mark.parametrize("name", PICTURES)
def test_picture(visit: Visit, served: tuple[str, dict[str, str]], name: str) -> None:
    address, paths = served
    page = visit(address, size=_SIZE)
    if name == "report":
        page.goto(paths["search"])
        page.locator(".place").first.click()
        arrive(page, "section:target mark")
    else:
        page.goto(paths[name])
        page.wait_for_selector(
            {"search": ".hit mark", "compare": ".compare ins", "templates": ".skeleton .slot"}[name]
        )
    page.evaluate("document.activeElement.blur()")
    painted(page)
    picture = take(page)
    assert len(picture) < _MOST
    if os.environ.get("GAOKU_PICTURES"):
        folder = ROOT / "docs" / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.webp").write_bytes(picture)
