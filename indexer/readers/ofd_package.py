"""The parts of an OFD file: the zip container, the names by which parts call each other, and their XML.

Producers take the standard's paths lightly: with or without the document's folder, with backslashes, in
another case, with names in GBK. A name is therefore looked up in several ways before it is missing.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from lxml import etree

from indexer.errors import UnreadableError
from indexer.readers import limits, packed

#: Bytes of one XML part; the tree of one takes up to thirty times as much memory. A real page has 1 MB.
_MAX_XML = 16 << 20

_PARSER: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "huge_tree": False,
    "load_dtd": False,
    "remove_comments": True,
    "remove_pis": True,
}
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # those that the standard knows
_BARE_AMPERSAND = re.compile(r"&(?!(?:#[0-9]+|#x[0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);)")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION = re.compile(r"\A[\s\ufeff]*(?:<\?xml[^>]*\?>)?")
_LOCAL_HEADER = re.compile(
    rb"\APK\x03\x04.{26}[^\x00]{0,255}?(?:Doc_\d+/|OFD\.xml)", re.DOTALL | re.IGNORECASE
)

DAMAGED = (
    "OFD 文件已损坏或不完整；请重新下载，或用 OFD 阅读器打开后另存 "
    "(damaged or truncated: fetch it again, or open and save it in an OFD viewer)"
)
_ENCRYPTED = "OFD 文件已加密；请去掉密码后再试 (encrypted: take the password off and try again)"


def is_ofd(data: bytes) -> bool:
    """Whether the bytes are a zip container with OFD.xml at its root, whole or cut short."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(_key(name) == "ofd.xml" for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return _LOCAL_HEADER.match(data[:512]) is not None  # cut short: by the name of its first part


class Package:
    """The parts of an OFD file, read within the limits of :mod:`indexer.readers.limits`.

    ``repaired`` names the parts whose XML was not well-formed and was read nevertheless.
    """

    def __init__(self, data: bytes) -> None:
        """Raises UnreadableError where ``data`` is no whole zip container."""
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise UnreadableError(DAMAGED) from error
        infos = self._archive.infolist()
        self._allowance = packed.Allowance()  # parts that are never read need not fit
        self._allowance.count(len(infos))
        self._parts = [info for info in infos if info.filename.rstrip("/")]
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in self._parts:
            for name in _names(info):
                self._infos.setdefault(_key(name), info)
        self.repaired: list[str] = []

    def __iter__(self) -> Iterator[str]:
        """The names of the parts, in the order of the container."""
        return (info.filename.replace("\\", "/") for info in self._parts if not info.is_dir())

    @property
    def encrypted(self) -> bool:
        """Whether the parts are encrypted as GM/T 0099 says."""
        return any(key.rsplit("/", 1)[-1] in ("encryptions.xml", "decryptseed.dat") for key in self._infos)

    def find(self, name: str, *bases: str) -> str | None:
        """The part that is called ``name``, meant from one of the folders ``bases``, the likeliest first.

        None if there is no such part.
        """
        name = name.strip().replace("\\", "/")
        if not name:
            return None
        folders = ("", *bases) if name.startswith("/") else (*bases, "")
        for folder in folders:
            info = self._infos.get(_key(f"{folder}/{name}"))
            if info is not None and not info.is_dir():
                return info.filename
        return None

    def read(self, part: str, most: int = limits.MAX_UNPACKED) -> bytes:
        """The bytes of a part that :meth:`find` or the iteration named.

        Raises UnreadableError: damaged, encrypted, more than ``most`` bytes, or beyond the limits.
        """
        info = self._infos[_key(part)]
        size = info.file_size
        self._allowance.take(size)
        if size > most:
            raise packed.TooLargeError(
                f"OFD 解开后过大：{part}；请拆分后再试 (a part of {size >> 20} MB: split the document)"
            )
        packed.refuse_bomb(info)
        if info.flag_bits & 1:
            raise UnreadableError(_ENCRYPTED)
        if info.compress_type not in _METHODS:
            raise UnreadableError(DAMAGED)
        try:
            return self._archive.read(info)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
            raise UnreadableError(DAMAGED) from error

    def xml(self, part: str) -> Any:
        """The root element of a part. Raises UnreadableError where no XML can be made out in it."""
        data = self.read(part, _MAX_XML)
        root = _parsed(data, recover=False)
        if root is None:
            root = _parsed(_repaired(data), recover=True)
            self.repaired.append(part)
        if root is None:
            raise UnreadableError(_ENCRYPTED if self.encrypted else DAMAGED)
        return root


def local(element: Any) -> str:
    """The name of an element without its namespace, standard or not, declared or not."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2] if isinstance(tag, str) else ""


def children(element: Any, name: str) -> Iterator[Any]:
    """The children of that local name; none of None."""
    return (child for child in (() if element is None else element) if local(child) == name)


def child(element: Any, name: str) -> Any:
    """The first child of that local name, or None."""
    return next(children(element, name), None)


def text_of(element: Any) -> str:
    """The text directly in an element, stripped; "" of None."""
    return "" if element is None else (element.text or "").strip()


def _parsed(data: bytes, *, recover: bool) -> Any:
    try:
        return etree.fromstring(data, etree.XMLParser(recover=recover, **_PARSER))
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return None


def _repaired(data: bytes) -> bytes:
    """Broken XML with what its producers get wrong put right: encoding, bare ``&``, control characters."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            # A broken byte or two far into UTF-8 leave it UTF-8; Chinese in GB 18030 fails at once.
            wrong = data.decode("utf-8", "replace").count("\ufffd")
            try:
                text = data.decode("gb18030")
            except UnicodeDecodeError:
                text = ""
            if not text or (error.start > 200 and wrong < 8):
                text = data.decode("utf-8", "replace")
    text = _DECLARATION.sub("", text, count=1)
    return _BARE_AMPERSAND.sub("&amp;", _NOT_XML.sub(" ", text)).encode()


def _names(info: zipfile.ZipInfo) -> Iterator[str]:
    """A part's name as it stands, and as it was meant where the container does not say its encoding."""
    yield info.filename
    if not info.flag_bits & 0x800:
        raw = info.filename.encode("cp437", "replace")
        yield raw.decode("utf-8", "replace")
        yield raw.decode("gb18030", "replace")


def _key(name: str) -> str:
    """A name in the form in which names are compared."""
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/").lower()
