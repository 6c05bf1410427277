"""The zip containers of office documents, opened within limits."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from lxml import etree

from indexer.errors import UnreadableError
from indexer.readers import limits

#: Bytes of one XML part: far more than the longest report has, and what its tree needs still fits.
MAX_XML = 100 << 20


def checked(data: bytes) -> zipfile.ZipFile:
    """The container, with what its directory declares held against the limits; nothing is unpacked yet.

    zipfile gives no more of a member than the directory declares, so that the directory is all there is to
    check. Raises zipfile.BadZipFile where it is damaged, UnreadableError where it is beyond a limit.
    """
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = archive.infolist()
    if len(members) > limits.MAX_MEMBERS:
        raise UnreadableError(
            f"压缩包内文件过多，超过 {limits.MAX_MEMBERS} 个；未读取 "
            f"(more than {limits.MAX_MEMBERS} members: not read)"
        )
    if sum(m.file_size for m in members) > limits.MAX_UNPACKED:
        raise UnreadableError(
            f"解压后过大，超过 {limits.MAX_UNPACKED >> 20} MB；未读取 "
            f"(more than {limits.MAX_UNPACKED >> 20} MB unpacked: not read)"
        )
    for member in members:
        if member.file_size > limits.RATIO_COUNTS_FROM and (
            member.file_size > limits.MAX_RATIO * max(1, member.compress_size)
        ):
            raise UnreadableError(
                "压缩比异常，可能是压缩炸弹；未读取；请确认来源后用 Word 打开另存 "
                "(packed suspiciously tight, perhaps a zip bomb: if it is trusted, open and save it again)"
            )
        if member.filename.lower().endswith((".xml", ".rels")) and member.file_size > MAX_XML:
            raise UnreadableError(
                f"文档内容过大（{member.file_size >> 20} MB）；请拆分后再试 "
                f"(a part of {member.file_size >> 20} MB: split the document)"
            )
    return archive


def xml(content: bytes) -> Any:
    """The root of an XML part: no entities, no network, bounded depth. Raises lxml.etree.XMLSyntaxError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    return etree.fromstring(content, parser)
