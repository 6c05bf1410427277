"""Every kind of page that people see, and how it is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from indexer.library import Library
from indexer.repeated import find_family, list_families
from indexer.search import make_question, search
from tests.browser.waiting import ENDED, arrive, until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

QUERY = "招商引资"

#: Written from corpus/, as drafts are, with words of one's own before and behind.
DRAFT = """今年，我们换了打法。

坚持把招商引资作为园区发展的生命线，主要领导带队赴长三角、珠三角等地开展招商活动50次，\
接待来访客商300批次，新签约项目31个。

明年还要再上一个台阶。"""

#: The pane, where there is room for it, shows the hit that has the focus.
_PREVIEWED = """(
  pane => !pane.checkVisibility() || pane.querySelector('h2 a').href === document.activeElement.href
)(document.querySelector('#preview'))"""

#: Files that are added: two that can be read, and what cannot.
ADDED = (
    (
        "桑园2020年工作总结.txt",
        "桑园2020年工作总结\n\n一、主要成绩\n\n桑园里的蚕房全部翻新，养蚕户收入翻番。\n".encode(),
    ),
    ("桑园2021年工作总结.txt", "桑园2021年工作总结\n\n一、主要成绩\n\n桑园里的缫丝厂开工投产。\n".encode()),
    ("收件/2025年工作计划.docx", b"PK\x03\x04 cut off"),
    ("很长的名字" * 12 + ".txt", b""),
)

_DROP = """files => {
  const data = new DataTransfer();
  for (const [name, text] of files) data.items.add(new File([Uint8Array.from(text)], name));
  for (const kind of ['dragover', 'drop'])
    document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def drop(page: Page, files: Iterable[tuple[str, bytes]]) -> None:
    """Drop files on a page, as from a folder."""
    page.evaluate(_DROP, [(name, list(content)) for name, content in files])


def _add(page: Page) -> None:
    drop(page, ADDED)


def _add_slowly(page: Page) -> None:
    """One is stored, one is refused, one is on its way for ever, and those behind it wait."""

    def answer(route: Route) -> None:
        if "2020" in route.request.url:
            route.fulfill(json={"file": ADDED[0][0], "size": 1, "state": "new"})
        elif "2021" in route.request.url:
            route.fulfill(status=409, json={"error": "同名文件太多，请改名"})

    page.route("**/add/file?*", answer)
    drop(page, [*ADDED, *((f"街道/第{n}季度.txt", b"x" * n * 999) for n in range(1, 5))])


NAMES = (
    "start",
    "results",
    "folded",
    "preview",
    "help",
    "page-2",
    "nothing",
    "bad-filter",
    "report",
    "report-plain",
    "similar",
    "draft",
    "draft-answer",
    "templates",
    "templates-nothing",
    "template",
    "choose",
    "choose-second",
    "compare",
    "compare-only",
    "years",
    "years-start",
    "files",
    "files-failed",
    "add",
    "add-during",
    "add-after",
    "running",
    "running-start",
    "missing-page",
    "missing-report",
    "empty",
    "damaged",
)


@dataclass(frozen=True)
class Place:
    """A page: ``address`` of its server, ``path``, the status of its answer. ``draft`` is sent from it,
    ``doing`` is done on it, ``keys`` are pressed on it until the expression ``until`` is true."""

    address: str
    path: str
    status: int = 200
    draft: str = ""
    doing: Callable[[Page], None] = lambda page: None
    keys: tuple[str, ...] = ()
    until: str = "true"

    def open(self, page: Page) -> None:
        """Go there."""
        answer = page.goto(self.path)
        assert answer is not None
        assert answer.status == self.status, f"{self.path}: {answer.status}"
        if self.draft:
            page.fill("#text", self.draft)
            page.click("#draft button[type=submit]")
            arrive(page, ".whole")
        self.doing(page)
        for key in self.keys:
            page.keyboard.press(key)
        until(page, self.until, timeout=ENDED)
        page.evaluate("document.fonts.ready")


def places_over(
    index: Path, *, address: str, empty: str, damaged: str, added: str, running: str
) -> dict[str, Place]:
    """The pages, by name (:data:`NAMES`), of a server over ``index``, one without an index, one over an index
    that is damaged, one that files are added to, and one where a run goes on."""
    library = Library(index)
    hit = search(library, make_question(QUERY, limit=1)).hits[0]
    family = list_families(library, "section", limit=1).families[0]
    members = [m.section for m in find_family(library, family.id).members]
    library.close()
    report, position, words = hit.filed.report_id, hit.filed.position, quote(QUERY)
    pair = f"/compare?a={members[0]}&b={members[1]}"
    found = {
        "start": Place(address, "/"),
        "results": Place(address, f"/?q={words}"),
        "folded": Place(address, f"/?q={words}&fold=1&year=2018..2021&part={quote('总结')}"),
        "preview": Place(address, f"/?q={words}", keys=("j", "j"), until=_PREVIEWED),
        "help": Place(address, f"/?q={words}", keys=("?",), until="document.querySelector('dialog[open]')"),
        "page-2": Place(address, f"/?q={quote('工作')}&page=2"),
        "nothing": Place(address, f"/?q={quote('航天飞机')}&year=2019"),
        "bad-filter": Place(address, f"/?q={words}&year=abc", 400),
        "report": Place(address, f"/report/{report}?q={words}#s{position}"),
        "report-plain": Place(address, f"/report/{report}"),
        "similar": Place(address, f"/similar?to={report}-{position}"),
        "draft": Place(address, "/similar"),
        "draft-answer": Place(address, "/similar", draft=DRAFT),
        "templates": Place(address, "/templates"),
        "templates-nothing": Place(address, f"/templates?q={quote('航天飞机')}"),
        "template": Place(address, f"/templates/{family.id}"),
        "choose": Place(address, "/compare"),
        "choose-second": Place(address, f"/compare?a={members[0]}"),
        "compare": Place(address, pair),
        "compare-only": Place(address, f"{pair}&only=1"),
        "years": Place(address, f"/years?q={words}"),
        "years-start": Place(address, "/years"),
        "files": Place(address, "/files"),
        "files-failed": Place(address, "/files?show=failed"),
        "add": Place(added, "/add"),
        "add-during": Place(
            added, "/add", doing=_add_slowly, until="document.querySelector('.pieces .failed')"
        ),
        "add-after": Place(added, "/add", doing=_add, until="!document.querySelector('#outcome').hidden"),
        "running": Place(running, "/files"),
        "running-start": Place(running, "/"),
        "missing-page": Place(address, "/nowhere", 404),
        "missing-report": Place(address, f"/report/000000000000?q={words}", 404),
        "empty": Place(empty, "/"),
        "damaged": Place(damaged, f"/?q={words}", 503),
    }
    assert tuple(found) == NAMES
    return found
