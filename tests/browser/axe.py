"""axe-core's rules for WCAG 2.2 A and AA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """async tags => {
  const {violations} = await axe.run(document, {runOnly: tags, resultTypes: ['violations'], preload: false});
  return violations.map(({id, nodes}) => [id, nodes.map(n => [n.target.join(' '), n.failureSummary])]);
}"""


def violations(page: Page, axe: str) -> list[str]:
    """What axe-core objects to once all of a page is there: one line a rule, with the first elements."""
    page.wait_for_load_state()
    page.evaluate(axe)
    found: list[tuple[str, list[Any]]] = page.evaluate(_RUN, _TAGS)
    return [f"{rule} ({len(nodes)}): {nodes[:3]}" for rule, nodes in found]
