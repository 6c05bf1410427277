"""OFD documents (.ofd), the fixed-layout format of GB/T 33190-2016 in which offices exchange papers.

A zip container of XML: OFD.xml names the documents, each names its pages, each page its templates and
objects. Signatures, seals and fonts do not matter for the text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from indexer.errors import UnreadableError
from indexer.model import Block, Document, Member, Removed
from indexer.readers import layout, limits, names
from indexer.readers.layout import Page, Run
from indexer.readers.ofd_content import (
    POINTS,
    Box,
    Collector,
    Content,
    OverfullError,
    box_of,
    corner,
)
from indexer.readers.ofd_package import (
    DAMAGED,
    Package,
    child,
    children,
    is_ofd,
    local,
    text_of,
)
from indexer.readers.packed import TooLargeError

__all__ = ["is_ofd", "pages_of", "picture", "read"]

_A4: Box = (0, 0, 210, 297)
_MOST_COVERS = 200  # areas in which unseen text is looked for: the largest of a page
_OUTSIDE = "在页面之外，看不见 (outside the page: not seen)"
_HIDDEN = "白色、透明或隐藏的文字，看不见 (white, transparent or hidden: not seen)"
_CLIPPED = "裁剪后看不见的文字 (clipped away: not seen)"
_WATERMARK = "水印 (watermark)"
_REMARK = "批注 (annotation)"


def read(data: bytes) -> Document:
    """Read an OFD file: all its documents, one after the other; visible attachments become members.

    Raises UnreadableError: damaged, encrypted, beyond the limits, or without any text or picture.
    """
    reading = _Reading(data)
    sheets = reading.sheets()
    scanned = tuple(n for n, sheet in enumerate(sheets) if not sheet.page.runs and sheet.images)
    if sheets and not scanned and not any(sheet.page.runs or sheet.removed for sheet in sheets):
        raise UnreadableError(
            "OFD 页面上没有文字，也没有图片，只有图形或空白；请用原文件 "
            "(no text and no picture, only drawings or nothing: use the file it was made from)"
        )
    members = reading.attachments()
    blocks, removed = layout.to_blocks([sheet.page for sheet in sheets])
    own = tuple(dict.fromkeys(r for sheet in sheets for r in sheet.removed))
    return Document(
        _with_headings(blocks, reading.outline()),
        "ofd",
        warnings=reading.warnings(),
        removed=(*removed, *own),
        members=members,
        scanned=scanned,
    )


def pages_of(data: bytes) -> list[Page]:
    """The pages of all documents of an OFD file in order, with the text that is seen on them, in points.

    Raises UnreadableError as :func:`read` does, but for a file without text.
    """
    return [sheet.page for sheet in _Reading(data).sheets()]


def picture(data: bytes, page: int) -> tuple[bytes, float] | None:
    """The largest picture on a page (from 0, over all documents): its file, and its width in millimetres.

    None: there is none. Raises UnreadableError where the file or that picture is damaged.
    """
    reading = _Reading(data)
    sheet = reading.sheet(page)
    if sheet is None or not sheet.images:
        return None
    box, resource = max(sheet.images, key=lambda image: _area(image[0]))
    part = sheet.media.get(resource)
    return (reading.package.read(part), box[2] - box[0]) if part is not None else None


@dataclass(slots=True)
class _Sheet:
    """A page with what is no text on it. ``media``: the parts of pictures by their id."""

    page: Page
    images: list[tuple[Box, str]]
    removed: list[Removed]
    media: dict[str, str]


@dataclass(slots=True)
class _Root:
    """A document of the file: its part, the folder it is in, and what its pages share."""

    element: Any
    folder: str
    templates: dict[str, str] = field(default_factory=dict)
    composites: dict[str, Any] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, list[str]] = field(default_factory=dict)
    area: Box = _A4


class _Reading:
    """One reading of one file."""

    def __init__(self, data: bytes) -> None:
        self.package = Package(data)
        self._missing: list[str] = []
        self._unlisted: list[str] = []
        self._roots = [self._root(part) for part in self._document_parts()]
        self._collector = Collector(self._composite)
        self._current: _Root | None = None
        self._templates: dict[str, Content] = {}

    def warnings(self) -> tuple[str, ...]:
        """What could not be read, and what was read although it was broken."""
        found = [
            f"OFD 缺少或读不出：{name} (missing or damaged part)" for name in dict.fromkeys(self._missing)
        ]
        found += [
            f"XML 不规范，已尽量读出：{name} (malformed part, read as far as possible)"
            for name in dict.fromkeys(self.package.repaired)
        ]
        found += [
            f"隐藏的附件没有读：{name} (hidden attachment, not read)"
            for name in dict.fromkeys(self._unlisted)
        ]
        shown = found[:10]
        if len(found) > len(shown):
            shown.append(
                f"另有 {len(found) - len(shown)} 处类似 ({len(found) - len(shown)} more of the kind)"
            )
        return tuple(shown)

    # -- the documents of the file ---------------------------------------------------------------------

    def _document_parts(self) -> list[str]:
        """The Document.xml of each document: as OFD.xml says, else as they lie in the container."""
        package = self.package
        part = package.find("OFD.xml")
        root = self._xml(part) if part is not None else None
        named = [text_of(e) for e in root.iter() if local(e) == "DocRoot"] if root is not None else []
        found = [package.find(name, "") for name in named]
        self._missing += [name for name, part in zip(named, found, strict=True) if part is None]
        parts = [part for part in found if part is not None]
        if not parts:
            parts = sorted((n for n in package if n.lower().endswith("document.xml")), key=_natural)
        if not parts:
            raise UnreadableError(DAMAGED)
        return list(dict.fromkeys(parts))

    def _root(self, part: str) -> _Root:
        element = self.package.xml(part)
        folder = posixpath.dirname(part.replace("\\", "/"))
        root = _Root(element, folder)
        common = child(element, "CommonData")
        root.area = _area_of(child(common, "PageArea")) or _A4
        for template in (e for e in element.iter() if local(e) == "TemplatePage"):
            found = self.package.find(template.get("BaseLoc", ""), folder)
            if found is not None:
                root.templates[template.get("ID", "").strip()] = found
        for name in ("PublicRes", "DocumentRes"):
            for resource in children(common, name):
                self._resources(root, text_of(resource))
        for listed in children(element, "Annotations"):
            self._annotations(root, text_of(listed))
        return root

    def _resources(self, root: _Root, name: str) -> None:
        part = self.package.find(name, root.folder)
        element = self._xml(part) if part is not None else None
        if part is None or element is None:
            return
        here = posixpath.dirname(part)
        base = element.get("BaseLoc", "").strip().replace("\\", "/")
        for found in element.iter():
            kind = local(found)
            if kind == "CompositeGraphicUnit":
                root.composites[found.get("ID", "").strip()] = found
            elif kind == "MultiMedia":
                file = text_of(child(found, "MediaFile"))
                media = self.package.find(
                    file, posixpath.join(here, base.lstrip("/")), base, here, root.folder
                )
                if media is not None:
                    root.media[found.get("ID", "").strip()] = media

    def _annotations(self, root: _Root, name: str) -> None:
        part = self.package.find(name, root.folder)
        element = self._xml(part) if part is not None else None
        if part is None or element is None:
            return  # a signed file may name a list that nobody wrote; nothing is lost
        for page in children(element, "Page"):
            for file in children(page, "FileLoc"):
                found = self.package.find(text_of(file), posixpath.dirname(part), root.folder)
                if found is not None:
                    root.annotations.setdefault(page.get("PageID", "").strip(), []).append(found)

    def _composite(self, resource: str) -> Any:
        return self._current.composites.get(resource) if self._current is not None else None

    # -- pages -----------------------------------------------------------------------------------------

    def sheets(self) -> list[_Sheet]:
        """The pages of all documents. Raises UnreadableError if none of them can be read."""
        sheets: list[_Sheet] = []
        unread = 0
        for root in self._roots:
            self._current = root
            self._templates.clear()
            for identity, part in self._page_parts(root):
                if len(sheets) >= limits.MAX_PAGES:
                    raise UnreadableError(
                        f"OFD 超过 {limits.MAX_PAGES:,} 页 (more than {limits.MAX_PAGES:,} pages)"
                    )
                element = self._xml(part) if part is not None else None
                if element is None:  # its place stays, so that page numbers stay right
                    unread += 1
                    sheets.append(_Sheet(Page(*_size(root.area), ()), [], [], {}))
                else:
                    sheets.append(self._sheet(root, identity, element))
        if unread == len(sheets):
            raise UnreadableError(DAMAGED)
        return sheets

    def sheet(self, page: int) -> _Sheet | None:
        """One page of all documents, from 0, without reading the others; None where it cannot be read."""
        behind = 0
        for root in self._roots:
            listed = list(self._page_parts(root))
            if page < behind + len(listed):
                identity, part = listed[page - behind]
                self._current = root
                element = self._xml(part) if part is not None else None
                return self._sheet(root, identity, element) if element is not None else None
            behind += len(listed)
        return None

    def _page_parts(self, root: _Root) -> Iterator[tuple[str, str | None]]:
        """The id and the part of each page; None where it is missing."""
        listed = [
            page
            for pages in children(root.element, "Pages")
            for page in pages
            if local(page) == "Page" and page.get("BaseLoc")
        ]
        if not listed:  # without the list around them
            listed = [page for page in children(root.element, "Page") if page.get("BaseLoc")]
        for page in listed:
            name = page.get("BaseLoc")
            part = self.package.find(name, root.folder)
            if part is None:
                self._missing.append(name)
            yield page.get("ID", "").strip(), part
        if not listed:  # a damaged Document.xml: the pages as they lie in its folder
            templates = set(root.templates.values())
            inside = re.compile(rf"{re.escape(root.folder)}/Pages/.*\.xml", re.IGNORECASE)
            for name in sorted(self.package, key=_natural):
                if inside.fullmatch(name) and name not in templates and not name.lower().endswith("res.xml"):
                    yield "", name

    def _sheet(self, root: _Root, identity: str, element: Any) -> _Sheet:
        content, below = Content(), Content()
        for resource in children(element, "PageRes"):
            self._resources(root, text_of(resource))
        area = _area_of(child(element, "Area"))
        for template in children(element, "Template"):
            part = root.templates.get(template.get("TemplateID", "").strip())
            if part is None:
                continue
            below.extend(self._template(part))
        content.extend(below)
        content.extend(self._collector.collect(element))
        removed: list[Removed] = []
        for part in root.annotations.get(identity, ()):
            self._annotate(part, content, removed)
        return _sheet_of(content, area or root.area, removed, root.media)

    def _template(self, part: str) -> Content:
        known = self._templates.get(part)
        if known is None:
            element = self._xml(part)
            known = self._collector.collect(element) if element is not None else Content()
            self._templates[part] = known
        else:
            self._collector.count(known)
        return known

    def _annotate(self, part: str, content: Content, removed: list[Removed]) -> None:
        """Add what annotations show; the text of watermarks is removed."""
        element = self._xml(part)
        for note in children(element, "Annot"):
            seen = note.get("Visible", "true").strip().lower() not in ("false", "0")
            removed += [
                Removed(text, _REMARK) for remark in children(note, "Remark") if (text := text_of(remark))
            ]
            for appearance in children(note, "Appearance"):
                shown = self._collector.collect(appearance, corner(appearance.get("Boundary")))
                if note.get("Type", "").strip().lower() == "watermark":
                    removed += [Removed(run.text, _WATERMARK) for run in shown.texts]
                elif seen:
                    content.extend(shown)
                else:
                    removed += [Removed(run.text, _HIDDEN) for run in shown.texts]

    # -- around the pages ------------------------------------------------------------------------------

    def outline(self) -> list[tuple[str, int]]:
        """The titles of the documents' outlines in order, with their levels from 1."""
        titles: list[tuple[str, int]] = []
        for root in self._roots:
            for outlines in children(root.element, "Outlines"):
                open_ = [(element, 1) for element in reversed(list(children(outlines, "OutlineElem")))]
                while open_:
                    element, level = open_.pop()
                    titles.append((element.get("Title", ""), min(level, 9)))
                    inner = reversed(list(children(element, "OutlineElem")))
                    open_ += [(e, level + 1) for e in inner]
        return titles

    def attachments(self) -> tuple[Member, ...]:
        """The attachments that a viewer lists; a warning names those made for programs."""
        members: list[Member] = []
        for root in self._roots:
            for listed in children(root.element, "Attachments"):
                part = self.package.find(text_of(listed), root.folder)
                element = self._xml(part) if part is not None else None
                if part is None:
                    continue
                for attached in children(element, "Attachment"):
                    name = text_of(child(attached, "FileLoc"))
                    if attached.get("Visible", "true").strip().lower() in ("false", "0"):
                        self._unlisted.append(_attached_name(attached, name))
                        continue
                    found = self.package.find(name, posixpath.dirname(part), root.folder)
                    data = self._bytes(found) if found is not None else None
                    if found is None or data is None:
                        self._missing.append(name)
                        continue
                    members.append(Member(_attached_name(attached, found), data))
        called = names.distinct([member.name for member in members])
        return tuple(Member(name, member.data) for name, member in zip(called, members, strict=True))

    def _xml(self, part: str) -> Any:
        """The root element of a part; None, with a warning, where it is damaged."""
        return self._tolerant(self.package.xml, part)

    def _bytes(self, part: str) -> bytes | None:
        found = self._tolerant(self.package.read, part)
        return found if isinstance(found, bytes) else None

    def _tolerant(self, reading: Callable[[str], Any], part: str) -> Any:
        try:
            return reading(part)
        except (TooLargeError, OverfullError):
            raise
        except UnreadableError:
            if self.package.encrypted:
                raise
            self._missing.append(part)
            return None


def _sheet_of(content: Content, area: Box, removed: list[Removed], media: dict[str, str]) -> _Sheet:
    """A page of what was found on it, without what a viewer does not show."""
    page: Box = (area[0] * POINTS, area[1] * POINTS, area[2] * POINTS, area[3] * POINTS)
    largest = sorted((*(box for box, _ in content.images), *content.fills), key=_area)[-_MOST_COVERS:]
    covered = [tuple(side * POINTS for side in box) for box in largest]
    runs: list[Run] = []
    for run in content.runs:
        if _meets(run, page):
            runs.append(run)
        else:
            removed.append(Removed(run.text, _OUTSIDE))
    for run in content.hidden:
        # Unseen text over a picture is what the picture says; light text on a fill is seen.
        if _meets(run, page) and any(_meets(run, box) for box in covered):
            runs.append(run)
        else:
            removed.append(Removed(run.text, _HIDDEN))
    removed += [Removed(run.text, _CLIPPED) for run in content.clipped]
    moved = (
        replace(
            run,
            left=run.left - page[0],
            top=run.top - page[1],
            right=run.right - page[0],
            bottom=run.bottom - page[1],
        )
        for run in _once(runs)
    )
    return _Sheet(Page(*_size(area), tuple(moved)), content.images, removed, media)


def _once(runs: Sequence[Run]) -> Iterator[Run]:
    """The runs without those drawn again at almost the same place, as bold type and shadows are faked."""
    seen: dict[str, list[Run]] = {}
    for run in runs:
        slack = 0.15 * run.size
        same = seen.setdefault(run.text, [])
        near = same[-20:]
        if any(abs(r.left - run.left) <= slack and abs(r.top - run.top) <= slack for r in near):
            continue
        same.append(run)
        yield run


def _meets(run: Run, box: Sequence[float]) -> bool:
    """Whether any of a run lies in a box."""
    return run.left < box[2] and run.right > box[0] and run.top < box[3] and run.bottom > box[1]


def _area_of(element: Any) -> Box | None:
    """The paper that a PageArea or Area describes."""
    return box_of(text_of(child(element, "PhysicalBox"))) or box_of(text_of(child(element, "ApplicationBox")))


def _size(area: Box) -> tuple[float, float]:
    """Width and height in points."""
    return (area[2] - area[0]) * POINTS, (area[3] - area[1]) * POINTS


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _natural(name: str) -> list[tuple[int, str]]:
    """Orders Page_2 before Page_10."""
    return [
        (int(p), "") if p.isdecimal() and len(p) < 19 else (-1, p) for p in re.split(r"(\d+)", name.lower())
    ]


def _attached_name(attached: Any, part: str) -> str:
    """The name of an attachment, with the suffix of its part or format."""
    name = attached.get("Name", "").strip() or posixpath.basename(part)
    suffix = posixpath.splitext(part)[1] or f".{attached.get('Format', '').strip().lower()}".rstrip(".")
    return names.plain(name if name.lower().endswith(suffix.lower()) else name + suffix, f"附件{suffix}")


def _with_headings(blocks: Sequence[Block], outline: Sequence[tuple[str, int]]) -> tuple[Block, ...]:
    """The blocks, those that the outline names as headings marked so."""
    places: dict[str, list[int]] = {}
    for at, block in enumerate(blocks):
        places.setdefault("".join(block.text.split()), []).append(at)
    marked = list(blocks)
    behind = -1
    for title, level in outline:
        found = next((n for n in places.get("".join(title.split()), ()) if n > behind), None)
        if found is not None:
            marked[found] = replace(marked[found], style=f"heading {level}")
            behind = found
    return tuple(marked)
