"""Archives: the names and contents of their members, and that none of them can do harm."""

from __future__ import annotations

import io
import random
import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePath

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableError
from indexer.model import Document, Member
from indexer.readers import archive, choose, limits, read

DATA = "全年的工作完成得很好。\n".encode()


def zipped(
    *members: tuple[str | bytes, bytes], encoding: str = "", method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """An archive with these members. ``encoding``: that of the names, which the archive does not tell."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as made:
        for n, (name, content) in enumerate(members):
            if encoding:
                raw = name if isinstance(name, bytes) else name.encode(encoding)
                made.writestr(chr(65 + n) * len(raw), content)
            else:
                assert isinstance(name, str)
                made.writestr(name, content)
    data = stream.getvalue()
    if encoding:
        for n, (name, _) in enumerate(members):
            raw = name if isinstance(name, bytes) else name.encode(encoding)
            placeholder = (chr(65 + n) * len(raw)).encode()
            assert data.count(placeholder) == 2, placeholder
            data = data.replace(placeholder, raw)
    return data


def patched(data: bytes, **fields: int) -> bytes:
    """The archive with fields of its first member changed in the directory."""
    at = data.rindex(b"PK\x01\x02")
    places = {"flags": (8, "<H"), "method": (10, "<H"), "crc": (16, "<L"), "packed": (20, "<L")}
    places |= {"unpacked": (24, "<L"), "start": (42, "<L")}
    changed = bytearray(data)
    for name, value in fields.items():
        offset, form = places[name]
        struct.pack_into(form, changed, at + offset, value)
    return bytes(changed)


def names(data: bytes) -> list[str]:
    return [m.name for m in archive.read(data).members]


# -- what an archive is -----------------------------------------------------------------------------


def word(inside: bytes = b"") -> bytes:
    document = docx.Document()
    document.add_paragraph("全年的工作完成得很好。")
    stream = io.BytesIO()
    document.save(stream)
    if inside:
        with zipfile.ZipFile(stream, "a") as made:
            made.writestr("customXml/big.bin", inside)
    return stream.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("name", ["a.zip", "a.txt", "没有扩展名", "a.ZIP"])
def test_an_archive_of_documents_is_an_archive(method: int, name: str) -> None:
    one, two = word(), word(b"x")
    data = zipped(("总结.docx", one), ("计划.docx", two), method=method)
    assert read(Path(name), data) == Document(
        (), "zip", members=(Member("总结.docx", one), Member("计划.docx", two))
    )


@pytest.mark.parametrize("part", [1, 0.98, 0.7])
def test_a_document_is_no_archive(part: float) -> None:
    data = word(random.Random(0).randbytes(20_000))  # the text is whole and the directory is gone
    assert choose(PurePath("a.zip"), data[: int(len(data) * part)]).name == "docx"


@pytest.mark.parametrize(
    "member",
    [
        "[Content_Types].xml",
        "OFD.xml",
        "META-INF/manifest.xml",
        "xl/workbook.xml",
        "ppt\\presentation.xml",
    ],
)
def test_containers_of_other_formats_are_no_archives(member: str) -> None:
    assert not archive.is_archive(zipped((member, b"<x/>"), ("a.xml", b"<x/>")))
    assert archive.is_archive(zipped((f"文件夹/{member}", b"<x/>")))


def test_books_and_open_documents_are_no_archives() -> None:
    stored = zipped(("mimetype", b"application/epub+zip"), ("a.xml", b"<x/>"), method=zipfile.ZIP_STORED)
    assert not archive.is_archive(stored)


# -- names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["", "utf-8", "gb18030"])
@pytest.mark.parametrize(
    "name",
    [
        "2023年工作总结.docx",
        "经开区/专题/招商引资（定稿）.txt",
        "一.txt",  # in GBK, valid UTF-8 of another script
        "联通.txt",
        "朱镕基、李喆.txt",  # two characters outside GB 2312
        "plain ascii.txt",
    ],
)
def test_names_in_each_encoding(encoding: str, name: str) -> None:
    assert names(zipped((name, DATA), encoding=encoding)) == [name]


@pytest.mark.parametrize(
    ("name", "encoding"), [("Übersicht Straße.txt", "cp437"), ("Résumé.doc", "cp437"), ("émoji 😀.txt", "")]
)
def test_names_that_are_not_chinese(name: str, encoding: str) -> None:
    assert names(zipped((name, DATA), encoding=encoding)) == [name]


def test_most_names_decide_for_one_that_is_ambiguous() -> None:
    """Three characters of GBK that are, by their bytes alone, two of UTF-8."""
    raw = b"\xe5\xb7\xb4\xe5\xb0\x94.txt"
    alone, among = zipped((raw, DATA), encoding="gb18030"), [("工作总结.txt", DATA), ("工作计划.txt", DATA)]
    assert names(alone) == [raw.decode("utf-8")]
    assert names(zipped((raw, DATA), *among, encoding="gb18030"))[0] == raw.decode("gb18030")


def test_the_unicode_path_of_an_entry_comes_before_its_name() -> None:
    raw = b"\xff\xff.txt"
    extra = b"\x01" + struct.pack("<L", zlib.crc32(raw)) + "总结.txt".encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        info = zipfile.ZipInfo("00.txt")
        info.extra = struct.pack("<2H", 0x7075, len(extra)) + extra
        made.writestr(info, DATA)
    assert names(stream.getvalue().replace(b"00.txt", raw)) == ["总结.txt"]


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\报告\\总结.txt", "报告/总结.txt"),
        ("C:/../../总结.txt", "总结.txt"),
        ("a/./b//..\\c.txt", "a/b/c.txt"),
        ("\\\\server\\share\\x.txt", "server/share/x.txt"),
        ("C:..\\x.txt", "x.txt"),
        (" .. /x.txt", "x.txt"),
        ("两\n行\u202etxt.exe", "两_行_txt.exe"),
        ("..", "未命名"),
    ],
)
def test_names_lead_nowhere_else(name: str, cleaned: str) -> None:
    assert names(zipped((name, DATA))) == [cleaned]


@given(st.lists(st.text(st.sampled_from("ab./\\:C \n总"), min_size=1, max_size=12), min_size=1, max_size=6))
def test_names_are_safe_and_different(wanted: list[str]) -> None:
    found = names(zipped(*((name, DATA) for name in dict.fromkeys(wanted))))
    assert len(set(found)) == len(found)
    for name in found:
        assert not PurePath(name).is_absolute()
        assert not {"", ".", ".."}.intersection(name.split("/"))
        assert "\\" not in name
        assert name.isprintable()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_again_gets_a_number() -> None:
    data = zipped(("x/a.txt", b"1"), ("x/a.txt", b"2"), ("x/a (2).txt", b"3"), ("x\\a.txt", b"4"))
    assert archive.read(data).members == (
        Member("x/a.txt", b"1"),
        Member("x/a (2).txt", b"2"),
        Member("x/a (2) (2).txt", b"3"),
        Member("x/a (3).txt", b"4"),
    )


@pytest.mark.parametrize("wanted", [("b.zip", "b.zip/x.txt"), ("b.zip/x.txt", "b.zip")])
def test_a_file_is_not_called_as_a_folder(wanted: tuple[str, str]) -> None:
    """What is in the folder would be taken for what is in the file."""
    assert set(names(zipped(*((name, DATA) for name in wanted)))) == {"b (2).zip", "b.zip/x.txt"}


def test_a_name_of_ever_so_many_folders_is_cut() -> None:
    (name,) = names(zipped(("a" * 300 + "/b" * 20_000 + "/" + "c" * 400 + ".txt", DATA)))
    assert name == "b/" * 63 + "c" * 251 + ".txt"


def test_what_systems_leave_behind() -> None:
    left = ("a/", "__MACOSX/a/._总结.txt", "a/.DS_Store", "Thumbs.db", "a/._b.txt", "desktop.ini")
    assert names(zipped(*((name, b"") for name in left), ("a/总结.txt", DATA))) == ["a/总结.txt"]


def test_an_archive_of_nothing() -> None:
    for data in (zipped(), zipped(("a/", b""))):
        assert archive.read(data) == Document(
            (), "zip", warnings=("压缩包里没有文件 (there is no file in this archive)",)
        )


# -- contents ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_methods(method: int, size: int) -> None:
    content = random.Random(0).randbytes(size // 3) * 3
    assert archive.read(zipped(("a.bin", content), method=method)).members == (Member("a.bin", content),)


def test_bytes_before_the_archive() -> None:
    assert names(b"PK\x03\x04" + b"x" * 100 + zipped(("a.txt", DATA))) == ["a.txt"]


def test_large_archives_by_zip64() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made, made.open("总结.txt", "w", force_zip64=True) as member:
        member.write(DATA)
    data = stream.getvalue()
    at = data.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack_from("<H2L", data, at + 10)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    assert archive.read(data[:at] + end64 + locator + end).members == (Member("总结.txt", DATA),)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"flags": 0x1}, "有密码保护.*encrypted: unpack it"),
        ({"method": 99}, "有密码保护"),
        ({"method": 9}, "不支持的压缩方法 9"),
        ({"method": 8}, "已损坏"),
        ({"method": 12}, "已损坏"),
        ({"method": 14}, "已损坏"),
        ({"crc": 1}, "已损坏"),
        ({"packed": 5}, "已损坏"),
        ({"packed": 2**31}, "已损坏"),
        ({"start": 2**31}, "已损坏"),
    ],
)
def test_a_bad_member_does_not_cost_the_others(fields: dict[str, int], reason: str) -> None:
    """The last line of the directory is the bad one."""
    data = zipped(("b.txt", DATA), ("a.txt", DATA), method=zipfile.ZIP_STORED)
    document = archive.read(patched(data, **fields))
    good, bad = document.members
    assert (good, bad.name, bad.data, document.warnings) == (Member("b.txt", DATA), "a.txt", b"", ())
    assert re.match(reason, bad.problem or "")


def test_the_size_that_the_directory_claims_is_not_believed() -> None:
    assert archive.read(patched(zipped(("a.txt", DATA)), unpacked=3)).members == (Member("a.txt", DATA),)


def test_links_are_not_followed() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        info = zipfile.ZipInfo("link")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        made.writestr(info, "/etc/passwd")
    assert archive.read(stream.getvalue()) == Document(
        (), "zip", members=(Member("link", b"", "链接，不跟随 (a link: not followed)"),)
    )


# -- what may do harm -------------------------------------------------------------------------------


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableError) as caught:
        read(Path("a.zip"), data)
    return str(caught.value)


def test_all_under_a_password() -> None:
    assert "请解压后再放进来" in refusal(patched(zipped(("a.txt", DATA)), flags=1))


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_cut_short(part: float) -> None:
    data = zipped(*((f"{n}.txt", DATA) for n in range(20)))
    assert "已损坏或不完整" in refusal(data[: int(len(data) * part)])


def test_part_of_a_split_archive() -> None:
    data = bytearray(zipped(("a.txt", DATA)))
    at = data.rindex(b"PK\x05\x06")
    struct.pack_into("<2H", data, at + 4, 2, 0)
    assert "分卷" in refusal(bytes(data))


def test_a_damaged_directory_gives_what_comes_before() -> None:
    data = zipped(("a.txt", DATA), ("b.txt", DATA))
    document = archive.read(data[: (at := data.rindex(b"PK\x01\x02"))] + b"XX" + data[at + 2 :])
    assert document.members == (Member("a.txt", DATA),)
    assert "目录已损坏" in document.warnings[0]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bomb_costs_only_itself(method: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RATIO_COUNTS_FROM", 1 << 20)
    data = zipped(("a.txt", DATA), ("bomb.txt", bytes(30 << 20)), method=method)
    for lied in (data, patched(data, unpacked=10)):
        good, bomb = archive.read(lied).members
        assert (good, bomb.name, bomb.data) == (Member("a.txt", DATA), "bomb.txt", b"")
        assert re.match("解开后大于压缩时的 200 倍", bomb.problem or "")


def test_too_much_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_UNPACKED", 3 << 20)
    noise = random.Random(0).randbytes(1 << 20)
    assert len(archive.read(zipped(*((f"{n}", noise) for n in range(3)))).members) == 3
    assert "超过 3 MB" in refusal(zipped(*((f"{n}", noise) for n in range(4))))


def test_bombs_thrown_away_count_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_UNPACKED", 12 << 20)
    monkeypatch.setattr(limits, "RATIO_COUNTS_FROM", 1 << 20)
    assert "解压后过大" in refusal(zipped(*((f"{n}", bytes(5 << 20)) for n in range(12))))


def test_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_MEMBERS", 10)
    assert len(names(zipped(*((f"{n}", b"") for n in range(10))))) == 10
    assert "超过 10 个" in refusal(zipped(*((f"{n}", b"") for n in range(11))))


def quoted_overlap(count: int) -> bytes:
    """Every member but the last quotes the header of the next, and so all that comes after it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = bytes(1 << 20)
    body = packer.compress(kernel) + packer.flush()
    heads, lines, crc, packed, unpacked, method = [], [], zlib.crc32(kernel), len(body), len(kernel), 8
    files = body
    for n in range(count):
        name = f"{n:04}".encode()
        fields = (20, 0, method, 0, 0, crc, packed, unpacked, 4, 0)
        head = struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields) + name
        heads.append((name, method, crc, packed, unpacked, len(head) + len(files)))
        files = head + files
        quote = struct.pack("<BHH", 0, len(head), len(head) ^ 0xFFFF)  # a stored block of deflate
        kernel, files = head + kernel, quote + files
        crc, packed, unpacked = zlib.crc32(kernel), packed + len(quote) + len(head), len(kernel)
    files = files[5:]
    for name, method, crc, packed, unpacked, behind in heads:
        start = len(files) - behind
        lines.append(
            struct.pack(
                "<4s6H3L5H2L",
                *(b"PK\x01\x02", 20, 20, 0, method, 0, 0, crc, packed, unpacked, 4, 0, 0, 0, 0, 0, start),
            )
            + name
        )
    directory = b"".join(lines)
    return (
        files
        + directory
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(files), 0)
    )


def test_members_that_share_their_bytes() -> None:
    data = quoted_overlap(30)
    with zipfile.ZipFile(io.BytesIO(data)) as made:
        made.testzip()  # it is one that other programs unpack
    assert len(names(quoted_overlap(1))) == 1
    assert "互相重叠" in refusal(data)


def test_two_lines_of_the_directory_for_one_member() -> None:
    data = zipped(("a.txt", DATA), ("b.txt", DATA))
    assert "互相重叠" in refusal(patched(data, start=0))


def test_changed_bytes_of_any_kind() -> None:
    """Whatever is changed, what comes out is a member as it was, or a reason."""
    chance = random.Random(6)
    whole = zipped(("总结.txt", DATA * 20), ("a/b.txt", bytes(500)), ("空.txt", b""))
    contents = {m.data for m in archive.read(whole).members}
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 8))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        cut = chance.choice((len(data), chance.randrange(len(data))))
        try:
            document = read(Path("a.zip"), bytes(data[:cut]))
        except UnreadableError as error:
            assert str(error)
            assert "读取 (damaged zip)" not in str(error)
        else:
            assert {m.data for m in document.members} <= contents
