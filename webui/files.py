"""Every file that the index knows, arranged for the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from flask import url_for

from indexer.analysis.normalise import normalise
from indexer.file_types import file_type
from indexer.model import FileEntry, report_id
from webui import added, wording
from webui.address import PAGE_SIZE, page_number
from webui.results import FilterGroup, Link, Paging, paging

Show = Literal["all", "failed", "warned", "removed"]

_SHOWN: dict[Show, str] = {"all": "全部", "failed": "读不了", "warned": "有提醒", "removed": "已移出"}


@dataclass(frozen=True, slots=True)
class FilesAddress:
    """The parameters of the list of files."""

    show: Show = "all"
    q: str = ""
    format: str = ""  # one of indexer.file_types.FILE_TYPES, or "": any
    page: int = 1

    @classmethod
    def read(cls, args: Mapping[str, str]) -> FilesAddress:
        """The address that was asked for; what is unknown is not given."""
        asked = args.get("show", "")
        default: Show = "all"
        show = next((known for known in _SHOWN if known == asked), default)
        format = args.get("format", "").strip()
        if show == "removed":  # of what was taken out nothing is known but its name
            return cls(show, args.get("q", "").strip())
        return cls(show, args.get("q", "").strip(), format, page_number(args))

    def to(self, *, show: Show | None = None, format: str | None = None) -> FilesAddress:
        """The address with changes; it leads to the first page."""
        show, format = show or self.show, self.format if format is None else format
        format = "" if show == "removed" else format
        return replace(self, show=show, format=format, page=1)

    @property
    def unnamed(self) -> FilesAddress:
        """The same without the words that the name must have."""
        return replace(self, q="", page=1)

    def at_page(self, page: int) -> FilesAddress:
        """The same files, another page."""
        return replace(self, page=page)

    @property
    def given(self) -> dict[str, str | int]:
        """The parameters, without those that are not given."""
        values: dict[str, str | int] = {"q": self.q} if self.q else {}
        if self.show != "all":
            values["show"] = self.show
        if self.format:
            values["format"] = self.format
        if self.page != 1:
            values["page"] = self.page
        return values

    @property
    def url(self) -> str:
        """The address itself."""
        return self.told({})

    def told(self, done: Mapping[str, str | int], anchor: str | None = None) -> str:
        """The address with what was just done with a file: see :func:`webui.added.notice`."""
        values = {**self.given, **done}
        return url_for("pages.files_page", _anchor=anchor, **values)  # type: ignore[arg-type]  # of the query


@dataclass(frozen=True, slots=True)
class FileView:
    """A file. ``url`` leads to its only report, or to a search for its reports; "": it has none.

    ``take_out``: its place among the added files, where it can be taken out of them; "": it cannot.
    ``part_of``: the place of the added file that it can be taken out with, as a whole; "": there is none.
    """

    folder: str
    name: str
    url: str
    format: str
    reports: int
    characters: int
    failed: str
    warnings: tuple[str, ...]
    take_out: str = ""
    part_of: str = ""


@dataclass(frozen=True, slots=True)
class FileList:
    """A page of the list; ``total`` files in all that are shown."""

    files: tuple[FileView, ...]
    total: int
    shows: tuple[Link, ...]
    filters: tuple[FilterGroup, ...]
    paging: Paging


def arrange(
    entries: Sequence[FileEntry],
    there: FilesAddress,
    place_of: Callable[[str], str | None] = lambda file: None,
    *,
    removed: int | None = None,
) -> FileList:
    """The files of a page by their place; first those that could not be read, then those with warnings.

    Each filter counts what it would show together with the others. ``place_of``: where a file lies among
    those that were added. ``removed``: how many of those that were taken out would be listed; None: none
    was.
    """
    wanted = normalise(there.q)
    named = [e for e in entries if wanted in normalise(added.shown(e.file))] if wanted else entries
    of = _by_state([entry for entry in named if there.format in ("", _format(entry))])
    formats = Counter(filter(None, map(_format, _by_state(named)[there.show])))
    chosen = sorted(of[there.show], key=lambda entry: (entry.failed is None, not entry.warnings, entry.file))
    pages = paging(len(chosen), there)
    start = (min(there.page, pages.pages) - 1) * PAGE_SIZE
    return FileList(
        tuple(view(entry, place_of(entry.file)) for entry in chosen[start : start + PAGE_SIZE]),
        len(chosen),
        tuple(
            Link(
                name,
                there.to(show=show).url,
                len(of[show]) if show != "removed" else removed or 0,
                show == there.show,
            )
            for show, name in _SHOWN.items()
            if of[show] or show in ("all", there.show) or (removed is not None and show == "removed")
        ),
        _filters(formats, there),
        pages,
    )


def _by_state(entries: Sequence[FileEntry]) -> dict[Show, Sequence[FileEntry]]:
    return {
        "all": entries,
        "failed": [entry for entry in entries if entry.failed is not None],
        "warned": [entry for entry in entries if entry.warnings],
        "removed": (),  # none that the index knows
    }


def _format(entry: FileEntry) -> str:
    """What people call its format; "" of a file that could not be read."""
    return file_type(entry.format) if entry.failed is None else ""


def _filters(counts: Counter[str], there: FilesAddress) -> tuple[FilterGroup, ...]:
    """The formats, those with the most files first; none where there is nothing to choose."""
    if there.format:
        counts[there.format] += 0  # what is chosen is shown even where it leaves nothing
    elif len(counts) < 2:
        return ()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    links = (
        Link(
            name,
            there.to(format="" if name == there.format else name).url,
            count,
            name == there.format,
        )
        for name, count in ordered
    )
    return (FilterGroup("文件类型", tuple(links), ()),)


def view(entry: FileEntry, place: str | None = None) -> FileView:
    """A file of the index, for the page; ``place``: among the added files, if it is one of them."""
    folder, _, name = added.shown(entry.file).rpartition("/")
    url = ""
    if entry.reports == 1:
        url = url_for("pages.report_page", report=report_id(entry.file, 1))
    elif entry.reports:
        url = url_for("pages.search_page", q=f'文件:"{entry.file}"')
    holder = added.holder_of(place) if place is not None else ""
    return FileView(
        folder=folder,
        name=name,
        url=url,
        format=_format(entry),
        reports=entry.reports,
        characters=entry.characters,
        failed=wording.in_chinese(entry.failed) if entry.failed else "",
        warnings=tuple(map(wording.in_chinese, entry.warnings)),
        take_out=holder if holder == place else "",
        part_of=holder if holder != place else "",
    )
