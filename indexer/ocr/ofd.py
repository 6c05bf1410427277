"""The picture that an OFD page (GB/T 33190) consists of: the largest image object of the page."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any

from lxml import etree

from indexer.errors import UnreadableError

_MAX_PART = 100 << 20  # bytes of a part of the container, unpacked


def picture_of_page(data: bytes, page: int) -> tuple[bytes, float]:
    """The file of the picture and its width on the page in millimetres. Raises UnreadableError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            return _picture(_Parts(container), page)
    except (UnreadableError, MemoryError):
        raise
    except Exception as error:  # a damaged container leads to errors of zip, XML and our own steps
        raise _no_picture(page) from error


class _Parts:
    """The parts of the container by their path, as the files refer to them."""

    def __init__(self, container: zipfile.ZipFile) -> None:
        self._container = container
        self._names = {name.replace("\\", "/").lstrip("/").lower(): name for name in container.namelist()}

    def read(self, path: str) -> bytes:
        with self._container.open(self._names[path.lower()]) as stream:
            content = stream.read(_MAX_PART + 1)
        if len(content) > _MAX_PART:
            raise ValueError(path)
        return content

    def xml(self, path: str) -> Any:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        return etree.fromstring(self.read(path), parser)

    def has(self, path: str) -> bool:
        return path.lower() in self._names


def _picture(parts: _Parts, page: int) -> tuple[bytes, float]:
    places = []  # of the pages of all documents in the file: the document's path and the page's
    for root in _named(parts.xml("OFD.xml"), "DocRoot"):
        document = _join("OFD.xml", _text(root))
        for pages in _named(parts.xml(document), "Pages"):
            places += [(document, _join(document, sheet.get("BaseLoc"))) for sheet in _named(pages, "Page")]
    document, place = places[page]
    content = parts.xml(place)
    best = max(
        ((*_size(image), image.get("ResourceID")) for image in _named(content, "ImageObject")),
        key=lambda found: found[0] * found[1],
        default=None,
    )
    if best is None:
        raise _no_picture(page)
    resources = [_join(document, _text(e)) for e in _named(parts.xml(document), "PublicRes", "DocumentRes")]
    resources += [_join(place, _text(e)) for e in _named(content, "PageRes")]
    for resource in resources:
        if not parts.has(resource):
            continue
        tree = parts.xml(resource)
        base = _join(resource, tree.get("BaseLoc") or ".")
        for media in _named(tree, "MultiMedia"):
            if media.get("ID") == best[2]:
                for name in _named(media, "MediaFile"):
                    file = posixpath.normpath(posixpath.join(base, _text(name)))
                    # Some writers give the path from the resource's own folder instead.
                    return parts.read(file if parts.has(file) else _join(resource, _text(name))), best[0]
    raise _no_picture(page)


def _named(tree: Any, *names: str) -> Iterator[Any]:
    """The elements of these names, in whatever namespace: it differs between writers."""
    for name in names:
        yield from tree.iter(f"{{*}}{name}")


def _text(element: Any) -> str:
    return (element.text or "").strip()


def _join(origin: str, path: str) -> str:
    """A path from the root of the container: given from there, or from the folder of ``origin``."""
    if path.startswith("/"):
        return posixpath.normpath(path.lstrip("/"))
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), path))


def _size(image: Any) -> tuple[float, float]:
    """Width and height on the page, millimetres."""
    _, _, width, height = (float(number) for number in image.get("Boundary", "").split())
    return width, height


def _no_picture(page: int) -> UnreadableError:
    return UnreadableError(
        f"OFD 第 {page + 1} 页没有可读的文字或图片；请另存为 PDF 后再试 "
        f"(page {page + 1} has no text or picture that can be read: save it as PDF)"
    )
