"""What is known of formats that nothing here reads: what they are, and what to do with such a file.

To add one: a line in :data:`KNOWN`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePath

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: The name of the stream that holds an encrypted .docx or .xlsx, as a directory of OLE has it: 64 bytes.
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0")
ENCRYPTED = "文件有密码保护；请去掉密码后再试 (encrypted: take the password off and try again)"


@dataclass(frozen=True, slots=True)
class Known:
    """A format: told by bytes at a place of the file, where it has such; else by the file's name.

    ``streams``: of compound files (old Office), a name at the top that only this format has.
    """

    what: str
    what_english: str
    advice: str
    advice_english: str
    magic: tuple[tuple[int, bytes], ...] = ()  # any of them
    suffixes: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()

    def begins(self, data: bytes) -> bool:
        """Whether the file has one of its signs."""
        return any(data.startswith(sign, at) for at, sign in self.magic)

    @property
    def reason(self) -> str:
        """The line that a user reads."""
        return (
            f"不支持的格式：{self.what}；请{self.advice} "
            f"({self.what_english} is not supported: {self.advice_english})"
        )


_UNPACK = ("解压后再放进来", "unpack it and put the files here instead")
_AS_DOCX = ("另存为 .docx 或 .txt", "save it as .docx or .txt")
_AS_PDF = ("另存为 PDF", "save it as PDF")
_TAKE_OUT = ("忽略；如有文字稿，把文字稿放进来", "put its text here instead, if there is one")
_PROGRAM = ("忽略，或从文件夹、压缩包中去掉", "ignore it, or take it out of the folder or archive")

#: Those with magic numbers that are longer come first where two begin alike.
KNOWN = (
    Known("RAR 压缩文件", "RAR", *_UNPACK, ((0, b"Rar!"),), (".rar",)),
    Known("7z 压缩文件", "7z", *_UNPACK, ((0, b"7z\xbc\xaf\x27\x1c"),), (".7z",)),
    Known("gzip 压缩文件", "gzip", *_UNPACK, ((0, b"\x1f\x8b\x08"),), (".gz", ".tgz")),
    Known("bzip2 压缩文件", "bzip2", *_UNPACK, ((0, b"BZh91AY&SY"),), (".bz2", ".tbz2")),
    Known("xz 压缩文件", "xz", *_UNPACK, ((0, b"\xfd7zXZ\x00"),), (".xz", ".txz")),
    Known("tar 归档文件", "tar", *_UNPACK, ((257, b"ustar"),), (".tar",)),
    Known("CAB 压缩文件", "CAB", *_UNPACK, ((0, b"MSCF\0\0\0\0"),), (".cab",)),
    Known("ARJ、LZH 或 ACE 压缩文件", "this archive", *_UNPACK, (), (".arj", ".lzh", ".lha", ".ace")),
    Known("光盘映像", "a disc image", *_UNPACK, ((0x8001, b"CD001"),), (".iso",)),
    Known(
        "分卷压缩文件",
        "a part of a split archive",
        "合并解压后再放进来",
        "unpack it and put the files here instead",
        (),
        (".z01", ".z02", ".z03", ".001", ".002", ".003", ".r00", ".r01"),
    ),
    Known(
        "方正 CEB 版式文件",
        "Founder CEB",
        "用方正 Apabi Reader 打开后打印或另存为 PDF",
        "open it in Founder Apabi Reader and print or save it as PDF",
        ((0, b"Founder CEB"),),
        (".ceb", ".cebx"),
    ),
    Known(
        "书生 GD、SEP 或 GW 版式文件",
        "Sursen GD, SEP or GW",
        "用书生阅读器 (SursenReader) 打开后打印或另存为 PDF",
        "open it in SursenReader and print or save it as PDF",
        (),
        (".gd", ".sep", ".gw", ".gwz"),
    ),
    Known(
        "知网 CAJ 文件",
        "CNKI CAJ",
        "用 CAJViewer 打开后另存为 PDF",
        "open it in CAJViewer and save it as PDF",
        ((0, b"CAJ\0"), (0, b"KDH \0")),
        (".caj", ".kdh", ".nh"),
    ),
    Known("超星 PDG 图书", "SSReader PDG", *_AS_PDF, (), (".pdg",)),
    Known("DjVu 扫描书", "DjVu", *_AS_PDF, ((0, b"AT&TFORM"),), (".djvu", ".djv")),
    Known("电子书", "an e-book", *_AS_PDF, ((30, b"mimetypeapplication/epub"),), (".epub", ".mobi", ".azw3")),
    Known(
        "演示文稿",
        "a presentation, as of PowerPoint,",
        *_AS_PDF,
        (),
        (".ppt", ".pptx", ".pps", ".ppsx", ".dps", ".odp"),
        ("PowerPoint Document",),
    ),
    Known("Visio 图", "Visio", *_AS_PDF, (), (".vsd", ".vsdx"), ("VisioDocument",)),
    Known(
        "HWP 文档", "HWP", *_AS_DOCX, (), (".hwp",), ("HwpSummaryInformation", "\x05HwpSummaryInformation")
    ),
    Known("Microsoft Works 文档", "Microsoft Works", *_AS_DOCX, (), (".wks", ".wdb"), ("MatOST",)),
    Known("CAD 图纸", "a CAD drawing", *_AS_PDF, ((0, b"AC10"),), (".dwg", ".dxf", ".dwf")),
    Known("Photoshop 图", "Photoshop", *_AS_PDF, ((0, b"8BPS\0"),), (".psd",)),
    # A compound file that is one is told by the reader of those, from its streams.
    Known(
        "Outlook 邮件",
        "an Outlook message",
        "在 Outlook 里另存为 .eml",
        "save it as .eml in Outlook",
        suffixes=(".msg",),
        streams=("__properties_version1.0",),
    ),
    Known(
        "Outlook 数据文件",
        "an Outlook data file",
        "在 Outlook 里打开，把需要的邮件另存为 .eml",
        "open it in Outlook and save the letters that are wanted as .eml",
        ((0, b"!BDN"),),
        (".pst", ".ost"),
    ),
    Known(
        "Outlook 专用附件（winmail.dat）",
        "an attachment only for Outlook (winmail.dat)",
        "在 Outlook 中打开那封邮件，另存其中的附件，或请发件人改用 HTML 格式重发",
        "open the letter in Outlook and save what is attached, or have it sent again as HTML",
        ((0, b"\x78\x9f\x3e\x22"),),
    ),
    Known(
        "数据库",
        "a database",
        "把需要的表导出为 .csv",
        "export the tables that are wanted as .csv",
        ((0, b"SQLite format 3\0"), (4, b"Standard Jet DB"), (4, b"Standard ACE DB")),
        (".mdb", ".accdb", ".sqlite", ".db", ".dbf"),
    ),
    Known(
        "HEIC 或 AVIF 图片",
        "a HEIC or AVIF picture",
        "另存为 JPG",
        "save it as JPG",
        ((4, b"ftypheic"), (4, b"ftypheix"), (4, b"ftypmif1"), (4, b"ftypavif")),
        (".heic", ".heif", ".avif"),
    ),
    Known(
        "视频或音频",
        "video or audio",
        *_TAKE_OUT,
        (
            (4, b"ftyp"),
            (8, b"AVI LIST"),
            (8, b"WAVEfmt "),
            (0, b"\x1a\x45\xdf\xa3"),
            (0, b"OggS\0"),
            (0, b"FLV\x01"),
            (0, b"ID3\x02"),
            (0, b"ID3\x03"),
            (0, b"ID3\x04"),
            (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
            (0, b"\0\0\x01\xba"),
            (0, b"\0\0\x01\xb3"),
            (0, b"fLaC\0"),
            (0, b"#!AMR\n"),
        ),
        (
            *(
                ".mp4",
                ".mov",
                ".m4v",
                ".avi",
                ".wmv",
                ".mkv",
                ".flv",
                ".rmvb",
                ".rm",
                ".mpg",
                ".mpeg",
                ".webm",
            ),
            *(".3gp", ".mp3", ".m4a", ".wma", ".wav", ".aac", ".flac", ".ogg", ".amr"),
        ),
    ),
    Known(
        "程序",
        "a program",
        *_PROGRAM,
        ((0, b"MZ\x90\0"), (0, b"MZ\x00\0"), (0, b"MZP\0"), (0, b"MZ\x78\0"), (0, b"\x7fELF")),
        (".exe", ".dll", ".msi", ".com", ".sys", ".apk", ".jar", ".dmg", ".deb", ".rpm"),
    ),
    Known(
        "快捷方式",
        "a shortcut",
        "把它指向的文件放进来",
        "put the file that it points to here",
        ((0, b"L\0\0\0\x01\x14\x02\0"),),
        (".lnk",),
    ),
    Known(
        "网址快捷方式",
        "a link to a web page",
        "打开它指向的网页，再另存",
        "open the page that it leads to and save that",
        suffixes=(".url", ".website", ".webloc"),
    ),
)


#: What many formats are packed in: where neither content nor name tells more.
_CONTAINERS = (
    Known("旧版 Office 文件", "a legacy Office file", *_AS_DOCX, ((0, _OLE),)),
    Known("ZIP 或 Office 压缩格式", "this zip container", *_AS_DOCX, ((0, b"PK\x03\x04"),)),
)


def encrypted(data: bytes) -> str | None:
    """What to tell of an Office document under a password, which is an OLE container; None of any other."""
    return ENCRYPTED if data.startswith(_OLE) and _ENCRYPTED_STREAM in data else None


def reason(name: PurePath, data: bytes) -> str | None:
    """Why a file cannot be read and what to do: by its content, else by its name; None if not known."""
    begun = (known.reason for known in KNOWN if known.begins(data))
    packed = (known.reason for known in _CONTAINERS if known.begins(data))
    return next(begun, None) or by_name(name) or next(packed, None)


def by_name(name: PurePath) -> str | None:
    """The reason for a file of which nothing but the name tells what it is; None if not known."""
    return next((known.reason for known in KNOWN if name.suffix.lower() in known.suffixes), None)


def of_compound(names: Collection[str]) -> str | None:
    """The reason for a compound file with these names at its top; None if not known."""
    return next((known.reason for known in KNOWN if not set(known.streams).isdisjoint(names)), None)
