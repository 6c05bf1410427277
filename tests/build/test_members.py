"""Files inside files are files of their own: known, kept and dropped with the one around them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from indexer.build import Tally, forget
from indexer.library import Library
from indexer.model import report_id
from indexer.readers import names
from tests.build.containers import archive, encrypted, letter, report
from tests.build.office import Office
from tests.readers.ofd_writer import NAMESPACE, layer, parts_of, text
from tests.readers.ofd_writer import packed as packed_ofd

ONE, TWO, THREE = (
    report(name, text)
    for name, text in (
        ("甲", "招商引资成效明显。"),
        ("乙", "项目建设扎实推进。"),
        ("丙", "安全生产形势平稳。"),
    )
)
TEXTS = {ONE: "招商引资成效明显。", TWO: "项目建设扎实推进。", THREE: "安全生产形势平稳。"}

pytestmark = pytest.mark.usefixtures("read_here")


def put(office: Office, name: str, data: bytes) -> Path:
    path = office.root / "报告" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.fixture
def packed(office: Office) -> Office:
    """An office with an index over an archive of two files and a file beside it."""
    put(office, "a.zip", archive({"甲.txt": ONE, "里/乙.txt": TWO}))
    office.write("报告/外.txt", "外面的内容。")
    office.settle()
    assert office.run("报告").files == Tally(seen=4, added=4)
    return office


BEFORE = {
    "报告/a.zip/甲.txt": "招商引资成效明显。",
    "报告/a.zip/里/乙.txt": "项目建设扎实推进。",
    "报告/外.txt": "外面的内容。",
}


def test_members_are_files(packed: Office) -> None:
    assert packed.held() == BEFORE
    assert packed.ids()["报告/a.zip/里/乙.txt"] == report_id("报告/a.zip/里/乙.txt", 1)
    assert [(e.file, e.format, e.reports) for e in Library(packed.index).files()] == [
        ("报告/a.zip", "zip", 0),
        ("报告/a.zip/甲.txt", "text", 1),
        ("报告/a.zip/里/乙.txt", "text", 1),
        ("报告/外.txt", "text", 1),
    ]


def test_an_unchanged_archive_is_not_opened(packed: Office, reads: dict[str, list[str]]) -> None:
    assert packed.run().files == Tally(seen=4, unchanged=4)
    assert reads == {"opened": [], "read": []}
    (packed.root / "报告/a.zip").touch()
    packed.settle()
    assert packed.run().files == Tally(seen=4, unchanged=4)
    assert reads == {"opened": ["a.zip"], "read": []}


@pytest.mark.parametrize(
    ("members", "tally", "read"),
    [
        (
            {"甲.txt": ONE, "里/乙.txt": TWO, "丙.txt": THREE},
            Tally(5, added=1, changed=1, unchanged=3),
            ["丙.txt"],
        ),
        ({"甲.txt": THREE, "里/乙.txt": TWO}, Tally(4, changed=2, unchanged=2), ["甲.txt"]),
        ({"里/乙.txt": TWO}, Tally(3, changed=1, removed=1, unchanged=2), []),
        ({"里/乙.txt": TWO, "甲.txt": ONE}, Tally(4, changed=1, unchanged=3), []),
        ({"丁.txt": ONE, "里/乙.txt": TWO}, Tally(4, changed=1, moved=1, unchanged=2), ["丁.txt"]),
        ({"甲.TXT": ONE, "里/乙.txt": TWO}, Tally(4, changed=1, moved=1, unchanged=2), ["甲.TXT"]),
    ],
    ids=["added", "changed", "removed", "in another order", "renamed", "in another case"],
)
def test_only_members_that_changed_are_read(
    packed: Office, reads: dict[str, list[str]], members: dict[str, bytes], tally: Tally, read: list[str]
) -> None:
    put(packed, "a.zip", archive(members))
    assert packed.run().files == tally
    assert reads["read"] == ["a.zip", *read]
    inside = {f"报告/a.zip/{name}": TEXTS[content] for name, content in members.items()}
    assert packed.held() == {**inside, "报告/外.txt": "外面的内容。"}
    assert Library(packed.index).verify() == []


@pytest.mark.parametrize("target", ["b.zip", "里/a.zip"])
def test_members_move_with_their_archive(packed: Office, target: str) -> None:
    path = packed.root / "报告" / target
    path.parent.mkdir(exist_ok=True)
    (packed.root / "报告/a.zip").rename(path)
    assert packed.run().files == Tally(seen=4, moved=3, unchanged=1)
    assert packed.held() == {
        f"报告/{target}/甲.txt": "招商引资成效明显。",
        f"报告/{target}/里/乙.txt": "项目建设扎实推进。",
        "报告/外.txt": "外面的内容。",
    }


def test_a_member_that_is_taken_out_of_a_removed_archive_is_moved(packed: Office) -> None:
    (packed.root / "报告/a.zip").unlink()
    put(packed, "甲.txt", ONE)
    assert packed.run().files == Tally(seen=2, moved=1, removed=2, unchanged=1)


def test_an_archive_and_the_folder_it_was_unpacked_to(packed: Office) -> None:
    """A folder may have the archive's name; what is the same in it is not read again."""
    path = packed.root / "报告/a.zip"
    whole = path.read_bytes()
    path.unlink()
    put(packed, "a.zip/甲.txt", ONE)
    put(packed, "a.zip/里/乙.txt", TWO)
    packed.settle()
    assert packed.run().files == Tally(seen=3, removed=1, unchanged=3)
    assert packed.held() == BEFORE
    for inner in (path / "甲.txt", path / "里/乙.txt"):
        inner.unlink()
    (path / "里").rmdir()
    path.rmdir()
    put(packed, "a.zip", whole)
    assert packed.run().files == Tally(seen=4, added=1, unchanged=3)
    assert packed.held() == BEFORE


def test_a_file_without_members_in_the_place_of_a_folder(packed: Office) -> None:
    """What was in the folder was never inside that file."""
    put(packed, "f.zip/丙.txt", THREE)
    packed.run()
    (packed.root / "报告/f.zip/丙.txt").unlink()
    (packed.root / "报告/f.zip").rmdir()
    put(packed, "f.zip", b"PK\x03\x04 cut short")
    assert packed.run().files == Tally(seen=5, removed=1, unchanged=4, failed=1)
    assert packed.held() == BEFORE


def test_an_archive_cut_short_keeps_what_it_held(packed: Office, reads: dict[str, list[str]]) -> None:
    whole = (packed.root / "报告/a.zip").read_bytes()
    put(packed, "a.zip", whole[:-30])
    for rebuild in (False, True, False):
        summary = packed.run(rebuild=rebuild)
        assert summary.files == Tally(seen=4, unchanged=3, failed=1)
        assert [file for file, _ in summary.failed] == ["报告/a.zip"]
        assert summary.warnings == ["报告/a.zip: cannot be read now, the text it had before is kept"]
        assert packed.held() == BEFORE
    reads["read"].clear()
    put(packed, "a.zip", whole)
    assert packed.run().files == Tally(seen=4, unchanged=4)
    assert reads["read"] == []
    assert [e.failed for e in Library(packed.index).files()] == [None] * 4
    put(packed, "a.zip", whole[:-30])
    packed.run()
    put(packed, "a.zip", archive({"甲.txt": ONE, "丙.txt": THREE}))
    assert packed.run().files == Tally(seen=4, changed=1, added=1, removed=1, unchanged=2)


def test_an_archive_cut_short_that_is_removed(packed: Office) -> None:
    path = packed.root / "报告/a.zip"
    path.write_bytes(path.read_bytes()[:-30])
    packed.run()
    path.unlink()
    assert packed.run().files == Tally(seen=1, removed=3, unchanged=1)
    assert set(packed.held()) == {"报告/外.txt"}


def test_a_member_that_cannot_be_unpacked_has_its_own_line(office: Office) -> None:
    members = archive({"甲.txt": ONE, "乙.txt": TWO, "程序.exe": b"MZ\x90\0"})
    put(office, "a.zip", encrypted(members, "乙.txt"))
    office.settle()
    wanted = [
        (
            "报告/a.zip/乙.txt",
            "有密码保护；请解压后再放进来 (encrypted: unpack it and put the files here instead)",
        ),
        ("报告/a.zip/程序.exe", "请"),
    ]
    for tally in (Tally(seen=4, added=2, failed=2), Tally(seen=4, unchanged=2, failed=2)):
        summary = office.run("报告")
        assert summary.files == tally
        assert [file for file, _ in summary.failed] == [file for file, _ in wanted]
        assert summary.failed[0] == wanted[0]
        assert set(office.held()) == {"报告/a.zip/甲.txt"}
    assert [e.warnings for e in Library(office.index).files()] == [()] * 4
    put(office, "a.zip", members)
    assert office.run().files == Tally(seen=4, added=1, changed=1, unchanged=1, failed=1)
    assert office.held()["报告/a.zip/乙.txt"] == "项目建设扎实推进。"
    put(office, "a.zip", encrypted(members, "乙.txt"))  # a password put on it later: what it had is kept
    assert office.run().files == Tally(seen=4, changed=1, unchanged=1, failed=2)
    assert office.held()["报告/a.zip/乙.txt"] == "项目建设扎实推进。"
    put(office, "a.zip", members)
    assert office.run().files == Tally(seen=4, changed=1, unchanged=2, failed=1)


def test_nested_once_and_no_deeper(office: Office) -> None:
    put(office, "a.zip", archive({"b.zip": {"甲.txt": ONE, "c.zip": {"乙.txt": TWO}}}))
    summary = office.run("报告")
    assert summary.files == Tally(seen=4, added=3, failed=1)
    assert [file for file, _ in summary.failed] == ["报告/a.zip/b.zip/c.zip"]
    assert office.held() == {"报告/a.zip/b.zip/甲.txt": "招商引资成效明显。"}


def test_an_archive_in_an_archive(office: Office, reads: dict[str, list[str]]) -> None:
    put(office, "a.zip", archive({"b.zip": {"甲.txt": ONE}, "丙.txt": THREE}))
    office.run("报告")
    reads["read"].clear()
    put(office, "a.zip", archive({"b.zip": {"甲.txt": ONE}, "丙.txt": TWO}))
    assert office.run().files == Tally(seen=4, changed=2, unchanged=2)
    assert reads["read"] == ["a.zip", "丙.txt"]
    reads["read"].clear()
    put(office, "a.zip", archive({"b.zip": {"甲.txt": ONE, "乙.txt": TWO}, "丙.txt": TWO}))
    assert office.run().files == Tally(seen=5, added=1, changed=2, unchanged=2)
    assert reads["read"] == ["a.zip", "b.zip", "乙.txt"]
    put(office, "a.zip", archive({"丙.txt": TWO}))
    assert office.run().files == Tally(seen=2, changed=1, removed=3, unchanged=1)
    assert set(office.held()) == {"报告/a.zip/丙.txt"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice(office: Office) -> None:
    with zipfile.ZipFile(put(office, "a.zip", b""), "w") as made:
        made.writestr("甲.txt", ONE)
        made.writestr("甲.txt", TWO)
    office.settle()
    assert office.run("报告").files == Tally(seen=3, added=3)
    assert office.held() == {
        "报告/a.zip/甲 (2).txt": "项目建设扎实推进。",
        "报告/a.zip/甲.txt": "招商引资成效明显。",
    }
    assert office.run().files == Tally(seen=3, unchanged=3)


def test_the_same_content_inside_and_outside(packed: Office) -> None:
    put(packed, "同.txt", ONE)
    put(packed, "b.zip", (packed.root / "报告/a.zip").read_bytes())
    assert packed.run().files == Tally(seen=8, added=4, unchanged=4)
    assert len(set(packed.ids().values())) == 6
    (packed.root / "报告/b.zip").unlink()
    assert packed.run().files == Tally(seen=5, removed=3, unchanged=5)
    assert packed.held() == {**BEFORE, "报告/同.txt": "招商引资成效明显。"}


def test_a_letter_and_what_is_attached(office: Office, reads: dict[str, list[str]]) -> None:
    inner = archive({"丙.txt": THREE})
    put(office, "信.eml", letter("现将总结报上。", {"甲.txt": ONE, "b.zip": inner}))
    office.settle()
    assert office.run("报告").files == Tally(seen=4, added=4)
    assert office.held() == {
        "报告/信.eml": "现将总结报上。",
        "报告/信.eml/b.zip/丙.txt": "安全生产形势平稳。",
        "报告/信.eml/甲.txt": "招商引资成效明显。",
    }
    reads["read"].clear()
    assert office.run().files == Tally(seen=4, unchanged=4)
    put(office, "信.eml", letter("现将总结再次报上。", {"甲.txt": TWO, "b.zip": inner}))
    assert office.run().files == Tally(seen=4, changed=2, unchanged=2)
    assert reads["read"] == ["信.eml", "甲.txt"]


def test_a_saved_page_has_no_members(office: Office) -> None:
    head = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
    page = "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>招商引资成效明显。</p>\r\n"
    picture = "--b\r\nContent-Type: image/png\r\nContent-Location: a.png\r\n\r\nx\r\n--b--\r\n"
    put(office, "页.mht", (head + page + picture).encode())
    assert office.run("报告").files == Tally(seen=1, added=1)
    assert list(office.held()) == ["报告/页.mht"]


def test_rebuild(packed: Office) -> None:
    ids = packed.ids()
    assert packed.run(rebuild=True).files == Tally(seen=4, unchanged=4)
    put(packed, "a.zip", archive({"甲.txt": ONE, "丙.txt": THREE}))
    assert packed.run(rebuild=True).files == Tally(seen=4, added=1, changed=1, removed=1, unchanged=2)
    assert packed.ids()["报告/a.zip/甲.txt"] == ids["报告/a.zip/甲.txt"]
    assert Library(packed.index).verify() == []


def test_a_rebuild_keeps_what_is_off_line(packed: Office) -> None:
    packed.write("归档/旧.txt", "旧的内容。")
    packed.run("归档")
    (packed.root / "报告").rename(packed.root / "离线")
    packed.run(rebuild=True)
    assert packed.held() == {**BEFORE, "归档/旧.txt": "旧的内容。"}
    (packed.root / "离线").rename(packed.root / "报告")
    assert packed.run().files == Tally(seen=5, unchanged=5)


def test_forget(packed: Office) -> None:
    packed.write("归档/旧.txt", "旧的内容。")
    packed.run("归档")
    assert forget(packed.index, packed.root / "报告", packed.settings).files == Tally(removed=4)
    assert packed.held() == {"归档/旧.txt": "旧的内容。"}


def test_members_of_equal_archives_do_not_lie_in_the_same_place(office: Office) -> None:
    """They are unpacked at the same time."""
    data = archive({f"{n}.txt": report("甲", f"第{n}个的内容。") for n in range(40)})
    for n in range(8):
        put(office, f"{n}.zip", data)
    office.settle()
    assert office.run("报告").files == Tally(seen=8 * 41, added=8 * 41)
    assert office.run().files == Tally(seen=8 * 41, unchanged=8 * 41)


def two_attachments(first: bytes, second: bytes) -> bytes:
    """An OFD file with two attachments of one name, which leads out of it."""
    listed = "".join(
        f'<ofd:Attachment Name="../../附件"><ofd:FileLoc>{n}.txt</ofd:FileLoc></ofd:Attachment>' for n in "ab"
    )
    parts = parts_of([layer(text("正文"))], more="<ofd:Attachments>Attachments.xml</ofd:Attachments>")
    parts["Doc_0/Attachments.xml"] = f"<ofd:Attachments {NAMESPACE}>{listed}</ofd:Attachments>"
    return packed_ofd({**parts, "Doc_0/a.txt": first, "Doc_0/b.txt": second})


def test_attachments_of_one_name_are_two_files(office: Office) -> None:
    put(office, "a.ofd", two_attachments(ONE, TWO))
    office.run("报告")
    assert {file: text for file, text in office.held().items() if file != "报告/a.ofd"} == {
        "报告/a.ofd/附件.txt": TEXTS[ONE],
        "报告/a.ofd/附件 (2).txt": TEXTS[TWO],
    }
    put(office, "a.ofd", two_attachments(ONE, THREE))
    office.run()
    assert office.held()["报告/a.ofd/附件.txt"] == TEXTS[ONE]
    assert office.held()["报告/a.ofd/附件 (2).txt"] == TEXTS[THREE]
    assert Library(office.index).verify() == []


def test_a_reader_that_gives_one_name_twice_breaks_no_index(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "distinct", list)
    put(office, "a.ofd", two_attachments(ONE, TWO))
    office.run("报告")
    assert {"报告/a.ofd/附件.txt", "报告/a.ofd/附件 (2).txt"} <= office.held().keys()
    assert Library(office.index).verify() == []
