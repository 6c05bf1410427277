"""One and the same report in several formats, and files broken at random."""

from __future__ import annotations

import difflib
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from indexer.errors import UnreadableError
from indexer.model import Document
from indexer.readers import docx

HERE = Path(__file__).parent
REPORT = HERE.parents[1] / "corpus" / "澄川经开区" / "2018年度工作总结及2019年工作计划.docx"
DATA = HERE / "data"


def expected() -> Document:
    """The report as its .docx gives it."""
    return docx.read(REPORT.read_bytes())


def share_in_order(document: Document, *, commas: bool = False) -> float:
    """The share of characters that the report and this document have in common, in order, 0 to 1.

    commas: a comma stands for the tab between cells, as in a .csv that is read as text.
    """
    ours = "\n".join(b.text for b in document.blocks)
    theirs = "\n".join(b.text for b in expected().blocks)
    if commas:
        theirs = theirs.replace("\t", ",")
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    return sum(m.size for m in matcher.get_matching_blocks()) / max(len(ours), len(theirs))


def styled(document: Document) -> list[tuple[str, str]]:
    """The blocks that the format itself says something of."""
    return [(b.style, b.text) for b in document.blocks if b.style]


def outcome(read: Callable[[bytes], Document], data: bytes) -> Document | None:
    """What reading gives; None where it ends in a reason, which must be in both languages."""
    try:
        return read(data)
    except UnreadableError as error:
        assert re.search(r"[\u4e00-\u9fff].*\([a-zA-Z]", str(error))
        return None


def broken(data: bytes, times: int, seed: int = 6) -> Iterator[bytes]:
    """The bytes cut short, with bytes changed, with a part repeated, taken out or made zeros."""
    chance = random.Random(seed)
    for _ in range(times):
        copy = bytearray(data)
        for _ in range(chance.choice((1, 3, 20))):
            at = chance.randrange(len(copy))
            length = chance.choice((1, 4, 64, 600))
            what = chance.randrange(5)
            if what == 0:
                copy[at] = chance.randrange(256)
            elif what == 1:
                copy[at : at + length] = chance.randbytes(length)
            elif what == 2:
                copy[at:at] = copy[at : at + length]
            elif what == 3:
                copy[at : at + length] = bytes(length)
            else:
                del copy[at : at + length]
            if not copy:
                copy += b"\0"
        if chance.random() < 0.2:
            del copy[chance.randrange(len(copy)) :]
        yield bytes(copy)
