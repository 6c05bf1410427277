"""Rich Text Format (RTF 1.9.1): paragraphs with outline levels, table rows, text boxes and notes.

The format is a stream of groups ``{...}``, control words ``\\word123``, bytes in the code page of the font
(``\\'d6``) and characters by number (``\\u20013?``). One pass, no recursion.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from indexer.errors import UnreadableError
from indexer.model import Block, Document, Removed
from indexer.readers import fields, limits, numbering, styles, symbols
from indexer.readers import text as plain

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])"
    rb"|[\r\n\x00]+|([^\\{}\r\n\x00]+)|\\",
    re.DOTALL,
)
#: Code pages of font character sets; 0 and 1 are those of the document.
_CHARSETS = {
    77: "mac_roman", 78: "shift_jis", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250", 254: "cp437",
}  # fmt: skip
_SYMBOL_CHARSET = 2
_SIGNS = {
    "tab": "\t", "line": "\n", "lbr": "\n", "emdash": "—", "endash": "–", "emspace": "\u2003",
    "enspace": "\u2002", "qmspace": "\u2005", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "nestcell": " ", "nestrow": " ", "softline": "",
}  # fmt: skip
_SYMBOLS = {"~": "\xa0", "_": "-", "{": "{", "}": "}", "\\": "\\", "\t": "\t"}  # and "\-": a soft hyphen
_MARGINS = re.compile(r"(?:header|footer)[lrf]?")
#: Destinations that hold text of the document.
_NOTES = {"footnote"}
_BOXES = {"shptxt", "dptxbxtext"}
#: Destinations that are ignored by readers that do not know them, and whose inside we want.
_ENTERED = {
    "shpinst",
    "shptxt",
    "shpgrp",
    "do",
    "dptxbx",
    "dptxbxtext",
    "annotation",
    "fldrslt",
    "footnote",
    "ud",
    "moMath",
    "moMathPara",
}
#: Properties of what stands in a formula.
_FORMULA_PROPERTIES = re.compile(r"m[a-zA-Z]{1,20}Pr")
_CONTROLS = re.compile(rb"[\x00-\x20\x7f]*")
#: Destinations without text of the document, where no ``\*`` says so.
_SKIPPED = {
    "mmathPict", "author", "atnauthor", "atnid", "atndate", "atntime", "atnicn", "atnparent", "atnref",
    "atrfend", "atrfstart", "bkmkend", "bkmkstart", "buptim", "category", "colortbl", "comment",
    "company", "creatim", "doccomm", "fldinst", "filetbl", "ftncn", "ftnsep", "ftnsepc", "aftncn",
    "aftnsep", "aftnsepc", "generator", "info", "keywords", "latentstyles", "listtable",
    "listoverridetable", "manager", "nonesttables", "objclass", "objdata", "objname", "operator",
    "password", "pict", "pnseclvl", "pntxta", "pntxtb", "pn", "printim", "private", "revtbl",
    "revtim", "rsidtbl", "rxe", "shprslt", "sn", "sp", "sv", "subject", "tc", "template",
    "themedata", "title", "txe", "upr", "userprops", "xe", "xmlnstbl", "datastore",
    "colorschememapping", "nesttableprops", "picprop", "blipuid", "bliptag", "falt", "panose",
    "fontemb", "fontfile",
}  # fmt: skip


@dataclass(slots=True)
class _Flow:
    """Paragraphs of one stream of text: the body, a header, a note, a box."""

    blocks: list[Block] = field(default_factory=list)
    text: list[str] = field(default_factory=list)  # of the paragraph begun
    number: list[str] = field(default_factory=list)  # in front of it
    boxes: list[_Flow] = field(default_factory=list)  # anchored in it
    lines: list[str] = field(default_factory=list)  # paragraphs of the cell begun
    cells: list[str] = field(default_factory=list)  # of the row begun

    @property
    def size(self) -> tuple[int, int, int, int]:
        """How much there is of each: grows with what is put in."""
        return len(self.blocks), len(self.cells), len(self.lines), len(self.text)

    def paragraph(self, style: str, in_table: bool) -> None:
        """End the paragraph."""
        text = numbering.put(_number(_joined(self.number)), _joined(self.text), in_cell=in_table)
        self.text.clear()
        self.number.clear()
        if in_table:
            self.lines.append(text)
            self.lines += [b.text for box in self.boxes for b in box.blocks]
        else:
            self.row()
            self.blocks += [Block(line, style) for line in text.split("\n") if line.strip()]
            self.blocks += [b for box in self.boxes for b in box.blocks]
        self.boxes.clear()

    def cell(self) -> None:
        """End the table cell."""
        self.paragraph("", in_table=True)
        words = (" ".join(line.replace("\t", " ").split("\n")).strip() for line in self.lines)
        self.cells.append(" ".join(w for w in words if w))
        self.lines.clear()

    def row(self) -> None:
        """End the table row, if there is one."""
        if self.lines:  # a cell that nothing ends
            self.cells.append(" ".join(line.strip() for line in self.lines if line.strip()))
            self.lines.clear()
        if any(self.cells):
            self.blocks.append(Block("\t".join(self.cells), "table"))
        self.cells.clear()

    def end(self, style: str = "", in_table: bool = False) -> None:
        """End everything begun."""
        if self.text or self.number or self.boxes:
            self.paragraph(style, in_table)
        self.row()


@dataclass(slots=True)
class _Field:
    """A field that is open: where it stands, how much that stream of text had, and its code."""

    flow: _Flow
    size: tuple[int, int, int, int]
    code: _Flow = field(default_factory=_Flow)


@dataclass(slots=True)
class _State:
    """What a group changes until it ends."""

    flow: _Flow | None  # where text goes; None: nowhere
    font: int = -1
    skip: int = 1  # characters that stand after ``\u`` for readers that do not know it
    style: int = -1
    outline: int = -1
    in_table: bool = False
    deleted: bool = False
    hidden: bool = False
    field: _Field | None = None
    number: bool = False  # the number of a list entry, or its bullet
    table: str = ""  # "font" or "style" where the group is one of these tables


def is_rtf(data: bytes) -> bool:
    """Whether the bytes begin as RTF does."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:5] == b"{\\rtf"


def read(data: bytes) -> Document:
    """Read an RTF document, text boxes behind the paragraph they are anchored in, notes at the end."""
    parser = _Parser(data)
    parser.run()
    warnings: tuple[str, ...] = ()
    if parser.beyond:
        warnings = ("RTF 正文结束之后还有内容，也已读取 (there is more behind its end: read, too)",)
    if parser.open:
        if not parser.body.blocks:
            raise UnreadableError(
                "RTF 文件不完整，没有可读的正文；请用 Word 打开后另存 "
                "(truncated, no text in it: open and save it in Word)"
            )
        warnings += ("RTF 文件不完整，末尾可能缺失 (truncated: the end may be missing)",)
    blocks = (*parser.body.blocks, *(b for note in parser.notes for b in note.blocks))
    return Document(blocks, "rtf", parser.encoding, warnings, removed=tuple(parser.removed()))


class _Parser:
    """One pass over the tokens of a document."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.encoding = "cp1252"
        self.body = _Flow()
        self.notes: list[_Flow] = []
        self.margins: list[_Flow] = []
        self.comments: list[_Flow] = []
        self.deleted: list[str] = []
        self.hidden: list[str] = []
        self.unseen: list[Removed] = []  # of fields
        self.fonts: dict[int, tuple[int, str]] = {}  # number: character set, name
        self.headings: dict[int, str] = {}  # number of a style: our name for it
        self.default_font = -1
        self.state = _State(self.body)
        self.stack: list[_State] = []
        self.pending = bytearray()  # bytes of text not decoded yet
        self.to_skip = 0
        self.characters = 0
        self.entry: list[str] = []  # of the font or style table: the name begun
        self.entry_number = 0
        self.entry_charset = 1
        self.entry_outline = -1
        self.optional = False  # after ``\*``
        self.open = True
        self.beyond = False  # whether there is more behind the end

    def run(self) -> None:
        position, data = 0, self.data
        while match := _TOKEN.match(data, position):
            position = match.end()
            word, argument, byte, symbol, brace, text = match.groups()
            if text is not None:
                self._bytes(text)
            elif byte is not None:
                if self.to_skip:
                    self.to_skip -= 1
                else:
                    self.pending.append(int(byte, 16))
            elif brace is not None:
                self._flush()
                self.to_skip = 0
                self.optional = False
                if brace == b"{":
                    if len(self.stack) >= limits.MAX_DEPTH:
                        raise UnreadableError(
                            f"RTF 嵌套超过 {limits.MAX_DEPTH} 层，文件已损坏 "
                            f"(groups nested more than {limits.MAX_DEPTH} deep: damaged)"
                        )
                    self.stack.append(replace(self.state))
                elif self._pop():
                    position = self._end(position)
            elif symbol is not None:
                self._symbol(symbol.decode("latin-1"))
            elif word is not None:
                number = int(argument) if argument else None
                if word == b"bin":
                    position += max(0, number or 0)
                else:
                    self._flush()
                    self._word(word.decode("ascii"), number)
        self._flush()
        self.body.end(self._style(), self.state.in_table)
        self.open = self.open or bool(self.stack)

    def _end(self, position: int) -> int:
        """The document is at its end, or a bracket too many stands in it. Where to go on."""
        self.body.end(self._style(), self.state.in_table)
        position = _CONTROLS.match(self.data, position).end()  # type: ignore[union-attr]  # it matches anything
        rest = self.data[position : position + 65536]
        if not rest.strip(b"}\0 \t\r\n\x1a"):
            return position
        if not plain.is_text(rest):
            return len(self.data)
        self.beyond = True
        return position

    def removed(self) -> Iterator[Removed]:
        """What the format itself says is no text, each header once."""
        seen = set()
        for flow in self.margins:
            for block in flow.blocks:
                if (text := block.text.strip()) not in seen:
                    seen.add(text)
                    yield Removed(text, "页眉页脚 (header or footer)")
        for flow in self.comments:
            for block in flow.blocks:
                yield Removed(block.text, "批注 (comment)")
        for line in _joined(self.hidden).split("\n"):
            if line.strip():
                yield Removed(line.strip(), fields.HIDDEN)
        yield from fields.listed(self.unseen)
        if deleted := _joined(self.deleted).strip():
            yield Removed(deleted, "修订中删除的文字 (deleted by a tracked change)")

    def _pop(self) -> bool:
        """Leave a group; whether it was the document."""
        if not self.stack:
            return False
        left, self.state = self.state, self.stack.pop()
        if left.table and left.table != self.state.table:
            self._entry_end(left.table)
        if left.flow is not None and left.flow is not self.state.flow:
            left.flow.end(self._style(left), left.in_table)
        elif left.flow is not None and not left.number:  # paragraph properties hold until the paragraph ends
            self.state.in_table = left.in_table
            self.state.outline, self.state.style = left.outline, left.style
        if left.field is not None and left.field is not self.state.field:
            self._end_field(left.field)
        if not self.stack:
            self.open = False
            return True
        return False

    def _end_field(self, ended: _Field) -> None:
        """Where it has shown nothing, show what Word makes of its code."""
        shown = ended.flow.text[ended.size[3] :] if ended.flow.size[:3] == ended.size[:3] else ["x"]
        if "".join(shown).strip() or ended.flow is not self.state.flow:
            return
        ended.code.end()
        text, unseen = fields.shown(" ".join(block.text for block in ended.code.blocks))
        if not any(ended.flow is margin for margin in self.margins):
            self.unseen += unseen
        if text:
            self._put(text)

    def _bytes(self, text: bytes) -> None:
        if self.to_skip:
            skipped = min(self.to_skip, len(text))
            self.to_skip -= skipped
            text = text[skipped:]
        self.pending += text
        self.optional = False

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._flush()
            self.optional = True
        elif self.to_skip:
            self.to_skip -= 1
        elif symbol in "\r\n":
            self._flush()
            self._word("par", None)
        elif symbol in _SYMBOLS:
            self._flush()
            self._put(_SYMBOLS[symbol])

    def _flush(self) -> None:
        """Decode the bytes that have come together."""
        if not self.pending:
            return
        raw, self.pending = bytes(self.pending), bytearray()
        if self.state.flow is None and not self.state.table:
            return
        charset, name = self.fonts.get(
            self.state.font if self.state.font >= 0 else self.default_font, (1, "")
        )
        if charset == _SYMBOL_CHARSET and self.state.flow is not None:
            self._put("".join(chr(b) if b <= 0x20 else symbols.character(name, b) for b in raw))
        elif raw.isascii():
            self._put(raw.decode("ascii"))
        else:
            if self.state.table == "font":
                charset = self.entry_charset
            self._put(_decoded(raw, _CHARSETS.get(charset, self.encoding), self.encoding))

    def _put(self, text: str) -> None:
        state = self.state
        if state.table:
            self._entry(text)
        elif state.flow is not None:
            self.characters += len(text)
            if self.characters > limits.MAX_CHARACTERS:
                raise UnreadableError(
                    f"文字超过 {limits.MAX_CHARACTERS} 个；请拆分后再试 "
                    f"(more than {limits.MAX_CHARACTERS} characters: split it)"
                )
            if state.number:
                state.flow.number.append(text)
                return
            (self.deleted if state.deleted else self.hidden if state.hidden else state.flow.text).append(text)

    def _entry(self, text: str) -> None:
        """Take text of the font or style table: names, ended by semicolons."""
        *names, begun = text.split(";")
        for name in names:
            self.entry.append(name)
            self._entry_end(self.state.table)
        self.entry.append(begun)

    def _entry_end(self, table: str) -> None:
        name = "".join(self.entry).strip()
        if table == "font" and name:
            self.fonts[self.entry_number] = (self.entry_charset, name)
        elif table == "style" and name:
            outline = self.entry_outline
            style = styles.named(name) or (f"heading {outline + 1}" if 0 <= outline < 9 else "")
            if style:
                self.headings[self.entry_number] = style
        self.entry.clear()
        self.entry_number, self.entry_charset, self.entry_outline = 0, 1, -1

    def _style(self, state: _State | None = None) -> str:
        state = state or self.state
        if 0 <= state.outline < 9:
            return f"heading {state.outline + 1}"
        return self.headings.get(state.style, "")

    def _word(self, word: str, number: int | None) -> None:
        optional, self.optional = self.optional, False
        state = self.state
        self.to_skip = 0
        if self._destination(word, optional):
            return
        if state.table:
            if word == state.table[0]:  # ``\\f`` in the table of fonts, ``\\s`` in that of styles
                self.entry_number = number or 0
            elif word in ("cs", "ds", "ts"):
                self.entry_number = -2  # not a paragraph's
            elif word == "fcharset":
                self.entry_charset = number or 0
            elif word == "outlinelevel":
                self.entry_outline = -1 if number is None else number
            elif word == "u" and number is not None:
                self._unicode(number)
        elif word == "u" and number is not None:
            self._unicode(number)
        elif word == "uc":
            state.skip = max(0, min(number if number is not None else 1, 16))
        elif word == "ansicpg":
            self.encoding = _codec(number)
        elif word in ("mac", "pc"):
            self.encoding = "mac_roman" if word == "mac" else "cp437"
        elif word == "deff":
            self.default_font = number or 0
        elif word == "f":
            state.font = number or 0
        elif word == "plain":
            state.font, state.deleted, state.hidden = -1, False, False
        elif word == "deleted":
            state.deleted = number != 0
        elif word == "v":
            state.hidden = number != 0
        elif state.flow is not None:
            self._paragraph_word(word, number, state, state.flow)

    def _paragraph_word(self, word: str, number: int | None, state: _State, flow: _Flow) -> None:
        if word in _SIGNS:
            self._put(_SIGNS[word])
        elif word in ("par", "sect", "page", "column"):
            if self.hidden and flow is self.body:
                self.hidden.append("\n")
            if word == "par" or flow.text:
                flow.paragraph(self._style(), state.in_table)
        elif word == "pard":
            state.style, state.outline, state.in_table = -1, -1, False
        elif word == "s":
            state.style = -1 if number is None else number
        elif word == "outlinelevel":
            state.outline = -1 if number is None else number
        elif word == "intbl":
            state.in_table = number != 0
        elif word == "cell":
            flow.cell()
        elif word == "row":
            if "".join(flow.text).strip() or flow.boxes:
                flow.cell()
            flow.text.clear()
            flow.row()

    def _unicode(self, number: int) -> None:
        code = number & 0xFFFF
        if 0xF000 <= code <= 0xF0FF:
            _, name = self.fonts.get(self.state.font, (1, ""))
            self._put(symbols.character(name, code))
        else:
            self._put(chr(code))
        self.to_skip = self.state.skip

    def _destination(self, word: str, optional: bool) -> bool:
        """Where the group's text goes from here, if the word says so."""
        state = self.state
        if word in ("fonttbl", "stylesheet"):
            state.table, state.flow = "font" if word == "fonttbl" else "style", None
            self.entry.clear()
        elif state.table:
            if not (optional and word not in ("cs", "ds", "ts", "s")) and word not in _SKIPPED:
                return False
            state.table = ""
        elif word == "ud" and optional:
            # Of ``{\\upr{old}{\\*\\ud{new}}}`` the new text goes where the whole group stands.
            state.flow = self.stack[-2].flow if len(self.stack) > 1 else None
        elif state.flow is None:
            pass
        elif word == "field":
            state.field = _Field(state.flow, state.flow.size)
        elif word == "fldinst" and state.field is not None and state.field.flow is state.flow:
            state.flow = state.field.code
        elif word in _SKIPPED or _FORMULA_PROPERTIES.fullmatch(word) or (optional and word not in _ENTERED):
            state.flow = None
        elif word in ("listtext", "pntext"):
            state.number = True
        elif word in _BOXES:
            box = _Flow()
            state.flow.boxes.append(box)
            self._enter(box)
        elif _MARGINS.fullmatch(word) or word in _NOTES or word == "annotation":
            flow = _Flow()
            kept = self.notes if word in _NOTES else self.comments if word == "annotation" else self.margins
            kept.append(flow)
            self._enter(flow)
        else:
            return optional and word in _ENTERED
        return True

    def _enter(self, flow: _Flow) -> None:
        """Begin a stream of text of its own, with a paragraph of its own."""
        state = self.state
        state.flow, state.in_table, state.style, state.outline = flow, False, -1, -1


def _codec(page: int | None) -> str:
    """Python's name for a code page, by the superset in use where there is one."""
    if page in (936, 54936):
        return "gb18030"
    if page == 65001:
        return "utf-8"
    name = f"cp{page}"
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name


def _decoded(raw: bytes, encoding: str, fallback: str) -> str:
    """Bytes as the font says, else as the document says, else as they are: nothing vanishes."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode(fallback)
    except UnicodeDecodeError:
        return raw.decode(encoding, "backslashreplace")


def _number(shown: str) -> str:
    """The number of a paragraph, from what is shown before it: bullets are no text that one would type."""
    number = shown.strip()
    if number == "o" or not any(c.isalnum() for c in number):  # Word's bullet of second rank is a letter
        return ""
    return numbering.spaced(number, numbering.SPACE if shown != shown.rstrip() else numbering.NOTHING)


def _joined(parts: list[str]) -> str:
    """Text with the halves of characters beyond U+FFFF put together."""
    text = "".join(parts)
    if any("\ud800" <= c <= "\udfff" for c in text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
