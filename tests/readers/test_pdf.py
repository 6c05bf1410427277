"""PDF: paragraphs whole, columns in order, sides turned, pictures named; damage told."""

from __future__ import annotations

import difflib
import random
import re
from pathlib import Path

import pytest

from indexer.errors import UnreadableError
from indexer.model import Block, Removed
from indexer.readers import docx, limits, pdf, read
from indexer.reports import understand

DATA = Path(__file__).parent / "data"
REPORT = Path(__file__).parents[2] / "corpus" / "澄川经开区" / "2018年度工作总结及2019年工作计划.docx"
PICTURE = b"q 400 0 0 400 50 50 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI Q"


def made(*contents: bytes, rotate: int = 0, more: bytes = b"", page: bytes = b"") -> bytes:
    """A PDF with a page for each content stream; it has no table of objects, which readers make again.

    ``more``: in the catalog; ``page``: in each page.
    """
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % more,
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for content in contents:
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 700] /Rotate %d /Contents %d 0 R"
            b" /Resources << /Font << /F 3 0 R >> >> %s >>" % (rotate, len(objects), page)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer << /Root 1 0 R >>\n%%EOF\n"


def shown(text: str, matrix: str = "1 0 0 1 72 500", size: int = 12) -> bytes:
    return f"BT /F {size} Tf {matrix} Tm ({text}) Tj ET\n".encode()


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


def in_order(expected: str, found: str) -> float:
    """The share of the expected characters that are found in order."""
    blocks = difflib.SequenceMatcher(None, expected, found, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(expected)


def test_the_report_is_that_of_the_word_file() -> None:
    original = docx.read(REPORT.read_bytes())
    found = read(Path("report.pdf"), (DATA / "report.pdf").read_bytes())
    assert found.format == "pdf"
    assert [flat(block.text) for block in found.blocks] == [flat(block.text) for block in original.blocks]
    tables = [[block.text for block in d.blocks if block.style == "table"] for d in (found, original)]
    assert tables[0] == tables[1]
    sections = [
        [(s.path, [flat(p) for p in s.paragraphs]) for r in understand(d, "x") for s in r.sections]
        for d in (found, original)
    ]
    assert sections[0] == sections[1]


def test_two_columns_are_read_one_after_the_other() -> None:
    found = pdf.read((DATA / "columns.pdf").read_bytes())
    expected = (DATA / "columns.txt").read_text("utf-8").splitlines()
    assert [flat(block.text) for block in found.blocks] == [flat(line) for line in expected]
    assert found.removed == (
        Removed("澄川经开区工作简报", "页眉页脚 (header or footer)"),
        *(Removed(f"- {n} -", "页码 (page number)") for n in (1, 2, 3)),
    )


def test_a_real_notice(samples: Path) -> None:
    folder = samples / "samples" / "pdf"
    found = pdf.read((folder / "397.pdf").read_bytes())
    text = flat("".join(block.text for block in found.blocks))
    expected = flat((folder / "397.expected.txt").read_text("utf-8"))
    assert in_order(expected, text) >= 0.98
    assert in_order(text, expected) >= 0.98
    assert [removed.text for removed in found.removed] == [f"—{n}—" for n in range(1, 6)]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1 0 0 1 72 500", "1 0 0 1 72 480"),
        ("0 1 -1 0 200 72", "0 1 -1 0 220 72"),
        ("-1 0 0 -1 400 480", "-1 0 0 -1 400 500"),
        ("0 -1 1 0 220 600", "0 -1 1 0 200 600"),
    ],
)
def test_text_turned_to_any_side_is_read(rotate: int, first: str, second: str) -> None:
    data = made(shown("Second line.", second) + shown("First line.", first), rotate=rotate)
    assert pdf.read(data).blocks == (Block("First line."), Block("Second line."))


def test_a_slanted_watermark_is_no_text_of_the_lines() -> None:
    slanted = shown("DRAFT", "0.707 0.707 -0.707 0.707 100 450", 60)
    found = pdf.read(made(slanted + shown("The first line."), slanted + shown("The second page.")))
    assert [block.text for block in found.blocks] == ["The first line.", "The second page."]
    assert found.removed == (Removed("DRAFT", pdf.WATERMARK),)


def test_pages_that_are_pictures_are_named() -> None:
    found = pdf.read(made(shown("Text."), PICTURE, b"", PICTURE + shown("- 4 -", "1 0 0 1 240 30")))
    assert found.scanned == (1, 3)
    assert found.blocks == (Block("Text."),)
    assert found.removed == (Removed("- 4 -", "页码 (page number)"),)


def test_of_a_scan_there_are_no_blocks() -> None:
    found = pdf.read(made(PICTURE, PICTURE + shown("7", "1 0 0 1 240 400")))
    assert (found.blocks, found.scanned) == ((), (0, 1))
    assert found.removed == (Removed("7", "页码 (page number)"),)


def test_a_seal_alone_is_no_scan() -> None:
    seal = PICTURE.replace(b"400 0 0 400", b"80 0 0 80")
    assert pdf.read(made(shown("Text."), seal)).scanned == ()
    strips = b"".join(PICTURE.replace(b"400 0 0 400 50 50", b"400 0 0 20 50 %d" % y) for y in (50, 70, 90))
    assert pdf.read(made(shown("Text."), strips)).scanned == (1,)


def test_a_picture_in_text_is_no_scan() -> None:
    found = pdf.read(made(PICTURE + shown("A line of text beside a picture.")))
    assert (found.blocks, found.scanned) == ((Block("A line of text beside a picture."),), ())


SCAN = PICTURE.replace(b"400 0 0 400 50 50", b"480 0 0 680 10 10") + b"\n"


@pytest.mark.parametrize(
    ("content", "scanned"),
    [
        (SCAN + shown("Scanned by CamScanner"), (0,)),
        (SCAN + shown("A line of text over a picture that covers the page, and longer than any stamp."), ()),
        (SCAN + b"3 Tr " + shown("Recognised"), ()),
        (PICTURE + b"\n" + PICTURE.replace(b"50 50", b"60 60") + b"\n" + shown("A caption."), ()),
        (
            b"".join(
                PICTURE.replace(b"400 0 0 400 50 50", b"500 0 0 100 0 %d" % y) + b"\n"
                for y in range(0, 700, 100)
            )
            + shown("Stamp"),
            (0,),
        ),
    ],
    ids=["stamped", "text", "read already", "small", "strips"],
)
def test_a_scan_with_a_stamp_is_a_scan(content: bytes, scanned: tuple[int, ...]) -> None:
    found = pdf.read(made(content))
    assert found.scanned == scanned
    assert len(found.blocks) == 1  # for one who cannot have it recognised


def with_notes() -> bytes:
    """A page with form fields and annotations, some with an appearance and some without."""
    drawn = [b"answer", b"free note"]
    notes = [
        b"/Subtype /Widget /FT /Tx /T (a) /V (answer) /F 4 /Rect [72 400 272 420] /AP << /N 6 0 R >>",
        b"/Subtype /FreeText /Contents (free note) /F 4 /Rect [72 300 272 320] /AP << /N 7 0 R >>",
        b"/Subtype /Text /Contents (sticky) /Rect [72 200 90 220]",
        b"/Subtype /Widget /FT /Tx /T (b) /V (undrawn) /F 4 /Rect [72 150 272 170]",
        b"/Subtype /Widget /FT /Tx /T (c) /V (hidden) /F 2 /Rect [72 100 272 120]",
        b"/Subtype /Widget /FT /Btn /T (d) /V /Yes /F 4 /Rect [72 50 92 70]",
    ]
    numbers = b" ".join(b"%d 0 R" % (8 + n) for n in range(len(notes)))
    form = b"/AcroForm << /Fields [%s] /DA (/F 12 Tf 0 g) /DR << /Font << /F 3 0 R >> >> >>" % numbers
    data = made(shown("Printed."), more=form, page=b"/Annots [%s]" % numbers)
    looks = (b"BT /F 12 Tf 2 4 Td (%s) Tj ET" % text for text in drawn)
    objects = [
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F 3 0 R >> >>"
        b" /Length %d >>\nstream\n%s\nendstream" % (len(look), look)
        for look in looks
    ]
    objects += [b"<< /Type /Annot %s >>" % note for note in notes]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, 6))
    return data.replace(b"trailer", body + b"trailer")


def test_what_is_filled_in_or_noted_is_read() -> None:
    found = pdf.read(with_notes())
    assert [block.text for block in found.blocks] == ["Printed.", "answer", "free note", "undrawn"]
    assert found.removed == (Removed("sticky", pdf.NOTE), Removed("hidden", pdf.ANSWER))


def test_attachments_have_names_of_their_own() -> None:
    listed = b" ".join(
        b"(%d) << /Type /Filespec /F (%s) /EF << /F %d 0 R >> >>" % (n, name, 6 + n)
        for n, name in enumerate((b"annex.txt", b"../../annex.txt", b".."))
    )
    data = made(shown("Text."), more=b"/Names << /EmbeddedFiles << /Names [%s] >> >>" % listed)
    body = b"".join(
        b"%d 0 obj\n<< /Length 1 /Params << /Size 1 >> >>\nstream\n%d\nendstream\nendobj\n" % (6 + n, n)
        for n in range(3)
    )
    found = pdf.read(data.replace(b"trailer", body + b"trailer"))
    assert [(m.name, m.data) for m in found.members] == [
        ("annex.txt", b"0"),
        ("annex (2).txt", b"1"),
        ("附件3.bin", b"2"),
    ]


def test_an_empty_page_is_an_empty_document() -> None:
    found = pdf.read(made(b""))
    assert (found.blocks, found.scanned) == ((), ())


def test_encrypted() -> None:
    with pytest.raises(UnreadableError, match="有密码保护；请去掉密码后再试"):
        pdf.read((DATA / "encrypted.pdf").read_bytes())


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\x00" * 1000, made()])
def test_damaged(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="已损坏或不完整"):
        pdf.read(data)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    data = made(shown("One."), shown("Two."))
    monkeypatch.setattr(limits, "MAX_PAGES", 1)
    with pytest.raises(UnreadableError, match="2 页，超过 1 页的上限"):
        pdf.read(data)
    monkeypatch.undo()
    monkeypatch.setattr(limits, "MAX_CHARACTERS", 5)
    with pytest.raises(UnreadableError, match="超过 5 字的上限"):
        pdf.read(data)


@pytest.mark.parametrize(
    ("data", "is_one"),
    [
        (b"%PDF-1.4\n", True),
        (b"\xef\xbb\xbf%PDF-2.0\n", True),
        (b"x" * 1000 + b"%PDF-1.4", False),
        ("转换命令的输出以 %PDF-1.4 开头。\n".encode(), False),
        (b"\x00\x01" * 500 + b"%PDF-1.4", True),
        (b"x" * 2000 + b"%PDF-1.4", False),
        (b"a PDF begins with %PDF- and its version", False),
        (b"", False),
    ],
)
def test_is_pdf(data: bytes, is_one: bool) -> None:
    assert pdf.is_pdf(data) is is_one


def test_mutations_end_in_a_document_or_a_reason() -> None:
    chance = random.Random(6)
    seeds = [(DATA / "columns.pdf").read_bytes(), made(shown("Text."), PICTURE), made(shown("One.") * 50)]
    outcomes = set()
    for n in range(120):
        data = bytearray(seeds[n % len(seeds)])
        for _ in range(chance.randrange(1, 40)):
            at = chance.randrange(20, len(data))
            if chance.random() < 0.1:
                del data[at : at + chance.randrange(1, 500)]
                data += b" " * 21
            else:
                data[at] = chance.randrange(256)
        try:
            found = read(Path("x.pdf"), bytes(data))
        except UnreadableError as error:
            assert "\n" not in str(error)
            outcomes.add("refused")
        else:
            assert all(block.text.strip() for block in found.blocks)
            outcomes.add("read")
    assert outcomes == {"read", "refused"}
