"""What hostile files consist of: containers, entities, letters and pages, put together by hand."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

DATA = Path(__file__).parents[1] / "readers" / "data"
REPORT = Path(__file__).parents[2] / "corpus/澄川经开区/2018年度工作总结及2019年工作计划.docx"
TEXT = "园区2023年工作总结\n一、主要工作\n全年完成投资45亿元，增长12%。\n二、存在问题\n项目不多。\n"

#: The part of each format of packed XML that holds its text.
MAIN_PART = {
    ".docx": "word/document.xml",
    ".odt": "content.xml",
    ".ods": "content.xml",
    ".xlsx": "xl/worksheets/sheet1.xml",
    ".ofd": "Doc_0/Pages/Page_0/Content.xml",
}
_DECLARATION = re.compile(rb"\s*<\?xml.*?\?>", re.DOTALL)
_ROOT = re.compile(rb"\s*(?:<!--.*?-->\s*)*<([\w:.-]+)", re.DOTALL)
_WORDS = re.compile(rb">[^<>\s&][^<>&]*<")


def good(suffix: str) -> bytes:
    """A good file of the format."""
    if suffix == ".docx":
        return REPORT.read_bytes()
    if suffix == ".zip":
        return packed({"总结.txt": TEXT.encode()})
    if suffix in (".txt", ".md"):
        return TEXT.encode()
    return (DATA / f"report{suffix}").read_bytes()


def packed(members: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> bytes:
    """A zip file of these members."""
    stream = io.BytesIO()
    pairs = members.items() if isinstance(members, Mapping) else members
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pairs:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 6)
    return stream.getvalue()


def with_part(suffix: str, change: Callable[[bytes], bytes]) -> bytes:
    """A good file of packed XML with the part that holds its text changed."""
    with zipfile.ZipFile(io.BytesIO(good(suffix))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, change(content) if name == MAIN_PART[suffix] else content, kind)
    return stream.getvalue()


def declaring(entities: str, used: str) -> Callable[[bytes], bytes]:
    """Declares entities in a part, and puts one in the place of each text."""

    def change(part: bytes) -> bytes:
        body = _DECLARATION.sub(b"", part, count=1)
        root = _ROOT.match(body)
        name = root.group(1) if root else b"x"
        return b"<!DOCTYPE %s [%s]>" % (name, entities.encode()) + _WORDS.sub(f">&{used};<".encode(), body)

    return change


def laughs() -> str:
    """Ten entities, each ten times the one before (CVE-2003-1564)."""
    pairs = zip("abcdefghi", "bcdefghij", strict=True)
    return '<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairs
    )


def deeper(depth: int) -> Callable[[bytes], bytes]:
    """Puts elements within elements at the end of a part."""

    def change(part: bytes) -> bytes:
        end = part.rfind(b"</")
        return part[:end] + b"<x>" * depth + "深".encode() + b"</x>" * depth + part[end:]

    return change


def padded(size: int) -> Callable[[bytes], bytes]:
    """Puts so much white space at the end of a part."""

    def change(part: bytes) -> bytes:
        end = part.rfind(b"</")
        return part[:end] + b" " * size + part[end:]

    return change


# -- archives ---------------------------------------------------------------------------------------


def flat_bomb(size: int) -> bytes:
    """A zip file with one text of so many zeros; never whole in memory here."""
    squeeze = zlib.compressobj(9, wbits=-15)
    piece, crc, body = b"0" * (1 << 20), 0, []
    for _ in range(size >> 20):
        crc = zlib.crc32(piece, crc)
        body.append(squeeze.compress(piece))
    stream = b"".join((*body, squeeze.flush()))
    return zip_of([("bomb.txt", stream, crc, size >> 20 << 20)])


def zip_of(members: Iterable[tuple[str, bytes, int, int]]) -> bytes:
    """A zip file of members that are packed already: name, deflated content, checksum, unpacked size."""
    out, directory, count = bytearray(), bytearray(), 0
    for name, content, crc, size in members:
        raw, start = name.encode(), len(out)
        out += struct.pack(
            "<4s5H3L2H", b"PK\3\4", 20, 0x800, 8, 0, 33, crc, len(content), min(size, 2**32 - 1), len(raw), 0
        )
        out += raw + content
        directory += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0x800, 8, 0, 33, crc, len(content), min(size, 2**32 - 1),
            len(raw), 0, 0, 0, 0, 0, start,
        ) + raw  # fmt: skip
        count += 1
    end = struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), len(directory), len(out), 0
    )
    return bytes(out + directory + end)


def overlapping(members: int, size: int) -> bytes:
    """A zip file all of whose members are the same bytes of it (Fifield, WOOT 2019)."""
    whole = flat_bomb(size)
    at = whole.index(b"PK\1\2")
    line, count = whole[at : whole.index(b"PK\5\6")], members
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(line) * count, at, 0)
    return whole[:at] + line * count + end


def encrypted_zip() -> bytes:
    """A zip file whose members say that they are under a password."""
    data = bytearray(good(".zip"))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def linking_zip() -> bytes:
    """A zip file with a symbolic link to a file of the system."""
    stream = io.BytesIO()
    link = zipfile.ZipInfo("密码.txt")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("总结.txt", TEXT)
    return stream.getvalue()


def nested_zip(depth: int) -> bytes:
    data = good(".zip")
    for n in range(depth):
        data = packed({f"{n}.zip": data})
    return data


# -- documents --------------------------------------------------------------------------------------


def pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1, the first its catalogue; without a table of objects."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer << /Root 1 0 R >>\n%%EOF\n"


_CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"


def page_loop() -> bytes:
    return pdf(_CATALOGUE, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 >>")


def many_pages(count: int) -> bytes:
    """One page, listed so often."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 700] >>"
    kids = b"3 0 R " * count
    return pdf(_CATALOGUE, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count), page)


def huge_page() -> bytes:
    """A page of 35,000 km, which is one picture."""
    picture = b"q 1000000000 0 0 1000000000 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI Q"
    return pdf(
        _CATALOGUE,
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(picture), picture),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100000000000 100000000000] /Contents 3 0 R >>",
    )


def pdf_picture(side: int) -> bytes:
    """A page with a picture of side x side black pixels."""
    squeeze = zlib.compressobj(9)
    rows = b"".join(squeeze.compress(bytes(side)) for _ in range(side)) + squeeze.flush()
    show = b"q 500 0 0 700 0 0 cm /I Do Q"
    return pdf(
        _CATALOGUE,
        b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(show), show),
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceGray"
        b" /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (side, side, len(rows), rows),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 700] /Contents 3 0 R"
        b" /Resources << /XObject << /I 4 0 R >> >> >>",
    )


def png(side: int) -> bytes:
    """A picture of side x side black pixels."""
    squeeze = zlib.compressobj(9)
    row = bytes(side // 8 + 2)
    rows = b"".join(squeeze.compress(row) for _ in range(side)) + squeeze.flush()

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))
        )

    header = struct.pack(">2L5B", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def nested_mail(depth: int) -> bytes:
    """A letter in a letter in a letter ..."""
    head = b"From: a@b.cn\r\nTo: c@d.cn\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    return (head + b"Content-Type: message/rfc822\r\n\r\n") * depth + head + b"\r\n" + TEXT.encode()


def nested_parts(depth: int) -> bytes:
    """A letter of parts of parts of parts ..."""
    out = [b"From: a@b.cn\r\nTo: c@d.cn\r\nSubject: x\r\nMIME-Version: 1.0\r\n"]
    kind = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
    out += [kind % (n, n) for n in range(depth)]
    out.append(b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + TEXT.encode())
    return b"".join(out)


def office_under_password() -> bytes:
    entry = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + entry + b"\x22\0" + bytes(1000)


def workbook_under_password() -> bytes:
    """A good .xls with the record that says it is encrypted (FILEPASS) after its first."""
    data = bytearray(good(".xls"))
    at = data.index(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20  # behind BOF of the globals
    data[at : at + 2] = b"\x2f\x00"  # whatever record stands there is now FILEPASS
    return bytes(data)
