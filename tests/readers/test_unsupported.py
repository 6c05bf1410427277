"""What is told of files that nothing here reads."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from indexer.errors import UnreadableError, UnsupportedError
from indexer.readers import FORMATS, read, unsupported

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.rar", b"Rar!\x1a\x07\x00", "RAR 压缩文件；请解压后再放进来"),
        ("总结.doc", b"Rar!\x1a\x07\x01\x00", "RAR 压缩文件；请解压后再放进来"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\x00", "7z 压缩文件；请解压后再放进来"),
        ("a.tgz", b"\x1f\x8b\x08\x00", "gzip 压缩文件；请解压后再放进来"),
        ("a.bin", b"\0" * 257 + b"ustar\x0000", "tar 归档文件；请解压后再放进来"),
        ("a.zip.001", b"\x01\x02\x00", "分卷压缩文件；请合并解压后再放进来"),
        ("公文.ceb", b"Founder CEB\x00", "方正 CEB 版式文件；请用方正 Apabi Reader"),
        ("公文", b"Founder CEB 2.99D\x00", "方正 CEB 版式文件"),
        ("公文.CEB", b"\x00\x01", "方正 CEB 版式文件"),
        ("公文.gd", b"\x00\x01", "书生 GD、SEP 或 GW 版式文件；请用书生阅读器"),
        ("公文.sep", b"\x00\x01", "书生 GD、SEP 或 GW 版式文件；请用书生阅读器"),
        ("论文.caj", b"CAJ\0\0", "知网 CAJ 文件"),
        ("图.dwg", b"AC1032\0\0", "CAD 图纸；请另存为 PDF"),
        ("图", b"AC1015\0\0", "CAD 图纸；请另存为 PDF"),
        ("会议.mp4", b"\0\0\0\x20ftypisom", "视频或音频；"),
        ("会议", b"ID3\x03\0\0", "视频或音频；"),
        ("通知.msg", b"\x00\x01", "Outlook 邮件；请在 Outlook 里另存为 .eml"),
        ("通知.msg", OLE + b"\0" * 600, "Outlook 邮件；请在 Outlook 里另存为 .eml"),
        ("汇报.PPT", OLE + b"\0" * 600, "演示文稿"),
        ("网页.url", b"[InternetShortcut]\r\nURL=http://a/\r\n", "网址快捷方式；请打开它指向的网页，再另存"),
        ("照片.heic", b"\0\0\0\x20ftypheic", "HEIC 或 AVIF 图片；请另存为 JPG"),
        ("安装.exe", b"MZ\x90\0\x03", "程序；请忽略"),
        ("winmail.dat", b"\x78\x9f\x3e\x22\x01\x00", "Outlook 专用附件（winmail.dat）；请在 Outlook 中打开"),
        ("总结.docx", b"MZ\x90\0\x03", "程序；请忽略"),
    ],
)
def test_reason_and_what_to_do(name: str, data: bytes, words: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        read(Path(name), data)
    assert str(caught.value).startswith(f"不支持的格式：{words}")


def test_damaged_files_of_formats_that_are_read() -> None:
    for name in ("a.doc", "a", "a.txt"):
        with pytest.raises(UnreadableError, match="旧版 Word 文件已损坏"):
            read(Path(name), OLE + b"\0" * 600)


def test_text_may_begin_like_anything() -> None:
    for begin in ("AC1032", "Rar!", "MSCF", "MZ", "ID3", "Founder CEB"):
        assert read(Path("a.txt"), f"{begin} 项目总结。".encode()).blocks[0].text == f"{begin} 项目总结。"


def test_an_office_document_under_a_password() -> None:
    entry = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0")
    for name in ("a.docx", "a.xls", "a"):
        with pytest.raises(UnreadableError, match="请去掉密码后再试"):
            read(Path(name), OLE + b"\0" * 1000 + entry + b"\x22\0")
    assert unsupported.encrypted(OLE + "the word EncryptedPackage in a text".encode("utf-16-le")) is None
    assert unsupported.encrypted(entry) is None


def test_the_table() -> None:
    suffixes = [s for k in unsupported.KNOWN for s in k.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert not {s for f in FORMATS for s in f.suffixes}.intersection(suffixes)
    for known in unsupported.KNOWN:
        assert known.magic or known.suffixes
        assert "\n" not in known.reason
        for at, sign in known.magic:  # none hides another
            assert unsupported.reason(PurePath("a"), b"\0" * at + sign) is not None
            first = next(
                k for k in unsupported.KNOWN if any((b"\0" * at + sign).startswith(s, a) for a, s in k.magic)
            )
            assert first == known
