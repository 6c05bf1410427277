"""Added files, told apart from all others: where they lie in the index, and what was taken out of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice

from flask import current_app

from indexer.analysis.normalise import normalise
from indexer.errors import NoIndexError
from indexer.library import Library
from indexer.removed import Removed, TakenOut
from indexer.uploads import Inbox, UploadError
from webui import wording

#: What was taken out last is listed.
MOST_REMOVED = 100
#: What the folder for added files is called on the page.
FOLDER = "添加的文件"


@dataclass(frozen=True, slots=True)
class RemovedView:
    """A file that was taken out."""

    stamp: str
    folder: str
    name: str
    moment: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What was just done with a file; ``stamp``: by which it is put back, if it was taken out."""

    name: str
    stamp: str = ""


def inbox() -> Inbox:
    """Where this application puts what is added."""
    held: Inbox = current_app.extensions["gaoku-inbox"]
    return held


def removed() -> Removed:
    """What was taken out of it again."""
    return Removed(inbox())


def place_of() -> Callable[[str], str | None]:
    """What tells where below the folder for added files a file of the index lies; None of all others."""
    library: Library = current_app.extensions["gaoku"]
    try:
        with library.reader() as reader:
            begins = inbox().prefix_in(reader.meta.folders)
    except NoIndexError:
        begins = ""
    return lambda file: file[len(begins) :] if begins and file.startswith(begins) else None


def can_be_taken_out(place: str) -> bool:
    """Whether a file is one by itself, and still in its place.

    What is in an archive is not; neither is one whose name no form could send as it is.
    """
    if not place.isprintable():
        return False
    try:
        inbox().status_of(place)
    except UploadError:
        return False
    return True


def newest_removed(named: str = "") -> tuple[RemovedView, ...]:
    """What was taken out last, of that whose name has these words."""
    wanted = normalise(named)
    found = (taken for taken in removed().newest() if wanted in normalise(taken.file))
    return tuple(map(_view, islice(found, MOST_REMOVED)))


def notice(args: Mapping[str, str]) -> Notice | None:
    """What an address says was just done: ``out``, a stamp, or ``back``, a file's place.

    Nothing where it is not so, or no longer: no text of an address is shown that is not a file's name.
    """
    taken = removed().find(args.get("out", ""))
    if taken is not None:
        return Notice(taken.file.rpartition("/")[2], taken.stamp)
    back = args.get("back", "")
    return Notice(back.rpartition("/")[2]) if back and can_be_taken_out(back) else None


def _view(taken: TakenOut) -> RemovedView:
    folder, _, name = taken.file.rpartition("/")
    return RemovedView(taken.stamp, folder, name, wording.moment(taken.moment.isoformat()))
