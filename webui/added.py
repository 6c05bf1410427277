"""Added files, told apart from all others: where they lie in the index, and what was taken out of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, islice

from flask import current_app, g

from indexer.analysis.normalise import normalise
from indexer.errors import IndexStateError, NoIndexError
from indexer.library import Library
from indexer.model import FiledReport
from indexer.removed import Removed, TakenOut
from indexer.uploads import Inbox, UploadError
from webui import wording

#: What was taken out last is listed.
MOST_REMOVED = 100


@dataclass(frozen=True, slots=True)
class RemovedView:
    """A file that was taken out."""

    stamp: str
    folder: str
    name: str
    moment: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What was just done with a file; ``stamp``: by which it is put back, if it was taken out.

    ``at``: the place in the list, from 1, where that was done; 0: elsewhere.
    """

    name: str
    stamp: str = ""
    at: int = 0


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


def shown(file: str) -> str:
    """How people read the name that a file has in the index: on the page, in citations and files."""
    if "shown" not in g:
        library: Library = current_app.extensions["gaoku"]
        try:
            with library.reader() as reader:
                g.shown = inbox().shown_in(reader.meta.folders)
        except IndexStateError:  # other pages say what is wrong with it
            return file
    told: str = g.shown(file)
    return told


def as_shown(filed: FiledReport) -> FiledReport:
    """A report to be cited."""
    return replace(filed, file=shown(filed.file))


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


def holder_of(place: str) -> str:
    """What is taken out where a file is to be: the file itself, or the archive that it is in; "": neither."""
    return next(filter(can_be_taken_out, accumulate(place.split("/"), "{}/{}".format)), "")


def newest_removed(named: str = "") -> tuple[RemovedView, ...]:
    """What was taken out last, of that whose name has these words."""
    return tuple(map(_view, islice(_removed_named(named), MOST_REMOVED)))


def count_removed(named: str = "") -> int | None:
    """How many were taken out whose name has these words; None where none was at all."""
    return sum(1 for _ in _removed_named(named)) if removed() else None


def notice(args: Mapping[str, str], shown: int) -> Notice | None:
    """What an address says was just done: ``out``, a stamp, or ``back``, a file's place; ``at``, where in a
    list of which ``shown`` are shown.

    Nothing where it is not so, or no longer: no text of an address is shown that is not a file's name.
    """
    at = min(place_in_list(args), shown + 1) if shown else 0
    taken = removed().find(args.get("out", ""))
    if taken is not None:
        return Notice(taken.file.rpartition("/")[2], taken.stamp, at)
    back = args.get("back", "")
    return Notice(back.rpartition("/")[2], at=at) if back and can_be_taken_out(back) else None


def place_in_list(args: Mapping[str, str]) -> int:
    """The place in the list that is given as ``at``, from 1; 0 where none is."""
    at = args.get("at", "")
    return int(at) if at.isascii() and at.isdigit() and len(at) < 4 else 0


def _removed_named(named: str) -> Iterator[TakenOut]:
    wanted = normalise(named)
    return (taken for taken in removed().newest() if wanted in normalise(taken.file))


def _view(taken: TakenOut) -> RemovedView:
    folder, _, name = taken.file.rpartition("/")
    return RemovedView(taken.stamp, folder, name, wording.moment(taken.moment.isoformat()))
