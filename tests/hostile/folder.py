"""A folder of hostile files: one line each, with what is to become of it.

Run ``python -m tests.hostile.folder FOLDER`` to have it on disk.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hostile import made
from tests.hostile.made import TEXT, declaring, deeper, good, packed, padded, with_part

READ, FAILS, EITHER, ABSENT = "read", "fails", "either", "absent"
SECRET = "机密口令七三一"
MEGABYTE = 1 << 20

Make = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file: its name, how it is made, and what becomes of it; ``says``: words of the reason."""

    name: str
    make: Make
    becomes: str
    says: str = ""
    slow: bool = False


def content(data: Callable[..., bytes], *arguments: Any) -> Make:
    """Writes a file of what ``data`` makes of the arguments."""

    def make(path: Path) -> None:
        path.write_bytes(data(*arguments))

    return make


def _part_of(suffix: str, share: float) -> bytes:
    return good(suffix)[: int(len(good(suffix)) * share)]


def _first(suffix: str) -> bytes:
    return good(suffix)[:40]


def one_line(start: str, repeated: str, size: int, end: str = "") -> Make:
    """Writes a file of so many bytes on one line."""

    def make(path: Path) -> None:
        piece = repeated.encode() * (MEGABYTE // len(repeated.encode()))
        with path.open("wb") as stream:
            stream.write(start.encode())
            for _ in range(size // len(piece)):
                stream.write(piece)
            stream.write(end.encode())

    return make


def packed_line(path: Path) -> None:
    """300 MB of one line that does not pack well enough to be taken for a bomb."""
    piece = os.urandom(1 << 16).hex().encode() * 8  # 1 MB, beyond what deflate looks back
    path.write_bytes(packed({"line.txt": piece * 300}))


def linked(target: str) -> Make:
    return lambda path: path.symlink_to(target)


def a_socket(path: Path) -> None:
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(path.parent)  # the path of a socket holds 107 bytes
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
            listening.bind(path.name)
    finally:
        os.fchdir(here)
        os.close(here)


def closed(path: Path) -> None:
    path.write_text(TEXT, "utf-8")
    path.chmod(0)


def deep_folders(path: Path) -> None:
    """Folders within folders, 1,500 deep, and a report in the last."""
    here = os.open(".", os.O_RDONLY)
    try:
        path.mkdir()
        os.chdir(path)
        for _ in range(1500):
            Path("d").mkdir()
            os.chdir("d")
        Path("总结.txt").write_text(TEXT, "utf-8")
    finally:
        os.fchdir(here)
        os.close(here)


def empties(count: int) -> Make:
    def make(path: Path) -> None:
        path.mkdir()
        for n in range(count):
            os.close(os.open(path / f"{n}.txt", os.O_CREAT | os.O_WRONLY))

    return make


def files(network: str, secret: Path) -> Iterator[Hostile]:
    """The table. ``network``: an address that must never be asked; ``secret``: a file not to be read."""
    yield from _truncated()
    yield from _xml(network, secret)
    yield from _archives()
    yield from _documents()
    yield from _lines()
    yield from _file_system(secret)


def _truncated() -> Iterator[Hostile]:
    for suffix in (".docx", ".pdf", ".ofd", ".odt", ".doc", ".xls", ".xlsx", ".zip", ".png"):
        again = suffix in (".doc", ".xls", ".png")  # tried by LibreOffice, or recognised
        yield Hostile(f"截断{suffix}", content(_part_of, suffix, 0.5), FAILS, slow=again)
        yield Hostile(f"只有开头{suffix}", content(_first, suffix), FAILS, slow=again)
    for suffix in (".rtf", ".eml", ".html"):
        yield Hostile(f"截断{suffix}", content(_part_of, suffix, 0.67), READ)
    for suffix in (".docx", ".pdf", ".zip", ".ofd", ".xlsx", ".txt", ".html", ".eml", ".csv"):
        yield Hostile(f"空{suffix}", content(bytes), FAILS)
    for suffix, other in ((".docx", ".pdf"), (".ofd", ".doc"), (".xlsx", ".txt"), (".zip", ".docx")):
        yield Hostile(f"实为{suffix[1:]}{other}", content(good, suffix), READ)
    yield Hostile("实为程序.docx", content(lambda: b"MZ\x90\0\3" + bytes(5000)), FAILS, "程序")


def _xml(network: str, secret: Path) -> Iterator[Hostile]:
    for suffix in (".docx", ".odt", ".xlsx", ".ods", ".ofd"):
        for name, entities, used in (
            ("十亿大笑", made.laughs(), "j"),
            ("一个长实体", f'<!ENTITY a "{"哈" * 100_000}"><!ENTITY j "{"&a;" * 10_000}">', "j"),
            ("外部实体", f'<!ENTITY j SYSTEM "{secret.as_uri()}">', "j"),
            ("网络实体", f'<!ENTITY j SYSTEM "{network}/entity">', "j"),
            ("网络定义", f'<!ENTITY % d SYSTEM "{network}/dtd"> %d;', "j"),
        ):
            change = declaring(entities, used)
            yield Hostile(f"{name}{suffix}", content(with_part, suffix, change), EITHER)
        for depth in (300, 100_000):
            yield Hostile(
                f"深{depth}层{suffix}",
                content(with_part, suffix, deeper(depth)),
                EITHER,
            )
        yield Hostile(
            f"炸弹{suffix}",
            content(with_part, suffix, padded(300 * MEGABYTE)),
            FAILS,
            slow=True,
        )
    for suffix in (".html", ".xhtml"):
        page = f"<!DOCTYPE html [{made.laughs()}]><html><body><p>&j;</p></body></html>"
        yield Hostile(f"十亿大笑{suffix}", content(page.encode), EITHER)
        page = (
            f'<!DOCTYPE html [<!ENTITY j SYSTEM "{secret.as_uri()}">]><html><head>'
            f'<link rel=stylesheet href="{network}/a.css"><script src="{network}/a.js"></script></head><body>'
            f'<p>&j;</p><iframe src="{secret.as_uri()}"></iframe><img src="{network}/a.png">'
            "<p>一、主要工作。全年完成投资45亿元，增长12%。</p></body></html>"
        )
        yield Hostile(f"外部{suffix}", content(page.encode), EITHER)
        page = page.partition("]>")[2]
        yield Hostile(f"链到外部{suffix}", content(page.encode), READ)
    nested = b"<html><body>" + b"<div>" * 100_000 + TEXT.encode() + b"</div>" * 100_000
    yield Hostile("深.html", content(lambda: nested), FAILS, "256")
    attributes = "".join(f' a{n}="{n}"' for n in range(100_000))
    yield Hostile(
        "十万属性.html", content(lambda: f"<html><body><p{attributes}>{TEXT}</p>".encode()), EITHER, slow=True
    )


def _archives() -> Iterator[Hostile]:
    yield Hostile("平炸弹.zip", content(lambda: made.flat_bomb(2000 * MEGABYTE)), FAILS, "200 倍", slow=True)
    yield Hostile("小炸弹.zip", content(lambda: made.flat_bomb(40 * MEGABYTE)), FAILS, "200 倍")
    yield Hostile("重叠.zip", content(lambda: made.overlapping(1000, 8 * MEGABYTE)), FAILS, "重叠")
    yield Hostile("套三层.zip", content(lambda: made.nested_zip(3)), EITHER)
    yield Hostile("套百层.zip", content(lambda: made.nested_zip(100)), EITHER)
    bombs = {f"{n}.zip": made.flat_bomb(40 * MEGABYTE) for n in range(20)}
    yield Hostile("炸弹之库.zip", content(lambda: packed(bombs)), EITHER)
    yield Hostile("加密.zip", content(made.encrypted_zip), FAILS, "密码")
    yield Hostile("链接.zip", content(made.linking_zip), READ)
    names = ("../../../tmp/gaoku-外.txt", "/tmp/gaoku-外.txt", "C:\\gaoku-外.txt", "a/../../gaoku-外.txt")
    yield Hostile("穿越.zip", content(lambda: packed((n, TEXT.encode()) for n in names)), READ)
    yield Hostile("同名.zip", content(lambda: packed(("总结.txt", TEXT.encode()) for _ in range(50))), READ)
    odd = (
        "a\nb.txt",
        "\u202etxt.exe",
        "😀.txt",
        "x" * 5000 + ".txt",
        "a/" * 2000 + "a.txt",
        " ",
        "a\x00b.txt",
    )
    yield Hostile("怪名.zip", content(lambda: packed((n, TEXT.encode()) for n in odd)), READ)
    empty = ((f"{n}.txt", b"\3\0", 0, 0) for n in range(100_000))
    yield Hostile("十万空成员.zip", content(lambda: made.zip_of(empty)), FAILS, "10,000")


def _documents() -> Iterator[Hostile]:
    yield Hostile("加密.docx", content(made.office_under_password), FAILS, "密码")
    yield Hostile("加密.xls", content(made.workbook_under_password), FAILS)
    yield Hostile("加密.pdf", content((made.DATA / "encrypted.pdf").read_bytes), FAILS, "密码")
    yield Hostile("页循环.pdf", content(made.page_loop), FAILS)
    yield Hostile("百万页.pdf", content(lambda: made.many_pages(1_000_000)), FAILS)
    yield Hostile("巨页.pdf", content(made.huge_page), FAILS, slow=True)
    yield Hostile("巨图.pdf", content(lambda: made.pdf_picture(60_000)), FAILS, slow=True)
    yield Hostile("巨图.png", content(lambda: made.png(60_000)), FAILS, slow=True)
    yield Hostile("套千层.eml", content(lambda: made.nested_mail(1000)), FAILS, "嵌套的层数太多")
    yield Hostile("分千层.eml", content(lambda: made.nested_parts(1000)), FAILS, "嵌套的层数太多")
    groups = b"{\\rtf1\\ansi " + b"{" * 100_000 + b"text" + b"}" * 100_001
    yield Hostile("十万组.rtf", content(lambda: groups), EITHER, slow=True)
    yield Hostile("百万列.csv", content(lambda: (("1," * 999_999 + "1\n") * 2).encode()), EITHER, slow=True)
    yield Hostile("引号.csv", content(lambda: b'a,b\n"' + b"x" * MEGABYTE), READ, slow=True)


def _lines() -> Iterator[Hostile]:
    size = 300 * MEGABYTE
    for suffix in (".txt", ".md", ".csv"):
        yield Hostile(f"一行{suffix}", one_line("", "招商引资", size), FAILS, slow=True)
    yield Hostile("一行二.csv", one_line("", "招商,引资,", size), FAILS, slow=True)
    yield Hostile(
        "一行.html", one_line("<html><body><p>", "招商引资", size, "</p></body></html>"), FAILS, slow=True
    )
    yield Hostile("一行.eml", one_line("From: a@b.cn\nTo: c@d.cn\n\n", "招商", size), FAILS, slow=True)
    yield Hostile("一行.rtf", one_line("{\\rtf1\\ansi ", "abcd ", size, "}"), FAILS, slow=True)
    yield Hostile("一行.zip", packed_line, FAILS, "1000 万字", slow=True)
    yield Hostile("最长.txt", one_line("", "全年完成投资45亿元。\n", 25 * MEGABYTE), EITHER, slow=True)
    yield Hostile("最长一段.txt", one_line("", "招商引资", 28 * MEGABYTE), EITHER, slow=True)
    yield Hostile("六百兆.txt", lambda path: os.truncate(_touched(path), 600 * MEGABYTE), FAILS, "512 MB")


def _touched(path: Path) -> Path:
    path.touch()
    return path


def _file_system(secret: Path) -> Iterator[Hostile]:
    yield Hostile("管道.txt", os.mkfifo, FAILS, "不是普通文件")
    yield Hostile("插座.txt", a_socket, FAILS, "不是普通文件")
    yield Hostile("零.txt", linked("/dev/zero"), FAILS, "不跟随")
    yield Hostile("外面.txt", linked(str(secret)), FAILS, "不跟随")
    yield Hostile("外面的文件夹", linked(str(secret.parent)), FAILS, "不跟随")
    yield Hostile("圈甲.txt", linked("圈甲.txt"), FAILS, "不跟随")
    yield Hostile("圈", linked("."), ABSENT)
    yield Hostile("断了.txt", linked("没有的.txt"), FAILS, "不跟随")
    if os.geteuid():  # root reads anything
        yield Hostile("不许读.txt", closed, FAILS, "权限")
    odd = ("换\n行", "笑😀", "右\u202e左", "零\u200b宽", "名" * 83, "tab\t名", "'引\"号", "$(rm -rf)", "-rf")
    for name in (*(f"{name}.txt" for name in odd), "坏\udcff\udcfe字节.txt"):
        yield Hostile(name, content(TEXT.encode), READ)
    yield Hostile("深处", deep_folders, EITHER)
    yield Hostile("十万空文件", empties(100_000), FAILS, slow=True)


def fill(folder: Path, network: str, secret: Path, *, slow: bool) -> dict[str, Hostile]:
    """Write the folder; the slow ones as well, or the others alone."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = {h.name: h for h in files(network, secret) if slow or not h.slow}
    for hostile in chosen.values():
        hostile.make(folder / hostile.name)
    return chosen


if __name__ == "__main__":
    target = Path(sys.argv[1])
    (target / "secret").mkdir(parents=True, exist_ok=True)
    (target / "secret" / "secret.txt").write_text(SECRET, "utf-8")
    for hostile in fill(
        target / "files", "http://127.0.0.1:9", target / "secret" / "secret.txt", slow="--slow" in sys.argv
    ).values():
        print(f"{hostile.becomes:7} {hostile.name!r}")
