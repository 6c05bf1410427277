"""Zip containers, of documents and of files: the limits in which any of them is unpacked."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

from lxml import etree

from indexer.errors import UnreadableError
from indexer.readers import limits

#: Bytes of one XML part: far more than the longest report has, and what its tree needs still fits.
MAX_XML = 100 << 20

#: What to do with a document that is beyond a limit.
_SAVE_AGAIN = ("如果来源可信，请打开后另存", "if it is trusted, open and save it again")


class TooLargeError(UnreadableError):
    """A container, or a part of it, is beyond a limit: none of it is read."""


@dataclass(slots=True)
class Allowance:
    """How much of a container may still be unpacked. ``advice``: what to do, in Chinese and English."""

    advice: tuple[str, str] = _SAVE_AGAIN
    used: int = 0  # bytes

    def count(self, members: int) -> None:
        """Raise TooLargeError where there are too many members."""
        if members > limits.MAX_MEMBERS:
            chinese, english = self.advice
            raise TooLargeError(
                f"压缩包里的文件超过 {limits.MAX_MEMBERS:,} 个；{chinese} "
                f"(more than {limits.MAX_MEMBERS:,} files inside: {english})"
            )

    def take(self, size: int) -> None:
        """Count bytes as unpacked. Raises TooLargeError where it is too much."""
        self.used += size
        if self.used > limits.MAX_UNPACKED:
            chinese, english = self.advice
            most = limits.MAX_UNPACKED >> 20
            raise TooLargeError(
                f"解压后过大，超过 {most:,} MB；{chinese} (more than {most:,} MB unpacked: {english})"
            )


def is_bomb(unpacked: int, packed: int) -> bool:
    """Whether a member of so many bytes is packed tighter than any that somebody wrote."""
    return unpacked > limits.RATIO_COUNTS_FROM and unpacked > limits.MAX_RATIO * max(1, packed)


def refuse_bomb(member: zipfile.ZipInfo) -> None:
    """Raise TooLargeError where a part of a document is one."""
    if is_bomb(member.file_size, member.compress_size):
        chinese, english = _SAVE_AGAIN
        raise TooLargeError(
            f"压缩比异常，可能是压缩炸弹，不读取；{chinese} "
            f"(more than {limits.MAX_RATIO} times its packed size, as in a zip bomb: {english})"
        )


def checked(data: bytes, largest_xml: int = MAX_XML) -> zipfile.ZipFile:
    """The container of a document, with what its directory declares held against the limits.

    Nothing is unpacked yet: zipfile gives no more of a member than the directory declares. ``largest_xml``:
    bytes of one XML part. Raises zipfile.BadZipFile where it is damaged, TooLargeError beyond a limit.
    """
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = archive.infolist()
    allowance = Allowance()
    allowance.count(len(members))
    for member in members:
        refuse_bomb(member)
        allowance.take(member.file_size)
        if member.filename.lower().endswith((".xml", ".rels")) and member.file_size > largest_xml:
            raise TooLargeError(
                f"文档内容过大（{member.file_size >> 20} MB）；请拆分后再试 "
                f"(a part of {member.file_size >> 20} MB: split the document)"
            )
    return archive


def xml(content: bytes) -> Any:
    """The root of an XML part: no entities, no network, bounded depth. Raises lxml.etree.XMLSyntaxError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    return etree.fromstring(content, parser)
