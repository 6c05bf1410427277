"""Letters and web archives: their text, what they carry, and that no name in them leads anywhere."""

from __future__ import annotations

import base64
import quopri
import random
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path, PurePath
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableError, UnsupportedError
from indexer.model import Block, Document, Member
from indexer.readers import choose, docx, html, mail
from indexer.readers.mail import is_mail, read

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "corpus/澄川经开区/2018年度工作总结及2019年工作计划.docx"
MADE = (Path(__file__).parent / "data/report.html").read_text("utf-8")
TEXT = "全年新签约项目36个，到位资金45.6亿元。"


def letter(subject: str = "2022年工作总结") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "王主任 <wang@example.gov.cn>"
    message["To"] = "li@example.gov.cn"
    message["Date"] = "Thu, 05 Jan 2023 10:20:00 +0800"
    return message


def made(message: EmailMessage) -> Document:
    data = message.as_bytes(policy=SMTP)
    assert is_mail(data)
    return read(data)


def raw(*lines: str | bytes) -> bytes:
    return b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines)


def archive(*pages: tuple[str, str], start: str = "") -> bytes:
    """A web archive of pages, each with its Content-ID, and a picture."""
    parts: list[str] = []
    for name, source in pages:
        encoded = base64.encodebytes(source.encode()).decode()
        parts += ["--b", "Content-Type: text/html; charset=utf-8", f"Content-ID: {name}"]
        parts += ["Content-Transfer-Encoding: base64", "", encoded]
    parts += [
        "--b",
        "Content-Type: image/png",
        "Content-Transfer-Encoding: base64",
        "",
        "iVBORw0KGgo=",
        "--b--",
        "",
    ]
    return raw(
        "From: <Saved by Blink>",
        "Snapshot-Content-Location: https://a.cn/",
        "Subject: =?utf-8?B?5bel5L2c5oC757uT?=",
        "Date: Thu, 5 Jan 2023 10:20:00 -0000",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/related;\r\n\ttype="text/html";{start}\r\n\tboundary="b"',
        "",
        *parts,
    )


# -- the same report in all formats -------------------------------------------------------------------


def test_the_report_in_a_letter() -> None:
    expected = docx.read(REPORT.read_bytes())
    message = letter(expected.blocks[0].text)
    message.set_content("见网页格式。")
    message.add_alternative(MADE, subtype="html", charset="gb18030", cte="base64")
    assert made(message).blocks == expected.blocks


def test_the_report_in_a_web_archive() -> None:
    expected, found = docx.read(REPORT.read_bytes()), read(archive(("<a>", MADE)))
    assert (found.blocks, found.format, found.members) == (expected.blocks, "mht", ())


# -- letters --------------------------------------------------------------------------------------------


def test_a_letter() -> None:
    message = letter()
    message.set_content(f"各位领导：\n\n{TEXT}\n-- \n王主任\n电话 123\n")
    found = made(message)
    assert found.blocks == (Block("2022年工作总结", "title"), Block("各位领导："), Block(TEXT))
    assert (found.format, found.encoding, found.published) == ("eml", "utf-8", "2023-01-05")
    assert [(r.text, r.reason.split(" (")[0]) for r in found.removed] == [
        (
            "发件人：王主任 <wang@example.gov.cn>\n收件人：li@example.gov.cn\n"
            "日期：Thu, 05 Jan 2023 10:20:00 +0800",
            "邮件头",
        ),
        ("王主任\n电话 123", "邮件签名"),
    ]


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("Re: 答复：2022年工作总结", "2022年工作总结"),
        ("转发:2022年工作总结", "2022年工作总结"),
        ("Reports 2022", "Reports 2022"),
    ],
)
def test_a_subject_without_what_programs_add(subject: str, title: str) -> None:
    message = letter(subject)
    message.set_content(TEXT)
    found = made(message)
    assert found.blocks[0] == Block(title, "title")
    assert (f"主题：{subject}" in found.removed[0].text) is (subject != title)


@pytest.mark.parametrize(
    ("lines", "blocks"),
    [
        (("Subject: =?gb2312?B?ufrE2g==?=", "", TEXT.encode("gbk")), ("国内", TEXT)),
        ((b"Subject: " + "工作总结".encode("gbk"), "", TEXT), ("工作总结", TEXT)),
        (("Subject: =?utf-8?B?5bel5A==?= =?utf-8?B?vZw=?=", "", TEXT), ("工作", TEXT)),
        (("Subject: =?nonsense?X?a?=", "", TEXT), ("=?nonsense?X?a?=", TEXT)),
        (("Subject: a", "Content-Type: text/plain; charset=hz-gb-2312", "", "~{9zDZ~}"), ("a", "国内")),
        (
            ("Subject: a", "Content-Type: text/plain; format=flowed", "", "one ", "two", "three"),
            ("a", "one two", "three"),
        ),
        (("Subject: a", "Content-Type: text/html", "", "<h2>一</h2><p hidden>二</p>三"), ("a", "一", "三")),
        (("Subject: a", "Content-Transfer-Encoding: base64", "", "5bel5L2c"), ("a", "工作")),
        (("Subject: a", "Content-Type: text/plain; charset=nonsense", "", TEXT), ("a", TEXT)),
    ],
)
def test_encodings(lines: tuple[str | bytes, ...], blocks: tuple[str, ...]) -> None:
    found = read(raw("From: a@b", "Date: x", *lines))
    assert tuple(b.text for b in found.blocks) == blocks


def test_the_same_text_twice_is_read_once() -> None:
    message = letter()
    message.set_content(TEXT + "\n另有说明。")
    message.add_alternative(f"<p>{TEXT}</p>", subtype="html")
    found = made(message)
    assert [b.text for b in found.blocks] == ["2022年工作总结", TEXT]
    assert found.removed[-1].text == f"{TEXT}\n另有说明。"
    message.get_payload()[1].set_content("<img src=a>", subtype="html")  # type: ignore[union-attr,index]
    assert [b.text for b in made(message).blocks] == ["2022年工作总结", TEXT, "另有说明。"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("总结.docx", "总结.docx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\总结.doc", "总结.doc"),
        ("/", "附件1.docx"),
        ("..", "附件1.docx"),
        ("a\x00b\u202ecod.exe", "a_b_cod.exe"),
        ("总" * 300 + ".docx", "总" * 75 + ".docx"),
    ],
)
def test_names_of_attachments(name: str, safe: str) -> None:
    message = letter()
    message.set_content(TEXT)
    message.add_attachment(b"PK", maintype="application", subtype="x", filename="a")
    part = next(iter(message.iter_attachments()))
    del part["Content-Type"], part["Content-Disposition"]
    encoded = base64.b64encode(name.encode()).decode()
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    part._headers += [  # type: ignore[attr-defined]  # unlike the policy, no look at what is written
        ("Content-Type", kind),
        ("Content-Disposition", f'attachment; filename="=?utf-8?B?{encoded}?="'),
    ]
    (member,) = read(message.as_bytes()).members
    assert member.data == b"PK"
    assert len(member.name.encode()) < 255
    assert member.name == safe


@given(st.text(max_size=400))
def test_any_name_is_safe(name: str) -> None:
    encoded = base64.b64encode(name.encode("utf-8", "surrogatepass")).decode()
    part = [
        "--b",
        "Content-Type: a/b",
        f'Content-Disposition: attachment; filename="=?utf-8?B?{encoded}?="',
        "",
        "x",
    ]
    head = (
        "From: a",
        "Date: b",
        "To: c",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
    )
    names = [m.name for m in read(raw(*head, *part, *part, "--b--", "")).members]
    assert len({n.lower() for n in names}) == 2
    for given_name in names:
        assert PurePath(given_name).name == given_name
        assert given_name.strip(" .")
        assert given_name.isprintable() or not set(given_name) & set("\x00\r\n\t")
        assert len(given_name.encode()) < 255


def test_attachments() -> None:
    inner = letter("转来的信")
    inner.set_content("信中信。")
    message = letter()
    message.set_content(TEXT)
    word = REPORT.read_bytes()
    for name in ("总结.docx", "总结.DOCX"):
        message.add_attachment(word, maintype="application", subtype="msword", filename=name)
    message.add_attachment("附件文本", filename="说明.txt")
    message.add_attachment(inner)
    found = made(message)
    assert [b.text for b in found.blocks] == ["2022年工作总结", TEXT]
    assert found.members[:3] == (
        Member("总结.docx", word),
        Member("总结 (2).DOCX", word),
        Member("说明.txt", "附件文本\r\n".encode()),
    )
    assert found.members[3].name == "转来的信.eml"
    assert [b.text for b in read(found.members[3].data).blocks] == ["转来的信", "信中信。"]


NAME = "临河县2018年工作总结（定稿）.doc"
ESCAPED = quote(NAME.encode("gb18030"))


def words(charset: str) -> str:
    """The name in encoded words that cut a character in two, as some programs make them."""
    data = NAME.encode(charset)
    pieces = (base64.b64encode(data[at : at + 21]).decode() for at in range(0, len(data), 21))
    return "\r\n\t".join(f"=?{charset}?B?{piece}?=" for piece in pieces)


@pytest.mark.parametrize(
    "field",
    [
        f'filename="{words("gbk")}"',
        f"filename={words('utf-8')}",
        f"filename*=GB18030''{ESCAPED}",
        f"filename*0*=gbk''{ESCAPED[:37]};\r\n filename*1*={ESCAPED[37:]}",
        "filename=doc.doc; filename*=UTF-8''" + quote(NAME),
        f"filename*=nonsense''{ESCAPED}",
        f"filename={quote(NAME)}",
        f'filename="{ESCAPED}"',
        b'filename="' + NAME.encode("gbk") + b'"',
        b"filename=" + NAME.encode(),
        f'\r\nContent-Type: application/msword; name="{words("gb18030")}"',
    ],
)
def test_ways_to_write_a_name(field: str | bytes) -> None:
    head = ("From: a", "Date: b", "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"', "")
    line = b"Content-Disposition: attachment; " + (field.encode() if isinstance(field, str) else field)
    assert [m.name for m in read(raw(*head, "--b", line, "", "x", "--b--", "")).members] == [NAME]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("filename=100%25.doc", "100%25.doc"),
        ("filename=a%zz.doc", "a%zz.doc"),
        ("filename*=utf-8''..%2F..%2Fa.doc", "a.doc"),
        ("filename=..%2F%E4%B8%B4.doc", "临.doc"),
    ],
)
def test_escapes_that_are_none_and_paths(field: str, name: str) -> None:
    head = ("From: a", "Date: b", "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"', "")
    part = ("--b", f"Content-Disposition: attachment; {field}", "", "x", "--b--", "")
    assert [m.name for m in read(raw(*head, *part)).members] == [name]


def test_a_name_with_bytes_that_are_no_characters_is_no_path() -> None:
    head = ("From: a", "Date: b", "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"', "")
    field = f"filename*0*=gbk''{ESCAPED[:36]};\r\n filename*1*={ESCAPED[36:]}"  # within an escape
    data = raw(*head, "--b", f"Content-Disposition: attachment; {field}", "", "x", "--b--", "")
    (member,) = read(data).members
    assert "2018" in member.name
    assert "\\" not in member.name


def test_a_quoted_printable_letter_in_gbk() -> None:
    head = ("From: =?gb2312?B?zfXW98jO?= <w@a.cn>", "Date: Thu, 05 Jan 2023 10:20:00 +0800 (CST)")
    subject = "Subject: =?GB2312?Q?2022=C4=EA=B9=A4=D7=F7=D7=DC=BD=E1?="
    kind = 'Content-Type: multipart/alternative; boundary="b"'
    parts: list[str | bytes] = []
    for sub, text in (("plain", f"各位：\n{TEXT}"), ("html", f"<p>各位：</p><p>{TEXT}</p>")):
        parts += ["--b", f"Content-Type: text/{sub}; charset=gb2312"]
        parts += [
            "Content-Transfer-Encoding: quoted-printable",
            "",
            quopri.encodestring(text.encode("gbk")),
        ]
    found = read(raw(*head, subject, "MIME-Version: 1.0", kind, "", *parts, "--b--", ""))
    assert [b.text for b in found.blocks] == ["2022年工作总结", "各位：", TEXT]
    assert (found.encoding, found.published) == ("gb18030", "2023-01-05")
    assert "王主任 <w@a.cn>" in found.removed[0].text


@pytest.mark.parametrize("encoding", ["", "base64", "quoted-printable"])
def test_a_letter_passed_on(encoding: str) -> None:
    """Encoded, too, which RFC 2046 forbids and programs do."""
    inner = raw("From: c@a.cn", "Subject: a", "Date: b", "To: d", "Content-Type: text/plain", "", TEXT)
    if encoding:
        inner = (base64.encodebytes if encoding == "base64" else quopri.encodestring)(inner)
    head = ("From: a", "Date: b", "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"', "")
    kind = (
        "--b",
        "Content-Type: message/rfc822; name=a.eml",
        f"Content-Transfer-Encoding: {encoding or '8bit'}",
    )
    (member,) = read(raw(*head, *kind, "", inner, "--b--", "")).members
    assert (member.name, [b.text for b in read(member.data).blocks]) == ("a.eml", ["a", TEXT])


def test_an_attachment_for_outlook_alone_says_what_to_do() -> None:
    message = letter()
    message.set_content(TEXT)
    content = bytes.fromhex("789f3e22 0100") + bytes(50)
    message.add_attachment(content, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    (member,) = made(message).members
    assert member.name == "winmail.dat"
    with pytest.raises(UnsupportedError, match="另存其中的附件"):
        choose(PurePath(member.name), member.data)


def test_pictures_in_the_text_are_no_attachments() -> None:
    message = letter()
    message.set_content(f"<p>{TEXT}</p><img src=cid:a>", subtype="html")
    message.add_related(b"\x89PNG", maintype="image", subtype="png", cid="<a>")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="扫描件.png")
    found = made(message)
    assert [m.name for m in found.members] == ["扫描件.png"]


def test_a_letter_cut_short() -> None:
    message = letter()
    message.set_content(TEXT)
    message.add_attachment(b"x" * 5000, maintype="application", subtype="x", filename="a.bin")
    data = message.as_bytes()
    found = read(data[: len(data) - 2000])
    assert found.blocks[1] == Block(TEXT)
    assert len(found.warnings) == 1


def test_an_encrypted_letter() -> None:
    head = ("From: a", "Date: b", "Content-Type: application/pkcs7-mime; name=smime.p7m", "", "MIAG")
    with pytest.raises(UnreadableError, match="加密"):
        read(raw(*head))


def texts(message: Document) -> list[str]:
    return [b.text for b in message.blocks]


def removed(message: Document, reason: str) -> list[str]:
    return [r.text for r in message.removed if r.reason == reason]


def mixed(*parts: str, kind: str = "mixed", head: tuple[str, ...] = ()) -> bytes:
    """A letter with these parts, each with its fields."""
    fields = ("From: a@b.cn", "To: c@d.cn", "Subject: 总结", "MIME-Version: 1.0", *head)
    inner = [line for part in parts for line in ("--b", part)]
    return raw(*fields, f'Content-Type: multipart/{kind}; boundary="b"', "", *inner, "--b--")


def plain(text: str) -> str:
    return f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"


def page(source: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\r\n\r\n{source}"


def test_every_field_that_is_not_shown_is_listed() -> None:
    head = ("Importance: High", "Ref: 县府办〔2023〕5号", "To: e@f.cn", "Subject: 另一主题")
    found = read(mixed(plain(TEXT), head=head))
    assert removed(found, mail.HEADER) == [
        "发件人：a@b.cn\n收件人：c@d.cn\n收件人：e@f.cn\n"
        "Importance：High\nRef：县府办〔2023〕5号\n主题：另一主题"
    ]
    assert texts(found) == ["总结", TEXT]


@pytest.mark.parametrize(
    "memo",
    [
        "From: 王\nSent: 2023年1月5日\nTo: 李\nSubject: 总结\nAttachments: 附表.xls\nImportance: High\n\n文",
        "From: 王\nTo: 李\nDate: 2023年1月5日\nSubject: 总结\nRef: 县府办〔2023〕5号\n\n正文",
    ],
)
def test_a_memo_is_text(memo: str) -> None:
    chosen = choose(PurePath("memo.txt"), memo.encode())
    assert chosen.name == "text"
    assert [b.text for b in chosen.read(memo.encode()).blocks] == [s for s in memo.split("\n") if s]


DRAFT = ("From: a@b.cn", "Subject: 报送总结", "Date: Thu, 05 Jan 2023 10:20:00 +0800", "MIME-Version: 1.0")


def test_a_draft_is_a_letter_with_its_attachments() -> None:
    attached = "Content-Type: application/msword; name=a.doc\r\nContent-Disposition: attachment\r\n\r\nx"
    kind = 'Content-Type: multipart/related; boundary="b"'
    found = read(raw(*DRAFT, kind, "", "--b", page(f"<p>{TEXT}</p>"), "--b", attached, "--b--"))
    assert (found.format, texts(found)) == ("eml", ["报送总结", TEXT])
    assert [m.name for m in found.members] == ["a.doc"]
    for fields in (DRAFT, DRAFT[1:]):  # a draft has no sender until it is sent
        data = raw("X-Unsent: 1", *fields, "Content-Type: text/html", "", f"<p>{TEXT}</p>")
        assert is_mail(data)
        unsent = read(data)
        assert (unsent.format, texts(unsent)) == ("eml", ["报送总结", TEXT])
        assert unsent.published == "2023-01-05"


def test_files_and_text_in_a_web_archive_are_handed_on() -> None:
    attached = "Content-Type: application/msword\r\nContent-Disposition: attachment; filename=a.doc\r\n\r\nx"
    kind = 'Content-Type: multipart/related; boundary="b"'
    place = "Snapshot-Content-Location: https://a.cn/1.html"
    parts = ("--b", page(f"<p>{TEXT}</p>"), "--b", attached, "--b", plain("另有文字。"), "--b--")
    found = read(raw(*DRAFT, place, kind, "", *parts))
    assert (found.format, texts(found), [m.name for m in found.members]) == ("mht", [TEXT], ["a.doc"])
    assert removed(found, mail.BESIDE) == ["另有文字。"]
    assert "报送总结" in removed(found, mail.HEADER)


@pytest.mark.parametrize(
    ("text", "blocks", "signature"),
    [
        ("一\n-- \n二\n三\n-- \n王主任\n", ["一", "-- ", "二", "三"], ["王主任"]),
        ("一\n--\n二\n", ["一", "--", "二"], []),
        ("一\n-- \n二、主要问题\n三\n", ["一", "-- ", "二、主要问题", "三"], []),
        ("一\n-- \n（2）下一步\n", ["一", "-- ", "（2）下一步"], []),
        ("一\n-- \n" + "行\n" * 20, ["一", "-- ", *["行"] * 20], []),
        ("一\n-- \n" + "长" * 200, ["一", "-- ", "长" * 200], []),
    ],
)
def test_what_is_a_signature(text: str, blocks: list[str], signature: list[str]) -> None:
    found = read(mixed(plain(text)))
    assert texts(found)[1:] == blocks
    assert removed(found, mail.SIGNATURE) == signature


def test_a_part_that_cannot_be_read_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(source: str) -> Document:
        raise UnreadableError("嵌套太深")

    monkeypatch.setattr(html, "fragment", too_deep)
    found = read(mixed(plain(TEXT), page("<p>一</p>"), plain("二")))
    assert texts(found) == ["总结", TEXT, "二"]
    assert [w for w in found.warnings if "嵌套太深" in w and "第 2 部分" in w] != []


def test_parts_of_every_kind_are_handed_on() -> None:
    picture = "Content-Type: image/png\r\nContent-Disposition: inline\r\n\r\nPNG"
    named = "Content-Type: application/octet-stream\r\nContent-ID: <x>\r\n\r\nbytes"
    status = (
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a.cn\r\n\r\n"
        "Final-Recipient: rfc822; b@c.cn\r\nStatus: 5.1.1\r\n"
    )
    data = mixed(plain(TEXT), picture, named, status) + "\r\n尾".encode()
    found = read(data.replace(b"\r\n\r\n--b", "\r\n\r\n头\r\n--b".encode(), 1))
    assert [m.data for m in found.members] == [b"PNG", b"bytes"]
    assert removed(found, mail.STATUS) == [
        "Reporting-MTA：dns; a.cn\n\nFinal-Recipient：rfc822; b@c.cn\nStatus：5.1.1"
    ]
    assert removed(found, mail.AROUND) == ["头", "尾"]


@pytest.mark.parametrize(
    ("field", "names"),
    [("Content-ID: <x@y>", []), ("Content-ID: <z>", ["附件1.png"]), ("Content-Location: a/1.png", [])],
)
def test_a_picture_is_attached_unless_the_text_shows_it(field: str, names: list[str]) -> None:
    picture = f"Content-Type: image/png\r\n{field}\r\n\r\nPNG"
    shown = page(f"<p>{TEXT}</p><img src=cid:x@y><img src=a/1.png>")
    assert [m.name for m in read(mixed(shown, picture, kind="related")).members] == names


def test_the_longer_alternative_where_html_says_next_to_nothing() -> None:
    found = read(mixed(plain(TEXT * 3), page("<p>请用支持的程序查看。</p>"), kind="alternative"))
    assert texts(found) == ["总结", TEXT * 3]
    assert removed(found, mail.SAME_AS_PAGE) == ["请用支持的程序查看。"]


def test_alternatives_with_pictures_stand_one_level_apart() -> None:
    inner = f'Content-Type: multipart/mixed; boundary="c"\r\n\r\n--c\r\n{page(f"<p>{TEXT}</p>")}\r\n'
    inner += f"--c\r\n{page('<p>二</p>')}\r\n--c--"
    found = read(mixed(plain(f"{TEXT}\n二"), inner, kind="alternative"))
    assert texts(found) == ["总结", TEXT, "二"]


def test_many_lines_in_many_parts_within_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def deep(parts: int, lines: int) -> bytes:
        kinds = ((f'Content-Type: multipart/mixed; boundary="{n}"', "", f"--{n}") for n in range(parts))
        nested = [line for kind in kinds for line in kind]
        return raw("From: a", "Date: b", "To: c", *nested, "", *["x"] * lines)

    monkeypatch.setattr(mail, "_MAX_LOOKS", 5000)
    assert len(read(deep(4, 10_000)).blocks) == 10_000
    with pytest.raises(UnreadableError, match="层"):
        read(deep(40, 10_000))


# -- web archives ---------------------------------------------------------------------------------------


def test_frames_of_a_web_archive() -> None:
    data = archive(("<x>", "<p>广告框架</p>"), ("<y>", f"<p>{TEXT}</p>"), start=' start="<y>";')
    found = read(data)
    assert [b.text for b in found.blocks] == [TEXT]
    assert removed(found, mail.FRAME) == ["广告框架"]
    assert found.published is None  # the archive's date is that of saving


def test_a_frameset_gives_its_page() -> None:
    found = read(archive(("<x>", "<frameset><frame src=a></frameset>"), ("<y>", f"<p>{TEXT}</p>")))
    assert [b.text for b in found.blocks] == [TEXT]


def test_a_web_archive_without_a_page() -> None:
    with pytest.raises(UnreadableError, match="重新保存"):
        read(archive())


PAGE = f"<html><head><title>工作总结</title></head><body><h1>工作总结</h1><p>{TEXT * 4}</p></body></html>"


def saved(head: str, boundary: str, encoding: str, charset: str, *others: str) -> bytes:
    """A web archive: its fields, the page, and more parts."""
    name = f"; charset={charset}" if charset else ""
    page_ = quopri.encodestring(PAGE.encode(encoding))
    parts: list[str | bytes] = [
        f"--{boundary}",
        f"Content-Type: text/html{name}",
        "Content-Transfer-Encoding: quoted-printable",
        "Content-Location: file:///C:/A1B2/page.htm",
        "",
        page_,
    ]
    return raw(head, f'\tboundary="{boundary}"', "", "说明。", "", *parts, *others, f"--{boundary}--", "")


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (  # Chrome: the charset only in the page; a style sheet, an advertisement in a frame
            saved(
                "From: <Saved by Blink>\r\nSnapshot-Content-Location: http://a.cn/1.html\r\n"
                "Subject: =?utf-8?Q?=E5=B7=A5?=\r\nDate: Thu, 5 Jan 2023 10:20:00 +0800\r\n"
                'MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype="text/html";',
                "----MultipartBoundary--x----",
                "utf-8",
                "",
                *("------MultipartBoundary--x----", "Content-Type: text/css", "", ".a{}"),
                *("------MultipartBoundary--x----", "Content-Type: text/html", "", "<p>advert</p>"),
            ),
            ["advert"],
        ),
        (  # Internet Explorer
            saved(
                "From: =?gb2312?B?09Ag?=\r\nSubject: =?gb2312?B?uaTX99fcveE=?=\r\n"
                "Date: Thu, 5 Jan 2009 10:20:00 +0800\r\nMIME-Version: 1.0\r\n"
                'Content-Type: multipart/related;\r\n\ttype="text/html";',
                "----=_NextPart_000_0000_01C9",
                "gbk",
                '"gb2312"',
            ),
            [],
        ),
        (  # WPS: neither From nor Date; the page's header in a part of its own
            saved(
                "MIME-Version: 1.0\r\nX-Document-Type: Document\r\nContent-Type: multipart/related;",
                "----=_NextPart_01D0.WPS",
                "utf-8",
                '"utf-8"',
                *(
                    "------=_NextPart_01D0.WPS",
                    'Content-Type: text/html; charset="utf-8"',
                    "",
                    "<p>第 1 页</p>",
                ),
                *("------=_NextPart_01D0.WPS", 'Content-Type: text/xml; charset="utf-8"', "", "<xml/>"),
            ),
            ["第 1 页"],
        ),
    ],
    ids=["chrome", "ie", "wps"],
)
def test_who_made_the_web_archive(data: bytes, frames: list[str]) -> None:
    assert choose(PurePath("a.mht"), data).name == "mail"
    found = read(data)
    assert found.blocks == (Block("工作总结", "title"), Block(TEXT * 4))
    assert removed(found, mail.FRAME) == frames


# -- what is a letter -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "chosen"),
    [
        (raw("From: a", "To: b", "Message-ID: c", "", "x"), "a.eml", "mail"),
        (raw("From a Thu Jan  5", "From: a", "To: b", "Date: c", "", "x"), "a.eml", "mail"),
        (raw("X-Unsent: 1", "Subject: b", "MIME-Version: 1.0", "", "x"), "a.eml", "mail"),
        (raw("Received: x", " by y", "From: a", "To: b", "", "x"), "a.mail", "mail"),
        (archive(("<a>", "<p>一</p>")), "a.mht", "mail"),
        (archive(("<a>", "<p>一</p>")), "a.doc", "mail"),
        (raw("From: a", "To: b", "Received: c", "", "x"), "a.txt", "mail"),
        (raw("From: a", "To: b", "Date: c", "", "x"), "a.txt", "text"),  # saved as text, or a memo
        (raw("时间：2023年", "From: a", "To: b"), "a.txt", "text"),
    ],
)
def test_choose(data: bytes, name: str, chosen: str) -> None:
    assert choose(PurePath(name), data).name == chosen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "主题：工作总结\n\n一",
        "Subject: a\nTo: b\n\nx",
        "From: a\n正文",
        "http://a.b\nFrom: a\nTo: b\nDate: c",
        " From: a",
    ],
)
def test_is_no_mail(text: str) -> None:
    assert not is_mail(text.encode())


# -- nothing hurts --------------------------------------------------------------------------------------


def test_letters_in_letters() -> None:
    head = ("From: a", "Date: b", "To: c")
    deep: list[str] = []
    for n in range(3000):
        deep += [f'Content-Type: multipart/mixed; boundary="{n}"', "", f"--{n}"]
    with pytest.raises(UnreadableError, match="层"):
        read(raw(*head, *deep))
    wrapped = read(raw(*head, *["Content-Type: message/rfc822", ""] * 200, "x"))
    assert len(wrapped.members) == 1


def test_mutations() -> None:
    random_ = random.Random(6)
    message = letter()
    message.set_content(TEXT)
    message.add_alternative(f"<h2>一</h2><p>{TEXT}</p>", subtype="html", charset="gb18030")
    message.add_attachment(b"x" * 100, maintype="application", subtype="x", filename="总结.docx")
    inner = letter("转来的信")
    inner.set_content("信中信。")
    inner.add_alternative(f"<p>{TEXT}</p>", subtype="html", charset="gb18030")
    message.add_attachment(inner)
    wholes = (message.as_bytes(), archive(("<a>", f"<p>{TEXT}</p>")))
    for n in range(400):
        data = bytearray(wholes[n % 2])
        for _ in range(random_.randint(1, 20)):
            at = random_.randrange(len(data))
            kind = random_.randrange(3)
            if kind == 0:
                data[at] = random_.randrange(256)
            elif kind == 1:
                del data[at : at + random_.randint(1, 40)]
            else:
                data[at:at] = data[random_.randrange(len(data)) :][: random_.randint(1, 100)]
            data = data or bytearray(b"F")
        try:
            found = mail.read(bytes(data))
        except UnreadableError:
            continue
        assert all(b.text.strip() for b in found.blocks)


def test_the_page_in_a_letter_is_the_letter() -> None:
    """A letter's menus are its text: it has no page round it."""
    source = "<nav>一</nav><ul><li><a href=/a>二</a><li><a href=/b>三</a><li><a href=/c>四</a></ul>"
    assert [b.text for b in html.fragment(source).blocks] == ["一", "二", "三", "四"]
