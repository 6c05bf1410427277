"""What is made of an index as a whole and kept on disk beside it: families and shingles.

A run of the index makes them (:func:`bring`). Where they are missing all the same (an index of an earlier
version, a file that was deleted or damaged), who needs them makes them, and keeps them if that is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from indexer import home
from indexer.engines.base import Reader
from indexer.errors import GaokuError
from indexer.families import store
from indexer.families.detect import Families, families_of, find_families
from indexer.families.forms import make_forms
from indexer.families.shingles import ShingleIndex, index_shingles
from indexer.families.store import Place, state_of

_NOT_KEPT = "{} cannot be kept ({}); made anew when asked for"


def bring(directory: Path, reader: Reader, started: Callable[[], None]) -> list[str]:
    """Make what is not on disk already, out of one pass over the reports, and put it there.

    For the one who holds the lock. Until all is written that of the earlier state stays, for a server answers
    from it still (:class:`indexer.library.Library`); then each is put in its place, one right after the
    other, families last: they are what such a server waits for. ``started`` is called if there is something
    to make. Returns warnings: what could not be put on disk.
    """
    state = state_of(reader)
    shingles, families = directory / home.SHINGLES, directory / home.FAMILIES
    lacks_shingles = not store.holds_shingles(shingles, state)
    lacks_families = store.load(families, state) is None
    if not lacks_shingles and not lacks_families:
        return []
    started()
    forms = make_forms(filed.report for filed in reader.reports())
    warnings: list[str] = []
    staged: list[tuple[str, Path, Path]] = []  # what it is, the file that is whole, its place

    @contextmanager
    def attempt(what: str) -> Iterator[Place]:
        def stage(temporary: Path, path: Path) -> None:
            staged.append((what, temporary.replace(path.with_name(f".{path.name}.new")), path))

        try:
            yield stage
        except OSError as error:
            warnings.append(_NOT_KEPT.format(what, error.strerror))

    if lacks_shingles:
        with attempt("what similar texts are found by") as stage:
            store.save_shingles(shingles, index_shingles(forms, reader.report_ids()), state, stage)
    if lacks_families:
        with attempt("repeated texts") as stage:
            store.save(families, families_of(forms), state, stage)
    for what, whole, path in staged:
        with attempt(what):
            try:
                whole.replace(path)
            finally:
                whole.unlink(missing_ok=True)
    return warnings


def stored_families(directory: Path, state: str) -> Families | None:
    """The families that are on disk, if they are those of a state of the index."""
    return store.load(directory / home.FAMILIES, state)


def stored_shingles(directory: Path, state: str) -> ShingleIndex | None:
    """The shingles that are on disk, if they are those of a state of the index."""
    return store.load_shingles(directory / home.SHINGLES, state)


def find_and_keep_families(directory: Path, reader: Reader) -> Families:
    """The families of what an index holds, found now; they are put on disk if that is possible."""
    path = directory / home.FAMILIES
    found = find_families(filed.report for filed in reader.reports())
    _keep(directory, reader, lambda place: store.save(path, found, state_of(reader), place))
    return found


def make_and_keep_shingles(directory: Path, reader: Reader) -> ShingleIndex:
    """The shingles of what an index holds, made now; they are put on disk if that is possible."""
    path = directory / home.SHINGLES
    made = index_shingles(make_forms(filed.report for filed in reader.reports()), reader.report_ids())
    _keep(directory, reader, lambda place: store.save_shingles(path, made, state_of(reader), place))
    return made


def _keep(directory: Path, reader: Reader, save: Callable[[Place], None]) -> None:
    """Put a file on disk unless the index is being updated, or has been since ``reader`` was opened.

    It is written without the lock, which is held for an instant only: no update is kept out. Where it cannot
    be written nothing is lost but time.
    """

    def place(temporary: Path, path: Path) -> None:
        with home.writing(directory):
            if reader.current():
                temporary.replace(path)

    with suppress(GaokuError, OSError):
        save(place)
